package runs

import (
	"math"
	"math/bits"
	"slices"
)

// An Overshoot says how far a curve fell back from its highest value, after it
// rose to it.
//
// A scalar autonomous flow is monotone: between two times at which it has the
// same value it would have to stand still. So a curve that overshoots is that of
// no time scale of the reduced theory.
type Overshoot struct {
	Peak  float64 `json:"peak"`  // running maximum
	Step  float64 `json:"step"`  // of the peak
	Start float64 `json:"start"` // first value
	End   float64 `json:"end"`   // last value
	Noise float64 `json:"noise"` // standard deviation, of second differences
	Seen  bool    `json:"overshot"`
}

// turn is how many deviations of the noise the rise and the fall must both
// exceed. Of curves that rise and then stay, with noise of a correlation up to
// 0.8, fewer than one in twenty falls so far: docs/compare.md.
const turn = 4.5

// leastTurn is the number of points below which no overshoot is looked for.
const leastTurn = 8

// overshootOf looks for an overshoot, or returns nil where points are too few.
// Start, top and end are compared as medians of three neighbours, which a single
// point cannot move.
func overshootOf(c *Curve) *Overshoot {
	n := len(c.Y)
	if n < leastTurn {
		return nil
	}
	smooth := make([]float64, n-2)
	for k := range smooth {
		smooth[k] = median([]float64{c.Y[k], c.Y[k+1], c.Y[k+2]})
	}
	o := &Overshoot{Peak: math.Inf(-1), Start: smooth[0], End: smooth[n-3], Noise: noiseOf(c.Y)}
	top := slices.Max(smooth)
	for k, y := range c.Y {
		if y > o.Peak {
			o.Peak, o.Step = y, c.Steps[k]
		}
	}
	least := max(float64(turn*o.Noise), 1e-9*math.Abs(top))
	o.Seen = top-o.Start > least && top-o.End > least
	return o
}

// noiseOf estimates the standard deviation of the noise from second
// differences, the deviation of which is √6 times as large where noise is
// independent at that distance.
//
//	y_{k−h} − 2y_k + y_{k+h}
//
// Correlated noise has small differences nearby, and a curve that bends has
// large ones afar, so of the distances 1, 2, 4, … up to a quarter of the points
// the largest estimate counts; medians keep out where a curve turns.
func noiseOf(y []float64) float64 {
	const normal = 0.6744897501960817 // median of the size of a normal variable
	most := 0.0
	for h := 1; h <= max(1, len(y)/4); h *= 2 {
		var sizes []float64
		for k := h; k+h < len(y); k++ {
			sizes = append(sizes, math.Abs(y[k-h]-float64(2*y[k])+y[k+h]))
		}
		if len(sizes) == 0 {
			continue
		}
		size := median(sizes) / normal
		if size == 0 { // most neighbours are equal, as accuracies are
			size = math.Sqrt(dot(sizes, sizes) / float64(len(sizes)))
		}
		most = max(most, size/math.Sqrt(6))
	}
	return most
}

// median reorders numbers and returns the one in the middle, or the mean of two.
// It narrows the range low to high that holds the upper one of the middle, with
// nothing greater before and nothing less behind, and sorts what is left.
func median(x []float64) float64 {
	low, high, middle := 0, len(x), len(x)/2
	for rounds := 2 * bits.Len(uint(len(x))); high-low > 16 && rounds > 0; rounds-- {
		first, pivot, last := x[low], x[low+(high-low)/2], x[high-1]
		pivot = max(min(first, pivot), min(max(first, pivot), last))
		less, more := low, high // pivots from less to i, unseen from i to more
		for i := low; i < more; {
			switch y := x[i]; {
			case y < pivot:
				x[less], x[i] = y, x[less]
				less, i = less+1, i+1
			case y > pivot:
				more--
				x[i], x[more] = x[more], y
			default:
				i++
			}
		}
		switch {
		case middle < less:
			high = less
		case middle >= more:
			low = more
		default:
			low, high = less, less
		}
	}
	slices.Sort(x[low:high])
	upper := x[middle]
	if len(x)%2 == 1 {
		return upper
	}
	return (slices.Max(x[:middle]) + upper) / 2
}

// A Collapse is a stretch of a run in which after so many thoughts the answers
// lie in what is reached, and none at the next distance: no search is learnt.
type Collapse struct {
	Run      string  `json:"run"`
	Thoughts int     `json:"thoughts"`
	From     float64 `json:"from"` // steps
	Until    float64 `json:"until"`
	Points   int     `json:"points"`
}

// Of a collapse: reached at least, next distance at most, for so many points.
const (
	collapseWithin = 0.95
	collapseHop    = 0.05
	collapsePoints = 3
)

// A collapsing watches one number of thoughts of a run.
type collapsing struct{ now, longest Collapse }

// see takes a point: accuracies on all that is reached and on the next distance.
func (c *collapsing) see(step, within, hop float64) {
	if !(within >= collapseWithin && hop <= collapseHop) {
		c.now.Points = 0
		return
	}
	if c.now.Points == 0 {
		c.now.From = step
	}
	c.now.Until = step
	if c.now.Points++; c.now.Points > c.longest.Points {
		c.longest.From, c.longest.Until, c.longest.Points = c.now.From, c.now.Until, c.now.Points
	}
}
