package prove

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"slices"

	"muflow/ode"
	"muflow/theory"
)

// prediction lists the assumptions under which the prediction stage is fixed
// thoughts and two logits.
var prediction = []string{"A1", "A2", "A7", "A13", "A14", "A15", "A16", "A17"}

// direction is Theorem 3 on one instance, for uniform weights and for the walk
// weights of equal logits. arXiv 2509.23365; theory.md section 5.
var direction = &Claim{
	ID: "T3-direction", Theorem: "Theorem 3",
	Statement:   "If the target is in N_C and the other candidate is not, then μ_R/μ_A tends to the largest weight of another vertex than the target.",
	LaTeX:       `c^* \in \mathcal{N}_C,\ c_- \notin \mathcal{N}_C \;\Longrightarrow\; \lim_{t\to\infty} \frac{\mu_R(t)}{\mu_A(t)} = m + \Delta = \max_{v \ne c^*} \lambda_v`,
	Assumptions: prediction,
	Formal:      []string{"T3_direction"},
	Proof:       "the largest margin by an exact quadratic programme, and 0 ≤ μ_R − ρμ_A ≤ B for all t while μ_A → ∞: the error is O(1/log t)",
	Command:     "verify theorem 3",
	Number:      3, Unit: OnThoughts, Premise: enoughThoughts, Certificate: directionForm,
	Decide: func(_ context.Context, e *Subject) (Result, error) {
		out := Result{Verdict: theory.Proved, Values: map[string]Number{}}
		var ratios [len(walks)]theory.SurdSum
		for kind, prefix := range walks {
			s, err := e.stage(kind)
			if err != nil {
				return out, err
			}
			ratios[kind] = s.limit.Ratio
			out.Values[prefix+"ratio"] = Surds(s.limit.Ratio, e.Digits)
			out.Values[prefix+"offset_bound"] = Enclose(s.bounds.High, 5)
		}
		out.Reason = fmt.Sprintf("largest margin by an exact quadratic programme, support vectors (λ*, 0) and (λ*−M, 1): ρ = M = %v uniform, %v walk (μ = %s); 0 ≤ μ_R − ρμ_A ≤ offset_bound for all t, and μ_A → ∞",
			ratios[0], ratios[1], e.Logit.RatString())
		return out, nil
	},
	Inequality: &Inequality{Text: "μ_R − ρμ_A ≤ B", Constant: "B (as small as possible)", Samples: offsetSamples},
}

// answer is T3-answer: theory.md section 5.
var answer = &Claim{
	ID: "T3-answer", Theorem: "Theorem 3",
	Statement:   "The same premise: from some time on the target has the largest logit.",
	LaTeX:       `c^* \in \mathcal{N}_C,\ c_- \notin \mathcal{N}_C \;\Longrightarrow\; \exists T\ \forall t \ge T:\ \xi_{c^*}(t) > \max_{v \ne c^*} \xi_v(t)`,
	Assumptions: prediction,
	Formal:      []string{"T3_answer"},
	Proof:       "the loss is convex and never rises, and a comparison direction brings it below log 2 by an explicit time T",
	Command:     "verify theorem 3",
	Number:      3, Unit: OnThoughts, Premise: enoughThoughts, Certificate: answerForm,
	Decide: func(_ context.Context, e *Subject) (Result, error) {
		out := Result{Verdict: theory.Proved, Values: map[string]Number{},
			Reason: "ℓ(t) ≤ ℓ(gŵ) + g²‖ŵ‖²/(2t) < log 2 from the time given on, so every margin is positive; the loss never rises"}
		for kind, prefix := range walks {
			s, err := e.stage(kind)
			if err != nil {
				return out, err
			}
			out.Values[prefix+"time"] = Enclose(s.bounds.Lead, 5)
		}
		return out, nil
	},
}

// enoughThoughts is the premise of Theorem 3.
func enoughThoughts(_ context.Context, e *Subject) (string, error) {
	for kind := range walks {
		if _, err := e.stage(kind); isPremise(err) {
			return err.Error(), nil
		} else if err != nil {
			return "", err
		}
	}
	return "", nil
}

// answerPrecision is that of the bounds, which are far wider; in bits.
const answerPrecision = 96

// walkLogits returns equal logits for so many thoughts; nil stands for uniform
// weights, as in theory.PredictionOf.
func walkLogits(thoughts int, logit *big.Rat) []*big.Rat {
	if logit == nil {
		return nil
	}
	return slices.Repeat([]*big.Rat{logit}, thoughts)
}

func isPremise(err error) bool {
	return errors.Is(err, theory.ErrTargetAbsent) || errors.Is(err, theory.ErrTargetAlone) || errors.Is(err, theory.ErrOtherPresent)
}

// offsetSamples compares the bound of μ_R − ρμ_A with its flow, for the walk
// weights.
func offsetSamples(ctx context.Context, e *Subject) ([]Sample, error) {
	s, err := e.stage(1)
	if err != nil {
		return nil, err
	}
	group := []*theory.Prediction{s.prediction}
	bounds, err := BoundAnswer(group, s.limit, tightnessPrecision)
	if err != nil {
		return nil, err
	}
	times := []*big.Rat{big.NewRat(1, 1), big.NewRat(8, 1)}
	flow, err := EncloseAnswerFlow(ctx, group, times, 8)
	var stop *ode.StopError
	if errors.As(err, &stop) && stop.Status != ode.Cancelled {
		return []Sample{{}}, nil
	}
	if err != nil {
		return nil, err
	}
	var out []Sample
	for i, s := range flow.States {
		offset, err := s.Offset.Ball(tightnessPrecision)
		if err != nil {
			return nil, err
		}
		share := quotient(offset, bounds.High)
		out = append(out, Sample{"exp(" + times[i].RatString() + ") − 1", share, share})
	}
	return out, nil
}
