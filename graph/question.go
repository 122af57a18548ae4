package graph

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
)

// asked matches "Is Tom a lempus or scrompus?"
var asked = regexp.MustCompile(`^Is (.+?) an? (.+?) or (?:an? )?(.+?)\?$`)

// question reads the graph of a file of ProsQA that has no more than question,
// answer and steps: the edges are its sentences, and vertices are numbered by
// their first mention. It fills in the fields that other files have.
func (d *draft) question() error {
	var text, answer string
	if err := d.field("question", &text, "sentences such as \"Every u is a v.\" and a question"); err != nil {
		return err
	}
	if err := d.field("answer", &answer, "a sentence such as \"Tom is a v.\""); err != nil {
		return err
	}
	for _, key := range []string{"edges", "root", "target", "neg_target"} {
		if d.has(key) {
			return &FieldError{"idx_to_symbol", fmt.Sprintf("missing beside %s, expected the names of the vertices", key)}
		}
	}
	var symbols []string
	index := map[string]int{}
	vertex := func(name string) int {
		v, known := index[name]
		if !known {
			v = len(symbols)
			index[name], symbols = v, append(symbols, name)
		}
		return v
	}
	edges := [][2]int{}
	rest := strings.TrimSpace(text)
	for {
		said, after, more := strings.Cut(rest, ".")
		if !more {
			break
		}
		m := sentence.FindStringSubmatch(strings.TrimSpace(said) + ".")
		if m == nil {
			return &FieldError{"question", fmt.Sprintf("%.60q, expected a sentence like \"Every u is a v.\"", said)}
		}
		edges = append(edges, [2]int{vertex(m[1]), vertex(m[2])})
		rest = after
	}
	m := asked.FindStringSubmatch(strings.TrimSpace(rest))
	if m == nil {
		return &FieldError{"question", fmt.Sprintf("ends in %.60q, expected a question like \"Is u a v or w?\"", strings.TrimSpace(rest))}
	}
	a := sentence.FindStringSubmatch(strings.TrimSpace(answer))
	if a == nil || a[1] != m[1] || a[2] != m[2] && a[2] != m[3] || m[2] == m[3] {
		return &FieldError{"answer", fmt.Sprintf("%.60q, expected that %.40q is one of %.40q and %.40q", answer, m[1], m[2], m[3])}
	}
	other := m[2]
	if other == a[2] {
		other = m[3]
	}
	for key, value := range map[string]any{"edges": edges, "root": vertex(m[1]), "target": vertex(a[2]), "neg_target": vertex(other)} {
		text, err := json.Marshal(value)
		if err != nil {
			return err
		}
		d.fields[key] = text
	}
	names, err := json.Marshal(symbols)
	d.fields["idx_to_symbol"] = names
	return err
}
