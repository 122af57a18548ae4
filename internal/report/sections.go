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
func (b *Builder) claims(context.Context) error {
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
			all := r.censusOf(claim)
			counts := all.counts
			var parts []string
			for _, v := range theory.Verdicts {
				if n := counts[v.String()]; n > 0 {
					parts = append(parts, fmt.Sprintf("%d %v", n, v))
				}
			}
			p.Outcome = strings.Join(parts, ", ") + fmt.Sprintf(" of %d entries", all.total)
			p.Tables = b.attention(claim, entries)
			b.near(&p, claim, entries, results)
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
	reasons := b.Results.censusOf(claim).reasons
	for _, e := range entries {
		switch e.Verdict {
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

// near names the place at which a claim comes nearest to failing, or the first
// at which it is proved if it has no number that tells.
func (b *Builder) near(p *claimPart, claim *prove.Claim, entries []Entry, results []prove.Result) {
	var e Entry
	if m, ok := claim.WorstMargin(results); ok {
		e, p.Near = entries[m.At], fmt.Sprintf("nearest to failing, %s: ", m)
	} else {
		at := slices.IndexFunc(entries, func(e Entry) bool { return e.Verdict == theory.Proved })
		if at < 0 {
			return
		}
		e, p.Near = entries[at], "for example "
	}
	p.NearLink = b.card(e.place())
	for _, name := range slices.Sorted(maps.Keys(e.Values)) {
		b.values = append(b.values, macro{"Nearest" + camel(claim.ID) + camel(name), agreed(e.Values[name])})
	}
	p.Near += b.title(e.place())
}

// clip shortens a very long number for the page.
func clip(text string) string {
	const most = 44
	if len(text) > most {
		return text[:most] + "…"
	}
	return text
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
