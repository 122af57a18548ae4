package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"math/big"
	"strings"
	"text/tabwriter"
	"time"

	"muflow/graph"
	"muflow/sim"
	"muflow/sim/kernel"
	"muflow/sim/learned"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// trainDigits are the digits of what the theory says beside a training.
const trainDigits = 12

// trainOptions say what verify train trains.
type trainOptions struct {
	work
	preset   trainPreset
	loss     sim.Loss
	label    *graph.Law     // nil for that of the preset
	names    *learned.Names // the same
	schedule string         // the same, ""
	uneven   *big.Rat       // ε of the learned presets
	gain     int            // steps after which their gain is not trained, 0: to the end
	seed     uint64
	steps    int // 0 for the whole preset
	data     string
	describe bool
	out      string
	resume   bool
	kernel   *kernel.Kernel // nil for the one of the run in out, or the fastest
	theory   string         // a theory file, instead of a preset
	settings []string
	instance int // of the data, all if negative
	seeds    int
	samples  int
}

func newTrain(t *terminal, run func(context.Context, *trainOptions) error) *cobra.Command {
	o := &trainOptions{work: work{terminal: t}}
	c, f := bind(&cobra.Command{
		Use:   "train (--preset NAME | --theory FILE.star)",
		Short: "Train the simulator once, or what a theory file trains, beside what the theory says",
		Long: `Train the simulated transformer through all stages of a preset: stage c+1 trains the step from c to
c+1 thoughts, the last one the answer. Beside the series stands what the reduced theory says about the
same data: where the shared logits of each stage go.

Presets: theory-diagonal and theory-full train the setting of the theory; middle trains a full score matrix
through its own thoughts, and middle-path, middle-matrix, middle-softmax, middle-softmax-gain and
middle-softmax-matrix change its label, value map and attention; pair and fast learn everything in a small
transformer, with one or three tokens an edge (pair-hop and fast-hop the first hop only, for long); gpt is a
small network of the usual make, paper is the published training, which takes weeks on two cores, and
paper-small the same with a small network on small graphs, which takes minutes.

--describe prints every setting of a training, which stands in the JSON of every run too, and for paper
what still differs from the published one. --steps beyond the preset goes on in its last stage, also with
--resume from a shorter run that is finished, which ends with the same bytes as one long run. A finished
run of the make of GPT-2 (gpt, paper, paper-small) leaves model.safetensors and layout.json in --out, for verify probe --layout.

--theory runs the trainings of a theory file, train(loss, …), beside the flow that the file states, at equally
spaced times. Gradient descent must keep a bound that is proved from the loss, else the stated flow is refuted; the
mean over --seeds of stochastic gradient descent must keep a band that a right flow leaves with a probability of
10^-6, else it is inconsistent. Exit 0, 1, or 3 where something stays undecided.`,
		Example: "  verify train --preset theory-diagonal\n  verify train --preset theory-full --loss bfs --seed 3 --steps 2000 --json\n  verify train --preset middle --loss bfs --out run1\n  verify train --preset pair --out run2 --resume\n  verify train --preset paper --describe\n  verify train --theory theories/softmax.star --json\n  verify train --theory theories/modes.star --set L=3 --samples 16",
	}, o, run)
	addParsed(f, &o.preset, "preset", "", "string", "what to train (required without --theory)", presetNamed)
	f.StringVar(&o.theory, "theory", "", "theory file, of which to run the trainings instead of a preset")
	f.StringArrayVar(&o.settings, "set", nil, "parameter of the theory file, NAME=VALUE; may be repeated")
	addInt(f, &o.instance, "instance", -1, 0, maxCount, "with --theory and --data, only the element at this 0-based place (default: all)")
	addInt(f, &o.seeds, "seeds", 64, 8, 100_000, "with --theory, runs of a stochastic training, 8 to 100000")
	addInt(f, &o.samples, "samples", 8, 1, maxSamples, "with --theory, times at which training and flow are compared")
	addParsed(f, &o.loss, "loss", "coconut", "string", "coconut or bfs", parseSimulated)
	addSeed(f, &o.seed)
	addInt(f, &o.steps, "steps", 0, 1, maxCount, "train so many steps (default: the whole preset)")
	addData(f, &o.data)
	addParsed(f, &o.label, "label", "", "law", "label law of the Coconut loss: path, shortest or frontier (default: the preset's)", pointed(graph.ParseLaw))
	addParsed(f, &o.names, "names", "", "string", "names of the vertices in the learned presets: fresh in every sample, those of the file, or ordered along the edges (default: the preset's)", pointed(learned.ParseNames))
	addWord(f, &o.schedule, "schedule", "", "stages and batch of the preset paper: those of the published code or of the paper (default: code)", scheduleNames()...)
	addUneven(f, &o.uneven, "in the learned presets, multiply the scores of layer 2 by 1 + εη_j at each position j, η_j normal and fixed: ε, 0 to 10")
	addInt(f, &o.gain, "gain-until", 0, 1, maxCount, "in the learned presets, train only queries and keys of layer 2 after so many steps: the gain stays (default: to the end)")
	f.BoolVar(&o.describe, "describe", false, "print the settings and train nothing")
	addFolder(c, &o.out, &o.resume, "folder for the log and the checkpoints")
	addKernel(f, &o.kernel, "matrix kernel of the learned presets: %s (default: the first; with --resume: the recorded one)")
	o.add(f)
	f.SetNormalizeFunc(func(_ *pflag.FlagSet, name string) pflag.NormalizedName {
		if name == "workers" {
			name = "jobs"
		}
		return pflag.NormalizedName(name)
	})
	c.MarkFlagsOneRequired("preset", "theory")
	excludes(c, "theory", "preset", "loss", "steps", "label", "names", "schedule", "uneven", "gain-until", "describe", "out", "resume", "kernel")
	needs(c, "theory", "set", "instance", "seeds", "samples")
	needs(c, "data", "instance")
	excludes(c, "describe", "out")
	excludes(c, "describe", "resume")
	return c
}

func runTrain(ctx context.Context, o *trainOptions) error {
	if o.theory != "" {
		return o.trainTheory(ctx)
	}
	if err := o.chooseKernel(); err != nil {
		return err
	}
	used := ""
	if o.kernel != nil {
		used = o.kernel.Name()
	}
	o.head.inFloats(used)
	if p := o.preset.sim; p != nil {
		o.head.Alpha = decimalText(new(big.Rat).SetFloat64(p.Gain))
	}
	if err := o.adjust(); err != nil {
		return err
	}
	if o.describe {
		return o.printDescription()
	}
	session, instances, err := o.open()
	if err != nil {
		return err
	}
	o.steps = cmp.Or(o.steps, session.Total())
	document := trainDocument{trainDescription: o.described(session.(describer))}
	if p := o.preset.learned; p != nil && p.Cumulative && o.loss == sim.CoconutBFS {
		document.Warnings = append(document.Warnings, cumulativeSet)
		if !o.quiet {
			fmt.Fprintln(o.err, "warning: "+cumulativeSet)
		}
	}
	folder, err := o.openFolder(session, instances)
	if err != nil {
		return err
	}
	defer folder.close()
	if o.out != "" {
		o.keeps("--resume goes on from here", "the training step at hand, to keep what is done")
	}
	if document.Series, err = folder.advance(ctx, session, o.steps, o.progressOf(trainSpeed(session))); err != nil {
		return trainError(err)
	}
	document.Warnings = append(document.Warnings, idle(document.Series)...)
	if document.Theory, err = o.preset.consult(ctx, session, o.loss); err != nil {
		return undecided(err)
	}
	if err := folder.finish(o.terminal, document); err != nil {
		return err
	}
	if err := folder.save(session); err != nil {
		return err
	}
	return o.print("train/1", document, document.table)
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
	name    string
	sim     *sim.Preset
	learned *learned.Preset
}

func presetNamed(name string) (trainPreset, error) {
	var all []trainPreset
	for _, p := range sim.Presets {
		all = append(all, trainPreset{name: p.Name, sim: &p})
	}
	for _, p := range learned.Presets {
		all = append(all, trainPreset{name: p.Name, learned: &p})
	}
	var names []string
	for _, p := range all {
		if names = append(names, p.name); p.name == name {
			return p, nil
		}
	}
	return trainPreset{}, fmt.Errorf("expected %s", oneOf(names))
}

// chooseKernel sets the kernel of a learned preset, if it is not named: the
// one that a resumed run recorded, or the fastest.
func (o *trainOptions) chooseKernel() error {
	switch {
	case o.preset.learned == nil && o.kernel != nil:
		return usagef("--kernel %s: this preset has no matrix kernel", o.kernel.Name())
	case o.preset.learned == nil || o.kernel != nil:
		return nil
	}
	o.kernel = kernel.Best()
	before, ok := o.recorded()
	if !ok || before.Kernel == "" {
		return nil
	}
	var err error
	o.kernel, err = kernel.Named(before.Kernel)
	return usage(err)
}

// given returns the instances of the file, none if the preset makes its own.
func (o *trainOptions) given() ([]graph.Instance, error) {
	if o.data == "" && (o.preset.sim == nil || o.preset.sim.Pool > 0) {
		return nil, nil
	}
	return o.loadInstances(o.data)
}

// open starts a session on the instances of the file, or on the preset's own.
func (o *trainOptions) open() (sim.Session, []graph.Instance, error) {
	p := o.preset
	instances, err := o.given()
	if err != nil {
		return nil, nil, err
	}
	var session sim.Session
	if p.sim != nil {
		session, err = sim.NewSession(*p.sim, o.loss, o.seed, o.jobs, instances)
	} else {
		session, err = learned.NewSession(*p.learned, o.loss, o.seed, o.jobs, o.kernel, instances)
	}
	if err != nil {
		return nil, nil, usage(err)
	}
	return session, instances, nil
}

func parseSimulated(text string) (sim.Loss, error) {
	for _, l := range []sim.Loss{sim.Coconut, sim.CoconutBFS} {
		if l.String() == text {
			return l, nil
		}
	}
	return 0, errors.New("expected coconut or bfs")
}

// trainError says how a failed training ends: what was handed in was wrong, or
// the training left the finite numbers, which decides nothing.
func trainError(err error) error {
	var overflow *sim.NonFiniteError
	if errors.As(err, &overflow) {
		return undecided(err)
	}
	return usage(err)
}

// cumulativeSet is what is known of a BFS set with all vertices within c+1 hops
// in a network that learns everything, theory.md section 3.
const cumulativeSet = "the BFS set of this preset holds the root and all that was reached before: with a carry-over weight that is trained (A18 fails) such networks answer the root and search nothing"

// idle lists the trained steps at which the last point of a learned network
// answers what its thought holds already.
func idle(series []sim.Point) (warnings []string) {
	if len(series) == 0 || series[len(series)-1].Learned == nil {
		return nil
	}
	last := series[len(series)-1]
	for c := range min(last.Stage, len(last.Hop)) {
		if within, hop := last.Within[c], last.Hop[c]; within != nil && hop != nil && *within >= 0.95 && *hop <= 0.05 {
			warnings = append(warnings, fmt.Sprintf("after %d thoughts %.2f of the answers lie within %d hops and %.2f at the next one: no search is learnt", c, *within, c+1, *hop))
		}
	}
	return warnings
}

type trainDocument struct {
	trainDescription
	Series   []sim.Point  `json:"series"`
	Warnings []string     `json:"warnings,omitempty"`
	Theory   *trainTheory `json:"theory"`
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
	for _, warning := range d.Warnings {
		fmt.Fprintf(w, "\nwarning: %s\n", warning)
	}
	fmt.Fprintf(w, "\nwhat the reduced theory says about %s\n", d.Theory.Data)
	if len(d.Theory.Dropped) > 0 {
		fmt.Fprintf(w, "under the assumptions %s, which this training does not keep\n", strings.Join(d.Theory.Dropped, " "))
	}
	printTable(w, 0, "stage\tthoughts\tinstances\tlimit\tμ*\tν*", d.Theory.Stages, func(w io.Writer, s trainStage) {
		fmt.Fprintf(w, "%d\t%d\t%d\t%v\t%s\t%s\n", s.Stage, s.Thoughts, s.Instances, s.Status, short(s.Mu), short(s.Nu))
	})
}

// writePoint writes a row; of the lists the entry of the point's own stage, if
// there is one.
func writePoint(w io.Writer, p sim.Point) {
	number := func(x *float64) string { return orDash("%.4f", x) }
	at := func(x []*float64) *float64 {
		if p.Stage > len(x) {
			return nil
		}
		return x[p.Stage-1]
	}
	fmt.Fprintf(w, "%d\t%d\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t\n", p.Stage, p.Step, number(p.Loss),
		number(p.Mu), number(p.Nu), number(at(p.Gap)), number(at(p.Mass)), number(at(p.Cumulative)), number(p.Answer))
}
