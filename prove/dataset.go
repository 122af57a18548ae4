package prove

import (
	"context"
	"fmt"
	"math/big"
	"slices"

	"muflow/graph"
	"muflow/internal/runlog"
	"muflow/theory"
)

// A Selection says what of a data set is to be decided.
type Selection struct {
	Theorems []int       // of 1, 2, 3, CarryTrained, AnyStart, Stages, Softmax and Overshooting
	Units    []Unit      // only claims about these, nil: all
	Step     int         // c, for Theorem 3 the number of thoughts; below 0: every one
	Alpha    *big.Rat    // α, Theorem 1
	Logit    *big.Rat    // μ of walk weights and of the spread; Theorem 1 may be decided without
	Gain     *big.Rat    // g, softmax attention
	Start    *big.Rat    // μ(0) of CarryTrained and AnyStart, nil: 0
	Carry    CarryOver   // where that is trained
	Trained  TrainedGain // of claims of Overshooting
	Label    graph.Law   // of the Coconut labels; Theorems 2, 3 and 1(a) do not depend on it
	Digits   int
	Brief    bool   // without times that take a flow to enclose and that no verdict rests on
	Known    *Known // nil: each profile is decided once a call, with certificates
}

// Dataset decides the claims of the chosen theorems on every instance and step
// in the order of theorems, units, places and claims, whatever the number of
// jobs. Equal profiles are decided once. The stage names what the progress is
// about.
func Dataset(ctx context.Context, instances []graph.Instance, s Selection, jobs int, progress func(stage string) runlog.Progress) ([]Result, error) {
	var out []Result
	for _, theorem := range s.Theorems {
		stage, named := map[int]string{CarryTrained: "carry-over trained", AnyStart: "any start", Stages: "stages", Softmax: "softmax attention", Overshooting: "overshoot"}[theorem]
		if !named {
			stage = fmt.Sprintf("theorem %d", theorem)
		}
		watch, known := progress(stage), false
		for _, unit := range units {
			claims := claimsWith(func(c *Claim) bool { return c.Number == theorem && c.Unit == unit && (s.Logit != nil || !c.Walk) })
			if len(claims) == 0 {
				continue
			}
			known = true
			if s.Units != nil && !slices.Contains(s.Units, unit) {
				continue
			}
			results, err := s.decide(ctx, claims, instances, unit, jobs, watch)
			if err != nil {
				return nil, err
			}
			out, watch = append(out, results...), nil
		}
		if !known {
			return nil, fmt.Errorf("theorem %d, expected one that claims have", theorem)
		}
	}
	return out, nil
}

// UnitsOf lists the units of the claims of a theorem, in their order.
func UnitsOf(theorem int) []Unit {
	return slices.DeleteFunc(slices.Clone(units), func(unit Unit) bool {
		return !slices.ContainsFunc(Claims, func(c *Claim) bool { return c.Number == theorem && c.Unit == unit })
	})
}

// A task is subjects that are decided one after the other, as they
// share something.
type task []*Subject

// forget drops what the subjects share that is large.
func (t task) forget() {
	for _, e := range t {
		if e.hops != nil {
			e.hops.counts, e.hops.last = nil, nil
		}
	}
}

// decide decides claims about one unit, task by task.
func (s Selection) decide(ctx context.Context, claims []*Claim, instances []graph.Instance, unit Unit, jobs int, progress runlog.Progress) ([]Result, error) {
	tasks, places := s.tasks(instances, unit)
	decided, err := runlog.Map(ctx, len(tasks), jobs, progress, func(ctx context.Context, i int) ([][]Result, error) {
		var out [][]Result
		for _, e := range tasks[i] {
			results, err := s.Known.decide(ctx, claims, e)
			if err != nil {
				return nil, fmt.Errorf("instance %v, step %d: %w", e.Instance, e.Step, err)
			}
			out = append(out, results)
			e.kept = kept{}
		}
		tasks[i].forget()
		return out, nil
	})
	if err != nil {
		return nil, err
	}
	var out []Result
	for _, at := range places {
		for _, r := range decided[at.task][at.piece] {
			if r.Where = at.Where; s.Gain != nil {
				r.Gain = s.Gain.RatString()
			}
			out = append(out, r)
		}
	}
	return out, nil
}

// A place says where in a list of tasks something is decided.
type place struct {
	Where
	task, piece int
}

// tasks lists the subjects of a unit, and the places in their order.
func (s Selection) tasks(instances []graph.Instance, unit Unit) (tasks []task, places []place) {
	add := func(t task) {
		for k, e := range t {
			places = append(places, place{e.Where, len(tasks), k})
		}
		tasks = append(tasks, t)
	}
	subject := func(where Where) *Subject {
		return &Subject{Where: where, Alpha: s.Alpha, Logit: s.Logit, Gain: s.Gain, Start: s.Start, Carry: s.Carry, Trained: s.Trained, Label: s.Label, Digits: s.Digits, Brief: s.Brief}
	}
	switch unit {
	case OnProfile:
		index := map[string]int{}
		for i, step := range graph.StepsOf(instances, s.Step) {
			e := subject(Where{Place(i), step.C})
			if labeled, err := s.Label.Step(step.Instance, step.C); err == nil {
				step = labeled
			} else {
				e.Unlabeled = true
			}
			e.Profile = theory.ProfileOf(step)
			e.key = fmt.Sprint(e.Profile.Key(), e.Unlabeled)
			if at, seen := index[e.key]; seen {
				places = append(places, place{e.Where, at, 0})
				continue
			}
			index[e.key] = len(tasks)
			add(task{e})
		}
	case OnPopulation:
		longest := 0
		for i := range instances {
			longest = max(longest, instances[i].Steps())
		}
		for _, thoughts := range chosen(longest+1, s.Step) {
			e := subject(Where{AllInstances, thoughts})
			e.Instances = instances
			add(task{e})
		}
	default:
		for i := range instances {
			count := instances[i].Steps()
			if unit == OnThoughts { // 0 to all thoughts of the demonstrated path
				count++
			}
			var t task
			hops := &lengths{}
			for _, c := range chosen(count, s.Step) {
				e := subject(Where{Place(i), c})
				e.Input, e.hops = &instances[i], hops
				t = append(t, e)
			}
			add(t)
		}
	}
	return tasks, places
}

// chosen returns the numbers 0…count−1 that a step selects.
func chosen(count, step int) []int {
	var out []int
	for c := range count {
		if step < 0 || c == step {
			out = append(out, c)
		}
	}
	return out
}

// Theorem1 decides the claims about profiles, or those of them about some
// losses, on one profile, with enclosures of the constants that they name to
// about so many digits. Where is left to the caller. A claim is Proved if
// integers and enclosures prove it and the checker of theory/cert accepts a
// certificate of it, which the result carries, or reaches one of its limits.
// theory.md section 3 states the claims.
func Theorem1(ctx context.Context, p *theory.Profile, alpha *big.Rat, digits int, losses ...theory.Loss) ([]Result, error) {
	return decideAll(ctx, claimsWith(func(c *Claim) bool { return c.Number == 1 && c.Unit == OnProfile && c.About(losses...) }), &Subject{Profile: p, Alpha: alpha, Digits: digits})
}

// Theorem1Dataset decides Theorem 1 alone, on every step if step < 0.
func Theorem1Dataset(ctx context.Context, instances []graph.Instance, step int, alpha *big.Rat, digits, jobs int, progress runlog.Progress) ([]Result, error) {
	return Dataset(ctx, instances, Selection{Theorems: []int{1}, Step: step, Alpha: alpha, Digits: digits}, jobs, func(string) runlog.Progress { return progress })
}

// Summarise counts verdicts by their names.
func Summarise(results []Result) map[string]int {
	summary := map[string]int{}
	for _, v := range theory.Verdicts {
		summary[v.String()] = 0
	}
	for _, r := range results {
		summary[r.Verdict.String()]++
	}
	return summary
}
