package script

import (
	"fmt"
	"math/big"
	"regexp"
	"slices"
	"strings"

	"muflow/internal/alltime"
	"muflow/ode"
)

// LaTeX writes the flow of a theory and its claims as aligned equations, for a
// paper that loads amsmath. Long ones go over several lines, and parts that occur
// more than once or are longer than a line have names.
func LaTeX(t *Theory) string {
	all := []*ode.Expr{}
	for _, s := range t.States {
		for _, x := range []*ode.Expr{s.Rate, s.Start} {
			if x != nil {
				all = append(all, x)
			}
		}
	}
	for _, c := range t.Claims {
		all = append(all, c.Statement.expressions()...)
	}
	for _, o := range t.Oracles {
		all = append(all, o.Left, o.Right)
	}
	w := &latexWriter{theory: t, set: newTypesetter(t.Symbols, all)}
	var flow, claims []string
	for _, s := range t.States {
		flow = append(flow, w.state(s)...)
	}
	for _, c := range t.Claims {
		line := fmt.Sprintf(`&\text{%s:} && %s`, latexText(c.ID), w.statement(c.Statement))
		if c.Expect != "proved" {
			line += ` \quad \text{(` + c.Expect + `)}`
		}
		claims = append(claims, line)
	}
	for _, o := range t.Oracles {
		claims = append(claims, fmt.Sprintf(`&\text{%s:} && %s`, latexText(o.Name), w.relation(o.Left, "=", o.Right)))
	}
	var parts []string
	names, bodies := w.set.definitions()
	for i, name := range names {
		parts = append(parts, name+" &= "+strings.Join(bodies[i], newLine+`&\quad `))
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%% %s\n", strings.Join(strings.Fields(t.Name+" "+t.Source), " "))
	align(&b, "", flow)
	align(&b, "with\n", parts)
	align(&b, "", claims)
	return b.String()
}

// newLine ends a line of an alignment.
const newLine = " \\\\\n"

func align(b *strings.Builder, before string, lines []string) {
	if len(lines) > 0 {
		fmt.Fprintf(b, "%s{\\allowdisplaybreaks\n\\begin{align*}\n%s\n\\end{align*}}\n", before, strings.Join(lines, newLine))
	}
}

type latexWriter struct {
	theory *Theory
	set    *typesetter
}

// state writes the flow of a state and its start.
func (w *latexWriter) state(s State) []string {
	var lines []string
	name := latexName(w.theory.Symbols[s.Symbol].Name)
	if s.Rate != nil {
		lines = append(lines, fmt.Sprintf(`\dot{%s} &= %s`, name, strings.Join(w.set.lines(s.Rate), newLine+`&\quad `)))
	}
	if x := s.Start; x != nil && x.Operation() == ode.OpState && w.theory.Symbols[x.Index()].Kind == StartSymbol {
		sym := w.theory.Symbols[x.Index()]
		lines = append(lines, fmt.Sprintf(`%s(0) &\in [%s, %s]`, name, LatexNumber(sym.Low), LatexNumber(sym.High)))
	} else if x != nil {
		lines = append(lines, fmt.Sprintf(`%s(0) &= %s`, name, w.set.write(x)))
	}
	return lines
}

var latexSpecial = strings.NewReplacer(`\`, `\textbackslash{}`, `_`, `\_`, `%`, `\%`, `&`, `\&`, `#`, `\#`, `{`, `\{`, `}`, `\}`, `$`, `\$`, `^`, `\^{}`, `~`, `\~{}`)

func latexText(s string) string { return latexSpecial.Replace(s) }

var (
	greek     = regexp.MustCompile(`^(alpha|beta|gamma|delta|epsilon|zeta|eta|theta|kappa|lambda|mu|nu|xi|pi|rho|sigma|tau|phi|chi|psi|omega)$`)
	numbered  = regexp.MustCompile(`^([A-Za-z]+)([0-9]+)$`)
	entryName = regexp.MustCompile(`^(.*?)(?:\[([0-9,]+)\])?(\.start)?$`)
)

// upright writes part of a name by a command, or as text where it holds signs that
// LaTeX has other uses for.
func upright(part, command string) string {
	text := latexText(part)
	if text != part {
		return `\text{` + text + `}`
	}
	if command == "" {
		return part
	}
	return command + `{` + part + `}`
}

// latexName writes the name of a symbol: w[0,1].start is w_{0,1}(0).
func latexName(name string) string {
	m := entryName.FindStringSubmatch(name)
	base, index, start := m[1], m[2], m[3]
	stem, sub, ok := strings.Cut(base, "_")
	if m := numbered.FindStringSubmatch(base); m != nil {
		stem, sub, ok = m[1], m[2], true
	}
	switch {
	case greek.MatchString(stem):
		stem = `\` + stem
	case len([]rune(stem)) > 1:
		stem = upright(stem, `\mathrm`)
	default:
		stem = upright(stem, "")
	}
	if ok {
		index = strings.Trim(upright(sub, "")+","+index, ",")
	}
	if index != "" {
		stem += "_{" + index + "}"
	}
	if start != "" {
		stem += "(0)"
	}
	return stem
}

// LatexNumber writes a rational number.
func LatexNumber(q *big.Rat) string {
	if q.IsInt() {
		return q.Num().String()
	}
	sign := ""
	if q.Sign() < 0 {
		sign = "-"
	}
	return fmt.Sprintf(`%s\tfrac{%s}{%s}`, sign, new(big.Int).Abs(q.Num()), q.Denom())
}

var latexStyle = style{
	open: `\left(`, close: `\right)`,
	forms: map[ode.Operation]form{
		ode.OpAdd:   {bindSum, "", bindSum, " + ", bindProduct, ""},
		ode.OpSub:   {bindSum, "", bindSum, " - ", bindProduct, ""},
		ode.OpMul:   {bindProduct, "", bindProduct, ` \cdot `, bindPower, ""},
		ode.OpQuo:   {bindPower, `\frac{`, 0, `}{`, 0, `}`},
		ode.OpNeg:   {own: bindSign, before: "-", first: bindProduct},
		ode.OpPower: {own: bindPower, before: "{", first: bindAll, after: "}^{%d}"},
		ode.OpSqrt:  {own: bindAll, before: `\sqrt{`, after: "}"},
		ode.OpAbs:   {own: bindAll, before: `\left|`, after: `\right|`},
		ode.OpAtan:  {own: bindAll, before: `\arctan\left(`, after: `\right)`},
	},
	function: func(name string) (string, string) { return `\` + name + `\left(`, `\right)` },
	name:     latexName,
	number:   LatexNumber,
	fraction: bindPower,
}

var latexSigns = map[alltime.Comparison]string{alltime.Less: "<", alltime.LessEqual: `\le`, alltime.Greater: ">", alltime.GreaterEqual: `\ge`, alltime.Equal: "="}

func (w *latexWriter) relation(left *ode.Expr, sign string, right *ode.Expr) string {
	return w.set.write(left) + " " + sign + " " + w.set.write(right)
}

// listed joins parts of a statement, on several lines where they are long.
func listed(parts []string) string {
	if text := strings.Join(parts, `,\ `); len(parts) == 1 || len(text) < 2*lineWidth {
		return text
	}
	return strings.Join(parts, ","+newLine+"&&& ")
}

func (w *latexWriter) relations(list []alltime.Relation) string {
	var parts []string
	for _, r := range list {
		parts = append(parts, w.relation(r.Left, latexSigns[r.Comparison], r.Right))
	}
	return listed(parts)
}

// expressions lists all that a statement writes.
func (s *Statement) expressions() []*ode.Expr {
	out := slices.Concat(s.X, s.Y)
	for _, r := range s.Relations {
		out = append(out, r.Left, r.Right)
	}
	if s.Reduction != nil {
		out = append(out, s.Reduction.Ansatz...)
	}
	if s.Then != nil {
		out = append(out, s.Then.expressions()...)
	}
	return out
}

func (w *latexWriter) statement(s *Statement) string {
	t := w.theory
	of := func(list []*ode.Expr) string {
		var parts []string
		for _, x := range list {
			parts = append(parts, w.set.write(x))
		}
		return listed(parts)
	}
	switch s.Kind {
	case Always:
		if s.Until != nil {
			return w.relations(s.Relations) + ` \quad (0 \le t \le ` + LatexNumber(s.Until) + `)`
		}
		return w.relations(s.Relations) + ` \quad (t \ge 0)`
	case Limit:
		to := of(s.Y)
		if s.Sign != 0 {
			to = map[int]string{1: `\infty`, -1: `-\infty`}[s.Sign]
		}
		return `\lim_{t\to\infty} ` + bracketed(s.X[0], of(s.X)) + ` = ` + to
	case Identity:
		var parts []string
		for i := range s.X {
			parts = append(parts, w.relation(s.X[i], "=", s.Y[i]))
		}
		return listed(parts)
	case Conserved:
		return `\tfrac{d}{dt}\left(` + of(s.X) + `\right) = 0`
	case Invariant:
		return `\text{invariant:}\ ` + w.relations(s.Relations)
	case When:
		if len(s.Relations) == 0 {
			return w.statement(s.Then)
		}
		return w.relations(s.Relations) + ` \implies ` + w.statement(s.Then)
	case Reduces:
		var parts []string
		for i, full := range s.Reduction.Full {
			parts = append(parts, latexName(t.Symbols[t.States[full].Symbol].Name)+" = "+w.set.write(s.Reduction.Ansatz[i]))
		}
		return listed(parts) + ` \text{ is kept}`
	case UniqueEquilibrium:
		var parts []string
		for state := range t.States {
			if ends, ok := s.Box[state]; ok {
				parts = append(parts, fmt.Sprintf(`%s \in [%s, %s]`, latexName(t.Symbols[t.States[state].Symbol].Name), LatexNumber(ends[0]), LatexNumber(ends[1])))
			}
		}
		return `\text{one equilibrium with}\ ` + listed(parts)
	}
	return of(s.X) + ` \text{ ` + s.Kind + `}`
}

// bracketed puts a sum into brackets.
func bracketed(x *ode.Expr, text string) string {
	if isSum(x) {
		return latexStyle.open + text + latexStyle.close
	}
	return text
}
