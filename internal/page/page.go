// Package page serves the interactive page: one front end, and two back ends
// with one interface. A request names a command and brings its inputs; the
// answer is what the command prints. Behind an HTTP server the program computes
// natively, behind a worker of the browser compiled to WebAssembly.
package page

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"unicode/utf8"

	"muflow/internal/strict"
)

// A Request is a command line with all that it may read.
type Request struct {
	Args   []string          `json:"args"`
	Files  map[string]string `json:"files"`  // texts by name
	Binary map[string][]byte `json:"binary"` // other files by name, in base64
	Stdin  []byte            `json:"stdin"`  // in base64
}

// File returns the content of a file that the request brings.
func (r *Request) File(name string) ([]byte, bool) {
	if text, ok := r.Files[name]; ok {
		return []byte(text), true
	}
	content, ok := r.Binary[name]
	return content, ok
}

// An Answer is how the command ended, and what it wrote to standard output and
// standard error.
type Answer struct {
	Code int    `json:"code"`
	Out  string `json:"out"`
	Err  string `json:"err"`
}

// An Ask runs the command of a request. It stops soon after ctx does.
type Ask func(ctx context.Context, r *Request) Answer

// Bounds of a request.
const (
	MaxBody  = 32 << 20 // bytes of its JSON
	maxArgs  = 200
	maxChars = 64 << 10 // of all arguments
	maxFiles = 20
	maxName  = 200 // bytes
)

// ParseRequest reads a request, and refuses what no person would ask.
func ParseRequest(text []byte) (*Request, error) {
	r := new(Request)
	if err := strict.Unmarshal(text, r); err != nil {
		return nil, fmt.Errorf("not a request: %w", err)
	}
	if len(r.Args) == 0 || len(r.Args) > maxArgs {
		return nil, fmt.Errorf("args: %d, expected 1 to %d", len(r.Args), maxArgs)
	}
	chars := 0
	for _, arg := range r.Args {
		chars += len(arg)
		if strings.ContainsRune(arg, 0) || !utf8.ValidString(arg) {
			return nil, errors.New("args: expected text without the character 0")
		}
	}
	if chars > maxChars {
		return nil, fmt.Errorf("args: %d bytes, expected at most %d", chars, maxChars)
	}
	if len(r.Files)+len(r.Binary) > maxFiles {
		return nil, fmt.Errorf("files: %d, expected at most %d", len(r.Files)+len(r.Binary), maxFiles)
	}
	for name := range r.Files {
		if _, twice := r.Binary[name]; twice {
			return nil, errors.New("files: one is also among binary")
		}
		if err := checkName(name); err != nil {
			return nil, err
		}
	}
	for name := range r.Binary {
		if err := checkName(name); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// checkName refuses names of files that are not plain ones.
func checkName(name string) error {
	if name == "" || name == "." || name == ".." || name == "-" || len(name) > maxName || !fs.ValidPath(name) || strings.ContainsAny(name, `/\`) {
		return fmt.Errorf("files: %.50q, expected a name without folders", name)
	}
	for _, r := range name {
		if r < ' ' || r == 0x7f || r == utf8.RuneError {
			return fmt.Errorf("files: %.50q, expected a name in printable characters", name)
		}
	}
	return nil
}
