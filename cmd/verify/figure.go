package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"muflow/graph"
	"muflow/internal/report"
	"muflow/internal/runlog"
	"muflow/theory"

	"github.com/spf13/cobra"
)

func newFigure() *cobra.Command {
	c := &cobra.Command{
		Use:   "figure",
		Short: "Draw one figure, with the data behind it",
		Long: `Draw one figure of one step of an instance, or of some trainings.

With --out NAME the figure is written as NAME.svg and NAME.pdf and the data behind it as NAME.csv and
NAME.jsonl; if NAME ends in .svg, .pdf, .png, .csv or .jsonl, only as that. The same command gives the same bytes.`,
		Example: "  verify figure flow --instance 2 --step 1 --out flow\n  verify figure balance --instance 2 --step 1 --out balance.pdf\n  verify figure graph --data prosqa_valid.json.gz --instance 30 --step 2 --out graph.svg",
		Args:    refuseUnknown,
		RunE:    func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(newFigureFlow(), newFigureBalance(), newFigureGraph(), newFigureTraining())
	return c
}

// figureFlags are what all figures ask for.
type figureFlags struct {
	data, alpha, out *string
	instance, step   *int
}

func addFigureFlags(c *cobra.Command) figureFlags {
	return figureFlags{
		data:     c.Flags().String("data", "", "instances to read (default: the built-in suite)"),
		alpha:    addAlpha(c),
		out:      c.Flags().String("out", "", "where to write (required): a name, or a file ending in .svg, .pdf, .png, .csv or .jsonl"),
		instance: c.Flags().Int("instance", 0, "0-based index of the instance"),
		step:     c.Flags().Int("step", 1, "thoughts already generated, c"),
	}
}

// read returns the instances and α after checking what the flags say.
func (f figureFlags) read() ([]graph.Instance, *big.Rat, error) {
	if *f.out == "" {
		return nil, nil, usagef("--out is required")
	}
	alpha, err := parsePositive("--alpha", *f.alpha)
	if err != nil {
		return nil, nil, err
	}
	instances, err := loadInstances(*f.data)
	if err != nil {
		return nil, nil, err
	}
	if *f.instance < 0 || *f.instance >= len(instances) {
		return nil, nil, usagef("--instance %d, expected 0 to %d", *f.instance, len(instances)-1)
	}
	if steps := instances[*f.instance].Steps(); *f.step < 0 || *f.step >= steps {
		return nil, nil, usagef("--step %d, expected 0 to %d: the demonstrated path of instance %d has %d steps", *f.step, steps-1, *f.instance, steps)
	}
	return instances, alpha, nil
}

// subject names the step of the instance.
func (f figureFlags) subject() string {
	source := "built-in suite"
	if *f.data != "" {
		source = filepath.Base(*f.data)
	}
	return fmt.Sprintf("%s, instance %d, step %d", source, *f.instance, *f.step)
}

// writeFigure writes a drawing, and the data behind it if there are any, to
// the files that out names, and prints their names.
func writeFigure(c *cobra.Command, out string, d report.Drawing, width, height float64) error {
	figure, _ := d.(*report.Figure)
	formats := []string{"svg", "pdf"}
	if figure != nil {
		formats = append(formats, report.SeriesFormats...)
	}
	known := append(slices.Clone(report.ImageFormats), report.SeriesFormats...)
	if extension := strings.TrimPrefix(filepath.Ext(out), "."); slices.Contains(known, extension) {
		formats, out = []string{extension}, strings.TrimSuffix(out, "."+extension)
	}
	if info, err := os.Stat(filepath.Dir(out)); err != nil || !info.IsDir() {
		return usagef("--out %s: %s is not a folder", out, filepath.Dir(out))
	}
	var written []string
	for _, format := range formats {
		var text bytes.Buffer
		var err error
		switch {
		case slices.Contains(report.ImageFormats, format):
			err = report.Render(&text, d, format, width, height)
		case figure == nil:
			return usagef("--out %s.%s: a graph has no data behind it", out, format)
		default:
			err = figure.WriteSeries(&text, format)
		}
		if err != nil {
			return err
		}
		if err := runlog.WriteFile(out+"."+format, text.Bytes()); err != nil {
			return err
		}
		written = append(written, out+"."+format)
	}
	return print(c, false, nil, func(w io.Writer) { fmt.Fprintln(w, strings.Join(written, "\n")) })
}

// parseLosses reads coconut, bfs or both.
func parseLosses(text string) ([]theory.Loss, error) {
	if text == "both" {
		return []theory.Loss{theory.Coconut, theory.CoconutBFS}, nil
	}
	loss, err := theory.ParseLoss(text)
	if err != nil {
		return nil, usagef("--loss %q, expected coconut, bfs or both", text)
	}
	return []theory.Loss{loss}, nil
}

// maxFigureSteps bounds the length of a run that is drawn.
const maxFigureSteps = 10_000_000

func newFigureFlow() *cobra.Command {
	c := &cobra.Command{
		Use:   "flow --out NAME",
		Short: "μ(t) of the reduced flow, the proved bounds, and runs of stochastic gradient descent",
		Long: `Draw μ(t) of the reduced flow of one step of an instance, enclosed at every point drawn, the bounds that
Theorem 1 proves in closed form (shaded), and runs of stochastic gradient descent in the simulated transformer,
each with a fresh relabelling of the vertices for every sample.`,
		Example: "  verify figure flow --instance 2 --step 1 --out docs/flow.svg\n  verify figure flow --data prosqa_valid.json.gz --instance 7 --step 1 --loss coconut --runs 5 --out flow",
		Args:    cobra.NoArgs,
	}
	flags := addFigureFlags(c)
	loss := c.Flags().String("loss", "both", "coconut, bfs or both")
	steps := c.Flags().Int("steps", 20_000, "steps of each run")
	rate := c.Flags().String("rate", "1/2", "learning rate η")
	batch := c.Flags().Int("batch", 32, "samples averaged in a step")
	runs := c.Flags().Int("runs", 3, "runs of stochastic gradient descent, with the seeds --seed, --seed+1, …")
	seed := addSeed(c)
	c.RunE = func(c *cobra.Command, _ []string) error {
		losses, err := parseLosses(*loss)
		if err != nil {
			return err
		}
		eta, err := parsePositive("--rate", *rate)
		if err != nil {
			return err
		}
		if *steps < 2 || *steps > maxFigureSteps {
			return usagef("--steps %d, expected 2 to %d", *steps, maxFigureSteps)
		}
		if *batch < 1 || *batch > 1<<20 {
			return usagef("--batch %d, expected 1 to %d", *batch, 1<<20)
		}
		if *runs < 0 || *runs > 1000 {
			return usagef("--runs %d, expected 0 to 1000", *runs)
		}
		instances, alpha, err := flags.read()
		if err != nil {
			return err
		}
		trajectory := report.Trajectory{Descent: report.Descent{LearningRate: eta, Batch: *batch}, Steps: *steps}
		for i := range *runs {
			trajectory.Seeds = append(trajectory.Seeds, *seed+uint64(i))
		}
		cases, err := casesOf(instances, flags, losses, alpha)
		if err != nil {
			return err
		}
		figure, err := trajectory.Figure(c.Context(), cases...)
		if err != nil {
			return undecided(err)
		}
		figure.Title = flags.subject()
		return writeFigure(c, *flags.out, figure, 7, 4.4)
	}
	return c
}

func casesOf(instances []graph.Instance, flags figureFlags, losses []theory.Loss, alpha *big.Rat) ([]*report.Case, error) {
	var out []*report.Case
	for _, loss := range losses {
		x, err := report.NewCase(instances, *flags.instance, *flags.step, loss, alpha)
		if err != nil {
			return nil, usage(err)
		}
		out = append(out, x)
	}
	return out, nil
}

func newFigureBalance() *cobra.Command {
	c := &cobra.Command{
		Use:     "balance --out NAME",
		Short:   "F(μ), the mean in-degree under the softmax, and its crossing with d*",
		Example: "  verify figure balance --instance 2 --step 1 --out balance",
		Args:    cobra.NoArgs,
	}
	flags := addFigureFlags(c)
	c.RunE = func(c *cobra.Command, _ []string) error {
		figure, err := balanceOf(c.Context(), flags)
		if err != nil {
			return err
		}
		return writeFigure(c, *flags.out, figure, 6, 3.8)
	}
	return c
}

func balanceOf(ctx context.Context, flags figureFlags) (*report.Figure, error) {
	instances, alpha, err := flags.read()
	if err != nil {
		return nil, err
	}
	cases, err := casesOf(instances, flags, []theory.Loss{theory.Coconut}, alpha)
	if err != nil {
		return nil, err
	}
	figure, err := cases[0].Balance(ctx)
	if err != nil {
		return nil, undecided(err)
	}
	figure.Title = flags.subject()
	return figure, nil
}

func newFigureGraph() *cobra.Command {
	c := &cobra.Command{
		Use:     "graph --out NAME",
		Short:   "The instance as a graph, in columns by distance from the root",
		Example: "  verify figure graph --instance 2 --step 1 --out graph.svg",
		Args:    cobra.NoArgs,
	}
	flags := addFigureFlags(c)
	if err := c.Flags().MarkHidden("alpha"); err != nil { // a graph has no gain
		panic(err)
	}
	c.RunE = func(c *cobra.Command, _ []string) error {
		if c.Flags().Changed("alpha") {
			return usagef("--alpha has no meaning for a graph")
		}
		instances, _, err := flags.read()
		if err != nil {
			return err
		}
		in := &instances[*flags.instance]
		if n := in.Graph.Order(); n > report.MaxDrawn {
			return usagef("instance %d has %d vertices, at most %d can be drawn", *flags.instance, n, report.MaxDrawn)
		}
		step, err := in.Step(*flags.step)
		if err != nil {
			return err
		}
		diagram := &report.Diagram{Title: flags.subject(), Step: step}
		width, height := diagram.Size()
		return writeFigure(c, *flags.out, diagram, width, height)
	}
	return c
}
