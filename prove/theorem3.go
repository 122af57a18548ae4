package prove

import (
	"errors"
	"fmt"
	"math/big"

	"muflow/graph"
	"muflow/theory"
)

// answerPrecision is that of the bounds, which are far wider; in bits.
const answerPrecision = 96

// walkLogits returns equal logits for so many thoughts; nil stands for uniform
// weights, as in theory.PredictionOf.
func walkLogits(thoughts int, logit *big.Rat) []*big.Rat {
	if logit == nil {
		return nil
	}
	out := make([]*big.Rat, thoughts)
	for i := range out {
		out[i] = logit
	}
	return out
}

var kindNames = [2]string{"", "walk_"} // prefix of the values

// Theorem3 decides T3-direction and T3-answer on one instance after so many
// thoughts, for uniform weights and for the walk weights of equal logits.
// arXiv 2509.23365, Theorem 3; theory.md section 5.
func Theorem3(in *graph.Instance, thoughts int, logit *big.Rat, digits int) ([]Result, error) {
	direction := Result{Claim: "T3-direction", Verdict: theory.Proved, Values: map[string]Number{}}
	answer := Result{Claim: "T3-answer", Verdict: theory.Proved, Values: map[string]Number{}}
	for kind, mu := range []*big.Rat{nil, logit} {
		p, err := theory.PredictionOf(in, thoughts, walkLogits(thoughts, mu))
		if isPremise(err) {
			return excused(err.Error(), "T3-direction", "T3-answer"), nil
		}
		if err != nil {
			return nil, err
		}
		limit, err := theory.AnswerLimitOf([]*theory.Prediction{p})
		if err != nil {
			return nil, err
		}
		if err := checkProgramme(p, limit); err != nil {
			return nil, err
		}
		bounds, err := BoundAnswer([]*theory.Prediction{p}, limit, answerPrecision)
		if err != nil {
			return nil, err
		}
		direction.Values[kindNames[kind]+"ratio"] = Surds(limit.Ratio, digits)
		direction.Values[kindNames[kind]+"offset_bound"] = Enclose(bounds.High, 5)
		answer.Values[kindNames[kind]+"time"] = Enclose(bounds.Lead, 5)
		if kind == 0 {
			direction.Reason = fmt.Sprintf("largest margin by an exact quadratic programme, support vectors (λ*, 0) and (λ*−M, 1): ρ = M = %v uniform", limit.Ratio)
			continue
		}
		direction.Reason += fmt.Sprintf(", %v walk (μ = %s); 0 ≤ μ_R − ρμ_A ≤ offset_bound for all t, and μ_A → ∞", limit.Ratio, logit.RatString())
	}
	answer.Reason = "ℓ(t) ≤ ℓ(gŵ) + g²‖ŵ‖²/(2t) < log 2 from the time given on, so every margin is positive; the loss never rises"
	return []Result{direction, answer}, nil
}

func isPremise(err error) bool {
	return errors.Is(err, theory.ErrTargetAbsent) || errors.Is(err, theory.ErrTargetAlone) || errors.Is(err, theory.ErrOtherPresent)
}

// checkProgramme solves the quadratic programme of one thought exactly, in the
// plane where it is rational, and compares with the closed form.
func checkProgramme(p *theory.Prediction, limit *theory.AnswerLimit) error {
	margin, err := theory.MaxMargin(p.Contrasts(), p.Rates())
	if err != nil {
		return err
	}
	// μ_R/μ_A = (μ_R/(μ_A/√Square))/√Square
	ratio := theory.NewSurd(new(big.Rat).Quo(margin.Direction[1], margin.Direction[0]), p.Square)
	if limit.Ratio.Cmp(theory.SurdSum{ratio}) != 0 {
		return fmt.Errorf("the quadratic programme gives %v, the closed form %v", ratio, limit.Ratio)
	}
	return nil
}

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

// Theorem3Population decides T3-population after so many thoughts.
// theory.md section 5.
func Theorem3Population(instances []graph.Instance, thoughts int, logit *big.Rat, digits int) (Result, error) {
	out := Result{Claim: "T3-population", Where: Where{AllInstances, thoughts}, Verdict: theory.Proved, Values: map[string]Number{}}
	for kind, mu := range []*big.Rat{nil, logit} {
		cohort, err := CohortOf(instances, thoughts, mu)
		if err != nil {
			return out, err
		}
		if len(cohort.Predictions) == 0 {
			out.Verdict, out.Values = theory.NotApplicable, nil
			out.Reason = "A17 fails on every instance: the target is not within so many hops of the root, or the thought holds nothing else"
			return out, nil
		}
		limit, err := theory.AnswerLimitOf(cohort.Predictions)
		if err != nil {
			return out, err
		}
		bounds, err := BoundAnswer(cohort.Predictions, limit, answerPrecision)
		if err != nil {
			return out, err
		}
		prefix := kindNames[kind]
		out.Values[prefix+"ratio"] = Surds(limit.Ratio, digits)
		out.Values[prefix+"least"] = Surds(theory.SurdSum{limit.Least}, digits)
		out.Values[prefix+"excess"] = Surds(theory.SurdSum{limit.Excess}, digits)
		out.Values[prefix+"offset_low"] = Enclose(bounds.Low, 5)
		out.Values[prefix+"offset_high"] = Enclose(bounds.High, 5)
		out.Values[prefix+"time"] = Enclose(bounds.Lead, 5)
		name := "uniform"
		if kind == 1 {
			name = "walk (μ = " + logit.RatString() + ")"
			out.Reason += "; "
		} else {
			out.Reason = fmt.Sprintf("%d instances; by exact comparison of surds, ", len(cohort.Instances))
		}
		pairs := 0
		for _, p := range limit.AtMost {
			pairs += p.Count
		}
		out.Reason += fmt.Sprintf("%s: m + Δ = %v, support vectors from %d instances that attain m and %d pairs that attain Δ, first instances %d and %d",
			name, limit.Ratio, len(limit.AtLeast), pairs, cohort.Instances[limit.AtLeast[0]], cohort.Instances[limit.AtMost[0].Instance])
	}
	return out, nil
}
