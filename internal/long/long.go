// Package long has the flag -long of tests, which nothing else imports, and gives
// their programs spare memory, as package cmd/verify gives the real one.
//
//	if !*long.Tests { … }
//
// Without it the tests of all packages fit into two minutes; .ci/run gives it.
package long

import (
	"flag"
	"os"
)

// Tests is whether tests run all that they can.
var Tests = flag.Bool("long", false, "run all that the tests can, for minutes")

// Spare counts as memory in use for the collector, as in cmd/verify: with it
// proofs run an eighth faster.
var Spare []byte

func init() {
	if os.Getenv("GOGC") == "" {
		Spare = make([]byte, 64<<20)
	}
}
