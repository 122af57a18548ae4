package runs

import (
	"encoding/json"
	"fmt"
	"math"
)

// A Pairing compares two conditions seed by seed: A less B over a window.
type Pairing struct {
	A         string    `json:"condition"`
	B         string    `json:"against"`
	Seeds     []string  `json:"seeds"`
	Method    string    `json:"method"`
	From      float64   `json:"from"` // step
	Level     Estimate  `json:"level"`
	Slope     Estimate  `json:"slope"`  // of the difference on log t, a unit of y per e-fold of t
	Corrected []float64 `json:"p_holm"` // of level and slope
	Verdict   string    `json:"verdict"`
	Reason    string    `json:"reason,omitempty"` // of curves that cannot be compared
}

// MarshalJSON leaves out the numbers of curves that cannot be compared: there
// are none.
func (p *Pairing) MarshalJSON() ([]byte, error) {
	if p.Reason != "" {
		return json.Marshal(struct {
			A       string   `json:"condition"`
			B       string   `json:"against"`
			Seeds   []string `json:"seeds"`
			Method  string   `json:"method"`
			Verdict string   `json:"verdict"`
			Reason  string   `json:"reason"`
		}{p.A, p.B, p.Seeds, p.Method, p.Verdict, p.Reason})
	}
	type plain Pairing
	return json.Marshal((*plain)(p))
}

// Pair compares the curves of two conditions that have a seed in common, at the
// steps that both have: the mean of the difference over the window and its
// slope on log t. Three pairs or more are judged by Student's t, fewer as one
// run; the two tests are corrected after Holm.
func Pair(a, b *Condition, s Settings) (*Pairing, error) {
	p := &Pairing{A: a.Name, B: b.Name, Verdict: string(Undecided)}
	var differences []*Curve
	for _, x := range a.Curves {
		for _, y := range b.Curves {
			if x.Seed != y.Seed {
				continue
			}
			if d := positive([]*Curve{differenceOf(x, y)}); len(d) > 0 {
				p.Seeds, differences = append(p.Seeds, x.Seed), append(differences, d...)
			}
			break
		}
	}
	if len(differences) == 0 {
		return nil, fmt.Errorf("%s and %s have no seed with common steps at t > 0", a.Name, b.Name)
	}
	p.Method = "seeds"
	if len(differences) < leastSeeds {
		p.Method = "one run"
		differences = []*Curve{average(differences)}
	}
	first, last := span(differences)
	from := math.Sqrt(first) * math.Sqrt(last)
	if !math.IsNaN(s.From) {
		from = timeOf(differences, s.From)
	}
	var levels, slopes []float64
	for i, d := range differences {
		d = d.until(last).since(from)
		if differences[i] = d; len(d.Times) < leastRun || d.Times[0] == d.Times[len(d.Times)-1] {
			p.Reason = tooFew
			return p, nil
		}
		levels, slopes = append(levels, mean(d.Y)), append(slopes, leastSquares(d))
	}
	p.From = differences[0].Steps[0]
	if p.Method == "seeds" {
		p.Level, p.Slope = severalSeeds(levels), severalSeeds(slopes)
	} else {
		x, y := logs(differences[0])
		p.Level, _ = oneRun(meanOf(len(x)), y)
		p.Slope, _ = oneRun(slopeOf(x), y)
	}
	p.Corrected = Holm([]float64{p.Level.P, p.Slope.P})
	switch {
	case p.Corrected[0] > 0.05:
	case p.Level.Value > 0:
		p.Verdict = "above"
	default:
		p.Verdict = "below"
	}
	return p, nil
}

// differenceOf returns one curve less another at the steps that both have.
func differenceOf(a, b *Curve) *Curve {
	at := map[float64]int{}
	for k, step := range b.Steps {
		at[step] = k
	}
	out := &Curve{Run: a.Run, Seed: a.Seed}
	for k, step := range a.Steps {
		if j, ok := at[step]; ok {
			out.Steps, out.Times, out.Y = append(out.Steps, step), append(out.Times, a.Times[k]), append(out.Y, a.Y[k]-b.Y[j])
		}
	}
	return out
}

// meanOf returns the functional of the mean of so many points.
func meanOf(points int) functional {
	f := functional{weights: make([]float64, points), fitted: 1}
	for k := range f.weights {
		f.weights[k] = 1 / float64(points)
	}
	f.rest = func(y, into []float64) {
		level := mean(y)
		for k := range y {
			into[k] = y[k] - level
		}
	}
	return f
}
