package cert

import (
	"math/big"
	"slices"
)

// Softmax attention with the value gain g trained too, at ρ times the rate of μ, from (w, g) = (q/M, g(0)). Over the
// l labels let x_v = l h_v − Σ_S h and b_v = y_v + w x_v = l q r (A_v − mean of A over S), so that ξ_v = v b_v
// + αs a_v + const with v = αg/(qrl). Up to one positive factor
//
//	w' = −g w²(1−w)²/k·X,  g' = −ρY,  X = E[x],  Y = E[b],  −∂²ℓ/∂μ∂g ~ −F,  F = X + v Cov(x, b)
//	∂X/∂w = v Var(x),  ∂X/∂g = v/g·Cov(x, b),  ∂Y/∂w = F,  ∂Y/∂g = v/g·Var(b)

// A cell is a box of w and g, with bounds for X, Y, F and the signs of μ', g' and −∂²ℓ/∂μ∂g, 0 if unknown.
type cell struct {
	w, g            interval
	x, y            interval
	mu, gain, price int
	ok              bool // none of them is known otherwise
}

const cellBits = 80

// moments encloses X, Y, Var(x), Cov(x, b) and Var(b).
func (a *attending) moments(w, g interval) (x, y, xx, xy, yy interval, ok bool) {
	const bits = cellBits
	logits, around := make([]interval, len(a.crowds)), make([][2]interval, len(a.crowds))
	inside := inverseRoot(a.g.k, bits).times(point(a.Alpha.Num()), 0).over(a.Alpha.Denom())
	top := new(big.Int)
	for i, c := range a.crowds {
		slope := point(big.NewInt(int64(a.g.q*c.h - a.p)))
		rest := new(big.Int).Lsh(big.NewInt(int64(a.g.q*c.base-a.q*(a.g.t-a.g.d))), bits)
		around[i] = [2]interval{slope, point(rest).plus(w.times(slope, 0))}
		logits[i] = a.per(g.times(around[i][1], bits)).plus(inside.times(point(big.NewInt(int64(c.inside))), 0))
		if i == 0 || logits[i].hi.Cmp(top) > 0 {
			top = logits[i].hi
		}
	}
	var sums [6]interval // of e, e x, e b, e x², e x b, e b²
	for i, c := range a.crowds {
		e := decay(logits[i].minus(point(top)), bits).times(point(big.NewInt(int64(c.count))), 0)
		ex, eb := e.times(around[i][0], 0), e.times(around[i][1], bits)
		for j, z := range [6]interval{e, ex, eb, ex.times(around[i][0], 0), eb.times(around[i][0], 0), eb.times(around[i][1], bits)} {
			if i == 0 {
				sums[j] = z
			} else {
				sums[j] = sums[j].plus(z)
			}
		}
	}
	if sums[0].lo.Sign() <= 0 {
		return x, y, xx, xy, yy, false
	}
	of := func(j int) interval { return sums[j].quotient(sums[0], bits) }
	x, y = of(1), of(2)
	return x, y, of(3).minus(x.times(x, bits)), of(4).minus(x.times(y, bits)), of(5).minus(y.times(y, bits)), true
}

// per encloses α/(qrl) times a number.
func (a *attending) per(x interval) interval {
	d := big.NewInt(int64(a.q) * int64(a.r))
	return x.times(point(a.Alpha.Num()), 0).over(d.Mul(d, a.Alpha.Denom()).Mul(d, big.NewInt(int64(a.g.q))))
}

// cell encloses X and Y over a box by their mean value forms.
func (a *attending) cell(w, g interval) cell {
	const bits = cellBits
	middle := func(x interval) interval {
		m := new(big.Int).Add(x.lo, x.hi)
		return point(m.Rsh(m, 1))
	}
	c := cell{w: w, g: g}
	x, y, xx, xy, yy, ok := a.moments(w, g)
	mx, my, _, _, _, fine := a.moments(middle(w), middle(g))
	if c.ok = ok && fine; !c.ok {
		return cell{w: w, g: g, x: point(new(big.Int)), y: point(new(big.Int))}
	}
	price := x.plus(a.per(g.times(xy, bits)))
	dw, dg := w.minus(middle(w)), g.minus(middle(g))
	c.x = mx.plus(a.per(g.times(xx, bits)).times(dw, bits)).plus(a.per(xy).times(dg, bits)).common(x)
	c.y = my.plus(price.times(dw, bits)).plus(a.per(yy).times(dg, bits)).common(y)
	c.mu, c.gain, c.price = -c.x.side(), -c.y.side(), -price.side()
	return c
}

// common is what two intervals that hold the same number have in common.
func (x interval) common(y interval) interval {
	return interval{hull(x.lo, y.lo).hi, hull(x.hi, y.hi).lo}
}

// cover cuts a box until a condition holds on each part, across the side that is longer as a part of whole.
func (a *attending) cover(w, g interval, budget *int, holds func(cell) bool) {
	size := func(x interval) *big.Int { return new(big.Int).Sub(x.hi, x.lo) }
	type box [2]interval
	for open := []box{{w, g}}; len(open) > 0 && a.err == nil; {
		b := open[len(open)-1]
		open = open[:len(open)-1]
		if *budget -= len(a.crowds); *budget < 0 {
			a.need(false, "%w: cells of w and g", ErrLimit)
		} else if !holds(a.cell(b[0], b[1])) {
			at := 0
			if size(w).Sign() == 0 || new(big.Int).Mul(size(b[1]), size(w)).Cmp(new(big.Int).Mul(size(b[0]), size(g))) > 0 {
				at = 1
			}
			m := new(big.Int).Add(b[at].lo, b[at].hi)
			m.Rsh(m, 1)
			a.need(b[at].lo.Cmp(m) < 0, "the signs of μ' and g' between neighbouring numbers")
			low, high := b, b
			low[at].hi, high[at].lo = m, m
			open = append(open, low, high)
		}
	}
}

// crosses proves that solutions with g' > 0 cross a segment from one (w, g) to another towards larger w if
// side is 1, towards smaller if it is −1: by the sign of w'Δg − g'Δw on parts of it that are halved.
func (a *attending) crosses(from, to [2]*big.Int, side int, budget *int) {
	const bits = cellBits
	var way [2]interval
	for i := range way {
		way[i] = point(new(big.Int).Sub(to[i], from[i]))
	}
	type part struct{ at, of uint }
	for open := []part{{0, 0}}; len(open) > 0 && a.err == nil; {
		p := open[len(open)-1]
		open = open[:len(open)-1]
		if *budget -= len(a.crowds); *budget < 0 || p.of > 32 {
			a.need(false, "%w: solutions are not shown to cross the path", ErrLimit)
			return
		}
		var box [2]interval
		for i := range box {
			ends := way[i].times(interval{new(big.Int).SetUint64(uint64(p.at)), new(big.Int).SetUint64(uint64(p.at + 1))}, p.of)
			box[i] = point(from[i]).plus(ends)
		}
		c := a.cell(box[0], box[1])
		v := c.w.times(point(power(bits)).minus(c.w), bits)
		rise := v.times(v, bits).times(c.g, bits).times(c.x, bits).over(big.NewInt(int64(a.g.k)))
		fall := c.y.times(way[0], bits)
		if a.Rate != nil {
			fall = fall.times(point(a.Rate.Num()), 0).over(a.Rate.Denom())
		}
		if !c.ok || rise.times(way[1], bits).minus(fall).side() != -side {
			open = append(open, part{2 * p.at, p.of + 1}, part{2*p.at + 1, p.of + 1})
		}
	}
}

// turn proves A6-overshoot. Its path are values of g, ascending from g(0), each with two of w, from q/M. As
// long as g' > 0 a solution stays between both, and μ' changes its sign at most once, downward, where F > 0.
// From the last of them on it is in the box with the corner (w, g) = (first mark, last mark) opposite to it,
// whose other three sides it cannot reach. There, at w ≥ the last lower w, g' > 0 where μ' ≥ 0: μ turns,
// as μ and g tend to no equilibrium there. From then on μ' < 0 < g' is kept, by F > 0 where one of both is 0,
// so that both tend to an equilibrium in the box, which is none outside of the marks.
func turn(s *statement) {
	const bits = cellBits
	a := s.attending(s.graphs[0])
	if s.need(a.most > a.least && a.q > 0 && a.r > 0, "premise: h is constant"); s.err != nil || !s.depends(s.Alpha, "alpha") || !s.depends(s.Gain, "gain") {
		return
	}
	s.need(s.Rate == nil || s.Rate.Cmp(big.NewRat(1, 1)) != 0, "rate: expected none for 1")
	s.need(len(s.Path) > 0 && len(s.Path) <= 1024 && len(s.Marks) == 2, "path, marks: expected some values of g, and w and g at the end")
	s.need(!slices.ContainsFunc(s.Path, func(p [3]*big.Rat) bool { return slices.Contains(p[:], nil) }), "path: a number is missing")
	s.need(!slices.ContainsFunc(s.Marks, func(p [2]*big.Rat) bool { return slices.Contains(p[:], nil) }), "marks: a number is missing")
	if s.err != nil {
		return
	}
	unit, budget := power(bits), 1<<19
	whole := func(x *big.Rat) *big.Int { // units
		n, rest := new(big.Int).QuoRem(new(big.Int).Lsh(x.Num(), bits), x.Denom(), new(big.Int))
		s.need(rest.Sign() == 0 && x.Sign() > 0 && n.BitLen() < 128, "gain, path, marks: expected fractions over a power of 2")
		return n
	}
	start := point(new(big.Int).Mul(unit, big.NewInt(int64(a.q)))).over(big.NewInt(int64(a.q + a.r)))
	path := [][3]*big.Int{{whole(s.Gain), start.lo, start.hi}}
	for i, p := range s.Path {
		path = append(path, [3]*big.Int{whole(p[0]), whole(p[1]), whole(p[2])})
		s.need(path[i][0].Cmp(path[i+1][0]) < 0 && path[i+1][1].Cmp(path[i+1][2]) <= 0 && path[i+1][2].Cmp(unit) < 0, "path: out of order at %d", i)
	}
	end := path[len(path)-1]
	w, g := interval{whole(s.Marks[0][0]), whole(s.Marks[0][1])}, interval{whole(s.Marks[1][0]), whole(s.Marks[1][1])}
	s.need(w.lo.Cmp(w.hi) < 0 && w.hi.Cmp(end[1]) <= 0 && end[0].Cmp(g.lo) <= 0 && g.lo.Cmp(g.hi) < 0, "marks: expected them beyond the path in g, and below it in w")
	if s.err != nil {
		return
	}
	s.need(a.cell(start, point(path[0][0])).mu > 0, "premise: μ' > 0 at the start is not proved")
	for i, to := range path[1:] {
		from := path[i]
		for j, side := range [2]int{1, -1} {
			a.crosses([2]*big.Int{from[1+j], from[0]}, [2]*big.Int{to[1+j], to[0]}, side, &budget)
		}
		a.cover(hull(from[1], from[2], to[1], to[2]), interval{from[0], to[0]}, &budget, func(c cell) bool {
			return c.gain > 0 && (c.price < 0 || c.mu != 0)
		})
	}
	rest := interval{end[0], g.hi}
	a.cover(point(end[2]), rest, &budget, func(c cell) bool { return c.mu < 0 })
	a.cover(point(w.lo), rest, &budget, func(c cell) bool { return c.mu > 0 })
	a.cover(interval{w.lo, end[2]}, point(g.hi), &budget, func(c cell) bool { return c.gain < 0 })
	a.cover(interval{end[1], end[2]}, rest, &budget, func(c cell) bool {
		return (c.mu < 0 || c.gain > 0) && (c.price < 0 || c.mu != 0 && c.gain != 0)
	})
	a.cover(interval{w.lo, end[1]}, rest, &budget, func(c cell) bool {
		known := c.price < 0 || c.mu > 0 || c.gain < 0 || c.mu < 0 && c.gain > 0
		within := c.w.hi.Cmp(w.hi) <= 0 && c.g.lo.Cmp(g.lo) >= 0
		return known && (within || c.mu != 0 || c.gain != 0)
	})
}
