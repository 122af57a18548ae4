package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"

	"muflow/internal/runlog"
	"muflow/prove"
	"muflow/theory"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

func newTheorem() *cobra.Command {
	c := &cobra.Command{
		Use:   "theorem 1|2|3|all|witness",
		Short: "Decide every claim of a theorem on every instance and step",
		Long: `Decide every claim of a theorem on every instance and step of a data set (default: the built-in suite).
Every claim ends as proved, refuted, consistent, inconsistent, not-applicable or undecided. Proved of Theorem 1
are exactly the claims with a certificate that the separate checker, verify recheck, accepts. For Theorem 3
the step is the number of thoughts, and every number is decided for uniform weights and for the walk
weights of thoughts that were generated with equal logits (--logit).
With "witness", replay the proof that a witness of verify hunt violates its statement (--data).`,
		Example: "  verify theorem all\n  verify theorem 3 --logit 1/2\n  verify theorem 1 --data prosqa_valid.json.gz --step 1 --json\n  verify theorem 1 --certificates proofs && verify recheck proofs",
		Args:    cobra.ExactArgs(1),
	}
	file := c.Flags().String("data", "", "instances to read (default: the built-in suite)")
	step := c.Flags().Int("step", -1, "only this step c (default: every step)")
	certificates := c.Flags().String("certificates", "", "folder to write a certificate of every proof to, for verify recheck")
	digits := addDigits(c, 20)
	alphaText := addAlpha(c)
	logitText := c.Flags().String("logit", "1", "μ of walk weights and of the spread, a positive rational or decimal number (theorems 2 and 3)")
	jobs := addJobs(c)
	quiet := addQuiet(c)
	asJSON := addJSON(c)
	c.RunE = func(c *cobra.Command, args []string) error {
		if args[0] == "witness" {
			var unused error
			c.Flags().Visit(func(f *pflag.Flag) {
				if f.Name != "data" && f.Name != "json" {
					unused = usagef("--%s does not matter to a witness, which carries its step and parameters", f.Name)
				}
			})
			if unused != nil {
				return unused
			}
			return replayWitness(c, *file, *asJSON)
		}
		theorems, ok := map[string][]int{"1": {1}, "2": {2}, "3": {3}, "all": {1, 2, 3}}[args[0]]
		if !ok {
			return usagef("theorem %q, expected 1, 2, 3, all or witness", args[0])
		}
		for flag, belongs := range map[string]bool{"alpha": slices.Contains(theorems, 1), "certificates": slices.Contains(theorems, 1), "logit": args[0] != "1"} {
			if c.Flags().Changed(flag) && !belongs {
				return usagef("--%s does not matter to theorem %s", flag, args[0])
			}
		}
		if err := checkDigits(*digits); err != nil {
			return err
		}
		alpha, err := parsePositive("--alpha", *alphaText)
		if err != nil {
			return err
		}
		instances, err := loadInstances(*file)
		if err != nil {
			return err
		}
		logit, err := parsePositive("--logit", *logitText)
		if err != nil {
			return err
		}
		if c.Flags().Changed("step") {
			check := checkStep
			if slices.Contains(theorems, 3) { // after all thoughts there is a prediction, and no step
				check = checkThoughts
			}
			if err := check(instances, *step); err != nil {
				return err
			}
		}
		selection := prove.Selection{Theorems: theorems, Step: *step, Alpha: alpha, Logit: logit, Digits: *digits}
		results, err := prove.Dataset(c.Context(), instances, selection, *jobs, func(stage string) runlog.Progress { return newProgress(c, *quiet, stage) })
		if err != nil {
			return undecided(err)
		}
		if *certificates != "" {
			if err := prove.WriteCertificates(c.Context(), *certificates, instances, results, *jobs, newProgress(c, *quiet, "certificates")); err != nil {
				return certificateError(err)
			}
		}
		summary := prove.Summarise(results)
		document := struct {
			Schema  string         `json:"schema"`
			Claims  []prove.Result `json:"claims"`
			Summary map[string]int `json:"summary"`
		}{"muflow/theorem/1", results, summary}
		if err := print(c, *asJSON, document, func(w io.Writer) { printVerdicts(w, results) }); err != nil {
			return err
		}
		return byVerdict(summary)
	}
	return c
}

// certificateError is bad input if the folder cannot be written to, and
// otherwise something undecided.
func certificateError(err error) error {
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

// printVerdicts writes one line per claim: how many entries ended how, and the
// entry where the claim came nearest to failing.
func printVerdicts(w io.Writer, results []prove.Result) {
	fmt.Fprintf(w, "%-13s %8s", "claim", "entries")
	for _, v := range theory.Verdicts {
		fmt.Fprintf(w, " %*s", columnOf(v), v)
	}
	fmt.Fprintln(w, "   nearest to failing")
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
		for _, v := range theory.Verdicts {
			fmt.Fprintf(w, " %*d", columnOf(v), counts[v])
		}
		if m, ok := claim.WorstMargin(results); ok {
			fmt.Fprintf(w, "   %s at instance %v, step %d", m, m.Result.Instance, m.Result.Step)
		}
		fmt.Fprintln(w)
	}
}

// columnOf is the width of a column of counts.
func columnOf(v theory.Verdict) int { return max(len(v.String()), 7) }
