package prove

import (
	"context"
	"fmt"
	"math/big"
	"slices"

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
	Rocq:        true,
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

// idle is T1a-still: theory.md section 3.
var idle = &Claim{
	ID: "T1a-still", Theorem: "Theorem 1(a)",
	Statement:   "If every vertex lies in N_{c+1} or no edge leaves N_c, then under the Coconut-BFS loss μ(t) = μ(0) for all t.",
	LaTeX:       `n_{\mathrm{out}} = 0 \text{ or } d_{\max} = 0 \;\Longrightarrow\; \mu(t) = \mu(0) \text{ for all } t \ge 0`,
	Assumptions: reducedFlow(),
	Formal:      []string{"T1a_constant", "T1a_no_edge"},
	Rocq:        true,
	Proof:       "n_out·P = 0, so that y' = 0",
	Command:     "verify theorem 1",
	Number:      1, Unit: OnProfile, Losses: bfsOnly,
	Premise: func(ctx context.Context, e *Subject) (string, error) {
		if reason, err := someOutside(ctx, e); err != nil || reason != "" {
			return "", err
		}
		return "a vertex lies outside N_{c+1} and an edge leaves N_c", nil
	},
	Decide: func(ctx context.Context, e *Subject) (Result, error) {
		if limit := e.Profile.Certify(theory.CoconutBFS).Limit(); limit != theory.Stationary {
			return Result{}, fmt.Errorf("limit %v does not fit the premise", limit)
		}
		reason, err := someOutside(ctx, e)
		return Result{Verdict: theory.Proved, Reason: "n_out·P = 0: " + reason}, err
	},
	Certificate: &CertificateForm{},
	Bound:       atStart,
}

// atStart is the bound of a claim that nothing moves.
func atStart(_ *Subject, _ map[string]*ball.Ball, _ *big.Rat, precision uint) *ball.Ball {
	return ball.New(precision)
}

// A pace says how |μ| grows under a loss without bound: as log(t)/(αs g).
type pace struct {
	loss    theory.Loss
	under   string // the claim with its premise
	premise func(context.Context, *Subject) (string, error)
	gap     func(*theory.Profile) int // g, with the sign of μ
	height  string                    // what bounds are bounds of: μ(t) or |μ(t)|
	power   string                    // g as it is written
}

// spreading is the pace of Theorem 1(a).
var spreading = &pace{theory.CoconutBFS, "T1a", someOutside, (*theory.Profile).MaxDegree, "μ(t)", "d_max"}

// lowerBound is T1a-lower: theory.md section 3.
var lowerBound = spreading.bound(lowerSide, &Claim{
	ID: "T1a-lower", Theorem: "Theorem 1(a)",
	Assumptions: reducedFlow("A5", "A11"),
	Statement:   "The same premise and μ(0) = 0: μ(t) ≥ log(1 + b_lo t)/(αs d_max) for all t ≥ 0.",
	LaTeX:       `\mu(t) \ge \frac{\log(1 + b_{\mathrm{lo}}\, t)}{\alpha s\, d_{\max}},\quad b_{\mathrm{lo}} = \frac{\alpha^2 s^2 d_{\max} n_{\mathrm{out}} F_{\mathrm{in}}(0)}{n\, Z(0)}`,
	Formal:      []string{"T1a_lower"},
	Rocq:        true,
	Proof:       "(y^{d_max})' ≥ b_lo for y ≥ 1: the mean P/Q_in and y^{d_max}/Q do not fall, as all W_d ≥ 0",
	Margin:      &MarginForm{Name: "b_lo", Value: "b_lo"},
}, "y ≥ 1: P/Q_in ≥ P(1)/Q_in(1), a mean of d, and y^{d_max}/Q ≥ 1/Q(1), so that (y^{d_max})' ≥ b_lo")

// upperBound is T1a-upper: theory.md section 3.
var upperBound = spreading.bound(upperSide, &Claim{
	ID: "T1a-upper", Theorem: "Theorem 1(a)",
	Assumptions: reducedFlow("A5", "A11"),
	Statement:   "The same premise and μ(0) = 0: μ(t) ≤ log(1 + b_hi t)/(αs d_max) for all t ≥ 0.",
	LaTeX:       `\mu(t) \le \frac{\log(1 + b_{\mathrm{hi}}\, t)}{\alpha s\, d_{\max}},\quad b_{\mathrm{hi}} = \frac{\alpha^2 s^2 d_{\max}^2 n_{\mathrm{out}}}{n\, W_{d_{\max}}}`,
	Formal:      []string{"T1a_upper"},
	Rocq:        true,
	Proof:       "(y^{d_max})' ≤ b_hi for y > 0: the mean P/Q_in is at most d_max and Q at least W_{d_max} y^{d_max}",
	Chart: &Chart{Name: "bounds", Title: "Bounds under Coconut-BFS", Label: "b_hi/b_lo", Value: "b_hi", Over: "b_lo",
		Caption: "Part of the instances whose two constants have at most this ratio; at 1 the two bounds would meet."},
}, "y > 0: P/Q_in ≤ d_max, a mean of d, and Q ≥ W_{d_max} y^{d_max}, so that (y^{d_max})' ≤ b_hi")

// The sides of two bounds, and the names of their constants.
const (
	lowerSide = iota
	upperSide
)

var sideNames = [2]string{"b_lo", "b_hi"}

// place fills in where a claim about the pace stands.
func (x *pace) place(c *Claim) {
	c.Command, c.Number, c.Unit, c.Losses, c.Under, c.Premise = "verify theorem 1", 1, OnProfile, []theory.Loss{x.loss}, x.under, x.premise
}

// bound completes the claim that log(1 + b t)/(αs g) bounds |μ(t)| on a side:
// reason is why.
func (x *pace) bound(side int, c *Claim, reason string) *Claim {
	name := sideNames[side]
	x.place(c)
	c.Decide = func(_ context.Context, e *Subject) (Result, error) {
		b := e.rates(x, ball.Bits(e.Digits)+32)[side]
		return Result{Verdict: theory.Proved, Reason: reason, Values: map[string]Number{name: Enclose(b, e.Digits)}}, nil
	}
	c.Certificate = &CertificateForm{Numbers: []CertifiedNumber{onGrid(name,
		func(_ context.Context, e *Subject, bits uint) (*ball.Ball, error) { return e.rates(x, bits)[side], nil })}}
	c.Bound = func(e *Subject, values map[string]*ball.Ball, t *big.Rat, precision uint) *ball.Ball {
		z := logarithm(values[name], t, precision)
		return z.Quo(z, x.unit(e, precision))
	}
	left, right, best := "log(1 + "+name+" t)/(αs "+x.power+")", x.height, "large"
	if side == upperSide {
		left, right, best = right, left, "small"
	}
	c.Inequality = &Inequality{Text: left + " ≤ " + right, Constant: name + " (as " + best + " as possible)", Smallest: side == lowerSide,
		Samples: func(ctx context.Context, e *Subject) ([]Sample, error) {
			return x.samples(ctx, e, e.rates(x, tightnessPrecision)[side], side == lowerSide)
		}}
	return c
}

// unit encloses αs g, with the sign of μ.
func (x *pace) unit(e *Subject, precision uint) *ball.Ball {
	z := reduced.Sigma(e.Alpha, e.Profile.K, precision)
	return z.MulInt64(z, int64(x.gap(e.Profile)))
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

// rates are the constants b of two bounds.
type rates [2]*ball.Ball

// constants encloses those of log(1 + b t)/(αs g) for μ(t) − μ_0 from a start
// μ_0 = log(y_0)/(αs), 0 if nil. They bound the derivative of (y/y_0)^g, with
// w_d = W_d·y_0^d in the place of W_d:
//
//	bfs      b_lo = κ d_max n_out P/(Q_in Q),   b_hi = κ d_max² n_out/w_{d_max},   P, Q, Q_in at 1
//	coconut  b_lo = κ g² w_{d'}/Q,              b_hi = κ |g| Σ |d*−d| w_d/w_{d*},  d' = d* − g
func (x *pace) constants(p *theory.Profile, alpha, start *big.Rat, precision uint) (b rates) {
	all := reduced.NumbersOf(p, alpha, precision)
	if start != nil && start.Sign() != 0 {
		first := ball.New(precision).MulRat(all.Sigma, start)
		first.Exp(first)
		for i, d := range all.Degrees {
			all.Weights[i].Mul(all.Weights[i], ball.New(precision).PowInt(first, int64(d)))
		}
	}
	weight := func(d int) *ball.Ball { return ball.New(precision).Set(all.Weights[slices.Index(all.Degrees, d)]) }
	g, sum := x.gap(p), all.Sum(func(int) int { return 1 }) // Q
	kappa := ball.New(precision).SetRat(reduced.Kappa(p, alpha))
	kappa.MulInt64(kappa, int64(max(g, -g)))
	var low, high *ball.Ball // over κ|g|
	if x.loss == theory.CoconutBFS {
		outside := int64(p.Outside())
		low = all.Sum(func(d int) int { return d }) // P
		low.MulInt64(low.Quo(low, ball.New(precision).AddInt64(sum, -outside)), outside)
		high = ball.New(precision).SetInt64(int64(g) * outside)
		high.Quo(high, weight(g))
	} else {
		end := p.TargetDegree.Num
		low = weight(end - g)
		low.MulInt64(low, int64(max(g, -g)))
		high = all.Sum(func(d int) int { return max(end-d, d-end) })
		high.Quo(high, weight(end))
	}
	b[lowerSide] = low.Mul(low.Quo(low, sum), kappa)
	b[upperSide] = high.Mul(high, kappa)
	return b
}

// logarithm encloses log(1 + b t).
func logarithm(b *ball.Ball, t *big.Rat, precision uint) *ball.Ball {
	z := ball.New(precision).SetRat(t)
	z.Mul(z, b)
	return z.Log(z.AddInt64(z, 1))
}

// earlyAndLate are the times at which the bounds are compared with the flow.
var earlyAndLate = []*big.Rat{big.NewRat(1, 1), big.NewRat(100, 1), big.NewRat(10_000, 1), big.NewRat(1_000_000, 1)}

// samples compares a bound with the flow: the height is αs g μ(t), and that of
// log(1 + b t) with the constant b that fits.
func (x *pace) samples(ctx context.Context, e *Subject, b *ball.Ball, below bool) ([]Sample, error) {
	flow, err := e.kept.early[x.loss].get(func() (*Flow, error) {
		return FlowOf(ctx, e.Profile, FlowRequest{Loss: x.loss, Alpha: e.Alpha, Times: earlyAndLate, Digits: 20})
	})
	if err != nil {
		return nil, err
	}
	unit := x.unit(e, tightnessPrecision)
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
