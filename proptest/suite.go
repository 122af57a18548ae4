// Package proptest compares, on random inputs, what the theory states, what
// the integrator computes, what the simulated transformer does and what the
// proofs conclude. It is the only room that sees all four.
//
// Properties run through gopter, behind a Suite that closes its traps: a name
// used twice, a suite without properties, combinators that lose the shrinker
// or the sieve, a seed taken from the clock, and runs that pass with fewer
// checks than were asked for.
package proptest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"runtime/debug"
	"strings"

	"github.com/leanovate/gopter"
	"github.com/leanovate/gopter/prop"
)

// A Property is a named statement about every value of a generator. ForAll
// makes one; the zero value is rejected by NewSuite.
type Property struct {
	name   string
	checks int
	bind   func(ctx context.Context, calls *int) gopter.Prop
	show   func(value any) (json.RawMessage, error)
}

// Name returns the name of the property.
func (p Property) Name() string { return p.name }

// ForAll returns the property that check returns nil for every value of g. It
// passes once so many values have passed and none has failed. A panic in check
// is a failure like an error, so its input is shrunk and shown as well.
func ForAll[T any](name string, checks int, g Generator[T], check func(ctx context.Context, value T) error) Property {
	return Property{
		name:   name,
		checks: checks,
		show: func(value any) (json.RawMessage, error) {
			v, ok := value.(T)
			if !ok {
				return nil, fmt.Errorf("a value of type %T, expected %T", value, v)
			}
			return g.show(v)
		},
		bind: func(ctx context.Context, calls *int) gopter.Prop {
			if err := g.validate(); err != nil {
				return prop.ErrorProp(err)
			}
			forAll := prop.ForAll(func(value T) *gopter.PropResult {
				*calls++
				if err := ctx.Err(); err != nil {
					return &gopter.PropResult{Status: gopter.PropError, Error: err}
				}
				if err := guarded(ctx, value, check); err != nil {
					if ctx.Err() != nil {
						return &gopter.PropResult{Status: gopter.PropError, Error: ctx.Err()}
					}
					return &gopter.PropResult{Status: gopter.PropFalse, Labels: []string{err.Error()}}
				}
				return &gopter.PropResult{Status: gopter.PropTrue}
			}, g.gopter())
			return func(parameters *gopter.GenParameters) *gopter.PropResult {
				if err := ctx.Err(); err != nil {
					return &gopter.PropResult{Status: gopter.PropError, Error: err}
				}
				return forAll(parameters)
			}
		},
	}
}

// guarded runs check and turns a panic into an error.
func guarded[T any](ctx context.Context, value T, check func(context.Context, T) error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v\n%s", r, debug.Stack())
		}
	}()
	return check(ctx, value)
}

// A Suite is a non-empty list of properties with different names. The zero
// value has no properties and does not run.
type Suite struct {
	name       string
	properties []Property
}

// NewSuite checks that there are properties, that no two share a name, and
// that each asks for at least one check.
func NewSuite(name string, properties ...Property) (*Suite, error) {
	if name == "" {
		return nil, errors.New("suite without a name")
	}
	if len(properties) == 0 {
		return nil, fmt.Errorf("suite %q has no properties", name)
	}
	seen := make(map[string]bool, len(properties))
	for _, p := range properties {
		switch {
		case p.name == "" || p.bind == nil:
			return nil, fmt.Errorf("suite %q: a property without a name or a statement", name)
		case seen[p.name]:
			return nil, fmt.Errorf("suite %q: two properties are named %q", name, p.name)
		case p.checks < 1:
			return nil, fmt.Errorf("suite %q: property %q asks for %d checks, expected at least 1", name, p.name, p.checks)
		}
		seen[p.name] = true
	}
	return &Suite{name, properties}, nil
}

// Name returns the name of the suite.
func (s *Suite) Name() string { return s.name }

// A Counterexample is an input on which a property fails.
type Counterexample struct {
	Reason   string          `json:"reason"`   // what the check found on Input
	Input    json.RawMessage `json:"input"`    // after shrinking
	Drawn    json.RawMessage `json:"drawn"`    // as it was drawn
	Shrinks  int             `json:"shrinks"`  // successful steps from Drawn to Input
	Position int             `json:"position"` // checks that passed before
}

// A Status says how a property ended. The zero value is Undecided.
type Status uint8

// The ways in which a property ends.
const (
	Undecided Status = iota // too many draws were discarded, or the check could not run
	Passed
	Failed
)

var statusNames = [...]string{"undecided", "passed", "failed"}

// String returns the word for reports.
func (s Status) String() string {
	if int(s) < len(statusNames) {
		return statusNames[s]
	}
	return fmt.Sprintf("status(%d)", uint8(s))
}

// MarshalText writes the word for reports.
func (s Status) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// An Outcome is the result of one property.
type Outcome struct {
	Property       string          `json:"property"`
	Status         Status          `json:"status"`
	Wanted         int             `json:"wanted"`    // checks asked for
	Passed         int             `json:"passed"`    // checks that passed
	Discarded      int             `json:"discarded"` // draws outside the premise
	Calls          int             `json:"calls"`     // evaluations of the check, those of shrinking included
	Reason         string          `json:"reason,omitempty"`
	Counterexample *Counterexample `json:"counterexample,omitempty"`
}

// A Report is the result of a suite.
type Report struct {
	Suite    string    `json:"suite"`
	Seed     int64     `json:"seed"`
	Outcomes []Outcome `json:"outcomes"`
}

// maxDiscardRatio is how many draws may be discarded for each that is checked.
const maxDiscardRatio = 4

// Run checks every property. What each one draws depends on the seed and its
// own name only, so a property can be replayed alone, and the report has the
// same bytes for the same seed. The error is that of the context; the report
// then holds the properties that were finished.
func (s *Suite) Run(ctx context.Context, seed int64) (*Report, error) {
	if len(s.properties) == 0 {
		return nil, errors.New("suite without properties, expected one made by NewSuite")
	}
	report := &Report{Suite: s.name, Seed: seed}
	for _, p := range s.properties {
		parameters := gopter.DefaultTestParametersWithSeed(seedOf(seed, p.name))
		parameters.MinSuccessfulTests = p.checks
		parameters.MaxDiscardRatio = maxDiscardRatio
		parameters.Workers = 1
		calls := 0
		result := p.bind(ctx, &calls).Check(parameters)
		if err := ctx.Err(); err != nil {
			return report, err
		}
		report.Outcomes = append(report.Outcomes, p.outcome(result, calls))
	}
	return report, nil
}

// seedOf mixes the seed of a run with the name of a property.
func seedOf(seed int64, name string) int64 {
	h := fnv.New64a()
	fmt.Fprintf(h, "%d\x00%s", seed, name)
	return int64(h.Sum64())
}

func (p Property) outcome(result *gopter.TestResult, calls int) Outcome {
	out := Outcome{Property: p.name, Wanted: p.checks, Passed: result.Succeeded, Discarded: result.Discarded, Calls: calls}
	switch result.Status {
	case gopter.TestPassed:
		out.Status = Passed
		if result.Succeeded < p.checks {
			out.Status, out.Reason = Undecided, "fewer checks passed than were asked for"
		}
	case gopter.TestFailed:
		out.Status, out.Reason = Failed, strings.Join(result.Labels, "; ")
		if len(result.Args) != 1 {
			return out
		}
		arg := result.Args[0]
		c := &Counterexample{Reason: out.Reason, Shrinks: arg.Shrinks, Position: result.Succeeded}
		for _, f := range []struct {
			to    *json.RawMessage
			value any
		}{{&c.Input, arg.Arg}, {&c.Drawn, arg.OrigArg}} {
			text, err := p.show(f.value)
			if err != nil {
				out.Reason += fmt.Sprintf("; the input cannot be shown: %v", err)
				return out
			}
			*f.to = text
		}
		out.Counterexample = c
	case gopter.TestExhausted:
		out.Reason = "too many draws lie outside the premise"
	default:
		out.Reason = fmt.Sprintf("%v: %v", result.Status, result.Error)
	}
	return out
}

// Passed reports whether there are outcomes and all properties passed.
func (r *Report) Passed() bool {
	for _, o := range r.Outcomes {
		if o.Status != Passed {
			return false
		}
	}
	return len(r.Outcomes) > 0
}

// WriteText writes the report for people, one line for each property that
// passed, and the input with the others.
func (r *Report) WriteText(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "suite %s, seed %d\n", r.Suite, r.Seed)
	for _, o := range r.Outcomes {
		fmt.Fprintf(&b, "  %-9s %s: %d of %d checks, %d draws discarded\n", o.Status, o.Property, o.Passed, o.Wanted, o.Discarded)
		if o.Status == Passed {
			continue
		}
		fmt.Fprintf(&b, "    reason: %s\n", o.Reason)
		if c := o.Counterexample; c != nil {
			fmt.Fprintf(&b, "    input after %d shrinking steps: %s\n    input as drawn: %s\n", c.Shrinks, c.Input, c.Drawn)
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// A TestingT is the part of *testing.T that Check needs.
type TestingT interface {
	Helper()
	Context() context.Context
	Name() string
	Logf(format string, args ...any)
	Errorf(format string, args ...any)
}

// Check runs properties as the suite of a test. It logs the checks and the
// discarded draws of each, and on failure the inputs and the line that
// replays them.
func Check(t TestingT, seed int64, properties ...Property) {
	t.Helper()
	suite, err := NewSuite(t.Name(), properties...)
	if err != nil {
		t.Errorf("%v", err)
		return
	}
	report, err := suite.Run(t.Context(), seed)
	if err != nil {
		t.Errorf("%v", err)
		return
	}
	var text strings.Builder
	if err := report.WriteText(&text); err != nil {
		t.Errorf("%v", err)
	}
	t.Logf("%s", text.String())
	if !report.Passed() {
		t.Errorf("replay with: go test -run '^%s$' . -seed %d", t.Name(), seed)
	}
}
