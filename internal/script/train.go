package script

import (
	"errors"
	"fmt"
	"math/big"
	"slices"

	"muflow/ode"

	"go.starlark.net/starlark"
)

// maxTraining bounds the steps of a training.
const maxTraining = 10_000_000

var errRate = errors.New("a rate that depends on states or t, expected numbers and parameters")

func (r *run) train(args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var loss, wrt, rate, rates, beside starlark.Value
	t := Training{Rate: big.NewRat(1, 100), Steps: 1000, Line: r.line()}
	if err := starlark.UnpackArgs("train", args, kwargs, "loss", &loss, "wrt", &wrt, "rate?", &rate, "batch?", &t.Batch, "steps?", &t.Steps, "rates?", &rates, "beside?", &beside); err != nil {
		return nil, err
	}
	var err error
	if t.Loss, err = wantExpr(loss, "the loss"); err != nil {
		return nil, err
	}
	if f, ok := loss.(*formula); ok {
		t.Terms = f.terms
	}
	if t.States, t.Rates, err = r.ratesOf(wrt, rates); err != nil {
		return nil, err
	}
	if rate != nil {
		if t.Rate, err = r.rateOf(rate); err != nil {
			return nil, err
		}
	}
	switch {
	case t.Steps < 1 || t.Steps > maxTraining:
		return nil, fmt.Errorf("%d steps, expected 1 to %d", t.Steps, maxTraining)
	case t.Batch < 0 || t.Batch > 0 && t.Terms == nil:
		return nil, fmt.Errorf("a batch of %d, expected one of the terms of a loss that is a mean([…])", t.Batch)
	case t.Batch > len(t.Terms):
		return nil, fmt.Errorf("a batch of %d different terms, the loss is a mean of %d", t.Batch, len(t.Terms))
	}
	if t.Beside, err = r.besideOf(beside); err != nil {
		return nil, err
	}
	if err := r.onlyTrained(&t); err != nil {
		return nil, err
	}
	r.theory.Trainings = append(r.theory.Trainings, t)
	return starlark.None, r.chargeGradient(t.Loss, len(t.States))
}

// rateOf reads a number, or a formula of parameters, which are at their lower ends.
func (r *run) rateOf(v starlark.Value) (*big.Rat, error) {
	x, err := wantExpr(v, "the rate")
	if err != nil {
		return nil, err
	}
	if !r.theory.constant(x) {
		return nil, errRate
	}
	if q := r.exactly(x, map[*ode.Expr]*big.Rat{}); q != nil && q.Sign() > 0 {
		return q, nil
	}
	return nil, fmt.Errorf("the rate %s, expected a positive rational number", Text(x, r.theory.Symbols))
}

// exactOperations name the operations that take rational numbers to rational ones.
var exactOperations = map[ode.Operation]string{ode.OpAdd: "add ", ode.OpSub: "subtract ", ode.OpMul: "multiply ", ode.OpQuo: "divide ", ode.OpPower: "power "}

// exactly is the value of a formula of parameters at their lower ends, nil unless
// it is found by operations on rational numbers.
func (r *run) exactly(x *ode.Expr, known map[*ode.Expr]*big.Rat) *big.Rat {
	if q, ok := known[x]; ok {
		return q
	}
	var list []*big.Rat
	for _, y := range x.Operands() {
		q := r.exactly(y, known)
		if q == nil {
			return nil
		}
		list = append(list, q)
	}
	q := x.Value()
	switch op := x.Operation(); op {
	case ode.OpState:
		q = r.theory.Symbols[x.Index()].Low
	case ode.OpNeg:
		q = new(big.Rat).Neg(list[0])
	case ode.OpAbs:
		q = new(big.Rat).Abs(list[0])
	case ode.OpPower:
		list = append(list, big.NewRat(int64(x.Index()), 1))
		fallthrough
	case ode.OpAdd, ode.OpSub, ode.OpMul, ode.OpQuo:
		var err error
		if q, err = operations[exactOperations[op]].numbers(list[0], list[1]); err != nil {
			return nil
		}
	}
	if q != nil && q.Num().BitLen()+q.Denom().BitLen() > maxNumber {
		return nil
	}
	known[x] = q
	return q
}

// besideOf reads what is compared beside the states.
func (r *run) besideOf(v starlark.Value) (out []Beside, err error) {
	if v == nil || v == starlark.None {
		return nil, nil
	}
	list, err := r.relations([]starlark.Value{v}, "beside")
	for _, one := range list {
		if one.Comparison != comparisons["=="] {
			return nil, errors.New("beside an inequality, expected formula == formula")
		}
		out = append(out, Beside{one.Left, one.Right})
	}
	return out, err
}

// onlyTrained turns down what depends on states that are not trained, or on t.
func (r *run) onlyTrained(t *Training) error {
	th := r.theory
	for i, s := range t.States {
		if slices.Contains(t.States[:i], s) {
			return fmt.Errorf("%s is trained twice", th.Symbols[th.States[s].Symbol].Name)
		}
		if !th.constant(t.Rates[i]) {
			return errRate
		}
	}
	trained := func(x *ode.Expr, what string) error {
		for _, i := range x.Unknowns() {
			if s := th.Symbols[i]; s.Kind == TimeSymbol || s.Kind == StateSymbol && !slices.Contains(t.States, s.State) {
				return fmt.Errorf("%s depends on %s, which is not trained", what, s.Name)
			}
		}
		return nil
	}
	if err := trained(t.Loss, "the loss"); err != nil {
		return err
	}
	for _, b := range t.Beside {
		if err := trained(b.Trained, "the left side of beside"); err != nil {
			return err
		}
	}
	return nil
}
