package ode

import (
	"errors"
	"fmt"
	"math/big"

	"muflow/ode/ball"
)

// A DomainError is an operation that has no finite result.
type DomainError struct {
	Operation string // "division by zero", "logarithm of a number that is not positive", …
}

func (e *DomainError) Error() string { return e.Operation }

// ErrDomain is every *DomainError, for errors.Is.
var ErrDomain = errors.New("outside the domain")

// Is reports whether the target is ErrDomain.
func (e *DomainError) Is(target error) bool { return target == ErrDomain }

var (
	errDivision = &DomainError{"division by zero"}
	errLog      = &DomainError{"logarithm of a number that is not positive"}
	errSqrt     = &DomainError{"square root of a number that may be negative"}
	errAbs      = &DomainError{"absolute value of a number that may be 0, where a derivative is needed"}
	errOverflow = &DomainError{"exponent out of range"}
)

// failed remembers the first failure of an arithmetic.
type failed struct{ first error }

func (f *failed) fail(err error) {
	if f.first == nil {
		f.first = err
	}
}

func (f *failed) failure() error {
	err := f.first
	f.first = nil
	return err
}

// floats is approximate arithmetic on big.Float, each operation rounded to
// nearest at the precision of its destination. No infinity is ever stored.
type floats struct {
	failed
	sum     [2]big.Float
	term    big.Float
	integer big.Float
}

func newFloats() *floats { return &floats{} }

func (f *floats) fresh(precision uint) *big.Float { return new(big.Float).SetPrec(precision) }

// finite replaces an infinity by 0 and remembers the failure.
func (f *floats) finite(z *big.Float) {
	if z.IsInf() {
		f.fail(errOverflow)
		z.SetInt64(0)
	}
}

func (f *floats) set(z, x *big.Float) { z.Set(x) }

func (f *floats) rational(z *big.Float, q *big.Rat) {
	z.SetRat(q)
	f.finite(z)
}

func (f *floats) add(z, x, y *big.Float) {
	switch {
	case lost(z, x, y):
		z.Set(x)
	case lost(z, y, x):
		z.Set(y)
	default:
		z.Add(x, y)
	}
	f.finite(z)
}

func (f *floats) sub(z, x, y *big.Float) {
	switch {
	case lost(z, x, y):
		z.Set(x)
	case lost(z, y, x):
		z.Neg(y)
	default:
		z.Sub(x, y)
	}
	f.finite(z)
}

// lost reports whether x ± y rounds to x at the precision of z, as y is that
// small; math/big would write out all the digits between them.
func lost(z, x, y *big.Float) bool {
	return x.Sign() != 0 && y.Sign() != 0 && x.MantExp(nil)-y.MantExp(nil) > int(z.Prec())+2 && x.MinPrec() <= z.Prec()
}

func (f *floats) mul(z, x, y *big.Float) {
	z.Mul(x, y)
	f.finite(z)
}

func (f *floats) quo(z, x, y *big.Float) {
	if y.Sign() == 0 {
		f.fail(errDivision)
		z.SetInt64(0)
		return
	}
	z.Quo(x, y)
	f.finite(z)
}

func (f *floats) neg(z, x *big.Float) { z.Neg(x) }

func (f *floats) timesInteger(z, x *big.Float, n int64) {
	f.mul(z, x, f.integer.SetPrec(64).SetInt64(n))
}

func (f *floats) overInteger(z, x *big.Float, n int64) {
	f.quo(z, x, f.integer.SetPrec(64).SetInt64(n))
}

// through rounds a function of ball arithmetic to its midpoint.
func (f *floats) through(z, x *big.Float, function func(z, x *ball.Ball) *ball.Ball, domain error) {
	y := ball.New(z.Prec() + 8)
	if function(y, ball.New(x.Prec()).SetFloat(x)); !y.IsFinite() {
		f.fail(domain)
		z.SetInt64(0)
		return
	}
	z.Set(y.Mid())
	f.finite(z)
}

func (f *floats) exp(z, x *big.Float) { f.through(z, x, (*ball.Ball).Exp, errOverflow) }
func (f *floats) log(z, x *big.Float) { f.through(z, x, (*ball.Ball).Log, errLog) }

func (f *floats) sin(z, x *big.Float)  { f.through(z, x, (*ball.Ball).Sin, errOverflow) }
func (f *floats) cos(z, x *big.Float)  { f.through(z, x, (*ball.Ball).Cos, errOverflow) }
func (f *floats) atan(z, x *big.Float) { f.through(z, x, (*ball.Ball).Atan, errOverflow) }
func (f *floats) abs(z, x *big.Float)  { z.Abs(x) }

func (f *floats) signed(z, x, s *big.Float) {
	if s.Sign() == 0 {
		f.fail(errAbs)
	}
	f.timesInteger(z, x, int64(s.Sign()))
}

func (f *floats) sqrt(z, x *big.Float) {
	if x.Sign() < 0 {
		f.fail(errSqrt)
		z.SetInt64(0)
		return
	}
	z.Sqrt(x)
}

// convolve accumulates in two numbers by turns: Add allocates when its
// destination is an operand.
func (f *floats) convolve(z *big.Float, xs, ys []*big.Float) {
	p := z.Prec()
	f.term.SetPrec(p)
	sum, next := f.sum[0].SetPrec(p).SetInt64(0), f.sum[1].SetPrec(p)
	for i, x := range xs {
		y := ys[len(ys)-1-i]
		if x.Sign() == 0 || y.Sign() == 0 {
			continue
		}
		f.term.Mul(x, y)
		if next.Add(sum, &f.term); next.IsInf() || f.term.IsInf() {
			f.fail(errOverflow)
			z.SetInt64(0)
			return
		}
		sum, next = next, sum
	}
	z.Set(sum)
}

// dots is floats with sums of products that are rounded once.
type dots struct {
	floats
	convolver ball.Convolver
	xs, ys    []*ball.Digits
}

func (d *dots) convolve(z *big.Float, xs, ys []*big.Float) {
	d.xs, d.ys = digitsOf(d.xs, xs, (*ball.Digits).SetFloat), digitsOf(d.ys, ys, (*ball.Digits).SetFloat)
	d.convolver.ConvolveFloat(z, d.xs[:len(xs)], d.ys[:len(ys)])
	d.finite(z)
}

// balls is rigorous arithmetic: every operation encloses.
type balls struct {
	failed
	convolver ball.Convolver
	xs, ys    []*ball.Digits
}

func newBalls() *balls { return &balls{} }

func (b *balls) fresh(precision uint) *ball.Ball { return ball.New(precision) }

func (b *balls) finite(z *ball.Ball, err error) {
	if !z.IsFinite() {
		b.fail(err)
	}
}

func (b *balls) set(z, x *ball.Ball)                   { z.Set(x) }
func (b *balls) neg(z, x *ball.Ball)                   { z.Neg(x) }
func (b *balls) rational(z *ball.Ball, q *big.Rat)     { b.finite(z.SetRat(q), errOverflow) }
func (b *balls) add(z, x, y *ball.Ball)                { b.finite(z.Add(x, y), errOverflow) }
func (b *balls) sub(z, x, y *ball.Ball)                { b.finite(z.Sub(x, y), errOverflow) }
func (b *balls) mul(z, x, y *ball.Ball)                { b.finite(z.Mul(x, y), errOverflow) }
func (b *balls) quo(z, x, y *ball.Ball)                { b.finite(z.Quo(x, y), errDivision) }
func (b *balls) timesInteger(z, x *ball.Ball, n int64) { b.finite(z.MulInt64(x, n), errOverflow) }
func (b *balls) overInteger(z, x *ball.Ball, n int64)  { b.finite(z.QuoInt64(x, n), errDivision) }
func (b *balls) exp(z, x *ball.Ball)                   { b.finite(z.Exp(x), errOverflow) }
func (b *balls) log(z, x *ball.Ball)                   { b.finite(z.Log(x), errLog) }
func (b *balls) sqrt(z, x *ball.Ball)                  { b.finite(z.Sqrt(x), errSqrt) }
func (b *balls) sin(z, x *ball.Ball)                   { b.finite(z.Sin(x), errOverflow) }
func (b *balls) cos(z, x *ball.Ball)                   { b.finite(z.Cos(x), errOverflow) }
func (b *balls) atan(z, x *ball.Ball)                  { b.finite(z.Atan(x), errOverflow) }
func (b *balls) abs(z, x *ball.Ball)                   { z.Abs(x) }

func (b *balls) signed(z, x, s *ball.Ball) {
	sign, ok := s.Sign()
	if !ok || sign == 0 {
		b.fail(errAbs)
	}
	b.timesInteger(z, x, int64(sign))
}

func (b *balls) convolve(z *ball.Ball, xs, ys []*ball.Ball) {
	b.xs, b.ys = digitsOf(b.xs, xs, (*ball.Digits).SetBall), digitsOf(b.ys, ys, (*ball.Digits).SetBall)
	b.finite(b.convolver.Convolve(z, b.xs[:len(xs)], b.ys[:len(ys)]), errOverflow)
}

// digitsOf loads numbers, for dot products, into digits that may be more.
func digitsOf[T any](digits []*ball.Digits, xs []T, load func(*ball.Digits, T)) []*ball.Digits {
	for len(digits) < len(xs) {
		digits = append(digits, new(ball.Digits))
	}
	for i, x := range xs {
		load(digits[i], x)
	}
	return digits
}

func uniform(precision uint) func(int) uint { return func(int) uint { return precision } }

// Evaluate encloses the value of an expression at every point of a box of
// unknowns (nil for an expression without unknowns), at the given precision in
// bits. Outside the domain it fails with a *DomainError.
//
// Encloses the exact value for every point of the inputs.
func Evaluate(x *Expr, at []*ball.Ball, precision uint) (*ball.Ball, error) {
	e, err := NewEvaluator(x, len(at), precision)
	if err != nil {
		return nil, err
	}
	return e.At(at)
}

// An Evaluator evaluates one expression at many points. It must not be used by
// several goroutines at once.
type Evaluator struct {
	field     *balls
	jet       *jet[*ball.Ball]
	precision uint
}

// NewEvaluator returns one for an expression in so many unknowns, at the given
// precision in bits. A constant outside the domain is a *DomainError.
func NewEvaluator(x *Expr, dimension int, precision uint) (*Evaluator, error) {
	if precision < 2 {
		return nil, fmt.Errorf("a precision of %d bits, expected at least 2", precision)
	}
	p, err := compile([]*Expr{x}, dimension)
	if err != nil {
		return nil, err
	}
	e := &Evaluator{field: newBalls(), precision: precision}
	e.jet = newJet(p, arithmetic[*ball.Ball](e.field), 0, uniform(precision))
	return e, e.field.failure()
}

// At is Evaluate at a box.
//
// Encloses the exact value for every point of the inputs.
func (e *Evaluator) At(at []*ball.Ball) (*ball.Ball, error) {
	e.jet.start(at)
	if err := e.field.failure(); err != nil {
		return nil, err
	}
	value, _ := e.jet.output(0, 0)
	return ball.New(e.precision).Set(value), nil
}
