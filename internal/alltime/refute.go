package alltime

import (
	"context"
	"fmt"
	"math/big"

	"muflow/ode"
)

// samples is a list of choices of the starts: the middle, and the corners of
// few intervals.
func (f *flow) samples() []*flow {
	middle := func(i int) *big.Rat {
		m := new(big.Rat).Add(f.low[i], f.high[i])
		return m.Quo(m, big.NewRat(2, 1))
	}
	out := []*flow{f.at(middle)}
	var wide []int
	for i := range f.rhs {
		if f.value[i] == nil && f.low[i].Cmp(f.high[i]) != 0 {
			wide = append(wide, i)
		}
	}
	for corner := range 1 << min(len(wide), 4) {
		if len(wide) == 0 {
			break
		}
		bit := map[int]bool{}
		for k, i := range wide {
			bit[i] = corner>>(k%4)&1 == 1
		}
		out = append(out, f.at(func(i int) *big.Rat {
			if bit[i] {
				return f.high[i]
			}
			return f.low[i]
		}))
	}
	return out
}

const mostSeen = 400 // times looked at on a path

// violation is what a relation that fails is below: rounding explains what is above.
var violation = big.NewFloat(-1e-10)

// refuteAlways looks for a solution that breaks a relation, approximately, and
// then proves it: a start that is one point, a rational time, and an enclosure
// of the difference at that time that has the wrong sign.
func (f *flow) refuteAlways(ctx context.Context, statement Statement) *Decision {
	f.effort.work.begins("looking for a solution that breaks the relations")
	for _, sample := range f.samples() {
		for n, r := range statement.Relations {
			for _, c := range r.claims() {
				d := sample.broken(ctx, c, statement.Until)
				if d == nil {
					continue
				}
				state := d.Witness.State
				if state != nil {
					at := sample.enclosed(state, d.Witness.Time, d.Witness.Time)
					d.Reason += fmt.Sprintf(", where the left side is %s and the right side %s", f.graded(r.Left).over(at), f.graded(r.Right).over(at))
				}
				d.Reason = fmt.Sprintf("%s fails %s", f.describe(r), d.Reason)
				d.Witness.Relation = n
				return d
			}
		}
	}
	return nil
}

// broken proves that the solution from one point breaks a claim.
func (f *flow) broken(ctx context.Context, c claim, until *big.Rat) *Decision {
	// At t = 0 exactly.
	at := f.atStart(c.g)
	zero := new(big.Rat)
	if v := f.function(at).over(f.start)[0]; v.negative() || c.want == isPositive && v.isZero() || c.want == isPositive && isZero(at) && !v.undefined {
		return &Decision{Verdict: Refuted, Reason: "at t = 0 from " + f.startText(), Witness: &Witness{Start: f.balls(bits), Time: zero, State: f.balls(bits), Margin: v.ball(bits)}}
	}
	end := until
	if end == nil {
		end = big.NewRat(64, 1)
		if f.effort.Horizon.Cmp(end) < 0 {
			end = f.effort.Horizon
		}
	}
	if end.Sign() == 0 {
		return nil
	}
	g := f.function(c.g)
	var worst *big.Float
	var fails []*big.Rat // looks at which it fails clearly, up to the worst one
	best := 0            // of these, so many up to the worst
	half := new(big.Float).SetFloat64(0.5)
	for _, look := range f.looks(ctx, end) {
		box := f.middle()
		for i, kind := range f.kinds {
			if kind != constant {
				box[i] = number(look.state[i])
			}
		}
		v := g.over(box)[0]
		if v.undefined || !v.bounded() {
			continue
		}
		value := v.middle()
		if value.Cmp(violation) < 0 {
			fails = append(fails, look.time)
		}
		// The first time at which it is about as bad as it gets.
		if worst == nil || value.Cmp(worst) < 0 {
			if worst == nil || worst.Sign() >= 0 || new(big.Float).Mul(value, half).Cmp(worst) < 0 {
				worst, best = value, len(fails)
			}
		}
	}
	// Where the worst one is out of reach an earlier one may do.
	for ; best > 0; best /= 2 {
		if d := f.brokenAt(ctx, c, fails[best-1]); d != nil {
			return d
		}
	}
	return nil
}

// A look is an approximate state at a time.
type look struct {
	time  *big.Rat
	state []*big.Float
}

// looks follows the solution from the middle of the starts, approximately, once
// for all statements about it.
func (f *flow) looks(ctx context.Context, end *big.Rat) []look {
	return recall(ctx, f.memory, f, "looks to "+end.RatString(), func() (out []look) {
		system, start := f.numeric()
		path, err := ode.Integrate(ctx, system, start, end, ode.Settings{Digits: 12, Budget: 400, Work: pipeWork})
		f.effort.work.spend(path.Work())
		if path == nil || err != nil && path.Until().Sign() == 0 {
			return nil
		}
		for k := range mostSeen {
			// Dense at first: t = end·(k/mostSeen)³.
			s := big.NewRat(int64(k+1), mostSeen)
			t := new(big.Rat).Mul(path.Until(), s)
			t.Mul(t, s).Mul(t, s)
			x, _ := t.Float64()
			t.SetFloat64(x)
			if t.Cmp(path.Until()) > 0 {
				continue
			}
			if state, err := path.At(t); err == nil {
				out = append(out, look{t, state})
			}
		}
		return out
	})
}

// brokenAt proves that the solution from one point breaks a claim at a time.
func (f *flow) brokenAt(ctx context.Context, c claim, when *big.Rat) *Decision {
	short := *f
	short.effort.Steps = min(f.effort.Steps, 300)
	pipe, err := short.follow(ctx, when)
	if err != nil {
		return nil
	}
	state := pipe.end
	v := f.graded(c.g).over(f.enclosed(state, when, when))
	if !v.negative() {
		return nil
	}
	return &Decision{Verdict: Refuted, Reason: fmt.Sprintf("at t = %s from %s", shortTime(when), f.startText()),
		Witness: &Witness{Start: f.balls(bits), Time: when, State: state, Margin: v.ball(bits)}}
}

// shortTime writes a time for reasons.
func shortTime(t *big.Rat) string { return short(new(big.Float).SetRat(t)) }

// startText writes the starts that were chosen.
func (f *flow) startText() string {
	var out []string
	for i, k := range f.kinds {
		if k != clock {
			out = append(out, f.names[i]+" = "+f.start[i].String())
		}
	}
	return listed(out)
}

// refuteLimit looks for one start whose solution is proved to tend elsewhere,
// or to tend at all where the statement denies that.
func (f *flow) refuteLimit(ctx context.Context, statement Statement) *Decision {
	if statement.Kind != KindLimit && statement.Kind != KindInfinite || f.isPoint() {
		return nil
	}
	for _, sample := range f.samples() {
		t, err := sample.settle(ctx)
		if err != nil {
			continue
		}
		at := f.graded(statement.X).over(t.limits())
		if at.undefined || !at.bounded() {
			continue
		}
		if statement.Kind == KindLimit {
			if target := f.graded(statement.Value).over(sample.box()); target.undefined || !at.disjoint(target) {
				continue
			}
		}
		return &Decision{Verdict: Refuted, Reason: fmt.Sprintf("from %s: %s", sample.startText(), t.describe()),
			Witness: &Witness{Start: sample.balls(bits), Time: t.time}, Values: t.values(at)}
	}
	return nil
}
