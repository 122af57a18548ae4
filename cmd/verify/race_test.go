//go:build race

package main

// The race detector takes more memory than TestNoMemory leaves.
func init() { raceDetector = true }
