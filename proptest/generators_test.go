package proptest

import (
	"errors"
	"fmt"
	"math/big"
	"math/rand/v2"
	"reflect"
	"testing"

	"muflow/graph"
	"muflow/theory"

	"github.com/leanovate/gopter"
)

var smallShape = graph.Shape{MinVertices: 6, MaxVertices: 28, MinHops: 1, MaxHops: 4}

// descend draws values, walks down random chains of proposals, and hands every
// value on the way to visit. It returns how many values there were, and fails
// if a chain does not end.
func descend[T any](t *testing.T, g gopter.Gen, draws int, visit func(T)) int {
	t.Helper()
	rng := rand.New(rand.NewPCG(11, 12))
	parameters := gopter.DefaultGenParameters().CloneWithSeed(11)
	seen := 0
	for i := range draws {
		r := g(parameters.WithSize(100 * i / draws))
		v, ok := r.Retrieve()
		if !ok {
			t.Fatalf("drawn value outside the domain: %v", r.Result)
		}
		for depth := 0; ; depth++ {
			visit(v.(T))
			seen++
			smaller := r.Shrinker(v).Filter(r.Sieve).All()
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

// falsified returns the shrunk arguments on which a condition fails within so
// many checks, or nil if it holds.
func falsified(t *testing.T, checks int, condition any, gens ...gopter.Gen) []any {
	t.Helper()
	var r result
	(&suite{tester: t, checks: checks, seed: seed}).judged(property{"false", reflect.ValueOf(condition), gens}, &r)
	if r.Status != gopter.TestFailed && !r.Passed() {
		t.Fatalf("%v after %d checks: %v", r.Status, r.Succeeded, r.Error)
	}
	var args []any
	for _, a := range r.Args {
		args = append(args, a.Arg)
	}
	return args
}

// A result is the gopter.Reporter that keeps what it is told.
type result struct{ *gopter.TestResult }

func (r *result) ReportTestResult(_ string, told *gopter.TestResult) { r.TestResult = told }

// shown is a value in JSON.
func shown(value any) string {
	text, err := encode(value)
	if err != nil {
		return err.Error()
	}
	return string(text)
}

func TestInstancesStayInTheSetting(t *testing.T) {
	orders, hops, inside, looped := map[int]int{}, map[int]int{}, 0, 0
	seen := descend(t, steps(smallShape), 120, func(s graph.Step) {
		in := s.Instance
		if err := in.Validate(); err != nil {
			t.Fatal(err)
		}
		if in.Graph.Distances(in.Root)[in.Other] >= 0 {
			t.Fatalf("the other candidate of %s is reachable", shown(s))
		}
		p := theory.ProfileOf(s)
		if p.Outside() < 1 || p.MinDegree() != 0 || p.TargetDegree.Num < 1 || p.K < 1 {
			t.Fatalf("profile %s of %s breaks what the setting implies", p.Key(), shown(s))
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
	seen := descend(t, labelledSteps(smallShape), scaled(100), func(l labelledStep) {
		in, err := l.Instance.Relabel(l.Label)
		if err != nil {
			t.Fatal(err)
		}
		if err := inSetting(in); err != nil {
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
	seen := descend(t, digraphs(1, 9), scaled(100), func(g *graph.Digraph) {
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
	seen := descend(t, profiles(60, 8), scaled(300), func(p *theory.Profile) {
		if _, err := theory.NewProfile(p.N, p.K, p.TargetDegree.Num, p.Classes); err != nil {
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
		generator gopter.Gen
	}{{"times", 1e-3, 1e5, logUniform(1e-3, 1e5)}, {"learning rates", 1e-4, 3, logUniform(1e-4, 3)}, {"below one", 0.25, 0.75, logUniform(0.25, 0.75)}} {
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
	descend(t, gains(30), 400, func(x *big.Rat) {
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
	// The smallest witnesses: r→u, r→v, u→v and the other candidate; two
	// vertices with both edges; a pair of degrees around d* and one vertex of it.
	within := func(statement string, n, largest int) {
		t.Helper()
		if n > largest || n < 2 {
			t.Errorf("%s: %d vertices, expected at most %d", statement, n, largest)
		}
	}
	step := falsified(t, 200, func(s graph.Step) error {
		if p := theory.ProfileOf(s); p.TargetDegree.Num < p.MaxDegree() {
			return fmt.Errorf("d* = %v, d_max = %d", p.TargetDegree, p.MaxDegree())
		}
		return nil
	}, steps(smallShape))
	within("every step has d* = d_max", step[0].(graph.Step).Instance.Graph.Order(), 5)
	digraph := falsified(t, 200, func(g *graph.Digraph) error {
		for _, e := range g.Edges() {
			if g.HasEdge(e[1], e[0]) {
				return errors.New("it has")
			}
		}
		return nil
	}, digraphs(1, 20))
	within("no digraph has a cycle of two edges", digraph[0].(*graph.Digraph).Order(), 2)
	profile := falsified(t, 200, func(p *theory.Profile) error {
		if p.Start().IsZero() && p.MinDegree() < p.MaxDegree() {
			return errors.New("it is")
		}
		return nil
	}, profiles(60, 8))
	within("no profile is tied at the start", profile[0].(*theory.Profile).N, 4)
}
