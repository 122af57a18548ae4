package check

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"slices"

	"muflow/internal/alltime"
	"muflow/internal/script"
	"muflow/ode"
	"muflow/ode/ball"
	"muflow/prove"
	"muflow/theory"
)

// A flow is the part of a theory that some expressions depend on, in unknowns
// from 0: the states, then the parameters and starts that are intervals, then t.
type flow struct {
	system  *ode.System
	names   []string
	starts  []alltime.Start
	exact   []*ode.Expr // starts of the states, for one value of every constant
	values  []*ode.Expr // what stands for each symbol of the theory
	symbols []int       // of each unknown
	states  []int
}

// Errors of theories that say too little for a claim.
var (
	errNoFlow  = errors.New("has no flow")
	errNoStart = errors.New("has no start")
)

// flowOf returns the flow that expressions depend on; at chooses one value of
// constants that are intervals, unless it is nil. Starts may be missing where
// they are not needed.
func (c *checker) flowOf(exprs []*ode.Expr, starts bool, at func(script.Symbol) *big.Rat) (*flow, error) {
	th := c.theory
	used := make([]bool, len(th.Symbols))
	var queue []*ode.Expr
	queue = append(queue, exprs...)
	f := &flow{values: make([]*ode.Expr, len(th.Symbols))}
	for len(queue) > 0 {
		x := queue[0]
		queue = queue[1:]
		for _, i := range x.Unknowns() {
			if used[i] {
				continue
			}
			used[i] = true
			if th.Symbols[i].Kind != script.StateSymbol {
				continue
			}
			s := th.States[th.Symbols[i].State]
			if s.Rate == nil {
				return nil, fmt.Errorf("%s %w", th.Symbols[i].Name, errNoFlow)
			}
			if s.Start == nil && starts {
				return nil, fmt.Errorf("%s %w", th.Symbols[i].Name, errNoStart)
			}
			f.states = append(f.states, th.Symbols[i].State)
			if queue = append(queue, s.Rate); starts && s.Start != nil {
				queue = append(queue, s.Start)
			}
		}
	}
	slices.Sort(f.states)
	for _, s := range f.states {
		f.add(th, th.States[s].Symbol)
	}
	for i, s := range th.Symbols {
		switch {
		case !used[i] || s.Kind == script.StateSymbol || s.Kind == script.TimeSymbol:
		case at != nil:
			f.values[i] = ode.Rational(at(s))
		case s.Low.Cmp(s.High) == 0:
			f.values[i] = ode.Rational(s.Low)
		default:
			f.add(th, i)
		}
	}
	if used[0] {
		f.add(th, 0)
	}
	f.complete(th, starts)
	return f, nil
}

// add gives a symbol the next unknown.
func (f *flow) add(th *script.Theory, symbol int) {
	f.values[symbol] = ode.State(len(f.symbols))
	f.symbols = append(f.symbols, symbol)
	f.names = append(f.names, th.Symbols[symbol].Name)
}

// complete adds rates and starts; without starts, every state is any number.
func (f *flow) complete(th *script.Theory, starts bool) {
	f.system = &ode.System{Dimension: len(f.symbols)}
	for _, i := range f.symbols {
		s := th.Symbols[i]
		rate, start, exact := ode.Integer(0), alltime.Start{Low: s.Low, High: s.High}, ode.Integer(0)
		switch s.Kind {
		case script.TimeSymbol:
			rate, start = ode.Integer(1), alltime.Point(new(big.Rat))
		case script.StateSymbol:
			state := th.States[s.State]
			rate = state.Rate.Substitute(f.values)
			if starts && state.Start != nil {
				exact = state.Start.Substitute(f.values)
				start = alltime.At(exact)
				if q := exact.Value(); q != nil {
					start = alltime.Point(q)
				} else if exact.Operation() == ode.OpState {
					start = alltime.At(exact)
				}
			}
		}
		f.system.RightHandSide = append(f.system.RightHandSide, rate)
		f.starts, f.exact = append(f.starts, start), append(f.exact, exact)
	}
}

func (c *checker) relations(f *flow, list []alltime.Relation) []alltime.Relation {
	out := make([]alltime.Relation, len(list))
	for i, r := range list {
		r.Left, r.Right = c.settled(r.Left), c.settled(r.Right)
		out[i] = alltime.Relation{Left: r.Left.Substitute(f.values), Comparison: r.Comparison, Right: r.Right.Substitute(f.values)}
	}
	return out
}

// settled replaces the absolute values of constants whose sign is the same for
// all values of parameters and starts.
func (c *checker) settled(x *ode.Expr) *ode.Expr {
	return x.Rewrite(func(x *ode.Expr) *ode.Expr {
		if x.Operation() != ode.OpAbs || !c.constant(x) {
			return nil
		}
		inner := x.Operands()[0]
		switch box, err := c.constantBox(inner); {
		case err != nil:
			return nil
		case box.Lower().Sign() >= 0:
			return inner
		case box.Upper().Sign() <= 0:
			return inner.Neg()
		}
		return nil
	}, map[*ode.Expr]*ode.Expr{})
}

// constant reports whether neither states nor t occur.
func (c *checker) constant(x *ode.Expr) bool {
	return !slices.ContainsFunc(x.Unknowns(), func(i int) bool {
		kind := c.theory.Symbols[i].Kind
		return kind == script.StateSymbol || kind == script.TimeSymbol
	})
}

// problem returns the flow that a statement about all times depends on, and the
// statement in its unknowns; nil where there is none, with the reason.
func (c *checker) problem(s *script.Statement, r *Result) (*alltime.Problem, alltime.Statement) {
	var statement alltime.Statement
	exprs := append(slices.Clone(s.X), s.Y...)
	for _, rel := range s.Relations {
		exprs = append(exprs, rel.Left, rel.Right)
	}
	for state := range s.Box {
		exprs = append(exprs, ode.State(c.theory.States[state].Symbol))
	}
	f, err := c.flowOf(exprs, s.Kind != script.Invariant && s.Kind != script.UniqueEquilibrium, nil)
	if err != nil {
		r.undecided("%v", err)
		return nil, statement
	}
	if len(f.states) == 0 {
		r.undecided("no state occurs")
		return nil, statement
	}
	one := func(list []*ode.Expr) *ode.Expr { return list[0].Substitute(f.values) }
	switch s.Kind {
	case script.Always:
		statement = alltime.AlwaysUntil(s.Until, c.relations(f, s.Relations)...)
	case script.Invariant:
		statement = alltime.Invariant(c.relations(f, s.Relations)...)
	case script.Limit:
		if s.Sign != 0 {
			statement = alltime.Infinite(one(s.X), s.Sign)
		} else {
			statement = alltime.Limit(one(s.X), one(s.Y))
		}
	case script.Converges:
		statement = alltime.Converges(one(s.X))
	case script.Increases:
		statement = alltime.Increases(one(s.X))
	case script.Decreases:
		statement = alltime.Decreases(one(s.X))
	case script.UniqueEquilibrium:
		box := make([]alltime.Start, len(f.symbols))
		for i, symbol := range f.symbols {
			sym := c.theory.Symbols[symbol]
			box[i] = alltime.Start{Low: sym.Low, High: sym.High}
			if sym.Kind == script.StateSymbol {
				ends, ok := s.Box[sym.State]
				if !ok {
					r.undecided("the box says nothing of %s", sym.Name)
					return nil, statement
				}
				box[i] = alltime.Between(ends[0], ends[1])
			} else if sym.Kind == script.TimeSymbol {
				box[i] = alltime.Point(new(big.Rat))
			}
		}
		statement = alltime.UniqueEquilibrium(box)
	default:
		r.undecided("nothing decides %s", s.Kind)
		return nil, statement
	}
	return &alltime.Problem{System: f.system, Names: f.names, Start: f.starts, Conserved: c.kept(f), Memory: c.memory}, statement
}

// alltime decides a statement about all times.
func (c *checker) alltime(ctx context.Context, s *script.Statement, r *Result) {
	problem, statement := c.problem(s, r)
	if problem == nil {
		return
	}
	d, err := alltime.Decide(ctx, problem, statement)
	if err != nil {
		r.undecided("%v", err)
		return
	}
	r.Verdict = map[alltime.Verdict]theory.Verdict{alltime.Proved: theory.Proved, alltime.Refuted: theory.Refuted}[d.Verdict]
	r.Reason = d.Reason
	if r.Verdict == theory.Proved && c.options.Certify {
		r.Certificate = problem.Certify(statement)
	}
	for _, v := range d.Values {
		if !v.Ball.IsFinite() {
			continue
		}
		r.Values = append(r.Values, Value{v.Name, prove.Enclose(v.Ball, c.options.digits())})
	}
	if w := d.Witness; w != nil && w.Margin != nil {
		r.Values = append(r.Values, Value{"margin at t = " + w.Time.RatString(), prove.Enclose(w.Margin, valueDigits)})
	}
}

// corners are the values of intervals at which closed forms are compared.
func (c *checker) corners() []func(script.Symbol) *big.Rat {
	out := []func(script.Symbol) *big.Rat{func(s script.Symbol) *big.Rat { return s.Low }}
	for _, s := range c.theory.Symbols {
		if s.Low != nil && s.Low.Cmp(s.High) != 0 {
			return append(out, func(s script.Symbol) *big.Rat { return s.High })
		}
	}
	return out
}

// times at which flows are looked at.
func (o Options) times() []*big.Rat {
	var out []*big.Rat
	for _, part := range []int64{16, 4, 2, 1} {
		out = append(out, new(big.Rat).Mul(o.until(), big.NewRat(1, part)))
	}
	return out
}

// compare encloses both sides of a closed form at several times.
func (c *checker) compare(ctx context.Context, oracle script.Oracle, r *Result) {
	times := c.options.times()
	for _, at := range c.corners() {
		f, err := c.flowOf([]*ode.Expr{oracle.Left, oracle.Right}, true, at)
		if err != nil {
			r.undecided("%v", err)
			return
		}
		if len(f.symbols) == 0 {
			r.undecided("neither a state nor t occurs")
			return
		}
		values, err := f.enclose(ctx, []*ode.Expr{oracle.Left, oracle.Right}, times, c.options.digits())
		if err != nil {
			r.undecided("no enclosure of both sides: %v", err)
			return
		}
		for i, v := range values {
			if v[0].Overlaps(v[1]) {
				continue
			}
			r.Verdict, r.Reason = theory.Refuted, fmt.Sprintf("at t = %s the flow is not at the closed form", times[i].RatString())
			r.Values = c.sides(v)
			return
		}
		r.Values = c.sides(values[len(times)-1])
	}
	r.Verdict = theory.Consistent
	r.Reason = fmt.Sprintf("flow and closed form, both enclosed to %d digits, meet at %d times up to t = %s", c.options.digits(), len(times), c.options.until().RatString())
}

func (c *checker) sides(v []*ball.Ball) []Value {
	return []Value{{"flow", prove.Enclose(v[0], c.options.digits())}, {"closed form", prove.Enclose(v[1], c.options.digits())}}
}
