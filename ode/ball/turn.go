package ball

import "math/big"

// Atan sets z to the arctangent of x, in (−π/2, π/2), accurate relative to x
// near 0.
//
// Encloses the exact value for every point of the input.
func (z *Ball) Atan(x *Ball) *Ball {
	if x.beyond {
		return z.Indeterminate()
	}
	p := z.precisionFor(x)
	if x.IsZero() {
		z.mid.SetPrec(p)
		return z.SetInt64(0)
	}
	if x.wide() {
		return z.overEnds((*Ball).Atan, x)
	}
	angle := New(p).Arg(integer(1), x)
	z.mid.SetPrec(p)
	return z.Set(angle)
}

// Sin sets z to the sine of x, accurate relative to x near 0. An argument beyond
// 2^50 gives [−1, 1].
//
//	sin(r + k·π/2),  |r| ≤ π/4:  sin² r = v·(2 − v),  v = 1 − cos r
//
// Encloses the exact value for every point of the input.
func (z *Ball) Sin(x *Ball) *Ball { return z.turn(x, 0) }

// Cos sets z to the cosine of x. An argument beyond 2^50 gives [−1, 1].
//
// Encloses the exact value for every point of the input.
func (z *Ball) Cos(x *Ball) *Ball { return z.turn(x, 1) }

// turn sets z to sin(x + quarter·π/2).
func (z *Ball) turn(x *Ball, quarter int64) *Ball {
	if x.beyond {
		return z.Indeterminate()
	}
	p := z.precisionFor(x)
	z.mid.SetPrec(p)
	switch {
	case x.IsZero():
		return z.SetInt64(quarter)
	case x.mid.MantExp(nil) > 50 || x.rad.cmp(power(3)) > 0:
		return z.unit()
	case x.rad.cmp(wideArgument) > 0:
		return z.turnWide(x, quarter)
	}
	middle := New(max(p, x.mid.Prec())).SetFloat(&x.mid)
	radius := x.rad
	z.turnPoint(middle, quarter)
	return z.widen(radius) // the slopes are at most 1
}

// unit sets z to [−1, 1].
func (z *Ball) unit() *Ball {
	z.mid.SetInt64(0)
	z.rad, z.beyond = power(0), false
	return z
}

// turnWide encloses the range over a ball by the values at both ends and the
// extremes in between, at (n + ½)·π less the quarter.
func (z *Ball) turnWide(x *Ball, quarter int64) *Ball {
	p := z.mid.Prec()
	ends := x.ends()
	var turns [2]*Ball // the ends in half turns from the first minimum before 0
	hull := New(p + 8)
	for i, end := range ends {
		work := end.mid.Prec() + 64
		turns[i] = New(work).Quo(end, Pi(work+32))
		turns[i].Add(turns[i], New(work).MulPow2(integer(quarter+1), -1))
		value := New(p+8).turnPoint(end, quarter)
		if i == 0 {
			hull.Set(value)
		}
		hull.Union(hull, value)
	}
	low, _ := turns[0].Lower().Int(nil)
	high, _ := turns[1].Upper().Int(nil)
	if turns[0].Lower().Sign() >= 0 && !turns[0].Lower().IsInt() {
		low.Add(low, big.NewInt(1))
	}
	if turns[1].Upper().Sign() < 0 && !turns[1].Upper().IsInt() {
		high.Sub(high, big.NewInt(1))
	}
	// Multiples n of a half turn in [low, high] are minima for even n, maxima for
	// odd n.
	for n := new(big.Int).Set(low); n.Cmp(high) <= 0; n.Add(n, big.NewInt(1)) {
		hull.Union(hull, integer(2*int64(n.Bit(0))-1))
	}
	z.mid.SetPrec(p)
	return z.Set(hull)
}

// turnPoint sets z to sin(x + quarter·π/2) for an exact x.
func (z *Ball) turnPoint(x *Ball, quarter int64) *Ball {
	p := z.mid.Prec()
	if x.mid.Sign() == 0 {
		return z.SetInt64(quarter)
	}
	size := x.mid.MantExp(nil)
	work := p + uint(max(0, size)) + 40
	count, r := new(big.Int), New(work).Set(x)
	if size > -1 { // |x| may be beyond π/4
		for { // near a multiple of π/2 bits are lost: take more
			half := New(work+32).MulPow2(Pi(work+32), -1)
			q, _ := New(work).Quo(x, half).Mid().Float64()
			n := int64(q)
			if rest := q - float64(n); rest > 0.5 {
				n++
			} else if rest < -0.5 {
				n--
			}
			count.SetInt64(n)
			r = New(work).Sub(New(work+32).Set(x), New(work+32).MulInt64(half, n))
			if work > 4*(p+uint(size))+2*x.mid.Prec()+256 || r.RelativeAccuracyBits() >= int(p)+8 {
				break
			}
			work += work / 2
		}
	}
	sign, ok := r.Sign()
	if !ok { // |sin r| ≤ |r|, but which quarter is meant is not known to all digits
		return z.unit()
	}
	turns := int64(new(big.Int).And(count.Add(count, big.NewInt(quarter)), big.NewInt(3)).Int64())
	v := New(work).versine(r)
	if turns%2 == 1 { // cos r = 1 − v
		v.Sub(integer(1), v)
	} else { // sin r
		v.Mul(v, New(work).Sub(integer(2), v))
		v.Sqrt(v)
		if sign < 0 {
			v.Neg(v)
		}
	}
	if turns >= 2 {
		v.Neg(v)
	}
	return z.Set(v)
}

// versine sets z to 1 − cos r, accurate relative to r², for |r| ≤ 1.
//
//	v(θ) = Σ_{n≥1} (−1)^{n+1} θ^{2n}/(2n)!,  v(2θ) = 2·v(θ)·(2 − v(θ))
func (z *Ball) versine(r *Ball) *Ball {
	work := z.mid.Prec()
	doublings := max(0, isqrt(int(work))+min(0, r.mid.MantExp(nil)))
	inner := work + 2*uint(doublings) + 16
	square := New(inner).Sqr(New(inner).MulPow2(r, -doublings))
	term := New(inner).MulPow2(square, -1)
	sum := New(inner).Set(term)
	limit := above(&term.mid).scale(-int64(inner))
	for n := int64(2); ; n++ {
		term.Mul(term, square)
		term.QuoInt64(term, (2*n-1)*2*n)
		if size := above(&term.mid).add(term.rad); size.cmp(limit) <= 0 || size.isZero() {
			sum.widen(size) // alternating, falling terms
			break
		}
		if n%2 == 0 {
			sum.Sub(sum, term)
		} else {
			sum.Add(sum, term)
		}
	}
	two := integer(2)
	for range doublings {
		sum.Mul(sum, New(inner).Sub(two, sum))
		sum.MulPow2(sum, 1)
	}
	return z.Set(sum)
}

func isqrt(n int) int { return int(new(big.Int).Sqrt(big.NewInt(int64(n))).Int64()) }
