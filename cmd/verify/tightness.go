package main

import (
	"fmt"
	"io"
	"text/tabwriter"

	"muflow/prove"

	"github.com/spf13/cobra"
)

func newTightness() *cobra.Command {
	c := &cobra.Command{
		Use:   "tightness",
		Short: "Enclose how far each inequality of the theory is from being attained",
		Long: `For each inequality, over every instance, step and time tried: the enclosure of the lesser side over the greater one
(1 is equality), where it was tightest, and by which factor its constant could still be changed.`,
		Example: "  verify tightness\n  verify tightness --data prosqa_valid.json.gz --json",
		Args:    cobra.NoArgs,
	}
	file := c.Flags().String("data", "", "instances to read (default: the built-in suite)")
	count := c.Flags().Int("instances", 40, "only the first so many instances")
	alphaText := addAlpha(c)
	jobs := addJobs(c)
	quiet := addQuiet(c)
	asJSON := addJSON(c)
	c.RunE = func(c *cobra.Command, _ []string) error {
		alpha, err := parsePositive("--alpha", *alphaText)
		if err != nil {
			return err
		}
		if *count < 1 {
			return usagef("--instances %d, expected at least 1", *count)
		}
		instances, err := loadInstances(*file)
		if err != nil {
			return err
		}
		found, err := prove.TightnessOf(c.Context(), instances[:min(*count, len(instances))], alpha, *jobs, newProgress(c, *quiet, "tightness"))
		if err != nil {
			return undecided(err)
		}
		document := struct {
			Schema       string            `json:"schema"`
			Inequalities []prove.Tightness `json:"inequalities"`
		}{"muflow/tightness/1", found}
		return print(c, *asJSON, document, func(w io.Writer) {
			table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
			fmt.Fprintln(table, "claim\tinequality\ttried\tundecided\tloosest share\ttightest share\tat\tconstant\tfactor still allowed")
			for _, x := range found {
				at := fmt.Sprintf("instance %d, step %d", x.Instance, x.Step)
				if x.Time != "" {
					at += ", t = " + x.Time
				}
				fmt.Fprintf(table, "%s\t%s\t%d\t%d\t%s\t%s\t%s\t%s\t%s\n", x.Claim, x.Inequality, x.Tried, x.Undecided, short(x.Loosest), short(x.Tightest), at, x.Constant, short(x.Factor))
			}
			table.Flush()
		})
	}
	return c
}

// short writes an enclosure to six digits for a table.
func short(x prove.Number) string {
	b, err := x.Ball(64)
	if err != nil {
		return x.Lo
	}
	value, _ := b.Mid().Float64()
	return fmt.Sprintf("%.6g", value)
}
