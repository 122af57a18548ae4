package kernel

import "math"

// The functions below on eights; nil without a vector unit.
var (
	expEights     func(count int, y, x *float64) bool
	addEights     func(count int, y *float64, a float64, x *float64)
	combineEights func(count, stride, terms int, y, a *float64, rows *int, w *float64)
	spreadEights  func(count, stride, terms int, y, a *float64, rows *int, w *float64)
)

// Exp writes the exponentials of numbers in double precision; y may not be x.
//
//	y_i = e^{x_i},   x = k log 2 + r,  |r| ≤ log(2)/2,  e^r = 1 + r + r²(1/2! + r/3! + … + r¹¹/13!)
//
// Any x; beyond ±708 and for NaN it is math.Exp. Within, the error is below
// 1.5 units in the last place, and the bits are the same on every processor:
// no operation is fused and the polynomial is added up in one order.
// Approximate: no error bound.
func Exp(y, x []float64) {
	y = y[:len(x)]
	done := 0
	if expEights != nil && len(x) >= 8 {
		done = len(x) &^ 7
		if !expEights(done, &y[0], &x[0]) {
			done = 0
		}
	}
	for i, v := range x[done:] {
		y[done+i] = exp64(v)
	}
}

const (
	expLimit  = 708
	roundAway = 3 << 51 // adding it rounds to an integer
	logHigh   = 6.93147180369123816490e-01
	logLow    = 1.90821492927058770002e-10
)

// exp64 is Exp of one number.
func exp64(x float64) float64 {
	if !(math.Abs(x) <= expLimit) {
		return math.Exp(x)
	}
	k := float64(x*math.Log2E) + roundAway
	scale := math.Float64frombits((math.Float64bits(k) + 1023) << 52)
	k -= roundAway
	r := float64(x-float64(k*logHigh)) - float64(k*logLow)
	r2 := float64(r * r)
	r4 := float64(r2 * r2)
	r8 := float64(r4 * r4)
	a := quartet(r, r2, 1./2, 1./6, 1./24, 1./120)
	b := quartet(r, r2, 1./720, 1./5040, 1./40320, 1./362880)
	c := quartet(r, r2, 1./3628800, 1./39916800, 1./479001600, 1./6227020800)
	q := float64(a+float64(b*r4)) + float64(c*r8)
	return (1 + (r + float64(r2*q))) * scale
}

// quartet returns (a + br) + (c + dr)r².
func quartet(r, r2, a, b, c, d float64) float64 {
	return float64(a+float64(b*r)) + float64(float64(c+float64(d*r))*r2)
}

// AddScaled adds a multiple of one row to another.
//
//	y_i += a·x_i
//
// The product is rounded before the sum, so the bits are the same on every
// processor. It panics if x is longer than y.
// Approximate: no error bound.
func AddScaled(y []float64, a float64, x []float64) {
	y = y[:len(x)]
	done := 0
	if addEights != nil && len(x) >= 8 {
		done = len(x) &^ 7
		addEights(done, &y[0], a, &x[0])
	}
	for i, v := range x[done:] {
		y[done+i] += float64(a * v)
	}
}

// CombineRows writes a sum of rows of a matrix, whose rows are as long as y.
//
//	y_i = Σ_k a_k·W_{r_k, i}
//
// In the order of k from 0, each product rounded before the sum, so the bits
// are the same on every processor. It panics if a row is not there.
// Approximate: no error bound.
func CombineRows(y, a []float64, rows []int, w []float64) {
	n := len(y)
	done := 0
	if combineEights != nil && n >= 8 && len(rows) > 0 {
		done = n &^ 7
		checkRows(n, a, rows, w)
		combineEights(done, n, len(rows), &y[0], &a[0], &rows[0], &w[0])
	}
	for i := done; i < n; i++ {
		y[i] = 0
		for k, r := range rows {
			y[i] += float64(a[k] * w[r*n+i])
		}
	}
}

// SpreadRows adds multiples of a row to different rows of a matrix, which are
// as long as x.
//
//	W_{r_k, i} += a_k·x_i
//
// Rounded as in CombineRows. It panics if a row is not there.
// Approximate: no error bound.
func SpreadRows(w []float64, rows []int, a, x []float64) {
	n := len(x)
	done := 0
	if spreadEights != nil && n >= 8 && len(rows) > 0 {
		done = n &^ 7
		checkRows(n, a, rows, w)
		spreadEights(done, n, len(rows), &x[0], &a[0], &rows[0], &w[0])
	}
	for k, r := range rows {
		for i := done; i < n; i++ {
			w[r*n+i] += float64(a[k] * x[i])
		}
	}
}

func checkRows(n int, a []float64, rows []int, w []float64) {
	_ = a[len(rows)-1]
	for _, r := range rows {
		_ = w[r*n : (r+1)*n]
	}
}
