package sym

import (
	"errors"
	"fmt"
	"math/big"
	"slices"
)

// An ExponentialSum is a sum of formal exponentials, Σ_k c_k·e^{p_k} with
// polynomials c_k and p_k in named variables and pairwise different p_k. It is
// closed under sums and derivatives. The zero value is 0; a value is never
// changed after it was made.
type ExponentialSum struct{ terms []exponential } // ascending exponents, no coefficient 0

type exponential struct{ exponent, coefficient Multivariate }

// Exp returns coefficient·e^exponent.
func Exp(coefficient, exponent Multivariate) ExponentialSum {
	if coefficient.IsZero() {
		return ExponentialSum{}
	}
	return ExponentialSum{[]exponential{{exponent, coefficient}}}
}

// IsZero reports whether x is 0. This is zero as a function too: at a rational
// point where the exponents still differ and a coefficient is not 0, the
// exponentials are linearly independent over Q (Lindemann and Weierstrass).
func (x ExponentialSum) IsZero() bool { return len(x.terms) == 0 }

// Add returns x + y.
func (x ExponentialSum) Add(y ExponentialSum) ExponentialSum {
	return gather(slices.Concat(x.terms, y.terms))
}

// gather sorts terms, adds those of one exponent and drops zeros. It takes
// over the slice.
func gather(terms []exponential) ExponentialSum {
	slices.SortStableFunc(terms, func(a, b exponential) int { return compare(a.exponent, b.exponent) })
	out := terms[:0]
	for _, t := range terms {
		if last := len(out) - 1; last >= 0 && out[last].exponent.Equal(t.exponent) {
			out[last].coefficient = out[last].coefficient.Add(t.coefficient)
		} else {
			out = append(out, t)
		}
	}
	return ExponentialSum{slices.DeleteFunc(out, func(t exponential) bool { return t.coefficient.IsZero() })}
}

// Substitute returns x with polynomials in the place of variables.
func (x ExponentialSum) Substitute(values map[string]Multivariate) ExponentialSum {
	value, _ := x.Gradient(nil, values)
	return value
}

// Gradient returns x and its derivatives with respect to the given variables,
// all after the substitution of values:
//
//	∂(c·e^p)/∂w = (∂c/∂w + c·∂p/∂w)·e^p
func (x ExponentialSum) Gradient(variables []string, values map[string]Multivariate) (ExponentialSum, []ExponentialSum) {
	here := make([]exponential, len(x.terms))
	exponents := make([]Multivariate, len(x.terms)) // the same for every variable
	for i, t := range x.terms {
		exponents[i] = t.exponent.Substitute(values)
		here[i] = exponential{exponents[i], t.coefficient.Substitute(values)}
	}
	terms := make([][]exponential, len(variables))
	index := make(map[string]int, len(variables))
	for j, w := range variables {
		index[w] = j
	}
	for i, t := range x.terms {
		slopes, own := t.exponent.gradient(index), t.coefficient.gradient(index)
		for j := range variables {
			if inner := own[j].Add(t.coefficient.Mul(slopes[j])); !inner.IsZero() {
				terms[j] = append(terms[j], exponential{exponents[i], inner.Substitute(values)})
			}
		}
	}
	out := make([]ExponentialSum, len(variables))
	for j := range out {
		out[j] = gather(terms[j])
	}
	return gather(here), out
}

// ErrExponent says that an exponential is not a product of the named ones.
var ErrExponent = errors.New("exponent is not a combination of the generators with non-negative integers")

// A Generator names the exponential of a monomial.
type Generator struct {
	Name     string       // of e^Exponent
	Exponent Multivariate // one term
}

// Named returns x as a polynomial in the named exponentials: where
// p_k = Σ_j m_j·Exponent_j with non-negative integers m_j, e^{p_k} becomes
// Π_j Name_j^{m_j}. Any other exponent is ErrExponent.
func (x ExponentialSum) Named(generators []Generator) (Multivariate, error) {
	var out Multivariate
	for _, t := range x.terms {
		product := t.coefficient
		for _, part := range t.exponent.terms {
			factor, err := generate(part, generators)
			if err != nil {
				return Multivariate{}, err
			}
			product = product.Mul(factor)
		}
		out = out.Add(product)
	}
	return out, nil
}

func generate(part term, generators []Generator) (Multivariate, error) {
	for _, g := range generators {
		if len(g.Exponent.terms) != 1 || compareMonomials(g.Exponent.terms[0].monomial, part.monomial) != 0 {
			continue
		}
		ratio := part.coefficient
		if by := g.Exponent.terms[0].coefficient; !isOne(by) {
			ratio = new(big.Rat).Quo(ratio, by)
		}
		if ratio.Sign() > 0 && ratio.IsInt() && ratio.Num().IsInt64() {
			return Multivariate{[]term{{[]power{{g.Name, int(ratio.Num().Int64())}}, one}}}, nil
		}
	}
	return Multivariate{}, fmt.Errorf("e^(%v): %w", Multivariate{[]term{part}}, ErrExponent)
}
