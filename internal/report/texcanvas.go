package report

import (
	"image/color"

	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/vgtex"
)

// A texCanvas draws for the LaTeX package pgf, with words in the fonts of the
// document: what has no axes, which pgfplots would make. It mends what
// vgtex.Canvas leaves to its caller: signs of LaTeX in words, quadratic and
// closed curves, colours beside their opacity.
type texCanvas struct{ *vgtex.Canvas }

func (c texCanvas) SetColor(hue color.Color) { c.Canvas.SetColor(straight{hue}) }

func (c texCanvas) Stroke(path vg.Path) { c.Canvas.Stroke(closed(cubic(path))) }

func (c texCanvas) Fill(path vg.Path) { c.Canvas.Fill(closed(cubic(path))) }

func (c texCanvas) FillString(face font.Face, at vg.Point, words string) {
	at.X += face.Width(words) / 2 // vgtex centres the words, of which it measures the source
	source := latexText(words)
	at.X -= face.Width(source) / 2
	c.Canvas.FillString(face, at, source)
}

// A straight colour returns its components as they are, beside its opacity.
type straight struct{ color.Color }

// RGBA implements color.Color.
func (c straight) RGBA() (r, g, b, a uint32) {
	if c.Color == nil {
		return 0, 0, 0, 0xffff
	}
	n := color.NRGBAModel.Convert(c.Color).(color.NRGBA)
	return uint32(n.R) * 0x101, uint32(n.G) * 0x101, uint32(n.B) * 0x101, uint32(n.A) * 0x101
}

// cubic returns a path whose quadratic curves are cubic ones.
func cubic(path vg.Path) vg.Path {
	out := make(vg.Path, len(path))
	var from vg.Point
	for i, part := range path {
		if part.Type == vg.CurveComp && len(part.Control) == 1 {
			toward := func(end vg.Point) vg.Point {
				return vg.Point{X: end.X + (part.Control[0].X-end.X)*2/3, Y: end.Y + (part.Control[0].Y-end.Y)*2/3}
			}
			part.Control = []vg.Point{toward(from), toward(part.Pos)}
		}
		if part.Type != vg.CloseComp {
			from = part.Pos
		}
		out[i] = part
	}
	return out
}

// closed returns a path that goes back to its start where it is closed.
func closed(path vg.Path) vg.Path {
	out := make(vg.Path, len(path))
	var start vg.Point
	for i, part := range path {
		switch part.Type {
		case vg.MoveComp:
			start = part.Pos
		case vg.CloseComp:
			part = vg.PathComp{Type: vg.LineComp, Pos: start}
		}
		out[i] = part
	}
	return out
}
