package report

import (
	"context"
	"fmt"
	"html/template"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"muflow/prove"
	"muflow/theory"
)

// claims makes the part about each claim that has entries.
func (b *Builder) claims(ctx context.Context) error {
	r := b.Results
	for _, claim := range prove.Claims {
		entries, results := r.about(claim)
		isLemma := claim.Check != nil && r.Lemma != nil
		if len(results) == 0 && !isLemma {
			continue
		}
		formula, err := MathML(claim.LaTeX)
		if err != nil {
			return err
		}
		p := claimPart{ID: claim.ID, Theorem: claim.Theorem, Statement: subscripts(claim.Statement), Formula: template.HTML(formula), Proof: subscripts(claim.Proof)}
		for _, id := range claim.Assumptions {
			p.Assumptions = append(p.Assumptions, assumption{id, subscripts(theory.Assumptions[id])})
		}
		if isLemma {
			p.Outcome = r.Lemma.String()
		} else {
			counts := prove.Summarise(results)
			var parts []string
			for _, v := range theory.Verdicts {
				if n := counts[v.String()]; n > 0 {
					parts = append(parts, fmt.Sprintf("%d %v", n, v))
				}
			}
			p.Outcome = strings.Join(parts, ", ") + fmt.Sprintf(" of %d entries", len(results))
			p.Tables = b.attention(claim, entries)
			if p.Worst, err = b.worst(ctx, claim, entries, results); err != nil {
				return fmt.Errorf("%s: %w", claim.ID, err)
			}
		}
		b.page.Claims = append(b.page.Claims, p)
		b.page.Links = append(b.page.Links, link{claim.ID, claim.ID})
	}
	return nil
}

// mostAttention is how many entries are listed that a reader must see.
const mostAttention = 20

// attention lists entries that failed or are undecided, and why others do not
// apply.
func (b *Builder) attention(claim *prove.Claim, entries []Entry) []table {
	var out []table
	bad := table{Columns: columnsOf("<data", "instance", "step", "α", "<verdict", "<reason")}
	reasons := map[string]int{}
	for _, e := range entries {
		switch e.Verdict {
		case theory.NotApplicable:
			assumption, _, _ := strings.Cut(e.Reason, ":")
			reasons[assumption]++
		case theory.Refuted, theory.Inconsistent, theory.Undecided:
			if len(bad.Rows) < mostAttention {
				bad.row(e.Dataset, e.Instance, e.Step, e.Alpha,
					cell{Text: e.Verdict.String(), Class: verdictClasses[e.Verdict]}, cell{Text: e.Reason, Class: "wide"})
				bad.Command = b.decideCommand(claim, e.Dataset, e.Alpha, e.Step)
			} else {
				bad.Note = template.HTML(fmt.Sprintf("The first %d of such entries.", mostAttention))
			}
		}
	}
	if len(bad.Rows) > 0 {
		out = append(out, bad)
	}
	if len(reasons) > 0 {
		why := table{Columns: columnsOf("<not applicable, as", "entries")}
		for _, name := range slices.Sorted(maps.Keys(reasons)) {
			why.row(name, reasons[name])
		}
		out = append(out, why)
	}
	return out
}

// worst shows the entry at which a claim comes nearest to failing, or the
// first proved one if the claim has no number that tells.
func (b *Builder) worst(ctx context.Context, claim *prove.Claim, entries []Entry, results []prove.Result) (*worst, error) {
	var e Entry
	heading := ""
	if m, ok := claim.WorstMargin(results); ok {
		e, heading = entries[m.At], fmt.Sprintf("Nearest to failing: %s", m)
	} else {
		at := slices.IndexFunc(entries, func(e Entry) bool { return e.Verdict == theory.Proved })
		if at < 0 {
			return nil, nil
		}
		e, heading = entries[at], "An entry"
	}
	out := &worst{Heading: fmt.Sprintf("%s (%s, instance %v, step %d)", heading, e.Dataset, e.Instance, e.Step)}
	values := table{Columns: columnsOf("<number", "<from", "<to", "<evidence"), Note: subscripts("Settled by: " + e.Reason + "."),
		Command: b.decideCommand(claim, e.Dataset, e.Alpha, e.Step) + " --json"}
	for _, name := range slices.Sorted(maps.Keys(e.Values)) {
		v := e.Values[name]
		values.row(name, cell{Text: clip(v.Lo), Class: "number"}, cell{Text: clip(v.Hi), Class: "number"}, v.Evidence.String())
	}
	if len(values.Rows) == 0 {
		values.row("none", cell{}, cell{}, cell{})
	}
	out.Values = values
	return out, b.worstFigures(ctx, &out.Figures, claim, e)
}

// clip shortens a very long number for the page.
func clip(text string) string {
	const most = 44
	if len(text) > most {
		return text[:most] + "…"
	}
	return text
}

func (b *Builder) worstFigures(ctx context.Context, to *[]pageFigure, claim *prove.Claim, e Entry) error {
	c, err := b.caseOf(e, theory.Coconut)
	if err != nil || c == nil {
		return err
	}
	if c.Profile.N <= MaxDrawn {
		d := &Diagram{Title: fmt.Sprintf("%s, instance %v, step %d", e.Dataset, e.Instance, e.Step), Step: c.Step}
		width, height := d.Size()
		err := b.figure(to, d, "graph-"+claim.ID, "The instance, in columns by distance from the root; below, what the root does not reach.",
			fmt.Sprintf("verify figure graph%s --instance %v --step %d --out graph.svg", b.Results.dataFlag(e.Dataset), e.Instance, e.Step), width, height)
		if err != nil {
			return err
		}
	}
	if len(claim.Losses) == 0 {
		return nil
	}
	loss := claim.Losses[0]
	err = b.trajectory(ctx, to, e, claim.Losses, loss.String(), "flow-"+claim.ID, "μ(t) of this step.")
	if err != nil || loss != theory.Coconut {
		return err
	}
	balance, err := c.Balance(ctx)
	if err != nil {
		return err
	}
	return b.figure(to, balance, "balance-"+claim.ID, "The mean in-degree F(μ) under the softmax, and the level d* at which the flow rests.",
		"verify figure balance"+b.subject(e)+" --out balance", 6, 3.8)
}

// reproduce makes the part that says how everything was made.
func (b *Builder) reproduce() error {
	r := b.Results
	e := r.Saved.Environment
	add := func(name, value string) {
		if value != "" {
			b.page.Facts = append(b.page.Facts, fact{name, value})
		}
	}
	add("command", b.command())
	add("report", "verify report "+quote(filepath.ToSlash(r.Saved.Dir)))
	seeds := make([]string, len(r.Seeds))
	for i, s := range r.Seeds {
		seeds[i] = strconv.FormatUint(s, 10)
	}
	add("seeds", strings.Join(seeds, ", "))
	add("digits", strconv.Itoa(r.Digits))
	add("version", strings.TrimSpace("verify "+e.Version+" "+e.Revision))
	add("Go", e.Go+" "+e.Platform)
	add("machine", fmt.Sprintf("%s, %d processors", e.Processor, e.Cores))
	add("started", e.Started.Format(time.RFC3339))
	add("finished", e.Finished.Format(time.RFC3339))
	if e.Held == 0 {
		add("time", r.Elapsed.String())
	} else {
		add("time", fmt.Sprintf("%v, after %d records from before", r.Elapsed, e.Held))
	}
	add("configuration", string(r.Saved.Config))
	add("SHA-256 of results.jsonl", r.SHA256)
	files := table{Columns: columnsOf("<file", "bytes", "<SHA-256"), Command: "(cd " + quote(filepath.ToSlash(r.Saved.Dir)) + " && sha256sum *)"}
	for _, f := range r.Saved.Manifest.Files {
		files.row(cell{Text: f.Name, Class: "number"}, f.Bytes, cell{Text: f.SHA256, Class: "number"})
	}
	info, err := os.Stat(filepath.Join(r.Saved.Dir, "manifest.json"))
	if err != nil {
		return err
	}
	files.row(cell{Text: "manifest.json", Class: "number"}, info.Size(), "lists the others")
	b.page.Files = files
	b.page.Links = append(b.page.Links, link{"reproduce", "Reproduce"})
	return nil
}
