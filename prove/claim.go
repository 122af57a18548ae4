package prove

import (
	"cmp"
	"context"
	"errors"
	"math/big"
	"slices"
	"strings"

	"muflow/internal/runlog"
	"muflow/ode/ball"
	"muflow/theory"
	"muflow/theory/cert"
)

// A Claim is one statement of the theory with all that the project does with
// it: the tables, certificates, figures and searches go through Claims and name
// none. Its text is that of theory.md; functions that it does not need are nil.
type Claim struct {
	ID          string   `json:"id"`
	Theorem     string   `json:"theorem"`
	Statement   string   `json:"statement"`   // plain words: premise, then conclusion
	LaTeX       string   `json:"latex"`       // the same in LaTeX
	Assumptions []string `json:"assumptions"` // ids of theory.Assumptions that it rests on
	Drops       string   `json:"drops"`       // id of the assumption of the paper that it does without, "" for its theorems and their constants
	Formal      []string `json:"formal"`      // theorems of formal/ that state it for all digraphs, checked by a proof kernel
	Proof       string   `json:"proof"`       // what settles it here
	Command     string   `json:"command"`     // which command shows it

	Number  int                            `json:"-"` // of the theorem that verify theorem decides it with, or one of the numbers below; 0: none
	Unit    Unit                           `json:"-"` // what it is decided on
	Losses  []theory.Loss                  `json:"-"` // that it is about, none: no loss of a step
	Rocq    bool                           `json:"-"` // that verify theorem --rocq states it for one step, with its numbers
	Walk    bool                           `json:"-"` // that it needs the logit of walk weights, and is left out without one
	byWalks bool                           // that it depends on a step by Subject.walkKey alone
	byLess  func(*Subject) (string, error) // or by this text alone, which more steps share
	Under   string                         `json:"-"` // the claim whose premise is all of its own, "" if none comes before

	// Premise returns which assumption fails and why, "" if none does.
	Premise func(context.Context, *Subject) (string, error) `json:"-"`
	// Decide gives the verdict where the premise holds, with reason and values.
	// On a profile with a Certificate the checker must prove it too.
	Decide func(context.Context, *Subject) (Result, error) `json:"-"`
	// Check decides a claim that is no statement about one unit of a data set.
	Check func(ctx context.Context, seed uint64, jobs int, progress runlog.Progress) (*Lemma, error) `json:"-"`

	Certificate *CertificateForm `json:"-"` // what its certificate holds, nil: it has none
	Margin      *MarginForm      `json:"-"` // by which of its values it is closest to failing
	Inequality  *Inequality      `json:"-"` // what TightnessOf compares

	// Bound encloses an end of the range in which the proved claim holds μ(t),
	// or all of the range, from the values of the claims about its loss.
	Bound func(e *Subject, values map[string]*ball.Ball, t *big.Rat, precision uint) *ball.Ball `json:"-"`
	Chart *Chart                                                                                `json:"-"` // of its values over all instances
	// Showcase marks the claim whose first proved entry opens a report.
	Showcase bool `json:"-"`
}

// A Unit is what a claim is decided on.
type Unit uint8

// The units.
const (
	ByItself     Unit = iota // no part of a data set: a command of its own or Check decides it
	OnProfile                // a step of an instance, of which it sees the profile only
	OnStep                   // a step of an instance
	OnThoughts               // an instance after some number of thoughts
	OnPopulation             // all instances after some number of thoughts
)

// Numbers of claims that are decided beside those of the three theorems.
const (
	CarryTrained = 4 // Theorem 1(a) with the weight of the carry-over trained
	AnyStart     = 5 // Theorem 1 from any μ(0)
	Stages       = 6 // stages beyond the flow: stochastic descent, when to stop, thoughts generated anew
	Softmax      = 7 // softmax attention with a fixed value gain
	Overshooting = 8 // softmax attention with a value gain that is trained too
)

// units are those of data sets, in the order of reports.
var units = []Unit{OnProfile, OnStep, OnThoughts, OnPopulation}

// A Chart says how values of a proved claim are drawn over all instances: the
// distribution of Value, or of Value/Over; or Against over Value, point by
// point.
type Chart struct {
	Name, Title, Label, Caption string // Label is that of the axis of Value
	Value, Over                 string
	Against, AgainstLabel       string
}

// Claims lists every claim that this project decides, in the order of reports.
var Claims = []*Claim{
	escape, lowerBound, upperBound, idle,
	oneLimit, positivity, negativity, rateBound, ceilingBound, sharpCeiling, stillness,
	departure, slowest, fastest,
	spreadingSteps, contraction, repulsion, leavingSteps, stochasticDescent,
	walkEscape, walkIdle, walkSpreadingSteps,
	walkLimit, walkSign, walkRate, walkDeparture, walkStill, walkContraction, walkRepulsion, walkLeavingSteps, walkLogitLimits,
	spreadingStart, rateStart, leavingStart,
	conservedCarry, boundedCarry, divergingCarry, tiedCarry, laterCarry, slowCarry, fastCarry, collapse, spreadCarry, spreadAlways, separatrix,
	ownSigns, ownSeparated, ownGrowth, ownNames, ownNamesGrowth, ownSpread, ownWinner,
	spreadingWindow, boundedWindow, regenerated, regeneratedFar,
	oneStepSupport, lengthSupport,
	direction, answer, sharpAnswer, sharedDirection,
	lemma1, attentionLimits,
	attentionGrowth, attentionTie, attentionRate, attentionSearch, attentionPopulation, attentionWalks,
	fixedGain, unevenPrice, overshoots, eitherTurns,
}

// Evidence says by what the claim is known, strongest first: for all digraphs by
// a proof kernel, and on each instance by the kernel, by the separate checker,
// or by exact arithmetic and enclosures here.
func (c *Claim) Evidence() string {
	var known []string
	if len(c.Formal) > 0 {
		known = append(known, "all digraphs: proof kernel ("+strings.Join(c.Formal, ", ")+")")
	}
	if c.Rocq {
		known = append(known, "each instance: proof kernel (--rocq)")
	}
	if len(certified(c.ID)) > 0 {
		known = append(known, "each instance: separate checker (recheck)")
	} else {
		known = append(known, "each instance: exact arithmetic or enclosure")
	}
	return strings.Join(known, "; ")
}

// ClaimByID returns the claim with the given id.
func ClaimByID(id string) (*Claim, bool) {
	i := slices.IndexFunc(Claims, func(c *Claim) bool { return c.ID == id })
	if i < 0 {
		return nil, false
	}
	return Claims[i], true
}

// About reports whether a claim is about one of some losses, or whether any
// will do.
func (c *Claim) About(losses ...theory.Loss) bool {
	return len(losses) == 0 || slices.ContainsFunc(c.Losses, func(l theory.Loss) bool { return slices.Contains(losses, l) })
}

// An UndecidedError says that some budget did not suffice.
type UndecidedError struct{ Err error }

// Error implements error.
func (e *UndecidedError) Error() string { return e.Err.Error() }

// Unwrap returns what did not suffice.
func (e *UndecidedError) Unwrap() error { return e.Err }

// DecideOn decides the claim on a subject of its unit.
func (c *Claim) DecideOn(ctx context.Context, e *Subject) (Result, error) {
	r, err := c.decide(ctx, e)
	if ctx.Err() != nil {
		return Result{}, ctx.Err()
	}
	if open := (*UndecidedError)(nil); errors.As(err, &open) {
		r, err = Result{Reason: open.Error()}, nil
	}
	r.Claim, r.Where = c.ID, e.Where
	r.settle()
	return r, err
}

func (c *Claim) decide(ctx context.Context, e *Subject) (Result, error) {
	if c.Premise != nil {
		if reason, err := c.Premise(ctx, e); err != nil || reason != "" {
			return Result{Verdict: theory.NotApplicable, Reason: reason}, err
		}
	}
	r, err := c.Decide(ctx, e)
	if err != nil || c.Certificate == nil || c.Unit != OnProfile || r.Verdict != theory.Proved {
		return r, err
	}
	var failure error
	if r.Certificate, failure = c.certify(ctx, e); failure != nil && !errors.Is(failure, cert.ErrLimit) {
		return Result{}, &UndecidedError{failure}
	} else if failure != nil {
		r.Reason += "; " + failure.Error()
	}
	for _, n := range c.Certificate.Numbers {
		if n.Show == nil {
			continue
		}
		if r.Values[n.Name], err = n.Show(ctx, e, r.Certificate); err != nil {
			return r, err
		}
	}
	return r, nil
}

// decideAll decides some claims on one subject.
func decideAll(ctx context.Context, claims []*Claim, e *Subject) ([]Result, error) {
	var out []Result
	for _, c := range claims {
		r, err := c.DecideOn(ctx, e)
		if err != nil {
			return nil, err
		}
		out = append(out, r)
	}
	return out, nil
}

// claimsWith lists the claims that meet a condition.
func claimsWith(condition func(*Claim) bool) []*Claim {
	return slices.DeleteFunc(slices.Clone(Claims), func(c *Claim) bool { return !condition(c) })
}

// reducedFlow lists the assumptions that make the reduced flow out of the
// model, and more, by their numbers.
func reducedFlow(more ...string) []string {
	ids := append([]string{"A1", "A2", "A3", "A4", "A6", "A7", "A8", "A12", "A14", "A15", "A18"}, more...)
	slices.SortFunc(ids, func(a, b string) int { return cmp.Or(len(a)-len(b), cmp.Compare(a, b)) })
	return ids
}
