// Package refute searches for counterexamples of what theory files claim: it turns
// parameters within their ranges, starts within their intervals and goes through
// the data, looks at each setting in float64, has the prover of package check
// decide what seems to fail, and shrinks what that refutes. A search that finds
// nothing proves nothing.
package refute

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"math/big"
	"math/rand/v2"
	"slices"
	"strings"

	"muflow/internal/check"
	"muflow/internal/runlog"
	"muflow/internal/script"
	"muflow/theory"
)

// Options bound a search.
type Options struct {
	Claim    string
	Set      map[string]script.Setting // parameters and starts that are set to a point, or are searched in another interval
	Data     []any                     // elements; empty for a theory that is not about data
	Seed     uint64
	Cases    int // most settings of each stage in which the premise holds, 300 if 0
	Jobs     int
	Progress func(stage string) runlog.Progress // may be nil
}

// An Outcome is what a search found. A claim that was tried and not refuted is
// Consistent; one whose premise never held, or with settings that look like
// violations and are not decided, is Undecided, as is one of which nothing was known
// at any setting.
type Outcome struct {
	Theory   *script.Theory // at the counterexample, or as the file states it
	Claim    script.Claim
	Verdict  theory.Verdict
	Reason   string        // that of the prover, at the counterexample or at the first setting that is open
	Result   *check.Result // of the prover at the counterexample, nil unless refuted
	Instance int           // element of the data, −1 for none
	Set      map[string]*big.Rat
	Whole    []string // starts and parameters that are intervals at the counterexample
	Tried    int      // settings at which the premise held
	Asked    int      // settings that the prover decided or tried to decide
	Open     int      // settings that look like violations and are not decided
	Unknown  int      // settings of which neither float64 nor the prover says anything
	Turned   int      // parameters and starts that can be turned, at the file as it is
	Searched []Stage
	Stage    string // where the counterexample was found
	Shrinks  int
}

// A Stage is one part of a search.
type Stage struct {
	Name  string `json:"stage"`
	Cases int    `json:"cases"` // that were looked at
	Held  int    `json:"held"`  // of them, where the premise holds
}

const (
	mostAsked = 100 // settings that the prover is asked about without a look before
	mostOpen  = 24
	moves     = 10 // of a local search
	chunk     = 16 // settings that are tried at once, whatever the workers
)

type hunter struct {
	o     Options
	file  *script.File
	out   *Outcome
	claim *script.Claim
	// ranges are those in which parameters are searched, out of o.Set: a parameter
	// that shapes the theory cannot be an interval.
	ranges map[string]script.Setting
}

// Hunt searches for a setting at which the prover refutes a claim. The result
// depends on the file, the data and the options but for the number of workers.
// Errors of the file are of type *script.Error.
func Hunt(ctx context.Context, file *script.File, o Options) (*Outcome, error) {
	if o.Cases == 0 {
		o.Cases = 300
	}
	h := &hunter{o: o, file: file, out: &Outcome{Instance: -1}, ranges: map[string]script.Setting{}}
	h.o.Set = map[string]script.Setting{}
	for name, s := range o.Set {
		if s.Low.Cmp(s.High) == 0 || isStart(name) {
			h.o.Set[name] = s
		} else {
			h.ranges[name] = s
		}
	}
	err := h.search(ctx)
	if err == nil && h.out.Result != nil {
		err = h.shrink(ctx)
	}
	switch {
	case err != nil:
	case h.out.Result != nil:
		h.out.Verdict, h.out.Reason = theory.Refuted, h.out.Result.Reason
	case h.out.Tried > h.out.Unknown && h.out.Open == 0:
		h.out.Verdict = theory.Consistent
	}
	if err == nil {
		err = ctx.Err()
	}
	return h.out, err
}

// ErrNoClaim says that a file has no claim of the name that is asked for.
var ErrNoClaim = errors.New("no such claim")

func (h *hunter) search(ctx context.Context) error {
	count := max(1, len(h.o.Data))
	var stated []setting
	for i := range count {
		stated = append(stated, setting{element: i})
	}
	var first *script.Theory
	for _, s := range stated { // mistakes are found before a search
		th, err := h.run(s)
		if err != nil {
			return err
		}
		if first == nil {
			if first, err = th, h.allowed(th); err != nil {
				return err
			}
		}
		if h.claim = claimOf(th, h.o.Claim); h.claim != nil {
			first = th
			break
		}
	}
	h.out.Theory = first
	if h.claim == nil {
		var names []string
		for _, c := range first.Claims {
			names = append(names, c.ID)
		}
		return fmt.Errorf("%w: %q, expected one of %s", ErrNoClaim, h.o.Claim, strings.Join(names, ", "))
	}
	h.out.Claim = *h.claim
	err := h.stage(ctx, "as stated", len(stated), func(ctx context.Context, i int, ask bool) (*trial, error) {
		if _, err := h.run(stated[i]); err != nil {
			return nil, err
		}
		return h.try(ctx, stated[i], ask, "as stated"), nil
	})
	if err != nil || h.out.Result != nil {
		return err
	}
	dials := h.dialsOf(first, h.o.Set)
	h.out.Turned = len(dials)
	corners := h.corners(dials)
	err = h.stage(ctx, "corners", len(corners), func(ctx context.Context, i int, ask bool) (*trial, error) {
		return h.try(ctx, corners[i], ask, "corners"), nil
	})
	if err != nil || h.out.Result != nil || len(corners) == 0 {
		return err
	}
	return h.stage(ctx, "random settings", h.o.Cases, h.climb)
}

// allowed turns down a range of what is no parameter, or of values that it cannot
// have.
func (h *hunter) allowed(th *script.Theory) error {
	for _, name := range slices.Sorted(maps.Keys(h.ranges)) {
		at := slices.IndexFunc(th.Symbols, func(s script.Symbol) bool { return s.Name == name && s.Kind == script.ParameterSymbol })
		if at < 0 {
			return &script.Error{File: th.File, Message: fmt.Sprintf("no parameter %.40q to set", name)}
		}
		s, r := th.Symbols[at], h.ranges[name]
		if !(&dial{low: s.Least, high: s.Most, integer: s.Integer}).allows(r.Low) || s.Most != nil && r.High.Cmp(s.Most) > 0 || s.Integer && !r.High.IsInt() {
			return &script.Error{File: th.File, Message: fmt.Sprintf("%s = %s..%s, expected %s", name, r.Low.RatString(), r.High.RatString(), rangeText(s))}
		}
	}
	return nil
}

// rangeText says which values a parameter may have.
func rangeText(s script.Symbol) string {
	out := "numbers"
	if s.Integer {
		out = "integers"
	}
	if s.Least != nil {
		out += " from " + s.Least.RatString()
	}
	if s.Most != nil {
		out += " up to " + s.Most.RatString()
	}
	return out
}

func claimOf(th *script.Theory, id string) *script.Claim {
	for i := range th.Claims {
		if th.Claims[i].ID == id {
			return &th.Claims[i]
		}
	}
	return nil
}

// corners turns one dial after the other to its corners, and all intervals to
// their ends at once.
func (h *hunter) corners(dials []dial) []setting {
	var out []setting
	add := func(values map[string]*big.Rat) {
		out = append(out, setting{len(out) % max(1, len(h.o.Data)), values})
	}
	var intervals []dial
	for _, d := range dials {
		if d.usual == nil {
			intervals = append(intervals, d)
		}
	}
	ends := func(choose func(d *dial) *big.Rat) map[string]*big.Rat {
		values := map[string]*big.Rat{}
		for i := range intervals {
			values[intervals[i].name] = choose(&intervals[i])
		}
		return values
	}
	sides := []func(d *dial) *big.Rat{(*dial).rest, func(d *dial) *big.Rat { return d.low }, func(d *dial) *big.Rat { return d.high }}
	if len(intervals) > 0 {
		for _, side := range sides {
			add(ends(side))
		}
	}
	for i := range dials {
		for k, q := range dials[i].corners() {
			values := ends(sides[k%len(sides)])
			values[dials[i].name] = q
			add(values)
		}
	}
	return out
}

var errFound = errors.New("found")

// stage runs trials in chunks: the first one in their order that is refuted ends
// it, and the prover is asked no more after enough of what it left open.
func (h *hunter) stage(ctx context.Context, name string, n int, work func(ctx context.Context, i int, ask bool) (*trial, error)) error {
	h.out.Searched = append(h.out.Searched, Stage{Name: name})
	now := &h.out.Searched[len(h.out.Searched)-1]
	var progress runlog.Progress
	if h.o.Progress != nil {
		progress = h.o.Progress(name)
	}
	for from := 0; from < n && now.Held < h.o.Cases; from += chunk {
		blind := h.blind()
		if blind && h.out.Asked >= mostAsked || h.out.Open >= mostOpen {
			return nil
		}
		err := runlog.Ordered(ctx, from, min(from+chunk, n), h.o.Jobs, nil, func(ctx context.Context, i int) (*trial, error) {
			return work(ctx, i, true)
		}, func(_ int, t *trial) error {
			now.Cases += t.cases
			now.Held += t.held
			h.out.Tried += t.held
			h.out.Asked += t.asked
			h.out.Unknown += t.unknown
			if h.out.Open += t.open; t.open+t.unknown > 0 && (h.out.Reason == "" || h.out.Open == t.open && t.open > 0) {
				h.out.Reason = t.result.Reason
			}
			if t.refuted {
				h.found(t)
				return errFound
			}
			return nil
		})
		if errors.Is(err, errFound) {
			return nil
		}
		if err != nil {
			return err
		}
		if progress != nil {
			progress(min(from+chunk, n), n)
		}
	}
	return nil
}

// blind reports whether the statement is of a kind at which float64 cannot look.
func (h *hunter) blind() bool {
	s := h.claim.Statement
	for s.Kind == script.When {
		s = s.Then
	}
	return !slices.Contains([]string{script.Always, script.Limit, script.Converges, script.Increases, script.Decreases}, s.Kind)
}

// found notes a counterexample.
func (h *hunter) found(t *trial) {
	h.out.Theory, h.out.Result, h.out.Set, h.out.Stage = t.theory, t.result, t.values, t.stage
	if len(h.o.Data) > 0 {
		h.out.Instance = t.element
	}
	h.out.Whole = nil
	for _, d := range h.dialsOf(t.theory, nil) {
		if d.usual == nil && !d.ranged {
			h.out.Whole = append(h.out.Whole, d.name)
		}
	}
}

// climb draws a setting and moves it where the claim is nearer to failing.
func (h *hunter) climb(ctx context.Context, i int, ask bool) (*trial, error) {
	rng := rand.New(rand.NewPCG(h.o.Seed, uint64(i)))
	element := 0
	if len(h.o.Data) > 0 {
		element = rng.IntN(len(h.o.Data))
	}
	th, err := h.run(setting{element: element})
	if err != nil {
		return &trial{cases: 1}, nil
	}
	dials := h.dialsOf(th, h.o.Set)
	values := map[string]*big.Rat{}
	for k := range dials {
		if d := &dials[k]; d.usual == nil || rng.IntN(2) == 0 {
			values[d.name] = d.draw(rng)
		}
	}
	best := h.try(ctx, setting{element, values}, ask, "random settings")
	total := *best
	for range moves {
		if total.refuted || best.held == 0 || best.look.blind || total.asked > 0 || math.IsNaN(best.look.slack) || ctx.Err() != nil {
			break
		}
		d := &dials[rng.IntN(len(dials))]
		next := setting{element, maps.Clone(best.values)}
		at, ok := next.values[d.name]
		if !ok {
			at = d.rest()
		}
		next.values[d.name] = d.nearby(rng, at)
		t := h.try(ctx, next, ask, "local search")
		total.cases, total.held, total.asked, total.open, total.unknown = total.cases+t.cases, total.held+t.held, total.asked+t.asked, total.open+t.open, total.unknown+t.unknown
		if t.asked > 0 {
			total.result = t.result
		}
		if t.refuted {
			t.cases, t.held, t.asked, t.open, t.unknown = total.cases, total.held, total.asked, total.open, total.unknown
			return t, nil
		}
		if t.held > 0 && t.look.slack <= best.look.slack {
			best = t
		}
	}
	return &total, nil
}
