package bench

import (
	"context"
	"encoding/json"
	"fmt"
	"math/big"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"muflow/internal/checkpoint"
	"muflow/sim/kernel"
	"muflow/sim/learned"
)

func TestNumbersThatDiffer(t *testing.T) {
	third := "0." + strings.Repeat("3", 50)
	for printed, same := range map[string]bool{
		"0.1 " + third:                         true,
		"0.1 " + third[:20]:                    true, // as many digits as it prints
		"0.1 " + third[:48] + "99":             true, // beyond what an uncertified method keeps
		"0.1 " + third[:30] + "4" + third[31:]: false,
		"0.1":                                  false,
		"0.1 none":                             false,
	} {
		for _, found := range []*value{{text: third}, {number: new(big.Float).SetPrec(256).Quo(big.NewFloat(1), big.NewFloat(3))}} {
			if err := sameNumber(found, 1, 50)(printed); (err == nil) != same {
				t.Errorf("%q: %v", printed, err)
			}
		}
	}
	if n := digitsOf("-0.00120e5"); n != 3 {
		t.Errorf("%d digits", n)
	}
}

// A short curve is written as the long one is.
func TestCurveIsWritten(t *testing.T) {
	name := filepath.Join(t.TempDir(), "curve.jsonl")
	if err := writeCurve(name, 3); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	at := 0
	for line := range strings.Lines(string(text)) {
		var row struct {
			Step int
			Gap  float64
		}
		if at++; json.Unmarshal([]byte(line), &row) != nil || row.Step != at || !(row.Gap > -1 && row.Gap < 1) {
			t.Errorf("line %d: %q", at, line)
		}
	}
	if at != 3 {
		t.Errorf("%d lines", at)
	}
	if slope, err := slopeIn([]byte(`{"conditions":[{"windows":[{"slope":{"value":0.5}},{"slope":{"value":2}}]}]}`)); err != nil || slope != 0.5 {
		t.Errorf("%g, %v", slope, err)
	}
	if _, err := slopeIn([]byte(`{"conditions":[]}`)); err == nil {
		t.Error("a document without conditions has a slope")
	}
}

// The page's questions are asked as they stand, and again with another α each time.
func TestPageIsAsked(t *testing.T) {
	var asked []string
	code := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/first.json" {
			fmt.Fprint(w, `[{"args": ["flow", "--alpha", "1"], "files": {"a": "b"}}, {"args": ["list"]}]`)
			return
		}
		var q question
		if err := json.NewDecoder(r.Body).Decode(&q); err != nil {
			t.Error(err)
		}
		asked = append(asked, strings.Join(q.Args, " ")+q.Files["a"])
		fmt.Fprintf(w, `{"code": %d, "out": "x"}`, code)
	}))
	defer server.Close()
	tasks := pageTasks(Setup{Page: server.URL})
	for _, i := range []int{0, 1, 1} {
		if seconds, err := tasks[i].Ours(context.Background()); err != nil || !(seconds > 0) {
			t.Fatalf("%g, %v", seconds, err)
		}
	}
	if want := []string{"flow --alpha 1b", "list", "flow --alpha 101/100b", "flow --alpha 102/100b"}; !slices.Equal(asked, want) {
		t.Errorf("%q", asked)
	}
	code = 3
	if _, err := tasks[0].Ours(context.Background()); err == nil {
		t.Error("an answer that failed counts")
	}
}

// Readings agree with what is printed of them, and not with another gap or answer.
func TestReadingsAreCompared(t *testing.T) {
	instances, err := alike(2)
	if err != nil {
		t.Fatal(err)
	}
	m, err := learned.NewModel[float32](learned.Config{Vocabulary: 40, Readout: 40, Width: 16, Heads: 2, Layers: 2, Length: 200, Absolute: true, MLP: [2]bool{true, true}})
	if err != nil {
		t.Fatal(err)
	}
	m.Draw(rand.New(rand.NewPCG(1, 1)), 1, 1)
	n := &network{folder: t.TempDir(), model: m}
	if n.texts, _, err = checkpoint.Write(instances, learned.ProsQA, learned.OrderedNames, false, 1); err != nil {
		t.Fatal(err)
	}
	if err := n.writeGraphs(); err != nil || n.seen.work == 0 {
		t.Fatalf("%g tokens, %v", n.seen.work, err)
	}
	s, err := checkpoint.NewSurveyor(m, learned.ProsQA, n.texts, kernel.Best(), 1, 1, nil)
	if err != nil {
		t.Fatal(err)
	}
	readings, err := s.Readings(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	var printed struct {
		Gaps [][]float64  `json:"gaps"`
		Ends [][2]float64 `json:"ends"`
	}
	for _, r := range readings {
		var gaps []float64
		for _, thought := range r.Thoughts {
			gap, _ := thought.Gap.Value()
			gaps = append(gaps, gap)
		}
		printed.Gaps, printed.Ends = append(printed.Gaps, gaps), append(printed.Ends, [2]float64{r.Pair, 1 - r.Pair})
	}
	compare := func() error {
		text, err := json.Marshal(printed)
		if err != nil {
			t.Fatal(err)
		}
		return sameReadings(readings, "1.0 ms/pass\n"+string(text)+"\n")
	}
	if err := compare(); err != nil {
		t.Error(err)
	}
	printed.Gaps[1][0] += 1
	if compare() == nil {
		t.Error("another gap agrees")
	}
	printed.Gaps[1][0] -= 1
	printed.Ends[0] = [2]float64{printed.Ends[0][1], printed.Ends[0][0]}
	if compare() == nil {
		t.Error("another answer agrees")
	}
}
