package prove

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/big"

	"muflow/graph"
	"muflow/internal/reduced"
	"muflow/internal/runlog"
	"muflow/ode"
	"muflow/ode/ball"
	"muflow/theory"
)

// ExponentialSign returns the sign of Σ c_j e^{p_j + q_j/√K}: 0 exactly if no
// term is left, by the signs of the coefficients where they agree, and by an
// enclosure otherwise.
func ExponentialSign(s theory.ExponentialSum) (int, error) {
	if sign, decided := s.Sign(); decided {
		return sign, nil
	}
	for precision := uint(128); precision <= maxPrecision; precision *= 2 {
		if sign, ok := encloseSum(s, precision).Sign(); ok {
			return sign, nil
		}
	}
	return 0, fmt.Errorf("sign of %v not decided with %d bits", s, maxPrecision)
}

// negligible is how far below the largest an exponent is enclosed by its order
// of magnitude alone.
const negligible = 1 << 20

// encloseSum encloses the value of an exponential sum over the exponential of
// the largest exponent: the sign is the same, and nothing overflows.
func encloseSum(s theory.ExponentialSum, precision uint) *ball.Ball {
	inverse := reduced.Sigma(big.NewRat(1, 1), s.K, precision)
	exponents := make([]*ball.Ball, len(s.Terms))
	var top *ball.Ball
	for i, t := range s.Terms {
		exponents[i] = ball.New(precision).SetRat(t.Root)
		exponents[i].Mul(exponents[i], inverse)
		exponents[i].Add(exponents[i], ball.New(precision).SetRat(t.Rational))
		if top == nil || exponents[i].Mid().Cmp(top.Mid()) > 0 {
			top = exponents[i]
		}
	}
	top = ball.New(precision).Set(top)
	sum, term := ball.New(precision), ball.New(precision)
	for i, t := range s.Terms {
		if term.Sub(exponents[i], top); term.IsFinite() && term.Upper().Cmp(big.NewFloat(-negligible)) < 0 {
			// 0 < e^x < 2^x for x < 0
			term.SetInterval(new(big.Float), new(big.Float).SetMantExp(big.NewFloat(1), -negligible))
		} else {
			term.Exp(term)
		}
		sum.Add(sum, term.Mul(term, ball.New(precision).SetInt(t.Coefficient)))
	}
	return sum
}

// attentionLimits is the criterion of softmax attention as a claim.
// theory.md section 7a, claim A6-softmax.
var attentionLimits = &Claim{
	ID: "A6-softmax", Theorem: "Softmax attention",
	Statement: "Softmax attention over the edges with value gain g > 0 instead of linear attention, 0 < M_c < M and h not constant: from any start z(t) → +∞ iff h_p ≥ E_{w=1}[h], z(t) → −∞ iff h_p ≤ E_{w=0}[h], and otherwise z(t) tends to one finite equilibrium.",
	LaTeX: `z(t) \to +\infty \iff h_p \ge \mathbb{E}_{w=1}[h],\quad z(t) \to -\infty \iff h_p \le \mathbb{E}_{w=0}[h],\quad ` +
		`z(t) \to z^* \text{ otherwise};\quad h_v = M d_v - M_c D_v`,
	Assumptions: []string{"A1", "A2", "A3", "A4", "A7", "A8", "A12", "A14", "A15"},
	Proof:       "E_w[h] does not decrease in w (its derivative is a positive multiple of Var_w(h)); the signs at both ends are those of integer combinations of exponentials of algebraic numbers, decided by integers, by Lindemann–Weierstrass, or by enclosures",
	Command:     "verify attention",
}

// An AttentionLimit says where the logit z of softmax attention goes, and by
// which signs. The signs are those of h_p − E_w[h].
type AttentionLimit struct {
	Limit   theory.Limit
	Leaving int        // at w = 1
	Others  int        // at w = 0
	Logit   *ball.Ball // z*, nil unless the limit is finite and within ±2^16
}

// DecideAttention decides where z(t) goes under the Coconut loss from any
// start, and encloses z* to about nine digits where it is finite.
//
//	z → +∞ iff h_p ≥ E_{w=1}[h];  z → −∞ iff h_p ≤ E_{w=0}[h];  else z → z*, h_p = E_{w*}[h]
//
// Both gains must be positive. Where M_c = 0, M_c = M or h is constant the
// logit stays where it starts.
// Encloses the exact value for every point of the inputs.
// theory.md section 7a.
func DecideAttention(a *theory.Attention, alpha, gain *big.Rat) (*AttentionLimit, error) {
	if alpha.Sign() <= 0 || gain.Sign() <= 0 {
		return nil, fmt.Errorf("gains %s and %s, expected positive numbers", alpha.RatString(), gain.RatString())
	}
	if !a.Moves() {
		return &AttentionLimit{Limit: theory.Stationary}, nil
	}
	out := &AttentionLimit{}
	var err error
	if out.Leaving, err = ExponentialSign(a.Criterion(theory.OnLeaving, alpha, gain)); err != nil {
		return nil, err
	}
	if out.Others, err = ExponentialSign(a.Criterion(theory.OnOthers, alpha, gain)); err != nil {
		return nil, err
	}
	switch {
	case out.Leaving >= 0 && out.Others <= 0:
		return nil, fmt.Errorf("signs %d and %d at the two ends, expected a mean of h that increases", out.Leaving, out.Others)
	case out.Leaving >= 0:
		out.Limit = theory.PlusInfinity
	case out.Others <= 0:
		out.Limit = theory.MinusInfinity
	default:
		out.Limit = theory.FiniteLimit
		if z, err := attentionLogit(a, alpha, gain); err == nil {
			out.Logit = z
		}
	}
	return out, nil
}

// attentionPrecision is the working precision of an enclosed logit, in bits.
const attentionPrecision = 192

// attentionLogit brackets z* between two numbers at which the drift has
// proved signs.
func attentionLogit(a *theory.Attention, alpha, gain *big.Rat) (*ball.Ball, error) {
	drift, err := attentionDrift(a, alpha, gain)
	if err != nil {
		return nil, err
	}
	sign := func(z *big.Float) (int, error) {
		value, err := ode.Evaluate(drift, []*ball.Ball{ball.New(attentionPrecision).SetFloat(z)}, attentionPrecision)
		if err != nil {
			return 0, err
		}
		s, ok := value.Sign()
		if !ok {
			return 0, nil
		}
		return s, nil
	}
	low, high := big.NewFloat(-1).SetPrec(attentionPrecision), big.NewFloat(1).SetPrec(attentionPrecision)
	for _, end := range []struct {
		z    *big.Float
		sign int
	}{{low, 1}, {high, -1}} {
		for {
			s, err := sign(end.z)
			if err != nil {
				return nil, err
			}
			if s == end.sign {
				break
			}
			if end.z.SetMantExp(end.z, 1); end.z.MantExp(nil) > 16 {
				return nil, errors.New("the equilibrium of the attention logit lies beyond ±2^16")
			}
		}
	}
	for range 44 { // to about 2^−43 of the bracket
		middle := new(big.Float).SetPrec(attentionPrecision).Add(low, high)
		middle.SetMantExp(middle, -1)
		s, err := sign(middle)
		if err != nil {
			return nil, err
		}
		switch s {
		case 1:
			low = middle
		case -1:
			high = middle
		default:
			return ball.New(attentionPrecision).SetInterval(low, high), nil
		}
	}
	return ball.New(attentionPrecision).SetInterval(low, high), nil
}

// attentionDrift returns (h_p − E_w[h])/(M_c(M−M_c)) as an expression in z, up
// to a positive factor the drift of the logit.
func attentionDrift(a *theory.Attention, alpha, gain *big.Rat) (*ode.Expr, error) {
	if !a.Moves() {
		return nil, errors.New("no edge, every edge, or a constant h: the attention logit does not move")
	}
	z := ode.State(0)
	w := attentionWeight(a, z)
	return attentionMean(a, alpha, ode.Rational(gain).Mul(w).Scale(big.NewRat(1, int64(a.Leaving))),
		ode.Rational(gain).Mul(ode.Integer(1).Sub(w)).Scale(big.NewRat(1, int64(a.Edges-a.Leaving)))).contrast(a), nil
}

// attentionWeight is w = M_c/(M_c + (M − M_c)e^{−z}).
func attentionWeight(a *theory.Attention, z *ode.Expr) *ode.Expr {
	leaving, others := ode.Integer(int64(a.Leaving)), ode.Integer(int64(a.Edges-a.Leaving))
	return leaving.Quo(leaving.Add(others.Mul(z.Neg().Exp())))
}

// sourceMeans are d_p − E[d] and (D_p − d_p) − E[D − d] under the softmax of
// α(s a_v + X d_v + Y(D_v − d_v)).
type sourceMeans struct{ leaving, others *ode.Expr }

func attentionMean(a *theory.Attention, alpha *big.Rat, x, y *ode.Expr) sourceMeans {
	target := a.Groups[a.Target]
	sum, leaving, others := ode.Integer(0), ode.Integer(0), ode.Integer(0)
	inside := ode.Rational(alpha).Quo(ode.Integer(int64(a.K)).Sqrt()).Exp()
	baseX, baseY := x.Scale(alpha).Exp(), y.Scale(alpha).Exp()
	for _, g := range a.Groups {
		weight := baseX.Power(g.Degree - target.Degree).Mul(baseY.Power(g.Total - g.Degree - target.Total + target.Degree)).Mul(ode.Integer(int64(g.Count)))
		if g.InSet {
			weight = weight.Mul(inside)
		}
		sum = sum.Add(weight)
		leaving = leaving.Add(weight.Mul(ode.Integer(int64(target.Degree - g.Degree))))
		others = others.Add(weight.Mul(ode.Integer(int64(target.Total - target.Degree - g.Total + g.Degree))))
	}
	return sourceMeans{leaving.Quo(sum), others.Quo(sum)}
}

// contrast is (h_p − E[h])/(M_c(M−M_c)), as h = (M − M_c)d − M_c(D − d).
func (m sourceMeans) contrast(a *theory.Attention) *ode.Expr {
	return m.leaving.Scale(big.NewRat(1, int64(a.Leaving))).Sub(m.others.Scale(big.NewRat(1, int64(a.Edges-a.Leaving))))
}

// AttentionSystem returns the reduced flow of softmax attention with a fixed
// value gain g, in the one unknown z:
//
//	z' = (s²αg/n)·w(1−w)/(M_c(M−M_c))·(h_p − E_w[h])
//
// theory.md section 7a. Time is gradient-flow time t = learning rate × steps.
func AttentionSystem(a *theory.Attention, alpha, gain *big.Rat) (*ode.System, error) {
	drift, err := attentionDrift(a, alpha, gain)
	if err != nil {
		return nil, err
	}
	w := attentionWeight(a, ode.State(0))
	rate := new(big.Rat).Mul(alpha, gain)
	rate.Quo(rate, big.NewRat(int64(a.N)*int64(a.K), 1))
	return &ode.System{Dimension: 1, RightHandSide: []*ode.Expr{
		drift.Mul(w).Mul(ode.Integer(1).Sub(w)).Scale(rate),
	}}, nil
}

// TrainedGainSystem returns the flow in which the value gain is trained too,
// in the unknowns (z, g):
//
//	z' = (s²αg/n)·w(1−w)/(M_c(M−M_c))·(h_p − E[h])
//	g' = rate·α·(A_p − E[A])
//
// theory.md section 7a. The rate is that of g in units of a single entry's.
func TrainedGainSystem(a *theory.Attention, alpha, rate *big.Rat) (*ode.System, error) {
	if !a.Moves() {
		return nil, errors.New("no edge, every edge, or a constant h: the attention logit does not move")
	}
	z, g := ode.State(0), ode.State(1)
	w := attentionWeight(a, z)
	rest := ode.Integer(1).Sub(w)
	leaving, others := w.Scale(big.NewRat(1, int64(a.Leaving))), rest.Scale(big.NewRat(1, int64(a.Edges-a.Leaving)))
	means := attentionMean(a, alpha, g.Mul(leaving), g.Mul(others))
	slow := new(big.Rat).Quo(alpha, big.NewRat(int64(a.N)*int64(a.K), 1))
	return &ode.System{Dimension: 2, RightHandSide: []*ode.Expr{
		means.contrast(a).Mul(w).Mul(rest).Mul(g).Scale(slow),
		leaving.Mul(means.leaving).Add(others.Mul(means.others)).Scale(new(big.Rat).Mul(alpha, rate)),
	}}, nil
}

// An AttentionCount counts where the logits of a data set go, one instance at
// a time.
type AttentionCount struct {
	Instances  int `json:"instances"` // instances whose demonstrated path has the step
	Upward     int `json:"upward"`    // z → +∞
	Downward   int `json:"downward"`  // z → −∞
	Finite     int `json:"finite"`
	Stationary int `json:"stationary"` // z' = 0: no edge, every edge, or a constant h
}

// An AttentionDecision is the limit of one instance.
type AttentionDecision struct {
	Instance int          `json:"instance"`
	Limit    theory.Limit `json:"status"`
	Leaving  int          `json:"sign_at_one"`  // of h_p − E_{w=1}[h]
	Others   int          `json:"sign_at_zero"` // of h_p − E_{w=0}[h]
	Logit    *Number      `json:"z,omitempty"`  // z*
}

// AttentionDataset decides step c of every instance that has it, in their
// order whatever the number of jobs.
func AttentionDataset(ctx context.Context, instances []graph.Instance, step int, alpha, gain *big.Rat, jobs int, progress runlog.Progress) (*AttentionCount, []AttentionDecision, error) {
	var steps []*theory.Attention
	var decisions []AttentionDecision
	for i, s := range graph.StepsOf(instances, step) {
		steps = append(steps, theory.AttentionOf(s))
		decisions = append(decisions, AttentionDecision{Instance: i})
	}
	if len(steps) == 0 {
		return nil, nil, fmt.Errorf("no instance has step %d", step)
	}
	decisions, err := runlog.Map(ctx, len(steps), jobs, progress, func(_ context.Context, i int) (AttentionDecision, error) {
		d := decisions[i]
		limit, err := DecideAttention(steps[i], alpha, gain)
		if err != nil {
			return d, fmt.Errorf("instance %d: %w", d.Instance, err)
		}
		d.Limit, d.Leaving, d.Others = limit.Limit, limit.Leaving, limit.Others
		if limit.Logit != nil {
			z := Enclose(limit.Logit, attentionDigits)
			d.Logit = &z
		}
		return d, nil
	})
	if err != nil {
		return nil, nil, err
	}
	total := &AttentionCount{Instances: len(steps)}
	for _, d := range decisions {
		count(&total.Upward, d.Limit == theory.PlusInfinity)
		count(&total.Downward, d.Limit == theory.MinusInfinity)
		count(&total.Finite, d.Limit == theory.FiniteLimit)
		count(&total.Stationary, d.Limit == theory.Stationary)
	}
	return total, decisions, nil
}

// attentionDigits is how many digits of a logit are printed.
var attentionDigits = int(math.Floor(44 * math.Log10(2)))
