package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"muflow/graph"
	"muflow/prove"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// A header names what a document was made from, and how it is made again.
type header struct {
	Schema     string      `json:"schema"`
	Data       any         `json:"data,omitempty"` // a source, "built-in", or an array of several
	Files      []source    `json:"files,omitempty"`
	Version    string      `json:"version"`
	Revision   string      `json:"revision,omitempty"`
	Alpha      string      `json:"alpha,omitempty"`      // readout gain, exactly
	Label      string      `json:"label,omitempty"`      // law of the Coconut labels, if not that of the demonstrated path
	Arithmetic *arithmetic `json:"arithmetic,omitempty"` // where float64 enters
	Command    string      `json:"command"`
}

// A source is a file that was read: its name without folders, its checksum, and
// how many instances it holds.
type source = prove.DataName

// An arithmetic is what the last digits of float64 results depend on.
type arithmetic struct {
	Kernel string `json:"kernel,omitempty"` // of the products of matrices
	// A product and a sum are joined into one rounding. Never, whatever the
	// processor and the build, outside of the kernel: a test reads the listing.
	Fused bool `json:"fused"`
}

// readFrom notes a data set.
func (h *header) readFrom(data any) {
	switch before := h.Data.(type) {
	case nil:
		h.Data = data
	case []any:
		h.Data = append(before, data)
	default:
		h.Data = []any{before, data}
	}
}

// dataName names the data set, which is the only one.
func (h *header) dataName(instances int) prove.DataName {
	if name, ok := h.Data.(source); ok {
		return name
	}
	return prove.DataName{Name: builtinName, Instances: instances}
}

// inFloats notes that float64 enters, with the kernel of matrices if one does,
// which the machine or a folder may have chosen.
func (h *header) inFloats(kernel string) {
	h.Arithmetic = &arithmetic{Kernel: kernel}
	if kernel != "" {
		h.Command += " --kernel=" + kernel
	}
}

// sentence names for people what a result was made from, on one line.
func (h *header) sentence() string {
	var parts []string
	add := func(data any) {
		switch s := data.(type) {
		case source:
			text := printable(s.Name)
			if s.Instances > 0 {
				text += ", " + prove.Counted(s.Instances, "instance")
			}
			parts = append(parts, fmt.Sprintf("%s, SHA-256 %.12s…", text, s.SHA256))
		case string:
			parts = append(parts, s+" suite")
		}
	}
	if several, ok := h.Data.([]any); ok {
		for _, data := range several {
			add(data)
		}
	} else {
		add(h.Data)
	}
	for _, file := range h.Files {
		add(file)
	}
	if len(parts) == 0 {
		return ""
	}
	return fmt.Sprintf("Data: %s (verify %s%s)\n", strings.Join(parts, "; "), h.Version, strings.TrimRight(fmt.Sprintf(" %.9s", h.Revision), " "))
}

// document returns the JSON of a result behind its header.
func (t *terminal) document(kind string, result any) ([]byte, error) {
	head := t.head
	head.Schema = "muflow/" + kind
	var texts [2]bytes.Buffer
	for i, x := range []any{head, result} {
		encoder := json.NewEncoder(&texts[i])
		encoder.SetEscapeHTML(false)
		if err := encoder.Encode(x); err != nil {
			return nil, err
		}
	}
	joined := bytes.TrimSuffix(bytes.TrimSpace(texts[0].Bytes()), []byte("}"))
	if body := bytes.TrimPrefix(bytes.TrimSpace(texts[1].Bytes()), []byte("{")); len(body) > 1 {
		joined = append(append(joined, ','), body...)
	} else {
		joined = append(joined, '}')
	}
	var out bytes.Buffer
	err := json.Indent(&out, joined, "", "  ")
	out.WriteByte('\n')
	return out.Bytes(), err
}

// print writes a finished result to standard output in one piece: the JSON
// document, or what text writes for people and what it was made from.
func (t *terminal) print(kind string, result any, text func(io.Writer)) error {
	if t.json {
		document, err := t.document(kind, result)
		if err != nil {
			return err
		}
		return t.write(document)
	}
	var out bytes.Buffer
	text(&out)
	shown := out.String()
	if kind != "recheck/1" { // one line a file
		shown = fit(shown + t.head.sentence())
	}
	return t.write([]byte(t.painted(shown)))
}

// printNames writes a list of files that were written.
func (t *terminal) printNames(names ...string) error {
	return t.write([]byte(strings.Join(names, "\n") + "\n"))
}

// conclude prints a finished result and turns its verdicts into the exit code.
func (t *terminal) conclude(kind string, result any, text func(io.Writer), summary map[string]int) error {
	if err := t.print(kind, result, text); err != nil {
		return err
	}
	return byVerdict(summary)
}

// begin notes what every document of a command says.
func (t *terminal) begin(c *cobra.Command, args []string) {
	t.head = header{Version: version, Revision: revision(), Command: commandLine(c, args)}
	if f := c.Flags().Lookup("alpha"); f != nil {
		if alpha, err := parsePositive(f.Value.String()); err == nil {
			t.head.Alpha = decimalText(alpha)
		}
	}
	if f := c.Flags().Lookup("label"); f != nil && f.Value.String() != graph.PathLaw.String() {
		t.head.Label = f.Value.String()
	}
}

// silent are flags that no document depends on, or that are added apart.
var silent = []string{"jobs", "quiet", "resume", "cache", "help", "json", "kernel"}

// plainWords need no quotes in a shell.
var plainWords = regexp.MustCompile(`^[A-Za-z0-9_./:=@%+,-]+$`)

// commandLine is a command as it would be typed to make its document again.
func commandLine(c *cobra.Command, args []string) string {
	words := append(strings.Fields(c.CommandPath()), args...)
	if c.Flags().Lookup("json") != nil {
		words = append(words, "--json")
	}
	c.Flags().Visit(func(f *pflag.Flag) {
		values := []string{f.Value.String()}
		if list, ok := f.Value.(pflag.SliceValue); ok {
			values = list.GetSlice()
		}
		switch {
		case slices.Contains(silent, f.Name), f.Name == "out" && c.Name() != "sweep":
		case f.Value.Type() == "bool" && values[0] == "true":
			words = append(words, "--"+f.Name)
		default:
			for _, value := range values {
				words = append(words, "--"+f.Name+"="+value)
			}
		}
	})
	return quotedWords(words)
}

// quotedWords writes words for a shell.
func quotedWords(words []string) string {
	out := make([]string, len(words))
	for i, word := range words {
		if out[i] = word; !plainWords.MatchString(word) {
			out[i] = "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
		}
	}
	return strings.Join(out, " ")
}
