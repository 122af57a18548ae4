package theory

import (
	"fmt"
	"math/big"
	"math/rand/v2"
	"testing"
)

// separatePlane is an oracle that shares nothing with Separate: it decides
// overlap against separation for non-zero integer
// vectors in the plane or on the line, exactly, and returns a direction θ
// that is ≥ 0 on all and > 0 on as many vectors as any (zero for overlap).
// Without vectors nothing moves, which counts as overlap.
func separatePlane(vectors [][]int) (Separation, []*big.Int, error) {
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

// TestSeparateAgainstThePlane compares the linear programme with the cone of
// the plane on random vectors, scaled and repeated ones among them.
func TestSeparateAgainstThePlane(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 5))
	seen := map[Separation]int{}
	for range 4000 {
		dimension := 1 + rng.IntN(2)
		var vectors [][]int
		for range 1 + rng.IntN(7) {
			x := make([]int, dimension)
			zero := true
			for i := range x {
				x[i] = (rng.IntN(4) - 1) * (1 + rng.IntN(2))
				zero = zero && x[i] == 0
			}
			if !zero {
				vectors = append(vectors, x)
			}
		}
		if len(vectors) == 0 {
			continue
		}
		d, err := Separate(Vectors(vectors))
		if err != nil {
			t.Fatalf("%v: %v", vectors, err)
		}
		kind, direction, err := separatePlane(vectors)
		if err != nil || kind != d.Kind {
			t.Fatalf("%v: %v, the plane says %v %v", vectors, d.Kind, kind, err)
		}
		along := 0
		for _, x := range vectors {
			sum := new(big.Int)
			for i := range direction {
				sum.Add(sum, new(big.Int).Mul(direction[i], big.NewInt(int64(x[i]))))
			}
			if sum.Sign() > 0 {
				along++
			}
		}
		if along != len(d.Diverging) {
			t.Fatalf("%v: %d vectors diverge, the plane says %d", vectors, len(d.Diverging), along)
		}
		seen[kind]++
	}
	for _, kind := range []Separation{Overlap, QuasiSeparation, FullSeparation} {
		if seen[kind] < 150 {
			t.Errorf("only %d cases of %v", seen[kind], kind)
		}
	}
}

// TestSeparateInManyDimensions plants the answer: vectors of which some are
// orthogonal to a direction and sum to 0 with positive factors, and the others
// are positive along it. Check, which knows no linear programme, must agree.
func TestSeparateInManyDimensions(t *testing.T) {
	rng := rand.New(rand.NewPCG(8, 5))
	seen := map[Separation]int{}
	for range 400 {
		dimension := 3 + rng.IntN(6)
		var vectors [][]*big.Rat
		sum := zeros(dimension)
		draw := func(last int64) []*big.Rat {
			x := zeros(dimension)
			for i := range x[:dimension-1] {
				x[i].SetFrac64(rng.Int64N(9)-4, 1+rng.Int64N(3))
			}
			x[dimension-1].SetInt64(last)
			return x
		}
		flat := 0
		if rng.IntN(3) > 0 {
			for range 1 + rng.IntN(10) {
				x := draw(0)
				if len(Primitive(x)) == 0 || dot(x, x).Sign() == 0 {
					continue
				}
				vectors = append(vectors, x)
				for i := range sum {
					sum[i].Sub(sum[i], x[i])
				}
			}
			if dot(sum, sum).Sign() != 0 {
				vectors = append(vectors, sum)
			}
			flat = len(vectors)
		}
		above := rng.IntN(4)
		for range above {
			vectors = append(vectors, draw(1+rng.Int64N(4)))
		}
		if len(vectors) == 0 {
			continue
		}
		rng.Shuffle(len(vectors), func(i, j int) { vectors[i], vectors[j] = vectors[j], vectors[i] })
		d, err := Separate(vectors)
		if err != nil {
			t.Fatal(err)
		}
		want := QuasiSeparation
		switch {
		case flat == 0:
			want = FullSeparation
		case above == 0:
			want = Overlap
		}
		if d.Kind != want || len(d.Diverging) != above {
			t.Fatalf("%v with %d diverging, planted %v with %d", d.Kind, len(d.Diverging), want, above)
		}
		for _, b := range d.Stationary {
			for _, x := range vectors {
				if dot(rationals(b), x).Sign() != 0 {
					t.Fatalf("stationary %v is not orthogonal to %v", b, x)
				}
			}
		}
		if rank := len(span(vectors)); rank+len(d.Stationary) != dimension || len(d.Converging) > rank {
			t.Fatalf("rank %d, %d stationary, %d converging of %d", rank, len(d.Stationary), len(d.Converging), dimension)
		}
		// A wrong certificate is refused.
		d.Multipliers[rng.IntN(len(vectors))].Add(big.NewRat(1, 7), big.NewRat(1, 3))
		if d.Check(vectors) == nil {
			t.Fatal("a wrong multiplier was accepted")
		}
		seen[want]++
	}
	for _, kind := range []Separation{Overlap, QuasiSeparation, FullSeparation} {
		if seen[kind] < 40 {
			t.Errorf("only %d cases of %v", seen[kind], kind)
		}
	}
}

// TestSeparateAgainstDirections compares with a search over all θ that
// are orthogonal to, or the sum of, small vectors: on a small grid every
// separating cone contains an integer direction of small size.
func TestSeparateAgainstDirections(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 5))
	seen := map[Separation]int{}
	for range 3000 {
		var vectors [][]int
		for range 1 + rng.IntN(5) {
			x := []int{rng.IntN(7) - 3, rng.IntN(7) - 3}
			if x[0] != 0 || x[1] != 0 {
				vectors = append(vectors, x)
			}
		}
		if len(vectors) == 0 {
			continue
		}
		best := 0
		for a := -12; a <= 12; a++ {
			for b := -12; b <= 12; b++ {
				positive, negative := 0, 0
				for _, x := range vectors {
					switch d := a*x[0] + b*x[1]; {
					case d > 0:
						positive++
					case d < 0:
						negative++
					}
				}
				if negative == 0 {
					best = max(best, positive)
				}
			}
		}
		want := QuasiSeparation
		if best == 0 {
			want = Overlap
		} else if best == len(vectors) {
			want = FullSeparation
		}
		d, err := Separate(Vectors(vectors))
		if err != nil {
			t.Fatal(err)
		}
		got, direction := d.Kind, d.Direction
		if got != want {
			t.Fatalf("%v: %v, want %v", vectors, got, want)
		}
		if got != Overlap {
			positive := 0
			for _, x := range vectors {
				d := direction[0].Int64()*int64(x[0]) + direction[1].Int64()*int64(x[1])
				if d < 0 {
					t.Fatalf("%v: direction %v is negative on %v", vectors, direction, x)
				}
				if d > 0 {
					positive++
				}
			}
			if positive != best {
				t.Fatalf("%v: direction %v is positive on %d vectors, %d are possible", vectors, direction, positive, best)
			}
		}
		seen[got]++
	}
	for _, kind := range []Separation{Overlap, QuasiSeparation, FullSeparation} {
		if seen[kind] < 100 {
			t.Errorf("only %d cases of %v", seen[kind], kind)
		}
	}
	if _, err := Separate(Vectors([][]int{{0, 0}})); err == nil {
		t.Error("a zero vector was accepted")
	}
}
