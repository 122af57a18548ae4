package prove

import (
	"bufio"
	"context"
	"fmt"
	"math/big"
	"os"
	"strconv"
	"strings"
	"testing"

	"muflow/graph"
	"muflow/internal/runlog"
	"muflow/ode/ball"
	"muflow/theory"
)

// A walkRow is one line of testdata/walk.txt, made by walk.py with Python 3.11 and
// mpmath 1.3.0, 40 digits.
type walkRow struct {
	subject    *Subject
	loss       theory.Loss
	status     string
	mu, rate   string // "-" where there is none
	time       *big.Rat
	height     *big.Rat // μ at that time, from 0
	everything string
}

func walkRows(t *testing.T) (rows []walkRow) {
	t.Helper()
	file, err := os.Open("testdata/walk.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	number := func(text string) int {
		n, err := strconv.Atoi(text)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	rational := func(text string) *big.Rat {
		if text == "-" {
			return nil
		}
		q, ok := new(big.Rat).SetString(text)
		if !ok {
			t.Fatal(text)
		}
		return q
	}
	for lines := bufio.NewScanner(file); lines.Scan(); {
		f := strings.Fields(lines.Text())
		var edges [][2]int
		for _, e := range strings.Split(f[1], ",") {
			from, to, _ := strings.Cut(e, ">")
			edges = append(edges, [2]int{number(from), number(to)})
		}
		d, err := graph.New(number(f[0]), edges)
		if err != nil {
			t.Fatal(err)
		}
		in := &graph.Instance{Graph: d, Root: number(f[2])}
		for _, v := range strings.Split(f[3], ",") {
			in.Path = append(in.Path, number(v))
		}
		in.Target = in.Path[len(in.Path)-1]
		law, err := graph.ParseLaw(f[4])
		if err != nil {
			t.Fatal(err)
		}
		r := walkRow{status: f[9], mu: f[10], rate: f[11], time: rational(f[12]), height: rational(f[13]), everything: lines.Text()}
		r.subject = &Subject{Where: Where{0, number(f[5])}, Input: in, Label: law, Logit: rational(f[6]), Alpha: rational(f[7]), Digits: 28}
		if f[8] == "bfs" {
			r.loss = theory.CoconutBFS
		}
		rows = append(rows, r)
	}
	return rows
}

// holdsRounded tests that an enclosure holds a number that was rounded to 32 digits.
func holdsRounded(x Number, text string) error {
	want, ok := new(big.Rat).SetString(text)
	lo, hi, bounded := x.ends()
	if !ok || !bounded {
		return fmt.Errorf("%v, %q", x, text)
	}
	slack := new(big.Rat).Abs(want)
	slack.Quo(slack, new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(28), nil)))
	if lo.Cmp(new(big.Rat).Add(want, slack)) > 0 || hi.Cmp(new(big.Rat).Sub(want, slack)) < 0 || !x.reaches(20) {
		return fmt.Errorf("%v, expected %s", x, text)
	}
	return nil
}

// TestWalkClaimsAreThoseOfMpmath: verdicts, equilibria, rates and the two bounds
// of Theorem 1 with walk weights against a program that shares nothing with them.
func TestWalkClaimsAreThoseOfMpmath(t *testing.T) {
	checks := map[string]int{}
	for _, r := range walkRows(t) {
		proved := map[string]Result{}
		for _, c := range []*Claim{walkEscape, walkIdle, walkLimit, walkSign, walkDeparture, walkStill} {
			got, err := c.DecideOn(context.Background(), r.subject)
			if err != nil {
				t.Fatalf("%s: %v\n%s", c.ID, err, r.everything)
			}
			if c.Losses[0] != r.loss {
				continue
			}
			switch got.Verdict {
			case theory.Proved:
				proved[c.ID] = got
			case theory.NotApplicable:
			default:
				t.Errorf("%s: %v, %s\n%s", c.ID, got.Verdict, got.Reason, r.everything)
			}
		}
		x, _ := r.subject.walk()
		if have := x.exact.Limit(r.loss).String(); have != r.status {
			t.Errorf("%s, expected %s\n%s", have, r.status, r.everything)
		}
		checks[r.status]++
		escape := "T1a-walk"
		switch r.status {
		case "finite":
			got := proved["T1b-walk"]
			if err := holdsRounded(got.Values["mu"], r.mu); err != nil {
				t.Errorf("μ*: %v\n%s", err, r.everything)
			}
			if err := holdsRounded(got.Values["rate"], r.rate); err != nil {
				t.Errorf("rate: %v\n%s", err, r.everything)
			}
			if sign, known := proved["T1b-walk-sign"]; known && strings.HasPrefix(sign.Reason, "μ* > 0") != (r.mu[0] != '-') || !known && r.mu != "0.0" {
				t.Errorf("%s\n%s", sign.Reason, r.everything)
			}
			continue
		case "stationary":
			if len(proved) != 1 || proved["T1a-walk-still"].Reason+proved["T1b-walk-still"].Reason == "" {
				t.Errorf("proved %v\n%s", proved, r.everything)
			}
			continue
		}
		if r.loss == theory.Coconut {
			escape = "T1b-walk-diverges"
		}
		got, known := proved[escape]
		if !known || len(proved) != 1 {
			t.Errorf("proved %v\n%s", proved, r.everything)
			continue
		}
		const precision = 128
		for side, name := range sideNames { // log(1 + b t)/(αs g) on both sides of |μ(t)|
			b, err := got.Values[name].Ball(precision)
			if err != nil {
				t.Fatal(err)
			}
			unit, err := got.Values["pace"].Ball(precision)
			if err != nil {
				t.Fatal(err)
			}
			bound := logarithm(b, r.time, precision)
			bound.Quo(bound, unit)
			apart := bound.Sub(bound, ball.New(precision).SetRat(new(big.Rat).Abs(r.height)))
			if s, ok := apart.Sign(); !ok || s != 2*side-1 {
				t.Errorf("%s %v against μ(%s) = %s: %d\n%s", name, got.Values[name], r.time.FloatString(6), r.height.FloatString(6), s, r.everything)
			}
			checks[name]++
		}
	}
	for name, least := range map[string]int{"finite": 40, "plus-infinity": 30, "minus-infinity": 5, "stationary": 2, "b_lo": 40, "b_hi": 40} {
		if checks[name] < least {
			t.Errorf("%d checks of %s", checks[name], name)
		}
	}
}

// TestWalkWeightsThatAreUniform: at c = 0, and at c = 1 with L = 1, walk weights are
// uniform, and every verdict and number is that of the profile.
func TestWalkWeightsThatAreUniform(t *testing.T) {
	instances := builtinPart(t, 30)
	same := map[string]string{"T1a-walk": "T1a", "T1b-walk": "T1b", "T1b-walk-diverges": "T1b-diverges", "T1b-walk-still": "T1b-still"}
	results, err := Dataset(context.Background(), instances, Selection{Theorems: []int{1}, Step: -1, Alpha: big.NewRat(3, 2), Logit: big.NewRat(1, 1), Digits: 20}, 1, func(string) runlog.Progress { return nil })
	if err != nil {
		t.Fatal(err)
	}
	by := map[string]Result{}
	for _, r := range results {
		by[fmt.Sprint(r.Claim, r.Where)] = r
	}
	checks := 0
	for _, r := range results {
		claim, walk := same[r.Claim]
		if !walk || r.Step > 1 {
			continue
		}
		want := by[fmt.Sprint(claim, r.Where)]
		if r.Verdict != want.Verdict {
			t.Errorf("%s: %v, %s; %v", r.Claim, r.Verdict, r.Reason, want.Verdict)
		}
		for name, claim := range map[string]string{"mu": claim, "b_lo": claim + "-lower", "b_hi": claim + "-upper"} {
			x, ok := r.Values[name]
			if !ok {
				continue
			}
			checks++
			want := by[fmt.Sprint(claim, r.Where)].Values[name]
			if _, apart, err := x.Minus(want, 10); err != nil || apart {
				t.Errorf("%s: %s = %v, %v", r.Claim, name, x, want)
			}
		}
	}
	if checks < 150 {
		t.Errorf("%d checks", checks)
	}
}

// TestWalkPopulations: the population of one instance rests where the instance does,
// by another way; two that are equal, and one with itself under another name, too.
func TestWalkPopulations(t *testing.T) {
	checks := 0
	for i, r := range walkRows(t) {
		e := r.subject
		if r.status != "finite" || i%3 > 0 {
			continue
		}
		for _, alpha := range []*big.Rat{e.Alpha, new(big.Rat).Quo(e.Alpha, big.NewRat(1_000_000_000_000, 1))} {
			s, err := e.Label.Step(e.Input, e.Step)
			if err != nil {
				t.Fatal(err)
			}
			logits := walkLogits(e.Step, e.Logit)
			want, err := WalkEquilibrium(context.Background(), s, logits, alpha, 20)
			if err != nil {
				t.Fatal(err)
			}
			got, err := WalkPopulationOf(context.Background(), []graph.Instance{*e.Input, *e.Input}, WalkSharing{Step: e.Step, Logits: logits, Label: e.Label, Alpha: alpha}, 20)
			if err != nil || got.Limit != theory.FiniteLimit || got.Bounded != 2 {
				t.Fatalf("%v, %v\n%s", got, err, r.everything)
			}
			if !got.Theta[0].Overlaps(want.Mu) || !got.Rate.Overlaps(want.Rate) {
				t.Errorf("population %v, %v; instance %v, %v\n%s", Enclose(got.Theta[0], 15), Enclose(got.Rate, 15), Enclose(want.Mu, 15), Enclose(want.Rate, 15), r.everything)
			}
			checks++
		}
	}
	if checks < 20 {
		t.Errorf("%d checks", checks)
	}
}

// TestLawsKeepBoundedness: where the demonstrated path is a shortest one, a limit
// that is finite under path is finite under shortest, and then under frontier, for
// uniform weights and for those of walks: p is one of the labels of shortest, and
// those are labels of frontier, so that a mean over more labels is d_max only if all
// of them are.
func TestLawsKeepBoundedness(t *testing.T) {
	instances := published(t)[:60]
	checks, strict := 0, 0
	for i := range instances {
		for c := range instances[i].Steps() {
			var finite []bool
			for _, law := range graph.Laws {
				s, err := law.Step(&instances[i], c)
				if err != nil {
					t.Fatal(err)
				}
				x, err := theory.WalkStepOf(s, walkLogits(c, big.NewRat(3, 2)))
				if err != nil {
					t.Fatal(err)
				}
				finite = append(finite, theory.ProfileOf(s).Certify(theory.Coconut).Limit() == theory.FiniteLimit, x.Limit(theory.Coconut) == theory.FiniteLimit)
			}
			for k := range 4 {
				if finite[k] && !finite[k+2] {
					t.Errorf("instance %d, step %d: %v", i, c, finite)
				}
				if !finite[k] && finite[k+2] {
					strict++
				}
			}
			checks++
		}
	}
	if checks < 180 || strict < 5 {
		t.Errorf("%d checks, %d of them strict", checks, strict)
	}
}
