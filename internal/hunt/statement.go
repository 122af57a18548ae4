// Package hunt searches for violations of statements about the reduced theory:
// given a premise and an inequality as data, it looks through small digraphs,
// random ones, and by local search on the margin, shrinks what it finds to a
// case that a person can check by hand, and proves the violation with integers
// or enclosures. It finds nothing about a true statement.
package hunt

import (
	"context"
	_ "embed"
	"errors"
	"fmt"

	"muflow/internal/strict"
	"muflow/ode/ball"
	"muflow/theory"
)

// A Statement is a claim as data: wherever every premise holds, the conclusion
// holds. Formulas speak of the numbers in Names.
type Statement struct {
	ID         string   `json:"id"`
	Base       string   `json:"base"`   // the claim it comes from
	Change     string   `json:"change"` // what was changed, in words
	Loss       string   `json:"loss,omitempty"`
	Premise    []string `json:"premise"`
	Conclusion string   `json:"conclusion"`
	Pair       bool     `json:"pair,omitempty"` // about two instances
	Planted    bool     `json:"planted"`        // false on purpose

	premise    []*Relation
	conclusion *Relation
	loss       theory.Loss
	used       map[string]bool
	guessed    bool // some number is approximate while searching
}

// compile parses the formulas.
func (s *Statement) compile() error {
	fail := func(err error) error { return fmt.Errorf("statement %q: %w", s.ID, err) }
	if s.ID == "" || s.Conclusion == "" {
		return fail(errors.New("without an id or a conclusion"))
	}
	if s.Loss == "" {
		s.Loss = theory.Coconut.String()
	}
	var err error
	if s.loss, err = theory.ParseLoss(s.Loss); err != nil {
		return fail(err)
	}
	s.premise, s.guessed, s.used = nil, false, map[string]bool{}
	for _, text := range s.Premise {
		r, err := ParseRelation(text)
		if err != nil {
			return fail(err)
		}
		s.premise = append(s.premise, r)
	}
	if s.conclusion, err = ParseRelation(s.Conclusion); err != nil {
		return fail(err)
	}
	for _, r := range append(s.premise, s.conclusion) {
		r.Left.uses(s.used)
		r.Right.uses(s.used)
	}
	for _, x := range s.numbers() {
		for _, name := range x.behind {
			s.used[name] = true
		}
		s.guessed = s.guessed || x.guessed
	}
	return nil
}

// Parameters returns the names of the parameters that the statement speaks of,
// in order.
func (s *Statement) Parameters() []string { return sortedNames(s.used) }

// NewStatement returns a statement from formulas.
func NewStatement(id, loss string, premise []string, conclusion string, pair bool) (*Statement, error) {
	s := &Statement{ID: id, Base: id, Change: "as given", Loss: loss, Premise: premise, Conclusion: conclusion, Pair: pair}
	return s, s.compile()
}

//go:embed library.json
var libraryText []byte

// Library returns the planted false statements and the true ones.
func Library() ([]*Statement, error) { return DecodeStatements(libraryText) }

// Lookup returns a statement of the library.
func Lookup(id string) (*Statement, bool) {
	all, err := Library()
	if err != nil {
		return nil, false
	}
	for _, s := range all {
		if s.ID == id {
			return s, true
		}
	}
	return nil, false
}

// DecodeStatements reads a JSON array of statements with different ids.
func DecodeStatements(text []byte) ([]*Statement, error) {
	var out []*Statement
	if err := strict.Unmarshal(text, &out); err != nil {
		return nil, fmt.Errorf("not an array of statements: %v", err)
	}
	seen := map[string]bool{}
	for i, s := range out {
		if s == nil {
			return nil, fmt.Errorf("statement %d: null, expected an object", i)
		}
		if err := s.compile(); err != nil {
			return nil, err
		}
		if seen[s.ID] {
			return nil, fmt.Errorf("two statements are called %q", s.ID)
		}
		seen[s.ID] = true
	}
	return out, nil
}

// A Judgement says what is known of a statement in a case.
type Judgement struct {
	Verdict theory.Verdict // Proved, Refuted, NotApplicable or Undecided
	Reason  string
	Slack   *ball.Ball // by how much the conclusion holds (> 0) or fails (< 0), if it was evaluated
	// Values are the numbers that the formulas speak of, as far as they were
	// needed.
	Values map[string]*ball.Ball
}

// searchPrecision and the first precision of a proof, in bits.
const (
	searchPrecision = 64
	proofPrecision  = 160
	lastPrecision   = 640
)

// Judge decides a statement in one case, with integers and enclosures only.
func (s *Statement) Judge(ctx context.Context, c *Case) Judgement {
	var last Judgement
	for precision := uint(proofPrecision); precision <= lastPrecision; precision *= 2 {
		w := newWorld(ctx, c, s.loss, precision, true)
		last = s.judge(ctx, w)
		last.Values = map[string]*ball.Ball{}
		for name := range s.used {
			if v := w.values[name]; v != nil {
				last.Values[name] = v
			}
		}
		if last.Verdict != theory.Undecided || ctx.Err() != nil {
			break
		}
	}
	return last
}

func (s *Statement) judge(_ context.Context, w *world) Judgement {
	for _, r := range s.premise {
		truth, _, err := r.decide(w, w.precision)
		switch {
		case errors.Is(err, errUndefined):
			return Judgement{Verdict: theory.NotApplicable, Reason: fmt.Sprintf("the premise %s speaks of a number that does not exist here", r)}
		case err != nil:
			return Judgement{Reason: err.Error()}
		case truth == False:
			return Judgement{Verdict: theory.NotApplicable, Reason: fmt.Sprintf("the premise %s fails", r)}
		case truth == Unknown:
			return Judgement{Reason: fmt.Sprintf("the premise %s is not decided with %d bits", r, w.precision)}
		}
	}
	truth, slack, err := s.conclusion.decide(w, w.precision)
	switch {
	case errors.Is(err, errUndefined):
		return Judgement{Verdict: theory.NotApplicable, Reason: "the conclusion speaks of a number that does not exist here"}
	case err != nil:
		return Judgement{Reason: err.Error()}
	case truth == True:
		return Judgement{Verdict: theory.Proved, Reason: fmt.Sprintf("%s holds", s.conclusion), Slack: slack}
	case truth == False:
		return Judgement{Verdict: theory.Refuted, Reason: fmt.Sprintf("%s fails", s.conclusion), Slack: slack}
	}
	return Judgement{Reason: fmt.Sprintf("%s is not decided with %d bits", s.conclusion, w.precision), Slack: slack}
}

// guess evaluates a case quickly: whether the premise holds, and by how much
// the conclusion holds or fails. Nothing is proved.
func (s *Statement) guess(ctx context.Context, c *Case) (applies bool, slack float64, fails bool) {
	w := newWorld(ctx, c, s.loss, searchPrecision, false)
	for _, r := range s.premise {
		if truth, _, err := r.decide(w, searchPrecision); err != nil || truth != True {
			return false, 0, false
		}
	}
	truth, margin, err := s.conclusion.decide(w, searchPrecision)
	if err != nil {
		return false, 0, false
	}
	slack, _ = margin.Mid().Float64()
	// A number may be only a guess here: a violation within its error does not count.
	return true, slack, truth == False && !(s.guessed && slack > -1e-7)
}
