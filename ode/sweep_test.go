package ode

import (
	"context"
	"errors"
	"math/big"
	"runtime"
	"testing"
	"weak"

	"muflow/ode/ball"
)

// TestSweep holds the steps that a sweep hands out against the flowpipe that is
// kept, and counts those that are still in memory.
func TestSweep(t *testing.T) {
	x, y, one := State(0), State(1), Integer(1)
	xxy := x.Mul(x).Mul(y)
	brusselator := &System{2, []*Expr{one.Sub(x.Scale(big.NewRat(5, 2))).Add(xxy), x.Scale(big.NewRat(3, 2)).Sub(xxy)}}
	rotation := &System{2, []*Expr{y, x.Neg()}}
	for _, c := range []struct {
		name         string
		system       *System
		radius       float64
		until        int64
		parts, steps int // at least
	}{
		{"a solution", rotation, 0, 200, 1, 128},
		{"a set", rotation, 0.25, 20, 1, 10},
		{"a set in parts", brusselator, 0.5, 2, 2, 20},
	} {
		until := big.NewRat(c.until, 1)
		settings := FlowSettings{Settings: Settings{Digits: 8}}
		start := box(1, c.radius, 0.5, c.radius)
		pipe, err := Propagate(context.Background(), c.system, start, until, settings)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if pipe.Parts() < c.parts || pipe.Steps() < c.steps {
			t.Errorf("%s: %d parts, %d steps", c.name, pipe.Parts(), pipe.Steps())
		}
		parts := pipe.parts
		if parts == nil {
			parts = []*Flowpipe{pipe}
		}
		var held []weak.Pointer[interval]
		steps, live, part, reached := 0, 0, -1, new(big.Rat)
		end, err := Sweep(context.Background(), c.system, start, until, settings, func(step *Flowpipe, from *big.Rat) error {
			if from.Sign() == 0 {
				part++
			} else if from.Cmp(reached) != 0 {
				t.Errorf("%s: a step from %v after one to %v", c.name, from, reached)
			}
			steps, reached = steps+1, step.Until()
			if steps%17 == 1 {
				got, err := step.Over(from, reached)
				want, also := parts[part].Over(from, reached)
				if err != nil || also != nil || !alike(got, want) {
					t.Errorf("%s from %v to %v: %v (%v), kept %v (%v)", c.name, from, reached, got, err, want, also)
				}
				if _, err := step.Over(new(big.Rat), reached); from.Sign() > 0 && !errors.Is(err, errForgotten) {
					t.Errorf("%s: all of it after %d steps: %v", c.name, steps, err)
				}
			}
			if held = append(held, weak.Make(step.tubes[0].boxes[0][0])); steps%64 == 0 {
				runtime.GC()
				now := 0
				for _, p := range held {
					if p.Value() != nil {
						now++
					}
				}
				live = max(live, now)
			}
			return nil
		})
		if err != nil || steps != pipe.Steps() || part+1 != pipe.Parts() || live > pipe.Parts()+1 {
			t.Errorf("%s: %d steps of %d in %d parts, %d of them live: %v", c.name, steps, pipe.Steps(), part+1, live, err)
			continue
		}
		got, err := end.At(until)
		want, also := pipe.At(until)
		if err != nil || also != nil || !alike(got, want) || end.Steps() != steps {
			t.Errorf("%s ends in %v (%v), kept %v (%v)", c.name, got, err, want, also)
		}
		if _, err := end.At(big.NewRat(1, 2)); !errors.Is(err, errForgotten) {
			t.Errorf("%s: a state left behind: %v", c.name, err)
		}
		if _, err := end.Event(context.Background(), x, big.NewRat(3, 4), 8); err == nil || errors.Is(err, ErrNoEvent) {
			t.Errorf("%s: an event left behind: %v", c.name, err)
		}
		stop := errors.New("enough")
		if _, err := Sweep(context.Background(), c.system, start, until, settings, func(*Flowpipe, *big.Rat) error { return stop }); !errors.Is(err, stop) {
			t.Errorf("%s: not stopped: %v", c.name, err)
		}
	}
}

func alike(a, b []*ball.Ball) bool {
	for i, x := range a {
		if !x.ContainsBall(b[i]) || !b[i].ContainsBall(x) {
			return false
		}
	}
	return len(a) == len(b)
}
