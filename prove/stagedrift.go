package prove

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"

	"muflow/graph"
	"muflow/internal/reduced"
	"muflow/ode"
	"muflow/ode/ball"
	"muflow/theory"
)

// A stageDrift is the right-hand side μ' of one stage of a curriculum.
type stageDrift struct {
	curriculum Curriculum
	step       int
	scale      float64 // α/(n·instances)
	alpha      float64
	steps      []graph.Step
	fixed      [][]float64 // thoughts that do not depend on μ, nil if they do
	weights    [][]*big.Rat
	squares    []*big.Rat // of the norms of weights
	next       []float64
	thought    []float64
}

func newStageDrift(instances []graph.Instance, c Curriculum, step, symbols int, logits []float64) (*stageDrift, error) {
	d := &stageDrift{curriculum: c, step: step}
	d.alpha, _ = c.Alpha.Float64()
	exact := make([]*big.Rat, len(logits))
	for i, mu := range logits {
		exact[i] = new(big.Rat)
		if exact[i].SetFloat64(mu) == nil {
			return nil, fmt.Errorf("logit %g, expected a finite one", mu)
		}
	}
	for _, s := range graph.StepsOf(instances, step) {
		in := s.Instance
		d.steps = append(d.steps, s)
		if c.Thoughts == CurrentThoughts {
			continue
		}
		d.fixed = append(d.fixed, c.ThoughtOf(in, step, logits))
		weights := make([]*big.Rat, in.Graph.Order())
		if c.Thoughts == FrozenThoughts {
			var err error
			if weights, err = theory.WalkWeights(in.Graph, in.Root, exact[:step]); err != nil {
				return nil, err
			}
		} else {
			for v, inside := range s.Set() {
				weights[v] = new(big.Rat)
				if inside {
					weights[v].SetInt64(1)
				}
			}
		}
		square := new(big.Rat)
		for _, w := range weights {
			square.Add(square, new(big.Rat).Mul(w, w))
		}
		d.weights, d.squares = append(d.weights, weights), append(d.squares, square)
	}
	d.scale = d.alpha / float64(symbols*len(d.steps))
	return d, nil
}

// at returns μ'.
//
// Approximate: no error bound.
func (d *stageDrift) at(mu float64) float64 {
	total := 0.0
	for i, s := range d.steps {
		in := s.Instance
		n := in.Graph.Order()
		if len(d.next) < n {
			d.next, d.thought = make([]float64, n), make([]float64, n)
		}
		thought, next := d.thought[:n], d.next[:n]
		if d.fixed != nil {
			copy(thought, d.fixed[i])
		} else {
			clear(thought)
			thought[in.Root] = 1
			for range d.step {
				expand(in.Graph, thought, mu, next)
				thought, next = next, thought
				if !d.curriculum.Free {
					normalise(thought)
				}
			}
		}
		clear(next)
		for _, e := range in.Graph.Edges() {
			next[e[1]] += thought[e[0]]
		}
		for v, b := range next { // the logits
			thought[v] = d.alpha * (thought[v] + float64(mu*b))
		}
		total += next[s.Target()] - reduced.Mean(thought, nil, next)
	}
	return d.scale * total
}

// descend follows gradient descent, θ ← θ + η·θ'(θ).
//
// Approximate: no error bound.
func (d *stageDrift) descend(ctx context.Context, mu float64) (float64, error) {
	eta := d.curriculum.StageTime / float64(d.curriculum.Steps)
	for range d.curriculum.Steps {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		mu += float64(eta * d.at(mu))
	}
	return mu, nil
}

// The grid on which zeros of the drift are looked for: distances from a point,
// each so many times the one before.
const (
	gridFirst = 1e-3
	gridRatio = 1.02
	gridLast  = 1e4
)

// limit says where the flow from the start of a stage tends: the first zero of
// the drift in the direction of its sign, found on a grid and then proved to
// exist by a change of sign, or an infinity.
func (d *stageDrift) limit(ctx context.Context, stage *CurriculumStage, digits int) error {
	if len(d.steps) == 0 {
		return errors.New("no instance has it")
	}
	direction := 1.0
	stage.Status = theory.PlusInfinity.String()
	if d.at(stage.Start) < 0 {
		direction = -1
		stage.Status = theory.MinusInfinity.String()
	}
	rising := stage.Start // a point below the limit from which the flow rises, if there is one
	before, after, found := d.change(stage.Start, direction, direction, gridLast)
	var err error
	if found {
		stage.Status = theory.FiniteLimit.String()
		if stage.Limit, err = d.enclose(ctx, before, after, digits); err != nil {
			return err
		}
		rising = min(before, after)
	}
	if d.fixed != nil || d.at(rising) <= 0 {
		return nil // a convex loss has one zero at most
	}
	if before, after, found = d.change(rising, -1, 1, rising); found {
		stage.Threshold, err = d.enclose(ctx, before, after, digits)
	}
	return err
}

// change finds two neighbours on the grid of points in a direction of another
// one, nearer than most, between which the drift loses its sign.
func (d *stageDrift) change(from, direction, sign, most float64) (before, after float64, found bool) {
	before = from
	for h := gridFirst; h < most; h *= gridRatio {
		x := from + float64(direction*h)
		if !(d.at(x)*sign >= 0) {
			return before, x, true
		}
		before = x
	}
	return 0, 0, false
}

// falls proves that the drift is negative on all of [0, end], by enclosures on
// pieces. It is false if a point is found where the drift is not.
func (d *stageDrift) falls(ctx context.Context, end float64) (bool, error) {
	const (
		precision = 64
		first     = 1. / 64 // width of the first pieces
	)
	x, err := d.expression()
	if err != nil {
		return false, err
	}
	var pieces []span[float64]
	for a := 0.0; a < end; a += first {
		pieces = append(pieces, span[float64]{a, min(a+first, end)})
	}
	err = settle(ctx, pieces, func(part span[float64]) (float64, bool, error) {
		middle := (part.low + part.high) / 2
		if d.at(middle) >= 0 || middle == part.low || middle == part.high {
			return middle, false, errStop
		}
		box := ball.New(precision).SetInterval(big.NewFloat(part.low), big.NewFloat(part.high))
		value, err := ode.Evaluate(x, []*ball.Ball{box}, precision)
		if outside := (*ode.DomainError)(nil); errors.As(err, &outside) {
			return middle, false, nil
		}
		if err != nil {
			return middle, false, err
		}
		sign, ok := value.Sign()
		return middle, ok && sign < 0, nil
	})
	if errors.Is(err, errStop) {
		return false, nil
	}
	return err == nil, err
}

// enclose proves a zero of the drift between two numbers by a change of sign.
func (d *stageDrift) enclose(ctx context.Context, a, b float64, digits int) (*Number, error) {
	x, err := d.expression()
	if err != nil {
		return nil, err
	}
	low, high := new(big.Rat), new(big.Rat)
	if low.SetFloat64(min(a, b)) == nil || high.SetFloat64(max(a, b)) == nil {
		return nil, fmt.Errorf("bracket %g, %g, expected finite numbers", a, b)
	}
	root, err := ode.EncloseRoot(ctx, x, low, high, digits)
	if err != nil {
		return nil, err
	}
	number := Enclose(root, digits)
	return &number, nil
}

// expression writes Σ_i (b_p − E[b]) in the unknown μ.
func (d *stageDrift) expression() (*ode.Expr, error) {
	sum := ode.Integer(0)
	mu, alpha := ode.State(0), ode.Rational(d.curriculum.Alpha)
	for i, s := range d.steps {
		in := s.Instance
		weight, square, key, err := d.symbols(i, in, mu)
		if err != nil {
			return nil, err
		}
		inverse := ode.Integer(1)
		if !d.curriculum.Free {
			inverse = inverse.Quo(square.Sqrt())
		}
		type group struct {
			b     *ode.Expr
			logit *ode.Expr
			count int64
		}
		var groups []*group
		place := map[string]*group{}
		var target *ode.Expr
		for v := range weight {
			id := key[v] + "|"
			b := ode.Integer(0)
			for _, u := range sortedBy(key, in.Graph.In(v)) {
				b = b.Add(weight[u])
				id += key[u] + "+"
			}
			g, ok := place[id]
			if !ok {
				b = b.Mul(inverse)
				g = &group{b: b, logit: alpha.Mul(weight[v].Mul(inverse).Add(mu.Mul(b)))}
				place[id] = g
				groups = append(groups, g)
			}
			g.count++
			if v == s.Target() {
				target = g.b
			}
		}
		total, mean := ode.Integer(0), ode.Integer(0)
		for _, g := range groups {
			e := g.logit.Exp().Scale(big.NewRat(g.count, 1))
			total, mean = total.Add(e), mean.Add(e.Mul(g.b))
		}
		sum = sum.Add(target.Sub(mean.Quo(total)))
	}
	return sum, nil
}

// symbols returns the weights before normalisation and the square of their
// norm, as expressions, and a key that equal weights share.
func (d *stageDrift) symbols(i int, in *graph.Instance, mu *ode.Expr) (weights []*ode.Expr, square *ode.Expr, key []string, err error) {
	n := in.Graph.Order()
	weights, key = make([]*ode.Expr, n), make([]string, n)
	if d.fixed != nil {
		for v, w := range d.weights[i] {
			weights[v], key[v] = ode.Rational(w), w.RatString()
		}
		return weights, ode.Rational(d.squares[i]), key, nil
	}
	walks, err := theory.SuperpositionOf(in.Graph, in.Root, d.step)
	if err != nil {
		return nil, nil, nil, err
	}
	square = ode.Integer(0)
	for v := range n {
		coefficients := walks.Coefficients(v)
		terms := make([]*ode.Expr, len(coefficients))
		for j, c := range coefficients {
			terms[j] = ode.Rational(new(big.Rat).SetInt(c))
			key[v] += c.String() + ","
		}
		weights[v] = ode.Horner(terms, mu)
		if !walks.Support()[v] {
			weights[v] = ode.Integer(0)
			continue
		}
		square = square.Add(weights[v].Power(2))
	}
	return weights, square, key, nil
}

// sortedBy returns vertices in the order of their keys.
func sortedBy(key []string, vertices []int) []int {
	out := slices.Clone(vertices)
	slices.SortFunc(out, func(u, v int) int { return strings.Compare(key[u], key[v]) })
	return out
}
