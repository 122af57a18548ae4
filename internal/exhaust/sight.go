package exhaust

import (
	"cmp"
	"math/bits"
	"slices"

	"muflow/internal/hunt"
)

// seen returns the key of a case: a word from which all that statements with a sight
// see of the case can be drawn again, but for the numbers of the vertices. So cases
// with one key are the same to them.
func (e *enumerator) seen(g *digraph, at place, s hunt.Sight) key {
	set := e.bit(at.Root)
	for range at.Step {
		set = e.step(g, set)
	}
	x := &look{n: e.n, set: set}
	if s.Candidate {
		x.far = (1<<e.n - 1) &^ e.reached(g, at.Root)
	}
	for u := range e.n {
		inside := set&e.bit(u) != 0
		for row := g[u]; row != 0; row &= row - 1 {
			v := e.n - 1 - bits.TrailingZeros8(row)
			switch {
			case inside:
				x.in[v] |= e.bit(u)
			case s.Totals:
				x.more[v]++
			}
		}
	}
	if s.Edges {
		return x.contest(e, g, at)<<3 | key(at.Step)
	}
	return x.classes(e, at)<<3 | key(at.Step)
}

// A look is a case as statements see it.
type look struct {
	n    int
	set  uint8              // N_c, as a row
	far  uint8              // what the root does not reach, if that is seen
	in   [MaxVertices]uint8 // from where in N_c edges lead into v
	more [MaxVertices]uint8 // D_v − d_v, if that is seen
}

// classes packs, in 8 bits a vertex, whether v is out of reach, a_v, and d_v and
// D_v − d_v, which are at most 6, in one number: the target first, the others sorted.
func (x *look) classes(e *enumerator, at place) key {
	var codes [MaxVertices]uint8
	for v := range x.n {
		d, more := uint8(bits.OnesCount8(x.in[v])), x.more[v]
		codes[v] = d*MaxVertices + more // at most 42, as d + more ≤ 6
		if x.set&e.bit(v) != 0 {
			codes[v] |= 1 << 6
		}
		if x.far&e.bit(v) != 0 {
			codes[v] |= 1 << 7
		}
	}
	codes[0], codes[at.Target] = codes[at.Target], codes[0]
	slices.Sort(codes[1:x.n])
	k := key(0)
	for _, c := range codes[:x.n] {
		k = k<<8 | key(c)
	}
	return k
}

// contest packs the edges that leave N_c, with the vertices in an order of their
// own: N_c first, the root before the others, and outside N_c the target first. So
// walks of c+1 edges from the root can be counted. With K = |N_c| that is, from the top, K in 3 bits, then for each
// vertex a column: from where in N_c edges lead into it, in K bits, D_v − d_v in as
// many as n − K needs, and outside N_c one bit for out of reach: 54 bits at most for
// seven vertices. Of the orders of N_c that sort by what no numbers of vertices change,
// that with the least word is taken.
func (x *look) contest(e *enumerator, g *digraph, at place) key {
	var inner []int
	var innerRoom, outer [MaxVertices]int
	inner = innerRoom[:0]
	others := outer[:0]
	for v := range x.n {
		switch {
		case x.set&e.bit(v) != 0:
			inner = append(inner, v)
		case v != at.Target:
			others = append(others, v)
		}
	}
	size, width := len(inner), bits.Len(uint(x.n-len(inner)))
	var rank [MaxVertices]uint64 // of what no numbers of vertices change
	for _, u := range inner {
		r := uint64(bits.OnesCount8(x.in[u]))<<12 | uint64(x.more[u])<<9 | uint64(bits.OnesCount8(g[u]&x.set))<<6 | uint64(bits.OnesCount8(g[u]&^x.set))<<3
		if g[u]&e.bit(at.Target) != 0 {
			r |= 1
		}
		if u == at.Root {
			r |= 1 << 16
		}
		rank[u] = r
	}
	for range 2 { // and of the neighbours
		next := rank
		for _, u := range inner {
			r := rank[u]
			for _, v := range inner {
				if g[u]&e.bit(v) != 0 {
					r += mix(rank[v])
				}
				if x.in[u]&e.bit(v) != 0 {
					r += mix(rank[v] + 1)
				}
			}
			for _, v := range others {
				if g[u]&e.bit(v) != 0 {
					sum := uint64(x.more[v])
					if x.far&e.bit(v) != 0 {
						sum |= 1 << 8
					}
					for _, w := range inner {
						if x.in[v]&e.bit(w) != 0 {
							sum += mix(rank[w] + 2)
						}
					}
					r += mix(sum)
				}
			}
			next[u] = r >> 1
			if u == at.Root {
				next[u] |= 1 << 63
			}
		}
		rank = next
	}
	slices.SortFunc(inner, func(u, v int) int { return cmp.Compare(rank[v], rank[u]) })
	best := ^key(0)
	x.orders(inner, &rank, 0, func() {
		column := func(v int) key {
			c := key(0)
			for _, u := range inner {
				c <<= 1
				if x.in[v]&e.bit(u) != 0 {
					c |= 1
				}
			}
			return c<<width | key(x.more[v])
		}
		k := key(size)
		for _, v := range inner {
			k = k<<(size+width) | column(v)
		}
		far := func(v int) key {
			c := column(v) << 1
			if x.far&e.bit(v) != 0 {
				c |= 1
			}
			return c
		}
		k = k<<(size+width+1) | far(at.Target)
		var room [MaxVertices]key
		columns := room[:0]
		for _, v := range others {
			columns = append(columns, far(v))
		}
		slices.Sort(columns)
		for _, c := range columns {
			k = k<<(size+width+1) | c
		}
		best = min(best, k)
	})
	return best
}

// orders calls f with the vertices in every order that keeps those of equal rank
// together.
func (x *look) orders(inner []int, rank *[MaxVertices]uint64, i int, f func()) {
	if i == len(inner) {
		f()
		return
	}
	for j := i; j < len(inner) && rank[inner[j]] == rank[inner[i]]; j++ {
		inner[i], inner[j] = inner[j], inner[i]
		x.orders(inner, rank, i+1, f)
		inner[i], inner[j] = inner[j], inner[i]
	}
}

// mix spreads the bits of a word.
func mix(x uint64) uint64 {
	x = (x ^ x>>31) * 0x9e3779b97f4a7c15
	return x ^ x>>29
}
