//go:build !unix

package bench

import "time"

// processorTime is not known here: the clock on the wall takes its place.
func processorTime() (time.Duration, bool) { return 0, false }
