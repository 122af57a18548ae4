package report

import (
	"context"
	"fmt"
	"html/template"
	"math/big"
	"path/filepath"
	"strconv"
	"strings"

	"muflow/theory"
)

// swept makes the parts about a sweep over a theory file: the verdicts of each claim over
// the cells, those that a reader must see, maps over one or two parameters, and the cells.
func (b *Builder) swept(context.Context) error {
	s, p := b.Swept, &b.page
	result := s.folder.Outcome
	p.Title = result.Theory + ": what holds over its parameters"
	var axes []string
	for _, a := range result.Config.Grid {
		axes = append(axes, fmt.Sprintf("%s (%d values, %s to %s)", a.Name, len(a.Values), a.Values[0], a.Values[len(a.Values)-1]))
	}
	p.Subtitle = fmt.Sprintf("%d cells over %s", result.Cells, strings.Join(axes, " and "))
	if d := result.Config.Data; d != nil {
		p.Subtitle += fmt.Sprintf(", for each of %d elements of %s", d.Elements, d.Name)
	}
	if shard := result.Config.Shard; shard.Count > 1 {
		p.Subtitle += fmt.Sprintf("; shard %v of them", shard)
	}
	p.Subtitle += fmt.Sprintf(". Theory file %s, verify %s.", result.Config.File, result.Config.Version)
	for _, v := range theory.Verdicts {
		if n := result.Summary[v.String()]; n > 0 {
			p.Chips = append(p.Chips, chip{verdictClasses[v], v.String(), n})
			b.values = append(b.values, macro{"Verify" + camel(v.String()), strconv.Itoa(n)})
		}
	}
	p.Conclusion = expectation(result.Summary["unexpected"], result.Summary["open"])
	p.Command = s.command()
	p.Links = append(p.Links, link{"verdicts", "Verdicts"})
	p.Verdicts = s.verdicts()
	b.latex = append(b.latex, p.Verdicts)
	if len(s.attention) > 0 {
		t := table{Columns: columnsOf("<cell", "<of", "<verdict", "<expected", "<reason")}
		for _, n := range s.attention {
			t.row(n.key, n.name, n.verdict, n.expected, cell{Text: n.reason, Class: "wide"})
		}
		if s.missed > 0 {
			t.Note = template.HTML(fmt.Sprintf("The first %d of %d.", len(s.attention), len(s.attention)+s.missed))
		}
		b.addPart(part{ID: "attention", Heading: "Not as expected, or open", Tables: []table{t}}, "attention")
	}
	maps := part{ID: "maps", Heading: "Maps"}
	if err := b.maps(&maps); err != nil {
		return err
	}
	b.addPart(maps, "maps")
	b.addPart(part{ID: "cells", Heading: "Cells", Tables: []table{s.table()}, Text: "Verdicts and numbers of each cell; 0.12[3,4] is between 0.123 and 0.124. All are in cells.csv."}, "cells")
	return nil
}

// verdicts is the table of the verdicts of each claim, oracle and observable.
func (s *SweptTheory) verdicts() table {
	t := table{Name: "verdicts", Keys: 2, Columns: columnsOf("<name", "<kind", "entries"), Command: s.command(),
		Note: "Each entry is one claim, oracle or time of an observable in one cell; an observable is proved where it is enclosed."}
	var shown []theory.Verdict
	for _, v := range theory.Verdicts {
		for _, l := range s.lines {
			if l.counts[v] > 0 {
				shown = append(shown, v)
				t.Columns = append(t.Columns, column{Name: v.String()})
				break
			}
		}
	}
	t.Columns = append(t.Columns, columnsOf("as expected", "unexpected", "open")...)
	for _, l := range s.lines {
		name := l.name
		if l.kind == theoryKindName {
			name = "no theory"
		}
		row := []any{name, l.kind, l.fine + l.other + l.open}
		for _, v := range shown {
			row = append(row, countCell(l.counts[v], verdictClasses[v]))
		}
		t.row(append(row, countCell(l.fine, "good"), countCell(l.other, "bad"), countCell(l.open, "open"))...)
	}
	return t
}

// countCell is a number in a colour, that of nothing if it is 0.
func countCell(n int, class string) cell {
	if n == 0 {
		class = "zero"
	}
	return cell{Text: strconv.Itoa(n), Class: class}
}

// table lists the first cells: the parameters, the verdict of each claim, and numbers.
func (s *SweptTheory) table() table {
	t := table{}
	config := s.folder.Outcome.Config
	for _, a := range config.Grid {
		t.Columns = append(t.Columns, column{Name: a.Name})
	}
	if config.Data != nil {
		t.Columns = append(t.Columns, column{Name: "data"})
	}
	t.Keys = len(t.Columns)
	places := map[[3]string]int{} // kind, name, and value of a column
	add := func(name string, kind, of, value string) {
		places[[3]string{kind, of, value}] = len(t.Columns)
		t.Columns = append(t.Columns, column{Name: name, Text: value == ""})
	}
	for _, l := range s.lines {
		switch l.kind {
		case theoryKindName:
			add("no theory, as", l.kind, l.name, "")
			continue
		case "observable":
		default:
			add(l.name, l.kind, l.name, "")
		}
		for _, v := range l.values {
			name := l.name + ": " + v
			if l.kind == "observable" {
				name = l.name + " at t = " + v
			}
			add(name, l.kind, l.name, "number "+v)
		}
	}
	for _, c := range s.cells {
		row := make([]any, len(t.Columns))
		for i := range row {
			row[i] = ""
		}
		for i, v := range c.Values {
			row[i] = cell{Text: v, Class: "number"}
		}
		if c.Element != nil {
			row[len(c.Values)] = *c.Element
		}
		if c.Failed != "" {
			row[places[[3]string{theoryKindName, "", ""}]] = cell{Text: c.Failed, Class: "wide"}
		}
		for i := range c.Claims {
			x := &c.Claims[i]
			class := verdictClasses[x.Verdict]
			switch {
			case x.Fine():
				class = "good"
			case !x.Open():
				class = "bad"
			}
			row[places[[3]string{x.Kind, x.ID, ""}]] = cell{Text: x.Verdict.String(), Class: class}
			for _, v := range x.Values {
				if at, ok := places[[3]string{x.Kind, x.ID, "number " + v.Name}]; ok {
					row[at] = cell{Text: fmt.Sprint(v.Number), Class: "number"}
				}
			}
		}
		for _, o := range c.Observables {
			value := cell{Text: theory.Undecided.String(), Class: verdictClasses[theory.Undecided]}
			if o.Number != nil {
				value = cell{Text: fmt.Sprint(*o.Number), Class: "number"}
			}
			if at, ok := places[[3]string{"observable", o.Name, "number " + o.Time}]; ok {
				row[at] = value
			}
		}
		t.row(row...)
	}
	if n := s.folder.Outcome.Cells; n > len(s.cells) {
		t.Note = template.HTML(fmt.Sprintf("The first %d of %d.", len(s.cells), n))
	}
	return t
}

// maps draws the maps of verdicts and numbers.
func (b *Builder) maps(to *part) error {
	s := b.Swept
	config := s.folder.Outcome.Config
	places := 1
	for _, a := range config.Grid {
		places *= len(a.Values)
	}
	switch {
	case config.Shard.Count > 1:
		to.Text = "A map is drawn of the whole sweep: merge its shards."
	case len(config.Grid) > 2:
		to.Text = fmt.Sprintf("A map has one or two parameters; these are %d.", len(config.Grid))
	case places > mostMapCells:
		to.Text = fmt.Sprintf("A page has maps of up to %d places; these are %d.", mostMapCells, places)
	}
	if to.Text != "" {
		return nil
	}
	var wanted []PhaseRequest
	for _, l := range s.lines {
		switch {
		case l.kind == theoryKindName:
		case l.kind == "observable" && config.Data == nil:
			for _, t := range l.values {
				wanted = append(wanted, PhaseRequest{Observable: l.name, Value: t})
			}
		case l.kind != "observable":
			wanted = append(wanted, PhaseRequest{Claim: l.name})
			if config.Data != nil {
				wanted = append(wanted, PhaseRequest{Claim: l.name, Share: true})
				continue
			}
			for _, v := range l.values {
				wanted = append(wanted, PhaseRequest{Claim: l.name, Value: v})
			}
		}
	}
	to.Text = "What each place of the grid holds."
	if len(wanted) > mostMaps {
		to.Text = fmt.Sprintf("The first %d of %d maps.", mostMaps, len(wanted))
		wanted = wanted[:mostMaps]
	}
	for i, r := range wanted {
		p, err := PhaseOf(s.folder, r)
		if err != nil {
			return err
		}
		width, height := p.Size()
		if err := b.figure(&to.Figures, p, fmt.Sprintf("map-%d", i+1), p.Title+".", s.mapCommand(r), width, height); err != nil {
			return err
		}
	}
	return nil
}

// mapCommand draws a map again.
func (s *SweptTheory) mapCommand(r PhaseRequest) string {
	out := "verify figure phase " + s.dir()
	for _, x := range [][2]string{{"claim", r.Claim}, {"observable", r.Observable}, {"value", r.Value}} {
		if x[1] != "" {
			out += " --" + x[0] + " " + quote(x[1])
		}
	}
	if r.Share {
		out += " --share"
	}
	return out + " --out map"
}

func (s *SweptTheory) dir() string { return quote(filepath.ToSlash(s.folder.Dir)) }

// command is one that makes the folder, whatever the number of workers was.
func (s *SweptTheory) command() string {
	c := s.folder.Outcome.Config
	out := "verify sweep --theory " + quote(c.File)
	if c.Data != nil {
		out += " --data " + quote(c.Data.Name)
	}
	for _, a := range c.Grid {
		out += " --grid " + quote(a.Name+"="+span(a.Values))
	}
	for _, a := range c.Settings {
		out += " --set " + quote(a.Name+"="+strings.Join(a.Values, ".."))
	}
	for _, name := range c.Claims {
		out += " --claim " + quote(name)
	}
	for _, name := range c.Observables {
		out += " --observable " + quote(name)
	}
	out += fmt.Sprintf(" --until %s --digits %d", c.Until, c.Digits)
	if c.Shard.Count > 1 {
		out += fmt.Sprintf(" --shard %v", c.Shard)
	}
	return out + " --out " + s.dir()
}

// span writes values for --grid: evenly spaced ones as LOW..HIGH:N, or LOW..HIGH if they
// are whole numbers at a distance of 1.
func span(values []string) string {
	list := strings.Join(values, ",")
	var step *big.Rat
	for i := 1; i < len(values); i++ {
		low, fine := new(big.Rat).SetString(values[i-1])
		high, also := new(big.Rat).SetString(values[i])
		if !fine || !also {
			return list
		}
		d := high.Sub(high, low)
		if d.Sign() <= 0 || step != nil && step.Cmp(d) != 0 {
			return list
		}
		step = d
	}
	first, last := values[0], values[len(values)-1]
	switch {
	case len(values) < 3:
		return list
	case step.Cmp(big.NewRat(1, 1)) == 0 && !strings.Contains(first, "/"):
		return first + ".." + last
	}
	return fmt.Sprintf("%s..%s:%d", first, last, len(values))
}

// reproduceSwept says how the sweep was made; the time and the machine are left to the
// folder, so that the page has the same bytes for any number of workers.
func (b *Builder) reproduceSwept() {
	s := b.Swept
	c := s.folder.Outcome.Config
	b.page.Facts = append(b.page.Facts, fact{"command", s.command()}, fact{"report", "verify report " + s.dir()}, fact{"version", strings.TrimSpace("verify " + c.Version + " " + c.Revision)},
		fact{"theory", c.File + ", SHA-256 " + c.SHA256})
	if c.Data != nil {
		b.page.Facts = append(b.page.Facts, fact{"data", fmt.Sprintf("%s, %d elements, SHA-256 %s", c.Data.Name, c.Data.Elements, c.Data.SHA256)})
	}
	b.page.Facts = append(b.page.Facts, fact{"SHA-256 of results.jsonl", s.folder.Outcome.SHA256})
	files := table{Columns: columnsOf("<file", "bytes", "<SHA-256"), Note: "Beside environment.json and manifest.json, which tell when and where.", Command: "(cd " + s.dir() + " && sha256sum *)"}
	for _, f := range s.folder.Manifest.Files {
		if f.Name != "environment.json" {
			files.row(cell{Text: f.Name, Class: "number"}, f.Bytes, cell{Text: f.SHA256, Class: "number"})
		}
	}
	b.page.Files = files
	b.page.Links = append(b.page.Links, link{"reproduce", "Reproduce"})
}
