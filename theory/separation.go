package theory

import (
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

// SeparatePlane decides overlap against separation for non-zero integer
// vectors in the plane or on the line, exactly, and returns a direction θ
// that is ≥ 0 on all and > 0 on as many vectors as any (zero for overlap).
// Without vectors nothing moves, which counts as overlap.
func SeparatePlane(vectors [][]int) (Separation, []*big.Int, error) {
	sum := [2]*big.Int{new(big.Int), new(big.Int)}
	var rays [][2]*big.Int
	seen := map[[2]string]bool{}
	dimension := 0
	for _, x := range vectors {
		if dimension == 0 {
			dimension = len(x)
		}
		if len(x) != dimension || dimension < 1 || dimension > 2 {
			return 0, nil, fmt.Errorf("a vector with %d entries, expected 1 or 2 alike", len(x))
		}
		ray := [2]*big.Int{big.NewInt(int64(x[0])), new(big.Int)}
		if dimension == 2 {
			ray[1].SetInt64(int64(x[1]))
		}
		content := new(big.Int).GCD(nil, nil, new(big.Int).Abs(ray[0]), new(big.Int).Abs(ray[1]))
		if content.Sign() == 0 {
			return 0, nil, fmt.Errorf("a zero vector, expected non-zero ones")
		}
		ray[0].Quo(ray[0], content)
		ray[1].Quo(ray[1], content)
		key := [2]string{ray[0].String(), ray[1].String()}
		if !seen[key] {
			seen[key] = true
			rays = append(rays, ray)
			sum[0].Add(sum[0], ray[0])
			sum[1].Add(sum[1], ray[1])
		}
	}
	dot := func(a, b [2]*big.Int) *big.Int {
		p := new(big.Int).Mul(a[0], b[0])
		return p.Add(p, new(big.Int).Mul(a[1], b[1]))
	}
	// The θ that are ≥ 0 on all vectors form a cone. Its extreme rays are
	// orthogonal to some vector; where it has none, all vectors lie on one
	// line, and the cone is spanned by those orthogonals and the sum.
	candidates := [][2]*big.Int{sum}
	for _, x := range rays {
		candidates = append(candidates, [2]*big.Int{new(big.Int).Neg(x[1]), x[0]}, [2]*big.Int{x[1], new(big.Int).Neg(x[0])})
	}
	direction := [2]*big.Int{new(big.Int), new(big.Int)}
	for _, c := range candidates {
		separates := true
		for _, x := range rays {
			if dot(c, x).Sign() < 0 {
				separates = false
				break
			}
		}
		if separates {
			direction[0].Add(direction[0], c[0])
			direction[1].Add(direction[1], c[1])
		}
	}
	positive := 0
	for _, x := range rays {
		if dot(direction, x).Sign() > 0 {
			positive++
		}
	}
	switch {
	case positive == 0:
		return Overlap, nil, nil
	case positive < len(rays):
		return QuasiSeparation, direction[:max(dimension, 1)], nil
	}
	return FullSeparation, direction[:dimension], nil
}
