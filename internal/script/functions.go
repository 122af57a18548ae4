package script

import (
	"errors"
	"fmt"
	"math/big"
	"strings"

	"muflow/ode"

	"go.starlark.net/starlark"
)

var functions = []Word{
	{"exp", `exp(x)`, "is e to the power of x", oneOf(ode.OpExp)},
	{"log", `log(x)`, "is the natural logarithm", oneOf(ode.OpLog)},
	{"logp", `logp(x)`, "is the logarithm, but 0 where that is less: max(log(x), 0)", func(r *run, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
		x, err := oneOf(ode.OpLog)(r, args, kwargs)
		if err != nil {
			return nil, err
		}
		return extreme("logp", 1)(r, starlark.Tuple{x, starlark.MakeInt(0)}, nil)
	}},
	{"sqrt", `sqrt(x)`, "is the square root", oneOf(ode.OpSqrt)},
	{"sin", `sin(x)`, "is the sine", oneOf(ode.OpSin)},
	{"cos", `cos(x)`, "is the cosine", oneOf(ode.OpCos)},
	{"tanh", `tanh(x)`, "is the hyperbolic tangent", oneOf(ode.OpTanh)},
	{"atan", `atan(x)`, "is the arctangent, between −π/2 and π/2", oneOf(ode.OpAtan)},
	{"abs", `abs(x)`, "is the absolute value; functions of one number work entry by entry on vectors and lists", oneOf(ode.OpAbs)},
	{"min", `min(x, …)`, "is the least of numbers and formulas, or of a list of them", extreme("min", -1)},
	{"max", `max(x, …)`, "is the largest of numbers and formulas, or of a list of them", extreme("max", 1)},
	{"sum", `sum(list)`, "is the sum", func(r *run, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
		list, err := oneList("sum", args, kwargs)
		if err != nil {
			return nil, err
		}
		return r.sum(list)
	}},
	{"mean", `mean(list)`, "is the mean, whose terms a training may draw from", (*run).mean},
	{"dot", `dot(x, y)`, "is the sum of products of entries", (*run).dot},
	{"logsumexp", `logsumexp(list)`, "is the logarithm of the sum of exponentials", func(r *run, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
		_, total, err := r.exponentials("logsumexp", args, kwargs)
		if err != nil {
			return nil, err
		}
		return r.wrap(total.Log())
	}},
	{"softmax", `softmax(list)`, "is the vector of exponentials over their sum", func(r *run, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
		exps, total, err := r.exponentials("softmax", args, kwargs)
		if err != nil {
			return nil, err
		}
		out := &vector{}
		for _, x := range exps {
			z, err := r.wrap(x.Quo(total))
			if err != nil {
				return nil, err
			}
			out.list = append(out.list, z)
		}
		return out, nil
	}},
	{"vector", `vector(list)`, "is a list with arithmetic entry by entry", func(r *run, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
		list, err := oneList("vector", args, kwargs)
		if err != nil {
			return nil, err
		}
		return &vector{list: append([]starlark.Value(nil), list...)}, r.charge(len(list))
	}},
	{"range", `range(stop)`, "is the list 0, 1, …, stop − 1; also range(start, stop) and range(start, stop, step); takes integer parameters", (*run).list},
	{"list", `list(x)`, "is a copy, or the keys of a dict", func(r *run, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
		if len(args) == 1 && len(kwargs) == 0 {
			if d, ok := args[0].(*starlark.Dict); ok {
				return starlark.NewList(d.Keys()), r.charge(d.Len())
			}
		}
		list, err := oneList("list", args, kwargs)
		if err != nil {
			return nil, err
		}
		return starlark.NewList(append([]starlark.Value(nil), list...)), r.charge(len(list))
	}},
	{"enumerate", `enumerate(list)`, "is the list of [i, x]", func(r *run, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
		list, err := oneList("enumerate", args, kwargs)
		if err != nil {
			return nil, err
		}
		out := make([]starlark.Value, len(list))
		for i, x := range list {
			out[i] = starlark.NewList([]starlark.Value{starlark.MakeInt(i), x})
		}
		return starlark.NewList(out), r.charge(3 * len(list))
	}},
	{"zip", `zip(x, y)`, "is the list of pairs [x, y]", (*run).zip},
	{"split", `split(text, sep)`, "is the list of the parts of a text between separators", func(r *run, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
		var text, sep string
		if err := starlark.UnpackArgs("split", args, kwargs, "text", &text, "sep", &sep); err != nil {
			return nil, err
		}
		if sep == "" {
			return nil, errors.New("split at nothing")
		}
		var out []starlark.Value
		for part := range strings.SplitSeq(text, sep) {
			out = append(out, starlark.String(part))
		}
		return starlark.NewList(out), r.charge(len(text) + len(out))
	}},
	{"str", `str(x)`, "is a text, a number or a formula as text", func(r *run, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
		var x starlark.Value
		if err := starlark.UnpackArgs("str", args, kwargs, "x", &x); err != nil {
			return nil, err
		}
		text, err := r.textOf(x)
		return starlark.String(text), err
	}},
}

func oneList(name string, args starlark.Tuple, kwargs []starlark.Tuple) ([]starlark.Value, error) {
	var x starlark.Value
	if err := starlark.UnpackArgs(name, args, kwargs, "list", &x); err != nil {
		return nil, err
	}
	list, ok := elements(x)
	if !ok {
		return nil, fmt.Errorf("%s of %s, expected a list", name, described(x))
	}
	return list, nil
}

func oneOf(op ode.Operation) func(*run, starlark.Tuple, []starlark.Tuple) (starlark.Value, error) {
	return func(r *run, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
		var x starlark.Value
		if err := starlark.UnpackArgs(op.String(), args, kwargs, "x", &x); err != nil {
			return nil, err
		}
		return r.apply(op, x, 0)
	}
}

func (r *run) apply(op ode.Operation, v starlark.Value, depth int) (starlark.Value, error) {
	if err := r.charge(1); err != nil {
		return nil, err
	}
	if list, ok := elements(v); ok {
		if depth > maxDepth {
			return nil, fmt.Errorf("lists more than %d deep", maxDepth)
		}
		out := &vector{}
		for _, x := range list {
			z, err := r.apply(op, x, depth+1)
			if err != nil {
				return nil, err
			}
			out.list = append(out.list, z)
		}
		return out, nil
	}
	x, err := wantExpr(v, op.String()+" of what")
	if err != nil {
		return nil, err
	}
	if q := x.Value(); q != nil {
		switch {
		case q.Sign() == 0 && op != ode.OpLog:
			if op == ode.OpExp || op == ode.OpCos {
				return starlark.MakeInt(1), nil
			}
			return starlark.MakeInt(0), nil
		case op == ode.OpAbs:
			return r.rational(q.Abs(q))
		case op == ode.OpLog && q.Sign() <= 0, op == ode.OpSqrt && q.Sign() < 0:
			return nil, fmt.Errorf("%s of %s, which has no value", op, q.RatString())
		case op == ode.OpLog && q.Cmp(big.NewRat(1, 1)) == 0:
			return starlark.MakeInt(0), nil
		case op == ode.OpSqrt:
			root := new(big.Rat).SetFrac(new(big.Int).Sqrt(q.Num()), new(big.Int).Sqrt(q.Denom()))
			if new(big.Rat).Mul(root, root).Cmp(q) == 0 {
				return r.rational(root)
			}
		}
	}
	return r.wrap(ode.Apply(op, 0, x))
}

// longSum is a sum that is taken half by half, so that it is not as deep as long.
const longSum = 500

func (r *run) sum(list []starlark.Value) (starlark.Value, error) {
	if half := len(list) / 2; half > longSum/2 {
		a, err := r.sum(list[:half])
		if err != nil {
			return nil, err
		}
		b, err := r.sum(list[half:])
		if err != nil {
			return nil, err
		}
		return r.binary("add ", starlark.Tuple{a, b})
	}
	var total starlark.Value = starlark.MakeInt(0)
	for _, x := range list {
		z, err := r.binary("add ", starlark.Tuple{total, x})
		if err != nil {
			return nil, err
		}
		total = z
	}
	return total, nil
}

func (r *run) mean(args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	list, err := oneList("mean", args, kwargs)
	if err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return nil, errors.New("the mean of nothing")
	}
	total, err := r.sum(list)
	if err != nil {
		return nil, err
	}
	out, err := r.binary("divide ", starlark.Tuple{total, starlark.MakeInt(len(list))})
	if f, ok := out.(*formula); ok && err == nil {
		f = &formula{expr: f.expr, bits: f.bits, names: f.names}
		if f.terms, err = r.flat(starlark.NewList(list), "a term of the mean"); err != nil {
			return nil, err
		}
		return f, nil
	}
	return out, err
}

func (r *run) dot(args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var x, y starlark.Value
	if err := starlark.UnpackArgs("dot", args, kwargs, "x", &x, "y", &y); err != nil {
		return nil, err
	}
	a, ok := elements(x)
	b, also := elements(y)
	if !ok || !also || len(a) != len(b) {
		return nil, errors.New("dot of two lists as long as each other is expected")
	}
	products := make([]starlark.Value, len(a))
	for i := range a {
		z, err := r.binary("multiply ", starlark.Tuple{a[i], b[i]})
		if err != nil {
			return nil, err
		}
		products[i] = z
	}
	return r.sum(products)
}

func (r *run) exponentials(name string, args starlark.Tuple, kwargs []starlark.Tuple) (exps []*ode.Expr, total *ode.Expr, err error) {
	list, err := oneList(name, args, kwargs)
	if err != nil {
		return nil, nil, err
	}
	if len(list) == 0 {
		return nil, nil, fmt.Errorf("%s of nothing", name)
	}
	for _, v := range list {
		x, err := wantExpr(v, "an entry of "+name)
		if err != nil {
			return nil, nil, err
		}
		exp := ode.Integer(1)
		if q := x.Value(); q == nil || q.Sign() != 0 {
			exp = x.Exp()
		}
		exps = append(exps, exp)
	}
	return exps, totalOf(exps), r.charge(4 * len(list))
}

// totalOf adds expressions, one or more.
func totalOf(list []*ode.Expr) *ode.Expr {
	if half := len(list) / 2; half > longSum/2 {
		return totalOf(list[:half]).Add(totalOf(list[half:]))
	}
	total := list[0]
	for _, x := range list[1:] {
		total = total.Add(x)
	}
	return total
}

// Extreme returns the two formulas of which one is the largest (with sign 1) or the
// least (−1), as max and min write them; sign 0 if it is no such formula.
func Extreme(z *ode.Expr) (x, y *ode.Expr, sign int) {
	parts := func(z *ode.Expr, op ode.Operation) (a, b *ode.Expr) {
		if z == nil || z.Operation() != op {
			return nil, nil
		}
		list := z.Operands()
		return list[0], list[len(list)-1]
	}
	half, double := parts(z, ode.OpMul)
	if half == nil || half.Operation() != ode.OpRational || half.Value().Cmp(big.NewRat(1, 2)) != 0 {
		return nil, nil, 0
	}
	total, gap := parts(double, ode.OpAdd)
	x, y = parts(total, ode.OpAdd)
	sign = 1
	if inner, _ := parts(gap, ode.OpNeg); inner != nil {
		gap, sign = inner, -1
	}
	gap, _ = parts(gap, ode.OpAbs)
	if a, b := parts(gap, ode.OpSub); x == nil || a != x || b != y {
		return nil, nil, 0
	}
	return x, y, sign
}

// extreme is min or max, by
//
//	max(x, y) = (x + y + |x − y|)/2
func extreme(name string, sign int) func(*run, starlark.Tuple, []starlark.Tuple) (starlark.Value, error) {
	return func(r *run, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
		list := []starlark.Value(args)
		if len(args) == 1 {
			if inner, ok := elements(args[0]); ok {
				list = inner
			}
		}
		if len(list) == 0 || len(kwargs) > 0 {
			return nil, fmt.Errorf("%s of nothing", name)
		}
		best := list[0]
		if _, err := wantExpr(best, "an entry of "+name); err != nil {
			return nil, err
		}
		for _, next := range list[1:] {
			if err := r.charge(5); err != nil {
				return nil, err
			}
			x, _ := exprOf(best)
			y, err := wantExpr(next, "an entry of "+name)
			if err != nil {
				return nil, err
			}
			if p, q := x.Value(), y.Value(); p != nil && q != nil {
				if p.Cmp(q)*sign < 0 {
					best = next
				}
				continue
			}
			gap := x.Sub(y).Abs()
			if sign < 0 {
				gap = gap.Neg()
			}
			if best, err = r.wrap(x.Add(y).Add(gap).Scale(big.NewRat(1, 2))); err != nil {
				return nil, err
			}
		}
		return best, nil
	}
}

func (r *run) list(args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	bounds := []int{0, 0, 1}
	if len(args) < 1 || len(args) > 3 || len(kwargs) > 0 {
		return nil, errors.New("range(stop), range(start, stop) or range(start, stop, step) is expected")
	}
	for i, v := range args {
		n, err := r.whole(v)
		if err != nil {
			return nil, fmt.Errorf("range of %w", err)
		}
		if len(args) == 1 {
			i = 1
		}
		bounds[i] = n
	}
	start, stop, step := bounds[0], bounds[1], bounds[2]
	if step == 0 {
		return nil, errors.New("range in steps of 0")
	}
	count := 0
	if step > 0 && stop > start {
		count = (stop - start + step - 1) / step
	} else if step < 0 && stop < start {
		count = (start - stop - step - 1) / -step
	}
	if count > maxElements {
		return nil, fmt.Errorf("range of more than %d numbers", maxElements)
	}
	out := make([]starlark.Value, count)
	for i := range out {
		out[i] = starlark.MakeInt(start + i*step)
	}
	return starlark.NewList(out), r.charge(count)
}

func (r *run) zip(args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	if len(args) == 0 || len(kwargs) > 0 {
		return nil, errors.New("zip of lists is expected")
	}
	var lists [][]starlark.Value
	for _, arg := range args {
		list, ok := elements(arg)
		if !ok || len(lists) > 0 && len(list) != len(lists[0]) {
			return nil, errors.New("zip of lists as long as each other is expected")
		}
		lists = append(lists, list)
	}
	out := make([]starlark.Value, len(lists[0]))
	for i := range out {
		pair := make([]starlark.Value, len(lists))
		for k, list := range lists {
			pair[k] = list[i]
		}
		out[i] = starlark.NewList(pair)
	}
	return starlark.NewList(out), r.charge(len(out) * (1 + len(lists)))
}
