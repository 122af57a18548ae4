// Package script reads theories from files: a reduced training dynamics and what
// is claimed of it, in Starlark, the hermetic dialect of Python
// (go.starlark.net).
//
//	theory, err := script.Run("logistic.star", source, script.Options{})
//	for _, claim := range theory.Claims { … }
//
// Every number is exact and no float ever exists: before the file is compiled,
// number literals, divisions, powers and comparisons are rewritten into calls of
// builtins. Values are expressions of package ode in the symbols of the theory;
// a comparison of symbols is a relation, not a truth, and asking for its truth is
// an error at its place.
//
// A file can read nothing but the data that it is run for, has no input and no
// output, and is stopped by budgets of steps and of what it makes. What could
// grow without either (repeated texts, shifted integers, copies of lists, nested
// tuples) is left out of the language or counted.
package script
