package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/big"
	"sync"
	"text/tabwriter"

	"muflow/graph"
	"muflow/internal/compare"
	"muflow/internal/runlog"
	"muflow/prove"
	"muflow/theory"

	"github.com/spf13/cobra"
)

// A curriculumRow is one curriculum: flow, gradient descent and transformer.
// Without samples, for which no band is known here, it has a judgement.
type curriculumRow struct {
	*prove.CurriculumRun
	Simulated *compare.SimulatedRun `json:"simulated"`
	*compare.Judgement
}

// A curriculumMove says by how much an idealisation moves the logit of a stage.
type curriculumMove struct {
	Assumption string    `json:"assumption"`
	What       string    `json:"what"`
	Moves      []float64 `json:"moves"` // of the end of each stage of thoughts
}

// curriculumOptions say which curricula verify curriculum follows.
type curriculumOptions struct {
	work
	data                  string
	thoughts, start, norm string
	time, lastTime        float64
	steps, lastSteps      int
	batch                 int
	seed                  uint64
	alpha                 *big.Rat
	label                 graph.Law
	digits                int
}

func newCurriculum(t *terminal, run func(context.Context, *curriculumOptions) error) *cobra.Command {
	o := &curriculumOptions{work: work{terminal: t}}
	c, f := bind(&cobra.Command{
		Use:   "curriculum",
		Short: "Follow the whole training, stage by stage, in the reduced flow and in the transformer",
		Long: `Train all stages in a row under the Coconut loss: stage c+1 moves μ on the step c, the last stage moves the two
logits of the prediction on the thoughts after all steps. The thoughts before a stage are uniform
superpositions (as the analysis has it), frozen ones of the logits that the earlier stages ended with, or
generated anew with the present logit (as the published code does); each stage starts from 0 (restart) or
where the one before ended (carry). Every limit is enclosed; the flow is integrated in float64; gradient
descent on the reduced drift and the simulated transformer go beside it with the same steps.`,
		Example: "  verify curriculum --data prosqa_valid.json.gz\n  verify curriculum --thoughts current --start carry --time 2000 --json",
	}, o, run)
	addData(f, &o.data)
	addWord(f, &o.thoughts, "thoughts", "all", "thoughts before a stage: uniform, frozen, current or all", "uniform", "frozen", "current", "all")
	addWord(f, &o.start, "start", "all", "start of a stage: restart, carry or all", "restart", "carry", "all")
	addWord(f, &o.norm, "norm", "unit", "norm of generated thoughts: unit or free", "unit", "free")
	addParsed(f, &o.time, "time", "5000", "number", "time of each stage of thoughts, learning rate × steps", parseTime)
	addParsed(f, &o.lastTime, "last-time", "5000", "number", "time of the prediction stage", parseTime)
	addInt(f, &o.steps, "steps", 500, 1, maxSteps, "steps of gradient descent in each stage of thoughts")
	addInt(f, &o.lastSteps, "last-steps", 2500, 1, maxSteps, "steps of gradient descent in the prediction stage")
	addInt(f, &o.batch, "batch", 0, 0, maxSteps, "samples in a step of the transformer, each freshly relabelled (default 0: the exact average)")
	addSeed(f, &o.seed)
	addTrained(f, &o.alpha, "alpha", "1", alphaUsage)
	addLabel(f, &o.label)
	addDigits(f, &o.digits, 10)
	o.add(f)
	needs(c, "batch", "seed") // the exact average has no samples
	return c
}

// A curriculumDocument is what became of all curricula.
type curriculumDocument struct {
	Instances int              `json:"instances"`
	Time      float64          `json:"time"`
	LastTime  float64          `json:"last_time"`
	Steps     int              `json:"steps"`
	LastSteps int              `json:"last_steps"`
	Batch     int              `json:"batch"`
	Seed      uint64           `json:"seed,omitempty"`
	Runs      []curriculumRow  `json:"runs"`
	Moves     []curriculumMove `json:"moves"`
	Summary   map[string]int   `json:"summary"`
}

func runCurriculum(ctx context.Context, o *curriculumOptions) error {
	o.head.inFloats("")
	curricula, err := o.curricula()
	if err != nil {
		return err
	}
	instances, err := o.loadInstances(o.data)
	if err != nil {
		return err
	}
	for c := range graph.MostSteps(instances) {
		if err := checkLabels(instances, o.label, c); err != nil {
			return err
		}
	}
	descent := compare.Descent{Steps: o.steps, LastSteps: o.lastSteps, Batch: o.batch, Workers: 1}
	if o.batch > 0 {
		descent.Seed = o.seed
	}
	document := curriculumDocument{len(instances), o.time, o.lastTime, o.steps, o.lastSteps, o.batch, descent.Seed, nil, nil, nil}
	part := sharedProgress(o.progress("curricula, in thousandths"), 2*len(curricula))
	document.Runs, err = runlog.Map(ctx, len(curricula), o.jobs, nil, func(ctx context.Context, i int) (curriculumRow, error) {
		return compareCurriculum(ctx, instances, curricula[i], descent, part(2*i), part(2*i+1))
	})
	if err != nil {
		return undecided(err)
	}
	document.Summary = summarise(document.Runs)
	document.Moves = movesOf(document.Runs)
	return o.conclude("curriculum/1", document, document.print, document.Summary)
}

// sharedProgress divides one progress into parts of a thousand each, for work at
// the same time.
func sharedProgress(progress runlog.Progress, parts int) func(part int) runlog.Progress {
	var lock sync.Mutex
	sum, at := 0, make([]int, parts)
	return func(part int) runlog.Progress {
		if progress == nil {
			return nil
		}
		return func(done, total int) {
			lock.Lock()
			defer lock.Unlock()
			now := 1000 * done / max(total, 1)
			sum, at[part] = sum+now-at[part], now
			progress(sum, 1000*parts)
		}
	}
}

// compareCurriculum follows one curriculum in all three forms. A stage that is
// undecided leaves the curriculum undecided.
func compareCurriculum(ctx context.Context, instances []graph.Instance, x prove.Curriculum, d compare.Descent, proved, trained runlog.Progress) (curriculumRow, error) {
	run, err := prove.RunCurriculum(ctx, instances, x, proved)
	if err != nil {
		return curriculumRow{}, err
	}
	simulated, err := compare.SimulateCurriculum(ctx, instances, x, d, trained)
	if err != nil {
		return curriculumRow{}, err
	}
	row := curriculumRow{CurriculumRun: run, Simulated: simulated}
	if d.Batch == 0 {
		row.Judgement = new(compare.JudgeCurriculum(run, simulated))
	}
	return row, nil
}

// summarise counts the judgements, the stages that are undecided and the
// collapses.
func summarise(rows []curriculumRow) map[string]int {
	out := map[string]int{}
	for _, r := range rows {
		if r.Judgement != nil {
			out[r.Verdict.String()]++
		}
		for _, s := range r.Stages {
			if s.Reason != "" {
				out[theory.Undecided.String()]++
			}
			if s.Collapse != nil {
				out[s.Collapse.Verdict.String()]++
			}
		}
	}
	return out
}

func startName(carry bool) string {
	if carry {
		return "carry"
	}
	return "restart"
}

// curricula returns those that the options name. Frozen thoughts go with a
// restart.
func (o *curriculumOptions) curricula() ([]prove.Curriculum, error) {
	generated := o.thoughts == "frozen" || o.thoughts == "current"
	switch {
	case o.norm == "free" && !generated:
		return nil, usagef("--norm free goes with --thoughts frozen or current: uniform thoughts have unit norm")
	case o.thoughts == "frozen" && o.start == "carry":
		return nil, usagef("frozen thoughts go with --start restart")
	}
	var out []prove.Curriculum
	for _, source := range []prove.ThoughtSource{prove.UniformThoughts, prove.FrozenThoughts, prove.CurrentThoughts} {
		if o.thoughts != "all" && o.thoughts != source.String() {
			continue
		}
		for _, carry := range []bool{false, true} {
			if o.start != "all" && o.start != startName(carry) || carry && source == prove.FrozenThoughts {
				continue
			}
			out = append(out, prove.Curriculum{Thoughts: source, Carry: carry, Alpha: o.alpha, Label: o.label, Digits: o.digits, StageTime: o.time, LastTime: o.lastTime,
				Steps: o.steps, LastSteps: o.lastSteps, Free: o.norm == "free"})
		}
	}
	return out, nil
}

// parseTime reads a positive time up to 1e9 in float64.
func parseTime(text string) (float64, error) {
	q, err := parsePositive(text)
	if err != nil {
		return 0, err
	}
	if t, err := inFloat64(q); err == nil && t <= 1e9 {
		return t, nil
	}
	return 0, errors.New("expected a number up to 1e9")
}

// movesOf compares the runs that differ in one idealisation.
func movesOf(runs []curriculumRow) []curriculumMove {
	find := func(source prove.ThoughtSource, carry bool) *prove.CurriculumRun {
		for _, r := range runs {
			if r.Thoughts == source && r.Carry == carry {
				return r.CurriculumRun
			}
		}
		return nil
	}
	moves := []curriculumMove{}
	add := func(assumption, what string, from, to *prove.CurriculumRun) {
		if from == nil || to == nil {
			return
		}
		m := curriculumMove{Assumption: assumption, What: what}
		for k := range from.Stages {
			m.Moves = append(m.Moves, to.Stages[k].End-from.Stages[k].End)
		}
		moves = append(moves, m)
	}
	analysis := find(prove.UniformThoughts, false)
	add("A5", "carry instead of restart, uniform thoughts", analysis, find(prove.UniformThoughts, true))
	add("A8", "walk weights of the earlier logits instead of uniform ones, restart", analysis, find(prove.FrozenThoughts, false))
	add("A5 A8", "thoughts generated anew with the present logit, carry, instead of uniform ones, restart", analysis, find(prove.CurrentThoughts, true))
	add("A5", "carry instead of restart, thoughts generated anew", find(prove.CurrentThoughts, false), find(prove.CurrentThoughts, true))
	return moves
}

func (d *curriculumDocument) print(w io.Writer) {
	d.printStages(w)
	d.printPrediction(w)
	if len(d.Moves) > 0 {
		fmt.Fprintln(w, "\nHow far the idealisations move the logit at the end of each stage")
		for _, m := range d.Moves {
			fmt.Fprintf(w, "  %-6s %s:", m.Assumption, m.What)
			for _, x := range m.Moves {
				fmt.Fprintf(w, " %+.4f", x)
			}
			fmt.Fprintln(w)
		}
	}
	fmt.Fprintln(w)
	for _, r := range d.Runs {
		if r.Judgement != nil {
			fmt.Fprintf(w, "%v thoughts, %s: %s (transformer against gradient descent on the reduced drift: %.1e)\n  %s\n", r.Thoughts, startName(r.Carry), r.Verdict, r.Difference, r.Reason)
		}
	}
	fmt.Fprintln(w, "limits are proved (--json prints both ends); ends are integrated in float64")
}

func (d *curriculumDocument) printStages(w io.Writer) {
	head := "thoughts\tstart\tstep\tinstances\tμ at start\tμ at end\tdescent\ttransformer\tlimit\tfalls from below\t"
	type stageRow struct {
		curriculumRow
		k int
	}
	var rows []stageRow
	for _, r := range d.Runs {
		for k := range r.Stages {
			rows = append(rows, stageRow{r, k})
		}
	}
	printTable(w, tabwriter.AlignRight, head, rows, func(w io.Writer, r stageRow) {
		s := r.Stages[r.k]
		limit := s.Status.String()
		if s.Limit != nil {
			limit = short(s.Limit)
		}
		fmt.Fprintf(w, "%v\t%s\t%d\t%d\t%.6f\t%.6f\t%.6f\t%.6f\t%s\t%s\t\n", r.Thoughts, startName(r.Carry), s.Step, s.Instances, s.Start, s.End, s.Beside.End, r.Simulated.Stages[r.k].End, limit, short(s.Threshold))
	})
	for _, r := range d.Runs {
		for _, s := range r.Stages {
			if s.Collapse != nil {
				fmt.Fprintf(w, "%s: at step %d every logit ≥ 0 falls below 0 (%v thoughts, %s)\n", s.Collapse.Verdict, s.Step, r.Thoughts, startName(r.Carry))
			}
			if s.Reason != "" {
				fmt.Fprintf(w, "undecided: step %d, %v thoughts, %s: %s\n", s.Step, r.Thoughts, startName(r.Carry), s.Reason)
			}
		}
	}
}

func (d *curriculumDocument) printPrediction(w io.Writer) {
	fmt.Fprintln(w, "\nPrediction stage")
	head := "thoughts\tstart\tμ_A\tμ_R\ttransformer μ_A\tμ_R\tμ_R/μ_A\tits limit\tright\ttransformer right\tpromised in the limit\t"
	printTable(w, tabwriter.AlignRight, head, d.Runs, func(w io.Writer, r curriculumRow) {
		ratio, now := "none: a premise fails", "–"
		if r.End.Carry != 0 {
			now = fmt.Sprintf("%.4f", r.End.Lift/r.End.Carry)
		}
		if r.End.Ratio != nil {
			ratio = short(r.End.Ratio)
		}
		fmt.Fprintf(w, "%v\t%s\t%.4f\t%.4f\t%.4f\t%.4f\t%s\t%s\t%d of %d\t%d\t%d\t\n", r.Thoughts, startName(r.Carry), r.End.Carry, r.End.Lift,
			r.Simulated.Carry, r.Simulated.Lift, now, ratio, r.End.Right, r.End.Instances, r.Simulated.Right, r.End.Promised)
	})
}
