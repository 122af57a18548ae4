package ode

import (
	"fmt"
	"testing"
)

// TestUnknowns: each once, ascending, and shared parts once.
func TestUnknowns(t *testing.T) {
	x := State(7).Add(State(2)).Mul(Integer(3)).Exp()
	for range 100 {
		x = x.Mul(x).Add(State(4))
	}
	visits := 0
	x.Visit(func(*Expr) { visits++ })
	if got := fmt.Sprint(x.Unknowns()); got != "[2 4 7]" || visits != 6+3*100 {
		t.Errorf("%s, %d visits", got, visits)
	}
	if got := Integer(1).Unknowns(); got != nil {
		t.Error(got)
	}
}
