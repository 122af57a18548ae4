package prove

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"runtime"
	"sync"

	"muflow/graph"
	"muflow/theory"
)

// Progress is told how many units of work are done. Calls come one at a time.
type Progress func(done, total int)

// Theorem1Dataset decides Theorem 1 on every instance and step (all steps if
// step < 0), in the order of instances, steps and claims, whatever the number
// of jobs. Equal profiles are decided once.
func Theorem1Dataset(ctx context.Context, instances []graph.Instance, step int, alpha *big.Rat, digits, jobs int, progress Progress) ([]Result, error) {
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
	decided := make([][]Result, len(profiles))
	err := parallel(ctx, len(profiles), jobs, progress, func(i int) (err error) {
		decided[i], err = Theorem1(ctx, profiles[i], alpha, digits)
		return err
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

// parallel calls work(0) … work(n−1) on so many goroutines (all processors if
// jobs < 1) and returns the error of the smallest index that failed.
func parallel(ctx context.Context, n, jobs int, progress Progress, work func(int) error) error {
	if jobs < 1 {
		jobs = runtime.GOMAXPROCS(0)
	}
	var (
		lock    sync.Mutex
		next    int
		done    int
		failed  = n
		failure error
		group   sync.WaitGroup
	)
	for range min(jobs, n) {
		group.Go(func() {
			for {
				lock.Lock()
				i := next
				next++
				stop := i >= n || failure != nil && i > failed
				lock.Unlock()
				if stop || ctx.Err() != nil {
					return
				}
				err := work(i)
				lock.Lock()
				if err != nil && i < failed {
					failed, failure = i, err
				}
				done++
				if progress != nil {
					progress(done, n)
				}
				lock.Unlock()
			}
		})
	}
	group.Wait()
	if failure != nil && !errors.Is(failure, context.Canceled) {
		return failure
	}
	return ctx.Err()
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
