package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"math/big"
	"slices"

	"muflow/graph"
	"muflow/internal/compare"
	"muflow/prove"
	"muflow/theory"

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
	loss               theory.Loss
	label              graph.Law
	gains              []*big.Rat
	alpha, logit       *big.Rat
	trained, table     bool
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

With --loss bfs the sign of E_{N_{c+1}}[h] − E_w[h] decides: it can change several times, and all equilibria are enclosed, with
their stability, and proved to be all; the limit is that from z(0) = 0. JSON also has how fast z goes, for all t ≥ 0:
(1/power)·log(1 + b_lo t) ≤ |z(t)| ≤ (1/power)·log(1 + b_hi t) without bound, |z(t) − z*| ≤ |z*| e^{−rate·t} with one.
With --logit thoughts have the walk weights of that logit; equilibria are then those of μ.

--table counts the limits at every step, under Coconut-BFS and Coconut with each label law, for each of the gains.

With --trained the value gain is trained too, from G, in the model itself. In X = gw/M_c and Y = g(1−w)/(M−M_c) the loss is
convex, so for each sign of g there is one place to go, which is proved; the training shows which sign it takes and whether it
arrives.`,
		Example: "  verify attention --data prosqa_valid.json.gz --step 1 --gain 0.1\n  verify attention --step 2 --gain 12 --json\n  verify attention --data prosqa_valid.json.gz --gain 0.1,1,10 --table\n  verify attention --step 2 --gain 10 --logit 1/2 --loss bfs",
	}, o, run)
	addData(f, &o.data)
	addStep(f, &o.step, 0)
	addLoss(f, &o.loss, "coconut", "loss: coconut or bfs")
	addLabel(f, &o.label)
	addParsed(f, &o.gains, "gain", "", "number", "value gain g, a positive rational or decimal number, with --table several (required)", parseGains)
	addPositive(f, &o.logit, "logit", "", "μ of the walk weights of thoughts (default: uniform weights)")
	f.BoolVar(&o.table, "table", false, "count the limits at every step, under each loss and label law")
	f.BoolVar(&o.trained, "trained", false, "also train the model with the value gain, from G, and compare where the pair (z, g) goes with what is proved")
	addAlpha(f, &o.alpha)
	addCertificates(f, &o.certificates)
	o.add(f)
	require(c, "gain")
	excludes(c, "trained", "loss", "label", "logit")
	excludes(c, "table", "step", "loss", "label", "logit", "trained", "certificates")
	return c
}

// parseGains reads positive numbers separated by commas.
func parseGains(text string) ([]*big.Rat, error) {
	gains, err := parseWeights(text)
	if err == nil && slices.ContainsFunc(gains, func(g *big.Rat) bool { return g.Sign() == 0 }) {
		err = errors.New("expected positive numbers")
	}
	return gains, err
}

// An attentionDocument says where the logit of each instance goes.
type attentionDocument struct {
	Step  int         `json:"step"`
	Gain  string      `json:"gain"`
	Loss  theory.Loss `json:"loss"`
	Label graph.Law   `json:"label"`
	Logit string      `json:"logit,omitempty"` // of walk weights
	*prove.AttentionCount
	Decisions []prove.AttentionDecision `json:"decisions"`
	Trained   *trainedGain              `json:"trained,omitempty"`
}

func runAttention(ctx context.Context, o *attentionOptions) error {
	if o.table {
		return o.count(ctx)
	}
	if len(o.gains) > 1 {
		return usagef("--gain with %d numbers, expected one without --table", len(o.gains))
	}
	gain := o.gains[0]
	if o.trained && o.alpha.Cmp(big.NewRat(1, 1)) != 0 {
		return usagef("--alpha %s with --trained, which trains with a readout gain of 1", o.alpha.RatString())
	}
	if err := checkLabel(o.label, o.loss); err != nil {
		return err
	}
	if o.certificates != "" && o.logit != nil && o.loss == theory.CoconutBFS {
		return usagef("--certificates with --logit, expected with --loss coconut")
	}
	start, err := inFloat64(gain)
	if err != nil && o.trained {
		return usagef("--gain with --trained: %v", err)
	}
	instances, err := o.loadStep(o.data, o.step)
	if err == nil {
		err = checkLabels(instances, o.label, o.step)
	}
	if err != nil {
		return err
	}
	question := prove.AttentionQuestion{Step: o.step, Loss: o.loss, Label: o.label, Alpha: o.alpha, Gain: gain, Logit: o.logit}
	total, decisions, err := prove.AttentionDataset(ctx, instances, question, o.jobs, o.progress("attention"))
	if err != nil {
		return undecided(err)
	}
	if o.certificates != "" {
		scope := prove.Scope{Claims: []string{"A6-softmax", "A6-pace", "A6-tie", "A6-rate", "A6-price"}, Step: o.step, Alpha: o.alpha, Gain: gain, Label: o.label, Logit: o.logit}
		switch {
		case o.logit != nil:
			scope.Claims = []string{"A6-walk"}
		case o.loss == theory.CoconutBFS:
			scope.Claims = []string{"A6-bfs"}
		}
		if err := o.certify(ctx, o.certificates, scope, instances, nil); err != nil {
			return err
		}
	}
	document := attentionDocument{o.step, gain.RatString(), o.loss, o.label, "", total, decisions, nil}
	if o.logit != nil {
		document.Logit = o.logit.RatString()
	}
	if o.trained {
		o.head.inFloats("")
		counts, err := compare.TrainPairs(ctx, instances, o.step, start, pairSteps, o.jobs, o.progress("training"))
		if err != nil {
			return undecided(err)
		}
		document.Trained = &trainedGain{prove.Approximate, pairSteps, counts}
	}
	return cmp.Or(o.print("attention/1", document, document.print), unless(total.Undecided))
}

// unless turns a number of undecided entries into the exit code.
func unless(undecided int) error {
	if undecided > 0 {
		return &exitError{code: exitUndecided}
	}
	return nil
}

func (d *attentionDocument) print(w io.Writer) {
	fmt.Fprintf(w, "step %d, value gain %s, loss %v", d.Step, d.Gain, d.Loss)
	if d.Loss == theory.Coconut {
		fmt.Fprintf(w, ", label %v", d.Label)
	}
	logit := "z"
	if d.Logit != "" {
		fmt.Fprintf(w, ", walk weights of %s", d.Logit)
		logit = "μ"
	}
	all := "all decided by proof"
	if d.Undecided > 0 {
		all = fmt.Sprintf("%d undecided, the others decided by proof", d.Undecided)
	}
	fmt.Fprintf(w, ": %s (%s)\n", prove.Counted(d.Instances, "instance"), all)
	fmt.Fprintf(w, "  %[1]s → +∞       %[2]d\n  %[1]s → −∞       %[3]d\n  %[1]s → %[1]s*       %[4]d\n  %[1]s' = 0       %[5]d\n", logit, d.Upward, d.Downward, d.Finite, d.Stationary)
	if d.Several > 0 {
		fmt.Fprintf(w, "  with several equilibria  %d\n", d.Several)
	}
	if d.Trained == nil {
		return
	}
	fmt.Fprintf(w, "value gain trained too, from (0, %s), by descent in the model (approximate):\n", d.Gain)
	printTable(w, 0, "(d, D−d)\tg\tend on this side (proved)\tsteps\tarrived\ton the way\tside proved\tside as slope\t", d.Trained.Pairs, func(w io.Writer, k compare.PairCount) {
		fmt.Fprintf(w, "%s\t%+d\t%v\t%d\t%d\t%d\t%d\t%d\t\n", k.Separation, k.Side, k.End, k.Instances, k.Arrived, k.Nearing, k.Proved, k.AsSlope)
	})
}

// An attentionRow counts limits under one loss and label law at one gain.
type attentionRow struct {
	Gain  string      `json:"gain"`
	Loss  theory.Loss `json:"loss"`
	Label *graph.Law  `json:"label,omitempty"`
	*prove.AttentionCount
}

// count counts limits at every step.
func (o *attentionOptions) count(ctx context.Context) error {
	instances, err := o.loadInstances(o.data)
	if err != nil {
		return err
	}
	var rows []attentionRow
	open := 0
	for _, gain := range o.gains {
		for _, law := range append([]*graph.Law{nil}, lawPointers()...) {
			row := attentionRow{Gain: gain.RatString(), Loss: theory.CoconutBFS, Label: law}
			question := prove.AttentionQuestion{Step: -1, Loss: row.Loss, Alpha: o.alpha, Gain: gain}
			if law != nil {
				row.Loss, question.Loss, question.Label = theory.Coconut, theory.Coconut, *law
			}
			if row.AttentionCount, _, err = prove.AttentionDataset(ctx, instances, question, o.jobs, o.progress(fmt.Sprintf("gain %s, %s", row.Gain, row.law()))); err != nil {
				return undecided(err)
			}
			open += row.Undecided
			rows = append(rows, row)
		}
	}
	document := struct {
		Rows []attentionRow `json:"rows"`
	}{rows}
	return cmp.Or(o.print("attention-table/1", document, func(w io.Writer) {
		printTable(w, 0, "gain\tloss\tsteps\t→ +∞\t→ −∞\tfinite\tstill\tundecided\tseveral equilibria\t", rows, func(w io.Writer, r attentionRow) {
			fmt.Fprintf(w, "%s\t%s\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t\n", r.Gain, r.law(), r.Instances, r.Upward, r.Downward, r.Finite, r.Stationary, r.Undecided, r.Several)
		})
	}), unless(open))
}

// law names the loss with its label law.
func (r *attentionRow) law() string {
	if r.Label == nil {
		return r.Loss.String()
	}
	return fmt.Sprintf("%v, %v", r.Loss, *r.Label)
}

func lawPointers() []*graph.Law {
	var out []*graph.Law
	for _, law := range graph.Laws {
		out = append(out, &law)
	}
	return out
}
