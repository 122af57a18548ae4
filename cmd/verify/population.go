package main

import (
	"fmt"
	"io"

	"muflow/prove"
	"muflow/theory"

	"github.com/spf13/cobra"
)

func newPopulation() *cobra.Command {
	c := &cobra.Command{
		Use:   "population --step c",
		Short: "Enclose the equilibrium that a whole data set shares at one step under the Coconut loss",
		Long: `All instances of a data set share one index-matching logit μ (with --parametrization full: μ and the
index-mismatch logit ν). Decide exactly whether it has a finite limit, and enclose the limit.`,
		Example: "  verify population --data prosqa_valid.json.gz --step 1 --digits 40\n  verify population --step 2 --parametrization full --json",
		Args:    cobra.NoArgs,
	}
	file := c.Flags().String("data", "", "instances to read (default: the built-in suite)")
	step := c.Flags().Int("step", 0, "thoughts already generated, c")
	form := c.Flags().String("parametrization", "diagonal", "score matrix: diagonal or full")
	digits := addDigits(c, 30)
	alphaText := addAlpha(c)
	asJSON := addJSON(c)
	c.RunE = func(c *cobra.Command, _ []string) error {
		if err := checkDigits(*digits); err != nil {
			return err
		}
		if *form != "diagonal" && *form != "full" {
			return usagef("--parametrization %q, expected diagonal or full", *form)
		}
		alpha, err := parsePositive("--alpha", *alphaText)
		if err != nil {
			return err
		}
		instances, err := loadInstances(*file)
		if err != nil {
			return err
		}
		if err := checkStep(instances, *step); err != nil {
			return err
		}
		result, err := prove.PopulationOf(c.Context(), instances, *step, *form == "full", alpha, *digits)
		if err != nil {
			return undecided(err)
		}
		document := struct {
			Schema string `json:"schema"`
			Step   int    `json:"step"`
			*prove.Population
			Mu *prove.Number `json:"mu,omitempty"`
			Nu *prove.Number `json:"nu,omitempty"`
		}{Schema: "muflow/population/1", Step: *step, Population: result}
		if result.Limit == theory.FiniteLimit {
			mu := prove.Enclose(result.Theta[0], *digits)
			document.Mu = &mu
			if *form == "full" {
				nu := prove.Enclose(result.Theta[1], *digits)
				document.Nu = &nu
			}
		}
		return print(c, *asJSON, document, func(w io.Writer) {
			fmt.Fprintf(w, "step %d: %d instances, %d with d_min < d* < d_max, %d with d* > F(0), %d with both\n",
				*step, result.Instances, result.Bounded, result.Positive, result.Both)
			fmt.Fprintf(w, "status  %s   (%s score matrix)\n", result.Limit, *form)
			if document.Mu != nil {
				printNumber(w, "μ*", *document.Mu)
			}
			if document.Nu != nil {
				printNumber(w, "ν*", *document.Nu)
			}
		})
	}
	return c
}
