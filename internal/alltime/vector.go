package alltime

import (
	"context"
	"fmt"
	"math"
	"math/big"
	"strings"

	"muflow/ode"
	"muflow/ode/ball"
)

// onTail is a box that holds the solutions at all t ≥ T.
func (t *tail) onTail() []interval {
	box := t.hull(t.radius)
	for i, k := range t.flow.kinds {
		if k == clock {
			box[i] = interval{low: lower().SetRat(t.time), high: infinite(1), openHigh: true}
		}
	}
	return box
}

// everywhere is a box that holds the solutions at all t ≥ 0.
func (t *tail) everywhere(ctx context.Context) ([]interval, error) {
	box := t.hull(t.radius)
	if t.pipe != nil {
		over, err := t.pipe.over(ctx)
		if err != nil {
			return nil, err
		}
		for _, i := range t.moving {
			box[i] = box[i].hull(over[i])
		}
	}
	return box, nil
}

// extended follows the solutions until they are so many times closer.
func (t *tail) extended(ctx context.Context, factor float64) bool {
	if t.radius.Cmp(upper().Mul(t.least(), new(big.Float).SetFloat64(1.5))) <= 0 {
		return false
	}
	more := new(big.Rat).SetFloat64(math.Log(factor) / -t.slowest)
	if more == nil {
		return false
	}
	until := new(big.Rat).Add(t.time, more)
	rounded, _ := until.Float64()
	until.SetFloat64(math.Ceil(rounded*64) / 64)
	if until.Cmp(t.flow.effort.Horizon) > 0 {
		return false
	}
	before := t.radius
	trial := *t
	if trial.follow(ctx, until) != nil || trial.radius.Cmp(before) >= 0 {
		return false
	}
	*t = trial
	return true
}

// claim proves g > 0 or g ≥ 0 at all times.
func (t *tail) claim(ctx context.Context, g *ode.Expr, want sign) (reason string, ok bool) {
	t.flow.effort.work.begins("showing a relation near the equilibrium")
	g = t.withoutAbs(ctx, g)
	if box, err := t.everywhere(ctx); err == nil {
		if ok, _ := t.flow.graded(g).shown(want, box, 100); ok {
			return "by intervals on a box that is never left", true
		}
		if reason, ok := t.flow.barrier(box).proves(g, want); ok {
			return reason, true
		}
	}
	value := t.flow.graded(g)
	for range 6 {
		if shown, _ := value.shown(want, t.onTail(), 200); shown {
			if t.pipe == nil {
				return "by intervals on a ball that is never left", true
			}
			if shown, left := t.pipe.shows(ctx, g, want); !shown {
				return fmt.Sprintf("the flowpipe does not decide at t = %s", left.FloatString(4)), false
			}
			return fmt.Sprintf("on the flowpipe, and by intervals from t = %s on", t.time.FloatString(2)), true
		}
		// Closer by what there is left, if the limit decides at all.
		limits := t.limits()
		for i, k := range t.flow.kinds {
			if k == clock {
				limits[i] = t.onTail()[i]
			}
		}
		at := value.over(limits)
		if !at.undefined && at.hasZero() {
			break
		}
		if !t.extended(ctx, t.closer(g, at)) {
			break
		}
	}
	for _, by := range []func(context.Context, *ode.Expr, sign) (string, bool){t.bound, t.cone} {
		if reason, ok := by(ctx, g, want); ok {
			return reason, true
		}
	}
	return "it is not decided near the equilibrium", false
}

// closer guesses how much closer the solutions must come for g to have the sign
// that it has at the equilibrium.
func (t *tail) closer(g *ode.Expr, limit interval) float64 {
	row := make(matrix, 1)
	box := t.onTail()
	for _, i := range t.moving {
		row[0] = append(row[0], t.flow.function(g.Derivative(i)).over(box)[0])
	}
	slope, _ := norm(row.mul(t.v)[0]).Float64()
	radius, _ := t.radius.Float64()
	size, _ := limit.low.Float64()
	factor := 2 * float64(slope*radius) / size
	if !(factor > 16) {
		return 16
	}
	return min(factor, 1e8)
}

// withoutAbs writes |u| as ±u where the sign of u is proved at all times.
func (t *tail) withoutAbs(ctx context.Context, g *ode.Expr) *ode.Expr {
	return g.Rewrite(func(x *ode.Expr) *ode.Expr {
		u := absolute(x)
		if u == nil {
			return nil
		}
		if _, ok := t.claim(ctx, u, isNonNegative); ok {
			return u
		}
		if _, ok := t.claim(ctx, u.Neg(), isNonNegative); ok {
			return u.Neg()
		}
		return nil
	}, map[*ode.Expr]*ode.Expr{})
}

// mostMoving bounds the unknowns of a flow that is followed: matrices of intervals
// take the third power of it.
const mostMoving = 40

// vector decides statements about flows with several moving unknowns.
func (f *flow) vector(ctx context.Context, statement Statement) *Decision {
	if moving := len(f.of(dynamic)); moving > mostMoving {
		d := f.withoutFollowing(statement)
		if statement.Kind == KindIncreases || statement.Kind == KindDecreases {
			d = f.monotoneEverywhere(statement)
		}
		if d == nil {
			d = undecided("%d unknowns move together, and solutions of up to %d are followed", moving, mostMoving)
		}
		return d
	}
	if statement.Kind == KindAlways {
		if d := f.refuteAlways(ctx, statement); d != nil {
			return d
		}
		if d := f.withoutFollowing(statement); d != nil {
			return d
		}
		if statement.Until != nil {
			return f.until(ctx, statement)
		}
	}
	if statement.Kind == KindIncreases || statement.Kind == KindDecreases {
		if d := f.monotoneEverywhere(statement); d != nil {
			return d
		}
		if d := f.refuteMonotone(ctx, statement); d != nil {
			return d
		}
	}
	var bounded *Decision // that converges, in a box that does not tell where to
	switch statement.Kind {
	case KindInfinite, KindConverges, KindIncreases, KindDecreases:
		bounded = f.forever(statement)
		if bounded != nil && (statement.Kind != KindConverges || bounded.Verdict != Proved) {
			return bounded
		}
	}
	t, err := f.settle(ctx)
	if err != nil {
		if bounded != nil {
			return bounded
		}
		if d := f.refuteLimit(ctx, statement); d != nil {
			return d
		}
		if statement.Kind == KindInfinite {
			return undecided("the derivative of %s is not shown to be away from 0 as long as it is bounded, on a box that is never left; nor that it converges: %v", f.brief(statement.X), err)
		}
		return undecided("%v", err)
	}
	switch statement.Kind {
	case KindAlways:
		return t.always(ctx, statement.Relations)
	case KindConverges, KindInfinite:
		at := f.graded(statement.X).over(t.limits())
		if at.undefined || !at.bounded() {
			if bounded != nil {
				return bounded
			}
			return undecided("%s, where %s is not shown to be defined", t.describe(), f.brief(statement.X))
		}
		d := &Decision{Verdict: Proved, Reason: t.describe(), Values: t.values(at)}
		if statement.Kind == KindInfinite {
			d.Verdict = Refuted
		}
		return d
	case KindLimit:
		return t.limit(ctx, statement)
	case KindIncreases:
		return t.monotone(ctx, statement.X)
	case KindDecreases:
		return t.monotone(ctx, statement.X.Neg())
	}
	return undecided("not a statement about a flow")
}

func (t *tail) values(limit interval) []Value {
	return []Value{{"limit", limit.ball(bits)}, {"rate", ball.New(bits).SetFloat(t.rate)}, {"T", ball.New(bits).SetRat(t.time)}}
}

func (t *tail) always(ctx context.Context, relations []Relation) *Decision {
	var reasons []string
	for _, r := range relations {
		for _, c := range r.claims() {
			reason, ok := t.claim(ctx, c.g, c.want)
			if !ok {
				if at := t.flow.graded(c.g).over(t.limits()); at.negative() && !t.flow.hasClock(c.g) {
					return &Decision{Verdict: Refuted, Reason: fmt.Sprintf("%s, where the difference of %s tends to %s, so that it fails from some time on", t.describe(), t.flow.describe(r), at), Values: t.values(at)}
				}
				return undecided("%s; %s: %s", t.describe(), t.flow.describe(r), reason)
			}
			reasons = append(reasons, t.flow.describe(r)+" "+reason)
		}
	}
	return &Decision{Verdict: Proved, Reason: t.describe() + "; " + strings.Join(reasons, "; "), Values: t.values(number(t.radius))[1:]}
}

// withoutFollowing proves relations by barriers on a box that is never left.
func (f *flow) withoutFollowing(statement Statement) *Decision {
	if statement.Kind != KindAlways {
		return nil
	}
	box, chain, exists := f.region()
	if !exists {
		return nil
	}
	if chain != "" {
		chain += ", "
	}
	chain += fmt.Sprintf("in the box %s, which is never left, solutions exist at all times", f.boxText(box))
	var reasons []string
	for _, r := range statement.Relations {
		for _, c := range r.claims() {
			reason, ok := f.barrier(box).proves(c.g, c.want)
			if !ok && len(f.given) > 0 {
				ok, _ = f.graded(c.g).shown(c.want, box, barrierCells)
				reason = "by intervals"
				if !ok {
					ok, reason = f.onLevels(c.g, c.want, box), "as a multiple of the conserved quantity shows"
				}
			}
			if !ok {
				return nil
			}
			reasons = append(reasons, f.describe(r)+": "+reason)
		}
	}
	return &Decision{Verdict: Proved, Reason: chain + "; " + strings.Join(reasons, "; ")}
}

// linearGrowth reports whether the right-hand side is defined on the whole space
// and each entry is bounded there or all of its slopes are: then it is Lipschitz
// on bounded sets (see domain) and at most a + b·‖x‖, so that solutions exist at
// all times (for t in it, on every bounded interval of time).
func (f *flow) linearGrowth() bool {
	box := f.box()
	for _, i := range f.of(dynamic) {
		v := f.function(f.rhs[i]).over(box)[0]
		if v.undefined {
			return false
		}
		if v.bounded() {
			continue
		}
		for _, k := range unknownsOf(f.rhs[i]) {
			if f.kinds[k] != dynamic {
				continue
			}
			if v := f.function(f.rhs[i].Derivative(k)).over(box)[0]; v.undefined || !v.bounded() {
				return false
			}
		}
	}
	return true
}

// until decides relations up to a time by a flowpipe.
func (f *flow) until(ctx context.Context, statement Statement) *Decision {
	pipe, err := f.follow(ctx, statement.Until)
	if err != nil {
		return undecided("%v", err)
	}
	for _, r := range statement.Relations {
		for _, c := range r.claims() {
			if ok, left := pipe.shows(ctx, c.g, c.want); !ok {
				over, err := pipe.over(ctx)
				if err == nil {
					if _, ok := f.barrier(over).proves(c.g, c.want); ok {
						continue
					}
				}
				return undecided("%s is not decided by the flowpipe at t = %s", f.describe(r), left.FloatString(4))
			}
		}
	}
	return &Decision{Verdict: Proved, Reason: fmt.Sprintf("on a flowpipe to t = %s", statement.Until.FloatString(2))}
}
