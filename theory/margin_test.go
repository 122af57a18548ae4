package theory

import (
	"errors"
	"math/big"
	"math/rand/v2"
	"testing"
)

// TestMaxMarginAgainstSubsets compares with a search over all supports: the
// least norm among the directions that a subset of the vectors fixes and that
// no vector forbids. Check has proved the conditions by then.
func TestMaxMarginAgainstSubsets(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 9))
	solved, refused := 0, 0
	for range 600 {
		dimension := 1 + rng.IntN(3)
		rates := zeros(dimension)
		for _, r := range rates {
			r.SetFrac64(1+rng.Int64N(4), 1+rng.Int64N(4))
		}
		var vectors [][]*big.Rat
		for range 1 + rng.IntN(6) {
			x := zeros(dimension)
			for i := range x {
				x[i].SetFrac64(rng.Int64N(11)-3, 1+rng.Int64N(3))
			}
			vectors = append(vectors, x)
		}
		m, err := MaxMargin(vectors, rates)
		least := leastNorm(vectors, rates)
		if errors.Is(err, ErrNoMargin) {
			if least != nil {
				t.Fatalf("%v: no margin, but a direction of norm %v", vectors, least)
			}
			refused++
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		norm := new(big.Rat)
		for i, x := range m.Direction {
			square := new(big.Rat).Mul(x, x)
			norm.Add(norm, square.Quo(square, rates[i]))
		}
		if least == nil || norm.Cmp(least) != 0 {
			t.Fatalf("%v: norm %v, the subsets give %v", vectors, norm, least)
		}
		solved++
		m.Direction[0].Add(m.Direction[0], big.NewRat(1, 1000))
		if m.Check(vectors, rates) == nil {
			t.Fatal("a wrong direction was accepted")
		}
	}
	if solved < 150 || refused < 50 {
		t.Errorf("%d solved, %d without a margin", solved, refused)
	}
}

// leastNorm tries every subset S: θ = CΣ_{v∈S} a_v x_v with ⟨θ,x_v⟩ = 1 on S.
func leastNorm(vectors [][]*big.Rat, rates []*big.Rat) *big.Rat {
	var least *big.Rat
	for mask := 1; mask < 1<<len(vectors); mask++ {
		var subset [][]*big.Rat
		for v, x := range vectors {
			if mask>>v&1 == 1 {
				subset = append(subset, x)
			}
		}
		a, b := make([][]*big.Rat, len(subset)), zeros(len(subset))
		for i, x := range subset {
			a[i] = zeros(len(subset))
			b[i].SetInt64(1)
			for j, y := range subset {
				for k := range x {
					term := new(big.Rat).Mul(x[k], y[k])
					a[i][j].Add(a[i][j], term.Mul(term, rates[k]))
				}
			}
		}
		weights, ok := solve(a, b)
		if !ok {
			continue
		}
		theta, norm := zeros(len(rates)), new(big.Rat)
		for j, y := range subset {
			for k := range y {
				term := new(big.Rat).Mul(weights[j], y[k])
				theta[k].Add(theta[k], term.Mul(term, rates[k]))
			}
			norm.Add(norm, weights[j])
		}
		feasible := true
		for _, x := range vectors {
			feasible = feasible && dot(theta, x).Cmp(big.NewRat(1, 1)) >= 0
		}
		if feasible && (least == nil || norm.Cmp(least) < 0) {
			least = norm
		}
	}
	return least
}
