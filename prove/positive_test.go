package prove

import (
	"context"
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	"muflow/internal/long"
	"muflow/internal/reduced"
	"muflow/ode/ball"
	"muflow/theory"
)

// randomFinite draws a profile with d_min < d* < d_max, of classes of up to about so many vertices.
func randomFinite(rng *rand.Rand, size int) *theory.Profile {
	for {
		top := 2 + rng.IntN(2+rng.IntN(2+rng.IntN(40)))
		classes := []theory.Class{{InSet: false, Degree: 0, Count: 1 + rng.IntN(size)}}
		n, k := classes[0].Count, 0
		for range 1 + rng.IntN(8) {
			c := theory.Class{InSet: rng.IntN(2) == 0, Degree: rng.IntN(top + 1), Count: 1 + rng.IntN(1+rng.IntN(size+10))}
			if c.InSet {
				k += c.Count
			}
			n += c.Count
			classes = append(classes, c)
		}
		p, err := theory.NewProfile(n, k, 1+rng.IntN(top), classes)
		if rng.IntN(2) == 0 { // a drawn label
			p, err = theory.NewDrawnProfile(n, k, theory.MeanDegree(1+rng.IntN(6*top), 1+rng.IntN(6)), classes)
		}
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
	rounds := 40
	if *long.Tests {
		rounds = 120
	}
	compared := 0
	for round := range rounds {
		p, alpha := randomFinite(rng, 40), alphas[rng.IntN(len(alphas))]
		if round%5 == 0 { // y* is about 1: R(1) = A + eB with A = −B
			p, alpha = mustProfile(12, 5, 2, [][3]int{{0, 0, 3}, {0, 3, 4}, {1, 1, 2}, {1, 4, 2}, {1, 2, 1}}), alphas[round/5%len(alphas)]
		}
		digits := []int{1, 16, 50, 200}[rng.IntN(4)]
		e, err := EquilibriumOf(ctx, p, alpha, digits)
		if err != nil {
			t.Errorf("%v, α = %v, %d digits: %v", p, alpha, digits, err)
			continue
		}
		mu, rate := e.Mu, e.Rate
		slow, err := mixtureEquilibrium(ctx, p, alpha, digits)
		if err != nil {
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

// mixtureEquilibrium encloses a finite equilibrium as that of a mixture of one
// family, and the rate by the moments of the softmax.
func mixtureEquilibrium(ctx context.Context, p *theory.Profile, alpha *big.Rat, digits int) (*Equilibrium, error) {
	f, err := p.Family(theory.Coconut, alpha)
	if err != nil {
		return nil, err
	}
	for work := digits + 5; work <= 4*digits+2000; work = 2*work + 20 {
		theta, err := EncloseEquilibrium(ctx, &Mixture{[]*theory.Family{f}, []int64{1}}, work)
		if err != nil {
			return nil, err
		}
		precision := ball.Bits(work) + 64
		u := ball.New(precision).SetRat(alpha)
		at := newSoftmaxFamily(f, precision).at([]*ball.Ball{u.Mul(u, theta[0])})
		rate := ball.New(precision).Mul(at.covariance[0][0], ball.New(precision).SetRat(reduced.Kappa(p, alpha)))
		if rate.RelativeAccuracyBits() >= int(ball.Bits(digits)) {
			return &Equilibrium{Mu: theta[0], Rate: rate}, nil
		}
	}
	return nil, fmt.Errorf("rate not enclosed to %d digits", digits)
}

// TestPositiveRootNeedsAStart: from a start that is a little off the same root is
// found, and from one that is far off none.
func TestPositiveRootNeedsAStart(t *testing.T) {
	ctx := context.Background()
	want, _, err := newPositiveRoot(referenceProfiles["A"], one).equilibrium(ctx, 200, 180)
	if err != nil {
		t.Fatal(err)
	}
	for _, miss := range []float64{1e-14, 1e-8, -1e-8, 1e-5, 1, -3, 40} {
		off := newPositiveRoot(referenceProfiles["A"], one)
		off.log += miss
		mu, _, err := off.equilibrium(ctx, 200, 180)
		if far := math.Abs(miss) >= 1; far != (err != nil) || !far && (!mu.Overlaps(want) || mu.RelativeAccuracyBits() < 200) {
			t.Errorf("from %g off: %v, %v, want %v", miss, mu, err, want)
		}
	}
}
