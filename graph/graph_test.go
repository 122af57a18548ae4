package graph

import (
	"bytes"
	"compress/gzip"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// reachedByPowers is the oracle for Reached: c rounds of "add every target of
// an edge whose source is in the set", on an adjacency matrix.
func reachedByPowers(g *Digraph, root, c int) []bool {
	n := g.Order()
	adjacent := make([][]bool, n)
	for v := range adjacent {
		adjacent[v] = make([]bool, n)
	}
	for _, e := range g.Edges() {
		adjacent[e[0]][e[1]] = true
	}
	set := make([]bool, n)
	set[root] = true
	for range c {
		next := append([]bool(nil), set...)
		for u := range n {
			for v := range n {
				next[v] = next[v] || set[u] && adjacent[u][v]
			}
		}
		set = next
	}
	return set
}

// randomDigraph draws each edge with probability 1/3.
func randomDigraph(t *testing.T, rng *rand.Rand, n int) *Digraph {
	t.Helper()
	var edges [][2]int
	for u := range n {
		for v := range n {
			if u != v && rng.IntN(3) == 0 {
				edges = append(edges, [2]int{u, v})
			}
		}
	}
	g, err := New(n, edges)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func TestReachedAgreesWithSetIteration(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	checks := 0
	for range 200 {
		n := 1 + rng.IntN(9)
		g := randomDigraph(t, rng, n)
		root := rng.IntN(n)
		for c := range n + 1 {
			if got, want := g.Reached(root, c), reachedByPowers(g, root, c); !reflect.DeepEqual(got, want) {
				t.Fatalf("edges %v root %d c %d: %v, want %v", g.Edges(), root, c, got, want)
			}
			checks++
		}
	}
	if checks < 1000 {
		t.Fatalf("only %d checks ran", checks)
	}
}

func TestSuiteIsInTheSettingOfTheTheory(t *testing.T) {
	for name, generate := range map[string]Generator{"uniform": Generate, "prosqa": GenerateProsQA} {
		instances, err := Suite(7, 300, ProsQAShape, generate)
		if err != nil {
			t.Fatal(err)
		}
		edges, vertices := 0, 0
		for i := range instances {
			in := &instances[i]
			if err := in.Validate(); err != nil {
				t.Fatalf("%s, instance %d: %v", name, i, err)
			}
			n := in.Graph.Order()
			distance := in.Graph.Distances(in.Root)
			if n < 17 || n > 28 || in.Steps() < 3 || in.Steps() > 4 || distance[in.Target] != in.Steps() || distance[in.Other] >= 0 {
				t.Fatalf("%s, instance %d: %d vertices, %d steps, distances %d and %d", name, i, n, in.Steps(), distance[in.Target], distance[in.Other])
			}
			edges, vertices = edges+in.Graph.Size(), vertices+n
		}
		if mean := float64(edges) / float64(vertices); mean < 1.2 || mean > 2 {
			t.Errorf("%s: mean in-degree %.2f, expected near 1.6 as published", name, mean)
		}
		again, _ := Suite(7, 300, ProsQAShape, generate)
		prefix, _ := Suite(7, 10, ProsQAShape, generate)
		other, _ := Suite(8, 300, ProsQAShape, generate)
		if !reflect.DeepEqual(instances, again) || !reflect.DeepEqual(instances[:10], prefix) {
			t.Error("the same seed gave other instances")
		}
		if reflect.DeepEqual(instances, other) {
			t.Error("another seed gave the same instances")
		}
		for _, shape := range []Shape{{4, 5, 3, 3}, {30, 20, 3, 3}, {20, 20, 0, 3}, {20, 20, 18, 18}, {20, MaxOrder + 1, 3, 3}} {
			if _, err := generate(rand.New(rand.NewPCG(1, 1)), shape); err == nil {
				t.Errorf("%s: the shape %v was accepted", name, shape)
			}
		}
	}
}

func TestRelabelMovesEverything(t *testing.T) {
	in, err := Generate(rand.New(rand.NewPCG(3, 3)), ProsQAShape)
	if err != nil {
		t.Fatal(err)
	}
	label := rand.New(rand.NewPCG(4, 4)).Perm(in.Graph.Order())
	moved, err := in.Relabel(label)
	if err != nil {
		t.Fatal(err)
	}
	if err := moved.Validate(); err != nil {
		t.Fatal(err)
	}
	for c := range in.Steps() + 1 {
		before, after := in.Reached(c), moved.Reached(c)
		for v := range before {
			if before[v] != after[label[v]] {
				t.Fatalf("c=%d: vertex %d", c, v)
			}
		}
	}
	label[0] = label[1]
	if _, err := in.Relabel(label); err == nil {
		t.Error("a relabelling that is no permutation was accepted")
	}
}

const published = `[{"question":"","idx_to_symbol":["Tom","apus","bpus","cpus"],"edges":[[0,1],[1,2]],"root":0,"target":2,"neg_target":3,
"steps":["Tom is an apus.","Every apus is a bpus."],"neighbor_k":{"0":[0]}}]`

func TestDecodeReadsBothForms(t *testing.T) {
	got, err := Decode(strings.NewReader(published), "x")
	if err != nil {
		t.Fatal(err)
	}
	if want := []int{0, 1, 2}; !reflect.DeepEqual(got[0].Path, want) || got[0].Other != 3 {
		t.Errorf("path %v, other %d", got[0].Path, got[0].Other)
	}
	var text, zipped bytes.Buffer
	if err := Encode(&text, got); err != nil {
		t.Fatal(err)
	}
	z := gzip.NewWriter(&zipped)
	z.Write(text.Bytes())
	z.Close()
	again, err := Decode(&zipped, "x")
	if err != nil || !reflect.DeepEqual(got, again) {
		t.Errorf("round trip through gzip: %v, %v", again, err)
	}
}

func TestDecodeSaysWhatIsWrong(t *testing.T) {
	own := func(body string) string { return "[{" + body + "}]" }
	good := `"vertices":4,"edges":[[0,1],[1,2]],"root":0,"target":2,"other":3,"path":[0,1,2]`
	with := func(old, new string) string {
		if !strings.Contains(good, old) {
			t.Fatalf("%q is not in the sample", old)
		}
		return own(strings.Replace(good, old, new, 1))
	}
	if _, err := Decode(strings.NewReader(own(good)), "x"); err != nil {
		t.Fatal(err)
	}
	cases := []struct{ name, text, want string }{
		{"truncated", own(good)[:40], "broken JSON"},
		{"NaN", with("[0,1]", "[NaN,1]"), "broken JSON"},
		{"nothing", "", "empty, expected"},
		{"broken gzip", "\x1f\x8b\x08garbage", "gzip"},
		{"trailing text", own(good) + "x", "broken JSON: 'x' after the value"},
		{"object", "{}", "instance 0: vertices: missing"},
		{"null", "null", `line 1: "null", expected JSON`},
		{"a key twice", own(good + `,"root":1`), `the key "root" twice`},
		{"an unknown key twice", own(good + `,"x":{"y":1,"y":2}`), `the key "y" twice`},
		{"a key in other letters", with(`"root"`, `"Root"`), "root: missing"},
		{"text after lines", "{" + good + "}\n{" + good + "}\n]", "instance 2: "},
		{"an array of arrays", "[[" + own(good) + "]]", "instance 0: an array, expected an object"},
		{"UTF-16", "\xff\xfe[\x00", "UTF-16"},
		{"no other", `{"vertices":3,"edges":[[0,1],[1,2]],"root":0,"target":2,"path":[0,1,2]}`, "other: missing, and the root reaches every vertex"},
		{"no path and none there", `{"vertices":3,"edges":[[0,1]],"root":0,"target":2,"other":1}`, "path: missing, and the root does not reach the target"},
		{"neither, the target unreachable", `{"vertices":3,"edges":[[0,1]],"root":0,"target":2}`, "path: "},
		{"undirected", `{"directed":false,"nodes":[{"id":1}],"links":[],"root":1,"target":1}`, "directed: false, expected true"},
		{"a link to nowhere", `{"nodes":[{"id":"a"}],"links":[{"source":"a","target":"b"}],"root":"a","target":"a"}`, `edges[0]: "b" is not the id of a node`},
		{"a link without a target", `{"nodes":[{"id":"a"}],"links":[{"source":"a"}],"root":"a","target":"a"}`, "edges[0]: nothing is not the id"},
		{"two nodes of one id", `{"nodes":[{"id":"a"},{"id":"a"}],"links":[],"root":"a","target":"a"}`, "nodes[1]: the id of nodes[0] again"},
		{"two roots", `{"nodes":[{"id":"a"}],"graph":{"root":"a"},"links":[],"root":"a","target":"a"}`, "root: beside graph and in it"},
		{"links and edges", `{"nodes":[{"id":"a"}],"links":[],"edges":[],"root":"a","target":"a"}`, "links: beside edges"},
		{"no text", "\x02\xff\n", "line 1 is no text"},
		{"pairs for links", `{"nodes":[{"id":0},{"id":1}],"edges":[[0,1]],"root":0,"target":1}`, "edges[0]: [0,1], expected an object with source and target"},
		{"a comma too many", own(good + "},"), "broken JSON: '}', expected a value"},
		{"a line of three", "0 1\n1 2 3\n", "line 2: \"1 2 3\", expected JSON"},
		{"no root line", "0 1\n1 2\n", "root: missing, expected a line"},
		{"two root lines", "# root 0 target 1\n0 1\n# root 1 target 0\n", "line 3: root a second time"},
		{"a gap", "# root 0 target 1\n0 1\n2 4\n", `expected "# vertices n"`},
		{"a vertex beyond", "# root 0 target 1 vertices 3\n0 1\n2 4\n", "vertices: 3, and vertex 4 occurs"},
		{"an edge twice", "# root a target b other c\na b\na b\n", "edges[1]: [0,1] is already edges[0]"},
		{"empty", " []", "empty array"},
		{"not an object", "[3]", "instance 0: 3, expected an object"},
		{"null instance", "[null]", "instance 0: null, expected an object"},
		{"missing vertex", with("[1,2]", "[1,4]"), "instance 0: edges[1]: vertex 4"},
		{"negative", with("[1,2]", "[1,-2]"), "edges[1]: -2, expected"},
		{"fractional", with("[1,2]", "[1,1.5]"), "edges[1]: 1.5, expected"},
		{"exponent", with("[1,2]", "[1,2e0]"), "edges[1]: 2e0, expected"},
		{"string", with("[1,2]", `[1,"2"]`), `edges[1]: "2", expected`},
		{"three ends", with("[1,2]", "[1,2,3]"), "edges[1]: [1,2,3], expected"},
		{"null edge", with("[1,2]", "null"), "edges[1]: null, expected"},
		{"duplicate edge", with("[1,2]", "[1,2],[0,1]"), "edges[2]: [0,1] is already edges[0]"},
		{"self-loop", with("[1,2]", "[1,2],[3,3]"), "edges[2]: self-loop at vertex 3"},
		{"path skips", with("[0,1,2]", "[0,2]"), "path: 0→2 is not an edge"},
		{"path from elsewhere", with(`"root":0`, `"root":3`), "path: starts at 0"},
		{"path ends elsewhere", with(`"path":[0,1,2]`, `"path":[0,1]`), "path: ends at 1"},
		{"path of one vertex", with(`"target":2,"other":3,"path":[0,1,2]`, `"target":0,"other":3,"path":[0]`), "path: 1 vertices"},
		{"huge path entry", with("[0,1,2]", "[0,1,99999999999]"), "path[2]: 99999999999"},
		{"same candidates", with(`"other":3`, `"other":2`), "other: vertex 2 is the target too"},
		{"million vertices", with(`"vertices":4`, `"vertices":1000000`), "vertices: 1000000, expected 1 to 100000"},
		{"no vertices", with(`"vertices":4`, `"vertices":0`), "vertices: 0"},
		{"missing root", with(`"root":0,`, ``), "root: missing"},
		{"no form", `[{"edges":[]}]`, "vertices: missing"},
		{"no edges", with(`"edges":[[0,1],[1,2]],`, ``), "edges: missing"},
		{"null edges", with(`[[0,1],[1,2]]`, `null`), "edges: null, expected"},
		{"published path", strings.Replace(published, "Every apus", "Every cpus", 1), `steps[1]: starts at "cpus"`},
		{"published edge", strings.Replace(published, "an apus.", "a bpus.", 1), `steps[1]: starts at "apus", expected "bpus"`},
		{"published skip", strings.Replace(published, `"Tom is an apus.","Every apus is a bpus."`, `"Tom is a bpus."`, 1), "steps: 0→2 is not an edge"},
		{"published symbol", strings.Replace(published, "Tom is", "Bob is", 1), `steps[0]: "Bob" is not in idx_to_symbol`},
		{"published twice", strings.Replace(published, `"apus"`, `"Tom"`, 1), `idx_to_symbol[1]: "Tom" is vertex 0 already`},
		{"published sentence", strings.Replace(published, "Tom is an apus.", "Tom eats.", 1), `steps[0]: "Tom eats.", expected a sentence`},
		{"published candidates", strings.Replace(published, `"neg_target":3`, `"neg_target":2`, 1), "neg_target: vertex 2 is the target too"},
	}
	for _, c := range cases {
		in, err := Decode(strings.NewReader(c.text), "file.json")
		var input *InputError
		if in != nil || !errors.As(err, &input) || !strings.HasPrefix(err.Error(), "file.json: ") || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: got %v, expected one line with %q", c.name, err, c.want)
		}
	}
	if _, err := Load(t.TempDir()); err == nil || !strings.Contains(err.Error(), "is a folder") {
		t.Errorf("folder: %v", err)
	}
	if _, err := Load(filepath.Join(t.TempDir(), "none")); err == nil || !strings.Contains(err.Error(), "no such file") {
		t.Errorf("missing file: %v", err)
	}
}

const validationFile = "../../shared/data/prosqa_valid.json.gz"

// validation reads the published validation split, or skips the test.
func validation(t *testing.T) []Instance {
	if _, err := os.Stat(validationFile); err != nil {
		t.Skip("the published validation split is not beside the project")
	}
	instances, err := Load(validationFile)
	if err != nil {
		t.Fatal(err)
	}
	return instances
}

func TestPublishedValidationSplit(t *testing.T) {
	instances := validation(t)
	steps, minimum, maximum := 0, 1000, 0
	for i := range instances {
		steps += instances[i].Steps()
		minimum, maximum = min(minimum, instances[i].Graph.Order()), max(maximum, instances[i].Graph.Order())
		if d := instances[i].Graph.Distances(instances[i].Root)[instances[i].Other]; d >= 0 {
			t.Errorf("instance %d: the other candidate is reachable", i)
		}
	}
	if len(instances) != 257 || steps != 904 || minimum != 17 || maximum != 28 {
		t.Errorf("%d instances, %d instance-steps, %d to %d vertices", len(instances), steps, minimum, maximum)
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(published))
	f.Add([]byte(`[{"vertices":4,"edges":[[0,1],[1,2]],"root":0,"target":2,"other":3,"path":[0,1,2]}]`))
	f.Add([]byte("\x1f\x8b"))
	for _, text := range []string{
		`{"directed":true,"nodes":[{"id":"a"},{"id":[1,2]}],"links":[{"source":"a","target":[1, 2]}],"graph":{"root":"a"},"target":[1,2]}`,
		"# root 0 target 3 other 4 path 0 1 3\n0 1\n1 3 {}\n", "# root a target b\na b\nc d\n",
		`{"question":"Tom is a b. Every b is a c. Bob is a d. Is Tom a c or d?","answer":"Tom is a c.","steps":["Tom is a b."]}`,
		`{"directed":true,"nodes":[{"id":0},{"id":1},{"id":2}],"links":[{"source":0,"target":1}],"graph":[["root",0],["target",1]]}`,
		"\xef\xbb\xbf{\"vertices\":3,\"edges\":[[0,1]],\"root\":0,\"target\":1}\n{\"vertices\":3,\"edges\":[[0,1]],\"root\":0,\"target\":1}",
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		instances, err := Decode(bytes.NewReader(text), "x")
		if err != nil {
			return
		}
		var out bytes.Buffer
		if err := Encode(&out, instances); err != nil {
			t.Fatal(err)
		}
		again, err := Decode(&out, "x")
		if err != nil || !reflect.DeepEqual(instances, again) {
			t.Fatalf("round trip: %v", err)
		}
		for i := range instances {
			if err := instances[i].Validate(); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func TestBuiltinSuiteIsTheGeneratorsOutput(t *testing.T) {
	kept, err := Builtin()
	if err != nil {
		t.Fatal(err)
	}
	made, err := Suite(BuiltinSeed, BuiltinCount, ProsQAShape, GenerateProsQA)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(kept, made) {
		t.Error("go generate ./graph makes other instances than those in builtin.json")
	}
}
