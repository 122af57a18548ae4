package learned

import (
	"encoding/json"
	"math/rand/v2"
	"os"
	"slices"
	"testing"

	"muflow/graph"
)

// The published layout is that of the tokens which were written when a model
// was trained (../shared/runs), and reading them gives the instance back.
func TestLayoutWritesTheTokensOfATraining(t *testing.T) {
	text, err := os.ReadFile("../../../shared/runs/oracle-8.json")
	if err != nil {
		t.Skip("without ../shared/runs/oracle-8.json")
	}
	var all []struct {
		Tokens []int32
		Bar    []int
		Steps  int
	}
	if err := json.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	for i, x := range all {
		in, w, err := ProsQA.Read(x.Tokens)
		if err != nil {
			t.Fatalf("graph %d: %v", i, err)
		}
		if in.Steps() != x.Steps || !slices.Equal(ProsQA.Prompt(nil, in, w), x.Tokens) {
			t.Errorf("graph %d: %d steps, want %d; or not the tokens", i, in.Steps(), x.Steps)
		}
		for j, at := range x.Bar {
			if ProsQA.EdgeAt(j)+2 != at {
				t.Errorf("graph %d: separator of edge %d at %d, want %d", i, j, ProsQA.EdgeAt(j)+2, at)
			}
		}
		// These graphs have the names of the published file.
		for _, e := range in.Graph.Edges() {
			if e[0] >= e[1] {
				t.Errorf("graph %d: edge %d→%d", i, e[0], e[1])
			}
		}
	}
	if len(all) != 8 {
		t.Errorf("%d graphs", len(all))
	}
}

// Whatever the layout and the names, a prompt reads back to an instance that is
// the same under its names.
func TestLayoutReadsBack(t *testing.T) {
	open := ProsQA
	open.Open = true
	bare := Format{Early: true}.layout(31)
	instances, err := graph.Suite(3, 20, graph.ProsQAShape, graph.GenerateProsQA)
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range []Layout{ProsQA, open, bare} {
		if err := l.Check(); err != nil {
			t.Fatal(err)
		}
		for _, names := range []Names{FileNames, FreshNames, OrderedNames} {
			for i := range instances {
				in := &instances[i]
				var w Writing
				if err := w.Draw(in, names, l.Vertices, rand.New(rand.NewPCG(1, uint64(i)))); err != nil {
					t.Fatal(err)
				}
				tokens := l.Prompt(nil, in, &w)
				if len(tokens)+2+len(l.Suffix(nil, in, &w)) != l.Length(in.Graph.Size(), 2) {
					t.Errorf("%d tokens, %d with two thoughts and the answer", len(tokens), l.Length(in.Graph.Size(), 2))
				}
				back, as, err := l.Read(tokens)
				if err != nil {
					t.Fatal(err)
				}
				if back.Root != w.Label[in.Root] || back.Target != w.Label[in.Target] || back.Other != w.Label[in.Other] || as.Swap != w.Swap || back.Steps() != in.Steps() {
					t.Fatalf("%v: read %+v of %+v", names, back, in)
				}
				for j, e := range back.Graph.Edges() {
					from := in.Graph.Edges()[w.Order[j]]
					if e != [2]int{w.Label[from[0]], w.Label[from[1]]} || names == OrderedNames && e[0] >= e[1] {
						t.Fatalf("%v: edge %v of %v", names, e, from)
					}
				}
				if names == OrderedNames && back.Root > 1 {
					t.Errorf("the root is %d, expected 0 or 1", back.Root)
				}
			}
		}
	}
}

// Ordered names are those of a published file whose names were drawn anew, up
// to those of vertices that no edge leads to.
func TestOrderedNamesAreThePublishedOnes(t *testing.T) {
	instances, err := graph.Suite(4, 50, graph.ProsQAShape, graph.GenerateProsQA)
	if err != nil {
		t.Fatal(err)
	}
	for i := range instances {
		in := &instances[i]
		edges := slices.Clone(in.Graph.Edges()) // as published: by the vertex they lead to
		slices.SortStableFunc(edges, func(a, b [2]int) int { return a[1] - b[1] })
		g, err := graph.New(in.Graph.Order(), edges)
		if err != nil {
			t.Fatal(err)
		}
		published := *in
		published.Graph = g
		label := rand.New(rand.NewPCG(2, uint64(i))).Perm(in.Graph.Order())
		drawn, err := published.Relabel(label)
		if err != nil {
			t.Fatal(err)
		}
		var w Writing
		if err := w.Keep(drawn, OrderedNames, 31); err != nil {
			t.Fatal(err)
		}
		heads := func(of func(v int) int) []int { // vertices that edges lead to, by name
			var out []int
			for v := range in.Graph.Order() {
				if len(in.Graph.In(v)) > 0 {
					out = append(out, v)
				}
			}
			slices.SortFunc(out, func(u, v int) int { return of(u) - of(v) })
			return out
		}
		if !slices.Equal(heads(func(v int) int { return v }), heads(func(v int) int { return w.Label[label[v]] })) {
			t.Errorf("graph %d: named in another order", i)
		}
	}
	cycle, err := graph.New(4, [][2]int{{0, 1}, {1, 2}, {2, 0}, {3, 1}})
	if err != nil {
		t.Fatal(err)
	}
	if err := new(Writing).Keep(&graph.Instance{Graph: cycle, Root: 0, Target: 2, Other: 3, Path: []int{0, 1, 2}}, OrderedNames, 31); err == nil {
		t.Error("ordered names for a cycle")
	}
	if err := new(Writing).Keep(&instances[0], FileNames, 4); err == nil {
		t.Error("more vertices than tokens")
	}
}

func FuzzLayoutRead(f *testing.F) {
	instances, err := graph.Suite(4, 1, graph.ProsQAShape, graph.GenerateProsQA)
	if err != nil {
		f.Fatal(err)
	}
	var w Writing
	if err := w.Keep(&instances[0], FileNames, 31); err != nil {
		f.Fatal(err)
	}
	var seed []byte
	for _, token := range ProsQA.Prompt(nil, &instances[0], &w) {
		seed = append(seed, byte(token))
	}
	f.Add(seed)
	f.Fuzz(func(t *testing.T, text []byte) {
		tokens := make([]int32, len(text))
		for i, b := range text {
			tokens[i] = int32(int8(b))
		}
		in, w, err := ProsQA.Read(tokens)
		if err == nil && !slices.Equal(ProsQA.Prompt(nil, in, w), tokens) {
			t.Errorf("%v was read and is not written", tokens)
		}
	})
}
