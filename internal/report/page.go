package report

import (
	_ "embed" // the page and its style
	"fmt"
	"html"
	"html/template"
	"io"
	"regexp"
	"strings"
)

//go:embed page.html
var pageText string

//go:embed style.css
var styleText string

// A page is what the template shows.
type page struct {
	Title      string
	Subtitle   string
	Style      template.CSS
	Chips      []chip
	Conclusion string
	Command    string
	Links      []link
	Verdicts   table
	Main       []pageFigure
	Claims     []claimPart
	Parts      []part
	Facts      []fact
	Files      table
}

type chip struct {
	Class, Name string
	Count       int
}

type link struct{ ID, Name string }

type fact struct{ Name, Value string }

type assumption struct {
	ID   string
	Text template.HTML
}

// A table is shown in the page, and written for LaTeX.
type table struct {
	Name    string // of its LaTeX file, none if empty
	Columns []column
	Rows    [][]cell
	Note    template.HTML
	Command string
}

type column struct {
	Name string
	Text bool // aligned to the left
	Wide bool // in LaTeX over several lines
}

type cell struct{ Text, Class, Link string }

type pageFigure struct {
	SVG     template.HTML
	Caption string
	Command string
}

// A claimPart is the part of the page about one claim.
type claimPart struct {
	ID, Theorem, Outcome      string
	Statement, Formula, Proof template.HTML
	Assumptions               []assumption
	Tables                    []table
	Worst                     *worst
}

// A worst is the entry at which a claim comes nearest to failing.
type worst struct {
	Heading string
	Values  table
	Figures []pageFigure
}

// A part is any other part of the page.
type part struct {
	ID, Heading, Text string
	Formulas          []template.HTML
	Tables            []table
	Figures           []pageFigure
}

func columnsOf(names ...string) []column {
	out := make([]column, len(names))
	for i, name := range names {
		out[i].Name, out[i].Text = strings.CutPrefix(name, "<")
	}
	return out
}

var subscripted = regexp.MustCompile(`([\pL*])_(?:\{([^{}]*)\}|([A-Za-z0-9]+))`)

var superscripted = regexp.MustCompile(`\^\{([^{}]*)\}`)

// subscripts writes plain text such as N_{c+1}, d_max and y^{n} with real scripts.
func subscripts(text string) template.HTML {
	text = superscripted.ReplaceAllString(html.EscapeString(text), "<sup>$1</sup>")
	for range 2 { // once more for those within
		text = subscripted.ReplaceAllString(text, "$1<sub>$2$3</sub>")
	}
	return template.HTML(text)
}

// row makes cells of values, which may be cells already; those of columns of
// text are aligned so.
func (t *table) row(values ...any) {
	cells := make([]cell, len(values))
	for i, v := range values {
		c, isCell := v.(cell)
		if !isCell {
			c.Text = fmt.Sprint(v)
		}
		if t.Columns[i].Text {
			c.Class = "text " + c.Class
		}
		cells[i] = c
	}
	t.Rows = append(t.Rows, cells)
}

// write executes the template.
func (p *page) write(w io.Writer) error {
	t, err := template.New("page").Parse(pageText)
	if err != nil {
		return err
	}
	p.Style = template.CSS(styleText)
	return t.Execute(w, p)
}
