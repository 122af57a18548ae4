package ball

import (
	"math"
	"math/big"
	"sync/atomic"
)

// Exp sets z to e^x.
//
//	e^x = 2^k·Π_j (1 + b_j·2^{−8j})·e^{r},  r = x − k·log 2 − Σ_j log(1 + b_j·2^{−8j})
//
// Defined everywhere; an exponent beyond 2^30 gives the indeterminate ball, one
// below −2^30 a ball from 0.
// Encloses the exact value for every point of the input.
// The Taylor remainder after r^n/n! is at most 2·|r|^{n+1}/(n+1)! for |r| ≤ 1.
func (z *Ball) Exp(x *Ball) *Ball {
	if x.beyond {
		return z.Indeterminate()
	}
	p := z.precisionFor(x)
	z.mid.SetPrec(p)
	if x.IsZero() {
		return z.SetInt64(1)
	}
	if x.rad.cmp(wideArgument) > 0 {
		return z.overEnds((*Ball).Exp, x)
	}
	if x.mid.MantExp(nil) > 30 {
		if x.mid.Sign() > 0 {
			return z.Indeterminate()
		}
		return z.vanishing()
	}
	radius := x.rad
	w := kernelBits(p)
	s := kernels.Get().(*kernel)
	defer kernels.Put(s)
	r := setFixed(&s.argument, &x.mid, w)
	k := int64(math.RoundToEven(leading(r, w) / math.Ln2)) // any integer near serves
	if k != 0 {
		r.Sub(r, s.fixedLog2(k, w))
	}
	if r.BitLen() >= int(w) {
		return z.Indeterminate()
	}
	z.mid.SetInt(s.fixedExp(r, w))
	z.rounded(normal(kernelUnits(levels(w)), 0))
	if !radius.isZero() {
		// |e^{m+δ} − e^m| ≤ e^m·(e^r − 1), r ≤ 1
		z.widen(above(&z.mid).add(z.rad).mul(expSpread(radius)))
	}
	if z.shift(int(k) - int(w)); z.beyond && k < 0 {
		return z.vanishing()
	}
	return z
}

// wideArgument is the radius from which functions whose slope changes with the
// argument itself, not with its relative size, are taken at the ends.
var wideArgument = power(-3)

// vanishing sets z to a ball that contains [0, 2^{−2^29}], and so e^x for every
// x ≤ −2^29.
func (z *Ball) vanishing() *Ball {
	z.mid.SetMantExp(floatHalf, -maxExponent/2)
	z.rad, z.beyond = power(-maxExponent/2-1), false
	return z
}

// expSpread bounds e^r − 1 ≤ r + r² for r ≤ 1.
func expSpread(radius magnitude) magnitude { return radius.mul(power(0).add(radius)) }

// Log sets z to log x; a ball that is not positive gives the indeterminate
// ball.
//
//	log x = e·log 2 − Σ_j log(1 + b_j·2^{−8j}) + 2 artanh((f−1)/(f+1)),  f = x·2^{−e}·Π_j (1 + b_j·2^{−8j})
//
// Encloses the exact value for every point of the input.
func (z *Ball) Log(x *Ball) *Ball {
	if sign, ok := x.Sign(); x.beyond || !ok || sign <= 0 {
		return z.Indeterminate()
	}
	if x.wide() {
		return z.overEnds((*Ball).Log, x)
	}
	p := z.precisionFor(x)
	z.mid.SetPrec(p)
	if x.rad.isZero() && x.mid.Cmp(floatOne) == 0 {
		return z.SetInt64(0)
	}
	var spread magnitude
	if !x.rad.isZero() {
		least, ok := below(&x.mid).minus(x.rad)
		if !ok {
			least = below(new(big.Float).SetPrec(32).SetMode(big.ToZero).Sub(&x.mid, x.rad.float()))
		}
		spread = x.rad.quo(least) // |log(m+δ) − log m| ≤ r/(m − r)
	}
	s := kernels.Get().(*kernel)
	defer kernels.Put(s)
	e := x.mid.MantExp(nil)
	f := s.float.SetPrec(0).SetMantExp(&x.mid, -e)
	if f.Cmp(threeQuarters) < 0 { // 3/4 ≤ f < 3/2
		f.SetMantExp(f, 1)
		e--
	}
	w := kernelBits(p)
	argument := setFixed(&s.argument, f, w)
	// Near 1 the logarithm is about x − 1: keep its relative accuracy.
	extra, small := uint(0), false
	if e == 0 {
		approximate := leading(argument, w)
		if _, exp := math.Frexp(approximate - 1); approximate != 1 && exp > -40 {
			extra = uint(max(0, -exp)) + 1
		} else {
			gap := new(big.Float).SetPrec(x.mid.Prec()+64).Sub(&x.mid, floatOne)
			extra = uint(max(0, -gap.MantExp(nil)))
			if gap.Sign() == 0 || extra > p/8+64 {
				small = true
				h := New(p + 16).SetFloat(gap)
				sum := New(p+16).odd(h.Quo(h, New(p+16).AddInt64(h, 2)), false)
				z.Set(sum.shift(1))
			}
		}
	}
	if !small {
		if more := kernelBits(p + extra); more > w {
			w = more
			setFixed(argument, f, w)
		}
		n := s.fixedLog(argument, w)
		if e != 0 {
			n.Add(n, s.fixedLog2(int64(e), w))
		}
		z.mid.SetInt(n)
		z.rounded(normal(kernelUnits(levels(w)), 0))
		z.shift(-int(w))
	}
	return z.widen(spread)
}

var (
	floatOne      = big.NewFloat(1)
	floatHalf     = big.NewFloat(0.5)
	threeQuarters = big.NewFloat(0.75)
)

// log 2 by precision class, and in units of 2^-class.
var (
	log2s      = store[uint, *Ball]{compute: func(class uint) *Ball { return combine(class+32, false, log2Terms) }}
	fixedLog2s = store[uint, *big.Int]{compute: func(class uint) *big.Int { return toFixed(&Log2(class).mid, class) }}
)

// firstLog2 is what fixedLog2s holds for firstClass, without a lock.
var firstLog2 atomic.Pointer[big.Int]

// Log2 returns an enclosure of log 2.
//
//	log 2 = 18 artanh(1/26) − 2 artanh(1/4801) + 8 artanh(1/8749)
//
// Encloses the exact value.
func Log2(precision uint) *Ball { return New(precision).Set(log2s.at(precisionClass(precision))) }

// fixedLog2 returns k·log 2 in units of 2^-w, off by less than 2, for |k| < 2^32;
// the number belongs to s.
func (s *kernel) fixedLog2(k int64, w uint) *big.Int {
	const guard = 64
	class := precisionClass(w + guard)
	log2 := firstLog2.Load()
	if class != firstClass || log2 == nil {
		if log2 = fixedLog2s.at(class); class == firstClass {
			firstLog2.Store(log2)
		}
	}
	s.other.Mul(s.cut(log2, class-w-guard), s.small.SetInt64(k))
	return s.other.Rsh(&s.other, guard)
}

// precisionClass rounds a precision up to one of a few, so that constants are
// kept and no result depends on which precision was asked for before. It is a
// multiple of 64.
func precisionClass(precision uint) uint {
	class := uint(firstClass)
	for class < precision+32 {
		class = (class + class/2 + 63) / 64 * 64
	}
	return class
}

// An inverse is the term factor·f(1/x), f one of artanh and atan.
type inverse struct{ factor, x int64 }

// log2Terms add up to log 2, as factor·artanh(1/x).
var log2Terms = []inverse{{18, 26}, {-2, 4801}, {8, 8749}}

// combine encloses a sum of terms with p bits. Each series is off by less than 2
// units, see oddSum: a floor and a tail of less than a unit.
func combine(p uint, alternating bool, terms []inverse) *Ball {
	sum, units := new(big.Int), int64(0) // of 2^-p
	for _, term := range terms {
		s := oddSum(unit, big.NewInt(term.x), p, alternating)
		sum.Add(sum, s.Mul(s, big.NewInt(term.factor)))
		units += 2 * max(term.factor, -term.factor)
	}
	c := New(p).SetInt(sum)
	c.rad = c.rad.add(normal(uint64(units), 0))
	return c.MulPow2(c, -int(p))
}
