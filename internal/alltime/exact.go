package alltime

import (
	"math/big"

	"muflow/internal/sym"
)

// exactSign decides g > 0 or g ≥ 0 on all values that the solutions of a piece
// take: those strictly between two critical points, from the first start on.
// All of them are taken, so that the answer is complete.
func (s *scalar) exactSign(p *piece, g ratio, want sign) bool {
	signAt := func(x *big.Rat) int { return g.num.Sign(x) * g.den.Sign(x) }
	if p.fate == rests {
		x := s.flow.low[s.at]
		if p.point != nil {
			r := p.point.root
			if r.Shared(g.den) {
				return false
			}
			if r.Shared(g.num) {
				return want == isNonNegative
			}
			for _, q := range []sym.Univariate{g.num, g.den} {
				for q = q.SquareFree(); len(q) > 1 && !r.Exact() && q.Variations(r.Low, r.High) > 0; {
					r.Refine(4)
				}
			}
			x = r.Middle()
		}
		sign := signAt(x)
		return sign > 0 || sign == 0 && want == isNonNegative && g.den.Sign(x) != 0
	}
	low, high := s.ends(p)
	if len(inside(g.den, low, high)) > 0 {
		return false
	}
	if len(g.num) == 0 {
		return want == isNonNegative
	}
	zeros := inside(g.num, low, high)
	if len(zeros) > 0 && want == isPositive {
		return false
	}
	for _, x := range samples(low, high, zeros) {
		if signAt(x) < 0 {
			return false
		}
	}
	return true
}

// An end of a range of values: a critical point, which is not taken, or a
// start, which is; nil is infinite.
type end struct {
	*sym.Root
	taken bool
}

// ends returns the ends of the values of a piece that moves.
func (s *scalar) ends(p *piece) (low, high *end) {
	if k := p.gap; k > 0 {
		low = &end{Root: s.line.points[k-1].root}
	}
	if k := p.gap; k < len(s.line.points) {
		high = &end{Root: s.line.points[k].root}
	}
	if x := s.flow.low[s.at]; p.sign > 0 && (low == nil || low.Cmp(x) < 0) {
		low = &end{&sym.Root{Low: x, High: x}, true}
	}
	if x := s.flow.high[s.at]; p.sign < 0 && (high == nil || high.Cmp(x) > 0) {
		high = &end{&sym.Root{Low: x, High: x}, true}
	}
	return low, high
}

// inside returns the roots of p in a range.
func inside(p sym.Univariate, low, high *end) []sym.Root {
	if len(p) < 2 {
		return nil
	}
	var out []sym.Root
	for _, r := range p.SquareFree().Roots() {
		if low != nil {
			if c := r.Compare(low.Root); c < 0 || c == 0 && !low.taken {
				continue
			}
		}
		if high != nil {
			if c := r.Compare(high.Root); c > 0 || c == 0 && !high.taken {
				continue
			}
		}
		out = append(out, r)
	}
	return out
}

// samples returns a number in every part of a range that is cut at roots.
func samples(low, high *end, cuts []sym.Root) []*big.Rat {
	var marks []*sym.Root
	if low != nil {
		marks = append(marks, low.Root)
	}
	for i := range cuts {
		if n := len(marks); n > 0 && cuts[i].Compare(marks[n-1]) == 0 {
			continue
		}
		marks = append(marks, &cuts[i])
	}
	if high != nil {
		if n := len(marks); n == 0 || high.Compare(marks[n-1]) != 0 {
			marks = append(marks, high.Root)
		}
	}
	one := big.NewRat(1, 1)
	if len(marks) == 0 {
		return []*big.Rat{one}
	}
	var out []*big.Rat
	if low == nil {
		out = append(out, new(big.Rat).Sub(marks[0].Low, one))
	}
	for i := 1; i < len(marks); i++ {
		a, b := marks[i-1], marks[i]
		for a.High.Cmp(b.Low) >= 0 {
			a.Refine(1)
			b.Refine(1)
			if a.Exact() && b.Exact() {
				break
			}
		}
		m := new(big.Rat).Add(a.High, b.Low)
		out = append(out, m.Quo(m, big.NewRat(2, 1)))
	}
	if high == nil {
		out = append(out, new(big.Rat).Add(marks[len(marks)-1].High, one))
	}
	// A range that is one number.
	if len(out) == 0 {
		out = append(out, marks[0].Middle())
	}
	return out
}
