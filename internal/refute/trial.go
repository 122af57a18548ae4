package refute

import (
	"context"
	"fmt"
	"maps"
	"math/big"
	"muflow/internal/check"
	"muflow/internal/script"
	"muflow/theory"
)

// A setting is an element of the data and values of dials.
type setting struct {
	element int
	values  map[string]*big.Rat
}

// run runs the file at a setting.
func (h *hunter) run(s setting) (*script.Theory, error) {
	options := script.Options{Set: h.set(s.values)}
	if len(h.o.Data) > 0 {
		options.Data, options.HasData = h.o.Data[s.element], true
	}
	th, err := h.file.Run(options)
	if err != nil && options.HasData {
		err = fmt.Errorf("%w (data %d)", err, s.element)
	}
	return th, err
}

// set is what is set for values of dials.
func (h *hunter) set(values map[string]*big.Rat) map[string]script.Setting {
	out := maps.Clone(h.o.Set)
	for name, q := range values {
		out[name] = script.Setting{Low: q, High: q}
	}
	return out
}

// fit runs the file at a setting, of which starts that do not exist there are left
// out, and those that are intervals are pinned where whole is not set.
func (h *hunter) fit(s setting, whole bool) (setting, *script.Theory, error) {
	parameters := map[string]*big.Rat{}
	for name, q := range s.values {
		if !isStart(name) {
			parameters[name] = q
		}
	}
	th, err := h.run(setting{s.element, parameters})
	if err != nil {
		return s, th, err
	}
	out := setting{s.element, parameters}
	pinned := false
	for _, d := range h.dialsOf(th, h.set(parameters)) {
		if q, ok := s.values[d.name]; ok {
			out.values[d.name], pinned = q, true
		} else if d.usual == nil && (d.ranged || !whole) {
			out.values[d.name], pinned = d.rest(), true
		}
	}
	if pinned {
		th, err = h.run(out)
	}
	return out, th, err
}

// A trial is what came of a setting, or of several in a local search.
type trial struct {
	setting
	theory  *script.Theory
	look    look
	cases   int
	held    int
	asked   int
	open    int
	unknown int
	result  *check.Result // of the prover, if it was asked and decided or could not
	refuted bool
	stage   string
}

// try looks at a setting, and asks the prover where it seems to fail or nothing
// can be seen.
func (h *hunter) try(ctx context.Context, s setting, ask bool, stage string) *trial {
	t := &trial{setting: s, cases: 1, stage: stage}
	var err error
	if t.setting, t.theory, err = h.fit(s, len(s.values) == 0); err != nil {
		return t
	}
	claim := claimOf(t.theory, h.o.Claim)
	if claim == nil {
		return t
	}
	t.look = screen(ctx, t.theory, claim.Statement)
	if !t.look.applies {
		return t
	}
	t.held = 1
	if !ask || !t.look.blind && !t.look.suspect {
		return t
	}
	if len(s.values) == 0 && !t.look.blind { // the middle of intervals is decided sooner than all of them
		if point, th, err := h.fit(s, false); err == nil && len(point.values) > 0 {
			one := &trial{setting: point, theory: th, look: t.look, cases: 1, held: 1, stage: stage}
			if h.ask(ctx, one); one.refuted {
				return one
			}
			t.asked += one.asked
		}
	}
	h.ask(ctx, t)
	return t
}

// ask lets the prover decide the claim at the setting of a trial.
func (h *hunter) ask(ctx context.Context, t *trial) {
	report, err := check.Theory(ctx, t.theory, check.Options{Claims: []string{h.o.Claim}})
	if err != nil || len(report.Claims) == 0 {
		return
	}
	t.asked++
	t.result = &report.Claims[0]
	switch {
	case t.result.Verdict == theory.Refuted:
		t.refuted = true
	case t.result.Verdict == theory.NotApplicable:
		t.held = 0
	case t.result.Verdict != theory.Undecided:
	case t.look.suspect:
		t.open++
	default:
		t.unknown++
	}
}
