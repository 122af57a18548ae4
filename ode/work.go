package ode

import (
	"fmt"
	"math/big"
)

// Work is counted in units of about ten nanoseconds on the machine of this
// project's measurements: what a step does is foretold from its numbers of
// operations, so that the same computation has the same work on every machine.

// A toll is what the parts of a step cost.
type toll struct {
	nodes, products int // operations of the right-hand side, and those that are sums over coefficients
	dimension       int
	order, words    int
}

func newToll(p *program, s Settings) toll {
	t := toll{dimension: p.dimension, order: s.Order, words: int(s.Precision+63) / 64}
	for _, x := range p.nodes {
		if x.constant || x.op == OpState {
			continue
		}
		t.nodes++
		if x.op >= OpMul && !(x.op == OpMul && (p.nodes[x.a].constant || p.nodes[x.b].constant)) {
			t.products++
		}
	}
	return t
}

// series is the work for Taylor coefficients in fixed point: products of numbers
// of some words, for each pair of coefficients.
func (t toll) series() int64 {
	pairs := t.order * t.order / 2
	return int64(t.products)*int64(pairs)*int64(t.words*t.words+4)/8 + int64(t.nodes+t.dimension)*int64(t.order)*15 + 2000
}

// defects is the work for bounds of the defect, in float64.
func (t toll) defects() int64 { return int64(t.nodes+t.dimension) * int64(t.order) * 6 }

// boxes is the work for the boxes of all slices and the norms of slopes over them,
// by elimination.
func (t toll) boxes() int64 {
	n := int64(t.dimension)
	norm := int64(0)
	if n > 1 {
		norm = n*n*80 + n*n*n*45
	}
	return slices * (2000 + n*int64(t.order)*8 + int64(t.nodes)*(n+1)*4 + norm)
}

// remainders is the work for the coefficients of balls and of intervals.
func (t toll) remainders() int64 {
	pairs := int64(t.order * t.order / 2)
	return int64(t.products)*pairs*int64(t.words+10) + int64(t.nodes+t.dimension)*int64(t.order)*20
}

// shape is the work for models with so many monomials, and for the derivative of
// the flow.
func (t toll) shape(monomials, nodes int) int64 {
	m, pairs := int64(monomials), int64(slopeOrder*slopeOrder/2)
	n := int64(t.dimension)
	return int64(t.products)*pairs*(m*m/2+m*4) + int64(t.nodes)*slopeOrder*m + int64(nodes)*pairs*2 + n*n*(n*6+m)
}

// tangent is the work for the derivative of the flow along one solution, by the number
// of operations of that system.
func (t toll) tangent(nodes int) int64 {
	n := int64(t.dimension)
	return int64(nodes)*slopeOrder*4 + n*n*n*slopeOrder*4
}

// spent reports whether a flowpipe may take no more work.
func (p *Flowpipe) spent() bool { return p.settings.Work > 0 && p.work >= p.settings.Work }

// errWork says that a computation has used up its work.
func errWork(steps int, work int64) error {
	return fmt.Errorf("%d steps, which took %d million units of work", steps, work/1_000_000)
}

// OverWork is the work of Over between two times.
func (p *Flowpipe) OverWork(from, to *big.Rat) int64 {
	if p.parts != nil {
		total := int64(0)
		for _, part := range p.parts {
			total += part.OverWork(from, to)
		}
		return total
	}
	steps := 1
	for i := range p.tubes {
		if s := &p.tubes[i]; s.from.Cmp(from) > 0 && s.from.Cmp(to) < 0 {
			steps++
		}
	}
	return int64(steps) * slices * int64(p.system.Dimension) * int64(p.settings.Order) * 30
}
