//go:build !page

package main

import (
	"context"

	"muflow/internal/page"

	"github.com/spf13/cobra"
)

// pageOptions say where verify page writes.
type pageOptions struct {
	*terminal
	out, source string
}

func newPage(t *terminal, run func(context.Context, *pageOptions) error) *cobra.Command {
	o := &pageOptions{terminal: t}
	c, f := bind(&cobra.Command{
		Use:   "page --out DIR",
		Short: "Write the interactive page as static files",
		Long: `Write the page of verify serve as files that need no program behind them: any static server can serve them, and
the program runs in the browser, compiled to WebAssembly by the installed Go from the module's source. Answers are
those of the command line, but for the arithmetic that they name.`,
		Example: "  verify page --out site && python3 -m http.server --directory site",
	}, o, run)
	f.StringVar(&o.out, "out", "", "folder to write to (required)")
	f.StringVar(&o.source, "source", ".", "folder in the module's source")
	require(c, "out")
	return c
}

func runPage(ctx context.Context, o *pageOptions) error {
	names, err := page.Build(ctx, answer, o.source, o.out)
	if err != nil {
		return usage(err)
	}
	return o.printNames(names...)
}
