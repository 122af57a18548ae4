package script

import (
	"fmt"
	"slices"
	"strings"

	"muflow/ode"
)

// Bounds of what is written in one place, in characters as they are seen: of a
// line, of a part that occurs more than once and so has a name, and of the
// operations in a part without one.
const (
	lineWidth  = 70
	sharedSize = 14
	mostInPart = 100
)

// A typesetter writes expressions for a paper: parts that occur more than once,
// and such as are too long for a line, have names, whose definitions come last.
type typesetter struct {
	symbols []Symbol
	own     int // symbols of the theory
	letter  string
	byKey   map[partKey]*ode.Expr
	byExpr  map[*ode.Expr]*ode.Expr // with every equal part once
	uses    map[*ode.Expr]int
	named   map[*ode.Expr]*ode.Expr // what stands for a part
	final   map[*ode.Expr]*ode.Expr // with names in it
	size    map[*ode.Expr]partSize  // of these
	defined []*ode.Expr             // the parts that have names, in order
}

type partKey struct {
	op    ode.Operation
	index int
	a, b  *ode.Expr
	value string
}

type partSize struct{ width, operations int }

// newTypesetter looks at all that is to be written.
func newTypesetter(symbols []Symbol, all []*ode.Expr) *typesetter {
	t := &typesetter{symbols: slices.Clone(symbols), own: len(symbols), byKey: map[partKey]*ode.Expr{}, byExpr: map[*ode.Expr]*ode.Expr{},
		uses: map[*ode.Expr]int{}, named: map[*ode.Expr]*ode.Expr{}, final: map[*ode.Expr]*ode.Expr{}, size: map[*ode.Expr]partSize{}}
	for _, letter := range []string{"A", "B", "C", "Q", "Z", "parts"} {
		if t.letter = letter; !slices.ContainsFunc(symbols, func(s Symbol) bool { return strings.HasPrefix(s.Name, letter) }) {
			break
		}
	}
	for _, x := range all {
		t.uses[t.once(x)]++
	}
	return t
}

// once returns the first expression that is equal, and counts what its operands
// are used for.
func (t *typesetter) once(x *ode.Expr) *ode.Expr {
	if z, ok := t.byExpr[x]; ok {
		return z
	}
	operands := x.Operands()
	k := partKey{op: x.Operation(), index: x.Index()}
	for i, y := range operands {
		operands[i] = t.once(y)
		if i == 0 {
			k.a = operands[i]
		} else {
			k.b = operands[i]
		}
	}
	if v := x.Value(); v != nil {
		k.value = v.RatString()
	}
	z, ok := t.byKey[k]
	if !ok {
		if z = x; len(operands) > 0 {
			z = ode.Apply(k.op, k.index, operands...)
		}
		t.byKey[k] = z
		for _, y := range operands {
			t.uses[y]++
		}
	}
	t.byExpr[x] = z
	return z
}

func isSum(x *ode.Expr) bool { return x.Operation() == ode.OpAdd || x.Operation() == ode.OpSub }

// part returns what is written for a part of which all equal ones are one.
func (t *typesetter) part(x *ode.Expr) *ode.Expr {
	if z, ok := t.final[x]; ok {
		return z
	}
	operands := x.Operands()
	if len(operands) == 0 {
		t.final[x] = x
		t.size[x] = partSize{max(1, len(latexStyle.write(x, t.symbols)))/4 + 1, 1}
		return x
	}
	for i, y := range operands {
		operands[i] = t.part(y)
	}
	size := func() partSize {
		s := partSize{2, 1}
		for i, y := range operands {
			o := t.size[y]
			if s.operations += o.operations; x.Operation() == ode.OpQuo && i > 0 {
				s.width = max(s.width, o.width+1)
			} else {
				s.width += o.width
			}
		}
		if len(operands) == 1 {
			s.width += 3
		}
		return s
	}
	// A sum may go over several lines, at the outermost place.
	for s := size(); s.operations > mostInPart || s.width > lineWidth; s = size() {
		longest := -1
		for i, y := range operands {
			if isSum(x) && isSum(y) && i == 0 || t.size[y].operations < 3 {
				continue
			}
			if longest < 0 || t.size[y].width > t.size[operands[longest]].width {
				longest = i
			}
		}
		if longest < 0 || isSum(x) && t.size[operands[longest]].width <= lineWidth/2 && t.size[operands[longest]].operations <= mostInPart/2 {
			break
		}
		operands[longest] = t.name(operands[longest])
	}
	z := ode.Apply(x.Operation(), x.Index(), operands...)
	s := size()
	t.size[z] = s
	if t.uses[x] > 1 && (s.width > sharedSize || s.operations > sharedSize) {
		z = t.name(z)
	}
	t.final[x] = z
	return z
}

// name defines a name for what is written.
func (t *typesetter) name(x *ode.Expr) *ode.Expr {
	if z, ok := t.named[x]; ok {
		return z
	}
	z := ode.State(len(t.symbols))
	t.defined = append(t.defined, x)
	t.symbols = append(t.symbols, Symbol{Name: fmt.Sprintf("%s_%d", t.letter, len(t.defined))})
	t.named[x], t.size[z] = z, partSize{2, 1}
	return z
}

// write writes an expression in one line.
func (t *typesetter) write(x *ode.Expr) string {
	z := t.part(t.once(x))
	if s := t.size[z]; s.width > lineWidth || s.operations > mostInPart {
		z = t.name(z)
	}
	return latexStyle.write(z, t.symbols)
}

// lines writes an expression in one or several lines, cut between the terms of a
// sum.
func (t *typesetter) lines(x *ode.Expr) []string { return t.cut(t.part(t.once(x))) }

func (t *typesetter) cut(x *ode.Expr) []string {
	var terms []string
	var widths []int
	for isSum(x) && t.size[x].width > lineWidth {
		operands := x.Operands()
		sign, right := "+ ", operands[1]
		if x.Operation() == ode.OpSub {
			sign = "- "
		} else if right.Operation() == ode.OpNeg {
			sign, right = "- ", right.Operands()[0]
		}
		text := latexStyle.write(right, t.symbols)
		if isSum(right) && sign == "- " {
			text = latexStyle.open + text + latexStyle.close
		}
		terms, widths = append(terms, sign+text), append(widths, t.size[right].width)
		x = operands[0]
	}
	lines, width := []string{latexStyle.write(x, t.symbols)}, t.size[x].width
	for i := len(terms) - 1; i >= 0; i-- {
		if width += widths[i] + 3; width > lineWidth {
			lines, width = append(lines, terms[i]), widths[i]
			continue
		}
		lines[len(lines)-1] += " " + terms[i]
	}
	return lines
}

// definitions returns the names and what they stand for. To write one may
// define no other.
func (t *typesetter) definitions() (names []string, bodies [][]string) {
	for i, x := range t.defined {
		names = append(names, latexName(t.symbols[t.own+i].Name))
		bodies = append(bodies, t.cut(x))
	}
	return names, bodies
}
