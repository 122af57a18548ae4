package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"html"
	"math"
	"regexp"
	"strconv"
	"strings"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgsvg"
)

var (
	svgStart = regexp.MustCompile(`(?s)^.*?<svg [^>]*viewBox="([^"]*)"[^>]*>`)
	svgStyle = regexp.MustCompile(`\s+style="([^"]*)"`)
)

// Inline returns a drawing as an SVG element for an HTML page: it scales with
// the page, takes its colours from the custom properties --ink, --paper, --grid
// and --hue0 … of the style sheet, has no style of its own, which a content
// security policy would refuse, and says in data-plot where its curves are.
func Inline(d Drawing, title string, width, height float64) (string, error) {
	var text bytes.Buffer
	if err := Render(&text, d, "svg", width, height); err != nil {
		return "", err
	}
	svg := text.String()
	start := svgStart.FindStringSubmatch(svg)
	if start == nil {
		return "", fmt.Errorf("figure %q: no svg element", title)
	}
	plot := ""
	if f, ok := d.(*Figure); ok {
		hover, err := f.hover(width, height)
		if err != nil {
			return "", err
		}
		plot = ` data-plot="` + html.EscapeString(hover) + `"`
	}
	svg = fmt.Sprintf(`<svg class="figure" role="img" viewBox="%s"%s><title>%s</title>`, start[1], plot, html.EscapeString(title)) + svg[len(start[0]):]
	svg = svgStyle.ReplaceAllStringFunc(svg, attributes)
	// Text and shapes without a colour of their own are black.
	return strings.ReplaceAll(svg, "<text ", `<text fill="currentColor" `), nil
}

// attributes writes a style as attributes, with the roles of colours for the
// colours; the font is that of the style sheet.
func attributes(style string) string {
	var out strings.Builder
	for _, part := range strings.Split(svgStyle.FindStringSubmatch(style)[1], ";") {
		property, value, _ := strings.Cut(part, ":")
		switch {
		case property == "" || strings.HasPrefix(property, "font-") && property != "font-size":
			continue
		case strings.HasPrefix(value, "#"):
			if name, ok := roles[strings.ToUpper(value)]; ok {
				value = "var(--" + name + ")"
			}
		}
		fmt.Fprintf(&out, ` %s="%s"`, property, value)
	}
	return out.String()
}

// hoverPoints bounds the points of a curve that the page can name.
const hoverPoints = 240

// A hoverCurve is a curve to be named: bounds instead of values if it is a band.
type hoverCurve struct {
	Name string  `json:"name"`
	X    []short `json:"x"`
	Y    []short `json:"y,omitempty"`
	Low  []short `json:"low,omitempty"`
	High []short `json:"high,omitempty"`
}

// A short number has six digits.
type short float64

// MarshalJSON implements json.Marshaler.
func (x short) MarshalJSON() ([]byte, error) {
	return strconv.AppendFloat(nil, float64(x), 'g', 6, 64), nil
}

// hover says where the curves of a figure are: the box between the axes in units
// of the picture, from the top, the ranges of the axes and the points.
func (f *Figure) hover(width, height float64) (string, error) {
	p, err := f.plot()
	if err != nil {
		return "", err
	}
	wide, high := vg.Length(width)*vg.Inch, vg.Length(height)*vg.Inch
	canvas := draw.New(vgsvg.New(wide, high))
	f.fit(p, canvas)
	box := p.DataCanvas(canvas)
	out := struct {
		Box    [4]short     `json:"box"` // left, top, width, height
		X      [2]float64   `json:"x"`
		Y      [2]float64   `json:"y"`
		Log    [2]bool      `json:"log"`
		Names  [2]string    `json:"names"`
		Curves []hoverCurve `json:"curves"`
	}{
		[4]short{short(box.Min.X), short(high - box.Max.Y), short(box.Max.X - box.Min.X), short(box.Max.Y - box.Min.Y)},
		[2]float64{p.X.Min, p.X.Max}, [2]float64{p.Y.Min, p.Y.Max}, [2]bool{f.LogX, f.LogY}, [2]string{f.XLabel, f.YLabel}, nil,
	}
	for _, v := range []float64{p.X.Min, p.X.Max, p.Y.Min, p.Y.Max} {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return "", fmt.Errorf("an axis to %v", v)
		}
	}
	name := ""
	for _, c := range f.Curves {
		if c.Name != "" {
			name = c.Name
		}
		h := hoverCurve{Name: name}
		var low, high []float64
		if c.Style == Band {
			if low, high, err = ends(c.Bounds); err != nil {
				return "", err
			}
		}
		every := 1 + (len(c.X)-1)/hoverPoints
		for i := 0; i < len(c.X); i += every {
			h.X = append(h.X, short(c.X[i]))
			if c.Style == Band {
				h.Low, h.High = append(h.Low, short(low[i])), append(h.High, short(high[i]))
			} else {
				h.Y = append(h.Y, short(c.Y[i]))
			}
		}
		out.Curves = append(out.Curves, h)
	}
	text, err := json.Marshal(out)
	return string(text), err
}
