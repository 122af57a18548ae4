package main

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strings"

	"muflow/internal/runs"
)

// A compareDocument is the result of verify compare.
type compareDocument struct {
	Y            string             `json:"y"`
	Time         string             `json:"time"`              // what t is
	Nominal      bool               `json:"nominal,omitempty"` // of an adaptive optimiser: its scale is fitted
	Tests        int                `json:"test_lines"`        // left out
	Gaps         int                `json:"gaps"`
	Margin       float64            `json:"margin"`
	From         *float64           `json:"from,omitempty"`
	Shared       []runs.Shared      `json:"not_independent,omitempty"`
	Conditions   []*compareRow      `json:"conditions"`
	Pairings     []*runs.Pairing    `json:"pairings,omitempty"`
	Associations []runs.Association `json:"associations,omitempty"`
	Expect       string             `json:"expect,omitempty"`
	Holds        *runs.Answer       `json:"holds,omitempty"` // of all conditions
	Figures      []string           `json:"-"`
}

// A compareRow is what is said of one condition.
type compareRow struct {
	*runs.Condition
	Theory    []*runs.Fit
	Collapses []runs.Collapse
	Monotone  bool         // no fit is shown, as no scalar flow makes the curve
	Answer    *runs.Answer // to what was expected
}

// MarshalJSON writes names in place of runs, and no curves.
func (r *compareRow) MarshalJSON() ([]byte, error) {
	type one struct {
		Run string `json:"run"`
		runs.Judgement
	}
	document := struct {
		Condition string   `json:"condition"`
		Runs      []string `json:"runs"`
		Left      []string `json:"left_out,omitempty"` // not independent of a run before them
		runs.Judgement
		Each    []one        `json:"each,omitempty"` // runs that are judged one by one
		Theory  []*runs.Fit  `json:"theory,omitempty"`
		NoScale string       `json:"no_theory,omitempty"` // why none is fitted
		Holds   *runs.Answer `json:"holds,omitempty"`
	}{Condition: r.Name, Left: r.Left, Judgement: r.Judgement, Theory: r.Theory, Holds: r.Answer}
	document.Collapse = r.Collapses
	for _, run := range r.Runs {
		document.Runs = append(document.Runs, run.Name)
	}
	if len(r.Each) > 0 {
		for i, name := range r.names() {
			document.Each = append(document.Each, one{name, r.Each[i]})
		}
	}
	if r.Monotone {
		document.NoScale = monotone
	}
	return json.Marshal(document)
}

// overshot reports whether a curve of the condition turned back.
func (r *compareRow) overshot() bool {
	for _, j := range r.judgements() {
		if j.Overshoot != nil && j.Overshoot.Seen {
			return true
		}
	}
	return false
}

// judgements are those of the runs, one by one or together.
func (r *compareRow) judgements() []runs.Judgement {
	if len(r.Each) > 0 {
		return r.Each
	}
	return []runs.Judgement{r.Judgement}
}

// names of the judgements.
func (r *compareRow) names() (out []string) {
	if len(r.Each) == 0 {
		return []string{r.Name}
	}
	for _, c := range r.Curves {
		out = append(out, c.Run)
	}
	return out
}

// chance writes the probability of no slope, where there is one.
func (r *compareRow) chance() string {
	if r.Corrected == nil {
		return "–"
	}
	return fmt.Sprintf("%.2g", *r.Corrected)
}

// monotone is said of a curve that overshot.
const monotone = "a scalar autonomous flow is monotone; no time scale of the reduced theory makes this curve"

// answer compares what is expected with what was found and returns the exit code.
func (d *compareDocument) answer(expect string) int {
	if expect == "" {
		return exitFine
	}
	d.Expect = expect
	all := runs.Yes
	for _, row := range d.Conditions {
		var a runs.Answer
		if expect == "consistent" {
			a = row.consistent()
		} else {
			a = row.Holds(expect, d.Y)
		}
		row.Answer = &a
		if a == runs.No || a == runs.Open && all == runs.Yes {
			all = a
		}
	}
	d.Holds = &all
	return map[runs.Answer]int{runs.Yes: exitFine, runs.No: exitRefuted, runs.Open: exitUndecided}[all]
}

// consistent answers whether all curves agree with the flow.
func (r *compareRow) consistent() runs.Answer {
	if r.Monotone {
		return runs.No
	}
	out := runs.Yes
	if len(r.Theory) == 0 {
		out = runs.Open
	}
	for _, fit := range r.Theory {
		switch fit.Verdict {
		case "inconsistent":
			return runs.No
		case "undecided":
			out = runs.Open
		}
	}
	return out
}

func (d *compareDocument) print(w io.Writer) {
	count := 0
	for _, row := range d.Conditions {
		count += len(row.Runs)
	}
	fmt.Fprintf(w, "%s over t = %s; runs: %d, conditions: %d\n", printable(d.Y), d.Time, count, len(d.Conditions))
	if d.Nominal {
		fmt.Fprintln(w, "t is nominal, as the optimiser is adaptive: against the theory its scale is fitted")
	}
	if d.Tests > 0 {
		fmt.Fprintf(w, "%d lines with a true test are left out\n", d.Tests)
	}
	if d.Gaps > 0 {
		fmt.Fprintf(w, "%d lines without a value are gaps\n", d.Gaps)
	}
	for _, s := range d.Shared {
		fmt.Fprintf(w, "not independent: %s and %s agree to the bit up to step %g\n", printable(s.Runs[0]), printable(s.Runs[1]), s.Until)
	}
	fmt.Fprintln(w)
	d.printVerdicts(w)
	d.printWindows(w)
	for _, row := range d.Conditions {
		row.printNotes(w)
	}
	for _, p := range d.Pairings {
		if p.Reason != "" {
			fmt.Fprintf(w, "\n%s less %s, seeds %s (%s): %s, %s\n", printable(p.A), printable(p.B), seedsText(p.Seeds), p.Method, p.Verdict, p.Reason)
			continue
		}
		fmt.Fprintf(w, "\n%s less %s, seeds %s, from step %g (%s): %s\n  level %s, p %.2g; slope per e-fold %s, p %.2g (Holm)\n", printable(p.A), printable(p.B), seedsText(p.Seeds), p.From, p.Method, p.Verdict,
			interval(p.Level), p.Corrected[0], interval(p.Slope), p.Corrected[1])
	}
	d.printTheory(w)
	d.printAssociations(w)
	if d.Holds != nil {
		fmt.Fprintf(w, "\nexpected: %s: %s\n", d.Expect, d.Holds)
	}
	for _, name := range d.Figures {
		fmt.Fprintln(w, name)
	}
}

func seedsText(seeds []string) string {
	if len(seeds) == 1 && seeds[0] == "" {
		return "–"
	}
	return printable(strings.Join(seeds, ", "))
}

// A compareLine is one judgement with what it is about.
type compareLine struct {
	name, seeds string
	p           string // after Holm; a condition judged run by run has one for all of them
	runs.Judgement
}

func (d *compareDocument) lines() (out []compareLine) {
	for _, row := range d.Conditions {
		seeds := "one run"
		if len(row.Each) == 0 && len(row.Curves) > 1 {
			seeds = fmt.Sprintf("%d seeds", len(row.Curves))
		}
		names := row.names()
		for i, j := range row.judgements() {
			p := "–"
			if len(row.Each) == 0 {
				p = row.chance()
			}
			out = append(out, compareLine{printable(names[i]), seeds, p, j})
		}
	}
	return out
}

func (d *compareDocument) printVerdicts(w io.Writer) {
	printTable(w, 0, "condition\t\tfrom step\tverdict\tper e-fold\t95 %\tp (Holm)", d.lines(), func(w io.Writer, line compareLine) {
		if len(line.Windows) == 0 {
			fmt.Fprintf(w, "%s\t%s\t–\tundecided\t–\t–\t–\n", line.name, line.seeds)
			return
		}
		window := line.Windows[0]
		verdict := string(window.Verdict)
		if line.Shape != "" {
			verdict += ", " + string(line.Shape)
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", line.name, line.seeds, stepText(window), verdict, slopeText(window), shareInterval(window), line.p)
	})
}

func stepText(w runs.Window) string {
	if w.Reason != "" {
		return w.Reason
	}
	return fmt.Sprintf("%g", w.From)
}

// share writes a slope as a part of the level.
func share(slope, level float64) string {
	if level == 0 {
		return fmt.Sprintf("%.3g", slope)
	}
	return fmt.Sprintf("%+.1f %%", 100*slope/math.Abs(level))
}

func slopeText(w runs.Window) string {
	if w.Reason != "" {
		return "–"
	}
	return share(w.Slope.Value, w.Level)
}

func shareInterval(w runs.Window) string {
	if w.Reason != "" {
		return "–"
	}
	return "[" + share(w.Slope.Wide[0], w.Level) + ", " + share(w.Slope.Wide[1], w.Level) + "]"
}

func interval(e runs.Estimate) string {
	return fmt.Sprintf("%.3g [%.3g, %.3g]", e.Value, e.Wide[0], e.Wide[1])
}

// printWindows shows the windows beside the one of the verdict.
func (d *compareDocument) printWindows(w io.Writer) {
	type beside struct {
		name string
		runs.Window
	}
	var rows []beside
	for _, line := range d.lines() {
		for i, window := range line.Windows {
			if i > 0 && window.Reason == "" {
				rows = append(rows, beside{line.name, window})
			}
		}
		for _, part := range line.Parts {
			if part != nil && part.Reason == "" {
				rows = append(rows, beside{line.name, *part})
			}
		}
	}
	if len(rows) == 0 {
		return
	}
	fmt.Fprintln(w)
	printTable(w, 0, "beside it\t\tfrom step\tverdict\tper e-fold\t95 %", rows, func(w io.Writer, x beside) {
		fmt.Fprintf(w, "%s\t%s\t%g\t%s\t%s\t%s\n", x.name, x.Name, x.From, x.Verdict, slopeText(x.Window), shareInterval(x.Window))
	})
}

// printNotes says what else is known of a condition.
func (r *compareRow) printNotes(w io.Writer) {
	names := r.names()
	for i, j := range r.judgements() {
		if x := j.Overshoot; x != nil && x.Seen {
			fmt.Fprintf(w, "\n%s overshot: up to %.4g at step %g, back to %.4g (noise %.2g)\n%s\n", printable(names[i]), x.Peak, x.Step, x.End, x.Noise, monotone)
		}
	}
	if len(r.Each) > 1 {
		fmt.Fprintf(w, "\n%s: %d runs, fewer than three: what both say is %s (p %s, Holm)\n", printable(r.Name), len(r.Each), r.Verdict, r.chance())
	}
	for _, name := range r.Left {
		fmt.Fprintf(w, "\n%s is left out of the statistics: not independent of a run before it\n", printable(name))
	}
	for _, x := range r.Collapses {
		fmt.Fprintf(w, "\n%s collapsed after %d thoughts: from step %g to %g the answers lie in what is reached, and none at the next distance\n", printable(x.Run), x.Thoughts, x.From, x.Until)
	}
	if r.Answer != nil {
		fmt.Fprintf(w, "\n%s: expected holds: %s\n", printable(r.Name), r.Answer)
	}
}

func (d *compareDocument) printTheory(w io.Writer) {
	for _, row := range d.Conditions {
		for _, f := range row.Theory {
			if f.Reason != "" {
				fmt.Fprintf(w, "\n%s against the reduced flow: %s, %s\n", printable(f.Run), f.Verdict, f.Reason)
				continue
			}
			fmt.Fprintf(w, "\n%s against the reduced flow (%s): %s\n", printable(f.Run), f.Evidence, f.Verdict)
			last := f.Samples[len(f.Samples)-1]
			fmt.Fprintf(w, "  time scale %.4g [%.4g, %.4g] (%.3g %%); residuals %.3g, at the best scale %.3g; noise %.2g\n", f.Scale, f.Interval[0], f.Interval[1], 100*f.Level, f.Rest, f.RestFitted, f.Noise)
			fmt.Fprintf(w, "  at step %g: %.6g, flow %v", last.Step, last.Y, last.Flow)
			if last.Band > 0 {
				fmt.Fprintf(w, ", band ±%.2g; %d of %d samples beyond it", last.Band, f.Outside, len(f.Samples))
			}
			fmt.Fprintln(w)
			if f.Cause != "" {
				fmt.Fprintf(w, "  likely cause: %s\n", f.Cause)
			}
		}
	}
}

func (d *compareDocument) printAssociations(w io.Writer) {
	if len(d.Associations) == 0 {
		return
	}
	fmt.Fprintf(w, "\nper instance, raw and with K, M_c, M, n and the frontiers taken out; p of permutations, after Holm over %d tests\n", 2*len(d.Associations))
	printTable(w, 0, "number\ttheory\tinstances\tr raw\tp\tr sized\tp", d.Associations, func(w io.Writer, a runs.Association) {
		fmt.Fprintf(w, "%s\t%s\t%d\t%+.2f\t%.2g\t%+.2f\t%.2g\n", printable(a.Response), a.Predictor, a.Instances, a.Raw.R, a.Raw.Corrected, a.Sized.R, a.Sized.Corrected)
	})
}
