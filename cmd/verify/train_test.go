package main

import (
	"bytes"
	"context"
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"testing"
)

// trained runs a train command line and returns exit code and both outputs.
func trained(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	code = run(context.Background(), append([]string{"train", "--quiet"}, args...), &out, &errs)
	return code, out.String(), errs.String()
}

func TestTrainPrintsTheContractsDocument(t *testing.T) {
	args := []string{"--preset", "theory-full", "--steps", "16130", "--seed", "5", "--json"}
	code, text, errs := trained(t, args...)
	if code != 0 || errs != "" {
		t.Fatalf("exit %d: %s", code, errs)
	}
	if _, again, _ := trained(t, append(args, "--workers", "3")...); again != text {
		t.Error("another number of workers prints other bytes")
	}
	var d struct {
		Schema, Preset, Loss string
		Seed                 int
		Series               []struct {
			Step, Stage           int
			Mu, Nu, Answer        *float64
			Gap, Mass, Cumulative []float64
		}
		Theory struct {
			Stages []struct {
				Stage  int
				Status string
				Mu, Nu *struct{ Lo, Hi, Evidence string }
			}
		}
	}
	if err := json.Unmarshal([]byte(text), &d); err != nil {
		t.Fatal(err)
	}
	if d.Schema != "muflow/train/1" || d.Preset != "theory-full" || d.Loss != "coconut" || d.Seed != 5 || len(d.Theory.Stages) != 4 {
		t.Fatalf("head: %+v", d)
	}
	last := -1
	for _, p := range d.Series {
		if p.Step <= last || p.Step > last+100 && last >= 0 || p.Mu == nil || p.Nu == nil || len(p.Gap) != 4 || len(p.Mass) != 4 || len(p.Cumulative) != 4 || p.Answer != nil {
			t.Fatalf("after step %d: %+v", last, p)
		}
		last = p.Step
	}
	if end := d.Series[len(d.Series)-1]; last != 16130 || end.Stage != 2 || !(*end.Mu > 0) || !(*end.Nu < 0) {
		t.Errorf("the series ends at %+v", end)
	}
	if s := d.Theory.Stages; s[0].Status != "unbounded" || s[0].Mu != nil || s[1].Status != "finite" || s[1].Nu == nil || s[1].Mu.Evidence != "enclosure" {
		t.Errorf("theory: %+v", s)
	}
	if strings.Contains(text, "NaN") || strings.Contains(text, "seconds") {
		t.Error("a number that is none, or a time")
	}
}

// After its stage the trained mean diagonal is near the enclosed equilibrium.
func TestTrainedDiagonalEndsNearTheEquilibrium(t *testing.T) {
	if testing.Short() {
		t.Skip("two whole stages")
	}
	code, text, errs := trained(t, "--preset", "theory-diagonal", "--steps", "16000", "--json")
	if code != 0 {
		t.Fatal(errs)
	}
	var d struct {
		Series []struct{ Mu float64 }
		Theory struct {
			Stages []struct{ Mu struct{ Lo string } }
		}
	}
	if err := json.Unmarshal([]byte(text), &d); err != nil {
		t.Fatal(err)
	}
	want, err := strconv.ParseFloat(d.Theory.Stages[1].Mu.Lo, 64)
	if got := d.Series[len(d.Series)-1].Mu; err != nil || math.Abs(got-want) > 0.03*want {
		t.Errorf("μ ends at %g, want near %g, %v", got, want, err)
	}
}

func TestTrainRefuses(t *testing.T) {
	refused := 0
	for _, args := range [][]string{
		{},
		{"--preset", "theory"},
		{"--preset", "theory-full", "--loss", "prediction"},
		{"--preset", "theory-full", "--steps", "0"},
		{"--preset", "theory-full", "--steps", "-1"},
		{"--preset", "theory-full", "--steps", "80001"},
		{"--preset", "theory-full", "--jobs", "-1"},
		{"--preset", "theory-full", "--seed", "-1"},
		{"--preset", "theory-full", "--data", t.TempDir()},
		{"--preset", "theory-full", "--resume"},
		{"--preset", "theory-full", "more"},
	} {
		code, out, errs := trained(t, args...)
		if code != exitUsage || out != "" || strings.Count(errs, "\n") != 1 {
			t.Errorf("%q: exit %d, %q, %q", args, code, out, errs)
		}
		refused++
	}
	if refused != 11 {
		t.Errorf("%d command lines were tried", refused)
	}
}
