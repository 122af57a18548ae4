package theory

import (
	"math/big"

	"muflow/internal/sym"
)

// Stationary reports whether a flow stays where it starts, at a rational μ. With
// y = e^{σμ} its numerator is the sum
//
//	Σ_{i,j} n_{ij} e^i y^j = Σ_{i,j} n_{ij} e^{σ(i + jμ)}
//
// of exponentials at algebraic numbers: by Lindemann and Weierstrass it is 0
// exactly if the integers over each exponent have the sum 0.
func (r *RationalFlow) Stationary(mu *big.Rat) bool {
	if mu.Sign() == 0 {
		return r.stillAtOne()
	}
	sums := map[string]*big.Int{}
	for j := 0; j <= r.Numerator.Degree(); j++ {
		c := r.Numerator.Coefficient(j)
		for i := 0; i <= c.Degree(); i++ {
			exponent := new(big.Rat).Mul(mu, big.NewRat(int64(j), 1))
			key := exponent.Add(exponent, big.NewRat(int64(i), 1)).RatString()
			if sums[key] == nil {
				sums[key] = new(big.Int)
			}
			sums[key].Add(sums[key], c.Coefficient(i))
		}
	}
	for _, sum := range sums {
		if sum.Sign() != 0 {
			return false
		}
	}
	return true
}

// stillAtOne is Stationary at μ = 0.
func (r *RationalFlow) stillAtOne() bool {
	var sum sym.Scalar
	for j := 0; j <= r.Numerator.Degree(); j++ {
		sum = sum.Add(r.Numerator.Coefficient(j))
	}
	return sum.IsZero()
}
