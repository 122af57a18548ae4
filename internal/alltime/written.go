package alltime

import (
	"slices"

	"muflow/ode"
)

// maxWritten bounds the operations of an expression with its shared parts written
// out, as the proofs go through it: x·x + x, fifty times into itself, has 2^50.
const maxWritten = 200_000

// isLong reports whether the right-hand side or one of other expressions is
// longer than that.
func (p *Problem) isLong(exprs []*ode.Expr) bool {
	known := map[*ode.Expr]int{}
	return slices.ContainsFunc(slices.Concat(p.System.RightHandSide, exprs), func(x *ode.Expr) bool { return written(x, known) > maxWritten })
}

// written counts the operations, and stops above maxWritten.
func written(x *ode.Expr, known map[*ode.Expr]int) int {
	n, ok := known[x]
	if !ok {
		n = 1
		for _, y := range x.Operands() {
			n = min(n+written(y, known), maxWritten+1)
		}
		known[x] = n
	}
	return n
}
