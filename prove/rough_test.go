package prove

import (
	"context"
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	"muflow/graph"
	"muflow/internal/long"
	"muflow/ode/ball"
	"muflow/theory"
)

// TestRoughOperations: sums, differences, products, quotients and exponentials of numbers of
// many sizes lie in what the operations on them as roughs return, by rational numbers
// and by balls.
func TestRoughOperations(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	number := func() (rough, *big.Rat) {
		mid := math.Ldexp(random.Float64()-0.5, random.IntN(61)-30)
		rad := math.Ldexp(random.Float64(), random.IntN(60)-90)
		if random.IntN(4) == 0 {
			rad = 0
		}
		at := new(big.Rat).SetFloat64(float64(2*random.Float64()-1) * rad)
		switch random.IntN(4) {
		case 0:
			at.SetFloat64(rad)
		case 1:
			at.SetFloat64(-rad)
		}
		return rough{mid, rad}, at.Add(at, new(big.Rat).SetFloat64(mid))
	}
	holds := func(x rough, q *big.Rat) bool {
		if math.IsNaN(x.rad) {
			return true
		}
		low, high := new(big.Rat).SetFloat64(x.low()), new(big.Rat).SetFloat64(x.high())
		distance := new(big.Rat).Sub(q, new(big.Rat).SetFloat64(x.mid))
		return low.Cmp(q) <= 0 && q.Cmp(high) <= 0 && distance.Abs(distance).Cmp(new(big.Rat).SetFloat64(x.rad)) <= 0
	}
	for range 5_000 {
		x, p := number()
		y, q := number()
		for name, ok := range map[string]bool{
			"sum":        holds(x.plus(y), new(big.Rat).Add(p, q)),
			"difference": holds(x.minus(y), new(big.Rat).Sub(p, q)),
			"product":    holds(x.times(y), new(big.Rat).Mul(p, q)),
			"quotient":   q.Sign() == 0 || holds(x.over(y), new(big.Rat).Quo(p, q)),
			"size":       holds(x.abs(), new(big.Rat).Abs(p)),
			"fraction":   holds(roughRat(p), p),
		} {
			if !ok {
				t.Fatalf("%s of %v in %v and %v in %v", name, p, x, q, y)
			}
		}
		if math.Abs(x.mid) < 600 {
			e := ball.New(200).SetRat(p)
			z, _ := e.Exp(e).Mid().Rat(nil)
			if got := x.exp(); !holds(got, z) || got.rad > float64(got.mid*(2*x.rad+0x1p-49)) {
				t.Fatalf("e^%v in %v: %v", p, x, got)
			}
			if !holds(roughBall(e), z) {
				t.Fatalf("%v: %v", e, roughBall(e))
			}
		}
	}
	if x := (rough{1, 1}).over(rough{1, 1}); !math.IsNaN(x.rad) {
		t.Errorf("a quotient by what may be 0 is %v", x)
	}
}

// TestLeastWalkVarianceByBothWays: what float64 sifts has the bounds that enclosures alone find,
// and third moments and variances are in their bounds.
func TestLeastWalkVarianceByBothWays(t *testing.T) {
	instances, err := graph.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	if !*long.Tests {
		instances = instances[:80]
	}
	sifted, pieces := 0, 0
	for _, alpha := range []*big.Rat{big.NewRat(1, 1), big.NewRat(1, 50), big.NewRat(40, 1)} {
		for _, in := range graph.StepsOf(instances, -1) {
			exact, err := theory.WalkStepOf(in, walkLogits(in.C, big.NewRat(3, 2)))
			if err != nil {
				t.Fatal(err)
			}
			rest, err := walkEquilibrium(context.Background(), exact, alpha, 20)
			if err != nil || rest.Mu == nil {
				continue
			}
			const precision = 160
			n := newWalkNumbers(exact, alpha, precision).merged()
			end := walkSigma(exact, alpha, precision)
			gap := new(big.Rat).Sub(exact.Most(), exact.Least())
			x := &descent{n.moments, n.rough().moments, gap, ball.New(precision), end.Mul(end, rest.Mu), longestWalkPath}
			quick, err := x.least(context.Background())
			if err != nil {
				continue
			}
			for i := range 5 {
				u := ball.New(precision).MulInt64(end, int64(i))
				u.QuoInt64(u, 4)
				variance, third := n.moments(u)
				v, w := n.rough().moments(roughBall(u))
				for k, r := range []rough{v, w} {
					if b := []*ball.Ball{variance, third}[k]; !math.IsNaN(r.rad) && (b.Lower().Cmp(big.NewFloat(r.high())) > 0 || b.Upper().Cmp(big.NewFloat(r.low())) < 0) {
						t.Fatalf("moment %d is %v, in float64 %v", k+2, b, r)
					}
				}
			}
			_, found, err := x.sift(context.Background(), span[*big.Float]{x.from.Lower(), x.end.Upper()})
			if err == nil {
				sifted++
				pieces += len(found)
			}
			x.rough = nil
			slow, err := x.least(context.Background())
			if err != nil || slow.Lower().Cmp(quick.Lower()) != 0 || slow.Upper().Cmp(quick.Upper()) != 0 {
				t.Fatalf("%v with float64, %v without (%v)", quick, slow, err)
			}
		}
	}
	if sifted < 100 || pieces > 3*sifted {
		t.Errorf("float64 decided %d paths, and left %d pieces", sifted, pieces)
	}
}

// TestRoughDoubling: the sign in float64 is that by balls, and mostly it is plain.
func TestRoughDoubling(t *testing.T) {
	plain, of := 0, 0
	for _, alpha := range []*big.Rat{big.NewRat(1, 30), big.NewRat(1, 1), big.NewRat(30, 1)} {
		for _, step := range graph.StepsOf(builtin(t), -1) {
			p := theory.ProfileOf(step)
			b, err := EquilibriumOf(context.Background(), p, alpha, 20)
			if err != nil || b.Mu == nil {
				continue
			}
			e := &Subject{Profile: p, Alpha: alpha, Digits: 20}
			x, exact := e.roughDoubling(b), e.exactDoubling(b)
			if !math.IsNaN(x.rad) && (exact.Upper().Cmp(big.NewFloat(x.low())) < 0 || exact.Lower().Cmp(big.NewFloat(x.high())) > 0) {
				t.Fatalf("%s at α = %v: %v, by balls %v", p.Key(), alpha, x, exact)
			}
			if of++; x.low() > 0 || x.high() < 0 {
				plain++
			}
		}
	}
	if plain < of*9/10 || of < 100 {
		t.Errorf("%d of %d signs are plain", plain, of)
	}
}
