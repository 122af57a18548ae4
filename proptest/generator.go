package proptest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"reflect"

	"github.com/leanovate/gopter"
)

// A Generator draws values of a domain and makes them smaller within it.
type Generator[T any] struct {
	// Draw returns a value of the domain; size runs from 0 to 100 in the
	// course of a property.
	Draw func(rng *rand.Rand, size int) T
	// Shrink proposes smaller values, the boldest first. Proposals outside
	// the domain are dropped. A chain of proposals must end. Nil: none.
	Shrink func(value T) []T
	// Valid says why a value is outside the domain. It is asked for every
	// drawn and every shrunk value.
	Valid func(value T) error
	// Premise restricts the domain further: draws that fail it are discarded
	// and counted, shrunk values that fail it are dropped. Nil: none.
	Premise func(value T) bool
	// Show returns what stands for the value in JSON. Nil: the value itself.
	Show func(value T) any
}

// Where returns the generator restricted to values with a premise.
func (g Generator[T]) Where(premise func(value T) bool) Generator[T] {
	earlier := g.Premise
	g.Premise = func(value T) bool { return (earlier == nil || earlier(value)) && premise(value) }
	return g
}

func (g Generator[T]) validate() error {
	if g.Draw == nil || g.Valid == nil {
		return errors.New("generator without Draw or Valid")
	}
	return nil
}

// admits reports whether a value lies in the domain and has the premise.
func (g Generator[T]) admits(value T) bool {
	return g.Valid(value) == nil && (g.Premise == nil || g.Premise(value))
}

// shrinks returns the proposals of Shrink that the generator admits.
func (g Generator[T]) shrinks(value T) []T {
	if g.Shrink == nil {
		return nil
	}
	var out []T
	for _, smaller := range g.Shrink(value) {
		if g.admits(smaller) {
			out = append(out, smaller)
		}
	}
	return out
}

func (g Generator[T]) show(value T) (json.RawMessage, error) {
	if g.Show != nil {
		return marshal(g.Show(value))
	}
	return marshal(value)
}

func marshal(value any) (json.RawMessage, error) {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(value)
	return bytes.TrimSpace(b.Bytes()), err
}

// gopter returns the generator in the form of the library, always with the
// shrinker and the sieve. A draw outside the domain panics, which the library
// reports as an error: it is a mistake of Draw, not a discarded draw.
func (g Generator[T]) gopter() gopter.Gen {
	kind := reflect.TypeFor[T]()
	sieve := func(value any) bool {
		v, ok := value.(T)
		return ok && g.admits(v)
	}
	shrinker := func(value any) gopter.Shrink {
		smaller := g.shrinks(value.(T))
		return func() (any, bool) {
			if len(smaller) == 0 {
				return nil, false
			}
			next := smaller[0]
			smaller = smaller[1:]
			return next, true
		}
	}
	return func(parameters *gopter.GenParameters) *gopter.GenResult {
		rng := rand.New(rand.NewPCG(parameters.NextUint64(), parameters.NextUint64()))
		value := g.Draw(rng, min(max(parameters.MaxSize, 0), 100))
		if err := g.Valid(value); err != nil {
			panic(fmt.Sprintf("the generator left its domain: %v", err))
		}
		return &gopter.GenResult{Result: value, ResultType: kind, Sieve: sieve, Shrinker: shrinker}
	}
}

// OneOf draws from one of several generators of a type, each as likely. The
// domain is the union; a value is shrunk by every generator that admits it.
func OneOf[T any](generators ...Generator[T]) Generator[T] {
	return Generator[T]{
		Draw: func(rng *rand.Rand, size int) T { return generators[rng.IntN(len(generators))].Draw(rng, size) },
		Shrink: func(value T) []T {
			var out []T
			for _, g := range generators {
				if g.admits(value) {
					out = append(out, g.shrinks(value)...)
				}
			}
			return out
		},
		Valid: func(value T) error {
			reason := errors.New("no generator to draw from")
			for _, g := range generators {
				if reason = g.Valid(value); reason == nil {
					return nil
				}
			}
			return reason
		},
		Premise: func(value T) bool {
			for _, g := range generators {
				if g.admits(value) {
					return true
				}
			}
			return false
		},
		Show: func(value T) any {
			for _, g := range generators {
				if g.Valid(value) == nil && g.Show != nil {
					return g.Show(value)
				}
			}
			return value
		},
	}
}

// A Pair is a value of two generators.
type Pair[A, B any] struct {
	First  A
	Second B
}

// Both draws pairs and shrinks one component at a time.
func Both[A, B any](a Generator[A], b Generator[B]) Generator[Pair[A, B]] {
	return Generator[Pair[A, B]]{
		Draw: func(rng *rand.Rand, size int) Pair[A, B] { return Pair[A, B]{a.Draw(rng, size), b.Draw(rng, size)} },
		Shrink: func(value Pair[A, B]) []Pair[A, B] {
			var out []Pair[A, B]
			for _, first := range a.shrinks(value.First) {
				out = append(out, Pair[A, B]{first, value.Second})
			}
			for _, second := range b.shrinks(value.Second) {
				out = append(out, Pair[A, B]{value.First, second})
			}
			return out
		},
		Valid: func(value Pair[A, B]) error { return errors.Join(a.Valid(value.First), b.Valid(value.Second)) },
		Premise: func(value Pair[A, B]) bool {
			return (a.Premise == nil || a.Premise(value.First)) && (b.Premise == nil || b.Premise(value.Second))
		},
		Show: func(value Pair[A, B]) any {
			shown := [2]json.RawMessage{}
			for i, f := range []func() (json.RawMessage, error){
				func() (json.RawMessage, error) { return a.show(value.First) },
				func() (json.RawMessage, error) { return b.show(value.Second) },
			} {
				text, err := f()
				if err != nil {
					text, _ = marshal(err.Error())
				}
				shown[i] = text
			}
			return shown
		},
	}
}

// endShare is how often a range draws each of its ends.
const endShare = 16

// LogUniform draws numbers of [low, high], 0 < low ≤ high, with uniform
// logarithm, and each end one time in sixteen. It shrinks towards 1, or the
// end nearest to it, by rounding.
func LogUniform(low, high float64) Generator[float64] {
	clamp := func(x float64) float64 { return min(max(x, low), high) }
	return Generator[float64]{
		Draw: func(rng *rand.Rand, _ int) float64 {
			switch rng.IntN(endShare) {
			case 0:
				return low
			case 1:
				return high
			}
			return clamp(math.Exp(math.Log(low) + rng.Float64()*(math.Log(high)-math.Log(low))))
		},
		Shrink: func(x float64) []float64 {
			goal := clamp(1)
			var out []float64
			for _, y := range []float64{goal, clamp(math.Pow(10, math.Round(math.Log10(x)))), clamp(math.Round(x))} {
				if nearer(y, x, goal) {
					out = append(out, y)
				}
			}
			return out
		},
		Valid: func(x float64) error {
			if !(low <= x && x <= high) {
				return fmt.Errorf("%g, expected %g to %g", x, low, high)
			}
			return nil
		},
	}
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

// Times draws gradient-flow times t (learning rate × steps) from 10⁻³ to the
// horizon, log-uniformly, ends included.
func Times(horizon float64) Generator[float64] { return LogUniform(1e-3, horizon) }

// LearningRates draws learning rates η from 10⁻⁴ to the largest one,
// log-uniformly, ends included.
func LearningRates(largest float64) Generator[float64] { return LogUniform(1e-4, largest) }

// Gains draws readout gains α: positive rationals p/q with p, q ≤ bound, one
// time in four exactly 1, and one time in sixteen each of the extremes 1/bound
// and bound. It shrinks towards 1 through smaller numerators and denominators.
func Gains(bound int64) Generator[*big.Rat] {
	return Generator[*big.Rat]{
		Draw: func(rng *rand.Rand, _ int) *big.Rat {
			switch rng.IntN(endShare) {
			case 0:
				return big.NewRat(1, bound)
			case 1:
				return big.NewRat(bound, 1)
			case 2, 3, 4, 5:
				return big.NewRat(1, 1)
			}
			return big.NewRat(1+rng.Int64N(bound), 1+rng.Int64N(bound))
		},
		Shrink: func(x *big.Rat) []*big.Rat {
			p, q := x.Num().Int64(), x.Denom().Int64()
			var out []*big.Rat
			for _, y := range [][2]int64{{1, 1}, {p, 1}, {1, q}, {p/2 + 1, q}, {p, q/2 + 1}} {
				if smaller := big.NewRat(y[0], y[1]); smaller.Num().Int64()+smaller.Denom().Int64() < p+q {
					out = append(out, smaller)
				}
			}
			return out
		},
		Valid: func(x *big.Rat) error {
			largest := big.NewInt(bound)
			if x == nil || x.Sign() <= 0 || x.Num().Cmp(largest) > 0 || x.Denom().Cmp(largest) > 0 {
				return fmt.Errorf("%v, expected a fraction of whole numbers from 1 to %d", x, bound)
			}
			return nil
		},
		Show: func(x *big.Rat) any { return x.RatString() },
	}
}
