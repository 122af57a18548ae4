package bench

import (
	"context"
	"fmt"
	"math"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"sync"
	"time"

	"gonum.org/v1/gonum/stat"
)

// A Curve is what something costs over one axis. Start prepares the run at a
// value and returns what is timed.
type Curve struct {
	Name   string
	Axis   string
	Values []float64
	Start  func(x float64) (func(context.Context) error, error)
	Work   func(x float64) float64 // how much one run does, nil if that is not told
	Unit   string
}

// A Point is one value of a curve.
type Point struct {
	Curve   string  `json:"curve"`
	Axis    string  `json:"axis"`
	X       float64 `json:"x"`
	Seconds float64 `json:"seconds"`    // processor time of one run
	Bytes   float64 `json:"peak_bytes"` // see peakBytes
	Work    float64 `json:"work,omitempty"`
	Unit    string  `json:"unit,omitempty"`
}

// An Effort bounds the measurement of curves.
type Effort struct {
	Values  int           // at most so many of a curve, 0 for all
	Longest time.Duration // a curve ends with the first run that takes longer, or before one five times as long
	Repeats int           // of which the median counts
}

// The efforts of a full and of a short measurement.
var (
	Full  = Effort{0, 12 * time.Second, 3}
	Short = Effort{3, 20 * time.Millisecond, 1}
)

// Trace measures a curve.
func (c Curve) Trace(ctx context.Context, effort Effort) ([]Point, error) {
	var points []Point
	for i, x := range c.Values {
		if effort.Values > 0 && i == effort.Values {
			break
		}
		point, err := c.at(ctx, x, effort)
		if err != nil {
			return points, fmt.Errorf("%s, %s %g: %w", c.Name, c.Axis, x, err)
		}
		points = append(points, point)
		if point.Seconds > effort.Longest.Seconds() || i+1 < len(c.Values) && foreseen(points, c.Values[i+1]) > 5*effort.Longest.Seconds() {
			break
		}
	}
	return points, nil
}

// foreseen continues the power law of the last two points.
func foreseen(points []Point, x float64) float64 {
	if len(points) < 2 {
		return 0
	}
	last := points[len(points)-1]
	return last.Seconds * math.Pow(x/last.X, Exponent(points[len(points)-2:]))
}

func (c Curve) at(ctx context.Context, x float64, effort Effort) (Point, error) {
	point := Point{Curve: c.Name, Axis: c.Axis, X: x, Unit: c.Unit}
	if c.Work != nil {
		point.Work = c.Work(x)
	}
	run, err := c.Start(x)
	if err != nil {
		return point, err
	}
	var took []float64
	for len(took) < effort.Repeats {
		seconds, err := Repeat(ctx, Processor, effort.Longest/200, run)
		if err != nil {
			return point, err
		}
		took = append(took, seconds)
		if seconds > 1 {
			break
		}
	}
	point.Seconds = median(took)
	run = nil
	point.Bytes, err = peakBytes(func() error {
		again, err := c.Start(x)
		if err != nil {
			return err
		}
		return again(ctx)
	})
	return point, err
}

// peakBytes returns the most memory that collections find in use on the heap
// while f runs, beyond what was there before: read ten times a millisecond, with
// a collector that starts whenever the heap has grown by a fiftieth, and by 80 kB
// at least, so that less than that is not seen. What is allocated while a
// collection is at work counts as in use.
func peakBytes(f func() error) (float64, error) {
	defer debug.SetGCPercent(debug.SetGCPercent(2))
	runtime.GC()
	sample := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	read := func() float64 {
		metrics.Read(sample)
		return float64(sample[0].Value.Uint64())
	}
	before := read()
	peak := before
	over := make(chan struct{})
	var group sync.WaitGroup
	group.Go(func() {
		tick := time.NewTicker(100 * time.Microsecond)
		defer tick.Stop()
		for {
			select {
			case <-over:
				return
			case <-tick.C:
				peak = max(peak, read())
			}
		}
	})
	err := f()
	close(over)
	group.Wait()
	return max(peak, read()) - before, err
}

// Exponent fits log(seconds) = p·log(x) + const to the last half of the points
// of one curve, at least two, by least squares, and returns p; NaN for fewer.
// Approximate: no error bound.
func Exponent(points []Point) float64 {
	last := points[min(len(points)/2, max(0, len(points)-2)):]
	if len(last) < 2 {
		return math.NaN()
	}
	var x, y []float64
	for _, p := range last {
		x, y = append(x, math.Log(p.X)), append(y, math.Log(p.Seconds))
	}
	_, exponent := stat.LinearRegression(x, y, nil, false)
	return exponent
}
