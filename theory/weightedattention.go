package theory

import (
	"cmp"
	"errors"
	"fmt"
	"math/big"
	"slices"

	"muflow/graph"
)

// A WeightedAttention is one step under softmax attention over the edge tokens
// with any weights λ_u ≥ 0 of the thought: an edge that leaves u has the logit
// λ_u μ. Edges with the same λ form a level; with m_l edges in level l, t_{l,v} of
// them into v,
//
//	p_l = e^{λ_l μ}/Σ_k m_k e^{λ_k μ},   A_v = Σ_l p_l t_{l,v},   ξ_v = α(λ_v + g A_v)
//	μ'  = (αg/n)·Σ_{k<l} (λ_k − λ_l) p_k p_l (E_S[C_{kl}] − E[C_{kl}]),   C_{kl,v} = t_{k,v} m_l − t_{l,v} m_k
//
// With uniform weights the levels are the edges that leave N_c and the others.
type WeightedAttention struct {
	N      int
	Levels []AttentionLevel // descending weights
	Groups []WeightedGroup
}

// An AttentionLevel is the edges whose sources have one weight.
type AttentionLevel struct {
	Weight Surd // λ_l
	Edges  int  // m_l
}

// A WeightedGroup counts the vertices that look alike.
type WeightedGroup struct {
	Weight Surd  // λ_v
	Into   []int // t_{l,v}, edges of each level into v
	Next   bool  // v ∈ N_{c+1}
	Count  int
	Labels int // of these, vertices that can be the label
}

// WeightedAttentionOf returns a step with the walk weights of the given logits,
// one for each thought before it, or with uniform weights on N_c if there are
// none. Weights have unit norm.
func WeightedAttentionOf(s graph.Step, logits []*big.Rat) (*WeightedAttention, error) {
	g, set := s.Instance.Graph, s.Set()
	weights := make([]*big.Rat, g.Order())
	for v := range weights {
		weights[v] = big.NewRat(int64(indicator(set[v])), 1)
	}
	if logits != nil {
		var err error
		if weights, err = WalkWeights(g, s.Instance.Root, logits); err != nil {
			return nil, err
		}
	}
	square, term := new(big.Rat), new(big.Rat)
	for _, w := range weights {
		if w.Sign() < 0 {
			return nil, fmt.Errorf("weight %s, expected none to be negative", w.RatString())
		}
		square.Add(square, term.Mul(w, w))
	}
	a := &WeightedAttention{N: g.Order()}
	sources := map[string]int{} // by weight
	for _, e := range g.Edges() {
		sources[weights[e[0]].RatString()]++
	}
	var levels []*big.Rat
	for text := range sources {
		w, _ := new(big.Rat).SetString(text)
		levels = append(levels, w)
	}
	slices.SortFunc(levels, func(x, y *big.Rat) int { return y.Cmp(x) })
	place := map[string]int{}
	for i, w := range levels {
		place[w.RatString()] = i
		a.Levels = append(a.Levels, AttentionLevel{NewSurd(w, square), sources[w.RatString()]})
	}
	groups, next := make([]WeightedGroup, a.N), s.Next()
	for v := range groups {
		groups[v] = WeightedGroup{Weight: NewSurd(weights[v], square), Into: make([]int, len(levels)), Next: next[v], Count: 1}
	}
	for _, e := range g.Edges() {
		groups[e[1]].Into[place[weights[e[0]].RatString()]]++
	}
	for _, v := range s.Labels() {
		groups[v].Labels = 1
	}
	order := func(x, y WeightedGroup) int {
		return cmp.Or(cmp.Compare(indicator(x.Next), indicator(y.Next)), x.Weight.Cmp(y.Weight), slices.Compare(x.Into, y.Into))
	}
	slices.SortStableFunc(groups, order)
	for _, g := range groups {
		if last := len(a.Groups) - 1; last >= 0 && order(a.Groups[last], g) == 0 {
			a.Groups[last].Count++
			a.Groups[last].Labels += g.Labels
			continue
		}
		a.Groups = append(a.Groups, g)
	}
	return a, nil
}

// Key returns a text that two steps share exactly if they are equal.
func (a *WeightedAttention) Key() string { return fmt.Sprint(*a) }

// Contrast returns C_{kl,v} = t_{k,v} m_l − t_{l,v} m_k of a group.
func (a *WeightedAttention) Contrast(k, l, group int) int64 {
	t := a.Groups[group].Into
	return int64(t[k])*int64(a.Levels[l].Edges) - int64(t[l])*int64(a.Levels[k].Edges)
}

// Moved reports whether C_{kl} is not 0 for all vertices. It is 0 for all if it is
// the same for all, as Σ_v C_{kl,v} = 0.
func (a *WeightedAttention) Moved(k, l int) bool {
	for i := range a.Groups {
		if a.Contrast(k, l, i) != 0 {
			return true
		}
	}
	return false
}

// Targets reports whether the loss has something to learn: under Coconut-BFS a
// vertex outside N_{c+1}.
func (a *WeightedAttention) Targets(loss Loss) bool {
	return loss == Coconut || slices.ContainsFunc(a.Groups, func(g WeightedGroup) bool { return !g.Next })
}

// Leading returns the level of the edges that take all attention as μ → +∞ (up)
// or −∞, and the next level whose edges do not spread over the vertices as
// those do, −1 if there is none: with δ the difference of their weights
//
//	μ' ~ (αg/n)(δ/m_top²) e^{−δ|μ|}·(±1)(E_S[C] − E[C]),   ξ_v = α(λ_v + g t_{top,v}/m_top)
func (a *WeightedAttention) Leading(up bool) (top, next int) {
	step := 1
	if !up {
		top, step = len(a.Levels)-1, -1
	}
	for next = top + step; next >= 0 && next < len(a.Levels); next += step {
		if a.Moved(top, next) {
			return top, next
		}
	}
	return top, -1
}

// errTooLarge says that weights do not fit an ExponentialSum.
var errTooLarge = errors.New("the squares of the weights have no common measure below 2^62 of them")

// Criterion returns E_S[C] − E[C] at the end, up to a positive factor, as a sum
// of integers times exponentials of algebraic numbers, with C = C_{kl} of the
// leading levels k < l: its sign is that of μ' near the end. It needs Leading.
func (a *WeightedAttention) Criterion(loss Loss, up bool, alpha, gain *big.Rat) (ExponentialSum, error) {
	top, next := a.Leading(up)
	k, l := min(top, next), max(top, next)
	root := new(big.Rat) // λ_v = root·integer, root² = 1/K
	for _, g := range a.Groups {
		if g.Weight.Sign() > 0 {
			root = g.Weight.Square()
			break
		}
	}
	// λ_v² = q_v·root² with squares q_v of rationals: in units 1/√K with integer K
	var terms []ExponentialTerm
	scale := new(big.Rat).Mul(alpha, gain)
	measure := new(big.Int).Mul(root.Num(), root.Denom()) // √(n/d) = n/√(nd)
	if !measure.IsInt64() || measure.BitLen() > 62 {
		return ExponentialSum{}, errTooLarge
	}
	add := func(coefficient int64, groups ...int) {
		t := ExponentialTerm{big.NewInt(coefficient), new(big.Rat), new(big.Rat)}
		for _, i := range groups {
			g := a.Groups[i]
			t.Rational.Add(t.Rational, new(big.Rat).Mul(scale, big.NewRat(int64(g.Into[top]), int64(a.Levels[top].Edges))))
			if g.Weight.Sign() > 0 {
				share, _ := rationalRoot(new(big.Rat).Quo(g.Weight.Square(), root))
				share.Mul(share, new(big.Rat).SetInt(root.Num()))
				t.Root.Add(t.Root, share.Mul(share, alpha))
			}
			t.Coefficient.Mul(t.Coefficient, big.NewInt(int64(g.Count)))
		}
		terms = append(terms, t)
	}
	sum, labels := int64(0), int64(0)
	for i, g := range a.Groups {
		sum, labels = sum+a.Contrast(k, l, i)*int64(g.Labels), labels+int64(g.Labels)
	}
	for i, g := range a.Groups {
		switch {
		case loss == Coconut:
			add(sum-labels*a.Contrast(k, l, i), i)
		case g.Next:
			for j, other := range a.Groups {
				if !other.Next {
					add(a.Contrast(k, l, i)-a.Contrast(k, l, j), i, j)
				}
			}
		}
	}
	return NewExponentialSum(int(measure.Int64()), terms), nil
}
