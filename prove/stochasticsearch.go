package prove

import (
	"errors"
	"math"
	"math/big"

	"muflow/ode/ball"
)

// mostSpread is how large bounds may be, and fixedPointRounds how often a search for
// one may start again.
const (
	mostSpread       = 4
	fixedPointRounds = 30
)

var errNoise = errors.New("noise is too large for the contraction")

// boundOf returns a bound x that the process passes with a probability of at most δ/2, and
// the λ that proves it: a fixed point of the best that the bounds at x give, and a
// little more. at returns the process while its bounds hold up to x.
func boundOf(run *StochasticRun, from float64, at func(x *ball.Ball) *pulled) (x, tilt *big.Rat, err error) {
	for range fixedPointRounds {
		here := number().SetFloat64(from)
		best := newTilts(at(here), from, run).best()
		if best == nil {
			return nil, nil, errNoise
		}
		next := math.Sqrt(best.square)
		if !(next < mostSpread) {
			return nil, nil, errNoise
		}
		if next > from || next < from*(1-1e-3) {
			from = next * (1 + 1e-4)
			continue
		}
		if best.enclosed.Upper().Cmp(number().Sqr(here).Lower()) > 0 {
			return nil, nil, errNoise
		}
		return dyadic(from), dyadic(best.lambda), nil
	}
	return nil, nil, errNoise
}

// tilts is a search for the λ of the least z² at one x. It compares values in float64
// where they are clearly apart, and enclosures of the others: it goes the same way
// as a search with enclosures alone.
type tilts struct {
	*pulled
	run                     *StochasticRun
	x, ratio64, most64, j64 float64 // of pulled, to 53 bits
	least                   float64 // log(2/δ)
	lowest                  *tilted
}

// A tilted value is z² at λ, +Inf if λ is too large: the middle of its enclosure, or,
// before there is one, within tiltError of it.
type tilted struct {
	lambda, square float64
	enclosed       *ball.Ball // nil too if λ is too large
	done           bool       // it was asked for
}

// tiltError bounds the relative error of near, and tiltMargin how near to 0 its
// differences may be.
const (
	tiltError  = 1e-9
	tiltMargin = 1. / 64
)

func newTilts(p *pulled, x float64, run *StochasticRun) *tilts {
	failure, _ := run.Failure.Float64()
	return &tilts{p, run, x, middle(p.ratio), middle(p.most), middle(p.jump), math.Log(2 / failure), nil}
}

// best returns the least of the values tried, enclosed; nil if there is none.
func (s *tilts) best() *tilted {
	still := 1 / (2 * s.ratio64) // at this λ nothing contracts
	starts := []float64{still, 3 / (s.j64 * (float64(2*s.x) + s.j64))}
	if float64(s.run.Steps)*s.most64 > 10 { // it grows for a small part of the run
		starts = starts[:1]
	}
	for _, lambda := range starts {
		for lambda /= 2; lambda > 1e-6*still && !(s.try(lambda).square < math.Inf(1)); {
			lambda /= 2
		}
		s.narrow(lambda/2, lambda*2, 5)
	}
	if s.lowest != nil {
		s.enclose(s.lowest)
	}
	return s.lowest
}

func (s *tilts) try(lambda float64) *tilted {
	v := &tilted{lambda: lambda, square: s.near(lambda)}
	if math.IsNaN(v.square) {
		s.enclose(v)
	}
	if v.square < math.Inf(1) && (s.lowest == nil || s.less(v, s.lowest)) {
		s.lowest = v
	}
	return v
}

func (s *tilts) less(v, w *tilted) bool {
	if math.Abs(v.square-w.square) <= 4*tiltError*min(v.square, w.square) {
		s.enclose(v)
		s.enclose(w)
	}
	return v.square < w.square
}

func (s *tilts) enclose(v *tilted) {
	if v.done {
		return
	}
	v.done, v.square = true, math.Inf(1)
	if z := s.beyond(number().SetFloat64(s.x), dyadic(v.lambda), s.run); z != nil && z.IsFinite() {
		v.enclosed, v.square = z, middle(z)
	}
}

// near is beyond in float64, +Inf if λ is too large, and NaN where it might be off by
// more than tiltError of its value.
func (s *tilts) near(lambda float64) float64 {
	room := 1 - lambda*s.j64*(float64(2*s.x)+s.j64)/3
	if room < -tiltMargin {
		return math.Inf(1)
	}
	split := s.j64 * math.Sqrt(float64(s.dimensions)) / (2 * s.x)
	net := 1 - 2*(1+split)*lambda*s.ratio64/room
	if room < tiltMargin || math.Abs(net) < tiltMargin {
		return math.NaN()
	}
	supply := float64(lambda * s.ratio64 * float64(s.dimensions) * (1 + lambda*s.j64*s.j64*(1+1/split)/(2*room)))
	steps := float64(s.run.Steps)
	grown := float64(max(-net, 0)*lambda*s.x*s.x) + supply
	out := min((s.least+float64(steps*s.most64*grown))/lambda, steps*s.j64*(steps*s.j64))
	if net > 0 {
		kappa, w := supply/net, s.most64*supply
		beta := 1 + steps*s.most64*net*math.Exp(kappa-1)*math.Expm1(w)/w
		out = min(out, (s.least+math.Log(beta))/lambda)
		if math.IsInf(beta, 1) {
			return math.NaN()
		}
	}
	if !(out > 0 && out < math.Inf(1)) {
		return math.NaN()
	}
	return out
}

// narrow narrows the place of the least value between low and high by golden sections.
func (s *tilts) narrow(low, high float64, rounds int) {
	const golden = 0.6180339887498949
	x, y := high-float64(golden*(high-low)), low+float64(golden*(high-low))
	fx, fy := s.try(x), s.try(y)
	for range rounds {
		if s.less(fy, fx) {
			low, x, fx = x, y, fy
			y = low + float64(golden*(high-low))
			fy = s.try(y)
		} else {
			high, y, fy = y, x, fx
			x = high - float64(golden*(high-low))
			fx = s.try(x)
		}
	}
}
