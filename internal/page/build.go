//go:build !page

package page

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// Module is the name of the module of the program.
const Module = "muflow"

// Files of a page that needs no server.
const (
	programName = "verify.wasm.gz" // the compiled program
	firstName   = "first.json"     // what the first screen asks for
	answersName = "answers.json"   // the answers, there before the program is
)

// Build writes the page into a folder, as files that any static server can
// serve, with the program compiled to WebAssembly by the installed Go out of the
// module's source. What the first screen asks for is answered here, once. A folder that holds files that are not those of a page is
// refused.
func Build(ctx context.Context, ask Ask, source, dir string) (names []string, err error) {
	goTool, err := exec.LookPath("go")
	if err != nil {
		return nil, errors.New("go: not found; the page needs an installed Go to compile the program to WebAssembly")
	}
	module := exec.CommandContext(ctx, goTool, "list", "-m", "-f", "{{.Path}}\n{{.Dir}}")
	module.Dir = source
	said, err := module.Output()
	name, root, _ := strings.Cut(strings.TrimSpace(string(said)), "\n")
	if err != nil || name != Module {
		return nil, fmt.Errorf("%s: is not in the source of the module %s, which the page needs to compile the program to WebAssembly", source, Module)
	}
	files, err := pageFiles(ctx, ask, goTool, root)
	if err != nil {
		return nil, err
	}
	if err := checkFree(dir, files); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	for _, f := range files {
		to := filepath.Join(dir, f.name)
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			return nil, err
		}
		if err := os.WriteFile(to, f.text, 0o644); err != nil {
			return nil, err
		}
		names = append(names, to)
	}
	return names, nil
}

// A pageFile is a file of the page.
type pageFile struct {
	name string // with slashes
	text []byte
}

// pageFiles returns all files of a page that needs no server.
func pageFiles(ctx context.Context, ask Ask, goTool, root string) (files []pageFile, err error) {
	front := Files()
	for _, name := range slices.Sorted(maps.Keys(front)) {
		files = append(files, pageFile{name, front[name]})
	}
	answers, err := firstAnswers(ctx, ask, front[firstName])
	if err != nil {
		return nil, err
	}
	program, err := compile(ctx, goTool, root)
	if err != nil {
		return nil, err
	}
	support, err := runtimeScript(ctx, goTool)
	if err != nil {
		return nil, err
	}
	backend, err := json.Marshal(map[string]string{"backend": "wasm", "program": programName, "answers": answersName})
	if err != nil {
		return nil, err
	}
	return append(files, pageFile{programName, program}, pageFile{answersName, answers}, pageFile{"wasm_exec.js", support}, pageFile{"backend.json", backend}), nil
}

// firstAnswers answers the requests of the first screen.
func firstAnswers(ctx context.Context, ask Ask, requests []byte) ([]byte, error) {
	var list []json.RawMessage
	if err := json.Unmarshal(requests, &list); err != nil {
		return nil, fmt.Errorf("%s: %w", firstName, err)
	}
	type answered struct {
		Request json.RawMessage `json:"request"`
		Answer  Answer          `json:"answer"`
	}
	out := []answered{}
	for _, element := range list {
		r, err := ParseRequest(element)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", firstName, err)
		}
		a := ask(ctx, r)
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		out = append(out, answered{element, a})
	}
	return json.Marshal(out)
}

// compile returns the program in WebAssembly, compressed.
func compile(ctx context.Context, goTool, root string) ([]byte, error) {
	work, err := os.MkdirTemp("", "verify-page-*")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(work)
	file := filepath.Join(work, "verify.wasm")
	build := exec.CommandContext(ctx, goTool, "build", "-tags", "page", "-trimpath", "-ldflags=-s -w", "-o", file, "./cmd/verify")
	build.Dir = root
	build.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm", "CGO_ENABLED=0")
	if said, err := build.CombinedOutput(); err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, fmt.Errorf("go build for WebAssembly: %w: %.500s", err, said)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	to, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	if _, err := to.Write(text); err != nil {
		return nil, err
	}
	err = to.Close()
	return out.Bytes(), err
}

// runtimeScript returns what a browser needs to run a program of Go, which is of
// the same version as the compiler.
func runtimeScript(ctx context.Context, goTool string) ([]byte, error) {
	said, err := exec.CommandContext(ctx, goTool, "env", "GOROOT").Output()
	if err != nil {
		return nil, fmt.Errorf("go env GOROOT: %w", err)
	}
	return os.ReadFile(filepath.Join(strings.TrimSpace(string(said)), "lib", "wasm", "wasm_exec.js"))
}

// checkFree refuses a folder that holds something else than a page.
func checkFree(dir string, files []pageFile) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) || err == nil && len(entries) == 0 {
		return nil
	}
	if err != nil {
		return err
	}
	known := map[string]bool{}
	for _, f := range files {
		first, _, _ := strings.Cut(f.name, "/")
		known[first] = true
	}
	for _, entry := range entries {
		if !known[entry.Name()] {
			return fmt.Errorf("%s: holds %s, which is not of the page; expected a new or empty folder", dir, entry.Name())
		}
	}
	return nil
}
