package cert

import (
	"cmp"
	"fmt"
	"maps"
	"math/big"
	"slices"
)

// ownNames proves the same of one logit μ_u for each vertex number u, shared by all graphs, with
// the sources of v for φ_v, 1{u ∈ N_c, u → v}.
func ownNames(s *statement) { s.separation(s.names(), sources) }

// names returns how many logits for a vertex number there are.
func (s *statement) names() (n int) {
	for _, g := range s.graphs {
		n = max(n, g.Vertices)
	}
	return n
}

// sources fills in the features of one logit for each vertex.
func sources(g *digraph, phi [][]int) {
	for _, e := range g.Edges {
		phi[e[1]][e[0]] = g.inside[e[0]]
	}
}

// ownSigns proves A4-signs. With a logit for each vertex, one label p and the softmax over all v
//
//	μ_u' = αs(1{u→p} − Pr(u→v)),  u ∈ N_c
//
// where 0 < Pr(u→v) if u leads to some vertex, and Pr(u→v) < 1 as u does not lead to itself.
func ownSigns(s *statement) {
	s.need(s.graphs[0].q == 1, "premise: %d labels, expected one", s.graphs[0].q)
}

// ownSpread proves A4-bfs. Under Coconut-BFS μ_u' = αs(n_out/Z)·Pr(u→v), Pr the softmax over N_{c+1} and Z its
// sum, is positive where u ∈ N_c leads to some v, which N_{c+1} holds; n_out > 0. Were all μ bounded, so would
// be Z, and the sum of all μ_u' would be above a positive constant. So some μ_u → ∞, Z → ∞ and ℓ → 0.
func ownSpread(s *statement) { divergence(s) }

// ownSeparated proves A4-separated. For θ = 2φ_p − 1 and φ_v ≠ φ_p, ⟨θ, φ_p − φ_v⟩ is the number of
// entries in which they differ, ≥ 1. So the convex loss, that of the v with φ_v = φ_p alone plus
// what e^(−αs⟨μ, φ_p − φ_v⟩) adds, tends to its infimum along its flow, where all of these are 0.
func ownSeparated(s *statement) {
	ownSigns(s)
	g, leads, common, other := s.graphs[0], map[int]int{}, map[int]int{}, false // leads: u to p
	for _, e := range g.Edges {
		if g.weight[e[1]] > 0 {
			leads[e[0]] = g.inside[e[0]]
		}
	}
	for _, e := range g.Edges {
		common[e[1]] += leads[e[0]]
	}
	for v, d := range g.degree {
		other = other || d != g.d || common[v] != d
	}
	s.need(other, "premise: all vertices have the same sources in N_c")
}

// ownGrowth proves A4-growth and A4-names-growth for the contrasts x of ownNames, x = q(E φ_p − φ_v) with
// q labels p, and c = q√K > 0, the largest for this x. Numbers are Σ_f z_f √f over the square-free parts f
// of the K. The multipliers come in rows of one for each contrast, the directions in rows of one entry for each
// vertex, one row for each f. In the first row of multipliers, u ≥ 0 with Σ u x = 0: the contrasts with
// u > 0 are the face F_0, on which every θ that is ≥ 0 on all of them is 0; the others are left. Each
// direction θ, with its u,
//
//	⟨θ,x⟩ = 0 on the faces,  ⟨θ,x⟩/c ≥ r > 0 on what is left, r the least,  θ = Σ u x,
//	u = 0 but on the faces and where ⟨θ,x⟩/c = r, and u ≥ 0 there
//
// is r times the least θ̂ that is orthogonal to the faces with ⟨θ̂,x⟩ ≥ c on what is left (Karush, Kuhn
// and Tucker). Those with u > 0 join the faces, the others with ⟨θ,x⟩/c = r are left for the next. At
// the end none is left. Then, with ρ a constant and a correction of the order of 1/log t so that
//
//	r(t) = (1/α) Σ_m θ̂_m log^{∘m} t + ρ(t)
//
// the defect of r in the flow is integrable, as every contrast that was left out has the weight
// e^(−α⟨r,x⟩/c) = 1/(t log t … (log^{∘(m−1)} t)^(1+ε)) or less, and on a face the weights are those that
// θ̂_m needs; the softmax of a graph divides them by what tends to a constant. The flow of a convex loss does
// not expand, so that its distance from r stays bounded.
func ownGrowth(s *statement) {
	n := s.names()
	all, bounds := s.contrasts(n, sources)
	if s.need(len(all) > 0, "premise: all vertices have the same sources"); s.err != nil {
		return
	}
	var roots []surd
	for _, c := range bounds {
		if f := (surd{1, c.f}); !slices.Contains(roots, f) {
			roots = append(roots, f)
		}
	}
	slices.SortFunc(roots, func(x, y surd) int { return cmp.Compare(x.f, y.f) })
	rows := len(s.Direction) / n
	s.need((rows+1)*s.work <= 1<<26, "%w: %d terms", ErrLimit, rows)
	s.need(rows%len(roots) == 0 && len(s.Direction) == rows*n && len(s.Multipliers) == (rows+1)*len(all), "direction, multipliers: expected rows of %d and %d, %d for each term and one more of the latter", n, len(all), len(roots))
	s.need(!slices.Contains(s.Direction, nil) && !slices.Contains(s.Multipliers, nil), "direction, multipliers: expected integers")
	const face, out = 1, 2 // 0: left
	place, left := make([]int, len(all)), len(all)
	for m := 0; m <= rows/len(roots) && s.err == nil; m++ {
		base, theta, u := []surd{{1, 1}}, slices.Repeat([]*big.Int{new(big.Int)}, n), s.Multipliers[:len(all)]
		if m > 0 {
			row := (m - 1) * len(roots)
			base, theta, u = roots, s.Direction[row*n:(row+len(roots))*n], s.Multipliers[(row+1)*len(all):(row+1+len(roots))*len(all)]
		}
		along, parts, least := make([]sum, len(all)), make([]sum, len(all)), -1
		for i, x := range all {
			along[i], parts[i] = sum{}, sum{}
			for j, f := range base {
				along[i].add(f, product(x, theta[j*n:(j+1)*n]))
				parts[i].add(f, u[j*len(all)+i])
			}
			if place[i] == 0 && (least < 0 || s.rootSign(along[i].over(bounds[i]).minus(along[least].over(bounds[least]))) < 0) {
				least = i
			}
		}
		if s.need(least >= 0 && s.rootSign(along[least]) == min(m, 1), "direction %d: no contrast is left, or it is not positive on one", m); s.err != nil {
			return
		}
		for i := range all {
			sign := s.rootSign(parts[i])
			switch {
			case place[i] == face:
				s.need(s.rootSign(along[i]) == 0, "direction %d: it is not orthogonal to contrast %d", m, i)
			case place[i] == out || s.rootSign(along[i].over(bounds[i]).minus(along[least].over(bounds[least]))) > 0:
				s.need(sign == 0, "multipliers: contrast %d has one in row %d", i, m)
				place[i] = out
			default:
				s.need(sign >= 0, "multipliers: contrast %d has a negative one in row %d", i, m)
				place[i] = sign
			}
		}
		for j := range base {
			s.combine(all, u[j*len(all):(j+1)*len(all)], theta[j*n:(j+1)*n])
		}
		if m == 0 {
			left = len(slices.DeleteFunc(slices.Clone(place), func(p int) bool { return p != 0 }))
		}
	}
	s.need(!slices.Contains(place, 0), "direction: some contrast is left")
	s.is(left, len(all))
}

// A surd is n√f, f square-free.
type surd struct{ n, f int64 }

// rootOf returns √k.
func rootOf(k int64) surd {
	x := surd{1, k}
	for p := int64(2); p*p <= x.f; p++ {
		for x.f%(p*p) == 0 {
			x = surd{x.n * p, x.f / (p * p)}
		}
	}
	return x
}

// A sum is Σ_f z_f √f. The roots of different square-free f are linearly independent over the rationals.
type sum map[int64]*big.Rat

func (z sum) add(x surd, k *big.Int) {
	y := new(big.Rat).SetInt(new(big.Int).Mul(k, big.NewInt(x.n)))
	if old := z[x.f]; old != nil {
		y.Add(y, old)
	}
	z[x.f] = y
}

// over returns z/(n√f) = z√f/(nf), with √f√g = d√(fg/d²), d the greatest common divisor.
func (z sum) over(x surd) sum {
	out := sum{}
	for g, q := range z {
		d := new(big.Int).GCD(nil, nil, big.NewInt(x.f), big.NewInt(g)).Int64()
		out[x.f/d*(g/d)] = new(big.Rat).Mul(q, big.NewRat(d, x.n*x.f))
	}
	return out
}

func (z sum) minus(y sum) sum {
	out := maps.Clone(z)
	for f, q := range y {
		if out[f] = new(big.Rat).Neg(q); z[f] != nil {
			out[f].Add(out[f], z[f])
		}
	}
	return out
}

// rootSign returns the sign of z, which is 0 only if all parts are.
func (s *statement) rootSign(z sum) int {
	total, common := map[int]int{}, big.NewInt(1)
	for _, q := range z {
		total[q.Sign()]++
		common.Mul(common, q.Denom())
	}
	switch {
	case total[-1] == 0:
		return min(total[1], 1)
	case total[1] == 0:
		return -1
	}
	for bits := uint(64); bits <= 1<<14; bits *= 2 {
		x := point(new(big.Int))
		for f, q := range z {
			k := new(big.Int).Mul(q.Num(), new(big.Int).Quo(common, q.Denom()))
			root := new(big.Int).Lsh(big.NewInt(f), 2*bits)
			root.Sqrt(root)
			x = x.plus(interval{root, new(big.Int).Add(root, big.NewInt(1))}.times(point(k), 0))
		}
		if side := x.side(); side != 0 {
			return side
		}
	}
	s.need(false, "%w: the sign of a sum of roots", ErrLimit)
	return 0
}

// A rival is the vertices of N_{c+1} with as many sources of each class: so many outside and in N_c.
type rival struct {
	sources []int      // of each class
	mean    []*big.Int // their part of each class, times the scale
	count   [2]int64
}

// A contest is the rivals by the coarsest classes of sources of which the members lead to as many vertices
// of each rival, in N_c and outside.
type contest struct {
	*statement
	class, sizes []int    // of each vertex, −1 if it is no source; sources in each class
	scale        *big.Int // a multiple of the sizes
	rivals       []*rival
	theta        []*big.Int // αsμ of each class, in units of 2^−contestBits
	radius       *big.Int   // around them, in the norm of the logits of all sources
}

const (
	contestBits  = 96
	contestParts = 32 // of 1/D in time
	contestTerms = 12
)

func (s *statement) contest() *contest {
	g, c := s.graphs[0], &contest{statement: s, scale: big.NewInt(1), radius: new(big.Int)}
	c.class = slices.Repeat([]int{-1}, g.Vertices)
	for _, e := range g.Edges {
		c.class[e[0]] = g.inside[e[0]] - 1
		s.work += g.degree[e[1]] + 1
	}
	sources, places := make([][]int, g.Vertices), map[string]*rival{}
	for known := -1; known < len(c.sizes); {
		if s.need((len(c.sizes)+1)*s.work <= 1<<22, "%w: %d classes", ErrLimit, len(c.sizes)); s.err != nil {
			return c
		}
		leads, names := make([][]string, g.Vertices), map[string]int{}
		clear(sources)
		for _, e := range g.Edges {
			if x := c.class[e[0]]; x >= 0 {
				sources[e[1]] = append(sources[e[1]], x)
			}
		}
		for _, e := range g.Edges {
			slices.Sort(sources[e[1]])
			leads[e[0]] = append(leads[e[0]], fmt.Sprint(g.inside[e[1]], sources[e[1]]))
		}
		known, c.sizes = len(c.sizes), nil
		for u, old := range c.class {
			slices.Sort(leads[u])
			name := fmt.Sprint(old, leads[u])
			if _, seen := names[name]; !seen && old >= 0 {
				names[name], c.sizes = len(names), append(c.sizes, 0)
			}
			if old >= 0 {
				c.class[u] = names[name] // by their first members, so that the last round changes none
				c.sizes[names[name]]++
			}
		}
	}
	for _, n := range c.sizes {
		c.scale.Mul(c.scale, big.NewInt(int64(n)))
	}
	for v, list := range sources {
		if g.inside[v] == 0 && len(list) == 0 {
			continue
		}
		x := places[fmt.Sprint(list)]
		if x == nil {
			x = &rival{sources: make([]int, len(c.sizes))}
			places[fmt.Sprint(list)], c.rivals = x, append(c.rivals, x)
			for _, j := range list {
				x.sources[j]++
			}
			for j, n := range c.sizes {
				part := new(big.Int).Mul(c.scale, big.NewInt(int64(x.sources[j])))
				x.mean = append(x.mean, part.Quo(part, big.NewInt(int64(n))))
			}
		}
		x.count[g.inside[v]]++
	}
	c.theta = slices.Repeat([]*big.Int{new(big.Int)}, len(c.sizes))
	s.need(len(c.rivals) <= MaxClasses && len(c.sizes) <= MaxClasses, "%w: %d kinds of vertices", ErrLimit, len(c.rivals))
	return c
}

// weights encloses what all rivals weigh, over an exponential next to the largest. |⟨φ, θ⟩| ≤ |φ||θ| ≤ D|θ|.
func (c *contest) weights() (all []interval) {
	const bits = contestBits
	carry := exp(c.along(big.NewInt(int64(c.graphs[0].k)), big.NewRat(1, 1), bits), bits)
	away, top := new(big.Int).Mul(c.radius, big.NewInt(int64(c.most))), new(big.Int) // no θ is negative
	for _, x := range c.rivals {
		top = hull(top, product(x.sources, c.theta)).hi
	}
	for _, x := range c.rivals {
		e := decay(point(product(x.sources, c.theta)).minus(point(top)).plus(interval{new(big.Int).Neg(away), away}), bits)
		all = append(all, e.times(point(big.NewInt(x.count[0])), 0).plus(e.times(carry, bits).times(point(big.NewInt(x.count[1])), 0)))
	}
	return all
}

// ahead follows θ' = m for a time of 1/(32D), D the largest in-degree, by a Taylor series, with the parts p of
// the rivals and f = (log p)' = ⟨φ, m⟩ − |m|². For complex changes of all θ_u by up to 2/(5D) no ⟨φ, θ⟩ changes
// by more than r = 2/5, so that |m_u| ≤ e^(2r)/cos r < 5/2: θ is analytic in times up to 4/(25D) > 5/(32D) and
// changes by no more. So what the terms leave out is at most 5^−terms/(10D) (Cauchy). Solutions part at the
// rate R²/4 or less, R the largest distance of two φ, as ∂m/∂θ is the covariance of φ (Popoviciu).
func (c *contest) ahead(apart *big.Int) {
	const bits = contestBits
	add := func(sum, x interval, n int) interval { // sum + nx
		if n == 0 {
			return sum
		}
		return sum.plus(x.times(point(big.NewInt(int64(n))), 0))
	}
	dot := func(a, b []interval) interval { // the last term of a product of series
		sum := point(new(big.Int))
		for i := range a {
			sum = sum.plus(a[i].times(b[len(a)-1-i], 0))
		}
		return sum.times(point(big.NewInt(1)), bits)
	}
	radius, next, total := c.radius, []interval{}, point(new(big.Int))
	c.radius = new(big.Int)
	p, f, m := make([][]interval, len(c.rivals)), make([][]interval, len(c.rivals)), make([][]interval, len(c.sizes))
	weights := c.weights()
	for _, w := range weights {
		total = total.plus(w)
	}
	for x, w := range weights {
		p[x] = []interval{w.quotient(total, bits)}
	}
	for _, x := range c.theta {
		next = append(next, point(x))
	}
	for k := range contestTerms {
		over, square := big.NewInt(int64((k+1)*contestParts*c.most)), point(new(big.Int))
		for j, n := range c.sizes {
			sum := point(new(big.Int))
			for x, r := range c.rivals {
				sum = add(sum, p[x][k], r.sources[j])
			}
			m[j] = append(m[j], sum.over(big.NewInt(int64(n))))
			next[j], square = next[j].plus(m[j][k].over(over)), add(square, dot(m[j], m[j]), -n)
		}
		for x, r := range c.rivals {
			sum := square
			for j, n := range r.sources {
				sum = add(sum, m[j][k], n)
			}
			f[x] = append(f[x], sum)
			p[x] = append(p[x], dot(p[x], f[x]).over(over))
		}
	}
	miss, width := new(big.Int).Exp(big.NewInt(5), big.NewInt(contestTerms), nil), new(big.Int)
	miss.Quo(power(bits), miss.Mul(miss, big.NewInt(int64(10*c.most))))
	for j, x := range next {
		c.theta[j], width = x.lo, hull(width, x.minus(point(x.lo)).hi).hi
	}
	miss.Add(miss, width.Add(width, big.NewInt(2)))
	c.radius = add(point(radius).times(point(apart), bits), point(miss), c.Profile.K).hi // of at most K sources
}

// follow takes the contest to a time, a multiple of 1/(32D).
func (c *contest) follow(time *big.Rat) {
	steps, wide, all := new(big.Rat).Mul(time, big.NewRat(int64(contestParts*c.most), 1)), new(big.Int), len(c.rivals)+len(c.sizes)
	c.need(steps.IsInt() && steps.Sign() > 0 && steps.Num().BitLen() < 17 && int(steps.Num().Int64())*all <= 1<<16, "%w: expected a positive time, a multiple of 1/%d", ErrLimit, contestParts*c.most)
	for _, x := range c.rivals {
		for _, y := range c.rivals { // scale·|φ_x − φ_y|²
			square := new(big.Int).Add(product(x.sources, x.mean), product(y.sources, y.mean))
			wide = hull(wide, square.Sub(square, product(x.sources, y.mean)).Sub(square, product(x.sources, y.mean))).hi
		}
	}
	rate := wide.Div(wide.Lsh(wide, contestBits), new(big.Int).Mul(c.scale, big.NewInt(int64(4*contestParts*c.most))))
	apart := exp(point(rate.Add(rate, big.NewInt(1))), contestBits).hi
	for i := int64(0); c.err == nil && i < steps.Num().Int64(); i++ {
		c.ahead(apart)
		c.need(new(big.Int).Mul(c.radius, big.NewInt(int64(c.most))).BitLen() < contestBits, "%w: the logits are not known well enough", ErrLimit)
	}
}

// ownWinner proves A4-bfs-winner. In the time of dτ = (αs)²(n_out/Z) dt, with p the softmax over N_{c+1} and Z
// its sum, θ = αsμ has θ_u' = m_u = Σ_{u→v} p_v: that keeps the θ of a class equal, so that the means φ of the
// source sets of rivals give all products. Of a rival a, parts p_w/p_a have the logarithmic derivatives
//
//	⟨φ_w − φ_a, m⟩ ≤ −p_a (Σ_x (p_x/p_a) k_x),  k_a = ⟨φ_a − φ_w, φ_a⟩,  k_x = min(⟨φ_a − φ_w, φ_x⟩, 0) else
//
// If all of these are negative at some time all p_x/p_a fall, so that they stay so, and fall to 0 like an
// exponential of τ: m = φ_a up to that, θ = τφ_a + O(1), converging off φ_a, and as Z = e^(|φ_a|²τ + O(1)),
// log t = |φ_a|²τ + O(1). The time is τ, if it is not 0, a multiple of 1/(32D).
func ownWinner(s *statement) {
	divergence(s)
	c := s.contest()
	if s.need(len(s.Direction) == len(c.class) && !slices.Contains(s.Direction, nil), "direction: expected %d integers", len(c.class)); s.err != nil {
		return
	}
	along, zero := make([]*big.Int, len(c.sizes)), new(big.Int)
	for u, j := range c.class {
		if j >= 0 && along[j] == nil {
			along[j] = s.Direction[u]
		}
		s.need(j < 0 && s.Direction[u].Sign() == 0 || j >= 0 && s.Direction[u].Cmp(along[j]) == 0, "direction: expected the same in a class of sources, and 0 elsewhere")
	}
	at, given, most := -1, product(c.sizes, along), new(big.Int)
	for i, x := range c.rivals { // the longest mean along the direction
		own, parallel := product(c.sizes, x.mean), given.Sign() > 0
		for j, n := range x.mean {
			parallel = parallel && new(big.Int).Mul(n, given).Cmp(new(big.Int).Mul(along[j], own)) == 0
		}
		if parallel && own.Cmp(most) > 0 {
			at, most = i, own
		}
	}
	if s.need(at >= 0, "direction: it is that of no vertex"); s.err != nil {
		return
	}
	var weights []interval
	if time := s.Exact["time"]; time != nil && s.depends(s.Alpha, "alpha") {
		c.follow(time)
		weights = c.weights()
	}
	for j, w := range c.rivals {
		var terms []term
		total := point(zero)
		for i, x := range c.rivals {
			k := product(c.rivals[at].sources, x.mean)
			if k.Sub(k, product(w.sources, x.mean)); i != at && k.Sign() > 0 {
				k = zero
			}
			for in, n := range x.count {
				terms = append(terms, term{big.NewRat(int64(in), 1), new(big.Int).Mul(k, big.NewInt(n))})
			}
			if weights != nil {
				total = total.plus(weights[i].times(point(k), 0))
			}
		}
		if j != at && s.err == nil {
			s.need(weights == nil && s.sign(big.NewInt(int64(s.Profile.K)), terms) > 0 || total.lo.Sign() > 0, "the direction is not proved to win")
		}
	}
}
