package derive

import (
	"context"
	"fmt"
	"math/big"

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

// oneTerm returns the drift at each of the points by one pass.
func oneTerm(step Step, points ...point) ([]Drift[sym.Multivariate], error) {
	if err := step.Validate(); err != nil {
		return nil, err
	}
	r, err := newModel(step.order()).run(step)
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
			sum = sum.add(v)
		}
		drift.Components = append(drift.Components, over(sum.value(), len(values)))
	}
	return drift, nil
}

// averaged returns the drift at each of the points by one pass for each of the
// relabellings: it averages entry by entry, and then compares the entries of
// each component.
func averaged(ctx context.Context, step Step, labels [][]int, points ...point) ([]Drift[sym.Multivariate], error) {
	if err := step.Validate(); err != nil {
		return nil, err
	}
	n := step.order()
	if n > MaxAveragedOrder {
		return nil, fmt.Errorf("average over all relabellings of %d vertices, expected at most %d", n, MaxAveragedOrder)
	}
	m := newModel(n)
	drifts := make([]Drift[sym.Multivariate], len(points))
	sums := make([][][]slope, len(points)) // point, component, entry
	for k, label := range labels {
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
			if drifts[i].K = r.k; k == 0 {
				sums[i] = descent
				continue
			}
			for c, values := range descent {
				for j, v := range values {
					sums[i][c][j] = sums[i][c][j].add(v)
				}
			}
		}
	}
	for i, at := range points {
		components, err := at.components(n)
		if err != nil {
			return nil, err
		}
		for c, entries := range components {
			first := sums[i][c][0].value()
			for j, sum := range sums[i][c] {
				if difference := sum.value().Sub(first); !difference.IsZero() {
					return nil, &UnequalError{at.name, entries[0], entries[j], difference.Numerator}
				}
			}
			drifts[i].Components = append(drifts[i].Components, over(first, len(labels)))
		}
	}
	return drifts, nil
}

// over returns f/n.
func over(f sym.Fraction[sym.Multivariate], n int) sym.Fraction[sym.Multivariate] {
	return f.Mul(sym.Fraction[sym.Multivariate]{Numerator: sym.Integer(1), Denominator: sym.Integer(n)})
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
