package refute

import (
	"cmp"
	"math/big"
	"math/rand/v2"
	"slices"
	"strings"

	"muflow/internal/script"
	"muflow/ode"
)

// A dial is a parameter or a start that a search may turn.
type dial struct {
	name      string
	integer   bool
	usual     *big.Rat // its value, nil if it is an interval
	low, high *big.Rat // nil without limit
	ranged    bool     // it is searched in a range of its own
}

// dialsOf lists the dials of a theory: parameters that are not set to a point, in
// their ranges, and parameters and starts that are intervals, within these, as far
// as the claim depends on them. Starts are none for claims that are not about
// solutions.
func (h *hunter) dialsOf(th *script.Theory, set map[string]script.Setting) []dial {
	var out []dial
	matters := h.matters(th)
	for i, s := range th.Symbols {
		own, isSet := set[s.Name]
		r, ranged := h.ranges[s.Name]
		switch {
		case s.Low == nil, !matters[i], isSet && own.Low.Cmp(own.High) == 0:
		case ranged:
			out = append(out, dial{name: s.Name, integer: s.Integer, low: r.Low, high: r.High, ranged: true})
		case s.Low.Cmp(s.High) != 0:
			out = append(out, dial{name: s.Name, integer: s.Integer, low: s.Low, high: s.High})
		case s.Kind == script.ParameterSymbol:
			out = append(out, dial{name: s.Name, integer: s.Integer, usual: s.Low, low: s.Least, high: s.Most})
		}
	}
	return out
}

// matters reports, for every symbol, whether the claim depends on it: what occurs in
// it, in what flows there or starts there, and what shapes the theory.
func (h *hunter) matters(th *script.Theory) []bool {
	out := make([]bool, len(th.Symbols))
	claim := claimOf(th, h.o.Claim)
	var queue []*ode.Expr
	symbol := func(i int) {
		if out[i] {
			return
		}
		out[i] = true
		if th.Symbols[i].Kind == script.StateSymbol {
			state := th.States[th.Symbols[i].State]
			if queue = append(queue, state.Rate); !h.blind() {
				queue = append(queue, state.Start)
			}
		}
	}
	for i, s := range th.Symbols {
		if s.Used || claim == nil {
			symbol(i)
		}
	}
	if claim != nil {
		for s := claim.Statement; s != nil; s = s.Then {
			queue = slices.Concat(queue, s.X, s.Y)
			for _, r := range s.Relations {
				queue = append(queue, r.Left, r.Right)
			}
			for state := range s.Box {
				symbol(th.States[state].Symbol)
			}
			if d := s.Reduction; d != nil {
				queue = append(queue, d.Ansatz...)
				for _, state := range slices.Concat(d.Full, d.Reduced) {
					symbol(th.States[state].Symbol)
				}
			}
		}
	}
	for ; len(queue) > 0; queue = queue[1:] {
		if queue[0] != nil {
			for _, i := range queue[0].Unknowns() {
				symbol(i)
			}
		}
	}
	return out
}

// isStart reports whether a dial is the start of a state.
func isStart(name string) bool { return strings.HasSuffix(name, ".start") }

const maxBits = 80 // of a value that is tried

func (d *dial) allows(q *big.Rat) bool {
	return (d.low == nil || q.Cmp(d.low) >= 0) && (d.high == nil || q.Cmp(d.high) <= 0) && (!d.integer || q.IsInt()) &&
		q.Num().BitLen()+q.Denom().BitLen() <= maxBits
}

// rest is where a dial is while others are turned.
func (d *dial) rest() *big.Rat {
	if d.usual != nil {
		return d.usual
	}
	return d.whole(middle(d.low, d.high))
}

// whole rounds down what has to be an integer.
func (d *dial) whole(q *big.Rat) *big.Rat {
	if !d.integer || q.IsInt() {
		return q
	}
	return new(big.Rat).SetInt(new(big.Int).Div(q.Num(), q.Denom()))
}

// corners lists the values at which most goes wrong: ends, what is near to them,
// simple numbers, small and large ones.
func (d *dial) corners() []*big.Rat {
	var out []*big.Rat
	add := func(q *big.Rat) {
		if q = d.whole(q); d.allows(q) && !slices.ContainsFunc(out, func(p *big.Rat) bool { return p.Cmp(q) == 0 }) {
			out = append(out, q)
		}
	}
	ends := []*big.Rat{d.low, d.high}
	for _, q := range ends {
		if q != nil {
			add(q)
		}
	}
	if d.low != nil && d.high != nil {
		add(middle(d.low, d.high))
	}
	for _, text := range []string{"0", "1", "2", "1/2", "-1", "10", "1/10", "-10", "100", "1/100", "1000", "1/1000", "1000000", "1/1000000"} {
		q, _ := new(big.Rat).SetString(text)
		add(q)
	}
	for i, q := range ends { // just inside
		if q == nil {
			continue
		}
		step := big.NewRat(1, 1000)
		if d.integer {
			step.SetInt64(1)
		}
		if i == 1 {
			step.Neg(step)
		}
		add(step.Add(step, q))
	}
	return out
}

// draw returns a value that is allowed: a corner, or one on a linear scale between
// the ends, or on a logarithmic scale from an end, the usual value or 0.
func (d *dial) draw(rng *rand.Rand) *big.Rat {
	for range 8 {
		var q *big.Rat
		span := big.NewRat(8+rng.Int64N(8), 8) // 1 to 2
		if e := rng.IntN(25) - 12; e >= 0 {
			span.Mul(span, big.NewRat(1<<e, 1))
		} else {
			span.Mul(span, big.NewRat(1, 1<<-e))
		}
		switch k := rng.IntN(5); {
		case k == 0:
			list := d.corners()
			if len(list) == 0 {
				continue
			}
			q = list[rng.IntN(len(list))]
		case k < 3 && d.low != nil && d.high != nil:
			n := 2 + rng.Int64N(31)
			q = big.NewRat(rng.Int64N(n+1), n)
			q.Mul(q, new(big.Rat).Sub(d.high, d.low))
			q.Add(q, d.low)
		case d.low != nil && (d.high == nil || rng.IntN(2) == 0):
			q = span.Add(span, d.low)
		case d.high != nil:
			q = span.Sub(d.high, span)
		case d.usual != nil && d.usual.Sign() != 0:
			if q = span.Mul(span, d.usual); rng.IntN(4) == 0 {
				q.Neg(q)
			}
		default:
			if q = span; rng.IntN(2) == 0 {
				q.Neg(q)
			}
		}
		if q = d.whole(q); d.allows(q) {
			return q
		}
	}
	return d.rest()
}

// nearby returns a value not far from one, for local search.
func (d *dial) nearby(rng *rand.Rand, at *big.Rat) *big.Rat {
	var q *big.Rat
	other := d.draw(rng)
	switch part := big.NewRat(1, 1<<(1+rng.IntN(4))); rng.IntN(3) {
	case 0:
		return other
	case 1: // a part of the way there
		q = new(big.Rat).Sub(other, at)
		q.Add(q.Mul(q, part), at)
	default:
		q = new(big.Rat).Mul(at, part.Add(part, big.NewRat(1, 1)))
	}
	if q = d.whole(simplest(q, new(big.Rat).Mul(q, big.NewRat(257, 256)))); d.allows(q) {
		return q
	}
	return other
}

// bitsOf is how long a number is to write.
func bitsOf(q *big.Rat) int {
	n := q.Num().BitLen() + q.Denom().BitLen()
	if q.Sign() < 0 {
		n++
	}
	return n
}

// cost is how simple a value is, less for simpler ones: whole numbers that are
// near to the usual value, other numbers that are short to write.
func (d *dial) cost(q *big.Rat) *big.Rat {
	if d.integer {
		gap := new(big.Rat).Sub(q, d.rest())
		return gap.Abs(gap)
	}
	return big.NewRat(int64(bitsOf(q)), 1)
}

// simpler lists values that are simpler than one, the simplest first: corners, whole
// numbers next to it, the simplest fractions around it, and parts of the way back.
func (d *dial) simpler(than *big.Rat) []*big.Rat {
	out := d.corners()
	one := big.NewRat(1, 1)
	floor := (&dial{integer: true}).whole(than)
	out = append(out, floor, new(big.Rat).Add(floor, one), new(big.Rat).Sub(than, one), new(big.Rat).Add(than, one))
	if n := floor.Num().BitLen() - 1; n > 0 { // the largest number that is a bit shorter
		short := new(big.Rat).SetInt(new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), uint(n)), big.NewInt(1)))
		if than.Sign() < 0 {
			short.Neg(short)
		}
		out = append(out, short)
	}
	for _, width := range []int64{1, 2, 4, 8, 16, 64, 256} {
		gap := new(big.Rat).Mul(than, big.NewRat(1, width))
		gap.Abs(gap)
		out = append(out, simplest(new(big.Rat).Sub(than, gap), than), simplest(than, new(big.Rat).Add(than, gap)))
		back := new(big.Rat).Sub(than, d.rest())
		back.Add(back.Mul(back, big.NewRat(width-1, width)), d.rest())
		out = append(out, d.whole(back))
	}
	own := d.cost(than)
	out = slices.DeleteFunc(out, func(q *big.Rat) bool { return !d.allows(q) || d.cost(q).Cmp(own) >= 0 })
	slices.SortStableFunc(out, func(a, b *big.Rat) int { return cmp.Or(d.cost(a).Cmp(d.cost(b)), a.Cmp(b)) })
	return slices.CompactFunc(out, func(a, b *big.Rat) bool { return a.Cmp(b) == 0 })
}

// simplest returns the fraction with the least denominator between two numbers, by
// the tree of Stern and Brocot, that is by their continued fractions.
func simplest(a, b *big.Rat) *big.Rat {
	low, high := a, b
	if low.Cmp(high) > 0 {
		low, high = high, low
	}
	switch {
	case low.Sign() <= 0 && high.Sign() >= 0:
		return new(big.Rat)
	case high.Sign() < 0:
		z := simplest(new(big.Rat).Neg(high), new(big.Rat).Neg(low))
		return z.Neg(z)
	}
	floor := new(big.Int).Quo(low.Num(), low.Denom())
	whole := new(big.Rat).SetInt(floor)
	if low.IsInt() {
		return whole
	}
	if next := new(big.Rat).Add(whole, big.NewRat(1, 1)); next.Cmp(high) <= 0 {
		return next
	}
	inner := simplest(new(big.Rat).Inv(new(big.Rat).Sub(high, whole)), new(big.Rat).Inv(new(big.Rat).Sub(low, whole)))
	return whole.Add(whole, inner.Inv(inner))
}
