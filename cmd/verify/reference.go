package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"muflow/internal/runlog"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"
)

//go:generate go run . reference --out ../../docs/reference.md

func newReference() *cobra.Command {
	c := &cobra.Command{
		Use:   "reference",
		Short: "Write the reference of all commands, as Markdown or as man pages",
		Long: `Write the reference of all commands and flags from the program itself: as one Markdown text, or as one man page for
each command.`,
		Example: "  verify reference --out docs/reference.md\n  verify reference --man /usr/local/share/man/man1",
		Args:    cobra.NoArgs,
	}
	out := c.Flags().String("out", "", "file to write (default: standard output)")
	man := c.Flags().String("man", "", "folder, which must exist, for man pages instead")
	c.RunE = func(c *cobra.Command, _ []string) error {
		if *man != "" {
			if *out != "" {
				return usagef("--man and --out exclude each other")
			}
			if info, err := os.Stat(*man); err != nil || !info.IsDir() {
				return usagef("--man %s is not a folder", *man)
			}
			date := time.Unix(0, 0).UTC() // the same bytes every day
			return doc.GenManTree(c.Root(), &doc.GenManHeader{Title: "VERIFY", Section: "1", Date: &date, Source: "verify " + version}, *man)
		}
		var text bytes.Buffer
		if err := writeReference(&text, c.Root()); err != nil {
			return err
		}
		if *out == "" {
			_, err := c.OutOrStdout().Write(text.Bytes())
			return err
		}
		if err := runlog.WriteFile(*out, text.Bytes()); err != nil {
			return usage(err)
		}
		return nil
	}
	return c
}

// writeReference writes the help of a command and of all below it.
func writeReference(w io.Writer, root *cobra.Command) error {
	fmt.Fprintf(w, "# Reference of the commands\n\nWritten by `verify reference`; do not edit. Shell completion: `verify completion bash|zsh|fish|powershell`.\n\n")
	root.InitDefaultCompletionCmd()
	var write func(c *cobra.Command) error
	write = func(c *cobra.Command) error {
		if c.Hidden || c.Name() == "help" || c.Name() == "completion" {
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
	return write(root)
}
