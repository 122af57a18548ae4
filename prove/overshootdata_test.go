package prove

import (
	"context"
	"math"
	"math/big"
	"testing"

	"muflow/graph"
	"muflow/internal/long"
)

// edgeFlow is the gradient of the Coconut loss in (μ, g) under softmax attention with
// even logits, written down edge by edge in float64, without package theory.
type edgeFlow struct {
	edges  [][2]int
	inside []bool
	label  int
	order  int
	scale  float64 // s
}

func newEdgeFlow(in *graph.Instance, c int) *edgeFlow {
	x := &edgeFlow{edges: in.Graph.Edges(), inside: in.Reached(c), label: in.Path[c+1], order: in.Graph.Order()}
	k := 0.0
	for _, member := range x.inside {
		if member {
			k++
		}
	}
	x.scale = 1 / math.Sqrt(k)
	return x
}

// slopes returns −∂ℓ/∂μ and −∂ℓ/∂g at α = 1.
func (x *edgeFlow) slopes(mu, g float64) (f, h float64) {
	weights, total, leaving := make([]float64, len(x.edges)), 0.0, 0.0
	for i, e := range x.edges {
		weights[i] = 1
		if x.inside[e[0]] {
			weights[i] = math.Exp(x.scale * mu)
			leaving += weights[i]
		}
		total += weights[i]
	}
	a, b := make([]float64, x.order), make([]float64, x.order) // A_v and ∂A_v/∂μ
	for i, e := range x.edges {
		w, u := weights[i]/total, 0.0
		if x.inside[e[0]] {
			u = 1
		}
		a[e[1]] += w
		b[e[1]] += w * x.scale * (u - leaving/total)
	}
	sum, meanA, meanB := 0.0, 0.0, 0.0
	for v := range a {
		xi := g * a[v]
		if x.inside[v] {
			xi += x.scale
		}
		p := math.Exp(xi)
		sum, meanA, meanB = sum+p, meanA+p*a[v], meanB+p*b[v]
	}
	return g * (b[x.label] - meanB/sum), a[x.label] - meanA/sum
}

// at follows the flow from (0, 1/2) to a time by Runge and Kutta's method.
func (x *edgeFlow) at(t float64) (mu, g float64) {
	steps := int(math.Ceil(t / 0.02))
	d := t / float64(steps)
	g = 0.5
	for range steps {
		f1, h1 := x.slopes(mu, g)
		f2, h2 := x.slopes(mu+d/2*f1, g+d/2*h1)
		f3, h3 := x.slopes(mu+d/2*f2, g+d/2*h2)
		f4, h4 := x.slopes(mu+d*f3, g+d*h3)
		mu, g = mu+d/6*(f1+2*f2+2*f3+f4), g+d/6*(h1+2*h2+2*h3+h4)
	}
	return mu, g
}

// The flows of the published graphs at c = 1, all of them with -long, are decided, and
// turn where plain Runge-Kutta on the loss written edge by edge does: before the turn
// μ' has the sign of the start, after it the other one.
func TestTurnsOfPublishedGraphs(t *testing.T) {
	instances := published(t)
	want := 257
	if !*long.Tests {
		instances, want = instances[5:11], 6
	}
	one := big.NewRat(1, 1)
	total, decisions, err := OvershootDataset(context.Background(), instances, OvershootRequest{Step: 1, Alpha: one, Gain: big.NewRat(1, 2), Rate: one, Uneven: new(big.Rat)}, 0, nil)
	if err != nil {
		t.Fatal(err)
	}
	checks, turns := 0, 0
	for _, d := range decisions {
		x := newEdgeFlow(&instances[*d.Instance], 1)
		if start, _ := x.slopes(0, 0.5); (start > 0) != d.Rises {
			t.Errorf("instance %d: μ' = %v at the start, rises %v", *d.Instance, start, d.Rises)
		}
		checks++
		if d.Turning != TurnLogit {
			continue
		}
		turns++
		numbers := make([]float64, 3)
		for i, n := range []*Number{d.Turn.Time, &d.Turn.Mu, &d.Turn.Gain} {
			b, err := n.Ball(64)
			if err != nil {
				t.Fatal(err)
			}
			numbers[i], _ = b.Mid().Float64()
		}
		mu, g := x.at(numbers[0])
		if math.Abs(mu-numbers[1]) > 1e-6*(1+math.Abs(mu)) || math.Abs(g-numbers[2]) > 1e-6*(1+math.Abs(g)) {
			t.Errorf("instance %d: (%v, %v) at the turn, %v by another integrator", *d.Instance, mu, g, numbers)
		}
		for _, share := range []float64{0.99, 1.01} {
			mu, g := x.at(share * numbers[0])
			if f, _ := x.slopes(mu, g); (f > 0) != (d.Rises == (share < 1)) {
				t.Errorf("instance %d: μ' = %v at %v of the turn", *d.Instance, f, share)
			}
		}
	}
	if total.Undecided != 0 || checks != want || turns == 0 || turns == checks {
		t.Errorf("%+v: %d checks, %d turns", total, checks, turns)
	}
}
