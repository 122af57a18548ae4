package derive

import (
	"context"
	"fmt"
	"iter"
	"math/big"
	"slices"

	"muflow/theory/sym"
)

// A Drift is the velocity of the shared logits under gradient flow, in units
// of α/√K:
//
//	θ_i' = (α/√K)·Components[i]
//
// with one component μ over Z[e][y], or the two components μ and ν over
// polynomials in e, y and z.
type Drift[R sym.Ring[R]] struct {
	K          int // 1/λ² of the current thought: |N_c|
	Components []sym.Fraction[R]
}

// An UnequalError is a witness against Lemma 1: after the average over the
// relabellings the gradient should be one number on the diagonal and one off
// it.
type UnequalError struct {
	Point         string           // W at which the gradient was taken
	First, Second [2]int           // entries (w,u)
	Difference    sym.Multivariate // numerator of the difference of the two averages
}

func (e *UnequalError) Error() string {
	return fmt.Sprintf("at W = %s the averaged derivatives in W%v and W%v differ by a fraction with numerator %v", e.Point, e.First, e.Second, e.Difference)
}

// MaxAveragedOrder bounds the literal average over all n! relabellings.
const MaxAveragedOrder = 5

// OneTerm returns the drift of the diagonal logit by one pass of the model:
//
//	μ' = −(1/n)·Σ_u ∂ℓ/∂W_uu at W = μI
//
// which is the average over all relabellings, because each u takes the place
// of each other equally often. Any n.
func OneTerm(step Step) (Drift[sym.Poly], error) {
	drift, err := oneTerm(step, onDiagonal)
	if err != nil {
		return Drift[sym.Poly]{}, err
	}
	return overPolynomials(drift)
}

// OneTermFull returns the drift of the two logits of the full score matrix by
// one pass of the model:
//
//	μ' = −(1/n)·Σ_u ∂ℓ/∂W_uu,  ν' = −(1/(n(n−1)))·Σ_{w≠u} ∂ℓ/∂W_wu
//
// at W = μI + ν(11ᵀ−I), for n ≥ 2.
func OneTermFull(step Step) (Drift[sym.Multivariate], error) { return oneTerm(step, onPlane) }

// Averaged returns the drift of the diagonal logit as Lemma 1 has it: the
// whole model runs on every relabelling of the step, and the derivatives in
// each W_uu at W = μI are averaged,
//
//	μ' = −(1/n!)·Σ_π ∂ℓ_π/∂W_uu
//
// The result must not depend on u: it is an *UnequalError if it does. It fails
// for n above MaxAveragedOrder.
func Averaged(ctx context.Context, step Step) (Drift[sym.Poly], error) {
	drift, err := averaged(ctx, step, onDiagonal, permutations(step.order()))
	if err != nil {
		return Drift[sym.Poly]{}, err
	}
	return overPolynomials(drift)
}

// AveragedFull returns the drift of the two logits of the full score matrix
// as the average over every relabelling, at W = μI + ν(11ᵀ−I), for 2 ≤ n ≤
// MaxAveragedOrder. The averaged derivative must be the same in all W_uu and
// the same in all W_wu, w ≠ u: otherwise it is an *UnequalError.
func AveragedFull(ctx context.Context, step Step) (Drift[sym.Multivariate], error) {
	return averaged(ctx, step, onPlane, permutations(step.order()))
}

func oneTerm(step Step, at point) (Drift[sym.Multivariate], error) {
	if err := step.Validate(); err != nil {
		return Drift[sym.Multivariate]{}, err
	}
	m, err := newModel(step.order())
	if err != nil {
		return Drift[sym.Multivariate]{}, err
	}
	r, err := m.run(step)
	if err != nil {
		return Drift[sym.Multivariate]{}, err
	}
	return r.oneTerm(at)
}

// oneTerm averages over the entries of each component.
func (r *run) oneTerm(at point) (Drift[sym.Multivariate], error) {
	drift := Drift[sym.Multivariate]{K: r.k}
	components, err := at.components(r.n)
	if err != nil {
		return drift, err
	}
	for _, entries := range components {
		values, err := r.descent(entries, at)
		if err != nil {
			return drift, err
		}
		sum := values[0]
		for _, v := range values[1:] {
			sum = sum.Add(v)
		}
		drift.Components = append(drift.Components, over(sum, len(values)))
	}
	return drift, nil
}

// averaged averages over relabellings, entry by entry, and then compares the
// entries of each component.
func averaged(ctx context.Context, step Step, at point, labels iter.Seq[[]int]) (Drift[sym.Multivariate], error) {
	var drift Drift[sym.Multivariate]
	if err := step.Validate(); err != nil {
		return drift, err
	}
	n := step.order()
	if n > MaxAveragedOrder {
		return drift, fmt.Errorf("average over all relabellings of %d vertices, expected at most %d", n, MaxAveragedOrder)
	}
	components, err := at.components(n)
	if err != nil {
		return drift, err
	}
	m, err := newModel(n)
	if err != nil {
		return drift, err
	}
	sums := make([][]sym.Fraction[sym.Multivariate], len(components))
	count := 0
	for label := range labels {
		if err := ctx.Err(); err != nil {
			return drift, err
		}
		relabelled, err := step.relabelled(label)
		if err != nil {
			return drift, err
		}
		r, err := m.run(relabelled)
		if err != nil {
			return drift, err
		}
		for i, entries := range components {
			values, err := r.descent(entries, at)
			if err != nil {
				return drift, err
			}
			if count == 0 {
				sums[i] = values
				continue
			}
			for j, v := range values {
				sums[i][j] = sums[i][j].Add(v)
			}
		}
		drift.K = r.k
		count++
	}
	for i, entries := range components {
		for j, sum := range sums[i][1:] {
			if difference := sum.Sub(sums[i][0]); !difference.IsZero() {
				return drift, &UnequalError{at.name, entries[0], entries[j+1], difference.Numerator}
			}
		}
		drift.Components = append(drift.Components, over(sums[i][0], count))
	}
	return drift, nil
}

// over returns f/n.
func over(f sym.Fraction[sym.Multivariate], n int) sym.Fraction[sym.Multivariate] {
	return f.Mul(sym.Fraction[sym.Multivariate]{Numerator: sym.Integer(1), Denominator: sym.Integer(n)})
}

// components lists the entries of the score matrix that share a logit: the
// diagonal, and at a point with ν all others.
func (p point) components(n int) ([][][2]int, error) {
	diagonal := make([][2]int, n)
	var others [][2]int
	for w := range n {
		diagonal[w] = [2]int{w, w}
		for u := range n {
			if w != u {
				others = append(others, [2]int{w, u})
			}
		}
	}
	if p.offDiagonal.IsZero() {
		return [][][2]int{diagonal}, nil
	}
	if n < 2 {
		return nil, fmt.Errorf("a score matrix of one vertex has no off-diagonal entry")
	}
	return [][][2]int{diagonal, others}, nil
}

// permutations lists all n! orders of 0…n−1 in lexicographic order. The slice
// is the same each time.
func permutations(n int) iter.Seq[[]int] {
	return func(yield func([]int) bool) {
		p := make([]int, n)
		for i := range p {
			p[i] = i
		}
		for {
			if !yield(p) {
				return
			}
			i := n - 2
			for i >= 0 && p[i] > p[i+1] {
				i--
			}
			if i < 0 {
				return
			}
			j := n - 1
			for p[j] < p[i] {
				j--
			}
			p[i], p[j] = p[j], p[i]
			slices.Reverse(p[i+1:])
		}
	}
}

// overPolynomials writes a drift without z over Z[e][y], with integers in the
// place of rational coefficients.
func overPolynomials(d Drift[sym.Multivariate]) (Drift[sym.Poly], error) {
	out := Drift[sym.Poly]{K: d.K}
	for _, f := range d.Components {
		common := sym.Constant(new(big.Rat).SetInt(new(big.Int).Mul(f.Numerator.Denominator(), f.Denominator.Denominator())))
		numerator, err := f.Numerator.Mul(common).Poly("e", "y")
		if err != nil {
			return out, err
		}
		denominator, err := f.Denominator.Mul(common).Poly("e", "y")
		if err != nil {
			return out, err
		}
		out.Components = append(out.Components, sym.Fraction[sym.Poly]{Numerator: numerator, Denominator: denominator})
	}
	return out, nil
}
