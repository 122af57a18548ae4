package runs

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// A Run is what was read of one run.
type Run struct {
	Name      string
	Seed      string
	Condition string
	File      string
	Document  *Document // of verify train, or nil
	Stage     int       // of a document whose stages all begin anew, else 0
	Collapse  []Collapse
	Rated     bool // some line has a learning rate
	answers   bool // both accuracies of a collapse are there
	steps     []float64
	rates     []float64 // NaN where the line has none
	stages    []float64
	y         [2][]float64
	sums      []uint64
	watch     [maxThoughts]collapsing
}

// add adds a line to its run.
func (f *file) add(c *cells, place string) error {
	l := f.log
	if c.test {
		l.Tests++
		return nil
	}
	if math.IsNaN(c.step) {
		return fmt.Errorf("%s: no step", place)
	}
	if c.step < 0 {
		return fmt.Errorf("%s: step %v, expected a number ≥ 0", place, c.step)
	}
	if c.rate < 0 {
		return fmt.Errorf("%s: %s %v, expected a number ≥ 0", place, l.columns.rate, c.rate)
	}
	key := [2]string{c.run, c.seed}
	run := f.runs[key]
	if run == nil {
		if len(l.Runs) == maxRuns {
			return fmt.Errorf("%s: more than %d runs", place, maxRuns)
		}
		run = &Run{Name: c.run, Seed: c.seed, File: f.stem}
		if !c.hasRun {
			run.Name = f.stem
		}
		run.Condition, run.Seed = conditionOf(run.Name, c.seed, c.hasSeed)
		if _, number := splitNumber(run.Name); c.hasSeed && number != c.seed {
			run.Name += ", seed " + c.seed
		}
		f.runs[key] = run
		l.Runs = append(l.Runs, run)
	}
	if n := len(run.steps); n > 0 && c.step <= run.steps[n-1] {
		return fmt.Errorf("%s: step %v of run %s after %v, expected it to increase", place, c.step, shortened(run.Name), run.steps[n-1])
	}
	if l.rows++; l.rows > maxRows {
		return fmt.Errorf("%s: more than %d lines, expected fewer: log more rarely", place, maxRows)
	}
	run.Rated = run.Rated || !math.IsNaN(c.rate)
	run.steps, run.rates, run.stages = append(run.steps, c.step), append(run.rates, c.rate), append(run.stages, c.stage)
	for i := range run.y {
		run.y[i] = append(run.y[i], c.y[i])
	}
	run.sums = append(run.sums, c.sum)
	for thoughts := range run.watch {
		// Before its stage a number of thoughts is not trained.
		if stage := c.stage - f.firstStage; math.IsNaN(stage) || stage >= float64(thoughts) {
			run.answers = run.answers || !math.IsNaN(c.accuracy[0][thoughts]) && !math.IsNaN(c.accuracy[1][thoughts])
			run.watch[thoughts].see(c.step, c.accuracy[0][thoughts], c.accuracy[1][thoughts])
		}
	}
	return nil
}

// Finish chooses the column and names the conditions. Without a column to
// choose the error lists the candidates.
func (l *Log) Finish() error {
	column := 0
	candidates := l.columns.candidates()
	switch {
	case l.reading.Y != "":
		l.Y = l.reading.Y
		if !l.columns.known[l.Y] {
			return fmt.Errorf("--y %s: no line has a number there, expected one of %s", l.Y, listed(candidates))
		}
	case l.columns.known["mu"]:
		l.Y = "mu"
	case len(candidates) == 1:
		l.Y, column = candidates[0], 1
	case len(candidates) == 0:
		return fmt.Errorf("no column with numbers beside step")
	default:
		return fmt.Errorf("--y is needed, one of %s", listed(candidates))
	}
	for _, run := range l.Runs {
		run.y[0], run.y[1] = run.y[column], nil
		for thoughts, w := range run.watch {
			if c := w.longest; c.Points >= collapsePoints {
				c.Run, c.Thoughts = run.Name, thoughts
				run.Collapse = append(run.Collapse, c)
			}
		}
		for _, y := range run.y[0] {
			if math.IsNaN(y) {
				l.Gaps++
			}
		}
	}
	l.distinguish()
	return nil
}

// distinguish makes names that occur in several files differ by the file, and
// conditions by what the documents of their runs say of the training.
func (l *Log) distinguish() {
	files := map[string]map[string]bool{}
	for _, run := range l.Runs {
		if files[run.Name] == nil {
			files[run.Name] = map[string]bool{}
		}
		files[run.Name][run.File] = true
	}
	for _, run := range l.Runs {
		if run.Condition == "" { // a plain number is a seed
			run.Condition = run.File
			if len(files[run.Name]) > 1 {
				run.Name = run.File + "/" + run.Name
			}
		} else if len(files[run.Name]) > 1 {
			run.Name, run.Condition = run.File+"/"+run.Name, run.File+"/"+run.Condition
		}
	}
	trainings := map[string]map[string]bool{} // of each condition
	for _, run := range l.Runs {
		if trainings[run.Condition] == nil {
			trainings[run.Condition] = map[string]bool{}
		}
		trainings[run.Condition][run.Document.training()] = true
	}
	for _, run := range l.Runs {
		if training := run.Document.training(); training != "" && len(trainings[run.Condition]) > 1 {
			run.Condition += " (" + training + ")"
		}
	}
}

// listed writes names, not too many.
func listed(names []string) string {
	const most = 24
	if len(names) == 0 {
		return "none"
	}
	if len(names) > most {
		return strings.Join(names[:most], ", ") + fmt.Sprintf(" and %d more", len(names)-most)
	}
	return strings.Join(names, ", ")
}

// conditionOf splits a name into condition and seed: names that are equal up to
// a last number are seeds of one condition, and a plain number is a seed. Where
// a column names the seed, a number that is another belongs to the condition.
func conditionOf(name, seed string, hasSeed bool) (condition, number string) {
	stem, number := splitNumber(name)
	if hasSeed && number != seed {
		return name, seed
	}
	if number == "" {
		return name, ""
	}
	return strings.TrimRight(stem, "-_. /#=:,"), number
}

// splitNumber splits a name before the digits at its end.
func splitNumber(name string) (stem, number string) {
	at := len(name)
	for at > 0 && name[at-1] >= '0' && name[at-1] <= '9' {
		at--
	}
	return name[:at], name[at:]
}

// CurveOf returns the curve of a run, without its gaps.
//
//	t = Σ rate_k·(step_k − step_{k−1})
//
// with the rate of the line that the steps lead to, that of the line before
// where there is none. In stages that begin anew so does t.
func (l *Log) CurveOf(r *Run, rate float64) *Curve {
	c := &Curve{Run: r.Name, Seed: r.Seed}
	time, before, last := 0.0, 0.0, 1.0
	begun := r.Stage == 0
	for k, step := range r.steps {
		if !begun {
			if begun = r.stages[k] == float64(r.Stage); !begun {
				before = step
				continue
			}
		}
		if r.Stage > 0 && r.stages[k] != float64(r.Stage) {
			break
		}
		if !math.IsNaN(r.rates[k]) {
			last = r.rates[k]
		}
		used := last
		if !math.IsNaN(rate) {
			used = rate
		}
		time += float64(used * (step - before))
		before = step
		if y := r.y[0][k]; !math.IsNaN(y) && l.inStage(r.stages[k]) {
			c.Steps, c.Times, c.Y, c.sums = append(c.Steps, step), append(c.Times, time), append(c.Y, y), append(c.sums, r.sums[k])
		}
	}
	return c
}

// inStage reports whether points of a stage are asked for.
func (l *Log) inStage(stage float64) bool {
	return l.reading.Stage == nil || stage == *l.reading.Stage
}

// SplitStages makes a run of each stage of a run whose stages begin anew.
func (l *Log) SplitStages(r *Run) {
	at := slices.Index(l.Runs, r)
	var split []*Run
	for _, stage := range slices.Compact(slices.Clone(r.stages)) {
		if stage != math.Trunc(stage) || stage < 1 || stage > 1e6 {
			continue
		}
		one := *r
		one.Stage = int(stage)
		one.Name += fmt.Sprintf(", stage %d", one.Stage)
		one.Condition += fmt.Sprintf(", stage %d", one.Stage)
		split = append(split, &one)
	}
	if len(split) > 0 {
		l.Runs = slices.Replace(l.Runs, at, at+1, split...)
	}
}

// indexOf returns the index behind the last dot of a column.
func indexOf(column string) (index int, found bool) {
	_, text, found := strings.Cut(column, ".")
	index, err := strconv.Atoi(text)
	return index, found && err == nil
}
