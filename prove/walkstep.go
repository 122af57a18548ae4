package prove

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"muflow/graph"
	"muflow/internal/sym"
	"muflow/ode/ball"
	"muflow/theory"
)

// A walkUnit is one step with walk weights instead of uniform ones, as claims
// see it.
type walkUnit struct {
	step   graph.Step
	exact  *theory.WalkStep
	counts [][]*big.Int // of walkCounts
	limit  lazy[*Equilibrium]
	rates  [2]lazy[map[string]Number] // by loss
	room   lazy[[]sym.Univariate]
}

// walk works out the step of a subject with thoughts of its logit. Without a
// label it is that of the demonstrated path, which claims about no label see.
func (e *Subject) walk() (*walkUnit, error) {
	return e.kept.walk.get(func() (*walkUnit, error) {
		s, err := e.labeled()
		if err != nil {
			return nil, err
		}
		logit := e.Logit
		if logit == nil { // of a claim about every one
			logit = big.NewRat(1, 1)
		}
		exact, err := theory.WalkStepOf(s, walkLogits(s.C, logit))
		if err != nil {
			return nil, err
		}
		counts, err := e.walkCounts()
		return &walkUnit{step: s, exact: exact, counts: counts}, err
	})
}

// labeled is the step of a subject, with the label of the demonstrated path where its
// law gives none.
func (e *Subject) labeled() (graph.Step, error) {
	s, err := e.Label.Step(e.Input, e.Step)
	if errors.Is(err, graph.ErrNoLabel) {
		e.Unlabeled = true
		return e.Input.Step(e.Step)
	}
	return s, err
}

// walkCounts returns the numbers of walks with up to c+1 edges from the root to each
// vertex.
func (e *Subject) walkCounts() ([][]*big.Int, error) {
	if e.hops == nil {
		e.hops = &lengths{}
	}
	l, root := e.hops, e.Input.Root
	if root < 0 || root >= e.Input.Graph.Order() {
		return nil, fmt.Errorf("root %d does not exist", root)
	}
	if l.counts == nil {
		l.last, l.counts = theory.OneWalk(e.Input.Graph, root), make([][]*big.Int, e.Input.Graph.Order())
		for v, n := range l.last {
			l.counts[v] = []*big.Int{n}
		}
	}
	for len(l.counts[root]) < e.Step+2 {
		l.last = theory.LongerWalks(e.Input.Graph, l.last)
		for v, n := range l.last {
			l.counts[v] = append(l.counts[v], n)
		}
	}
	out := make([][]*big.Int, len(l.counts))
	for v, counts := range l.counts {
		out[v] = counts[:e.Step+2]
	}
	return out, nil
}

// walkKey is a text that two steps share exactly if the claims about walk weights say
// the same of them, whatever the logit: they have as many thoughts, and as many
// vertices and labels with each numbers of walks from the root.
//
//	w_v = Σ_j C(c,j) L^j #walks_j(root→v),  d_v = Σ_j C(c,j) L^j #walks_{j+1}(root→v)
func (e *Subject) walkKey() (string, error) {
	s, err := e.labeled()
	if err != nil {
		return "", err
	}
	walks, err := e.walkCounts()
	if err != nil {
		return "", err
	}
	all := make([]string, len(walks))
	var text []byte
	for v, counts := range walks {
		text = text[:0]
		for _, n := range counts {
			if n.IsUint64() {
				text = strconv.AppendUint(text, n.Uint64(), 36)
			} else {
				text = n.Append(text, 36)
			}
			text = append(text, ',')
		}
		all[v] = string(text)
	}
	var labels []string
	for _, p := range s.Labels() {
		labels = append(labels, all[p])
	}
	slices.Sort(labels)
	slices.Sort(all)
	text = fmt.Appendf(text[:0], "walks %t %s", e.Unlabeled, strings.Join(labels, ";"))
	for from, at := 0, 0; from < len(all); from = at {
		for at < len(all) && all[at] == all[from] {
			at++
		}
		text = fmt.Appendf(text, " %d:%s", at-from, all[from])
	}
	return string(text), nil
}

// WalkEquilibrium decides exactly where μ(t) goes from any start under the Coconut
// loss on a step whose thought was generated with rational logits > 0, one for
// each thought, and encloses the equilibrium and the asymptotic rate to so many
// digits.
//
//	F(μ*) = d*,   rate = (α²/(nq))·Var_{μ*}(d),   q = Σ w_v²
//
// Encloses the exact value for every point of the inputs.
// theory.md section 3, walk weights.
func WalkEquilibrium(ctx context.Context, s graph.Step, logits []*big.Rat, alpha *big.Rat, digits int) (*Equilibrium, error) {
	exact, err := theory.WalkStepOf(s, logits)
	if err != nil {
		return nil, err
	}
	return walkEquilibrium(ctx, exact, alpha, digits)
}

func walkEquilibrium(ctx context.Context, exact *theory.WalkStep, alpha *big.Rat, digits int) (*Equilibrium, error) {
	e := &Equilibrium{Limit: exact.Limit(theory.Coconut)}
	if e.Limit != theory.FiniteLimit {
		return e, nil
	}
	var err error
	e.Mu, e.Rate, err = newWalkRoot(exact, alpha).equilibrium(ctx, exact.Start().IsZero(), digits)
	return e, err
}

// newExactWalkDrift returns the drift of steps of one c whose thoughts were
// generated with rational logits.
func newExactWalkDrift(steps []graph.Step, logits []*big.Rat, alpha *big.Rat, symbols int) (*walkDrift, error) {
	fixed := make([]heldLogit, len(logits))
	for i, logit := range logits {
		fixed[i] = heldExactly(logit)
	}
	return newWalkDrift(steps, Curriculum{Alpha: alpha, Thoughts: FrozenThoughts}, symbols, fixed)
}

// rest encloses the one zero of the drift with thoughts of earlier logits, which
// falls and has one, and minus its slope there. With an exact zero at 0 that is it.
//
// Encloses the exact values for every point of the inputs.
func (d *walkDrift) rest(ctx context.Context, atZero bool, digits int) (mu, rate *ball.Ball, err error) {
	unit := max(0, d.alpha.Denom().BitLen()-d.alpha.Num().BitLen()) // μ* is of the order of 1/α for small α
	field, want := scalarField(func(x *ball.Ball, order int) []*ball.Ball {
		c := d.at(ball.New(x.Prec()).MulPow2(x, unit), order)
		for j := range c {
			c[j].MulPow2(c[j], j*unit)
		}
		return c
	}), int(ball.Bits(digits))
	for more := 8; more < 256; more *= 4 {
		if atZero {
			mu = ball.New(uint(want + 3*more + 64))
		} else {
			found, err := field.monotoneZero()
			if err != nil {
				return nil, nil, err
			}
			if mu, err = field.refine(ctx, found, digits+more); err != nil {
				return nil, nil, err
			}
			mu.MulPow2(mu, unit)
		}
		at := d.at(ball.New(mu.Prec()+64).Set(mu), 1)
		rate = at[1].Neg(at[1])
		if (atZero || mu.RelativeAccuracyBits() >= want) && rate.RelativeAccuracyBits() >= want {
			return mu, rate, nil
		}
	}
	return nil, nil, fmt.Errorf("μ* and the rate are not enclosed to %d digits", digits)
}

// walkNumbers are the numbers of a step with walk weights at μ = 0.
type walkNumbers struct {
	step    *theory.WalkStep
	sigma   *ball.Ball   // αs
	kappa   *ball.Ball   // α²/(nq)
	weights []*ball.Ball // count·e^{αs w} of each group
}

func newWalkNumbers(x *theory.WalkStep, alpha *big.Rat, precision uint) *walkNumbers {
	out := &walkNumbers{step: x, sigma: walkSigma(x, alpha, precision), kappa: walkKappa(x, alpha, precision)}
	for _, g := range x.Groups {
		w := ball.New(precision).MulRat(out.sigma, g.Weight)
		out.weights = append(out.weights, w.MulInt64(w.Exp(w), int64(g.Count)))
	}
	return out
}

// walkKappa encloses α²/(nq).
func walkKappa(x *theory.WalkStep, alpha *big.Rat, precision uint) *ball.Ball {
	kappa := new(big.Rat).Mul(alpha, alpha)
	kappa.Quo(kappa, x.Square)
	return ball.New(precision).SetRat(kappa.Quo(kappa, big.NewRat(int64(x.N), 1)))
}

// walkSigma encloses α/√q.
func walkSigma(x *theory.WalkStep, alpha *big.Rat, precision uint) *ball.Ball {
	root := ball.New(precision).SetRat(x.Square)
	root.Sqrt(root)
	return root.Quo(ball.New(precision).SetRat(alpha), root)
}

// sum encloses Σ factor·count·e^{αs w} over the groups; a factor of nil is 0.
func (x *walkNumbers) sum(factor func(g theory.WalkGroup) *big.Rat) *ball.Ball {
	total := ball.New(x.sigma.Prec())
	term := ball.New(x.sigma.Prec())
	for i, g := range x.step.Groups {
		if f := factor(g); f != nil {
			total.Add(total, term.MulRat(x.weights[i], f))
		}
	}
	return total
}

// WalkStartSign returns the sign of d* − F(0).
func WalkStartSign(x *theory.WalkStep, alpha *big.Rat) (int, error) {
	start := x.Start()
	if sign, decided := start.Sign(); decided {
		return sign, nil
	}
	top := start[len(start)-1].Weight
	return enclosedSign(start, func(precision uint) *ball.Ball {
		sigma := walkSigma(x, alpha, precision)
		sum, term := ball.New(precision), ball.New(precision)
		for _, t := range start {
			decay(term.MulRat(sigma, new(big.Rat).Sub(t.Weight, top)))
			sum.Add(sum, term.MulRat(term, t.Coefficient))
		}
		return sum
	})
}

// WalkPace encloses b_lo and b_hi of T1a-walk or T1b-walk-diverges, where |μ(t)| grows
// without bound under the loss.
//
// Encloses the exact values for every point of the inputs.
func WalkPace(x *theory.WalkStep, loss theory.Loss, alpha *big.Rat, precision uint) (low, high *ball.Ball) {
	b := (&walkUnit{exact: x}).walkPace(loss, alpha, precision)
	return b[0], b[1]
}

// walkPace encloses the constants b of log(1 + b t)/(αs g), which bound |μ(t)| from
// μ(0) = 0 on where it grows without bound: those of pace.constants with q in the
// place of K.
func (x *walkUnit) walkPace(loss theory.Loss, alpha *big.Rat, precision uint) (b rates) {
	n, one := newWalkNumbers(x.exact, alpha, precision), big.NewRat(1, 1)
	all := n.sum(func(theory.WalkGroup) *big.Rat { return one }) // Q
	at := func(d *big.Rat) *ball.Ball {                          // W_d
		return n.sum(func(g theory.WalkGroup) *big.Rat {
			if g.In.Cmp(d) != 0 {
				return nil
			}
			return one
		})
	}
	if loss == theory.CoconutBFS {
		most, outside := x.exact.Most(), int64(x.exact.Outside())
		low := n.sum(func(g theory.WalkGroup) *big.Rat { return g.In })
		low.Quo(low, ball.New(precision).AddInt64(all, -outside))
		low.Quo(low, all)
		high := ball.New(precision).SetRat(most)
		high.Quo(high, at(most))
		for side, c := range (rates{low, high}) {
			c.Mul(c, n.kappa)
			c.MulRat(c, most)
			b[side] = c.MulInt64(c, outside)
		}
		return b
	}
	gap := x.exact.Next()
	low := n.sum(func(g theory.WalkGroup) *big.Rat {
		if x.exact.Away(g).Cmp(gap) != 0 {
			return nil
		}
		return gap
	})
	low.Quo(low, all)
	high := n.sum(x.exact.Away)
	high.Quo(high, at(x.exact.Target))
	for side, c := range (rates{low, high}) {
		c.Mul(c, n.kappa)
		b[side] = c.MulRat(c, gap)
	}
	return b
}
