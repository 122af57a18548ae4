// Package runs reads curves that others trained and says what they do: which
// runs are seeds of one condition, whether a curve grows, falls, stays or turns
// back, and whether the reduced flow of its data makes it.
//
// Every statement is statistical: how often it errs is counted by tests on
// simulated curves, and written down in docs/compare.md.
package runs

import (
	"math"
	"slices"
)

// A Curve is one measured number of one run over its steps.
type Curve struct {
	Run   string // as the file names it
	Seed  string // "" if there is none
	Steps []float64
	Times []float64 // t = Σ lr·Δstep, or the steps
	Y     []float64
	sums  []uint64 // of all that was measured at these steps
}

// at returns the place of the first point at or after a time.
func (c *Curve) at(time float64) int {
	k, _ := slices.BinarySearch(c.Times, time)
	return k
}

// part returns the points of a curve from a place to another.
func (c *Curve) part(from, to int) *Curve {
	return &Curve{Run: c.Run, Seed: c.Seed, Steps: c.Steps[from:to], Times: c.Times[from:to], Y: c.Y[from:to]}
}

// since returns the part of a curve from a time on.
func (c *Curve) since(time float64) *Curve { return c.part(c.at(time), len(c.Times)) }

// before returns the part of a curve before a time.
func (c *Curve) before(time float64) *Curve { return c.part(0, c.at(time)) }

// until returns the part of a curve up to a time.
func (c *Curve) until(time float64) *Curve {
	return c.before(math.Nextafter(time, math.Inf(1)))
}
