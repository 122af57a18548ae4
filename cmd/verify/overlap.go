package main

import (
	"context"
	"fmt"
	"io"
	"math/big"
	"strings"

	"muflow/graph"
	"muflow/prove"
	"muflow/theory"

	"github.com/spf13/cobra"
)

// overlapOptions say what verify overlap decides.
type overlapOptions struct {
	work
	data, certificates string
	step               int
	label              graph.Law
}

func newOverlap(t *terminal, run func(context.Context, *overlapOptions) error) *cobra.Command {
	o := &overlapOptions{work: work{terminal: t}}
	c, f := bind(&cobra.Command{
		Use:   "overlap --step c",
		Short: "Decide for the full score matrix whether the logits (μ, ν) have a finite limit",
		Long: `With the full score matrix W = μI + ν(11ᵀ−I) the limit is finite if and only if the vectors
x_v = φ_p − φ_v overlap: no direction (μ, ν) is ≥ 0 on all of them and > 0 on one. Decide it exactly, by
a rational linear programme with a certificate either way, for every instance with d_min < d* < d_max
and for the whole data set. Separated are the instances that do not overlap.`,
		Example: "  verify overlap --data prosqa_valid.json.gz --step 1\n  verify overlap --step 2 --json",
	}, o, run)
	addData(f, &o.data)
	addStep(f, &o.step, 0)
	addLabel(f, &o.label)
	addCertificates(f, &o.certificates)
	o.add(f)
	return c
}

func runOverlap(ctx context.Context, o *overlapOptions) error {
	instances, err := o.loadStep(o.data, o.step)
	if err == nil {
		err = checkLabels(instances, o.label, o.step)
	}
	if err != nil {
		return err
	}
	result, err := prove.OverlapsOf(instances, o.step, o.label)
	if err != nil {
		return undecided(err)
	}
	if o.certificates != "" {
		if err := o.certify(ctx, o.certificates, prove.Scope{Claims: []string{"overlap"}, Step: o.step, Label: o.label}, instances, nil); err != nil {
			return err
		}
	}
	document := struct {
		Step int `json:"step"`
		*prove.Overlaps
		Direction  []*big.Int   `json:"direction,omitempty"`  // separating, if there is one
		Converging [][]*big.Int `json:"converging,omitempty"` // combinations of (μ, ν) with a finite limit
	}{o.step, result, nil, result.Whole.Converging}
	if result.Population != theory.Overlap {
		document.Direction = result.Whole.Direction
	}
	return o.print("overlap/1", document, func(w io.Writer) {
		fmt.Fprintf(w, "step %d: %d instances, %d with d_min < d* < d_max; of these %d separated (%d fully), %d overlapping\n",
			o.step, result.Instances, result.Bounded, result.Separated, result.Fully, result.Bounded-result.Separated)
		fmt.Fprintf(w, "population  %s   (%d different contrasts)\n", result.Population, result.Contrasts)
		if result.Population == theory.Overlap {
			return // all of the plane has a finite limit
		}
		if document.Direction != nil {
			fmt.Fprintf(w, "along the direction (μ, ν) = %s the odds of %d contrasts grow without end\n",
				vector(document.Direction), len(result.Whole.Diverging))
		}
		for _, b := range document.Converging {
			fmt.Fprintf(w, "a finite limit has %s·(μ, ν)\n", vector(b))
		}
	})
}

func vector(x []*big.Int) string {
	parts := make([]string, len(x))
	for i, n := range x {
		parts[i] = n.String()
	}
	return "(" + strings.Join(parts, ", ") + ")"
}
