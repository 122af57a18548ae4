package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math/big"
	"slices"
	"strings"

	"muflow/graph"
	"muflow/internal/check"
	"muflow/internal/runlog"
	"muflow/internal/script"
	"muflow/theory"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// theoryFlags say for what a theory file is run.
type theoryFlags struct {
	data     string
	settings []string
}

const settingUsage = "parameter of a theory, NAME=VALUE or NAME=LOW..HIGH for all values between, or start of a state, x.start=VALUE; may be repeated"

// theoryEnding is that of theory files.
const theoryEnding = ".star"

func (o *theoryFlags) add(f *pflag.FlagSet) {
	f.StringVar(&o.data, "data", "", "JSON array, for each element of which a theory is run as data; - for standard input (default: "+builtinName+", the suite of the main job)")
	f.StringArrayVar(&o.settings, "set", nil, settingUsage)
}

// parseSettings reads the values of parameters.
func parseSettings(list []string) (map[string]script.Setting, error) {
	out := map[string]script.Setting{}
	for _, text := range list {
		at := strings.LastIndex(text, "=") // a name may hold one
		name, value, ok := text[:max(at, 0)], text[at+1:], at >= 0
		low, high, isInterval := strings.Cut(value, "..")
		if !isInterval {
			high = low
		}
		a, fine := parseSigned(low)
		b, also := parseSigned(high)
		if !ok || name == "" || !fine || !also || a.Cmp(b) > 0 {
			return nil, usagef("--set %s: expected NAME=VALUE or NAME=LOW..HIGH with numbers such as 8, -0.5 or 2/3", shortened(text))
		}
		if _, again := out[name]; again {
			return nil, usagef("--set %s: %s is set a second time", shortened(text), name)
		}
		out[name] = script.Setting{Low: a, High: b}
	}
	return out, nil
}

// openedTheories are theory files that have been read, with what they are run for.
type openedTheories struct {
	files    []*script.File
	elements []any // of the data
	settings map[string]script.Setting
}

// open reads theory files and data, and runs nothing.
func (o *theoryFlags) open(t *terminal, files []string) (*openedTheories, error) {
	settings, err := parseSettings(o.settings)
	if err != nil {
		return nil, err
	}
	opened := &openedTheories{make([]*script.File, len(files)), nil, settings}
	takesData := false
	for i, file := range files {
		text, name, err := t.readWhole(file)
		if err != nil {
			return nil, err
		}
		t.head.Files = append(t.head.Files, name)
		if opened.files[i], err = script.Parse(file, text); err != nil {
			return nil, usage(err)
		}
		takesData = takesData || opened.files[i].TakesData()
	}
	switch {
	case o.data != "" && !takesData:
		return nil, usagef("--data %s: no theory here is about data", o.data)
	case takesData:
		if opened.elements, err = t.readArray(o.data); err != nil {
			return nil, err
		}
	}
	return opened, nil
}

// load runs theory files, those that are about data for each element of it: all
// elements, or one if instance is not negative. All are read before the first is
// run. The instance that each is told is -1 for a theory that is not about data.
func (o *theoryFlags) load(t *terminal, files []string, instance int, each func(th *script.Theory, instance int) error) error {
	opened, err := o.open(t, files)
	if err != nil {
		return err
	}
	elements := opened.elements
	if len(elements) > 0 && instance >= len(elements) {
		return usagef("--instance %d, expected 0 to %d", instance, len(elements)-1)
	}
	for _, file := range opened.files {
		run := func(options script.Options, at int) error {
			options.Set = opened.settings
			th, err := file.Run(options)
			if err != nil {
				if at >= 0 {
					err = fmt.Errorf("%w (data %d)", err, at)
				}
				return usage(err)
			}
			return each(th, at)
		}
		if !file.TakesData() {
			err = run(script.Options{}, -1)
		}
		for at, element := range elements {
			if err == nil && file.TakesData() && (instance < 0 || at == instance) {
				err = run(script.Options{Data: element, HasData: true}, at)
			}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// readArray reads a JSON array, which may be compressed by gzip, or the instances
// of the built-in suite.
func (t *terminal) readArray(file string) ([]any, error) {
	if isBuiltin(file) {
		t.head.readFrom(builtinName)
		return script.ReadData(graph.BuiltinJSON(), maxFileBytes)
	}
	text, name, err := t.readWhole(file)
	if err != nil {
		return nil, err
	}
	out, err := script.ReadData(bytes.NewReader(text), maxFileBytes)
	if err != nil {
		return nil, usagef("%s: %w", file, err)
	}
	name.Instances = len(out)
	t.head.readFrom(name)
	return out, nil
}

// checkOptions say which theory files verify check decides.
type checkOptions struct {
	work
	theoryFlags
	files    []string
	instance int
	claims   []string
	until    *big.Rat
	digits   int
	emit     string

	certificates string
}

func newCheck(t *terminal, run func(context.Context, *checkOptions) error) *cobra.Command {
	o := &checkOptions{work: work{terminal: t}}
	c, f := bindList(&cobra.Command{
		Use:   "check FILE.star…",
		Short: "Decide what theory files claim",
		Long: `Decide every claim of theories that are stated in files, in Starlark: identities, conserved quantities and
reductions by exact algebra, statements about all times by proofs over flowpipes, and compare closed forms
(oracles) with enclosures of the flow. A claim says which verdict it expects, "proved" if nothing else; exit 0 if
every verdict is the expected one, 1 if one is another, 3 if one stays open. With --certificates, what is proved of
one unknown whose flow is a rational function is written for the separate checker, verify recheck --theory.`,
		Example: "  verify check theories/attention-merged.star\n  verify check theories/modes.star --set L=3 --claim balanced --json\n  verify check theories/coconut.star --data prosqa_valid.json.gz",
	}, o, run, &o.files)
	o.theoryFlags.add(f)
	addInt(f, &o.instance, "instance", -1, 0, maxCount, "only this element of the data, from 0")
	f.StringArrayVar(&o.claims, "claim", nil, "only the claim or oracle of this name; may be repeated")
	addPositive(f, &o.until, "until", "4", "last time at which closed forms and observables are looked at")
	addDigits(f, &o.digits, 15)
	addWord(f, &o.emit, "emit", "", "print the systems and their claims for a paper instead: latex", "latex")
	f.StringVar(&o.certificates, "certificates", "", "folder to write certificates to, of what is proved of one unknown with a rational flow, for verify recheck --theory")
	o.work.add(f)
	excludes(c, "emit", "json", "certificates")
	return c
}

// A checkedTheory is what was decided of a file, for one element of the data.
type checkedTheory struct {
	File     string `json:"file"`
	Name     string `json:"name"`
	Source   string `json:"source,omitempty"`
	Instance *int   `json:"instance,omitempty"`
	*check.Report
}

func runCheck(ctx context.Context, o *checkOptions) error {
	document := struct {
		Theories []checkedTheory `json:"theories"`
		Summary  map[string]int  `json:"summary"`
	}{Theories: []checkedTheory{}, Summary: map[string]int{}}
	var theories []*script.Theory
	known := map[string]bool{}
	err := o.load(o.terminal, o.files, o.instance, func(th *script.Theory, instance int) error {
		for _, c := range th.Claims {
			known[c.ID] = true
		}
		for _, c := range th.Oracles {
			known[c.Name] = true
		}
		entry := checkedTheory{File: th.File, Name: th.Name, Source: th.Source}
		if instance >= 0 {
			entry.Instance = &instance
		}
		theories, document.Theories = append(theories, th), append(document.Theories, entry)
		return nil
	})
	if err != nil {
		return err
	}
	if o.instance >= 0 && !slices.ContainsFunc(document.Theories, func(t checkedTheory) bool { return t.Instance != nil }) {
		return usagef("--instance %d: no theory here is about data", o.instance)
	}
	for _, name := range o.claims {
		if !known[name] {
			return usagef("--claim %s: there is no such claim or oracle", shortened(name))
		}
	}
	if o.emit != "" {
		var latex strings.Builder
		for _, th := range theories {
			latex.WriteString(script.LaTeX(th))
		}
		return o.write([]byte(latex.String()))
	}
	options := check.Options{Claims: o.claims, Until: o.until, Digits: o.digits, Certify: o.certificates != ""}
	reports, err := runlog.Map(ctx, len(theories), o.jobs, o.progress("check"), func(ctx context.Context, i int) (*check.Report, error) {
		return check.Theory(ctx, theories[i], options)
	})
	if err != nil {
		return err
	}
	var certificates theoryCertificates
	for i, report := range reports {
		entry := &document.Theories[i]
		entry.Report = report
		at := -1
		if entry.Instance != nil {
			at = *entry.Instance
		}
		if err := certificates.add(entry.File, at, report); err != nil {
			return err
		}
		check.Count(report.Claims, document.Summary)
	}
	if o.certificates != "" {
		if err := runlog.WriteFiles(o.certificates, certificates.files); err != nil {
			return runError(err)
		}
	}
	err = o.print("check/1", document, func(w io.Writer) { printTheories(w, document.Theories) })
	if err != nil {
		return err
	}
	return byExpectation(document.Summary)
}

// byExpectation is the exit code of verdicts that check.Count has counted.
func byExpectation(summary map[string]int) error {
	switch {
	case summary["unexpected"] > 0:
		return &exitError{code: exitRefuted}
	case summary["open"] > 0:
		return &exitError{code: exitUndecided}
	}
	return nil
}

// printTitle names a theory, where it is from and the element of the data.
func printTitle(w io.Writer, title, source string, instance *int) {
	if source != "" {
		title += " (" + source + ")"
	}
	if instance != nil {
		title += fmt.Sprintf(", data %d", *instance)
	}
	fmt.Fprintln(w, title)
}

// printTheories prints what was decided: all of it for a theory of its own or a
// few elements of the data, and otherwise how many verdicts each claim has, and
// the elements for which one is not as expected.
func printTheories(w io.Writer, entries []checkedTheory) {
	for len(entries) > 0 {
		many := slices.IndexFunc(entries, func(t checkedTheory) bool { return t.File != entries[0].File })
		if many < 0 {
			many = len(entries)
		}
		if many > 3 {
			printCounts(w, entries[:many])
		}
		for _, t := range entries[:many] {
			if many <= 3 || slices.ContainsFunc(t.Claims, func(r check.Result) bool { return !r.Fine() }) {
				printChecked(w, t, many > 3)
			}
		}
		entries = entries[many:]
	}
}

// printCounts prints how many verdicts of each kind the claims of a theory have
// on elements of the data.
func printCounts(w io.Writer, entries []checkedTheory) {
	printTitle(w, entries[0].Name, entries[0].Source, nil)
	var names []string
	counts := map[string]map[string]int{}
	for _, t := range entries {
		for _, r := range t.Claims {
			if counts[r.ID] == nil {
				names, counts[r.ID] = append(names, r.ID), map[string]int{}
			}
			check.Count([]check.Result{r}, counts[r.ID])
		}
	}
	for _, name := range names {
		text := ""
		for _, v := range theory.Verdicts {
			if n := counts[name][v.String()]; n > 0 {
				text += fmt.Sprintf(", %d %v", n, v)
			}
		}
		fmt.Fprintf(w, "  %-18s %s\n", name, text[2:])
	}
	fmt.Fprintf(w, "  on %d elements of the data; --instance N shows one, --json all\n\n", len(entries))
}

// printChecked prints what was decided, or only what is not as expected of it.
func printChecked(w io.Writer, t checkedTheory, unexpected bool) {
	printTitle(w, t.Name, t.Source, t.Instance)
	for _, r := range t.Claims {
		mark := ""
		switch {
		case !r.Fine():
			mark = ", expected " + r.Expected
		case unexpected:
			continue
		}
		fmt.Fprintf(w, "  %-10s %-18s %s:%d%s\n      %s\n", r.Verdict, r.ID, t.File, r.Line, mark, r.Reason)
		if r.File != "" {
			fmt.Fprintf(w, "      certificate: %s\n", r.File)
		}
		for _, v := range r.Values {
			fmt.Fprintf(w, "      %s: %v\n", v.Name, v.Number)
		}
	}
	for _, o := range t.Observations {
		if unexpected {
			break
		}
		value := o.Reason
		if o.Number != nil {
			value = o.Number.String()
		}
		fmt.Fprintf(w, "  %s at t = %s: %s\n", o.Name, o.Time, value)
	}
	fmt.Fprintln(w)
}
