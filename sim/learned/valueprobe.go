package learned

import "muflow/sim/kernel"

// addedLogit is what the attention of layer 2 adds to the logits through the
// last norm, as it stands: the mean over the vertices at distance c+1 minus that
// over those that the step does not reach, if both are there.
func (s *Session) addedLogit(p *pass[float32], segment *segment[float32], i int, e *example, n *Writing, c int) Mean {
	m := s.model
	d := m.Width
	out := make([]float32, d)
	kernel.Combine(p.work, out, segment.blocks[1].mixed[i*d:][:d], kernel.Heads[float32]{View: p.weight(m.Theta, m.layers[1].output), Count: 1})
	var center float32
	for _, x := range out {
		center += x / float32(d)
	}
	gain := m.tensor(m.Theta, m.gain)
	for j := range out {
		out[j] = (out[j] - center) * segment.last.inverse[i] * gain[j]
	}
	var next, others Mean
	for v, distance := range e.distance {
		x := float64(kernel.Dot(out, m.tensor(m.Theta, m.embed)[n.Label[v]*d:][:d]))
		switch {
		case distance == c+1:
			next.Add(x)
		case distance < 0 || distance > c+1:
			others.Add(x)
		}
	}
	return next.Minus(others)
}

// attentionOf returns the attention weights of the last query of a sample in
// each head.
func (p *pass[F]) attentionOf(layer int, s *segment[F], sample int) (heads [][]F) {
	heads = make([][]F, p.model.Heads)
	p.eachBlock(layer, s, func(a attentionBlock[F]) {
		if a.sample == sample {
			heads[a.head] = a.weights[(a.count-1)*a.stride:][:a.keys]
		}
	})
	return heads
}
