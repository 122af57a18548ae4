package prove

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/big"
	"slices"

	"muflow/internal/reduced"
	"muflow/ode/ball"
	"muflow/theory"
)

// A steepChart is an exponential path T(w) = Σ_j c_j e^{a_j + u l_j w} in the logarithm
// y ≤ 0 of the distance ε = w from the end 0, or ε = 1 − w from the end 1, for gains
// of any size. All it gives is relative to the term, or the group of terms, that leads
// there, which neither changes signs nor zeros:
//
//	far from the end   Σ_j c_j e^{a_j − a_k ± u (l_j − l_k) ε},  a_j the exponents at the end
//	near it            Σ_E e^{A_E − A_F + (m_E − m_F) log(uε)} Q_E(±uε)
//
// where the terms with the exponent A_E at the end have together a zero of order m_E there,
// X^m Q_E(X) = Σ c_j e^{l_j X} with Q_E(0) ≠ 0: what integers cancel is not computed.
// theory.md section 7a.
type steepChart struct {
	precision uint
	unit      *ball.Ball // ±u
	log       *ball.Ball // log u
	border    float64    // near: |l_j| uε < 2^−8 for y ≤ border + 1
	terms     []steepTerm
	groups    []steepGroup
}

type steepTerm struct {
	coefficient *big.Int
	slope       int64
	exponent    *ball.Ball // at the end
}

type steepGroup struct {
	order    int
	exponent *ball.Ball
	series   []*ball.Ball // of Q(X)
	rest     *ball.Ball   // the remainder over X^len(series), for |l_j X| < 2^−8
	weight   float64      // about log|Q(0)|
}

// newSteepChart needs a collected path with terms.
func newSteepChart(path *theory.ExponentialPath, end int, precision uint) *steepChart {
	inverse := reduced.Sigma(big.NewRat(1, 1), path.K, precision)
	c := &steepChart{precision: precision, unit: ball.New(precision).SetRat(path.Unit)}
	c.log = ball.New(precision).Log(c.unit)
	if end == 1 {
		c.unit.Neg(c.unit)
	}
	members, most := map[string][]theory.PathTerm{}, int64(1)
	var keys []string
	for _, t := range path.Terms {
		at := new(big.Rat).SetInt64(t.Slope * int64(end))
		t.Rational = at.Add(at.Mul(at, path.Unit), t.Rational)
		key := t.Rational.RatString() + " " + t.Root.RatString()
		if members[key] == nil {
			keys = append(keys, key)
		}
		members[key] = append(members[key], t)
		most = max(most, t.Slope, -t.Slope)
	}
	for _, key := range keys {
		all := members[key]
		exponent := ball.New(precision).MulRat(inverse, all[0].Root)
		exponent.Add(exponent, ball.New(precision).SetRat(all[0].Rational))
		for _, t := range all {
			c.terms = append(c.terms, steepTerm{t.Coefficient, t.Slope, exponent})
		}
		c.groups = append(c.groups, newSteepGroup(all, most, exponent, precision))
	}
	first := ball.New(precision).Log(ball.New(precision).SetInt64(most))
	c.border, _ = first.Add(first, c.log).Mid().Float64()
	c.border = -c.border - 7 // e·2^−10 < 2^−8 and e^−7 < 2^−10
	return c
}

// steepExtra is how many terms of a series stand beside those that the precision asks for.
const steepExtra = 8

// newSteepGroup is Σ c_j e^{l_j X} = Σ_i S_i X^i/i! with the integers S_i = Σ c_j l_j^i.
func newSteepGroup(all []theory.PathTerm, most int64, exponent *ball.Ball, precision uint) steepGroup {
	g := steepGroup{exponent: exponent, order: -1}
	powers, size := make([]*big.Int, len(all)), new(big.Int)
	for j, t := range all {
		powers[j] = new(big.Int).Set(t.Coefficient)
		size.Add(size, new(big.Int).Abs(t.Coefficient))
	}
	bound := ball.New(precision).SetInt(size) // Σ|c_j| L^i/i!
	factorial := ball.New(precision).SetInt64(1)
	for i := int64(0); len(g.series) < int(precision)/8+steepExtra; i++ {
		if i > 0 {
			factorial.MulInt64(factorial, i)
			bound.QuoInt64(bound.MulInt64(bound, most), i)
		}
		sum := new(big.Int)
		for j, t := range all {
			sum.Add(sum, powers[j])
			powers[j].Mul(powers[j], big.NewInt(t.Slope))
		}
		if g.order < 0 && sum.Sign() == 0 {
			continue
		}
		if g.order < 0 {
			g.order = int(i)
		}
		s := ball.New(precision).SetInt(sum)
		g.series = append(g.series, s.Quo(s, factorial))
	}
	// The terms from i on are at most Σ|c_j| L^i/i!·|X|^{i−m}·e^{L|X|} together, and that is below 2.
	next := int64(g.order + len(g.series))
	g.rest = bound.QuoInt64(bound.MulInt64(bound, 2*most), next)
	top, _ := ball.New(64).Log(ball.New(64).Set(g.series[0]).Abs(g.series[0])).Mid().Float64()
	g.weight = top
	return g
}

// at encloses Q and X·Q' for an X.
func (g *steepGroup) at(x *ball.Ball, precision uint) (value, bend *ball.Ball) {
	value, bend = ball.New(precision), ball.New(precision)
	last := len(g.series)
	for i := last - 1; i >= 0; i-- {
		value.Add(value.Mul(value, x), g.series[i])
		bend.Add(bend.Mul(bend, x), ball.New(precision).MulInt64(g.series[i], int64(i)))
	}
	rest := ball.New(precision).PowInt(x, int64(last))
	rest.Abs(rest.Mul(rest, g.rest))
	value.AddError(rest.Upper())
	bend.AddError(rest.MulInt64(rest, int64(last)).Upper()) // Σ (n + k)y^k/k! = (n + y)e^y < 2n
	return value, bend
}

// A steepLead is what values are relative to: a term, or a group of terms.
type steepLead struct {
	near bool
	at   int
}

// lead returns what leads at a y, about.
func (c *steepChart) lead(y float64) (out steepLead) {
	near, best := y <= c.border, math.Inf(-1)
	u, _ := c.unit.Mid().Float64()
	l, _ := c.log.Mid().Float64()
	consider := func(i int, size float64) {
		if size > best || i == 0 {
			best, out = size, steepLead{near, i}
		}
	}
	if near {
		for i, g := range c.groups {
			a, _ := g.exponent.Mid().Float64()
			consider(i, a+g.weight+float64(float64(g.order)*(l+y)))
		}
		return out
	}
	for i, t := range c.terms {
		a, _ := t.exponent.Mid().Float64()
		consider(i, a+float64(float64(u*float64(t.slope))*math.Exp(y)))
	}
	return out
}

// over encloses T over a positive function, and its slope in y over the same function,
// for y in an interval that does not reach from one side of the border to the other.
// With a y below border + 1, beyond says that the value holds for all smaller ones too.
//
// Encloses the exact value for every point of the input.
func (c *steepChart) over(y *ball.Ball, lead steepLead, beyond bool) (value, slope *ball.Ball) {
	p := c.precision
	value, slope = ball.New(p), ball.New(p)
	x := ball.New(p).Exp(y) // ±uε
	x.Mul(x, c.unit)
	if !lead.near {
		top := c.terms[lead.at]
		for _, t := range c.terms {
			e := ball.New(p).MulInt64(x, t.slope-top.slope)
			fade(e.Add(e, ball.New(p).Sub(t.exponent, top.exponent)), int(p)+64)
			e.Mul(e, ball.New(p).SetInt(t.coefficient))
			value.Add(value, e)
			slope.Add(slope, e.MulInt64(e, t.slope-top.slope))
		}
		return value, slope.Mul(slope, x)
	}
	top := c.groups[lead.at]
	log := ball.New(p).Add(c.log, y)
	if beyond {
		x.Union(x, ball.New(p))
	}
	negative, known := c.unit.Sign()
	for _, g := range c.groups {
		order := int64(g.order - top.order)
		e := ball.New(p).MulInt64(log, order)
		fade(e.Add(e, ball.New(p).Sub(g.exponent, top.exponent)), int(p)+64)
		if beyond && order != 0 {
			e.Union(e, ball.New(p))
		}
		if g.order%2 == 1 && negative < 0 && known { // (−uε)^m
			e.Neg(e)
		}
		q, bend := g.at(x, p)
		value.Add(value, q.Mul(e, q))
		bend.Add(bend.Mul(e, bend), q.MulInt64(q, order))
		slope.Add(slope, bend)
	}
	return value, slope
}

// sign returns the sign of T at a point, 0 if it is not decided.
func (c *steepChart) sign(y *big.Float) int {
	f, _ := y.Float64()
	value, _ := c.over(ball.New(c.precision).SetFloat(y), c.lead(f), false)
	sign, _ := value.Sign()
	return sign
}

// tail finds a y below a point below which T has one sign.
func (c *steepChart) tail(to float64) (*big.Float, int, error) {
	last := 0 // the group that leads towards the end
	for i, g := range c.groups {
		top := c.groups[last]
		if g.order < top.order || g.order == top.order && g.exponent.Mid().Cmp(top.exponent.Mid()) > 0 {
			last = i
		}
	}
	for step := 1.; step < 0x1p80; step *= 2 {
		y := big.NewFloat(min(c.border, to) - step)
		value, _ := c.over(ball.New(c.precision).SetFloat(y), steepLead{true, last}, true)
		if sign, ok := value.Sign(); ok && sign != 0 {
			return y, sign, nil
		}
	}
	return nil, 0, errors.New("the sign towards an end is not decided")
}

// A steepCell is an interval of y with the signs of T inside at its ends.
type steepCell struct {
	low, high   *big.Float
	left, right int
}

// zeros isolates all zeros of T between the end and a point with a sign, in cells with
// one zero each, in the order of y.
func (c *steepChart) zeros(ctx context.Context, to *ball.Ball, sign int) ([]steepCell, error) {
	first, _ := to.Mid().Float64()
	low, left, err := c.tail(first)
	if err != nil {
		return nil, err
	}
	var out []steepCell
	narrowest := big.NewFloat(0x1p-40)
	narrowest.SetMantExp(narrowest, -c.unit.Mid().MantExp(nil))
	pending := []steepCell{{low, to.Upper(), left, sign}}
	for n := 0; len(pending) > 0; n++ {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		x := pending[len(pending)-1]
		pending = pending[:len(pending)-1]
		width := new(big.Float).Sub(x.high, x.low)
		from, _ := x.low.Float64()
		until, _ := x.high.Float64()
		across := from < c.border && until > c.border+0.5
		if !across {
			value, slope := c.over(ball.New(c.precision).SetInterval(x.low, x.high), c.lead(from+float64((until-from)/2)), false)
			if s, ok := value.Sign(); ok && s != 0 {
				if x.left != x.right {
					return nil, fmt.Errorf("signs %d and %d at the ends of a cell without a zero", x.left, x.right)
				}
				continue
			}
			if s, ok := slope.Sign(); ok && s != 0 {
				if x.left != x.right {
					out = append(out, x)
				}
				continue
			}
		}
		if n == maxCells || width.Cmp(narrowest) < 0 {
			return nil, fmt.Errorf("zeros at a distance near e^%.9g from an end are not told apart: there may be a multiple one", from)
		}
		at, middle := 0, new(big.Float)
		for _, share := range []float64{0.5, 0.4375, 0.5625, 0.375} {
			middle = new(big.Float).SetPrec(c.precision).Mul(width, big.NewFloat(share))
			middle.Add(middle, x.low)
			if across {
				middle = big.NewFloat(c.border + float64(share/2))
			}
			if at = c.sign(middle); at != 0 {
				break
			}
		}
		if at == 0 {
			return nil, fmt.Errorf("the sign at a distance near e^%.9g from an end is not decided", from)
		}
		pending = append(pending, steepCell{middle, x.high, at, x.right}, steepCell{x.low, middle, x.left, at})
	}
	return out, nil
}

// refine encloses the zero of a cell to an absolute 2^−bits times the size of y, by
// Newton's method on intervals.
func (c *steepChart) refine(x steepCell, bits int) (*ball.Ball, error) {
	y := ball.New(c.precision).SetInterval(x.low, x.high)
	for range 200 {
		low, high := y.Lower(), y.Upper()
		width := new(big.Float).Sub(high, low)
		if scaled := new(big.Float).SetMantExp(width, bits); scaled.Cmp(new(big.Float).Abs(high)) < 0 || scaled.Cmp(big.NewFloat(1)) < 0 {
			return y, nil
		}
		middle := y.Mid()
		f, _ := middle.Float64()
		lead, point := c.lead(f), ball.New(c.precision).SetFloat(middle)
		next, _ := c.over(point, lead, false)
		_, slope := c.over(y, lead, false)
		next.Sub(point, next.Quo(next, slope)) // not finite where the slope may be 0
		low, high = outer(low, next.Lower(), 1), outer(high, next.Upper(), -1)
		if low.Cmp(high) > 0 {
			return nil, errors.New("no zero in its cell")
		}
		if width.Mul(width, big.NewFloat(0.75)).Cmp(new(big.Float).Sub(high, low)) < 0 { // little progress: halve by the sign
			switch c.sign(middle) {
			case x.left:
				low = middle
			case -x.left:
				high = middle
			default:
				return nil, errors.New("a zero is not enclosed to so many digits")
			}
		}
		y = ball.New(c.precision).SetInterval(low, high)
	}
	return nil, errors.New("a zero is not enclosed to so many digits")
}

// A steepZero is a zero of the drift by the logarithm of its distance from an end.
type steepZero struct {
	end    int
	log    *ball.Ball
	stable bool
}

// rest is the logarithm of the distance from the other end.
func (z *steepZero) rest() *ball.Ball {
	p := z.log.Prec()
	rest := ball.New(p).Exp(z.log)
	return rest.Log(rest.Sub(ball.New(p).SetInt64(1), rest))
}

// steepZeros encloses all zeros of the drift between the ends for gains of any size, in
// their order, the logarithms to so many bits; below is how many lie below z = 0. The
// start is the sign there.
func (x *attentionRoom) steepZeros(ctx context.Context, start int, bits uint) (all []steepZero, below int, err error) {
	path := x.attention.Path(x.loss, x.alpha, x.gain).Collected()
	precision := bits + 64 + path.Exponent()
	at, sign := x.attention.Start(), start
	for n := int64(2); sign == 0; n++ { // a point with a sign
		at.Mul(x.attention.Start(), big.NewRat(1, n))
		if sign, err = ExponentialSign(path.At(at, 0)); err != nil || n > maxCells {
			return nil, 0, errors.Join(err, errors.New("no point with a sign"))
		}
	}
	for end, distance := range []*big.Rat{at, new(big.Rat).Sub(big.NewRat(1, 1), at)} {
		c := newSteepChart(path, end, precision)
		to := ball.New(precision).SetRat(distance)
		cells, err := c.zeros(ctx, to.Log(to), sign)
		if err != nil {
			return nil, 0, err
		}
		if end == 1 {
			slices.Reverse(cells)
		} else {
			below = len(cells)
		}
		for _, cell := range cells {
			y, err := c.refine(cell, int(bits))
			if err != nil {
				return nil, 0, err
			}
			before := cell.left
			if end == 1 {
				before = cell.right
			}
			all = append(all, steepZero{end, y, before > 0})
		}
	}
	return all, below, nil
}

// steepEquilibrium is the one of Coconut.
func (x *attentionRoom) steepEquilibrium(ctx context.Context, bits uint) (*steepZero, error) {
	start, err := ExponentialSign(x.attention.Path(x.loss, x.alpha, x.gain).At(x.attention.Start(), 0))
	if err != nil {
		return nil, err
	}
	all, _, err := x.steepZeros(ctx, start, bits)
	if err == nil && len(all) != 1 {
		err = fmt.Errorf("%d equilibria, expected one", len(all))
	}
	if err != nil {
		return nil, err
	}
	return &all[0], nil
}

// steepLogit returns z at a zero, log(w(M − M_c)/((1 − w)M_c)).
func (x *attentionRoom) steepLogit(zero *steepZero) *ball.Ball {
	p := zero.log.Prec()
	z := zero.rest()
	z.Sub(zero.log, z)
	if zero.end == 1 {
		z.Neg(z)
	}
	shift := ball.New(p).SetRat(big.NewRat(int64(x.attention.Edges-x.attention.Leaving), int64(x.attention.Leaving)))
	return z.Add(z, shift.Log(shift))
}
