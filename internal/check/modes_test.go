package check

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"os"
	"testing"

	"muflow/internal/script"
	"muflow/ode"

	"gonum.org/v1/gonum/mat"
)

// modeAt is u at a time, by theories/modes.star.
func modeAt(t *testing.T, value script.Setting, layers int, until, start float64) float64 {
	t.Helper()
	text, err := os.ReadFile("../../theories/modes.star")
	if err != nil {
		t.Fatal(err)
	}
	number := func(q *big.Rat) script.Setting { return script.Setting{Low: q, High: q} }
	from, _ := new(big.Rat).SetString(fmt.Sprint(start))
	th, err := script.Run("modes.star", text, script.Options{Set: map[string]script.Setting{
		"s": value, "L": number(big.NewRat(int64(layers), 1)), "u0": number(from)}})
	if err != nil {
		t.Fatal(err)
	}
	c := &checker{theory: th, options: Options{Digits: 12}}
	for _, s := range th.States {
		if th.Symbols[s.Symbol].Name == "u" {
			values, err := c.enclose(context.Background(), []*ode.Expr{ode.State(s.Symbol)}, []*big.Rat{new(big.Rat).SetFloat64(until)})
			if err != nil {
				t.Fatal(err)
			}
			u, _ := values[0][0].Mid().Float64()
			return u
		}
	}
	t.Fatal("no state u")
	return 0
}

// The trained network follows its modes: the error of gradient descent halves
// with the learning rate, and nothing appears between modes.
func TestTrainedNetworkFollowsItsModes(t *testing.T) {
	const horizon, start = 4.0, 0.01
	values := []float64{2, 1, 0.5}
	for _, layers := range []int{1, 2, 3} {
		var exact []float64
		for _, s := range values {
			value := new(big.Rat).SetFloat64(s)
			exact = append(exact, modeAt(t, script.Setting{Low: value, High: value}, layers, horizon, start))
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
