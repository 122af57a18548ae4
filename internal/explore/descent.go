package explore

import (
	"context"
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"muflow/internal/portable"

	numbers "muflow/internal/reduced"
	"muflow/prove"
	"muflow/sim"
	"muflow/theory"

	"gonum.org/v1/gonum/floats"
)

// A descent is how a training moves the weights.
type descent struct {
	eta      float64
	momentum float64 // β: v ← βv + g, w ← w − ηv
	adam     bool    // β₁ = 0.9, β₂ = 0.999, ε = 10⁻⁸
	beside   float64 // rate of the entries beside the diagonal in units of the others'; the form is full if > 0
	value    float64 // rate of a trained number of the value map in units of that of an entry
	anew     bool    // thoughts are generated with the present weights, and no derivative goes through them
	own      float64 // share of samples in which the vertices keep their names (A4)
	samples  int     // 0: exact average over all relabellings
	start    float64 // μ(0)
	steps    [3]int  // three horizons
}

// A part of a population with its weight.
type part struct {
	task   *sim.Task
	weight float64
}

// A trained is the end of a training.
type trained struct {
	weights   *sim.Weights
	marks     [3]float64 // the size of the logits at the three horizons
	mean      [3]float64 // the mean index-matching logit there
	path      turning    // of the mean index-matching logit
	late      turning    // of its second half
	jump      float64    // change over the last step
	noisy     bool       // trained on random samples
	symmetric bool       // trained on the exact average, all logits equal
	parts     []part
}

// The horizons of exact descent, of stochastic descent and of populations.
var (
	exactSteps      = [3]int{100, 600, 3600}
	sampleSteps     = [3]int{200, 1200, 7200}
	populationSteps = sampleSteps
)

// run trains the weights of a network.
func (d descent) run(ctx context.Context, net *sim.Model, parts []part, seed uint64) (*trained, error) {
	form := sim.Diagonal
	if d.beside > 0 {
		form = sim.Full
	}
	w, err := net.Start(form)
	if err != nil {
		return nil, err
	}
	if err := w.SetScores(d.start, 0); err != nil {
		return nil, err
	}
	out := &trained{weights: w, parts: parts}
	velocity, second := make([]float64, len(w.Values())), make([]float64, len(w.Values()))
	rng := rand.New(rand.NewPCG(seed, 77))
	mark := 0
	stretch := averager{length: 1}
	if d.samples > 0 {
		stretch.length = max(1, d.steps[2]/stretches)
	}
	out.path.add(w.Probe().Diagonal.Mean)
	for k := 1; k <= d.steps[2]; k++ {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		gradient, err := d.gradient(ctx, net, parts, w, rng)
		if err != nil {
			return nil, err
		}
		largest := 0.0
		for i, g := range gradient {
			step := g
			switch {
			case d.adam:
				velocity[i] = float64(0.9*velocity[i]) + float64(0.1*g)
				second[i] = float64(0.999*second[i]) + float64(0.001*g*g)
				step = velocity[i] / (1 - portable.Pow(0.9, float64(k))) / (math.Sqrt(second[i]/(1-portable.Pow(0.999, float64(k)))) + 1e-8)
			case d.momentum > 0:
				velocity[i] = float64(d.momentum*velocity[i]) + g
				step = velocity[i]
			}
			step *= d.eta
			w.Values()[i] -= float64(step)
			largest = max(largest, math.Abs(step))
		}
		out.jump = largest
		if mean, full := stretch.add(w.Probe().Diagonal.Mean); full {
			out.path.add(mean)
			if 2*k > d.steps[2] {
				out.late.add(mean)
			}
		}
		if d.samples > 0 && 4*k > 3*d.steps[mark] { // smooth the noise over the last quarter
			share := 1 / float64(d.steps[mark]-3*d.steps[mark]/4)
			out.mean[mark] += float64(share * w.Probe().Diagonal.Mean)
			out.marks[mark] += float64(share * d.size(w))
		}
		if k == d.steps[mark] {
			if d.samples == 0 {
				out.mean[mark], out.marks[mark] = w.Probe().Diagonal.Mean, d.size(w)
			}
			mark++
		}
	}
	out.noisy = d.samples > 0 && d.own < 1
	out.symmetric = d.samples == 0 && d.beside == 0 && d.value == 0
	return out, nil
}

// turns reports whether the averaged gradient of the network at equal logits
// points back somewhere beyond where a path has come: the path is then bounded
// although it has not settled yet.
func turns(net sim.Network, parts []part, mean float64) (bool, error) {
	w, err := sim.NewWeights(sim.Diagonal, net.Symbols())
	if err != nil {
		return false, err
	}
	for _, h := range horizons {
		slope, _, err := slopes(net, parts, w, mean+math.Copysign(h, mean), 0)
		if err != nil {
			return false, err
		}
		if slope*mean > 1e-15 {
			return true, nil
		}
	}
	return false, nil
}

// slopes sets the weights to μI + ν(11ᵀ−I) and returns the means of the
// gradient on the diagonal and beside it.
func slopes(net sim.Network, parts []part, w *sim.Weights, mu, nu float64) (diagonal, beside float64, err error) {
	if err := w.SetScores(mu, nu); err != nil {
		return 0, 0, err
	}
	for _, p := range parts {
		e, err := sim.Evaluate(net, p.task, nil, w)
		if err != nil {
			return 0, 0, err
		}
		probe := e.Gradient.Probe()
		diagonal += float64(p.weight * probe.Diagonal.Mean)
		if probe.Beside != nil {
			beside += float64(p.weight * probe.Beside.Mean)
		}
	}
	return diagonal, beside, nil
}

// size is the logit that tells whether the path settles: the mean on the
// diagonal, the largest entry where they move apart.
func (d descent) size(w *sim.Weights) float64 {
	p := w.Probe()
	switch {
	case p.Beside != nil:
		return portable.Hypot(p.Diagonal.Mean, float64(w.Symbols())*p.Beside.Mean)
	case d.own > 0:
		return max(math.Abs(p.Diagonal.Max), math.Abs(p.Diagonal.Min))
	}
	return p.Diagonal.Mean
}

// gradient is that of the mean loss: exact, or of samples.
func (d descent) gradient(ctx context.Context, net sim.Network, parts []part, w *sim.Weights, rng *rand.Rand) ([]float64, error) {
	out := make([]float64, len(w.Values()))
	for _, p := range parts {
		if d.samples == 0 {
			task := p.task
			if d.anew {
				thoughts, err := sim.Think(net, task, nil, w, true)
				if err != nil {
					return nil, err
				}
				if task, err = task.WithThought(thoughts[task.Step()-1]); err != nil {
					return nil, err
				}
			}
			g, err := symmetric(net, task, w)
			if err != nil {
				return nil, err
			}
			floats.AddScaled(out, p.weight, g)
			continue
		}
		for range d.samples {
			var label []int
			if rng.Float64() >= d.own {
				label = rng.Perm(net.Symbols())[:p.task.Order()]
			}
			e, err := sim.Evaluate(net, p.task, label, w)
			if err != nil {
				return nil, err
			}
			floats.AddScaled(out, p.weight/float64(d.samples), e.Gradient.Values())
		}
	}
	if d.value > 0 {
		out[len(out)-3] *= d.value
	}
	if d.beside > 0 {
		n := w.Symbols()
		for i := range n * n {
			if i/n != i%n {
				out[i] *= d.beside
			}
		}
	}
	return out, nil
}

// symmetric returns the gradient averaged over all relabellings at weights
// that none changes: the mean on the diagonal, and the mean beside it.
func symmetric(net sim.Network, t *sim.Task, w *sim.Weights) ([]float64, error) {
	e, err := sim.Evaluate(net, t, nil, w)
	if err != nil {
		return nil, err
	}
	p := e.Gradient.Probe()
	out := make([]float64, len(w.Values()))
	n := w.Symbols()
	entries := len(out) - 2 - len(w.Value())
	copy(out[entries:], e.Gradient.Value())
	for i := range entries {
		if entries == n || i/n == i%n {
			out[i] = p.Diagonal.Mean
		} else {
			out[i] = p.Beside.Mean
		}
	}
	out[len(out)-2], out[len(out)-1] = p.Carry, p.Lift
	return out, nil
}

// rate is a learning rate that suits the setting under the theorem's model:
// 1.5 over the curvature bound of the reduced flow.
func rate(s *Setting, alpha float64) (float64, error) {
	q := new(big.Rat).SetFloat64(alpha)
	if q == nil {
		return 0, fmt.Errorf("readout gain %g", alpha)
	}
	return rateOf(theory.ProfileOf(s.Step).Family(theory.Coconut, q))
}

// fullRate is rate for the full score matrix.
func fullRate(s *Setting) (float64, error) {
	return rateOf(theory.FullFamily(s.Step, theory.Coconut, big.NewRat(1, 1)))
}

func rateOf(f *theory.Family, err error) (float64, error) {
	if err != nil {
		return 0, err
	}
	field, err := numbers.NewField(f)
	if err != nil {
		return 0, err
	}
	return 1.5 / field.Smoothness(), nil
}

// largestRate encloses the rate 2/(κ Var_{μ*}(d)) beyond which no gradient descent settles
// at μ*: claim T1b-steps-unstable. It is nil where μ* is not proved finite.
func largestRate(s *Setting) (low, high *big.Rat, err error) {
	claim, _ := prove.ClaimByID("T1b-steps-unstable")
	r, err := claim.DecideOn(context.Background(), &prove.Subject{Where: prove.Where{Step: s.C}, Input: s.Instance, Profile: theory.ProfileOf(s.Step), Alpha: big.NewRat(1, 1), Digits: 18})
	if err != nil || r.Verdict != theory.Proved {
		return nil, nil, err
	}
	low, fine := new(big.Rat).SetString(r.Values["step"].Lo)
	high, also := new(big.Rat).SetString(r.Values["step"].Hi)
	if !fine || !also {
		return nil, nil, fmt.Errorf("the largest rate %v", r.Values["step"])
	}
	return low, high, nil
}

// settlesAt says whether gradient descent with a rate settles at μ*.
func settlesAt(s *Setting, eta float64) (int8, error) {
	low, high, err := largestRate(s)
	if err != nil || low == nil {
		return 0, err
	}
	switch x := new(big.Rat).SetFloat64(eta); {
	case x == nil:
		return 0, fmt.Errorf("the rate %g", eta)
	case x.Cmp(low) < 0:
		return 1, nil
	case x.Cmp(high) > 0:
		return -1, nil
	}
	return 0, nil
}

// passesEnd says whether the steps of descent with a rate from 0 pass μ*: −1 if they do, as
// each near it does beyond the rate 1/(κ Var_{μ*}(d)); 1 if none does, the rate being below one
// over the slope of the drift all the way.
func (t *trial) passesEnd() (int8, error) {
	near, err := settlesAt(t.setting, 2*t.how.eta)
	if near == 1 && steady*t.how.eta > newReduced(t.setting, t.alpha, t.dials).rate(0, t.how.eta) {
		near = 0
	}
	return near, err
}

// spirals says whether descent with momentum β winds round μ*, that is whether
//
//	λ² − (1 + β − h)λ + β,   h = ηκ Var_{μ*}(d)
//
// has no real zero: −1 if so, otherwise 0.
func spirals(s *Setting, eta, momentum float64) (int8, error) {
	low, high, err := largestRate(s)
	rate, beta := new(big.Rat).SetFloat64(eta), new(big.Rat).SetFloat64(momentum)
	if err != nil || low == nil || rate == nil || beta == nil {
		return 0, err
	}
	for _, largest := range []*big.Rat{low, high} { // the set of such h is an interval
		middle := new(big.Rat).Quo(rate, largest)
		middle.Sub(new(big.Rat).Add(big.NewRat(1, 1), beta), middle.Add(middle, middle))
		if middle.Mul(middle, middle).Cmp(new(big.Rat).Mul(big.NewRat(4, 1), beta)) >= 0 {
			return 0, nil
		}
	}
	return -1, nil
}

// read fills the finding of a trained network.
func (t *trained) finding(net *sim.Model, s *Setting, task *sim.Task) (Finding, error) {
	var out Finding
	mean := t.mean[2]
	out[Grows] = sign(mean > 1e-7)
	floor, jump := 1e-5, t.jump
	turned, noise := exactTurn, 0.0
	if t.noisy {
		floor, jump = 0.02*(1+math.Abs(mean)), 0
		turned, noise = floor, t.late.size()
	}
	out[Bounded] = settled(t.marks, jump, floor)
	if out[Bounded] != 1 && t.symmetric && t.jump <= 1e-3*(1+math.Abs(mean)) && mean != 0 {
		back, err := turns(net, t.parts, mean)
		if err != nil {
			return out, err
		}
		out[Bounded] = sign(back)
	}
	out[Monotone] = t.path.monotone(turned, noise, out[Bounded] != 0)
	w := t.weights
	if out[Bounded] != 1 && math.Abs(mean) > 10 { // far out the weights differ by more than float64 holds
		limited := w.Clone()
		for i, x := range w.Values() {
			limited.Values()[i] = x * 10 / math.Abs(mean)
		}
		w = limited
	}
	e, err := sim.Evaluate(net, task, nil, w)
	if err != nil {
		return out, err
	}
	out[Expands] = expands(e.Logits, s.Next())
	answer, err := sim.NewTask(s.Instance, s.Instance.Steps()-1, sim.CoconutBFS)
	if err != nil {
		return out, err
	}
	thoughts, err := sim.Think(net, answer, nil, w, true)
	if err != nil {
		return out, err
	}
	last := readOut(net, thoughts[len(thoughts)-1])
	out[Answers] = sign(last[s.Instance.Target] > last[s.Instance.Other]+1e-12)
	return out, nil
}

// readOut projects a thought on the embeddings of the vertices.
func readOut(net *sim.Model, thought []float64) []float64 {
	out := make([]float64, len(thought))
	for u := range out {
		for v, x := range thought {
			out[u] += float64(net.Gram(u, v) * x)
		}
	}
	return out
}
