package theory

import (
	"cmp"
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strings"
)

// An ExponentialTerm is Coefficient·e^{Rational + Root/√K}.
type ExponentialTerm struct {
	Coefficient *big.Int
	Rational    *big.Rat
	Root        *big.Rat
}

// An ExponentialSum is Σ_j c_j·e^{p_j + q_j/√K} with integers c_j ≠ 0, rational
// p_j, q_j and different exponents. Exponents are algebraic numbers, so by the
// theorem of Lindemann and Weierstrass the sum is 0 only if it has no terms.
type ExponentialSum struct {
	K     int // |N_c| ≥ 1
	Terms []ExponentialTerm
}

// NewExponentialSum merges terms with equal exponents and drops those that
// cancel. If K is a square, 1/√K joins the rational part; otherwise 1 and
// 1/√K are linearly independent over the rationals, and exponents are equal
// only if both parts are.
func NewExponentialSum(k int, terms []ExponentialTerm) ExponentialSum {
	out := ExponentialSum{K: k}
	root := new(big.Int).Sqrt(big.NewInt(int64(k)))
	square := new(big.Int).Mul(root, root).Cmp(big.NewInt(int64(k))) == 0
	all := make([]ExponentialTerm, len(terms))
	for i, t := range terms {
		all[i] = t
		if square {
			folded := new(big.Rat).Quo(t.Root, new(big.Rat).SetInt(root))
			all[i].Rational, all[i].Root = folded.Add(folded, t.Rational), new(big.Rat)
		}
	}
	slices.SortStableFunc(all, func(a, b ExponentialTerm) int { return cmp.Or(a.Rational.Cmp(b.Rational), a.Root.Cmp(b.Root)) })
	for _, t := range all {
		if last := len(out.Terms) - 1; last >= 0 && out.Terms[last].Rational.Cmp(t.Rational) == 0 && out.Terms[last].Root.Cmp(t.Root) == 0 {
			out.Terms[last].Coefficient = new(big.Int).Add(out.Terms[last].Coefficient, t.Coefficient)
			continue
		}
		out.Terms = append(out.Terms, t)
	}
	out.Terms = slices.DeleteFunc(out.Terms, func(t ExponentialTerm) bool { return t.Coefficient.Sign() == 0 })
	return out
}

// IsZero reports whether the sum is 0.
func (s ExponentialSum) IsZero() bool { return len(s.Terms) == 0 }

// Sign returns the sign of the sum if the signs of its coefficients decide it.
func (s ExponentialSum) Sign() (sign int, decided bool) {
	for _, t := range s.Terms {
		if sign != 0 && t.Coefficient.Sign() != sign {
			return 0, false
		}
		sign = t.Coefficient.Sign()
	}
	return sign, true
}

// maxPrinted bounds the text of a sum in bytes.
const maxPrinted = 400

// String writes the sum for people, s for 1/√K. A long one is cut and ends in
// "…".
func (s ExponentialSum) String() string {
	if s.IsZero() {
		return "0"
	}
	var b strings.Builder
	for _, t := range s.Terms {
		fmt.Fprintf(&b, "%+d·exp(%s%s·s) ", t.Coefficient, t.Rational.RatString(), signed(t.Root))
	}
	if b.Len() > maxPrinted {
		return strings.ToValidUTF8(b.String()[:maxPrinted], "") + "…"
	}
	return strings.TrimSpace(b.String())
}

func signed(q *big.Rat) string {
	if q.Sign() < 0 {
		return q.RatString()
	}
	return "+" + q.RatString()
}

// A PathTerm is Coefficient·e^{Rational + Root/√K + Unit·Slope·w}.
type PathTerm struct {
	ExponentialTerm
	Slope int64
}

// An ExponentialPath is an exponential sum whose exponents are affine in w,
// T(w) = Σ_j c_j·e^{p_j + q_j/√K + u l_j w} with integers l_j and a positive
// unit u.
type ExponentialPath struct {
	K     int
	Unit  *big.Rat
	Terms []PathTerm
}

// At returns the derivative of some order at a rational w over Unit^order, order
// 0 the value, Σ_j c_j l_j^order e^{p_j + q_j/√K + u l_j w}: 0 exactly if it has
// no terms.
func (p *ExponentialPath) At(w *big.Rat, order int) ExponentialSum {
	terms := make([]ExponentialTerm, len(p.Terms))
	for i, t := range p.Terms {
		shift := new(big.Rat).Mul(p.Unit, w)
		shift.Mul(shift, new(big.Rat).SetInt64(t.Slope))
		factor := new(big.Int).Exp(big.NewInt(t.Slope), big.NewInt(int64(order)), nil)
		terms[i] = ExponentialTerm{factor.Mul(factor, t.Coefficient), shift.Add(shift, t.Rational), t.Root}
	}
	return NewExponentialSum(p.K, terms)
}

// Collected returns the path with the terms merged that are the same function of w
// up to a factor, and without those that cancel. Different e^{a + u l w} are linearly
// independent over the rationals, so it has no terms exactly if T(w) = 0 for all w.
func (p *ExponentialPath) Collected() *ExponentialPath {
	bySlope := map[int64][]ExponentialTerm{}
	for _, t := range p.Terms {
		bySlope[t.Slope] = append(bySlope[t.Slope], t.ExponentialTerm)
	}
	out := &ExponentialPath{K: p.K, Unit: p.Unit}
	for _, slope := range slices.Sorted(maps.Keys(bySlope)) {
		for _, t := range NewExponentialSum(p.K, bySlope[slope]).Terms {
			out.Terms = append(out.Terms, PathTerm{t, slope})
		}
	}
	return out
}

// Exponent returns an e with |p_j|, |q_j| and |u l_j| < 2^e.
func (p *ExponentialPath) Exponent() (most uint) {
	for _, t := range p.Terms {
		slope := new(big.Rat).SetInt64(t.Slope)
		for _, q := range []*big.Rat{t.Rational, t.Root, slope.Mul(slope, p.Unit)} {
			most = max(most, uint(max(q.Num().BitLen()-q.Denom().BitLen()+1, 0)))
		}
	}
	return most
}

// IsZero reports whether T(w) = 0 for all w.
func (p *ExponentialPath) IsZero() bool { return len(p.Collected().Terms) == 0 }

// Order returns the multiplicity of the zero at a rational w, 0 if there is
// none. The path must not be 0 everywhere.
func (p *ExponentialPath) Order(w *big.Rat) int {
	order := 0
	for p.At(w, order).IsZero() { // Vandermonde: not for as many orders as slopes
		order++
	}
	return order
}
