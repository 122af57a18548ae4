package theory

import (
	"errors"
	"fmt"
	"math/big"
	"slices"
)

// A Margin is the direction of largest margin over vectors x_v: among all θ
// with ⟨θ,x_v⟩ ≥ 1 for all v the one with the least θᵀC⁻¹θ. It comes with the
// multipliers that prove it (the conditions of Karush, Kuhn and Tucker):
//
//	θ = C Σ_v a_v x_v,  a_v ≥ 0,  a_v > 0 only where ⟨θ,x_v⟩ = 1
type Margin struct {
	Direction   []*big.Rat // θ
	Support     []int      // positions of the vectors with ⟨θ,x_v⟩ = 1, ascending
	Multipliers []*big.Rat // a_v, one for each vector
}

// ErrNoMargin says that no direction is positive on all vectors.
var ErrNoMargin = errors.New("no direction has a positive margin")

// MaxMargin solves the quadratic programme of Margin exactly, for rational
// vectors and positive rates (the diagonal of C), and checks the conditions on
// what it returns. It fails with ErrNoMargin if the vectors are not fully
// separated.
//
//	min θᵀC⁻¹θ  subject to  ⟨θ,x_v⟩ ≥ 1
//
// The gradient flow θ' = −C∇ℓ of a loss with one target vertex whose vectors
// are fully separated tends to this direction, with an error of order 1/log t
// (D. Soudry et al., JMLR 19, 2018, Theorem 3). By P. Wolfe's method for the
// point of least norm in the convex hull of the x_v, in the norm √(xᵀCx)
// (Math. Programming 11, 1976), which ends in exact arithmetic.
func MaxMargin(vectors [][]*big.Rat, rates []*big.Rat) (*Margin, error) {
	if len(vectors) == 0 {
		return nil, errors.New("no vectors to find a margin for")
	}
	for _, r := range rates {
		if r.Sign() <= 0 {
			return nil, fmt.Errorf("rate %s, expected a positive number", r.RatString())
		}
	}
	scaled := make([][]*big.Rat, len(vectors)) // C x_v
	for v, x := range vectors {
		if len(x) != len(rates) {
			return nil, fmt.Errorf("a vector with %d entries for %d rates", len(x), len(rates))
		}
		scaled[v] = zeros(len(x))
		for i := range x {
			scaled[v][i].Mul(x[i], rates[i])
		}
	}
	h := &hull{vectors: vectors, scaled: scaled}
	if err := h.nearest(); err != nil {
		return nil, err
	}
	norm := dot(h.point, h.image) // of the nearest point, squared
	if norm.Sign() == 0 {
		return nil, ErrNoMargin
	}
	m := &Margin{Direction: zeros(len(rates)), Multipliers: zeros(len(vectors))}
	for i, x := range h.image {
		m.Direction[i].Quo(x, norm)
	}
	for k, v := range h.corral {
		m.Multipliers[v].Quo(h.weights[k], norm)
	}
	one := big.NewRat(1, 1)
	for v, x := range vectors {
		if dot(m.Direction, x).Cmp(one) == 0 {
			m.Support = append(m.Support, v)
		}
	}
	return m, m.Check(vectors, rates)
}

// Check verifies the conditions of Karush, Kuhn and Tucker.
func (m *Margin) Check(vectors [][]*big.Rat, rates []*big.Rat) error {
	one := big.NewRat(1, 1)
	sum := zeros(len(rates))
	term := new(big.Rat)
	for v, x := range vectors {
		margin := dot(m.Direction, x).Cmp(one)
		if margin < 0 || m.Multipliers[v].Sign() < 0 || margin > 0 && m.Multipliers[v].Sign() > 0 {
			return fmt.Errorf("margin: the conditions fail at vector %d", v)
		}
		if (margin == 0) != slices.Contains(m.Support, v) {
			return fmt.Errorf("margin: vector %d is a support vector, or is named one, and not both", v)
		}
		for i := range sum {
			sum[i].Add(sum[i], term.Mul(m.Multipliers[v], x[i]))
		}
	}
	for i := range sum {
		if sum[i].Mul(sum[i], rates[i]).Cmp(m.Direction[i]) != 0 {
			return fmt.Errorf("margin: the direction is not the combination of its support, in place %d", i)
		}
	}
	return nil
}

// A hull is the search for the point of least norm in a convex hull.
type hull struct {
	vectors [][]*big.Rat
	scaled  [][]*big.Rat
	corral  []int      // affinely independent vectors whose hull holds the point
	weights []*big.Rat // of the corral, > 0, with sum 1
	point   []*big.Rat // x = Σ weights·vectors
	image   []*big.Rat // C x
}

const maxCorrals = 1_000_000

// nearest finds the point of least norm. The norm falls with every corral, so
// none comes twice.
func (h *hull) nearest() error {
	h.corral, h.weights = []int{0}, []*big.Rat{big.NewRat(1, 1)}
	for range maxCorrals {
		h.place()
		norm := dot(h.point, h.image)
		if norm.Sign() == 0 {
			return nil
		}
		best, least := -1, norm
		for v, x := range h.vectors {
			if d := dot(x, h.image); d.Cmp(least) < 0 {
				best, least = v, d
			}
		}
		if best < 0 {
			return nil
		}
		h.corral = append(h.corral, best)
		h.weights = append(h.weights, new(big.Rat))
		if err := h.settle(); err != nil {
			return err
		}
	}
	return errors.New("the quadratic programme took more than a million steps")
}

// settle moves to the point of least norm in the affine hull of the corral,
// leaving out vectors whose weight would become negative.
func (h *hull) settle() error {
	for {
		n := len(h.corral)
		a, b := make([][]*big.Rat, n+1), zeros(n+1) // ⟨x_i, x⟩ = −λ for all i, Σ weights = 1
		for i := range a {
			a[i] = zeros(n + 1)
		}
		for i := range n {
			for j := range n {
				a[i][j] = dot(h.vectors[h.corral[i]], h.scaled[h.corral[j]])
			}
			a[i][n].SetInt64(1)
			a[n][i].SetInt64(1)
		}
		b[n].SetInt64(1)
		goal, ok := solve(a, b)
		if !ok {
			return errors.New("the quadratic programme met a corral without an affine hull")
		}
		goal = goal[:n]
		var step *big.Rat // how far towards the goal until a weight is 0
		for i, g := range goal {
			if g.Sign() > 0 {
				continue
			}
			t := new(big.Rat).Sub(h.weights[i], g)
			if t.Sign() != 0 { // else both are 0
				t.Quo(h.weights[i], t)
			}
			if step == nil || t.Cmp(step) < 0 {
				step = t
			}
		}
		if step == nil {
			h.weights = goal
			return nil
		}
		var corral []int
		var weights []*big.Rat
		for i, g := range goal {
			w := new(big.Rat).Sub(g, h.weights[i])
			w.Add(w.Mul(w, step), h.weights[i])
			if w.Sign() > 0 {
				corral, weights = append(corral, h.corral[i]), append(weights, w)
			}
		}
		h.corral, h.weights = corral, weights
	}
}

// place sets the point from the weights.
func (h *hull) place() {
	dimension := len(h.vectors[0])
	h.point, h.image = zeros(dimension), zeros(dimension)
	term := new(big.Rat)
	for k, v := range h.corral {
		for i := range dimension {
			h.point[i].Add(h.point[i], term.Mul(h.weights[k], h.vectors[v][i]))
			h.image[i].Add(h.image[i], term.Mul(h.weights[k], h.scaled[v][i]))
		}
	}
}
