package prove

import (
	"errors"
	"fmt"
	"math/big"

	"muflow/ode/ball"
	"muflow/theory"
)

// Exact writes a rational number: as it is where its decimal form ends and is
// not longer than maxExactDigits, otherwise as two decimal strings, rounded
// outward, with so many significant digits.
func Exact(q *big.Rat, digits int) Number {
	if places, ends := q.FloatPrec(); ends && places <= maxExactDigits {
		text := q.FloatString(places)
		return Number{text, text, Enclosure}
	}
	return Enclose(ball.New(ball.Bits(digits)+64).SetRat(q), digits)
}

// maxExactDigits is how many decimal places are written.
const maxExactDigits = 20_000

// Surds writes a sum of surds: exactly if it is rational and its decimal form
// ends, otherwise enclosed to so many digits.
//
// Encloses the exact value for every point of the inputs.
func Surds(x theory.SurdSum, digits int) Number {
	x = x.Collected()
	if q, ok := x.Rat(); ok {
		return Exact(q, digits)
	}
	// A sum that is not 0 gives up the bits that cancel, however many.
	for precision := ball.Bits(digits) + 64; ; precision *= 2 {
		if sum := surdBall(x, precision); sum.RelativeAccuracyBits() >= int(ball.Bits(digits)) {
			return Enclose(sum, digits)
		}
	}
}

// surdBall encloses a sum of surds.
//
// Encloses the exact value for every point of the inputs.
func surdBall(x theory.SurdSum, precision uint) *ball.Ball {
	sum, term := ball.New(precision), ball.New(precision)
	for _, s := range x {
		term.Sqrt(term.SetRat(s.Square()))
		if s.Sign() < 0 {
			term.Neg(term)
		}
		sum.Add(sum, term)
	}
	return sum
}

// A RatioLimit is the limit of μ_R/μ_A for one thought with rational weights.
type RatioLimit struct {
	Ratio  *big.Rat
	Margin *theory.Margin // over the contrasts of the prediction
	Closed bool           // 1 + Δ(m+Δ) ≥ 0: the ratio is m + Δ
}

// PredictionLimit solves the quadratic programme of one thought exactly, and
// compares with the closed form.
//
//	min μ_A² + μ_R²  subject to  λ* μ_A ≥ 1,  (λ*−λ_v) μ_A + μ_R ≥ 1
//
// For weights with Square 1, else it fails. Encloses the exact value.
// arXiv 2509.23365, Theorem 3; theory.md section 5.
func PredictionLimit(p *theory.Prediction) (*RatioLimit, error) {
	if p.Square.Cmp(big.NewRat(1, 1)) != 0 {
		return nil, errors.New("the weights have a common irrational factor, expected rational weights")
	}
	limit, err := theory.AnswerLimitOf([]*theory.Prediction{p})
	if err != nil {
		return nil, err
	}
	margin, err := programme(p, limit)
	if err != nil {
		return nil, err
	}
	return &RatioLimit{new(big.Rat).Quo(margin.Direction[1], margin.Direction[0]), margin, limit.Carry.Sign() >= 0}, nil
}

// programme solves the quadratic programme of one thought exactly, in the
// plane where it is rational, and compares with the closed form.
func programme(p *theory.Prediction, limit *theory.AnswerLimit) (*theory.Margin, error) {
	margin, err := theory.MaxMargin(p.Contrasts(), p.Rates())
	if err != nil {
		return nil, err
	}
	// μ_R/μ_A = (μ_R/(μ_A/√Square))/√Square
	ratio := theory.NewSurd(new(big.Rat).Quo(margin.Direction[1], margin.Direction[0]), p.Square)
	if limit.Ratio.Cmp(theory.SurdSum{ratio}) != 0 {
		return nil, fmt.Errorf("the quadratic programme gives %v, the closed form %v", ratio, limit.Ratio)
	}
	return margin, nil
}
