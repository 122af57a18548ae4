package alltime

import (
	"math/big"
	"strings"

	"muflow/internal/sym"
	"muflow/ode"
)

// withoutLogs writes a difference that is a sum of rational multiples of
// logarithms and of other terms as one without them, of the same sign and with
// the same zeros: with a number m > 0 that makes the multiples whole,
//
//	g = Σ_k c_k·log a_k + r  ⇒  e^{m·g} − 1 = Π_k a_k^{m·c_k}·e^{m·r} − 1
//
// It is nil where there are no logarithms or they stand elsewhere.
func withoutLogs(g *ode.Expr) *ode.Expr {
	form, err := newForms().of(g)
	if err != nil {
		return nil
	}
	if _, ok := form.den.Rational(); !ok {
		return nil
	}
	m, fine, found := big.NewInt(1), true, false
	var multiples []*big.Rat
	form.num.Terms(func(c *big.Rat, monomial []sym.Power) {
		for _, p := range monomial {
			if !strings.HasPrefix(p.Variable, "log") {
				continue
			}
			found = true
			fine = fine && len(monomial) == 1 && p.Exponent == 1
			common := new(big.Int).GCD(nil, nil, m, c.Denom())
			m = new(big.Int).Mul(m, new(big.Int).Quo(c.Denom(), common))
			multiples = append(multiples, new(big.Rat).Set(c))
		}
	})
	if !found || !fine || m.BitLen() > 8 {
		return nil
	}
	scale := new(big.Rat).SetInt(m)
	for _, c := range multiples {
		if n := c.Mul(c, scale).Num(); n.BitLen() > 6 {
			return nil
		}
	}
	return g.Scale(scale).Exp().Sub(ode.Integer(1))
}
