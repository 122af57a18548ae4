package alltime

import (
	"context"
	"math/big"
	"math/rand/v2"
	"strings"
	"testing"

	"muflow/internal/long"
	"muflow/ode"
	cert "muflow/theory/cert/scalar"
)

// TestCertify decides random statements about random rational flows twice, by the
// prover and by a certificate, whose checker shares no code with it: what has a
// certificate is never refuted, and what is proved of a subject has one.
func TestCertify(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 5))
	x := ode.State(0)
	number := func(n int) *ode.Expr { return ode.Rational(big.NewRat(int64(rng.IntN(2*n+1)-n), int64(1+rng.IntN(3)))) }
	polynomial := func(degree int) *ode.Expr {
		p := number(3)
		for i := range degree {
			if rng.IntN(2) == 0 {
				p = p.Mul(x.Sub(number(4)))
			} else {
				p = p.Add(number(3).Mul(x.Power(i + 1)))
			}
		}
		return p
	}
	quotient := func(degree int) *ode.Expr {
		switch rng.IntN(4) {
		case 0:
			return polynomial(degree).Quo(ode.Integer(1).Add(x.Power(2)))
		case 1:
			return polynomial(degree).Quo(polynomial(1))
		}
		return polynomial(degree)
	}
	type count struct{ both, alone int } // alone: by the certificate
	counts := map[string]*count{}
	rounds := 80
	if *long.Tests {
		rounds = 2000
	}
	for range rounds {
		low := big.NewRat(int64(rng.IntN(13)-6), 2)
		high := new(big.Rat).Add(low, big.NewRat(int64(max(rng.IntN(6)-3, 0)), 2))
		p := &Problem{System: &ode.System{Dimension: 1, RightHandSide: []*ode.Expr{quotient(1 + rng.IntN(3))}}, Start: []Start{Between(low, high)}}
		var s Statement
		switch Kind(rng.IntN(8)) {
		case KindAlways:
			s = Always(Relation{quotient(rng.IntN(3)), Comparison(rng.IntN(5)), number(3)})
		case KindLimit:
			n := int64(rng.IntN(5))
			p.System.RightHandSide[0] = ode.Integer(n).Sub(x.Power(2)).Mul(ode.Integer(1).Add(quotient(1).Power(2)))
			s = Limit(x, ode.Integer(n).Sqrt())
			if rng.IntN(3) == 0 {
				s = Limit(x.Power(2).Sub(x.Scale(big.NewRat(n, 1))), ode.Integer(n).Sub(ode.Integer(n*n*n).Sqrt()))
			}
		case KindInfinite:
			p.System.RightHandSide[0] = polynomial(3).Quo(ode.Integer(1).Add(x.Power(2)))
			s = Infinite(quotient(1+rng.IntN(2)), 1-2*rng.IntN(2))
		case KindConverges:
			s = Converges(quotient(2))
		case KindIncreases:
			s = Increases(quotient(1 + rng.IntN(3)))
		case KindDecreases:
			s = Decreases(quotient(1 + rng.IntN(3)))
		case KindUnique:
			s = UniqueEquilibrium([]Start{Between(low, new(big.Rat).Add(high, big.NewRat(2, 1)))})
		default:
			s = Invariant(Relation{polynomial(1 + rng.IntN(2)), Comparison(rng.IntN(4)), number(3)})
		}
		d, err := Decide(context.Background(), p, s)
		if err != nil {
			continue // 1/0
		}
		text := p.Certify(s)
		n := counts[claimNames[s.Kind]]
		if n == nil {
			n = &count{}
			counts[claimNames[s.Kind]] = n
		}
		switch {
		case text != nil && d.Verdict == Refuted:
			t.Errorf("x' = %v from %v to %v: refuted (%s), and there is a certificate:\n%s", p.System.RightHandSide[0], low, high, d.Reason, text)
		case text != nil && strings.HasPrefix(d.Reason, byCertificate):
			n.alone++
		case text != nil:
			n.both++
		case d.Verdict == Proved:
			subject, _ := p.Subject(s)
			if subject == nil { // about constants alone
				continue
			}
			text, _ := cert.Encode(*subject)
			t.Errorf("x' = %v from %v to %v is proved (%s), and has no certificate: %s", p.System.RightHandSide[0], low, high, d.Reason, text)
		}
	}
	for _, claim := range cert.Claims {
		n := counts[claim]
		if n == nil || n.both == 0 && *long.Tests {
			t.Errorf("%s: none is proved by both", claim)
		} else {
			t.Logf("%-20s %+v", claim, *n)
		}
	}
}
