package reduced

import (
	"context"
	"errors"
	"math"
	"muflow/internal/portable"
)

// A Slope writes the derivative of y at time t.
type Slope func(t float64, y, dy []float64)

// IntegrateTwice follows y' = f(t, y) from time 0 to a time at two tolerances
// and returns the finer values, with the largest difference of the two runs
// widened tenfold.
//
// Approximate: no error bound.
func IntegrateTwice(ctx context.Context, f Slope, start []float64, until float64) (end []float64, failure float64, err error) {
	coarse, err := Integrate(ctx, f, start, until, 1e-8)
	if err != nil {
		return nil, 0, err
	}
	fine, err := Integrate(ctx, f, start, until, 1e-10)
	if err != nil {
		return nil, 0, err
	}
	for i := range fine {
		failure = max(failure, 10*math.Abs(fine[i]-coarse[i]))
	}
	return fine, failure, nil
}

// Integrate follows y' = f(t, y) from time 0 to a time by the method of J. R.
// Dormand and P. J. Prince (J. Comp. Appl. Math. 6, 1980), fifth order with an
// estimate of fourth order, which it keeps below the tolerance relative to
// 1 + |y| in each step. Without ErrBudget it got there.
//
// Approximate: no error bound.
func Integrate(ctx context.Context, f Slope, start []float64, until, tolerance float64) ([]float64, error) {
	y, _, err := Track(ctx, f, start, until, tolerance, until/1000, nil)
	return y, err
}

// Track is Integrate from a first step of a given length. It tells each step that
// it accepts to accepted, if that is not nil, and ends early where that says so;
// y and dy are lent. It also returns the step that it would try next.
//
// Approximate: no error bound.
func Track(ctx context.Context, f Slope, start []float64, until, tolerance, h float64, accepted func(t float64, y, dy []float64) (more bool)) (end []float64, next float64, err error) {
	var (
		nodes = [7]float64{0, 1. / 5, 3. / 10, 4. / 5, 8. / 9, 1, 1}
		rows  = [7][]float64{{}, {1. / 5}, {3. / 40, 9. / 40}, {44. / 45, -56. / 15, 32. / 9},
			{19372. / 6561, -25360. / 2187, 64448. / 6561, -212. / 729},
			{9017. / 3168, -355. / 33, 46732. / 5247, 49. / 176, -5103. / 18656},
			{35. / 384, 0, 500. / 1113, 125. / 192, -2187. / 6784, 11. / 84}}
		errors4 = [7]float64{71. / 57600, 0, -71. / 16695, 71. / 1920, -17253. / 339200, 22. / 525, -1. / 40}
	)
	m := len(start)
	y := append([]float64(nil), start...)
	stages, trial := make([][]float64, 7), make([]float64, m)
	for i := range stages {
		stages[i] = make([]float64, m)
	}
	const budget = 1_000_000
	t := 0.0
	next = h
	for n := 0; t < until; n++ {
		if err := ctx.Err(); err != nil {
			return nil, 0, err
		}
		if n > budget || !(next > 1e-14*until) {
			return nil, 0, ErrBudget
		}
		h = min(next, until-t)
		for k := range stages {
			copy(trial, y)
			for j, a := range rows[k] {
				for i := range trial {
					trial[i] += float64(h * a * stages[j][i])
				}
			}
			f(t+float64(nodes[k]*h), trial, stages[k])
		}
		worst := 0.0
		for i := range y { // trial is the result of fifth order
			e := 0.0
			for k, c := range errors4 {
				e += float64(c * stages[k][i])
			}
			worst = max(worst, math.Abs(h*e)/(tolerance*(1+math.Abs(y[i]))))
			if math.IsNaN(e) || math.IsInf(e, 0) {
				worst = math.Inf(1)
			}
		}
		if worst <= 1 {
			t += h
			copy(y, trial)
			if accepted != nil && !accepted(t, y, stages[6]) {
				break
			}
		}
		if factor := min(max(0.9*portable.Pow(max(worst, 1e-10), -0.2), 0.1), 5); h == next || factor < 1 {
			next = h * factor
		}
	}
	return y, next, nil
}

// ErrBudget says that an integration did not get to its end.
var ErrBudget = errors.New("the integration did not reach its end with a million steps")
