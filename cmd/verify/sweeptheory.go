package main

import (
	"context"
	"fmt"
	"io"
	"math/big"
	"path/filepath"
	"strconv"
	"strings"

	"muflow/graph"
	"muflow/internal/script"
	"muflow/internal/sweep"
	"muflow/prove"
	"muflow/theory"

	"github.com/spf13/pflag"
)

// theorySweepOptions say what a sweep is over that is of a theory file.
type theorySweepOptions struct {
	file                string
	grid, settings      []string
	claims, observables []string
	until               *big.Rat
	hasData             func() bool // whether --data is given
}

func (o *theorySweepOptions) add(f *pflag.FlagSet) {
	f.StringVar(&o.file, "theory", "", "theory file; if it is about data, for each element of one --data, a JSON array")
	o.hasData = func() bool { return f.Changed("data") }
	f.StringArrayVar(&o.grid, "grid", nil, "parameter of the theory with its values, NAME=V,V,…; LOW..HIGH are the whole numbers between, LOW..HIGH:N are N values, evenly spaced; may be repeated")
	f.StringArrayVar(&o.settings, "set", nil, settingUsage)
	f.StringArrayVar(&o.claims, "claim", nil, "only the claim or oracle of this name; may be repeated")
	f.StringArrayVar(&o.observables, "observable", nil, "only the observable of this name; may be repeated")
	addPositive(f, &o.until, "until", "4", "last time at which closed forms and observables are looked at")
}

// maxAxis bounds the values of one parameter.
const maxAxis = 100_000

// parseAxis reads the values of one parameter.
func parseAxis(text string) (sweep.Axis, error) {
	expected := func(what string) error {
		return usagef("--grid %s: %s, expected NAME=V,V,…, with LOW..HIGH for whole numbers and LOW..HIGH:N for N values, such as D=1..8 or s0=1/10..2:20", shortened(text), what)
	}
	name, list, ok := strings.Cut(text, "=")
	if !ok || name == "" {
		return sweep.Axis{}, expected("no name")
	}
	out := sweep.Axis{Name: name}
	for _, part := range strings.Split(list, ",") {
		values, err := parseSpan(part)
		if err != nil || len(out.Values)+len(values) > maxAxis {
			return out, expected(fmt.Sprintf("%q", shortened(part)))
		}
		for _, q := range values {
			out.Values = append(out.Values, q.RatString())
		}
	}
	return out, nil
}

// parseSpan reads a number, LOW..HIGH or LOW..HIGH:N.
func parseSpan(text string) ([]*big.Rat, error) {
	wrong := fmt.Errorf("%q", text)
	span, count, counted := strings.Cut(text, ":")
	low, high, isSpan := strings.Cut(span, "..")
	a, fine := parseSigned(low)
	if !isSpan {
		if !fine || counted {
			return nil, wrong
		}
		return []*big.Rat{a}, nil
	}
	b, also := parseSigned(high)
	if !fine || !also || a.Cmp(b) >= 0 {
		return nil, wrong
	}
	distance := new(big.Rat).Sub(b, a)
	steps := int64(0)
	if counted {
		n, err := strconv.Atoi(count)
		if err != nil || n < 2 || n > maxAxis {
			return nil, wrong
		}
		steps = int64(n - 1)
	} else {
		if !a.IsInt() || !b.IsInt() || !distance.Num().IsInt64() || distance.Num().Int64() >= maxAxis {
			return nil, wrong
		}
		steps = distance.Num().Int64()
	}
	var out []*big.Rat
	for i := range steps + 1 {
		q := new(big.Rat).Mul(distance, big.NewRat(i, steps))
		out = append(out, q.Add(q, a))
	}
	return out, nil
}

// sweepTheory works through the grid over a theory file.
func sweepTheory(ctx context.Context, o *sweepOptions) error {
	x := &o.ofTheory
	if len(x.grid) == 0 || o.out == "" {
		return usagef("--theory needs --grid and --out")
	}
	settings, err := parseSettings(x.settings)
	if err != nil {
		return err
	}
	text, from, err := o.readWhole(x.file)
	if err != nil {
		return err
	}
	o.head.Files = append(o.head.Files, from)
	config := sweep.TheoryConfig{Version: version, Revision: revision(), File: from.Name, Claims: x.claims, Observables: x.observables, Until: x.until.RatString(), Digits: o.grid.digits, Shard: o.shard}
	for _, text := range x.grid {
		axis, err := parseAxis(text)
		if err != nil {
			return err
		}
		config.Grid = append(config.Grid, axis)
	}
	for _, text := range x.settings {
		name, _, _ := strings.Cut(text, "=")
		axis := sweep.Axis{Name: name, Values: []string{settings[name].Low.RatString()}}
		if settings[name].Low.Cmp(settings[name].High) != 0 {
			axis.Values = append(axis.Values, settings[name].High.RatString())
		}
		config.Settings = append(config.Settings, axis)
	}
	data, err := o.theoryData(&config, text)
	if err != nil {
		return err
	}
	s, err := sweep.NewTheory(config, text, data)
	if err != nil {
		return usage(err)
	}
	dir, err := o.folder()
	if err != nil {
		return err
	}
	o.keeps("the same command goes on from here", "")
	result, err := s.Run(ctx, dir, o.resume, o.jobs, environment(o.jobs), o.progress("sweep"))
	if err != nil {
		return runError(err)
	}
	return printTheorySweep(o.terminal, dir, result)
}

// theoryData reads what a theory is about, nil if it is about no data.
func (o *sweepOptions) theoryData(config *sweep.TheoryConfig, text []byte) ([]byte, error) {
	file, err := script.Parse(config.File, text)
	if err != nil {
		return nil, usage(err)
	}
	switch {
	case !file.TakesData() && o.ofTheory.hasData():
		return nil, usagef("--data %s: no theory here is about data", shortened(o.grid.data[0]))
	case !file.TakesData():
		return nil, nil
	case len(o.grid.data) != 1:
		return nil, usagef("--data: %d files, expected one with --theory", len(o.grid.data))
	case isBuiltin(o.grid.data[0]):
		o.head.readFrom(builtinName)
		config.Data = &sweep.Data{Name: builtinName}
		return io.ReadAll(graph.BuiltinJSON())
	}
	data, from, err := o.readWhole(o.grid.data[0])
	if err != nil {
		return nil, err
	}
	o.head.readFrom(from)
	config.Data = &sweep.Data{Name: from.Name}
	return data, nil
}

func printTheorySweep(t *terminal, dir string, result *sweep.TheoryResult) error {
	err := t.print("theory-sweep/1", struct {
		Schema *string `json:"schema,omitempty"` // in the header
		*sweep.TheoryResult
	}{nil, result}, func(w io.Writer) {
		fmt.Fprintf(w, "%s: %s in %s\n", result.Theory, prove.Counted(result.Cells, "cell"), dir)
		if d := result.Config.Data; d != nil {
			fmt.Fprintf(w, "  for each of %d elements of %s\n", d.Elements, d.Name)
		}
		if result.Failed > 0 {
			fmt.Fprintf(w, "  %s without a theory, counted as undecided; cells.csv says why\n", prove.Counted(result.Failed, "cell"))
		}
		for _, v := range theory.Verdicts {
			if n := result.Summary[v.String()]; n > 0 {
				fmt.Fprintf(w, "  %-14s %d\n", v, n)
			}
		}
		for _, word := range []string{"unexpected", "open"} {
			if n := result.Summary[word]; n > 0 {
				fmt.Fprintf(w, "  %-14s %d\n", word, n)
			}
		}
		fmt.Fprintf(w, "SHA-256 of results.jsonl  %s\n", result.SHA256)
		if shard := result.Config.Shard; shard.Count > 1 {
			fmt.Fprintf(w, "Next: verify merge %s, when all %d shards are done\n", filepath.Dir(dir), shard.Count)
		}
	})
	if err != nil {
		return err
	}
	return byExpectation(result.Summary)
}
