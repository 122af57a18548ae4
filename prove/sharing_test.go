package prove

import (
	"context"
	"math/big"
	"math/rand/v2"
	"testing"

	"muflow/graph"
	"muflow/internal/long"
	"muflow/theory"
)

// TestSharedPopulationsOfPublished compares with zeros of the drift found by
// mpmath 1.3.0 (findroot, 30 digits) from the published file.
func TestSharedPopulationsOfPublished(t *testing.T) {
	if testing.Short() {
		t.Skip("takes some seconds")
	}
	instances := published(t)
	one := big.NewRat(1, 1)
	for _, c := range []struct {
		sharing Sharing
		want    string
	}{
		{Sharing{Steps: []int{0, 1, 2, 3}}, "2.67956980206262537823434726"},
		{Sharing{Steps: []int{1, 2, 3}, StepWeights: rats(t, "1", "1/2", "2")}, "1.64299080657774088649920006"},
		{Sharing{Steps: []int{1}, BFS: big.NewRat(1, 10)}, "2.49774110722479568754635853"},
	} {
		if len(c.sharing.Steps) == 4 && !*long.Tests {
			continue
		}
		c.sharing.Alpha = one
		got, err := SharedPopulation(context.Background(), instances, c.sharing, 18)
		if err != nil {
			t.Fatal(err)
		}
		distance := new(big.Rat)
		middle, _ := got.Theta[0].Mid().Rat(nil)
		distance.Sub(middle, rats(t, c.want)[0])
		if got.Limit != theory.FiniteLimit || distance.Abs(distance).Cmp(rats(t, "1e-17")[0]) > 0 {
			t.Errorf("%+v: %v at %v, want %s", c.sharing, got.Limit, middle.FloatString(25), c.want)
		}
	}
}

// TestWeightsActAsCopies: integer weights are the same as copies of instances,
// and weights of equal instances do not matter.
func TestWeightsActAsCopies(t *testing.T) {
	instances, err := graph.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(2, 8))
	compared := 0
	for range 4 {
		var some, copies []graph.Instance
		var weights []*big.Rat
		for range 5 {
			in := instances[rng.IntN(len(instances))]
			n := 1 + rng.IntN(3)
			some, weights = append(some, in), append(weights, big.NewRat(int64(n), 7))
			for range n {
				copies = append(copies, in)
			}
		}
		for _, q := range []*big.Rat{nil, big.NewRat(1, 4)} {
			s := Sharing{Steps: []int{1, 2}, Weights: weights, BFS: q, Alpha: big.NewRat(3, 2)}
			a, err := SharedPopulation(context.Background(), some, s, 12)
			if err != nil {
				t.Fatal(err)
			}
			s.Weights = nil
			b, err := SharedPopulation(context.Background(), copies, s, 12)
			if err != nil {
				t.Fatal(err)
			}
			if a.Limit != b.Limit || a.Limit == theory.FiniteLimit && !a.Theta[0].Overlaps(b.Theta[0]) {
				t.Errorf("weights %v: %v %v, copies %v %v", weights, a.Limit, a.Theta, b.Limit, b.Theta)
			}
			if a.Limit == theory.FiniteLimit {
				compared++
			}
		}
	}
	if compared < 6 {
		t.Errorf("only %d finite limits", compared)
	}
	bad := Sharing{Steps: []int{1}, BFS: big.NewRat(1, 2), Full: true, Alpha: big.NewRat(1, 1)}
	if _, err := SharedPopulation(context.Background(), instances, bad, 5); err == nil {
		t.Error("a loss that is not convex was accepted for the full matrix")
	}
}
