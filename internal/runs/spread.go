package runs

import (
	"math"
	"math/big"

	"muflow/graph"
	"muflow/internal/portable"
	"muflow/internal/reduced"
	"muflow/theory"
)

// A spread says how far the entries of a trained score matrix part from the
// average that θ stands for, and what that does to θ. With E the matrix beside
// its average, q = E‖E‖², samples that draw an instance and a relabelling, a
// batch B and a learning rate η,
//
//	q' = (η/B)·growth − 2·decay·q,   θ' = f(θ) + β·q,   Cov' gains (η/B)·more·q
//
//	growth = mean of σ²(‖E_S φ − E_V φ‖² + tr Cov_q φ),   decay = mean of σ²·tr(Cov_V φ − Cov_S φ)/N
//	β_i    = mean of (C_i σ³/2N)·(Σ_S − Σ_V) p_v f̃_{v,i} ‖φ̃_v‖²
//	more   = mean of C_i C_j σ⁴·⟨Cov(f_i,φ), Cov(f_j,φ)⟩/N
//
// A label has the weights q whatever E is, so that its Cov_S is 0; it is drawn
// for every sample, which adds Cov_q to growth and noise.
//
// Here φ_v holds the entries of the score matrix that the logit of v adds up,
// n of them with a diagonal matrix and n² with a full one, all norms are taken
// beside the directions of θ, and N is the number of entries less those. That E
// lies in all other directions alike is exact for a diagonal matrix and an
// approximation for a full one.
// Approximate: no error bound; to second order in E.
// theory.md section 7b.
type spread struct {
	members []*spreading
	entries float64 // N
	rates   []float64
}

// A spreading is one step: products of φ_v beside the directions of θ.
type spreading struct {
	sigma    float64
	biases   []float64
	features [][]float64 // by unknown and vertex
	targets  []float64   // S under Coconut-BFS
	label    []float64   // q under Coconut
	products [][]float64
}

// mostSpread bounds the vertices of an instance whose spread is followed.
const mostSpread = 500

// newSpread returns the spread of steps, or nil where they are too large.
func newSpread(steps []graph.Step, symbols int, loss theory.Loss, alpha *big.Rat, full bool) *spread {
	n := float64(symbols)
	s := &spread{entries: n - 1, rates: []float64{1 / n}}
	if full {
		s.entries, s.rates = float64(n*n)-2, []float64{1 / n, 1 / float64(n*(n-1))}
	}
	for _, step := range steps {
		g, set := step.Instance.Graph, step.Set()
		if g.Order() > mostSpread {
			return nil
		}
		k := 0
		for _, in := range set {
			if in {
				k++
			}
		}
		m := &spreading{sigma: reduced.Scale(alpha, k)}
		degrees, next := g.Degrees(set), step.Next()
		m.features = make([][]float64, len(s.rates))
		for v := range g.Order() {
			bias, target := 0.0, 0.0
			if set[v] {
				bias = 1
			}
			if next[v] {
				target = 1
			}
			m.biases, m.targets = append(m.biases, bias), append(m.targets, target)
			m.features[0] = append(m.features[0], float64(degrees[v]))
			if full {
				m.features[1] = append(m.features[1], float64(k*len(g.In(v))-degrees[v]))
			}
		}
		if loss == theory.Coconut {
			m.label = make([]float64, g.Order())
			for _, v := range step.Labels() {
				m.label[v] = 1 / float64(len(step.Labels()))
			}
		}
		m.multiply(g, set, k, full, s.rates)
		s.members = append(s.members, m)
	}
	return s
}

// multiply fills the products of all pairs of vertices.
func (m *spreading) multiply(g *graph.Digraph, set []bool, k int, full bool, rates []float64) {
	n := g.Order()
	m.products = make([][]float64, n)
	in := make([]bool, n)
	for v := range n {
		clear(in)
		for _, u := range g.In(v) {
			in[u] = full || set[u]
		}
		m.products[v] = make([]float64, n)
		for w := range n {
			common := 0
			for _, u := range g.In(w) {
				if in[u] {
					common++
				}
			}
			if full {
				common *= k
			}
			product := float64(common)
			for i, rate := range rates {
				product -= float64(rate * m.features[i][v] * m.features[i][w])
			}
			m.products[v][w] = product
		}
	}
}

// softmax returns the weights of the vertices of a set at θ.
func (m *spreading) softmax(theta []float64, set []float64) []float64 {
	p, top, sum := make([]float64, len(m.biases)), math.Inf(-1), 0.0
	for v, b := range m.biases {
		p[v] = b
		for i, f := range m.features {
			p[v] += float64(theta[i] * f[v])
		}
		p[v] *= m.sigma
		if set[v] > 0 {
			top = max(top, p[v])
		}
	}
	for v := range p {
		if set[v] == 0 {
			p[v] = 0
			continue
		}
		p[v] = portable.Exp(p[v] - top)
		sum += p[v]
	}
	for v := range p {
		p[v] /= sum
	}
	return p
}

// An effect is what the spread does at one θ.
type effect struct {
	growth, decay float64
	bias          [2]float64
	more          matrix
}

// at returns the means over all steps.
func (s *spread) at(theta []float64) (e effect) {
	share := 1 / float64(len(s.members))
	for _, m := range s.members {
		all := make([]float64, len(m.biases))
		for v := range all {
			all[v] = 1
		}
		square := m.sigma * m.sigma
		p, q := m.softmax(theta, all), m.label
		if q == nil {
			q = m.softmax(theta, m.targets)
		} else {
			e.growth += float64(share * square * m.moment(q).trace)
		}
		difference := make([]float64, len(p))
		for v := range p {
			difference[v] = q[v] - p[v]
		}
		growth, _ := m.quadratic(difference, difference)
		e.growth += float64(share * square * growth)
		s.add(&e, m, m.moment(p), -share*square)
		if m.label == nil {
			s.add(&e, m, m.moment(q), share*square)
		}
	}
	return e
}

// add adds what the covariance over one set does, with its sign.
func (s *spread) add(e *effect, m *spreading, x moment, weight float64) {
	e.decay -= float64(weight * x.trace / s.entries)
	for i, rate := range s.rates {
		e.bias[i] += float64(weight * rate * m.sigma / 2 * x.third[i] / s.entries)
		for j, other := range s.rates {
			if weight < 0 {
				e.more[i][j] -= float64(weight * rate * other * m.sigma * m.sigma * x.cross[i][j] / s.entries)
			}
		}
	}
}

// quadratic returns Σ a_v b_w ⟨φ_v, φ_w⟩ and the products of b.
func (m *spreading) quadratic(a, b []float64) (sum float64, rows []float64) {
	rows = make([]float64, len(a))
	for v, row := range m.products {
		for w, x := range row {
			rows[v] += float64(b[w] * x)
		}
		sum += float64(a[v] * rows[v])
	}
	return sum, rows
}

// A moment is what the covariance of φ under weights gives.
type moment struct {
	trace float64
	third [2]float64
	cross matrix
}

func (m *spreading) moment(p []float64) (out moment) {
	middle, rows := m.quadratic(p, p)
	deviations := make([][]float64, len(m.features))
	for i, f := range m.features {
		average := 0.0
		for v := range p {
			average += float64(p[v] * f[v])
		}
		for v := range p {
			deviations[i] = append(deviations[i], p[v]*(f[v]-average))
		}
	}
	for v := range p {
		length := m.products[v][v] - float64(2*rows[v]) + middle
		out.trace += float64(p[v] * length)
		for i := range deviations {
			out.third[i] += float64(deviations[i][v] * length)
		}
	}
	for i := range deviations {
		for j := range deviations {
			out.cross[i][j], _ = m.quadratic(deviations[i], deviations[j])
		}
	}
	return out
}
