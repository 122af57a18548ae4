package explore

import (
	"context"
	"math"
	"math/big"
	"testing"

	"muflow/prove"
	"muflow/sim"
	"muflow/theory"
)

// The transformer whose carry-over is trained beside the scores conserves what
// claim A18-conserved says, up to an error in proportion to its step, and its logit ends below the limit
// of A18-bounded and near to it, or beyond every bound where δ < 0.
func TestTrainedCarryOver(t *testing.T) {
	dial, ok := Find("A18a")
	if !ok {
		t.Fatal("no dial A18a")
	}
	bounded, unbounded := 0, 0
	for _, s := range someSettings(t, 3) {
		for _, x := range []float64{0.02, 1} {
			trial, err := dial.trial(&s, x)
			if err != nil {
				t.Fatal(err)
			}
			eta, err := rate(trial.setting, 1)
			if err != nil {
				t.Fatal(err)
			}
			var ends [2]*sim.Weights // with one step and half of it
			for i := range ends {
				half := 1 << i
				trial.how.eta = eta / float64(20*half) / max(1, x*float64(trial.setting.Instance.Graph.Order()))
				trial.how.steps = [3]int{10, 100, 1000 * half}
				_, _, end, err := trial.train(context.Background())
				if err != nil {
					t.Fatal(err)
				}
				ends[i] = end.weights
			}
			p := theory.ProfileOf(trial.setting.Step)
			children, _ := p.Children()
			ratio := new(big.Rat).SetFloat64(x)
			ratio.Inv(ratio.Mul(ratio, big.NewRat(int64(p.N), 1)))
			e := &prove.Subject{Profile: p, Alpha: big.NewRat(1, 1), Digits: 12, Carry: prove.CarryOver{Ratio: ratio}}
			float := func(claim, value string) (float64, bool) {
				c, _ := prove.ClaimByID(claim)
				r, err := c.DecideOn(context.Background(), e)
				if err != nil || r.Verdict == theory.Undecided {
					t.Fatal(r, err)
				}
				if r.Verdict != theory.Proved {
					return 0, false
				}
				b, err := r.Values[value].Ball(64)
				if err != nil {
					t.Fatal(err)
				}
				f, _ := b.Mid().Float64()
				return f, true
			}
			delta, _ := float("A18-conserved", "delta")
			r, _ := ratio.Float64()
			var away [2]float64
			var mu, omega float64
			for i, w := range ends {
				probe := w.Probe()
				mu, omega = probe.Diagonal.Mean, *probe.Value
				away[i] = math.Exp(-mu) - r*float64(children)*math.Exp(-omega) - delta
			}
			if share := away[1] / away[0]; math.Abs(away[1]) > 0.04*math.Abs(delta) || !(share > 0.4 && share < 0.6) {
				t.Errorf("rate %g: μ = %g, ω = %g are %g away from δ = %g", x, mu, omega, away, delta)
			}
			if limit, ok := float("A18-bounded", "mu"); ok {
				bounded++
				if mu > 1.05*limit || mu < 0.8*limit {
					t.Errorf("rate %g: μ = %g, its limit %g", x, mu, limit)
				}
			} else if limit, ok := float("A18-diverges", "omega"); ok {
				unbounded++
				if omega > 1.05*limit || omega < 0.8*limit || mu < 2 {
					t.Errorf("rate %g: ω = %g, its limit %g, μ = %g", x, omega, limit, mu)
				}
			}
		}
	}
	if bounded == 0 || unbounded == 0 {
		t.Errorf("%d bounded, %d unbounded", bounded, unbounded)
	}
}
