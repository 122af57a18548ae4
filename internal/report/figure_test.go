package report

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"math"
	"math/big"
	"math/rand/v2"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"muflow/graph"
	"muflow/internal/reduced"
	"muflow/prove"
	"muflow/theory"
)

func builtin(t *testing.T) []graph.Instance {
	t.Helper()
	instances, err := graph.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	return instances
}

func caseOf(t *testing.T, instances []graph.Instance, index, step int, loss theory.Loss) *Case {
	t.Helper()
	s, err := instances[index].Step(step)
	if err != nil {
		t.Fatal(err)
	}
	return NewCase(s, index, loss, big.NewRat(1, 1))
}

func sampleFigure() *Figure {
	return &Figure{Title: "μ", XLabel: "t", YLabel: "μ", LogX: true, Curves: []Curve{
		{Name: "bounds", X: []float64{1, 10}, Bounds: []prove.Number{{Lo: "0.5", Hi: "1.5", Evidence: prove.Enclosure}, {Lo: "1", Hi: "2", Evidence: prove.Enclosure}}, Style: Band},
		{Name: "flow", X: []float64{1, 10}, Y: []float64{1, 1.5}},
		{X: []float64{2, 5}, Y: []float64{1.1, 1.2}, Style: Points, Hue: 1},
		{Name: "limit", X: []float64{1, 10}, Y: []float64{1.7, 1.7}, Style: Dashed},
	}}
}

func TestSameDrawingSameBytes(t *testing.T) {
	instances := builtin(t)
	s, err := instances[7].Step(1)
	if err != nil {
		t.Fatal(err)
	}
	logarithmic := &Figure{Title: "cost", XLabel: "digits", YLabel: "s", LogX: true, LogY: true, Curves: []Curve{{Name: "one point", X: []float64{16}, Y: []float64{1e-3}}}}
	drawings := map[string]Drawing{"figure": sampleFigure(), "grid": Grid{{sampleFigure(), logarithmic}, {logarithmic, sampleFigure()}}, "graph": &Diagram{Title: "graph", Step: s}}
	checks := 0
	for name, d := range drawings {
		for _, format := range ImageFormats {
			var first, second bytes.Buffer
			for _, w := range []*bytes.Buffer{&first, &second} {
				if err := Render(w, d, format, 5, 4); err != nil {
					t.Fatal(err)
				}
			}
			if !bytes.Equal(first.Bytes(), second.Bytes()) || first.Len() < 1000 {
				t.Errorf("%s as %s: %d and %d bytes that differ", name, format, first.Len(), second.Len())
			}
			if format == "pdf" && !strings.Contains(first.String(), "D:19700101000000") {
				t.Errorf("%s: the PDF carries another date than the fixed one", name)
			}
			checks++
		}
	}
	if checks != 12 {
		t.Errorf("%d checks ran", checks)
	}
	if err := Render(&bytes.Buffer{}, sampleFigure(), "gif", 5, 4); err == nil {
		t.Error("gif was accepted")
	}
}

func TestInlineTakesColoursFromThePage(t *testing.T) {
	svg, err := Inline(sampleFigure(), "a < b", 5, 4)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"<title>a &lt; b</title>", `stroke="var(--hue0)"`, `fill="var(--hue0)"`, "data-plot=", "var(--grid)", "viewBox"} {
		if !strings.Contains(svg, want) {
			t.Errorf("no %s in the inline figure", want)
		}
	}
	for _, bad := range []string{"<?xml", "#0072B2", "width=\"360pt\"", "style="} {
		if strings.Contains(svg, bad) {
			t.Errorf("%s in the inline figure", bad)
		}
	}
}

func TestFigureRefusesContradictions(t *testing.T) {
	for name, c := range map[string]Curve{
		"no points":     {Name: "x"},
		"one value":     {X: []float64{1, 2}, Y: []float64{1}},
		"band of lines": {X: []float64{1}, Y: []float64{1}, Style: Band, Bounds: []prove.Number{{Lo: "0", Hi: "1"}}},
		"one bound":     {X: []float64{1, 2}, Y: []float64{1, 2}, Bounds: []prove.Number{{Lo: "0", Hi: "1"}}},
	} {
		f := &Figure{Curves: []Curve{c}}
		if err := Render(&bytes.Buffer{}, f, "svg", 4, 3); err == nil {
			t.Errorf("%s: drawn", name)
		}
		if err := f.WriteSeries(&bytes.Buffer{}, "csv"); err == nil {
			t.Errorf("%s: written", name)
		}
	}
}

func TestSeriesHoldEveryPoint(t *testing.T) {
	f := sampleFigure()
	var text bytes.Buffer
	if err := f.WriteSeries(&text, "csv"); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(&text).ReadAll()
	if err != nil || len(rows) != 9 {
		t.Fatalf("%d rows, expected a header and 8: %v", len(rows), err)
	}
	if got := strings.Join(rows[1], "|"); got != "bounds|1||0.5|1.5|enclosure" {
		t.Errorf("first row %s", got)
	}
	if got := strings.Join(rows[5], "|"); got != "flow, 2|2|1.1|||approximate" {
		t.Errorf("fifth row %s", got)
	}
	text.Reset()
	if err := f.WriteSeries(&text, "jsonl"); err != nil {
		t.Fatal(err)
	}
	i := 0
	for line := range strings.Lines(text.String()) {
		i++
		var s sample
		if err := json.Unmarshal([]byte(line), &s); err != nil {
			t.Fatal(err)
		}
		x, _ := strconv.ParseFloat(rows[i][1], 64)
		if s.Curve != rows[i][0] || s.X != x || s.Low != rows[i][3] || s.High != rows[i][4] || s.Evidence != rows[i][5] {
			t.Errorf("line %d: %s against %v", i, line, rows[i])
		}
	}
	if i != 8 {
		t.Errorf("%d lines", i)
	}
}

// The flow behind a figure is within the proved distance of gradient descent
// on the same family, which shares no code with the enclosure.
func TestFlowIsNearDescent(t *testing.T) {
	instances := builtin(t)
	checks := 0
	for _, i := range []int{0, 7, 30, 101, 239} {
		for step := range instances[i].Steps() {
			c := caseOf(t, instances, i, step, theory.Coconut)
			family, err := c.Profile.Family(theory.Coconut, c.Alpha)
			if err != nil {
				t.Fatal(err)
			}
			field, err := reduced.NewField(family)
			if err != nil {
				t.Fatal(err)
			}
			for _, steps := range []int{400, 4000} {
				const eta = 0.125
				flow, err := c.Flow(context.Background(), []*big.Rat{big.NewRat(int64(steps), 8)})
				if err != nil {
					t.Fatal(err)
				}
				bound, err := field.EulerBound(eta, eta*float64(steps))
				if err != nil {
					t.Fatal(err)
				}
				bound /= math.Sqrt(float64(c.Profile.N))
				middle, err := midpoints(flow)
				if err != nil {
					t.Fatal(err)
				}
				if got := field.Descent(eta, steps)[0]; math.Abs(got-middle[0]) > bound {
					t.Errorf("instance %d, step %d, t=%v: descent %v, flow %v, bound %g", i, step, eta*float64(steps), got, flow[0], bound)
				}
				checks++
			}
		}
	}
	if checks < 30 {
		t.Errorf("%d checks ran", checks)
	}
}

// What Theorem 1 says in closed form holds for the enclosure of the flow.
func TestCorridorHoldsTheFlow(t *testing.T) {
	instances := builtin(t)
	times := []*big.Rat{big.NewRat(1, 2), big.NewRat(10, 1), big.NewRat(300, 1), big.NewRat(20000, 1)}
	checks := map[theory.Loss]int{}
	for _, i := range []int{1, 7, 12} {
		for step := range instances[i].Steps() {
			for _, loss := range []theory.Loss{theory.Coconut, theory.CoconutBFS} {
				c := caseOf(t, instances, i, step, loss)
				claims, bounds, err := c.Corridor(context.Background(), times)
				if err != nil {
					t.Fatal(err)
				}
				if bounds == nil {
					continue
				}
				flow, err := c.Flow(context.Background(), times)
				if err != nil {
					t.Fatal(err)
				}
				for k := range times {
					if rational(t, flow[k].Lo).Cmp(rational(t, bounds[k].Lo)) < 0 || rational(t, flow[k].Hi).Cmp(rational(t, bounds[k].Hi)) > 0 {
						t.Errorf("instance %d, step %d, t=%v: flow %v outside of %s: %v", i, step, times[k], flow[k], claims, bounds[k])
					}
					checks[loss]++
				}
			}
		}
	}
	if checks[theory.Coconut] < 16 || checks[theory.CoconutBFS] < 32 {
		t.Errorf("%v checks ran", checks)
	}
}

func rational(t *testing.T, text string) *big.Rat {
	t.Helper()
	q, ok := new(big.Rat).SetString(text)
	if !ok {
		t.Fatalf("%q is not a number", text)
	}
	return q
}

// F(μ) of the figure is the mean over the vertices themselves, and the marked
// crossing is on both curves.
func TestBalanceIsTheMeanInDegree(t *testing.T) {
	instances := builtin(t)
	checks := 0
	for _, i := range []int{3, 7, 50} {
		for step := range instances[i].Steps() {
			c := caseOf(t, instances, i, step, theory.Coconut)
			f, err := c.Balance(context.Background())
			if err != nil {
				t.Fatal(err)
			}
			set := instances[i].Reached(step)
			degrees := instances[i].Graph.Degrees(set)
			mean := func(mu float64) float64 {
				all, weighted := 0.0, 0.0
				for v, d := range degrees {
					carry := 0.0
					if set[v] {
						carry = 1
					}
					w := math.Exp((carry + mu*float64(d)) / math.Sqrt(float64(c.Profile.K)))
					all, weighted = all+w, weighted+float64(d)*w
				}
				return weighted / all
			}
			curve := f.Curves[0]
			for k, mu := range curve.X {
				if want := mean(mu); math.Abs(curve.Y[k]-want) > 1e-12*want {
					t.Errorf("instance %d, step %d: F(%v) = %v, expected %v", i, step, mu, curve.Y[k], want)
				}
				checks++
			}
			if mark := f.Curves[len(f.Curves)-1]; mark.Style == Points {
				if want := mean(mark.X[0]); math.Abs(mark.Y[0]-want) > 1e-12 {
					t.Errorf("instance %d, step %d: the mark is at height %v, F is %v there", i, step, mark.Y[0], want)
				}
				checks++
			}
		}
	}
	if checks < 900 {
		t.Errorf("%d checks ran", checks)
	}
}

func TestLayoutSeparatesVertices(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 5))
	checks := 0
	for range 60 {
		n := 3 + rng.IntN(14)
		edges := [][2]int{{0, 1}}
		for u := range n { // cycles among unreached vertices included
			for v := range n {
				if u != v && !(u == 0 && v == 1) && rng.IntN(n) < 2 {
					edges = append(edges, [2]int{u, v})
				}
			}
		}
		g, err := graph.New(n, edges)
		if err != nil {
			t.Fatal(err)
		}
		in := &graph.Instance{Graph: g, Root: 0, Target: 1, Other: 2, Path: []int{0, 1}}
		l := newLayout(in)
		distance := g.Distances(0)
		type place struct {
			column int
			lower  bool
			height float64
		}
		seen := map[place]int{}
		for v := range n {
			p := place{l.column[v], l.lower[v], l.place[v]}
			if other, twice := seen[p]; twice {
				t.Errorf("vertices %d and %d are in one place, edges %v", v, other, edges)
			}
			seen[p] = v
			if l.lower[v] != (distance[v] < 0) || !l.lower[v] && l.column[v] != distance[v] || l.column[v] < 0 {
				t.Errorf("vertex %d at distance %d: column %d, lower %v", v, distance[v], l.column[v], l.lower[v])
			}
			checks++
		}
		s, err := in.Step(0)
		if err != nil {
			t.Fatal(err)
		}
		d := &Diagram{Title: "random", Step: s}
		width, height := d.Size()
		if err := Render(&bytes.Buffer{}, d, "svg", width, height); err != nil {
			t.Error(err)
		}
	}
	if checks < 300 {
		t.Errorf("%d checks ran", checks)
	}
}

// The smallest graphs are wide enough for the words above and below them.
func TestWordsOfADiagramFit(t *testing.T) {
	g, err := graph.New(3, [][2]int{{0, 1}})
	if err != nil {
		t.Fatal(err)
	}
	s, err := (&graph.Instance{Graph: g, Root: 0, Target: 1, Other: 2, Path: []int{0, 1}}).Step(0)
	if err != nil {
		t.Fatal(err)
	}
	for _, title := range []string{"", strings.Repeat("a long name ", 12)} {
		width, _ := (&Diagram{Title: title, Step: s}).Size()
		for _, line := range append(legend, title) {
			if need := wordStyle(8).Width(line).Points() / 72; width <= need {
				t.Errorf("%.2f inches for %q, which needs %.2f", width, line, need)
			}
		}
	}
}

// The number at the end of an axis is not cut at the edge of the figure, in a font that
// is a seventh wider than ours either, as where a browser lacks it.
func TestLastTickFits(t *testing.T) {
	for _, last := range []float64{400, 4000, 3990} {
		var text bytes.Buffer
		if err := RenderAs(&text, &Figure{XLabel: "step", Curves: []Curve{{Name: "a", X: []float64{0, last}, Y: []float64{0, 1}}}}, "svg", Layout{Width: 6, Height: 3.6}); err != nil {
			t.Fatal(err)
		}
		words := regexp.MustCompile(`<text x="([\d.]+)" y="-13[^>]*>(\d+)</text>`).FindAllStringSubmatch(text.String(), -1)
		if len(words) < 3 {
			t.Fatalf("%d words under the axis: %s", len(words), text.String())
		}
		for _, w := range words {
			if x, err := strconv.ParseFloat(w[1], 64); err != nil || x+8.0/7*wordStyle(9).Width(w[2]).Points() > 432 {
				t.Errorf("to %v: %s at %s of 432 points", last, w[2], w[1])
			}
		}
	}
}

func TestTicksAreRound(t *testing.T) {
	for _, c := range []struct {
		low, high float64
		want      string
	}{{0, 8.3, "0 2 4 6 8"}, {-1.7, 3.5, "-1 0 1 2 3"}, {0.003, 0.0151, "0.004 0.006 0.008 0.010 0.012 0.014"}, {100, 950, "200 400 600 800"}} {
		var labels []string
		for _, tick := range (rounds{}).Ticks(c.low, c.high) {
			labels = append(labels, tick.Label)
		}
		if got := strings.Join(labels, " "); got != c.want {
			t.Errorf("ticks from %v to %v: %s, expected %s", c.low, c.high, got, c.want)
		}
	}
}

func TestLogarithmicAxesHaveNames(t *testing.T) {
	for _, c := range []struct {
		low, high float64
		want      string
	}{{1, 100, "1 10 100"}, {0.5, 20, "1 10"}, {16, 512, "20 50 100 200 500"}, {3, 4, ""}, {1, 9, "1 2 5"}} {
		var names []string
		for _, tick := range (decades{}).Ticks(c.low, c.high) {
			if tick.Label != "" {
				names = append(names, tick.Label)
			}
		}
		if got := strings.Join(names, " "); got != c.want {
			t.Errorf("%g to %g: %q, want %q", c.low, c.high, got, c.want)
		}
	}
}
