package bench

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"muflow/sim/kernel"
	"muflow/sim/learned"
)

// constant returns a function that gives the numbers by turns.
func constant(numbers ...float64) func(context.Context) (float64, error) {
	i := 0
	return func(context.Context) (float64, error) {
		x := numbers[i%len(numbers)]
		i++
		return x, nil
	}
}

func TestRatiosAreThoseOfRounds(t *testing.T) {
	task := Task{Name: "a", Goal: 3, Rounds: 3, Ours: constant(1, 2, 4), Peer: &Peer{Name: "p", Seconds: constant(1, 1, 8)}}
	row, err := task.run(context.Background(), time.Now().Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	// Ratios 1, 2, 0.5, of which the median is 1.
	if row.Ours != 1 || *row.Peers != 1 || *row.Ratio != 1 || row.Spread != 0.75 || *row.Goal != 3 || row.Rounds != 3 || row.Agree {
		t.Errorf("%+v, ratio %g, peer %g", row, *row.Ratio, *row.Peers)
	}
	task.Ours, task.Agree = constant(6, 2), func(printed string) error {
		if printed != "2" {
			return errors.New("not 2")
		}
		return nil
	}
	task.Peer.printed = "2"
	if row, err = task.run(context.Background(), time.Now().Add(time.Hour)); err != nil || *row.Ratio != 2 || !row.Agree {
		t.Errorf("%+v, %v", row, err)
	}
	task.Peer.printed = "3"
	if _, err = task.run(context.Background(), time.Now().Add(time.Hour)); err == nil || !strings.Contains(err.Error(), "not 2") {
		t.Errorf("another result: %v", err)
	}
	task.Ours, task.Agree = constant(1, 2, 4), nil
	task.Peer = &Peer{Name: "p", Absent: "not here"}
	if row, err = task.run(context.Background(), time.Now().Add(time.Hour)); err != nil || row.Ratio != nil || row.Peers != nil || row.Peer != "p (absent: not here)" {
		t.Errorf("%+v, %v", row, err)
	}
	failing := errors.New("broken")
	task.Peer = &Peer{Name: "p", Seconds: func(context.Context) (float64, error) { return 0, failing }}
	if _, err = task.run(context.Background(), time.Now().Add(time.Hour)); !errors.Is(err, failing) {
		t.Errorf("a failing peer: %v", err)
	}
}

func TestRepeatStops(t *testing.T) {
	runs := 0
	if _, err := Repeat(context.Background(), Wall, time.Millisecond, func(context.Context) error { runs++; return nil }); err != nil || runs < 2 {
		t.Errorf("%d runs, %v", runs, err)
	}
	runs = 0
	seconds, err := Repeat(context.Background(), Wall, time.Nanosecond, func(context.Context) error { runs++; time.Sleep(time.Millisecond); return nil })
	if err != nil || runs != 1 || seconds < 1e-3 {
		t.Errorf("%d runs of %g s, %v", runs, seconds, err)
	}
}

func TestProgramsGiveTheirFirstWord(t *testing.T) {
	folder := t.TempDir()
	if p := Peers(folder).Program("x", "none"); p.Absent == "" {
		t.Error("a program that does not exist is not absent")
	}
	if err := os.WriteFile(filepath.Join(folder, "fast"), []byte("#!/bin/sh\necho 0.25 $1\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	p := Peers(folder).Program("x", "fast", "more")
	if p.Absent != "" {
		t.Skip("no programs can be run here")
	}
	seconds, err := p.Seconds(context.Background())
	if err != nil || seconds != 0.25 {
		t.Errorf("%g, %v", seconds, err)
	}
	for script, says := range map[string]string{
		"echo NaN": `printed "NaN"`, "echo soon": `printed "soon"`, "echo -1 2": `printed "-1"`, "exit 0": `printed ""`, "echo first >&2; echo no memory >&2; exit 3": "exit status 3: no memory",
	} {
		if err := os.WriteFile(filepath.Join(folder, "bad"), []byte("#!/bin/sh\n"+script+"\n"), 0o700); err != nil {
			t.Fatal(err)
		}
		if seconds, err := Peers(folder).Program("x", "bad").Seconds(context.Background()); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %g, %v", script, seconds, err)
		}
	}
}

func TestFloorsComeFromMeasuredPeaks(t *testing.T) {
	tasks := []Task{{Name: "peak", Work: 10, Unit: "products", Ours: constant(2)}, {Name: "a", Limit: 7, Count: 30, Peak: "peak", Ours: constant(8)}, {Name: "b", Ours: constant(1)}}
	calls := 0
	rows, err := Run(context.Background(), tasks, func(int, int) { calls++ })
	if err != nil || calls != 3 || len(rows) != 3 {
		t.Fatalf("%d rows, %d calls, %v", len(rows), calls, err)
	}
	if rows[0].Floor != nil || rows[2].Floor != nil || *rows[1].Floor != 6 || *rows[1].Limit != 7 || rows[0].Unit != "products" {
		t.Errorf("%+v", rows)
	}
	tasks[1].Ours = func(context.Context) (float64, error) { return 0, errors.New("broken") }
	if rows, err = Run(context.Background(), tasks, nil); err == nil || len(rows) != 1 || rows[0].Name != "peak" {
		t.Errorf("%+v before a task that fails, %v", rows, err)
	}
	setup := Setup{Kernels: []*kernel.Kernel{kernel.Best()}}
	for _, task := range Tasks(setup) { // a peak that is misspelt has no floor
		if task.Count > 0 && !slices.ContainsFunc(Tasks(setup), func(x Task) bool { return x.Name == task.Peak && x.Work > 0 }) {
			t.Errorf("%s: no peak %q", task.Name, task.Peak)
		}
	}
}

func TestSettingsOfThreads(t *testing.T) {
	for most, want := range map[int]int{1: 1, 2: 4, 3: 9, 4: 9, 8: 16} {
		if got := settings(most); len(got) != want || got[0] != (setting{1, 1}) || got[len(got)-1] != (setting{most, most}) {
			t.Errorf("at most %d: %v", most, got)
		}
	}
}

// The sizes are those of bench_gpt.py, which prints its number of parameters.
func TestShapesAreThoseOfThePeer(t *testing.T) {
	for i, want := range []int{410_112, 1_615_872} {
		m, err := learned.NewModel[float32](shapes[i].config())
		if err != nil || len(m.Theta) != want {
			t.Errorf("%v: %d parameters, want %d, %v", shapes[i], len(m.Theta), want, err)
		}
	}
	// One position, no thought, width 1: 24 + 20·1 in the products of weights (4 of layer 2 for all rows, 20 for the last), 4 + 4 in attention, 80 in the readout.
	if got := (shape{1, 1, 1, 1, 0}).operations(); got != 3*(24+4+4+20+4+80) {
		t.Errorf("%g operations", got)
	}
}

func TestShapesTrain(t *testing.T) {
	if _, err := (shape{32, 4, 8, 6, 1}).step(1, kernel.Best())(context.Background()); err != nil {
		t.Error(err)
	}
}

func TestProcessesFail(t *testing.T) {
	if _, err := processes(context.Background(), 2, []string{filepath.Join(t.TempDir(), "none")}); err == nil {
		t.Error("a missing program ran")
	}
	if _, err := exec.LookPath("sh"); err != nil {
		t.Skip("no shell")
	}
	for code, fine := range map[string]bool{"0": true, "1": true, "2": false, "3": true} {
		if _, err := processes(context.Background(), 2, []string{"sh", "-c", "exit " + code}); (err == nil) != fine {
			t.Errorf("exit %s: %v", code, err)
		}
	}
}

func TestLateTasksHaveOneRound(t *testing.T) {
	row, err := Task{Rounds: 3, Ours: constant(1, 2, 4)}.run(context.Background(), time.Now())
	if err != nil || row.Rounds != 1 || row.Ours != 1 {
		t.Errorf("%+v, %v", row, err)
	}
}

func TestFastestSettingIsKept(t *testing.T) {
	took := map[setting]float64{{1, 1}: 3, {1, 2}: 2, {2, 1}: 4, {2, 2}: 1}
	run := func(ctx context.Context, s setting) (float64, error) {
		if s == (setting{2, 2}) { // never ends
			<-ctx.Done()
			return 0, ctx.Err()
		}
		time.Sleep(time.Millisecond) // longer on a busy machine, and counts all the same
		return took[s], nil
	}
	seconds, kept, err := fastest(context.Background(), settings(2), run)
	if err != nil || seconds != 2 || kept != (setting{1, 2}) {
		t.Errorf("%g, %v, %v", seconds, kept, err)
	}
	failing := errors.New("broken")
	if _, _, err := fastest(context.Background(), settings(2), func(context.Context, setting) (float64, error) { return 0, failing }); !errors.Is(err, failing) {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, _, err := fastest(ctx, settings(2), run); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
