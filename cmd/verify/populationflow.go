package main

import (
	"errors"
	"fmt"
	"io"
	"math/big"

	"muflow/prove"

	"github.com/spf13/pflag"
)

// untilOptions say up to when verify population follows the shared logit.
type untilOptions struct {
	until, start *big.Rat // nil for not at all, and for 0
	samples      int
}

func (o *untilOptions) add(f *pflag.FlagSet) {
	addPositive(f, &o.until, "until", "", "also follow the shared μ(t) up to this time T")
	addStart(f, &o.start)
	addInt(f, &o.samples, "samples", 0, 0, maxSamples, "also print μ at N equally spaced times in (0, T]")
}

// A populationFlow is the flow of the shared logit.
type populationFlow struct {
	Until   string       `json:"until,omitempty"`
	Start   string       `json:"start,omitempty"`
	Rate    string       `json:"rate,omitempty"` // 1/n_voc
	Mu      prove.Number `json:"mu_until"`
	Samples []flowSample `json:"samples"`
}

// follow follows the shared logit, if that is asked for.
func (o *untilOptions) follow(of func(start *big.Rat, times []*big.Rat) (*prove.SharedFlow, error)) (*populationFlow, error) {
	if o.until == nil {
		return nil, nil
	}
	times := sampleTimes(o.until, o.samples)
	flow, err := of(o.start, append(times, o.until))
	switch {
	case errors.Is(err, prove.ErrDigits):
		return nil, undecided(err)
	case err != nil:
		return nil, undecided(fmt.Errorf("the flow was not followed: %w", err))
	}
	out := &populationFlow{Until: decimalText(o.until), Rate: fmt.Sprintf("1/%d", flow.Vertices), Mu: flow.Mu[len(times)], Samples: []flowSample{}}
	if o.start != nil {
		out.Start = decimalText(o.start)
	}
	for i, t := range times {
		out.Samples = append(out.Samples, flowSample{decimalText(t), flow.Mu[i]})
	}
	return out, nil
}

func (d *populationFlow) print(w io.Writer) {
	start := d.Start
	if start == "" {
		start = "0"
	}
	fmt.Fprintf(w, "flow from μ(0) = %s at rate 1/n_voc = %s to t = %s\n", start, d.Rate, d.Until)
	printNumber(w, "μ(t)", d.Mu)
	printFlowSamples(w, d.Samples)
}
