package ode

import (
	"math"
	"math/big"
)

// A slowPath makes steps in floating point, where those in fixed point fail or
// end the path.
type slowPath struct {
	field *floats
	jet   *jet[*kept[*big.Float]]
}

// step makes one step; the status is of use only with an error.
func (w *slowPath) step(p *Path, until *big.Rat, tolerance float64) (s *segment, next *big.Rat, end []*big.Float, status Status, err error) {
	w.jet.start(keep(p.last))
	w.jet.expand()
	rows := valuesOf(w.jet.states)
	if err := w.field.failure(); err != nil {
		return nil, nil, nil, NonFinite, err
	}
	size, bounded := stepSize(rows, tolerance)
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
	end = s.at(w.field, s.length)
	return s, next, end, NonFinite, w.field.failure()
}

// stepSize returns the step at which the last two coefficients contribute
// 2^tolerance of each unknown, with 16 significant bits. It is unbounded where
// the solution is a polynomial of half the order, such as a constant.
func stepSize(rows [][]*big.Float, tolerance float64) (*big.Float, bool) {
	order := len(rows[0]) - 1
	least, bounded := math.Inf(1), false
	for _, row := range rows {
		last := order
		for last > order/2 && row[last].Sign() == 0 {
			last--
		}
		for k := max(last-1, order/2+1); k <= last; k++ {
			if row[k].Sign() == 0 {
				continue
			}
			best := math.Inf(-1)
			for j := range 3 {
				if row[j].Sign() != 0 {
					best = max(best, (tolerance+log2(row[j])-log2(row[k]))/float64(k-j))
				}
			}
			if !math.IsInf(best, -1) {
				least, bounded = min(least, best), true
			}
		}
	}
	if !bounded {
		return nil, false
	}
	least -= 0.7 / math.Ln2 / float64(order-1)
	whole := math.Floor(least)
	size := new(big.Float).SetPrec(16).SetFloat64(math.Exp2(least - whole))
	return size.SetMantExp(size, int(whole)), true
}

// log2 returns log2|x| for x ≠ 0.
func log2(x *big.Float) float64 {
	var m big.Float
	e := m.SetPrec(53).Set(x).MantExp(&m)
	f, _ := m.Float64()
	return float64(e) + math.Log2(math.Abs(f))
}

func log2Rat(q *big.Rat) float64 { return log2(new(big.Float).SetPrec(53).SetRat(q)) }
