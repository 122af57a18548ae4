package script

import (
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"

	"muflow/internal/alltime"
	"muflow/ode"

	"go.starlark.net/starlark"
)

// The kinds of statements are the words of the language.
const (
	Always            = "always"
	Limit             = "limit"
	Converges         = "converges"
	Increases         = "increases"
	Decreases         = "decreases"
	Conserved         = "conserved"
	Identity          = "identity"
	UniqueEquilibrium = "unique_equilibrium"
	Invariant         = "invariant"
	Reduces           = "reduces"
	When              = "when"
)

var statements = []Word{
	{Always, `always(relation, …, until=None)`, "says that relations hold at all times t ≥ 0, or until a time; abs(x) <= y says −y ≤ x ≤ y", (*run).always},
	{Limit, `limit(x) == v`, "says that x tends to v, a formula of parameters and starts, or to inf or -inf", oneFormula(Limit)},
	{Converges, `converges(x)`, "says that x has a finite limit", oneFormula(Converges)},
	{Increases, `increases(x)`, "says that x increases strictly along the flow", oneFormula(Increases)},
	{Decreases, `decreases(x)`, "says that x decreases strictly along the flow", oneFormula(Decreases)},
	{Conserved, `conserved(x)`, "says that x is constant along the flow, from every start and for all parameters", oneFormula(Conserved)},
	{Identity, `identity(x, y)`, "says that x and y are the same wherever both are defined, for all states and parameters and all t ≥ 0", (*run).identity},
	{UniqueEquilibrium, `unique_equilibrium(box)`, "says that a box, a dict of intervals {x: between(0, 1)}, holds one and only one equilibrium", (*run).uniqueEquilibrium},
	{Invariant, `invariant(relation, …)`, "says that no solution leaves the set where all relations hold, wherever in it it starts", (*run).invariant},
	{Reduces, `reduces(full, substitution, reduced)`, "says that the ansatz full = substitution, formulas of the reduced states, is kept by the flow of the full states, and that the reduced ones then flow as stated", (*run).reduces},
	{When, `when(premise, statement)`, "is a statement that applies where a premise on parameters and starts holds", (*run).when},
}

func made(kind string, s Statement) *statement {
	s.Kind = kind
	return &statement{&s}
}

func oneFormula(kind string) func(*run, starlark.Tuple, []starlark.Tuple) (starlark.Value, error) {
	return func(r *run, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
		var v starlark.Value
		if err := starlark.UnpackArgs(kind, args, kwargs, "x", &v); err != nil {
			return nil, err
		}
		x, err := wantExpr(v, kind+" of what")
		if err != nil {
			return nil, err
		}
		if kind == Limit {
			return &limit{x}, nil
		}
		return made(kind, Statement{X: []*ode.Expr{x}}), nil
	}
}

func (r *run) limitOf(l *limit, sign string, y starlark.Value) (starlark.Value, error) {
	if sign != "==" {
		return nil, fmt.Errorf("limit(x) %s …, expected ==", sign)
	}
	if i, ok := y.(infinity); ok {
		return made(Limit, Statement{X: []*ode.Expr{l.x}, Sign: int(i)}), nil
	}
	v, err := wantExpr(y, "what a limit is compared with")
	if err != nil {
		return nil, err
	}
	if !r.theory.constant(v) {
		return nil, errors.New("a limit that depends on states or t, expected numbers, parameters and starts")
	}
	return made(Limit, Statement{X: []*ode.Expr{l.x}, Y: []*ode.Expr{v}}), nil
}

// relations gathers the relations of arguments.
func (r *run) relations(args []starlark.Value, what string) ([]alltime.Relation, error) {
	if err := r.charge(len(args)); err != nil { // before what is in it: a list may hold itself
		return nil, err
	}
	var out []alltime.Relation
	for _, arg := range args {
		if list, ok := elements(arg); ok {
			inner, err := r.relations(list, what)
			if err != nil {
				return nil, err
			}
			out = append(out, inner...)
			continue
		}
		one, ok := arg.(*relation)
		if !ok {
			return nil, fmt.Errorf("%s of %s, expected a relation of formulas such as x < 1", what, described(arg))
		}
		out = append(out, one.list...)
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("%s of nothing, expected a relation", what)
	}
	return out, nil
}

func (r *run) always(args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var until starlark.Value
	if err := starlark.UnpackArgs(Always, nil, kwargs, "until?", &until); err != nil {
		return nil, err
	}
	list, err := r.relations(args, Always)
	if err != nil {
		return nil, err
	}
	end, err := optional(until, "until")
	if err != nil {
		return nil, err
	}
	if end != nil && end.Sign() < 0 {
		return nil, errors.New("until a time below 0")
	}
	return made(Always, Statement{Relations: list, Until: end}), nil
}

func (r *run) invariant(args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	if len(kwargs) > 0 {
		return nil, errors.New("invariant takes relations only")
	}
	list, err := r.relations(args, Invariant)
	return made(Invariant, Statement{Relations: list}), err
}

func (r *run) identity(args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var x, y starlark.Value
	if err := starlark.UnpackArgs(Identity, args, kwargs, "x", &x, "y", &y); err != nil {
		return nil, err
	}
	left, err := r.flat(x, "the left side")
	if err != nil {
		return nil, err
	}
	right, err := r.flat(y, "the right side")
	if err != nil {
		return nil, err
	}
	if len(left) != len(right) || len(left) == 0 {
		return nil, fmt.Errorf("an identity of %d and of %d formulas", len(left), len(right))
	}
	return made(Identity, Statement{X: left, Y: right}), nil
}

func (r *run) uniqueEquilibrium(args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var box *starlark.Dict
	if err := starlark.UnpackArgs(UniqueEquilibrium, args, kwargs, "box", &box); err != nil {
		return nil, err
	}
	s := Statement{Box: map[int][2]*big.Rat{}}
	for _, item := range box.Items() {
		x, ok := exprOf(item[0])
		state, also := 0, false
		if ok {
			state, also = r.theory.stateOf(x)
		}
		i, fine := item[1].(*interval)
		if !also || !fine {
			return nil, errors.New("the box of unique_equilibrium, expected a dict such as {x: between(0, 1)} of states")
		}
		s.Box[state] = [2]*big.Rat{i.low, i.high}
	}
	if len(s.Box) == 0 {
		return nil, errors.New("an empty box")
	}
	return made(UniqueEquilibrium, s), nil
}

func (r *run) reduces(args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var full, substitution, reduced starlark.Value
	if err := starlark.UnpackArgs(Reduces, args, kwargs, "full", &full, "substitution", &substitution, "reduced", &reduced); err != nil {
		return nil, err
	}
	var d Reduction
	var err error
	if d.Full, err = r.statesOf(full, "the full flow"); err != nil {
		return nil, err
	}
	if d.Ansatz, err = r.flat(substitution, "the substitution"); err != nil {
		return nil, err
	}
	if list, many := elements(reduced); !many || len(list) > 0 { // nothing for an equilibrium
		if d.Reduced, err = r.statesOf(reduced, "the reduced flow"); err != nil {
			return nil, err
		}
	}
	if len(d.Full) != len(d.Ansatz) {
		return nil, fmt.Errorf("%d formulas for %d full states", len(d.Ansatz), len(d.Full))
	}
	for _, s := range d.Full {
		if slices.Contains(d.Reduced, s) {
			return nil, fmt.Errorf("%s is a full and a reduced state, expected one of both", r.theory.Symbols[r.theory.States[s].Symbol].Name)
		}
	}
	for _, x := range d.Ansatz {
		for _, i := range x.Unknowns() {
			if s := r.theory.Symbols[i]; s.Kind == StateSymbol && !slices.Contains(d.Reduced, s.State) {
				return nil, fmt.Errorf("the substitution depends on %s, which is no reduced state", s.Name)
			}
		}
	}
	return made(Reduces, Statement{Reduction: &d}), nil
}

func (r *run) when(args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var premise, then starlark.Value
	if err := starlark.UnpackArgs(When, args, kwargs, "premise", &premise, "statement", &then); err != nil {
		return nil, err
	}
	s, ok := then.(*statement)
	if !ok {
		return nil, fmt.Errorf("when(premise, %s), expected a statement such as always(…)", described(then))
	}
	out := Statement{Then: s.Statement, Holds: true}
	switch p := premise.(type) {
	case starlark.Bool:
		out.Holds = bool(p)
	default:
		list, err := r.relations([]starlark.Value{premise}, "the premise")
		if err != nil {
			return nil, err
		}
		for _, one := range list {
			if !r.theory.constant(one.Left) || !r.theory.constant(one.Right) {
				return nil, errors.New("a premise that depends on states or t, expected parameters and starts")
			}
		}
		out.Relations = list
	}
	return made(When, out), nil
}

// Verdicts that a claim may expect.
var expectations = []string{"proved", "refuted", "consistent", "undecided", "not-applicable"}

func (r *run) claim(args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var id string
	var v starlark.Value
	expect := "proved"
	if err := starlark.UnpackArgs("claim", args, kwargs, "id", &id, "statement", &v, "expect?", &expect); err != nil {
		return nil, err
	}
	if !slices.Contains(expectations, expect) {
		return nil, fmt.Errorf("expect=%q, expected one of %s", expect, strings.Join(expectations, ", "))
	}
	s, ok := v.(*statement)
	if !ok {
		hint := "a statement such as always(…), limit(x) == v, identity(x, y)"
		if _, relation := v.(*relation); relation {
			hint = "always(…) around it"
		}
		return nil, fmt.Errorf("a claim of %s, expected %s", described(v), hint)
	}
	r.theory.Claims = append(r.theory.Claims, Claim{id, s.Statement, expect, r.line()})
	return nothing(r.named("claim or oracle", id))
}
