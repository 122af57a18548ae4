package report

import (
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// A Grid is figures in rows of the same length.
type Grid [][]*Figure

// Draw puts the figures on a canvas.
func (g Grid) Draw(c draw.Canvas) error {
	if len(g) == 0 {
		return nil
	}
	tiles := draw.Tiles{Rows: len(g), Cols: len(g[0]), PadX: vg.Points(14), PadY: vg.Points(14), PadTop: vg.Points(6), PadBottom: vg.Points(6), PadLeft: vg.Points(6), PadRight: vg.Points(10)}
	for i, row := range g {
		for j, f := range row {
			if err := f.Draw(tiles.At(c, j, i)); err != nil {
				return err
			}
		}
	}
	return nil
}
