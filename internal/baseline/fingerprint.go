package baseline

import (
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strings"

	"muflow/internal/script"
	"muflow/ode"
)

// A reach says how much of a flow a result depends on.
type reach uint8

const (
	nothing   reach = iota // formulas alone, in states and parameters that are anything
	oneStep                // the right-hand sides of the states that occur
	rates                  // and of the states that occur in those
	solutions              // and the starts
)

// reachOf is the reach of a statement, by how package check decides it.
func reachOf(s *script.Statement) reach {
	switch s.Kind {
	case script.Identity:
		return nothing
	case script.Conserved, script.Reduces:
		return oneStep
	case script.Invariant, script.UniqueEquilibrium:
		return rates
	case script.When:
		return reachOf(s.Then)
	}
	return solutions
}

// A fingerprint writes down all that a result depends on: formulas, with the
// symbols in them, and right-hand sides and starts as far as they matter. Equal
// formulas are written once.
type fingerprint struct {
	th    *script.Theory
	parts []string          // what is asked
	nodes map[string]int    // of formulas, by what is written of them
	seen  map[*ode.Expr]int // the place of each
	text  []string          // of nodes
	used  map[int]bool      // symbols
	flow  map[int]bool      // states whose right-hand side matters
	reach reach
}

func newFingerprint(th *script.Theory, reach reach) *fingerprint {
	return &fingerprint{th: th, nodes: map[string]int{}, seen: map[*ode.Expr]int{}, used: map[int]bool{}, flow: map[int]bool{}, reach: reach}
}

func (f *fingerprint) say(format string, args ...any) {
	f.parts = append(f.parts, fmt.Sprintf(format, args...))
}

func written(q *big.Rat) string {
	if q == nil {
		return "none"
	}
	return q.RatString()
}

// formula returns the place of a formula among the nodes.
func (f *fingerprint) formula(x *ode.Expr) int {
	if x == nil {
		return -1
	}
	if at, ok := f.seen[x]; ok {
		return at
	}
	text := fmt.Sprint(x.Operation())
	switch x.Operation() {
	case ode.OpRational:
		text += " " + written(x.Value())
	case ode.OpState:
		if i := x.Index(); i >= 0 && i < len(f.th.Symbols) {
			f.used[i] = true
			text += " " + f.symbol(i)
		}
	case ode.OpPower:
		text += fmt.Sprint(" ", x.Index())
	}
	for _, y := range x.Operands() {
		text += fmt.Sprint(" ", f.formula(y))
	}
	at, ok := f.nodes[text]
	if !ok {
		at = len(f.text)
		f.nodes[text], f.text = at, append(f.text, text)
	}
	f.seen[x] = at
	return at
}

// symbol says all of a symbol.
func (f *fingerprint) symbol(i int) string {
	s := f.th.Symbols[i]
	return fmt.Sprintf("%q %d %s %s %s %s %t %t", s.Name, s.Kind, written(s.Low), written(s.High), written(s.Least), written(s.Most), s.Integer, s.Used)
}

func (f *fingerprint) formulas(what string, list ...*ode.Expr) {
	places := make([]int, len(list))
	for i, x := range list {
		places[i] = f.formula(x)
	}
	f.say("%s %v", what, places)
}

// statement writes a statement.
func (f *fingerprint) statement(s *script.Statement) {
	f.say("%s until %s sign %d holds %t", s.Kind, written(s.Until), s.Sign, s.Holds)
	for _, r := range s.Relations {
		f.formulas(fmt.Sprint("relation ", r.Comparison), r.Left, r.Right)
	}
	f.formulas("x", s.X...)
	f.formulas("y", s.Y...)
	for _, state := range slices.Sorted(maps.Keys(s.Box)) {
		f.formulas(fmt.Sprint("box ", written(s.Box[state][0]), " ", written(s.Box[state][1])), f.state(state))
	}
	if d := s.Reduction; d != nil {
		for i, full := range d.Full {
			f.formulas("ansatz", f.state(full), d.Ansatz[i])
		}
		for _, reduced := range d.Reduced {
			f.formulas("reduced", f.state(reduced))
		}
	}
	if s.Then != nil {
		f.statement(s.Then)
	}
}

func (f *fingerprint) state(i int) *ode.Expr { return ode.State(f.th.States[i].Symbol) }

// sum adds what the formulas so far depend on, and hashes all of it.
func (f *fingerprint) sum() string {
	for f.reach > nothing {
		var next []int
		for i := range f.used {
			if s := f.th.Symbols[i]; s.Kind == script.StateSymbol && !f.flow[s.State] {
				next = append(next, s.State)
			}
		}
		if len(next) == 0 {
			break
		}
		slices.Sort(next)
		for _, i := range next {
			f.flow[i] = true
			f.formulas("flow", f.state(i), f.th.States[i].Rate)
			if f.reach == solutions {
				f.formulas("start", f.th.States[i].Start)
			}
		}
		if f.reach == oneStep {
			break
		}
	}
	// The order of unknowns is that of the symbols in the file.
	for _, i := range slices.Sorted(maps.Keys(f.used)) {
		f.say("symbol %s", f.symbol(i))
	}
	return digest([]byte(strings.Join(append(f.parts, f.text...), "\n")))
}
