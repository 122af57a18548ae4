package hunt

import (
	"slices"
	"strings"

	"muflow/internal/reduced"
	"muflow/ode/ball"
	"muflow/prove"
	"muflow/theory"
)

// A number is what formulas may speak of: all that the hunt does with it.
type number struct {
	name, meaning string
	second        string   // meaning of the same number of the second instance, whose name ends in 2; "" if there is none
	view          view     // the coarsest view of a case that shows it
	behind        []string // parameters that it depends on
	guessed       bool     // while searching it is approximate, without a bound
	totals        bool     // it sees edges from outside N_c, as all of attentionView do
	candidate     bool     // it sees the other candidate
	value         func(*side) (*ball.Ball, error)
}

// numbers lists them by the views that they need.
var numbers = slices.Concat(profileNumbers, carryNumbers, softmaxNumbers, thoughtNumbers, walkNumbers, stageNumbers, vertexNumbers, descentNumbers)

// profileNumbers are parameters, and what a profile shows.
var profileNumbers = []number{
	{name: "finite", meaning: "the limit is finite (0)", value: always(0)},
	{name: "plus", meaning: "the limit is +∞ (1)", value: always(1)},
	{name: "minus", meaning: "the limit is −∞ (−1)", value: always(-1)},
	{name: "stationary", meaning: "nothing moves (2)", value: always(2)},
	{name: "alpha", meaning: "α", value: given("alpha")},
	{name: "t", meaning: "time t", value: given("t")},
	{name: "eta", meaning: "step η of gradient descent", value: given("eta")},
	{name: "k", meaning: "number k of its steps", value: given("k")},
	{name: "gain", meaning: "value gain g", value: given("gain")},
	{name: "logit", meaning: "a logit μ of one step of thought generation", value: given("logit")},

	{name: "step", meaning: "c", value: counted(func(s *side) int { return s.c.Step })},
	{name: "other", meaning: "1 if the other candidate is reachable, 0 if not", candidate: true, value: counted(func(s *side) int {
		in := s.step.Instance
		return indicator(in.Graph.Distances(in.Root)[in.Other] >= 0)
	})},
	{name: "n", meaning: "n", second: "its n", value: ofProfile(func(p *theory.Profile) int { return p.N })},
	{name: "K", meaning: "K = |N_c|", second: "its K", value: ofProfile(func(p *theory.Profile) int { return p.K })},
	{name: "dstar", meaning: "d*", second: "its d*", value: ofProfile(func(p *theory.Profile) int { return p.TargetDegree.Num })},
	{name: "dmin", meaning: "d_min", second: "its d_min", value: ofProfile((*theory.Profile).MinDegree)},
	{name: "dmax", meaning: "d_max", second: "its d_max", value: ofProfile((*theory.Profile).MaxDegree)},
	{name: "nout", meaning: "n_out", value: ofProfile((*theory.Profile).Outside)},
	{name: "kinds", meaning: "number of different d_v", value: ofProfile(func(p *theory.Profile) int { return len(p.Weights()) })},
	{name: "dsecond", meaning: "the second-largest d_v, d_max if there is none", value: ofProfile(secondLargest)},
	{name: "dnext", meaning: "the second-smallest d_v, d_min if there is none", value: ofProfile(secondSmallest)},
	{name: "limit", meaning: "where μ goes", second: "where μ of the second instance goes", value: func(s *side) (*ball.Ball, error) {
		return s.limit(s.profile.Certify(s.loss).Limit())
	}},
	{name: "s", meaning: "1/√K", value: func(s *side) (*ball.Ball, error) { return s.root(), nil }},
	{name: "kappa", meaning: "κ = α²/(nK)", behind: gain, value: func(s *side) (*ball.Ball, error) { return s.kappa(), nil }},
	{name: "start", meaning: "sign of R(1), of d* − F(0)", second: "its sign of R(1)", behind: gain, value: func(s *side) (*ball.Ball, error) {
		sign, err := prove.StartSign(s.profile, s.alpha())
		return s.integer(sign), err
	}},

	{name: "Z0", meaning: "Q(1) = Z(0)", behind: gain, value: summed(func(*theory.Profile, int) int { return 1 })},
	{name: "Wtop", meaning: "W_{d_max}", behind: gain, value: summed(func(p *theory.Profile, d int) int { return indicator(d == p.MaxDegree()) })},
	{name: "Wleast", meaning: "W_{d_min}", behind: gain, value: summed(func(p *theory.Profile, d int) int { return indicator(d == p.MinDegree()) })},
	{name: "Wsecond", meaning: "W_d at the second-largest d_v", behind: gain, value: summed(func(p *theory.Profile, d int) int { return indicator(d == secondLargest(p)) })},
	{name: "Wnext", meaning: "W_d at the second-smallest d_v", behind: gain, value: summed(func(p *theory.Profile, d int) int { return indicator(d == secondSmallest(p)) })},
	{name: "Wbelow", meaning: "Σ_{d<d*} W_d", behind: gain, value: summed(func(p *theory.Profile, d int) int { return indicator(d < p.TargetDegree.Num) })},
	{name: "Wabove", meaning: "Σ_{d>d*} W_d", behind: gain, value: summed(func(p *theory.Profile, d int) int { return indicator(d > p.TargetDegree.Num) })},
	{name: "Wroom", meaning: "Σ_{d<d*}(d*−d) W_d", behind: gain, value: summed(func(p *theory.Profile, d int) int { return max(p.TargetDegree.Num-d, 0) })},
	{name: "Wover", meaning: "Σ_{d>d*}(d−d*) W_d", behind: gain, value: summed(func(p *theory.Profile, d int) int { return max(d-p.TargetDegree.Num, 0) })},
	{name: "F0", meaning: "F(0)", behind: gain, value: func(s *side) (*ball.Ball, error) { return s.mean(0), nil }},
	{name: "Fin0", meaning: "F_in(0)", behind: gain, value: func(s *side) (*ball.Ball, error) { return s.mean(s.profile.Outside()), nil }},
	{name: "drift", meaning: "μ'(0)", behind: gain, value: func(s *side) (*ball.Ball, error) { // (αs/n)(E_S[d] − F(0))
		target := s.integer(s.profile.TargetDegree.Num)
		if s.loss == theory.CoconutBFS {
			target = s.mean(s.profile.Outside())
		}
		target.Sub(target, s.mean(0))
		target.Mul(target, s.reduced().Sigma)
		return target.QuoInt64(target, int64(s.profile.N)), nil
	}},
	{name: "varzero", meaning: "Var_0(d)", behind: gain, value: func(s *side) (*ball.Ball, error) { // Σ d² W/Σ W − F(0)²
		second := s.quotient(s.reduced().Sum(func(d int) int { return d * d }), s.reduced().Sum(func(int) int { return 1 }))
		mean := s.mean(0)
		return second.Sub(second, mean.Sqr(mean)), nil
	}},
	{name: "mustar", meaning: "μ*", second: "its μ*", behind: gain, value: atRest(func(_ *side, e *prove.Equilibrium) (*ball.Ball, error) { return e.Mu, nil })},
	{name: "rate", meaning: "κ Var_{μ*}(d)", behind: gain, value: atRest(func(_ *side, e *prove.Equilibrium) (*ball.Ball, error) { return e.Rate, nil })},
	{name: "varstar", meaning: "Var_{μ*}(d)", behind: gain, value: atRest(func(s *side, e *prove.Equilibrium) (*ball.Ball, error) { return s.quotient(e.Rate, s.kappa()), nil })},
	{name: "vleast", meaning: "the least Var(d) between 0 and μ*", behind: gain, value: atRest(func(s *side, e *prove.Equilibrium) (*ball.Ball, error) {
		return prove.LeastVariance(s.ctx, s.profile, s.alpha(), e.Mu)
	})},
	{name: "mu", meaning: "μ(t) under the loss of the statement, from 0", behind: []string{"alpha", "t"}, guessed: true, value: (*side).logit},
	{name: "origin", meaning: "another start μ(0)", value: given("origin")},
	{name: "mufrom", meaning: "μ(t) under the loss of the statement, from that start", behind: []string{"alpha", "t", "origin"}, guessed: true, value: func(s *side) (*ball.Ball, error) { return s.logitFrom(s.parameter("origin")) }},
	{name: "Zfrom", meaning: "Σ w_d with the weights w_d = W_d·e^{αsμ(0)d} of that start", behind: gainAndOrigin, value: weighed(func(*theory.Profile, int) int { return 1 })},
	{name: "wtopfrom", meaning: "w_{d_max}", behind: gainAndOrigin, value: weighed(func(p *theory.Profile, d int) int { return indicator(d == p.MaxDegree()) })},
	{name: "wsecondfrom", meaning: "w_d at the second-largest d_v", behind: gainAndOrigin, value: weighed(func(p *theory.Profile, d int) int { return indicator(d == secondLargest(p)) })},
	{name: "edgesfrom", meaning: "Σ d·w_d", behind: gainAndOrigin, value: weighed(func(_ *theory.Profile, d int) int { return d })},
	{name: "roomfrom", meaning: "Σ_{d<d*}(d*−d) w_d", behind: gainAndOrigin, value: weighed(func(p *theory.Profile, d int) int { return max(p.TargetDegree.Num-d, 0) })},
	{name: "vfrom", meaning: "the least Var(d) between that start and μ*", behind: gainAndOrigin, value: atRest(func(s *side, e *prove.Equilibrium) (*ball.Ball, error) {
		return prove.LeastVarianceFrom(s.ctx, s.profile, s.alpha(), s.parameter("origin"), e.Mu)
	})},
	{name: "delta", meaning: "δ of a trained carry-over at c = 0 with r = 1/n, ω(0) = 1", behind: gain, value: carried(1, func(s *side, x *ball.Ball) *ball.Ball { return x })},
	{name: "deltaone", meaning: "δ with r = 1", behind: gain, value: carried(0, func(s *side, x *ball.Ball) *ball.Ball { return x })},
	{name: "mucarry", meaning: "where μ goes under Coconut-BFS with a trained carry-over, c = 0, r = 1/n, ω(0) = 1", behind: gain, value: carried(1, func(s *side, x *ball.Ball) *ball.Ball {
		x.Log(x)
		return x.Neg(x.Quo(x, ball.New(s.precision).SetRat(s.alpha())))
	})},
	{name: "room", meaning: "1 − (d_F − d_N)⁺(d_N + E)/n of a trained carry-over, r = 1/n, ω(0) = 1", behind: gain, value: func(s *side) (*ball.Ball, error) {
		return prove.CarryNumbersOf(s.profile, s.alpha(), nil, prove.CarryOver{}, s.precision).Collapse, nil
	}},
	{name: "muk", meaning: "μ after k steps of gradient descent of size η under the loss of the statement, from 0, as far as αs|μ| ≤ 10⁶", behind: []string{"alpha", "eta", "k"}, value: (*side).descent},
	{name: "pool", meaning: "where the shared μ of both goes", value: func(s *side) (*ball.Ball, error) { return s.pooled(true) }},
	{name: "poolmu", meaning: "the shared μ*", behind: gain, value: func(s *side) (*ball.Ball, error) { return s.pooled(false) }},
}

// thoughtNumbers are those of the weights of thoughts.
var thoughtNumbers = []number{
	{name: "support", meaning: "1 if one step from uniform weights has exactly the support N_{c+1}", view: thoughtView, behind: logit, value: afterStep(false, thought.exact)},
	{name: "inside", meaning: "1 if its support lies in N_{c+1}", view: thoughtView, behind: logit, value: afterStep(false, func(t thought) int { return indicator(t.inside) })},
	{name: "covers", meaning: "1 if it contains N_{c+1}", view: thoughtView, behind: logit, value: afterStep(false, func(t thought) int { return indicator(t.covers) })},
	{name: "walk", meaning: "1 if c+1 steps from the root have exactly the support N_{c+1}", view: thoughtView, behind: logit, value: afterStep(true, thought.exact)},
	{name: "spread", meaning: "max β/min β over N_{c+1} after one step", view: thoughtView, behind: logit, value: (*side).spread},
	{name: "bare", meaning: "vertices of N_c with d_v = 0", view: thoughtView, value: counted(func(s *side) int {
		degrees, count := s.step.Instance.Graph.Degrees(s.step.Set()), 0
		for v, inside := range s.step.Set() {
			count += indicator(inside && degrees[v] == 0)
		}
		return count
	})},
	{name: "fresh", meaning: "vertices of N_{c+1} outside N_c", view: thoughtView, value: counted(func(s *side) int {
		set, count := s.step.Set(), 0
		for v, inside := range s.step.Next() {
			count += indicator(inside && !set[v])
		}
		return count
	})},
	{name: "wdstar", meaning: "d* with walk weights of the logit", view: thoughtView, behind: logit, value: onWalk(func(s *side, x *theory.WalkStep) (*ball.Ball, error) {
		return ball.New(s.precision).SetRat(x.Target), nil
	})},
	{name: "wdmin", meaning: "d_min with walk weights", view: thoughtView, behind: logit, value: onWalk(func(s *side, x *theory.WalkStep) (*ball.Ball, error) {
		return ball.New(s.precision).SetRat(x.Least()), nil
	})},
	{name: "wdmax", meaning: "d_max with walk weights", view: thoughtView, behind: logit, value: onWalk(func(s *side, x *theory.WalkStep) (*ball.Ball, error) {
		return ball.New(s.precision).SetRat(x.Most()), nil
	})},
	{name: "wlimit", meaning: "where μ goes with walk weights", view: thoughtView, behind: logit, value: onWalk(func(s *side, x *theory.WalkStep) (*ball.Ball, error) { return s.limit(x.Limit(s.loss)) })},
	{name: "wstart", meaning: "sign of d* − F(0) with walk weights", view: thoughtView, behind: gainAndLogit, value: onWalk(func(s *side, x *theory.WalkStep) (*ball.Ball, error) {
		sign, err := prove.WalkStartSign(x, s.alpha())
		return s.integer(sign), err
	})},
	{name: "wmustar", meaning: "μ* with walk weights", view: thoughtView, behind: gainAndLogit, value: atWalkRest(func(_ *side, _ *theory.WalkStep, e *prove.Equilibrium) (*ball.Ball, error) { return e.Mu, nil })},
	{name: "answer", meaning: "1 if the second instance is answered rightly in the limit of training on the first, −1 if wrongly, 0 if the direction does not decide",
		view: thoughtView, candidate: true, behind: logit, value: afterTraining(func(s *side, stages []*theory.Prediction, l *theory.AnswerLimit) (*ball.Ball, error) {
			return s.integer(l.Answer(stages[len(stages)-1])), nil
		})},
	{name: "leadtime", meaning: "the time from which on the target of the first instance leads; 0 if it always does", view: thoughtView, candidate: true, behind: logit, value: afterTraining(func(s *side, stages []*theory.Prediction, _ *theory.AnswerLimit) (*ball.Ball, error) {
		if stages[0].Head().Sign() >= 0 {
			return s.integer(0), nil
		}
		return prove.AnswerTime(s.ctx, stages[0], leadDigits)
	})},
	{name: "ratioboth", meaning: "lim μ_R/μ_A of training on both instances", view: thoughtView, candidate: true, behind: logit, value: func(s *side) (*ball.Ball, error) {
		stages, err := s.stages()
		if err != nil {
			return nil, err
		}
		limit, err := theory.AnswerLimitOf(stages)
		if err != nil {
			return nil, err
		}
		return s.surd(limit.Ratio)
	}},
	{name: "ratio", meaning: "lim μ_R/μ_A of the first instance", view: thoughtView, candidate: true, behind: logit, value: afterTraining(func(s *side, _ []*theory.Prediction, l *theory.AnswerLimit) (*ball.Ball, error) {
		return s.surd(l.Ratio)
	})},
	{name: "lead", meaning: "largest other weight of the first thought", second: "largest other weight of the second thought", view: thoughtView, candidate: true, behind: logit,
		value: afterThoughts(func(p *theory.Prediction) theory.Surd { return theory.NewSurd(p.Others[0], p.Square) })},
	{name: "weight", meaning: "target weight λ* of the first thought", second: "target weight λ* of the second thought", view: thoughtView, candidate: true, behind: logit,
		value: afterThoughts((*theory.Prediction).Weight)},
}

// What is behind many numbers.
var (
	gain      = []string{"alpha"}
	bothGains = []string{"alpha", "gain"}
	logit     = []string{"logit"}

	gainAndLogit  = []string{"alpha", "logit"}
	gainAndOrigin = []string{"alpha", "origin"}
)

// leadDigits is to how many digits the time of the answer is enclosed.
const leadDigits = 6

// walkDigits is to how many digits an equilibrium with walk weights is enclosed.
const walkDigits = 20

func secondLargest(p *theory.Profile) int {
	x := p.Weights()
	return x[max(len(x)-2, 0)].Degree
}

func secondSmallest(p *theory.Profile) int {
	x := p.Weights()
	return x[min(1, len(x)-1)].Degree
}

// numberCalled returns the number that a name stands for, and of which
// instance.
func numberCalled(name string) (x *number, instance int, ok bool) {
	first, cut := strings.CutSuffix(name, "2")
	for i := range numbers {
		x := &numbers[i]
		switch {
		case x.name == name:
			return x, 0, true
		case cut && x.second != "" && x.name == first:
			return x, 1, true
		}
	}
	return nil, 0, false
}

// varies reports whether a name is a parameter, or a number that depends on one.
func varies(name string) bool {
	x, _, ok := numberCalled(name)
	return !ok || parameters[name] != nil || len(x.behind) > 0
}

// Names returns what formulas may speak of, with what it means. A name that
// ends in 2 is about the second instance.
func Names() map[string]string {
	out := map[string]string{}
	for _, x := range numbers {
		out[x.name] = x.meaning
		if x.second != "" {
			out[x.name+"2"] = x.second
		}
	}
	return out
}

// used lists the numbers that a statement speaks of.
func (s *Statement) numbers() []*number {
	var out []*number
	for name := range s.used {
		if x, _, ok := numberCalled(name); ok && !slices.Contains(out, x) {
			out = append(out, x)
		}
	}
	return out
}

func always(n int) func(*side) (*ball.Ball, error) { return counted(func(*side) int { return n }) }

func given(name string) func(*side) (*ball.Ball, error) {
	return func(s *side) (*ball.Ball, error) { return ball.New(s.precision).SetRat(s.parameter(name)), nil }
}

func counted(count func(*side) int) func(*side) (*ball.Ball, error) {
	return func(s *side) (*ball.Ball, error) { return s.integer(count(s)), nil }
}

func ofProfile(count func(*theory.Profile) int) func(*side) (*ball.Ball, error) {
	return counted(func(s *side) int { return count(s.profile) })
}

// summed is Σ_d factor(d) W_d.
func summed(factor func(p *theory.Profile, d int) int) func(*side) (*ball.Ball, error) {
	return func(s *side) (*ball.Ball, error) {
		return s.reduced().Sum(func(d int) int { return factor(s.profile, d) }), nil
	}
}

// weighed is Σ_d factor(d) W_d·e^{αsμ(0)d} with the given start.
func weighed(factor func(p *theory.Profile, d int) int) func(*side) (*ball.Ball, error) {
	return func(s *side) (*ball.Ball, error) {
		x := s.reduced()
		total, first := ball.New(s.precision), ball.New(s.precision).MulRat(x.Sigma, s.parameter("origin"))
		first.Exp(first)
		for i, d := range x.Degrees {
			w := ball.New(s.precision).PowInt(first, int64(d))
			w.Mul(w, x.Weights[i])
			total.Add(total, w.MulInt64(w, int64(factor(s.profile, d))))
		}
		return total, nil
	}
}

// atRest is a number at the equilibrium.
func atRest(value func(*side, *prove.Equilibrium) (*ball.Ball, error)) func(*side) (*ball.Ball, error) {
	return func(s *side) (*ball.Ball, error) {
		e, err := s.equilibrium()
		if err != nil {
			return nil, err
		}
		return value(s, e)
	}
}

// carried is a number made of δ = 1 − r m e^{−α}, r = n^{−power}, where N_c is the
// root alone and something moves.
func carried(power int64, value func(*side, *ball.Ball) *ball.Ball) func(*side) (*ball.Ball, error) {
	return func(s *side) (*ball.Ball, error) {
		children, star := s.profile.Children()
		if !star || children == 0 || s.profile.Outside() == 0 {
			return nil, errUndefined
		}
		x := ball.New(s.precision).SetRat(s.alpha())
		x.Exp(x.Neg(x))
		x.MulInt64(x, int64(children))
		if power > 0 {
			x.QuoInt64(x, int64(s.profile.N))
		}
		return value(s, x.Sub(s.integer(1), x)), nil
	}
}

// afterStep is a number of the weights after one step from uniform weights, or
// after all steps from the root.
func afterStep(walks bool, count func(thought) int) func(*side) (*ball.Ball, error) {
	return func(s *side) (*ball.Ball, error) {
		t, err := s.thought(walks)
		return s.integer(count(t)), err
	}
}

// onWalk is a number of the step with walk weights of a logit > 0.
func onWalk(value func(*side, *theory.WalkStep) (*ball.Ball, error)) func(*side) (*ball.Ball, error) {
	return func(s *side) (*ball.Ball, error) {
		if s.parameter("logit").Sign() <= 0 {
			return nil, errUndefined
		}
		x, err := theory.WalkStepOf(s.step, s.logits(s.c.Step))
		if err != nil {
			return nil, err
		}
		return value(s, x)
	}
}

// afterThoughts is a weight of the prediction stage.
func afterThoughts(weight func(*theory.Prediction) theory.Surd) func(*side) (*ball.Ball, error) {
	return func(s *side) (*ball.Ball, error) {
		stages, err := s.stages()
		if err != nil {
			return nil, err
		}
		return s.surd(theory.SurdSum{weight(stages[s.i])})
	}
}

// afterTraining is a number of the limit of training on the first instance.
func afterTraining(value func(*side, []*theory.Prediction, *theory.AnswerLimit) (*ball.Ball, error)) func(*side) (*ball.Ball, error) {
	return func(s *side) (*ball.Ball, error) {
		stages, err := s.stages()
		if err != nil {
			return nil, err
		}
		limit, err := theory.AnswerLimitOf(stages[:1])
		if err != nil {
			return nil, err
		}
		return value(s, stages, limit)
	}
}

func indicator(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

// reduced is the profile in numbers.
func (s *side) reduced() *reduced.Numbers {
	if s.numbers == nil {
		s.numbers = reduced.NumbersOf(s.profile, s.alpha(), s.precision)
	}
	return s.numbers
}
