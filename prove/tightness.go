package prove

import (
	"context"
	"errors"
	"fmt"
	"math/big"

	"muflow/graph"
	"muflow/internal/reduced"
	"muflow/internal/runlog"
	"muflow/ode"
	"muflow/ode/ball"
	"muflow/theory"
)

// A Tightness says how far an inequality of the theory is from being attained
// over all instances and times that were tried. Share is the enclosure of
// lesser side over greater side, at most 1; 1 means equality.
type Tightness struct {
	Claim      string `json:"claim"`
	Inequality string `json:"inequality"`
	Tried      int    `json:"tried"`
	Undecided  int    `json:"undecided"` // where the flow could not be enclosed
	Loosest    Number `json:"loosest"`   // the smallest share
	Tightest   Number `json:"tightest"`  // the largest share
	Instance   int    `json:"instance"`  // where the tightest was
	Step       int    `json:"step"`
	Time       string `json:"time,omitempty"`
	// Constant is how the constant may still be changed: multiplied by Factor,
	// the inequality holds wherever it was tried, and nothing beyond does.
	Constant string `json:"constant"`
	Factor   Number `json:"factor"`
}

// tightnessPrecision is the working precision in bits, tightnessDigits what is
// kept.
const (
	tightnessPrecision = 160
	tightnessDigits    = 8
)

// A sample is a share and the factor that its constant still allows, both nil
// if it could not be enclosed.
type sample struct {
	claim  int
	time   string
	share  *ball.Ball
	factor *ball.Ball
}

// tightnessClaims are the inequalities, in the order of reports. Where smaller
// is set the best factor is the smallest one.
var tightnessClaims = []struct {
	claim, inequality, constant string
	smallest                    bool
}{
	{"T1a-lower", "log(1 + b_lo t)/(αs d_max) ≤ μ(t)", "b_lo (as large as possible)", true},
	{"T1a-upper", "μ(t) ≤ log(1 + b_hi t)/(αs d_max)", "b_hi (as small as possible)", false},
	{"T1b-rate", "|μ(t) − μ*| ≤ |μ*| e^{−κvt}", "κv (as large as possible)", true},
	{"T1b-ceiling", "μ* ≤ ceiling", "ceiling (as small as possible)", false},
	{"T3-direction", "μ_R − ρμ_A ≤ B", "B (as small as possible)", false},
}

// TightnessOf encloses for each inequality the share of its greater side that
// its lesser side makes up, on every instance and step and at several times:
// Theorem 1(a) at t = 1, 10², 10⁴, 10⁶; the rate at κvt = 1/10, 1, 5; the
// error of Theorem 3 at log(1+t) = 1, 8 for walk weights of logit 1.
// Encloses the exact values.
// theory.md sections 3 and 5.
func TightnessOf(ctx context.Context, instances []graph.Instance, alpha *big.Rat, jobs int, progress runlog.Progress) ([]Tightness, error) {
	type place struct {
		instance, step int
		profile        *theory.Profile // nil: the prediction stage
	}
	var places []place
	seen := map[string]bool{}
	for i := range instances {
		for _, s := range graph.StepsOf(instances[i:i+1], -1) {
			p := theory.ProfileOf(s)
			if key := p.Key(); !seen[key] { // equal profiles give equal shares
				seen[key] = true
				places = append(places, place{i, s.C, p})
			}
		}
		places = append(places, place{instance: i}) // the prediction stage
	}
	all, err := runlog.Map(ctx, len(places), jobs, progress, func(ctx context.Context, i int) ([]sample, error) {
		at := places[i]
		p := at.profile
		if p == nil {
			return predictionSamples(ctx, &instances[at.instance])
		}
		out, err := divergenceSamples(ctx, p, alpha)
		if err != nil {
			return nil, fmt.Errorf("instance %d, step %d: %w", at.instance, at.step, err)
		}
		more, err := boundedSamples(ctx, p, alpha)
		if err != nil {
			return nil, fmt.Errorf("instance %d, step %d: %w", at.instance, at.step, err)
		}
		return append(out, more...), nil
	})
	if err != nil {
		return nil, err
	}
	out := make([]Tightness, len(tightnessClaims))
	type extreme struct{ loosest, tightest, factor *ball.Ball }
	found := make([]extreme, len(out))
	for i, c := range tightnessClaims {
		out[i] = Tightness{Claim: c.claim, Inequality: c.inequality, Constant: c.constant}
	}
	for i, samples := range all {
		for _, s := range samples {
			t, e := &out[s.claim], &found[s.claim]
			if s.share == nil {
				t.Undecided++
				continue
			}
			t.Tried++
			if e.loosest == nil || s.share.Lower().Cmp(e.loosest.Lower()) < 0 {
				e.loosest = s.share
			}
			if e.tightest == nil || s.share.Upper().Cmp(e.tightest.Upper()) > 0 {
				e.tightest = s.share
				t.Instance, t.Step, t.Time = places[i].instance, places[i].step, s.time
			}
			if better := e.factor == nil || tightnessClaims[s.claim].smallest == (s.factor.Mid().Cmp(e.factor.Mid()) < 0); better {
				e.factor = s.factor
			}
		}
	}
	kept := out[:0]
	for i, t := range out {
		if t.Tried == 0 {
			continue
		}
		t.Loosest, t.Tightest, t.Factor = Enclose(found[i].loosest, tightnessDigits), Enclose(found[i].tightest, tightnessDigits), Enclose(found[i].factor, tightnessDigits)
		if tightnessClaims[i].claim == "T3-direction" {
			t.Step = instances[t.Instance].Steps()
		}
		kept = append(kept, t)
	}
	return kept, nil
}

// divergenceSamples compares both bounds of Theorem 1(a) with the flow.
func divergenceSamples(ctx context.Context, p *theory.Profile, alpha *big.Rat) ([]sample, error) {
	if p.Outside() == 0 || p.MaxDegree() == 0 {
		return nil, nil
	}
	times := []*big.Rat{big.NewRat(1, 1), big.NewRat(100, 1), big.NewRat(10_000, 1), big.NewRat(1_000_000, 1)}
	flow, err := FlowOf(ctx, p, FlowRequest{Loss: theory.CoconutBFS, Alpha: alpha, Times: times, Digits: 20})
	if err != nil {
		return nil, err
	}
	low, high := BoundRates(p, alpha, tightnessPrecision)
	unit := reduced.Sigma(alpha, p.K, tightnessPrecision) // αs d_max
	unit.MulInt64(unit, int64(p.MaxDegree()))
	var out []sample
	for i, t := range times {
		mu, err := flow.Mu[i].Ball(tightnessPrecision)
		if err != nil {
			return nil, err
		}
		height := ball.New(tightnessPrecision).Mul(mu, unit) // log(1 + b t) with the b that fits exactly
		fits := ball.New(tightnessPrecision).Exp(height)
		fits.AddInt64(fits, -1)
		fits.Quo(fits, ball.New(tightnessPrecision).SetRat(t))
		bound := func(b *ball.Ball) *ball.Ball {
			x := ball.New(tightnessPrecision).Mul(b, ball.New(tightnessPrecision).SetRat(t))
			return x.Log(x.AddInt64(x, 1))
		}
		out = append(out,
			sample{0, t.RatString(), quotient(bound(low), height), quotient(fits, low)},
			sample{1, t.RatString(), quotient(height, bound(high)), quotient(fits, high)})
	}
	return out, nil
}

func quotient(x, y *ball.Ball) *ball.Ball { return ball.New(tightnessPrecision).Quo(x, y) }

// boundedSamples compares rate and ceiling of Theorem 1(b) with the flow.
func boundedSamples(ctx context.Context, p *theory.Profile, alpha *big.Rat) ([]sample, error) {
	if p.Certify(theory.Coconut).Limit() != theory.FiniteLimit || p.Start().IsZero() {
		return nil, nil
	}
	e, err := EquilibriumOf(ctx, p, alpha, 30)
	if err != nil {
		return nil, err
	}
	start, err := StartSign(p, alpha)
	if err != nil {
		return nil, err
	}
	var out []sample
	if start > 0 {
		share := quotient(e.Mu, Ceiling(p, alpha, tightnessPrecision))
		out = append(out, sample{3, "", share, share})
	}
	v, err := LeastVariance(ctx, p, alpha, e.Mu)
	if err != nil {
		return nil, err
	}
	kappa := new(big.Rat).Mul(alpha, alpha)
	kappa.Quo(kappa, big.NewRat(int64(p.N)*int64(p.K), 1))
	speed := ball.New(tightnessPrecision).Mul(ball.New(tightnessPrecision).SetRat(kappa), v) // κv
	per, _ := speed.Mid().Rat(nil)
	for _, units := range []*big.Rat{big.NewRat(1, 10), big.NewRat(1, 1), big.NewRat(5, 1)} {
		t, ok := new(big.Rat).SetString(new(big.Rat).Quo(units, per).FloatString(6))
		if !ok || t.Sign() <= 0 {
			return nil, errors.New("no time for the rate")
		}
		flow, err := FlowOf(ctx, p, FlowRequest{Loss: theory.Coconut, Alpha: alpha, Times: []*big.Rat{t}, Digits: 30})
		if err != nil {
			return nil, err
		}
		mu, err := flow.Mu[0].Ball(tightnessPrecision)
		if err != nil {
			return nil, err
		}
		left := quotient(ball.New(tightnessPrecision).Sub(e.Mu, mu), e.Mu) // |μ(t) − μ*|/|μ*|
		exponent := ball.New(tightnessPrecision).Mul(speed, ball.New(tightnessPrecision).SetRat(t))
		bound := ball.New(tightnessPrecision).Exp(ball.New(tightnessPrecision).Neg(exponent))
		if sign, ok := left.Sign(); !ok || sign <= 0 {
			continue // so near to μ* that 30 digits do not tell the distance
		}
		decay := ball.New(tightnessPrecision).Log(left)
		out = append(out, sample{2, t.RatString(), quotient(left, bound), quotient(decay.Neg(decay), exponent)})
	}
	return out, nil
}

// predictionSamples compares the bound of μ_R − ρμ_A with its flow.
func predictionSamples(ctx context.Context, in *graph.Instance) ([]sample, error) {
	steps := in.Steps()
	p, err := theory.PredictionOf(in, steps, walkLogits(steps, big.NewRat(1, 1)))
	if isPremise(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	group := []*theory.Prediction{p}
	limit, err := theory.AnswerLimitOf(group)
	if err != nil {
		return nil, err
	}
	bounds, err := BoundAnswer(group, limit, tightnessPrecision)
	if err != nil {
		return nil, err
	}
	times := []*big.Rat{big.NewRat(1, 1), big.NewRat(8, 1)}
	flow, err := EncloseAnswerFlow(ctx, group, times, 8)
	var stop *ode.StopError
	if errors.As(err, &stop) && stop.Status != ode.Cancelled {
		return []sample{{claim: 4}}, nil
	}
	if err != nil {
		return nil, err
	}
	var out []sample
	for i, s := range flow.States {
		offset, err := s.Offset.Ball(tightnessPrecision)
		if err != nil {
			return nil, err
		}
		share := quotient(offset, bounds.High)
		out = append(out, sample{4, "exp(" + times[i].RatString() + ") − 1", share, share})
	}
	return out, nil
}
