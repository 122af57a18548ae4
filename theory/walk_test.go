package theory

import (
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"

	"muflow/graph"
)

func randomDigraph(t *testing.T, rng *rand.Rand) *graph.Digraph {
	t.Helper()
	n := 2 + rng.IntN(8)
	var edges [][2]int
	for u := range n {
		for v := range n {
			if u != v && rng.IntN(3) == 0 {
				edges = append(edges, [2]int{u, v})
			}
		}
	}
	g, err := graph.New(n, edges)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// TestWalksAreThoughts compares, exactly, the thought after steps with
// different logits with Σ_j e_j(μ)·#walks_j, the walks counted one by one, and
// the polynomial at equal logits with the thought there.
func TestWalksAreThoughts(t *testing.T) {
	rng := rand.New(rand.NewPCG(6, 1))
	compared := 0
	for range 60 {
		g := randomDigraph(t, rng)
		steps := rng.IntN(5)
		logits := make([]*big.Rat, steps)
		symmetric := []*big.Rat{big.NewRat(1, 1)} // e_0 … e_c
		for i := range logits {
			logits[i] = big.NewRat(1+rng.Int64N(9), 1+rng.Int64N(5))
			symmetric = append(symmetric, new(big.Rat))
			for j := len(symmetric) - 1; j > 0; j-- {
				symmetric[j].Add(symmetric[j], new(big.Rat).Mul(symmetric[j-1], logits[i]))
			}
		}
		thought, err := WalkWeights(g, 0, logits)
		if err != nil {
			t.Fatal(err)
		}
		walks, err := SuperpositionOf(g, 0, steps)
		if err != nil {
			t.Fatal(err)
		}
		counts := map[[2]int]int64{} // (vertex, edges), by walking
		var walk func(v, edges int)
		walk = func(v, edges int) {
			counts[[2]int{v, edges}]++
			if edges < steps {
				for _, w := range g.Out(v) {
					walk(w, edges+1)
				}
			}
		}
		walk(0, 0)
		equal := big.NewRat(2, 3)
		same, err := WalkWeights(g, 0, slices.Repeat([]*big.Rat{equal}, steps))
		if err != nil {
			t.Fatal(err)
		}
		for v := range g.Order() {
			sum := new(big.Rat)
			for j, e := range symmetric {
				if walks.Walks[v][j].Cmp(big.NewInt(counts[[2]int{v, j}])) != 0 {
					t.Fatalf("%v walks of %d edges to %d, counted %d", walks.Walks[v][j], j, v, counts[[2]int{v, j}])
				}
				sum.Add(sum, new(big.Rat).Mul(e, new(big.Rat).SetInt(walks.Walks[v][j])))
			}
			if sum.Cmp(thought[v]) != 0 {
				t.Fatalf("vertex %d: polynomial %v, thought %v", v, sum, thought[v])
			}
			value, power := new(big.Rat), big.NewRat(1, 1)
			for _, c := range walks.Coefficients(v) {
				value.Add(value, new(big.Rat).Mul(power, new(big.Rat).SetInt(c)))
				power.Mul(power, equal)
			}
			if value.Cmp(same[v]) != 0 {
				t.Fatalf("vertex %d: polynomial %v at 2/3, thought %v", v, value, same[v])
			}
			if walks.Support()[v] != (thought[v].Sign() > 0) || walks.Support()[v] != g.Reached(0, steps)[v] {
				t.Fatalf("vertex %d: support %v, weight %v", v, walks.Support()[v], thought[v])
			}
			compared++
		}
	}
	if compared < 200 {
		t.Errorf("%d comparisons", compared)
	}
}

// TestSpread compares with β itself from uniform weights, and the collapse
// with the spread at extreme logits.
func TestSpread(t *testing.T) {
	rng := rand.New(rand.NewPCG(6, 2))
	above, below := 0, 0
	for range 300 {
		g := randomDigraph(t, rng)
		c := rng.IntN(3)
		set := g.Reached(0, c)
		degrees := g.Degrees(set)
		target := slices.IndexFunc(degrees, func(d int) bool { return d > 0 })
		if target < 0 {
			continue
		}
		s, err := (&graph.Instance{Graph: g}).StepTowards(c, target)
		if err != nil {
			t.Fatal(err)
		}
		p := ProfileOf(s)
		weights := make([]*big.Rat, g.Order())
		for v, inside := range set {
			weights[v] = new(big.Rat)
			if inside {
				weights[v].SetInt64(1)
			}
		}
		spread := func(mu *big.Rat) *big.Rat {
			var low, high *big.Rat
			for v, b := range Expand(g, weights, mu) {
				if (b.Sign() > 0) != ExpansionSupport(g, set)[v] {
					t.Fatalf("vertex %d: weight %v", v, b)
				}
				if b.Sign() > 0 && (low == nil || b.Cmp(low) < 0) {
					low = b
				}
				if b.Sign() > 0 && (high == nil || b.Cmp(high) > 0) {
					high = b
				}
			}
			return new(big.Rat).Quo(high, low)
		}
		mu := big.NewRat(1+rng.Int64N(20), 1+rng.Int64N(20))
		if got := p.Spread(mu); got.Cmp(spread(mu)) != 0 || got.Cmp(p.SpreadBound(mu)) > 0 {
			t.Fatalf("spread %v, bound %v, expected %v", got, p.SpreadBound(mu), spread(mu))
		}
		million := big.NewRat(1_000_000, 1)
		wantAbove := spread(million).Cmp(big.NewRat(1000, 1)) > 0
		wantBelow := spread(new(big.Rat).Inv(million)).Cmp(big.NewRat(1000, 1)) > 0
		if a, b := p.Collapses(); a != wantAbove || b != wantBelow {
			t.Fatalf("collapses %v %v, expected %v %v", a, b, wantAbove, wantBelow)
		}
		if wantAbove {
			above++
		}
		if wantBelow {
			below++
		}
	}
	if above < 30 || below < 30 {
		t.Errorf("%d and %d collapses", above, below)
	}
}

// TestSeparationIsTheoremOne: on the line of μ, overlap is a finite limit by
// signs, for one profile and for several that share μ (theory.md section 6).
func TestSeparationIsTheoremOne(t *testing.T) {
	rng := rand.New(rand.NewPCG(6, 3))
	seen := map[Limit]int{}
	for range 1500 {
		var profiles []*Profile
		var contrasts [][]int
		for range 1 + rng.IntN(3) {
			p := randomProfile(rng)
			f, err := p.Family(Coconut, big.NewRat(1, 1))
			if err != nil {
				t.Fatal(err)
			}
			x, err := f.Contrasts()
			if err != nil {
				t.Fatal(err)
			}
			profiles, contrasts = append(profiles, p), append(contrasts, x...)
		}
		d, err := Separate(Vectors(contrasts))
		if err != nil {
			t.Fatal(err)
		}
		limit := SharedLimit(profiles, new(big.Rat))
		if len(profiles) == 1 && limit != profiles[0].Certify(Coconut).Limit() {
			t.Fatalf("%v by the rule, %v by signs", limit, profiles[0].Certify(Coconut).Limit())
		}
		want := Stationary
		switch {
		case d.Kind == Overlap && len(contrasts) > 0:
			want = FiniteLimit
		case d.Kind != Overlap && d.Direction[0].Sign() > 0:
			want = PlusInfinity
		case d.Kind != Overlap:
			want = MinusInfinity
		}
		if limit != want {
			t.Fatalf("%v: %v, the separation says %v", contrasts, limit, want)
		}
		seen[limit]++
	}
	for _, l := range []Limit{FiniteLimit, PlusInfinity, MinusInfinity, Stationary} {
		if seen[l] < 20 {
			t.Errorf("%v only %d times", l, seen[l])
		}
	}
}
