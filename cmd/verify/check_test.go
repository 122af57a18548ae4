package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"strings"
	"testing"
)

// TestTheoryFilesAndData: a theory about data runs for each element, another once
// whatever the data, and data that nothing is about are refused.
func TestTheoryFilesAndData(t *testing.T) {
	about := writeText(t, "about.star", "theory('about')\nobserve('a', data['a'])\n")
	plain := writeText(t, "plain.star", "theory('plain')\ndef f(data):\n  return data\nx = state('x', start=between(1, 2))\nflow(x, -x)\nclaim('x', identity(x, x))\nobserve('a', f(3))\ntrain(x**2, x)\n")
	data := writeText(t, "data.json", `[{"a": 1}, {"a": 0.5}]`)
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	z.Write([]byte(`[{"a": 1}, {"a": 0.5}]`))
	z.Close()
	zipped := writeText(t, "data.json.gz", packed.String())

	for _, file := range []string{data, zipped} {
		code, stdout, stderr := call("check", plain, about, "--data", file, "--json")
		if code != exitFine || stderr != "" {
			t.Fatalf("exit %d, %s", code, stderr)
		}
		var document struct {
			Theories []struct {
				Instance *int
			}
		}
		if err := json.Unmarshal([]byte(stdout), &document); err != nil {
			t.Fatal(err)
		}
		if list := document.Theories; len(list) != 3 || list[0].Instance != nil || list[1].Instance == nil || *list[1].Instance != 0 || *list[2].Instance != 1 {
			t.Errorf("%s: %+v", file, document)
		}
	}
	code, stdout, stderr := call("flow", "--theory", about, "--data", zipped, "--instance", "1", "--until", "1")
	if code != exitFine || !strings.Contains(stdout, "0.5") || stderr != "" {
		t.Errorf("exit %d, %s%s", code, stdout, stderr)
	}
	code, _, stderr = call("flow", "--theory", plain, "--until", "1")
	if code != exitFine || strings.Count(stderr, "\n") != 1 || !strings.Contains(stderr, "lower end") {
		t.Errorf("exit %d, %s", code, stderr)
	}

	refused(t, "no data", []string{"about.star:2:18: ", "(data 0)"}, "check", plain, about)
	refused(t, "data for nothing", []string{"no theory here is about data"}, "check", plain, "--data", data)
	refused(t, "data for no flow", []string{"no theory here is about data"}, "flow", "--theory", plain, "--until", "1", "--data", data)
	refused(t, "no such element", []string{"--instance 2, expected 0 to 1"}, "flow", "--theory", about, "--until", "1", "--data", data, "--instance", "2")
	refused(t, "half of a file", []string{"broken gzip"}, "check", about, "--data", writeText(t, "half.gz", packed.String()[:packed.Len()-9]))
	refused(t, "no array", []string{"JSON array"}, "check", about, "--data", plain)
	refused(t, "nothing", []string{"JSON array"}, "check", about, "--data", writeText(t, "empty.json", ""))
	refused(t, "an element without it", []string{"(data 1)"}, "check", about, "--data", writeText(t, "other.json", `[{"a": 1}, {"b": 2}]`))
	refused(t, "no such parameter", []string{"plain.star", `"q"`}, "check", plain, "--set", "q=1")
	refused(t, "no such claim", []string{"--claim y"}, "check", plain, "--claim", "x", "--claim", "y")
	refused(t, "a mistake in the last file", []string{"wrong.star:1:9"}, "check", plain, writeText(t, "wrong.star", "theory(1"))
}
