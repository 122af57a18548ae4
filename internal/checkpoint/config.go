package checkpoint

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"

	"muflow/internal/strict"
	"muflow/sim/learned"
)

// maxJSON bounds an index and a configuration.
const maxJSON = 1 << 22

func readJSON(name string, to any) error {
	f, err := openRegular(name)
	if err != nil {
		return err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxJSON+1))
	switch {
	case err != nil:
		return fmt.Errorf("%s: cannot be read: %w", name, plain(err))
	case len(text) > maxJSON:
		return fmt.Errorf("%s: more than %d bytes", name, maxJSON)
	}
	if err := unmarshal(text, to); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// unmarshal is strict.Unmarshal with errors that do not name types of Go.
func unmarshal(text []byte, to any) error {
	err := strict.Unmarshal(text, to)
	var kind *json.UnmarshalTypeError
	if errors.As(err, &kind) {
		return fmt.Errorf("%s: %.40s, expected %s", cmp.Or(strings.ToLower(kind.Field), "broken JSON"), kind.Value, kindOf(kind.Type))
	}
	return err
}

// kindOf says what JSON is read into a type.
func kindOf(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Pointer:
		return kindOf(t.Elem())
	case reflect.Struct, reflect.Map:
		return "an object"
	case reflect.Slice:
		return "an array"
	case reflect.String:
		return "a string"
	case reflect.Bool:
		return "true or false"
	case reflect.Float64:
		return "a number"
	}
	return "an integer"
}

// ReadLayout reads an object with fields of a layout; those that it does not
// have are those of ProsQA.
func ReadLayout(text []byte) (learned.Layout, error) {
	layout := learned.ProsQA
	if err := unmarshal(text, &layout); err != nil {
		return layout, err
	}
	var keys map[string]any
	if err := unmarshal(text, &keys); err != nil {
		return layout, err
	}
	if keys == nil {
		return layout, errors.New("null, expected an object")
	}
	for key := range keys {
		if _, known := reflect.TypeFor[learned.Layout]().FieldByNameFunc(func(name string) bool { return strings.ToLower(name) == key }); !known {
			return layout, fmt.Errorf("the key %.40q, expected vocabulary, vertices, start, separator, question, root, answer, open, late or own", key)
		}
	}
	return layout, layout.Check()
}

// configure finds the number of heads and the step, and holds what else is said
// of the model against it.
func (s *Source) configure(c *learned.Config, files []*file, heads int) (step int, err error) {
	step = s.Step
	if c.Heads, err = s.checkConfig(c); err != nil {
		return 0, err
	}
	for _, f := range files {
		for key, text := range f.metadata {
			n, err := strconv.Atoi(text)
			if err != nil || n < 0 {
				return 0, fmt.Errorf("%s: __metadata__: %s is %.30q, expected a number", f.name, key, text)
			}
			switch {
			case key == "step" && step < 0:
				step = n
			case key == "n_layer" && n != c.Layers:
				return 0, fmt.Errorf("%s: __metadata__: n_layer is %d, the tensors are of %d", f.name, n, c.Layers)
			case key == "n_head" && c.Heads != 0 && c.Heads != n && heads == 0:
				return 0, fmt.Errorf("%s: __metadata__: n_head is %d, and %d elsewhere", f.name, n, c.Heads)
			case key == "n_head":
				c.Heads = n
			}
		}
	}
	if heads > 0 {
		c.Heads = heads
	}
	if c.Heads == 0 {
		return 0, fmt.Errorf("%s: the number of heads is unknown: expected n_head in the metadata or in a config.json beside the file, or --heads", s.Name)
	}
	if c.Heads < 0 || c.Width%c.Heads != 0 {
		return 0, fmt.Errorf("%s: %d heads, expected a number that divides the width %d", s.Name, c.Heads, c.Width)
	}
	return step, nil
}

// checkConfig reads config.json beside the first file, if it is there, and
// refuses what this program does not compute.
func (s *Source) checkConfig(c *learned.Config) (heads int, err error) {
	name := filepath.Join(filepath.Dir(s.Files[0]), "config.json")
	if _, err := os.Stat(name); errors.Is(err, os.ErrNotExist) {
		return 0, nil
	}
	var config struct {
		Type       *string  `json:"model_type"`
		Activation *string  `json:"activation_function"`
		Epsilon    *float64 `json:"layer_norm_epsilon"`
		Scale      *bool    `json:"scale_attn_weights"`
		ByLayer    *bool    `json:"scale_attn_by_inverse_layer_idx"`
		Heads      *int     `json:"n_head"`
		Layers     *int     `json:"n_layer"`
		Width      *int     `json:"n_embd"`
		Inner      *int     `json:"n_inner"`
		Vocabulary *int     `json:"vocab_size"`
	}
	if err := readJSON(name, &config); err != nil {
		return 0, err
	}
	for _, x := range []struct {
		key string
		bad bool
		is  any
		not any
	}{
		{"model_type", differs(config.Type, "gpt2"), config.Type, "gpt2"},
		{"activation_function", differs(config.Activation, "gelu_new"), config.Activation, "gelu_new"},
		{"layer_norm_epsilon", differs(config.Epsilon, 1e-5), config.Epsilon, 1e-5},
		{"scale_attn_weights", differs(config.Scale, true), config.Scale, true},
		{"scale_attn_by_inverse_layer_idx", differs(config.ByLayer, false), config.ByLayer, false},
		{"n_layer", differs(config.Layers, c.Layers), config.Layers, c.Layers},
		{"n_embd", differs(config.Width, c.Width), config.Width, c.Width},
		{"n_inner", differs(config.Inner, 4*c.Width), config.Inner, 4 * c.Width},
		{"vocab_size", differs(config.Vocabulary, c.Vocabulary), config.Vocabulary, c.Vocabulary},
	} {
		if x.bad {
			return 0, fmt.Errorf("%s: %s is %v, expected %v", name, x.key, pointed(x.is), x.not)
		}
	}
	if config.Heads != nil {
		return *config.Heads, nil
	}
	return 0, nil
}

func differs[T comparable](x *T, want T) bool { return x != nil && *x != want }

func pointed(x any) any {
	switch x := x.(type) {
	case *string:
		return strconv.Quote((*x)[:min(len(*x), 40)])
	case *float64:
		return *x
	case *bool:
		return *x
	case *int:
		return *x
	}
	return x
}
