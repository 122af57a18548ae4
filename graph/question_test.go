package graph

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"
)

// A file with question, answer and steps alone holds the same graph but for the
// numbers of its vertices.
func TestQuestionAlone(t *testing.T) {
	suite, err := Suite(5, 40, ProsQAShape, GenerateProsQA)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	e := NewPublishedEncoder(&out, 3)
	for i := range suite {
		if err := e.Encode(&suite[i]); err != nil {
			t.Fatal(err)
		}
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	var objects []map[string]json.RawMessage
	if err := json.Unmarshal(out.Bytes(), &objects); err != nil {
		t.Fatal(err)
	}
	for i, o := range objects {
		var symbols []string
		if err := json.Unmarshal(o["idx_to_symbol"], &symbols); err != nil {
			t.Fatal(err)
		}
		var question string
		if err := json.Unmarshal(o["question"], &question); err != nil {
			t.Fatal(err)
		}
		bare := map[string]json.RawMessage{"question": o["question"], "answer": o["answer"], "steps": o["steps"]}
		text, err := json.Marshal(bare)
		if err != nil {
			t.Fatal(err)
		}
		read, err := Decode(bytes.NewReader(text), "bare")
		if err != nil {
			t.Fatalf("instance %d: %v", i, err)
		}
		// Numbers by first mention.
		var number []int
		seen := map[string]int{}
		for _, word := range strings.FieldsFunc(question, func(r rune) bool { return strings.ContainsRune(" .?", r) }) {
			for _, s := range symbols {
				if _, known := seen[s]; s == word && !known {
					seen[s] = len(seen)
				}
			}
		}
		for _, s := range symbols {
			number = append(number, seen[s])
		}
		in, got := &suite[i], &read[0]
		edges := map[[2]int]bool{}
		for _, e := range got.Graph.Edges() {
			edges[e] = true
		}
		for _, e := range in.Graph.Edges() {
			if !edges[[2]int{number[e[0]], number[e[1]]}] {
				t.Errorf("instance %d: edge %v is missing", i, e)
			}
		}
		if len(edges) != in.Graph.Size() || got.Root != number[in.Root] || got.Target != number[in.Target] || got.Other != number[in.Other] || len(got.Path) != len(in.Path) || got.Path[1] != number[in.Path[1]] {
			t.Errorf("instance %d: %+v", i, FormOf(got))
		}
	}
}

func TestQuestionRefuses(t *testing.T) {
	good := `{"question": "Tom is a terpus. Every terpus is a lempus. Bob is a scrompus. Is Tom a lempus or scrompus?", "answer": "Tom is a lempus.", "steps": ["Tom is a terpus.", "Every terpus is a lempus."]}`
	if in, err := Decode(strings.NewReader(good), "good"); err != nil || in[0].Graph.Order() != 5 || in[0].Target != 2 || in[0].Other != 4 {
		t.Fatal(err)
	}
	for _, change := range [][2]string{
		{"Is Tom a lempus or scrompus?", ""}, {"Is Tom", "Was Tom"}, {"Every terpus is a lempus. Bob", "Every terpus eats a lempus. Bob"},
		{`"Tom is a lempus."`, `"Bob is a lempus."`}, {`"Tom is a lempus."`, `"Tom is a terpus."`}, {`"Tom is a lempus."`, `7`}, {`"answer"`, `"reply"`},
		{"lempus or scrompus", "lempus or lempus"}, {`{"question"`, `{"edges": [], "question"`}, {"Bob is a scrompus. ", "Tom is a terpus. "},
	} {
		bad := strings.Replace(good, change[0], change[1], 1)
		_, err := Decode(strings.NewReader(bad), "bad")
		var input *InputError
		if bad == good || !errors.As(err, &input) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v", bad, err)
		}
	}
}

// networkx 1 writes the attributes of a graph as pairs.
func TestNodeLinkWithPairs(t *testing.T) {
	good := `{"directed": true, "nodes": [{"id": 0}, {"id": 1}, {"id": 2}], "links": [{"source": 0, "target": 1}], "graph": [["root", 0], ["target", 1], ["other", 2]]}`
	if in, err := Decode(strings.NewReader(good), "good"); err != nil || in[0].Target != 1 || in[0].Other != 2 {
		t.Fatal(err)
	}
	for _, change := range [][2]string{{`["target", 1]`, `["root", 1]`}, {`["target", 1]`, `3`}, {`["target", 1]`, `[1, 1]`}, {`["target", 1]`, `["target"]`}} {
		if _, err := Decode(strings.NewReader(strings.Replace(good, change[0], change[1], 1)), "bad"); err == nil {
			t.Errorf("%s is accepted", change[1])
		}
	}
}
