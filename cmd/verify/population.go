package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"muflow/graph"
	"muflow/internal/strict"
	"muflow/prove"
	"muflow/theory"

	"github.com/spf13/cobra"
)

// populationOptions say what shares the logits in verify population.
type populationOptions struct {
	work
	data         string
	certificates string
	step         int
	steps        func(most int) ([]int, error) // nil for the one step
	form         string
	stepWeights  []*big.Rat
	weights      string
	label        graph.Law
	share, alpha *big.Rat
	gain         *big.Rat // of softmax attention, nil for linear attention
	digits       int
	logits       thoughtLogits
	flow         untilOptions
}

func newPopulation(t *terminal, run func(context.Context, *populationOptions) error) *cobra.Command {
	o := &populationOptions{work: work{terminal: t}}
	c, f := bind(&cobra.Command{
		Use:   "population --step c",
		Short: "Enclose the equilibrium that a data set shares at one step under the Coconut loss",
		Long: `All instances of a data set share one index-matching logit μ (with --parametrization full: μ and the
index-mismatch logit ν). Decide exactly whether it has a finite limit, and enclose the limit.

Several steps may share it (--steps), with a weight each (--step-weights), instances may have weights
(--weights names a JSON array of positive numbers), and a share q of the Coconut-BFS loss may be mixed into
every loss (--bfs-share); the limit is then that from μ(0) = 0.

With --until T the shared logit is followed from μ(0) = 0, or --start, in gradient-flow time, and enclosed at T:

  μ' = (α/n_voc)·mean_i s_i(d*_i − F_i(μ)),  n_voc the most vertices of an instance

as in verify curriculum; the mean is over the pairs of instance and step, by their weights.

With --logit the thoughts have the weights of walks instead of uniform ones, one step at a time, --until included. The
line "laws" says, as exactly, where μ goes with the label drawn by each law.

With --gain G attention is a softmax over the edges with that value gain. The logit can then have several equilibria: all are
enclosed, each with its stability, and proved to be all. --logit has one number with it.`,
		Example: "  verify population --step 1 --until 1e5 --digits 10 --samples 5\n  verify population --steps all --step-weights 1,2,2,1\n  verify population --step 1 --bfs-share 1/10\n  verify population --data prosqa_valid.json.gz --step 1 --digits 40\n  verify population --step 2 --parametrization full --json\n  verify population --step 2 --logit 12/5 --label frontier\n  verify population --data prosqa_valid.json.gz --step 2 --gain 10",
	}, o, run)
	addData(f, &o.data)
	addStep(f, &o.step, 0)
	addWord(f, &o.form, "parametrization", "diagonal", "score matrix: diagonal or full", "diagonal", "full")
	addParsed(f, &o.steps, "steps", "", "steps", "several steps that share the logits, such as 1,2,3 or all (instead of --step)", func(text string) (func(int) ([]int, error), error) {
		return func(most int) ([]int, error) { return parseSteps(text, most) }, nil
	})
	addParsed(f, &o.stepWeights, "step-weights", "", "numbers", "a weight for each of --steps (default: 1 each)", parseWeights)
	f.StringVar(&o.weights, "weights", "", "file with a JSON array of weights, one for each instance (default: 1 each)")
	addParsed(f, &o.share, "bfs-share", "0", "number", "share of Coconut-BFS in the loss, 0 to 1", func(text string) (*big.Rat, error) {
		share, ok := parseNonNegative(text)
		if !ok || share.Cmp(big.NewRat(1, 1)) > 0 {
			return nil, errors.New("expected a number from 0 to 1")
		}
		return share, nil
	})
	addLabel(f, &o.label)
	addDigits(f, &o.digits, 30)
	addAlpha(f, &o.alpha)
	addPositive(f, &o.gain, "gain", "", "value gain g of softmax attention, a positive rational or decimal number (default: linear attention)")
	addCertificates(f, &o.certificates)
	o.logits.add(f)
	o.flow.add(f)
	o.add(f)
	needs(c, "until", "start", "samples")
	for _, other := range []string{"steps", "step-weights", "weights", "bfs-share", "parametrization", "certificates"} {
		excludes(c, "logit", other)
	}
	excludes(c, "gain", "parametrization")
	excludes(c, "gain", "until")
	excludes(c, "step", "steps")
	excludes(c, "certificates", "steps")
	excludes(c, "certificates", "weights")
	return c
}

// sharing says what the instances share, of which one has so many steps.
func (o *populationOptions) sharing(instances, most int, labeled func(steps []int) error) (sharing prove.Sharing, err error) {
	sharing = prove.Sharing{Steps: []int{o.step}, StepWeights: o.stepWeights, BFS: o.share, Label: o.label, Full: o.form == "full", Alpha: o.alpha}
	if o.steps == nil {
		err = stepBelow(most, "step", o.step)
	} else {
		sharing.Steps, err = o.steps(most)
	}
	if err == nil {
		err = labeled(sharing.Steps)
	}
	if err == nil && o.weights != "" {
		sharing.Weights, err = o.loadWeights(o.weights)
	}
	if err != nil {
		return sharing, err
	}
	return sharing, usage(sharing.Validate(instances))
}

// load reads the instances, all of them, and what they share.
func (o *populationOptions) load() (instances []graph.Instance, sharing prove.Sharing, err error) {
	if instances, err = o.loadInstances(o.data); err != nil {
		return nil, sharing, err
	}
	sharing, err = o.sharing(len(instances), graph.MostSteps(instances), func(steps []int) error { return checkLabels(instances, o.label, steps...) })
	return instances, sharing, err
}

// gather goes through the instances, a few of which are in memory at a time; for
// certificates, one of which holds all graphs, all are.
func (o *populationOptions) gather() (crowd *prove.Crowd, sharing prove.Sharing, instances []graph.Instance, err error) {
	add := func(_ int, group []graph.Instance) error {
		for i := range group {
			if err := crowd.Add(&group[i]); err != nil {
				return undecided(err)
			}
		}
		return nil
	}
	if o.certificates != "" {
		if instances, sharing, err = o.load(); err != nil {
			return nil, sharing, nil, err
		}
		crowd = prove.NewCrowd(sharing)
		return crowd, sharing, instances, add(0, instances)
	}
	data, err := o.passThrough(o.data)
	if err != nil {
		return nil, sharing, nil, err
	}
	defer data.close()
	if sharing, err = o.sharing(data.count, data.most, func([]int) error { return nil }); err != nil {
		return nil, sharing, nil, err
	}
	crowd = prove.NewCrowd(sharing)
	if err = data.groups(groupSize, add); err == nil && crowd.Steps() == 0 {
		err = unlabeled(o.label, sharing.Steps)
	}
	return crowd, sharing, nil, err
}

func runPopulation(ctx context.Context, o *populationOptions) error {
	if o.certificates != "" && (o.form != "diagonal" || o.share.Sign() > 0) {
		return usagef("--certificates, expected with a diagonal score matrix and without --bfs-share (for a full one: verify overlap)")
	}
	if o.flow.until != nil && o.form == "full" {
		return usagef("--until goes with a diagonal score matrix, expected no --parametrization full")
	}
	if o.share.Cmp(big.NewRat(1, 1)) == 0 {
		if err := checkLabel(o.label, theory.CoconutBFS); err != nil {
			return err
		}
	}
	if o.logits != nil && o.gain == nil {
		return o.walk(ctx)
	}
	if o.gain != nil {
		instances, sharing, err := o.load()
		if err != nil {
			return err
		}
		return o.attend(ctx, instances, sharing)
	}
	crowd, sharing, instances, err := o.gather()
	if err != nil {
		return err
	}
	result, err := crowd.Population(ctx, o.digits)
	if err != nil {
		return undecided(err)
	}
	flow, err := o.flow.follow(func(start *big.Rat, times []*big.Rat) (*prove.SharedFlow, error) {
		return crowd.Flow(ctx, start, times, o.digits)
	})
	if err != nil {
		return err
	}
	if o.certificates != "" {
		scope := prove.Scope{Claims: []string{"population"}, Step: o.step, Alpha: o.alpha, Label: o.label}
		if err := o.certify(ctx, o.certificates, scope, instances, nil); err != nil {
			return err
		}
	}
	document := struct {
		Step  *int                    `json:"step,omitempty"`
		Steps []int                   `json:"steps,omitempty"`
		Laws  map[string]theory.Limit `json:"laws,omitempty"` // with a diagonal score matrix
		*prove.Population
		Mu *prove.Number `json:"mu,omitempty"`
		Nu *prove.Number `json:"nu,omitempty"`
		*populationFlow
	}{Steps: sharing.Steps, Population: result, populationFlow: flow}
	if !sharing.Full {
		document.Laws = crowd.LawLimits()
	}
	what := fmt.Sprintf("steps %v: %s of instance and step", sharing.Steps, prove.Counted(result.Instances, "pair"))
	if o.steps == nil {
		document.Step, document.Steps = &o.step, nil
		what = fmt.Sprintf("step %d: %s", o.step, prove.Counted(result.Instances, "instance"))
	}
	if result.Limit == theory.FiniteLimit {
		document.Mu = new(prove.Enclose(result.Theta[0], o.digits))
		if sharing.Full {
			document.Nu = new(prove.Enclose(result.Theta[1], o.digits))
		}
	}
	return o.print("population/1", document, func(w io.Writer) {
		fmt.Fprintf(w, "%s, %d with d_min < d* < d_max, %d with d* > F(0), %d with both\n", what, result.Bounded, result.Positive, result.Both)
		fmt.Fprintf(w, "status  %s   (%s score matrix)\n", result.Limit, o.form)
		if document.Laws != nil {
			printLaws(w, document.Laws)
		}
		if document.Mu != nil {
			printNumber(w, "μ*", *document.Mu)
		}
		if document.Nu != nil {
			printNumber(w, "ν*", *document.Nu)
		}
		if flow != nil {
			flow.print(w)
		}
	})
}

// parseSteps reads "all" or steps separated by commas, each once, below most.
func parseSteps(text string, most int) ([]int, error) {
	var out []int
	if text == "all" {
		for step := range most {
			out = append(out, step)
		}
		return out, nil
	}
	for part := range strings.SplitSeq(text, ",") {
		step, err := strconv.Atoi(strings.TrimSpace(part))
		if err != nil || step < 0 || step >= most || slices.Contains(out, step) {
			return nil, usagef("--steps %q, expected all, or different steps from 0 to %d separated by commas", text, most-1)
		}
		out = append(out, step)
	}
	return out, nil
}

// loadWeights reads a JSON array of numbers > 0.
func (t *terminal) loadWeights(file string) ([]*big.Rat, error) {
	text, from, err := t.readWhole(file)
	if err != nil {
		return nil, err
	}
	t.head.Files = append(t.head.Files, from)
	var numbers []json.Number
	if err := strict.Unmarshal(text, &numbers); err != nil {
		return nil, usagef("%s: expected a JSON array of numbers", file)
	}
	out := make([]*big.Rat, len(numbers))
	for i, n := range numbers {
		q, ok := parseNonNegative(n.String())
		if !ok || q.Sign() == 0 {
			return nil, usagef("%s: number %d, expected a positive number", file, i)
		}
		out[i] = q
	}
	return out, nil
}
