package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"

	"muflow/graph"
	"muflow/internal/compare"
	"muflow/internal/runlog"
	"muflow/prove"
	"muflow/theory"

	"github.com/spf13/cobra"
)

// The cross-check of the main job: so many trainings, samples in each, batch,
// probability that correct theory leaves some band, and rows that are shown.
const (
	crossTrainings = 24
	crossSamples   = 40_000
	crossBatch     = 16
	crossFailure   = 1e-6
	crossShown     = 3
	averageSteps   = 300 // of descent on the exact average, on the same instances
)

// suiteDigits is how well the main job encloses the numbers of the claims.
const suiteDigits = 20

// suiteOptions say how the main job is done.
type suiteOptions struct {
	work
	seed uint64
	out  string
	all  bool
}

func newSuite(t *terminal, run func(context.Context, *suiteOptions) error) *cobra.Command {
	o := &suiteOptions{work: work{terminal: t}}
	c, f := bind(&cobra.Command{
		Use:   "verify",
		Short: "Check the theorems on the training dynamics of continuous thought (arXiv 2509.23365)",
		Long: `verify checks the theorems of arXiv 2509.23365 on the training dynamics of continuous thought.

Without a command it does the main job: every statement of the theory on the built-in suite of graphs,
and a cross-check of the reduced flow against stochastic gradient descent in the simulated transformer.

Exit codes: 0 nothing refuted, inconsistent or undecided; 1 something refuted or inconsistent;
2 bad usage or input; 3 something undecided or digits not reached; 70 a fault
of the machine; 75 interrupted and resumable.`,
	}, o, run)
	c.Args = refuseUnknown
	o.add(f)
	addSeed(f, &o.seed)
	f.BoolVar(&o.all, "all", false, "print every training of the cross-check")
	f.StringVar(&o.out, "out", "", "folder to keep the results in, for verify report")
	return c
}

func runSuite(ctx context.Context, o *suiteOptions) error {
	o.head.readFrom(builtinName)
	o.head.Alpha = "1"
	o.head.inFloats("")
	if spare != nil {
		spare = make([]byte, spareOfSuite)
	}
	folder, err := o.open()
	if err != nil {
		return err
	}
	if folder != nil {
		defer folder.Close() // what matters was synced by Seal
	}
	result, err := computeSuite(ctx, o.seed, o.jobs, !o.json && o.out == "", o.progress)
	if err != nil {
		return undecided(err)
	}
	result.all = o.all
	if folder != nil {
		text, err := o.document("verify/1", result)
		if err != nil {
			return err
		}
		if err := folder.Seal(text, environment(o.jobs)); err != nil {
			return err
		}
	}
	return o.conclude("verify/1", result, result.print, result.Summary)
}

// open takes a new folder for the results before the work begins, if there is
// to be one.
func (o *suiteOptions) open() (*runlog.Run, error) {
	if o.out == "" {
		return nil, nil
	}
	config := struct {
		Version string `json:"version"`
		Seed    uint64 `json:"seed"`
		Digits  int    `json:"digits"`
	}{version, o.seed, suiteDigits}
	folder, err := runlog.Open(o.out, compare.SuiteKind, config, true, nil)
	if err != nil {
		return nil, runError(err)
	}
	if _, done := folder.Result(); done {
		return nil, usagef("%s: %w", o.out, errors.Join(runlog.ErrUsed, folder.Close()))
	}
	return folder, nil
}

// A suite is the result of the main job.
type suite struct {
	Seed       uint64            `json:"seed"`
	Instances  int               `json:"instances"`
	Steps      int               `json:"steps"`
	Claims     []prove.Result    `json:"claims"`
	Lemma      *prove.Lemma      `json:"lemma"`
	Averages   *compare.Averages `json:"averages"`
	CrossCheck *compare.Table    `json:"cross_check"`
	Summary    map[string]int    `json:"summary"` // of the claims, the lemma, the descents and the trainings

	all bool // print every training
}

// computeSuite does the main job; where only its tables are shown, brief, without
// the times that are in none of them.
func computeSuite(ctx context.Context, seed uint64, jobs int, brief bool, progress func(string) runlog.Progress) (*suite, error) {
	instances, err := graph.Builtin()
	if err != nil {
		return nil, err
	}
	one := big.NewRat(1, 1)
	out := &suite{Seed: seed, Instances: len(instances)}
	for i := range instances {
		out.Steps += instances[i].Steps()
	}
	everything := prove.Selection{Theorems: []int{1, 2, 3}, Step: -1, Alpha: one, Logit: one, Digits: suiteDigits, Brief: brief}
	if out.Claims, err = prove.Dataset(ctx, instances, everything, jobs, progress); err != nil {
		return nil, err
	}
	for _, claim := range prove.Claims {
		if claim.Check == nil {
			continue
		}
		if out.Lemma, err = claim.Check(ctx, seed, jobs, progress(strings.ToLower(claim.Theorem))); err != nil {
			return nil, err
		}
		out.Lemma.ID = claim.ID
	}
	check := compare.CrossCheck{Alpha: one, Samples: crossSamples, Batch: crossBatch, Failure: crossFailure,
		Seed: seed, Jobs: jobs, Progress: progress("training")}
	steps, err := check.Select(instances, crossTrainings)
	if err != nil {
		return nil, err
	}
	if out.Averages, err = compare.CompareAverages(ctx, steps, one, averageSteps, jobs); err != nil {
		return nil, err
	}
	if out.CrossCheck, err = check.Run(ctx, steps, compare.Simulate); err != nil {
		return nil, err
	}
	out.Summary = prove.Summarise(out.Claims)
	out.Summary[out.Lemma.Verdict.String()] += out.Lemma.Steps
	out.Summary[out.Averages.Verdict.String()] += out.Averages.Descents
	for _, r := range out.CrossCheck.Rows {
		out.Summary[r.Verdict.String()]++
	}
	return out, nil
}

// print writes the result for people: what was claimed, how it ended, where it
// came nearest to failing, how theory and training compare, where to look next.
func (s *suite) print(w io.Writer) {
	fmt.Fprintf(w, "Claims of arXiv 2509.23365 on %d built-in graphs, %d instance-steps\n\n", s.Instances, s.Steps)
	counts := newTally(s.Claims)
	printVerdicts(w, counts)
	printNearest(w, counts)
	fmt.Fprintf(w, "%-18s %v\n", s.Lemma.ID, s.Lemma)
	for _, c := range s.Lemma.Counterexamples {
		fmt.Fprintf(w, "              %s\n", c)
	}
	a, x := s.Averages, s.CrossCheck
	samples := 0
	for _, r := range x.Rows {
		samples += r.Steps * r.Batch
	}
	fmt.Fprintf(w, "\nThe reduced drift against gradient descent on the average over all relabellings in the simulated transformer\n")
	fmt.Fprintf(w, "%d descents of %d steps, both losses, diagonal and full score matrix: largest difference of a logit %.0e, %v;\nan error of %.0e in the drift would be noticed by each\n", a.Descents, a.Steps, a.Largest, a.Verdict, a.Notices)
	fmt.Fprintf(w, "\nThe reduced flow against stochastic gradient descent in the simulated transformer\n")
	rows, which := s.weakest()
	fmt.Fprintf(w, "%d trainings from 0 under the Coconut loss, %d samples, each with a fresh relabelling (seed %d)%s\n\n", len(x.Rows), samples, x.Seed, which)
	printTable(w, tabwriter.AlignRight, "instance\tstep\ttime t\tμ theory\tμ trained\tapart\tband\tspread\tlimit\tnotices\tverdict\t", rows, func(w io.Writer, r compare.Row) {
		fmt.Fprintf(w, "%d\t%d\t%.0f\t%.5f\t%.5f\t%+.0e\t±%.4f\t%.3f\t%.3f\t%s\t%v\t\n", r.Instance, r.C, r.Time,
			r.Theory, r.Mean, r.Mean-r.Theory, r.Band, r.Spread, r.SpreadBand, noticed(r.Notices), r.Verdict)
	})
	fmt.Fprintf(w, "\n%d of %d outside their band at some step, which correct theory makes with probability at most %.0e;\nan error of %s in the drift would be noticed by each\n", x.Outside, len(x.Rows), x.Failure, noticed(x.Notices))
	fmt.Fprintln(w, "\nproved: exact arithmetic or outward rounding. consistent: statistical only, within the band.")
	fmt.Fprintln(w, "Next: verify theorem all --data FILE   verify population --step 1   verify flow --profile FILE   verify list")
}

// weakest returns the trainings to be shown, and says which these are: those
// that left their band, and the three that would notice least.
func (s *suite) weakest() ([]compare.Row, string) {
	rows := slices.Clone(s.CrossCheck.Rows)
	if s.all || len(rows) <= crossShown {
		return rows, ""
	}
	rank := func(r compare.Row) float64 {
		switch {
		case r.Verdict != theory.Consistent:
			return math.Inf(1)
		case r.Notices == 0:
			return math.MaxFloat64
		}
		return r.Notices
	}
	slices.SortStableFunc(rows, func(a, b compare.Row) int { return cmp.Compare(rank(b), rank(a)) })
	return rows[:s.CrossCheck.Outside+min(crossShown, len(rows)-s.CrossCheck.Outside)], "; those that notice least (--all for the rest)"
}

// noticed writes the smallest error that would be noticed.
func noticed(e float64) string {
	if e == 0 {
		return "nothing"
	}
	return strconv.FormatFloat(100*e, 'g', 2, 64) + "%"
}
