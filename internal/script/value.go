package script

import (
	"errors"
	"fmt"
	"math/big"
	"strings"

	"muflow/internal/alltime"
	"muflow/ode"

	"go.starlark.net/starlark"
	"go.starlark.net/syntax"
)

// A formula is a symbolic value: an expression in the symbols of a theory, or a
// number that is no integer (integers are Starlark's own).
type formula struct {
	expr  *ode.Expr
	bits  int         // of a number
	terms []*ode.Expr // of a mean, which training draws from
	start starlark.Value
	names *[]Symbol
}

func (f *formula) String() string        { return f.text() }
func (f *formula) Type() string          { return "expression" }
func (f *formula) Freeze()               {}
func (f *formula) Truth() starlark.Bool  { return starlark.True }
func (f *formula) AttrNames() []string   { return []string{"start"} }
func (f *formula) number() *big.Rat      { return f.expr.Value() }
func (f *formula) text() string          { return Text(f.expr, *f.names) }
func (f *formula) Hash() (uint32, error) { return hashOf(f.expr) }

func hashOf(x *ode.Expr) (uint32, error) {
	switch x.Operation() {
	case ode.OpState:
		return uint32(x.Index()), nil
	case ode.OpRational:
		q := x.Value()
		return low32(q.Num())*31 + low32(q.Denom()), nil
	}
	return 0, errors.New("a formula cannot be a key, expected a state, a parameter or a number")
}

// low32 returns the lowest bits of a number, all that a key needs of one that is long.
func low32(n *big.Int) uint32 {
	if words := n.Bits(); len(words) > 0 {
		return uint32(words[0])
	}
	return 0
}

// CompareSameType tells keys apart; relations are made by compare.
func (f *formula) CompareSameType(op syntax.Token, y starlark.Value, _ int) (bool, error) {
	if op != syntax.EQL && op != syntax.NEQ {
		return false, errors.New("symbols have no order")
	}
	a, b := f.expr, y.(*formula).expr
	same := a == b
	switch p, q := a.Value(), b.Value(); {
	case p != nil && q != nil:
		same = p.Num().Cmp(q.Num()) == 0 && p.Denom().Cmp(q.Denom()) == 0
	case a.Operation() == ode.OpState && b.Operation() == ode.OpState:
		same = a.Index() == b.Index()
	}
	return same == (op == syntax.EQL), nil
}

// Attr returns the start of a state.
func (f *formula) Attr(name string) (starlark.Value, error) {
	if name != "start" {
		return nil, nil
	}
	if f.start == nil {
		return nil, fmt.Errorf("%s is no state with a start", f.text())
	}
	return f.start, nil
}

// A vector is what a state with a shape is, and what arithmetic makes of it.
type vector struct {
	list  []starlark.Value // formulas, numbers or vectors
	start starlark.Value
}

func (v *vector) Type() string               { return "vector" }
func (v *vector) Freeze()                    {}
func (v *vector) Truth() starlark.Bool       { return starlark.True }
func (v *vector) Hash() (uint32, error)      { return 0, errors.New("a vector cannot be a key") }
func (v *vector) Len() int                   { return len(v.list) }
func (v *vector) Index(i int) starlark.Value { return v.list[i] }
func (v *vector) AttrNames() []string        { return []string{"start"} }
func (v *vector) Iterate() starlark.Iterator { return starlark.NewList(v.list).Iterate() }

func (v *vector) Attr(name string) (starlark.Value, error) {
	if name != "start" {
		return nil, nil
	}
	if v.start == nil {
		return nil, errors.New("not a vector of states with starts")
	}
	return v.start, nil
}

func (v *vector) String() string {
	var parts []string
	for _, x := range v.list {
		parts = append(parts, x.String())
	}
	return "[" + strings.Join(parts, ", ") + "]"
}

// A relation compares two formulas, or several in a chain.
type relation struct{ list []alltime.Relation }

func (r *relation) String() string        { return "a relation" }
func (r *relation) Type() string          { return "relation" }
func (r *relation) Freeze()               {}
func (r *relation) Truth() starlark.Bool  { return starlark.True } // never asked, see truth
func (r *relation) Hash() (uint32, error) { return 0, errors.New("a relation cannot be a key") }

// A statement is what a claim says.
type statement struct{ *Statement }

func (s *statement) String() string        { return "a statement (" + s.Kind + ")" }
func (s *statement) Type() string          { return "statement" }
func (s *statement) Freeze()               {}
func (s *statement) Truth() starlark.Bool  { return starlark.True }
func (s *statement) Hash() (uint32, error) { return 0, errors.New("a statement cannot be a key") }

// A limit waits for what it is compared with.
type limit struct{ x *ode.Expr }

func (l *limit) String() string        { return "a limit" }
func (l *limit) Type() string          { return "limit" }
func (l *limit) Freeze()               {}
func (l *limit) Truth() starlark.Bool  { return starlark.True }
func (l *limit) Hash() (uint32, error) { return 0, errors.New("a limit cannot be a key") }

// infinity is what a limit may be compared with.
type infinity int

func (i infinity) String() string        { return map[infinity]string{1: "inf", -1: "-inf"}[i] }
func (i infinity) Type() string          { return "infinity" }
func (i infinity) Freeze()               {}
func (i infinity) Truth() starlark.Bool  { return starlark.True }
func (i infinity) Hash() (uint32, error) { return uint32(i), nil }

// An interval is what between gives.
type interval struct{ low, high *big.Rat }

func (i *interval) String() string {
	return "between(" + i.low.RatString() + ", " + i.high.RatString() + ")"
}
func (i *interval) Type() string          { return "interval" }
func (i *interval) Freeze()               {}
func (i *interval) Truth() starlark.Bool  { return starlark.True }
func (i *interval) Hash() (uint32, error) { return 0, errors.New("an interval cannot be a key") }

// maxFormulaDepth bounds the operations of a formula within each other, which what
// reads it follows one by one; derivatives are a few times as deep.
const maxFormulaDepth = 2000

// wrap returns a formula, or an integer that it is.
func (r *run) wrap(x *ode.Expr) (starlark.Value, error) {
	if q := x.Value(); q != nil {
		return r.rational(q)
	}
	if r.depth(x) > maxFormulaDepth {
		return nil, fmt.Errorf("a formula of more than %d operations within each other, expected sum(list) for a long sum", maxFormulaDepth)
	}
	return &formula{expr: x, names: &r.theory.Symbols}, nil
}

// depth returns how many operations of an expression are within each other.
func (r *run) depth(x *ode.Expr) int {
	d, known := r.depths[x]
	if known {
		return d
	}
	operands := x.Operands()
	for _, y := range operands {
		d = max(d, 1+r.depth(y))
	}
	if len(operands) > 0 {
		r.depths[x] = d
	}
	return d
}

func (r *run) rational(q *big.Rat) (starlark.Value, error) {
	bits := q.Num().BitLen() + q.Denom().BitLen()
	if bits > maxNumber {
		return nil, fmt.Errorf("a number of more than %d bits", maxNumber)
	}
	if err := r.charge(bits / 64); err != nil {
		return nil, err
	}
	if q.IsInt() {
		return starlark.MakeBigInt(q.Num()), nil
	}
	return &formula{expr: ode.Rational(q), bits: bits, names: &r.theory.Symbols}, nil
}

// rationalOf returns the number that a value is.
func rationalOf(v starlark.Value) (*big.Rat, bool) {
	switch v := v.(type) {
	case starlark.Int:
		return new(big.Rat).SetInt(v.BigInt()), true
	case *formula:
		q := v.number()
		return q, q != nil
	}
	return nil, false
}

// exprOf returns the expression that a value is.
func exprOf(v starlark.Value) (*ode.Expr, bool) {
	switch v := v.(type) {
	case starlark.Int:
		return ode.Rational(new(big.Rat).SetInt(v.BigInt())), true
	case *formula:
		return v.expr, true
	}
	return nil, false
}

func described(v starlark.Value) string {
	if t := v.Type(); t == "expression" || t == "int" {
		return "a number or formula"
	} else if v == starlark.None {
		return "None"
	} else {
		return "a value of type " + t
	}
}

// wantExpr is exprOf with an error.
func wantExpr(v starlark.Value, what string) (*ode.Expr, error) {
	if x, ok := exprOf(v); ok {
		return x, nil
	}
	return nil, fmt.Errorf("%s is %s, expected a number or formula", what, described(v))
}

// elements returns what is in a list, a tuple or a vector.
func elements(v starlark.Value) ([]starlark.Value, bool) {
	switch v := v.(type) {
	case *vector:
		return v.list, true
	case *starlark.List, starlark.Tuple:
		s := v.(starlark.Sequence)
		out := make([]starlark.Value, 0, s.Len())
		it := s.Iterate()
		defer it.Done()
		var x starlark.Value
		for it.Next(&x) {
			out = append(out, x)
		}
		return out, true
	}
	return nil, false
}

// flat returns the formulas of a formula, or of lists within each other.
func (r *run) flat(v starlark.Value, what string) ([]*ode.Expr, error) {
	if err := r.charge(1); err != nil {
		return nil, err
	}
	if list, ok := elements(v); ok {
		if err := r.charge(len(list)); err != nil { // before what is in it: a list may hold itself
			return nil, err
		}
		out := []*ode.Expr{}
		for _, x := range list {
			inner, err := r.flat(x, what)
			if err != nil {
				return nil, err
			}
			out = append(out, inner...)
		}
		return out, nil
	}
	x, err := wantExpr(v, what)
	return []*ode.Expr{x}, err
}
