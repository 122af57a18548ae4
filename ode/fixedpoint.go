package ode

import (
	"math/big"

	"muflow/internal/fixed"
)

// All that this package takes from the fixed-point engine: an expansion is made
// of series and numbers, added up in sums, and its polynomials are what remains
// of a step.
type (
	fixedSeries     = fixed.Series
	fixedNumber     = fixed.Number
	fixedSum        = fixed.Sum
	fixedPolynomial = fixed.Polynomial
)

const fixedTooMany = fixed.TooMany

func newFixedSeries(order, words int) *fixedSeries { return fixed.NewSeries(order, words) }

func fixedNumberOf(x *big.Float, words int) (number fixedNumber, unit int, exact bool) {
	return fixed.NumberOf(x, words)
}
