package runs

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"testing"
)

// read reads one text and returns the log, or the error of reading or choosing.
func read(r Reading, name, text string) (*Log, error) {
	l := NewLog(r)
	if err := l.Read(strings.NewReader(text), name); err != nil {
		return l, err
	}
	return l, l.Finish()
}

// The same three points in every form that is read.
func TestFormsAgree(t *testing.T) {
	lines := `{"step":0,"lr":0.5,"mu":[1,null],"note":"x","test":false}
{"step":10,"lr":0.5,"mu":[2,3],"other":NaN,"deep":{"a":[[[[[[[[[1]]]]]]]]]}}

{"step":10,"mu":[9,9],"test":true}
{"step":20,"lr":1,"mu":[4,5]}`
	forms := map[string]string{
		"a.jsonl": lines,
		"a.csv":   "step,lr,mu.0,mu.1,note,test\n0,.5,1,,x,\n10,0.5,2,3,\"a,b\",false\n10,,9,9,,True\n20,1,4,5,,\n",
		"b.csv":   "\xef\xbb\xbfstep, lr ,mu.0,mu.1,test\r\n0,.5,1,null,\r\n10,0.5,2,3,\r\n10,,9,9,1\r\n20,1,4,5,\r\n",
		"a.json":  `[{"step":0,"lr":0.5,"mu":[1]},{"step":10,"lr":0.5,"mu":[2,3]},{"step":10,"mu":[9,9],"test":true},{"step":20,"lr":1,"mu":[4,5]}]`,
		"b.json":  "{\n\"schema\":\"muflow/train/1\",\"preset\":\"p\",\"seed\":3,\"theory\":{\"stages\":[1]},\n\"series\":[{\"step\":0,\"stage\":1,\"lr\":0.5,\"mu\":[1]},{\"step\":10,\"lr\":0.5,\"mu\":[2,3]},{\"step\":10,\"mu\":[9,9],\"test\":true},{\"step\":20,\"lr\":1,\"mu\":[4,5]}]}",
	}
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	fmt.Fprint(w, lines)
	w.Close()
	forms["a.jsonl.gz"] = packed.String()
	for name, text := range forms {
		l, err := read(Reading{Y: "mu.0"}, name, text)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		c := l.CurveOf(l.Runs[0], math.NaN())
		if len(l.Runs) != 1 || l.Tests != 1 || !slices.Equal(c.Steps, []float64{0, 10, 20}) || !slices.Equal(c.Times, []float64{0, 5, 15}) || !slices.Equal(c.Y, []float64{1, 2, 4}) {
			t.Errorf("%s: %d runs, %d tests, %+v", name, len(l.Runs), l.Tests, c)
		}
		if l, err = read(Reading{Y: "mu.1"}, name, text); err != nil || l.Gaps != 1 || !slices.Equal(l.CurveOf(l.Runs[0], 2).Times, []float64{20, 40}) {
			t.Errorf("%s: mu.1: %v, %d gaps", name, err, l.Gaps)
		}
	}
}

// Whatever is wrong is said with file and line.
func TestBadRunsAreRefused(t *testing.T) {
	for _, c := range []struct {
		text  string
		words []string
	}{
		{"", []string{"empty"}},
		{"\n\n", []string{"empty"}},
		{"7\n", []string{"line 1", "step"}},
		{"hello world\n", []string{"line 1", "step"}},
		{"step,y\n", []string{"no line"}},
		{"a,y\n1,2\n", []string{"line 1", "step"}},
		{"step,step\n1,2\n", []string{"line 1", "twice"}},
		{"step,y\n1,2\n3\n", []string{"line 3", "fields"}},
		{"step,y\n1,\"2\n", []string{"line 2", "CSV"}},
		{"step,y\n1,2\n1,3\n", []string{"line 3", "step 1", "increase"}},
		{"step,y\n2,2\n1,3\n", []string{"line 3", "step 1", "after 2"}},
		{"step,y\nnan,2\n", []string{"line 2", "step", "finite"}},
		{"step,y\n1,inf\n", []string{"line 2", "y", "finite"}},
		{"step,y\n1,1e400\n", []string{"line 2", "y", "finite"}},
		{"step,y\n1,1e-200\n", []string{"line 2", "y"}},
		{"step,y\n-1,2\n", []string{"line 2", "step -1"}},
		{"step,y\n,2\n", []string{"line 2", "no step"}},
		{"step,y\n1,x\n", []string{"line 2", "y", "number"}},
		{"step,y,lr\n1,1,-1\n", []string{"line 2", "lr"}},
		{`{"step":1,"y":1}` + "\n" + `{"step":1,"y":1}`, []string{"line 2", "step 1"}},
		{`{"step":1,"y":1}` + "\n" + `{"step":2,"y":NaN}`, []string{"line 2", "y", "NaN"}},
		{`{"step":1,"y":1}` + "\n" + `{"step":2,"step":3,"y":1}`, []string{"line 2", "twice"}},
		{`{"step":1,"y":1}` + "\n" + `[1]`, []string{"line 2", "object"}},
		{`{"step":1,"y":1}` + "\n" + `{"step":2,"y":1} x`, []string{"line 2"}},
		{`{"step":Infinity,"y":1}`, []string{"line 1", "step"}},
		{`{"step":1e400,"y":1}`, []string{"line 1", "step"}},
		{`{"step":true,"y":1}`, []string{"line 1", "step"}},
		{`{"step":[1],"y":1}`, []string{"line 1", "no step"}},
		{`{"y":1}`, []string{"line 1", "no step"}},
		{`{"schema":"other/1","series":[]}`, []string{"muflow/train/1"}},
		{`{"schema":"muflow/train/1","series":[]}`, []string{"no line"}},
		{`{"schema":"muflow/train/1","series":[7]}`, []string{"series[0]"}},
		{"{\n\"schema\":", []string{"broken JSON"}},
		{"[", []string{"broken JSON"}},
		{"[]", []string{"no line"}},
		{"\x1f\x8bxx", []string{"gzip"}},
		{"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff\x8a\xae", []string{"gzip"}},
		{strings.Repeat("a", maxLine+2), []string{"line 1", "bytes"}},
	} {
		_, err := read(Reading{Y: "y"}, "log", c.text)
		if err == nil {
			t.Errorf("%.60q is taken", c.text)
			continue
		}
		for _, word := range append(c.words, "log: ") {
			if !strings.Contains(err.Error(), word) {
				t.Errorf("%.60q: %v does not name %q", c.text, err, word)
			}
		}
	}
}

// Without --y: mu, else the only column, else the candidates.
func TestColumnIsChosen(t *testing.T) {
	for _, c := range []struct{ text, y, complaint string }{
		{"step,a,mu\n1,2,3\n", "mu", ""},
		{"step,a,lr,run\n1,2,3,x\n", "a", ""},
		{"step,b.10,b.2,a\n1,2,3,4\n", "", "one of a, b.2, b.10"},
		{"step,a\n1,x\n", "", "no column"},
	} {
		l, err := read(Reading{}, "log", c.text)
		if c.complaint != "" && (err == nil || !strings.Contains(err.Error(), c.complaint)) || c.complaint == "" && (err != nil || l.Y != c.y) {
			t.Errorf("%q: %q, %v", c.text, l.Y, err)
		}
	}
	if _, err := read(Reading{Y: "c"}, "log", "step,a\n1,2\n"); err == nil || !strings.Contains(err.Error(), "one of a") {
		t.Errorf("a column that is not there: %v", err)
	}
}

func TestConditions(t *testing.T) {
	for _, c := range []struct {
		name, seed         string
		has                bool
		condition, numbers string
	}{
		{"coconut-1", "", false, "coconut", "1"},
		{"coconut", "", false, "coconut", ""},
		{"12", "", false, "", "12"},
		{"lr0.1", "5", true, "lr0.1", "5"},
		{"bfs_5", "5", true, "bfs", "5"},
		{"seed=7", "", false, "seed", "7"},
	} {
		if condition, seed := conditionOf(c.name, c.seed, c.has); condition != c.condition || seed != c.numbers {
			t.Errorf("%+v: %q, %q", c, condition, seed)
		}
	}
	l := NewLog(Reading{})
	for _, name := range []string{"x/coconut.csv", "x/bfs.csv"} {
		if err := l.Read(strings.NewReader("run,step,mu\n1,1,1\n1,2,3\n2,1,2\n"), name); err != nil {
			t.Fatal(err)
		}
	}
	if err := l.Finish(); err != nil {
		t.Fatal(err)
	}
	conditions, _ := l.Conditions(func(r *Run) *Curve { return l.CurveOf(r, math.NaN()) })
	if len(conditions) != 2 || conditions[0].Name != "coconut" || conditions[1].Name != "bfs" || conditions[1].Runs[0].Name != "bfs/1" || len(conditions[0].Curves) != 2 {
		t.Errorf("%+v", conditions)
	}
}

// A seed that was copied counts once, whatever column is looked at; numbers that
// stand still agree by chance.
func TestSharedPrefix(t *testing.T) {
	var text strings.Builder
	text.WriteString("run,step,mu,hop,seconds\n")
	for _, run := range []int{1, 2, 3} {
		for k := range 10 {
			mu := float64(k*k) + 0.01*float64(run)
			if run == 2 && k < 5 {
				mu = float64(k*k) + 0.01
			}
			fmt.Fprintf(&text, "a-%d,%d,%g,0,%d\n", run, k, mu, run*k)
		}
	}
	for _, y := range []string{"mu", "hop"} {
		l, err := read(Reading{Y: y}, "log", text.String())
		if err != nil {
			t.Fatal(err)
		}
		conditions, shared := l.Conditions(func(r *Run) *Curve { return l.CurveOf(r, math.NaN()) })
		if len(shared) != 1 || shared[0].Runs != [2]string{"a-1", "a-2"} || shared[0].Points != 5 || shared[0].Until != 4 || shared[0].Whole {
			t.Errorf("%s: %+v", y, shared)
		}
		if c := conditions[0]; len(c.Curves) != 2 || !slices.Equal(c.Left, []string{"a-2"}) {
			t.Errorf("%s: %d independent curves, left %v", y, len(c.Curves), c.Left)
		}
		if c := Only(conditions, "a-2"); c == nil || len(c.Curves) != 1 || c.Curves[0].Run != "a-2" {
			t.Errorf("%s: a run that is left out, alone: %+v", y, c)
		}
	}
}

// Documents of different trainings are no seeds of one condition.
func TestDocumentsThatDiffer(t *testing.T) {
	l := NewLog(Reading{})
	for seed, loss := range []string{"coconut", "bfs", "coconut"} {
		text := fmt.Sprintf(`{"schema":"muflow/train/1","preset":"p","loss":%q,"seed":7,"settings":{"label":"path"},"series":[{"step":1,"mu":%d}]}`, loss, seed)
		if err := l.Read(strings.NewReader(text), fmt.Sprintf("run-%d.json", seed)); err != nil {
			t.Fatal(err)
		}
	}
	if err := l.Finish(); err != nil {
		t.Fatal(err)
	}
	conditions, _ := l.Conditions(func(r *Run) *Curve { return l.CurveOf(r, math.NaN()) })
	if l.Runs[1].Seed != "7" {
		t.Errorf("seed %q, expected that of the document", l.Runs[1].Seed)
	}
	if len(conditions) != 2 || conditions[0].Name != "run (p, coconut, path)" || len(conditions[0].Runs) != 2 || conditions[1].Name != "run (p, bfs, path)" {
		t.Errorf("%+v", conditions)
	}
}

func TestStagesThatBeginAnew(t *testing.T) {
	l, err := read(Reading{}, "run2.json", `{"schema":"muflow/train/1","preset":"p","series":[{"step":0,"stage":1,"mu":0},{"step":10,"stage":1,"mu":1},{"step":15,"stage":2,"mu":0.5},{"step":25,"stage":2,"mu":0.7}]}`)
	if err != nil {
		t.Fatal(err)
	}
	l.SplitStages(l.Runs[0])
	if len(l.Runs) != 2 || l.Runs[1].Condition != "run, stage 2" {
		t.Fatalf("%d runs", len(l.Runs))
	}
	if c := l.CurveOf(l.Runs[1], 2); !slices.Equal(c.Times, []float64{10, 30}) || !slices.Equal(c.Y, []float64{0.5, 0.7}) {
		t.Errorf("%+v", c)
	}
}

func TestInstancesAreRead(t *testing.T) {
	m, err := ReadInstances(strings.NewReader("instance,gap,hop.0\n3,1.5,2\n1,,4\n"), "f", nil)
	if err != nil || m["gap"][3] != 1.5 || len(m["gap"]) != 1 || m["hop.0"][1] != 4 {
		t.Errorf("%v, %v", m, err)
	}
	for text, word := range map[string]string{
		"instance,gap\n3,1\n3,2\n":    "line 3",
		"instance,gap\n1.5,1\n":       "line 2",
		"gap\n1\n":                    "instance",
		"{\"gap\":1}":                 "line 1",
		"{\"instance\":-1,\"a\":1}":   "line 1",
		"instance,gap\n1e300,1\n":     "line 2",
		"{\"instance\":null,\"a\":1}": "line 1",
	} {
		if _, err := ReadInstances(strings.NewReader(text), "f", nil); err == nil || !strings.Contains(err.Error(), word) {
			t.Errorf("%q: %v", text, err)
		}
	}
	if _, err := ReadInstances(strings.NewReader("instance,gap\n3,1\n"), "f", []string{"x"}); err == nil {
		t.Error("a number that is not there is taken")
	}
}

// Nothing that is read panics, and what is judged has no number without end.
func FuzzRead(f *testing.F) {
	if text, err := os.ReadFile("testdata/seeds.csv"); err == nil {
		f.Add(text[:2000], "mu")
	}
	for _, text := range []string{
		"step,y\n1,2\n2,3\n3,2\n4,5\n5,6\n6,5\n7,8\n8,1\n9,1\n",
		"run,step,lr,y\n1,1,0,2\n1,2,0,3\n1,3,0,1\n1,4,0,2\n1,5,0,3\n1,6,0,1\n1,7,0,1\n",
		`{"step":1,"y":[1,NaN,{"a":2}],"stage":1}` + "\n" + `{"step":2,"y":[2],"test":true}`,
		`{"schema":"muflow/train/1","series":[{"step":0,"stage":1,"mu":0}]}`,
		`[{"step":1,"y":1}]`, "{\n", "\x1f\x8b", "\xef\xbb\xbfstep\n1\n",
	} {
		f.Add([]byte(text), "y")
	}
	f.Fuzz(func(t *testing.T, text []byte, y string) {
		first := 1.0
		l, err := read(Reading{Y: y, Stage: &first}, "f", string(text))
		ReadInstances(bytes.NewReader(text), "f", nil)
		if err != nil {
			return
		}
		for _, run := range slices.Clone(l.Runs) {
			l.SplitStages(run)
		}
		l.reading.Stage = nil
		conditions, _ := l.Conditions(func(r *Run) *Curve { return l.CurveOf(r, math.NaN()) })
		JudgeAll(conditions, Settings{math.NaN(), 0.05})
		for _, c := range conditions {
			for _, w := range c.Windows {
				for _, x := range []float64{w.Level, w.Slope.Value, w.Slope.Wide[0], w.Slope.Narrow[1], w.Slope.P, w.From} {
					if math.IsNaN(x) || math.IsInf(x, 0) {
						t.Fatalf("%q: %+v", text, w)
					}
				}
			}
			for _, expectation := range Expectations {
				c.Holds(expectation, l.Y)
			}
		}
	})
}
