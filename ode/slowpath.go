package ode

import (
	"math"
	"math/big"
	"muflow/internal/portable"
)

// A slowPath makes steps in floating point, where those in fixed point fail or
// end the path.
type slowPath struct {
	field *dots
	jet   *jet[*big.Float]
}

// step makes one step; passed is what the gate says, and the status is of use
// only with an error.
func (w *slowPath) step(p *Path, until *big.Rat, g *gate, tolerance float64) (s *segment, next *big.Rat, end []*big.Float, passed bool, status Status, err error) {
	w.jet.start(p.last)
	w.jet.expand()
	rows := w.jet.states
	if err := w.field.failure(); err != nil {
		return nil, nil, nil, false, NonFinite, err
	}
	size, bounded := stepSize(len(rows), p.settings.Order, tolerance, 0, func(i, k int) float64 { return log2(rows[i][k]) })
	next, err = g.next(p, size, bounded, until)
	if err != nil {
		return nil, nil, nil, false, StepUnderflow, err
	}
	s = &segment{from: p.reached, length: new(big.Float).SetPrec(p.settings.Precision)}
	s.length.SetRat(new(big.Rat).Sub(next, p.reached))
	if passed = g.judge(s.length, w.passes(g, s.length)); !passed {
		return s, nil, nil, false, NonFinite, w.field.failure()
	}
	s.rows = make([][]*big.Float, len(rows))
	for i, row := range rows {
		s.rows[i] = make([]*big.Float, len(row))
		for k, c := range row {
			s.rows[i][k] = new(big.Float).Copy(c)
			s.moves = s.moves || k > 0 && c.Sign() != 0
		}
	}
	end = s.at(&w.field.floats, s.length)
	return s, next, end, true, NonFinite, w.field.failure()
}

// passes asks the gate about the coefficients.
func (w *slowPath) passes(g *gate, length *big.Float) bool {
	scale := log2(length)
	relative := func(c []*big.Float) []float64 {
		out := make([]float64, len(c))
		for k, x := range c {
			out[k] = float64(x.Sign()) * portable.Exp2(log2(x)+float64(float64(k)*scale)-log2(c[0]))
		}
		return out
	}
	for n := range w.jet.program.nodes {
		if operand, ok := w.jet.program.nodes[n].guarded(); ok && passesZero(relative(w.jet.c[operand])) {
			return false
		}
	}
	sizes := make([]float64, len(w.jet.states))
	for i, row := range w.jet.states {
		sizes[i] = math.Inf(-1)
		for k, x := range row {
			sizes[i] = max(sizes[i], log2(x)+float64(float64(k)*scale))
		}
	}
	for _, h := range []*big.Float{length, halved(length, length.Prec())} {
		at, rates := make([]*big.Float, len(sizes)), make([]*big.Float, len(sizes))
		for i, row := range w.jet.states {
			at[i], rates[i] = w.field.fresh(length.Prec()), w.field.fresh(length.Prec())
			evaluate(w.field, at[i], h, row)
			slopes := make([]*big.Float, len(row)-1)
			for k := range slopes {
				slopes[k] = w.field.fresh(length.Prec())
				w.field.timesInteger(slopes[k], row[k+1], int64(k+1))
			}
			evaluate(w.field, rates[i], h, slopes)
			w.field.mul(rates[i], rates[i], length)
		}
		if !g.solves(at, rates, length, sizes) {
			return false
		}
	}
	return true
}

// stepSize returns the step at which the last two coefficients contribute
// 2^tolerance of each unknown, times 2^scale, with 16 significant bits. It is
// unbounded where the solution is a polynomial of half the order, such as a
// constant. The coefficients are given by log2 of their absolute values.
func stepSize(dimension, order int, tolerance, scale float64, log func(i, k int) float64) (*big.Float, bool) {
	least, zero := math.Inf(1), math.Inf(-1)
	for i := range dimension {
		last := order
		for last > order/2 && log(i, last) == zero {
			last--
		}
		for k := max(last-1, order/2+1); k <= last; k++ {
			size, best := log(i, k), zero
			if size == zero {
				continue
			}
			for j := range 3 {
				best = max(best, (tolerance+log(i, j)-size)/float64(k-j))
			}
			if best != zero {
				least = min(least, best)
			}
		}
	}
	if math.IsInf(least, 1) {
		return nil, false
	}
	return power2(least + scale - 0.7/math.Ln2/float64(order-1)), true
}

// power2 returns 2^x with 16 significant bits.
func power2(x float64) *big.Float {
	whole := math.Floor(x)
	z := new(big.Float).SetPrec(16).SetFloat64(portable.Exp2(x - whole))
	return z.SetMantExp(z, int(whole))
}

// log2 returns log2|x|, −∞ for 0.
func log2(x *big.Float) float64 {
	var m big.Float
	e := m.SetPrec(53).Set(x).MantExp(&m)
	f, _ := m.Float64()
	return float64(e) + portable.Log2(math.Abs(f))
}

func log2Rat(q *big.Rat) float64 { return log2(new(big.Float).SetPrec(53).SetRat(q)) }
