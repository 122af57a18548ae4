// Package runs reads curves that others trained and says what they do: which
// runs are seeds of one condition, whether a curve grows, falls, stays or turns
// back, and whether the reduced flow of its data makes it.
//
// Every statement is statistical: intervals hold for 95 curves of 100 of the
// kinds that [Simulation] draws, which tests and docs/compare.md count.
package runs

// A Curve is one measured number of one run over its steps.
type Curve struct {
	Run   string // as the file names it
	Seed  string // "" if there is none
	Steps []float64
	Times []float64 // t = Σ lr·Δstep, or the steps
	Y     []float64
	sums  []uint64 // of all that was measured at these steps
}

// since returns the part of a curve from a time on.
func (c *Curve) since(time float64) *Curve {
	at := len(c.Times)
	for at > 0 && c.Times[at-1] >= time {
		at--
	}
	return &Curve{Run: c.Run, Seed: c.Seed, Steps: c.Steps[at:], Times: c.Times[at:], Y: c.Y[at:]}
}

// until returns the part of a curve up to a time.
func (c *Curve) until(time float64) *Curve {
	at := len(c.Times)
	for at > 0 && c.Times[at-1] > time {
		at--
	}
	return &Curve{Run: c.Run, Seed: c.Seed, Steps: c.Steps[:at], Times: c.Times[:at], Y: c.Y[:at]}
}

// before returns the part of a curve before a time.
func (c *Curve) before(time float64) *Curve {
	at := len(c.Times)
	for at > 0 && c.Times[at-1] >= time {
		at--
	}
	return &Curve{Run: c.Run, Seed: c.Seed, Steps: c.Steps[:at], Times: c.Times[:at], Y: c.Y[:at]}
}
