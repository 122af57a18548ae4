package prove

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	"muflow/graph"
	"muflow/ode/ball"
	"muflow/theory"
)

// The slopes in float64 are the enclosed drift and Jacobian of the mixture, for
// marked and for drawn labels.
func TestSlopesInFloat64(t *testing.T) {
	instances, err := graph.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(3, 4))
	checks := 0
	for n := range 6 {
		x := &Mixture{}
		for _, s := range graph.StepsOf(instances[3*n:3*n+3], 1) {
			f, err := theory.FullFamily(s, theory.Coconut, big.NewRat(int64(n+1), 2))
			if err != nil {
				t.Fatal(err)
			}
			if n%2 == 1 {
				for j := range f.Groups {
					f.Groups[j].Targets = 0
				}
				f.Drawn = &theory.Label{Sum: []int{1 + rng.IntN(3), rng.IntN(9)}, Count: 2}
			}
			x.Families, x.Weights = append(x.Families, f), append(x.Weights, int64(1+rng.IntN(4)))
		}
		e := newEquations(x, 128)
		for range 4 {
			u := []float64{6 * (rng.Float64() - 0.5), rng.Float64() - 0.5}
			point := []*ball.Ball{ball.New(128).SetFloat64(u[0]), ball.New(128).SetFloat64(u[1])}
			drift, jacobian := e.at(point)
			gradient, second := x.slopes(u)
			near := func(what string, got float64, want *ball.Ball, sign float64) {
				w, _ := want.Mid().Float64()
				if checks++; !(math.Abs(got-sign*w) <= 1e-10*(1+math.Abs(w))) {
					t.Errorf("mixture %d, u = %v, %s: %v, enclosed %v", n, u, what, got, sign*w)
				}
			}
			for i := range u {
				near("gradient", gradient[i], drift[i], -1)
				for j := range i + 1 {
					near("second derivative", second[i][j], jacobian[i][j], 1)
				}
			}
		}
	}
	if checks != 6*4*5 {
		t.Errorf("%d numbers", checks)
	}
}
