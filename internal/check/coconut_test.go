package check

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/big"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"muflow/graph"
	"muflow/internal/long"
	"muflow/internal/script"
	"muflow/ode/ball"
	"muflow/prove"
	"muflow/theory"
)

// TestTheorem1FromTheFile compares theories/coconut.star with packages theory and
// prove, which share no formula with it: the same verdicts, and limits that
// overlap, on published graphs and on small ones, many with ties d* = F(0) or
// several vertices of the largest in-degree.
func TestTheorem1FromTheFile(t *testing.T) {
	random := 3
	if *long.Tests {
		random = 40
	}
	elements := append(smallGraphs(t, random), tiedGraphs(t)...)
	if text, err := os.ReadFile("../../../shared/data/prosqa_valid.json.gz"); err == nil {
		published := decoded(t, text)
		if !*long.Tests {
			published = published[:1]
		}
		elements = append(elements, published...)
	} else {
		t.Log("without the published graphs: ", err)
	}
	source, err := os.ReadFile("../../theories/coconut.star")
	if err != nil {
		t.Fatal(err)
	}
	limits, ties, steps := 0, 0, 0
	for i, element := range elements {
		th, err := script.Run("coconut.star", source, script.Options{Data: element, HasData: true})
		if err != nil {
			t.Fatalf("%d: %v", i, err)
		}
		report, err := Theory(context.Background(), th, Options{})
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]Result{}
		for _, r := range report.Claims {
			got[r.ID] = r
			if !r.Fine() {
				t.Errorf("graph %d, %s: %v, %s", i, r.ID, r.Verdict, r.Reason)
			}
		}
		for _, s := range graphSteps(t, element) {
			steps++
			p := theory.ProfileOf(s)
			e, err := prove.EquilibriumOf(context.Background(), p, big.NewRat(1, 1), 20)
			if err != nil {
				t.Fatal(err)
			}
			target := p.TargetDegree.Num / p.TargetDegree.Den // whole, as the label is the next vertex of the path
			inside := p.MinDegree() < target && target < p.MaxDegree()
			want := map[string]bool{"T1a": p.Outside() > 0, "T1a-lower": p.Outside() > 0, "T1a-upper": p.Outside() > 0, "T1b": inside}
			if inside {
				want["T1b-rate"], want["T1b-decay"] = true, true
				sign, _ := e.Mu.Sign()
				want["T1b-positive"], want["T1b-ceiling"] = sign > 0, sign >= 0
				if sign == 0 {
					ties++
				}
			}
			for claim, applies := range want {
				verdict := theory.NotApplicable
				if applies {
					verdict = theory.Proved
				}
				if r := got[fmt.Sprintf("%s %d", claim, s.C)]; r.Verdict != verdict {
					t.Errorf("graph %d, step %d, %s: %v, want %v: %s", i, s.C, claim, r.Verdict, verdict, r.Reason)
				}
			}
			for _, v := range got[fmt.Sprintf("T1b %d", s.C)].Values {
				if v.Name != "limit" {
					continue
				}
				limits++
				y, err := ball.ParseInterval(v.Number.Lo, v.Number.Hi, 128)
				if err != nil {
					t.Fatal(err)
				}
				// y* = e^{αsμ*}, s = 1/√K
				native := ball.New(128).SetInt64(int64(p.K))
				native.Quo(e.Mu, native.Sqrt(native))
				if native.Exp(native); !native.Overlaps(y) {
					t.Errorf("graph %d, step %d: limit %v, and %v by the theory", i, s.C, y, native)
				}
			}
		}
	}
	t.Logf("%d steps, %d limits, %d ties", steps, limits, ties)
	if limits < 4 || ties < 1 {
		t.Fatalf("%d limits and %d ties", limits, ties)
	}
}

// TestWrongTheorem1: wrong right-hand sides in theories/coconut.star are noticed on a
// tied graph or on a random one.
func TestWrongTheorem1(t *testing.T) {
	source, err := os.ReadFile("../../theories/coconut.star")
	if err != nil {
		t.Fatal(err)
	}
	elements := append(tiedGraphs(t)[1:2], smallGraphs(t, 3)...)
	mutants := [][2]string{
		{"flow(y, kappa", "flow(y, 2 * kappa"}, {"first(z) / ((total(z) - outside)", "first(z) / ((total(z) + outside)"}, {"target - first(y) / total(y)))\n    claim", "target + first(y) / total(y)))\n    claim"},
		{"- logits[path[c]]\n", "+ logits[path[c]]\n"}, {"gradient_flow(loss, x, rates = 1/n)", "gradient_flow(loss, x)"}, {"gradient_flow(loss, b, rates = 1/n)", "gradient_flow(loss, b)"},
		{"kappa = alpha**2 / (n * K)", "kappa = alpha**2 / K"}, {"gain = alpha / sqrt(K)", "gain = alpha / K"}, {"kappa * z * outside", "kappa * outside"}, {"(total(z) - outside) * total(z))", "total(z) * total(z))"},
		{"if reached[c + 1][v]", "if reached[c][v]"}, {"return sum([d * w * y**d", "return sum([w * y**d"}, {"degree[v] += inside[u]", "degree[v] += 1"}, {"(inside[v] + degree[v] * x)", "(degree[v] * x)"},
	}
	if !*long.Tests {
		mutants = mutants[:2]
	}
	for _, m := range mutants {
		if !strings.Contains(string(source), m[0]) {
			t.Errorf("no %q", m[0])
			continue
		}
		changed := strings.Replace(string(source), m[0], m[1], 1)
		noticed := false
		for _, element := range elements {
			th, err := script.Run("coconut.star", []byte(changed), script.Options{Data: element, HasData: true})
			if err != nil {
				t.Fatal(err)
			}
			if noticed = len(unexpectedOf(t, th)) > 0; noticed {
				break
			}
		}
		if !noticed {
			t.Errorf("%q in place of %q is not noticed", m[1], m[0])
		}
	}
}

func graphSteps(t *testing.T, element any) []graph.Step {
	t.Helper()
	text, err := json.Marshal([]any{element})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "one.json")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	instances, err := graph.Load(file)
	if err != nil {
		t.Fatal(err)
	}
	var out []graph.Step
	for _, s := range graph.StepsOf(instances, -1) {
		out = append(out, s)
	}
	return out
}

func decoded(t *testing.T, text []byte) []any {
	t.Helper()
	out, err := script.ReadData(bytes.NewReader(text), 1<<26)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// smallGraphs are random digraphs on 5 to 8 vertices in the published format,
// with a path of two steps or three and a vertex that nothing leads to.
func smallGraphs(t *testing.T, count int) []any {
	t.Helper()
	rng := rand.New(rand.NewPCG(7, 15))
	var list []string
	for len(list) < count {
		n := 5 + rng.IntN(4)
		var edges []string
		next := make([][]int, n)
		for u := range n {
			for v := range n - 1 { // nothing leads to the last
				if u != v && rng.IntN(3) == 0 {
					next[u] = append(next[u], v)
					edges = append(edges, fmt.Sprintf("[%d, %d]", u, v))
				}
			}
		}
		path := shortest(next, n)
		if len(path) < 3 {
			continue
		}
		var names, lines []string
		for v := range n {
			names = append(names, fmt.Sprintf(`"w%d"`, v))
		}
		for i := range len(path) - 1 {
			lines = append(lines, fmt.Sprintf(`"Every w%d is a w%d."`, path[i], path[i+1]))
		}
		list = append(list, fmt.Sprintf(`{"idx_to_symbol": [%s], "edges": [%s], "steps": [%s], "root": 0, "target": %d, "neg_target": %d}`,
			strings.Join(names, ", "), strings.Join(edges, ", "), strings.Join(lines, ", "), path[len(path)-1], n-1))
	}
	return decoded(t, []byte("["+strings.Join(list, ",")+"]"))
}

// tiedGraphs have d* = F(0) at the second step, whatever the gain: as many
// vertices with d = 0 as with d = 2, inside of N_1 and outside.
func tiedGraphs(t *testing.T) []any {
	t.Helper()
	var list []string
	for pairs := 1; pairs <= 5; pairs++ {
		edges, names := `[0, 1], [0, 2], [2, 1], [1, 3]`, `"w0", "w1", "w2", "w3"`
		for i := range pairs {
			v := 4 + 2*i // d = 2; the next has d = 0
			edges += fmt.Sprintf(", [1, %d], [2, %d]", v, v)
			names += fmt.Sprintf(`, "w%d", "w%d"`, v, v+1)
		}
		list = append(list, fmt.Sprintf(`{"idx_to_symbol": [%s], "edges": [%s], "steps": ["Every w0 is a w1.", "Every w1 is a w3."], "root": 0, "target": 3, "neg_target": 5}`, names, edges))
	}
	return decoded(t, []byte("["+strings.Join(list, ",")+"]"))
}

// shortest is a shortest path from 0 to the farthest vertex.
func shortest(next [][]int, n int) []int {
	before := make([]int, n)
	for v := range before {
		before[v] = -1
	}
	before[0] = 0
	queue := []int{0}
	for i := 0; i < len(queue); i++ {
		for _, v := range next[queue[i]] {
			if before[v] < 0 {
				before[v] = queue[i]
				queue = append(queue, v)
			}
		}
	}
	var path []int
	for v := queue[len(queue)-1]; v != 0; v = before[v] {
		path = append([]int{v}, path...)
	}
	return append([]int{0}, path...)
}
