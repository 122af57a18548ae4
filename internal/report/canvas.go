package report

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"time"

	"codeberg.org/go-pdf/fpdf"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
	"gonum.org/v1/plot/vg/vgsvg"
	"gonum.org/v1/plot/vg/vgtex"
)

func init() {
	// The PDF writer takes its dates and the order of its catalogue from here
	// only; a fixed date makes the same figure the same bytes.
	fpdf.SetDefaultCatalogSort(true)
	fpdf.SetDefaultCreationDate(time.Unix(0, 0).UTC())
	fpdf.SetDefaultModificationDate(time.Unix(0, 0).UTC())
}

// A Drawing can be put on a canvas of any format.
type Drawing interface {
	// Draw fills the canvas. It fails on a drawing that contradicts itself.
	Draw(c draw.Canvas) error
}

// ImageFormats lists what Render writes: pictures, and source for LaTeX.
var ImageFormats = []string{"svg", "pdf", "png", "tex"}

// A Layout says how large a drawing is.
type Layout struct {
	Width, Height float64 // inches
	Scale         float64 // of letters, lines and marks; 1 if 0
	Titled        bool    // a PDF, whose caption the paper has, shows the title too
}

// Render writes a drawing as svg, pdf or png of the given size in inches. The
// same drawing gives the same bytes.
func Render(w io.Writer, d Drawing, format string, width, height float64) error {
	return RenderAs(w, d, format, Layout{Width: width, Height: height})
}

// An untitled drawing has a title that it can do without.
type untitled interface{ withoutTitle() Drawing }

// A scaledCanvas is larger for those who draw on it than it is.
type scaledCanvas struct {
	vg.CanvasSizer
	scale vg.Length
}

// Size returns the size for those who draw.
func (c scaledCanvas) Size() (width, height vg.Length) {
	width, height = c.CanvasSizer.Size()
	return width / c.scale, height / c.scale
}

// RenderAs is Render with a layout.
func RenderAs(w io.Writer, d Drawing, format string, l Layout) error {
	if axes, ok := d.(TeX); ok && format == "tex" {
		return axes.WriteTeX(w)
	}
	wide, high := vg.Length(l.Width)*vg.Inch, vg.Length(l.Height)*vg.Inch
	var canvas vg.CanvasWriterTo
	switch format {
	case "svg":
		canvas = vgsvg.New(wide, high)
	case "pdf":
		canvas = newPDF(wide, high)
	case "tex":
		canvas = texCanvas{vgtex.New(wide, high)}
	case "png":
		canvas = vgimg.PngCanvas{Canvas: vgimg.NewWith(vgimg.UseWH(wide, high), vgimg.UseDPI(150))}
	default:
		return fmt.Errorf("unknown format %q, expected svg, pdf, png or tex", format)
	}
	var paper vg.CanvasSizer = canvas
	if named, ok := d.(untitled); ok && (format == "pdf" || format == "tex") && !l.Titled {
		d = named.withoutTitle()
	}
	if l.Scale != 0 && l.Scale != 1 {
		paper.Scale(l.Scale, l.Scale)
		paper = scaledCanvas{paper, vg.Length(l.Scale)}
	}
	if err := d.Draw(draw.New(paper)); err != nil {
		return err
	}
	if format != "svg" {
		_, err := canvas.WriteTo(w)
		return err
	}
	var text bytes.Buffer
	if _, err := canvas.WriteTo(&text); err != nil {
		return err
	}
	_, err := io.WriteString(w, strings.Map(inXML, fallbackFonts(text.String())))
	return err
}

// inXML returns a sign that XML may hold.
func inXML(r rune) rune {
	if r < ' ' && r != '\t' && r != '\n' && r != '\r' || r == 0xfffe || r == 0xffff {
		return '?'
	}
	return r
}

// fallbackFonts names common fonts behind the one that figures are set in.
func fallbackFonts(svg string) string {
	return strings.ReplaceAll(svg, "font-family:Liberation Sans", "font-family:'Liberation Sans',Arial,Helvetica,sans-serif")
}

// textFont is the font of all figures.
func textFont(points float64) font.Font {
	return font.Font{Typeface: "Liberation", Variant: "Sans", Size: vg.Points(points)}
}
