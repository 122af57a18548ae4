// Package check decides what the theory files of package script claim.
//
//	report, err := check.Theory(ctx, theory, check.Options{})
//	for _, r := range report.Claims { … }
//
// Identities, conservation and reductions are decided by normal forms; what holds
// at all times by package alltime; closed forms are compared with proved flows at
// several times. A Proved or Refuted claim rests on exact arithmetic or on
// enclosures from end to end.
package check

import (
	"context"
	"fmt"
	"math/big"
	"slices"
	"strings"

	"muflow/internal/alltime"
	"muflow/internal/script"
	"muflow/ode"
	"muflow/ode/ball"
	"muflow/prove"
	"muflow/theory"
)

// Options choose what is checked and how well; the zero value works.
type Options struct {
	Claims []string // only these, all if empty
	Until  *big.Rat // the last time at which closed forms and observables are looked at, 4 if nil
	Digits int      // of those, 15 if 0

	Certify bool // write certificates of what is proved of one unknown
}

func (o Options) until() *big.Rat {
	if o.Until == nil {
		return big.NewRat(4, 1)
	}
	return o.Until
}

func (o Options) digits() int {
	if o.Digits == 0 {
		return 15
	}
	return o.Digits
}

// A Value is a number that a decision rests on.
type Value struct {
	Name   string       `json:"name"`
	Number prove.Number `json:"value"`
}

// A Result is what is known of one claim.
type Result struct {
	ID       string         `json:"id"`
	Kind     string         `json:"kind"` // the word of the statement, or oracle
	Line     int            `json:"line"`
	Verdict  theory.Verdict `json:"verdict"`
	Expected string         `json:"expected"`
	Reason   string         `json:"reason"`
	Values   []Value        `json:"values,omitempty"`

	Certificate []byte `json:"-"` // its text, nil if there is none
	File        string `json:"certificate,omitempty"`
}

// Fine reports whether the verdict is the expected one. What is expected of a claim
// is expected where its premise holds, and an oracle may be proved.
func (r *Result) Fine() bool {
	return r.Verdict.String() == r.Expected || r.Verdict == theory.NotApplicable || r.Kind == "oracle" && r.Verdict == theory.Proved
}

// Open reports whether a verdict that is not the expected one stays open.
func (r *Result) Open() bool {
	return !r.Fine() && (r.Verdict == theory.Undecided || r.Verdict == theory.Consistent)
}

// Count counts verdicts, and which of them are expected, open or unexpected.
func Count(results []Result, summary map[string]int) {
	for _, r := range results {
		summary[r.Verdict.String()]++
		switch {
		case r.Fine():
			summary["expected"]++
		case r.Open():
			summary["open"]++
		default:
			summary["unexpected"]++
		}
	}
}

// An Observation is an observable at one time.
type Observation struct {
	Name   string        `json:"name"`
	Time   string        `json:"t"`
	Number *prove.Number `json:"value,omitempty"`
	Reason string        `json:"reason,omitempty"` // why there is none
}

// A Report is what is known of one theory.
type Report struct {
	Claims       []Result      `json:"claims"`
	Observations []Observation `json:"observables"`
}

// Theory decides the claims of a theory, compares its closed forms and encloses
// its observables. The error is that of the context.
func Theory(ctx context.Context, th *script.Theory, o Options) (*Report, error) {
	report := &Report{Claims: []Result{}, Observations: []Observation{}}
	wanted := func(id string) bool {
		for _, name := range o.Claims {
			if name == id {
				return true
			}
		}
		return len(o.Claims) == 0
	}
	c := newChecker(th, o)
	for _, claim := range th.Claims {
		if !wanted(claim.ID) {
			continue
		}
		r := Result{ID: claim.ID, Kind: claim.Statement.Kind, Line: claim.Line, Expected: claim.Expect}
		c.decide(ctx, claim.Statement, &r)
		report.Claims = append(report.Claims, r)
		if err := ctx.Err(); err != nil {
			return report, err
		}
	}
	for _, oracle := range th.Oracles {
		if !wanted(oracle.Name) {
			continue
		}
		r := Result{ID: oracle.Name, Kind: "oracle", Line: oracle.Line, Expected: theory.Consistent.String()}
		c.compare(ctx, oracle, &r)
		report.Claims = append(report.Claims, r)
		if err := ctx.Err(); err != nil {
			return report, err
		}
	}
	if len(o.Claims) == 0 {
		report.Observations = append(report.Observations, c.observe(ctx)...)
	}
	return report, ctx.Err()
}

type checker struct {
	theory  *script.Theory
	options Options
	memory  *alltime.Memory
	premise []alltime.Relation // of the statement at work, in parameters and starts

	quantities map[*script.Statement]Result // what is known of claims of conservation, see kept
}

func newChecker(th *script.Theory, o Options) *checker {
	return &checker{theory: th, options: o, memory: alltime.NewMemory(), quantities: map[*script.Statement]Result{}}
}

// text writes an expression for a reason, without the rest of a long one.
func (c *checker) text(x *ode.Expr) string {
	text := []rune(script.Text(x, c.theory.Symbols))
	if len(text) > mostText {
		return string(text[:mostText]) + "…"
	}
	return string(text)
}

const mostText = 80

// undecided notes why there is no verdict.
func (r *Result) undecided(format string, args ...any) {
	r.Verdict, r.Reason = theory.Undecided, fmt.Sprintf(format, args...)
}

func (c *checker) decide(ctx context.Context, s *script.Statement, r *Result) {
	switch s.Kind {
	case script.Identity:
		c.identity(s, r)
	case script.Conserved:
		if len(c.premise) > 0 {
			c.conserved(s, r)
			break
		}
		known := c.conservedAnywhere(s)
		r.Verdict, r.Reason, r.Values = known.Verdict, known.Reason, known.Values
	case script.Reduces:
		c.reduces(s, r)
	case script.When:
		c.when(ctx, s, r)
	default:
		c.alltime(ctx, s, r)
	}
}

// when decides a premise, which is about constants, over all of their values, and
// then the statement, which may be false elsewhere.
func (c *checker) when(ctx context.Context, s *script.Statement, r *Result) {
	switch holds, open := c.holds(s); {
	case open != "":
		r.undecided("%s", open)
	case !holds:
		r.Verdict, r.Reason = theory.NotApplicable, "the premise does not hold"
	default:
		under := *c
		under.premise = append(slices.Clone(c.premise), s.Relations...)
		under.decide(ctx, s.Then, r)
	}
}

// holds reports whether a premise holds, or why that is open.
func (c *checker) holds(s *script.Statement) (holds bool, open string) {
	holds, box := s.Holds, c.constants()
	for _, rel := range s.Relations {
		surely, never, err := related(rel, box)
		switch {
		case err != nil:
			return false, fmt.Sprintf("the premise %s %v %s: %v", c.text(rel.Left), rel.Comparison, c.text(rel.Right), err)
		case never:
			holds = false
		case !surely && holds:
			return false, fmt.Sprintf("the premise %s %v %s is not the same for all values of its parameters", c.text(rel.Left), rel.Comparison, c.text(rel.Right))
		}
	}
	return holds, ""
}

// related reports whether a relation surely holds at all values of a box, and
// whether it holds at none.
func related(rel alltime.Relation, box []*ball.Ball) (surely, never bool, err error) {
	gap, err := ode.Evaluate(rel.Left.Sub(rel.Right), box, pointBits)
	if err != nil {
		return false, false, err
	}
	if zero, err := alltime.Vanishes(rel.Left.Sub(rel.Right)); zero && err == nil {
		gap.SetInt64(0) // exactly, which no enclosure shows
	}
	sign, known := gap.Sign()
	low, high := gap.Lower().Sign(), gap.Upper().Sign()
	switch rel.Comparison {
	case alltime.Less:
		return high < 0, low >= 0, nil
	case alltime.LessEqual:
		return high <= 0, low > 0, nil
	case alltime.Greater:
		return low > 0, high <= 0, nil
	case alltime.GreaterEqual:
		return low >= 0, high < 0, nil
	}
	return known && sign == 0, known && sign != 0, nil
}

// constantBox encloses an expression in parameters and starts over all of them.
func (c *checker) constantBox(x *ode.Expr) (*ball.Ball, error) {
	return ode.Evaluate(x, c.constants(), pointBits)
}

// constants encloses every parameter and start, in the places of the symbols.
func (c *checker) constants() []*ball.Ball {
	box := make([]*ball.Ball, len(c.theory.Symbols))
	for i, s := range c.theory.Symbols {
		box[i] = ball.New(pointBits)
		if s.Low != nil {
			box[i].Union(ball.New(pointBits).SetRat(s.Low), ball.New(pointBits).SetRat(s.High))
		}
	}
	return box
}

func (c *checker) names(states []int) string {
	var out []string
	for _, s := range states {
		out = append(out, c.theory.Symbols[c.theory.States[s].Symbol].Name)
	}
	return strings.Join(out, ", ")
}
