package prove

import (
	"context"
	"errors"
	"fmt"
	"math/big"

	"muflow/graph"
	"muflow/theory"
)

// A Sharing says which losses share the logits, and with which weights:
//
//	ℓ = Σ_i w_i Σ_c v_c ( (1−q)·ℓ_{i,c}(Coconut) + q·ℓ_{i,c}(Coconut-BFS) )
type Sharing struct {
	Steps       []int      // c; an instance counts at those that its demonstrated path has
	StepWeights []*big.Rat // v_c > 0, one for each step; 1 if nil
	Weights     []*big.Rat // w_i > 0, one for each instance; 1 if nil
	BFS         *big.Rat   // q, 0 ≤ q ≤ 1; 0 if nil
	Label       graph.Law  // of the Coconut labels; an instance does not count at a step without one
	Full        bool       // unknowns (μ, ν); needs q = 0, where the loss is convex
	Alpha       *big.Rat   // α
}

// Validate checks a sharing for so many instances.
func (s *Sharing) Validate(instances int) error {
	if len(s.Steps) == 0 {
		return errors.New("no step to share")
	}
	if s.StepWeights != nil && len(s.StepWeights) != len(s.Steps) {
		return fmt.Errorf("%d weights for %d steps", len(s.StepWeights), len(s.Steps))
	}
	if s.Weights != nil && len(s.Weights) != instances {
		return fmt.Errorf("%d weights for %d instances", len(s.Weights), instances)
	}
	for _, list := range [][]*big.Rat{s.StepWeights, s.Weights} {
		for i, w := range list {
			if w.Sign() <= 0 {
				return fmt.Errorf("weight %d: %s, expected a positive number", i, w.RatString())
			}
		}
	}
	if q := s.share(); q.Sign() < 0 || q.Cmp(big.NewRat(1, 1)) > 0 {
		return fmt.Errorf("share %s of Coconut-BFS, expected 0 to 1", q.RatString())
	}
	if s.Full && s.share().Sign() != 0 {
		return errors.New("the full score matrix needs the Coconut loss alone: the loss of Coconut-BFS is not convex")
	}
	return nil
}

func (s *Sharing) share() *big.Rat {
	if s.BFS == nil {
		return new(big.Rat)
	}
	return s.BFS
}

// weight returns w_i·v_c.
func (s *Sharing) weight(instance, step int) *big.Rat {
	w := big.NewRat(1, 1)
	if s.Weights != nil {
		w.Mul(w, s.Weights[instance])
	}
	if s.StepWeights != nil {
		w.Mul(w, s.StepWeights[step])
	}
	return w
}

// A pool collects what a population is decided by.
type pool struct {
	families  []*theory.Family
	weights   []*big.Rat
	position  map[string]int
	contrasts different
}

func (x *pool) add(f *theory.Family, weight *big.Rat) {
	if weight.Sign() == 0 {
		return
	}
	key := f.Key()
	at, seen := x.position[key]
	if !seen {
		at = len(x.families)
		x.position[key] = at
		x.families = append(x.families, f)
		x.weights = append(x.weights, new(big.Rat))
	}
	x.weights[at].Add(x.weights[at], weight)
}

// mixture scales the weights to integers.
func (x *pool) mixture() (*Mixture, error) {
	multiple := big.NewInt(1)
	for _, w := range x.weights {
		common := new(big.Int).GCD(nil, nil, multiple, w.Denom())
		multiple.Mul(multiple, new(big.Int).Quo(w.Denom(), common))
	}
	out := &Mixture{Families: x.families}
	for _, w := range x.weights {
		n := new(big.Int).Mul(w.Num(), new(big.Int).Quo(multiple, w.Denom()))
		if n.BitLen() > 62 {
			return nil, errors.New("the weights have no common measure below 2^62 of them")
		}
		out.Weights = append(out.Weights, n.Int64())
	}
	return out, nil
}

// A Crowd collects what a Sharing needs of instances that come one after the other and
// are not kept: the different profiles, with the sums of their weights.
type Crowd struct {
	sharing   Sharing
	pool      pool
	found     Population
	pull      pull
	laws      []pull // by law
	known     map[string]gathered
	instances int // so far
	vertices  int // n_voc, the most of an instance
}

// A gathered is what a profile adds each time that it occurs.
type gathered struct {
	bounded, positive bool
	pull              pull
	families          []*theory.Family // under Coconut-BFS if that has a share, and under Coconut
}

// A pull says whether a drift is positive far below, and negative far above.
type pull struct{ below, above, any bool }

func (p *pull) join(q pull) {
	p.below, p.above, p.any = p.below || q.below, p.above || q.above, p.any || q.any
}

func pullOf(p *theory.Profile, share *big.Rat) pull {
	limit := theory.SharedLimit([]*theory.Profile{p}, share)
	return pull{limit == theory.FiniteLimit || limit == theory.PlusInfinity, limit == theory.FiniteLimit || limit == theory.MinusInfinity, true}
}

// NewCrowd returns an empty crowd. The weights of a sharing must be those of all
// instances that are added.
func NewCrowd(s Sharing) *Crowd {
	return &Crowd{sharing: s, pool: pool{position: map[string]int{}}, laws: make([]pull, len(graph.Laws)), known: map[string]gathered{}}
}

// crowdOf adds all instances.
func crowdOf(instances []graph.Instance, s Sharing) (*Crowd, error) {
	if err := s.Validate(len(instances)); err != nil {
		return nil, err
	}
	out := NewCrowd(s)
	for i := range instances {
		if err := out.Add(&instances[i]); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// Add adds the next instance.
func (c *Crowd) Add(in *graph.Instance) error {
	s, i := &c.sharing, c.instances
	c.instances++
	c.vertices = max(c.vertices, in.Graph.Order())
	for k, step := range s.Steps {
		for l, law := range graph.Laws {
			if at, err := law.Step(in, step); err == nil && !(c.laws[l].below && c.laws[l].above) {
				c.laws[l].join(pullOf(theory.ProfileOf(at), s.share()))
			}
		}
		at, err := s.Label.Step(in, step)
		if err != nil {
			continue
		}
		if err := c.collect(at, s.weight(i, k)); err != nil {
			return fmt.Errorf("instance %d, step %d: %w", i, step, err)
		}
	}
	return nil
}

// Steps counts the pairs of an instance and a step with a label.
func (c *Crowd) Steps() int { return c.found.Instances }

// check refuses a crowd in which nothing shares.
func (c *Crowd) check() error {
	if err := c.sharing.Validate(c.instances); err != nil {
		return err
	}
	if c.found.Instances == 0 {
		return fmt.Errorf("no instance has a step of %v with a label of the law %v", c.sharing.Steps, c.sharing.Label)
	}
	return nil
}

// SharedPopulation decides exactly whether the logits that the losses of a
// Sharing have in common stay finite from (0) on, and encloses their limit to
// so many digits.
//
//	Σ_i w_i s_i ( (1−q)(E_{p_i}[φ] − E_{V_i}[φ]) + q(E_{N_i}[φ] − E_{V_i}[φ]) )(θ*) = 0
//
// E_p is the mean over the labels of the law, and each softmax runs over the
// instance's own vertices. With a share of
// Coconut-BFS the limit is the first zero on the way from μ = 0.
// Encloses the exact value for every point of the inputs.
// theory.md sections 3 (Population) and 6.
func SharedPopulation(ctx context.Context, instances []graph.Instance, s Sharing, digits int) (*Population, error) {
	c, err := crowdOf(instances, s)
	if err != nil {
		return nil, err
	}
	return c.Population(ctx, digits)
}

// Population is SharedPopulation of the instances added so far.
// Encloses the exact value for every point of the inputs.
func (c *Crowd) Population(ctx context.Context, digits int) (*Population, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	found, s, x := c.found, &c.sharing, &c.pool
	out := &found
	out.Limit = theory.LimitBetween(c.pull.below, c.pull.above)
	if s.Full {
		d, err := theory.Separate(theory.Vectors(x.contrasts.list))
		switch {
		case err != nil:
			return nil, err
		case d.Kind != theory.Overlap:
			out.Limit = theory.Unbounded
		case len(d.Stationary) > 0:
			return nil, errors.New("all contrasts lie on one line: the limit depends on the start, and is not enclosed")
		default:
			out.Limit = theory.FiniteLimit
		}
	}
	if out.Limit != theory.FiniteLimit {
		return out, nil
	}
	mixture, err := x.mixture()
	if err != nil {
		return nil, err
	}
	if s.share().Sign() == 0 {
		out.Theta, err = EncloseEquilibrium(ctx, mixture, digits)
	} else {
		out.Theta, err = encloseFirstZero(ctx, mixture, digits)
	}
	return out, err
}

// collect adds one step of one instance.
func (c *Crowd) collect(step graph.Step, weight *big.Rat) error {
	s, out := &c.sharing, &c.found
	p := theory.ProfileOf(step)
	key := p.Key()
	known, seen := c.known[key]
	if !seen {
		var err error
		if known, err = c.gather(p); err != nil {
			return err
		}
		c.known[key] = known
	}
	out.Instances++
	count(&out.Bounded, known.bounded)
	count(&out.Positive, known.positive)
	count(&out.Both, known.bounded && known.positive)
	c.pull.join(known.pull)
	q := s.share()
	rest := new(big.Rat).Mul(weight, new(big.Rat).Sub(big.NewRat(1, 1), q))
	if q.Sign() > 0 {
		c.pool.add(known.families[0], new(big.Rat).Mul(weight, q))
	}
	if !s.Full {
		c.pool.add(known.families[len(known.families)-1], rest)
		return nil
	}
	family, err := theory.FullFamily(step, theory.Coconut, s.Alpha)
	if err != nil {
		return err
	}
	c.pool.add(family, rest)
	contrasts, err := family.Contrasts()
	c.pool.contrasts.add(contrasts)
	return err
}

// gather works out what a profile adds.
func (c *Crowd) gather(p *theory.Profile) (out gathered, err error) {
	s := &c.sharing
	sign, err := StartSign(p, s.Alpha)
	if err != nil {
		return out, err
	}
	out = gathered{bounded: p.Certify(theory.Coconut).Limit() == theory.FiniteLimit, positive: sign > 0, pull: pullOf(p, s.share())}
	losses := []theory.Loss{theory.CoconutBFS, theory.Coconut}
	if s.share().Sign() == 0 {
		losses = losses[1:]
	}
	for _, loss := range losses {
		if s.Full {
			break
		}
		family, err := p.Family(loss, s.Alpha)
		if err != nil {
			return out, err
		}
		out.families = append(out.families, family)
	}
	return out, nil
}

// different collects contrasts, each once.
type different struct {
	list [][]int
	seen map[string]bool
}

func (d *different) add(contrasts [][]int) {
	if d.seen == nil {
		d.seen = map[string]bool{}
	}
	for _, c := range contrasts {
		if key := fmt.Sprint(c); !d.seen[key] {
			d.seen[key] = true
			d.list = append(d.list, c)
		}
	}
}
