package hunt

import (
	"fmt"
	"math/big"
	"sync"

	"muflow/ode/ball"
	"muflow/prove"
	"muflow/theory"
)

// softmaxNumbers are those of softmax attention, with a value gain that is fixed, and
// with one that is trained too from gain at the rate of μ.
var softmaxNumbers = []number{
	{name: "M", meaning: "number of edges", view: attentionView, value: ofAttention(func(a *theory.Attention) int { return a.Edges })},
	{name: "Mc", meaning: "edges that leave N_c", view: attentionView, value: ofAttention(func(a *theory.Attention) int { return a.Leaving })},
	{name: "Dstar", meaning: "D_p", view: attentionView, value: ofAttention(func(a *theory.Attention) int { return a.Groups[a.Target].Total })},
	{name: "moves", meaning: "1 if 0 < M_c < M and h is not constant", view: attentionView, value: ofAttention(func(a *theory.Attention) int { return indicator(a.Moves()) })},
	{name: "hp", meaning: "h_p", view: attentionView, value: ofAttention(func(a *theory.Attention) int { return int(a.Contrast(a.Target)) })},
	{name: "hone", meaning: "sign of h_p − E_{w=1}[h]", view: attentionView, behind: bothGains, value: ended(theory.OnLeaving)},
	{name: "hzero", meaning: "sign of h_p − E_{w=0}[h]", view: attentionView, behind: bothGains, value: ended(theory.OnOthers)},
	{name: "zlimit", meaning: "where z goes under softmax attention", view: attentionView, behind: bothGains, value: func(s *side) (*ball.Ball, error) {
		if !s.attention().Moves() {
			return s.limit(theory.Stationary)
		}
		one, err := s.end(theory.OnLeaving)
		if err != nil || one >= 0 {
			return s.integer(1), err
		}
		zero, err := s.end(theory.OnOthers)
		return s.integer(-indicator(zero <= 0)), err
	}},
	{name: "zbfs", meaning: "where z goes from 0 under softmax attention and Coconut-BFS", view: attentionView, behind: bothGains, value: spread(func(s *side, l *prove.AttentionLimit) (*ball.Ball, error) { return s.limit(l.Limit) })},
	{name: "rests", meaning: "equilibria under softmax attention and Coconut-BFS", view: attentionView, behind: bothGains, value: spread(func(s *side, l *prove.AttentionLimit) (*ball.Ball, error) { return s.integer(len(l.Equilibria)), nil })},

	{name: "z", meaning: "z(t) under softmax attention and the loss of the statement, from 0", view: attentionView, behind: []string{"alpha", "gain", "t"}, guessed: true, value: func(s *side) (*ball.Ball, error) {
		if !s.attention().Moves() {
			return nil, errUndefined
		}
		t := s.parameter("t")
		return followed.get(s.softmaxKey(s.loss, t, s.rigorous), func() (*ball.Ball, error) {
			if s.rigorous {
				return prove.AttentionFlow(s.ctx, s.attention(), s.loss, s.alpha(), s.parameter("gain"), t, flowDigits)
			}
			until, _ := t.Float64()
			z, err := prove.AttentionPath(s.ctx, s.attention(), s.loss, s.alpha(), s.parameter("gain"), until)
			return ball.New(s.precision).SetFloat64(z), err
		})
	}},
	{name: "zspeed", meaning: "z'(0)", view: attentionView, behind: bothGains, value: func(s *side) (*ball.Ball, error) {
		if !s.attention().Moves() {
			return nil, errUndefined
		}
		return prove.AttentionSpeed(s.attention(), s.loss, s.alpha(), s.parameter("gain"))
	}},
	{name: "zstar", meaning: "z*, the finite limit of z under Coconut", view: attentionView, behind: bothGains, value: paced(func(l *prove.AttentionLimit) *ball.Ball { return l.Logit })},
	{name: "zlow", meaning: "b_lo of the pace of z under Coconut, of A6-pace or A6-tie", view: attentionView, behind: bothGains, value: endless(func(p *prove.AttentionPace) *ball.Ball { return p.Low })},
	{name: "zhigh", meaning: "b_hi of that pace", view: attentionView, behind: bothGains, value: endless(func(p *prove.AttentionPace) *ball.Ball { return p.High })},
	{name: "zlevel", meaning: "the number that |z| − log t, or half of that, tends to", view: attentionView, behind: bothGains, value: endless(func(p *prove.AttentionPace) *ball.Ball { return p.Level })},
	{name: "zrate", meaning: "γ of A6-rate", view: attentionView, behind: bothGains, value: paced(func(l *prove.AttentionLimit) *ball.Ball {
		if l.Logit == nil || l.Pace == nil {
			return nil
		}
		return l.Pace.Low
	})},
	{name: "price", meaning: "dμ*/dg at the value gain, where the limit is finite", view: attentionView, behind: bothGains, value: func(s *side) (*ball.Ball, error) {
		l, err := s.softmaxLimit(theory.Coconut)
		if err != nil {
			return nil, err
		}
		if l.Logit == nil {
			return nil, errUndefined
		}
		return prove.GainPrice(s.step, l.Logit, ball.New(s.precision).SetRat(s.parameter("gain")), s.alpha())
	}},

	{name: "wzero", meaning: "sign of μ' near −∞ under softmax attention with walk weights", view: thoughtView, totals: true, behind: softmaxWalk, value: towards(0)},
	{name: "wone", meaning: "the same near +∞", view: thoughtView, totals: true, behind: softmaxWalk, value: towards(1)},
	{name: "zpool", meaning: "where the shared μ of both goes under softmax attention", view: attentionView, behind: bothGains, value: func(s *side) (*ball.Ball, error) {
		p, err := prove.SharedAttention(s.ctx, s.c.Instances, prove.Sharing{Steps: []int{s.c.Step}, Alpha: s.alpha()}, s.parameter("gain"), nil, flowDigits)
		if err != nil {
			return nil, err
		}
		return s.limit(p.Limit)
	}},

	{name: "overlap", meaning: "1 if the contrasts (d, D − d) of the label overlap, so that the loss of (X, Y) has a least value", view: attentionView, value: func(s *side) (*ball.Ball, error) {
		f, err := s.attention().Family(big.NewRat(1, 1), 1, theory.OnLeaving, theory.OnOthers)
		if err != nil {
			return nil, err
		}
		contrasts, err := f.Contrasts()
		if err != nil {
			return nil, err
		}
		d, err := theory.Certificate(theory.Vectors(contrasts))
		if err != nil {
			return nil, err
		}
		return s.integer(indicator(d.Kind == theory.Overlap)), nil
	}},
	{name: "turns", meaning: "how often μ' changes its sign when the gain is trained too, until a time that decides or 64", view: attentionView, behind: bothGains, value: turned(func(s *side, o *prove.Overshoot) (*ball.Ball, error) {
		return s.integer(indicator(o.Turning == prove.TurnLogit)), nil
	})},
	{name: "peak", meaning: "μ at the turn, where it is a peak", view: attentionView, behind: bothGains, value: turned(func(_ *side, o *prove.Overshoot) (*ball.Ball, error) {
		if o.Turning != prove.TurnLogit || !o.Rises {
			return nil, errUndefined
		}
		return o.Turn[0], nil
	})},
	{name: "turntime", meaning: "the time of that turn", view: attentionView, behind: bothGains, value: turned(func(_ *side, o *prove.Overshoot) (*ball.Ball, error) {
		if o.Turning != prove.TurnLogit {
			return nil, errUndefined
		}
		return o.Time, nil
	})},
	{name: "pairmu", meaning: "μ* of the finite end with g* > 0 of a gain that is trained too, if there is one", view: attentionView, behind: gain, value: paired(func(s *side, p *prove.PairLimit) (*ball.Ball, error) {
		return s.quotient(p.Logit, s.root()), nil
	})},
	{name: "pairgain", meaning: "g* there", view: attentionView, behind: gain, value: paired(func(_ *side, p *prove.PairLimit) (*ball.Ball, error) { return p.Gain, nil })},
	{name: "pairprice", meaning: "dμ*/dg there, of the sign of −∂²ℓ/∂μ∂g", view: attentionView, behind: gain, value: paired(func(s *side, p *prove.PairLimit) (*ball.Ball, error) {
		return prove.GainPrice(s.step, p.Logit, p.Gain, s.alpha())
	})},
}

// softmaxWalk are the parameters of softmax attention with walk weights.
var softmaxWalk = []string{"alpha", "gain", "logit"}

// towards is the sign of μ' near −∞ or +∞ with walk weights.
func towards(end int) func(*side) (*ball.Ball, error) {
	return func(s *side) (*ball.Ball, error) {
		if s.parameter("logit").Sign() <= 0 {
			return nil, errUndefined
		}
		signs, err := prove.WeightedEnds(s.step, theory.Coconut, s.alpha(), s.parameter("gain"), s.parameter("logit"))
		if err != nil {
			return nil, err
		}
		return s.integer(signs[end]), nil
	}
}

// ofAttention is a number of what softmax attention sees.
func ofAttention(count func(*theory.Attention) int) func(*side) (*ball.Ball, error) {
	return counted(func(s *side) int { return count(s.attention()) })
}

// end is the sign of h_p − E_w[h] at an end of w.
func (s *side) end(at theory.AttentionEnd) (int, error) {
	return prove.ExponentialSign(s.attention().Criterion(at, s.alpha(), s.parameter("gain")))
}

func ended(at theory.AttentionEnd) func(*side) (*ball.Ball, error) {
	return func(s *side) (*ball.Ball, error) {
		if !s.attention().Moves() {
			return nil, errUndefined
		}
		sign, err := s.end(at)
		return s.integer(sign), err
	}
}

// softmaxLimit decides softmax attention under a loss, once a world.
func (s *side) softmaxLimit(loss theory.Loss) (*prove.AttentionLimit, error) {
	if s.softmaxLimits[loss] == nil {
		l, err := decided.get(s.softmaxKey(loss, nil, false), func() (*prove.AttentionLimit, error) {
			return prove.DecideAttention(s.ctx, s.attention(), loss, s.alpha(), s.parameter("gain"))
		})
		if err != nil {
			return nil, err
		}
		s.softmaxLimits[loss] = l
	}
	return s.softmaxLimits[loss], nil
}

// A memory keeps numbers that take milliseconds, for other cases and statements in
// which they are the same: the last ones, twice mostKept at most.
type memory[T any] struct {
	lock       sync.Mutex
	young, old map[string]T
}

const mostKept = 2048

func (m *memory[T]) get(key string, work func() (T, error)) (T, error) {
	m.lock.Lock()
	x, ok := m.young[key]
	if !ok {
		x, ok = m.old[key]
	}
	m.lock.Unlock()
	if ok {
		return x, nil
	}
	x, err := work()
	if err != nil {
		return x, err
	}
	m.lock.Lock()
	defer m.lock.Unlock()
	if m.young == nil || len(m.young) >= mostKept {
		m.old, m.young = m.young, make(map[string]T)
	}
	m.young[key] = x
	return x, nil
}

var (
	followed memory[*ball.Ball]
	decided  memory[*prove.AttentionLimit]
	overshot memory[*prove.Overshoot]
	both     memory[*prove.PairLimit]
)

// softmaxKey is what a flow under softmax attention and its limits depend on.
func (s *side) softmaxKey(loss theory.Loss, t *big.Rat, rigorous bool) string {
	return fmt.Sprint(s.attention().Key(), loss, s.alpha(), s.parameter("gain"), t, rigorous)
}

// spread is a number of softmax attention under Coconut-BFS.
func spread(value func(*side, *prove.AttentionLimit) (*ball.Ball, error)) func(*side) (*ball.Ball, error) {
	return func(s *side) (*ball.Ball, error) {
		limit, err := s.softmaxLimit(theory.CoconutBFS)
		if err != nil {
			return nil, err
		}
		return value(s, limit)
	}
}

// paced is a number of softmax attention under Coconut that may not exist.
func paced(value func(*prove.AttentionLimit) *ball.Ball) func(*side) (*ball.Ball, error) {
	return func(s *side) (*ball.Ball, error) {
		limit, err := s.softmaxLimit(theory.Coconut)
		if err != nil {
			return nil, err
		}
		x := value(limit)
		if x == nil {
			return nil, errUndefined
		}
		return x, nil
	}
}

// endless is a number of the pace of a logit without a limit.
func endless(value func(*prove.AttentionPace) *ball.Ball) func(*side) (*ball.Ball, error) {
	return paced(func(l *prove.AttentionLimit) *ball.Ball {
		if l.Pace == nil || l.Pace.Power == 0 {
			return nil
		}
		return value(l.Pace)
	})
}

// turned is a number of the way of (μ, g) from (0, gain).
func turned(value func(*side, *prove.Overshoot) (*ball.Ball, error)) func(*side) (*ball.Ball, error) {
	return func(s *side) (*ball.Ball, error) {
		if !s.attention().Moves() {
			return nil, errUndefined
		}
		o, err := overshot.get(s.softmaxKey(theory.Coconut, nil, false), func() (*prove.Overshoot, error) {
			u, err := theory.UnevenOf(s.step, nil)
			if err != nil {
				return nil, err
			}
			return prove.DecideOvershoot(s.ctx, prove.OvershootProblem{Steps: []*theory.Uneven{u}, Alpha: s.alpha(), Gain: s.parameter("gain"), Rate: big.NewRat(1, 1)})
		})
		if err != nil {
			return nil, err
		}
		return value(s, o)
	}
}

// paired is a number of the finite end of (μ, g) with g > 0.
func paired(value func(*side, *prove.PairLimit) (*ball.Ball, error)) func(*side) (*ball.Ball, error) {
	return func(s *side) (*ball.Ball, error) {
		if !s.attention().Moves() {
			return nil, errUndefined
		}
		end, err := both.get(fmt.Sprint(s.attention().Key(), s.alpha()), func() (*prove.PairLimit, error) {
			return prove.DecidePair(s.ctx, s.attention(), s.alpha(), 1)
		})
		if err != nil {
			return nil, err
		}
		if end.End != prove.PairFinite {
			return nil, errUndefined
		}
		return value(s, end)
	}
}
