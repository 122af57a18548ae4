package theory

import (
	"errors"
	"fmt"
	"math/big"
	"slices"

	"muflow/graph"
)

// A Prediction is the prediction stage of one instance after C thoughts
// (arXiv 2509.23365, Theorem 3): a thought that stays fixed, with the weight
// λ_v = w_v/√Square on vertex v, and two logits, carry-over μ_A and candidate
// lift μ_R:
//
//	ξ_v = μ_A λ_v + μ_R 1{v ∈ {c*, c_}},   ℓ = −log softmax(ξ)_{c*}
type Prediction struct {
	Target  *big.Rat   // w of c*, > 0
	Others  []*big.Rat // w of the other vertices of N_C, ≥ 0, descending
	Outside int        // vertices outside N_C, without c_
	Square  *big.Rat   // Σ w² for a thought of unit norm, 1 for weights as they are
}

// Reasons for which Theorem 3 does not speak of an instance.
var (
	ErrTargetAbsent = errors.New("A17 fails: the target is not within so many hops of the root")
	ErrTargetAlone  = errors.New("A17 fails: the thought holds nothing but the target")
	ErrOtherPresent = errors.New("A16 fails: the other candidate is within so many hops of the root")
)

// NewPrediction returns the prediction stage for weights on N_C, as they are,
// with the target at an index and so many vertices outside. It fails on a
// negative weight and on a target without weight.
func NewPrediction(weights []*big.Rat, target, outside int) (*Prediction, error) {
	if target < 0 || target >= len(weights) {
		return nil, fmt.Errorf("target %d, expected 0 to %d", target, len(weights)-1)
	}
	p := &Prediction{Outside: outside, Square: big.NewRat(1, 1)}
	for v, w := range weights {
		switch {
		case w.Sign() < 0:
			return nil, fmt.Errorf("weight %s at %d, expected none to be negative", w.RatString(), v)
		case v != target:
			p.Others = append(p.Others, w)
		case w.Sign() == 0:
			return nil, fmt.Errorf("weight 0 of the target %d, expected a positive one", target)
		default:
			p.Target = w
		}
	}
	slices.SortFunc(p.Others, func(a, b *big.Rat) int { return b.Cmp(a) })
	return p, nil
}

// PredictionOf returns the prediction stage of an instance after so many
// thoughts, with unit norm and the walk weights of the given logits, one for
// each thought (theory.md section 4). Without logits the weights are uniform.
// It fails with ErrTargetAbsent, ErrTargetAlone or ErrOtherPresent where
// Theorem 3 does not apply.
func PredictionOf(in *graph.Instance, thoughts int, logits []*big.Rat) (*Prediction, error) {
	set := in.Reached(thoughts)
	if !set[in.Target] {
		return nil, ErrTargetAbsent
	}
	if set[in.Other] {
		return nil, ErrOtherPresent
	}
	weights := zeros(len(set))
	if logits == nil {
		for v, inside := range set {
			weights[v].SetInt64(int64(indicator(inside)))
		}
	} else {
		var err error
		if weights, err = WalkWeights(in.Graph, in.Root, logits); err != nil {
			return nil, err
		}
	}
	var members []*big.Rat
	square, target := new(big.Rat), 0
	for v, w := range weights {
		if !set[v] {
			continue
		}
		if v == in.Target {
			target = len(members)
		}
		members = append(members, w)
		square.Add(square, new(big.Rat).Mul(w, w))
	}
	if len(members) == 1 {
		return nil, ErrTargetAlone
	}
	p, err := NewPrediction(members, target, len(set)-len(members)-1)
	if err != nil {
		return nil, err
	}
	p.Square = square
	return p, nil
}

// Order returns n, the number of vertices.
func (p *Prediction) Order() int { return len(p.Others) + p.Outside + 2 }

// Weight returns λ*, the weight of the target.
func (p *Prediction) Weight() Surd { return NewSurd(p.Target, p.Square) }

// Excess returns max_{v≠c*} λ_v − λ*, by how much the heaviest other vertex
// outweighs the target.
func (p *Prediction) Excess() Surd {
	top := new(big.Rat)
	if len(p.Others) > 0 {
		top.Set(p.Others[0])
	}
	return NewSurd(top.Sub(top, p.Target), p.Square)
}

// Head returns n w* − Σ_v w_v, the sign of μ_A' at the start: up to the norm
// e^{μ_R}λ* + Σ_{v≠c*,c_}(λ* − λ_v) at μ_R = 0.
func (p *Prediction) Head() *big.Rat {
	head := new(big.Rat).Mul(p.Target, big.NewRat(int64(p.Order()-1), 1))
	for _, w := range p.Others {
		head.Sub(head, w)
	}
	return head
}

// Contrasts returns the different vectors x_v = φ_{c*} − φ_v, v ≠ c*, in the
// plane of (μ_A/√Square, μ_R), in which they are rational; Rates returns the
// rates there.
//
//	(w*, 0) for c_,   (w* − w_v, 1) for v ∈ N_C,   (w*, 1) for the others
func (p *Prediction) Contrasts() [][]*big.Rat {
	one := big.NewRat(1, 1)
	out := [][]*big.Rat{{p.Target, new(big.Rat)}}
	for v, w := range p.Others {
		if v == 0 || w.Cmp(p.Others[v-1]) != 0 {
			out = append(out, []*big.Rat{new(big.Rat).Sub(p.Target, w), one})
		}
	}
	if p.Outside > 0 {
		out = append(out, []*big.Rat{p.Target, one})
	}
	return out
}

// Rates returns the diagonal of C in the plane of Contrasts.
func (p *Prediction) Rates() []*big.Rat {
	return []*big.Rat{new(big.Rat).Inv(p.Square), big.NewRat(1, 1)}
}

// An AnswerLimit is where the two logits go that a set of instances shares
// (theory.md section 5). With m = min_i λ*_i and Δ = max_i max_v (λ_{i,v} − λ*_i)
//
//	μ_R/μ_A → ρ = m + Δ       if 1 + Δ(m+Δ) ≥ 0, as always for unit norm
//	μ_R/μ_A → ρ = −1/Δ        if not
//
// the direction of largest margin over (λ*_i, 0), (λ*_i − λ_{i,v}, 1), (λ*_i, 1).
// For a > 0 only the least of each kind can bind, and m + Δ ≥ 0; the second
// case is the one in which (m, 0) does not bind.
type AnswerLimit struct {
	Least   Surd    // m
	Excess  Surd    // Δ
	Ratio   SurdSum // ρ
	Carry   SurdSum // 1 + Δ(m+Δ), whose sign decides
	AtLeast []int   // instances whose target has the weight m: their candidate c_ is a support vector
	AtMost  []Pair  // their pairs (target, vertex) with the excess Δ: support vectors too
}

// A Pair counts vertices of one instance.
type Pair struct {
	Instance int
	Count    int // vertices v of N_C with λ_v − λ* = Δ
}

// AnswerLimitOf returns the limit for instances that share their logits. With
// all thoughts of one vertex, the target, Δ = −m and ρ = 0.
func AnswerLimitOf(predictions []*Prediction) (*AnswerLimit, error) {
	if len(predictions) == 0 {
		return nil, errors.New("no instance to predict")
	}
	a := &AnswerLimit{
		Least:  slices.MinFunc(predictions, func(p, q *Prediction) int { return p.Weight().Cmp(q.Weight()) }).Weight(),
		Excess: slices.MaxFunc(predictions, func(p, q *Prediction) int { return p.Excess().Cmp(q.Excess()) }).Excess(),
	}
	for i, p := range predictions {
		if p.Weight().Cmp(a.Least) == 0 {
			a.AtLeast = append(a.AtLeast, i)
		}
		if p.Excess().Cmp(a.Excess) == 0 {
			same := 0
			for _, w := range p.Others {
				if w.Cmp(p.Others[0]) == 0 {
					same++
				}
			}
			a.AtMost = append(a.AtMost, Pair{i, same})
		}
	}
	sum := SurdSum{a.Least, a.Excess}.Collected()
	a.Carry = SurdSum{Rational(big.NewRat(1, 1))}.Plus(sum.Times(a.Excess)...).Collected()
	if a.Ratio = sum; a.Carry.Sign() < 0 {
		a.Ratio = SurdSum{a.Excess.Inv().Neg()}
	}
	return a, nil
}

// Answer says what the limit direction answers on an instance, seen or not:
// 1 if the target has the largest logit for all large times, −1 if another
// vertex has, 0 if the direction alone does not decide (see Offset).
//
//	M' − λ'* < ρ: right;   M' − λ'* > ρ: wrong
func (a *AnswerLimit) Answer(p *Prediction) int {
	return a.Ratio.Minus(SurdSum{p.Excess()}).Sign()
}

// Offset says, for instances of equal weight in the loss and equal rates, where
// μ_R − ρμ_A goes in the first case of AnswerLimit: to
//
//	log( m_2·(1 + Δ(m+Δ)) / (m_1·m·(m+Δ)) )
//
// with m_1 instances that attain m and m_2 pairs that attain Δ. It returns the
// sign, which decides instances at equality: their target leads by that much
// in the limit. It is 0 in the second case too, where the difference is not
// decided here.
func (a *AnswerLimit) Offset() int {
	numerator, denominator := a.OffsetFraction()
	if numerator == nil || denominator.Sign() == 0 {
		return 0
	}
	return numerator.Cmp(denominator)
}

// OffsetFraction returns both sides of the fraction in Offset, nil in the
// second case of AnswerLimit.
func (a *AnswerLimit) OffsetFraction() (numerator, denominator SurdSum) {
	if a.Carry.Sign() <= 0 {
		return nil, nil
	}
	pairs := 0
	for _, p := range a.AtMost {
		pairs += p.Count
	}
	whole := func(n int) Surd { return Rational(big.NewRat(int64(n), 1)) }
	return a.Carry.Times(whole(pairs)).Collected(), a.Ratio.Times(a.Least).Times(whole(len(a.AtLeast))).Collected()
}
