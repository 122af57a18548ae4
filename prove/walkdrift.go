package prove

import (
	"fmt"
	"math/big"
	"slices"
	"strings"

	"muflow/graph"
	"muflow/ode/ball"
	"muflow/theory"
)

// A walkDrift is the right-hand side of a stage of the curriculum with thoughts
// of walk weights, with bounds. In the numbers of walks W_j(v) with j edges
// from the root to v, after c steps,
//
//	λ_v = Σ_j a_j W_j(v)/√q,  b_v = Σ_j a_j W_{j+1}(v)/√q,  q = Σ_v (Σ_j a_j W_j(v))²,  j ≤ c
//	μ' = (α/(n·I))·Σ_i (b_p − E[b]),  ξ_v = α(λ_v + μ b_v)
//
// with the mean over the labels in the place of b_p, and where a_j is the elementary symmetric polynomial e_j of the earlier logits,
// or of c times the present one, C(c,j)μ^j; with free norm q = 1.
// theory.md section 4.
type walkDrift struct {
	alpha    *big.Rat
	scale    *big.Rat    // α/(n·I)
	logits   []heldLogit // of the c thoughts, nil: all are the present one
	steps    int         // c
	free     bool
	families []*walkFamily
}

// A heldLogit is the logit of an earlier thought, enclosed with a precision.
type heldLogit func(precision uint) *ball.Ball

// held is a logit that is known as far as an enclosure goes.
func held(x *ball.Ball) heldLogit { return func(uint) *ball.Ball { return x } }

// heldExactly is a rational logit.
func heldExactly(x *big.Rat) heldLogit {
	return func(precision uint) *ball.Ball { return ball.New(precision).SetRat(x) }
}

// A walkFamily is what counts of instances that are alike.
type walkFamily struct {
	weight int64
	labels int64          // how many
	gram   [][]*ball.Ball // Σ_v W_j(v)·W_l(v), j ≤ l ≤ c
	square polynomial     // q of thoughts of the present logit
	groups []walkGroup
	others map[int][]walkTerms // of beside
}

// A walkGroup is the vertices of an instance with the same numbers of walks.
type walkGroup struct {
	count int64
	more  []*big.Int   // W_j(v) − W_j(p) for one label p, j ≤ c+1: of logits
	balls []*ball.Ball // the same
	sum   []*big.Int   // the same, summed over all labels: of b
	sums  []*ball.Ball // the same
	ahead walkTerms    // of v and p with thoughts of the present logit, D summed
}

func wholeBall(n *big.Int) *ball.Ball { return ball.New(uint(max(64, n.BitLen()))).SetInt(n) }

func newWalkDrift(steps []graph.Step, c Curriculum, symbols int, logits []heldLogit) (*walkDrift, error) {
	d := &walkDrift{alpha: c.Alpha, free: c.Free, steps: steps[0].C, logits: logits}
	d.scale = new(big.Rat).Quo(c.Alpha, big.NewRat(int64(symbols)*int64(len(steps)), 1))
	place := map[string]*walkFamily{}
	for _, s := range steps {
		walks, err := theory.SuperpositionOf(s.Instance.Graph, s.Instance.Root, d.steps+1)
		if err != nil {
			return nil, err
		}
		f, key := d.family(walks.Walks, s.Labels())
		if known, ok := place[key]; ok {
			known.weight++
			continue
		}
		place[key] = f
		d.families = append(d.families, f)
		if logits == nil {
			f.expand(d)
		}
	}
	return d, nil
}

// cost counts the terms of one evaluation.
func (d *walkDrift) cost() (terms int) {
	for _, f := range d.families {
		terms += len(f.groups) * (d.steps + 2)
	}
	return terms
}

// family groups the vertices of an instance; equal families have equal keys.
func (d *walkDrift) family(walks [][]*big.Int, labels []int) (*walkFamily, string) {
	f := &walkFamily{weight: 1, labels: int64(len(labels))}
	var key strings.Builder
	for j := range d.steps + 1 {
		var row []*ball.Ball
		for l := range d.steps + 1 {
			sum := new(big.Int)
			for _, w := range walks {
				sum.Add(sum, new(big.Int).Mul(w[j], w[l]))
			}
			row = append(row, wholeBall(sum))
			fmt.Fprint(&key, sum, " ")
		}
		f.gram = append(f.gram, row)
	}
	names, place := []string{}, map[string]int{}
	groups := []walkGroup{}
	for _, w := range walks {
		g := walkGroup{}
		for j := range w {
			g.more = append(g.more, new(big.Int).Sub(w[j], walks[labels[0]][j]))
			g.balls = append(g.balls, wholeBall(g.more[j]))
			sum := new(big.Int)
			for _, p := range labels {
				sum.Add(sum, new(big.Int).Sub(w[j], walks[p][j]))
			}
			g.sum, g.sums = append(g.sum, sum), append(g.sums, wholeBall(sum))
		}
		name := fmt.Sprint(g.more, len(labels), g.sum)
		at, ok := place[name]
		if !ok {
			at = len(groups)
			place[name], names, groups = at, append(names, name), append(groups, g)
		}
		groups[at].count++
	}
	slices.Sort(names)
	for _, name := range names {
		f.groups = append(f.groups, groups[place[name]])
		fmt.Fprint(&key, groups[place[name]].count, name)
	}
	return f, key.String()
}

// share sets z to what a mean x of sums over the labels counts in the drift.
func (f *walkFamily) share(z, x *ball.Ball) *ball.Ball {
	if z.MulInt64(x, f.weight); f.labels > 1 {
		z.QuoInt64(z, f.labels)
	}
	return z
}

// powers returns the series of the a_j at x, and of those of one step more with
// the present logit, which weigh W_j in λ_v + μ b_v.
func (d *walkDrift) powers(t *taylor, x *ball.Ball) (now, next []series) {
	now = append(now, t.zero())
	now[0][0].SetInt64(1)
	extend := func(a []series, mu series) []series {
		out := make([]series, len(a)+1)
		for j := range out {
			out[j] = t.zero()
			if j < len(a) {
				t.addScaled(out[j], ball.New(64).SetInt64(1), a[j])
			}
			if j > 0 {
				t.addProduct(out[j], a[j-1], mu)
			}
		}
		return out
	}
	present := t.zero()
	present[0].Set(x)
	if t.order > 0 {
		present[1].SetInt64(1)
	}
	if d.logits == nil { // C(m,j)·(x+s)^j, without the cancellations of the recurrence
		power := func(m int) []series {
			out := make([]series, m+1)
			for j := range out {
				out[j] = t.zero()
				for i := 0; i <= min(j, t.order); i++ {
					n := new(big.Int).Binomial(int64(m), int64(j))
					n.Mul(n, new(big.Int).Binomial(int64(j), int64(i)))
					out[j][i].Mul(ball.New(t.precision).PowInt(x, int64(j-i)), wholeBall(n))
				}
			}
			return out
		}
		return power(d.steps), power(d.steps + 1)
	}
	for _, logit := range d.logits {
		fixed := t.zero()
		fixed[0].Set(logit(t.precision))
		now = extend(now, fixed)
	}
	return now, extend(now, present)
}

// at returns the Taylor coefficients of μ' in μ at a ball of points.
//
// Encloses the exact values for every point of the inputs.
func (d *walkDrift) at(x *ball.Ball, order int) []*ball.Ball {
	t := newTaylor(x.Prec(), order)
	now, next := d.powers(t, x)
	alpha := ball.New(t.precision).SetRat(d.alpha)
	for _, a := range next {
		for _, c := range a {
			c.Mul(c, alpha)
		}
	}
	total, square, inverse := t.zero(), t.zero(), t.zero()
	inverse[0].SetInt64(1)
	logit, weight, partition, top, quotient := t.zero(), t.zero(), t.zero(), t.zero(), t.zero()
	var products [][]series // a_j·a_l
	if !d.free {
		for j := range now {
			products = append(products, nil)
			for l := range j + 1 {
				products[j] = append(products[j], t.zero())
				t.addProduct(products[j][l], now[j], now[l])
			}
		}
	}
	more := ball.New(t.precision)
	scaled, sums := make([]series, len(next)), make([]series, len(next))
	for j := range next {
		scaled[j], sums[j] = t.zero(), t.zero()
	}
	for _, f := range d.families {
		if !d.free {
			t.clear(square)
			for j := range now {
				for l := range j + 1 {
					t.addScaled(square, f.gram[j][l], products[j][l])
					if l < j {
						t.addScaled(square, f.gram[j][l], products[j][l])
					}
				}
			}
			t.inverseRoot(inverse, square)
		}
		for j := range next {
			t.clear(scaled[j])
			t.addProduct(scaled[j], next[j], inverse)
			t.clear(sums[j])
		}
		t.clear(partition)
		lead := f.lead(scaled)
		for _, g := range f.groups { // weights in units of the largest: they do not cancel
			t.clear(logit)
			for j := range g.balls {
				t.addScaled(logit, more.Sub(g.balls[j], lead.balls[j]), scaled[j])
			}
			t.exp(weight, logit)
			for _, c := range weight {
				c.MulInt64(c, g.count)
			}
			for k, c := range weight {
				partition[k].Add(partition[k], c)
			}
			for j := 1; j < len(next); j++ {
				t.addScaled(sums[j], g.sums[j], weight)
			}
		}
		t.clear(top)
		for j := range now {
			t.addProduct(top, now[j], sums[j+1])
		}
		t.clear(logit)
		t.addProduct(logit, top, inverse)
		t.quo(quotient, logit, partition)
		for k, c := range quotient {
			total[k].Sub(total[k], f.share(t.term, c))
		}
	}
	scale := ball.New(t.precision).SetRat(d.scale)
	for _, c := range total {
		c.Mul(c, scale)
	}
	return total
}

// lead returns the group with the largest logit at the middle of a ball, up to
// rounding, for series of what weighs W_j.
func (f *walkFamily) lead(next []series) walkGroup {
	var most *ball.Ball
	lead, term := 0, ball.New(64)
	for k, g := range f.groups {
		logit := ball.New(64)
		for j := range next {
			logit.Add(logit, term.Mul(g.balls[j], term.Midpoint(next[j][0])))
		}
		if k == 0 || logit.Mid().Cmp(most.Mid()) > 0 {
			lead, most = k, logit
		}
	}
	return f.groups[lead]
}

// outward returns the sign that the drift away from 0 keeps on all of side·μ ≥
// from > 0, if it is proved; 0 if not. It is for thoughts of the present logit.
//
// With τ = side/μ and W_j·side^j for W_j the drift is that of side 1. Where no
// b_v is larger than b_p on the box τ ∈ [0, 1/from] it is positive. Else, with λ
// and b divided by their power of μ and m the vertices with the most walks,
// lengths from c+1 down,
//
//	ξ_v − ξ_m = α τ^{−k} Σ_i s_i τ^i/√q,  s_i = C(c+1,i)·(W_{c+1−i}(v) − W_{c+1−i}(m)),  k = 1 (free norm: c+1)
//
// of which the first s_i ≠ 0 is negative: e^{ξ_v − ξ_m} ∈ [0, e^{upper end}]. As b_v − b_p
// may vanish at τ = 0 where the weight does not, all is divided by the least power of τ that
// it then has there.
func (d *walkDrift) outward(from *big.Float, side int, precision uint) int {
	c := d.steps
	t := newTaylor(precision, 0)
	one := ball.New(precision).SetInt64(1)
	near := ball.New(precision).Quo(one, ball.New(precision).SetFloat(from))
	tau := ball.New(precision).SetInterval(new(big.Float), near.Upper())
	flip := func(x *ball.Ball, j int) *ball.Ball {
		if side < 0 && j%2 != 0 {
			return ball.New(x.Prec()).Neg(x)
		}
		return x
	}
	if d.ahead(tau, flip) {
		return 1
	}
	power := func(m int) (out []*ball.Ball) { // C(m,j)·τ^{m−j}
		for j := range m + 1 {
			p := ball.New(precision).PowInt(tau, int64(m-j))
			out = append(out, p.Mul(p, wholeBall(new(big.Int).Binomial(int64(m), int64(j)))))
		}
		return out
	}
	now := power(c)
	alpha := ball.New(precision).SetRat(d.alpha)
	total := ball.New(precision)
	k := 1
	if d.free {
		k = c + 1
	}
	leads, order := make([]walkGroup, len(d.families)), c+1
	for i, f := range d.families {
		leads[i] = slices.MaxFunc(f.groups, func(g, h walkGroup) int { return compareFar(g, h, side) })
		for _, g := range f.groups {
			if firstFar(g, leads[i]) >= k {
				order = min(order, g.order())
			}
		}
	}
	if order > c {
		return 0 // the far ones are like the target, and some are ahead of it
	}
	for i, f := range d.families {
		inverse := one
		if !d.free {
			square := ball.New(precision)
			for j := range now {
				for l := range now {
					t.term.Mul(now[j], now[l])
					square.Add(square, t.term.Mul(t.term, flip(f.gram[j][l], j+l)))
				}
			}
			inverse = ball.New(precision).Sqrt(square)
			inverse.Quo(one, inverse)
		}
		lead := leads[i]
		partition, top := ball.New(precision), ball.New(precision)
		for _, g := range f.groups {
			s := make([]*ball.Ball, c+2)
			for i := range s {
				j := c + 1 - i
				n := new(big.Int).Sub(g.more[j], lead.more[j])
				s[i] = flip(wholeBall(n.Mul(n, new(big.Int).Binomial(int64(c+1), int64(i)))), j)
			}
			factor, own := ball.New(precision).Mul(alpha, inverse), min(order, g.order())
			weight := farWeight(s, k, 0, tau, near, factor)
			partition.Add(partition, weight.MulInt64(weight, g.count))
			if own < order {
				weight = farWeight(s, k, order-own, tau, near, factor)
				weight.MulInt64(weight, g.count)
			}
			var more []*ball.Ball // b_v − b_p over τ^own
			for j := c - own; j >= 0; j-- {
				n := new(big.Int).Binomial(int64(c), int64(j))
				more = append(more, flip(wholeBall(n.Mul(n, g.sum[j+1])), j+1))
			}
			top.Add(top, t.term.Mul(weight, ball.New(precision).EvalPolynomial(more, tau)))
		}
		top.Mul(top, inverse)
		top.Quo(top, partition)
		total.Sub(total, f.share(top, top))
	}
	sign, _ := total.Sign()
	return sign
}

// order returns how often b_v − b_p vanishes at τ = 0, with the powers of τ of outward; c+1
// where it is 0 for all τ.
func (g walkGroup) order() int {
	c := len(g.sum) - 2
	for i := range c + 1 {
		if g.sum[c+1-i].Sign() != 0 {
			return i
		}
	}
	return c + 1
}

// firstFar returns the first power of τ, with those of outward, that the logits of two
// groups differ in.
func firstFar(g, h walkGroup) int {
	i := 0
	for i < len(g.more) && g.more[len(g.more)-1-i].Cmp(h.more[len(h.more)-1-i]) == 0 {
		i++
	}
	return i
}

// farWeight encloses τ^{−more}·e^{ατ^{−k}Σ s_i τ^i/√q} for τ in a box from 0 to near, with
// more = 0 where the exponent is bounded. Else the exponent is at most −a τ^{−m}, and the
// whole rises with τ as long as m a τ^{−m} ≥ more.
func farWeight(s []*ball.Ball, k, more int, tau, near, factor *ball.Ball) *ball.Ball {
	precision := tau.Prec()
	first := 0
	for first < len(s) && s[first].IsZero() {
		first++
	}
	exponent := ball.New(precision)
	if first >= k || first == len(s) {
		exponent.EvalPolynomial(s[min(k, len(s)):], tau)
		return exponent.Exp(exponent.Mul(exponent, factor))
	}
	exponent.EvalPolynomial(s[first:], tau)
	if sign, ok := exponent.Sign(); !ok || sign >= 0 {
		return exponent.Indeterminate()
	}
	exponent.Mul(exponent, factor)
	exponent.Quo(exponent, ball.New(precision).PowInt(near, int64(k-first)))
	slack := ball.New(precision).MulInt64(exponent, int64(first-k))
	if sign, ok := slack.AddInt64(slack, int64(-more)).Sign(); !ok || sign < 0 {
		return exponent.Indeterminate()
	}
	exponent.Exp(exponent)
	exponent.Quo(exponent, ball.New(precision).PowInt(near, int64(more)))
	return exponent.SetInterval(new(big.Float), exponent.Upper())
}

// compareFar compares the numbers of walks of two groups, with the signs that
// they have far out on a side, lengths from the greatest down.
func compareFar(g, h walkGroup, side int) int {
	for j := len(g.more) - 1; j >= 0; j-- {
		if sign := g.more[j].Cmp(h.more[j]); sign != 0 {
			if side < 0 && j%2 != 0 {
				return -sign
			}
			return sign
		}
	}
	return 0
}

// still reports whether b is the same for all vertices of an instance, whatever
// the logits.
func (d *walkDrift) still() bool {
	for _, f := range d.families {
		for _, g := range f.groups {
			for _, n := range g.more[1:] {
				if n.Sign() != 0 {
					return false
				}
			}
		}
	}
	return true
}

// ahead reports whether b_p ≥ b_v for all vertices of all instances, and not
// always equal, for all τ > 0 of a box from 0: each Σ_j C(c,j) τ^{c−j}
// (W_{j+1}(v) − W_{j+1}(p)), without its power of τ, is negative over the box.
func (d *walkDrift) ahead(tau *ball.Ball, flip func(*ball.Ball, int) *ball.Ball) bool {
	less := false
	for _, f := range d.families {
		for _, g := range f.groups {
			var more []*ball.Ball
			for j := d.steps; j >= 0; j-- {
				n := new(big.Int).Binomial(int64(d.steps), int64(j))
				if x := flip(wholeBall(n.Mul(n, g.sum[j+1])), j+1); len(more) > 0 || !x.IsZero() {
					more = append(more, x)
				}
			}
			if len(more) == 0 {
				continue
			}
			if sign, ok := ball.New(tau.Prec()).EvalPolynomial(more, tau).Sign(); !ok || sign >= 0 {
				return false
			}
			less = true
		}
	}
	return less
}

// separate returns where the flow with thoughts of the earlier logits goes
// from any start: up (down) if on no instance a vertex has a larger (smaller) b
// than the target, by the signs of Σ_j e_j·(W_{j+1}(v) − W_{j+1}(p)). Equal
// numbers of walks are ties for all logits.
// theory.md section 6.
func (d *walkDrift) separate(precision uint) theory.Limit {
	t := newTaylor(precision, 0)
	now, _ := d.powers(t, ball.New(precision))
	below, above, unknown := false, false, false
	for _, f := range d.families {
		for _, g := range f.groups {
			sum, tie := ball.New(precision), true
			for j := range now {
				sum.Add(sum, t.term.Mul(now[j][0], g.sums[j+1]))
				tie = tie && g.sum[j+1].Sign() == 0
			}
			sign, ok := sum.Sign()
			switch {
			case tie:
			case !ok || sign == 0:
				unknown = true
			case sign > 0:
				above = true
			default:
				below = true
			}
		}
	}
	switch {
	case below && above:
		return theory.FiniteLimit
	case unknown:
		return theory.UnknownLimit
	case below:
		return theory.PlusInfinity
	case above:
		return theory.MinusInfinity
	}
	return theory.Stationary
}
