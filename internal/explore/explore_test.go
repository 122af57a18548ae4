package explore

import (
	"context"
	"encoding/json"
	"math"
	"reflect"
	"testing"

	"muflow/graph"
	"muflow/sim"
	"muflow/theory"
)

func someSettings(t *testing.T, count int) []Setting {
	t.Helper()
	instances, err := graph.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	s, err := Settings(instances, count)
	if err != nil || len(s) != count {
		t.Fatalf("%d settings, %v", len(s), err)
	}
	return s
}

// At 0 every dial is the theorem's setting: the reduced theory and the
// simulation find all that they speak of to hold.
func TestZeroIsTheTheorem(t *testing.T) {
	s := someSettings(t, 1)
	asked := 0
	for _, d := range Dials() {
		if d.Positions[0] != 0 {
			t.Errorf("dial %s starts at %g", d.Key(), d.Positions[0])
		}
		if testing.Short() && asked > 12 {
			break
		}
		predicted, err := d.Predict(&s[0], 0)
		if err != nil {
			t.Fatal(err)
		}
		measured, err := d.Measure(context.Background(), &s[0], 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range Conclusions {
			if (d.ID == "A11" || d.ID == "A18") && c == Bounded { // Coconut-BFS: growth without bound is the theorem
				continue
			}
			if d.Key() == "A14a" && c == Monotone { // a step of 1.5/L may pass the end
				continue
			}
			if predicted[c] < 0 || measured[c] < 0 {
				t.Errorf("dial %s, %v: theory %d, simulation %d", d.Key(), c, predicted[c], measured[c])
			}
			asked++
		}
		if zero, err := d.trial(&s[0], 0); err != nil || zero.dials != (sim.Dials{}) {
			t.Errorf("dial %s: position 0 is %+v, %v", d.Key(), zero, err)
		}
		if found, ok := Find(d.Key()); !ok || found.Name != d.Name {
			t.Errorf("key %s is not of its dial", d.Key())
		}
	}
	if asked < 12 {
		t.Errorf("%d conclusions", asked)
	}
}

// The reduced drift at 0 is the theory's, and its end the enclosed equilibrium;
// away from 0 it is the gradient of the simulated model, which shares no code.
func TestReducedDriftIsTheGradient(t *testing.T) {
	compared := 0
	for _, s := range someSettings(t, 6) {
		p := theory.ProfileOf(s.Step)
		for _, d := range []sim.Dials{{}, {Leak: 0.3}, {Softmax: 1, ValueGain: 4}, {Softmax: 0.5, ValueGain: 9}, {Normalise: 0.6}, {Heads: 2}, {Square: 0.7}, {Noise: 0.4},
			{Leak: 0.1, Softmax: 0.2, ValueGain: 3, Normalise: 0.3, Heads: 1, Square: 0.2, Noise: 0.1}} {
			net, err := sim.NewModel(p.N, 1.5, d)
			if err != nil {
				t.Fatal(err)
			}
			task, err := sim.NewTask(s.Instance, s.C, sim.Coconut)
			if err != nil {
				t.Fatal(err)
			}
			w, err := sim.NewWeights(sim.Diagonal, p.N)
			if err != nil {
				t.Fatal(err)
			}
			r := newReduced(&s, 1.5, d)
			for _, mu := range []float64{-1.5, 0, 0.7, 3} {
				if err := w.SetScores(mu, 0); err != nil {
					t.Fatal(err)
				}
				// One step of rate 1 on the exact average moves by the gradient.
				trainer, err := sim.NewTrainer(net, []*sim.Task{task}, w, sim.Settings{LearningRate: 1, Workers: 1})
				if err != nil {
					t.Fatal(err)
				}
				if _, err := trainer.Step(context.Background()); err != nil {
					t.Fatal(err)
				}
				want := trainer.Weights().Probe().Diagonal.Mean - mu
				if got := r.drift(mu); math.Abs(got-want) > 1e-10*(1+math.Abs(want)) {
					t.Errorf("%+v at μ = %g: drift %.15g, gradient of the model %.15g", d, mu, got, want)
				}
				compared++
			}
		}
	}
	if compared != 6*9*4 {
		t.Fatalf("%d comparisons", compared)
	}
}

// Thresholds of dials whose theory is exact: the population is bounded up to
// weight 1, Coconut-BFS grows until nothing is outside, a target of the largest
// degree diverges; and the share of random labels at which the logit no longer
// grows is (d* − F(0))/(d* − mean d).
func TestKnownThresholds(t *testing.T) {
	settings := someSettings(t, 2)
	for key, want := range map[string]struct {
		c    Conclusion
		high float64
	}{"A12": {Bounded, 1}, "A11": {Grows, 1}} {
		d, _ := Find(key)
		rows, err := Study(context.Background(), d, settings, 0)
		if err != nil {
			t.Fatal(err)
		}
		r := rows[want.c]
		if r.Measured == nil || r.Measured.High != want.high || r.Predicted == nil || r.Predicted.High != want.high || r.Agreed != r.Compared {
			t.Errorf("%s: %+v", key, r)
		}
	}
	d, _ := Find("labels")
	for i := range settings {
		s := &settings[i]
		p := theory.ProfileOf(s.Step)
		e := math.Exp(1 / math.Sqrt(float64(p.K)))
		all, first, plain := 0.0, 0.0, 0.0
		for _, x := range p.Weights() {
			w := float64(x.Out) + e*float64(x.In)
			all += w
			first += w * float64(x.Degree)
			plain += float64((x.Out+x.In)*x.Degree) / float64(p.N)
		}
		q := (float64(p.TargetDegree.Num) - first/all) / (float64(p.TargetDegree.Num) - plain)
		for _, side := range []struct {
			x    float64
			want int8
		}{{q - 1e-3, 1}, {q + 1e-3, -1}} {
			f, err := d.Predict(s, side.x)
			if err != nil {
				t.Fatal(err)
			}
			if f[Grows] != side.want {
				t.Errorf("setting %d: share %g gives %d", i, side.x, f[Grows])
			}
		}
	}
}

// A path that settles is told from one that does not.
func TestSettled(t *testing.T) {
	for _, x := range []struct {
		marks [3]float64
		jump  float64
		want  int8
	}{
		{[3]float64{1, 1.5, 1.5}, 0, 1},
		{[3]float64{1, 2, 3}, 0, -1},   // logarithmic growth
		{[3]float64{1, 2, 2.45}, 0, 0}, // not clear
		{[3]float64{1, 1, 1}, 0.5, -1}, // jumps to and fro
		{[3]float64{0, 1, math.NaN()}, 0, -1},
	} {
		if got := settled(x.marks, x.jump, 1e-5); got != x.want {
			t.Errorf("%v, jump %g: %d, want %d", x.marks, x.jump, got, x.want)
		}
	}
}

// A row is read as it was written.
func TestRowsAreKept(t *testing.T) {
	row := Row{Key: "A1", Conclusion: Expands, Measured: &Threshold{0.25, 0.5}}
	text, err := json.Marshal(row)
	if err != nil {
		t.Fatal(err)
	}
	var again Row
	if err := json.Unmarshal(text, &again); err != nil || !reflect.DeepEqual(row, again) {
		t.Errorf("%s became %+v, %v", text, again, err)
	}
	if err := json.Unmarshal([]byte(`{"conclusion":"flies"}`), &again); err == nil {
		t.Error("an unknown conclusion was accepted")
	}
}

// A dial is added by one value: it is then in the list, has a key, and its rows
// stand in the table.
func TestADialIsAdded(t *testing.T) {
	before := registered
	defer func() { registered = before }()
	register(&Dial{ID: "late", Name: "starting logit μ(0)", Theory: derived, Positions: []float64{0, 0.5},
		at: func(t *trial, x float64) error { t.how.start = x; return nil }})
	all := Dials()
	d, ok := Find("late")
	if !ok || all[len(all)-1] != d || len(all) != len(table)+len(before)+1 {
		t.Fatalf("%d dials, the last is %s", len(all), all[len(all)-1].Key())
	}
	rows, err := Study(context.Background(), d, someSettings(t, 1), 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		if r.Key != "late" || r.Settings != 1 || r.Compared != 2 || r.Agreed != 2 || r.Failed != 0 {
			t.Errorf("%+v", r)
		}
	}
}
