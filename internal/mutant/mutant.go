// Package mutant plants mistakes in the sources of a package and asks its tests
// to notice each of them. The shipped code stays plain: the mistakes live in an
// overlay of the go command, which is compiled once into a test binary that
// holds all of them, each switched on by number.
package mutant

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// A Mistake replaces one piece of a source file by another.
type Mistake struct {
	Name string
	File string // in the package's folder
	Old  string // stands exactly once in the file
	New  string
	// Statement: Old and New are whole statements, of which one is done. Else
	// they are expressions of one type without side effects: both are
	// evaluated, one is used.
	Statement bool
	Run       string // tests that should notice it, if not those of the call
}

// switchName is the variable of the environment that holds the number of the
// mistake to be made, 0 for none.
const switchName = "MUFLOW_MUTANT"

// support is compiled into the package. The mistake's number is read once.
const support = `package %s

import (
	"os"
	"strconv"
)

var mutantNumber, _ = strconv.Atoi(os.Getenv(%q))

func mutantChoice[T any](number int, mistake, right T) T {
	if mutantNumber == number {
		return mistake
	}
	return right
}
`

// limit is how long a test may take on a mistake. Not to end is to notice it.
const limit = 60 * time.Second

// Test compiles the package in the current folder with all the mistakes and
// runs its tests with names that match run: they have to pass without any
// mistake, and to fail with each of them.
func Test(t *testing.T, run string, mistakes []Mistake) {
	t.Helper()
	survivors, err := Survivors(t.Context(), t.TempDir(), run, mistakes)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range survivors {
		t.Errorf("%s: not noticed", name)
	}
	t.Logf("%d of %d mistakes noticed", len(mistakes)-len(survivors), len(mistakes))
}

// Survivors returns the names of the mistakes that no test with a name that
// matches run notices. It writes into the folder scratch. It fails without
// mistakes, on a mistake that does not fit its file or does not compile, and if
// the tests do not pass without any.
func Survivors(ctx context.Context, scratch, run string, mistakes []Mistake) ([]string, error) {
	if len(mistakes) == 0 {
		return nil, errors.New("no mistakes to plant")
	}
	binary, err := compile(ctx, scratch, mistakes)
	if err != nil {
		return nil, err
	}
	if text, noticed, err := execute(ctx, binary, run, 0); err != nil || noticed {
		return nil, fmt.Errorf("without a mistake: %v\n%s", err, text)
	} else if strings.Contains(text, "no tests to run") {
		return nil, fmt.Errorf("no test matches %s", run)
	}
	survived, failures := make([]bool, len(mistakes)), make([]error, len(mistakes))
	var group sync.WaitGroup
	slots := make(chan struct{}, runtime.GOMAXPROCS(0))
	for i, m := range mistakes {
		group.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			text, noticed, err := execute(ctx, binary, cmp.Or(m.Run, run), i+1)
			survived[i] = !noticed
			if failures[i] = err; err == nil && strings.Contains(text, "no tests to run") {
				failures[i] = fmt.Errorf("%s: no test matches %s", m.Name, m.Run)
			}
		})
	}
	group.Wait()
	var names []string
	for i, m := range mistakes {
		if survived[i] {
			names = append(names, m.Name)
		}
	}
	return names, errors.Join(failures...)
}

// compile returns the test binary that holds all mistakes.
func compile(ctx context.Context, scratch string, mistakes []Mistake) (string, error) {
	byFile := map[string][]int{}
	for i, m := range mistakes {
		byFile[m.File] = append(byFile[m.File], i)
	}
	overlay := struct{ Replace map[string]string }{map[string]string{}}
	replace := func(name, text string) error {
		path, err := filepath.Abs(name)
		if err != nil {
			return err
		}
		overlay.Replace[path] = filepath.Join(scratch, name)
		return os.WriteFile(overlay.Replace[path], []byte(text), 0o666)
	}
	name := ""
	for file, planted := range byFile {
		text, err := os.ReadFile(file)
		if err != nil {
			return "", err
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, text, parser.PackageClauseOnly)
		if err != nil {
			return "", err
		}
		name = parsed.Name.Name
		changed, err := plant(string(text), mistakes, planted)
		if err != nil {
			return "", fmt.Errorf("%s: %w", file, err)
		}
		if err := replace(file, changed); err != nil {
			return "", err
		}
	}
	if err := replace("mutant_support.go", fmt.Sprintf(support, name, switchName)); err != nil {
		return "", err
	}
	text, err := json.Marshal(overlay)
	if err != nil {
		return "", err
	}
	list, binary := filepath.Join(scratch, "overlay.json"), filepath.Join(scratch, "mutants.test")
	if err := os.WriteFile(list, text, 0o666); err != nil {
		return "", err
	}
	out, err := exec.CommandContext(ctx, "go", "test", "-c", "-vet=off", "-ldflags=-s -w", "-overlay", list, "-o", binary, ".").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("the mistakes do not compile: %v\n%s", err, out)
	}
	return binary, nil
}

// plant writes the numbered mistakes into a file, those with the same old text
// into one place.
func plant(text string, mistakes []Mistake, planted []int) (string, error) {
	type place struct {
		at      int
		numbers []int
	}
	var places []*place
	for _, i := range planted {
		m := mistakes[i]
		at := strings.Index(text, m.Old)
		if m.Old == "" || at < 0 || strings.LastIndex(text, m.Old) != at {
			return "", fmt.Errorf("%s: %q stands there %d times, expected once", m.Name, m.Old, strings.Count(text, m.Old))
		}
		known := slices.IndexFunc(places, func(p *place) bool {
			other := mistakes[p.numbers[0]]
			return p.at == at && other.Old == m.Old && other.Statement == m.Statement
		})
		if known >= 0 {
			places[known].numbers = append(places[known].numbers, i)
			continue
		}
		places = append(places, &place{at, []int{i}})
	}
	slices.SortFunc(places, func(a, b *place) int { return a.at - b.at })
	var out strings.Builder
	end := 0
	for _, p := range places {
		m := mistakes[p.numbers[0]]
		if p.at < end {
			return "", fmt.Errorf("%s: overlaps another mistake", m.Name)
		}
		out.WriteString(text[end:p.at])
		end = p.at + len(m.Old)
		body := m.Old
		for _, i := range p.numbers {
			if m.Statement {
				body = fmt.Sprintf("if mutantNumber == %d {\n%s\n} else {\n%s\n}", i+1, mistakes[i].New, body)
			} else {
				body = fmt.Sprintf("mutantChoice(%d, %s, %s)", i+1, mistakes[i].New, body)
			}
		}
		out.WriteString(body)
	}
	return out.String() + text[end:], nil
}

// execute runs the tests with one mistake and reports whether one of them
// failed, panicked or did not end.
func execute(ctx context.Context, binary, run string, number int) (text string, noticed bool, err error) {
	limited, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	c := exec.CommandContext(limited, binary, "-test.run", run, "-test.count", "1", "-test.short")
	c.Env = append(os.Environ(), fmt.Sprintf("%s=%d", switchName, number))
	out, err := c.CombinedOutput()
	var exit *exec.ExitError
	switch {
	case err == nil:
		return string(out), false, nil
	case ctx.Err() != nil:
		return string(out), false, ctx.Err()
	case errors.As(err, &exit):
		return string(out), true, nil
	}
	return string(out), false, err
}
