package script

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"slices"

	"muflow/internal/strict"

	"go.starlark.net/starlark"
)

// maxValues bounds what is in an array: a small file, unpacked, may hold many.
const maxValues = 10_000_000

var errManyValues = fmt.Errorf("more than %d values", maxValues)

// ReadData reads a JSON array of at most so many bytes and ten million values from
// a stream, gzipped or not, with the numbers as they are written. A key that
// occurs twice, or text after the array, is an error.
func ReadData(r io.Reader, most int64) ([]any, error) {
	in, err := strict.Unpacked(bufio.NewReader(r))
	if err != nil {
		return nil, err
	}
	s := strict.NewScanner(bufio.NewReader(in))
	s.Allow(most)
	list, err := readArray(s, maxValues)
	if strict.IsBrokenGzip(err) {
		err = fmt.Errorf("broken gzip: %w", err)
	}
	return list, err
}

func readArray(s *strict.Scanner, values int) ([]any, error) {
	switch b, err := s.Peek(); {
	case err != nil && err != io.EOF:
		return nil, err
	case b != '[':
		return nil, errors.New("expected a JSON array")
	}
	x, err := readValue(s, &values, 0)
	if err != nil {
		return nil, err
	}
	list := x.([]any)
	if len(list) == 0 {
		return nil, errors.New("an empty JSON array, expected an element or more")
	}
	return list, s.End()
}

func readValue(s *strict.Scanner, left *int, depth int) (any, error) {
	if *left--; *left < 0 {
		return nil, errManyValues
	}
	if depth > maxNesting {
		return nil, fmt.Errorf("values more than %d deep", maxNesting)
	}
	b, err := s.Peek()
	if err != nil {
		return nil, err
	}
	switch b {
	case '[':
		list := []any{}
		err := s.Array(func(int) error {
			x, err := readValue(s, left, depth+1)
			list = append(list, x)
			return err
		})
		return list, err
	case '{':
		out := map[string]any{}
		return out, s.Object(func(key string) error {
			x, err := readValue(s, left, depth+1)
			out[key] = x
			return err
		})
	case '"':
		return s.Text()
	}
	raw, err := s.Raw()
	if err != nil {
		return nil, err
	}
	switch string(raw) {
	case "true":
		return true, nil
	case "false":
		return false, nil
	case "null":
		return nil, nil
	}
	return json.Number(raw), nil
}

// data turns what encoding/json gives, with numbers as json.Number, into values
// of the language, which cannot be changed.
func (r *run) data(x any, depth int) (starlark.Value, error) {
	if depth > maxNesting {
		return nil, fmt.Errorf("data more than %d deep", maxNesting)
	}
	if err := r.charge(1); err != nil {
		return nil, errors.New("the data is larger than the budget")
	}
	switch x := x.(type) {
	case nil:
		return starlark.None, nil
	case bool:
		return starlark.Bool(x), nil
	case string:
		return starlark.String(x), r.charge(len(x))
	case json.Number:
		q, ok := new(big.Rat), len(x) <= maxDigits && decimalNumber.MatchString(trimmedSign(x.String()))
		if ok {
			_, ok = q.SetString(x.String())
		}
		if !ok {
			return nil, fmt.Errorf("the number %.40s in the data", x)
		}
		return r.rational(q)
	case []any:
		list := make([]starlark.Value, len(x))
		for i := range x {
			value, err := r.data(x[i], depth+1)
			if err != nil {
				return nil, err
			}
			list[i] = value
		}
		out := starlark.NewList(list)
		out.Freeze()
		return out, nil
	case map[string]any:
		out := starlark.NewDict(len(x))
		keys := make([]string, 0, len(x))
		for key := range x {
			keys = append(keys, key)
		}
		slices.Sort(keys)
		for _, key := range keys {
			value, err := r.data(x[key], depth+1)
			if err != nil {
				return nil, err
			}
			if err := out.SetKey(starlark.String(key), value); err != nil {
				return nil, err
			}
		}
		out.Freeze()
		return out, nil
	}
	return nil, fmt.Errorf("data of type %T", x)
}

func trimmedSign(s string) string {
	if s != "" && s[0] == '-' {
		return s[1:]
	}
	return s
}
