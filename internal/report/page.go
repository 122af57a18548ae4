package report

import (
	"crypto/sha256"
	_ "embed" // the page, its style and its script
	"encoding/base64"
	"fmt"
	"html"
	"html/template"
	"io"
	"regexp"
	"strings"

	"muflow/internal/page/web"
)

//go:embed page.html
var pageText string

//go:embed style.css
var styleText string

// A page is what the template shows.
type page struct {
	Title      string
	Subtitle   string
	Policy     string        // content security policy
	Style      template.HTML // the elements
	Script     template.HTML
	Chips      []chip
	Conclusion string
	Command    string
	Links      []link
	Verdicts   table
	Rows       *rowsPart
	Claims     []claimPart
	Cards      []card
	Parts      []part
	Names      []meaning
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

// A meaning explains a name.
type meaning struct{ Name, Means template.HTML }

// A rowsPart is the part of the page with every instance and step.
type rowsPart struct {
	Plain table
	Total int
	Data  template.HTML // an element for the script, see rows.pack
}

// A card shows one instance-step: its graph, flow and verdicts.
type card struct {
	ID, Heading string
	Verdicts    table
	Figures     []pageFigure
}

// A table is shown in the page, and written for LaTeX.
type table struct {
	Name    string // of its LaTeX file, none if empty
	Columns []column
	Keys    int // how many of the first columns name a row, 1 if 0
	Rows    [][]cell
	Note    template.HTML
	Command string
}

type column struct {
	Name string
	Text bool // aligned to the left
	Wide bool // in LaTeX over several lines

	Means string // what is told of the name
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
	Near, NearLink            string // the place at which it comes nearest to failing
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

//go:embed report.js
var scriptText string

// write executes the template. Style and script are let in by their hashes, and
// nothing else is.
func (p *page) write(w io.Writer) error {
	t, err := template.New("page").Parse(pageText)
	if err != nil {
		return err
	}
	element := func(open, text, end string) (template.HTML, string) {
		sum := sha256.Sum256([]byte(text))
		return template.HTML(open + text + end), "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
	}
	var style, script string
	p.Style, style = element("<style>", styleText, "</style>")
	p.Script, script = element("<script type=\"module\">", scriptOf(), "</script>")
	p.Policy = "default-src 'none'; base-uri 'none'; form-action 'none'; img-src data:; style-src " + style + "; script-src " + script
	return t.Execute(w, p)
}

// scriptOf is the script of the page: the flow and the graphs as the interactive
// page has them, and its own.
func scriptOf() string {
	return web.Flow + web.Graph + scriptText
}
