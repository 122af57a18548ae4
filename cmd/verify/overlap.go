package main

import (
	"fmt"
	"io"
	"math/big"
	"strings"

	"muflow/prove"
	"muflow/theory"

	"github.com/spf13/cobra"
)

func newOverlap() *cobra.Command {
	c := &cobra.Command{
		Use:   "overlap --step c",
		Short: "Decide for the full score matrix whether the logits (μ, ν) have a finite limit",
		Long: `With the full score matrix W = μI + ν(11ᵀ−I) the limit is finite if and only if the vectors
x_v = φ_p − φ_v overlap: no direction (μ, ν) is ≥ 0 on all of them and > 0 on one. Decide it exactly, by
a rational linear programme with a certificate either way, for every instance with d_min < d* < d_max
and for the whole data set. Separated are the instances that do not overlap.`,
		Example: "  verify overlap --data prosqa_valid.json.gz --step 1\n  verify overlap --step 2 --json",
		Args:    cobra.NoArgs,
	}
	file := c.Flags().String("data", "", "instances to read (default: the built-in suite)")
	step := c.Flags().Int("step", 0, "thoughts already generated, c")
	asJSON := addJSON(c)
	c.RunE = func(c *cobra.Command, _ []string) error {
		instances, err := loadInstances(*file)
		if err != nil {
			return err
		}
		if err := checkStep(instances, *step); err != nil {
			return err
		}
		result, err := prove.OverlapsOf(instances, *step)
		if err != nil {
			return undecided(err)
		}
		document := struct {
			Schema string `json:"schema"`
			Step   int    `json:"step"`
			*prove.Overlaps
			Direction  []*big.Int   `json:"direction,omitempty"`  // separating, if there is one
			Converging [][]*big.Int `json:"converging,omitempty"` // combinations of (μ, ν) with a finite limit
		}{"muflow/overlap/1", *step, result, nil, result.Whole.Converging}
		if result.Population != theory.Overlap {
			document.Direction = result.Whole.Direction
		}
		return print(c, *asJSON, document, func(w io.Writer) {
			fmt.Fprintf(w, "step %d: %d instances, %d with d_min < d* < d_max; of these %d separated (%d fully), %d overlapping\n",
				*step, result.Instances, result.Bounded, result.Separated, result.Fully, result.Bounded-result.Separated)
			fmt.Fprintf(w, "population  %s   (%d different contrasts)\n", result.Population, result.Contrasts)
			if document.Direction != nil {
				fmt.Fprintf(w, "along the direction (μ, ν) = %s the odds of %d contrasts grow without end\n",
					vector(document.Direction), len(result.Whole.Diverging))
			}
			for _, b := range document.Converging {
				if result.Population == theory.Overlap {
					break // all of the plane
				}
				fmt.Fprintf(w, "a finite limit has %s·(μ, ν)\n", vector(b))
			}
		})
	}
	return c
}

func vector(x []*big.Int) string {
	parts := make([]string, len(x))
	for i, n := range x {
		parts[i] = n.String()
	}
	return "(" + strings.Join(parts, ", ") + ")"
}
