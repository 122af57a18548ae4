package proptest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"os"
	"path/filepath"
	"reflect"
	"runtime/debug"
	"strings"

	"github.com/leanovate/gopter"
	"github.com/leanovate/gopter/prop"

	"muflow/graph"
	"muflow/internal/runlog"
	"muflow/theory"
)

// A property is a condition, a func(A, B, …) error, on the values of generators.
type property struct {
	name      string
	condition reflect.Value
	gens      []gopter.Gen
}

// prop is prop.ForAll, where a panic in the condition is a failure like an
// error, so that its input is shrunk too, and where a generator that lost its
// sieve (gen.Weighted, gen.Frequency) or its shrinker (Map to another type) is
// an error.
func (p property) prop() gopter.Prop {
	var kinds []reflect.Type
	for i := range p.condition.Type().NumIn() {
		kinds = append(kinds, p.condition.Type().In(i))
	}
	condition := reflect.FuncOf(kinds, []reflect.Type{reflect.TypeFor[*gopter.PropResult]()}, false)
	var gens []gopter.Gen
	for i, g := range p.gens {
		gens = append(gens, func(parameters *gopter.GenParameters) *gopter.GenResult {
			r := g(parameters)
			if r.Sieve == nil || r.Shrinker == nil || reflect.ValueOf(r.Shrinker).Pointer() == reflect.ValueOf(gopter.NoShrinker).Pointer() {
				panic(fmt.Sprintf("generator %d has lost its sieve or its shrinker", i))
			}
			return r
		})
	}
	return prop.ForAll(reflect.MakeFunc(condition, func(args []reflect.Value) []reflect.Value {
		result := &gopter.PropResult{Status: gopter.PropTrue}
		if err := p.holds(args); err != nil {
			result = gopter.NewPropResult(false, err.Error())
		}
		return []reflect.Value{reflect.ValueOf(result)}
	}).Interface(), gens...)
}

// holds calls the condition and turns a panic into an error.
func (p property) holds(args []reflect.Value) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v\n%s", r, debug.Stack())
		}
	}()
	err, _ = p.condition.Call(args)[0].Interface().(error)
	return err
}

// A failing file holds an input on which a property failed.
type failing struct {
	Property string
	Seed     int64
	Reason   string
	Input    []json.RawMessage // one of each generator, shrunk
}

// keep writes the shrunk arguments of a property to a file in a folder and
// returns what is to be said of them.
func keep(folder string, f failing, args gopter.PropArgs) string {
	said, input := "", [][]byte{}
	for i, arg := range args {
		text, err := encode(arg.Arg)
		if err != nil {
			return fmt.Sprintf("%s\nargument %d cannot be kept: %v", said, i, err)
		}
		drawn, _ := encode(arg.OrigArg)
		input = append(input, text)
		said += fmt.Sprintf("\nargument %d after %d shrinking steps: %s\n  as drawn: %s", i, arg.Shrinks, text, drawn)
	}
	title, _ := encode(f.Property)
	reason, _ := encode(f.Reason)
	text := fmt.Appendf(nil, "{\"property\": %s,\n \"seed\": %d,\n \"reason\": %s,\n \"input\": [\n  %s]}\n",
		title, f.Seed, reason, bytes.Join(input, []byte(",\n  ")))
	h := fnv.New32a()
	h.Write(text)
	file := fmt.Sprintf("%08x.json", h.Sum32())
	if err := runlog.WriteFiles(folder, []runlog.File{{Name: file, Text: text}}); err != nil {
		return said + "\nnot kept: " + err.Error()
	}
	return said + "\nkept in " + filepath.Join(folder, file)
}

// retry tries the inputs in a folder. It deletes those on which the property
// holds and returns why one of the others fails.
func (p property) retry(folder string) error {
	files, err := filepath.Glob(filepath.Join(folder, "*.json"))
	for _, file := range files {
		text, failed := os.ReadFile(file)
		if failed != nil {
			return failed
		}
		var f failing
		if err := json.Unmarshal(text, &f); err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		if len(f.Input) != len(p.gens) {
			return fmt.Errorf("%s: %d arguments, expected %d", file, len(f.Input), len(p.gens))
		}
		var args []reflect.Value
		for i, g := range p.gens {
			arg, err := decode(f.Input[i], p.condition.Type().In(i))
			if err == nil && !g(gopter.MinGenParams).Sieve(arg.Interface()) {
				err = errors.New("outside the domain of its generator")
			}
			if err != nil {
				return fmt.Errorf("%s: argument %d: %w", file, i, err)
			}
			args = append(args, arg)
		}
		if err := p.holds(args); err != nil {
			return fmt.Errorf("%w\nstill fails on %s: %s", err, file, f.Input)
		}
		if err := os.Remove(file); err != nil {
			return err
		}
	}
	return err
}

type stepForm struct {
	Instance json.RawMessage `json:"instance"`
	Step     int             `json:"step"`
	Label    []int           `json:"label,omitempty"`
}

type digraphForm struct {
	Vertices int      `json:"vertices"`
	Edges    [][2]int `json:"edges"`
}

// encode writes a value in JSON, instances in the project's own form.
func encode(value any) ([]byte, error) {
	var b bytes.Buffer
	switch v := value.(type) {
	case []graph.Instance:
		err := graph.Encode(&b, v)
		return bytes.TrimSpace(b.Bytes()), err
	case graph.Step:
		return encode(labelledStep{v, nil})
	case labelledStep:
		in, err := encode([]graph.Instance{*v.Instance})
		if err != nil {
			return nil, err
		}
		value = stepForm{in[1 : len(in)-1], v.C, v.Label}
	case *graph.Digraph:
		value = digraphForm{v.Order(), v.Edges()}
	}
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(value)
	return bytes.TrimSpace(b.Bytes()), err
}

// decode reads what encode wrote.
func decode(text []byte, kind reflect.Type) (reflect.Value, error) {
	var value any
	var err error
	switch kind {
	case reflect.TypeFor[[]graph.Instance]():
		value, err = graph.Decode(bytes.NewReader(text), "input")
	case reflect.TypeFor[graph.Step](), reflect.TypeFor[labelledStep]():
		var form stepForm
		if err = json.Unmarshal(text, &form); err != nil {
			break
		}
		in, err := graph.Decode(strings.NewReader("["+string(form.Instance)+"]"), "input")
		if err != nil {
			return reflect.Value{}, err
		}
		step, err := in[0].Step(form.Step)
		if value = step; kind == reflect.TypeFor[labelledStep]() {
			value = labelledStep{step, form.Label}
		}
		return reflect.ValueOf(value), err
	case reflect.TypeFor[*graph.Digraph]():
		var form digraphForm
		if err = json.Unmarshal(text, &form); err == nil {
			value, err = graph.New(form.Vertices, form.Edges)
		}
	case reflect.TypeFor[*theory.Profile]():
		value, err = theory.DecodeProfile(text)
	default:
		to := reflect.New(kind)
		err = json.Unmarshal(text, to.Interface())
		return to.Elem(), err
	}
	return reflect.ValueOf(value), err
}
