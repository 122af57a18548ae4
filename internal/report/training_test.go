package report

import (
	"io"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"muflow/sim"
)

const trainingText = `{"schema": "muflow/train/1", "preset": "fast", "loss": "coconut", "seed": 7, "series": [
	{"step": 0, "gap": [1, null], "answer": 0.5}, {"step": 100, "gap": [2, 3], "copy": [0.1, 0.2]}]}`

func TestTrainingFigure(t *testing.T) {
	folder := t.TempDir()
	write := func(name, text string) string {
		name = filepath.Join(folder, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return name
	}
	file := write("a.json", trainingText)
	write("run/result.json", trainingText)
	var runs []*TrainingRun
	for _, name := range []string{file, filepath.Join(folder, "run")} {
		run, err := LoadTraining(name)
		if err != nil {
			t.Fatal(err)
		}
		runs = append(runs, run)
	}
	runs[1].Seed = 8
	f, err := TrainingFigure(runs, []string{"gap.1", "copy.0"})
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, c := range f.Curves {
		names = append(names, c.Name)
	}
	if want := []string{"gap of the attention logit, hop 2, seeds 7 8", "", "copy 0, seeds 7 8", ""}; !slices.Equal(names, want) {
		t.Errorf("curves %q, want %q", names, want)
	}
	if c := f.Curves[0]; !slices.Equal(c.X, []float64{100}) || !slices.Equal(c.Y, []float64{3}) || f.Curves[2].Hue == c.Hue || f.Curves[1].Hue != c.Hue {
		t.Errorf("curves %+v", f.Curves)
	}
	if f.Title != "fast, coconut" {
		t.Errorf("title %q", f.Title)
	}
	for _, probe := range []string{"gap", "gap.2", "gap.x", "nothing", "answer.0"} {
		if _, err := TrainingFigure(runs, []string{probe}); err == nil {
			t.Errorf("drew %q", probe)
		}
	}
	for _, name := range []string{write("b.json", "{"), write("c.json", `{"schema": "muflow/sweep/1"}`), filepath.Join(folder, "none")} {
		if _, err := LoadTraining(name); err == nil {
			t.Errorf("loaded %s", name)
		}
	}
}

// Every list of a point by the number of thoughts is one of a probe by hop.
func TestListsOfPointsAreByHop(t *testing.T) {
	lists := map[string]bool{}
	for _, f := range reflect.VisibleFields(reflect.TypeFor[sim.Point]()) {
		if f.Type == reflect.TypeFor[[]*float64]() {
			key, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			lists[key] = true
		}
	}
	if !maps.Equal(lists, perHop) || len(lists) < 10 {
		t.Errorf("by hop %v, lists of a point %v", perHop, lists)
	}
}

func TestSeedsName(t *testing.T) {
	for want, seeds := range map[string][]uint64{"seed 7": {7}, "seeds 7 8": {7, 8}, "seeds 1–3": {1, 2, 3}, "seeds 1 2 4": {1, 2, 4}} {
		if got := seedsName(seeds); got != want {
			t.Errorf("%d: %q, want %q", seeds, got, want)
		}
	}
}

// A figure without curves can be drawn, on logarithmic axes too.
func TestEmptyFigure(t *testing.T) {
	for _, f := range []Figure{{}, {LogX: true}, {LogX: true, LogY: true}} {
		if err := Render(io.Discard, &f, "svg", 3, 2); err != nil {
			t.Error(err)
		}
	}
}
