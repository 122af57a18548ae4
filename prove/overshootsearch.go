package prove

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/big"

	"muflow/ode"
	"muflow/ode/ball"
)

// An overshootSearch looks for turn and end approximately, and proves what it
// has found.
type overshootSearch struct {
	OvershootProblem
	flow     *planarFlow
	function *ode.Function
	side     int          // sign of z' right after the start, 0 if it stays 0
	flat     bool         // z' = 0 at the start
	turn     float64      // the last change of a sign, 0 if there is none
	turns    []float64    // of the sign of z'
	end      [2]float64   // equilibrium
	at       [][3]float64 // t, z, g of the approximate path
	left     int64        // of the work
	horizon  *big.Rat     // until which the flow was followed approximately
}

// overshootWork bounds the work of a decision for each step, in the units of ode: seven seconds
// on a processor of its own.
const overshootWork = 700_000_000

// half is the share of a part of the search in the work that is left.
func (d *overshootSearch) half() int64 { return max(2, d.left/2) }

// stopped returns how an integration ended early for the work or the steps that it would have
// taken, nil if it did not.
func stopped(err error) *ode.StopError {
	var stop *ode.StopError
	if (errors.Is(err, ode.ErrBudget) || errors.Is(err, ode.ErrStepUnderflow)) && errors.As(err, &stop) && stop.Time.Sign() > 0 {
		return stop
	}
	return nil
}

// beyondFloat reports whether an exponential was beyond the range of a search in float64.
func beyondFloat(err error) bool {
	var domain *ode.DomainError
	return errors.As(err, &domain)
}

// powerBelow returns the largest power of 2 up to a positive number.
func powerBelow(t *big.Rat) *big.Rat {
	f, _ := t.Float64()
	_, e := math.Frexp(f)
	p := new(big.Rat).SetFloat64(math.Ldexp(1, e))
	for p.Cmp(t) > 0 {
		p.Mul(p, big.NewRat(1, 2))
	}
	return p
}

// start is (0, g(0)).
func (d *overshootSearch) start() []*ode.Expr {
	return []*ode.Expr{ode.Integer(0), ode.Rational(d.Gain)}
}

// begin decides the sign of z' right after the start.
func (d *overshootSearch) begin() error {
	first, err := ode.Evaluate(d.flow.f, []*ball.Ball{ball.New(64), ball.New(64).SetRat(d.Gain)}, 64)
	if err != nil {
		return err
	}
	side, known := first.Sign()
	if d.side = side; !known || side == 0 {
		d.side, d.flat, err = d.leaving()
	}
	return err
}

// point evaluates f, h, f_z, f_g, h_g at a point. Approximate.
func (d *overshootSearch) point(z, g float64) (v [5]float64, err error) {
	r, err := d.function.Over([]ode.Range{{Low: z, High: z}, {Low: g, High: g}})
	for i := range r {
		v[i] = center(r[i])
	}
	return v, err
}

// survey follows the flow approximately to its last change of a sign, and from
// there to an equilibrium. Where it ends early, at and turns are those of the time before.
func (d *overshootSearch) survey(ctx context.Context) error {
	const samples = 256
	for until := int64(128); ; until *= 8 {
		path, early := ode.Integrate(ctx, d.flow.system(), d.start(), big.NewRat(until, 1), ode.Settings{Digits: 8, Work: d.half() / 2})
		if early != nil && stopped(early) == nil {
			return early
		}
		d.left -= path.Work()
		d.horizon = big.NewRat(until, 1)
		if early != nil {
			d.horizon = powerBelow(path.Until())
		}
		d.at, d.turn, d.turns = nil, 0, nil
		var last [2]bool
		for i := range int64(samples + 1) {
			t := new(big.Rat).Mul(d.horizon, big.NewRat(i, samples))
			s, err := path.At(t)
			if err != nil {
				return err
			}
			z, _ := s[0].Float64()
			g, _ := s[1].Float64()
			v, err := d.point(z, g)
			if err != nil {
				return err
			}
			now := [2]bool{v[0] > 0, v[1] > 0}
			time, _ := t.Float64()
			if i > 0 && now != last {
				d.turn = time
				if now[0] != last[0] {
					d.turns = append(d.turns, time)
				}
			}
			last = now
			d.at = append(d.at, [3]float64{time, z, g})
		}
		if early != nil {
			return early
		}
		tail := d.at[samples]
		found, err := d.settle(tail[1], tail[2])
		if err != nil {
			return err
		}
		if v, err := d.point(tail[1], tail[2]); err != nil {
			return err
		} else if found && (d.end[0]-tail[1])*v[0] > 0 && (d.end[1]-tail[2])*v[1] > 0 && d.turn < float64(until)/2 {
			return nil
		}
		if !found || until >= planarTime {
			return errNoEnd
		}
	}
}

// settle follows the flow to an equilibrium by implicit steps that grow: it
// solves (1 − τJ)δ = τ(f, ρh). It reports whether there is one. Approximate.
func (d *overshootSearch) settle(z, g float64) (bool, error) {
	rho, _ := d.Rate.Float64()
	step := 1.0
	for range 1000 {
		v, err := d.point(z, g)
		if beyondFloat(err) {
			return false, nil
		} else if err != nil {
			return false, err
		}
		a, b, c, e := 1-float64(step*v[2]), -step*v[3], -step*rho*v[3], 1-float64(step*rho*v[4])
		det := float64(a*e) - float64(b*c)
		dz, dg := step*(float64(v[0]*e)-float64(b*rho*v[1]))/det, step*(float64(a*rho*v[1])-float64(c*v[0]))/det
		if !(math.Abs(dz) < 0.25 && math.Abs(dg) < 0.25*max(1, g)) {
			if step /= 4; step < 1e-9 {
				return false, nil
			}
			continue
		}
		if z, g = z+dz, g+dg; !(math.Abs(z) < 100 && g > 0 && g < 500) {
			return false, nil
		}
		if math.Abs(dz)+math.Abs(dg) < 1e-12 && step > 1e9 {
			d.end = [2]float64{z, g}
			return true, nil
		}
		step = min(2*step, 1e15)
	}
	return false, nil
}

// decide proves what survey has found.
func (d *overshootSearch) decide(ctx context.Context) (*Overshoot, error) {
	zero, err := ode.EncloseZero(ctx, []*ode.Expr{d.flow.f, d.flow.h}, []*big.Float{big.NewFloat(d.end[0]), big.NewFloat(d.end[1])}, d.Digits+3)
	if err != nil {
		return nil, err
	}
	end := [2]*ball.Ball{zero[0], zero[1]}
	var failure error
	next := 1.125 * d.turn
	for _, s := range d.at { // until there is a trap
		if s[0] < next {
			continue
		}
		next = float64(1.5*s[0]) + 1
		box, x, err := d.trapFrom(ctx, s, end)
		if err != nil {
			failure = err
			if ctx.Err() != nil || s[0] > float64(8*d.turn)+64 {
				break
			}
			continue
		}
		from := new(big.Rat).SetFloat64(s[0])
		out := &Overshoot{End: end, From: from, Signs: [2]int{int(x.signs[0]), int(x.signs[1])}, Boxes: trapBoxes - x.boxes}
		v, err := x.over(planarBox{outward(end[0]), outward(end[1])})
		if err != nil {
			return nil, err
		}
		out.Price = int(sign(v.fg)) // dz*/dg = −f_g/f_z, f_z < 0
		return out, d.travel(ctx, out, &box)
	}
	if failure == nil {
		failure = errTrap
	}
	return nil, failure
}

// forSomeTime proves what happens until a little after the last turn that was
// seen early enough.
func (d *overshootSearch) forSomeTime(ctx context.Context) (*Overshoot, error) {
	until := big.NewRat(64, 1)
	unit := 1.0
	if near := new(big.Rat).Mul(d.horizon, big.NewRat(1, 2)); near.Cmp(until) < 0 { // a fast flow
		until = near
		unit, _ = new(big.Rat).Mul(until, big.NewRat(1, 64)).Float64()
	}
	for _, s := range d.turns {
		if s < 512*unit {
			if beyond := new(big.Rat).SetFloat64(unit * (math.Floor(1.125*s/unit) + 1)); beyond.Cmp(until) > 0 {
				until = beyond
			}
		}
	}
	early := ""
	for {
		out := &Overshoot{From: until, Reason: early}
		err := d.travel(ctx, out, nil)
		stop := stopped(err)
		if stop == nil || d.left <= 0 {
			return out, err
		}
		early = ", " + stop.Error()
		next := powerBelow(stop.Time)
		if next.Mul(next, big.NewRat(1, 2)); next.Cmp(until) >= 0 {
			return out, err
		}
		until = next
	}
}

// flowDigits is what the flowpipe up to a turn aims at.
const flowDigits = 10

// trapWidth is by how much the start of a trap is wider than what the flowpipe
// is expected to give.
const trapWidth = 1e-5

// trapFrom proves a trap from about a point of the approximate path on.
func (d *overshootSearch) trapFrom(ctx context.Context, s [3]float64, end [2]*ball.Ball) (planarBox, *trap, error) {
	v, err := d.point(s[1], s[2])
	if err != nil {
		return planarBox{}, nil, err
	}
	x := &trap{function: d.function, boxes: trapBoxes, signs: [2]float64{math.Copysign(1, v[0]), math.Copysign(1, v[1])}}
	box := planarBox{{Low: s[1] - trapWidth, High: s[1] + trapWidth}, {Low: s[2] - trapWidth, High: s[2] + trapWidth}}
	if s[0] == 0 {
		gain := outward(ball.New(64).SetRat(d.Gain))
		box = planarBox{{}, gain}
	}
	return box, x, x.leads(ctx, box, end)
}

// travel proves the way up to the trap, and how z' changes its sign on it.
func (d *overshootSearch) travel(ctx context.Context, out *Overshoot, box *planarBox) error {
	start := []*ball.Ball{ball.New(64), ball.New(64).SetRat(d.Gain)}
	side := d.side
	out.Turning = TurnUndecided
	out.Rises = side > 0
	if out.From.Sign() == 0 {
		out.Turning = TurnNone
		return nil
	}
	w := &watch{search: d, side: side, flat: d.flat, allowed: d.half()}
	pipe, err := ode.Sweep(ctx, d.flow.system(), start, out.From, ode.FlowSettings{Settings: ode.Settings{Digits: flowDigits, Work: d.half()}}, w.visit)
	if pipe != nil {
		d.left -= pipe.Work()
	}
	if d.left -= w.work; err != nil {
		return err
	}
	out.Steps = pipe.Steps()
	last, err := pipe.At(out.From)
	if err != nil {
		return err
	}
	out.Last = [2]*ball.Ball{last[0], last[1]}
	for i, x := range last {
		if r := outward(x); box != nil && (r.Low < box[i].Low || r.High > box[i].High) {
			return errors.New("the flowpipe is wider than the mouth of the trap")
		}
	}
	if box == nil { // the signs are not those of a trap
		for i, e := range []*ode.Expr{d.flow.f, d.flow.h} {
			v, err := pipe.Observe(e, out.From)
			if err != nil {
				return err
			}
			known := false
			if out.Signs[i], known = v.Sign(); !known {
				return fmt.Errorf("the signs at t = %s", out.From.RatString())
			}
		}
	}
	if w.open != nil || out.Signs[0] != w.side {
		return fmt.Errorf("z' at t = %s, and how often it changed its sign", out.From.RatString())
	}
	out.Changes = len(w.changes)
	out.Turning = [3]Turning{TurnNone, TurnLogit, TurnAgain}[min(2, out.Changes)]
	if out.Changes > 0 {
		out.Time, out.Turn = w.changes[0].time(), w.changes[0].box
		for _, c := range w.changes[1:] {
			out.Later = append(out.Later, c.time())
		}
	}
	return nil
}
