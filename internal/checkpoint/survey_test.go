package checkpoint

import (
	"encoding/json"
	"maps"
	"math"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"muflow/graph"
	"muflow/internal/long"
	"muflow/sim/kernel"
	"muflow/sim/learned"
)

// tinyTexts reads the prompts of the tiny checkpoint.
func tinyTexts(t *testing.T) (text []byte, texts []Text) {
	t.Helper()
	text, err := os.ReadFile("testdata/tiny.json")
	if err != nil {
		t.Fatal(err)
	}
	if texts, err = ReadTexts(text, learned.ProsQA); err != nil {
		t.Fatal(err)
	}
	return text, texts
}

// survey reads texts with a checkpoint, in files of so many heads.
func survey(t *testing.T, texts []Text, jobs, heads int, files ...string) ([]Reading, *Summary) {
	t.Helper()
	c, err := read(heads, files...)
	if err != nil {
		t.Fatal(err)
	}
	s, err := NewSurveyor(c.Model, learned.ProsQA, texts, kernel.Best(), jobs, 1, nil)
	if err != nil {
		t.Fatal(err)
	}
	readings, err := s.Readings(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	summary := Summarise(readings)
	if summary.Assumptions, err = s.Assumptions(t.Context(), readings, summary); err != nil {
		t.Fatal(err)
	}
	return readings, summary
}

func tinySurvey(t *testing.T, texts []Text, jobs int) ([]Reading, *Summary) {
	t.Helper()
	return survey(t, texts, jobs, 0, tiny...)
}

func meanOf(x ...float64) (m Mean) {
	for _, x := range x {
		m.Add(x)
	}
	return m
}

// value is a mean that must be there.
func value(t *testing.T, m Mean) float64 {
	t.Helper()
	x, ok := m.Value()
	if !ok {
		t.Error("a mean of nothing")
	}
	return x
}

// What is reported of a graph follows from the scores and logits that Python
// computed, by the definitions of the documentation.
func TestReadingsFollowFromTheOracle(t *testing.T) {
	text, texts := tinyTexts(t)
	var graphs []oracleGraph
	if err := json.Unmarshal(text, &graphs); err != nil {
		t.Fatal(err)
	}
	readings, summary := tinySurvey(t, texts, 1)
	checks := 0
	compare := func(what string, got Mean, want float64, there bool) {
		t.Helper()
		checks++
		if x, ok := got.Value(); ok != there || there && math.Abs(x-want) > 1e-4 {
			t.Errorf("%s: %v %v, want %v %v", what, x, ok, want, there)
		}
	}
	total := 0.0
	for i, g := range graphs {
		in := texts[i]
		distance := in.Graph.Distances(in.Root)
		if len(readings[i].Thoughts) != in.Steps() {
			t.Fatalf("graph %d: %d thoughts", i, len(readings[i].Thoughts))
		}
		for c, got := range readings[i].Thoughts {
			want := g.Thoughts[c]
			for layer, scores := range want.Scores {
				l := &got.Layer
				for k := range got.Layers {
					if got.Layers[k].Number == layer+1 {
						l = &got.Layers[k].Layer
					}
				}
				var sum [3]float64 // frontier, nearer, elsewhere
				var count [3]float64
				for j := range g.Bar {
					d := distance[g.Tokens[g.Bar[j]-2]]
					class := 2
					if d == c {
						class = 0
					} else if d >= 0 && d < c {
						class = 1
					}
					count[class]++
					for h := range scores {
						sum[class] += scores[h][j]
					}
				}
				new, old, rest := sum[0]/count[0], sum[1]/count[1], sum[2]/count[2]
				others := (sum[1] + sum[2]) / (count[1] + count[2])
				compare("new", l.New, new, count[0] > 0)
				compare("old", l.Old, old, count[1] > 0)
				compare("rest", l.Rest, rest, count[2] > 0)
				compare("gap", l.Gap, new-rest, count[0] > 0 && count[2] > 0)
				compare("gap_all", l.GapAll, new-others, count[0] > 0 && count[1]+count[2] > 0)
				compare("gap_old", l.GapOld, old-rest, count[1] > 0 && count[2] > 0)
				heads := 0.0
				for _, h := range l.Head {
					x, _ := h.Value()
					heads += x
				}
				compare("sum of the heads", l.Gap, heads, count[0] > 0 && count[2] > 0)
				if layer == 1 && c == 0 {
					total += (new - rest) / float64(len(graphs))
				}
			}
			best, all := 0, 0.0
			for v, x := range want.Logits {
				if x > want.Logits[best] {
					best = v
				}
				all += math.Exp(x)
			}
			var hop, within, pHop, pWithin, pReached, logs, count float64
			for v, d := range distance {
				p := math.Exp(want.Logits[v]) / all
				if d == c+1 {
					pHop, logs, count = pHop+p, logs+math.Log(p), count+1
				}
				if d >= 0 && d <= c+1 {
					pWithin += p
				}
				if d >= 0 && d <= c {
					pReached += p
				}
				if v == best && d == c+1 {
					hop = 1
				}
				if v == best && d >= 0 && d <= c+1 {
					within = 1
				}
			}
			compare("hop", got.Hop, hop, true)
			compare("within", got.Within, within, true)
			compare("p_hop", got.PHop, pHop, true)
			compare("p_within", got.PWithin, pWithin, true)
			compare("p_reached", got.PReached, pReached, true)
			compare("unevenness", got.Unevenness, math.Log(pHop/count)-logs/count, true)
		}
		best := 0
		for v, x := range g.Answer {
			if x > g.Answer[best] {
				best = v
			}
		}
		if in.Steps() == g.Steps && readings[i].Answer != learned.Indicator(best == int(in.Target)) {
			t.Errorf("graph %d: answer %v", i, readings[i].Answer)
		}
	}
	compare("mean gap", summary.Thoughts[0].Gap, total, true)
	if checks < 200 {
		t.Errorf("only %d checks", checks)
	}
}

// Masses are attention weights: over all positions they add up to 1, and z and
// the entropy follow from them.
func TestMassesAreAttention(t *testing.T) {
	_, texts := tinyTexts(t)
	c, err := read(0, tiny...)
	if err != nil {
		t.Fatal(err)
	}
	readings, _ := tinySurvey(t, texts, 1)
	run := learned.NewRun(c.Model, kernel.Best())
	for i, x := range texts {
		sample := learned.Sample{Prompt: learned.Positions(nil, learned.ProsQA.Prompt(nil, x.Instance, x.Writing)), Thoughts: 1}
		if err := run.Forward([]learned.Sample{sample}); err != nil {
			t.Fatal(err)
		}
		edges := 3 * x.Graph.Size()
		var onEdges, all float64
		for _, weights := range run.Attention(1, 1, 0) {
			for at, a := range weights {
				all += float64(a)
				if at >= 1 && at <= edges {
					onEdges += float64(a)
				}
			}
		}
		got := readings[i].Thoughts[1]
		massNew, massOld, massRest := value(t, got.Mass), value(t, got.MassOld), value(t, got.MassRest)
		mass := massNew + massOld + massRest
		var frontier, others float64
		for _, e := range x.Graph.Edges() {
			if x.Graph.Distances(x.Root)[e[0]] == 1 {
				frontier++
			} else {
				others++
			}
		}
		z := math.Log(massNew/frontier) - math.Log((massOld+massRest)/others)
		if x, ok := got.Z.Value(); frontier > 0 && (!ok || math.Abs(x-z) > 1e-9) {
			t.Errorf("graph %d: z %v, want %v", i, x, z)
		}
		if math.Abs(all-2) > 1e-5 || math.Abs(mass-onEdges/2) > 1e-5 {
			t.Errorf("graph %d: weights add up to %v over 2 heads, on edges %v, masses %v", i, all, onEdges/2, mass)
		}
	}
}

// The same seed gives the same numbers with any number of workers, another seed
// other texts; and a renamed instance is the same instance for the definitions.
func TestSurveyIsTheSameForAnyWorkers(t *testing.T) {
	shape := graph.ProsQAShape
	shape.MinVertices, shape.MaxVertices = 9, 10
	instances, err := graph.Suite(2, 60, shape, graph.GenerateProsQA)
	if err != nil {
		t.Fatal(err)
	}
	instances = slices.DeleteFunc(instances, func(in graph.Instance) bool { return learned.ProsQA.Length(in.Graph.Size(), in.Steps()) > 64 })
	texts, drawn, err := Write(instances, learned.ProsQA, learned.FreshNames, false, 5)
	if err != nil || !drawn || len(texts) < 20 {
		t.Fatalf("%d texts, drawn %v, %v", len(texts), drawn, err)
	}
	one, first := tinySurvey(t, texts, 1)
	two, second := tinySurvey(t, texts, 3)
	if !reflect.DeepEqual(one, two) || !reflect.DeepEqual(first, second) {
		t.Error("other numbers with three workers")
	}
	a, err := json.Marshal(first)
	if err != nil {
		t.Fatal(err)
	}
	other, _, err := Write(instances, learned.ProsQA, learned.FreshNames, false, 6)
	if err != nil {
		t.Fatal(err)
	}
	_, third := tinySurvey(t, other, 1)
	if b, _ := json.Marshal(third); slices.Equal(a, b) {
		t.Error("the same numbers with another seed")
	}
}

// Edges stay as in the file unless they are sorted by their targets.
func TestWrite(t *testing.T) {
	unsorted, err := graph.Suite(2, 6, graph.ProsQAShape, graph.GenerateProsQA)
	if err != nil {
		t.Fatal(err)
	}
	sorted := make([]graph.Instance, len(unsorted))
	for i, in := range unsorted {
		edges := slices.Clone(in.Graph.Edges())
		slices.SortStableFunc(edges, func(a, b [2]int) int { return a[1] - b[1] })
		if in.Graph, err = graph.New(in.Graph.Order(), edges); err != nil {
			t.Fatal(err)
		}
		sorted[i] = in
	}
	for _, c := range []struct {
		instances []graph.Instance
		names     learned.Names
		draw      bool
		drawn     bool
	}{{unsorted, learned.OrderedNames, false, false}, {unsorted, learned.FileNames, false, false}, {unsorted, learned.FileNames, true, true}, {sorted, learned.FileNames, false, true}, {sorted, learned.OrderedNames, false, true}, {unsorted, learned.FreshNames, false, true}} {
		texts, drawn, err := Write(c.instances, learned.ProsQA, c.names, c.draw, 1)
		if err != nil || drawn != c.drawn {
			t.Fatalf("%v: drawn %v, %v", c.names, drawn, err)
		}
		for i, x := range texts {
			kept := slices.IsSorted(x.Order) && x.Swap == (i%2 == 1)
			if !drawn && !kept || drawn && slices.IsSorted(x.Order) {
				t.Errorf("%v, drawn %v: instance %d has the order %v", c.names, drawn, i, x.Order)
			}
		}
	}
}

// What has no scale has no value and is not crossed: here layer 2 has no keys, so
// that all scores and gaps are 0.
func TestAssumptionsWithoutAScale(t *testing.T) {
	_, texts := tinyTexts(t)
	w := tinyWeights(t)
	for _, name := range []string{"h.1.attn.c_attn.weight", "h.1.attn.c_attn.bias"} {
		for i := range w[name].values {
			if i%48 < 32 { // queries and keys
				w[name].values[i] = 0
			}
		}
	}
	_, summary := survey(t, texts, 1, 2, writeFile(t, t.TempDir(), "x.safetensors", encode(w, "")))
	for _, a := range summary.Assumptions {
		x, ok := a.Value.Value()
		switch a.ID {
		case "A3", "A4":
			if ok || a.Crossed != nil {
				t.Errorf("%s is %v", a.ID, x)
			}
		case "A6": // equal weights
			if math.Abs(x-1) > 1e-6 || *a.Crossed {
				t.Errorf("entropy %v of equal weights", x)
			}
		}
	}
	if z, _ := summary.Thoughts[0].Z.Value(); math.Abs(z) > 1e-6 {
		t.Errorf("z %v of equal weights", z)
	}
}

// A model of one layer has no other layers, in the document and in its lines, and
// no A1.
func TestOneLayer(t *testing.T) {
	_, texts := tinyTexts(t)
	w := tinyWeights(t)
	maps.DeleteFunc(w, func(name string, _ weight) bool {
		return strings.HasPrefix(name, "h.") && !strings.HasPrefix(name, "h.0.")
	})
	readings, summary := survey(t, texts, 1, 2, writeFile(t, t.TempDir(), "x.safetensors", encode(w, "")))
	for i := range readings {
		var columns struct{ Gap, Gap_All, Hop []*float64 }
		line, err := readings[i].Line("x", 0)
		if err == nil {
			err = json.Unmarshal(line, &columns)
		}
		if err != nil || len(columns.Gap) != readings[i].Steps || len(columns.Gap_All) != readings[i].Steps || len(columns.Hop) != readings[i].Steps {
			t.Errorf("graph %d: %v, %s", i, err, line)
		}
	}
	if text, err := json.Marshal(summary); err != nil || strings.Count(string(text), `"layers":[]`) != len(summary.Thoughts) || len(summary.Thoughts) == 0 {
		t.Errorf("%v, %s", err, text)
	}
	for _, a := range summary.Assumptions {
		if _, ok := a.Value.Value(); ok == (a.ID == "A1") {
			t.Errorf("%+v", a)
		}
	}
}

// Layouts and prompts that are not as expected are refused without a word of Go.
func TestTextsAreRefused(t *testing.T) {
	for text, want := range map[string]string{`[]`: "expected an object", `null`: "expected an object", `{"separator":3.5}`: "separator: number 3.5, expected an integer", `{"seperator":3}`: `"seperator"`, `{"open":1}`: "expected true or false", `{"separator":35}`: "35 twice", `{`: "broken JSON"} {
		if _, err := ReadLayout([]byte(text)); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "Go ") {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
	if l, err := ReadLayout([]byte(`{"open":true}`)); err != nil || !l.Open || l.Separator != learned.ProsQA.Separator {
		t.Errorf("%+v, %v", l, err)
	}
	for text, want := range map[string]string{`[{"tokens":["a"]}]`: "tokens: string, expected an integer", `[]`: "no instances", `[{"tokens":[38,1]}]`: "instance 0", `[{"tokens":[38,0,1,34,35,1,2,36,0]},{"tokens":[]}]`: "instance 1: tokens[0]"} {
		if _, err := ReadTexts([]byte(text), learned.ProsQA); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
}

// An assumption is crossed beyond its threshold, and of several checkpoints the
// first that crosses is named.
func TestAssumptionsAreCrossed(t *testing.T) {
	for _, c := range []struct {
		id      string
		value   float64
		crossed bool
	}{{"A1", 0.95, false}, {"A1", 0.85, true}, {"A2", 0.1, false}, {"A2", 0.3, true}, {"A7", 1.5, false}, {"A7", 2.5, true}, {"A7", 0.4, true}, {"A18", 0.6, true}, {"A6", 0.6, false}} {
		if a := assumption(c.id, c.value, true); a.ID != c.id || *a.Crossed != c.crossed {
			t.Errorf("%s at %v: %+v", c.id, c.value, a)
		}
	}
	if a := assumption("A1", 0, false); a.Crossed != nil {
		t.Error("crossed without a value")
	}
	var all []*Summary
	for _, x := range []float64{0.1, 0.4, 0.3} {
		all = append(all, &Summary{Assumptions: []Assumption{assumption("A2", x, true), assumption("A18", 0, true)}})
	}
	if got := FirstCrossed(all, []string{"a", "b", "c"}); got[0].First != "b" || got[1].First != "" {
		t.Errorf("%+v", got)
	}
	copies := []Reading{{layer1: copying{[]Mean{meanOf(0.5), meanOf(0.8, 1)}, []Mean{meanOf(0.7), meanOf(0.1)}}},
		{layer1: copying{[]Mean{meanOf(0.3), meanOf(0.7)}, []Mean{meanOf(0.5), meanOf(0.3)}}}}
	if x, ok := copyingOf(copies); !ok || math.Abs(x-0.6) > 1e-15 { // source 0.8 in head 2, target 0.6 in head 1
		t.Errorf("copies %v", x)
	}
	for _, none := range [][]Reading{nil, {{}}, {{layer1: copying{make([]Mean, 2), make([]Mean, 2)}}}} { // no graphs, one layer, no separators
		if x, ok := copyingOf(none); ok {
			t.Errorf("copies %v of none", x)
		}
	}
	// Collapse: what is reached is predicted, the next distance is not.
	readings := []Reading{{Thoughts: []*Thought{{C: 0, Hop: meanOf(0), Within: meanOf(1)}, {C: 1, Hop: meanOf(1), Within: meanOf(1)}}}}
	if s := Summarise(readings); !slices.Equal(s.Collapse, []int{0}) {
		t.Errorf("collapse %v", s.Collapse)
	}
}

// On the validation graphs the large checkpoint has what was logged at the end
// of its training (../shared/runs/runs.jsonl), in bfloat16, on 255 of them, with
// other orders of edges: every column that both have agrees as far as that goes.
func TestSharedRun(t *testing.T) {
	if !*long.Tests {
		t.Skip("without -long")
	}
	text, err := os.ReadFile(sharedRuns + "runs.jsonl")
	if err != nil {
		t.Skip("without ../shared/runs")
	}
	var logged map[string][]*float64
	for line := range strings.Lines(string(text)) {
		var head struct {
			Run  string
			Test bool
		}
		if err := json.Unmarshal([]byte(line), &head); err == nil && head.Run == "coconut-1" && !head.Test {
			logged = map[string][]*float64{}
			var all map[string]json.RawMessage
			if err := json.Unmarshal([]byte(line), &all); err != nil {
				t.Fatal(err)
			}
			for key, value := range all {
				var list []*float64
				if json.Unmarshal(value, &list) == nil {
					logged[key] = list
				}
			}
		}
	}
	instances, err := graph.Load("../../../shared/data/prosqa_valid.json.gz")
	if err != nil {
		t.Fatal(err)
	}
	texts, drawn, err := Write(instances, learned.ProsQA, learned.OrderedNames, false, 1)
	if err != nil || !drawn {
		t.Fatalf("drawn %v, %v", drawn, err)
	}
	_, summary := survey(t, texts, 0, 0, shards...)
	checks, worst := 0, map[string]float64{}
	for c, got := range summary.Thoughts {
		gap, _ := got.Gap.Value()
		for _, x := range []struct {
			key       string
			value     Mean
			tolerance float64
		}{
			{"new", got.New, 0.08 * gap}, {"old", got.Old, 0.08 * gap}, {"rest", got.Rest, 0.08 * gap}, {"gap", got.Gap, 0.08 * gap},
			{"gapT", got.GapTarget, 0.08 * gap}, {"gapOld", got.GapOld, 0.08 * gap}, {"gap1", got.Layers[0].Gap, 1.2},
			{"mass", got.Mass, 0.02}, {"massOld", got.MassOld, 0.02}, {"massRest", got.MassRest, 0.02}, {"z", got.Z, 0.15},
			{"hop", got.Hop, 0.05}, {"within", got.Within, 0.05}, {"optimal", got.Shortest, 0.05},
			{"pNext", got.PHop, 0.03}, {"pIn", got.PWithin, 0.03}, {"pOpt", got.PShortest, 0.03}, {"uneven", got.Unevenness, 0.1},
			{"thought.new", got.ThoughtNew, 0.2}, {"thought.old", got.ThoughtOld, 0.2}, {"thought.rest", got.ThoughtRest, 0.2},
		} {
			want := logged[x.key][c]
			value, ok := x.value.Value()
			if ok != (want != nil) {
				t.Errorf("%s.%d: %v, logged %v", x.key, c, ok, want)
				continue
			}
			if !ok {
				continue
			}
			checks++
			worst[x.key] = max(worst[x.key], math.Abs(value-*want)/x.tolerance)
			if math.Abs(value-*want) > x.tolerance {
				t.Errorf("%s.%d: %.4f, logged %.4f", x.key, c, value, *want)
			}
		}
	}
	t.Logf("%d numbers, largest differences over what is allowed %v", checks, worst)
	if checks < 75 {
		t.Errorf("only %d numbers", checks)
	}
}
