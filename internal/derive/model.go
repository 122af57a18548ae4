package derive

import (
	"fmt"
	"slices"

	"muflow/internal/sym"
)

// A vector lies in the residual stream. Its entries are polynomials in the
// unknowns of one run: the entries of the score matrix, the readout gain α,
// the weights of the thoughts, the coordinates of the candidates.
type vector []sym.Multivariate

func (x vector) add(y vector) vector {
	out := slices.Clone(x)
	out.include(y, sym.Integer(1))
	return out
}

func (x vector) scale(by sym.Multivariate) vector {
	out := make(vector, len(x))
	out.include(x, by)
	return out
}

// include adds a multiple of y to x.
func (x vector) include(y vector, by sym.Multivariate) {
	for i := range y {
		if !y[i].IsZero() {
			x[i] = x[i].Add(y[i].Mul(by))
		}
	}
}

func dot(x, y vector) sym.Multivariate {
	var sum sym.Multivariate
	for i := range x {
		if !x[i].IsZero() && !y[i].IsZero() {
			sum = sum.Add(x[i].Mul(y[i]))
		}
	}
	return sum
}

// The tokens that are not vertices.
const (
	edgeMark     = iota // <e>, after the source and the target of an edge
	questionMark        // <Q>, before the two candidates
	reasonMark          // <R>, before the root
	marks
)

// A model is the two-layer transformer of arXiv 2509.23365 in the setting of
// theory.md section 1: orthonormal content embeddings u_v and token marks, and
// an orthonormal copy of the former in each of two buffers.
type model struct {
	content []vector // u_v
	source  []vector // the copy of u_v in the source buffer
	target  []vector // the copy of u_v in the target buffer
	mark    [marks]vector

	candidates [2]vector        // unknown combinations of vertices
	grids      map[string]*grid // by point
}

// dimension is that of the residual stream of a model with n vertices.
func dimension(n int) int { return 3*n + marks }

// newModel returns the model with n vertices whose embeddings are the standard
// basis.
func newModel(n int) *model {
	basis := make([]vector, dimension(n))
	for i := range basis {
		basis[i] = make(vector, len(basis))
		basis[i][i] = sym.Integer(1)
	}
	return modelOn(n, basis)
}

// modelOn returns the model whose embeddings are an orthonormal basis.
func modelOn(n int, basis []vector) *model {
	m := &model{content: basis[:n], source: basis[n : 2*n], target: basis[2*n : 3*n], grids: map[string]*grid{}}
	copy(m.mark[:], basis[3*n:])
	for i, name := range []string{"c1", "c2"} {
		m.candidates[i] = m.unknown(name)
	}
	return m
}

// scoreEntry names the unknown W_{wu}: the score of an edge that leaves u, for
// a thought that holds w.
func scoreEntry(w, u int) string { return fmt.Sprintf("W[%d,%d]", w, u) }

// weight is λ of the i-th thought, 1/√|N_i|, as an unknown; the thought
// before the first is the root itself.
func weight(i int) sym.Multivariate {
	if i == 0 {
		return sym.Integer(1)
	}
	return sym.Variable(fmt.Sprintf("s_%d", i))
}

// tokens returns the input sequence of a step: one triple s t <e> per edge,
// <Q> c1 c2 <R> r, and the thoughts t_1 … t_c, each the uniform superposition
// of its N_i. The candidates are unknown combinations of vertices: the theory
// lets nothing depend on them.
func (m *model) tokens(step Step) []vector {
	var x []vector
	for _, e := range step.Instance.Graph.Edges() {
		x = append(x, m.content[e[0]], m.content[e[1]], m.mark[edgeMark])
	}
	x = append(x, m.mark[questionMark], m.candidates[0], m.candidates[1], m.mark[reasonMark], m.content[step.Instance.Root])
	for i := 1; i <= step.C; i++ {
		x = append(x, m.superposition(step.Instance.Reached(i)).scale(weight(i)))
	}
	return x
}

// superposition returns the sum of u_v over a set.
func (m *model) superposition(set []bool) vector {
	sum := make(vector, dimension(len(m.content)))
	for v, in := range set {
		if in {
			sum.include(m.content[v], sym.Integer(1))
		}
	}
	return sum
}

func (m *model) unknown(name string) vector {
	sum := make(vector, dimension(len(m.content)))
	for v, u := range m.content {
		sum.include(u, sym.Variable(fmt.Sprintf("%s[%d]", name, v)))
	}
	return sum
}

// move applies the map Σ_v to_v·from_vᵀ.
func move(from, to []vector, x vector) vector {
	sum := make(vector, len(x))
	for v := range from {
		if coordinate := dot(from[v], x); !coordinate.IsZero() {
			sum.include(to[v], coordinate)
		}
	}
	return sum
}

// copied is layer 1 with its residual connection: every <e> receives its
// source in the source buffer and its target in the target buffer, <R> both
// candidates in the target buffer. A token is recognised by its mark.
func (m *model) copied(x []vector) []vector {
	out := append([]vector(nil), x...)
	for i := 2; i < len(x); i++ {
		before, last := x[i-2], x[i-1]
		if gate := dot(m.mark[edgeMark], x[i]); !gate.IsZero() {
			pair := move(m.content, m.source, before).add(move(m.content, m.target, last))
			out[i] = out[i].add(pair.scale(gate))
		}
		if gate := dot(m.mark[reasonMark], x[i]); !gate.IsZero() {
			out[i] = out[i].add(move(m.content, m.target, before.add(last)).scale(gate))
		}
	}
	return out
}

// expansion is layer 2, linear attention from the last token to all tokens:
//
//	Σ_i (xᵀ·(Σ_{w,u} W_{wu} u_w ũ_uᵀ)·x_i)·(Σ_v u_v û_vᵀ)·x_i
//
// with x the last token, ũ the source buffer (key) and û the target buffer
// (value). Tokens with an empty source buffer have score 0.
func (m *model) expansion(x []vector) vector {
	query := make([]sym.Multivariate, len(m.content))
	for w, u := range m.content {
		query[w] = dot(u, x[len(x)-1])
	}
	sum := make(vector, len(x[0]))
	for _, token := range x {
		var score sym.Multivariate
		for u, buffer := range m.source {
			key := dot(buffer, token)
			if key.IsZero() {
				continue
			}
			for w, q := range query {
				if !q.IsZero() {
					score = score.Add(q.Mul(key).Mul(sym.Variable(scoreEntry(w, u))))
				}
			}
		}
		if !score.IsZero() {
			sum.include(move(m.target, m.content, token), score)
		}
	}
	return sum
}

// readout returns the logits ξ_v = α·⟨u_v, thought⟩.
func (m *model) readout(thought vector) []sym.Multivariate {
	logits := make([]sym.Multivariate, len(m.content))
	for v, u := range m.content {
		logits[v] = dot(u, thought).Mul(gain)
	}
	return logits
}

// gain is α.
var gain = sym.Variable("α")

// logits runs the model on a step: layer 1, then the next thought
// [t_{c+1}] = [t_c] + expansion, then the readout.
func (m *model) logits(step Step) []sym.Multivariate {
	x := m.copied(m.tokens(step))
	return m.readout(x[len(x)-1].add(m.expansion(x)))
}
