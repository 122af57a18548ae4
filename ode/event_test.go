package ode

import (
	"context"
	"errors"
	"math/big"
	"strings"
	"testing"

	"muflow/ode/ball"
)

// pipeOf propagates from exact starting values.
func pipeOf(t *testing.T, system *System, start []*big.Rat, until *big.Rat, settings FlowSettings) (*Flowpipe, error) {
	t.Helper()
	at := make([]*ball.Ball, len(start))
	for i, q := range start {
		at[i] = ball.New(200).SetRat(q)
	}
	return Propagate(context.Background(), system, at, until, settings)
}

func TestFlowpipeEventsEncloseFirstPassages(t *testing.T) {
	x, y := State(0), State(1)
	one, two := big.NewRat(1, 1), big.NewRat(2, 1)
	growth := &System{1, []*Expr{x}}
	circle := &System{2, []*Expr{y.Neg(), x}} // cos t, sin t
	settings := FlowSettings{Settings: Settings{Digits: 30}}
	for _, c := range []struct {
		name   string
		system *System
		start  []*big.Rat
		value  *Expr
		level  *big.Rat
		want   string // 40 digits by mpmath 1.2.1: log(2), pi/2, asin(1/3)
		err    error
	}{
		{"doubling", growth, []*big.Rat{one}, x, two, "0.6931471805599453094172321214581765680755", nil},
		{"a quarter turn", circle, []*big.Rat{one, new(big.Rat)}, x, new(big.Rat), "1.570796326794896619231321691639751442099", nil},
		{"the first of two passages", circle, []*big.Rat{one, new(big.Rat)}, y, big.NewRat(1, 3), "0.3398369094541219370963925133917640663882", nil},
		{"a level below the start", growth, []*big.Rat{one}, x, big.NewRat(1, 2), "", ErrNoEvent},
		{"a level beyond the end", growth, []*big.Rat{one}, x, big.NewRat(100, 1), "", ErrNoEvent},
		{"a start on the level", growth, []*big.Rat{one}, x, one, "", ErrNotVerified},
		{"a touch without a passage", circle, []*big.Rat{new(big.Rat), big.NewRat(-1, 1)}, x, one, "", ErrNotVerified},
	} {
		pipe, err := pipeOf(t, c.system, c.start, two, settings)
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		at, err := pipe.Event(context.Background(), c.value, c.level, 25)
		if !errors.Is(err, c.err) {
			t.Errorf("%s: %v, expected %v", c.name, err, c.err)
			continue
		}
		if c.err != nil {
			continue
		}
		want, ok := new(big.Rat).SetString(c.want)
		if !ok {
			t.Fatal(c.want)
		}
		slack := new(big.Rat).SetFrac(big.NewInt(1), new(big.Int).Exp(big.NewInt(10), big.NewInt(39), nil))
		if around := ball.New(200).SetRat(want); !around.AddError(new(big.Float).SetRat(slack)).Overlaps(at) {
			t.Errorf("%s: %g ± %g, expected %s", c.name, at.Mid(), at.Radius(), c.want)
		}
		if at.RelativeAccuracyBits() < 70 {
			t.Errorf("%s: %d bits", c.name, at.RelativeAccuracyBits())
		}
	}
}

// A pipe that cannot go on names time, box and reason, and keeps what it proved.
func TestPipeStopsWhereNothingIsProved(t *testing.T) {
	x := State(0)
	pipe, err := pipeOf(t, &System{1, []*Expr{x.Mul(x)}}, []*big.Rat{big.NewRat(1, 1)}, big.NewRat(2, 1), FlowSettings{})
	var stop *StopError
	if !errors.As(err, &stop) || stop.Status == Reached || stop.Status == Undecided || pipe.status != stop.Status {
		t.Fatalf("x' = x² beyond its end: %v", err)
	}
	// x(t) = 1/(1 − t)
	if stop.Time.Cmp(big.NewRat(1, 1)) >= 0 || stop.Time.Cmp(big.NewRat(9, 10)) < 0 || pipe.Until().Cmp(stop.Time) != 0 {
		t.Errorf("stopped at %v, pipe until %v", stop.Time, pipe.Until())
	}
	if text := err.Error(); !strings.Contains(text, "t = ") || !strings.Contains(text, "x0 in [") || stop.Unwrap() == nil {
		t.Errorf("the error %q names no time, box or reason", text)
	}
	half := big.NewRat(1, 2)
	at, err := pipe.At(half)
	if err != nil || !at[0].Contains(big.NewRat(2, 1)) {
		t.Errorf("at 1/2: %v, %v", at, err)
	}
	if _, err := pipe.At(big.NewRat(3, 2)); err == nil {
		t.Error("a value beyond the end of the pipe")
	}
}

// The flow C·(−∇ℓ) of a convex loss with two unknowns, a softmax over three
// vertices, from a box of starts: no two solutions move apart in ‖x‖² = xᵀC⁻¹x,
// and every solution that starts in the box stays in the pipe.
func TestConvexFlowsOfBoxesDoNotExpand(t *testing.T) {
	x, y := State(0), State(1)
	// logits x+y (the target), 2x−y and −x+3y; θ' = C·(φ_p − E[φ])
	terms := [][2]int64{{1, 1}, {2, -1}, {-1, 3}}
	var all, first, second *Expr = Integer(0), Integer(0), Integer(0)
	for _, f := range terms {
		e := x.Mul(Integer(f[0])).Add(y.Mul(Integer(f[1]))).Exp()
		all, first, second = all.Add(e), first.Add(e.Mul(Integer(f[0]))), second.Add(e.Mul(Integer(f[1])))
	}
	metric := []*big.Rat{big.NewRat(1, 1), big.NewRat(1, 5)}
	system := &System{2, []*Expr{
		Integer(1).Sub(first.Quo(all)).Scale(metric[0]),
		Integer(1).Sub(second.Quo(all)).Scale(metric[1]),
	}}
	radius := big.NewFloat(0x1p-7)
	box := []*ball.Ball{ball.New(200).AddError(radius), ball.New(200).AddError(radius)}
	until := big.NewRat(3, 1)
	settings := FlowSettings{Settings: Settings{Digits: 20}, Metric: metric, NonExpansive: true}
	pipe, err := Propagate(context.Background(), system, box, until, settings)
	if err != nil {
		t.Fatal(err)
	}
	end, err := pipe.At(until)
	if err != nil {
		t.Fatal(err)
	}
	if before, after := pipe.tubes[0].spread, pipe.spread; after.Cmp(new(big.Float).Mul(before, big.NewFloat(1+1e-9))) > 0 {
		t.Errorf("the set grew from %g to %g in its norm", before, after)
	}
	corners := 0
	for _, a := range []int64{-1, 0, 1} {
		for _, b := range []int64{-1, 0, 1} {
			at := []*big.Rat{big.NewRat(a, 128), big.NewRat(b, 128)}
			path, err := Integrate(context.Background(), system, []*Expr{Rational(at[0]), Rational(at[1])}, until, Settings{Digits: 20})
			if err != nil {
				t.Fatal(err)
			}
			values, err := path.At(until)
			if err != nil {
				t.Fatal(err)
			}
			for i, v := range values {
				if q, _ := v.Rat(nil); !end[i].Contains(q) {
					t.Errorf("from %v: unknown %d ends at %g, outside of %g ± %g", at, i, v, end[i].Mid(), end[i].Radius())
				}
			}
			corners++
		}
	}
	if corners != 9 {
		t.Errorf("%d corners", corners)
	}
}
