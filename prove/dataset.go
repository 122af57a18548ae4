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
	Theorems []int    // of 1, 2, 3
	Step     int      // c, for Theorem 3 the number of thoughts; below 0: every one
	Alpha    *big.Rat // α, Theorem 1
	Logit    *big.Rat // μ of walk weights and of the spread, Theorems 2 and 3
	Digits   int
}

// Dataset decides the claims of the chosen theorems on every instance and step
// in the order of theorems, instances, steps and claims, whatever the number
// of jobs. The stage names what the progress is about.
func Dataset(ctx context.Context, instances []graph.Instance, s Selection, jobs int, progress func(stage string) runlog.Progress) ([]Result, error) {
	var out []Result
	for _, theorem := range s.Theorems {
		watch := progress(fmt.Sprintf("theorem %d", theorem))
		var results []Result
		var err error
		switch theorem {
		case 1:
			results, err = Theorem1Dataset(ctx, instances, s.Step, s.Alpha, s.Digits, jobs, watch)
		case 2:
			results, err = theorem2Dataset(ctx, instances, s, jobs, watch)
		case 3:
			results, err = theorem3Dataset(ctx, instances, s, jobs, watch)
		default:
			err = fmt.Errorf("theorem %d, expected 1, 2 or 3", theorem)
		}
		if err != nil {
			return nil, err
		}
		out = append(out, results...)
	}
	return out, nil
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

func theorem2Dataset(ctx context.Context, instances []graph.Instance, s Selection, jobs int, progress runlog.Progress) ([]Result, error) {
	decided, err := runlog.Map(ctx, len(instances), jobs, progress, func(_ context.Context, i int) ([]Result, error) {
		results, err := Theorem2(&instances[i], chosen(instances[i].Steps(), s.Step), s.Logit, s.Digits)
		if err != nil {
			return nil, fmt.Errorf("instance %d: %w", i, err)
		}
		for k := range results {
			results[k].Instance = Place(i)
		}
		return results, nil
	})
	return slices.Concat(decided...), err
}

// theorem3Dataset takes 0 to all thoughts of each demonstrated path.
func theorem3Dataset(ctx context.Context, instances []graph.Instance, s Selection, jobs int, progress runlog.Progress) ([]Result, error) {
	decided, err := runlog.Map(ctx, len(instances), jobs, progress, func(_ context.Context, i int) ([]Result, error) {
		var out []Result
		for _, thoughts := range chosen(instances[i].Steps()+1, s.Step) {
			results, err := Theorem3(&instances[i], thoughts, s.Logit, s.Digits)
			if err != nil {
				return nil, fmt.Errorf("instance %d, %d thoughts: %w", i, thoughts, err)
			}
			for _, r := range results {
				r.Where = Where{Place(i), thoughts}
				out = append(out, r)
			}
		}
		return out, nil
	})
	if err != nil {
		return nil, err
	}
	out := slices.Concat(decided...)
	longest := 0
	for i := range instances {
		longest = max(longest, instances[i].Steps())
	}
	for _, thoughts := range chosen(longest+1, s.Step) {
		r, err := Theorem3Population(instances, thoughts, s.Logit, s.Digits)
		if err != nil {
			return nil, fmt.Errorf("population after %d thoughts: %w", thoughts, err)
		}
		out = append(out, r)
	}
	return out, nil
}

// Theorem1Dataset decides Theorem 1 on every instance and step (all steps if
// step < 0), in the order of instances, steps and claims, whatever the number
// of jobs. Equal profiles are decided once.
func Theorem1Dataset(ctx context.Context, instances []graph.Instance, step int, alpha *big.Rat, digits, jobs int, progress runlog.Progress) ([]Result, error) {
	type place struct{ instance, step, profile int }
	var places []place
	var profiles []*theory.Profile
	index := map[string]int{}
	for i, s := range graph.StepsOf(instances, step) {
		p := theory.ProfileOf(s)
		at, seen := index[p.Key()]
		if !seen {
			at = len(profiles)
			index[p.Key()] = at
			profiles = append(profiles, p)
		}
		places = append(places, place{i, s.C, at})
	}
	decided, err := runlog.Map(ctx, len(profiles), jobs, progress, func(ctx context.Context, i int) ([]Result, error) {
		return Theorem1(ctx, profiles[i], alpha, digits)
	})
	if err != nil {
		return nil, err
	}
	var out []Result
	for _, at := range places {
		for _, r := range decided[at.profile] {
			r.Where = Where{Place(at.instance), at.step}
			out = append(out, r)
		}
	}
	return out, nil
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
