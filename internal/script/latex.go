package script

import (
	"fmt"
	"math/big"
	"regexp"
	"strings"

	"muflow/internal/alltime"
	"muflow/ode"
)

// LaTeX writes the flow of a theory and its claims as aligned equations, for a
// paper.
func LaTeX(t *Theory) string {
	var b strings.Builder
	l := func(x *ode.Expr) string { return latexOf(x, t.Symbols) }
	fmt.Fprintf(&b, "%% %s %s\n", t.Name, t.Source)
	var lines []string
	for _, s := range t.States {
		name := latexName(t.Symbols[s.Symbol].Name)
		if s.Rate != nil {
			lines = append(lines, fmt.Sprintf(`\dot{%s} &= %s`, name, l(s.Rate)))
		}
		if s.Start != nil {
			start := l(s.Start)
			if x := s.Start; x.Operation() == ode.OpState && t.Symbols[x.Index()].Kind == StartSymbol {
				sym := t.Symbols[x.Index()]
				start = fmt.Sprintf(`%s \in [%s, %s]`, start, latexNumber(sym.Low), latexNumber(sym.High))
			}
			lines = append(lines, fmt.Sprintf(`%s(0) &= %s`, name, start))
		}
	}
	align(&b, lines)
	lines = nil
	for _, c := range t.Claims {
		line := fmt.Sprintf(`&\text{%s:} && %s`, latexText(c.ID), latexStatement(c.Statement, t))
		if c.Expect != "proved" {
			line += ` \quad \text{(` + c.Expect + `)}`
		}
		lines = append(lines, line)
	}
	for _, o := range t.Oracles {
		lines = append(lines, fmt.Sprintf(`&\text{%s:} && %s = %s`, latexText(o.Name), l(o.Left), l(o.Right)))
	}
	align(&b, lines)
	return b.String()
}

func align(b *strings.Builder, lines []string) {
	if len(lines) > 0 {
		fmt.Fprintf(b, "\\begin{align*}\n%s\n\\end{align*}\n", strings.Join(lines, " \\\\\n"))
	}
}

var latexSpecial = strings.NewReplacer(`\`, `\textbackslash{}`, `_`, `\_`, `%`, `\%`, `&`, `\&`, `#`, `\#`, `{`, `\{`, `}`, `\}`, `$`, `\$`, `^`, `\^{}`, `~`, `\~{}`)

func latexText(s string) string { return latexSpecial.Replace(s) }

var (
	greek     = regexp.MustCompile(`^(alpha|beta|gamma|delta|epsilon|zeta|eta|theta|kappa|lambda|mu|nu|xi|pi|rho|sigma|tau|phi|chi|psi|omega)$`)
	numbered  = regexp.MustCompile(`^([A-Za-z]+)([0-9]+)$`)
	entryName = regexp.MustCompile(`^(.*?)(?:\[([0-9,]+)\])?(\.start)?$`)
)

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
		stem = `\mathrm{` + latexText(stem) + `}`
	default:
		stem = latexText(stem)
	}
	if ok {
		index = strings.Trim(latexText(sub)+","+index, ",")
	}
	if index != "" {
		stem += "_{" + index + "}"
	}
	if start != "" {
		stem += "(0)"
	}
	return stem
}

func latexNumber(q *big.Rat) string {
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
	number:   latexNumber,
	fraction: bindPower,
}

func latexOf(x *ode.Expr, symbols []Symbol) string {
	text := latexStyle.write(x, symbols)
	if len(text) > maxText {
		return fmt.Sprintf(`\text{an expression of more than %d characters}`, maxText)
	}
	return text
}

var latexSigns = map[alltime.Comparison]string{alltime.Less: "<", alltime.LessEqual: `\le`, alltime.Greater: ">", alltime.GreaterEqual: `\ge`, alltime.Equal: "="}

func latexRelations(list []alltime.Relation, symbols []Symbol) string {
	var parts []string
	for _, r := range list {
		parts = append(parts, latexOf(r.Left, symbols)+" "+latexSigns[r.Comparison]+" "+latexOf(r.Right, symbols))
	}
	return strings.Join(parts, ",\\ ")
}

func latexStatement(s *Statement, t *Theory) string {
	of := func(list []*ode.Expr) string {
		var parts []string
		for _, x := range list {
			parts = append(parts, latexOf(x, t.Symbols))
		}
		return strings.Join(parts, ",\\ ")
	}
	switch s.Kind {
	case Always:
		if s.Until != nil {
			return latexRelations(s.Relations, t.Symbols) + ` \quad (0 \le t \le ` + latexNumber(s.Until) + `)`
		}
		return latexRelations(s.Relations, t.Symbols) + ` \quad (t \ge 0)`
	case Limit:
		to := of(s.Y)
		if s.Sign != 0 {
			to = map[int]string{1: `\infty`, -1: `-\infty`}[s.Sign]
		}
		return `\lim_{t\to\infty} ` + of(s.X) + ` = ` + to
	case Identity:
		var parts []string
		for i := range s.X {
			parts = append(parts, latexOf(s.X[i], t.Symbols)+" = "+latexOf(s.Y[i], t.Symbols))
		}
		return strings.Join(parts, ",\\ ")
	case Conserved:
		return `\tfrac{d}{dt}\left(` + of(s.X) + `\right) = 0`
	case Invariant:
		return `\{` + latexRelations(s.Relations, t.Symbols) + `\} \text{ is invariant}`
	case When:
		if len(s.Relations) == 0 {
			return latexStatement(s.Then, t)
		}
		return latexRelations(s.Relations, t.Symbols) + ` \implies ` + latexStatement(s.Then, t)
	case Reduces:
		var parts []string
		for i, full := range s.Reduction.Full {
			parts = append(parts, latexName(t.Symbols[t.States[full].Symbol].Name)+" = "+latexOf(s.Reduction.Ansatz[i], t.Symbols))
		}
		return strings.Join(parts, ",\\ ") + ` \text{ is kept}`
	case UniqueEquilibrium:
		return `\text{one equilibrium in the box}`
	}
	return of(s.X) + ` \text{ ` + s.Kind + `}`
}
