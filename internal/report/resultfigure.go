package report

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"math/big"
	"slices"
	"strconv"

	"muflow/graph"
	"muflow/internal/runlog"
	"muflow/internal/strict"
	"muflow/prove"
	"muflow/theory"
)

// ResultFigure draws the --json output of a command: of verify explore a map of
// the thresholds, or of two dials the map of a conclusion (the first if empty); of
// verify tightness a map of the inequalities; of verify ladder the logit on each
// rung; of verify attention, in several files, how the instances share out over
// the value gain.
func ResultFigure(files []string, conclusion string) (Series, error) {
	var out Series
	var shares []attentionShare
	for _, file := range files {
		text, err := runlog.ReadFile(file)
		if err != nil {
			return nil, err
		}
		var head struct {
			Schema string `json:"schema"`
		}
		if err := strict.Unmarshal(text, &head); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		if out != nil || len(shares) > 0 && head.Schema != "muflow/attention/1" {
			return nil, fmt.Errorf("%s: one file is drawn at a time, but for several of verify attention", file)
		}
		switch head.Schema {
		case "muflow/explore/1":
			out, err = dialsFigure(text)
		case "muflow/explore-pair/1":
			out, err = pairFigure(text, conclusion)
		case "muflow/tightness/1":
			out, err = tightnessFigure(text)
		case "muflow/ladder/1":
			out, err = ladderFigure(text)
		case "muflow/attention/1":
			var share attentionShare
			err = strict.Unmarshal(text, &share)
			shares = append(shares, share)
		default:
			err = fmt.Errorf("schema %.60q, expected the --json output of verify explore, tightness, ladder or attention", head.Schema)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
	}
	if len(shares) > 0 {
		return attentionFigure(shares)
	}
	return out, nil
}

// number is a threshold as an enclosure without proof.
func (t *threshold) number(scale float64) *prove.Number {
	if t == nil || !(scale > 0) {
		return nil
	}
	text := func(x float64) string { return strconv.FormatFloat(float64(x/scale), 'g', 6, 64) }
	return &prove.Number{Lo: text(t.Low), Hi: text(t.High)}
}

// dialsFigure maps where conclusions fail, as a part of the range of each dial.
func dialsFigure(text []byte) (*Phase, error) {
	var document struct{ Rows []dialRow }
	if err := strict.Unmarshal(text, &document); err != nil {
		return nil, err
	}
	if len(document.Rows) == 0 {
		return nil, errors.New("no rows")
	}
	p := &Phase{Title: "Where conclusions fail, as a part of the range of the dial", XLabel: "found by", YLabel: "dial and conclusion", X: []string{"training", "earliest", "theory"}, IsNumber: true, Bound: "fails nowhere in the range"}
	for _, r := range slices.Backward(document.Rows) {
		p.Y = append(p.Y, r.Key+": "+r.Conclusion)
		var row []PhaseCell
		for _, t := range []*threshold{r.Measured, r.Earliest, r.Predicted} {
			row = append(row, PhaseCell{Number: t.number(r.Range), Verdict: theory.Consistent})
		}
		p.Cells = append(p.Cells, row)
	}
	return p, nil
}

// pairFigure maps in what part of the settings a conclusion holds in training.
func pairFigure(text []byte, conclusion string) (*Phase, error) {
	document, across, err := readPair(text)
	if err != nil {
		return nil, err
	}
	k := 0
	if conclusion != "" {
		if k = slices.Index(document.Conclusions, conclusion); k < 0 {
			return nil, fmt.Errorf("no conclusion %.40q; it has %q", conclusion, document.Conclusions)
		}
	}
	if len(document.Conclusions) == 0 {
		return nil, errors.New("no conclusions")
	}
	p := &Phase{Title: document.Conclusions[k] + ": part of the settings in which it holds in training", XLabel: document.Y, YLabel: document.X, IsNumber: true, Bound: "no setting"}
	for _, y := range across {
		p.X = append(p.X, strconv.FormatFloat(y, 'g', -1, 64))
	}
	for i := 0; i < len(document.Cells); i += len(across) {
		p.Y = append(p.Y, strconv.FormatFloat(document.Cells[i].X, 'g', -1, 64))
		var row []PhaseCell
		for _, c := range document.Cells[i : i+len(across)] {
			if k >= len(c.Measured) {
				return nil, errors.New("a cell without a count for each conclusion")
			}
			x := PhaseCell{Verdict: theory.Consistent}
			if c.Settings > 0 {
				part := strconv.FormatFloat(float64(c.Measured[k])/float64(c.Settings), 'g', 4, 64)
				x.Number = &prove.Number{Lo: part, Hi: part}
			}
			row = append(row, x)
		}
		p.Cells = append(p.Cells, row)
	}
	return p, nil
}

// tightnessFigure maps how near to equality the inequalities come.
func tightnessFigure(text []byte) (*Phase, error) {
	var document tightnessDocument
	if err := strict.Unmarshal(text, &document); err != nil {
		return nil, err
	}
	if len(document.Inequalities) == 0 {
		return nil, errors.New("no inequalities")
	}
	p := &Phase{Title: "The lesser side over the greater one: 1 is equality", XLabel: "over all instances, steps and times tried", YLabel: "inequality of claim", X: []string{"loosest", "tightest"}, IsNumber: true, Bound: "not enclosed"}
	for _, x := range slices.Backward(document.Inequalities) {
		p.Y = append(p.Y, x.Claim)
		p.Cells = append(p.Cells, []PhaseCell{{Number: &x.Loosest, Verdict: theory.Proved, Reason: x.Inequality}, {Number: &x.Tightest, Verdict: theory.Proved, Reason: x.Inequality}})
	}
	return p, nil
}

// ladderFigure draws the logit on each rung with its interval.
func ladderFigure(text []byte) (*Figure, error) {
	type band struct {
		Mean float64 `json:"mean"`
		Half float64 `json:"half_width"`
	}
	var document struct {
		Rungs []struct {
			Name  string `json:"rung"`
			Drops string `json:"drops"`
			Mu    *band  `json:"mu"`
			Mass  *band  `json:"mass"`
		} `json:"rungs"`
	}
	if err := strict.Unmarshal(text, &document); err != nil {
		return nil, err
	}
	if len(document.Rungs) == 0 {
		return nil, errors.New("no rungs")
	}
	f := &Figure{Title: "From Theorem 1 to a learned network", XLabel: "μ, and mass on the new frontier; bars: 95 %", YLabel: "rung"}
	curves := [2]Curve{{Name: "logit μ", Style: Points}, {Name: "softmax mass", Style: Points, Hue: 1}}
	var bars []Curve
	for i, r := range slices.Backward(document.Rungs) {
		y := float64(len(document.Rungs) - i)
		name := r.Name
		if r.Drops != "" {
			name += " (without " + r.Drops + ")"
		}
		f.YNames = append(f.YNames, name)
		for k, b := range []*band{r.Mu, r.Mass} {
			if b == nil {
				continue
			}
			curves[k].X, curves[k].Y = append(curves[k].X, b.Mean), append(curves[k].Y, y)
			if b.Half > 0 {
				bars = append(bars, Curve{X: []float64{b.Mean - b.Half, b.Mean + b.Half}, Y: []float64{y, y}, Hue: k})
			}
		}
	}
	for _, c := range curves {
		if len(c.X) > 0 {
			f.Curves = append(f.Curves, c)
		}
	}
	f.Curves = append(f.Curves, bars...)
	return f, nil
}

// An attentionShare is what verify attention counts at one value gain.
type attentionShare struct {
	Gain                                            string
	Instances, Upward, Downward, Finite, Stationary int
}

// attentionFigure draws where the logits of the instances go, over the value gain.
func attentionFigure(list []attentionShare) (*Figure, error) {
	f := &Figure{Title: "Softmax attention: where the logit goes", XLabel: "value gain G", YLabel: "part of the instances", Room: true, Curves: []Curve{
		{Name: "grows without bound", Hue: 0, Marked: 1}, {Name: "falls without bound", Hue: 1, Marked: 2}, {Name: "finite", Hue: 2, Marked: 3}, {Name: "stationary", Hue: 3, Marked: 4}}}
	gains := make([]float64, len(list))
	order := make([]int, len(list))
	for i, x := range list {
		var err error
		if gains[i], err = parseFloat(x.Gain); err != nil || x.Instances < 1 {
			return nil, fmt.Errorf("gain %.40q, %d instances", x.Gain, x.Instances)
		}
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(gains[a], gains[b]) })
	for _, i := range order {
		x := list[i]
		for k, count := range []int{x.Upward, x.Downward, x.Finite, x.Stationary} {
			c := &f.Curves[k]
			c.X, c.Y = append(c.X, gains[i]), append(c.Y, float64(count)/float64(x.Instances))
		}
	}
	return f, nil
}

// histogramBins is how many bars a histogram has.
const histogramBins = 24

// PopulationFigure draws the equilibria of the instances of a data set at a step as
// a histogram, each enclosed, and the one of the logit that they share.
func PopulationFigure(ctx context.Context, instances []graph.Instance, step int, alpha *big.Rat) (*Figure, error) {
	var at []float64
	all := 0
	for _, s := range graph.StepsOf(instances, step) {
		all++
		e, err := prove.EquilibriumOf(ctx, theory.ProfileOf(s), alpha, flowDigits)
		if err != nil {
			return nil, err
		}
		if e.Limit != theory.FiniteLimit {
			continue
		}
		middle, err := midpoints([]prove.Number{prove.Enclose(e.Mu, flowDigits)})
		if err != nil {
			return nil, err
		}
		at = append(at, middle[0])
	}
	if len(at) == 0 {
		return nil, fmt.Errorf("none of %d instances with step %d has a finite equilibrium", all, step)
	}
	f := &Figure{Title: fmt.Sprintf("Equilibria at step %d", step), XLabel: "equilibrium μ*", YLabel: "instances", Room: true}
	low, high := slices.Min(at), slices.Max(at)
	width := (high - low) / histogramBins
	if !(width > 0) {
		width = 1
	}
	counts := make([]float64, histogramBins)
	for _, x := range at {
		counts[min(histogramBins-1, int((x-low)/width))]++
	}
	bars := Curve{Name: fmt.Sprintf("%d of %d instances, with a finite equilibrium", len(at), all)}
	bars.X, bars.Y = append(bars.X, low), append(bars.Y, 0)
	for i, n := range counts {
		bars.X = append(bars.X, low+float64(width*float64(i)), low+float64(width*float64(i+1)))
		bars.Y = append(bars.Y, n, n)
	}
	bars.X, bars.Y = append(bars.X, low+float64(width*histogramBins)), append(bars.Y, 0)
	f.Curves = append(f.Curves, bars)
	shared, err := prove.PopulationOf(ctx, instances, step, false, alpha, flowDigits)
	if err != nil {
		return nil, err
	}
	if len(shared.Theta) == 1 && shared.Limit == theory.FiniteLimit {
		number := prove.Enclose(shared.Theta[0], flowDigits)
		middle, err := midpoints([]prove.Number{number})
		if err != nil {
			return nil, err
		}
		f.Curves = append(f.Curves, Curve{Name: "of the logit that all share: " + agreed(number), X: []float64{middle[0], middle[0]}, Y: []float64{0, math.Ceil(slices.Max(counts))}, Style: Dashed, Hue: 1})
	}
	return f, nil
}
