package proptest

import (
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"

	"github.com/leanovate/gopter"
	"github.com/leanovate/gopter/gen"
)

// within gives a generator its domain: how to make a value smaller, boldest
// first, in chains that end, and why a value is outside. A draw outside is a
// mistake of the generator and panics; a smaller value outside is dropped.
func within[T any](g gopter.Gen, smaller func(T) []T, outside func(T) error) gopter.Gen {
	sieve := func(value any) bool {
		v, ok := value.(T)
		return ok && outside(v) == nil
	}
	shrinker := func(value any) gopter.Shrink {
		rest := smaller(value.(T))
		return func() (any, bool) {
			if len(rest) == 0 {
				return nil, false
			}
			next := rest[0]
			rest = rest[1:]
			return next, true
		}
	}
	return func(parameters *gopter.GenParameters) *gopter.GenResult {
		value, _ := g(parameters).Retrieve()
		v, _ := value.(T)
		if err := outside(v); err != nil {
			panic(fmt.Sprintf("the generator left its domain: %v", err))
		}
		r := gopter.NewGenResult(v, shrinker)
		r.Sieve = sieve
		return r
	}
}

// from draws with a function of math/rand/v2, and of a size from 0 to 100.
func from[T any](draw func(rng *rand.Rand, size int) T) gopter.Gen {
	return func(parameters *gopter.GenParameters) *gopter.GenResult {
		rng := rand.New(rand.NewPCG(parameters.NextUint64(), parameters.NextUint64()))
		return gopter.NewGenResult(draw(rng, min(max(parameters.MaxSize, 0), 100)), gopter.NoShrinker)
	}
}

// logUniform draws numbers of [low, high], 0 < low ≤ high, with uniform
// logarithm, and each end one time in sixteen. It shrinks towards 1, or the
// end nearest to it, by rounding.
func logUniform(low, high float64) gopter.Gen {
	clamp := func(x float64) float64 { return min(max(x, low), high) }
	drawn := gen.Weighted([]gen.WeightedGen{{Weight: 1, Gen: gen.Const(low)}, {Weight: 1, Gen: gen.Const(high)},
		{Weight: 14, Gen: gen.Float64Range(math.Log(low), math.Log(high)).Map(func(x float64) float64 { return clamp(math.Exp(x)) })}})
	return within(drawn, func(x float64) []float64 {
		goal := clamp(1)
		var out []float64
		for _, y := range []float64{goal, clamp(math.Pow(10, math.Round(math.Log10(x)))), clamp(math.Round(x))} {
			if nearer(y, x, goal) {
				out = append(out, y)
			}
		}
		return out
	}, func(x float64) error {
		if !(low <= x && x <= high) {
			return fmt.Errorf("%g, expected %g to %g", x, low, high)
		}
		return nil
	})
}

// nearer orders the numbers that a shrinker may step through, so that every
// chain ends: first the goal, then powers of ten, then whole numbers.
func nearer(y, x, goal float64) bool {
	rank := func(z float64) int {
		switch l := math.Log10(z); {
		case z == goal:
			return 0
		case l == math.Round(l):
			return 1
		case z == math.Round(z):
			return 2
		}
		return 3
	}
	return rank(y) < rank(x)
}

// gains draws readout gains α: positive rationals p/q with p, q ≤ bound, one
// time in four exactly 1, and one time in sixteen each of the extremes 1/bound
// and bound. It shrinks towards 1 through smaller numerators and denominators.
func gains(bound int64) gopter.Gen {
	fraction := func(pq []any) *big.Rat { return big.NewRat(pq[0].(int64), pq[1].(int64)) }
	drawn := gen.Weighted([]gen.WeightedGen{{Weight: 1, Gen: gen.Const(big.NewRat(1, bound))}, {Weight: 1, Gen: gen.Const(big.NewRat(bound, 1))},
		{Weight: 4, Gen: gen.Const(big.NewRat(1, 1))}, {Weight: 10, Gen: gopter.CombineGens(gen.Int64Range(1, bound), gen.Int64Range(1, bound)).Map(fraction)}})
	return within(drawn, func(x *big.Rat) []*big.Rat {
		p, q := x.Num().Int64(), x.Denom().Int64()
		var out []*big.Rat
		for _, y := range [][2]int64{{1, 1}, {p, 1}, {1, q}, {p/2 + 1, q}, {p, q/2 + 1}} {
			if smaller := big.NewRat(y[0], y[1]); smaller.Num().Int64()+smaller.Denom().Int64() < p+q {
				out = append(out, smaller)
			}
		}
		return out
	}, func(x *big.Rat) error {
		largest := big.NewInt(bound)
		if x == nil || x.Sign() <= 0 || x.Num().Cmp(largest) > 0 || x.Denom().Cmp(largest) > 0 {
			return fmt.Errorf("%v, expected a fraction of whole numbers from 1 to %d", x, bound)
		}
		return nil
	})
}
