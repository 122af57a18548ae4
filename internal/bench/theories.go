package bench

import (
	"context"
	"fmt"
	"math/big"

	"muflow/internal/check"
	"muflow/internal/script"
	"muflow/ode"
	"muflow/ode/ball"
	"muflow/theories"
)

// theoryTasks decide theory files, and follow sets of starts.
func theoryTasks() []Task {
	return []Task{
		{Name: "theory file, one unknown: all of attention-merged.star", Limit: 0.2, Rounds: 3, Ours: decide("attention-merged.star").seconds},
		{Name: "theory file, two unknowns: all of joma-sparse.star", Rounds: 1, Ours: decide("joma-sparse.star").seconds},
		{Name: "theory file, two unknowns contract: one claim of softmax.star", Limit: 2, Rounds: 3, Ours: decide("softmax.star", "x converges").seconds},
		{Name: "flowpipe of a set, the Brusselator from ±0.1 to 25", Rounds: 1, Ours: brusselator.seconds},
		{Name: "flowpipe of a set, a non-normal linear system to 50", Rounds: 3, Ours: nonNormal.seconds},
	}
}

// decide decides claims of a shipped theory, or all that it says.
func decide(file string, claims ...string) start {
	return func() (func(context.Context) error, error) {
		text, err := theories.Files.ReadFile(file)
		if err != nil {
			return nil, err
		}
		th, err := script.Run(file, text, script.Options{})
		if err != nil {
			return nil, err
		}
		return func(ctx context.Context) error {
			report, err := check.Theory(ctx, th, check.Options{Claims: claims})
			if err != nil {
				return err
			}
			if len(report.Claims) == 0 {
				return fmt.Errorf("%s: no claim %v", file, claims)
			}
			for _, r := range report.Claims {
				if !r.Fine() {
					return fmt.Errorf("%s, %s: %v, expected %s", file, r.ID, r.Verdict, r.Expected)
				}
			}
			return nil
		}, nil
	}
}

// followSet follows the solutions that start within a radius of a point.
func followSet(system *ode.System, x, y, radius *big.Rat, until int64) start {
	return func() (func(context.Context) error, error) {
		reach, _ := radius.Float64()
		var from []*ball.Ball
		for _, middle := range []*big.Rat{x, y} {
			from = append(from, ball.New(64).SetRat(middle).AddError(big.NewFloat(reach)))
		}
		return func(ctx context.Context) error {
			_, err := ode.Propagate(ctx, system, from, big.NewRat(until, 1), ode.FlowSettings{Settings: ode.Settings{Digits: 8}})
			return err
		}, nil
	}
}

var (
	first, second = ode.State(0), ode.State(1)
	product       = first.Mul(first).Mul(second)

	brusselator = followSet(&ode.System{Dimension: 2, RightHandSide: []*ode.Expr{
		ode.Integer(1).Sub(first.Scale(big.NewRat(5, 2))).Add(product), first.Scale(big.NewRat(3, 2)).Sub(product)}},
		big.NewRat(9, 10), big.NewRat(1, 10), big.NewRat(1, 10), 25)
	nonNormal = followSet(&ode.System{Dimension: 2, RightHandSide: []*ode.Expr{second.Scale(big.NewRat(10, 1)).Sub(first), second.Neg()}},
		big.NewRat(1, 1), big.NewRat(1, 1), big.NewRat(1, 4), 50)
)
