package reduced

import (
	"math"
	"math/big"

	"muflow/ode/ball"
	"muflow/theory"
)

// Numbers are the constants of the reduced flow of a profile at a readout gain.
type Numbers struct {
	Sigma     *ball.Ball   // σ = α/√K
	E         *ball.Ball   // e = e^σ
	Degrees   []int        // the d with W_d ≠ 0, ascending
	Weights   []*ball.Ball // W_d = m_{0,d} + e·m_{1,d}
	alpha     *big.Rat
	k         int // K
	precision uint
}

// NumbersOf encloses the constants of a profile at α > 0 with a working
// precision in bits.
//
// Encloses the exact values.
// theory.md section 2.
func NumbersOf(p *theory.Profile, alpha *big.Rat, precision uint) *Numbers {
	sigma := Sigma(alpha, p.K, precision)
	x := &Numbers{Sigma: sigma, E: ball.New(precision).Exp(sigma), alpha: alpha, k: p.K, precision: precision}
	for _, w := range p.Weights() {
		value := ball.New(precision).MulInt64(x.E, int64(w.In))
		x.Degrees, x.Weights = append(x.Degrees, w.Degree), append(x.Weights, value.AddInt64(value, int64(w.Out)))
	}
	return x
}

// Rounded returns the numbers with a lower working precision.
func (x *Numbers) Rounded(precision uint) *Numbers {
	out := *x
	out.precision, out.Weights = precision, make([]*ball.Ball, len(x.Weights))
	for i, w := range x.Weights {
		out.Weights[i] = ball.New(precision).Set(w)
	}
	return &out
}

// Sigma returns σ = α/√K.
//
// Encloses the exact value.
func Sigma(alpha *big.Rat, k int, precision uint) *ball.Ball {
	root := rootOf(k, precision)
	return root.MulRat(root, new(big.Rat).Quo(alpha, new(big.Rat).SetInt64(int64(k)))) // √K·α/K
}

func rootOf(k int, precision uint) *ball.Ball {
	root := ball.New(precision).SetInt64(int64(k))
	return root.Sqrt(root)
}

// Logit returns μ = u·√K/α for u = log y.
//
// Encloses the exact value for every point of u.
func (x *Numbers) Logit(u *ball.Ball) *ball.Ball {
	mu := ball.New(x.precision).Mul(u, rootOf(x.k, x.precision))
	return mu.MulRat(mu, new(big.Rat).Inv(x.alpha))
}

// Kappa returns κ = α²/(nK), the rate of y' = κ·y·R(y)/Q(y).
func Kappa(p *theory.Profile, alpha *big.Rat) *big.Rat {
	kappa := new(big.Rat).Mul(alpha, alpha)
	return kappa.Quo(kappa, new(big.Rat).SetInt64(int64(p.N)*int64(p.K)))
}

// Sum returns Σ_d factor(d)·W_d.
//
// Encloses the exact value.
func (x *Numbers) Sum(factor func(d int) int) *ball.Ball {
	sum, term := ball.New(x.precision), ball.New(x.precision)
	for i, d := range x.Degrees {
		if n := factor(d); n != 0 {
			sum.Add(sum, term.MulInt64(x.Weights[i], int64(n)))
		}
	}
	return sum
}

// SidesAt returns Σ (q|d−c|)^k·W_d y^{d−d_min} for k = 0, …, most over the d
// below c, and over those from c on, with the denominator q of c.
//
// Encloses the exact values for every point of y.
func (x *Numbers) SidesAt(y *ball.Ball, c theory.Degree, most int) (below, above []*ball.Ball) {
	below, above = make([]*ball.Ball, most+1), make([]*ball.Ball, most+1)
	for k := range below {
		below[k], above[k] = ball.New(x.precision), ball.New(x.precision)
	}
	powers := map[int]*ball.Ball{1: y}
	power, term, at := ball.New(x.precision).SetInt64(1), ball.New(x.precision), x.Degrees[0]
	for i, d := range x.Degrees {
		if gap := d - at; gap > 0 {
			factor, ok := powers[gap]
			if !ok {
				factor = ball.New(x.precision).PowInt(y, int64(gap))
			}
			power = ball.New(x.precision).Mul(power, factor)
			at = d
			powers[at-x.Degrees[0]] = power
		}
		side, distance := above, -c.Over(d)
		if distance < 0 {
			side, distance = below, -distance
		}
		term.Mul(x.Weights[i], power)
		side[0].Add(side[0], term)
		for k := 1; k <= most && distance > 0; k++ {
			side[k].Add(side[k], term.MulInt64(term, int64(distance)))
		}
	}
	return below, above
}

// MeanDegree returns F, the mean in-degree under the softmax, at y = e^{σμ}.
//
//	F(μ) = Σ_d d·W_d y^d / Σ_d W_d y^d
//
// Encloses the exact value for every point of y.
func (x *Numbers) MeanDegree(y *ball.Ball) *ball.Ball {
	_, sums := x.SidesAt(y, theory.WholeDegree(0), 1)
	return sums[1].Quo(sums[1], sums[0])
}

// Moments returns the variance of the in-degree under the softmax and its third
// central moment at y = e^{σμ}. With f = F − c and E_k the mean of (d−c)^k for some
// integer c,
//
//	Var(d) = E_2 − f²,   E(d−F)³ = E_3 − 3 f E_2 + 2 f³
//
// c is 0, and the one next to F where that leaves less than half of the bits, as
// it does where nearly all the weight is at one degree.
// Encloses the exact values for every point of y.
func (x *Numbers) Moments(y *ball.Ball) (variance, third *ball.Ball) {
	for c := 0; ; {
		below, sums := x.SidesAt(y, theory.WholeDegree(c), 3)
		for k := range sums {
			if sums[k].Add(sums[k], below[k]); k%2 == 1 {
				sums[k].Sub(sums[k], below[k].MulInt64(below[k], 2))
			}
		}
		for k := 1; k < len(sums); k++ {
			sums[k].Quo(sums[k], sums[0])
		}
		mean, square := sums[1], ball.New(x.precision).Sqr(sums[1])
		third = ball.New(x.precision).Mul(sums[2], mean)
		third.Sub(sums[3], third.MulInt64(third, 3))
		cube := ball.New(x.precision).Mul(square, mean)
		third.Add(third, cube.MulInt64(cube, 2))
		variance = square.Sub(sums[2], square)
		middle, _ := mean.Mid().Float64()
		next := c + int(math.Round(middle))
		if c != 0 || next <= 0 || variance.RelativeAccuracyBits() > int(x.precision)/2 {
			return variance, third
		}
		c = next
	}
}
