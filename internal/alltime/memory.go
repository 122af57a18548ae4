package alltime

import (
	"context"
	"fmt"
	"strings"

	"muflow/ode"
)

// A Memory keeps what decisions about one theory find out of its flows, so that
// the next decision need not: nothing that is kept depends on who asked for it
// first. It is for one goroutine.
type Memory struct {
	lines map[string]cost[*line]
	found map[string]any
	work  meter    // of the decision at work
	order []string // of what was found, the oldest first
}

// NewMemory returns an empty memory.
func NewMemory() *Memory { return &Memory{lines: map[string]cost[*line]{}, found: map[string]any{}} }

const (
	mostKept  = 20_000 // bounds the length of right-hand sides whose flow is kept
	mostFound = 16     // of pipes, tails and paths that are kept
)

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
	if ok {
		f.effort.work.spend(l.work)
	} else {
		l = charged(f.effort.work, find)
		m.lines[key.String()] = l
	}
	return l.found
}

// recall returns what is found out of a flow with its starts and its effort, and
// is not to be changed.
func recall[T any](ctx context.Context, m *Memory, f *flow, what string, find func() T) T {
	key := ""
	if m != nil {
		key = f.key(what)
	}
	if key == "" {
		return find()
	}
	if x, ok := m.found[key].(cost[T]); ok {
		f.effort.work.spend(x.work)
		return x.found
	}
	x := charged(f.effort.work, find)
	if ctx.Err() != nil { // it may have been cut short
		return x.found
	}
	if len(m.order) == mostFound {
		delete(m.found, m.order[0])
		m.order = m.order[1:]
	}
	m.found[key], m.order = x, append(m.order, key)
	return x.found
}

// key is the same for flows that are, "" for a long one.
func (f *flow) key(what string) string {
	var key strings.Builder
	fmt.Fprint(&key, what, " ", f.effort.Horizon, " ", f.effort.Cells, " ", f.effort.Steps, " ", f.above)
	known := map[*ode.Expr]int{}
	for i, x := range f.rhs {
		if written(x, known) > mostKept/len(f.rhs) || f.value[i] != nil && written(f.value[i], known) > mostKept {
			return ""
		}
		fmt.Fprintf(&key, "\n%q %d %v ", f.names[i], f.kinds[i], x)
		switch {
		case f.value[i] != nil:
			fmt.Fprint(&key, f.value[i])
		case f.low[i] != nil:
			fmt.Fprint(&key, f.low[i].RatString(), " ", f.high[i].RatString())
		}
	}
	return key.String()
}
