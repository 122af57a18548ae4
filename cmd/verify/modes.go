package main

import (
	"context"
	"fmt"
	"io"
	"math/big"
	"strings"

	"muflow/internal/explore/linear"
	"muflow/ode"
	"muflow/prove"

	"github.com/spf13/cobra"
)

// modesOptions say which modes verify modes encloses.
type modesOptions struct {
	*terminal
	values       []*big.Rat
	until, start *big.Rat
	layers       int
	digits       int
}

func newModes(t *terminal, run func(context.Context, *modesOptions) error) *cobra.Command {
	o := &modesOptions{terminal: t}
	c, f := bind(&cobra.Command{
		Use:   "modes --values LIST --until T",
		Short: "Enclose the modes of a deep linear network, the second theory of this tool",
		Long: `The second theory, kept in one file to show how one is added: a deep linear network learns the mode of singular
value s by u' = L·u^(2−2/L)·(s − u) (Saxe et al., arXiv 1312.6120). Encloses u(T) by a flowpipe and, for one and two
layers, by the closed form, which must agree.`,
		Example: "  verify modes --values 3,1,1/2 --until 2\n  verify modes --values 1 --layers 3 --start 1/10 --until 5 --json",
	}, o, run)
	addParsed(f, &o.values, "values", "", "numbers", "singular values, positive numbers with commas between them (required)", func(text string) (values []*big.Rat, err error) {
		for part := range strings.SplitSeq(text, ",") {
			value, err := parsePositive(part)
			if err != nil {
				return nil, err
			}
			values = append(values, value)
		}
		return values, nil
	})
	addPositive(f, &o.until, "until", "", "time T (required)")
	addPositive(f, &o.start, "start", "1/1000", "start u(0) of every mode")
	addInt(f, &o.layers, "layers", 2, 1, 1000, "number of layers L")
	addDigits(f, &o.digits, 20)
	o.addJSON(f)
	require(c, "values", "until")
	return c
}

// A mode is what is known of the mode of one singular value.
type mode struct {
	Value string        `json:"value"`
	Mode  prove.Number  `json:"mode"` // u(T)
	Half  *prove.Number `json:"half_time,omitempty"`
}

func runModes(ctx context.Context, o *modesOptions) error {
	document := struct {
		Layers int    `json:"layers"`
		Until  string `json:"until"`
		Modes  []mode `json:"modes"`
	}{Layers: o.layers, Until: o.until.RatString()}
	for _, value := range o.values {
		m, err := o.enclose(ctx, linear.Mode{Value: value, Start: o.start, Layers: o.layers})
		if err != nil {
			return err
		}
		document.Modes = append(document.Modes, m)
	}
	return o.print("modes/1", document, func(w io.Writer) {
		printTable(w, 0, "singular value\tu(T)\thalf time", document.Modes, func(w io.Writer, m mode) {
			fmt.Fprintf(w, "%s\t%v\t%s\n", m.Value, m.Mode, short(m.Half))
		})
	})
}

// enclose encloses u(T) and the half time of one mode.
func (o *modesOptions) enclose(ctx context.Context, m linear.Mode) (mode, error) {
	out := mode{Value: m.Value.RatString()}
	system, from, err := m.System()
	if err != nil {
		return out, usage(err)
	}
	pipe, err := ode.Enclose(ctx, system, from, ode.Request{Times: []*big.Rat{o.until}, Digits: o.digits}, ode.FlowSettings{})
	if err != nil {
		return out, undecided(err)
	}
	u := pipe.Values[0][0]
	if o.layers <= 2 {
		closed, err := m.Closed(o.until, u.Prec())
		if err != nil {
			return out, err
		}
		if !closed.Overlaps(u) {
			return out, fmt.Errorf("singular value %s: flowpipe and closed form do not meet", out.Value)
		}
	}
	out.Mode = prove.Enclose(u, o.digits)
	if half, err := m.HalfTime(128); err == nil {
		out.Half = new(prove.Enclose(half, 20))
	}
	return out, nil
}
