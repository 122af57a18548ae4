package sweep

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"math/big"
	"strings"

	"muflow/internal/check"
	"muflow/internal/runlog"
	"muflow/internal/script"
	"muflow/internal/strict"
	"muflow/theory"
)

// theoryKind is the kind of run that a sweep over the parameters of a theory file is.
const theoryKind = "theory-sweep"

const theorySchema = "muflow/theory-sweep/1"

// theoryName is where the folder keeps the theory file.
const theoryName = "theory.star"

// An Axis is the values of one parameter, exact rationals.
type Axis struct {
	Name   string   `json:"name"`
	Values []string `json:"values"`
}

// A TheoryConfig is all that the results of a sweep over a theory file depend on.
type TheoryConfig struct {
	Version     string   `json:"version"` // of the program
	Revision    string   `json:"revision,omitempty"`
	File        string   `json:"file"` // its name
	SHA256      string   `json:"sha256"`
	Grid        []Axis   `json:"grid"`
	Settings    []Axis   `json:"settings,omitempty"` // of other parameters: one value, or two for all between
	Claims      []string `json:"claims,omitempty"`   // and oracles: only these, all if neither they nor observables are named
	Observables []string `json:"observables,omitempty"`
	Until       string   `json:"until"`
	Digits      int      `json:"digits"`
	Shard       Shard    `json:"shard"`
}

// A TheoryCell is the result of one cell: what check says of the theory at one
// value of each parameter of the grid.
type TheoryCell struct {
	Key         string              `json:"key"`    // NAME=VALUE:NAME=VALUE
	Values      []string            `json:"values"` // of the parameters of the grid, in its order
	Claims      []check.Result      `json:"claims"`
	Observables []check.Observation `json:"observables"`
}

// A TheoryResult is the summary of a finished sweep or shard over a theory file.
type TheoryResult struct {
	Schema  string         `json:"schema"`
	Theory  string         `json:"theory"` // its name
	Config  TheoryConfig   `json:"config"`
	Cells   int            `json:"cells"`
	Summary map[string]int `json:"summary"` // verdicts, and how many are expected, unexpected and open
	SHA256  string         `json:"results_sha256"`
}

// A TheorySweep is a grid over the parameters of a theory file.
type TheorySweep struct {
	config TheoryConfig
	text   []byte
	file   *script.File
	name   string // of the theory
	fixed  map[string]script.Setting
	axes   [][]*big.Rat
	until  *big.Rat
	cells  int
}

// NewTheory checks a configuration: that the theory runs at every value of each
// parameter, the others at their first, and has the claims and observables named.
func NewTheory(config TheoryConfig, text []byte) (*TheorySweep, error) {
	config.SHA256 = fmt.Sprintf("%x", sha256.Sum256(text))
	s := &TheorySweep{config: config, text: text, fixed: map[string]script.Setting{}, cells: 1}
	var err error
	if s.file, err = script.Parse(config.File, text); err != nil {
		return nil, err
	}
	var ok bool
	if s.until, ok = new(big.Rat).SetString(config.Until); !ok || s.until.Sign() <= 0 {
		return nil, fmt.Errorf("until %q, expected a positive number", config.Until)
	}
	names := []string{}
	for _, a := range config.Settings {
		list, err := a.rationals()
		if err != nil {
			return nil, err
		}
		names = append(names, a.Name)
		s.fixed[a.Name] = script.Setting{Low: list[0], High: list[len(list)-1]}
	}
	for _, a := range config.Grid {
		list, err := a.rationals()
		if err != nil {
			return nil, err
		}
		names = append(names, a.Name)
		s.axes = append(s.axes, list)
		if s.cells > maxCells/len(list) {
			return nil, fmt.Errorf("a grid of more than %d cells", maxCells)
		}
		s.cells *= len(list)
	}
	if err := once("parameter", names); err != nil {
		return nil, err
	}
	if c := config.Shard; len(config.Grid) == 0 || config.Digits < 1 || c.Count < 1 || c.Count > MaxShards || c.Index < 0 || c.Index >= c.Count {
		return nil, fmt.Errorf("a grid of %d parameters, %d digits, shard %v, expected one or more of each", len(config.Grid), config.Digits, c)
	}
	return s, s.try()
}

// rationals reads the values of an axis.
func (a Axis) rationals() ([]*big.Rat, error) {
	if a.Name == "" || len(a.Values) == 0 || strings.ContainsAny(a.Name, ":=") {
		return nil, fmt.Errorf("parameter %q with %d values, expected a name and one or more", a.Name, len(a.Values))
	}
	if err := once("value", a.Values); err != nil {
		return nil, fmt.Errorf("%s: %w", a.Name, err)
	}
	var out []*big.Rat
	for _, text := range a.Values {
		q, ok := new(big.Rat).SetString(text)
		if !ok || q.RatString() != text {
			return nil, fmt.Errorf("%s: %q is not a rational number in lowest terms", a.Name, text)
		}
		out = append(out, q)
	}
	return out, nil
}

// try runs the theory along each axis.
func (s *TheorySweep) try() error {
	at := make([]int, len(s.axes))
	for k, axis := range s.axes {
		for i := range axis {
			at[k] = i
			th, err := s.run(at)
			if err != nil {
				return fmt.Errorf("%w (%s)", err, s.key(at))
			}
			if _, err := s.part(th); err != nil {
				return err
			}
			s.name = th.Name
		}
		at[k] = 0
	}
	return nil
}

// at returns the places on the axes of a cell; the last axis runs fastest.
func (s *TheorySweep) at(cell int) []int {
	out := make([]int, len(s.axes))
	for k := len(s.axes) - 1; k >= 0; k-- {
		out[k] = cell % len(s.axes[k])
		cell /= len(s.axes[k])
	}
	return out
}

func (s *TheorySweep) values(at []int) []string {
	out := make([]string, len(at))
	for k, i := range at {
		out[k] = s.config.Grid[k].Values[i]
	}
	return out
}

func (s *TheorySweep) key(at []int) string {
	var out []string
	for k, value := range s.values(at) {
		out = append(out, s.config.Grid[k].Name+"="+value)
	}
	return strings.Join(out, ":")
}

// run runs the file at one cell.
func (s *TheorySweep) run(at []int) (*script.Theory, error) {
	set := map[string]script.Setting{}
	for name, x := range s.fixed {
		set[name] = x
	}
	for k, i := range at {
		q := s.axes[k][i]
		set[s.config.Grid[k].Name] = script.Setting{Low: q, High: q}
	}
	return s.file.Run(script.Options{Set: set})
}

// part leaves of a theory what is asked for. A name that the theory does not have
// at all is an error; one that it has elsewhere on the grid may be missing.
func (s *TheorySweep) part(th *script.Theory) (*script.Theory, error) {
	if len(s.config.Claims)+len(s.config.Observables) == 0 {
		return th, nil
	}
	only := *th
	only.Claims, only.Oracles, only.Observables = nil, nil, nil
	for _, name := range s.config.Claims {
		before := len(only.Claims) + len(only.Oracles)
		for _, c := range th.Claims {
			if c.ID == name {
				only.Claims = append(only.Claims, c)
			}
		}
		for _, o := range th.Oracles {
			if o.Name == name {
				only.Oracles = append(only.Oracles, o)
			}
		}
		if before == len(only.Claims)+len(only.Oracles) {
			return nil, fmt.Errorf("%s: there is no claim or oracle %.40q", s.config.File, name)
		}
	}
	for _, name := range s.config.Observables {
		before := len(only.Observables)
		for _, o := range th.Observables {
			if o.Name == name {
				only.Observables = append(only.Observables, o)
			}
		}
		if before == len(only.Observables) {
			return nil, fmt.Errorf("%s: there is no observable %.40q", s.config.File, name)
		}
	}
	return &only, nil
}

// compute decides one cell.
func (s *TheorySweep) compute(ctx context.Context, cell int) (*TheoryCell, error) {
	at := s.at(cell)
	th, err := s.run(at)
	if err == nil {
		th, err = s.part(th)
	}
	if err != nil {
		return nil, fmt.Errorf("%w (%s)", err, s.key(at))
	}
	report, err := check.Theory(ctx, th, check.Options{Until: s.until, Digits: s.config.Digits})
	if err != nil {
		return nil, err
	}
	return &TheoryCell{s.key(at), s.values(at), report.Claims, report.Observations}, nil
}

// cellsOf lists the cells of the shard.
func (s *TheorySweep) cellsOf(shard Shard) []int {
	var out []int
	for i := shard.Index; i < s.cells; i += shard.Count {
		out = append(out, i)
	}
	return out
}

// Run works through the cells of the shard as Sweep.Run does: the folder survives
// the death of the process, and its files have the same bytes for any number of
// jobs, but for environment.json and its line in the manifest.
func (s *TheorySweep) Run(ctx context.Context, dir string, resume bool, jobs int, environment runlog.Environment, progress runlog.Progress) (*TheoryResult, error) {
	cells := s.cellsOf(s.config.Shard)
	run, err := runlog.Open(dir, theoryKind, s.config, resume, s.replay(cells))
	if err != nil {
		return nil, err
	}
	defer run.Close()
	if text, done := run.Result(); done {
		return parseTheoryResult(text)
	}
	err = runlog.Ordered(ctx, run.Records(), len(cells), jobs, progress, func(ctx context.Context, i int) (*TheoryCell, error) {
		return s.compute(ctx, cells[i])
	}, func(_ int, r *TheoryCell) error { return run.AppendJSON(r) })
	if err != nil {
		return nil, err
	}
	return s.finish(run, environment)
}

// replay checks the records that a folder holds.
func (s *TheorySweep) replay(cells []int) func([]byte) error {
	held := 0
	return func(text []byte) error {
		if held >= len(cells) {
			return fmt.Errorf("%w: more records than cells", runlog.ErrDamaged)
		}
		held++
		return checkKey(text, s.key(s.at(cells[held-1])))
	}
}

// finish writes the files of a folder whose log is complete.
func (s *TheorySweep) finish(run *runlog.Run, environment runlog.Environment) (*TheoryResult, error) {
	if err := run.Sync(); err != nil {
		return nil, err
	}
	if err := runlog.WriteIn(run.Dir(), theoryName, s.text); err != nil {
		return nil, err
	}
	out := &TheoryResult{Schema: theorySchema, Theory: s.name, Config: s.config, Summary: map[string]int{}}
	err := runlog.ReplaceIn(run.Dir(), resultsName, func(w io.Writer) error {
		sum := sha256.New()
		w = io.MultiWriter(w, sum)
		err := run.Replay(func(text []byte) error {
			var cell TheoryCell
			if err := strict.Unmarshal(text, &cell); err != nil {
				return fmt.Errorf("%w: %v", runlog.ErrDamaged, err)
			}
			out.Cells++
			check.Count(cell.Claims, out.Summary)
			_, err := w.Write(append(bytes.Clone(text), '\n'))
			return err
		})
		out.SHA256 = hex.EncodeToString(sum.Sum(nil))
		return err
	})
	if err != nil {
		return nil, err
	}
	if err := s.writeCells(run); err != nil {
		return nil, err
	}
	text, err := json.MarshalIndent(out, "", "  ")
	if err != nil {
		return nil, err
	}
	return out, run.Seal(append(text, '\n'), environment)
}

// A theoryRow is one number or verdict of a cell.
type theoryRow struct {
	Key      string `json:"key"`
	Kind     string `json:"kind"` // the word of the claim, oracle or observable
	Name     string `json:"name"`
	Verdict  string `json:"verdict"`
	Expected string `json:"expected"`
	Value    string `json:"value"` // which number, a time of an observable
	Low      string `json:"low"`
	High     string `json:"high"`
	Reason   string `json:"reason"`
}

// writeCells writes verdicts and numbers as a table, one line each.
func (s *TheorySweep) writeCells(run *runlog.Run) error {
	return runlog.ReplaceIn(run.Dir(), "cells.csv", func(w io.Writer) error {
		put, finish := csvSink[theoryRow](w)
		err := run.Replay(func(text []byte) error {
			var cell TheoryCell
			if err := strict.Unmarshal(text, &cell); err != nil {
				return fmt.Errorf("%w: %v", runlog.ErrDamaged, err)
			}
			for _, c := range cell.Claims {
				row := theoryRow{Key: cell.Key, Kind: c.Kind, Name: c.ID, Verdict: c.Verdict.String(), Expected: c.Expected, Reason: c.Reason}
				if err := put(row); err != nil {
					return err
				}
				for _, v := range c.Values {
					row.Value, row.Low, row.High = v.Name, v.Number.Lo, v.Number.Hi
					if err := put(row); err != nil {
						return err
					}
				}
			}
			for _, o := range cell.Observables {
				row := theoryRow{Key: cell.Key, Kind: "observable", Name: o.Name, Verdict: theory.Undecided.String(), Value: o.Time, Reason: o.Reason}
				if o.Number != nil {
					row.Verdict, row.Low, row.High = theory.Proved.String(), o.Number.Lo, o.Number.Hi
				}
				if err := put(row); err != nil {
					return err
				}
			}
			return nil
		})
		if end := finish(); err == nil {
			err = end
		}
		return err
	})
}

func parseTheoryResult(text []byte) (*TheoryResult, error) {
	out := &TheoryResult{}
	err := strict.Unmarshal(text, out)
	if err == nil && out.Schema != theorySchema {
		err = fmt.Errorf("schema %q, expected %s", out.Schema, theorySchema)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", runlog.ErrDamaged, err)
	}
	return out, nil
}
