package graph

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"strconv"
)

// MaxInputBytes bounds the size of an instance file after decompression.
const MaxInputBytes = 1 << 30

// An InputError locates what is wrong in a file of instances.
type InputError struct {
	File     string // as given by the caller
	Instance int    // 0-based index in the array, −1 if the file as a whole is meant
	Err      error  // usually a *FieldError or *EdgeError
}

func (e *InputError) Error() string {
	if e.Instance < 0 {
		return fmt.Sprintf("%s: %v", e.File, e.Err)
	}
	return fmt.Sprintf("%s: instance %d: %v", e.File, e.Instance, e.Err)
}

// Unwrap returns the cause.
func (e *InputError) Unwrap() error { return e.Err }

// Load reads a file of instances, see Decode. Every error is an *InputError.
func Load(file string) ([]Instance, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, &InputError{file, -1, plainCause(err)}
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil && info.IsDir() {
		return nil, &InputError{file, -1, errors.New("is a folder, expected a JSON file")}
	}
	return Decode(f, file)
}

// plainCause strips the operation and the path that os errors repeat.
func plainCause(err error) error {
	var path *os.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}

// Decode reads a JSON array of instances, gzipped or not (told by the magic
// bytes), each either in the project's own form
//
//	{"vertices": n, "edges": [[u,v],…], "root": r, "target": t, "other": o, "path": [r,…,t]}
//
// or as published for ProsQA (edges, root, target, neg_target, idx_to_symbol,
// steps), where the demonstrated path is read from the sentences in steps.
// Unknown keys are ignored. The name stands for the input in errors, every
// one of which is an *InputError.
func Decode(r io.Reader, name string) ([]Instance, error) {
	fail := func(err error) ([]Instance, error) { return nil, &InputError{name, -1, err} }
	buffered := bufio.NewReader(r)
	if magic, _ := buffered.Peek(2); len(magic) == 2 && magic[0] == 0x1f && magic[1] == 0x8b {
		z, err := gzip.NewReader(buffered)
		if err != nil {
			return fail(fmt.Errorf("broken gzip: %v", err))
		}
		defer z.Close()
		r = z
	} else {
		r = buffered
	}
	text, err := io.ReadAll(io.LimitReader(r, MaxInputBytes+1))
	if err != nil {
		return fail(fmt.Errorf("cannot be read: %v", plainCause(err)))
	}
	if len(text) > MaxInputBytes {
		return fail(fmt.Errorf("more than %d bytes", MaxInputBytes))
	}
	var elements []json.RawMessage
	err = json.Unmarshal(text, &elements)
	if syntax := (*json.SyntaxError)(nil); errors.As(err, &syntax) {
		return fail(fmt.Errorf("broken JSON: %v at byte %d", syntax, syntax.Offset))
	}
	if err != nil || elements == nil { // another value, or null
		return fail(errors.New("not a JSON array, expected an array of instances"))
	}
	if len(elements) == 0 {
		return fail(errors.New("empty array, expected at least one instance"))
	}
	instances := make([]Instance, len(elements))
	for i, element := range elements {
		in, err := decodeInstance(element)
		if err != nil {
			return nil, &InputError{name, i, err}
		}
		instances[i] = *in
	}
	return instances, nil
}

func decodeInstance(element json.RawMessage) (*Instance, error) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(element, &fields); err != nil || fields == nil {
		return nil, fmt.Errorf("%s, expected an object", kind(element))
	}
	if _, own := fields["vertices"]; own {
		return decodeOwn(fields)
	}
	if _, published := fields["idx_to_symbol"]; published {
		return decodePublished(fields)
	}
	return nil, &FieldError{"vertices", "missing, expected the number of vertices (or idx_to_symbol, as in ProsQA files)"}
}

func decodeOwn(fields map[string]json.RawMessage) (*Instance, error) {
	n, err := decodeIndex(fields, "vertices")
	if err != nil {
		return nil, err
	}
	in, err := decodeGraph(fields, n, "other")
	if err != nil {
		return nil, err
	}
	var elements []json.RawMessage
	if err := decodeField(fields, "path", &elements, "an array of vertices"); err != nil {
		return nil, err
	}
	in.Path = make([]int, len(elements))
	for i, e := range elements {
		if in.Path[i], err = parseIndex(e, fmt.Sprintf("path[%d]", i)); err != nil {
			return nil, err
		}
	}
	return in, in.Validate()
}

// sentence matches "Tom is a terpus." and "Every terpus is a brimpus."
var sentence = regexp.MustCompile(`^(?:Every )?(.+?) is an? (.+?)\.$`)

func decodePublished(fields map[string]json.RawMessage) (*Instance, error) {
	var symbols []string
	if err := decodeField(fields, "idx_to_symbol", &symbols, "an array of strings"); err != nil {
		return nil, err
	}
	index := make(map[string]int, len(symbols))
	for v, s := range symbols {
		if w, ok := index[s]; ok {
			return nil, &FieldError{fmt.Sprintf("idx_to_symbol[%d]", v), fmt.Sprintf("%q is vertex %d already, expected different symbols", s, w)}
		}
		index[s] = v
	}
	in, err := decodeGraph(fields, len(symbols), "neg_target")
	if err != nil {
		return nil, err
	}
	var steps []string
	if err := decodeField(fields, "steps", &steps, "an array of sentences"); err != nil {
		return nil, err
	}
	in.Path = []int{in.Root}
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
		if last := in.Path[len(in.Path)-1]; ends[0] != last {
			return nil, &FieldError{name, fmt.Sprintf("starts at %q, expected %q where the path had come", m[1], symbols[last])}
		}
		in.Path = append(in.Path, ends[1])
	}
	err = in.Validate()
	var field *FieldError
	if errors.As(err, &field) { // speak of the fields that the file has
		switch field.Field {
		case "path":
			field.Field = "steps"
		case "other":
			field.Field = "neg_target"
		}
	}
	return in, err
}

// decodeGraph reads edges, root, target and the other candidate.
func decodeGraph(fields map[string]json.RawMessage, n int, other string) (*Instance, error) {
	if n < 1 || n > MaxOrder {
		return nil, &FieldError{"vertices", fmt.Sprintf("%d, expected 1 to %d", n, MaxOrder)}
	}
	var rows []json.RawMessage
	if err := decodeField(fields, "edges", &rows, "an array of [source, target]"); err != nil {
		return nil, err
	}
	edges := make([][2]int, len(rows))
	for i, row := range rows {
		var ends []json.RawMessage
		if err := json.Unmarshal(row, &ends); err != nil || len(ends) != 2 {
			return nil, &EdgeError{i, fmt.Sprintf("%s, expected [source, target]", kind(row))}
		}
		for j, end := range ends {
			v, err := parseIndex(end, fmt.Sprintf("edges[%d]", i))
			if err != nil {
				return nil, err
			}
			edges[i][j] = v
		}
	}
	g, err := New(n, edges)
	if err != nil {
		return nil, err
	}
	in := &Instance{Graph: g}
	for _, f := range []struct {
		name string
		to   *int
	}{{"root", &in.Root}, {"target", &in.Target}, {other, &in.Other}} {
		if *f.to, err = decodeIndex(fields, f.name); err != nil {
			return nil, err
		}
		if *f.to >= n {
			return nil, &FieldError{f.name, fmt.Sprintf("vertex %d does not exist, expected 0 to %d", *f.to, n-1)}
		}
	}
	return in, nil
}

func decodeField(fields map[string]json.RawMessage, name string, to any, expected string) error {
	raw, ok := fields[name]
	if !ok {
		return &FieldError{name, "missing, expected " + expected}
	}
	if err := json.Unmarshal(raw, to); err != nil || string(raw) == "null" {
		return &FieldError{name, fmt.Sprintf("%s, expected %s", kind(raw), expected)}
	}
	return nil
}

func decodeIndex(fields map[string]json.RawMessage, name string) (int, error) {
	raw, ok := fields[name]
	if !ok {
		return 0, &FieldError{name, "missing, expected a non-negative integer"}
	}
	return parseIndex(raw, name)
}

func parseIndex(raw json.RawMessage, name string) (int, error) {
	v, err := strconv.ParseUint(string(raw), 10, 31)
	if err != nil {
		return 0, &FieldError{name, fmt.Sprintf("%s, expected a non-negative integer", kind(raw))}
	}
	return int(v), nil
}

// kind describes a JSON value in a few words for an error.
func kind(raw json.RawMessage) string {
	const most = 40
	if text := string(raw); len(text) <= most && text != "" && text[0] != '{' {
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

// Encode writes instances as a JSON array in the project's own form, one
// instance a line.
func Encode(w io.Writer, instances []Instance) error {
	buffered := bufio.NewWriter(w)
	for i := range instances {
		in := &instances[i]
		line, err := json.Marshal(FormOf(in))
		if err != nil {
			return err
		}
		open := ",\n "
		if i == 0 {
			open = "["
		}
		buffered.WriteString(open)
		buffered.Write(line)
	}
	buffered.WriteString("]\n")
	return buffered.Flush()
}

// A Form is the project's own form of an instance, for JSON.
type Form struct {
	Vertices int      `json:"vertices"`
	Edges    [][2]int `json:"edges"`
	Root     int      `json:"root"`
	Target   int      `json:"target"`
	Other    int      `json:"other"`
	Path     []int    `json:"path"`
}

// FormOf returns the form of an instance.
func FormOf(in *Instance) Form {
	return Form{in.Graph.Order(), in.Graph.Edges(), in.Root, in.Target, in.Other, in.Path}
}
