package alltime

import (
	"errors"
	"fmt"
	"math/big"

	"muflow/ode"
	"muflow/ode/ball"
)

type kind uint8

const (
	dynamic  kind = iota
	constant      // derivative 0
	clock         // derivative 1 from 0: t itself
)

// A flow is a problem, cut down to the unknowns that a statement depends on
// and without the constants that are one rational number.
type flow struct {
	rhs    []*ode.Expr
	kinds  []kind
	names  []string
	start  []interval  // of every unknown at t = 0
	low    []*big.Rat  // rational ends of the start, nil for one by value
	high   []*big.Rat  //
	value  []*ode.Expr // the start as an expression in constants, nil for one by interval
	given  []*ode.Expr // conserved
	effort Effort
	memory *Memory
	above  bool // the one unknown that moves is looked at where it is positive
}

// Validate reports what keeps a problem from being one.
func (p *Problem) Validate() error {
	if p == nil || p.System == nil {
		return errors.New("a problem without a system")
	}
	if err := p.System.Validate(); err != nil {
		return err
	}
	n := p.System.Dimension
	if len(p.Start) != n {
		return fmt.Errorf("%d starts for %d unknowns", len(p.Start), n)
	}
	if len(p.Names) != 0 && len(p.Names) != n {
		return fmt.Errorf("%d names for %d unknowns", len(p.Names), n)
	}
	for i, s := range p.Start {
		if s.Value == nil && !s.isAny() && (s.Low == nil || s.High == nil || s.Low.Cmp(s.High) > 0) {
			return fmt.Errorf("the start of unknown %d, expected low ≤ high", i)
		}
	}
	for i, s := range p.Start {
		if s.Value == nil {
			continue
		}
		if err := p.expressions(s.Value); err != nil {
			return fmt.Errorf("the start of unknown %d: %w", i, err)
		}
		for _, k := range unknownsOf(s.Value) {
			if k < 0 || k >= n || kindOf(p.System.RightHandSide[k], p.Start[k]) != constant || p.Start[k].Value != nil {
				return fmt.Errorf("the start of unknown %d refers to unknown %d, which is not a constant that starts in an interval", i, k)
			}
		}
	}
	return p.expressions(p.Conserved...)
}

// expressions checks expressions in the unknowns.
func (p *Problem) expressions(exprs ...*ode.Expr) error {
	more := &ode.System{Dimension: p.System.Dimension, RightHandSide: append([]*ode.Expr(nil), exprs...)}
	n := len(more.RightHandSide)
	for len(more.RightHandSide)%more.Dimension != 0 || len(more.RightHandSide) < more.Dimension {
		more.RightHandSide = append(more.RightHandSide, ode.Integer(0))
	}
	for i := 0; i < n; i += more.Dimension {
		part := &ode.System{Dimension: more.Dimension, RightHandSide: more.RightHandSide[i : i+more.Dimension]}
		if err := part.Validate(); err != nil {
			return err
		}
	}
	return nil
}

func isNumber(x *ode.Expr, n int64) bool {
	v := x.Value()
	return v != nil && v.Cmp(big.NewRat(n, 1)) == 0
}

// restrict returns the flow of the unknowns that some expressions depend on,
// and the expressions in them.
func (p *Problem) restrict(exprs ...*ode.Expr) (*flow, []*ode.Expr, error) {
	rhs := p.System.RightHandSide
	// Constants that are one number go.
	numbers := make([]*ode.Expr, len(rhs))
	for i, s := range p.Start {
		switch {
		case kindOf(rhs[i], s) != constant:
		case s.Value != nil:
			numbers[i] = s.Value
		case s.Low.Cmp(s.High) == 0:
			numbers[i] = ode.Rational(s.Low)
		}
	}
	for i, x := range numbers { // values may refer to numbers
		if x != nil {
			numbers[i] = x.Substitute(numbers)
		}
	}
	all := append(append([]*ode.Expr(nil), rhs...), exprs...)
	all = ode.SubstituteAll(all, numbers)
	known, d := map[*ode.Expr]*ode.Expr{}, p.domain()
	for i, x := range all {
		all[i] = x.Rewrite(d.withoutZeros, known)
	}
	rhs, exprs = all[:len(rhs)], all[len(rhs):]
	values := make([]*ode.Expr, len(rhs))
	for i, s := range p.Start {
		if s.Value != nil {
			values[i] = s.Value.Substitute(numbers)
		}
	}
	needed := make([]bool, len(rhs))
	var need func(x *ode.Expr)
	need = func(x *ode.Expr) {
		if x == nil {
			return
		}
		for _, i := range unknownsOf(x) {
			if !needed[i] {
				needed[i] = true
				need(rhs[i])
				need(values[i])
			}
		}
	}
	for _, x := range exprs {
		need(x)
	}
	f := &flow{effort: p.Effort, memory: p.Memory}
	renamed := make([]*ode.Expr, len(rhs))
	for i := range rhs {
		if !needed[i] {
			continue
		}
		s := p.Start[i]
		renamed[i] = ode.State(len(f.rhs))
		f.rhs = append(f.rhs, rhs[i])
		f.value = append(f.value, values[i])
		f.low, f.high = append(f.low, s.Low), append(f.high, s.High)
		name := fmt.Sprintf("x%d", i)
		if len(p.Names) != 0 {
			name = p.Names[i]
		}
		f.names = append(f.names, name)
		f.kinds = append(f.kinds, kindOf(rhs[i], s))
	}
	f.rhs = ode.SubstituteAll(f.rhs, renamed)
	exprs = ode.SubstituteAll(exprs, renamed)
	for i, v := range f.value {
		if v != nil {
			f.value[i] = v.Substitute(renamed)
			f.low[i], f.high[i] = nil, nil
			if q := f.value[i].Value(); q != nil {
				f.value[i], f.low[i], f.high[i] = nil, q, q
			}
		}
	}
	for _, x := range p.Conserved {
		x = x.Substitute(numbers)
		inside := true
		for _, i := range unknownsOf(x) {
			inside = inside && needed[i]
		}
		if inside {
			f.given = append(f.given, x.Substitute(renamed))
		}
	}
	f.start = make([]interval, len(f.rhs))
	for i := range f.start {
		switch {
		case f.low[i] != nil:
			f.start[i] = between(f.low[i], f.high[i])
		case f.value[i] == nil:
			f.start[i] = everything()
		}
	}
	for i, v := range f.value {
		if v != nil {
			if f.start[i] = newGraded(v).over(f.start); f.start[i].undefined || !f.start[i].bounded() {
				return nil, nil, fmt.Errorf("the start of %s is not shown to be a number", f.names[i])
			}
		}
	}
	f.effort = f.effort.filled()
	return f, exprs, nil
}

// withoutZeros leaves out sums with 0 and products of it with what is defined
// everywhere, nil where there are none: an unknown times 0 does not count.
func (d *domain) withoutZeros(x *ode.Expr) *ode.Expr {
	y := x.Operands()
	if len(y) != 2 {
		return nil
	}
	left, right := isNumber(y[0], 0), isNumber(y[1], 0)
	switch x.Operation() {
	case ode.OpMul:
		if left && d.total(y[1]) || right && d.total(y[0]) {
			return ode.Integer(0)
		}
	case ode.OpAdd, ode.OpSub:
		switch {
		case right:
			return y[0]
		case left && x.Operation() == ode.OpAdd:
			return y[1]
		case left:
			return y[1].Neg()
		}
	}
	return nil
}

// kindOf says what an unknown is, by its derivative and start.
func kindOf(rate *ode.Expr, s Start) kind {
	switch {
	case s.isAny():
		return dynamic
	case isNumber(rate, 0):
		return constant
	case isNumber(rate, 1) && s.Value == nil && s.Low.Sign() == 0 && s.High.Sign() == 0:
		return clock
	}
	return dynamic
}

func (e Effort) filled() Effort {
	if e.Horizon == nil {
		e.Horizon = big.NewRat(1000, 1)
	}
	if e.Cells == 0 {
		e.Cells = 20000
	}
	if e.Steps == 0 {
		e.Steps = 4000
	}
	return e
}

// steps bounds the steps of a flowpipe, each of which takes about the third power
// of the number of unknowns.
func (f *flow) steps() int {
	n := max(1, len(f.of(dynamic))/6)
	return max(1, f.effort.Steps/(n*n*n))
}

// of lists the unknowns of a kind.
func (f *flow) of(k kind) []int {
	var out []int
	for i, kind := range f.kinds {
		if kind == k {
			out = append(out, i)
		}
	}
	return out
}

// hasClock reports whether t occurs in an expression.
func (f *flow) hasClock(x *ode.Expr) bool {
	for _, i := range unknownsOf(x) {
		if f.kinds[i] == clock {
			return true
		}
	}
	return false
}

// derivative is the derivative of an expression along the flow.
func (f *flow) derivative(x *ode.Expr) *ode.Expr {
	sum := ode.Integer(0)
	for _, i := range unknownsOf(x) {
		if f.kinds[i] == constant {
			continue
		}
		slope := x.Derivative(i)
		switch {
		case isNumber(slope, 0):
			continue
		case isNumber(slope, 1):
			slope = f.rhs[i]
		case !isNumber(f.rhs[i], 1):
			slope = slope.Mul(f.rhs[i])
		}
		if isNumber(sum, 0) {
			sum = slope
		} else {
			sum = sum.Add(slope)
		}
	}
	return sum
}

// atStart returns an expression at t = 0, where an unknown that starts in an
// interval stands for its start.
func (f *flow) atStart(x *ode.Expr) *ode.Expr {
	values := append([]*ode.Expr(nil), f.value...)
	for i, k := range f.kinds {
		if k == clock {
			values[i] = ode.Integer(0)
		} else if f.value[i] == nil && f.low[i].Cmp(f.high[i]) == 0 {
			values[i] = ode.Rational(f.low[i])
		}
	}
	return x.Substitute(values)
}

// system is the flow as one of package ode.
func (f *flow) system() *ode.System {
	return &ode.System{Dimension: len(f.rhs), RightHandSide: f.rhs}
}

// balls returns the starts as balls.
func (f *flow) balls(precision uint) []*ball.Ball {
	out := make([]*ball.Ball, len(f.start))
	for i, x := range f.start {
		if f.low[i] != nil && f.low[i].Cmp(f.high[i]) == 0 {
			out[i] = ball.New(precision).SetRat(f.low[i])
		} else {
			out[i] = x.ball(precision)
		}
	}
	return out
}

// isPoint reports whether all starts are single numbers, and so all constants.
func (f *flow) isPoint() bool {
	for i := range f.rhs {
		if f.value[i] == nil && f.low[i].Cmp(f.high[i]) != 0 {
			return false
		}
	}
	return true
}

// at returns the flow from one choice of the starts by interval.
func (f *flow) at(choice func(i int) *big.Rat) *flow {
	return f.within(func(i int) (low, high *big.Rat) {
		q := choice(i)
		return q, q
	})
}

// within returns the flow with the starts by interval cut down.
func (f *flow) within(ends func(i int) (low, high *big.Rat)) *flow {
	g := *f
	g.low, g.high = append([]*big.Rat(nil), f.low...), append([]*big.Rat(nil), f.high...)
	g.start = append([]interval(nil), f.start...)
	for i, v := range f.value {
		if v == nil {
			g.low[i], g.high[i] = ends(i)
			g.start[i] = between(g.low[i], g.high[i])
		}
	}
	for i, v := range f.value {
		if v != nil {
			g.start[i] = f.graded(v).over(g.start)
		}
	}
	return &g
}

// box is the whole space with constants where they are and t ≥ 0.
func (f *flow) box() []interval {
	out := make([]interval, len(f.rhs))
	for i, k := range f.kinds {
		switch k {
		case constant:
			out[i] = f.start[i]
		case clock:
			out[i] = interval{low: new(big.Float), high: infinite(1), openHigh: true}
		default:
			out[i] = everything()
		}
	}
	return out
}
