package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// unquoted splits a command line as a shell does, as far as commandLine quotes.
func unquoted(line string) (words []string) {
	word, quoted := "", false
	for _, c := range strings.ReplaceAll(line, `'\''`, "\x00") + " " {
		switch {
		case c == '\'':
			quoted = !quoted
		case c == ' ' && !quoted:
			words, word = append(words, word), ""
		case c == 0:
			word += "'"
		default:
			word += string(c)
		}
	}
	return words
}

// Every document names its schema, program, data and, where they enter, the
// readout gain and the arithmetic; the command in it makes it again.
func TestEveryDocumentSaysWhatItWasMadeFrom(t *testing.T) {
	folder := t.TempDir()
	text := "[" + goodInstance + "," + strings.Replace(goodInstance, "[1,2]", "[1,2],[0,2],[1,3]", 1) + "]"
	text = strings.ReplaceAll(text, `"other":3`, `"other":4`)
	text = strings.ReplaceAll(text, `"vertices":4`, `"vertices":5`)
	data := filepath.Join(folder, "it's data.json")
	profile, weights := filepath.Join(folder, "profile.json"), filepath.Join(folder, "weights.json")
	for name, text := range map[string]string{data: text, profile: goodProfile, weights: "[1,2]"} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	sum := sha256.Sum256([]byte(text))
	want := map[string]any{"name": "it's data.json", "sha256": hex.EncodeToString(sum[:]), "instances": 2.0}
	enumeration := regexp.MustCompile(`"(loss|label|status|verdict|evidence)": \d+[,\n]`)
	checks := 0
	for _, c := range []struct {
		words  []string
		schema string
		data   any // nil for none
		alpha  any
		floats bool
	}{
		{[]string{"theorem", "all", "--data", data, "--alpha", "1/2", "--jobs", "2", "--certificates", filepath.Join(folder, "c")}, "theorem", want, "0.5", false},
		{[]string{"theorem", "2", "--step", "0"}, "theorem", "built-in", "1", false},
		{[]string{"population", "--data", data, "--weights", weights}, "population", want, "1", false},
		{[]string{"overlap", "--data", data, "--step", "1"}, "overlap", want, nil, false},
		{[]string{"attention", "--data", data, "--gain", "2/3", "--quiet"}, "attention", want, "1", false},
		{[]string{"attention", "--data", data, "--gain", "2/3", "--trained"}, "attention", want, "1", true},
		{[]string{"attention", "--data", data, "--loss", "bfs", "--gain", "1"}, "attention", want, "1", false},
		{[]string{"attention", "--data", data, "--gain", "1,2", "--table"}, "attention-table", want, "1", false},
		{[]string{"overshoot", "--data", data, "--instances", "1", "--step", "1"}, "overshoot", want, "1", false},
		{[]string{"predict", "--data", data}, "predict-data", want, nil, false},
		{[]string{"predict", "--data", data, "--unseen", data}, "predict-data", []any{want, want}, nil, false},
		{[]string{"predict", "--lambda", ".5, .4", "--target", "1"}, "predict", nil, nil, false},
		{[]string{"tightness", "--data", data}, "tightness", want, "1", false},
		{[]string{"equilibrium", "--profile", profile, "--alpha", "3"}, "equilibrium", map[string]any{"name": "profile.json"}, "3", false},
		{[]string{"flow", "--profile", profile, "--loss", "bfs", "--until", "1"}, "flow", map[string]any{"name": "profile.json"}, "1", false},
		{[]string{"check", "../../theories/modes.star", "--claim", "balanced"}, "check", nil, nil, false},
		{[]string{"exhaust", "--vertices", "3"}, "exhaust", nil, "1", false},
		{[]string{"hunt", "--names"}, "hunt-names", nil, nil, true},
		{[]string{"list"}, "list", nil, nil, false},
		{[]string{"version"}, "version", nil, nil, false},
		{[]string{"curriculum", "--data", data, "--thoughts", "uniform", "--steps", "5", "--last-steps", "5", "--time", "1"}, "curriculum", want, "1", true},
		{[]string{"train", "--preset", "theory-diagonal", "--data", data, "--steps", "20", "--out", filepath.Join(folder, "run")}, "train", want, "1", true},
		{[]string{"train", "--preset", "pair", "--steps", "2"}, "train", nil, nil, true},
	} {
		code, stdout, stderr := call(append(slices.Clone(c.words), "--json")...)
		var got struct {
			Schema, Version, Command string
			Data, Alpha              any
			Arithmetic               *arithmetic
		}
		if err := json.Unmarshal([]byte(stdout), &got); err != nil || code != exitFine && code != exitUndecided {
			t.Errorf("%v: exit %d, %v, %s", c.words, code, err, stderr)
			continue
		}
		if m, ok := got.Data.(map[string]any); ok && m["instances"] == nil {
			delete(m, "sha256")
		}
		if got.Schema != "muflow/"+c.schema+"/1" || got.Version != version || !reflect.DeepEqual(got.Data, c.data) || !reflect.DeepEqual(got.Alpha, c.alpha) || (got.Arithmetic != nil) != c.floats {
			t.Errorf("%v: %+v", c.words, got)
		}
		if strings.Count(stdout, "\n  \"schema\":") != 1 || strings.Contains(got.Command, "--jobs") || strings.Contains(got.Command, "--out") {
			t.Errorf("%v: %.400s", c.words, stdout)
		}
		if code := enumeration.FindString(stdout); code != "" {
			t.Errorf("%v: %s is the number of a word", c.words, code)
		}
		words := unquoted(got.Command)
		if again, other, _ := call(words[1:]...); again != code || other != stdout {
			t.Errorf("%v: %s gives another document", c.words, got.Command)
		}
		checks++
	}
	if checks < 20 {
		t.Errorf("only %d documents", checks)
	}
}

// A resumed training that a version with another header finished is the same.
func TestHeadersDoNotMakeAnotherResult(t *testing.T) {
	a := []byte(`{"schema":"muflow/train/1","version":"0.1.0","command":"x","series":[{"step": 1}],"theory":null}`)
	b := []byte(`{"schema":"muflow/train/1","version":"0.2.0","revision":"y","series":[ {"step":1}],"theory":null}`)
	if !sameResult(a, b) || sameResult(a, []byte(strings.Replace(string(b), `"step":1`, `"step":2`, 1))) || sameResult(a, nil) {
		t.Error("results are compared by their headers")
	}
}
