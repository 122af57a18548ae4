package runs

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/big"

	"muflow/graph"
	"muflow/internal/reduced"
	"muflow/theory"
)

// A Model is the reduced flow of the steps that share the logits, in float64:
// of μ alone, or of μ and ν with a full score matrix.
//
//	θ' = (1/I) Σ_i C·σ_i·(E_{S_i}[φ] − E_{V_i}[φ])(θ),   C = diag(1/n) or diag(1/n, 1/(n(n−1)))
//
// n is the number of symbols, the most vertices of an instance.
// Approximate: no error bound.
// theory.md sections 3 (Population) and 6.
type Model struct {
	Symbols   int // n
	Dimension int // of θ: 1, or 2 with ν
	Instances int // I
	members   []member
	drawn     matrix  // covariance of the drift that the draw of labels adds
	spread    *spread // nil where the instances are too large
}

// A member is a field that so many instances share.
type member struct {
	field  *reduced.Field
	weight float64 // part of all instances
}

// NewModel returns the model of steps.
func NewModel(steps []graph.Step, symbols int, loss theory.Loss, alpha *big.Rat, full bool) (*Model, error) {
	if len(steps) == 0 {
		return nil, errors.New("no instance has the step")
	}
	m := &Model{Symbols: symbols, Dimension: 1, Instances: len(steps)}
	if full {
		m.Dimension = 2
	}
	m.drawn = drawnOf(steps, symbols, loss, alpha, full)
	m.spread = newSpread(steps, symbols, loss, alpha, full)
	position := map[string]int{}
	n := int64(symbols)
	for _, s := range steps {
		var family *theory.Family
		var err error
		rates := []*big.Rat{big.NewRat(1, n)}
		if full {
			family, err = theory.FullFamily(s, loss, alpha)
			rates = append(rates, new(big.Rat).SetFrac64(1, n*(n-1)))
		} else {
			family, err = theory.ProfileOf(s).Family(loss, alpha)
		}
		if err != nil {
			return nil, err
		}
		family.Rates = rates
		at, seen := position[family.Key()]
		if !seen {
			at = len(m.members)
			position[family.Key()] = at
			field, err := reduced.NewField(family)
			if err != nil {
				return nil, err
			}
			m.members = append(m.members, member{field: field})
		}
		m.members[at].weight += 1 / float64(len(steps))
	}
	return m, nil
}

// drawnOf returns the mean of C_i C_j σ²·Cov_q(φ_i, φ_j) over the labels of steps.
func drawnOf(steps []graph.Step, symbols int, loss theory.Loss, alpha *big.Rat, full bool) (out matrix) {
	if loss != theory.Coconut {
		return out
	}
	n := float64(symbols)
	rates := [2]float64{1 / n, 1 / float64(n*(n-1))}
	for _, s := range steps {
		labels := s.Labels()
		if len(labels) == 1 {
			continue
		}
		degrees, k := s.Degrees(), 0
		for _, in := range s.Set() {
			if in {
				k++
			}
		}
		var mean [2]float64
		var square matrix
		share := 1 / float64(len(labels))
		for _, v := range labels {
			f := [2]float64{float64(degrees[v])}
			if full {
				f[1] = float64(k*len(s.Instance.Graph.In(v)) - degrees[v])
			}
			for i := range f {
				mean[i] += float64(share * f[i])
				for j := range f {
					square[i][j] += float64(share * f[i] * f[j])
				}
			}
		}
		sigma := reduced.Scale(alpha, k)
		for i := range out {
			for j := range out {
				out[i][j] += float64(rates[i] * rates[j] * sigma * sigma * (square[i][j] - float64(mean[i]*mean[j])) / float64(len(steps)))
			}
		}
	}
	return out
}

// A matrix is symmetric or a propagator, in the first rows and columns for one
// unknown.
type matrix [2][2]float64

func (a matrix) times(b matrix) (c matrix) {
	for i := range c {
		for j := range c {
			c[i][j] = float64(a[i][0]*b[0][j]) + float64(a[i][1]*b[1][j])
		}
	}
	return c
}

func (a matrix) transposed() matrix {
	return matrix{{a[0][0], a[1][0]}, {a[0][1], a[1][1]}}
}

func (a matrix) plus(b matrix, factor float64) matrix {
	for i := range a {
		for j := range a {
			a[i][j] += float64(factor * b[i][j])
		}
	}
	return a
}

// moments returns the drift, its Jacobian, and the covariance of the drifts of
// single instances.
func (m *Model) moments(theta []float64) (drift [2]float64, jacobian, covariance matrix) {
	for _, x := range m.members {
		own, slope := x.field.Moments(theta)
		for i := range own {
			drift[i] += float64(x.weight * own[i])
			for j := range own {
				jacobian[i][j] += float64(x.weight * slope[i][j])
				covariance[i][j] += float64(x.weight * own[i] * own[j])
			}
		}
	}
	for i := range covariance {
		for j := range covariance {
			covariance[i][j] += m.drawn[i][j] - float64(drift[i]*drift[j])
		}
	}
	return drift, jacobian, covariance
}

// A node is the flow at one time of a curve, with what happened since the time
// before it.
type node struct {
	theta [2]float64
	drift [2]float64
	bias  [2]float64 // of stochastic descent in steps of the learning rate, to first order
	carry matrix     // ∂θ/∂θ of the time before
	noise matrix     // covariance that was added
}

// A Descent is how a curve was trained.
type Descent struct {
	Rate  float64 // η; 0: gradient flow
	Batch float64 // B; 0: no noise
}

// share returns η/B, the size of the noise.
func (d Descent) share() float64 {
	if d.Batch == 0 {
		return 0
	}
	return d.Rate / d.Batch
}

// follow returns the flow from 0 at times.
//
//	θ' = f,  Δ' = JΔ − (η/2) J f + βq,  Φ' = JΦ,  Q' = JQ + QJᵀ + (η/B)(Cov_i(f_i) + more·q)
//
// Δ is how far the mean of stochastic descent, θ_{k+1} = θ_k + η h(θ_k), is from
// the flow, and Q the covariance that it gains, to first order in η.
func (m *Model) follow(ctx context.Context, times []float64, how Descent) ([]node, error) {
	d := m.Dimension
	state := make([]float64, 2*d+2*d*d+1)
	at := func(y []float64, k int) (x matrix) {
		for i := range d {
			for j := range d {
				x[i][j] = y[2*d+k*d*d+i*d+j]
			}
		}
		return x
	}
	put := func(y []float64, k int, x matrix) {
		for i := range d {
			for j := range d {
				y[2*d+k*d*d+i*d+j] = x[i][j]
			}
		}
	}
	var spread effect
	share := how.share()
	slope := func(_ float64, y, dy []float64) {
		drift, jacobian, covariance := m.moments(y[:d])
		q := y[len(y)-1]
		for i := range d {
			dy[i] = drift[i]
			dy[d+i] = float64(spread.bias[i] * q)
			for j := range d {
				dy[d+i] += float64(jacobian[i][j] * (y[d+j] - float64(how.Rate/2*drift[j])))
			}
		}
		put(dy, 0, jacobian.times(at(y, 0)))
		turned := jacobian.times(at(y, 1))
		put(dy, 1, turned.plus(turned.transposed(), 1).plus(covariance, share).plus(spread.more, share*q))
		dy[len(y)-1] = float64(share*spread.growth) - float64(2*spread.decay*q)
	}
	var out []node
	before, pace := 0.0, 0.0
	for _, t := range times {
		put(state, 0, matrix{{1, 0}, {0, 1}})
		put(state, 1, matrix{})
		if t > before {
			if share > 0 && m.spread != nil {
				spread = m.spread.at(state[:d])
			}
			if pace == 0 {
				pace = (t - before) / 1000
			}
			end, next, err := reduced.Track(ctx, slope, state, t-before, 1e-6, pace, nil)
			if err != nil {
				return nil, fmt.Errorf("the flow of the model: %w", err)
			}
			state, before, pace = end, t, next
		}
		for _, x := range state {
			if math.IsNaN(x) || math.IsInf(x, 0) {
				return nil, errors.New("the flow of the model left the finite numbers")
			}
		}
		n := node{carry: at(state, 0), noise: at(state, 1)}
		copy(n.theta[:], state[:d])
		copy(n.bias[:], state[d:2*d])
		n.drift, _, _ = m.moments(state[:d])
		out = append(out, n)
	}
	return out, nil
}

// slope returns the right-hand side of the flow.
func (m *Model) slope(_ float64, y, dy []float64) {
	clear(dy)
	for _, x := range m.members {
		for i, d := range x.field.Drift(y) {
			dy[i] += float64(x.weight * d)
		}
	}
}

// failures returns the differences of two runs at different precision at times,
// widened tenfold.
func (m *Model) failures(ctx context.Context, times []float64) ([]float64, error) {
	last := times[len(times)-1]
	coarse, err := m.tabulate(ctx, last, 1e-6)
	if err != nil {
		return nil, err
	}
	fine, err := m.tabulate(ctx, last, 1e-8)
	if err != nil {
		return nil, err
	}
	out := make([]float64, len(times))
	for k, t := range times {
		a, _ := coarse.at(t)
		b, _ := fine.at(t)
		out[k] = 10 * math.Abs(a-b)
	}
	return out, nil
}
