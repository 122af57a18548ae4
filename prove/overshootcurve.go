package prove

import (
	"context"
	"fmt"
	"math"
	"math/big"

	"muflow/ode"
	"muflow/ode/ball"
)

// OvershootCurves are what a figure of an overshoot shows in the plane of the value
// gain g and the logit μ.
type OvershootCurves struct {
	Flow []OvershootPoint // (t, g, μ) of the flow; approximate: no error bound
	Rest []OvershootPoint // (g, μ*(g)), where a fixed gain g would hold the logit; enclosed
}

// An OvershootPoint is a point of a curve, with an enclosure of μ where there is one.
type OvershootPoint struct {
	Time, Gain, Mu float64
	Bounds         *ball.Ball
}

// CurvesOfOvershoot follows a decided flow, until 16 times the time of its turn
// and at least that from which its end is proved, and the equilibrium at a fixed
// gain from the end, or the last point, down to the least gain of the flow, as far
// as it is found.
// theory.md section 7h.
func CurvesOfOvershoot(ctx context.Context, p OvershootProblem, o *Overshoot, points int) (*OvershootCurves, error) {
	x := newPlanarFlow(p.Steps, p.Alpha, p.Rate)
	d := &overshootSearch{OvershootProblem: p, flow: x}
	until, _ := o.From.Float64()
	until = max(until, 128)
	if o.Time != nil {
		turn, _ := o.Time.Mid().Float64()
		until = max(until, 16*turn)
	}
	last := new(big.Rat).SetInt64(int64(math.Ceil(until)))
	path, err := ode.Integrate(ctx, x.system(), d.start(), last, ode.Settings{Digits: 8, Work: 100 * overshootWork * int64(len(p.Steps))})
	if err != nil {
		return nil, err
	}
	out := &OvershootCurves{}
	least := math.Inf(1)
	for i := range points {
		share := float64(i) / float64(points-1)
		t := new(big.Rat).SetFloat64(math.Floor(until*share*share*1024) / 1024)
		s, err := path.At(t)
		if err != nil {
			return nil, err
		}
		at := OvershootPoint{}
		at.Time, _ = t.Float64()
		at.Mu, _ = s[0].Float64()
		at.Gain, _ = s[1].Float64()
		least = min(least, at.Gain)
		out.Flow = append(out.Flow, at)
	}
	z, g := out.Flow[points-1].Mu, out.Flow[points-1].Gain
	if o.End[0] != nil {
		z, _ = o.End[0].Mid().Float64()
		g, _ = o.End[1].Mid().Float64()
	}
	most := g
	for i := range points {
		gain := new(big.Rat).SetFloat64(math.Floor((most+float64(float64(i)/float64(points-1)*(max(least, 0.01)-most)))*1024) / 1024)
		f := x.f.Substitute([]*ode.Expr{ode.State(0), ode.Rational(gain)})
		var rest *ball.Ball
		for reach := 0.125; reach <= 2 && rest == nil; reach *= 2 {
			low, high := new(big.Rat).SetFloat64(z-reach), new(big.Rat).SetFloat64(z+reach)
			if rest, err = ode.EncloseRoot(ctx, f, low, high, 9); ctx.Err() != nil {
				return nil, ctx.Err()
			} else if err != nil {
				rest = nil
			}
		}
		if rest == nil { // no equilibrium near the last one
			break
		}
		z, _ = rest.Mid().Float64()
		at := OvershootPoint{Mu: z, Bounds: rest}
		at.Gain, _ = gain.Float64()
		out.Rest = append(out.Rest, at)
	}
	if len(out.Flow) < 2 {
		return nil, fmt.Errorf("%d points, expected more", points)
	}
	return out, nil
}
