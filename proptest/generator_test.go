package proptest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"math/rand/v2"
	"strconv"
	"testing"

	"muflow/graph"
	"muflow/theory"
)

var smallShape = graph.Shape{MinVertices: 6, MaxVertices: 28, MinHops: 1, MaxHops: 4}

// descend draws values, walks down random chains of proposals, and hands every
// value on the way to visit. It returns how many values there were, and fails
// if a chain does not end.
func descend[T any](t *testing.T, g Generator[T], draws int, visit func(T)) int {
	t.Helper()
	rng := rand.New(rand.NewPCG(11, 12))
	seen := 0
	for i := range draws {
		v := g.Draw(rng, 100*i/draws)
		if err := g.Valid(v); err != nil {
			t.Fatalf("drawn value outside the domain: %v", err)
		}
		for depth := 0; ; depth++ {
			visit(v)
			seen++
			smaller := g.shrinks(v)
			if len(smaller) == 0 {
				break
			}
			if depth > 400 {
				t.Fatal("a chain of shrinking steps does not end")
			}
			v = smaller[rng.IntN(len(smaller))]
		}
	}
	return seen
}

func TestInstancesStayInTheSetting(t *testing.T) {
	orders, hops, inside, looped := map[int]int{}, map[int]int{}, 0, 0
	seen := descend(t, Steps(smallShape), 120, func(s graph.Step) {
		in := s.Instance
		if err := in.Validate(); err != nil {
			t.Fatal(err)
		}
		if in.Graph.Distances(in.Root)[in.Other] >= 0 {
			t.Fatalf("the other candidate of %s is reachable", instanceForm(*in))
		}
		p := theory.ProfileOf(s)
		if p.Outside() < 1 || p.MinDegree() != 0 || p.TargetDegree < 1 || p.K < 1 {
			t.Fatalf("profile %s of %s breaks what the setting implies", p.Key(), instanceForm(*in))
		}
		orders[in.Graph.Order()]++
		hops[in.Steps()]++
		if in.Reached(s.C)[s.Target()] {
			inside++
		}
		if len(in.Graph.In(in.Root)) > 0 {
			looped++
		}
	})
	for _, n := range []int{3, 6, 7, 14, 28} {
		if orders[n] == 0 {
			t.Errorf("no instance with %d vertices among %d", n, seen)
		}
	}
	for h := 1; h <= 4; h++ {
		if hops[h] == 0 {
			t.Errorf("no path with %d steps", h)
		}
	}
	if seen < 1000 || inside == 0 || looped == 0 {
		t.Errorf("%d values, target already reached in %d, edges into the root in %d", seen, inside, looped)
	}
}

func TestLabelledStepsStayValid(t *testing.T) {
	moved := 0
	seen := descend(t, LabelledSteps(smallShape), scaled(100), func(l LabelledStep) {
		in, err := l.Instance.Relabel(l.Label)
		if err != nil {
			t.Fatal(err)
		}
		if err := InSetting(in); err != nil {
			t.Fatal(err)
		}
		if in.Root != l.Instance.Root {
			moved++
		}
	})
	if seen < scaled(800) || moved < scaled(100) {
		t.Errorf("%d values, %d with another root", seen, moved)
	}
}

func TestDigraphsOfEveryDensity(t *testing.T) {
	empty, complete := 0, 0
	seen := descend(t, Digraphs(1, 9), scaled(100), func(g *graph.Digraph) {
		n := g.Order()
		again, err := graph.New(n, g.Edges())
		if err != nil || n < 1 || n > 9 || again.Size() != g.Size() {
			t.Fatalf("digraph with %d vertices: %v", n, err)
		}
		if n > 2 && g.Size() == 0 {
			empty++
		}
		if n > 2 && g.Size() == n*(n-1) {
			complete++
		}
	})
	if seen < scaled(200) || empty == 0 || complete == 0 {
		t.Errorf("%d digraphs, %d without edges, %d complete", seen, empty, complete)
	}
}

func TestProfilesOfEveryKind(t *testing.T) {
	kinds := map[string]int{}
	seen := descend(t, Profiles(60, 8), scaled(300), func(p *theory.Profile) {
		if _, err := theory.NewProfile(p.N, p.K, p.TargetDegree, p.Classes); err != nil {
			t.Fatalf("%s: %v", p.Key(), err)
		}
		least, most := p.MinDegree(), p.MaxDegree()
		kinds[p.Certify(theory.Coconut).Limit().String()]++
		if p.Start().IsZero() && least < most {
			kinds["tie"]++
		}
		if p.Outside() == 0 {
			kinds["no vertex outside"]++
		}
		if p.Classes[len(p.Classes)-1].InSet && p.Classes[len(p.Classes)-1].Degree > 0 {
			kinds["edge inside"]++
		}
		if most > 4 {
			kinds["large degree"]++
		}
	})
	for _, kind := range []string{"finite", "plus-infinity", "minus-infinity", "stationary", "tie", "no vertex outside", "edge inside", "large degree"} {
		if kinds[kind] < 10 {
			t.Errorf("%d of %d profiles are of the kind %q", kinds[kind], seen, kind)
		}
	}
}

func TestRangesIncludeTheirEnds(t *testing.T) {
	for _, g := range []struct {
		name      string
		low, high float64
		generator Generator[float64]
	}{{"times", 1e-3, 1e5, Times(1e5)}, {"learning rates", 1e-4, 3, LearningRates(3)}, {"below one", 0.25, 0.75, LogUniform(0.25, 0.75)}} {
		low, high, small := 0, 0, 0
		seen := descend(t, g.generator, 400, func(x float64) {
			if x < g.low || x > g.high {
				t.Fatalf("%s: %g", g.name, x)
			}
			if x == g.low {
				low++
			}
			if x == g.high {
				high++
			}
			if x*x < g.low*g.high {
				small++
			}
		})
		if low < 5 || high < 5 || small < 100 || seen < 400 {
			t.Errorf("%s: %d at the lower end, %d at the upper, %d below the geometric mean, of %d", g.name, low, high, small, seen)
		}
	}
	kinds := map[string]int{}
	descend(t, Gains(30), 400, func(x *big.Rat) {
		if x.Sign() <= 0 {
			t.Fatal("a gain that is not positive")
		}
		kinds[x.RatString()]++
	})
	if kinds["1"] < 50 || kinds["1/30"] < 5 || kinds["30"] < 5 || len(kinds) < 40 {
		t.Errorf("%d different gains: one %d times, ends %d and %d times", len(kinds), kinds["1"], kinds["1/30"], kinds["30"])
	}
}

// A false statement about graphs is brought down to a witness that can be
// read: no more than five vertices.
func TestFalseStatementsShrinkToReadableGraphs(t *testing.T) {
	report := run(t, 0,
		ForAll("every step has d* = d_max", 200, Steps(smallShape), func(_ context.Context, s graph.Step) error {
			p := theory.ProfileOf(s)
			if p.TargetDegree < p.MaxDegree() {
				return fmt.Errorf("d* = %d, d_max = %d", p.TargetDegree, p.MaxDegree())
			}
			return nil
		}),
		ForAll("no digraph has a cycle of two edges", 200, Digraphs(1, 20), func(_ context.Context, g *graph.Digraph) error {
			for _, e := range g.Edges() {
				if g.HasEdge(e[1], e[0]) {
					return errors.New("it has")
				}
			}
			return nil
		}),
		ForAll("no profile is tied at the start", 200, Profiles(60, 8), func(_ context.Context, p *theory.Profile) error {
			if p.Start().IsZero() && p.MinDegree() < p.MaxDegree() {
				return errors.New("it is")
			}
			return nil
		}),
	)
	// The smallest witnesses: r→u, r→v, u→v and the other candidate; two
	// vertices with both edges; a pair of degrees around d* and one vertex of it.
	for i, largest := range []int{5, 2, 4} {
		c := report.Outcomes[i].Counterexample
		if c == nil {
			t.Fatalf("%s: no counterexample", report.Outcomes[i].Property)
		}
		n := 0
		switch i {
		case 0:
			n = vertices(t, c.Input, "instance", "vertices")
		case 1:
			n = vertices(t, c.Input, "vertices")
		case 2:
			n = vertices(t, c.Input, "n")
		}
		if n > largest || n < 2 {
			t.Errorf("%s: %s, expected at most %d vertices", report.Outcomes[i].Property, c.Input, largest)
		}
	}
}

// vertices reads a number from JSON by its keys.
func vertices(t *testing.T, text json.RawMessage, keys ...string) int {
	t.Helper()
	for _, key := range keys {
		var fields map[string]json.RawMessage
		if err := json.Unmarshal(text, &fields); err != nil {
			t.Fatal(err)
		}
		text = fields[key]
	}
	n, err := strconv.Atoi(string(text))
	if err != nil {
		t.Fatal(err)
	}
	return n
}
