package compare

import (
	"context"
	"math/big"
	"math/rand/v2"
	"muflow/graph"
	"muflow/sim"
	"muflow/theory"
	"slices"
	"testing"
)

// The statistical cross-check sees mistakes as well, made on the side of the
// training: those that move the logit by more than the band.
func TestCrossCheckSeesMistakes(t *testing.T) {
	instances, err := graph.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	steps, err := BoundedSteps(instances, 8)
	if err != nil {
		t.Fatal(err)
	}
	check := CrossCheck{Alpha: big.NewRat(1, 1), Samples: 50_000, Batch: 16, Width: 0.25, Failure: 1e-6}
	train := func(change func(t *Training) error, read func(Trained, Training) Trained) Trainer {
		return func(ctx context.Context, t Training) (Trained, error) {
			given := t
			if err := change(&t); err != nil {
				return Trained{}, err
			}
			out, err := Simulate(ctx, t)
			return read(out, given), err
		}
	}
	same := func(*Training) error { return nil }
	plainly := func(out Trained, _ Training) Trained { return out }
	caught := 0
	cases := []struct {
		name  string
		train Trainer
		want  theory.Verdict
	}{
		{"none", train(same, plainly), theory.Consistent},
		{"the rate without 1/n", train(same, func(out Trained, t Training) Trained {
			return Trained{out.Mean * float64(t.Step.Instance.Graph.Order()), out.Spread}
		}), theory.Inconsistent},
		{"ascent", train(same, func(out Trained, _ Training) Trained {
			return Trained{-out.Mean, out.Spread}
		}), theory.Inconsistent},
		{"no training", train(same, func(Trained, Training) Trained { return Trained{} }), theory.Inconsistent},
		{"no permutation average", func(_ context.Context, t Training) (Trained, error) {
			net, task, w, err := Simulation{Step: t.Step, Alpha: t.Alpha}.parts()
			if err != nil {
				return Trained{}, err
			}
			label := rand.New(rand.NewPCG(1, 1)).Perm(net.Symbols())
			for range t.Steps {
				e, err := sim.Evaluate(net, task, label, w)
				if err != nil {
					return Trained{}, err
				}
				for i, g := range e.Gradient.Values() {
					w.Values()[i] -= t.LearningRate * g
				}
			}
			out := logitsOf(w)
			return Trained{out.Mean[0], out.Spread[0]}, nil
		}, theory.Inconsistent},
		{"all edges reversed", train(func(t *Training) error {
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
