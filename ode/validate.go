package ode

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/big"
	"muflow/internal/portable"

	"muflow/ode/ball"
)

// A validator makes the steps of a flowpipe.
type validator struct {
	pipe      *Flowpipe
	field     *balls
	thin      *jet[*ball.Ball] // at the middle, coefficients 0…N−1
	rows      [][]*ball.Ball   // its coefficients of the unknowns
	wide      *jet[*interval]  // over boxes, coefficient N
	bounds    *intervals
	slopes    *slopes[*interval]
	norm      *logarithmicNorm
	variation *jet[*interval] // of the flow's derivative, once it is needed
	sides     *jet[*model]    // of the solution over a shape
	tangent   *tangent        // of the solution from a point, once it is needed
	models    *models
	longest   *big.Float // step for these, if not nil
	cuts      int        // how often one step was cut for these
	plain     bool       // the norm is used for good
	tolerance float64    // log2 of the local tolerance
	gauge     int        // wide coefficients are in units of (2^gauge·step)^k
	ratio     float64    // step over the one that the coefficients suggest

	toll    toll
	program *program
	stride  *stride       // steps in fixed point, if it can
	local   [2]*ball.Ball // roundoff and cutoff of the last one before they grow
	ahead   *defects      // of the scout
	defects *defects      // of the expansion
	reach   float64       // step over the one that the coefficients suggest
	margin  float64       // bits by which a defect is foretold too small
}

const (
	tries    = 60 // how often one step is shortened
	mostCuts = 12 // of these, for a shape
)

// Propagate encloses all solutions that start in a box at time 0, up to a time
// ≥ 0. Each step proves, by continuation in time, that
//
//	φ_τ(x) ∈ B_j,  ‖φ_τ(x) − u(τ)‖ ≤ e^{∫λ} ‖x − u(0)‖ + ∫ e^{∫λ} ‖u' − f(u)‖
//
// for a polynomial u, where λ is the largest logarithmic norm of f' over boxes
// B_j about u that the right-hand side stays strictly within. The defect
// u' − f(u) is bounded in fixed point, see defects. Where that fails, the step is
// the one of coefficients and remainders over boxes:
//
//	φ(m) stays in boxes B_j ∋ Σ_{k<N} c_k(m) τ^k + c_N(∪B_j) τ^N ± pad
//	‖φ_τ(x) − φ_τ(m)‖ ≤ e^{∫λ} ‖x − m‖
//
// where the first stays strictly within the boxes that the remainder was
// computed over, and the second within the pad. Sets are balls of the norm, so
// that a rotation does not widen them; a contraction makes them smaller. A
// step that cannot be validated is shortened; in the end the pipe stops with a
// *StopError that names time, box and reason, and the proved prefix is
// returned along with it. Other errors come without a pipe.
//
// A set of starts is carried along as a box times the derivative of the flow
// and what that leaves, see shape; where that is not enough, it is cut into
// parts, each with a proof of its own.
// Encloses the exact value for every point of the inputs.
// Remainder and continuation as in N. S. Nedialkov, K. R. Jackson and J. D.
// Pryce, An effective high-order interval method for validating existence and
// uniqueness of the solution of an IVP for an ODE, Reliable Computing 7 (2001);
// logarithmic norm: G. Dahlquist, Stability and error bounds in the numerical
// integration of ordinary differential equations (1959). Time is the system's.
func Propagate(ctx context.Context, system *System, start []*ball.Ball, until *big.Rat, settings FlowSettings) (*Flowpipe, error) {
	return propagate(ctx, system, start, until, settings, true)
}

// propagate takes steps in fixed point where they are possible, or none.
func propagate(ctx context.Context, system *System, start []*ball.Ball, until *big.Rat, settings FlowSettings, quickly bool) (*Flowpipe, error) {
	whole, s, err := prepare(system, start, until, settings, quickly)
	if err != nil {
		return nil, err
	}
	return s.cover(ctx, whole)
}

// prepare checks what a flowpipe is made of.
func prepare(system *System, start []*ball.Ball, until *big.Rat, settings FlowSettings, quickly bool) (whole Flowpipe, s *splitter, err error) {
	program, err := system.compile()
	if err != nil {
		return whole, nil, err
	}
	settings, weights, err := settings.filled(system.Dimension)
	if err != nil {
		return whole, nil, err
	}
	if until == nil || until.Sign() < 0 {
		return whole, nil, errors.New("the end of the time interval, expected a number ≥ 0")
	}
	if len(start) != system.Dimension {
		return whole, nil, fmt.Errorf("%d starting values for %d unknowns", len(start), system.Dimension)
	}
	for i, x := range start {
		if x == nil || !x.IsFinite() {
			return whole, nil, fmt.Errorf("starting value %d is not finite", i)
		}
	}
	whole = Flowpipe{system: system, program: program, settings: settings, weights: weights, reached: new(big.Rat), start: start}
	return whole, &splitter{program: program, until: until, quickly: quickly}, nil
}

// run makes the steps of one part, until what is left of the linear image is
// wider than a limit, if there is one.
func (p *Flowpipe) run(ctx context.Context, program *program, until *big.Rat, quickly bool, limit *big.Float) error {
	radii := make([]*big.Float, len(p.start))
	p.settle(p.start, new(big.Float).SetPrec(firstBits))
	for i, x := range p.start {
		radii[i] = reachOf(x, p.middle[i])
	}
	if p.isSet() {
		p.shape = newShape(radii, shapeDegree)
	}
	v, err := newValidator(p, program, quickly)
	stop := func(status Status, err error) error {
		p.status = status
		return &StopError{status, p.Until(), err}
	}
	if err != nil {
		return stop(NonFinite, err)
	}
	for p.reached.Cmp(until) < 0 {
		if err := ctx.Err(); err != nil {
			return stop(Cancelled, err)
		}
		if p.made == p.settings.Budget {
			return stop(BudgetExhausted, fmt.Errorf("%d steps", p.settings.Budget))
		}
		if p.spent() {
			return stop(BudgetExhausted, errWork(p.made, p.work))
		}
		if p.bent(limit) {
			return stop(NotValidated, errBent)
		}
		if !v.advance(ctx, until) {
			if status, err := v.step(ctx, until); err != nil {
				return stop(status, err)
			}
		}
		if p.visit != nil {
			if err := p.visit(p, p.tubes[len(p.tubes)-1].from); err != nil {
				return err
			}
		}
	}
	p.status = Reached
	return nil
}

// reachOf bounds |y − m| for y in x.
func reachOf(x *ball.Ball, m *big.Float) *big.Float {
	gap := ball.New(x.Prec() + firstBits).SetFloat(m)
	return gap.Abs(gap.Sub(x, gap)).Upper()
}

// settle makes the middle and the spread of the set {state} + {‖·‖ ≤ carried}.
func (p *Flowpipe) settle(state []*ball.Ball, carried *big.Float) {
	radii := make([]*big.Float, len(state))
	p.middle = make([]*big.Float, len(state))
	for i, x := range state {
		p.middle[i] = new(big.Float).SetPrec(p.settings.Precision).Set(x.Mid())
		radii[i] = reachOf(x, p.middle[i])
	}
	sum := ball.New(firstBits).SetFloat(p.norm(radii))
	p.spread = sum.Add(sum, ball.New(firstBits).SetFloat(carried)).Upper()
}

func newValidator(p *Flowpipe, program *program, quickly bool) (*validator, error) {
	n := p.settings.Order
	v := &validator{pipe: p, program: program, toll: newToll(program, p.settings.Settings), bounds: newIntervals(), ratio: 0.5, reach: 1}
	v.tolerance = -float64(p.settings.Digits+spareDigits) * bitsPerDigit
	v.gauge = int(math.Round(-v.tolerance / float64(n)))
	v.slopes = newSlopes(program, v.bounds, firstBits)
	v.norm = newLogarithmicNorm(v.bounds, p.weights)
	if err := v.bounds.failure(); err != nil {
		return nil, err
	}
	v.stride = &stride{}
	if !quickly {
		return v, v.prepare()
	}
	var err error
	v.stride, err = newStride(program, n, p.settings.Precision, v.tolerance, true)
	v.ahead, v.defects = newDefects(program, n, v.gauge), newDefects(program, n, v.gauge)
	return v, err
}

// prepare makes what steps with remainders over boxes need.
func (v *validator) prepare() error {
	p, n := v.pipe, v.pipe.settings.Order
	v.field = newBalls()
	v.thin = newJet(v.program, v.field, n-1, p.settings.taper)
	v.wide = newJet(v.program, v.bounds, n, uniform(firstBits))
	return errors.Join(v.field.failure(), v.bounds.failure())
}

// step appends one tube, or says why none could be proved; the status is of
// use only with an error.
func (v *validator) step(ctx context.Context, until *big.Rat) (Status, error) {
	p := v.pipe
	if v.thin == nil {
		if err := v.prepare(); err != nil {
			return NonFinite, err
		}
	}
	point := make([]*ball.Ball, len(p.middle))
	for i, m := range p.middle {
		point[i] = ball.New(p.settings.Precision).SetFloat(m)
	}
	p.work += v.toll.remainders()
	v.thin.start(point)
	v.thin.expand()
	v.rows = v.thin.states
	if err := v.field.failure(); err != nil {
		return NonFinite, err
	}
	left := new(big.Rat).Sub(until, p.reached)
	length := left
	log := func(i, k int) float64 { return log2(v.rows[i][k].Mid()) }
	suggested, bounded := stepSize(len(v.rows), p.settings.Order-1, v.tolerance, 0, log)
	reason := errShort
	var box []*interval
	for range tries {
		if err := ctx.Err(); err != nil {
			return Cancelled, err
		}
		if p.spent() {
			return BudgetExhausted, errWork(p.made, p.work)
		}
		ratio := v.ratio
		if bounded {
			size := new(big.Float).SetPrec(16).Mul(suggested, big.NewFloat(ratio))
			length, _ = size.Rat(nil)
			if length.Cmp(left) > 0 {
				length = left
				ratio = portable.Exp2(log2Rat(length) - log2(suggested))
			}
		} else if ratio < 1 {
			size := new(big.Float).SetPrec(16).SetMode(big.ToZero).SetRat(left) // short, or the times grow with every step
			length, _ = size.Mul(size, big.NewFloat(ratio)).Rat(nil)
		}
		if log2Rat(length) < log2Rat(until)-float64(p.settings.Precision) {
			return StepUnderflow, fmt.Errorf("a step of 2^%.0f%s: %w", log2Rat(length), describe(box), reason)
		}
		if v.longest != nil && new(big.Float).SetRat(length).Cmp(v.longest) > 0 {
			length, _ = v.longest.Rat(nil)
		}
		t := &tube{from: p.reached, length: length, spread: p.spread, start: new(big.Float)}
		var spare float64
		spare, box, reason = v.prove(t)
		order := float64(p.settings.Order)
		switch {
		case reason == nil && spare >= 0 && !v.follow(t):
			reason = errLong
			v.ratio = ratio / 2
		case reason == nil && spare >= 0:
			if length != left {
				v.ratio = ratio * portable.Exp2(min(spare, 24)/order-0.02)
			}
			if !bounded {
				v.ratio = min(1, 8*ratio)
			}
			return NonFinite, v.accept(t)
		case reason == nil: // proved, but too wide
			reason = fmt.Errorf("a remainder of 2^%.1f times the tolerance", -spare)
			v.ratio = ratio * portable.Exp2(max(spare, -order)/order-0.02)
		default:
			v.ratio = ratio / 2
		}
	}
	return NotValidated, fmt.Errorf("no step of %d was proved%s: %w", tries, describe(box), reason)
}

// describe names a box for an error.
func describe(box []*interval) string {
	text := ""
	for i, x := range box {
		text += fmt.Sprintf(", x%d in [%.6g, %.6g]", i, x.low, x.high)
	}
	return text
}

var errLong = errors.New("a step too long for the derivative of the flow")

var errEscape = errors.New("the solutions may leave the box")

// prove fills in a tube of a given length. spare is how far, in bits, the
// remainder stays below the tolerance; box is the last one looked at.
func (v *validator) prove(t *tube) (spare float64, box []*interval, err error) {
	p, f := v.pipe, v.bounds
	n, dimension := p.settings.Order, p.system.Dimension
	h := ball.New(firstBits).SetRat(t.length)
	scaled := make([][]*interval, dimension) // c_k h^k
	for i, row := range v.rows {
		power := ball.New(firstBits).SetInt64(1)
		term := ball.New(firstBits)
		for k := range row {
			scaled[i] = append(scaled[i], new(interval))
			f.overBall(scaled[i][k], term.Mul(row[k], power))
			power.Mul(power, h)
		}
	}
	var unit interval
	f.overBall(&unit, ball.New(firstBits).MulPow2(h, v.gauge))
	scale := &unit
	v.wide.scale = &scale
	spreads := make([]float64, dimension)
	for i := range spreads {
		spreads[i], _ = p.component(i, t.spread).Float64()
	}
	p.work += v.toll.boxes() + v.toll.remainders()
	pads, sizes, err := v.surround(t, h, scaled, nil, spreads)
	if box = t.boxes[len(t.boxes)-1]; err != nil {
		return 0, box, err
	}
	// One remainder for the whole step: the boxes of its slices differ little
	// beside the distance to the next singularity.
	hull := hullOf(t.boxes)
	v.wide.start(hull)
	v.wide.expand()
	if err := f.failure(); err != nil {
		return 0, hull, err
	}
	t.remainder = make([]*ball.Ball, dimension)
	reach := make([]float64, dimension)
	spare = math.Inf(1)
	for i, row := range v.wide.states {
		t.remainder[i] = ball.New(firstBits).MulPow2(row[n].ball(), -v.gauge*n)
		bound := ball.New(firstBits).Abs(t.remainder[i]).Upper()
		reach[i], _ = bound.Float64()
		reach[i] = up(reach[i])
		if bound.Sign() != 0 {
			spare = min(spare, v.tolerance+portable.Log2(sizes[i])-log2(bound))
		}
	}
	// Strictly within every pad: remainder and spread, at every time.
	for j := range slices {
		most := big.NewRat(int64(j+1), slices)
		bound := t.spreadAt(t.spread, most)
		if t.growth[j] < 0 { // the spread was largest when the slice began
			bound = t.spreadAt(t.spread, big.NewRat(int64(j), slices))
		}
		for i := range dimension {
			spread, _ := p.component(i, bound).Float64()
			if !(up(reach[i]+up(spread)) < pads[j][i]) {
				return 0, t.boxes[j], errEscape
			}
		}
	}
	if math.IsInf(spare, 1) {
		spare = 0
	}
	return spare, box, nil
}

// surround fills in the boxes about the polynomials of a tube, up to the first
// that fails, and the growth over them. It returns by how much each was padded,
// and the sizes of the unknowns. tails are what the polynomials leave out.
func (v *validator) surround(t *tube, h *ball.Ball, scaled [][]*interval, tails []interval, spreads []float64) (pads [][]float64, sizes []float64, err error) {
	f := v.bounds
	sizes = make([]float64, len(scaled))
	room := 4.0
	if v.pipe.shape != nil { // a wide box costs more than a short step
		room = 1.5
	}
	for j := range slices {
		box, pad := make([]*interval, len(scaled)), make([]float64, len(scaled))
		for i := range box {
			x := f.polynomialRange(scaled[i], j)
			if tails != nil {
				f.add(x, x, &tails[i])
			}
			sizes[i] = max(sizes[i], x.magnitude(), spreads[i])
			pad[i] = float64(0x1p-30*x.magnitude()) + float64(0x1p-10*(x.high-x.low)) + float64(room*spreads[i]) + 0x1p-900
			f.outward(x, x.low-pad[i], x.high+pad[i])
			box[i] = x
		}
		t.boxes, pads = append(t.boxes, box), append(pads, pad)
		if err := f.failure(); err != nil {
			return nil, nil, err
		}
		growth, err := v.rate(box, h)
		if err != nil {
			return nil, nil, err
		}
		t.growth = append(t.growth, growth)
	}
	return pads, sizes, nil
}

// hullOf returns the least box that contains all boxes.
func hullOf(boxes [][]*interval) []*interval {
	hull := make([]*interval, len(boxes[0]))
	for i, x := range boxes[0] {
		hull[i] = &interval{x.low, x.high}
	}
	for _, box := range boxes[1:] {
		for i, x := range box {
			hull[i].low, hull[i].high = min(hull[i].low, x.low), max(hull[i].high, x.high)
		}
	}
	return hull
}

// rate bounds ∫λ over one slice of a step of length h.
func (v *validator) rate(box []*interval, h *ball.Ball) (float64, error) {
	g := v.growth(v.slopes.again(box), h)
	return g, v.bounds.failure()
}

// growth bounds ∫λ over one slice of a step of length h from the derivatives of the
// right-hand side.
func (v *validator) growth(matrix [][]*interval, h *ball.Ball) float64 {
	bound := v.norm.bound(v.bounds, matrix)
	if v.pipe.settings.NonExpansive {
		bound = min(bound, 0)
	}
	growth := ball.New(firstBits).SetFloat64(bound)
	growth.Mul(growth, h)
	g, _ := growth.QuoInt64(growth, slices).Upper().Float64()
	return up(g)
}

// accept appends a proved tube and moves on to its end.
func (v *validator) accept(t *tube) error {
	p := v.pipe
	h := ball.New(p.settings.Precision).SetRat(t.length)
	t.rows = make([][]*ball.Ball, len(v.rows))
	end := make([]*ball.Ball, len(t.rows))
	for i, row := range v.rows {
		t.rows[i] = make([]*ball.Ball, len(row))
		for k, c := range row {
			t.rows[i][k] = ball.New(c.Prec()).Set(c)
		}
		end[i] = ball.New(p.settings.Precision)
		evaluate(v.field, end[i], h, t.rows[i])
		end[i].Add(end[i], t.remainder[i])
	}
	if err := v.field.failure(); err != nil {
		return err
	}
	v.attach(t, end)
	return nil
}

// attach appends a tube whose polynomials end in a state.
func (v *validator) attach(t *tube, end []*ball.Ball) {
	p := v.pipe
	whole := big.NewRat(1, 1)
	if p.made++; p.made == 1 {
		p.first = t.spread
	}
	if p.forgets {
		p.tubes = p.tubes[:0]
	}
	p.tubes = append(p.tubes, *t)
	p.settle(end, t.spreadAt(t.spread, whole))
	p.reached = new(big.Rat).Add(t.from, t.length)
	v.cuts = 0
	if p.shape = nil; t.shape == nil {
		return
	}
	thin := t.spreadAt(t.start, whole)
	off := make([]*big.Float, len(end))
	for i, x := range end {
		gap := ball.New(firstBits).SetFloat(reachOf(x, p.middle[i]))
		off[i] = gap.AddError(p.component(i, thin)).Upper()
	}
	next, ok := t.shape.moved(v.bounds, t.deviation.at(&interval{1, 1}), off)
	if !ok {
		v.bounds.failure()
		return
	}
	if radii, ok := radiiOf(next.unit, next.sides); ok {
		p.shape = next
		if norm := p.norm(radii); norm.Cmp(p.spread) < 0 {
			p.spread = norm
		}
	}
}

// follow gives a tube a shape where that may be narrower than the norm: for a
// set at the start, or once solutions may move apart. It reports whether the
// step is short enough for that: what the polynomials in time leave out is to be
// little beside what those in the start do.
func (v *validator) follow(t *tube) bool {
	p, f := v.pipe, v.bounds
	if p.shape == nil && (v.plain || p.system.Dimension == 1 || t.rise() <= 0) {
		return true
	}
	tight := v.tighten(t)
	f.failure()
	if p.shape == nil {
		if t.rise() <= 0 {
			return true
		}
		radii := make([]*big.Float, p.system.Dimension)
		for i := range radii {
			radii[i] = p.component(i, p.spread)
		}
		p.shape = newShape(radii, 1)
	}
	t.shape = p.shape
	d, ok := (*deviation)(nil), false
	if tight {
		d, ok = v.carry(t)
		f.failure()
	}
	if !ok {
		d, ok = v.deviate(t, p.middle)
		f.failure()
	}
	const part, floor = 0.25, 0x1p-12
	left, known := 0.0, 0.0
	if ok {
		for i, x := range d.rows {
			left = max(left, d.left[i])
			rest := floor * x[0].norm()
			for _, c := range x {
				rest += c.rest
			}
			known = max(known, rest)
		}
	}
	factor := 0.5
	if ok && left < math.Inf(1) {
		factor = min(2, max(0.5, portable.Pow(0.5*part*known/left, 1.0/slopeOrder)))
	}
	v.longest = new(big.Float).SetPrec(16).SetRat(t.length)
	v.longest.Mul(v.longest, big.NewFloat(factor))
	if ok && left <= part*known {
		t.deviation = d
		return true
	}
	if v.cuts++; v.cuts <= mostCuts {
		return false
	}
	// The norm has to do; for a point from here on, with steps of any length.
	t.shape = nil
	if v.plain = !p.isSet(); v.plain {
		v.longest = nil
	}
	return true
}

// norm bounds the norm of all points with components up to these sizes.
func (p *Flowpipe) norm(sizes []*big.Float) *big.Float {
	sum := ball.New(firstBits)
	for i, x := range sizes {
		part := ball.New(firstBits).SetFloat(x)
		part.Quo(part, p.weights[i])
		sum.Add(sum, part.Sqr(part))
	}
	sum = ball.New(firstBits).SetFloat(sum.Upper())
	return sum.Sqrt(sum).Upper()
}
