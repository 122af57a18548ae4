package script

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"slices"

	"go.starlark.net/starlark"
)

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
