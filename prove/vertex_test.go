package prove

import (
	"bytes"
	"context"
	"encoding/json"
	"math"
	"math/big"
	"os"
	"slices"
	"testing"

	"muflow/graph"
	"muflow/internal/long"
	"muflow/ode/ball"
	"muflow/theory"
)

// A vertexReference is one digraph of testdata/vertex.json, made by vertex.py
// (Python 3.11, fractions; mpmath 1.3.0 with 90 digits for the flow).
type vertexReference struct {
	Instance json.RawMessage `json:"instance"`
	Step     int             `json:"step"`
	Law      string          `json:"law"`
	Sources  []int           `json:"sources"`
	Status   string          `json:"status"`
	Terms    [][]string      `json:"terms"`
	Flow     [][]string      `json:"flow"` // μ at log log t = 30 and 60, α = 1, where labels have the same sources
}

func vertexReferences(t *testing.T) (out []vertexReference, steps []graph.Step) {
	t.Helper()
	text, err := os.ReadFile("testdata/vertex.json")
	if err == nil {
		err = json.Unmarshal(text, &out)
	}
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range out {
		instances, err := graph.Decode(bytes.NewReader(r.Instance), "vertex.json")
		if err != nil {
			t.Fatalf("%d: %v", i, err)
		}
		law, err := graph.ParseLaw(r.Law)
		if err != nil {
			t.Fatal(err)
		}
		s, err := law.Step(&instances[0], r.Step)
		if err != nil {
			t.Fatalf("%d: %v", i, err)
		}
		steps = append(steps, s)
	}
	return out, steps
}

// TestGrowthOfReferences compares the growth with exact fractions, and with where
// the flow is at t = e^(e^30) and e^(e^60): between them it moves as the terms
// say, and not as without the last one, or with the first alone.
func TestGrowthOfReferences(t *testing.T) {
	references, steps := vertexReferences(t)
	terms, flows := map[int]int{}, 0
	for i, r := range references {
		x, err := ownContrasts(steps[i])
		if err != nil {
			t.Fatal(err)
		}
		g, err := x.family.Growth()
		if err != nil {
			t.Fatalf("%d: %v", i, err)
		}
		if g.Limits.Kind.String() != r.Status || len(g.Levels) != len(r.Terms) || !slices.Equal(x.sources, r.Sources) {
			t.Fatalf("%d: %v with %d terms in %v, want %+v", i, g.Limits.Kind, len(g.Levels), x.sources, r)
		}
		terms[len(g.Levels)]++
		for m, level := range g.Levels {
			for k, q := range level.Direction {
				if q.RatString() != r.Terms[m][k] {
					t.Errorf("%d: term %d is %v, want %v", i, m+1, level.Direction, r.Terms[m])
				}
			}
		}
		if len(r.Flow) == 0 {
			continue
		}
		flows++
		root := new(big.Float).SetPrec(300).SetInt64(int64(setSize(steps[i]))) // √K/α
		root.Sqrt(root)
		miss := func(count int) (most float64) { // with so many terms
			for k := range x.sources {
				moved := new(big.Float).SetPrec(300)
				for side, sign := range []float64{-1, 1} {
					mu, ok := new(big.Float).SetPrec(300).SetString(r.Flow[side][k])
					if !ok {
						t.Fatal(r.Flow[side][k])
					}
					moved.Add(moved, mu.Mul(mu, big.NewFloat(sign)))
				}
				for m := range min(count, len(g.Levels)) {
					direction := new(big.Float).SetPrec(300).SetRat(g.Levels[m].Direction[k])
					moved.Sub(moved, direction.Mul(direction, root).Mul(direction, iterated(m)))
				}
				x, _ := moved.Float64()
				most = max(most, math.Abs(x))
			}
			return most
		}
		if all := miss(len(g.Levels)); all > 0.2 { // what is left falls like 1/log^{∘M} t
			t.Errorf("%d: the flow is off by %g", i, all)
		}
		for count := range len(g.Levels) {
			if off := miss(count); off < 0.4 {
				t.Errorf("%d: with %d of %d terms the flow is off by %g only", i, count, len(g.Levels), off)
			}
		}
	}
	if terms[1] < 20 || terms[2] < 60 || terms[3] < 5 || flows != 93 {
		t.Errorf("terms %v, %d flows", terms, flows)
	}
}

// iterated returns log^{∘(m+1)} t at log log t = 60 less that at 30.
func iterated(m int) *big.Float {
	if m == 0 {
		at := func(u int64) *ball.Ball { return ball.New(300).Exp(ball.New(300).SetInt64(u)) }
		return ball.New(300).Sub(at(60), at(30)).Mid()
	}
	a, b := 60.0, 30.0
	for range m - 1 {
		a, b = math.Log(a), math.Log(b)
	}
	return new(big.Float).SetFloat64(a - b)
}

func setSize(s graph.Step) (k int) {
	for _, in := range s.Set() {
		count(&k, in)
	}
	return k
}

// TestVertexOverlapsOfPublished compares the populations under fixed names with
// GLPK 5.0, glpsol --exact (testdata/names.py): as many contrasts diverge as the most
//
//	Σ z_v  with  ⟨θ,x_v⟩ ≥ z_v, 0 ≤ z_v ≤ 1
//
// and holds what theory.md section 7c says of them.
func TestVertexOverlapsOfPublished(t *testing.T) {
	instances := published(t)
	for _, want := range []struct {
		law                  graph.Law
		step, all, diverging int
		finite               int // logits with a finite limit
		leading              []int
	}{
		{graph.PathLaw, 0, 26, 26, 0, []int{0, 257}},
		{graph.PathLaw, 1, 680, 8, 25, []int{25, 480, 328, 30, 1}},
		{graph.PathLaw, 2, 1473, 6, 26, []int{122, 654, 737, 123, 5}},
		{graph.PathLaw, 3, 1038, 20, 24, []int{70, 309, 613, 97, 8}},
		{graph.ShortestLaw, 1, 850, 8, 25, []int{40, 513, 289, 22}},
		{graph.FrontierLaw, 1, 1328, 2, 26, []int{232, 530, 93, 9}},
	} {
		if want.step != 1 && !*long.Tests {
			continue
		}
		got, err := VertexOverlapsOf(context.Background(), instances, want.step, want.law, 2, nil)
		if err != nil {
			t.Fatal(err)
		}
		finite := 0
		for _, d := range got.Drifts {
			count(&finite, d == theory.Settles)
			if d == theory.Open {
				t.Errorf("%v, step %d: a logit is open", want.law, want.step)
			}
		}
		if got.Contrasts != want.all || len(got.Whole.Diverging) != want.diverging || finite != want.finite || !slices.Equal(got.Leading, want.leading) {
			t.Errorf("%v, step %d: %d contrasts, %d diverge, %d logits finite, leading %v; want %+v", want.law, want.step, got.Contrasts, len(got.Whole.Diverging), finite, got.Leading, want)
		}
		if want.law == graph.PathLaw && got.Separated != got.Bounded {
			t.Errorf("step %d: %d of %d bounded ones are separated", want.step, got.Separated, got.Bounded)
		}
	}
}
