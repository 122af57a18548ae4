package report

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"image/color"
	"io"
	"math"
	"math/big"
	"slices"
	"strconv"

	"muflow/internal/check"
	"muflow/internal/sweep"
	"muflow/ode/ball"
	"muflow/prove"
	"muflow/theory"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// A Phase is a map over one or two parameters of a theory file: of the verdict of
// a claim, or of a number.
type Phase struct {
	Title          string
	XLabel, YLabel string
	X, Y           []string // values of the parameters; Y is one empty text for one parameter
	Cells          [][]PhaseCell
	IsNumber       bool
	isShare        bool
}

// A PhaseCell is one place of a map, in the order Cells[y][x].
type PhaseCell struct {
	Verdict theory.Verdict // over several elements of data the worst
	Number  *prove.Number
	Reason  string
	Claims  int // elements of data for which the claim is stated and applies
	Fine    int // and is decided as expected
	seen    bool
}

// A PhaseRequest says which map is made of a sweep.
type PhaseRequest struct {
	Claim, Observable string // one of the two
	Value             string // a number of the claim instead of its verdict; the time of the observable, the last if empty
	Share             bool   // of the elements of the data on which the claim applies: those where it is decided as expected
	X                 string // the parameter along the horizontal axis, the first if empty
}

// PhaseOf makes the map of a finished sweep over a theory file.
func PhaseOf(f *sweep.TheoryFolder, r PhaseRequest) (*Phase, error) {
	grid := f.Outcome.Config.Grid
	if len(grid) > 2 || f.Outcome.Config.Shard.Count > 1 {
		return nil, fmt.Errorf("%s: %d parameters, shard %v, expected one or two and the whole", f.Dir, len(grid), f.Outcome.Config.Shard)
	}
	if data := f.Outcome.Config.Data; data == nil && r.Share {
		return nil, fmt.Errorf("%s: a share of the elements of data, in a sweep without", f.Dir)
	} else if data != nil && (r.Observable != "" || r.Value != "") {
		return nil, fmt.Errorf("%s: a number for each of %d elements of data, expected the verdict of a claim or its share", f.Dir, data.Elements)
	}
	across, up := 0, len(grid)-1
	switch {
	case r.X == "" || r.X == grid[0].Name:
	case up == 1 && r.X == grid[1].Name:
		across, up = 1, 0
	default:
		return nil, fmt.Errorf("%s: no parameter %.40q on the grid", f.Dir, r.X)
	}
	p := &Phase{Title: f.Outcome.Theory, XLabel: grid[across].Name, X: grid[across].Values, Y: []string{""}, IsNumber: r.Observable != "" || r.Value != "" || r.Share}
	if len(grid) == 2 {
		p.YLabel, p.Y = grid[up].Name, grid[up].Values
	}
	p.Cells = make([][]PhaseCell, len(p.Y))
	for i := range p.Cells {
		p.Cells[i] = make([]PhaseCell, len(p.X))
	}
	found := false
	err := f.Cells(func(c *sweep.TheoryCell, at []int) error {
		x, y := at[across], 0
		if len(grid) == 2 {
			y = at[up]
		}
		found = r.read(c, &p.Cells[y][x]) || found
		return nil
	})
	if err != nil {
		return nil, err
	}
	if r.Share {
		p.shares()
	}
	what := "claim " + r.Claim
	if r.Share {
		what += ", share as expected"
	}
	if r.Observable != "" {
		what = r.Observable
	}
	if r.Value != "" {
		what += ", " + r.Value
	}
	if !found {
		return nil, fmt.Errorf("%s: nothing is known of %.80q", f.Dir, what)
	}
	p.Title += ": " + what
	return p, nil
}

// severity orders verdicts, the worst last.
func severity(v theory.Verdict) int {
	return slices.Index([]theory.Verdict{theory.NotApplicable, theory.Proved, theory.Consistent, theory.Undecided, theory.Inconsistent, theory.Refuted}, v)
}

// shares makes numbers of the counts.
func (p *Phase) shares() {
	p.isShare = true
	for _, row := range p.Cells {
		for x := range row {
			if c := &row[x]; c.Claims > 0 {
				share := prove.Enclose(ball.New(64).SetRat(big.NewRat(int64(c.Fine), int64(c.Claims))), 6)
				c.Number = &share
			}
		}
	}
}

// read takes out of a cell what is drawn.
func (r *PhaseRequest) read(c *sweep.TheoryCell, to *PhaseCell) (found bool) {
	if c.Failed != "" {
		c.Claims = []check.Result{{ID: r.Claim, Reason: c.Failed}}
	}
	for _, x := range c.Claims {
		if r.Observable != "" || x.ID != r.Claim {
			continue
		}
		reason := x.Reason
		if c.Element != nil {
			reason = fmt.Sprintf("data %d: %s", *c.Element, reason)
		}
		if !to.seen || severity(x.Verdict) > severity(to.Verdict) {
			to.Verdict, to.Reason, to.seen = x.Verdict, reason, true
		}
		if x.Verdict != theory.NotApplicable {
			to.Claims++
			if x.Fine() {
				to.Fine++
			}
		}
		for _, v := range x.Values {
			if v.Name == r.Value {
				to.Number = &v.Number
			}
		}
		found = true
	}
	for _, x := range c.Observables {
		if r.Observable == "" || x.Name != r.Observable || r.Value != "" && x.Time != r.Value {
			continue
		}
		if to.Number, to.Reason = x.Number, x.Reason; x.Number != nil {
			to.Verdict = theory.Proved
		}
		found = true
	}
	return found
}

// verdictMarks tell verdicts apart beside their colours.
var verdictMarks = map[theory.Verdict]struct {
	mark string
	hue  color.Color
}{
	theory.Proved: {"p", faint(palette[2], 55)}, theory.Refuted: {"r", faint(palette[1], 70)}, theory.Undecided: {"?", gridColor},
	theory.Consistent: {"c", faint(palette[0], 35)}, theory.Inconsistent: {"i", faint(palette[3], 70)}, theory.NotApplicable: {"–", paper},
}

// Size returns the width and height in inches that suit the map.
func (p *Phase) Size() (width, height float64) {
	return min(10, max(4.4, 1.4+0.32*float64(len(p.X)))), min(8, 1.5+0.32*float64(len(p.Y)))
}

func (p *Phase) withoutTitle() Drawing {
	out := *p
	out.Title = ""
	return &out
}

// Draw puts the map on a canvas.
func (p *Phase) Draw(c draw.Canvas) error {
	if len(p.X) == 0 || len(p.Y) == 0 {
		return errors.New("a map without cells")
	}
	left, below, top, right := vg.Points(64), vg.Points(62), vg.Points(28), vg.Points(14)
	wide, high := c.Max.X-c.Min.X-left-right, c.Max.Y-c.Min.Y-below-top
	if wide <= 0 || high <= 0 {
		return errors.New("the canvas is too small for a map")
	}
	d := &phaseDrawing{picture{canvas: c, left: c.Min.X + left, bottom: c.Min.Y + below, width: wide, height: high}, wide / vg.Length(len(p.X)), high / vg.Length(len(p.Y))}
	low, span := p.scale()
	seen := map[theory.Verdict]bool{}
	for y, row := range p.Cells {
		for x, cell := range row {
			fill, mark := verdictMarks[cell.Verdict].hue, verdictMarks[cell.Verdict].mark
			seen[cell.Verdict] = true
			if p.IsNumber {
				fill, mark = gridColor, "?"
				if v, ok := cell.value(); ok {
					fill, mark = faint(palette[0], uint32(8+math.Round(80*min(1, (v-low)/span)))), strconv.FormatFloat(v, 'g', 3, 64)
				}
			}
			d.cell(x, y, fill, mark)
		}
	}
	d.axes(p)
	words := ""
	for _, v := range theory.Verdicts {
		if seen[v] && !p.IsNumber {
			words += fmt.Sprintf("   %s: %v", verdictMarks[v].mark, v)
		}
	}
	if p.IsNumber {
		words = fmt.Sprintf("from %.6g, light, to %.6g, dark; ?: not enclosed", low, low+span)
	}
	d.write(vg.Point{X: (c.Min.X + c.Max.X) / 2, Y: c.Min.Y + vg.Points(9)}, words, 9, ink, 0)
	return nil
}

// value is a number to draw, if there is one within float64.
func (c *PhaseCell) value() (float64, bool) {
	if c.Number == nil {
		return 0, false
	}
	middle, err := midpoints([]prove.Number{*c.Number})
	return middle[0], err == nil
}

// scale returns the least number and how far the others go.
func (p *Phase) scale() (low, span float64) {
	if p.isShare {
		return 0, 1
	}
	low, high := math.Inf(1), math.Inf(-1)
	for _, row := range p.Cells {
		for i := range row {
			if v, ok := row[i].value(); ok {
				low, high = min(low, v), max(high, v)
			}
		}
	}
	if span = high - low; !(span > 0) || math.IsInf(span, 0) {
		span = 1
	}
	if math.IsInf(low, 0) {
		low = 0
	}
	return low, span
}

// A phaseDrawing is a map on its way to a canvas.
type phaseDrawing struct {
	picture
	wide, high vg.Length // of a cell
}

func (d *phaseDrawing) cell(x, y int, fill color.Color, mark string) {
	at := vg.Point{X: d.left + vg.Length(x)*d.wide, Y: d.bottom + vg.Length(y)*d.high}
	var box vg.Path
	box.Move(at)
	box.Line(vg.Point{X: at.X + d.wide, Y: at.Y})
	box.Line(vg.Point{X: at.X + d.wide, Y: at.Y + d.high})
	box.Line(vg.Point{X: at.X, Y: at.Y + d.high})
	box.Close()
	d.canvas.SetColor(fill)
	d.canvas.Fill(box)
	d.canvas.SetLineStyle(draw.LineStyle{Color: paper, Width: vg.Points(0.6)})
	d.canvas.Stroke(box)
	size := min(8, d.high.Points()*0.6)
	if size >= 3 && wordStyle(size).Width(mark) < d.wide {
		d.write(vg.Point{X: at.X + d.wide/2, Y: at.Y + d.high/2}, mark, size, ink, 0)
	}
}

// axes writes the values of the parameters and their names.
func (d *phaseDrawing) axes(p *Phase) {
	widest := vg.Length(0)
	for _, x := range p.X {
		widest = max(widest, wordStyle(8).Width(shortValue(x)))
	}
	every := 1 + int((widest+vg.Points(5))/d.wide)
	for i := 0; i < len(p.X); i += every {
		d.write(vg.Point{X: d.left + (vg.Length(i)+0.5)*d.wide, Y: d.bottom - vg.Points(9)}, shortValue(p.X[i]), 8, ink, 0)
	}
	every = 1 + int(vg.Points(10)/d.high)
	for i := 0; i < len(p.Y); i += every {
		words := shortValue(p.Y[i])
		d.write(vg.Point{X: d.left - vg.Points(6) - wordStyle(8).Width(words), Y: d.bottom + (vg.Length(i)+0.5)*d.high}, words, 8, ink, 1)
	}
	middle := (d.canvas.Min.X + d.canvas.Max.X) / 2
	d.write(vg.Point{X: d.left + d.width/2, Y: d.bottom - vg.Points(26)}, p.XLabel, 10, ink, 0)
	d.write(vg.Point{X: d.canvas.Min.X + vg.Points(6), Y: d.bottom + d.height/2}, p.YLabel, 10, ink, 1)
	d.write(vg.Point{X: middle, Y: d.canvas.Max.Y - vg.Points(12)}, p.Title, 11, ink, 0)
}

// shortValue writes a rational for an axis: as it is, or to four digits.
func shortValue(text string) string {
	if len(text) <= 5 {
		return text
	}
	x, err := parseFloat(text)
	if err != nil {
		return text
	}
	return strconv.FormatFloat(x, 'g', 4, 64)
}

// A phaseRow is one row of the data behind a map.
type phaseRow struct {
	X       string `json:"x"`
	Y       string `json:"y,omitempty"`
	Verdict string `json:"verdict"`
	Low     string `json:"low,omitempty"`
	High    string `json:"high,omitempty"`
	Reason  string `json:"reason,omitempty"`
	Claims  int    `json:"claims,omitempty"`
	Fine    int    `json:"expected,omitempty"`
}

// WriteSeries writes the data behind the map, one row for each cell, as csv or jsonl.
func (p *Phase) WriteSeries(w io.Writer, format string) error {
	encoder, lines := json.NewEncoder(w), [][]string{{"x", "y", "verdict", "low", "high", "reason", "claims", "expected"}}
	encoder.SetEscapeHTML(false)
	for y, row := range p.Cells {
		for x, cell := range row {
			r := phaseRow{X: p.X[x], Y: p.Y[y], Verdict: cell.Verdict.String(), Reason: cell.Reason, Claims: cell.Claims, Fine: cell.Fine}
			if cell.Number != nil {
				r.Low, r.High = cell.Number.Lo, cell.Number.Hi
			}
			lines = append(lines, []string{r.X, r.Y, r.Verdict, r.Low, r.High, r.Reason, strconv.Itoa(r.Claims), strconv.Itoa(r.Fine)})
			if format == "jsonl" {
				if err := encoder.Encode(r); err != nil {
					return err
				}
			}
		}
	}
	switch format {
	case "jsonl":
		return nil
	case "csv":
		return csv.NewWriter(w).WriteAll(lines)
	}
	return fmt.Errorf("unknown format %q, expected csv or jsonl", format)
}
