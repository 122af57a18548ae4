package main

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/spf13/cobra"
)

func TestReferenceIsCurrent(t *testing.T) {
	if testing.Short() {
		t.Skip("the reference may be behind while commands are being worked on")
	}
	code, stdout, stderr := call("reference")
	if code != exitFine {
		t.Fatalf("exit %d: %s", code, stderr)
	}
	want, err := os.ReadFile("../../docs/reference.md")
	if err != nil {
		t.Fatal(err)
	}
	if stdout != string(want) {
		t.Error("docs/reference.md is not what the program says: run go generate ./cmd/verify")
	}
}

// Every command that does something has an example, which names it, and no line
// of its help is too wide.
func TestHelpOfEveryCommand(t *testing.T) {
	checks := 0
	var check func(c *cobra.Command)
	check = func(c *cobra.Command) {
		if name := c.Name(); c.HasParent() && c.Runnable() && name != "help" && name != "completion" && c.Parent().Name() != "completion" {
			if !strings.Contains(c.Example, c.CommandPath()) {
				t.Errorf("%s has no example", c.CommandPath())
			}
			checks++
		}
		for line := range strings.Lines(c.Long + "\n" + c.UsageString()) {
			if wide := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); wide > columns {
				t.Errorf("%s: %d columns: %s", c.CommandPath(), wide, line)
			}
		}
		for _, below := range c.Commands() {
			check(below)
		}
	}
	root := newRoot(&terminal{out: io.Discard, err: io.Discard})
	fitHelp(root)
	check(root)
	if checks < 15 {
		t.Errorf("%d commands", checks)
	}
}

func TestManPagesAndCompletion(t *testing.T) {
	folder := t.TempDir()
	if code, _, stderr := call("reference", "--man", folder); code != exitFine {
		t.Fatalf("exit %d: %s", code, stderr)
	}
	text, err := os.ReadFile(filepath.Join(folder, "verify-sweep.1"))
	if err != nil || !strings.Contains(string(text), "verify-sweep - ") {
		t.Errorf("%v, %.200s", err, text)
	}
	for command, words := range map[string]string{"exhaust": "until N_c stops", "probe": "<eos>", "attention": "E_{w=1}[h]", "theorem": "with d* the mean", "equilibrium": "Σ_{u→v}"} {
		if text, err := os.ReadFile(filepath.Join(folder, "verify-"+command+".1")); err != nil || !strings.Contains(strings.Join(strings.Fields(string(text)), " "), words) {
			t.Errorf("%s: %v, no %q", command, err, words)
		}
	}
	for _, shell := range []string{"bash", "zsh", "fish", "powershell"} {
		if code, stdout, stderr := call("completion", shell); code != exitFine || len(stdout) < 1000 {
			t.Errorf("%s: exit %d, %d bytes, %s", shell, code, len(stdout), stderr)
		}
	}
	if code, stdout, _ := call("__complete", "sw"); code != exitFine || !strings.HasPrefix(stdout, "sweep\t") {
		t.Errorf("completing sw: exit %d, %q", code, stdout)
	}
	refused(t, "two kinds", []string{"exclude"}, "reference", "--man", folder, "--out", "x")
	refused(t, "no folder", []string{"not a folder"}, "reference", "--man", filepath.Join(folder, "none"))
}
