package compare

import "muflow/internal/portable"

// moments returns the mean of numbers and their variance with divisor n − 1.
func moments(x []float64) (mean, variance float64) {
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

// student returns the t with which Student's variable of ν degrees of freedom is
// within ±t with probability 95 %.
//
//	P(|T| > t) = I_x(ν/2, 1/2),   x = ν/(ν + t²)
//
// Approximate: no error bound; about ten digits for 1 ≤ ν ≤ 1000.
// Reference: NIST Digital Library of Mathematical Functions, 8.17.22.
func student(degrees float64) float64 {
	tail := func(t float64) float64 {
		return regularBeta(degrees/(degrees+float64(t*t)), degrees/2, 0.5)
	}
	low, high := 0.0, 20.0
	for range 100 {
		if middle := float64((low + high) / 2); tail(middle) > 0.05 {
			low = middle
		} else {
			high = middle
		}
	}
	return high
}

// regularBeta returns the regularised incomplete beta function I_x(a, b) by its
// continued fraction, evaluated from the back.
func regularBeta(x, a, b float64) float64 {
	if x > (a+1)/(a+b+2) {
		return 1 - regularBeta(1-x, b, a)
	}
	front := float64(a*portable.Log(x)) + float64(b*portable.Log1p(-x)) + logGamma(a+b) - logGamma(a) - logGamma(b)
	value := 1.0
	for k := 300; k > 0; k-- {
		m := float64(k / 2)
		d := m * (b - m) / (a + float64(2*m) - 1)
		if k%2 == 1 {
			d = -(a + m) * (a + b + m) / (a + float64(2*m) + 1)
		}
		value = 1 + d*x/(a+float64(2*m))/value
	}
	return portable.Exp(front) / a / value
}

// logGamma returns log Γ(x) for x > 0 by Stirling's series.
func logGamma(x float64) float64 {
	shift := 0.0
	for ; x < 10; x++ {
		shift += portable.Log(x)
	}
	square := float64(x * x)
	series := (1./12 - (1./360-(1./1260-1./1680/square)/square)/square) / x
	return float64((x-0.5)*portable.Log(x)) - x + 0.91893853320467274178 + series - shift
}
