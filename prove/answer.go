package prove

import (
	"errors"
	"fmt"
	"math/big"
	"muflow/internal/portable"
	"slices"

	"muflow/ode/ball"
	"muflow/theory"
)

// AnswerBounds are rigorous bounds on the flow of the prediction stage from
// (0, 0), for instances of equal weight in the loss. With ρ the limit of
// μ_R/μ_A and ŵ = (1/m, 1 + Δ/m), whose margins are 1:
//
//	Low ≤ μ_R(t) − ρ μ_A(t) ≤ High   for t ≥ From
//	every target has the largest logit for t ≥ Lead
//
// As μ_A → ∞, the first proves the limit, with an error |High|/μ_A of order
// 1/log t.
type AnswerBounds struct {
	From, Lead, Low, High *ball.Ball
}

// BoundAnswer evaluates the bounds. It needs thoughts of unit norm, in which
// λ ≤ 1 and so ρ ≤ 1 (theory.md section 5). The proof:
//
//   - ℓ is convex, so ℓ(θ(t)) ≤ ℓ(gŵ) + g²‖ŵ‖²/(2t) for every g > 0, and ℓ(gŵ) ≤
//     (n−1)e^{−g} on average. Below log 2 on each instance all margins are
//     positive, and stay so, as ℓ falls: Lead. It tends to 0, so that
//     e^{−λ*μ_A} ≤ e^ℓ − 1 → 0 and μ_A → ∞.
//   - D = μ_R − ρμ_A has D' = Σ_i ω_i e^{−ℓ_i}·[−ρλ*_i e^{−λ*_i μ_A} + e^{−D} Σ_v c_{iv} e^{−(λ*_i−λ_{iv}+ρ)μ_A}]
//     with c_{iv} = 1 − ρ(λ*_i − λ_{iv}) ≥ 0, the sum over all v but the candidates.
//     All exponents λ*_i − λ_{iv} + ρ are ≥ m, with equality for the pairs that
//     attain Δ. For μ_A ≥ −a and e^{−ℓ_i} between 1/2 and 1 (one instance:
//     the same factor everywhere) D falls where e^D > S/(ρ m ω_m) and rises
//     where e^D < c ω_Δ/(ρ Σ ω_i λ*_i), up to the factor 2 each.
//
// Encloses the exact value for every point of the inputs.
func BoundAnswer(predictions []*theory.Prediction, limit *theory.AnswerLimit, precision uint) (*AnswerBounds, error) {
	one := theory.SurdSum{theory.Rational(big.NewRat(1, 1))}
	if limit.Carry.Sign() <= 0 || limit.Ratio.Sign() <= 0 || limit.Ratio.Cmp(one) > 0 {
		return nil, errors.New("bounds of the prediction stage need thoughts of unit norm with more than the target")
	}
	s := newAnswerScale(predictions, limit, precision)
	lead, err := s.lead()
	if err != nil {
		return nil, err
	}
	if len(predictions) == 1 {
		return s.boundOne(predictions[0], limit, lead)
	}
	return s.boundMany(predictions, limit, lead)
}

// An answerScale holds what the bounds are made of.
type answerScale struct {
	precision            uint
	least, excess, ratio *ball.Ball // m, Δ, ρ
	norm                 *ball.Ball // ‖ŵ‖²
	rest                 *ball.Ball // mean of n_i − 1
	share                *ball.Ball // ω = 1/I
}

func newAnswerScale(predictions []*theory.Prediction, limit *theory.AnswerLimit, precision uint) *answerScale {
	s := &answerScale{precision: precision}
	s.least, s.excess = surdBall(theory.SurdSum{limit.Least}, precision), surdBall(theory.SurdSum{limit.Excess}, precision)
	s.ratio = surdBall(limit.Ratio, precision)
	first, second := s.number(1), s.number(0)
	first.Quo(first, s.least)
	second.Quo(s.excess, s.least)
	second.AddInt64(second, 1)
	s.norm = s.number(0).Add(s.number(0).Sqr(first), s.number(0).Sqr(second))
	rest := int64(0)
	for _, p := range predictions {
		rest += int64(p.Order() - 1)
	}
	s.share = s.number(1)
	s.share.QuoInt64(s.share, int64(len(predictions)))
	s.rest = s.number(0).MulInt64(s.share, rest)
	return s
}

func (s *answerScale) number(n int64) *ball.Ball { return ball.New(s.precision).SetInt64(n) }

// lead returns a time from which ℓ ≤ ω·log 2, so that every target leads.
func (s *answerScale) lead() (*ball.Ball, error) {
	goal := s.number(0).Mul(ball.Log2(s.precision), s.share)
	var best *ball.Ball
	start, _ := s.number(0).Quo(s.rest, goal).Mid().Float64()
	for k := 1; k <= 40; k++ { // any g will do; the smallest time counts
		g := ball.New(s.precision).SetFloat64(portable.Log(start) + float64(float64(k)/8))
		gap := s.number(0).Neg(g)
		gap.Exp(gap)
		gap.Sub(goal, gap.Mul(gap, s.rest))
		if sign, ok := gap.Sign(); !ok || sign <= 0 {
			continue
		}
		time := s.number(0).Mul(s.number(0).Sqr(g), s.norm)
		time.Quo(time, gap)
		time.MulPow2(time, -1)
		if best == nil || time.Upper().Cmp(best.Upper()) < 0 {
			best = time
		}
	}
	if best == nil || !best.IsFinite() {
		return nil, errors.New("no time was found from which the target leads")
	}
	return best, nil
}

// coefficients returns the sum of the coefficients c_v = 1 − ρ(λ*−λ_v) of one
// instance, and with some a ≥ 0 the numbers S and E of
//
//	Σ_v c_v e^{(ρ+λ*−λ_v−m)a} = S·e^E,  E = (ρ+λ*−min_v λ_v−m)·a,
//
// the largest exponent, so that nothing overflows.
func (s *answerScale) coefficients(p *theory.Prediction, slack *ball.Ball) (sum, top *ball.Ball, err error) {
	others := slices.Clone(p.Others)
	if p.Outside > 0 {
		others = append(others, new(big.Rat))
	}
	surd := func(x, y *big.Rat) *ball.Ball { // (x − y)/√Square
		return surdBall(theory.SurdSum{theory.NewSurd(new(big.Rat).Sub(x, y), p.Square)}, s.precision)
	}
	least := others[len(others)-1]
	sum, top = s.number(0), s.number(0)
	for i, w := range others {
		times := 1
		if i == len(p.Others) {
			times = p.Outside
		}
		c := surd(p.Target, w)
		c.Sub(s.number(1), c.Mul(c, s.ratio))
		if c.Upper().Sign() < 0 {
			return nil, nil, fmt.Errorf("coefficient %v, expected none to be negative", c.Mid())
		}
		if slack != nil {
			below := surd(least, w)
			c.Mul(c, decay(below.Mul(below, slack)))
		}
		sum.Add(sum, c.MulInt64(c, int64(times)))
	}
	if slack != nil {
		top.Mul(surd(p.Others[0], least), slack) // ρ − m + λ* = Δ + λ* = max_v λ_v
	}
	return sum, top, nil
}

// boundOne uses that with one instance e^{−ℓ} is a common factor and that
// e^{−λ*μ_A} ≤ e^ℓ − 1 ≤ n − 1 for all t, so that μ_A ≥ −a = −log(n−1)/λ*.
// Then 0 ≤ D ≤ log⁺(S/(ρλ*)): at unit norm ρλ* ≤ 1/2 ≤ 1 + ρΔ.
func (s *answerScale) boundOne(p *theory.Prediction, limit *theory.AnswerLimit, lead *ball.Ball) (*AnswerBounds, error) {
	half := theory.SurdSum{theory.Rational(big.NewRat(1, 2))}
	if product := limit.Ratio.Times(limit.Least); product.Cmp(half) > 0 || limit.Carry.Cmp(half) < 0 {
		return nil, errors.New("bounds of the prediction stage need a thought of unit norm")
	}
	slack := s.number(int64(p.Order() - 1))
	slack.Log(slack)
	slack.Quo(slack, s.least)
	sum, top, err := s.coefficients(p, slack)
	if err != nil {
		return nil, err
	}
	sum.Quo(sum, s.ratio)
	sum.Quo(sum, s.least)
	high := sum.Log(sum)
	high.Max(high.Add(high, top), s.number(0))
	return &AnswerBounds{s.number(0), lead, s.number(0), high}, nil
}

// boundMany starts at the time Lead, from which μ_A > 0 and e^{−ℓ_i} ≥ 1/2.
// Until then ‖θ(t)‖ ≤ 2g‖ŵ‖ + √(2tℓ(gŵ)), as the distance from gŵ grows by at
// most ℓ(gŵ) in its half square.
func (s *answerScale) boundMany(predictions []*theory.Prediction, limit *theory.AnswerLimit, lead *ball.Ball) (*AnswerBounds, error) {
	g := s.number(0).AddInt64(lead, 1)
	g.Log(g)
	loss := s.number(0).Neg(g)
	loss.Exp(loss)
	loss.Mul(loss, s.rest)
	loss.Mul(loss, lead)
	loss.MulPow2(loss, 1)
	loss.Sqrt(loss)
	far := s.number(0).Sqrt(s.norm)
	far.Mul(far, g)
	far.MulPow2(far, 1)
	far.Add(far, loss)
	slope := s.number(0).Sqr(s.ratio)
	slope.AddInt64(slope, 1)
	far.Mul(far, slope.Sqrt(slope)) // |D| up to the time Lead

	sum, weights := s.number(0), s.number(0)
	for _, p := range predictions {
		c, _, err := s.coefficients(p, nil)
		if err != nil {
			return nil, err
		}
		sum.Add(sum, c)
		weights.Add(weights, surdBall(theory.SurdSum{p.Weight()}, s.precision))
	}
	high := s.number(0).QuoInt64(sum, int64(len(limit.AtLeast)))
	high.Quo(high, s.ratio)
	high.Quo(high, s.least)
	high.MulPow2(high, 1)
	high.Max(high.Log(high), far)
	pairs := int64(0)
	for _, p := range limit.AtMost {
		pairs += int64(p.Count)
	}
	low := surdBall(limit.Carry, s.precision)
	low.MulInt64(low, pairs)
	low.Quo(low, s.ratio)
	low.Quo(low, weights)
	low.MulPow2(low, -1)
	low.Log(low)
	low.Neg(low)
	low.Max(low, far)
	low.Neg(low)
	return &AnswerBounds{lead, lead, low, high}, nil
}
