// Package reduced holds the reduced flow of a profile in numbers, once: with
// bounds, as balls (Numbers), and without, in float64 (Field, Mean, Integrate).
package reduced
