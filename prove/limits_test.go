package prove

import (
	"context"
	"fmt"
	"math/big"
	"testing"

	"muflow/graph"
	"muflow/internal/long"
	"muflow/internal/runlog"
	"muflow/ode/ball"
	"muflow/theory"
)

// byName lists the rows of a table by attention, number, loss and label law.
func byName(table *LimitTable) map[string]LimitRow {
	rows := map[string]LimitRow{}
	for _, r := range table.Rows {
		label := ""
		if r.Label != nil {
			label = r.Label.String()
		}
		rows[r.Attention+r.Logit+r.Gain+r.Loss+label] = r
	}
	return rows
}

var threeGains = []*big.Rat{big.NewRat(1, 10), big.NewRat(1, 1), big.NewRat(10, 1)}

// Every instance-step has a proved limit under each loss, each label law, walk
// weights and softmax attention at three gains; on 40 instances of the built-in
// suite, or 20 of it, and with -long on all of it and all published validation
// graphs. Where the claims of verify theorem decide the same, they agree; on 20
// of the suite, or with -long on all published ones.
func TestEveryStepHasALimit(t *testing.T) {
	instances, err := graph.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	ctx, one := context.Background(), big.NewRat(1, 1)
	rows := map[string]LimitRow{}
	of := func(some []graph.Instance, steps int) {
		table := NewLimitTable(one, one, threeGains)
		if err := table.Add(ctx, some, -1, 0, nil); err != nil {
			t.Fatal(err)
		}
		if len(table.Rows) != 20 {
			t.Errorf("%d rows", len(table.Rows))
		}
		for _, r := range table.Rows {
			if r.Decided() != r.Steps || r.Upward+r.Downward+r.Finite+r.Still != r.Steps || r.Steps != steps {
				t.Errorf("%+v: %d decided", r, r.Decided())
			}
		}
		rows, instances = byName(table), some
	}
	if *long.Tests {
		of(instances, 839)
		of(published(t), 904)
	} else {
		steps := 0
		for range graph.StepsOf(instances[:6], -1) {
			steps++
		}
		of(instances[:6], steps)
	}
	checks := 0
	agree := func(row string, claims map[string]func(*LimitRow) int, results []Result) {
		got := Summarise(nil)
		for _, r := range results {
			if r.Verdict == theory.Proved {
				got[r.Claim]++
			}
		}
		r, known := rows[row]
		for id, of := range claims {
			if checks++; !known || of(&r) != got[id] {
				t.Errorf("%s: %d in the table %+v, %s is proved %d times", row, of(&r), r, id, got[id])
			}
		}
	}
	decide := func(s Selection) []Result {
		s.Step, s.Alpha, s.Logit, s.Digits = -1, one, one, 9
		out, err := Dataset(ctx, instances, s, 0, func(string) runlog.Progress { return nil })
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	finite, endless := func(r *LimitRow) int { return r.Finite }, func(r *LimitRow) int { return r.Upward + r.Downward }
	for _, law := range graph.Laws {
		results := decide(Selection{Theorems: []int{1}, Label: law})
		agree("linearcoconut"+law.String(), map[string]func(*LimitRow) int{"T1b": finite, "T1b-diverges": endless}, results)
		agree("linear1coconut"+law.String(), map[string]func(*LimitRow) int{"T1b-walk": finite, "T1b-walk-diverges": endless}, results)
		if law == graph.PathLaw {
			agree("linearbfs", map[string]func(*LimitRow) int{"T1a": endless}, results)
			agree("linear1bfs", map[string]func(*LimitRow) int{"T1a-walk": endless}, results)
		}
		for _, gain := range threeGains {
			results := decide(Selection{Theorems: []int{Softmax}, Label: law, Gain: gain})
			agree(fmt.Sprintf("softmax%scoconut%v", gain.RatString(), law), map[string]func(*LimitRow) int{"A6-rate": finite, "A6-pace": endless, "A6-price": finite}, results)
			agree(fmt.Sprintf("softmax%sbfs", gain.RatString()), map[string]func(*LimitRow) int{"A6-bfs": func(r *LimitRow) int { return r.Steps }}, results)
			for _, r := range results {
				if r.Verdict == theory.Undecided || r.Gain != gain.RatString() {
					t.Errorf("%+v", r)
				}
			}
		}
	}
	if checks != 50 {
		t.Errorf("%d checks", checks)
	}
}

// The price of A6-price is the slope of the equilibria at two gains near by, and
// its sign that of the formula for even logits, w/M_c > 1/M − (1 − M_c/M)·Cov(D, h)/Var(h).
func TestPriceIsTheSlopeOfTheEquilibrium(t *testing.T) {
	instances, err := graph.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	ctx, one, checks, falls, of := context.Background(), big.NewRat(1, 1), 0, 0, 20
	if *long.Tests {
		of = 60
	}
	for i, s := range graph.StepsOf(instances[:of], -1) {
		equilibrium := func(gain *big.Rat) *ball.Ball {
			x, err := DecideAttention(ctx, theory.AttentionOf(s), theory.Coconut, one, gain)
			if err != nil || x.Logit == nil {
				return nil
			}
			mu := ball.New(attentionPrecision).SetInt64(int64(theory.AttentionOf(s).K))
			return mu.Mul(mu.Sqrt(mu), x.Logit)
		}
		const width = 1e-4
		low, high := equilibrium(big.NewRat(99999, 10000)), equilibrium(big.NewRat(100001, 10000))
		if low == nil || high == nil {
			continue
		}
		e := &Subject{Where: Where{Place(i), s.C}, Input: &instances[i], Alpha: one, Gain: big.NewRat(10, 1), Digits: 9}
		r, err := unevenPrice.DecideOn(ctx, e)
		if err != nil || r.Verdict != theory.Proved {
			t.Fatalf("instance %d, step %d: %+v, %v", i, s.C, r, err)
		}
		got, err := r.Values["slope"].Ball(64)
		if err != nil {
			t.Fatal(err)
		}
		slope, _ := got.Mid().Float64()
		difference, _ := ball.New(attentionPrecision).Sub(high, low).Mid().Float64()
		if difference /= 2 * width; !(difference > slope-1e-3*(1+max(slope, -slope)) && difference < slope+1e-3*(1+max(slope, -slope))) {
			t.Errorf("instance %d, step %d: slope %v, by differences %v", i, s.C, slope, difference)
		}
		count(&falls, slope < 0)
		checks++
	}
	if checks < of/2 || falls == 0 || falls == checks {
		t.Errorf("%d checks, %d fall", checks, falls)
	}
}

// The claims about a trained gain are decided as verify overshoot decides the
// flows.
func TestTurningClaimsAreThoseOfTheFlow(t *testing.T) {
	instances, err := graph.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	instances = instances[12:15]
	ctx, one := context.Background(), big.NewRat(1, 1)
	results, err := Dataset(ctx, instances, Selection{Theorems: []int{Overshooting}, Step: 2, Alpha: one, Digits: 9}, 0, func(string) runlog.Progress { return nil })
	if err != nil {
		t.Fatal(err)
	}
	_, decisions, err := OvershootDataset(ctx, instances, OvershootRequest{Step: 2, Alpha: one, Gain: big.NewRat(1, 2), Rate: one, Uneven: new(big.Rat)}, 0, nil)
	if err != nil {
		t.Fatal(err)
	}
	proved := map[string]int{}
	for _, d := range decisions {
		for _, r := range results {
			if int(r.Instance) != *d.Instance {
				continue
			}
			want := d.End != nil && map[string]bool{"A6-overshoot": d.Overshoots(), "A6-either": d.Price < 0}[r.Claim]
			if (r.Verdict == theory.Proved) != want || r.Verdict == theory.Undecided != (d.Turning == TurnUndecided) {
				t.Errorf("%+v, but %+v", r, d)
			}
			if want {
				proved[r.Claim]++
			}
		}
	}
	if len(results) != 2*len(decisions) || proved["A6-either"] == 0 {
		t.Errorf("%d results, proved %v", len(results), proved)
	}
}
