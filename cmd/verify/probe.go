package main

import (
	"bufio"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"regexp"
	"strings"
	"text/tabwriter"

	"muflow/graph"
	"muflow/internal/checkpoint"
	"muflow/sim/kernel"
	"muflow/sim/learned"

	"github.com/spf13/cobra"
)

// probeOptions say what verify probe reads.
type probeOptions struct {
	work
	files  []string
	data   string
	heads  int
	layout string // prosqa or a file
	names  learned.Names
	seed   uint64
	drawn  bool // a seed is given
	lines  bool
	kernel *kernel.Kernel // nil for the fastest
}

func newProbe(t *terminal, run func(context.Context, *probeOptions) error) *cobra.Command {
	o := &probeOptions{work: work{terminal: t}}
	c, f := bindList(&cobra.Command{
		Use:   "probe CHECKPOINT… --data F",
		Short: "Measure on graphs what the theory speaks of in a trained GPT-2",
		Long: `Read the weights of a GPT-2 from safetensors, run it on graphs in float32 with its thoughts fed back, and
measure what the theory speaks of. Nothing is a bound here: numbers are those of these weights on these graphs.

A CHECKPOINT is a file, a folder, or model.safetensors.index.json; files …1of2, …2of2 are shards of one, and so
are files without a tensor in common that stand side by side. Several checkpoints are several steps of one run.
Names of tensors are those of HuggingFace, with transformer. and base_causallm. before them or not; matrices are
(in, out). A pickle (.bin, .pt) is never read.

FILE of --data holds instances, or prompts as a training wrote them: [{"tokens": [38, 3, 8, 34, …]}, …]. Of
instances the prompt is <eos> s t | … s t | [Q] a b [R] r; --layout FILE has other tokens, as an object with
vocabulary, vertices, start, separator, question, root, answer, open, late and own (those of prosqa where it has none).
Names: ordered has every edge lead to a higher token, as in the published files; file takes vertex v as token v;
fresh draws them. Edges stand as in FILE, and the target before the other candidate in every other instance;
with --seed, with fresh names, and where FILE sorts edges by their targets both are drawn.

After c thoughts, at the last position of layer 2, summed over the heads and averaged over edges: new, old, rest
are the attention logits at | of edges whose source is at distance c, nearer, elsewhere; gap = new − rest, gap_all
is new minus all others; z is the log of the attention (three tokens of an edge) of a frontier edge over another,
mass the attention on frontier edges. hop, within, shortest: the largest logit is at distance c+1, within it, on a
shortest path there. unevenness is the divergence of equal weights from the prediction at distance c+1, in nats.

Of each assumption that can be measured there is one number with a declared threshold, no verdict of the theory:
A1 attention of | on its own edge in layer 1 (source and target, each in the head that has most; the smaller),
A2 largest |cosine| of two vertex embeddings, A3 the score matrix of layer 2, pulled back to the embeddings, off
its diagonal over on it, A4 variance of the gap over names of the vertices, over its squared mean, A6 entropy of
the attention, A7 length of a thought over that of an embedding, A8 unevenness, A18 probability on N_c.`,
		Example: "  verify probe coconut-1-1of2.safetensors coconut-1-2of2.safetensors --data prosqa_valid.json.gz\n  verify probe checkpoints/step-* --data prosqa_valid.json.gz --jsonl > probes.jsonl",
	}, o, run, &o.files)
	addData(f, &o.data)
	addInt(f, &o.heads, "heads", 0, 1, 1<<14, "attention heads (default: n_head of the metadata or of a config.json beside the file)")
	f.StringVar(&o.layout, "layout", "prosqa", "tokens of a prompt: prosqa, or a file")
	addParsed(f, &o.names, "names", "ordered", "string", "tokens of the vertices: ordered, file or fresh", learned.ParseNames)
	addSeed(f, &o.seed)
	addKernel(f, &o.kernel, "matrix kernel: %s (default: the first)")
	f.BoolVar(&o.lines, "jsonl", false, "print one line of JSON an instance")
	o.add(f)
	c.MarkFlagsMutuallyExclusive("json", "jsonl")
	c.PreRun = func(c *cobra.Command, _ []string) { o.drawn = f.Changed("seed") }
	return c
}

// A probed checkpoint is what was read of it.
type probed struct {
	Name   string `json:"name"`
	Step   *int   `json:"step"` // null if neither name nor metadata say it
	Layers int    `json:"layers"`
	Heads  int    `json:"heads"`
	Width  int    `json:"width"`
	*checkpoint.Summary

	readings []checkpoint.Reading
}

// A probing is the document of a probe. Its numbers are those of the last
// checkpoint.
type probing struct {
	Names string `json:"names"` // ordered, file, fresh; tokens if the data have them
	Order string `json:"order"` // of edges and candidates: file or drawn
	Seed  uint64 `json:"seed"`
	probed
	Checkpoints []probed `json:"checkpoints,omitempty"` // of several, all
}

func runProbe(ctx context.Context, o *probeOptions) error {
	layout, err := o.readLayout()
	if err != nil {
		return err
	}
	sources, err := checkpoint.Find(o.files)
	if err != nil {
		return usage(err)
	}
	out := &probing{Seed: o.seed}
	texts, err := o.readTexts(layout, out)
	if err != nil {
		return err
	}
	if o.kernel == nil {
		o.kernel = kernel.Best()
	}
	o.head.inFloats(o.kernel.Name())
	var all []probed
	for i := range sources {
		one, err := o.probe(ctx, &sources[i], layout, texts)
		if err != nil {
			return err
		}
		all = append(all, *one)
	}
	out.conclude(all)
	if o.lines || o.json {
		o.warn(all)
	}
	if o.lines {
		return o.save("", func(w io.Writer) error { return writeReadings(w, all) })
	}
	return o.print("probe/1", out, out.text)
}

// readLayout reads the tokens; what a file does not have is that of ProsQA.
func (o *probeOptions) readLayout() (learned.Layout, error) {
	layout := learned.ProsQA
	if o.layout == "prosqa" {
		return layout, nil
	}
	text, from, err := o.readWhole(o.layout)
	if err != nil {
		return layout, err
	}
	if layout, err = checkpoint.ReadLayout(text); err != nil {
		return layout, usagef("%s: %w", o.layout, err)
	}
	o.head.Files = append(o.head.Files, from)
	return layout, nil
}

// asTokens begins a file of prompts.
var asTokens = regexp.MustCompile(`^\s*\[\s*\{[^{}]*?"tokens"\s*:\s*\[`)

// readTexts reads the instances and notes how they are written.
func (o *probeOptions) readTexts(layout learned.Layout, out *probing) (texts []checkpoint.Text, err error) {
	var instances []graph.Instance
	first := func(r *graph.Reader) error {
		instances, err = r.All()
		return err
	}
	if isBuiltin(o.data) {
		err = o.read("", first)
	} else {
		f, name, failed := o.open(o.data)
		if failed != nil {
			return nil, failed
		}
		defer f.Close()
		r := bufio.NewReaderSize(f, 1<<12)
		if begin, _ := r.Peek(1 << 12); asTokens.Match(begin) {
			out.Names, out.Order = "tokens", "file"
			return o.readPrompts(r, name, layout)
		}
		err = o.readStream(r, name, first)
	}
	if err != nil {
		return nil, err
	}
	out.Names, out.Order = o.names.String(), "file"
	texts, drawn, err := checkpoint.Write(instances, layout, o.names, o.drawn, o.seed)
	if drawn {
		out.Order = "drawn"
	}
	switch unordered := checkpoint.Unordered(instances); o.names {
	case learned.OrderedNames:
		o.note(unordered, "%d of %d instances have edges to lower names: their vertices are renamed, as --names says", unordered, len(instances))
	case learned.FileNames:
		o.note(unordered, "%d of %d instances have edges to lower names, which the published files do not have, nor a training on them", unordered, len(instances))
	}
	if err != nil && o.names == learned.OrderedNames {
		err = fmt.Errorf("%w; --names file keeps the names", err)
	}
	return texts, usage(err)
}

// readPrompts reads tokens as a training wrote them.
func (o *probeOptions) readPrompts(r io.Reader, name string, layout learned.Layout) ([]checkpoint.Text, error) {
	text, err := io.ReadAll(io.LimitReader(r, maxFileBytes+1))
	switch {
	case err != nil:
		return nil, usagef("%s: cannot be read", name)
	case len(text) > maxFileBytes:
		return nil, usagef("%s: more than %d bytes", name, maxFileBytes)
	case o.drawn:
		return nil, usagef("--seed: %s has tokens, of which nothing is drawn", name)
	}
	texts, err := checkpoint.ReadTexts(text, layout)
	if err != nil {
		return nil, usagef("%s: %w", name, err)
	}
	sum := sha256.Sum256(text)
	o.head.readFrom(sourceOf(name, sum[:], len(texts)))
	return texts, nil
}

// probe reads one checkpoint and measures it.
func (o *probeOptions) probe(ctx context.Context, source *checkpoint.Source, layout learned.Layout, texts []checkpoint.Text) (*probed, error) {
	c, err := source.Read(o.heads)
	if err != nil {
		return nil, usage(err)
	}
	sums, err := source.Sums()
	if err != nil {
		return nil, usage(err)
	}
	for i, sum := range sums {
		o.head.Files = append(o.head.Files, sourceOf(source.Files[i], sum, 0))
	}
	s, err := checkpoint.NewSurveyor(c.Model, layout, texts, o.kernel, o.jobs, o.seed, o.progress("probe "+printable(c.Name)))
	if err != nil {
		return nil, usagef("%s: %w", c.Name, err)
	}
	readings, err := s.Readings(ctx)
	if err != nil {
		return nil, runError(err)
	}
	out := &probed{Name: c.Name, Layers: c.Model.Layers, Heads: c.Model.Heads, Width: c.Model.Width, Summary: checkpoint.Summarise(readings), readings: readings}
	if c.Step >= 0 {
		out.Step = &c.Step
	}
	if out.Assumptions, err = s.Assumptions(ctx, readings, out.Summary); err != nil {
		return nil, runError(err)
	}
	return out, nil
}

// conclude takes the last of all checkpoints, and of several the first at which
// an assumption is crossed.
func (p *probing) conclude(all []probed) {
	p.probed = all[len(all)-1]
	if len(all) == 1 {
		return
	}
	p.Checkpoints = all
	whole := *p.Summary
	whole.Assumptions = checkpoint.FirstCrossed(summaries(all), names(all))
	p.Summary = &whole
}

func summaries(all []probed) (out []*checkpoint.Summary) {
	for _, one := range all {
		out = append(out, one.Summary)
	}
	return out
}

func names(all []probed) (out []string) {
	for _, one := range all {
		out = append(out, one.Name)
	}
	return out
}

// collapsed says after how many thoughts a checkpoint has collapsed, "" if after
// none.
func (one *probed) collapsed() string {
	if len(one.Collapse) == 0 {
		return ""
	}
	return fmt.Sprintf("%s: collapsed after %s thoughts: only what is reached already is predicted (within ≈ 1, hop ≈ 0)",
		printable(one.Name), strings.Trim(strings.ReplaceAll(fmt.Sprint(one.Collapse), " ", ", "), "[]"))
}

// warn says which checkpoints have collapsed where the text does not.
func (o *probeOptions) warn(all []probed) {
	for _, one := range all {
		o.note(len(one.Collapse), "%s", one.collapsed())
	}
}

// writeReadings writes one line an instance and checkpoint, as verify compare
// reads curves: numbers after 0, 1, … thoughts are lists. The step is the place
// of the checkpoint if not all have steps.
func writeReadings(w io.Writer, all []probed) error {
	steps := make([]int, len(all))
	increasing := true
	for place, one := range all {
		if one.Step != nil {
			steps[place] = *one.Step
		}
		increasing = increasing && one.Step != nil && (place == 0 || steps[place] > steps[place-1])
	}
	for place, one := range all {
		step := steps[place]
		if !increasing && len(all) > 1 {
			step = place
		}
		for i := range one.readings {
			line, err := one.readings[i].Line(one.Name, step)
			if err != nil {
				return err
			}
			if _, err := w.Write(append(line, '\n')); err != nil {
				return err
			}
		}
	}
	return nil
}

// text writes the document for people.
func (p *probing) text(w io.Writer) {
	all := p.Checkpoints
	if all == nil {
		all = []probed{p.probed}
	}
	for i, one := range all {
		if i > 0 {
			fmt.Fprintln(w)
		}
		fmt.Fprintf(w, "%s: %d layers, %d heads, width %d; %d instances, names %s, order of edges %s\n", printable(one.Name), one.Layers, one.Heads, one.Width, one.Instances, p.Names, p.Order)
		one.text(w)
		if text := one.collapsed(); text != "" {
			fmt.Fprintln(w, text)
		}
	}
	fmt.Fprintln(w)
	head := "assumption\tvalue\tcrossed if\tcrossed\tmeasured\t"
	if p.Checkpoints != nil {
		head = strings.Replace(head, "\tcrossed\t", "\tfirst crossed\t", 1)
	}
	printTable(w, 0, head, p.Assumptions, func(w io.Writer, a checkpoint.Assumption) {
		crossed := "–"
		if a.Crossed != nil {
			crossed = map[bool]string{true: "yes", false: "no"}[*a.Crossed]
		}
		if p.Checkpoints != nil {
			crossed = a.First
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t\n", a.ID, shown(a.Value, 3), a.Condition(), printable(crossed), a.What)
	})
}

// text writes the tables of one checkpoint.
func (one *probed) text(w io.Writer) {
	printTable(w, tabwriter.AlignRight, "c\tgraphs\tgap\tgap_all\tnew\told\trest\tmass\tz\tuneven\thop\twithin\tshortest\t", one.Thoughts, func(w io.Writer, t *checkpoint.Thought) {
		fmt.Fprintf(w, "%d\t%d\t", t.C, t.Instances)
		for _, x := range []checkpoint.Mean{t.Gap, t.GapAll, t.New, t.Old, t.Rest, t.Mass, t.Z, t.Unevenness, t.Hop, t.Within, t.Shortest} {
			fmt.Fprint(w, shown(x, 2), "\t")
		}
		fmt.Fprintln(w)
	})
	fmt.Fprintf(w, "answer %s (of the two candidates %s)\n", shown(one.Answer, 3), shown(one.AnswerPair, 3))
}

// shown writes a mean with so many decimals, or a dash.
func shown(m checkpoint.Mean, decimals int) string {
	x, ok := m.Value()
	if !ok {
		return orDash("", nil)
	}
	return fmt.Sprintf("%.*f", decimals, x)
}
