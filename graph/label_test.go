package graph

import (
	"errors"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"
)

// walksFrom calls visit with every walk of so many edges from u.
func walksFrom(g *Digraph, walk []int, edges int, visit func([]int)) {
	if edges == 0 {
		visit(walk)
		return
	}
	for _, e := range g.Edges() {
		if e[0] == walk[len(walk)-1] {
			walksFrom(g, append(walk, e[1]), edges-1, visit)
		}
	}
}

// shortestByWalks is the oracle for ShortestLaw: place c+1 of all walks from
// root to target of the least length that has one.
func shortestByWalks(in *Instance, c int) (labels []int) {
	for length := 1; ; length++ {
		found := false
		walksFrom(in.Graph, []int{in.Root}, length, func(walk []int) {
			if walk[length] == in.Target {
				if found = true; c+1 <= length && !slices.Contains(labels, walk[c+1]) {
					labels = append(labels, walk[c+1])
				}
			}
		})
		if found {
			slices.Sort(labels)
			return labels
		}
	}
}

func TestLawsAgreeWithWalks(t *testing.T) {
	rng := rand.New(rand.NewPCG(14, 2))
	several, none, detours := [3]int{}, [3]int{}, 0
	for drawn := 0; drawn < 800; {
		n := 3 + rng.IntN(6)
		g := randomDigraph(t, rng, n)
		path := []int{rng.IntN(n)} // a walk that need not be shortest
		for len(path) < 5 && len(g.Out(path[len(path)-1])) > 0 {
			next := g.Out(path[len(path)-1])
			path = append(path, next[rng.IntN(len(next))])
		}
		in := &Instance{Graph: g, Root: path[0], Target: path[len(path)-1], Path: path}
		if len(path) < 2 || in.Target == in.Root {
			continue
		}
		drawn++
		for c := range in.Steps() {
			before, after := reachedByPowers(g, in.Root, c), reachedByPowers(g, in.Root, c+1)
			var frontier []int
			for v := range n {
				if after[v] && !before[v] {
					frontier = append(frontier, v)
				}
			}
			for law, want := range map[Law][]int{PathLaw: {path[c+1]}, ShortestLaw: shortestByWalks(in, c), FrontierLaw: frontier} {
				s, err := law.Step(in, c)
				if len(want) == 0 {
					if none[law]++; !errors.Is(err, ErrNoLabel) {
						t.Fatalf("%v, step %d of %v: %v", law, c, FormOf(in), err)
					}
					continue
				}
				if err != nil || !slices.Equal(s.Labels(), want) || s.Law() != law || s.Target() != path[c+1] {
					t.Fatalf("%v, step %d of %v: labels %v, want %v: %v", law, c, FormOf(in), s.Labels(), want, err)
				}
				if len(want) > 1 {
					several[law]++
				}
			}
			if len(shortestByWalks(in, c)) == 0 && len(frontier) > 0 {
				detours++
			}
		}
		for _, law := range Laws {
			if _, err := law.Step(in, in.Steps()); !errors.Is(err, ErrNoStep) {
				t.Fatalf("%v, step beyond the path: %v", law, err)
			}
		}
	}
	if several[PathLaw] != 0 || several[ShortestLaw] < 50 || several[FrontierLaw] < 100 || none[PathLaw] != 0 || none[ShortestLaw] < 50 || none[FrontierLaw] < 50 || detours < 10 {
		t.Errorf("several %v, none %v, detours %d: too few for a test", several, none, detours)
	}
}

// TestShortestLawIsThePublishedField compares the labels with the field of the
// published file from which the published code draws them. How many steps have
// several is a count of Python 3.13 with two searches of its own.
func TestShortestLawIsThePublishedField(t *testing.T) {
	instances, levels := validation(t), publishedLevels(t)
	steps, several := [4]int{}, [4]int{}
	for i, s := range ShortestLaw.StepsOf(instances, -1) {
		level := levels[i][strconv.Itoa(s.C+1)]
		if !slices.Equal(level, s.Labels()) || !slices.Contains(level, s.Target()) {
			t.Errorf("instance %d, step %d: labels %v, published %v", i, s.C, s.Labels(), level)
		}
		if steps[s.C]++; len(level) > 1 {
			several[s.C]++
		}
	}
	if steps != [4]int{257, 257, 257, 133} || several != [4]int{84, 74, 19, 0} {
		t.Errorf("%v steps, %v with several labels", steps, several)
	}
}

func TestLawNames(t *testing.T) {
	for _, l := range Laws {
		if got, err := ParseLaw(l.String()); err != nil || got != l {
			t.Errorf("%v: %v, %v", l, got, err)
		}
	}
	for _, name := range []string{"", "Path", "shortest ", "law(3)", "neighbor_k"} {
		if _, err := ParseLaw(name); err == nil {
			t.Errorf("%q is read", name)
		}
	}
}
