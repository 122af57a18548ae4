package report

import (
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strings"
	"unicode"

	"muflow/internal/runlog"
	"muflow/prove"
)

// A macro is a number as a LaTeX command.
type macro struct{ name, value string }

// agreed returns the digits on which both ends of a number agree, and an
// ellipsis if there are more.
func agreed(x prove.Number) string {
	if x.Lo == x.Hi {
		return x.Lo
	}
	n := 0
	for n < len(x.Lo) && n < len(x.Hi) && x.Lo[n] == x.Hi[n] {
		n++
	}
	text := x.Lo[:n]
	if !strings.Contains(text, ".") || strings.ContainsAny(x.Lo+x.Hi, "eE") {
		return "[" + x.Lo + ", " + x.Hi + "]"
	}
	return strings.TrimSuffix(text, ".") + "…"
}

func parseFloat(text string) (float64, error) {
	q, ok := new(big.Rat).SetString(text)
	if !ok {
		return 0, fmt.Errorf("%q is not a number", text)
	}
	f, _ := q.Float64()
	return f, nil
}

var latexSigns = strings.NewReplacer(
	`\`, `\textbackslash{}`, "&", `\&`, "%", `\%`, "$", `\$`, "#", `\#`, "_", `\_`, "{", `\{`, "}", `\}`, "~", `\textasciitilde{}`, "^", `\textasciicircum{}`,
	"β", `$\beta$`, "λ", `$\lambda$`, "ν", `$\nu$`, "ξ", `$\xi$`, "ρ", `$\rho$`, "σ", `$\sigma$`, "η", `$\eta$`, "θ", `$\theta$`, "Δ", `$\Delta$`, "Σ", `$\Sigma$`,
	"·", `$\cdot$`, "×", `$\times$`, "∞", `$\infty$`, "²", `$^2$`, "∈", `$\in$`, "→", `$\to$`, "≠", `$\neq$`,
	"μ", `$\mu$`, "α", `$\alpha$`, "κ", `$\kappa$`, "±", `$\pm$`, "−", `$-$`, "–", `--`, "…", `\ldots{}`, "≥", `$\ge$`, "≤", `$\le$`, "<", `$<$`, ">", `$>$`, "′", `$'$`,
)

// latexText writes a text so that LaTeX shows it as it stands.
func latexText(text string) string {
	text = oneLine(text)
	text = strings.NewReplacer("d_max", "\x01", "d_min", "\x02", "d*", "\x03", "μ*", "\x04", "b_lo", "\x05", "b_hi", "\x06").Replace(text)
	text = strings.Map(func(r rune) rune {
		if r > 0xff { // a sign that no font of plain LaTeX is sure to have
			return '?'
		}
		return r
	}, latexSigns.Replace(text))
	return strings.NewReplacer("\x01", `$d_{\max}$`, "\x02", `$d_{\min}$`, "\x03", `$d^*$`, "\x04", `$\mu^*$`, "\x05", `$b_{\mathrm{lo}}$`, "\x06", `$b_{\mathrm{hi}}$`).Replace(text)
}

// oneLine keeps a text in one line of printable signs, as a comment must be.
func oneLine(text string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return '?'
		}
		return r
	}, text)
}

// latex writes a table with the rules of the package booktabs.
func (t *table) latex() string {
	var out strings.Builder
	if t.Command != "" {
		fmt.Fprintf(&out, "%% %s\n", oneLine(t.Command))
	}
	align, names := "", []string{}
	for _, c := range t.Columns {
		names = append(names, latexText(c.Name))
		switch {
		case c.Wide:
			align += `p{9cm}`
		case c.Text:
			align += "l"
		default:
			align += "r"
		}
	}
	fmt.Fprintf(&out, "\\begin{tabular}{%s}\n\\toprule\n%s \\\\\n\\midrule\n", align, strings.Join(names, " & "))
	for _, row := range t.Rows {
		var cells []string
		for _, c := range row {
			cells = append(cells, latexText(c.Text))
		}
		out.WriteString(strings.Join(cells, " & ") + " \\\\\n")
	}
	out.WriteString("\\bottomrule\n\\end{tabular}\n")
	return out.String()
}

// writeLaTeX writes the tables, the numbers as commands, and a document that
// shows them and the figures.
func (b *Builder) writeLaTeX() error {
	put := func(name, text string) error {
		return runlog.WriteIn(b.Folder, "latex/"+name, []byte(text))
	}
	var document strings.Builder
	document.WriteString(`% Shows the tables, numbers and figures of this folder: pdflatex all.tex
\documentclass{article}
\usepackage{amsmath}
\usepackage{booktabs}
\usepackage{graphicx}
\usepackage[margin=2cm]{geometry}
\input{values}
\begin{document}
\raggedright
`)
	for _, x := range b.systems {
		if err := put(x.name+".tex", x.text); err != nil {
			return err
		}
		fmt.Fprintf(&document, "\\section*{%s}\n\\input{%s}\n\n", latexText(x.title), x.name)
	}
	for _, t := range b.latex {
		if err := put(t.Name+".tex", t.latex()); err != nil {
			return err
		}
		fmt.Fprintf(&document, "\\section*{%s}\n\\noindent\\resizebox{\\ifdim\\width>\\linewidth\\linewidth\\else\\width\\fi}{!}{\\input{%s}}\n\n", t.Name, t.Name)
	}
	values := "% Numbers of this run; enclosures are cut to the digits that are proved.\n"
	document.WriteString("\\section*{numbers}\n")
	seen := map[string]bool{}
	for _, v := range b.values {
		for seen[v.name] { // names of data sets that differ in signs only
			v.name += "X"
		}
		seen[v.name] = true
		values += fmt.Sprintf("\\newcommand{\\%s}{%s}\n", v.name, latexText(v.value))
		fmt.Fprintf(&document, "\\textbackslash %s: \\%s{}\n\n", v.name, v.name)
	}
	if err := put("values.tex", values); err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(b.figures)) {
		fmt.Fprintf(&document, "\\begin{figure}[p]\\centering\n\\includegraphics[width=\\linewidth,height=0.8\\textheight,keepaspectratio]{{../figures/%s}.pdf}\n\\caption{%s}\n\\end{figure}\n\\clearpage\n", name, latexText(name))
	}
	document.WriteString("\\end{document}\n")
	return put("all.tex", document.String())
}
