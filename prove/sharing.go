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
	profiles  []*theory.Profile
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

// pool collects the steps that share the logits.
func (s *Sharing) pool(instances []graph.Instance) (*pool, *Population, error) {
	if err := s.Validate(len(instances)); err != nil {
		return nil, nil, err
	}
	out, x := &Population{}, &pool{position: map[string]int{}}
	for i := range instances {
		for k, step := range s.Steps {
			at, err := s.Label.Step(&instances[i], step)
			if err != nil {
				continue
			}
			if err := out.collect(x, at, s, s.weight(i, k)); err != nil {
				return nil, nil, fmt.Errorf("instance %d, step %d: %w", i, step, err)
			}
		}
	}
	if out.Instances == 0 {
		return nil, nil, fmt.Errorf("no instance has a step of %v with a label of the law %v", s.Steps, s.Label)
	}
	return x, out, nil
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
	x, out, err := s.pool(instances)
	if err != nil {
		return nil, err
	}
	out.Limit = theory.SharedLimit(x.profiles, s.share())
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
func (out *Population) collect(x *pool, step graph.Step, s *Sharing, weight *big.Rat) error {
	p := theory.ProfileOf(step)
	sign, err := StartSign(p, s.Alpha)
	if err != nil {
		return err
	}
	out.Instances++
	bounded := p.Certify(theory.Coconut).Limit() == theory.FiniteLimit
	count(&out.Bounded, bounded)
	count(&out.Positive, sign > 0)
	count(&out.Both, bounded && sign > 0)
	x.profiles = append(x.profiles, p)
	q := s.share()
	if q.Sign() > 0 {
		family, err := p.Family(theory.CoconutBFS, s.Alpha)
		if err != nil {
			return err
		}
		x.add(family, new(big.Rat).Mul(weight, q))
	}
	family, err := p.Family(theory.Coconut, s.Alpha)
	if s.Full {
		family, err = theory.FullFamily(step, theory.Coconut, s.Alpha)
	}
	if err != nil {
		return err
	}
	x.add(family, new(big.Rat).Mul(weight, new(big.Rat).Sub(big.NewRat(1, 1), q)))
	if !s.Full {
		return nil
	}
	contrasts, err := family.Contrasts()
	x.contrasts.add(contrasts)
	return err
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
