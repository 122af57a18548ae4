package alltime

import (
	"context"
	"fmt"
	"math/big"
	"slices"
	"strings"

	"muflow/ode"
)

// A block is the part of a sum that depends on unknowns of its own.
type block struct {
	moving []int // unknowns that it depends on
	sum    *ode.Expr
}

// blocks writes an expression as a sum over independent parts of the flow, and of
// what does not move.
func (p *Problem) blocks(x *ode.Expr) (list []block, still *ode.Expr) {
	still = ode.Integer(0)
	for _, t := range terms(x, big.NewRat(1, 1)) {
		b := block{moving: p.closure(t.of), sum: t.of}
		if t.times.Cmp(big.NewRat(1, 1)) != 0 {
			b.sum = t.of.Scale(t.times)
		}
		if len(b.moving) == 0 {
			still = still.Add(b.sum)
			continue
		}
		for i := len(list) - 1; i >= 0; i-- {
			if slices.ContainsFunc(list[i].moving, func(k int) bool { return slices.Contains(b.moving, k) }) {
				b.moving, b.sum = append(b.moving, list[i].moving...), list[i].sum.Add(b.sum)
				list = slices.Delete(list, i, i+1)
			}
		}
		list = append(list, b)
	}
	return list, still
}

// closure lists the unknowns that move, t among them, on which an expression
// depends along the flow.
func (p *Problem) closure(x *ode.Expr) (out []int) {
	seen := map[int]bool{}
	open := unknownsOf(x)
	for len(open) > 0 {
		i := open[0]
		open = open[1:]
		rate := p.System.RightHandSide[i]
		if seen[i] || kindOf(rate, p.Start[i]) == constant {
			continue
		}
		seen[i] = true
		out = append(out, i)
		open = append(open, unknownsOf(rate)...)
	}
	return out
}

// decideBlocks decides a statement about a sum over independent parts of the flow
// by one about each, nil where that does not help:
//
//	each part decreases  ⇒  the sum does
//	each part has a limit ⇒ the sum has the sum of them, and if all but one have,
//	                        the sum has one if and only if that part has
func (p *Problem) decideBlocks(ctx context.Context, statement Statement) *Decision {
	switch statement.Kind {
	case KindLimit, KindInfinite, KindConverges, KindIncreases, KindDecreases:
	default:
		return nil
	}
	list, still := p.blocks(statement.X)
	if len(list) < 2 || !p.defined(still) {
		return nil
	}
	var reasons []string
	of := func(kind Kind, b block, value *ode.Expr) *Decision {
		part := Statement{Kind: kind, X: b.sum, Value: value, Sign: statement.Sign}
		exprs := []*ode.Expr{b.sum}
		if value != nil {
			exprs = append(exprs, value)
		}
		d, err := decideOnce(ctx, p, part, exprs)
		if err != nil {
			return undecided("%v", err)
		}
		if d.Verdict == Proved {
			reasons = append(reasons, d.Reason)
		}
		return d
	}
	all := func(verdict Verdict, values []Value) *Decision {
		return &Decision{Verdict: verdict, Reason: fmt.Sprintf("in %d independent parts: %s", len(list), strings.Join(slices.Compact(reasons), "; ")), Values: values}
	}
	switch statement.Kind {
	case KindIncreases, KindDecreases:
		for _, b := range list {
			if of(statement.Kind, b, nil).Verdict != Proved {
				return nil
			}
		}
		return all(Proved, nil)
	case KindLimit:
		return p.limitOfBlocks(statement.Value.Sub(still), list, of, all)
	}
	diverges, infinite := 0, 0
	for _, b := range list {
		switch d := of(KindConverges, b, nil); {
		case d.Verdict == Undecided:
			return nil
		case d.Verdict == Refuted:
			diverges++
			reasons = append(reasons, d.Reason)
			if statement.Kind == KindInfinite && of(KindInfinite, b, nil).Verdict == Proved {
				infinite++
			}
		}
	}
	switch {
	case statement.Kind == KindConverges && diverges == 0:
		return all(Proved, nil)
	case statement.Kind == KindConverges && diverges == 1 && p.isPoint(), statement.Kind == KindInfinite && diverges == 0:
		return all(Refuted, nil)
	case statement.Kind == KindInfinite && diverges == infinite:
		return all(Proved, nil)
	}
	return nil
}

// limitOfBlocks compares the sum of limits with a value; one of them may be known
// by an equation only.
func (p *Problem) limitOfBlocks(left *ode.Expr, list []block, of func(Kind, block, *ode.Expr) *Decision, all func(Verdict, []Value) *Decision) *Decision {
	var open []block
	for _, b := range list {
		end := p.exactLimit(b.sum)
		if end == nil || of(KindLimit, b, end).Verdict != Proved {
			open = append(open, b)
			continue
		}
		left = left.Sub(end)
	}
	switch len(open) {
	case 0:
		if p.defined(left) && isZero(left) {
			return all(Proved, nil)
		}
		if len(unknownsOf(left)) > 0 {
			break
		}
		v, err := ode.Evaluate(left, nil, bits)
		if err != nil {
			break
		}
		if sign, ok := v.Sign(); ok && sign != 0 {
			d := all(Refuted, nil)
			d.Reason += fmt.Sprintf("; the sum of the limits is less than stated by %s", fromBall(v))
			return d
		}
	case 1:
		switch d := of(KindLimit, open[0], left); {
		case d.Verdict == Proved:
			return all(Proved, nil)
		case d.Verdict == Refuted && p.isPoint():
			return d
		}
	}
	return nil
}

// defined reports whether an expression in constants has a value for all of them.
func (p *Problem) defined(x *ode.Expr) bool {
	f, in, err := p.restrict(x)
	return err == nil && !newGraded(in[0]).over(f.box()).undefined
}

// isPoint reports whether all starts are one point.
func (p *Problem) isPoint() bool {
	return !slices.ContainsFunc(p.Start, func(s Start) bool { return s.Value == nil && (s.isAny() || s.Low.Cmp(s.High) != 0) })
}

// exactLimit is the limit of a function of one unknown that moves, where that is
// a number that can be written; nil if it is not.
func (p *Problem) exactLimit(x *ode.Expr) *ode.Expr {
	f, in, err := p.restrict(x)
	if err != nil {
		return nil
	}
	s := f.scalar()
	if s == nil || len(s.pieces) != 1 {
		return nil
	}
	values := make([]*ode.Expr, len(f.rhs))
	var end *ode.Expr
	switch piece := &s.pieces[0]; piece.fate {
	case escapes:
		_, end, _ = s.farAway(in[0], piece)
	case rests:
		end = f.atStart(in[0])
	case settles:
		if values[s.at] = s.solved(piece); values[s.at] != nil {
			end = in[0].Substitute(values)
		}
	}
	if end == nil || len(unknownsOf(end)) > 0 {
		return nil
	}
	return end
}
