package prove

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"os"
	"testing"

	"muflow/graph"
	"muflow/internal/long"
	"muflow/internal/runlog"
	"muflow/theory"
	"muflow/theory/cert"
)

// pythonReferences are the lines of theory/cert/testdata/certificates.txt, which the
// tests of package cert check, with what they say; without -long up to so many of
// a kind: with the same claim, label law, status, and a grid or none.
func pythonReferences(t *testing.T, most int) map[string]cert.Certificate {
	t.Helper()
	var text []byte
	for _, name := range []string{"certificates", "line"} {
		file, err := os.ReadFile("../theory/cert/testdata/" + name + ".txt")
		if err != nil {
			t.Fatal(err)
		}
		text = append(text, file...)
	}
	out, kinds := map[string]cert.Certificate{}, map[string]int{}
	for line := range bytes.Lines(text) {
		var c cert.Certificate
		if err := json.Unmarshal(line, &c); err != nil {
			t.Fatal(err)
		}
		label := ""
		if c.Graph != nil {
			label = c.Graph.Label
		} else if len(c.Graphs) > 0 {
			label = c.Graphs[0].Label
		}
		kind := fmt.Sprint(c.Claim, label, c.Status, c.Grid > 0, c.Profile != nil, c.Graph != nil)
		if kinds[kind]++; *long.Tests || kinds[kind] <= most {
			out[string(line)] = c
		}
	}
	return out
}

// TestCertificatesAreThoseOfPython: for the graphs of the checker's references
// this package writes the same certificates, byte for byte, as
// theory/cert/testdata/certificates.py (Python 3.11 with fractions, mpmath
// 1.3.0); those of overlap may differ in their vectors, which are not unique.
func TestCertificatesAreThoseOfPython(t *testing.T) {
	compared, least := map[string]int{}, 2
	if *long.Tests {
		least = 3
	}
	for line, want := range pythonReferences(t, least) {
		graphs := want.Graphs
		if want.Graph != nil {
			graphs = []cert.Graph{*want.Graph}
		}
		if len(graphs) == 0 || want.Profile != nil && want.Exact == nil {
			continue // the numbers of Theorem 1 are on several grids
		}
		var instances []graph.Instance
		laws := map[graph.Law]bool{}
		for _, g := range graphs {
			instances = append(instances, instanceOf(t, g))
			law, _ := graph.ParseLaw(g.Label)
			laws[law] = true
		}
		if len(laws) > 1 || want.Claim == attentionLimits.ID && !laws[graph.PathLaw] {
			continue // no data set has two laws, and softmax attention has one label here
		}
		unit := OnStep
		if want.Graph == nil {
			unit = OnPopulation
		} else if want.Logit != nil && want.Loss == "" {
			unit = OnThoughts
		}
		one := big.NewRat(1, 1)
		e := &Subject{Where: Where{Step: graphs[0].Step}, Input: &instances[0], Instances: instances, Alpha: one, Logit: want.Logit, Gain: one, Label: LabelOf(want), Digits: 20}
		if want.Alpha != nil {
			e.Alpha = want.Alpha
		}
		if want.Gain != nil {
			e.Gain = want.Gain
		}
		for _, c := range certified(want.Claim) {
			if c.Unit != unit {
				continue
			}
			have, err := c.certify(context.Background(), e)
			if err != nil {
				t.Fatalf("%v\n%s", err, line)
			}
			if have.Grid != want.Grid { // without numbers, or on another grid than the first
				if want.Grid > 0 {
					*have, err = c.filled(context.Background(), e)
					err = errors.Join(err, c.fill(context.Background(), e, have, want.Grid))
				} else {
					have, err = c.plain(context.Background(), e)
				}
			}
			have.Marks, have.Path = want.Marks, want.Path // which are not unique
			if c.ID == "overlap" {
				have.Direction, have.Multipliers = want.Direction, want.Multipliers
			}
			got, encoding := cert.Encode(*have)
			if err = errors.Join(err, encoding); err != nil || string(got) != line {
				t.Errorf("%v\n%s%s", err, got, line)
			}
			compared[c.ID]++
			compared[e.Label.String()]++
		}
	}
	for _, id := range []string{"T2", "T2-length", "T3-direction", "T3-answer", "T3-population", "T1a-walk", "T1a-walk-still", "T1b-walk", "T1b-walk-sign", "T1b-walk-diverges", "T1b-walk-still", "T1b-walk-rate", "T1a-walk-steps", "T1b-walk-steps", "T1b-walk-unstable", "T1b-walk-end-steps", "T1b-walk-logits", "T3-answer-sharp", "overlap", "population", "A6-softmax", "A6-pace", "A6-tie", "A6-rate", "A6-price", "A6-bfs", "A6-walk", "A6-population", "A6-overshoot", "T1a-window", "T1b-window", "A5-regenerated", "A8-regenerated", "shortest", "frontier"} {
		if compared[id] < least {
			t.Errorf("%d certificates of %s compared", compared[id], id)
		}
	}
}

// instanceOf returns an instance with a step of a certificate.
func instanceOf(t *testing.T, g cert.Graph) graph.Instance {
	t.Helper()
	d, err := graph.New(g.Vertices, g.Edges)
	if err != nil {
		t.Fatal(err)
	}
	in := graph.Instance{Graph: d, Root: g.Root, Path: make([]int, g.Step+2)}
	if g.Vertex != nil {
		in.Path[g.Step+1] = *g.Vertex
	}
	if g.Target != nil {
		in.Target = *g.Target
	}
	if g.Other != nil {
		in.Other = *g.Other
	}
	return in
}

// TestCertificatesWithoutNumbers: at gains and in-degrees where no number is
// within the checker's reach, every claim of Theorem 1 that integers decide has a
// certificate, and the sign of d* − F(0) by its gain where that matters.
func TestCertificatesWithoutNumbers(t *testing.T) {
	hub := func(degree int) *theory.Profile { // the root, so many vertices of N_1, one that all of them reach: R(1) = 1 + e
		return mustProfile(2*degree+3, degree+1, 1, [][3]int{{0, 0, degree}, {0, 1, 1}, {0, degree, 1}, {1, 0, 1}, {1, 1, degree}})
	}
	profiles := []*theory.Profile{hub(70), hub(5000), hub(100_000), mustProfile(19, 9, 2, [][3]int{{0, 0, 1}, {0, 2, 4}, {0, 3, 5}, {1, 0, 1}, {1, 2, 8}}), // R(1) = 2e − 3
		mustProfile(5004, 5001, 1, [][3]int{{0, 0, 1}, {0, 1, 1}, {0, 5000, 1}, {1, 0, 1}, {1, 1, 5000}})} // R(1) = e − 4998
	tiny := new(big.Rat).SetFrac(big.NewInt(1), new(big.Int).Exp(big.NewInt(10), big.NewInt(400), nil))
	checks := 0
	for i, p := range profiles {
		for _, alpha := range []*big.Rat{tiny, big.NewRat(1, 1000), big.NewRat(6, 5), big.NewRat(50, 1), big.NewRat(1000, 1), big.NewRat(1_000_000, 1)} {
			for _, c := range []*Claim{escape, lowerBound, upperBound, oneLimit, positivity, rateBound, ceilingBound} {
				out, err := c.plain(context.Background(), &Subject{Profile: p, Alpha: alpha, Digits: 20})
				least := []*big.Rat{{}, {}, {}, big.NewRat(122, 100), big.NewRat(603, 1)}[i] // 3·log(3/2) = 1.2164, √5001·log 4998 = 602.3
				above := alpha.Cmp(least) > 0
				if needed := c == positivity || c == ceilingBound; needed && !above {
					if err == nil {
						t.Errorf("%s at α = %s is certified although d* < F(0)", c.ID, alpha.RatString())
					}
				} else if err != nil || (out.Alpha != nil) != (needed && i >= 3) {
					t.Errorf("%s on profile %d at α = %s: %v", c.ID, i, alpha.FloatString(3), err)
				}
				checks++
			}
		}
	}
	if checks != 210 {
		t.Errorf("%d checks", checks)
	}
}

// TestScopesOfAFolder: a folder takes further claims and steps of its data set,
// and nothing else.
func TestScopesOfAFolder(t *testing.T) {
	instances, err := graph.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	instances = instances[:2]
	dir := t.TempDir()
	write := func(data string, s Scope) error {
		return WriteCertificates(context.Background(), dir, DataName{Name: data, SHA256: data}, s, instances, nil, 2, runlog.Progress(nil))
	}
	two := big.NewRat(2, 1)
	for _, test := range []struct {
		data string
		s    Scope
		ok   bool
	}{
		{"a", Scope{Claims: []string{"T1a", "T1b"}, Step: 1, Alpha: one}, true},
		{"a", Scope{Claims: []string{"T1a", "T1b"}, Step: 1, Alpha: one}, true},
		{"b", Scope{Claims: []string{"T2"}, Step: 1}, false},
		{"a", Scope{Claims: []string{"T1b"}, Step: 1, Alpha: two}, false},
		{"a", Scope{Claims: []string{"T1b"}, Step: -1, Alpha: two}, false},
		{"a", Scope{Claims: []string{"T1b"}, Step: 0, Alpha: two}, true},
		{"a", Scope{Claims: []string{"A6-softmax"}, Step: 1, Alpha: one, Gain: two}, true},
		{"a", Scope{Claims: []string{"A6-softmax"}, Step: 1, Alpha: one, Gain: one}, false},
		{"a", Scope{Claims: []string{"overlap", "population"}, Step: 1, Alpha: one}, true},
	} {
		if err := write(test.data, test.s); (err == nil) != test.ok {
			t.Errorf("%s %+v: %v", test.data, test.s, err)
		}
	}
	m, err := ReadCertificateFolder(dir)
	if err != nil || !m.Finished || len(m.Scopes) != 4 || m.Data.SHA256 != "a" {
		t.Errorf("%+v, %v", m, err)
	}
}

// TestStartNumbersAreThoseOfPython: the numbers of claims about any start and a
// trained carry-over are, on the grid of the references, those that
// theory/cert/testdata/certificates.py found with 400 digits, and a certificate of
// this package is accepted about the same profile.
func TestStartNumbersAreThoseOfPython(t *testing.T) {
	compared := map[string]int{}
	for line, want := range pythonReferences(t, 6) {
		c, known := ClaimByID(want.Claim)
		if !known || c.Number != AnyStart && c.Number != CarryTrained || want.Profile == nil {
			continue
		}
		p := &theory.Profile{N: want.Profile.N, K: want.Profile.K, TargetDegree: theory.Degree{Num: want.Profile.TargetDegree, Den: max(1, want.Profile.Labels)}}
		for _, x := range want.Profile.Classes {
			p.Classes = append(p.Classes, theory.Class{InSet: x.InSet == 1, Degree: x.Degree, Count: x.Count})
		}
		e := &Subject{Profile: p, Alpha: want.Alpha, Start: want.Start, Digits: 20}
		if want.Carry != nil {
			e.Carry = CarryOver{Ratio: want.Carry.Ratio, Weight: want.Carry.Weight}
		}
		if e.Alpha == nil {
			e.Alpha = big.NewRat(3, 2)
		}
		r, err := c.DecideOn(context.Background(), e)
		if err != nil || r.Verdict != theory.Proved || r.Certificate == nil {
			t.Errorf("%v, %v\n%s", r, err, line)
			continue
		}
		if compared[c.ID]++; want.Grid == 0 {
			plain, err := c.plain(context.Background(), e)
			if err != nil {
				t.Fatal(err)
			}
			plain.Graph = want.Graph
			if plain.Marks != nil && want.Marks != nil {
				plain.Marks = want.Marks // one of many lines beside the path
			}
			if got, err := cert.Encode(*plain); err != nil || string(got) != line {
				t.Errorf("%v\n%s%s", err, got, line)
			}
			continue
		}
		have, err := c.about(e)
		if err == nil {
			err = c.fill(context.Background(), e, &have, want.Grid)
		}
		if have.Numbers["variance"][0] != nil && want.Numbers["variance"][0].Cmp(have.Numbers["variance"][0]) < 0 {
			have.Numbers["variance"] = want.Numbers["variance"] // the best bound is found by the checker
		}
		have.Graph = want.Graph
		if got, encode := cert.Encode(have); err != nil || encode != nil || string(got) != line {
			t.Errorf("%v, %v\n%s%s", err, encode, got, line)
		}
	}
	for _, c := range Claims {
		if (c.Number == AnyStart || c.Number == CarryTrained) && compared[c.ID] < 5 {
			t.Errorf("%d certificates of %s compared", compared[c.ID], c.ID)
		}
	}
}

// TestPlacesShareNothing: the subjects of places, which are for several goroutines, do not
// have the walks of their instance in common.
func TestPlacesShareNothing(t *testing.T) {
	one := big.NewRat(1, 1)
	places, err := Scope{Claims: []string{"T1b-walk-logits"}, Step: -1, Alpha: one, Logit: one}.Places(context.Background(), builtin(t)[:5], 2)
	if err != nil || len(places) < 5 {
		t.Fatalf("%d places, %v", len(places), err)
	}
	for name, p := range places {
		if p.subject.hops != nil {
			t.Errorf("%s: it shares its walks", name)
		}
	}
}
