package report

import (
	"cmp"
	"context"
	"crypto/sha256"
	"fmt"
	"html/template"
	"maps"
	"math"
	"slices"
	"strconv"

	"muflow/internal/sweep"
	"muflow/prove"
	"muflow/theory"
)

// trainings makes the part that compares theory and training.
func (b *Builder) trainings(context.Context) error {
	p := part{ID: "training", Heading: "Theory against training"}
	var err error
	if b.Results.Cross != nil {
		err = b.crossCheck(&p)
	} else {
		err = b.runs(&p)
	}
	if err != nil || len(p.Tables) == 0 {
		return err
	}
	b.addPart(p, "Training")
	return nil
}

// addPart puts a part on the page.
func (b *Builder) addPart(p part, name string) {
	b.page.Parts = append(b.page.Parts, p)
	b.page.Links = append(b.page.Links, link{p.ID, name})
}

// crossCheck shows the trainings of the main job.
func (b *Builder) crossCheck(p *part) error {
	x := b.Results.Cross
	p.Text = fmt.Sprintf("%d trainings in the simulated transformer by stochastic gradient descent under the Coconut loss, each with a fresh relabelling for every sample (seed %d). Each must stay within its band at every step, which correct theory leaves in any of the trainings with probability at most %.0e; the last column but one is the smallest error of the drift, in %%, that would have left it.", len(x.Rows), x.Seed, x.Failure)
	if a := b.Results.Averages; a != nil {
		p.Text += fmt.Sprintf(" Beside them %d descents on the average over all relabellings, of %d steps, under both losses: largest difference of a logit from the reduced drift %.0e, %v.", a.Descents, a.Steps, a.Largest, a.Verdict)
	}
	b.values = append(b.values, macro{"CrosscheckTrainings", strconv.Itoa(len(x.Rows))}, macro{"CrosscheckFailure", fmt.Sprintf("%.0e", x.Failure)})
	if a := b.Results.Averages; a != nil {
		b.values = append(b.values, macro{"AverageDescents", strconv.Itoa(a.Descents)}, macro{"AverageSteps", strconv.Itoa(a.Steps)}, macro{"AverageLargest", fmt.Sprintf("%.0e", a.Largest)})
	}
	t := table{Name: "crosscheck", Keys: 2, Columns: columnsOf("instance", "step", "n", "K", "time t", "μ of theory", "μ trained", "difference", "spread", "band", "notices %", "<verdict"), Command: "verify --seed " + strconv.FormatUint(x.Seed, 10)}
	used := Curve{Name: "(μ trained − μ of theory)/band", Style: Points}
	for i, r := range x.Rows {
		t.row(r.Instance, r.C, r.Vertices, r.Reached,
			fmt.Sprintf("%.1f", r.Time), fmt.Sprintf("%.5f", r.Theory), fmt.Sprintf("%.5f", r.Mean), fmt.Sprintf("%+.1e", r.Mean-r.Theory),
			fmt.Sprintf("%.4f", r.Spread), fmt.Sprintf("±%.4f", r.Band), fmt.Sprintf("%.2g", 100*r.Notices), cell{Text: r.Verdict.String(), Class: verdictClasses[r.Verdict]})
		used.X, used.Y = append(used.X, float64(i)), append(used.Y, (r.Mean-r.Theory)/r.Band)
	}
	p.Tables = append(p.Tables, t)
	b.latex = append(b.latex, t)
	if len(x.Rows) == 0 {
		return nil
	}
	last := float64(len(x.Rows) - 1)
	f := &Figure{Title: "Difference of training and theory, in units of the band", XLabel: "training", YLabel: "difference/band", Curves: []Curve{used,
		{Name: "edge of the band", X: []float64{0, last}, Y: []float64{1, 1}, Style: Dashed, Hue: 1}, {X: []float64{0, last}, Y: []float64{-1, -1}, Style: Dashed, Hue: 1}}}
	return b.figure(&p.Figures, f, "crosscheck", "The mean of the trained diagonal against gradient descent on the reduced drift.", t.Command, 6, 3.6)
}

// mostRunFigures is how many figures of trainings a page has.
const mostRunFigures = 12

// runs shows the trainings of a sweep.
func (b *Builder) runs(p *part) error {
	type place struct {
		dataset string
		step    int
		alpha   string
	}
	t := table{Name: "trainings", Keys: 4, Columns: columnsOf("<data", "step", "<loss", "α", "runs", "time t", "μ of theory", "μ trained, least", "most", "largest difference", "band", "<verdict")}
	groups := map[place][]*sweep.Record{}
	var order []place
	for _, r := range b.Results.Records {
		if r.Trained == nil || len(r.Trained.Series) == 0 {
			continue
		}
		at := place{r.Dataset, r.Step, r.Alpha}
		if groups[at] == nil {
			order = append(order, at)
		}
		groups[at] = append(groups[at], r)
	}
	if len(order) == 0 {
		return nil
	}
	slices.SortStableFunc(order, func(x, y place) int {
		return cmp.Or(cmp.Compare(x.dataset, y.dataset), cmp.Compare(x.step, y.step))
	})
	p.Text = "Stochastic gradient descent on all instances of a data set at once, each sample an instance and a relabelling drawn uniformly, against gradient descent on the mean of the reduced drifts. The band is left by correct theory with probability at most 10⁻⁶ in a training; under Coconut-BFS, whose loss is not convex, there is none."
	for _, at := range order {
		f := &Figure{Title: fmt.Sprintf("%s, step %d, α = %s", at.dataset, at.step, at.alpha), XLabel: "t = learning rate × steps", YLabel: "shared logit μ", LogX: true}
		for hue, loss := range []theory.Loss{theory.Coconut, theory.CoconutBFS} {
			b.runsOf(&t, f, groups[at], loss, hue)
		}
		if len(p.Figures) < mostRunFigures { // which without a folder stays empty
			err := b.figure(&p.Figures, f, fmt.Sprintf("training-%s-%d-%s", at.dataset, at.step, brief(at.alpha)),
				"Lines: the reduced theory. Circles: training.", b.cellCommand(groups[at][0].Key), 6, 3.8)
			if err != nil {
				return err
			}
		}
	}
	t.Command = b.cellCommand(groups[order[0]][0].Key)
	t.Note = "Each run has a key, by which it can be made again alone; they are in trainings.csv."
	if text := b.Results.leftOut(); text != "" {
		t.Note += template.HTML(" " + text)
	}
	p.Tables = append(p.Tables, t)
	b.latex = append(b.latex, t)
	return nil
}

// failed lists the cells of a sweep without a result.
func (b *Builder) failed(context.Context) error {
	t := table{Name: "failed", Columns: columnsOf("<cell", "<why there is no result")}
	count := 0
	for _, r := range b.Results.Records {
		if r.Failed == "" {
			continue
		}
		if count++; count <= mostAttention {
			t.row(cell{Text: r.Key, Class: "number"}, cell{Text: r.Failed, Class: "wide"})
			t.Command = b.cellCommand(r.Key)
		}
	}
	if count == 0 {
		return nil
	}
	count = b.Results.Folder.Outcome.Failed
	b.addPart(part{ID: "failed", Heading: "Cells without a result", Tables: []table{t},
		Text: fmt.Sprintf("%d cells have no result and count as undecided: training left the finite numbers, or a number was beyond a bound of the program. The first %d are listed; trainings.csv and claims.csv hold all.", count, min(count, mostAttention))}, "Failed")
	b.latex = append(b.latex, t)
	return nil
}

// brief writes a readout gain so that it can be part of a name.
func brief(alpha string) string {
	if word := camel(alpha); len(word) <= 24 {
		return word
	}
	sum := sha256.Sum256([]byte(alpha))
	return fmt.Sprintf("%x", sum[:6])
}

// runsOf adds the runs under one loss to a table and a figure.
func (b *Builder) runsOf(t *table, f *Figure, records []*sweep.Record, loss theory.Loss, hue int) {
	var list []*sweep.Record
	for _, r := range records {
		if r.Loss == loss.String() {
			list = append(list, r)
		}
	}
	if len(list) == 0 {
		return
	}
	line := Curve{Name: lossNames[loss] + ": theory", Hue: hue}
	for _, x := range list[0].Trained.Series {
		line.X, line.Y = append(line.X, x.Time), append(line.Y, x.Theory)
	}
	f.Curves = append(f.Curves, line)
	least, most, largest := math.Inf(1), math.Inf(-1), 0.0
	verdict := theory.Consistent
	for i, r := range list {
		run := Curve{Style: Points, Hue: hue}
		if i == 0 {
			run.Name = fmt.Sprintf("%s: training, %d runs", lossNames[loss], len(list))
		}
		series := r.Trained.Series
		for k := (len(series) - 1) % 3; k < len(series); k += 3 {
			run.X, run.Y = append(run.X, series[k].Time), append(run.Y, series[k].Mu)
		}
		f.Curves = append(f.Curves, run)
		end := series[len(series)-1].Mu
		least, most, largest = min(least, end), max(most, end), max(largest, r.Trained.Difference)
		if r.Trained.Verdict != theory.Consistent {
			verdict = r.Trained.Verdict
		}
	}
	last := list[0].Trained.Series[len(list[0].Trained.Series)-1]
	band, word := "–", cell{Text: "no band"}
	if x := list[0].Trained.Band; x != nil {
		band, word = fmt.Sprintf("±%.3f", *x), cell{Text: verdict.String(), Class: verdictClasses[verdict]}
	}
	t.row(list[0].Dataset, list[0].Step, lossNames[loss], list[0].Alpha, len(list),
		fmt.Sprintf("%.4g", last.Time), fmt.Sprintf("%.5f", last.Theory), fmt.Sprintf("%.5f", least), fmt.Sprintf("%.5f", most),
		fmt.Sprintf("%.4f", largest), band, word)
}

// cellCommand is the command that makes one cell of the sweep again.
func (b *Builder) cellCommand(key string) string {
	return b.command() + "   # or one cell: --cell " + key
}

// populations makes the part about the logit that the instances share.
func (b *Builder) populations(context.Context) error {
	t := table{Name: "populations", Keys: 3, Columns: columnsOf("<data", "step", "α", "instances", "d* < d_max", "d* > F(0)", "both", "<limit", "<μ*")}
	curves := map[string]*Curve{}
	var order []string
	for _, r := range b.Results.Records {
		if r.Decided == nil || r.Decided.Population == nil {
			continue
		}
		x := r.Decided.Population
		mu := cell{Class: "number"}
		if r.Decided.Mu != nil {
			mu.Text = agreed(*r.Decided.Mu)
			name := fmt.Sprintf("%s, step %d", r.Dataset, r.Step)
			if curves[name] == nil {
				curves[name] = &Curve{Name: name, Hue: len(order)}
				order = append(order, name)
			}
			alpha, err := parseFloat(r.Alpha)
			value, far := midpoints([]prove.Number{*r.Decided.Mu})
			if err == nil && far == nil { // within the range of float64
				c := curves[name]
				at, _ := slices.BinarySearch(c.X, alpha)
				c.X, c.Y, c.Bounds = slices.Insert(c.X, at, alpha), slices.Insert(c.Y, at, value[0]), slices.Insert(c.Bounds, at, *r.Decided.Mu)
			}
		}
		t.row(r.Dataset, r.Step, r.Alpha, x.Instances, x.Bounded,
			x.Positive, x.Both, x.Limit.String(), mu)
		t.Command = fmt.Sprintf("verify population%s --step %d --alpha %s --digits %d", b.Results.dataFlag(r.Dataset), r.Step, r.Alpha, b.Results.Digits)
	}
	if len(t.Rows) == 0 {
		return nil
	}
	p := part{ID: "populations", Heading: "The logit that a data set shares", Tables: []table{t},
		Text: "All instances of a data set train one logit. Under the Coconut loss it has a finite limit as soon as one instance has room (d* < d_max) and one has d_min < d*. The digits shown are those on which the two ends of the enclosure agree."}
	f := &Figure{Title: "Limit of the shared logit", XLabel: "readout gain α", YLabel: "μ*"}
	for _, name := range order {
		if c := curves[name]; len(c.X) > 1 {
			f.Curves = append(f.Curves, *c, Curve{X: c.X, Y: c.Y, Style: Points, Hue: c.Hue})
		}
	}
	if len(f.Curves) > 0 {
		if err := b.figure(&p.Figures, f, "populations", "How the limit depends on the readout gain.", t.Command, 6, 3.8); err != nil {
			return err
		}
	}
	b.addPart(p, "Populations")
	b.latex = append(b.latex, t)
	return nil
}

// distributions makes the part about the spread of the constants and about how
// tight the bounds are: the charts of the claims, those about the Coconut loss
// first.
func (b *Builder) distributions(context.Context) error {
	p := part{ID: "tightness", Heading: "Spread and tightness", Text: "Over all instances: where the equilibria lie, how near the closed-form ceiling comes to them, and how far the two logarithmic bounds are apart."}
	for _, loss := range []theory.Loss{theory.Coconut, theory.CoconutBFS} {
		for _, claim := range prove.Claims {
			if claim.Chart == nil || !claim.About(loss) {
				continue
			}
			f := b.chart(claim)
			if len(f.Curves) == 0 {
				continue
			}
			if err := b.figure(&p.Figures, f, claim.Chart.Name, claim.Chart.Caption, b.page.Verdicts.Command, 6, 3.8); err != nil {
				return err
			}
		}
	}
	if len(p.Figures) > 0 {
		b.addPart(p, "Tightness")
	}
	return nil
}

// chart draws the values of a claim, in a colour for each step.
func (b *Builder) chart(claim *prove.Claim) *Figure {
	c := claim.Chart
	f := &Figure{Title: c.Title, XLabel: c.Label, YLabel: cmp.Or(c.AgainstLabel, "part of the instances")}
	type place struct {
		dataset, alpha, value string
		prove.Where
	}
	known := map[place]float64{} // values of the claims about the same loss
	x, y := map[int][]float64{}, map[int][]float64{}
	for _, e := range b.Results.Entries {
		about, ok := prove.ClaimByID(e.Claim)
		if !ok || e.Verdict != theory.Proved || !about.About(claim.Losses...) {
			continue
		}
		at := func(name string) place { return place{e.Dataset, e.Alpha, name, e.Where} }
		for name, v := range e.Values {
			if middle, err := midpoints([]prove.Number{v}); err == nil {
				known[at(name)] = middle[0]
			}
		}
		value, over := known[at(c.Value)], known[at(c.Over)]
		switch {
		case e.Claim != claim.ID || e.Values == nil || c.Over != "" && over <= 0:
		case c.Over != "":
			x[e.Step] = append(x[e.Step], value/over)
		default:
			x[e.Step], y[e.Step] = append(x[e.Step], value), append(y[e.Step], known[at(c.Against)])
		}
	}
	highest := 0.0
	for _, step := range slices.Sorted(maps.Keys(x)) {
		name := fmt.Sprintf("step %d", step)
		if c.Against == "" {
			f.distribution(name, x[step], step)
			continue
		}
		f.Curves = append(f.Curves, Curve{Name: name, X: x[step], Y: y[step], Style: Points, Hue: step})
		highest = max(highest, slices.Max(x[step]))
	}
	if len(f.Curves) > 0 && c.Against != "" {
		f.Curves = append(f.Curves, Curve{Name: "equal", X: []float64{0, highest}, Y: []float64{0, highest}, Style: Dashed, Hue: 3})
	}
	return f
}

// distribution adds the distribution function of some numbers.
func (f *Figure) distribution(name string, numbers []float64, hue int) {
	if len(numbers) == 0 || slices.ContainsFunc(numbers, math.IsNaN) {
		return
	}
	slices.Sort(numbers)
	c := Curve{Name: fmt.Sprintf("%s (%d)", name, len(numbers)), Hue: hue}
	for i, x := range numbers {
		c.X = append(c.X, x, x)
		c.Y = append(c.Y, float64(i)/float64(len(numbers)), float64(i+1)/float64(len(numbers)))
	}
	f.Curves = append(f.Curves, c)
}
