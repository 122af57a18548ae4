package alltime

import (
	"context"
	"fmt"
	"math/big"
	"slices"

	"gonum.org/v1/gonum/mat"

	"muflow/ode"
)

// A search looks for all equilibria in a box: cells where some right-hand side
// has a sign hold none; what is left is grouped, and each group must lie in a
// box X about m with
//
//	K = m − Y·f(m) + (I − Y·f'(X))·(X − m) in the interior of X,
//
// which then holds one and only one equilibrium, for each value of the
// parameters, and that is in K: R. Krawczyk, Computing 4 (1969). As X is wider
// than its group, the equilibrium may be that of another one.
type search struct {
	flow   *flow
	moving []int
	rhs    []*graded
	slopes *function
	region []interval // of all unknowns
	low    []*big.Rat // of the region, for moving unknowns
	high   []*big.Rat
}

const searchDepth = 40

// unique decides whether a box holds one and only one equilibrium.
func (f *flow) unique(ctx context.Context, low, high []*big.Rat) *Decision {
	s := &search{flow: f, moving: f.of(dynamic), region: f.box()}
	if len(s.moving) == 0 {
		return undecided("nothing moves")
	}
	var slopes []*ode.Expr
	for _, i := range s.moving {
		for _, k := range unknownsOf(f.rhs[i]) {
			if f.kinds[k] == clock {
				return undecided("the right-hand side of %s contains t", f.names[i])
			}
		}
		s.rhs = append(s.rhs, f.graded(f.rhs[i]))
		s.region[i] = between(low[i], high[i])
		s.low, s.high = append(s.low, low[i]), append(s.high, high[i])
		for _, k := range s.moving {
			slopes = append(slopes, f.rhs[i].Derivative(k))
		}
	}
	s.slopes = f.function(slopes...)
	left, complete := s.cells(ctx, s.region)
	if !complete {
		return undecided("the search for equilibria ended with %d cells undecided; a smaller box may settle it", len(left))
	}
	var values []Value
	var found [][]interval
	open := ""
	for _, group := range grouped(left, s.moving) {
		zero, ok := s.zero(group)
		if !ok {
			open = fmt.Sprintf("near %s neither one equilibrium nor none is proved", s.point(group))
			continue
		}
		if apart(zero, s.part(group)) {
			continue // the group itself holds none
		}
		switch inside := s.inside(zero); {
		case inside > 0 && slices.ContainsFunc(found, func(other []interval) bool { return !apart(zero, other) }):
			open = fmt.Sprintf("what two boxes near %s hold may be the same equilibrium", s.point(group))
		case inside > 0:
			found = append(found, zero)
			for k, i := range s.moving {
				values = append(values, Value{f.names[i], zero[k].ball(bits)})
			}
		case inside == 0:
			open = fmt.Sprintf("an equilibrium near %s may be in the box or outside", s.point(group))
		}
	}
	switch {
	case len(found) > 1:
		return &Decision{Verdict: Refuted, Reason: fmt.Sprintf("the box holds %d equilibria", len(found)), Values: values}
	case open != "":
		return undecided("%s", open)
	case len(found) == 0:
		return &Decision{Verdict: Refuted, Reason: "the box holds no equilibrium"}
	}
	return &Decision{Verdict: Proved, Reason: "one equilibrium by the operator of Krawczyk, and none in the rest of the box", Values: values}
}

func (s *search) point(box []interval) string {
	c := contraction{flow: s.flow, moving: s.moving}
	return c.point(s.part(box))
}

// part is a box in the moving unknowns alone.
func (s *search) part(box []interval) []interval {
	x := make([]interval, len(s.moving))
	for k, i := range s.moving {
		x[k] = box[i]
	}
	return x
}

// apart reports whether two boxes share no point.
func apart(x, y []interval) bool {
	for k := range x {
		if x[k].disjoint(y[k]) {
			return true
		}
	}
	return false
}

// cells returns the cells in which no right-hand side has a sign, small ones,
// or such as are proved to hold one zero at most.
func (s *search) cells(ctx context.Context, region []interval) (left [][]interval, complete bool) {
	type item struct {
		cell  []interval
		depth int
	}
	open := []item{{region, 0}}
	budget := s.flow.effort.Cells
	for len(open) > 0 {
		x := open[len(open)-1]
		open = open[:len(open)-1]
		if budget--; budget < 0 || ctx.Err() != nil {
			return left, false
		}
		empty := false
		for _, g := range s.rhs {
			if v := g.over(x.cell); !v.undefined && !v.hasZero() {
				empty = true
				break
			}
		}
		if empty {
			continue
		}
		at, most := -1, 0.0
		for _, i := range s.moving {
			w, _ := x.cell[i].width().Float64()
			all, _ := s.region[i].width().Float64()
			if all > 0 && w/all > most {
				at, most = i, w/all
			}
		}
		if at < 0 || x.depth >= searchDepth || x.depth%(2*len(s.moving)) == 0 && s.single(x.cell) {
			left = append(left, x.cell)
			continue
		}
		a, b := append([]interval(nil), x.cell...), append([]interval(nil), x.cell...)
		a[at], b[at] = x.cell[at].halves()
		open = append(open, item{b, x.depth + 1}, item{a, x.depth + 1})
	}
	return left, true
}

// single reports whether a wider box about a cell has one zero.
func (s *search) single(cell []interval) bool {
	_, ok := s.zero(cell)
	return ok
}

// grouped joins cells that touch, as boxes around them.
func grouped(cells [][]interval, moving []int) [][]interval {
	var out [][]interval
	for _, c := range cells {
		box := append([]interval(nil), c...)
		for again := true; again; {
			again = false
			rest := out[:0]
			for _, g := range out {
				if apart(g, box) { // constants are the same in both
					rest = append(rest, g)
					continue
				}
				for _, i := range moving {
					box[i] = box[i].hull(g[i])
				}
				again = true
			}
			out = rest
		}
		out = append(out, box)
	}
	return out
}

// zero proves one zero in a box a bit wider than a group, for each parameter,
// and encloses it.
func (s *search) zero(group []interval) ([]interval, bool) {
	n := len(s.moving)
	wide := append([]interval(nil), group...)
	for _, i := range s.moving {
		w := upper().Mul(group[i].width(), new(big.Float).SetFloat64(0.75))
		w.Add(w, new(big.Float).SetMantExp(big.NewFloat(1), -60))
		wide[i] = interval{low: lower().Sub(group[i].low, w), high: upper().Add(group[i].high, w)}
	}
	var image []interval
	for range 6 {
		middle := append([]interval(nil), wide...)
		point := make([]interval, n)
		for k, i := range s.moving {
			point[k] = number(wide[i].middle())
			middle[i] = point[k]
		}
		slopes := s.slopes.over(wide)
		j, approximate := make(matrix, n), mat.NewDense(n, n, nil)
		for i := range j {
			j[i] = slopes[i*n : (i+1)*n]
			for k, v := range j[i] {
				if v.undefined || !v.bounded() {
					return image, image != nil
				}
				x, _ := v.middle().Float64()
				approximate.Set(i, k, x)
			}
		}
		var inverse mat.Dense
		if inverse.Inverse(approximate) != nil {
			return image, image != nil
		}
		y := exactly(&inverse)
		if y == nil {
			return image, image != nil
		}
		values := make([]interval, n)
		for i, g := range s.rhs {
			values[i] = g.over(middle)
		}
		rest := y.mul(j).negated()
		deviation := make([]interval, n)
		for i := range rest {
			rest[i][i] = rest[i][i].add(fromInteger(1))
			deviation[i] = wide[s.moving[i]].sub(point[i])
		}
		step, spread := y.times(values), rest.times(deviation)
		next := make([]interval, n)
		for k, i := range s.moving {
			next[k] = point[k].sub(step[k]).add(spread[k])
			inside := !next[k].undefined && next[k].low.Cmp(wide[i].low) > 0 && next[k].high.Cmp(wide[i].high) < 0
			if !inside && image == nil {
				return nil, false
			}
			if image != nil && !next[k].undefined && !next[k].disjoint(image[k]) {
				next[k] = next[k].intersect(image[k])
			}
		}
		image = next
		for k, i := range s.moving {
			wide[i] = image[k]
		}
	}
	return image, true
}

// inside reports whether a zero is in the region: 1, −1 for outside and 0 for
// not known. One on the border must be a short rational number.
func (s *search) inside(zero []interval) int {
	answer := 1
	for k, z := range zero {
		region := between(s.low[k], s.high[k])
		if z.disjoint(region) {
			return -1
		}
		if ratOf(z.low).Cmp(s.low[k]) < 0 || ratOf(z.high).Cmp(s.high[k]) > 0 {
			answer = 0
		}
	}
	if answer == 1 {
		return 1
	}
	values := make([]*ode.Expr, len(s.flow.rhs))
	in := true
	for k, i := range s.moving {
		q := shortest(zero[k].middle())
		if q == nil || !zero[k].contains(between(q, q)) {
			return 0
		}
		values[i] = ode.Rational(q)
		in = in && s.low[k].Cmp(q) <= 0 && q.Cmp(s.high[k]) <= 0
	}
	for _, i := range s.moving {
		if !isZero(s.flow.rhs[i].Substitute(values)) {
			return 0
		}
	}
	if in {
		return 1
	}
	return -1
}
