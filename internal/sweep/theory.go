package sweep

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strconv"
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

// Data are the elements for which a theory file is run.
type Data struct {
	Name     string `json:"name"`
	SHA256   string `json:"sha256"`
	Elements int    `json:"elements"`
	File     string `json:"file"` // where the folder keeps them, as they were given
}

// A TheoryConfig is all that the results of a sweep over a theory file depend on.
type TheoryConfig struct {
	Version     string   `json:"version"` // of the program
	Revision    string   `json:"revision,omitempty"`
	File        string   `json:"file"` // its name
	SHA256      string   `json:"sha256"`
	Grid        []Axis   `json:"grid"`
	Data        *Data    `json:"data,omitempty"`
	Settings    []Axis   `json:"settings,omitempty"` // of other parameters: one value, or two for all between
	Claims      []string `json:"claims,omitempty"`   // and oracles: only these, all if neither they nor observables are named
	Observables []string `json:"observables,omitempty"`
	Until       string   `json:"until"`
	Digits      int      `json:"digits"`
	Shard       Shard    `json:"shard"`
}

// A TheoryCell is the result of one cell: what check says of the theory at one
// value of each parameter of the grid, for one element of the data.
type TheoryCell struct {
	Key         string              `json:"key"`            // NAME=VALUE:NAME=VALUE, and :data=I
	Values      []string            `json:"values"`         // of the parameters of the grid, in its order
	Element     *int                `json:"data,omitempty"` // from 0
	Claims      []check.Result      `json:"claims"`
	Observables []check.Observation `json:"observables"`
	Failed      string              `json:"failed,omitempty"` // why there is no theory here
}

// A TheoryResult is the summary of a finished sweep or shard over a theory file.
type TheoryResult struct {
	Schema  string         `json:"schema"`
	Theory  string         `json:"theory"` // its name
	Config  TheoryConfig   `json:"config"`
	Cells   int            `json:"cells"`
	Failed  int            `json:"failed,omitempty"` // cells without a theory, each counted as an undecided claim
	Summary map[string]int `json:"summary"`          // verdicts, and how many are expected, unexpected and open
	SHA256  string         `json:"results_sha256"`
}

// A TheorySweep is a grid over the parameters of a theory file, for each element of
// the data if it is about data.
type TheorySweep struct {
	config   TheoryConfig
	text     []byte
	data     []byte
	elements []any // one, nil, without data
	file     *script.File
	name     string // of the theory
	fixed    map[string]script.Setting
	axes     [][]*big.Rat
	until    *big.Rat
	cells    int
}

// NewTheory checks a configuration: that the theory runs at every value of each
// parameter, the others at their first, and has the claims and observables named.
// Data are a JSON array as it was read, which may be compressed by gzip, of that
// name; none for a theory that is not about data.
func NewTheory(config TheoryConfig, text, data []byte) (*TheorySweep, error) {
	config.SHA256 = fmt.Sprintf("%x", sha256.Sum256(text))
	s := &TheorySweep{config: config, text: text, data: data, elements: []any{nil}, fixed: map[string]script.Setting{}, cells: 1}
	var err error
	if s.file, err = script.Parse(config.File, text); err != nil {
		return nil, err
	}
	if err := s.read(data); err != nil {
		return nil, err
	}
	var ok bool
	if s.until, ok = new(big.Rat).SetString(config.Until); !ok || s.until.Sign() <= 0 {
		return nil, fmt.Errorf("until %q, expected a positive number", config.Until)
	}
	names := []string{}
	if data != nil {
		names = append(names, dataKey)
	}
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
		if s.cells > maxCells/len(list)/len(s.elements) {
			return nil, fmt.Errorf("a grid of more than %d cells", maxCells)
		}
		s.cells *= len(list)
	}
	s.cells *= len(s.elements)
	if err := once("parameter", names); err != nil {
		return nil, err
	}
	if c := config.Shard; len(config.Grid) == 0 || config.Digits < 1 || c.Count < 1 || c.Count > MaxShards || c.Index < 0 || c.Index >= c.Count {
		return nil, fmt.Errorf("a grid of %d parameters, %d digits, shard %v, expected one or more of each", len(config.Grid), config.Digits, c)
	}
	return s, s.try()
}

// dataKey is the word for the element of the data in keys.
const dataKey = "data"

// read reads the data.
func (s *TheorySweep) read(data []byte) (err error) {
	if s.file.TakesData() != (data != nil) || (s.config.Data == nil) != (data == nil) {
		return fmt.Errorf("%s: a theory that is about data: %t, with data: %t", s.config.File, s.file.TakesData(), data != nil)
	}
	if data == nil {
		return nil
	}
	if s.elements, err = script.ReadData(bytes.NewReader(data), runlog.MaxDocument); err != nil {
		return fmt.Errorf("%s: %w", s.config.Data.Name, err)
	}
	about := Data{s.config.Data.Name, fmt.Sprintf("%x", sha256.Sum256(data)), len(s.elements), "data.json"}
	if strict.IsGzip(data) {
		about.File += ".gz"
	}
	s.config.Data = &about
	return nil
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

// try runs the theory along each axis, for the first element of the data, and for
// the others where a name is still unknown.
func (s *TheorySweep) try() error {
	at, known := make([]int, len(s.axes)), map[string]bool{}
	for k, axis := range s.axes {
		for i := range axis {
			at[k] = i
			th, err := s.run(at, 0)
			if err != nil {
				return fmt.Errorf("%w (%s)", err, s.key(at, 0))
			}
			for _, name := range s.part(th) {
				known[name] = true
			}
			s.name = th.Name
		}
		at[k] = 0
	}
	err := s.named(known)
	for element := 1; err != nil && element < len(s.elements); element++ {
		if th, broken := s.run(at, element); broken == nil {
			for _, name := range s.part(th) {
				known[name] = true
			}
			err = s.named(known)
		}
	}
	return err
}

// named turns down names that are not known.
func (s *TheorySweep) named(known map[string]bool) error {
	for _, name := range s.config.Claims {
		if !known[name] {
			return fmt.Errorf("%s: there is no claim or oracle %.40q", s.config.File, name)
		}
	}
	for _, name := range s.config.Observables {
		if !known[observableMark+name] {
			return fmt.Errorf("%s: there is no observable %.40q", s.config.File, name)
		}
	}
	return nil
}

// at returns the places on the axes of a cell, and the element of the data, which
// runs fastest, and then the last axis.
func (s *TheorySweep) at(cell int) (at []int, element int) {
	at, element = make([]int, len(s.axes)), cell%len(s.elements)
	cell /= len(s.elements)
	for k := len(s.axes) - 1; k >= 0; k-- {
		at[k] = cell % len(s.axes[k])
		cell /= len(s.axes[k])
	}
	return at, element
}

func (s *TheorySweep) values(at []int) []string {
	out := make([]string, len(at))
	for k, i := range at {
		out[k] = s.config.Grid[k].Values[i]
	}
	return out
}

func (s *TheorySweep) key(at []int, element int) string {
	var out []string
	for k, value := range s.values(at) {
		out = append(out, s.config.Grid[k].Name+"="+value)
	}
	if s.data != nil {
		out = append(out, dataKey+"="+strconv.Itoa(element))
	}
	return strings.Join(out, ":")
}

// run runs the file at one cell.
func (s *TheorySweep) run(at []int, element int) (*script.Theory, error) {
	set := map[string]script.Setting{}
	for name, x := range s.fixed {
		set[name] = x
	}
	for k, i := range at {
		q := s.axes[k][i]
		set[s.config.Grid[k].Name] = script.Setting{Low: q, High: q}
	}
	return s.file.Run(script.Options{Set: set, Data: s.elements[element], HasData: s.data != nil})
}

// observableMark tells the names of observables from those of claims.
const observableMark = "observable "

// part leaves of a theory what is asked for, and returns the names of that. One
// that the theory has elsewhere on the grid may be missing.
func (s *TheorySweep) part(th *script.Theory) (names []string) {
	if len(s.config.Claims)+len(s.config.Observables) == 0 {
		return nil
	}
	claims, oracles, observables := th.Claims, th.Oracles, th.Observables
	th.Claims, th.Oracles, th.Observables = nil, nil, nil
	for _, c := range claims {
		if slices.Contains(s.config.Claims, c.ID) {
			th.Claims, names = append(th.Claims, c), append(names, c.ID)
		}
	}
	for _, o := range oracles {
		if slices.Contains(s.config.Claims, o.Name) {
			th.Oracles, names = append(th.Oracles, o), append(names, o.Name)
		}
	}
	for _, o := range observables {
		if slices.Contains(s.config.Observables, o.Name) {
			th.Observables, names = append(th.Observables, o), append(names, observableMark+o.Name)
		}
	}
	return names
}

// compute decides one cell.
func (s *TheorySweep) compute(ctx context.Context, cell int) (*TheoryCell, error) {
	at, element := s.at(cell)
	out := &TheoryCell{Key: s.key(at, element), Values: s.values(at), Claims: []check.Result{}, Observables: []check.Observation{}}
	if s.data != nil {
		out.Element = &element
	}
	th, err := s.run(at, element)
	if err != nil {
		out.Failed = err.Error()
		return out, nil
	}
	s.part(th)
	report, err := check.Theory(ctx, th, check.Options{Until: s.until, Digits: s.config.Digits})
	if err != nil {
		return nil, err
	}
	out.Claims, out.Observables = report.Claims, report.Observations
	return out, nil
}

// cellsOf returns the keys of the cells of a shard.
func (s *TheorySweep) cellsOf(shard Shard) keys {
	return keys{shard.size(s.cells), func(i int) string { return s.key(s.at(shard.place(i))) }}
}

// Run works through the cells of the shard as Sweep.Run does: the folder survives
// the death of the process, and its files have the same bytes for any number of
// jobs, but for environment.json and its line in the manifest.
func (s *TheorySweep) Run(ctx context.Context, dir string, resume bool, jobs int, environment runlog.Environment, progress runlog.Progress) (*TheoryResult, error) {
	return s.plan().run(ctx, dir, resume, jobs, environment, progress)
}

func (s *TheorySweep) plan() *plan[TheoryCell, TheoryResult] {
	shard := s.config.Shard
	return &plan[TheoryCell, TheoryResult]{kind: theoryKind, config: s.config, keys: s.cellsOf(shard), parse: parseTheoryResult, finish: s.finish,
		compute: func(ctx context.Context, i int) (*TheoryCell, error) { return s.compute(ctx, shard.place(i)) }}
}

// finish writes the files of a folder whose log is complete.
func (s *TheorySweep) finish(run *runlog.Run, environment runlog.Environment) (*TheoryResult, error) {
	err := errors.Join(run.Sync(), runlog.WriteIn(run.Dir(), theoryName, s.text))
	if s.data != nil {
		err = errors.Join(err, runlog.WriteIn(run.Dir(), s.config.Data.File, s.data))
	}
	if err != nil {
		return nil, err
	}
	out := &TheoryResult{Schema: theorySchema, Theory: s.name, Config: s.config, Summary: map[string]int{}}
	err = seal(run, out, &out.SHA256, out.count, func() error {
		_, err := writeTables(run.Replay, run.Dir(), []table[TheoryCell]{tableOf("cells", "csv", theoryRows)})
		return err
	}, environment)
	return out, err
}

func (r *TheoryResult) count(c *TheoryCell) {
	r.Cells++
	check.Count(c.Claims, r.Summary)
	if c.Failed != "" {
		r.Failed++
		r.Summary[theory.Undecided.String()]++
		r.Summary["open"]++
	}
}
