package reduced

import (
	"context"
	"math"
	"testing"
)

// TestIntegrateAgainstClosedForms: y' = −y and y' = cos t, to the tolerance.
func TestIntegrateAgainstClosedForms(t *testing.T) {
	end, failure, err := IntegrateTwice(context.Background(), func(x float64, y, dy []float64) { dy[0], dy[1] = -y[0], math.Cos(x) }, []float64{1, 0}, 7)
	if err != nil || math.Abs(end[0]-math.Exp(-7)) > 1e-8 || math.Abs(end[1]-math.Sin(7)) > 1e-8 || failure > 1e-5 {
		t.Errorf("%v ± %g, %v", end, failure, err)
	}
	if _, err := Integrate(context.Background(), func(_ float64, y, dy []float64) { dy[0] = y[0] * y[0] }, []float64{1}, 2, 1e-8); err == nil {
		t.Error("a solution was followed through its pole")
	}
}
