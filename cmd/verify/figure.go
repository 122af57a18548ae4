//go:build !page

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/big"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"muflow/graph"
	"muflow/internal/report"
	"muflow/internal/runlog"
	"muflow/theory"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

func newFigure(t *terminal) *cobra.Command {
	return group(&cobra.Command{
		Use:   "figure",
		Short: "Draw one figure, with the data behind it",
		Long: `Draw one figure of one step of an instance, of some trainings, of a theory file, of a sweep, or of what other commands
found.

With --out NAME the figure is written as NAME.svg, NAME.pdf and, for LaTeX (package pgfplots, or pgf where there are no axes), NAME.tex, and the data behind
it as NAME.csv and NAME.jsonl; if NAME ends in .svg, .pdf, .png, .tex, .csv or .jsonl, only as that. The same command gives the same bytes.`,
		Example: "  verify figure flow --instance 2 --step 1 --out flow\n  verify figure balance --instance 2 --step 1 --out balance.pdf\n  verify figure graph --data prosqa_valid.json.gz --instance 30 --step 2 --out graph.svg",
	}, newFigureFlow(t, runFigureFlow), newFigureBalance(t, runFigureBalance), newFigureGraph(t, runFigureGraph), newFigureTraining(t, runFigureTraining), newFigureTheory(t, runFigureTheory), newFigurePhase(t, runFigurePhase), newFigureSweep(t, runFigureSweep), newFigureResult(t, runFigureResult), newFigurePopulation(t, runFigurePopulation), newFigureOvershoot(t, runFigureOvershoot))
}

// figureOptions are what all figures of a step ask for.
type figureOptions struct {
	*terminal
	figureOut
	data           string
	instance, step int
	label          graph.Law
	alpha          *big.Rat // of figures of functions
}

func (o *figureOptions) add(c *cobra.Command) {
	f := c.Flags()
	addData(f, &o.data)
	o.figureOut.add(c)
	addInt(f, &o.instance, "instance", 0, 0, maxCount, "0-based index of the instance")
	addStep(f, &o.step, 1)
	addLabel(f, &o.label)
}

// A figureOut says where a figure goes, and how large it is.
type figureOut struct {
	out      string
	width    float64 // inches, 0: what suits the figure
	fontSize float64 // points, 0: what suits the figure
	titled   bool    // a PDF shows the title too
}

// add adds where a figure goes, which must be given, and how large it is.
func (o *figureOut) add(c *cobra.Command) {
	f := c.Flags()
	f.StringVar(&o.out, "out", "", "where to write (required): a name, or a file ending in .svg, .pdf, .png, .tex, .csv or .jsonl")
	addParsed(f, &o.width, "width", "", "length", "width, such as 8.4cm, 84mm, 3.3in or 239pt, of the picture (default: what suits it)", parseWidth)
	addParsed(f, &o.fontSize, "font-size", "", "points", "size of the names of axes, 4 to 24 points; other letters, lines and marks go with it (default 10)", func(text string) (float64, error) {
		x, err := strconv.ParseFloat(text, 64)
		if err != nil || !(x >= 4 && x <= 24) {
			return 0, errors.New("expected 4 to 24")
		}
		return x, nil
	})
	require(c, "out")
	checkFlags(c, func(*pflag.FlagSet) error { // what takes long
		if _, err := figureEnding(o.out); err != nil {
			return err
		}
		return checkFolder("out", filepath.Dir(o.out))
	})
}

// parseWidth reads a length in inches.
func parseWidth(text string) (float64, error) {
	for unit, inches := range map[string]float64{"cm": 1 / 2.54, "mm": 1 / 25.4, "in": 1, "pt": 1 / 72.27} {
		number, found := strings.CutSuffix(text, unit)
		if !found {
			continue
		}
		if x, err := strconv.ParseFloat(number, 64); err == nil && x*inches >= 1 && x*inches <= 40 {
			return float64(x * inches), nil
		}
	}
	return 0, errors.New("expected a number with cm, mm, in or pt, from 1 to 40 inches")
}

// layout is how large a figure is that would suit some size in inches.
func (o *figureOut) layout(width, height float64) report.Layout {
	l := report.Layout{Width: width, Height: height, Scale: 1, Titled: o.titled}
	if o.width > 0 {
		l.Width, l.Height = o.width, float64(o.width*height)/width
	}
	if o.fontSize > 0 {
		l.Scale = o.fontSize / 10
	}
	return l
}

// figureEnding is how the name of a figure ends, if in a form that can be
// written, or empty if the name has no ending.
func figureEnding(out string) (string, error) {
	ending := strings.TrimPrefix(filepath.Ext(out), ".")
	known := slices.Concat(report.ImageFormats, report.SeriesFormats)
	if ending != "" && !slices.Contains(known, ending) {
		return "", usagef("--out %s: cannot write .%s, expected a name without a dot, or ending in .%s", out, ending, oneOf(known))
	}
	return ending, nil
}

// cases returns the step under each of some losses.
func (o *figureOptions) cases(losses ...theory.Loss) ([]*report.Case, error) {
	step, err := o.loadStepOf(o.data, o.instance, o.step, o.label)
	if err != nil {
		return nil, err
	}
	var out []*report.Case
	for _, loss := range losses {
		out = append(out, report.NewCase(step, o.instance, loss, o.alpha))
	}
	return out, nil
}

// subject names the step of the instance.
func (o *figureOptions) subject() string {
	return fmt.Sprintf("%s, instance %d, step %d", o.source(), o.instance, o.step)
}

// source names the data, and the labels if they are not those of the path.
func (o *figureOptions) source() string {
	source := "built-in suite"
	if o.data != "" {
		source = filepath.Base(o.data)
	}
	if o.label != graph.PathLaw {
		source = fmt.Sprintf("%s, %v labels", source, o.label)
	}
	return source
}

// writeFigure writes a drawing, and the data behind it if there are any, to
// the files that out names, and prints their names.
func writeFigure(t *terminal, o figureOut, d report.Drawing, width, height float64) error {
	names, err := figureFiles(o.out, d, o.layout(width, height))
	if err != nil {
		return err
	}
	return t.printNames(names...)
}

// figureFiles writes a drawing, and the data behind it if there are any, to the
// files that out names, and returns their names.
func figureFiles(out string, d report.Drawing, layout report.Layout) ([]string, error) {
	behind, _ := d.(report.Series)
	formats := []string{"svg", "pdf", "tex"}
	if behind != nil {
		formats = append(formats, report.SeriesFormats...)
	}
	ending, err := figureEnding(out)
	if err != nil {
		return nil, err
	}
	if ending != "" {
		formats, out = []string{ending}, strings.TrimSuffix(out, "."+ending)
	}
	if err := checkFolder("out", filepath.Dir(out)); err != nil {
		return nil, err
	}
	var written []string
	for _, format := range formats {
		var text bytes.Buffer
		var err error
		switch {
		case slices.Contains(report.ImageFormats, format):
			err = report.RenderAs(&text, d, format, layout)
		case behind == nil:
			return nil, usagef("--out %s.%s: a graph has no data behind it", out, format)
		default:
			err = behind.WriteSeries(&text, format)
		}
		if err != nil {
			return nil, err
		}
		if err := runlog.WriteFile(out+"."+format, text.Bytes()); err != nil {
			return nil, err
		}
		written = append(written, out+"."+format)
	}
	return written, nil
}

// figureFlowOptions say what is drawn of a flow, and of how many trainings.
type figureFlowOptions struct {
	figureOptions
	rate               *big.Rat
	losses             []theory.Loss
	steps, batch, runs int
	seed               uint64
}

func newFigureFlow(t *terminal, run func(context.Context, *figureFlowOptions) error) *cobra.Command {
	o := &figureFlowOptions{figureOptions: figureOptions{terminal: t}}
	c, f := bind(&cobra.Command{
		Use:   "flow --out NAME",
		Short: "μ(t) of the reduced flow, the proved bounds, and runs of stochastic gradient descent",
		Long: `Draw μ(t) of the reduced flow of one step of an instance, enclosed at every point drawn, the bounds that
Theorem 1 proves in closed form (shaded), and runs of stochastic gradient descent in the simulated transformer,
each with a fresh relabelling of the vertices for every sample.`,
		Example: "  verify figure flow --instance 2 --step 1 --out docs/flow.svg\n  verify figure flow --data prosqa_valid.json.gz --instance 7 --step 1 --loss coconut --runs 5 --out flow",
	}, o, run)
	o.add(c)
	addTrained(f, &o.alpha, "alpha", "1", alphaUsage)
	addParsed(f, &o.losses, "loss", "both", "string", "coconut, bfs or both", parseLosses)
	addInt(f, &o.steps, "steps", 20_000, 2, maxSteps, "steps of each run")
	addTrained(f, &o.rate, "rate", "1/2", "learning rate η")
	addInt(f, &o.batch, "batch", 32, 1, 1<<20, "samples averaged in a step")
	addInt(f, &o.runs, "runs", 3, 0, 1000, "runs of stochastic gradient descent, with the seeds --seed, --seed+1, …")
	addSeed(f, &o.seed)
	return c
}

func runFigureFlow(ctx context.Context, o *figureFlowOptions) error {
	if err := checkLabel(o.label, o.losses...); err != nil {
		return err
	}
	trajectory := report.Trajectory{LearningRate: o.rate, Batch: o.batch, Steps: o.steps}
	for i := range o.runs {
		trajectory.Seeds = append(trajectory.Seeds, o.seed+uint64(i))
	}
	cases, err := o.cases(o.losses...)
	if err != nil {
		return err
	}
	figure, err := trajectory.Figure(ctx, cases...)
	if err != nil {
		return undecided(err)
	}
	figure.Title = o.subject()
	return writeFigure(o.terminal, o.figureOut, figure, 7, 4.4)
}

func newFigureBalance(t *terminal, run func(context.Context, *figureOptions) error) *cobra.Command {
	o := &figureOptions{terminal: t}
	c, f := bind(&cobra.Command{
		Use:     "balance --out NAME",
		Short:   "F(μ), the mean in-degree under the softmax, and its crossing with d*",
		Example: "  verify figure balance --instance 2 --step 1 --out balance",
	}, o, run)
	o.add(c)
	addAlpha(f, &o.alpha)
	return c
}

func runFigureBalance(ctx context.Context, o *figureOptions) error {
	cases, err := o.cases(theory.Coconut)
	if err != nil {
		return err
	}
	figure, err := cases[0].Balance(ctx)
	if err != nil {
		return undecided(err)
	}
	figure.Title = o.subject()
	return writeFigure(o.terminal, o.figureOut, figure, 6, 3.8)
}

func newFigureGraph(t *terminal, run func(context.Context, *figureOptions) error) *cobra.Command {
	o := &figureOptions{terminal: t}
	c, _ := bind(&cobra.Command{
		Use:     "graph --out NAME",
		Short:   "The instance as a graph, in columns by distance from the root",
		Example: "  verify figure graph --instance 2 --step 1 --out graph.svg",
	}, o, run)
	o.add(c)
	return c
}

func runFigureGraph(_ context.Context, o *figureOptions) error {
	step, err := o.loadStepOf(o.data, o.instance, o.step, o.label)
	if err != nil {
		return err
	}
	if n := step.Instance.Graph.Order(); n > report.MaxDrawn {
		return usagef("instance %d has %d vertices, at most %d can be drawn", o.instance, n, report.MaxDrawn)
	}
	diagram := &report.Diagram{Title: o.subject(), Step: step}
	width, height := diagram.Size()
	return writeFigure(o.terminal, o.figureOut, diagram, width, height)
}
