package report

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"muflow/internal/check"
	"muflow/internal/portable"
	"muflow/internal/script"
	"muflow/ode"
	"muflow/prove"
)

// A TheoryPlot is a figure of the flow that a theory file states.
type TheoryPlot struct {
	Theory *script.Theory
	Y      []string // states, vectors of states and observables; if empty, the observables, or the first states
	X      string   // what they are drawn over, t if empty
	Until  *big.Rat
	Log    bool // t on a logarithmic axis
	Lower  bool // only the lower ends of intervals, no bands
}

// theoryPoints is the number of intervals between the times at which a flow is drawn.
const theoryPoints = 120

// theoryDigits is how many digits of flows are kept, of bands fewer.
const (
	theoryDigits = 12
	bandDigits   = 4
)

// maxCurves bounds the curves of a figure.
const maxCurves = 12

// A named formula is what a curve shows.
type named struct {
	name  string
	x     *ode.Expr
	state int // −1 of what is no state
}

// find returns what a name stands for: a state, a vector of states or an
// observable.
func find(th *script.Theory, name string) ([]named, error) {
	var out []named
	for i, s := range th.States {
		own := th.Symbols[s.Symbol].Name
		if own == name || strings.HasPrefix(own, name+"[") {
			out = append(out, named{own, ode.State(s.Symbol), i})
		}
	}
	if len(out) > 0 {
		return out, nil
	}
	for _, o := range th.Observables {
		if o.Name == name {
			return []named{{name, o.X, -1}}, nil
		}
	}
	var known []string
	for _, s := range th.States {
		known = append(known, th.Symbols[s.Symbol].Name)
	}
	for _, o := range th.Observables {
		known = append(known, o.Name)
	}
	if len(known) > 20 {
		known = append(known[:20], "…")
	}
	return nil, fmt.Errorf("%s has no state and no observable %.40q; it has %s", th.File, name, strings.Join(known, ", "))
}

// chosen lists what is drawn.
func (p *TheoryPlot) chosen() ([]named, error) {
	th := p.Theory
	var out []named
	for _, name := range p.Y {
		list, err := find(th, name)
		if err != nil {
			return nil, err
		}
		out = append(out, list...)
	}
	moves := func(x *ode.Expr) bool {
		return slices.ContainsFunc(x.Unknowns(), func(i int) bool {
			k := th.Symbols[i].Kind
			return k == script.StateSymbol || k == script.TimeSymbol
		})
	}
	if len(p.Y) == 0 {
		for _, o := range th.Observables {
			if moves(o.X) && len(out) < maxCurves {
				list, _ := find(th, o.Name)
				out = append(out, list...)
			}
		}
		for i, s := range th.States {
			if s.Rate != nil && s.Start != nil && len(out) < 4 && len(th.Observables) == 0 {
				out = append(out, named{th.Symbols[s.Symbol].Name, ode.State(s.Symbol), i})
			}
		}
	}
	switch {
	case len(out) == 0:
		return nil, fmt.Errorf("%s: no state with a flow and a start, and no observable", th.File)
	case len(out) > maxCurves:
		return nil, fmt.Errorf("%s: %d curves, expected at most %d", th.File, len(out), maxCurves)
	}
	return out, nil
}

// times at which the flow is drawn, evenly spaced, or in their logarithm, over
// three powers of ten.
func (p *TheoryPlot) times() []*big.Rat {
	var out []*big.Rat
	for k := range theoryPoints + 1 {
		t := new(big.Rat).Mul(p.Until, big.NewRat(int64(k), theoryPoints))
		if p.Log && k < theoryPoints {
			part := strconv.FormatFloat(portable.Exp(3*math.Ln10*(float64(k)/theoryPoints-1)), 'g', 6, 64)
			q, _ := new(big.Rat).SetString(part)
			t = q.Mul(q, p.Until)
		}
		out = append(out, t)
	}
	return out
}

// Figure draws curves over time, each enclosed at every point drawn: at the lower
// ends of parameters and starts that are intervals, and shaded over all of them.
// To a state belong the bounds that proved claims state of it, dashed, and points
// of closed forms; to all the level to which they are proved to tend. Notes say
// what was not drawn.
func (p *TheoryPlot) Figure(ctx context.Context) (f *Figure, notes []string, err error) {
	list, err := p.chosen()
	if err != nil {
		return nil, nil, err
	}
	f = &Figure{XLabel: "t", YLabel: list[0].name, LogX: p.Log, Room: true}
	if len(list) > 1 {
		f.YLabel = "value"
	}
	d := &theoryDrawing{ctx: ctx, th: p.Theory, times: p.times(), figure: f, bands: check.HasIntervals(p.Theory) && !p.Lower}
	over := []float64(nil)
	if p.X != "" && p.X != "t" {
		axis, err := find(p.Theory, p.X)
		if err != nil {
			return nil, nil, err
		}
		if len(axis) != 1 || p.Log {
			return nil, nil, fmt.Errorf("%s over %s, expected one formula and no logarithmic axis", list[0].name, p.X)
		}
		f.XLabel = p.X
		if over, _, err = d.values(axis[0]); err != nil {
			return nil, nil, err
		}
	}
	for hue, y := range list {
		if err := d.curve(y, hue, len(list) > 1, over); err != nil {
			return nil, nil, err
		}
	}
	f.Title = p.Theory.Name
	return f, d.notes, nil
}

// A theoryDrawing is a figure on its way.
type theoryDrawing struct {
	ctx       context.Context
	th        *script.Theory
	times     []*big.Rat
	figure    *Figure
	bands     bool
	low, high float64 // of what is drawn of the flow
	notes     []string
}

func (d *theoryDrawing) note(format string, args ...any) {
	d.notes = append(d.notes, fmt.Sprintf(format, args...))
}

// values encloses a formula along the flow, as far as that goes.
func (d *theoryDrawing) values(y named) ([]float64, []prove.Number, error) {
	middle, bounds, err := d.along(y.x, d.times)
	switch {
	case d.ctx.Err() != nil:
		return nil, nil, d.ctx.Err()
	case len(middle) == 0:
		return nil, nil, fmt.Errorf("%s is not followed: %w", y.name, err)
	case err != nil:
		d.note("%s ends at t = %s: %v", y.name, d.times[len(middle)-1].FloatString(4), err)
	}
	return middle, bounds, nil
}

// along encloses a formula at some times, at the lower ends of intervals, as far
// as that goes.
func (d *theoryDrawing) along(x *ode.Expr, times []*big.Rat) ([]float64, []prove.Number, error) {
	bounds, err := check.Along(d.ctx, d.th, x, times, false, theoryDigits)
	bounds, beyond := inRange(bounds)
	middle, broken := midpoints(bounds)
	return middle, bounds, cmp.Or(beyond, err, broken)
}

func (d *theoryDrawing) at(n int) []float64 {
	out := make([]float64, n)
	for i := range out {
		out[i], _ = d.times[i].Float64()
	}
	return out
}

// curve draws one formula and what belongs to it.
func (d *theoryDrawing) curve(y named, hue int, several bool, over []float64) error {
	middle, bounds, err := d.values(y)
	if err != nil {
		return err
	}
	line := Curve{Name: y.name, X: d.at(len(middle)), Y: middle, Bounds: bounds, Hue: hue}
	if several {
		line.Marked = hue + 1
	}
	if over != nil {
		n := min(len(over), len(middle))
		line.X, line.Y, line.Bounds = over[:n], middle[:n], bounds[:n]
		d.figure.Curves = append(d.figure.Curves, line)
		return nil
	}
	d.low, d.high = slices.Min(middle), slices.Max(middle)
	if d.bands {
		if err := d.band(y, hue); err != nil {
			return err
		}
	}
	if check.HasIntervals(d.th) {
		line.Name += ", lower ends of intervals"
	}
	d.figure.Curves = append(d.figure.Curves, line)
	if err := d.closedForms(y, hue); err != nil {
		return err
	}
	if err := d.claimed(y, hue); err != nil {
		return err
	}
	return d.level(y, hue)
}

// band shades all that intervals allow, as far as that is enclosed.
func (d *theoryDrawing) band(y named, hue int) error {
	bounds, err := check.Along(d.ctx, d.th, y.x, d.times, true, bandDigits)
	if d.ctx.Err() != nil {
		return d.ctx.Err()
	}
	bounds, beyond := inRange(bounds)
	low, high, broken := ends(bounds)
	n := len(bounds)
	if n < len(d.times) {
		d.note("%s over all of the intervals is enclosed at %d of %d times: %v", y.name, n, len(d.times), cmp.Or(beyond, err, broken))
	}
	if n == 0 {
		return nil
	}
	d.low, d.high = min(d.low, slices.Min(low)), max(d.high, slices.Max(high))
	d.figure.Curves = append(d.figure.Curves, Curve{Name: y.name + ", all of the intervals", X: d.at(n), Bounds: bounds, Style: Band, Hue: hue})
	return nil
}

// closedForms draws points of oracles that give a formula.
func (d *theoryDrawing) closedForms(y named, hue int) error {
	for _, o := range d.th.Oracles {
		side := o.Right
		switch {
		case check.Same(o.Left, y.x):
		case check.Same(o.Right, y.x):
			side = o.Left
		default:
			continue
		}
		if slices.ContainsFunc(side.Unknowns(), func(i int) bool { return d.th.Symbols[i].Kind == script.StateSymbol }) {
			continue
		}
		var times []*big.Rat
		for i := markSpacing / 2; i < len(d.times); i += markSpacing / 2 {
			times = append(times, d.times[i])
		}
		middle, bounds, err := d.along(side, times)
		if d.ctx.Err() != nil {
			return d.ctx.Err()
		}
		if err != nil {
			d.note("the closed form %s is drawn at %d of %d points: %v", o.Name, len(middle), len(times), err)
		}
		if len(middle) == 0 {
			continue
		}
		c := Curve{Name: "oracle: " + o.Name, Y: middle, Bounds: bounds, Style: Points, Hue: hue}
		for _, t := range times[:len(middle)] {
			x, _ := t.Float64()
			c.X = append(c.X, x)
		}
		d.figure.Curves = append(d.figure.Curves, c)
	}
	return nil
}

// claimed draws the bounds that proved claims state, where they are near the flow.
func (d *theoryDrawing) claimed(y named, hue int) error {
	if y.state < 0 {
		return nil
	}
	list, err := check.Bounds(d.ctx, d.th, y.state, check.Options{})
	if err != nil {
		return err
	}
	room := (d.high - d.low) / 4
	last := ""
	for _, b := range list {
		middle, bounds, err := d.along(b.X, d.times)
		if d.ctx.Err() != nil {
			return d.ctx.Err()
		}
		if err != nil {
			d.note("a bound of the claim %s is drawn at %d of %d times: %v", b.Claim, len(middle), len(d.times), err)
		}
		at := d.at(len(middle))
		near := func(i int) bool { return middle[i] >= d.low-room && middle[i] <= d.high+room }
		for i := 0; i < len(middle); i++ {
			from := i
			for i < len(middle) && near(i) {
				i++
			}
			if i <= from+1 {
				continue
			}
			c := Curve{X: at[from:i], Y: middle[from:i], Bounds: bounds[from:i], Style: Dashed, Hue: hue + 1}
			if b.Claim != last {
				c.Name, last = "claim: "+b.Claim+", proved", b.Claim
			}
			d.figure.Curves = append(d.figure.Curves, c)
		}
	}
	return nil
}

// level draws where a formula is proved to tend to.
func (d *theoryDrawing) level(y named, hue int) error {
	_, number, err := check.Level(d.ctx, d.th, y.x, check.Options{})
	if err != nil || number == (prove.Number{}) {
		return err
	}
	both, beyond := inRange([]prove.Number{number, number})
	if beyond != nil {
		d.note("the limit of %s is %v", y.name, beyond)
		return nil
	}
	middle, err := midpoints(both)
	if err != nil {
		return err
	}
	at := d.at(len(d.times))
	d.figure.Curves = append(d.figure.Curves, Curve{Name: fmt.Sprintf("limit of %s: %.6g, proved", y.name, middle[0]), X: []float64{at[0], at[len(at)-1]}, Y: middle, Bounds: both, Style: Dashed, Hue: hue + 2})
	return nil
}
