package prove

import (
	"context"
	"math"
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"

	"muflow/graph"
	"muflow/theory"
)

// smallStep draws step 1 of a digraph with so few vertices, d_min < d* < d_max.
func smallStep(t *testing.T, rng *rand.Rand, n int, law graph.Law) graph.Step {
	t.Helper()
	for {
		var edges [][2]int
		for u := range n {
			for v := range n {
				if u != v && rng.Float64() < 0.35 {
					edges = append(edges, [2]int{u, v})
				}
			}
		}
		g, err := graph.New(n, edges)
		if err != nil {
			t.Fatal(err)
		}
		hops := g.Distances(0)
		target := slices.Index(hops, 2)
		if target < 0 {
			continue
		}
		in := &graph.Instance{Graph: g, Root: 0, Target: target, Other: (target + 1) % n, Path: []int{0, 0, target}}
		if in.Other == 0 {
			in.Other = 1 + target%(n-1)
		}
		for _, u := range g.In(target) {
			if hops[u] == 1 {
				in.Path[1] = u
			}
		}
		s, err := law.Step(in, 1)
		if err == nil && theory.ProfileOf(s).Certify(theory.Coconut).Limit() == theory.FiniteLimit {
			return s
		}
	}
}

// A naive model of one step, in float64, with one weight for each symbol.
type naive struct {
	step  graph.Step
	sigma float64
	set   []bool
}

// at returns −∇ℓ of a sample whose vertices are called by symbols, averaged over
// the labels if there are several.
func (m *naive) at(w []float64, label []int, p int) []float64 {
	n := len(w)
	shares, total, out := make([]float64, n), 0., make([]float64, n)
	for v := range n {
		x := 0.
		if m.set[v] {
			x = 1
		}
		for _, u := range m.step.Instance.Graph.In(v) {
			if m.set[u] {
				x += w[label[u]]
			}
		}
		shares[v] = math.Exp(m.sigma * x)
		total += shares[v]
	}
	for v := range n {
		for _, u := range m.step.Instance.Graph.In(v) {
			if m.set[u] {
				out[label[u]] -= m.sigma * shares[v] / total
				if v == p {
					out[label[u]] += m.sigma
				}
			}
		}
	}
	return out
}

func permutations(n int, visit func([]int)) {
	label := make([]int, n)
	for i := range label {
		label[i] = i
	}
	var walk func(k int)
	walk = func(k int) {
		if k == n {
			visit(label)
			return
		}
		for i := k; i < n; i++ {
			label[k], label[i] = label[i], label[k]
			walk(k + 1)
			label[k], label[i] = label[i], label[k]
		}
	}
	walk(0)
}

// The inequalities behind StochasticBounds against all relabellings of a model of
// its own, on random graphs of six vertices: how far the mean and the mean square
// of a sample are from the drift, the size of the noise, and the contraction of
// what is beside the line. The constants T and v against their definitions.
func TestStochasticAgainstAllRelabellings(t *testing.T) {
	rng, checks, closest := rand.New(rand.NewPCG(5, 6)), 0, [4]float64{}
	for range 6 {
		law := graph.Laws[rng.IntN(len(graph.Laws))]
		s := smallStep(t, rng, 6, law)
		alpha := big.NewRat(int64(1+rng.IntN(4)), 2)
		x, err := NewStochastic(context.Background(), s, alpha)
		if err != nil {
			t.Fatal(err)
		}
		rest, err := EquilibriumOf(context.Background(), theory.ProfileOf(s), alpha, 6)
		if err != nil {
			t.Fatal(err)
		}
		m := &naive{step: s, sigma: middle(x.sigma), set: s.Set()}
		end, n, labels := middle(rest.Mu), 6., s.Labels()
		leastT, leastV := math.Inf(1), math.Inf(1)
		for _, share := range []float64{0, 0.3, 0.7, 1} {
			for _, length := range []float64{0.01, 0.3, 2} {
				mu, e, mean, norm := share*end, make([]float64, 6), 0., 0.
				for i := range e {
					e[i] = rng.NormFloat64()
					mean += e[i] / n
				}
				for i := range e {
					e[i] -= mean
					norm += e[i] * e[i]
				}
				w := make([]float64, 6)
				for i := range e {
					e[i] *= length / math.Sqrt(norm)
					w[i] = mu + e[i]
				}
				line := slices.Repeat([]float64{mu}, 6)
				drift, jolt, square, pull, most, count := 0., 0., 0., 0., 0., 0.
				permutations(6, func(label []int) {
					for _, p := range labels {
						here, there := m.at(w, label, p), m.at(line, label, p)
						h, f, size := 0., 0., 0.
						for i := range here {
							h, f = h+here[i]/n, f+there[i]/n
							pull -= here[i] * e[i]
							size += here[i] * here[i]
						}
						drift += h - f
						square += (h - f) * (h - f)
						most, jolt = max(most, math.Abs(h-f)), max(jolt, size)
						count++
					}
				})
				drift, square, pull = drift/count, square/count, pull/count
				rho := m.sigma * math.Sqrt(float64(x.apart)) * length
				gamma, width := min(1, 2*math.Exp(rho)/(n-1)), float64(x.degrees)
				used := [4]float64{
					m.sigma / n * width * rho * rho * gamma / 8 / math.Abs(drift),
					m.sigma * m.sigma / n / n * width * width * rho * rho * gamma / 16 / square,
					m.sigma * m.sigma * float64(x.gradient) / jolt,
					pull / (m.sigma * m.sigma * middle(x.spread) * length * length * -math.Expm1(-rho) / rho),
				}
				if most > m.sigma/n*width*rho/4 {
					t.Errorf("a sample off by %g, at most %g", most, m.sigma/n*width*rho/4)
				}
				for i, u := range used {
					if u < 1 {
						t.Errorf("bound %d used %g times (μ = %g, ‖e‖ = %g)", i, 1/u, mu, length)
					}
					closest[i] = max(closest[i], 1/u)
				}
				checks++
			}
			t1, v1 := m.moments(share*end, 6)
			leastT, leastV = min(leastT, t1), min(leastV, v1)
		}
		if a, b := leastT/middle(x.spread), leastV/middle(x.variance); a < 1 || b < 1 || a > 2 || b > 2 {
			t.Errorf("T and v %g and %g times their bounds", a, b)
		}
	}
	if checks != 72 {
		t.Errorf("%d checks", checks)
	}
	t.Logf("largest shares of the bounds: %.3g", closest)
}

// moments returns T and v at μ by their first definitions, with E over p.
func (m *naive) moments(mu, n float64) (t, v float64) {
	order := int(n)
	phi, p, total := make([][]float64, order), make([]float64, order), 0.
	for a := range phi {
		phi[a] = make([]float64, order)
		x := 0.
		if m.set[a] {
			x = 1
		}
		for _, u := range m.step.Instance.Graph.In(a) {
			if m.set[u] {
				phi[a][u] = 1
				x += mu
			}
		}
		p[a] = math.Exp(m.sigma * x)
		total += p[a]
	}
	mean, degree := make([]float64, order), 0.
	for a := range phi {
		p[a] /= total
		for u, one := range phi[a] {
			mean[u] += p[a] * one
			degree += p[a] * one
		}
	}
	for a := range phi {
		d, far := 0., 0.
		for u, one := range phi[a] {
			d += one
			far += (one - mean[u]) * (one - mean[u])
		}
		t += p[a] * (far - (d-degree)*(d-degree)/n) / (n - 1)
		v += p[a] * (d - degree) * (d - degree)
	}
	return t, v
}

// Bounds follow the rate: x as its root and y in proportion, more samples in a
// step narrow them, and rates above 1/L and too many steps are refused.
func TestStochasticBounds(t *testing.T) {
	s := smallStep(t, rand.New(rand.NewPCG(1, 2)), 7, graph.PathLaw)
	x, err := NewStochastic(context.Background(), s, big.NewRat(1, 1))
	if err != nil {
		t.Fatal(err)
	}
	run := StochasticRun{Batch: 1, Steps: 1000, Failure: big.NewRat(1, 1000)}
	first, err := x.Largest(&run)
	if err != nil {
		t.Fatal(err)
	}
	run.Rate.Quo(run.Rate, big.NewRat(1<<20, 1))
	last := first
	for range 3 {
		b, err := x.Bounds(&run)
		if err != nil {
			t.Fatal(err)
		}
		if last != first {
			spread, _ := new(big.Rat).Quo(last.Spread, b.Spread).Float64()
			mean, _ := new(big.Rat).Quo(last.Mean, b.Mean).Float64()
			if math.Abs(spread-16) > 0.1 || math.Abs(mean-256) > 2 {
				t.Errorf("256 times the rate: %g times the spread, %g times the mean", spread, mean)
			}
		}
		last = b
		run.Rate.Quo(run.Rate, big.NewRat(256, 1))
	}
	for _, wrong := range []StochasticRun{
		{big.NewRat(-1, 1), 1, 1, big.NewRat(1, 2)}, {big.NewRat(1, 1), 0, 1, big.NewRat(1, 2)}, {big.NewRat(1, 1), 1, 0, big.NewRat(1, 2)},
		{big.NewRat(1, 1), 1, 1, big.NewRat(1, 1)}, {big.NewRat(1, 1), 1, 1, new(big.Rat)}, {big.NewRat(100, 1), 1, 1, big.NewRat(1, 2)},
		{run.Rate, 1, 1, new(big.Rat).SetFrac(big.NewInt(1), new(big.Int).Lsh(big.NewInt(1), 2000))},
	} {
		if _, err := x.Bounds(&wrong); err == nil {
			t.Errorf("%v: no error", wrong)
		}
	}
}
