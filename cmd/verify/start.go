//go:build !page

package main

import (
	"os"
	"runtime"

	"github.com/spf13/cobra"
)

func main() {
	supervise()
	if os.Getenv("GOGC") == "" {
		spare = make([]byte, 16<<20)
	}
	t := &terminal{out: os.Stdout, err: os.Stderr}
	code := t.run(t.withSignals(), os.Args[1:])
	runtime.KeepAlive(spare)
	os.Exit(code)
}

// The page asks for none of these commands, and does without what they draw with.

func drawingCommands(t *terminal) []*cobra.Command {
	return []*cobra.Command{newReport(t, runReport), newFigure(t)}
}

func hiddenCommands(t *terminal, root *cobra.Command) []*cobra.Command {
	return []*cobra.Command{newBench(t, runBench), newReference(t, root, runReference)}
}
