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
// of a sample are from the drift, the size of the noise and its variance along a
// direction and in all, and the contraction of what is beside the line. The
// constants against their definitions.
func TestStochasticAgainstAllRelabellings(t *testing.T) {
	rng, checks, closest, constants := rand.New(rand.NewPCG(5, 6)), 0, [6]float64{}, [5]float64{}
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
		for _, share := range []float64{0, 0.3, 0.7, 1} {
			want := m.moments(share * end)
			for i, used := range [5]float64{want.noise / float(x.unlike), want.lean / float(x.lean), want.gust / float(x.gust), float(x.slow) / want.slow, want.slow / float(x.fast)} {
				constants[i] = max(constants[i], used)
			}
			if v := want.v / float(x.variance); v < 1 {
				t.Errorf("v is %g times its bound", v)
			}
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
				drift, jolt, square, pull, most, straight, whole, count := 0., 0., 0., 0., 0., 0., 0., 0.
				permutations(6, func(label []int) {
					for _, p := range labels {
						here, there := m.at(w, label, p), m.at(line, label, p)
						h, f, size, side := 0., 0., 0., 0.
						for i := range here {
							h, f = h+here[i]/n, f+there[i]/n
							side += here[i] * e[i] / length
							size += here[i] * here[i]
						}
						drift += h - f
						square += (h - f) * (h - f)
						most, jolt = max(most, math.Abs(h-f)), max(jolt, size-n*h*h)
						pull -= side * length
						straight += side * side
						whole += size - n*h*h
						count++
					}
				})
				drift, square, pull, straight, whole = drift/count, square/count, pull/count, straight/count, whole/count
				o := x.within(&StochasticRun{Rate: new(big.Rat), Batch: 1}, new(big.Rat), number().SetFloat64(m.sigma*length))
				rho := middle(o.rho)
				beside := middle(o.noise()) * want.t * m.sigma * m.sigma
				used := [6]float64{
					math.Abs(drift) / (m.sigma / n * middle(o.leaning()) * want.t * m.sigma * m.sigma * length * length),
					square / (math.Pow(m.sigma/n*middle(o.gusting())*m.sigma*length, 2) * want.t),
					jolt / (m.sigma * m.sigma * float(x.gradient)),
					m.sigma * m.sigma * want.t * length * length * -math.Expm1(-rho) / rho / pull,
					straight / beside,
					whole / beside / (n - 1),
				}
				if most > m.sigma/n*float64(x.degrees)*rho/4 {
					t.Errorf("a sample off by %g, at most %g", most, m.sigma/n*float64(x.degrees)*rho/4)
				}
				for i, u := range used {
					if u > 1 {
						t.Errorf("bound %d used %g times (μ = %g, ‖e‖ = %g)", i, u, mu, length)
					}
					closest[i] = max(closest[i], u)
				}
				checks++
			}
		}
	}
	for i, u := range constants {
		if u > 1 || u < 0.8 {
			t.Errorf("constant %d used %g times", i, u)
		}
	}
	if checks != 72 {
		t.Errorf("%d checks", checks)
	}
	t.Logf("largest shares of the bounds: %.3g, of the constants: %.3g", closest, constants)
}

func float(q *big.Rat) float64 {
	x, _ := q.Float64()
	return x
}

// A moment holds T, v, C/T, |β|/T, √(A/T) and T/v.
type moment struct{ t, v, noise, lean, gust, slow float64 }

// moments returns the constants at μ by their first definitions.
func (m *naive) moments(mu float64) moment {
	order := len(m.set)
	n := float64(order)
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
	mean, degree, degrees := make([]float64, order), 0., make([]float64, order)
	for a := range phi {
		p[a] /= total
		for u, one := range phi[a] {
			mean[u] += p[a] * one
			degree += p[a] * one
			degrees[a] += one
		}
	}
	out, covariance, labels := moment{}, make([]float64, order), m.step.Labels()
	for a := range phi {
		far := -(degrees[a] - degree) * (degrees[a] - degree) / n
		for u, one := range phi[a] {
			far += (one - mean[u]) * (one - mean[u])
			covariance[u] += p[a] * (degrees[a] - degree) * (one - mean[u])
		}
		far /= n - 1
		out.t += p[a] * far
		out.lean += p[a] * far * (degrees[a] - degree) / 2
		out.v += p[a] * (degrees[a] - degree) * (degrees[a] - degree)
		if slices.Contains(labels, a) {
			out.noise += far / float64(len(labels))
		}
	}
	for _, c := range covariance {
		out.gust += c * c
	}
	out.noise, out.lean, out.slow = out.noise/out.t, math.Abs(out.lean)/out.t, out.t/out.v
	out.gust = math.Sqrt((out.gust - out.v*out.v/n) / (n - 1) / out.t)
	return out
}

// Bounds of few small steps follow the rate, x in proportion and y as its square;
// rates above 1/L, and bad runs, are refused.
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
			if math.Abs(spread-256) > 1 || math.Abs(mean-65536) > 200 {
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
