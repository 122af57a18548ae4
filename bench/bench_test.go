package bench

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// constant returns a function that gives the numbers by turns.
func constant(numbers ...float64) func(context.Context) (float64, error) {
	i := 0
	return func(context.Context) (float64, error) {
		x := numbers[i%len(numbers)]
		i++
		return x, nil
	}
}

func TestRatiosAreThoseOfRounds(t *testing.T) {
	task := Task{Name: "a", Goal: 3, Rounds: 3, Ours: constant(1, 2, 4), Peer: &Peer{Name: "p", Seconds: constant(1, 1, 8)}}
	row, err := task.Run(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	// Ratios 1, 2, 0.5: the median is 1, not median(ours)/median(peer) = 2.
	if row.Ours != 2 || *row.Peers != 1 || *row.Ratio != 1 || row.Spread != 0.75 || *row.Goal != 3 || row.Rounds != 3 {
		t.Errorf("%+v, ratio %g, peer %g", row, *row.Ratio, *row.Peers)
	}
	task.Peer = &Peer{Name: "p", Absent: "not here"}
	if row, err = task.Run(context.Background()); err != nil || row.Ratio != nil || row.Peers != nil || row.Peer != "p (absent: not here)" {
		t.Errorf("%+v, %v", row, err)
	}
	failing := errors.New("broken")
	task.Peer = &Peer{Name: "p", Seconds: func(context.Context) (float64, error) { return 0, failing }}
	if _, err = task.Run(context.Background()); !errors.Is(err, failing) {
		t.Errorf("a failing peer: %v", err)
	}
}

func TestRepeatStops(t *testing.T) {
	runs := 0
	if _, err := Repeat(context.Background(), Wall, time.Millisecond, func(context.Context) error { runs++; return nil }); err != nil || runs < 2 {
		t.Errorf("%d runs, %v", runs, err)
	}
	runs = 0
	seconds, err := Repeat(context.Background(), Wall, time.Nanosecond, func(context.Context) error { runs++; time.Sleep(time.Millisecond); return nil })
	if err != nil || runs != 1 || seconds < 1e-3 {
		t.Errorf("%d runs of %g s, %v", runs, seconds, err)
	}
}

func TestProgramsGiveTheirFirstWord(t *testing.T) {
	folder := t.TempDir()
	if p := Peers(folder).Program("x", "none"); p.Absent == "" {
		t.Error("a program that does not exist is not absent")
	}
	if err := os.WriteFile(filepath.Join(folder, "fast"), []byte("#!/bin/sh\necho 0.25 $1\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	p := Peers(folder).Program("x", "fast", "more")
	if p.Absent != "" {
		t.Skip("no programs can be run here")
	}
	seconds, err := p.Seconds(context.Background())
	if err != nil || seconds != 0.25 {
		t.Errorf("%g, %v", seconds, err)
	}
}
