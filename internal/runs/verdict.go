package runs

import (
	"encoding/json"
	"math"
	"slices"

	"muflow/internal/portable"
)

// A Verdict is what a curve does over a window. The zero value is undecided.
type Verdict string

// The verdicts of a window.
const (
	Undecided Verdict = "undecided"
	Still     Verdict = "still"   // the slope lies within the margin, an equivalence test
	Growing   Verdict = "growing" // the interval of the slope lies above 0
	Falling   Verdict = "falling"
)

// A Shape is what more is known of a curve over its window.
type Shape string

// The shapes. Both are statements about the two halves of the window in log t.
const (
	NoShape     Shape = ""
	Logarithmic Shape = "logarithmic" // growing, and as fast in the second half as in the first
	Bounded     Shape = "bounded"     // the second half is still
)

// A Window is a part of a curve from a time on, and what the curve does there.
type Window struct {
	Name        string   `json:"name"`
	From        float64  `json:"from"` // step
	Until       float64  `json:"until"`
	Points      int      `json:"points"` // of each curve
	Level       float64  `json:"level"`  // mean
	Slope       Estimate `json:"slope"`  // of y on log t, a unit of y per e-fold of t
	Correlation float64  `json:"correlation"`
	Verdict     Verdict  `json:"verdict"`
	Reason      string   `json:"reason,omitempty"` // of a window that cannot be judged
	times       [2]float64
	centre      float64 // mean of log t
}

// MarshalJSON leaves out the numbers of a window that cannot be judged: it has
// none.
func (w Window) MarshalJSON() ([]byte, error) {
	if w.Reason != "" {
		return json.Marshal(struct {
			Name    string  `json:"name"`
			Points  int     `json:"points"`
			Verdict Verdict `json:"verdict"`
			Reason  string  `json:"reason"`
		}{w.Name, w.Points, w.Verdict, w.Reason})
	}
	type plain Window
	return json.Marshal(plain(w))
}

// tooFew is why a window or a pair of curves cannot be judged.
const tooFew = "too few points"

// Line returns the ends of the line of least squares over the window, at times.
func (w *Window) Line() (times, y []float64) {
	for _, t := range w.times {
		times, y = append(times, t), append(y, w.Level+float64(w.Slope.Value*(portable.Log(t)-w.centre)))
	}
	return times, y
}

// Settings say how curves are judged.
type Settings struct {
	From   float64 // step at which the window begins; NaN: the last half of log t
	Margin float64 // of the equivalence test, part of the level per e-fold
}

// A Judgement is what is said of one condition.
type Judgement struct {
	Method    string     `json:"method"` // "3 seeds" or "one run"
	Windows   []Window   `json:"windows"`
	Parts     [2]*Window `json:"parts"`            // the window's halves in log t
	Change    *Estimate  `json:"change,omitempty"` // of the slope from the first part to the second
	Verdict   Verdict    `json:"verdict"`
	Shape     Shape      `json:"shape,omitempty"`
	Overshoot *Overshoot `json:"overshoot,omitempty"`
	Collapse  []Collapse `json:"collapse,omitempty"`
	P         *float64   `json:"p,omitempty"`      // of no slope in the window; nil where it cannot be judged
	Corrected *float64   `json:"p_holm,omitempty"` // the same after Holm over all conditions that can be judged
	bound     float64    // of the change, for a logarithm
}

// fractions name the windows: the verdict's own and those beside it.
var fractions = []struct {
	name string
	part float64
}{{"last half", 1. / 2}, {"last third", 1. / 3}, {"last quarter", 1. / 4}}

// Judge says what independent curves of one condition do: one, or leastSeeds and
// more.
func Judge(curves []*Curve, s Settings) Judgement {
	j := Judgement{Verdict: Undecided, Method: "one run"}
	curves = positive(curves)
	if len(curves) >= leastSeeds {
		j.Method = "seeds"
	}
	if len(curves) == 0 || len(curves[0].Times) == 0 {
		return j
	}
	first, last := span(curves)
	for i, c := range curves {
		curves[i] = c.until(last)
	}
	for i, f := range fractions {
		from := portable.Exp(float64((1-f.part)*portable.Log(last)) + float64(f.part*portable.Log(first)))
		name := f.name + " of log t"
		if i == 0 && !math.IsNaN(s.From) {
			name, from = "from the step given", timeOf(curves, s.From)
		}
		w := windowOf(curves, from, s.Margin)
		w.Name = name
		j.Windows = append(j.Windows, w)
		if i == 0 {
			j.halve(curves, max(from, first), last, s.Margin, w.Level)
		}
	}
	if w := j.Windows[0]; w.Reason == "" {
		j.Verdict, j.P = w.Verdict, &w.Slope.P
	}
	j.Overshoot = overshootOf(average(curves))
	return j
}

// halve judges the two halves of the window in log t.
//
// Each half is asked whether its slope is positive at 5 %, one-sided, and the
// change whether it lies within the margin, an equivalence test: all three
// must hold, so that the shape is wrong once in twenty at most.
func (j *Judgement) halve(curves []*Curve, from, last, margin, level float64) {
	j.bound = margin * math.Abs(level)
	middle := math.Sqrt(from) * math.Sqrt(last)
	var first, second []*Curve
	for _, c := range curves {
		c = c.since(from)
		first, second = append(first, c.before(middle)), append(second, c.since(middle))
	}
	a, b := windowOf(first, 0, margin), windowOf(second, 0, margin)
	a.Name, b.Name = "first half of the window", "second half of the window"
	j.Parts = [2]*Window{&a, &b}
	if a.Reason != "" || b.Reason != "" {
		return
	}
	var change Estimate
	if len(curves) >= leastSeeds {
		var changes []float64
		for i := range first {
			changes = append(changes, leastSquares(second[i])-leastSquares(first[i]))
		}
		change = severalSeeds(changes)
	} else {
		x, y := logs(first[0])
		x2, y2 := logs(second[0])
		change, _ = oneRun(changeOf(append(x, x2...), len(x)), append(y, y2...))
	}
	j.Change = &change
	switch {
	case b.Verdict == Still:
		j.Shape = Bounded
	case a.Slope.Narrow[0] > 0 && b.Slope.Narrow[0] > 0 && within(change.Narrow, j.bound) && j.Windows[0].Verdict != Still:
		j.Shape = Logarithmic
	}
}

// within reports whether an interval lies within ±bound.
func within(interval [2]float64, bound float64) bool {
	return interval[0] >= -bound && interval[1] <= bound
}

// windowOf judges curves from a time on. One curve is judged as one run.
func windowOf(curves []*Curve, from, margin float64) Window {
	w := Window{From: math.Inf(1), Verdict: Undecided, Slope: Estimate{P: 1}}
	var slopes, levels []float64
	var only *Curve
	for _, c := range curves {
		c = c.since(from)
		if len(c.Times) < 2 || c.Times[0] == c.Times[len(c.Times)-1] {
			w.Reason, w.From = tooFew, 0
			return w
		}
		only = c
		w.From, w.Until = min(w.From, c.Steps[0]), max(w.Until, c.Steps[len(c.Steps)-1])
		w.Points = max(w.Points, len(c.Times))
		x, _ := logs(c)
		w.centre += mean(x) / float64(len(curves))
		w.times = [2]float64{c.Times[0], c.Times[len(c.Times)-1]}
		slopes, levels = append(slopes, leastSquares(c)), append(levels, mean(c.Y))
	}
	w.Level = mean(levels)
	switch {
	case len(curves) >= leastSeeds:
		w.Slope = severalSeeds(slopes)
	case len(only.Times) < leastRun:
		w.Reason = tooFew
		return w
	default:
		x, y := logs(only)
		w.Slope, w.Correlation = oneRun(slopeOf(x), y)
	}
	switch {
	case within(w.Slope.Narrow, margin*math.Abs(w.Level)):
		w.Verdict = Still
	case w.Slope.Wide[0] > 0:
		w.Verdict = Growing
	case w.Slope.Wide[1] < 0:
		w.Verdict = Falling
	}
	return w
}

// leastSquares returns the slope of y on log t.
func leastSquares(c *Curve) float64 {
	x, y := logs(c)
	f := slopeOf(x)
	slope := 0.0
	for k, w := range f.weights {
		slope += float64(w * y[k])
	}
	return slope
}

func mean(x []float64) float64 {
	sum := 0.0
	for _, v := range x {
		sum += v
	}
	return sum / float64(len(x))
}

// positive leaves out what has no logarithm.
func positive(curves []*Curve) (out []*Curve) {
	for _, c := range curves {
		if c = c.since(math.SmallestNonzeroFloat64); len(c.Times) > 0 {
			out = append(out, c)
		}
	}
	return out
}

// span returns the first and last time that all curves reach.
func span(curves []*Curve) (first, last float64) {
	last = math.Inf(1)
	for _, c := range curves {
		first, last = max(first, c.Times[0]), min(last, c.Times[len(c.Times)-1])
	}
	return first, last
}

// timeOf returns the time of the first point at or after a step.
func timeOf(curves []*Curve, step float64) float64 {
	out := math.Inf(1)
	for _, c := range curves {
		if at, _ := slices.BinarySearch(c.Steps, step); at < len(c.Steps) {
			out = min(out, c.Times[at])
		}
	}
	return out
}

// average returns the mean of curves at the steps that all have.
func average(curves []*Curve) *Curve {
	if len(curves) == 1 {
		return curves[0]
	}
	count, sum := map[float64]int{}, map[float64]float64{}
	for _, c := range curves {
		for k, step := range c.Steps {
			count[step]++
			sum[step] += c.Y[k]
		}
	}
	out := &Curve{}
	for k, step := range curves[0].Steps {
		if count[step] == len(curves) {
			out.Steps, out.Times = append(out.Steps, step), append(out.Times, curves[0].Times[k])
			out.Y = append(out.Y, sum[step]/float64(len(curves)))
		}
	}
	return out
}
