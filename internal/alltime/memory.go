package alltime

import (
	"fmt"
	"strings"

	"muflow/ode"
)

// A Memory keeps what decisions about one theory find out of its flows, so that
// the next decision need not. It is for one goroutine.
type Memory struct{ lines map[string]*line }

// NewMemory returns an empty memory.
func NewMemory() *Memory { return &Memory{map[string]*line{}} }

// mostKept bounds the length of a right-hand side that is kept.
const mostKept = 20_000

// line returns the phase line of a scalar flow, which depends on nothing but its
// right-hand side, the constants in it and where it starts.
func (m *Memory) line(f *flow, at int, find func() *line) *line {
	if m == nil || written(f.rhs[at], map[*ode.Expr]int{}) > mostKept {
		return find()
	}
	var key strings.Builder
	fmt.Fprint(&key, at, " ", f.above, " ", f.rhs[at])
	for _, i := range append(unknownsOf(f.rhs[at]), at) {
		x := f.start[i]
		fmt.Fprintf(&key, " %d %s %s", f.kinds[i], x.low.Text('p', 0), x.high.Text('p', 0))
	}
	l, ok := m.lines[key.String()]
	if !ok {
		l = find()
		m.lines[key.String()] = l
	}
	return l
}
