package report

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// A column of a paper, and what a table of 8 point letters takes of it. The
// class article has 8.3 cm beside each other, those of journals and conferences
// more.
const (
	columnWidth = 226.0 // points
	columnGap   = 5.0   // between two columns of a table
	leastText   = 72.0  // of a column of text over several lines
	mostLines   = 44    // of one tabular, so that it fits a page
)

// letterWidth is about how wide a letter of 8 point Computer Modern is, rather
// too wide.
func letterWidth(r rune) float64 {
	switch {
	case r >= '0' && r <= '9':
		return 4.3
	case strings.ContainsRune("il.,:;'|!jt-()[]fr I/", r):
		return 3.4
	case strings.ContainsRune("mwMW%…", r):
		return 7.6
	case strings.ContainsRune("=<>±−+×≥≤≠→∞≈", r):
		return 9.5
	case unicode.IsUpper(r):
		return 6.3
	}
	return 4.9
}

func textWidth(text string) float64 {
	sum := 0.0
	for _, r := range text {
		sum += letterWidth(r)
	}
	return sum
}

// numeric finds what is a number for a reader, with its proved digits.
var numeric = regexp.MustCompile(`^(?:[±+>≈−-]|> )?\d[\d.]*(?:e[+-]?\d+)?…?$|^\[-?\d\S*, -?\d\S*\]$|^-?\d[\d.]*(?:e[+-]?\d+)?–-?\d[\d.]*(?:e[+-]?\d+)?$|^\d+/\d+$`)

var tenPower = regexp.MustCompile(`(\d)e([+-]?)0*(\d+)`)

// latexValue writes a text, or a number in mathematics.
func latexValue(text string) string {
	if !numeric.MatchString(text) {
		return latexText(text)
	}
	text = tenPower.ReplaceAllStringFunc(text, func(part string) string {
		m := tenPower.FindStringSubmatch(part)
		return fmt.Sprintf(`%s\cdot10^{%s%s}`, m[1], strings.TrimPrefix(m[2], "+"), m[3])
	})
	return `\ensuremath{` + strings.NewReplacer("…", `\ldots`, "±", `\pm`, "≈", `\approx`, "−", "-", "–", `\text{--}`, ", ", `,\,`).Replace(text) + "}"
}

// breakable lets a text of several lines break in long words.
func breakable(text string) string {
	words := strings.Split(text, " ")
	for i, word := range words {
		if textWidth(word) <= leastText*0.8 {
			words[i] = latexText(word)
			continue
		}
		var out strings.Builder
		run := []rune{}
		for _, r := range word {
			if run = append(run, r); strings.ContainsRune(":=/_,-.", r) || len(run) == 12 {
				out.WriteString(latexText(string(run)) + `\allowbreak{}`)
				run = run[:0]
			}
		}
		words[i] = out.String() + latexText(string(run))
	}
	return strings.Join(words, " ")
}

// A latexColumn is a column that stands in the table for LaTeX.
type latexColumn struct {
	at    int
	width float64
	wide  bool // text over several lines
	key   bool
}

// kept lists the columns that say something: all but those of zeros and of
// nothing. The first ones, up to Keys, name the rows.
func (t *table) kept() []latexColumn {
	var out []latexColumn
	for i, c := range t.Columns {
		x := latexColumn{at: i, width: textWidth(c.Name), wide: c.Wide, key: i < max(1, t.Keys)}
		empty := len(t.Rows) > 0
		for _, row := range t.Rows {
			text := row[i].Text
			x.width = max(x.width, textWidth(text))
			empty = empty && slices.Contains([]string{"", "0", "–", "0%"}, text)
			number := numeric.MatchString(text)
			x.wide = x.wide || row[i].Class == "wide" || strings.HasSuffix(row[i].Class, " wide") || textWidth(text) > columnWidth/2 && !number || textWidth(text) > columnWidth*0.7
		}
		if !empty || x.key {
			out = append(out, x)
		}
	}
	return out
}

// groups puts columns beside each other as far as a column of paper goes, with
// the keys again in each group.
func groups(columns []latexColumn) [][]latexColumn {
	var keys, group []latexColumn
	var out [][]latexColumn
	room := 0.0
	need := func(c latexColumn) float64 {
		if c.wide {
			return min(c.width, leastText) + columnGap
		}
		return c.width + columnGap
	}
	for _, c := range columns {
		if c.key {
			keys = append(keys, c)
		}
	}
	start := func() {
		group, room = slices.Clone(keys), columnWidth
		for _, c := range keys {
			room -= need(c)
		}
	}
	start()
	for _, c := range columns {
		if c.key {
			continue
		}
		if need(c) > room && len(group) > len(keys) {
			out = append(out, group)
			start()
		}
		group, room = append(group, c), room-need(c)
	}
	out = append(out, group)
	for _, g := range out {
		spread(g)
	}
	return out
}

// spread gives each column of text the room of a long word, and shares what is
// left of the paper among them by what they need.
func spread(group []latexColumn) {
	const word = leastText * 0.8 // longer ones are breakable
	room, wish := columnWidth, 0.0
	for _, c := range group {
		room -= columnGap
		if c.wide {
			room -= min(c.width, word)
			wish += max(0, c.width-word)
		} else {
			room -= c.width
		}
	}
	for i := range group {
		if c := &group[i]; c.wide && c.width > word {
			c.width = word + min(c.width-word, max(0, room)*(c.width-word)/wish)
		}
	}
}

// latex writes a table in the size of footnotes, as wide as a column of a paper
// at most: with the rules of the package booktabs and columns of array, in
// several pieces with the same first columns where it is wider or longer.
func (t *table) latex() string {
	var out strings.Builder
	if t.Command != "" {
		fmt.Fprintf(&out, "%% %s\n", oneLine(t.Command))
	}
	out.WriteString("\\begingroup\\footnotesize\\setlength{\\tabcolsep}{2.5pt}\\noindent\n")
	first := true
	for _, group := range groups(t.kept()) {
		for from := 0; from < len(t.Rows) || from == 0; {
			to, lines := from, 0
			for to < len(t.Rows) && (lines == 0 || lines+height(group, t.Rows[to]) <= mostLines) {
				lines += height(group, t.Rows[to])
				to++
			}
			if !first {
				out.WriteString("\\par\\medskip\\noindent\n")
			}
			first = false
			t.piece(&out, group, t.Rows[from:to])
			from = max(to, 1)
		}
	}
	out.WriteString("\\par\\endgroup\n")
	return out.String()
}

// height is about how many lines a row takes.
func height(group []latexColumn, row []cell) int {
	most := 1
	for _, c := range group {
		if c.wide {
			most = max(most, 1+int(1.15*textWidth(row[c.at].Text)/c.width))
		}
	}
	return most
}

// piece writes one tabular.
func (t *table) piece(out *strings.Builder, group []latexColumn, rows [][]cell) {
	align, names := "", []string{}
	for _, c := range group {
		switch {
		case c.wide:
			align += fmt.Sprintf(`>{\raggedright\arraybackslash}p{%.1fpt}`, c.width)
		case t.Columns[c.at].Text:
			align += "l"
		default:
			align += "r"
		}
		names = append(names, latexText(t.Columns[c.at].Name))
	}
	fmt.Fprintf(out, "\\begin{tabular}{@{}%s@{}}\n\\toprule\n%s \\\\\n\\midrule\n", align, strings.Join(names, " & "))
	for _, row := range rows {
		var cells []string
		for _, c := range group {
			if text := row[c.at].Text; c.wide && (!numeric.MatchString(text) || textWidth(text) > c.width) {
				cells = append(cells, breakable(oneLine(text)))
			} else {
				cells = append(cells, latexValue(text))
			}
		}
		out.WriteString(strings.Join(cells, " & ") + " \\\\\n")
	}
	out.WriteString("\\bottomrule\n\\end{tabular}\n")
}

// macros names every number of a table: the table, the row by its first columns
// and the column, in letters.
func (t *table) macros() []macro {
	var out []macro
	keys := max(1, t.Keys)
	for _, row := range t.Rows {
		name := camel(t.Name)
		for i, c := range row[:min(keys, len(row))] {
			word := camel(c.Text)
			if numeric.MatchString(c.Text) {
				word = camel(t.Columns[i].Name) + word
			}
			name += word
		}
		for i, c := range row {
			if i >= keys && numeric.MatchString(c.Text) {
				out = append(out, macro{name + cmp.Or(camel(t.Columns[i].Name), "Value"), c.Text})
			}
		}
	}
	return out
}
