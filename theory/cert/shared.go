package cert

import "math/big"

// A together is a μ that steps share under softmax attention, each with z = σμ, σ = 1/√k. With x = e^(−σ|μ|),
// near the number of edges to which attention goes on the side of μ, far that of the others, and δ the least σ
//
//	n μ' ~ Σ σ w(1−w)/(qr)·R,  w(1−w)/(qr) = x/(near + far x)²,  F = e^(δ|μ|) μ'
//	F' ~ Σ σ e^((δ−σ)|μ|)/(near + far x)²·(±δR + σ((1 − 2w)R − u w(1−w) Var_w(h)))
type together struct {
	*statement
	steps []*attending
	k     int // the largest
}

// at encloses w, 1 − w and σ e^((δ−σ)|μ|)/(near + far x)² on one side of 0, or beyond a μ.
func (t *together) at(a *attending, mu interval, beyond bool, bits uint) (w, rest, lead interval) {
	near, far, up, zero, sigma := a.q, a.r, mu.hi.Sign() > 0, point(new(big.Int)), inverseRoot(a.g.k, bits)
	if !up {
		near, far, mu = a.r, a.q, zero.minus(mu)
	}
	x, lead := decay(zero.minus(mu.times(sigma, bits)), bits), point(power(bits))
	if a.g.k < t.k {
		lead = decay(inverseRoot(t.k, bits).minus(sigma).times(mu, bits), bits)
	}
	if beyond {
		if x.lo = zero.lo; a.g.k < t.k {
			lead.lo = zero.lo
		}
	}
	n := new(big.Int).Mul(big.NewInt(int64(near)), power(bits))
	of := func(x *big.Int) (w, rest, total interval) { // near/(near + far x), far x/(near + far x)
		f := new(big.Int).Mul(big.NewInt(int64(far)), x)
		total = point(new(big.Int).Add(n, f))
		return point(n).quotient(total, bits), point(f).quotient(total, bits), total
	}
	w, rest, most := of(x.hi)
	other, less, least := of(x.lo)
	w, rest, least = interval{w.lo, other.hi}, interval{less.lo, rest.hi}, interval{least.lo, most.hi}
	if !up {
		w, rest = rest, w
	}
	return w, rest, lead.times(sigma, bits).quotient(least.times(least, bits), bits)
}

// sum encloses F and its slope on one side of 0, or F beyond a μ.
func (t *together) sum(mu interval, beyond bool, bits uint) (value, slope interval, ok bool) {
	value, slope = point(new(big.Int)), point(new(big.Int))
	delta := inverseRoot(t.k, bits)
	if mu.hi.Sign() <= 0 {
		delta = value.minus(delta)
	}
	for _, a := range t.steps {
		w, rest, lead := t.at(a, mu, beyond, bits)
		sums, h, weights, ok := a.at(w, bits, func(crowd) bool { return true })
		if !ok {
			return value, slope, false
		}
		labels := big.NewInt(int64(a.g.q))
		drop := a.aim(sums, h, bits).over(labels)
		if value = value.plus(lead.times(drop, bits)); !beyond {
			bend := rest.minus(w).times(drop, bits).minus(a.steep(w.times(rest, bits).times(a.spread(sums, h, weights, bits), bits)))
			slope = slope.plus(lead.times(drop.times(delta, bits).plus(bend.times(inverseRoot(a.g.k, bits), bits)), bits))
		}
	}
	return value, slope, true
}

// curve is F over an interval that may contain 0, where its slope jumps.
func (t *together) curve(mu interval, bits uint) (value, slope interval, ok bool) {
	if mu.lo.Sign() >= 0 || mu.hi.Sign() <= 0 {
		return t.sum(mu, false, bits)
	}
	zero := new(big.Int)
	v, d, ok := t.sum(interval{mu.lo, zero}, false, bits)
	w, e, fine := t.sum(interval{zero, mu.hi}, false, bits)
	return hull(v.lo, v.hi, w.lo, w.hi), hull(d.lo, d.hi, e.lo, e.hi), ok && fine
}

// shares proves A6-population. Beyond an L on both sides F has no zero; the others are counted.
func shares(s *statement) {
	t := &together{statement: s}
	if !s.depends(s.Alpha, "alpha") || !s.depends(s.Gain, "gain") {
		return
	}
	for _, g := range s.graphs {
		if a := s.attending(g); a.most > a.least {
			t.steps, t.k = append(t.steps, a), max(t.k, g.k)
		}
	}
	const bits = 128
	s.need(len(t.steps) > 0, "premise: h is constant in every step")
	signs, end := [2]int{}, interval{new(big.Int).Neg(power(bits)), power(bits)} // ±L
	for doublings := 0; s.err == nil && signs[0]*signs[1] == 0; doublings++ {
		s.need(doublings < 16, "%w: the sign of the drift towards an end", ErrLimit)
		end = end.times(point(big.NewInt(2)), 0)
		for i, l := range []*big.Int{end.lo, end.hi} {
			value, _, ok := t.sum(point(l), true, bits)
			if signs[i] = value.side(); !ok {
				signs[i] = 0
			}
		}
	}
	at := func(m *big.Int) int {
		value, _, _ := t.curve(point(new(big.Int).Lsh(m, s.bits()-s.Grid)), s.bits())
		return value.side()
	}
	if s.err == nil {
		s.zeros(t.curve, end, signs[0], signs[1], bits, at)
		start := at(new(big.Int))
		s.need(start != 0, "%w: the sign of the drift at μ = 0", ErrLimit)
		s.from(start)
	}
}
