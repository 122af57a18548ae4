// Package exhaust decides Theorem 1 on every digraph with few vertices, up to
// isomorphism: every root, every step and every next vertex, up to the
// automorphisms of the digraph. Equal profiles are decided once.
package exhaust

import "math/bits"

// MaxVertices bounds the number of vertices, MaxCounted where the cases are counted
// without going through the 1,793,359,192,848 digraphs with eight.
const MaxVertices, MaxCounted = 7, 8

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
	labellings [MaxVertices][1 << MaxVertices][]*labelling // by order[0] and its row, those that move the row to 1…10…0
	rows       [][]uint8                                   // the rows of each vertex, by number of edges, then value
	sizes      [][]int                                     // how many of them have at most so many edges
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
			l := e.labelling(order)
			for k := range n {
				row := uint8(0)
				for _, v := range order[1 : k+1] {
					row |= e.bit(int(v))
				}
				e.labellings[order[0]][row] = append(e.labellings[order[0]][row], l)
			}
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

func (e *enumerator) labelling(order [MaxVertices]uint8) *labelling {
	l := &labelling{order: order}
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

// first returns the first row with k ones of a canonical digraph.
func (e *enumerator) first(k int) uint8 { return uint8(1<<k-1) << (e.n - 1 - k) }

// A tie is a labelling under which the first rows of a digraph stay as they
// are, and how many of them; the next one comes from a row that is not known.
type tie struct {
	l    *labelling
	rows int
}

// extend makes row u of g known, as all before it, and appends the labellings
// that still tie. It reports whether no labelling makes g larger, as a matrix
// read row by row, whatever the rows after u will be. Each isomorphism class has
// exactly one digraph of all whose rows that is so, a canonical one, and the
// labellings that tie in all of them are its automorphisms.
func (e *enumerator) extend(g *digraph, u int, ties, out []tie) ([]tie, bool) {
	for _, t := range ties {
		if int(t.l.order[t.rows]) == u {
			less, larger := false, false
			if t.rows, less, larger = e.compare(g, u, t); larger {
				return out, false
			} else if less {
				continue
			}
		}
		out = append(out, t)
	}
	switch most, own := bits.OnesCount8(g[0]), bits.OnesCount8(g[u]); {
	case own > most:
		return out, false // as the first row it is larger
	case own < most:
		return out, true
	}
	for _, l := range e.labellings[u][g[u]] {
		rows, less, larger := e.compare(g, u, tie{l, 1})
		if larger {
			return out, false
		}
		if !less {
			out = append(out, tie{l, rows})
		}
	}
	return out, true
}

// compare goes on with a labelling as far as rows up to u tell: where it stops
// at row i, the next row comes from beyond u, or order[0…i−1] would be 0…u.
func (e *enumerator) compare(g *digraph, u int, t tie) (rows int, less, larger bool) {
	for rows = t.rows; rows < e.n; rows++ {
		from := int(t.l.order[rows])
		if from > u {
			break
		}
		if row := t.l.move[g[from]]; row != g[rows] {
			return rows, row < g[rows], row > g[rows]
		}
	}
	return rows, false, false
}

// A part is a share of the digraphs: those with these first rows. The first row
// of a canonical digraph is 1…10…0, with as many ones as any row.
type part struct {
	g     digraph
	depth int
}

// parts splits the digraphs with n vertices, in a fixed order; a part has one
// if its rows can be the first of a canonical digraph.
func (e *enumerator) parts() []part {
	var out []part
	depth := min(e.n, 3)
	e.rowsFrom(part{}, depth, func(g *digraph, _ []tie) bool {
		out = append(out, part{*g, depth})
		return true
	})
	return out
}

// visit calls f for every canonical digraph of a part, in a fixed order, with
// its automorphisms, which f must not keep, until f returns false.
func (e *enumerator) visit(p part, f func(g *digraph, automorphisms []*labelling) bool) {
	var automorphisms []*labelling
	e.rowsFrom(p, e.n, func(g *digraph, ties []tie) bool {
		automorphisms = automorphisms[:0]
		for _, t := range ties {
			automorphisms = append(automorphisms, t.l)
		}
		return f(g, automorphisms)
	})
}

// rowsFrom calls f for all ways to make so many rows known, those of a part to
// begin with, so that no labelling makes them larger, until f returns false.
func (e *enumerator) rowsFrom(p part, depth int, f func(g *digraph, ties []tie) bool) {
	g, more := p.g, true
	var kept [MaxVertices + 1][]tie // by how many rows are known
	var extend func(u int)
	known := func(u int) {
		if !more {
			return
		}
		ties, ok := e.extend(&g, u, kept[u], kept[u+1][:0])
		if kept[u+1] = ties; ok {
			extend(u + 1)
		}
	}
	extend = func(u int) {
		switch {
		case u == depth:
			more = f(&g, kept[u])
		case u < p.depth:
			known(u)
		case u == 0:
			for k := range e.n {
				g[0] = e.first(k)
				known(0)
			}
		default:
			for _, g[u] = range e.rows[u][:e.sizes[u][bits.OnesCount8(g[0])]] {
				known(u)
			}
		}
	}
	extend(0)
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
