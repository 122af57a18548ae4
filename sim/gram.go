package sim

import (
	"math/rand/v2"

	"muflow/internal/portable"
	"muflow/sim/kernel"
)

// coherentGram draws unit vectors and returns (1−κ)I + κRRᵀ.
func coherentGram(symbols int, d Dials) [][]float64 {
	rng := rand.New(Stream(d.EmbeddingSeed, 0, 0, embeddingStream))
	rows := make([][]float64, symbols)
	for i := range rows {
		rows[i] = make([]float64, d.Width)
		for j := range rows[i] {
			rows[i][j] = portable.Normal(rng)
		}
		normalise(rows[i])
	}
	gram := make([][]float64, symbols)
	for i := range gram {
		gram[i] = make([]float64, symbols)
		for j := range gram[i] {
			for k, x := range rows[i] {
				gram[i][j] += float64(d.Coherence * x * rows[j][k])
			}
		}
		gram[i][i] = 1
	}
	return gram
}

// Gram returns the inner product of the embeddings of two symbols.
func (m *Model) Gram(u, v int) float64 {
	switch {
	case m.gram != nil:
		return m.gram[u][v]
	case u == v:
		return 1
	}
	return 0
}

// project returns Gx in the memory of out, x itself if the embeddings are
// orthonormal.
func (m *Model) project(x, out []float64) []float64 {
	if m.gram == nil {
		return x
	}
	out = kernel.Zeroed(out, m.symbols)
	for u, row := range m.gram {
		for v, g := range row {
			out[u] += float64(g * x[v])
		}
	}
	return out
}
