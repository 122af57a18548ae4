package explore

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"muflow/internal/portable"

	"muflow/graph"
	"muflow/internal/runlog"
	"muflow/sim"
	"muflow/theory"
)

// A MismatchMap says where the full score matrix stays bounded at one step
// (assumption A3): instance by instance, and for random mixtures of them, by
// the exact overlap of their contrasts, with training beside it.
type MismatchMap struct {
	Step        int       `json:"step"`
	Instances   int       `json:"instances"`
	Bounded     int       `json:"bounded"`         // bounded with a diagonal matrix
	Overlap     int       `json:"overlap"`         // bounded with the full matrix
	Quasi       int       `json:"quasi_separated"` // unbounded
	Separated   int       `json:"separated"`       // unbounded
	Overlapping []int     `json:"overlapping"`     // the instances that stay bounded
	Mixtures    []Mixture `json:"mixtures"`
	Trained     int       `json:"trained"`   // instances and mixtures that were trained
	Agreed      int       `json:"agreed"`    // training and overlap agree
	Undecided   int       `json:"undecided"` // training did not say within its horizon
	Disagreed   []string  `json:"disagreed,omitempty"`
}

// A Mixture counts random subsets of one size.
type Mixture struct {
	Size    int `json:"size"`
	Draws   int `json:"draws"`
	Overlap int `json:"overlap"` // that stay bounded
}

// mixtureSizes are the sizes of the subsets that are drawn.
var mixtureSizes = []int{2, 3, 4, 6, 8, 12, 16, 32}

// MapMismatch decides every instance with the step and draws mixtures of each
// size, and trains some of each kind. The result depends on its arguments only.
func MapMismatch(ctx context.Context, instances []graph.Instance, step, draws, trainings int, seed uint64, jobs int, progress runlog.Progress) (*MismatchMap, error) {
	out := &MismatchMap{Step: step}
	var settings []Setting
	var contrasts [][][]int
	for i, at := range graph.StepsOf(instances, step) {
		s, p := Setting{Step: at}, theory.ProfileOf(at)
		out.Instances++
		x, err := s.contrasts()
		kind, err := separate(x, err)
		if err != nil {
			return nil, err
		}
		settings, contrasts = append(settings, s), append(contrasts, x)
		if p.Certify(theory.Coconut).Limit() == theory.FiniteLimit {
			out.Bounded++
		}
		switch kind {
		case theory.Overlap:
			out.Overlap++
			out.Overlapping = append(out.Overlapping, i)
		case theory.QuasiSeparation:
			out.Quasi++
		default:
			out.Separated++
		}
	}
	if out.Instances == 0 {
		return nil, fmt.Errorf("no instance has step %d", step)
	}
	type trial struct {
		members []int
		overlap bool
	}
	rng := rand.New(rand.NewPCG(seed, uint64(step)))
	var trials []trial
	decide := func(members []int) (bool, error) {
		var all [][]int
		for _, m := range members {
			all = append(all, contrasts[m]...)
		}
		kind, err := separate(all, nil)
		return kind == theory.Overlap, err
	}
	for _, m := range rng.Perm(len(settings))[:min(trainings, len(settings))] {
		overlap, err := decide([]int{m})
		if err != nil {
			return nil, err
		}
		trials = append(trials, trial{[]int{m}, overlap})
	}
	for _, size := range mixtureSizes {
		if size > len(settings) {
			break
		}
		mix := Mixture{Size: size, Draws: draws}
		for k := range draws {
			members := rng.Perm(len(settings))[:size]
			overlap, err := decide(members)
			if err != nil {
				return nil, err
			}
			if overlap {
				mix.Overlap++
			}
			if k < 2 && size <= 4 {
				trials = append(trials, trial{members, overlap})
			}
		}
		out.Mixtures = append(out.Mixtures, mix)
	}
	verdicts, err := runlog.Map(ctx, len(trials), jobs, progress, func(ctx context.Context, i int) (int8, error) {
		var members []Setting
		for _, m := range trials[i].members {
			members = append(members, settings[m])
		}
		return trainFull(ctx, members)
	})
	if err != nil {
		return nil, err
	}
	for i, v := range verdicts {
		out.Trained++
		switch {
		case v == 0:
			out.Undecided++
		case (v == 1) == trials[i].overlap:
			out.Agreed++
		default:
			out.Disagreed = append(out.Disagreed, fmt.Sprint(trials[i].members))
		}
	}
	return out, nil
}

// trainFull trains the full matrix on the average over all relabellings of
// some settings, and says whether it settles.
func trainFull(ctx context.Context, settings []Setting) (int8, error) {
	n := 0
	for i := range settings {
		n = max(n, settings[i].Instance.Graph.Order())
	}
	net, err := sim.NewModel(n, 1, sim.Dials{})
	if err != nil {
		return 0, err
	}
	how := descent{beside: 1, steps: populationSteps}
	var parts []part
	for i := range settings {
		task, err := sim.NewTask(settings[i].Instance, settings[i].C, sim.Coconut)
		if err != nil {
			return 0, err
		}
		parts = append(parts, part{task, 1 / float64(len(settings))})
		eta, err := fullRate(&settings[i])
		if err != nil {
			return 0, err
		}
		if how.eta == 0 || eta < how.eta {
			how.eta = eta
		}
	}
	return how.runPlane(ctx, net, parts)
}

// runPlane is descent at weights μI + ν(11ᵀ−I), which the exact average never
// leaves, in the two numbers alone; the gradient is that of the network.
func (d descent) runPlane(ctx context.Context, net sim.Network, parts []part) (int8, error) {
	w, err := sim.NewWeights(sim.Full, net.Symbols())
	if err != nil {
		return 0, err
	}
	mu, nu := 0.0, 0.0
	var marks [3][2]float64
	mark := 0
	for k := 1; k <= d.steps[2]; k++ {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		a, b, err := slopes(net, parts, w, mu, nu)
		if err != nil {
			return 0, err
		}
		mu, nu = mu-float64(d.eta*a), nu-float64(d.eta*b)
		if k == d.steps[mark] {
			marks[mark] = [2]float64{mu, nu}
			mark++
		}
	}
	n := float64(net.Symbols())
	distance := func(i int) float64 { // in the norm in which convex flows do not expand
		return portable.Hypot(math.Sqrt(n)*(marks[i][0]-marks[i-1][0]), math.Sqrt(n*(n-1))*(marks[i][1]-marks[i-1][1]))
	}
	before, now := distance(1), distance(2)
	switch {
	case now < 1e-5 || now < 0.25*before:
		return 1, nil
	case now > 0.7*before:
		return -1, nil
	}
	return 0, nil
}
