package prove

import (
	"errors"
	"fmt"
	"math"
	"math/big"

	"muflow/ode/ball"
)

// StochasticBounds hold at the steps 1 to N of a run at once with probability at
// least 1 − δ, in units of σμ.
type StochasticBounds struct {
	Spread *big.Rat // σ‖W_k − μ_k I‖ ≤ Spread
	Mean   *big.Rat // σ|μ_k − g_k| ≤ Mean, g_k gradient descent on the reduced drift
	Bias   *big.Rat // the part of Mean that is no fluctuation

	Tilt, Tail, MeanTilt *big.Rat // λ of Spread; the other part of Mean, and its λ
}

var errMean = errors.New("the tail of the mean is not enclosed")

// A pulled process z_{k+1} = c_k + η_k, z_0 = 0, has ‖c_k‖² ≤ (1 − a_k)‖z_k‖², and noise of
// mean 0 with a variance of at most R·a_k in every direction, a_k ≤ most.
type pulled struct {
	dimensions int
	ratio      *ball.Ball // R
	most       *ball.Ball // of a_k
	jump       *ball.Ball // j ≥ ‖η_k‖
}

// beyond returns z² such that the process passes z < x among N steps with a probability
// of at most δ/2, if its bounds hold up to x. With u = λ(2xj + j²) < 3, ω = 1/(1 − u/3),
// ε = j√m/(2x) and m dimensions,
//
//	S = 1 − 2ω(1 + ε)λR > 0,   κ = λmR(1 + ωλj²(1 + 1/ε)/2)/S,   A = most·S
//	z² = log(2(1 + Nβ)/δ)/λ,   β = A e^{κ−1}(e^{Aκ} − 1)/(Aκ)
//
// or, as ‖z‖² grows for N steps only, for every S
//
//	z² = (log(2/δ) + N·most·(max(−S, 0)λx² + λmR(1 + ωλj²(1 + 1/ε)/2)))/λ
//
// or (Nj)², the least of them; nil if λ is too large. theory.md section 7b.
func (p *pulled) beyond(x *ball.Ball, tilt *big.Rat, run *StochasticRun) *ball.Ball {
	one, lambda := number().SetInt64(1), number().SetRat(tilt)
	u := multiplied(lambda, p.jump, number().Add(number().MulInt64(x, 2), p.jump))
	excess := number().Sub(one, u.QuoInt64(u, 3))
	if sign, ok := excess.Sign(); !ok || sign <= 0 {
		return nil
	}
	excess.Quo(one, excess)
	split := ratioOf(multiplied(p.jump, rootOf(p.dimensions)), number().MulInt64(x, 2))
	net := multiplied(excess, number().Add(one, split), lambda, p.ratio)
	net.Sub(one, net.MulInt64(net, 2))
	supply := multiplied(excess, lambda, number().Sqr(p.jump), number().Add(one, ratioOf(one, split)))
	supply.Add(one, supply.QuoInt64(supply, 2))
	supply = multiplied(supply, lambda, p.ratio)
	supply.MulInt64(supply, int64(p.dimensions))
	rise := number().Max(number().Neg(net), number())
	short := number().Add(multiplied(rise, lambda, number().Sqr(x)), supply)
	short.MulInt64(multiplied(short, p.most), int64(run.Steps))
	least := number().SetRat(new(big.Rat).Quo(big.NewRat(2, 1), run.Failure))
	short.Quo(short.Add(short, least.Log(least)), lambda)
	if all := number().MulInt64(p.jump, int64(run.Steps)); all.Sqr(all).Upper().Cmp(short.Upper()) < 0 {
		short = all
	}
	if sign, ok := net.Sign(); !ok || sign <= 0 {
		return short
	}
	kappa := ratioOf(supply, net)
	a := multiplied(p.most, net)
	w := multiplied(a, kappa)
	beta := multiplied(a, number().Exp(kappa.AddInt64(kappa, -1)), ratioOf(number().Expm1(w), w))
	beta.AddInt64(beta.MulInt64(beta, int64(run.Steps)), 1)
	beta.Log(beta.MulRat(beta, new(big.Rat).Quo(big.NewRat(2, 1), run.Failure)))
	if beta.Quo(beta, lambda); !beta.IsFinite() || short.Upper().Cmp(beta.Upper()) < 0 {
		return short
	}
	return beta
}

// An excursion is a run while σ‖W − μI‖ ≤ x.
type excursion struct {
	*Stochastic
	run *StochasticRun
	h   *big.Rat   // ησ²
	x   *ball.Ball // x
	rho *ball.Ball // ρ = Δx
}

func (x *Stochastic) within(run *StochasticRun, h *big.Rat, spread *ball.Ball) *excursion {
	return &excursion{x, run, h, spread, multiplied(rootOf(x.apart), spread)}
}

// ease is (e^ρ − 1)/ρ.
func (o *excursion) ease() *ball.Ball { return ratioOf(number().Expm1(o.rho), o.rho) }

// noise is r = (√(C/T) + (ρ/2)√((e^ρ−1)/ρ))²: the gradient beside the line has the mean
// square σ²Tr in a direction at most.
func (o *excursion) noise() *ball.Ball {
	more := multiplied(o.rho, number().Sqrt(o.ease()))
	out := number().Sqrt(number().SetRat(o.unlike))
	return out.Sqr(out.Add(out, more.QuoInt64(more, 2)))
}

// beside is e: a = hTs with s = (2 − hΔ²/4)(1 − e^{−ρ})/ρ, R = hr/(Bs), T ≤ Δ²/(2(n−1)), j = h(G + Δρ/4).
func (o *excursion) beside() *pulled {
	fall := number().Expm1(number().Neg(o.rho))
	slack := new(big.Rat).Mul(o.h, big.NewRat(int64(o.apart), 4))
	pull := ratioOf(fall.MulRat(fall.Neg(fall), slack.Sub(big.NewRat(2, 1), slack)), o.rho)
	jump := number().QuoInt64(multiplied(rootOf(o.apart), o.rho), 4)
	return &pulled{o.order - 1,
		ratioOf(number().MulRat(o.noise(), new(big.Rat).Quo(o.h, big.NewRat(int64(o.run.Batch), 1))), pull),
		number().MulRat(pull, new(big.Rat).Mul(o.h, big.NewRat(int64(o.apart), int64(2*o.order-2)))),
		number().MulRat(jump.Add(jump, number().Sqrt(number().SetRat(o.gradient))), o.h)}
}

// along is the noise of μ while σ|μ − g| ≤ y: a = (hv/n)s with s = 2 − hD²/(4n), v ≤ D²/4,
// R = (h/(nBs))(ν T x²e^{Dy}/v + Var_q(d_p)/v), j = (h/n)(Dρ/2 + range(d_p)).
func (o *excursion) along(y float64) *pulled {
	d, n := int64(o.degrees), big.NewRat(int64(o.order), 1)
	each := new(big.Rat).Quo(o.h, n)
	pull := new(big.Rat).Mul(each, big.NewRat(d*d, 4))
	pull.Sub(big.NewRat(2, 1), pull)
	noise := multiplied(number().Sqr(o.gusting()), number().Sqr(o.x), o.spreading(y))
	noise.Add(noise, number().SetRat(new(big.Rat).Quo(o.label, o.variance)))
	jump := number().QuoInt64(number().MulInt64(o.rho, d), 2)
	return &pulled{1,
		number().MulRat(noise, new(big.Rat).Quo(each, new(big.Rat).Mul(pull, big.NewRat(int64(o.run.Batch), 1)))),
		number().SetRat(new(big.Rat).Mul(new(big.Rat).Mul(each, pull), big.NewRat(d*d, 4))),
		number().MulRat(jump.AddInt64(jump, int64(o.labels)), each)}
}

// spreading is max T/v·e^{Dy}, with T and v within y of each other.
func (o *excursion) spreading(y float64) *ball.Ball {
	out := number().MulInt64(number().SetFloat64(y), int64(o.degrees))
	return multiplied(out.Exp(out), number().SetRat(o.fast))
}

// leaning is b, |E F(W) − F(μ)| ≤ bT‖e‖², the less of |β|/T + (7/24)Dρe^ρ and De^ρ/2.
func (o *excursion) leaning() *ball.Ball {
	grown := number().MulInt64(number().Exp(o.rho), int64(o.degrees))
	first := number().MulRat(multiplied(grown, o.rho), big.NewRat(7, 24))
	first.Add(first, number().SetRat(o.lean))
	whole := number().QuoInt64(grown, 2)
	if whole.Upper().Cmp(first.Upper()) < 0 {
		return whole
	}
	return first
}

// gusting bounds √(E Cov(d,x)²/(T‖e‖²)), the less of √(A/T) + Dρe^{ρ/2}/4 and √((e^ρ−1)/ρ)D/2.
func (o *excursion) gusting() *ball.Ball {
	d := int64(o.degrees)
	grown := number().Exp(number().QuoInt64(o.rho, 2))
	first := number().QuoInt64(number().MulInt64(multiplied(grown, o.rho), d), 4)
	first.Add(first, number().SetRat(o.gust))
	whole := number().QuoInt64(number().MulInt64(number().Sqrt(o.ease()), d), 2)
	if whole.Upper().Cmp(first.Upper()) < 0 {
		return whole
	}
	return first
}

// Bounds proves bounds of a run with η ≤ 1/L, up to y ≤ 1/10. Candidates are made of
// enclosures that are not rounded outward, and the inequalities proved.
// It is an error if no x is found, or y is too large.
// theory.md section 7b.
func (x *Stochastic) Bounds(run *StochasticRun) (*StochasticBounds, error) {
	if run.Rate.Sign() <= 0 || run.Batch < 1 || run.Steps < 1 || run.Failure.Sign() <= 0 || run.Failure.Cmp(big.NewRat(1, 1)) >= 0 {
		return nil, errors.New("expected a positive rate, a batch and steps, and a probability between 0 and 1")
	}
	h := new(big.Rat).Mul(run.Rate, x.square)
	if slack := new(big.Rat).Mul(h, big.NewRat(int64(x.apart), 4)); slack.Cmp(big.NewRat(1, 1)) > 0 {
		return nil, fmt.Errorf("rate %s, %s times the largest, 1/L", run.Rate.RatString(), slack.RatString())
	}
	if each := new(big.Rat).Quo(big.NewRat(int64(run.Steps), 1), run.Failure); each.Num().BitLen()-each.Denom().BitLen() > 800 {
		return nil, errors.New("a probability of less than 2^−800 in each step")
	}
	out := &StochasticBounds{}
	var err error
	start := math.Sqrt(middle(number().MulRat(number().SetRat(x.unlike), h)) * float64(x.order))
	out.Spread, out.Tilt, err = boundOf(run, start, func(at *ball.Ball) *pulled { return x.within(run, h, at).beside() })
	if err != nil {
		return nil, err
	}
	o := x.within(run, h, number().SetRat(out.Spread))
	y := stochasticReach
	for range 4 { // from a bound y to a better one
		p := o.along(y)
		bias := multiplied(o.leaning(), number().Sqr(o.x), o.spreading(y))
		tail, tilt, err := boundOf(run, math.Sqrt(middle(p.ratio)), func(*ball.Ball) *pulled { return p })
		if err != nil {
			return nil, errMean
		}
		mean := above(number().Add(bias, number().SetRat(tail)))
		if mean.Cmp(dyadic(y)) > 0 {
			if out.Mean == nil {
				return nil, fmt.Errorf("αs|μ − g| up to %.3g, expected at most %g", middle(number().SetRat(mean)), stochasticReach)
			}
			break
		}
		out.Mean, out.Bias, out.Tail, out.MeanTilt = mean, above(bias), tail, tilt
		y, _ = mean.Float64()
	}
	return out, nil
}

// Largest returns bounds with the largest ησ² = 2^−j, j ≤ 128, for which there are
// any, and sets the rate.
func (x *Stochastic) Largest(run *StochasticRun) (*StochasticBounds, error) {
	err := errors.New("no rate")
	for exponent := range uint(129) {
		h := new(big.Rat).SetFrac(big.NewInt(1), new(big.Int).Lsh(big.NewInt(1), exponent))
		run.Rate = h.Quo(h, x.square)
		var b *StochasticBounds
		if b, err = x.Bounds(run); err == nil {
			return b, nil
		}
	}
	return nil, err
}

// dyadic is x, which is finite in every search here, or 0.
func dyadic(x float64) *big.Rat {
	q := new(big.Rat)
	q.SetFloat64(x)
	return q
}

func rootOf(n int) *ball.Ball { return number().Sqrt(number().SetInt64(int64(n))) }
