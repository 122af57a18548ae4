package derive

import (
	"math"
	"math/big"
	"testing"

	"muflow/internal/sym"
	"muflow/theory"
)

// plainLoss is the loss of a step in float64, by the formulas of theory.md
// section 1 without tokens, layers or polynomials.
func plainLoss(step Step, score [][]float64, alpha float64) float64 {
	n := len(score)
	set := make([]bool, n)
	set[step.Instance.Root] = true
	grow := func(set []bool) []bool {
		next := append([]bool(nil), set...)
		for _, e := range step.Instance.Graph.Edges() {
			next[e[1]] = next[e[1]] || set[e[0]]
		}
		return next
	}
	for range step.C {
		set = grow(set)
	}
	size := 0.0
	for _, in := range set {
		if in {
			size++
		}
	}
	thought := make([]float64, n)
	for v, in := range set {
		if in {
			thought[v] = 1 / math.Sqrt(size)
		}
	}
	next := append([]float64(nil), thought...)
	for _, e := range step.Instance.Graph.Edges() {
		for w, lambda := range thought {
			next[e[1]] += lambda * score[w][e[0]]
		}
	}
	all, target := 0.0, 0.0
	reached := grow(set)
	for v, x := range next {
		weight := math.Exp(alpha * x)
		all += weight
		if step.Loss == theory.CoconutBFS && reached[v] || step.Loss == theory.Coconut && v == step.Target() {
			target += weight
		}
	}
	return math.Log(all / target)
}

// plainDescent is minus the central difference in one entry of the score
// matrix of the loss averaged over all relabellings, fourth order.
func plainDescent(t *testing.T, step Step, entry [2]int, mu, nu, alpha float64) float64 {
	const h = 1.0 / 512
	n := step.order()
	sum, count := 0.0, 0.0
	var visit func(label []int, free []int)
	visit = func(label, free []int) {
		if len(free) == 0 {
			relabelled, err := step.relabelled(label)
			if err != nil {
				t.Fatal(err)
			}
			at := func(shift float64) float64 {
				score := make([][]float64, n)
				for w := range score {
					score[w] = make([]float64, n)
					for u := range score[w] {
						score[w][u] = nu
					}
					score[w][w] = mu
				}
				score[entry[0]][entry[1]] += shift
				return plainLoss(relabelled, score, alpha)
			}
			sum -= (8*(at(h)-at(-h)) - (at(2*h) - at(-2*h))) / (12 * h)
			count++
			return
		}
		for i, v := range free {
			rest := append(append([]int(nil), free[:i]...), free[i+1:]...)
			visit(append(append([]int(nil), label...), v), rest)
		}
	}
	all := make([]int, n)
	for v := range all {
		all[v] = v
	}
	visit(nil, all)
	return sum / count
}

// valueAt is α/√K times a component at μ and ν.
func valueAt(t *testing.T, k int, f sym.Fraction[sym.Multivariate], mu, nu, alpha float64) float64 {
	unit := alpha / math.Sqrt(float64(k))
	at := map[string]*big.Rat{}
	for name, exponent := range map[string]float64{"e": 1, "y": mu, "z": nu} {
		at[name] = new(big.Rat).SetFloat64(math.Exp(unit * exponent))
	}
	numerator, err1 := f.Numerator.Eval(at)
	denominator, err2 := f.Denominator.Eval(at)
	if err1 != nil || err2 != nil {
		t.Fatal(err1, err2)
	}
	value, _ := numerator.Quo(numerator, denominator).Float64()
	return unit * value
}

// TestAgainstDifferences compares the derived drifts with numerical
// differentiation of the averaged loss.
func TestAgainstDifferences(t *testing.T) {
	compared, moving := 0, 0
	for n, count := range map[int]int{2: 6, 3: 12, 4: 8, 5: 3} {
		steps, err := Sample(5, n, count)
		if err != nil {
			t.Fatal(err)
		}
		for i, step := range steps {
			mu, nu, alpha := 0.3*float64(i%5)-0.5, 0.2*float64(i%3)-0.1, 1+0.5*float64(i%2)
			equal := func(what string, got, want float64) {
				if math.Abs(got-want) > 1e-8*(1+math.Abs(want)) {
					t.Errorf("%v: %s at μ=%g ν=%g α=%g: %.12g, differences give %.12g", step, what, mu, nu, alpha, got, want)
				}
				if math.Abs(want) > 1e-4 {
					moving++
				}
				compared++
			}
			full, err := AveragedFull(t.Context(), step)
			if err != nil {
				t.Fatal(err)
			}
			equal("μ' of the full matrix", valueAt(t, full.K, full.Components[0], mu, nu, alpha), plainDescent(t, step, [2]int{0, 0}, mu, nu, alpha))
			equal("ν' of the full matrix", valueAt(t, full.K, full.Components[1], mu, nu, alpha), plainDescent(t, step, [2]int{1, 0}, mu, nu, alpha))
			diagonal, err := Averaged(t.Context(), step)
			if err != nil {
				t.Fatal(err)
			}
			unit := alpha / math.Sqrt(float64(diagonal.K))
			e, y := new(big.Rat).SetFloat64(math.Exp(unit)), new(big.Rat).SetFloat64(math.Exp(unit*mu))
			f := diagonal.Components[0]
			value, _ := new(big.Rat).Quo(f.Numerator.Eval(e, y), f.Denominator.Eval(e, y)).Float64()
			equal("μ' of the diagonal", unit*value, plainDescent(t, step, [2]int{1, 1}, mu, 0, alpha))
		}
	}
	if compared != 3*29 || moving < 50 {
		t.Errorf("%d comparisons, %d of them away from 0", compared, moving)
	}
}
