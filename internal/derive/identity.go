package derive

import (
	"context"
	"errors"
	"fmt"
	"math/big"

	"gonum.org/v1/gonum/stat/combin"

	"muflow/internal/sym"
	"muflow/theory"
)

// Stated returns the drift of the diagonal logit as package theory states it
// for the profile of the step (arXiv 2509.23365 Theorem 1; theory.md section 2):
//
//	μ' = (α/√K)·(1/n)·(P_S·Q − P·Q_S)/(Q_S·Q)
//
// which is (α/(n√K))·(d* − F) under Coconut and (α/(n√K))·(F_in − F) under
// Coconut-BFS.
func Stated(step Step) (Drift[sym.Poly], error) {
	var drift Drift[sym.Poly]
	if err := step.Validate(); err != nil {
		return drift, err
	}
	family, err := theory.ProfileOf(step.Step).Family(step.Loss, big.NewRat(1, 1))
	if err != nil {
		return drift, err
	}
	p, err := family.Polynomials()
	if err != nil {
		return drift, err
	}
	number := func(n *big.Int) sym.Scalar { return sym.NewScalar(1).MulInt(n) }
	drift.K = family.Scale.K
	drift.Components = []sym.Fraction[sym.Poly]{{
		Numerator:   p.PTarget.Mul(p.Q).Sub(p.P.Mul(p.QTarget)).Scale(number(family.Rates[0].Num())),
		Denominator: p.QTarget.Mul(p.Q).Scale(number(family.Rates[0].Denom())),
	}}
	return drift, nil
}

// StatedFull returns the drift of the two logits of the full score matrix as
// package theory states it (theory.md section 6):
//
//	(μ, ν)' = (α/√K)·diag(1/n, 1/(n(n−1)))·(E_S[φ] − E_V[φ]),  φ_v = (d_v, K·D_v − d_v)
//
// with the means under the softmax of e^{a_v}·y^{φ_v,1}·z^{φ_v,2}, for n ≥ 2.
func StatedFull(step Step) (Drift[sym.Multivariate], error) {
	var drift Drift[sym.Multivariate]
	if err := step.Validate(); err != nil {
		return drift, err
	}
	family, err := theory.FullFamily(step.Step, step.Loss, big.NewRat(1, 1))
	if err != nil {
		return drift, err
	}
	drift.K = family.Scale.K
	for i, rate := range family.Rates {
		var all, target, allMoment, targetMoment sym.Multivariate
		for _, g := range family.Groups {
			unit := sym.Variable("e").Pow(g.Bias)
			for j, letter := range []string{"y", "z"} {
				unit = unit.Mul(sym.Variable(letter).Pow(g.Feature[j]))
			}
			times := func(p sym.Multivariate, n int) sym.Multivariate { return p.Add(unit.Mul(sym.Integer(n))) }
			all, allMoment = times(all, g.Count), times(allMoment, g.Count*g.Feature[i])
			target, targetMoment = times(target, g.Targets), times(targetMoment, g.Targets*g.Feature[i])
		}
		drift.Components = append(drift.Components, sym.Fraction[sym.Multivariate]{
			Numerator:   targetMoment.Mul(all).Sub(allMoment.Mul(target)).Mul(sym.Constant(rate)),
			Denominator: target.Mul(all),
		})
	}
	return drift, nil
}

// Witness says how d differs from a stated drift: a difference of |N_c|, or
// the first component whose difference has a numerator that is not 0. It is
// empty iff the two are equal.
func (d Drift[R]) Witness(stated Drift[R]) string {
	if d.K != stated.K {
		return fmt.Sprintf("|N_c| = %d, stated %d", d.K, stated.K)
	}
	if len(d.Components) != len(stated.Components) {
		return fmt.Sprintf("%d components, stated %d", len(d.Components), len(stated.Components))
	}
	for i, f := range d.Components {
		if difference := f.Sub(stated.Components[i]); !difference.IsZero() {
			return fmt.Sprintf("component %d: derived minus stated = (%v)/(%v)", i, difference.Numerator, difference.Denominator)
		}
	}
	return ""
}

// A Counterexample is a step on which the model and the statement differ.
type Counterexample struct {
	Step     Step
	Identity string // which derivation
	Witness  string // the difference
}

func (c Counterexample) String() string {
	return fmt.Sprintf("%v: %s: %s", c.Step, c.Identity, c.Witness)
}

// A Tally counts what Check compared.
type Tally struct {
	Steps           int // all
	Averaged        int // of these, with the literal average over all relabellings
	Identities      int // fractions compared
	Counterexamples []Counterexample
}

// Verdict is Proved if identities were compared and all hold, Refuted if one
// fails, Undecided if none was compared.
func (t Tally) Verdict() theory.Verdict {
	switch {
	case len(t.Counterexamples) > 0:
		return theory.Refuted
	case t.Identities > 0:
		return theory.Proved
	}
	return theory.Undecided
}

// Check compares, step by step, the drift that the model has with the one
// that package theory states: by one pass of the model for any n,
//
//	μ' = −(1/n)·Σ_u ∂ℓ/∂W_uu,  ν' = −(1/(n(n−1)))·Σ_{w≠u} ∂ℓ/∂W_wu
//
// which is the average over all relabellings, because each u takes the place
// of each other equally often, and for n ≤ MaxAveragedOrder also as Lemma 1 has
// it: the whole model runs on every relabelling of the step, and the derivative
// in each entry is averaged,
//
//	μ' = −(1/n!)·Σ_π ∂ℓ_π/∂W_uu
//
// which must not depend on u, nor that in W_wu, w ≠ u, on w and u. It returns
// the tally so far with the error that stopped it, if any.
func Check(ctx context.Context, steps []Step) (Tally, error) {
	var t Tally
	for _, step := range steps {
		if err := ctx.Err(); err != nil {
			return t, err
		}
		if err := t.check(ctx, step); err != nil {
			return t, fmt.Errorf("%v: %w", step, err)
		}
		t.Steps++
	}
	return t, nil
}

func (t *Tally) check(ctx context.Context, step Step) error {
	diagonal, err := Stated(step)
	if err != nil {
		return err
	}
	full, err := StatedFull(step)
	if err != nil {
		return err
	}
	drifts, err := oneTerm(step, onDiagonal, onPlane)
	if err := t.record(step, "one-term identity", drifts, diagonal, full, err); err != nil {
		return err
	}
	if step.order() > MaxAveragedOrder {
		return nil
	}
	drifts, err = averaged(ctx, step, combin.Permutations(step.order(), step.order()), onDiagonal, onPlane)
	if err := t.record(step, "average over all relabellings", drifts, diagonal, full, err); err != nil {
		return err
	}
	t.Averaged++
	return nil
}

// record compares the two drifts of one derivation with the stated ones; an
// *UnequalError is a counterexample.
func (t *Tally) record(step Step, derivation string, drifts []Drift[sym.Multivariate], diagonal Drift[sym.Poly], full Drift[sym.Multivariate], err error) error {
	var unequal *UnequalError
	found := func(identity, witness string) {
		if witness != "" {
			t.Counterexamples = append(t.Counterexamples, Counterexample{step, derivation + ", " + identity, witness})
		}
	}
	switch {
	case errors.As(err, &unequal):
		found("one derivative for each logit", unequal.Error())
		return nil
	case err != nil:
		return fmt.Errorf("%s: %w", derivation, err)
	}
	derived, err := overPolynomials(drifts[0])
	if err != nil {
		return fmt.Errorf("%s: %w", derivation, err)
	}
	found("diagonal score matrix", derived.Witness(diagonal))
	found("full score matrix", drifts[1].Witness(full))
	t.Identities += len(diagonal.Components) + len(full.Components)
	return nil
}
