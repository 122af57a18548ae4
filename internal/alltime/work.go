package alltime

import (
	"fmt"

	"muflow/internal/sym"
	"muflow/ode"
)

// A meter holds the work that is left for one decision, in the units of package
// ode. All that takes long is charged before it is done, by its number of
// operations, so that a decision ends where it ends on every machine. What is
// recalled from a memory is charged as if it were made again: whoever asks first
// has no advantage. It is for one goroutine; a nil meter never ends.
type meter struct {
	left  int64
	doing string // for the reason
}

// outOfWork is what spend panics with, and Decide recovers.
type outOfWork struct{ doing string }

const (
	mostWork = 600_000_000 // for one decision
	pipeWork = 150_000_000 // for one flowpipe or path
	formWork = 50_000_000  // for the normal forms that know of each other
)

// Work of the operations here.
const (
	boxWork      = 40   // one operation on intervals of 128 bits
	functionWork = 2000 // one function of them
	termWork     = 30   // one product of terms with short coefficients
)

// spend takes work away, and ends the decision where there is not enough.
func (m *meter) spend(units int64) {
	if m == nil {
		return
	}
	if m.left -= units; m.left < 0 {
		panic(outOfWork{m.doing})
	}
}

// begins notes what the work is done for.
func (m *meter) begins(doing string) {
	if m != nil {
		m.doing = doing
	}
}

// within runs a decision until its work is spent.
func (m *meter) within(decide func() (*Decision, error)) (d *Decision, err error) {
	defer func() {
		if r := recover(); r != nil {
			spent, ok := r.(outOfWork)
			if !ok {
				panic(r)
			}
			d, err = undecided("the budget of %d million units of work ran out while %s; fewer unknowns, smaller intervals or a simpler statement may settle it", int64(mostWork)/1_000_000, spent.doing), nil
		}
	}()
	return decide()
}

// A cost is what was found, and the work that finding it took: that is charged
// the first time and every time after.
type cost[T any] struct {
	found T
	work  int64
}

func charged[T any](m *meter, find func() T) cost[T] {
	if m == nil {
		return cost[T]{found: find()}
	}
	before := m.left
	found := find()
	return cost[T]{found, before - m.left}
}

// metered is the problem with a full meter, or with the one that it has.
func (p *Problem) metered() *Problem {
	if p.Effort.work != nil {
		return p
	}
	q := *p
	q.Effort.work = &meter{}
	if p.Memory != nil { // what it keeps charges the decision at work
		q.Effort.work = &p.Memory.work
	}
	*q.Effort.work = meter{left: mostWork, doing: "it was decided"}
	return &q
}

// graded is an expression over boxes whose evaluations are charged.
func (f *flow) graded(x *ode.Expr) *graded {
	g := newGraded(x)
	g.value.work, g.gradient.work = f.effort.work, f.effort.work
	f.effort.work.spend(g.value.price + g.gradient.price)
	return g
}

// function is some expressions over boxes whose evaluations are charged.
func (f *flow) function(exprs ...*ode.Expr) *function {
	out := newFunction(exprs...)
	out.work = f.effort.work
	out.work.spend(out.price)
	return out
}

// forms are normal forms that are charged.
func (f *flow) forms() *forms {
	s := newForms()
	s.work = f.effort.work
	return s
}

// errLong is the failure of normal forms that take too much work.
var errLong = fmt.Errorf("normal forms of more than %d million units of work", formWork/1_000_000)

// multiplied is what a product of polynomials takes: every pair of terms, by the
// words of their coefficients.
func multiplied(p, q sym.Multivariate) int64 {
	a, b := words(p), words(q)
	return int64(p.Len()) * int64(q.Len()) * (termWork + a*b/4)
}

// words is about how many words a coefficient of a polynomial has.
func words(p sym.Multivariate) int64 { return int64(p.Bits()/64) + 1 }
