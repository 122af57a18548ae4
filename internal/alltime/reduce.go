package alltime

import (
	"context"
	"math/big"
	"slices"

	"muflow/ode"
)

// A reduction writes unknowns in terms of others, on the solutions of a
// problem: directions in which nothing contracts are taken out.
//
//	Q conserved, Q = a·y + R       ⇒ y = (Q(0) − R)/a
//	Q conserved, Q = a·y² + R      ⇒ y = ±√((Q(0) − R)/a), the sign that of y(0),
//	                                  where the root is of a number > 0 everywhere
//	y(0) = ±x(0), y' = ±x' there   ⇒ y = ±x, as solutions are unique
//
// with a a number, and R without y, defined on the whole space. That Q is conserved
// is proved, by algebra.
type reduction struct {
	problem *Problem
	values  []*ode.Expr // in the place of unknowns, nil for those that stay
	text    string
}

// reduced finds a reduction of one unknown, nil if there is none.
func (p *Problem) reduced() *reduction {
	q := p.startsNamed()
	if r := q.symmetric(); r != nil {
		return r
	}
	for _, x := range p.Conserved {
		if r := q.onLevel(x); r != nil {
			return r
		}
	}
	return nil
}

// startsNamed gives every start by interval of a moving unknown a constant
// unknown of its own, so that expressions can refer to it.
func (p *Problem) startsNamed() *Problem {
	q := &Problem{System: &ode.System{Dimension: p.System.Dimension, RightHandSide: append([]*ode.Expr(nil), p.System.RightHandSide...)},
		Start: append([]Start(nil), p.Start...), Names: append([]string(nil), p.Names...), Conserved: p.Conserved, Effort: p.Effort, Memory: p.Memory}
	for i := range p.Start {
		s := p.Start[i]
		if s.Value != nil || isNumber(p.System.RightHandSide[i], 0) || isNumber(p.System.RightHandSide[i], 1) {
			continue
		}
		if s.Low.Cmp(s.High) == 0 {
			q.Start[i] = At(ode.Rational(s.Low))
			continue
		}
		q.Start[i] = At(ode.State(q.System.Dimension))
		q.System.Dimension++
		q.System.RightHandSide = append(q.System.RightHandSide, ode.Integer(0))
		q.Start = append(q.Start, s)
		if len(q.Names) > 0 {
			q.Names = append(q.Names, q.Names[i]+".start")
		}
	}
	return q
}

// moves reports whether an unknown is neither constant nor t.
func (p *Problem) moves(i int) bool {
	return !isNumber(p.System.RightHandSide[i], 0) && !isNumber(p.System.RightHandSide[i], 1)
}

// symmetric finds two unknowns that stay equal, or opposite.
func (p *Problem) symmetric() *reduction {
	for i := range p.System.RightHandSide {
		for k := range i {
			if !p.moves(i) || !p.moves(k) {
				continue
			}
			for _, sign := range []int64{1, -1} {
				values := make([]*ode.Expr, p.System.Dimension)
				values[i] = ode.State(k).Scale(big.NewRat(sign, 1))
				start := p.Start[i].Value.Sub(p.Start[k].Value.Scale(big.NewRat(sign, 1)))
				gap := p.System.RightHandSide[i].Sub(p.System.RightHandSide[k].Scale(big.NewRat(sign, 1)))
				if isZero(start) && isZero(gap.Substitute(values)) {
					if r := p.with(values, i, "by symmetry"); r != nil {
						return r
					}
				}
			}
		}
	}
	return nil
}

// onLevel solves a conserved quantity for one unknown.
func (p *Problem) onLevel(x *ode.Expr) *reduction {
	f := &flow{rhs: p.System.RightHandSide, kinds: make([]kind, p.System.Dimension)}
	box := make([]interval, p.System.Dimension)
	starts := make([]*ode.Expr, p.System.Dimension)
	for i := range box {
		switch {
		case p.moves(i):
			box[i], starts[i] = everything(), p.Start[i].Value
		case isNumber(p.System.RightHandSide[i], 1):
			f.kinds[i] = clock
			box[i], starts[i] = everything(), ode.Integer(0)
			if p.Start[i].Value != nil || p.Start[i].Low.Sign() != 0 || p.Start[i].High.Sign() != 0 {
				return nil
			}
		default:
			f.kinds[i] = constant
			if p.Start[i].Value == nil {
				box[i] = between(p.Start[i].Low, p.Start[i].High)
			}
		}
	}
	for i, s := range p.Start {
		if f.kinds[i] == constant && s.Value != nil {
			box[i] = newGraded(s.Value).over(box)
		}
	}
	still := func(i int) bool { return f.kinds[i] == constant }
	if !KeepsValue(x, still) || !isZero(f.derivative(x)) {
		return nil
	}
	forms := newForms()
	form, err := forms.of(x)
	if err != nil || len(form.den.Variables()) > 0 {
		return nil
	}
	level := x.Substitute(starts)
	for _, i := range unknownsOf(x) {
		if !p.moves(i) {
			continue
		}
		c := form.num.Coefficients(stateName(i))
		inAtoms := false
		for _, v := range form.num.Variables() {
			for _, k := range unknownsOf(forms.atoms[v]) {
				inAtoms = inAtoms || k == i && v != stateName(i)
			}
		}
		if inAtoms || len(c) < 2 || len(c) > 3 || len(c) == 3 && !c[1].IsZero() {
			continue
		}
		a, ok := c[len(c)-1].Rational()
		if !ok {
			continue
		}
		rest := level.Sub(forms.polynomial(c[0])).Scale(new(big.Rat).Inv(a))
		values := make([]*ode.Expr, p.System.Dimension)
		if newFunction(rest).over(box)[0].undefined { // where the quantity has no value, it may change
			continue
		}
		if len(c) == 2 {
			values[i] = rest
			return p.with(values, i, "on the level of the conserved quantity")
		}
		start := newGraded(p.Start[i].Value).over(box)
		if normal, err := newForms().of(rest); err != nil || normal.num.IsZero() || start.undefined || start.hasZero() || !newFunction(rest).over(box)[0].positive() {
			continue
		}
		values[i] = rest.Sqrt()
		if start.negative() {
			values[i] = values[i].Neg()
		}
		return p.with(values, i, "on the level of the conserved quantity")
	}
	return nil
}

// with is the problem without one unknown, nil where its rate may have no value:
// what is left would not tell.
func (p *Problem) with(values []*ode.Expr, gone int, why string) *reduction {
	if !p.domain().total(p.System.RightHandSide[gone]) {
		return nil
	}
	name := ode.State(gone).String()
	if len(p.Names) > 0 {
		name = p.Names[gone]
	}
	r := &reduction{values: values, problem: &Problem{Start: slices.Clone(p.Start), Names: p.Names, Effort: p.Effort, Memory: p.Memory}, text: why + " without " + name}
	r.problem.System = &ode.System{Dimension: p.System.Dimension, RightHandSide: ode.SubstituteAll(p.System.RightHandSide, values)}
	r.problem.Conserved = ode.SubstituteAll(p.Conserved, values)
	r.problem.System.RightHandSide[gone], r.problem.Start[gone] = ode.Integer(0), Point(new(big.Rat)) // it occurs no more
	return r
}

// decideReduced decides a statement with one unknown less, nil if that does
// not help.
func (p *Problem) decideReduced(ctx context.Context, statement Statement, exprs []*ode.Expr) *Decision {
	r := p.reduced()
	if r == nil {
		return nil
	}
	exprs = ode.SubstituteAll(exprs, r.values)
	d, err := decideOnce(ctx, r.problem, statement.with(exprs), exprs)
	if err != nil || d.Verdict == Undecided {
		return nil
	}
	d.Reason = r.text + ": " + d.Reason
	return d
}
