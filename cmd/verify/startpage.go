//go:build page && js

package main

import (
	"context"

	"muflow/internal/page"

	"github.com/spf13/cobra"
)

// main answers the requests of a worker of the page: the program that verify
// page compiles to WebAssembly.
func main() { page.Work(answer) }

// The page has neither commands that it may not ask for nor what draws figures,
// with its fonts.

func pageCommands(*terminal) []*cobra.Command                   { return nil }
func drawingCommands(*terminal) []*cobra.Command                { return nil }
func hiddenCommands(*terminal, *cobra.Command) []*cobra.Command { return nil }

func (*compareOptions) drawCurves(*compareDocument) error { return nil }

func (*terminal) emitProfile(context.Context, profileRequest) error { return nil }
