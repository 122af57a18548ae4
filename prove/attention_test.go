package prove

import (
	"context"
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	"muflow/ode/ball"
	"muflow/theory"
)

// The published validation split at gain 0.1 (theory.md section 7a).
func TestAttentionOfTheValidationSplit(t *testing.T) {
	instances := published(t)
	for c, want := range map[int][2]int{1: {257, 251}, 2: {257, 219}, 3: {133, 115}} {
		total, decisions, err := AttentionDataset(context.Background(), instances, AttentionQuestion{Step: c, Alpha: big.NewRat(1, 1), Gain: big.NewRat(1, 10)}, 0, nil)
		if err != nil {
			t.Fatal(err)
		}
		if total.Instances != want[0] || total.Upward != want[1] || len(decisions) != want[0] ||
			total.Upward+total.Downward+total.Finite+total.Stationary != want[0] {
			t.Errorf("step %d: %+v, want %v", c, *total, want)
		}
	}
}

// Sums of exponentials of algebraic numbers: exact zeros are told from small
// numbers, with K a square and not.
func TestExponentialSumsAreDecided(t *testing.T) {
	term := func(c int64, p, q *big.Rat) theory.ExponentialTerm {
		return theory.ExponentialTerm{Coefficient: big.NewInt(c), Rational: p, Root: q}
	}
	rat := big.NewRat
	zero := new(big.Rat)
	enormous := new(big.Int).Exp(big.NewInt(10), big.NewInt(9999), nil)
	checks := 0
	for _, x := range []struct {
		name  string
		k     int
		terms []theory.ExponentialTerm
		want  int
	}{
		{"nothing", 3, nil, 0},
		{"cancelling", 3, []theory.ExponentialTerm{term(2, rat(1, 3), rat(1, 1)), term(-2, rat(1, 3), rat(1, 1))}, 0},
		{"1/√4 = 1/2", 4, []theory.ExponentialTerm{term(5, zero, rat(1, 1)), term(-5, rat(1, 2), zero)}, 0},
		{"1/√3 ≠ 1/2", 3, []theory.ExponentialTerm{term(5, zero, rat(1, 1)), term(-5, rat(1, 2), zero)}, 1},
		// e − 2721/1001: e = 2.71828182845…, 2721/1001 = 2.71828171828…
		{"near", 2, []theory.ExponentialTerm{term(1001, rat(1, 1), zero), term(-2721, zero, zero)}, 1},
		// e = 2.7182818284590452353602874713526624977572… (OEIS A001113): 30 digits up and down
		{"just below e", 2, []theory.ExponentialTerm{term(1_000_000_000_000_000, rat(1, 1), zero), term(-2_718_281_828_459_045, zero, zero)}, 1},
		{"just above e", 2, []theory.ExponentialTerm{term(1_000_000_000_000_000, rat(1, 1), zero), term(-2_718_281_828_459_046, zero, zero)}, -1},
		{"huge exponents", 2, []theory.ExponentialTerm{term(1, rat(1_000_000, 1), zero), term(-1_000_000, rat(999_980, 1), zero)}, 1},
		{"exponents beyond all numbers", 3, []theory.ExponentialTerm{term(-7, new(big.Rat).SetInt(enormous), zero), term(1_000_000, zero, rat(1, 1))}, -1},
		{"below all numbers", 3, []theory.ExponentialTerm{term(-7, new(big.Rat).Neg(new(big.Rat).SetInt(enormous)), zero), term(2, zero, rat(1, 1))}, 1},
	} {
		got, err := ExponentialSign(theory.NewExponentialSum(x.k, x.terms))
		if err != nil || got != x.want {
			t.Errorf("%s: sign %d, %v, want %d", x.name, got, err, x.want)
		}
		checks++
	}
	if checks != 10 {
		t.Fatalf("%d checks", checks)
	}
}

// An exact tie h_p = E_{w=1}[h] counts as upward, found among small digraphs,
// and stays one for every value gain when it is one of integers.
func TestAttentionTiesAreExact(t *testing.T) {
	// K = 1, M_c = 1 and gain 1: e^{αs} of the root meets e^{g d/M_c} of p.
	a := &theory.Attention{N: 4, K: 1, Edges: 3, Leaving: 1, Target: 1, Groups: []theory.AttentionGroup{
		{InSet: false, Degree: 0, Total: 1, Count: 1}, {InSet: false, Degree: 1, Total: 2, Count: 1, Labels: 1}, {InSet: true, Degree: 0, Total: 0, Count: 1},
	}}
	// h = (−1, 1, 0): h_p − h = (2, 0, 1), no tie, upward.
	limit, err := DecideAttention(t.Context(), a, theory.Coconut, big.NewRat(1, 1), big.NewRat(1, 1))
	if err != nil || limit.Limit != theory.PlusInfinity || limit.Leaving != 1 {
		t.Fatalf("%+v, %v", limit, err)
	}
	// Target another vertex than the top one, so that integers cancel: groups of
	// the same exponent with h above and below h_p by the same amount.
	b := &theory.Attention{N: 3, K: 3, Edges: 12, Leaving: 6, Target: 1, Groups: []theory.AttentionGroup{
		{InSet: true, Degree: 2, Total: 3, Count: 1}, {InSet: true, Degree: 2, Total: 4, Count: 1, Labels: 1}, {InSet: true, Degree: 2, Total: 5, Count: 1},
	}}
	for _, gain := range []*big.Rat{big.NewRat(1, 10), big.NewRat(1, 1), big.NewRat(50, 1)} {
		limit, err := DecideAttention(t.Context(), b, theory.Coconut, big.NewRat(1, 1), gain)
		if err != nil {
			t.Fatal(err)
		}
		if limit.Leaving != 0 || limit.Limit != theory.PlusInfinity || limit.Others != 1 {
			t.Errorf("gain %v: %+v", gain, limit)
		}
	}
	if _, err := DecideAttention(t.Context(), b, theory.Coconut, big.NewRat(1, 1), new(big.Rat)); err == nil {
		t.Error("gain 0 was accepted")
	}
}

// An equilibrium at the start itself leaves an interval of no width, or of two
// neighbouring floats, over which the pace is enclosed.
func TestAttentionStartsAtItsEquilibrium(t *testing.T) {
	// 0 → 2 → 3 → 0 and 1 → 3 at c = 1: E_w[h] = 0 = h_3 at w = 1/2.
	a := &theory.Attention{N: 4, K: 2, Edges: 4, Leaving: 2, Target: 3, Groups: []theory.AttentionGroup{
		{InSet: true, Degree: 0, Total: 1, Count: 1}, {InSet: false, Degree: 0, Total: 0, Count: 1}, {InSet: true, Degree: 1, Total: 1, Count: 1}, {InSet: false, Degree: 1, Total: 2, Count: 1, Labels: 1},
	}}
	limit, err := DecideAttention(t.Context(), a, theory.Coconut, big.NewRat(1, 1), big.NewRat(1, 1))
	if err != nil || limit.Limit != theory.FiniteLimit {
		t.Fatalf("%+v, %v", limit, err)
	}
}

// Where E_q[h] = E_{w=1}[h] exactly, z grows as ½ log t: the bounds against the time
// as an integral by Simpson's rule, and with one of them a tenth better they fail.
func TestAttentionTiePace(t *testing.T) {
	a := &theory.Attention{N: 3, K: 3, Edges: 12, Leaving: 6, Target: 1, Groups: []theory.AttentionGroup{
		{InSet: true, Degree: 2, Total: 3, Count: 1}, {InSet: true, Degree: 2, Total: 4, Count: 1, Labels: 1}, {InSet: true, Degree: 2, Total: 5, Count: 1},
	}}
	limit, err := DecideAttention(t.Context(), a, theory.Coconut, big.NewRat(1, 1), big.NewRat(6, 1))
	if err != nil || limit.Pace == nil || limit.Pace.Power != 2 {
		t.Fatalf("%+v, %v", limit, err)
	}
	low, _ := limit.Pace.Low.Mid().Float64()
	high, _ := limit.Pace.High.Mid().Float64()
	level, _ := limit.Pace.Level.Mid().Float64()
	inverse := func(z float64) float64 { // dt/dz: h = 6, 0, −6 and ξ = 6·((1−w)(D − 2)/6) up to a constant, c = 6/9
		w := math.Exp(z) / (math.Exp(z) + 1)
		up, down := math.Exp(-(1 - w)), math.Exp(1-w)
		return 9.0 / 6 * 36 * (math.Exp(z) + 1) * (math.Exp(z) + 1) / math.Exp(z) / (6 * (down - up) / (up + 1 + down))
	}
	for _, z := range []float64{0.5, 2, 5, 9} {
		const parts = 20_000
		sum := 0.0
		for i := range parts {
			h := z / parts
			x := h * float64(i)
			sum += h / 6 * (inverse(x) + 4*inverse(x+h/2) + inverse(x+h))
		}
		if lo, hi := math.Log1p(low*sum)/2, math.Log1p(high*sum)/2; lo > z || z > hi {
			t.Errorf("z = %v at %v, not within %v and %v", z, sum, lo, hi)
		}
		if z == 9 {
			if d := z - math.Log(sum)/2 - level; math.Abs(d) > 1e-3 {
				t.Errorf("z − ½ log t is %v from its level", d)
			}
			if math.Log1p(high*sum*0.9)/2 >= z {
				t.Error("a tenth less than b_hi bounds z, too")
			}
		}
	}
}

// z(t) in float64 is that of the flowpipe, and at last the limit where that is finite.
func TestAttentionPathFollowsTheFlow(t *testing.T) {
	rng := rand.New(rand.NewPCG(71, 1))
	followed, rests := 0, 0
	for i := range 120 {
		in := randomPathInstance(t, rng)
		s, err := in.Step(1 + i%2)
		if err != nil {
			t.Fatal(err)
		}
		a := theory.AttentionOf(s)
		if !a.Moves() {
			continue
		}
		loss := []theory.Loss{theory.Coconut, theory.CoconutBFS}[i%4/2]
		alpha, gain := big.NewRat(1+int64(i%5), 1), big.NewRat(int64(1+4*(i%3)), 2)
		check := func(time int64, want *ball.Ball) {
			got, err := AttentionPath(t.Context(), a, loss, alpha, gain, float64(time))
			if z, _ := want.Mid().Float64(); err != nil || math.Abs(got-z) > 2e-8*(1+math.Abs(z)) {
				t.Errorf("%d, %v, t = %d: %v, want %v (%v)", i, loss, time, got, z, err)
			}
		}
		for _, time := range []int64{4, 256} {
			want, err := AttentionFlow(t.Context(), a, loss, alpha, gain, big.NewRat(time, 1), 12)
			if err != nil {
				t.Fatal(err)
			}
			check(time, want)
			followed++
		}
		limit, err := DecideAttention(t.Context(), a, loss, alpha, gain)
		if err != nil {
			t.Fatal(err)
		}
		if limit.Logit != nil && limit.Pace != nil {
			check(1<<40, limit.Logit)
			rests++
		}
	}
	if t.Logf("%d times, %d limits", followed, rests); followed < 100 || rests < 5 {
		t.Errorf("%d times, %d limits", followed, rests)
	}
}
