package prove

import (
	"context"
	"errors"
	"math"
	"math/big"

	"muflow/internal/portable"
	"muflow/ode"
	"muflow/ode/ball"
	"muflow/theory"
	"muflow/theory/cert"
)

// limited is the step of a subject under softmax attention, with a limit.
func (e *Subject) limited(ctx context.Context, loss theory.Loss) (*softmaxUnit, error) {
	x, err := e.softmax(ctx, loss)
	if err == nil && x.limit == nil {
		err = errors.New(x.reason)
	}
	return x, err
}

// certifiedAttention gives a claim about one step under softmax attention and
// Coconut a certificate with the status of the limit and some numbers.
func certifiedAttention(c *Claim, numbers ...CertifiedNumber) *Claim {
	c.Certificate = &CertificateForm{
		About: aboutAttention,
		Fill: func(ctx context.Context, e *Subject, c *cert.Certificate) error {
			x, err := e.limited(ctx, theory.Coconut)
			if err == nil {
				c.Status = x.limit.Limit.String()
			}
			return err
		},
		Numbers: numbers,
	}
	return c
}

// aboutAttention is one step with its label, and both gains.
func aboutAttention(e *Subject, c *cert.Certificate) error {
	c.Alpha, c.Gain = e.Alpha, e.Gain
	return aboutStep(e, c)
}

// certifiedSearch gives A6-bfs a certificate with all equilibria.
func certifiedSearch(c *Claim) *Claim {
	c.Certificate = &CertificateForm{
		About: func(e *Subject, c *cert.Certificate) error {
			c.Alpha, c.Gain = e.Alpha, e.Gain
			c.Graph, _ = graphOf(e.Input, e.Step)
			return nil
		},
		Fill: func(ctx context.Context, e *Subject, c *cert.Certificate) error {
			x, err := e.limited(ctx, theory.CoconutBFS)
			if err != nil {
				return err
			}
			limit, err := attentionLimit(ctx, x.edges, theory.CoconutBFS, e.Alpha, e.Gain, 50)
			if err != nil {
				return err
			}
			return fillZeros(c, limit.Limit, limit.Equilibria)
		},
	}
	return c
}

// certifiedWalk gives A6-walk a certificate with the ends that attract.
func certifiedWalk(c *Claim) *Claim {
	c.Certificate = &CertificateForm{
		About: func(e *Subject, c *cert.Certificate) error {
			c.Logit = e.Logit
			return aboutAttention(e, c)
		},
		Fill: func(_ context.Context, e *Subject, c *cert.Certificate) error {
			ends, err := e.outward()
			c.Status = map[[2]int]string{{1, -1}: theory.FiniteLimit.String(), {1, 1}: theory.PlusInfinity.String(), {-1, -1}: theory.MinusInfinity.String(), {-1, 1}: "both"}[ends]
			return err
		},
	}
	return c
}

// certifiedPopulation completes A6-population: its certificate holds all equilibria
// of one step of all instances, with equal weights.
func certifiedPopulation(c *Claim) *Claim {
	c.Unit, c.Losses = OnPopulation, coconutOnly
	decide := func(ctx context.Context, e *Subject) (*AttentionPopulation, error) {
		return SharedAttention(ctx, e.Instances, Sharing{Steps: []int{e.Step}, Label: e.Label, Alpha: e.Alpha}, e.Gain, nil, 25)
	}
	c.Premise = func(ctx context.Context, e *Subject) (string, error) {
		if reason, err := someStep(ctx, e); err != nil || reason != "" {
			return reason, err
		}
		out, err := decide(ctx, e)
		if err == nil && out.Limit == theory.Stationary {
			return "μ' = 0 for all μ", nil
		}
		return "", err
	}
	c.Certificate = &CertificateForm{
		About: func(e *Subject, c *cert.Certificate) error {
			c.Alpha, c.Gain = e.Alpha, e.Gain
			return aboutSteps(e, c)
		},
		Fill: func(ctx context.Context, e *Subject, c *cert.Certificate) error {
			out, err := decide(ctx, e)
			if err != nil {
				return err
			}
			return fillZeros(c, out.Limit, out.Equilibria)
		},
	}
	return c
}

// zerosGrid is the grid of equilibria in certificates.
const zerosGrid = 64

// fillZeros adds where a logit goes from 0, and all its equilibria.
func fillZeros(c *cert.Certificate, limit theory.Limit, all []AttentionEquilibrium) error {
	c.Status, c.Grid, c.Zeros = limit.String(), zerosGrid, nil
	for _, e := range all {
		pair, err := neighbours(zerosGrid, func(uint) (*ball.Ball, error) { return e.Logit, nil })
		if err != nil {
			return err
		}
		c.Zeros = append(c.Zeros, pair)
	}
	return nil
}

// certifiedPrice gives A6-price a certificate with z* at the gain g and which way it moves
// with it. The sign is proposed in float64 and proved by the checker.
func certifiedPrice(c *Claim) *Claim {
	c = certifiedAttention(c, attentionNumber("z", 1, resting))
	c.Certificate.Fill = func(ctx context.Context, e *Subject, c *cert.Certificate) error {
		x, err := e.limited(ctx, theory.Coconut)
		if err != nil {
			return err
		}
		a, limit := x.edges, x.limit
		if limit.Logit == nil {
			return errors.New("no finite equilibrium")
		}
		z, _ := limit.Logit.Mid().Float64()
		alpha, _ := e.Alpha.Float64()
		gain, _ := e.Gain.Float64()
		near, far := float64(a.Leaving), float64(a.Edges-a.Leaving)
		w := near / (near + float64(far*portable.Exp(-z)))
		total, sums := 0., [3]float64{} // Σ e; e A, e h, e A h
		for i, g := range a.Groups {
			value := float64(w*float64(g.Degree))/near + float64((1-w)*float64(g.Total-g.Degree))/far
			logit := float64(gain*value) + float64(indicator(g.InSet))/math.Sqrt(float64(a.K)) - gain
			p, h := float64(float64(g.Count)*portable.Exp(alpha*logit)), float64(a.Contrast(i))
			total += p
			for j, x := range []float64{value, h, float64(value * h)} {
				sums[j] += float64(p * x)
			}
		}
		c.Status = "rises"
		if float64(sums[2]*total) > float64(sums[0]*sums[1]) {
			c.Status = "falls"
		}
		return nil
	}
	return c
}

// attentionNumber is a number of a certificate that a room gives, and the limit.
func attentionNumber(name string, halves uint, number func(x *attentionRoom, limit *AttentionLimit, bits uint) (*ball.Ball, error)) CertifiedNumber {
	return CertifiedNumber{Name: name, Around: func(ctx context.Context, e *Subject, grid uint) ([2]*big.Int, error) {
		x, err := e.limited(ctx, theory.Coconut)
		if err != nil {
			return [2]*big.Int{}, err
		}
		room := newAttentionRoom(x.edges, theory.Coconut, e.Alpha, e.Gain)
		return neighbours(grid/halves, func(bits uint) (*ball.Ball, error) { return number(room, x.limit, bits+64) })
	}}
}

// scale is α g/(nK) times a factor, over some numbers of edges.
func (x *attentionRoom) scale(factor int64, gains int, over ...int) *big.Rat {
	out := big.NewRat(factor, int64(x.attention.N)*int64(x.attention.K))
	for range gains {
		out.Mul(out, x.alpha).Mul(out, x.gain)
	}
	for _, n := range over {
		out.Quo(out, big.NewRat(int64(n), 1))
	}
	return out
}

// toward returns which end z goes to, with the number of edges whose attention
// tends to 1 there.
func (x *attentionRoom) toward(limit *AttentionLimit, precision uint) (end *ball.Ball, near int, sign int64) {
	a := x.attention
	if limit.Limit == theory.MinusInfinity {
		return ball.New(precision), a.Edges - a.Leaving, -1
	}
	return ball.New(precision).SetInt64(1), a.Leaving, 1
}

// growing is b_lo or b_hi of A6-pace.
func growing(high bool) func(*attentionRoom, *AttentionLimit, uint) (*ball.Ball, error) {
	return func(x *attentionRoom, limit *AttentionLimit, bits uint) (*ball.Ball, error) {
		w, near, sign := x.toward(limit, bits)
		over := x.attention.Edges
		if high {
			w.SetRat(x.attention.Start())
			over = near
		}
		r, err := ode.Evaluate(x.expr, []*ball.Ball{w}, bits)
		if err != nil {
			return nil, err
		}
		return r.MulRat(r, x.scale(sign, 1, over, over)), nil
	}
}

// spreads encloses the least and the largest Var_w(h) at the ends of N parts of the
// way from z = 0 to a weight, N the integer above 4αg(max h − min h)/(M_c(M − M_c)):
// on all of the way it is at least 7/8 of the least and at most 8/7 of the largest.
func (x *attentionRoom) spreads(end *ball.Ball) (least, largest *ball.Ball, err error) {
	low, high := int64(0), int64(0)
	for i := range x.attention.Groups {
		low, high = min(low, x.attention.Contrast(i)), max(high, x.attention.Contrast(i))
	}
	n := new(big.Rat).Mul(x.unit(), big.NewRat(4*(high-low), 1))
	parts := new(big.Int).Add(new(big.Int).Div(n.Num(), n.Denom()), big.NewInt(1))
	if parts.Cmp(big.NewInt(cert.MaxPower)) >= 0 {
		return nil, nil, errors.New("a variance at too many points")
	}
	bits := end.Prec()
	slope := x.expr.Derivative(0).Neg() // αg/(M_c(M − M_c))·Var
	from := ball.New(bits).SetRat(x.attention.Start())
	way := ball.New(bits).Sub(end, from)
	for i := int64(0); i <= parts.Int64(); i++ {
		w := ball.New(bits).MulRat(way, big.NewRat(i, parts.Int64()))
		v, err := ode.Evaluate(slope, []*ball.Ball{w.Add(w, from)}, bits)
		if err != nil {
			return nil, nil, err
		}
		v.MulRat(v, new(big.Rat).Inv(x.unit()))
		if i == 0 {
			least, largest = ball.New(bits).Neg(v), v
			continue
		}
		least, largest = ball.New(bits).Max(least, ball.New(bits).Neg(v)), ball.New(bits).Max(largest, v)
	}
	return least.Neg(least), largest, nil
}

// tying is b_lo or b_hi of A6-tie.
func tying(high bool) func(*attentionRoom, *AttentionLimit, uint) (*ball.Ball, error) {
	return func(x *attentionRoom, limit *AttentionLimit, bits uint) (*ball.Ball, error) {
		w, near, _ := x.toward(limit, bits)
		least, largest, err := x.spreads(w)
		if err != nil {
			return nil, err
		}
		edges := x.attention.Edges
		if high {
			return largest.MulRat(largest, x.scale(16, 2, near, near, near, near, 7)), nil
		}
		return least.MulRat(least, x.scale(14, 2, near, edges, edges, edges, 8)), nil
	}
}

// resting is z*.
func resting(x *attentionRoom, _ *AttentionLimit, bits uint) (*ball.Ball, error) {
	return x.equilibrium(context.Background(), bits)
}

// approaching is the rate of A6-rate with spreads.
func approaching(x *attentionRoom, limit *AttentionLimit, bits uint) (*ball.Ball, error) {
	z, err := resting(x, limit, 2*bits)
	if err != nil {
		return nil, err
	}
	a := x.attention
	w := ball.New(z.Prec()).Exp(z)
	w.MulInt64(w, int64(a.Leaving))
	w.Quo(w, ball.New(z.Prec()).AddInt64(w, int64(a.Edges-a.Leaving)))
	least, _, err := x.spreads(w)
	if err != nil {
		return nil, err
	}
	width := ball.New(z.Prec()).Sqr(w) // w² − w
	width.Sub(width, w)
	start := a.Start()
	other := ball.New(z.Prec()).SetRat(start.Sub(new(big.Rat).Mul(start, start), start))
	width.Sqr(width.Max(width, other))
	width.Mul(width, least)
	return width.MulRat(width, x.scale(7, 2, a.Leaving, a.Leaving, a.Edges-a.Leaving, a.Edges-a.Leaving, 8)), nil
}
