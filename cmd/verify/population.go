package main

import (
	"encoding/json"
	"fmt"
	"io"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"muflow/prove"
	"muflow/theory"

	"github.com/spf13/cobra"
)

func newPopulation() *cobra.Command {
	c := &cobra.Command{
		Use:   "population --step c",
		Short: "Enclose the equilibrium that a whole data set shares at one step under the Coconut loss",
		Long: `All instances of a data set share one index-matching logit μ (with --parametrization full: μ and the
index-mismatch logit ν). Decide exactly whether it has a finite limit, and enclose the limit.

Several steps may share it (--steps), with a weight each (--step-weights), instances may have weights
(--weights names a JSON array of positive numbers), and a share q of the Coconut-BFS loss may be mixed into
every loss (--bfs-share); the limit is then that from μ(0) = 0.`,
		Example: "  verify population --steps all --step-weights 1,2,2,1\n  verify population --step 1 --bfs-share 1/10\n  verify population --data prosqa_valid.json.gz --step 1 --digits 40\n  verify population --step 2 --parametrization full --json",
		Args:    cobra.NoArgs,
	}
	file := c.Flags().String("data", "", "instances to read (default: the built-in suite)")
	step := c.Flags().Int("step", 0, "thoughts already generated, c")
	form := c.Flags().String("parametrization", "diagonal", "score matrix: diagonal or full")
	steps := c.Flags().String("steps", "", "several steps that share the logits, such as 1,2,3 or all (instead of --step)")
	stepWeights := c.Flags().String("step-weights", "", "a weight for each of --steps (default: 1 each)")
	weights := c.Flags().String("weights", "", "file with a JSON array of weights, one for each instance (default: 1 each)")
	share := c.Flags().String("bfs-share", "0", "share of Coconut-BFS in the loss, 0 to 1")
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
		sharing := prove.Sharing{Steps: []int{*step}, Full: *form == "full", Alpha: alpha}
		if c.Flags().Changed("steps") {
			if c.Flags().Changed("step") {
				return usagef("--step and --steps, expected one of them")
			}
			if sharing.Steps, err = parseSteps(*steps, longest(instances)); err != nil {
				return err
			}
		} else if err := checkStep(instances, *step); err != nil {
			return err
		}
		if *stepWeights != "" {
			if sharing.StepWeights, err = parseWeights("--step-weights", *stepWeights); err != nil {
				return err
			}
		}
		if *weights != "" {
			if sharing.Weights, err = loadWeights(*weights); err != nil {
				return err
			}
		}
		var ok bool
		if sharing.BFS, ok = parseNonNegative(*share); !ok {
			return usagef("--bfs-share %q, expected a number from 0 to 1", *share)
		}
		if err := sharing.Validate(len(instances)); err != nil {
			return usage(err)
		}
		result, err := prove.SharedPopulation(c.Context(), instances, sharing, *digits)
		if err != nil {
			return undecided(err)
		}
		document := struct {
			Schema string `json:"schema"`
			Step   *int   `json:"step,omitempty"`
			Steps  []int  `json:"steps,omitempty"`
			*prove.Population
			Mu *prove.Number `json:"mu,omitempty"`
			Nu *prove.Number `json:"nu,omitempty"`
		}{Schema: "muflow/population/1", Steps: sharing.Steps, Population: result}
		if !c.Flags().Changed("steps") {
			document.Step, document.Steps = step, nil
		}
		if result.Limit == theory.FiniteLimit {
			mu := prove.Enclose(result.Theta[0], *digits)
			document.Mu = &mu
			if *form == "full" {
				nu := prove.Enclose(result.Theta[1], *digits)
				document.Nu = &nu
			}
		}
		return print(c, *asJSON, document, func(w io.Writer) {
			what := fmt.Sprintf("step %d: %d instances", *step, result.Instances)
			if document.Step == nil {
				what = fmt.Sprintf("steps %v: %d pairs of instance and step", sharing.Steps, result.Instances)
			}
			fmt.Fprintf(w, "%s, %d with d_min < d* < d_max, %d with d* > F(0), %d with both\n", what, result.Bounded, result.Positive, result.Both)
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

// parseSteps reads "all" or steps separated by commas, each once, below most.
func parseSteps(text string, most int) ([]int, error) {
	var out []int
	if text == "all" {
		for step := range most {
			out = append(out, step)
		}
		return out, nil
	}
	for part := range strings.SplitSeq(text, ",") {
		step, err := strconv.Atoi(strings.TrimSpace(part))
		if err != nil || step < 0 || step >= most || slices.Contains(out, step) {
			return nil, usagef("--steps %q, expected all, or different steps from 0 to %d separated by commas", text, most-1)
		}
		out = append(out, step)
	}
	return out, nil
}

// loadWeights reads a JSON array of numbers > 0.
func loadWeights(file string) ([]*big.Rat, error) {
	text, err := readLimited(file)
	if err != nil {
		return nil, usagef("%s: %v", file, err)
	}
	var numbers []json.Number
	if err := json.Unmarshal(text, &numbers); err != nil {
		return nil, usagef("%s: expected a JSON array of numbers", file)
	}
	out := make([]*big.Rat, len(numbers))
	for i, n := range numbers {
		q, ok := parseNonNegative(n.String())
		if !ok || q.Sign() == 0 {
			return nil, usagef("%s: number %d, expected a positive number", file, i)
		}
		out[i] = q
	}
	return out, nil
}
