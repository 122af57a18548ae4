package ball

import "math/big"

// rules are the bounds that the radius of a result rests on, each in one place.
// They are variables so that the tests can break them one at a time, and see
// that it is noticed.
type rules struct {
	// The least that a cut mantissa is raised by: by normal, by a sum with a
	// term far below, by a quotient.
	cut, far, quo uint64

	// What a leading word of |x| is raised by where bits were cut off, for a
	// magnitude above and below; what a difference is lowered by.
	above, below, borrow uint64

	// rounding is the largest error of a number with the exponent (of a
	// mantissa in [½, 1)) that was rounded to nearest.
	rounding func(exp int64, precision uint) magnitude

	sum      func(x, y *Ball) magnitude
	product  func(x, y *Ball) magnitude
	quotient func(x *Ball, y *Ball, q *big.Float, least magnitude) magnitude // |y| ≥ least
	root     func(x *Ball, least magnitude) magnitude                        // √m ≥ least
	residual func(rest, least magnitude) magnitude                           // |m − r²| ≤ rest, √m and r ≥ least
	dot      func(roundings uint64, top int64, precision uint) magnitude

	expSpread func(radius magnitude) magnitude // e^r − 1, r ≤ 1
	logSpread func(radius, least magnitude) magnitude
	artanh    func(next magnitude) magnitude // the tail after which next bounds the next power, |h| ≤ ¼

	kernel        func(levels int) uint64 // error of exp, log and atan in units of 2^-w, see fixed.go
	terms         int64                   // of their series, more than count
	constantUnits int64                   // error of each series of log 2 and π
	constants     []inverse               // log 2 as Σ factor·artanh(1/x)
	down, up      int                     // side to which decimal text is cut
}

var rule rules

func init() { rule = soundRules() } // not where it is declared: the rules use each other

func soundRules() rules {
	return rules{
		cut: 1, far: 1, quo: 1,
		above: 1, below: 0, borrow: 1,
		rounding: func(exp int64, precision uint) magnitude { return power(exp - int64(precision) - 1) },
		sum:      func(x, y *Ball) magnitude { return x.rad.add(y.rad) },
		// |xy − m_x m_y| ≤ |m_x| r_y + |m_y| r_x + r_x r_y
		product: func(x, y *Ball) magnitude {
			if x.rad.isZero() && y.rad.isZero() {
				return magnitude{}
			}
			return above(&x.mid).mul(y.rad).add(above(&y.mid).add(y.rad).mul(x.rad))
		},
		// |x/y − m_x/m_y| ≤ (r_x + |m_x/m_y| r_y)/|y|, with the quotient rounded
		quotient: func(x, y *Ball, q *big.Float, least magnitude) magnitude {
			slope := above(q)
			if q.Acc() != big.Exact && !q.IsInf() {
				slope = slope.add(rule.rounding(int64(q.MantExp(nil)), q.Prec()))
			}
			return x.rad.add(slope.mul(y.rad)).quo(least)
		},
		// |√x − √m| ≤ r/(√m + √(m−r)) ≤ r/√m
		root: func(x *Ball, least magnitude) magnitude { return x.rad.quo(least) },
		// |√m − r| = |m − r²|/(√m + r)
		residual: func(rest, least magnitude) magnitude { return rest.quo(least).scale(-1) },
		// Every rounding is off by at most half a unit in the last place of a
		// number below 2^top.
		dot: func(roundings uint64, top int64, precision uint) magnitude {
			return normal(roundings, top-int64(precision)-1)
		},
		// e^r − 1 ≤ r + r² for r ≤ 1
		expSpread: func(radius magnitude) magnitude { return radius.mul(power(0).add(radius)) },
		// |log(m+δ) − log m| ≤ r/(m − r)
		logSpread: func(radius, least magnitude) magnitude { return radius.quo(least) },
		// |h|^{2n+1}/(2n+1) + … ≤ |h|^{2n+1}/(1 − h²) ≤ 2 next
		artanh: func(next magnitude) magnitude { return next.scale(1) },
		// With n levels: a constant from the tables is off by 2 units at most, and
		// there are n of them, multiplied in log and atan by 1; each of the n
		// products adds 2, the series 6, the argument, its quotient and the
		// remainder of the series 8. A factor 2 covers |e^r| < 2 and the growth
		// 3/2 of later errors.
		kernel: func(n int) uint64 { return uint64(16 * (n + 4)) },
		terms:  0,
		// See oddSum: a floor and a tail of less than a unit.
		constantUnits: 2,
		constants:     []inverse{{18, 26}, {-2, 4801}, {8, 8749}},
		down:          -1, up: 1,
	}
}
