package proptest

import (
	"context"
	"flag"
	"fmt"
	"hash/fnv"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"muflow/internal/long"

	"github.com/leanovate/gopter"
)

var (
	seed  int64
	times = flag.Int("checks", 1, "multiply the checks of every property by so much")
)

func init() {
	flag.Func("seed", `seed of every property, "time" for a fresh one (default 0)`, func(text string) (err error) {
		if text == "time" {
			seed = time.Now().UnixNano()
			return nil
		}
		seed, err = strconv.ParseInt(text, 10, 64)
		return err
	})
}

// scaled returns a number of cases: all with -long, a quarter with -short, else half.
func scaled(cases int) int {
	switch {
	case *long.Tests:
		return cases
	case testing.Short():
		return max(cases/4, 1)
	}
	return max(cases/2, 1)
}

// tester is the part of *testing.T that a suite needs.
type tester interface {
	Helper()
	Name() string
	Context() context.Context
	Cleanup(func())
	Logf(format string, args ...any)
	Errorf(format string, args ...any)
}

// A suite runs the properties of a test, each from a seed of its own, and is
// the gopter.Reporter that judges them.
type suite struct {
	tester
	checks     int   // of each property
	seed       int64 // of the run
	folder     string
	properties []property
	ran        bool
}

// maxDiscardRatio is how many draws may be discarded for each that is checked.
const maxDiscardRatio = 4

// newSuite returns a suite that makes so many checks of each property: a
// quarter of them with -short, and a multiple with -checks.
func newSuite(t tester, checks int) *suite {
	s := &suite{tester: t, checks: scaled(checks) * *times, seed: seed, folder: "testdata/failing"}
	t.Cleanup(func() {
		if !s.ran {
			t.Errorf("a suite that did not run")
		}
	})
	return s
}

// forAll adds a property. A panic in the condition is a failure like an error,
// so its input is shrunk and shown as well.
func (s *suite) forAll(name string, condition any, gens ...gopter.Gen) {
	s.properties = append(s.properties, property{name, reflect.ValueOf(condition), gens})
}

// run tries the inputs that failed before, and then new ones.
func (s *suite) run() {
	s.Helper()
	s.ran = true
	if len(s.properties) == 0 || s.checks < 1 {
		s.Errorf("%d properties with %d checks each", len(s.properties), s.checks)
	}
	seen := map[string]bool{}
	for _, p := range s.properties {
		if seen[p.name] {
			s.Errorf("two properties are named %q", p.name)
			continue
		}
		seen[p.name] = true
		if err := p.retry(s.place(p.name)); err != nil {
			s.Errorf("%s: %v", p.name, err)
			continue
		}
		s.judged(p, s)
	}
}

// place returns the folder of the failing inputs of a property.
func (s *suite) place(name string) string {
	return filepath.Join(s.folder, strings.NewReplacer("/", "+", " ", "_").Replace(s.Name()+"+"+name))
}

// judged hands a property to gopter. What it draws depends on the seed, the
// test and its own name only.
func (s *suite) judged(p property, reporter gopter.Reporter) {
	h := fnv.New64a()
	fmt.Fprintf(h, "%d\x00%s\x00%s", s.seed, s.Name(), p.name)
	parameters := gopter.DefaultTestParametersWithSeed(int64(h.Sum64()))
	parameters.MinSuccessfulTests, parameters.MaxDiscardRatio = s.checks, maxDiscardRatio
	properties := gopter.NewProperties(parameters)
	properties.Property(p.name, p.prop())
	properties.Run(reporter)
}

// ReportTestResult fails the test unless all checks were made and passed, and
// keeps the input otherwise.
func (s *suite) ReportTestResult(name string, r *gopter.TestResult) {
	s.Helper()
	s.Logf("%s: %d of %d checks passed, %d draws discarded, seed %d", name, r.Succeeded, s.checks, r.Discarded, s.seed)
	reason := strings.Join(r.Labels, "; ")
	switch {
	case r.Status == gopter.TestPassed && r.Succeeded == s.checks:
		return
	case r.Status == gopter.TestFailed:
		reason += keep(s.place(name), failing{Property: s.Name() + ": " + name, Seed: s.seed, Reason: reason}, r.Args)
	case r.Status == gopter.TestExhausted:
		reason = "too many draws lie outside the premise"
	default:
		reason = fmt.Sprintf("%v: %v", r.Status, r.Error)
	}
	short := ""
	if testing.Short() {
		short = " -short"
	}
	s.Errorf("%s: %s\nreplay: go test ./proptest -run '^%s$' -seed %d -checks %d%s", name, reason, s.Name(), s.seed, *times, short)
}
