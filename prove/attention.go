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
	return enclosedSign(s, func(precision uint) *ball.Ball { return encloseSum(s, precision) })
}

// enclosedSign returns the sign of a number, for errors by its name.
func enclosedSign(name fmt.Stringer, number func(precision uint) *ball.Ball) (int, error) {
	for precision := uint(128); precision <= maxPrecision; precision *= 2 {
		if sign, ok := number(precision).Sign(); ok {
			return sign, nil
		}
	}
	return 0, fmt.Errorf("sign of %v not decided with %d bits", name, maxPrecision)
}

// negligible is how far below the largest an exponent is enclosed by its order
// of magnitude alone.
const negligible = 1 << 20

// decay sets x to e^x, for exponents that are not much above 0.
//
// Encloses the exact value for every point of the input.
func decay(x *ball.Ball) *ball.Ball {
	if x.IsFinite() && x.Upper().Cmp(big.NewFloat(-negligible)) < 0 { // 0 < e^x < 2^x for x < 0
		return x.SetInterval(new(big.Float), new(big.Float).SetMantExp(big.NewFloat(1), -negligible))
	}
	return x.Exp(x)
}

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
		decay(term.Sub(exponents[i], top))
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
	Assumptions: []string{"A1", "A2", "A3", "A4", "A7", "A8", "A12", "A14", "A15", "A18", "A19"},
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
	drift := attentionDrift(a, alpha, gain)
	var failure error
	sign := func(z *big.Float) int { // 0: not decided
		value, err := ode.Evaluate(drift, []*ball.Ball{ball.New(attentionPrecision).SetFloat(z)}, attentionPrecision)
		if err != nil {
			failure = err
			return 0
		}
		s, _ := value.Sign()
		return s
	}
	low, high := big.NewFloat(-1).SetPrec(attentionPrecision), big.NewFloat(1).SetPrec(attentionPrecision)
	for s, end := range map[int]*big.Float{1: low, -1: high} {
		for sign(end) != s {
			if end.SetMantExp(end, 1); failure != nil || end.MantExp(nil) > 16 {
				return nil, errors.Join(failure, errors.New("the equilibrium of the attention logit lies beyond ±2^16"))
			}
		}
	}
	for decided := true; decided && !narrow(low, high, 44); { // until z* is nearer to two points than the precision shows
		for _, share := range []float64{0.5, 0.375} {
			middle := new(big.Float).SetPrec(attentionPrecision).Sub(high, low)
			middle.Add(low, middle.Mul(middle, big.NewFloat(share)))
			s := sign(middle)
			if decided = s != 0; s > 0 {
				low = middle
			} else if s < 0 {
				high = middle
			}
			if decided {
				break
			}
		}
	}
	return ball.New(attentionPrecision).SetInterval(low, high), failure
}

// narrow reports whether an interval that excludes 0 is narrower than 2^−bits of
// its ends.
func narrow(low, high *big.Float, bits int) bool {
	width := new(big.Float).Sub(high, low)
	width.SetMantExp(width, bits)
	return low.Sign()*high.Sign() > 0 && width.Cmp(new(big.Float).Abs(low)) < 0 && width.Cmp(new(big.Float).Abs(high)) < 0
}

// attentionDrift returns (h_p − E_w[h])/(M_c(M−M_c)) as an expression in z, up
// to a positive factor the drift of the logit, where that moves. With
// X = gw/M_c and Y = g(1−w)/(M−M_c) the softmax is that of
// α(s a_v + X d_v + Y(D_v − d_v)), and h = (M − M_c)d − M_c(D − d).
func attentionDrift(a *theory.Attention, alpha, gain *big.Rat) *ode.Expr {
	leavingPart, othersPart := big.NewRat(1, int64(a.Leaving)), big.NewRat(1, int64(a.Edges-a.Leaving))
	edges := ode.Integer(int64(a.Leaving))
	w := edges.Quo(edges.Add(ode.Integer(int64(a.Edges - a.Leaving)).Mul(ode.State(0).Neg().Exp()))) // M_c/(M_c + (M − M_c)e^{−z})
	x := ode.Rational(gain).Mul(w).Scale(leavingPart)
	y := ode.Rational(gain).Mul(ode.Integer(1).Sub(w)).Scale(othersPart)
	target := a.Groups[a.Target]
	sum, leaving, others := ode.Integer(0), ode.Integer(0), ode.Integer(0) // of d_p − d and (D_p − d_p) − (D − d)
	inside := ode.Rational(alpha).Quo(ode.Integer(int64(a.K)).Sqrt()).Exp()
	baseX, baseY := x.Scale(alpha).Exp(), y.Scale(alpha).Exp()
	for _, g := range a.Groups {
		degree, rest := target.Degree-g.Degree, target.Total-target.Degree-g.Total+g.Degree
		weight := baseX.Power(-degree).Mul(baseY.Power(-rest)).Mul(ode.Integer(int64(g.Count)))
		if g.InSet {
			weight = weight.Mul(inside)
		}
		sum = sum.Add(weight)
		leaving = leaving.Add(weight.Mul(ode.Integer(int64(degree))))
		others = others.Add(weight.Mul(ode.Integer(int64(rest))))
	}
	return leaving.Quo(sum).Scale(leavingPart).Sub(others.Quo(sum).Scale(othersPart))
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
