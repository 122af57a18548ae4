package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"math"
	"math/big"
	"slices"

	"muflow/internal/descend"
	"muflow/internal/script"
	"muflow/prove"
	"muflow/theory"
)

// A trainedTheory is what the trainings of a theory file gave, for one element of
// the data.
type trainedTheory struct {
	File      string           `json:"file"`
	Name      string           `json:"name"`
	Source    string           `json:"source,omitempty"`
	Instance  *int             `json:"instance,omitempty"`
	Trainings []descend.Result `json:"trainings"`
}

// trainTheory runs the trainings of a theory file.
func (o *trainOptions) trainTheory(ctx context.Context) error {
	o.head.inFloats("")
	document := struct {
		Theories   []trainedTheory `json:"theories"`
		Summary    map[string]int  `json:"summary"`
		FalseAlarm float64         `json:"false_alarm,omitempty"` // of all stochastic trainings together
	}{Theories: []trainedTheory{}, Summary: map[string]int{}}
	flags, trainings, stochastic := theoryFlags{data: o.data, settings: o.settings}, 0, 0
	err := flags.load(o.terminal, []string{o.theory}, o.instance, func(th *script.Theory, instance int) error {
		o.noteIntervals(th)
		results, err := descend.Theory(ctx, th, descend.Options{Seed: o.seed, Seeds: o.seeds, Looks: o.samples, Jobs: o.jobs, Progress: o.progress("train")})
		if err != nil {
			return cmp.Or(ctx.Err(), usage(err))
		}
		entry := trainedTheory{File: th.File, Name: th.Name, Source: th.Source, Trainings: results}
		if instance >= 0 {
			entry.Instance = &instance
		}
		document.Theories = append(document.Theories, entry)
		for _, r := range results {
			document.Summary[r.Verdict.String()]++
			if r.Batch > 0 {
				stochastic++
			}
		}
		trainings += len(results)
		return nil
	})
	switch {
	case err != nil:
		return err
	case trainings == 0:
		return usagef("%s: no train(…) in it, expected one", o.theory)
	}
	document.FalseAlarm = descend.FalseAlarm(stochastic)
	return o.conclude("theorytrain/1", document, func(w io.Writer) {
		for _, entry := range document.Theories {
			printTrained(w, entry)
		}
		if stochastic > 1 {
			fmt.Fprintf(w, "%d stochastic trainings: right flows leave one or more of their bands with a probability of at most %.2g\n\n", stochastic, document.FalseAlarm)
		}
	}, document.Summary)
}

// noteIntervals says of what intervals tables are about.
func (t *terminal) noteIntervals(th *script.Theory) {
	intervals := 0
	for _, s := range th.Symbols {
		if s.Low != nil && s.Low.Cmp(s.High) != 0 {
			intervals++
		}
	}
	t.note(intervals, "%s: %d parameters and starts are intervals, each is taken at its lower end", th.File, intervals)
}

// mostCompared is how many comparisons are shown to people: those that come
// nearest to their bounds.
const mostCompared = 6

func printTrained(w io.Writer, t trainedTheory) {
	for _, r := range t.Trainings {
		printTitle(w, t.Name, t.Source, t.Instance)
		what := "gradient descent"
		if r.Batch > 0 {
			what = fmt.Sprintf("stochastic gradient descent, %d of %d terms a step, mean of %d seeds", r.Batch, r.Terms, r.Seeds)
		}
		fmt.Fprintf(w, "  %-10s %s:%d, %s, rate %s, %d steps\n      %s\n", r.Verdict, t.File, r.Line, what, r.Rate, r.Steps, r.Reason)
		if r.Order != nil {
			fmt.Fprintf(w, "      at most %.3g from the flow of the loss, %.3g at half the rate: order %.2f\n", r.Order.Distance, r.Order.Halved, r.Order.Order)
		}
		for _, note := range r.Notes {
			fmt.Fprintf(w, "      %s\n", note)
		}
		for _, c := range nearest(r.Comparisons) {
			printCompared(w, c, r.Batch > 0)
		}
		if hidden := len(r.Comparisons) - mostCompared; hidden > 0 {
			fmt.Fprintf(w, "\n  and %d more that are farther from their bounds, with --json\n", hidden)
		}
		fmt.Fprintln(w)
	}
}

// nearest returns the comparisons that are shown, in their order.
func nearest(list []descend.Comparison) []descend.Comparison {
	if len(list) <= mostCompared {
		return list
	}
	used := func(c descend.Comparison) float64 { // the largest part of a bound
		most := 0.0
		for _, p := range c.Points {
			switch {
			case p.Verdict != theory.Consistent:
				return math.Inf(1)
			case p.Bound != nil && *p.Bound > 0:
				most = max(most, math.Abs(*p.Difference) / *p.Bound)
			}
		}
		return most
	}
	places := make([]int, len(list))
	for i := range places {
		places[i] = i
	}
	slices.SortStableFunc(places, func(a, b int) int { return cmp.Compare(used(list[b]), used(list[a])) })
	places = places[:mostCompared]
	slices.Sort(places)
	var out []descend.Comparison
	for _, i := range places {
		out = append(out, list[i])
	}
	return out
}

func printCompared(w io.Writer, c descend.Comparison, stochastic bool) {
	fmt.Fprintf(w, "\n  %s, compared with %s\n", shortened(c.Name), shortened(c.With))
	columns, rows := "step\tt\ttrained\tflow\tdifference\tbound\tverdict", c.Points
	if stochastic {
		columns = "step\tt\tmean\tflow\texpected\tdifference\tband\tspread\tpredicted\tverdict"
	}
	number := func(x *float64) string { return orDash("%.3g", x) }
	printTable(w, 0, columns, rows, func(w io.Writer, p descend.Point) {
		flow, at := "–", p.Time
		if p.Flow != nil {
			flow = middleOf(p.Flow)
		}
		if q, ok := new(big.Rat).SetString(p.Time); ok {
			x, _ := q.Float64()
			at = fmt.Sprintf("%.6g", x)
		}
		if stochastic {
			fmt.Fprintf(w, "%d\t%s\t%.6g\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", p.Step, at, p.Trained, flow, number(p.Expected), number(p.Difference), number(p.Bound), number(p.Spread), number(p.Predicted), p.Verdict)
			return
		}
		fmt.Fprintf(w, "%d\t%s\t%.8g\t%s\t%s\t%s\t%s\n", p.Step, at, p.Trained, flow, number(p.Difference), number(p.Bound), p.Verdict)
	})
}

// middleOf is a short text of an enclosed number.
func middleOf(x *prove.Number) string {
	b, err := x.Ball(128)
	if err != nil {
		return x.String()
	}
	middle, _ := b.Mid().Float64()
	return fmt.Sprintf("%.8g", middle)
}
