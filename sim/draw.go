package sim

import (
	"encoding/binary"
	"math/bits"
	"math/rand/v2"
	"muflow/sim/kernel"
)

// Streams of random numbers for different purposes never meet.
const (
	embeddingStream = iota + 1
	sampleStream
	graphStream
	unevenStream
)

// Stream returns the random numbers for a purpose at one place of a run. Every
// (seed, step, sample) has its own, so that no result depends on who draws
// first. This package uses purposes below 16.
func Stream(seed uint64, step, sample int, purpose uint64) *rand.ChaCha8 {
	return rand.NewChaCha8(streamKey(seed, step, sample, purpose))
}

func streamKey(seed uint64, step, sample int, purpose uint64) (key [32]byte) {
	for i, word := range [...]uint64{seed, uint64(step), uint64(sample), purpose} {
		binary.LittleEndian.PutUint64(key[8*i:], word)
	}
	return key
}

// A drawer draws samples: places in lists and names of vertices. Samples in
// eights, which start at multiples of chunkSize, share a stream and are drawn
// in order, so a sample depends on the seed, the step and its number only.
type drawer struct {
	source *rand.ChaCha8
	pool   []int
	label  []int
	rolls  []roll
}

// A roll is a run of choices that one word of 64 bits is enough for.
type roll struct {
	from, to int
	outcomes uint64 // Π (n−i), i = from … to−1
}

func newDrawer(symbols int) drawer {
	d := drawer{source: rand.NewChaCha8([32]byte{}), pool: make([]int, symbols)}
	for i := 0; i < symbols; {
		r := roll{i, i, 1}
		for ; r.to < symbols && r.outcomes <= 1<<48/uint64(symbols-r.to); r.to++ {
			r.outcomes *= uint64(symbols - r.to)
		}
		d.rolls = append(d.rolls, r)
		i = r.to
	}
	return d
}

// start goes to sample i of a step.
func (d *drawer) start(seed uint64, step, i int) {
	if i%chunkSize == 0 {
		d.source.Seed(streamKey(seed, step, i, sampleStream))
	}
}

// plain calls every vertex by its own number.
func (d *drawer) plain(order int) {
	d.label = kernel.Resize(d.label, order)
	for v := range d.label {
		d.label[v] = v
	}
}

// below returns a uniform choice from 0…n−1, n ≥ 1.
// Reference: D. Lemire, arXiv 1805.10941.
func (d *drawer) below(n int) int {
	m := uint64(n)
	high, low := bits.Mul64(d.source.Uint64(), m)
	if low < m {
		for threshold := -m % m; low < threshold; {
			high, low = bits.Mul64(d.source.Uint64(), m)
		}
	}
	return int(high)
}

// names leaves in d.label a different symbol for each of order vertices, all
// choices being equally likely: the shuffle of Fisher and Yates, several of its
// choices from one word. As in below, a word is rejected where it would favour
// some outcomes of the roll over others.
// Reference: N. Brackett-Rozinsky, D. Lemire, arXiv 2408.06213.
func (d *drawer) names(order int) {
	d.label = kernel.Resize(d.label, order)
	pool, label := d.pool, d.label
	for i := range pool {
		pool[i] = i
	}
	for _, r := range d.rolls {
		if r.from >= order {
			return
		}
		word := d.source.Uint64()
		for threshold := -r.outcomes % r.outcomes; word*r.outcomes < threshold; {
			word = d.source.Uint64()
		}
		for i := r.from; i < min(r.to, order); i++ {
			high, low := bits.Mul64(word, uint64(len(pool)-i))
			word = low
			j := i + int(high)
			label[i], pool[j] = pool[j], pool[i] // place i is done with
		}
	}
}
