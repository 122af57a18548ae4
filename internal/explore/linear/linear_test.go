package linear

import (
	"context"
	"errors"
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	"muflow/ode"

	"gonum.org/v1/gonum/mat"
)

// The flowpipe of the dynamics and the closed form, which share no code, give
// the same numbers.
func TestFlowpipeContainsTheClosedForm(t *testing.T) {
	checks := 0
	for _, layers := range []int{1, 2} {
		for _, m := range []Mode{{big.NewRat(3, 1), big.NewRat(1, 1000), layers}, {big.NewRat(1, 2), big.NewRat(1, 10), layers}, {big.NewRat(1, 1), big.NewRat(3, 2), layers}} {
			system, start, err := m.System()
			if err != nil {
				t.Fatal(err)
			}
			times := []*big.Rat{big.NewRat(1, 3), big.NewRat(2, 1), big.NewRat(5, 1)}
			pipe, err := ode.Enclose(context.Background(), system, start, ode.Request{Times: times, Digits: 25}, ode.FlowSettings{})
			if err != nil {
				t.Fatal(err)
			}
			for i, at := range times {
				closed, err := m.Closed(at, 160)
				if err != nil {
					t.Fatal(err)
				}
				if !pipe.Values[i][0].Overlaps(closed) || closed.RelativeAccuracyBits() < 120 {
					t.Errorf("%d layers, s = %v, t = %v: flowpipe %v, closed form %v", layers, m.Value, at, pipe.Values[i][0].Mid(), closed.Mid())
				}
				checks++
			}
		}
	}
	if checks != 18 {
		t.Fatalf("%d checks", checks)
	}
}

// The trained network follows its modes: the error of gradient descent halves
// with the learning rate, and nothing appears between modes.
func TestTrainedNetworkFollowsItsModes(t *testing.T) {
	const horizon, start = 4.0, 0.01
	values := []float64{2, 1, 0.5}
	for _, layers := range []int{1, 2, 3} {
		var exact []float64
		for _, s := range values {
			m := Mode{new(big.Rat).SetFloat64(s), big.NewRat(1, 100), layers}
			system, from, err := m.System()
			if err != nil {
				t.Fatal(err)
			}
			pipe, err := ode.Enclose(context.Background(), system, from, ode.Request{Times: []*big.Rat{big.NewRat(4, 1)}, Digits: 12}, ode.FlowSettings{})
			if err != nil {
				t.Fatal(err)
			}
			u, _ := pipe.Values[0][0].Mid().Float64()
			exact = append(exact, u)
		}
		var errors [2][]float64
		for k, steps := range []int{800, 1600} {
			modes, beside, err := train(values, start, layers, horizon/float64(steps), steps, 3)
			if err != nil {
				t.Fatal(err)
			}
			if beside > 1e-12 {
				t.Errorf("%d layers: %g beside the modes", layers, beside)
			}
			for i, u := range modes {
				errors[k] = append(errors[k], u-exact[i])
			}
		}
		for i := range values {
			if math.Abs(errors[1][i]) < 1e-7 { // already settled
				continue
			}
			if ratio := errors[0][i] / errors[1][i]; ratio < 1.8 || ratio > 2.2 {
				t.Errorf("%d layers, mode %d: errors %g and %g, expected half", layers, i, errors[0][i], errors[1][i])
			}
		}
	}
}

// Stronger modes are learnt first, at the time that the closed form says.
func TestHalfTimesAreOrdered(t *testing.T) {
	last := math.Inf(1)
	for _, s := range []int64{1, 2, 3, 5} {
		m := Mode{big.NewRat(s, 1), big.NewRat(1, 1000), 2}
		h, err := m.HalfTime(96)
		if err != nil {
			t.Fatal(err)
		}
		at, _ := h.Mid().Float64()
		if at >= last {
			t.Errorf("s = %d: half time %g after %g", s, at, last)
		}
		last = at
		middle, _ := h.Mid().Rat(nil)
		u, err := m.Closed(middle, 200)
		if err != nil {
			t.Fatal(err)
		}
		if f, _ := u.Mid().Float64(); math.Abs(f-float64(s)/2) > 1e-12 {
			t.Errorf("s = %d: u = %g at the half time", s, f)
		}
	}
	for _, m := range []Mode{{}, {Value: big.NewRat(1, 1)}, {big.NewRat(1, 1), big.NewRat(-1, 1), 2}, {big.NewRat(1, 1), big.NewRat(1, 1), 0}} {
		if m.Validate() == nil {
			t.Errorf("%+v was accepted", m)
		}
	}
}

// train runs gradient descent on the L matrices of a network with the given
// singular values, in random bases, from a balanced start u_0 of every mode,
// and returns the modes and the largest entry off the diagonal.
//
//	W ← W − η ∂/∂W ½‖W_L⋯W_1 − U diag(s) Vᵀ‖²
//
// Approximate: no error bound.
func train(values []float64, start float64, layers int, eta float64, steps int, seed uint64) (modes []float64, beside float64, err error) {
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
