package prove

import (
	"context"
	"fmt"
	"math/big"

	"muflow/ode"
	"muflow/ode/ball"
	"muflow/theory"
)

// A Mixture is a set of families that share their unknowns: the
// flow of a data set, θ' ∝ Σ_i w_i s_i (E_{S_i}[φ] − E_{V_i}[φ]).
type Mixture struct {
	Families []*theory.Family
	Weights  []int64 // w_i > 0
}

func (x *Mixture) alpha() *big.Rat { return x.Families[0].Scale.Alpha }

// equations evaluates the drift Σ w_i s_i (E_S − E_V) of a mixture in
// u = αθ and its negated Jacobian Σ w_i s_i² (Cov_V − Cov_S).
type equations struct {
	families  []*softmaxFamily
	weights   []int64
	precision uint
}

func newEquations(x *Mixture, precision uint) *equations {
	e := &equations{weights: x.Weights, precision: precision}
	for _, f := range x.Families {
		e.families = append(e.families, newSoftmaxFamily(f, precision))
	}
	return e
}

func (e *equations) at(u []*ball.Ball) (drift []*ball.Ball, jacobian [][]*ball.Ball) {
	m := len(u)
	drift, jacobian = make([]*ball.Ball, m), make([][]*ball.Ball, m)
	for i := range m {
		drift[i] = ball.New(e.precision)
		jacobian[i] = make([]*ball.Ball, m)
		for j := range m {
			jacobian[i][j] = ball.New(e.precision)
		}
	}
	weight, square, term := ball.New(e.precision), ball.New(e.precision), ball.New(e.precision)
	for k, f := range e.families {
		weight.MulInt64(f.inverse, e.weights[k])
		square.Mul(weight, f.inverse)
		at := f.at(u)
		for i := range m {
			term.Sub(at.meanTarget[i], at.mean[i])
			drift[i].Add(drift[i], term.Mul(term, weight))
			for j := range m {
				term.Sub(at.covariance[i][j], at.covarianceTarget[i][j])
				jacobian[i][j].Add(jacobian[i][j], term.Mul(term, square))
			}
		}
	}
	return drift, jacobian
}

// maxPrecision bounds the working precision of an equilibrium, in bits.
const maxPrecision = 1 << 17

// maxSearch bounds it, in bits, while no equilibrium is proved near the
// approximate one.
const maxSearch = 1 << 13

// EncloseEquilibrium returns the one zero θ* of the drift of a mixture of
// families with one target vertex or a drawn label each (a convex loss), to so
// many digits.
//
//	Σ_i w_i s_i (E_{S_i}[φ] − E_{V_i}[φ])(θ*) = 0
//
// The caller has proved that a zero exists and is unique (overlap); without
// one the precision budget runs out, which is an error. A zero at 0 that
// integers prove is exact.
// Encloses the exact value for every point of the inputs.
// By Krawczyk's test, see ode.Krawczyk.
func EncloseEquilibrium(ctx context.Context, x *Mixture, digits int) ([]*ball.Ball, error) {
	if x.vanishesAtZero() {
		theta := make([]*ball.Ball, x.Families[0].Dimension())
		for i := range theta {
			theta[i] = ball.New(ball.Bits(digits))
		}
		return theta, nil
	}
	var start []*big.Float
	var err error
	precision := uint(128)
	if x.Families[0].Dimension() == 1 {
		start, err = bisect(ctx, x, precision)
	} else {
		start, err = minimise(x)
	}
	if err != nil {
		return nil, err
	}
	want, found := ball.Bits(digits), false
	for {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		u, ok := newEquations(x, precision).zero(start)
		if found = found || ok; ok {
			enough := true
			theta := make([]*ball.Ball, len(u))
			alpha := ball.New(precision).SetRat(x.alpha())
			for i := range u {
				start[i] = u[i].Mid()
				theta[i] = ball.New(precision).Quo(u[i], alpha)
				enough = enough && theta[i].RelativeAccuracyBits() >= int(want)
			}
			if enough {
				return theta, nil
			}
		}
		switch {
		case precision >= maxPrecision, !found && precision >= maxSearch:
			return nil, fmt.Errorf("equilibrium not enclosed to %d digits with %d bits", digits, precision)
		case ok && precision < want:
			precision = min(2*precision, want+64)
		default:
			precision *= 2
		}
	}
}

// zero proves and encloses the one zero near an approximate one.
func (e *equations) zero(start []*big.Float) ([]*ball.Ball, bool) {
	zero, err := ode.Krawczyk(func(u []*ball.Ball) (values []*ball.Ball, slopes [][]*ball.Ball, err error) {
		values, slopes = e.at(u)
		for _, x := range values {
			x.Neg(x)
		}
		return values, slopes, nil
	}, start, e.precision)
	return zero, err == nil
}

// bisect brackets the zero of a scalar, decreasing drift in u, certified sign
// by sign, until Newton's method can take over.
func bisect(ctx context.Context, x *Mixture, precision uint) ([]*big.Float, error) {
	for ; precision <= maxSearch; precision *= 2 {
		e := newEquations(x, precision)
		sign := func(u *big.Float) (int, bool) {
			drift, _ := e.at([]*ball.Ball{ball.New(precision).SetFloat(u)})
			return drift[0].Sign()
		}
		low, high := big.NewFloat(-1), big.NewFloat(1)
		bracketed := true
		for _, end := range []struct {
			u    *big.Float
			sign int
		}{{low, 1}, {high, -1}} {
			s, ok := sign(end.u)
			for n := 0; ok && s != end.sign && n < 64; n++ {
				end.u.SetMantExp(end.u, 1)
				s, ok = sign(end.u)
			}
			bracketed = bracketed && ok && s == end.sign
		}
		for n := 0; bracketed && n < 400; n++ {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			middle := halfway(low, high, 512)
			settled := func() bool {
				_, ok := e.zero([]*big.Float{middle})
				return ok
			}
			if n%4 == 3 && settled() {
				return []*big.Float{middle}, nil
			}
			switch s, ok := sign(middle); {
			case !ok && settled(): // the zero is nearer than the precision shows
				return []*big.Float{middle}, nil
			case !ok: // the drift is too flat for this precision
				bracketed = false
			case s > 0:
				low = middle
			default:
				high = middle
			}
		}
	}
	return nil, fmt.Errorf("equilibrium not bracketed with %d bits", precision/2)
}
