package ode

import (
	"math"
	"math/big"
	"muflow/internal/portable"
	"muflow/ode/ball"
	"sort"
)

// A scout is a jet in float64, with time in units of a scale at which the
// coefficients neither grow nor shrink much. It foretells, for a jet of many
// digits, a step and the sizes of all coefficients.
// Approximate: no error bound.
type scout struct {
	program   *program
	order     int
	scale     float64     // coefficient k is that of the solution times scale^k
	rough     [][]float64 // rough[node][k]; one entry for constants
	states    [][]float64
	constants []float64
}

// Coefficients of a scout stay within 2^±roughBits of the value.
const roughBits = 400

// newScout takes the values of the constants of a program, by node.
func newScout(p *program, order int, constants []float64) *scout {
	s := &scout{program: p, order: order, constants: constants}
	s.states = make([][]float64, p.dimension)
	for i := range s.states {
		s.states[i] = make([]float64, order+1)
	}
	s.rough = make([][]float64, len(p.nodes))
	for n, x := range p.nodes {
		switch {
		case x.op == OpState:
			s.rough[n] = s.states[x.index]
		case x.constant:
			s.rough[n] = constants[n : n+1]
		default:
			s.rough[n] = make([]float64, order+1)
		}
	}
	return s
}

// survey expands about a point, and looks for the scale first. It fails where
// the numbers leave the range of float64.
func (s *scout) survey(at []float64) bool {
	for i, x := range at {
		s.states[i][0] = x
	}
	for range 60 {
		last, ok := s.expand()
		if !ok && last == 0 {
			return false
		}
		// The largest power 2^b per unit of time and coefficient, from the last
		// ones that are not 0.
		steepest, found := math.Inf(-1), false
		for _, c := range s.states {
			size := max(math.Abs(c[0]), math.Abs(c[1]), math.Abs(c[2]))
			for k := last; k > 2; k-- {
				if v := math.Abs(c[k]); v > 0 {
					steepest, found = max(steepest, (portable.Log2(v)-portable.Log2(size))/float64(k)), true
					break
				}
			}
		}
		if !found || math.IsNaN(steepest) || math.IsInf(steepest, 0) {
			return ok && !found
		}
		if ok && math.Abs(steepest)*float64(last) < roughBits {
			return true
		}
		if s.scale *= portable.Exp2(-steepest); !(s.scale > 0x1p-900 && s.scale < 0x1p900) {
			return false
		}
	}
	return false
}

// expand returns the last level that stays in range.
func (s *scout) expand() (last int, ok bool) {
	const most = 0x1p900
	if s.scale == 0 {
		s.scale = 1
	}
	for k := range s.order {
		for n := range s.program.nodes {
			x := &s.program.nodes[n]
			if x.constant || x.op == OpState {
				continue
			}
			v := s.coefficient(n, k)
			if !(math.Abs(v) < most) {
				return k, false
			}
			s.rough[n][k] = v
		}
		for i, c := range s.states {
			f := s.rough[s.program.outputs[i]]
			v := 0.0
			if k < len(f) {
				v = f[k]
			}
			v *= s.scale / float64(k+1)
			if !(math.Abs(v) < most) {
				return k, false
			}
			c[k+1] = v
		}
	}
	return s.order, true
}

// coefficient computes coefficient k of a node, as jet.coefficient.
func (s *scout) coefficient(n, k int) float64 {
	x := &s.program.nodes[n]
	own, a := s.rough[n], s.rough[x.a]
	at := func(c []float64) float64 {
		if k < len(c) {
			return c[k]
		}
		return 0
	}
	switch x.op {
	case OpAdd:
		return at(a) + at(s.rough[x.b])
	case OpSub:
		return at(a) - at(s.rough[x.b])
	case OpNeg:
		return -a[k]
	case OpMul:
		b := s.rough[x.b]
		switch {
		case len(a) == 1:
			return a[0] * b[k]
		case len(b) == 1:
			return a[k] * b[0]
		}
		return inner(a[:k+1], b[:k+1])
	case OpQuo:
		b := s.rough[x.b]
		if len(b) == 1 {
			return a[k] / b[0]
		}
		return (at(a) - inner(b[1:k+1], own[:k])) / b[0]
	case OpExp:
		if k == 0 {
			return portable.Exp(a[0])
		}
		sum := 0.0
		for i := 1; i <= k; i++ {
			sum += float64(float64(i) * a[i] * own[k-i])
		}
		return sum / float64(k)
	case OpLog, OpAtan:
		b := a
		if k == 0 && x.op == OpLog {
			return portable.Log(a[0])
		} else if k == 0 {
			return near((*ball.Ball).Atan, a[0])
		} else if x.op == OpAtan {
			b = s.rough[x.b]
		}
		sum := float64(k) * a[k]
		for i := 1; i < k; i++ {
			sum -= float64(float64(i) * own[i] * b[k-i])
		}
		return sum / (float64(k) * b[0])
	case OpSin, OpCos:
		sign, function := 1.0, (*ball.Ball).Sin
		if x.op == OpCos {
			sign, function = -1, (*ball.Ball).Cos
		}
		if k == 0 {
			return near(function, a[0])
		}
		sum := 0.0
		for i := 1; i <= k; i++ {
			sum += float64(float64(i) * a[i] * s.rough[x.b][k-i])
		}
		return sign * sum / float64(k)
	case OpAbs:
		return math.Copysign(1, a[0]) * a[k]
	case OpSqrt:
		if k == 0 {
			return math.Sqrt(a[0])
		}
		return (a[k] - inner(own[1:k], own[1:k])) / (2 * own[0])
	}
	return math.NaN()
}

// lead bounds by how much the first coefficient of a function is off.
func (s *scout) lead(n int, function func(f *intervals, z, x *interval)) float64 {
	var z interval
	f, a, own := newIntervals(), s.rough[s.program.nodes[n].a][0], s.rough[n][0]
	function(f, &z, &interval{a, a})
	if f.failure() != nil {
		return math.Inf(1)
	}
	return up(max(z.high-own, own-z.low))
}

// near returns a function of a number by ball arithmetic, the same on every
// machine.
func near(function func(z, x *ball.Ball) *ball.Ball, x float64) float64 {
	v, _ := function(ball.New(64), ball.New(64).SetFloat64(x)).Mid().Float64()
	return v
}

// inner returns Σ_i x[i]·y[n−1−i].
func inner(x, y []float64) float64 {
	var a, b, c, d float64
	y = y[:len(x)]
	i, n := 0, len(x)
	for ; i+4 <= n; i += 4 {
		a += float64(x[i] * y[n-1-i])
		b += float64(x[i+1] * y[n-2-i])
		c += float64(x[i+2] * y[n-3-i])
		d += float64(x[i+3] * y[n-4-i])
	}
	for ; i < n; i++ {
		a += float64(x[i] * y[n-1-i])
	}
	return a + b + (c + d)
}

// stepSize is that of the coefficients up to an order, as for a path.
func (s *scout) stepSize(order int, tolerance float64) (*big.Float, bool) {
	log := func(i, k int) float64 { return portable.Log2(math.Abs(s.states[i][k])) }
	return stepSize(len(s.states), order, tolerance, portable.Log2(s.scale), log)
}

// orderFor returns an order, at least half that of the scout, that is enough for a
// step: that of the scout where no less is.
func (s *scout) orderFor(tolerance float64, step *big.Rat) int {
	length := new(big.Float).SetPrec(firstBits).SetRat(step)
	half := max(leastOrder, s.order/2)
	return half + sort.Search(s.order-half, func(i int) bool {
		size, bounded := s.stepSize(half+i, tolerance)
		return bounded && length.Cmp(size) <= 0
	})
}

// exponentsOf returns e with |c_k|·step^k < 2^{e−1} for every k, and the same
// for k times them; known is false for zeros alone.
func exponentsOf(c []float64, step float64) (e, weighted int, known bool) {
	power, most, heavy := 1.0, 0.0, 0.0
	for k, v := range c {
		v = math.Abs(v) * power
		most, heavy = max(most, v), max(heavy, v*float64(k))
		if power *= step; power < 0x1p-1070 {
			break
		}
	}
	if most == 0 {
		return 0, 0, false
	}
	_, e = math.Frexp(most)
	_, weighted = math.Frexp(heavy)
	return e + 1, weighted + 1, true
}
