package prove

import (
	"context"
	"fmt"
	"math/big"

	"muflow/graph"
	"muflow/theory"
)

// A Cohort is the instances of a list that Theorem 3 speaks of.
type Cohort struct {
	Instances   []int // their places in the list
	Thoughts    []int // of each
	Predictions []*theory.Prediction
}

// CohortOf collects the instances with at least so many thoughts on their
// demonstrated path to which Theorem 3 applies after as many; below 0 each
// instance after all thoughts of its path, as the prediction stage is trained.
// The weights are those of walks with the given logit, or uniform if it is nil.
func CohortOf(instances []graph.Instance, thoughts int, logit *big.Rat) (*Cohort, error) {
	c := &Cohort{}
	for i := range instances {
		own := thoughts
		if thoughts < 0 {
			own = instances[i].Steps()
		}
		if own > instances[i].Steps() {
			continue
		}
		p, err := theory.PredictionOf(&instances[i], own, walkLogits(own, logit))
		if isPremise(err) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("instance %d: %w", i, err)
		}
		c.Instances = append(c.Instances, i)
		c.Thoughts = append(c.Thoughts, own)
		c.Predictions = append(c.Predictions, p)
	}
	return c, nil
}

// sharedDirection is Theorem 3 for instances that share the two logits.
// theory.md section 5.
var sharedDirection = &Claim{
	ID: "T3-population", Theorem: "Theorem 3",
	Statement:   "For instances that share the two logits, the same premise on each: μ_R/μ_A tends to m + Δ, with m the least target weight and Δ the largest excess of another vertex over the target.",
	LaTeX:       `\lim_{t\to\infty} \frac{\mu_R(t)}{\mu_A(t)} = m + \Delta,\quad m = \min_i \lambda^*_i,\ \Delta = \max_i \max_{v \ne c^*} (\lambda_{i,v} - \lambda^*_i)`,
	Assumptions: prediction,
	Proof:       "m, Δ and the conditions of Karush, Kuhn and Tucker by exact comparison of surds; |μ_R − ρμ_A| stays below an explicit bound while μ_A → ∞",
	Command:     "verify theorem 3",
	Number:      3, Unit: OnPopulation, Certificate: sharedDirectionForm,
	Premise: func(_ context.Context, e *Subject) (string, error) {
		for kind := range walks {
			cohort, err := e.cohort(kind)
			if err != nil {
				return "", err
			}
			if len(cohort.Predictions) == 0 {
				return "A17 fails on every instance: the target is not within so many hops of the root, or the thought holds nothing else", nil
			}
		}
		return "", nil
	},
	Decide: func(_ context.Context, e *Subject) (Result, error) {
		out := Result{Verdict: theory.Proved, Values: map[string]Number{}}
		for kind, prefix := range walks {
			cohort, err := e.cohort(kind)
			if err != nil {
				return out, err
			}
			limit, err := theory.AnswerLimitOf(cohort.Predictions)
			if err != nil {
				return out, err
			}
			bounds, err := BoundAnswer(cohort.Predictions, limit, answerPrecision)
			if err != nil {
				return out, err
			}
			out.Values[prefix+"ratio"] = Surds(limit.Ratio, e.Digits)
			out.Values[prefix+"least"] = Surds(theory.SurdSum{limit.Least}, e.Digits)
			out.Values[prefix+"excess"] = Surds(theory.SurdSum{limit.Excess}, e.Digits)
			out.Values[prefix+"offset_low"] = Enclose(bounds.Low, 5)
			out.Values[prefix+"offset_high"] = Enclose(bounds.High, 5)
			out.Values[prefix+"time"] = Enclose(bounds.Lead, 5)
			name := "uniform"
			if kind == 1 {
				name = "walk (μ = " + e.Logit.RatString() + ")"
				out.Reason += "; "
			} else {
				out.Reason = Counted(len(cohort.Instances), "instance") + "; by exact comparison of surds, "
			}
			pairs := 0
			for _, p := range limit.AtMost {
				pairs += p.Count
			}
			out.Reason += fmt.Sprintf("%s: m + Δ = %v, support vectors from %s that attain m and %s that attain Δ, first instances %d and %d",
				name, limit.Ratio, Counted(len(limit.AtLeast), "instance"), Counted(pairs, "pair"), cohort.Instances[limit.AtLeast[0]], cohort.Instances[limit.AtMost[0].Instance])
		}
		return out, nil
	},
}
