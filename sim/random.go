package sim

import (
	"encoding/binary"
	"math/rand/v2"
)

// Streams of random numbers for different purposes never meet.
const (
	embeddingStream = iota + 1
	sampleStream
)

// stream returns the random numbers for a purpose at one place of a run. Every
// (seed, step, sample) has its own, so that no result depends on who draws
// first.
func stream(seed uint64, step, sample int, purpose uint64) *rand.ChaCha8 {
	return rand.NewChaCha8(streamKey(seed, step, sample, purpose))
}

func streamKey(seed uint64, step, sample int, purpose uint64) (key [32]byte) {
	for i, word := range [...]uint64{seed, uint64(step), uint64(sample), purpose} {
		binary.LittleEndian.PutUint64(key[8*i:], word)
	}
	return key
}

// drawLabel fills label with different symbols of 0…len(pool)−1, all choices
// being equally likely. The pool holds every symbol once, in any order the
// caller has fixed, and is reset first.
func drawLabel(rng *rand.Rand, label, pool []int) {
	for i := range pool {
		pool[i] = i
	}
	for i := range label {
		j := i + rng.IntN(len(pool)-i)
		pool[i], pool[j] = pool[j], pool[i]
		label[i] = pool[i]
	}
}
