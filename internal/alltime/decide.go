package alltime

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"

	"muflow/ode"
	"muflow/ode/ball"
)

// Decide proves or refutes a statement about all solutions of a problem. The
// error tells of a problem that is none; what cannot be decided is Undecided,
// and so is what the context cuts short.
func Decide(ctx context.Context, problem *Problem, statement Statement) (*Decision, error) {
	if err := problem.Validate(); err != nil {
		return nil, err
	}
	exprs, err := statement.expressions(problem)
	if err != nil {
		return nil, err
	}
	if statement.Kind != KindUnique && statement.Kind != KindInvariant {
		for i, s := range problem.Start {
			if s.isAny() {
				return nil, fmt.Errorf("the start of unknown %d, expected low ≤ high", i)
			}
		}
	}
	if err := problem.expressions(exprs...); err != nil {
		return nil, err
	}
	if problem.isLong(exprs) {
		return undecided("an expression of more than %d operations, with its shared parts written out", maxWritten), nil
	}
	problem = problem.metered()
	d, err := problem.Effort.work.within(func() (*Decision, error) { return decideValid(ctx, problem, statement, exprs) })
	if err == nil && d.Verdict == Undecided && problem.Certify(statement) != nil {
		return &Decision{Verdict: Proved, Reason: byCertificate + ", as signs of polynomials"}, nil
	}
	return d, err
}

// decideValid decides a valid statement about a valid problem, within its work.
func decideValid(ctx context.Context, problem *Problem, statement Statement, exprs []*ode.Expr) (*Decision, error) {
	if reason := problem.admits(statement, exprs); reason != "" {
		if d := problem.decideAbove(statement, exprs); d != nil {
			return d, nil
		}
		return undecided("%s", reason), nil
	}
	if statement.Kind != KindUnique && statement.Kind != KindInvariant {
		if fewer, in := problem.merged(ctx, exprs); fewer != nil {
			problem, statement, exprs = fewer, statement.with(in), in
		}
	}
	return decideOnce(ctx, problem, statement, exprs)
}

// byCertificate begins the reason of what only a certificate proves.
const byCertificate = "by a certificate of package scalar"

// decideOnce decides it once, in the unknowns that it has.
func decideOnce(ctx context.Context, problem *Problem, statement Statement, exprs []*ode.Expr) (*Decision, error) {
	flow, inside, err := problem.restrict(exprs...)
	if err != nil {
		return nil, err
	}
	switch statement.Kind {
	case KindUnique:
		low, high := make([]*big.Rat, len(flow.rhs)), make([]*big.Rat, len(flow.rhs))
		for i, x := range inside {
			if x.Operation() == ode.OpState {
				low[x.Index()], high[x.Index()] = statement.Box[i].Low, statement.Box[i].High
			}
		}
		return flow.unique(ctx, low, high), nil
	case KindInvariant:
		return flow.invariant(statement.with(inside).Relations), nil
	}
	if d := problem.decideBlocks(ctx, statement); d != nil {
		return d, nil
	}
	d := flow.decide(ctx, statement.with(inside), mostParts)
	if d.Verdict == Undecided && len(flow.of(dynamic)) > 1 {
		if other := problem.decideReduced(ctx, statement, exprs); other != nil {
			return other, nil
		}
	}
	return d, nil
}

// mostParts is into how many parts starts and parameters are cut.
const mostParts = 64

// decide decides a statement, for parts of the starts and parameters where it
// is not decided for all of them at once but is for the middle.
func (f *flow) decide(ctx context.Context, statement Statement, parts int) *Decision {
	d := f.decideWhole(ctx, statement)
	if d.Verdict != Undecided || f.isPoint() || ctx.Err() != nil {
		return d
	}
	middle := Undecided
	for i, sample := range f.samples() {
		if i > 0 && len(sample.of(dynamic)) > 1 && !sample.rests() { // vector flows look at corners themselves
			continue
		}
		one := sample.decideWhole(ctx, statement)
		if one.Verdict == Refuted {
			one.Reason = fmt.Sprintf("from %s: %s", sample.startText(), one.Reason)
			return one
		}
		if i == 0 {
			middle = one.Verdict
		}
	}
	if middle == Undecided {
		return d
	}
	total := *d
	total.Verdict = Proved
	open, count := []*flow{f}, 0
	for len(open) > 0 {
		part := open[len(open)-1]
		open = open[:len(open)-1]
		if part != f {
			d := part.decideWhole(ctx, statement)
			if d.Verdict == Refuted {
				d.Reason = fmt.Sprintf("from %s: %s", part.startText(), d.Reason)
				return d
			}
			if d.Verdict == Proved {
				total.Reason = d.Reason
				if count++; count == 1 {
					total.Values = d.Values
				} else {
					total.Values = united(total.Values, d.Values)
				}
				continue
			}
			if part.samples()[0].decideWhole(ctx, statement).Verdict == Undecided {
				return d
			}
		}
		if len(open)+count+2 > parts || ctx.Err() != nil {
			return d
		}
		a, b := part.halves(f)
		open = append(open, b, a)
	}
	total.Reason = fmt.Sprintf("in each of %d parts of the starts and parameters, as in the last: %s", count, total.Reason)
	return &total
}

// united encloses the values of two parts: one by one where they have the same
// names, and otherwise all of a name that both have in one.
func united(a, b []Value) []Value {
	same := func(x, y Value) bool { return x.Name == y.Name }
	var out []Value
	if slices.EqualFunc(a, b, same) {
		for i := range a {
			out = append(out, Value{a[i].Name, ball.New(bits).Union(a[i].Ball, b[i].Ball)})
		}
		return out
	}
	for _, x := range a {
		has := func(y Value) bool { return same(x, y) }
		if !slices.ContainsFunc(b, has) || slices.ContainsFunc(out, has) {
			continue
		}
		all := ball.New(bits).Set(x.Ball)
		for _, y := range slices.Concat(a, b) {
			if has(y) {
				all.Union(all, y.Ball)
			}
		}
		out = append(out, Value{x.Name, all})
	}
	return out
}

// halves cuts the longest interval of the starts, relative to all of it.
func (f *flow) halves(whole *flow) (a, b *flow) {
	at := -1
	var most *big.Rat
	for i := range f.rhs {
		if f.value[i] != nil || f.low[i].Cmp(f.high[i]) == 0 {
			continue
		}
		size := new(big.Rat).Sub(f.high[i], f.low[i])
		size.Quo(size, new(big.Rat).Sub(whole.high[i], whole.low[i]))
		if at < 0 || size.Cmp(most) > 0 {
			at, most = i, size
		}
	}
	m := new(big.Rat).Add(f.low[at], f.high[at])
	m.Quo(m, big.NewRat(2, 1))
	cut := func(low, high *big.Rat) *flow {
		return f.within(func(i int) (*big.Rat, *big.Rat) {
			if i == at {
				return low, high
			}
			return f.low[i], f.high[i]
		})
	}
	return cut(f.low[at], m), cut(m, f.high[at])
}

// decideWhole decides a statement for all starts and parameters at once.
func (f *flow) decideWhole(ctx context.Context, statement Statement) *Decision {
	if len(f.of(dynamic)) == 0 && len(f.of(clock)) == 0 {
		return f.fixed(statement)
	}
	if f.isPoint() && len(f.of(clock)) == 0 && f.rests() {
		return f.still().fixed(statement)
	}
	if (statement.Kind == KindIncreases || statement.Kind == KindDecreases) && !f.definedAtStart(statement.X) { // its derivative may not tell
		return undecided("%s is not shown to be defined at the start", f.brief(statement.X))
	}
	if x := statement.X; x != nil && len(f.of(dynamic))+len(f.of(clock)) > 1 && slices.ContainsFunc(unknownsOf(x), func(i int) bool { return f.kinds[i] == clock }) {
		// At a limit of the others, an unknown that is t has none.
		return undecided("%s is about t and about what moves with it; relations with t are decided by always", f.brief(x))
	}
	s := f.scalar()
	if s == nil || statement.Until != nil {
		return f.vector(ctx, statement)
	}
	d := s.decide(statement)
	if statement.Kind == KindAlways && d.Verdict != Proved { // with a time
		if found := f.refuteAlways(ctx, statement); found != nil {
			return found
		}
	}
	if d.Verdict != Undecided || len(f.of(dynamic)) == 0 {
		return d
	}
	if other := f.vector(ctx, statement); other.Verdict != Undecided {
		return other
	}
	return d
}

// rests reports whether the start is one point and an equilibrium, exactly.
func (f *flow) rests() bool {
	return f.isPoint() && !slices.ContainsFunc(f.of(dynamic), func(i int) bool {
		return !isZero(f.atStart(f.atStart(f.rhs[i]))) || !f.definedAtStart(f.rhs[i])
	})
}

// still is the flow of a start at an equilibrium, where nothing moves.
func (f *flow) still() *flow {
	g := *f
	g.rhs, g.kinds = slices.Clone(f.rhs), slices.Clone(f.kinds)
	for _, i := range f.of(dynamic) {
		g.rhs[i], g.kinds[i] = ode.Integer(0), constant
	}
	return &g
}

// fixed decides statements about constants.
func (f *flow) fixed(statement Statement) *Decision {
	value := func(x *ode.Expr) interval { return f.graded(x).over(f.start) }
	switch statement.Kind {
	case KindConverges:
		if v := value(statement.X); !v.undefined && v.bounded() {
			return &Decision{Verdict: Proved, Reason: "it is constant", Values: []Value{{"limit", v.ball(bits)}}}
		}
	case KindAlways:
		b := f.barrier(f.box())
		for n, r := range statement.Relations {
			for _, c := range r.claims() {
				if b.startHolds(c.g, c.want) {
					continue
				}
				for _, sample := range f.samples() {
					if v := f.function(c.g).over(sample.start)[0]; v.negative() || c.want == isPositive && v.isZero() {
						return &Decision{Verdict: Refuted, Reason: fmt.Sprintf("%s fails at %s", f.describe(r), sample.startText()), Witness: &Witness{Start: sample.balls(bits), Time: new(big.Rat), State: sample.balls(bits), Relation: n, Margin: v.ball(bits)}}
					}
				}
				return undecided("%s is not decided over the parameters", f.describe(r))
			}
		}
		return &Decision{Verdict: Proved, Reason: "for all parameters, nothing moves"}
	case KindLimit:
		g := statement.X.Sub(statement.Value)
		switch v := value(g); {
		case isZero(g) && !v.undefined:
			return &Decision{Verdict: Proved, Reason: "it is constant"}
		case !v.undefined && !v.hasZero():
			return &Decision{Verdict: Refuted, Reason: "it is constant, and not the value stated"}
		}
	default:
		return &Decision{Verdict: Refuted, Reason: "it is constant"}
	}
	return undecided("it is constant, and not decided over the parameters")
}

// expressions lists what a statement speaks of, and says what is missing.
func (s Statement) expressions(p *Problem) ([]*ode.Expr, error) {
	var out []*ode.Expr
	switch s.Kind {
	case KindAlways, KindInvariant:
		if len(s.Relations) == 0 {
			return nil, errors.New("a statement without a relation")
		}
		for _, r := range s.Relations {
			if r.Comparison > Equal {
				return nil, fmt.Errorf("comparison %d", r.Comparison)
			}
			out = append(out, r.Left, r.Right)
		}
	case KindUnique:
		if len(s.Box) != p.System.Dimension {
			return nil, fmt.Errorf("a box with %d entries for %d unknowns", len(s.Box), p.System.Dimension)
		}
		for i, b := range s.Box {
			if kindOf(p.System.RightHandSide[i], p.Start[i]) == dynamic && (b.Low == nil || b.High == nil || b.Low.Cmp(b.High) > 0) {
				return nil, fmt.Errorf("entry %d of a box, expected low ≤ high", i)
			}
			out = append(out, ode.State(i))
		}
	case KindLimit:
		out = []*ode.Expr{s.X, s.Value}
	case KindInfinite, KindConverges, KindIncreases, KindDecreases:
		out = []*ode.Expr{s.X}
	default:
		return nil, fmt.Errorf("a statement of kind %d", s.Kind)
	}
	for _, x := range out {
		if x == nil {
			return nil, errors.New("a statement with a missing expression")
		}
	}
	if s.Kind == KindLimit {
		for _, i := range unknownsOf(s.Value) {
			if i >= p.System.Dimension || !isNumber(p.System.RightHandSide[i], 0) {
				return nil, errors.New("a limit that is not an expression in constants")
			}
		}
	}
	if s.Kind == KindInfinite && s.Sign == 0 {
		return nil, errors.New("an infinite limit without a sign")
	}
	if s.Until != nil && s.Until.Sign() < 0 {
		return nil, errors.New("a negative end of time")
	}
	return out, nil
}

// with returns the statement with expressions in the place of its own.
func (s Statement) with(exprs []*ode.Expr) Statement {
	switch s.Kind {
	case KindAlways, KindInvariant:
		s.Relations = append([]Relation(nil), s.Relations...)
		for i := range s.Relations {
			s.Relations[i].Left, s.Relations[i].Right = exprs[2*i], exprs[2*i+1]
		}
	case KindLimit:
		s.X, s.Value = exprs[0], exprs[1]
	case KindUnique:
	default:
		s.X = exprs[0]
	}
	return s
}

// A claim is a relation as the sign of one expression.
type claim struct {
	g    *ode.Expr
	want sign
}

// claims writes a relation as signs; an equality is two.
func (r Relation) claims() []claim {
	up, down := r.Left.Sub(r.Right), r.Right.Sub(r.Left)
	switch r.Comparison {
	case Less:
		return []claim{{down, isPositive}}
	case LessEqual:
		return []claim{{down, isNonNegative}}
	case Greater:
		return []claim{{up, isPositive}}
	case GreaterEqual:
		return []claim{{up, isNonNegative}}
	}
	return []claim{{up, isNonNegative}, {down, isNonNegative}}
}

func (f *flow) describe(r Relation) string {
	return fmt.Sprintf("%s %s %s", f.brief(r.Left), r.Comparison, f.brief(r.Right))
}

// decide decides what a scalar flow does.
func (s *scalar) decide(statement Statement) *Decision {
	switch statement.Kind {
	case KindAlways:
		return s.always(statement.Relations)
	case KindLimit:
		return s.limit(statement.X, statement.Value)
	case KindInfinite:
		return s.infinite(statement.X, statement.Sign)
	case KindConverges:
		return s.converges(statement.X)
	case KindIncreases:
		return s.monotone(statement.X, 1)
	case KindDecreases:
		return s.monotone(statement.X, -1)
	}
	return undecided("not a statement about a scalar flow")
}

// always decides relations at all times.
func (s *scalar) always(relations []Relation) *Decision {
	d, ok := s.exists()
	if d != nil {
		return d
	}
	open := ""
	var reasons []string
	for n, r := range relations {
		for _, c := range r.claims() {
			for i := range s.pieces {
				p := &s.pieces[i]
				shown, broken, reason := s.relation(p, c.g, c.want)
				switch {
				case broken && ok:
					return &Decision{Verdict: Refuted, Reason: fmt.Sprintf("%s; %s fails, %s", s.describe(p), s.flow.describe(r), reason), Witness: &Witness{Relation: n}}
				case !shown:
					open = fmt.Sprintf("%s, and %s is not shown on the way", s.describe(p), s.flow.describe(r))
				default:
					text := s.flow.describe(r) + " " + reason
					if len(reasons) == 0 || reasons[len(reasons)-1] != text {
						reasons = append(reasons, text)
					}
				}
			}
		}
	}
	switch {
	case !ok:
		return s.undecidedPiece()
	case open != "":
		return undecided("%s", open)
	}
	return &Decision{Verdict: Proved, Reason: s.chain() + "; " + strings.Join(reasons, "; ")}
}

// ratOf returns a finite number exactly.
func ratOf(x *big.Float) *big.Rat {
	q, _ := x.Rat(nil)
	return q
}
