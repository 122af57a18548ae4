package bench

import (
	"context"
	"errors"
	"math"
	"testing"
)

func TestExponentOfAPower(t *testing.T) {
	var points []Point
	for _, x := range []float64{1, 2, 4, 8, 16} {
		seconds := 3 * x * x * x
		if x < 4 {
			seconds = 20 // a constant cost, which the upper half does not see
		}
		points = append(points, Point{X: x, Seconds: seconds})
	}
	if p := Exponent(points); math.Abs(p-3) > 1e-12 {
		t.Errorf("exponent %g", p)
	}
	if p := Exponent(points[3:]); math.Abs(p-3) > 1e-12 {
		t.Errorf("exponent %g of two points", p)
	}
	if !math.IsNaN(Exponent(points[:1])) || !math.IsNaN(Exponent(nil)) {
		t.Error("an exponent of less than two points")
	}
}

// held keeps memory in use.
var held [2][]byte

func TestPeakBytesSeesWhatIsHeld(t *testing.T) {
	const size = 16 << 20
	got, err := peakBytes(func() error {
		held[0] = make([]byte, size)
		for range 1 << 14 {
			held[1] = make([]byte, 4<<10)
		}
		held = [2][]byte{}
		return nil
	})
	if err != nil || got < size || got > 2*size {
		t.Errorf("%g bytes, want about %d, %v", got, size, err)
	}
	failing := errors.New("broken")
	if _, err := peakBytes(func() error { return failing }); !errors.Is(err, failing) {
		t.Error(err)
	}
}

func TestCurvesEndWhereRunsAreLong(t *testing.T) {
	c := Curve{Name: "c", Axis: "x", Values: []float64{1, 2, 3}, Unit: "units", Work: func(x float64) float64 { return 10 * x },
		Start: func(float64) (func(context.Context) error, error) {
			return func(context.Context) error { return nil }, nil
		}}
	if points, err := c.Trace(context.Background(), Effort{Values: 2, Longest: 1e6, Repeats: 1}); err != nil || len(points) != 2 || points[1].Work != 20 {
		t.Errorf("%v, %v", points, err)
	}
	if points, err := c.Trace(context.Background(), Effort{Longest: -1, Repeats: 1}); err != nil || len(points) != 1 {
		t.Errorf("%v, %v", points, err)
	}
	failing := errors.New("broken")
	c.Start = func(float64) (func(context.Context) error, error) { return nil, failing }
	if _, err := c.Trace(context.Background(), Short); !errors.Is(err, failing) {
		t.Error(err)
	}
}
