package bench

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"os"
	"os/exec"
	"runtime"
	"sync"
	"time"

	"muflow/graph"
	"muflow/internal/exhaust"
	"muflow/internal/runlog"
	"muflow/prove"
	"muflow/theory"
)

// campaigns lists what many processors, or one, do on many instances.
func campaigns(setup Setup) []Task {
	count := len(setup.Instances)
	return []Task{
		{Name: fmt.Sprintf("Theorem 1 on %d instances, all steps, certificates written", count), Limit: 20, Rounds: 1,
			Work: float64(count), Unit: "instances", Ours: certificates(setup.Instances)},
		{Name: "Theorem 1, two workers beside one", Goal: 1 / 1.8, Rounds: 3, Ours: once(theorem1(setup.Instances, 2)),
			Peer: &Peer{Name: "one worker", Absent: tooFew(), Seconds: once(theorem1(setup.Instances, 1))}},
		{Name: "Theorem 1, two processes at once, half their time", Rounds: 3, Ours: func(ctx context.Context) (float64, error) {
			seconds, err := processes(ctx, 2, setup.theorem())
			return seconds / 2, err
		}, Peer: &Peer{Name: "one process: what the machine gives", Absent: tooFew(), Seconds: func(ctx context.Context) (float64, error) {
			return processes(ctx, 1, setup.theorem())
		}}},
		{Name: "Theorem 1 on every digraph with 5 vertices", Limit: 60, Rounds: 1, Ours: once(everyDigraph(5, 0))},
	}
}

func (s Setup) theorem() []string { return append([]string{s.Program}, s.Theorem...) }

func tooFew() string {
	if runtime.NumCPU() < 2 {
		return "one processor only"
	}
	return ""
}

// once measures one run on the wall.
func once(run func(context.Context) error) func(context.Context) (float64, error) {
	return func(ctx context.Context) (float64, error) {
		start := time.Now()
		err := run(ctx)
		return time.Since(start).Seconds(), err
	}
}

// theorem1 decides Theorem 1 on all instances.
func theorem1(instances []graph.Instance, jobs int) func(context.Context) error {
	return func(ctx context.Context) error {
		_, err := prove.Theorem1Dataset(ctx, instances, -1, big.NewRat(1, 1), 20, jobs, nil)
		return err
	}
}

// certificates does so on all processors and writes the certificates.
func certificates(instances []graph.Instance) func(context.Context) (float64, error) {
	return func(ctx context.Context) (float64, error) {
		folder, err := os.MkdirTemp("", "certificates")
		if err != nil {
			return 0, err
		}
		defer os.RemoveAll(folder)
		start := time.Now()
		selection := prove.Selection{Theorems: []int{1}, Step: -1, Alpha: big.NewRat(1, 1), Digits: 20}
		results, err := prove.Dataset(ctx, instances, selection, 0, func(string) runlog.Progress { return nil })
		if err != nil {
			return 0, err
		}
		err = prove.WriteCertificates(ctx, folder, prove.DataName{}, selection.ScopeOf(), instances, results, 0, nil)
		return time.Since(start).Seconds(), err
	}
}

// processes runs so many processes at once and returns when the last has ended.
func processes(ctx context.Context, count int, line []string) (float64, error) {
	start := time.Now()
	failures := make([]error, count)
	var group sync.WaitGroup
	for i := range count {
		group.Go(func() { failures[i] = exec.CommandContext(ctx, line[0], line[1:]...).Run() })
	}
	group.Wait()
	for _, err := range failures {
		var exit *exec.ExitError
		if errors.As(err, &exit) && (exit.ExitCode() == 1 || exit.ExitCode() == 3) {
			continue // something is refuted or undecided: it ran all the same
		}
		if err != nil {
			return 0, fmt.Errorf("%v: %w", line, err)
		}
	}
	return time.Since(start).Seconds(), nil
}

// everyDigraph decides Theorem 1 under both losses on all digraphs of an order.
func everyDigraph(vertices, jobs int) func(context.Context) error {
	return func(ctx context.Context) error {
		campaign, err := exhaust.New(exhaust.Config{Vertices: vertices, Losses: []string{theory.CoconutBFS.String(), theory.Coconut.String()}, Alpha: "1"})
		if err != nil {
			return err
		}
		_, err = campaign.Run(ctx, jobs, func(string) runlog.Progress { return nil })
		return err
	}
}
