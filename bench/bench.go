// Package bench measures the project's programs beside their peers, in
// alternation: each round times ours and then the peer's, and the ratio is that
// of a round, so that a slow minute of the machine slows both.
package bench

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// A Row compares one task of ours with one peer's.
type Row struct {
	Name  string   `json:"name"`
	Peer  string   `json:"peer"`         // what it was compared with, or why with nothing
	Ours  float64  `json:"ours_seconds"` // median over the rounds
	Peers *float64 `json:"peer_seconds"` // median, null without a peer
	Ratio *float64 `json:"ratio"`        // median of ours/peer by round
	// Spread is (largest − least)/(2·median) of the ratios, or of our seconds
	// without a peer.
	Spread float64  `json:"spread"`
	Goal   *float64 `json:"goal,omitempty"` // the largest ratio aimed at
	Rounds int      `json:"rounds"`
}

// A Task is one thing to measure. Each function returns the seconds that one
// repetition takes.
type Task struct {
	Name   string
	Goal   float64 // largest ratio aimed at, 0 for none
	Rounds int
	Ours   func(ctx context.Context) (float64, error)
	Peer   *Peer // nil if there is none to compare with
}

// A Peer is a program that does the same.
type Peer struct {
	Name    string
	Absent  string // why it cannot run, empty if it can
	Seconds func(ctx context.Context) (float64, error)
}

// Run measures one task.
func (t Task) Run(ctx context.Context) (Row, error) {
	row := Row{Name: t.Name, Peer: "none", Rounds: max(t.Rounds, 1)}
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
	var ours, peers, ratios []float64
	for range row.Rounds {
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
		peers, ratios = append(peers, other), append(ratios, seconds/other)
	}
	row.Ours = median(ours)
	row.Spread = spread(ours)
	if withPeer {
		p, r := median(peers), median(ratios)
		row.Peers, row.Ratio, row.Spread = &p, &r, spread(ratios)
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

// Repeat returns the least of the times of a function that is run until so
// much time has passed, three times at least unless one takes longer than
// that, once at least. The first run of a short one is not counted.
func Repeat(ctx context.Context, budget time.Duration, run func(context.Context) error) (float64, error) {
	best := time.Duration(1<<63 - 1)
	start := time.Now()
	for n := 0; ; n++ {
		before := time.Now()
		if err := run(ctx); err != nil {
			return 0, err
		}
		took := time.Since(before)
		if n > 0 || took > budget {
			best = min(best, took)
		}
		if passed := time.Since(start); passed > budget && n > 2 || took > budget {
			return best.Seconds(), nil
		}
		if err := ctx.Err(); err != nil {
			return 0, err
		}
	}
}
