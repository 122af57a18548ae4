package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/big"
	"slices"
	"strings"

	"muflow/graph"
	"muflow/internal/rocq"
	"muflow/internal/runlog"
	"muflow/prove"
	"muflow/theory"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// theoremOptions say what verify theorem decides.
type theoremOptions struct {
	work
	which        string // 1, 2, 3, all, stages, or witness
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
}

func newTheorem(t *terminal, run func(context.Context, *theoremOptions) error) *cobra.Command {
	o := &theoremOptions{work: work{terminal: t}}
	c, f := bind(&cobra.Command{
		Use:   "theorem 1|2|3|all|stages|witness",
		Short: "Decide every claim of a theorem on every instance and step",
		Long: `Decide every claim of a theorem on every instance and step of a data set (default: the built-in suite).
Every claim ends as proved, refuted, consistent, inconsistent, not-applicable or undecided. Proved of Theorem 1
are exactly the claims with a certificate that the separate checker, verify recheck, accepts. Up to 20 instances
and steps each verdict is shown with its reason, and μ*; beyond that how often each reason occurs. For Theorem 3
the step is the number of thoughts. The claims of Theorem 1 whose name has "walk", and every number of Theorem 3
a second time, are about the walk weights of thoughts that were generated with equal logits (--logit), all others
about uniform weights. Theorems 1(a), 2 and 3 do not depend on the label of a step; Theorem 1(b) takes any law of it (--label), with d* the mean in-degree of the labels.
With --carry trained the claims of Theorem 1(a) are decided in which the weight ω of the carry-over is trained too,
from --carry-start, with --carry-ratio for the rate of μ over that of ω; "all" decides them as well. With --start the
bounds of Theorem 1 are decided that hold from any μ(0), with their constants there.
With "stages", decide what is known of training single stages beyond the flow, at more cost and without certificates:
the spread of stochastic descent, the times at which a stage has to be stopped, and thoughts that are generated anew.
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
	addPositive(f, &o.logit, "logit", "1", "μ of walk weights and of the spread, a positive rational or decimal number")
	o.add(f)
	return c
}

// theoremFlags refuses a theorem that does not exist, and flags that do not
// matter to it.
func theoremFlags(f *pflag.FlagSet, which string) error {
	matter, known := map[string]string{"1": "alpha certificates logit rocq label carry carry-ratio carry-start start", "2": "certificates logit", "3": "certificates logit", "all": "alpha certificates logit label", "stages": "alpha label"}[which]
	matter += " data json step digits jobs quiet"
	if which == "witness" { // which carries its step and parameters
		matter, known = "data json quiet", true
		if !f.Changed("data") {
			return usagef("--data is required: a witness of verify hunt")
		}
	}
	if !known {
		return usagef("theorem %q, expected 1, 2, 3, all, stages or witness", which)
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
	theorems := map[string][]int{"1": {1}, "2": {2}, "3": {3}, "all": {1, prove.CarryTrained, 2, 3}, "stages": {prove.Stages}}[o.which]
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
	claims, err := o.newSpool()
	if err != nil {
		return err
	}
	defer claims.file.Close()
	counts, why := newTally(nil), newReasons()
	for _, part := range o.parts(theorems) {
		size := groupSize
		if slices.Contains(part.theorems, 3) || o.certificates+o.rocq != "" { // all instances together
			size = data.count
		}
		if err := data.groups(size, func(first int, instances []graph.Instance) error {
			results, err := o.decide(ctx, part, instances, data.through(first, len(instances), o.progress))
			for i := range results {
				if r := &results[i]; r.Instance != prove.AllInstances {
					r.Instance += prove.Place(first)
				}
				why.add(results[i])
				if err == nil {
					err = claims.add(results[i])
				}
			}
			counts.add(results)
			return err
		}); err != nil {
			return err
		}
	}
	if o.json {
		if err := o.printSpool("theorem/1", "claims", claims, struct {
			Summary map[string]int `json:"summary"`
		}{counts.summary}); err != nil {
			return err
		}
		return byVerdict(counts.summary)
	}
	return o.conclude("theorem/1", nil, func(w io.Writer) {
		printVerdicts(w, counts)
		why.print(w)
	}, counts.summary)
}

// groupSize is how many instances are in memory at a time.
const groupSize = 512

// A theoremPart is what is decided on one way through the instances: claims about
// some units, nil for all, so that groups of instances keep the order of prove.Dataset.
type theoremPart struct {
	theorems []int
	units    []prove.Unit
}

// parts lists the ways through the instances.
func (o *theoremOptions) parts(theorems []int) (out []theoremPart) {
	if o.certificates != "" || o.rocq != "" { // which are written at once
		return []theoremPart{{theorems, nil}}
	}
	for _, theorem := range theorems {
		if theorem == 1 {
			out = append(out, theoremPart{[]int{1}, []prove.Unit{prove.OnProfile}}, theoremPart{[]int{1}, []prove.Unit{prove.OnStep}})
		} else {
			out = append(out, theoremPart{[]int{theorem}, nil})
		}
	}
	return out
}

// decide decides the claims of a part on some instances.
func (o *theoremOptions) decide(ctx context.Context, part theoremPart, instances []graph.Instance, progress func(string) runlog.Progress) ([]prove.Result, error) {
	selection := prove.Selection{Theorems: part.theorems, Units: part.units, Step: o.step, Alpha: o.alpha, Logit: o.logit, Label: o.label, Digits: o.digits, Start: o.start, Carry: o.carryOver}
	results, err := prove.Dataset(ctx, instances, selection, o.jobs, progress)
	if err != nil {
		return nil, undecided(err)
	}
	if o.certificates != "" {
		if err := o.certify(ctx, o.certificates, selection.ScopeOf(), instances, results); err != nil {
			return nil, err
		}
	}
	if o.rocq != "" {
		if err := rocq.Write(ctx, o.rocq, cmp.Or(o.data, "the built-in suite"), instances, results, o.alpha, o.digits, o.jobs); err != nil {
			return nil, fileError(err)
		}
	}
	return results, nil
}

// certify writes the certificates of a scope.
func (w *work) certify(ctx context.Context, folder string, scope prove.Scope, instances []graph.Instance, results []prove.Result) error {
	if err := prove.WriteCertificates(ctx, folder, w.head.dataName(len(instances)), scope, instances, results, w.jobs, w.progress("certificates")); err != nil {
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

// printVerdicts writes one line per claim: how many entries ended how; and then
// the entries where claims came nearest to failing.
func printVerdicts(w io.Writer, counts *tally) {
	fmt.Fprintf(w, "%-18s %8s", "claim", "entries")
	printByVerdict(w, 7, func(v theory.Verdict) any { return v })
	fmt.Fprintln(w)
	for _, claim := range prove.Claims {
		if of := counts.entries[claim.ID]; of != nil {
			entries := 0
			for _, n := range of {
				entries += n
			}
			fmt.Fprintf(w, "%-18s %8d", claim.ID, entries)
			printByVerdict(w, 7, func(v theory.Verdict) any { return of[v.String()] })
			fmt.Fprintln(w)
		}
	}
	if len(counts.nearest) > 0 {
		fmt.Fprintln(w)
		printTable(w, 0, "nearest to failing\tinstance\tstep\tby", counts.nearest, func(w io.Writer, r prove.Result) {
			if claim, known := prove.ClaimByID(r.Claim); known {
				m, _ := claim.WorstMargin([]prove.Result{r})
				fmt.Fprintf(w, "%s\t%v\t%d\t%s\n", r.Claim, r.Instance, r.Step, m)
			}
		})
	}
}

// printByVerdict writes a cell for each verdict, as wide as its name and as least.
func printByVerdict(w io.Writer, least int, cell func(v theory.Verdict) any) {
	for _, v := range theory.Verdicts {
		fmt.Fprintf(w, " %*v", max(len(v.String()), least), cell(v))
	}
}
