package prove

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"math/big"
	"os"
	"testing"

	"muflow/graph"
	"muflow/ode/ball"
	"muflow/theory"
)

// A stageRow is one of 100 digraphs of testdata/stage.py, mpmath 1.3.0.
type stageRow struct {
	N           int
	Edges       [][2]int
	Path        []int
	Alpha       string
	First, Last *string
	Coconut     []*string
	BFS         []*string `json:"coconut-bfs"`
	Least       []*string
	Anew        [2]json.RawMessage
}

func (r *stageRow) instance(t *testing.T) *graph.Instance {
	t.Helper()
	g, err := graph.New(r.N, r.Edges)
	if err != nil {
		t.Fatal(err)
	}
	in := &graph.Instance{Graph: g, Root: r.Path[0], Target: r.Path[2], Path: r.Path}
	for in.Other = 1; in.Other == in.Target; in.Other++ {
	}
	return in
}

func rat(t *testing.T, text string) *big.Rat {
	t.Helper()
	return rats(t, text)[0]
}

// Windows of stages, v of stochastic descent, and the drift with thoughts
// generated anew, against mpmath to 25 digits.
func TestStagesAgainstMpmath(t *testing.T) {
	data, err := os.ReadFile("testdata/stage.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	ctx, tenth := context.Background(), new(big.Rat).SetFrac(big.NewInt(1), new(big.Int).Exp(big.NewInt(10), big.NewInt(25), nil))
	near := func(x, y *big.Rat) bool {
		off := new(big.Rat).Sub(x, y)
		return off.Abs(off).Cmp(new(big.Rat).Mul(tenth, new(big.Rat).Abs(y))) <= 0
	}
	rounded := func(x *ball.Ball) *big.Rat { q, _ := x.Mid().Rat(nil); return q }
	counts := map[string]int{}
	same := func(row int, name string, x *ball.Ball, want *string) {
		counts[name]++
		if (x == nil) != (want == nil) || want != nil && !near(rounded(x), rat(t, *want)) {
			t.Errorf("row %d, %s: %v, expected %v", row, name, x, want)
		}
	}
	for lines, row := bufio.NewScanner(bytes.NewReader(data)), 0; lines.Scan(); row++ {
		var r stageRow
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			t.Fatal(err)
		}
		in, alpha := r.instance(t), rat(t, r.Alpha)
		s, err := graph.PathLaw.Step(in, 1)
		if err != nil {
			t.Fatal(err)
		}
		p := theory.ProfileOf(s)
		for loss, times := range map[theory.Loss][]*string{theory.Coconut: r.Coconut, theory.CoconutBFS: r.BFS} {
			claim := map[theory.Loss]*Claim{theory.Coconut: boundedWindow, theory.CoconutBFS: spreadingWindow}[loss]
			got, err := claim.DecideOn(ctx, &Subject{Where: Where{Step: 1}, Input: in, Alpha: alpha, Digits: 20})
			if want := map[bool]theory.Verdict{true: theory.NotApplicable, false: theory.Proved}[times == nil]; err != nil || got.Verdict != want {
				t.Errorf("row %d, %s: %v (%s), %v, expected %v", row, claim.ID, got.Verdict, got.Reason, err, want)
			}
			if times == nil {
				continue
			}
			w, err := WindowOf(ctx, p, loss, alpha, big.NewRat(int64(p.MaxDegree()+1), 1), 26)
			if err != nil {
				t.Fatalf("row %d: %v", row, err)
			}
			same(row, "from", w.From, times[0])
			same(row, "until", w.Until, times[1])
			if !near(w.First, rat(t, *r.First)) || (w.Last == nil) != (r.Last == nil) || w.Last != nil && !near(w.Last, rat(t, *r.Last)) {
				t.Errorf("row %d: window %v to %v", row, w.First, w.Last)
			}
			for _, mu := range []*big.Rat{w.First, w.Last} { // sharp: a thousandth further the ratio is larger
				if mu == nil {
					continue
				}
				out := new(big.Rat).Mul(mu, big.NewRat(999, 1000))
				if mu == w.Last {
					out.Mul(mu, big.NewRat(1001, 1000))
				}
				if p.Spread(mu).Cmp(w.Ratio) > 0 || p.Spread(out).Cmp(w.Ratio) <= 0 {
					t.Errorf("row %d: ratios %v and %v at %v and beyond", row, p.Spread(mu), p.Spread(out), mu)
				}
			}
		}
		if r.Least != nil {
			x, err := NewStochastic(ctx, s, alpha)
			if err != nil {
				t.Fatal(err)
			}
			counts["least"]++
			share, _ := new(big.Rat).Quo(x.variance, rat(t, *r.Least[1])).Float64()
			if share > 1 || share < 0.7 {
				t.Errorf("row %d: the variance is %g times that of mpmath", row, share)
			}
		}
		for _, c := range []*Claim{regenerated, regeneratedFar} {
			got, err := c.DecideOn(ctx, &Subject{Where: Where{Step: 1}, Input: in, Alpha: alpha, Digits: 30})
			switch {
			case err != nil:
				t.Fatal(err)
			case c == regenerated:
				counts["anew"]++
				drift, err := got.Values["drift"].Ball(128)
				var want string
				if err != nil || json.Unmarshal(r.Anew[0], &want) != nil || !near(rounded(drift), rat(t, want)) {
					t.Errorf("row %d: drift %v, %v, expected %s", row, drift, err, r.Anew[0])
				}
			case got.Verdict == theory.Proved:
				counts["far"]++
				sign := "-1"
				if got.Values["walks"].Lo == got.Values["most_walks"].Lo {
					sign = "1"
					counts["up"]++
				}
				if string(r.Anew[1]) != sign {
					t.Errorf("row %d: sign %s far out, expected %s", row, sign, r.Anew[1])
				}
			}
		}
	}
	t.Log(counts)
	if counts["from"] < 100 || counts["least"] < 30 || counts["anew"] != 100 || counts["far"] < 40 || counts["up"] < 10 {
		t.Errorf("too few comparisons: %v", counts)
	}
}
