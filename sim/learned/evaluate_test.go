package learned

import (
	"errors"
	"fmt"

	"muflow/sim"
	"muflow/sim/kernel"
)

// Evaluate returns the mean loss, the logits and the gradient of samples with
// the same number of thoughts and suffixes of the same length. It fails on
// samples that do not fit, and if a result is not finite.
// Approximate: no error bound.
// Reference: arXiv 2509.23365, training with continuous thoughts. Units: nats.
func (m *Model[F]) Evaluate(samples []Sample, k *kernel.Kernel) (loss float64, logits, gradient []F, err error) {
	for i := range samples {
		if err := m.check(&samples[i]); err != nil {
			return 0, nil, nil, fmt.Errorf("sample %d: %w", i, err)
		}
		if s := &samples[i]; s.Thoughts != samples[0].Thoughts || len(s.Suffix) != len(samples[0].Suffix) {
			return 0, nil, nil, fmt.Errorf("sample %d: %d thoughts and %d tokens after them, expected those of sample 0", i, s.Thoughts, len(s.Suffix))
		}
	}
	if len(samples) == 0 {
		return 0, nil, nil, errors.New("no samples")
	}
	p := newPass(m, k)
	loss = p.forward(samples) / float64(len(samples))
	gradient = make([]F, m.size)
	p.backward(1/F(len(samples)), gradient, true)
	if !finite(loss) {
		return 0, nil, nil, &sim.NonFiniteError{Tensor: "loss"}
	}
	if name := m.nonFinite(gradient); name != "" {
		return 0, nil, nil, &sim.NonFiniteError{Tensor: "gradient of " + name}
	}
	return loss, p.rawLogits(), gradient, nil
}

// check fails on a sample that does not fit the model.
func (m *Model[F]) check(s *Sample) error {
	length := len(s.Prompt) + s.Thoughts + len(s.Suffix)
	if len(s.Prompt) == 0 || s.Thoughts < 0 || length > m.Length {
		return fmt.Errorf("sample with %d positions before and %d after %d thoughts, expected a prompt and at most %d in all", len(s.Prompt), len(s.Suffix), s.Thoughts, m.Length)
	}
	for _, list := range [][]Position{s.Prompt, s.Suffix} {
		for _, at := range list {
			if at[0] < 0 || int(at[0]) >= m.Vocabulary || at[1] < -1 || int(at[1]) >= m.Vocabulary {
				return fmt.Errorf("position with tokens %d, expected 0 to %d", at, m.Vocabulary-1)
			}
		}
	}
	if len(s.Targets) == 0 {
		return errors.New("sample without a target")
	}
	for _, v := range s.Targets {
		if v < 0 || int(v) >= m.Readout {
			return fmt.Errorf("target %d, expected 0 to %d", v, m.Readout-1)
		}
	}
	return nil
}

// rawLogits returns the logits of the samples computed last, before the softmax.
func (p *pass[F]) rawLogits() []F {
	m := p.model
	logits := make([]F, len(p.samples)*m.Readout)
	kernel.Multiply(p.work, kernel.Matrix(logits, len(p.samples), m.Readout, m.Readout), p.rows(p.segments[len(p.segments)-1].hidden), p.readout(m.Theta).T())
	return logits
}
