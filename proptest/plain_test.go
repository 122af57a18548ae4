package proptest

import (
	"context"
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
)

// plain is the model of theory.md section 1 in coordinates of the content
// embeddings: thought, one pass of linear attention over the edges, readout,
// softmax. It knows no in-degree, no profile and no reduced flow, and serves
// as the descent that the theory is compared with. A score matrix is a list of
// n (diagonal) or n² (full, row by row) numbers.
type plain struct {
	n      int
	full   bool
	alpha  float64
	lambda []float64 // weights of the thought
	edges  [][2]int
	target int
	logits []float64
}

func newPlain(s Step, full bool, alpha *big.Rat) *plain {
	gain, _ := alpha.Float64()
	n := s.Instance.Graph.Order()
	m := &plain{n: n, full: full, alpha: gain, edges: s.Instance.Graph.Edges(), target: s.Target(),
		lambda: make([]float64, n), logits: make([]float64, n)}
	members := 0
	for _, in := range s.Instance.Reached(s.C) {
		if in {
			members++
		}
	}
	for v, in := range s.Instance.Reached(s.C) {
		if in {
			m.lambda[v] = 1 / math.Sqrt(float64(members))
		}
	}
	return m
}

// entries returns the number of trained entries.
func (m *plain) entries() int {
	if m.full {
		return m.n * m.n
	}
	return m.n
}

// add adds scale times the gradient of the loss at W to out, for the instance
// in which vertex v is called label[v], and returns the loss.
func (m *plain) add(w []float64, label []int, scale float64, out []float64) float64 {
	for v, weight := range m.lambda { // residual: the thought stays
		m.logits[v] = m.alpha * weight
	}
	for _, e := range m.edges { // the token of u→v is read with score Σ_w λ_w W_{wu}
		score := 0.0
		if !m.full {
			score = m.lambda[e[0]] * w[label[e[0]]]
		} else {
			for x, weight := range m.lambda {
				if weight != 0 {
					score += weight * w[label[x]*m.n+label[e[0]]]
				}
			}
		}
		m.logits[e[1]] += m.alpha * score
	}
	top, sum := math.Inf(-1), 0.0
	for _, l := range m.logits {
		top = max(top, l)
	}
	for _, l := range m.logits {
		sum += math.Exp(l - top)
	}
	loss := top + math.Log(sum) - m.logits[m.target]
	for _, e := range m.edges {
		if !m.full && m.lambda[e[0]] == 0 {
			continue
		}
		slope := math.Exp(m.logits[e[1]]-top) / sum
		if e[1] == m.target {
			slope--
		}
		slope *= m.alpha * scale
		if !m.full {
			out[label[e[0]]] += slope * m.lambda[e[0]]
			continue
		}
		for x, weight := range m.lambda {
			if weight != 0 {
				out[label[x]*m.n+label[e[0]]] += slope * weight
			}
		}
	}
	return loss
}

// project replaces the entries on the diagonal by their mean, and those beside
// it by theirs: the average of a gradient over all relabellings at a matrix
// that no relabelling changes.
func (m *plain) project(w []float64) {
	sum, count := [2]float64{}, [2]float64{}
	beside := func(i int) int {
		if m.full && i/m.n != i%m.n {
			return 1
		}
		return 0
	}
	for i, x := range w {
		sum[beside(i)] += x
		count[beside(i)]++
	}
	for i := range w {
		w[i] = sum[beside(i)] / count[beside(i)]
	}
}

// averagedDescent does steps of gradient descent on the loss averaged over all
// relabellings, from 0.
func (m *plain) averagedDescent(eta float64, steps int) []float64 {
	w, gradient := make([]float64, m.entries()), make([]float64, m.entries())
	label := make([]int, m.n)
	for v := range label {
		label[v] = v
	}
	for range steps {
		clear(gradient)
		m.add(w, label, 1, gradient)
		m.project(gradient)
		for i, g := range gradient {
			w[i] -= eta * g
		}
	}
	return w
}

// stochasticDescent does the same with a batch of fresh relabellings a step.
func (m *plain) stochasticDescent(rng *rand.Rand, eta float64, batch, steps int) []float64 {
	w, gradient := make([]float64, m.entries()), make([]float64, m.entries())
	label := make([]int, m.n)
	for v := range label {
		label[v] = v
	}
	for range steps {
		clear(gradient)
		for range batch {
			rng.Shuffle(m.n, func(i, j int) { label[i], label[j] = label[j], label[i] })
			m.add(w, label, 1/float64(batch), gradient)
		}
		for i, g := range gradient {
			w[i] -= eta * g
		}
	}
	return w
}

// readout returns mean and standard deviation on the diagonal and beside it.
func (m *plain) readout(w []float64) (mean, spread [2]float64) {
	for part := range 2 {
		var values []float64
		for i, x := range w {
			if (m.full && i/m.n != i%m.n) == (part == 1) {
				values = append(values, x)
			}
		}
		if len(values) == 0 {
			continue
		}
		for _, x := range values {
			mean[part] += x / float64(len(values))
		}
		for _, x := range values {
			spread[part] += (x - mean[part]) * (x - mean[part]) / float64(len(values))
		}
		spread[part] = math.Sqrt(spread[part])
	}
	return mean, spread
}

// plainTrainer is the trainer of the cross-check on the plain model.
func plainTrainer(_ context.Context, t Training) (Trained, error) {
	m := newPlain(t.Step, false, t.Alpha)
	w := m.stochasticDescent(rand.New(rand.NewPCG(t.Seed, 1)), t.LearningRate, t.Batch, t.Steps)
	mean, spread := m.readout(w)
	return Trained{mean[0], spread[0]}, nil
}

// The gradient of the plain model against central differences, its labels
// against a relabelled instance, and its projection against the literal
// average over all relabellings.
func TestPlainModel(t *testing.T) {
	differences, averages := 0, 0
	one := big.NewRat(1, 1)
	check := func(_ context.Context, l LabelledStep) error {
		rng := rand.New(rand.NewPCG(uint64(len(l.Label)), 7))
		for _, full := range []bool{false, true} {
			m := newPlain(l.Step, full, one)
			w, gradient := make([]float64, m.entries()), make([]float64, m.entries())
			for i := range w {
				w[i] = rng.NormFloat64()
			}
			loss := m.add(w, l.Label, 1, gradient)
			moved, err := l.Instance.Relabel(l.Label)
			if err != nil {
				return err
			}
			identity := rng.Perm(m.n)
			for v := range identity {
				identity[v] = v
			}
			other := newPlain(Step{*moved, l.C}, full, one)
			if again := other.add(w, identity, 0, make([]float64, m.entries())); math.Abs(again-loss) > 1e-12*(1+loss) {
				return fmt.Errorf("loss %g, relabelled instance %g", loss, again)
			}
			for range 8 {
				i := rng.IntN(len(w))
				const h = 1e-5
				keep := w[i]
				w[i] = keep + h
				up := m.add(w, l.Label, 0, gradient)
				w[i] = keep - h
				down := m.add(w, l.Label, 0, gradient)
				w[i] = keep
				if slope := (up - down) / (2 * h); math.Abs(slope-gradient[i]) > 1e-8+1e-6*math.Abs(slope) {
					return fmt.Errorf("entry %d: derivative %g, difference quotient %g", i, gradient[i], slope)
				}
				differences++
			}
			if m.n > 4 {
				continue
			}
			for i := range w { // a matrix that no relabelling changes
				w[i] = 0.7
				if full && i/m.n != i%m.n {
					w[i] = -0.3
				}
			}
			average, projected := make([]float64, m.entries()), make([]float64, m.entries())
			count := 0
			permutations(m.n, func(label []int) {
				m.add(w, label, 1, average)
				count++
			})
			m.add(w, identity, 1, projected)
			m.project(projected)
			for i := range average {
				if math.Abs(average[i]/float64(count)-projected[i]) > 1e-13 {
					return fmt.Errorf("entry %d: average %g, projection %g", i, average[i]/float64(count), projected[i])
				}
			}
			averages++
		}
		return nil
	}
	small := LabelledSteps(smallShape)
	tiny := small
	tiny.Draw = func(rng *rand.Rand, size int) LabelledStep { // walk down to four vertices
		l := small.Draw(rng, size)
		for l.Instance.Graph.Order() > 4 {
			smaller := small.shrinks(l)
			l = smaller[rng.IntN(len(smaller))]
		}
		return l
	}
	Check(t, *seed, ForAll("gradients", scaled(60), small, check), ForAll("averages", scaled(40), tiny, check))
	if differences < scaled(1000) || averages < scaled(60) {
		t.Errorf("%d derivatives and %d averages were compared", differences, averages)
	}
}

// permutations visits all permutations of 0 … n−1.
func permutations(n int, visit func([]int)) {
	var extend func(prefix, rest []int)
	extend = func(prefix, rest []int) {
		if len(rest) == 0 {
			visit(prefix)
			return
		}
		for i := range rest {
			remaining := append(append([]int(nil), rest[:i]...), rest[i+1:]...)
			extend(append(append([]int(nil), prefix...), rest[i]), remaining)
		}
	}
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	extend(nil, all)
}
