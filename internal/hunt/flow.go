package hunt

import (
	"muflow/internal/reduced"
	"muflow/ode/ball"
	"muflow/theory"
)

// approximate returns a guess of μ(t) for searching.
// Approximate: no error bound.
func (w *world) approximate(f *theory.Family) (*ball.Ball, error) {
	field, err := reduced.NewField(f)
	if err != nil {
		return nil, err
	}
	horizon, _ := w.parameter("t").Float64()
	mu, err := reduced.Integrate(w.ctx, field.Slope, []float64{0}, horizon, 1e-9)
	if err != nil {
		return nil, err
	}
	return ball.New(w.precision).SetFloat64(mu[0]), nil
}
