package compare

import (
	"context"
	"math/big"
	"testing"

	"muflow/graph"
	"muflow/theory"
)

// Averaged descent of the transformer on the mean of the losses towards the
// labels is descent on the reduced drift with their mean, step for step, for the
// diagonal and the full score matrix; towards one label it is not.
func TestAveragesUnderALaw(t *testing.T) {
	instances, err := graph.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	compared, mistaken := 0, 0
	for _, s := range graph.FrontierLaw.StepsOf(instances[:12], -1) {
		p := theory.ProfileOf(s)
		if len(s.Labels()) == 1 || compared == 12 {
			continue
		}
		for _, full := range []bool{false, true} {
			x := Simulation{Step: s, Alpha: big.NewRat(1, 1), Full: full}
			family, err := x.Family()
			if err != nil {
				t.Fatal(err)
			}
			off, moved, err := x.Against(context.Background(), family, 64)
			if err != nil {
				t.Fatal(err)
			}
			if compared++; !(off <= AverageTolerance) || !(moved > 1e-3) {
				t.Errorf("step %d, d* = %v, full %v: off by %g, moved by %g", s.C, p.TargetDegree, full, off, moved)
			}
			single, err := s.Instance.StepTowards(s.C, s.Labels()[0])
			if err != nil {
				t.Fatal(err)
			}
			one, err := Simulation{Step: single, Alpha: x.Alpha, Full: full}.Family()
			if err != nil {
				t.Fatal(err)
			}
			if off, _, err := x.Against(context.Background(), one, 64); err != nil {
				t.Fatal(err)
			} else if off > 1e-3 {
				mistaken++
			}
		}
	}
	if compared != 12 || mistaken < 3 {
		t.Errorf("%d descents compared, %d of them apart from that towards one label", compared, mistaken)
	}
}
