package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"
	"text/tabwriter"
	"unicode/utf8"

	"github.com/spf13/cobra"
	"golang.org/x/term"
)

// columns is how wide a line for people may be.
const columns = 100

// printTable writes rows in columns under a head; what row writes of each ends
// its cells with tabs. What is too wide is written as several tables, each of
// which begins with the columns that tell the rows apart.
func printTable[T any](w io.Writer, alignment uint, head string, rows []T, row func(w io.Writer, x T)) {
	cells := [][]string{strings.Split(strings.TrimSuffix(head, "\t"), "\t")}
	for _, x := range rows {
		var line bytes.Buffer
		if row(&line, x); line.Len() > 0 {
			cells = append(cells, strings.Split(strings.TrimSuffix(strings.TrimSuffix(line.String(), "\n"), "\t"), "\t"))
		}
	}
	width := func(column int) (most int) {
		for _, line := range cells {
			if column < len(line) {
				most = max(most, utf8.RuneCountInString(line[column])+2)
			}
		}
		return most
	}
	keys := keysOf(cells[1:], len(cells[0]))
	base := 0
	for column := range keys {
		base += width(column)
	}
	for from := 0; from < len(cells[0]); {
		shown, used := []int{}, 0
		if from > 0 {
			fmt.Fprintln(w)
			for column := range keys {
				shown = append(shown, column)
			}
			used = base
		}
		for first := from; from < len(cells[0]) && (from == first || used+width(from) <= columns+2); from++ {
			used += width(from)
			shown = append(shown, from)
		}
		table := tabwriter.NewWriter(w, 0, 0, 2, ' ', alignment)
		for _, line := range cells {
			for i, column := range shown {
				if column >= len(line) {
					break
				}
				if end := alignment&tabwriter.AlignRight == 0 && i == len(shown)-1; end {
					fmt.Fprint(table, line[column])
				} else {
					fmt.Fprint(table, line[column], "\t")
				}
			}
			fmt.Fprintln(table)
		}
		table.Flush()
	}
}

// keysOf returns how many leading columns tell all rows apart, at least one
// and not all.
func keysOf(rows [][]string, columns int) int {
	for keys := 1; keys < columns; keys++ {
		seen := map[string]bool{}
		for _, row := range rows {
			seen[strings.Join(row[:min(keys, len(row))], "\t")] = true
		}
		if len(seen) == len(rows) {
			return keys
		}
	}
	return 1
}

// fit breaks lines that are too wide between words; they go on under the last
// column, or a little to the right.
func fit(text string) string {
	var out strings.Builder
	for line := range strings.Lines(text) {
		line, end, _ := cutLine(line)
		indent := 2
		if at := lastColumn(line); at > 0 && at < columns*3/4 {
			indent = at
		}
		for utf8.RuneCountInString(line) > columns {
			runes := []rune(line)
			at := columns
			for at > indent && (runes[at] != ' ' || runes[at-1] == ' ') {
				at--
			}
			if at <= indent {
				break // one long word
			}
			out.WriteString(strings.TrimRight(string(runes[:at]), " ") + "\n")
			line = strings.Repeat(" ", indent) + strings.TrimLeft(string(runes[at:]), " ")
		}
		out.WriteString(line + end)
	}
	return out.String()
}

// fitHelp breaks the lines of the help of a command and of those below it anew,
// but for paragraphs with a layout of their own.
func fitHelp(c *cobra.Command) {
	paragraphs := strings.Split(c.Long, "\n\n")
	for i, text := range paragraphs {
		if strings.Contains(text, "\n ") {
			paragraphs[i] = fit(text)
		} else {
			paragraphs[i] = strings.ReplaceAll(fit(strings.ReplaceAll(text, "\n", " ")), "\n  ", "\n")
		}
	}
	c.Long = strings.Join(paragraphs, "\n\n")
	c.Example = fitCommands(c.Example)
	for _, below := range c.Commands() {
		fitHelp(below)
	}
}

// fitCommands breaks command lines that are too wide, as a shell reads them.
func fitCommands(text string) string {
	var lines []string
	for line := range strings.Lines(text) {
		line, _, _ = cutLine(line)
		for utf8.RuneCountInString(line) > columns {
			at := 0
			for _, before := range []string{" --", " > "} {
				at = max(at, strings.LastIndex(string([]rune(line)[:columns-2]), before))
			}
			if at <= 4 {
				break
			}
			lines, line = append(lines, line[:at]+" \\"), "     "+line[at:]
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

// cutLine separates a line from its end.
func cutLine(line string) (text, end string, ok bool) {
	text, ok = strings.CutSuffix(line, "\n")
	if ok {
		end = "\n"
	}
	return text, end, ok
}

// lastColumn returns where the text after the last two spaces begins.
func lastColumn(line string) int {
	at := strings.LastIndex(line, "  ")
	if at < 0 {
		return 0
	}
	return utf8.RuneCountInString(line[:at]) + 2
}

// paints are the colours of verdicts and of cells without entries.
var paints = []struct {
	form  *regexp.Regexp
	paint string
}{
	{regexp.MustCompile(`\b(proved|consistent)\b`), "\x1b[32m$1\x1b[0m"},
	{regexp.MustCompile(`\b(refuted|inconsistent)\b`), "\x1b[31m$1\x1b[0m"},
	{regexp.MustCompile(`\bundecided\b`), "\x1b[33m$0\x1b[0m"},
	{regexp.MustCompile(`(?m)(  )(0|–)( |$)`), "$1\x1b[2m$2\x1b[0m$3"},
}

// painted colours a text if it goes to a terminal and NO_COLOR is not set.
func (t *terminal) painted(text string) string {
	f, ok := t.out.(*os.File)
	if !ok || os.Getenv("NO_COLOR") != "" || !term.IsTerminal(int(f.Fd())) {
		return text
	}
	for _, p := range paints {
		text = p.form.ReplaceAllString(text, p.paint)
	}
	return text
}
