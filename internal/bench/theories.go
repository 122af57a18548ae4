package bench

import (
	"context"
	"fmt"
	"math/big"
	"os"
	"path/filepath"

	"muflow/internal/check"
	"muflow/internal/script"
	"muflow/ode"
	"muflow/ode/ball"
	"muflow/theories"
)

// theoryTasks decide theory files, and follow one start and sets of them.
func theoryTasks(setup Setup) []Task {
	const digits, until = 30, 10
	found := new(value)
	return []Task{
		{Name: "theory files, verify check on all that are shipped", Rounds: 1, Ours: func(ctx context.Context) (float64, error) { return setup.checkAll(ctx) }},
		{Name: fmt.Sprintf("theory file, certified flow of softmax.star to %d, %d digits", until, digits), Goal: 1, Rounds: 2, Ours: followFile("softmax.star", "x", until, digits, found).seconds,
			Peer: setup.Peers.Program("mpmath odefun, no bounds", "bench_theoryfile.py", fmt.Sprint(digits), fmt.Sprint(until)), Agree: sameNumber(found, 1, digits)},
		{Name: "theory file, one unknown: all of attention-merged.star", Limit: 0.2, Rounds: 3, Ours: decide("attention-merged.star").seconds},
		{Name: "theory file, two unknowns: all of joma-sparse.star", Rounds: 1, Ours: decide("joma-sparse.star").seconds},
		{Name: "theory file, two unknowns contract: one claim of softmax.star", Limit: 2, Rounds: 3, Ours: decide("softmax.star", "x converges").seconds},
		{Name: "flowpipe of a set, the Brusselator from ±0.1 to 25", Rounds: 1, Ours: brusselator.seconds},
		{Name: "flowpipe of a set, a non-normal linear system to 50", Rounds: 3, Ours: nonNormal.seconds},
	}
}

// shipped reads a theory file of the program.
func shipped(file string) (*script.Theory, error) {
	text, err := theories.Files.ReadFile(file)
	if err != nil {
		return nil, err
	}
	return script.Run(file, text, script.Options{})
}

// decide decides claims of a shipped theory, or all that it says.
func decide(file string, claims ...string) start {
	return func() (func(context.Context) error, error) {
		th, err := shipped(file)
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

// checkAll writes the shipped theories to files and runs verify check on them, which
// ends with 0 if every claim ends as the files expect.
func (s Setup) checkAll(ctx context.Context) (float64, error) {
	list, err := theories.Files.ReadDir(".")
	if err != nil {
		return 0, err
	}
	args := []string{"check", "--quiet"}
	for _, entry := range list {
		text, err := theories.Files.ReadFile(entry.Name())
		if err != nil {
			return 0, err
		}
		name := filepath.Join(s.Folder, entry.Name())
		if err := os.WriteFile(name, text, 0o600); err != nil {
			return 0, err
		}
		args = append(args, name)
	}
	run, err := s.execute(ctx, args...)
	if err != nil {
		return 0, err
	}
	return run.seconds, nil
}

// followFile encloses the flow of a shipped theory at a time and keeps a number of
// it.
func followFile(file, name string, until int64, digits int, found *value) start {
	return func() (func(context.Context) error, error) {
		th, err := shipped(file)
		if err != nil {
			return nil, err
		}
		return func(ctx context.Context) error {
			values, err := check.Flow(ctx, th, []*big.Rat{big.NewRat(until, 1)}, digits)
			if err != nil {
				return err
			}
			for _, v := range values {
				if v.Number == nil {
					return fmt.Errorf("%s: %s", v.Name, v.Reason)
				}
				if v.Name == name {
					found.text = v.Number.Lo
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
