package prove

import (
	"context"
	"errors"
	"math/big"

	"muflow/internal/reduced"
	"muflow/ode/ball"
	"muflow/theory"
)

// A steepRatio is log(N/Z_1⋯Z_k) in the distance ε from an end, for exponential paths: N,
// which must have one sign, and positive sums Z.
type steepRatio struct {
	precision uint
	end       int
	unit      *ball.Ball    // ±u
	sums      [][]steepTerm // N first
}

func newSteepRatio(end int, precision uint, over *theory.ExponentialPath, under ...*theory.ExponentialPath) *steepRatio {
	r := &steepRatio{precision: precision, end: end}
	for _, path := range append([]*theory.ExponentialPath{over}, under...) {
		c := newSteepChart(path.Collected(), end, precision)
		r.unit, r.sums = c.unit, append(r.sums, c.terms)
	}
	return r
}

// at encloses the logarithm and its slope for ε in an interval.
//
// Encloses the exact value for every point of the input.
func (r *steepRatio) at(epsilon *ball.Ball) (value, slope *ball.Ball) {
	p := r.precision
	value, slope = ball.New(p), ball.New(p)
	x := ball.New(p).Mul(r.unit, epsilon)
	f, _ := x.Mid().Float64()
	for i, terms := range r.sums {
		at := 0
		best := 0.
		for j, t := range terms {
			a, _ := t.exponent.Mid().Float64()
			if size := a + float64(f*float64(t.slope)); j == 0 || size > best {
				at, best = j, size
			}
		}
		top := terms[at]
		sum, shift := ball.New(p), ball.New(p)
		for _, t := range terms {
			e := ball.New(p).MulInt64(x, t.slope-top.slope)
			fade(e.Add(e, ball.New(p).Sub(t.exponent, top.exponent)), int(p)+64)
			e.Mul(e, ball.New(p).SetInt(t.coefficient))
			sum.Add(sum, e)
			shift.Add(shift, e.MulInt64(e, t.slope-top.slope))
		}
		sign, known := sum.Sign()
		if !known || sign == 0 || i > 0 && sign < 0 {
			return value.Indeterminate(), slope.Indeterminate()
		}
		shift.Add(shift.Quo(shift, sum), ball.New(p).SetInt64(top.slope))
		log := ball.New(p).MulInt64(x, top.slope)
		log.Add(log, top.exponent)
		log.Add(log, sum.Log(sum.Abs(sum)))
		if i > 0 {
			log.Neg(log)
			shift.Neg(shift)
		}
		value.Add(value, log)
		slope.Add(slope, shift)
	}
	return value, slope.Mul(slope, r.unit)
}

// on is at in mean value form.
func (r *steepRatio) on(low, high *big.Float) (lower, upper *big.Float, slope *ball.Ball) {
	cell := ball.New(r.precision).SetInterval(low, high)
	value, slope := r.at(cell)
	middle := ball.New(r.precision).SetFloat(cell.Mid())
	at, _ := r.at(middle)
	at.Add(at, cell.Mul(cell.Sub(cell, middle), slope))
	return outer(value.Lower(), at.Lower(), 1), outer(value.Upper(), at.Upper(), -1), slope
}

// outer returns the lower (side −1) or upper (1) of two numbers.
func outer(x, y *big.Float, side int) *big.Float {
	if y.Cmp(x) == side {
		return y
	}
	return x
}

// extremes encloses the least and the largest logarithm between two distances. They are
// met at ends of cells on which the slope has a sign, or lie in cells with narrow values.
func (r *steepRatio) extremes(ctx context.Context, from, to *ball.Ball) (least, largest *ball.Ball, err error) {
	var met, all [2]*big.Float // spanned by values at points, and holding all
	include := func(ends *[2]*big.Float, low, high *big.Float) {
		if ends[0] == nil {
			*ends = [2]*big.Float{low, high}
			return
		}
		*ends = [2]*big.Float{outer(ends[0], low, -1), outer(ends[1], high, 1)}
	}
	meet := func(x *ball.Ball) {
		v, _ := r.at(x)
		include(&met, v.Upper(), v.Lower())
		include(&all, v.Lower(), v.Upper())
	}
	meet(from)
	meet(to)
	if all[0].IsInf() || all[1].IsInf() {
		return nil, nil, errors.New("a sum of exponentials is not told from 0 at an end")
	}
	pending := [][2]*big.Float{{outer(from.Lower(), to.Lower(), -1), outer(from.Upper(), to.Upper(), 1)}}
	narrow := big.NewFloat(0x1p-50)
	for n := 0; len(pending) > 0; n++ {
		if err := ctx.Err(); err != nil {
			return nil, nil, err
		}
		if n == maxCells {
			return nil, nil, errors.New("the extremes on the way are not enclosed")
		}
		x := pending[len(pending)-1]
		pending = pending[:len(pending)-1]
		low, high, slope := r.on(x[0], x[1])
		if s, ok := slope.Sign(); ok && s != 0 || low.Cmp(met[0]) >= 0 && high.Cmp(met[1]) <= 0 {
			continue
		}
		if !low.IsInf() && !high.IsInf() && new(big.Float).Sub(high, low).Cmp(narrow) < 0 {
			include(&all, low, high)
			continue
		}
		middle := halfway(x[0], x[1], r.precision)
		meet(ball.New(r.precision).SetFloat(middle))
		pending = append(pending, [2]*big.Float{middle, x[1]}, [2]*big.Float{x[0], middle})
	}
	between := func(a, b *big.Float) *ball.Ball { return ball.New(r.precision).SetInterval(a, b) }
	return between(all[0], outer(all[0], met[0], 1)), between(outer(all[1], met[1], -1), all[1]), nil
}

// logAt encloses log|N/Z_1⋯Z_k| at a rational weight, where terms with equal exponents
// are collected.
func logAt(w *big.Rat, precision uint, over *theory.ExponentialPath, under ...*theory.ExponentialPath) *ball.Ball {
	r := &steepRatio{precision: precision, unit: ball.New(precision)}
	for _, path := range append([]*theory.ExponentialPath{over}, under...) {
		inverse := reduced.Sigma(big.NewRat(1, 1), path.K, precision)
		var terms []steepTerm
		for _, t := range path.At(w, 0).Terms {
			exponent := ball.New(precision).MulRat(inverse, t.Root)
			terms = append(terms, steepTerm{coefficient: t.Coefficient, exponent: exponent.Add(exponent, ball.New(precision).SetRat(t.Rational))})
		}
		r.sums = append(r.sums, terms)
	}
	value, _ := r.at(r.unit)
	return value
}

// steepPace is pace for gains of any size, from logarithms.
func (x *attentionRoom) steepPace(ctx context.Context, limit *AttentionLimit) (*AttentionPace, error) {
	a := x.attention
	path, spread, total := a.Path(x.loss, x.alpha, x.gain), a.Spread(x.alpha, x.gain), a.Partition(x.alpha, x.gain, false)
	precision := 192 + spread.Exponent()
	log := func(q *big.Rat) *ball.Ball { return ball.New(precision).Log(ball.New(precision).SetRat(q)) }
	start, scale, one := a.Start(), x.scale(1, 1), big.NewRat(1, 1)
	if limit.Limit == theory.FiniteLimit {
		if x.loss != theory.Coconut {
			return nil, errors.New("−R' is no variance")
		}
		at, err := x.steepEquilibrium(ctx, precision)
		if err != nil {
			return nil, err
		}
		first := start
		if at.end == 1 {
			first = new(big.Rat).Sub(one, start)
		}
		rate, _, err := newSteepRatio(at.end, precision, spread, total, total).extremes(ctx, ball.New(precision).SetRat(first), ball.New(precision).Exp(at.log))
		if err != nil {
			return nil, err
		}
		width := log(new(big.Rat).Mul(start, new(big.Rat).Sub(one, start)))
		if there := ball.New(precision).Add(at.log, at.rest()); there.Upper().Cmp(width.Upper()) < 0 { // w(1 − w) is concave
			width = there
		}
		rate.Add(rate, width.MulInt64(width, 2))
		rate.Add(rate, log(new(big.Rat).Mul(path.Unit, scale.Quo(scale, big.NewRat(int64(a.Leaving)*int64(a.Edges-a.Leaving), 1)))))
		return newSteepPace(0, rate, nil, nil), nil
	}
	end, near, far, first := 1, int64(a.Leaving), int64(a.Edges-a.Leaving), new(big.Rat).Sub(one, start)
	if limit.Limit == theory.MinusInfinity {
		end, near, far, first = 0, far, near, start
	}
	power := limit.ends[end].order + 1
	ratio, at := newSteepRatio(end, precision, spread, total, total), big.NewRat(int64(end), 1)
	var last, least, largest *ball.Ball
	switch {
	case power == 1 && x.loss == theory.Coconut: // R does not increase in w
		_, labels := a.Label()
		scale.Quo(scale, big.NewRat(labels, 1))
		last, largest = logAt(at, precision, path, total), logAt(start, precision, path, total)
		least = last
	case power == 1:
		next := a.Partition(x.alpha, x.gain, true)
		ratio, last = newSteepRatio(end, precision, path, total, next), logAt(at, precision, path, total, next)
	case power == 2 && x.loss == theory.Coconut:
		scale.Mul(scale.Mul(scale, path.Unit), big.NewRat(2*far, 1))
		last = logAt(at, precision, spread, total, total)
	default:
		return nil, errors.New("a zero of R at an end")
	}
	if least == nil {
		var err error
		if least, largest, err = ratio.extremes(ctx, ball.New(precision).SetRat(first), ball.New(precision)); err != nil {
			return nil, err
		}
	}
	over := func(value *ball.Ball, edges int64) *ball.Ball {
		of := log(big.NewRat(edges, 1))
		of.Sub(log(scale), of.MulInt64(of, int64(power)+1))
		return of.Add(of, value)
	}
	level := over(last, near)
	return newSteepPace(power, over(least, int64(a.Edges)), over(largest, near), level.QuoInt64(level, int64(power))), nil
}

// newSteepPace is a pace from logarithms.
func newSteepPace(power int, low, high, level *ball.Ball) *AttentionPace {
	out := &AttentionPace{Power: power, LogLow: low, LogHigh: high, Level: level, Low: ball.New(low.Prec()).Exp(low)}
	if high != nil {
		out.High = ball.New(high.Prec()).Exp(high)
	}
	return out
}

// steepPrice encloses dμ*/dg at the equilibrium under Coconut for gains of any size:
// with A_v = w d_v/M_c + (1−w)(D_v − d_v)/(M − M_c) and R' = 0 along z*(g)
//
//	dz*/dg = −(M_c(M − M_c)/g)·Cov_w(h, A)/(w(1−w)·Var_w(h)),  μ = √K z
//
// Encloses the exact value for every point of the inputs. theory.md section 7h.
func (x *attentionRoom) steepPrice(ctx context.Context, bits uint) (*ball.Ball, error) {
	a := x.attention
	total := a.Partition(x.alpha, x.gain, false) // a term for each group
	precision := bits + total.Exponent()
	zero, err := x.steepEquilibrium(ctx, precision)
	if err != nil {
		return nil, err
	}
	epsilon, inverse := ball.New(precision).Exp(zero.log), reduced.Sigma(big.NewRat(1, 1), a.K, precision)
	both := big.NewRat(int64(a.Leaving)*int64(a.Edges-a.Leaving), 1)
	in := func(at, slope *big.Rat) *ball.Ball { // affine in w, from its end
		if zero.end == 1 {
			at, slope = new(big.Rat).Add(at, slope), new(big.Rat).Neg(slope)
		}
		out := ball.New(precision).MulRat(epsilon, slope)
		return out.Add(out, ball.New(precision).SetRat(at))
	}
	var logits, values []*ball.Ball
	for i, g := range a.Groups {
		t, h := total.Terms[i], big.NewRat(a.Contrast(i), 1)
		xi := ball.New(precision).MulRat(inverse, t.Root)
		logits = append(logits, xi.Add(xi, in(t.Rational, new(big.Rat).Mul(h, total.Unit))))
		values = append(values, in(big.NewRat(int64(g.Total-g.Degree), int64(a.Edges-a.Leaving)), h.Quo(h, both)))
	}
	var top *ball.Ball // of the pairs
	pairs := func(use func(i, j int, sum *ball.Ball, apart int64)) {
		for i := range a.Groups {
			for j := range i {
				if apart := a.Contrast(i) - a.Contrast(j); apart != 0 {
					use(i, j, ball.New(precision).Add(logits[i], logits[j]), apart)
				}
			}
		}
	}
	pairs(func(_, _ int, sum *ball.Ball, _ int64) {
		if top == nil || sum.Mid().Cmp(top.Mid()) > 0 {
			top = sum
		}
	})
	variance, covariance := ball.New(precision), ball.New(precision)
	pairs(func(i, j int, sum *ball.Ball, apart int64) {
		e := fade(sum.Sub(ball.New(precision).Set(sum), top), 2*int(precision))
		e.MulInt64(e, apart*int64(a.Groups[i].Count)*int64(a.Groups[j].Count))
		between := ball.New(precision).Sub(values[i], values[j])
		covariance.Add(covariance, between.Mul(between, e))
		variance.Add(variance, e.MulInt64(e, apart))
	})
	width := ball.New(precision).Add(zero.log, zero.rest())
	price := ball.New(precision).Quo(covariance, variance)
	price.Quo(price, width.Exp(width))
	price.MulRat(price, both.Neg(both.Quo(both, x.gain)))
	return price.Quo(price, inverse), nil
}
