package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math/big"
	"os"
	"slices"
	"strings"
	"text/tabwriter"

	"muflow/internal/baseline"
	"muflow/internal/hunt"
	"muflow/internal/runlog"
	"muflow/prove"
	"muflow/theory"

	"github.com/spf13/cobra"
)

func newBaseline(t *terminal) *cobra.Command {
	return group(&cobra.Command{
		Use:   "baseline",
		Short: "Keep certified results of a theory and compare another version with them",
		Long: `A version of the theory is a list of statements (verify baseline theory prints the current one, to be edited). Save
decides every statement on every instance and step by proof, one that is a claim of verify theorem as it does; a parameter that no
premise and no flag gives a value has the one that verify hunt tries first; compare
says which verdicts changed, which enclosures of
the same number became disjoint, and which margins moved and by how much, and decides only what the edit touches.

With theory files (--theory FILE.star, which may be repeated) every claim, oracle and observable is decided as by verify
check, and kept with all that it depends on; compare says which verdicts, values and expectations an edit changed, and
which right-hand sides it changed without effect on any of them.

Exit codes of save: by verdict, as of theorem, of theory files as of check. Of compare: 0 no verdict changed (margins and enclosures of the same numbers may
have moved); 1 a verdict, a value or an expectation changed, an entry came or went, or two enclosures contradict each other; 2 bad usage or input.`,
		Example: "  verify baseline theory > theory.json\n  verify baseline save base.json\n  verify baseline compare base.json --theory theory.json\n" +
			"  verify baseline save base.json --theory theories/softmax.star\n  verify baseline compare base.json --theory theories/softmax.star",
	}, newBaselineTheory(t), newBaselineSave(t, runBaselineSave), newBaselineCompare(t, runBaselineCompare))
}

// currentTheory lists the true statements of the library about one instance.
func currentTheory() ([]*hunt.Statement, error) {
	all, err := hunt.Library()
	return slices.DeleteFunc(all, func(s *hunt.Statement) bool { return s.Planted || s.Pair }), err
}

func newBaselineTheory(t *terminal) *cobra.Command {
	c, _ := bind(&cobra.Command{
		Use:     "theory",
		Short:   "Print the statements of the current version as JSON, to be edited",
		Example: "  verify baseline theory > theory.json",
	}, t, func(_ context.Context, t *terminal) error {
		statements, err := currentTheory()
		if err != nil {
			return err
		}
		var out bytes.Buffer
		encoder := json.NewEncoder(&out)
		encoder.SetEscapeHTML(false)
		encoder.SetIndent("", "  ")
		if err := encoder.Encode(statements); err != nil {
			return err
		}
		return t.write(out.Bytes())
	})
	return c
}

// baselineOptions say what save and compare decide.
type baselineOptions struct {
	work
	theoryFlags                     // of theory files, and the data of statements
	file                     string // of the baseline
	theories                 []string
	cache                    string
	until                    *big.Rat // of theory files, with digits
	digits                   int
	instances                int
	alpha, time, gain, logit *big.Rat
	eta                      *big.Rat
	descents                 int
	full                     bool // of compare only
}

// add adds the flags that both share.
func (o *baselineOptions) add(c *cobra.Command) {
	f := c.Flags()
	addData(f, &o.data)
	f.StringArrayVar(&o.settings, "set", nil, settingUsage)
	f.StringArrayVar(&o.theories, "theory", nil, "statements to decide (default: the current version), or a theory file, which ends in "+theoryEnding+"; of these several")
	f.StringVar(&o.cache, "cache", "", "folder of results by hash, made if it is missing")
	addInstances(f, &o.instances, maxCount+1) // all of them
	addAlpha(f, &o.alpha)
	addPositive(f, &o.time, "time", "64", "time t of statements about μ(t)")
	addPositive(f, &o.gain, "gain", "1", "value gain g of statements about softmax attention")
	addPositive(f, &o.logit, "logit", "1", "logit of statements about thoughts")
	addPositive(f, &o.eta, "eta", "16", "step η of statements about gradient descent")
	addInt(f, &o.descents, "k", 8, 1, 100, "number k of its steps")
	addPositive(f, &o.until, "until", "4", "last time at which closed forms and observables of theory files are looked at")
	addDigits(f, &o.digits, 15)
	o.work.add(f)
	checkFlags(c, o.checkKind)
}

// engine is a hash of this program: results of another build are not reused.
func engine() (string, error) {
	name, err := os.Executable()
	if err != nil {
		return "", err
	}
	text, err := os.ReadFile(name)
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:16]), err
}

// statements reads those to be decided.
func (o *baselineOptions) statements() ([]*hunt.Statement, error) {
	if len(o.theories) == 0 {
		return currentTheory()
	}
	return o.loadStatements(o.theories[0])
}

func (o *baselineOptions) request() (baseline.Request, error) {
	r := baseline.Request{Cache: o.cache, Jobs: o.jobs, Progress: o.progress("statements"),
		Parameters: map[string]*big.Rat{"alpha": o.alpha, "t": o.time, "gain": o.gain, "logit": o.logit, "eta": o.eta, "k": big.NewRat(int64(o.descents), 1)}}
	var err error
	if r.Instances, err = o.loadFirst(o.data, o.instances); err != nil {
		return r, err
	}
	if r.Statements, err = o.statements(); err != nil {
		return r, err
	}
	r.Engine, err = o.openCache()
	return r, err
}

// openCache makes the folder of the cache and returns the engine of what is in it.
func (o *baselineOptions) openCache() (string, error) {
	if o.cache != "" {
		if err := os.MkdirAll(o.cache, 0o755); err != nil {
			return "", usage(err)
		}
		o.keeps("the same command goes on from its cache", "")
	}
	return engine()
}

func newBaselineSave(t *terminal, run func(context.Context, *baselineOptions) error) *cobra.Command {
	o := &baselineOptions{work: work{terminal: t}}
	c, _ := bind(&cobra.Command{
		Use:     "save FILE",
		Short:   "Decide every statement and keep the results",
		Example: "  verify baseline save base.json\n  verify baseline save base.json --theory edited.json --cache cache",
	}, o, run, &o.file)
	o.add(c)
	return c
}

func runBaselineSave(ctx context.Context, o *baselineOptions) error {
	if o.ofTheories() {
		return o.saveTheories(ctx)
	}
	r, err := o.request()
	if err != nil {
		return err
	}
	results, err := o.decide(ctx, r)
	if err != nil {
		return err
	}
	file := &baseline.File{Head: baseline.Head{Schema: baseline.Schema, Engine: r.Engine, Parameters: texts(r.Parameters), Statements: r.Statements}, Records: results.Records}
	text, err := file.Encode()
	if err != nil {
		return err
	}
	if err := runlog.WriteFile(o.file, text); err != nil {
		return usage(err)
	}
	document := newSaved(r.Statements, results)
	return o.conclude("baseline-save/2", document, document.print, document.Summary)
}

// decide decides what is asked for, and says which cache entries were wrong.
func (o *baselineOptions) decide(ctx context.Context, r baseline.Request) (*baseline.Results, error) {
	results, err := baseline.Decide(ctx, r)
	if err != nil {
		return nil, usage(err) // of statements or the cache; an interrupt is known by its context
	}
	o.sayAltered(results.Altered)
	return results, nil
}

func (o *baselineOptions) sayAltered(entries int) {
	if entries > 0 {
		fmt.Fprintf(o.err, "verify: %s: %d entries are not what was put there; they were decided again\n", o.cache, entries)
	}
}

// savedCounts are what save says of all its results.
type savedCounts struct {
	Records  int            `json:"records"`
	Computed int            `json:"computed"`
	Altered  int            `json:"altered"` // cache entries that were not what was put there
	Summary  map[string]int `json:"summary"`
}

// saved is what it says of statements.
type saved struct {
	savedCounts
	Statements []*savedStatement `json:"statements"`
}

// savedStatement says it of one statement.
type savedStatement struct {
	ID         string         `json:"id"`
	Conclusion string         `json:"conclusion"`
	Claim      string         `json:"claim,omitempty"` // that decides it
	Summary    map[string]int `json:"summary"`
	Fails      []prove.Where  `json:"fails"` // where it is neither proved nor not applicable
}

func newSaved(statements []*hunt.Statement, results *baseline.Results) *saved {
	d := &saved{savedCounts: savedCounts{len(results.Records), results.Computed, results.Altered, prove.Summarise(nil)}}
	at := map[string]*savedStatement{}
	for _, s := range statements {
		x := &savedStatement{ID: s.ID, Conclusion: s.Conclusion, Claim: s.Claim, Summary: prove.Summarise(nil), Fails: []prove.Where{}}
		at[s.ID] = x
		d.Statements = append(d.Statements, x)
	}
	for _, r := range results.Records {
		x := at[r.Statement]
		x.Summary[r.Verdict.String()]++
		d.Summary[r.Verdict.String()]++
		if r.Verdict != theory.Proved && r.Verdict != theory.NotApplicable {
			x.Fails = append(x.Fails, prove.Where{Instance: prove.Place(r.Instance), Step: r.Step})
		}
	}
	return d
}

func (d *saved) print(w io.Writer) {
	shown := []theory.Verdict{theory.Proved, theory.Refuted, theory.NotApplicable, theory.Undecided}
	if d.Summary[theory.Inconsistent.String()] > 0 {
		shown = append(shown, theory.Inconsistent)
	}
	cells := func(name string, cell func(v theory.Verdict) any, last string) string {
		for _, v := range shown {
			name += fmt.Sprint("\t", cell(v))
		}
		return name + "\t" + last
	}
	printTable(w, 0, cells("statement", func(v theory.Verdict) any { return v }, "fails first at"), d.Statements, func(w io.Writer, x *savedStatement) {
		first := ""
		if len(x.Fails) > 0 {
			first = fmt.Sprintf("instance %v, step %d", x.Fails[0].Instance, x.Fails[0].Step)
		}
		fmt.Fprintln(w, cells(x.ID, func(v theory.Verdict) any { return x.Summary[v.String()] }, first))
	})
	fmt.Fprintf(w, "\n%d results of %d statements, %d computed\n", d.Records, len(d.Statements), d.Computed)
}

func texts(parameters map[string]*big.Rat) map[string]string {
	out := map[string]string{}
	for name, q := range parameters {
		out[name] = q.RatString()
	}
	return out
}

// listed writes parameters in order.
func listed(parameters map[string]string) string {
	var out []string
	for _, name := range slices.Sorted(maps.Keys(parameters)) {
		out = append(out, name+" = "+parameters[name])
	}
	return strings.Join(out, ", ")
}

func newBaselineCompare(t *terminal, run func(context.Context, *baselineOptions) error) *cobra.Command {
	o := &baselineOptions{work: work{terminal: t}}
	c, f := bind(&cobra.Command{
		Use:     "compare FILE",
		Short:   "Say what a version of the theory changes against a baseline",
		Example: "  verify baseline compare base.json --theory edited.json --cache cache",
	}, o, run, &o.file)
	o.add(c)
	f.BoolVar(&o.full, "full", false, "decide everything again, whatever is known")
	excludes(c, "full", "cache")
	return c
}

func runBaselineCompare(ctx context.Context, o *baselineOptions) error {
	text, from, err := o.readWhole(o.file)
	if err != nil {
		return err
	}
	o.head.Files = append(o.head.Files, from)
	if o.ofTheories() {
		return o.compareTheories(ctx, text)
	}
	before, err := baseline.Decode(text)
	if err != nil {
		return usagef("%s: %v", o.file, err)
	}
	r, err := o.request()
	if err != nil {
		return err
	}
	if now, was := texts(r.Parameters), before.Parameters; !maps.Equal(now, was) {
		return usagef("%s: made with %s, expected %s as asked for", o.file, listed(was), listed(now))
	}
	if !o.full {
		r.Known = before.Known()
	}
	results, err := o.decide(ctx, r)
	if err != nil {
		return err
	}
	changes, err := baseline.Compare(before.Records, results.Records)
	if err != nil {
		return undecided(err)
	}
	counts := map[string]int{}
	for _, x := range changes {
		counts[x.Kind]++
	}
	document := struct {
		Results  int               `json:"results"`
		Counts   map[string]int    `json:"counts"`
		Changes  []baseline.Change `json:"changes"`
		Computed int               `json:"computed"`
	}{len(results.Records), counts, changes, results.Computed}
	return o.conclude("baseline-compare/1", document, func(w io.Writer) { printChanges(w, changes, len(results.Records), results.Computed) }, map[string]int{"refuted": len(changes) - counts[baseline.MarginChange]})
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
			what = fmt.Sprintf("slack moved by %v", x.Moved)
		case baseline.Added:
			what = x.After.String()
		case baseline.Removed:
			what = x.Before.String()
		}
		fmt.Fprintf(table, "%s\t%s\tinstance %d\tstep %d\t%s\n", x.Kind, x.Statement, x.Instance, x.Step, what)
	}
	table.Flush()
}
