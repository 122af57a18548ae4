package compare

import (
	"context"
	"encoding/json"
	"errors"
	"math/big"
	"muflow/graph"
	"testing"
)

// What the cross-check must not accept, and what must not change its result.
func TestCrossCheckSettings(t *testing.T) {
	instances, err := graph.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	good := CrossCheck{Alpha: big.NewRat(1, 1), Samples: 20_000, Batch: 10, Failure: 1e-6, Seed: 9}
	steps, err := good.Select(instances, 3)
	if err != nil {
		t.Fatal(err)
	}
	rejected := 0
	for name, spoil := range map[string]func(*CrossCheck){
		"no gain":         func(c *CrossCheck) { c.Alpha = nil },
		"negative gain":   func(c *CrossCheck) { c.Alpha = big.NewRat(-1, 1) },
		"no samples":      func(c *CrossCheck) { c.Samples = 0 },
		"no batch":        func(c *CrossCheck) { c.Batch = 0 },
		"less than batch": func(c *CrossCheck) { c.Samples = 9 },
		"no failure":      func(c *CrossCheck) { c.Failure = 0 },
		"sure failure":    func(c *CrossCheck) { c.Failure = 1 },
	} {
		bad := good
		spoil(&bad)
		if table, err := bad.Run(context.Background(), steps, Simulate); err == nil || table != nil {
			t.Errorf("%s was accepted", name)
		} else {
			rejected++
		}
	}
	if _, err := good.Run(context.Background(), nil, Simulate); err == nil || rejected != 7 {
		t.Errorf("no steps: %v; %d settings rejected", err, rejected)
	}
	failing := errors.New("out of weights")
	if _, err := good.Run(context.Background(), steps, func(context.Context, Training) (Path, error) { return Path{}, failing }); !errors.Is(err, failing) {
		t.Errorf("a failed training: %v", err)
	}
	for _, jobs := range []int{1, 3} {
		check, calls := good, 0
		check.Jobs = jobs
		check.Progress = func(done, total int) { calls++ }
		table, err := check.Run(context.Background(), steps, Simulate)
		if err != nil || calls != len(steps) {
			t.Fatalf("%v, %d calls", err, calls)
		}
		reference, err := good.Run(context.Background(), steps, Simulate)
		if err != nil {
			t.Fatal(err)
		}
		one, _ := json.Marshal(table)
		two, _ := json.Marshal(reference)
		if string(one) != string(two) {
			t.Errorf("with %d jobs: %s, expected %s", jobs, one, two)
		}
	}
	cancelled, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := good.Run(cancelled, steps, Simulate); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	if _, err := good.Select(instances[:2], 3); err == nil {
		t.Error("three steps of two instances")
	}
}
