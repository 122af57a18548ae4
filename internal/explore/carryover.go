package explore

import (
	"math/big"

	"muflow/prove"
	"muflow/sim"
	"muflow/theory"
)

// carryRates are rates of the weight of the carry-over in units of that of an
// entry, which is 1/r in units of 1/n of Theorem 1(a) with that weight trained.
var carryRates = []float64{0, 0.01, 0.03, 0.1, 0.3, 1}

func init() {
	register(&Dial{ID: "A18", Name: "rate of the carry-over's weight in units of an entry's, first step (Coconut-BFS)",
		Theory: "derived: sign of δ, exact", Positions: carryRates, Discrete: true,
		at: func(t *trial, x float64) error {
			first, err := t.setting.Instance.Step(0)
			if err != nil {
				return err
			}
			t.setting = &Setting{Step: first}
			return withCarryOver(t, x)
		},
		foretell: func(t *trial, x float64, found Finding) (Finding, error) {
			bounded := false
			if x > 0 {
				p := theory.ProfileOf(t.setting.Step)
				children, _ := p.Children()
				ratio := new(big.Rat).SetFloat64(x)
				ratio.Inv(ratio.Mul(ratio, big.NewRat(int64(p.N), 1)))
				one := big.NewRat(1, 1)
				sign, err := prove.ExponentialSign((&theory.CarryOver{Alpha: one, Ratio: ratio, Logit: new(big.Rat), Weight: one}).Conserved(children))
				if err != nil {
					return found, err
				}
				bounded = sign > 0
			}
			return Finding{Grows: 1, Bounded: sign(bounded), Expands: 1, Answers: 1, Monotone: 1}, nil // both drifts are positive everywhere
		}})
	register(&Dial{ID: "A18", Name: "the same at a later step", Theory: "derived: claim A18-later, exact", Positions: carryRates, Discrete: true,
		at: withCarryOver,
		foretell: func(*trial, float64, Finding) (Finding, error) {
			return Finding{Grows: 1, Bounded: -1, Expands: 1, Answers: 1, Monotone: 1}, nil
		}})
}

// withCarryOver trains the weight of the carry-over at a rate, under Coconut-BFS.
func withCarryOver(t *trial, x float64) error {
	t.loss = sim.CoconutBFS
	if t.how.value = x; x > 0 {
		t.dials.Value = sim.CarryValue
	}
	return nil
}
