package cert

import (
	"math/big"
	"slices"
)

// A start μ(0) other than 0 multiplies W_d by y(0)^d in the flow of y/y(0), and a weight ω(0) of the
// carry-over other than 1 those of N_c by exp(αs(ω(0) − 1)). The proofs of bounds in theorem1.go use
// that weights are positive, and nothing else of them: they hold for z = (y/y(0))^D, which is 1 at
// the start, with the constants of these weights.

// fromAny makes a rule about every start, or with numbers about one.
func fromAny(prove func(*statement)) func(*statement) {
	return func(s *statement) {
		if s.need((s.Start != nil) == (s.Grid > 0), "start: expected it with numbers, and only then"); s.err == nil {
			prove(s)
		}
	}
}

// origin returns μ(0).
func (s *statement) origin() *big.Rat {
	if s.Start == nil {
		return new(big.Rat)
	}
	return s.Start
}

// first encloses exp(αsx).
func (s *statement) first(x *big.Rat) interval {
	if x.Sign() == 0 {
		return point(power(s.bits()))
	}
	return s.exponential(s.along(big.NewInt(int64(s.Profile.K)), x, s.bits()))
}

// here returns p, without y where that is 1 at the start.
func (s *statement) here(p poly) poly {
	if s.origin().Sign() == 0 {
		return p.atOne()
	}
	return p
}

// along encloses αx/√square, with lo²·square ≤ 1 ≤ hi²·square around 1/√square.
func (s *statement) along(square *big.Int, x *big.Rat, bits uint) interval {
	extra, times := uint(square.BitLen()), new(big.Rat).Mul(x, s.Alpha)
	root := s.roots.of(argument{bits: bits, x: point(square)}, func() interval {
		lo := power(2 * (bits + extra))
		lo.Sqrt(lo.Div(lo, square)) // rounded down
		return interval{lo, new(big.Int).Add(lo, big.NewInt(1))}
	})
	return root.times(point(times.Num()), extra).over(times.Denom())
}

// A term is c·exp(αs x).
type term struct {
	x *big.Rat
	c *big.Int
}

// sign returns the sign of a sum of terms, s = 1/√square. The αs x that differ are different
// algebraic numbers, so that it is 0 only if all c are that belong to one x (Lindemann and
// Weierstrass). With E_1 > E_2 > … > 0 the exponentials, Σ c_j E_j = Σ_j (c_1 + … + c_j)(E_j −
// E_{j+1}): partial sums of one sign decide for every α. Else α does, by enclosures over the largest
// exponential, where exp(−256) < 2^−360.
func (s *statement) sign(square *big.Int, all []term) int {
	slices.SortStableFunc(all, func(a, b term) int { return b.x.Cmp(a.x) })
	var terms []term
	for _, t := range all {
		if n := len(terms) - 1; n >= 0 && terms[n].x.Cmp(t.x) == 0 {
			terms[n].c = new(big.Int).Add(terms[n].c, t.c)
			continue
		}
		terms = append(terms, t)
	}
	terms = slices.DeleteFunc(terms, func(t term) bool { return t.c.Sign() == 0 })
	partial, signs := new(big.Int), map[int]bool{}
	for _, t := range terms {
		signs[partial.Add(partial, t.c).Sign()] = true
	}
	if !signs[1] || !signs[-1] {
		return map[bool]int{signs[1]: 1, signs[-1]: -1}[true]
	}
	s.need(len(terms) <= MaxVertices, "%w: %d exponentials", ErrLimit, len(terms))
	if !s.depends(s.Alpha, "alpha") {
		return 0
	}
	for bits := s.bits(); bits == s.bits() || len(terms)*int(bits) <= 1<<20 && bits < 1<<14; bits *= 4 {
		total := point(new(big.Int))
		for _, t := range terms {
			e := interval{new(big.Int), power(uint(max(int(bits)-360, 0)))}
			if at := s.along(square, new(big.Rat).Sub(t.x, terms[0].x), bits); at.size() < int(bits)+9 {
				e = exp(at, bits)
			}
			total = total.plus(e.times(point(t.c), 0))
		}
		if total.lo.Sign()*total.hi.Sign() > 0 {
			return total.lo.Sign()
		}
	}
	s.need(false, "%w: the sign of a sum of exponentials", ErrLimit)
	return 0
}

// quotient encloses x/y for y > 0.
func (s *statement) quotient(x, y interval) interval {
	if s.need(y.lo.Sign() > 0, "a weight is too small"); s.err != nil {
		return x
	}
	x = x.times(point(power(s.bits())), 0)
	a, b := x.over(y.lo), x.over(y.hi)
	return hull(a.lo, a.hi, b.lo, b.hi)
}

// isValue needs a number to be one in units of 2^−bits, and of one sign.
func (s *statement) isValue(name string, x interval) {
	s.brackets(name, func(m *big.Int) interval {
		return x.plus(point(new(big.Int).Lsh(new(big.Int).Neg(m), s.bits()-s.Grid)))
	})
	b := s.Numbers[name]
	s.need(s.Grid == 0 || b[0].Sign()*b[1].Sign() > 0, "%s: the grid is too coarse", name)
}
