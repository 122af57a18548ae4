package prove

import (
	"context"
	"math"
	"math/big"

	"muflow/internal/portable"
	"muflow/internal/reduced"
	"muflow/ode"
	"muflow/ode/ball"
	"muflow/theory"
)

// An AttentionPace bounds how fast z goes from z(0) = 0 where its limit is, for
// all t ≥ 0. Power 1 and 2 are of limits without bound, 2 where E_S[h] − E_w[h]
// is 0 at the end; 0 is that of a finite one:
//
//	(1/Power)·log(1 + Low·t) ≤ |z(t)| ≤ (1/Power)·log(1 + High·t)
//	|z(t)| − (1/Power)·log t → Level
//	|z(t) − z*| ≤ |z*| e^{−Low·t}
type AttentionPace struct {
	Power            int
	Low, High, Level *ball.Ball
	LogLow, LogHigh  *ball.Ball // natural logarithms, nil where Low and High were enclosed in float64
}

// numbers are Low and High by name, or their natural logarithms where they lie beyond
// the decimals of results.
func (p *AttentionPace) numbers(low, high string, digits int) map[string]Number {
	out := map[string]Number{}
	add := func(name string, x, log *ball.Ball) {
		n := Enclose(x, digits)
		if sign, known := x.Sign(); log != nil && (!known || sign <= 0 || !n.isBounded()) {
			name, n = "log_"+name, Enclose(log, digits)
		}
		out[name] = n
	}
	if add(low, p.Low, p.LogLow); high != "" {
		add(high, p.High, p.LogHigh)
	}
	return out
}

// pace bounds the pace from R = E_S[h] − E_w[h] on the way, with q = M_c and
// r = M − M_c of the edges, c = s²αg/n, and a D for which ±R = (1−w)D where R is 0
// at w = 1, D = −R' somewhere. For z → +∞, and for z → −∞ with −z, −R and q, r
// exchanged:
//
//	z' = c e^z R/(q e^z + r)²                1:  Low = c min R/M²,      High = c max R/q²
//	z' = c r e^z D/(q e^z + r)³              2:  Low = 2cr min D/M³,    High = 2cr max D/q³
//	|z'| ≥ c w(1−w)/(qr)·min(−R')|w* − w|    0:  Low = c/(qr)·min (w(1−w))²·min(−R')
//
// It is nil where a least value on the way is not positive in float64.
func (x *attentionRoom) pace(limit *AttentionLimit, ends [2]boundary) *AttentionPace {
	a := x.attention
	from, to, end := x.start(), ball.New(attentionPrecision), 0
	near, far := int64(a.Leaving), int64(a.Edges-a.Leaving) // q and r
	switch limit.Limit {
	case theory.PlusInfinity:
		to.SetInt64(1)
		end = 1
	case theory.MinusInfinity:
		near, far = far, near
	default:
		if limit.Logit == nil {
			return nil
		}
		return x.rate(limit.Logit)
	}
	scale := new(big.Rat).Mul(x.alpha, x.gain)
	scale.Quo(scale, big.NewRat(int64(a.N)*int64(a.K), 1))
	expr, out := x.expr, &AttentionPace{Power: ends[end].order + 1}
	switch {
	case out.Power > 2:
		return nil
	case out.Power == 2:
		expr = expr.Derivative(0).Neg()
		scale.Mul(scale, big.NewRat(2*far, 1))
	case end == 0:
		expr = expr.Neg()
	}
	last, err := ode.Evaluate(expr, []*ball.Ball{to}, attentionPrecision)
	if err != nil {
		return nil
	}
	least, largest := last, last
	if out.Power == 1 && x.loss == theory.Coconut { // R does not increase in w
		largest, err = ode.Evaluate(expr, []*ball.Ball{from}, attentionPrecision)
	} else {
		least, largest, err = x.extremes(expr, from, to)
	}
	if err != nil {
		return nil
	}
	if sign, ok := least.Sign(); !ok || sign <= 0 {
		return nil
	}
	over := func(value *ball.Ball, edges int64) *ball.Ball {
		z := ball.New(attentionPrecision).MulRat(value, scale)
		return z.Quo(z, ball.New(attentionPrecision).PowInt(ball.New(attentionPrecision).SetInt64(edges), int64(out.Power)+1))
	}
	out.Low, out.High, out.Level = over(least, int64(a.Edges)), over(largest, near), over(last, near)
	out.Level.Log(out.Level)
	out.Level.QuoInt64(out.Level, int64(out.Power))
	return out
}

// AttentionFlow encloses z(t) from z(0) = 0 to about so many digits, by a flowpipe of
// a bounded number of operations; z must be able to move.
// Encloses the exact value. theory.md section 7a.
func AttentionFlow(ctx context.Context, a *theory.Attention, loss theory.Loss, alpha, gain, t *big.Rat, digits int) (*ball.Ball, error) {
	system := attentionSystem(a, loss, alpha, gain)
	pipe, err := ode.Sweep(ctx, system, []*ball.Ball{ball.New(64)}, t, ode.FlowSettings{Settings: ode.Settings{Digits: digits, Work: attentionWork}}, func(*ode.Flowpipe, *big.Rat) error { return nil })
	if err != nil {
		return nil, undecidedUnless(ctx, err)
	}
	z, err := pipe.At(t)
	if err != nil {
		return nil, undecidedUnless(ctx, err)
	}
	return z[0], nil
}

// AttentionPath gives z(t) from z(0) = 0 in float64, to about pathTolerance·(1 + |z|); z must
// be able to move. Approximate: no error bound. theory.md section 7a.
func AttentionPath(ctx context.Context, a *theory.Attention, loss theory.Loss, alpha, gain *big.Rat, t float64) (float64, error) {
	readout, _ := alpha.Float64()
	product, _ := new(big.Rat).Mul(alpha, gain).Float64()
	leaving, others := float64(a.Leaving), float64(a.Edges-a.Leaving)
	sigma, unit := readout/math.Sqrt(float64(a.K)), product/float64(leaving*others)
	var fixed, contrasts, counts, next []float64 // ξ_v at w = 0, h_v, and how many of them
	for i, g := range a.Groups {
		xi := float64(product * float64(g.Total-g.Degree) / others)
		if g.InSet {
			xi += sigma
		}
		count := float64(g.Count)
		fixed, contrasts, counts = append(fixed, xi), append(contrasts, float64(a.Contrast(i))), append(counts, count)
		if !g.Next() {
			count = 0
		}
		next = append(next, count)
	}
	sum, labels := a.Label()
	label, logits := float64(sum)/float64(labels), make([]float64, len(fixed))
	slope := func(_ float64, z, dz []float64) {
		leave, rest := leaving, others // w and 1 − w times their sum
		if e := portable.Exp(-math.Abs(z[0])); z[0] > 0 {
			rest *= e
		} else {
			leave *= e
		}
		w := leave / (leave + rest)
		for i, h := range contrasts {
			logits[i] = fixed[i] + float64(unit*float64(h*w))
		}
		target := label
		if loss == theory.CoconutBFS {
			target = reduced.Mean(logits, next, contrasts)
		}
		// c e^z/(q e^z + r)² = unit·w(1 − w)/(nK)
		dz[0] = unit * float64(w*rest/(leave+rest)) / float64(a.N*a.K) * (target - reduced.Mean(logits, counts, contrasts))
	}
	var last [2]float64 // z and z' before
	slope(0, last[:1], last[1:])
	// Near a limit z' is proportional to the distance from it: there z may rest.
	moves := func(_ float64, z, dz []float64) bool {
		way, change := z[0]-last[0], dz[0]-last[1]
		last = [2]float64{z[0], dz[0]}
		return dz[0] != 0 && (float64(change*dz[0]) >= 0 || math.Abs(float64(dz[0]*way)) > math.Abs(float64(pathTolerance*change)))
	}
	end, _, err := reduced.Track(ctx, slope, []float64{0}, t, pathTolerance, t/1000, moves)
	if err != nil {
		return 0, err
	}
	return end[0], nil
}

const pathTolerance = 1e-9

// attentionWork bounds the operations of AttentionFlow.
const attentionWork = 200_000_000

// AttentionSpeed encloses z'(0). Encloses the exact value.
func AttentionSpeed(a *theory.Attention, loss theory.Loss, alpha, gain *big.Rat) (*ball.Ball, error) {
	return ode.Evaluate(attentionSystem(a, loss, alpha, gain).RightHandSide[0], []*ball.Ball{ball.New(attentionPrecision)}, attentionPrecision)
}

// attentionSystem is z' = c e^z/(q e^z + r)²·R(w(z)), c = s²αg/n.
func attentionSystem(a *theory.Attention, loss theory.Loss, alpha, gain *big.Rat) *ode.System {
	edges, others := ode.Integer(int64(a.Leaving)), ode.Integer(int64(a.Edges-a.Leaving))
	decay := ode.State(0).Neg().Exp()
	total := edges.Add(others.Mul(decay)) // (q e^z + r)e^{−z}
	scale := new(big.Rat).Mul(alpha, gain)
	scale.Quo(scale, big.NewRat(int64(a.N)*int64(a.K), 1))
	drift := newAttentionRoom(a, loss, alpha, gain).expr.Substitute([]*ode.Expr{edges.Quo(total)})
	return &ode.System{Dimension: 1, RightHandSide: []*ode.Expr{drift.Mul(decay).Quo(total.Power(2)).Scale(scale)}}
}

// start encloses w at z = 0.
func (x *attentionRoom) start() *ball.Ball {
	return ball.New(attentionPrecision).SetRat(x.attention.Start())
}

// extremes encloses the least and the largest value between two weights.
func (x *attentionRoom) extremes(expr *ode.Expr, from, to *ball.Ball) (least, largest *ball.Ball, err error) {
	c, err := newCurve(expr)
	if err != nil {
		return nil, nil, err
	}
	all := outward(ball.New(attentionPrecision).Union(from, to))
	return c.extremes(max(all.Low, 0), min(all.High, 1), attentionPrecision)
}

// rate bounds the pace towards an equilibrium.
func (x *attentionRoom) rate(logit *ball.Ball) *AttentionPace {
	a, from := x.attention, x.start()
	to := ball.New(attentionPrecision).Exp(logit) // q e^z/(q e^z + r)
	to.MulInt64(to, int64(a.Leaving))
	to.Quo(to, ball.New(attentionPrecision).AddInt64(to, int64(a.Edges-a.Leaving)))
	least, _, err := x.extremes(x.expr.Derivative(0).Neg(), from, to)
	if err != nil {
		return nil
	}
	if sign, ok := least.Sign(); !ok || sign <= 0 {
		return nil
	}
	var width *ball.Ball // least w(1 − w), which is concave
	for _, w := range []*ball.Ball{from, to} {
		v := ball.New(attentionPrecision).Sqr(w)
		if v.Sub(w, v); width == nil || v.Upper().Cmp(width.Upper()) < 0 {
			width = v
		}
	}
	scale := x.unit()
	scale.Quo(scale, big.NewRat(int64(a.N)*int64(a.K), 1))
	low := ball.New(attentionPrecision).Mul(least, width.Sqr(width))
	return &AttentionPace{Low: low.MulRat(low, scale)}
}
