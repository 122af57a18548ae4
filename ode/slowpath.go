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

// step makes one step; the status is of use only with an error.
func (w *slowPath) step(p *Path, until *big.Rat, tolerance float64) (s *segment, next *big.Rat, end []*big.Float, status Status, err error) {
	w.jet.start(p.last)
	w.jet.expand()
	rows := w.jet.states
	if err := w.field.failure(); err != nil {
		return nil, nil, nil, NonFinite, err
	}
	size, bounded := stepSize(len(rows), p.settings.Order, tolerance, 0, func(i, k int) float64 { return log2(rows[i][k]) })
	next, err = p.next(size, bounded, until)
	if err != nil {
		return nil, nil, nil, StepUnderflow, err
	}
	s = &segment{from: p.reached, length: new(big.Float).SetPrec(p.settings.Precision)}
	s.length.SetRat(new(big.Rat).Sub(next, p.reached))
	s.rows = make([][]*big.Float, len(rows))
	for i, row := range rows {
		s.rows[i] = make([]*big.Float, len(row))
		for k, c := range row {
			s.rows[i][k] = new(big.Float).Copy(c)
			s.moves = s.moves || k > 0 && c.Sign() != 0
		}
	}
	end = s.at(&w.field.floats, s.length)
	return s, next, end, NonFinite, w.field.failure()
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
