package hunt

import (
	"maps"
	"math/big"
	"slices"

	"muflow/graph"
	"muflow/theory"
)

// shrink replaces the witness by smaller ones as long as the violation stays
// proved: vertices left out, then edges, then simpler parameters. A witness in
// the setting of the theory stays there.
func (h *hunter) shrink() {
	for {
		smaller := false
		for _, c := range h.smaller(h.out.Witness) {
			if h.ctx.Err() != nil {
				return
			}
			if applies, _, suspect := h.s.guess(h.ctx, c); !applies || !suspect || c.Outside() && !h.out.Witness.Outside() {
				continue
			}
			if j := h.s.Judge(h.ctx, c); j.Verdict == theory.Refuted {
				h.out.Witness, h.out.Judgement = c, j
				h.out.Shrinks++
				smaller = true
				break
			}
		}
		if !smaller {
			return
		}
	}
}

// smaller proposes cases with one vertex or edge less, or a simpler parameter.
func (h *hunter) smaller(c *Case) []*Case {
	var out []*Case
	replace := func(i int, in graph.Instance) {
		if in.Validate() != nil || c.Step >= in.Steps() {
			return
		}
		next := &Case{slices.Clone(c.Instances), c.Step, c.Parameters, c.Place, nil}
		next.Instances[i] = in
		out = append(out, next)
	}
	for i := range c.Instances {
		in := &c.Instances[i]
		if len(in.Path) > c.Step+2 {
			short := *in
			short.Path = in.Path[:c.Step+2]
			short.Target = short.Path[len(short.Path)-1]
			if short.Target != short.Other {
				replace(i, short)
			}
		}
		for v := range in.Graph.Order() {
			if slices.Contains(in.Path, v) {
				continue
			}
			if small, ok := withoutVertex(in, v); ok {
				replace(i, small)
			}
		}
		for k := range in.Graph.Edges() {
			g, err := graph.New(in.Graph.Order(), slices.Delete(slices.Clone(in.Graph.Edges()), k, k+1))
			if err != nil {
				continue
			}
			small := *in
			small.Graph = g
			replace(i, small)
		}
	}
	for _, name := range h.free {
		now := c.Parameters[name]
		candidates := append([]*big.Rat{}, parameters[name]...)
		if now.Sign() > 0 {
			candidates = append(candidates, new(big.Rat).SetInt(new(big.Int).Quo(now.Num(), now.Denom())))
		}
		for _, q := range candidates {
			if q.Num().BitLen()+q.Denom().BitLen() >= now.Num().BitLen()+now.Denom().BitLen() || !allowed(name, q) {
				continue
			}
			values := maps.Clone(c.Parameters)
			values[name] = q
			out = append(out, &Case{c.Instances, c.Step, values, c.Place, nil})
		}
	}
	return out
}

// withoutVertex leaves out a vertex beside the path; another candidate takes
// the place of c_ if it was that one.
func withoutVertex(in *graph.Instance, v int) (graph.Instance, bool) {
	rename := func(u int) int {
		if u > v {
			return u - 1
		}
		return u
	}
	var edges [][2]int
	for _, e := range in.Graph.Edges() {
		if e[0] != v && e[1] != v {
			edges = append(edges, [2]int{rename(e[0]), rename(e[1])})
		}
	}
	g, err := graph.New(in.Graph.Order()-1, edges)
	if err != nil {
		return graph.Instance{}, false
	}
	path := make([]int, len(in.Path))
	for i, u := range in.Path {
		path[i] = rename(u)
	}
	if in.Other == v {
		return withOther(g, path)
	}
	return graph.Instance{Graph: g, Root: path[0], Target: path[len(path)-1], Other: rename(in.Other), Path: path}, true
}
