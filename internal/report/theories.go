package report

import (
	"context"
	"fmt"
	"html"
	"html/template"
	"math/big"
	"strings"

	"muflow/internal/check"
	"muflow/internal/script"
	"muflow/prove"
	"muflow/theory"
)

// A TheoryRun is what was decided of theory files.
type TheoryRun struct {
	Command  string // that makes the report again
	Version  string
	Files    []prove.DataName
	Until    *big.Rat
	Theories []CheckedTheory
}

// A CheckedTheory is a theory with what was decided of it.
type CheckedTheory struct {
	Theory   *script.Theory
	Instance int    // in the data, −1 without
	Flags    string // of verify check and verify figure theory
	Report   *check.Report
}

// A system is the LaTeX of a theory.
type system struct{ name, title, text string }

func (x *CheckedTheory) title() string {
	if x.Instance >= 0 {
		return fmt.Sprintf("%s, data %d", x.Theory.Name, x.Instance)
	}
	return x.Theory.Name
}

// theories makes a part for each theory, and the table of all.
func (b *Builder) theories(ctx context.Context) error {
	all := table{Name: "theories", Columns: columnsOf("<theory", "claims", "as expected", "unexpected", "open")}
	counts, bad, open := map[theory.Verdict]int{}, 0, 0
	var parts []*part
	for i, x := range b.Theories.Theories {
		id := fmt.Sprintf("theory-%d", i+1)
		p, err := b.theory(ctx, id, &x)
		if err != nil {
			return err
		}
		parts = append(parts, p)
		fine, failed, left := 0, 0, 0
		for _, r := range x.Report.Claims {
			counts[r.Verdict]++
			switch {
			case r.Fine():
				fine++
			case r.Open():
				left++
			default:
				failed++
			}
		}
		bad, open = bad+failed, open+left
		all.row(cell{Text: x.title(), Link: id}, len(x.Report.Claims), fine, failed, left)
	}
	b.latex = append([]table{all}, b.latex...)
	p := &b.page
	if b.Results == nil && b.Swept == nil {
		p.Title = "Theories in files: what is claimed, and what is proved"
		p.Subtitle = fmt.Sprintf("%d theories, verify %s.", len(b.Theories.Theories), b.Theories.Version)
		p.Verdicts, p.Command = all, b.Theories.Command
		p.Links = append([]link{{"verdicts", "Verdicts"}}, p.Links...)
		for _, v := range theory.Verdicts {
			if n := counts[v]; n > 0 {
				p.Chips = append(p.Chips, chip{verdictClasses[v], v.String(), n})
			}
		}
		p.Conclusion = expectation(bad, open)
	} else {
		b.addPart(part{ID: "theories", Heading: "Theories in files", Tables: []table{all}}, "theories")
	}
	for _, p := range parts {
		b.addPart(*p, p.Heading)
	}
	return nil
}

// expectation says how many verdicts are not the expected ones.
func expectation(bad, open int) string {
	switch {
	case bad > 0:
		return fmt.Sprintf("%d verdicts are not the expected ones.", bad)
	case open > 0:
		return fmt.Sprintf("%d verdicts stay open; all others are the expected ones.", open)
	}
	return "All verdicts are the expected ones: a claim that is planted to be false is expected to be refuted."
}

// theory makes the part of one theory.
func (b *Builder) theory(ctx context.Context, id string, x *CheckedTheory) (*part, error) {
	th := x.Theory
	text := script.LaTeX(th)
	b.systems = append(b.systems, system{id, x.title(), text})
	p := &part{ID: id, Heading: x.title(), Formulas: formulas(text, id), Text: "From " + th.File + "."}
	if th.Source != "" {
		p.Text = fmt.Sprintf("%s, from %s.", th.Source, th.File)
	}
	claims := table{Name: id + "-claims", Columns: columnsOf("<claim", "<verdict", "<expected", "<reason"), Command: "verify check " + x.Flags}
	claims.Columns[3].Wide = true
	for _, r := range x.Report.Claims {
		class := verdictClasses[r.Verdict]
		switch {
		case r.Fine():
			class = "good"
		case !r.Open():
			class = "bad"
		}
		claims.row(r.ID, cell{Text: r.Verdict.String(), Class: class}, r.Expected, cell{Text: r.Reason, Class: "wide"})
	}
	observables := table{Name: id + "-observables", Keys: 2, Columns: columnsOf("<observable", "t", "<value"), Command: claims.Command}
	for _, o := range x.Report.Observations {
		value := o.Reason
		if o.Number != nil {
			value = agreed(*o.Number)
		}
		observables.row(o.Name, o.Time, cell{Text: value, Class: "number"})
	}
	for _, t := range []table{claims, observables} {
		if len(t.Rows) > 0 {
			p.Tables, b.latex = append(p.Tables, t), append(b.latex, t)
		}
	}
	plot := TheoryPlot{Theory: th, Until: b.Theories.Until, Lower: true}
	f, _, err := plot.Figure(ctx)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err != nil {
		p.Text += " There is no figure: " + err.Error() + "."
		return p, nil
	}
	f.Title = x.title()
	caption := "Enclosed at every point drawn; dashed: bounds and limits that proved claims state; rings: oracles."
	return p, b.figure(&p.Figures, f, id, caption, fmt.Sprintf("verify figure theory %s --until %s --lower --out flow", x.Flags, b.Theories.Until.RatString()), 7, 4.4)
}

// mostFormulas bounds the lines of a theory in the page.
const mostFormulas = 80

// formulas writes the aligned equations of a theory for the page, one each; what
// MathML has no word for stays LaTeX.
func formulas(latex, id string) []template.HTML {
	var out []template.HTML
	for _, block := range strings.Split(latex, `\begin{align*}`)[1:] {
		block, _, _ = strings.Cut(block, `\end{align*}`)
		block = strings.NewReplacer(" \\\\\n&\\quad ", " ", " \\\\\n&&& ", " ").Replace(strings.TrimSpace(block))
		for _, line := range strings.Split(block, " \\\\\n") {
			if len(out) == mostFormulas {
				return append(out, template.HTML(fmt.Sprintf("<p>… and more: latex/%s.tex</p>", id)))
			}
			line = strings.ReplaceAll(line, `\&`, "\x00")
			line = strings.ReplaceAll(strings.ReplaceAll(line, "&&", `\quad `), "&", "")
			line = strings.ReplaceAll(line, "\x00", `\&`)
			text, err := MathML(line)
			if err != nil {
				text = "<code>" + html.EscapeString(line) + "</code>"
			}
			out = append(out, template.HTML(text))
		}
	}
	return out
}

// reproduceTheories says how a report on theory files alone was made.
func (b *Builder) reproduceTheories() {
	r := b.Theories
	b.page.Facts = append(b.page.Facts, fact{"command", r.Command}, fact{"version", "verify " + r.Version})
	files := table{Columns: columnsOf("<file", "<SHA-256")}
	for _, f := range r.Files {
		files.row(cell{Text: f.Name, Class: "number"}, cell{Text: f.SHA256, Class: "number"})
	}
	b.page.Files = files
	b.page.Links = append(b.page.Links, link{"reproduce", "Reproduce"})
}
