package theory

import (
	"encoding/json"
	"math/big"
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
		{sample, `[` + sample + `]`, "not a profile: array, expected an object"},
		{`"k": 7`, `"k": 6`, "with in_set 1 sum to 7, expected k = 6"},
		{`"k": 7`, `"k": 0`, "k: 0, expected 1 to"},
		{`"target_degree": 1`, `"target_degree": 3`, "no class has degree 3"},
		{`"target_degree": 1`, `"target_degree": 0`, "target_degree: 0"},
		{`"in_set": 0, "degree": 1`, `"in_set": 2, "degree": 1`, "in_set: 2"},
		{`"degree": 2`, `"degree": -2`, "degree: -2"},
		{`"count": 9`, `"count": 0`, "count: 0"},
		{`"count": 9`, `"count": 9223372036854775807`, "counts sum to more"},
		{`"count": 9`, `"quantity": 9`, "expected in_set, degree and count"},
		{`]}`, `]} x`, "after the value"},
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
	for _, target := range []string{`"3/2"`, `"2"`, `"1/3"`, `"4/0"`, `"100001/100000"`, `null`} {
		f.Add([]byte(strings.Replace(sample, `"target_degree": 1`, `"target_degree": `+target, 1)))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		p, err := DecodeProfile(text)
		if err != nil {
			return
		}
		again, err := p.MarshalJSON()
		if err != nil {
			t.Fatal(err)
		}
		if q, err := DecodeProfile(again); err != nil || p.Key() != q.Key() {
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
		for _, s := range graph.StepsOf(instances, step) {
			p := ProfileOf(s)
			got[0]++
			if p.TargetDegree.Num == p.MaxDegree() {
				continue
			}
			got[1]++
			f, err := FullFamily(s, Coconut, one)
			if err != nil {
				t.Fatal(err)
			}
			x, err := f.Contrasts()
			if err != nil {
				t.Fatal(err)
			}
			d, err := Separate(Vectors(x))
			if err != nil {
				t.Fatal(err)
			}
			if d.Kind != Overlap {
				got[2]++
			}
		}
		if got != expected {
			t.Errorf("step %d: instances, d*<d_max, separated: %v, want %v", step, got, expected)
		}
	}
}
