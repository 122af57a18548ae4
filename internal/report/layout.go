package report

import (
	"cmp"
	"slices"

	"muflow/graph"
)

// A layout places the vertices of an instance in columns by hop distance from
// the root. The vertices that the root does not reach have columns of their
// own below, by the distance from those of them that nothing enters.
type layout struct {
	column []int // of each vertex
	lower  []bool
	place  []float64 // from 0 at the top of its part to 1 at the bottom
	last   int       // the largest column
	rows   [2]int    // most vertices in a column of the upper and the lower part
}

func newLayout(in *graph.Instance) *layout {
	g := in.Graph
	n := g.Order()
	l := &layout{column: g.Distances(in.Root), place: make([]float64, n)}
	l.lower = l.descend(g)
	var columns [2][][]int
	for v := range n {
		part := 0
		if l.lower[v] {
			part = 1
		}
		for len(columns[part]) <= l.column[v] {
			columns[part] = append(columns[part], nil)
		}
		columns[part][l.column[v]] = append(columns[part][l.column[v]], v)
		l.last = max(l.last, l.column[v])
	}
	for part := range columns {
		for _, c := range columns[part] {
			l.rows[part] = max(l.rows[part], len(c))
			l.spread(c)
		}
		l.untangle(g, columns[part])
	}
	return l
}

// descend gives columns to the vertices that the root does not reach, and
// tells which they are.
func (l *layout) descend(g *graph.Digraph) []bool {
	below := make([]bool, g.Order())
	var queue []int
	for v, d := range l.column {
		below[v] = d < 0
	}
	enter := func(v int) { l.column[v] = 0; queue = append(queue, v) }
	for v := range below {
		if below[v] && !slices.ContainsFunc(g.In(v), func(u int) bool { return below[u] }) {
			enter(v)
		}
	}
	for next := 0; ; next++ {
		if next == len(queue) { // what is left lies on or behind cycles
			v := slices.Index(l.column, -1)
			if v < 0 {
				return below
			}
			enter(v)
		}
		for _, w := range g.Out(queue[next]) {
			if l.column[w] < 0 {
				l.column[w] = l.column[queue[next]] + 1
				queue = append(queue, w)
			}
		}
	}
}

// spread places the vertices of a column evenly, in their order.
func (l *layout) spread(column []int) {
	for i, v := range column {
		l.place[v] = (float64(i) + 0.5) / float64(len(column))
	}
}

// untangle orders each column by the mean place of the neighbours in the
// columns beside it, forwards and backwards, as often as crossings get fewer.
// (K. Sugiyama, S. Tagawa and M. Toda 1981.)
func (l *layout) untangle(g *graph.Digraph, columns [][]int) {
	best, kept := l.crossings(g, columns), slices.Clone(l.place)
	for round := range 24 {
		for i := range columns {
			c, side := i, -1
			if round%2 == 1 {
				c, side = len(columns)-1-i, 1
			}
			mean := make(map[int]float64, len(columns[c]))
			for _, v := range columns[c] {
				sum, count := 0.0, 0
				for _, w := range slices.Concat(g.In(v), g.Out(v)) {
					if l.lower[w] == l.lower[v] && l.column[w] == c+side {
						sum, count = sum+l.place[w], count+1
					}
				}
				if mean[v] = l.place[v]; count > 0 {
					mean[v] = sum / float64(count)
				}
			}
			slices.SortStableFunc(columns[c], func(a, b int) int { return cmp.Compare(mean[a], mean[b]) })
			l.spread(columns[c])
		}
		if now := l.crossings(g, columns); now < best {
			best, kept = now, slices.Clone(l.place)
		}
	}
	for _, c := range columns {
		for _, v := range c {
			l.place[v] = kept[v]
		}
	}
}

// crossings counts the pairs of edges between neighbouring columns that cross.
func (l *layout) crossings(g *graph.Digraph, columns [][]int) int {
	type segment struct{ from, to float64 }
	between := make([][]segment, len(columns))
	for _, column := range columns {
		for _, v := range column {
			for _, w := range g.Out(v) {
				if l.lower[w] != l.lower[v] {
					continue
				}
				switch l.column[w] - l.column[v] {
				case 1:
					between[l.column[v]] = append(between[l.column[v]], segment{l.place[v], l.place[w]})
				case -1:
					between[l.column[w]] = append(between[l.column[w]], segment{l.place[w], l.place[v]})
				}
			}
		}
	}
	count := 0
	for _, segments := range between {
		for i, a := range segments {
			for _, b := range segments[:i] {
				if (a.from-b.from)*(a.to-b.to) < 0 {
					count++
				}
			}
		}
	}
	return count
}
