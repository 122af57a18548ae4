package cert

import (
	"math/big"
	"slices"
	"strings"

	"muflow/theory/cert/scalar"
)

// Limits of T1b-walk-logits.
const (
	maxThoughts = scalar.MaxDegree
	maxMarked   = 1 << 14 // polynomials times marks
)

// plus returns p + c·L^shift·q.
func plus(p, q scalar.Polynomial, shift int, c int64) scalar.Polynomial {
	out := slices.Clone(p)
	for i, x := range q {
		for len(out) <= i+shift {
			out = append(out, new(big.Int))
		}
		out[i+shift] = new(big.Int).Add(out[i+shift], new(big.Int).Mul(x, big.NewInt(c)))
	}
	for len(out) > 0 && out[len(out)-1].Sign() == 0 {
		out = out[:len(out)-1]
	}
	return out
}

// rooms returns the q(d* − d_v) as polynomials in the logit L of all thoughts, d_v = Σ_{u→v} w_u and w
// = (1 + LAᵀ)^c·e_root, without those of which no coefficient is above that of another one, or none
// below, on either side: as L > 0, the largest and the least value are among the others.
func (s *statement) rooms() (out []scalar.Polynomial) {
	g := s.graphs[0]
	s.work = (g.Vertices + len(g.Edges)) * min(g.Step, maxThoughts+1) * maxThoughts
	s.need(1 <= g.Step && g.Step <= maxThoughts && s.work <= 1<<27, "%w: %d thoughts, expected 1 to %d", ErrLimit, g.Step, maxThoughts)
	if s.err != nil {
		return nil
	}
	sums := func(w []scalar.Polynomial, from []scalar.Polynomial, shift int) []scalar.Polynomial {
		next := slices.Clone(from)
		for _, e := range g.Edges {
			next[e[1]] = plus(next[e[1]], w[e[0]], shift, 1)
		}
		return next
	}
	w, goal := make([]scalar.Polynomial, g.Vertices), scalar.Polynomial{}
	w[g.Root] = scalar.Polynomial{big.NewInt(1)}
	for range g.Step {
		w = sums(w, w, 1)
	}
	d := sums(w, make([]scalar.Polynomial, g.Vertices), 0)
	for v, weight := range g.weight {
		goal = plus(goal, d[v], 0, int64(weight))
	}
	for _, side := range []int64{1, -1} {
		var ends []scalar.Polynomial
		below := func(p, q scalar.Polynomial) bool { // on no place above
			return !slices.ContainsFunc(plus(q, p, 0, -1), func(c *big.Int) bool { return c.Sign()*int(side) < 0 })
		}
		for v := range d {
			f := plus(goal, d[v], 0, int64(-g.q))
			if slices.ContainsFunc(ends, func(e scalar.Polynomial) bool { return below(f, e) }) {
				continue
			}
			ends = append(slices.DeleteFunc(ends, func(e scalar.Polynomial) bool { return below(e, f) }), f)
			s.work += len(ends)
			if s.need(s.work <= 1<<28 && len(ends) <= 256, "%w: too many degrees", ErrLimit); s.err != nil {
				return nil
			}
		}
		out = append(out, ends...)
	}
	return out
}

// walkLogits proves T1b-walk-logits. As with one logit, μ(t) goes to +∞ if no d* − d_v is negative and
// some are positive, to −∞ in the opposite case, tends to one μ* if there are both, and rests if all are
// 0. These are polynomials in L. The marks are intervals of L > 0: together they hold all positive roots
// of the polynomials, and each holds one number at which those with a root in it have one: their
// greatest common divisor has one there. So no sign changes between these numbers. The status has a word
// for each part between them and for each of them, in turn.
func walkLogits(s *statement) {
	rooms := s.rooms()
	if s.need(len(rooms)*len(s.Marks) <= maxMarked, "%w: %d marks", ErrLimit, len(s.Marks)); s.err != nil {
		return
	}
	for i, m := range s.Marks {
		s.need(m[0] != nil && m[1] != nil && size(m[0])+size(m[1]) < 1<<13, "marks: expected two short fractions")
		if s.err == nil {
			s.need(m[0].Sign() > 0 && m[0].Cmp(m[1]) <= 0 && (i == 0 || s.Marks[i-1][1].Cmp(m[0]) < 0), "marks: not positive, apart and in ascending order")
		}
		if s.err != nil {
			return
		}
	}
	zero := new(big.Rat)
	at := make([]scalar.Polynomial, len(s.Marks)) // what vanishes there
	has := make([][]bool, len(rooms))
	for k, f := range rooms {
		has[k] = make([]bool, len(s.Marks))
		if len(f) == 0 {
			continue
		}
		count := f.Counter()
		roots := count(zero, nil)
		for i, m := range s.Marks {
			here := count(m[0], m[1])
			s.need(m[0].Cmp(m[1]) == 0 || f.Sign(m[0])*f.Sign(m[1]) != 0, "marks: a root at an end of %d", i)
			if m[0].Cmp(m[1]) == 0 && f.Sign(m[0]) == 0 {
				here = 1
			}
			if roots -= here; here == 0 {
				continue
			}
			s.need(here == 1, "marks: two roots in %d", i)
			if has[k][i] = true; at[i] == nil {
				at[i] = f
			}
			at[i] = at[i].Common(f)
		}
		s.need(roots == 0, "marks: a root is in none")
	}
	var words []string
	say := func(sign func(k int) int) {
		below, above := false, false
		for k := range rooms {
			below, above = below || sign(k) > 0, above || sign(k) < 0
		}
		words = append(words, limitOf(below, above))
	}
	before := zero
	for i, m := range s.Marks {
		if s.need(at[i] != nil, "marks: no root in %d", i); s.err != nil {
			return
		}
		s.need(m[0].Cmp(m[1]) == 0 || at[i].Counter()(m[0], m[1]) == 1, "marks: different roots in %d", i)
		middle := new(big.Rat).Add(before, m[0])
		middle.Quo(middle, big.NewRat(2, 1))
		say(func(k int) int { return rooms[k].Sign(middle) })
		say(func(k int) int {
			if has[k][i] {
				return 0
			}
			return rooms[k].Sign(m[0])
		})
		before = m[1]
	}
	last := new(big.Rat).Add(before, big.NewRat(1, 1))
	say(func(k int) int { return rooms[k].Sign(last) })
	s.need(s.Status == strings.Join(words, " "), "status: it is %q", words)
}
