package sim

import (
	"muflow/internal/portable"
	"slices"

	"muflow/graph"
)

// A gauge takes measures of a model, from the thoughts of the tasks, or from its
// own through all steps.
type gauge struct {
	pass    pass
	through bool
	steps   [][]*Task // steps[c]: the step c of every instance that has one
	answers []*Task
	label   []int
}

func newGauge(net Network, instances []graph.Instance, through bool) (*gauge, error) {
	g := &gauge{pass: net.newPass(through), through: through, label: identity(net.Symbols())}
	for c := range Stages(instances) - 1 {
		tasks, err := NewTasks(instances, c, CoconutBFS)
		if err != nil {
			return nil, err
		}
		g.steps = append(g.steps, tasks)
	}
	var err error
	g.answers, err = NewTasks(instances, 0, Prediction)
	return g, err
}

// forward returns the loss of a task, its vertices called by their own numbers.
func (g *gauge) forward(t *Task, w *Weights) float64 {
	thoughts := t.thoughts
	if g.through && t.loss != Prediction {
		thoughts = thoughts[:1]
	}
	return g.pass.forward(t, thoughts, g.label[:t.order], w)
}

// measure returns what the model does on the data set at the given weights,
// whatever stage it is in. Entry c of a list is the mean over the instances
// whose demonstrated path has a step c, each after c thoughts with its vertices
// called by their own numbers. The gap is the attention logit of the edges that
// leave the newest frontier N_c∖N_{c−1}, minus that of the edges that leave no
// vertex of N_c, and the other gap minus that of all other edges; instances
// without edges of both kinds do not count. The answer
// is nil while both logits of the prediction are 0.
func (g *gauge) measure(w *Weights) (m Point) {
	for c, tasks := range g.steps {
		var gap [2]float64
		var mass, cumulative float64
		var counted [2]int
		for _, t := range tasks {
			g.forward(t, w)
			for i, x := range logitGaps(t, g.pass.sources()) {
				if x != nil {
					gap[i] += *x
					counted[i]++
				}
			}
			inside, newest := shares(t, g.pass.readout())
			cumulative += inside
			mass += newest
		}
		count := float64(len(tasks))
		m.Mass, m.Cumulative = append(m.Mass, new(mass/count)), append(m.Cumulative, new(cumulative/count))
		for i, list := range []*[]*float64{&m.Gap, &m.GapAll} {
			if *list = append(*list, nil); counted[i] > 0 {
				(*list)[c] = new(gap[i] / float64(counted[i]))
			}
		}
	}
	if w.Carry() != 0 || w.Lift() != 0 {
		right := 0
		for _, t := range g.answers {
			g.forward(t, w)
			if alone(g.pass.readout(), t.candidates[0]) {
				right++
			}
		}
		share := float64(right) / float64(len(g.answers))
		m.Answer = &share
	}
	return m
}

// logitGaps returns the mean score of the edges from the newest frontier minus
// that of the edges from outside N_c, and minus that of all other edges, nil
// where there are not both.
func logitGaps(t *Task, score []float64) (gaps [2]*float64) {
	const newest, older, outside = 0, 1, 2
	var sum, count [3]float64
	for _, e := range t.edges {
		kind := outside
		if t.thoughts[t.step][e[0]] != 0 {
			if kind = newest; t.step > 0 && t.thoughts[t.step-1][e[0]] != 0 {
				kind = older
			}
		}
		sum[kind] += score[e[0]]
		count[kind]++
	}
	for i, others := range [][2]float64{{sum[outside], count[outside]}, {sum[older] + sum[outside], count[older] + count[outside]}} {
		if count[newest] > 0 && others[1] > 0 {
			gaps[i] = new(sum[newest]/count[newest] - others[0]/others[1])
		}
	}
	return gaps
}

// shares returns the softmax mass on the targets N_{c+1} of a task, and on
// those of them that are not in N_c.
func shares(t *Task, logits []float64) (inside, newest float64) {
	top := slices.Max(logits)
	total := 0.0
	for v, x := range logits {
		p := portable.Exp(x - top)
		total += p
		if t.targets[v] {
			inside += p
			if t.thoughts[t.step][v] == 0 {
				newest += p
			}
		}
	}
	return inside / total, newest / total
}

// alone reports whether entry i is larger than every other.
func alone(x []float64, i int) bool {
	for j, v := range x {
		if j != i && v >= x[i] {
			return false
		}
	}
	return true
}
