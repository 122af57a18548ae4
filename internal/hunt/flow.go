package hunt

import (
	"math"

	"muflow/internal/compare"
	"muflow/ode/ball"
	"muflow/theory"
)

// approximate returns a guess of μ(t) for searching, by the embedded pair of
// P. Bogacki and L. F. Shampine (1989) with step control.
// Approximate: no error bound.
func (w *world) approximate(f *theory.Family) (*ball.Ball, error) {
	field, err := compare.NewField(f)
	if err != nil {
		return nil, err
	}
	horizon, _ := w.parameter("t").Float64()
	slope := func(mu float64) float64 { return field.Drift([]float64{mu})[0] }
	mu, t, h := 0.0, 0.0, horizon/64
	first := slope(mu)
	for steps := 0; t < horizon && steps < 100_000; steps++ {
		h = min(h, horizon-t)
		second := slope(mu + h/2*first)
		third := slope(mu + 3*h/4*second)
		next := mu + h*(2*first+3*second+4*third)/9
		last := slope(next)
		miss := math.Abs(h * (-5*first/72 + second/12 + third/9 - last/8))
		tolerance := 1e-9 * (1 + math.Abs(mu))
		if miss <= tolerance {
			mu, t, first = next, t+h, last
		}
		h *= min(4, max(0.2, 0.9*math.Cbrt(tolerance/max(miss, 1e-300))))
	}
	return ball.New(w.precision).SetFloat64(mu), nil
}
