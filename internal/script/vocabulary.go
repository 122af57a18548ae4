package script

import (
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"unicode"

	"muflow/ode"

	"go.starlark.net/starlark"
)

// A Word is a builtin function of the language.
type Word struct {
	Name      string
	Signature string
	Meaning   string // one sentence or two
	run       func(r *run, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error)
}

// Vocabulary lists the functions of the language, in the order of its reference.
// Besides, there are t (time), inf, data, and of Starlark len, bool, type, def,
// lambda, for, if and comprehensions.
var Vocabulary []Word

func init() {
	Vocabulary = append(append(append([]Word(nil), declarations...), statements...), functions...)
}

var declarations = []Word{
	{"theory", `theory(name, source="")`, "names the theory, and the paper it is from", (*run).declareTheory},
	{"param", `param(name, value, low=None, high=None, integer=False)`, "declares a number that --set, sweeps and the hunt may move from low to high; the value may be an interval", (*run).declareParameter},
	{"state", `state(name, start=None, shape=None)`, "declares an unknown of the flow, or with a shape such as 3 or (2, 3) a vector of unknowns; its start is a number, a formula of parameters, an interval, or a list of these; x.start refers to it", (*run).declareState},
	{"between", `between(low, high)`, "is an interval of parameters or starts: statements then hold for all of it", (*run).between},
	{"flow", `flow(state, rate)`, "states the derivative of a state in time, entry by entry for a vector", (*run).declareFlow},
	{"gradient_flow", `gradient_flow(loss, wrt, rates=1)`, "states that states flow against the gradient of a loss, which is derived: x' = −rate·∂loss/∂x; rates may be a list, one for each of wrt", (*run).gradientFlow},
	{"observe", `observe(name, x)`, "names a formula for tables and figures", (*run).observe},
	{"oracle", `oracle(name, relation)`, "states a closed form, x == formula of t, which is compared with the flow at several times", (*run).oracle},
	{"train", `train(loss, wrt, rate=1/100, batch=0, steps=1000, rates=1, beside=None)`, "states a training, which verify train runs beside the flow: gradient descent on the loss, or with a batch on so many different terms of a mean at each step; rate is a number or a formula of parameters, rates as in gradient_flow; beside, a relation or a list of them such as w[0]*w[1] == u, compares a formula of the trained states with one along the flow", (*run).train},
	{"claim", `claim(id, statement, expect="proved")`, `claims a statement; expect says which verdict is right, "refuted" for one that is planted to be false`, (*run).claim},
	{"fail", `fail(message)`, "stops with an error at its line", func(r *run, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
		var message string
		if err := starlark.UnpackArgs("fail", args, kwargs, "message", &message); err != nil {
			return nil, err
		}
		return nil, errors.New(message)
	}},
}

func nothing(err error) (starlark.Value, error) { return starlark.None, err }

func (r *run) declareTheory(args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var name, source string
	if err := starlark.UnpackArgs("theory", args, kwargs, "name", &name, "source?", &source); err != nil {
		return nil, err
	}
	if r.theory.Name != "" {
		return nil, errors.New("a second theory in one file")
	}
	if err := printable("a theory", name, 200); err != nil {
		return nil, err
	}
	if source != "" {
		if err := printable("a source", source, 200); err != nil {
			return nil, err
		}
	}
	r.theory.Name, r.theory.Source = name, source
	return starlark.None, nil
}

// named turns down what is no name, or one that is taken. Claims and oracles share
// their names, and so do symbols of every kind, the entries of vectors and t.
func (r *run) named(what, name string) error {
	if err := printable(what, name, 100); err != nil {
		return err
	}
	return r.taken(what, name)
}

// printable turns down a text that is empty, too long or would steer a terminal.
func printable(what, text string, most int) error {
	if text == "" || len(text) > most {
		return fmt.Errorf("%s with a name of 1 to %d bytes is expected", what, most)
	}
	if strings.ContainsFunc(text, func(c rune) bool { return !unicode.IsPrint(c) }) {
		return fmt.Errorf("%s with a character in its name that cannot be printed", what)
	}
	return nil
}

func (r *run) taken(what, name string) error {
	key := what + " " + name
	if r.names[key] {
		return fmt.Errorf("a second %s %q", what, name)
	}
	r.names[key] = true
	return nil
}

// symbol declares a symbol.
func (r *run) symbol(s Symbol) (*formula, error) {
	if err := r.taken("symbol", s.Name); err != nil {
		return nil, err
	}
	r.theory.Symbols = append(r.theory.Symbols, s)
	return &formula{expr: ode.State(len(r.theory.Symbols) - 1), names: &r.theory.Symbols}, r.charge(1)
}

func optional(v starlark.Value, what string) (*big.Rat, error) {
	if v == nil || v == starlark.None {
		return nil, nil
	}
	q, ok := rationalOf(v)
	if !ok {
		return nil, fmt.Errorf("%s is %s, expected a number", what, described(v))
	}
	return q, nil
}

func (r *run) declareParameter(args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var name string
	var value, low, high starlark.Value
	var integer bool
	if err := starlark.UnpackArgs("param", args, kwargs, "name", &name, "value", &value, "low?", &low, "high?", &high, "integer?", &integer); err != nil {
		return nil, err
	}
	if err := printable("symbol", name, 100); err != nil {
		return nil, err
	}
	s := Symbol{Name: name, Kind: ParameterSymbol, Integer: integer}
	switch v := value.(type) {
	case *interval:
		s.Low, s.High = v.low, v.high
	default:
		q, ok := rationalOf(value)
		if !ok {
			return nil, fmt.Errorf("the value of %s is %s, expected a number or between(low, high)", name, described(value))
		}
		s.Low, s.High = q, q
	}
	var err error
	if s.Least, err = optional(low, "low"); err != nil {
		return nil, err
	}
	if s.Most, err = optional(high, "high"); err != nil {
		return nil, err
	}
	if set, ok := r.options.Set[name]; ok {
		s.Low, s.High = set.Low, set.High
		r.set[name] = true
	}
	switch {
	case s.Least != nil && s.Low.Cmp(s.Least) < 0, s.Most != nil && s.High.Cmp(s.Most) > 0:
		return nil, fmt.Errorf("%s = %s is outside of its range from %s to %s", name, intervalText(s.Low, s.High), rangeEnd(s.Least), rangeEnd(s.Most))
	case integer && (s.Least != nil && !s.Least.IsInt() || s.Most != nil && !s.Most.IsInt()):
		return nil, fmt.Errorf("%s is an integer from %s to %s, expected integers", name, rangeEnd(s.Least), rangeEnd(s.Most))
	case integer && (!s.Low.IsInt() || !s.High.IsInt()):
		return nil, fmt.Errorf("%s = %s, expected an integer", name, intervalText(s.Low, s.High))
	}
	return r.symbol(s)
}

func rangeEnd(q *big.Rat) string {
	if q == nil {
		return "anything"
	}
	return q.RatString()
}

func intervalText(low, high *big.Rat) string {
	if low.Cmp(high) == 0 {
		return low.RatString()
	}
	return low.RatString() + ".." + high.RatString()
}

func (r *run) between(args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var low, high starlark.Value
	if err := starlark.UnpackArgs("between", args, kwargs, "low", &low, "high", &high); err != nil {
		return nil, err
	}
	a, ok := rationalOf(low)
	b, also := rationalOf(high)
	if !ok || !also || a.Cmp(b) > 0 {
		return nil, errors.New("between(low, high) of two numbers, low ≤ high, is expected")
	}
	return &interval{a, b}, nil
}

func (r *run) declareState(args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var name string
	var start, shape starlark.Value
	if err := starlark.UnpackArgs("state", args, kwargs, "name", &name, "start?", &start, "shape?", &shape); err != nil {
		return nil, err
	}
	if err := printable("symbol", name, 100); err != nil {
		return nil, err
	}
	var dimensions []int
	if shape != nil && shape != starlark.None {
		list, ok := elements(shape)
		if !ok {
			list = []starlark.Value{shape}
		}
		total := 1
		for _, x := range list {
			n, err := r.whole(x)
			if err != nil || n < 1 || total > maxStates/n || len(list) > maxDepth {
				return nil, fmt.Errorf("the shape of %s, expected positive whole numbers, at most %d states", name, maxStates)
			}
			total *= n
			dimensions = append(dimensions, n)
		}
		if err := r.taken("symbol", name); err != nil {
			return nil, err
		}
	}
	return r.states(name, nil, dimensions, start)
}

const maxStates = 1000

// states declares the states of a shape, with starts of the same shape or one
// for all.
func (r *run) states(name string, at []int, shape []int, start starlark.Value) (starlark.Value, error) {
	if len(shape) == 0 {
		return r.oneState(name, at, start)
	}
	list, many := []starlark.Value(nil), false
	if start != nil {
		if list, many = elements(start); many && len(list) != shape[0] {
			return nil, fmt.Errorf("%d starts for %d entries of %s", len(list), shape[0], name)
		}
	}
	out := &vector{}
	var starts []starlark.Value
	for i := range shape[0] {
		own := start
		if many {
			own = list[i]
		}
		x, err := r.states(name, append(append([]int(nil), at...), i), shape[1:], own)
		if err != nil {
			return nil, err
		}
		out.list = append(out.list, x)
		if x, ok := x.(starlark.HasAttrs); ok {
			if s, _ := x.Attr("start"); s != nil {
				starts = append(starts, s)
			}
		}
	}
	if len(starts) == shape[0] {
		out.start = &vector{list: starts}
	}
	return out, nil
}

func (r *run) oneState(name string, at []int, start starlark.Value) (starlark.Value, error) {
	if len(r.theory.States) >= maxStates {
		return nil, fmt.Errorf("more than %d states", maxStates)
	}
	if len(at) > 0 {
		name += "["
		for i, k := range at {
			if i > 0 {
				name += ","
			}
			name += fmt.Sprint(k)
		}
		name += "]"
	}
	x, err := r.symbol(Symbol{Name: name, Kind: StateSymbol, State: len(r.theory.States)})
	if err != nil {
		return nil, err
	}
	s := State{Symbol: x.expr.Index()}
	if start, err = r.startSet(name, start); err != nil {
		return nil, err
	}
	switch v := start.(type) {
	case nil, starlark.NoneType:
	case *interval:
		y, err := r.symbol(Symbol{Name: name + startSuffix, Kind: StartSymbol, Low: v.low, High: v.high})
		if err != nil {
			return nil, err
		}
		s.Start, x.start = y.expr, y
	default:
		if s.Start, err = wantExpr(start, "the start of "+name); err != nil {
			return nil, err
		}
		if !r.theory.constant(s.Start) {
			return nil, fmt.Errorf("the start of %s depends on states or t, expected numbers and parameters", name)
		}
		x.start = start
	}
	r.theory.States = append(r.theory.States, s)
	return x, nil
}

// startSet returns the start of a state that is set, in place of its own: within
// that one if it is an interval.
func (r *run) startSet(name string, start starlark.Value) (starlark.Value, error) {
	name += startSuffix
	set, ok := r.options.Set[name]
	if !ok {
		return start, nil
	}
	r.set[name] = true
	if own, ok := start.(*interval); ok && (set.Low.Cmp(own.low) < 0 || set.High.Cmp(own.high) > 0) {
		return nil, fmt.Errorf("%s = %s is outside of its range from %s to %s", name, intervalText(set.Low, set.High), own.low.RatString(), own.high.RatString())
	}
	if set.Low.Cmp(set.High) < 0 {
		return &interval{set.Low, set.High}, nil
	}
	return r.rational(set.Low)
}

// startSuffix ends the name of the start of a state.
const startSuffix = ".start"

// statesOf returns the states that a value is made of.
func (r *run) statesOf(v starlark.Value, what string) ([]int, error) {
	list, err := r.flat(v, what)
	if err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("%s is nothing, expected a state", what)
	}
	out := make([]int, len(list))
	for i, x := range list {
		s, ok := r.theory.stateOf(x)
		if !ok {
			return nil, fmt.Errorf("%s is a formula, expected a state", what)
		}
		out[i] = s
	}
	return out, nil
}

func (r *run) setRate(state int, rate *ode.Expr) error {
	s := &r.theory.States[state]
	if s.Rate != nil {
		return fmt.Errorf("a second flow of %s", r.theory.Symbols[s.Symbol].Name)
	}
	s.Rate = rate
	return nil
}

func (r *run) declareFlow(args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var state, rate starlark.Value
	if err := starlark.UnpackArgs("flow", args, kwargs, "state", &state, "rate", &rate); err != nil {
		return nil, err
	}
	list, err := r.statesOf(state, "what flows")
	if err != nil {
		return nil, err
	}
	rates, err := r.flat(rate, "the rate")
	if err != nil {
		return nil, err
	}
	if len(rates) != len(list) {
		return nil, fmt.Errorf("%d rates for %d states", len(rates), len(list))
	}
	for i, s := range list {
		if err := r.setRate(s, rates[i]); err != nil {
			return nil, err
		}
	}
	return starlark.None, nil
}

func (r *run) gradientFlow(args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var loss, wrt, rates starlark.Value
	if err := starlark.UnpackArgs("gradient_flow", args, kwargs, "loss", &loss, "wrt", &wrt, "rates?", &rates); err != nil {
		return nil, err
	}
	x, err := wantExpr(loss, "the loss")
	if err != nil {
		return nil, err
	}
	list, factors, err := r.ratesOf(wrt, rates)
	if err != nil {
		return nil, err
	}
	if err := r.chargeGradient(x, len(list)); err != nil {
		return nil, err
	}
	for i, s := range list {
		slope := x.Derivative(r.theory.States[s].Symbol)
		rate := simplified("multiply ", factors[i], slope)
		if err := r.setRate(s, simplified("subtract ", ode.Integer(0), rate)); err != nil {
			return nil, err
		}
	}
	return starlark.None, nil
}

// chargeGradient counts a gradient: the derivative of a formula has a few
// operations for each of its own.
func (r *run) chargeGradient(x *ode.Expr, states int) error {
	nodes := 0
	x.Visit(func(*ode.Expr) { nodes++ })
	return r.charge(4 * nodes * states)
}

// ratesOf returns the states of a gradient and the rate of each: one for all, or
// one for each part of a list.
func (r *run) ratesOf(wrt, rates starlark.Value) (list []int, factors []*ode.Expr, err error) {
	groups, many := elements(rates)
	if rates == nil {
		rates = starlark.MakeInt(1)
	}
	parts, several := elements(wrt)
	if !several {
		parts = []starlark.Value{wrt}
	}
	if len(parts) == 0 {
		return nil, nil, errors.New("a gradient with respect to nothing, expected a state")
	}
	if many && len(groups) != len(parts) {
		return nil, nil, fmt.Errorf("%d rates for %d states", len(groups), len(parts))
	}
	for i, part := range parts {
		states, err := r.statesOf(part, "what the gradient is with respect to")
		if err != nil {
			return nil, nil, err
		}
		own := rates
		if many {
			own = groups[i]
		}
		rate, err := wantExpr(own, "a rate")
		if err != nil {
			return nil, nil, err
		}
		for _, s := range states {
			list, factors = append(list, s), append(factors, rate)
		}
	}
	return list, factors, nil
}

// constant reports whether an expression has neither states nor t in it.
func (t *Theory) constant(x *ode.Expr) bool {
	return !slices.ContainsFunc(x.Unknowns(), func(i int) bool {
		return t.Symbols[i].Kind == StateSymbol || t.Symbols[i].Kind == TimeSymbol
	})
}

func (r *run) observe(args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var name string
	var x starlark.Value
	if err := starlark.UnpackArgs("observe", args, kwargs, "name", &name, "x", &x); err != nil {
		return nil, err
	}
	e, err := wantExpr(x, "what is observed")
	if err != nil {
		return nil, err
	}
	r.theory.Observables = append(r.theory.Observables, Observable{name, e})
	return nothing(r.named("observable", name))
}

func (r *run) oracle(args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var name string
	var closed starlark.Value
	if err := starlark.UnpackArgs("oracle", args, kwargs, "name", &name, "relation", &closed); err != nil {
		return nil, err
	}
	rel, ok := closed.(*relation)
	if !ok || len(rel.list) == 0 {
		return nil, fmt.Errorf("an oracle is %s, expected a relation x == formula", described(closed))
	}
	if err := printable("oracle", name, 100); err != nil {
		return nil, err
	}
	for i, one := range rel.list {
		if one.Comparison != comparisons["=="] {
			return nil, errors.New("an oracle with an inequality, expected x == formula")
		}
		label := name
		if len(rel.list) > 1 {
			label = fmt.Sprintf("%s[%d]", name, i)
		}
		if err := r.taken("claim or oracle", label); err != nil {
			return nil, err
		}
		r.theory.Oracles = append(r.theory.Oracles, Oracle{label, one.Left, one.Right, r.line()})
	}
	return starlark.None, nil
}

// line returns the line of the file that runs.
func (r *run) line() int {
	for i := range r.thread.CallStackDepth() {
		if p := r.thread.CallFrame(i).Pos; p.IsValid() && p.Filename() == r.theory.File && p.Line > 0 {
			return int(p.Line)
		}
	}
	return 0
}

// whole returns the number of a value that counts something. The value of an
// integer parameter then shapes the theory, which is about that value only.
func (r *run) whole(v starlark.Value) (int, error) {
	if f, ok := v.(*formula); ok && f.expr.Operation() == ode.OpState {
		s := &r.theory.Symbols[f.expr.Index()]
		if s.Kind == ParameterSymbol && s.Integer && s.Low.Cmp(s.High) == 0 && s.Low.Num().IsInt64() && s.Low.Num().BitLen() < 31 {
			s.Used = true
			return int(s.Low.Num().Int64()), nil
		}
	}
	if _, ok := v.(*formula); ok {
		return 0, errors.New("a formula, expected a whole number or an integer parameter")
	}
	n, err := starlark.AsInt32(v)
	if err != nil {
		return 0, fmt.Errorf("%s, expected a whole number", described(v))
	}
	return n, nil
}
