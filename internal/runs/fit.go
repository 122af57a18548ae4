package runs

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"

	"muflow/internal/portable"
	"muflow/internal/reduced"
	"muflow/prove"
)

// mostCompared bounds the points of a curve that are held against the theory.
const mostCompared = 200

// A Fit holds one curve against the reduced flow of its data.
type Fit struct {
	Run        string         `json:"run"`
	Evidence   prove.Evidence `json:"evidence"` // of the flow at the samples
	Samples    []Sample       `json:"samples"`
	Scale      float64        `json:"scale"` // s of the best fit y(t) ≈ μ(s·t)
	Interval   [2]float64     `json:"scale_interval"`
	Level      float64        `json:"scale_level"` // of the interval: 0.995 with a batch, else 0.99
	Rest       float64        `json:"residual"`    // root mean square at scale 1, or at the best one where time is nominal
	RestFitted float64        `json:"residual_fitted"`
	Noise      float64        `json:"noise"`   // of second differences
	Outside    int            `json:"outside"` // samples beyond their band; with a batch only
	Verdict    string         `json:"verdict"`
	Cause      string         `json:"cause,omitempty"`
	Reason     string         `json:"reason,omitempty"` // of a curve that cannot be held against it
}

// MarshalJSON leaves out the numbers of a curve that cannot be held against the
// flow: there are none.
func (f *Fit) MarshalJSON() ([]byte, error) {
	if f.Reason != "" {
		return json.Marshal(struct {
			Run     string `json:"run"`
			Verdict string `json:"verdict"`
			Reason  string `json:"reason"`
		}{f.Run, f.Verdict, f.Reason})
	}
	type plain Fit
	return json.Marshal((*plain)(f))
}

// A Sample is one point of a curve beside the flow.
type Sample struct {
	Step  float64      `json:"step"`
	Time  float64      `json:"t"`
	Y     float64      `json:"y"`
	Flow  prove.Number `json:"mu"`
	Rest  float64      `json:"residual"`       // y − μ(t)
	Band  float64      `json:"band,omitempty"` // of stochastic descent, 99.5 % for all samples at once
	Model float64      `json:"-"`              // μ(t) in float64
}

// theoryLevel is how often statements about true theory may err.
const theoryLevel = 0.01

// level returns how often each test of a fit may err: with a batch there are two,
// of the band and of the time scale.
func (q Question) level() float64 {
	if q.Descent.share() > 0 {
		return theoryLevel / 2
	}
	return theoryLevel
}

// thinned returns at most mostCompared points of a curve at times > 0.
func thinned(c *Curve) *Curve {
	out := &Curve{Run: c.Run, Seed: c.Seed}
	each := (len(c.Times) + mostCompared - 1) / mostCompared
	for k := range c.Times {
		if c.Times[k] > 0 && (len(c.Times)-1-k)%each == 0 {
			out.Steps, out.Times, out.Y = append(out.Steps, c.Steps[k]), append(out.Times, c.Times[k]), append(out.Y, c.Y[k])
		}
	}
	return out
}

// A Question says how a curve is held against its theory.
type Question struct {
	Model   *Model
	Flow    func(ctx context.Context, times []float64) ([]prove.Number, error) // encloses μ, or nil
	Descent Descent
	Nominal bool                                                      // time is that of an adaptive optimiser: its scale is free
	Alpha   func(ctx context.Context, factor float64) (*Model, error) // the model at so many times the gain, or nil
}

// Against holds a curve against the flow.
//
// With a batch the noise is that of the model: at every sample a band, and the
// time scale by generalised least squares over the innovations, widened by what
// all of the bias of stochastic descent would move it. Without, the noise is
// that of the residuals beside the best time scale.
func (q Question) Against(ctx context.Context, c *Curve) (*Fit, error) {
	c = thinned(c)
	f := &Fit{Run: c.Run, Evidence: prove.Approximate, Verdict: string(Undecided), Level: 1 - q.level()}
	if len(c.Times) < leastRun {
		f.Reason = tooFew
		return f, nil
	}
	nodes, err := q.Model.follow(ctx, c.Times, q.Descent)
	if err != nil {
		return nil, err
	}
	if err := f.sample(ctx, q, c, nodes); err != nil {
		return nil, err
	}
	f.Noise = noiseOf(c.Y)
	logScale, half := 0.0, math.Inf(1)
	if q.Descent.share() > 0 && !q.Nominal {
		logScale, half = generalised(nodes, c)
	}
	if math.Abs(logScale) < nearScale && !math.IsInf(half, 1) {
		f.linear(nodes, logScale)
	}
	if q.Nominal || math.IsInf(half, 1) || math.Abs(logScale) >= nearScale || !f.shaped() {
		if logScale, half, err = f.search(ctx, q, c); err != nil {
			return nil, err
		}
	}
	half = min(half, 200) // a flow that stands still has no time scale
	f.Scale = portable.Exp(logScale)
	f.Interval = [2]float64{portable.Exp(logScale - half), portable.Exp(logScale + half)}
	f.decide(q)
	if f.Verdict == "inconsistent" {
		f.Cause = q.cause(ctx, f, c)
	}
	return f, ctx.Err()
}

// nearScale is how far from 1, in e-folds, a time scale is estimated to first
// order.
const nearScale = 0.25

// linear sets the residuals at scale 1 and, to first order, at another one.
func (f *Fit) linear(nodes []node, logScale float64) {
	square, fitted := 0.0, 0.0
	for k, s := range f.Samples {
		rest := s.Rest - float64(logScale*s.Time*nodes[k].drift[0])
		square += float64(s.Rest * s.Rest)
		fitted += float64(rest * rest)
	}
	n := float64(len(f.Samples))
	f.Rest, f.RestFitted = math.Sqrt(square/n), math.Sqrt(fitted/n)
}

// search finds the time scale, at most so many times as fast or slow that n and
// the batch could make it twice over, and its interval from the residuals.
func (f *Fit) search(ctx context.Context, q Question, c *Curve) (logScale, half float64, err error) {
	factor := 2 * float64(q.Model.Symbols) * math.Max(q.Descent.Batch, 4)
	last := c.Times[len(c.Times)-1]
	t, err := q.Model.tabulate(ctx, 2*last, 1e-6)
	if err != nil {
		return 0, 0, err
	}
	scale := t.fit(c, 1/factor, 2)
	if scale > 1.9 { // the curve is ahead of the flow
		if t, err = q.Model.tabulate(ctx, factor*last, 1e-6); err != nil {
			return 0, 0, err
		}
		scale = t.fit(c, 1, factor)
	}
	f.Rest, f.RestFitted = t.rest(c, 1), t.rest(c, scale)
	logScale, half = t.interval(c, scale, q.level())
	most := portable.Log(factor)
	return min(max(logScale, -most), most), half, nil
}

// shaped reports whether the residuals at the best time scale are those of
// noise.
func (f *Fit) shaped() bool { return f.RestFitted <= max(shapeless*f.Noise, 1e-6) }

// sample fills the samples with the flow and its band.
func (f *Fit) sample(ctx context.Context, q Question, c *Curve, nodes []node) error {
	var flow []prove.Number
	var failures []float64
	var err error
	if q.Flow == nil {
		if failures, err = q.Model.failures(ctx, c.Times); err != nil {
			return err
		}
	} else {
		if flow, err = q.Flow(ctx, c.Times); err != nil {
			return err
		}
		f.Evidence = prove.Enclosure
	}
	variance := matrix{}
	z := portable.NormalQuantile(q.level() / float64(len(c.Times)))
	for k, n := range nodes {
		s := Sample{Step: c.Steps[k], Time: c.Times[k], Y: c.Y[k], Model: n.theta[0], Rest: c.Y[k] - n.theta[0]}
		variance = n.carry.times(variance).times(n.carry.transposed()).plus(n.noise, 1)
		if q.Descent.share() > 0 {
			s.Band = float64(z*math.Sqrt(max(variance[0][0], 0))) + math.Abs(n.bias[0])
			if math.Abs(s.Rest) > s.Band {
				f.Outside++
			}
		}
		if flow != nil {
			s.Flow = flow[k]
			if d := midpoint(flow[k]) - n.theta[0]; !(math.Abs(d) <= 1e-4*(1+math.Abs(n.theta[0]))) {
				return fmt.Errorf("at t = %g the enclosed flow is %v and the model is at %.10g", s.Time, flow[k], n.theta[0])
			}
		} else {
			s.Flow = between(n.theta[0], failures[k])
		}
		f.Samples = append(f.Samples, s)
	}
	return nil
}

// decide gives the verdict.
func (f *Fit) decide(q Question) {
	one := f.Interval[0] <= 1 && f.Interval[1] >= 1
	shaped := f.shaped()
	switch {
	case q.Nominal && shaped, !q.Nominal && q.Descent.share() > 0 && one && f.Outside == 0, !q.Nominal && q.Descent.share() == 0 && one && shaped:
		f.Verdict = "consistent"
	default:
		f.Verdict = "inconsistent"
	}
}

// shapeless is how many deviations of the noise the residuals at the best time
// scale may be: more is no matter of time.
const shapeless = 3

// generalised estimates the logarithm of the time scale by generalised least
// squares over the innovations, and half its interval.
func generalised(nodes []node, c *Curve) (value, half float64) {
	estimate := func(nodes []node) (value, deviation float64) {
		product, square := 0.0, 0.0
		for _, x := range innovations(nodes, c.Times, c.Y) {
			if x.variance > 0 {
				product += x.rest * x.scale / x.variance
				square += x.scale * x.scale / x.variance
			}
		}
		if square == 0 {
			return 0, math.Inf(1)
		}
		return product / square, 1 / math.Sqrt(square)
	}
	value, deviation := estimate(nodes)
	plain := slices.Clone(nodes)
	for k := range plain {
		plain[k].bias = [2]float64{}
	}
	unbiased, _ := estimate(plain)
	return value, float64(deviation*portable.NormalQuantile(theoryLevel/2)) + math.Abs(value-unbiased)
}

// A table is the flow of μ, to be read at any time: cubics between the steps of
// its integration, and where it stands still at the end of them.
type table struct {
	times, mu, slope []float64
}

// tabulate follows the flow up to a time, or until it stands still: it no longer
// moves while time grows eightfold.
func (m *Model) tabulate(ctx context.Context, until, tolerance float64) (*table, error) {
	start, drift := make([]float64, m.Dimension), make([]float64, m.Dimension)
	m.slope(0, start, drift)
	t := &table{times: []float64{0}, mu: []float64{0}, slope: []float64{drift[0]}}
	_, _, err := reduced.Track(ctx, m.slope, start, until, tolerance, until/1e6, func(now float64, y, dy []float64) bool {
		t.times, t.mu, t.slope = append(t.times, now), append(t.mu, y[0]), append(t.slope, dy[0])
		if n := len(t.times); n%16 != 0 {
			return n < mostNodes
		}
		before, _ := t.at(now / 8)
		return now < until/1e5 || math.Abs(y[0]-before) > 10*tolerance
	})
	if err != nil {
		return nil, fmt.Errorf("the flow of the model: %w", err)
	}
	return t, nil
}

// mostNodes bounds the steps of a table.
const mostNodes = 20_000

// at returns μ and its derivative in log t.
func (t *table) at(time float64) (mu, slope float64) {
	k, _ := slices.BinarySearch(t.times, time)
	if k == len(t.times) {
		return t.mu[k-1], 0
	}
	if k == 0 {
		return t.mu[0], 0
	}
	h := t.times[k] - t.times[k-1]
	u := (time - t.times[k-1]) / h
	a, b := t.mu[k-1], t.mu[k]
	p, q := float64(t.slope[k-1]*h), float64(t.slope[k]*h)
	c2, c3 := float64(3*(b-a))-float64(2*p)-q, float64(2*(a-b))+p+q
	mu = a + float64(u*(p+float64(u*(c2+float64(u*c3)))))
	slope = (p + float64(u*(float64(2*c2)+float64(3*u*c3)))) / h * time
	return mu, slope
}

// rest returns the root mean square of y − μ(s·t).
func (t *table) rest(c *Curve, scale float64) float64 {
	sum := 0.0
	for k, time := range c.Times {
		mu, _ := t.at(scale * time)
		sum += float64((c.Y[k] - mu) * (c.Y[k] - mu))
	}
	return math.Sqrt(sum / float64(len(c.Times)))
}

// fit returns the time scale of least squares between two.
func (t *table) fit(c *Curve, least, most float64) float64 {
	return portable.Exp(leastAt(portable.Log(least), portable.Log(most), 400, 60, func(x float64) float64 { return t.rest(c, portable.Exp(x)) }))
}

// interval returns the logarithm of a fitted time scale and half its interval,
// which errs so often, from residuals that are correlated.
func (t *table) interval(c *Curve, scale, level float64) (value, half float64) {
	n := len(c.Times)
	slopes, rests := make([]float64, n), make([]float64, n)
	square := 0.0
	for k, time := range c.Times {
		mu, slope := t.at(scale * time)
		slopes[k], rests[k] = slope, c.Y[k]-mu
		square += float64(slope * slope)
	}
	value = portable.Log(scale)
	if square == 0 {
		return value, math.Inf(1)
	}
	f := functional{fitted: 1}
	for _, g := range slopes {
		f.weights = append(f.weights, g/square)
	}
	f.rest = func(y, into []float64) {
		product := 0.0
		for k, g := range slopes {
			product += float64(g * y[k])
		}
		for k, g := range slopes {
			into[k] = y[k] - float64(product/square*g)
		}
	}
	more, deviation, rho := f.cautious(rests)
	return value + more, float64(deviation * quantile(f.reference(rho), 1-level))
}

// leastAt returns where a function is least between two places: on a grid, and
// then by golden sections around the best of it.
func leastAt(low, high float64, grid, sections int, f func(float64) float64) float64 {
	step := (high - low) / float64(grid)
	best, value := low, math.Inf(1)
	for k := range grid + 1 {
		if x := low + float64(float64(k)*step); f(x) < value {
			best, value = x, f(x)
		}
	}
	a, b := max(low, best-step), min(high, best+step)
	const golden = 0.6180339887498949
	for range sections {
		x, y := b-float64(golden*(b-a)), a+float64(golden*(b-a))
		if f(x) <= f(y) {
			b = y
		} else {
			a = x
		}
	}
	return (a + b) / 2
}

// between writes a number that is known up to a failure.
func between(x, failure float64) prove.Number {
	text := func(x float64) string { return strconv.FormatFloat(x, 'g', 12, 64) }
	return prove.Number{Lo: text(x - failure), Hi: text(x + failure), Evidence: prove.Approximate}
}

// midpoint returns a number in the middle of an enclosure, NaN where there is
// none.
func midpoint(x prove.Number) float64 {
	low, errLow := strconv.ParseFloat(x.Lo, 64)
	high, errHigh := strconv.ParseFloat(x.Hi, 64)
	if errLow != nil || errHigh != nil {
		return math.NaN()
	}
	return low + float64((high-low)/2)
}
