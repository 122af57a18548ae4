package prove

import (
	"context"
	"math/big"
	"math/rand/v2"
	"testing"

	"muflow/internal/reduced"
	"muflow/ode/ball"
	"muflow/theory"
)

// randomFinite draws a profile with d_min < d* < d_max.
func randomFinite(rng *rand.Rand) *theory.Profile {
	for {
		top := 2 + rng.IntN(2+rng.IntN(2+rng.IntN(40)))
		classes := []theory.Class{{InSet: false, Degree: 0, Count: 1 + rng.IntN(40)}}
		n, k := classes[0].Count, 0
		for range 1 + rng.IntN(8) {
			c := theory.Class{InSet: rng.IntN(2) == 0, Degree: rng.IntN(top + 1), Count: 1 + rng.IntN(1+rng.IntN(50))}
			if c.InSet {
				k += c.Count
			}
			n += c.Count
			classes = append(classes, c)
		}
		p, err := theory.NewProfile(n, k, 1+rng.IntN(top), classes)
		if err == nil && p.Certify(theory.Coconut).Limit() == theory.FiniteLimit && !p.Start().IsZero() {
			return p
		}
	}
}

// TestPositiveRootAgainstMixture compares the root of R with Krawczyk's test on
// F − d*, which shares the arithmetic of balls and nothing else.
func TestPositiveRootAgainstMixture(t *testing.T) {
	rng := rand.New(rand.NewPCG(71, 1))
	ctx := context.Background()
	alphas := []*big.Rat{one, big.NewRat(1, 3), big.NewRat(17, 2), mustRat("1e-6"), mustRat("1e-30"), big.NewRat(300, 1), big.NewRat(2000, 1)}
	rounds := 120
	if testing.Short() {
		rounds = 40
	}
	compared := 0
	for round := range rounds {
		p, alpha := randomFinite(rng), alphas[rng.IntN(len(alphas))]
		if round%5 == 0 { // y* is about 1: R(1) = A + eB with A = −B
			p, alpha = mustProfile(12, 5, 2, [][3]int{{0, 0, 3}, {0, 3, 4}, {1, 1, 2}, {1, 4, 2}, {1, 2, 1}}), alphas[round/5%len(alphas)]
		}
		digits := []int{1, 16, 50, 200}[rng.IntN(4)]
		root, ok := newPositiveRoot(p, alpha)
		if !ok {
			t.Fatalf("%v, α = %v: no approximation", p, alpha)
		}
		mu, rate, ok, err := root.equilibrium(ctx, ball.Bits(digits+5), ball.Bits(digits))
		if !ok || err != nil {
			t.Errorf("%v, α = %v, %d digits: %v %v", p, alpha, digits, ok, err)
			continue
		}
		slow := &Equilibrium{}
		if err := slow.general(ctx, p, alpha, digits); err != nil {
			t.Logf("%v, α = %v, %d digits: the slow way: %v", p, alpha, digits, err)
			continue
		}
		if !mu.Overlaps(slow.Mu) || !rate.Overlaps(slow.Rate) || mu.RelativeAccuracyBits() < int(ball.Bits(digits+5)) || rate.RelativeAccuracyBits() < int(ball.Bits(digits)) {
			t.Errorf("%v, α = %v, %d digits: μ* %v ± %v, beside %v; rate %v ± %v, beside %v", p, alpha, digits, mu.Mid(), mu.Radius(), slow.Mu.Mid(), rate.Mid(), rate.Radius(), slow.Rate.Mid())
		}
		compared++
	}
	if compared < rounds*9/10 {
		t.Errorf("compared %d of %d", compared, rounds)
	}
}

// TestPositiveRootNeedsItsSigns: an approximation that is a little off finds
// the same root, and one that is far off is not believed.
func TestPositiveRootNeedsItsSigns(t *testing.T) {
	root, ok := newPositiveRoot(referenceProfiles["A"], one)
	if !ok {
		t.Fatal("no approximation")
	}
	numbers := reduced.NumbersOf(root.profile, one, 200)
	want, ok := root.enclose(numbers, 200)
	if !ok {
		t.Fatal("the root is not found")
	}
	for _, miss := range []float64{1e-8, -1e-8, 1e-11, 1e-5, -1e-5, 1, -3} {
		off := *root
		off.log += miss
		y, ok := off.enclose(numbers, 200)
		if far := miss*miss > 1e-12; ok == far {
			t.Errorf("a root off by %g: %v", miss, ok)
		} else if ok && (!y.Overlaps(want) || y.RelativeAccuracyBits() < 180) {
			t.Errorf("from %g off: %v ± %v, want %v", miss, y.Mid(), y.Radius(), want.Mid())
		}
	}
}
