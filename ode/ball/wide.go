package ball

// wide reports whether the radius may be more than an eighth of the midpoint, and
// is more than a sixteenth: a bound by slopes is then far from the range, and the
// ends are taken.
func (z *Ball) wide() bool {
	return !z.rad.isZero() && (z.mid.Sign() == 0 || z.rad.exp+32 > int64(z.mid.MantExp(nil))-4)
}

// ends returns both ends of a finite ball as points, rounded outward.
func (z *Ball) ends() [2]*Ball {
	low, high := z.Lower(), z.Upper()
	return [2]*Ball{New(low.Prec()).SetFloat(low), New(high.Prec()).SetFloat(high)}
}

// overEnds sets z to the range of a monotone function of one ball.
//
// Encloses the exact value for every point of the input.
func (z *Ball) overEnds(f func(z, x *Ball) *Ball, x *Ball) *Ball {
	p := z.precisionFor(x)
	ends := x.ends()
	for i, end := range ends {
		ends[i] = f(New(p+8), end)
	}
	z.mid.SetPrec(p)
	return z.Union(ends[0], ends[1])
}

// overCorners sets z to the range of a function of two balls that has its
// extremes at corners.
//
// Encloses the exact value for every point of the inputs.
func (z *Ball) overCorners(f func(z, x, y *Ball) *Ball, x, y *Ball) *Ball {
	p := z.precisionFor(x, y)
	var hull *Ball
	for _, a := range x.ends() {
		for _, b := range y.ends() {
			c := f(New(p+8), a, b)
			if hull == nil {
				hull = New(p + 8).Set(c)
			}
			hull.Union(hull, c)
		}
	}
	z.mid.SetPrec(p)
	return z.Set(hull)
}

// apart reports whether one midpoint is far below the last of p bits of the
// other: package big would write out all the places between them for a sum.
func apart(x, y *Ball, p uint) bool {
	const least = 1 << 20
	gap := x.mid.MantExp(nil) - y.mid.MantExp(nil)
	return (gap > least || gap < -least) && uint(max(gap, -gap)) > max(p, x.Prec(), y.Prec()) && x.mid.Sign() != 0 && y.mid.Sign() != 0
}
