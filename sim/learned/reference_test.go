package learned

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/num/dual"

	"muflow/internal/long"
	"muflow/internal/mutant"
	"muflow/sim/kernel"
)

// reference computes the mean loss from the definition in dual numbers, with
// the derivative by parameter number which: every position through both
// layers, nothing kept between thoughts.
type reference struct {
	m     *Model[float64]
	which int
	kept  keeper
}

// A keeper returns the factor of an entry after dropout: at a place of the
// network, in a layer and head, of position i entry k.
type keeper func(place, layer, head, i, k int) float64

const (
	atInput = iota
	atAttention
	atMixed
	atMLP
)

func (f keeper) of(place, layer, head, i, k int) float64 {
	if f == nil {
		return 1
	}
	return f(place, layer, head, i, k)
}

func real(x float64) dual.Number { return dual.Number{Real: x} }

// parameter returns entry (i, j) of a tensor.
func (r reference) parameter(tensor, i, j int) dual.Number {
	t := r.m.tensors[tensor]
	at := t.Offset + i*t.Cols + j
	x := real(r.m.Theta[at])
	if at == r.which {
		x.Emag = 1
	}
	return x
}

func (r reference) norm(x []dual.Number, gain, shift int) []dual.Number {
	var mean, variance dual.Number
	n := 1 / float64(len(x))
	for _, v := range x {
		mean = dual.Add(mean, dual.Scale(n, v))
	}
	for _, v := range x {
		d := dual.Sub(v, mean)
		variance = dual.Add(variance, dual.Scale(n, dual.Mul(d, d)))
	}
	out := make([]dual.Number, len(x))
	for i, v := range x {
		u := dual.Mul(dual.Sub(v, mean), dual.Inv(dual.Sqrt(dual.Add(variance, real(1e-5)))))
		out[i] = dual.Add(dual.Mul(u, r.parameter(gain, 0, i)), r.parameter(shift, 0, i))
	}
	return out
}

func (r reference) linear(x []dual.Number, weight, bias int) []dual.Number {
	out := make([]dual.Number, r.m.tensors[weight].Cols)
	for j := range out {
		out[j] = r.parameter(bias, 0, j)
		for i, v := range x {
			out[j] = dual.Add(out[j], dual.Mul(v, r.parameter(weight, i, j)))
		}
	}
	return out
}

func (r reference) layer(index int, x [][]dual.Number) [][]dual.Number {
	m, l := r.m, r.m.layers[index]
	w := m.Width / m.Heads
	query, keyValue := make([][]dual.Number, len(x)), make([][]dual.Number, len(x))
	for i := range x {
		normed := r.norm(x[i], l.gain1, l.shift1)
		query[i], keyValue[i] = r.linear(normed, l.query, l.queryBias), r.linear(normed, l.keyValue, l.keyValueBias)
	}
	out := make([][]dual.Number, len(x))
	for i := range x {
		mixed := make([]dual.Number, m.Width)
		for h := range m.Heads {
			var sum dual.Number
			weights := make([]dual.Number, i+1)
			for j := range weights {
				for k := h * w; k < (h+1)*w; k++ {
					weights[j] = dual.Add(weights[j], dual.Mul(query[i][k], keyValue[j][k]))
				}
				weights[j] = dual.Scale(1/math.Sqrt(float64(w)), weights[j])
				if in(m.Relative, index) {
					weights[j] = dual.Add(weights[j], r.parameter(l.relative, h, i-j))
				}
				if !in(m.Linear, index) {
					weights[j] = dual.Exp(weights[j])
				}
				sum = dual.Add(sum, weights[j])
			}
			if in(m.Linear, index) {
				sum = real(1)
			}
			for j := range weights {
				a := dual.Scale(r.kept.of(atAttention, index, h, i, j), dual.Mul(weights[j], dual.Inv(sum)))
				for k := h * w; k < (h+1)*w; k++ {
					mixed[k] = dual.Add(mixed[k], dual.Mul(a, keyValue[j][m.Width+k]))
				}
			}
		}
		out[i] = r.linear(mixed, l.output, l.outputBias)
		for k := range out[i] {
			out[i][k] = dual.Add(dual.Scale(r.kept.of(atMixed, index, 0, i, k), out[i][k]), x[i][k])
		}
		if in(m.MLP, index) {
			up := r.linear(r.norm(out[i], l.gain2, l.shift2), l.up, l.upBias)
			for k, v := range up {
				u := dual.Scale(math.Sqrt(2/math.Pi), dual.Add(v, dual.Scale(0.044715, dual.Mul(v, dual.Mul(v, v)))))
				up[k] = dual.Mul(dual.Scale(0.5, v), dual.Add(real(1), dual.Tanh(u)))
			}
			for k, v := range r.linear(up, l.down, l.downBias) {
				out[i][k] = dual.Add(out[i][k], dual.Scale(r.kept.of(atMLP, index, 0, i, k), v))
			}
		}
	}
	return out
}

// loss returns the mean loss and the logits.
func (r reference) loss(samples []Sample) (mean dual.Number, logits []float64) {
	m := r.m
	for _, s := range samples {
		var x [][]dual.Number
		input := func(list []Position) {
			for _, at := range list {
				row := make([]dual.Number, m.Width)
				for _, token := range at {
					for k := range row {
						if token >= 0 {
							row[k] = dual.Add(row[k], r.parameter(m.embed, int(token), k))
						}
					}
				}
				x = append(x, row)
			}
		}
		hidden := func() []dual.Number {
			in := make([][]dual.Number, len(x))
			for i := range x {
				in[i] = append([]dual.Number(nil), x[i]...)
				for k := range in[i] {
					if m.Absolute {
						in[i][k] = dual.Add(in[i][k], r.parameter(m.position, i, k))
					}
					in[i][k] = dual.Scale(r.kept.of(atInput, 0, 0, i, k), in[i][k])
				}
			}
			out := in
			for index := range m.layers {
				out = r.layer(index, out)
			}
			return r.norm(out[len(out)-1], m.gain, m.shift)
		}
		input(s.Prompt)
		for range s.Thoughts {
			x = append(x, hidden())
		}
		input(s.Suffix)
		h := hidden()
		var all, right dual.Number
		for v := range m.Readout {
			var logit dual.Number
			for k := range h {
				logit = dual.Add(logit, dual.Mul(h[k], r.parameter(m.embed, v, k)))
			}
			logits = append(logits, logit.Real)
			all = dual.Add(all, dual.Exp(logit))
			for _, target := range s.Targets {
				if int(target) == v {
					right = dual.Add(right, dual.Exp(logit))
				}
			}
		}
		mean = dual.Add(mean, dual.Scale(1/float64(len(samples)), dual.Sub(dual.Log(all), dual.Log(right))))
	}
	return mean, logits
}

// shapes are models of every kind.
var shapes = []Config{
	{Vocabulary: 7, Readout: 5, Width: 4, Heads: 2, Length: 9, Relative: [2]bool{true, false}},
	{Vocabulary: 7, Readout: 7, Width: 4, Heads: 1, Length: 9, Absolute: true, MLP: [2]bool{true, true}},
	{Vocabulary: 6, Readout: 5, Width: 6, Heads: 3, Length: 9, Absolute: true, Relative: [2]bool{true, true}, MLP: [2]bool{false, true}},
	{Vocabulary: 6, Readout: 6, Width: 4, Heads: 2, Length: 9, Linear: [2]bool{true, true}, Relative: [2]bool{false, true}},
	{Vocabulary: 6, Readout: 5, Width: 4, Heads: 2, Length: 9, Layers: 3, Absolute: true, MLP: [2]bool{true, true}},
	{Vocabulary: 6, Readout: 6, Width: 4, Heads: 2, Length: 9, Layers: 1, Relative: [2]bool{true, false}, MLP: [2]bool{true, false}},
}

func randomModel(t testing.TB, rng *rand.Rand, c Config) *Model[float64] {
	t.Helper()
	m, err := NewModel[float64](c)
	if err != nil {
		t.Fatal(err)
	}
	for i := range m.Theta {
		m.Theta[i] += 0.5 * rng.NormFloat64()
	}
	return m
}

// randomSamples draws samples of different lengths with the same thoughts.
func randomSamples(rng *rand.Rand, c Config, count, thoughts, suffix int) []Sample {
	token := func() Position {
		at := Position{int32(rng.IntN(c.Vocabulary)), -1}
		if rng.IntN(2) > 0 {
			at[1] = int32(rng.IntN(c.Vocabulary))
		}
		return at
	}
	var samples []Sample
	for range count {
		s := Sample{Thoughts: thoughts}
		for range 1 + rng.IntN(c.Length-thoughts-suffix) {
			s.Prompt = append(s.Prompt, token())
		}
		for range suffix {
			s.Suffix = append(s.Suffix, token())
		}
		for _, v := range rng.Perm(c.Readout)[:1+rng.IntN(2)] {
			s.Targets = append(s.Targets, int32(v))
		}
		samples = append(samples, s)
	}
	return samples
}

// agrees compares logits, loss and derivatives, every stride-th, with dual
// numbers and central differences.
func agrees(m *Model[float64], samples []Sample, stride int) (checks int, err error) {
	loss, logits, gradient, err := m.Evaluate(samples, kernel.Portable)
	if err != nil {
		return 0, err
	}
	scale := 0.0
	for _, g := range gradient {
		scale = max(scale, math.Abs(g))
	}
	p := newPass(m, kernel.Portable)
	for i := 0; i < len(gradient); i += stride {
		want, reference := reference{m: m, which: i}.loss(samples)
		if math.Abs(loss-want.Real) > 1e-12*max(1, want.Real) {
			return checks, fmt.Errorf("loss %g, want %g", loss, want.Real)
		}
		for j, x := range reference {
			if math.Abs(logits[j]-x) > 1e-11*max(1, math.Abs(x)) {
				return checks, fmt.Errorf("logit %d is %g, want %g", j, logits[j], x)
			}
		}
		if math.Abs(gradient[i]-want.Emag) > 1e-11*max(scale, 1) {
			return checks, fmt.Errorf("derivative %d is %g, want %g by dual numbers", i, gradient[i], want.Emag)
		}
		moved := func(h float64) float64 {
			kept := m.Theta[i]
			m.Theta[i] += h
			loss := p.forward(samples) / float64(len(samples))
			m.Theta[i] = kept
			return loss
		}
		const h = 1e-5
		if difference := (moved(h) - moved(-h)) / (2 * h); math.Abs(gradient[i]-difference) > 3e-7*max(scale, 1) {
			return checks, fmt.Errorf("derivative %d is %g, want %g by differences", i, gradient[i], difference)
		}
		checks++
	}
	return checks, nil
}

func TestModelAgreesWithDualNumbersAndDifferences(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	checks, stride := 0, 5
	if *long.Tests {
		stride = 1
	}
	for _, c := range shapes {
		m := randomModel(t, rng, c)
		for _, kind := range [][2]int{{0, 0}, {1, 0}, {2, 0}, {0, 2}, {3, 2}} {
			done, err := agrees(m, randomSamples(rng, c, 2, kind[0], kind[1]), stride)
			if err != nil {
				t.Fatalf("%+v, %d thoughts, suffix of %d: %v", c, kind[0], kind[1], err)
			}
			checks += done
		}
	}
	if checks < 6000/stride {
		t.Fatalf("%d checks ran", checks)
	}
}

// Long prompts go through the blocks of queries.
func TestLongPromptsAgree(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	c := shapes[2]
	c.Length = 80
	m := randomModel(t, rng, c)
	samples := randomSamples(rng, c, 2, 2, 3)
	for len(samples[0].Prompt) < 70 {
		samples[0].Prompt = append(samples[0].Prompt, samples[0].Prompt...)[:min(70, 2*len(samples[0].Prompt))]
	}
	if checks, err := agrees(m, samples, 1+len(m.Theta)/12); err != nil || checks < 12 {
		t.Fatalf("%d checks, %v", checks, err)
	}
}

// Unequal targets, and derivatives of every parameter.
func TestAllDerivativesAgree(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	m := randomModel(t, rng, shapes[2])
	samples := randomSamples(rng, shapes[2], 3, 1, 0)
	samples[0].Targets = []int32{0, 1}
	if checks, err := agrees(m, samples, 1); err != nil || checks != len(m.Theta) {
		t.Fatalf("%d checks, %v", checks, err)
	}
}

// Each mistake in a backward rule is noticed.
func TestMistakesAreNoticed(t *testing.T) {
	mistakes := []mutant.Mistake{
		{Name: "norm without mean", Old: "kernel.BackMoments(w, dy, n.unit, gain, n.mean, n.along)", New: "n.mean, n.along = make([]F, len(n.inverse)), make([]F, len(n.inverse))"},
		{Name: "gain of norm", Old: "kernel.BackNorm(w, dx[at:][:d], dgain, dshift, dy[at:][:d], n.unit[at:][:d], gain, n.mean[i], n.along[i], inverse)",
			New: "kernel.BackNorm(w, dx[at:][:d], make([]F, d), dshift, dy[at:][:d], n.unit[at:][:d], gain, n.mean[i], n.along[i], inverse)"},
		{Name: "bias", File: "rows.go", Old: "kernel.MultiplySums(p.work, p.weight(gradient, weight), x.T(), dy, p.model.tensor(gradient, bias), p.fresh)", New: "kernel.Multiply(p.work, p.weight(gradient, weight), x.T(), dy)"},
		{Name: "input of linear", File: "pass.go", Old: "kernel.MultiplyBy(p.work, p.rows(dnormed[begin*d:end*d]), pair(begin, end), keyValue)", New: "dx[0] += 0"},
		{Name: "softmax", File: "attention.go", Old: "kernel.BackSoftmax(p.work, a.over(a.weights, columns), a.over(dscores, columns))", New: "_ = columns"},
		{Name: "relative", Old: "dbias[last-j] += x", New: "dbias[j] += x"},
		{Name: "activation", File: "pass.go", Old: "kernel.Times(p.work, part, t.up[from*4*d:to*4*d])", New: "dact[0] += 0"},
		{Name: "entropy", Old: "dlogits[v] -= p[v] / right", New: "dlogits[v] -= 1 / F(len(targets))"},
	}
	for i := range mistakes {
		m := &mistakes[i]
		m.Statement, m.File = true, cmp.Or(m.File, "layers.go")
	}
	mutant.Test(t, "TestAllDerivativesAgree", append(mistakes, dropoutMistakes...)) // one program with all of them
}
