package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
)

func TestBenchRefusesAPlaceWithoutPeers(t *testing.T) {
	refused(t, "no folder", []string{"--peers"}, "bench", "--peers", t.TempDir()+"/none")
}

func TestCurvesAreMeasuredAndDrawn(t *testing.T) {
	name := filepath.Join(t.TempDir(), "curves")
	code, stdout, stderr := call("bench", "curves", "--short", "--quiet", "--json", "--out", name)
	if code != exitFine || stderr != "" {
		t.Fatalf("exit %d: %s", code, stderr)
	}
	var document struct {
		Schema string
		Curves []struct {
			Name, Axis string
			Points     []struct {
				X, Seconds float64
				Bytes      float64 `json:"peak_bytes"`
			}
		}
	}
	if err := json.Unmarshal([]byte(stdout), &document); err != nil || document.Schema != "muflow/curves/1" {
		t.Fatalf("%v: %.200s", err, stdout)
	}
	points, axes := 0, map[string]bool{}
	for _, c := range document.Curves {
		axes[c.Axis] = true
		for _, p := range c.Points {
			points++
			if !(p.X > 0 && p.Seconds > 0 && p.Bytes >= 0) {
				t.Errorf("%s: %+v", c.Name, p)
			}
		}
	}
	if len(axes) != 8 || points < len(document.Curves) {
		t.Errorf("%d points on %d axes", points, len(axes))
	}
	lines, err := os.ReadFile(name + ".jsonl")
	if err != nil || bytes.Count(lines, []byte("\n")) != points {
		t.Errorf("%d bytes, %v", len(lines), err)
	}
	if drawing, err := os.ReadFile(name + ".svg"); err != nil || !bytes.HasPrefix(drawing, []byte("<?xml")) || len(drawing) < 10_000 {
		t.Errorf("%d bytes, %v", len(drawing), err)
	}
	again := filepath.Join(t.TempDir(), "again")
	if code, _, stderr := call("bench", "curves", "--from", name+".jsonl", "--out", again, "--quiet"); code != exitFine {
		t.Fatalf("drawing again: exit code %d: %s", code, stderr)
	}
	for _, ending := range []string{".jsonl", ".svg"} {
		first, errFirst := os.ReadFile(name + ending)
		second, errSecond := os.ReadFile(again + ending)
		if errFirst != nil || errSecond != nil || !bytes.Equal(first, second) {
			t.Errorf("%s drawn again: %v, %v, or other bytes", ending, errFirst, errSecond)
		}
	}
	empty := filepath.Join(t.TempDir(), "empty.jsonl")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	refused(t, "points", []string{"no points"}, "bench", "curves", "--from", empty, "--out", again)
	refused(t, "no folder", []string{"--out"}, "bench", "curves", "--out", filepath.Join(name, "no", "x"))
}
