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
// vertex of N_c; instances without edges of both kinds do not count. The answer
// is nil while both logits of the prediction are 0.
func (g *gauge) measure(w *Weights) (m Point) {
	for c, tasks := range g.steps {
		var gap, mass, cumulative float64
		counted := 0
		for _, t := range tasks {
			g.forward(t, w)
			if x, ok := logitGap(t, g.pass.sources()); ok {
				gap += x
				counted++
			}
			inside, newest := shares(t, g.pass.readout())
			cumulative += inside
			mass += newest
		}
		count := float64(len(tasks))
		m.Mass, m.Cumulative, m.Gap = append(m.Mass, mass/count), append(m.Cumulative, cumulative/count), append(m.Gap, nil)
		if counted > 0 {
			gap /= float64(counted)
			m.Gap[c] = &gap
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

// logitGap returns the mean score of the edges from the newest frontier minus
// that of the edges from outside N_c, and whether there are both.
func logitGap(t *Task, score []float64) (float64, bool) {
	var sum [2]float64
	var count [2]int
	for _, e := range t.edges {
		kind := 0 // from outside N_c
		if t.thoughts[t.step][e[0]] != 0 {
			if t.step > 0 && t.thoughts[t.step-1][e[0]] != 0 {
				continue
			}
			kind = 1
		}
		sum[kind] += score[e[0]]
		count[kind]++
	}
	if count[0] == 0 || count[1] == 0 {
		return 0, false
	}
	return sum[1]/float64(count[1]) - sum[0]/float64(count[0]), true
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
