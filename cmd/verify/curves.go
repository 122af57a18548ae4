//go:build !page

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"path/filepath"

	"muflow/internal/bench"
	"muflow/internal/report"
	"muflow/internal/runlog"

	"github.com/spf13/cobra"
)

// curvesOptions say how verify bench curves measures.
type curvesOptions struct {
	*terminal
	short     bool
	out, from string
}

func newCurves(t *terminal, run func(context.Context, *curvesOptions) error) *cobra.Command {
	o := &curvesOptions{terminal: t}
	c, f := bind(&cobra.Command{
		Use:   "curves",
		Short: "Measure how time and memory grow with digits, degree, size and length",
		Long: `Measure processor time and peak memory over digits, time T, in-degree, vertices, instances, and width and length
of the learned transformer, and fit exponents to the upper half of each curve. Memory is the most that
collections find in use on the heap during one run, with a collector that starts at every fiftieth of growth and
at 80 kB; less than 0.1 MB is not seen.

A curve ends with the first run that takes longer than 6 s, or before one of 30 s. With --out NAME the points are written as NAME.jsonl and
drawn as NAME.svg, time on the left and memory on the right; --from draws such points again and measures nothing.`,
		Example: "  verify bench curves --out docs/curves\n  verify bench curves --from docs/curves.jsonl --out docs/curves\n  verify bench curves --short --json",
	}, o, run)
	f.BoolVar(&o.short, "short", false, "three values of each curve, and none longer than 20 ms")
	f.StringVar(&o.out, "out", "", "where to write the points and the figure")
	f.StringVar(&o.from, "from", "", "points that were written before, to be drawn again")
	o.addJSON(f)
	needs(c, "out", "from")
	excludes(c, "from", "short", "json")
	return c
}

func runCurves(ctx context.Context, o *curvesOptions) error {
	if err := checkFolder("out", filepath.Dir(o.out)); err != nil {
		return err
	}
	if o.from != "" {
		document, err := o.readCurves(o.from)
		if err != nil {
			return usage(err)
		}
		return document.write(o.out)
	}
	effort := bench.Full
	if o.short {
		effort = bench.Short
	}
	spare = nil // its collector starts too seldom to see what a run needs
	document := curvesDocument{machine: thisMachine()}
	progress := o.progress("curves")
	curves := bench.Curves()
	for i, curve := range curves {
		points, err := curve.Trace(ctx, effort)
		if err != nil {
			return undecided(err)
		}
		document.add(points)
		if progress != nil {
			progress(i+1, len(curves))
		}
	}
	if o.out != "" {
		if err := document.write(o.out); err != nil {
			return err
		}
	}
	return o.print("curves/1", document, document.print)
}

// A curvesDocument is what is known of all curves.
type curvesDocument struct {
	machine
	Curves []traced `json:"curves"`
}

// A traced curve has the exponent of its upper half, null if it is too short.
type traced struct {
	Name     string        `json:"name"`
	Axis     string        `json:"axis"`
	Exponent *float64      `json:"exponent"`
	Points   []bench.Point `json:"points"`
}

func (d *curvesDocument) add(points []bench.Point) {
	x := traced{Name: points[0].Curve, Axis: points[0].Axis, Points: points}
	if p := bench.Exponent(points); !math.IsNaN(p) {
		x.Exponent = &p
	}
	d.Curves = append(d.Curves, x)
}

// readCurves reads points as write puts them into a file.
func (t *terminal) readCurves(name string) (*curvesDocument, error) {
	file, _, err := t.open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	d := &curvesDocument{}
	var curve []bench.Point
	for lines := json.NewDecoder(file); ; {
		var p bench.Point
		if err := lines.Decode(&p); err == io.EOF {
			break
		} else if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		if !(p.X > 0 && p.Seconds > 0 && p.Bytes >= 0) {
			return nil, fmt.Errorf("%s: x %g, seconds %g and peak_bytes %g, expected positive numbers", name, p.X, p.Seconds, p.Bytes)
		}
		if len(curve) > 0 && (p.Curve != curve[0].Curve || p.Axis != curve[0].Axis) {
			d.add(curve)
			curve = nil
		}
		curve = append(curve, p)
	}
	if len(curve) == 0 {
		return nil, fmt.Errorf("%s: holds no points", name)
	}
	d.add(curve)
	return d, nil
}

// print writes a table for each curve.
func (d *curvesDocument) print(w io.Writer) {
	fmt.Fprintf(w, "%s, %s, %d cores, %s\n", d.CPU, d.Platform, d.Cores, d.Go)
	for _, c := range d.Curves {
		fmt.Fprintf(w, "\n%s against %s", c.Name, c.Axis)
		if c.Exponent != nil {
			fmt.Fprintf(w, ": exponent %.2f", *c.Exponent)
		}
		fmt.Fprintln(w)
		for _, p := range c.Points {
			memory := "<0.1"
			if p.Bytes >= 1e5 {
				memory = fmt.Sprintf("%.2f", p.Bytes/1e6)
			}
			fmt.Fprintf(w, "%10.4g  %10.3g s  %8s MB", p.X, p.Seconds, memory)
			if p.Work > 0 {
				fmt.Fprintf(w, "  %.3g %s/s", p.Work/p.Seconds, p.Unit)
			}
			fmt.Fprintln(w)
		}
	}
}

// write puts the points into a file of JSON lines and draws them.
func (d *curvesDocument) write(name string) error {
	var lines, drawing bytes.Buffer
	encoder := json.NewEncoder(&lines)
	var grid report.Grid
	axis := ""
	for _, c := range d.Curves {
		if c.Axis != axis {
			axis = c.Axis
			grid = append(grid, []*report.Figure{
				{Title: "time against " + axis, XLabel: axis, YLabel: "seconds", LogX: true, LogY: true},
				{Title: "memory against " + axis, XLabel: axis, YLabel: "megabytes", LogX: true, LogY: true},
			})
		}
		row := grid[len(grid)-1]
		var x, seconds, large, megabytes []float64
		for _, p := range c.Points {
			if err := encoder.Encode(p); err != nil {
				return err
			}
			x, seconds = append(x, p.X), append(seconds, p.Seconds)
			if p.Bytes >= 1e5 {
				large, megabytes = append(large, p.X), append(megabytes, p.Bytes/1e6)
			}
		}
		hue := len(row[0].Curves) / 2
		for i, line := range [][2][]float64{{x, seconds}, {large, megabytes}} {
			if len(line[0]) > 0 {
				row[i].Curves = append(row[i].Curves, report.Curve{Name: c.Name, X: line[0], Y: line[1], Hue: hue}, report.Curve{X: line[0], Y: line[1], Hue: hue, Style: report.Points})
			}
		}
	}
	if err := report.Render(&drawing, grid, "svg", 10, 3.3*float64(len(grid))); err != nil {
		return err
	}
	if err := runlog.WriteFile(name+".jsonl", lines.Bytes()); err != nil {
		return err
	}
	return runlog.WriteFile(name+".svg", drawing.Bytes())
}
