package alltime

import (
	"fmt"
	"math/big"

	"muflow/ode"
)

// A piece is a set of solutions of a scalar flow that do the same.
//
// A solution of x' = f(x) never reaches a zero of f that it does not start at
// (uniqueness), so it is strictly monotone or constant and stays between the
// neighbouring critical points; a bounded one tends to a zero of f, as f would
// keep away from 0 otherwise.
type piece struct {
	from   interval // starts
	values interval // of x at all t ≥ 0, the limit left out
	sign   int      // of x'
	fate   fate
	limit  interval  // for settles, rests and bounded
	point  *critical // the limit, if it is one point for each parameter
	side   int       // of ±∞
	gap    int       // which gap of the line
}

// pieces splits the starts by what becomes of them. Every start is in a piece;
// a piece may be empty where starts are known by enclosures only.
func (f *flow) pieces(l *line, at int) []piece {
	start := f.start[at]
	if isZero(f.atStart(f.rhs[at])) && (f.value[at] != nil || f.low[at].Cmp(f.high[at]) == 0) && f.definedAtStart(f.rhs[at]) {
		p := piece{from: start, values: start, fate: rests, limit: start}
		return []piece{p}
	}
	low, high := f.low[at], f.high[at]
	// before reports whether starts may be below (a point), and beyond above.
	below := func(c *critical) bool {
		if c.root != nil && low != nil {
			return c.root.Cmp(low) > 0
		}
		return start.low.Cmp(c.enclosure.high) < 0
	}
	above := func(c *critical) bool {
		if c.root != nil && high != nil {
			return c.root.Cmp(high) < 0
		}
		return start.high.Cmp(c.enclosure.low) > 0
	}
	var out []piece
	for k, sign := range l.signs {
		gap := everything()
		if k > 0 {
			if !above(&l.points[k-1]) {
				continue
			}
			gap.low = l.points[k-1].enclosure.low
		}
		if k < len(l.points) {
			if !below(&l.points[k]) {
				// All starts are at or above this point.
				if c := &l.points[k]; !strictlyAbove(c, low, start) {
					out = append(out, atPoint(c, start))
				}
				continue
			}
			gap.high = l.points[k].enclosure.high
		}
		out = append(out, l.flows(k, sign, gap, start))
		if k < len(l.points) {
			if c := &l.points[k]; !strictlyBelow(c, high, start) {
				out = append(out, atPoint(c, start))
			}
		}
	}
	return out
}

// strictlyAbove reports whether all starts are above a point, and
// strictlyBelow whether they are below.
func strictlyAbove(c *critical, low *big.Rat, start interval) bool {
	if c.root != nil && low != nil {
		return c.root.Cmp(low) < 0
	}
	return start.low.Cmp(c.enclosure.high) > 0
}

func strictlyBelow(c *critical, high *big.Rat, start interval) bool {
	if c.root != nil && high != nil {
		return c.root.Cmp(high) > 0
	}
	return start.high.Cmp(c.enclosure.low) < 0
}

// atPoint is the piece of starts at a critical point.
func atPoint(c *critical, start interval) piece {
	p := piece{from: c.enclosure, values: c.enclosure, fate: rests, limit: c.enclosure, point: c}
	switch {
	case c.unclear:
		p.fate, p.point = unknown, nil
	case c.pole:
		p.fate = breaks
	}
	return p
}

// flows is the piece of starts in a gap.
func (l *line) flows(k, sign int, gap, start interval) piece {
	p := piece{from: start.intersect(gap), sign: sign, gap: k}
	if sign == 0 {
		p.values = gap
		return p
	}
	next, side := k, 1
	if sign < 0 {
		next, side = k-1, 0
	}
	p.side = 2*side - 1
	p.values = p.from
	if side == 1 {
		p.values.high, p.values.openHigh = gap.high, true
	} else {
		p.values.low, p.values.openLow = gap.low, true
	}
	if next < 0 || next >= len(l.points) {
		p.fate = l.far[side]
		return p
	}
	c := &l.points[next]
	p.limit = c.enclosure
	switch {
	case c.pole && !c.unclear:
		p.fate = breaks
	case !c.unclear:
		p.fate, p.point = settles, c
	default:
		// Beyond an unclear point the solution may go on; it is bounded where
		// the other side sends it back.
		p.values = p.values.hull(c.enclosure)
		other := l.signs[next+1]
		if side == 0 {
			other = l.signs[next]
		}
		if other == -sign && !c.undefined {
			p.fate = bounded
		}
	}
	return p
}

// scalar decides statements about flows with one moving unknown.
type scalar struct {
	flow   *flow
	at     int // the moving unknown
	line   *line
	pieces []piece
	known  []*ode.Expr // shown to be ≥ 0 along the piece that is looked at

	solutions map[*critical]*ode.Expr // that were found, nil for none
}

func (f *flow) scalar() *scalar {
	moving := f.of(dynamic)
	if len(moving) == 0 {
		moving = f.of(clock)
		if len(moving) != 1 {
			return nil
		}
		g := *f
		g.kinds = append([]kind(nil), f.kinds...)
		g.kinds[moving[0]] = dynamic
		f = &g
	}
	if len(moving) != 1 {
		return nil
	}
	for _, i := range unknownsOf(f.rhs[moving[0]]) {
		if f.kinds[i] == clock {
			return nil
		}
	}
	s := &scalar{flow: f, at: moving[0]}
	s.line = f.phaseLine(s.at)
	s.pieces = f.pieces(s.line, s.at)
	return s
}

// describe says what a piece does.
func (s *scalar) describe(p *piece) string {
	x := s.flow.names[s.at]
	far := "+∞"
	if p.side < 0 {
		far = "−∞"
	}
	way := "increases"
	if p.sign < 0 {
		way = "decreases"
	}
	switch p.fate {
	case settles:
		return fmt.Sprintf("%s %s to the equilibrium %s", x, way, p.limit)
	case bounded:
		return fmt.Sprintf("%s is monotone and stays on this side of %s", x, p.limit)
	case rests:
		return fmt.Sprintf("%s rests at the equilibrium %s", x, p.limit)
	case escapes:
		return fmt.Sprintf("%s %s to %s without end", x, way, far)
	case blowsUp:
		return fmt.Sprintf("%s reaches %s in finite time", x, far)
	case breaks:
		return fmt.Sprintf("%s reaches the pole %s in finite time", x, p.limit)
	}
	return fmt.Sprintf("the sign of %s' is not known on the way of %s", x, x)
}

// String writes an interval for reasons.
func (x interval) String() string {
	if !x.bounded() {
		return fmt.Sprintf("[%s, %s]", short(x.low), short(x.high))
	}
	b := x.ball(bits)
	if r := b.Radius(); r.Sign() == 0 || b.RelativeAccuracyBits() > 40 {
		return b.Mid().Text('g', 12)
	}
	return fmt.Sprintf("[%s, %s]", short(x.low), short(x.high))
}

// exists reports whether every solution is known to exist for all t, and
// refuted where one is known not to.
func (s *scalar) exists() (d *Decision, ok bool) {
	ok = true
	for i := range s.pieces {
		switch p := &s.pieces[i]; p.fate {
		case blowsUp, breaks:
			if s.certain(p) {
				return &Decision{Verdict: Refuted, Reason: s.describe(p) + ", so that the solution does not exist for all t ≥ 0"}, false
			}
			ok = false
		case unknown:
			ok = false
		}
	}
	return nil, ok
}

// certain reports whether a piece is known to have a start.
func (s *scalar) certain(p *piece) bool {
	if len(s.pieces) == 1 {
		return true
	}
	if s.flow.low[s.at] == nil {
		return false
	}
	// Starts that are strictly between critical points.
	if p.fate == rests {
		return p.point != nil && p.point.root != nil
	}
	for i := range s.line.points {
		if c := &s.line.points[i]; c.root == nil {
			return false
		}
	}
	return true
}

func undecided(format string, values ...any) *Decision {
	return &Decision{Reason: fmt.Sprintf(format, values...)}
}

// undecidedPiece says which solutions are not understood.
func (s *scalar) undecidedPiece() *Decision {
	for i := range s.pieces {
		if p := &s.pieces[i]; p.fate == unknown || p.fate == blowsUp || p.fate == breaks {
			return undecided("%s; smaller intervals for starts and parameters may settle it", s.describe(p))
		}
	}
	return undecided("no start")
}

// chain joins what the pieces do.
func (s *scalar) chain() string {
	out := fmt.Sprintf("by the signs of %s'", s.flow.names[s.at])
	for i := range s.pieces {
		p := &s.pieces[i]
		if i > 0 && s.describe(p) == s.describe(&s.pieces[i-1]) {
			continue
		}
		if i == 0 {
			out += ": "
		} else {
			out += "; "
		}
		out += s.describe(p)
	}
	return out
}

// limitOf encloses an expression at the limit of a piece.
func (s *scalar) limitOf(x *ode.Expr, p *piece) interval {
	box := s.flow.box()
	box[s.at] = p.limit
	return s.flow.graded(x).over(box)
}

func (s *scalar) converges(x *ode.Expr) *Decision {
	if d, ok := s.exists(); !ok {
		if d != nil {
			return d
		}
		return s.undecidedPiece()
	}
	var values []Value
	for i := range s.pieces {
		p := &s.pieces[i]
		if p.fate == escapes {
			if d := s.convergesFar(x, p); d.Verdict != Proved {
				return d
			}
			continue
		}
		v := s.limitOf(x, p)
		if v.undefined {
			return undecided("%s is not shown to be defined at the limit %s", s.flow.brief(x), p.limit)
		}
		values = append(values, Value{"limit", v.ball(bits)})
	}
	return &Decision{Verdict: Proved, Reason: s.chain(), Values: values}
}

// convergesFar decides on a solution that goes to ±∞.
func (s *scalar) convergesFar(x *ode.Expr, p *piece) *Decision {
	sign, limit, finite := s.farAway(x, p)
	switch {
	case sign != 0 && s.certain(p):
		return &Decision{Verdict: Refuted, Reason: fmt.Sprintf("%s, and %s with it", s.describe(p), s.flow.brief(x))}
	case limit != nil:
		return &Decision{Verdict: Proved, Reason: s.chain() + "; " + s.flow.brief(x) + " has a limit there", Values: []Value{{"limit", s.flow.graded(limit).over(s.flow.box()).ball(bits)}}}
	case finite:
		return &Decision{Verdict: Proved, Reason: s.chain() + "; " + s.flow.brief(x) + " is monotone and bounded there"}
	}
	return undecided("%s, and the limit of %s is not known", s.describe(p), s.flow.brief(x))
}

// farAway finds what x does where the moving unknown goes to ±∞: it tends to
// ±∞ itself, or to a limit, or is monotone and bounded.
func (s *scalar) farAway(x *ode.Expr, p *piece) (sign int, limit *ode.Expr, finite bool) {
	if limit, sign, ok := farther(x, s.at, p.side, s.flow.box()).limit(); ok {
		return sign, limit, sign == 0
	}
	tail := s.flow.box()
	tail[s.at] = halfLine(p.values.middle(), (p.side+1)/2)
	value, slope := s.flow.function(x).over(tail)[0], s.flow.function(x.Derivative(s.at)).over(tail)[0]
	return 0, nil, value.bounded() && !value.undefined && (slope.nonNegative() || slope.nonPositive())
}

func (s *scalar) infinite(x *ode.Expr, sign int) *Decision {
	if d, ok := s.exists(); !ok {
		if d != nil {
			return d
		}
		return s.undecidedPiece()
	}
	for i := range s.pieces {
		p := &s.pieces[i]
		if p.fate != escapes {
			if v := s.limitOf(x, p); s.certain(p) && !v.undefined && v.bounded() {
				return &Decision{Verdict: Refuted, Reason: s.describe(p), Values: []Value{{"limit", v.ball(bits)}}}
			}
			return undecided("%s", s.describe(p))
		}
		switch far, _, finite := s.farAway(x, p); {
		case far == sign:
		case (far == -sign || finite) && s.certain(p):
			return &Decision{Verdict: Refuted, Reason: s.chain()}
		default:
			return undecided("%s, and the limit of %s is not known", s.describe(p), s.flow.brief(x))
		}
	}
	return &Decision{Verdict: Proved, Reason: s.chain()}
}
