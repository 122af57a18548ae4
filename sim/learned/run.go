package learned

import (
	"fmt"

	"muflow/sim/kernel"
)

// A Run computes prompts with a model, forward only: the state after every
// number of thoughts and, apart, after the suffix. It serves one goroutine.
type Run struct {
	pass   *pass[float32]
	logits []float32
}

// NewRun returns a run of a model by a kernel of matrices. The parameters may
// not change after it.
func NewRun(m *Model[float32], k *kernel.Kernel) *Run { return NewRuns(m, k, 1)[0] }

// NewRuns returns runs, one at least, that share the matrices of the layers,
// packed once: memory as large as they are.
func NewRuns(m *Model[float32], k *kernel.Kernel, count int) (runs []*Run) {
	packed := &weights[float32]{straight: make([]kernel.Factor[float32], len(m.tensors)), ready: true}
	for range count {
		p := newPass(m, k)
		p.apart, p.packed = true, packed
		runs = append(runs, &Run{pass: p})
	}
	for _, i := range m.matrices {
		p := runs[0].pass
		packed.straight[i].Pack(p.work, p.weight(m.Theta, i))
	}
	return runs
}

// Forward computes samples, which have the same number of thoughts and suffixes
// of the same length. What stands at the last position after c thoughts is
// state c, and what stands there after the suffix is state thoughts + 1.
func (r *Run) Forward(samples []Sample) error {
	m := r.pass.model
	for i, s := range samples {
		if len(s.Prompt) == 0 || s.Thoughts != samples[0].Thoughts || len(s.Suffix) != len(samples[0].Suffix) {
			return fmt.Errorf("sample %d: no prompt, or other thoughts or suffix than before", i)
		}
		if n := len(s.Prompt) + s.Thoughts + len(s.Suffix); m.Absolute && n > m.Length {
			return fmt.Errorf("%d positions, the model has %d", n, m.Length)
		}
		for _, list := range [][]Position{s.Prompt, s.Suffix} {
			for _, at := range list {
				if int(at[0]) >= m.Vocabulary || at[0] < 0 || int(at[1]) >= m.Vocabulary {
					return fmt.Errorf("token %d, the model has %d", max(at[0], at[1]), m.Vocabulary)
				}
			}
		}
	}
	if len(samples) == 0 {
		return nil
	}
	p := r.pass
	p.plan(samples)
	for i := range p.segments {
		p.segmentForward(i)
	}
	states := len(p.segments)
	r.logits = kernel.Zeroed(r.logits, states*len(samples)*m.Readout)
	for i := range p.segments {
		out := r.logits[i*len(samples)*m.Readout:][:len(samples)*m.Readout]
		kernel.Multiply(p.work, kernel.Matrix(out, len(samples), m.Readout, m.Readout), p.rows(p.segments[i].hidden), p.readout(m.Theta).T())
	}
	return nil
}

// Hidden returns a state of a sample, after the last norm; it is a thought.
// The slice is valid until the next Forward.
func (r *Run) Hidden(state, sample int) []float32 {
	d := r.pass.model.Width
	return r.pass.segments[state].hidden[sample*d:][:d]
}

// Logits returns the readout of a state of a sample. The slice is valid until
// the next Forward.
func (r *Run) Logits(state, sample int) []float32 {
	n := r.pass.model.Readout
	return r.logits[(state*len(r.pass.samples)+sample)*n:][:n]
}

// Score returns the attention logit z = ⟨q, k⟩/√w + bias of the last position in
// a state, before the softmax, for the key at another position; the layer and
// the head count from 0.
func (r *Run) Score(layer, head, state, sample, at int) float64 {
	return r.pass.score(layer, head, &r.pass.segments[state], sample, at)
}

// Attention returns for each head the weights of the last position in a state on
// all positions up to it.
func (r *Run) Attention(layer, state, sample int) [][]float32 {
	return r.pass.attentionOf(layer, &r.pass.segments[state], sample)
}

// Prompts calls visit for the attention weights of every position of the
// prompts in a layer but the last, by head: those of position at on 0…at.
func (r *Run) Prompts(layer int, visit func(sample, head, at int, weights []float32)) {
	p := r.pass
	p.eachBlock(layer, &p.segments[0], func(a attentionBlock[float32]) {
		for q := range a.count {
			visit(a.sample, a.head, a.position+q, a.weights[q*a.stride:][:a.position+q+1])
		}
	})
}

// Embedding returns the embedding of a token.
func (m *Model[F]) Embedding(token int) []F {
	return m.tensor(m.Theta, m.embed)[token*m.Width:][:m.Width]
}

// Tensor returns the parameters of a name, nil if the model has none.
func (m *Model[F]) Tensor(name string) []F {
	for i, t := range m.tensors {
		if t.Name == name {
			return m.tensor(m.Theta, i)
		}
	}
	return nil
}

// Think computes state 1 again with other thoughts than state 0, one for each
// sample.
func (r *Run) Think(thoughts [][]float32) {
	p := r.pass
	for b, x := range thoughts {
		copy(p.segments[0].hidden[b*p.model.Width:][:p.model.Width], x)
	}
	p.segmentForward(1)
}
