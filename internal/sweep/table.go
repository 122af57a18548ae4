package sweep

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"muflow/internal/runlog"
	"muflow/internal/strict"
	"muflow/prove"
	"muflow/theory"
)

// Formats lists what WriteTables writes.
var Formats = []string{"csv", "jsonl"}

// A cellRow begins each row with the cell that it comes from.
type cellRow struct {
	Key     string `json:"key"`
	Dataset string `json:"dataset"`
	Step    int    `json:"step"`
	Loss    string `json:"loss"`
	Alpha   string `json:"alpha"`
}

func (r *Record) row() cellRow { return cellRow{r.Key, r.Dataset, r.Step, r.Loss, r.Alpha} }

// A claimRow is one claim on one instance.
type claimRow struct {
	cellRow
	Instance int64  `json:"instance"`
	Claim    string `json:"claim"`
	Verdict  string `json:"verdict"`
	Reason   string `json:"reason"`
}

// A valueRow is one number of a claim, or of a population (claim "population",
// instance −1): exact bounds as text and a float64 between them, none beyond
// the range of float64.
type valueRow struct {
	cellRow
	Instance int64    `json:"instance"`
	Claim    string   `json:"claim"`
	Name     string   `json:"name"`
	Low      string   `json:"low"`
	High     string   `json:"high"`
	Evidence string   `json:"evidence"`
	Value    *float64 `json:"value"`
}

// A trainingRow is one run of stochastic gradient descent.
type trainingRow struct {
	cellRow
	Seed       uint64   `json:"seed"`
	Instances  int      `json:"instances"`
	Mu         *float64 `json:"mu"` // none if the cell has no result
	Theory     *float64 `json:"theory"`
	Difference *float64 `json:"difference"`
	Band       *float64 `json:"band"`
	Verdict    string   `json:"verdict"`
	Reason     string   `json:"reason"`
}

// A pointRow is the state of a training after some steps.
type pointRow struct {
	cellRow
	Seed      uint64  `json:"seed"`
	TrainStep int     `json:"train_step"`
	Time      float64 `json:"time"`
	Mu        float64 `json:"mu"`
	Spread    float64 `json:"spread"`
	Theory    float64 `json:"theory"`
}

func claimRows(r *Record) (out []claimRow, err error) {
	if r.Decided == nil {
		if r.Failed != "" && r.Seed == nil {
			out = append(out, claimRow{r.row(), int64(prove.AllInstances), "", theory.Undecided.String(), r.Failed})
		}
		return out, nil
	}
	for _, c := range r.Decided.Claims {
		out = append(out, claimRow{r.row(), int64(c.Instance), c.Claim, c.Verdict.String(), c.Reason})
	}
	return out, nil
}

func valueRows(r *Record) (out []valueRow, err error) {
	if r.Decided == nil {
		return nil, nil
	}
	add := func(instance int64, claim, name, low, high, evidence string) error {
		a, errA := strconv.ParseFloat(low, 64)
		b, errB := strconv.ParseFloat(high, 64)
		if errors.Is(errA, strconv.ErrSyntax) || errors.Is(errB, strconv.ErrSyntax) {
			return fmt.Errorf("%w: number from %q to %q", runlog.ErrDamaged, low, high)
		}
		row := valueRow{r.row(), instance, claim, name, low, high, evidence, nil}
		if middle := float64(a/2) + float64(b/2); finite(middle) {
			row.Value = &middle
		}
		out = append(out, row)
		return nil
	}
	if mu := r.Decided.Mu; mu != nil {
		if err := add(int64(prove.AllInstances), "population", "mu", mu.Lo, mu.Hi, mu.Evidence.String()); err != nil {
			return nil, err
		}
	}
	for _, c := range r.Decided.Claims {
		for _, name := range slices.Sorted(maps.Keys(c.Values)) {
			v := c.Values[name]
			if err := add(int64(c.Instance), c.Claim, name, v.Lo, v.Hi, v.Evidence.String()); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

func trainingRows(r *Record) ([]trainingRow, error) {
	t := r.Trained
	if r.Failed != "" && r.Seed != nil {
		return []trainingRow{{cellRow: r.row(), Seed: *r.Seed, Verdict: theory.Undecided.String(), Reason: r.Failed}}, nil
	}
	if t == nil {
		return nil, nil
	}
	if len(t.Series) == 0 || r.Seed == nil {
		return nil, fmt.Errorf("%w: a training without points or seed", runlog.ErrDamaged)
	}
	last := t.Series[len(t.Series)-1]
	return []trainingRow{{r.row(), *r.Seed, t.Instances, &last.Mu, &last.Theory, &t.Difference, t.Band, t.Verdict.String(), t.Reason}}, nil
}

func pointRows(r *Record) (out []pointRow, err error) {
	if r.Trained == nil {
		return nil, nil
	}
	if r.Seed == nil {
		return nil, fmt.Errorf("%w: a training without seed", runlog.ErrDamaged)
	}
	for _, p := range r.Trained.Series {
		out = append(out, pointRow{r.row(), *r.Seed, p.Step, p.Time, p.Mu, p.Spread, p.Theory})
	}
	return out, nil
}

// A Replay gives records, as JSON, to a function, in their order.
type Replay func(record func(text []byte) error) error

// WriteTables writes records as flat tables into a folder: claims, values,
// trainings and points, each in the given formats. It returns the names of the
// files. Exact bounds are kept as text. It goes through the records once.
func WriteTables(from Replay, out string, formats ...string) ([]string, error) {
	var tables []table[Record]
	for _, format := range formats {
		if !slices.Contains(Formats, format) {
			return nil, fmt.Errorf("unknown format %q, expected %s", format, strings.Join(Formats, " or "))
		}
		tables = append(tables, tableOf("claims", format, claimRows), tableOf("values", format, valueRows),
			tableOf("trainings", format, trainingRows), tableOf("points", format, pointRows))
	}
	return writeTables(from, out, tables)
}

// A table is a file with rows of records: begin returns what writes those of a record,
// and what ends the file.
type table[R any] struct {
	name  string
	begin func(w io.Writer) (put func(*R) error, finish func() error)
}

func tableOf[R, T any](name, format string, rows func(*R) ([]T, error)) table[R] {
	return table[R]{name + "." + format, func(w io.Writer) (func(*R) error, func() error) {
		put, finish := jsonSink[T](w)
		if format == "csv" {
			put, finish = csvSink[T](w)
		}
		return func(r *R) error {
			list, err := rows(r)
			for i := 0; i < len(list) && err == nil; i++ {
				err = put(list[i])
			}
			return err
		}, finish
	}}
}

// writeTables writes tables into a folder, all of them while it goes through the
// records, and returns the names of their files.
func writeTables[R any](from Replay, out string, tables []table[R]) (names []string, err error) {
	var puts []func(*R) error
	var write func() error
	write = func() error {
		if len(puts) == len(tables) {
			return from(func(text []byte) error {
				var r R
				err := strict.Unmarshal(text, &r)
				if err != nil {
					return fmt.Errorf("%w: %v", runlog.ErrDamaged, err)
				}
				for i := 0; i < len(puts) && err == nil; i++ {
					err = puts[i](&r)
				}
				return err
			})
		}
		t := tables[len(puts)]
		return runlog.ReplaceIn(out, t.name, func(w io.Writer) error {
			put, finish := t.begin(w)
			puts = append(puts, put)
			return errors.Join(write(), finish())
		})
	}
	if err := write(); err != nil {
		return nil, err
	}
	for _, t := range tables {
		names = append(names, filepath.Join(out, t.name))
	}
	return names, nil
}

// jsonSink returns what writes rows as JSON Lines, and what ends the file.
func jsonSink[T any](w io.Writer) (put func(T) error, finish func() error) {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	return func(row T) error { return e.Encode(row) }, func() error { return nil }
}

// csvSink does so as CSV, with the names of the columns in the first line. A
// missing number is an empty text.
func csvSink[T any](w io.Writer) (put func(T) error, finish func() error) {
	c := csv.NewWriter(w)
	var fields []reflect.StructField
	var names []string
	for _, f := range reflect.VisibleFields(reflect.TypeFor[T]()) {
		if !f.Anonymous {
			fields, names = append(fields, f), append(names, f.Tag.Get("json"))
		}
	}
	header := c.Write(names)
	words := make([]string, len(fields))
	return func(row T) error {
			v := reflect.ValueOf(row)
			for i, f := range fields {
				words[i] = word(v.FieldByIndex(f.Index))
			}
			return c.Write(words)
		}, func() error {
			c.Flush()
			return errors.Join(header, c.Error())
		}
}

func word(v reflect.Value) string {
	if v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return ""
		}
		v = v.Elem()
	}
	if v.Kind() == reflect.Float64 {
		return strconv.FormatFloat(v.Float(), 'g', -1, 64)
	}
	return fmt.Sprint(v.Interface())
}
