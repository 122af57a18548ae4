package prove

import (
	"testing"

	"muflow/graph"
	"muflow/theory"
)

// TestOverlapsOfPublished checks the counts of theory.md, assumption A3.
func TestOverlapsOfPublished(t *testing.T) {
	instances := published(t)
	for step, want := range []Overlaps{
		{Instances: 257, Population: theory.QuasiSeparation},
		{Instances: 257, Bounded: 161, Separated: 117},
		{Instances: 257, Bounded: 222, Separated: 173},
		{Instances: 133, Bounded: 126, Separated: 107},
	} {
		got, err := OverlapsOf(instances, step, graph.PathLaw)
		if err != nil {
			t.Fatal(err)
		}
		if got.Instances != want.Instances || got.Bounded != want.Bounded || got.Separated != want.Separated || got.Population != want.Population {
			t.Errorf("step %d: %+v, want %+v", step, got, want)
		}
	}
}
