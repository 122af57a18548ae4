package refute

import (
	"cmp"
	"context"
	"encoding/json"
	"maps"
	"math/big"
	"slices"
)

const (
	mostShrinks  = 100 // settings that the prover is asked about
	mostSingle   = 16  // starts that are made simpler one by one, not only all at once
	mostSmaller  = 100 // elements of the data that are tried
	pinnedDraws  = 3   // corners of intervals at which a violation of all of them is sought
	shrinkPasses = 20
)

// shrink replaces the counterexample by simpler ones as long as the prover refutes
// the claim there: intervals pinned to points, parameters back at their values,
// shorter numbers, smaller data.
func (h *hunter) shrink(ctx context.Context) error {
	now := setting{max(0, h.out.Instance), h.out.Set}
	stage, asked := h.out.Stage, 0
	better := func(s setting) bool {
		if asked >= mostShrinks || ctx.Err() != nil {
			return false
		}
		t := h.try(ctx, s, true, stage)
		asked += t.asked
		if !t.refuted {
			return false
		}
		h.found(t)
		h.out.Shrinks++
		now = t.setting
		return true
	}
	if len(h.out.Whole) > 0 {
		h.pin(now, better)
	}
	for range shrinkPasses {
		if !h.simplify(&now, better) {
			break
		}
	}
	for _, k := range h.smaller(now.element) {
		if better(setting{k, now.values}) {
			break
		}
	}
	return ctx.Err()
}

// pin looks for points in the intervals of a counterexample that refute the claim
// by themselves.
func (h *hunter) pin(now setting, better func(setting) bool) {
	dials := h.dialsOf(h.out.Theory, h.set(now.values))
	for k := range pinnedDraws * 5 {
		values := maps.Clone(now.values)
		if values == nil {
			values = map[string]*big.Rat{}
		}
		for i := range dials {
			d := &dials[i]
			if d.usual != nil {
				continue
			}
			list := d.corners()
			if len(list) == 0 {
				list = []*big.Rat{d.rest()}
			}
			// All at the same corner first, and then one after the other at its own.
			values[d.name] = list[(k+i*(k/pinnedDraws))%len(list)]
		}
		if better(setting{now.element, values}) {
			return
		}
	}
}

// simplify makes one value after the other simpler, and all starts at once, and
// reports whether there was one.
func (h *hunter) simplify(now *setting, better func(setting) bool) bool {
	dials := map[string]dial{}
	parameters := map[string]*big.Rat{} // which shape the theory
	for name, q := range now.values {
		if !isStart(name) {
			parameters[name] = q
		}
	}
	for _, s := range []setting{{element: now.element}, {now.element, parameters}} {
		th, err := h.run(s)
		if err != nil {
			return false
		}
		for _, d := range h.dialsOf(th, h.o.Set) {
			if _, ok := dials[d.name]; !ok {
				dials[d.name] = d
			}
		}
	}
	names := slices.Sorted(maps.Keys(now.values))
	with := func(name string, q *big.Rat) setting {
		values := maps.Clone(now.values)
		if values[name] = q; q == nil {
			delete(values, name)
		}
		return setting{now.element, values}
	}
	changed := false
	for _, name := range names { // back to its value
		if d, ok := dials[name]; ok && d.usual != nil && better(with(name, nil)) {
			changed = true
		}
	}
	starts := slices.DeleteFunc(slices.Clone(names), func(name string) bool { return !isStart(name) })
	if len(starts) > 1 && h.together(*now, starts, dials, better) {
		changed = true
	}
	for _, name := range names {
		d, ok := dials[name]
		at, set := now.values[name]
		if !ok || !set || isStart(name) && len(starts) > mostSingle {
			continue
		}
		for _, q := range d.simpler(at) {
			if better(with(name, q)) {
				changed = true
				break
			}
		}
	}
	return changed
}

// together gives all starts one value, if these are simpler.
func (h *hunter) together(now setting, starts []string, dials map[string]dial, better func(setting) bool) bool {
	first, ok := dials[starts[0]]
	if !ok {
		return false
	}
	total := func(values map[string]*big.Rat) (bits int) {
		for _, name := range starts {
			bits += bitsOf(values[name])
		}
		return bits
	}
	list := first.corners()
	slices.SortStableFunc(list, func(a, b *big.Rat) int { return cmp.Compare(bitsOf(a), bitsOf(b)) })
	for _, q := range list {
		values := maps.Clone(now.values)
		for _, name := range starts {
			values[name] = q
		}
		if total(values) < total(now.values) && better(setting{now.element, values}) {
			return true
		}
	}
	return false
}

// smaller lists elements of the data that are shorter than one, the shortest first.
func (h *hunter) smaller(than int) []int {
	if len(h.o.Data) == 0 {
		return nil
	}
	sizes := make([]int, len(h.o.Data))
	var out []int
	for i, x := range h.o.Data {
		text, err := json.Marshal(x)
		if err != nil {
			return nil
		}
		sizes[i] = len(text)
	}
	for i := range sizes {
		if sizes[i] < sizes[than] {
			out = append(out, i)
		}
	}
	slices.SortStableFunc(out, func(a, b int) int { return cmp.Compare(sizes[a], sizes[b]) })
	return out[:min(len(out), mostSmaller)]
}
