package main

import (
	"fmt"
	"io"

	"muflow/prove"
	"muflow/theory"

	"github.com/spf13/cobra"
)

func newEquilibrium() *cobra.Command {
	c := &cobra.Command{
		Use:   "equilibrium --profile FILE",
		Short: "Enclose the equilibrium μ* of one profile under the Coconut loss, and its rate",
		Long: `Decide by integers where the index-matching logit of a profile goes under the Coconut loss, and enclose
the equilibrium μ* and the asymptotic rate κ·Var(d) there.`,
		Example: "  verify equilibrium --profile profile.json --digits 1000\n  verify equilibrium --profile profile.json --alpha 1/2 --json",
		Args:    cobra.NoArgs,
	}
	file := c.Flags().String("profile", "", "profile to read (required)")
	digits := addDigits(c, 30)
	alphaText := addAlpha(c)
	asJSON := addJSON(c)
	c.RunE = func(c *cobra.Command, _ []string) error {
		if *file == "" {
			return usagef("--profile is required")
		}
		if err := checkDigits(*digits); err != nil {
			return err
		}
		alpha, err := parsePositive("--alpha", *alphaText)
		if err != nil {
			return err
		}
		profile, err := loadProfile(*file)
		if err != nil {
			return err
		}
		e, err := prove.EquilibriumOf(c.Context(), profile, alpha, *digits)
		if err != nil {
			return undecided(err)
		}
		document := struct {
			Schema string        `json:"schema"`
			Status theory.Limit  `json:"status"`
			Mu     *prove.Number `json:"mu,omitempty"`
			Rate   *prove.Number `json:"rate,omitempty"`
			Signs  string        `json:"signs"`
		}{Schema: "muflow/equilibrium/1", Status: e.Limit, Signs: profile.Certify(theory.Coconut).String()}
		if e.Limit == theory.FiniteLimit {
			mu, rate := prove.Enclose(e.Mu, *digits), prove.Enclose(e.Rate, *digits)
			document.Mu, document.Rate = &mu, &rate
		}
		return print(c, *asJSON, document, func(w io.Writer) {
			fmt.Fprintf(w, "status  %s   (signs of R: %s)\n", document.Status, document.Signs)
			if document.Mu != nil {
				printNumber(w, "μ*", *document.Mu)
				printNumber(w, "rate", *document.Rate)
			}
		})
	}
	return c
}

// printNumber writes both ends of a number.
func printNumber(w io.Writer, name string, x prove.Number) {
	word := "approximate"
	if x.Evidence == prove.Enclosure {
		word = "enclosure"
	}
	fmt.Fprintf(w, "%-6s  %s\n     …  %s   (%s)\n", name, x.Lo, x.Hi, word)
}
