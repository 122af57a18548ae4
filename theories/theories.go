// Package theories holds the theories of this folder, which are examples of the
// page.
package theories

import "embed"

// Files are the theory files.
//
//go:embed *.star
var Files embed.FS
