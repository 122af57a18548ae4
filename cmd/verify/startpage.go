//go:build page && js

package main

import (
	"muflow/internal/page"

	"github.com/spf13/cobra"
)

// main answers the requests of a worker of the page: the program that verify
// page compiles to WebAssembly.
func main() { page.Work(answer) }

// pageCommands are none in the page itself.
func pageCommands(*terminal) []*cobra.Command { return nil }
