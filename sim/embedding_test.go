package sim

import (
	"fmt"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"
)

// The three spaces of an embedding, in the order of their columns.
const (
	contentSpace = iota
	sourceSpace  // source buffer
	targetSpace  // target buffer
	spaces
)

// orthonormality bounds |⟨column i, column j⟩ − 1{i=j}| of an embedding.
const orthonormality = 1e-13

// An Embedding gives every token three directions, its content u and its
// copies in the source buffer and in the target buffer. All of them together
// are an orthonormal basis of the residual stream (assumption A2), turned
// against the coordinate axes at random.
type Embedding struct {
	size  int        // V, tokens
	basis *mat.Dense // D×D, one direction a column, space after space
}

// NewEmbedding draws a Gaussian matrix from the seed and orthonormalises it.
//
//	D = 3V,  [U S T] = Q of the QR decomposition
//
// It fails unless size is positive and the columns come out orthonormal.
// Approximate: no error bound.
// Reference: arXiv 2509.23365, orthonormal content and buffer embeddings.
func NewEmbedding(size int, seed uint64) (*Embedding, error) {
	if size < 1 {
		return nil, fmt.Errorf("embedding of %d tokens, expected at least 1", size)
	}
	width := spaces * size
	rng := rand.New(Stream(seed, 0, 0, embeddingStream))
	entries := make([]float64, width*width)
	for i := range entries {
		entries[i] = rng.NormFloat64()
	}
	var qr mat.QR
	qr.Factorize(mat.NewDense(width, width, entries))
	basis := new(mat.Dense)
	qr.QTo(basis)
	e := &Embedding{size, basis}
	if worst := e.defect(); !(worst <= orthonormality) {
		return nil, fmt.Errorf("embedding is orthonormal to %g only, expected %g", worst, orthonormality)
	}
	return e, nil
}

// defect returns the largest |⟨column i, column j⟩ − 1{i=j}|.
func (e *Embedding) defect() float64 {
	var gram mat.Dense
	gram.Mul(e.basis.T(), e.basis)
	worst := 0.0
	for i := range e.Width() {
		for j := range e.Width() {
			want := 0.0
			if i == j {
				want = 1
			}
			d := math.Abs(gram.At(i, j) - want)
			if !(d <= worst) {
				worst = d
			}
		}
	}
	return worst
}

// Width returns D, the dimension of the residual stream.
func (e *Embedding) Width() int { return spaces * e.size }

// space returns the D×V matrix of the directions in one space.
func (e *Embedding) space(which int) mat.Matrix {
	return e.basis.Slice(0, e.Width(), which*e.size, (which+1)*e.size)
}

// rows returns the directions of the first count tokens in one space, one a
// row.
func (e *Embedding) rows(which, count int) [][]float64 {
	out := make([][]float64, count)
	for t := range out {
		out[t] = mat.Col(nil, which*e.size+t, e.basis)
	}
	return out
}

// transfer returns the D×D matrix that moves what a row vector holds in one
// space to the other: x ↦ x·M, M = From·Toᵀ.
func (e *Embedding) transfer(from, to int) *mat.Dense {
	m := new(mat.Dense)
	m.Mul(e.space(from), e.space(to).T())
	return m
}
