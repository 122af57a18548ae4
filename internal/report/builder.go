package report

import (
	"bytes"
	"context"
	"fmt"
	"html/template"
	"io"
	"math/big"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"muflow/graph"
	"muflow/internal/runlog"
	"muflow/prove"
	"muflow/theory"
)

// A Builder writes a report: report.html, and beside it the figures as SVG and
// PDF with the data behind them as CSV and JSON Lines (figures/), tables and
// numbers for LaTeX (latex/).
type Builder struct {
	Results  *Results // nil for a report on theory files alone
	Theories *TheoryRun
	Swept    *SweptTheory // the sweep that is reported on if it is one over a theory file
	Folder   string       // to write to
	Steps    int          // of the trainings beside a flow, 20,000 if 0
	Progress runlog.Progress

	page    page
	latex   []table
	systems []system
	values  []macro
	figures map[string]bool // names of those written, and whether they have axes
	extras  []*part         // documents of other commands
	all     *rows           // nil for a report on theory files alone
	places  []place         // that have a card
	done    int
	drawn   []Drawn // without a folder: the figures, instead of their files
}

// Drawn is a figure of a report with its name there and the size in inches that
// suits it.
type Drawn struct {
	Name string
	Drawing
	Width, Height float64
}

// Figures are those that a report has of all of the results: of the trainings, of
// the logit that data sets share, of the spread and the tightness.
func (r *Results) Figures(ctx context.Context) ([]Drawn, error) {
	b := &Builder{Results: r}
	for _, step := range []func(context.Context) error{b.populations, b.distributions, b.trainings} {
		if err := step(ctx); err != nil {
			return nil, err
		}
	}
	return b.drawn, nil
}

// standardSteps is how long the trainings beside a flow are, as verify figure
// flow has them.
const standardSteps = 20_000

// Write makes the report and returns the name of the page.
func (b *Builder) Write(ctx context.Context) (string, error) {
	b.figures = map[string]bool{}
	folders := []string{b.Folder}
	for _, name := range []string{"figures", "latex"} {
		folder, err := runlog.Within(b.Folder, name)
		if err == nil {
			folders, err = append(folders, folder), runlog.MakeFolder(folder)
		}
		if err != nil {
			return "", err
		}
	}
	for _, folder := range folders {
		if err := runlog.RemoveTemporaries(folder); err != nil {
			return "", err
		}
	}
	steps := []func(context.Context) error{b.added}
	if b.Results != nil {
		b.head()
		b.verdicts()
		steps = []func(context.Context) error{b.rows, b.example, b.claims, b.cards, b.trainings, b.failed, b.populations, b.distributions, b.added, b.names}
	}
	if b.Swept != nil {
		steps = []func(context.Context) error{b.swept, b.added}
	}
	if b.Theories != nil {
		steps = append(steps, b.theories)
	}
	for _, step := range steps {
		if err := step(ctx); err != nil {
			return "", err
		}
	}
	if b.Swept != nil {
		b.reproduceSwept()
	} else if b.Results == nil {
		b.reproduceTheories()
	} else if err := b.reproduce(); err != nil {
		return "", err
	}
	if err := b.writeLaTeX(); err != nil {
		return "", err
	}
	var text bytes.Buffer
	if err := b.page.write(&text); err != nil {
		return "", err
	}
	file := filepath.Join(b.Folder, "report.html")
	return file, runlog.WriteIn(b.Folder, "report.html", text.Bytes())
}

// tick reports that a part is done. Nobody knows before how many there are.
func (b *Builder) tick() {
	b.done++
	if b.Progress != nil {
		b.Progress(b.done, max(b.done+1, 16))
	}
}

// figure writes the files of a figure, unless that was done before, and adds
// it to those of a part of the page.
func (b *Builder) figure(to *[]pageFigure, d Drawing, name, caption, command string, width, height float64) error {
	if b.Folder == "" {
		b.drawn = append(b.drawn, Drawn{name, d, width, height})
		return nil
	}
	svg, err := Inline(d, caption, width, height)
	if err != nil {
		return fmt.Errorf("figure %s: %w", name, err)
	}
	if _, written := b.figures[name]; !written {
		put := func(format string, write func(io.Writer, string) error) error {
			var text bytes.Buffer
			if err := write(&text, format); err != nil {
				return fmt.Errorf("figure %s: %w", name, err)
			}
			return runlog.WriteIn(b.Folder, "figures/"+name+"."+format, text.Bytes())
		}
		for _, format := range []string{"svg", "pdf"} {
			if err := put(format, func(w io.Writer, format string) error { return Render(w, d, format, width, height) }); err != nil {
				return err
			}
		}
		plot, axes := d.(*Figure)
		if b.figures[name] = axes; axes {
			if err := put("tex", func(w io.Writer, _ string) error { return plot.WriteTeX(w) }); err != nil {
				return err
			}
		}
		if f, ok := d.(Series); ok {
			for _, format := range SeriesFormats {
				if err := put(format, f.WriteSeries); err != nil {
					return err
				}
			}
		}
	}
	b.tick()
	*to = append(*to, pageFigure{template.HTML(svg), caption, command})
	return nil
}

var kindTitles = map[string]string{SuiteKind: "the main job", SweepKind: "a sweep"}

// verdictClasses are the colours of verdicts, and the mark of those that say nothing.
var verdictClasses = map[theory.Verdict]string{theory.Proved: "good", theory.Consistent: "good", theory.Refuted: "bad", theory.Inconsistent: "bad", theory.Undecided: "open", theory.NotApplicable: "idle"}

func (b *Builder) head() {
	r := b.Results
	p := &b.page
	p.Title = "Training dynamics of continuous thought: what is proved, and what training does"
	var data []string
	for _, d := range r.Datasets {
		data = append(data, fmt.Sprintf("%s (%d instances)", d.Name, len(d.Instances)))
	}
	p.Subtitle = fmt.Sprintf("Claims of arXiv 2509.23365 on %s. Report on %s, finished %s, %s.", strings.Join(data, ", "),
		kindTitles[r.Saved.Kind], r.Saved.Environment.Finished.Format("2 January 2006, 15:04 UTC"), "verify "+r.Saved.Environment.Version)
	for _, v := range theory.Verdicts {
		if n := r.Summary[v.String()]; n > 0 || v == theory.Refuted || v == theory.Undecided {
			class := verdictClasses[v]
			if n == 0 {
				class = ""
			}
			p.Chips = append(p.Chips, chip{class, v.String(), n})
			b.values = append(b.values, macro{"Verify" + camel(v.String()), strconv.Itoa(n)})
		}
	}
	switch bad, open := r.Summary["refuted"]+r.Summary["inconsistent"], r.Summary["undecided"]; {
	case bad > 0:
		p.Conclusion = fmt.Sprintf("%d entries are refuted or inconsistent: see the claims below.", bad)
	case open > 0:
		p.Conclusion = fmt.Sprintf("Nothing is refuted or inconsistent; %d entries are undecided.", open)
	default:
		p.Conclusion = "Nothing is refuted, inconsistent or undecided."
	}
	p.Command = b.command()
	p.Links = append(p.Links, link{"verdicts", "Verdicts"})
}

// command is the command line that made the folder.
func (b *Builder) command() string {
	words := slices.Clone(b.Results.Saved.Environment.Command)
	if len(words) == 0 {
		return ""
	}
	words[0] = "verify"
	for i, w := range words {
		words[i] = quote(w)
	}
	return strings.Join(words, " ")
}

// quote writes a word for a shell.
func quote(word string) string {
	if plainWord.MatchString(word) {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}

var plainWord = regexp.MustCompile(`^[\pL\pN_./,:=@%+-]+$`)

// decideCommand is the command that decides a claim again on some data.
func (b *Builder) decideCommand(claim *prove.Claim, dataset, alpha string, step int) string {
	if claim.Number == 0 {
		return claim.Command
	}
	out := fmt.Sprintf("verify theorem %d%s", claim.Number, b.Results.dataFlag(dataset))
	if step >= 0 {
		out += fmt.Sprintf(" --step %d", step)
	}
	if alpha != "1" {
		out += " --alpha " + alpha
	}
	if law := b.Results.Label; law != graph.PathLaw {
		out += fmt.Sprintf(" --label %v", law)
	}
	return out
}

func (b *Builder) verdicts() {
	r := b.Results
	t := table{Name: "verdicts", Columns: columnsOf("<claim", "entries"), Note: "Each entry is one claim on one instance and step. The claims link to their statements."}
	var shown []theory.Verdict // those that occur, and those that a reader must see
	for _, v := range theory.Verdicts {
		if r.Summary[v.String()] > 0 || v == theory.Refuted || v == theory.Undecided {
			shown = append(shown, v)
			t.Columns = append(t.Columns, column{Name: v.String()})
		}
	}
	t.Columns = append(t.Columns, column{Name: "nearest to failing", Text: true})
	for _, claim := range prove.Claims {
		_, results := r.about(claim)
		counts, total := r.censusOf(claim).counts, r.censusOf(claim).total
		if claim.Check != nil && r.Lemma != nil {
			counts, total = map[string]int{r.Lemma.Verdict.String(): r.Lemma.Steps}, r.Lemma.Steps
		}
		if total == 0 {
			continue
		}
		row := []any{cell{Text: claim.ID, Link: claim.ID}, total}
		for _, v := range shown {
			n := counts[v.String()]
			class := verdictClasses[v]
			if n == 0 {
				class = "zero"
			}
			row = append(row, cell{Text: strconv.Itoa(n), Class: class})
		}
		near := ""
		if m, ok := claim.WorstMargin(results); ok {
			near = fmt.Sprintf("%s, instance %v, step %d", m, m.Result.Instance, m.Result.Step)
		}
		t.row(append(row, cell{Text: near, Class: "wide"})...)
	}
	switch r.Saved.Kind {
	case SuiteKind:
		t.Command = "verify --json"
	case SweepKind:
		t.Command = b.command()
	}
	if text := r.leftOut(); text != "" {
		t.Note += template.HTML(" " + text)
	}
	b.page.Verdicts = t
	b.latex = append(b.latex, t)
}

// example finds one instance on which training under the two losses parts.
func (b *Builder) example(context.Context) error {
	for _, e := range b.Results.Entries {
		if claim, known := prove.ClaimByID(e.Claim); known && claim.Showcase && e.Verdict == theory.Proved {
			b.card(e.place())
			break
		}
	}
	return nil
}

// trajectory draws the flow of some cases at the place of an entry, under
// losses by the name that the command has for them.
func (b *Builder) trajectory(ctx context.Context, to *[]pageFigure, e Entry, cases []*Case, losses, name string) error {
	trajectory := Trajectory{LearningRate: big.NewRat(1, 2), Batch: 32, Steps: standardSteps, Seeds: []uint64{1, 2, 3}}
	command := "verify figure flow" + b.subject(e) + " --loss " + losses
	if b.Steps != 0 {
		trajectory.Steps = b.Steps
		command += fmt.Sprintf(" --steps %d", b.Steps)
	}
	f, err := trajectory.Figure(ctx, cases...)
	if err != nil {
		return err
	}
	f.Title = b.title(e.place())
	caption := "μ(t) of this step. Shaded: what is proved in closed form for all t. Lines: the flow, enclosed to 15 digits at every point drawn. Rings: stochastic gradient descent in the simulated transformer, a fresh relabelling for every sample."
	return b.figure(to, f, name, caption, command+" --out flow", 7, 4.4)
}

// subject returns the flags that name the step of an entry.
func (b *Builder) subject(e Entry) string {
	out := fmt.Sprintf("%s --instance %v --step %d", b.Results.dataFlag(e.Dataset), e.Instance, e.Step)
	if e.Alpha != "1" {
		out += " --alpha " + e.Alpha
	}
	if law := b.Results.Label; law != graph.PathLaw {
		out += fmt.Sprintf(" --label %v", law)
	}
	return out
}

// signWords are the signs of names as words.
var signWords = strings.NewReplacer("μ", " Mu ", "α", " Alpha ", "κ", " Kappa ", "η", " Eta ", "β", " Beta ", "λ", " Lambda ", "*", " Star ", "/", " Over ", "<", " Less ", ">", " Greater ",
	"=", " Is ", "%", " Percent ", "−", " Minus ", "+", " Plus ", "|", " ", "±", " ")

// camel writes a word so that it can be part of the name of a LaTeX command,
// which has letters only.
func camel(word string) string {
	digits := [...]string{"Zero", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine"}
	var out strings.Builder
	start := true
	for _, r := range signWords.Replace(word) {
		switch {
		case r >= '0' && r <= '9':
			out.WriteString(digits[r-'0'])
			start = true
		case r == '.':
			out.WriteString("Point")
			start = true
		case r >= 'a' && r <= 'z' && start:
			out.WriteRune(r - 'a' + 'A')
			start = false
		case r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z':
			out.WriteRune(r)
			start = false
		default:
			start = true
		}
	}
	return out.String()
}
