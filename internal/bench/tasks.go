package bench

import (
	"context"
	"fmt"
	"math/big"
	"runtime"
	"strings"
	"time"

	"muflow/graph"
	"muflow/ode"
	"muflow/prove"
	"muflow/sim/kernel"
	"muflow/theory"
)

// The two profiles that the C peers know, see peers/inst.h.
func profileNamed(name string) (*theory.Profile, error) {
	if name == "A" {
		return theory.NewProfile(18, 7, 1, []theory.Class{{InSet: false, Degree: 0, Count: 9}, {InSet: true, Degree: 0, Count: 1},
			{InSet: true, Degree: 1, Count: 4}, {InSet: true, Degree: 2, Count: 2}, {InSet: false, Degree: 1, Count: 2}})
	}
	return theory.NewProfile(60, 20, 3, []theory.Class{{InSet: false, Degree: 0, Count: 25}, {InSet: true, Degree: 0, Count: 4},
		{InSet: true, Degree: 1, Count: 6}, {InSet: true, Degree: 2, Count: 5}, {InSet: true, Degree: 3, Count: 3}, {InSet: true, Degree: 5, Count: 2},
		{InSet: false, Degree: 1, Count: 7}, {InSet: false, Degree: 2, Count: 5}, {InSet: false, Degree: 3, Count: 2}, {InSet: false, Degree: 8, Count: 1}})
}

// A flow is one of the four that the peers are compared on.
type flow struct {
	profile string
	loss    theory.Loss
	word    string // of the loss, on the command lines of the peers
	until   int64
}

var flows = []flow{
	{"A", theory.Coconut, "coco", 1000}, {"B", theory.Coconut, "coco", 1000},
	{"A", theory.CoconutBFS, "bfs", 1_000_000}, {"B", theory.CoconutBFS, "bfs", 1_000_000},
}

// shortest is how long a measurement of a fast task goes on.
const shortest = 30 * time.Millisecond

// pathGoal is the largest ratio aimed at for one Taylor integration.
const pathGoal = 0.5

// A start prepares something to be run and timed.
type start func() (func(context.Context) error, error)

// seconds measures what is prepared, by processor time.
func (s start) seconds(ctx context.Context) (float64, error) {
	run, err := s()
	if err != nil {
		return 0, err
	}
	return Repeat(ctx, Processor, shortest, run)
}

// follow follows a flow by one of our methods and keeps μ at the end.
func (f flow) follow(method prove.FlowMethod, digits int, found *value) start {
	return func() (func(context.Context) error, error) {
		p, err := profileNamed(f.profile)
		return followProfile(p, f.loss, f.until, method, digits, found), err
	}
}

// followProfile follows a flow once.
func followProfile(p *theory.Profile, loss theory.Loss, until int64, method prove.FlowMethod, digits int, found *value) func(context.Context) error {
	request := prove.FlowRequest{Loss: loss, Alpha: big.NewRat(1, 1), Times: []*big.Rat{big.NewRat(until, 1)}, Digits: digits, Method: method}
	return func(ctx context.Context) error {
		flow, err := prove.FlowOf(ctx, p, request)
		if err == nil {
			found.text = flow.Mu[0].Lo
		}
		return err
	}
}

// path follows a flow by one Taylor integration without an error estimate, to
// μ at the end, as the C peers do.
func (f flow) path(digits int, found *value) start {
	return func() (func(context.Context) error, error) {
		p, err := profileNamed(f.profile)
		if err != nil {
			return nil, err
		}
		family, err := p.Family(f.loss, big.NewRat(1, 1))
		if err != nil {
			return nil, err
		}
		rational, err := family.Rational()
		if err != nil {
			return nil, err
		}
		system, start, mu := prove.RationalSystem(rational)
		until := big.NewRat(f.until, 1)
		return func(ctx context.Context) error {
			path, err := ode.Integrate(ctx, system, start, until, ode.Settings{Digits: digits})
			if err != nil {
				return err
			}
			at, err := path.Observe(mu, until)
			if err == nil {
				found.number = at
			}
			return err
		}, nil
	}
}

// equilibrium encloses the equilibrium of a profile.
func equilibrium(name string, digits int, found *value) start {
	return func() (func(context.Context) error, error) {
		p, err := profileNamed(name)
		return func(ctx context.Context) error {
			rest, err := prove.EquilibriumOf(ctx, p, big.NewRat(1, 1), digits)
			if err == nil {
				found.number = rest.Mu.Mid()
			}
			return err
		}, err
	}
}

// A value is a number that a task finds, as it comes.
type value struct {
	number *big.Float // nil: text
	text   string
}

// lost is how many of the digits asked for may differ: the C programs on MPFR
// bound no error.
const lost = 4

// sameNumber compares a number of ours with a word that the peer prints, to so
// many digits, or as many as both write.
func sameNumber(found *value, word, digits int) func(printed string) error {
	return func(printed string) error {
		words := strings.Fields(printed)
		if len(words) <= word {
			return fmt.Errorf("no number in %q", printed)
		}
		const bits = 4 * 1100
		text := found.text
		if found.number != nil {
			text = found.number.Text('e', digits)
		}
		ours, _, err := big.ParseFloat(text, 10, bits, big.ToNearestEven)
		if err != nil {
			return err
		}
		other, _, err := big.ParseFloat(words[word], 10, bits, big.ToNearestEven)
		if err != nil {
			return err
		}
		away := new(big.Float).Sub(ours, other)
		same := min(digits, digitsOf(text), digitsOf(words[word])) - lost
		allowed, _, _ := big.ParseFloat(fmt.Sprintf("1e-%d", same), 10, bits, big.ToNearestEven)
		if allowed.Mul(allowed, ours); away.Abs(away).Cmp(allowed.Abs(allowed)) > 0 {
			return fmt.Errorf("%.30s and %.30s are not the same to %d digits", text, words[word], same)
		}
		return nil
	}
}

// digitsOf counts the digits of a decimal number.
func digitsOf(text string) (count int) {
	text, _, _ = strings.Cut(text, "e")
	for _, r := range strings.TrimLeft(text, "-0.") {
		if r != '.' {
			count++
		}
	}
	return count
}

// A Setup is what the tasks run on.
type Setup struct {
	Peers     Peers
	Instances []graph.Instance
	Program   string   // the file of this one, for what is measured as a process
	Theorem   []string // arguments with which it decides Theorem 1 on the instances with one worker
	Page      string   // the address of the page, served
	Folder    string   // for files that last as long as the measurement
	// Kernels are those of the learned transformers, the fastest first.
	Kernels []*kernel.Kernel
}

// Tasks lists what `verify bench` measures: the peaks of a core first, then
// the fast tasks before the slow ones.
func Tasks(setup Setup) []Task {
	peers := setup.Peers
	tasks := peaks()
	for _, digits := range []int{16, 50, 100, 300} {
		for _, f := range flows {
			found := new(value)
			tasks = append(tasks, Task{
				Name: fmt.Sprintf("elementary solution, certified, %s %v to %d, %d digits", f.profile, f.loss, f.until, digits), Goal: 1, Rounds: 3,
				Ours:  f.follow(prove.ElementaryMethod, digits, found).seconds,
				Peer:  peers.Program("Arb closed form", "closedarb", f.profile, f.word, fmt.Sprint(digits), fmt.Sprint(f.until), "5"),
				Agree: sameNumber(found, 3, digits),
			})
		}
	}
	for _, name := range []string{"A", "B"} {
		found := new(value)
		tasks = append(tasks, Task{
			Name: fmt.Sprintf("equilibrium, certified, %s, 1000 digits", name), Goal: 3, Rounds: 3,
			Ours:  equilibrium(name, 1000, found).seconds,
			Peer:  peers.Program("MPFR Newton, no bounds", "newton", name, "1000", "20"),
			Agree: sameNumber(found, 1, 1000),
		})
	}
	for _, digits := range []int{50, 100, 300} {
		for _, f := range flows {
			rounds, found := 3, new(value)
			if digits > 100 {
				rounds = 2
			}
			tasks = append(tasks, Task{
				Name: fmt.Sprintf("Taylor path, %s %v to %d, %d digits", f.profile, f.loss, f.until, digits), Goal: pathGoal, Rounds: rounds,
				Ours:  f.path(digits, found).seconds,
				Peer:  peers.Program("MPFR Taylor, tapered", "tmpfr", f.profile, f.word, fmt.Sprint(digits), fmt.Sprint(f.until), "0", "1"),
				Agree: sameNumber(found, 3, digits),
			}, Task{
				Name: fmt.Sprintf("Taylor path, two runs for an error estimate, %s %v to %d, %d digits", f.profile, f.loss, f.until, digits), Rounds: 1,
				Ours: f.follow(prove.TaylorMethod, digits, found).seconds,
			}, Task{
				Name: fmt.Sprintf("Taylor flowpipe, certified, %s %v to %d, %d digits", f.profile, f.loss, f.until, digits), Goal: 1.5, Rounds: rounds,
				Ours:  f.follow(prove.FlowpipeMethod, digits, found).seconds,
				Peer:  peers.Program("Arb Taylor, rigorous", "tarb", f.profile, f.word, fmt.Sprint(digits), fmt.Sprint(f.until), "rig", "0", "1"),
				Agree: sameNumber(found, 3, digits),
			})
		}
	}
	tasks = append(tasks, vectorTasks(peers)...)
	tasks = append(tasks, campaigns(setup)...)
	tasks = append(tasks, theoryTasks(setup)...)
	tasks = append(tasks, linesTask(setup))
	tasks = append(tasks, pageTasks(setup)...)
	tasks = append(tasks,
		Task{Name: "theory transformer, a step (24 vertices, 36 edges, batch 32, full matrix)", Goal: 0.1, Rounds: 3, Ours: theoryStep,
			Peer: peers.Torch("PyTorch, autograd", "bench_theory.py", "us/step", 1e-6, runtime.NumCPU(), nil, "--steps", "1000")},
		Task{Name: "theory transformer, the same step", Rounds: 3, Ours: theoryStep,
			Peer: peers.Torch("PyTorch, gradient by hand", "bench_theory.py", "us/step", 1e-6, runtime.NumCPU(), nil, "--steps", "1000", "--manual", "1")},
	)
	for _, k := range setup.Kernels {
		tasks = append(tasks, learnedTasks(peers, k)...)
	}
	network := &network{folder: setup.Folder}
	for _, k := range setup.Kernels {
		tasks = append(tasks, network.tasks(peers, k)...)
	}
	return tasks
}

// theoryStep times a step of the size of bench_theory.py.
func theoryStep(ctx context.Context) (float64, error) {
	const steps = 400
	step, err := theoryTrainer(24, 36, 32)
	if err != nil {
		return 0, err
	}
	seconds, err := Repeat(ctx, Wall, 200*time.Millisecond, func(ctx context.Context) error {
		for range steps {
			if err := step(ctx); err != nil {
				return err
			}
		}
		return nil
	})
	return seconds / steps, err
}
