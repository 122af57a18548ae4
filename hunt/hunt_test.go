package hunt

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"testing"

	"muflow/graph"
	"muflow/theory"
)

// Every planted false statement is refuted with a proof, by a small witness
// that survives being written and read; and half of the witnesses have at most
// five vertices.
func TestPlantedStatementsAreRefuted(t *testing.T) {
	all, err := Library()
	if err != nil {
		t.Fatal(err)
	}
	var sizes []int
	planted, killed := 0, 0
	for _, s := range all {
		if !s.Planted {
			continue
		}
		planted++
		if testing.Short() && planted%3 != 0 {
			continue
		}
		o, err := Hunt(context.Background(), s, Options{Seed: 1})
		if err != nil {
			t.Fatalf("%s: %v", s.ID, err)
		}
		if o.Verdict != theory.Refuted || o.Witness == nil {
			t.Errorf("%s: %v after %d cases", s.ID, o.Verdict, o.Tried)
			continue
		}
		killed++
		sizes = append(sizes, o.Witness.order())
		text, err := EncodeWitness(o)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := graph.Decode(bytes.NewReader(text), "witness"); err != nil {
			t.Errorf("%s: the witness is not a file of instances: %v", s.ID, err)
		}
		again, c, err := DecodeWitness(text, "witness")
		if err != nil {
			t.Fatalf("%s: %v", s.ID, err)
		}
		if j := again.Judge(context.Background(), c); j.Verdict != theory.Refuted {
			t.Errorf("%s: the witness that was read gives %v (%s)", s.ID, j.Verdict, j.Reason)
		}
	}
	slices.Sort(sizes)
	if planted < 40 || !testing.Short() && killed != planted || len(sizes) == 0 || sizes[len(sizes)/2] > 5 {
		t.Errorf("%d of %d planted statements refuted, sizes %v", killed, planted, sizes)
	}
}

// No true statement is refuted, and the search does try it.
func TestTrueStatementsAreNotRefuted(t *testing.T) {
	all, err := Library()
	if err != nil {
		t.Fatal(err)
	}
	count := 0
	for _, s := range all {
		if s.Planted {
			continue
		}
		count++
		cases := 40
		if testing.Short() {
			cases = 21
		}
		o, err := Hunt(context.Background(), s, Options{Seed: 1, Cases: cases, Random: 40})
		if err != nil {
			t.Fatalf("%s: %v", s.ID, err)
		}
		if o.Witness != nil {
			text, _ := EncodeWitness(o)
			t.Errorf("%s refuted: %s", s.ID, text)
		}
		if o.Tried < 20 {
			t.Errorf("%s: its premise held in %d cases", s.ID, o.Tried)
		}
	}
	if count < 40 {
		t.Errorf("%d true statements", count)
	}
}

// The same seed finds the same witness.
func TestHuntIsDeterministic(t *testing.T) {
	s, ok := Lookup("T1b-ceiling~nine-tenths")
	if !ok {
		t.Fatal("no such statement")
	}
	var texts [2][]byte
	for i := range texts {
		o, err := Hunt(context.Background(), s, Options{Seed: 7})
		if err != nil {
			t.Fatal(err)
		}
		if texts[i], err = EncodeWitness(o); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(texts[0], texts[1]) {
		t.Errorf("%s\n%s", texts[0], texts[1])
	}
}

// Values of formulas by hand.
func TestFormulas(t *testing.T) {
	g, err := graph.New(3, [][2]int{{0, 1}})
	if err != nil {
		t.Fatal(err)
	}
	c := &Case{Instances: []graph.Instance{{Graph: g, Root: 0, Target: 1, Other: 2, Path: []int{0, 1}}}}
	checks := 0
	for text, want := range map[string]Truth{
		"1 + 2*3 == 7": True, "2^3/4 == 2": True, "-2 + 3 > 0": True, "min(2,1) < max(1,3/2)": True, "abs(-3) != 3": False,
		"sqrt(2)^2 == 2": Unknown, "exp(1) > 2.718281828459045": True, "log(1) == 0": Unknown, "logp(1/2) == 0": True,
		"n == 3": True, "K == 1": True, "dstar == dmax": True, "dmin == 0": True, "nout == 1": True, "start == 1": True,
		"other == 0": True, "M == 1": True, "moves == 0": True, "limit == plus": True, "F0 < 1": True, "Z0 > 2 + exp(1) - 1/1000000": True,
		"support == 1": True, "spread == 1": True, "fresh == 1": True, "1 - 2 - 3 == -4": True, "8/4/2 == 1": True,
	} {
		r, err := ParseRelation(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		got, _, err := r.decide(newWorld(context.Background(), c, theory.Coconut, 128, true), 128)
		if err != nil || got != want && !(want == Unknown && got == True) {
			t.Errorf("%s: %v, %v, want %v", text, got, err, want)
		}
		checks++
	}
	for _, text := range []string{"", "1", "1 <", "x < 1", "log < 1", "log(1,2) < 1", "(1 < 2", "1 < 2)", "2^-1 < 1", "2^1000 < 1", strings.Repeat("(", 300) + "1 < 2"} {
		if _, err := ParseRelation(text); err == nil {
			t.Errorf("%q was accepted", text)
		}
		checks++
	}
	if checks != 37 {
		t.Fatalf("%d checks", checks)
	}
}

// No text makes the parser or the evaluation panic.
func FuzzRelation(f *testing.F) {
	for _, s := range []string{"mustar <= logp(dstar*Wbelow)/(alpha*s)", "1^0 == 1", "a", "-(-(1)) < 2", "min(1,2) >= 0.5"} {
		f.Add(s)
	}
	g, err := graph.New(3, [][2]int{{0, 1}})
	if err != nil {
		f.Fatal(err)
	}
	c := &Case{Instances: []graph.Instance{{Graph: g, Root: 0, Target: 1, Other: 2, Path: []int{0, 1}}}}
	f.Fuzz(func(t *testing.T, text string) {
		r, err := ParseRelation(text)
		if err != nil {
			return
		}
		r.decide(newWorld(context.Background(), c, theory.Coconut, 64, false), 64)
	})
}

// Broken witnesses are refused in a line.
func TestBrokenWitnessesAreRefused(t *testing.T) {
	s, _ := Lookup("T1b~no-room")
	o, err := Hunt(context.Background(), s, Options{})
	if err != nil {
		t.Fatal(err)
	}
	text, err := EncodeWitness(o)
	if err != nil {
		t.Fatal(err)
	}
	refused := 0
	for _, change := range [][2]string{
		{`"statement":`, `"statment":`}, {`"step":0`, `"step":7`}, {`"step":0`, `"step":-1`}, {`"parameters":{}`, `"parameters":{"alpha":"0"}`},
		{`"parameters":{}`, `"parameters":3`}, {`limit == finite`, `limit finite`}, {`"vertices"`, `"vertice"`},
	} {
		broken := strings.Replace(string(text), change[0], change[1], 1)
		if broken == string(text) {
			t.Errorf("%s is not in the witness %s", change[0], text)
		}
		if _, _, err := DecodeWitness([]byte(broken), "x.json"); err == nil || strings.Contains(err.Error(), "\n") {
			t.Errorf("%v: %v", change, err)
		}
		refused++
	}
	if refused != 7 {
		t.Fatalf("%d refusals", refused)
	}
}
