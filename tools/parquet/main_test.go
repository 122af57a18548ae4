package main

import (
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/parquet-go/parquet-go"
)

// The same rows in both formats that are read.
var texts = map[string]string{
	"claims.csv":      "key,dataset,step,loss,alpha,instance,claim,verdict,reason\nk,d,1,bfs,1/2,7,T1a,proved,\"a, b\"\n",
	"claims.jsonl":    `{"key":"k","dataset":"d","step":1,"loss":"bfs","alpha":"1/2","instance":7,"claim":"T1a","verdict":"proved","reason":"a, b"}`,
	"values.csv":      "key,dataset,step,loss,alpha,instance,claim,name,low,high,evidence,value\nk,d,1,coconut,1,-1,population,mu,0.1,0.2,enclosure,0.15000000000000002\n",
	"values.jsonl":    `{"key":"k","dataset":"d","step":1,"loss":"coconut","alpha":"1","instance":-1,"claim":"population","name":"mu","low":"0.1","high":"0.2","evidence":"enclosure","value":0.15000000000000002}`,
	"trainings.csv":   "key,dataset,step,loss,alpha,seed,instances,mu,theory,difference,band,verdict,reason\nk,d,1,bfs,1,18446744073709551615,3,1e-300,2,0.5,,undecided,\nl,d,1,coconut,1,2,3,1,2,0.5,0.25,consistent,\n",
	"trainings.jsonl": `{"key":"k","dataset":"d","step":1,"loss":"bfs","alpha":"1","seed":18446744073709551615,"instances":3,"mu":1e-300,"theory":2,"difference":0.5,"band":null,"verdict":"undecided","reason":""}` + "\n" + `{"key":"l","dataset":"d","step":1,"loss":"coconut","alpha":"1","seed":2,"instances":3,"mu":1,"theory":2,"difference":0.5,"band":0.25,"verdict":"consistent","reason":""}`,
	"points.csv":      "key,dataset,step,loss,alpha,seed,train_step,time,mu,spread,theory\nk,d,1,bfs,1,1,10,1.25,0.1,0.2,0.3\n",
	"points.jsonl":    `{"key":"k","dataset":"d","step":1,"loss":"bfs","alpha":"1","seed":1,"train_step":10,"time":1.25,"mu":0.1,"spread":0.2,"theory":0.3}`,
}

// folder writes those texts whose names end so.
func folder(t *testing.T, ending string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range texts {
		if filepath.Ext(name) == ending {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	return dir
}

func rowsOf[T any](t *testing.T, dir, name string) []T {
	t.Helper()
	rows, err := parquet.ReadFile[T](filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

func TestParquetHoldsTheRows(t *testing.T) {
	band := 0.25
	for _, ending := range []string{".csv", ".jsonl"} {
		from, to := folder(t, ending), t.TempDir()
		for _, write := range tables {
			if _, err := write(from, to); err != nil {
				t.Fatal(err)
			}
		}
		for _, pair := range [][2]any{
			{rowsOf[claimRow](t, to, "claims.parquet"), []claimRow{{"k", "d", 1, "bfs", "1/2", 7, "T1a", "proved", "a, b"}}},
			{rowsOf[valueRow](t, to, "values.parquet"), []valueRow{{"k", "d", 1, "coconut", "1", -1, "population", "mu", "0.1", "0.2", "enclosure", new(0.15000000000000002)}}},
			{rowsOf[trainingRow](t, to, "trainings.parquet"), []trainingRow{
				{"k", "d", 1, "bfs", "1", 1<<64 - 1, 3, new(1e-300), new(2.0), new(0.5), nil, "undecided", ""}, {"l", "d", 1, "coconut", "1", 2, 3, new(1.0), new(2.0), new(0.5), &band, "consistent", ""}}},
			{rowsOf[pointRow](t, to, "points.parquet"), []pointRow{{"k", "d", 1, "bfs", "1", 1, 10, 1.25, 0.1, 0.2, 0.3}}},
		} {
			if !reflect.DeepEqual(pair[0], pair[1]) {
				t.Errorf("from %s: %+v, expected %+v", ending, pair[0], pair[1])
			}
		}
	}
}

func TestOtherTablesAreRefused(t *testing.T) {
	for name, text := range map[string]string{
		"claims.csv": "key,dataset\nk,d\n", "points.csv": texts["points.csv"] + "k,d,one,bfs,1,1,10,1.25,0.1,0.2,0.3\n", "values.csv": "", "trainings.jsonl": `{"colour":"red"}`,
	} {
		from, to := t.TempDir(), t.TempDir()
		if err := os.WriteFile(filepath.Join(from, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		write := map[string]func(from, to string) (string, error){
			"claims.csv": tables[0], "values.csv": tables[1], "trainings.jsonl": tables[2], "points.csv": tables[3]}[name]
		if _, err := write(from, to); err == nil {
			t.Errorf("%s was accepted", name)
		}
		if left, err := os.ReadDir(to); err != nil || len(left) > 0 {
			t.Errorf("%s left %v, %v", name, left, err)
		}
	}
}
