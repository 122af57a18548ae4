package main

import (
	"context"
	"fmt"
	"io"
	"math/big"
	"slices"
	"strings"

	"muflow/graph"
	"muflow/prove"
	"muflow/theory"

	"github.com/spf13/pflag"
)

// A thoughtLogits flag says that thoughts have walk weights.
type thoughtLogits []*big.Rat // nil: uniform ones

func (l *thoughtLogits) add(f *pflag.FlagSet) {
	addParsed(f, (*[]*big.Rat)(l), "logit", "", "numbers", "walk weights of thoughts generated with this logit > 0, or with one for each of c thoughts, such as 12/5,1.4 (default: uniform weights)", func(text string) ([]*big.Rat, error) {
		logits, err := parseWeights(text)
		if err != nil {
			return nil, err
		}
		for i, x := range logits {
			if x.Sign() <= 0 {
				return nil, fmt.Errorf("number %d: 0, expected a number > 0", i)
			}
		}
		return logits, nil
	})
}

// of returns the logits of the thoughts before a step.
func (l thoughtLogits) of(step int) ([]*big.Rat, error) {
	switch {
	case step == 0:
		return nil, usagef("--logit does not matter to step 0: there is no thought before it")
	case len(l) == 1:
		return slices.Repeat([]*big.Rat(l), step), nil
	case len(l) != step:
		return nil, usagef("--logit has %d numbers, expected 1 or %d: one for each thought before step %d", len(l), step, step)
	}
	return l, nil
}

// walk encloses the equilibrium of a data set with walk weights.
func (o *populationOptions) walk(ctx context.Context) error {
	logits, err := o.logits.of(o.step)
	if err != nil {
		return err
	}
	instances, _, err := o.load()
	if err != nil {
		return err
	}
	sharing := prove.WalkSharing{Step: o.step, Logits: logits, Label: o.label, Alpha: o.alpha}
	result, err := prove.WalkPopulationOf(ctx, instances, sharing, o.digits)
	if err != nil {
		return undecided(err)
	}
	document := struct {
		Step   int                     `json:"step"`
		Logits []string                `json:"logits"`
		Laws   map[string]theory.Limit `json:"laws"`
		*prove.WalkPopulation
		Mu   *prove.Number `json:"mu,omitempty"`
		Rate *prove.Number `json:"asymptotic_rate,omitempty"`
		*populationFlow
	}{Step: o.step, WalkPopulation: result}
	for _, x := range logits {
		document.Logits = append(document.Logits, x.RatString())
	}
	if document.Laws, err = sharing.LawLimits(instances); err != nil {
		return undecided(err)
	}
	if document.populationFlow, err = o.flow.follow(func(start *big.Rat, times []*big.Rat) (*prove.SharedFlow, error) {
		return prove.WalkFlowOf(ctx, instances, sharing, start, times, o.digits)
	}); err != nil {
		return err
	}
	if result.Limit == theory.FiniteLimit {
		document.Mu, document.Rate = new(prove.Enclose(result.Theta[0], o.digits)), new(prove.Enclose(result.Rate, o.digits))
	}
	return o.print("population/1", document, func(w io.Writer) {
		fmt.Fprintf(w, "step %d, walk weights of logits %s: %s, %d with d_min < d* < d_max, %d with d* > F(0), %d with both\n",
			o.step, strings.Join(document.Logits, ", "), prove.Counted(result.Instances, "instance"), result.Bounded, result.Positive, result.Both)
		fmt.Fprintf(w, "status  %s   (diagonal score matrix)\n", result.Limit)
		printLaws(w, document.Laws)
		if document.Mu != nil {
			printNumber(w, "μ*", *document.Mu)
			printNumber(w, "rate", *document.Rate)
		}
		if document.populationFlow != nil {
			document.populationFlow.print(w)
		}
	})
}

// printLaws writes where μ goes under each label law.
func printLaws(w io.Writer, laws map[string]theory.Limit) {
	var parts []string
	for _, law := range graph.Laws {
		if limit, known := laws[law.String()]; known {
			parts = append(parts, fmt.Sprintf("%v %v", law, limit))
		}
	}
	fmt.Fprintf(w, "laws    %s\n", strings.Join(parts, ", "))
}

// walk encloses the equilibrium of one step with walk weights.
func (o *equilibriumOptions) walk(ctx context.Context) error {
	logits, err := o.logits.of(o.profile.step)
	if err != nil {
		return err
	}
	step, err := o.loadStepOf(o.profile.data, o.profile.instance, o.profile.step, o.profile.label)
	if err != nil {
		return err
	}
	exact, err := theory.WalkStepOf(step, logits)
	if err != nil {
		return undecided(err)
	}
	e, err := prove.WalkEquilibrium(ctx, step, logits, o.alpha, o.digits)
	if err != nil {
		return undecided(err)
	}
	document := struct {
		Status theory.Limit  `json:"status"`
		Mu     *prove.Number `json:"mu,omitempty"`
		Rate   *prove.Number `json:"rate,omitempty"`
		Least  string        `json:"d_min"`
		Target string        `json:"d_star"`
		Most   string        `json:"d_max"`
	}{Status: e.Limit, Least: exact.Least().RatString(), Target: exact.Target.RatString(), Most: exact.Most().RatString()}
	if e.Limit == theory.FiniteLimit {
		document.Mu, document.Rate = new(prove.Enclose(e.Mu, o.digits)), new(prove.Enclose(e.Rate, o.digits))
	}
	return o.print("equilibrium/1", document, func(w io.Writer) {
		fmt.Fprintf(w, "status  %s   (%s)\n", e.Limit, exact.Ends())
		if document.Mu != nil {
			printNumber(w, "μ*", *document.Mu)
			printNumber(w, "rate", *document.Rate)
		}
	})
}
