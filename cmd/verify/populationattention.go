package main

import (
	"context"
	"fmt"
	"io"
	"math/big"

	"muflow/graph"
	"muflow/prove"
	"muflow/theory"
)

// A populationAttention is the logit that a data set shares under softmax
// attention.
type populationAttention struct {
	Steps      []int                    `json:"steps"`
	Gain       string                   `json:"gain"`
	Logit      string                   `json:"logit,omitempty"` // of walk weights
	Instances  int                      `json:"instances"`
	Moving     int                      `json:"moving"` // with a drift that is not 0 for all μ
	Status     theory.Limit             `json:"status"` // from μ(0) = 0
	Below      int                      `json:"sign_below"`
	Above      int                      `json:"sign_above"`
	Mu         *prove.Number            `json:"mu,omitempty"`
	Equilibria []prove.EquilibriumEntry `json:"equilibria"`
}

// attend encloses the equilibria of the logit under softmax attention.
func (o *populationOptions) attend(ctx context.Context, instances []graph.Instance, sharing prove.Sharing) error {
	var logit *big.Rat
	if len(o.logits) > 1 {
		return usagef("--logit with %d numbers, expected one with --gain", len(o.logits))
	} else if len(o.logits) == 1 {
		logit = o.logits[0]
	}
	result, err := prove.SharedAttention(ctx, instances, sharing, o.gain, logit, o.digits)
	if err != nil {
		return undecided(err)
	}
	if o.certificates != "" {
		scope := prove.Scope{Claims: []string{"A6-population"}, Step: o.step, Alpha: o.alpha, Gain: o.gain, Label: o.label}
		if err := o.certify(ctx, o.certificates, scope, instances, nil); err != nil {
			return err
		}
	}
	d := populationAttention{Steps: sharing.Steps, Gain: o.gain.RatString(), Instances: result.Instances, Moving: result.Moving,
		Status: result.Limit, Below: result.Below, Above: result.Above}
	d.Mu, d.Equilibria = result.Entries(o.digits)
	if d.Equilibria == nil {
		d.Equilibria = []prove.EquilibriumEntry{}
	}
	if logit != nil {
		d.Logit = logit.RatString()
	}
	if err := o.print("population-attention/1", d, d.print); err != nil || result.Limit != theory.UnknownLimit {
		return err
	}
	return unless(1)
}

func (d *populationAttention) print(w io.Writer) {
	fmt.Fprintf(w, "steps %v, value gain %s: %s of instance and step, %d with a drift\n", d.Steps, d.Gain, prove.Counted(d.Instances, "pair"), d.Moving)
	fmt.Fprintf(w, "status  %v   (from μ = 0)\ndrift   %+d near −∞, %+d near +∞\n", d.Status, d.Below, d.Above)
	fmt.Fprintf(w, "equilibria  %d, all of them\n", len(d.Equilibria))
	for _, e := range d.Equilibria {
		kind := "unstable"
		if e.Stable {
			kind = "stable"
		}
		printNumber(w, kind, *e.Mu)
	}
}
