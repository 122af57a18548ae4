package report

import (
	"image/color"
	"math"

	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/vg"
)

// An outlineCanvas draws text as shapes and hands on colours that are not
// multiplied by their opacity. The PDF canvas knows the characters of one
// Western code page only, and no transparency otherwise.
type outlineCanvas struct {
	vg.CanvasSizer
	failure error
}

// A straight color returns its components as they are, beside its opacity.
type straight struct{ color.NRGBA }

// RGBA implements color.Color.
func (c straight) RGBA() (r, g, b, a uint32) {
	return uint32(c.R) * 0x101, uint32(c.G) * 0x101, uint32(c.B) * 0x101, uint32(c.A) * 0x101
}

// SetColor sets the colour of what is drawn next.
func (c *outlineCanvas) SetColor(hue color.Color) {
	if hue == nil {
		hue = color.Black
	}
	c.CanvasSizer.SetColor(straight{color.NRGBAModel.Convert(hue).(color.NRGBA)})
}

// FillString draws text as filled shapes.
func (c *outlineCanvas) FillString(face font.Face, at vg.Point, words string) {
	path, err := outline(face, at, words)
	if err != nil {
		if c.failure == nil {
			c.failure = err
		}
		return
	}
	if len(path) > 0 {
		c.Fill(path)
	}
}

// outline returns the shapes of a line of text. Characters that the font lacks
// are shown by its mark for that.
func outline(face font.Face, at vg.Point, words string) (vg.Path, error) {
	var buffer sfnt.Buffer
	unit := fixed.Int26_6(face.Face.UnitsPerEm()) // shapes in units of the font
	scale := face.Font.Size / vg.Length(unit)
	if scale <= 0 {
		return nil, nil
	}
	var path vg.Path
	pen := at.X
	for _, character := range words {
		glyph, err := face.Face.GlyphIndex(&buffer, character)
		if err != nil {
			return nil, err
		}
		segments, err := face.Face.LoadGlyph(&buffer, glyph, unit, nil)
		if err != nil {
			return nil, err
		}
		point := func(p fixed.Point26_6) vg.Point {
			return vg.Point{X: pen + vg.Length(p.X)*scale, Y: at.Y - vg.Length(p.Y)*scale}
		}
		for i, s := range segments {
			switch s.Op {
			case sfnt.SegmentOpMoveTo:
				if i > 0 {
					path.Close()
				}
				path.Move(point(s.Args[0]))
			case sfnt.SegmentOpLineTo:
				path.Line(point(s.Args[0]))
			case sfnt.SegmentOpQuadTo:
				path.QuadTo(point(s.Args[0]), point(s.Args[1]))
			case sfnt.SegmentOpCubeTo:
				path.CubeTo(point(s.Args[0]), point(s.Args[1]), point(s.Args[2]))
			}
		}
		if len(segments) > 0 {
			path.Close()
		}
		advance, err := face.Face.GlyphAdvance(&buffer, glyph, unit, 0)
		if err != nil {
			return nil, err
		}
		pen += vg.Length(math.Round(float64(advance))) * scale
	}
	return path, nil
}
