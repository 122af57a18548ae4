package proptest

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"

	"muflow/graph"
	"muflow/internal/compare"
	"muflow/sim"
	"muflow/theory"
)

// A mutation is a mistake in the theory: a reduced flow for a step that is
// wrong in one respect. It returns nil where the mistake makes no difference
// to what is stated, or where the wrong object does not exist.
type mutation struct {
	name   string
	family func(s graph.Step) (*theory.Family, error)
}

// profileOfSet returns the profile of one step from a set towards a target, or
// nil if no edge from the set ends there.
func profileOfSet(g *graph.Digraph, set []bool, target int) *theory.Profile {
	degrees := g.Degrees(set)
	classes := make([]theory.Class, len(set))
	for v := range set {
		classes[v] = theory.Class{InSet: set[v], Degree: degrees[v], Count: 1}
	}
	return profileOf(degrees[target], classes)
}

// wrongProfile builds the diagonal family from wrong degrees and set.
func wrongProfile(s graph.Step, g *graph.Digraph, target func(degree, largest int) int) (*theory.Family, error) {
	p := profileOfSet(g, s.Set(), s.Target())
	if p == nil {
		return nil, nil
	}
	p.TargetDegree = target(p.TargetDegree, p.MaxDegree())
	return p.Family(theory.Coconut, big.NewRat(1, 1))
}

func right(degree, _ int) int { return degree }

// edited builds the right diagonal family and changes it.
func edited(s graph.Step, edit func(f *theory.Family, p *theory.Profile)) (*theory.Family, error) {
	p := theory.ProfileOf(s)
	f, err := p.Family(theory.Coconut, big.NewRat(1, 1))
	if err != nil {
		return nil, err
	}
	edit(f, p)
	return f, nil
}

var mutations = []mutation{
	{"drop the 1/n of the permutation average", func(s graph.Step) (*theory.Family, error) {
		return edited(s, func(f *theory.Family, _ *theory.Profile) { f.Rates[0] = big.NewRat(1, 1) })
	}},
	{"use d_max for d*", func(s graph.Step) (*theory.Family, error) {
		return wrongProfile(s, s.Instance.Graph, func(_, largest int) int { return largest })
	}},
	{"forget the carry-over term", func(s graph.Step) (*theory.Family, error) {
		return edited(s, func(f *theory.Family, _ *theory.Profile) {
			for i := range f.Groups {
				f.Groups[i].Bias = 0
			}
		})
	}},
	{"use the out-degree", func(s graph.Step) (*theory.Family, error) {
		var edges [][2]int
		for _, e := range s.Instance.Graph.Edges() {
			edges = append(edges, [2]int{e[1], e[0]})
		}
		reversed, err := graph.New(s.Instance.Graph.Order(), edges)
		if err != nil {
			return nil, err
		}
		return wrongProfile(s, reversed, right)
	}},
	{"average over V without N_c", func(s graph.Step) (*theory.Family, error) {
		return edited(s, func(f *theory.Family, _ *theory.Profile) {
			var kept []theory.Group
			for _, g := range f.Groups {
				if g.Bias == 0 || g.Targets > 0 {
					kept = append(kept, g)
				}
			}
			f.Groups = kept
		})
	}},
	{"lose the last edge", func(s graph.Step) (*theory.Family, error) {
		edges := s.Instance.Graph.Edges()
		shorter, err := graph.New(s.Instance.Graph.Order(), edges[:len(edges)-1])
		if err != nil {
			return nil, err
		}
		return wrongProfile(s, shorter, right)
	}},
	{"use 1/K for the weight 1/√K", func(s graph.Step) (*theory.Family, error) {
		return edited(s, func(f *theory.Family, p *theory.Profile) { f.Scale.K = p.K * p.K })
	}},
	{"count N_{c+1} for N_c", func(s graph.Step) (*theory.Family, error) {
		p := profileOfSet(s.Instance.Graph, s.Next(), s.Target())
		if p == nil {
			return nil, nil
		}
		return p.Family(theory.Coconut, big.NewRat(1, 1))
	}},
	{"train towards the loss of Coconut-BFS", func(s graph.Step) (*theory.Family, error) {
		p := theory.ProfileOf(s)
		return p.Family(theory.CoconutBFS, big.NewRat(1, 1))
	}},
	{"total in-degree for the one from N_c", func(s graph.Step) (*theory.Family, error) {
		p := theory.ProfileOf(s)
		set := s.Instance.Reached(s.C)
		var classes []theory.Class
		for v := range set {
			classes = append(classes, theory.Class{InSet: set[v], Degree: len(s.Instance.Graph.In(v)), Count: 1})
		}
		q, err := theory.NewProfile(p.N, p.K, len(s.Instance.Graph.In(s.Target())), classes)
		if err != nil {
			return nil, err
		}
		return q.Family(theory.Coconut, big.NewRat(1, 1))
	}},
}

// Each mistake, made on purpose, fails the comparison of averaged gradient
// descent with the reduced drift, and the failure is brought down to a graph
// that can be read. The right family passes the same comparison.
func TestEveryMistakeIsCaughtByDescent(t *testing.T) {
	one := big.NewRat(1, 1)
	caught := 0
	for _, m := range append([]mutation{{"none", func(s graph.Step) (*theory.Family, error) { return families(s, false, one) }}}, mutations...) {
		report := run(t, *seed, ForAll(m.name, 60, Steps(smallShape), func(ctx context.Context, s graph.Step) error {
			family, err := m.family(s)
			if err != nil || family == nil {
				return err
			}
			return agrees(ctx, compare.Simulation{Step: s, Alpha: one}, family, 4)
		}))
		o := report.Outcomes[0]
		switch {
		case m.name == "none" && o.Status != Passed:
			t.Errorf("without a mistake: %s", o.Reason)
		case m.name != "none" && (o.Status != Failed || o.Counterexample == nil):
			t.Errorf("%s: %v", m.name, o.Status)
		case m.name != "none":
			if n := vertices(t, o.Counterexample.Input, "instance", "vertices"); n > 5 {
				t.Errorf("%s: shrunk to %d vertices only: %s", m.name, n, o.Counterexample.Input)
			}
			caught++
		}
	}
	if caught != len(mutations) {
		t.Errorf("%d of %d mistakes were caught", caught, len(mutations))
	}
}

// The statistical cross-check sees mistakes as well, made on the side of the
// training: those that move the logit by more than the band.
func TestCrossCheckSeesMistakes(t *testing.T) {
	instances, err := graph.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	steps, err := compare.BoundedSteps(instances, 8)
	if err != nil {
		t.Fatal(err)
	}
	check := compare.CrossCheck{Alpha: big.NewRat(1, 1), Samples: 50_000, Batch: 16, Width: 0.25, Failure: 1e-6}
	train := func(change func(t *compare.Training) error, read func(compare.Trained, compare.Training) compare.Trained) compare.Trainer {
		return func(ctx context.Context, t compare.Training) (compare.Trained, error) {
			given := t
			if err := change(&t); err != nil {
				return compare.Trained{}, err
			}
			out, err := compare.Simulate(ctx, t)
			return read(out, given), err
		}
	}
	same := func(*compare.Training) error { return nil }
	plainly := func(out compare.Trained, _ compare.Training) compare.Trained { return out }
	caught := 0
	cases := []struct {
		name  string
		train compare.Trainer
		want  theory.Verdict
	}{
		{"none", train(same, plainly), theory.Consistent},
		{"the rate without 1/n", train(same, func(out compare.Trained, t compare.Training) compare.Trained {
			return compare.Trained{Mean: out.Mean * float64(t.Step.Instance.Graph.Order()), Spread: out.Spread}
		}), theory.Inconsistent},
		{"ascent", train(same, func(out compare.Trained, _ compare.Training) compare.Trained {
			return compare.Trained{Mean: -out.Mean, Spread: out.Spread}
		}), theory.Inconsistent},
		{"no training", train(same, func(compare.Trained, compare.Training) compare.Trained { return compare.Trained{} }), theory.Inconsistent},
		{"no permutation average", func(_ context.Context, t compare.Training) (compare.Trained, error) {
			net, errNet := sim.NewCompact(t.Step.Instance.Graph.Order(), 1)
			task, errTask := sim.NewTask(t.Step.Instance, t.Step.C, sim.Coconut)
			w, errWeights := sim.NewWeights(sim.Diagonal, t.Step.Instance.Graph.Order())
			if err := errors.Join(errNet, errTask, errWeights); err != nil {
				return compare.Trained{}, err
			}
			label := rand.New(rand.NewPCG(1, 1)).Perm(net.Symbols())
			for range t.Steps {
				e, err := sim.Evaluate(net, task, label, w)
				if err != nil {
					return compare.Trained{}, err
				}
				for i, g := range e.Gradient.Values() {
					w.Values()[i] -= t.LearningRate * g
				}
			}
			out := w.Probe().Diagonal
			return compare.Trained{Mean: out.Mean, Spread: out.Spread}, nil
		}, theory.Inconsistent},
		{"all edges reversed", train(func(t *compare.Training) error {
			var edges [][2]int
			for _, e := range t.Step.Instance.Graph.Edges() {
				edges = append(edges, [2]int{e[1], e[0]})
			}
			g, err := graph.New(t.Step.Instance.Graph.Order(), edges)
			if err != nil {
				return err
			}
			// Step c from the other end of the path.
			in := *t.Step.Instance
			in.Graph, in.Root, in.Target, in.Path = g, in.Target, in.Root, slices.Clone(in.Path)
			slices.Reverse(in.Path)
			t.Step, err = in.Step(t.Step.C)
			return err
		}, plainly), theory.Inconsistent},
	}
	for _, c := range cases {
		table, err := check.Run(context.Background(), steps, c.train)
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		if table.Verdict != c.want || (table.Outside > 0) != (c.want == theory.Inconsistent) {
			t.Errorf("%s: %v, worst margin %g", c.name, table.Verdict, table.WorstMargin)
		} else if c.want == theory.Inconsistent {
			caught++
		}
	}
	if caught != len(cases)-1 {
		t.Errorf("%d mistakes were caught", caught)
	}
}

// What the cross-check must not accept, and what must not change its result.
func TestCrossCheckSettings(t *testing.T) {
	instances, err := graph.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	steps, err := compare.BoundedSteps(instances, 3)
	if err != nil {
		t.Fatal(err)
	}
	good := compare.CrossCheck{Alpha: big.NewRat(1, 1), Samples: 2000, Batch: 10, Width: 0.3, Failure: 1e-6, Seed: 9}
	rejected := 0
	for name, spoil := range map[string]func(*compare.CrossCheck){
		"no gain":         func(c *compare.CrossCheck) { c.Alpha = nil },
		"negative gain":   func(c *compare.CrossCheck) { c.Alpha = big.NewRat(-1, 1) },
		"no samples":      func(c *compare.CrossCheck) { c.Samples = 0 },
		"no batch":        func(c *compare.CrossCheck) { c.Batch = 0 },
		"less than batch": func(c *compare.CrossCheck) { c.Samples = 9 },
		"no band":         func(c *compare.CrossCheck) { c.Width = 0 },
		"no failure":      func(c *compare.CrossCheck) { c.Failure = 0 },
		"sure failure":    func(c *compare.CrossCheck) { c.Failure = 1 },
	} {
		bad := good
		spoil(&bad)
		if table, err := bad.Run(context.Background(), steps, compare.Simulate); err == nil || table != nil {
			t.Errorf("%s was accepted", name)
		} else {
			rejected++
		}
	}
	if _, err := good.Run(context.Background(), nil, compare.Simulate); err == nil || rejected != 8 {
		t.Errorf("no steps: %v; %d settings rejected", err, rejected)
	}
	failing := errors.New("out of weights")
	if _, err := good.Run(context.Background(), steps, func(context.Context, compare.Training) (compare.Trained, error) { return compare.Trained{}, failing }); !errors.Is(err, failing) {
		t.Errorf("a failed training: %v", err)
	}
	for _, jobs := range []int{1, 3} {
		check, calls := good, 0
		check.Jobs = jobs
		check.Progress = func(done, total int) { calls++ }
		table, err := check.Run(context.Background(), steps, compare.Simulate)
		if err != nil || calls != len(steps) {
			t.Fatalf("%v, %d calls", err, calls)
		}
		reference, err := good.Run(context.Background(), steps, compare.Simulate)
		if err != nil {
			t.Fatal(err)
		}
		one, _ := marshal(table)
		two, _ := marshal(reference)
		if string(one) != string(two) {
			t.Errorf("with %d jobs: %s, expected %s", jobs, one, two)
		}
	}
	cancelled, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := good.Run(cancelled, steps, compare.Simulate); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	if _, err := compare.BoundedSteps(instances[:2], 3); err == nil {
		t.Error("three steps of two instances")
	}
}

// The tail of the band is that of the proof: its exponent against the Bennett
// function in exact form at the radius returned, and the smallest batch that
// Hoeffding's bound would give is not beaten by more than the variance allows.
func TestRadiusSolvesItsEquation(t *testing.T) {
	compared := 0
	inputs := Both(Steps(smallShape), LogUniform(1e-3, 1))
	Check(t, *seed, ForAll("tail", scaled(100), inputs, func(_ context.Context, p Pair[graph.Step, float64]) error {
		for _, full := range []bool{false, true} {
			noise, err := compare.NoiseOf(p.First, full, big.NewRat(1, 1))
			if err != nil {
				return err
			}
			const batch, count, failure = 4, 500, 1e-9
			eta := 2 * p.Second / noise.Smoothness
			r, err := noise.Radius(eta, batch, count, failure)
			if err != nil {
				return err
			}
			tail := func(r float64) float64 { // minimised over λ on a grid, from step (4) of the proof
				b := 2 * eta * noise.Gradient / batch
				s := count * eta * eta * noise.Gradient * noise.Gradient / batch
				best := 1.0
				for i := range 4000 {
					lambda := float64(i+1) / 1000 / b
					best = min(best, 2*math.Exp(s/(b*b)*(math.Exp(lambda*b)-1-lambda*b)-lambda*r))
				}
				return best
			}
			if tail(r) > failure*1.01 || tail(r*0.995) < failure*0.99 {
				return fmt.Errorf("radius %g: tail %g, expected %g", r, tail(r), failure)
			}
			compared++
			if _, err := noise.Radius(2.01/noise.Smoothness, batch, count, failure); err == nil {
				return errors.New("a radius beyond the learning rate 2/L")
			}
		}
		return nil
	}))
	if compared < 2*scaled(100) {
		t.Errorf("%d comparisons", compared)
	}
}
