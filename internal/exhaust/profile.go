package exhaust

import (
	"math/bits"

	"muflow/theory"
)

// A key is a profile with at most MaxCounted vertices in one word: three bits
// for d* above three bits for the count of each class, by in_set, then degree.
// There is room for more above. Or it is what else statements see of a case.
type key uint64

const classBits, targetShift, stepShift = 3, 3 * 2 * MaxCounted, 3*2*MaxCounted + 3

func classShift(inSet, degree int) int { return classBits * (inSet*MaxCounted + degree) }

// profile returns the profile of a key.
func (k key) profile() (*theory.Profile, error) {
	field := func(shift int) int { return int(k >> shift & (1<<classBits - 1)) }
	var classes []theory.Class
	var count [2]int // of vertices, by in_set
	for inSet := range 2 {
		for degree := range MaxCounted {
			if n := field(classShift(inSet, degree)); n > 0 {
				classes = append(classes, theory.Class{InSet: inSet == 1, Degree: degree, Count: n})
				count[inSet] += n
			}
		}
	}
	return theory.NewProfile(count[0]+count[1], count[1], field(targetShift), classes)
}

// A place is one case: a digraph, a root, the number c of thoughts, and a
// vertex of N_{c+1}∖N_c.
type place struct {
	Root   int `json:"root"`
	Step   int `json:"step"`
	Target int `json:"target"`
}

// reached returns the vertices that a root reaches, as a row.
func (e *enumerator) reached(g *digraph, root int) uint8 {
	for set := e.bit(root); ; {
		next := e.step(g, set)
		if next == set {
			return set
		}
		set = next
	}
}

// step adds to a set the ends of its edges.
func (e *enumerator) step(g *digraph, set uint8) uint8 {
	next := set
	for u := range e.n {
		if set&e.bit(u) != 0 {
			next |= g[u]
		}
	}
	return next
}

// cases calls f for the cases of a digraph, one for each orbit of roots and
// targets under its automorphisms, with the size of the orbit.
func (e *enumerator) cases(g *digraph, automorphisms []*labelling, f func(at place, k key, orbit int)) {
	var in digraph
	for u := range e.n {
		for v := range e.n {
			if g[u]&e.bit(v) != 0 {
				in[v] |= e.bit(u)
			}
		}
	}
	var seen [MaxVertices][MaxVertices]bool
	for root := range e.n {
		set := e.bit(root) // N_c
		for step := 0; ; step++ {
			next := e.step(g, set)
			if next == set {
				break
			}
			var classes key
			for v := range e.n {
				a := 0
				if set&e.bit(v) != 0 {
					a = 1
				}
				classes += 1 << classShift(a, bits.OnesCount8(in[v]&set))
			}
			for target := range e.n {
				if (next&^set)&e.bit(target) == 0 || seen[root][target] {
					continue
				}
				orbit := 0
				for _, l := range automorphisms {
					r, t := l.place[root], l.place[target]
					if !seen[r][t] {
						seen[r][t] = true
						orbit++
					}
				}
				degree := bits.OnesCount8(in[target] & set)
				f(place{root, step, target}, classes|key(degree)<<targetShift, orbit)
			}
			set = next
		}
	}
}
