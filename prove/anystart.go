package prove

import (
	"context"
	"fmt"
	"math/big"

	"muflow/ode/ball"
	"muflow/theory"
)

// The claims of this file are Theorem 1 without assumption A5: their bounds hold
// from every start μ(0), with constants that depend on it.

// spreadingStart is T1a-start: theory.md section 3.
var spreadingStart = spreading.fromStart(&Claim{
	ID: "T1a-start", Theorem: "Theorem 1(a), any start",
	Formal:      []string{"T1a_start"},
	Assumptions: reducedFlow("A11"),
	Statement:   "The premise of T1a and any μ(0): log(1 + b_lo t)/(αs d_max) ≤ μ(t) − μ(0) ≤ log(1 + b_hi t)/(αs d_max) for all t ≥ 0, with b_lo and b_hi those of T1a-lower and T1a-upper for the weights W_d e^{αsμ(0)d}.",
	LaTeX:       `\frac{\log(1 + b_{\mathrm{lo}}\, t)}{\alpha s\, d_{\max}} \le \mu(t) - \mu(0) \le \frac{\log(1 + b_{\mathrm{hi}}\, t)}{\alpha s\, d_{\max}} \text{ for all } \mu(0)`,
	Proof:       "the polynomial inequalities of T1a-lower and T1a-upper hold for all positive weights, and z = (y/y_0)^{d_max} starts at 1",
})

// leavingStart is T1b-diverges-start: theory.md section 3.
var leavingStart = leaving.fromStart(&Claim{
	ID: "T1b-diverges-start", Theorem: "Theorem 1(b), any start",
	Formal:      []string{"T1b_up_start", "T1b_down_start"},
	Assumptions: reducedFlow("A19"),
	Statement:   "The premise of T1b-diverges and any μ(0): log(1 + b_lo t)/(αs g) ≤ |μ(t) − μ(0)| ≤ log(1 + b_hi t)/(αs g) for all t ≥ 0, with b_lo and b_hi those of T1b-diverges-lower and T1b-diverges-upper for the weights W_d e^{αsμ(0)d}.",
	LaTeX:       `\frac{\log(1 + b_{\mathrm{lo}}\, t)}{\alpha s\, g} \le |\mu(t) - \mu(0)| \le \frac{\log(1 + b_{\mathrm{hi}}\, t)}{\alpha s\, g} \text{ for all } \mu(0)`,
	Proof:       "the inequalities of T1b-diverges-lower and T1b-diverges-upper hold for all positive weights, and z = (y/y_0)^{±g} starts at 1",
})

// fromStart completes the claim that both bounds of a pace hold for the way from
// any start.
func (x *pace) fromStart(c *Claim) *Claim {
	x.place(c)
	c.Command, c.Number, c.Drops = "verify theorem 1 --start", AnyStart, "A5"
	c.Decide = func(_ context.Context, e *Subject) (Result, error) {
		out := Result{Verdict: theory.Proved, Values: map[string]Number{}, Reason: "weights W_d·y_0^d, all positive, in the place of W_d"}
		for side, name := range sideNames {
			var err error
			if out.Values[name], err = toDigits(name, e.Digits, func(precision uint) *ball.Ball {
				return e.ratesFrom(x, e.Start, precision)[side]
			}); err != nil {
				return Result{}, err
			}
		}
		return out, nil
	}
	c.Certificate = x.form(func(e *Subject) *big.Rat { return e.Start })
	return c
}

// rateStart is T1b-rate-start: theory.md section 3.
var rateStart = &Claim{
	ID: "T1b-rate-start", Theorem: "Theorem 1(b), any start",
	Statement:   "The premise of T1b and any μ(0): |μ(t) − μ*| ≤ |μ(0) − μ*| e^{−κvt} for all t ≥ 0, v > 0 the least variance of the in-degree between μ(0) and μ*.",
	LaTeX:       `|\mu(t) - \mu^*| \le |\mu(0) - \mu^*|\, e^{-\kappa v t},\quad v = \min_{\mu \in [\mu(0), \mu^*]} \operatorname{Var}_\mu(d) > 0 \text{ for all } \mu(0)`,
	Assumptions: reducedFlow("A9", "A19"),
	Formal:      []string{"T1b_rate"},
	Proof:       "F' = αs·Var(d) > 0 and the mean value theorem; v is enclosed on an enclosure of the path",
	Command:     "verify theorem 1 --start",
	Number:      AnyStart, Unit: OnProfile, Losses: coconutOnly, Under: "T1b", Premise: someRoom,
	Margin:      &MarginForm{Name: "v", Value: "variance"},
	Certificate: &CertificateForm{Numbers: []CertifiedNumber{equilibriumNumber, {Name: "variance", Around: varianceOnGrid, Best: true}}},
	Decide: func(ctx context.Context, e *Subject) (Result, error) {
		b, err := e.bounded(ctx)
		if err != nil {
			return Result{}, err
		}
		v, err := LeastVarianceFrom(ctx, e.Profile, e.Alpha, e.Start, b.Mu)
		if err != nil {
			return Result{}, &UndecidedError{err}
		}
		if sign, ok := v.Sign(); !ok || sign <= 0 {
			return Result{}, &UndecidedError{fmt.Errorf("the least variance between μ(0) = %s and μ* is not proved to be positive", startOf(e.Start).RatString())}
		}
		return Result{Verdict: theory.Proved, Reason: "Var(d) ≥ v between μ(0) and μ*",
			Values: map[string]Number{"mu": Enclose(b.Mu, e.Digits), "variance": Enclose(v, 9), "rate": Enclose(e.speed(v, v.Prec()), 9)}}, nil
	},
}

// startOf returns μ(0), 0 if nil.
func startOf(start *big.Rat) *big.Rat {
	if start == nil {
		return new(big.Rat)
	}
	return start
}
