package descend

import (
	"context"
	"fmt"
	"math/big"
	"slices"

	"muflow/internal/check"
	"muflow/internal/script"
	"muflow/ode"
	"muflow/ode/ball"
	"muflow/theory"
)

// A task is a training in its own unknowns w_0, …, w_{n−1}, the trained states,
// with all parameters at their lower ends. Its flow is that of the loss,
//
//	w_i' = F_i(w) = −R_i·∂_i L(w)
type task struct {
	theory   *script.Theory
	training *script.Training
	names    []string
	values   []*ode.Expr // what stands for each symbol of the theory
	start    []*ode.Expr // constants
	rates    []*ode.Expr // R_i > 0, constants
	scale    []*ball.Ball
	flow     *ode.System
	loss     *ode.Expr
	drawn    []*ode.Expr // the terms of a stochastic training, in w
	terms    []*tape     // those, or the loss
	factors  []float64
	compared []compared
}

// A compared is a formula of the trained states, and one along the flow that the
// theory states, nil for the flow of the loss.
type compared struct {
	name, with string
	trained    *ode.Expr // in w
	flow       *ode.Expr // in the symbols of the theory
	ansatz     bool      // applies only if both start together
}

const constantBits = 128

// newTask reads a training of a theory. Errors are of the file.
func newTask(th *script.Theory, training *script.Training) (*task, error) {
	whole := *th
	whole.States = slices.Clone(th.States) // where a missing start is filled in
	t := &task{theory: &whole, training: training, values: make([]*ode.Expr, len(th.Symbols))}
	for i, s := range th.Symbols {
		if s.Low != nil {
			t.values[i] = ode.Rational(s.Low)
		}
	}
	for i, s := range training.States {
		symbol := th.States[s].Symbol
		t.values[symbol] = ode.State(i)
		t.names = append(t.names, th.Symbols[symbol].Name)
	}
	t.loss = training.Loss.Substitute(t.values)
	if err := t.constants(); err != nil {
		return nil, err
	}
	t.flow = &ode.System{Dimension: len(t.names)}
	for i, rate := range t.rates {
		t.flow.RightHandSide = append(t.flow.RightHandSide, rate.Mul(t.loss.Derivative(i)).Neg())
	}
	if err := t.flow.Validate(); err != nil {
		return nil, fmt.Errorf("the gradient of the loss: %w", err)
	}
	if training.Batch == 0 {
		t.terms = []*tape{newTape(t.loss, len(t.names))}
	} else {
		t.drawn = ode.SubstituteAll(training.Terms, t.values)
		for _, x := range t.drawn {
			t.terms = append(t.terms, newTape(x, len(t.names)))
		}
	}
	t.compare()
	return t, nil
}

// constants sets starts and rates.
func (t *task) constants() error {
	for i, s := range t.training.States {
		start := t.theory.States[s].Start
		if start == nil {
			if start = t.ansatzStart(s); start == nil {
				return fmt.Errorf("%s has no start, and no claim of reduces gives it one", t.names[i])
			}
			t.theory.States[s].Start = start
		}
		t.start = append(t.start, start.Substitute(t.values))
		if _, err := ode.Evaluate(t.start[i], nil, constantBits); err != nil {
			return fmt.Errorf("the start of %s: %w", t.names[i], err)
		}
		rate := t.training.Rates[i].Substitute(t.values)
		r, err := ode.Evaluate(rate, nil, constantBits)
		if err != nil {
			return fmt.Errorf("the rate of %s: %w", t.names[i], err)
		}
		if r.Lower().Sign() <= 0 {
			return fmt.Errorf("the rate of %s, expected a positive number", t.names[i])
		}
		t.rates, t.scale = append(t.rates, rate), append(t.scale, ball.New(constantBits).Sqrt(r))
		factor, _ := ball.New(constantBits).MulRat(r, t.training.Rate).Mid().Float64()
		t.factors = append(t.factors, factor)
	}
	return nil
}

// reductions lists what the theory claims to be reductions.
func reductions(th *script.Theory) (out []script.Claim) {
	for _, c := range th.Claims {
		if c.Statement.Kind == script.Reduces && c.Expect == theory.Proved.String() {
			out = append(out, c)
		}
	}
	return out
}

// ansatzStart returns the start of a state that a reduction gives, nil if none
// does.
func (t *task) ansatzStart(state int) *ode.Expr {
	for _, c := range reductions(t.theory) {
		d := c.Statement.Reduction
		at := slices.Index(d.Full, state)
		if at < 0 {
			continue
		}
		starts, missing := make([]*ode.Expr, len(t.values)), false
		for _, s := range d.Reduced {
			start := t.theory.States[s].Start
			missing = missing || start == nil
			starts[t.theory.States[s].Symbol] = start
		}
		if !missing {
			return d.Ansatz[at].Substitute(starts)
		}
	}
	return nil
}

// compare lists what is compared: every state with its own flow, with what
// reductions say of it, and what stands beside the training; if that is nothing,
// every state with the flow of the loss.
func (t *task) compare() {
	th := t.theory
	for i, s := range t.training.States {
		if th.States[s].Rate != nil {
			t.compared = append(t.compared, compared{name: t.names[i], with: t.names[i], trained: ode.State(i), flow: ode.State(th.States[s].Symbol)})
		}
	}
	for _, c := range reductions(th) {
		d := c.Statement.Reduction
		for k, s := range d.Full {
			if i := slices.Index(t.training.States, s); i >= 0 {
				t.compared = append(t.compared, compared{name: t.names[i], with: script.Text(d.Ansatz[k], th.Symbols), trained: ode.State(i), flow: d.Ansatz[k], ansatz: true})
			}
		}
	}
	for _, b := range t.training.Beside {
		t.compared = append(t.compared, compared{name: script.Text(b.Trained, th.Symbols), with: script.Text(b.Flow, th.Symbols), trained: b.Trained.Substitute(t.values), flow: b.Flow})
	}
	if len(t.compared) == 0 {
		for i, name := range t.names {
			t.compared = append(t.compared, compared{name: name, with: "flow of the loss", trained: ode.State(i)})
		}
	}
}

// time is the time of a step, t = rate·step.
func (t *task) time(step int) *big.Rat {
	return new(big.Rat).Mul(t.training.Rate, big.NewRat(int64(step), 1))
}

func (t *task) times(steps []int) []*big.Rat {
	out := make([]*big.Rat, len(steps))
	for i, k := range steps {
		out[i] = t.time(k)
	}
	return out
}

// floats returns the start in float64.
func (t *task) floats() []float64 {
	out := make([]float64, len(t.start))
	for i, x := range t.start {
		at, _ := ode.Evaluate(x, nil, constantBits)
		out[i], _ = at.Mid().Float64()
	}
	return out
}

// flowDigits are the digits of flows.
const flowDigits = 18

// stated encloses what is compared along the flow that the theory states, at
// steps.
func (t *task) stated(ctx context.Context, steps []int, own *check.Pipe) []check.Enclosed {
	times := t.times(steps)
	var exprs []*ode.Expr
	for _, c := range t.compared {
		if c.flow != nil {
			exprs = append(exprs, c.flow)
		}
	}
	known := check.Enclose(ctx, t.theory, exprs, times, flowDigits)
	out := make([]check.Enclosed, len(t.compared))
	for i, c := range t.compared {
		if c.flow != nil {
			out[i], known = known[0], known[1:]
		} else {
			out[i] = own.Along(c.trained, times)
		}
	}
	return out
}
