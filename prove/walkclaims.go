package prove

import (
	"context"
	"errors"
	"fmt"
	"maps"

	"muflow/ode/ball"
	"muflow/theory"
	"muflow/theory/cert"
)

// The claims of this file are Theorem 1 without A8, on thoughts that were generated
// with one logit L > 0: weights w of walks, s = 1/√Σw², d_v = Σ_{u→v} w_u.
// theory.md section 3, walk weights.

// walkFlow lists the assumptions of the reduced flow without A8.
func walkFlow(more ...string) []string { return without(reducedFlow(more...), "A8") }

// onWalk completes a claim about a step with walk weights.
func onWalk(c *Claim, premise func(*Subject, *walkUnit) (string, error), decide func(context.Context, *Subject, *walkUnit) (Result, error)) *Claim {
	loss := c.Losses[0]
	c.Theorem = map[theory.Loss]string{theory.Coconut: "Theorem 1(b)", theory.CoconutBFS: "Theorem 1(a)"}[loss]
	c.Command, c.Number, c.Unit, c.Walk, c.Drops = "verify theorem 1 --logit", 1, OnStep, true, "A8"
	c.byWalks = true
	if c.Certificate == nil {
		c.Certificate = walkForm
	}
	c.Premise = func(_ context.Context, e *Subject) (string, error) {
		x, err := e.walk()
		if err != nil {
			return "", err
		}
		if loss == theory.Coconut && e.Unlabeled {
			return fmt.Sprintf("A19 fails: the law %v gives the step no label", e.Label), nil
		}
		return premise(e, x)
	}
	c.Decide = func(ctx context.Context, e *Subject) (Result, error) {
		x, err := e.walk()
		if err != nil {
			return Result{}, err
		}
		r, err := decide(ctx, e, x)
		r.Verdict = theory.Proved
		return r, err
	}
	return c
}

// walkForm holds the graph and the logit, from which the checker works out the
// rest.
var walkForm = &CertificateForm{About: func(e *Subject, c *cert.Certificate) error {
	x, err := e.walk()
	if err != nil {
		return err
	}
	c.Logit = e.Logit
	if c.Graph, _ = graphOf(e.Input, e.Step); c.Loss == theory.Coconut.String() {
		c.Graph, _ = withLabel(x.step)
	}
	return nil
}}

// walkSignForm holds the sign of μ* too.
var walkSignForm = &CertificateForm{
	About: func(e *Subject, c *cert.Certificate) error {
		c.Alpha = e.Alpha
		return walkForm.About(e, c)
	},
	Fill: func(_ context.Context, e *Subject, c *cert.Certificate) error {
		x, err := e.walk()
		if err != nil {
			return err
		}
		sign, err := WalkStartSign(x.exact, e.Alpha)
		c.Status = map[int]string{-1: "negative", 1: "positive"}[sign]
		return err
	},
}

// walkOutside, walkRoom and walkAtEnd are the premises of T1a, T1b and T1b-diverges.
func walkOutside(_ *Subject, x *walkUnit) (string, error) {
	switch {
	case x.exact.Outside() == 0:
		return "A11 fails: every vertex lies in N_{c+1}, the loss is 0", nil
	case x.exact.Most().Sign() == 0:
		return "A11 fails: no edge leaves N_c", nil
	}
	return "", nil
}

func walkRoom(_ *Subject, x *walkUnit) (string, error) {
	if below, above := x.exact.Room(); below <= 0 || above <= 0 {
		return "A9 fails: " + x.exact.Ends(), nil
	}
	return "", nil
}

func walkAtEnd(_ *Subject, x *walkUnit) (string, error) {
	switch below, above := x.exact.Room(); {
	case below > 0 && above > 0:
		return "A9 holds: d_min < d* < d_max", nil
	case below == 0 && above == 0:
		return "all d_v are equal", nil
	}
	return "", nil
}

// walkEscape is T1a-walk: theory.md section 3.
var walkEscape = onWalk(&Claim{
	ID:          "T1a-walk",
	Formal:      []string{"T1a", "T1a_lower", "T1a_upper"},
	Losses:      bfsOnly,
	Statement:   "Walk weights of a logit L > 0, and the premise of T1a: under the Coconut-BFS loss μ(t) → +∞, and from μ(0) = 0 log(1 + b_lo t)/(αs d_max) ≤ μ(t) ≤ log(1 + b_hi t)/(αs d_max) for all t ≥ 0.",
	LaTeX:       `w = (I + L A^{\top})^c e_r,\ s = (\sum_v w_v^2)^{-1/2},\ d_v = \sum_{u \to v} w_u:\quad \frac{\log(1 + b_{\mathrm{lo}}\, t)}{\alpha s\, d_{\max}} \le \mu(t) \le \frac{\log(1 + b_{\mathrm{hi}}\, t)}{\alpha s\, d_{\max}}`,
	Assumptions: walkFlow("A11"),
	Proof:       "in y = e^{αsμ} the flow is that of T1a with the weights W_d = Σ e^{αs w_v} > 0 and rational exponents d; its proof and both bounds need no more of them",
}, walkOutside, func(_ context.Context, e *Subject, x *walkUnit) (Result, error) {
	r := Result{Reason: fmt.Sprintf("n_out = %d, %s: y'/(κy) = n_out·P/(Q_in·Q) > 0", x.exact.Outside(), x.exact.Ends())}
	r.Values = e.walkRates(x, theory.CoconutBFS)
	return r, nil
})

// walkIdle is T1a-walk-still: theory.md section 3.
var walkIdle = onWalk(&Claim{
	ID:          "T1a-walk-still",
	Formal:      []string{"T1a_constant", "T1a_no_edge"},
	Losses:      bfsOnly,
	Statement:   "Walk weights of a logit L > 0: if every vertex lies in N_{c+1} or no edge leaves N_c, then under the Coconut-BFS loss μ(t) = μ(0) for all t.",
	LaTeX:       `n_{\mathrm{out}} = 0 \text{ or } d_{\max} = 0 \;\Longrightarrow\; \mu(t) = \mu(0) \text{ for all } t \ge 0`,
	Assumptions: walkFlow(),
	Proof:       "n_out·P = 0, so that y' = 0",
}, func(e *Subject, x *walkUnit) (string, error) {
	if reason, err := walkOutside(e, x); err != nil || reason != "" {
		return "", err
	}
	return "a vertex lies outside N_{c+1} and an edge leaves N_c", nil
}, func(_ context.Context, e *Subject, x *walkUnit) (Result, error) {
	reason, err := walkOutside(e, x)
	return Result{Reason: "n_out·P = 0: " + reason}, err
})

// walkLimit is T1b-walk: theory.md section 3.
var walkLimit = onWalk(&Claim{
	ID:          "T1b-walk",
	Formal:      []string{"T1b_equilibrium", "T1b_unique", "T1b_converges"},
	Losses:      coconutOnly,
	Statement:   "Walk weights of a logit L > 0: if d_min < d* < d_max for d_v = Σ_{u→v} w_u, then under the Coconut loss there is one finite μ*, and μ(t) tends to it from any start.",
	LaTeX:       `w = (I + L A^{\top})^c e_r,\ d_v = \sum_{u \to v} w_u,\ d_{\min} < d^* < d_{\max} \;\Longrightarrow\; \exists!\,\mu^*:\ \lim_{t\to\infty}\mu(t) = \mu^* \text{ for every } \mu(0)`,
	Assumptions: walkFlow("A9", "A19"),
	Proof:       "F, the mean of d_v under a softmax with the logits αs(w_v + μ d_v), increases strictly from d_min to d_max; d* is compared with both as rational numbers",
}, walkRoom, func(ctx context.Context, e *Subject, x *walkUnit) (Result, error) {
	r := Result{Reason: x.exact.Ends()}
	rest, err := x.equilibrium(ctx, e)
	switch {
	case errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded):
		return r, err
	case err != nil:
		r.Reason += "; " + err.Error()
		return r, nil
	}
	r.Values = map[string]Number{"mu": Enclose(rest.Mu, e.Digits), "rate": Enclose(rest.Rate, e.Digits)}
	return r, nil
})

// walkSign is T1b-walk-sign: theory.md section 3.
var walkSign = onWalk(&Claim{
	ID:          "T1b-walk-sign",
	Formal:      []string{"T1b_sign", "T1b_positive", "T1b_negative"},
	Losses:      coconutOnly,
	Certificate: walkSignForm,
	Statement:   "The premise of T1b-walk, d* ≠ F(0) and μ(0) = 0: μ* has the sign of d* − F(0), and μ(t) moves towards it all the time, strictly between 0 and μ* for t > 0.",
	LaTeX:       `d_{\min} < d^* < d_{\max},\ d^* \ne F(0) \;\Longrightarrow\; \operatorname{sign} \mu^* = \operatorname{sign}(d^* - F(0)),\ 0 < \mu(t)/\mu^* < 1 \text{ for all } t > 0`,
	Assumptions: walkFlow("A5", "A9", "A19"),
	Proof:       "d* − F(0) has the sign of Σ (d* − d_v) e^{αs w_v}: by partial sums for every α, by Lindemann–Weierstrass where it is 0, or enclosed",
}, func(e *Subject, x *walkUnit) (string, error) {
	if reason, err := walkRoom(e, x); err != nil || reason != "" {
		return reason, err
	}
	if x.exact.Start().IsZero() {
		return "d* = F(0)", nil
	}
	return "", nil
}, func(_ context.Context, e *Subject, x *walkUnit) (Result, error) {
	sign, err := WalkStartSign(x.exact, e.Alpha)
	if err != nil {
		return Result{}, &UndecidedError{err}
	}
	return Result{Reason: fmt.Sprintf("μ* %s 0: Σ (d* − d_v) e^{αs w_v} = %v", map[int]string{-1: "<", 1: ">"}[sign], x.exact.Start())}, nil
})

// walkStill is T1b-walk-still: theory.md section 3.
var walkStill = onWalk(&Claim{
	ID:          "T1b-walk-still",
	Formal:      []string{"T1b_still", "T1b_constant"},
	Losses:      coconutOnly,
	Statement:   "Walk weights of a logit L > 0: if d* = F(0) and μ(0) = 0, as where all d_v are equal, then under the Coconut loss μ(t) = 0 for all t.",
	LaTeX:       `d^* = F(0),\ \mu(0) = 0 \;\Longrightarrow\; \mu(t) = 0 \text{ for all } t \ge 0`,
	Assumptions: walkFlow("A5", "A19"),
	Proof:       "Σ (d* − d_v) over the vertices of each weight w is 0: μ = 0 is an equilibrium, for every α at once",
}, func(_ *Subject, x *walkUnit) (string, error) {
	if !x.exact.Start().IsZero() {
		return "d* ≠ F(0)", nil
	}
	return "", nil
}, func(_ context.Context, _ *Subject, x *walkUnit) (Result, error) {
	return Result{Reason: "Σ (d* − d_v) = 0 over the vertices of each weight; " + x.exact.Ends()}, nil
})

// walkDeparture is T1b-walk-diverges: theory.md section 3.
var walkDeparture = onWalk(&Claim{
	ID:          "T1b-walk-diverges",
	Formal:      []string{"T1b_up", "T1b_down", "T1b_up_bounds", "T1b_down_bounds"},
	Losses:      coconutOnly,
	Statement:   "Walk weights of a logit L > 0: if d_min < d* = d_max, then under the Coconut loss μ(t) → +∞; if d_min = d* < d_max, μ(t) → −∞; with g the distance from d* to the nearest other d_v, from μ(0) = 0 log(1 + b_lo t)/(αs g) ≤ |μ(t)| ≤ log(1 + b_hi t)/(αs g) for all t ≥ 0.",
	LaTeX:       `d_{\min} < d^* = d_{\max} \text{ or } d_{\min} = d^* < d_{\max} \;\Longrightarrow\; \frac{\log(1 + b_{\mathrm{lo}}\, t)}{\alpha s\, g} \le |\mu(t)| \le \frac{\log(1 + b_{\mathrm{hi}}\, t)}{\alpha s\, g},\quad g = \min_{d_v \ne d^*} |d^* - d_v|`,
	Assumptions: walkFlow("A19"),
	Proof:       "d* − F has one sign and tends to 0 on one side only; the bounds are those of T1b-diverges with W_d = Σ e^{αs w_v} and rational d",
}, walkAtEnd, func(_ context.Context, e *Subject, x *walkUnit) (Result, error) {
	where := map[theory.Limit]string{theory.PlusInfinity: "+∞", theory.MinusInfinity: "−∞"}[x.exact.Limit(theory.Coconut)]
	return Result{Reason: "μ(t) → " + where + ": " + x.exact.Ends(), Values: e.walkRates(x, theory.Coconut)}, nil
})

// equilibrium encloses μ* and the rate, once.
func (x *walkUnit) equilibrium(ctx context.Context, e *Subject) (*Equilibrium, error) {
	return x.limit.get(func() (*Equilibrium, error) {
		return walkEquilibrium(ctx, x.exact, e.Alpha, e.Digits)
	})
}

// walkRates are the values of both bounds, with g.
func (e *Subject) walkRates(x *walkUnit, loss theory.Loss) map[string]Number {
	out, _ := x.rates[loss].get(func() (map[string]Number, error) { return e.findWalkRates(x, loss), nil })
	return maps.Clone(out)
}

func (e *Subject) findWalkRates(x *walkUnit, loss theory.Loss) map[string]Number {
	out, gap := map[string]Number{}, x.exact.Most()
	if loss == theory.Coconut {
		gap = x.exact.Next()
	}
	for side, b := range x.walkPace(loss, e.Alpha, ball.Bits(e.Digits)+32) {
		out[sideNames[side]] = Enclose(b, e.Digits)
	}
	unit := walkSigma(x.exact, e.Alpha, ball.Bits(e.Digits)+32) // αs g
	out["pace"] = Enclose(unit.MulRat(unit, gap), e.Digits)
	return out
}
