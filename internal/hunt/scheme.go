package hunt

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"math/big"
	"slices"

	"muflow/graph"
	"muflow/theory"
)

// A scheme says where the parameters of a statement come from: some are given,
// some are one side of an equation of the premise, the others are free.
type scheme struct {
	ctx   context.Context
	s     *Statement
	given map[string]*big.Rat
	tied  map[string]*formula // the other sides of the equations
	free  []string
}

func newScheme(ctx context.Context, s *Statement, given map[string]*big.Rat) *scheme {
	p := &scheme{ctx: ctx, s: s, given: map[string]*big.Rat{}, tied: map[string]*formula{}}
	var taken []*Relation
	for _, name := range s.Parameters() {
		if q := given[name]; q != nil {
			p.given[name] = q
			continue
		}
		i := slices.IndexFunc(s.premise, func(r *Relation) bool {
			return r.sign == "==" && r.against(name) != nil && !slices.Contains(taken, r)
		})
		if i < 0 {
			p.free = append(p.free, name)
			continue
		}
		taken = append(taken, s.premise[i])
		p.tied[name] = s.premise[i].against(name)
	}
	return p
}

// settle gives the tied parameters their values in a case.
func (p *scheme) settle(c *Case) bool {
	if len(p.tied) == 0 {
		return true
	}
	values := map[string]*big.Rat{}
	maps.Copy(values, c.Parameters)
	c.Parameters = values
	for range p.tied { // an equation may need the value of another
		for _, name := range slices.Sorted(maps.Keys(p.tied)) {
			v, err := p.tied[name].value(newWorld(p.ctx, c, p.s.loss, searchPrecision, false))
			if err != nil || !allowed(name, v.exact) {
				return false
			}
			values[name] = v.exact
		}
	}
	return true
}

// settings lists combinations of values of the free parameters, simple ones
// first, with those that are given.
func (p *scheme) settings() []map[string]*big.Rat {
	type indexed struct {
		values map[string]*big.Rat
		rank   int
	}
	all := []indexed{{p.given, 0}}
	for _, name := range p.free {
		var next []indexed
		for _, x := range all {
			for i, q := range p.values(name) {
				values := maps.Clone(x.values)
				values[name] = q
				next = append(next, indexed{values, x.rank + i})
			}
		}
		all = next
	}
	slices.SortStableFunc(all, func(a, b indexed) int { return cmp.Compare(a.rank, b.rank) })
	out := make([]map[string]*big.Rat, len(all))
	for i, x := range all {
		out[i] = x.values
	}
	return out
}

// values lists what a parameter is tried at: simple values, and others around
// the bounds that the premise names, as far as it allows them.
func (p *scheme) values(name string) []*big.Rat {
	out := slices.Clone(parameters[name])
	var own []*Relation // what the premise says of this parameter alone
	var bounds []*big.Rat
	for _, r := range p.s.premise {
		if names := r.names(); len(names) == 0 || slices.ContainsFunc(names, func(other string) bool { return other != name }) {
			continue
		}
		own = append(own, r)
		if other := r.against(name); other != nil {
			if v, err := other.value(newWorld(p.ctx, &Case{}, p.s.loss, searchPrecision, false)); err == nil && v.exact != nil {
				bounds = append(bounds, v.exact)
			}
		}
	}
	for i, q := range bounds {
		for _, factor := range rats("1", "2", "1/2", "5/4", "3/4", "8", "1/8") {
			out = append(out, new(big.Rat).Mul(q, factor))
		}
		for _, other := range bounds[:i] {
			middle := new(big.Rat).Add(q, other)
			out = append(out, middle.Quo(middle, big.NewRat(2, 1)))
		}
	}
	return slices.DeleteFunc(out, func(q *big.Rat) bool {
		w := newWorld(p.ctx, &Case{Parameters: map[string]*big.Rat{name: q}}, p.s.loss, searchPrecision, false)
		return !allowed(name, q) || slices.ContainsFunc(own, func(r *Relation) bool {
			v, _, err := r.decide(w)
			return err != nil || v != theory.Proved
		})
	})
}

// A Decider decides a statement in single cases, without a search.
type Decider struct{ *scheme }

// NewDecider returns one for a statement about one instance. Parameters have
// the values given; those that equations of the premise such as "t == 64" give
// them; or those of otherwise, in which a missing one is an error.
func NewDecider(ctx context.Context, s *Statement, given, otherwise map[string]*big.Rat) (*Decider, error) {
	if s.Pair {
		return nil, fmt.Errorf("statement %s is about two instances, expected one", s.ID)
	}
	p := newScheme(ctx, s, given)
	for _, name := range p.free {
		q, ok := otherwise[name]
		if !ok {
			return nil, fmt.Errorf("statement %s speaks of %s, expected a premise such as %q that gives it a value", s.ID, name, name+" == 1")
		}
		p.given[name] = q
	}
	return &Decider{p}, nil
}

// FirstTried is the value of a parameter that the hunt tries first.
func FirstTried(name string) *big.Rat { return parameters[name][0] }

// Given lists the values of parameters that no equation gives.
func (d *Decider) Given() map[string]*big.Rat { return d.given }

// Decide decides the statement on a step of an instance.
func (d *Decider) Decide(in graph.Instance, step int) *Outcome {
	c := &Case{Instances: []graph.Instance{in}, Step: step, Parameters: d.given}
	o := &Outcome{Statement: d.s}
	if !d.settle(c) {
		o.Judgement.Reason = "an equation of the premise gives a parameter no value that is allowed"
		return o
	}
	if o.Judgement = d.s.Judge(d.ctx, c); o.Judgement.Verdict == theory.Refuted {
		o.Witness, o.Found = c, c
	}
	o.Verdict = o.Judgement.Verdict
	return o
}

// SameProfile reports whether the statement sees no more of a case than its
// profile, its step, and whether the other candidate is reachable.
func (s *Statement) SameProfile() bool { return s.view() == profileView }

// NamesVertices reports whether the statement speaks of a vertex by its number, so
// that it is not the same for instances that differ in their numbers only.
func (s *Statement) NamesVertices() bool { return s.used["vertex"] }

// A Sight is what a statement sees of a case beside its profile and its step, up to
// the numbers of vertices.
type Sight struct {
	Totals    bool // D_v of every vertex, all edges into it
	Edges     bool // the edges that leave N_c, and which vertex is the root
	Candidate bool // which vertex is the other candidate, and how far it is
}

// With is what two see together.
func (a Sight) With(b Sight) Sight {
	return Sight{a.Totals || b.Totals, a.Edges || b.Edges, a.Candidate || b.Candidate}
}

// Sight returns what all numbers of the statement see.
func (s *Statement) Sight() Sight {
	var out Sight
	for _, x := range s.numbers() {
		out = out.With(Sight{x.view == attentionView || x.totals, x.view > attentionView, x.candidate})
	}
	return out
}
