package script

import (
	"errors"
	"fmt"
	"strings"

	"muflow/ode"

	"go.starlark.net/starlark"
	"go.starlark.net/syntax"
)

// A Comparison is one part of a sentence.
type Comparison struct {
	Left  *ode.Expr
	Sign  string // <, <=, >, >=, == or !=
	Right *ode.Expr
}

// maxSentence bounds a sentence, in bytes.
const maxSentence = 2000

// Sentence reads a comparison over named numbers, or a chain of them such as
// 0 < x <= 1, which holds where all its parts do. Unknown i of its formulas is
// the i-th name. The grammar is that of theory files, in which a power may be
// written x^n, too; names stand before the functions of the language, and nothing
// can be declared or claimed. Formulas are kept as they are written, but for
// arithmetic of numbers: 0*x is not 0 where x has no value. Errors are of type
// *Error.
func Sentence(text string, names []string) ([]Comparison, error) {
	if len(text) > maxSentence || strings.ContainsAny(text, "\r\n") {
		return nil, &Error{Message: fmt.Sprintf("%.40q, expected one line of at most %d bytes", text, maxSentence)}
	}
	trimmed := strings.TrimLeft(text, " \t") // spaces before mean something to Starlark
	parts, err := sentence(trimmed, names)
	mistake := (*Error)(nil)
	if errors.As(err, &mistake) && mistake.Line > 0 {
		mistake.Column += len(text) - len(trimmed)
	}
	return parts, err
}

func sentence(source string, names []string) ([]Comparison, error) {
	text, signs, err := plain("", source, true)
	if err != nil {
		return nil, err
	}
	options := &syntax.FileOptions{}
	tree, err := options.ParseExpr("", text, 0)
	if err != nil {
		return nil, located("", signs.named(err))
	}
	start := syntax.Start(tree)
	w := &rewriter{signs: signs, read: map[place]bool{}, names: map[string]syntax.Position{}}
	tree = w.expression(tree)
	w.mended("")
	if w.err != nil {
		return nil, w.err
	}
	r := &run{theory: &Theory{}, verbatim: true, depths: map[*ode.Expr]int{}}
	language := r.language(functions)
	language[callCompare] = r.builtin(callCompare, func(args starlark.Tuple, _ []starlark.Tuple) (starlark.Value, error) { return r.parts(args) })
	for i, name := range names {
		r.theory.Symbols = append(r.theory.Symbols, Symbol{Name: name, Kind: ParameterSymbol})
		if _, used := w.names[name]; used {
			language[name] = &formula{expr: ode.State(i), names: &r.theory.Symbols}
		}
	}
	r.thread = &starlark.Thread{Print: func(*starlark.Thread, string) {}}
	r.thread.SetMaxExecutionSteps(maxSteps)
	z, err := starlark.EvalExprOptions(options, r.thread, tree, language)
	if err != nil {
		err := located("", err)
		if mistake := (*Error)(nil); errors.As(err, &mistake) {
			if name, undefined := strings.CutPrefix(mistake.Message, "undefined: "); undefined {
				mistake.Message = fmt.Sprintf("%q is not a known number", name)
			}
		}
		return nil, err
	}
	s, ok := z.(*spoken)
	if !ok {
		return nil, at(start, "expected a comparison by <, <=, >, >=, == or !=")
	}
	return s.parts, nil
}

// spoken is what a sentence is.
type spoken struct{ parts []Comparison }

func (s *spoken) String() string        { return "a comparison" }
func (s *spoken) Type() string          { return "comparison" }
func (s *spoken) Freeze()               {}
func (s *spoken) Truth() starlark.Bool  { return starlark.True } // never asked, see truth
func (s *spoken) Hash() (uint32, error) { return 0, errors.New("a comparison cannot be a key") }

// parts is compare in a sentence: numbers are compared no earlier than formulas.
func (r *run) parts(args starlark.Tuple) (starlark.Value, error) {
	out := &spoken{}
	for i, sign := range strings.Fields(string(args[0].(starlark.String))) {
		left, err := wantExpr(args[i+1], "the left side of "+sign)
		if err != nil {
			return nil, err
		}
		right, err := wantExpr(args[i+2], "the right side of "+sign)
		if err != nil {
			return nil, err
		}
		out.parts = append(out.parts, Comparison{left, sign, right})
	}
	return out, r.charge(len(out.parts))
}
