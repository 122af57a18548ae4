package kernel

import "muflow/internal/portable"

// The functions below on eights; nil without a vector unit.
var (
	expEights     func(count int, y, x *float64) bool
	addEights     func(count int, y *float64, a float64, x *float64)
	combineEights func(count, stride, terms int, y, a *float64, rows *int, w *float64)
	spreadEights  func(count, stride, terms int, y, a *float64, rows *int, w *float64)
)

// Exp writes the exponentials of numbers in double precision; y may not be x.
//
//	y_i = e^{x_i}
//
// Any x. The bits are those of portable.Exp on every processor: no operation is
// fused and the polynomial is added up in one order.
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
		y[done+i] = portable.Exp(v)
	}
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
