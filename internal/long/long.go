// Package long has the flag -long of tests, which nothing else imports.
//
//	if !*long.Tests { … }
//
// Without it the tests of all packages fit into two minutes; .ci/run gives it.
package long

import "flag"

// Tests is whether tests run all that they can.
var Tests = flag.Bool("long", false, "run all that the tests can, for minutes")
