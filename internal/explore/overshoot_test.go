package explore

import (
	"context"
	_ "embed"
	"encoding/json"
	"math"
	"math/rand/v2"
	"reflect"
	"testing"

	"muflow/internal/portable"
	"muflow/sim"
)

// Python 3.11.7 and mpmath 1.3.0, by testdata/overshoot.py.
//
//go:embed testdata/overshoot.json
var overshootReference []byte

func dialOf(t *testing.T, key string) *Dial {
	t.Helper()
	d, ok := Find(key)
	if !ok {
		t.Fatalf("no dial %s", key)
	}
	return d
}

// Theory and training agree wherever both are decided: uneven logits do not turn with
// a fixed gain, and do with a trained one.
func TestUnevenLogitsTurnWithATrainedGain(t *testing.T) {
	s := someSettings(t, 2)[1:]
	for key, fails := range map[string]int{"uneven": 0, "overshoot": len(s)} {
		d := dialOf(t, key)
		rows, err := Study(context.Background(), d, s, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range rows {
			if r.Agreed != r.Compared || r.Compared < 3 {
				t.Errorf("%+v", r)
			}
		}
		if r := rows[Monotone]; r.Settings != len(s) || r.Failed != fails {
			t.Errorf("%+v", r)
		}
	}
}

// The unevenness from which one training turns is that of another program, and what is
// proved on either side says the same.
func TestThresholdOfUnevenness(t *testing.T) {
	var want struct {
		Edges          [][3]int
		Threshold, End [2]float64
		Peak           float64
	}
	if err := json.Unmarshal(overshootReference, &want); err != nil {
		t.Fatal(err)
	}
	d, s := dialOf(t, "overshoot"), someSettings(t, 2)[1]
	var edges [][3]int
	deviations := (&sim.Dials{UnevenSeed: unevenSeed}).Deviations(s.Instance.Graph.Size())
	for j, e := range s.Instance.Graph.Edges() {
		edges = append(edges, [3]int{e[0], e[1], int(math.Round(1000 * deviations[j]))})
	}
	if s.Instance.Root != 1 || s.C != 1 || s.Target() != 8 || !reflect.DeepEqual(edges, want.Edges) {
		t.Fatal("another setting than that of the reference")
	}
	const near = 0.0005 // ε
	for _, x := range []struct {
		at     float64
		side   int8
		proved bool
	}{{1.2, 1, true}, {1 + want.Threshold[0] - near, 1, false}, {1 + want.Threshold[1] + near, -1, false}, {1.4, -1, true}} {
		measured, err := d.Measure(context.Background(), &s, x.at)
		if err != nil || measured[Monotone] != x.side {
			t.Errorf("%g: training finds %d, %v", x.at, measured[Monotone], err)
		}
		if !x.proved {
			continue
		}
		if predicted, err := d.Predict(&s, x.at); err != nil || predicted[Monotone] != x.side {
			t.Errorf("%g: theory finds %d, %v", x.at, predicted[Monotone], err)
		}
	}
	trial, err := d.trial(&s, 1.4)
	if err != nil {
		t.Fatal(err)
	}
	net, _, end, err := trial.train(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	gain := unevenGain * *end.weights.Probe().Value
	if math.Abs(end.path.high/want.Peak-1) > 2e-3 || math.Abs(end.mean[2]/want.End[0]-1) > 1e-6 || math.Abs(gain/want.End[1]-1) > 1e-6 || net.Symbols() != 22 {
		t.Errorf("peak %g, end %g with gain %g, want %+v", end.path.high, end.mean[2], gain, want)
	}
}

// Where the training of a dial is another than the one foretold, its row says so.
func TestPlantedDialsAreNoticed(t *testing.T) {
	s := someSettings(t, 3)[2:]
	planted := map[string]struct {
		key   string
		x     float64
		plant func(t *trial)
	}{
		"none":                   {"overshoot", 1.5, func(*trial) {}},
		"gain that is fixed":     {"overshoot", 1.5, func(t *trial) { t.dials.Value, t.how.value = sim.FixedValue, 0 }},
		"even logits":            {"overshoot", 1.5, func(t *trial) { t.dials.Uneven, t.dials.UnevenSeed = 0, 0 }},
		"no momentum":            {"A14b", 0.9, func(t *trial) { t.how.momentum = 0 }},
		"a tenth of the rate":    {"A14a", 1, func(t *trial) { t.how.eta /= 10 }},
		"momentum that is meant": {"A14b", 0.9, func(*trial) {}},
	}
	for name, p := range planted {
		d := *dialOf(t, p.key)
		at, foretell := d.at, d.foretell
		d.Positions = []float64{0, p.x}
		right := func(x float64) (*trial, error) {
			as := &trial{setting: &s[0], alpha: 1, loss: sim.Coconut}
			return as, at(as, x)
		}
		d.at = func(t *trial, x float64) error {
			err := at(t, x)
			if x > 0 {
				p.plant(t)
			}
			return err
		}
		d.foretell = func(_ *trial, x float64, found Finding) (Finding, error) {
			as, err := right(x)
			if err != nil {
				return found, err
			}
			return foretell(as, x, found)
		}
		rows, err := Study(context.Background(), &d, s, 0)
		if err != nil {
			t.Fatal(err)
		}
		r := rows[Monotone]
		honest := name == "none" || name == "momentum that is meant"
		if (r.Agreed == r.Compared) != honest || r.Compared == 0 {
			t.Errorf("%s: %+v", name, r)
		}
	}
}

// A path has turned if it goes back by more than three floors and three times the noise.
func TestTurning(t *testing.T) {
	for _, x := range []struct {
		path    []float64
		noise   float64
		decided bool
		want    int8
	}{
		{[]float64{0, 1, 2, 2}, 0, true, 1},
		{[]float64{0, -1, -2}, 0, true, 1},
		{[]float64{0, 0, 0}, 0, true, 1},
		{[]float64{0, 1, 2}, 0, false, 0},
		{[]float64{0, 3, 2}, 0, false, -1},
		{[]float64{0, -3, -1}, 0, true, -1},
		{[]float64{0, 0.9, 0.5, 1}, 0, true, -1},
		{[]float64{0, 3, 2.98}, 0, true, 0},
		{[]float64{0, 3, 2}, 0.5, true, 0},
		{[]float64{0, 3, 2}, 0.1, true, -1},
		{[]float64{0, 3, math.NaN()}, 0, true, 0},
		{[]float64{0, math.Inf(1), math.Inf(-1)}, 0, true, 0},
	} {
		var p turning
		for _, y := range x.path {
			p.add(y)
		}
		if got := p.monotone(0.01, x.noise, x.decided); got != x.want {
			t.Errorf("%+v: %d", x, got)
		}
	}
}

// Noise about a path without a turn is never one, an overshoot beyond the noise always.
func TestTurningOfNoise(t *testing.T) {
	const steps = 4800
	for seed := range uint64(100) {
		rng := rand.New(rand.NewPCG(seed, 4))
		for _, peak := range []float64{0, 6} {
			noise := 0.0
			var whole, late turning
			stretch := averager{length: steps / stretches}
			for k := 1; k <= steps; k++ {
				t := float64(k) / steps
				noise += -0.02*noise + 0.02*portable.Normal(rng)
				x := 2*(1-math.Exp(-20*t)) + peak*30*t*math.Exp(-30*t) + noise
				if mean, full := stretch.add(x); full {
					if whole.add(mean); 2*k > steps {
						late.add(mean)
					}
				}
			}
			switch got := whole.monotone(0.06, late.size(), true); {
			case peak == 0 && got == -1, peak > 0 && got != -1:
				t.Errorf("seed %d, peak %g: %d, turned by %g, noise %g", seed, peak, got, whole.size(), late.size())
			}
		}
	}
}
