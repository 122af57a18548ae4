package main

import (
	"context"
	"fmt"
	"io"

	"muflow/internal/check"
	"muflow/internal/script"
)

// A theoryFlow is the flow of a theory file at several times.
type theoryFlow struct {
	File     string              `json:"file"`
	Name     string              `json:"name"`
	Instance *int                `json:"instance,omitempty"`
	Until    string              `json:"until"`
	Values   []check.Observation `json:"values"`
}

// followTheory encloses the states and observables of a theory file.
func (o *flowOptions) followTheory(ctx context.Context) error {
	var document theoryFlow
	flags := theoryFlags{data: o.profile.data, settings: o.settings}
	times := sampleTimes(o.until, max(1, o.samples))
	err := flags.load(o.terminal, []string{o.theory}, o.profile.instance, func(th *script.Theory, instance int) error {
		o.noteIntervals(th)
		values, err := check.Flow(ctx, th, times, o.digits)
		if err != nil {
			return err
		}
		document = theoryFlow{File: th.File, Name: th.Name, Until: decimalText(o.until), Values: values}
		if instance >= 0 {
			document.Instance = &instance
		}
		return nil
	})
	switch {
	case err != nil:
		return err
	case len(document.Values) == 0:
		return usagef("%s: no state with a flow and a start, and no observable", o.theory)
	}
	if err := o.print("theoryflow/1", document, func(w io.Writer) {
		fmt.Fprintf(w, "%s up to t = %s\n", document.Name, document.Until)
		printTable(w, 0, "t\tof\tvalue", document.Values, func(w io.Writer, v check.Observation) {
			value := v.Reason
			if v.Number != nil {
				value = v.Number.String()
			}
			fmt.Fprintf(w, "%s\t%s\t%s\n", v.Time, v.Name, value)
		})
	}); err != nil {
		return err
	}
	for _, v := range document.Values {
		if v.Number == nil {
			return undecided(fmt.Errorf("%s was not followed: %s", v.Name, v.Reason))
		}
	}
	return nil
}
