package sim

import (
	"fmt"

	"muflow/graph"
)

// A Token is an entry of a Vocabulary, or Thought.
type Token int

// Thought marks the place of a continuous thought, which is a vector and no
// token of the vocabulary.
const Thought Token = -1

// The special tokens follow the symbols in this order.
const (
	edgeToken     = iota // <e>
	questionToken        // <Q>
	reasonToken          // <R>
	answerToken          // <A>
	specialTokens        // how many there are
)

var specialText = [specialTokens]string{"<e>", "<Q>", "<R>", "<A>"}

// A Vocabulary has one token for each symbol that a vertex can be called by,
// 0…Symbols−1, and the special tokens <e>, <Q>, <R>, <A> after them.
type Vocabulary struct {
	Symbols int
}

// Size returns V, the number of tokens.
func (v Vocabulary) Size() int { return v.Symbols + specialTokens }

func (v Vocabulary) special(kind int) Token { return Token(v.Symbols + kind) }

// Text returns the token as it is written in the paper; a symbol is written as
// its number.
func (v Vocabulary) Text(t Token) string {
	switch {
	case t == Thought:
		return "[t]"
	case t >= 0 && int(t) < v.Symbols:
		return fmt.Sprint(int(t))
	case int(t) >= v.Symbols && int(t) < v.Size():
		return specialText[int(t)-v.Symbols]
	}
	return fmt.Sprintf("token %d of %d", int(t), v.Size())
}

// Sequence returns the input for an instance in which vertex v is called
// label[v], with the given number of continuous thoughts:
//
//	s_1 t_1 <e> … s_M t_M <e> <Q> c1 c2 <R> r [t_1] … [t_c] <A>
//
// The edges stand in the order of the graph, the candidates in the order of
// their labels, which says nothing about the answer. It fails if label does
// not give every vertex a symbol of its own. Reference: arXiv 2509.23365, the
// input format.
func (v Vocabulary) Sequence(in *graph.Instance, label []int, thoughts int) ([]Token, error) {
	if err := checkLabel(label, in.Graph.Order(), v.Symbols); err != nil {
		return nil, err
	}
	if thoughts < 0 {
		return nil, fmt.Errorf("%d thoughts, expected at least 0", thoughts)
	}
	return v.appendSequence(nil, in.Graph.Edges(), [2]int{in.Target, in.Other}, in.Root, label, thoughts), nil
}

func (v Vocabulary) appendSequence(to []Token, edges [][2]int, candidates [2]int, root int, label []int, thoughts int) []Token {
	for _, e := range edges {
		to = append(to, Token(label[e[0]]), Token(label[e[1]]), v.special(edgeToken))
	}
	first, second := label[candidates[0]], label[candidates[1]]
	to = append(to, v.special(questionToken), Token(min(first, second)), Token(max(first, second)), v.special(reasonToken), Token(label[root]))
	for range thoughts {
		to = append(to, Thought)
	}
	return append(to, v.special(answerToken))
}
