package alltime

import "math/big"

// exactSign decides g > 0 or g ≥ 0 on all values that the solutions of a piece
// take: those strictly between two critical points, from the first start on.
// All of them are taken, so that the answer is complete.
func (s *scalar) exactSign(p *piece, g ratio, want sign) bool {
	signAt := func(x *big.Rat) int { return g.num.at(x) * g.den.at(x) }
	if p.fate == rests {
		x := s.flow.low[s.at]
		if p.point != nil {
			r := p.point.root
			if r.shared(g.den) {
				return false
			}
			if r.shared(g.num) {
				return want == isNonNegative
			}
			for _, q := range []univariate{g.num, g.den} {
				for q = q.squareFree(); len(q) > 1 && !r.exact() && q.variations(r.low, r.high) > 0; {
					r.refine(4)
				}
			}
			x = r.inside()
		}
		sign := signAt(x)
		return sign > 0 || sign == 0 && want == isNonNegative && g.den.at(x) != 0
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
	*root
	taken bool
}

// ends returns the ends of the values of a piece that moves.
func (s *scalar) ends(p *piece) (low, high *end) {
	if k := p.gap; k > 0 {
		low = &end{root: s.line.points[k-1].root}
	}
	if k := p.gap; k < len(s.line.points) {
		high = &end{root: s.line.points[k].root}
	}
	if x := s.flow.low[s.at]; p.sign > 0 && (low == nil || low.cmp(x) < 0) {
		low = &end{&root{low: x, high: x}, true}
	}
	if x := s.flow.high[s.at]; p.sign < 0 && (high == nil || high.cmp(x) > 0) {
		high = &end{&root{low: x, high: x}, true}
	}
	return low, high
}

// shared reports whether r is a root of p.
func (r *root) shared(p univariate) bool {
	if len(p) < 2 {
		return false
	}
	if r.exact() {
		return p.at(r.low) == 0
	}
	common := r.of.gcd(p)
	return len(common) > 1 && common.variations(r.low, r.high)%2 == 1
}

// inside returns a number in the interval of r.
func (r *root) inside() *big.Rat {
	m := new(big.Rat).Add(r.low, r.high)
	return m.Quo(m, big.NewRat(2, 1))
}

// compare compares two roots.
func (r *root) compare(q *root) int {
	if q.exact() {
		return r.cmpExact(q.low)
	}
	if r.exact() {
		return -q.cmpExact(r.low)
	}
	if common := r.of.gcd(q.of); len(common) > 1 {
		for {
			low, high := r.low, r.high
			if q.low.Cmp(low) > 0 {
				low = q.low
			}
			if q.high.Cmp(high) < 0 {
				high = q.high
			}
			if low.Cmp(high) >= 0 {
				break
			}
			switch common.variations(low, high) {
			case 1:
				return 0
			case 0:
				return r.whenApart(q)
			}
			r.refine(1)
			q.refine(1)
		}
	}
	return r.whenApart(q)
}

// whenApart compares roots that are known to differ.
func (r *root) whenApart(q *root) int {
	for {
		switch {
		case r.exact() && q.exact():
			return r.low.Cmp(q.low)
		case q.exact():
			return r.cmp(q.low)
		case r.exact():
			return -q.cmp(r.low)
		case r.high.Cmp(q.low) <= 0:
			return -1
		case q.high.Cmp(r.low) <= 0:
			return 1
		}
		r.refine(1)
		q.refine(1)
	}
}

func (r *root) cmpExact(x *big.Rat) int {
	if r.exact() {
		return r.low.Cmp(x)
	}
	return r.cmp(x)
}

// inside returns the roots of p in a range.
func inside(p univariate, low, high *end) []root {
	if len(p) < 2 {
		return nil
	}
	var out []root
	for _, r := range p.squareFree().roots() {
		if low != nil {
			if c := r.compare(low.root); c < 0 || c == 0 && !low.taken {
				continue
			}
		}
		if high != nil {
			if c := r.compare(high.root); c > 0 || c == 0 && !high.taken {
				continue
			}
		}
		out = append(out, r)
	}
	return out
}

// samples returns a number in every part of a range that is cut at roots.
func samples(low, high *end, cuts []root) []*big.Rat {
	var marks []*root
	if low != nil {
		marks = append(marks, low.root)
	}
	for i := range cuts {
		if n := len(marks); n > 0 && cuts[i].compare(marks[n-1]) == 0 {
			continue
		}
		marks = append(marks, &cuts[i])
	}
	if high != nil {
		if n := len(marks); n == 0 || high.compare(marks[n-1]) != 0 {
			marks = append(marks, high.root)
		}
	}
	one := big.NewRat(1, 1)
	if len(marks) == 0 {
		return []*big.Rat{one}
	}
	var out []*big.Rat
	if low == nil {
		out = append(out, new(big.Rat).Sub(marks[0].low, one))
	}
	for i := 1; i < len(marks); i++ {
		a, b := marks[i-1], marks[i]
		for a.high.Cmp(b.low) >= 0 {
			a.refine(1)
			b.refine(1)
			if a.exact() && b.exact() {
				break
			}
		}
		m := new(big.Rat).Add(a.high, b.low)
		out = append(out, m.Quo(m, big.NewRat(2, 1)))
	}
	if high == nil {
		out = append(out, new(big.Rat).Add(marks[len(marks)-1].high, one))
	}
	// A range that is one number.
	if len(out) == 0 {
		out = append(out, marks[0].inside())
	}
	return out
}
