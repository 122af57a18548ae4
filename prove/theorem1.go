package prove

import (
	"context"
	"fmt"
	"math/big"

	"muflow/internal/reduced"
	"muflow/ode/ball"
	"muflow/theory"
)

// Theorem1 decides the claims of Theorem 1 on one profile, in the order of
// theory.Claims, with enclosures of the constants that they name to about so
// many digits. Instance and Step of the results are left to the caller.
// A claim is Proved exactly if the checker of theory/cert accepts a certificate
// of it, which the result carries. theory.md section 3 states the claims.
func Theorem1(ctx context.Context, p *theory.Profile, alpha *big.Rat, digits int) ([]Result, error) {
	results, err := divergence(p, alpha, digits)
	if err != nil {
		return nil, err
	}
	more, err := boundedness(ctx, p, alpha, digits)
	return append(results, more...), err
}

// Theorem1Loss decides only the claims that are about one loss, as Theorem1
// does: part (a) under Coconut-BFS, part (b) under Coconut.
func Theorem1Loss(ctx context.Context, p *theory.Profile, loss theory.Loss, alpha *big.Rat, digits int) ([]Result, error) {
	if loss == theory.CoconutBFS {
		return divergence(p, alpha, digits)
	}
	return boundedness(ctx, p, alpha, digits)
}

// decide is the result of a claim whose premise holds: Proved exactly if the
// separate checker accepts its certificate.
func (w *certifier) decide(claim, reason string, values map[string]Number) Result {
	r := Result{Claim: claim, Reason: reason, Values: values}
	var err error
	if r.Certificate, err = w.write(claim); err != nil {
		r.Reason = err.Error()
		return r
	}
	r.Verdict = theory.Proved
	return r
}

// excused is the result of claims whose premise fails.
func excused(reason string, claims ...string) []Result {
	var out []Result
	for _, c := range claims {
		out = append(out, Result{Claim: c, Verdict: theory.NotApplicable, Reason: reason})
	}
	return out
}

// divergence decides Theorem 1(a): T1a, T1a-lower, T1a-upper.
func divergence(p *theory.Profile, alpha *big.Rat, digits int) ([]Result, error) {
	switch {
	case p.Outside() == 0:
		return excused("A11 fails: every vertex lies in N_{c+1}, the loss is 0", "T1a", "T1a-lower", "T1a-upper"), nil
	case p.MaxDegree() == 0:
		return excused("A11 fails: no edge leaves N_c", "T1a", "T1a-lower", "T1a-upper"), nil
	}
	signs := p.Certify(theory.CoconutBFS)
	if signs.Limit() != theory.PlusInfinity {
		return nil, fmt.Errorf("sign certificate %v does not fit its premise", signs)
	}
	w := &certifier{profile: p, alpha: alpha}
	out := []Result{w.decide("T1a", "y'/(κy) = n_out·P/(Q_in·Q), signs of n_out·P: "+signs.String(), nil)}
	lower, upper := p.BoundCertificates()
	constants := boundConstants(p, alpha, ball.Bits(digits)+32)
	for _, bound := range []struct {
		claim, value string
		certificate  theory.Coefficients
		constant     *ball.Ball
	}{{"T1a-lower", "b_lo", lower, constants.low}, {"T1a-upper", "b_hi", upper, constants.high}} {
		out = append(out, w.decide(bound.claim, bound.certificate.String(), map[string]Number{bound.value: Enclose(bound.constant, digits)}))
	}
	return out, nil
}

// rates are the constants of the two bounds of Theorem 1(a).
type rates struct{ low, high *ball.Ball }

// boundConstants encloses
//
//	b_lo = α²s² d_max n_out F_in(0)/(n Z(0)),   b_hi = α²s² d_max² n_out/(n W_{d_max})
func boundConstants(p *theory.Profile, alpha *big.Rat, precision uint) rates {
	x := reduced.NumbersOf(p, alpha, precision)
	top := x.Weights[len(x.Weights)-1]
	sum, first := x.Sum(func(int) int { return 1 }), x.Sum(func(d int) int { return d }) // Q(1) and P(1)
	d, outside := int64(p.MaxDegree()), int64(p.Outside())
	factor := reduced.Kappa(p, alpha)
	common := ball.New(precision).SetRat(factor.Mul(factor, new(big.Rat).SetInt64(d*outside))) // α²s² d_max n_out/n
	inside := ball.New(precision).AddInt64(sum, -outside)                                      // Q_in(1)
	low := ball.New(precision).Mul(common, first)
	low.Quo(low, inside)
	low.Quo(low, sum)
	high := ball.New(precision).MulInt64(common, d)
	return rates{low, high.Quo(high, top)}
}

// boundedness decides Theorem 1(b): T1b, T1b-positive, T1b-rate, T1b-ceiling.
func boundedness(ctx context.Context, p *theory.Profile, alpha *big.Rat, digits int) ([]Result, error) {
	signs := p.Certify(theory.Coconut)
	if least, most := p.MinDegree(), p.MaxDegree(); least >= p.TargetDegree || most <= p.TargetDegree {
		return excused(fmt.Sprintf("A9 fails: d_min = %d, d* = %d, d_max = %d", least, p.TargetDegree, most),
			"T1b", "T1b-positive", "T1b-rate", "T1b-ceiling"), nil
	}
	if signs.Limit() != theory.FiniteLimit {
		return nil, fmt.Errorf("sign certificate %v does not fit its premise", signs)
	}
	e, err := EquilibriumOf(ctx, p, alpha, digits)
	start := 0
	if err == nil {
		start, err = StartSign(p, alpha)
	}
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err != nil { // some budget does not suffice for these constants
		var out []Result
		for _, claim := range []string{"T1b", "T1b-positive", "T1b-rate", "T1b-ceiling"} {
			out = append(out, Result{Claim: claim, Reason: err.Error()})
		}
		return out, nil
	}
	w := &certifier{profile: p, alpha: alpha, mu: muOf(ctx, p, alpha, e.Mu)}
	mu := Enclose(e.Mu, digits)
	out := []Result{w.decide("T1b", "signs of R: "+signs.String(), map[string]Number{"mu": mu})}
	rate := w.decide("T1b-rate", "F' = αs·Var(d) and Var(d) ≥ v between 0 and μ*", map[string]Number{"mu": mu, "rate": Enclose(e.Rate, digits)})
	if rate.Verdict == theory.Proved {
		rate.Values["variance"] = w.leastVariance(rate.Certificate)
	}
	switch {
	case start < 0:
		below := fmt.Sprintf("A10 fails: d* < F(0), as R(1) = %v < 0", p.Start())
		return append(out, excused(below, "T1b-positive")[0], rate, excused(below, "T1b-ceiling")[0]), nil
	case start == 0:
		out = append(out, excused("A10 fails: d* = F(0) exactly, μ* = 0", "T1b-positive")...)
	default:
		out = append(out, w.decide("T1b-positive", fmt.Sprintf("R(1) = %v > 0; signs of R: %v", p.Start(), signs), map[string]Number{"mu": mu}))
	}
	height := w.decide("T1b-ceiling", p.CeilingCertificate().String(), map[string]Number{
		"mu": mu, "ceiling": Enclose(ceilingOf(p, alpha, ball.Bits(digits)+32), digits)})
	return append(out, rate, height), nil
}

// ceilingOf encloses
//
//	log⁺( d* Σ_{d<d*} W_d / ((d_max−d*) W_{d_max}) ) / (αs (d_max−d*+1))
func ceilingOf(p *theory.Profile, alpha *big.Rat, precision uint) *ball.Ball {
	x := reduced.NumbersOf(p, alpha, precision)
	below := x.Sum(func(d int) int {
		if d < p.TargetDegree {
			return 1
		}
		return 0
	})
	top := ball.New(precision).Set(x.Weights[len(x.Weights)-1])
	room := int64(p.MaxDegree() - p.TargetDegree)
	below.MulInt64(below, int64(p.TargetDegree))
	below.Quo(below, top.MulInt64(top, room))
	below.Log(below)
	below.Max(below, ball.New(precision)) // log⁺
	below.Quo(below, x.Sigma)
	return below.QuoInt64(below, room+1)
}
