package report

import (
	"fmt"
	"maps"
	"math/big"
	"regexp"
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

// commands are all numbers of the report as commands, those of tables too.
func (b *Builder) commands() []macro {
	out := slices.Clone(b.values)
	for _, t := range b.latex {
		out = append(out, t.macros()...)
	}
	known := map[string]string{}
	kept := out[:0]
	for _, v := range out {
		for { // rows that differ in signs only
			old, taken := known[v.name]
			if !taken || old == v.value {
				break
			}
			v.name += "X"
		}
		if _, taken := known[v.name]; !taken {
			known[v.name] = v.value
			kept = append(kept, v)
		}
	}
	return kept
}

// mostListed is how many commands the document shows.
const mostListed = 120

// writeLaTeX writes the tables, the numbers as commands, and a document in two
// columns that shows them and the figures.
func (b *Builder) writeLaTeX() error {
	put := func(name, text string) error {
		return runlog.WriteIn(b.Folder, "latex/"+name, []byte(text))
	}
	var document strings.Builder
	document.WriteString(`% Shows the tables, numbers and figures of this folder: pdflatex all.tex
\documentclass[twocolumn]{article}
\usepackage{amsmath}
\usepackage{array}
\usepackage{booktabs}
\usepackage{graphicx}
\usepackage{pgfplots}
\pgfplotsset{compat=1.16}
\usepackage[margin=2cm]{geometry}
\input{values}
\begin{document}
\raggedright\raggedbottom
`)
	if len(b.systems) > 0 { // equations are wider than a column
		document.WriteString("\\onecolumn\n")
	}
	for _, x := range b.systems {
		if err := put(x.name+".tex", x.text); err != nil {
			return err
		}
		fmt.Fprintf(&document, "\\section*{%s}\n{\\small\\input{%s}}\n\n", latexText(x.title), x.name)
	}
	if len(b.systems) > 0 {
		document.WriteString("\\twocolumn\n")
	}
	for _, t := range b.latex {
		if err := put(t.Name+".tex", t.latex()); err != nil {
			return err
		}
		fmt.Fprintf(&document, "\\section*{%s}\n\\input{%s}\n\n", latexText(t.Name), t.Name)
	}
	commands := b.commands()
	values := "% Numbers of this report; enclosures are cut to the digits that are proved.\n"
	document.WriteString("\\section*{numbers}\n\\footnotesize\n")
	for i, v := range commands {
		values += fmt.Sprintf("\\newcommand{\\%s}{%s}\n", v.name, latexValue(v.value))
		if i < mostListed {
			fmt.Fprintf(&document, "\\textbackslash %s: \\%s{}\\par\n", wordStart.ReplaceAllString(v.name, `$1\-$2`), v.name)
		}
	}
	if n := len(commands) - mostListed; n > 0 {
		fmt.Fprintf(&document, "and %d more in values.tex\\par\n", n)
	}
	if err := put("values.tex", values); err != nil {
		return err
	}
	document.WriteString("\\normalsize\\clearpage\n")
	for i, name := range slices.Sorted(maps.Keys(b.figures)) {
		picture := fmt.Sprintf("\\includegraphics[width=\\linewidth,height=0.4\\textheight,keepaspectratio]{{../figures/%s}.pdf}", name)
		if b.figures[name] { // has axes
			picture += fmt.Sprintf("\\par\\input{../figures/%s.tex}", name)
		}
		fmt.Fprintf(&document, "\\begin{figure}[p]\\centering\n%s\n\\caption{%s}\n\\end{figure}\n", picture, latexText(name))
		if i%4 == 3 {
			document.WriteString("\\clearpage\n")
		}
	}
	document.WriteString("\\end{document}\n")
	return put("all.tex", document.String())
}

// wordStart is where a name in letters may be broken.
var wordStart = regexp.MustCompile(`([a-z])([A-Z])`)
