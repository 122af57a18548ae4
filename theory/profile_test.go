package theory

import (
	"encoding/json"
	"math/big"
	"math/rand/v2"
	"os"
	"reflect"
	"strings"
	"testing"

	"muflow/graph"
)

// published loads the published validation split, or skips visibly.
func published(t *testing.T) []graph.Instance {
	t.Helper()
	file := "../../shared/data/prosqa_valid.json.gz"
	if _, err := os.Stat(file); err != nil {
		t.Skip("the published validation split is not beside the project")
	}
	instances, err := graph.Load(file)
	if err != nil {
		t.Fatal(err)
	}
	return instances
}

const sample = `{"n": 18, "k": 7, "target_degree": 1, "classes": [{"in_set": 0, "degree": 0, "count": 9},
 {"in_set": 1, "degree": 0, "count": 1}, {"in_set": 1, "degree": 1, "count": 4}, {"in_set": 1, "degree": 2, "count": 2}, {"in_set": 0, "degree": 1, "count": 2}]}`

func TestDecodeProfile(t *testing.T) {
	p, err := DecodeProfile([]byte(sample))
	if err != nil {
		t.Fatal(err)
	}
	if p.N != 18 || p.K != 7 || p.MinDegree() != 0 || p.MaxDegree() != 2 || p.Outside() != 9 || len(p.Classes) != 5 {
		t.Errorf("%+v", p)
	}
	text, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	again, err := DecodeProfile(text)
	if err != nil || !reflect.DeepEqual(p, again) {
		t.Errorf("round trip: %v, %v", again, err)
	}
	for _, c := range []struct{ old, new, want string }{
		{`"n": 18`, `"n": 19`, "counts sum to 18, expected n = 19"},
		{`"n": 18`, `"n": 17`, "counts sum to more than n = 17"},
		{`"n": 18`, `"n": 1.5`, "n: number 1.5"},
		{`"n": 18,`, ``, "n: missing"},
		{`"n": 18`, `"n": NaN`, "broken JSON"},
		{`"k": 7`, `"k": 6`, "with in_set 1 sum to 7, expected k = 6"},
		{`"k": 7`, `"k": 0`, "k: 0, expected 1 to"},
		{`"target_degree": 1`, `"target_degree": 3`, "no class has degree 3"},
		{`"target_degree": 1`, `"target_degree": 0`, "target_degree: 0"},
		{`"in_set": 0, "degree": 1`, `"in_set": 2, "degree": 1`, "in_set: 2"},
		{`"degree": 2`, `"degree": -2`, "degree: -2"},
		{`"count": 9`, `"count": 0`, "count: 0"},
		{`"count": 9`, `"count": 9223372036854775807`, "counts sum to more"},
		{`"count": 9`, `"quantity": 9`, "expected in_set, degree and count"},
		{`]}`, `]} x`, "text after the profile"},
		{`]}`, `]`, "broken JSON"},
	} {
		if !strings.Contains(sample, c.old) {
			t.Fatalf("%q is not in the sample", c.old)
		}
		if p, err := DecodeProfile([]byte(strings.Replace(sample, c.old, c.new, 1))); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s → %s: %v, %v, expected %q", c.old, c.new, p, err, c.want)
		}
	}
}

func FuzzDecodeProfile(f *testing.F) {
	f.Add([]byte(sample))
	f.Add([]byte(`[]`))
	f.Fuzz(func(t *testing.T, text []byte) {
		p, err := DecodeProfile(text)
		if err != nil {
			return
		}
		if q, err := NewProfile(p.N, p.K, p.TargetDegree, p.Classes); err != nil || p.Key() != q.Key() {
			t.Fatalf("an accepted profile is refused: %v", err)
		}
	})
}

// TestPublishedCounts: the numbers of instances with d* < d_max (theory.md
// section 8) and, among them, of those whose contrasts (d_v, K·D_v − d_v) are
// separated in the plane (assumption A3).
func TestPublishedCounts(t *testing.T) {
	instances := published(t)
	one := big.NewRat(1, 1)
	want := map[int][3]int{0: {257, 0, 0}, 1: {257, 161, 117}, 2: {257, 222, 173}, 3: {133, 126, 107}}
	for step, expected := range want {
		var got [3]int
		for i := range instances {
			in := &instances[i]
			p, err := ProfileOf(in, step)
			if err == ErrNoStep {
				continue
			}
			if err != nil {
				t.Fatal(err)
			}
			got[0]++
			if p.TargetDegree == p.MaxDegree() {
				continue
			}
			got[1]++
			f, err := FullFamily(in.Graph, in.Reached(step), in.Path[step+1], Coconut, one)
			if err != nil {
				t.Fatal(err)
			}
			x, err := f.Contrasts()
			if err != nil {
				t.Fatal(err)
			}
			kind, _, err := SeparatePlane(x)
			if err != nil {
				t.Fatal(err)
			}
			if kind != Overlap {
				got[2]++
			}
		}
		if got != expected {
			t.Errorf("step %d: instances, d*<d_max, separated: %v, want %v", step, got, expected)
		}
	}
}

// TestSeparatePlaneAgainstDirections compares with a search over all θ that
// are orthogonal to, or the sum of, small vectors: on a small grid every
// separating cone contains an integer direction of small size.
func TestSeparatePlaneAgainstDirections(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 5))
	seen := map[Separation]int{}
	for range 3000 {
		var vectors [][]int
		for range 1 + rng.IntN(5) {
			x := []int{rng.IntN(7) - 3, rng.IntN(7) - 3}
			if x[0] != 0 || x[1] != 0 {
				vectors = append(vectors, x)
			}
		}
		if len(vectors) == 0 {
			continue
		}
		best := 0
		for a := -12; a <= 12; a++ {
			for b := -12; b <= 12; b++ {
				positive, negative := 0, 0
				for _, x := range vectors {
					switch d := a*x[0] + b*x[1]; {
					case d > 0:
						positive++
					case d < 0:
						negative++
					}
				}
				if negative == 0 {
					best = max(best, positive)
				}
			}
		}
		want := QuasiSeparation
		if best == 0 {
			want = Overlap
		} else if best == len(vectors) {
			want = FullSeparation
		}
		got, direction, err := SeparatePlane(vectors)
		if err != nil || got != want {
			t.Fatalf("%v: %v, %v, want %v", vectors, got, err, want)
		}
		if got != Overlap {
			positive := 0
			for _, x := range vectors {
				d := direction[0].Int64()*int64(x[0]) + direction[1].Int64()*int64(x[1])
				if d < 0 {
					t.Fatalf("%v: direction %v is negative on %v", vectors, direction, x)
				}
				if d > 0 {
					positive++
				}
			}
			if positive != best {
				t.Fatalf("%v: direction %v is positive on %d vectors, %d are possible", vectors, direction, positive, best)
			}
		}
		seen[got]++
	}
	for _, kind := range []Separation{Overlap, QuasiSeparation, FullSeparation} {
		if seen[kind] < 100 {
			t.Errorf("only %d cases of %v", seen[kind], kind)
		}
	}
	if kind, _, err := SeparatePlane([][]int{{2}, {-1}}); err != nil || kind != Overlap {
		t.Errorf("line: %v %v", kind, err)
	}
	if kind, _, err := SeparatePlane([][]int{{2}, {1}}); err != nil || kind != FullSeparation {
		t.Errorf("line: %v %v", kind, err)
	}
	if _, _, err := SeparatePlane([][]int{{0, 0}}); err == nil {
		t.Error("a zero vector was accepted")
	}
}
