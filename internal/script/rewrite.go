package script

import (
	"errors"
	"fmt"
	"math/big"
	"regexp"
	"slices"
	"strings"

	"go.starlark.net/syntax"
)

// Names of builtins that only rewriting can write: no identifier has a space.
const (
	callNumber  = "number "
	callCompare = "compare "
	callTruth   = "truth "
	callSlice   = "slice "
	callNegate  = "negate "
	callTuple   = "tuple "
	callIn      = "in "
)

// operatorCalls are the builtins of binary operators.
var operatorCalls = map[syntax.Token]string{
	syntax.PLUS: "add ", syntax.MINUS: "subtract ", syntax.STAR: "multiply ", syntax.SLASH: "divide ",
	syntax.SLASHSLASH: "floor ", syntax.PERCENT: "remainder ", syntax.STARSTAR: "power ",
}

var augmented = map[syntax.Token]syntax.Token{
	syntax.PLUS_EQ: syntax.PLUS, syntax.MINUS_EQ: syntax.MINUS, syntax.STAR_EQ: syntax.STAR, syntax.SLASH_EQ: syntax.SLASH,
	syntax.SLASHSLASH_EQ: syntax.SLASHSLASH, syntax.PERCENT_EQ: syntax.PERCENT,
}

// attributes are all that may stand behind a dot.
var attributes = []string{"append", "get", "start"}

// A rewriter turns what Starlark computes with floats, truths and copies into
// calls of builtins that compute exactly and count what they make.
type rewriter struct {
	signs signs
	read  map[place]bool // of signs
	err   error
	names map[string]syntax.Position // that occur
}

// parse returns the tree of a file, ready to be compiled.
func parse(file, source string) (*syntax.File, map[string]syntax.Position, error) {
	text, signs, err := plain(file, source, false)
	if err != nil {
		return nil, nil, err
	}
	options := &syntax.FileOptions{TopLevelControl: true, GlobalReassign: true}
	tree, err := options.Parse(file, text, 0)
	if err != nil {
		return nil, nil, located(file, signs.named(err))
	}
	w := &rewriter{signs: signs, read: map[place]bool{}, names: map[string]syntax.Position{}}
	w.statements(tree.Stmts)
	w.mended(file)
	return tree, w.names, w.err
}

// named puts the operator that was written into a message that speaks of the one
// in its stead.
func (s signs) named(err error) error {
	wrong := syntax.Error{}
	if !errors.As(err, &wrong) {
		return err
	}
	if sign, ok := s[place{wrong.Pos.Line, wrong.Pos.Col}]; ok {
		for _, instead := range []string{"'|'", "'//'", "'%'"} {
			wrong.Msg = strings.ReplaceAll(wrong.Msg, instead, "'"+sign.String()+"'")
		}
	}
	return wrong
}

// sign returns the operator that was written at a place in another one's stead.
func (w *rewriter) sign(p syntax.Position) (syntax.Token, bool) {
	at := place{p.Line, p.Col}
	sign, ok := w.signs[at]
	if ok {
		w.read[at] = true
	}
	return sign, ok
}

// mended turns down a file with an operator that was not put back: the first one.
func (w *rewriter) mended(file string) {
	var first place
	for at := range w.signs {
		if !w.read[at] && (first.line == 0 || at.line < first.line || at.line == first.line && at.column < first.column) {
			first = at
		}
	}
	if first.line > 0 && w.err == nil {
		w.err = &Error{file, int(first.line), int(first.column), fmt.Sprintf("%s cannot stand here", w.signs[first])}
	}
}

func (w *rewriter) fail(p syntax.Position, format string, args ...any) {
	if w.err == nil {
		w.err = at(p, format, args...)
	}
}

func (w *rewriter) statements(list []syntax.Stmt) {
	for _, s := range list {
		w.statement(s)
	}
}

func (w *rewriter) statement(s syntax.Stmt) {
	switch s := s.(type) {
	case *syntax.AssignStmt:
		if op, ok := augmented[s.Op]; ok { // x += y is x = x + y
			s.RHS = w.call(operatorCalls[op], s.OpPos, w.expression(copied(s.LHS)), w.expression(s.RHS))
			s.Op = syntax.EQ
		} else if s.Op != syntax.EQ {
			w.fail(s.OpPos, "%s is not in the language", s.Op)
			return
		} else {
			s.RHS = w.expression(s.RHS)
		}
		s.LHS = w.target(s.LHS)
	case *syntax.DefStmt:
		w.parameters(s.Params)
		w.statements(s.Body)
	case *syntax.ExprStmt:
		s.X = w.expression(s.X)
	case *syntax.ForStmt:
		s.X = w.expression(s.X)
		s.Vars = w.target(s.Vars)
		w.statements(s.Body)
	case *syntax.IfStmt:
		s.Cond = w.condition(s.Cond)
		w.statements(s.True)
		w.statements(s.False)
	case *syntax.ReturnStmt:
		if s.Result != nil {
			s.Result = w.expression(s.Result)
		}
	case *syntax.LoadStmt:
		w.fail(s.Load, "load is not in the language: a theory is one file")
	case *syntax.WhileStmt:
		w.fail(s.While, "while is not in the language: use for")
	}
}

// target is what is assigned to.
func (w *rewriter) target(x syntax.Expr) syntax.Expr {
	switch x := x.(type) {
	case *syntax.ParenExpr:
		x.X = w.target(x.X)
	case *syntax.TupleExpr:
		for i := range x.List {
			x.List[i] = w.target(x.List[i])
		}
	case *syntax.ListExpr:
		for i := range x.List {
			x.List[i] = w.target(x.List[i])
		}
	case *syntax.IndexExpr:
		x.X, x.Y = w.expression(x.X), w.expression(x.Y)
	case *syntax.Ident:
	default:
		w.fail(syntax.Start(x), "this cannot be assigned to")
	}
	return x
}

// copied copies the target of an assignment, to be read as well.
func copied(x syntax.Expr) syntax.Expr {
	switch x := x.(type) {
	case *syntax.Ident:
		return &syntax.Ident{NamePos: x.NamePos, Name: x.Name}
	case *syntax.ParenExpr:
		return copied(x.X)
	case *syntax.IndexExpr:
		y := *x
		y.X, y.Y = copied(x.X), copied(x.Y)
		return &y
	case *syntax.Literal:
		y := *x
		return &y
	case *syntax.BinaryExpr:
		y := *x
		y.X, y.Y = copied(x.X), copied(x.Y)
		return &y
	}
	return x
}

func (w *rewriter) parameters(list []syntax.Expr) {
	for _, x := range list {
		switch x := x.(type) {
		case *syntax.BinaryExpr: // name=default
			x.Y = w.expression(x.Y)
		case *syntax.UnaryExpr:
			w.fail(x.OpPos, "*args and **kwargs are not in the language")
		}
	}
}

func (w *rewriter) call(name string, p syntax.Position, args ...syntax.Expr) syntax.Expr {
	return &syntax.CallExpr{Fn: &syntax.Ident{NamePos: p, Name: name}, Lparen: p, Args: args, Rparen: p}
}

func text(p syntax.Position, value string) syntax.Expr {
	return &syntax.Literal{Token: syntax.STRING, TokenPos: p, Raw: syntax.Quote(value, false), Value: value}
}

// condition wraps what is asked for its truth.
func (w *rewriter) condition(x syntax.Expr) syntax.Expr {
	p := syntax.Start(x)
	inner := x
	for {
		paren, ok := inner.(*syntax.ParenExpr)
		if !ok {
			break
		}
		inner = paren.X
	}
	if b, ok := inner.(*syntax.BinaryExpr); ok && b.Op != syntax.AND && b.Op != syntax.OR {
		p = b.OpPos
	}
	return w.call(callTruth, p, w.expression(x))
}

func (w *rewriter) list(list []syntax.Expr) {
	for i := range list {
		list[i] = w.expression(list[i])
	}
}

func (w *rewriter) expression(x syntax.Expr) syntax.Expr {
	switch x := x.(type) {
	case *syntax.Ident:
		if _, ok := w.names[x.Name]; !ok {
			w.names[x.Name] = x.NamePos
		}
	case *syntax.Literal:
		return w.literal(x)
	case *syntax.ParenExpr:
		x.X = w.expression(x.X)
	case *syntax.ListExpr:
		w.list(x.List)
	case *syntax.TupleExpr:
		w.list(x.List)
		return w.call(callTuple, syntax.Start(x), x.List...)
	case *syntax.DictExpr:
		for _, entry := range x.List {
			e := entry.(*syntax.DictEntry)
			e.Key, e.Value = w.expression(e.Key), w.expression(e.Value)
		}
	case *syntax.Comprehension:
		for _, clause := range x.Clauses {
			switch c := clause.(type) {
			case *syntax.ForClause:
				c.X = w.expression(c.X)
				c.Vars = w.target(c.Vars)
			case *syntax.IfClause:
				c.Cond = w.condition(c.Cond)
			}
		}
		if entry, ok := x.Body.(*syntax.DictEntry); ok {
			entry.Key, entry.Value = w.expression(entry.Key), w.expression(entry.Value)
			return x
		}
		x.Body = w.expression(x.Body)
	case *syntax.CondExpr:
		x.Cond, x.True, x.False = w.condition(x.Cond), w.expression(x.True), w.expression(x.False)
	case *syntax.CallExpr:
		w.arguments(x)
	case *syntax.DotExpr:
		if !slices.Contains(attributes, x.Name.Name) {
			w.fail(x.Dot, "nothing has .%s, expected .%s", x.Name.Name, strings.Join(attributes, ", ."))
		}
		x.X = w.expression(x.X)
	case *syntax.IndexExpr:
		x.X, x.Y = w.expression(x.X), w.expression(x.Y)
	case *syntax.SliceExpr:
		args := []syntax.Expr{w.expression(x.X)}
		for _, part := range []syntax.Expr{x.Lo, x.Hi, x.Step} {
			if part == nil {
				part = &syntax.Ident{NamePos: x.Lbrack, Name: "None"}
			}
			args = append(args, w.expression(part))
		}
		return w.call(callSlice, x.Lbrack, args...)
	case *syntax.UnaryExpr:
		return w.unary(x)
	case *syntax.BinaryExpr:
		return w.binary(x)
	case *syntax.LambdaExpr:
		w.parameters(x.Params)
		x.Body = w.expression(x.Body)
	}
	return x
}

func (w *rewriter) arguments(x *syntax.CallExpr) {
	x.Fn = w.expression(x.Fn)
	for i, arg := range x.Args {
		switch a := arg.(type) {
		case *syntax.BinaryExpr:
			if a.Op == syntax.EQ {
				a.Y = w.expression(a.Y)
				continue
			}
		case *syntax.UnaryExpr:
			if a.Op == syntax.STAR || a.Op == syntax.STARSTAR {
				w.fail(a.OpPos, "*args and **kwargs are not in the language")
				continue
			}
		}
		x.Args[i] = w.expression(arg)
	}
	x.Lparen = syntax.Start(x.Fn) // where errors of the call are said to be
}

// decimalNumber is what a number with a point or an exponent may look like.
var decimalNumber = regexp.MustCompile(`^[0-9]*\.?[0-9]*([eE][+-]?[0-9]{1,4})?$`)

const maxDigits = 1000 // of a number in a file

func (w *rewriter) literal(x *syntax.Literal) syntax.Expr {
	switch x.Token {
	case syntax.INT:
		if len(x.Raw) > maxDigits {
			w.fail(x.TokenPos, "a number of more than %d digits", maxDigits)
		}
	case syntax.FLOAT:
		q, ok := new(big.Rat), len(x.Raw) <= maxDigits && decimalNumber.MatchString(x.Raw)
		if ok {
			_, ok = q.SetString(x.Raw)
		}
		if !ok {
			w.fail(x.TokenPos, "%.40s is no number, expected one like 0.1 or 1e-3 of at most %d digits, with an exponent of at most four", x.Raw, maxDigits)
			return x
		}
		return w.call(callNumber, x.TokenPos, text(x.TokenPos, q.RatString()))
	case syntax.BYTES:
		w.fail(x.TokenPos, "bytes are not in the language")
	}
	return x
}

func (w *rewriter) unary(x *syntax.UnaryExpr) syntax.Expr {
	switch x.Op {
	case syntax.NOT:
		x.X = w.condition(x.X)
	case syntax.MINUS:
		return w.call(callNegate, x.OpPos, w.expression(x.X))
	case syntax.PLUS:
		return w.call(operatorCalls[syntax.PLUS], x.OpPos, &syntax.Literal{Token: syntax.INT, TokenPos: x.OpPos, Raw: "0", Value: int64(0)}, w.expression(x.X))
	default:
		w.fail(x.OpPos, "%s is not in the language", x.Op)
	}
	return x
}

func (w *rewriter) binary(x *syntax.BinaryExpr) syntax.Expr {
	sign, marked := w.sign(x.OpPos)
	switch {
	case (x.Op == syntax.SLASHSLASH || x.Op == syntax.PERCENT) && marked:
		return w.power(x)
	case x.Op == syntax.PIPE && marked:
		return w.comparison(x, sign)
	}
	switch x.Op {
	case syntax.AND, syntax.OR:
		x.X, x.Y = w.condition(x.X), w.expression(x.Y)
		return x
	case syntax.IN, syntax.NOT_IN:
		inside := w.call(callIn, x.OpPos, w.expression(x.X), w.expression(x.Y))
		if x.Op == syntax.NOT_IN {
			return &syntax.UnaryExpr{OpPos: x.OpPos, Op: syntax.NOT, X: inside}
		}
		return inside
	case syntax.EQ:
		w.fail(x.OpPos, "= names an argument, expected ==")
		return x
	}
	name, ok := operatorCalls[x.Op]
	if !ok {
		w.fail(x.OpPos, "%s is not in the language", x.Op)
		return x
	}
	return w.call(name, x.OpPos, w.expression(x.X), w.expression(x.Y))
}

// power mends a power, which binds tighter than a sign before it and associates
// to the right.
func (w *rewriter) power(x *syntax.BinaryExpr) syntax.Expr {
	var attach func(base syntax.Expr) (syntax.Expr, bool)
	attach = func(base syntax.Expr) (syntax.Expr, bool) {
		switch b := base.(type) {
		case *syntax.BinaryExpr: // of the same tightness: its right side is the base
			b.Y, _ = attach(b.Y)
			return b, true
		case *syntax.UnaryExpr:
			b.X, _ = attach(b.X)
			return b, true
		}
		return w.call(operatorCalls[syntax.STARSTAR], x.OpPos, base, x.Y), false
	}
	mended, inner := attach(x.X)
	if inner {
		return w.expression(mended)
	}
	call := mended.(*syntax.CallExpr)
	call.Args[0], call.Args[1] = w.expression(call.Args[0]), w.expression(call.Args[1])
	return call
}

// comparison gathers a chain such as 0 < x <= 1 into one call.
func (w *rewriter) comparison(x *syntax.BinaryExpr, sign syntax.Token) syntax.Expr {
	signs, operands := []syntax.Token{sign}, []syntax.Expr{x.Y}
	left := x.X
	for {
		b, ok := left.(*syntax.BinaryExpr)
		if !ok || b.Op != syntax.PIPE {
			break
		}
		s, marked := w.sign(b.OpPos)
		if !marked {
			break
		}
		signs, operands, left = append(signs, s), append(operands, b.Y), b.X
	}
	operands = append(operands, left)
	slices.Reverse(signs)
	slices.Reverse(operands)
	var words []string
	for _, s := range signs {
		words = append(words, s.String())
	}
	args := []syntax.Expr{text(x.OpPos, strings.Join(words, " "))}
	for _, operand := range operands {
		args = append(args, w.expression(operand))
	}
	return w.call(callCompare, x.OpPos, args...)
}
