package prove

import (
	"math"
	"math/big"

	"muflow/ode"
	"muflow/ode/ball"
)

// A rough is a real number within rad of mid, both float64. An operation rounds to
// nearest, and its radius is enlarged by more than what is rounded off: 2^−52 of
// the result, 2^−40 of the radius itself, which is a sum of a few products ≥ 0, and what
// underflow can lose. What overflows or is not defined has a radius of NaN or +∞, and
// is not shown to be above or below anything.
//
// Every operation encloses the exact value for every point of the inputs.
type rough struct{ mid, rad float64 }

// roughly is the number around mid after one rounding, with a radius that was computed.
func roughly(mid, rad float64) rough {
	return rough{mid, float64(rad*(1+0x1p-40)) + float64(math.Abs(mid)*0x1p-52) + 0x1p-1000}
}

func roughFloat(x *big.Float) rough {
	mid, _ := x.Float64()
	return roughly(mid, 0)
}

// whole is an integer below 2^53.
func whole(n int) rough { return rough{float64(n), 0} }

func roughRat(x *big.Rat) rough {
	mid, exact := x.Float64()
	if exact {
		return rough{mid, 0}
	}
	return roughly(mid, 0)
}

func roughBall(x *ball.Ball) rough {
	low, high := roughFloat(x.Lower()), roughFloat(x.Upper())
	middle := low.mid + float64((high.mid-low.mid)/2)
	return roughly(middle, max(high.mid-middle, middle-low.mid)+low.rad+high.rad)
}

func (x rough) plus(y rough) rough  { return roughly(x.mid+y.mid, x.rad+y.rad) }
func (x rough) minus(y rough) rough { return roughly(x.mid-y.mid, x.rad+y.rad) }

func (x rough) times(y rough) rough {
	return roughly(float64(x.mid*y.mid), float64(math.Abs(x.mid)*y.rad)+float64((math.Abs(y.mid)+y.rad)*x.rad))
}

// over is x/y, |x/y − m_x/m_y| ≤ (r_x + |m_x/m_y| r_y)/|y|.
func (x rough) over(y rough) rough {
	least := float64((math.Abs(y.mid) - y.rad) * (1 - 0x1p-45))
	if !(least > 0) {
		return rough{0, math.NaN()}
	}
	mid := x.mid / y.mid
	return roughly(mid, (x.rad+float64(math.Abs(mid)*(1+0x1p-50)*y.rad))/least)
}

// exp is e^x, e^{m+δ} = e^m·e^δ with |e^δ − 1| ≤ r + r² for r ≤ 1.
func (x rough) exp() rough {
	at, ok := ode.Range{Low: x.mid, High: x.mid}.Exp()
	if !ok || !(x.rad <= 1) {
		return rough{0, math.NaN()}
	}
	return roughly(at.High, at.High-at.Low+float64(at.High*(x.rad+float64(x.rad*x.rad))))
}

func (x rough) abs() rough { return rough{math.Abs(x.mid), x.rad} }

// low and high are ends between which the number lies.
func (x rough) low() float64 {
	return x.mid - float64(x.rad*(1+0x1p-50)) - float64(math.Abs(x.mid)*0x1p-50) - 0x1p-1000
}

func (x rough) high() float64 { return -rough{-x.mid, x.rad}.low() }
