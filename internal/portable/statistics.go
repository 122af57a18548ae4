package portable

import (
	"math"
	"math/rand/v2"
	"sync"
)

// Moments returns the mean of numbers and their variance with divisor n − 1.
func Moments(x []float64) (mean, variance float64) {
	n := float64(len(x))
	for _, v := range x {
		mean += v
	}
	mean /= n
	for _, v := range x {
		variance += float64((v - mean) * (v - mean))
	}
	return mean, variance / (n - 1)
}

// StudentTail returns the probability that Student's variable of ν degrees of
// freedom is beyond ±t.
//
//	P(|T| > t) = I_x(ν/2, 1/2),   x = ν/(ν + t²)
//
// Approximate: no error bound; about ten digits for 1 ≤ ν ≤ 1000.
// Reference: NIST Digital Library of Mathematical Functions, 8.17.22.
func StudentTail(t, degrees float64) float64 {
	return regularBeta(degrees/(degrees+float64(t*t)), degrees/2, 0.5)
}

// StudentQuantile returns the t with P(|T| > t) = p.
// Approximate: as StudentTail.
func StudentQuantile(p, degrees float64) float64 {
	return beyond(p, func(t float64) float64 { return StudentTail(t, degrees) })
}

// NormalTail returns the probability that a standard normal variable is beyond
// ±z.
//
//	P(|Z| > z) = √(2/π) e^{−z²/2} / (z + 1/(z + 2/(z + 3/(z + …))))
//	           = 1 − √(2/π) e^{−z²/2} (z + z³/3 + z⁵/(3·5) + …)   where z < 2
//
// Approximate: no error bound; about fourteen digits.
// Reference: NIST Digital Library of Mathematical Functions, 7.6.2 and 7.9.2.
func NormalTail(z float64) float64 {
	density := 0.79788456080286535588 * Exp(float64(-z*z/2))
	if z < 2 {
		term, sum := z, z
		for k := 3.0; k < 100; k += 2 {
			term = float64(term * (z * z / k))
			sum += term
		}
		return 1 - float64(density*sum)
	}
	below := z
	for k := 100.0; k > 0; k-- {
		below = z + k/below
	}
	return density / below
}

// NormalQuantile returns the z with P(|Z| > z) = p.
// Approximate: as NormalTail.
func NormalQuantile(p float64) float64 { return beyond(p, NormalTail) }

// Bennett returns r with
//
//	2·exp( −(S/b²)·h(r b/S) ) = δ,   h(u) = (1+u)·log(1+u) − u
//
// A sum of martingale differences of total variance S > 0, none larger than b, is
// beyond ±r with a probability of at most δ.
// Approximate: no error bound.
// Reference: G. Bennett (1962), for martingales D. A. Freedman (1975).
func Bennett(variance, b, failure float64) float64 {
	want := Log(2 / failure)
	exponent := func(r float64) float64 {
		u := r * b / variance
		if u < 1e-4 { // where the difference cancels
			return r / variance * r * (0.5 - float64(u*(1.0/6-float64(u*(1.0/12-u/20)))))
		}
		return variance / (b * b) * (float64((1+u)*Log1p(u)) - u)
	}
	low, high := 0.0, math.Sqrt(variance)
	for exponent(high) < want {
		low, high = high, 2*high
	}
	for high-low > 1e-12*high {
		if middle := (low + high) / 2; exponent(middle) < want {
			low = middle
		} else {
			high = middle
		}
	}
	return high
}

// beyond returns the place at which a tail has fallen to p, 0 < p < 1.
func beyond(p float64, tail func(float64) float64) float64 {
	low, high := 0.0, 20.0
	for ; tail(high) > p; low, high = high, 2*high {
	}
	for {
		middle := (low + high) / 2
		switch {
		case middle == low || middle == high:
			return high
		case tail(middle) > p:
			low = middle
		default:
			high = middle
		}
	}
}

// regularBeta returns the regularised incomplete beta function I_x(a, b) by its
// continued fraction, evaluated from the back: 80 terms have all bits up to
// ν = 5000.
func regularBeta(x, a, b float64) float64 {
	if x > (a+1)/(a+b+2) {
		return 1 - regularBeta(1-x, b, a)
	}
	front := float64(a*Log(x)) + float64(b*Log1p(-x)) + logGamma(a+b) - logGamma(a) - logGamma(b)
	value := 1.0
	for k := 100; k > 0; k-- {
		m := float64(k / 2)
		d := m * (b - m) / (a + float64(2*m) - 1)
		if k%2 == 1 {
			d = -(a + m) * (a + b + m) / (a + float64(2*m) + 1)
		}
		value = 1 + d*x/(a+float64(2*m))/value
	}
	return Exp(front) / a / value
}

// logGamma returns log Γ(x) for x > 0 by Stirling's series.
func logGamma(x float64) float64 {
	shift := 0.0
	for ; x < 10; x++ {
		shift += Log(x)
	}
	square := float64(x * x)
	series := (1./12 - (1./360-(1./1260-1./1680/square)/square)/square) / x
	return float64((x-0.5)*Log(x)) - x + 0.91893853320467274178 + series - shift
}

// Normal draws a standard normal number: from the same generator the one of
// rand.Rand.NormFloat64, whose logarithm is that of package math.
// Reference: G. Marsaglia and W. W. Tsang, Journal of Statistical Software 5 (2000).
func Normal(rng *rand.Rand) float64 {
	z := ziggurat()
	for {
		word := rng.Uint64()
		j, i := int32(word), word>>32&0x7f
		x := float64(j) * float64(z.width[i])
		switch {
		case uint32(max(j, -j)) < z.inside[i]:
			return x
		case i > 0:
			if z.height[i]+float32(float32(rng.Float64())*(z.height[i-1]-z.height[i])) < float32(Exp(-0.5*x*x)) {
				return x
			}
			continue
		}
		for {
			x = -float64(Log(rng.Float64()) * (1 / zigguratEnd))
			if y := -Log(rng.Float64()); y+y >= x*x {
				return math.Copysign(zigguratEnd+x, float64(j))
			}
		}
	}
}

// zigguratEnd is where the tail begins.
const zigguratEnd = 3.442619855899

// A layers value has the 128 layers under the normal density, of equal area: from
// the tail, 0, up to the top.
type layers struct {
	inside        [128]uint32 // part that needs no comparison, of 2³¹
	width, height [128]float32
}

var ziggurat = sync.OnceValue(func() *layers {
	const area, unit = 9.91256303526217e-3, 1 << 31
	z := &layers{}
	height := func(x float64) float64 { return Exp(-0.5 * x * x) }
	x, above := zigguratEnd, zigguratEnd
	end := area / height(x)
	z.inside[0], z.inside[1] = uint32(x/end*unit), 0
	z.width[0], z.width[127] = float32(end/unit), float32(x/unit)
	z.height[0], z.height[127] = 1, float32(height(x))
	for i := 126; i > 0; i-- {
		x = math.Sqrt(-2 * Log(area/x+height(x)))
		z.inside[i+1] = uint32(x / above * unit)
		above = x
		z.width[i], z.height[i] = float32(x/unit), float32(height(x))
	}
	return z
})
