package report

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"gonum.org/v1/plot/plotter"
)

// A TeX is a drawing that pgfplots can make.
type TeX interface{ WriteTeX(w io.Writer) error }

// pgfDashes and pgfMarks tell curves apart beside their colours, as dashes and
// shapes do.
var (
	pgfDashes = []string{"solid", "dash pattern=on 7pt off 2pt", "dash pattern=on 2pt off 2pt", "dash pattern=on 8pt off 2pt on 2pt off 2pt", "dash pattern=on 12pt off 3pt"}
	pgfMarks  = []string{"o", "square", "triangle", "+", "x", "diamond", "asterisk"}
)

// WriteTeX writes the figure for the package pgfplots (\pgfplotsset{compat=1.16}
// or later): as wide as a column of text, in the fonts of the document, without
// its title, which belongs into the caption.
func (f *Figure) WriteTeX(w io.Writer) error {
	if _, err := f.plot(); err != nil {
		return err
	}
	var out strings.Builder
	out.WriteString("% \\usepackage{pgfplots} \\pgfplotsset{compat=1.16}\n\\begin{tikzpicture}\n")
	for i, c := range palette {
		fmt.Fprintf(&out, "\\definecolor{hue%d}{RGB}{%d,%d,%d}\n", i, c.R, c.G, c.B)
	}
	out.WriteString("\\begin{axis}[scale only axis, width=0.78\\linewidth, height=0.5\\linewidth, grid=major, font=\\footnotesize, enlarge x limits=0.02, enlarge y limits=0.04,\n")
	fmt.Fprintf(&out, "  xlabel={%s}, ylabel={%s}, ylabel near ticks, xlabel near ticks,\n", latexText(f.XLabel), latexText(f.YLabel))
	if f.LogX {
		out.WriteString("  xmode=log,\n")
	}
	if f.LogY {
		out.WriteString("  ymode=log,\n")
	}
	if len(f.YNames) > 0 {
		var names []string
		for _, name := range f.YNames {
			names = append(names, "{"+latexText(name)+"}")
		}
		fmt.Fprintf(&out, "  ytick={1,...,%d}, yticklabels={%s}, y tick label style={align=right, text width=0.36\\linewidth, font=\\scriptsize}, width=0.4\\linewidth, height=%.1f\\linewidth,\n", len(names), strings.Join(names, ","), 0.09*float64(len(names)))
	}
	out.WriteString("  scaled ticks=false, tick label style={/pgf/number format/fixed, /pgf/number format/precision=4},\n")
	out.WriteString("  legend style={at={(-0.14,-0.26)}, anchor=north west, draw=none, font=\\scriptsize}, legend cell align=left]\n")
	for _, c := range f.Curves {
		if err := c.pgf(&out, f); err != nil {
			return fmt.Errorf("curve %q: %w", c.Name, err)
		}
	}
	out.WriteString("\\end{axis}\n\\end{tikzpicture}\n")
	_, err := io.WriteString(w, out.String())
	return err
}

// pgf writes one curve.
func (c Curve) pgf(out *strings.Builder, f *Figure) error {
	hue := (c.Hue%len(palette) + len(palette)) % len(palette)
	points, end := c.seen(f.LogX, f.LogY), ""
	style := fmt.Sprintf("color=hue%d", hue)
	switch c.Style {
	case Band:
		low, high, err := ends(c.Bounds)
		if err != nil {
			return err
		}
		points, end = nil, " -- cycle"
		for i, x := range c.X {
			points = append(points, plotter.XY{X: x, Y: low[i]})
		}
		for i := len(c.X) - 1; i >= 0; i-- {
			points = append(points, plotter.XY{X: c.X[i], Y: high[i]})
		}
		style = fmt.Sprintf("draw=none, fill=hue%d, fill opacity=0.22, area legend", hue)
	case Points:
		style += fmt.Sprintf(", only marks, mark=%s, mark size=1.4pt", pgfMarks[hue%len(pgfMarks)])
	case Dashed:
		style += ", thin, densely dashed, no marks"
	default:
		style += ", thick, " + pgfDashes[c.look()%len(pgfDashes)]
		if c.Marked > 0 {
			repeat := markSpacing
			if len(c.X) <= 2*markSpacing {
				repeat = 1
			}
			style += fmt.Sprintf(", mark=%s, mark repeat=%d, mark options={solid}, mark size=1.6pt", pgfMarks[c.look()%len(pgfMarks)], repeat)
		} else {
			style += ", no marks"
		}
	}
	if c.Name == "" {
		style += ", forget plot"
	}
	fmt.Fprintf(out, "\\addplot[%s] coordinates {", style)
	for i, p := range points {
		if i%6 == 0 {
			out.WriteString("\n ")
		}
		fmt.Fprintf(out, " (%s,%s)", strconv.FormatFloat(p.X, 'g', 6, 64), strconv.FormatFloat(p.Y, 'g', 6, 64))
	}
	fmt.Fprintf(out, "\n}%s;\n", end)
	if c.Name != "" {
		name := latexText(c.Name)
		if textWidth(c.Name) > columnWidth {
			name = `\parbox[t]{0.8\linewidth}{\raggedright ` + breakable(c.Name) + "}"
		}
		fmt.Fprintf(out, "\\addlegendentry{%s}\n", name)
	}
	return nil
}
