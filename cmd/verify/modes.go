package main

import (
	"fmt"
	"io"
	"math/big"
	"strings"
	"text/tabwriter"

	"muflow/internal/explore/linear"
	"muflow/ode"
	"muflow/prove"

	"github.com/spf13/cobra"
)

func newModes() *cobra.Command {
	c := &cobra.Command{
		Use:   "modes --values LIST --until T",
		Short: "Enclose the modes of a deep linear network, the second theory of this tool",
		Long: `The second theory, kept in one file to show how one is added: a deep linear network learns the mode of singular
value s by u' = L·u^(2−2/L)·(s − u) (Saxe et al., arXiv 1312.6120). Encloses u(T) by a flowpipe and, for one and two
layers, by the closed form, which must agree.`,
		Example: "  verify modes --values 3,1,1/2 --until 2\n  verify modes --values 1 --layers 3 --start 1/10 --until 5 --json",
		Args:    cobra.NoArgs,
	}
	list := c.Flags().String("values", "", "singular values, positive numbers with commas between them (required)")
	untilText := c.Flags().String("until", "", "time T (required)")
	startText := c.Flags().String("start", "1/1000", "start u(0) of every mode")
	layers := c.Flags().Int("layers", 2, "number of layers L")
	digits := addDigits(c, 20)
	asJSON := addJSON(c)
	c.RunE = func(c *cobra.Command, _ []string) error {
		if *list == "" || *untilText == "" {
			return usagef("--values and --until are required")
		}
		if err := checkDigits(*digits); err != nil {
			return err
		}
		if *layers < 1 || *layers > 1000 {
			return usagef("--layers %d, expected 1 to 1000", *layers)
		}
		until, err := parsePositive("--until", *untilText)
		if err != nil {
			return err
		}
		start, err := parsePositive("--start", *startText)
		if err != nil {
			return err
		}
		type mode struct {
			Value string        `json:"value"`
			Mode  prove.Number  `json:"mode"` // u(T)
			Half  *prove.Number `json:"half_time,omitempty"`
		}
		document := struct {
			Schema string `json:"schema"`
			Layers int    `json:"layers"`
			Until  string `json:"until"`
			Modes  []mode `json:"modes"`
		}{Schema: "muflow/modes/1", Layers: *layers, Until: until.RatString()}
		for _, text := range strings.Split(*list, ",") {
			value, err := parsePositive("--values", text)
			if err != nil {
				return err
			}
			m := linear.Mode{Value: value, Start: start, Layers: *layers}
			system, from, err := m.System()
			if err != nil {
				return usage(err)
			}
			pipe, err := ode.Enclose(c.Context(), system, from, ode.Request{Times: []*big.Rat{until}, Digits: *digits}, ode.FlowSettings{})
			if err != nil {
				return undecided(err)
			}
			u := pipe.Values[0][0]
			out := mode{Value: value.RatString()}
			if *layers <= 2 {
				closed, err := m.Closed(until, u.Prec())
				if err != nil {
					return err
				}
				if !closed.Overlaps(u) {
					return fmt.Errorf("singular value %s: flowpipe and closed form do not meet", value.RatString())
				}
			}
			out.Mode = prove.Enclose(u, *digits)
			if half, err := m.HalfTime(128); err == nil {
				x := prove.Enclose(half, 20)
				out.Half = &x
			}
			document.Modes = append(document.Modes, out)
		}
		return print(c, *asJSON, document, func(w io.Writer) {
			table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
			fmt.Fprintln(table, "singular value\tu(T)\thalf time")
			for _, m := range document.Modes {
				half := "-"
				if m.Half != nil {
					half = short(*m.Half)
				}
				fmt.Fprintf(table, "%s\t%s … %s\t%s\n", m.Value, m.Mode.Lo, m.Mode.Hi, half)
			}
			table.Flush()
		})
	}
	return c
}
