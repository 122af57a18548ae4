package proptest

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/leanovate/gopter"
	"github.com/leanovate/gopter/gen"
	"github.com/leanovate/gopter/prop"

	"muflow/graph"
	"muflow/theory"
)

// recorder is a test that may fail without failing this one.
type recorder struct {
	*testing.T
	errors, logs []string
	cleanup      func()
}

func (r *recorder) Cleanup(f func()) { r.cleanup = f }
func (r *recorder) Errorf(format string, args ...any) {
	r.errors = append(r.errors, fmt.Sprintf(format, args...))
}
func (r *recorder) Logf(format string, args ...any) {
	r.logs = append(r.logs, fmt.Sprintf(format, args...))
}

// recorded returns a suite whose failures are recorded.
func recorded(t *testing.T, checks int) (*suite, *recorder) {
	r := &recorder{T: t}
	s := newSuite(r, 1)
	s.checks, s.folder = checks, t.TempDir()
	return s, r
}

func always(int) error { return nil }

func atMost(limit int) func(int) error {
	return func(x int) error {
		if x > limit {
			return fmt.Errorf("%d is large", x)
		}
		return nil
	}
}

// What gopter lets pass, and what the suite says of it.
func TestSuiteRejectsWhatWouldPassUnseen(t *testing.T) {
	ran := 0
	unseen := gopter.NewProperties(gopter.DefaultTestParametersWithSeed(1))
	unseen.Property("one", prop.ForAll(func(int) bool { ran++; return false }, gen.IntRange(0, 9)))
	unseen.Property("one", prop.ForAll(func(int) bool { return true }, gen.IntRange(0, 9)))
	if silent := new(result); !unseen.Run(silent) || ran > 0 || !gopter.NewProperties(nil).Run(silent) {
		t.Error("gopter was mended: a name used twice or no properties fail")
	}
	digit := gen.IntRange(0, 9)
	add := func(names ...string) func(*suite) {
		return func(s *suite) {
			for _, name := range names {
				s.forAll(name, always, digit)
			}
		}
	}
	with := func(condition any, gens ...gopter.Gen) func(*suite) {
		return func(s *suite) { s.forAll("one", condition, gens...) }
	}
	for _, c := range []struct {
		name   string
		checks int
		fill   func(*suite)
		want   string
	}{
		{"good", 5, add("one", "two"), ""},
		{"no properties", 5, add(), "0 properties"},
		{"one name twice", 5, add("one", "two", "one"), `two properties are named "one"`},
		{"no checks", 0, add("one"), "0 checks"},
		{"a weight takes the sieve", 5, with(always, gen.Weighted([]gen.WeightedGen{{Weight: 1, Gen: digit}})), "lost its sieve"},
		{"a frequency takes the sieve", 5, with(always, gen.Frequency(map[int]gopter.Gen{1: digit})), "lost its sieve"},
		{"Map takes the shrinker", 5, with(func(string) error { return nil }, digit.Map(func(x int) string { return fmt.Sprint(x) })), "lost its sieve or its shrinker"},
		{"Map takes the shrinker alone", 5, with(func(int64) error { return nil }, digit.Map(func(x int) int64 { return int64(x) }).SuchThat(func(int64) bool { return true })), "lost its sieve or its shrinker"},
		{"too few generators", 5, with(func(int, int) error { return nil }, digit), "Number of parameters"},
		{"another type", 5, with(func(string) error { return nil }, digit), "panic"},
		{"a draw outside the domain", 5, with(always, within(digit, func(int) []int { return nil }, atMost(-1))), "left its domain"},
	} {
		s, r := recorded(t, c.checks)
		c.fill(s)
		s.run()
		if text := strings.Join(r.errors, "\n"); (text == "") != (c.want == "") || !strings.Contains(text, c.want) {
			t.Errorf("%s: %q, expected %q", c.name, text, c.want)
		}
		if r.cleanup(); c.want == "" && len(r.errors) > 0 {
			t.Errorf("%s: %q", c.name, r.errors)
		}
	}
	s, r := recorded(t, 5)
	s.forAll("idle", always, digit)
	if r.cleanup(); len(r.errors) != 1 {
		t.Error("a suite that did not run passes")
	}
}

func TestJudgements(t *testing.T) {
	thousand := gen.IntRange(0, 1000)
	calls := 0
	for _, c := range []struct {
		name      string
		checks    int
		condition any
		gen       gopter.Gen
		errors    []string // parts of the one error, none if it passes
	}{
		{"false", 100, atMost(16), thousand, []string{"17 is large", "shrinking steps: 17\n"}},
		{"panics", 100, func(x int) error {
			if x >= 23 {
				panic("too much")
			}
			return nil
		}, thousand, []string{"panic: too much", "shrinking steps: 23\n"}},
		{"rare", 10, always, thousand.SuchThat(func(x int) bool { return x == 7 }), []string{"outside the premise"}},
		{"some", 50, func(int) error { calls++; return nil }, thousand.SuchThat(func(x int) bool { return x%2 == 0 }), nil},
	} {
		s, r := recorded(t, c.checks)
		s.forAll(c.name, c.condition, c.gen)
		s.run()
		if c.errors == nil && len(r.errors) > 0 || c.errors != nil && len(r.errors) != 1 {
			t.Errorf("%s: %q", c.name, r.errors)
			continue
		}
		for _, part := range c.errors {
			if !strings.Contains(r.errors[0], part) {
				t.Errorf("%s: %q, expected %q", c.name, r.errors[0], part)
			}
		}
		var passed, discarded int
		if _, err := fmt.Sscanf(strings.TrimPrefix(r.logs[0], c.name), ": %d of 50 checks passed, %d draws", &passed, &discarded); c.name == "some" && (err != nil || passed != 50 || discarded < 20 || calls != 50) {
			t.Errorf("half of the draws have the premise: %q, %d calls, %v", r.logs, calls, err)
		}
	}
}

// A suite reports with fewer checks than asked for as a failure, whatever
// gopter calls it.
func TestFewerChecksFail(t *testing.T) {
	s, r := recorded(t, 10)
	s.ReportTestResult("short", &gopter.TestResult{Status: gopter.TestPassed, Succeeded: 9})
	s.ReportTestResult("proved", &gopter.TestResult{Status: gopter.TestProved, Succeeded: 1})
	if len(r.errors) != 2 {
		t.Errorf("%q", r.errors)
	}
}

// An input on which a property fails is kept in a file that can be read, tried
// before anything is drawn, and deleted when the property holds on it.
func TestFailingInputsAreKeptUntilMended(t *testing.T) {
	folder, tried := t.TempDir(), []string{}
	limit := 2
	condition := func(s graph.Step, alpha *big.Rat) error {
		tried = append(tried, shown(s)+" "+alpha.RatString())
		if s.Instance.Graph.Order() > limit {
			return errors.New("large")
		}
		return nil
	}
	attempt := func(seed int64) []string {
		tried = nil
		s, r := recorded(t, 10)
		s.seed, s.folder = seed, folder
		s.forAll("small graphs", condition, steps(smallShape), gains(5))
		s.run()
		return r.errors
	}
	place := filepath.Join(folder, t.Name()+"+small_graphs")
	files := func() []string {
		files, err := filepath.Glob(filepath.Join(place, "*"))
		if err != nil {
			t.Fatal(err)
		}
		return files
	}
	first := attempt(42)
	if len(first) != 1 || !strings.Contains(first[0], "replay: go test ./proptest -run '^"+t.Name()+"$' -seed 42 -checks ") || len(files()) != 1 {
		t.Fatalf("%q, %q", first, files())
	}
	text, err := os.ReadFile(files()[0])
	if err != nil {
		t.Fatal(err)
	}
	var f failing
	if err := json.Unmarshal(text, &f); err != nil || f.Seed != 42 || f.Reason != "large" || len(f.Input) != 2 || string(f.Input[1]) != `"1"` || strings.Count(string(text), "\n") != 6 {
		t.Fatalf("%s, %v", text, err)
	}
	value, err := decode(f.Input[0], reflect.TypeFor[graph.Step]())
	if err != nil || !strings.Contains(first[0], string(f.Input[0])) {
		t.Fatalf("%s, %v, %q", f.Input[0], err, first)
	}
	if g := value.Interface().(graph.Step).Instance.Graph; g.Order() != 3 || g.Size() != 1 {
		t.Errorf("the input %s is not the smallest instance", f.Input[0])
	}
	smallest := shown(value.Interface()) + " 1"
	if again := attempt(7); len(again) != 1 || !strings.Contains(again[0], "still fails") || !slices.Equal(tried, []string{smallest}) || len(files()) != 1 {
		t.Errorf("%q, tried %q, kept %q", again, tried, files())
	}
	limit = 1000
	if mended := attempt(7); mended != nil || tried[0] != smallest || len(tried) != 11 || len(files()) != 0 {
		t.Errorf("%q, tried %d, kept %q", mended, len(tried), files())
	}
	for _, broken := range []string{`{"input": [` + string(f.Input[0]) + `, "1/6"]}`, `{"input": [` + string(f.Input[0]) + `]}`, string(text[:20])} {
		if err := os.WriteFile(filepath.Join(place, "broken.json"), []byte(broken), 0o666); err != nil {
			t.Fatal(err)
		}
		if failed := attempt(7); len(failed) != 1 || len(tried) != 0 || len(files()) != 1 {
			t.Errorf("%q, tried %d, kept %q", failed, len(tried), files())
		}
	}
}

// Every kind of argument comes back from JSON as it was.
func TestArgumentsComeBack(t *testing.T) {
	parameters := gopter.DefaultGenParameters().CloneWithSeed(5)
	compared := 0
	for _, g := range []gopter.Gen{steps(smallShape), labelledSteps(smallShape), answerCases(2), digraphs(1, 9), profiles(40, 5), attentions(), gains(9), logUniform(1e-3, 1e5), gen.IntRange(0, 9)} {
		for range 20 {
			value, _ := g(parameters.WithSize(50)).Retrieve()
			text, err := encode(value)
			if err != nil {
				t.Fatal(err)
			}
			back, err := decode(text, reflect.TypeOf(value))
			if err != nil {
				t.Fatalf("%s: %v", text, err)
			}
			again, err := encode(back.Interface())
			if p, ok := value.(*theory.Profile); ok && p.Key() != back.Interface().(*theory.Profile).Key() || err != nil || string(again) != string(text) {
				t.Errorf("%s became %s, %v", text, again, err)
			}
			compared++
		}
	}
	if _, err := decode([]byte("{"), reflect.TypeFor[graph.Step]()); err == nil || compared != 180 {
		t.Errorf("half an object was read; %d comparisons", compared)
	}
}

func TestSameSeedSameDraws(t *testing.T) {
	draws := func(seed int64, names ...string) (drawn []int) {
		s, r := recorded(t, 20)
		s.seed = seed
		for _, name := range names {
			s.forAll(name, func(x int) error { drawn = append(drawn, x); return nil }, gen.IntRange(0, 1<<30))
		}
		if s.run(); len(r.errors) > 0 {
			t.Errorf("%q", r.errors)
		}
		return drawn
	}
	first := draws(5, "a", "b")
	if !slices.Equal(first, draws(5, "a", "b")) {
		t.Error("the same seed drew other values")
	}
	if !slices.Equal(first[20:], draws(5, "b")) {
		t.Error("what a property draws depends on its neighbours")
	}
	if slices.Equal(first, draws(6, "a", "b")) || slices.Equal(first[:20], first[20:]) {
		t.Error("another seed or another name drew the same values")
	}
}

// Shrinking stays in the domain, also of what gen.Weighted draws and under a
// premise, and finds the smallest counterexample.
func TestShrinkingStaysInTheDomain(t *testing.T) {
	outside := 0
	limited := func(limit int, inside func(x int) bool) func(int) error {
		return func(x int) error {
			if !inside(x) {
				outside++
			}
			return atMost(limit)(x)
		}
	}
	two := func(x int) bool { return x >= 10 && x <= 20 || x >= 100 && x <= 200 }
	either := within(gen.Weighted([]gen.WeightedGen{{Weight: 1, Gen: gen.IntRange(10, 20)}, {Weight: 1, Gen: gen.IntRange(100, 200)}}),
		func(x int) []int { return []int{9, 10, 100, (10 + x) / 2, x - 1} }, func(x int) error {
			if !two(x) {
				return fmt.Errorf("%d", x)
			}
			return nil
		})
	if x := falsified(t, 60, limited(104, two), either); x == nil || x[0] != 105 {
		t.Errorf("%v, expected 105", x)
	}
	even := func(x int) bool { return two(x) && x%2 == 0 }
	if x := falsified(t, 60, limited(11, even), either.SuchThat(even)); x == nil || x[0] != 12 && x[0] != 100 {
		t.Errorf("%v, expected 12, or 100 from above", x)
	}
	pair := falsified(t, 60, func(x, y int) error {
		if x < 3 || y < 5 {
			outside++
		}
		return atMost(40)(x + y)
	}, gen.IntRange(3, 50), gen.IntRange(5, 60))
	if pair == nil || pair[0].(int)+pair[1].(int) != 41 || outside > 0 {
		t.Errorf("%v, expected a sum of 41; %d values outside the domain", pair, outside)
	}
}

// The ends of a range of gopter are not drawn; those of logUniform are, see
// TestRangesIncludeTheirEnds.
func TestFloatRangeOfGopterMissesItsEnds(t *testing.T) {
	parameters := gopter.DefaultGenParameters().CloneWithSeed(1)
	for range 10_000 {
		if x, _ := gen.Float64Range(0.25, 0.75)(parameters).Retrieve(); x == 0.25 || x == 0.75 {
			t.Fatal("gopter was mended")
		}
	}
}
