package bench

import (
	"context"
	"fmt"
	"math/big"

	"muflow/ode"
)

const classes = 10 // unknowns of the vector flow, as in peers/tvec.c

// vectorSystem is the gradient flow of the logits of a softmax,
//
//	z_i' = q_i − e^{z_i}/Σ_j e^{z_j},  q_i = (i+1)/55,  z(0) = 0
func vectorSystem() (system *ode.System, start []*ode.Expr) {
	sum := ode.State(0).Exp()
	for i := 1; i < classes; i++ {
		sum = sum.Add(ode.State(i).Exp())
	}
	system = &ode.System{Dimension: classes}
	for i := range classes {
		share := ode.Rational(big.NewRat(int64(i+1), classes*(classes+1)/2))
		system.RightHandSide = append(system.RightHandSide, share.Sub(ode.State(i).Exp().Quo(sum)))
		start = append(start, ode.Integer(0))
	}
	return system, start
}

// vectorPath follows the vector flow by one Taylor integration without an error
// estimate.
func vectorPath(digits int, until int64, found *value) start {
	return func() (func(context.Context) error, error) {
		system, at := vectorSystem()
		end := big.NewRat(until, 1)
		return func(ctx context.Context) error {
			path, err := ode.Integrate(ctx, system, at, end, ode.Settings{Digits: digits})
			if err != nil {
				return err
			}
			first, err := path.Observe(ode.State(0), end)
			if err == nil {
				found.number = first
			}
			return err
		}, nil
	}
}

// vectorFlowpipe encloses the vector flow.
func vectorFlowpipe(digits int, until int64) start {
	return func() (func(context.Context) error, error) {
		system, at := vectorSystem()
		request := ode.Request{Times: []*big.Rat{big.NewRat(until, 1)}, Digits: digits}
		return func(ctx context.Context) error {
			_, err := ode.Enclose(ctx, system, at, request, ode.FlowSettings{})
			return err
		}, nil
	}
}

// vectorTasks follow ten unknowns. mpmath, which evaluates the right-hand side
// anew for every coefficient, gets a tenth of the time interval and one round.
func vectorTasks(peers Peers) []Task {
	const digits, far, near = 50, 10, 1
	name := func(what string, until int) string {
		return fmt.Sprintf("%s, softmax of %d classes to %d, %d digits", what, classes, until, digits)
	}
	found := new(value)
	return []Task{
		{Name: name("vector Taylor path", far), Goal: pathGoal, Rounds: 3, Ours: vectorPath(digits, far, found).seconds,
			Peer: peers.Program("MPFR Taylor, tapered", "tvec", fmt.Sprint(digits), fmt.Sprint(far), "3"), Agree: sameNumber(found, 3, digits)},
		{Name: name("vector Taylor flowpipe, certified", far), Rounds: 3, Ours: vectorFlowpipe(digits, far).seconds},
		{Name: name("vector Taylor path", near), Goal: pathGoal, Rounds: 1, Ours: vectorPath(digits, near, found).seconds,
			Peer: peers.Program("mpmath odefun", "bench_vector.py", fmt.Sprint(digits), fmt.Sprint(near)), Agree: sameNumber(found, 1, digits)},
	}
}
