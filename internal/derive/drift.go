package derive

import (
	"context"
	"fmt"
	"iter"
	"math/big"
	"slices"

	"muflow/internal/sym"
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
	drifts, err := oneTerm(step, onDiagonal)
	if err != nil {
		return Drift[sym.Poly]{}, err
	}
	return overPolynomials(drifts[0])
}

// OneTermFull returns the drift of the two logits of the full score matrix by
// one pass of the model:
//
//	μ' = −(1/n)·Σ_u ∂ℓ/∂W_uu,  ν' = −(1/(n(n−1)))·Σ_{w≠u} ∂ℓ/∂W_wu
//
// at W = μI + ν(11ᵀ−I), for n ≥ 2.
func OneTermFull(step Step) (Drift[sym.Multivariate], error) {
	drifts, err := oneTerm(step, onPlane)
	if err != nil {
		return Drift[sym.Multivariate]{}, err
	}
	return drifts[0], nil
}

// Averaged returns the drift of the diagonal logit as Lemma 1 has it: the
// whole model runs on every relabelling of the step, and the derivatives in
// each W_uu at W = μI are averaged,
//
//	μ' = −(1/n!)·Σ_π ∂ℓ_π/∂W_uu
//
// The result must not depend on u: it is an *UnequalError if it does. It fails
// for n above MaxAveragedOrder.
func Averaged(ctx context.Context, step Step) (Drift[sym.Poly], error) {
	drifts, err := averaged(ctx, step, permutations(step.order()), onDiagonal)
	if err != nil {
		return Drift[sym.Poly]{}, err
	}
	return overPolynomials(drifts[0])
}

// AveragedFull returns the drift of the two logits of the full score matrix
// as the average over every relabelling, at W = μI + ν(11ᵀ−I), for 2 ≤ n ≤
// MaxAveragedOrder. The averaged derivative must be the same in all W_uu and
// the same in all W_wu, w ≠ u: otherwise it is an *UnequalError.
func AveragedFull(ctx context.Context, step Step) (Drift[sym.Multivariate], error) {
	drifts, err := averaged(ctx, step, permutations(step.order()), onPlane)
	if err != nil {
		return Drift[sym.Multivariate]{}, err
	}
	return drifts[0], nil
}

// oneTerm returns the drift at each of the points by one pass.
func oneTerm(step Step, points ...point) ([]Drift[sym.Multivariate], error) {
	if err := step.Validate(); err != nil {
		return nil, err
	}
	m, err := newModel(step.order())
	if err != nil {
		return nil, err
	}
	r, err := m.run(step)
	if err != nil {
		return nil, err
	}
	drifts := make([]Drift[sym.Multivariate], len(points))
	for i, at := range points {
		if drifts[i], err = r.oneTerm(at); err != nil {
			return nil, err
		}
	}
	return drifts, nil
}

// oneTerm averages over the entries of each component.
func (r *run) oneTerm(at point) (Drift[sym.Multivariate], error) {
	drift := Drift[sym.Multivariate]{K: r.k}
	descent, err := r.descent(at)
	if err != nil {
		return drift, err
	}
	for _, values := range descent {
		sum := values[0]
		for _, v := range values[1:] {
			sum = sum.Add(v)
		}
		drift.Components = append(drift.Components, over(sum, len(values)))
	}
	return drift, nil
}

// averaged returns the drift at each of the points by one pass for each of the
// relabellings: it averages entry by entry, and then compares the entries of
// each component.
func averaged(ctx context.Context, step Step, labels iter.Seq[[]int], points ...point) ([]Drift[sym.Multivariate], error) {
	if err := step.Validate(); err != nil {
		return nil, err
	}
	n := step.order()
	if n > MaxAveragedOrder {
		return nil, fmt.Errorf("average over all relabellings of %d vertices, expected at most %d", n, MaxAveragedOrder)
	}
	m, err := newModel(n)
	if err != nil {
		return nil, err
	}
	drifts := make([]Drift[sym.Multivariate], len(points))
	sums := make([][][]sym.Fraction[sym.Multivariate], len(points)) // point, component, entry
	count := 0
	for label := range labels {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		relabelled, err := step.relabelled(label)
		if err != nil {
			return nil, err
		}
		r, err := m.run(relabelled)
		if err != nil {
			return nil, err
		}
		for i, at := range points {
			descent, err := r.descent(at)
			if err != nil {
				return nil, err
			}
			if drifts[i].K = r.k; count == 0 {
				sums[i] = descent
				continue
			}
			for c, values := range descent {
				for j, v := range values {
					sums[i][c][j] = sums[i][c][j].Add(v)
				}
			}
		}
		count++
	}
	for i, at := range points {
		components, err := at.components(n)
		if err != nil {
			return nil, err
		}
		for c, entries := range components {
			first := sums[i][c][0]
			for j, sum := range sums[i][c] {
				if difference := sum.Sub(first); !difference.IsZero() {
					return nil, &UnequalError{at.name, entries[0], entries[j], difference.Numerator}
				}
			}
			drifts[i].Components = append(drifts[i].Components, over(first, count))
		}
	}
	return drifts, nil
}

// over returns f/n.
func over(f sym.Fraction[sym.Multivariate], n int) sym.Fraction[sym.Multivariate] {
	return f.Mul(sym.Fraction[sym.Multivariate]{Numerator: sym.Integer(1), Denominator: sym.Integer(n)})
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
