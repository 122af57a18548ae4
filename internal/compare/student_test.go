package compare

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"
)

// Student's quantiles beside those of gonum v0.17.0, and one of any table.
func TestStudent(t *testing.T) {
	for _, degrees := range []float64{1, 1.5, 2, 3, 4, 5.25, 9, 30, 99, 198} {
		want := distuv.StudentsT{Sigma: 1, Nu: degrees}.Quantile(0.975)
		if got := student(degrees); math.Abs(got/want-1) > 1e-9 {
			t.Errorf("%g degrees of freedom: %.12g, expected %.12g", degrees, got, want)
		}
	}
	if got := student(4); math.Abs(got-2.776445) > 1e-6 {
		t.Errorf("4 degrees of freedom: %g", got)
	}
}
