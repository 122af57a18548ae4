package runs

import (
	"context"
	"fmt"
	"math"

	"muflow/internal/portable"
)

// cause names what has the size of a wrong time scale, or says that no time
// scale makes the curve.
func (q Question) cause(ctx context.Context, f *Fit, c *Curve) string {
	if !f.shaped() {
		if factor, rest := q.otherGain(ctx, c); rest < f.RestFitted/5 {
			return fmt.Sprintf("the shape is that of another readout gain: α times %.3g leaves %.2g of the residuals", factor, rest/f.RestFitted)
		}
		return fmt.Sprintf("no time scale makes this curve: at the best one the residuals are %.2g, the noise %.2g", f.RestFitted, f.Noise)
	}
	if f.Interval[0] <= 1 && f.Interval[1] >= 1 {
		return fmt.Sprintf("the time scale is right, but %d of %d samples lie beyond the noise of such a batch", f.Outside, len(f.Samples))
	}
	n := float64(q.Model.Symbols)
	type candidate struct {
		factor float64
		text   string
	}
	candidates := []candidate{
		{n, fmt.Sprintf("the curve is n = %.0f times as fast: its training lacks the factor 1/n", n)},
		{1 / n, fmt.Sprintf("the curve is n = %.0f times as slow: its time lacks the factor 1/n, or its training has it twice", n)},
	}
	if b := q.Descent.Batch; b > 1 {
		candidates = append(candidates, candidate{b, fmt.Sprintf("the loss is summed over the batch of %.0f, not averaged", b)},
			candidate{1 / b, fmt.Sprintf("the loss is divided by the batch of %.0f twice", b)})
	}
	for _, x := range candidates {
		// The scale is estimated around another one: five percent beside its interval.
		if x.factor > f.Interval[0]/1.05 && x.factor < f.Interval[1]*1.05 {
			return x.text
		}
	}
	return fmt.Sprintf("the learning rate, or a factor on it, is %.3g times what was said", f.Scale)
}

// mostGain bounds the points that another gain is fitted to.
const mostGain = 24

// otherGain returns the factor on α whose flow is nearest to a curve, and the
// root mean square of its residuals.
func (q Question) otherGain(ctx context.Context, c *Curve) (factor, rest float64) {
	if q.Alpha == nil {
		return 1, math.Inf(1)
	}
	few := &Curve{}
	each := (len(c.Times) + mostGain - 1) / mostGain
	for k := (len(c.Times) - 1) % each; k < len(c.Times); k += each {
		few.Times, few.Y = append(few.Times, c.Times[k]), append(few.Y, c.Y[k])
	}
	badness := func(x float64) float64 {
		m, err := q.Alpha(ctx, portable.Exp(x))
		if err != nil {
			return math.Inf(1)
		}
		t, err := m.tabulate(ctx, few.Times[len(few.Times)-1], 1e-5)
		if err != nil {
			return math.Inf(1)
		}
		return t.rest(few, 1)
	}
	best := leastAt(-portable.Log(8), portable.Log(8), 12, 16, badness)
	return portable.Exp(best), badness(best)
}
