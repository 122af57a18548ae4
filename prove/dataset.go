package prove

import (
	"context"
	"fmt"
	"math/big"

	"muflow/graph"
	"muflow/runlog"
	"muflow/theory"
)

// Theorem1Dataset decides Theorem 1 on every instance and step (all steps if
// step < 0), in the order of instances, steps and claims, whatever the number
// of jobs. Equal profiles are decided once.
func Theorem1Dataset(ctx context.Context, instances []graph.Instance, step int, alpha *big.Rat, digits, jobs int, progress runlog.Progress) ([]Result, error) {
	type place struct{ instance, step, profile int }
	var places []place
	var profiles []*theory.Profile
	index := map[string]int{}
	for i := range instances {
		for c := range instances[i].Steps() {
			if step >= 0 && c != step {
				continue
			}
			p, err := theory.ProfileOf(&instances[i], c)
			if err != nil {
				return nil, fmt.Errorf("instance %d, step %d: %w", i, c, err)
			}
			at, seen := index[p.Key()]
			if !seen {
				at = len(profiles)
				index[p.Key()] = at
				profiles = append(profiles, p)
			}
			places = append(places, place{i, c, at})
		}
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
			r.Instance, r.Step = at.instance, at.step
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
