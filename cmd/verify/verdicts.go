package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"muflow/graph"
	"muflow/prove"
	"muflow/theory"
)

// printVerdicts writes one line per claim, how many entries ended how, in groups by
// the assumption of the paper that claims do without.
func printVerdicts(w io.Writer, counts *tally) {
	fmt.Fprintf(w, "%-18s %8s", "claim", "entries")
	printByVerdict(w, 7, func(v theory.Verdict) any { return v })
	fmt.Fprintln(w)
	groups := map[string][]*prove.Claim{}
	for _, claim := range prove.Claims {
		if counts.entries[claim.ID] != nil {
			groups[claim.Drops] = append(groups[claim.Drops], claim)
		}
	}
	for _, drops := range append([]string{""}, theory.AssumptionIDs()...) {
		if len(groups[drops]) == 0 {
			continue
		}
		if len(groups) > 1 {
			fmt.Fprintln(w, groupTitle(drops))
		}
		for _, claim := range groups[drops] {
			of, entries := counts.entries[claim.ID], 0
			for _, n := range of {
				entries += n
			}
			fmt.Fprintf(w, "%-18s %8d", claim.ID, entries)
			printByVerdict(w, 7, func(v theory.Verdict) any { return of[v.String()] })
			fmt.Fprintln(w)
		}
	}
}

// groupTitle heads the claims that do without an assumption.
func groupTitle(drops string) string {
	if drops == "" {
		return "– the paper's theorems, with constants"
	}
	return fmt.Sprintf("– without %s: %s", drops, theory.Assumptions[drops])
}

// printByVerdict writes a cell for each verdict, as wide as its name and as least.
func printByVerdict(w io.Writer, least int, cell func(v theory.Verdict) any) {
	for _, v := range theory.Verdicts {
		fmt.Fprintf(w, " %*v", max(len(v.String()), least), cell(v))
	}
}

// printNearest writes the entries where claims came nearest to failing.
func printNearest(w io.Writer, counts *tally) {
	if len(counts.nearest) == 0 {
		return
	}
	fmt.Fprintln(w)
	printTable(w, 0, "nearest to failing\tinstance\tstep\tby", counts.nearest, func(w io.Writer, r prove.Result) {
		if claim, known := prove.ClaimByID(r.Claim); known {
			m, _ := claim.WorstMargin([]prove.Result{r})
			fmt.Fprintf(w, "%s\t%v\t%d\t%s\n", r.Claim, r.Instance, r.Step, m)
		}
	})
}

// printElsewhere names the claims that "all" leaves to other commands.
func (o *theoremOptions) printElsewhere(w io.Writer, theorems []int) {
	if o.which != "all" {
		return
	}
	commands, claims := []string{}, map[string][]string{}
	for _, c := range prove.Claims {
		if slices.Contains(theorems, c.Number) || c.Check != nil {
			continue
		}
		if claims[c.Command] == nil {
			commands = append(commands, c.Command)
		}
		claims[c.Command] = append(claims[c.Command], c.ID)
	}
	fmt.Fprintln(w, "\ndecided by other commands")
	for _, command := range commands {
		fmt.Fprintf(w, "  %-41s  %s\n", command, strings.Join(claims[command], " "))
	}
}

// limits decides where the logits of all steps go, for "all" and "attention".
func (o *theoremOptions) limits(ctx context.Context, data *passage) ([]prove.LimitRow, error) {
	if o.which != "all" && o.which != "attention" {
		return nil, nil
	}
	table := prove.NewLimitTable(o.alpha, o.logit, o.gains)
	err := data.groups(groupSize, func(first int, instances []graph.Instance) error {
		return undecided(table.Add(ctx, instances, o.step, o.jobs, data.through(first, len(instances), o.progress)("limits")))
	})
	return table.Rows, err
}

// openLimits counts the limits that are not decided.
func openLimits(rows []prove.LimitRow) int {
	open := 0
	for _, r := range rows {
		open += r.Undecided
	}
	return open
}

// printLimits writes where logits go under each attention, loss and label law.
func printLimits(w io.Writer, rows []prove.LimitRow) {
	if len(rows) == 0 {
		return
	}
	fmt.Fprintln(w)
	printTable(w, 0, "limits\tloss\t→ +∞\t→ −∞\tfinite\tstill\tdecided\t", rows, func(w io.Writer, r prove.LimitRow) {
		attention, loss := r.Attention, r.Loss
		switch {
		case r.Gain != "":
			attention += ", g = " + r.Gain
		case r.Logit != "":
			attention += ", walk weights of " + r.Logit
		}
		if r.Label != nil {
			loss += ", " + r.Label.String()
		}
		fmt.Fprintf(w, "%s\t%s\t%d\t%d\t%d\t%d\t%d of %d\t\n", attention, loss, r.Upward, r.Downward, r.Finite, r.Still, r.Decided(), r.Steps)
	})
}
