package report

import (
	"context"
	"fmt"

	"muflow/ode/ball"
	"muflow/prove"
)

// overshootPoints is the number of places at which curves of an overshoot are drawn.
const overshootPoints = 241

// OvershootFigure draws the way of the value gain g and the logit μ in their plane,
// the equilibrium μ*(g) that a fixed gain would have, and the proved turn and end.
//
// theory.md section 7h.
func OvershootFigure(ctx context.Context, p prove.OvershootProblem) (*Figure, error) {
	o, err := prove.DecideOvershoot(ctx, p)
	if err != nil {
		return nil, err
	}
	curves, err := prove.CurvesOfOvershoot(ctx, p, o, overshootPoints)
	if err != nil {
		return nil, err
	}
	f := &Figure{XLabel: "value gain g", YLabel: "logit μ", Room: true}
	flow, rest := Curve{Name: "flow of (g, μ)"}, Curve{Name: "μ*(g), the equilibrium at a fixed gain", Style: Dashed, Hue: 1}
	for _, x := range curves.Flow {
		flow.X, flow.Y = append(flow.X, x.Gain), append(flow.Y, x.Mu)
	}
	for _, x := range curves.Rest {
		rest.X, rest.Y = append(rest.X, x.Gain), append(rest.Y, x.Mu)
		rest.Bounds = append(rest.Bounds, prove.Enclose(x.Bounds, flowDigits))
	}
	f.Curves = append(f.Curves, flow)
	if len(rest.X) > 1 {
		f.Curves = append(f.Curves, rest)
	}
	point := func(name string, at [2]*ball.Ball, hue int) {
		if at[0] == nil {
			return
		}
		mu, _ := at[0].Mid().Float64()
		gain, _ := at[1].Mid().Float64()
		f.Curves = append(f.Curves, Curve{Name: fmt.Sprintf("%s: μ = %.5g", name, mu), X: []float64{gain}, Y: []float64{mu}, Bounds: []prove.Number{prove.Enclose(at[0], flowDigits)}, Style: Points, Hue: hue})
	}
	turn := "turn"
	if o.Time != nil {
		t, _ := o.Time.Mid().Float64()
		turn = fmt.Sprintf("turn at t = %.4g", t)
	}
	point(turn+", proved", o.Turn, 2)
	point("end, proved", o.End, 3)
	return f, nil
}
