package sym

import (
	"cmp"
	"fmt"
	"math/big"
	"slices"
	"strings"
)

// A Multivariate is a polynomial with rational coefficients in named
// variables. The zero value is 0; a value is never changed after it was made.
type Multivariate struct{ terms []term } // ascending monomials, no coefficient 0

type term struct {
	monomial    []power
	coefficient *big.Rat
}

// A power is a variable with a positive exponent; the powers of a monomial
// ascend by name.
type power struct {
	variable string
	exponent int
}

// Variable returns the polynomial that is one variable.
func Variable(name string) Multivariate {
	return Multivariate{[]term{{[]power{{name, 1}}, one}}}
}

// Constant returns the polynomial that is one number.
func Constant(value *big.Rat) Multivariate {
	if value.Sign() == 0 {
		return Multivariate{}
	}
	return Multivariate{[]term{{nil, new(big.Rat).Set(value)}}}
}

// Integer returns the polynomial that is one integer.
func Integer(value int) Multivariate {
	if value == 1 {
		return unit
	}
	return Constant(big.NewRat(int64(value), 1))
}

var (
	one  = big.NewRat(1, 1)
	unit = Multivariate{[]term{{nil, one}}}
)

// IsZero reports whether p is 0.
func (p Multivariate) IsZero() bool { return len(p.terms) == 0 }

// Equal reports whether p and q are the same polynomial.
func (p Multivariate) Equal(q Multivariate) bool { return compare(p, q) == 0 }

// compare is a total order of polynomials, for canonical sums.
func compare(p, q Multivariate) int {
	return slices.CompareFunc(p.terms, q.terms, func(a, b term) int {
		if order := compareMonomials(a.monomial, b.monomial); order != 0 {
			return order
		}
		if a.coefficient.IsInt() && b.coefficient.IsInt() {
			return a.coefficient.Num().Cmp(b.coefficient.Num())
		}
		return a.coefficient.Cmp(b.coefficient)
	})
}

func compareMonomials(a, b []power) int {
	return slices.CompareFunc(a, b, func(x, y power) int {
		if order := strings.Compare(x.variable, y.variable); order != 0 {
			return order
		}
		return cmp.Compare(x.exponent, y.exponent)
	})
}

// Add returns p + q.
func (p Multivariate) Add(q Multivariate) Multivariate {
	switch {
	case p.IsZero():
		return q
	case q.IsZero():
		return p
	}
	a, b := p.terms, q.terms
	out := make([]term, 0, len(a)+len(b))
	for len(a) > 0 && len(b) > 0 {
		switch order := compareMonomials(a[0].monomial, b[0].monomial); {
		case order < 0:
			out, a = append(out, a[0]), a[1:]
		case order > 0:
			out, b = append(out, b[0]), b[1:]
		default:
			if sum := addCoefficients(a[0].coefficient, b[0].coefficient); sum.Sign() != 0 {
				out = append(out, term{a[0].monomial, sum})
			}
			a, b = a[1:], b[1:]
		}
	}
	return Multivariate{append(append(out, a...), b...)}
}

// addCoefficients returns a + b, of integers without a common divisor.
func addCoefficients(a, b *big.Rat) *big.Rat {
	if a.IsInt() && b.IsInt() {
		return new(big.Rat).SetInt(new(big.Int).Add(a.Num(), b.Num()))
	}
	return new(big.Rat).Add(a, b)
}

// mulCoefficients returns a·b, which may share one of them.
func mulCoefficients(a, b *big.Rat) *big.Rat {
	switch {
	case isOne(a):
		return b
	case isOne(b):
		return a
	case a.IsInt() && b.IsInt():
		return new(big.Rat).SetInt(new(big.Int).Mul(a.Num(), b.Num()))
	}
	return new(big.Rat).Mul(a, b)
}

func isOne(a *big.Rat) bool { return a.IsInt() && a.Num().IsInt64() && a.Num().Int64() == 1 }

// Neg returns −p.
func (p Multivariate) Neg() Multivariate {
	out := make([]term, len(p.terms))
	for i, t := range p.terms {
		out[i] = term{t.monomial, new(big.Rat).Neg(t.coefficient)}
	}
	return Multivariate{out}
}

// Sub returns p − q.
func (p Multivariate) Sub(q Multivariate) Multivariate { return p.Add(q.Neg()) }

// Mul returns p·q.
func (p Multivariate) Mul(q Multivariate) Multivariate {
	switch {
	case p.IsZero() || q.IsZero():
		return Multivariate{}
	case p.isOne():
		return q
	case q.isOne():
		return p
	}
	out := make([]term, 0, len(p.terms)*len(q.terms))
	for _, a := range p.terms {
		for _, b := range q.terms {
			out = append(out, term{mulMonomials(a.monomial, b.monomial), mulCoefficients(a.coefficient, b.coefficient)})
		}
	}
	return collect(out)
}

func (p Multivariate) isOne() bool {
	return len(p.terms) == 1 && len(p.terms[0].monomial) == 0 && isOne(p.terms[0].coefficient)
}

// collect sorts terms and adds those of one monomial. It takes over the slice.
func collect(terms []term) Multivariate {
	slices.SortStableFunc(terms, func(a, b term) int { return compareMonomials(a.monomial, b.monomial) })
	out := terms[:0]
	for _, t := range terms {
		if last := len(out) - 1; last >= 0 && compareMonomials(out[last].monomial, t.monomial) == 0 {
			out[last].coefficient = addCoefficients(out[last].coefficient, t.coefficient)
		} else {
			out = append(out, t)
		}
	}
	return Multivariate{slices.DeleteFunc(out, func(t term) bool { return t.coefficient.Sign() == 0 })}
}

// mulMonomials returns a·b, which may share one of them.
func mulMonomials(a, b []power) []power {
	switch {
	case len(a) == 0:
		return b
	case len(b) == 0:
		return a
	}
	out := make([]power, 0, len(a)+len(b))
	for len(a) > 0 && len(b) > 0 {
		switch order := cmp.Compare(a[0].variable, b[0].variable); {
		case order < 0:
			out, a = append(out, a[0]), a[1:]
		case order > 0:
			out, b = append(out, b[0]), b[1:]
		default:
			out = append(out, power{a[0].variable, a[0].exponent + b[0].exponent})
			a, b = a[1:], b[1:]
		}
	}
	return append(append(out, a...), b...)
}

// Pow returns p^exponent, 1 for exponents below 1.
func (p Multivariate) Pow(exponent int) Multivariate {
	out := Integer(1)
	for range exponent {
		out = out.Mul(p)
	}
	return out
}

// Derivative returns ∂p/∂variable.
func (p Multivariate) Derivative(variable string) Multivariate {
	return p.gradient(map[string]int{variable: 0})[0]
}

// gradient returns the derivatives with respect to some variables, by their
// indices 0, 1, ….
func (p Multivariate) gradient(index map[string]int) []Multivariate {
	out := make([]Multivariate, len(index))
	for _, t := range p.terms {
		for i, x := range t.monomial {
			j, found := index[x.variable]
			if !found {
				continue
			}
			monomial := slices.Clone(t.monomial)
			if monomial[i].exponent--; x.exponent == 1 {
				monomial = slices.Delete(monomial, i, i+1)
			}
			coefficient := t.coefficient
			if x.exponent != 1 {
				coefficient = mulCoefficients(coefficient, big.NewRat(int64(x.exponent), 1))
			}
			out[j].terms = append(out[j].terms, term{monomial, coefficient})
		}
	}
	for j := range out {
		out[j] = collect(out[j].terms)
	}
	return out
}

func find(monomial []power, variable string) (int, bool) {
	return slices.BinarySearchFunc(monomial, variable, func(x power, name string) int { return cmp.Compare(x.variable, name) })
}

// Substitute returns p with polynomials in the place of variables; those
// without an entry stay.
func (p Multivariate) Substitute(values map[string]Multivariate) Multivariate {
	if !slices.ContainsFunc(p.terms, func(t term) bool {
		return slices.ContainsFunc(t.monomial, func(x power) bool { _, ok := values[x.variable]; return ok })
	}) {
		return p
	}
	var out []term
	for _, t := range p.terms {
		kept := term{nil, t.coefficient}
		product := Integer(1)
		for _, x := range t.monomial {
			if value, ok := values[x.variable]; ok {
				product = product.Mul(value.Pow(x.exponent))
			} else {
				kept.monomial = append(kept.monomial, x)
			}
		}
		out = append(out, product.Mul(Multivariate{[]term{kept}}).terms...)
	}
	return collect(out)
}

// Eval returns the value at rational values of the variables; a variable
// without a value is an error.
func (p Multivariate) Eval(values map[string]*big.Rat) (*big.Rat, error) {
	sum := new(big.Rat)
	for _, t := range p.terms {
		product := new(big.Rat).Set(t.coefficient)
		for _, x := range t.monomial {
			value, ok := values[x.variable]
			if !ok {
				return nil, fmt.Errorf("no value for the variable %s", x.variable)
			}
			for range x.exponent {
				product.Mul(product, value)
			}
		}
		sum.Add(sum, product)
	}
	return sum, nil
}

// QuoMonomial returns p/divisor for a divisor of one term that divides p; ok
// is false if it does not.
func (p Multivariate) QuoMonomial(divisor Multivariate) (quotient Multivariate, ok bool) {
	if len(divisor.terms) != 1 {
		return Multivariate{}, false
	}
	by := divisor.terms[0]
	out := make([]term, len(p.terms))
	for i, t := range p.terms {
		monomial := slices.Clone(t.monomial)
		for _, x := range by.monomial {
			j, found := find(monomial, x.variable)
			if !found || monomial[j].exponent < x.exponent {
				return Multivariate{}, false
			}
			if monomial[j].exponent -= x.exponent; monomial[j].exponent == 0 {
				monomial = slices.Delete(monomial, j, j+1)
			}
		}
		if out[i] = (term{monomial, t.coefficient}); !isOne(by.coefficient) {
			out[i].coefficient = new(big.Rat).Quo(t.coefficient, by.coefficient)
		}
	}
	return collect(out), true
}

// Denominator returns the least positive integer whose product with p has
// integer coefficients.
func (p Multivariate) Denominator() *big.Int {
	least := big.NewInt(1)
	for _, t := range p.terms {
		denominator := t.coefficient.Denom()
		common := new(big.Int).GCD(nil, nil, least, denominator)
		least.Mul(least, new(big.Int).Quo(denominator, common))
	}
	return least
}

// Poly returns p as an element of Z[e][y] for the named e and y. It fails on
// any other variable and on a coefficient that is not an integer.
func (p Multivariate) Poly(e, y string) (Poly, error) {
	var out Poly
	for _, t := range p.terms {
		if !t.coefficient.IsInt() {
			return Poly{}, fmt.Errorf("coefficient %s, expected an integer", t.coefficient.RatString())
		}
		var exponents [2]int
		for _, x := range t.monomial {
			switch x.variable {
			case e:
				exponents[0] = x.exponent
			case y:
				exponents[1] = x.exponent
			default:
				return Poly{}, fmt.Errorf("variable %s, expected only %s and %s", x.variable, e, y)
			}
		}
		unit := make([]int64, exponents[0]+1)
		unit[exponents[0]] = 1
		out = out.Add(Monomial(NewScalar(unit...).MulInt(t.coefficient.Num()), exponents[1]))
	}
	return out, nil
}

// String writes the polynomial, for instance 2·e·y^2 − 1/3·z.
func (p Multivariate) String() string {
	if p.IsZero() {
		return "0"
	}
	var b strings.Builder
	for i, t := range slices.Backward(p.terms) {
		last := i == len(p.terms)-1
		switch negative := t.coefficient.Sign() < 0; {
		case negative && last:
			b.WriteString("−")
		case negative:
			b.WriteString(" − ")
		case !last:
			b.WriteString(" + ")
		}
		var factors []string
		if size := new(big.Rat).Abs(t.coefficient).RatString(); size != "1" || len(t.monomial) == 0 {
			factors = append(factors, size)
		}
		for _, x := range t.monomial {
			if x.exponent == 1 {
				factors = append(factors, x.variable)
			} else {
				factors = append(factors, fmt.Sprintf("%s^%d", x.variable, x.exponent))
			}
		}
		b.WriteString(strings.Join(factors, "·"))
	}
	return b.String()
}
