package main

import (
	"cmp"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"muflow/graph"
	"muflow/sim"
	"muflow/sim/learned"
)

// A trainDescription names a training and all that it depends on.
type trainDescription struct {
	Preset   string               `json:"preset"`
	Loss     string               `json:"loss"`
	Seed     uint64               `json:"seed"`
	Settings any                  `json:"settings"`          // a sim.Description
	Differs  []learned.Difference `json:"differs,omitempty"` // from the published training, for presets made after it
}

// A describer is a training that knows its settings.
type describer interface {
	Total() int
	Settings() sim.Description
}

// label returns the label law of the preset.
func (p trainPreset) label() graph.Law {
	if p.sim != nil {
		return p.sim.Label
	}
	return p.learned.Label
}

// adjust changes the preset as the flags ask. A flag without an effect is an
// error.
func (o *trainOptions) adjust() error {
	p := o.preset
	if o.label != nil {
		if o.loss == sim.CoconutBFS {
			return usagef("--label %v, the loss bfs has no label", *o.label)
		}
		if p.sim != nil {
			p.sim.Label = *o.label
		} else {
			p.learned.Label = *o.label
		}
	}
	if o.names != nil {
		if p.learned == nil {
			return usagef("--names %v: this preset draws them in every sample", *o.names)
		}
		p.learned.Format.Names = *o.names
	}
	if o.uneven != nil && o.uneven.Sign() != 0 || o.gain != 0 {
		if p.learned == nil {
			return usagef("--uneven or --gain-until, expected a learned preset, in which scores and gain are made of many parameters")
		}
		p.learned.Config.Uneven, _ = o.uneven.Float64()
		p.learned.GainUntil = o.gain
	}
	if p.learned == nil || !p.learned.Scheduled {
		if o.schedule != "" {
			return usagef("--schedule %s, the preset %s has its own", o.schedule, p.name)
		}
		return nil
	}
	if o.schedule == "" {
		o.schedule = learned.Schedules[0].Name
	}
	for _, s := range learned.Schedules {
		if s.Name == o.schedule {
			p.learned.Batch, p.learned.Stages = s.Batch, s.Stages
		}
	}
	return nil
}

func scheduleNames() (names []string) {
	for _, s := range learned.Schedules {
		names = append(names, s.Name)
	}
	return names
}

// pointed is a parser of values that may not be given.
func pointed[T any](read func(string) (T, error)) func(string) (*T, error) {
	return func(text string) (*T, error) {
		x, err := read(text)
		return &x, err
	}
}

// described returns the description of a training.
func (o *trainOptions) described(d describer) trainDescription {
	settings := d.Settings()
	if o.kernel != nil {
		settings = append(settings, sim.Setting{Name: "kernel", Value: o.kernel.Name()})
	}
	out := trainDescription{Preset: o.preset.name, Loss: o.loss.String(), Seed: o.seed, Settings: append(settings, sim.Setting{Name: "trained_steps", Value: cmp.Or(o.steps, d.Total())})}
	if d, ok := d.(interface{ Differences() []learned.Difference }); ok {
		out.Differs = d.Differences()
	}
	return out
}

// printDescription prints the settings of a training that is not made.
func (o *trainOptions) printDescription() error {
	var d describer
	if p := o.preset.learned; p != nil {
		instances, err := o.given()
		if err != nil {
			return err
		}
		if d, err = learned.NewPlan(*p, o.loss, o.seed, instances); err != nil {
			return usage(err)
		}
	} else {
		session, _, err := o.open()
		if err != nil {
			return err
		}
		d = session.(describer)
	}
	document := o.described(d)
	return o.print("train-settings/1", document, document.table)
}

// table writes the settings for people.
func (d trainDescription) table(w io.Writer) {
	fmt.Fprintf(w, "preset %s, loss %s, seed %d\n\n", d.Preset, d.Loss, d.Seed)
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, s := range d.Settings.(sim.Description) {
		fmt.Fprintf(table, "%s\t%s\n", strings.ReplaceAll(s.Name, "_", " "), s.Text())
	}
	table.Flush()
	if len(d.Differs) == 0 {
		return
	}
	fmt.Fprint(w, "\nwhat differs from the published training\n\n")
	table = tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, x := range d.Differs {
		fmt.Fprintf(table, "%s\tpublished\t%s\n\there\t%s\n\treason\t%s\n", x.What, x.Published, x.Here, x.Reason)
	}
	table.Flush()
}
