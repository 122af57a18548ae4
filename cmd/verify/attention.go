package main

import (
	"context"
	"fmt"
	"io"
	"math/big"

	"muflow/internal/compare"
	"muflow/prove"

	"github.com/spf13/cobra"
)

// pairSteps bounds the descent of a pair (z, g).
const pairSteps = 30_000

// trainedGain is what became of the pairs (z, g).
type trainedGain struct {
	Evidence prove.Evidence      `json:"evidence"`
	Steps    int                 `json:"steps"`
	Pairs    []compare.PairCount `json:"pairs"`
}

// attentionOptions say what verify attention decides.
type attentionOptions struct {
	work
	data, certificates string
	step               int
	gain, alpha        *big.Rat
	trained            bool
}

func newAttention(t *terminal, run func(context.Context, *attentionOptions) error) *cobra.Command {
	o := &attentionOptions{work: work{terminal: t}}
	c, f := bind(&cobra.Command{
		Use:   "attention --step c --gain G",
		Short: "Decide where the logit μ goes under softmax attention, instance by instance",
		Long: `Replace linear attention by a softmax over the edges with value gain G (assumption A6 dropped) and decide
for every instance, rigorously and from any start, whether the logit z = μ/√K of the edges that leave N_c
grows without bound, falls without bound, or tends to a finite equilibrium under the Coconut loss:
z → +∞ iff h_p ≥ E_{w=1}[h], z → −∞ iff h_p ≤ E_{w=0}[h], with the integers h_v = M d_v − M_c D_v.

With --trained the value gain is trained too, from G, in the model itself. In X = gw/M_c and Y = g(1−w)/(M−M_c) the loss is
convex, so for each sign of g there is one place to go, which is proved; the training shows which sign it takes and whether it
arrives.`,
		Example: "  verify attention --data prosqa_valid.json.gz --step 1 --gain 0.1\n  verify attention --step 2 --gain 12 --json",
	}, o, run)
	addData(f, &o.data)
	addStep(f, &o.step, 0)
	addPositive(f, &o.gain, "gain", "", "value gain g, a positive rational or decimal number (required)")
	f.BoolVar(&o.trained, "trained", false, "also train the model with the value gain, from G, and compare where the pair (z, g) goes with what is proved")
	addAlpha(f, &o.alpha)
	addCertificates(f, &o.certificates)
	o.add(f)
	require(c, "gain")
	return c
}

// An attentionDocument says where the logit of each instance goes.
type attentionDocument struct {
	Step int    `json:"step"`
	Gain string `json:"gain"`
	*prove.AttentionCount
	Decisions []prove.AttentionDecision `json:"decisions"`
	Trained   *trainedGain              `json:"trained,omitempty"`
}

func runAttention(ctx context.Context, o *attentionOptions) error {
	if o.trained && o.alpha.Cmp(big.NewRat(1, 1)) != 0 {
		return usagef("--alpha %s with --trained, which trains with a readout gain of 1", o.alpha.RatString())
	}
	start, err := inFloat64(o.gain)
	if err != nil && o.trained {
		return usagef("--gain with --trained: %v", err)
	}
	instances, err := o.loadStep(o.data, o.step)
	if err != nil {
		return err
	}
	total, decisions, err := prove.AttentionDataset(ctx, instances, prove.AttentionQuestion{Step: o.step, Alpha: o.alpha, Gain: o.gain}, o.jobs, o.progress("attention"))
	if err != nil {
		return undecided(err)
	}
	if o.certificates != "" {
		scope := prove.Scope{Claims: []string{"A6-softmax"}, Step: o.step, Alpha: o.alpha, Gain: o.gain}
		if err := o.certify(ctx, o.certificates, scope, instances, nil); err != nil {
			return err
		}
	}
	document := attentionDocument{o.step, o.gain.RatString(), total, decisions, nil}
	if o.trained {
		o.head.inFloats("")
		counts, err := compare.TrainPairs(ctx, instances, o.step, start, pairSteps, o.jobs, o.progress("training"))
		if err != nil {
			return undecided(err)
		}
		document.Trained = &trainedGain{prove.Approximate, pairSteps, counts}
	}
	return o.print("attention/1", document, document.print)
}

func (d *attentionDocument) print(w io.Writer) {
	fmt.Fprintf(w, "step %d, value gain %s: %d instances (all decided by proof)\n", d.Step, d.Gain, d.Instances)
	fmt.Fprintf(w, "  z → +∞       %d\n  z → −∞       %d\n  z → z*       %d\n  z' = 0       %d\n", d.Upward, d.Downward, d.Finite, d.Stationary)
	if d.Trained == nil {
		return
	}
	fmt.Fprintf(w, "value gain trained too, from (0, %s), by descent in the model (approximate):\n", d.Gain)
	printTable(w, 0, "(d, D−d)\tg\tend on this side (proved)\tsteps\tarrived\ton the way\tside proved\tside as slope\t", d.Trained.Pairs, func(w io.Writer, k compare.PairCount) {
		fmt.Fprintf(w, "%s\t%+d\t%v\t%d\t%d\t%d\t%d\t%d\t\n", k.Separation, k.Side, k.End, k.Instances, k.Arrived, k.Nearing, k.Proved, k.AsSlope)
	})
}
