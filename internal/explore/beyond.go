package explore

import (
	"context"
	"errors"
	"math/big"

	"muflow/graph"
	"muflow/prove"
	"muflow/sim"
	"muflow/theory"
)

// The dials of this file leave the theorem's setting where other claims take over:
// at every position the limit is decided by exact arithmetic and enclosures, so
// that a threshold of the theory lies between two decided positions.

// beyondGain is the value gain of softmax attention where another thing is moved.
const beyondGain = 10

func init() {
	register(&Dial{ID: "gain", Name: "one over the value gain of softmax attention, linear at 0", Theory: "derived: claim A6-softmax, exact",
		Positions: []float64{0, 0.01, 0.03, 0.1, 0.3, 1, 10},
		at: func(t *trial, x float64) error {
			if x > 0 {
				t.dials.Softmax, t.dials.ValueGain = 1, 1/x
			}
			return nil
		},
		foretell: func(t *trial, x float64, found Finding) (Finding, error) {
			if x == 0 {
				return found, nil
			}
			gain := new(big.Rat).SetFloat64(x)
			return softmaxFinding(t.setting.Step, theory.Coconut, gain.Inv(gain), found)
		}})
	register(&Dial{ID: "law", Name: "label law with softmax attention of gain 10: path (1), shortest (2), frontier (3); linear at 0",
		Theory: "derived: claim A6-softmax, exact", Positions: []float64{0, 1, 2, 3}, Discrete: true,
		at: func(t *trial, x float64) error {
			if x == 0 {
				return nil
			}
			t.dials.Softmax, t.dials.ValueGain = 1, beyondGain
			s, err := graph.Laws[int(x)-1].Step(t.setting.Instance, t.setting.C)
			if errors.Is(err, graph.ErrNoLabel) {
				return errNoPosition
			}
			t.labels = s.Labels()
			return err
		},
		foretell: func(t *trial, x float64, found Finding) (Finding, error) {
			if x == 0 {
				return found, nil
			}
			s, err := graph.Laws[int(x)-1].Step(t.setting.Instance, t.setting.C)
			if err != nil {
				return found, err
			}
			return softmaxFinding(s, theory.Coconut, big.NewRat(beyondGain, 1), found)
		}})
	register(&Dial{ID: "bfs", Name: "Coconut-BFS with softmax attention of gain 10 (1) for Coconut with linear attention (0)",
		Theory: "derived: claim A6-bfs, exact", Positions: []float64{0, 1}, Discrete: true,
		at: func(t *trial, x float64) error {
			if x > 0 {
				t.loss, t.dials.Softmax, t.dials.ValueGain = sim.CoconutBFS, 1, beyondGain
			}
			return nil
		},
		foretell: func(t *trial, x float64, found Finding) (Finding, error) {
			if x == 0 {
				return found, nil
			}
			s, err := t.setting.Instance.Step(t.setting.C)
			if err != nil {
				return found, err
			}
			return softmaxFinding(s, theory.CoconutBFS, big.NewRat(beyondGain, 1), Finding{Monotone: 1})
		}})
	register(&Dial{ID: "walks", Name: "logit of the walk weights of the thought, uniform at 0", Theory: "derived: claims T1b-walk and T1b-walk-sign, exact",
		Positions: []float64{0, 0.1, 0.3, 1, 3, 10},
		at: func(t *trial, x float64) (err error) {
			if x > 0 {
				t.thought, err = t.setting.walkWeights(1, new(big.Rat).SetFloat64(x))
			}
			return err
		},
		foretell: func(t *trial, x float64, found Finding) (Finding, error) {
			if x == 0 {
				return found, nil
			}
			logits := make([]*big.Rat, t.setting.C)
			for i := range logits {
				logits[i] = new(big.Rat).SetFloat64(x)
			}
			w, err := theory.WalkStepOf(t.setting.Step, logits)
			if err != nil {
				return found, err
			}
			limit := w.Limit(theory.Coconut)
			side := limitSign(limit)
			if limit == theory.FiniteLimit {
				if side, err = prove.WalkStartSign(w, big.NewRat(1, 1)); err != nil {
					return found, err
				}
			}
			found[Grows], found[Bounded] = sign(side > 0), sign(limit == theory.FiniteLimit)
			return found, nil
		}})
	register(&Dial{ID: "anew", Name: "thoughts generated anew from μ(0) = 1/x − 1, fixed and uniform at 0",
		Theory: "derived: sign of the drift; at 1 claim A5-regenerated, exact", Positions: []float64{0, 0.1, 0.2, 0.4, 0.6, 0.8, 1},
		at: func(t *trial, x float64) error {
			if x > 0 {
				t.anew, t.how.start = true, 1/x-1
			}
			return nil
		},
		foretell: func(t *trial, x float64, found Finding) (Finding, error) {
			if x != 1 {
				return found, nil
			}
			claim, _ := prove.ClaimByID("A5-regenerated")
			r, err := claim.DecideOn(context.Background(), &prove.Subject{Where: prove.Where{Step: t.setting.C}, Input: t.setting.Instance, Alpha: big.NewRat(1, 1), Digits: 9})
			if err == nil && r.Verdict == theory.Proved {
				found[Grows] = -1
			}
			return found, err
		}})
}

// softmaxFinding puts the proved limit of softmax attention into a finding.
func softmaxFinding(s graph.Step, loss theory.Loss, gain *big.Rat, found Finding) (Finding, error) {
	found[Grows], found[Bounded] = 0, 0
	limit, side, err := prove.AttentionWay(context.Background(), theory.AttentionOf(s), loss, big.NewRat(1, 1), gain)
	if errors.As(err, new(*prove.UndecidedError)) {
		return found, nil
	}
	found[Grows], found[Bounded] = sign(side > 0), sign(limit == theory.FiniteLimit)
	return found, err
}

// limitSign is that of a limit without bound, 0 of any other.
func limitSign(l theory.Limit) int {
	switch l {
	case theory.PlusInfinity:
		return 1
	case theory.MinusInfinity:
		return -1
	}
	return 0
}
