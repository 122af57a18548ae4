// Package bench measures the project's programs beside their peers, in
// alternation: each round times ours and then the peer's, after the results of
// the first are found to agree. What counts is the least time of each, which
// other work on the machine disturbs least.
package bench

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"time"
)

// A Row compares one task of ours with one peer's.
type Row struct {
	Name  string   `json:"name"`
	Peer  string   `json:"peer"`         // what it was compared with, or why with nothing
	Ours  float64  `json:"ours_seconds"` // the least of the rounds
	Peers *float64 `json:"peer_seconds"` // the least, null without a peer
	Ratio *float64 `json:"ratio"`        // of the two
	// Spread is (largest − least)/(2·median) of the ratios by round, or of our
	// seconds without a peer; 0 after one round, which says nothing.
	Spread float64  `json:"spread"`
	Goal   *float64 `json:"goal,omitempty"`         // the largest ratio aimed at
	Limit  *float64 `json:"goal_seconds,omitempty"` // the most seconds aimed at
	Rounds int      `json:"rounds"`
	Work   float64  `json:"work,omitempty"`       // how much one repetition does,
	Unit   string   `json:"unit,omitempty"`       // in this unit
	Memory float64  `json:"peak_bytes,omitempty"` // the most that our process held, if that is to be told
	Agree  bool     `json:"agree,omitempty"`      // the results of both were compared, and agree
	// Floor is what the operations that the task cannot do without take at the
	// measured peak of a core.
	Floor *float64 `json:"floor_seconds,omitempty"`
}

// A Task is one thing to measure. Each function returns the seconds that one
// repetition takes.
type Task struct {
	Name   string
	Goal   float64 // largest ratio aimed at, 0 for none
	Limit  float64 // most seconds aimed at, 0 for none
	Rounds int
	Work   float64 // how much one repetition does, if that is to be told
	Unit   string
	Count  float64 // operations that the floor is made of, 0 for none,
	Peak   string  // and the task before this one that measures their rate
	Ours   func(ctx context.Context) (float64, error)
	Noted  *noted // what Ours finds out besides, nil for nothing
	Peer   *Peer  // nil if there is none to compare with
	// Agree says in what the result of the peer, which printed this, differs from
	// that of the last Ours; nil if they are not compared.
	Agree func(printed string) error
}

// A noted is what a measurement finds out beside its seconds: how much was done, and
// the most bytes that its process held; 0 where that is not told.
type noted struct{ work, held float64 }

// A Peer is a program that does the same.
type Peer struct {
	Name    string
	Absent  string // why it cannot run, empty if it can
	Seconds func(ctx context.Context) (float64, error)
	printed string // by the last run
}

// patience is how long rounds are repeated: the tasks that start after it have
// one each, to keep the whole near seven minutes on a busy machine too.
const patience = 5 * time.Minute

// Run measures the tasks in their order, and reports after each, if done is not nil,
// how many of them are done.
func Run(ctx context.Context, tasks []Task, done func(count, of int)) ([]Row, error) {
	repeatable := time.Now().Add(patience)
	warm()
	var rows []Row
	for i, t := range tasks {
		row, err := t.run(ctx, repeatable)
		if err != nil {
			return rows, err
		}
		for _, peak := range rows {
			if t.Count > 0 && peak.Name == t.Peak {
				floor := t.Count * peak.Ours / peak.Work
				row.Floor = &floor
			}
		}
		rows = append(rows, row)
		if done != nil {
			done(i+1, len(tasks))
		}
	}
	return rows, nil
}

// warm has the system map the memory that short tasks use: the first to touch a
// page waits longer for it than such a task computes.
func warm() {
	const piece, all = 1 << 16, 128 << 20
	var held [][]byte
	for range all / piece {
		b := make([]byte, piece)
		for i := 0; i < piece; i += 4096 {
			b[i] = 1
		}
		held = append(held, b)
	}
	runtime.KeepAlive(held)
	runtime.GC()
}

// run measures one task, in one round if it is late.
func (t Task) run(ctx context.Context, repeatable time.Time) (Row, error) {
	row := Row{Name: t.Name, Peer: "none", Work: t.Work, Unit: t.Unit}
	withPeer := t.Peer != nil && t.Peer.Absent == ""
	if t.Peer != nil {
		row.Peer = t.Peer.Name
		if !withPeer {
			row.Peer += " (absent: " + t.Peer.Absent + ")"
		}
	}
	if t.Goal > 0 {
		row.Goal = &t.Goal
	}
	if t.Limit > 0 {
		row.Limit = &t.Limit
	}
	var ours, peers, ratios []float64
	for row.Rounds == 0 || row.Rounds < t.Rounds && time.Now().Before(repeatable) {
		row.Rounds++
		seconds, err := t.Ours(ctx)
		if err != nil {
			return row, fmt.Errorf("%s: %w", t.Name, err)
		}
		ours = append(ours, seconds)
		if !withPeer {
			continue
		}
		other, err := t.Peer.Seconds(ctx)
		if err != nil {
			return row, fmt.Errorf("%s: %s: %w", t.Name, t.Peer.Name, err)
		}
		if t.Agree != nil {
			if err := t.Agree(t.Peer.printed); err != nil {
				return row, fmt.Errorf("%s: %s computes something else: %w", t.Name, t.Peer.Name, err)
			}
			row.Agree = true
		}
		peers, ratios = append(peers, other), append(ratios, seconds/other)
	}
	row.Ours, row.Spread = slices.Min(ours), spread(ours)
	if t.Noted != nil {
		row.Memory = t.Noted.held
		row.Work = max(row.Work, t.Noted.work)
	}
	if withPeer {
		least := slices.Min(peers)
		ratio := row.Ours / least
		row.Peers, row.Ratio, row.Spread = &least, &ratio, spread(ratios)
	}
	return row, nil
}

// median of a non-empty list.
func median(x []float64) float64 {
	sorted := slices.Sorted(slices.Values(x))
	n := len(sorted)
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}

func spread(x []float64) float64 { return (slices.Max(x) - slices.Min(x)) / (2 * median(x)) }

// A Clock tells how long something took.
type Clock uint8

// The two clocks. Processor time, of all threads of this process, is what the C
// peers report of themselves; where the system does not tell, it is that on
// the wall.
const (
	Wall Clock = iota
	Processor
)

// since returns a function that tells what has passed by the clock.
func (c Clock) since() func() time.Duration {
	start := time.Now()
	used, known := processorTime()
	return func() time.Duration {
		if c == Processor && known {
			now, _ := processorTime()
			return now - used
		}
		return time.Since(start)
	}
}

// Repeat returns the mean time of a function over as many runs as fit into
// the budget on the wall, after one that is not counted; a function that takes
// longer than the budget is run once, and counted.
func Repeat(ctx context.Context, clock Clock, budget time.Duration, run func(context.Context) error) (float64, error) {
	first := clock.since()
	start := time.Now()
	if err := run(ctx); err != nil {
		return 0, err
	}
	if time.Since(start) > budget {
		return first().Seconds(), nil
	}
	rest := clock.since()
	start = time.Now()
	n := 0
	for n == 0 || time.Since(start) < budget {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		if err := run(ctx); err != nil {
			return 0, err
		}
		n++
	}
	return rest().Seconds() / float64(n), nil
}
