//go:build !amd64

package kernel

func available() []*Kernel { return []*Kernel{Portable} }

// Exp and AddScaled on eights, see vector.go; nil without a vector unit.
var (
	expEights func(count int, y, x *float64) bool
	addEights func(count int, y *float64, a float64, x *float64)
)
