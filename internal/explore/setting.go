package explore

import (
	"errors"
	"math"
	"math/big"
	"muflow/internal/portable"
	"slices"

	"muflow/graph"
	"muflow/theory"
)

// A Setting is one supervised step of an instance.
type Setting struct {
	graph.Step
	partner *Setting // the other instance of a population, for A12
}

// Settings returns one step of each of the first count instances that have one
// with d_min < d* < d_max and d* > F(0), each with a partner that diverges
// upward alone.
func Settings(instances []graph.Instance, count int) ([]Setting, error) {
	var out []Setting
	var partner *Setting
	last := -1 // an instance gives one step
	for i, s := range graph.StepsOf(instances, -1) {
		if i == last {
			continue
		}
		p := theory.ProfileOf(s)
		sign, _ := p.Start().Sign()
		switch limit := p.Certify(theory.Coconut).Limit(); {
		case limit == theory.PlusInfinity && s.C > 0 && partner == nil:
			partner, last = &Setting{Step: s}, i
		case limit == theory.FiniteLimit && sign > 0 && len(out) < count:
			out, last = append(out, Setting{Step: s}), i
		}
	}
	for i := range out {
		out[i].partner = partner
	}
	return out, nil
}

// errNoPosition says that a setting does not have a position, as when there is
// no vertex of the in-degree asked for.
var errNoPosition = errors.New("no such position in this setting")

// higher returns the setting with a demonstrated vertex whose in-degree is
// larger by so much.
func (s *Setting) higher(by int) (*Setting, error) {
	if by == 0 {
		return s, nil
	}
	degrees := s.Degrees()
	for v, d := range degrees {
		if d == degrees[s.Target()]+by {
			if other, ok := s.withTarget(v); ok {
				return other, nil
			}
		}
	}
	return nil, errNoPosition
}

// withTarget returns the setting with another demonstrated vertex, reached by
// a simple path of the same length.
func (s *Setting) withTarget(target int) (*Setting, bool) {
	g := s.Instance.Graph
	var path []int
	var walk func(at []int) bool
	walk = func(at []int) bool {
		last := at[len(at)-1]
		if len(at) == s.C+2 {
			if last == target {
				path = slices.Clone(at)
			}
			return last == target
		}
		for _, v := range g.Out(last) {
			if !slices.Contains(at, v) && walk(append(at, v)) {
				return true
			}
		}
		return false
	}
	if target == s.Instance.Other || !walk([]int{s.Instance.Root}) {
		return nil, false
	}
	moved, err := (&graph.Instance{Graph: g, Root: s.Instance.Root, Target: target, Other: s.Instance.Other, Path: path}).Step(s.C)
	return &Setting{moved, s.partner}, err == nil
}

// without returns the setting without a share of the vertices outside N_{c+1}.
func (s *Setting) without(share float64) (*Setting, error) {
	if share == 0 {
		return s, nil
	}
	in := s.Instance
	next := s.Next()
	var outside []int
	for v := range next {
		if !next[v] && !slices.Contains(in.Path, v) {
			outside = append(outside, v)
		}
	}
	path := in.Path[:s.C+2] // the path beyond the step is outside, too
	outside = append(outside, in.Path[s.C+2:]...)
	place := make([]int, in.Graph.Order())
	for _, v := range outside[:int(math.Round(share*float64(len(outside))))] {
		place[v] = -1
	}
	n := 0
	for v := range place {
		if place[v] == 0 {
			place[v] = n
			n++
		}
	}
	var edges [][2]int
	for _, e := range in.Graph.Edges() {
		if place[e[0]] >= 0 && place[e[1]] >= 0 {
			edges = append(edges, [2]int{place[e[0]], place[e[1]]})
		}
	}
	g, err := graph.New(n, edges)
	if err != nil {
		return nil, err
	}
	out := graph.Instance{Graph: g, Root: place[in.Root], Target: place[path[len(path)-1]], Other: place[in.Root]}
	if place[in.Other] >= 0 {
		out.Other = place[in.Other]
	}
	for _, v := range path {
		out.Path = append(out.Path, place[v])
	}
	smaller, err := out.Step(s.C)
	return &Setting{Step: smaller}, errors.Join(err, out.Validate())
}

// walkWeights goes from the uniform superposition to walk weights of a logit,
// always of unit norm.
func (s *Setting) walkWeights(share float64, logit *big.Rat) ([]float64, error) {
	walks, err := theory.WalkWeights(s.Instance.Graph, s.Instance.Root, slices.Repeat([]*big.Rat{logit}, s.C))
	if err != nil {
		return nil, err
	}
	out, uniform := make([]float64, len(walks)), s.uniform()
	norm := 0.0
	for v, q := range walks {
		out[v], _ = q.Float64()
		norm = portable.Hypot(norm, out[v])
	}
	total := 0.0
	for v := range out {
		out[v] = float64((1-share)*uniform[v]) + share*out[v]/norm
		total = portable.Hypot(total, out[v])
	}
	for v := range out {
		out[v] /= total
	}
	return out, nil
}

// uniform returns the superposition on N_c of unit norm.
func (s *Setting) uniform() []float64 {
	set := s.Set()
	members := 0.0
	for _, inside := range set {
		if inside {
			members++
		}
	}
	out := make([]float64, len(set))
	for v, inside := range set {
		if inside {
			out[v] = 1 / math.Sqrt(members)
		}
	}
	return out
}

// contrasts returns the rows (d, KD−d) of the full score matrix.
func (s *Setting) contrasts() ([][]int, error) {
	f, err := theory.FullFamily(s.Step, theory.Coconut, big.NewRat(1, 1))
	if err != nil {
		return nil, err
	}
	return f.Contrasts()
}

// separate decides contrasts, if there was no error before.
func separate(contrasts [][]int, err error) (theory.Separation, error) {
	if err != nil {
		return 0, err
	}
	d, err := theory.Separate(theory.Vectors(contrasts))
	if err != nil {
		return 0, err
	}
	return d.Kind, nil
}

// ownContrasts are those of one labelled instance with a logit for each source.
func (s *Setting) ownContrasts() ([][]int, error) {
	f, err := theory.VertexFamily(s.Step, theory.Coconut, big.NewRat(1, 1), theory.Sources(s.Step))
	if err != nil {
		return nil, err
	}
	return f.Contrasts()
}
