package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"

	"muflow/internal/exhaust"
	"muflow/internal/hunt"
	"muflow/internal/runlog"
	"muflow/internal/sweep"
	"muflow/theory"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// huntOptions say which statement verify hunt hunts; without one, the library.
type huntOptions struct {
	work
	id            string
	given         givenStatement
	loss          theory.Loss
	pair          bool
	cases, random int
	names         bool
	out, data     string
	vertices      [2]int
	alpha         *big.Rat // nil: as the premise says, or several values
	exhaust       int
	seed          uint64
	theory, claim string
	settings      []string
	shard         sweep.Shard
}

// A givenStatement is one in flags.
type givenStatement struct {
	conclusion string
	premise    []string
}

func (g *givenStatement) add(f *pflag.FlagSet) {
	f.StringArrayVar(&g.premise, "premise", nil, "a comparison that has to hold (may be repeated)")
	f.StringVar(&g.conclusion, "conclusion", "", "the comparison that is claimed")
}

func (g *givenStatement) statement(loss theory.Loss, pair bool) (*hunt.Statement, error) {
	s, err := hunt.NewStatement("given", loss.String(), g.premise, g.conclusion, pair)
	return s, usage(err)
}

// loadStatements reads a file of statements about one instance.
func (t *terminal) loadStatements(file string) ([]*hunt.Statement, error) {
	text, from, err := t.readWhole(file)
	if err != nil {
		return nil, err
	}
	t.head.Files = append(t.head.Files, from)
	statements, err := hunt.DecodeStatements(text)
	if err != nil {
		return nil, usagef("%s: %v", file, err)
	}
	if len(statements) == 0 {
		return nil, usagef("%s: an empty array, expected statements", file)
	}
	for _, s := range statements {
		if s.Pair {
			return nil, usagef("%s: statement %s is about two instances, expected one", file, s.ID)
		}
	}
	return statements, nil
}

func newHunt(t *terminal, run func(context.Context, *huntOptions) error) *cobra.Command {
	o := &huntOptions{work: work{terminal: t}}
	c, f := bind(&cobra.Command{
		Use:   "hunt",
		Short: "Search for small proved counterexamples of statements",
		Long: `Search graphs and parameters for a violation of a statement, shrink it, prove it with integers or enclosures, and
write a witness that "verify theorem witness --data FILE" replays. A statement is a premise and a conclusion over
named numbers such as dstar, dmax, start, mustar, mu (verify hunt --names lists them). The built-in suite and --data
are searched first, then small graphs, then random ones. An equation of the premise such as "alpha == 1" gives a
parameter its value; otherwise several values that the premise allows are tried.

A search proves nothing about a statement that it does not refute. With --exhaust n the statement is then decided
on every digraph with at most n vertices.

With --shard i/N, 0 ≤ i < N, only every N-th statement of the library is hunted, or of one statement only every N-th
random start is tried, after the data and small graphs; --out is then a folder also for the witness of one statement,
shard-i-of-N.json. What any shard refutes is refuted.

With --theory and --claim, parameters of a theory file within their ranges, its starts within their intervals and
its data are searched for a setting at which the claim fails, which is shrunk and proved: "verify check" refutes the
claim there. A search that finds nothing proves nothing.

Without a statement the whole library is hunted, on small and random graphs: planted false statements, each of
which should be refuted, and true ones, none of which may be.`,
		Example: `  verify hunt
  verify hunt --statement T1b-positive~no-A10 --out witness.json
  verify hunt --premise "dmin < dstar" --premise "dstar < dmax" --conclusion "mustar <= 2"
  verify hunt --premise "start > 0" --conclusion "limit != minus" --exhaust 5
  verify theorem witness --data witness.json
  verify hunt --theory theories/attention-merged.star --claim rate
  verify hunt --theory theories/modes.star --claim below --set L=2..5 --set s=1..2`,
	}, o, run)
	f.StringVar(&o.theory, "theory", "", "theory file, of which a claim is hunted")
	f.StringVar(&o.claim, "claim", "", "its claim")
	f.StringArrayVar(&o.settings, "set", nil, settingUsage)
	f.StringVar(&o.id, "statement", "", "a statement of the library")
	o.given.add(f)
	addLoss(f, &o.loss, "coconut", "loss behind mu, drift and limit: coconut or bfs")
	f.BoolVar(&o.pair, "pair", false, "the statement is about two instances")
	f.StringVar(&o.data, "data", "", "instances to search beside the built-in suite, or data of the theory file")
	addParsed(f, &o.vertices, "vertices", "4-40", "range", "least and most vertices of the random graphs", func(text string) ([2]int, error) {
		bounds, err := parseRange(text)
		if err == nil && (bounds[0] < 2 || bounds[1] > 200) {
			err = errors.New("expected a range within 2-200")
		}
		return bounds, err
	})
	addPositive(f, &o.alpha, "alpha", "", "readout gain α (default: as the premise says, or several values)")
	addInt(f, &o.exhaust, "exhaust", 0, 2, exhaust.MaxVertices, fmt.Sprintf("then decide the statement on every digraph with at most so many vertices, 2 to %d", exhaust.MaxVertices))
	addInt(f, &o.cases, "cases", 0, 1, maxCount, "most cases of each stage in which the premise holds; data are gone through once at least (default 2000, in the library and of a theory file 300)")
	addInt(f, &o.random, "random", 300, 1, 1_000_000, "random starts after the small graphs")
	f.BoolVar(&o.names, "names", false, "list the numbers that formulas may speak of")
	f.StringVar(&o.out, "out", "", "file for the witness (for the library: a folder)")
	addSeed(f, &o.seed)
	addShard(f, &o.shard, "search")
	o.add(f)
	excludes(c, "statement", "conclusion")
	excludes(c, "shard", "exhaust")
	excludes(c, "theory", "shard", "statement", "premise", "conclusion", "loss", "pair", "vertices", "alpha", "exhaust", "random", "names", "out")
	needs(c, "theory", "claim", "set")
	needs(c, "conclusion", "premise", "loss", "pair")
	alone(c, "names")
	return c
}

func runHunt(ctx context.Context, o *huntOptions) error {
	o.head.inFloats("")
	switch {
	case o.theory != "":
		return huntTheory(ctx, o)
	case o.names:
		return o.print("hunt-names/1", struct {
			Names map[string]string `json:"names"`
		}{hunt.Names()}, printNames)
	case o.id != "":
		s, ok := hunt.Lookup(o.id)
		if !ok {
			return usagef("--statement %q is not in the library; verify hunt lists it", o.id)
		}
		return huntOne(ctx, o, s)
	case o.given.conclusion != "":
		s, err := o.given.statement(o.loss, o.pair)
		if err != nil {
			return err
		}
		return huntOne(ctx, o, s)
	case o.data != "" || o.alpha != nil || o.exhaust > 0:
		return usagef("--data, --alpha and --exhaust are about one statement, expected --statement or --conclusion")
	}
	return huntLibrary(ctx, o)
}

// options are those of a search for one statement.
func (o *huntOptions) options() hunt.Options {
	return hunt.Options{Seed: o.seed, First: o.shard.Index, Every: o.shard.Count, Random: o.random, Cases: cmp.Or(o.cases, 2000), Vertices: o.vertices}
}

func huntOne(ctx context.Context, o *huntOptions, s *hunt.Statement) error {
	options := o.options()
	options.Progress = o.progress("hunt")
	if o.alpha != nil {
		options.Parameters = map[string]*big.Rat{"alpha": o.alpha}
	}
	if o.exhaust > 0 { // that it cannot be decided is said before a search
		if _, err := exhaust.New(o.campaign(s, o.exhaust)); err != nil {
			return usagef("--exhaust: %v", err)
		}
	}
	for _, file := range slices.Compact([]string{"", o.data}) {
		instances, err := o.loadInstances(file)
		if err != nil {
			return err
		}
		options.Data = append(options.Data, hunt.Source{Name: cmp.Or(file, "built-in suite"), Instances: instances})
	}
	outcome, err := hunt.Hunt(ctx, s, options)
	if err != nil {
		return undecided(err)
	}
	var decided *exhausted
	if o.exhaust > 0 && outcome.Witness == nil {
		if decided, err = o.decideSmall(ctx, s); err != nil {
			return undecided(err)
		}
		if w := decided.witness; w != nil {
			w.Tried, w.Searched, w.Stage = outcome.Tried, outcome.Searched, "every small digraph"
			outcome = w
		}
	}
	file := o.out
	if file != "" && o.shard.Count > 1 {
		if file, err = shardFile(o.out, o.shard); err == nil {
			err = runlog.MakeFolder(o.out)
		}
		if err != nil {
			return usage(err)
		}
	}
	if err := writeWitness(outcome, file); err != nil {
		return err
	}
	document := struct {
		found
		Exhausted *exhausted `json:"exhausted,omitempty"`
	}{newFound(outcome), decided}
	summary := map[string]int{outcome.Verdict.String(): 1}
	if decided != nil {
		summary["undecided"] += int(decided.Summary["undecided"])
		summary["inconsistent"] += int(decided.Summary["inconsistent"])
	}
	return o.conclude("hunt/2", document, func(w io.Writer) { printFound(w, outcome, decided) }, summary)
}

// exhausted is what deciding a statement on every small digraph gave.
type exhausted struct {
	Vertices int              `json:"vertices"` // at most
	Digraphs int64            `json:"digraphs"` // up to isomorphism
	Cases    int64            `json:"cases"`
	Alpha    string           `json:"alpha,omitempty"`
	Summary  map[string]int64 `json:"summary"`
	Holds    bool             `json:"holds"` // everything is decided, and nothing fails

	witness *hunt.Outcome
}

// campaign is that of a statement on digraphs with n vertices.
func (o *huntOptions) campaign(s *hunt.Statement, n int) exhaust.Config {
	config := exhaust.Config{Version: version, Revision: revision(), Vertices: n, Statements: []*hunt.Statement{s}}
	if o.alpha != nil {
		config.Alpha = o.alpha.RatString()
	}
	return config
}

// decideSmall decides a statement on every digraph with few vertices.
func (o *huntOptions) decideSmall(ctx context.Context, s *hunt.Statement) (*exhausted, error) {
	out := &exhausted{Vertices: o.exhaust, Summary: map[string]int64{}}
	for n := 1; n <= o.exhaust && out.witness == nil; n++ {
		config := o.campaign(s, n)
		campaign, err := exhaust.New(config)
		if err != nil {
			return nil, err
		}
		r, err := campaign.Run(ctx, o.jobs, o.progress)
		if err != nil {
			return nil, err
		}
		out.Alpha, out.Digraphs, out.Cases, out.witness = config.Alpha, out.Digraphs+r.Digraphs, out.Cases+r.Cases, r.Witness
		for verdict, count := range r.Summary {
			out.Summary[verdict] += count
		}
	}
	out.Holds = out.Summary["proved"]+out.Summary["not-applicable"] == out.Cases
	return out, nil
}

// found is an outcome in JSON.
type found struct {
	*hunt.Statement
	*hunt.Outcome
	Reason   string          `json:"reason,omitempty"`
	Place    *int            `json:"instance,omitempty"` // in the data that it was found in
	Vertices int             `json:"vertices,omitempty"`
	Outside  *bool           `json:"violates_A16,omitempty"`
	Witness  json.RawMessage `json:"witness,omitempty"`
}

func newFound(o *hunt.Outcome) found {
	f := found{Statement: o.Statement, Outcome: o, Reason: o.Judgement.Reason, Witness: witnessJSON(o)}
	if o.Witness != nil {
		outside := o.Witness.Outside()
		f.Vertices, f.Outside = o.Witness.Order(), &outside
		if o.InData {
			f.Place = &o.Found.Place
		}
	}
	return f
}

// witnessJSON writes the witness of an outcome, if there is one.
func witnessJSON(o *hunt.Outcome) json.RawMessage {
	if o == nil || o.Witness == nil {
		return nil
	}
	text, _ := hunt.EncodeWitness(o) // it has a witness
	return bytes.TrimSpace(text)
}

func printFound(w io.Writer, o *hunt.Outcome, decided *exhausted) {
	fmt.Fprintf(w, "%s: if %s then %s\n", o.Statement.ID, cmp.Or(strings.Join(o.Statement.Premise, " and "), "anything"), o.Statement.Conclusion)
	switch {
	case o.Witness != nil:
		fmt.Fprintf(w, "%v with a proof: %s\n", o.Verdict, o.Judgement.Reason)
		printWitness(w, o)
		fmt.Fprintf(w, "  found among %s, case %d, %d vertices, %d steps of shrinking\n", foundIn(o), o.Tried, o.Found.Order(), o.Shrinks)
	case o.Tried == 0:
		fmt.Fprintf(w, "%v: the premise held in no case\n", o.Verdict)
	case o.Open > 0:
		fmt.Fprintf(w, "%v: %d of %d cases look like violations and are not decided: %s\n", o.Verdict, o.Open, o.Tried, o.Judgement.Reason)
	default:
		fmt.Fprintf(w, "%v: no violation in %d cases (a search, no proof)\n", o.Verdict, o.Tried)
	}
	if decided != nil {
		printExhausted(w, decided)
	}
	var stages []string
	for _, s := range o.Searched {
		stages = append(stages, fmt.Sprintf("%s %d of %d", s.Name, s.Held, s.Cases))
	}
	fmt.Fprintf(w, "searched (premise held): %s\n", strings.Join(stages, ", "))
}

// foundIn says where a violation was found.
func foundIn(o *hunt.Outcome) string {
	if o.InData {
		return fmt.Sprintf("%s, instance %d, step %d", o.Stage, o.Found.Place, o.Found.Step)
	}
	return o.Stage
}

func printExhausted(w io.Writer, x *exhausted) {
	if x.witness != nil {
		return
	}
	verdict := "not decided"
	if x.Holds {
		verdict = "holds"
	}
	at := ""
	if x.Alpha != "" {
		at = " at alpha = " + x.Alpha
	}
	fmt.Fprintf(w, "%s on every digraph with at most %d vertices%s\n", verdict, x.Vertices, at)
	fmt.Fprintf(w, "  %d digraphs, %d cases (root, c, target in N_{c+1}∖N_c, with every other candidate):\n", x.Digraphs, x.Cases)
	fmt.Fprintf(w, "  %d proved, %d where the premise fails, %d undecided\n", x.Summary["proved"], x.Summary["not-applicable"], x.Summary["undecided"])
}

// printWitness writes the case and by how much the conclusion fails.
func printWitness(w io.Writer, o *hunt.Outcome) {
	if s := o.Judgement.Slack; s != nil && s.IsFinite() {
		low, high := s.Decimal(8)
		fmt.Fprintf(w, "  slack between %s and %s\n", low, high)
	}
	for i := range o.Witness.Instances {
		in := &o.Witness.Instances[i]
		fmt.Fprintf(w, "  graph %d: %d vertices, edges %v, path %v, other candidate %d\n", i+1, in.Graph.Order(), in.Graph.Edges(), in.Path, in.Other)
	}
	fmt.Fprintf(w, "  step %d", o.Witness.Step)
	for _, name := range o.Witness.Names() {
		fmt.Fprintf(w, ", %s = %s", name, o.Witness.Parameters[name].RatString())
	}
	setting := "; the other candidate is unreachable, as A16 says"
	if o.Witness.Outside() {
		setting = "; violates A16: the other candidate is reachable"
	}
	fmt.Fprintln(w, setting)
}

func printNames(w io.Writer) {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	all := hunt.Names()
	names := slices.Sorted(maps.Keys(all))
	for _, name := range names {
		fmt.Fprintf(table, "%s\t%s\n", name, all[name])
	}
	table.Flush()
}

func writeWitness(o *hunt.Outcome, file string) error {
	if o.Witness == nil || file == "" {
		return nil
	}
	text, err := hunt.EncodeWitness(o)
	if err != nil {
		return err
	}
	return usage(runlog.WriteFile(file, text))
}

// A libraryDocument is what became of every statement of the library.
type libraryDocument struct {
	Seed       uint64  `json:"seed"`
	Planted    int     `json:"planted"`
	Killed     int     `json:"killed"`
	True       int     `json:"true"`
	Alarms     int     `json:"alarms"`
	Median     int     `json:"median_vertices"`
	Statements []found `json:"statements"`
}

// huntLibrary hunts every statement, one on each worker.
func huntLibrary(ctx context.Context, o *huntOptions) error {
	statements, err := hunt.Library()
	if err != nil {
		return err
	}
	if n := o.shard.Count; n > 1 {
		mine := statements[:0:0]
		for i := o.shard.Index; i < len(statements); i += n {
			mine = append(mine, statements[i])
		}
		statements = mine
	}
	if o.out != "" {
		if err := os.MkdirAll(o.out, 0o755); err != nil {
			return usage(err)
		}
	}
	outcomes, err := runlog.Map(ctx, len(statements), o.jobs, o.progress("hunt"), func(ctx context.Context, i int) (*hunt.Outcome, error) {
		options := o.options()
		options.First, options.Every = 0, 1
		if options.Cases = cmp.Or(o.cases, 300); statements[i].Planted { // ends at its witness
			options.Cases = 0
		}
		return hunt.Hunt(ctx, statements[i], options)
	})
	if err != nil {
		return undecided(err)
	}
	if o.out != "" {
		for _, x := range outcomes {
			name := strings.NewReplacer("~", "-not-", "/", "-").Replace(x.Statement.ID) + ".json"
			if err := writeWitness(x, filepath.Join(o.out, name)); err != nil {
				return err
			}
		}
	}
	document := newLibrary(o.seed, outcomes)
	return o.conclude("hunt-library/1", document, document.print, map[string]int{"refuted": document.Alarms, "undecided": document.Planted - document.Killed})
}

func newLibrary(seed uint64, outcomes []*hunt.Outcome) *libraryDocument {
	d := &libraryDocument{Seed: seed}
	var sizes []int
	for _, o := range outcomes {
		refuted := 0
		if o.Verdict == theory.Refuted {
			refuted = 1
		}
		if o.Statement.Planted {
			d.Planted++
			d.Killed += refuted
			if refuted > 0 {
				sizes = append(sizes, o.Witness.Order())
			}
		} else {
			d.True++
			d.Alarms += refuted
		}
		d.Statements = append(d.Statements, newFound(o))
	}
	if slices.Sort(sizes); len(sizes) > 0 {
		d.Median = sizes[len(sizes)/2]
	}
	return d
}

func (d *libraryDocument) print(w io.Writer) {
	printTable(w, 0, "statement\tplanted\tverdict\tcases\tvertices\twhat was changed", d.Statements, func(w io.Writer, s found) {
		vertices, planted := "", "true"
		if s.Vertices > 0 {
			vertices = fmt.Sprint(s.Vertices)
		}
		if s.Planted {
			planted = "false"
		}
		fmt.Fprintf(w, "%s\t%s\t%v\t%d\t%s\t%s\n", s.ID, planted, s.Verdict, s.Tried, vertices, s.Change)
	})
	fmt.Fprintf(w, "\n%d of %d planted false statements refuted, median witness %d vertices; %d of %d true statements refuted\n",
		d.Killed, d.Planted, d.Median, d.Alarms, d.True)
}

// replayWitness judges the statement that a witness file carries on its case.
func replayWitness(ctx context.Context, t *terminal, file string) error {
	text, from, err := t.readWhole(file)
	if err != nil {
		return err
	}
	t.head.readFrom(from)
	s, k, err := hunt.DecodeWitness(text, file)
	if err != nil {
		return usage(err)
	}
	j := s.Judge(ctx, k)
	document := struct {
		ID         string         `json:"id"`
		Premise    []string       `json:"premise"`
		Conclusion string         `json:"conclusion"`
		Verdict    theory.Verdict `json:"verdict"`
		Reason     string         `json:"reason"`
	}{s.ID, s.Premise, s.Conclusion, j.Verdict, j.Reason}
	return t.conclude("witness/1", document, func(w io.Writer) {
		fmt.Fprintf(w, "%s: if %s then %s\n%v: %s\n", s.ID, strings.Join(s.Premise, " and "), s.Conclusion, j.Verdict, j.Reason)
	}, map[string]int{j.Verdict.String(): 1})
}
