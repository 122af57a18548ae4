package prove

import (
	"bytes"
	"context"
	"encoding/json"
	"math/big"
	"os"
	"testing"

	"muflow/graph"
	"muflow/theory"
)

// TestFixedNamesOfReferences compares the growth of populations under fixed names with
// brute force in exact fractions by roots (testdata/fixednames.py; Python 3.11, mpmath
// 1.3.0 for signs).
func TestFixedNamesOfReferences(t *testing.T) {
	var references []struct {
		Instances   json.RawMessage
		Step        int
		Law, Status string
		Roots       []int64
		Terms       [][][]string // by term, vertex number and root
	}
	text, err := os.ReadFile("testdata/fixednames.json")
	if err == nil {
		err = json.Unmarshal(text, &references)
	}
	if err != nil {
		t.Fatal(err)
	}
	terms, mixed, checked := map[int]int{}, 0, 0
	for i, r := range references {
		instances, err := graph.Decode(bytes.NewReader(r.Instances), "fixednames.json")
		if err != nil {
			t.Fatalf("%d: %v", i, err)
		}
		law, err := graph.ParseLaw(r.Law)
		if err != nil {
			t.Fatal(err)
		}
		e := &Subject{Instances: instances, Label: law, Digits: 20}
		e.Where = Where{Instance: AllInstances, Step: r.Step}
		names, err := sharedNames(e.steps())
		if err != nil {
			t.Fatal(err)
		}
		g, err := theory.SharedGrowthOf(theory.Vectors(names.list), names.bounds)
		if err != nil {
			t.Fatalf("%d: %v", i, err)
		}
		if g.Limits.Kind.String() != r.Status || len(g.Levels) != len(r.Terms) {
			t.Fatalf("%d: %v with %d terms, want %s with %d", i, g.Limits.Kind, len(g.Levels), r.Status, len(r.Terms))
		}
		terms[len(g.Levels)]++
		if len(g.Squares) > 1 {
			mixed++
		}
		for m, level := range g.Levels {
			for u, entry := range r.Terms[m] {
				var want theory.SurdSum
				for k, text := range entry {
					q, ok := new(big.Rat).SetString(text)
					if !ok {
						t.Fatal(text)
					}
					want = want.Plus(theory.NewSurd(q, big.NewRat(1, r.Roots[k])))
				}
				if got := g.Entry(level.Direction, u); got.Cmp(want) != 0 {
					t.Errorf("%d: term %d at %d is %v, want %v", i, m+1, u, got, want)
				}
				checked++
			}
		}
		// A term that is moved, and one whose carriers are exchanged, are noticed.
		for m := range g.Levels {
			level := &g.Levels[m]
			level.Direction[0][0].Add(level.Direction[0][0], big.NewRat(1, 1<<40))
			if g.Check(theory.Vectors(names.list), names.bounds) == nil {
				t.Errorf("%d: term %d was moved", i, m+1)
			}
			level.Direction[0][0].Sub(level.Direction[0][0], big.NewRat(1, 1<<40))
			face := level.Face
			if level.Face = face[1:]; g.Check(theory.Vectors(names.list), names.bounds) == nil {
				t.Errorf("%d: a vector less on face %d", i, m+1)
			}
			level.Face = face
		}
		result, err := ownNamesGrowth.Decide(context.Background(), e)
		if err != nil || result.Verdict != theory.Proved {
			t.Errorf("%d: %v, %v", i, result.Verdict, err)
		}
	}
	if len(references) != 120 || mixed < 50 || terms[1] < 20 || terms[2] < 10 || terms[3] < 1 || checked < 400 {
		t.Errorf("%d populations, %d with several roots, by terms %v; %d entries", len(references), mixed, terms, checked)
	}
}
