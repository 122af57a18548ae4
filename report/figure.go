// Package report draws figures from results.
package report

import (
	"fmt"
	"image/color"
	"io"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// A Curve is a line through points, or the points alone, in a figure.
type Curve struct {
	Name   string
	X, Y   []float64
	Points bool // marks instead of a line
	Dashed bool
	Hue    int // index of the colour; curves that belong together share it
}

// A Figure is a set of curves over one pair of axes.
type Figure struct {
	Title  string
	XLabel string
	YLabel string
	LogX   bool
	Curves []Curve
}

// palette is that of Okabe and Ito (2008), which colour-blind readers can tell apart.
var palette = []color.RGBA{{0, 114, 178, 255}, {213, 94, 0, 255}, {0, 158, 115, 255}, {204, 121, 167, 255}, {86, 180, 233, 255}, {230, 159, 0, 255}}

// Write draws the figure as svg, pdf or png of the given size in inches.
func (f *Figure) Write(w io.Writer, format string, width, height float64) error {
	p := plot.New()
	p.Title.Text = f.Title
	p.X.Label.Text, p.Y.Label.Text = f.XLabel, f.YLabel
	p.Legend.Top, p.Legend.Left = true, true
	p.Legend.XOffs, p.Legend.YOffs = vg.Points(8), -vg.Points(4)
	if f.LogX {
		p.X.Scale = plot.LogScale{}
		p.X.Tick.Marker = plot.LogTicks{Prec: -1}
	}
	p.Add(plotter.NewGrid())
	for _, c := range f.Curves {
		if len(c.X) != len(c.Y) || len(c.X) == 0 {
			return fmt.Errorf("curve %q has %d and %d coordinates", c.Name, len(c.X), len(c.Y))
		}
		xy := make(plotter.XYs, len(c.X))
		for i := range xy {
			xy[i] = plotter.XY{X: c.X[i], Y: c.Y[i]}
		}
		hue := palette[c.Hue%len(palette)]
		if c.Points {
			marks, err := plotter.NewScatter(xy)
			if err != nil {
				return fmt.Errorf("curve %q: %w", c.Name, err)
			}
			marks.GlyphStyle = draw.GlyphStyle{Color: hue, Radius: vg.Points(2), Shape: draw.CircleGlyph{}}
			p.Add(marks)
			if c.Name != "" {
				p.Legend.Add(c.Name, marks)
			}
			continue
		}
		line, err := plotter.NewLine(xy)
		if err != nil {
			return fmt.Errorf("curve %q: %w", c.Name, err)
		}
		line.Color, line.Width = hue, vg.Points(1.4)
		if c.Dashed {
			line.Dashes, line.Width = []vg.Length{vg.Points(4), vg.Points(3)}, vg.Points(0.8)
		}
		p.Add(line)
		if c.Name != "" {
			p.Legend.Add(c.Name, line)
		}
	}
	to, err := p.WriterTo(vg.Length(width)*vg.Inch, vg.Length(height)*vg.Inch, format)
	if err != nil {
		return err
	}
	_, err = to.WriteTo(w)
	return err
}
