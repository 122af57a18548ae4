package exhaust

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"muflow/internal/hunt"
	"muflow/internal/long"
	"muflow/ode/ball"
)

var sights = []hunt.Sight{
	{Totals: true}, {Totals: true, Candidate: true}, {Edges: true}, {Edges: true, Candidate: true}, {Edges: true, Totals: true}, {Edges: true, Totals: true, Candidate: true},
}

// everyCase calls f with all cases of the digraphs with n vertices.
func everyCase(e *enumerator, f func(g *digraph, at place)) {
	for _, p := range e.parts() {
		e.visit(p, func(g *digraph, automorphisms []*labelling) bool {
			e.cases(g, automorphisms, func(at place, _ key, _ int) { f(g, at) })
			return true
		})
	}
}

// relabelled is a case with its vertices called by other numbers.
func (e *enumerator) relabelled(g *digraph, at place, l *labelling) (digraph, place) {
	var out digraph
	for i := range e.n {
		out[i] = l.move[g[l.order[i]]]
	}
	return out, place{int(l.place[at.Root]), at.Step, int(l.place[at.Target])}
}

// plain writes down what a sight sees of a case, with the vertices as they are.
func (e *enumerator) plain(g *digraph, at place, s hunt.Sight) string {
	distance := slices.Repeat([]int{-1}, e.n)
	distance[at.Root] = 0
	for range e.n {
		for _, x := range e.edges(g) {
			if d := distance[x[0]]; d >= 0 && (distance[x[1]] < 0 || distance[x[1]] > d+1) {
				distance[x[1]] = d + 1
			}
		}
	}
	inside := func(v int) bool { return distance[v] >= 0 && distance[v] <= at.Step }
	var vertices []string
	for v := range e.n {
		d, total := 0, 0
		from := ""
		for u := range e.n {
			if g[u]&e.bit(v) == 0 {
				continue
			}
			total++
			if inside(u) {
				d++
				from += fmt.Sprint(u)
			}
		}
		text := fmt.Sprint(inside(v), d, v == at.Target)
		if s.Totals {
			text += fmt.Sprint(" of ", total)
		}
		if s.Candidate {
			text += fmt.Sprint(" reached ", distance[v] >= 0)
		}
		if s.Edges {
			text += fmt.Sprint(" root ", v == at.Root, " from ", from)
		}
		vertices = append(vertices, text)
	}
	if !s.Edges { // which vertex is which does not count
		slices.Sort(vertices)
	}
	return fmt.Sprint(at.Step, " ", strings.Join(vertices, ";"))
}

// TestKeysTellClassesApart: cases have one key exactly if some permutation of the
// vertices makes what is seen of them equal.
func TestKeysTellClassesApart(t *testing.T) {
	for n := 2; n <= 5; n++ {
		e := newEnumerator(n)
		var all []*labelling
		for first := range n {
			all = append(all, e.labellings[first][0]...)
		}
		rng, of := rand.New(rand.NewPCG(7, uint64(n))), 2000
		if *long.Tests {
			of = 600
		}
		for _, s := range sights {
			byText, byKey := map[string]key{}, map[key]string{}
			everyCase(e, func(g *digraph, at place) {
				if n == 5 && rng.IntN(of) > 0 {
					return
				}
				least := ""
				for i, l := range all {
					h, place := e.relabelled(g, at, l)
					if text := e.plain(&h, place, s); i == 0 || text < least {
						least = text
					}
				}
				h, place := e.relabelled(g, at, all[rng.IntN(len(all))])
				k := e.seen(&h, place, s)
				if old, ok := byText[least]; ok && old != k {
					t.Errorf("n = %d, %+v: %s has the keys %x and %x", n, s, least, old, k)
				}
				if old, ok := byKey[k]; ok && old != least {
					t.Errorf("n = %d, %+v: %x is the key of %s and %s", n, s, k, old, least)
				}
				byText[least], byKey[k] = k, least
			})
			if n == 4 && len(byKey) < 40 {
				t.Errorf("%+v: %d keys", s, len(byKey))
			}
		}
	}
}

// TestSightsShowNumbers: every number has one value in cases with one key, whatever
// their edges beside, the numbers of their vertices and, where it is not seen, the
// other candidate.
func TestSightsShowNumbers(t *testing.T) {
	ctx := context.Background()
	e := newEnumerator(4)
	c := &Campaign{config: Config{Vertices: 4}, enumerator: e}
	all := e.labellings[2][e.bit(1)]
	values, met := 0, 0
	for name := range hunt.Names() {
		if strings.HasSuffix(name, "2") {
			continue
		}
		s, err := hunt.NewStatement(name, "coconut", nil, name+"*0 <= 1", false)
		if err != nil {
			t.Fatal(err)
		}
		if s = small(t, s); s.NamesVertices() || s.SameProfile() {
			continue
		}
		decider, err := hunt.NewDecider(ctx, s, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		type known struct {
			value   *ball.Ball
			verdict string
		}
		byKey := map[string]known{}
		rng, of := rand.New(rand.NewPCG(8, 9)), 30
		if flow := name == "turns" || name == "peak" || name == "turntime"; flow { // a hundredth of a second each
			of = 300
		}
		everyCase(e, func(g *digraph, at place) {
			if !*long.Tests && rng.IntN(of) > 0 {
				return
			}
			h, place := e.relabelled(g, at, all[rng.IntN(len(all))])
			step, err := c.step(&h, place)
			if err != nil {
				t.Fatal(err)
			}
			for other := range 4 {
				if other == place.Target {
					continue
				}
				in := *step.Instance
				in.Other = other
				o := decider.Decide(in, place.Step)
				k := fmt.Sprint(e.seen(&h, place, s.Sight()))
				if s.Sight().Candidate {
					distance := in.Graph.Distances(in.Root)[other]
					k += fmt.Sprint(" ", distance >= 0, distance >= 0 && distance <= place.Step+1)
				}
				now := known{o.Judgement.Values[name], o.Verdict.String()}
				old, ok := byKey[k]
				if !ok {
					byKey[k] = now
					continue
				}
				met++
				if now.verdict != old.verdict || (now.value == nil) != (old.value == nil) || now.value != nil && !now.value.Overlaps(old.value) {
					t.Errorf("%s: %v and %v with one key, edges %v, %+v, other %d", name, old, now, e.edges(&h), place, other)
				}
				if now.value != nil {
					values++
				}
			}
		})
	}
	if met < 5000 || values < 1000 {
		t.Errorf("%d cases with the key of another, %d values", met, values)
	}
}

// TestLeanSeesEdges: the sign of lean is not the same for all steps with the same
// numbers of walks; taking them together called one of these cases proved.
func TestLeanSeesEdges(t *testing.T) {
	s, err := hunt.NewStatement("lean", "coconut", nil, "lean <= 0", false)
	if err != nil {
		t.Fatal(err)
	}
	r := run(t, Config{Vertices: 4, Statements: []*hunt.Statement{s}, Audit: 1}, 2)
	if r.Audit.Disagree != 0 || r.Audit.Cases != 1576 || r.Summary["proved"] != 360 || r.Summary["refuted"] != 1106 {
		t.Errorf("%v, %+v", r.Summary, r.Audit)
	}
}

// TestOtherCandidateCounts: with the other candidate in the premise, cases are told apart
// by whether one is out of reach; the counts are those of deciding each for itself.
func TestOtherCandidateCounts(t *testing.T) {
	s, err := hunt.NewStatement("other", "coconut", []string{"other == 0"}, "M <= 2*Mc", false)
	if err != nil {
		t.Fatal(err)
	}
	r := run(t, Config{Vertices: 4, Statements: []*hunt.Statement{s}, Audit: 1}, 2)
	if r.Audit.Disagree != 0 || r.Summary["proved"] != 77 || r.Summary["refuted"] != 251 || r.Summary["not-applicable"] != 1248 {
		t.Errorf("%v, %+v", r.Summary, r.Audit)
	}
}
