package prove

import (
	"context"
	"errors"
	"fmt"
	"math/big"

	"muflow/graph"
	"muflow/theory"
)

// This file decides the claims about a value gain that is trained too on single
// steps, with even logits. theory.md section 7h.

// A TrainedGain says how a value gain is trained.
type TrainedGain struct {
	Start *big.Rat `json:"start,omitempty"` // g(0) > 0, nil: 1/2
	Rate  *big.Rat `json:"rate,omitempty"`  // ρ > 0, rate of g over that of μ, nil: 1
}

func (g TrainedGain) orDefault() (start, rate *big.Rat) {
	if start, rate = g.Start, g.Rate; start == nil {
		start = big.NewRat(1, 2)
	}
	return start, orOne(rate)
}

// overshootProblem is that of the pair (μ, g) of a step with even logits.
func (e *Subject) overshootProblem(s graph.Step) (OvershootProblem, error) {
	u, err := theory.UnevenOf(s, nil)
	start, rate := e.Trained.orDefault()
	return OvershootProblem{Steps: []*theory.Uneven{u}, Alpha: e.Alpha, Gain: start, Rate: rate}, err
}

// A turningUnit is the way of the pair (μ, g) of a step.
type turningUnit struct {
	*Overshoot
	reason string // why no claim applies, "" if some can
}

// turning decides the way of the pair; the error is an UndecidedError.
func (e *Subject) turning(ctx context.Context) (*turningUnit, error) {
	return e.kept.turning.get(func() (*turningUnit, error) {
		s, err := e.stepUnder(theory.Coconut)
		if errors.Is(err, graph.ErrNoLabel) {
			return &turningUnit{reason: "A19 fails: " + err.Error()}, nil
		} else if err != nil {
			return nil, err
		}
		if !theory.AttentionOf(s).Moves() {
			return &turningUnit{reason: "M_c = 0, M_c = M or h constant: μ does not move"}, nil
		}
		p, err := e.overshootProblem(s)
		if err != nil {
			return nil, err
		}
		o, err := DecideOvershoot(ctx, p)
		if err != nil {
			return nil, err
		}
		return turningOf(o), nil
	})
}

func turningOf(o *Overshoot) *turningUnit {
	x := &turningUnit{Overshoot: o}
	switch {
	case o.Turning == TurnStill:
		x.reason = o.Reason
	case o.End[0] == nil:
		x.reason = fmt.Sprintf("%v until t = %s, and no finite end is enclosed: %s", o.Turning, o.From.RatString(), o.Reason)
	}
	return x
}

// onTurning completes a claim about such a step. Judge says why it does not apply
// to a way that is decided for all times, and else why it holds.
func onTurning(c *Claim, judge func(*turningUnit) (fails, holds string)) *Claim {
	c.Drops, c.Number, c.Unit, c.Losses = "A6", Overshooting, OnStep, coconutOnly
	c.Premise = func(ctx context.Context, e *Subject) (string, error) {
		x, err := e.turning(ctx)
		if err != nil || x.reason != "" {
			return x.because(), err
		}
		fails, _ := judge(x)
		return fails, nil
	}
	c.Decide = func(ctx context.Context, e *Subject) (Result, error) {
		x, err := e.turning(ctx)
		if err != nil {
			return Result{}, err
		}
		const digits = 9
		_, holds := judge(x)
		values := map[string]Number{"mu": Enclose(x.End[0], digits), "gain": Enclose(x.End[1], digits)}
		if x.Time != nil {
			values["turn"], values["turn_mu"] = Enclose(x.Time, digits), Enclose(x.Turn[0], digits)
		}
		return Result{Verdict: theory.Proved, Reason: holds, Values: values}, nil
	}
	return c
}

func (x *turningUnit) because() string {
	if x == nil {
		return ""
	}
	return x.reason
}

// turnsOver says whether μ rises to a peak, from which it falls for ever.
func turnsOver(x *turningUnit) (fails, holds string) {
	switch {
	case !x.Rises:
		return "μ' < 0 at the start", ""
	case x.Turning == TurnAgain:
		return fmt.Sprintf("μ' changes its sign %d times", x.Changes), ""
	case x.Turning != TurnLogit:
		return "μ rises for all t: no turn", ""
	}
	return "", "μ' changes its sign once; from then on the signs of μ' and g' are kept, up to e"
}

// turnsEither says that one of both falls at the end.
func turnsEither(x *turningUnit) (fails, holds string) {
	if x.Price >= 0 { // f_g at e
		return "∂²ℓ/∂μ∂g > 0 is not shown at the end", ""
	}
	falls := "μ falls and g rises at the end"
	if x.Signs[0] > 0 {
		falls = "g falls and μ rises at the end"
	}
	return "", falls + ", kept by ∂²ℓ/∂μ∂g > 0"
}
