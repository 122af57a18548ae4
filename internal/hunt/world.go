package hunt

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"slices"

	"muflow/internal/reduced"
	"muflow/ode/ball"
	"muflow/prove"
	"muflow/theory"
)

// A world evaluates names in a case. Values are kept.
type world struct {
	ctx       context.Context
	c         *Case
	loss      theory.Loss
	precision uint
	rigorous  bool
	constants *constants
	sides     [2]*side
	values    map[string]*ball.Ball
	shared    *theory.SharedGrowth // of all instances under fixed names
}

// A side is one of the instances of a case, with what was worked out of it.
// Its label is that of the demonstrated path, so that d* is an integer.
type side struct {
	*world
	*seen
	i       int
	numbers *reduced.Numbers
	rest    *prove.Equilibrium

	softmaxLimits [2]*prove.AttentionLimit // by loss
	window        *prove.Window

	plane  []*ball.Ball // αs(μ, ω) of a trained carry-over
	growth *theory.Growth
	short  *prove.ShortRun
	bounds *prove.StochasticBounds
	winner *prove.Winner
}

func newWorld(ctx context.Context, c *Case, loss theory.Loss, precision uint, rigorous bool) *world {
	w := &world{ctx: ctx, c: c, loss: loss, precision: precision, rigorous: rigorous, constants: c.constants, values: map[string]*ball.Ball{}}
	if w.constants == nil {
		w.constants = &constants{}
	}
	return w
}

// errUndefined says that a number does not exist in a case, such as μ* of a
// flow without a finite limit.
var errUndefined = errors.New("not defined here")

func (w *world) lookup(name string) (value, error) {
	if parameters[name] != nil {
		q := value{exact: w.parameter(name)}
		w.values[name] = q.enclosure(w.precision)
		return q, nil
	}
	if v, ok := w.values[name]; ok {
		if v == nil {
			return value{}, errUndefined
		}
		return enclosed(name, v)
	}
	x, i, ok := numberCalled(name)
	if !ok {
		return value{}, fmt.Errorf("%q is not a known number", name)
	}
	s, err := w.side(i)
	if err != nil {
		return value{}, err
	}
	v, err := x.value(s)
	switch {
	case errors.Is(err, errUndefined):
		w.values[name] = nil
		return value{}, err
	case err != nil:
		return value{}, err
	}
	w.values[name] = v
	return enclosed(name, v)
}

func (w *world) side(i int) (*side, error) {
	if i >= len(w.c.Instances) {
		return nil, fmt.Errorf("a statement about two instances with %d", len(w.c.Instances))
	}
	if w.sides[i] == nil {
		if w.constants.views[i] == nil {
			s, err := w.c.Instances[i].Step(w.c.Step)
			if err != nil {
				return nil, err
			}
			w.constants.views[i] = &seen{step: s, profile: theory.ProfileOf(s)}
		}
		w.sides[i] = &side{world: w, seen: w.constants.views[i], i: i}
	}
	return w.sides[i], nil
}

func (w *world) integer(n int) *ball.Ball { return ball.New(w.precision).SetInt64(int64(n)) }

func (w *world) quotient(x, y *ball.Ball) *ball.Ball { return ball.New(w.precision).Quo(x, y) }

func (w *world) parameter(name string) *big.Rat {
	if q, ok := w.c.Parameters[name]; ok {
		return q
	}
	return FirstTried(name)
}

func (w *world) alpha() *big.Rat { return w.parameter("alpha") }

// limit returns the number that stands for a limit.
func (w *world) limit(l theory.Limit) (*ball.Ball, error) {
	n, ok := map[theory.Limit]int{theory.FiniteLimit: 0, theory.PlusInfinity: 1, theory.MinusInfinity: -1, theory.Stationary: 2}[l]
	if !ok {
		return nil, fmt.Errorf("limit %v", l)
	}
	return w.integer(n), nil
}

// surd encloses a sum of surds.
func (w *world) surd(x theory.SurdSum) (*ball.Ball, error) {
	return prove.Surds(x, int(w.precision)/4).Ball(w.precision)
}

// root is s = 1/√K.
func (s *side) root() *ball.Ball { return reduced.Sigma(big.NewRat(1, 1), s.profile.K, s.precision) }

func (s *side) kappa() *ball.Ball {
	return ball.New(s.precision).SetRat(reduced.Kappa(s.profile, s.alpha()))
}

// mean is Σ d W_d/(Σ W_d − without): F(0), and F_in(0) without n_out. F(0) = d*
// is decided by integers.
func (s *side) mean(without int) *ball.Ball {
	if without == 0 && s.profile.Start().IsZero() {
		return s.integer(s.profile.TargetDegree.Num)
	}
	all := s.reduced().Sum(func(int) int { return 1 })
	return s.quotient(s.reduced().Sum(func(d int) int { return d }), all.AddInt64(all, -int64(without)))
}

func (s *side) equilibrium() (*prove.Equilibrium, error) {
	if s.profile.Certify(theory.Coconut).Limit() != theory.FiniteLimit {
		return nil, errUndefined
	}
	if s.rest != nil {
		return s.rest, nil
	}
	var err error
	s.rest, err = prove.EquilibriumOf(s.ctx, s.profile, s.alpha(), int(s.precision)/5)
	return s.rest, err
}

func (s *side) attention() *theory.Attention {
	if s.softmax == nil {
		s.softmax = theory.AttentionOf(s.step)
	}
	return s.softmax
}

// flowDigits is how well a proof encloses μ(t).
const flowDigits = 12

// logit gives μ(t): approximately while searching, by the elementary solution
// in a proof.
func (s *side) logit() (*ball.Ball, error) { return s.logitFrom(new(big.Rat)) }

func (s *side) logitFrom(start *big.Rat) (*ball.Ball, error) {
	if s.rigorous {
		flow, err := prove.FlowOf(s.ctx, s.profile, prove.FlowRequest{Loss: s.loss, Alpha: s.alpha(), Start: start, Times: []*big.Rat{s.parameter("t")}, Digits: flowDigits})
		if err != nil {
			return nil, err
		}
		return flow.Mu[0].Ball(s.precision)
	}
	f, err := s.profile.Family(s.loss, s.alpha())
	if err != nil {
		return nil, err
	}
	field, err := reduced.NewField(f)
	if err != nil {
		return nil, err
	}
	horizon, _ := s.parameter("t").Float64()
	from, _ := start.Float64()
	mu, err := reduced.Integrate(s.ctx, field.Slope, []float64{from}, horizon, 1e-9)
	if err != nil {
		return nil, err
	}
	return ball.New(s.precision).SetFloat64(mu[0]), nil
}

// descentReach is how large αs|μ| may become for descent to be followed.
const descentReach = 1e6

// descent encloses μ_k of μ_{k+1} = μ_k + η·(αs/n)(E_S[d] − F(μ_k)), μ_0 = 0.
func (s *side) descent() (*ball.Ball, error) {
	if !allowed("k", s.parameter("k")) {
		return nil, errUndefined
	}
	x, p := s.reduced(), s.precision
	rate := ball.New(p).MulRat(x.Sigma, new(big.Rat).Quo(s.parameter("eta"), big.NewRat(int64(s.profile.N), 1)))
	mu := ball.New(p)
	for range s.parameter("k").Num().Int64() {
		y := ball.New(p).Mul(mu, x.Sigma)
		y.Exp(y)
		total, sum := ball.New(p), ball.New(p) // Q(y) and P(y)
		for i, d := range x.Degrees {
			term := ball.New(p).PowInt(y, int64(d))
			total.Add(total, term.Mul(term, x.Weights[i]))
			sum.Add(sum, term.MulInt64(term, int64(d)))
		}
		target := s.integer(s.profile.TargetDegree.Num)
		if s.loss == theory.CoconutBFS {
			target.Quo(sum, ball.New(p).AddInt64(total, -int64(s.profile.Outside())))
		}
		target.Sub(target, sum.Quo(sum, total))
		mu.Add(mu, target.Mul(target, rate))
		if u := y.Abs(y.Mul(mu, x.Sigma)); !u.IsFinite() || u.Upper().Cmp(big.NewFloat(descentReach)) > 0 {
			return nil, errUndefined
		}
	}
	return mu, nil
}

// pooled gives the shared logit of both instances, or where it goes.
func (w *world) pooled(where bool) (*ball.Ball, error) {
	var profiles []*theory.Profile
	mixture := &prove.Mixture{}
	start, ties := ball.New(w.precision), true // Σ s_i (d*_i − F_i(0))
	for i := range w.c.Instances {
		s, err := w.side(i)
		if err != nil {
			return nil, err
		}
		f, err := s.profile.Family(theory.Coconut, w.alpha())
		if err != nil {
			return nil, err
		}
		profiles = append(profiles, s.profile)
		mixture.Families, mixture.Weights = append(mixture.Families, f), append(mixture.Weights, 1)
		ties = ties && s.profile.Start().IsZero()
		term := s.mean(0)
		term.Neg(term.AddInt64(term, -int64(s.profile.TargetDegree.Num)))
		start.Add(start, term.Mul(term, s.root()))
	}
	limit := theory.SharedLimit(profiles, new(big.Rat))
	switch {
	case where:
		return w.limit(limit)
	case limit != theory.FiniteLimit:
		return nil, errUndefined
	case ties:
		return ball.New(w.precision), nil
	}
	if _, known := start.Sign(); !known { // a tie between instances: μ* = 0 has no relative accuracy
		return nil, errUndefined
	}
	theta, err := prove.EncloseEquilibrium(w.ctx, mixture, int(w.precision)/5)
	if err != nil {
		return nil, err
	}
	return theta[0], nil
}

// A thought is how the support of some weights lies to N_{c+1}, and their least
// and greatest there.
type thought struct {
	inside, covers bool
	least, most    *big.Rat
}

func (t thought) exact() int { return indicator(t.inside && t.covers) }

// thought expands uniform weights once, or those of the root c+1 times,
// exactly.
func (s *side) thought(walks bool) (thought, error) {
	in, next := s.step.Instance, s.step.Next()
	uniform := make([]*big.Rat, len(next))
	for v, inside := range s.step.Set() {
		uniform[v] = big.NewRat(int64(indicator(inside)), 1)
	}
	weights := theory.Expand(in.Graph, uniform, s.parameter("logit"))
	if walks {
		var err error
		if weights, err = theory.WalkWeights(in.Graph, in.Root, s.logits(s.c.Step+1)); err != nil {
			return thought{}, err
		}
	}
	t := thought{inside: true, covers: true}
	var held []*big.Rat
	for v, x := range weights {
		t.inside = t.inside && (x.Sign() == 0 || next[v])
		t.covers = t.covers && (x.Sign() != 0 || !next[v])
		if next[v] {
			held = append(held, x)
		}
	}
	if len(held) > 0 {
		t.least, t.most = slices.MinFunc(held, (*big.Rat).Cmp), slices.MaxFunc(held, (*big.Rat).Cmp)
	}
	return t, nil
}

func (s *side) spread() (*ball.Ball, error) {
	t, err := s.thought(false)
	switch {
	case err != nil:
		return nil, err
	case t.least == nil || t.least.Sign() <= 0:
		return nil, errUndefined
	}
	return ball.New(s.precision).SetRat(new(big.Rat).Quo(t.most, t.least)), nil
}

// logits returns the logit so many times.
func (w *world) logits(count int) []*big.Rat {
	return slices.Repeat([]*big.Rat{w.parameter("logit")}, count)
}

// stages are the prediction stages of Theorem 3 with walk weights.
func (w *world) stages() ([]*theory.Prediction, error) {
	if w.parameter("logit").Sign() <= 0 {
		return nil, errUndefined
	}
	var out []*theory.Prediction
	for i := range w.c.Instances {
		in := &w.c.Instances[i]
		p, err := theory.PredictionOf(in, in.Steps(), w.logits(in.Steps()))
		switch {
		case errors.Is(err, theory.ErrTargetAbsent), errors.Is(err, theory.ErrTargetAlone), errors.Is(err, theory.ErrOtherPresent):
			return nil, errUndefined
		case err != nil:
			return nil, err
		}
		out = append(out, p)
	}
	return out, nil
}
