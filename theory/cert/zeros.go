package cert

import (
	"math/big"
	"slices"
)

// A curve encloses a function over an interval, and its slope there, times one positive function that
// does not change the sign of either over it; ok is false if it is too wide.
type curve func(x interval, bits uint) (value, slope interval, ok bool)

// on is a curve with the mean value form f(x) ∈ f(m) + f'(x)(x − m).
func (f curve) on(x interval, bits uint) (value, slope int) {
	_, slopes, ok := f(x, bits)
	middle := new(big.Int).Add(x.lo, x.hi)
	middle.Rsh(middle, 1)
	at, _, fine := f(interval{middle, middle}, bits)
	if !ok || !fine {
		return 0, 0
	}
	at = at.plus(slopes.times(x.minus(point(middle)), bits))
	return at.side(), slopes.side()
}

// side returns the sign of all of an interval, 0 if there is none.
func (x interval) side() int {
	if x.lo.Sign()*x.hi.Sign() > 0 {
		return x.lo.Sign()
	}
	return 0
}

// count returns the number of zeros between the ends of x, at which the function has signs inside, in
// that order: a part has none if the function has a sign there, and one or none, by its signs at the
// ends, if the slope has one. Parts are halved, or cut beside the middle where that is a zero.
func (s *statement) count(f curve, x interval, low, high int, bits uint, budget *int) int {
	if *budget--; *budget < 0 || s.err != nil {
		s.need(false, "%w: zeros that are not told apart", ErrLimit)
		return 0
	}
	value, slope := f.on(x, bits)
	if value != 0 {
		return 0
	}
	if slope != 0 {
		return min(max(low-high, high-low), 1)
	}
	for eighths := int64(4); eighths < 7; eighths++ {
		middle := new(big.Int).Sub(x.hi, x.lo)
		middle.Add(x.lo, middle.Rsh(middle.Mul(middle, big.NewInt(eighths)), 3))
		if at, _, ok := f(point(middle), bits); ok && at.side() != 0 {
			return s.count(f, interval{x.lo, middle}, low, at.side(), bits, budget) + s.count(f, interval{middle, x.hi}, at.side(), high, bits, budget)
		}
	}
	s.need(false, "the sign in the middle of an interval is not proved")
	return 0
}

// zeros needs the zeros of a function to be all of x, of which sign returns the sign at so many units of
// 2^−grid. They are given by neighbouring integers between which the sign changes, or by one that is a
// zero; at the ends of x the function has signs inside.
func (s *statement) zeros(f curve, x interval, low, high int, bits uint, sign func(m *big.Int) int) {
	budget, before := 1<<19/s.work, low
	n := s.count(f, x, low, high, bits, &budget)
	s.need(n == len(s.Zeros), "zeros: %d are given, and there are %d", len(s.Zeros), n)
	for i, z := range s.Zeros {
		s.need(z[0] != nil && z[1] != nil && max(z[0].BitLen(), z[1].BitLen()) < 1024, "zeros: expected short integers")
		if s.err != nil {
			return
		}
		gap := new(big.Int).Sub(z[1], z[0])
		s.need(i == 0 || s.Zeros[i-1][1].Cmp(z[0]) <= 0, "zeros: out of order")
		exact := gap.Sign() == 0 && z[0].Sign() == 0 && sign(z[0]) == 0
		s.need(exact || gap.Cmp(big.NewInt(1)) == 0 && sign(z[0]) == before && sign(z[1]) == -before, "zeros: the sign does not change at zero %d", i)
		before = -before
	}
	s.need(s.err != nil || before == high, "zeros: another sign after the last")
}

// from needs the status to be where a solution goes from 0, where the function has a sign.
func (s *statement) from(sign int) {
	ahead := sign == 0
	for _, z := range s.Zeros {
		ahead = ahead || sign > 0 && z[0].Sign() >= 0 || sign < 0 && z[1].Sign() <= 0
	}
	s.limit(ahead || sign > 0, ahead || sign < 0)
}

// search proves A6-bfs. With S = N_{c+1} and O the rest, R is a positive multiple of Σ e^(ξ_v + ξ_u)(h_v
// − h_u) over v in S and u in O: pairs are crowds with the sums of both, counted by h_v − h_u, and at
// encloses Σ and its slope over u, relative to the largest term that does not cancel. z' has the sign of
// R: solutions between two zeros tend to one of them.
func search(s *statement) {
	a, outside := s.attending(s.graphs[0]), 0
	for _, x := range a.crowds {
		outside += (1 - x.next) * x.count
	}
	if s.need(a.most > a.least && outside > 0, "premise: h is constant, or no vertex lies outside N_{c+1}"); s.err != nil || !s.depends(s.Alpha, "alpha") || !s.depends(s.Gain, "gain") {
		return
	}
	ends, parts := [2]int{}, [2]func(crowd) int{func(v crowd) int { return v.total - v.degree }, func(v crowd) int { return v.degree }}
	for i, of := range [2]int{a.r, a.q} {
		if ends[i] = a.sign(0, of, parts[i]); ends[i] == 0 && s.err == nil {
			ends[i] = a.sign(1, of, parts[i]) * (1 - 2*i)
			s.need(ends[i] != 0, "%w: a double zero at an end", ErrLimit)
		}
	}
	start := a.sign(0, a.q+a.r, func(v crowd) int { return v.total })
	pairs, counts := *a, map[crowd]int{}
	for _, v := range a.crowds {
		for _, u := range a.crowds {
			if v.next > u.next {
				counts[crowd{inside: v.inside + u.inside, base: v.base + u.base, h: v.h + u.h}] += (v.h - u.h) * v.count * u.count
			}
		}
	}
	pairs.crowds = []crowd{}
	for x, n := range counts {
		if x.count = n; n != 0 {
			pairs.crowds = append(pairs.crowds, x)
		}
	}
	slices.SortFunc(pairs.crowds, func(x, y crowd) int {
		return slices.Compare([]int{x.inside, x.base, x.h}, []int{y.inside, y.base, y.h})
	})
	s.work += len(pairs.crowds)
	if s.need(len(pairs.crowds) > 0, "premise: R = 0 for all w"); s.err != nil {
		return
	}
	f := func(w interval, bits uint) (value, slope interval, ok bool) {
		sums, _, _, ok := pairs.at(w, bits, func(crowd) bool { return true })
		return sums[0], a.steep(sums[1]), ok
	}
	const bits = 128
	s.zeros(f, interval{new(big.Int), power(bits)}, ends[0], ends[1], bits, func(m *big.Int) int {
		if m.Sign() == 0 {
			return start
		}
		w, _ := a.attention(m)
		value, _, _ := f(w, s.bits())
		return value.side()
	})
	s.from(start)
}
