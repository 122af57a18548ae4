package ode

import (
	"fmt"
	"math/big"

	"muflow/ode/ball"
)

// FlowSettings choose the effort and the norm of a flowpipe; the zero value
// works.
type FlowSettings struct {
	Settings

	// Metric is the diagonal of C in ‖x‖² = xᵀC⁻¹x, the norm in which sets of
	// starts are carried along; all ones if empty.
	Metric []*big.Rat

	// NonExpansive states that the caller has proved that no two solutions
	// move apart in that norm, as under the gradient flow C·(−∇ℓ) of a convex ℓ
	// (arXiv 2509.23365 in the words of the project's theory, section 6).
	NonExpansive bool
}

func (s FlowSettings) filled(dimension int) (FlowSettings, []*ball.Ball, error) {
	var err error
	if s.Settings, err = s.Settings.filled(spareBits); err != nil {
		return s, nil, err
	}
	if len(s.Metric) != 0 && len(s.Metric) != dimension {
		return s, nil, fmt.Errorf("a metric with %d entries for %d unknowns", len(s.Metric), dimension)
	}
	weights := make([]*ball.Ball, dimension)
	for i := range weights {
		weights[i] = ball.New(firstBits).SetInt64(1)
		if len(s.Metric) != 0 {
			if s.Metric[i] == nil || s.Metric[i].Sign() <= 0 {
				return s, nil, fmt.Errorf("entry %d of the metric, expected a positive number", i)
			}
			weights[i].Sqrt(weights[i].SetRat(s.Metric[i]))
		}
	}
	return s, weights, nil
}
