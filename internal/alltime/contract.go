package alltime

import (
	"context"
	"fmt"
	"math"
	"math/big"

	"gonum.org/v1/gonum/mat"

	"muflow/ode"
)

// A contraction is a proof about the moving unknowns x' = f(x, p), for every
// value of the parameters p, on the ball E = {‖W(x − c)‖ ≤ ρ} of a norm:
//
//	logarithmic norm of W·f'(x)·W^{−1} ≤ −λ < 0 on E,  ‖W·f(c)‖ ≤ δ < λρ.
//
// Lemma. (1) A solution in E satisfies ‖W(x − c)‖' ≤ −λ‖W(x − c)‖ + δ, so that
// E, and each ball about c with a radius r in [δ/λ, ρ], is never left. (2) Two
// solutions in E approach like e^{−λt}. (3) E holds one equilibrium z(p), at
// ‖W(z − c)‖ ≤ δ/λ, and every solution in E tends to it:
//
//	‖W(x(t) − z)‖ ≤ e^{−λ(t − T)}·‖W(x(T) − z)‖.
//
// Proof: f(x) − f(y) = A(x − y) with A an average of f' over the segment, which
// is in E, and the logarithmic norm is convex: G. Dahlquist, Stability and error
// bounds in the numerical integration of ordinary differential equations (1959).
// The flow maps E into itself and shortens distances, so it has a fixed point
// (Banach), the same for all times. (1) at z gives its distance from c.
type contraction struct {
	flow     *flow
	moving   []int
	center   []interval // numbers
	w, v     matrix     // W and its inverse
	rates    *function
	jacobian *function
	parts    []*structure // of the Jacobian
	rate     *big.Float   // λ
	radius   *big.Float   // ρ
	residual *big.Float   // δ
	slowest  float64      // rate of the linear flow at the center, for orientation
}

// about finds the norm of a contraction about an approximate equilibrium, the
// radius still open.
func (f *flow) about(center []*big.Float) (*contraction, error) {
	c := &contraction{flow: f, moving: f.of(dynamic)}
	for _, x := range center {
		c.center = append(c.center, number(new(big.Float).SetPrec(bits).Set(x)))
	}
	var slopes []*ode.Expr
	for _, i := range c.moving {
		for _, k := range c.moving {
			slopes = append(slopes, f.rhs[i].Derivative(k))
		}
	}
	c.jacobian = f.function(slopes...)
	n := len(c.moving)
	j := mat.NewDense(n, n, nil)
	box := f.middle()
	for k, i := range c.moving {
		box[i] = c.center[k]
	}
	for at, v := range c.jacobian.over(box) {
		if v.undefined || !v.bounded() {
			return nil, fmt.Errorf("the right-hand side has no derivative at the equilibrium")
		}
		x, _ := v.middle().Float64()
		j.Set(at/n, at%n, x)
	}
	w, slowest, ok := weights(j)
	if !ok {
		return nil, fmt.Errorf("the equilibrium near %s is not attracting to first order (an eigenvalue with real part %.3g)", c.point(c.center), slowest)
	}
	c.slowest = slowest
	if c.w, c.v, ok = inverseOf(w); !ok {
		return nil, fmt.Errorf("no norm for the equilibrium near %s", c.point(c.center))
	}
	for _, normal := range []bool{true, false} {
		if s := c.structured(normal); s != nil {
			c.parts = append(c.parts, s)
		}
	}
	at := f.box()
	for k, i := range c.moving {
		at[i] = c.center[k]
	}
	var rhs []*ode.Expr
	for _, i := range c.moving {
		rhs = append(rhs, f.rhs[i])
	}
	c.rates = f.function(rhs...)
	c.residual = norm(c.w.times(c.rates.over(at)))
	return c, nil
}

// middle is a box of numbers, about the middle of constants.
func (f *flow) middle() []interval {
	out := f.box()
	for i, k := range f.kinds {
		if k == constant {
			out[i] = number(f.start[i].middle())
		}
	}
	return out
}

// point writes the moving unknowns.
func (c *contraction) point(x []interval) string {
	var out []string
	for k, i := range c.moving {
		out = append(out, c.flow.names[i]+" = "+x[k].String())
	}
	return listed(out)
}

// hull is the box around the ball of a radius, in all unknowns.
func (c *contraction) hull(radius *big.Float) []interval {
	box := c.flow.box()
	for k, i := range c.moving {
		r := upper().Mul(norm(c.v[k]), radius)
		box[i] = interval{low: lower().Sub(c.center[k].low, r), high: upper().Add(c.center[k].low, r)}
	}
	return box
}

// away returns W(x − c) for a box of all unknowns.
func (c *contraction) away(box []interval) []interval {
	x := make([]interval, len(c.moving))
	for k, i := range c.moving {
		x[k] = box[i].sub(c.center[k])
	}
	return c.w.times(x)
}

const contractionCells = 600

// verify proves the contraction on the ball of a radius, cut into cells where
// that is needed, and sets rate and radius.
func (c *contraction) verify(radius *big.Float, cells int) bool {
	if radius.Sign() <= 0 || radius.IsInf() {
		return false
	}
	open := [][]interval{c.hull(radius)}
	var most *big.Float
	enough := new(big.Float).SetFloat64(c.slowest / 2)
	for len(open) > 0 {
		cell := open[len(open)-1]
		open = open[:len(open)-1]
		if leastNorm(c.away(cell)).Cmp(radius) > 0 { // outside
			continue
		}
		bound := c.bound(cell)
		cells--
		if bound.Cmp(enough) > 0 && cells > 0 {
			middle := append([]interval(nil), cell...)
			for _, i := range c.moving {
				middle[i] = number(cell[i].middle())
			}
			if leastNorm(c.away(middle)).Cmp(radius) <= 0 && c.bound(middle).Sign() >= 0 {
				return false
			}
			at := c.longest(cell)
			a, b := append([]interval(nil), cell...), append([]interval(nil), cell...)
			a[at], b[at] = cell[at].halves()
			open = append(open, b, a)
			continue
		}
		if bound.Sign() >= 0 {
			return false
		}
		if most == nil || bound.Cmp(most) > 0 {
			most = bound
		}
	}
	if most == nil {
		return false
	}
	rate := new(big.Float).Neg(most)
	if c.residual.Cmp(lower().Mul(rate, radius)) >= 0 {
		return false
	}
	c.rate, c.radius = rate, radius
	return true
}

// bound bounds the logarithmic norm over a box, by structure and by entries. It
// is infinite where the right-hand side may have no value: the structure, from
// normal forms, does not tell.
func (c *contraction) bound(cell []interval) *big.Float {
	for _, v := range c.rates.over(cell) {
		if v.undefined {
			return infinite(1)
		}
	}
	enough := new(big.Float).SetFloat64(c.slowest / 2)
	least := infinite(1)
	for _, s := range c.parts {
		if bound := s.bound(cell); bound.Cmp(least) < 0 {
			least = bound
		}
		if least.Cmp(enough) <= 0 {
			return least
		}
	}
	n := len(c.moving)
	c.flow.effort.work.spend(int64(n*n*n) * 2 * boxWork)
	j := make(matrix, n)
	values := c.jacobian.over(cell)
	for i := range j {
		j[i] = values[i*n : (i+1)*n]
		for _, v := range j[i] {
			if v.undefined {
				return infinite(1)
			}
		}
	}
	if bound := c.w.mul(j).mul(c.v).logarithmicNorm(); bound.Cmp(least) < 0 {
		return bound
	}
	return least
}

// longest returns the unknown, or the constant, in which a cell is longest in
// the norm, or relative to all of it.
func (c *contraction) longest(cell []interval) int {
	at, most := c.moving[0], 0.0
	for k, i := range c.moving {
		column := 0.0
		for row := range c.w {
			x, _ := c.w[row][k].low.Float64()
			column += float64(x * x)
		}
		w, _ := cell[i].width().Float64()
		if size := float64(w*w) * column; size > most {
			at, most = i, size
		}
	}
	return at
}

// limits is the box around the equilibria, for all parameters.
func (c *contraction) limits() []interval { return c.hull(c.least()) }

// least is a bound of the distance of the equilibria from the center, δ/λ.
func (c *contraction) least() *big.Float { return upper().Quo(c.residual, c.rate) }

// largest verifies the contraction with about the largest radius that works,
// at most so large.
func (c *contraction) largest(start *big.Float) bool {
	radius := start
	for attempt := range 40 {
		cells := contractionCells
		if attempt > 2 {
			cells = 60
		}
		if c.verify(radius, cells) {
			return true
		}
		radius = new(big.Float).Mul(radius, new(big.Float).SetFloat64(0.5))
		if radius.Cmp(c.residual) < 0 && radius.Cmp(new(big.Float).Quo(c.residual, new(big.Float).SetFloat64(-c.slowest))) < 0 {
			return false
		}
	}
	return false
}

// equilibrium follows the flow from the middle of its starts until it hardly
// moves, and finds the zero of the right-hand side there. Approximate.
func (f *flow) equilibrium(ctx context.Context) (center []*big.Float, arrived *ode.Path, err error) {
	f.effort.work.begins("looking for a contraction about an equilibrium")
	system, start := f.numeric()
	moving := f.of(dynamic)
	var rhs []*ode.Expr
	place := make([]*ode.Expr, len(f.rhs))
	for k, i := range moving {
		place[i] = ode.State(k)
	}
	for i, k := range f.kinds {
		if k == constant {
			place[i] = start[i]
		}
	}
	for _, i := range moving {
		rhs = append(rhs, f.rhs[i].Substitute(place))
	}
	var failure error = fmt.Errorf("no equilibrium is near the solution up to t = %s", f.effort.Horizon.RatString())
	for t := big.NewRat(4, 1); t.Cmp(f.effort.Horizon) <= 0; t = new(big.Rat).Mul(t, big.NewRat(4, 1)) {
		path, err := ode.Integrate(ctx, system, start, t, ode.Settings{Digits: 10, Budget: f.effort.Steps, Work: pipeWork})
		f.effort.work.spend(path.Work())
		if err != nil {
			return nil, path, err
		}
		end, err := path.At(t)
		if err != nil {
			return nil, path, err
		}
		guess := make([]*big.Float, len(moving))
		for k, i := range moving {
			guess[k] = end[i]
		}
		zero, err := ode.EncloseZero(ctx, rhs, guess, 24)
		if err != nil {
			failure = err
			continue
		}
		// The zero must be where the solution goes.
		near := true
		for k, i := range moving {
			gap, _ := new(big.Float).Sub(zero[k].Mid(), end[i]).Float64()
			size, _ := zero[k].Mid().Float64()
			near = near && math.Abs(gap) <= 0.1*max(1, math.Abs(size))
		}
		if !near {
			continue
		}
		for _, z := range zero {
			center = append(center, z.Mid())
		}
		return center, path, nil
	}
	return nil, nil, failure
}

// numeric is the flow from the middle of its starts, for approximations.
func (f *flow) numeric() (*ode.System, []*ode.Expr) {
	start := make([]*ode.Expr, len(f.rhs))
	for i := range f.rhs {
		if f.value[i] == nil {
			m := new(big.Rat).Add(f.low[i], f.high[i])
			start[i] = ode.Rational(m.Quo(m, big.NewRat(2, 1)))
		}
	}
	for i, v := range f.value {
		if v != nil {
			start[i] = v.Substitute(start)
		}
	}
	return f.system(), start
}
