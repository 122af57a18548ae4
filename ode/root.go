package ode

import (
	"context"
	"errors"
	"fmt"
	"math/big"

	"muflow/ode/ball"
)

// ErrNotVerified says that no enclosure of a zero was proved: there may be no
// zero near the guess, or a multiple one.
var ErrNotVerified = errors.New("no zero could be verified")

const (
	firstBits   = 64  // precision at which Newton's method starts
	firstRounds = 200 // iterations allowed there
)

// slopes evaluates expressions and their partial derivatives by jets of order
// one in each direction.
type slopes[T any] struct {
	jet    *jet[T]
	zero   T
	one    T
	matrix [][]T // of again
}

func newSlopes[T any](p *program, field arithmetic[T], precision uint) *slopes[T] {
	s := &slopes[T]{jet: newJet(p, field, 1, uniform(precision)), zero: field.fresh(precision), one: field.fresh(precision)}
	field.rational(s.one, big.NewRat(1, 1))
	return s
}

// at returns the values and the matrix of ∂f_i/∂x_j; the entries are copies.
func (s *slopes[T]) at(x []T) (values []T, matrix [][]T) {
	s.matrix = nil
	matrix = s.again(x)
	for i := range matrix {
		value, _ := s.jet.output(i, 0)
		z := s.jet.field.fresh(s.jet.precision(0))
		s.jet.field.set(z, value)
		values = append(values, z)
	}
	return values, matrix
}

// again returns the matrix of ∂f_i/∂x_j, the same one at every call.
func (s *slopes[T]) again(x []T) [][]T {
	j := s.jet
	j.start(x)
	for len(s.matrix) < len(j.program.outputs) {
		s.matrix = append(s.matrix, j.row(len(x)))
	}
	for column := range x {
		for i := range x {
			j.field.set(j.states[i][1], s.zero)
		}
		j.field.set(j.states[column][1], s.one)
		j.level(1)
		for i, row := range s.matrix {
			slope, ok := j.output(i, 1)
			if !ok {
				slope = s.zero
			}
			j.field.set(row[column], slope)
		}
	}
	return s.matrix
}

// eliminate solves a·x = b for several right-hand sides (the columns of b) by
// Gaussian elimination with partial pivoting, overwriting a and b by x.
func eliminate(field *floats, a, b [][]*big.Float) error {
	n := len(a)
	term := field.fresh(a[0][0].Prec())
	subtract := func(z, x, y *big.Float) {
		field.mul(term, x, y)
		field.sub(z, z, term)
	}
	for c := range n {
		pivot := c
		for r := c + 1; r < n; r++ {
			if new(big.Float).Abs(a[r][c]).Cmp(new(big.Float).Abs(a[pivot][c])) > 0 {
				pivot = r
			}
		}
		a[c], a[pivot], b[c], b[pivot] = a[pivot], a[c], b[pivot], b[c]
		if a[c][c].Sign() == 0 {
			return fmt.Errorf("%w: the derivative is singular", ErrNotVerified)
		}
		for r := range n {
			if r == c || a[r][c].Sign() == 0 {
				continue
			}
			factor := field.fresh(term.Prec())
			field.quo(factor, a[r][c], a[c][c])
			for k := c; k < n; k++ {
				subtract(a[r][k], factor, a[c][k])
			}
			for k := range b[r] {
				subtract(b[r][k], factor, b[c][k])
			}
		}
	}
	for r := range n {
		for k := range b[r] {
			field.quo(b[r][k], b[r][k], a[r][r])
		}
	}
	return field.failure()
}

func square(exprs []*Expr, guess []*big.Float, digits int) (*program, error) {
	if len(exprs) == 0 || len(exprs) != len(guess) {
		return nil, fmt.Errorf("%d expressions in %d unknowns", len(exprs), len(guess))
	}
	if digits < 1 || digits > maxDigits {
		return nil, fmt.Errorf("%d digits, expected 1 to %d", digits, maxDigits)
	}
	for i, x := range guess {
		if x == nil || x.IsInf() {
			return nil, fmt.Errorf("guess %d is not a finite number", i)
		}
	}
	return compile(exprs, len(guess))
}

func bitsFor(digits int) uint { return ball.Bits(digits) + spareBits }

// newton refines a guess to a common zero of as many expressions as unknowns,
// x ← x − f'(x)^{−1} f(x), the precision doubled with the correct digits. It
// fails with ErrNotVerified where the iteration does not settle or the
// derivative is singular.
func newton(ctx context.Context, program *program, guess []*big.Float, precision uint) ([]*big.Float, error) {
	field := newFloats()
	var ladder []uint
	for p := precision; p > firstBits; p = p/2 + 8 {
		ladder = append([]uint{p}, ladder...)
	}
	ladder = append([]uint{firstBits}, ladder...)
	x := guess
	for rung, p := range ladder {
		x = append([]*big.Float(nil), x...)
		for i := range x {
			x[i] = field.fresh(p).Set(x[i])
		}
		slopes := newSlopes(program, field, p)
		settled := false
		for round := 0; round < firstRounds && !settled; round++ {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			values, matrix := slopes.at(x)
			if err := field.failure(); err != nil {
				return nil, err
			}
			step := make([][]*big.Float, len(x))
			for i, v := range values {
				step[i] = []*big.Float{v}
			}
			if err := eliminate(field, matrix, step); err != nil {
				return nil, err
			}
			settled = true
			for i := range x {
				field.sub(x[i], x[i], step[i][0])
				// The next rung, or another round, squares what is left.
				if s := step[i][0]; s.Sign() != 0 && log2(s) > scaleOf(x)-float64(float64(p)/2)-2 {
					settled = false
				}
			}
		}
		if !settled {
			return nil, fmt.Errorf("%w: Newton's method did not settle at %d bits (rung %d)", ErrNotVerified, p, rung)
		}
	}
	return x, field.failure()
}

// scaleOf returns log2 of the largest unknown, and 0 if all are 0.
func scaleOf(x []*big.Float) float64 {
	scale, found := 0.0, false
	for _, v := range x {
		if v.Sign() != 0 && (!found || log2(v) > scale) {
			scale, found = log2(v), true
		}
	}
	return scale
}

// EncloseZero proves that as many expressions as unknowns have a common zero
// near a guess, the only one in a box around it, and encloses that zero to a
// width of at most 10^−digits of each unknown (absolutely, for an unknown that
// is 0), by Newton's method from the guess and Krawczyk.
//
// It fails with ErrNotVerified where the inclusion cannot be shown at four
// precisions, and with a *DomainError outside the domain.
// Encloses the exact value for every point of the inputs.
func EncloseZero(ctx context.Context, exprs []*Expr, guess []*big.Float, digits int) ([]*ball.Ball, error) {
	program, err := square(exprs, guess, digits)
	if err != nil {
		return nil, err
	}
	for attempt := range 4 {
		precision := bitsFor(digits) + 32<<attempt
		middle, err := newton(ctx, program, guess, precision)
		if err != nil {
			return nil, err
		}
		field := newBalls()
		slopes := newSlopes(program, field, precision)
		zero, err := Krawczyk(func(x []*ball.Ball) ([]*ball.Ball, [][]*ball.Ball, error) {
			values, matrix := slopes.at(x)
			return values, matrix, field.failure()
		}, middle, precision)
		if err == nil && narrow(zero, digits) {
			return zero, nil
		}
		if err != nil && !errors.Is(err, ErrNotVerified) {
			return nil, err
		}
	}
	return nil, ErrNotVerified
}

// narrow reports whether each ball has a width of at most 10^−digits of its
// value, or absolutely around 0.
func narrow(zero []*ball.Ball, digits int) bool {
	for _, z := range zero {
		if !reaches(z, digits) && !(z.ContainsZero() && new(big.Float).SetMantExp(z.Radius(), 1).Cmp(parseTenth(digits)) <= 0) {
			return false
		}
	}
	return true
}

// parseTenth returns about 10^−n.
func parseTenth(n int) *big.Float {
	z := new(big.Float).SetPrec(firstBits).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil))
	return z.Quo(big.NewFloat(1), z)
}

// EncloseRoot proves that an expression in one unknown has a root in a bracket
// at whose ends its signs differ, and encloses one to a width of at most
// 10^−digits of it (absolutely, where it cannot be told from 0): bisection
// until Newton's method takes over, then a sign change proved across the
// result.
//
//	f(a)·f(b) < 0, f continuous on [a, b] ⇒ f(x) = 0 for some x in (a, b)
//
// It fails with ErrNotVerified where the signs at the ends are not proved to
// differ or the final sign change is not proved, as at a root of even order.
// Encloses the exact value.
func EncloseRoot(ctx context.Context, x *Expr, low, high *big.Rat, digits int) (*ball.Ball, error) {
	if low == nil || high == nil || low.Cmp(high) >= 0 {
		return nil, errors.New("a bracket, expected low < high")
	}
	program, err := square([]*Expr{x}, []*big.Float{new(big.Float)}, digits)
	if err != nil {
		return nil, err
	}
	precision := bitsFor(digits) + spareBits
	left, right, err := signsAt(program, low, high, precision)
	if err != nil {
		return nil, err
	}
	if left*right != -1 {
		return nil, fmt.Errorf("%w: the signs at the ends are %d and %d", ErrNotVerified, left, right)
	}
	first, last := low, high
	for range int(precision) + 64 {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		width := new(big.Rat).Sub(high, low)
		middle := new(big.Rat).Add(low, high)
		middle.Mul(middle, big.NewRat(1, 2))
		guess := new(big.Float).SetPrec(firstBits).SetRat(middle)
		if root, err := newton(ctx, program, []*big.Float{guess}, precision); err == nil {
			candidates := root
			if root[0].Sign() != 0 && log2(root[0]) < -float64(digits)*bitsPerDigit {
				candidates = append(candidates, new(big.Float).SetPrec(precision))
			}
			for _, candidate := range candidates {
				if found, err := bracketed(program, candidate, first, last, digits); err == nil {
					return found, nil
				}
			}
		}
		// Narrow the bracket eightfold before the next attempt.
		for range 3 {
			sign, err := signAt(program, middle, precision)
			if err != nil {
				return nil, err
			}
			switch sign {
			case 0:
				center := new(big.Float).SetPrec(precision).SetRat(middle)
				return bracketed(program, center, first, last, digits)
			case left:
				low = middle
			default:
				high = middle
			}
			middle = new(big.Rat).Add(low, high)
			middle.Mul(middle, big.NewRat(1, 2))
		}
		if log2Rat(width) < -float64(precision) { // a multiple root at 0
			middle := new(big.Float).SetPrec(precision)
			return bracketed(program, middle, first, last, digits)
		}
	}
	return nil, ErrNotVerified
}

// signAt returns the proved sign of an expression at a number, 0 if none is.
func signAt(program *program, at *big.Rat, precision uint) (int, error) {
	value, err := valueOver(program, ball.New(precision).SetRat(at))
	if err != nil {
		return 0, err
	}
	sign, _ := value.Sign()
	return sign, nil
}

func signsAt(program *program, low, high *big.Rat, precision uint) (left, right int, err error) {
	if left, err = signAt(program, low, precision); err == nil {
		right, err = signAt(program, high, precision)
	}
	return left, right, err
}

func valueOver(program *program, at *ball.Ball) (*ball.Ball, error) {
	field := newBalls()
	j := newJet(program, field, 0, uniform(at.Prec()))
	j.start([]*ball.Ball{at})
	value, _ := j.output(0, 0)
	return value, field.failure()
}

// bracketed proves a sign change between the ends of a small interval around a
// middle, inside the bracket.
func bracketed(program *program, middle *big.Float, low, high *big.Rat, digits int) (*ball.Ball, error) {
	radius := parseTenth(digits + 1)
	if middle.Sign() != 0 {
		radius.Mul(radius, new(big.Float).Abs(middle))
	}
	found := ball.New(middle.Prec()).SetFloat(middle).AddError(radius)
	if _, err := valueOver(program, found); err != nil { // the expression is continuous there
		return nil, err
	}
	a, _ := found.Lower().Rat(nil)
	b, _ := found.Upper().Rat(nil)
	if a.Cmp(low) < 0 || b.Cmp(high) > 0 {
		return nil, ErrNotVerified
	}
	left, right, err := signsAt(program, a, b, middle.Prec())
	if err != nil {
		return nil, err
	}
	if left*right != -1 {
		return nil, ErrNotVerified
	}
	return found, nil
}
