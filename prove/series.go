package prove

import "muflow/ode/ball"

// A series holds c_0, c_1, … of x(s) = Σ c_k s^k. Over a ball of points, c_k
// contains x^{(k)}/k! at each of them.
type series []*ball.Ball

// A taylor computes with series up to one order. A result must not be one of
// the operands. Coefficients that are 0 exactly cost nothing.
// Encloses the exact coefficients for every point of the inputs.
type taylor struct {
	precision uint
	order     int
	term      *ball.Ball
}

func newTaylor(precision uint, order int) *taylor {
	return &taylor{precision, order, ball.New(precision)}
}

func (t *taylor) zero() series {
	z := make(series, t.order+1)
	for k := range z {
		z[k] = ball.New(t.precision)
	}
	return z
}

func (t *taylor) clear(z series) {
	for _, c := range z {
		c.SetInt64(0)
	}
}

// addScaled adds a number times a series.
func (t *taylor) addScaled(z series, factor *ball.Ball, x series) {
	if factor.IsZero() {
		return
	}
	for k, c := range x {
		if !c.IsZero() {
			z[k].Add(z[k], t.term.Mul(c, factor))
		}
	}
}

// addProduct adds x·y.
func (t *taylor) addProduct(z, x, y series) {
	for i, a := range x {
		if a.IsZero() {
			continue
		}
		for k := i; k <= t.order; k++ {
			if !y[k-i].IsZero() {
				z[k].Add(z[k], t.term.Mul(a, y[k-i]))
			}
		}
	}
}

// exp sets z to e^x: k·z_k = Σ_{i=1}^k i·x_i·z_{k−i}.
func (t *taylor) exp(z, x series) {
	slope := make(series, len(x)) // i·x_i
	for i, c := range x {
		slope[i] = ball.New(t.precision).MulInt64(c, int64(i))
	}
	z[0].Exp(x[0])
	for k := 1; k <= t.order; k++ {
		z[k].SetInt64(0)
		for i := 1; i <= k; i++ {
			if !x[i].IsZero() {
				z[k].Add(z[k], t.term.Mul(slope[i], z[k-i]))
			}
		}
		z[k].QuoInt64(z[k], int64(k))
	}
}

// quo sets z to x/y.
func (t *taylor) quo(z, x, y series) {
	for k := range z {
		z[k].Set(x[k])
		for i := 1; i <= k; i++ {
			if !y[i].IsZero() {
				z[k].Sub(z[k], t.term.Mul(y[i], z[k-i]))
			}
		}
		z[k].Quo(z[k], y[0])
	}
}

// inverseRoot sets z to 1/√x: 2k·x_0·z_k = −Σ_{i=1}^k (2k−i)·x_i·z_{k−i}.
func (t *taylor) inverseRoot(z, x series) {
	z[0].Quo(ball.New(t.precision).SetInt64(1), z[0].Sqrt(x[0]))
	for k := 1; k <= t.order; k++ {
		z[k].SetInt64(0)
		for i := 1; i <= k; i++ {
			if !x[i].IsZero() {
				t.term.Mul(x[i], z[k-i])
				z[k].Sub(z[k], t.term.MulInt64(t.term, int64(2*k-i)))
			}
		}
		z[k].Quo(z[k], x[0])
		z[k].QuoInt64(z[k], int64(2*k))
	}
}
