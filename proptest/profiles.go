package proptest

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"

	"muflow/graph"
	"muflow/theory"
)

// A profileShape is one way in which Profiles draws.
type profileShape uint8

const (
	anyDegrees    profileShape = iota // classes at random
	targetLargest                     // d* = d_max
	targetLeast                       // d* = d_min ≥ 1
	allEqual                          // every d_v = d*
	startTied                         // d* = F(0) exactly
	fromInstance                      // a step of an instance
	profileShapes
)

// Profiles draws valid profiles: such as occur at steps of instances, others
// with up to maxDegree edges into a vertex, with d* = d_max, with d* = d_min,
// with all degrees equal, and with d* = F(0). It shrinks by leaving out
// classes and by lowering counts and degrees. In the domain n ≤ maxOrder.
func Profiles(maxOrder, maxDegree int) Generator[*theory.Profile] {
	steps := Steps(graph.Shape{MinVertices: 6, MaxVertices: max(min(28, maxOrder), 6), MinHops: 1, MaxHops: 4})
	return Generator[*theory.Profile]{
		Draw: func(rng *rand.Rand, size int) *theory.Profile {
			for {
				shape := profileShape(rng.IntN(int(profileShapes)))
				var p *theory.Profile
				if shape == fromInstance {
					s := steps.Draw(rng, size)
					p = theory.ProfileOf(s)
				} else {
					p = drawProfile(rng, shape, 1+maxDegree*max(size, 30)/100)
				}
				if p != nil && p.N <= maxOrder && p.MaxDegree() <= maxDegree {
					return p
				}
			}
		},
		Shrink: shrinkProfile,
		Valid: func(p *theory.Profile) error {
			if p == nil || p.N > maxOrder || p.MaxDegree() > maxDegree {
				return fmt.Errorf("not a profile of at most %d vertices and in-degree %d", maxOrder, maxDegree)
			}
			_, err := theory.NewProfile(p.N, p.K, p.TargetDegree, p.Classes)
			return err
		},
	}
}

// profileOf counts n and k and returns nil if the classes do not fit.
func profileOf(target int, classes []theory.Class) *theory.Profile {
	n, k := 0, 0
	for _, c := range classes {
		n += c.Count
		if c.InSet {
			k += c.Count
		}
	}
	p, err := theory.NewProfile(n, k, target, classes)
	if err != nil {
		return nil
	}
	return p
}

// drawProfile draws classes of the given shape, or nil if they do not fit.
func drawProfile(rng *rand.Rand, shape profileShape, maxDegree int) *theory.Profile {
	target := 1 + rng.IntN(maxDegree)
	var classes []theory.Class
	add := func(degree, count int) {
		classes = append(classes, theory.Class{InSet: rng.IntN(2) == 0, Degree: degree, Count: count})
	}
	low, high := 0, maxDegree
	switch shape {
	case targetLargest:
		high = target
	case targetLeast:
		low = target
	case allEqual:
		low, high = target, target
	case startTied: // degrees in pairs around d*, the two sides of a pair alike
		for range 1 + rng.IntN(3) {
			offset, count, in := rng.IntN(target+1), 1+rng.IntN(4), rng.IntN(2) == 0
			classes = append(classes, theory.Class{InSet: in, Degree: target - offset, Count: count}, theory.Class{InSet: in, Degree: target + offset, Count: count})
		}
		add(target, 1+rng.IntN(4))
		return profileOf(target, classes)
	}
	for range rng.IntN(6) {
		add(low+rng.IntN(high-low+1), 1+rng.IntN(5))
	}
	add(target, 1+rng.IntN(3))
	if low == 0 && rng.IntN(3) > 0 {
		classes = append(classes, theory.Class{Count: 1 + rng.IntN(12)})
	}
	return profileOf(target, classes)
}

// shrinkProfile proposes profiles with a class left out, lower counts, lower
// degrees, or a lower d*.
func shrinkProfile(p *theory.Profile) []*theory.Profile {
	var out []*theory.Profile
	keep := func(target int, classes []theory.Class) {
		if q := profileOf(target, classes); q != nil {
			out = append(out, q)
		}
	}
	for i := range p.Classes {
		keep(p.TargetDegree, slices.Delete(slices.Clone(p.Classes), i, i+1))
	}
	// Moves of all classes at once keep ties, which single ones break: half
	// the counts, every degree one less with d*, every degree nearer to d*.
	halved, lowered, nearer := slices.Clone(p.Classes), slices.Clone(p.Classes), slices.Clone(p.Classes)
	for i, c := range p.Classes {
		halved[i].Count = (c.Count + 1) / 2
		lowered[i].Degree--
		nearer[i].Degree -= cmp.Compare(c.Degree, p.TargetDegree)
	}
	if !slices.Equal(halved, p.Classes) {
		keep(p.TargetDegree, halved)
	}
	keep(p.TargetDegree-1, lowered)
	if p.MaxDegree() > p.TargetDegree { // lowers d_max, which no other move raises: chains end
		keep(p.TargetDegree, nearer)
	}
	for i, c := range p.Classes {
		for _, count := range []int{1, c.Count / 2, c.Count - 1} {
			if count >= 1 && count < c.Count {
				classes := slices.Clone(p.Classes)
				classes[i].Count = count
				keep(p.TargetDegree, classes)
			}
		}
		if c.Degree > 0 {
			classes := slices.Clone(p.Classes)
			classes[i].Degree--
			keep(p.TargetDegree, classes)
		}
		if c.Degree < p.TargetDegree {
			keep(c.Degree, p.Classes)
		}
	}
	return out
}
