package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"muflow/proptest"
	"muflow/prove"

	"github.com/spf13/cobra"
)

// pairDecades is the time, as a power of ten, to which (z, g) is followed.
const pairDecades = 6

// trainedGain is what became of the pairs (z, g).
type trainedGain struct {
	Evidence prove.Evidence       `json:"evidence"`
	Decades  int                  `json:"decades"`
	Pairs    []proptest.PairCount `json:"pairs"`
}

func newAttention() *cobra.Command {
	c := &cobra.Command{
		Use:   "attention --step c --gain G",
		Short: "Decide where the index-matching logit goes under softmax attention, instance by instance",
		Long: `Replace linear attention by a softmax over the edges with value gain G (assumption A6 dropped) and decide
for every instance, rigorously and from any start, whether the logit z = μ/√K of the edges that leave N_c
grows without bound, falls without bound, or tends to a finite equilibrium under the Coconut loss:
z → +∞ iff h_p ≥ E_{w=1}[h], z → −∞ iff h_p ≤ E_{w=0}[h], with the integers h_v = M d_v − M_c D_v.`,
		Example: "  verify attention --data prosqa_valid.json.gz --step 1 --gain 0.1\n  verify attention --step 2 --gain 12 --json",
		Args:    cobra.NoArgs,
	}
	file := c.Flags().String("data", "", "instances to read (default: the built-in suite)")
	step := c.Flags().Int("step", 0, "thoughts already generated, c")
	gainText := c.Flags().String("gain", "", "value gain g, a positive rational or decimal number (required)")
	trained := c.Flags().Bool("trained", false, "also train the value gain, from G, and count where the pair (z, g) goes (approximate)")
	alphaText := addAlpha(c)
	jobs := addJobs(c)
	quiet := addQuiet(c)
	asJSON := addJSON(c)
	c.RunE = func(c *cobra.Command, _ []string) error {
		if *gainText == "" {
			return usagef("--gain is required")
		}
		gain, err := parsePositive("--gain", *gainText)
		if err != nil {
			return err
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
		total, decisions, err := prove.AttentionDataset(c.Context(), instances, *step, alpha, gain, *jobs, newProgress(c, *quiet, "attention"))
		if err != nil {
			return undecided(err)
		}
		document := struct {
			Schema string `json:"schema"`
			Step   int    `json:"step"`
			Gain   string `json:"gain"`
			*prove.AttentionCount
			Decisions []prove.AttentionDecision `json:"decisions"`
			Trained   *trainedGain              `json:"trained,omitempty"`
		}{"muflow/attention/1", *step, gain.RatString(), total, decisions, nil}
		if *trained {
			start, _ := gain.Float64()
			counts, err := proptest.ExplorePairs(c.Context(), instances, *step, alpha, start, pairDecades)
			if err != nil {
				return err
			}
			document.Trained = &trainedGain{prove.Approximate, pairDecades, counts}
		}
		return print(c, *asJSON, document, func(w io.Writer) {
			fmt.Fprintf(w, "step %d, value gain %s: %d instances (all decided by proof)\n", *step, gain.RatString(), total.Instances)
			fmt.Fprintf(w, "  z → +∞       %d\n  z → −∞       %d\n  z → z*       %d\n  z' = 0       %d\n", total.Upward, total.Downward, total.Finite, total.Stationary)
			if document.Trained != nil {
				fmt.Fprintf(w, "value gain trained too, from (0, %s) to t = 1e%d (approximate):\n", gain.RatString(), pairDecades)
				table := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
				fmt.Fprintln(table, "(d, D−d)\tsteps\tfinite\tz → +∞\tz → −∞\tonly g grows\t")
				for _, k := range document.Trained.Pairs {
					fmt.Fprintf(table, "%s\t%d\t%d\t%d\t%d\t%d\t\n", strings.TrimSpace(k.Separation.String()+" "+k.Signs), k.Instances, k.Finite, k.Upward, k.Downward, k.Gain)
				}
				table.Flush()
				if k := document.Trained.Pairs[0]; k.Instances > 0 {
					fmt.Fprintf(w, "with overlap the signs of (X*, Y*) are proved: %d equal (an equilibrium), %d opposite (none); %d of %d paths end as they say\n",
						k.Equal, k.Opposite, k.Agreed, k.Instances)
				}
			}
		})
	}
	return c
}
