package alltime

import (
	"context"
	"fmt"
	"math/big"

	"gonum.org/v1/gonum/mat"

	"muflow/ode"
)

// cone proves a claim about a g that vanishes at the equilibrium, from the
// direction in which solutions arrive. In coordinates y = W(x − z) with the
// slowest eigenvector first, y' = A·y with an average A of W·f'·W^{−1} over a
// set that is never left. Let
//
//	a ≤ A_11,  b ≥ ‖A_1⊥‖,  d ≥ ‖A_⊥1‖,  m ≥ logarithmic norm of A_⊥⊥.
//
// Lemma. If m·κ + d < κ·(a − b·κ), the cone ‖y_⊥‖ ≤ κ·|y_1| is never left, as
// ‖y_⊥‖' ≤ m‖y_⊥‖ + d|y_1| is less than κ|y_1|' ≥ κ(a|y_1| − b‖y_⊥‖) on its
// surface; and y_1 keeps its sign, as y is never 0. With h a gradient of g in
// these coordinates between x and z, g(x) = h_1·y_1 + h_⊥·y_⊥, so |h_1| >
// κ‖h_⊥‖ gives g the sign of h_1·y_1 at all times.
func (t *tail) cone(ctx context.Context, g *ode.Expr, want sign) (reason string, ok bool) {
	if t.flow.hasClock(g) || !t.isZeroAtLimit(g) {
		return "", false
	}
	trial := *t
	for range 8 {
		if trial.pipe != nil || trial.radius.Cmp(new(big.Float)) > 0 {
			if reason, ok := trial.inCone(g); ok {
				if trial.pipe != nil {
					if shown, _ := trial.pipe.shows(ctx, g, want); !shown {
						return "", false
					}
				}
				*t = trial
				return reason, true
			}
		}
		if !trial.extended(ctx, 8) {
			return "", false
		}
	}
	return "", false
}

func (t *tail) inCone(g *ode.Expr) (string, bool) {
	n := len(t.moving)
	if n < 2 {
		return "", false
	}
	box := t.hull(t.radius)
	values := t.jacobian.over(box)
	middle := mat.NewDense(n, n, nil)
	j := make(matrix, n)
	for i := range j {
		j[i] = values[i*n : (i+1)*n]
		for k, v := range j[i] {
			if v.undefined || !v.bounded() {
				return "", false
			}
			x, _ := v.middle().Float64()
			middle.Set(i, k, x)
		}
	}
	var eigen mat.Eigen
	if !eigen.Factorize(middle, mat.EigenRight) {
		return "", false
	}
	v := eigenvectors(&eigen, n)
	var inverse mat.Dense
	if inverse.Inverse(v) != nil {
		return "", false
	}
	w, back, good := inverseOf(&inverse)
	if !good {
		return "", false
	}
	a := w.mul(j).mul(back)
	inner := make(matrix, n-1)
	across, down := make([]interval, n-1), make([]interval, n-1)
	for i := range n - 1 {
		inner[i] = a[i+1][1:]
		across[i], down[i] = a[0][i+1], a[i+1][0]
	}
	rate, b, d, m := number(a[0][0].low), number(norm(across)), number(norm(down)), number(inner.logarithmicNorm())
	// Where the solutions are at T.
	at := t.flow.start
	if t.pipe != nil {
		at = t.flow.enclosed(t.pipe.end, t.time, t.time)
	}
	limits := t.limits()
	x := make([]interval, n)
	for k, i := range t.moving {
		x[k] = at[i].sub(limits[i])
	}
	y := w.times(x)
	if y[0].hasZero() {
		return "", false
	}
	entry := number(norm(y[1:])).quo(number(y[0].abs().low)).high
	gradient := make(matrix, 1)
	for _, i := range t.moving {
		gradient[0] = append(gradient[0], t.flow.function(g.Derivative(i)).over(box)[0])
	}
	h := gradient.mul(back)[0]
	if h[0].undefined || h[0].hasZero() || h[0].positive() != y[0].positive() {
		return "", false
	}
	// The widest cone that g allows, then narrower ones.
	kappa := number(entry)
	if side := number(norm(h[1:])); side.positive() {
		kappa = number(lower().Mul(number(h[0].abs().low).quo(side).low, new(big.Float).SetFloat64(0.99)))
	} else {
		kappa = number(upper().Add(entry, new(big.Float).SetInt64(1)))
	}
	for range 40 {
		if kappa.low.Cmp(entry) < 0 || !kappa.positive() {
			return "", false
		}
		if kappa.mul(rate.sub(b.mul(kappa)).sub(m)).sub(d).positive() {
			return fmt.Sprintf("from t = %s on as the solutions stay in the cone of slope %s about the slowest direction", t.time.FloatString(2), short(kappa.low)), true
		}
		kappa = number(lower().Mul(kappa.low, new(big.Float).SetFloat64(0.7)))
	}
	return "", false
}
