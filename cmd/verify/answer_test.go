package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"muflow/internal/long"
	"muflow/internal/page"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// Requests of the page print what the command line prints: the same exit code,
// the same bytes on both outputs. The same requests are asked in a browser by
// tools/page/browser.
func TestAnswersAreThoseOfTheCommandLine(t *testing.T) {
	text, err := os.ReadFile("testdata/requests.json")
	if err != nil {
		t.Fatal(err)
	}
	var list []json.RawMessage
	if err := json.Unmarshal(text, &list); err != nil || len(list) < 30 {
		t.Fatalf("%d requests: %v", len(list), err)
	}
	for _, element := range list {
		r, err := page.ParseRequest(element)
		if err != nil {
			t.Fatal(err)
		}
		if r.Args[0] == "hunt" && len(r.Args) > 2 && !*long.Tests { // seconds
			continue
		}
		a := answer(t.Context(), r)
		if slices.Equal(r.Args, []string{"therem", "1"}) {
			if a.Code != exitUsage || a.Out != "" || strings.Count(a.Err, "\n") != 1 {
				t.Errorf("%v: %+v", r.Args, a)
			}
			continue
		}
		code, out, errs := onDisk(t, r)
		if a.Code != code || a.Out != out || a.Err != errs {
			t.Errorf("%v: exit code %d and %d, %d and %d bytes, on standard error\n%q\n%q", r.Args, a.Code, code, len(a.Out), len(out), a.Err, errs)
		}
		if (out == "") == (errs == "") && code != exitFine {
			t.Errorf("%v: neither a result nor an error", r.Args)
		}
	}
}

// onDisk runs the command of a request on the files of the disk.
func onDisk(t *testing.T, r *page.Request) (int, string, string) {
	dir := t.TempDir()
	for name, text := range r.Files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(dir)
	if r.Stdin != nil {
		before := os.Stdin
		defer func() { os.Stdin = before }()
		f, err := os.CreateTemp(dir, "")
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if _, err := f.Write(r.Stdin); err != nil {
			t.Fatal(err)
		}
		if _, err := f.Seek(0, io.SeekStart); err != nil {
			t.Fatal(err)
		}
		os.Stdin = f
	}
	var out, errs bytes.Buffer
	code := (&terminal{out: &out, err: &errs}).run(t.Context(), r.Args)
	return code, out.String(), errs.String()
}

// What requests may not ask for, they do not get: files of the disk, files to be
// written, other commands.
func TestRequestsReachNoFile(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	const graph = `{"vertices":3,"edges":[[0,1]],"root":0,"target":1,"other":2,"path":[0,1]}`
	if err := os.WriteFile("there.json", []byte(graph), 0o600); err != nil {
		t.Fatal(err)
	}
	there := filepath.Join(dir, "there.json")
	tried := 0
	for _, args := range [][]string{
		{"theorem", "1", "--data", "there.json", "--json"}, {"theorem", "1", "--data", there, "--json"}, {"theorem", "1", "--data", "/etc/passwd"},
		{"theorem", "1", "--data", "/dev/stdin"}, {"theorem", "1", "--data", "."}, {"data", "show", there}, {"equilibrium", "--profile", there},
		{"flow", "--theory", there, "--until", "1"}, {"check", there}, {"check", "--data", there, "x.star"}, {"compare", there}, {"compare", "x.star", "--against", there},
		{"compare", "x.star", "--data", there}, {"hunt", "--theory", there, "--claim", "c"}, {"overshoot", "--data", there}, {"attention", "--data", there, "--gain", "1,2", "--table"}, {"compare", "x.star", "--instances", there}, {"population", "--data", there, "--step", "0"}, {"population", "--step", "0", "--weights", there},
		{"overlap", "--data", there, "--step", "0"}, {"attention", "--data", there, "--step", "0", "--gain", "1"}, {"predict", "--data", there}, {"tightness", "--data", there},
		{"hunt", "--conclusion", "mu < 5", "--data", there}, {"hunt", "--conclusion", there}, {"explore", "--data", there}, {"train", "--preset", "theory-diagonal", "--data", there},
		{"theorem", "1", "--certificates", "written"}, {"theorem", "1", "--certificates=written"}, {"theorem", "1", "--rocq", "written"}, {"population", "--step", "0", "--certificates", "written"},
		{"train", "--preset", "theory-diagonal", "--out", "written"}, {"hunt", "--conclusion", "mu < 5", "--out", "written"}, {"compare", "x.star", "--out", "written"},
		{"data", "generate", "--out", "written"}, {"explore", "--out", "written", "--resume"}, {"--out", "written"}, {"--out", "written", "theorem", "1"},
		{}, {"recheck", "there.json"}, {"report", "there.json"}, {"serve"}, {"page", "--out", "written"}, {"sweep", "--out", "written"}, {"baseline", "save", "written"}, {"emit", "claims"},
		{"figure", "curves", "--out", "written"}, {"probe", "."}, {"bench"}, {"reference"}, {"exhaust", "--vertices", "6"}, {"train", "--preset", "paper", "--json"}, {"train", "--preset=paper"}, {"equilibrium", "--profile", "x.star", "--emit", "latex"}, {"help", "theorem"}, {"completion", "bash"}, {"__complete", "theorem", ""}, {"--help"}, {"data"}, {"data", "--help"},
	} {
		a := answer(t.Context(), &page.Request{Args: args, Files: map[string]string{"x.star": graph}})
		tried++
		if a.Code != exitUsage || a.Out != "" || strings.Count(a.Err, "\n") != 1 || strings.Contains(a.Err, "goroutine") {
			t.Errorf("%v: exit code %d, %.100q, %.300q", args, a.Code, a.Out, a.Err)
		}
		entries, err := os.ReadDir(dir)
		if err != nil || len(entries) != 1 {
			t.Fatalf("%v: wrote %v, %v", args, entries, err)
		}
	}
	if tried < 50 {
		t.Errorf("only %d", tried)
	}
}

// withheld are the flags of answered commands that requests may not give, those
// under the empty name of all of them: they write, or take more than a request
// should, or, like LaTeX of a profile, are left out of the program in the browser.
var withheld = map[string]string{
	"": "certificates help jobs out resume rocq shard", "attention": "trained", "train": "kernel", "equilibrium": "emit", "flow": "emit",
}

// Every flag of a command that requests may ask for is either theirs or withheld,
// so that the page cannot lag behind the command line, and none that writes is theirs.
func TestFlagsOfAnsweredCommands(t *testing.T) {
	const writing = "certificates rocq out resume cache jobs trained kernel"
	commands, all := slices.Collect(maps.Keys(answered)), strings.Fields(withheld[""])
	for name, flags := range withheld {
		if name != "" && !slices.Contains(commands, name) {
			t.Errorf("%s is withheld flags, but not answered", name)
		}
		for _, flag := range strings.Fields(flags) {
			if slices.Contains(strings.Fields(answered[name]), flag) {
				t.Errorf("verify %s --%s is answered and withheld", name, flag)
			}
		}
	}
	root := newRoot(&terminal{out: io.Discard, err: io.Discard})
	for name, flags := range answered {
		c, _, err := root.Find(strings.Fields(name))
		if err != nil || c.CommandPath() != "verify "+name {
			t.Errorf("%s: is no command", name)
			continue
		}
		for _, flag := range strings.Fields(flags) {
			if c.Flags().Lookup(flag) == nil {
				t.Errorf("verify %s: has no flag --%s", name, flag)
			}
			if slices.Contains(strings.Fields(writing), flag) {
				t.Errorf("verify %s --%s: may write, or take more than a request should", name, flag)
			}
		}
		c.InitDefaultHelpFlag()
		c.Flags().VisitAll(func(f *pflag.Flag) {
			known := slices.Concat(strings.Fields(flags), all, strings.Fields(withheld[name]))
			if !slices.Contains(known, f.Name) {
				t.Errorf("verify %s --%s is neither answered nor withheld", name, f.Name)
			}
		})
	}
	var walk func(*cobra.Command)
	walk = func(c *cobra.Command) {
		if c.PersistentFlags().HasFlags() {
			t.Errorf("%s has flags for all below it, which restrict does not look at", c.CommandPath())
		}
		for _, below := range c.Commands() {
			walk(below)
		}
	}
	walk(root)
}

// The files of this package that touch the disk by themselves. Those of answered
// commands do so only behind flags that requests may not give.
var touchDisk = map[string]string{
	"input.go": "open", "stream.go": "nameless twice", "start.go": "main", "baseline.go": "", "bench.go": "", "recheck.go": "", "memory_unix.go": "", "stop.go": "",
	"hunt.go": "library, only for --out",
}

func TestOnlyOneFunctionReadsFiles(t *testing.T) {
	names, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, declaration := range file.Decls {
			f, ok := declaration.(*ast.FuncDecl)
			if !ok {
				continue
			}
			ast.Inspect(f, func(n ast.Node) bool {
				s, ok := n.(*ast.SelectorExpr)
				if !ok {
					return true
				}
				from, ok := s.X.(*ast.Ident)
				if !ok || from.Name != "os" || !slices.Contains(strings.Fields("Open OpenFile OpenRoot ReadFile ReadDir Create CreateTemp WriteFile Mkdir MkdirAll MkdirTemp Remove RemoveAll Rename Stat Lstat Stdin DirFS"), s.Sel.Name) {
					return true
				}
				found++
				where, known := touchDisk[name]
				if name == "input.go" && f.Name.Name == "checkFolder" { // of flags that requests may not give
					return true
				}
				if !known || (name == "input.go" || name == "stream.go") && !slices.Contains(strings.Fields(where), f.Name.Name) {
					t.Errorf("%s: %s uses os.%s: commands read files by terminal.open, which a request answers", name, f.Name.Name, s.Sel.Name)
				}
				return true
			})
		}
	}
	if found < 5 {
		t.Errorf("only %d uses", found)
	}
}

// Heavy requests end when they are cancelled: without that, each takes longer
// than the minute that a loaded machine gets here under the race detector, or
// its document would be the answer.
func TestCancelledRequestsStop(t *testing.T) {
	// a long path, into each vertex of which the seven before it lead
	var edges []string
	for v := range 59 {
		for u := max(0, v-7); u <= v; u++ {
			edges = append(edges, fmt.Sprintf("[%d,%d]", u, v+1))
		}
	}
	path := joined(60)
	files := map[string]string{"g.json": fmt.Sprintf(`{"vertices":62,"edges":[%s,[60,61]],"root":0,"target":59,"other":61,"path":[%s]}`, strings.Join(edges, ","), path)}
	for _, args := range [][]string{
		{"theorem", "all", "--digits", "3000", "--json"},
		{"overshoot", "--step", "1", "--uneven", "1/5", "--shared", "--json"},
		{"attention", "--gain", "1/10,1,10,100", "--table", "--json"},
		{"flow", "--data", "g.json", "--instance", "0", "--step", "5", "--loss", "coconut", "--until", "1e6", "--digits", "3000", "--samples", "1000", "--json"},
		{"flow", "--data", "g.json", "--instance", "0", "--step", "5", "--loss", "bfs", "--until", "1e6", "--digits", "400", "--method", "flowpipe", "--json"},
		{"hunt", "--conclusion", "mu < 1e9", "--cases", "1000000", "--vertices", "40-60", "--json"},
		{"train", "--preset", "theory-full", "--json"},
		{"train", "--preset", "middle", "--json"},
		{"train", "--preset", "gpt", "--json"},
		{"train", "--preset", "paper-small", "--json"},
		{"explore", "--settings", "1000", "--json"},
		{"population", "--step", "1", "--parametrization", "full", "--digits", "300", "--json"},
		{"tightness", "--instances", "200", "--json"},
		{"data", "generate", "--count", "1000000"},
	} {
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
		begin := time.Now()
		a := answer(ctx, &page.Request{Args: args, Files: files})
		cancel()
		if took := time.Since(begin); took > time.Minute {
			t.Errorf("%v: stopped after %v", args, took)
		} else if a.Code != exitUndecided || a.Out != "" || !strings.Contains(a.Err, "not finished") {
			t.Errorf("%v: exit code %d, %.200q after %v, expected work that was stopped", args, a.Code, a.Err, took)
		}
	}
}

// joined lists the first numbers from 0.
func joined(n int) string {
	list := make([]string, n)
	for i := range list {
		list[i] = strconv.Itoa(i)
	}
	return strings.Join(list, ",")
}

// An answer that does not end is cut off with a line that says so.
func TestAnswersAreBounded(t *testing.T) {
	var f memoryFile
	chunk := make([]byte, maxAnswer/4)
	for range 4 {
		if _, err := f.Write(chunk); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := f.Write([]byte("x")); err == nil || !f.over {
		t.Error("a byte too many is taken")
	}
}

// verify page says in one line what is missing.
func TestPageNeedsGoAndTheSource(t *testing.T) {
	dir := t.TempDir()
	out := filepath.Join(dir, "site")
	refused := func(source, expected string) {
		t.Helper()
		var stdout, stderr bytes.Buffer
		code := (&terminal{out: &stdout, err: &stderr}).run(t.Context(), []string{"page", "--out", out, "--source", source})
		if _, err := os.Stat(out); code != exitUsage || stdout.Len() > 0 || strings.Count(stderr.String(), "\n") != 1 || !strings.Contains(stderr.String(), expected) || !os.IsNotExist(err) {
			t.Errorf("%d %q, expected %q", code, stderr.String(), expected)
		}
	}
	refused(dir, "is not in the source of the module")
	t.Setenv("PATH", dir)
	refused(".", "needs an installed Go")
}
