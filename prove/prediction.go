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
	if places, ok := decimalPlaces(q); ok {
		text := q.FloatString(places)
		return Number{text, text, Enclosure}
	}
	return Enclose(ball.New(ball.Bits(digits)+64).SetRat(q), digits)
}

const maxExactDigits = 20_000

// decimalPlaces returns how many decimal places a number has, if it has an end
// within reason.
func decimalPlaces(q *big.Rat) (int, bool) {
	rest := new(big.Int).Set(q.Denom())
	places := 0
	for _, prime := range []int64{2, 5} {
		p, quotient, remainder := big.NewInt(prime), new(big.Int), new(big.Int)
		for n := 1; ; n++ {
			if quotient.QuoRem(rest, p, remainder); remainder.Sign() != 0 {
				break
			}
			if n > maxExactDigits {
				return 0, false
			}
			rest.Set(quotient)
			places = max(places, n)
		}
	}
	return places, rest.IsInt64() && rest.Int64() == 1
}

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
	margin, err := theory.MaxMargin(p.Contrasts(), p.Rates())
	if err != nil {
		return nil, err
	}
	limit, err := theory.AnswerLimitOf([]*theory.Prediction{p})
	if err != nil {
		return nil, err
	}
	out := &RatioLimit{new(big.Rat).Quo(margin.Direction[1], margin.Direction[0]), margin, limit.Carry.Sign() >= 0}
	if closed, ok := limit.Ratio.Rat(); !ok || closed.Cmp(out.Ratio) != 0 {
		return nil, fmt.Errorf("the programme gives %s, the closed form %v", out.Ratio.RatString(), limit.Ratio)
	}
	return out, nil
}
