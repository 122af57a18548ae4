package ode

import (
	"math"

	"muflow/ode/ball"
)

// A Range is [Low, High] with finite float64 ends.
type Range struct{ Low, High float64 }

// Exp returns e^x; ok is false where an end has no finite float64.
//
// Encloses the exact value for every point of the input.
func (r Range) Exp() (y Range, ok bool) {
	var f intervals
	z := interval{r.Low, r.High}
	f.exp(&z, &z)
	return Range{z.low, z.high}, f.failure() == nil
}

// A Function is one or several expressions that are evaluated over boxes in
// float64, each subexpression once, each end rounded outward. It is not safe for
// concurrent use.
type Function struct {
	field *intervals
	jet   *jet[*interval]
	at    []*interval
}

// NewFunction lists the operations of expressions in so many unknowns. A mistake
// in an expression is an error, as is a constant without a finite value.
func NewFunction(exprs []*Expr, dimension int) (*Function, error) {
	p, err := compile(exprs, dimension)
	if err != nil {
		return nil, err
	}
	f := &Function{field: newIntervals()}
	f.jet = newJet(p, arithmetic[*interval](f.field), 0, uniform(0))
	for range dimension {
		f.at = append(f.at, new(interval))
	}
	return f, f.field.failure()
}

// Over encloses the values at every point of a box, one range for each unknown.
// It fails with a *DomainError outside of the domain, and where a value may be
// too large for a float64.
//
// Encloses the exact value for every point of the inputs.
func (f *Function) Over(box []Range) ([]Range, error) {
	for i, x := range box {
		*f.at[i] = interval{x.Low, x.High}
	}
	f.jet.start(f.at)
	if err := f.field.failure(); err != nil {
		return nil, err
	}
	out := make([]Range, len(f.jet.program.outputs))
	for i := range out {
		z, _ := f.jet.output(i, 0)
		out[i] = Range{z.low, z.high}
	}
	return out, nil
}

// LogarithmicNorm bounds from above, for every matrix in A, the largest eigenvalue
// of the symmetric part of W^{−1}AW for a diagonal matrix W of positive weights:
// solutions of x' = Ax grow in the norm ‖W^{−1}x‖_2 at most at this rate. It is
// +∞ where nothing is shown.
//
// Encloses the exact value for every point of the inputs.
// Reference: as for Propagate.
func LogarithmicNorm(a [][]Range, weights []*ball.Ball) float64 {
	f, matrix := newIntervals(), make([][]*interval, len(a))
	for i, row := range a {
		for _, x := range row {
			matrix[i] = append(matrix[i], &interval{x.Low, x.High})
		}
	}
	bound := newLogarithmicNorm(f, weights[:len(a)]).bound(f, matrix)
	if f.failure() != nil || bound != bound {
		return math.Inf(1)
	}
	return bound
}
