package sweep

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"math/big"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"

	"muflow/internal/runlog"

	"github.com/parquet-go/parquet-go"
)

// Formats lists what WriteTables writes.
var Formats = []string{"csv", "jsonl", "parquet"}

// A claimRow is one claim on one instance.
type claimRow struct {
	Key      string `json:"key" parquet:"key,dict,snappy"`
	Dataset  string `json:"dataset" parquet:"dataset,dict,snappy"`
	Step     int64  `json:"step" parquet:"step,snappy"`
	Loss     string `json:"loss" parquet:"loss,dict,snappy"`
	Alpha    string `json:"alpha" parquet:"alpha,dict,snappy"`
	Instance int64  `json:"instance" parquet:"instance,snappy"`
	Claim    string `json:"claim" parquet:"claim,dict,snappy"`
	Verdict  string `json:"verdict" parquet:"verdict,dict,snappy"`
	Reason   string `json:"reason" parquet:"reason,dict,snappy"`
}

// A valueRow is one number of a claim, or of a population (claim "population",
// instance −1): exact bounds as text and a float64 between them.
type valueRow struct {
	Key      string  `json:"key" parquet:"key,dict,snappy"`
	Dataset  string  `json:"dataset" parquet:"dataset,dict,snappy"`
	Step     int64   `json:"step" parquet:"step,snappy"`
	Loss     string  `json:"loss" parquet:"loss,dict,snappy"`
	Alpha    string  `json:"alpha" parquet:"alpha,dict,snappy"`
	Instance int64   `json:"instance" parquet:"instance,snappy"`
	Claim    string  `json:"claim" parquet:"claim,dict,snappy"`
	Name     string  `json:"name" parquet:"name,dict,snappy"`
	Low      string  `json:"low" parquet:"low,snappy"`
	High     string  `json:"high" parquet:"high,snappy"`
	Evidence string  `json:"evidence" parquet:"evidence,dict,snappy"`
	Value    float64 `json:"value" parquet:"value,snappy"`
}

// A trainingRow is one run of stochastic gradient descent.
type trainingRow struct {
	Key        string   `json:"key" parquet:"key,snappy"`
	Dataset    string   `json:"dataset" parquet:"dataset,dict,snappy"`
	Step       int64    `json:"step" parquet:"step,snappy"`
	Loss       string   `json:"loss" parquet:"loss,dict,snappy"`
	Alpha      string   `json:"alpha" parquet:"alpha,dict,snappy"`
	Seed       uint64   `json:"seed" parquet:"seed,snappy"`
	Instances  int64    `json:"instances" parquet:"instances,snappy"`
	Mu         float64  `json:"mu" parquet:"mu,snappy"`
	Theory     float64  `json:"theory" parquet:"theory,snappy"`
	Difference float64  `json:"difference" parquet:"difference,snappy"`
	Band       *float64 `json:"band" parquet:"band,optional,snappy"`
	Verdict    string   `json:"verdict" parquet:"verdict,dict,snappy"`
	Reason     string   `json:"reason" parquet:"reason,dict,snappy"`
}

// A pointRow is the state of a training after some steps.
type pointRow struct {
	Key       string  `json:"key" parquet:"key,dict,snappy"`
	Dataset   string  `json:"dataset" parquet:"dataset,dict,snappy"`
	Step      int64   `json:"step" parquet:"step,snappy"`
	Loss      string  `json:"loss" parquet:"loss,dict,snappy"`
	Alpha     string  `json:"alpha" parquet:"alpha,dict,snappy"`
	Seed      uint64  `json:"seed" parquet:"seed,snappy"`
	TrainStep int64   `json:"train_step" parquet:"train_step,snappy"`
	Time      float64 `json:"time" parquet:"time,snappy"`
	Mu        float64 `json:"mu" parquet:"mu,snappy"`
	Spread    float64 `json:"spread" parquet:"spread,snappy"`
	Theory    float64 `json:"theory" parquet:"theory,snappy"`
}

func claimRows(r *Record) (out []claimRow, err error) {
	if r.Decided == nil {
		return nil, nil
	}
	for _, c := range r.Decided.Claims {
		instance, err := instanceOf(c.Instance)
		if err != nil {
			return nil, err
		}
		out = append(out, claimRow{r.Key, r.Dataset, int64(r.Step), r.Loss, r.Alpha, instance, c.Claim, c.Verdict.String(), c.Reason})
	}
	return out, nil
}

// instanceOf reads an instance number, which JSON has made a float64.
func instanceOf(x any) (int64, error) {
	f, ok := x.(float64)
	if !ok || f != float64(int64(f)) {
		return 0, fmt.Errorf("%w: instance %v", runlog.ErrDamaged, x)
	}
	return int64(f), nil
}

func valueRows(r *Record) (out []valueRow, err error) {
	if r.Decided == nil {
		return nil, nil
	}
	add := func(instance int64, claim, name, low, high, evidence string) error {
		a, okA := new(big.Rat).SetString(low)
		b, okB := new(big.Rat).SetString(high)
		if !okA || !okB {
			return fmt.Errorf("%w: number from %q to %q", runlog.ErrDamaged, low, high)
		}
		middle, _ := a.Mul(a.Add(a, b), big.NewRat(1, 2)).Float64()
		out = append(out, valueRow{r.Key, r.Dataset, int64(r.Step), r.Loss, r.Alpha, instance, claim, name, low, high, evidence, middle})
		return nil
	}
	if mu := r.Decided.Mu; mu != nil {
		if err := add(-1, "population", "mu", mu.Lo, mu.Hi, mu.Evidence.String()); err != nil {
			return nil, err
		}
	}
	for _, c := range r.Decided.Claims {
		instance, err := instanceOf(c.Instance)
		if err != nil {
			return nil, err
		}
		names := make([]string, 0, len(c.Values))
		for name := range c.Values {
			names = append(names, name)
		}
		slices.Sort(names)
		for _, name := range names {
			v := c.Values[name]
			if err := add(instance, c.Claim, name, v.Lo, v.Hi, v.Evidence.String()); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

func trainingRows(r *Record) ([]trainingRow, error) {
	t := r.Trained
	if t == nil {
		return nil, nil
	}
	if len(t.Series) == 0 || r.Seed == nil {
		return nil, fmt.Errorf("%w: a training without points or seed", runlog.ErrDamaged)
	}
	last := t.Series[len(t.Series)-1]
	return []trainingRow{{r.Key, r.Dataset, int64(r.Step), r.Loss, r.Alpha, *r.Seed, int64(t.Instances), last.Mu, last.Theory,
		t.Difference, t.Band, t.Verdict.String(), t.Reason}}, nil
}

func pointRows(r *Record) (out []pointRow, err error) {
	if r.Trained == nil {
		return nil, nil
	}
	if r.Seed == nil {
		return nil, fmt.Errorf("%w: a training without seed", runlog.ErrDamaged)
	}
	for _, p := range r.Trained.Series {
		out = append(out, pointRow{r.Key, r.Dataset, int64(r.Step), r.Loss, r.Alpha, *r.Seed, int64(p.Step), p.Time, p.Mu, p.Spread, p.Theory})
	}
	return out, nil
}

// A Replay gives records, as JSON, to a function, in their order.
type Replay func(record func(text []byte) error) error

// WriteTables writes records as flat tables into a folder: claims, values, trainings and points, each in the
// given formats (csv if there are none). It returns the names of the files.
// Exact bounds are kept as text.
func WriteTables(from Replay, out string, formats []string) ([]string, error) {
	if len(formats) == 0 {
		formats = []string{"csv"}
	}
	var names []string
	for _, format := range formats {
		if !slices.Contains(Formats, format) {
			return nil, fmt.Errorf("unknown format %q, expected csv, jsonl or parquet", format)
		}
		for _, write := range []func(Replay, string, string) (string, error){
			table("claims", claimRows), table("values", valueRows), table("trainings", trainingRows), table("points", pointRows),
		} {
			name, err := write(from, out, format)
			if err != nil {
				return nil, err
			}
			names = append(names, name)
		}
	}
	return names, nil
}

// table returns the writer of one table.
func table[T any](name string, rows func(*Record) ([]T, error)) func(from Replay, out, format string) (string, error) {
	return func(from Replay, out, format string) (string, error) {
		file := filepath.Join(out, name+"."+format)
		return file, runlog.Replace(file, func(w io.Writer) error {
			put, finish := sink[T](w, format)
			err := from(func(text []byte) error {
				var r Record
				if err := json.Unmarshal(text, &r); err != nil {
					return fmt.Errorf("%w: %v", runlog.ErrDamaged, err)
				}
				list, err := rows(&r)
				if err != nil {
					return err
				}
				return put(list)
			})
			if err != nil {
				return err
			}
			return finish()
		})
	}
}

// sink returns what writes rows in a format, and what ends the file.
func sink[T any](w io.Writer, format string) (put func([]T) error, finish func() error) {
	switch format {
	case "parquet":
		p := parquet.NewGenericWriter[T](w)
		return func(rows []T) error { _, err := p.Write(rows); return err }, p.Close
	case "jsonl":
		e := json.NewEncoder(w)
		e.SetEscapeHTML(false)
		return func(rows []T) error {
			for _, r := range rows {
				if err := e.Encode(r); err != nil {
					return err
				}
			}
			return nil
		}, func() error { return nil }
	}
	c := csv.NewWriter(w)
	header := true
	line := func() error {
		if !header {
			return nil
		}
		header = false
		return c.Write(columns(reflect.TypeFor[T]()))
	}
	return func(rows []T) error {
			if err := line(); err != nil {
				return err
			}
			for _, r := range rows {
				if err := c.Write(fields(reflect.ValueOf(r))); err != nil {
					return err
				}
			}
			return nil
		}, func() error {
			if err := line(); err != nil {
				return err
			}
			c.Flush()
			return c.Error()
		}
}

func columns(t reflect.Type) []string {
	var out []string
	for i := range t.NumField() {
		out = append(out, t.Field(i).Tag.Get("json"))
	}
	return out
}

// fields writes the fields of a row as text; a missing one is empty.
func fields(v reflect.Value) []string {
	var out []string
	for i := range v.NumField() {
		f := v.Field(i)
		if f.Kind() == reflect.Pointer {
			if f.IsNil() {
				out = append(out, "")
				continue
			}
			f = f.Elem()
		}
		switch f.Kind() {
		case reflect.Float64:
			out = append(out, strconv.FormatFloat(f.Float(), 'g', -1, 64))
		default:
			out = append(out, fmt.Sprint(f.Interface()))
		}
	}
	return out
}
