// Package exhaust decides Theorem 1 on every digraph with few vertices, up to
// isomorphism: every root, every step and every next vertex, up to the
// automorphisms of the digraph. Equal profiles are decided once.
package exhaust

import "math/bits"

// MaxVertices bounds the number of vertices: 7 would be 882,033,440 digraphs.
const MaxVertices = 6

// A digraph on n ≤ MaxVertices vertices: row u holds the targets of the edges
// from u, vertex v as the bit n−1−v, so that rows compare as the words of an
// adjacency matrix. Unused rows are 0.
type digraph [MaxVertices]uint8

// A labelling is a permutation of the vertices.
type labelling struct {
	order [MaxVertices]uint8      // order[i] is the vertex that becomes vertex i
	place [MaxVertices]uint8      // place[order[i]] = i
	move  [1 << MaxVertices]uint8 // a row in the old order → in the new order
}

// An enumerator visits the digraphs with n vertices.
type enumerator struct {
	n          int
	labellings [MaxVertices][]labelling // by order[0]
	rows       [][]uint8                // the rows of each vertex, by number of edges, then value
	sizes      [][]int                  // how many of them have at most so many edges
}

func newEnumerator(n int) *enumerator {
	e := &enumerator{n: n}
	for u := range n {
		var rows []uint8
		var sizes []int
		for k := range n {
			for row := range uint8(1 << n) {
				if bits.OnesCount8(row) == k && row&e.bit(u) == 0 {
					rows = append(rows, row)
				}
			}
			sizes = append(sizes, len(rows))
		}
		e.rows, e.sizes = append(e.rows, rows), append(e.sizes, sizes)
	}
	var order [MaxVertices]uint8
	var extend func(i int, used uint8)
	extend = func(i int, used uint8) {
		if i == n {
			e.labellings[order[0]] = append(e.labellings[order[0]], e.labelling(order))
			return
		}
		for v := range n {
			if used>>v&1 == 0 {
				order[i] = uint8(v)
				extend(i+1, used|1<<v)
			}
		}
	}
	extend(0, 0)
	return e
}

// bit returns the vertex v in a row.
func (e *enumerator) bit(v int) uint8 { return 1 << (e.n - 1 - v) }

func (e *enumerator) labelling(order [MaxVertices]uint8) labelling {
	l := labelling{order: order}
	for i := range e.n {
		l.place[order[i]] = uint8(i)
	}
	for row := range 1 << e.n {
		for i := range e.n {
			if uint8(row)&e.bit(int(order[i])) != 0 {
				l.move[row] |= e.bit(i)
			}
		}
	}
	return l
}

// canonical reports whether no relabelling of g is larger, as a matrix read
// row by row, and appends the labellings that leave g as it is, its
// automorphisms. Each isomorphism class has exactly one such digraph.
func (e *enumerator) canonical(g *digraph, automorphisms []*labelling) (bool, []*labelling) {
	most := bits.OnesCount8(g[0])
	for first := range e.n {
		if bits.OnesCount8(g[first]) < most {
			continue // its first row is smaller
		}
		for k := range e.labellings[first] {
			l := &e.labellings[first][k]
			i := 0
			for i < e.n {
				row := l.move[g[l.order[i]]]
				if row > g[i] {
					return false, automorphisms
				}
				if row < g[i] {
					break
				}
				i++
			}
			if i == e.n {
				automorphisms = append(automorphisms, l)
			}
		}
	}
	return true, automorphisms
}

// A part is a share of the digraphs: those with these first rows. The first row
// of a canonical digraph is 1…10…0, with as many ones as any row.
type part struct {
	g     digraph
	depth int
}

// parts splits the digraphs with n vertices, in a fixed order.
func (e *enumerator) parts() []part {
	var out []part
	for k := range e.n {
		start := part{depth: min(e.n, 3)}
		start.g[0] = uint8(1<<k-1) << (e.n - 1 - k)
		var extend func(p part, u int)
		extend = func(p part, u int) {
			if u == p.depth {
				out = append(out, p)
				return
			}
			for _, row := range e.rows[u][:e.sizes[u][k]] {
				p.g[u] = row
				extend(p, u+1)
			}
		}
		extend(start, 1)
	}
	return out
}

// visit calls f for every canonical digraph of a part, in a fixed order, with
// its automorphisms, which f must not keep.
func (e *enumerator) visit(p part, f func(g *digraph, automorphisms []*labelling)) {
	k := bits.OnesCount8(p.g[0])
	g := p.g
	var kept []*labelling
	var extend func(u int)
	extend = func(u int) {
		if u == e.n {
			ok, automorphisms := e.canonical(&g, kept[:0])
			kept = automorphisms
			if ok {
				f(&g, automorphisms)
			}
			return
		}
		for _, row := range e.rows[u][:e.sizes[u][k]] {
			g[u] = row
			extend(u + 1)
		}
	}
	extend(p.depth)
}

// edges lists the edges of g.
func (e *enumerator) edges(g *digraph) [][2]int {
	var out [][2]int
	for u := range e.n {
		for v := range e.n {
			if g[u]&e.bit(v) != 0 {
				out = append(out, [2]int{u, v})
			}
		}
	}
	return out
}
