// Package report turns results into what people take away: figures, the data
// behind them, tables for papers and one page for the browser.
package report

import (
	"errors"
	"fmt"
	"image/color"
	"math"
	"slices"
	"strconv"

	"muflow/prove"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// A Style says how a curve is drawn.
type Style uint8

// The styles of a curve.
const (
	Line   Style = iota
	Dashed       // a level or a limit
	Points
	Band // the area between the bounds
)

// A Curve is a line, some points or a band in a figure.
type Curve struct {
	Name   string
	X, Y   []float64
	Bounds []prove.Number // what Y lies between, if known; the edges of a band
	Style  Style
	Hue    int // index of the colour; curves that belong together share it
	Marked int // of a line: which dashes and marks tell it apart beside its colour, from 1; none if 0
}

// A Figure is a set of curves over one pair of axes.
type Figure struct {
	Title  string
	XLabel string
	YLabel string
	LogX   bool
	LogY   bool
	Room   bool     // above the curves for their names
	YNames []string // of the places 1, 2, … of the vertical axis
	Curves []Curve
}

var (
	ink       = color.RGBA{0, 0, 0, 255}
	paper     = color.RGBA{255, 255, 255, 255}
	gridColor = color.RGBA{208, 208, 208, 255}
	// palette is that of Okabe and Ito (2008), which colour-blind readers can tell apart.
	palette = []color.RGBA{{0, 114, 178, 255}, {213, 94, 0, 255}, {0, 158, 115, 255}, {204, 121, 167, 255}, {86, 180, 233, 255}, {230, 159, 0, 255}}
	// roles names the colours of figures for style sheets.
	roles = rolesOf()
)

func rolesOf() map[string]string {
	out := map[string]string{hex(ink): "ink", hex(paper): "paper", hex(gridColor): "grid"}
	for i, c := range palette {
		out[hex(c)] = fmt.Sprintf("hue%d", i)
	}
	return out
}

func hex(c color.RGBA) string { return fmt.Sprintf("#%02X%02X%02X", c.R, c.G, c.B) }

// A tint is a colour that lets others through. Its components are rounded up,
// so that a canvas that divides by the opacity finds the colour again.
type tint struct {
	hue     color.RGBA
	opacity uint32 // of 65535
}

// RGBA implements color.Color.
func (c tint) RGBA() (r, g, b, a uint32) {
	part := func(x uint8) uint32 { return (uint32(x)*0x101*c.opacity + 65534) / 65535 }
	return part(c.hue.R), part(c.hue.G), part(c.hue.B), c.opacity
}

func faint(c color.RGBA, percent uint32) tint { return tint{c, percent * 65535 / 100} }

// Draw puts the figure on a canvas.
func (f *Figure) Draw(c draw.Canvas) error {
	p, err := f.plot()
	if err != nil {
		return err
	}
	f.fit(p, c)
	p.Draw(draw.Crop(c, 0, -vg.Points(4), 0, 0)) // room for a wider font at the last tick
	return nil
}

func (f *Figure) withoutTitle() Drawing {
	out := *f
	out.Title = ""
	return &out
}

// fit makes words smaller that are wider than the canvas: the title, the names of
// the axes and those of the curves.
func (f *Figure) fit(p *plot.Plot, c draw.Canvas) {
	smaller := func(style *text.Style, words string, room vg.Length) {
		if width := style.Width(words); width > room && room > 0 {
			style.Font.Size *= room / width
		}
	}
	wide, high := c.Max.X-c.Min.X, c.Max.Y-c.Min.Y
	smaller(&p.Title.TextStyle, f.Title, wide)
	smaller(&p.X.Label.TextStyle, f.XLabel, 0.9*wide)
	smaller(&p.Y.Label.TextStyle, f.YLabel, 0.9*high)
	names, longest := 0, ""
	for _, curve := range f.Curves {
		if curve.Name == "" {
			continue
		}
		if names++; p.Legend.TextStyle.Width(curve.Name) > p.Legend.TextStyle.Width(longest) {
			longest = curve.Name
		}
	}
	smaller(&p.Legend.TextStyle, longest, wide-vg.Points(96))
	if most := 0.5 * high; vg.Length(names)*vg.Points(11) > most { // of half the height
		p.Legend.TextStyle.Font.Size *= most / (vg.Length(names) * vg.Points(11))
	}
}

// plot makes the axes and all that is between them.
func (f *Figure) plot() (*plot.Plot, error) {
	p := plot.New()
	p.BackgroundColor = nil
	p.Title.Text = f.Title
	p.Title.Padding = vg.Points(6)
	p.X.Label.Text, p.Y.Label.Text = f.XLabel, f.YLabel
	p.Title.TextStyle.Font = textFont(11)
	p.X.Label.TextStyle.Font, p.Y.Label.TextStyle.Font = textFont(10), textFont(10)
	p.X.Tick.Label.Font, p.Y.Tick.Label.Font = textFont(9), textFont(9)
	p.Legend.TextStyle.Font = textFont(9)
	p.Legend.Top, p.Legend.Left = true, true
	p.Legend.XOffs, p.Legend.YOffs = vg.Points(8), -vg.Points(4)
	p.Legend.Padding = vg.Points(2)
	p.X.Padding, p.Y.Padding = vg.Points(4), vg.Points(4)
	p.X.Tick.Marker, p.Y.Tick.Marker = rounds{}, rounds{}
	if f.LogX {
		p.X.Scale = plot.LogScale{}
		p.X.Tick.Marker = decades{}
	}
	if f.LogY {
		p.Y.Scale = plot.LogScale{}
		p.Y.Tick.Marker = decades{}
	}
	if f.YNames != nil {
		var names plot.ConstantTicks
		for i, name := range f.YNames {
			names = append(names, plot.Tick{Value: float64(i + 1), Label: name})
		}
		p.Y.Tick.Marker = names
	}
	grid := plotter.NewGrid()
	grid.Vertical.Color, grid.Horizontal.Color = gridColor, gridColor
	p.Add(grid)
	for _, curve := range f.Curves {
		positive := func(list []float64) bool { return !slices.ContainsFunc(list, func(x float64) bool { return !(x > 0) }) }
		if f.LogX && !positive(curve.X) || f.LogY && !positive(curve.Y) {
			return nil, fmt.Errorf("curve %q: a place that is not positive on a logarithmic axis", curve.Name)
		}
		if err := curve.addTo(p, curve.seen(f.LogX, f.LogY)); err != nil {
			return nil, fmt.Errorf("curve %q: %w", curve.Name, err)
		}
	}
	for _, axis := range []struct {
		log bool
		*plot.Axis
	}{{f.LogX, &p.X}, {f.LogY, &p.Y}} {
		switch {
		case axis.log && len(f.Curves) == 0:
			axis.Min, axis.Max = 1, 10
		case axis.log && axis.Min == axis.Max: // one point
			axis.Min, axis.Max = axis.Min/2, axis.Max*2
		}
	}
	if n := float64(len(f.YNames)); n > 0 {
		p.Y.Min, p.Y.Max = 0.5, n+2
	}
	if f.Room {
		for _, curve := range f.Curves {
			if curve.Name != "" {
				p.Y.Max += (p.Y.Max - p.Y.Min) / 12
			}
		}
	}
	return p, nil
}

// rounds marks multiples of 1, 2 or 5 times a power of ten, some six of them.
type rounds struct{}

// Ticks implements plot.Ticker.
func (rounds) Ticks(low, high float64) []plot.Tick {
	if !(high > low) {
		return []plot.Tick{{Value: low, Label: strconv.FormatFloat(low, 'g', 6, 64)}}
	}
	power := math.Floor(math.Log10((high - low) / 4))
	places := int(math.Max(0, -power))
	step := math.Pow(10, power)
	for _, factor := range []float64{5, 2} {
		if factor*step <= (high-low)/4 {
			step *= factor
			break
		}
	}
	var out []plot.Tick
	first := math.Ceil(low/step - 1e-9)
	for i := range 24 { // where steps are below the rounding of low, k stands still
		k := first + float64(i)
		if k*step > high+1e-9*step {
			break
		}
		out = append(out, plot.Tick{Value: k * step, Label: strconv.FormatFloat(k*step+0, 'f', places, 64)})
	}
	return out
}

// decades marks the powers of ten and their multiples, and names the powers, or
// also 2 and 5 times them if fewer than two powers are in sight.
type decades struct{}

// Ticks implements plot.Ticker.
func (decades) Ticks(low, high float64) []plot.Tick {
	low, high = low*(1-1e-9), high*(1+1e-9)
	few := math.Floor(math.Log10(high))-math.Ceil(math.Log10(low)) < 1
	var out []plot.Tick
	for k := math.Floor(math.Log10(low)); k <= math.Ceil(math.Log10(high)); k++ {
		for m := 1.0; m < 10; m++ {
			t := plot.Tick{Value: m * math.Pow(10, k)}
			if m == 1 || few && (m == 2 || m == 5) {
				t.Label = strconv.FormatFloat(t.Value, 'g', 6, 64)
			}
			if t.Value >= low && t.Value <= high {
				out = append(out, t)
			}
		}
	}
	return out
}

func (c Curve) addTo(p *plot.Plot, seen plotter.XYs) error {
	if err := c.check(); err != nil {
		return err
	}
	hue := palette[(c.Hue%len(palette)+len(palette))%len(palette)]
	var thumbnail plot.Thumbnailer
	switch c.Style {
	case Band:
		low, high, err := ends(c.Bounds)
		if err != nil {
			return err
		}
		ring := make(plotter.XYs, 0, 2*len(c.X))
		for i, x := range c.X {
			ring = append(ring, plotter.XY{X: x, Y: low[i]})
		}
		for i := len(c.X) - 1; i >= 0; i-- {
			ring = append(ring, plotter.XY{X: c.X[i], Y: high[i]})
		}
		area, err := plotter.NewPolygon(ring)
		if err != nil {
			return err
		}
		area.Color, area.LineStyle.Width = faint(hue, 22), 0
		p.Add(area)
		thumbnail = area
	case Points:
		marks, err := plotter.NewScatter(seen)
		if err != nil {
			return err
		}
		marks.GlyphStyle = draw.GlyphStyle{Color: hue, Radius: vg.Points(2.6), Shape: rings[c.look()%len(rings)]}
		p.Add(marks)
		thumbnail = marks
	default:
		line, err := plotter.NewLine(seen)
		if err != nil {
			return err
		}
		line.Color, line.Width = hue, vg.Points(1.6)
		line.Dashes = dashes[c.look()%len(dashes)]
		if c.Style == Dashed {
			line.Dashes, line.Width = []vg.Length{vg.Points(4), vg.Points(3)}, vg.Points(0.9)
		}
		p.Add(line)
		thumbnail = line
		if c.Style == Line && c.Marked > 0 {
			marks, err := plotter.NewScatter(c.some())
			if err != nil {
				return err
			}
			marks.GlyphStyle = draw.GlyphStyle{Color: hue, Radius: vg.Points(3), Shape: shapes[c.look()%len(shapes)]}
			p.Add(marks)
			if c.Name != "" {
				p.Legend.Add(c.Name, line, marks)
			}
			return nil
		}
	}
	if c.Name != "" {
		p.Legend.Add(c.Name, thumbnail)
	}
	return nil
}

// look is by what the curve is told apart beside its colour.
func (c Curve) look() int {
	if c.Style == Line && c.Marked > 0 {
		return c.Marked - 1
	}
	return (c.Hue%len(palette) + len(palette)) % len(palette)
}

// dashes, shapes and rings tell curves apart without colours.
var (
	rings  = []draw.GlyphDrawer{draw.RingGlyph{}, draw.SquareGlyph{}, draw.TriangleGlyph{}, draw.CrossGlyph{}, draw.PlusGlyph{}, draw.CircleGlyph{}}
	dashes = [][]vg.Length{nil, {vg.Points(7), vg.Points(2)}, {vg.Points(2), vg.Points(2)}, {vg.Points(8), vg.Points(2), vg.Points(2), vg.Points(2)}, {vg.Points(12), vg.Points(3)}}
	shapes = []draw.GlyphDrawer{draw.CircleGlyph{}, draw.SquareGlyph{}, draw.TriangleGlyph{}, draw.PlusGlyph{}, draw.CrossGlyph{}, draw.BoxGlyph{}, draw.PyramidGlyph{}}
)

// markSpacing is how many points of a line there are to a mark.
const markSpacing = 15

// some returns the points of a line that get a mark, other ones for other marks.
func (c Curve) some() plotter.XYs {
	if len(c.X) <= 2*markSpacing {
		return c.points()
	}
	var out plotter.XYs
	for i := 2 * c.Marked % markSpacing; i < len(c.X); i += markSpacing {
		out = append(out, plotter.XY{X: c.X[i], Y: c.Y[i]})
	}
	return out
}

func (c Curve) points() plotter.XYs {
	xy := make(plotter.XYs, len(c.X))
	for i := range min(len(c.X), len(c.Y)) {
		xy[i] = plotter.XY{X: c.X[i], Y: c.Y[i]}
	}
	return xy
}

func (c Curve) check() error {
	switch {
	case len(c.X) == 0:
		return fmt.Errorf("no points")
	case c.Style == Band && (len(c.Bounds) != len(c.X) || len(c.Y) != 0):
		return fmt.Errorf("%d places, %d bounds and %d values, expected bounds only", len(c.X), len(c.Bounds), len(c.Y))
	case c.Style != Band && len(c.Y) != len(c.X):
		return fmt.Errorf("%d places and %d values", len(c.X), len(c.Y))
	case c.Bounds != nil && len(c.Bounds) != len(c.X):
		return fmt.Errorf("%d places and %d bounds", len(c.X), len(c.Bounds))
	}
	return nil
}

// mostSeen is how many points a curve has of which each is drawn.
const mostSeen = 1000

// seen returns the points that are drawn: all, or of many those that an eye
// tells apart, some hundredths of the range of the curve from each other. What is written of a figure
// as data holds all of them.
func (c Curve) seen(logX, logY bool) plotter.XYs {
	xy := c.points()
	if len(xy) <= mostSeen || c.Style == Band || len(c.Y) != len(c.X) {
		return xy
	}
	for _, p := range xy {
		if v := p.X + p.Y; math.IsNaN(v) || math.IsInf(v, 0) {
			return xy // which the canvas refuses
		}
	}
	parts := 400.0
	if c.Style == Points {
		parts = 160
	}
	x, y := cells(c.X, logX, parts), cells(c.Y, logY, parts)
	var out plotter.XYs
	known := map[[2]int]bool{}
	last := [2]int{-9, -9}
	for i := range xy {
		at := [2]int{x[i], y[i]}
		if c.Style == Points && known[at] || c.Style != Points && at == last && i < len(xy)-1 {
			continue
		}
		known[at], last = true, at
		out = append(out, xy[i])
	}
	return out
}

// cells gives the part of their range in which numbers are.
func cells(list []float64, log bool, parts float64) []int {
	at := func(x float64) float64 {
		if log {
			return math.Log(x)
		}
		return x
	}
	low, high := at(slices.Min(list)), at(slices.Max(list))
	out := make([]int, len(list))
	if span := high - low; span > 0 && !math.IsInf(span, 0) {
		for i, x := range list {
			out[i] = int(parts * ((at(x) - low) / span))
		}
	}
	return out
}

// ends returns the bounds of numbers, to draw.
func ends(numbers []prove.Number) (low, high []float64, err error) {
	low, high = make([]float64, len(numbers)), make([]float64, len(numbers))
	for i, x := range numbers {
		var broken [2]error
		low[i], broken[0] = strconv.ParseFloat(x.Lo, 64)
		high[i], broken[1] = strconv.ParseFloat(x.Hi, 64)
		err = errors.Join(err, broken[0], broken[1])
	}
	return low, high, err
}

// inRange returns the numbers before the first that is beyond float64, which is
// an error.
func inRange(numbers []prove.Number) ([]prove.Number, error) {
	for i, x := range numbers {
		if _, _, err := ends([]prove.Number{x}); err != nil {
			return numbers[:i], errors.New("beyond the range of float64")
		}
	}
	return numbers, nil
}

// midpoints returns numbers to draw.
func midpoints(numbers []prove.Number) ([]float64, error) {
	low, high, err := ends(numbers)
	for i := range low {
		low[i] += (high[i] - low[i]) / 2
	}
	return low, err
}
