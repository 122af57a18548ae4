package ode

import (
	"context"
	"errors"
	"fmt"
	"math/big"

	"muflow/ode/ball"
)

// An Approximation is a number from two runs at different order and
// precision: the finer value, with the difference of the two widened tenfold
// around it. Low ≤ Value ≤ High; all three are 0 only for an expression that
// is exactly 0 where nothing has moved yet.
type Approximation struct {
	Value     *big.Float
	Low, High *big.Float
}

// compare returns the approximation from a coarse and a fine value. Two equal
// values are taken to differ by one unit of the coarse one, unless both are 0.
func compare(coarse, fine *big.Float) Approximation {
	precision := fine.Prec()
	half := new(big.Float).SetPrec(64).Sub(fine, coarse)
	half.Abs(half)
	if half.Sign() == 0 && fine.Sign() != 0 {
		half.SetMantExp(big.NewFloat(1), fine.MantExp(nil)-int(coarse.Prec()))
	}
	half.Mul(half, big.NewFloat(5))
	return Approximation{
		Value: fine,
		Low:   new(big.Float).SetPrec(precision).SetMode(big.ToNegativeInf).Sub(fine, half),
		High:  new(big.Float).SetPrec(precision).SetMode(big.ToPositiveInf).Add(fine, half),
	}
}

// Reaches reports whether the width is at most 10^−digits of the value.
func (a Approximation) Reaches(digits int) bool {
	width := new(big.Float).SetPrec(64).Sub(a.High, a.Low)
	if width.Sign() == 0 {
		return true
	}
	// One part in 2^32 absorbs the rounding of this comparison.
	limit := new(big.Float).SetPrec(96).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(digits)), nil))
	limit.Mul(limit, width)
	limit.Mul(limit, big.NewFloat(1+0x1p-32))
	return limit.Cmp(new(big.Float).Abs(a.Value)) <= 0
}

// Decimal returns decimal strings of both ends, rounded outward, with about so
// many significant digits.
func (a Approximation) Decimal(digits int) (low, high string) {
	return ball.New(a.Value.Prec()+16).SetInterval(a.Low, a.High).Decimal(digits)
}

// String returns the value with the digits that the ends agree on, and their
// difference: "m ± r", which contains Low and High.
func (a Approximation) String() string {
	return ball.New(a.Value.Prec()+16).SetInterval(a.Low, a.High).String()
}

// A Request names what is wanted of a solution, and how well.
type Request struct {
	Times       []*big.Rat // each ≥ 0, in any order
	Observables []*Expr    // in the unknowns; the unknowns themselves if empty
	Digits      int        // width ≤ 10^−Digits·|value| for every value, 15 if 0
	Budget      int        // of steps in each run, 20,000 if 0
	Work        int64      // units of work of an enclosure, in all runs, no bound if 0: see Flowpipe.Work
}

// until returns the last time asked for.
func (r Request) until() (*big.Rat, error) {
	if len(r.Times) == 0 {
		return nil, errors.New("no time asked for")
	}
	last := new(big.Rat)
	for _, t := range r.Times {
		if t == nil || t.Sign() < 0 {
			return nil, errors.New("a time asked for, expected a number ≥ 0")
		}
		if t.Cmp(last) > 0 {
			last = t
		}
	}
	return last, nil
}

// prepare checks a request and fills in what it leaves open: the last time, the
// settings and the observables.
func (r Request) prepare(system *System) (until *big.Rat, base Settings, observables []*Expr, err error) {
	if err = system.Validate(); err != nil {
		return nil, base, nil, err
	}
	if until, err = r.until(); err != nil {
		return nil, base, nil, err
	}
	if base, err = (Settings{Digits: r.Digits, Budget: r.Budget, Work: r.Work}).filled(spareBits); err != nil {
		return nil, base, nil, err
	}
	if len(r.Observables) > 0 {
		return until, base, r.Observables, nil
	}
	for i := range system.Dimension {
		observables = append(observables, State(i))
	}
	return until, base, observables, nil
}

// A Solution answers a Request.
type Solution struct {
	Values [][]Approximation // Values[i][j]: time i, observable j
	Path   *Path             // the finer of the two runs
}

// attempts bounds how often Solve raises its effort; the digits beyond the
// request double each time.
const attempts = 6

// Solve follows the solution twice, at different order and precision, and
// returns the values asked for with the difference of the two runs. Where that
// does not reach the digits, it starts again with more; after six attempts it
// fails with a *StopError of status BudgetExhausted. When a run stops early,
// its error is returned with a solution that holds the valid prefix in Path
// and no values.
// Approximate: no error bound.
// Time is the system's.
func Solve(ctx context.Context, system *System, start []*Expr, request Request) (*Solution, error) {
	until, base, observables, err := request.prepare(system)
	if err != nil {
		return nil, err
	}
	var last error
	for attempt := range attempts {
		extra := 4 << attempt
		coarse := Settings{Digits: base.Digits + extra, Budget: base.Budget}
		fine := Settings{Digits: base.Digits + extra + 4, Budget: base.Budget}
		one, err := Integrate(ctx, system, start, until, coarse)
		if err != nil {
			return &Solution{Path: one}, err
		}
		fine.Order = one.Order() + 9
		two, err := Integrate(ctx, system, start, until, fine)
		if err != nil {
			return &Solution{Path: two}, err
		}
		values, missed, err := comparePaths(one, two, observables, request.Times, base.Digits)
		if err != nil {
			return &Solution{Path: two}, err
		}
		if missed == nil {
			return &Solution{values, two}, nil
		}
		last = &StopError{BudgetExhausted, missed, fmt.Errorf("%d digits were not reached by runs at %d", base.Digits, fine.Digits)}
	}
	return nil, last
}

// comparePaths returns the values, and the first time at which one of them
// misses the digits.
func comparePaths(coarse, fine *Path, observables []*Expr, times []*big.Rat, digits int) ([][]Approximation, *big.Rat, error) {
	values := make([][]Approximation, len(times))
	var missed *big.Rat
	for i, t := range times {
		a, err := coarse.observe(observables, t)
		if err != nil {
			return nil, nil, err
		}
		b, err := fine.observe(observables, t)
		if err != nil {
			return nil, nil, err
		}
		values[i] = make([]Approximation, len(observables))
		for k := range observables {
			values[i][k] = compare(a[k], b[k])
			reached := values[i][k].Reaches(digits)
			if b[k].Sign() == 0 { // rounding can end at 0, too
				reached = fine.isZero(observables[k], t)
			}
			if missed == nil && !reached {
				missed = t
			}
		}
	}
	return values, missed, nil
}
