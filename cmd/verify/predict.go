package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/big"
	"slices"
	"strings"

	"muflow/graph"
	"muflow/prove"
	"muflow/theory"

	"github.com/spf13/cobra"
)

// predictOptions say what verify predict is asked about: weights, or data.
type predictOptions struct {
	*terminal
	weights         []*big.Rat
	target, outside int
	data, unseen    string
	thoughts        int      // before the prediction, −1 for all of each path
	logit, until    *big.Rat // nil for none
	digits          int
}

func newPredict(t *terminal, run func(context.Context, *predictOptions) error) *cobra.Command {
	o := &predictOptions{terminal: t}
	c, f := bind(&cobra.Command{
		Use:   "predict (--lambda WEIGHTS --target I | --data FILE)",
		Short: "Find the limit of μ_R/μ_A in the prediction stage, and what it answers",
		Long: `In the prediction stage the carry-over logit μ_A and the candidate lift μ_R diverge, and their ratio tends
to that of the direction with the largest margin.

With --lambda: find it exactly, by a quadratic programme in rational numbers, for one thought with the
given weights on the reached vertices (of any norm; the other candidate is not among them), and compare
with the closed form m + Δ, the largest weight of another vertex.

With --data: find it for all instances of a file that share the two logits, after --thoughts thoughts
(default: all of each demonstrated path), for uniform weights or, with --logit, for the walk weights of
thoughts generated with that μ. Name the support vectors, answer the instances of --unseen exactly, and
construct an unseen instance that is answered wrongly.

With --log-until S: enclose the flow from (0, 0) up to log(1+t) = S, for instance 100.`,
		Example: "  verify predict --lambda .5,.4,.3,.6,.2 --target 2\n  verify predict --lambda 1/3,1/7 --target 0 --digits 50 --json\n  verify predict --lambda .5,.4,.3,.6,.2 --target 2 --outside 10 --log-until 100\n  verify predict --data train.json --logit 1 --unseen test.json",
	}, o, run)
	addParsed(f, &o.weights, "lambda", "", "numbers", "weights on N_C, separated by commas", parseWeights)
	addInt(f, &o.target, "target", 0, 0, maxCount, "which of them is the target's, counted from 0")
	addInt(f, &o.outside, "outside", 0, 0, graph.MaxOrder, "vertices outside N_C, without the other candidate (with --lambda and --log-until)")
	f.StringVar(&o.data, "data", "", "training instances that share the logits")
	addInt(f, &o.thoughts, "thoughts", -1, 0, maxCount, "thoughts before the prediction (with --data; default: all of each demonstrated path)")
	addPositive(f, &o.logit, "logit", "", "μ of walk weights (with --data; default: uniform weights)")
	f.StringVar(&o.unseen, "unseen", "", "instances to be answered (with --data)")
	addPositive(f, &o.until, "log-until", "", "enclose the flow up to this log(1+t)")
	addDigits(f, &o.digits, 30)
	o.addJSON(f)
	c.MarkFlagsOneRequired("lambda", "data")
	c.MarkFlagsRequiredTogether("lambda", "target")
	excludes(c, "data", "lambda", "outside")
	needs(c, "data", "thoughts", "logit", "unseen")
	needs(c, "log-until", "outside")
	return c
}

func runPredict(ctx context.Context, o *predictOptions) error {
	if o.weights != nil {
		return predictWeights(ctx, o)
	}
	return predictData(ctx, o)
}

// An answerSample is one time of the flow in JSON.
type answerSample struct {
	LogTime string       `json:"log_time"` // log(1+t)
	Carry   prove.Number `json:"mu_A"`
	Lift    prove.Number `json:"mu_R"`
	Error   prove.Number `json:"error"`  // μ_R/μ_A − ρ
	Offset  prove.Number `json:"offset"` // μ_R − ρμ_A
}

// answerSamples encloses the flow at a hundredth, a tenth, a half and all of
// the horizon, if there is one.
func answerSamples(ctx context.Context, o *predictOptions, predictions []*theory.Prediction) ([]answerSample, error) {
	if o.until == nil {
		return nil, nil
	}
	var times []*big.Rat
	for _, part := range []int64{100, 10, 2, 1} {
		times = append(times, new(big.Rat).Quo(o.until, big.NewRat(part, 1)))
	}
	flow, err := prove.EncloseAnswerFlow(ctx, predictions, times, o.digits)
	if err != nil {
		return nil, undecided(err)
	}
	var out []answerSample
	for _, s := range flow.States {
		out = append(out, answerSample{prove.Exact(s.LogTime, 20).Lo, s.Carry, s.Lift, s.Error, s.Offset})
	}
	return out, nil
}

func printSamples(w io.Writer, samples []answerSample) {
	for _, s := range samples {
		fmt.Fprintf(w, "log(1+t) = %s\n", s.LogTime)
		printNumber(w, "μ_A", s.Carry)
		printNumber(w, "μ_R", s.Lift)
		printNumber(w, "error", s.Error)
	}
}

func predictWeights(ctx context.Context, o *predictOptions) error {
	prediction, err := theory.NewPrediction(o.weights, o.target, o.outside)
	if err != nil {
		return usage(err)
	}
	result, err := prove.PredictionLimit(prediction)
	if err != nil {
		return undecided(err)
	}
	document := struct {
		Ratio     prove.Number   `json:"ratio"`
		Exact     string         `json:"exact"`       // the ratio as a fraction
		Direction []string       `json:"direction"`   // (μ_A, μ_R) with margin 1
		Closed    bool           `json:"closed_form"` // m + Δ holds: 1 + Δ(m+Δ) ≥ 0
		Support   []string       `json:"support"`     // contrasts with margin 1
		Flow      []answerSample `json:"flow,omitempty"`
	}{Ratio: prove.Exact(result.Ratio, o.digits), Exact: result.Ratio.RatString(), Closed: result.Closed}
	for _, x := range result.Margin.Direction {
		document.Direction = append(document.Direction, x.RatString())
	}
	contrasts := prediction.Contrasts()
	for _, v := range result.Margin.Support {
		document.Support = append(document.Support, fmt.Sprintf("(%s, %s)", contrasts[v][0].RatString(), contrasts[v][1].RatString()))
	}
	if document.Flow, err = answerSamples(ctx, o, []*theory.Prediction{prediction}); err != nil {
		return err
	}
	return o.print("predict/1", document, func(w io.Writer) {
		printNumber(w, "ratio", document.Ratio)
		fmt.Fprintf(w, "exact   %s = lim μ_R/μ_A\n", document.Exact)
		fmt.Fprintf(w, "direction of margin 1  (μ_A, μ_R) = (%s), support vectors %s\n", strings.Join(document.Direction, ", "), strings.Join(document.Support, " "))
		if !document.Closed {
			fmt.Fprintln(w, "the closed form m + Δ does not hold: 1 + Δ(m+Δ) < 0, which unit norm excludes")
		}
		printSamples(w, document.Flow)
	})
}

// A predictDocument is the answer about data.
type predictDocument struct {
	Weights   string          `json:"weights"`
	Instances int             `json:"instances"`
	Ratio     prove.Number    `json:"ratio"`
	Exact     string          `json:"exact"`
	Least     string          `json:"least"`       // m
	Excess    string          `json:"excess"`      // Δ
	AtLeast   []int           `json:"support_m"`   // instances whose other candidate is a support vector
	AtMost    []supportPair   `json:"support_gap"` // instances with pairs that attain Δ
	Unseen    *prove.Unseen   `json:"unseen,omitempty"`
	Converse  *converseRecord `json:"converse,omitempty"`
	Flow      []answerSample  `json:"flow,omitempty"`
	all       int             // instances in the file
	pairs     int             // that attain Δ
}

func predictData(ctx context.Context, o *predictOptions) error {
	kind := "uniform"
	if o.logit != nil {
		kind = "walk weights, μ = " + o.logit.RatString()
	}
	instances, err := o.loadInstances(o.data)
	if err != nil {
		return err
	}
	if err := checkThoughts(instances, "thoughts", o.thoughts); err != nil {
		return err
	}
	cohort, err := prove.CohortOf(instances, o.thoughts, o.logit)
	if err != nil {
		return undecided(err)
	}
	if len(cohort.Predictions) == 0 {
		return usagef("%s: on no instance is the target in the thought, and the other candidate not", o.data)
	}
	limit, err := theory.AnswerLimitOf(cohort.Predictions)
	if err != nil {
		return undecided(err)
	}
	document := predictDocument{Weights: kind, Instances: len(cohort.Instances), Ratio: prove.Surds(limit.Ratio, o.digits),
		Exact: limit.Ratio.String(), Least: limit.Least.String(), Excess: limit.Excess.String(), all: len(instances)}
	for _, k := range limit.AtLeast {
		document.AtLeast = append(document.AtLeast, cohort.Instances[k])
	}
	for _, p := range limit.AtMost {
		document.AtMost = append(document.AtMost, supportPair{cohort.Instances[p.Instance], p.Count})
		document.pairs += p.Count
	}
	if document.Unseen, err = answerUnseen(o, limit); err != nil {
		return err
	}
	constructed, p, err := prove.Converse(limit, slices.Max(append(cohort.Thoughts, 0)), o.logit)
	switch {
	case err == nil:
		document.Converse = &converseRecord{graph.FormOf(constructed), p.Excess().String()}
	case !errors.Is(err, prove.ErrNoConverse):
		return undecided(err)
	}
	if document.Flow, err = answerSamples(ctx, o, cohort.Predictions); err != nil {
		return err
	}
	return o.print("predict-data/1", document, document.print)
}

// answerUnseen answers the instances of --unseen, if there are any.
func answerUnseen(o *predictOptions, limit *theory.AnswerLimit) (*prove.Unseen, error) {
	if o.unseen == "" {
		return nil, nil
	}
	instances, err := o.loadInstances(o.unseen)
	if err != nil {
		return nil, err
	}
	unseen, err := prove.CohortOf(instances, o.thoughts, o.logit)
	if err != nil {
		return nil, undecided(err)
	}
	return prove.AnswerUnseen(limit, unseen), nil
}

func (d *predictDocument) print(w io.Writer) {
	fmt.Fprintf(w, "%d of %d instances (%s)\n", d.Instances, d.all, d.Weights)
	printNumber(w, "ratio", d.Ratio)
	fmt.Fprintf(w, "exact   %s = m + Δ,  m = %s on %s,  Δ = %s on %s\n", d.Exact, d.Least, prove.Counted(len(d.AtLeast), "instance"), d.Excess, prove.Counted(d.pairs, "pair"))
	fmt.Fprintf(w, "an unseen instance is answered correctly in the limit if M' − λ'* is below the ratio, wrongly if it is above\n")
	if u := d.Unseen; u != nil {
		fmt.Fprintf(w, "unseen  %s: %d right, %d wrong %v, %d undecided %v\n", prove.Counted(u.Instances, "instance"), u.Right, len(u.Wrong), u.Wrong, len(u.Undecided), u.Undecided)
	}
	if r := d.Converse; r != nil {
		fmt.Fprintf(w, "wrong   on a constructed instance with %d vertices and %d edges, M' − λ'* = %s (--json prints it)\n", r.Vertices, len(r.Edges), r.Excess)
	} else {
		fmt.Fprintln(w, "right   on every unseen instance: no construction passes the ratio with such weights")
	}
	printSamples(w, d.Flow)
}

// A supportPair says how many pairs of an instance attain Δ.
type supportPair struct {
	Instance int `json:"instance"`
	Pairs    int `json:"pairs"`
}

// A converseRecord is a constructed instance in the project's own form.
type converseRecord struct {
	graph.Form
	Excess string `json:"excess"` // M' − λ'*
}
