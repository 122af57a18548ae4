package compare

import (
	"context"
	"math"
	"reflect"
	"testing"

	"muflow/sim/kernel"
)

// The lower rungs agree with each other, the full matrix leaves them, and the
// error of gradient descent falls with slope 1 ± 0.05 in the step size.
func TestLadder(t *testing.T) {
	l := Ladder{Seed: 2, Seeds: 3, Instances: 60, Rate: 1, Steps: 800, Batch: 64, Jobs: 1, Kernel: kernel.Best()}
	if testing.Short() {
		l.Steps = 100
	}
	climbed, err := l.Climb(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if len(climbed.Rungs) != 8 || math.Abs(climbed.Slope.Slope-1) > 0.05 || len(climbed.Slope.Errors) != 6 {
		t.Fatalf("%d rungs, slope %+v", len(climbed.Rungs), climbed.Slope)
	}
	for i, r := range climbed.Rungs {
		if r.Mu == nil || r.Mass == nil || (r.MuStep == nil) != (i == 0) || (r.Mu.Half == 0) != (i < 3) {
			t.Errorf("rung %d: %+v", i, r)
		}
	}
	if !testing.Short() {
		for i, most := range []float64{1: 0.05, 2: 1e-3, 3: 0.15} {
			if i > 0 && !(math.Abs(climbed.Rungs[i].MuStep.Mean) <= most) {
				t.Errorf("%s is %+v from the rung below", climbed.Rungs[i].Name, climbed.Rungs[i].MuStep)
			}
		}
		if full := climbed.Rungs[4].MuStep; !(full.Mean-full.Half > 0.5) {
			t.Errorf("the full matrix is %+v from the diagonal one", full)
		}
	}
	l.Steps = 40
	short, err := l.Climb(context.Background())
	l.Jobs = 3
	again, failed := l.Climb(context.Background())
	if err != nil || failed != nil || !reflect.DeepEqual(again, short) {
		t.Errorf("another number of workers climbs elsewhere, %v, %v", err, failed)
	}
	for name, broken := range map[string]func(*Ladder){
		"one seed":      func(l *Ladder) { l.Seeds = 1 },
		"few instances": func(l *Ladder) { l.Instances = 5 },
		"no rate":       func(l *Ladder) { l.Rate = 0 },
	} {
		x := l
		broken(&x)
		if _, err := x.Climb(context.Background()); err == nil {
			t.Errorf("accepted: %s", name)
		}
	}
}
