package report

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"io"
	"math"
	"strings"

	"codeberg.org/go-pdf/fpdf"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/vg"
)

// A pdfCanvas draws on one page of PDF. Text stays text, in the fonts of the
// figure, of which the file holds the characters that it shows: one can search
// and copy it, and a journal finds every font embedded. (The canvas of
// gonum.org/v1/plot/vg/vgpdf knows the characters of one Western code page
// only, and none of Greek.)
//
// Coordinates are those of vg and of PDF, in points from the lower left corner;
// fpdf counts from the upper edge.
type pdfCanvas struct {
	doc           *fpdf.Fpdf
	width, height vg.Length
	line          []vg.Length // widths of lines, one for each Push
	failure       error
}

func newPDF(width, height vg.Length) *pdfCanvas {
	doc := fpdf.NewCustom(&fpdf.InitType{UnitStr: "pt", Size: fpdf.SizeType{Wd: width.Points(), Ht: height.Points()}})
	doc.SetMargins(0, 0, 0)
	doc.SetAutoPageBreak(false, 0)
	doc.AddPage()
	c := &pdfCanvas{doc: doc, width: width, height: height, line: make([]vg.Length, 1)}
	c.Push()
	vg.Initialize(c)
	return c
}

func (c *pdfCanvas) Size() (width, height vg.Length) { return c.width, c.height }

func (c *pdfCanvas) SetLineWidth(width vg.Length) {
	c.line[len(c.line)-1] = width
	c.doc.SetLineWidth(width.Points())
}

func (c *pdfCanvas) SetLineDash(pattern []vg.Length, offset vg.Length) {
	points := make([]float64, len(pattern))
	for i, length := range pattern {
		points[i] = length.Points()
	}
	c.doc.SetDashPattern(points, offset.Points())
}

// SetColor sets the colour of what is drawn next. Its components are not
// multiplied by its opacity.
func (c *pdfCanvas) SetColor(hue color.Color) {
	red, green, blue, opacity := straight{hue}.RGBA()
	r, g, b := int(red>>8), int(green>>8), int(blue>>8)
	c.doc.SetFillColor(r, g, b)
	c.doc.SetDrawColor(r, g, b)
	c.doc.SetTextColor(r, g, b)
	c.doc.SetAlpha(float64(opacity)/math.MaxUint16, "Normal")
}

func (c *pdfCanvas) Rotate(radians float64) {
	sin, cos := math.Sincos(radians)
	c.doc.Transform(fpdf.TransformMatrix{A: cos, B: sin, C: -sin, D: cos})
}

func (c *pdfCanvas) Translate(by vg.Point) {
	c.doc.Transform(fpdf.TransformMatrix{A: 1, D: 1, E: by.X.Points(), F: by.Y.Points()})
}

func (c *pdfCanvas) Scale(x, y float64) {
	c.doc.Transform(fpdf.TransformMatrix{A: x, D: y})
}

func (c *pdfCanvas) Push() {
	c.line = append(c.line, c.line[len(c.line)-1])
	c.doc.TransformBegin()
}

func (c *pdfCanvas) Pop() {
	c.doc.TransformEnd()
	c.line = c.line[:len(c.line)-1]
}

func (c *pdfCanvas) Stroke(path vg.Path) {
	if c.line[len(c.line)-1] > 0 {
		c.draw(path, "D")
	}
}

func (c *pdfCanvas) Fill(path vg.Path) { c.draw(path, "F") }

// at returns a point as fpdf counts.
func (c *pdfCanvas) at(p vg.Point) (x, y float64) {
	return p.X.Points(), (c.height - p.Y).Points()
}

func (c *pdfCanvas) draw(path vg.Path, style string) {
	for _, part := range cubic(path) {
		x, y := c.at(part.Pos)
		switch part.Type {
		case vg.MoveComp:
			c.doc.MoveTo(x, y)
		case vg.LineComp:
			c.doc.LineTo(x, y)
		case vg.ArcComp:
			c.arc(part)
		case vg.CurveComp:
			x0, y0 := c.at(part.Control[0])
			x1, y1 := c.at(part.Control[1])
			c.doc.CurveBezierCubicTo(x0, y0, x1, y1, x, y)
		case vg.CloseComp:
			c.doc.ClosePath()
		}
	}
	c.doc.DrawPath(style)
}

// arc goes on by Bézier curves of at most a quarter of a circle each, which
// leave it by less than 3e-4 of the radius.
func (c *pdfCanvas) arc(part vg.PathComp) {
	on := func(angle, radius, tangent float64) vg.Point {
		sin, cos := math.Sincos(angle)
		return vg.Point{X: part.Pos.X + vg.Length(radius*cos-tangent*sin), Y: part.Pos.Y + vg.Length(radius*sin+tangent*cos)}
	}
	radius := float64(part.Radius)
	x, y := c.at(on(part.Start, radius, 0))
	c.doc.LineTo(x, y)
	pieces := math.Ceil(math.Abs(part.Angle) / (math.Pi / 2))
	turn := part.Angle / pieces
	reach := 4. / 3 * math.Tan(turn/4) * radius
	for i := range int(pieces) {
		from := part.Start + float64(i)*turn
		x0, y0 := c.at(on(from, radius, reach))
		x1, y1 := c.at(on(from+turn, radius, -reach))
		x, y = c.at(on(from+turn, radius, 0))
		c.doc.CurveBezierCubicTo(x0, y0, x1, y1, x, y)
	}
}

// FillString writes text from a point on its baseline. Characters that the font
// lacks are shown by its mark for that.
func (c *pdfCanvas) FillString(face font.Face, at vg.Point, words string) {
	if face.Font.Size <= 0 {
		return
	}
	if name := face.Name(); c.doc.GetFontDesc(name, "").Ascent == 0 {
		var file bytes.Buffer
		if _, err := face.Face.WriteSourceTo(nil, &file); err != nil {
			c.fail(err)
			return
		}
		c.doc.AddUTF8FontFromBytes(name, "", file.Bytes())
	}
	c.doc.SetFont(face.Name(), "", face.Font.Size.Points())
	x, y := c.at(at)
	c.doc.Text(x, y, strings.Map(inPlane, words))
}

// inPlane returns a character that PDF numbers by two bytes.
func inPlane(r rune) rune {
	if r > 0xffff {
		return '\ufffd'
	}
	return r
}

// DrawImage is asked for by no figure.
func (c *pdfCanvas) DrawImage(vg.Rectangle, image.Image) {
	c.fail(errors.New("a PDF figure cannot hold pixels"))
}

func (c *pdfCanvas) fail(err error) {
	if c.failure == nil {
		c.failure = fmt.Errorf("PDF: %w", err)
	}
}

// WriteTo ends the page and writes the file.
func (c *pdfCanvas) WriteTo(w io.Writer) (int64, error) {
	if c.failure != nil {
		return 0, c.failure
	}
	c.Pop()
	var file bytes.Buffer
	if err := c.doc.Output(&file); err != nil {
		return 0, fmt.Errorf("PDF: %w", err)
	}
	return file.WriteTo(w)
}
