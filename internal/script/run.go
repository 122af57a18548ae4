package script

import (
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"

	"muflow/ode"

	"go.starlark.net/resolve"
	"go.starlark.net/starlark"
	"go.starlark.net/syntax"
)

// What a file may use: steps of Starlark; entries of lists, bytes of texts,
// operations of formulas and words of 64 bits of numbers that are made or worked
// on; and entries of one list.
const (
	maxSteps    = 5_000_000
	maxCharge   = 2_000_000
	maxElements = 100_000
)

// A Setting is the value of a parameter, or the interval that it is in.
type Setting struct{ Low, High *big.Rat }

// Options choose what a file is run for.
type Options struct {
	Data    any                // what data is in the file: an element of what ReadData gives
	HasData bool               // there is Data; without, a file that mentions data is an error
	Set     map[string]Setting // parameters by name, and starts by x.start
}

// A run is the state of one execution.
type run struct {
	theory  *Theory
	options Options
	thread  *starlark.Thread
	used    int
	set     map[string]bool // settings that were used
	names   map[string]bool
	depths  map[*ode.Expr]int // of formulas

	verbatim bool // formulas are not simplified: a sentence
}

// A File is a theory file that has been read but not run.
type File struct {
	name    string
	program *starlark.Program
	data    *syntax.Position // where data is used first, nil if nowhere
}

// Parse reads a theory file. Errors are of type *Error.
func Parse(name string, source []byte) (*File, error) {
	tree, names, err := parse(name, string(source))
	if err != nil {
		return nil, err
	}
	f := &File{name: name}
	language := (&run{theory: &Theory{}}).predeclared()
	f.program, err = starlark.FileProgram(tree, func(name string) bool { // asked for names that the file does not define
		if name == dataName {
			at := names[name]
			f.data = &at
		}
		return name == dataName || language.Has(name)
	})
	if err != nil {
		return nil, located(name, err)
	}
	return f, nil
}

// TakesData reports whether the theory is about data.
func (f *File) TakesData() bool { return f.data != nil }

// Run runs the file. Errors are of type *Error. It can read nothing but the data,
// and is stopped when it has used up its budget of steps and memory. The same
// data and settings give the same theory.
func (f *File) Run(options Options) (*Theory, error) {
	if f.TakesData() && !options.HasData {
		return nil, at(*f.data, "the theory is about data, expected --data FILE with a JSON array")
	}
	r := &run{
		theory:  &Theory{File: f.name, Symbols: []Symbol{{Name: "t", Kind: TimeSymbol}}},
		options: options, set: map[string]bool{}, names: map[string]bool{"symbol t": true}, depths: map[*ode.Expr]int{},
	}
	predeclared := r.predeclared()
	if options.HasData {
		data, err := r.data(options.Data, 0)
		if err != nil {
			return nil, &Error{File: f.name, Message: err.Error()}
		}
		predeclared[dataName] = data
	}
	r.thread = &starlark.Thread{Name: f.name, Print: func(*starlark.Thread, string) {}}
	r.thread.SetMaxExecutionSteps(maxSteps)
	if _, err := f.program.Init(r.thread, predeclared); err != nil {
		return nil, located(f.name, err)
	}
	return r.theory, r.complete()
}

// Run reads a theory file and runs it, as Parse and File.Run do.
func Run(name string, source []byte, options Options) (*Theory, error) {
	f, err := Parse(name, source)
	if err != nil {
		return nil, err
	}
	return f.Run(options)
}

// complete looks at the theory as a whole.
func (r *run) complete() error {
	fail := func(format string, args ...any) error {
		return &Error{File: r.theory.File, Message: fmt.Sprintf(format, args...)}
	}
	if r.theory.Name == "" {
		return fail("no theory(…), expected one with a name")
	}
	names := make([]string, 0, len(r.options.Set))
	for name := range r.options.Set {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		if state, isStart := strings.CutSuffix(name, startSuffix); isStart && !r.set[name] {
			return fail("no state %.40q, of one unknown, whose start could be set", state)
		}
		if !r.set[name] {
			return fail("no parameter %.40q to set", name)
		}
	}
	return nil
}

var errMemory = fmt.Errorf("the budget of %d entries of lists, texts, formulas and words of numbers is used up", maxCharge)

// charge counts what is made.
func (r *run) charge(n int) error {
	if r.used += n; n > maxCharge || r.used > maxCharge {
		return errMemory
	}
	return nil
}

// located gives an error of Starlark its place.
func located(file string, err error) error {
	var mistake *Error
	var wrong syntax.Error
	var unresolved resolve.ErrorList
	var failed *starlark.EvalError
	switch {
	case errors.As(err, &mistake):
		return mistake
	case errors.As(err, &wrong):
		return at(wrong.Pos, "%s", plainWords(wrong.Msg))
	case errors.As(err, &unresolved) && len(unresolved) > 0:
		return at(unresolved[0].Pos, "%s", plainWords(unresolved[0].Msg))
	case errors.As(err, &failed):
		message := failed.Msg
		if strings.Contains(message, "too many steps") {
			message = fmt.Sprintf("the budget of %d steps is used up", maxSteps)
		}
		for i := range failed.CallStack {
			if p := failed.CallStack.At(i).Pos; p.IsValid() && p.Filename() == file && p.Line > 0 {
				return at(p, "%s", plainWords(message))
			}
		}
		return &Error{File: file, Message: plainWords(message)}
	}
	return &Error{File: file, Message: plainWords(err.Error())}
}

// plainWords takes the names that rewriting gave out of a message.
func plainWords(message string) string {
	for _, name := range []string{callNumber, callCompare, callTruth, callSlice, callNegate, callTuple, callIn} {
		message = strings.ReplaceAll(message, name+":", strings.TrimSpace(name)+":")
	}
	if i := strings.IndexByte(message, '\n'); i >= 0 {
		message = message[:i]
	}
	if runes := []rune(message); len(runes) > 400 {
		message = string(runes[:400]) + "…"
	}
	return strings.TrimPrefix(message, "fail: ")
}

type builtinFunc = func(args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error)

func (r *run) builtin(name string, f builtinFunc) *starlark.Builtin {
	return starlark.NewBuiltin(name, func(_ *starlark.Thread, _ *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
		return f(args, kwargs)
	})
}

// kept are the names of Starlark that stay as they are.
var kept = []string{"None", "True", "False", "len", "bool", "type"}

const dataName = "data"

// predeclared lists all names of the language but data.
func (r *run) predeclared() starlark.StringDict {
	out := r.language(Vocabulary)
	out["t"] = &formula{expr: ode.State(0), names: &r.theory.Symbols}
	out["inf"] = infinity(1)
	return out
}

// language lists what can be said with some words.
func (r *run) language(words []Word) starlark.StringDict {
	out := starlark.StringDict{}
	for name := range starlark.Universe {
		if !slices.Contains(kept, name) {
			out[name] = r.builtin(name, func(starlark.Tuple, []starlark.Tuple) (starlark.Value, error) {
				return nil, fmt.Errorf("%s is not in the language", name)
			})
		}
	}
	for _, w := range words {
		out[w.Name] = r.builtin(w.Name, func(args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
			return w.run(r, args, kwargs)
		})
	}
	for name := range operations {
		out[name] = r.builtin(name, func(args starlark.Tuple, _ []starlark.Tuple) (starlark.Value, error) { return r.binary(name, args) })
	}
	for _, name := range []string{"floor ", "remainder "} {
		out[name] = r.builtin(name, func(args starlark.Tuple, _ []starlark.Tuple) (starlark.Value, error) {
			if err := r.weigh(args...); err != nil {
				return nil, err
			}
			z, ok, err := r.sequences(name, args[0], args[1])
			if !ok && err == nil {
				err = fmt.Errorf("%s %% %s", described(args[0]), described(args[1]))
			}
			return z, err
		})
	}
	for name, f := range map[string]func(args starlark.Tuple) (starlark.Value, error){
		callNumber: func(args starlark.Tuple) (starlark.Value, error) {
			q, ok := new(big.Rat).SetString(string(args[0].(starlark.String)))
			if !ok {
				return nil, errors.New("no number")
			}
			return r.rational(q)
		},
		callCompare: r.compare,
		callTruth:   func(args starlark.Tuple) (starlark.Value, error) { return truth(args[0]) },
		callSlice:   r.slice,
		callNegate: func(args starlark.Tuple) (starlark.Value, error) {
			if i, ok := args[0].(infinity); ok {
				return -i, nil
			}
			return r.binary("subtract ", starlark.Tuple{starlark.MakeInt(0), args[0]})
		},
		callTuple: func(args starlark.Tuple) (starlark.Value, error) {
			for _, x := range args {
				if x.Type() == "tuple" {
					return nil, errors.New("a tuple within a tuple, expected a list")
				}
			}
			return append(starlark.Tuple(nil), args...), r.charge(len(args))
		},
		callIn: func(args starlark.Tuple) (starlark.Value, error) { return r.inside(args[0], args[1]) },
	} {
		out[name] = r.builtin(name, func(args starlark.Tuple, _ []starlark.Tuple) (starlark.Value, error) { return f(args) })
	}
	return out
}

// slice is x[low:high:step].
func (r *run) slice(args starlark.Tuple) (starlark.Value, error) {
	list, ok := elements(args[0])
	if !ok {
		return nil, fmt.Errorf("a part of %s, expected one of a list", described(args[0]))
	}
	bounds := []int{0, len(list), 1}
	for i, arg := range args[1:] {
		if arg == starlark.None {
			continue
		}
		n, err := starlark.AsInt32(arg)
		if err != nil {
			return nil, errors.New("a part of a list from and to what is no whole number")
		}
		if i < 2 {
			if n < 0 {
				n += len(list)
			}
			n = min(max(n, 0), len(list))
		}
		bounds[i] = n
	}
	if bounds[2] < 1 {
		return nil, errors.New("a part of a list in steps below 1")
	}
	out := []starlark.Value{}
	for i := bounds[0]; i < bounds[1]; i += bounds[2] {
		out = append(out, list[i])
	}
	if _, ok := args[0].(*vector); ok {
		return &vector{list: out}, r.charge(len(out))
	}
	return starlark.NewList(out), r.charge(len(out))
}
