package cert_test

import (
	"fmt"
	"strings"

	"muflow/theory/cert"
)

// divergence states Theorem 1(a) on a profile, for every readout gain.
const divergence = `{"format":"muflow/certificate/1","claim":"T1a","loss":"bfs","profile":{"n":6,"k":3,"classes":[{"in_set":0,"degree":0,"count":1},{"in_set":0,"degree":1,"count":1},{"in_set":0,"degree":2,"count":1},{"in_set":1,"degree":0,"count":1},{"in_set":1,"degree":1,"count":2}]}}` + "\n"

// A certificate is one line of text. Check proves it, or says where it fails.
func ExampleCheck() {
	summary, err := cert.Check([]byte(divergence))
	fmt.Println(err)
	fmt.Println(summary.Statement)
	// Output:
	// <nil>
	// μ(t) → +∞ from any start
}

// A changed certificate is refused.
func ExampleCheck_refused() {
	_, err := cert.Check([]byte(strings.Replace(divergence, `"n":6`, `"n":7`, 1)))
	fmt.Println(err)
	// Output:
	// n, k: not the counts of the classes, or k = 0
}

// Each statement has one text.
func ExampleEncode() {
	summary, err := cert.Check([]byte(divergence))
	if err != nil {
		fmt.Println(err)
		return
	}
	text, err := cert.Encode(summary.Certificate)
	fmt.Println(err, string(text) == divergence)
	// Output:
	// <nil> true
}
