// Package proptest compares, on random inputs, what the theory states, what
// the integrator computes, what the simulated transformer does and what the
// proofs conclude. It holds tests only, and is the only room that sees all
// four:
//
//	go test ./proptest                             the same inputs at every run
//	go test ./proptest -seed time -checks 20       new ones, twenty times as many
//	go test ./proptest -run '^TestX$' -seed 12345  those of a run that failed
//
// A property is a condition on the values of gopter's generators. The suite of
// a test hands it to gopter and fails where gopter would pass unseen: a name
// used twice, no properties, a generator that lost its sieve or its shrinker,
// fewer checks than were asked for. An input on which a property fails is
// shrunk, kept in testdata/failing and tried first from then on, until the
// property holds on it. tools/weekly.sh draws what no run has seen.
package proptest
