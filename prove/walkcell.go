package prove

import (
	"math/big"
	"slices"

	"muflow/ode/ball"
)

// A polynomial holds its coefficients from the constant one up, exact.
type polynomial []*ball.Ball

func (p polynomial) derivative() polynomial {
	var out polynomial
	for k := 1; k < len(p); k++ {
		out = append(out, wholeProduct(p[k], ball.New(64).SetInt64(int64(k))))
	}
	return out
}

// wholeProduct multiplies two exact integers.
func wholeProduct(x, y *ball.Ball) *ball.Ball {
	return ball.New(x.Prec()+y.Prec()).Mul(x, y)
}

// combine returns s·p + t·q.
func combine(s int64, p polynomial, t int64, q polynomial) polynomial {
	out := make(polynomial, max(len(p), len(q)))
	for k := range out {
		out[k] = ball.New(64)
		for _, part := range []struct {
			factor int64
			of     polynomial
		}{{s, p}, {t, q}} {
			if k < len(part.of) {
				term := wholeProduct(part.of[k], ball.New(64).SetInt64(part.factor))
				out[k] = ball.New(max(out[k].Prec(), term.Prec())+1).Add(out[k], term)
			}
		}
	}
	return out
}

func (p polynomial) times(q polynomial) polynomial {
	out := make(polynomial, max(0, len(p)+len(q)-1))
	for k := range out {
		out[k] = ball.New(64)
		for i := max(0, k-len(q)+1); i <= min(k, len(p)-1); i++ {
			term := wholeProduct(p[i], q[k-i])
			out[k] = ball.New(max(out[k].Prec(), term.Prec())+1).Add(out[k], term)
		}
	}
	return out
}

// A walkTerms is what a vertex has more than another one, with thoughts of the
// present logit:
//
//	logit = α·N/√q,  value = D/√q,  logit' = α·M/(2·q^{3/2}),  M = 2N'q − Nq'
//
// or D summed over several labels.
type walkTerms struct {
	logit, value, slope polynomial // N, D, M
}

// expand finds the polynomials in μ of thoughts of the present logit.
func (f *walkFamily) expand(d *walkDrift) {
	choose := func(m, j int) *ball.Ball { return wholeBall(new(big.Int).Binomial(int64(m), int64(j))) }
	c := d.steps
	f.square = polynomial{ball.New(64).SetInt64(1)}
	if !d.free {
		f.square = make(polynomial, 2*c+1)
		for k := range f.square {
			f.square[k] = ball.New(64)
			for j := max(0, k-c); j <= min(k, c); j++ {
				term := wholeProduct(f.gram[j][k-j], wholeProduct(choose(c, j), choose(c, k-j)))
				f.square[k] = ball.New(max(f.square[k].Prec(), term.Prec())+1).Add(f.square[k], term)
			}
		}
	}
	for i := range f.groups {
		g := &f.groups[i]
		for j, n := range g.balls {
			g.ahead.logit = append(g.ahead.logit, wholeProduct(n, choose(c+1, j)))
			if j > 0 {
				g.ahead.value = append(g.ahead.value, wholeProduct(g.sums[j], choose(c, j-1)))
			}
		}
		g.ahead.slope = combine(2, g.ahead.logit.derivative().times(f.square), -1, g.ahead.logit.times(f.square.derivative()))
	}
}

// A walkCell is an interval of logits on one side of 0, or across it.
type walkCell struct {
	precision         uint
	box               *ball.Ball
	low, middle, high *ball.Ball // points
	half              *ball.Ball // half of the width
}

func newWalkCell(x *ball.Ball) *walkCell {
	c := &walkCell{precision: x.Prec(), box: x}
	c.low, c.high = c.number().SetFloat(x.Lower()), c.number().SetFloat(x.Upper())
	c.middle, c.half = c.number().Midpoint(x), c.number().SetFloat(x.Radius())
	return c
}

func (c *walkCell) number() *ball.Ball { return ball.New(c.precision) }

// sign returns the sign that a polynomial has inside the cell, 0 if it is not
// proved; a zero at the end 0 does not matter.
func (c *walkCell) sign(p polynomial) int {
	k := 0
	for k < len(p) && p[k].IsZero() {
		k++
	}
	sign, ok := c.number().EvalPolynomial(p[k:], c.box).Sign()
	if !ok || k%2 != 0 && c.low.Lower().Sign() < 0 && c.high.Upper().Sign() > 0 {
		return 0
	}
	if k%2 != 0 && c.low.Lower().Sign() < 0 {
		return -sign
	}
	return sign
}

// between returns enclosures of numbers that a function is between: its values
// at the ends if its slope has a sign, else those at the middle and the size of
// the slope.
func (c *walkCell) between(f func(x *ball.Ball) *ball.Ball, sign int, slope func() *ball.Ball) [2]*ball.Ball {
	switch {
	case sign > 0:
		return [2]*ball.Ball{f(c.low), f(c.high)}
	case sign < 0:
		return [2]*ball.Ball{f(c.high), f(c.low)}
	}
	reach := slope()
	reach.Mul(reach.Abs(reach), c.half)
	reach.SetFloat(reach.Upper())
	middle := f(c.middle)
	return [2]*ball.Ball{c.number().Sub(middle, reach), c.number().Add(middle, reach)}
}

func (c *walkCell) reach(p polynomial) [2]*ball.Ball {
	slope := p.derivative()
	return c.between(func(x *ball.Ball) *ball.Ball { return c.number().EvalPolynomial(p, x) }, c.sign(slope),
		func() *ball.Ball { return c.number().EvalPolynomial(slope, c.box) })
}

// bounds encloses two numbers that μ' is between on an interval, with thoughts of
// the present logit. Of each instance b_v − b_p and the weights lie between
// bounds, so that the mean is at most (least)
//
//	Σ_v w_v D_v / Σ_v w_v,  w_v the upper bound for the largest (smallest) D_v, the lower bound for the others
//
// for some number of them. Weights are in units of the largest one, and numbers
// have exponents of their own: signs show where all is of the order of e^{−α}.
//
// Encloses the exact value for every point of the inputs.
func (d *walkDrift) bounds(x *ball.Ball) [2]*ball.Ball {
	c := newWalkCell(x)
	alpha := c.number().SetRat(d.alpha)
	out := [2]*ball.Ball{c.number(), c.number()}
	for _, f := range d.families {
		for side, mean := range c.mean(f, alpha) { // of b_v − b_p
			out[1-side].Sub(out[1-side], f.share(mean, mean))
		}
	}
	for _, z := range out {
		z.Mul(z, alpha.SetRat(d.scale))
	}
	return out
}

// least bounds sign·μ' from below over turn·x.
func (d *walkDrift) least(turn, sign int64) func(x *ball.Ball) *big.Float {
	return func(x *ball.Ball) *big.Float {
		z := d.bounds(ball.New(x.Prec()).MulInt64(x, turn))[(1-sign)/2]
		return z.MulInt64(z, sign).Lower()
	}
}

// mean bounds the mean of b_v − b_p.
func (c *walkCell) mean(f *walkFamily, alpha *ball.Ball) [2]*ball.Ball {
	one := c.number().SetInt64(1)
	inverse := func(square *ball.Ball) *ball.Ball { return square.Quo(one, square.Sqrt(square)) }
	roots := map[*ball.Ball]*ball.Ball{}
	for _, x := range []*ball.Ball{c.low, c.middle, c.high} {
		roots[x] = inverse(c.number().EvalPolynomial(f.square, x))
	}
	square := c.reach(f.square)
	largest, least := inverse(square[0]), inverse(square[1])
	lead, most := 0, c.number()
	for k, g := range f.groups {
		logit := c.number().EvalPolynomial(g.ahead.logit, c.middle)
		if k == 0 || logit.Mid().Cmp(most.Mid()) > 0 {
			lead, most = k, logit
		}
	}
	terms := make([]boundedTerm, len(f.groups))
	for k, ahead := range f.beside(lead) {
		t := boundedTerm{count: f.groups[k].count, value: c.reach(f.groups[k].ahead.value)}
		t.weight = c.between(func(x *ball.Ball) *ball.Ball {
			z := c.number().EvalPolynomial(ahead.logit, x)
			return z.Mul(z, roots[x])
		}, c.sign(ahead.slope), func() *ball.Ball { // M/(2q^{3/2})
			z := c.number().EvalPolynomial(ahead.slope, c.box)
			z.Mul(z, c.number().PowInt(largest, 3))
			return z.MulPow2(z, -1)
		})
		for _, w := range t.weight {
			w.Exp(w.Mul(w, alpha))
		}
		terms[k] = t
	}
	out := [2]*ball.Ball{extreme(terms, 0, c.precision), extreme(terms, 1, c.precision)}
	for side, z := range out { // times 1/√q
		factor := largest
		if sign, ok := z.Sign(); ok && (sign < 0) != (side == 0) {
			factor = least
		}
		z.Mul(z, factor)
	}
	return out
}

// beside returns what each group has more than the one of a number, of logits.
func (f *walkFamily) beside(lead int) []walkTerms {
	if f.others == nil {
		f.others = map[int][]walkTerms{}
	}
	if f.others[lead] == nil {
		other := f.groups[lead].ahead
		for _, g := range f.groups {
			f.others[lead] = append(f.others[lead], walkTerms{logit: combine(1, g.ahead.logit, -1, other.logit), slope: combine(1, g.ahead.slope, -1, other.slope)})
		}
	}
	return f.others[lead]
}

// A boundedTerm is a number of equal weights and values between bounds.
type boundedTerm struct {
	count         int64
	weight, value [2]*ball.Ball
}

// extreme encloses the least (side 0) or largest (1) mean of bounded terms.
func extreme(terms []boundedTerm, side int, precision uint) *ball.Ball {
	for k := range terms {
		terms[k].value[side] = outermost(terms[k].value[side], side)
	}
	order := slices.Clone(terms)
	slices.SortFunc(order, func(s, t boundedTerm) int {
		x := s.value[side].Mid().Cmp(t.value[side].Mid())
		if side == 1 {
			return -x
		}
		return x
	})
	// Sums with the lower bounds of weights from k on, then with the upper ones before.
	n := len(order)
	top, bottom := make([]*ball.Ball, n+1), make([]*ball.Ball, n+1)
	top[n], bottom[n] = ball.New(precision), ball.New(precision)
	product := ball.New(precision)
	for k := n - 1; k >= 0; k-- {
		t := order[k]
		product.MulInt64(t.weight[0], t.count)
		bottom[k] = ball.New(precision).Add(bottom[k+1], product)
		top[k] = ball.New(precision).Add(top[k+1], product.Mul(product, t.value[side]))
	}
	var out *ball.Ball
	above, below := ball.New(precision), ball.New(precision)
	for k := range n + 1 {
		mean := ball.New(precision).Add(above, top[k])
		mean.Quo(mean, product.Add(below, bottom[k]))
		switch {
		case out == nil:
			out = mean
		case side == 1:
			out.Max(out, mean)
		default:
			out.Neg(out.Max(out.Neg(out), mean.Neg(mean)))
		}
		if k < n {
			t := order[k]
			below.Add(below, product.MulInt64(t.weight[1], t.count))
			above.Add(above, product.Mul(product, t.value[side]))
		}
	}
	return out
}

// outermost returns an end of a ball as a point.
func outermost(x *ball.Ball, side int) *ball.Ball {
	end := x.Lower()
	if side == 1 {
		end = x.Upper()
	}
	return ball.New(end.Prec()).SetFloat(end)
}
