// Package outside holds a test only: a second module that uses the public
// packages as somebody else's program would.
package outside

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// expected is what testdata/outside/main.go prints.
const expected = `T1a proved and checked again
T1a-lower proved and checked again
T1a-upper proved and checked again
T1b proved and checked again
T1b-positive proved and checked again
T1b-rate proved and checked again
T1b-ceiling proved and checked again
T1b-ceiling-sharp proved and checked again
T1a-steps proved and checked again
T1b-steps proved and checked again
T1b-steps-unstable proved and checked again
μ(10) in 0.18373040822335493007258447547063725933479516060273918 0.18373040822335493007258447547063725933479516060273919
θ_0(5) in [-0.018839999206279118712, -0.018839999206279118711]
θ_1(5) in [-0.22955202218063268952, -0.22955202218063268951]
θ_0* in [-0.018877670755044163656, -0.018877670755044163655]
θ_1* in [-0.23104906018664843648, -0.23104906018664843647]
`

// The second module sees this one through a replace line, and the versions of
// this one's dependencies in the module cache: no network.
func TestSecondModule(t *testing.T) {
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	put := func(name, from string, change func(string) string) {
		text, err := os.ReadFile(from)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(folder, name), []byte(change(string(text))), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	same := func(text string) string { return text }
	put("main.go", "testdata/outside/main.go", same)
	put("go.mod", "testdata/outside/go.mod.txt", func(text string) string { return strings.Replace(text, "ROOT", filepath.ToSlash(root), 1) })
	put("go.sum", filepath.Join(root, "go.sum"), same)
	command := exec.Command("go", "run", ".")
	command.Dir = folder
	command.Env = append(os.Environ(), "GOFLAGS=-mod=mod", "GOPROXY=off", "GOSUMDB=off", "GOWORK=off")
	out, err := command.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if string(out) != expected {
		t.Errorf("it printed\n%s\nexpected\n%s", out, expected)
	}
}
