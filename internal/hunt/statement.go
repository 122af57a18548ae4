// Package hunt searches for violations of statements about the reduced theory:
// given a premise and an inequality as data, it looks through small digraphs,
// random ones, and by local search on the margin, shrinks what it finds to a
// case that a person can check by hand, and proves the violation with integers
// or enclosures. It finds nothing about a true statement.
package hunt

import (
	"cmp"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"sync"
	"unicode"

	"muflow/internal/strict"
	"muflow/ode/ball"
	"muflow/prove"
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
	// Claim is the id of the claim of package prove that has this conclusion,
	// and decides it wherever its premise holds; "" if there is none.
	Claim string `json:"claim,omitempty"`

	premise    []*Relation // the parts of all of them
	constant   []*Relation // those that no parameter changes
	varying    []*Relation // the others
	conclusion []*Relation // its parts
	loss       theory.Loss
	used       map[string]bool
	guessed    bool // some number is approximate while searching
}

// compile parses the formulas and finds the claim.
func (s *Statement) compile() error {
	fail := func(err error) error { return fmt.Errorf("statement %q: %w", s.ID, err) }
	if s.ID == "" || s.Conclusion == "" || len(s.ID) > maxID || strings.ContainsFunc(s.ID, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return fail(fmt.Errorf("expected a conclusion, and an id of at most %d bytes that can be printed", maxID))
	}
	if s.Loss == "" {
		s.Loss = theory.Coconut.String()
	}
	var err error
	if s.loss, err = theory.ParseLoss(s.Loss); err != nil {
		return fail(err)
	}
	s.premise, s.guessed, s.used = nil, false, map[string]bool{}
	for i, text := range append(slices.Clone(s.Premise), s.Conclusion) {
		list, err := ParseRelations(text)
		if err != nil {
			place := fmt.Sprintf("premise %d", i)
			if i == len(s.Premise) {
				place = "conclusion"
			}
			return fail(fmt.Errorf("%s: %w", place, err))
		}
		if i == len(s.Premise) {
			s.conclusion = list
		} else {
			s.premise = append(s.premise, list...)
		}
		for _, r := range list {
			for _, name := range r.names() {
				s.used[name] = true
			}
		}
	}
	for _, x := range s.numbers() {
		for _, name := range x.behind {
			s.used[name] = true
		}
		s.guessed = s.guessed || x.guessed
	}
	s.constant, s.varying = nil, nil
	for _, r := range s.premise {
		if slices.ContainsFunc(r.names(), varies) {
			s.varying = append(s.varying, r)
		} else {
			s.constant = append(s.constant, r)
		}
	}
	s.Claim = claimed()[s.Loss+" "+meaningOf(s.conclusion)]
	return nil
}

// claimed lists the claims by loss and conclusion: those that the library
// names.
var claimed = sync.OnceValue(func() map[string]string {
	out := map[string]string{}
	var all []Statement
	if err := strict.Unmarshal(libraryText, &all); err != nil {
		panic(err)
	}
	for _, s := range all {
		if s.Claim != "" {
			list, err := ParseRelations(s.Conclusion)
			if err != nil {
				panic(err)
			}
			out[s.Loss+" "+meaningOf(list)] = s.Claim
		}
	}
	return out
})

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
	err := strict.Unmarshal(text, &out)
	if wrong := (*json.UnmarshalTypeError)(nil); errors.As(err, &wrong) {
		return nil, fmt.Errorf("%s: a JSON %s, expected an array of objects with texts id and conclusion, and an array of texts premise", cmp.Or(wrong.Field, "statements"), wrong.Value)
	}
	if err != nil {
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
	Verdict theory.Verdict // Proved, Refuted, NotApplicable or Undecided; Inconsistent is a defect of this program
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
	claimDigits     = 30 // of the numbers beside the verdict of a claim
	maxID           = 200
)

// Judge decides a statement in one case, with integers and enclosures only.
func (s *Statement) Judge(ctx context.Context, c *Case) Judgement {
	var last Judgement
	for precision := uint(proofPrecision); precision <= lastPrecision; precision *= 2 {
		w := newWorld(ctx, c, s.loss, precision, true)
		last = s.judge(w)
		last.Values = w.values
		maps.DeleteFunc(last.Values, func(name string, v *ball.Ball) bool { return v == nil || !s.used[name] })
		if last.Verdict != theory.Undecided || ctx.Err() != nil {
			break
		}
	}
	return last
}

func (s *Statement) judge(w *world) Judgement {
	for _, r := range s.premise {
		v, _, err := r.decide(w)
		switch {
		case errors.Is(err, errUndefined):
			return Judgement{Verdict: theory.NotApplicable, Reason: fmt.Sprintf("the premise %s speaks of a number that does not exist here", r)}
		case err != nil:
			return Judgement{Reason: err.Error()}
		case v == theory.Refuted:
			return Judgement{Verdict: theory.NotApplicable, Reason: fmt.Sprintf("the premise %s fails", r)}
		case v == theory.Undecided:
			return Judgement{Reason: fmt.Sprintf("the premise %s is not decided with %d bits", r, w.precision)}
		}
	}
	var out Judgement
	var err error
	out.Verdict, out.Slack, err = decideAll(s.conclusion, w)
	switch {
	case errors.Is(err, errUndefined):
		out.Verdict, out.Reason = theory.NotApplicable, "the conclusion speaks of a number that does not exist here"
	case err != nil:
		out.Reason = err.Error()
	case out.Verdict == theory.Proved:
		out.Reason = fmt.Sprintf("%s holds", s.conclusion[0])
	case out.Verdict == theory.Refuted:
		out.Reason = fmt.Sprintf("%s fails", s.conclusion[0])
	default:
		out.Reason = fmt.Sprintf("%s is not decided with %d bits", s.conclusion[0], w.precision)
	}
	claim, err := s.decideClaim(w)
	switch {
	case err != nil:
		out.Verdict, out.Reason = theory.Undecided, err.Error()
	case claim.Verdict != theory.Proved && claim.Verdict != theory.Refuted:
	case out.Verdict == theory.Undecided || out.Verdict == claim.Verdict:
		out.Verdict, out.Reason = claim.Verdict, claim.Claim+": "+claim.Reason
	default:
		out.Verdict, out.Reason = theory.Inconsistent, fmt.Sprintf("%s is %v (%s), but by its formulas: %s", claim.Claim, claim.Verdict, claim.Reason, out.Reason)
	}
	return out
}

// decideClaim decides the claim that has the conclusion of the statement, as
// verify theorem does. Without one the result is undecided.
func (s *Statement) decideClaim(w *world) (prove.Result, error) {
	claim, ok := prove.ClaimByID(s.Claim)
	if !ok {
		return prove.Result{}, nil
	}
	at, err := w.side(0)
	if err != nil {
		return prove.Result{}, err
	}
	return claim.DecideOn(w.ctx, &prove.Subject{Where: prove.Where{Step: w.c.Step}, Profile: at.profile, Alpha: w.alpha(), Digits: claimDigits})
}

// holdAll reports whether all relations hold in a world.
func holdAll(list []*Relation, w *world) bool {
	return !slices.ContainsFunc(list, func(r *Relation) bool {
		v, _, err := r.decide(w)
		return err != nil || v != theory.Proved
	})
}

// guess evaluates a case quickly: whether the premise holds, by how much the
// conclusion holds or fails, and whether it has to be judged, as it seems to
// fail or has no value. Nothing is proved.
func (s *Statement) guess(ctx context.Context, c *Case) (applies bool, slack float64, suspect bool) {
	w := newWorld(ctx, c, s.loss, searchPrecision, false)
	if w.constants.premise == theory.Undecided {
		w.constants.premise = theory.Refuted
		if holdAll(s.constant, w) {
			w.constants.premise = theory.Proved
		}
	}
	if w.constants.premise == theory.Refuted || !holdAll(s.varying, w) {
		return false, 0, false
	}
	v, margin, err := decideAll(s.conclusion, w)
	if err != nil {
		return !errors.Is(err, errUndefined), math.Inf(1), !errors.Is(err, errUndefined)
	}
	slack, _ = margin.Mid().Float64()
	// A number may be only a guess here: a violation within its error does not count.
	return true, slack, v == theory.Refuted && !(s.guessed && slack > -1e-7)
}
