package graph

import (
	"bytes"
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// What is written in the published form is read back as the same instances, has
// the keys of the published file in their order, names as they are there, and
// the same bytes for the same seed only.
func TestPublishedEncoder(t *testing.T) {
	suite, err := Suite(11, 60, ProsQAShape, GenerateProsQA)
	if err != nil {
		t.Fatal(err)
	}
	large, err := Suite(3, 2, Shape{MinVertices: 900, MaxVertices: 900, MinHops: 5, MaxHops: 5}, Generate)
	if err != nil {
		t.Fatal(err)
	}
	suite = append(suite, large...)
	write := func(seed uint64) string {
		var out bytes.Buffer
		e := NewPublishedEncoder(&out, seed)
		for i := range suite {
			if err := e.Encode(&suite[i]); err != nil {
				t.Fatal(err)
			}
		}
		if err := e.Close(); err != nil {
			t.Fatal(err)
		}
		return out.String()
	}
	text := write(1)
	if write(1) != text || write(2) == text {
		t.Error("the bytes do not depend on the seed, or on more")
	}
	again, err := Decode(strings.NewReader(text), "again")
	if err != nil || len(again) != len(suite) {
		t.Fatal(err)
	}
	var forms []publishedForm
	if err := json.Unmarshal([]byte(text), &forms); err != nil {
		t.Fatal(err)
	}
	first := 0 // how often the target is the first candidate
	for i := range suite {
		f, in := forms[i], &suite[i]
		if !reflect.DeepEqual(FormOf(&again[i]), FormOf(in)) {
			t.Errorf("instance %d: %+v", i, FormOf(&again[i]))
		}
		seen := map[string]bool{}
		for v, name := range f.Symbols {
			person := len(in.Graph.In(v)) == 0
			known := publishedKinds
			if person {
				known = publishedPersons
			}
			if seen[name] || i < 60 && !slices.Contains(known, name) || (name[0] <= 'Z') != person {
				t.Errorf("instance %d: vertex %d is %s", i, v, name)
			}
			seen[name] = true
		}
		if strings.Count(f.Question, " is a ") != in.Graph.Size() || strings.Contains(f.Question, "a "+f.Symbols[in.Target]+" or ") == strings.Contains(f.Question, " or "+f.Symbols[in.Target]+"?") {
			t.Errorf("instance %d: %s", i, f.Question)
		}
		if strings.Contains(f.Question, "a "+f.Symbols[in.Target]+" or ") {
			first++
		}
		// A vertex is in neighbor_k where it lies on a shortest path.
		from, to := in.Graph.Distances(in.Root), reversed(t, in.Graph).Distances(in.Target)
		for v := range in.Graph.Order() {
			on := from[v] >= 0 && to[v] >= 0 && from[v]+to[v] == from[in.Target]
			listed := on && slices.Contains(f.Levels[string(rune('0'+from[v]))], v)
			if on != listed {
				t.Errorf("instance %d: vertex %d", i, v)
			}
		}
	}
	if first < 15 || first > 47 {
		t.Errorf("the target is the first candidate of %d of %d", first, len(suite))
	}
	keys := []string{"question", "answer", "steps", "idx_to_symbol", "edges", "root", "target", "neg_target", "neighbor_k"}
	last := 0
	for _, key := range keys {
		at := strings.Index(text, `"`+key+`":`)
		if at < last {
			t.Errorf("key %s at %d", key, at)
		}
		last = at
	}
}

func reversed(t *testing.T, g *Digraph) *Digraph {
	t.Helper()
	var edges [][2]int
	for _, e := range g.Edges() {
		edges = append(edges, [2]int{e[1], e[0]})
	}
	out, err := New(g.Order(), edges)
	if err != nil {
		t.Fatal(err)
	}
	return out
}
