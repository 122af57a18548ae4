// Package portable has functions of package math, and some of statistics, with
// the same bits on every processor. Those of math have assembly for some
// processors, with fused multiply-adds for some of these, and are fused by the
// compiler on others; so are those of libraries that use them.
//
// Go may fuse x*y + z, on amd64 under GOAMD64=v3 and on arm64 always; an explicit
// conversion float64(x*y) forbids it (Go specification, Floating-point operators).
// Here and in all packages whose float64 results are shown, products that are
// added to something are converted so; a test reads the compiler's listing.
package portable

import "math"

const (
	roundAway = 3 << 51 // adding it rounds to an integer
	logHigh   = 6.93147180369123816490e-01
	logLow    = 1.90821492927058770002e-10
)

// Exp returns e^x.
//
//	x = k log 2 + r,  |r| ≤ log(2)/2,  e^r = 1 + r + r²(1/2! + r/3! + … + r¹¹/13!)
//
// +Inf above 709.78…, 0 below −745.13…, NaN of NaN. The error is below 1.5 units
// in the last place where the result is a normal number.
// Approximate: no error bound.
func Exp(x float64) float64 {
	switch {
	case x != x || x > 1000:
		return x * math.Inf(1)
	case x < -1000:
		return 0
	}
	k := float64(x*math.Log2E) + roundAway
	k -= roundAway
	r := float64(x-float64(k*logHigh)) - float64(k*logLow)
	r2 := float64(r * r)
	r4 := float64(r2 * r2)
	r8 := float64(r4 * r4)
	a := quartet(r, r2, 1./2, 1./6, 1./24, 1./120)
	b := quartet(r, r2, 1./720, 1./5040, 1./40320, 1./362880)
	c := quartet(r, r2, 1./3628800, 1./39916800, 1./479001600, 1./6227020800)
	q := float64(a+float64(b*r4)) + float64(c*r8)
	mantissa := 1 + (r + float64(r2*q))
	if math.Abs(x) <= 708 { // the power of 2 is a normal number
		return float64(mantissa * math.Float64frombits(uint64(int64(k)+1023)<<52))
	}
	return math.Ldexp(mantissa, int(k))
}

// quartet returns (a + br) + (c + dr)r².
func quartet(r, r2, a, b, c, d float64) float64 {
	return float64(a+float64(b*r)) + float64(float64(c+float64(d*r))*r2)
}

// Log returns the natural logarithm, by the method of FreeBSD's e_log.c (Sun
// Microsystems, 1993): x = 2^k(1+f), s = f/(2+f), log(1+f) = f − f²/2 + s(f²/2 + R(s²)).
//
// −Inf of 0, NaN below. The error is below 1 unit in the last place.
// Approximate: no error bound.
func Log(x float64) float64 {
	switch {
	case x != x || x > math.MaxFloat64:
		return x
	case x < 0:
		return math.NaN()
	case x == 0:
		return math.Inf(-1)
	}
	f, exponent := math.Frexp(x)
	if f < math.Sqrt2/2 {
		f *= 2
		exponent--
	}
	f--
	k := float64(exponent)
	s := f / (2 + f)
	s2 := float64(s * s)
	s4 := float64(s2 * s2)
	t1 := float64(s2 * (6.666666666666735130e-01 + float64(s4*(2.857142874366239149e-01+float64(s4*(1.818357216161805012e-01+float64(s4*1.479819860511658591e-01)))))))
	t2 := float64(s4 * (3.999999999940941908e-01 + float64(s4*(2.222219843214978396e-01+float64(s4*1.531383769920937332e-01)))))
	half := float64(float64(0.5*f) * f)
	return float64(k*logHigh) - ((half - (float64(s*(half+(t1+t2))) + float64(k*logLow))) - f)
}

// Log1p returns log(1+x) for small x too.
//
//	u = 1+x rounded,   log(1+x) = log(u)·x/(u−1)
//
// Approximate: no error bound; errors of some units in the last place.
// Reference: W. Kahan, in Hewlett-Packard's HP-15C Advanced Functions Handbook.
func Log1p(x float64) float64 {
	u := 1 + x
	if u == 1 || u > math.MaxFloat64 {
		return x
	}
	return float64(Log(u) * (x / (u - 1)))
}

// Expm1 returns e^x − 1 for small x too.
//
//	u = e^x rounded,   e^x − 1 = (u−1)·x/log(u)
//
// Approximate: no error bound; errors of some units in the last place.
// Reference: as Log1p.
func Expm1(x float64) float64 {
	u := Exp(x)
	switch {
	case u == 1:
		return x
	case u == 0 || u-1 == -1 || u > math.MaxFloat64:
		return u - 1
	}
	return float64((u - 1) * (x / Log(u)))
}

// Exp2 returns 2^x, exactly where x is an integer.
// Approximate: no error bound; errors of some units in the last place.
func Exp2(x float64) float64 {
	whole := math.Round(x)
	if !(math.Abs(whole) < 5000) {
		return Exp(x * math.Ln2)
	}
	return math.Ldexp(Exp((x-whole)*math.Ln2), int(whole))
}

// Log2 returns the binary logarithm, exactly of a power of 2.
// Approximate: no error bound; errors of some units in the last place.
func Log2(x float64) float64 {
	f, exponent := math.Frexp(x)
	if f == 0.5 {
		return float64(exponent - 1)
	}
	return float64(exponent) + float64(Log(f)*math.Log2E)
}

// Pow returns x^y for x ≥ 0.
//
//	x^y = e^{y log x},   x^0 = 1,  x^1 = x,  x² rounded once
//
// NaN for x < 0 and another y.
// Approximate: no error bound; the relative error is some 2⁻⁵³·(1 + |y log x|).
func Pow(x, y float64) float64 {
	switch y {
	case 0:
		return 1
	case 1:
		return x
	case 2:
		return float64(x * x)
	}
	return Exp(y * Log(x))
}

// Hypot returns √(x² + y²) without overflow on the way.
// Approximate: no error bound; errors of some units in the last place.
func Hypot(x, y float64) float64 {
	x, y = math.Abs(x), math.Abs(y)
	switch x, y = max(x, y), min(x, y); {
	case math.IsInf(x, 1) || y == 0:
		return x
	case math.IsNaN(x) && math.IsInf(y, 1):
		return y
	}
	q := y / x
	return float64(x * math.Sqrt(1+float64(q*q)))
}
