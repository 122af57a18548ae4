//go:build !page

package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"muflow/internal/script"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"
	"github.com/spf13/pflag"
)

//go:generate go run . reference --out ../../docs/reference.md

// referenceOptions say where verify reference writes what.
type referenceOptions struct {
	*terminal
	root     *cobra.Command
	out, man string
}

func newReference(t *terminal, root *cobra.Command, run func(context.Context, *referenceOptions) error) *cobra.Command {
	o := &referenceOptions{terminal: t, root: root}
	c, f := bind(&cobra.Command{
		Use:   "reference",
		Short: "Write the reference of all commands, as Markdown or as man pages",
		Long: `Write the reference of all commands and flags from the program itself: as one Markdown text, or as one man page for
each command.`,
		Example: "  verify reference --out docs/reference.md\n  verify reference --man /usr/local/share/man/man1",
		Hidden:  true,
	}, o, run)
	f.StringVar(&o.out, "out", "", "file to write (default: standard output)")
	f.StringVar(&o.man, "man", "", "folder, which must exist, for man pages instead")
	excludes(c, "man", "out")
	return c
}

func runReference(_ context.Context, o *referenceOptions) error {
	fitHelp(o.root)
	if o.man == "" {
		return o.save(o.out, func(w io.Writer) error { return writeReference(w, o.root) })
	}
	if err := checkFolder("man", o.man); err != nil {
		return err
	}
	asMarkdown(o.root)
	date := time.Unix(0, 0).UTC() // the same bytes every day
	return doc.GenManTree(o.root, &doc.GenManHeader{Title: "VERIFY", Section: "1", Date: &date, Source: "verify " + version}, o.man)
}

// asMarkdown escapes texts of a command and of all below it, which man pages are
// made from as if they were Markdown. Those of completion, which are cobra's, are.
func asMarkdown(c *cobra.Command) {
	if c.Name() == "completion" {
		return
	}
	escape := strings.NewReplacer(`\`, `\\`, "_", `\_`, "*", `\*`, "<", `\<`, "`", "\\`", "[", `\[`).Replace
	c.Short, c.Long = escape(c.Short), escape(c.Long)
	for _, flags := range []*pflag.FlagSet{c.LocalNonPersistentFlags(), c.PersistentFlags()} {
		flags.VisitAll(func(f *pflag.Flag) { f.Usage = escape(f.Usage) })
	}
	for _, below := range c.Commands() {
		asMarkdown(below)
	}
}

// writeReference writes the help of a command and of all below it.
func writeReference(w io.Writer, root *cobra.Command) error {
	fmt.Fprintf(w, "# Reference of the commands\n\nWritten by `verify reference`; do not edit. Shell completion: `verify completion bash|zsh|fish|powershell`.\n\n")
	root.InitDefaultCompletionCmd()
	var write func(c *cobra.Command) error
	write = func(c *cobra.Command) error {
		if c.Name() == "help" || c.Name() == "completion" {
			return nil
		}
		c.DisableAutoGenTag = true
		var text bytes.Buffer
		if err := doc.GenMarkdownCustom(c, &text, func(name string) string {
			return "#" + strings.ReplaceAll(strings.TrimSuffix(name, ".md"), "_", "-")
		}); err != nil {
			return err
		}
		page := text.String()
		if at := strings.Index(page, "### SEE ALSO"); at >= 0 {
			page = page[:at]
		}
		if _, err := io.WriteString(w, strings.TrimRight(page, "\n")+"\n\n"); err != nil {
			return err
		}
		for _, below := range c.Commands() {
			if err := write(below); err != nil {
				return err
			}
		}
		return nil
	}
	if err := write(root); err != nil {
		return err
	}
	return writeVocabulary(w)
}

// writeVocabulary writes the functions of theory files.
func writeVocabulary(w io.Writer) error {
	fmt.Fprint(w, "# Language of theory files\n\nStarlark, that is Python without classes, imports, while and exceptions, with exact numbers and formulas; "+
		"see [theory files](theory-files.md). Besides these functions there are `t`, `inf`, `data` and Starlark's `len`, `bool`, `type`, `append` and `get`. "+
		"Arguments with a value such as `until=None` may be left out; … is for more of the same. In the examples p is a parameter, and x, y, z and w, a vector of two, are states.\n\n| function | meaning | example |\n|---|---|---|\n")
	for _, word := range script.Vocabulary {
		if _, err := fmt.Fprintf(w, "| `%s` | %s | `%s` |\n", word.Signature, word.Meaning, word.Example()); err != nil {
			return err
		}
	}
	return nil
}
