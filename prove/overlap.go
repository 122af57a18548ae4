package prove

import (
	"fmt"
	"math/big"

	"muflow/graph"
	"muflow/theory"
)

// Overlaps says, for the full score matrix at one step of a data set, which
// instances alone, and whether all of them together, have a finite limit
// (theory.md section 6 and assumption A3).
type Overlaps struct {
	Instances  int                   `json:"instances"`  // whose demonstrated path has the step, with a label
	Bounded    int                   `json:"bounded"`    // of these, with d_min < d* < d_max
	Separated  int                   `json:"separated"`  // of the bounded ones, not overlapping
	Fully      int                   `json:"fully"`      // of the separated ones, fully separated
	Population theory.Separation     `json:"population"` // of all contrasts together
	Whole      *theory.Decomposition `json:"-"`
	Contrasts  int                   `json:"contrasts"` // different ones, of all instances
}

// OverlapsOf decides overlap against separation in the plane of (μ, ν) for
// every instance that has the step and for all of them together, exactly. The
// positive factors s_i in front of the contrasts do not matter, and neither
// does the readout gain. Under a law with several labels a contrast is the mean
// of theirs: one of them has θ on one side exactly if they all have.
func OverlapsOf(instances []graph.Instance, step int, label graph.Law) (*Overlaps, error) {
	out := &Overlaps{}
	one := big.NewRat(1, 1)
	var all different
	for i, s := range label.StepsOf(instances, step) {
		out.Instances++
		family, err := theory.FullFamily(s, theory.Coconut, one)
		if err != nil {
			return nil, fmt.Errorf("instance %d: %w", i, err)
		}
		contrasts, err := family.Contrasts()
		if err != nil {
			return nil, fmt.Errorf("instance %d: %w", i, err)
		}
		all.add(contrasts)
		if theory.ProfileOf(s).Certify(theory.Coconut).Limit() != theory.FiniteLimit {
			continue
		}
		out.Bounded++
		d, err := theory.Separate(theory.Vectors(contrasts))
		if err != nil {
			return nil, fmt.Errorf("instance %d: %w", i, err)
		}
		count(&out.Separated, d.Kind != theory.Overlap)
		count(&out.Fully, d.Kind == theory.FullSeparation)
	}
	if out.Instances == 0 {
		return nil, fmt.Errorf("no instance has step %d", step)
	}
	var err error
	out.Contrasts = len(all.list)
	if out.Whole, err = theory.Separate(theory.Vectors(all.list)); err != nil {
		return nil, err
	}
	out.Population = out.Whole.Kind
	return out, nil
}
