package kernel

import (
	"math"
	"muflow/internal/portable"
)

// exp returns e^x.
func exp[F Float](x F) F {
	if _, single := any(x).(float32); single {
		return F(exp32(float32(x)))
	}
	return F(portable.Exp(float64(x)))
}

// exp32 returns e^x within two units in the last place where that is a normal
// number, 0 below and +Inf above; of a NaN a NaN. x = k log 2 + r with
// |r| ≤ log(2)/2, e^r by the polynomial of degree 6 of the Cephes library.
// Approximate: no error bound.
func exp32(x float32) float32 {
	if !(x <= 88.72) {
		if x != x {
			return x
		}
		return float32(math.Inf(1))
	}
	if x < -87.3 {
		return 0
	}
	const shift = 3 << 22 // adding it rounds to an integer
	k := float32(x*1.44269504088896341) + shift
	n := int32(math.Float32bits(k)) - 0x4b400000
	k -= shift
	r := float32(x-float32(k*0.693359375)) - float32(k*-2.12194440e-4)
	p := float32(r*1.9875691500e-4) + 1.3981999507e-3
	p = float32(p*r) + 8.3334519073e-3
	p = float32(p*r) + 4.1665795894e-2
	p = float32(p*r) + 1.6666665459e-1
	p = float32(p*r) + 5.0000001201e-1
	p = float32(float32(p*r)*r) + r + 1
	if n > 127 {
		n, p = n-1, 2*p
	}
	return p * math.Float32frombits(uint32(n+127)<<23)
}

// Softmax turns a row of logits into weights, in place.
//
//	x_i ← e^{x_i} / Σ_j e^{x_j}
//
// Approximate: no error bound.
func Softmax[F Float](w *Workspace[F], x []F) {
	if w.unit != nil && len(x) >= 8 {
		w.unit.softmax(len(x), &floats(x)[0])
		return
	}
	top := x[0]
	for _, v := range x[1:] {
		top = max(top, v)
	}
	var sum F
	for i, v := range x {
		e := exp(v - top)
		x[i] = e
		sum += e
	}
	scale := 1 / sum
	for i := range x {
		x[i] *= scale
	}
}

const (
	geluRoot  = 0.7978845608028654 // √(2/π)
	geluCubic = 0.044715
)

// GELU writes the activation in its form with tanh, and its derivative, which
// may take the place of x.
//
//	y = x/2·(1 + tanh u) = x·s,   u = √(2/π)(x + 0.044715x³),  s = σ(2u)
//	dy/dx = s + 2y(1−s)·√(2/π)(1 + 3·0.044715x²)
//
// Approximate: no error bound.
func GELU[F Float](w *Workspace[F], y, slope, x []F) {
	y, slope = y[:len(x)], slope[:len(x)]
	done := 0
	if w.unit != nil && w.unit.wide != nil && len(x) >= 16 {
		done = len(x) &^ 15
		w.unit.wide(done, &floats(y)[0], &floats(slope)[0], &floats(x)[0])
	}
	if eights := w.eights(len(x)); eights > done {
		w.unit.gelu(eights-done, &floats(y)[done], &floats(slope)[done], &floats(x)[done])
		done = eights
	}
	for i := done; i < len(x); i++ {
		v := x[i]
		u := geluRoot * (v + F(geluCubic*v*v*v))
		s := 1 / (1 + exp(-2*u))
		y[i] = v * s
		slope[i] = s + F(2*v*s*(1-s)*geluRoot*(1+F(3*geluCubic*v*v)))
	}
}
