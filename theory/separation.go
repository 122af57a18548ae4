package theory

import (
	"errors"
	"fmt"
	"math/big"
	"slices"
)

// A Separation says whether a family with one target vertex has a finite limit
// (Albert & Anderson 1984). Overlap is the zero value only in name: an
// undetermined result is an error instead.
type Separation uint8

// The three cases for vectors x_v.
const (
	Overlap         Separation = iota // no θ has ⟨θ,x_v⟩ ≥ 0 for all v and > 0 for some: a finite limit exists
	QuasiSeparation                   // some θ has, but none is > 0 for all: θ(t) diverges, some odds converge
	FullSeparation                    // some θ is > 0 for all: θ(t) diverges and the loss tends to its infimum 0
)

// String returns the word used on the command line.
func (s Separation) String() string {
	return [...]string{"overlap", "quasi-separated", "separated"}[s]
}

// MarshalText writes the word of String.
func (s Separation) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// A Decomposition says, for the vectors x_v of a family with one target vertex
// (or of several that share their unknowns), which odds ⟨θ(t),x_v⟩ diverge and
// which converge under the flow, with a certificate for both:
//
//	⟨Direction, x_v⟩ > 0 for v in Diverging, = 0 for all others
//	Σ_v Multipliers_v x_v = 0, Multipliers_v > 0 off Diverging, = 0 on it
//
// The first shows that the loss tends to that of the others alone, so that
// ⟨θ(t),x_v⟩ → ∞ on Diverging. The second shows that no θ is ≥ 0 on all the
// others and > 0 on one of them, so that their loss has one minimiser in the
// space that they span, to which θ(t) converges in that space. (Albert &
// Anderson, Biometrika 71, 1984; the two halves exclude each other: Motzkin's
// transposition theorem.) Orthogonal to all x_v nothing moves.
type Decomposition struct {
	Kind        Separation
	Direction   []*big.Int   // primitive; zero for overlap
	Diverging   []int        // positions of the vectors with ⟨Direction,x_v⟩ > 0, ascending
	Multipliers []*big.Rat   // one for each vector
	Converging  [][]*big.Int // basis of the span of the other vectors: ⟨b,θ(t)⟩ has a finite limit
	Stationary  [][]*big.Int // basis of the vectors orthogonal to all: Σ_i b_i θ_i/C_i is constant in t
}

// Separate decides overlap against separation for non-zero vectors of one
// dimension, by an exact linear programme, and checks the certificate that it
// returns. Without vectors nothing moves, which counts as overlap.
func Separate(vectors [][]*big.Rat) (*Decomposition, error) {
	d, err := Certificate(vectors)
	if err != nil || len(vectors) == 0 {
		return d, err
	}
	var converging [][]*big.Rat
	for v, x := range vectors {
		if d.Multipliers[v].Sign() > 0 {
			converging = append(converging, x)
		}
	}
	d.Converging, d.Stationary = span(converging), orthogonal(vectors, len(vectors[0]))
	return d, nil
}

// Certificate is Separate without the two bases.
func Certificate(vectors [][]*big.Rat) (*Decomposition, error) {
	if len(vectors) == 0 {
		return &Decomposition{}, nil
	}
	dimension := len(vectors[0])
	var rays [][]*big.Int
	place := make([]int, len(vectors))
	count := map[int]int64{}
	seen := map[string]int{}
	lengths := make([]*big.Rat, len(vectors))
	for v, x := range vectors {
		if len(x) != dimension || dimension < 1 {
			return nil, fmt.Errorf("a vector with %d entries, expected %d, and at least 1", len(x), dimension)
		}
		ray := Primitive(x)
		var key []byte
		for i, n := range ray {
			key = append(n.Append(key, 10), ' ')
			if lengths[v] == nil && n.Sign() != 0 {
				lengths[v] = new(big.Rat).Quo(x[i], new(big.Rat).SetInt(n))
			}
		}
		if lengths[v] == nil {
			return nil, errors.New("a zero vector, expected non-zero ones")
		}
		at, ok := seen[string(key)]
		if !ok {
			at = len(rays)
			seen[string(key)] = at
			rays = append(rays, ray)
		}
		place[v] = at
		count[at]++
	}
	theta, multipliers, err := separate(rays, dimension)
	if err != nil {
		return nil, err
	}
	d := &Decomposition{Direction: theta, Multipliers: make([]*big.Rat, len(vectors))}
	for v := range vectors {
		share := multipliers[place[v]]
		if share == nil {
			d.Diverging = append(d.Diverging, v)
			d.Multipliers[v] = new(big.Rat)
			continue
		}
		// x_v is lengths_v times its ray, and shares the ray's multiplier.
		several := new(big.Rat).SetInt64(count[place[v]])
		d.Multipliers[v] = several.Quo(share, several.Mul(several, lengths[v]))
	}
	switch len(d.Diverging) {
	case 0:
		d.Kind = Overlap
	case len(vectors):
		d.Kind = FullSeparation
	default:
		d.Kind = QuasiSeparation
	}
	return d, d.Check(vectors)
}

// separate returns a direction θ with ⟨θ,x_v⟩ ≥ 0 for all v, and a positive
// multiplier for each x_v with ⟨θ,x_v⟩ = 0, with combination 0; nil for the others.
// A θ that shows −Σ x_v to be no non-negative combination of the x_v is > 0 on
// some of them: the search goes on without these.
func separate(rays [][]*big.Int, dimension int) (theta []*big.Int, multipliers []*big.Rat, err error) {
	theta, multipliers = integerZeros(dimension), make([]*big.Rat, len(rays))
	columns := make([]column, len(rays))
	rest := make([]int, len(rays)) // with ⟨θ,x_v⟩ = 0
	for v, x := range rays {
		columns[v], rest[v] = columnOf(x), v
	}
	for len(rest) > 0 {
		goal, left := integerZeros(dimension), make([]column, len(rest))
		for i, v := range rest {
			left[i] = columns[v]
			for _, e := range columns[v] {
				goal[e.row].Sub(goal[e.row], e.value)
			}
		}
		parts, det, other, err := newCone(left, goal).solve()
		if err != nil {
			return nil, nil, err
		}
		if other == nil {
			for i, v := range rest {
				multipliers[v] = new(big.Rat).SetFrac(parts[i].Add(parts[i], det), det)
			}
			break
		}
		// The least multiple of θ that stays positive where it is.
		multiple := big.NewInt(1)
		for _, x := range columns {
			along := x.dot(theta)
			if along.Sign() > 0 {
				least := new(big.Int).Neg(x.dot(other))
				least.Div(least, along) // rounded down
				if least.Add(least, big.NewInt(1)).Cmp(multiple) > 0 {
					multiple = least
				}
			}
		}
		sum := make([]*big.Rat, dimension)
		for i, n := range theta {
			n.Add(n.Mul(n, multiple), other[i])
			sum[i] = new(big.Rat).SetInt(n)
		}
		theta = Primitive(sum)
		rest = slices.DeleteFunc(rest, func(v int) bool { return columns[v].dot(theta).Sign() > 0 })
	}
	return theta, multipliers, nil
}

// Check verifies the certificate for the vectors that it speaks of, without
// the linear programme.
func (d *Decomposition) Check(vectors [][]*big.Rat) error {
	if len(vectors) == 0 {
		return nil
	}
	direction := rationals(d.Direction)
	sum := zeros(len(direction))
	term := new(big.Rat)
	diverging := 0
	for v, x := range vectors {
		grows := diverging < len(d.Diverging) && d.Diverging[diverging] == v
		if grows {
			diverging++
		}
		if along := dot(direction, x).Sign(); along < 0 || (along > 0) != grows {
			return fmt.Errorf("separation: the direction has sign %d on vector %d", along, v)
		}
		if sign := d.Multipliers[v].Sign(); sign < 0 || (sign > 0) == grows {
			return fmt.Errorf("separation: the multiplier of vector %d has sign %d", v, sign)
		}
		if grows {
			continue
		}
		for i, y := range x {
			if y.Sign() != 0 {
				sum[i].Add(sum[i], term.Mul(d.Multipliers[v], y))
			}
		}
	}
	for i, s := range sum {
		if s.Sign() != 0 {
			return fmt.Errorf("separation: the combination is %s in place %d, expected 0", s.RatString(), i)
		}
	}
	if diverging != len(d.Diverging) {
		return errors.New("separation: a vector is named that does not exist")
	}
	return nil
}
