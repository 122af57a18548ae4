package alltime

import (
	"math/big"

	"muflow/internal/sym"
)

// A critical point of a scalar flow, for each value of the parameters.
type critical struct {
	enclosure interval
	within    interval  // an interval in which it is the only one
	root      *sym.Root // the point exactly, if the flow is rational without parameters
	pole      bool      // where the right-hand side is infinite
	unclear   bool      // the enclosure may hold any number of critical points
	undefined bool      // the right-hand side may be undefined in the enclosure
}

// A line is the phase line of a scalar flow x' = f(x): its critical points in
// ascending order and the signs of f between them, for all parameters at once.
//
// Exact, where f is a quotient of polynomials with rational coefficients: all
// roots are isolated, multiple ones included. Otherwise by intervals, as far as
// the solutions go: a cell is left when f has a sign there; cells without one
// where ∂f/∂x has a sign make up one critical point (one for each parameter, by
// monotony and the opposite signs on both sides); others are unclear.
type line struct {
	points []critical
	signs  []int   // one more than points; 0 is unknown
	far    [2]fate // of solutions that go to −∞ and to +∞
}

// A fate is what becomes of a solution.
type fate uint8

const (
	unknown fate = iota
	settles      // it tends to the critical point
	rests        // it is constant
	escapes      // it exists for all t and tends to ±∞
	blowsUp      // it tends to ±∞ in finite time
	breaks       // it reaches a pole in finite time
	bounded      // it tends to some critical point inside an unclear one
)

// phaseLine finds the line of the flow in its only moving unknown.
func (f *flow) phaseLine(at int) *line {
	s := f.forms()
	s.raw = true
	if form, err := s.of(f.rhs[at]); err == nil {
		name := stateName(at)
		num, ok := sym.UnivariateOf(form.num, name)
		den, also := sym.UnivariateOf(form.den, name)
		if ok && also {
			return exactLine(num, den)
		}
	}
	return f.memory.line(f, at, func() *line { return f.scannedLine(at) })
}

// exactLine is the line of num/den.
func exactLine(num, den sym.Univariate) *line {
	l := &line{}
	if len(num) == 0 {
		return &line{signs: []int{0}}
	}
	simple, poles := num.SquareFree(), den.SquareFree()
	product := sym.UnivariateFrom(simple.Poly().Mul(poles.Poly())).SquareFree()
	all := sym.Apart(product.Roots())
	signAt := func(x *big.Rat) int { return num.Sign(x) * den.Sign(x) }
	one := big.NewRat(1, 1)
	for i := range all {
		r := &all[i]
		before := new(big.Rat).Sub(r.Low, one)
		if i > 0 {
			before.Add(all[i-1].High, r.Low)
			before.Quo(before, big.NewRat(2, 1))
		}
		l.signs = append(l.signs, signAt(before))
		pole, zero := r.Shared(poles), r.Shared(simple)
		within := between(r.Low, r.High)
		r.Refine(60)
		l.points = append(l.points, critical{enclosure: between(r.Low, r.High), within: within, root: r, pole: pole, unclear: pole && zero, undefined: pole})
	}
	after := big.NewRat(1, 1)
	if len(all) > 0 {
		after.Add(all[len(all)-1].High, one)
	}
	l.signs = append(l.signs, signAt(after))
	// Growth c·x^d with d ≤ 1 takes infinite time, and one with d ≥ 2 does not.
	l.far = [2]fate{blowsUp, blowsUp}
	if len(num)-len(den) <= 1 {
		l.far = [2]fate{escapes, escapes}
	}
	return l
}

const (
	scanCells  = 6000 // evaluations allowed to find a line
	scanDepth  = 30   // how often a first cell is halved
	scanRounds = 48   // how often the region is doubled
)

// A scanner finds a line by intervals.
type scanner struct {
	flow  *flow
	at    int
	value *graded
	slope *function
	box   []interval
	cells int
	found []stretch // ascending, without gaps
}

// A stretch is an interval of x where f has a sign, or its slope has one.
type stretch struct {
	over  interval
	sign  int // of f, 0 if none
	slope int // of ∂f/∂x where f has none, 0 if none
}

func (f *flow) scannedLine(at int) *line {
	s := &scanner{flow: f, at: at, value: f.graded(f.rhs[at]), slope: f.function(f.rhs[at].Derivative(at)), box: f.box(), cells: scanCells}
	f.effort.work.begins("looking for the signs of the right-hand side")
	start := f.start[at]
	unit := upper().Add(upper().Abs(start.middle()), new(big.Float).SetInt64(1))
	unit.Quo(unit, new(big.Float).SetInt64(4))
	region := interval{low: lower().Sub(start.low, unit), high: upper().Add(start.high, unit)}
	if f.above {
		region.low = lower().Quo(start.low, new(big.Float).SetInt64(2))
	}
	s.found = s.scan(region, scanDepth)
	var far [2]fate
	ends := [2]bool{}
	for side := range 2 {
		step := unit
		for range scanRounds {
			edge := s.found[0]
			if side == 1 {
				edge = s.found[len(s.found)-1]
			}
			outward := 2*side - 1
			if edge.sign == -outward { // comes back
				break
			}
			end := edge.over.low
			if side == 1 {
				end = edge.over.high
			}
			if sign, f := s.beyond(end, side); sign != 0 {
				far[side], ends[side] = f, true
				s.add(stretch{over: halfLine(end, side), sign: sign}, side)
				break
			}
			if s.cells <= 0 {
				break
			}
			step = new(big.Float).SetPrec(bits).Mul(step, new(big.Float).SetInt64(2))
			next := interval{low: end, high: upper().Add(end, step)}
			if side == 0 {
				next = interval{low: lower().Sub(end, step), high: end}
				if f.above { // never to 0
					next.low = lower().Quo(end, new(big.Float).SetInt64(16))
				}
			}
			more := s.scan(next, scanDepth)
			if side == 1 {
				s.found = append(s.found, more...)
			} else {
				s.found = append(more, s.found...)
			}
		}
	}
	l := s.line()
	l.far = far
	return l
}

func halfLine(end *big.Float, side int) interval {
	if side == 1 {
		return interval{low: end, high: infinite(1), openHigh: true}
	}
	return interval{low: infinite(-1), high: end, openLow: true}
}

func (s *scanner) add(x stretch, side int) {
	if side == 1 {
		s.found = append(s.found, x)
	} else {
		s.found = append([]stretch{x}, s.found...)
	}
}

// over returns what is known of f over an interval of x.
func (s *scanner) over(x interval) stretch {
	s.cells--
	s.box[s.at] = x
	out := stretch{over: x}
	switch v := s.value.over(s.box); {
	case v.positive():
		out.sign = 1
	case v.negative():
		out.sign = -1
	default:
		if !v.undefined {
			switch d := s.slope.over(s.box)[0]; {
			case d.positive():
				out.slope = 1
			case d.negative():
				out.slope = -1
			}
			out.sign = s.monotone(x, out.slope)
		}
	}
	return out
}

// monotone returns the sign that a function whose slope has a sign takes on
// all of an interval, by its values at the ends.
func (s *scanner) monotone(x interval, slope int) int {
	if slope == 0 || !x.bounded() {
		return 0
	}
	first, last := x.low, x.high
	if slope < 0 {
		first, last = last, first
	}
	if s.box[s.at] = number(first); s.value.over(s.box).positive() {
		return 1
	}
	if s.box[s.at] = number(last); s.value.over(s.box).negative() {
		return -1
	}
	return 0
}

// scan cuts an interval into stretches.
func (s *scanner) scan(x interval, depth int) []stretch {
	out := s.over(x)
	if out.sign != 0 || out.slope != 0 || depth == 0 || s.cells <= 0 {
		return []stretch{out}
	}
	a, b := x.halves()
	return append(s.scan(a, depth-1), s.scan(b, depth-1)...)
}

// line joins stretches into critical points and gaps.
func (s *scanner) line() *line {
	var joined []stretch
	for _, x := range s.found {
		if n := len(joined); n > 0 && (joined[n-1].sign == x.sign && x.sign != 0 || joined[n-1].sign == 0 && x.sign == 0) {
			last := &joined[n-1]
			last.over = last.over.hull(x.over)
			if last.slope != x.slope {
				last.slope = 0
			}
			continue
		}
		joined = append(joined, x)
	}
	l := &line{}
	for i, x := range joined {
		if x.sign != 0 {
			l.signs = append(l.signs, x.sign)
			if i+1 < len(joined) && joined[i+1].sign != 0 { // a sign change in one point: a pole at most
				l.points = append(l.points, critical{enclosure: number(x.over.high), unclear: true, undefined: true})
			}
			continue
		}
		if len(l.signs) == len(l.points) {
			l.signs = append(l.signs, 0)
		}
		s.box[s.at] = x.over
		c := critical{enclosure: x.over, unclear: true, undefined: s.value.over(s.box).undefined}
		if x.slope != 0 && i > 0 && i+1 < len(joined) && joined[i-1].sign == -x.slope && joined[i+1].sign == x.slope {
			c = critical{enclosure: s.narrow(x), within: x.over}
		}
		l.points = append(l.points, c)
	}
	if len(l.signs) == len(l.points) {
		l.signs = append(l.signs, 0)
	}
	return l
}

// narrow moves the ends of a stretch where f is monotone to its zeros.
func (s *scanner) narrow(x stretch) interval {
	sign := func(m *big.Float) int {
		s.box[s.at] = number(m)
		switch v := s.value.over(s.box); {
		case v.positive():
			return 1
		case v.negative():
			return -1
		}
		return 0
	}
	out := x.over
	for side, good := range [2]int{-x.slope, x.slope} {
		a, b := out.low, out.high // the sign is good at the end that belongs to the side
		for range 80 {
			m := interval{low: a, high: b}.middle()
			if m.Cmp(a) == 0 || m.Cmp(b) == 0 {
				break
			}
			if (sign(m) == good) == (side == 0) {
				a = m
			} else {
				b = m
			}
		}
		if side == 0 {
			out.low = a
		} else {
			out.high = b
		}
	}
	return out
}
