package prove

import (
	"errors"
	"fmt"
	"math/big"
	"sort"

	"muflow/graph"
	"muflow/theory"
)

// Unseen says what the limit direction of some training instances answers on
// other ones, exactly (theory.md section 5):
//
//	M' − λ'* < ρ: right;   M' − λ'* > ρ: wrong;   equality: the sign of the offset
type Unseen struct {
	Instances int   `json:"instances"` // that Theorem 3 speaks of
	Right     int   `json:"right"`
	Wrong     []int `json:"wrong"`     // their places in the list
	Undecided []int `json:"undecided"` // equality in both
}

// AnswerUnseen answers a cohort.
func AnswerUnseen(limit *theory.AnswerLimit, unseen *Cohort) *Unseen {
	out := &Unseen{Instances: len(unseen.Instances), Wrong: []int{}, Undecided: []int{}}
	for k, p := range unseen.Predictions {
		sign := limit.Answer(p)
		if sign == 0 {
			sign = limit.Offset()
		}
		switch {
		case sign > 0:
			out.Right++
		case sign < 0:
			out.Wrong = append(out.Wrong, unseen.Instances[k])
		default:
			out.Undecided = append(out.Undecided, unseen.Instances[k])
		}
	}
	return out
}

// ErrNoConverse says that every unseen instance is answered correctly.
var ErrNoConverse = errors.New("every unseen instance is answered correctly")

// maxConverse bounds the width of the constructed instance.
const maxConverse = graph.MaxOrder / 2

// Converse constructs an unseen instance that the limit direction answers
// wrongly, the converse of the guarantee: a root with w edges to vertices that
// all lead to one hub, which so collects w walks with two edges, beside a chain
// to the target, which has one walk. As w grows the hub's weight tends to 1 at
// unit norm and the target's to 0, so the excess M' − λ'* passes every ρ < 1.
// The least such w is found. It is ErrNoConverse under uniform weights, where
// the excess is 0 < ρ on every instance, and below two thoughts.
func Converse(limit *theory.AnswerLimit, thoughts int, logit *big.Rat) (*graph.Instance, *theory.Prediction, error) {
	if logit == nil || thoughts < 2 {
		return nil, nil, ErrNoConverse
	}
	var in *graph.Instance
	var p *theory.Prediction
	var failure error
	wrong := func(width int) bool {
		if failure == nil {
			in, failure = hubInstance(width, thoughts)
		}
		if failure == nil {
			p, failure = theory.PredictionOf(in, thoughts, walkLogits(thoughts, logit))
		}
		return failure != nil || limit.Answer(p) < 0
	}
	low, high := 0, 1 // not wrong at low
	for !wrong(high) {
		if low, high = high, 2*high; high > maxConverse {
			return nil, nil, fmt.Errorf("no wrong answer on an instance with a hub of up to %d walks", low)
		}
	}
	wrong(low + 1 + sort.Search(high-low-1, func(k int) bool { return wrong(low + 1 + k) }))
	return in, p, failure
}

// hubInstance has the root 0, a chain 1 … thoughts to the target, the hub, the
// other candidate, and width vertices between root and hub.
func hubInstance(width, thoughts int) (*graph.Instance, error) {
	path := []int{0}
	var edges [][2]int
	for v := 1; v <= thoughts; v++ {
		edges = append(edges, [2]int{v - 1, v})
		path = append(path, v)
	}
	hub, other := thoughts+1, thoughts+2
	for k := range width {
		v := thoughts + 3 + k
		edges = append(edges, [2]int{0, v}, [2]int{v, hub})
	}
	g, err := graph.New(thoughts+3+width, edges)
	if err != nil {
		return nil, err
	}
	in := &graph.Instance{Graph: g, Root: 0, Target: thoughts, Other: other, Path: path}
	return in, in.Validate()
}
