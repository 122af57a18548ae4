package prove

import (
	"cmp"
	"context"
	"math/big"
	"slices"

	"muflow/internal/reduced"
	"muflow/ode/ball"
	"muflow/theory"
)

// The claims of this file are about gradient descent with a finite step η
//
//	μ_{k+1} = μ_k + η·(α/(n√K))·(E_S[d] − E_V[d])  at μ_k
//
// instead of the flow, so that A14 is none of their assumptions.

// finiteSteps lists the assumptions of the reduced drift without A14.
func finiteSteps(more ...string) []string { return without(reducedFlow(more...), "A14") }

// without leaves out an assumption.
func without(ids []string, which string) []string {
	return slices.DeleteFunc(ids, func(id string) bool { return id == which })
}

// spreadingSteps is T1a-steps: theory.md section 3.
var spreadingSteps = spreading.steps(&Claim{
	ID: "T1a-steps", Theorem: "Theorem 1(a)",
	Formal:      []string{"T1a_steps"},
	Assumptions: finiteSteps("A5", "A11"),
	Statement:   "The premise of T1a: gradient descent from μ_0 = 0 with any step η > 0 has log(1 + b_lo ηk)/(αs d_max) ≤ μ_k ≤ log(1 + (e^{η b_hi} − 1)k)/(αs d_max) for all k.",
	LaTeX:       `\mu_{k+1} = \mu_k + \eta\,\mu'(\mu_k),\ \mu_0 = 0 \;\Longrightarrow\; \frac{\log(1 + b_{\mathrm{lo}}\,\eta k)}{\alpha s\, d_{\max}} \le \mu_k \le \frac{\log(1 + (e^{\eta b_{\mathrm{hi}}} - 1)\,k)}{\alpha s\, d_{\max}}`,
	Proof:       "with z = y^{d_max}: z e^{η b_lo/z} ≤ z_{k+1} ≤ z e^{η b_hi/z} at z = z_k ≥ 1, by T1a-lower and T1a-upper",
})

// leavingSteps is T1b-diverges-steps: theory.md section 3.
var leavingSteps = leaving.steps(&Claim{
	ID: "T1b-diverges-steps", Theorem: "Theorem 1(b)",
	Formal:      []string{"T1b_up_steps", "T1b_down_steps"},
	Assumptions: finiteSteps("A5", "A19"),
	Statement:   "The premise of T1b-diverges: gradient descent from μ_0 = 0 with any step η > 0 has log(1 + b_lo ηk)/(αs g) ≤ |μ_k| ≤ log(1 + (e^{η b_hi} − 1)k)/(αs g) for all k.",
	LaTeX:       `\mu_{k+1} = \mu_k + \eta\,\mu'(\mu_k),\ \mu_0 = 0 \;\Longrightarrow\; \frac{\log(1 + b_{\mathrm{lo}}\,\eta k)}{\alpha s\, g} \le |\mu_k| \le \frac{\log(1 + (e^{\eta b_{\mathrm{hi}}} - 1)\,k)}{\alpha s\, g}`,
	Proof:       "with z = y^{±g}: z e^{η b_lo/z} ≤ z_{k+1} ≤ z e^{η b_hi/z} at z = z_k ≥ 1, by T1b-diverges-lower and T1b-diverges-upper",
})

// stepsReason is why descent keeps to both bounds of a pace.
const stepsReason = "e^u ≥ 1 + u, and z(e^{u/z} − 1) does not increase in z ≥ 1: z + η b_lo ≤ z_{k+1} ≤ z + e^{η b_hi} − 1 at z = z_k"

// steps completes the claim that gradient descent keeps to both bounds of a
// pace, with any step.
func (x *pace) steps(c *Claim) *Claim {
	x.place(c)
	c.Drops = "A14"
	c.Decide = func(_ context.Context, e *Subject) (Result, error) {
		out := Result{Verdict: theory.Proved, Values: map[string]Number{}}
		for side, b := range e.rates(x, ball.Bits(e.Digits)+32) {
			out.Values[sideNames[side]] = Enclose(b, e.Digits)
		}
		out.Reason = stepsReason
		return out, nil
	}
	c.Certificate = x.form(func(*Subject) *big.Rat { return nil })
	return c
}

// form holds the constants of both bounds of a pace from a start.
func (x *pace) form(start func(*Subject) *big.Rat) *CertificateForm {
	form := &CertificateForm{}
	for side, name := range sideNames {
		form.Numbers = append(form.Numbers, onGrid(name, func(_ context.Context, e *Subject, bits uint) (*ball.Ball, error) {
			return e.ratesFrom(x, start(e), bits)[side], nil
		}))
	}
	return form
}

// contraction is T1b-steps: theory.md section 3.
var contraction = atRest(&Claim{
	ID: "T1b-steps", Drops: "A14",
	Formal:      []string{"T1b_steps", "T1b_steps_monotone"},
	Statement:   "The premise of T1b: gradient descent with a step η < 8/(κ(d_max − d_min)²) tends to μ* from any start, nearer with every step, and with a step up to half of that without passing μ*.",
	LaTeX:       `0 < \eta < \frac{8}{\kappa (d_{\max} - d_{\min})^2} \;\Longrightarrow\; |\mu_{k+1} - \mu^*| < |\mu_k - \mu^*| \to 0 \text{ for every } \mu_0 \ne \mu^*`,
	Assumptions: finiteSteps("A9", "A19"),
	Proof:       "the slope of a step is 1 − ηκ·Var(d), and 0 < Var(d) ≤ (d_max − d_min)²/4 (Popoviciu)",
	Under:       "T1b",
	Premise:     someRoom,
}, integers, func(e *Subject, _ *Equilibrium) (string, map[string]Number) {
	width := int64(e.Profile.MaxDegree() - e.Profile.MinDegree())
	step := new(big.Rat).Quo(big.NewRat(8, width*width), reduced.Kappa(e.Profile, e.Alpha))
	return "slope of a step 1 − ηκ·Var(d) in (−1, 1), and ≥ 0 up to half of the step", map[string]Number{"step": Exact(step, e.Digits)}
})

// repulsion is T1b-steps-unstable: theory.md section 3.
var repulsion = atRest(&Claim{
	ID: "T1b-steps-unstable", Drops: "A14",
	Formal:      []string{"T1b_steps_unstable"},
	Statement:   "The premise of T1b: gradient descent with a step η > 2/(κ·Var_{μ*}(d)) does not tend to μ* from any start, unless it is at μ* after finitely many steps.",
	LaTeX:       `\eta > \frac{2}{\kappa \operatorname{Var}_{\mu^*}(d)},\ \mu_k \ne \mu^* \text{ for all } k \;\Longrightarrow\; \mu_k \not\to \mu^*`,
	Assumptions: finiteSteps("A9", "A19"),
	Proof:       "the slope of a step at μ* is 1 − ηκ·Var_{μ*}(d) < −1: near μ* every step leads away from it",
	Under:       "T1b",
	Premise:     someRoom,
}, constants, func(e *Subject, b *Equilibrium) (string, map[string]Number) {
	step := ball.New(b.Rate.Prec()).SetInt64(2)
	kind := "it is not enclosed whether two values between which descent alternates, stable beyond this step, begin here"
	switch sign, ok := e.doubling(b); {
	case ok && sign > 0:
		kind = "3κ_3² > κ_2κ_4 there: beyond this step descent alternates between two values, stable at first (period doubling)"
	case ok && sign < 0:
		kind = "3κ_3² < κ_2κ_4 there: two unstable values between which descent alternates exist before this step already"
	}
	return "slope of a step −1 at μ*; " + kind, map[string]Number{"step": Enclose(step.Quo(step, b.Rate), e.Digits)}
})

// doubling returns the sign of 3κ_3² − κ_2κ_4 with the cumulants of d at μ*, if
// it is known. For a step G with G'(μ*) = −1 it is that of 3G”² + 2G”', as the
// derivatives of G in αsμ are 1 − hκ_2, −hκ_3, −hκ_4 and h = 2/κ_2: positive where
// the pair of values of period two that begins there is stable.
func (e *Subject) doubling(b *Equilibrium) (sign int, ok bool) {
	if x := e.roughDoubling(b); x.low() > 0 || x.high() < 0 {
		return cmp.Compare(x.mid, 0), true
	}
	return e.exactDoubling(b).Sign()
}

// exactDoubling is 3κ_3² − κ_2κ_4 of doubling.
//
// Encloses the exact value.
func (e *Subject) exactDoubling(b *Equilibrium) *ball.Ball {
	precision := b.Mu.Prec() + 32
	x := reduced.NumbersOf(e.Profile, e.Alpha, precision)
	y := ball.New(precision).Mul(b.Mu, x.Sigma)
	y.Exp(y)
	var total, mean *ball.Ball
	moment := func(power int64) *ball.Ball {
		sum := ball.New(precision)
		for i, d := range x.Degrees {
			away := ball.New(precision).SetInt64(int64(d))
			if mean != nil {
				away.Sub(away, mean)
			}
			term := ball.New(precision).PowInt(y, int64(d))
			term.Mul(term, x.Weights[i])
			sum.Add(sum, term.Mul(term, away.PowInt(away, power)))
		}
		return sum
	}
	total = moment(0)
	mean = moment(1)
	mean.Quo(mean, total)
	two, three, four := moment(2), moment(3), moment(4)
	for _, m := range []*ball.Ball{two, three, four} {
		m.Quo(m, total)
	}
	square := ball.New(precision).Sqr(two)
	four.Sub(four, square.MulInt64(square, 3)) // κ_4
	three.MulInt64(three.Sqr(three), 3)
	return three.Sub(three, four.Mul(four, two))
}

// roughDoubling is 3κ_3² − κ_2κ_4 of doubling in float64.
//
// Encloses the exact value.
func (e *Subject) roughDoubling(b *Equilibrium) rough {
	sigma := roughBall(reduced.Sigma(e.Alpha, e.Profile.K, 64))
	u, factor, top := roughBall(b.Mu).times(sigma), sigma.exp(), e.Profile.MinDegree()
	if u.mid > 0 {
		top = e.Profile.MaxDegree()
	}
	var total, mean rough
	classes := e.Profile.Classes
	weights := make([]rough, len(classes))
	for i, c := range classes {
		w := u.times(whole(c.Degree - top)).exp().times(whole(c.Count))
		if c.InSet {
			w = w.times(factor)
		}
		weights[i], total, mean = w, total.plus(w), mean.plus(w.times(whole(c.Degree)))
	}
	mean = mean.over(total)
	var sums [5]rough
	for i, c := range classes {
		away, power := whole(c.Degree).minus(mean), weights[i]
		for k := range sums {
			sums[k], power = sums[k].plus(power), power.times(away)
		}
	}
	two, three, four := sums[2].over(total), sums[3].over(total), sums[4].over(total)
	four = four.minus(two.times(two).times(whole(3)))
	return three.times(three).times(whole(3)).minus(four.times(two))
}
