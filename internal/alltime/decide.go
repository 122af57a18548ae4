package alltime

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"strings"

	"muflow/ode"
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
	if err := problem.expressions(exprs...); err != nil {
		return nil, err
	}
	flow, exprs, err := problem.restrict(exprs...)
	if err != nil {
		return nil, err
	}
	statement = statement.with(exprs)
	switch statement.Kind {
	case KindUnique, KindInvariant:
		return undecided("not looked at"), nil
	}
	if len(flow.of(dynamic)) == 0 && len(flow.of(clock)) == 0 {
		return flow.fixed(statement), nil
	}
	if s := flow.scalar(); s != nil && statement.Until == nil {
		d := s.decide(statement)
		if d.Verdict == Refuted && statement.Kind == KindAlways { // with a time
			if found := flow.refuteAlways(ctx, statement); found != nil {
				return found, nil
			}
		}
		if d.Verdict != Undecided {
			return d, nil
		}
		if statement.Kind == KindAlways {
			if found := flow.refuteAlways(ctx, statement); found != nil {
				return found, nil
			}
		}
		if len(flow.of(dynamic)) == 0 {
			return d, nil
		}
		if other := flow.vector(ctx, statement); other.Verdict != Undecided {
			return other, nil
		}
		return d, nil
	}
	return flow.vector(ctx, statement), nil
}

// fixed decides statements about constants.
func (f *flow) fixed(statement Statement) *Decision {
	value := func(x *ode.Expr) interval { return newGraded(x).over(f.start) }
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
					if v := newFunction(c.g).over(sample.start)[0]; v.negative() || c.want == isPositive && v.isZero() {
						return &Decision{Verdict: Refuted, Reason: fmt.Sprintf("%s fails at %s", f.describe(r), sample.startText()), Witness: &Witness{Start: sample.balls(bits), Time: new(big.Rat), State: sample.balls(bits), Relation: n, Excess: v.ball(bits)}}
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
	case KindLimit:
		out = []*ode.Expr{s.X, s.Value}
	default:
		out = []*ode.Expr{s.X}
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
	return fmt.Sprintf("%s %s %s", f.named(r.Left), r.Comparison, f.named(r.Right))
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
