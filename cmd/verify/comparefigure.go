//go:build !page

package main

import (
	"path/filepath"
	"strconv"
	"strings"

	"muflow/internal/report"
	"muflow/prove"
)

// drawCurves draws the curves with their windows and the theory, and the
// residuals beside.
func (o *compareOptions) drawCurves(d *compareDocument) error {
	if o.out == "" {
		return nil
	}
	curves, residuals := d.figures()
	names, err := figureFiles(o.out, curves, report.Layout{Width: 7, Height: 4.4})
	if err != nil {
		return err
	}
	d.Figures = names
	if len(residuals.Curves) == 0 {
		return nil
	}
	ending := filepath.Ext(o.out)
	names, err = figureFiles(strings.TrimSuffix(o.out, ending)+"-residuals"+ending, residuals, report.Layout{Width: 7, Height: 3})
	d.Figures = append(d.Figures, names...)
	return err
}

// figures returns the curves over t, and what the flow leaves of them.
func (d *compareDocument) figures() (curves, residuals *report.Figure) {
	curves = &report.Figure{Room: true, LogX: true, XLabel: "t (" + d.Time + ")", YLabel: printable(d.Y)}
	residuals = &report.Figure{Room: true, LogX: true, XLabel: curves.XLabel, YLabel: "residual"}
	for hue, row := range d.Conditions {
		named := false
		for _, c := range row.Curves {
			k := report.Curve{Hue: hue}
			for i, t := range c.Times {
				if t > 0 {
					k.X, k.Y = append(k.X, t), append(k.Y, c.Y[i])
				}
			}
			if len(k.X) == 0 {
				continue
			}
			if !named {
				k.Name, named = printable(row.Name), true
			}
			curves.Curves = append(curves.Curves, k)
		}
		for i, j := range row.judgements() {
			if len(j.Windows) == 0 || j.Windows[0].Reason != "" {
				continue
			}
			w := j.Windows[0]
			line := report.Curve{Style: report.Dashed, Hue: hue}
			if i == 0 {
				line.Name = printable(row.Name) + ", window"
			}
			line.X, line.Y = w.Line()
			curves.Curves = append(curves.Curves, line)
		}
		for i, f := range row.Theory {
			theory, rest := report.Curve{Hue: hue + 1}, report.Curve{Style: report.Points, Hue: hue}
			band := report.Curve{Style: report.Band, Hue: hue + 1}
			if i == 0 {
				theory.Name, rest.Name, band.Name = "reduced flow", printable(row.Name), "band of stochastic descent"
			}
			for _, s := range f.Samples {
				theory.X, theory.Y, theory.Bounds = append(theory.X, s.Time), append(theory.Y, s.Model), append(theory.Bounds, s.Flow)
				rest.X, rest.Y = append(rest.X, s.Time), append(rest.Y, s.Rest)
				if s.Band > 0 {
					band.X, band.Bounds = append(band.X, s.Time), append(band.Bounds, prove.Number{Lo: decimal(-s.Band), Hi: decimal(s.Band)})
				}
			}
			if len(theory.X) > 0 {
				curves.Curves, residuals.Curves = append(curves.Curves, theory), append(residuals.Curves, rest)
			}
			if len(band.X) > 1 {
				residuals.Curves = append(residuals.Curves, band)
			}
		}
	}
	return curves, residuals
}

// decimal writes a number with its shortest digits.
func decimal(x float64) string { return strconv.FormatFloat(x, 'g', -1, 64) }
