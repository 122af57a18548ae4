package theory

import (
	"errors"
	"fmt"
	"math/big"
	"slices"
)

// A Root is the positive number Factor·√Square.
type Root struct {
	Factor *big.Rat
	Square int64
}

// A SharedGrowth is the Growth of vectors x_v whose losses have different scales: the
// terms keep ⟨θ̂_m,x_v⟩ ≥ c_v for positive c_v = f_v√K_v instead of 1. As the x_v are
// rational, all that solves the programmes is a combination of the √K_v with rational
// coordinates, in the vector space that the roots of different square-free integers
// span over the rationals, of which they are a basis:
//
//	θ(t) = Σ_m θ̂_m log^{∘m} t + O(1),  θ̂_m = Σ_j θ̂_{m,j} √Squares_j
//
// theory.md section 7c.
type SharedGrowth struct {
	Limits  *Decomposition
	Squares []int64 // square-free, ascending
	Levels  []SharedLevel
}

// A SharedLevel is a Level in coordinates: Direction[j] and Multipliers[j] belong to
// √Squares_j.
type SharedLevel struct {
	Direction   [][]*big.Rat
	Face        []int
	Multipliers [][]*big.Rat
}

// Entry returns an entry of a vector in coordinates.
func (g *SharedGrowth) Entry(coordinates [][]*big.Rat, i int) SurdSum {
	out := make(SurdSum, len(g.Squares))
	for j, f := range g.Squares {
		out[j] = NewSurd(coordinates[j][i], big.NewRat(1, f))
	}
	return out
}

// Drift says what the terms prove of coordinate i: it goes where the first one with a
// part in it goes, and stays bounded without one.
func (g *SharedGrowth) Drift(i int) Drift {
	for _, level := range g.Levels {
		switch sign := g.Entry(level.Direction, i).Sign(); {
		case sign > 0:
			return Rises
		case sign < 0:
			return Falls
		}
	}
	return Bounded
}

// along returns ⟨θ,x⟩ for a θ in coordinates.
func (g *SharedGrowth) along(theta [][]*big.Rat, x []*big.Rat) SurdSum {
	out := make(SurdSum, len(g.Squares))
	for j, f := range g.Squares {
		out[j] = NewSurd(dot(theta[j], x), big.NewRat(1, f))
	}
	return out
}

// SharedGrowthOf works out the growth of non-zero vectors with bounds exactly, and checks it.
func SharedGrowthOf(vectors [][]*big.Rat, bounds []Root) (*SharedGrowth, error) {
	if len(bounds) != len(vectors) {
		return nil, fmt.Errorf("%d bounds for %d vectors", len(bounds), len(vectors))
	}
	limits, err := Separate(vectors)
	if err != nil || len(vectors) == 0 {
		return &SharedGrowth{Limits: limits}, err
	}
	out := &SharedGrowth{Limits: limits}
	free := make([]Root, len(bounds))
	for v, c := range bounds {
		if c.Factor.Sign() <= 0 || c.Square < 1 {
			return nil, fmt.Errorf("bound %d is not positive", v)
		}
		free[v] = c.squareFree()
		if !slices.Contains(out.Squares, free[v].Square) {
			out.Squares = append(out.Squares, free[v].Square)
		}
	}
	slices.Sort(out.Squares)
	left := limits.Diverging
	var before []int
	for v := range vectors {
		if !slices.Contains(left, v) {
			before = append(before, v)
		}
	}
	for len(left) > 0 {
		level, tight, err := out.newLevel(vectors, free, before, left)
		if err != nil {
			return nil, err
		}
		out.Levels = append(out.Levels, *level)
		before = append(before, level.Face...)
		left = slices.DeleteFunc(tight, func(v int) bool { return slices.Contains(level.Face, v) })
	}
	return out, out.Check(vectors, bounds)
}

// squareFree takes squares out of the root.
func (r Root) squareFree() Root {
	out := Root{new(big.Rat).Set(r.Factor), r.Square}
	for p := int64(2); p*p <= out.Square; p++ {
		for out.Square%(p*p) == 0 {
			out.Square /= p * p
			out.Factor.Mul(out.Factor, big.NewRat(p, 1))
		}
	}
	return out
}

// Cmp compares two positive roots: −1, 0 or 1.
func (r Root) Cmp(x Root) int { return r.sum().Cmp(x.sum()) }

// near returns the root times 2^bits, rounded down, over 2^bits.
func (r Root) near(bits uint) *big.Rat {
	n := new(big.Int).Lsh(big.NewInt(r.Square), 2*bits)
	out := new(big.Rat).SetFrac(n.Sqrt(n), new(big.Int).Lsh(big.NewInt(1), bits))
	return out.Mul(out, r.Factor)
}

// maxRootBits bounds the digits of the roots that propose a term. The terms of roots that
// are near enough have the multipliers of those of the roots themselves.
const maxRootBits = 1 << 12

// newLevel finds a term from the vectors that are left, and those that meet their bounds.
// Rational roots near the bounds propose which vectors carry θ̂; θ̂ itself solves their
// equations exactly, and is accepted by exact signs.
func (g *SharedGrowth) newLevel(vectors [][]*big.Rat, bounds []Root, before, left []int) (*SharedLevel, []int, error) {
	dimension := len(vectors[0])
	basis := make([][]*big.Rat, len(before))
	for i, v := range before {
		basis[i] = vectors[v]
	}
	project := projection(basis)
	rates, shadows := make([]*big.Rat, dimension), make([][]*big.Rat, len(left))
	for i := range rates {
		rates[i] = big.NewRat(1, 1)
	}
	for i, v := range left {
		shadows[i] = project(vectors[v])
	}
	for bits := uint(64); bits <= maxRootBits; bits *= 4 {
		scaled := make([][]*big.Rat, len(left))
		for i, v := range left {
			scaled[i] = zeros(dimension)
			c := bounds[v].near(bits)
			for j := range scaled[i] {
				scaled[i][j].Quo(shadows[i][j], c)
			}
		}
		margin, err := MaxMargin(scaled, rates)
		if err != nil {
			return nil, nil, err
		}
		var carry []int // positions in left
		for i, a := range margin.Multipliers {
			if a.Sign() > 0 {
				carry = append(carry, i)
			}
		}
		level, tight, err := g.exactly(vectors, shadows, bounds, before, left, carry)
		if err != nil || level != nil {
			return level, tight, err
		}
	}
	return nil, nil, errors.New("growth: a term is not told from its neighbours")
}

// exactly returns the term that some vectors carry, nil if it is not that of all.
func (g *SharedGrowth) exactly(vectors, shadows [][]*big.Rat, bounds []Root, before, left, carry []int) (*SharedLevel, []int, error) {
	dimension := len(vectors[0])
	gram := make([][]*big.Rat, len(carry))
	for i, v := range carry {
		gram[i] = make([]*big.Rat, len(carry))
		for j, u := range carry {
			gram[i][j] = dot(shadows[v], shadows[u])
		}
	}
	level := &SharedLevel{}
	parts := make([][]*big.Rat, len(g.Squares)) // of the vectors that carry
	for j, f := range g.Squares {
		right := zeros(len(carry))
		for i, v := range carry {
			if c := bounds[left[v]]; c.Square == f {
				right[i].Set(c.Factor)
			}
		}
		var ok bool
		if parts[j], ok = solve(gram, right); !ok {
			return nil, nil, nil
		}
		theta := zeros(dimension)
		for i, v := range carry {
			add(theta, parts[j][i], shadows[v])
		}
		level.Direction, level.Multipliers = append(level.Direction, theta), append(level.Multipliers, zeros(len(vectors)))
	}
	var positive []int
	for i, v := range carry {
		switch g.Entry(parts, i).Sign() {
		case -1:
			return nil, nil, nil
		case 1:
			positive = append(positive, v)
		}
	}
	var tight, at []int // in vectors, in left
	for i, v := range left {
		switch g.along(level.Direction, vectors[v]).Minus(bounds[v].sum()).Sign() {
		case -1:
			return nil, nil, nil
		case 0:
			tight, at = append(tight, v), append(at, i)
		}
	}
	// Those with a positive multiplier do not diverge beside the opposites of those that
	// have one already: Σ_tight e_v x_v = Σ_positive e'_v x_v, all e on the face and all e' > 0.
	var pool [][]*big.Rat
	for _, i := range at {
		pool = append(pool, shadows[i])
	}
	for _, i := range positive {
		opposite := zeros(dimension)
		add(opposite, big.NewRat(-1, 1), shadows[i])
		pool = append(pool, opposite)
	}
	together, err := Separate(pool)
	if err != nil {
		return nil, nil, err
	}
	// θ̂ = Σ (a_v − η e'_v) x_v + η Σ e_v x_v, η > 0 a rational multiple of the first root.
	var step *big.Rat
	for k, v := range positive {
		i := slices.Index(carry, v)
		for try := big.NewRat(1, 1); ; try.Mul(try, big.NewRat(1, 2)) {
			rest := g.Entry(parts, i).Minus(SurdSum{NewSurd(new(big.Rat).Mul(try, together.Multipliers[len(at)+k]), big.NewRat(1, g.Squares[0]))})
			if rest.Sign() > 0 {
				if step == nil || try.Cmp(step) < 0 {
					step = new(big.Rat).Set(try)
				}
				break
			}
		}
	}
	for k, v := range positive {
		i, u := slices.Index(carry, v), left[v]
		for j := range g.Squares {
			level.Multipliers[j][u].Add(level.Multipliers[j][u], parts[j][i])
		}
		first := level.Multipliers[0][u]
		first.Sub(first, new(big.Rat).Mul(step, together.Multipliers[len(at)+k]))
	}
	for k, v := range tight {
		if e := together.Multipliers[k]; e.Sign() > 0 {
			level.Face = append(level.Face, v)
			first := level.Multipliers[0][v]
			first.Add(first, new(big.Rat).Mul(step, e))
		}
	}
	return level, tight, g.complete(level, vectors, before)
}

// complete adds the multipliers of the faces before.
func (g *SharedGrowth) complete(level *SharedLevel, vectors [][]*big.Rat, before []int) error {
	dimension := len(vectors[0])
	equations := make([][]*big.Rat, dimension)
	for i := range equations {
		for _, v := range before {
			equations[i] = append(equations[i], vectors[v][i])
		}
	}
	for j := range g.Squares {
		rest := zeros(dimension)
		add(rest, big.NewRat(1, 1), level.Direction[j])
		for _, v := range level.Face {
			add(rest, new(big.Rat).Neg(level.Multipliers[j][v]), vectors[v])
		}
		shares, ok := solve(equations, rest)
		if !ok {
			return errors.New("growth: a direction outside the span of its vectors")
		}
		for i, a := range shares {
			level.Multipliers[j][before[i]].Set(a)
		}
	}
	return nil
}

// sum is the root as a sum.
func (r Root) sum() SurdSum { return SurdSum{NewSurd(r.Factor, big.NewRat(1, r.Square))} }

// add adds a multiple of y to x.
func add(x []*big.Rat, factor *big.Rat, y []*big.Rat) {
	term := new(big.Rat)
	for i := range x {
		x[i].Add(x[i], term.Mul(factor, y[i]))
	}
}

// Check verifies what defines the terms, without a programme: the directions, faces
// and multipliers as in Growth and Level, by exact signs.
func (g *SharedGrowth) Check(vectors [][]*big.Rat, bounds []Root) error {
	if err := g.Limits.Check(vectors); err != nil {
		return err
	}
	left, before := make([]bool, len(vectors)), make([]bool, len(vectors))
	for _, v := range g.Limits.Diverging {
		left[v] = true
	}
	for v := range before {
		before[v] = !left[v]
	}
	for m, level := range g.Levels {
		sums := make([][]*big.Rat, len(g.Squares))
		for j := range sums {
			sums[j] = zeros(len(level.Direction[j]))
		}
		for v, x := range vectors {
			along, a := g.along(level.Direction, x), g.Entry(level.Multipliers, v)
			margin, sign := along.Minus(bounds[v].sum()).Sign(), a.Sign()
			switch {
			case before[v] && along.Sign() != 0, left[v] && margin < 0,
				!before[v] && (sign < 0 || (sign > 0) != slices.Contains(level.Face, v)),
				!before[v] && sign > 0 && (!left[v] || margin != 0):
				return fmt.Errorf("growth: term %d fails at vector %d", m+1, v)
			}
			left[v] = left[v] && margin == 0 && sign == 0
			for j := range sums {
				add(sums[j], level.Multipliers[j][v], x)
			}
		}
		for j := range sums {
			for i := range sums[j] {
				if sums[j][i].Cmp(level.Direction[j][i]) != 0 {
					return fmt.Errorf("growth: term %d is not the combination of its vectors, in place %d", m+1, i)
				}
			}
		}
		for _, v := range level.Face {
			before[v] = true
		}
	}
	if v := slices.Index(left, true); v >= 0 {
		return fmt.Errorf("growth: vector %d is left", v)
	}
	return nil
}

// Leading returns the first term with a part in coordinate i, counted from 1, and that
// part; 0 if the coordinate stays bounded.
func (g *SharedGrowth) Leading(i int) (term int, part SurdSum) {
	for m, level := range g.Levels {
		if part := g.Entry(level.Direction, i); part.Sign() != 0 {
			return m + 1, part
		}
	}
	return 0, nil
}
