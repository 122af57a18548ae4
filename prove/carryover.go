package prove

import (
	"context"
	"fmt"
	"math/big"

	"muflow/internal/reduced"
	"muflow/ode/ball"
	"muflow/theory"
)

// The claims of this file are about Coconut-BFS where the weight ω of the
// carry-over is trained beside μ, so that A18 is none of their assumptions:
//
//	ξ_v = αs(ω a_v + μ d_v),   dμ/dω = r·E_S[d]/E_S[a],   S = N_{c+1}
//
// with r the rate of μ over that of ω. Both increase for ever.

// A CarryOver says how the weight of the carry-over is trained.
type CarryOver struct {
	Ratio  *big.Rat `json:"ratio,omitempty"`  // r > 0, nil: 1/n, where ω is one weight and μ shared by n
	Weight *big.Rat `json:"weight,omitempty"` // ω(0), nil: 1
}

// weight returns ω(0).
func (c CarryOver) weight() *big.Rat {
	if c.Weight == nil {
		return big.NewRat(1, 1)
	}
	return c.Weight
}

// carried returns the flow with the carry-over trained.
func (e *Subject) carried() *theory.CarryOver {
	out := &theory.CarryOver{Alpha: e.Alpha, Ratio: e.Carry.Ratio, Logit: startOf(e.Start), Weight: e.Carry.weight()}
	if out.Ratio == nil {
		out.Ratio = big.NewRat(1, int64(e.Profile.N))
	}
	return out
}

// withCarryOver completes a claim of this file; its premise comes after that of
// T1a.
func withCarryOver(c *Claim, premise func(*Subject) (string, error)) *Claim {
	c.Theorem, c.Command, c.Number, c.Unit, c.Losses = "Theorem 1(a), carry-over trained", "verify theorem 1 --carry trained", CarryTrained, OnProfile, bfsOnly
	c.Assumptions, c.Drops = carryOver, "A18"
	c.Premise = func(ctx context.Context, e *Subject) (string, error) {
		reason, err := someOutside(ctx, e)
		if err != nil || reason != "" {
			return reason, err
		}
		return premise(e)
	}
	return c
}

var carryOver = []string{"A1", "A2", "A3", "A4", "A6", "A7", "A8", "A11", "A12", "A14", "A15"}

// rootAlone is the premise that only the root is reached; with a sign, that δ
// has it.
func rootAlone(sign ...int) func(*Subject) (string, error) {
	return func(e *Subject) (string, error) {
		children, star := e.Profile.Children()
		if !star {
			return "N_c is more than a root", nil
		}
		if len(sign) == 0 {
			return "", nil
		}
		conserved := e.carried().Conserved(children)
		switch found, err := ExponentialSign(conserved); {
		case err != nil:
			return "", &UndecidedError{err}
		case found != sign[0]:
			return fmt.Sprintf("δ %s 0: %s", []string{"<", "=", ">"}[found+1], e.deltaText()), nil
		}
		return "", nil
	}
}

// moreThanRoot is the premise that an edge from N_c ends in N_c.
func moreThanRoot(e *Subject) (string, error) {
	if degree, _ := e.Profile.MaxDegreeAmong(true); degree == 0 {
		return "no edge from N_c ends in N_c, as at c = 0", nil
	}
	return "", nil
}

// deltaText writes δ.
func (e *Subject) deltaText() string {
	children, _ := e.Profile.Children()
	c := e.carried()
	return fmt.Sprintf("δ = e^(−αμ_0) − r m e^(−αω_0), α = %s, r = %s, m = %d, μ_0 = %s, ω_0 = %s", c.Alpha.RatString(), c.Ratio.RatString(), children, c.Logit.RatString(), c.Weight.RatString())
}

// toDigits writes a number that is not 0 to so many digits, from enclosures at
// growing precision; the error is an UndecidedError.
func toDigits(name string, digits int, number func(precision uint) *ball.Ball) (Number, error) {
	for precision := ball.Bits(digits) + 64; precision <= maxPrecision; precision *= 2 {
		x := number(precision)
		if x.RelativeAccuracyBits() >= int(ball.Bits(digits)) {
			return Enclose(x, digits), nil
		}
		if !x.IsFinite() && precision > 1<<10 { // beyond all exponents
			return Number{}, &UndecidedError{fmt.Errorf("%s is beyond the numbers that are enclosed", name)}
		}
	}
	return Number{}, &UndecidedError{fmt.Errorf("%s is not enclosed to %d digits with %d bits", name, digits, maxPrecision)}
}

// share encloses x = r m e^{−α(ω_0−μ_0)} = 1 − δ e^{αμ_0}, or its inverse.
func (e *Subject) share(inverse bool, precision uint) *ball.Ball {
	children, _ := e.Profile.Children()
	c := e.carried()
	exponent := new(big.Rat).Sub(c.Logit, c.Weight)
	exponent.Mul(exponent, c.Alpha)
	factor := new(big.Rat).Mul(c.Ratio, big.NewRat(int64(children), 1))
	if inverse {
		exponent.Neg(exponent)
		factor.Inv(factor)
	}
	x := ball.New(precision).SetRat(exponent)
	return x.MulRat(decay(x), factor)
}

// delta writes δ.
func (e *Subject) delta() (Number, error) {
	children, _ := e.Profile.Children()
	c := e.carried()
	if c.Conserved(children).IsZero() {
		return Exact(new(big.Rat), e.Digits), nil
	}
	return toDigits("δ", e.Digits, e.conserved)
}

// conserved encloses δ where it is not 0.
func (e *Subject) conserved(precision uint) *ball.Ball {
	c := e.carried()
	x := ball.New(precision).SetRat(new(big.Rat).Mul(c.Alpha, c.Logit))
	decay(x.Neg(x))
	rest := e.share(false, precision)
	return x.Mul(x, rest.Sub(ball.New(precision).SetInt64(1), rest))
}

// muLimit encloses μ(0) − log(1 − x)/α for a number 0 < x < 1 of share, where δ > 0.
func (e *Subject) muLimit(precision uint) *ball.Ball {
	return e.beyond(e.carried().Logit, false, precision)
}

// omegaLimit encloses ω(0) − log(1 − 1/x)/α, where δ < 0.
func (e *Subject) omegaLimit(precision uint) *ball.Ball {
	return e.beyond(e.carried().Weight, true, precision)
}

func (e *Subject) beyond(start *big.Rat, inverse bool, precision uint) *ball.Ball {
	x := e.share(inverse, precision)
	x.Log1p(x.Neg(x))
	x.Quo(x, ball.New(precision).SetRat(e.Alpha))
	return x.Sub(ball.New(precision).SetRat(start), x)
}

// onCarry names a number of a certificate about the carry-over.
func onCarry(name string, number func(e *Subject, precision uint) *ball.Ball) CertifiedNumber {
	return onGrid(name, func(_ context.Context, e *Subject, bits uint) (*ball.Ball, error) { return number(e, bits), nil })
}

// carryForm holds numbers about the carry-over.
func carryForm(numbers ...CertifiedNumber) *CertificateForm {
	return &CertificateForm{Numbers: numbers}
}

// conservedCarry is A18-conserved: theory.md section 3.
var conservedCarry = withCarryOver(&Claim{
	ID:          "A18-conserved",
	Statement:   "The premise of T1a, N_c the root alone (c = 0) with m children: with the carry-over trained at 1/r times the rate of μ, e^{−αμ(t)} − r m e^{−αω(t)} = δ for all t.",
	LaTeX:       `c = 0 \;\Longrightarrow\; e^{-\alpha\mu(t)} - r m\, e^{-\alpha\omega(t)} = \delta \text{ for all } t \ge 0`,
	Formal:      []string{"carry_over_conserved"},
	Proof:       "E_S[d]/E_S[a] = m e^{α(μ−ω)}, so that the derivative along the flow is 0",
	Certificate: carryForm(onCarry("delta", (*Subject).conserved)),
	Decide: func(_ context.Context, e *Subject) (Result, error) {
		delta, err := e.delta()
		return Result{Verdict: theory.Proved, Reason: e.deltaText(), Values: map[string]Number{"delta": delta}}, err
	},
}, rootAlone())

// boundedCarry is A18-bounded: theory.md section 3.
var boundedCarry = withCarryOver(&Claim{
	ID:          "A18-bounded",
	Statement:   "The premise of A18-conserved and δ > 0, as always for r = 1/n, μ(0) = 0 ≤ ω(0): μ(t) stays bounded and tends to −log(δ)/α, and ω(t) → +∞.",
	LaTeX:       `\delta > 0 \;\Longrightarrow\; \mu(t) \to -\tfrac{1}{\alpha}\log\delta,\quad \omega(t) \to +\infty`,
	Formal:      []string{"carry_over_bounded", "carry_over_usual_rates"},
	Proof:       "the sign of δ by integers, by Lindemann's theorem at 0, or by an enclosure; both logits increase and have no point to stop at, and e^{−αμ} ≥ δ",
	Margin:      &MarginForm{Name: "δ", Value: "delta"},
	Certificate: carryForm(onCarry("delta", (*Subject).conserved), onCarry("mu", (*Subject).muLimit)),
	Decide: func(_ context.Context, e *Subject) (Result, error) {
		delta, err := e.delta()
		if err != nil {
			return Result{}, err
		}
		mu, err := toDigits("the limit of μ", e.Digits, e.muLimit)
		return Result{Verdict: theory.Proved, Reason: "δ > 0: e^{−αμ} ≥ δ bounds μ, so that ω → ∞", Values: map[string]Number{"delta": delta, "mu": mu}}, err
	},
}, rootAlone(1))

// divergingCarry is A18-diverges: theory.md section 3.
var divergingCarry = withCarryOver(&Claim{
	ID:          "A18-diverges",
	Statement:   "The premise of A18-conserved and δ < 0: μ(t) → +∞, and ω(t) tends to −log(−δ/(r m))/α.",
	LaTeX:       `\delta < 0 \;\Longrightarrow\; \mu(t) \to +\infty,\quad \omega(t) \to -\tfrac{1}{\alpha}\log\tfrac{-\delta}{r m}`,
	Formal:      []string{"carry_over_diverges"},
	Proof:       "as for A18-bounded, with e^{−αω} ≥ −δ/(r m)",
	Certificate: carryForm(onCarry("delta", (*Subject).conserved), onCarry("omega", (*Subject).omegaLimit)),
	Decide: func(_ context.Context, e *Subject) (Result, error) {
		delta, err := e.delta()
		if err != nil {
			return Result{}, err
		}
		omega, err := toDigits("the limit of ω", e.Digits, e.omegaLimit)
		return Result{Verdict: theory.Proved, Reason: "δ < 0: e^{−αω} ≥ −δ/(r m) bounds ω, so that μ → ∞", Values: map[string]Number{"delta": delta, "omega": omega}}, err
	},
}, rootAlone(-1))

// tiedCarry is A18-both: theory.md section 3.
var tiedCarry = withCarryOver(&Claim{
	ID:          "A18-both",
	Statement:   "The premise of A18-conserved and δ = 0, which needs μ(0) = ω(0) and r m = 1: μ(t) = ω(t) for all t, and both tend to +∞.",
	LaTeX:       `\delta = 0 \;\Longrightarrow\; \mu(t) = \omega(t) \to +\infty`,
	Formal:      []string{"carry_over_both", "carry_over_tied"},
	Proof:       "δ = 0 by integers: e^{α(ω_0−μ_0)} is transcendental unless ω_0 = μ_0 (Lindemann)",
	Certificate: carryForm(),
	Decide: func(_ context.Context, e *Subject) (Result, error) {
		return Result{Verdict: theory.Proved, Reason: "μ_0 = ω_0 and r m = 1, so that e^{−αμ} = e^{−αω}; one of them has no bound"}, nil
	},
}, rootAlone(0))

// laterCarry is A18-later: theory.md section 3.
var laterCarry = withCarryOver(&Claim{
	ID:          "A18-later",
	Statement:   "The premise of T1a and an edge between vertices of N_c, as at c ≥ 1: with the carry-over trained μ(t) → +∞, and μ(t) − μ(0) ≥ r F_N·(ω(t) − ω(0)), F_N the mean in-degree within N_c at μ(0).",
	LaTeX:       `\exists\, u \to v,\ u, v \in \mathcal{N}_c \;\Longrightarrow\; \mu(t) \to +\infty,\quad \mu(t) - \mu(0) \ge r F_N\, (\omega(t) - \omega(0))`,
	Formal:      []string{"carry_over_path", "carry_over_later"},
	Proof:       "all of N_c have the same carry-over, so that their mean in-degree F_N > 0 does not fall as μ rises: dμ/dω = r E_S[d]/E_S[a] ≥ r F_N; one of both has no bound, so μ has none",
	Certificate: carryForm(onCarry("slope", func(e *Subject, precision uint) *ball.Ball { return e.besideCarry(precision).Slope })),
	Decide: func(_ context.Context, e *Subject) (Result, error) {
		slope, err := toDigits("the slope", e.Digits, func(precision uint) *ball.Ball { return e.besideCarry(precision).Slope })
		return Result{Verdict: theory.Proved, Reason: "dμ/dω ≥ r F_N > 0, F_N the mean of d over N_c at the start", Values: map[string]Number{"slope": slope}}, err
	},
}, moreThanRoot)

// slowCarry is A18-lower: theory.md section 3.
var slowCarry = withCarryOver(&Claim{
	ID:        "A18-lower",
	Formal:    []string{"carry_over_lower"},
	Statement: "The premise of A18-later: μ(t) ≥ μ(0) + log(1 + b_lo t)/(αs D) for all t ≥ 0, with D = max(d_F, d_N + 1/(r F_N)), d_N and d_F the largest in-degrees in N_c and outside.",
	LaTeX:     `\mu(t) \ge \mu(0) + \frac{\log(1 + b_{\mathrm{lo}} t)}{\alpha s D},\quad D = \max\Bigl(d_F,\, d_N + \frac{1}{r F_N}\Bigr),\quad b_{\mathrm{lo}} = \frac{D\,\kappa\, n_{\mathrm{out}} \min(F_N, F_F)}{Z(0)}`,
	Proof:     "x = (y/y_0)^D has x' = D κ n_out·E_S[d]·x/Q ≥ b_lo: E_S[d] is at least the smaller of both means at the start, and Q ≤ Z(0) x along the path of A18-later",
	Certificate: carryForm(
		onCarry("power", func(e *Subject, precision uint) *ball.Ball { return e.besideCarry(precision).Power }),
		onCarry("b_lo", func(e *Subject, precision uint) *ball.Ball { return e.besideCarry(precision).Low }),
	),
	Decide: func(_ context.Context, e *Subject) (Result, error) {
		power, err := toDigits("D", e.Digits, func(precision uint) *ball.Ball { return e.besideCarry(precision).Power })
		if err != nil {
			return Result{}, err
		}
		b, err := toDigits("b_lo", e.Digits, func(precision uint) *ball.Ball { return e.besideCarry(precision).Low })
		return Result{Verdict: theory.Proved, Reason: "((y/y_0)^D)' ≥ b_lo", Values: map[string]Number{"power": power, "b_lo": b}}, err
	},
}, moreThanRoot)

// fastCarry is A18-upper: theory.md section 3.
var fastCarry = withCarryOver(&Claim{
	ID:          "A18-upper",
	Formal:      []string{"carry_over_upper"},
	Statement:   "The premise of T1a: with the carry-over trained, too, μ(t) ≤ μ(0) + log(1 + b_hi t)/(αs d_max) for all t ≥ 0.",
	LaTeX:       `\mu(t) \le \mu(0) + \frac{\log(1 + b_{\mathrm{hi}} t)}{\alpha s\, d_{\max}},\quad b_{\mathrm{hi}} = \frac{\kappa\, d_{\max}^2\, n_{\mathrm{out}}}{W_{d_{\max}}(\omega_0)\, y_0^{d_{\max}}}`,
	Proof:       "as T1a-upper: E_S[d] ≤ d_max, and Q ≥ W_{d_max} y^{d_max}, where W_{d_max} does not fall as ω rises",
	Certificate: carryForm(onCarry("b_hi", func(e *Subject, precision uint) *ball.Ball { return e.besideCarry(precision).High })),
	Decide: func(_ context.Context, e *Subject) (Result, error) {
		b, err := toDigits("b_hi", e.Digits, func(precision uint) *ball.Ball { return e.besideCarry(precision).High })
		return Result{Verdict: theory.Proved, Reason: "((y/y_0)^{d_max})' ≤ b_hi", Values: map[string]Number{"b_hi": b}}, err
	},
}, func(*Subject) (string, error) { return "", nil })

// collapse is A18-collapse: theory.md section 3.
var collapse = withCarryOver(&Claim{
	ID:          "A18-collapse",
	Statement:   "The premise of T1a and r·max(0, d_F − d_N)·(d_N + E) < 1, E the edges from N_c to new vertices over e^{αsω(0)} times the vertices of N_c with in-degree d_N, weighed at μ(0): ω(t) → +∞, the part of new vertices in the softmax over N_{c+1} tends to 0, and if d_N > 0 then ω/μ → 1/(r d_N) and μ(t) ~ log(t)/(αs(d_N + 1/(r d_N))).",
	LaTeX:       `r\,(d_F - d_N)^{+} (d_N + E) < 1 \;\Longrightarrow\; \omega(t) \to +\infty,\quad \mathbb{P}_{\mathcal{N}_{c+1}}(v \notin \mathcal{N}_c) \to 0,\quad \frac{\omega}{\mu} \to \frac{1}{r d_N} \text{ if } d_N > 0`,
	Proof:       "above the line ω − ω_0 = (d_F − d_N)⁺(μ − μ_0) the slope dω/dμ is at least 1/(r(d_N + E)), more than that of the line, so that the path stays above it",
	Formal:      []string{"carry_over_collapse", "carry_over_collapse_log"},
	Margin:      &MarginForm{Name: "1 − r(d_F − d_N)⁺(d_N + E)", Value: "room"},
	Certificate: carryForm(onCarry("room", func(e *Subject, precision uint) *ball.Ball { return e.besideCarry(precision).Collapse })),
	Decide: func(_ context.Context, e *Subject) (Result, error) {
		room, err := toDigits("the room", e.Digits, func(precision uint) *ball.Ball { return e.besideCarry(precision).Collapse })
		out := Result{Verdict: theory.Proved, Reason: "dω/dμ ≥ 1/(r(d_N + E)) along the path, more than d_F − d_N", Values: map[string]Number{"room": room}}
		if degree, _ := e.Profile.MaxDegreeAmong(true); err == nil && degree > 0 {
			q := new(big.Rat).Mul(e.carried().Ratio, big.NewRat(int64(degree), 1))
			q.Inv(q)
			out.Values["along"] = Exact(q, e.Digits)
			out.Values["power"] = Exact(q.Add(q, big.NewRat(int64(degree), 1)), e.Digits)
		}
		return out, err
	},
}, besideLine((*theory.CarryOver).Collapse, "r(d_F − d_N)⁺(d_N + E) ≥ 1"))

// spread is A18-spread: theory.md section 3.
var spreadCarry = withCarryOver(&Claim{
	ID:          "A18-spread",
	Statement:   "The premise of T1a, d_F > d_N and r(d_F − d_N)·B > 1, B the edges to new vertices with in-degree d_F over e^{αsω(0)} times the vertices of N_c, weighed at μ(0): ω(t) stays bounded, the part of N_c in the softmax tends to 0, μ(t) → +∞ and μ(t) ~ log(t)/(αs d_F).",
	LaTeX:       `d_F > d_N,\ r\,(d_F - d_N)\,B > 1 \;\Longrightarrow\; \sup_t \omega(t) < \infty,\quad \mathbb{P}_{\mathcal{N}_{c+1}}(v \in \mathcal{N}_c) \to 0,\quad \mu(t) \sim \frac{\log t}{\alpha s\, d_F}`,
	Proof:       "below the line ω − ω_0 = (d_F − d_N)(μ − μ_0) the slope dω/dμ is at most 1/(r B), less than that of the line, and falls exponentially in μ",
	Formal:      []string{"carry_over_spread", "carry_over_bounded_weight"},
	Margin:      &MarginForm{Name: "r(d_F − d_N)B − 1", Value: "room"},
	Certificate: carryForm(onCarry("room", func(e *Subject, precision uint) *ball.Ball { return e.besideCarry(precision).Spread })),
	Decide: func(_ context.Context, e *Subject) (Result, error) {
		room, err := toDigits("the room", e.Digits, func(precision uint) *ball.Ball { return e.besideCarry(precision).Spread })
		return Result{Verdict: theory.Proved, Reason: "dω/dμ ≤ 1/(r B) along the path, less than d_F − d_N", Values: map[string]Number{"room": room}}, err
	},
}, besideLine((*theory.CarryOver).Spread, "d_F ≤ d_N or r(d_F − d_N)B ≤ 1"))

// besideLine is the premise that a sum is positive; reason says that it is not.
func besideLine(sum func(*theory.CarryOver, *theory.Profile) theory.ExponentialSum, reason string) func(*Subject) (string, error) {
	return func(e *Subject) (string, error) {
		sign, err := ExponentialSign(sum(e.carried(), e.Profile))
		switch {
		case err != nil:
			return "", &UndecidedError{err}
		case sign <= 0:
			return reason, nil
		}
		return "", nil
	}
}

// CarryNumbers are the constants of the claims, from the weights
// w = m_{a,d}·e^{αsω_0 a}·y_0^d of the classes at the start. Slope, Power and Low
// are nil without an edge between vertices of N_c.
type CarryNumbers struct {
	Slope    *ball.Ball // r F_N
	Power    *ball.Ball // D
	Low      *ball.Ball // b_lo
	High     *ball.Ball // b_hi
	Collapse *ball.Ball // 1 − r(d_F − d_N)⁺(d_N + E)
	Spread   *ball.Ball // r(d_F − d_N)B − 1
}

// CarryNumbersOf encloses them from a start μ(0); nil is 0.
//
// Encloses the exact values for every point of the inputs.
func CarryNumbersOf(p *theory.Profile, alpha, start *big.Rat, carry CarryOver, precision uint) *CarryNumbers {
	return (&Subject{Profile: p, Alpha: alpha, Start: start, Carry: carry}).besideCarry(precision)
}

func (e *Subject) besideCarry(precision uint) *CarryNumbers {
	p, c := e.Profile, e.carried()
	number := func() *ball.Ball { return ball.New(precision) }
	sigma := reduced.Sigma(c.Alpha, p.K, precision)
	carry := number().MulRat(sigma, c.Weight) // αsω_0
	carry.Exp(carry)
	first := number().MulRat(sigma, c.Logit) // y_0
	first.Exp(first)
	var sum, edges, top [2]*ball.Ball // Σ w, Σ d w over new vertices and N_c; w at the largest d
	for i := range sum {
		sum[i], edges[i], top[i] = number(), number(), number()
	}
	highest := number() // W_{d_max} y_0^{d_max}
	for _, x := range p.Classes {
		in := 0
		w := number().PowInt(first, int64(x.Degree))
		w.MulInt64(w, int64(x.Count))
		if x.InSet {
			in = 1
			w.Mul(w, carry)
		} else if x.Degree == 0 { // outside N_{c+1}
			continue
		}
		sum[in].Add(sum[in], w)
		edges[in].Add(edges[in], number().MulInt64(w, int64(x.Degree)))
		top[in].Set(w)
		if x.Degree == p.MaxDegree() {
			highest.Add(highest, w)
		}
	}
	inside, _ := p.MaxDegreeAmong(true)
	outside, fresh := p.MaxDegreeAmong(false)
	gap := max(outside-inside, 0)
	ratio := number().SetRat(c.Ratio)
	kappa := number().SetRat(reduced.Kappa(p, c.Alpha))
	kappa.MulInt64(kappa, int64(p.Outside())) // κ n_out
	out := &CarryNumbers{}

	out.High = number().MulInt64(kappa, int64(p.MaxDegree())*int64(p.MaxDegree()))
	out.High.Quo(out.High, highest)

	if inside > 0 {
		mean := number().Quo(edges[1], sum[1])
		out.Slope = number().Mul(ratio, mean)
		out.Power = number().Quo(number().SetInt64(1), out.Slope)
		out.Power.AddInt64(out.Power, int64(inside))
		out.Power.Max(out.Power, number().SetInt64(int64(outside)))
		if outside > 0 {
			other := number().Quo(edges[0], sum[0])
			mean.Neg(mean.Max(mean.Neg(mean), other.Neg(other))) // the smaller
		}
		all := number().Add(sum[0], sum[1])
		all.AddInt64(all, int64(p.Outside()))
		out.Low = number().Mul(out.Power, kappa)
		out.Low.Quo(out.Low.Mul(out.Low, mean), all)
	}

	out.Collapse = number().Quo(edges[0], top[1])
	out.Collapse.AddInt64(out.Collapse, int64(inside))
	out.Collapse.Mul(out.Collapse, ratio)
	out.Collapse.Neg(out.Collapse.MulInt64(out.Collapse, int64(gap)))
	out.Collapse.AddInt64(out.Collapse, 1)

	out.Spread = number().SetInt64(-1)
	if gap > 0 && fresh > 0 {
		most := number().Quo(top[0], sum[1])
		most.MulInt64(most, int64(outside)*int64(gap))
		out.Spread.Add(out.Spread, most.Mul(most, ratio))
	}
	return out
}
