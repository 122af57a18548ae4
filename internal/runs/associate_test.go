package runs

import (
	"math"
	"math/big"
	"math/rand/v2"
	"strings"
	"testing"

	"muflow/graph"
	"muflow/theory"
)

func contains(text, part string) bool { return strings.Contains(text, part) }

// A number that is nothing but size goes with the criteria of the theory, and no
// longer does once the sizes are taken out; one that is the drift itself still
// does.
func TestSizeIsTakenOut(t *testing.T) {
	instances, err := graph.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(1, 2))
	measured := Measured{"size": {}, "drift": {}, "noise": {}}
	for i, s := range graph.PathLaw.StepsOf(instances, 1) {
		p, sizes, err := predict(s, theory.Coconut, big.NewRat(1, 1))
		if err != nil {
			t.Fatal(err)
		}
		measured["size"][i] = 3*sizes[0] + sizes[5] + 0.1*rng.NormFloat64()
		measured["drift"][i] = p[2]
		measured["noise"][i] = rng.NormFloat64()
	}
	out, err := Associate(instances, graph.PathLaw, 1, theory.Coconut, big.NewRat(1, 1), measured, 1)
	if err != nil {
		t.Fatal(err)
	}
	rawOfSize, seen := 0, map[string]int{}
	for _, a := range out {
		seen[a.Response]++
		switch {
		case a.Response == "size" && a.Raw.Corrected < 0.05:
			rawOfSize++
		case a.Response == "noise" && (a.Raw.Corrected < 0.05 || a.Sized.Corrected < 0.05):
			t.Errorf("noise is associated: %+v", a)
		case a.Response == "drift" && a.Predictor == "drift at 0" && (a.Sized.Corrected > 0.05 || math.Abs(a.Sized.R-1) > 1e-9):
			t.Errorf("the drift is not itself: %+v", a)
		}
		if a.Response == "size" && a.Sized.Corrected < 0.05 {
			t.Errorf("size with the sizes taken out: %+v", a)
		}
	}
	if rawOfSize == 0 || seen["size"] < 3 || seen["drift"] != seen["size"] {
		t.Errorf("%d raw associations of size, tests %v", rawOfSize, seen)
	}
	again, _ := Associate(instances, graph.PathLaw, 1, theory.Coconut, big.NewRat(1, 1), measured, 1)
	if again[0] != out[0] {
		t.Error("the same seed, another result")
	}
}

// The limit is a zero of the drift.
func TestPredictedLimit(t *testing.T) {
	instances := someInstances(t, 30)
	finite := 0
	for _, s := range graph.PathLaw.StepsOf(instances, -1) {
		p, sizes, err := predict(s, theory.Coconut, big.NewRat(1, 1))
		if err != nil {
			t.Fatal(err)
		}
		if len(sizes) != 6 || sizes[3] != float64(s.Instance.Graph.Order()) {
			t.Fatalf("sizes %v", sizes)
		}
		if math.IsNaN(p[3]) {
			continue
		}
		finite++
		m, _ := NewModel([]graph.Step{s}, s.Instance.Graph.Order(), theory.Coconut, big.NewRat(1, 1), false)
		if drift, _, _ := m.moments([]float64{p[3]}); math.Abs(drift[0]) > 1e-9 {
			t.Errorf("drift %v at the limit %v", drift[0], p[3])
		}
		if p[0] == 0 {
			t.Errorf("a finite limit where d* is the largest degree")
		}
	}
	if finite < 20 {
		t.Errorf("only %d limits", finite)
	}
}

// Seeds pair by their numbers: what both curves of a pair have in common cancels.
func TestPairs(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 9))
	condition := func(name string, lift float64) *Condition {
		c := &Condition{Name: name}
		for seed := range 3 {
			curve := &Curve{Run: name, Seed: string(rune('1' + seed))}
			for k := range 30 {
				step := float64(100 * (k + 1))
				common := 5*float64(seed) + math.Sin(float64(seed*k))
				curve.Steps, curve.Times = append(curve.Steps, step), append(curve.Times, step)
				curve.Y = append(curve.Y, common+lift+0.01*rng.NormFloat64())
			}
			c.Curves = append(c.Curves, curve)
		}
		return c
	}
	a, b := condition("a", 0.2), condition("b", 0)
	p, err := Pair(a, b, plain)
	if err != nil || p.Verdict != "above" || len(p.Seeds) != 3 || math.Abs(p.Level.Value-0.2) > 0.02 {
		t.Errorf("%+v, %v", p, err)
	}
	if p, err = Pair(b, a, plain); err != nil || p.Verdict != "below" {
		t.Errorf("%+v, %v", p, err)
	}
	if p, err = Pair(b, condition("c", 0), plain); err != nil || p.Verdict != "undecided" {
		t.Errorf("%+v, %v", p, err)
	}
	a.Curves = a.Curves[:1]
	if p, err = Pair(a, b, plain); err != nil || p.Verdict != "above" || p.Method != "one run" {
		t.Errorf("one pair: %+v, %v", p, err)
	}
	a.Curves[0].Seed = "7"
	if _, err = Pair(a, b, plain); err == nil {
		t.Error("no seed in common, and no error")
	}
}
