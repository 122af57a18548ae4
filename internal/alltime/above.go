package alltime

import "muflow/ode"

// decideAbove decides statements about a flow with one moving unknown that is
// defined and Lipschitz, or whose expressions are, where the unknown is positive
// only, as with logarithms, roots and broken powers of it; nil where that is not so.
//
// What is shown of a scalar flow is about the values between the start and the
// limit. Where these keep away from 0, nothing else counts; where they come close
// to it, 0 is not reached if the right-hand side is Lipschitz there, too.
func (p *Problem) decideAbove(statement Statement, exprs []*ode.Expr) *Decision {
	switch statement.Kind {
	case KindUnique, KindInvariant:
		return nil
	}
	f, inside, err := p.restrict(exprs...)
	if err != nil || statement.Until != nil || len(f.of(dynamic)) != 1 {
		return nil
	}
	f.above = f.start[f.of(dynamic)[0]].low.Sign() > 0
	s := f.scalar()
	if s == nil || !f.above {
		return nil
	}
	d := &domain{kinds: f.kinds, least: f.low, most: f.high}
	smooth := d.total(f.rhs[s.at])
	d.above = make([]bool, len(f.kinds))
	d.above[s.at] = true
	for _, x := range append([]*ode.Expr{f.rhs[s.at]}, inside...) {
		if !d.total(x) || statement.Kind != KindAlways && f.hasClock(x) {
			return nil
		}
	}
	for i := range s.pieces {
		low := s.pieces[i].values
		if p := &s.pieces[i]; p.fate != settles && p.fate != rests && p.fate != escapes || low.low.Sign() < 0 || low.low.Sign() == 0 && !(smooth && low.openLow) {
			return nil
		}
	}
	return s.decide(statement.with(inside))
}
