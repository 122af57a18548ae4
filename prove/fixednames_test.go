package prove

import (
	"bytes"
	"context"
	"encoding/json"
	"math/big"
	"os"
	"strconv"
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

// TestNamesOfOne: the population of one instance says of every logit what the instance
// alone says, and of every population what the odds prove by themselves agrees with
// where the terms go.
func TestNamesOfOne(t *testing.T) {
	var references []struct {
		Instances json.RawMessage
		Step      int
		Law       string
	}
	text, err := os.ReadFile("testdata/fixednames.json")
	if err == nil {
		err = json.Unmarshal(text, &references)
	}
	if err != nil {
		t.Fatal(err)
	}
	seen, later := map[theory.Drift]int{}, 0
	check := func(instances []graph.Instance, step int, law graph.Law) *VertexOverlaps {
		got, err := VertexOverlapsOf(t.Context(), instances, step, law, 1, nil)
		if err != nil {
			t.Fatal(err)
		}
		e := &Subject{Instances: instances, Label: law, Digits: 20}
		e.Where = Where{Instance: AllInstances, Step: step}
		names, err := sharedNames(e.steps())
		if err != nil {
			t.Fatal(err)
		}
		vectors := theory.Vectors(names.list)
		growth, err := theory.SharedGrowthOf(vectors, names.bounds)
		if err != nil {
			t.Fatal(err)
		}
		odds, err := growth.Limits.Coordinates(vectors)
		if err != nil {
			t.Fatal(err)
		}
		for u, d := range got.Drifts {
			switch way := growth.Drift(u); odds[u] {
			case theory.Open:
				later++
			case theory.Still, theory.Settles:
				if way != theory.Bounded || d != odds[u] {
					t.Errorf("logit %d is %v to the odds, %v by the terms, told as %v", u, odds[u], way, d)
				}
			default:
				if way != odds[u] || d != way {
					t.Errorf("logit %d is %v to the odds, %v by the terms, told as %v", u, odds[u], way, d)
				}
			}
			seen[d]++
		}
		return got
	}
	for i, r := range references {
		instances, err := graph.Decode(bytes.NewReader(r.Instances), "fixednames.json")
		if err != nil {
			t.Fatal(err)
		}
		law, err := graph.ParseLaw(r.Law)
		if err != nil {
			t.Fatal(err)
		}
		check(instances, r.Step, law)
		for k := range law.StepsOf(instances, r.Step) {
			got := check(instances[k:k+1], r.Step, law)
			for u, d := range got.Drifts {
				alone := theory.Bounded
				for _, term := range got.Decisions[0].Terms {
					if text := term[strconv.Itoa(u)]; text != "" {
						if alone = theory.Rises; text[0] == '-' {
							alone = theory.Falls
						}
						break
					}
				}
				if d != alone && (alone != theory.Bounded || d != theory.Settles && d != theory.Still) {
					t.Errorf("%d: logit %d of instance %d is %v for the population of one, %v alone", i, u, k, d, alone)
				}
			}
		}
	}
	if t.Logf("%v, %d that the odds leave open", seen, later); seen[theory.Open] > 0 || seen[theory.Rises] < 100 || seen[theory.Falls] < 100 || later < 50 {
		t.Errorf("%v, %d that the odds leave open", seen, later)
	}
}
