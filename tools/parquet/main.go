// Command parquet writes the tables of a sweep as Parquet files. It reads
// claims, values, trainings and points from a folder, as CSV or JSON Lines,
// whichever is there: that of a finished sweep, or one that verify export has
// filled.
//
//	go run -C tools/parquet . "$PWD/run" "$PWD/tables"
//
// It is a module of its own: the library for Parquet would be a third of the
// program verify.
package main

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/parquet-go/parquet-go"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: parquet FROM TO, a folder with the tables of a sweep and one for the Parquet files")
		os.Exit(2)
	}
	for _, write := range tables {
		name, err := write(os.Args[1], os.Args[2])
		if err != nil {
			fmt.Fprintln(os.Stderr, "parquet:", err)
			os.Exit(2)
		}
		fmt.Println(name)
	}
}

// tables are the writers of the four tables, whose columns are those of the
// package internal/sweep.
var tables = []func(from, to string) (string, error){
	table[claimRow]("claims"), table[valueRow]("values"), table[trainingRow]("trainings"), table[pointRow]("points"),
}

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

// A valueRow is one number of a claim, or of a population: exact bounds as
// text and a float64 between them.
type valueRow struct {
	Key      string   `json:"key" parquet:"key,dict,snappy"`
	Dataset  string   `json:"dataset" parquet:"dataset,dict,snappy"`
	Step     int64    `json:"step" parquet:"step,snappy"`
	Loss     string   `json:"loss" parquet:"loss,dict,snappy"`
	Alpha    string   `json:"alpha" parquet:"alpha,dict,snappy"`
	Instance int64    `json:"instance" parquet:"instance,snappy"`
	Claim    string   `json:"claim" parquet:"claim,dict,snappy"`
	Name     string   `json:"name" parquet:"name,dict,snappy"`
	Low      string   `json:"low" parquet:"low,snappy"`
	High     string   `json:"high" parquet:"high,snappy"`
	Evidence string   `json:"evidence" parquet:"evidence,dict,snappy"`
	Value    *float64 `json:"value" parquet:"value,optional,snappy"`
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
	Mu         *float64 `json:"mu" parquet:"mu,optional,snappy"`
	Theory     *float64 `json:"theory" parquet:"theory,optional,snappy"`
	Difference *float64 `json:"difference" parquet:"difference,optional,snappy"`
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

// table returns the writer of one table.
func table[T any](name string) func(from, to string) (string, error) {
	return func(from, to string) (file string, err error) {
		read, source := readCSV[T], filepath.Join(from, name+".csv")
		if _, err := os.Stat(source); errors.Is(err, fs.ErrNotExist) {
			read, source = readLines[T], filepath.Join(from, name+".jsonl")
		}
		in, err := os.Open(source)
		if err != nil {
			return "", err
		}
		defer in.Close()
		file = filepath.Join(to, name+".parquet")
		out, err := os.CreateTemp(to, ".unfinished-*")
		if err != nil {
			return "", err
		}
		defer os.Remove(out.Name()) // nothing is there once it has its name
		buffer := bufio.NewWriter(out)
		rows := parquet.NewGenericWriter[T](buffer)
		err = read(bufio.NewReader(in), func(row T) error {
			_, err := rows.Write([]T{row})
			return err
		})
		if err != nil {
			return "", errors.Join(fmt.Errorf("%s: %w", source, err), out.Close())
		}
		if err := errors.Join(rows.Close(), buffer.Flush(), out.Chmod(0o644), out.Close()); err != nil {
			return "", err
		}
		return file, os.Rename(out.Name(), file)
	}
}

// readLines reads JSON Lines.
func readLines[T any](r io.Reader, put func(T) error) error {
	d := json.NewDecoder(r)
	d.DisallowUnknownFields()
	for number := 1; ; number++ {
		var row T
		err := d.Decode(&row)
		if err == io.EOF {
			return nil
		}
		if err == nil {
			err = put(row)
		}
		if err != nil {
			return fmt.Errorf("row %d: %w", number, err)
		}
	}
}

// readCSV reads CSV with the names of the columns in its first line.
func readCSV[T any](r io.Reader, put func(T) error) error {
	c := csv.NewReader(r)
	head, err := c.Read()
	if err != nil {
		return err
	}
	var want []string
	for i := range reflect.TypeFor[T]().NumField() {
		want = append(want, reflect.TypeFor[T]().Field(i).Tag.Get("json"))
	}
	if !slices.Equal(head, want) {
		return fmt.Errorf("columns %s, expected %s", strings.Join(head, " "), strings.Join(want, " "))
	}
	for {
		words, err := c.Read()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		var row T
		v := reflect.ValueOf(&row).Elem()
		for i, word := range words {
			if err := set(v.Field(i), word); err != nil {
				line, _ := c.FieldPos(i)
				return fmt.Errorf("line %d, %s: %w", line, want[i], err)
			}
		}
		if err := put(row); err != nil {
			return err
		}
	}
}

// set reads a field of a row; an empty text is a missing number where one may
// be missing.
func set(field reflect.Value, text string) (err error) {
	switch field.Kind() {
	case reflect.String:
		field.SetString(text)
	case reflect.Int64:
		var n int64
		n, err = strconv.ParseInt(text, 10, 64)
		field.SetInt(n)
	case reflect.Uint64:
		var n uint64
		n, err = strconv.ParseUint(text, 10, 64)
		field.SetUint(n)
	case reflect.Float64:
		var x float64
		x, err = strconv.ParseFloat(text, 64)
		field.SetFloat(x)
	case reflect.Pointer:
		if text != "" {
			field.Set(reflect.New(field.Type().Elem()))
			return set(field.Elem(), text)
		}
	}
	return err
}
