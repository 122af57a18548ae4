package elementary

import (
	"math"
	"muflow/internal/portable"

	"muflow/ode/ball"
)

// sketch is the sum of partial fractions in float64, for a first guess.
type sketch struct {
	polynomial, origin []float64
	poles              []sketchedPole
	length             float64 // |y* − 1|, +Inf without a limit
	limit              float64
	direction          float64
}

type sketchedPole struct {
	limit     bool
	weight    float64 // 2 for a pair
	gap       complex128
	principal []complex128
}

func float(x *ball.Ball) float64 {
	f, _ := x.Mid().Float64()
	return f
}

func floats(xs []*ball.Ball) []float64 {
	out := make([]float64, len(xs))
	for i, x := range xs {
		out[i] = float(x)
	}
	return out
}

func (f *fractions) sketch() *sketch {
	s := &sketch{polynomial: floats(f.polynomial), origin: floats(f.origin), length: math.Inf(1), direction: float64(f.direction)}
	if f.limit != nil {
		s.length, s.limit = float(f.length), float(f.limit)
	}
	for _, p := range f.poles {
		q := sketchedPole{limit: p.limit, weight: 2, gap: complex(float(p.gap.re), float(p.gap.im))}
		if p.real {
			q.weight = 1
		}
		for _, c := range p.principal {
			q.principal = append(q.principal, complex(float(c.re), float(c.im)))
		}
		s.poles = append(s.poles, q)
	}
	return s
}

// time is fractions.time at the ratio 2^u of the distances from the start and
// from the limit (see atRatio).
func (s *sketch) time(u float64) float64 {
	r := portable.Exp2(u)
	d, gap, logRatio := r, math.Inf(1), 0.0 // |y − 1|, |y* − y|, log(gap/length)
	if !math.IsInf(s.length, 1) {
		gap = s.length / (1 + r)
		d = gap * r
		if math.IsInf(r, 1) {
			d, gap = s.length, 0
		}
		logRatio = -portable.Log1p(r)
	}
	delta := float64(s.direction * d)
	y := 1 + delta
	logY := portable.Log1p(delta)
	if s.limit == 0 && s.direction < 0 {
		y, logY = gap, portable.Log(gap)
	}
	sum := 0.0
	for i := len(s.polynomial) - 1; i >= 0; i-- {
		sum = float64(sum*y) + s.polynomial[i]
	}
	sum *= delta
	power := 1.0
	for l, c := range s.origin {
		if l == 0 {
			sum += float64(c * logY)
			continue
		}
		power /= y
		sum += c * (1 - power) / float64(l)
	}
	for _, p := range s.poles {
		sum += float64(p.weight * p.time(s, delta, gap, logRatio))
	}
	return sum
}

func (p *sketchedPole) time(s *sketch, delta, gap, logRatio float64) float64 {
	a := 1 / p.gap
	b := 1 / (p.gap + complex(delta, 0))
	var sum float64
	if p.limit {
		sum = real(p.principal[0]) * logRatio
		b = complex(-s.direction/gap, 0)
	} else {
		u := complex(delta, 0) * a
		size := float64(real(u)*real(u)) + float64(imag(u)*imag(u))
		log := complex(portable.Log1p(float64(2*real(u))+size)/2, math.Atan2(imag(u), 1+real(u)))
		sum = real(p.principal[0] * log)
	}
	product := complex(delta, 0) * a * b
	var mixed complex128
	power := complex(1, 0)
	for l := 1; l < len(p.principal); l++ {
		mixed = mixed*a + power
		power *= b
		sum += real(p.principal[l]*mixed*product) / float64(l)
	}
	return sum
}

// solve returns u at which the time is the target, about; false where float64
// has not the range. Halves an interval, and goes on by the secant in it, half as
// steep where it would move one end only (the Illinois method).
func (s *sketch) solve(target float64) (u float64, ok bool) {
	if !(target > 1e-250 && target < 1e250) {
		return 0, false
	}
	low, high := -900.0, 900.0
	below, above := -target, math.Inf(1) // time less target at both
	last := 0                            // the end that moved, −1 or 1
	for range 70 {
		middle := low + float64((high-low)/2)
		if secant := low - float64(below*((high-low)/(above-below))); high-low < 1 && secant > low && secant < high {
			middle = secant
		}
		t := s.time(middle)
		switch miss := t - target; {
		case math.IsNaN(t):
			return 0, false
		case miss > 0:
			if high, above = middle, miss; last > 0 {
				below /= 2
			}
			last = 1
		default:
			if low, below = middle, miss; last < 0 {
				above /= 2
			}
			last = -1
		}
		if step := high - low; step <= 0x1p-52*max(1, math.Abs(middle)) || math.Abs(t-target) <= 0x1p-51*target {
			return middle, middle > -899 && middle < 899
		}
	}
	return low, low > -899 && high < 899
}

// quickGuess approximates the solution by the sketch.
func (f *fractions) quickGuess(target *ball.Ball) (x point, u float64, ok bool) {
	t, _ := target.Mid().Float64()
	if f.quick == nil {
		f.quick = f.sketch()
	}
	if u, ok = f.quick.solve(t); !ok {
		return x, u, false
	}
	whole := math.Floor(u)
	r := f.space.New(64).SetFloat64(portable.Exp2(u - whole))
	r.MulPow2(r, int(whole))
	x = f.atRatio(r)
	x.distance.Midpoint(x.distance)
	return x, u, x.distance.Mid().Sign() > 0
}
