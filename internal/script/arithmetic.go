package script

import (
	"errors"
	"fmt"
	"math/big"
	"strings"

	"muflow/internal/alltime"
	"muflow/ode"

	"go.starlark.net/starlark"
)

const (
	maxNumber   = 1 << 15 // bits of an exact number
	maxExponent = 1000
)

// binaryOperation is one operation on numbers, on formulas and entry by entry on
// vectors.
type binaryOperation struct {
	sign    string
	numbers func(x, y *big.Rat) (*big.Rat, error)
	exprs   func(x, y *ode.Expr) *ode.Expr
}

var errDivision = errors.New("a division by 0")

var operations = map[string]binaryOperation{
	"add ":      {"+", func(x, y *big.Rat) (*big.Rat, error) { return new(big.Rat).Add(x, y), nil }, (*ode.Expr).Add},
	"subtract ": {"-", func(x, y *big.Rat) (*big.Rat, error) { return new(big.Rat).Sub(x, y), nil }, (*ode.Expr).Sub},
	"multiply ": {"*", func(x, y *big.Rat) (*big.Rat, error) { return new(big.Rat).Mul(x, y), nil }, (*ode.Expr).Mul},
	"divide ": {"/", func(x, y *big.Rat) (*big.Rat, error) {
		if y.Sign() == 0 {
			return nil, errDivision
		}
		return new(big.Rat).Quo(x, y), nil
	}, (*ode.Expr).Quo},
	"power ": {"**", powerOf, nil},
}

func powerOf(x, y *big.Rat) (*big.Rat, error) {
	if !y.IsInt() {
		return nil, errors.New("a power with a broken exponent, expected a whole one, or sqrt")
	}
	n := new(big.Int).Abs(y.Num())
	if !n.IsInt64() || n.Int64() > maxExponent || int64(x.Num().BitLen()+x.Denom().BitLen())*n.Int64() > 2*maxNumber {
		return nil, fmt.Errorf("a power of more than %d bits, or beyond %d", maxNumber, maxExponent)
	}
	z := new(big.Rat).SetFrac(new(big.Int).Exp(x.Num(), n, nil), new(big.Int).Exp(x.Denom(), n, nil))
	if y.Sign() < 0 {
		if z.Sign() == 0 {
			return nil, errDivision
		}
		z.Inv(z)
	}
	return z, nil
}

// binary is the builtin of an operation.
func (r *run) binary(name string, args starlark.Tuple) (starlark.Value, error) {
	x, y := args[0], args[1]
	if err := r.weigh(x, y); err != nil {
		return nil, err
	}
	if z, ok, err := r.sequences(name, x, y); ok || err != nil {
		return z, err
	}
	if f, ok := y.(*formula); ok && name == "power " && f.number() == nil {
		n, err := r.whole(f)
		if err != nil {
			return nil, errors.New("a power with an exponent that is no whole number, expected one, an integer parameter, or exp")
		}
		y = starlark.MakeInt(n)
	}
	return r.combine(name, operations[name], x, y, 0)
}

// weigh charges an operation: 1, and 1 for every 64 bits of its numbers.
func (r *run) weigh(args ...starlark.Value) error {
	n := 1
	for _, x := range args {
		switch x := x.(type) {
		case starlark.Int:
			if _, small := x.Int64(); !small {
				n += x.BigInt().BitLen() / 64
			}
		case *formula:
			n += x.bits / 64
		}
	}
	return r.charge(n)
}

// sequences are operations on strings and lists: sums and repetitions.
func (r *run) sequences(name string, x, y starlark.Value) (starlark.Value, bool, error) {
	if s, ok := x.(starlark.String); ok && name == "remainder " {
		z, err := r.format(s, y)
		return z, true, err
	}
	if name == "floor " || name == "remainder " {
		a, ok := x.(starlark.Int)
		b, also := y.(starlark.Int)
		if !ok || !also || b.Sign() == 0 {
			return nil, true, fmt.Errorf("%s with %s and %s, expected whole numbers and a divisor that is not 0", strings.TrimSpace(name), described(x), described(y))
		}
		if name == "floor " {
			return a.Div(b), true, nil
		}
		return a.Mod(b), true, nil
	}
	switch {
	case name == "add ":
		a, ok := x.(starlark.String)
		b, also := y.(starlark.String)
		if ok && also {
			return a + b, true, r.charge(len(a) + len(b))
		}
		first, ok := x.(*starlark.List)
		second, also := y.(*starlark.List)
		if ok && also {
			if err := r.charge(first.Len() + second.Len()); err != nil {
				return nil, true, err
			}
			a, _ := elements(first)
			b, _ := elements(second)
			return starlark.NewList(append(a, b...)), true, nil
		}
	case name == "multiply ":
		if _, ok := x.(starlark.Int); ok {
			x, y = y, x
		}
		list, ok := x.(*starlark.List)
		n, also := y.(starlark.Int)
		if ok && also {
			count, fits := n.Int64()
			if !fits || count > maxElements {
				return nil, true, fmt.Errorf("a list of more than %d entries", maxElements)
			}
			count = max(0, count)
			if err := r.charge(int(count) * list.Len()); err != nil {
				return nil, true, err
			}
			entries, _ := elements(list)
			out := make([]starlark.Value, 0, int(count)*len(entries))
			for range count {
				out = append(out, entries...)
			}
			return starlark.NewList(out), true, nil
		}
	}
	return nil, false, nil
}

// format is "…%s…" % values, with %s and %d for names, numbers and formulas.
func (r *run) format(s starlark.String, y starlark.Value) (starlark.Value, error) {
	args, ok := y.(starlark.Tuple)
	if !ok {
		args = starlark.Tuple{y}
	}
	var out strings.Builder
	used := 0
	for rest := string(s); rest != ""; {
		at := strings.IndexByte(rest, '%')
		if at < 0 || at+1 == len(rest) {
			out.WriteString(rest)
			break
		}
		out.WriteString(rest[:at])
		if rest[at+1] != '%' {
			if used >= len(args) || rest[at+1] != 's' && rest[at+1] != 'd' {
				return nil, errors.New("%s and %d, one for each value, are what a text may hold")
			}
			text, err := r.textOf(args[used])
			if err != nil {
				return nil, err
			}
			out.WriteString(text)
			used++
		} else {
			out.WriteByte('%')
		}
		rest = rest[at+2:]
	}
	if used != len(args) {
		return nil, fmt.Errorf("%d values for %d places in the text", len(args), used)
	}
	return starlark.String(out.String()), r.charge(out.Len())
}

// textOf writes a text, a number or a formula.
func (r *run) textOf(v starlark.Value) (string, error) {
	switch v := v.(type) {
	case starlark.String:
		return string(v), r.charge(len(v))
	case starlark.Int, starlark.Bool, starlark.NoneType, *formula:
		text := v.String()
		return text, r.charge(len(text))
	}
	return "", fmt.Errorf("%s cannot be written, expected a text, a number or a formula", described(v))
}

const maxDepth = 8 // of vectors within each other

func (r *run) combine(name string, op binaryOperation, x, y starlark.Value, depth int) (starlark.Value, error) {
	_, left := x.(*vector)
	_, right := y.(*vector)
	if left || right {
		return r.entrywise(name, op, x, y, depth)
	}
	p, ok := rationalOf(x)
	q, also := rationalOf(y)
	if ok && also {
		z, err := op.numbers(p, q)
		if err != nil {
			return nil, err
		}
		return r.rational(z)
	}
	a, ok := exprOf(x)
	b, fine := exprOf(y)
	if !ok || !fine {
		return nil, fmt.Errorf("%s %s %s, expected numbers, formulas or vectors", described(x), op.sign, described(y))
	}
	if name == "power " {
		if !also || !q.IsInt() {
			return nil, errors.New("a power with a broken exponent, expected a whole one, or exp")
		}
		if n := q.Num(); !n.IsInt64() || n.Int64() > maxExponent || n.Int64() < -maxExponent {
			return nil, fmt.Errorf("a power beyond %d", maxExponent)
		}
		return r.wrap(ode.Apply(ode.OpPower, int(q.Num().Int64()), a))
	}
	if name == "divide " && also && q.Sign() == 0 {
		return nil, errDivision
	}
	out := op.exprs(a, b)
	if !r.verbatim {
		out = simplified(name, a, b)
	}
	z, err := r.wrap(out)
	if err != nil {
		return nil, err
	}
	return z, r.keepTerms(z, op, x, y)
}

// simplified leaves out 0 and 1.
func simplified(name string, a, b *ode.Expr) *ode.Expr {
	is := func(x *ode.Expr, n int64) bool { q := x.Value(); return q != nil && q.Cmp(big.NewRat(n, 1)) == 0 }
	switch {
	case name == "add " && is(a, 0), name == "multiply " && is(a, 1):
		return b
	case name == "add " && is(b, 0), name == "subtract " && is(b, 0), name == "multiply " && is(b, 1), name == "divide " && is(b, 1):
		return a
	case name == "subtract " && is(a, 0):
		return b.Neg()
	case name == "multiply " && (is(a, 0) && hasValue(b) || is(b, 0) && hasValue(a)):
		return ode.Integer(0)
	}
	return operations[name].exprs(a, b)
}

// hasValue reports whether a formula is short and has a value wherever its
// symbols have one: 0 times it is 0.
func hasValue(x *ode.Expr) bool {
	seen := 0
	var visit func(x *ode.Expr) bool
	visit = func(x *ode.Expr) bool {
		if seen++; seen > 64 {
			return false
		}
		switch x.Operation() {
		case ode.OpRational, ode.OpState, ode.OpAdd, ode.OpSub, ode.OpMul, ode.OpNeg, ode.OpExp, ode.OpSin, ode.OpCos, ode.OpTanh, ode.OpAtan, ode.OpAbs:
		case ode.OpPower:
			if x.Index() < 0 {
				return false
			}
		default:
			return false
		}
		for _, y := range x.Operands() {
			if !visit(y) {
				return false
			}
		}
		return true
	}
	return visit(x)
}

// keepTerms carries the terms of a mean through operations with what is none.
func (r *run) keepTerms(z starlark.Value, op binaryOperation, x, y starlark.Value) error {
	out, ok := z.(*formula)
	if !ok {
		return nil
	}
	a, _ := x.(*formula)
	b, _ := y.(*formula)
	left, right := a != nil && a.terms != nil, b != nil && b.terms != nil
	if left == right || op.sign == "/" && right {
		return nil
	}
	p, _ := exprOf(x)
	q, _ := exprOf(y)
	terms := y
	if left {
		terms = x
	}
	for _, term := range terms.(*formula).terms {
		if left {
			out.terms = append(out.terms, op.exprs(term, q))
		} else {
			out.terms = append(out.terms, op.exprs(p, term))
		}
	}
	return r.charge(len(out.terms))
}

func (r *run) entrywise(name string, op binaryOperation, x, y starlark.Value, depth int) (starlark.Value, error) {
	if depth > maxDepth {
		return nil, fmt.Errorf("vectors more than %d deep", maxDepth)
	}
	a, left := elements(x)
	b, right := elements(y)
	if left && right && len(a) != len(b) {
		return nil, fmt.Errorf("vectors of %d and of %d entries", len(a), len(b))
	}
	n := max(len(a), len(b))
	if err := r.charge(n); err != nil {
		return nil, err
	}
	out := make([]starlark.Value, n)
	for i := range out {
		p, q := x, y
		if left {
			p = a[i]
		}
		if right {
			q = b[i]
		}
		z, err := r.combine(name, op, p, q, depth+1)
		if err != nil {
			return nil, err
		}
		out[i] = z
	}
	return &vector{list: out}, nil
}

// compare makes relations of formulas, and truths of what has no symbols.
func (r *run) compare(args starlark.Tuple) (starlark.Value, error) {
	signs := strings.Fields(string(args[0].(starlark.String)))
	chain := &relation{}
	for i, sign := range signs {
		z, err := r.comparePair(sign, args[i+1], args[i+2])
		if err != nil {
			return nil, err
		}
		switch z := z.(type) {
		case starlark.Bool:
			if len(signs) == 1 || !bool(z) && len(chain.list) == 0 {
				return z, nil
			} else if !bool(z) {
				return nil, errors.New("a chain of which a part is false, whatever the symbols")
			}
		case *relation:
			chain.list = append(chain.list, z.list...)
		default: // a statement
			if len(signs) > 1 {
				return nil, errors.New("a limit in a chain of comparisons")
			}
			return z, nil
		}
	}
	if len(chain.list) == 0 {
		return starlark.True, nil
	}
	return chain, nil
}

var comparisons = map[string]alltime.Comparison{
	"<": alltime.Less, "<=": alltime.LessEqual, ">": alltime.Greater, ">=": alltime.GreaterEqual, "==": alltime.Equal,
}

func (r *run) comparePair(sign string, x, y starlark.Value) (starlark.Value, error) {
	if l, ok := x.(*limit); ok {
		return r.limitOf(l, sign, y)
	}
	if _, ok := y.(*limit); ok {
		return nil, errors.New("a limit stands on the left: limit(x) == value")
	}
	if err := r.weigh(x, y); err != nil {
		return nil, err
	}
	p, ok := rationalOf(x)
	q, also := rationalOf(y)
	if ok && also {
		return starlark.Bool(holds(sign, p.Cmp(q))), nil
	}
	a, ok := exprOf(x)
	b, also := exprOf(y)
	if ok && also {
		comparison, fine := comparisons[sign]
		if !fine {
			return nil, fmt.Errorf("%s of formulas is no relation, expected ==, <, <=, > or >=", sign)
		}
		if a.Operation() == ode.OpAbs && (comparison == alltime.Less || comparison == alltime.LessEqual) {
			inner := a.Operands()[0] // −b ≤ a ≤ b
			return &relation{[]alltime.Relation{{Left: inner, Comparison: comparison, Right: b}, {Left: b.Neg(), Comparison: comparison, Right: inner}}}, r.charge(2)
		}
		return &relation{[]alltime.Relation{{Left: a, Comparison: comparison, Right: b}}}, nil
	}
	if v, ok := x.(*vector); ok {
		return r.compareEntries(sign, v, y)
	}
	return compareScalars(sign, x, y)
}

func holds(sign string, order int) bool {
	return map[string]bool{"<": order < 0, "<=": order <= 0, "==": order == 0, "!=": order != 0, ">=": order >= 0, ">": order > 0}[sign]
}

// compareEntries relates the entries of vectors, all of them.
func (r *run) compareEntries(sign string, v *vector, y starlark.Value) (starlark.Value, error) {
	b, many := elements(y)
	if many && len(b) != len(v.list) {
		return nil, fmt.Errorf("vectors of %d and of %d entries", len(v.list), len(b))
	}
	out := &relation{}
	for i, x := range v.list {
		other := y
		if many {
			other = b[i]
		}
		z, err := r.comparePair(sign, x, other)
		if err != nil {
			return nil, err
		}
		part, ok := z.(*relation)
		if !ok {
			return nil, errors.New("a relation of vectors with entries that are numbers on both sides")
		}
		out.list = append(out.list, part.list...)
	}
	return out, r.charge(len(out.list))
}

// scalar reports whether a value is compared in no time.
func scalar(v starlark.Value) bool {
	switch v.(type) {
	case starlark.String, starlark.Bool, starlark.NoneType, starlark.Int, *formula:
		return true
	}
	return false
}

func compareScalars(sign string, x, y starlark.Value) (starlark.Value, error) {
	if !scalar(x) && !scalar(y) || !scalar(x) && y != starlark.None || !scalar(y) && x != starlark.None {
		return nil, fmt.Errorf("%s %s %s, expected numbers, formulas or texts", described(x), sign, described(y))
	}
	a, ok := x.(starlark.String)
	b, also := y.(starlark.String)
	switch {
	case ok && also:
		return starlark.Bool(holds(sign, strings.Compare(string(a), string(b)))), nil
	case sign == "==":
		return starlark.Bool(x == y), nil
	case sign == "!=":
		return starlark.Bool(x != y), nil
	}
	return nil, fmt.Errorf("%s %s %s, expected numbers, formulas or texts", described(x), sign, described(y))
}

// inside is x in y.
func (r *run) inside(x, y starlark.Value) (starlark.Value, error) {
	if d, ok := y.(*starlark.Dict); ok && (scalar(x) || x.Type() == "tuple") {
		_, found, err := d.Get(x)
		return starlark.Bool(found), err
	}
	list, ok := elements(y)
	if !ok || !scalar(x) {
		return nil, fmt.Errorf("%s in %s, expected a number or text in a list or dict", described(x), described(y))
	}
	for _, entry := range list {
		if scalar(entry) {
			if same, err := starlark.Equal(x, entry); err != nil || same {
				return starlark.Bool(same), err
			}
		}
	}
	return starlark.False, r.charge(len(list))
}

// truth turns down what is asked for its truth and is a relation.
func truth(v starlark.Value) (starlark.Value, error) {
	switch v := v.(type) {
	case *relation, *spoken:
		return nil, errors.New("a relation of symbols is neither true nor false here: its truth depends on them (compare numbers, or use when)")
	case *formula:
		if v.number() == nil {
			return nil, errors.New("a formula is neither true nor false")
		}
		return starlark.True, nil
	case *statement, *limit, *vector, *interval, infinity:
		return nil, fmt.Errorf("%s is neither true nor false", described(v))
	}
	return v, nil
}
