package theory

import (
	"fmt"
	"math/big"
	"slices"
)

// A Growth says how a flow with equal rates and one scale σ goes to infinity,
// for a convex loss with the contrasts x_v (one target vertex or a drawn label):
//
//	θ(t) = (1/σ) Σ_m θ̂_m log^{∘m} t + O(1),  log^{∘1} = log, log^{∘2} = log log, …
//
// The converging vectors of the decomposition are the face F_0, the others are
// left. θ̂_m is the least vector orthogonal to all faces before with
// ⟨θ̂_m,x_v⟩ ≥ 1 for all v that are left; of those with ⟨θ̂_m,x_v⟩ = 1 the ones
// that can have a positive multiplier are the face F_m, and the others are left
// for m+1. theory.md section 7c has the proof; D. Soudry et al., JMLR 19, 2018,
// has the first term for descent with discrete steps.
type Growth struct {
	Limits *Decomposition // F_0 and its multipliers
	Levels []Level
}

// A Level is one term θ̂_m with what proves it:
//
//	θ̂_m = Σ_v a_v x_v,  a_v > 0 on F_m, of any sign on the faces before, 0 elsewhere
type Level struct {
	Direction   []*big.Rat // θ̂_m
	Face        []int      // F_m, positions of vectors, ascending
	Multipliers []*big.Rat // a_v, one for each vector
}

// Growth works out how a flow of the family under the Coconut loss goes to infinity; its vectors
// are the Contrasts over the number of labels, E_S[φ] − φ_v.
func (f *Family) Growth() (*Growth, error) {
	contrasts, err := f.Contrasts()
	if err != nil {
		return nil, err
	}
	label, _ := f.Label()
	vectors := Vectors(contrasts)
	for _, x := range vectors {
		scale(x, big.NewRat(1, int64(label.Count)))
	}
	return GrowthOf(vectors)
}

// GrowthOf works out the growth of non-zero vectors exactly, and checks it.
func GrowthOf(vectors [][]*big.Rat) (*Growth, error) {
	limits, err := Separate(vectors)
	if err != nil || len(vectors) == 0 {
		return &Growth{Limits: limits}, err
	}
	out := &Growth{Limits: limits}
	left := limits.Diverging
	var before []int // the faces so far
	for v := range vectors {
		if !slices.Contains(left, v) {
			before = append(before, v)
		}
	}
	for len(left) > 0 {
		level, support, err := newLevel(vectors, before, left)
		if err != nil {
			return nil, err
		}
		out.Levels = append(out.Levels, *level)
		before = append(before, level.Face...)
		left = slices.DeleteFunc(support, func(v int) bool { return slices.Contains(level.Face, v) })
	}
	return out, out.Check(vectors)
}

// newLevel finds a term from the vectors that are left, and those of margin 1.
func newLevel(vectors [][]*big.Rat, before, left []int) (*Level, []int, error) {
	dimension := len(vectors[0])
	basis := make([][]*big.Rat, len(before))
	for i, v := range before {
		basis[i] = vectors[v]
	}
	project := projection(basis)
	rates := make([]*big.Rat, dimension)
	for i := range rates {
		rates[i] = big.NewRat(1, 1)
	}
	shadows := make([][]*big.Rat, len(left))
	for i, v := range left {
		shadows[i] = project(vectors[v])
	}
	margin, err := MaxMargin(shadows, rates)
	if err != nil {
		return nil, nil, err
	}
	// Which vectors of margin 1 can have a positive multiplier: those that do not
	// diverge beside −θ̂.
	support := make([]int, len(margin.Support))
	pool := make([][]*big.Rat, len(support)+1)
	for i, k := range margin.Support {
		support[i], pool[i] = left[k], shadows[k]
	}
	last := len(support)
	pool[last] = zeros(dimension)
	for i, x := range margin.Direction {
		pool[last][i].Neg(x)
	}
	together, err := Separate(pool)
	if err != nil {
		return nil, nil, err
	}
	level := &Level{Direction: margin.Direction, Multipliers: zeros(len(vectors))}
	rest := zeros(dimension) // θ̂ − Σ a_v x_v over the face
	for i, x := range margin.Direction {
		rest[i].Set(x)
	}
	term := new(big.Rat)
	for i, v := range support {
		if together.Multipliers[i].Sign() == 0 {
			continue
		}
		level.Face = append(level.Face, v)
		a := level.Multipliers[v].Quo(together.Multipliers[i], together.Multipliers[last])
		for j, x := range vectors[v] {
			rest[j].Sub(rest[j], term.Mul(a, x))
		}
	}
	equations := make([][]*big.Rat, dimension)
	for j := range equations {
		equations[j] = make([]*big.Rat, len(before))
		for i, v := range before {
			equations[j][i] = vectors[v][j]
		}
	}
	shares, ok := solve(equations, rest)
	if !ok {
		return nil, nil, fmt.Errorf("growth: a direction outside the span of its vectors")
	}
	for i, a := range shares {
		level.Multipliers[before[i]].Set(a)
	}
	return level, support, nil
}

// projection returns the orthogonal projection beside the span of vectors, by
// the method of Gram and Schmidt without roots.
func projection(vectors [][]*big.Rat) func([]*big.Rat) []*big.Rat {
	var basis [][]*big.Rat
	var squares []*big.Rat
	project := func(x []*big.Rat) []*big.Rat {
		out := zeros(len(x))
		for i := range x {
			out[i].Set(x[i])
		}
		term := new(big.Rat)
		for k, b := range basis {
			share := dot(x, b)
			share.Quo(share, squares[k])
			for i := range out {
				out[i].Sub(out[i], term.Mul(share, b[i]))
			}
		}
		return out
	}
	for _, x := range vectors {
		y := project(x)
		if square := dot(y, y); square.Sign() > 0 {
			basis, squares = append(basis, y), append(squares, square)
		}
	}
	return project
}

// Check verifies what defines the terms, without a programme: the directions,
// faces and multipliers of Growth and Level.
func (g *Growth) Check(vectors [][]*big.Rat) error {
	if err := g.Limits.Check(vectors); err != nil {
		return err
	}
	one, term := big.NewRat(1, 1), new(big.Rat)
	left := make([]bool, len(vectors))
	for _, v := range g.Limits.Diverging {
		left[v] = true
	}
	before := make([]bool, len(vectors)) // on a face so far
	for v := range before {
		before[v] = !left[v]
	}
	for m, level := range g.Levels {
		sum := zeros(len(level.Direction))
		for v, x := range vectors {
			along, a := dot(level.Direction, x), level.Multipliers[v]
			margin := along.Cmp(one)
			switch {
			case before[v] && along.Sign() != 0, left[v] && margin < 0,
				!before[v] && (a.Sign() < 0 || (a.Sign() > 0) != slices.Contains(level.Face, v)),
				!before[v] && a.Sign() > 0 && (!left[v] || margin != 0):
				return fmt.Errorf("growth: term %d fails at vector %d", m+1, v)
			}
			left[v] = left[v] && margin == 0 && a.Sign() == 0
			for i := range sum {
				sum[i].Add(sum[i], term.Mul(a, x[i]))
			}
		}
		for i := range sum {
			if sum[i].Cmp(level.Direction[i]) != 0 {
				return fmt.Errorf("growth: term %d is not the combination of its vectors, in place %d", m+1, i)
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

// Leading returns the first term with a part in coordinate i, counted from 1,
// and that part; 0 if the coordinate stays bounded.
func (g *Growth) Leading(i int) (term int, part *big.Rat) {
	for m, level := range g.Levels {
		if level.Direction[i].Sign() != 0 {
			return m + 1, level.Direction[i]
		}
	}
	return 0, nil
}
