package proptest

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"muflow/graph"
)

var seed = flag.Int64("seed", 0, "seed of every property suite")

// scaled returns the number of checks, a quarter of it with -short.
func scaled(checks int) int {
	if testing.Short() {
		return max(checks/4, 1)
	}
	return checks
}

func always[T any](context.Context, T) error { return nil }

// whole draws integers of an interval, uniformly, and shrinks them downwards.
func whole(low, high int) Generator[int] {
	return Generator[int]{
		Draw: func(rng *rand.Rand, _ int) int { return low + rng.IntN(high-low+1) },
		Shrink: func(x int) []int {
			if x == low {
				return []int{low - 1} // outside the domain
			}
			return []int{low - 1, low, (low + x) / 2, x - 1}
		},
		Valid: func(x int) error {
			if x < low || x > high {
				return fmt.Errorf("%d is outside %d to %d", x, low, high)
			}
			return nil
		},
	}
}

func run(t *testing.T, seed int64, properties ...Property) *Report {
	t.Helper()
	suite, err := NewSuite("test", properties...)
	if err != nil {
		t.Fatal(err)
	}
	report, err := suite.Run(context.Background(), seed)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

// recorder is a test that may fail without failing this one.
type recorder struct {
	*testing.T
	errors []string
	logs   []string
}

func (r *recorder) Errorf(format string, args ...any) {
	r.errors = append(r.errors, fmt.Sprintf(format, args...))
}
func (r *recorder) Logf(format string, args ...any) {
	r.logs = append(r.logs, fmt.Sprintf(format, args...))
}

func TestSuiteRejectsWhatWouldPassUnseen(t *testing.T) {
	good := ForAll("good", 5, whole(0, 9), always[int])
	cases := []struct {
		name       string
		properties []Property
		want       string
	}{
		{"no properties", nil, "has no properties"},
		{"one name twice", []Property{good, ForAll("other", 5, whole(0, 9), always[int]), good}, `two properties are named "good"`},
		{"no name", []Property{ForAll("", 5, whole(0, 9), always[int])}, "without a name"},
		{"zero property", []Property{{}}, "without a name or a statement"},
		{"no checks", []Property{ForAll("none", 0, whole(0, 9), always[int])}, "asks for 0 checks"},
	}
	for _, c := range cases {
		if s, err := NewSuite("test", c.properties...); s != nil || err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, expected %q", c.name, err, c.want)
		}
		r := &recorder{T: t}
		if Check(r, 0, c.properties...); len(r.errors) != 1 {
			t.Errorf("%s: Check reported %d errors, expected 1", c.name, len(r.errors))
		}
	}
	if _, err := NewSuite("", good); err == nil {
		t.Error("a suite without a name was accepted")
	}
	if report, err := new(Suite).Run(context.Background(), 0); err == nil || report != nil {
		t.Error("the zero suite ran")
	}
	if new(Report).Passed() {
		t.Error("a report without outcomes passes")
	}
	if r := run(t, 0, good); !r.Passed() || r.Outcomes[0].Passed != 5 {
		t.Errorf("the good property: %+v", r.Outcomes[0])
	}
}

func TestOutcomesOtherThanPassed(t *testing.T) {
	cancelled, cancel := context.WithCancel(context.Background())
	cancel()
	report := run(t, 1,
		ForAll("false", 100, whole(0, 1000), func(_ context.Context, x int) error {
			if x >= 17 {
				return fmt.Errorf("%d is large", x)
			}
			return nil
		}),
		ForAll("panics", 100, whole(0, 1000), func(_ context.Context, x int) error {
			if x >= 23 {
				panic("too much")
			}
			return nil
		}),
		ForAll("rare", 10, whole(0, 1000).Where(func(x int) bool { return x == 7 }), always[int]),
		ForAll("some", 50, whole(0, 1000).Where(func(x int) bool { return x%2 == 0 }), always[int]),
		ForAll("strays", 10, Generator[int]{Draw: func(*rand.Rand, int) int { return -1 }, Valid: whole(0, 1).Valid}, always[int]),
		ForAll("hollow", 10, Generator[int]{}, always[int]),
	)
	if report.Passed() {
		t.Error("the report passes")
	}
	want := []struct {
		status Status
		input  string
		reason string
	}{
		{Failed, "17", "17 is large"},
		{Failed, "23", "panic: too much"},
		{Undecided, "", "outside the premise"},
		{Passed, "", ""},
		{Undecided, "", "left its domain"},
		{Undecided, "", "without Draw or Valid"},
	}
	for i, w := range want {
		o := report.Outcomes[i]
		if o.Status != w.status || !strings.Contains(o.Reason, w.reason) {
			t.Errorf("%s: %v, %q, expected %v, %q", o.Property, o.Status, o.Reason, w.status, w.reason)
		}
		if (o.Counterexample != nil) != (w.input != "") {
			t.Errorf("%s: counterexample %v", o.Property, o.Counterexample)
		} else if c := o.Counterexample; c != nil && (string(c.Input) != w.input || c.Shrinks == 0 || string(c.Drawn) == w.input) {
			t.Errorf("%s: input %s (drawn %s) after %d steps, expected %s", o.Property, c.Input, c.Drawn, c.Shrinks, w.input)
		}
	}
	if o := report.Outcomes[3]; o.Passed != 50 || o.Discarded < 20 || o.Calls != 50 {
		t.Errorf("half of the draws have the premise: %+v", o)
	}
	suite, err := NewSuite("test", ForAll("idle", 5, whole(0, 9), always[int]))
	if err != nil {
		t.Fatal(err)
	}
	if r, err := suite.Run(cancelled, 0); !errors.Is(err, context.Canceled) || r.Passed() {
		t.Errorf("cancelled run: %v", err)
	}
}

func TestCheckShowsTheInputAndTheReplayLine(t *testing.T) {
	r := &recorder{T: t}
	Check(r, 42, ForAll("false", 10, Steps(graph.Shape{MinVertices: 6, MaxVertices: 12, MinHops: 1, MaxHops: 2}),
		func(context.Context, graph.Step) error { return errors.New("never") }))
	if len(r.errors) != 1 || !strings.Contains(r.errors[0], "-run '^"+t.Name()+"$' . -seed 42") {
		t.Errorf("errors: %q", r.errors)
	}
	log := strings.Join(r.logs, "\n")
	_, text, found := strings.Cut(log, "shrinking steps: ")
	text, _, _ = strings.Cut(text, "\n")
	var shown struct {
		Instance json.RawMessage
		Step     *int
	}
	if err := json.Unmarshal([]byte(text), &shown); !found || err != nil || shown.Step == nil {
		t.Fatalf("no input in the log %q: %v", log, err)
	}
	in, err := graph.Decode(strings.NewReader("["+string(shown.Instance)+"]"), "log")
	if err != nil || in[0].Graph.Order() != 3 || in[0].Graph.Size() != 1 {
		t.Errorf("the input %s is not the smallest instance: %v", text, err)
	}
}

func TestSameSeedSameReport(t *testing.T) {
	var drawn []int
	collect := func(_ context.Context, x int) error { drawn = append(drawn, x); return nil }
	property := func(name string) Property { return ForAll(name, 20, whole(0, 1<<30), collect) }
	draws := func(seed int64, names ...string) []int {
		drawn = nil
		var properties []Property
		for _, n := range names {
			properties = append(properties, property(n))
		}
		run(t, seed, properties...)
		return slices.Clone(drawn)
	}
	first := draws(5, "a", "b")
	if !reflect.DeepEqual(first, draws(5, "a", "b")) {
		t.Error("the same seed drew other values")
	}
	if alone := draws(5, "b"); !reflect.DeepEqual(first[20:], alone) {
		t.Error("what a property draws depends on its neighbours")
	}
	if reflect.DeepEqual(first, draws(6, "a", "b")) || reflect.DeepEqual(first[:20], first[20:]) {
		t.Error("another seed or another name drew the same values")
	}
}

// The combinators of the library lose the shrinker or the sieve. Ours do not:
// the smallest counterexample is found, and it lies in the domain.
func TestCombinatorsKeepShrinkerAndSieve(t *testing.T) {
	outside := 0
	inside := func(ok bool) {
		if !ok {
			outside++
		}
	}
	report := run(t, 3,
		ForAll("one of", 60, OneOf(whole(10, 20), whole(100, 200)), func(_ context.Context, x int) error {
			inside(x >= 10 && x <= 20 || x >= 100 && x <= 200)
			if x > 104 {
				return errors.New("large")
			}
			return nil
		}),
		ForAll("one of with premise", 60, OneOf(whole(0, 20).Where(func(x int) bool { return x%2 == 0 }), whole(100, 200)), func(_ context.Context, x int) error {
			inside(x <= 20 && x%2 == 0 || x >= 100)
			if x > 7 {
				return errors.New("large")
			}
			return nil
		}),
		ForAll("both", 60, Both(whole(3, 50), whole(5, 60)), func(_ context.Context, p Pair[int, int]) error {
			inside(p.First >= 3 && p.Second >= 5)
			if p.First+p.Second > 40 {
				return errors.New("large")
			}
			return nil
		}),
	)
	if outside > 0 {
		t.Errorf("%d values outside the domain", outside)
	}
	for i, want := range []string{"105", "100", ""} {
		c := report.Outcomes[i].Counterexample
		if c == nil {
			t.Fatalf("%s: no counterexample", report.Outcomes[i].Property)
		}
		if want != "" && string(c.Input) != want {
			t.Errorf("%s: %s, expected %s", report.Outcomes[i].Property, c.Input, want)
		}
	}
	var pair [2]int
	if err := json.Unmarshal(report.Outcomes[2].Counterexample.Input, &pair); err != nil || pair[0]+pair[1] != 41 {
		t.Errorf("both: %v, expected a sum of 41", pair)
	}
}
