package prove

import (
	"context"
	"fmt"
	"math/big"

	"muflow/ode/ball"
	"muflow/theory"
)

// Theorem1 decides the claims of Theorem 1 on one profile, in the order of
// theory.Claims, with enclosures of the constants that they name to about so
// many digits. Instance and Step of the results are left to the caller.
// theory.md section 3 states and numbers the claims.
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

func proved(claim, reason string, values map[string]Number) Result {
	return Result{Claim: claim, Verdict: theory.Proved, Reason: reason, Values: values}
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
	out := []Result{proved("T1a", "y'/(κy) = n_out·P/(Q_in·Q), signs of n_out·P: "+signs.String(), nil)}
	lower, upper := p.BoundCertificates()
	constants := boundConstants(p, alpha, bitsOf(digits)+32)
	for _, bound := range []struct {
		claim, value string
		certificate  theory.Coefficients
		constant     *ball.Ball
	}{{"T1a-lower", "b_lo", lower, constants.low}, {"T1a-upper", "b_hi", upper, constants.high}} {
		r := Result{Claim: bound.claim, Values: map[string]Number{bound.value: Enclose(bound.constant, digits)}}
		if r.Reason = bound.certificate.String(); bound.certificate.Hold() {
			r.Verdict = theory.Proved
		}
		out = append(out, r)
	}
	return out, nil
}

// rates are the constants of the two bounds of Theorem 1(a).
type rates struct{ low, high *ball.Ball }

// boundConstants encloses
//
//	b_lo = α²s² d_max n_out F_in(0)/(n Z(0)),   b_hi = α²s² d_max² n_out/(n W_{d_max})
func boundConstants(p *theory.Profile, alpha *big.Rat, precision uint) rates {
	e := scale(theory.Scale{Alpha: alpha, K: p.K}, precision)
	e.Exp(e)
	weight := func(out, in int) *ball.Ball {
		w := ball.New(precision).MulInt64(e, int64(in))
		return w.AddInt64(w, int64(out))
	}
	sum, first := ball.New(precision), ball.New(precision) // Q(1) and P(1)
	var top *ball.Ball
	for _, w := range p.Weights() {
		top = weight(w.Out, w.In)
		sum.Add(sum, top)
		first.Add(first, ball.New(precision).MulInt64(top, int64(w.Degree)))
	}
	d, n, outside := int64(p.MaxDegree()), int64(p.N), int64(p.Outside())
	common := ball.New(precision).SetRat(new(big.Rat).Mul(alpha, alpha)) // α²s² d_max n_out/n
	common.MulInt64(common, d)
	common.MulInt64(common, outside)
	common.QuoInt64(common, int64(p.K))
	common.QuoInt64(common, n)
	inside := ball.New(precision).AddInt64(sum, -outside) // Q_in(1)
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
	if err != nil {
		return nil, err
	}
	start, err := StartSign(p, alpha)
	if err != nil {
		return nil, err
	}
	mu := Enclose(e.Mu, digits)
	out := []Result{proved("T1b", "signs of R: "+signs.String(), map[string]Number{"mu": mu})}
	variance, err := leastVariance(ctx, p, alpha, e.Mu)
	if err != nil {
		return nil, err
	}
	rate := proved("T1b-rate", "F' = αs·Var(d) and Var(d) ≥ v between 0 and μ*", map[string]Number{
		"mu": mu, "rate": Enclose(e.Rate, digits), "variance": Enclose(variance, 3)})
	ceiling := theory.Coefficients{}
	if start >= 0 {
		ceiling = p.CeilingCertificate()
	}
	switch {
	case start < 0:
		below := fmt.Sprintf("A10 fails: d* < F(0), as R(1) = %v < 0", p.Start())
		return append(out, excused(below, "T1b-positive")[0], rate, excused(below, "T1b-ceiling")[0]), nil
	case start == 0:
		out = append(out, excused("A10 fails: d* = F(0) exactly, μ* = 0", "T1b-positive")...)
	default:
		out = append(out, proved("T1b-positive", fmt.Sprintf("R(1) = %v > 0; signs of R: %v", p.Start(), signs), map[string]Number{"mu": mu}))
	}
	height := Result{Claim: "T1b-ceiling", Reason: ceiling.String(), Values: map[string]Number{
		"mu": mu, "ceiling": Enclose(ceilingOf(p, alpha, bitsOf(digits)+32), digits)}}
	if ceiling.Hold() {
		height.Verdict = theory.Proved
	}
	return append(out, rate, height), nil
}

// ceilingOf encloses
//
//	log⁺( d* Σ_{d<d*} W_d / ((d_max−d*) W_{d_max}) ) / (αs (d_max−d*+1))
func ceilingOf(p *theory.Profile, alpha *big.Rat, precision uint) *ball.Ball {
	sigma := scale(theory.Scale{Alpha: alpha, K: p.K}, precision)
	e := ball.New(precision).Exp(sigma)
	below, top := ball.New(precision), ball.New(precision)
	for _, w := range p.Weights() {
		weight := ball.New(precision).MulInt64(e, int64(w.In))
		weight.AddInt64(weight, int64(w.Out))
		if w.Degree < p.TargetDegree {
			below.Add(below, weight)
		}
		top = weight
	}
	room := int64(p.MaxDegree() - p.TargetDegree)
	below.MulInt64(below, int64(p.TargetDegree))
	below.Quo(below, top.MulInt64(top, room))
	below.Log(below)
	below.Max(below, ball.New(precision)) // log⁺
	below.Quo(below, sigma)
	return below.QuoInt64(below, room+1)
}

// leastVariance encloses the least Var(d) between 0 and μ* by subdivision,
// to about one part in a hundred.
func leastVariance(ctx context.Context, p *theory.Profile, alpha *big.Rat, mu *ball.Ball) (*ball.Ball, error) {
	const precision = 96
	f, err := p.Family(theory.Coconut, alpha)
	if err != nil {
		return nil, err
	}
	softmax := newSoftmaxFamily(f, precision)
	variance := func(u *ball.Ball) *ball.Ball { return softmax.at([]*ball.Ball{u}).covariance[0][0] }
	end := ball.New(precision).SetRat(alpha)
	end.Mul(end, mu)
	zero := new(big.Float)
	lowest := variance(end).Upper() // an upper bound of the minimum: its value at some point
	if v := variance(ball.New(precision)).Upper(); v.Cmp(lowest) < 0 {
		lowest = v
	}
	type piece struct{ low, high *big.Float }
	first := piece{zero, end.Upper()}
	if sign, ok := end.Sign(); ok && sign < 0 {
		first = piece{end.Lower(), zero}
	}
	nearest := ball.New(precision).Abs(end).Lower() // |u| up to here lies between 0 and μ*
	queue := []piece{first}
	bound := new(big.Float).Copy(lowest) // a lower bound of the minimum over the finished pieces
	for n := 0; len(queue) > 0; n++ {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if n > 100_000 {
			return nil, fmt.Errorf("least variance not enclosed with %d pieces", n)
		}
		part := queue[len(queue)-1]
		queue = queue[:len(queue)-1]
		middle := new(big.Float).SetPrec(precision).Add(part.low, part.high)
		middle.SetMantExp(middle, -1)
		if onPath := new(big.Float).Abs(middle); onPath.Cmp(nearest) <= 0 {
			if v := variance(ball.New(precision).SetFloat(middle)).Upper(); v.Cmp(lowest) < 0 {
				lowest = v
			}
		}
		low := variance(ball.New(precision).SetInterval(part.low, part.high)).Lower()
		enough := new(big.Float).SetPrec(precision).Mul(lowest, big.NewFloat(0.99))
		if low.Cmp(enough) >= 0 {
			if low.Cmp(bound) < 0 {
				bound = low
			}
			continue
		}
		queue = append(queue, piece{part.low, middle}, piece{middle, part.high})
	}
	if bound.Cmp(lowest) > 0 {
		bound = lowest
	}
	return ball.New(precision).SetInterval(bound, lowest), nil
}
