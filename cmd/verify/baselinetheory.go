package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"

	"muflow/internal/baseline"
	"muflow/internal/check"
	"muflow/internal/runlog"
	"muflow/internal/script"
	"muflow/prove"
	"muflow/theory"

	"github.com/spf13/pflag"
)

// ofTheories reports whether theory files are asked for, not statements.
func (o *baselineOptions) ofTheories() bool {
	return slices.ContainsFunc(o.theories, func(name string) bool { return strings.HasSuffix(name, theoryEnding) })
}

// checkKind refuses flags of statements beside theory files, and the other way
// round.
func (o *baselineOptions) checkKind(f *pflag.FlagSet) error {
	foreign, kind := []string{"set", "until", "digits"}, "statements"
	if o.ofTheories() {
		foreign, kind = []string{"instances", "alpha", "time", "gain", "logit", "eta", "k"}, "theory files"
	} else if len(o.theories) > 1 {
		return usagef("--theory is given twice, expected one file of statements, or files that end in %s", theoryEnding)
	}
	for _, name := range o.theories {
		if o.ofTheories() && !strings.HasSuffix(name, theoryEnding) {
			return usagef("--theory %s: beside theory files expected another one, which ends in %s", name, theoryEnding)
		}
	}
	for _, name := range foreign {
		if f.Changed(name) {
			return usagef("--%s does not matter to %s", name, kind)
		}
	}
	return nil
}

// theoryParameters are what results of theory files depend on beside the files.
func (o *baselineOptions) theoryParameters() map[string]string {
	settings := slices.Sorted(slices.Values(o.settings))
	out := map[string]string{"digits": fmt.Sprint(o.digits), "until": o.until.RatString()}
	for _, s := range settings {
		name, value, _ := strings.Cut(s, "=")
		out["set "+name] = value
	}
	return out
}

// decideTheories decides all that the theory files hold.
func (o *baselineOptions) decideTheories(ctx context.Context, known func(engine string) map[string]baseline.TheoryRecord) (*baseline.TheoryFile, *baseline.TheoryResults, error) {
	engine, err := o.openCache()
	if err != nil {
		return nil, nil, err
	}
	request := &baseline.TheoryRequest{Options: check.Options{Until: o.until, Digits: o.digits}, Engine: engine, Cache: o.cache, Known: known(engine), Jobs: o.jobs, Progress: o.progress("claims")}
	file := &baseline.TheoryFile{TheoryHead: baseline.TheoryHead{Schema: baseline.TheorySchema, Engine: engine, Parameters: o.theoryParameters()}}
	results, names := &baseline.TheoryResults{}, map[string]string{}
	first := len(o.head.Files)
	err = o.load(o.terminal, o.theories, -1, func(th *script.Theory, instance int) error {
		if before, twice := names[th.Name]; twice && before != th.File {
			return usagef("%s: the theory %q is in %s, too, expected another name", th.File, th.Name, before)
		}
		if names[th.Name] == "" {
			names[th.Name] = th.File
			from := o.head.Files[first+slices.Index(o.theories, th.File)]
			file.Theories = append(file.Theories, baseline.TheoryName{Name: th.Name, File: from.Name, SHA256: from.SHA256})
		}
		return results.Decide(ctx, request, th, instance)
	})
	if err != nil {
		return nil, nil, usage(err) // of files or the cache; an interrupt is known by its context
	}
	file.Records = results.Records
	o.sayAltered(results.Altered)
	return file, results, nil
}

// savedTheories is what save says of theory files.
type savedTheories struct {
	savedCounts
	Theories []*savedTheory `json:"theories"`
}

// savedTheory says it of one file.
type savedTheory struct {
	baseline.TheoryName
	Summary map[string]int `json:"summary"`
}

func (o *baselineOptions) saveTheories(ctx context.Context) error {
	file, results, err := o.decideTheories(ctx, func(string) map[string]baseline.TheoryRecord { return nil })
	if err != nil {
		return err
	}
	text, err := file.Encode()
	if err != nil {
		return err
	}
	if err := runlog.WriteFile(o.file, text); err != nil {
		return usage(err)
	}
	document := &savedTheories{savedCounts: savedCounts{Computed: results.Computed, Altered: results.Altered, Summary: map[string]int{}}}
	for _, name := range file.Theories {
		x := &savedTheory{name, map[string]int{}}
		var claims []check.Result
		for _, r := range file.Records {
			if r.Theory != name.Name || r.Kind == baseline.FlowRecord || r.Kind == baseline.StartRecord {
				continue
			}
			document.Records++
			if r.Kind == baseline.ObservableRecord {
				x.Summary["observables"]++
				if r.Verdict != theory.Proved {
					x.Summary["open"]++
				}
				continue
			}
			claims = append(claims, check.Result{ID: r.Name, Kind: r.Kind, Verdict: r.Verdict, Expected: r.Expected})
		}
		check.Count(claims, x.Summary)
		for what, n := range x.Summary {
			document.Summary[what] += n
		}
		document.Theories = append(document.Theories, x)
	}
	if err := o.print("baseline-theory-save/1", document, document.print); err != nil {
		return err
	}
	return byExpectation(document.Summary)
}

func (d *savedTheories) print(w io.Writer) {
	printTable(w, 0, "theory\tas expected\tunexpected\topen\tobservables", d.Theories, func(w io.Writer, x *savedTheory) {
		fmt.Fprintf(w, "%s\t%d\t%d\t%d\t%d\n", x.Name, x.Summary["expected"], x.Summary["unexpected"], x.Summary["open"], x.Summary["observables"])
	})
	fmt.Fprintf(w, "\n%d results, %d computed\n", d.Records, d.Computed)
}

func (o *baselineOptions) compareTheories(ctx context.Context, text []byte) error {
	before, err := baseline.DecodeTheory(text)
	if err != nil {
		return usagef("%s: %v", o.file, err)
	}
	if now, was := o.theoryParameters(), before.Parameters; !maps.Equal(now, was) {
		return usagef("%s: made with %s, expected %s as asked for", o.file, listed(was), listed(now))
	}
	after, results, err := o.decideTheories(ctx, func(engine string) map[string]baseline.TheoryRecord {
		if o.full {
			return nil
		}
		return before.Known(engine)
	})
	if err != nil {
		return err
	}
	comparison, err := baseline.CompareTheories(before, after)
	if err != nil {
		return undecided(err)
	}
	fails, counts := 0, map[string]int{}
	for _, c := range comparison.Changes {
		counts[c.Kind]++
		if c.Fails() {
			fails++
		}
	}
	document := struct {
		*baseline.TheoryComparison
		Counts   map[string]int `json:"counts"`
		Computed int            `json:"computed"`
	}{comparison, counts, results.Computed}
	return o.conclude("baseline-theory-compare/1", document, func(w io.Writer) { printTheoryChanges(w, comparison, results.Computed) }, map[string]int{"refuted": fails})
}

func printTheoryChanges(w io.Writer, d *baseline.TheoryComparison, computed int) {
	fmt.Fprintf(w, "%d results, %d of them depend on what changed, %d computed, %d changes\n", d.Results, len(d.Touched), computed, len(d.Changes))
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for i, shown := 0, 0; i < len(d.Changes); shown++ {
		if shown == shownChanges {
			fmt.Fprintf(table, "… and %d more (--json lists all)\n", len(d.Changes)-i)
			break
		}
		x, more := d.Changes[i], 0
		for i++; i < len(d.Changes) && d.Changes[i].TheoryPlace == x.TheoryPlace && d.Changes[i].Value != ""; i++ {
			more++
		}
		at, what := x.Theory, describeChange(&x)
		if x.Instance >= 0 {
			at += fmt.Sprintf(", data %d", x.Instance)
		}
		if more > 0 {
			what += fmt.Sprintf("; %d more values", more)
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", x.Kind, at, x.Name, what)
	}
	table.Flush()
}

// describeChange says for people what changed in one place.
func describeChange(x *baseline.TheoryChange) string {
	number := func(x *prove.Number) string { return x.String() }
	switch x.Kind {
	case baseline.VerdictChange:
		return fmt.Sprintf("%v → %v", x.Before, x.After)
	case baseline.ExpectationChange:
		return fmt.Sprintf("expected %s → %s", x.Expected[0], x.Expected[1])
	case baseline.ValueChange:
		return fmt.Sprintf("%s: %s → %s", x.Value, number(x.From), number(x.To))
	case baseline.Contradiction:
		return fmt.Sprintf("disjoint enclosures of the same number, %s: %s and %s", x.Value, number(x.From), number(x.To))
	case baseline.EnclosureChange:
		return fmt.Sprintf("%s: a %s enclosure, %s → %s", x.Value, x.How, number(x.From), number(x.To))
	case baseline.Added:
		return x.After.String()
	case baseline.Removed:
		return x.Before.String()
	}
	what := "right-hand side"
	if x.Of == baseline.StartRecord {
		what = "start"
	}
	text := fmt.Sprintf("%s %s", what, x.How)
	switch {
	case x.How == "removed":
	case x.Depend == 0:
		text += "; no result depends on it"
	case x.Changed == 0:
		text += fmt.Sprintf("; none of %d results that depend on it changed", x.Depend)
	default:
		text += fmt.Sprintf("; %d of %d results that depend on it changed", x.Changed, x.Depend)
	}
	return text
}
