package prove

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/big"

	"muflow/graph"
	"muflow/ode"
	"muflow/ode/ball"
	"muflow/theory"
)

// An AttentionPopulation says where the logit μ goes that a data set shares under
// softmax attention, and which equilibria it has.
type AttentionPopulation struct {
	Instances  int          // pairs of instance and step with a label
	Moving     int          // of these, with a drift that is not 0 for all μ
	Limit      theory.Limit // from μ(0) = 0
	Above      int          // sign of the drift near +∞
	Below      int          // near −∞
	Logit      *ball.Ball   // the limit, nil unless it is finite
	Equilibria []AttentionEquilibrium
}

// SharedAttention encloses all zeros of the drift of the logit μ that the losses of
// a Sharing have in common under softmax attention with value gain g, each in
// an interval of so many digits, and proves that there are no others:
//
//	Σ_i w_i Σ_{k<l} (λ_k − λ_l) p_k p_l ((1−q)(E_labels[C_{kl}] − E[C_{kl}]) + q(E_{N_{c+1}}[C_{kl}] − E[C_{kl}])) = 0
//
// as in theory.WeightedAttention, p, C and E those of instance i. Thoughts have
// walk weights of the logit, uniform ones if it is nil. The full score matrix
// enters through μ − ν alone under uniform weights, and is refused. A zero that
// is multiple, or a drift that is 0 to leading order at an end, is an
// UndecidedError.
// theory.md section 7a.
func SharedAttention(ctx context.Context, instances []graph.Instance, s Sharing, gain, logit *big.Rat, digits int) (*AttentionPopulation, error) {
	if err := s.Validate(len(instances)); err != nil {
		return nil, err
	}
	if s.Full {
		return nil, errors.New("softmax attention takes a diagonal score matrix")
	}
	x := &attentionMixture{alpha: s.Alpha, gain: gain, position: map[string]int{}}
	out := &AttentionPopulation{}
	for i := range instances {
		for k, c := range s.Steps {
			step, err := s.Label.Step(&instances[i], c)
			if err != nil {
				continue
			}
			a, err := theory.WeightedAttentionOf(step, walkLogits(c, logit))
			if err != nil {
				return nil, fmt.Errorf("instance %d, step %d: %w", i, c, err)
			}
			out.Instances++
			q, w := s.share(), s.weight(i, k)
			moves := x.add(step, a, theory.Coconut, new(big.Rat).Mul(w, new(big.Rat).Sub(big.NewRat(1, 1), q)))
			if x.add(step, a, theory.CoconutBFS, new(big.Rat).Mul(w, q)) || moves {
				out.Moving++
			}
		}
	}
	if out.Instances == 0 {
		return nil, fmt.Errorf("no instance has a step of %v with a label of the law %v", s.Steps, s.Label)
	}
	if len(x.parts) == 0 {
		out.Limit = theory.Stationary
		return out, nil
	}
	return out, x.settle(ctx, out, digits)
}

// DecideWeightedAttention decides one step whose thought has the walk weights of
// a logit. The signs of the drift near both ends are decided exactly where its
// leading term there is not 0, also where the equilibria are an UndecidedError;
// the limit is then unknown.
// theory.md section 7a.
func DecideWeightedAttention(ctx context.Context, s graph.Step, loss theory.Loss, alpha, gain, logit *big.Rat, digits int) (*AttentionPopulation, error) {
	a, err := theory.WeightedAttentionOf(s, walkLogits(s.C, logit))
	if err != nil {
		return nil, err
	}
	x := &attentionMixture{alpha: alpha, gain: gain, position: map[string]int{}}
	out := &AttentionPopulation{Instances: 1}
	if !x.add(s, a, loss, big.NewRat(1, 1)) {
		out.Limit = theory.Stationary
		return out, nil
	}
	out.Moving = 1
	signs, err := endSigns(a, loss, alpha, gain)
	if err != nil {
		return out, err
	}
	err = x.settle(ctx, out, digits)
	if err == nil && (out.Below != signs[0] || out.Above != signs[1]) {
		return nil, fmt.Errorf("signs %d and %d towards the ends, and %d and %d by exact criteria", out.Below, out.Above, signs[0], signs[1])
	}
	out.Below, out.Above = signs[0], signs[1]
	return out, err
}

// WeightedEnds returns the signs of μ' near −∞ and +∞ of a step with walk weights of a logit,
// 0 where its leading order or all of it is; the error is an UndecidedError.
// theory.md section 7a, claim A6-walk.
func WeightedEnds(s graph.Step, loss theory.Loss, alpha, gain, logit *big.Rat) ([2]int, error) {
	a, err := theory.WeightedAttentionOf(s, walkLogits(s.C, logit))
	if err != nil || !(&attentionMixture{alpha: alpha, gain: gain, position: map[string]int{}}).add(s, a, loss, big.NewRat(1, 1)) {
		return [2]int{}, err
	}
	return endSigns(a, loss, alpha, gain)
}

// endSigns returns the signs of the drift near −∞ and +∞, 0 where its leading
// order is; the error is an UndecidedError.
func endSigns(a *theory.WeightedAttention, loss theory.Loss, alpha, gain *big.Rat) (signs [2]int, err error) {
	for i, up := range []bool{false, true} {
		sum, err := a.Criterion(loss, up, alpha, gain)
		if err != nil {
			return signs, &UndecidedError{err}
		}
		if signs[i], err = ExponentialSign(sum); err != nil {
			return signs, &UndecidedError{err}
		}
	}
	return signs, nil
}

// Entries puts the limit and the equilibria into digits.
func (p *AttentionPopulation) Entries(digits int) (limit *Number, equilibria []EquilibriumEntry) {
	if p.Logit != nil {
		limit = new(Enclose(p.Logit, digits))
	}
	for _, e := range p.Equilibria {
		equilibria = append(equilibria, EquilibriumEntry{Mu: new(Enclose(e.Logit, digits)), Stable: e.Stable})
	}
	return limit, equilibria
}

// An attentionMixture is the drift that several steps share, up to a positive
// factor.
type attentionMixture struct {
	alpha, gain *big.Rat
	parts       []attentionPart
	position    map[string]int
}

type attentionPart struct {
	attention *theory.WeightedAttention
	loss      theory.Loss
	weight    *big.Rat
}

// add adds a step unless its drift is 0 for all μ.
func (x *attentionMixture) add(s graph.Step, a *theory.WeightedAttention, loss theory.Loss, weight *big.Rat) bool {
	if _, next := a.Leading(true); next < 0 || weight.Sign() == 0 || !a.Targets(loss) {
		return false
	}
	if len(a.Levels) == 2 { // as with uniform weights: integers tell whether labels and softmax agree for all μ
		if uniform := theory.AttentionOf(s); uniform.Moves() && uniform.Path(loss, x.alpha, x.gain).IsZero() {
			return false
		}
	}
	key := fmt.Sprint(loss, a.Key())
	at, seen := x.position[key]
	if !seen {
		at = len(x.parts)
		x.position[key] = at
		x.parts = append(x.parts, attentionPart{a, loss, new(big.Rat)})
	}
	x.parts[at].weight.Add(x.parts[at].weight, weight)
	return true
}

// powers gives e^{−x|μ|} for an exact x ≥ 0.
type powers func(x theory.SurdSum) *ode.Expr

// surd is an algebraic number as an expression.
func surd(x theory.SurdSum) *ode.Expr {
	sum := ode.Integer(0)
	for _, s := range x {
		sum = sum.Add(ode.Rational(s.Square()).Sqrt().Mul(ode.Integer(int64(s.Sign()))))
	}
	return sum
}

// apart returns |λ_k − λ_l|.
func (p *attentionPart) apart(k, l int) theory.SurdSum {
	if k > l {
		k, l = l, k
	}
	return theory.SurdSum{p.attention.Levels[k].Weight}.Minus(theory.SurdSum{p.attention.Levels[l].Weight})
}

// slowest returns the least exponent δ of the drifts e^{−δ|μ|} towards an end.
func (x *attentionMixture) slowest(up bool) theory.SurdSum {
	var least theory.SurdSum
	for i := range x.parts {
		p := &x.parts[i]
		if at := p.apart(p.attention.Leading(up)); least == nil || at.Cmp(least) < 0 {
			least = at
		}
	}
	return least
}

// drift is the sum over the parts, times e^{δ|μ|} with the δ of slowest: towards
// the end all its powers are bounded.
func (x *attentionMixture) drift(up bool, power powers) *ode.Expr {
	least, sum := x.slowest(up), ode.Integer(0)
	for i := range x.parts {
		sum = sum.Add(x.parts[i].drift(x.alpha, x.gain, up, len(x.parts) == 1, least, power).Scale(x.parts[i].weight))
	}
	return sum
}

// drift is Σ_{k<l} (λ_k − λ_l) p_k p_l (E_S[C_{kl}] − E[C_{kl}])·e^{δ|μ|}, with logits relative to a
// label.
func (p *attentionPart) drift(alpha, gain *big.Rat, up, alone bool, least theory.SurdSum, power powers) *ode.Expr {
	a := p.attention
	top, _ := a.Leading(up)
	total, edges := ode.Integer(0), make([]*ode.Expr, len(a.Levels))
	for l, level := range a.Levels {
		edges[l] = power(p.apart(top, l))
		total = total.Add(edges[l].Mul(ode.Integer(int64(level.Edges))))
	}
	bases := make([]*ode.Expr, len(a.Levels)) // e^{αg p_l}
	for l := range bases {
		bases[l] = edges[l].Quo(total).Scale(alpha).Scale(gain).Exp()
	}
	gaps := p.gaps(alpha, alone, bases)
	sum := ode.Integer(0)
	for k := range a.Levels {
		for l := k + 1; l < len(a.Levels); l++ {
			if !a.Moved(k, l) {
				continue
			}
			factor := power(p.apart(top, k).Plus(p.apart(top, l)...).Minus(least)).Mul(surd(p.apart(k, l)))
			gap := gaps[k].Mul(ode.Integer(int64(a.Levels[l].Edges))).Sub(gaps[l].Mul(ode.Integer(int64(a.Levels[k].Edges))))
			sum = sum.Add(factor.Mul(gap))
		}
	}
	return sum.Quo(total.Mul(total))
}

// gaps are E_S[t_l] − E[t_l] for each level, under Coconut-BFS with O = V∖N_{c+1} as
// (Z_O/Z)(E_S[t_l] − E_O[t_l]), without its first factor if the part is alone.
func (p *attentionPart) gaps(alpha *big.Rat, alone bool, bases []*ode.Expr) []*ode.Expr {
	groups, first := p.attention.Groups, 0
	for i, g := range groups {
		if g.Labels > 0 {
			first = i
		}
	}
	middle := make([]*big.Rat, len(bases)) // the mean over the labels
	for l := range middle {
		sum, labels := 0, 0
		for _, g := range groups {
			sum, labels = sum+g.Labels*g.Into[l], labels+g.Labels
		}
		middle[l] = big.NewRat(int64(sum), int64(labels))
	}
	var sums [2][]*ode.Expr // of t − middle outside of N_{c+1} and in it
	var totals [2]*ode.Expr
	for side := range sums {
		totals[side] = ode.Integer(0)
		for range bases {
			sums[side] = append(sums[side], ode.Integer(0))
		}
	}
	for _, g := range groups {
		weight := surd(theory.SurdSum{g.Weight}.Minus(theory.SurdSum{groups[first].Weight})).Scale(alpha).Exp().Mul(ode.Integer(int64(g.Count)))
		for l, base := range bases {
			weight = weight.Mul(base.Power(g.Into[l] - groups[first].Into[l]))
		}
		side := 0
		if g.Next {
			side = 1
		}
		totals[side] = totals[side].Add(weight)
		for l := range bases {
			away := new(big.Rat).Sub(big.NewRat(int64(g.Into[l]), 1), middle[l])
			sums[side][l] = sums[side][l].Add(weight.Scale(away))
		}
	}
	total := totals[0].Add(totals[1])
	out := make([]*ode.Expr, len(bases))
	for l := range out {
		if p.loss == theory.Coconut {
			out[l] = sums[0][l].Add(sums[1][l]).Quo(total).Neg()
			continue
		}
		out[l] = sums[1][l].Quo(totals[1]).Sub(sums[0][l].Quo(totals[0]))
		if !alone {
			out[l] = out[l].Mul(totals[0].Quo(total))
		}
	}
	return out
}

// within is the drift in μ, scaled for one side.
func (x *attentionMixture) within(up bool) (*curve, error) {
	return newCurve(x.drift(up, func(e theory.SurdSum) *ode.Expr {
		if up {
			e = theory.SurdSum{}.Minus(e)
		}
		return surd(e.Collected()).Mul(ode.State(0)).Exp()
	}))
}

// tail finds an L beyond which the scaled drift has one sign, proved with the
// powers e^{−x|μ|} as unknowns in [0, e^{−xL}].
func (x *attentionMixture) tail(up bool) (far float64, sign int, err error) {
	var exponents []theory.SurdSum
	places := map[string]int{}
	expr := x.drift(up, func(e theory.SurdSum) *ode.Expr {
		e = e.Collected()
		if len(e) == 0 {
			return ode.Integer(1)
		}
		at, known := places[e.String()]
		if !known {
			at = len(exponents)
			places[e.String()] = at
			exponents = append(exponents, e)
		}
		return ode.State(at)
	})
	f, err := ode.NewFunction([]*ode.Expr{expr}, len(exponents))
	if err != nil {
		return 0, 0, err
	}
	const precision = 128
	slow, err := ode.Evaluate(surd(x.slowest(up)), nil, precision)
	if err != nil {
		return 0, 0, err
	}
	rate, _ := slow.Mid().Float64()
	box := make([]ode.Range, len(exponents))
	for reach := 1.0; reach <= 600; reach *= 1.5 {
		far = float64(reach / rate)
		for i, e := range exponents {
			z, err := ode.Evaluate(surd(e).Mul(ode.Rational(new(big.Rat).SetFloat64(-far))).Exp(), nil, precision)
			if err != nil {
				return 0, 0, err
			}
			box[i].High = outward(z).High
		}
		if r, err := f.Over(box); err == nil && signOf(r[0]) != 0 {
			return far, signOf(r[0]), nil
		}
	}
	return 0, 0, errors.New("the drift is 0 to leading order towards an end, or too near to 0 to be told from it, as with large gains")
}

// settle finds the equilibria and where μ goes from 0.
func (x *attentionMixture) settle(ctx context.Context, out *AttentionPopulation, digits int) error {
	var sides [2]*curve
	var far [2]float64
	var sign [2]int
	for i, up := range []bool{false, true} {
		var err error
		if far[i], sign[i], err = x.tail(up); err != nil {
			return &UndecidedError{err}
		}
		if sides[i], err = x.within(up); err != nil {
			return &UndecidedError{err}
		}
	}
	out.Below, out.Above = sign[0], sign[1]
	start := signOf(sides[1].at(0))
	split := 0.0
	for n := 1; start == 0 && signOf(sides[1].at(split)) == 0; n++ {
		if split = math.Ldexp(1, -n); n > 20 {
			return &UndecidedError{errors.New("the sign of the drift near μ = 0 is not decided")}
		}
	}
	middle := boundary{sign: signOf(sides[1].at(split))}
	for i, c := range sides {
		low, high, left, right := -far[0], split, boundary{sign: sign[0]}, middle
		if i == 1 {
			low, high, left, right = split, far[1], middle, boundary{sign: sign[1]}
		}
		found, err := c.zeros(ctx, low, high, left, right)
		if err != nil {
			return err
		}
		for _, at := range found {
			mu, err := c.refine(ctx, at, digits)
			if err != nil {
				return &UndecidedError{err}
			}
			out.Equilibria = append(out.Equilibria, AttentionEquilibrium{mu, at.before > 0})
		}
	}
	if start == 0 {
		return nil
	}
	out.Limit = map[int]theory.Limit{1: theory.PlusInfinity, -1: theory.MinusInfinity}[start]
	for _, e := range out.Equilibria {
		switch side, ok := e.Logit.Sign(); {
		case !ok:
			out.Limit, out.Logit = theory.UnknownLimit, nil
			return nil
		case side > 0 && start > 0 && out.Logit == nil, side < 0 && start < 0: // the next one
			out.Limit, out.Logit = theory.FiniteLimit, e.Logit
		}
	}
	return nil
}
