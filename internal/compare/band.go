package compare

import (
	"fmt"
	"math"
	"math/big"

	"muflow/graph"
	"muflow/internal/reduced"
)

// A Noise holds what bounds the gradient of one sample of stochastic gradient
// descent with the Coconut loss on one step of an instance, when the vertices
// are relabelled at random for every sample.
type Noise struct {
	Entries    int     // trained entries of W: n on the diagonal, n² of the full matrix
	Gradient   float64 // G: ‖∇ℓ_π(W)‖ ≤ G for every relabelling π and every W
	Smoothness float64 // L: ‖∇²ℓ_π(W)‖ ≤ L
}

// NoiseOf returns the bounds for the diagonal or the full score matrix.
//
//	ξ_v = σ·(a_v + ⟨φ_v, W⟩),  φ_v = 1{(w,u): w ∈ N_c, u→v, and w = u if diagonal}
//	∇ℓ = −σ·(φ_p − E[φ])       ⇒  ‖∇ℓ‖ ≤ G = σ·max_v ‖φ_p − φ_v‖
//	∇²ℓ = σ²·Cov(φ)            ⇒  ‖∇²ℓ‖ ≤ L = (σ²/4)·max_{v,w} ‖φ_v − φ_w‖²
//
// because E[φ] is a convex combination of the φ_v. A relabelling moves the
// entries of all φ_v alike and changes no distance. ‖φ_v − φ_w‖² counts the
// vertices of N_c (of V, times K, if full) from which exactly one of v and w
// has an edge.
// Approximate: no error bound.
// theory.md sections 1 and 6.
func NoiseOf(s graph.Step, full bool, alpha *big.Rat) Noise {
	g, set := s.Instance.Graph, s.Set()
	n, k := g.Order(), 0
	sources := make([]map[int]bool, n)
	for v := range n {
		if set[v] {
			k++
		}
		sources[v] = map[int]bool{}
		for _, u := range g.In(v) {
			if full || set[u] {
				sources[v][u] = true
			}
		}
	}
	distance := func(v, w int) float64 {
		count := 0
		for u := range n {
			if sources[v][u] != sources[w][u] {
				count++
			}
		}
		if full {
			count *= k
		}
		return float64(count)
	}
	sigma := reduced.Scale(alpha, k)
	out := Noise{Entries: n}
	if full {
		out.Entries = n * n
	}
	for v := range n {
		out.Gradient = max(out.Gradient, sigma*math.Sqrt(distance(s.Target(), v)))
		for w := range v {
			out.Smoothness = max(out.Smoothness, sigma*sigma/4*distance(v, w))
		}
	}
	return out
}

// Radius returns r such that stochastic gradient descent W_k from 0, with
// batches of independent relabellings, stays within r of gradient descent w_k
// on the averaged loss, at all of the first N steps at once, except with the
// given probability δ.
//
//	P( max_{k≤N} ‖W_k − w_k‖ ≥ r ) ≤ 2·exp( −(S/b²)·h(r b/S) ) = δ
//	b = 2ηG/B,  S = N η² G²/B,  h(u) = (1+u)·log(1+u) − u
//
// Proof. Let φ be the loss averaged over all relabellings, Φ(W) = W − η∇φ(W).
// Then e_k = W_k − w_k obeys
//
//	e_{k+1} = [Φ(W_k) − Φ(w_k)] + Σ_{i=1}^{B} X_{k,i},  X_{k,i} = (η/B)·(∇φ(W_k) − ∇ℓ_{π(k,i)}(W_k))
//
// (1) φ is convex with ∇²φ ≤ L (log-linear with one target vertex), so for
// η·L ≤ 2 the spectrum of Φ' lies in [1−ηL, 1] ⊂ [−1, 1] and the bracket is at
// most ‖e_k‖ long.
// (2) Given the past, the X_{k,i} are independent with mean 0, ‖X‖ ≤ b, since
// the gradient and its mean are each at most G long, and E‖X‖² ≤ η²G²/B², since
// a variance is at most a second moment.
// (3) For a random vector X with mean 0 in a Euclidean space and λ > 0,
//
//	E cosh(λ‖x+X‖) ≤ cosh(λ‖x‖)·(1 + E ψ(λ‖X‖)),  ψ(z) = e^z − 1 − z
//
// (I. Pinelis, Ann. Probab. 22 (1994) 1679, Theorem 3.2): with q(t) = ‖x+tX‖, the
// second derivative of cosh(λq) is λ²q'² cosh(λq) + λ q″ sinh(λq), in which
// q″ = (‖X‖²−q'²)/q and sinh(z) ≤ z·cosh(z), so it is at most
// λ²‖X‖² cosh(λq(t)) ≤ λ²‖X‖² e^{λt‖X‖} cosh(λ‖x‖); the first-order term has mean
// 0, and ∫_0^1 (1−t) z² e^{tz} dt = ψ(z).
// (4) ψ(z)/z² increases, so E ψ(λ‖X‖) ≤ (E‖X‖²/b²)·ψ(λb), and cosh(λ‖·‖) increases
// with the norm, so (1) keeps it: cosh(λ‖e_k‖)·exp(−k·B·(η²G²/(B²b²))·ψ(λb)) is a
// supermartingale that starts at 1. It is positive, so by Ville's inequality
//
//	P(max_{k≤N} ‖e_k‖ ≥ r) ≤ exp((S/b²)·ψ(λb))/cosh(λr) ≤ 2·exp((S/b²)·ψ(λb) − λr)
//
// and λ = log(1 + rb/S)/b gives the bound, in the manner of G. Bennett (1962).
//
// It is an error if η·L > 2, or without steps, batch or 0 < δ < 1.
// Approximate: no error bound.
// Units: r in those of W (nats per unit of weight), t = η·N.
func (x Noise) Radius(eta float64, batch, steps int, failure float64) (float64, error) {
	switch {
	case batch < 1 || steps < 1 || !(failure > 0 && failure < 1):
		return 0, fmt.Errorf("batch %d, steps %d, probability %g, expected at least 1, at least 1, between 0 and 1", batch, steps, failure)
	case !(eta > 0) || !(eta*x.Smoothness <= 2):
		return 0, fmt.Errorf("learning rate %g with curvature up to %g, expected a product of at most 2", eta, x.Smoothness)
	case x.Gradient == 0:
		return reduced.Roundoff, nil // the gradient is 0 for every relabelling
	}
	b := 2 * eta * x.Gradient / float64(batch)
	variance := float64(steps) * eta * eta * x.Gradient * x.Gradient / float64(batch)
	want := math.Log(2 / failure)
	exponent := func(r float64) float64 {
		u := r * b / variance
		return variance / (b * b) * ((1+u)*math.Log1p(u) - u)
	}
	low, high := 0.0, math.Sqrt(variance)
	for exponent(high) < want {
		low, high = high, 2*high
	}
	for high-low > 1e-12*high {
		if middle := (low + high) / 2; exponent(middle) < want {
			low = middle
		} else {
			high = middle
		}
	}
	return high + reduced.Roundoff, nil
}

// MeanBand returns how far the mean of so many entries (n of the diagonal,
// n(n−1) beside it) can be from gradient descent if W is within a radius of it,
// and their root mean square deviation as well.
//
//	|mean(e)| ≤ √(mean(e²)) ≤ ‖e‖/√entries
//
// Approximate: no error bound.
func MeanBand(radius float64, entries int) float64 { return radius / math.Sqrt(float64(entries)) }
