package ball

import (
	"math"
	"math/big"
	"sync"
)

// Exp sets z to e^x.
//
//	e^x = 2^k·(e^{r/2^j})^{2^j},  r = x − k·log 2,  |r| < 1
//
// Defined everywhere; a ball wider than 2^30 or an exponent out of range gives
// the indeterminate ball.
// Encloses the exact value for every point of the input.
// The Taylor remainder after t^n/n! is at most 2·|t|^{n+1}/(n+1)! for |t| ≤ 1.
func (z *Ball) Exp(x *Ball) *Ball {
	if x.beyond {
		return z.Indeterminate()
	}
	p := z.precisionFor(x)
	z.mid.SetPrec(p)
	if x.IsZero() {
		return z.SetInt64(1)
	}
	if x.mid.MantExp(nil) > 30 || x.rad.cmp(power(30)) > 0 {
		return z.Indeterminate()
	}
	center := New(x.mid.Prec())
	center.mid.Set(&x.mid)
	halvings := int(math.Sqrt(float64(p))/1.5) + 2
	work := p + uint(halvings) + uint(max(0, x.mid.MantExp(nil))) + 24
	t := New(work).Set(center)
	approximate, _ := x.mid.Float64()
	k := int64(math.RoundToEven(approximate / math.Ln2)) // any integer serves
	if k != 0 {
		t.Sub(t, New(work).MulInt64(Log2(work), k))
	}
	t.MulPow2(t, -halvings)
	size := above(&t.mid).add(t.rad)
	if size.cmp(power(0)) > 0 {
		return z.Indeterminate()
	}
	// Terms until |t|^{n+1}/(n+1)! < 2^-work.
	terms, tail := int64(0), size
	for !tail.isZero() && tail.cmp(power(-int64(work))) > 0 {
		terms++
		tail = tail.mul(size).quo(normal(uint64(terms+1), 0))
	}
	sum := New(work).SetInt64(1)
	for n := terms; n > 0; n-- {
		sum.Mul(sum, t)
		sum.QuoInt64(sum, n)
		sum.AddInt64(sum, 1)
	}
	sum.rad = sum.rad.add(tail.scale(1))
	for range halvings {
		sum.Sqr(sum)
	}
	sum.MulPow2(sum, int(k))
	if !x.rad.isZero() {
		// |e^{m+δ} − e^m| ≤ e^m·(e^r − 1) and e^r − 1 ≤ r·(1 + r) for r ≤ 1.
		if x.rad.cmp(power(0)) <= 0 {
			spread := x.rad.mul(power(0).add(x.rad))
			sum.rad = sum.rad.add(above(&sum.mid).add(sum.rad).mul(spread))
		} else {
			low, high := New(p).SetFloat(x.Lower()), New(p).SetFloat(x.Upper())
			return z.Union(low.Exp(low), high.Exp(high))
		}
	}
	return z.Set(sum)
}

// Log sets z to log x; a ball that is not positive gives the indeterminate
// ball.
//
//	log x = y + 2 artanh(d/(2+d)),  d = x·e^{−y} − 1,  y any number near log x
//
// Encloses the exact value for every point of the input.
func (z *Ball) Log(x *Ball) *Ball {
	if sign, ok := x.Sign(); x.beyond || !ok || sign <= 0 {
		return z.Indeterminate()
	}
	p := z.precisionFor(x)
	z.mid.SetPrec(p)
	center := New(x.mid.Prec())
	center.mid.Set(&x.mid)
	if center.mid.Cmp(big.NewFloat(1)) == 0 && x.rad.isZero() {
		return z.SetInt64(0)
	}
	// Near 1 the logarithm is about x − 1: keep its relative accuracy.
	extra := uint(0)
	gap := new(big.Float).SetPrec(center.mid.Prec()+64).Sub(&center.mid, big.NewFloat(1))
	if gap.Sign() != 0 {
		extra = uint(min(max(0, -gap.MantExp(nil)), 1<<20))
	}
	work := p + extra + 32
	y := approximateLog(&center.mid, work)
	d := New(work).Neg(New(work).SetFloat(y))
	d.Exp(d)
	d.Mul(d, center)
	d.AddInt64(d, -1)
	if y.Sign() == 0 {
		d.SetFloat(gap)
	}
	h := New(work).Quo(d, New(work).AddInt64(d, 2)) // d/(2+d)
	sum := New(work).artanh(h)
	if sum.beyond {
		return z.Indeterminate()
	}
	sum.MulPow2(sum, 1)
	sum.Add(sum, New(work).SetFloat(y))
	if !x.rad.isZero() {
		// |log(m+δ) − log m| ≤ r/(m − r)
		least := new(big.Float).SetPrec(32).SetMode(big.ToZero).Sub(&x.mid, x.rad.float())
		sum.rad = sum.rad.add(x.rad.quo(below(least)))
	}
	return z.Set(sum)
}

// approximateLog returns a number near log m: to float64 precision, or to about
// half the precision where that saves terms.
func approximateLog(m *big.Float, precision uint) *big.Float {
	mantissa := new(big.Float)
	exp := m.MantExp(mantissa)
	nearOne := exp == 0 || exp == 1
	if precision > 256 && !nearOne {
		return New(precision/2 + 16).Log(New(precision/2 + 16).SetFloat(m)).Mid()
	}
	if nearOne { // the sum below would cancel
		f, _ := m.Float64()
		return big.NewFloat(math.Log(f))
	}
	f, _ := mantissa.Float64()
	return big.NewFloat(math.Log(f) + float64(exp)*math.Ln2)
}

var log2Cache struct {
	sync.Mutex
	values map[uint]*Ball
}

// Log2 returns an enclosure of log 2.
//
//	log 2 = 18 artanh(1/26) − 2 artanh(1/4801) + 8 artanh(1/8749)
//
// Encloses the exact value.
func Log2(precision uint) *Ball {
	class := precisionClass(precision)
	log2Cache.Lock()
	defer log2Cache.Unlock()
	if log2Cache.values == nil {
		log2Cache.values = map[uint]*Ball{}
	}
	c, ok := log2Cache.values[class]
	if !ok {
		c = combine(class+32, false, []inverse{{18, 26}, {-2, 4801}, {8, 8749}})
		log2Cache.values[class] = c
	}
	return New(precision).Set(c)
}

// precisionClass rounds a precision up to one of a few, so that constants are
// kept and no result depends on which precision was asked for before.
func precisionClass(precision uint) uint {
	class := uint(256)
	for class < precision+32 {
		class += class / 2
	}
	return class
}

// An inverse is the term factor·f(1/x), f one of artanh and atan.
type inverse struct{ factor, x int64 }

// combine encloses a sum of terms with p bits.
func combine(p uint, alternating bool, terms []inverse) *Ball {
	// In units of 2^-p: each function is a sum of floors, off by less than
	// two units a term and two for the tail.
	sum, units := new(big.Int), int64(0)
	for _, term := range terms {
		s, n := inverseSeries(term.x, p, alternating)
		sum.Add(sum, s.Mul(s, big.NewInt(term.factor)))
		units += n * max(term.factor, -term.factor)
	}
	c := New(p).SetInt(sum)
	c.rad = c.rad.add(normal(uint64(units), 0))
	return c.MulPow2(c, -int(p))
}

// inverseSeries returns Σ_n s^n/((2n+1) x^{2n+1}) in units of 2^-p, s = −1 if
// alternating and 1 if not, and a bound, in units, of its error.
func inverseSeries(x int64, p uint, alternating bool) (*big.Int, int64) {
	powerOf := new(big.Int).Lsh(big.NewInt(1), p)
	powerOf.Quo(powerOf, big.NewInt(x))
	square := big.NewInt(x * x)
	sum, term := new(big.Int), new(big.Int)
	terms := int64(0)
	for n := int64(0); powerOf.Sign() != 0; n++ {
		term.Quo(powerOf, big.NewInt(2*n+1))
		if alternating && n%2 == 1 {
			term.Neg(term)
		}
		sum.Add(sum, term)
		powerOf.Quo(powerOf, square)
		terms++
	}
	// Each term is off by less than 2 units (floor of the power, floor of the
	// quotient), and the tail is below 2 units.
	return sum, 2*terms + 2
}
