package proptest

import (
	"errors"
	"fmt"
	"math"
	"math/big"
	"slices"
	"testing"

	"muflow/graph"
	"muflow/internal/reduced"
	"muflow/prove"
	"muflow/theory"
)

// between reports whether lo ≤ x ≤ hi, with a relative slack for x.
func between(x float64, number prove.Number, slack float64) error {
	lo, okLo := new(big.Rat).SetString(number.Lo)
	hi, okHi := new(big.Rat).SetString(number.Hi)
	if !okLo || !okHi || lo.Cmp(hi) > 0 {
		return fmt.Errorf("%q to %q is no interval", number.Lo, number.Hi)
	}
	low, _ := lo.Float64()
	high, _ := hi.Float64()
	if margin := slack * (1 + math.Abs(x)); !(low-margin <= x && x <= high+margin) {
		return fmt.Errorf("%g is not between %s and %s", x, number.Lo, number.Hi)
	}
	return nil
}

// inside reports whether one interval lies in another, exactly.
func inside(inner, outer prove.Number) bool {
	var ends [4]*big.Rat
	for i, text := range []string{outer.Lo, inner.Lo, inner.Hi, outer.Hi} {
		x, ok := new(big.Rat).SetString(text)
		if !ok {
			return false
		}
		ends[i] = x
	}
	return ends[0].Cmp(ends[1]) <= 0 && ends[1].Cmp(ends[2]) <= 0 && ends[2].Cmp(ends[3]) <= 0
}

// byClaim indexes results by the id of the claim.
func byClaim(results []prove.Result) map[string]prove.Result {
	out := map[string]prove.Result{}
	for _, r := range results {
		out[r.Claim] = r
	}
	return out
}

// Every claim of Theorem 1 is proved or not applicable on every profile, by
// the premises as stated; what is proved does not depend on the gain or on the
// digits; and the constants enclose what float64 finds by another way.
func TestVerdictsAreStable(t *testing.T) {
	const digits = 12
	proved := map[string]int{}
	ctx, suite := t.Context(), newSuite(t, 200)
	suite.forAll("Theorem 1", func(p *theory.Profile, alpha *big.Rat) error {
		results, err := prove.Theorem1(ctx, p, alpha, digits)
		if err != nil {
			return err
		}
		claims := byClaim(results)
		bounded := p.MinDegree() < p.TargetDegree.Num && p.TargetDegree.Num < p.MaxDegree()
		diverges := p.Outside() > 0 && p.MaxDegree() > 0
		leaves := !bounded && p.MinDegree() < p.MaxDegree()
		start, err := prove.StartSign(p, alpha)
		if err != nil {
			return err
		}
		for id, applies := range map[string]bool{
			"T1a": diverges, "T1a-lower": diverges, "T1a-upper": diverges,
			"T1b": bounded, "T1b-rate": bounded, "T1b-positive": bounded && start > 0, "T1b-ceiling": bounded && start >= 0,
			"T1a-still": !diverges, "T1b-negative": bounded && start < 0, "T1b-still": p.Start().IsZero(),
			"T1a-steps": diverges, "T1b-steps": bounded, "T1b-steps-unstable": bounded, "T1b-diverges-steps": leaves, "T1b-diverges": leaves, "T1b-diverges-lower": leaves, "T1b-diverges-upper": leaves,
		} {
			want := theory.NotApplicable
			if applies {
				want = theory.Proved
				proved[id]++
			}
			if r, ok := claims[id]; !ok || r.Verdict != want {
				return fmt.Errorf("%s: %v (%s), expected %v", id, r.Verdict, r.Reason, want)
			}
		}
		finer, err := prove.Theorem1(ctx, p, alpha, 2*digits)
		if err != nil {
			return err
		}
		for i, r := range finer {
			if r.Claim != results[i].Claim || r.Verdict != results[i].Verdict {
				return fmt.Errorf("%s: %v with more digits", r.Claim, r.Verdict)
			}
			for name, value := range r.Values {
				if coarse := results[i].Values[name]; name != "variance" && !inside(value, coarse) {
					return fmt.Errorf("%s, %s: [%s, %s] with more digits, [%s, %s] before", r.Claim, name, value.Lo, value.Hi, coarse.Lo, coarse.Hi)
				}
			}
		}
		if !bounded {
			return nil
		}
		family, err := p.Family(theory.Coconut, alpha)
		if err != nil {
			return err
		}
		field, err := reduced.NewField(family)
		if err != nil {
			return err
		}
		mu := equilibriumOf(field)
		const h = 1e-5
		rate := (field.Drift([]float64{mu - h})[0] - field.Drift([]float64{mu + h})[0]) / (2 * h)
		if err := errors.Join(between(mu, claims["T1b"].Values["mu"], 1e-9), between(rate, claims["T1b-rate"].Values["rate"], 1e-7)); err != nil {
			return err
		}
		if ceiling, ok := claims["T1b-ceiling"].Values["ceiling"]; ok {
			least, valid := new(big.Rat).SetString(ceiling.Hi)
			if value, _ := least.Float64(); !valid || mu > value+1e-9*(1+mu) {
				return fmt.Errorf("μ* = %g above the ceiling %s", mu, ceiling.Hi)
			}
		}
		if sign := math.Copysign(1, mu) * float64(start); math.Abs(mu) > 1e-9 && sign <= 0 {
			return fmt.Errorf("μ* = %g, d* − F(0) has sign %d", mu, start)
		}
		return nil
	}, profiles(40, 5), gains(5))
	suite.run()
	for _, id := range []string{"T1a", "T1a-lower", "T1a-upper", "T1b", "T1b-rate", "T1b-positive", "T1b-negative", "T1b-ceiling", "T1b-diverges", "T1b-diverges-lower", "T1b-diverges-upper"} {
		if proved[id] < max(suite.checks/60, 1) {
			t.Errorf("%s was proved on %d profiles only", id, proved[id])
		}
	}
}

// The verdicts on instances do not depend on names, on the order of edges or
// instances, or on the number of jobs; a population that repeats every
// instance has the same limit; and one instance alone is its own population.
func TestPopulationsAreStable(t *testing.T) {
	one := big.NewRat(1, 1)
	compared, finite := 0, 0
	ctx, suite := t.Context(), newSuite(t, 25)
	suite.forAll("population", func(first labelledStep, second, third graph.Step) error {
		const digits = 15
		instances := []graph.Instance{*first.Instance, *second.Instance, *third.Instance}
		moved, err := first.Instance.Relabel(first.Label)
		if err != nil {
			return err
		}
		shuffled := []graph.Instance{*third.Instance, *moved, *second.Instance}
		doubled := slices.Concat(instances, shuffled)
		for _, full := range []bool{false, true} {
			reference, failure := prove.PopulationOf(ctx, instances, 0, full, one, digits)
			for _, others := range [][]graph.Instance{shuffled, doubled} {
				again, err := prove.PopulationOf(ctx, others, 0, full, one, digits)
				if (err == nil) != (failure == nil) {
					return fmt.Errorf("full %v: %v, then %v", full, failure, err)
				}
				if err != nil {
					continue
				}
				if again.Limit != reference.Limit || len(again.Theta) != len(reference.Theta) {
					return fmt.Errorf("full %v: %v became %v", full, reference.Limit, again.Limit)
				}
				for i := range again.Theta {
					if !again.Theta[i].Overlaps(reference.Theta[i]) {
						return fmt.Errorf("full %v: unknown %d has two values", full, i)
					}
				}
				compared++
			}
		}
		alone, err := prove.PopulationOf(ctx, instances[:1], first.C, false, one, digits)
		if err != nil {
			return err
		}
		single, err := prove.EquilibriumOf(ctx, theory.ProfileOf(first.Step), one, digits)
		if err != nil {
			return err
		}
		if alone.Limit != single.Limit || (len(alone.Theta) == 1) != (single.Mu != nil) {
			return fmt.Errorf("alone %v, as a profile %v", alone.Limit, single.Limit)
		}
		if single.Mu != nil {
			if finite++; !alone.Theta[0].Overlaps(single.Mu) {
				return errors.New("two equilibria of one instance")
			}
		}
		before, err := prove.Theorem1Dataset(ctx, instances, -1, one, digits, 1, nil)
		if err != nil {
			return err
		}
		after, err := prove.Theorem1Dataset(ctx, []graph.Instance{*moved, instances[1], instances[2]}, -1, one, digits, 3, nil)
		if err != nil {
			return err
		}
		if shown(before) != shown(after) {
			return errors.New("relabelling or the number of jobs changed a verdict or a value")
		}
		return nil
	}, labelledSteps(smallShape), steps(smallShape), steps(smallShape))
	suite.run()
	if compared < suite.checks || !testing.Short() && finite == 0 {
		t.Errorf("%d comparisons, %d finite limits of one instance", compared, finite)
	}
}
