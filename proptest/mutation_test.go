package proptest

import (
	"math/big"
	"testing"

	"muflow/graph"
	"muflow/internal/compare"
	"muflow/theory"
)

// A mutation is a mistake in the theory: a reduced flow for a step that is
// wrong in one respect. It returns nil where the mistake makes no difference
// to what is stated, or where the wrong object does not exist.
type mutation struct {
	name   string
	family func(s graph.Step) (*theory.Family, error)
}

// profileOfSet returns the profile of one step from a set towards a target, or
// nil if no edge from the set ends there.
func profileOfSet(g *graph.Digraph, set []bool, target int) *theory.Profile {
	degrees := g.Degrees(set)
	classes := make([]theory.Class, len(set))
	for v := range set {
		classes[v] = theory.Class{InSet: set[v], Degree: degrees[v], Count: 1}
	}
	return profileOf(degrees[target], classes)
}

// wrongProfile builds the diagonal family from wrong degrees and set.
func wrongProfile(s graph.Step, g *graph.Digraph, target func(degree, largest int) int) (*theory.Family, error) {
	p := profileOfSet(g, s.Set(), s.Target())
	if p == nil {
		return nil, nil
	}
	p.TargetDegree = theory.WholeDegree(target(p.TargetDegree.Num, p.MaxDegree()))
	return p.Family(theory.Coconut, big.NewRat(1, 1))
}

func right(degree, _ int) int { return degree }

// edited builds the right diagonal family and changes it.
func edited(s graph.Step, edit func(f *theory.Family, p *theory.Profile)) (*theory.Family, error) {
	p := theory.ProfileOf(s)
	f, err := p.Family(theory.Coconut, big.NewRat(1, 1))
	if err != nil {
		return nil, err
	}
	edit(f, p)
	return f, nil
}

var mutations = []mutation{
	{"drop the 1/n of the permutation average", func(s graph.Step) (*theory.Family, error) {
		return edited(s, func(f *theory.Family, _ *theory.Profile) { f.Rates[0] = big.NewRat(1, 1) })
	}},
	{"use d_max for d*", func(s graph.Step) (*theory.Family, error) {
		return wrongProfile(s, s.Instance.Graph, func(_, largest int) int { return largest })
	}},
	{"forget the carry-over term", func(s graph.Step) (*theory.Family, error) {
		return edited(s, func(f *theory.Family, _ *theory.Profile) {
			for i := range f.Groups {
				f.Groups[i].Bias = 0
			}
		})
	}},
	{"use the out-degree", func(s graph.Step) (*theory.Family, error) {
		var edges [][2]int
		for _, e := range s.Instance.Graph.Edges() {
			edges = append(edges, [2]int{e[1], e[0]})
		}
		reversed, err := graph.New(s.Instance.Graph.Order(), edges)
		if err != nil {
			return nil, err
		}
		return wrongProfile(s, reversed, right)
	}},
	{"average over V without N_c", func(s graph.Step) (*theory.Family, error) {
		return edited(s, func(f *theory.Family, _ *theory.Profile) {
			var kept []theory.Group
			for _, g := range f.Groups {
				if g.Bias == 0 || g.Targets > 0 {
					kept = append(kept, g)
				}
			}
			f.Groups = kept
		})
	}},
	{"lose the last edge", func(s graph.Step) (*theory.Family, error) {
		edges := s.Instance.Graph.Edges()
		shorter, err := graph.New(s.Instance.Graph.Order(), edges[:len(edges)-1])
		if err != nil {
			return nil, err
		}
		return wrongProfile(s, shorter, right)
	}},
	{"use 1/K for the weight 1/√K", func(s graph.Step) (*theory.Family, error) {
		return edited(s, func(f *theory.Family, p *theory.Profile) { f.Scale.K = p.K * p.K })
	}},
	{"count N_{c+1} for N_c", func(s graph.Step) (*theory.Family, error) {
		p := profileOfSet(s.Instance.Graph, s.Next(), s.Target())
		if p == nil {
			return nil, nil
		}
		return p.Family(theory.Coconut, big.NewRat(1, 1))
	}},
	{"train towards the loss of Coconut-BFS", func(s graph.Step) (*theory.Family, error) {
		p := theory.ProfileOf(s)
		return p.Family(theory.CoconutBFS, big.NewRat(1, 1))
	}},
	{"total in-degree for the one from N_c", func(s graph.Step) (*theory.Family, error) {
		p := theory.ProfileOf(s)
		set := s.Instance.Reached(s.C)
		var classes []theory.Class
		for v := range set {
			classes = append(classes, theory.Class{InSet: set[v], Degree: len(s.Instance.Graph.In(v)), Count: 1})
		}
		q, err := theory.NewProfile(p.N, p.K, len(s.Instance.Graph.In(s.Target())), classes)
		if err != nil {
			return nil, err
		}
		return q.Family(theory.Coconut, big.NewRat(1, 1))
	}},
}

// Each mistake, made on purpose, fails the comparison of averaged gradient
// descent with the reduced drift, and the failure is brought down to a graph
// that can be read. The right family passes the same comparison.
func TestEveryMistakeIsCaughtByDescent(t *testing.T) {
	one := big.NewRat(1, 1)
	agreeing := func(m mutation) func(s graph.Step) error {
		return func(s graph.Step) error {
			family, err := m.family(s)
			if err != nil || family == nil {
				return err
			}
			return agrees(t.Context(), compare.Simulation{Step: s, Alpha: one}, family, 4)
		}
	}
	suite := newSuite(t, 60)
	suite.forAll("none", agreeing(mutation{"none", func(s graph.Step) (*theory.Family, error) { return families(s, false, one) }}), steps(smallShape))
	suite.run()
	caught := 0
	for _, m := range mutations {
		witness := falsified(t, 60, agreeing(m), steps(smallShape))
		if witness == nil {
			t.Errorf("%s: no step shows it", m.name)
			continue
		}
		if n := witness[0].(graph.Step).Instance.Graph.Order(); n > 5 {
			t.Errorf("%s: shrunk to %d vertices only: %s", m.name, n, shown(witness[0]))
		}
		caught++
	}
	if caught != len(mutations) {
		t.Errorf("%d of %d mistakes were caught", caught, len(mutations))
	}
}
