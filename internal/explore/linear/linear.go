// Package linear is a second theory, kept in one file to show how one is added:
// the deep linear network (A. M. Saxe, J. L. McClelland, S. Ganguli, ICLR 2014,
// arXiv 1312.6120). It states the mode dynamics as data for package ode, their
// closed form as an independent oracle, the claims that follow, and trains the
// network itself, matrices and all, to compare.
package linear

import (
	"errors"
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"

	"muflow/ode"
	"muflow/ode/ball"

	"gonum.org/v1/gonum/mat"
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

// Train runs gradient descent on the L matrices of a network with the given
// singular values, in random bases, from a balanced start u_0 of every mode,
// and returns the modes and the largest entry off the diagonal.
//
//	W ← W − η ∂/∂W ½‖W_L⋯W_1 − U diag(s) Vᵀ‖²
//
// Approximate: no error bound.
func Train(values []float64, start float64, layers int, eta float64, steps int, seed uint64) (modes []float64, beside float64, err error) {
	n := len(values)
	if n == 0 || layers < 1 || !(start > 0) || !(eta > 0) || steps < 0 {
		return nil, 0, errors.New("training, expected values, layers, a positive start and learning rate")
	}
	rng := rand.New(rand.NewPCG(seed, 1))
	bases := make([]*mat.Dense, layers+1) // R_0 = V, …, R_L = U
	for i := range bases {
		entries := make([]float64, n*n)
		for j := range entries {
			entries[j] = rng.NormFloat64()
		}
		var qr mat.QR
		qr.Factorize(mat.NewDense(n, n, entries))
		bases[i] = new(mat.Dense)
		qr.QTo(bases[i])
	}
	weights := make([]*mat.Dense, layers)
	for i := range weights { // W_i = R_i · u_0^{1/L} · R_{i−1}ᵀ
		weights[i] = new(mat.Dense)
		weights[i].Mul(bases[i+1], bases[i].T())
		weights[i].Scale(math.Pow(start, 1/float64(layers)), weights[i])
	}
	goal := new(mat.Dense)
	goal.Mul(bases[layers], mat.NewDiagDense(n, values))
	goal.Mul(goal, bases[0].T())
	product := func(from, to int) *mat.Dense { // W_{to−1}⋯W_from
		out := mat.NewDense(n, n, nil)
		for i := range n {
			out.Set(i, i, 1)
		}
		for i := from; i < to; i++ {
			next := new(mat.Dense)
			next.Mul(weights[i], out)
			out = next
		}
		return out
	}
	for range steps {
		miss := new(mat.Dense)
		miss.Sub(product(0, layers), goal)
		gradients := make([]*mat.Dense, layers)
		for i := range weights {
			g := new(mat.Dense)
			g.Mul(product(i+1, layers).T(), miss)
			gradients[i] = new(mat.Dense)
			gradients[i].Mul(g, product(0, i).T())
		}
		for i, g := range gradients {
			g.Scale(eta, g)
			weights[i].Sub(weights[i], g)
		}
	}
	final := new(mat.Dense)
	final.Mul(bases[layers].T(), product(0, layers))
	final.Mul(final, bases[0])
	for i := range n {
		modes = append(modes, final.At(i, i))
		for j := range n {
			if i != j {
				beside = max(beside, math.Abs(final.At(i, j)))
			}
		}
	}
	return modes, beside, nil
}
