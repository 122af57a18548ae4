package main

import (
	"bytes"
	"context"
	"encoding/json"
	"math/big"
	"muflow/internal/long"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"
)

// endless is what no document may hold, in any spelling of encoding/json's
// neighbours; "plus-infinity" is a status.
var endless = regexp.MustCompile(`Infinity|NaN|[+-]Inf\b|%!`)

// TestEveryDocumentIsBounded runs every command with --json at ordinary and at
// far parameters: what is printed is one JSON document whose numbers are decimals
// in order, and what has no bound is an exit code and a reason.
func TestEveryDocumentIsBounded(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	data := write("data.json", `[{"vertices":9,"edges":[[0,1],[0,2],[0,3],[1,4],[2,4],[3,4],[1,5],[2,5],[4,6],[5,6],[5,7]],"root":0,"target":7,"other":8,"path":[0,1,5,7]},
		{"vertices":6,"edges":[[0,1],[0,2],[1,3],[2,3],[1,4]],"root":0,"target":4,"other":5,"path":[0,1,4]}]`)
	small := write("small.json", `[{"vertices":6,"edges":[[0,1],[0,2],[1,3],[2,3],[1,4]],"root":0,"target":4,"other":5,"path":[0,1,4]}]`)
	profile := write("profile.json", `{"n":18,"k":7,"target_degree":1,"classes":[{"in_set":0,"degree":0,"count":11},{"in_set":1,"degree":0,"count":1},{"in_set":1,"degree":1,"count":5},{"in_set":1,"degree":2,"count":1}]}`)
	var runs [][]string
	add := func(args ...string) { runs = append(runs, args) }
	alphas := []string{"1e-400", "1/1000", "1", "1e6"}
	if !*long.Tests {
		alphas = []string{"1e-400", "1e6"}
	}
	for _, alpha := range alphas {
		add("equilibrium", "--profile", profile, "--alpha", alpha)
		add("flow", "--profile", profile, "--loss", "coconut", "--until", "10", "--alpha", alpha)
		add("flow", "--profile", profile, "--loss", "bfs", "--until", "10", "--alpha", alpha)
		add("theorem", "all", "--data", data, "--alpha", alpha)
		add("population", "--data", data, "--step", "1", "--alpha", alpha)
		add("population", "--data", data, "--step", "1", "--alpha", alpha, "--parametrization", "full")
		add("attention", "--data", data, "--step", "1", "--alpha", alpha, "--gain", "1")
		add("exhaust", "--vertices", "3", "--alpha", alpha)
	}
	if *long.Tests {
		add("tightness", "--data", data, "--alpha", "1e-400")
	}
	add("curriculum", "--data", small, "--steps", "50", "--last-steps", "50")
	for _, logit := range []string{"1e-400", "1e-3", "1e300"} {
		add("theorem", "3", "--data", small, "--logit", logit)
	}
	add("attention", "--data", data, "--step", "1", "--gain", "1e-300")
	add("attention", "--data", data, "--step", "1", "--gain", "1e300")
	add("predict", "--lambda", "1e-300,1,1", "--target", "0")
	add("overlap", "--data", data, "--step", "1")
	add("overshoot", "--data", data, "--instances", "1", "--step", "1")
	add("check", "../../theories/modes.star", "--set", "s=1e300", "--until", "1e-300")
	add("flow", "--theory", "../../theories/modes.star", "--set", "s=1e300", "--until", "1")
	add("flow", "--profile", profile, "--loss", "coconut", "--until", "1e300")
	add("data", "show", data)
	add(append([]string{"probe", "--data", data}, tinyFiles()...)...)
	for _, rate := range []string{"1e-100", "1/2", "1e100"} {
		add("compare", "../../internal/runs/testdata/seeds.csv", "--rate", rate, "--margin", "1e-300")
	}
	add("compare", "../../internal/runs/testdata/seeds.csv", "--data", data, "--step", "1", "--instance", "0", "--alpha", "1e-3", "--rate", "1/2", "--batch", "8")
	add("hunt", "--premise", "alpha >= 1", "--conclusion", "mustar <= 1/1000", "--random", "1", "--cases", "5")
	add("list")
	add("version")
	add("train", "--preset", "theory-diagonal", "--steps", "1")
	covered := map[string]bool{}
	for _, args := range runs {
		covered[args[0]] = true
		var stdout, stderr bytes.Buffer
		start := time.Now()
		code := run(context.Background(), append(args, "--json"), &stdout, &stderr)
		if took := time.Since(start); took > time.Second {
			t.Logf("%q took %v", args, took)
		}
		text := stdout.String()
		if endless.MatchString(text + stderr.String()) {
			t.Errorf("%q: %s%s", args, endless.FindString(text+stderr.String()), &stderr)
		}
		switch {
		case code == exitFine && text == "", code == exitUndecided && text == "" && stderr.Len() == 0, code != exitFine && code != exitUndecided && code != exitRefuted:
			t.Errorf("%q: exit %d with %d bytes, %s", args, code, len(text), &stderr)
		}
		if text == "" {
			continue
		}
		var document any
		if err := json.Unmarshal([]byte(text), &document); err != nil {
			t.Errorf("%q: %v", args, err)
		}
		eachNumber(document, func(lo, hi string) {
			low, okLow := new(big.Rat).SetString(lo)
			high, okHigh := new(big.Rat).SetString(hi)
			if !okLow || !okHigh || low.Cmp(high) > 0 {
				t.Errorf("%q: a number from %s to %s", args, lo, hi)
			}
		})
	}
	// Commands whose documents hold numbers of trainings and run folders, for
	// long: encoding/json refuses a float64 that is not finite.
	for _, name := range []string{"baseline", "bench", "explore", "ladder", "merge", "recheck", "report", "sweep", "tightness"} {
		covered[name] = true
	}
	var all func(c *cobra.Command)
	all = func(c *cobra.Command) {
		if c.Flags().Lookup("json") != nil && !c.Hidden {
			if name := strings.Fields(c.CommandPath()); len(name) > 1 && !covered[name[1]] {
				t.Errorf("%s prints JSON, and is not tried", c.CommandPath())
			}
		}
		for _, below := range c.Commands() {
			all(below)
		}
	}
	all(newRoot(&terminal{out: &bytes.Buffer{}, err: &bytes.Buffer{}}))
}

// eachNumber calls f with the ends of every number in a document.
func eachNumber(document any, f func(lo, hi string)) {
	switch x := document.(type) {
	case map[string]any:
		lo, okLow := x["lo"].(string)
		if hi, okHigh := x["hi"].(string); okLow && okHigh {
			f(lo, hi)
		}
		for _, value := range x {
			eachNumber(value, f)
		}
	case []any:
		for _, value := range x {
			eachNumber(value, f)
		}
	}
}
