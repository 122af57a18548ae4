package main

import (
	"context"
	"io"
	"math"
	"math/big"

	"muflow/graph"
	"muflow/internal/runs"
	"muflow/sim"
	"muflow/theory"
)

// consult holds the curves against the reduced flow of their data, and what was
// measured on instances against what the theory says of them.
func (o *compareOptions) consult(ctx context.Context, d *compareDocument) error {
	if o.data == "" {
		if o.expect == "consistent" {
			return usagef("--expect consistent without --data")
		}
		return nil
	}
	instances, err := o.loadInstances(o.data)
	if err != nil {
		return err
	}
	if err := checkStep(instances, "step", o.step); err != nil {
		return err
	}
	if err := o.checkTraining(d, instances); err != nil {
		return err
	}
	if o.instancesFile != "" {
		if err := o.associate(d, instances); err != nil {
			return err
		}
	}
	if o.instance >= 0 {
		if o.instance >= len(instances) {
			return usagef("--instance %d, expected 0 to %d", o.instance, len(instances)-1)
		}
		instances = instances[o.instance : o.instance+1]
	}
	for _, row := range d.Conditions {
		if err := o.holdAgainst(ctx, row, instances); err != nil {
			return err
		}
	}
	return nil
}

// checkTraining refuses what is said of the training and does not matter to any
// condition.
func (o *compareOptions) checkTraining(d *compareDocument, instances []graph.Instance) error {
	labelled := false
	for _, row := range d.Conditions {
		if o.batch > 0 && o.nominal(row.Runs[0]) {
			return usagef("--batch %d: only the noise of plain gradient descent is known, not that of an adaptive optimiser", o.batch)
		}
		how, t := o.trained(row.Runs[0], instances)
		if o.batch > 0 && how.Batch == 0 {
			return usagef("--batch %d without one learning rate of %s, expected --rate with a number", o.batch, printable(row.Name))
		}
		labelled = labelled || t.Loss == theory.Coconut
	}
	if o.law != nil && !labelled {
		return usagef("--label %v does not matter to the bfs loss, which has no label", *o.law)
	}
	return nil
}

// holdAgainst holds the curves of one condition against the flow, but those that
// overshot, which no flow of one logit makes.
func (o *compareOptions) holdAgainst(ctx context.Context, row *compareRow, instances []graph.Instance) error {
	run := row.Runs[0]
	if p := presetOf(run); p != nil && p.sim != nil && !p.sim.Restart && (o.step > 0 || o.stage == nil || *o.stage != 1) {
		return usagef("--data with preset %s, whose stages go on from the one before: expected --stage 1 --step 0", p.name)
	}
	how, t := o.trained(run, instances)
	if o.instance >= 0 {
		if _, err := t.Law.Step(&instances[0], o.step); err != nil {
			return usagef("--instance %d --step %d: %v", o.instance, o.step, err)
		}
	}
	if row.overshot() && !t.Full {
		row.Monotone = true
		return nil
	}
	q, err := t.Question(how, o.nominal(run))
	if err != nil {
		return usage(err)
	}
	for _, curve := range row.Curves {
		fit, err := q.Against(ctx, curve)
		if err != nil {
			return undecided(err)
		}
		row.Theory = append(row.Theory, fit)
	}
	return nil
}

// trained returns how a run was trained, by what is said of it, or else by its
// document and its preset, and the theory of that.
func (o *compareOptions) trained(run *runs.Run, instances []graph.Instance) (runs.Descent, runs.Theory) {
	t := runs.Theory{Instances: instances, Step: o.step, Alpha: big.NewRat(1, 1)}
	how := runs.Descent{Batch: float64(o.batch), Rate: o.rateOf(run)}
	if p := presetOf(run); p != nil {
		t.Law = p.label()
		if p.sim != nil {
			t.Alpha.SetFloat64(p.sim.Gain)
			t.Full = p.sim.Form == sim.Full
			if o.batch == 0 {
				how.Batch = float64(p.sim.Batch)
			}
		}
	}
	if run.Document != nil {
		if loss, err := theory.ParseLoss(run.Document.Loss); err == nil {
			t.Loss = loss
		}
		if law, err := graph.ParseLaw(run.Document.Label); err == nil {
			t.Law = law
		}
		if alpha, err := parsePositive(run.Document.Alpha); err == nil {
			t.Alpha = alpha
		}
	}
	if o.loss != nil {
		t.Loss = *o.loss
	}
	if o.law != nil {
		t.Law = *o.law
	}
	if t.Loss == theory.CoconutBFS { // has no label
		t.Law = graph.PathLaw
	}
	if o.alpha != nil {
		t.Alpha = o.alpha
	}
	if o.form != "" {
		t.Full = o.form == "full"
	}
	if math.IsNaN(how.Rate) { // that of the lines: no bias, no noise
		how = runs.Descent{}
	}
	return how, t
}

// associate reads what was measured on instances.
func (o *compareOptions) associate(d *compareDocument, instances []graph.Instance) error {
	var measured runs.Measured
	err := o.readOther(o.instancesFile, func(r io.Reader, name string) (err error) {
		measured, err = runs.ReadInstances(r, name, o.responses)
		return err
	})
	if err != nil {
		return err
	}
	_, t := o.trained(d.Conditions[0].Runs[0], instances)
	d.Associations, err = runs.Associate(instances, t.Law, o.step, t.Loss, t.Alpha, measured, o.seed)
	return usage(err)
}
