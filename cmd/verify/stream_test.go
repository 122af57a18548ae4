package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"muflow/graph"
	"muflow/internal/runlog"
	"muflow/prove"
)

// Claims are the same whether a file is gone through in groups or as a whole,
// and whether it is a file or a pipe.
func TestTheoremInGroups(t *testing.T) {
	one, err := graph.Decode(strings.NewReader("["+goodInstance+`,{"vertices":6,"edges":[[0,1],[0,5],[1,0],[1,2],[5,2],[1,3]],"root":0,"target":3,"other":4,"path":[0,1,3]}]`), "x")
	if err != nil {
		t.Fatal(err)
	}
	var instances []graph.Instance
	for range groupSize {
		instances = append(instances, one...)
	}
	instances = append(instances, one[0])
	var text bytes.Buffer
	if err := graph.Encode(&text, instances); err != nil {
		t.Fatal(err)
	}
	want, err := prove.Dataset(context.Background(), instances, prove.Selection{Theorems: []int{1}, Step: -1, Alpha: big.NewRat(1, 1), Logit: big.NewRat(1, 1), Digits: 20}, 2, func(string) runlog.Progress { return nil })
	if err != nil {
		t.Fatal(err)
	}
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := makePipe(pipe); err != nil {
		t.Skip("no named pipes: ", err)
	}
	go os.WriteFile(pipe, text.Bytes(), 0o600)
	for _, file := range []string{write(t, text.String()), pipe} {
		code, stdout, stderr := call("theorem", "1", "--json", "--data", file)
		var got struct {
			Data    source
			Claims  []prove.Result
			Summary map[string]int
		}
		if err := json.Unmarshal([]byte(stdout), &got); err != nil || code != exitFine {
			t.Fatalf("exit %d, %v, %s", code, err, stderr)
		}
		byPlace := func(a, b prove.Result) int {
			return cmp.Or(cmp.Compare(a.Instance, b.Instance), cmp.Compare(a.Step, b.Step))
		}
		slices.SortStableFunc(got.Claims, byPlace) // the units of a theorem come group by group
		slices.SortStableFunc(want, byPlace)
		same := slices.EqualFunc(got.Claims, want, func(a, b prove.Result) bool {
			b.Certificate, b.File = nil, ""
			return reflect.DeepEqual(a, b)
		})
		if !same || !reflect.DeepEqual(got.Summary, prove.Summarise(want)) || got.Data.Instances != len(instances) {
			t.Errorf("%s: %d claims, expected %d; %v", file, len(got.Claims), len(want), got.Summary)
		}
	}
	bad := strings.TrimSuffix(strings.TrimSpace(text.String()), "]") + ",7]"
	refused(t, "a bad last instance", []string{fmt.Sprintf("instance %d: 7, expected an object", len(instances))}, "theorem", "1", "--data", write(t, bad))
}
