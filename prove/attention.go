package prove

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/big"

	"muflow/internal/reduced"
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
func decay(x *ball.Ball) *ball.Ball { return fade(x, negligible) }

// fade sets x to e^x, below −least by the order of magnitude alone.
//
// Encloses the exact value for every point of the input.
func fade(x *ball.Ball, least int) *ball.Ball {
	if x.Below(int64(-least)) { // 0 < e^x < 2^x for x < 0
		return x.SetInterval(new(big.Float), new(big.Float).SetMantExp(big.NewFloat(1), -least))
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
var attentionLimits = certifiedAttention(onSoftmax(&Claim{
	ID: "A6-softmax", Theorem: "Softmax attention",
	Statement: "Softmax attention over the edges with value gain g > 0 instead of linear attention, 0 < M_c < M and h not constant, h_p the mean of h over the labels: from any start z(t) → +∞ iff h_p ≥ E_{w=1}[h], z(t) → −∞ iff h_p ≤ E_{w=0}[h], and otherwise z(t) tends to one finite equilibrium.",
	LaTeX: `z(t) \to +\infty \iff h_p \ge \mathbb{E}_{w=1}[h],\quad z(t) \to -\infty \iff h_p \le \mathbb{E}_{w=0}[h],\quad ` +
		`z(t) \to z^* \text{ otherwise};\quad h_v = M d_v - M_c D_v`,
	Assumptions: []string{"A1", "A2", "A3", "A4", "A7", "A8", "A12", "A14", "A15", "A18"},
	Proof:       "E_w[h] does not decrease in w (its derivative is a positive multiple of Var_w(h)); the signs at both ends are those of integer combinations of exponentials of algebraic numbers, decided by integers, by Lindemann–Weierstrass, or by enclosures",
	Command:     "verify attention",
}, theory.Coconut, always, decideSoftmaxLimit))

// An AttentionLimit says where the logit z of softmax attention goes, and by
// which signs. The signs are those of E_S[h] − E_w[h].
type AttentionLimit struct {
	Limit      theory.Limit // from z(0) = 0; under Coconut from any start
	Leaving    int          // at w = 1
	Others     int          // at w = 0
	Logit      *ball.Ball   // the limit, nil unless it is finite
	Equilibria []AttentionEquilibrium
	Pace       *AttentionPace // how fast, nil where no bound is known

	room *attentionRoom
	ends [2]boundary // of E_S[h] − E_w[h] at w = 0 and 1
}

// An AttentionEquilibrium is a zero z of the drift at which it changes its sign,
// from positive to negative where it is stable.
type AttentionEquilibrium struct {
	Logit  *ball.Ball
	Stable bool
}

// DecideAttention decides where z(t) goes from z(0) = 0, and encloses the limit
// to about nine digits where it is finite. Under Coconut there is at most one
// equilibrium, and the limit is the same from any start:
//
//	z → +∞ iff E_q[h] ≥ E_{w=1}[h];  z → −∞ iff E_q[h] ≤ E_{w=0}[h];  else z → z*, E_q[h] = E_{w*}[h]
//
// Under Coconut-BFS all equilibria are enclosed, and proved to be all; z goes to
// the next one in the direction of the drift at 0, or without bound. Both gains
// must be positive. Where M_c = 0, M_c = M or the drift is 0 for all w the logit
// stays where it starts. What the zeros of the drift do not allow to decide, as
// a multiple one, is an UndecidedError.
// Encloses the exact value for every point of the inputs.
// theory.md section 7a.
func DecideAttention(ctx context.Context, a *theory.Attention, loss theory.Loss, alpha, gain *big.Rat) (*AttentionLimit, error) {
	x, err := attentionLimit(ctx, a, loss, alpha, gain, attentionZeros)
	if err != nil || x.Limit == theory.Stationary {
		return x, err
	}
	if loss == theory.Coconut && x.Limit == theory.FiniteLimit {
		if z, err := x.room.equilibrium(ctx, 44); err == nil {
			x.Logit, x.Equilibria = z, []AttentionEquilibrium{{z, true}}
		}
	}
	if x.Pace = x.room.pace(x, x.ends); x.Pace == nil {
		x.Pace, _ = x.room.steepPace(ctx, x)
	}
	return x, ctx.Err()
}

// AttentionWay decides where z goes from 0 and the sign of z'(0), on which side of
// 0 it stays, without the numbers of DecideAttention.
func AttentionWay(ctx context.Context, a *theory.Attention, loss theory.Loss, alpha, gain *big.Rat) (theory.Limit, int, error) {
	x, err := attentionLimit(ctx, a, loss, alpha, gain, attentionZeros)
	if err != nil || x.Limit == theory.Stationary {
		return theory.Stationary, 0, err
	}
	side, err := ExponentialSign(a.Path(loss, alpha, gain).At(a.Start(), 0))
	if err != nil {
		return theory.UnknownLimit, 0, &UndecidedError{err}
	}
	return x.Limit, side, nil
}

// attentionLimit is DecideAttention without the pace, and under Coconut without the
// equilibrium; the zeros under Coconut-BFS to so many digits of w.
func attentionLimit(ctx context.Context, a *theory.Attention, loss theory.Loss, alpha, gain *big.Rat, digits int) (*AttentionLimit, error) {
	if alpha.Sign() <= 0 || gain.Sign() <= 0 {
		return nil, fmt.Errorf("gains %s and %s, expected positive numbers", alpha.RatString(), gain.RatString())
	}
	if !a.Moves() {
		return &AttentionLimit{Limit: theory.Stationary}, nil
	}
	path := a.Path(loss, alpha, gain)
	if path.IsZero() {
		return &AttentionLimit{Limit: theory.Stationary}, nil
	}
	out := &AttentionLimit{}
	for i, sign := range []*int{&out.Others, &out.Leaving} {
		w, end := big.NewRat(int64(i), 1), &out.ends[i]
		end.order = path.Order(w)
		var err error
		if end.sign, err = ExponentialSign(path.At(w, end.order)); err != nil {
			return nil, &UndecidedError{err}
		}
		if end.order == 0 {
			*sign = end.sign
		} else if i == 1 && end.order%2 == 1 { // (w − 1)^order
			end.sign = -end.sign
		}
	}
	out.room = newAttentionRoom(a, loss, alpha, gain)
	if err := out.room.equilibria(ctx, out, path, out.ends, digits); err != nil {
		return nil, err
	}
	return out, nil
}

// An attentionRoom is E_S[h] − E_w[h] of a step.
type attentionRoom struct {
	attention   *theory.Attention
	loss        theory.Loss
	alpha, gain *big.Rat
	expr        *ode.Expr // in w
	sign        *ode.Expr // a positive multiple that is not small where expr is
}

func newAttentionRoom(a *theory.Attention, loss theory.Loss, alpha, gain *big.Rat) *attentionRoom {
	x := &attentionRoom{attention: a, loss: loss, alpha: alpha, gain: gain}
	outer, rest := x.sums(func(g theory.AttentionGroup) bool { return !g.Next() })
	inner, next := x.sums(theory.AttentionGroup.Next)
	if loss == theory.CoconutBFS { // (Z_O/Z)(E_S[h] − E_O[h]), O = V∖N_{c+1}
		x.sign = inner.Quo(next).Sub(outer.Quo(rest))
		x.expr = x.sign.Mul(rest.Quo(rest.Add(next)))
		return x
	}
	sum, count := a.Label()
	x.expr = ode.Rational(big.NewRat(sum, count)).Sub(outer.Add(inner).Quo(rest.Add(next)))
	x.sign = x.expr
	return x
}

// unit returns αg/(M_c(M − M_c)).
func (x *attentionRoom) unit() *big.Rat {
	a := x.attention
	u := new(big.Rat).Mul(x.alpha, x.gain)
	return u.Quo(u, big.NewRat(int64(a.Leaving)*int64(a.Edges-a.Leaving), 1))
}

// sums returns Σ h e^ξ and Σ e^ξ over some groups, with logits relative to
// those of the target: αs(a_v − a_p) + unit·(M_c(D_v − d_v − …) + w(h_v − h_p)).
func (x *attentionRoom) sums(in func(theory.AttentionGroup) bool) (sum, total *ode.Expr) {
	a := x.attention
	first := a.Groups[a.Target]
	w, root := ode.State(0), ode.Rational(x.alpha).Quo(ode.Integer(int64(a.K)).Sqrt())
	sum, total = ode.Integer(0), ode.Integer(0)
	for i, g := range a.Groups {
		if !in(g) {
			continue
		}
		rest := int64(a.Leaving) * int64(g.Total-g.Degree-first.Total+first.Degree)
		exponent := w.Mul(ode.Integer(a.Contrast(i) - a.Contrast(a.Target))).Add(ode.Integer(rest)).Scale(x.unit())
		switch {
		case g.InSet && !first.InSet:
			exponent = exponent.Add(root)
		case !g.InSet && first.InSet:
			exponent = exponent.Sub(root)
		}
		weight := exponent.Exp().Mul(ode.Integer(int64(g.Count)))
		sum, total = sum.Add(weight.Mul(ode.Integer(a.Contrast(i)))), total.Add(weight)
	}
	return sum, total
}

// logit returns z at an attention weight w, log(w(M − M_c)/((1 − w)M_c)).
func (x *attentionRoom) logit(w *ball.Ball) *ball.Ball {
	a := x.attention
	z := ball.New(w.Prec()).SetInt64(1)
	z.Sub(z, w)
	z.Quo(w, z)
	return z.Log(z.MulRat(z, big.NewRat(int64(a.Edges-a.Leaving), int64(a.Leaving))))
}

// equilibria finds the zeros of the drift between the ends, and where z goes.
func (x *attentionRoom) equilibria(ctx context.Context, out *AttentionLimit, path *theory.ExponentialPath, ends [2]boundary, digits int) error {
	if x.loss == theory.Coconut {
		switch {
		case out.Leaving >= 0 && out.Others <= 0:
			return fmt.Errorf("signs %d and %d at the two ends, expected a mean of h that increases", out.Leaving, out.Others)
		case out.Leaving >= 0:
			out.Limit = theory.PlusInfinity
		case out.Others <= 0:
			out.Limit = theory.MinusInfinity
		default:
			out.Limit = theory.FiniteLimit
		}
		return nil
	}
	start, err := ExponentialSign(path.At(x.attention.Start(), 0))
	if err != nil {
		return &UndecidedError{err}
	}
	all, below, err := x.crossings(ctx, ends, start, digits)
	if open := (*UndecidedError)(nil); errors.As(err, &open) { // as where gains are large
		all, below, err = x.steepCrossings(ctx, start, digits)
	}
	if err != nil {
		return err
	}
	out.Equilibria = all
	out.Limit = map[int]theory.Limit{1: theory.PlusInfinity, -1: theory.MinusInfinity, 0: theory.FiniteLimit}[start]
	switch { // the next one
	case start == 0:
		out.Logit = ball.New(attentionPrecision)
	case start > 0 && below < len(all):
		out.Limit, out.Logit = theory.FiniteLimit, all[below].Logit
	case start < 0 && below > 0:
		out.Limit, out.Logit = theory.FiniteLimit, all[below-1].Logit
	}
	return nil
}

// equilibrium encloses the one of Coconut to so many bits.
func (x *attentionRoom) equilibrium(ctx context.Context, bits uint) (*ball.Ball, error) {
	if z, err := attentionLogit(x.attention, x.alpha, x.gain, bits); err == nil {
		return z, nil
	}
	zero, err := x.steepEquilibrium(ctx, bits+20) // as where gains are large
	if err != nil {
		return nil, err
	}
	return x.steepLogit(zero), nil
}

// steepCrossings is crossings for gains of any size.
func (x *attentionRoom) steepCrossings(ctx context.Context, start, digits int) (all []AttentionEquilibrium, below int, err error) {
	found, below, err := x.steepZeros(ctx, start, uint(math.Ceil(float64(digits)*math.Log2(10)))+8)
	if err != nil {
		return nil, 0, undecidedUnless(ctx, err)
	}
	for i := range found {
		all = append(all, AttentionEquilibrium{x.steepLogit(&found[i]), found[i].stable})
	}
	return all, below, nil
}

// crossings encloses all zeros of the drift between the ends, and says how many of them
// lie below z = 0, if none is 0, by enclosures in float64.
func (x *attentionRoom) crossings(ctx context.Context, ends [2]boundary, start, digits int) (all []AttentionEquilibrium, below int, err error) {
	c, err := newCurve(x.sign)
	if err != nil {
		return nil, 0, &UndecidedError{err}
	}
	crossings, err := c.zeros(ctx, 0, 1, ends[0], ends[1])
	if err != nil {
		return nil, 0, err
	}
	for _, at := range crossings {
		w, err := c.refine(ctx, at, digits)
		if err != nil {
			return nil, 0, &UndecidedError{err}
		}
		z := x.logit(ball.New(attentionPrecision).Set(w))
		side, known := z.Sign()
		if !known && start != 0 {
			return nil, 0, &UndecidedError{errors.New("an equilibrium is not told apart from z = 0")}
		}
		count(&below, side < 0)
		all = append(all, AttentionEquilibrium{z, at.before > 0})
	}
	return all, below, nil
}

// attentionPrecision is the working precision of an enclosed logit, in bits.
const attentionPrecision uint = 192

// attentionLogit brackets z* to so many bits between two numbers at which the
// drift has proved signs, as far as the precision shows them.
func attentionLogit(a *theory.Attention, alpha, gain *big.Rat, bits uint) (*ball.Ball, error) {
	precision := attentionPrecision + bits - 44
	drift, failure := ode.NewEvaluator(attentionDrift(a, alpha, gain), 1, precision)
	if failure != nil {
		return nil, failure
	}
	sign := func(z *big.Float) int { // 0: not decided
		value, err := drift.At([]*ball.Ball{ball.New(precision).SetFloat(z)})
		if err != nil {
			failure = err
			return 0
		}
		s, _ := value.Sign()
		return s
	}
	low, high := big.NewFloat(-1).SetPrec(precision), big.NewFloat(1).SetPrec(precision)
	for s, end := range map[int]*big.Float{1: low, -1: high} {
		for sign(end) != s {
			if end.SetMantExp(end, 1); failure != nil || end.MantExp(nil) > 16 {
				return nil, errors.Join(failure, errors.New("the equilibrium of the attention logit lies beyond ±2^16"))
			}
		}
	}
	for decided := true; decided && !narrow(low, high, int(bits)); { // until z* is nearer to two points than the precision shows
		for _, share := range []float64{0.5, 0.375} {
			middle := new(big.Float).SetPrec(precision).Sub(high, low)
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
	return ball.New(precision).SetInterval(low, high), failure
}

// narrow reports whether an interval that excludes 0 is narrower than 2^−bits of
// its ends.
func narrow(low, high *big.Float, bits int) bool {
	width := new(big.Float).Sub(high, low)
	width.SetMantExp(width, bits)
	return low.Sign()*high.Sign() > 0 && width.Cmp(new(big.Float).Abs(low)) < 0 && width.Cmp(new(big.Float).Abs(high)) < 0
}

// attentionDrift returns E_q[h] − E_w[h] as an expression in z, up to a positive
// factor the drift of the logit under Coconut, where that moves.
func attentionDrift(a *theory.Attention, alpha, gain *big.Rat) *ode.Expr {
	edges := ode.Integer(int64(a.Leaving))
	w := edges.Quo(edges.Add(ode.Integer(int64(a.Edges - a.Leaving)).Mul(ode.State(0).Neg().Exp()))) // M_c/(M_c + (M − M_c)e^{−z})
	return newAttentionRoom(a, theory.Coconut, alpha, gain).expr.Substitute([]*ode.Expr{w})
}
