package report

import (
	"errors"
	"fmt"
	"image/color"
	"math"
	"slices"
	"strconv"

	"muflow/graph"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// MaxDrawn is the most vertices of an instance that a Diagram draws.
const MaxDrawn = 200

// A Diagram draws one step of an instance as a graph, in columns by hop
// distance from the root: N_c filled, what the step adds to it shaded, the
// demonstrated path in bold, and the edges from N_c, which are those that
// count in d_v, in colour.
type Diagram struct {
	Title string
	Step  graph.Step
}

// legend stands below every diagram.
var legend = []string{"filled: N_c; shaded: new in N_{c+1}; orange ring: p; bold: demonstrated path", "blue: edges from N_c; small number: how many enter (d_v)"}

// Size returns the width and height in inches that suit the drawing and all
// words of it.
func (d *Diagram) Size() (width, height float64) {
	l := newLayout(d.Step.Instance)
	words := wordStyle(11).Width(d.Title)
	for _, line := range legend {
		words = max(words, wordStyle(8).Width(line))
	}
	return max(1.8+1.15*float64(l.last), words.Points()/72+0.3), 1.3 + 0.42*float64(l.rows[0]+l.rows[1])
}

func (d *Diagram) withoutTitle() Drawing {
	out := *d
	out.Title = ""
	return &out
}

// Draw puts the diagram on a canvas.
func (d *Diagram) Draw(c draw.Canvas) error {
	in := d.Step.Instance
	if n := in.Graph.Order(); n > MaxDrawn {
		return fmt.Errorf("%d vertices, at most %d can be drawn", n, MaxDrawn)
	}
	p := newPicture(d, c)
	if p.width <= 0 || p.height <= 0 {
		return errors.New("the canvas is too small for a graph")
	}
	for _, e := range in.Graph.Edges() {
		p.edge(e[0], e[1])
	}
	for v := range in.Graph.Order() {
		p.vertex(v)
	}
	p.words(d.Title)
	return nil
}

// A picture is a diagram on its way to a canvas.
type picture struct {
	canvas        draw.Canvas
	in            *graph.Instance
	layout        *layout
	set, next     []bool // N_c, N_{c+1}
	labels        []int  // p
	onPath        map[[2]int]bool
	degrees       []int
	left, bottom  vg.Length
	width, height vg.Length
	radius        vg.Length
	upper         float64 // part of the height for what the root reaches
}

func newPicture(d *Diagram, c draw.Canvas) *picture {
	in := d.Step.Instance
	p := &picture{canvas: c, in: in, layout: newLayout(in), set: d.Step.Set(), next: d.Step.Next(),
		labels: d.Step.Labels(), onPath: map[[2]int]bool{}, radius: vg.Points(9)}
	p.degrees = d.Step.Degrees()
	for i, v := range in.Path[1:] {
		p.onPath[[2]int{in.Path[i], v}] = true
	}
	side, top, below := vg.Points(36), vg.Points(34), vg.Points(34)
	p.left, p.bottom = c.Min.X+side, c.Min.Y+below
	p.width, p.height = c.Max.X-c.Min.X-2*side, c.Max.Y-c.Min.Y-top-below
	p.upper = float64(p.layout.rows[0]) / float64(p.layout.rows[0]+p.layout.rows[1])
	return p
}

func (p *picture) at(v int) vg.Point {
	y := p.layout.place[v] * p.upper
	if p.layout.lower[v] {
		y = p.upper + p.layout.place[v]*(1-p.upper)
	}
	x := 0.5
	if p.layout.last > 0 {
		x = float64(p.layout.column[v]) / float64(p.layout.last)
	}
	// Columns are shifted against each other a little, so that straight edges
	// over several columns miss the vertices between.
	y += 0.012 * float64(p.layout.column[v]%2*2-1)
	return vg.Point{X: p.left + p.width*vg.Length(x), Y: p.bottom + p.height*vg.Length(1-y)}
}

func (p *picture) edge(u, v int) {
	style := draw.LineStyle{Color: faint(ink, 36), Width: vg.Points(0.7)}
	if p.set[u] {
		style = draw.LineStyle{Color: palette[0], Width: vg.Points(1)}
	}
	if p.onPath[[2]int{u, v}] {
		style.Width = vg.Points(2.4)
	}
	from, to := p.at(u), p.at(v)
	// One column to the right is straight; all others bend away from the
	// vertices between.
	bend := vg.Length(0)
	if steps := p.layout.column[v] - p.layout.column[u]; steps != 1 {
		bend = 1
	}
	dx, dy := to.X-from.X, to.Y-from.Y
	length := vg.Length(math.Hypot(float64(dx), float64(dy)))
	bend *= vg.Points(8) + 0.16*length
	control := vg.Point{X: (from.X+to.X)/2 - dy/length*bend, Y: (from.Y+to.Y)/2 + dx/length*bend}
	start := toward(from, control, p.radius)
	gap := vg.Points(1)
	tip := toward(to, control, p.radius+gap)
	base := toward(tip, control, vg.Points(5)+style.Width)
	var line vg.Path
	line.Move(start)
	if bend == 0 {
		line.Line(base)
	} else {
		line.QuadTo(control, base)
	}
	p.canvas.SetLineStyle(style)
	p.canvas.Stroke(line)
	p.canvas.SetLineStyle(draw.LineStyle{Color: style.Color, Width: 0})
	p.canvas.SetColor(style.Color)
	ax, ay := tip.X-base.X, tip.Y-base.Y
	var head vg.Path
	head.Move(tip)
	head.Line(vg.Point{X: base.X - ay*0.42, Y: base.Y + ax*0.42})
	head.Line(vg.Point{X: base.X + ay*0.42, Y: base.Y - ax*0.42})
	head.Close()
	p.canvas.Fill(head)
}

// toward returns the point at a distance from one point towards another.
func toward(from, to vg.Point, distance vg.Length) vg.Point {
	dx, dy := to.X-from.X, to.Y-from.Y
	length := vg.Length(math.Hypot(float64(dx), float64(dy)))
	if length == 0 {
		return from
	}
	return vg.Point{X: from.X + dx/length*distance, Y: from.Y + dy/length*distance}
}

func disc(center vg.Point, radius vg.Length) vg.Path {
	var path vg.Path
	path.Move(vg.Point{X: center.X + radius, Y: center.Y})
	path.Arc(center, radius, 0, 2*math.Pi)
	path.Close()
	return path
}

func (p *picture) vertex(v int) {
	center := p.at(v)
	p.canvas.SetColor(paper)
	p.canvas.Fill(disc(center, p.radius))
	label := color.Color(ink)
	switch {
	case p.set[v]:
		p.canvas.SetColor(palette[0])
		p.canvas.Fill(disc(center, p.radius))
		label = paper
	case p.next[v]:
		p.canvas.SetColor(faint(palette[0], 28))
		p.canvas.Fill(disc(center, p.radius))
	}
	ring := draw.LineStyle{Color: ink, Width: vg.Points(0.8)}
	if slices.Contains(p.labels, v) {
		ring = draw.LineStyle{Color: palette[1], Width: vg.Points(2.6)}
	}
	p.canvas.SetLineStyle(ring)
	p.canvas.Stroke(disc(center, p.radius))
	p.write(center, strconv.Itoa(v), 8, label, 0)
	if d := p.degrees[v]; d > 0 {
		p.write(vg.Point{X: center.X + p.radius + vg.Points(1), Y: center.Y - p.radius + vg.Points(1)}, strconv.Itoa(d), 7, palette[0], 1)
	}
	name := ""
	switch v {
	case p.in.Root:
		name = "root"
	case p.in.Target:
		name = "c*"
	case p.in.Other:
		name = "other"
	}
	switch {
	case name != "" && p.layout.column[v] == p.layout.last:
		p.write(vg.Point{X: center.X + p.radius + vg.Points(3), Y: center.Y + vg.Points(5)}, name, 8, ink, 1)
	case name != "":
		p.write(vg.Point{X: center.X, Y: center.Y + p.radius + vg.Points(5)}, name, 8, ink, 0)
	}
}

// write puts words at a point: centred, or to the right of it.
func (p *picture) write(at vg.Point, words string, points float64, hue color.Color, right float64) {
	align := draw.XCenter
	if right > 0 {
		align = draw.XLeft
	}
	style := wordStyle(points)
	style.Color, style.XAlign = hue, align
	p.canvas.FillText(style, at, words)
}

// wordStyle is how words of a size look.
func wordStyle(points float64) text.Style {
	return text.Style{Font: textFont(points), YAlign: draw.YCenter, Handler: plot.DefaultTextHandler}
}

// words writes the title above and the legend below.
func (p *picture) words(title string) {
	middle := (p.canvas.Min.X + p.canvas.Max.X) / 2
	p.write(vg.Point{X: middle, Y: p.canvas.Max.Y - vg.Points(10)}, title, 11, ink, 0)
	for i, line := range legend {
		p.write(vg.Point{X: middle, Y: p.canvas.Min.Y + vg.Points(17-10*float64(i))}, line, 8, ink, 0)
	}
}
