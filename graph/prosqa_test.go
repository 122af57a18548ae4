package graph

import (
	"math"
	"muflow/internal/long"
	"testing"
)

// marginal is one number of an instance that docs/theory.md section 10 lists:
// its mean over the 257 graphs of the validation file, and over how many of
// these it was taken.
type marginal struct {
	name string
	mean float64
	over float64
	of   func(in *Instance, distance []int) (value float64, applies bool)
}

// marginals were taken from the validation file by a Python program that
// shares no code with this package (CPython 3.11.7, breadth-first search and
// float64 sums).
var marginals = []marginal{
	{"vertices", 22.700, 257, func(in *Instance, _ []int) (float64, bool) { return float64(in.Graph.Order()), true }},
	{"edges", 36.276, 257, func(in *Instance, _ []int) (float64, bool) { return float64(in.Graph.Size()), true }},
	{"largest in-degree", 4.035, 257, func(in *Instance, _ []int) (float64, bool) {
		most := 0
		for v := range in.Graph.Order() {
			most = max(most, len(in.Graph.In(v)))
		}
		return float64(most), true
	}},
	{"hops", 3.518, 257, func(in *Instance, _ []int) (float64, bool) { return float64(in.Steps()), true }},
	{"frontier 1", 2.953, 257, frontier(1, 3)},
	{"frontier 2", 4.502, 257, frontier(2, 3)},
	{"frontier 3", 3.389, 257, frontier(3, 3)},
	{"frontier 4", 1.970, 133, frontier(4, 4)},
	{"d* >= 2 at c=1", 0.198, 257, degree(1, func(d int, _ float64, _ int) bool { return d >= 2 })},
	{"d* >= 2 at c=2", 0.245, 257, degree(2, func(d int, _ float64, _ int) bool { return d >= 2 })},
	{"d* >= 2 at c=3", 0.143, 133, degree(3, func(d int, _ float64, _ int) bool { return d >= 2 })},
	{"d* > F(0) at c=2", 0.829, 257, degree(2, func(d int, mean float64, _ int) bool { return float64(d) > mean })},
	{"d* > F(0) at c=3", 0.662, 133, degree(3, func(d int, mean float64, _ int) bool { return float64(d) > mean })},
	{"d* < d_max at c=1", 0.626, 257, degree(1, func(d int, _ float64, most int) bool { return d < most })},
	{"d* < d_max at c=2", 0.864, 257, degree(2, func(d int, _ float64, most int) bool { return d < most })},
	{"d* < d_max at c=3", 0.947, 133, degree(3, func(d int, _ float64, most int) bool { return d < most })},
	{"several shortest at 1", 0.327, 257, several(1)},
	{"several shortest at 2", 0.288, 257, several(2)},
	{"several shortest at 3", 0.074, 257, several(3)},
	{"in-degree of the other candidate", 2.070, 257, func(in *Instance, _ []int) (float64, bool) { return float64(len(in.Graph.In(in.Other))), true }},
}

func frontier(at, leastHops int) func(*Instance, []int) (float64, bool) {
	return func(in *Instance, distance []int) (float64, bool) {
		count := 0
		for _, d := range distance {
			if d == at {
				count++
			}
		}
		return float64(count), in.Steps() >= leastHops
	}
}

func degree(c int, holds func(target int, mean float64, most int) bool) func(*Instance, []int) (float64, bool) {
	return func(in *Instance, distance []int) (float64, bool) {
		if c >= in.Steps() {
			return 0, false
		}
		size, degrees := 0, make([]int, len(distance))
		for u, d := range distance {
			if d >= 0 && d <= c {
				size++
				for _, v := range in.Graph.Out(u) {
					degrees[v]++
				}
			}
		}
		sum, weights, most := 0.0, 0.0, 0
		for v, d := range distance {
			w := 1.0
			if d >= 0 && d <= c {
				w = math.Exp(1 / math.Sqrt(float64(size)))
			}
			sum, weights, most = sum+w*float64(degrees[v]), weights+w, max(most, degrees[v])
		}
		return indicator(holds(degrees[in.Path[c+1]], sum/weights, most)), true
	}
}

func several(at int) func(*Instance, []int) (float64, bool) {
	return func(in *Instance, distance []int) (float64, bool) {
		level := map[int]bool{in.Target: true}
		for k := in.Steps() - 1; k >= at; k-- {
			before := map[int]bool{}
			for v := range level {
				for _, u := range in.Graph.In(v) {
					if distance[u] == k {
						before[u] = true
					}
				}
			}
			level = before
		}
		return indicator(at < in.Steps() && len(level) > 1), true
	}
}

func indicator(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// outside lists the marginals of so many instances that are neither within a
// tenth of those of the validation file nor within three standard errors of
// the difference.
func outside(instances []Instance) (names []string) {
	for _, m := range marginals {
		var count, sum, squares float64
		for i := range instances {
			in := &instances[i]
			if x, applies := m.of(in, in.Graph.Distances(in.Root)); applies {
				count, sum, squares = count+1, sum+x, squares+x*x
			}
		}
		mean := sum / count
		deviation := math.Sqrt((squares/count - mean*mean) * (1/count + 1/m.over))
		if difference := math.Abs(mean - m.mean); count < 800 || difference > m.mean/10 && difference > 3*deviation {
			names = append(names, m.name)
		}
	}
	return names
}

func TestGenerateProsQAMeetsTheMarginals(t *testing.T) {
	seeds := []uint64{1, 2, 3}
	if !*long.Tests {
		seeds = seeds[:1]
	}
	for _, seed := range seeds {
		instances, err := Suite(seed, 2000, ProsQAShape, GenerateProsQA)
		if err != nil {
			t.Fatal(err)
		}
		if names := outside(instances); len(names) > 0 {
			t.Errorf("seed %d: outside are %v", seed, names)
		}
		for i := range instances {
			in := &instances[i]
			for _, e := range in.Graph.Edges() {
				if e[0] >= e[1] {
					t.Fatalf("instance %d has the edge %v", i, e)
				}
			}
			if in.Root > 1 || len(in.Graph.Out(in.Target)) > 0 || len(in.Graph.Out(in.Other)) > 0 {
				t.Fatalf("instance %d: root %d, candidates with successors", i, in.Root)
			}
		}
	}
	// The uniform generator, with its d* = 1, does not meet them.
	instances, err := Suite(1, 2000, ProsQAShape, Generate)
	if err != nil {
		t.Fatal(err)
	}
	if names := outside(instances); len(names) < 8 {
		t.Errorf("the uniform generator leaves only %v", names)
	}
}

func TestMarginalsAreThoseOfTheValidationFile(t *testing.T) {
	instances := validation(t)
	for _, m := range marginals {
		var count, sum float64
		for i := range instances {
			if x, applies := m.of(&instances[i], instances[i].Graph.Distances(instances[i].Root)); applies {
				count, sum = count+1, sum+x
			}
		}
		if count != m.over || math.Abs(sum/count-m.mean) > 0.0006 {
			t.Errorf("%s: %.4f over %v, want %v over %v", m.name, sum/count, count, m.mean, m.over)
		}
	}
}
