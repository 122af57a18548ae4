package main

import (
	"context"
	"io"
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
	if o.instancesFile != "" {
		if err := o.associate(d, instances); err != nil {
			return err
		}
	}
	if o.instance >= 0 {
		if o.instance >= len(instances) {
			return usagef("--instance %d, expected 0 to %d", o.instance, len(instances)-1)
		}
		one := instances[o.instance : o.instance+1]
		if _, err := o.law.Step(&one[0], o.step); err != nil {
			return usagef("--instance %d --step %d: %v", o.instance, o.step, err)
		}
		instances = one
	}
	for _, row := range d.Conditions {
		if err := o.holdAgainst(ctx, d, row, instances); err != nil {
			return err
		}
	}
	return nil
}

// holdAgainst holds the curves of one condition against the flow, but those that
// overshot, which no flow of one logit makes.
func (o *compareOptions) holdAgainst(ctx context.Context, d *compareDocument, row *compareRow, instances []graph.Instance) error {
	run := row.Runs[0]
	how, t := o.trained(run, instances)
	if row.overshot() && !t.Full {
		row.Monotone = true
		return nil
	}
	q, err := t.Question(how, d.Nominal)
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

// trained returns how a run was trained, by what is said of it or by its preset,
// and the theory of that.
func (o *compareOptions) trained(run *runs.Run, instances []graph.Instance) (runs.Descent, runs.Theory) {
	t := runs.Theory{Instances: instances, Law: o.law, Step: o.step, Loss: o.lossOr(theory.Coconut), Alpha: o.alpha, Full: o.form == "full"}
	if t.Alpha == nil {
		t.Alpha = big.NewRat(1, 1)
	}
	how := runs.Descent{Batch: float64(o.batch), Rate: o.rateOf(run)}
	if how.Rate != how.Rate { // that of the lines: no bias, no noise
		how = runs.Descent{}
	}
	if run.Document == nil {
		return how, t
	}
	if loss, err := theory.ParseLoss(run.Document.Loss); err == nil {
		t.Loss = o.lossOr(loss)
	}
	if alpha, err := parsePositive(run.Document.Alpha); err == nil && o.alpha == nil {
		t.Alpha = alpha
	}
	if p := presetOf(run); p != nil && p.sim != nil {
		if o.form == "" {
			t.Full = p.sim.Form == sim.Full
		}
		if o.batch == 0 {
			how.Batch = float64(p.sim.Batch)
		}
		if o.alpha == nil {
			t.Alpha = new(big.Rat).SetFloat64(p.sim.Gain)
		}
	}
	return how, t
}

// lossOr returns the loss that is said, or another.
func (o *compareOptions) lossOr(other theory.Loss) theory.Loss {
	if o.loss != nil {
		return *o.loss
	}
	return other
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
	d.Associations, err = runs.Associate(instances, o.law, o.step, t.Loss, t.Alpha, measured, o.seed)
	return usage(err)
}
