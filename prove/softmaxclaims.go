package prove

import (
	"context"
	"errors"
	"fmt"
	"math/big"

	"muflow/graph"
	"muflow/ode"
	"muflow/ode/ball"
	"muflow/theory"
)

// This file decides the claims about softmax attention with a fixed value gain on
// single steps. theory.md sections 7a and 7h.

// A softmaxUnit is a step under softmax attention with its limit.
type softmaxUnit struct {
	step   graph.Step
	edges  *theory.Attention
	limit  *AttentionLimit
	reason string // why no claim applies, "" if some can
}

// softmax decides where z goes under a loss; the error is an UndecidedError
// where the zeros of the drift do not allow it.
func (e *Subject) softmax(ctx context.Context, loss theory.Loss) (*softmaxUnit, error) {
	return e.kept.softmax[loss].get(func() (*softmaxUnit, error) {
		s, err := e.stepUnder(loss)
		if errors.Is(err, graph.ErrNoLabel) {
			return &softmaxUnit{reason: "A19 fails: " + err.Error()}, nil
		} else if err != nil {
			return nil, err
		}
		x := &softmaxUnit{step: s, edges: theory.AttentionOf(s)}
		if !x.edges.Moves() {
			x.reason, x.limit = "M_c = 0, M_c = M or h constant: nothing moves", &AttentionLimit{Limit: theory.Stationary}
			return x, nil
		}
		if loss == theory.CoconutBFS { // whose claim is about zeros, not about a pace
			x.limit, err = attentionLimit(ctx, x.edges, loss, e.Alpha, e.Gain, attentionZeros)
		} else {
			x.limit, err = DecideAttention(ctx, x.edges, loss, e.Alpha, e.Gain)
		}
		if err == nil && x.limit.Limit == theory.Stationary {
			x.reason = "E_S[h] = E_w[h] for all w: nothing moves"
		}
		return x, err
	})
}

// stepUnder returns the step with the labels that a loss has.
func (e *Subject) stepUnder(loss theory.Loss) (graph.Step, error) {
	if loss == theory.CoconutBFS {
		return e.Input.Step(e.Step)
	}
	return e.Label.Step(e.Input, e.Step)
}

// onSoftmax completes a claim about a step under softmax attention. A reason of
// the premise says why the claim does not apply.
func onSoftmax(c *Claim, loss theory.Loss, premise func(*softmaxUnit) string, decide func(context.Context, *Subject, *softmaxUnit) (Result, error)) *Claim {
	c.Drops, c.Number, c.Unit, c.Losses = "A6", Softmax, OnStep, []theory.Loss{loss}
	c.Premise = func(ctx context.Context, e *Subject) (string, error) {
		x, err := e.softmax(ctx, loss)
		if err != nil || x.reason != "" {
			return x.because(), err
		}
		return premise(x), nil
	}
	c.Decide = func(ctx context.Context, e *Subject) (Result, error) {
		x, err := e.softmax(ctx, loss)
		if err != nil {
			return Result{}, err
		}
		return decide(ctx, e, x)
	}
	return c
}

func (x *softmaxUnit) because() string {
	if x == nil {
		return ""
	}
	return x.reason
}

// always is the premise that z moves.
func always(*softmaxUnit) string { return "" }

// finiteLogit is the premise that z has a finite limit.
func finiteLogit(x *softmaxUnit) string {
	if x.limit.Limit != theory.FiniteLimit {
		return x.towards() + ": no equilibrium"
	}
	return ""
}

// unboundedAt is the premise that z grows or falls without bound, at a power of the
// pace.
func unboundedAt(power int) func(*softmaxUnit) string {
	return func(x *softmaxUnit) string {
		equal := x.limit.Limit == theory.PlusInfinity && x.limit.Leaving == 0 || x.limit.Limit == theory.MinusInfinity && x.limit.Others == 0
		switch {
		case x.limit.Limit == theory.FiniteLimit:
			return "z has a finite limit"
		case equal && power == 1:
			return "E_S[h] = E_w[h] at the end"
		case !equal && power == 2:
			return "E_S[h] ≠ E_w[h] at the end"
		}
		return ""
	}
}

// towards names the limit.
func (x *softmaxUnit) towards() string {
	return map[theory.Limit]string{theory.PlusInfinity: "z → +∞", theory.MinusInfinity: "z → −∞", theory.FiniteLimit: "z → z*"}[x.limit.Limit]
}

// logitValues are the numbers of a limit.
func (x *softmaxUnit) logitValues(digits int) map[string]Number {
	out := map[string]Number{}
	if x.limit.Logit != nil {
		out["z"] = Enclose(x.limit.Logit, min(digits, attentionDigits))
	}
	return out
}

// decideSoftmaxLimit says by which signs z goes where it goes.
func decideSoftmaxLimit(_ context.Context, e *Subject, x *softmaxUnit) (Result, error) {
	reason := map[theory.Limit]string{
		theory.PlusInfinity:  "h_p ≥ E_{w=1}[h]: z → +∞ from any start",
		theory.MinusInfinity: "h_p ≤ E_{w=0}[h]: z → −∞ from any start",
		theory.FiniteLimit:   "E_{w=0}[h] < h_p < E_{w=1}[h]: one equilibrium, which attracts every start"}[x.limit.Limit]
	return Result{Verdict: theory.Proved, Reason: reason, Values: x.logitValues(e.Digits)}, nil
}

// decideSoftmaxSearch says what the zeros of R are under Coconut-BFS.
func decideSoftmaxSearch(_ context.Context, e *Subject, x *softmaxUnit) (Result, error) {
	reason := fmt.Sprintf("%s from z(0) = 0; %d equilibria, all of them enclosed", x.towards(), len(x.limit.Equilibria))
	return Result{Verdict: theory.Proved, Reason: reason, Values: x.logitValues(e.Digits)}, nil
}

// decideSoftmaxPace gives the constants of a pace.
func decideSoftmaxPace(_ context.Context, e *Subject, x *softmaxUnit) (Result, error) {
	p := x.limit.Pace
	if p == nil {
		return Result{}, &UndecidedError{errors.New("the constants of the pace are not enclosed as positive numbers at these gains")}
	}
	digits := min(e.Digits, attentionDigits)
	if p.Power == 0 {
		return Result{Verdict: theory.Proved, Reason: "−R' and w(1 − w) have least values between w_0 and w*", Values: p.numbers("rate", "", digits)}, nil
	}
	out := Result{Verdict: theory.Proved, Reason: x.towards() + ": R keeps its sign on the way, with least and largest values", Values: p.numbers("b_lo", "b_hi", digits)}
	out.Values["level"] = Enclose(p.Level, digits)
	return out, nil
}

// decideFixedGain says why a fixed gain makes no overshoot.
func decideFixedGain(_ context.Context, _ *Subject, x *softmaxUnit) (Result, error) {
	return Result{Verdict: theory.Proved, Reason: "one unknown, an autonomous drift: " + x.towards() + " without turning"}, nil
}

// decidePrice encloses dμ*/dg.
func decidePrice(ctx context.Context, e *Subject, x *softmaxUnit) (Result, error) {
	if x.limit.Logit == nil {
		return Result{}, &UndecidedError{errors.New("the equilibrium is not enclosed")}
	}
	sign, known := 0, false
	price, err := GainPrice(x.step, x.limit.Logit, ball.New(attentionPrecision).SetRat(e.Gain), e.Alpha)
	if err == nil {
		sign, known = price.Sign()
	}
	for bits := uint(192); !known; bits *= 4 { // as where gains are large
		if bits > 768 {
			return Result{}, &UndecidedError{fmt.Errorf("Cov_p(A, ∂A/∂μ) at the equilibrium is not told from 0 with %d bits", bits/4)}
		}
		if price, err = x.limit.room.steepPrice(ctx, bits); err != nil {
			return Result{}, undecidedUnless(ctx, err)
		}
		sign, known = price.Sign()
	}
	return Result{Verdict: theory.Proved, Values: map[string]Number{"slope": Enclose(price, 6)},
		Reason: map[int]string{-1: "Cov_p(A, ∂A/∂μ) > 0: μ*(g) falls", 1: "Cov_p(A, ∂A/∂μ) < 0: μ*(g) rises", 0: "Cov_p(A, ∂A/∂μ) = 0"}[sign]}, nil
}

// GainPrice encloses dμ*/dg = −f_g/f_μ at the equilibrium z* of a fixed gain under
// Coconut, by the derivatives of the planar flow.
// Encloses the exact value for every point of the inputs. theory.md section 7h.
func GainPrice(s graph.Step, logit, gain *ball.Ball, alpha *big.Rat) (*ball.Ball, error) {
	u, err := theory.UnevenOf(s, nil)
	if err != nil {
		return nil, err
	}
	mu := ball.New(attentionPrecision).SetInt64(int64(u.K))
	mu.Mul(mu.Sqrt(mu), logit)
	at := []*ball.Ball{mu, gain}
	flow := newPlanarFlow([]*theory.Uneven{u}, alpha, big.NewRat(1, 1))
	var slopes [2]*ball.Ball // f_μ, f_g
	for i, expr := range []*ode.Expr{flow.fz, flow.fg} {
		if slopes[i], err = ode.Evaluate(expr, at, attentionPrecision); err != nil {
			return nil, err
		}
	}
	if sign, known := slopes[0].Sign(); !known || sign >= 0 {
		return nil, errors.New("f_μ < 0 is not shown at the enclosure of the equilibrium")
	}
	price := ball.New(attentionPrecision).Quo(slopes[1], slopes[0])
	return price.Neg(price), nil
}

// softmaxWalk completes the claim about walk weights.
func softmaxWalk(c *Claim) *Claim {
	c.Drops, c.Number, c.Unit, c.Losses, c.Walk = "A6", Softmax, OnStep, coconutOnly, true
	c.Premise = func(_ context.Context, e *Subject) (string, error) {
		signs, err := e.outward()
		switch {
		case errors.Is(err, graph.ErrNoLabel):
			return "A19 fails: " + err.Error(), nil
		case err == nil && signs[0]*signs[1] == 0:
			return "nothing moves, or E_S[C] = E[C] at an end", nil
		}
		return "", err
	}
	c.Decide = func(_ context.Context, e *Subject) (Result, error) {
		signs, err := e.outward()
		text := map[int]string{-1: "μ' < 0", 1: "μ' > 0"}
		return Result{Verdict: theory.Proved, Reason: fmt.Sprintf("%s near −∞, %s near +∞", text[signs[0]], text[signs[1]])}, err
	}
	return c
}

// outward returns the signs of μ' near −∞ and +∞ with the walk weights of the
// subject, 0 where the leading order is.
func (e *Subject) outward() ([2]int, error) {
	return e.kept.outward.get(func() ([2]int, error) {
		s, err := e.stepUnder(theory.Coconut)
		if err != nil {
			return [2]int{}, err
		}
		return WeightedEnds(s, theory.Coconut, e.Alpha, e.Gain, e.Logit)
	})
}
