package alltime

import (
	"context"
	"math"
	"math/big"

	"muflow/ode"
)

// A Merging writes the unknowns of a solution in terms of few of them, in which
// it solves a smaller system.
type Merging struct {
	System *ode.System
	Start  []*ode.Expr
	Values []*ode.Expr // of every unknown of the whole system, in those of the smaller one
	Left   []int       // the unknowns of the whole system that those are
}

// Merge finds unknowns that stay at their start along the solution from constant
// expressions, and unknowns that are equal, or opposite, at all times.
//
// Such relations are guessed from a solution in floating point, and proved
// together: with σ the guessed values, and exactly
//
//	x_i(0) = σ_i(0),  f_i∘σ = σ_i' ,
//
// the solution of the smaller system, put into σ, solves the whole one; where all
// right-hand sides are seen to be defined and Lipschitz everywhere it is the only
// one. Relations that are not proved are left out until those that are left are.
// Nothing is merged where right-hand sides may have poles or be steep.
func Merge(ctx context.Context, system *ode.System, start []*ode.Expr) *Merging {
	m := &merger{rhs: system.RightHandSide, start: start}
	p := &Problem{System: system}
	for i, x := range start {
		s := At(x)
		if q := x.Value(); q != nil {
			s = Point(q)
		} else if isNumber(m.rhs[i], 0) { // a constant, of which the domain asks the least value
			s = Start{Low: big.NewRat(-1, 1), High: big.NewRat(1, 1)}
		}
		p.Start = append(p.Start, s)
	}
	d := p.domain()
	for _, rate := range m.rhs {
		if !d.total(rate) {
			return m.merging()
		}
	}
	m.guess(ctx, system)
	for m.refute() {
	}
	return m.merging()
}

// A merger holds what is guessed of each unknown: that it is sign times another
// one, or that it stays at its start.
type merger struct {
	rhs, start []*ode.Expr
	like       []int // the unknown that one is like, itself if nothing is guessed
	sign       []int64
	rests      []bool
}

const (
	mergeDigits = 12
	mergeBudget = 200
)

// guess looks at an approximate solution up to two times.
func (m *merger) guess(ctx context.Context, system *ode.System) {
	n := len(m.rhs)
	m.like, m.sign, m.rests = make([]int, n), make([]int64, n), make([]bool, n)
	for i := range m.like {
		m.like[i], m.sign[i] = i, 1
	}
	end := big.NewRat(1, 4)
	path, err := ode.Integrate(ctx, system, m.start, end, ode.Settings{Digits: mergeDigits, Budget: mergeBudget, Work: pipeWork})
	if err != nil {
		return
	}
	var looks [][]float64
	for _, part := range []*big.Rat{new(big.Rat), big.NewRat(11, 64), end} {
		state, err := path.At(part)
		if err != nil {
			return
		}
		look := make([]float64, n)
		for i, x := range state {
			look[i], _ = x.Float64()
		}
		looks = append(looks, look)
	}
	near := func(i, k int, sign float64) bool {
		for _, look := range looks {
			if gap := look[i] - float64(sign*look[k]); !(math.Abs(gap) <= 1e-9*max(math.Abs(look[i]), 1e-6)) {
				return false
			}
		}
		return true
	}
	for i := range n {
		still := true
		for _, look := range looks {
			still = still && math.Abs(look[i]-looks[0][i]) <= 1e-9*max(math.Abs(looks[0][i]), 1e-6)
		}
		if m.rests[i] = still; still {
			continue
		}
		for k := range i {
			if m.rests[k] || m.like[k] != k {
				continue
			}
			for _, sign := range []int64{1, -1} {
				if near(i, k, float64(sign)) && isZero(m.start[i].Sub(m.start[k].Scale(big.NewRat(sign, 1)))) {
					m.like[i], m.sign[i] = k, sign
				}
			}
			if m.like[i] != i {
				break
			}
		}
	}
}

// values puts the guesses into unknowns, those that are left as by name.
func (m *merger) values(name func(i int) *ode.Expr) []*ode.Expr {
	out := make([]*ode.Expr, len(m.rhs))
	for i := range out {
		switch k := m.like[i]; {
		case m.rests[i]:
			out[i] = m.start[i]
		case m.sign[i] < 0:
			out[i] = name(k).Neg()
		default:
			out[i] = name(k)
		}
	}
	return out
}

// refute takes back the guesses that are not proved, and reports whether there
// were any.
func (m *merger) refute() bool {
	rates := ode.SubstituteAll(m.rhs, m.values(ode.State))
	var wrong []int
	for i, k := range m.like {
		gap := rates[i]
		switch {
		case m.rests[i]:
		case k == i:
			continue
		default:
			gap = rates[i].Sub(rates[k].Scale(big.NewRat(m.sign[i], 1)))
		}
		if zero, err := Vanishes(gap); !zero || err != nil {
			wrong = append(wrong, i)
		}
	}
	for _, i := range wrong {
		m.like[i], m.sign[i], m.rests[i] = i, 1, false
	}
	return len(wrong) > 0
}

func (m *merger) merging() *Merging {
	out := &Merging{System: &ode.System{}}
	if m.like == nil { // nothing was guessed
		out.System = &ode.System{Dimension: len(m.rhs), RightHandSide: m.rhs}
		out.Start = m.start
		for i := range m.rhs {
			out.Values, out.Left = append(out.Values, ode.State(i)), append(out.Left, i)
		}
		return out
	}
	place := make([]int, len(m.rhs))
	var left []int
	for i, k := range m.like {
		if k == i && !m.rests[i] {
			place[i] = len(left)
			left = append(left, i)
		}
	}
	if len(left) == 0 { // nothing moves, and a system has at least one unknown
		out.System = &ode.System{Dimension: 1, RightHandSide: []*ode.Expr{ode.Integer(0)}}
		out.Start, out.Values, out.Left = m.start[:1], m.start, []int{0}
		return out
	}
	out.Values = m.values(func(i int) *ode.Expr { return ode.State(place[i]) })
	out.System.Dimension, out.Left = len(left), left
	rates := ode.SubstituteAll(m.rhs, out.Values)
	for _, i := range left {
		out.Start = append(out.Start, m.start[i])
		out.System.RightHandSide = append(out.System.RightHandSide, rates[i])
	}
	return out
}

// merged is a problem whose starts are all one point, in terms of few unknowns,
// nil where there are not fewer.
func (p *Problem) merged(ctx context.Context, exprs []*ode.Expr) (*Problem, []*ode.Expr) {
	start := make([]*ode.Expr, len(p.Start))
	moving := 0
	for i, s := range p.Start {
		switch {
		case s.Value != nil && len(unknownsOf(s.Value)) == 0:
			start[i] = s.Value
		case s.Value == nil && s.Low.Cmp(s.High) == 0:
			start[i] = ode.Rational(s.Low)
		default:
			return nil, nil
		}
		if kindOf(p.System.RightHandSide[i], s) == dynamic {
			moving++
		}
	}
	if moving < 2 {
		return nil, nil
	}
	m := Merge(ctx, p.System, start)
	if len(m.Left) == len(start) {
		return nil, nil
	}
	out := &Problem{System: m.System, Effort: p.Effort, Memory: p.Memory, Conserved: ode.SubstituteAll(p.Conserved, m.Values)}
	for k, i := range m.Left {
		s := At(m.Start[k])
		if q := m.Start[k].Value(); q != nil {
			s = Point(q)
		}
		out.Start = append(out.Start, s)
		if len(p.Names) > 0 {
			out.Names = append(out.Names, p.Names[i])
		}
	}
	in := ode.SubstituteAll(exprs, m.Values)
	if !out.existsWith(in) {
		return nil, nil
	}
	return out, in
}

// existsWith reports whether all unknowns that move are among those that
// expressions depend on, or else exist at all times: a statement about what stays
// still is one about a solution that must exist.
func (p *Problem) existsWith(exprs []*ode.Expr) bool {
	var all []*ode.Expr
	for i := range p.System.RightHandSide {
		all = append(all, ode.State(i))
	}
	whole, _, err := p.restrict(all...)
	if err != nil {
		return false
	}
	part, _, err := p.restrict(exprs...)
	return err == nil && (len(part.of(dynamic)) == len(whole.of(dynamic)) || whole.linearGrowth())
}
