package proptest

import (
	"fmt"
	"math"
	"math/big"
	"slices"
	"testing"

	"muflow/graph"
	"muflow/internal/reduced"
	"muflow/internal/sym"
	"muflow/theory"
)

// rational returns the exact rational form of a profile's flow.
func rational(p *theory.Profile, loss theory.Loss, alpha *big.Rat) (*theory.RationalFlow, error) {
	f, err := p.Family(loss, alpha)
	if err != nil {
		return nil, err
	}
	return f.Rational()
}

// Renaming the vertices and reordering the edges change neither profile nor
// flow, in either form.
func TestRelabellingChangesNothing(t *testing.T) {
	compared := 0
	one := big.NewRat(1, 1)
	suite := newSuite(t, 150)
	suite.forAll("relabelled", func(l labelledStep) error {
		moved, err := l.Instance.Relabel(l.Label)
		if err != nil {
			return err
		}
		edges := slices.Clone(moved.Graph.Edges())
		slices.Reverse(edges)
		if moved.Graph, err = graph.New(moved.Graph.Order(), edges); err != nil {
			return err
		}
		again, err := moved.Step(l.C)
		if err != nil {
			return err
		}
		for _, full := range []bool{false, true} {
			before, err := families(l.Step, full, one)
			if err != nil {
				return err
			}
			after, err := families(again, full, one)
			if err != nil {
				return err
			}
			if before.Key() != after.Key() {
				return fmt.Errorf("full %v: %s became %s", full, before.Key(), after.Key())
			}
			compared++
		}
		return nil
	}, labelledSteps(smallShape))
	suite.run()
	if compared < 2*suite.checks {
		t.Errorf("%d comparisons", compared)
	}
}

// An isolated vertex adds 1 to n and to the class (0,0), and leaves K, d* and
// all other classes alone. So, with W_0 → W_0 + 1,
//
//	Q → Q + 1,  R → R + d*,  κ → κ·n/(n+1),
//	Q_in and P → the same,  n_out → n_out + 1
//
// and nothing else changes. F falls to F·Q/(Q+1) where it is positive, so the
// equilibrium of Theorem 1(b) rises, and the limit under Coconut stays of its
// kind unless d_min was positive.
func TestIsolatedVertexChangesWhatItShould(t *testing.T) {
	compared, risen := 0, 0
	one := big.NewRat(1, 1)
	suite := newSuite(t, 400)
	suite.forAll("isolated vertex", func(s graph.Step) error {
		g, err := graph.New(s.Instance.Graph.Order()+1, s.Instance.Graph.Edges())
		if err != nil {
			return err
		}
		in := *s.Instance
		in.Graph = g
		larger, err := in.Step(s.C)
		if err != nil {
			return err
		}
		before, after := theory.ProfileOf(s), theory.ProfileOf(larger)
		if after.N != before.N+1 || after.Outside() != before.Outside()+1 || after.K != before.K || after.TargetDegree != before.TargetDegree || after.MaxDegree() != before.MaxDegree() {
			return fmt.Errorf("profile %s became %s", before.Key(), after.Key())
		}
		for _, loss := range []theory.Loss{theory.Coconut, theory.CoconutBFS} {
			x, err := rational(before, loss, one)
			if err != nil {
				return err
			}
			y, err := rational(after, loss, one)
			if err != nil {
				return err
			}
			scaledKappa := new(big.Rat).Mul(x.Kappa, big.NewRat(int64(before.N), int64(before.N+1)))
			if y.Kappa.Cmp(scaledKappa) != 0 {
				return fmt.Errorf("κ %v became %v", x.Kappa, y.Kappa)
			}
			if loss == theory.Coconut {
				constant := func(n int) sym.Poly { return sym.NewPoly(sym.NewScalar(int64(n))) }
				if !y.Denominator.Sub(x.Denominator).Equal(constant(1)) || !y.Numerator.Sub(x.Numerator).Equal(constant(before.TargetDegree.Num)) {
					return fmt.Errorf("R/Q = (%v)/(%v) became (%v)/(%v)", x.Numerator, x.Denominator, y.Numerator, y.Denominator)
				}
			} else {
				// n_out P/(Q_in Q) → (n_out+1) P/(Q_in (Q+1)): cross-multiplied, where
				// the forms of Rational may differ by a common factor.
				q := func(p *theory.Profile) (*theory.Polynomials, error) {
					f, err := p.Family(loss, one)
					if err != nil {
						return nil, err
					}
					return f.Polynomials()
				}
				was, err := q(before)
				if err != nil {
					return err
				}
				is, err := q(after)
				if err != nil {
					return err
				}
				count := func(n int) sym.Scalar { return sym.NewScalar(int64(n)) }
				left := y.Numerator.Mul(x.Denominator).Mul(is.Q).Scale(count(before.Outside()))
				right := x.Numerator.Mul(y.Denominator).Mul(was.Q).Scale(count(after.Outside()))
				if !left.Equal(right) || !is.QTarget.Equal(was.QTarget) || !is.P.Equal(was.P) {
					return fmt.Errorf("(%v)/(%v) became (%v)/(%v)", x.Numerator, x.Denominator, y.Numerator, y.Denominator)
				}
			}
			compared++
		}
		if before.Certify(theory.Coconut).Limit() != after.Certify(theory.Coconut).Limit() {
			return fmt.Errorf("limit %v became %v", before.Certify(theory.Coconut).Limit(), after.Certify(theory.Coconut).Limit())
		}
		if before.Certify(theory.Coconut).Limit() == theory.FiniteLimit {
			if low, high := equilibrium(t, s), equilibrium(t, larger); !(high > low) {
				return fmt.Errorf("μ* = %g became %g", low, high)
			}
			risen++
		}
		return nil
	}, steps(smallShape))
	suite.run()
	if compared < 2*suite.checks || risen < suite.checks*24/400 {
		t.Errorf("%d comparisons, %d equilibria", compared, risen)
	}
}

// F is non-decreasing in μ, with derivative αs·Var(d), and runs from d_min to
// d_max; so the drift crosses 0 at most once, downwards.
func TestMeanDegreeIsMonotone(t *testing.T) {
	compared := 0
	suite := newSuite(t, 300)
	suite.forAll("monotone", func(p *theory.Profile, below, above float64) error {
		family, err := p.Family(theory.Coconut, big.NewRat(1, 1))
		if err != nil {
			return err
		}
		field, err := reduced.NewField(family)
		if err != nil {
			return err
		}
		mean := func(mu float64) float64 { // F = d* − μ'·n√K/α
			return float64(p.TargetDegree.Num) - field.Drift([]float64{mu})[0]*float64(p.N)*math.Sqrt(float64(p.K))
		}
		for _, mu := range []float64{-below, 0, above} {
			// The oracle sums class by class, without the library's shift.
			s := 1 / math.Sqrt(float64(p.K))
			z, first, second := 0.0, 0.0, 0.0
			for _, c := range p.Classes {
				d, a := float64(c.Degree), 0.0
				if c.InSet {
					a = 1
				}
				w := float64(c.Count) * math.Exp(s*(a+mu*d))
				z, first, second = z+w, first+w*d, second+w*d*d
			}
			f, variance := first/z, second/z-first*first/z/z
			if math.Abs(mean(mu)-f) > 1e-9*(1+f) {
				return fmt.Errorf("μ = %g: F = %g from the drift, %g by classes", mu, mean(mu), f)
			}
			const h = 1e-4
			if slope := (mean(mu+h) - mean(mu-h)) / (2 * h); slope < -1e-9 || math.Abs(slope-s*variance) > 1e-6*(1+s*variance) {
				return fmt.Errorf("μ = %g: slope %g, αs·Var(d) = %g", mu, slope, s*variance)
			}
			compared++
		}
		low, high := mean(-400*math.Sqrt(float64(p.K))), mean(400*math.Sqrt(float64(p.K)))
		if math.Abs(low-float64(p.MinDegree())) > 1e-9 || math.Abs(high-float64(p.MaxDegree())) > 1e-9*high {
			return fmt.Errorf("F runs from %g to %g, d_min = %d, d_max = %d", low, high, p.MinDegree(), p.MaxDegree())
		}
		return nil
	}, profiles(60, 8), logUniform(1e-2, 40), logUniform(1e-2, 40))
	suite.run()
	if compared < 3*suite.checks {
		t.Errorf("%d comparisons", compared)
	}
}

// Both bounds of Theorem 1(a) enclose the flow at random times, and neither is
// idle: each comes within a factor of the logit somewhere.
func TestBoundsOfDivergenceEncloseTheFlow(t *testing.T) {
	compared, nearestLow, nearestHigh := 0, math.Inf(1), math.Inf(1)
	applies := profiles(40, 5).SuchThat(func(p *theory.Profile) bool { return p.Outside() > 0 })
	suite := newSuite(t, 200)
	suite.forAll("between the bounds", func(profile *theory.Profile, horizon float64, gain *big.Rat) error {
		alpha, _ := gain.Float64()
		family, err := profile.Family(theory.CoconutBFS, gain)
		if err != nil {
			return err
		}
		field, err := reduced.NewField(family)
		if err != nil {
			return err
		}
		flow, err := flowAt(field, horizon)
		if err != nil {
			return err
		}
		// The constants as printed in theory.md section 3, from the classes.
		s := 1 / math.Sqrt(float64(profile.K))
		top, n, outside := float64(profile.MaxDegree()), float64(profile.N), float64(profile.Outside())
		z, weightIn, degreeIn, weightTop := 0.0, 0.0, 0.0, 0.0
		for _, c := range profile.Classes {
			w := float64(c.Count)
			if c.InSet {
				w *= math.Exp(alpha * s)
			}
			z += w
			if c.InSet || c.Degree > 0 {
				weightIn += w
				degreeIn += w * float64(c.Degree)
			}
			if float64(c.Degree) == top {
				weightTop += w
			}
		}
		low := alpha * alpha * s * s * top * outside * (degreeIn / weightIn) / (n * z)
		high := alpha * alpha * s * s * top * top * outside / (n * weightTop)
		below, above := math.Log1p(low*horizon)/(alpha*s*top), math.Log1p(high*horizon)/(alpha*s*top)
		if mu := flow[0]; !(below <= mu*(1+1e-9) && mu <= above*(1+1e-9)) {
			return fmt.Errorf("t = %g: %g ≤ %g ≤ %g fails", horizon, below, mu, above)
		}
		nearestLow, nearestHigh = min(nearestLow, flow[0]/below), min(nearestHigh, above/flow[0])
		compared++
		return nil
	}, applies, logUniform(1e-3, 1e3), gains(4))
	suite.run()
	if compared < suite.checks || nearestLow > 1.05 || nearestHigh > 1.5 {
		t.Errorf("%d comparisons, μ at least %.3f times the lower bound, the upper at least %.3f times μ", compared, nearestLow, nearestHigh)
	}
}

// The flow tends to where the sign certificate says, from 0: monotonically,
// never past the equilibrium, and not slower than the stated rate.
func TestFlowTendsToItsCertifiedLimit(t *testing.T) {
	kinds := map[theory.Limit]int{}
	suite := newSuite(t, 150)
	suite.forAll("limit", func(p *theory.Profile) error {
		family, err := p.Family(theory.Coconut, big.NewRat(1, 1))
		if err != nil {
			return err
		}
		field, err := reduced.NewField(family)
		if err != nil {
			return err
		}
		limit := p.Certify(theory.Coconut).Limit()
		kinds[limit]++
		unit := float64(p.N * p.K)
		path := []float64{0}
		for _, horizon := range []float64{unit / 4, unit, 4 * unit, 16 * unit} {
			theta, err := flowAt(field, horizon)
			if err != nil {
				return err
			}
			path = append(path, theta[0])
		}
		sign := 0.0
		switch limit {
		case theory.PlusInfinity:
			sign = 1
		case theory.MinusInfinity:
			sign = -1
		case theory.FiniteLimit:
			goal := equilibriumOf(field)
			distance := math.Abs(goal)
			for _, mu := range path[1:] {
				if d := math.Abs(goal - mu); d > distance+1e-9 || (goal-mu)*goal < -1e-9*goal*goal-1e-12 {
					return fmt.Errorf("path %v does not approach μ* = %g monotonically", path, goal)
				}
				distance = math.Abs(goal - mu)
			}
			least := math.Inf(1) // of Var(d) between 0 and μ*, on a grid, less a margin
			for i := range 401 {
				const h = 1e-4
				mu := goal * float64(i) / 400
				least = min(least, (field.Drift([]float64{mu - h})[0]-field.Drift([]float64{mu + h})[0])/(2*h))
			}
			for i, horizon := range []float64{unit / 4, unit, 4 * unit, 16 * unit} {
				if bound := math.Abs(goal) * math.Exp(-0.99*least*horizon); math.Abs(goal-path[i+1]) > bound+1e-9 {
					return fmt.Errorf("t = %g: %g from μ*, the rate allows %g", horizon, goal-path[i+1], bound)
				}
			}
			return nil
		case theory.Stationary:
			if math.Abs(path[4]) > 1e-10 { // rounding of E_V[d], over a long time
				return fmt.Errorf("a stationary flow moved to %g", path[4])
			}
			return nil
		default:
			return fmt.Errorf("limit %v", limit)
		}
		for i := range path[1:] {
			if !(sign*path[i+1] > sign*path[i]) {
				return fmt.Errorf("path %v does not run to %v", path, limit)
			}
		}
		return nil
	}, profiles(30, 5))
	suite.run()
	for _, l := range []theory.Limit{theory.FiniteLimit, theory.PlusInfinity, theory.MinusInfinity, theory.Stationary} {
		if kinds[l] < suite.checks/30 {
			t.Errorf("%d flows with limit %v", kinds[l], l)
		}
	}
}
