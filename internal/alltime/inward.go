package alltime

import (
	"math/big"

	"muflow/ode"
)

// inward proves g' > 0 at all points of the set where g = 0, for the n-th relation,
// in cells of a bounded box around the set: in each, g is not 0, or some relation
// does not hold, or g' > 0. Then no solution that comes from where all relations
// hold strictly reaches g = 0: g' ≤ 0 there at the first time.
func (s *trap) inward(n int, slope *ode.Expr) bool {
	box, ok := s.bounded()
	if !ok {
		return false
	}
	var sides []*graded
	for _, c := range s.claims {
		sides = append(sides, s.flow.graded(c.g))
	}
	rate := s.flow.graded(slope)
	open := [][]interval{box}
	for cells := s.flow.effort.Cells / 20; len(open) > 0; cells-- {
		if cells <= 0 {
			return false
		}
		cell := open[len(open)-1]
		open = open[:len(open)-1]
		away := false
		for k, side := range sides {
			v := side.over(cell)
			away = away || v.negative() || k == n && !v.undefined && !v.hasZero()
		}
		if away || rate.over(cell).positive() {
			continue
		}
		at := sides[n].widest(cell)
		if other := rate.widest(cell); at < 0 || cells%2 == 0 && other >= 0 {
			at = other
		}
		if at < 0 {
			return false
		}
		a, b := append([]interval(nil), cell...), append([]interval(nil), cell...)
		a[at], b[at] = cell[at].halves()
		open = append(open, b, a)
	}
	return true
}

// bounded narrows the box around the set until it is bounded: beyond its sides
// some relation does not hold.
func (s *trap) bounded() ([]interval, bool) {
	box := append([]interval(nil), s.box...)
	for _, i := range s.flow.of(dynamic) {
		for side := range 2 {
			if side == 0 && !box[i].low.IsInf() || side == 1 && !box[i].high.IsInf() {
				continue
			}
			found := false
			for k := -6; k <= 16 && !found; k++ {
				end := new(big.Float).SetMantExp(big.NewFloat(1), k)
				beyond := append([]interval(nil), box...)
				if side == 0 {
					end.Neg(end)
				}
				beyond[i] = halfLine(end, side)
				for _, c := range s.claims {
					found = found || s.flow.function(c.g).over(beyond)[0].negative()
				}
				if found && side == 0 {
					box[i].low, box[i].openLow = end, false
				} else if found {
					box[i].high, box[i].openHigh = end, false
				}
			}
			if !found {
				return nil, false
			}
		}
	}
	return box, true
}
