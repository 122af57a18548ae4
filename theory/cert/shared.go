package cert

import "math/big"

// A together is a μ that steps share under softmax attention, each with z = σμ, σ = 1/√k. With x = e^(−|z|)
// and the near edges those that attention goes to on the side of z, far the others,
//
//	n μ' ~ f(μ) = Σ σ w(1−w) R/(qr) = Σ σ x/(near + far x)² R
//	f' = Σ σ² w(1−w)/(qr)·((1 − 2w)R − u w(1−w) Var_w(h))
type together struct {
	*statement
	steps []*attending
	k     int // the largest
}

// at encloses x, w and 1 − w at an interval of μ, on one side of 0 or at 0.
func (t *together) at(a *attending, mu interval, bits uint) (x, w, rest interval) {
	z := mu.times(inverseRoot(a.g.k, bits), bits)
	near, far := a.q, a.r
	up := mu.hi.Sign() > 0
	if up {
		z = point(new(big.Int)).minus(z)
	} else {
		near, far = a.r, a.q
	}
	x = decay(z, bits)
	of := func(x *big.Int) (w, rest interval) { // near/(near + far x), far x/(near + far x)
		n, f := new(big.Int).Mul(big.NewInt(int64(near)), power(bits)), new(big.Int).Mul(big.NewInt(int64(far)), x)
		total := point(new(big.Int).Add(n, f))
		return point(n).quotient(total, bits), point(f).quotient(total, bits)
	}
	w, rest = of(x.hi)
	other, less := of(x.lo)
	w, rest = interval{w.lo, other.hi}, interval{less.lo, rest.hi}
	if !up {
		w, rest = rest, w
	}
	return x, w, rest
}

// curve is f over an interval that may contain 0.
func (t *together) curve(mu interval, bits uint) (value, slope interval, ok bool) {
	if mu.lo.Sign() < 0 && mu.hi.Sign() > 0 {
		zero := new(big.Int)
		v, d, ok := t.curve(interval{mu.lo, zero}, bits)
		w, e, fine := t.curve(interval{zero, mu.hi}, bits)
		return interval{hull(v.lo, w.lo).lo, hull(v.hi, w.hi).hi}, interval{hull(d.lo, e.lo).lo, hull(d.hi, e.hi).hi}, ok && fine
	}
	value, slope, ok = point(new(big.Int)), point(new(big.Int)), true
	for _, a := range t.steps {
		_, w, rest := t.at(a, mu, bits)
		sums, h, weights, fine := a.at(w, bits, func(crowd) bool { return true })
		if ok = ok && fine; !ok {
			return value, slope, false
		}
		both, drop := w.times(rest, bits), a.aim(sums, h, bits)
		bend := rest.minus(w).times(drop, bits).minus(a.steep(both.times(a.spread(weights, sums[0], bits), bits)).times(point(big.NewInt(int64(a.g.q))), 0))
		over := new(big.Int).Mul(big.NewInt(int64(a.g.q)), new(big.Int).Mul(big.NewInt(int64(a.q)), big.NewInt(int64(a.r))))
		value = value.plus(both.times(drop, bits).times(inverseRoot(a.g.k, bits), bits).over(over))
		slope = slope.plus(both.times(bend, bits).over(over).over(big.NewInt(int64(a.g.k))))
	}
	return value, slope, true
}

// tail returns the sign of f beyond an L > 0, of both signs: that of e^(|μ|/√k)·f with the largest k, in
// which σ x is at most σ e^(−(σ − 1/√k)L), and σ where k is the largest; 0 if it has none for so large an L.
func (t *together) tail(up bool, far *big.Int, bits uint) int {
	total, mu := point(new(big.Int)), far
	if !up {
		mu = new(big.Int).Neg(far)
	}
	for _, a := range t.steps {
		x, w, _ := t.at(a, point(mu), bits)
		near, other, one := a.q, a.r, power(bits)
		if up {
			w.hi = one
		} else {
			near, other, w.lo = a.r, a.q, new(big.Int)
		}
		sums, h, _, ok := a.at(w, bits, func(crowd) bool { return true })
		if !ok {
			return 0
		}
		lead := point(one)
		if a.g.k < t.k {
			lead = interval{new(big.Int), decay(inverseRoot(t.k, bits).minus(inverseRoot(a.g.k, bits)).times(point(far), bits), bits).hi}
		}
		base := point(new(big.Int).Mul(big.NewInt(int64(near)), one)).plus(interval{new(big.Int), x.hi}.times(point(big.NewInt(int64(other))), 0))
		lead = lead.times(inverseRoot(a.g.k, bits), bits).quotient(base.times(base, bits), bits)
		total = total.plus(lead.times(a.aim(sums, h, bits), bits).over(big.NewInt(int64(a.g.q))))
	}
	return total.side()
}

// shares proves A6-population. Beyond an L on both sides f has no zero; the others are counted.
func shares(s *statement) {
	t := &together{statement: s}
	if !s.depends(s.Alpha, "alpha") || !s.depends(s.Gain, "gain") {
		return
	}
	for _, g := range s.graphs {
		if a := s.attending(g); a.most > a.least {
			t.steps, t.k = append(t.steps, a), max(t.k, g.k)
			s.work += len(a.crowds)
		}
	}
	const bits = 128
	s.need(len(t.steps) > 0, "premise: h is constant in every step")
	s.need(s.work <= 1<<13, "%w: %d kinds of vertices", ErrLimit, s.work)
	signs, far := [2]int{}, power(bits)
	for range 10 {
		if signs = [2]int{t.tail(false, far, bits), t.tail(true, far, bits)}; s.err != nil || signs[0]*signs[1] != 0 {
			break
		}
		far = new(big.Int).Lsh(far, 1)
	}
	if s.need(signs[0]*signs[1] != 0, "%w: the sign of the drift towards an end", ErrLimit); s.err != nil {
		return
	}
	at := func(m *big.Int) int {
		value, _, _ := t.curve(point(new(big.Int).Lsh(m, s.bits()-s.Grid)), s.bits())
		return value.side()
	}
	s.zeros(t.curve, interval{new(big.Int).Neg(far), far}, signs[0], signs[1], bits, at)
	start := at(new(big.Int))
	s.need(start != 0, "%w: the sign of the drift at μ = 0", ErrLimit)
	s.from(start)
}
