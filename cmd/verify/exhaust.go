package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"slices"
	"strconv"

	"muflow/internal/exhaust"
	"muflow/internal/hunt"
	"muflow/internal/sweep"
	"muflow/prove"
	"muflow/theory"

	"github.com/spf13/cobra"
)

// exhaustOptions say which digraphs verify exhaust decides.
type exhaustOptions struct {
	work
	vertices  int
	losses    []theory.Loss
	alpha     *big.Rat // nil: as statements say, or 1
	statement string
	given     givenStatement
	audit     float64
	seed      uint64
	out       string
	resume    bool
	shard     sweep.Shard
	count     bool
}

func newExhaust(t *terminal, run func(context.Context, *exhaustOptions) error) *cobra.Command {
	o := &exhaustOptions{work: work{terminal: t}}
	c, f := bind(&cobra.Command{
		Use:   "exhaust --vertices n",
		Short: "Decide Theorem 1 or a statement on every digraph with n vertices, up to isomorphism",
		Long: `Decide Theorem 1, or a statement, on every digraph with exactly n vertices and no self-loops, up to isomorphism: every root,
every number c of thoughts until N_c stops growing, every target in N_{c+1}∖N_c, roots and targets up to
automorphism. Equal profiles are decided once. With 7 vertices there are 882,033,440 digraphs, which take one core
about half an hour.

Beside the setting of the theory there are digraphs here without an unreachable candidate: where no vertex is
outside N_{c+1}, or d* is d_min or d_max, a premise fails and the claim is not applicable.

With --statement, or --premise and --conclusion as in verify hunt, statements are decided instead, with every other
candidate, and the worst verdict counts. Their parameters have one value each: α that of --alpha, or 1, and all of
them what an equation of the premise such as "t == 64" says.

With --audit a random share of the cases is decided again, each for itself and from its edges. With --out the
campaign keeps what is done, and --resume goes on, also after kill -9.

With --count the cases of every profile are counted by Burnside's lemma, without going through the digraphs, and every
profile is decided: up to 8 vertices, with which there are 1,793,359,192,848 digraphs.

With --shard i/N, 0 ≤ i < N, only every N-th piece of the enumeration is gone through (with --out in DIR/shard-i-of-N).
Each digraph is in one shard, so that all counts and verdicts add up over the shards, to those of the whole; distinct
profiles are those of the shard. verify merge DIR adds the shards up. The counts of the whole only are compared with
others: digraphs and the cases of every profile by Burnside's lemma, labelled ones by closed forms. --shard auto takes
i and N from the environment, as in verify sweep.`,
		Example: "  verify exhaust --vertices 5\n  verify exhaust --vertices 4 --audit 1 --json\n  verify exhaust --vertices 5 --premise \"start > 0\" --conclusion \"limit != minus\"\n  verify exhaust --vertices 6 --out six --resume",
	}, o, run)
	addInt(f, &o.vertices, "vertices", 0, 1, exhaust.MaxCounted, fmt.Sprintf("number of vertices, 1 to %d, or %d with --count (required)", exhaust.MaxVertices, exhaust.MaxCounted))
	f.BoolVar(&o.count, "count", false, "count the cases of every profile instead of going through the digraphs")
	addParsed(f, &o.losses, "loss", "", "string", "coconut or bfs (default: both)", func(text string) ([]theory.Loss, error) {
		loss, err := theory.ParseLoss(text)
		return []theory.Loss{loss}, err
	})
	addPositive(f, &o.alpha, "alpha", "", "readout gain α, a positive rational or decimal number (default 1)")
	f.StringVar(&o.statement, "statement", "", "file of statements to decide")
	o.given.add(f)
	addParsed(f, &o.audit, "audit", "0", "float", "share of the cases to decide each for itself, 0 to 1", func(text string) (float64, error) {
		share, err := strconv.ParseFloat(text, 64)
		if err != nil || !(share >= 0 && share <= 1) {
			return 0, errors.New("expected a share from 0 to 1")
		}
		return share, nil
	})
	addSeed(f, &o.seed)
	addFolder(c, &o.out, &o.resume, "folder for the log")
	addShard(f, &o.shard, "pieces of the enumeration")
	o.add(f)
	require(c, "vertices")
	needs(c, "conclusion", "premise")
	excludes(c, "statement", "conclusion", "loss")
	for _, other := range []string{"statement", "premise", "conclusion", "audit", "out", "shard"} {
		excludes(c, "count", other)
	}
	needs(c, "audit", "seed") // nothing else is drawn
	return c
}

func runExhaust(ctx context.Context, o *exhaustOptions) error {
	if !o.count && o.vertices > exhaust.MaxVertices {
		return usagef("--vertices %d without --count, expected 1 to %d", o.vertices, exhaust.MaxVertices)
	}
	config := exhaust.Config{Version: version, Revision: revision(), Vertices: o.vertices, Count: o.count, Audit: o.audit, Seed: o.seed}
	if o.shard.Count > 1 {
		config.Shard = exhaust.Shard(o.shard)
	}
	if o.alpha != nil {
		config.Alpha = o.alpha.RatString()
	}
	var err error
	switch {
	case o.statement != "":
		config.Statements, err = o.loadStatements(o.statement)
	case o.given.conclusion != "":
		var s *hunt.Statement
		s, err = o.given.statement(append(o.losses, theory.Coconut)[0], false)
		config.Statements = []*hunt.Statement{s}
	default:
		if o.losses == nil {
			o.losses = []theory.Loss{theory.CoconutBFS, theory.Coconut}
		}
		for _, loss := range o.losses {
			config.Losses = append(config.Losses, loss.String())
		}
		config.Alpha = cmp.Or(config.Alpha, "1")
	}
	if err != nil {
		return err
	}
	var campaign *exhaust.Campaign
	dir := o.out
	if dir != "" && o.shard.Count > 1 {
		dir, err = shardFolder(dir, o.shard)
	}
	switch {
	case err != nil:
	case dir == "":
		campaign, err = exhaust.New(config)
	default:
		campaign, err = exhaust.Open(dir, config, o.resume)
	}
	if err != nil {
		return usage(err)
	}
	if o.out != "" {
		o.keeps("--resume goes on from here", "")
	}
	report, err := campaign.Run(ctx, o.jobs, o.progress)
	if closed := campaign.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return fileError(err)
	}
	return o.concludeExhaust(report)
}

// concludeExhaust prints what a campaign found, and turns it into the exit code.
func (t *terminal) concludeExhaust(report *exhaust.Report) error {
	document := struct {
		*exhaust.Report
		Witness json.RawMessage `json:"witness,omitempty"`
	}{report, witnessJSON(report.Witness)}
	wrong := report.Summary["refuted"] + report.Summary["inconsistent"]
	if report.Audit != nil {
		wrong += report.Audit.Disagree
	}
	verdicts := map[string]int{"refuted": int(wrong), "undecided": int(report.Summary["undecided"])}
	return t.conclude("exhaust/1", document, func(w io.Writer) { printExhaust(w, report) }, verdicts)
}

// shownExamples is how many cases are listed for people.
const shownExamples = 10

func printExhaust(w io.Writer, r *exhaust.Report) {
	if r.Shard != nil {
		fmt.Fprintf(w, "shard %d of %d (from 0): ", r.Shard.Index, r.Shard.Count)
	}
	fmt.Fprintf(w, "%d digraphs with %d vertices up to isomorphism, %d labelled ones\n", r.Digraphs, r.Vertices, r.Labelled)
	fmt.Fprintf(w, "%d cases (digraph, root, c, target) up to automorphism, %d distinct profiles, %d cases with μ* = 0 exactly\n\n", r.Cases, r.Profiles, r.Ties)
	wide := max(10, len(strconv.FormatInt(r.Cases, 10)))
	fmt.Fprintf(w, "%-18s", "claim")
	printByVerdict(w, wide, func(v theory.Verdict) any { return v })
	fmt.Fprintln(w)
	names := slices.Clone(r.Statements)
	for _, claim := range prove.Claims {
		if r.Claims[claim.ID] != nil && !slices.Contains(names, claim.ID) {
			names = append(names, claim.ID)
		}
	}
	for _, name := range names {
		fmt.Fprintf(w, "%-18s", name)
		printByVerdict(w, wide, func(v theory.Verdict) any { return r.Claims[name][v.String()] })
		fmt.Fprintln(w)
	}
	if a := r.Audit; a != nil {
		fmt.Fprintf(w, "\naudit: %d cases with %d profiles decided each for itself, %d disagree (share %v, seed %d)\n", a.Cases, a.Profiles, a.Disagree, a.Share, a.Seed)
	}
	if r.Witness != nil {
		fmt.Fprintln(w)
		printWitness(w, r.Witness)
	}
	for i, x := range r.Examples {
		if i == shownExamples {
			fmt.Fprintf(w, "\n… and %d more profiles (--json lists all)\n", len(r.Examples)-i)
			break
		}
		var edges bytes.Buffer
		_ = json.NewEncoder(&edges).Encode(x.Edges) // a slice of numbers in memory
		if x.Profile != "" {
			fmt.Fprintf(w, "\nprofile %s\n%s\n", x.Profile, x.Verdicts)
			continue
		}
		fmt.Fprintf(w, "\nroot %d, step %d, target %d, edges %s%s\n", x.Root, x.Step, x.Target, edges.String(), x.Verdicts)
	}
}
