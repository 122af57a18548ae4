package main

import (
	"errors"
	"fmt"
	"io"
	"math/big"
	"strconv"
	"strings"

	"muflow/graph"
	"muflow/prove"
	"muflow/theory"

	"github.com/spf13/cobra"
)

// predictFlags are those of the command predict.
type predictFlags struct {
	lambda, target, data, unseen, logit, until string
	outside, thoughts, digits                  int
	json                                       bool
}

func newPredict() *cobra.Command {
	c := &cobra.Command{
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
		Args:    cobra.NoArgs,
	}
	f := &predictFlags{}
	c.Flags().StringVar(&f.lambda, "lambda", "", "weights on N_C, separated by commas")
	c.Flags().StringVar(&f.target, "target", "", "which of them is the target's, counted from 0")
	c.Flags().IntVar(&f.outside, "outside", 0, "vertices outside N_C, without the other candidate (with --lambda; only the flow depends on them)")
	c.Flags().StringVar(&f.data, "data", "", "training instances that share the logits")
	c.Flags().IntVar(&f.thoughts, "thoughts", -1, "thoughts before the prediction (with --data; default: all of each demonstrated path)")
	c.Flags().StringVar(&f.logit, "logit", "", "μ of walk weights (with --data; default: uniform weights)")
	c.Flags().StringVar(&f.unseen, "unseen", "", "instances to be answered (with --data)")
	c.Flags().StringVar(&f.until, "log-until", "", "enclose the flow up to this log(1+t)")
	digits := addDigits(c, 30)
	asJSON := addJSON(c)
	c.RunE = func(c *cobra.Command, _ []string) error {
		f.digits, f.json = *digits, *asJSON
		if err := checkDigits(f.digits); err != nil {
			return err
		}
		changed := c.Flags().Changed
		for _, flag := range []string{"lambda", "target", "outside"} {
			if changed("data") && changed(flag) {
				return usagef("--%s does not go with --data", flag)
			}
		}
		for _, flag := range []string{"thoughts", "logit", "unseen"} {
			if !changed("data") && changed(flag) {
				return usagef("--%s needs --data", flag)
			}
		}
		if changed("data") {
			return predictData(c, f)
		}
		return predictWeights(c, f)
	}
	return c
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
func answerSamples(c *cobra.Command, f *predictFlags, predictions []*theory.Prediction) ([]answerSample, error) {
	if f.until == "" {
		return nil, nil
	}
	until, err := parsePositive("--log-until", f.until)
	if err != nil {
		return nil, err
	}
	var times []*big.Rat
	for _, part := range []int64{100, 10, 2, 1} {
		times = append(times, new(big.Rat).Quo(until, big.NewRat(part, 1)))
	}
	flow, err := prove.EncloseAnswerFlow(c.Context(), predictions, times, f.digits)
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

func predictWeights(c *cobra.Command, f *predictFlags) error {
	if f.lambda == "" || f.target == "" {
		return usagef("--lambda and --target are required, or --data")
	}
	weights, err := parseWeights("--lambda", f.lambda)
	if err != nil {
		return err
	}
	index, err := strconv.Atoi(f.target)
	if err != nil {
		return usagef("--target %q, expected 0 to %d", f.target, len(weights)-1)
	}
	if f.outside < 0 || f.outside > graph.MaxOrder {
		return usagef("--outside %d, expected 0 to %d", f.outside, graph.MaxOrder)
	}
	prediction, err := theory.NewPrediction(weights, index, f.outside)
	if err != nil {
		return usage(err)
	}
	result, err := prove.PredictionLimit(prediction)
	if err != nil {
		return undecided(err)
	}
	document := struct {
		Schema    string         `json:"schema"`
		Ratio     prove.Number   `json:"ratio"`
		Exact     string         `json:"exact"`       // the ratio as a fraction
		Direction []string       `json:"direction"`   // (μ_A, μ_R) with margin 1
		Closed    bool           `json:"closed_form"` // m + Δ holds: 1 + Δ(m+Δ) ≥ 0
		Support   []string       `json:"support"`     // contrasts with margin 1
		Flow      []answerSample `json:"flow,omitempty"`
	}{Schema: "muflow/predict/1", Ratio: prove.Exact(result.Ratio, f.digits), Exact: result.Ratio.RatString(), Closed: result.Closed}
	for _, x := range result.Margin.Direction {
		document.Direction = append(document.Direction, x.RatString())
	}
	contrasts := prediction.Contrasts()
	for _, v := range result.Margin.Support {
		document.Support = append(document.Support, fmt.Sprintf("(%s, %s)", contrasts[v][0].RatString(), contrasts[v][1].RatString()))
	}
	if document.Flow, err = answerSamples(c, f, []*theory.Prediction{prediction}); err != nil {
		return err
	}
	return print(c, f.json, document, func(w io.Writer) {
		printNumber(w, "ratio", document.Ratio)
		fmt.Fprintf(w, "exact   %s = lim μ_R/μ_A\n", document.Exact)
		fmt.Fprintf(w, "direction of margin 1  (μ_A, μ_R) = (%s), support vectors %s\n", strings.Join(document.Direction, ", "), strings.Join(document.Support, " "))
		if !document.Closed {
			fmt.Fprintln(w, "the closed form m + Δ does not hold: 1 + Δ(m+Δ) < 0, which unit norm excludes")
		}
		printSamples(w, document.Flow)
	})
}

func predictData(c *cobra.Command, f *predictFlags) error {
	var logit *big.Rat
	var err error
	kind := "uniform"
	if f.logit != "" {
		if logit, err = parsePositive("--logit", f.logit); err != nil {
			return err
		}
		kind = "walk weights, μ = " + logit.RatString()
	}
	instances, err := loadInstances(f.data)
	if err != nil {
		return err
	}
	if c.Flags().Changed("thoughts") {
		if most := longest(instances); f.thoughts < 0 || f.thoughts > most {
			return usagef("--thoughts %d, expected 0 to %d", f.thoughts, most)
		}
	}
	cohort, err := prove.CohortOf(instances, f.thoughts, logit)
	if err != nil {
		return undecided(err)
	}
	if len(cohort.Predictions) == 0 {
		return usagef("%s: on no instance is the target in the thought, and the other candidate not", f.data)
	}
	limit, err := theory.AnswerLimitOf(cohort.Predictions)
	if err != nil {
		return undecided(err)
	}
	document := struct {
		Schema    string          `json:"schema"`
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
	}{Schema: "muflow/predict-data/1", Weights: kind, Instances: len(cohort.Instances), Ratio: prove.Surds(limit.Ratio, f.digits),
		Exact: limit.Ratio.String(), Least: limit.Least.String(), Excess: limit.Excess.String()}
	for _, k := range limit.AtLeast {
		document.AtLeast = append(document.AtLeast, cohort.Instances[k])
	}
	pairs := 0
	for _, p := range limit.AtMost {
		document.AtMost = append(document.AtMost, supportPair{cohort.Instances[p.Instance], p.Count})
		pairs += p.Count
	}
	if f.unseen != "" {
		others, err := loadInstances(f.unseen)
		if err != nil {
			return err
		}
		unseen, err := prove.CohortOf(others, f.thoughts, logit)
		if err != nil {
			return undecided(err)
		}
		document.Unseen = prove.AnswerUnseen(limit, unseen)
	}
	most := 0
	for _, thoughts := range cohort.Thoughts {
		most = max(most, thoughts)
	}
	constructed, p, err := prove.Converse(limit, most, logit)
	switch {
	case err == nil:
		document.Converse = &converseRecord{constructed.Graph.Order(), constructed.Graph.Edges(), constructed.Root, constructed.Target, constructed.Other, constructed.Path, p.Excess().String()}
	case !errors.Is(err, prove.ErrNoConverse):
		return undecided(err)
	}
	if document.Flow, err = answerSamples(c, f, cohort.Predictions); err != nil {
		return err
	}
	return print(c, f.json, document, func(w io.Writer) {
		fmt.Fprintf(w, "%d of %d instances (%s)\n", document.Instances, len(instances), kind)
		printNumber(w, "ratio", document.Ratio)
		fmt.Fprintf(w, "exact   %s = m + Δ,  m = %s on %d instances,  Δ = %s on %d pairs\n", document.Exact, document.Least, len(document.AtLeast), document.Excess, pairs)
		fmt.Fprintf(w, "an unseen instance is answered correctly in the limit if M' − λ'* is below the ratio, wrongly if it is above\n")
		if u := document.Unseen; u != nil {
			fmt.Fprintf(w, "unseen  %d instances: %d right, %d wrong %v, %d undecided %v\n", u.Instances, u.Right, len(u.Wrong), u.Wrong, len(u.Undecided), u.Undecided)
		}
		if r := document.Converse; r != nil {
			fmt.Fprintf(w, "wrong   on a constructed instance with %d vertices and %d edges, M' − λ'* = %s (--json prints it)\n", r.Vertices, len(r.Edges), r.Excess)
		} else {
			fmt.Fprintln(w, "right   on every unseen instance: no construction passes the ratio with such weights")
		}
		printSamples(w, document.Flow)
	})
}

// A supportPair says how many pairs of an instance attain Δ.
type supportPair struct {
	Instance int `json:"instance"`
	Pairs    int `json:"pairs"`
}

// A converseRecord is a constructed instance in the project's own form.
type converseRecord struct {
	Vertices int      `json:"vertices"`
	Edges    [][2]int `json:"edges"`
	Root     int      `json:"root"`
	Target   int      `json:"target"`
	Other    int      `json:"other"`
	Path     []int    `json:"path"`
	Excess   string   `json:"excess"` // M' − λ'*
}

// parseWeights reads numbers ≥ 0 separated by commas, exactly.
func parseWeights(flag, text string) ([]*big.Rat, error) {
	const most = 100_000
	parts := strings.Split(text, ",")
	if len(parts) > most {
		return nil, usagef("%s with %d numbers, expected at most %d", flag, len(parts), most)
	}
	weights := make([]*big.Rat, len(parts))
	for i, part := range parts {
		part = strings.TrimSpace(part)
		q, ok := parseNonNegative(part)
		if !ok {
			if len(part) > 40 {
				part = part[:40] + "…"
			}
			return nil, usagef("%s, number %d: %q, expected a number ≥ 0 such as 0.5 or 2/3", flag, i, part)
		}
		weights[i] = q
	}
	return weights, nil
}
