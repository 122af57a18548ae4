package compare

import (
	"context"
	"math/big"
	"math/rand/v2"
	"muflow/graph"
	"muflow/internal/long"
	"muflow/sim"
	"muflow/theory"
	"slices"
	"strconv"
	"testing"
)

// The cross-check sees an error of a tenth in the drift or in α, a drift without
// 1/n and other mistakes, made on the side of the training, in every row.
func TestCrossCheckSeesMistakes(t *testing.T) {
	instances, err := graph.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	check := CrossCheck{Alpha: big.NewRat(1, 1), Samples: 40_000, Batch: 16, Failure: 1e-6, Seed: 5}
	count := 4
	if *long.Tests {
		count = 24
	}
	steps, err := check.Select(instances, count)
	if err != nil {
		t.Fatal(err)
	}
	train := func(change func(t *Training) error, read func(Path, Training)) Trainer {
		return func(ctx context.Context, t Training) (Path, error) {
			given := t
			if err := change(&t); err != nil {
				return Path{}, err
			}
			out, err := Simulate(ctx, t)
			read(out, given)
			return out, err
		}
	}
	faster := func(factor float64) Trainer {
		return train(func(t *Training) error { t.LearningRate *= factor; return nil }, func(Path, Training) {})
	}
	same := func(*Training) error { return nil }
	plainly := func(Path, Training) {}
	times := func(factor func(Training) float64) Trainer {
		return train(same, func(out Path, t Training) {
			for k := range out.Mean {
				out.Mean[k] *= factor(t)
			}
		})
	}
	caught := 0
	cases := []struct {
		name  string
		train Trainer
		want  theory.Verdict
	}{
		{"none", train(same, plainly), theory.Consistent},
		{"the drift times 0.9", faster(0.9), theory.Inconsistent},
		{"the drift times 1.1", faster(1.1), theory.Inconsistent},
		{"the drift times 0.95", faster(0.95), theory.Inconsistent},
		{"α times 1.1", train(func(t *Training) error {
			t.Alpha = new(big.Rat).Mul(t.Alpha, big.NewRat(11, 10))
			return nil
		}, plainly), theory.Inconsistent},
		{"the rate without 1/n", times(func(t Training) float64 { return float64(t.Step.Instance.Graph.Order()) }), theory.Inconsistent},
		{"ascent", times(func(Training) float64 { return -1 }), theory.Inconsistent},
		{"no training", times(func(Training) float64 { return 0 }), theory.Inconsistent},
		{"no permutation average", func(_ context.Context, t Training) (out Path, err error) {
			net, group, w, err := Simulation{Step: t.Step, Alpha: t.Alpha}.parts()
			if err != nil {
				return out, err
			}
			label := rand.New(rand.NewPCG(1, 1)).Perm(net.Symbols())
			for k := 0; ; k++ {
				seen := logitsOf(w)
				out.Mean, out.Spread = append(out.Mean, seen.Mean[0]), append(out.Spread, seen.Spread[0])
				if k == t.Steps {
					return out, nil
				}
				e, err := sim.Evaluate(net, group[0], label, w)
				if err != nil {
					return out, err
				}
				for i, g := range e.Gradient.Values() {
					w.Values()[i] -= t.LearningRate * g
				}
			}
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
		outside := 0
		if c.want == theory.Inconsistent {
			outside = count
		}
		if table.Verdict != c.want || table.Outside != outside {
			t.Errorf("%s: %v, %d of %d rows outside, an error of %g would be noticed", c.name, table.Verdict, table.Outside, count, table.Notices)
		} else if c.want == theory.Inconsistent {
			caught++
		}
	}
	if caught != len(cases)-1 {
		t.Errorf("%d mistakes were caught", caught)
	}
}

// Averaged descent sees an error of a tenth, and one of the size that it says,
// in every descent: on the way, where some end at a common equilibrium.
func TestAveragesSeeAWrongDrift(t *testing.T) {
	instances, err := graph.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	check := CrossCheck{Alpha: big.NewRat(1, 1), Samples: 40_000, Batch: 16, Failure: 1e-6}
	steps, err := check.Select(instances, 6)
	if err != nil {
		t.Fatal(err)
	}
	averages, err := CompareAverages(context.Background(), steps, check.Alpha, 300, 1)
	if err != nil || averages.Verdict != theory.Consistent || !(averages.Notices > 0 && averages.Notices < 1e-6) {
		t.Fatalf("%+v, %v", averages, err)
	}
	seen, descents := 0, 0
	stated, _ := new(big.Rat).SetString(strconv.FormatFloat(1+1.01*averages.Notices, 'g', -1, 64))
	for _, s := range steps {
		for _, loss := range []theory.Loss{theory.Coconut, theory.CoconutBFS} {
			for _, full := range []bool{false, true} {
				x := Simulation{Step: s, Alpha: check.Alpha, Loss: loss, Full: full}
				for _, factor := range []*big.Rat{big.NewRat(9, 10), big.NewRat(11, 10), stated} {
					family, err := x.Family()
					if err != nil {
						t.Fatal(err)
					}
					for i, r := range family.Rates {
						family.Rates[i] = new(big.Rat).Mul(r, factor)
					}
					off, _, err := x.Against(context.Background(), family, 300)
					if err != nil {
						t.Fatal(err)
					}
					if descents++; off > AverageTolerance {
						seen++
					} else {
						t.Errorf("step %d of instance with %d vertices, %v, full %v: a drift times %v is %g off", s.C, s.Instance.Graph.Order(), loss, full, factor, off)
					}
				}
			}
		}
	}
	if seen != 72 || descents != 72 {
		t.Errorf("%d of %d wrong drifts were seen", seen, descents)
	}
}
