package prove

import (
	"context"
	"math/big"

	"muflow/ode/ball"
	"muflow/theory"
)

// The claims of this file are the rate of Theorem 1(b) and gradient descent with a
// finite step where thoughts have walk weights: the proofs of T1b-rate and of the
// claims of steps.go use that all W_d > 0, and no integers.

// walkSteps lists the assumptions of the drift with walk weights without A14.
func walkSteps(more ...string) []string {
	return without(walkFlow(more...), "A14")
}

// walkRate is T1b-walk-rate: theory.md section 3.
var walkRate = onWalk(&Claim{
	ID:          "T1b-walk-rate",
	Losses:      coconutOnly,
	Under:       "T1b-walk",
	Statement:   "The premise of T1b-walk and μ(0) = 0: |μ(t) − μ*| ≤ |μ*| e^{−κvt} for all t ≥ 0, v > 0 the least variance of d_v under the softmax between 0 and μ*.",
	LaTeX:       `|\mu(t) - \mu^*| \le |\mu^*|\, e^{-\kappa v t},\quad v = \min_{\mu \in [0, \mu^*]} \operatorname{Var}_\mu(d) > 0,\quad \kappa = \frac{\alpha^2}{n \sum_v w_v^2}`,
	Assumptions: walkFlow("A5", "A9", "A19"),
	Proof:       "F' = αs·Var(d) > 0 and the mean value theorem, as for T1b-rate",
}, walkRoom, func(ctx context.Context, e *Subject, x *walkUnit) (Result, error) {
	return x.withNumbers(ctx, e, "F' = αs·Var(d) and Var(d) ≥ v > 0 between 0 and μ*", func(rest *Equilibrium) (map[string]Number, error) {
		v, err := x.leastVariance(ctx, e.Alpha, rest.Mu)
		if err != nil {
			return nil, err
		}
		kappa := walkKappa(x.exact, e.Alpha, v.Prec())
		return map[string]Number{"mu": Enclose(rest.Mu, e.Digits), "variance": Enclose(v, 9), "rate": Enclose(kappa.Mul(kappa, v), 9)}, nil
	})
})

// walkSpreadingSteps is T1a-walk-steps: theory.md section 3.
var walkSpreadingSteps = onWalk(&Claim{
	ID:          "T1a-walk-steps",
	Losses:      bfsOnly,
	Under:       "T1a-walk",
	Statement:   "The premise of T1a-walk: gradient descent from μ_0 = 0 with any step η > 0 has log(1 + b_lo ηk)/(αs d_max) ≤ μ_k ≤ log(1 + (e^{η b_hi} − 1)k)/(αs d_max) for all k, with the constants of T1a-walk.",
	LaTeX:       `\mu_{k+1} = \mu_k + \eta\,\mu'(\mu_k),\ \mu_0 = 0 \;\Longrightarrow\; \frac{\log(1 + b_{\mathrm{lo}}\,\eta k)}{\alpha s\, d_{\max}} \le \mu_k \le \frac{\log(1 + (e^{\eta b_{\mathrm{hi}}} - 1)\,k)}{\alpha s\, d_{\max}}`,
	Assumptions: walkSteps("A5", "A11"),
	Proof:       "as for T1a-steps, by T1a-walk",
}, walkOutside, func(_ context.Context, e *Subject, x *walkUnit) (Result, error) {
	return Result{Reason: stepsReason, Values: e.walkRates(x, theory.CoconutBFS)}, nil
})

// walkLeavingSteps is T1b-walk-end-steps: theory.md section 3.
var walkLeavingSteps = onWalk(&Claim{
	ID:          "T1b-walk-end-steps",
	Losses:      coconutOnly,
	Under:       "T1b-walk-diverges",
	Statement:   "The premise of T1b-walk-diverges: gradient descent from μ_0 = 0 with any step η > 0 has log(1 + b_lo ηk)/(αs g) ≤ |μ_k| ≤ log(1 + (e^{η b_hi} − 1)k)/(αs g) for all k, with the constants of T1b-walk-diverges.",
	LaTeX:       `\mu_{k+1} = \mu_k + \eta\,\mu'(\mu_k),\ \mu_0 = 0 \;\Longrightarrow\; \frac{\log(1 + b_{\mathrm{lo}}\,\eta k)}{\alpha s\, g} \le |\mu_k| \le \frac{\log(1 + (e^{\eta b_{\mathrm{hi}}} - 1)\,k)}{\alpha s\, g}`,
	Assumptions: walkSteps("A5", "A19"),
	Proof:       "as for T1b-diverges-steps, by T1b-walk-diverges",
}, walkAtEnd, func(_ context.Context, e *Subject, x *walkUnit) (Result, error) {
	return Result{Reason: stepsReason, Values: e.walkRates(x, theory.Coconut)}, nil
})

// walkContraction is T1b-walk-steps: theory.md section 3.
var walkContraction = onWalk(&Claim{
	ID:          "T1b-walk-steps",
	Losses:      coconutOnly,
	Under:       "T1b-walk",
	Statement:   "The premise of T1b-walk: gradient descent with a step η < 8/(κ(d_max − d_min)²) tends to μ* from any start, nearer with every step, and with a step up to half of that without passing μ*.",
	LaTeX:       `0 < \eta < \frac{8}{\kappa (d_{\max} - d_{\min})^2},\ \kappa = \frac{\alpha^2}{n \sum_v w_v^2} \;\Longrightarrow\; |\mu_{k+1} - \mu^*| < |\mu_k - \mu^*| \to 0 \text{ for every } \mu_0 \ne \mu^*`,
	Assumptions: walkSteps("A9", "A19"),
	Proof:       "as for T1b-steps: 0 < Var(d) ≤ (d_max − d_min)²/4 (Popoviciu)",
}, walkRoom, func(_ context.Context, e *Subject, x *walkUnit) (Result, error) {
	width := new(big.Rat).Sub(x.exact.Most(), x.exact.Least())
	step := new(big.Rat).Mul(x.exact.Square, big.NewRat(8*int64(x.exact.N), 1))
	for _, divisor := range []*big.Rat{width, width, e.Alpha, e.Alpha} {
		step.Quo(step, divisor)
	}
	return Result{Reason: "slope of a step 1 − ηκ·Var(d) in (−1, 1), and ≥ 0 up to half of the step", Values: map[string]Number{"step": Exact(step, e.Digits)}}, nil
})

// walkRepulsion is T1b-walk-unstable: theory.md section 3.
var walkRepulsion = onWalk(&Claim{
	ID:          "T1b-walk-unstable",
	Losses:      coconutOnly,
	Under:       "T1b-walk",
	Statement:   "The premise of T1b-walk: gradient descent with a step η > 2/(κ·Var_{μ*}(d)) does not tend to μ* from any start, unless it is at μ* after finitely many steps.",
	LaTeX:       `\eta > \frac{2}{\kappa \operatorname{Var}_{\mu^*}(d)},\ \mu_k \ne \mu^* \text{ for all } k \;\Longrightarrow\; \mu_k \not\to \mu^*`,
	Assumptions: walkSteps("A9", "A19"),
	Proof:       "as for T1b-steps-unstable: the slope of a step at μ* is 1 − ηκ·Var_{μ*}(d) < −1",
}, walkRoom, func(ctx context.Context, e *Subject, x *walkUnit) (Result, error) {
	return x.withNumbers(ctx, e, "slope of a step −1 at μ*", func(rest *Equilibrium) (map[string]Number, error) {
		step := ball.New(rest.Rate.Prec()).SetInt64(2)
		return map[string]Number{"step": Enclose(step.Quo(step, rest.Rate), e.Digits)}, nil
	})
})

// withNumbers gives a result that holds by rational numbers alone, with its values
// where μ* is enclosed and they are.
func (x *walkUnit) withNumbers(ctx context.Context, e *Subject, reason string, values func(rest *Equilibrium) (map[string]Number, error)) (Result, error) {
	r := Result{Reason: reason + "; " + x.exact.Ends()}
	rest, err := x.equilibrium(ctx, e)
	if err == nil {
		r.Values, err = values(rest)
	}
	if ctx.Err() != nil {
		return r, ctx.Err()
	}
	if err != nil {
		r.Reason += "; " + err.Error()
	}
	return r, nil
}

// longestWalkPath bounds the work of a least variance with walk weights.
const longestWalkPath = 500

// LeastWalkVariance encloses the least Var(d) under the softmax between 0 and μ* of a
// step with walk weights.
//
// Encloses the exact value for every point of the inputs.
func LeastWalkVariance(ctx context.Context, x *theory.WalkStep, alpha *big.Rat, mu *ball.Ball) (*ball.Ball, error) {
	return (&walkUnit{exact: x}).leastVariance(ctx, alpha, mu)
}

// leastVariance encloses the least Var(d) under the softmax between 0 and μ*, as
// LeastVariance.
//
// Encloses the exact value for every point of the inputs.
func (x *walkUnit) leastVariance(ctx context.Context, alpha *big.Rat, mu *ball.Ball) (*ball.Ball, error) {
	end := walkSigma(x.exact, alpha, mu.Prec())
	end.Mul(end, mu)
	exponent := min(max(0, end.Mid().MantExp(nil)), maxWalkExponent) // beyond, no way is short enough
	precision := 96 + uint(exponent+min(x.exact.Square.Num().BitLen(), maxWalkExponent))
	n := newWalkNumbers(x.exact, alpha, precision).merged()
	gap := new(big.Rat).Sub(x.exact.Most(), x.exact.Least())
	return (&descent{n.moments, n.rough().moments, gap, ball.New(precision), ball.New(precision).Set(end), longestWalkPath}).least(ctx)
}

// maxWalkExponent bounds the precision of a least variance.
const maxWalkExponent = 1 << 10

// A walkDegrees is the different d_v of a step, ascending, with their W_d.
type walkDegrees struct {
	degrees []*big.Rat
	weights []*ball.Ball
	terms   []*ball.Ball // room of moments, one for each
}

// merged adds up the weights of equal d_v.
func (x *walkNumbers) merged() *walkDegrees {
	out := &walkDegrees{}
	for i, g := range x.step.Groups {
		last := len(out.degrees) - 1
		if last < 0 || out.degrees[last].Cmp(g.In) != 0 {
			out.degrees, out.weights = append(out.degrees, g.In), append(out.weights, ball.New(x.sigma.Prec()))
			out.terms = append(out.terms, ball.New(x.sigma.Prec()))
			last++
		}
		out.weights[last].Add(out.weights[last], x.weights[i])
	}
	return out
}

// moments encloses the variance of d_v under the softmax at u = αsμ, and the third
// central moment.
//
// Encloses the exact value for every point of the inputs.
func (x *walkDegrees) moments(u *ball.Ball) (variance, third *ball.Ball) {
	precision, top := x.weights[0].Prec(), x.degrees[0]
	if u.Mid().Sign() > 0 {
		top = x.degrees[len(x.degrees)-1]
	}
	number := func() *ball.Ball { return ball.New(precision) }
	total, mean, away, square, distance := number(), number(), number(), number(), new(big.Rat)
	for i, d := range x.degrees {
		w := x.terms[i].MulRat(u, distance.Sub(d, top))
		w.Mul(decay(w), x.weights[i])
		total.Add(total, w)
		mean.Add(mean, square.MulRat(w, d))
	}
	mean.Quo(mean, total)
	variance, third = number(), number()
	for i, d := range x.degrees {
		away.SetRat(d)
		away.Sub(away, mean)
		square.Sqr(away)
		square.Mul(square, x.terms[i])
		variance.Add(variance, square)
		third.Add(third, away.Mul(away, square))
	}
	return variance.Quo(variance, total), third.Quo(third, total)
}

// A roughDegrees is walkDegrees in float64.
type roughDegrees struct{ degrees, weights, terms []rough }

func (x *walkDegrees) rough() *roughDegrees {
	out := &roughDegrees{terms: make([]rough, len(x.degrees))}
	for i, d := range x.degrees {
		out.degrees, out.weights = append(out.degrees, roughRat(d)), append(out.weights, roughBall(x.weights[i]))
	}
	return out
}

// moments is that of walkDegrees.
//
// Encloses the exact value for every point of the input.
func (x *roughDegrees) moments(u rough) (variance, third rough) {
	top := x.degrees[0]
	if u.mid > 0 {
		top = x.degrees[len(x.degrees)-1]
	}
	var total, mean rough
	for i, d := range x.degrees {
		w := u.times(d.minus(top)).exp().times(x.weights[i])
		x.terms[i], total, mean = w, total.plus(w), mean.plus(w.times(d))
	}
	mean = mean.over(total)
	for i, d := range x.degrees {
		away := d.minus(mean)
		square := away.times(away).times(x.terms[i])
		variance, third = variance.plus(square), third.plus(square.times(away))
	}
	return variance.over(total), third.over(total)
}
