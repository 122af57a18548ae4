package explore

import (
	"math"
	"math/rand/v2"
	"muflow/internal/portable"

	numbers "muflow/internal/reduced"
	"muflow/sim"

	"gonum.org/v1/gonum/num/dual"
)

// A reduced is the model with all index-matching logits equal to one number μ,
// for one naming of the vertices: what the average over relabellings leaves.
// It shares no code with the simulation. With coherent embeddings the average
// runs over several namings.
type reduced struct {
	n        int
	lambda   []float64
	edges    [][2]int
	targets  []float64 // how often a vertex counts as one
	drawn    bool      // one of the targets is drawn as the label, not any of them is right
	next     []bool    // N_{c+1}
	alpha    float64
	dials    sim.Dials
	factors  []float64              // of the scores of the edges
	gram     func(u, v int) float64 // nil: orthonormal
	namings  [][]int                // of the vertices by symbols; [nil] if orthonormal
	root     int
	target   int
	other    int
	thoughts int
	anew     int // steps by which the thought is generated with the present logit, 0: it is fixed
}

func newReduced(s *Setting, alpha float64, d sim.Dials) *reduced {
	in := s.Instance
	r := &reduced{n: in.Graph.Order(), edges: in.Graph.Edges(), alpha: alpha, dials: d, root: in.Root, target: in.Target, other: in.Other, thoughts: in.Steps(), namings: [][]int{nil}}
	for _, eta := range r.dials.Deviations(len(r.edges)) {
		r.factors = append(r.factors, 1+float64(r.dials.Uneven*eta))
	}
	r.next, r.lambda, r.targets = s.Next(), s.uniform(), make([]float64, r.n)
	r.targets[s.Target()] = 1
	return r
}

// thought returns t″ after one step from weights.
func (r *reduced) thought(mu dual.Number, weights []dual.Number, naming []int) []dual.Number {
	d := &r.dials
	query := r.multiply(naming, r.multiply(naming, weights)) // ⟨u_x, thought⟩, then the key on the source buffers
	raw := make([]dual.Number, len(r.edges))
	top := math.Inf(-1)
	for i, e := range r.edges {
		x := dual.Add(dual.Scale(1-d.Leak, query[e[0]]), dual.Scale(d.Leak, query[e[1]]))
		raw[i] = dual.Mul(dual.Scale(float64(1+d.Heads)*r.factors[i], mu), x)
		top = max(top, raw[i].Real)
	}
	var sum dual.Number
	if d.Softmax > 0 {
		for _, x := range raw {
			sum = dual.Add(sum, dual.Exp(dual.Sub(x, dual.Number{Real: top})))
		}
	}
	out := append([]dual.Number(nil), weights...)
	for i, e := range r.edges {
		y := raw[i]
		if d.Softmax > 0 {
			share := dual.Mul(dual.Exp(dual.Sub(raw[i], dual.Number{Real: top})), dual.Inv(sum))
			y = dual.Add(dual.Scale(1-d.Softmax, y), dual.Scale(d.Softmax*d.ValueGain, share))
		}
		out[e[1]] = dual.Add(out[e[1]], dual.Scale(1-d.Leak, y))
		out[e[0]] = dual.Add(out[e[0]], dual.Scale(d.Leak, y))
	}
	if d.Square > 0 {
		for v, x := range out {
			if x.Real > 0 {
				out[v] = dual.Add(x, dual.Scale(d.Square, dual.Mul(x, x)))
			}
		}
	}
	return out
}

// multiply returns G·x, x itself if the embeddings are orthonormal.
func (r *reduced) multiply(naming []int, x []dual.Number) []dual.Number {
	if r.gram == nil {
		return x
	}
	out := make([]dual.Number, r.n)
	for u := range out {
		for v, y := range x {
			out[u] = dual.Add(out[u], dual.Scale(r.gram(naming[u], naming[v]), y))
		}
	}
	return out
}

// logits returns ξ as functions of μ.
func (r *reduced) logits(mu float64, naming []int) []dual.Number {
	weights := make([]dual.Number, r.n)
	for v, x := range r.lambda {
		weights[v] = dual.Number{Real: x}
	}
	bent := r.thought(dual.Number{Real: mu, Emag: 1}, weights, naming)
	out := r.multiply(naming, bent)
	if r.dials.Normalise > 0 {
		var square dual.Number
		for v := range bent {
			square = dual.Add(square, dual.Mul(bent[v], out[v]))
		}
		divisor := dual.Inv(dual.PowReal(square, r.dials.Normalise/2))
		for v := range out {
			out[v] = dual.Mul(out[v], divisor)
		}
	}
	for v := range out {
		out[v] = dual.Scale(r.alpha, out[v])
	}
	return out
}

// drift is −(1/n)·dℓ/dμ, averaged over the namings: with soft labels of the
// share q of noise,
//
//	μ' = (1/n)·( (1−q)·E_S[ξ'] + q·mean(ξ') − E_V[ξ'] )
//
// and per head where several are tied.
// Approximate: no error bound.
func (r *reduced) drift(mu float64) float64 {
	if r.anew > 0 {
		for v, x := range r.generated(mu, r.anew) {
			r.lambda[v] = x.Real
		}
	}
	total := 0.0
	for _, naming := range r.namings {
		logits, slopes, plain := make([]float64, r.n), make([]float64, r.n), 0.0
		for v, x := range r.logits(mu, naming) {
			logits[v], slopes[v] = x.Real, x.Emag
			plain += x.Emag / float64(r.n)
		}
		q := r.dials.Noise
		at := logits
		if r.drawn { // the plain mean over the labels
			at = make([]float64, r.n)
		}
		total += float64((1-q)*numbers.Mean(at, r.targets, slopes)) + float64(q*plain) - numbers.Mean(logits, nil, slopes)
	}
	return total / float64(r.n) / float64(len(r.namings)) / float64(1+r.dials.Heads)
}

// named averages over relabellings if the network tells its symbols apart.
func (r *reduced) named(net *sim.Model) *reduced {
	if r.dials.Coherence == 0 {
		return r
	}
	r.gram = net.Gram
	rng := rand.New(rand.NewPCG(5, 5))
	identity := make([]int, r.n)
	for v := range identity {
		identity[v] = v
	}
	r.namings = [][]int{identity}
	for range namings - 1 {
		r.namings = append(r.namings, rng.Perm(r.n))
	}
	return r
}

// namings is over how many relabellings coherent embeddings are averaged.
const namings = 24

// steady is the share of the rate from which on a step could pass the end that rate takes.
const steady = 0.9

// rate returns a learning rate at which descent from a start is stable all the
// way to the end, or 10 beyond: nine tenths of one over the largest slope of
// the drift; the given one if the drift is flat.
func (r *reduced) rate(start, flat float64) float64 {
	end, _ := r.end(start)
	end = start + max(-10, min(10, end-start))
	steepest := 0.0
	const pieces, h = 24, 1e-3
	for i := range pieces + 1 {
		mu := start + (end-start)*float64(i)/pieces
		steepest = max(steepest, math.Abs(r.drift(mu+h)-r.drift(mu-h))/(2*h))
	}
	if !(steepest > 0) {
		return flat
	}
	return steady / steepest / float64(1+r.dials.Heads)
}

// horizons are where the sign of the drift is looked at for boundedness.
var horizons = []float64{3, 10, 30, 100, 300, 1000}

// nearPlaces are distances from a start between which a drift of generated thoughts
// is taken to change its sign at most once.
func nearPlaces() (out []float64) {
	for i := range 400 {
		out = append(out, float64(i+1)/20)
	}
	return append(out, horizons[3:]...)
}

// end follows the sign of the drift from a start: the limit if the drift turns
// within ±1000, which is then bracketed, or the last horizon.
func (r *reduced) end(start float64) (mu float64, bounded bool) {
	const still = 1e-15
	direction := r.drift(start)
	if math.Abs(direction) < still {
		return start, true
	}
	sign := math.Copysign(1, direction)
	last := start
	places := horizons
	if r.anew > 0 { // whose drift turns more than once
		places = nearPlaces()
	}
	for _, h := range places {
		x := start + float64(sign*h)
		if d := r.drift(x); sign*d < -still {
			low, high := last, x
			for range 60 {
				if middle := (low + high) / 2; sign*r.drift(middle) > 0 {
					low = middle
				} else {
					high = middle
				}
			}
			return (low + high) / 2, true
		} else if sign*d > still {
			last = x
		}
	}
	return last, false
}

// finding reads the conclusions off the reduced flow from a start.
func (r *reduced) finding(start float64) Finding {
	mu, bounded := r.end(start)
	out := Finding{Grows: sign(mu > 1e-9), Bounded: sign(bounded), Monotone: 1} // an autonomous flow of one unknown
	if !bounded {                                                               // the logit on its way, not so far that everything else vanishes
		mu = math.Copysign(math.Min(math.Abs(mu), 10), mu)
	}
	return r.read(mu, out)
}

// read fills in what a logit does to the thought and to the answer.
func (r *reduced) read(mu float64, out Finding) Finding {
	naming := r.namings[0] // vertices called by their own numbers
	values := make([]float64, r.n)
	for v, xi := range r.logits(mu, naming) {
		values[v] = xi.Real
	}
	out[Expands] = expands(values, r.next)
	thought := r.multiply(naming, r.generated(mu, r.thoughts))
	out[Answers] = sign(thought[r.target].Real > thought[r.other].Real+1e-12)
	return out
}

// generated returns the thought of unit norm after some steps with a logit.
func (r *reduced) generated(mu float64, steps int) []dual.Number {
	thought := make([]dual.Number, r.n)
	thought[r.root].Real = 1 // u_r
	for range steps {
		thought = r.thought(dual.Number{Real: mu}, thought, r.namings[0])
		norm := 0.0
		for _, x := range thought {
			norm = portable.Hypot(norm, x.Real)
		}
		for v := range thought {
			thought[v].Real /= norm
		}
	}
	return thought
}

// expands compares the logits inside and outside N_{c+1}.
func expands(xi []float64, next []bool) int8 {
	inside, outside := math.Inf(1), math.Inf(-1)
	for v, x := range xi {
		if next[v] {
			inside = min(inside, x)
		} else {
			outside = max(outside, x)
		}
	}
	return sign(inside > outside+1e-9)
}

func sign(yes bool) int8 {
	if yes {
		return 1
	}
	return -1
}
