package linear

import (
	"context"
	"math"
	"math/big"
	"testing"

	"muflow/ode"
)

// The flowpipe of the dynamics and the closed form, which share no code, give
// the same numbers.
func TestFlowpipeContainsTheClosedForm(t *testing.T) {
	checks := 0
	for _, layers := range []int{1, 2} {
		for _, m := range []Mode{{big.NewRat(3, 1), big.NewRat(1, 1000), layers}, {big.NewRat(1, 2), big.NewRat(1, 10), layers}, {big.NewRat(1, 1), big.NewRat(3, 2), layers}} {
			system, start, err := m.System()
			if err != nil {
				t.Fatal(err)
			}
			times := []*big.Rat{big.NewRat(1, 3), big.NewRat(2, 1), big.NewRat(5, 1)}
			pipe, err := ode.Enclose(context.Background(), system, start, ode.Request{Times: times, Digits: 25}, ode.FlowSettings{})
			if err != nil {
				t.Fatal(err)
			}
			for i, at := range times {
				closed, err := m.Closed(at, 160)
				if err != nil {
					t.Fatal(err)
				}
				if !pipe.Values[i][0].Overlaps(closed) || closed.RelativeAccuracyBits() < 120 {
					t.Errorf("%d layers, s = %v, t = %v: flowpipe %v, closed form %v", layers, m.Value, at, pipe.Values[i][0].Mid(), closed.Mid())
				}
				checks++
			}
		}
	}
	if checks != 18 {
		t.Fatalf("%d checks", checks)
	}
}

// The trained network follows its modes: the error of gradient descent halves
// with the learning rate, and nothing appears between modes.
func TestTrainedNetworkFollowsItsModes(t *testing.T) {
	const horizon, start = 4.0, 0.01
	values := []float64{2, 1, 0.5}
	for _, layers := range []int{1, 2, 3} {
		var exact []float64
		for _, s := range values {
			m := Mode{new(big.Rat).SetFloat64(s), big.NewRat(1, 100), layers}
			system, from, err := m.System()
			if err != nil {
				t.Fatal(err)
			}
			pipe, err := ode.Enclose(context.Background(), system, from, ode.Request{Times: []*big.Rat{big.NewRat(4, 1)}, Digits: 12}, ode.FlowSettings{})
			if err != nil {
				t.Fatal(err)
			}
			u, _ := pipe.Values[0][0].Mid().Float64()
			exact = append(exact, u)
		}
		var errors [2][]float64
		for k, steps := range []int{800, 1600} {
			modes, beside, err := Train(values, start, layers, horizon/float64(steps), steps, 3)
			if err != nil {
				t.Fatal(err)
			}
			if beside > 1e-12 {
				t.Errorf("%d layers: %g beside the modes", layers, beside)
			}
			for i, u := range modes {
				errors[k] = append(errors[k], u-exact[i])
			}
		}
		for i := range values {
			if math.Abs(errors[1][i]) < 1e-7 { // already settled
				continue
			}
			if ratio := errors[0][i] / errors[1][i]; ratio < 1.8 || ratio > 2.2 {
				t.Errorf("%d layers, mode %d: errors %g and %g, expected half", layers, i, errors[0][i], errors[1][i])
			}
		}
	}
}

// Stronger modes are learnt first, at the time that the closed form says.
func TestHalfTimesAreOrdered(t *testing.T) {
	last := math.Inf(1)
	for _, s := range []int64{1, 2, 3, 5} {
		m := Mode{big.NewRat(s, 1), big.NewRat(1, 1000), 2}
		h, err := m.HalfTime(96)
		if err != nil {
			t.Fatal(err)
		}
		at, _ := h.Mid().Float64()
		if at >= last {
			t.Errorf("s = %d: half time %g after %g", s, at, last)
		}
		last = at
		middle, _ := h.Mid().Rat(nil)
		u, err := m.Closed(middle, 200)
		if err != nil {
			t.Fatal(err)
		}
		if f, _ := u.Mid().Float64(); math.Abs(f-float64(s)/2) > 1e-12 {
			t.Errorf("s = %d: u = %g at the half time", s, f)
		}
	}
	for _, m := range []Mode{{}, {Value: big.NewRat(1, 1)}, {big.NewRat(1, 1), big.NewRat(-1, 1), 2}, {big.NewRat(1, 1), big.NewRat(1, 1), 0}} {
		if m.Validate() == nil {
			t.Errorf("%+v was accepted", m)
		}
	}
}
