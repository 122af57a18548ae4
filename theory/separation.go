package theory

import (
	"errors"
	"fmt"
	"math/big"
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
	if len(vectors) == 0 {
		return &Decomposition{}, nil
	}
	dimension := len(vectors[0])
	var rays [][]*big.Rat
	place := make([]int, len(vectors))
	count := map[int]int64{}
	seen := map[string]int{}
	lengths := make([]*big.Rat, len(vectors))
	for v, x := range vectors {
		if len(x) != dimension || dimension < 1 {
			return nil, fmt.Errorf("a vector with %d entries, expected %d, and at least 1", len(x), dimension)
		}
		ray := rationals(Primitive(x))
		key := ""
		for i, q := range ray {
			key += q.Num().String() + " "
			if q.Sign() != 0 {
				lengths[v] = new(big.Rat).Quo(x[i], q)
			}
		}
		if lengths[v] == nil {
			return nil, errors.New("a zero vector, expected non-zero ones")
		}
		at, ok := seen[key]
		if !ok {
			at = len(rays)
			seen[key] = at
			rays = append(rays, ray)
		}
		place[v] = at
		count[at]++
	}
	theta, multipliers, err := newProgramme(rays, dimension).solve()
	if err != nil {
		return nil, err
	}
	d := &Decomposition{Direction: Primitive(theta), Multipliers: make([]*big.Rat, len(vectors))}
	var converging [][]*big.Rat
	for v, x := range vectors {
		if dot(theta, x).Sign() > 0 {
			d.Diverging = append(d.Diverging, v)
			d.Multipliers[v] = new(big.Rat)
			continue
		}
		converging = append(converging, x)
		// x_v is lengths_v times its ray, and shares the ray's multiplier.
		share := new(big.Rat).SetInt64(count[place[v]])
		d.Multipliers[v] = share.Quo(multipliers[place[v]], share.Mul(share, lengths[v]))
	}
	switch len(d.Diverging) {
	case 0:
		d.Kind = Overlap
	case len(vectors):
		d.Kind = FullSeparation
	default:
		d.Kind = QuasiSeparation
	}
	d.Converging, d.Stationary = span(converging), orthogonal(vectors, dimension)
	return d, d.Check(vectors)
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
		for i := range sum {
			sum[i].Add(sum[i], term.Mul(d.Multipliers[v], x[i]))
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
