package explore

import (
	"context"
	"errors"
	"math"
	"math/big"
	"strconv"

	"muflow/prove"
	"muflow/sim"
	"muflow/theory"
)

// The dials of this file make the logits of the edges that leave N_c uneven under softmax
// attention, (1 + εη_e)z: with a fixed value gain the logit cannot turn (A6-monotone), with a
// trained one it may rise above its end and come back (A6-overshoot). theory.md section 7h.
// A position is 1 + ε, the logit of an edge one standard deviation above the mean over
// the mean: 1 is even, 0 the theorem's linear attention.

const (
	unevenGain = 2 // where it starts, if it is trained
	unevenMost = 64
	unevenSeed = 1 // of η
)

var unevenPositions = []float64{0, 1, 1.2, 1.5}

func init() {
	register(&Dial{ID: "uneven", Name: "softmax attention of gain 10: a logit one deviation above their mean over it, even at 1; linear at 0",
		Theory: derived, Positions: unevenPositions, Discrete: true,
		at: func(t *trial, x float64) error { return unevenly(t, x, beyondGain) }})
	register(&Dial{ID: "overshoot", Name: "the same with a trained gain, from 2 at the rate of μ",
		Theory: "derived: claim A6-overshoot, enclosed", Positions: unevenPositions, Discrete: true,
		at: func(t *trial, x float64) error {
			if err := unevenly(t, x, unevenGain); err != nil || x == 0 {
				return err
			}
			t.dials.Value = sim.GainValue // in one time with μ, of which there are n entries
			t.how.value = 1 / (unevenGain * unevenGain * float64(t.setting.Instance.Graph.Order()))
			t.how.steps = populationSteps
			r := newReduced(t.setting, t.alpha, t.dials)
			t.how.eta = r.rate(0, math.Inf(1))
			for r.dials.ValueGain < unevenMost { // a larger gain is steeper
				r.dials.ValueGain *= 2
				t.how.eta = min(t.how.eta, r.rate(0, t.how.eta))
			}
			return nil
		},
		foretell: func(t *trial, x float64, found Finding) (Finding, error) {
			if x == 0 {
				return found, nil
			}
			return overshootFinding(t)
		}})
}

// unevenly sets softmax attention with logits whose unevenness is x − 1.
func unevenly(t *trial, x, gain float64) error {
	switch {
	case x == 0:
		return nil
	case x < 1:
		return errNoPosition
	}
	t.dials.Softmax, t.dials.ValueGain = 1, gain
	epsilon, _ := decimal(x)
	if t.dials.Uneven, _ = epsilon.Sub(epsilon, big.NewRat(1, 1)).Float64(); x > 1 {
		t.dials.UnevenSeed = unevenSeed
	}
	return nil
}

// decimal returns the number that a float64 is written as.
func decimal(x float64) (*big.Rat, bool) {
	return new(big.Rat).SetString(strconv.FormatFloat(x, 'g', -1, 64))
}

// overshootFinding puts what is proved of the flow of μ and the gain into a finding: that μ
// turns, or that it does not, if that is so for all times; and its end, if there is one.
func overshootFinding(t *trial) (out Finding, err error) {
	step := t.setting.Step
	epsilon, ok := decimal(t.dials.Uneven)
	if !ok {
		return out, errNoPosition
	}
	var deviations []*big.Rat
	if epsilon.Sign() > 0 {
		all, set := t.dials.Deviations(step.Instance.Graph.Size()), step.Set()
		for j, e := range step.Instance.Graph.Edges() {
			if eta, ok := decimal(all[j]); ok && set[e[0]] {
				deviations = append(deviations, eta.Mul(eta, epsilon))
			}
		}
	}
	u, err := theory.UnevenOf(step, deviations)
	if err != nil {
		return out, err
	}
	one := big.NewRat(1, 1)
	o, err := prove.DecideOvershoot(context.Background(), prove.OvershootProblem{Steps: []*theory.Uneven{u}, Alpha: one, Gain: big.NewRat(unevenGain, 1), Rate: one})
	if errors.As(err, new(*prove.UndecidedError)) {
		return out, nil
	}
	if err != nil {
		return out, err
	}
	ended := o.End[0] != nil
	switch {
	case o.Turning == prove.TurnLogit:
		out[Monotone] = -1
	case o.Turning == prove.TurnStill || o.Turning == prove.TurnNone && ended:
		out[Monotone] = 1
	}
	if !ended {
		return out, nil
	}
	mu, _ := o.End[0].Mid().Float64()
	r := newReduced(t.setting, t.alpha, t.dials)
	r.dials.ValueGain, _ = o.End[1].Mid().Float64()
	out[Grows], out[Bounded] = sign(mu > 0), 1
	return r.read(mu, out), nil
}
