package ode

import (
	"errors"
	"fmt"
	"math"
	"math/big"
	"muflow/internal/portable"

	"muflow/ode/ball"
)

// A gate lets a step of a path through only if its polynomials u solve the
// equation: for σ = ½ and σ = 1, in units of the step h,
//
//	|u_i'(σ) − h·f_i(u(σ))| ≤ 2^slack·(N+1)·10^−(Digits+3)·max_k |c_{i,k}|
//
// with f evaluated in balls, whose radius is allowed for, and no divisor and no
// argument of log or √ is seen to pass 0 in between. The coefficients at the
// start do not show this: those of y' = −√y go on to y = (1 − t/2)² after t = 2.
type gate struct {
	field           *balls
	jet             *jet[*ball.Ball]
	step, rate, gap *ball.Ball
	tolerance       float64    // log2 of all but the coefficients
	limit           *big.Float // of steps, after one that was turned down, or nil
}

const gateSlack = 10

var (
	errShort  = errors.New("too short beside the end of the time interval")
	errClosed = errors.New("the polynomials of a longer step do not solve the equation")
)

func newGate(p *program, settings Settings, tolerance float64) *gate {
	g := &gate{field: newBalls(), tolerance: tolerance + portable.Log2(float64(settings.Order+1)) + gateSlack}
	g.jet = newJet(p, g.field, 0, uniform(settings.Precision))
	g.step, g.rate, g.gap = ball.New(settings.Precision), ball.New(settings.Precision), ball.New(settings.Precision)
	return g
}

// next returns the end of a step of the given size, at most until.
func (g *gate) next(p *Path, size *big.Float, bounded bool, until *big.Rat) (*big.Rat, error) {
	reason := errShort
	if g.limit != nil && (!bounded || size.Cmp(g.limit) > 0) {
		size, bounded, reason = g.limit, true, errClosed
	}
	if !bounded {
		return until, nil
	}
	h, _ := size.Rat(nil)
	if h.Add(h, p.reached).Cmp(until) >= 0 {
		return until, nil
	}
	// In units of the time that has passed or is left, whichever is less.
	if float64(size.MantExp(nil)) < log2Rat(until)-float64(p.settings.Precision) {
		return nil, fmt.Errorf("a step of %.3g: %w", size, reason)
	}
	return h, nil
}

// judge notes whether a step was let through.
func (g *gate) judge(length *big.Float, passed bool) bool {
	switch {
	case !passed:
		g.limit = halved(length, 16)
	case g.limit != nil && length.Cmp(g.limit) < 0:
		g.limit = nil
	case g.limit != nil:
		g.limit = new(big.Float).SetMantExp(g.limit, 2)
	}
	return passed
}

func halved(x *big.Float, precision uint) *big.Float {
	half := new(big.Float).SetPrec(precision).Set(x)
	return half.SetMantExp(half, -1)
}

// solves reports whether polynomials with these values and rates at one time
// may solve the equation; sizes are log2 of their largest coefficients.
func (g *gate) solves(at, rates []*big.Float, step *big.Float, sizes []float64) bool {
	most := math.Inf(-1)
	for i, size := range sizes {
		g.jet.states[i][0].SetFloat(at[i])
		most = max(most, size)
	}
	g.jet.evaluate()
	if g.field.failure() != nil {
		return false
	}
	g.step.SetFloat(step)
	for i, rate := range rates {
		f, _ := g.jet.output(i, 0)
		g.gap.Sub(g.rate.SetFloat(rate), g.gap.Mul(f, g.step))
		size := sizes[i]
		if math.IsInf(size, -1) {
			size = most // 0 so far, nothing to be relative to
		}
		if log2(g.gap.Mid()) > 1+max(size+g.tolerance, log2(g.gap.Radius())+gateSlack) {
			return false
		}
	}
	return true
}

// guarded returns the position of what must not pass 0, if a node has such an
// operand.
func (x *node) guarded() (operand int, ok bool) {
	switch {
	case x.constant:
		return 0, false
	case x.op == OpQuo:
		return x.b, true
	}
	return x.a, x.op == OpLog || x.op == OpSqrt || x.op == OpAbs
}

// passesZero reports whether Σ c_k·σ^k is seen to pass or to touch 0 for σ in
// [0, 1]: by its signs at some points, and by a search between the neighbours of
// one at which it is least.
func passesZero(c []float64) bool {
	const probes, near = 64, 0x1p-20
	rest := 0.0
	for _, v := range c[1:] {
		rest += math.Abs(v)
	}
	if rest < math.Abs(c[0]) {
		return false
	}
	at := func(x float64) float64 {
		v := 0.0
		for k := len(c) - 1; k >= 0; k-- {
			v = float64(v*x) + c[k]
		}
		return v * math.Copysign(1, c[0])
	}
	before, last := at(-1.0/probes), math.Abs(c[0])
	for i := 1; i <= probes; i++ {
		high := float64(float64(i) / probes)
		v := at(high)
		if !(v > 0) {
			return true
		}
		if last <= before && last <= v {
			least, low := last, high-2.0/probes
			for range 80 {
				x, y := low+(high-low)/3, high-(high-low)/3
				if p, q := at(x), at(y); p < q {
					least, high = min(least, p), y
				} else {
					least, low = min(least, q), x
				}
			}
			if least < near*max(before, v) {
				return true
			}
		}
		before, last = last, v
	}
	return false
}
