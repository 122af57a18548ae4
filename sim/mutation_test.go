package sim

import (
	"cmp"
	"testing"

	"muflow/internal/mutant"
)

// The tests that should notice a mistake, with the form of the model.
const (
	byReference   = "TestNetworksAgreeWithDualNumbers/"
	byDifferences = "TestNetworksAgreeWithDifferences/"
	byDials       = "TestModelAgreesWithDualNumbers/"
)

// mistakes are made in the compact and in the literal form of the model: those
// that are in the way back must be noticed by central differences, too.
var mistakes = []struct {
	name, form, file, old, new string
	backward                   bool
}{
	{"residual forgotten", "compact", "compact.go", "copy(next, thought)", "clear(next)", false},
	{"residual forgotten", "literal", "literal_test.go", "floats.Add(p.out, p.row(p.query))", "p.query += 0", false},
	{"source and target swapped", "compact", "compact.go", "next[t.edges[i][1]] += score[t.edges[i][0]]", "next[t.edges[i][0]] += score[t.edges[i][1]]", false},
	{"source and target swapped", "literal", "literal_test.go", "source = append(source, copied{i, i - 2})\n\t\t\ttarget = append(target, copied{i, i - 1})",
		"source = append(source, copied{i, i - 1})\ntarget = append(target, copied{i, i - 2})", false},
	{"last edge lost", "compact", "compact.go", "next[t.edges[i][1]] += score[t.edges[i][0]]", "if i < len(t.edges)-1 { next[t.edges[i][1]] += score[t.edges[i][0]] }", false},
	{"last edge lost", "literal", "sequence_test.go", "to = append(to, Token(label[e[0]]), Token(label[e[1]]), v.special(edgeToken))",
		"if e != edges[len(edges)-1] { to = append(to, Token(label[e[0]]), Token(label[e[1]]), v.special(edgeToken)) }", false},
	{"softmax without N_c", "compact", "compact.go", "return p.loss.forward(p.logits, t.targets)", withoutReached, false},
	{"softmax without N_c", "literal", "literal_test.go", "return p.loss.forward(p.logits, t.targets)", withoutReached, false},
	{"thought of the wrong norm", "compact", "task.go", "weights[v] = 1 / math.Sqrt(float64(count))", "weights[v] = 1 / float64(count)", false},
	{"thought of the wrong norm", "literal", "task.go", "weights[v] = 1 / math.Sqrt(float64(count))", "weights[v] = 1 / float64(count)", false},
	{"attention transposed", "compact", "compact.go", "kernel.CombineRows(c.row, c.weights, c.rows, w.scores().entries)",
		"for u := range c.row { c.row[u] = 0; for k, r := range c.rows { c.row[u] += c.weights[k] * w.values[u*w.symbols+r] } }", false},
	{"one candidate not lifted", "compact", "compact.go", "next[v] += w.Lift()", "if v != t.candidates[1] { next[v] += w.Lift() }", false},
	{"one candidate not lifted", "literal", "literal_test.go", "target = append(target, copied{i, i - 1}, copied{i, i - 2})", "target = append(target, copied{i, i - 1})", false},
	{"backward of the softmax: right side forgotten", "compact", "entropy.go", softmaxBack, "dlogits[v] = scale[side(targets[v])] * power[v] * float64(1-side(targets[v]))", true},
	{"backward of the softmax: right side forgotten", "literal", "entropy.go", softmaxBack, "dlogits[v] = scale[side(targets[v])] * power[v] * float64(1-side(targets[v]))", true},
	{"backward of the softmax: right side not shared", "compact", "entropy.go", softmaxBack, "if dlogits[v] = scale[0] * power[v]; targets[v] { dlogits[v] = -1 }", true},
	{"backward of the softmax: right side not shared", "literal", "entropy.go", softmaxBack, "if dlogits[v] = scale[0] * power[v]; targets[v] { dlogits[v] = -1 }", true},
	{"backward of the readout: gain forgotten", "compact", "compact.go", "p.dlogits[v] *= p.gain", "p.dlogits[v] *= 1", true},
	{"backward of the readout: gain forgotten", "literal", "literal_test.go", "l.backReadout(gain, label, p.dlogits, p.dout)", "l.backReadout(1, label, p.dlogits, p.dout)", true},
	{"backward of the edges: ends swapped", "compact", "compact.go", "dscore[t.edges[i][0]] += dnext[t.edges[i][1]]", "dscore[t.edges[i][1]] += dnext[t.edges[i][0]]", true},
	{"backward of the value map: not transposed", "literal", "literal_test.go", "mat.NewDense(1, width, dmixed).Mul(mat.NewDense(1, width, dout), l.value.T())",
		"mat.NewDense(1, width, dmixed).Mul(mat.NewDense(1, width, dout), l.value)", true},
	{"backward of the attention: first edge forgotten", "literal", "literal_test.go", "floats.AddScaled(dkey, floats.Dot(dmixed, stream.RawRowView(j)), stream.RawRowView(j))",
		"if j >= 3 { floats.AddScaled(dkey, floats.Dot(dmixed, stream.RawRowView(j)), stream.RawRowView(j)) }", true},
	{"backward of the scores: weight of the thought mistaken, diagonal", "compact", "compact.go", "gradient.values[label[x]] += float64(weight * dscore[x])", "if weight != 0 { gradient.values[label[x]] += dscore[x] }", true},
	{"backward of the scores: weight of the thought mistaken, diagonal", "literal", "literal_test.go", "gradient.values[x] += weight * floats.Dot(l.source[x], dkey)",
		"gradient.values[x] += 2 * weight * floats.Dot(l.source[x], dkey)", true},
	{"backward of the scores: weight of the thought mistaken, full", "compact", "compact.go", "kernel.SpreadRows(gradient.scores().entries, c.rows, c.weights, c.row)",
		"for i := range c.weights { c.weights[i] = 1 }\nkernel.SpreadRows(gradient.scores().entries, c.rows, c.weights, c.row)", true},
	{"backward of the scores: weight of the thought mistaken, full", "literal", "literal_test.go", literalScores, "gradient.values[x*gradient.symbols+u] += 2 * weight * floats.Dot(l.source[u], dkey)", true},
	{"backward of the scores: transposed", "compact", "compact.go", "kernel.SpreadRows(gradient.scores().entries, c.rows, c.weights, c.row)",
		"for k, r := range c.rows { for u, x := range c.row { gradient.values[u*gradient.symbols+r] += c.weights[k] * x } }", true},
	{"backward of the scores: transposed", "literal", "literal_test.go", literalScores, "gradient.values[u*gradient.symbols+x] += weight * floats.Dot(l.source[u], dkey)", true},
	{"backward of the prediction logits: exchanged", "compact", "compact.go", "*carry += float64(x * dnext[v])", "*lift += x * dnext[v]", true},
	{"backward of the prediction logits: exchanged", "literal", "literal_test.go", "gradient.values[len(gradient.values)-2] += weight * floats.Dot(answer, dkey)",
		"gradient.values[len(gradient.values)-1] += weight * floats.Dot(answer, dkey)", true},
}

const (
	withoutReached = "for v, weight := range thoughts[len(thoughts)-1] { if weight != 0 && !t.targets[v] { p.logits[v] = -1e300 } }\nreturn p.loss.forward(p.logits, t.targets)"
	softmaxBack    = "dlogits[v] = scale[side(targets[v])] * power[v]"
	literalScores  = "gradient.values[x*gradient.symbols+u] += weight * floats.Dot(l.source[u], dkey)"
)

// dialled are mistakes in the chain, run with one position of the dials.
var dialled = []mutant.Mistake{
	{Name: "entropy", Run: "zero", Old: "p.loss.backward(t.targets, p.dlogits)", New: "p.loss.backward(t.targets, p.dlogits)\np.dlogits[0] *= 1.01"},
	{Name: "trained matrix", Run: "matrix", Old: "drow[v] += float64(share * s.weight[j] * p.d[v])", New: "drow[v] += 0"},
	{Name: "trained gain", Run: "gain", Old: "gradient.Value()[0] += float64(share * s.weight[j] * p.d[at])", New: "gradient.Value()[0] += p.d[at]"},
	{Name: "softmax", Run: "softmax", Old: "d[j] = float64((1-mixed)*d[j]) + float64(mixed*gain*p*(d[j]-mean))", New: "d[j] = (1-mixed)*d[j] + mixed*gain*p*d[j]"},
	{Name: "uneven scores", Run: "uneven", Old: "p.dweight[j] *= u", New: "p.dweight[j] *= 2 - u"},
	{Name: "score by thought", Run: "zero", Old: "dquery[x] += float64(scores[x*n+u] * heads)", New: "dquery[x] += 0"},
	{Name: "score by thought, diagonal", Run: "zero", Old: "dquery[u] += float64(scores[u] * heads)", New: "dquery[u] += 0"},
	{Name: "score by W", Run: "zero", Old: "dscores[x*n+u] += float64(q * dz)", New: "dscores[x*n+u] += (1 + q) * dz"},
	{Name: "unit norm", Run: "zero", File: "network.go", Old: "d[i] = (d[i] - float64(x*along)) / norm", New: "d[i] /= norm"},
	{Name: "norm before the readout", Run: "normalise", Old: "p.d[v] -= float64(d.Normalise * inner / (p.norm * p.norm) * x)", New: "p.d[v] -= 0 * x"},
	{Name: "square", Run: "square", Old: "p.d[v] *= 1 + float64(2*d.Square*max(x, 0))", New: "p.d[v] *= 1 + d.Square*max(x, 0)"},
	{Name: "noise", Run: "noise", Old: "uniform(p.logits, d.Noise, p.dlogits)", New: "p.dlogits[0] += 0"},
	{Name: "leak of the target buffer", Run: "leak", Old: "source(e[1], d.Leak*p.dweight[j])", New: "source(e[0], d.Leak*p.dweight[j])"},
	{Name: "tied heads", Run: "heads", Old: "float64(1+d.Heads) * dz", New: "dz"},
	{Name: "inner products on the way back", Run: "coherence", Old: "p.d = m.project(p.memory[2], p.d)", New: "p.d[0] += 0"},
}

// Every mistake, made on purpose, fails the comparison with dual numbers, and
// a mistake on the way back fails central differences as well.
func TestEveryMistakeIsCaught(t *testing.T) {
	var all []mutant.Mistake
	for _, m := range mistakes {
		runs := []string{byReference}
		if m.backward {
			runs = append(runs, byDifferences)
		}
		for _, run := range runs {
			all = append(all, mutant.Mistake{Name: m.name + ", " + m.form + ", " + run, File: m.file, Old: m.old, New: m.new, Statement: true, Run: "^" + run + m.form + "$"})
		}
	}
	if len(mistakes) != 30 {
		t.Errorf("%d mistakes are made", len(mistakes))
	}
	for _, m := range dialled {
		m.File, m.Statement, m.Run = cmp.Or(m.File, "chain.go"), m.Name != "tied heads", byDials+"^"+m.Run+"$" // that one stands in a declaration
		all = append(all, m)
	}
	mutant.Test(t, byReference, all)
}
