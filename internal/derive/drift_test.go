package derive

import (
	"context"
	"fmt"
	"slices"

	"gonum.org/v1/gonum/stat/combin"

	"muflow/internal/sym"
)

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
	drifts, err := averaged(ctx, step, combin.Permutations(step.order(), step.order()), onDiagonal)
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
	drifts, err := averaged(ctx, step, combin.Permutations(step.order(), step.order()), onPlane)
	if err != nil {
		return Drift[sym.Multivariate]{}, err
	}
	return drifts[0], nil
}

// reflected returns the model whose embeddings are the standard basis, moved by
// the reflections x ↦ x − 2·⟨a,x⟩/⟨a,a⟩·a along the given rational vectors, one
// after the other.
func reflected(n int, reflections ...vector) (*model, error) {
	standard := newModel(n)
	basis := slices.Concat(standard.content, standard.source, standard.target, standard.mark[:])
	for _, a := range reflections {
		square, err := dot(a, a).Eval(nil)
		if err != nil || square.Sign() == 0 || len(a) != len(basis) {
			return nil, fmt.Errorf("reflection along %v, expected %d rational numbers, not all 0", a, len(basis))
		}
		factor := sym.Constant(square.Inv(square)).Mul(sym.Integer(-2))
		for i, x := range basis {
			basis[i] = x.add(a.scale(dot(a, x).Mul(factor)))
		}
	}
	return modelOn(n, basis), nil
}
