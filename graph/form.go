package graph

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"

	"muflow/internal/strict"
)

// A draft is an instance in one of the forms, before its parts are looked at.
type draft struct {
	fields      map[string]json.RawMessage
	n           int
	index       func(raw json.RawMessage) (int, string) // the vertex that a value names, or what is wrong
	other, path string                                  // the keys of the other candidate and of the path
	linked      bool                                    // edges are objects with source and target
}

// decode reads one object. That its keys differ the scanner has seen to.
func (r *Reader) decode(element json.RawMessage) (*Instance, error) {
	if in := plain(element); in != nil {
		return in, nil
	}
	return r.anyForm(element)
}

// anyForm reads one object in any of the forms, or says what is wrong.
func (r *Reader) anyForm(element json.RawMessage) (*Instance, error) {
	d := &draft{index: number, other: "other", path: "path"}
	if err := json.Unmarshal(element, &d.fields); err != nil || d.fields == nil {
		return nil, fmt.Errorf("%s, expected an object", kind(element))
	}
	var err error
	readPath := d.vertices // from the root
	switch {
	case d.has("vertices"):
		var wrong string
		if d.n, wrong = number(d.fields["vertices"]); wrong != "" {
			err = &FieldError{"vertices", wrong}
		}
	case d.has("idx_to_symbol"), d.has("question") && !d.has("nodes"):
		d.other, d.path = "neg_target", "steps"
		if !d.has("idx_to_symbol") {
			if err = d.question(); err != nil {
				return nil, err
			}
		}
		var symbols []string
		symbols, err = d.symbols()
		d.n, readPath = len(symbols), func(root int) ([]int, error) { return d.sentences(symbols, root) }
	case d.has("nodes"):
		err = d.nodeLink()
	default:
		err = &FieldError{"vertices", "missing, expected the number of vertices (or idx_to_symbol, as in ProsQA files, or nodes, as networkx writes)"}
	}
	if err != nil {
		return nil, err
	}
	in, err := d.graph()
	if err != nil {
		return nil, err
	}
	if in.Root, err = d.vertex("root"); err != nil {
		return nil, err
	}
	if in.Target, err = d.vertex("target"); err != nil {
		return nil, err
	}
	hasOther, hasPath := d.has(d.other), d.has(d.path)
	if hasOther {
		if in.Other, err = d.vertex(d.other); err != nil {
			return nil, err
		}
	}
	if hasPath {
		if in.Path, err = readPath(in.Root); err != nil {
			return nil, err
		}
	}
	return r.complete(in, hasOther, hasPath, d.other, d.path)
}

func (d *draft) has(key string) bool { _, ok := d.fields[key]; return ok }

// complete chooses what is missing and validates the instance; the names are
// those of the file.
func (r *Reader) complete(in *Instance, hasOther, hasPath bool, other, path string) (*Instance, error) {
	if !hasOther {
		if in.Other = slices.Index(in.Graph.Distances(in.Root), -1); in.Other < 0 {
			return nil, &FieldError{other, "missing, and the root reaches every vertex"}
		}
		if in.Other == in.Target { // which has no path either
			return nil, &FieldError{path, "expected the target to be reached from the root"}
		}
		r.Others++
	}
	if !hasPath {
		if in.Path = in.Graph.ShortestPath(in.Root, in.Target); in.Path == nil {
			return nil, &FieldError{path, "missing, and the root does not reach the target"}
		}
		r.Paths++
	}
	err := in.Validate()
	var field *FieldError
	if errors.As(err, &field) {
		switch field.Field {
		case "path":
			field.Field = path
		case "other":
			field.Field = other
		}
	}
	return in, err
}

// vertices reads a path of vertices.
func (d *draft) vertices(int) ([]int, error) {
	var elements []json.RawMessage
	if err := d.field("path", &elements, "an array of vertices"); err != nil {
		return nil, err
	}
	path := make([]int, len(elements))
	for i, e := range elements {
		var wrong string
		if path[i], wrong = d.index(e); wrong != "" {
			return nil, &FieldError{fmt.Sprintf("path[%d]", i), wrong}
		}
	}
	return path, nil
}

// symbols reads the names of the vertices.
func (d *draft) symbols() ([]string, error) {
	var symbols []string
	if err := d.field("idx_to_symbol", &symbols, "an array of strings"); err != nil {
		return nil, err
	}
	seen := make(map[string]int, len(symbols))
	for v, s := range symbols {
		if w, ok := seen[s]; ok {
			return nil, &FieldError{fmt.Sprintf("idx_to_symbol[%d]", v), fmt.Sprintf("%q is vertex %d already, expected different symbols", s, w)}
		}
		seen[s] = v
	}
	return symbols, nil
}

// sentence matches "Tom is a terpus." and "Every terpus is a brimpus."
var sentence = regexp.MustCompile(`^(?:Every )?(.+?) is an? (.+?)\.$`)

// sentences reads the path from what is said about it.
func (d *draft) sentences(symbols []string, root int) ([]int, error) {
	var steps []string
	if err := d.field("steps", &steps, "an array of sentences"); err != nil {
		return nil, err
	}
	index := make(map[string]int, len(symbols))
	for v, s := range symbols {
		index[s] = v
	}
	path := []int{root}
	for i, text := range steps {
		name := fmt.Sprintf("steps[%d]", i)
		m := sentence.FindStringSubmatch(text)
		if m == nil {
			return nil, &FieldError{name, fmt.Sprintf("%q, expected a sentence like \"Every u is a v.\"", text)}
		}
		ends := [2]int{}
		for j, symbol := range m[1:3] {
			v, ok := index[symbol]
			if !ok {
				return nil, &FieldError{name, fmt.Sprintf("%q is not in idx_to_symbol", symbol)}
			}
			ends[j] = v
		}
		if last := path[len(path)-1]; ends[0] != last {
			return nil, &FieldError{name, fmt.Sprintf("starts at %q, expected %q where the path had come", m[1], symbols[last])}
		}
		path = append(path, ends[1])
	}
	return path, nil
}

// nodeLink reads the nodes of networkx's form. What is not beside them may
// stand in "graph", where networkx puts the attributes of a graph.
func (d *draft) nodeLink() error {
	if directed, ok := d.fields["directed"]; ok && string(directed) != "true" {
		return &FieldError{"directed", kind(directed) + ", expected true: the graphs are directed"}
	}
	var attributes map[string]json.RawMessage
	if d.has("graph") && json.Unmarshal(d.fields["graph"], &attributes) != nil {
		var pairs [][2]json.RawMessage // as networkx 1 writes them
		if json.Unmarshal(d.fields["graph"], &pairs) != nil {
			return &FieldError{"graph", kind(d.fields["graph"]) + ", expected an object"}
		}
		attributes = map[string]json.RawMessage{}
		for i, pair := range pairs {
			var key string
			if json.Unmarshal(pair[0], &key) != nil {
				return &FieldError{fmt.Sprintf("graph[%d]", i), kind(pair[0]) + ", expected a name"}
			}
			if _, twice := attributes[key]; twice {
				return &FieldError{fmt.Sprintf("graph[%d]", i), fmt.Sprintf("%q a second time", key)}
			}
			attributes[key] = pair[1]
		}
	}
	for _, key := range []string{"root", "target", "other", "path"} {
		if raw, inside := attributes[key]; inside && d.has(key) {
			return &FieldError{key, "beside graph and in it, expected once"}
		} else if inside {
			d.fields[key] = raw
		}
	}
	if d.has("links") && !d.has("edges") {
		d.fields["edges"] = d.fields["links"]
	} else if d.has("links") {
		return &FieldError{"links", "beside edges, expected one of them"}
	}
	var nodes []map[string]json.RawMessage
	if err := d.field("nodes", &nodes, "an array of objects"); err != nil {
		return err
	}
	d.linked = true
	ids := make(map[string]int, len(nodes))
	for v, node := range nodes {
		name := fmt.Sprintf("nodes[%d]", v)
		id, ok := node["id"]
		if !ok {
			return &FieldError{name, "without id"}
		}
		if w, twice := ids[string(id)]; twice {
			return &FieldError{name, fmt.Sprintf("the id of nodes[%d] again, expected different ones", w)}
		}
		ids[string(id)] = v
	}
	d.n, d.index = len(nodes), func(raw json.RawMessage) (int, string) {
		if v, ok := ids[string(raw)]; ok {
			return v, ""
		}
		return 0, kind(raw) + " is not the id of a node"
	}
	return nil
}

// graph reads the edges: pairs, or objects with source and target.
func (d *draft) graph() (*Instance, error) {
	if d.n < 1 || d.n > MaxOrder {
		return nil, &FieldError{"vertices", fmt.Sprintf("%d, expected 1 to %d", d.n, MaxOrder)}
	}
	const expected = "an array of [source, target]"
	raw, ok := d.fields["edges"]
	if !ok {
		return nil, &FieldError{"edges", "missing, expected " + expected}
	}
	if raw[0] != '[' {
		return nil, &FieldError{"edges", kind(raw) + ", expected " + expected}
	}
	var edges [][2]int
	s := strict.NewScanner(bytes.NewReader(raw))
	err := s.Array(func(i int) error {
		row, err := s.Raw()
		if err != nil {
			return err
		}
		ends := d.ends(row)
		if len(ends) != 2 {
			expected := "[source, target]"
			if d.linked {
				expected = "an object with source and target"
			}
			return &EdgeError{i, fmt.Sprintf("%s, expected %s", kind(row), expected)}
		}
		edge := [2]int{}
		for j, end := range ends {
			var wrong string
			if edge[j], wrong = d.index(end); wrong != "" {
				return &FieldError{fmt.Sprintf("edges[%d]", i), wrong}
			}
		}
		edges = append(edges, edge)
		return nil
	})
	if err != nil {
		return nil, err
	}
	g, err := New(d.n, edges)
	return &Instance{Graph: g}, err
}

// ends returns what an edge names: two values, or another number of them if it
// is no edge.
func (d *draft) ends(row json.RawMessage) (ends []json.RawMessage) {
	if d.linked {
		var named map[string]json.RawMessage
		if json.Unmarshal(row, &named) != nil || named == nil {
			return nil
		}
		return []json.RawMessage{named["source"], named["target"]}
	}
	if inner := bytes.Trim(row, "[]"); len(inner) == len(row)-2 && !bytes.ContainsAny(inner, `[]{}"`) {
		for part := range bytes.SplitSeq(inner, []byte(",")) { // two numbers, as everywhere
			ends = append(ends, part)
		}
	} else if json.Unmarshal(row, &ends) != nil {
		return nil
	}
	return ends
}

// field reads the value of a key.
func (d *draft) field(name string, to any, expected string) error {
	raw, ok := d.fields[name]
	if !ok {
		return &FieldError{name, "missing, expected " + expected}
	}
	if err := json.Unmarshal(raw, to); err != nil || string(raw) == "null" {
		return &FieldError{name, fmt.Sprintf("%s, expected %s", kind(raw), expected)}
	}
	return nil
}

// vertex reads the vertex of a key.
func (d *draft) vertex(name string) (int, error) {
	raw, ok := d.fields[name]
	if !ok {
		return 0, &FieldError{name, "missing, expected a vertex"}
	}
	v, wrong := d.index(raw)
	if wrong == "" && v >= d.n {
		wrong = fmt.Sprintf("vertex %d does not exist, expected 0 to %d", v, d.n-1)
	}
	if wrong != "" {
		return 0, &FieldError{name, wrong}
	}
	return v, nil
}

// number reads a number that is no more than 31 bits, or says what is wrong.
func number(raw json.RawMessage) (int, string) {
	v, err := strconv.ParseUint(string(raw), 10, 31)
	if err != nil {
		return 0, kind(raw) + ", expected a non-negative integer"
	}
	return int(v), ""
}

// kind describes a JSON value in a few words for an error.
func kind(raw json.RawMessage) string {
	const most = 40
	if len(raw) == 0 {
		return "nothing"
	}
	if text := string(raw); len(text) <= most && text[0] != '{' {
		return text
	}
	switch raw[0] {
	case '{':
		return "an object"
	case '[':
		return "an array"
	case '"':
		return "a string"
	}
	return string(raw[:most]) + "…"
}
