package learned

import "muflow/sim/kernel"

// Dropout sets each entry to 0 with probability p, on its own, and scales the
// others by 1/(1−p), so that means are kept: what PyTorch's nn.Dropout does in
// training, at the four places where GPT-2 has it. Measures are taken without.

// dropping reports whether the present chunk is thinned out.
func (p *pass[F]) dropping() bool { return p.model.Dropout > 0 && p.samples[0].Noise != nil }

// keptScale is 1/(1−p).
func (c Config) keptScale() float64 { return 1 / (1 - c.Dropout) }

// drop thins out x, whose rows from[b] to from[b+1] are of sample b, and returns
// which entries it kept, none without dropout.
func (p *pass[F]) drop(kept []bool, x []F, from []int) []bool {
	if !p.dropping() {
		return kept[:0]
	}
	kept = kernel.Resize(kept, len(x))
	for b := range p.samples {
		at, end := from[b]*p.model.Width, from[b+1]*p.model.Width
		p.dropRow(b, kept[at:end], x[at:end], x[at:end])
	}
	return kept
}

// dropRow writes x, thinned out with the noise of a sample, and which of its
// entries were kept.
func (p *pass[F]) dropRow(sample int, kept []bool, x, to []F) {
	limit, scale, noise := uint64(p.model.Dropout*(1<<64)), F(p.model.keptScale()), p.samples[sample].Noise
	for i, v := range x {
		if kept[i] = noise.Uint64() >= limit; kept[i] {
			to[i] = v * scale
		} else {
			to[i] = 0
		}
	}
}

// backDrop: dx of an entry that was kept is scaled like it, of the others 0.
func (p *pass[F]) backDrop(kept []bool, dx []F) {
	scale := F(p.model.keptScale())
	for i := range dx {
		if kept[i] {
			dx[i] *= scale
		} else {
			dx[i] = 0
		}
	}
}

// dropped returns backDrop of dx: a copy that holds until the next call, or dx
// itself without dropout.
func (p *pass[F]) dropped(kept []bool, dx []F) []F {
	if len(kept) == 0 {
		return dx
	}
	out := kernel.Resize(p.buffer[8], len(dx))
	p.buffer[8] = out
	copy(out, dx)
	p.backDrop(kept, out)
	return out
}

// prepareThinned makes room for attention weights after dropout.
func (p *pass[F]) prepareThinned(t *block[F], total int) {
	if p.dropping() {
		t.thinned, t.keptAttention = kernel.Zeroed(t.thinned, total), kernel.Resize(t.keptAttention, total)
	}
}

// thin writes the weights of some queries after dropout.
func (p *pass[F]) thin(t *block[F], a attentionBlock[F]) {
	for i := range a.count {
		at, keys := i*a.stride, a.position+i+1
		p.dropRow(a.sample, t.keptAttention[a.at+at:][:keys], a.weights[at:][:keys], t.thinned[a.at+at:])
	}
}
