package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"math/big"
	"os"
	"text/tabwriter"

	"muflow/internal/baseline"
	"muflow/internal/hunt"
	"muflow/internal/runlog"

	"github.com/spf13/cobra"
)

func newBaseline() *cobra.Command {
	c := &cobra.Command{
		Use:   "baseline",
		Short: "Keep certified results of a version of the theory and compare another version with them",
		Long: `A version of the theory is a list of statements (verify baseline theory prints the current one, to be edited). Save
decides every statement on every instance and step by proof; compare says which verdicts changed, which enclosures of
the same number became disjoint, and which margins moved and by how much, and decides only what the edit touches.

Exit codes of compare: 0 no verdict changed (margins may have moved); 1 a verdict changed, an entry came or went, or
two enclosures contradict each other; 2 bad usage or input.`,
		Example: "  verify baseline theory > theory.json\n  verify baseline save base.json\n  verify baseline compare base.json --theory theory.json",
		Args:    refuseUnknown,
		RunE:    func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(newBaselineTheory(), newBaselineSave(), newBaselineCompare())
	return c
}

// currentTheory lists the true statements of the library about one instance.
func currentTheory() ([]*hunt.Statement, error) {
	all, err := hunt.Library()
	if err != nil {
		return nil, err
	}
	var out []*hunt.Statement
	for _, s := range all {
		if !s.Planted && !s.Pair {
			out = append(out, s)
		}
	}
	return out, nil
}

func newBaselineTheory() *cobra.Command {
	return &cobra.Command{
		Use:     "theory",
		Short:   "Print the statements of the current version as JSON, to be edited",
		Example: "  verify baseline theory > theory.json",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			statements, err := currentTheory()
			if err != nil {
				return err
			}
			return print(c, true, statements, nil)
		},
	}
}

// baselineFlags are what save and compare share.
type baselineFlags struct {
	data, theory, cache, alpha, time, gain, logit *string
	instances, jobs                               *int
	quiet, json                                   *bool
}

func addBaselineFlags(c *cobra.Command) baselineFlags {
	f := c.Flags()
	return baselineFlags{
		data:      f.String("data", "", "instances to read (default: the built-in suite)"),
		theory:    f.String("theory", "", "statements to decide (default: the current version)"),
		cache:     f.String("cache", "", "folder of results by hash, made if it is missing"),
		instances: f.Int("instances", 12, "only the first so many instances"),
		alpha:     addAlpha(c),
		time:      f.String("time", "64", "time t of statements about μ(t)"),
		gain:      f.String("gain", "1", "value gain g of statements about softmax attention"),
		logit:     f.String("logit", "1", "logit of statements about thoughts"),
		jobs:      addJobs(c),
		quiet:     addQuiet(c),
		json:      addJSON(c),
	}
}

// engine is a hash of this program: results of another build are not reused.
func engine() (string, error) {
	name, err := os.Executable()
	if err != nil {
		return "", err
	}
	f, err := os.Open(name)
	if err != nil {
		return "", err
	}
	defer f.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(sum.Sum(nil)[:16]), nil
}

func (f baselineFlags) request(c *cobra.Command) (baseline.Request, error) {
	r := baseline.Request{Cache: *f.cache, Jobs: *f.jobs, Progress: newProgress(c, *f.quiet, "statements"), Parameters: map[string]*big.Rat{}}
	for name, text := range map[string]*string{"alpha": f.alpha, "t": f.time, "gain": f.gain, "logit": f.logit} {
		flag := "--" + name
		if name == "t" {
			flag = "--time"
		}
		q, err := parsePositive(flag, *text)
		if err != nil {
			return r, err
		}
		r.Parameters[name] = q
	}
	if *f.instances < 1 {
		return r, usagef("--instances %d, expected at least 1", *f.instances)
	}
	instances, err := loadInstances(*f.data)
	if err != nil {
		return r, err
	}
	r.Instances = instances[:min(*f.instances, len(instances))]
	if r.Statements, err = currentTheory(); err != nil {
		return r, err
	}
	if *f.theory != "" {
		text, err := os.ReadFile(*f.theory)
		if err != nil {
			return r, usage(err)
		}
		if r.Statements, err = hunt.DecodeStatements(text); err != nil {
			return r, usagef("%s: %v", *f.theory, err)
		}
		for _, s := range r.Statements {
			if s.Pair {
				return r, usagef("%s: statement %s is about two instances, expected one", *f.theory, s.ID)
			}
		}
	}
	if *f.cache != "" {
		if err := os.MkdirAll(*f.cache, 0o755); err != nil {
			return r, usage(err)
		}
	}
	r.Engine, err = engine()
	return r, err
}

func newBaselineSave() *cobra.Command {
	c := &cobra.Command{
		Use:     "save FILE",
		Short:   "Decide every statement and keep the results",
		Example: "  verify baseline save base.json\n  verify baseline save base.json --theory edited.json --cache cache",
		Args:    cobra.ExactArgs(1),
	}
	flags := addBaselineFlags(c)
	c.RunE = func(c *cobra.Command, args []string) error {
		r, err := flags.request(c)
		if err != nil {
			return err
		}
		records, computed, err := baseline.Decide(c.Context(), r)
		if err != nil {
			return undecided(err)
		}
		file := &baseline.File{Schema: baseline.Schema, Engine: r.Engine, Parameters: texts(r.Parameters), Statements: r.Statements, Records: records}
		text, err := file.Encode()
		if err != nil {
			return err
		}
		if err := runlog.WriteFile(args[0], text); err != nil {
			return usage(err)
		}
		document := struct {
			Schema   string         `json:"schema"`
			Records  int            `json:"records"`
			Computed int            `json:"computed"`
			Verdicts map[string]int `json:"verdicts"`
		}{"muflow/baseline-save/1", len(records), computed, map[string]int{}}
		for _, x := range records {
			document.Verdicts[x.Verdict.String()]++
		}
		return print(c, *flags.json, document, func(w io.Writer) {
			fmt.Fprintf(w, "%d results of %d statements, %d computed: %v\n", len(records), len(r.Statements), computed, document.Verdicts)
		})
	}
	return c
}

func texts(parameters map[string]*big.Rat) map[string]string {
	out := map[string]string{}
	for name, q := range parameters {
		out[name] = q.RatString()
	}
	return out
}

func newBaselineCompare() *cobra.Command {
	c := &cobra.Command{
		Use:     "compare FILE",
		Short:   "Say what a version of the theory changes against a baseline",
		Example: "  verify baseline compare base.json --theory edited.json --cache cache",
		Args:    cobra.ExactArgs(1),
	}
	flags := addBaselineFlags(c)
	full := c.Flags().Bool("full", false, "decide everything again, whatever is known")
	c.RunE = func(c *cobra.Command, args []string) error {
		text, err := os.ReadFile(args[0])
		if err != nil {
			return usage(err)
		}
		before, err := baseline.Decode(text)
		if err != nil {
			return usagef("%s: %v", args[0], err)
		}
		r, err := flags.request(c)
		if err != nil {
			return err
		}
		if now, was := texts(r.Parameters), before.Parameters; !sameTexts(now, was) {
			return usagef("%s: parameters %v, expected %v as asked for", args[0], was, now)
		}
		if *full {
			if *flags.cache != "" {
				return usagef("--full does not go with --cache")
			}
		} else {
			r.Known = before.Known()
		}
		changes, records, computed, err := compareBaseline(c.Context(), before, r)
		if err != nil {
			return undecided(err)
		}
		counts := map[string]int{}
		for _, x := range changes {
			counts[x.Kind]++
		}
		document := struct {
			Schema   string            `json:"schema"`
			Results  int               `json:"results"`
			Counts   map[string]int    `json:"counts"`
			Changes  []baseline.Change `json:"changes"`
			Computed int               `json:"computed"`
		}{"muflow/baseline-compare/1", len(records), counts, changes, computed}
		err = print(c, *flags.json, document, func(w io.Writer) { printChanges(w, changes, len(records), computed) })
		if err == nil && len(changes) > counts[baseline.MarginChange] {
			return &exitError{code: exitRefuted}
		}
		return err
	}
	return c
}

func sameTexts(a, b map[string]string) bool {
	x, _ := json.Marshal(a)
	y, _ := json.Marshal(b)
	return string(x) == string(y)
}

func compareBaseline(ctx context.Context, before *baseline.File, r baseline.Request) ([]baseline.Change, []baseline.Record, int, error) {
	records, computed, err := baseline.Decide(ctx, r)
	if err != nil {
		return nil, nil, 0, err
	}
	changes, err := baseline.Compare(before.Records, records)
	return changes, records, computed, err
}

// shownChanges is how many changes are listed for people.
const shownChanges = 40

func printChanges(w io.Writer, changes []baseline.Change, results, computed int) {
	fmt.Fprintf(w, "%d results, %d computed, %d changes\n", results, computed, len(changes))
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for i, x := range changes {
		if i == shownChanges {
			fmt.Fprintf(table, "… and %d more (--json lists all)\n", len(changes)-i)
			break
		}
		what := fmt.Sprintf("%v → %v", x.Before, x.After)
		switch x.Kind {
		case baseline.Contradiction:
			what = "disjoint enclosures of " + x.Value
		case baseline.MarginChange:
			what = fmt.Sprintf("slack moved by %s … %s", x.Moved.Lo, x.Moved.Hi)
		case baseline.Added:
			what = x.After.String()
		case baseline.Removed:
			what = x.Before.String()
		}
		fmt.Fprintf(table, "%s\t%s\tinstance %d\tstep %d\t%s\n", x.Kind, x.Statement, x.Instance, x.Step, what)
	}
	table.Flush()
}
