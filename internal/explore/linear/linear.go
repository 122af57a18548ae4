// Package linear is a second theory, kept in one file to show how one is added:
// the deep linear network (A. M. Saxe, J. L. McClelland, S. Ganguli, ICLR 2014,
// arXiv 1312.6120). It states the mode dynamics as data for package ode, their
// closed form as an independent oracle and the claims that follow; the tests
// train the network itself, matrices and all, to compare.
package linear

import (
	"errors"
	"fmt"
	"math/big"

	"muflow/ode"
	"muflow/ode/ball"
)

// A Mode is one singular direction of the task, learnt by a deep linear network
// on whitened inputs from a balanced start along that direction:
//
//	u' = L·u^{2−2/L}·(s − u),  u(0) = u_0
//
// u is the product of the L layers along the mode, s the singular value of the
// input-output correlation. Time is learning rate × steps, the loss half the
// squared error. Saxe et al. 2014, equations (12) and (17).
type Mode struct {
	Value  *big.Rat // s > 0
	Start  *big.Rat // u_0 > 0
	Layers int      // L ≥ 1
}

// Validate reports what is out of range.
func (m Mode) Validate() error {
	switch {
	case m.Value == nil || m.Value.Sign() <= 0:
		return errors.New("singular value, expected a positive number")
	case m.Start == nil || m.Start.Sign() <= 0:
		return errors.New("start, expected a positive number")
	case m.Layers < 1:
		return fmt.Errorf("%d layers, expected at least 1", m.Layers)
	}
	return nil
}

// System returns the mode dynamics as data, and the start.
func (m Mode) System() (*ode.System, []*ode.Expr, error) {
	if err := m.Validate(); err != nil {
		return nil, nil, err
	}
	u := ode.State(0)
	power := ode.Integer(1)
	switch m.Layers {
	case 1:
	case 2:
		power = u
	default: // u^{2−2/L}
		power = u.Log().Scale(big.NewRat(2*int64(m.Layers)-2, int64(m.Layers))).Exp()
	}
	drift := power.Mul(ode.Rational(m.Value).Sub(u)).Scale(big.NewRat(int64(m.Layers), 1))
	return &ode.System{Dimension: 1, RightHandSide: []*ode.Expr{drift}}, []*ode.Expr{ode.Rational(m.Start)}, nil
}

// Closed returns u(t) of one or two layers.
//
//	L = 1: u = s + (u_0 − s)e^{−t};   L = 2: u = s/(1 + (s/u_0 − 1)e^{−2st})
//
// It fails for more layers, which have no such form, and for t < 0.
// Encloses the exact value for every point of the inputs.
func (m Mode) Closed(t *big.Rat, precision uint) (*ball.Ball, error) {
	if err := m.Validate(); err != nil {
		return nil, err
	}
	if t.Sign() < 0 || m.Layers > 2 {
		return nil, fmt.Errorf("t = %s and %d layers, expected t ≥ 0 and one or two layers", t.RatString(), m.Layers)
	}
	s := ball.New(precision).SetRat(m.Value)
	decay := ball.New(precision)
	if m.Layers == 1 {
		decay.SetRat(new(big.Rat).Neg(t))
		decay.Exp(decay)
		gap := ball.New(precision).SetRat(new(big.Rat).Sub(m.Start, m.Value))
		return s.Add(s, gap.Mul(gap, decay)), nil
	}
	exponent := new(big.Rat).Mul(m.Value, t)
	decay.SetRat(exponent.Mul(exponent, big.NewRat(-2, 1)))
	decay.Exp(decay)
	ratio := new(big.Rat).Quo(m.Value, m.Start)
	below := ball.New(precision).SetRat(ratio.Sub(ratio, big.NewRat(1, 1)))
	below.Mul(below, decay)
	return s.Quo(s, below.AddInt64(below, 1)), nil
}

// HalfTime returns when a mode of two layers that starts below half reaches
// half of its value; modes of a common small start are learnt in the order of
// their singular values.
//
//	t = log(s/u_0 − 1)/(2s)
//
// Encloses the exact value for every point of the inputs.
func (m Mode) HalfTime(precision uint) (*ball.Ball, error) {
	if err := m.Validate(); err != nil {
		return nil, err
	}
	ratio := new(big.Rat).Quo(m.Value, m.Start)
	if m.Layers != 2 || ratio.Cmp(big.NewRat(2, 1)) <= 0 {
		return nil, errors.New("half time, expected two layers and a start below half of the value")
	}
	t := ball.New(precision).SetRat(ratio.Sub(ratio, big.NewRat(1, 1)))
	t.Log(t)
	t.Quo(t, ball.New(precision).SetRat(m.Value))
	return t.MulPow2(t, -1), nil
}
