package compare

import (
	"errors"
	"fmt"
	"math"
	"math/big"
	"muflow/internal/portable"
	"slices"

	"muflow/graph"
	"muflow/internal/reduced"
	"muflow/sim/kernel"
	"muflow/theory"
)

// A Walk describes the mean of the diagonal score matrix under stochastic
// gradient descent with the Coconut loss, when every sample draws one of the
// instances, one of its labels and a relabelling of its vertices. For one instance
// with one label its noise is of second order: it vanishes at W = μI, where all
// relabellings agree.
//
// Write W = μI + diag(e) with Σe = 0, h for the mean over the n symbols of
// −∇ℓ of one sample, F(W) for its mean in-degree under the softmax, p for its
// softmax at μI, d̃ = d − F(μ), x_v = ⟨φ_v, e⟩ at the relabelling drawn, σ = α/√K,
// φ_v(u) = 1 where u ∈ N_c has an edge to v, and E for the average over relabellings.
//
// (0) ∇ℓ = −σ(φ_p − E φ) and ∇²ℓ = σ² Cov(φ), so ‖∇ℓ‖ ≤ G = σ max_v ‖φ_p − φ_v‖ and
// ‖∇²ℓ‖ ≤ L = (σ²/4) max_{v,w} ‖φ_v − φ_w‖²: a relabelling moves the entries of all φ_v alike.
// (1) Σ_u φ_v(u) = d_v, so h(W) = (σ/n)(d* − F(W)): at e = 0 the reduced drift f(μ)
// of the instance, the same for every relabelling.
// (2) A relabelling draws places without replacement from entries of sum 0, so
//
//	E x_v = 0,   E x_v x_w = (‖e‖²/(n−1))·(⟨φ_v,φ_w⟩ − d_v d_w/n)
//	E Var_p(x) = ‖e‖²·T,   T = Σ_v p_v (‖φ_v − E_p φ‖² − d̃_v²/n)/(n−1)
//
// (3) Along τ ↦ F(μI + τe) the derivatives are the joint cumulants σ Cov(d,x),
// σ² E[d̃ x̃²] and σ³ (E[d̃ x̃³] − 3 Cov(d,x) Var(x)) under the softmax at τ. There
// x has a range ω with σω ≤ ρ = 2√L‖e‖, so
// Var_τ(x) ≤ e^ρ Var_p(x), as p changes by a factor of at most e^ρ. With D the
// range of d: |E[d̃x̃²]| ≤ D·Var_τ(x), |Cov_τ(d,x)| ≤ Dω/4 and the third
// cumulant is at most (7/4)·D·ω·Var_τ(x).
// (4) Taylor at τ = 0 and (2) give the drift averaged over relabellings,
//
//	E h(W) = f(μ) + β‖e‖² + r,   β = −(σ³/(2n(n−1))) Σ_v p_v d̃_v (‖φ_v − E_p φ‖² − d̃_v²/n)
//	|r| ≤ (7/24)·(σ/n)·D·ρ e^ρ·σ² T‖e‖²
//
// and with Var_τ(x)² ≤ (ω²/4)·Var_τ(x) the root mean square of what a sample adds
//
//	√E(h − f)² ≤ (σ/n)·(σ√(E Cov_p(d,x)²) + (σ/4) D ρ e^ρ √T ‖e‖)
//	E Cov_p(d,x)² = ‖e‖²·(‖Cov_p(d,φ)‖² − Var_p(d)²/n)/(n−1)
//
// while |h − f| ≤ (σ/n)Dρ/4 for every sample. Over several instances and labels,
// of which h knows d* only, f differs between them: its standard deviation and its
// range are added.
//
// Reference: derived; (3) uses T. Popoviciu (1935).
type Walk struct {
	symbols    float64
	gradient   float64 // G: ‖∇ℓ‖ ≤ G for every sample and every W
	smoothness float64 // L: ‖∇²ℓ‖ ≤ L
	reach      float64 // most that h can differ between two samples
	drift      *Drift  // f
	members    []member
	mean       []float64 // room for E_p φ and Cov_p(d, φ)
	lean       []float64
}

// A member is one instance, φ as the list of sources of each vertex.
type member struct {
	sigma          float64
	biases         []float64
	degrees        []float64
	sources        [][]int
	targets        []int
	width          float64 // D
	logits, shares []float64
}

// NewWalk returns the walk of steps that share the weights of so many symbols.
func NewWalk(steps []graph.Step, symbols int, alpha *big.Rat) (*Walk, error) {
	drift, err := DriftOf(steps, symbols, theory.Coconut, alpha)
	if err != nil {
		return nil, err
	}
	x := &Walk{symbols: float64(symbols), drift: drift}
	low, high := math.Inf(1), math.Inf(-1)
	for _, s := range steps {
		set, n := s.Set(), s.Instance.Graph.Order()
		k := 0
		for _, in := range set {
			k += indicator(in)
		}
		m := member{sigma: reduced.Scale(alpha, k), targets: s.Labels(), sources: make([][]int, n), degrees: make([]float64, n), biases: make([]float64, n), logits: make([]float64, n), shares: make([]float64, n)}
		least, most := math.Inf(1), 0.0
		for v := range n {
			m.biases[v] = float64(indicator(set[v]))
			for _, u := range s.Instance.Graph.In(v) {
				if set[u] {
					m.sources[v] = append(m.sources[v], u)
				}
			}
			m.degrees[v] = float64(len(m.sources[v]))
			least, most = min(least, m.degrees[v]), max(most, m.degrees[v])
		}
		m.width = most - least
		for v := range n {
			for _, p := range m.targets {
				x.gradient = max(x.gradient, m.sigma*math.Sqrt(m.distance(p, v)))
			}
			for w := range v {
				x.smoothness = max(x.smoothness, m.sigma*m.sigma/4*m.distance(v, w))
			}
		}
		for _, p := range m.targets {
			own := m.degrees[p]
			low, high = min(low, m.sigma*(own-most)/x.symbols), max(high, m.sigma*(own-least)/x.symbols)
		}
		x.members = append(x.members, m)
	}
	x.reach = high - low
	x.mean, x.lean = make([]float64, symbols), make([]float64, symbols)
	return x, nil
}

// distance returns ‖φ_v − φ_w‖², the number of sources that one of them has.
func (m *member) distance(v, w int) float64 {
	both := 0
	for _, u := range m.sources[v] {
		both += indicator(slices.Contains(m.sources[w], u))
	}
	return float64(len(m.sources[v]) + len(m.sources[w]) - 2*both)
}

// Smoothness returns L, a bound of the curvature of a sample's loss.
// Approximate: no error bound.
func (x *Walk) Smoothness() float64 { return x.smoothness }

// A moment holds what the theorem of Walk says at one μ, averaged over the
// instances, in units of ‖e‖.
type moment struct {
	drift   float64 // f(μ) once more, from the softmax of the vertices
	bias    float64 // β
	rest    float64 // |r| ≤ rest·ρ e^ρ‖e‖²
	between float64 // standard deviation of f between instances and labels
	across  float64 // range of f between them
	first   float64 // √E(h−f)² ≤ (first + second·ρ e^ρ)·‖e‖
	second  float64
	each    float64 // |h−f| ≤ each·ρ
	growth  float64 // mean square of the part of ∇ℓ that moves e, at e = 0
	decay   float64 // mean curvature there: E‖e‖² falls by 2η·decay a step
}

// at returns the moments at μ.
// Approximate: no error bound.
func (x *Walk) at(mu float64) moment {
	var out moment
	n, count := x.symbols, float64(len(x.members))
	low, high, square := math.Inf(1), math.Inf(-1), 0.0
	for i := range x.members {
		m := &x.members[i]
		mean := m.meanDegree(mu)
		clear(x.mean)
		clear(x.lean)
		variance := 0.0
		for v, d := range m.degrees {
			tilted := float64(m.shares[v] * (d - mean))
			variance += float64(tilted * (d - mean))
			for _, u := range m.sources[v] {
				x.mean[u] += m.shares[v]
				x.lean[u] += tilted
			}
		}
		length, lean := 0.0, 0.0
		for u := range x.mean {
			length += float64(x.mean[u] * x.mean[u])
			lean += float64(x.lean[u] * x.lean[u])
		}
		apart, skew, labels := 0.0, 0.0, float64(len(m.targets))
		for v, d := range m.degrees {
			shared := 0.0
			for _, u := range m.sources[v] {
				shared += x.mean[u]
			}
			c := d - float64(2*shared) + length - float64((d-mean)*(d-mean))/n // of φ_v off its mean, without the part along 1
			apart += float64(m.shares[v] * c)
			skew += float64(float64(m.shares[v]*(d-mean)) * c)
			if slices.Contains(m.targets, v) {
				out.growth += float64(m.sigma*m.sigma*c) / (count * labels)
			}
		}
		for _, p := range m.targets {
			f := m.sigma / n * (m.degrees[p] - mean)
			out.drift += f / (count * labels)
			square += float64(f*f) / (count * labels)
			low, high = min(low, f), max(high, f)
		}
		spread := apart / (n - 1)
		s2 := float64(m.sigma * m.sigma)
		out.bias -= s2 * m.sigma / (2 * n * (n - 1)) * skew / count
		out.rest += 7. / 24 * m.sigma / n * m.width * s2 * spread / count
		out.first += float64(s2/n*s2/n*max(0, lean-float64(variance*variance)/n)/(n-1)) / count
		out.second += float64(s2/n*s2/n*m.width*m.width/16*spread) / count
		out.each = max(out.each, m.sigma/n*m.width/4)
		out.decay += float64(s2*spread) / count
	}
	out.first, out.second = math.Sqrt(out.first), math.Sqrt(out.second)
	if count > 1 || len(x.members[0].targets) > 1 {
		out.across, out.between = high-low, math.Sqrt(max(0, square-float64(out.drift*out.drift)))
	}
	return out
}

// meanDegree returns F(μ) and leaves the softmax in shares.
func (m *member) meanDegree(mu float64) float64 {
	top := math.Inf(-1)
	for v, d := range m.degrees {
		m.logits[v] = m.sigma * (m.biases[v] + float64(mu*d))
		top = max(top, m.logits[v])
	}
	for v := range m.logits {
		m.logits[v] -= top
	}
	kernel.Exp(m.shares, m.logits)
	total, mean := 0.0, 0.0
	for v, p := range m.shares {
		total += p
		mean += float64(p * m.degrees[v])
	}
	for v := range m.shares {
		m.shares[v] /= total
	}
	return mean / total
}

// A Path is a training seen at its steps 0, 1, 2, …
type Path struct {
	Mean   []float64 // of the diagonal of the score matrix
	Spread []float64 // its standard deviation, with divisor n
}

// A Corridor is where the mean of the diagonal must be at each of its steps.
type Corridor struct {
	Centre []float64 // descent on the reduced drift, with the bias by the spread seen
	Half   []float64 // half the width
	Spread []float64 // most that the standard deviation can be
	Plain  []float64 // descent on the reduced drift alone
}

// Corridor returns where the mean of a path is, given its spread, and how large
// the spread is: each at all steps at once except with probability δ, for any
// two λ > 0 chosen beforehand.
//
//	c_{k+1} = c_k + η(f(c_k) + β(m_k)‖e_k‖²)
//	|m_k − c_k| ≤ (log(2/δ) + Σ_{j<k} (λη|r_j| + (v_j/b_j²)·ψ(λb_j)))/λ,   ψ(z) = e^z − 1 − z
//	v_j = (η²/B)·E(h−f)²,   b_j = (η/B)·max|h−h'|,   both at m_j and ‖e_j‖
//
// Proof. δ_k = m_k − c_k obeys δ_{k+1} = [δ_k + η(f(m_k) − f(c_k))] + ηr_k + Σ_{i≤B} X_i
// with X_i = (η/B)(h_i − E h). The bracket is at most |δ_k|, as −2 ≤ ηf' ≤ 0: f' is the mean
// of −(σ²/n)·Var(d), which is at most L in size since (d_v − d_w)² ≤ n‖φ_v − φ_w‖², and ηL ≤ 2.
// Given the past the X_i are independent with mean 0, |X_i| ≤ b_k and E X_i² ≤ v_k/B (a
// variance is at most a second moment about f), so
//
//	E cosh(λ(z+X)) = cosh(λz)·E cosh(λX) + sinh(λz)·E(sinh(λX) − λX) ≤ cosh(λz)·(1 + E ψ(λ|X|))
//
// and E ψ(λ|X|) ≤ E X²·ψ(λb)/b² because ψ(z)/z² increases, while cosh(λ(z+ηr)) ≤ cosh(λz)·e^{λη|r|}. Hence
//
//	cosh(λδ_k)·exp(−Σ_{j<k} (λη|r_j| + v_jψ(λb_j)/b_j²))
//
// is a positive supermartingale that starts at 1, with r_j, v_j and b_j known
// before step j. By Ville's inequality it stays below 1/δ at all steps, except
// with probability δ, and cosh z ≥ e^|z|/2.
//
// For the spread take e itself. W ↦ W − η∇φ(W) of the loss φ averaged over all samples is
// contracting, as 0 ≤ ∇²φ ≤ L, and maps μI to a multiple of I, so e_{k+1} = Ψ + ΣX_i with
// ‖Ψ‖ ≤ ‖e_k‖, and X_i now a vector of mean 0 with ‖X‖ ≤ b = 2ηG/B and E‖X‖² ≤ v_k/B,
// v_k = (η²/B)(√growth + L‖e_k‖)², where growth is the mean square of ∇ℓ without its mean at
// μI. In a Euclidean space E cosh(λ‖z+X‖) ≤ cosh(λ‖z‖)·(1 + E ψ(λ‖X‖)) (I. Pinelis,
// Ann. Probab. 22 (1994) 1679, Theorem 3.2: with q(t) = ‖z+tX‖ the second derivative of
// cosh(λq) is λ²q'² cosh(λq) + λq″ sinh(λq) with q″ = (‖X‖² − q'²)/q and sinh z ≤ z cosh z, so at most
// λ²‖X‖²e^{λt‖X‖} cosh(λ‖z‖)), and the rest is as before.
//
// reduced.Roundoff is added. It is an error if ηL > 2.
// Approximate: no error bound.
// Units: those of μ.
func (x *Walk) Corridor(path Path, eta float64, batch int, failure float64, lambda [2]float64) (*Corridor, error) {
	if !(eta > 0) || !(eta*x.smoothness <= 2) || batch < 1 || !(failure > 0 && failure < 1) || !(lambda[0] > 0 && lambda[1] > 0) {
		return nil, fmt.Errorf("learning rate %g with curvature up to %g, batch %d, probability %g, λ = %v, expected a product of at most 2 and positive numbers", eta, x.smoothness, batch, failure, lambda)
	}
	out := &Corridor{}
	centre, plain := 0.0, 0.0
	sum := [2]float64{portable.Log(2 / failure), portable.Log(2 / failure)}
	for k, mu := range path.Mean {
		out.Centre, out.Plain, out.Half = append(out.Centre, centre), append(out.Plain, plain), append(out.Half, sum[0]/lambda[0]+reduced.Roundoff)
		out.Spread = append(out.Spread, (sum[1]/lambda[1]+reduced.Roundoff)/math.Sqrt(x.symbols))
		length := path.Spread[k] * math.Sqrt(x.symbols)
		m := x.at(mu)
		rest, variance, most := x.noise(m, length)
		share := eta / float64(batch)
		sum[0] += float64(lambda[0]*eta*rest) + cumulant(lambda[0], eta*share*variance, share*most)
		sum[1] += cumulant(lambda[1], eta*share*x.jolt(m, length), 2*share*x.gradient)
		centre += float64(eta * (x.drift.At(centre) + float64(m.bias*length*length)))
		plain += float64(eta * x.drift.At(plain))
	}
	return out, nil
}

// Used returns the largest share of the corridor that a path uses at any of its
// steps, above 1 if it leaves it.
// Approximate: no error bound.
func (c *Corridor) Used(path Path) float64 {
	used := 0.0
	for k, mean := range path.Mean {
		used = max(used, math.Abs(mean-c.Centre[k])/c.Half[k], path.Spread[k]/c.Spread[k])
	}
	return used
}

// noise returns the bounds of the theorem at a length of e: |r|, E(h−f)² and
// max|h−h'|.
func (x *Walk) noise(m moment, length float64) (rest, variance, most float64) {
	rho := 2 * math.Sqrt(x.smoothness) * length
	tilt := rho * portable.Exp(rho)
	deviation := m.between + float64((m.first+float64(m.second*tilt))*length)
	return float64(m.rest * tilt * length * length), deviation * deviation, min(x.reach, m.across+float64(2*m.each*rho))
}

// jolt bounds the mean square of what a sample adds to e, in units of η/B.
func (x *Walk) jolt(m moment, length float64) float64 {
	deviation := math.Sqrt(m.growth) + float64(x.smoothness*length)
	return deviation * deviation
}

// cumulant returns v·ψ(λb)/b².
func cumulant(lambda, v, b float64) float64 {
	if z := float64(lambda * b); z > 1e-4 {
		return v / b / b * (portable.Expm1(z) - z)
	}
	return v * lambda * lambda / 2 * 1.0001
}

// An Expectation is what theory expects of a walk.
type Expectation struct {
	Lambda [2]float64 // with which its Corridor is narrowest at the end
	Spread float64    // standard deviation of the diagonal at the end
	Half   float64    // half the width of the corridor there, nearly
}

// Expect follows the mean of ‖e‖² to first order in η,
//
//	q_{k+1} = q_k·(1 − 2η·decay) + (η²/B)·growth
//
// on a path of at most so many steps that it looks at, and makes λ for it.
// Approximate: no error bound; the corridor holds for every λ.
func (x *Walk) Expect(eta float64, batch, steps int, failure float64) Expectation {
	looks := min(steps, 256)
	h := eta * float64(steps) / float64(looks)
	if h*x.smoothness > 1 {
		looks, h = steps, eta
	}
	share := eta / float64(batch)
	centre, square, largest, rests := 0.0, 0.0, 0.0, 0.0
	var total [2]float64
	for range looks {
		m := x.at(centre)
		length := math.Sqrt(square)
		rest, variance, most := x.noise(m, length)
		rests += float64(h * rest)
		total[0] += float64(h * share * variance)
		total[1] += float64(h * share * x.jolt(m, length))
		largest = max(largest, share*most)
		centre += float64(h * (m.drift + float64(m.bias*square)))
		square = max(0, square+float64(h*(float64(share*m.growth)-float64(2*m.decay*square))))
	}
	out := Expectation{Spread: math.Sqrt(square / x.symbols)}
	for i, b := range []float64{largest, 2 * share * x.gradient} {
		out.Lambda[i] = 1 / reduced.Roundoff // no sample differs from another
		if v := total[i]; v > 0 {
			r := portable.Bennett(v, b, failure)
			out.Lambda[i] = portable.Log1p(r*b/v) / b
			if i == 0 {
				out.Half = r
			}
		}
	}
	out.Half += rests
	return out
}

// Horizon returns the time at which the flow from 0 has left only a share of
// its drift, to within a percent of the drift.
// It is an error if the drift is 0, or if it takes more than a million steps.
// Approximate: no error bound.
func (x *Walk) Horizon(share float64) (float64, error) {
	start := x.drift.At(0)
	if start == 0 {
		return 0, errors.New("the drift at 0 is 0, expected a mean that moves")
	}
	mu, time, rate := 0.0, 0.0, 0.0
	for range 1_000_000 {
		now := x.drift.At(mu)
		if now/start <= share {
			return time, nil
		}
		if rate == 0 {
			rate = 0.02 / x.smoothness
		}
		mu += float64(rate * now)
		time += rate
	}
	return 0, errors.New("the drift does not fall within a million steps")
}

// Notices returns the smallest relative error of the drift with which the path
// would leave its corridor, whether the drift is larger or smaller, rounded up
// by at most a tenth; 0 if an error of 1 would not be noticed. A drift in error
// by ε is taken to be at step k where the right one is at step (1+ε)k, and the
// bias as it is.
// Approximate: no error bound.
func (x *Walk) Notices(path Path, c *Corridor, eta float64) float64 {
	plain := slices.Clone(c.Plain)
	for last := len(plain) - 1; len(plain) < 2*last+2; {
		at := plain[len(plain)-1]
		plain = append(plain, at+float64(eta*x.drift.At(at)))
	}
	leaves := func(factor float64) bool {
		for k, mu := range path.Mean {
			whole, part := math.Modf(float64(factor * float64(k)))
			at := plain[int(whole)] + float64(part*(plain[int(whole)+1]-plain[int(whole)]))
			if !(math.Abs(mu-at-(c.Centre[k]-c.Plain[k])) <= c.Half[k]) {
				return true
			}
		}
		return false
	}
	noticed := func(e float64) bool { return leaves(1+e) && leaves(1-e) }
	low, high := 0.0, 1.0/1024
	for ; !noticed(high); low, high = high, 2*high {
		if high >= 1 {
			return 0
		}
	}
	for high > 1.1*low && high > 1e-9 {
		if middle := float64((low + high) / 2); noticed(middle) {
			high = middle
		} else {
			low = middle
		}
	}
	return high
}
