package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"

	"muflow/internal/exhaust"
	"muflow/internal/runlog"
	"muflow/prove"
	"muflow/theory"

	"github.com/spf13/cobra"
)

func newExhaust() *cobra.Command {
	c := &cobra.Command{
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
		Args:    cobra.NoArgs,
	}
	vertices := c.Flags().Int("vertices", 0, fmt.Sprintf("number of vertices, 1 to %d (required)", exhaust.MaxVertices))
	loss := c.Flags().String("loss", "", "coconut or bfs (default: both)")
	alphaText := addAlpha(c)
	share := c.Flags().Float64("audit", 0, "share of the cases to decide each for itself, 0 to 1")
	seed := addSeed(c)
	out := c.Flags().String("out", "", "folder for the log")
	resume := c.Flags().Bool("resume", false, "go on with the campaign in --out")
	jobs := addJobs(c)
	quiet := addQuiet(c)
	asJSON := addJSON(c)
	c.RunE = func(c *cobra.Command, _ []string) error {
		if *vertices < 1 || *vertices > exhaust.MaxVertices {
			return usagef("--vertices %d, expected 1 to %d", *vertices, exhaust.MaxVertices)
		}
		if !(*share >= 0 && *share <= 1) {
			return usagef("--audit %v, expected a share from 0 to 1", *share)
		}
		if c.Flags().Changed("seed") && *share == 0 {
			return usagef("--seed without --audit, which alone draws at random")
		}
		if *resume && *out == "" {
			return usagef("--resume without --out, the folder to go on in")
		}
		alpha, err := parsePositive("--alpha", *alphaText)
		if err != nil {
			return err
		}
		losses := []string{theory.CoconutBFS.String(), theory.Coconut.String()}
		if c.Flags().Changed("loss") {
			l, err := parseLoss(*loss)
			if err != nil {
				return err
			}
			losses = []string{l.String()}
		}
		config := exhaust.Config{Version: version, Vertices: *vertices, Losses: losses, Alpha: alpha.RatString(), Audit: *share, Seed: *seed}
		var campaign *exhaust.Campaign
		if *out == "" {
			campaign, err = exhaust.New(config)
		} else {
			campaign, err = exhaust.Open(*out, config, *resume)
		}
		if err != nil {
			return usage(err)
		}
		report, err := campaign.Run(c.Context(), *jobs, func(stage string) runlog.Progress { return newProgress(c, *quiet, stage) })
		if closed := campaign.Close(); err == nil {
			err = closed
		}
		if err != nil {
			return exhaustError(err, *out)
		}
		document := struct {
			Schema string `json:"schema"`
			*exhaust.Report
		}{"muflow/exhaust/1", report}
		if err := print(c, *asJSON, document, func(w io.Writer) { printExhaust(w, report) }); err != nil {
			return err
		}
		switch {
		case report.Summary["refuted"] > 0 || report.Audit != nil && report.Audit.Disagree > 0:
			return &exitError{code: exitRefuted}
		case report.Summary["undecided"] > 0:
			return &exitError{code: exitUndecided}
		}
		return nil
	}
	return c
}

// exhaustError says how a campaign ends that could not finish.
func exhaustError(err error, folder string) error {
	var path *fs.PathError
	switch {
	case errors.Is(err, context.Canceled) && folder != "":
		return &exitError{exitInterrupted, fmt.Errorf("interrupted, --resume goes on from here: %w", err)}
	case errors.As(err, &path):
		return usage(err)
	}
	return undecided(err)
}

func printExhaust(w io.Writer, r *exhaust.Report) {
	fmt.Fprintf(w, "%d digraphs with %d vertices up to isomorphism, %d labelled ones\n", r.Digraphs, r.Vertices, r.Labelled)
	fmt.Fprintf(w, "%d cases (digraph, root, c, target) up to automorphism, %d distinct profiles, %d cases with μ* = 0 exactly\n\n", r.Cases, r.Profiles, r.Ties)
	fmt.Fprintf(w, "%-13s", "claim")
	for _, v := range theory.Verdicts {
		fmt.Fprintf(w, " %*s", max(columnOf(v), 10), v)
	}
	fmt.Fprintln(w)
	for _, claim := range prove.Claims {
		counts, ok := r.Claims[claim.ID]
		if !ok {
			continue
		}
		fmt.Fprintf(w, "%-13s", claim.ID)
		for _, v := range theory.Verdicts {
			fmt.Fprintf(w, " %*d", max(columnOf(v), 10), counts[v.String()])
		}
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
