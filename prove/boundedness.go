package prove

import (
	"context"
	"fmt"
	"math/big"

	"muflow/internal/reduced"
	"muflow/ode/ball"
	"muflow/theory"
	"muflow/theory/cert"
)

var coconutOnly = []theory.Loss{theory.Coconut}

// oneLimit is Theorem 1(b): the logit stays bounded under Coconut.
// theory.md section 3, claim T1b.
var oneLimit = atRest(&Claim{
	ID:          "T1b",
	Statement:   "If d_min < d* < d_max, then under the Coconut loss there is one finite μ*, and μ(t) tends to it from any start.",
	LaTeX:       `d_{\min} < d^* < d_{\max} \;\Longrightarrow\; \exists!\,\mu^*:\ \lim_{t\to\infty}\mu(t) = \mu^* \text{ for every } \mu(0)`,
	Assumptions: reducedFlow("A9", "A19"),
	Formal:      []string{"T1b_equilibrium", "T1b_unique", "T1b_converges", "T1b_iff"},
	Rocq:        true,
	Proof:       "sign certificate: the coefficients of R change sign once, so by Descartes' rule R has one positive root, simple and attracting (integers only, every α at once)",
	Premise:     someRoom,
	Chart: &Chart{Name: "equilibria", Title: "Equilibria μ*", Label: "μ*", Value: "mu",
		Caption: "Part of the instances with an equilibrium at most so large, one curve for each step."},
}, integers, func(e *Subject, _ *Equilibrium) (string, map[string]Number) {
	return "signs of R: " + e.Profile.Certify(theory.Coconut).String(), map[string]Number{}
})

// positivity is T1b-positive: theory.md section 3.
var positivity = atRest(&Claim{
	ID:          "T1b-positive",
	Statement:   "The same premise, d* > F(0) and μ(0) = 0: 0 < μ(t) < μ* for all t > 0, and μ increases.",
	LaTeX:       `d_{\min} < d^* < d_{\max},\ d^* > F(0) \;\Longrightarrow\; 0 < \mu(t) < \mu^*,\ \mu'(t) > 0 \text{ for all } t > 0`,
	Assumptions: reducedFlow("A5", "A9", "A10", "A19"),
	Formal:      []string{"T1b_positive"},
	Rocq:        true,
	Proof:       "R(1) = A + eB > 0 by integers or by comparing αs with log(−A/B), and R > 0 on [1, y*) by the sign certificate",
	Premise: func(ctx context.Context, e *Subject) (string, error) {
		reason, err := startNotAbove(ctx, e)
		if err != nil || reason != "" {
			return reason, err
		}
		if sign, err := e.start(); err != nil || sign != 0 {
			return "", err
		}
		return "A10 fails: d* = F(0) exactly, μ* = 0", nil
	},
	Margin:   &MarginForm{Name: "μ*", Value: "mu"},
	Showcase: true,
}, integers, func(e *Subject, _ *Equilibrium) (string, map[string]Number) {
	return fmt.Sprintf("%s > 0; signs of R: %v", e.startText(), e.Profile.Certify(theory.Coconut)), map[string]Number{}
})

// negativity is T1b-negative: theory.md section 3.
var negativity = atRest(&Claim{
	ID:          "T1b-negative",
	Statement:   "The premise of T1b, d* < F(0) and μ(0) = 0: μ* < μ(t) < 0 for all t > 0, and μ decreases.",
	LaTeX:       `d_{\min} < d^* < d_{\max},\ d^* < F(0) \;\Longrightarrow\; \mu^* < \mu(t) < 0,\ \mu'(t) < 0 \text{ for all } t > 0`,
	Assumptions: reducedFlow("A5", "A9", "A19"),
	Formal:      []string{"T1b_negative"},
	Rocq:        true,
	Proof:       "R(1) = A + eB < 0 as for T1b-positive, and R < 0 on (y*, 1] by the sign certificate",
	Premise: func(ctx context.Context, e *Subject) (string, error) {
		reason, err := someRoom(ctx, e)
		if err != nil || reason != "" {
			return reason, err
		}
		if sign, err := e.start(); err != nil || sign < 0 {
			return "", err
		}
		return "d* ≥ F(0)", nil
	},
}, integers, func(e *Subject, _ *Equilibrium) (string, map[string]Number) {
	return fmt.Sprintf("%s < 0; signs of R: %v", e.startText(), e.Profile.Certify(theory.Coconut)), map[string]Number{}
})

// stillness is T1b-still: theory.md section 3.
var stillness = &Claim{
	ID: "T1b-still", Theorem: "Theorem 1(b)",
	Statement:   "If d* = F(0) and μ(0) = 0, as where all d_v are equal, then under the Coconut loss μ(t) = 0 for all t.",
	LaTeX:       `d^* = F(0),\ \mu(0) = 0 \;\Longrightarrow\; \mu(t) = 0 \text{ for all } t \ge 0`,
	Assumptions: reducedFlow("A5", "A19"),
	Formal:      []string{"T1b_still"},
	Rocq:        true,
	Proof:       "R(1) = A + eB with integers A = B = 0: y = 1 is an equilibrium, for every α at once",
	Command:     "verify theorem 1",
	Number:      1, Unit: OnProfile, Losses: coconutOnly,
	Premise: func(ctx context.Context, e *Subject) (string, error) {
		if reason, err := someRoom(ctx, e); err != nil || e.Unlabeled {
			return reason, err
		}
		if !e.Profile.Start().IsZero() {
			return "d* ≠ F(0)", nil
		}
		return "", nil
	},
	Decide: func(_ context.Context, e *Subject) (Result, error) {
		return Result{Verdict: theory.Proved, Reason: e.startText() + ": y = 1 is an equilibrium"}, nil
	},
	Certificate: &CertificateForm{},
	Bound:       atStart,
}

// rateBound is T1b-rate: theory.md section 3.
var rateBound = atRest(&Claim{
	ID:          "T1b-rate",
	Statement:   "The premise of T1b and μ(0) = 0: |μ(t) − μ*| ≤ |μ*| e^{−κvt} for all t ≥ 0, v the least variance of the in-degree between 0 and μ*.",
	LaTeX:       `|\mu(t) - \mu^*| \le |\mu(0) - \mu^*|\, e^{-\kappa v t},\quad v = \min_{\mu \in [\mu(0), \mu^*]} \operatorname{Var}_\mu(d)`,
	Assumptions: reducedFlow("A5", "A9", "A19"),
	Formal:      []string{"T1b_rate"},
	Rocq:        true,
	Proof:       "F' = αs·Var(d) > 0 and the mean value theorem; v is enclosed on an enclosure of the path",
	Under:       "T1b",
	Premise:     someRoom,
	Margin:      &MarginForm{Name: "v", Value: "variance"},
	Inequality:  &Inequality{Text: "|μ(t) − μ*| ≤ |μ*| e^{−κvt}", Constant: "κv (as large as possible)", Smallest: true, Samples: rateSamples},
	Bound: func(e *Subject, values map[string]*ball.Ball, t *big.Rat, precision uint) *ball.Ball {
		rest := ball.New(precision).SetRat(t)
		rest.Mul(rest, e.speed(values["variance"], precision))
		rest.Exp(rest.Neg(rest))
		near := ball.New(precision).SetInt64(1)
		near.Sub(near, rest)
		near.Mul(near, values["mu"]) // μ* − μ* e^{−κvt}
		return near.Union(near, values["mu"])
	},
}, constants, func(e *Subject, b *Equilibrium) (string, map[string]Number) {
	return "F' = αs·Var(d) and Var(d) ≥ v between 0 and μ*", map[string]Number{"rate": Enclose(b.Rate, e.Digits)}
}, CertifiedNumber{Name: "variance", Around: varianceOnGrid, Best: true, Show: leastVariance})

// ceilingBound is T1b-ceiling: theory.md section 3.
var ceilingBound = coarse.claim(&Claim{
	ID:        "T1b-ceiling",
	Statement: "The premise of T1b and d* ≥ F(0): μ* ≤ log⁺(d* Σ_{d<d*} W_d / ((d_max − d*) W_{d_max})) / (αs(d_max − ⌈d*⌉ + 1)).",
	LaTeX:     `\mu^* \le \frac{1}{\alpha s (d_{\max} - \lceil d^* \rceil + 1)} \log^{+} \frac{d^* \sum_{d<d^*} W_d}{(d_{\max} - d^*)\, W_{d_{\max}}}`,
	Formal:    []string{"T1b_ceiling_coarse", "T1b_ceiling_law"},
	Rocq:      true,
	Margin:    &MarginForm{Name: "ceiling − μ*", Value: "ceiling", Minus: "mu"},
	Chart: &Chart{Name: "ceiling", Title: "Ceiling against equilibrium", Label: "closed-form ceiling of μ*", Value: "ceiling", Against: "mu", AgainstLabel: "μ*",
		Caption: "Each circle is an instance; on the dashed line the ceiling would be exact."},
})

// sharpCeiling is T1b-ceiling-sharp: theory.md section 3.
var sharpCeiling = sharp.claim(&Claim{
	ID:        "T1b-ceiling-sharp",
	Statement: "The same premise: μ* ≤ log⁺(Σ_{d<d*} (d* − d) W_d / ((d_max − d*) W_{d_max})) / (αs(d_max − ⌈d*⌉ + 1)), with equality where only ⌈d*⌉ − 1, d* and d_max occur as in-degrees.",
	LaTeX:     `\mu^* \le \frac{1}{\alpha s (d_{\max} - \lceil d^* \rceil + 1)} \log^{+} \frac{\sum_{d<d^*} (d^* - d) W_d}{(d_{\max} - d^*)\, W_{d_{\max}}}`,
	Formal:    []string{"T1b_ceiling", "T1b_ceiling_law"},
})

// A ceilingKind is a factor of W_d in the sum of a ceiling, for d < d*, from
// q(d* − d) and q·d*, q the denominator of d*.
type ceilingKind struct {
	text   string
	factor func(over, target int) int
}

var (
	coarse = ceilingKind{"d*·Σ_{d<d*} W_d", func(_, target int) int { return target }}
	sharp  = ceilingKind{"Σ_{d<d*}(d*−d)W_d", func(over, _ int) int { return over }}
)

// claim completes the claim of a ceiling.
func (k ceilingKind) claim(c *Claim) *Claim {
	c.Assumptions = reducedFlow("A5", "A9", "A10", "A19")
	c.Proof = "R(1) ≥ 0 as for T1b-positive, and a polynomial inequality between R and the ceiling's, for y ≥ 1, term by term"
	c.Premise = startNotAbove
	c.Inequality = &Inequality{Text: "μ* ≤ ceiling", Constant: "ceiling (as small as possible)",
		Samples: func(ctx context.Context, e *Subject) ([]Sample, error) {
			b, err := e.bounded(ctx)
			if err != nil || e.Profile.Start().IsZero() {
				return nil, err
			}
			share := quotient(b.Mu, k.of(e.Profile, e.Alpha, tightnessPrecision))
			return []Sample{{Share: share, Factor: share}}, nil
		}}
	return atRest(c, constants, func(e *Subject, _ *Equilibrium) (string, map[string]Number) {
		ceil := "d*"
		if e.Profile.TargetDegree.Den > 1 {
			ceil = "⌈d*⌉"
		}
		ceiling := Enclose(k.of(e.Profile, e.Alpha, ball.Bits(e.Digits)+32), e.Digits)
		return fmt.Sprintf("%s ≥ 0; R ≤ y^{%s−1}·%s − (d_max−d*)·W_{d_max}·y^{d_max} for y ≥ 1, term by term", e.startText(), ceil, k.text), map[string]Number{"ceiling": ceiling}
	}, onGrid("ceiling", func(_ context.Context, e *Subject, bits uint) (*ball.Ball, error) {
		return k.of(e.Profile, e.Alpha, bits), nil
	}))
}

// What a claim of Theorem 1(b) says: something that holds whatever its numbers
// are, or something about them.
const (
	integers  = false
	constants = true
)

// atRest completes a claim of Theorem 1(b): whether it needs its numbers, its
// reason and its values beside μ*, and what its certificate holds beside μ*.
func atRest(c *Claim, needed bool, decide func(*Subject, *Equilibrium) (reason string, values map[string]Number), numbers ...CertifiedNumber) *Claim {
	c.Theorem, c.Command, c.Number, c.Unit, c.Losses = "Theorem 1(b)", "verify theorem 1", 1, OnProfile, coconutOnly
	c.Decide = func(ctx context.Context, e *Subject) (Result, error) {
		b, err := e.bounded(ctx)
		if err != nil && needed {
			return Result{}, err
		}
		out := Result{Verdict: theory.Proved}
		out.Reason, out.Values = decide(e, b)
		if err != nil {
			out.Reason += "; " + err.Error()
			return out, nil
		}
		out.Values["mu"] = Enclose(b.Mu, e.Digits)
		return out, nil
	}
	c.Certificate = &CertificateForm{Numbers: append([]CertifiedNumber{equilibriumNumber}, numbers...)}
	return c
}

// someRoom is the premise of Theorem 1(b).
func someRoom(_ context.Context, e *Subject) (string, error) {
	p := e.Profile
	if e.Unlabeled {
		return fmt.Sprintf("A19 fails: the law %v gives the step no label", e.Label), nil
	}
	if least, most := p.MinDegree(), p.MaxDegree(); p.TargetDegree.Over(least) <= 0 || p.TargetDegree.Over(most) >= 0 {
		return fmt.Sprintf("A9 fails: d_min = %d, d* = %v, d_max = %d", least, p.TargetDegree, most), nil
	}
	return "", nil
}

// startNotAbove is that premise, and d* ≥ F(0).
func startNotAbove(ctx context.Context, e *Subject) (string, error) {
	reason, err := someRoom(ctx, e)
	if err != nil || reason != "" {
		return reason, err
	}
	if sign, err := e.start(); err != nil || sign >= 0 {
		return "", err
	}
	return fmt.Sprintf("A10 fails: d* < F(0), as %s < 0", e.startText()), nil
}

// startText writes R(1), times the denominator of d*.
func (e *Subject) startText() string {
	multiple := ""
	if q := e.Profile.TargetDegree.Den; q > 1 {
		multiple = fmt.Sprintf("%d·", q)
	}
	return fmt.Sprintf("%sR(1) = %v", multiple, e.Profile.Start())
}

// equilibriumNumber is μ*, of every certificate of Theorem 1(b).
var equilibriumNumber = onGrid("mu", func(ctx context.Context, e *Subject, bits uint) (*ball.Ball, error) { return e.equilibrium(ctx, bits) })

// varianceOnGrid proposes the least variance on the path in units of
// 2^(−grid/2).
func varianceOnGrid(ctx context.Context, e *Subject, grid uint) (pair [2]*big.Int, err error) {
	mu, err := e.equilibrium(ctx, grid)
	if err != nil {
		return pair, err
	}
	e.kept.valley = varianceBetween(e.Profile, e.Alpha, e.Start, mu, grid+32)
	lo := floor(e.kept.valley.Mid(), grid/2)
	return [2]*big.Int{lo, new(big.Int).Add(lo, big.NewInt(1))}, nil
}

// leastVariance encloses the least Var(d) between 0 and μ*: above by its value
// at a point, below by what the checker proved, and both by LeastVariance
// without a certificate.
func leastVariance(ctx context.Context, e *Subject, c *cert.Certificate) (Number, error) {
	if c == nil || c.Numbers == nil {
		v, err := LeastVariance(ctx, e.Profile, e.Alpha, e.kept.mu)
		if err != nil {
			return Number{}, &UndecidedError{err}
		}
		return Enclose(v, 9), nil
	}
	low := new(big.Float).SetPrec(0).SetInt(c.Numbers["variance"][0])
	low.SetMantExp(low, -int(c.Grid/2))
	return Enclose(ball.New(c.Grid).SetInterval(low, e.kept.valley.Upper()), 9), nil
}

// of encloses, with the factors f of the kind,
//
//	log⁺( Σ_{d<d*} f W_d / ((d_max−d*) W_{d_max}) ) / (αs (d_max−⌈d*⌉+1))
func (k ceilingKind) of(p *theory.Profile, alpha *big.Rat, precision uint) *ball.Ball {
	x := reduced.NumbersOf(p, alpha, precision)
	below := x.Sum(func(d int) int {
		if over := p.TargetDegree.Over(d); over > 0 {
			return k.factor(over, p.TargetDegree.Num)
		}
		return 0
	})
	top := ball.New(precision).Set(x.Weights[len(x.Weights)-1])
	below.Quo(below, top.MulInt64(top, int64(-p.TargetDegree.Over(p.MaxDegree()))))
	below.Log(below)
	below.Max(below, ball.New(precision)) // log⁺
	below.Quo(below, x.Sigma)
	return below.QuoInt64(below, int64(p.MaxDegree()-p.TargetDegree.Ceil()+1))
}

// speed is κv.
func (e *Subject) speed(v *ball.Ball, precision uint) *ball.Ball {
	return ball.New(precision).Mul(ball.New(precision).SetRat(reduced.Kappa(e.Profile, e.Alpha)), v)
}

// rateSamples compares the rate with the flow.
func rateSamples(ctx context.Context, e *Subject) ([]Sample, error) {
	b, err := e.bounded(ctx)
	if err != nil || e.Profile.Start().IsZero() {
		return nil, err
	}
	v, err := LeastVariance(ctx, e.Profile, e.Alpha, b.Mu)
	if err != nil {
		return nil, err
	}
	speed := e.speed(v, tightnessPrecision)
	per, _ := speed.Mid().Rat(nil)
	var out []Sample
	for _, units := range []*big.Rat{big.NewRat(1, 10), big.NewRat(1, 1), big.NewRat(5, 1)} {
		t := new(big.Rat).Quo(units, per)
		text := t.FloatString(6)
		if t.Cmp(big.NewRat(1, 100)) < 0 {
			text = new(big.Float).SetRat(t).Text('e', 6)
		}
		t.SetString(text)
		flow, err := FlowOf(ctx, e.Profile, FlowRequest{Loss: theory.Coconut, Alpha: e.Alpha, Times: []*big.Rat{t}, Digits: 30})
		if err != nil {
			return nil, err
		}
		mu, err := flow.Mu[0].Ball(tightnessPrecision)
		if err != nil {
			return nil, err
		}
		left := quotient(ball.New(tightnessPrecision).Sub(b.Mu, mu), b.Mu) // |μ(t) − μ*|/|μ*|
		exponent := ball.New(tightnessPrecision).Mul(speed, ball.New(tightnessPrecision).SetRat(t))
		bound := ball.New(tightnessPrecision).Exp(ball.New(tightnessPrecision).Neg(exponent))
		if sign, ok := left.Sign(); !ok || sign <= 0 {
			continue // so near to μ* that 30 digits do not tell the distance
		}
		decay := ball.New(tightnessPrecision).Log(left)
		out = append(out, Sample{t.RatString(), quotient(left, bound), quotient(decay.Neg(decay), exponent)})
	}
	return out, nil
}
