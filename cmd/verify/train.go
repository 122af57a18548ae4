package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"
	"time"

	"muflow/graph"
	"muflow/prove"
	"muflow/sim"
	"muflow/sim/kernel"
	"muflow/sim/learned"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// trainDigits are the digits of what the theory says beside a training.
const trainDigits = 12

func newTrain() *cobra.Command {
	c := &cobra.Command{
		Use:   "train --preset NAME",
		Short: "Train the simulator once and show what the reduced theory says beside it",
		Long: `Train the simulated transformer through all stages of a preset: stage c+1 trains the step from c to
c+1 thoughts, the last one the answer. Beside the series stands what the reduced theory says about the
same data: where the shared logits of each stage go.

Presets: theory-diagonal and theory-full train the setting of the theory; middle trains a full score matrix
through its own thoughts, and middle-path, middle-matrix, middle-softmax, middle-softmax-gain and
middle-softmax-matrix change its label, value map and attention; pair and fast learn everything in a small
transformer, with one or three tokens an edge (pair-hop and fast-hop the first hop only, for long); gpt is a
small network of the usual make and paper has the published size, which takes weeks on two cores.`,
		Example: "  verify train --preset theory-diagonal\n  verify train --preset theory-full --loss bfs --seed 3 --steps 2000 --json\n  verify train --preset middle --loss bfs --out run1\n  verify train --preset pair --out run2 --resume",
		Args:    cobra.NoArgs,
	}
	name := c.Flags().String("preset", "", "what to train (required)")
	lossName := c.Flags().String("loss", "coconut", "coconut or bfs")
	seed := addSeed(c)
	steps := c.Flags().Int("steps", 0, "cut the whole preset short after so many steps (default: all of it)")
	file := c.Flags().String("data", "", "instances to read (default: the built-in suite)")
	out := c.Flags().String("out", "", "folder for the log and the checkpoints")
	resume := c.Flags().Bool("resume", false, "go on with the run in --out")
	kernelName := c.Flags().String("kernel", "", "matrix kernel of the learned presets: "+strings.Join(kernel.Names(), ", ")+" (default: the first; with --resume: the recorded one)")
	jobs := addJobs(c)
	c.Flags().SetNormalizeFunc(func(_ *pflag.FlagSet, name string) pflag.NormalizedName {
		if name == "workers" {
			name = "jobs"
		}
		return pflag.NormalizedName(name)
	})
	quiet := addQuiet(c)
	asJSON := addJSON(c)
	c.RunE = func(c *cobra.Command, _ []string) error {
		if *name == "" {
			return usagef("--preset is required")
		}
		loss, err := parseLoss(*lossName)
		if err != nil {
			return err
		}
		preset, err := presetNamed(*name)
		if err != nil {
			return err
		}
		if *resume && *out == "" {
			return usagef("--resume without --out, the folder to go on in")
		}
		if *jobs < 0 {
			return usagef("--jobs %d, expected at least 0", *jobs)
		}
		vector, err := trainKernel(preset, *kernelName, *out, *resume)
		if err != nil {
			return err
		}
		session, instances, err := preset.open(loss, *seed, *jobs, *file, vector)
		if err != nil {
			return err
		}
		whole := session.Total()
		if c.Flags().Changed("steps") && (*steps < 1 || *steps > whole) {
			return usagef("--steps %d, expected 1 to %d, which is the whole preset", *steps, whole)
		}
		if *steps == 0 {
			*steps = whole
		}
		document := trainDocument{Schema: "muflow/train/1", Preset: *name, Loss: *lossName, Seed: *seed}
		progress := newProgressOf(c, *quiet, trainSpeed(session))
		observe := func(p sim.Point) error {
			document.Series = append(document.Series, p)
			return nil
		}
		after := func() {
			if progress != nil {
				progress(session.Done(), *steps)
			}
		}
		var folder *trainFolder
		if *out == "" {
			err = sim.Advance(c.Context(), session, *steps, observe, func() error { after(); return nil })
		} else {
			config := trainConfig{Preset: *name, Loss: *lossName, Seed: *seed, Steps: *steps}
			if vector != nil {
				config.Kernel = vector.Name()
			}
			if config.Data, err = checksumOf(instances); err != nil {
				return err
			}
			if folder, err = openTrainFolder(*out, config, *resume, session); err != nil {
				return err
			}
			defer folder.run.Close()
			err = folder.advance(c.Context(), session, *steps, after)
			if errors.Is(err, context.Canceled) {
				err = fmt.Errorf("interrupted after step %d of %d, --resume goes on from there: %w", session.Done(), *steps, err)
			}
			document.Series = folder.points
		}
		if err != nil {
			return trainError(err)
		}
		if document.Theory, err = preset.consult(c.Context(), session, loss); err != nil {
			return undecided(err)
		}
		if folder != nil {
			if err := folder.finish(document); err != nil {
				return err
			}
		}
		return print(c, *asJSON, document, document.table)
	}
	return c
}

// trainSpeed describes a training that runs, with its tokens a second if it
// counts them.
func trainSpeed(session sim.Session) func() string {
	start := time.Now()
	return func() string {
		if counter, ok := session.(interface{ Tokens() int }); ok {
			return fmt.Sprintf("train, %.0f tokens/s", float64(counter.Tokens())/time.Since(start).Seconds())
		}
		return "train"
	}
}

// A trainPreset is a preset of any kind.
type trainPreset struct {
	sim     *sim.Preset
	learned *learned.Preset
}

func presetNamed(name string) (trainPreset, error) {
	names := []string{}
	for _, p := range sim.Presets {
		if names = append(names, p.Name); p.Name == name {
			return trainPreset{sim: &p}, nil
		}
	}
	for _, p := range learned.Presets {
		if names = append(names, p.Name); p.Name == name {
			return trainPreset{learned: &p}, nil
		}
	}
	return trainPreset{}, usagef("--preset %q, expected one of %s", name, strings.Join(names, ", "))
}

// trainKernel returns the kernel of a learned preset: the one that is named, or
// that a resumed run recorded, or the fastest.
func trainKernel(preset trainPreset, name, dir string, resume bool) (*kernel.Kernel, error) {
	if preset.learned == nil {
		if name != "" {
			return nil, usagef("--kernel %s: this preset has no matrix kernel", name)
		}
		return nil, nil
	}
	if name == "" && resume {
		var recorded struct {
			Config trainConfig `json:"config"`
		}
		if text, err := os.ReadFile(filepath.Join(dir, "run.json")); err == nil && json.Unmarshal(text, &recorded) == nil {
			name = recorded.Config.Kernel
		}
	}
	if name == "" {
		return kernel.Best(), nil
	}
	k, err := kernel.Named(name)
	if err != nil {
		return nil, usage(err)
	}
	return k, nil
}

// open starts a session on the instances of the file, or on the preset's own.
func (p trainPreset) open(loss sim.Loss, seed uint64, jobs int, file string, vector *kernel.Kernel) (sim.Session, []graph.Instance, error) {
	var instances []graph.Instance
	var session sim.Session
	var err error
	if file != "" || p.sim != nil && p.sim.Pool == 0 {
		if instances, err = loadInstances(file); err != nil {
			return nil, nil, err
		}
	}
	if p.sim != nil {
		session, err = sim.NewSession(*p.sim, loss, seed, jobs, instances)
	} else {
		session, err = learned.NewSession(*p.learned, loss, seed, jobs, vector, instances)
	}
	if err != nil {
		return nil, nil, usage(err)
	}
	return session, instances, nil
}

func parseLoss(text string) (sim.Loss, error) {
	for _, l := range []sim.Loss{sim.Coconut, sim.CoconutBFS} {
		if l.String() == text {
			return l, nil
		}
	}
	return 0, usagef("--loss %q, expected coconut or bfs", text)
}

// trainError says how a failed training ends: what was handed in was wrong, or
// the training left the finite numbers, which decides nothing.
func trainError(err error) error {
	var overflow *sim.NonFiniteError
	if errors.As(err, &overflow) {
		return undecided(err)
	}
	if errors.Is(err, context.Canceled) {
		return err
	}
	return usage(err)
}

type trainDocument struct {
	Schema string       `json:"schema"`
	Preset string       `json:"preset"`
	Loss   string       `json:"loss"`
	Seed   uint64       `json:"seed"`
	Series []sim.Point  `json:"series"`
	Theory *trainTheory `json:"theory"`
}

func (d trainDocument) table(w io.Writer) {
	fmt.Fprintf(w, "preset %s, loss %s, seed %d\n\n", d.Preset, d.Loss, d.Seed)
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "stage\tstep\tloss\tμ\tν\tgap\tmass\tcumulative\tanswer\t")
	const most = 8 // rows a stage
	for i := 0; i < len(d.Series); {
		end := i
		for end < len(d.Series) && d.Series[end].Stage == d.Series[i].Stage {
			end++
		}
		every := max(1, (end-i+most-1)/most)
		for j := i; j < end; j++ {
			if (end-1-j)%every == 0 {
				writePoint(table, d.Series[j])
			}
		}
		i = end
	}
	table.Flush()
	fmt.Fprintf(w, "\nwhat the reduced theory says about %s\n", d.Theory.Data)
	if len(d.Theory.Dropped) > 0 {
		fmt.Fprintf(w, "under the assumptions %s, which this training does not keep\n", strings.Join(d.Theory.Dropped, " "))
	}
	table = tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "stage\tthoughts\tinstances\tlimit\tμ*\tν*")
	for _, s := range d.Theory.Stages {
		fmt.Fprintf(table, "%d\t%d\t%d\t%v\t%s\t%s\n", s.Stage, s.Thoughts, s.Instances, s.Status, shortNumber(s.Mu), shortNumber(s.Nu))
	}
	table.Flush()
}

// writePoint writes a row; of the lists the entry of the point's own stage, if
// there is one.
func writePoint(w io.Writer, p sim.Point) {
	number := func(x *float64) string {
		if x == nil {
			return "–"
		}
		return fmt.Sprintf("%.4f", *x)
	}
	at := func(x []float64) *float64 {
		if p.Stage > len(x) {
			return nil
		}
		return &x[p.Stage-1]
	}
	var gap *float64
	if p.Stage <= len(p.Gap) {
		gap = p.Gap[p.Stage-1]
	}
	fmt.Fprintf(w, "%d\t%d\t%.4f\t%s\t%s\t%s\t%s\t%s\t%s\t\n", p.Stage, p.Step, p.Loss,
		number(p.Mu), number(p.Nu), number(gap), number(at(p.Mass)), number(at(p.Cumulative)), number(p.Answer))
}

// shortNumber writes an enclosure for a table: its lower end, or a dash.
func shortNumber(x *prove.Number) string {
	if x == nil {
		return "–"
	}
	return x.Lo + "…"
}
