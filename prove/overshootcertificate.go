package prove

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/big"

	"muflow/internal/portable"
	"muflow/ode"
	"muflow/theory"
	"muflow/theory/cert"
)

// overshootForm holds a strip around the way of (w, g), w the attention to the edges
// that leave N_c, until after the peak, and a box around its end. Both are proposed in
// float64 and proved by the checker, which follows no flow: see turn in theory/cert.
// theory.md section 7h.
var overshootForm = &CertificateForm{
	About: func(e *Subject, c *cert.Certificate) error {
		var rate *big.Rat
		c.Alpha = e.Alpha
		if c.Gain, rate = e.Trained.orDefault(); rate.Cmp(big.NewRat(1, 1)) != 0 {
			c.Rate = rate
		}
		return aboutStep(e, c)
	},
	Fill: func(ctx context.Context, e *Subject, c *cert.Certificate) error {
		x, err := e.turning(ctx)
		if err != nil {
			return err
		}
		if x.reason != "" || x.Turning != TurnLogit {
			return errors.New("no turn with an end")
		}
		s, err := e.stepUnder(theory.Coconut)
		if err != nil {
			return err
		}
		p, err := e.overshootProblem(s)
		if err != nil {
			return err
		}
		return fillOvershoot(ctx, p, x.Overshoot, c)
	},
}

// fillOvershoot adds the strip and the box of a decided overshoot of one step with even
// logits, at any rate and from any gain, to a certificate that speaks of them.
func fillOvershoot(ctx context.Context, p OvershootProblem, o *Overshoot, c *cert.Certificate) error {
	strip, err := newOvershootStrip(p, o)
	if err != nil {
		return err
	}
	for parts := 8; parts <= 256; parts *= 2 {
		if err = strip.propose(ctx, parts, c); err != nil {
			continue
		}
		var text []byte
		if text, err = cert.Encode(*c); err != nil {
			return err
		}
		if _, err = cert.CheckFlow(text); err == nil || ctx.Err() != nil {
			break
		}
	}
	return err
}

// An overshootStrip proposes the strip of one decided overshoot of one step.
type overshootStrip struct {
	search    *overshootSearch
	overshoot *Overshoot
	scale     float64 // s
	odds      float64 // (M − M_c)/M_c
	peak, end [2]float64
}

func newOvershootStrip(p OvershootProblem, o *Overshoot) (*overshootStrip, error) {
	u := p.Steps[0]
	flow := newPlanarFlow(p.Steps, p.Alpha, p.Rate)
	function, err := ode.NewFunction([]*ode.Expr{flow.f, flow.h, flow.fz, flow.fg, flow.hg}, 2)
	if err != nil {
		return nil, err
	}
	x := &overshootStrip{overshoot: o, scale: 1 / math.Sqrt(float64(u.K)), odds: float64(u.Edges-u.Leaving()) / float64(u.Leaving())}
	x.search = &overshootSearch{OvershootProblem: p, flow: flow, function: function}
	for i := range x.end {
		x.end[i], _ = o.End[i].Mid().Float64()
		x.peak[i], _ = o.Turn[i].Mid().Float64()
	}
	return x, nil
}

// attention is w at a logit μ, logit its inverse.
func (x *overshootStrip) attention(mu float64) float64 {
	return 1 / (1 + float64(x.odds*portable.Exp(-float64(x.scale*mu))))
}

func (x *overshootStrip) logit(w float64) float64 {
	return portable.Log(x.odds*w/(1-w)) / x.scale
}

// slope is dw/dg at (w, g).
func (x *overshootStrip) slope(w, g float64) (float64, error) {
	v, err := x.search.point(x.logit(w), g)
	rho, _ := x.search.Rate.Float64()
	return x.scale * w * (1 - w) * v[0] / (rho * v[1]), err
}

// stripUnit is that of the numbers of a strip.
const stripUnit = 1 << 40

// onUnit rounds down if side is below 0, otherwise up.
func onUnit(x float64, side int) *big.Rat {
	n := math.Floor(x * stripUnit)
	if side > 0 {
		n = math.Ceil(x * stripUnit)
	}
	return big.NewRat(int64(n), stripUnit)
}

// propose fills a certificate with a strip of so many parts, at equal distances along
// the way: the larger of those of w and of g, each as a part of that to the peak.
func (x *overshootStrip) propose(ctx context.Context, parts int, c *cert.Certificate) error {
	way, err := x.way(ctx, parts)
	if err != nil {
		return err
	}
	gain, _ := x.search.Gain.Float64()
	low, high := x.attention(0), x.attention(0)
	c.Path = [][3]*big.Rat{}
	for _, next := range way {
		if low, err = x.beyond(low, gain, next, -1); err != nil {
			return err
		}
		if high, err = x.beyond(high, gain, next, 1); err != nil {
			return err
		}
		gain = next
		c.Path = append(c.Path, [3]*big.Rat{onUnit(gain, -1), onUnit(low, -1), onUnit(high, 1)})
	}
	v, err := x.search.point(x.end[0], x.end[1])
	if err != nil {
		return err
	}
	// Of the boundaries of μ' > 0 and g' < 0 through e the first is the steeper one: from e
	// to where both hold, between them.
	reach := min(float64(0.05*(x.peak[0]-x.end[0])), float64(0.05*(x.end[1]-x.peak[1]))/math.Sqrt(v[2]/v[4]))
	rise := float64(reach * math.Sqrt(v[2]/v[4]))
	c.Marks = [][2]*big.Rat{
		{onUnit(x.attention(x.end[0]-reach), -1), onUnit(x.attention(x.end[0]+reach), 1)},
		{onUnit(x.end[1]-rise, -1), onUnit(x.end[1]+rise, 1)},
	}
	if c.Marks[0][1].Cmp(c.Path[len(c.Path)-1][1]) > 0 || c.Marks[1][0].Cmp(c.Path[len(c.Path)-1][0]) < 0 {
		return fmt.Errorf("a strip of %d parts reaches down to the end", parts)
	}
	return nil
}

// way lists the gains at the ends of the parts, until a little after the turn.
func (x *overshootStrip) way(ctx context.Context, parts int) ([]float64, error) {
	turn, _ := x.overshoot.Time.Mid().Float64()
	until := 1.25 * turn
	path, err := ode.Integrate(ctx, x.search.flow.system(), x.search.start(), new(big.Rat).SetFloat64(until), ode.Settings{Digits: 8, Work: overshootWork})
	if err != nil {
		return nil, err
	}
	const samples = 2048
	gain, _ := x.search.Gain.Float64()
	last := [2]float64{x.attention(0), gain}
	width, height := x.attention(x.peak[0])-last[0], x.peak[1]-gain
	length := []float64{0}
	at := []float64{gain}
	for i := int64(1); i <= samples; i++ {
		s, err := path.At(new(big.Rat).SetFloat64(until * float64(i) / samples))
		if err != nil {
			return nil, err
		}
		mu, _ := s[0].Float64()
		g, _ := s[1].Float64()
		w := x.attention(mu)
		if g <= last[1] {
			return nil, errors.New("g falls on the way to the peak")
		}
		length = append(length, length[i-1]+max(math.Abs(w-last[0])/width, (g-last[1])/height))
		at = append(at, g)
		last = [2]float64{w, g}
	}
	var out []float64
	j := 0
	for i := 1; i <= parts; i++ {
		want := length[samples] * float64(i) / float64(parts)
		for j < samples && length[j+1] < want {
			j++
		}
		if j >= samples {
			out = append(out, at[samples])
			break
		}
		share := (want - length[j]) / (length[j+1] - length[j])
		out = append(out, at[j]+float64(share*(at[j+1]-at[j])))
	}
	return out, nil
}

// beyond returns where a segment from (w, g) ends at a larger gain, all solutions
// crossing it to one side: its slope is less, or more, than theirs on it.
func (x *overshootStrip) beyond(w, g, next float64, side int) (float64, error) {
	guess := w
	least := 0.
	for round := range 4 {
		var all [5]float64
		for i := range all {
			share := float64(i) / 4
			s, err := x.slope(w+float64(share*(guess-w)), g+float64(share*(next-g)))
			if err != nil || math.IsNaN(s) || math.IsInf(s, 0) {
				return 0, errors.New("a strip leaves the plane")
			}
			all[i] = float64(side) * s
		}
		most := max(all[0], all[1], all[2], all[3], all[4])
		spread := most - min(all[0], all[1], all[2], all[3], all[4])
		if most += float64(0.05*spread) + float64(0.002*math.Abs(most)) + 1e-6; round == 0 || most > least {
			least = most
		}
		guess = w + float64(float64(side)*least*(next-g))
		if guess <= 0 || guess >= 1 {
			return 0, errors.New("a strip leaves the plane")
		}
	}
	return guess, nil
}
