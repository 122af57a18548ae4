package runlog

import (
	"context"
	"errors"
	"runtime"
	"sync"
)

// Progress is told how many units of work are done. Calls come one at a time.
type Progress func(done, total int)

// lead bounds how far Ordered works ahead of the first unit that is not done.
const lead = 1024

// Map calls work(ctx, i) for 0 ≤ i < n on so many goroutines (all processors
// if jobs < 1) and returns the results by index, the same for any jobs if work
// depends on i only. progress may be nil. It stops early when work fails or
// ctx ends, with the error of the least index that failed, or else that of
// ctx, and the results of the indices before the first that is not done.
func Map[T any](ctx context.Context, n, jobs int, progress Progress, work func(ctx context.Context, i int) (T, error)) ([]T, error) {
	out := make([]T, 0, n)
	err := ordered(ctx, 0, n, jobs, n, progress, work, func(_ int, x T) error {
		out = append(out, x)
		return nil
	})
	return out, err
}

// Ordered is Map over first ≤ i < last for results that need not be kept:
// each is handed to emit, in the order of the indices, one call at a time, as
// soon as all before it were. At most 1024 results wait, so that memory stays
// constant. It also stops when emit fails, with its error.
func Ordered[T any](ctx context.Context, first, last, jobs int, progress Progress, work func(ctx context.Context, i int) (T, error), emit func(i int, x T) error) error {
	return ordered(ctx, first, last, jobs, lead, progress, work, emit)
}

func ordered[T any](ctx context.Context, first, last, jobs, ahead int, progress Progress, work func(context.Context, int) (T, error), emit func(int, T) error) error {
	if jobs < 1 {
		jobs = runtime.GOMAXPROCS(0)
	}
	var (
		lock    sync.Mutex
		room    = sync.NewCond(&lock) // next < emitted + ahead, or it is over
		next    = first
		emitted = first
		done    = first
		waiting = map[int]T{}
		failed  = last // the least index that failed
		failure error
		group   sync.WaitGroup
	)
	stop := context.AfterFunc(ctx, func() {
		lock.Lock()
		defer lock.Unlock()
		room.Broadcast()
	})
	defer stop()
	// take returns the next index, or false if there is nothing left to do.
	take := func() (int, bool) {
		lock.Lock()
		defer lock.Unlock()
		for next < failed && next >= emitted+ahead && ctx.Err() == nil {
			room.Wait()
		}
		if next >= failed || ctx.Err() != nil {
			return 0, false
		}
		next++
		return next - 1, true
	}
	// give takes the result of a unit, or why it failed. Units below the one
	// that failed were taken before it, so that the least failure is found.
	give := func(i int, x T, err error) {
		lock.Lock()
		defer lock.Unlock()
		defer room.Broadcast()
		if err != nil {
			if stopped := ctx.Err() != nil && errors.Is(err, ctx.Err()); !stopped && i < failed {
				failed, failure = i, err
			}
			return
		}
		done++
		waiting[i] = x
		for emitted < failed {
			y, ok := waiting[emitted]
			if !ok {
				break
			}
			if err := emit(emitted, y); err != nil {
				failed, failure = emitted, err
				return
			}
			delete(waiting, emitted)
			emitted++
		}
		if progress != nil {
			progress(done, last)
		}
	}
	worker := func() {
		for i, ok := take(); ok; i, ok = take() {
			x, err := work(ctx, i)
			give(i, x, err)
		}
	}
	for range min(jobs, last-first) {
		group.Go(worker)
	}
	group.Wait()
	if failure != nil {
		return failure
	}
	if emitted < last {
		return ctx.Err()
	}
	return nil
}
