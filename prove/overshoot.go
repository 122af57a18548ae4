package prove

import (
	"context"
	"errors"
	"fmt"
	"math/big"

	"muflow/ode"
	"muflow/ode/ball"
	"muflow/theory"
)

// A Turning says how z(t) goes to its end.
type Turning uint8

// The ways.
const (
	TurnUndecided Turning = iota
	TurnLogit             // z' changes its sign once
	TurnNone              // z' keeps its sign
	TurnStill             // z' = 0 for all t
	TurnAgain             // z' changes its sign several times
)

// Turnings lists them in order.
var Turnings = []Turning{TurnUndecided, TurnLogit, TurnNone, TurnStill, TurnAgain}

// String returns the words for reports.
func (t Turning) String() string {
	return [...]string{"undecided", "turns once", "monotone", "does not move", "turns several times"}[t]
}

// MarshalText writes the words of String.
func (t Turning) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// An Overshoot is the way of a pair (z, g) to its finite end.
type Overshoot struct {
	Turning Turning
	Rises   bool          // z' > 0 at the start
	Changes int           // of the sign of z'
	Time    *ball.Ball    // of the turn, the first one, nil if there is none
	Later   []*ball.Ball  // times of the other turns
	Turn    [2]*ball.Ball // (z, g) then
	Last    [2]*ball.Ball // at From
	End     [2]*ball.Ball // (z*, g*), to which it tends, nil where all this is proved until From only
	Reason  string        // why not for all times
	Signs   [2]int        // of z' and g' on the last part of the way
	Price   int           // sign of dz*/dg at the end, where z*(g) is the equilibrium at a fixed gain
	From    *big.Rat      // from this time on both are monotone, if there is an end
	Steps   int           // of the flowpipe until then
	Boxes   int           // between there and the end
}

// An OvershootProblem is a flow of (z, g) that steps share.
type OvershootProblem struct {
	Steps  []*theory.Uneven
	Alpha  *big.Rat // readout gain, > 0
	Gain   *big.Rat // g(0) > 0
	Rate   *big.Rat // ρ > 0, rate of g over that of z
	Digits int      // of the end, 9 if 0
}

// planarTime bounds the times at which a turn is looked for.
const planarTime = 1 << 14

var errNoEnd = errors.New("no finite equilibrium was found ahead of the flow")

// DecideOvershoot decides how often z' changes its sign from (0, g(0)) on, and
// encloses the first turn and the end. The flow is that of the mean loss of the steps with one
// shared z = μ and g; the logits of an instance are those of s_i z.
//
//	z' = −∂ℓ/∂z,  g' = −ρ ∂ℓ/∂g
//
// A flowpipe leads beyond the turn, at which z” = z'f_z + g'f_g has a proved
// sign; a trap from there to the end. What is not proved is TurnUndecided with
// an error that says why.
// Encloses the exact value for every point of the inputs.
// theory.md section 7h. Units: t = learning rate of z × steps.
func DecideOvershoot(ctx context.Context, p OvershootProblem) (*Overshoot, error) {
	for _, x := range []*big.Rat{p.Alpha, p.Gain, p.Rate} {
		if x == nil || x.Sign() <= 0 {
			return nil, errors.New("readout gain, value gain or rate that is not positive")
		}
	}
	if len(p.Steps) == 0 {
		return nil, errors.New("no step")
	}
	if p.Digits == 0 {
		p.Digits = 9
	}
	x := newPlanarFlow(p.Steps, p.Alpha, p.Rate)
	function, err := ode.NewFunction([]*ode.Expr{x.f, x.h, x.fz, x.fg, x.hg}, 2)
	if err != nil { // a constant beyond float64
		return nil, &UndecidedError{err}
	}
	d := &overshootSearch{OvershootProblem: p, flow: x, function: function, left: overshootWork * int64(len(p.Steps)), horizon: new(big.Rat)}
	if err := d.begin(); err != nil {
		return nil, undecidedUnless(ctx, err)
	}
	if d.side == 0 {
		return &Overshoot{Turning: TurnStill, From: new(big.Rat), Reason: "μ' = 0 at μ = 0 for all g, or g' = 0 there too: μ = 0 for all t"}, nil
	}
	out := &Overshoot{}
	if err = d.survey(ctx); err == nil {
		out, err = d.decide(ctx)
	}
	if ctx.Err() == nil && (errors.Is(err, errNoEnd) || errors.Is(err, errTrap) || stopped(err) != nil || beyondFloat(err)) && d.horizon.Sign() > 0 { // what holds for some time
		reason := err
		if beyondFloat(err) {
			reason = fmt.Errorf("%w: %w", errNoEnd, err)
		}
		if out, err = d.forSomeTime(ctx); err == nil {
			out.Reason = reason.Error() + out.Reason
		}
	}
	if err != nil {
		return nil, undecidedUnless(ctx, err)
	}
	return out, nil
}

// undecidedUnless marks an error as a budget that did not suffice, but for that of
// the context.
func undecidedUnless(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return &UndecidedError{err}
}
