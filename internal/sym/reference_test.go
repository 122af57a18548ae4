package sym

import (
	"fmt"
	"math/big"
	"strings"
	"testing"
)

// product multiplies polynomials that are given by their coefficients, lists
// of integers from e^0 up, from y^0 up.
func product(factors ...[][]int64) Poly {
	out := NewPoly(NewScalar(1))
	for _, f := range factors {
		c := make([]Scalar, len(f))
		for i, v := range f {
			c[i] = NewScalar(v...)
		}
		out = out.Mul(NewPoly(c...))
	}
	return out
}

// ascii rewrites the plain text of a polynomial as PARI prints it.
func ascii(p fmt.Stringer) string {
	text := strings.ReplaceAll(p.String(), "−", "-")
	for _, r := range [][2]string{{"ey", "e*y"}, {")y", ")*y"}} {
		text = strings.ReplaceAll(text, r[0], r[1])
	}
	for digit := '0'; digit <= '9'; digit++ {
		for _, letter := range []string{"e", "y"} {
			text = strings.ReplaceAll(text, string(digit)+letter, string(digit)+"*"+letter)
		}
	}
	return text
}

// TestAgainstPARI: right-hand sides printed by PARI/GP 2.15.2 (content, gcd,
// factor, subst), gcds divided by their content.
func TestAgainstPARI(t *testing.T) {
	checks := 0
	equal := func(what string, got fmt.Stringer, want string) {
		t.Helper()
		if ascii(got) != want {
			t.Errorf("%s: %s, want %s", what, ascii(got), want)
		}
		checks++
	}
	quadratic := [][]int64{{1, 1}, {-3}, {0, 1}} // e y² − 3y + e + 1
	equal("gcd", GCD(
		product(quadratic, [][]int64{{-1}, {0, 2}, {}, {1}}),
		product(quadratic, [][]int64{{0, 1}, {-1, 0, 1}})), "e*y^2 - 3*y + (e + 1)")
	square, line := [][]int64{{0, -1}, {}, {1}}, [][]int64{{0, 1}, {1}} // y² − e, y + e
	equal("gcd", GCD(
		product([][]int64{{-1, 2}}, square, square, line),
		product([][]int64{{-1, 0, 4}}, square, line, line, line)), "y^3 + e*y^2 - e*y - e^2")
	sextic := product([][]int64{{5}, {0, -1}, {}, {}, {2, 1}}, [][]int64{{0, 0, 1}, {1}, {-7, 3}})
	equal("product", sextic, "(3*e^2 - e - 14)*y^6 + (e + 2)*y^5 + (e^3 + 2*e^2)*y^4 + (-3*e^2 + 7*e)*y^3 + (14*e - 35)*y^2 + (-e^3 + 5)*y + 5*e^2")
	equal("gcd with the derivative", GCD(sextic, sextic.Derivative()), "1")
	equal("shift", sextic.ShiftByOne(), "(3*e^2 - e - 14)*y^6 + (18*e^2 - 5*e - 82)*y^5 + (e^3 + 47*e^2 - 10*e - 200)*y^4 + (4*e^3 + 65*e^2 - 3*e - 260)*y^3 + (6*e^3 + 48*e^2 + 30*e - 225)*y^2 + (3*e^3 + 17*e^2 + 48*e - 139)*y + (7*e^2 + 21*e - 42)")

	minus, plus, slope, even := [][]int64{{-2}, {1}}, [][]int64{{1}, {1}}, [][]int64{{3}, {0, 1}}, [][]int64{{0, -1}, {}, {1, 1}}
	for _, c := range []struct {
		p    Poly
		want []string // product of PARI's irreducible factors of each multiplicity
	}{
		{product(minus, plus, plus, slope, slope, even, even, even),
			[]string{"1: y - 2", "2: e*y^2 + (e + 3)*y + 3", "3: (e + 1)*y^2 - e"}},
		{product([][]int64{{0, 1}, {}, {1}}, [][]int64{{0, 1}, {}, {1}}, [][]int64{{0, -1}, {1}}, [][]int64{{0, -1}, {1}}, [][]int64{{0, -1}, {1}}, [][]int64{{-1}, {2}}),
			[]string{"1: 2*y - 1", "2: y^2 + e", "3: y - e"}},
	} {
		found := SquareFree(c.p.Scale(NewScalar(-6, 0, 4)))
		if len(found) != len(c.want) {
			t.Fatalf("%v decomposed into %v", c.p, found)
		}
		for i, f := range found {
			if got := fmt.Sprintf("%d: %s", f.Multiplicity, ascii(f.Poly)); got != c.want[i] {
				t.Errorf("factor %s, want %s", got, c.want[i])
			}
			checks++
		}
	}
	content := product([][]int64{{-2, 4}}, [][]int64{{3}, {0, 1}, {6}}).Scale(NewScalar(0, 3)).Content()
	equal("content", content, "12*e^2 - 6*e")
	if checks != 12 {
		t.Fatalf("%d checks", checks)
	}
}

// TestPartialValues compares the polynomials at a rational e and at a rational
// y with the value at both.
func TestPartialValues(t *testing.T) {
	p := product([][]int64{{1, -2, 3}, {0, 5}, {-7}}, [][]int64{{4}, {}, {1, 1}})
	checks := 0
	for i := int64(-4); i <= 4; i++ {
		for j := int64(-4); j <= 4; j++ {
			e, y := big.NewRat(i, 3), big.NewRat(j, 5)
			want := p.Eval(e, y)
			sum, power := new(big.Rat), big.NewRat(1, 1)
			for _, c := range p.AtE(e) {
				sum.Add(sum, new(big.Rat).Mul(c, power))
				power.Mul(power, y)
			}
			numerator, denominator := p.AtY(y)
			other := new(big.Rat).Quo(numerator.Eval(e), new(big.Rat).SetInt(denominator))
			if sum.Cmp(want) != 0 || other.Cmp(want) != 0 || denominator.Sign() <= 0 {
				t.Fatalf("at e=%v y=%v: %v and %v, want %v", e, y, sum, other, want)
			}
			checks++
		}
	}
	if checks != 81 {
		t.Fatalf("%d checks", checks)
	}
}

// TestSignChanges counts with the signs of the coefficients at many e > 0
// where they are known, and finds two different signs where they are not.
func TestSignChanges(t *testing.T) {
	for _, c := range []struct {
		p       Poly
		changes int
		known   bool
	}{
		{Poly{}, 0, true},
		{product([][]int64{{2}, {3}, {}, {-1}}), 1, true},
		{product([][]int64{{1, 2}, {-3}, {}, {0, 0, 1}, {-1, -1}}), 3, true},
		{product([][]int64{{}, {-1}, {}, {0, -2}}), 0, true},
		{product([][]int64{{1}, {1, -1}}), 0, false},
	} {
		changes, known := c.p.SignChanges()
		if changes != c.changes || known != c.known {
			t.Errorf("%v: %d %v", c.p, changes, known)
		}
		counts := map[int]bool{}
		for i := int64(1); i < 40; i++ {
			count, last := 0, 0
			for _, value := range c.p.AtE(big.NewRat(i, 8)) {
				if value.Sign()*last < 0 {
					count++
				}
				if value.Sign() != 0 {
					last = value.Sign()
				}
			}
			counts[count] = true
		}
		if known && (len(counts) != 1 || !counts[changes]) || !known && len(counts) < 2 {
			t.Errorf("%v: counts %v at sampled e, known %v", c.p, counts, known)
		}
	}
}

// AtE returns the coefficients of the polynomial in y at a rational e, from
// y^0 to y^Degree().
func (p Poly) AtE(e *big.Rat) []*big.Rat {
	out := make([]*big.Rat, len(p.c))
	for i, c := range p.c {
		out[i] = c.Eval(e)
	}
	return out
}

// AtY returns the value at a rational y as a polynomial in e over a positive
// integer.
func (p Poly) AtY(y *big.Rat) (numerator Scalar, denominator *big.Int) {
	denominator = big.NewInt(1)
	for i := len(p.c) - 1; i >= 0; i-- { // Horner: value·Num(y)/Denom(y) + c_i
		if i < len(p.c)-1 {
			denominator.Mul(denominator, y.Denom())
		}
		numerator = numerator.MulInt(y.Num()).Add(p.c[i].MulInt(denominator))
	}
	return numerator, denominator
}

// SignChanges returns the number of sign changes in the sequence of non-zero
// coefficients of y^0, y^1, …, for every e > 0 at once. It is known only if
// the sign of each coefficient follows from the signs of its integers. By
// Descartes' rule p has at most that many positive roots in y, counted with
// multiplicity, and as many modulo 2.
func (p Poly) SignChanges() (changes int, known bool) {
	last := 0
	for _, c := range p.c {
		sign, fixed := c.Signs()
		if !fixed {
			return 0, false
		}
		if sign*last < 0 {
			changes++
		}
		if sign != 0 {
			last = sign
		}
	}
	return changes, true
}
