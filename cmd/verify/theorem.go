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
	"muflow/prove"
	"muflow/theory"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// theoremOptions say what verify theorem decides.
type theoremOptions struct {
	work
	which        string // 1, 2, 3, all, or witness
	data         string
	step         int // −1 for every step
	certificates string
	rocq         string
	digits       int
	alpha, logit *big.Rat
}

func newTheorem(t *terminal, run func(context.Context, *theoremOptions) error) *cobra.Command {
	o := &theoremOptions{work: work{terminal: t}}
	c, f := bind(&cobra.Command{
		Use:   "theorem 1|2|3|all|witness",
		Short: "Decide every claim of a theorem on every instance and step",
		Long: `Decide every claim of a theorem on every instance and step of a data set (default: the built-in suite).
Every claim ends as proved, refuted, consistent, inconsistent, not-applicable or undecided. Proved of Theorem 1
are exactly the claims with a certificate that the separate checker, verify recheck, accepts. For Theorem 3
the step is the number of thoughts, and every number is decided for uniform weights and for the walk
weights of thoughts that were generated with equal logits (--logit).
With "witness", replay the proof that a witness of verify hunt violates its statement (--data).`,
		Example: "  verify theorem all\n  verify theorem 3 --logit 1/2\n  verify theorem 1 --data prosqa_valid.json.gz --step 1 --json\n  verify theorem 1 --certificates proofs && verify recheck proofs",
	}, o, run, &o.which)
	c.PreRunE = func(c *cobra.Command, args []string) error { return theoremFlags(c.Flags(), args[0]) }
	addData(f, &o.data)
	addInt(f, &o.step, "step", -1, 0, maxCount, "only this step c (default: every step)")
	addCertificates(f, &o.certificates)
	f.StringVar(&o.rocq, "rocq", "", "folder to write a file for every step to, which the kernel of the Rocq prover checks (docs/formal.md)")
	addDigits(f, &o.digits, 20)
	addAlpha(f, &o.alpha)
	addPositive(f, &o.logit, "logit", "1", "μ of walk weights and of the spread, a positive rational or decimal number (theorems 2 and 3)")
	o.add(f)
	return c
}

// theoremFlags refuses a theorem that does not exist, and flags that do not
// matter to it.
func theoremFlags(f *pflag.FlagSet, which string) error {
	matter, known := map[string]string{"1": "alpha certificates rocq", "2": "certificates logit", "3": "certificates logit", "all": "alpha certificates logit"}[which]
	matter += " data json step digits jobs quiet"
	if which == "witness" { // which carries its step and parameters
		matter, known = "data json", true
		if !f.Changed("data") {
			return usagef("--data is required: a witness of verify hunt")
		}
	}
	if !known {
		return usagef("theorem %q, expected 1, 2, 3, all or witness", which)
	}
	var err error
	f.Visit(func(flag *pflag.Flag) {
		if !slices.Contains(strings.Fields(matter), flag.Name) {
			err = usagef("--%s does not matter to theorem %s", flag.Name, which)
		}
	})
	return err
}

func runTheorem(ctx context.Context, o *theoremOptions) error {
	if o.which == "witness" {
		return replayWitness(ctx, o.terminal, o.data)
	}
	instances, err := o.loadInstances(o.data)
	if err != nil {
		return err
	}
	theorems := map[string][]int{"1": {1}, "2": {2}, "3": {3}, "all": {1, 2, 3}}[o.which]
	if slices.Contains(theorems, 3) { // after all thoughts there is a prediction, and no step
		err = checkThoughts(instances, "step", o.step)
	} else {
		err = checkStep(instances, "step", o.step)
	}
	if err != nil {
		return err
	}
	selection := prove.Selection{Theorems: theorems, Step: o.step, Alpha: o.alpha, Logit: o.logit, Digits: o.digits}
	results, err := prove.Dataset(ctx, instances, selection, o.jobs, o.progress)
	if err != nil {
		return undecided(err)
	}
	if o.certificates != "" {
		if err := o.certify(ctx, o.certificates, selection.ScopeOf(), instances, results); err != nil {
			return err
		}
	}
	if o.rocq != "" {
		if err := rocq.Write(ctx, o.rocq, cmp.Or(o.data, "the built-in suite"), instances, results, o.alpha, o.digits, o.jobs); err != nil {
			return fileError(err)
		}
	}
	document := struct {
		Claims  []prove.Result `json:"claims"`
		Summary map[string]int `json:"summary"`
	}{results, prove.Summarise(results)}
	return o.conclude("theorem/1", document, func(w io.Writer) { printVerdicts(w, results) }, document.Summary)
}

// certify writes the certificates of a scope.
func (w *work) certify(ctx context.Context, folder string, scope prove.Scope, instances []graph.Instance, results []prove.Result) error {
	if err := prove.WriteCertificates(ctx, folder, w.head.dataName(len(instances)), scope, instances, results, w.jobs, w.progress("certificates")); err != nil {
		return fileError(err)
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
func printVerdicts(w io.Writer, results []prove.Result) {
	fmt.Fprintf(w, "%-13s %8s", "claim", "entries")
	printByVerdict(w, 7, func(v theory.Verdict) any { return v })
	fmt.Fprintln(w)
	var nearest []string
	for _, claim := range prove.Claims {
		counts := map[theory.Verdict]int{}
		entries := 0
		for _, r := range results {
			if r.Claim == claim.ID {
				counts[r.Verdict]++
				entries++
			}
		}
		if entries == 0 {
			continue
		}
		fmt.Fprintf(w, "%-13s %8d", claim.ID, entries)
		printByVerdict(w, 7, func(v theory.Verdict) any { return counts[v] })
		if m, ok := claim.WorstMargin(results); ok {
			nearest = append(nearest, fmt.Sprintf("%s\t%v\t%d\t%s\n", claim.ID, m.Result.Instance, m.Result.Step, m))
		}
		fmt.Fprintln(w)
	}
	if len(nearest) > 0 {
		fmt.Fprintln(w)
		printTable(w, 0, "nearest to failing\tinstance\tstep\tby", nearest, func(w io.Writer, row string) { io.WriteString(w, row) })
	}
}

// printByVerdict writes a cell for each verdict, as wide as its name and as least.
func printByVerdict(w io.Writer, least int, cell func(v theory.Verdict) any) {
	for _, v := range theory.Verdicts {
		fmt.Fprintf(w, " %*v", max(len(v.String()), least), cell(v))
	}
}
