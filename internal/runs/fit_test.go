package runs

import (
	"context"
	"math"
	"math/big"
	"testing"

	"muflow/graph"
	"muflow/sim"
	"muflow/theory"
)

func someInstances(t *testing.T, count int) []graph.Instance {
	t.Helper()
	instances, err := graph.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	return instances[:count]
}

// The model in float64 agrees with the enclosures of package prove, which share
// no code of integration with it, under every loss and law; sample refuses what
// does not.
func TestModelAgainstEnclosures(t *testing.T) {
	instances := someInstances(t, 6)
	checks := 0
	for _, count := range []int{1, 6} {
		for _, loss := range []theory.Loss{theory.Coconut, theory.CoconutBFS} {
			for _, law := range graph.Laws {
				x := Theory{Instances: instances[:count], Law: law, Step: 1, Loss: loss, Alpha: big.NewRat(3, 2)}
				q, err := x.Question(Descent{}, false)
				if err != nil {
					t.Fatal(err)
				}
				times := []float64{0.5, 10, 300}
				enclosed, err := q.Flow(context.Background(), times)
				if err != nil {
					t.Fatal(err)
				}
				nodes, err := q.Model.follow(context.Background(), times, Descent{})
				if err != nil {
					t.Fatal(err)
				}
				table, err := q.Model.tabulate(context.Background(), 400, 1e-7)
				if err != nil {
					t.Fatal(err)
				}
				for k, time := range times {
					want := midpoint(enclosed[k])
					read, _ := table.at(time)
					if math.Abs(nodes[k].theta[0]-want) > 1e-5 || math.Abs(read-want) > 1e-4 {
						t.Errorf("%d instances, %v, %v, t = %v: %v and %v, enclosed %v", count, loss, law, time, nodes[k].theta[0], read, enclosed[k])
					}
					checks++
				}
			}
		}
	}
	if checks != 36 {
		t.Errorf("%d checks", checks)
	}
}

// Trainings of package sim, which knows no theory, have the noise that the model
// foretells: the innovations are as large as their variance says, and their time
// scale is 1. A wrong rate is not.
func TestNoiseOfStochasticDescent(t *testing.T) {
	instances := someInstances(t, 60)
	for _, form := range []sim.Form{sim.Diagonal, sim.Full} {
		preset := sim.TheoryDiagonal
		preset.Form, preset.StageSteps, preset.Every, preset.Batch = form, []int{500}, 25, 8
		x := Theory{Instances: instances, Step: 0, Alpha: big.NewRat(1, 1), Full: form == sim.Full}
		q, err := x.Question(Descent{preset.LearningRate, float64(preset.Batch)}, false)
		if err != nil {
			t.Fatal(err)
		}
		q.Flow = nil
		square, points, wrong := 0.0, 0, 0
		const runs = 8
		for seed := range uint64(runs) {
			c := trainedCurve(t, preset, instances, seed+1)
			nodes, err := q.Model.follow(context.Background(), c.Times, q.Descent)
			if err != nil {
				t.Fatal(err)
			}
			for _, n := range innovations(nodes, c.Times, c.Y) {
				square += n.rest * n.rest / n.variance
				points++
			}
			fit, err := q.Against(context.Background(), c)
			if err != nil {
				t.Fatal(err)
			}
			if fit.Verdict != "consistent" {
				wrong++
			}
			if fit.Level != 0.995 {
				t.Errorf("%v: an interval of %v, and two tests of one hundredth", form, fit.Level)
			}
			if seed > 1 {
				continue
			}
			faster := &Curve{Steps: c.Steps, Y: c.Y}
			for _, t := range c.Times {
				faster.Times = append(faster.Times, 1.1*t)
			}
			if fit, err = q.Against(context.Background(), faster); err != nil || fit.Verdict != "inconsistent" || fit.Scale < 0.85 || fit.Scale > 0.97 {
				t.Errorf("%v, seed %d, rate misreported: %+v, %v", form, seed, fit.Verdict, err)
			}
		}
		// 160 squares of normal numbers: 1 ± 0.11 on the average.
		if ratio := square / float64(points); ratio < 0.6 || ratio > 1.5 {
			t.Errorf("%v: %d innovations, mean square %.2f of what is foretold", form, points, ratio)
		}
		if wrong > 1 { // each with probability 1/100
			t.Errorf("%v: %d of %d runs inconsistent with true theory", form, wrong, runs)
		}
	}
}

// trainedCurve trains the first stage of a preset.
func trainedCurve(t *testing.T, preset sim.Preset, instances []graph.Instance, seed uint64) *Curve {
	t.Helper()
	session, err := sim.NewSession(preset, sim.Coconut, seed, 1, instances)
	if err != nil {
		t.Fatal(err)
	}
	c := &Curve{Run: "own"}
	for session.Done() < preset.StageSteps[0] {
		if err := session.Step(context.Background()); err != nil {
			t.Fatal(err)
		}
		if !session.Due() {
			continue
		}
		p, err := session.Point(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		c.Steps = append(c.Steps, float64(p.Step))
		c.Times = append(c.Times, float64(p.Step)*preset.LearningRate)
		c.Y = append(c.Y, *p.Mu)
	}
	return c
}

// Curves made of the flow itself, of another scale or gain, are taken for what
// they are, without a batch too.
func TestCauses(t *testing.T) {
	instances := someInstances(t, 1)
	x := Theory{Instances: instances, Step: 1, Alpha: big.NewRat(1, 1)}
	q, err := x.Question(Descent{}, false)
	if err != nil {
		t.Fatal(err)
	}
	n := float64(q.Model.Symbols)
	other, err := q.Alpha(context.Background(), 2)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		model *Model
		scale float64
		cause string
	}{
		{q.Model, 1, ""},
		{q.Model, n, "times as fast"},
		{q.Model, 1 / n, "times as slow"},
		{q.Model, 0.9, "learning rate, or a factor on it, is 0."},
		{other, 1, "another readout gain: α times 2 "},
	} {
		table, err := c.model.tabulate(context.Background(), 4000*max(c.scale, 1), 1e-7)
		if err != nil {
			t.Fatal(err)
		}
		curve := &Curve{Run: "made"}
		for k := range 80 {
			step := float64(25 * (k + 1))
			mu, _ := table.at(c.scale * step)
			curve.Steps, curve.Times = append(curve.Steps, step), append(curve.Times, step)
			curve.Y = append(curve.Y, mu+2e-3*math.Sin(float64(k*k)))
		}
		fit, err := q.Against(context.Background(), curve)
		if err != nil {
			t.Fatal(err)
		}
		want := "inconsistent"
		if c.cause == "" {
			want = "consistent"
		}
		if fit.Level != 0.99 || fit.Verdict != want || !contains(fit.Cause, c.cause) {
			t.Errorf("scale %v: %s, scale %v in %v, %q, expected %q", c.scale, fit.Verdict, fit.Scale, fit.Interval, fit.Cause, c.cause)
		}
	}
	// Adaptive: any scale will do, another shape will not.
	q.Nominal = true
	flat := &Curve{Run: "made"}
	for k := range 40 {
		flat.Steps, flat.Times, flat.Y = append(flat.Steps, float64(k+1)), append(flat.Times, float64(k+1)), append(flat.Y, 5+0.01*math.Sin(float64(k*k)))
	}
	if fit, err := q.Against(context.Background(), flat); err != nil || fit.Verdict != "inconsistent" {
		t.Errorf("a flat curve: %+v, %v", fit, err)
	}
}
