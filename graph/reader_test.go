package graph

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"muflow/internal/long"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// One instance in every form that is read: the same graph each time, but for
// the names of its vertices.
func TestEveryFormGivesTheSameInstance(t *testing.T) {
	want := Instance{Root: 0, Target: 3, Other: 4, Path: []int{0, 1, 3}}
	var err error
	if want.Graph, err = New(5, [][2]int{{0, 1}, {0, 2}, {1, 3}, {2, 3}}); err != nil {
		t.Fatal(err)
	}
	own := `{"vertices":5,"edges":[[0,1],[0,2],[1,3],[2,3]],"root":0,"target":3,"other":4,"path":[0,1,3]}`
	short := `{"vertices":5,"edges":[[0,1],[0,2],[1,3],[2,3]],"root":0,"target":3}`
	nodes := `"nodes":[{"id":"a","x":1},{"id":"b"},{"id":"c"},{"id":"d"},{"id":"e"}]`
	links := `[{"source":"a","target":"b"},{"source":"a","target":"c"},{"target":"d","source":"b"},{"source":"c","target":"d","weight":2}]`
	for name, c := range map[string]struct {
		text          string
		count         int
		paths, others int
	}{
		"array":                  {"[" + own + "," + own + "]\n", 2, 0, 0},
		"byte order mark":        {"\xef\xbb\xbf[" + own + "]", 1, 0, 0},
		"one object":             {own, 1, 0, 0},
		"JSON Lines":             {own + "\n" + short + "\r\n" + own + "\n\n", 3, 1, 1},
		"neither path nor other": {short, 1, 1, 1},
		"node-link":              {`{"directed":true,` + nodes + `,"links":` + links + `,"root":"a","target":"d","other":"e"}`, 1, 1, 0},
		"node-link with edges":   {`{"directed":true,"multigraph":false,"graph":{},` + nodes + `,"edges":` + links + `,"root":"a","target":"d","other":"e","path":["a","b","d"]}`, 1, 0, 0},
		"attributes of a graph":  {`{"directed":true,"graph":{"root":"a","target":"d","name":"x"},` + nodes + `,"edges":` + links + `}`, 1, 1, 1},
		"published, no steps":    {`[{"idx_to_symbol":["a","b","c","d","e"],"edges":[[0,1],[0,2],[1,3],[2,3]],"root":0,"target":3,"neg_target":4}]`, 1, 1, 0},
		"edge list":              {"# root 0 target 3 other 4\n0 1\n0 2\n\n1 3 {}\n2 3 {'weight': 2}\n", 1, 1, 0},
		"edge list with words":   {"#written by networkx\n# root a target d other e path a b d\na b\na c\nb d\nc d", 1, 0, 0},
		"edge list, vertices":    {"#root 0 target 3 vertices 5\n0 1\n0\t2\n1 3\n2 3\n", 1, 1, 1},
	} {
		for _, zipped := range []bool{false, true} {
			text := []byte(c.text)
			if zipped {
				var out bytes.Buffer
				z := gzip.NewWriter(&out)
				if _, err := z.Write(text); err != nil || z.Close() != nil {
					t.Fatal(err)
				}
				text = out.Bytes()
			}
			r := NewReader(iotestOneByte{bytes.NewReader(text)}, name)
			got, err := r.All()
			if err != nil || len(got) != c.count || r.Paths != c.paths || r.Others != c.others {
				t.Errorf("%s: %d instances, %d without path, %d without other, %v", name, len(got), r.Paths, r.Others, err)
				continue
			}
			for i := range got {
				in := got[i]
				if name == "edge list with words" { // counted by first mention: a d e b c
					if in, err := in.Relabel([]int{0, 3, 4, 1, 2}); err != nil || !reflect.DeepEqual(FormOf(in), FormOf(&want)) {
						t.Errorf("%s: %+v", name, FormOf(in))
					}
				} else if !reflect.DeepEqual(FormOf(&in), FormOf(&want)) {
					t.Errorf("%s: %+v", name, FormOf(&in))
				}
			}
		}
	}
}

type iotestOneByte struct{ io.Reader }

func (r iotestOneByte) Read(p []byte) (int, error) { return r.Reader.Read(p[:min(1, len(p))]) }

// The files of other tools that users bring.
func TestCasesAreRead(t *testing.T) {
	folder := "../../shared/cases"
	if _, err := os.Stat(folder); err != nil {
		t.Skip("no ", folder)
	}
	for name, want := range map[string]Form{
		"no-path.json":   {5, [][2]int{{0, 1}, {0, 2}, {1, 3}, {2, 3}}, 0, 3, 4, []int{0, 1, 3}},
		"node-link.json": {5, [][2]int{{0, 1}, {0, 2}, {1, 3}, {2, 3}}, 0, 3, 4, []int{0, 1, 3}},
	} {
		got, err := Load(filepath.Join(folder, name))
		if err != nil || len(got) != 1 || !reflect.DeepEqual(FormOf(&got[0]), want) {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
	const bomb = "bomb_num100.gz"
	file, err := os.Open(filepath.Join(folder, bomb))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	_, err = Decode(file, bomb)
	if err == nil || !strings.Contains(err.Error(), "instance 0: 0, expected an object") {
		t.Errorf("a hundred million zeros: %v", err)
	}
	if read, err := file.Seek(0, io.SeekCurrent); err != nil || read > 1<<16 { // a buffer, of 97,061 bytes
		t.Errorf("the first of a hundred million zeros was found after %d bytes, %v", read, err)
	}
}

// An endless stream holds one text and then another for ever.
type endless struct {
	first string
	again string
	at    int
}

func (e *endless) Read(p []byte) (int, error) {
	if e.first != "" {
		n := copy(p, e.first)
		e.first = e.first[n:]
		return n, nil
	}
	for i := range p {
		p[i] = e.again[e.at]
		e.at = (e.at + 1) % len(e.again)
	}
	return len(p), nil
}

func TestEndlessInputIsRefused(t *testing.T) {
	good := `{"vertices":4,"edges":[[0,1],[1,2]],"root":0,"target":2,"other":3,"path":[0,1,2]},`
	large := `{"vertices":100000,"edges":[[0,1],[1,2]],"root":0,"target":2,"other":3,"path":[0,1,2]},`
	texts := []endless{
		{"[", "0,", 0}, {"[", " ", 0}, {"", "[", 0}, {"", "a", 0}, {"# ", "root ", 0}, {`[{"`, "a", 0}, {`[{"x":`, "1", 0},
		{`[{"x":`, "[", 0}, {`[{"x":`, `{"x":`, 0}, {"[", good[:len(good)-2], 0}, {"[", large, 0},
	}
	if *long.Tests { // these take up all that one instance may
		texts = append(texts, endless{"", " ", 0}, endless{"", "0 1\n", 0}, endless{"", "#\n", 0}, endless{`[{"x":"`, "a", 0}, endless{`[{"x":[`, "1,", 0},
			endless{`[{"edges":[`, "[0,1],", 0}, endless{`[{"steps":[`, `"Every a is a b.",`, 0}, endless{`[{"vertices":3,"path":[`, "0,", 0})
	}
	for _, e := range texts {
		start := fmt.Sprintf("%q and then %.20q", e.first, e.again)
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		got, err := Decode(&e, "endless")
		runtime.ReadMemStats(&after)
		if got != nil || err == nil || strings.Contains(err.Error(), "\n") || len(err.Error()) > 250 {
			t.Errorf("%s: %d instances, %v", start, len(got), err)
		}
		if grown := int64(after.HeapSys) - int64(before.HeapSys); grown > 3<<30 {
			t.Errorf("%s: the heap grew by %d MB", start, grown>>20)
		}
	}
}

// The oracle of shortest paths goes through all walks of a length.
func TestShortestPathIsTheFirstOfTheShortest(t *testing.T) {
	instances, err := Suite(5, 40, Shape{MinVertices: 8, MaxVertices: 9, MinHops: 2, MaxHops: 3}, Generate)
	if err != nil {
		t.Fatal(err)
	}
	checks := 0
	for i := range instances {
		g := instances[i].Graph
		for root := range g.Order() {
			for target, distance := range g.Distances(root) {
				var first []int
				var walk func(path []int)
				walk = func(path []int) {
					if at := path[len(path)-1]; len(path) <= distance {
						for v := range g.Order() { // in order, so that the first walk is the first in order
							if g.HasEdge(at, v) && first == nil {
								walk(append(path[:len(path):len(path)], v))
							}
						}
					} else if at == target && first == nil {
						first = path
					}
				}
				if distance >= 0 {
					walk([]int{root})
				}
				if got := g.ShortestPath(root, target); !reflect.DeepEqual(got, first) {
					t.Fatalf("instance %d from %d to %d: %v, expected %v", i, root, target, got, first)
				}
				checks++
			}
		}
	}
	if checks < 1000 {
		t.Errorf("only %d checks", checks)
	}
}

// What is written in the published form comes back the same, and its levels
// are those of the published file.
// publishedLevels reads the field neighbor_k of the published validation split,
// each level in order; nil where there is no file.
func publishedLevels(t *testing.T) (levels []map[string][]int) {
	t.Helper()
	f, err := os.Open(validationFile)
	if err != nil {
		t.Log("without ", validationFile)
		return nil
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	var all []struct {
		Levels map[string][]int `json:"neighbor_k"`
	}
	if err := json.NewDecoder(z).Decode(&all); err != nil {
		t.Fatal(err)
	}
	for _, x := range all {
		for _, level := range x.Levels {
			slices.Sort(level)
		}
		levels = append(levels, x.Levels)
	}
	return levels
}

func TestPublishedForm(t *testing.T) {
	instances, err := Suite(3, 50, Shape{MinVertices: 17, MaxVertices: 28, MinHops: 3, MaxHops: 4}, GenerateProsQA)
	if err != nil {
		t.Fatal(err)
	}
	levels := publishedLevels(t)
	if levels != nil {
		instances = validation(t)
	}
	var out bytes.Buffer
	encoder := NewPublishedEncoder(&out, 7)
	for i := range instances {
		if err := encoder.Encode(&instances[i]); err != nil {
			t.Fatal(err)
		}
	}
	if err := encoder.Close(); err != nil {
		t.Fatal(err)
	}
	var written []publishedForm
	if err := json.Unmarshal(out.Bytes(), &written); err != nil {
		t.Fatal(err)
	}
	again, err := Decode(&out, "again")
	if err != nil || len(again) != len(instances) {
		t.Fatal(err)
	}
	for i := range instances {
		if !reflect.DeepEqual(FormOf(&again[i]), FormOf(&instances[i])) {
			t.Errorf("instance %d: %+v", i, FormOf(&again[i]))
		}
		if i < len(levels) && !reflect.DeepEqual(written[i].Levels, levels[i]) {
			t.Errorf("instance %d: levels %v, published are %v", i, written[i].Levels, levels[i])
		}
	}
}
