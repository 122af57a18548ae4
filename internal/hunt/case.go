package hunt

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/big"
	"regexp"
	"slices"

	"muflow/graph"
	"muflow/internal/reduced"
	"muflow/ode/ball"
	"muflow/prove"
	"muflow/theory"
)

// A Case is where a statement is tried: one instance, or two for a statement
// about populations and unseen instances, a step, and exact parameters.
type Case struct {
	Instances  []graph.Instance
	Step       int
	Parameters map[string]*big.Rat // those of the statement: alpha, t, gain, logit
}

// order returns the number of vertices of all instances.
func (c *Case) order() int {
	n := 0
	for i := range c.Instances {
		n += c.Instances[i].Graph.Order()
	}
	return n
}

// names lists what a formula may speak of. An index 2 means the same number of
// the second instance.
var names = map[string]string{
	"finite": "the limit is finite (0)", "plus": "the limit is +∞ (1)", "minus": "the limit is −∞ (−1)", "stationary": "nothing moves (2)",
	"alpha": "α", "t": "time t", "gain": "value gain g", "logit": "a logit μ of one step of thought generation",
	"n": "n", "K": "K = |N_c|", "s": "1/√K", "kappa": "κ = α²/(nK)", "step": "c",
	"dstar": "d*", "dmin": "d_min", "dmax": "d_max", "nout": "n_out", "kinds": "number of different d_v",
	"dsecond": "the second-largest d_v, d_max if there is none", "dnext": "the second-smallest d_v, d_min if there is none",
	"start": "sign of R(1), of d* − F(0)", "other": "1 if the other candidate is reachable, 0 if not",
	"Z0": "Q(1) = Z(0)", "F0": "F(0)", "Fin0": "F_in(0)", "Wtop": "W_{d_max}", "Wbelow": "Σ_{d<d*} W_d", "Wroom": "Σ_{d<d*}(d*−d) W_d", "Wabove": "Σ_{d>d*} W_d", "Wover": "Σ_{d>d*}(d−d*) W_d",
	"limit": "where μ goes", "mustar": "μ*", "rate": "κ Var_{μ*}(d)", "varstar": "Var_{μ*}(d)", "varzero": "Var_0(d)", "vleast": "the least Var(d) between 0 and μ*",
	"mu": "μ(t) under the loss of the statement, from 0", "drift": "μ'(0)",
	"M": "number of edges", "Mc": "edges that leave N_c", "Dstar": "D_p", "moves": "1 if 0 < M_c < M and h is not constant", "zlimit": "where z goes under softmax attention",
	"hp": "h_p", "hone": "sign of h_p − E_{w=1}[h]", "hzero": "sign of h_p − E_{w=0}[h]",
	"limit2": "where μ of the second instance goes", "dstar2": "its d*", "dmin2": "its d_min", "dmax2": "its d_max", "start2": "its sign of R(1)", "mustar2": "its μ*", "n2": "its n", "K2": "its K",
	"pool": "where the shared μ of both goes", "poolmu": "the shared μ*",
	"support": "1 if one step from uniform weights has exactly the support N_{c+1}", "inside": "1 if its support lies in N_{c+1}", "covers": "1 if it contains N_{c+1}",
	"walk": "1 if c+1 steps from the root have exactly the support N_{c+1}", "spread": "max β/min β over N_{c+1} after one step", "bare": "vertices of N_c with d_v = 0", "fresh": "vertices of N_{c+1} outside N_c",
	"answer": "1 if the second instance is answered rightly in the limit of training on the first, −1 if wrongly, 0 if the direction does not decide",
	"ratio":  "lim μ_R/μ_A of the first instance", "lead": "largest other weight of the first thought", "lead2": "largest other weight of the second thought",
	"weight": "target weight λ* of the first thought", "weight2": "target weight λ* of the second thought",
}

// parameters lists the names that a case gives, with the values that are tried
// first, simple ones first.
var parameters = map[string][]*big.Rat{
	"alpha": rats("1", "2", "1/2", "4", "1/4", "10", "1/10"),
	"t":     rats("1", "4", "16", "64", "256", "1024", "1/4", "1/16", "1/64", "4096", "16384", "65536", "1048576"),
	"gain":  rats("1", "1/10", "10", "3", "30", "100"),
	"logit": rats("1", "2", "1/2", "1/10", "10", "-1", "-1/2", "-2", "0", "1/100", "100"),
}

func rats(texts ...string) []*big.Rat {
	out := make([]*big.Rat, len(texts))
	for i, s := range texts {
		q, ok := new(big.Rat).SetString(s)
		if !ok {
			panic(s)
		}
		out[i] = q
	}
	return out
}

// errUndefined says that a number does not exist in a case, such as μ* of a
// flow without a finite limit.
var errUndefined = errors.New("not defined here")

// ofProfile gives the numbers of one profile.
func (w *world) ofProfile(name string, p *theory.Profile) (*ball.Ball, error) {
	x := reduced.NumbersOf(p, w.alpha(), w.precision)
	sum := x.Sum // Σ factor(d) W_d
	one := func(int) int { return 1 }
	degree := func(d int) int { return d }
	switch name {
	case "n":
		return w.integer(p.N), nil
	case "K":
		return w.integer(p.K), nil
	case "s":
		return reduced.Sigma(big.NewRat(1, 1), p.K, w.precision), nil
	case "kappa":
		return ball.New(w.precision).SetRat(reduced.Kappa(p, w.alpha())), nil
	case "dstar":
		return w.integer(p.TargetDegree), nil
	case "dmin":
		return w.integer(p.MinDegree()), nil
	case "dmax":
		return w.integer(p.MaxDegree()), nil
	case "nout":
		return w.integer(p.Outside()), nil
	case "kinds":
		return w.integer(len(x.Degrees)), nil
	case "dsecond":
		return w.integer(x.Degrees[max(len(x.Degrees)-2, 0)]), nil
	case "dnext":
		return w.integer(x.Degrees[min(1, len(x.Degrees)-1)]), nil
	case "start":
		sign, err := prove.StartSign(p, w.alpha())
		return w.integer(sign), err
	case "Z0":
		return sum(one), nil
	case "F0":
		return ball.New(w.precision).Quo(sum(degree), sum(one)), nil
	case "Fin0":
		inside := sum(one)
		return ball.New(w.precision).Quo(sum(degree), inside.AddInt64(inside, -int64(p.Outside()))), nil
	case "Wtop":
		return sum(func(d int) int { return indicator(d == p.MaxDegree()) }), nil
	case "Wbelow":
		return sum(func(d int) int { return indicator(d < p.TargetDegree) }), nil
	case "Wabove":
		return sum(func(d int) int { return indicator(d > p.TargetDegree) }), nil
	case "Wroom":
		return sum(func(d int) int { return max(p.TargetDegree-d, 0) }), nil
	case "Wover":
		return sum(func(d int) int { return max(d-p.TargetDegree, 0) }), nil
	case "limit":
		return w.limit(p.Certify(w.loss).Limit())
	case "drift": // μ'(0) = (α s/n)(E_S[d] − F(0))
		target := w.integer(p.TargetDegree)
		if w.loss == theory.CoconutBFS {
			var err error
			if target, err = w.ofProfile("Fin0", p); err != nil {
				return nil, err
			}
		}
		f, err := w.ofProfile("F0", p)
		if err != nil {
			return nil, err
		}
		target.Sub(target, f)
		target.Mul(target, x.Sigma)
		return target.QuoInt64(target, int64(p.N)), nil
	case "varzero": // Σ d² W/Σ W − F(0)²
		second := ball.New(w.precision).Quo(sum(func(d int) int { return d * d }), sum(one))
		f, err := w.ofProfile("F0", p)
		if err != nil {
			return nil, err
		}
		return second.Sub(second, f.Sqr(f)), nil
	case "mustar", "rate", "varstar", "vleast":
		if p.Certify(theory.Coconut).Limit() != theory.FiniteLimit {
			return nil, errUndefined
		}
		equilibrium, err := prove.EquilibriumOf(w.ctx, p, w.alpha(), int(w.precision)/5)
		if err != nil {
			return nil, err
		}
		switch name {
		case "mustar":
			return equilibrium.Mu, nil
		case "rate":
			return equilibrium.Rate, nil
		case "vleast":
			return prove.LeastVariance(w.ctx, p, w.alpha(), equilibrium.Mu)
		}
		kappa, err := w.ofProfile("kappa", p)
		return ball.New(w.precision).Quo(equilibrium.Rate, kappa), err
	}
	return nil, fmt.Errorf("%q is not a number of one profile", name)
}

func indicator(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

// softmax gives the numbers of softmax attention.
func (w *world) softmax(name string) (*ball.Ball, error) {
	if w.attention == nil {
		s, err := w.c.Instances[0].Step(w.c.Step)
		if err != nil {
			return nil, err
		}
		w.attention = theory.AttentionOf(s)
	}
	a := w.attention
	switch name {
	case "M":
		return w.integer(a.Edges), nil
	case "Mc":
		return w.integer(a.Leaving), nil
	case "Dstar":
		return w.integer(a.Groups[a.Target].Total), nil
	case "moves":
		return w.truth(a.Moves()), nil
	case "hp":
		return w.integer(int(a.Contrast(a.Target))), nil
	}
	if !a.Moves() {
		if name == "zlimit" {
			return w.integer(2), nil
		}
		return nil, errUndefined
	}
	leaving, err := prove.ExponentialSign(a.Criterion(theory.OnLeaving, w.alpha(), w.parameter("gain")))
	if err != nil {
		return nil, err
	}
	others, err := prove.ExponentialSign(a.Criterion(theory.OnOthers, w.alpha(), w.parameter("gain")))
	if err != nil {
		return nil, err
	}
	switch {
	case name == "hone":
		return w.integer(leaving), nil
	case name == "hzero":
		return w.integer(others), nil
	case leaving >= 0:
		return w.integer(1), nil
	case others <= 0:
		return w.integer(-1), nil
	}
	return w.integer(0), nil
}

// thought gives the numbers of Theorem 2, exactly.
func (w *world) thought(name string) (*ball.Ball, error) {
	in := &w.c.Instances[0]
	set, next := in.Reached(w.c.Step), in.Reached(w.c.Step+1)
	degrees := in.Graph.Degrees(set)
	uniform := make([]*big.Rat, len(set))
	bare, fresh := 0, 0
	for v, inside := range set {
		uniform[v] = big.NewRat(int64(indicator(inside)), 1)
		bare += indicator(inside && degrees[v] == 0)
		fresh += indicator(next[v] && !inside)
	}
	logit := w.parameter("logit")
	weights := theory.Expand(in.Graph, uniform, logit)
	if name == "walk" {
		logits := make([]*big.Rat, w.c.Step+1)
		for i := range logits {
			logits[i] = logit
		}
		var err error
		if weights, err = theory.WalkWeights(in.Graph, in.Root, logits); err != nil {
			return nil, err
		}
	}
	inside, covers := true, true
	var least, most *big.Rat
	for v, x := range weights {
		inside = inside && (x.Sign() == 0 || next[v])
		covers = covers && (x.Sign() != 0 || !next[v])
		if next[v] {
			if least == nil || x.Cmp(least) < 0 {
				least = x
			}
			if most == nil || x.Cmp(most) > 0 {
				most = x
			}
		}
	}
	switch name {
	case "inside":
		return w.truth(inside), nil
	case "covers":
		return w.truth(covers), nil
	case "bare":
		return w.integer(bare), nil
	case "fresh":
		return w.integer(fresh), nil
	case "spread":
		if least == nil || least.Sign() <= 0 {
			return nil, errUndefined
		}
		return ball.New(w.precision).SetRat(new(big.Rat).Quo(most, least)), nil
	}
	return w.truth(inside && covers), nil
}

// prediction gives the numbers of Theorem 3 with walk weights at the logit.
func (w *world) prediction(name string) (*ball.Ball, error) {
	if w.parameter("logit").Sign() <= 0 {
		return nil, errUndefined
	}
	stages := make([]*theory.Prediction, len(w.c.Instances))
	for i := range stages {
		in := &w.c.Instances[i]
		logits := make([]*big.Rat, in.Steps())
		for j := range logits {
			logits[j] = w.parameter("logit")
		}
		p, err := theory.PredictionOf(in, in.Steps(), logits)
		switch {
		case errors.Is(err, theory.ErrTargetAbsent), errors.Is(err, theory.ErrTargetAlone), errors.Is(err, theory.ErrOtherPresent):
			return nil, errUndefined
		case err != nil:
			return nil, err
		}
		stages[i] = p
	}
	surd := func(x theory.SurdSum) (*ball.Ball, error) {
		return prove.Surds(x, int(w.precision)/4).Ball(w.precision)
	}
	weight := func(i int, lead bool) (*ball.Ball, error) {
		if i >= len(stages) {
			return nil, errors.New("a statement about two instances with one")
		}
		p := stages[i]
		if lead {
			return surd(theory.SurdSum{theory.NewSurd(p.Others[0], p.Square)})
		}
		return surd(theory.SurdSum{p.Weight()})
	}
	switch name {
	case "weight":
		return weight(0, false)
	case "weight2":
		return weight(1, false)
	case "lead":
		return weight(0, true)
	case "lead2":
		return weight(1, true)
	}
	limit, err := theory.AnswerLimitOf(stages[:1])
	if err != nil {
		return nil, err
	}
	if name == "ratio" {
		return surd(limit.Ratio)
	}
	return w.integer(limit.Answer(stages[len(stages)-1])), nil
}

// pooled gives the shared logit of both instances.
func (w *world) pooled(name string) (*ball.Ball, error) {
	profiles := make([]*theory.Profile, len(w.c.Instances))
	mixture := &prove.Mixture{}
	for i := range profiles {
		p, err := w.profile(i)
		if err != nil {
			return nil, err
		}
		profiles[i] = p
		f, err := p.Family(theory.Coconut, w.alpha())
		if err != nil {
			return nil, err
		}
		mixture.Families, mixture.Weights = append(mixture.Families, f), append(mixture.Weights, 1)
	}
	limit := theory.SharedLimit(profiles, new(big.Rat))
	if name == "pool" {
		return w.limit(limit)
	}
	if limit != theory.FiniteLimit {
		return nil, errUndefined
	}
	start, ties := ball.New(w.precision), true // Σ s_i (d*_i − F_i(0))
	for _, p := range profiles {
		ties = ties && p.Start().IsZero()
		term, err := w.ofProfile("F0", p)
		if err != nil {
			return nil, err
		}
		s, err := w.ofProfile("s", p)
		if err != nil {
			return nil, err
		}
		term.Neg(term.AddInt64(term, -int64(p.TargetDegree)))
		start.Add(start, term.Mul(term, s))
	}
	if ties {
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

// logit gives μ(t): approximately while searching, by the elementary solution in a proof.
func (w *world) logit() (*ball.Ball, error) {
	p, err := w.profile(0)
	if err != nil {
		return nil, err
	}
	f, err := p.Family(w.loss, w.alpha())
	if err != nil {
		return nil, err
	}
	if !w.rigorous {
		return w.approximate(f)
	}
	flow, err := prove.FlowOf(w.ctx, p, prove.FlowRequest{Loss: w.loss, Alpha: w.alpha(), Times: []*big.Rat{w.parameter("t")}, Digits: flowDigits})
	if err != nil {
		return nil, err
	}
	return flow.Mu[0].Ball(w.precision)
}

// flowDigits is how well a proof encloses μ(t).
const flowDigits = 12

// parameterTexts writes the parameters for a witness.
func (c *Case) parameterTexts() map[string]string {
	out := map[string]string{}
	for name, q := range c.Parameters {
		out[name] = q.RatString()
	}
	return out
}

// fraction is the form of parameters in a witness.
var fraction = regexp.MustCompile(`^-?[0-9]{1,30}(/[0-9]{1,30})?$`)

func decodeParameters(raw map[string]json.RawMessage) (map[string]*big.Rat, error) {
	out := map[string]*big.Rat{}
	for name := range parameters {
		text, ok := raw[name]
		if !ok {
			continue
		}
		var s string
		if err := json.Unmarshal(text, &s); err != nil {
			return nil, fmt.Errorf("%s: expected a fraction in quotes", name)
		}
		if !fraction.MatchString(s) {
			return nil, fmt.Errorf("%s: %.40q, expected a fraction such as \"1/2\" of at most 30 digits a side", name, s)
		}
		q, ok := new(big.Rat).SetString(s)
		if !ok {
			return nil, fmt.Errorf("%s: %q, expected a fraction such as \"1/2\"", name, s)
		}
		if name != "logit" && q.Sign() <= 0 {
			return nil, fmt.Errorf("%s: %q, expected a positive number", name, s)
		}
		out[name] = q
	}
	return out, nil
}

// sortedNames returns the names of a set that are parameters, in order.
func sortedNames(set map[string]bool) []string {
	var out []string
	for name := range set {
		if _, ok := parameters[name]; ok {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}

// Names returns what formulas may speak of, with what it means. A name that
// ends in 2 is about the second instance.
func Names() map[string]string { return maps.Clone(names) }

// Names returns the parameters of a case in order.
func (c *Case) Names() []string { return slices.Sorted(maps.Keys(c.Parameters)) }

// Vertices returns the size of the witness, of both graphs together; 0
// without one.
func (o *Outcome) Vertices() int {
	if o.Witness == nil {
		return 0
	}
	return o.Witness.order()
}
