package main

import (
	"fmt"
	"io"
	"math/big"
	"strconv"
	"strings"

	"muflow/prove"
	"muflow/theory"

	"github.com/spf13/cobra"
)

func newPredict() *cobra.Command {
	c := &cobra.Command{
		Use:   "predict --lambda WEIGHTS --target I",
		Short: "Find the limit of μ_R/μ_A in the prediction stage",
		Long: `In the prediction stage the carry-over logit μ_A and the candidate lift μ_R diverge, and their ratio tends
to that of the direction with the largest margin. Find it exactly, by a quadratic programme in rational
numbers, for one thought with the given weights on the reached vertices (of any norm; the other candidate
is not among them), and compare with the closed form m + Δ, the largest weight of another vertex.`,
		Example: "  verify predict --lambda .5,.4,.3,.6,.2 --target 2\n  verify predict --lambda 1/3,1/7 --target 0 --digits 50 --json",
		Args:    cobra.NoArgs,
	}
	lambda := c.Flags().String("lambda", "", "weights on N_C, separated by commas (required)")
	target := c.Flags().String("target", "", "which of them is the target's, counted from 0 (required)")
	digits := addDigits(c, 30)
	asJSON := addJSON(c)
	c.RunE = func(c *cobra.Command, _ []string) error {
		if err := checkDigits(*digits); err != nil {
			return err
		}
		if *lambda == "" || *target == "" {
			return usagef("--lambda and --target are required")
		}
		weights, err := parseWeights("--lambda", *lambda)
		if err != nil {
			return err
		}
		index, err := strconv.Atoi(*target)
		if err != nil {
			return usagef("--target %q, expected 0 to %d", *target, len(weights)-1)
		}
		prediction, err := theory.NewPrediction(weights, index, 0)
		if err != nil {
			return usage(err)
		}
		result, err := prove.PredictionLimit(prediction)
		if err != nil {
			return undecided(err)
		}
		document := struct {
			Schema    string       `json:"schema"`
			Ratio     prove.Number `json:"ratio"`
			Exact     string       `json:"exact"`       // the ratio as a fraction
			Direction []string     `json:"direction"`   // (μ_A, μ_R) with margin 1
			Closed    bool         `json:"closed_form"` // m + Δ holds: 1 + Δ(m+Δ) ≥ 0
			Support   []string     `json:"support"`     // contrasts with margin 1
		}{Schema: "muflow/predict/1", Ratio: prove.Exact(result.Ratio, *digits), Exact: result.Ratio.RatString(), Closed: result.Closed}
		for _, x := range result.Margin.Direction {
			document.Direction = append(document.Direction, x.RatString())
		}
		contrasts := prediction.Contrasts()
		for _, v := range result.Margin.Support {
			document.Support = append(document.Support, fmt.Sprintf("(%s, %s)", contrasts[v][0].RatString(), contrasts[v][1].RatString()))
		}
		return print(c, *asJSON, document, func(w io.Writer) {
			printNumber(w, "μ_R/μ_A", document.Ratio)
			fmt.Fprintf(w, "exact    %s\n", document.Exact)
			fmt.Fprintf(w, "direction of margin 1  (μ_A, μ_R) = (%s), support vectors %s\n", strings.Join(document.Direction, ", "), strings.Join(document.Support, " "))
			if !document.Closed {
				fmt.Fprintln(w, "the closed form m + Δ does not hold: 1 + Δ(m+Δ) < 0, which unit norm excludes")
			}
		})
	}
	return c
}

// parseWeights reads numbers ≥ 0 separated by commas, exactly.
func parseWeights(flag, text string) ([]*big.Rat, error) {
	const most = 100_000
	parts := strings.Split(text, ",")
	if len(parts) > most {
		return nil, usagef("%s with %d numbers, expected at most %d", flag, len(parts), most)
	}
	weights := make([]*big.Rat, len(parts))
	for i, part := range parts {
		part = strings.TrimSpace(part)
		q, ok := parseNonNegative(part)
		if !ok {
			if len(part) > 40 {
				part = part[:40] + "…"
			}
			return nil, usagef("%s, number %d: %q, expected a number ≥ 0 such as 0.5 or 2/3", flag, i, part)
		}
		weights[i] = q
	}
	return weights, nil
}
