package main

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"unicode/utf8"
)

// No line for people is wider than the columns, but for a file a line.
func TestLinesFit(t *testing.T) {
	data, profile := write(t, "["+goodInstance+"]"), write(t, goodProfile)
	checks := 0
	for _, words := range []string{"theorem all --data DATA", "population --data DATA", "overlap --data DATA", "attention --gain 1 --data DATA --trained", "predict --data DATA --log-until 10", "tightness --data DATA",
		"curriculum --data DATA --steps 3 --last-steps 3 --time 1", "train --preset middle --steps 1", "equilibrium --profile PROFILE", "flow --profile PROFILE --loss coconut --until 10 --samples 3", "list", "hunt --names",
		"exhaust --vertices 3 --audit 1 --seed 1", "check ../../theories/modes.star", "flow --theory ../../theories/modes.star --until 2 --samples 3", "version"} {
		code, stdout, stderr := call(strings.Fields(strings.NewReplacer("DATA", data, "PROFILE", profile).Replace(words))...)
		if code != exitFine && code != exitUndecided || stdout == "" {
			t.Errorf("%s: exit %d, %s", words, code, stderr)
		}
		for line := range strings.Lines(stdout) {
			if line = strings.TrimSuffix(line, "\n"); utf8.RuneCountInString(line) > columns {
				t.Errorf("%s: %d columns: %s", words, utf8.RuneCountInString(line), line)
			}
			checks++
		}
	}
	if checks < 200 {
		t.Errorf("only %d lines", checks)
	}
}

func TestWideTablesAreSplitAndLongLinesBroken(t *testing.T) {
	var out bytes.Buffer
	long := strings.Repeat("x", 60)
	printTable(&out, 0, "key\tto\tfirst\tsecond", [][4]string{{"a", "1", long, "p"}, {"a", "2", long, long}}, func(w io.Writer, row [4]string) { io.WriteString(w, strings.Join(row[:], "\t")+"\n") })
	if want := "key  to  first\na    1   " + long + "\na    2   " + long + "\n\nkey  to  second\na    1   p\na    2   " + long + "\n"; out.String() != want {
		t.Errorf("got\n%s", &out)
	}
	text := "head   " + strings.Repeat("word ", 30) + "\n" + strings.Repeat("9", 150) + "\nshort"
	if want := "head   " + strings.Repeat("word ", 17) + "word\n       " + strings.Repeat("word ", 12) + "\n" + strings.Repeat("9", 150) + "\nshort"; fit(text) != want {
		t.Errorf("got\n%s", fit(text))
	}
}

// A bar stays on one line, however narrow the terminal is, and leaves nothing.
func TestBarStaysOnOneLine(t *testing.T) {
	for wide := range 120 {
		var out bytes.Buffer
		draw := bar(&out, func() string { return "theorem 1 μ" }, func() int { return wide })
		draw(1, 7)
		draw(7, 7)
		line, rest, _ := strings.Cut(strings.TrimPrefix(out.String(), "\r"), "\x1b[K")
		if n := utf8.RuneCountInString(line); n >= max(wide, 1) || wide > 80 && !strings.HasSuffix(line, " left") || rest != "\r\x1b[K" {
			t.Errorf("%d columns: %q", wide, out.String())
		}
	}
}
