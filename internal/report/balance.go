package report

import (
	"context"
	"fmt"
	"math"
	"math/big"

	"muflow/internal/reduced"
	"muflow/ode/ball"
	"muflow/prove"
	"muflow/theory"
)

// balancePoints is the number of places at which F is drawn.
const balancePoints = 121

// Balance returns the figure of F(μ), the mean in-degree under the softmax,
// and the level d* that it has to reach, with the equilibrium μ* where the two
// meet.
//
//	F(μ) = Σ_v d_v e^{ξ_v(μ)} / Σ_v e^{ξ_v(μ)}
//
// arXiv 2509.23365, Theorem 1; theory.md section 2.
func (x *Case) Balance(ctx context.Context) (*Figure, error) {
	equilibrium, err := prove.EquilibriumOf(ctx, x.Profile, x.Alpha, flowDigits)
	if err != nil {
		return nil, err
	}
	low, high := -4.0, 4.0
	if equilibrium.Limit == theory.FiniteLimit {
		mu, _ := equilibrium.Mu.Mid().Float64()
		reach := math.Max(2, 1.6*math.Abs(mu))
		low, high = math.Min(0, mu)-0.6*reach, math.Max(0, mu)+0.6*reach
	}
	at := make([]float64, balancePoints)
	bounds := make([]prove.Number, balancePoints)
	numbers := reduced.NumbersOf(x.Profile, x.Alpha, flowBits)
	for i := range at {
		mu := low + (high-low)*float64(i)/(balancePoints-1)
		// Places with few digits, so that the table says exactly where F was computed.
		place := new(big.Rat).SetFrac64(int64(math.Round(mu*1000)), 1000)
		at[i], _ = place.Float64()
		y := ball.New(flowBits).SetRat(place)
		value := numbers.MeanDegree(y.Exp(y.Mul(y, numbers.Sigma)))
		if !value.IsFinite() {
			return nil, fmt.Errorf("the mean in-degree at μ = %v is out of range", place)
		}
		bounds[i] = prove.Enclose(value, flowDigits)
	}
	middle, err := midpoints(bounds)
	if err != nil {
		return nil, err
	}
	target, _ := x.Profile.TargetDegree.Rat().Float64()
	f := &Figure{XLabel: "index-matching logit μ", YLabel: "mean in-degree F(μ)", Curves: []Curve{
		{Name: "F(μ)", X: at, Y: middle, Bounds: bounds},
		{Name: fmt.Sprintf("d* = %v", x.Profile.TargetDegree), X: []float64{at[0], at[len(at)-1]}, Y: []float64{target, target}, Style: Dashed, Hue: 1},
	}}
	if equilibrium.Limit == theory.FiniteLimit {
		mu, _ := equilibrium.Mu.Mid().Float64()
		f.Curves = append(f.Curves, Curve{Name: fmt.Sprintf("μ* = %.6g", mu), X: []float64{mu}, Y: []float64{target}, Style: Points, Hue: 1})
	}
	return f, nil
}
