package main

import (
	"context"
	"fmt"
	"io"
	"math/big"

	"muflow/prove"
	"muflow/theory"

	"github.com/spf13/cobra"
)

// equilibriumOptions say what verify equilibrium encloses.
type equilibriumOptions struct {
	*terminal
	profile profileSource
	digits  int
	alpha   *big.Rat
	emit    string
	logits  thoughtLogits
}

func newEquilibrium(t *terminal, run func(context.Context, *equilibriumOptions) error) *cobra.Command {
	o := &equilibriumOptions{terminal: t}
	c, f := bind(&cobra.Command{
		Use:   "equilibrium (--profile FILE | --data FILE --instance i --step c)",
		Short: "Enclose the equilibrium μ* of one profile under the Coconut loss, and its rate",
		Long: `Decide by integers where the index-matching logit of a profile goes under the Coconut loss, and enclose
the equilibrium μ* and the asymptotic rate κ·Var(d) there. With --logit the thoughts of the step have the
weights w of walks instead of uniform ones, and d_v = Σ_{u→v} w_u.`,
		Example: "  verify equilibrium --profile profile.json --digits 1000\n  verify equilibrium --profile profile.json --alpha 1/2 --json\n  verify equilibrium --data prosqa_valid.json.gz --instance 3 --step 1\n  verify equilibrium --data prosqa_valid.json.gz --instance 3 --step 1 --digits 12 --emit latex > step.tex\n  verify equilibrium --data prosqa_valid.json.gz --instance 3 --step 2 --logit 1/2",
	}, o, run)
	o.profile.add(c)
	addDigits(f, &o.digits, 30)
	addAlpha(f, &o.alpha)
	o.addJSON(f)
	addEmit(c, &o.emit)
	o.logits.add(f)
	needs(c, "data", "logit")
	excludes(c, "logit", "emit")
	return c
}

func runEquilibrium(ctx context.Context, o *equilibriumOptions) error {
	if o.logits != nil {
		return o.walk(ctx)
	}
	profile, err := o.profile.load(o.terminal)
	if err != nil {
		return err
	}
	if o.emit != "" {
		return o.emitProfile(ctx, profileRequest{Profile: profile, Loss: theory.Coconut, Alpha: o.alpha, Digits: o.digits})
	}
	e, err := prove.EquilibriumOf(ctx, profile, o.alpha, o.digits)
	if err != nil {
		return undecided(err)
	}
	document := struct {
		Status theory.Limit  `json:"status"`
		Mu     *prove.Number `json:"mu,omitempty"`
		Rate   *prove.Number `json:"rate,omitempty"`
		Signs  string        `json:"signs"`
	}{Status: e.Limit, Signs: profile.Certify(theory.Coconut).String()}
	if e.Limit == theory.FiniteLimit {
		mu, rate := prove.Enclose(e.Mu, o.digits), prove.Enclose(e.Rate, o.digits)
		document.Mu, document.Rate = &mu, &rate
	}
	return o.print("equilibrium/1", document, func(w io.Writer) {
		fmt.Fprintf(w, "status  %s   (signs of R: %s)\n", document.Status, document.Signs)
		if document.Mu != nil {
			printNumber(w, "μ*", *document.Mu)
			printNumber(w, "rate", *document.Rate)
		}
	})
}

// A profileRequest says what a LaTeX document tells of a profile.
type profileRequest struct {
	Profile      *theory.Profile
	Loss         theory.Loss
	Alpha, Start *big.Rat
	Until        *big.Rat // nil: without the flow
	Digits       int
}

// printNumber writes a number and how it was obtained.
func printNumber(w io.Writer, name string, x prove.Number) {
	fmt.Fprintf(w, "%-6s  %v   (%v)\n", name, x, x.Evidence)
}

// short writes a number to six digits for a table, or a dash if there is none.
func short(x *prove.Number) string {
	if x == nil {
		return "–"
	}
	b, err := x.Ball(128)
	if err != nil {
		return x.String()
	}
	text := prove.Enclose(b, 4).String()
	if x.Evidence != prove.Enclosure {
		text = "≈" + text
	}
	return text
}
