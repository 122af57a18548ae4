package main

import (
	"cmp"
	"context"
	"errors"
	"io"
	"io/fs"
	"math/big"
	"slices"
	"strings"

	"muflow/graph"
	"muflow/internal/runlog"
	"muflow/internal/sweep"
	"muflow/prove"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// theoremOptions say what verify theorem decides.
type theoremOptions struct {
	work
	which        string // 1, 2, 3, all, stages, attention, overshoot or witness
	data         string
	step         int // −1 for every step
	certificates string
	rocq         string
	digits       int
	alpha, logit *big.Rat
	label        graph.Law
	carry        string // fixed or trained
	carryOver    prove.CarryOver
	start        *big.Rat
	shard        sweep.Shard
	out          string
	gains        []*big.Rat // of softmax attention
}

func newTheorem(t *terminal, run func(context.Context, *theoremOptions) error) *cobra.Command {
	o := &theoremOptions{work: work{terminal: t}}
	c, f := bind(&cobra.Command{
		Use:   "theorem 1|2|3|all|stages|attention|overshoot|witness",
		Short: "Decide every claim of a theorem on every instance and step",
		Long: `Decide every claim of a theorem on every instance and step of a data set (default: the built-in suite).
Every claim ends as proved, refuted, consistent, inconsistent, not-applicable or undecided. Proved of Theorem 1
are the claims with a certificate that the separate checker, verify recheck, accepts, and those beyond its limits, whose
reason says so; with --certificates one that is missing is named, and the exit code is 3. Up to 20 instances
and steps each verdict is shown with its reason, and μ*; beyond that how often each reason occurs. For Theorem 3
the step is the number of thoughts. The claims of Theorem 1 whose name has "walk", and every number of Theorem 3
a second time, are about the walk weights of thoughts that were generated with equal logits (--logit), all others
about uniform weights. Theorems 1(a), 2 and 3 do not depend on the label of a step; Theorem 1(b) takes any law of it (--label), with d* the mean in-degree of the labels.
With --carry trained the claims of Theorem 1(a) are decided in which the weight ω of the carry-over is trained too,
from --carry-start, with --carry-ratio for the rate of μ over that of ω; "all" decides them as well. With --start the
bounds of Theorem 1 are decided that hold from any μ(0), with their constants there.
With "stages", decide what is known of training single stages beyond the flow: the spread of stochastic descent, the times
at which a stage has to be stopped, and thoughts that are generated anew. With "attention", the claims about softmax attention
with the value gains of --gain, and with "overshoot" those about a value gain that is trained too, from (0, 1/2) (minutes).

"all" decides all of these but "overshoot", in groups by the assumption of the paper that they do without. Below its table
one of limits counts where the logit goes: with linear attention, walk weights and softmax attention at each gain, under
Coconut-BFS and Coconut with each label law. Certificates of "attention" are those of verify attention.
With --shard i/N, 0 ≤ i < N, only one of N runs of instances is decided, by claims that are about one instance each, and
the JSON document is written to DIR/shard-i-of-N.json (--out); verify merge DIR joins them to what one process prints.

With "witness", replay the proof that a witness of verify hunt violates its statement (--data).`,
		Example: "  verify theorem all\n  verify theorem 3 --logit 1/2\n  verify theorem 1 --logit 12/5 --step 2\n  verify theorem 1 --data prosqa_valid.json.gz --step 1 --json\n  verify theorem 1 --certificates proofs && verify recheck proofs",
	}, o, run, &o.which)
	c.PreRunE = func(c *cobra.Command, args []string) error { return theoremFlags(c.Flags(), args[0]) }
	addData(f, &o.data)
	addInt(f, &o.step, "step", -1, 0, maxCount, "only this step c (default: every step)")
	addCertificates(f, &o.certificates)
	f.StringVar(&o.rocq, "rocq", "", "folder to write a file for every step to, which the kernel of the Rocq prover checks (docs/formal.md)")
	addDigits(f, &o.digits, 20)
	addAlpha(f, &o.alpha)
	addLabel(f, &o.label)
	addWord(f, &o.carry, "carry", "fixed", "weight of the carry-over: fixed, or trained (theorem 1)", "fixed", "trained")
	addPositive(f, &o.carryOver.Ratio, "carry-ratio", "", "with --carry trained: rate of μ over that of ω, a positive rational or decimal number (default 1/n)")
	addSigned(f, &o.carryOver.Weight, "carry-start", "with --carry trained: ω(0), a rational or decimal number of any sign (default: 1)")
	addStart(f, &o.start)
	addParsed(f, &o.gains, "gain", "1/10,1,10", "numbers", "value gains of softmax attention, positive rational or decimal numbers with commas between", parseGains)
	addPositive(f, &o.logit, "logit", "1", "μ of walk weights and of the spread, a positive rational or decimal number")
	addShard(f, &o.shard, "instances")
	f.StringVar(&o.out, "out", "", "with --shard: folder for its document, made if it is missing")
	o.add(f)
	needs(c, "shard", "out")
	needs(c, "out", "shard")
	return c
}

// theoremFlags refuses a theorem that does not exist, and flags that do not
// matter to it.
func theoremFlags(f *pflag.FlagSet, which string) error {
	matter, known := map[string]string{"1": "alpha certificates logit rocq label carry carry-ratio carry-start start", "2": "certificates logit", "3": "certificates logit", "all": "alpha certificates logit label gain", "stages": "alpha certificates label", "attention": "alpha logit label gain", "overshoot": "alpha certificates label"}[which]
	if matter += " data json step digits jobs quiet"; which == "1" || which == "2" || which == "stages" { // theorem 3 has a claim about all instances
		matter += " shard out"
	}
	if which == "witness" { // which carries its step and parameters
		matter, known = "data json quiet", true
		if !f.Changed("data") {
			return usagef("--data is required: a witness of verify hunt")
		}
	}
	if !known {
		return usagef("theorem %q, expected 1, 2, 3, all, stages, attention, overshoot or witness", which)
	}
	var err error
	f.Visit(func(flag *pflag.Flag) {
		if !slices.Contains(strings.Fields(matter), flag.Name) {
			err = usagef("--%s does not matter to theorem %s", flag.Name, which)
		}
	})
	if f.Changed("start") || f.Lookup("carry").Value.String() == "trained" {
		if err == nil && f.Changed("rocq") {
			return usagef("--rocq: no claim of --carry trained or --start is exported")
		}
	}
	for _, name := range []string{"certificates", "rocq"} {
		if err == nil && f.Changed("shard") && f.Changed(name) {
			return usagef("--%s goes with all instances, expected no --shard", name)
		}
	}
	if err == nil && f.Lookup("carry").Value.String() != "trained" {
		for _, name := range []string{"carry-ratio", "carry-start"} {
			if f.Changed(name) {
				return usagef("--%s goes with --carry trained", name)
			}
		}
	}
	return err
}

func runTheorem(ctx context.Context, o *theoremOptions) error {
	if o.rocq != "" && o.label != graph.PathLaw {
		return usagef("--rocq goes with --label path: the exported statements are about one label vertex")
	}
	if o.which == "witness" {
		return replayWitness(ctx, o.terminal, o.data)
	}
	data, err := o.passThrough(o.data)
	if err != nil {
		return err
	}
	defer data.close()
	theorems := map[string][]int{"1": {1}, "2": {2}, "3": {3}, "stages": {prove.Stages}, "attention": {prove.Softmax}, "overshoot": {prove.Overshooting},
		"all": {1, prove.CarryTrained, 2, 3, prove.Stages, prove.Softmax}}[o.which]
	switch {
	case o.carry == "trained":
		theorems = []int{prove.CarryTrained}
	case o.start != nil:
		theorems = []int{prove.AnyStart}
	}
	most := data.most // after all thoughts there is a prediction, and no step
	if !slices.Contains(theorems, 3) {
		most--
	}
	if o.step > most {
		return usagef("--step %d, expected 0 to %d: no instance has so many", o.step, most)
	}
	data.only(o.shard)
	found, err := o.newFindings(o.json || o.out != "")
	if err != nil {
		return err
	}
	defer found.close()
	for _, part := range o.parts(theorems) {
		size, known := groupSize, prove.NewKnown(keptProfiles)
		if part.whole {
			size, known = data.count, nil
		}
		added := make(chan error, 1) // the results of the group before, which are added while this one is decided
		added <- nil
		err := data.groups(size, func(first int, instances []graph.Instance) error {
			results, err := o.decide(ctx, part, known, instances, data.through(first, len(instances), o.progress))
			for i := range results {
				if r := &results[i]; r.Instance != prove.AllInstances {
					r.Instance += prove.Place(first)
				}
			}
			err = errors.Join(<-added, err)
			go func() { added <- found.add(results) }()
			return err
		})
		if err := errors.Join(<-added, err); err != nil {
			return err
		}
	}
	limits, err := o.limits(ctx, data)
	if err != nil {
		return err
	}
	if o.out != "" {
		return found.keep(o.out, o.shard)
	}
	return found.conclude(o.json, limits, func(w io.Writer) { o.printElsewhere(w, theorems) })
}

// findings are the results of verify theorem, as far as its output needs them.
type findings struct {
	*terminal
	claims *spool // nil: nobody reads them
	counts *tally
	why    *reasons
}

func (t *terminal) newFindings(document bool) (*findings, error) {
	out := &findings{terminal: t, counts: newTally(nil), why: newReasons()}
	var err error
	if document {
		out.claims, err = t.newSpool()
	}
	return out, err
}

func (x *findings) close() {
	if x.claims != nil {
		x.claims.file.Close()
	}
}

func (x *findings) add(results []prove.Result) error {
	for _, r := range results {
		x.why.add(r)
		if x.claims == nil {
			continue
		}
		if err := x.claims.add(r); err != nil {
			return err
		}
	}
	x.counts.add(results)
	return nil
}

// document prints all results.
func (x *findings) document(limits []prove.LimitRow) error {
	return x.printSpool("theorem/1", "claims", x.claims, struct {
		Limits  []prove.LimitRow `json:"limits,omitempty"`
		Summary map[string]int   `json:"summary"`
	}{limits, x.counts.summary})
}

// conclude prints the results, and turns their verdicts into the exit code.
func (x *findings) conclude(document bool, limits []prove.LimitRow, elsewhere func(io.Writer)) error {
	if document {
		if err := x.document(limits); err != nil {
			return err
		}
		return cmp.Or(byVerdict(x.counts.summary), unless(openLimits(limits)))
	}
	return cmp.Or(x.terminal.conclude("theorem/1", nil, func(w io.Writer) {
		printVerdicts(w, x.counts)
		elsewhere(w)
		printLimits(w, limits)
		printNearest(w, x.counts)
		x.why.print(w)
	}, x.counts.summary), unless(openLimits(limits)))
}

// groupSize is how many instances are in memory at a time, keptProfiles of how
// many profiles what was decided is kept.
const groupSize, keptProfiles = 128, 1 << 16

// A theoremPart is what is decided on one way through the instances: claims about
// some units, nil for all, so that groups of instances keep the order of prove.Dataset.
type theoremPart struct {
	theorems []int
	units    []prove.Unit
	gain     *big.Rat // of softmax attention
	whole    bool     // all instances together
	written  bool     // certificates and exported proofs, at once
}

// parts lists the ways through the instances.
func (o *theoremOptions) parts(theorems []int) (out []theoremPart) {
	files := o.certificates+o.rocq != ""
	var together []int // written with their certificates
	for _, theorem := range theorems {
		switch {
		case theorem == prove.Softmax:
			for _, gain := range o.gains {
				out = append(out, theoremPart{theorems: []int{theorem}, gain: gain})
			}
		case files:
			together = append(together, theorem)
		default:
			for _, unit := range prove.UnitsOf(theorem) {
				out = append(out, theoremPart{theorems: []int{theorem}, units: []prove.Unit{unit}, whole: unit == prove.OnPopulation})
			}
		}
	}
	if files {
		out = append([]theoremPart{{theorems: together, whole: true, written: true}}, out...)
	}
	return out
}

// decide decides the claims of a part on some instances.
func (o *theoremOptions) decide(ctx context.Context, part theoremPart, known *prove.Known, instances []graph.Instance, progress func(string) runlog.Progress) ([]prove.Result, error) {
	selection := prove.Selection{Theorems: part.theorems, Units: part.units, Step: o.step, Alpha: o.alpha, Logit: o.logit, Label: o.label, Digits: o.digits, Start: o.start, Carry: o.carryOver, Known: known, Gain: part.gain}
	if part.written && o.certificates != "" {
		if err := prove.MayCertify(o.certificates, o.head.dataName(len(instances)), selection.ScopeOf()); err != nil {
			return nil, runError(err)
		}
	}
	results, err := prove.Dataset(ctx, instances, selection, o.jobs, progress)
	if err != nil {
		return nil, undecided(err)
	}
	if part.written && o.certificates != "" {
		if err := o.certify(ctx, o.certificates, selection.ScopeOf(), instances, results); err != nil {
			return nil, err
		}
	}
	if part.written && o.rocq != "" {
		if err := o.writeRocq(ctx, instances, results); err != nil {
			return nil, fileError(err)
		}
	}
	return results, nil
}

// certify writes the certificates of a scope. That some are missing is said
// after the results, which do not rest on them.
func (w *work) certify(ctx context.Context, folder string, scope prove.Scope, instances []graph.Instance, results []prove.Result) error {
	if err := prove.WriteCertificates(ctx, folder, w.head.dataName(len(instances)), scope, instances, results, w.jobs, w.progress("certificates")); errors.As(err, &w.missing) {
		return nil
	} else if err != nil {
		return runError(err)
	}
	return nil
}

// fileError is bad input if a file or folder is the cause, and otherwise
// something undecided.
func fileError(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		return usage(err)
	}
	return undecided(err)
}

// byVerdict turns a summary into the exit code.
func byVerdict(summary map[string]int) error {
	switch {
	case summary["refuted"]+summary["inconsistent"] > 0:
		return &exitError{code: exitRefuted}
	case summary["undecided"] > 0:
		return &exitError{code: exitUndecided}
	}
	return nil
}
