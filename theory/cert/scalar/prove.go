package scalar

import (
	"fmt"
	"math/big"
	"strings"
)

// A place is a number on the line: low = high, the only root between the two of the polynomial that
// the marks are of, or ±∞, where both are nil.
type place struct {
	low, high *big.Rat
	taken     bool // of an end of values: it is a value itself
}

func (p place) exact() bool { return p.low != nil && p.low.Cmp(p.high) == 0 }

// A piece is a set of starts, and the values of all of its solutions at all t ≥ 0.
type piece struct {
	rests     bool  // at low = high
	low, high place // ends of the values
	sample    *big.Rat
	sign      int   // of x'
	limit     place // of x
}

// prove cuts the starts into pieces and proves the claim of each.
func (c *checker) prove() {
	switch c.Claim {
	case "unique_equilibrium":
		c.unique()
		return
	case "invariant":
		c.invariant()
		return
	}
	c.readMarks(c.Flow.Numerator)
	if c.err == nil {
		c.cut()
	}
	for i := 0; i < len(c.pieces) && c.err == nil; i++ {
		p := c.pieces[i]
		for _, r := range c.Relations {
			c.holds(p, r)
		}
		if c.Of != nil {
			c.about(p, *c.Of)
		}
	}
}

// readMarks needs each mark to hold one root of a polynomial, which is not a pole of the flow.
func (c *checker) readMarks(of Polynomial) {
	for i, m := range c.Marks {
		p := place{low: m[0], high: m[1]}
		c.need(i == 0 || c.Marks[i-1][1].Cmp(m[0]) < 0, "marks: not apart, in ascending order")
		if p.exact() {
			c.need(of.at(p.low, 0) == 0, "marks: nothing is at %v", p)
		} else {
			c.need(c.count(of, p.low, p.high) == 1, "marks: not one root in %v", p)
		}
		d := c.Flow.Denominator
		c.need(d.at(p.low, 0) != 0 && d.at(p.high, 0) != 0 && c.count(d, p.low, p.high) == 0, "marks: the flow has a pole in %v", p)
		c.marks = append(c.marks, p)
	}
}

// side compares a number with a mark that it must not be inside of.
func (c *checker) side(x *big.Rat, m place) int {
	low, high := x.Cmp(m.low), x.Cmp(m.high)
	switch {
	case m.exact():
		return low
	case low <= 0:
		return -1
	}
	c.need(high >= 0, "start: inside the mark %v", m)
	return 1
}

// cut makes the pieces. In a gap between equilibria, where N and D have no zero on the values that
// the direction x' allows, solutions are unique and monotone and stay there; so they exist for all
// t, at ±∞ as |x'| ≤ const·(1 + |x|), and tend to the only zero of N in the closure of their
// values, or, if that has none, to ±∞.
func (c *checker) cut() {
	a, b := c.Start[0], c.Start[1]
	for i := range len(c.marks) + 1 {
		p := piece{low: place{low: a, high: a, taken: true}, high: place{low: b, high: b, taken: true}, sample: a}
		left, right := place{}, place{}
		reached := true
		if i > 0 {
			left = c.marks[i-1]
			reached = c.side(b, left) > 0
			if c.side(a, left) <= 0 {
				p.low, p.sample = left, b
			}
		}
		if i < len(c.marks) {
			right = c.marks[i]
			reached = reached && c.side(a, right) < 0
			if c.side(b, right) >= 0 {
				if !p.low.taken { // both ends are marks
					p.sample = between(left.high, right.low)
				}
				p.high = right
			}
		}
		if c.err != nil {
			return
		}
		if reached {
			p.sign = c.Flow.Numerator.at(p.sample, 0) * c.Flow.Denominator.at(p.sample, 0)
			if p.limit = left; p.sign > 0 {
				p.high, p.limit = right, right
			} else {
				p.low = left
			}
			c.need(p.sign != 0 && c.clear(c.Flow.Numerator, p) && c.clear(c.Flow.Denominator, p), "the flow has a zero or a pole on the way from %v, and no mark", p.sample)
			c.need(p.limit.low != nil || len(c.Flow.Numerator)-len(c.Flow.Denominator) <= 1, "solutions from %v may end in finite time", p.sample)
			c.pieces = append(c.pieces, p)
		}
		if i < len(c.marks) && c.side(a, right) <= 0 && c.side(b, right) >= 0 {
			c.pieces = append(c.pieces, piece{rests: true, low: right, high: right, limit: right})
		}
	}
}

func between(a, b *big.Rat) *big.Rat {
	m := new(big.Rat).Add(a, b)
	return m.Quo(m, big.NewRat(2, 1))
}

// clear reports whether p has no zero on the values of a piece that moves.
func (c *checker) clear(p Polynomial, v piece) bool {
	if len(p) == 0 {
		return false
	}
	a, b := v.low.high, v.high.low // the values from a to b, and what is inside of marks
	for i, end := range []place{v.low, v.high} {
		inner := []*big.Rat{a, b}[i]
		switch {
		case end.low == nil, end.exact() && !end.taken:
			continue
		case p.at(inner, 0) == 0:
			return false
		case end.exact():
			continue
		}
		// The values reach into the mark up to its root, which may be one of p.
		if _, known := c.atMark(p, end); !known {
			return false
		}
	}
	return c.count(p, a, b) == 0
}

// atMark returns the sign of p ≠ 0 at a mark. That is 0 where p has one zero in it and shares one
// with what the mark is of; without one, it is the same in all of it.
func (c *checker) atMark(p Polynomial, m place) (sign int, known bool) {
	if len(p) == 0 || m.exact() {
		return p.at(m.low, 0), true
	}
	switch c.count(p, m.low, m.high) {
	case 0:
		return p.at(between(m.low, m.high), 0), true
	case 1:
		return 0, c.shared(p, c.Flow.Numerator, m)
	}
	return 0, false
}

// inside is a piece without the values at the start: what is positive elsewhere is at least 0
// there, and increases from there.
func (p piece) inside() piece {
	one := big.NewRat(1, 1)
	p.low.taken, p.high.taken = false, false
	switch a, b := p.low.high, p.high.low; {
	case a == nil:
		p.sample = new(big.Rat).Sub(b, one)
	case b == nil:
		p.sample = new(big.Rat).Add(a, one)
	default:
		p.sample = between(a, b)
	}
	return p
}

// signOf returns the sign of the polynomial S²·R, at the limit for a piece that rests; otherwise R
// must have no zero on the values, so that S²·R vanishes at isolated ones only.
func (c *checker) signOf(v piece, p, square Polynomial) (sign int, known bool) {
	if v.rests {
		return c.atMark(p, v.low)
	}
	if square != nil {
		rest := Polynomial{}
		for q := square.times(square); len(p) >= len(q) && len(q) > 0; { // p/q over the integers
			top, remainder := new(big.Int).QuoRem(p[len(p)-1], q[len(q)-1], new(big.Int))
			if remainder.Sign() != 0 {
				return 0, false
			}
			term := append(zeros(len(p)-len(q)), top)
			rest, p = rest.plus(big.NewInt(1), term), p.minus(term.times(q))
		}
		if len(p) > 0 {
			return 0, false
		}
		p = rest
	}
	return p.at(v.sample, 0), c.clear(p, v)
}

// holds proves a relation on all values of a piece.
func (c *checker) holds(v piece, r Relation) {
	below, known := c.signOf(v, r.Denominator, nil)
	c.need(known && below != 0, "relations: a denominator that may be 0, or not apart from a mark")
	if len(r.Numerator) == 0 {
		c.need(r.Sign != Positive, "relations: 0 is not positive")
		return
	}
	if r.Sign == NonNegative && !v.rests {
		v = v.inside()
	}
	sign, known := c.signOf(v, r.Numerator, r.Square)
	c.need(known, "relations: the sign of %v is not the same at all times, or a mark is too wide", r.Quotient)
	if r.Sign == Zero {
		c.need(sign == 0 && v.rests, "relations: %v is not 0", r.Quotient)
		return
	}
	c.need(sign*below > 0 || sign == 0 && v.rests && r.Sign == NonNegative, "relations: %v is not %s", r.Quotient, r.Sign)
}

// about proves what a claim says of X = P/Q on a piece. In the limit X has a value where Q has, or,
// at ±∞, by the degrees.
func (c *checker) about(v piece, x Quotient) {
	p, q, far := x.Numerator, x.Denominator, v.limit.low == nil
	below, known := 0, far
	if !far {
		below, known = c.atMark(q, v.limit)
	}
	c.need(known && (far || below != 0), "of: a denominator that may be 0 in the limit, or not apart from a mark")
	switch c.Claim {
	case "converges":
		c.need(!far || len(p) <= len(q), "of: it is unbounded")
	case "infinite":
		if c.need(far && len(p) > len(q), "of: it is bounded"); c.err == nil {
			c.need(p.at(nil, v.sign)*q.at(nil, v.sign) == c.Sign, "of: it tends to infinity of the other sign")
		}
	case "limit":
		if c.need(!far, "of: x tends to infinity"); c.err == nil {
			c.limit(v, p, q, below)
		}
	default: // (P/Q)' = (P'Q − PQ')/Q²·x'
		below, known := c.signOf(v, q, nil)
		c.need(known && below != 0, "of: a denominator that may be 0, or not apart from a mark")
		want := map[string]int{"increases": 1, "decreases": -1}[c.Claim]
		slope := p.derivative().times(q).minus(p.times(q.derivative()))
		if c.need(!v.rests && len(slope) > 0, "of: it is constant"); c.err == nil {
			sign, known := c.signOf(v.inside(), slope, c.Square)
			c.need(known && sign*v.sign == want, "of: its derivative has not this sign at all times")
		}
	}
}

// limit proves P/Q = v at a mark: P − vQ is 0 there, or W(P/Q) for the polynomial W of which v is
// the only root in an interval that holds P/Q.
func (c *checker) limit(v piece, p, q Polynomial, below int) {
	minus := func(x *big.Rat) Polynomial { return p.scaled(x.Denom()).minus(q.scaled(x.Num())) }
	if c.Value != nil {
		sign, known := c.atMark(minus(c.Value), v.limit)
		c.need(known && sign == 0, "value: it is not the limit, or a mark is too wide")
		return
	}
	w, a, b := c.Root.Of, c.Root.In[0], c.Root.In[1]
	n := len(w) - 1
	if c.need(n > 0 && n*max(len(p), len(q)) <= MaxDegree && c.count(w, a, b) == 1, "root: not one root of a polynomial, or of too high degree"); c.err != nil {
		return
	}
	sum, power := Polynomial{}, Polynomial{big.NewInt(1)} // Σ w_i P^i Q^{n−i}, by Horner's rule
	for i := n; i >= 0; i-- {
		sum, power = sum.times(p).plus(w[i], power), power.times(q)
	}
	sign, known := c.atMark(sum, v.limit)
	left, also := c.atMark(minus(a), v.limit)
	right, too := c.atMark(minus(b), v.limit)
	c.need(known && also && too && sign == 0 && left*below > 0 && right*below < 0, "root: it is not the limit, or a mark is too wide")
}

// unique proves that N has one zero in the box, and D none.
func (c *checker) unique() {
	n, d, a, b := c.Flow.Numerator, c.Flow.Denominator, c.Box[0], c.Box[1]
	closed := func(p Polynomial) (count int) {
		if count = c.count(p, a, b); p.at(a, 0) == 0 {
			count++
		}
		if p.at(b, 0) == 0 && a.Cmp(b) < 0 {
			count++
		}
		return count
	}
	c.need(closed(d) == 0, "box: the flow has a pole in it")
	c.need(closed(n) == 1, "box: %d equilibria", closed(n))
}

// invariant proves that no solution leaves the set S of all relations. It could at a zero of a
// numerator or a denominator only, all of which are marks; a solution goes through one only if the
// flow has a sign there, from one side to the other, so that S must go on.
func (c *checker) invariant() {
	all := Polynomial{big.NewInt(1)}
	for _, r := range c.Relations {
		for _, p := range []Polynomial{r.Numerator, r.Denominator} {
			if len(p) > 0 {
				all = all.times(p)
			}
		}
	}
	if c.need(len(all) <= MaxDegree+1, "relations: of too high degree together"); c.err != nil {
		return
	}
	c.readMarks(all)
	if c.need(c.count(all, nil, nil) == len(c.marks), "marks: not those of all zeros"); c.err != nil {
		return
	}
	in := func(sign func(p Polynomial) int) bool {
		for _, r := range c.Relations {
			s := sign(r.Numerator) * sign(r.Denominator)
			if sign(r.Denominator) == 0 || r.Sign == Positive && s <= 0 || r.Sign == NonNegative && s < 0 || r.Sign == Zero && s != 0 {
				return false
			}
		}
		return true
	}
	one := big.NewRat(1, 1)
	for i, m := range c.marks {
		f := c.Flow.Numerator
		if zeros := c.count(f, m.low, m.high); zeros > 0 || m.exact() && f.at(m.low, 0) == 0 {
			c.need(m.exact() || zeros == 1 && c.shared(f, all, m), "marks: %v holds an equilibrium that is not the zero", m)
			continue // which is never reached from elsewhere
		}
		before, after := new(big.Rat).Sub(m.low, one), new(big.Rat).Add(m.high, one)
		if i > 0 {
			before = between(c.marks[i-1].high, m.low)
		}
		if i+1 < len(c.marks) {
			after = between(m.high, c.marks[i+1].low)
		}
		middle := between(m.low, m.high)
		if f.at(middle, 0)*c.Flow.Denominator.at(middle, 0) < 0 {
			before, after = after, before
		}
		from := in(func(p Polynomial) int { return p.at(before, 0) })
		at := in(func(p Polynomial) int {
			if len(p) == 0 || m.exact() || c.count(p, m.low, m.high) == 0 {
				return p.at(middle, 0)
			}
			return 0
		})
		to := in(func(p Polynomial) int { return p.at(after, 0) })
		c.need((!from || at) && (!at || to), "the flow leaves the set at %v", m)
	}
}

func (p place) String() string {
	if p.exact() {
		return p.low.RatString()
	}
	return fmt.Sprintf("(%s, %s)", p.low.RatString(), p.high.RatString())
}

// statement writes what is proved.
func (c *checker) statement() string {
	out := "x' = " + c.Flow.String()
	if c.Start != nil {
		if out += ", x(0) = " + c.Start[0].RatString(); c.Start[0].Cmp(c.Start[1]) < 0 {
			out += " to " + c.Start[1].RatString()
		}
	}
	out += ": "
	switch c.Claim {
	case "always", "invariant":
		var all []string
		for _, r := range c.Relations {
			all = append(all, r.Quotient.String()+map[string]string{Positive: " > 0", NonNegative: " ≥ 0", Zero: " = 0"}[r.Sign])
		}
		return out + c.Claim + " " + strings.Join(all, ", ")
	case "limit":
		if c.Value != nil {
			return out + "limit of " + c.Of.String() + " = " + c.Value.RatString()
		}
		return out + fmt.Sprintf("limit of %v = the root of %v in (%s, %s)", *c.Of, c.Root.Of, c.Root.In[0].RatString(), c.Root.In[1].RatString())
	case "infinite":
		return out + fmt.Sprintf("limit of %v = %sinfinity", *c.Of, map[int]string{-1: "-", 1: "+"}[c.Sign])
	case "unique_equilibrium":
		return out + "one equilibrium from " + c.Box[0].RatString() + " to " + c.Box[1].RatString()
	}
	return out + c.Of.String() + " " + c.Claim
}
