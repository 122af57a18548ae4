// Package sweep decides and trains over a grid of data sets, steps, losses,
// readout gains and seeds, one cell at a time, in folders that survive the
// death of the process, on one machine or in shards on several.
package sweep

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"

	"muflow/graph"
	"muflow/internal/runlog"
	"muflow/theory"
)

// A Dataset is a named list of instances.
type Dataset struct {
	Name      string
	Instances []graph.Instance
}

// A Training says how each run of stochastic gradient descent goes.
type Training struct {
	Rate  string `json:"rate"`  // learning rate η, an exact rational
	Batch int    `json:"batch"` // samples averaged in a step
	Steps int    `json:"steps"`
}

// A Shard is one of Count parts of a sweep: of every Count cells it has one.
type Shard struct {
	Index int `json:"index"` // from 0
	Count int `json:"count"`
}

func (s Shard) String() string { return fmt.Sprintf("%d/%d", s.Index, s.Count) }

// A Config is all that the results of a sweep depend on.
type Config struct {
	Version    string     `json:"version"` // of the program
	Revision   string     `json:"revision,omitempty"`
	Arithmetic string     `json:"arithmetic,omitempty"` // of float64
	Datasets   []Source   `json:"datasets"`
	Steps      []int      `json:"steps"`              // c
	Losses     []string   `json:"losses"`             // coconut, bfs
	Alphas     []string   `json:"alphas"`             // readout gains α, exact rationals
	Label      graph.Law  `json:"label,omitempty"`    // of the Coconut labels
	Seeds      []uint64   `json:"seeds"`              // of the trainings; none if empty
	Extended   []int      `json:"extended,omitempty"` // how many seeds there were before each extension, see Extend
	Training   Training   `json:"training"`
	Digits     int        `json:"digits"` // of the enclosures
	Shard      Shard      `json:"shard"`
	alphas     []*big.Rat // parsed
	losses     []theory.Loss
	rate       *big.Rat
}

// A Source tells which instances a data set held.
type Source struct {
	Name      string `json:"name"`
	Instances int    `json:"instances"`
	SHA256    string `json:"sha256"` // of the file in the project's own form, see graph.Encode
}

// checkNames refuses names of data sets that cannot stand in a path or are
// the same to some file systems.
func checkNames(list []Source) error {
	var seen []string
	for _, s := range list {
		if err := runlog.CheckName(s.Name); err != nil {
			return fmt.Errorf("data set %w", err)
		}
		if len(s.Name) > 80 {
			return fmt.Errorf("data set %q: more than 80 signs", s.Name)
		}
		seen = append(seen, strings.ToLower(s.Name))
	}
	return once("data set", seen)
}

// encodeData returns a data set in the project's own form.
func encodeData(d Dataset) ([]byte, error) {
	var text bytes.Buffer
	if err := graph.Encode(&text, d.Instances); err != nil {
		return nil, err
	}
	return text.Bytes(), nil
}

// sources describes the data sets and checks their names.
func sources(datasets []Dataset) ([]Source, error) {
	var out []Source
	for _, d := range datasets {
		if len(d.Instances) == 0 {
			return nil, fmt.Errorf("data set %q has no instances", d.Name)
		}
		text, err := encodeData(d)
		if err != nil {
			return nil, err
		}
		out = append(out, Source{d.Name, len(d.Instances), fmt.Sprintf("%x", sha256.Sum256(text))})
	}
	if len(out) == 0 {
		return nil, errors.New("no data set")
	}
	return out, checkNames(out)
}

// rational reads an exact positive rational in lowest terms, as RatString
// writes it.
func rational(text string) (*big.Rat, error) {
	q, ok := new(big.Rat).SetString(text)
	if !ok || q.Sign() <= 0 || q.RatString() != text {
		return nil, fmt.Errorf("%q is not a positive rational number in lowest terms", text)
	}
	return q, nil
}

// Arithmetic names the float64 operations and functions that trainings are made
// of: products and sums rounded apart, and the functions of internal/portable.
const Arithmetic = "portable/1"

// maxCells bounds the cells of a sweep.
const maxCells = 5_000_000

// Check says what is wrong with a configuration whatever its data sets hold, of
// which only the names are looked at. Without steps it is about all.
func (c Config) Check() error {
	if c.Steps == nil {
		c.Steps = []int{0}
	}
	return c.parse()
}

// parse checks a configuration and reads its exact numbers.
func (c *Config) parse() error {
	c.alphas, c.losses = nil, nil
	for _, text := range c.Alphas {
		q, err := rational(text)
		if err != nil {
			return fmt.Errorf("readout gain: %w", err)
		}
		c.alphas = append(c.alphas, q)
	}
	for _, name := range c.Losses {
		loss, err := theory.ParseLoss(name)
		if err != nil {
			return err
		}
		c.losses = append(c.losses, loss)
	}
	if err := cmp.Or(checkNames(c.Datasets), once("readout gain", c.Alphas), once("loss", c.Losses), once("seed", c.Seeds), once("step", c.Steps)); err != nil {
		return err
	}
	if len(c.Steps) > 0 && slices.Min(c.Steps) < 0 {
		return errors.New("a step is negative")
	}
	var err error
	if c.rate, err = rational(c.Training.Rate); err != nil {
		return fmt.Errorf("learning rate: %w", err)
	}
	switch {
	case len(c.alphas) == 0 || len(c.losses) == 0 || len(c.Steps) == 0:
		return errors.New("a sweep needs at least one step, loss and readout gain")
	case c.Training.Batch < 1 || c.Training.Steps < 2:
		return fmt.Errorf("%d steps with batches of %d, expected at least 2 and 1", c.Training.Steps, c.Training.Batch)
	case c.Digits < 1:
		return fmt.Errorf("%d digits, expected at least 1", c.Digits)
	case c.Shard.Count < 1 || c.Shard.Count > MaxShards || c.Shard.Index < 0 || c.Shard.Index >= c.Shard.Count:
		return fmt.Errorf("shard %v, expected i/N with 0 ≤ i < N ≤ %d", c.Shard, MaxShards)
	}
	for i, n := range c.Extended {
		if n < 0 || n >= len(c.Seeds) || i > 0 && n <= c.Extended[i-1] {
			return fmt.Errorf("extensions from %v of %d seeds", c.Extended, len(c.Seeds))
		}
	}
	cells := 1.0
	for _, n := range []int{len(c.Datasets), len(c.Steps), len(c.Losses), len(c.Alphas), 1 + len(c.Seeds)} {
		cells *= float64(n)
	}
	if cells > maxCells {
		return fmt.Errorf("a grid of %.0f cells, expected at most %d", cells, maxCells)
	}
	return nil
}

// once refuses a list that holds a value twice.
func once[T comparable](what string, list []T) error {
	at := map[T]bool{}
	for _, x := range list {
		if at[x] {
			return fmt.Errorf("%s %v is named twice", what, x)
		}
		at[x] = true
	}
	return nil
}
