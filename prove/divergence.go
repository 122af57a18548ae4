package prove

import (
	"context"
	"fmt"
	"math/big"

	"muflow/internal/reduced"
	"muflow/ode/ball"
	"muflow/theory"
)

var bfsOnly = []theory.Loss{theory.CoconutBFS}

// escape is Theorem 1(a): the logit grows without bound under Coconut-BFS.
// theory.md section 3, claim T1a.
var escape = &Claim{
	ID: "T1a", Theorem: "Theorem 1(a)",
	Statement:   "If some vertex lies outside N_{c+1} and an edge leaves N_c, then under the Coconut-BFS loss μ(t) → +∞.",
	LaTeX:       `n_{\mathrm{out}} \ge 1,\ \exists\, u \to v,\ u \in \mathcal{N}_c \;\Longrightarrow\; \lim_{t\to\infty} \mu(t) = +\infty`,
	Assumptions: reducedFlow("A11"),
	Formal:      []string{"T1a", "T1a_increases"},
	Proof:       "the numerator of y' has non-negative coefficients in Z[e], not all zero: no equilibrium at y > 0, and y increases without bound",
	Command:     "verify theorem 1",
	Number:      1, Unit: OnProfile, Losses: bfsOnly, Premise: someOutside,
	Decide: func(_ context.Context, e *Subject) (Result, error) {
		signs := e.Profile.Certify(theory.CoconutBFS)
		if signs.Limit() != theory.PlusInfinity {
			return Result{}, fmt.Errorf("sign certificate %v does not fit its premise", signs)
		}
		return Result{Verdict: theory.Proved, Reason: "y'/(κy) = n_out·P/(Q_in·Q), signs of n_out·P: " + signs.String()}, nil
	},
	Certificate: &CertificateForm{},
}

// lowerBound is T1a-lower: theory.md section 3.
var lowerBound = logBound(&Claim{
	ID: "T1a-lower", Theorem: "Theorem 1(a)",
	Statement: "The same premise and μ(0) = 0: μ(t) ≥ log(1 + b_lo t)/(αs d_max) for all t ≥ 0.",
	LaTeX:     `\mu(t) \ge \frac{\log(1 + b_{\mathrm{lo}}\, t)}{\alpha s\, d_{\max}},\quad b_{\mathrm{lo}} = \frac{\alpha^2 s^2 d_{\max} n_{\mathrm{out}} F_{\mathrm{in}}(0)}{n\, Z(0)}`,
	Formal:    []string{"T1a_lower"},
	Proof:     "(y^{d_max})' ≥ b_lo for y ≥ 1: the mean P/Q_in and y^{d_max}/Q do not fall, as all W_d ≥ 0",
	Margin:    &MarginForm{Name: "b_lo", Value: "b_lo"},
}, "b_lo", lowerSide, "y ≥ 1: P/Q_in ≥ P(1)/Q_in(1), a mean of d, and y^{d_max}/Q ≥ 1/Q(1), so that (y^{d_max})' ≥ b_lo", Inequality{Text: "log(1 + b_lo t)/(αs d_max) ≤ μ(t)", Constant: "b_lo (as large as possible)", Smallest: true})

// upperBound is T1a-upper: theory.md section 3.
var upperBound = logBound(&Claim{
	ID: "T1a-upper", Theorem: "Theorem 1(a)",
	Statement: "The same premise and μ(0) = 0: μ(t) ≤ log(1 + b_hi t)/(αs d_max) for all t ≥ 0.",
	LaTeX:     `\mu(t) \le \frac{\log(1 + b_{\mathrm{hi}}\, t)}{\alpha s\, d_{\max}},\quad b_{\mathrm{hi}} = \frac{\alpha^2 s^2 d_{\max}^2 n_{\mathrm{out}}}{n\, W_{d_{\max}}}`,
	Formal:    []string{"T1a_upper"},
	Proof:     "(y^{d_max})' ≤ b_hi for y > 0: the mean P/Q_in is at most d_max and Q at least W_{d_max} y^{d_max}",
	Chart: &Chart{Name: "bounds", Title: "Bounds under Coconut-BFS", Label: "b_hi/b_lo", Value: "b_hi", Over: "b_lo",
		Caption: "Part of the instances whose two constants have at most this ratio; at 1 the two bounds would meet."},
}, "b_hi", upperSide, "y > 0: P/Q_in ≤ d_max, a mean of d, and Q ≥ W_{d_max} y^{d_max}, so that (y^{d_max})' ≤ b_hi", Inequality{Text: "μ(t) ≤ log(1 + b_hi t)/(αs d_max)", Constant: "b_hi (as small as possible)"})

// logBound completes one of the two bounds log(1 + b t)/(αs d_max): its
// constant b by name, its side, its proof and what it says.
func logBound(c *Claim, name string, side int, proof string, says Inequality) *Claim {
	c.Assumptions, c.Command = reducedFlow("A5", "A11"), "verify theorem 1"
	c.Number, c.Unit, c.Losses, c.Premise = 1, OnProfile, bfsOnly, someOutside
	c.Decide = func(_ context.Context, e *Subject) (Result, error) {
		b := e.rates(ball.Bits(e.Digits) + 32)[side]
		return Result{Verdict: theory.Proved, Reason: proof, Values: map[string]Number{name: Enclose(b, e.Digits)}}, nil
	}
	c.Certificate = &CertificateForm{Numbers: []CertifiedNumber{onGrid(name,
		func(_ context.Context, e *Subject, bits uint) (*ball.Ball, error) {
			return e.rates(bits)[side], nil
		})}}
	c.Bound = func(e *Subject, values map[string]*ball.Ball, t *big.Rat, precision uint) *ball.Ball {
		z := logarithm(values[name], t, precision)
		z.Quo(z, reduced.Sigma(e.Alpha, e.Profile.K, precision))
		return z.QuoInt64(z, int64(e.Profile.MaxDegree()))
	}
	says.Samples = func(ctx context.Context, e *Subject) ([]Sample, error) {
		return e.logarithms(ctx, e.rates(tightnessPrecision)[side], side == lowerSide)
	}
	c.Inequality = &says
	return c
}

// someOutside is the premise of Theorem 1(a).
func someOutside(_ context.Context, e *Subject) (string, error) {
	switch {
	case e.Profile.Outside() == 0:
		return "A11 fails: every vertex lies in N_{c+1}, the loss is 0", nil
	case e.Profile.MaxDegree() == 0:
		return "A11 fails: no edge leaves N_c", nil
	}
	return "", nil
}

// rates are the constants of the two bounds of Theorem 1(a).
type rates [2]*ball.Ball

// The sides of the two bounds of Theorem 1(a).
const (
	lowerSide = iota
	upperSide
)

// boundConstants encloses
//
//	b_lo = α²s² d_max n_out F_in(μ_0)/(n Z(μ_0)),   b_hi = α²s² d_max² n_out/(n W_{d_max} y_0^{d_max})
//
// for the bounds log(1 + b t)/(αs d_max) of μ(t) − μ_0 from a start μ_0 = log(y_0)/(αs),
// 0 if nil: those of (y/y_0)^{d_max}, with W_d·y_0^d in the place of W_d.
func boundConstants(p *theory.Profile, alpha, start *big.Rat, precision uint) rates {
	x := reduced.NumbersOf(p, alpha, precision)
	if start != nil && start.Sign() != 0 {
		first := ball.New(precision).MulRat(x.Sigma, start)
		first.Exp(first)
		for i, d := range x.Degrees {
			x.Weights[i].Mul(x.Weights[i], ball.New(precision).PowInt(first, int64(d)))
		}
	}
	top := x.Weights[len(x.Weights)-1]
	sum, first := x.Sum(func(int) int { return 1 }), x.Sum(func(d int) int { return d }) // Q(1) and P(1)
	d, outside := int64(p.MaxDegree()), int64(p.Outside())
	share := reduced.Kappa(p, alpha) // α²s² d_max n_out/n
	common := ball.New(precision).SetRat(share.Mul(share, big.NewRat(d*outside, 1)))
	inside := ball.New(precision).AddInt64(sum, -outside) // Q_in(1)
	low := ball.New(precision).Mul(common, first)
	low.Quo(low, inside)
	low.Quo(low, sum)
	high := ball.New(precision).MulInt64(common, d)
	return rates{low, high.Quo(high, top)}
}

// logarithm encloses log(1 + b t).
func logarithm(b *ball.Ball, t *big.Rat, precision uint) *ball.Ball {
	z := ball.New(precision).SetRat(t)
	z.Mul(z, b)
	return z.Log(z.AddInt64(z, 1))
}

// earlyAndLate are the times at which the bounds are compared with the flow.
var earlyAndLate = []*big.Rat{big.NewRat(1, 1), big.NewRat(100, 1), big.NewRat(10_000, 1), big.NewRat(1_000_000, 1)}

// logarithms compares a bound with the flow: the height is αs d_max μ(t), and
// that of log(1 + b t) with the constant b that fits.
func (e *Subject) logarithms(ctx context.Context, b *ball.Ball, below bool) ([]Sample, error) {
	flow, err := e.kept.early.get(func() (*Flow, error) {
		return FlowOf(ctx, e.Profile, FlowRequest{Loss: theory.CoconutBFS, Alpha: e.Alpha, Times: earlyAndLate, Digits: 20})
	})
	if err != nil {
		return nil, err
	}
	unit := reduced.Sigma(e.Alpha, e.Profile.K, tightnessPrecision) // αs d_max
	unit.MulInt64(unit, int64(e.Profile.MaxDegree()))
	var out []Sample
	for i, t := range earlyAndLate {
		mu, err := flow.Mu[i].Ball(tightnessPrecision)
		if err != nil {
			return nil, err
		}
		height := ball.New(tightnessPrecision).Mul(mu, unit)
		fits := ball.New(tightnessPrecision).Exp(height)
		fits.AddInt64(fits, -1)
		fits.Quo(fits, ball.New(tightnessPrecision).SetRat(t))
		share := quotient(height, logarithm(b, t, tightnessPrecision))
		if below {
			share = quotient(logarithm(b, t, tightnessPrecision), height)
		}
		out = append(out, Sample{t.RatString(), share, quotient(fits, b)})
	}
	return out, nil
}
