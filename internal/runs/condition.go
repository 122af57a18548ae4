package runs

import (
	"math"
	"slices"
)

// A Condition is runs that differ by the seed only.
type Condition struct {
	Name   string
	Runs   []*Run
	Curves []*Curve // of the independent ones
	Left   []string // runs that are not independent of one before, left out of the statistics
	Judgement
	all  []*Curve    // of every run
	Each []Judgement // of every curve, where two are judged one by one
}

// A Shared is two runs that begin alike to the bit: one was copied from the
// other, or has its seed, so they are not independent.
type Shared struct {
	Runs   [2]string `json:"runs"`
	Until  float64   `json:"until"` // last step that agrees
	Points int       `json:"points"`
	Whole  bool      `json:"whole"` // one of them ends there
}

// leastShared is how many points must agree. Numbers that stand still agree by
// chance, so there must be as many different ones among them, too.
const leastShared = 3

// sharedOf returns the beginning that two curves have in common, if they are not
// independent: by the curve itself, or by all numbers that were measured.
func sharedOf(a, b *Curve) (Shared, bool) {
	n := max(agreement(a, b, func(c *Curve, k int) uint64 { return math.Float64bits(c.Y[k]) }), agreement(a, b, func(c *Curve, k int) uint64 { return c.sums[k] }))
	if n == 0 {
		return Shared{}, false
	}
	return Shared{[2]string{a.Run, b.Run}, a.Steps[n-1], n, n == len(a.Steps) || n == len(b.Steps)}, true
}

// agreement counts the points at the beginning of two curves of which some bits
// agree, or returns 0 where that may be by chance.
func agreement(a, b *Curve, bits func(c *Curve, k int) uint64) int {
	n := 0
	different := map[uint64]bool{}
	for n < len(a.Steps) && n < len(b.Steps) && a.Steps[n] == b.Steps[n] && bits(a, n) == bits(b, n) {
		if len(different) < leastShared {
			different[bits(a, n)] = true
		}
		n++
	}
	if len(different) < leastShared {
		return 0
	}
	return n
}

// Conditions groups the curves of a log in the order in which they were read,
// and lists the pairs that are not independent. curve gives the curve of a run;
// runs without a point at t > 0, which have no place on log t, are left out.
func (l *Log) Conditions(curve func(*Run) *Curve) ([]*Condition, []Shared) {
	var out []*Condition
	var shared []Shared
	position := map[string]*Condition{}
	var before []*Curve
	for _, run := range l.Runs {
		c := curve(run)
		if len(positive([]*Curve{c})) == 0 {
			continue
		}
		condition := position[run.Condition]
		if condition == nil {
			condition = &Condition{Name: run.Condition}
			position[run.Condition] = condition
			out = append(out, condition)
		}
		condition.Runs, condition.all = append(condition.Runs, run), append(condition.all, c)
		alone := true
		for _, other := range before {
			if s, found := sharedOf(other, c); found {
				shared = append(shared, s)
				if slices.Contains(condition.Curves, other) {
					alone = false
				}
			}
		}
		before = append(before, c)
		if alone {
			condition.Curves = append(condition.Curves, c)
		} else {
			condition.Left = append(condition.Left, run.Name)
		}
	}
	return out, shared
}

// Only returns the condition of a name, or that of the run of a name with that
// run alone, or nil.
func Only(conditions []*Condition, name string) *Condition {
	for _, c := range conditions {
		if c.Name == name {
			return c
		}
	}
	for _, c := range conditions {
		for i, r := range c.Runs {
			if r.Name == name {
				return &Condition{Name: name, Runs: c.Runs[i : i+1], Curves: c.all[i : i+1], all: c.all[i : i+1]}
			}
		}
	}
	return nil
}

// JudgeAll judges conditions; the chance of a growing or falling curve is
// corrected over all of them.
func JudgeAll(conditions []*Condition, s Settings) {
	var p []float64
	var judged []*Condition
	for _, c := range conditions {
		if len(c.Curves) < leastSeeds && len(c.Curves) > 1 {
			for _, curve := range c.Curves {
				c.Each = append(c.Each, Judge([]*Curve{curve}, s))
			}
			c.Judgement = agreed(c.Each)
		} else {
			c.Judgement = Judge(c.Curves, s)
		}
		for _, run := range c.Runs {
			c.Collapse = append(c.Collapse, run.Collapse...)
		}
		if c.P != nil {
			p, judged = append(p, *c.P), append(judged, c)
		}
	}
	for i, corrected := range Holm(p) {
		judged[i].Corrected = &corrected
	}
}

// agreed is what is said of a condition with too few seeds for Student's t: what
// is said of each of its runs.
func agreed(each []Judgement) Judgement {
	out := each[0]
	out.Method, out.Windows, out.Parts, out.Change, out.Overshoot = "runs one by one", nil, [2]*Window{}, nil, nil
	for _, j := range each[1:] {
		if j.Verdict != out.Verdict {
			out.Verdict = Undecided
		}
		if j.Shape != out.Shape {
			out.Shape = NoShape
		}
		if out.P == nil || j.P == nil {
			out.P = nil
		} else if *j.P > *out.P {
			out.P = j.P
		}
	}
	return out
}

// Holm corrects probabilities of error for so many tests: those at or below a
// level hold together but for that level.
//
//	p'_(i) = max_{j≤i} min(1, (m−j+1)·p_(j)),   p_(1) ≤ … ≤ p_(m)
//
// Reference: S. Holm, Scandinavian Journal of Statistics 6 (1979).
func Holm(p []float64) []float64 {
	order := make([]int, len(p))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int {
		switch {
		case p[i] < p[j]:
			return -1
		case p[i] > p[j]:
			return 1
		}
		return 0
	})
	out := make([]float64, len(p))
	last := 0.0
	for rank, i := range order {
		last = max(last, min(1, float64(len(p)-rank)*p[i]))
		out[i] = last
	}
	return out
}

// Collapsed returns the stretches of thoughts in which some run of a condition collapses:
// those of the curve's own index if it has one.
func (c *Condition) Collapsed(y string) (out []Collapse) {
	index, has := indexOf(y)
	for _, x := range c.Collapse {
		if !has || x.Thoughts == index {
			out = append(out, x)
		}
	}
	return out
}

// An Answer says whether what was expected of a condition holds.
type Answer int

// String returns yes, no or undecided.
func (a Answer) String() string { return [...]string{"undecided", "yes", "no"}[a] }

// MarshalText writes the word of String.
func (a Answer) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// The answers.
const (
	Open Answer = iota // undecided
	Yes
	No
)

// Expectations lists what may be expected of a condition.
var Expectations = []string{"bounded", "logarithmic", "still", "growing", "falling", "collapsed", "overshot", "consistent"}

// Holds answers whether an expectation holds of a condition, whose curve is y. A
// verdict that implies the expected one satisfies it, and one that excludes it
// refutes it.
func (c *Condition) Holds(expectation, y string) Answer {
	if expectation == "collapsed" {
		return answered(len(c.Collapsed(y)) > 0, slices.ContainsFunc(c.Runs, func(r *Run) bool { return r.answers }))
	}
	if len(c.Each) == 0 {
		return c.Judgement.holds(expectation)
	}
	out := Yes
	for _, j := range c.Each {
		switch j.holds(expectation) {
		case No:
			return No
		case Open:
			out = Open
		}
	}
	return out
}

func answered(holds, fails bool) Answer {
	switch {
	case holds:
		return Yes
	case fails:
		return No
	}
	return Open
}

func (j *Judgement) holds(expectation string) Answer {
	later := j.Parts[1]
	moves := later != nil && (later.Verdict == Growing || later.Verdict == Falling)
	switch expectation {
	case "still", "growing", "falling":
		return answered(string(j.Verdict) == expectation || expectation == "growing" && j.Shape == Logarithmic, j.Verdict != Undecided)
	case "bounded":
		return answered(j.Shape == Bounded || j.Verdict == Still, moves)
	case "logarithmic":
		return answered(j.Shape == Logarithmic, j.Shape == Bounded || j.Verdict == Still || j.Verdict == Falling || moves && later.Verdict == Falling || j.changes())
	case "overshot":
		return answered(j.Overshoot != nil && j.Overshoot.Seen, j.Overshoot != nil)
	}
	return Open
}

// changes reports whether the slopes of the two halves differ by more than the
// margin.
func (j *Judgement) changes() bool {
	return j.Change != nil && (j.Change.Wide[0] > j.bound || j.Change.Wide[1] < -j.bound)
}
