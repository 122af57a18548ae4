package prove

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"math/big"
	"testing"

	"muflow/graph"
	"muflow/internal/long"
	"muflow/ode/ball"
	"muflow/theory"
)

// mpmath 1.3.0, by testdata/overshootends.py.
//
//go:embed testdata/overshootends.jsonl
var overshootEnds []byte

// Turns and ends at several rates and gains, even and uneven, are where another integrator and
// another search for zeros find them: one case in six, all of them with -long.
func TestTurnsAndEndsOfRandomFlows(t *testing.T) {
	turns, ends, cases := 0, 0, 0
	for i, line := range bytes.Split(bytes.TrimSpace(overshootEnds), []byte("\n")) {
		if !*long.Tests && i%6 != 0 {
			continue
		}
		var c struct {
			overshootCase
			Rate, Gain string
			End        []string
		}
		if err := json.Unmarshal(line, &c); err != nil {
			t.Fatal(err)
		}
		p := problem(stepOf(t, c.overshootCase))
		p.Rate.SetString(c.Rate)
		p.Gain.SetString(c.Gain)
		cases++
		o, err := DecideOvershoot(context.Background(), p)
		if err != nil || o.Turning != TurnLogit {
			t.Errorf("%s: %v, %v", line, o, err)
			continue
		}
		compare := func(got *ball.Ball, want string, error float64) {
			w := parsedBall(t, want)
			scale := ball.New(64).Abs(w).Upper()
			if w.AddError(scale.Mul(scale, big.NewFloat(error))); !got.Overlaps(w) {
				t.Errorf("%s: %v, want %s", line, got, want)
			}
		}
		compare(o.Time, c.Turn[0], 1e-9)
		compare(o.Turn[0], c.Turn[1], 1e-12)
		compare(o.Turn[1], c.Turn[2], 1e-9)
		turns++
		if o.End[0] != nil {
			compare(o.End[0], c.End[0], 1e-16)
			compare(o.End[1], c.End[1], 1e-16)
			ends++
		}
	}
	t.Logf("%d cases, %d turns, %d ends", cases, turns, ends)
	if turns < cases || ends < cases/2 || cases < 5 {
		t.Errorf("%d cases, %d turns, %d ends", cases, turns, ends)
	}
}

// stepOf returns the step of a case.
func stepOf(t *testing.T, c overshootCase) *theory.Uneven {
	t.Helper()
	g, err := graph.New(c.Vertices, c.Edges)
	if err != nil {
		t.Fatal(err)
	}
	in := graph.Instance{Graph: g, Root: 0, Target: c.Path[len(c.Path)-1], Other: c.Other, Path: c.Path}
	s, err := in.Step(c.C)
	if err != nil {
		t.Fatal(err)
	}
	of := map[[2]int]int{}
	for i, e := range c.Edges {
		of[e] = c.Deviations[i]
	}
	var deviations []*big.Rat
	for _, e := range g.Edges() {
		if s.Set()[e[0]] {
			deviations = append(deviations, big.NewRat(int64(of[e]), 1000))
		}
	}
	u, err := theory.UnevenOf(s, deviations)
	if err != nil {
		t.Fatal(err)
	}
	return u
}
