package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"strconv"

	"muflow/internal/exhaust"
	"muflow/prove"
	"muflow/theory"

	"github.com/spf13/cobra"
)

// exhaustOptions say which digraphs verify exhaust decides.
type exhaustOptions struct {
	work
	vertices int
	losses   []theory.Loss
	alpha    *big.Rat
	audit    float64
	seed     uint64
	out      string
	resume   bool
}

func newExhaust(t *terminal, run func(context.Context, *exhaustOptions) error) *cobra.Command {
	o := &exhaustOptions{work: work{terminal: t}, losses: []theory.Loss{theory.CoconutBFS, theory.Coconut}}
	c, f := bind(&cobra.Command{
		Use:   "exhaust --vertices n",
		Short: "Decide Theorem 1 on every digraph with n vertices, up to isomorphism",
		Long: `Decide Theorem 1 on every digraph with exactly n vertices and no self-loops, up to isomorphism: every root,
every number c of thoughts until N_c stops growing, every target in N_{c+1}∖N_c, roots and targets up to
automorphism. Equal profiles are decided once. The counts are compared with closed forms.

Beside the setting of the theory there are digraphs here without an unreachable candidate: where no vertex is
outside N_{c+1}, or d* is d_min or d_max, a premise fails and the claim is not applicable.

With --audit a random share of the cases is decided again, each for itself and from its edges. With --out the
campaign keeps what is done, and --resume goes on, also after kill -9.`,
		Example: "  verify exhaust --vertices 5\n  verify exhaust --vertices 4 --audit 1 --json\n  verify exhaust --vertices 6 --out six --resume",
	}, o, run)
	addInt(f, &o.vertices, "vertices", 0, 1, exhaust.MaxVertices, fmt.Sprintf("number of vertices, 1 to %d (required)", exhaust.MaxVertices))
	addParsed(f, &o.losses, "loss", "", "string", "coconut or bfs (default: both)", func(text string) ([]theory.Loss, error) {
		loss, err := parseLoss(text)
		return []theory.Loss{loss}, err
	})
	addAlpha(f, &o.alpha)
	addParsed(f, &o.audit, "audit", "0", "float", "share of the cases to decide each for itself, 0 to 1", func(text string) (float64, error) {
		share, err := strconv.ParseFloat(text, 64)
		if err != nil || !(share >= 0 && share <= 1) {
			return 0, errors.New("expected a share from 0 to 1")
		}
		return share, nil
	})
	addSeed(f, &o.seed)
	addFolder(c, &o.out, &o.resume, "folder for the log")
	o.add(f)
	require(c, "vertices")
	needs(c, "audit", "seed") // nothing else is drawn
	return c
}

func runExhaust(ctx context.Context, o *exhaustOptions) error {
	config := exhaust.Config{Version: version, Vertices: o.vertices, Alpha: o.alpha.RatString(), Audit: o.audit, Seed: o.seed}
	for _, loss := range o.losses {
		config.Losses = append(config.Losses, loss.String())
	}
	var campaign *exhaust.Campaign
	var err error
	if o.out == "" {
		campaign, err = exhaust.New(config)
	} else {
		campaign, err = exhaust.Open(o.out, config, o.resume)
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
	document := struct {
		*exhaust.Report
	}{report}
	wrong := report.Summary["refuted"]
	if report.Audit != nil {
		wrong += report.Audit.Disagree
	}
	verdicts := map[string]int{"refuted": int(wrong), "undecided": int(report.Summary["undecided"])}
	return o.conclude("exhaust/1", document, func(w io.Writer) { printExhaust(w, report) }, verdicts)
}

func printExhaust(w io.Writer, r *exhaust.Report) {
	fmt.Fprintf(w, "%d digraphs with %d vertices up to isomorphism, %d labelled ones\n", r.Digraphs, r.Vertices, r.Labelled)
	fmt.Fprintf(w, "%d cases (digraph, root, c, target) up to automorphism, %d distinct profiles, %d cases with μ* = 0 exactly\n\n", r.Cases, r.Profiles, r.Ties)
	fmt.Fprintf(w, "%-13s", "claim")
	printByVerdict(w, 10, func(v theory.Verdict) any { return v })
	fmt.Fprintln(w)
	for _, claim := range prove.Claims {
		counts, ok := r.Claims[claim.ID]
		if !ok {
			continue
		}
		fmt.Fprintf(w, "%-13s", claim.ID)
		printByVerdict(w, 10, func(v theory.Verdict) any { return counts[v.String()] })
		fmt.Fprintln(w)
	}
	if a := r.Audit; a != nil {
		fmt.Fprintf(w, "\naudit: %d cases with %d profiles decided each for itself, %d disagree (share %v, seed %d)\n", a.Cases, a.Profiles, a.Disagree, a.Share, a.Seed)
	}
	for _, x := range r.Examples {
		var edges bytes.Buffer
		_ = json.NewEncoder(&edges).Encode(x.Edges) // a slice of numbers in memory
		fmt.Fprintf(w, "\nroot %d, step %d, target %d, edges %s%s\n", x.Root, x.Step, x.Target, edges.String(), x.Verdicts)
	}
}
