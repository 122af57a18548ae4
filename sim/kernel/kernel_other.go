//go:build !amd64

package kernel

func available() []*Kernel { return []*Kernel{Portable} }

// The functions of vector.go on eights; nil without a vector unit.
var (
	expEights     func(count int, y, x *float64) bool
	addEights     func(count int, y *float64, a float64, x *float64)
	combineEights func(count, stride, terms int, y, a *float64, rows *int, w *float64)
	spreadEights  func(count, stride, terms int, y, a *float64, rows *int, w *float64)
)
