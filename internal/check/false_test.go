package check

import (
	"fmt"
	"testing"

	"muflow/internal/long"
	"muflow/theory"
)

// TestFalseStatements: statements that once were proved, or true ones that once
// were refuted, or that ended the program. Each is false, about something that
// is not defined along the flow, or true as the last column says.
func TestFalseStatements(t *testing.T) {
	checks := 0
	for _, c := range []struct {
		flow   string
		claims []string
		never  theory.Verdict
	}{
		// t within the formula
		{"x = state('x', start=1)\nflow(x, -x)\n", []string{"converges(x + t)", "converges(x + sin(t))", "converges(x*exp(2*t))", "limit(x*exp(t)) == 0", "increases(-x - 5*t)", "decreases(x*exp(2*t))"}, theory.Proved},
		{"x = state('x', start=1)\nflow(x, -x)\n", []string{"limit(x*exp(t)) == 1", "limit(x*exp(2*t)) == inf", "increases(x*exp(2*t))"}, theory.Refuted},
		{"y = state('y', start=1)\nflow(y, y)\n", []string{"limit(y - exp(2*t)) == inf", "increases(y - 3*t)", "decreases(-y + 3*t)"}, theory.Proved},
		{"y = state('y', start=1)\nflow(y, y)\n", []string{"limit(y - exp(t)) == 0", "converges(y - exp(t))"}, theory.Refuted},
		{"x = state('x', start=1)\ny = state('y', start=1)\nflow(x, -x + y**2)\nflow(y, -2*y)\n", []string{"converges(x + sin(t))", "converges((x + y)*exp(2*t))"}, theory.Proved},
		// more than one solution from the start
		{"x = state('x', start=0)\nflow(x, sqrt(x))\n", []string{"limit(x) == 0", "always(x == 0)"}, theory.Proved},
		{"x = state('x', start=0)\nflow(x, sqrt(abs(x)))\n", []string{"always(x <= 0)", "converges(x)"}, theory.Proved},
		{"x = state('x', start=1)\nflow(x, -sqrt(x))\n", []string{"always(x > 0)"}, theory.Proved},
		{"x = state('x', start=0)\ny = state('y', start=0)\nflow(x, sqrt(abs(x)) + y)\nflow(y, sqrt(abs(y)) + x)\n", []string{"always(x == y)", "limit(x + y) == 0"}, theory.Proved},
		// jumps, and formulas without a value
		{"x = state('x', start=-1)\nflow(x, 1)\n", []string{"invariant(atan(1/x) < 0)", "invariant(atan(x) + atan(1/x) < 0)", "conserved(abs(x)/x)", "conserved(atan(x) + atan(1/x))", "conserved(sqrt(x**2)/x)"}, theory.Proved},
		{"x = state('x', start=-1)\nflow(x, exp(2*log(x)))\n", []string{"limit(x) == 0", "increases(x)"}, theory.Proved},
		{"x = state('x', start=-1)\nflow(x, -sqrt(x)**2)\n", []string{"converges(x)", "always(x > -2)"}, theory.Proved},
		{"x = state('x', start=1)\nflow(x, -1)\n", []string{"limit(exp(log(x))) == -inf", "always(sqrt(x)**2 <= 1)", "always(log(x) - log(x) <= 0)"}, theory.Proved},
		{"a = state('a', start=1)\nb = state('b', start=1)\nflow(a, -a)\nflow(b, -2*b)\n", []string{"increases(exp(log(-a)) + 0*b)", "limit(sqrt(-a)**2 + b) == 0"}, theory.Proved},
		// 0 times what has no value
		{"y = state('y', start=1)\nflow(y, -1)\n", []string{"always(y + 0*(1/y) <= 1)", "always(y + (1/y)*0 <= 1)", "always(y + 0*log(y) <= 1)", "always(0*(y + sqrt(y)) == 0)", "always(y + (1/y)**0 <= 2)"}, theory.Proved},
		// a pole that normal forms cancel, at p = 0
		{"p = param('p', between(-1, 1))\nx = state('x', start=0)\nflow(x, 1/p)\n", []string{"always(x*p >= 0)", "always(x*p == t)"}, theory.Proved},
		// sets of states, where a start makes no state a number or t
		{"x = state('x', start=0)\ny = state('y', start=0)\nflow(x, 1)\nflow(y, 1 - y)\n", []string{"unique_equilibrium({x: between(0, 1), y: between(0, 2)})", "invariant(x**2 > 0)"}, theory.Proved},
		{"x = state('x')\nflow(x, 1)\n", []string{"invariant(x**2 > 0)"}, theory.Proved},
		{"z = state('z', start=1)\nx = state('x', start=0)\nflow(z, 0)\nflow(x, z - x)\n", []string{"unique_equilibrium({x: between(0, 2), z: between(0, 2)})", "invariant(x >= 0)"}, theory.Proved},
		{"x = state('x')\nflow(x, -1)\n", []string{"invariant(x > 0, x <= 0)"}, theory.Refuted}, // of the empty set
		// one equilibrium, found from two boxes
		{"x = state('x')\nflow(x, 8/5*x - 4/5*x + atan(40*(x - 3/10))/80 - 3/100*atan(100*(x - 17/20)) - 51733157/100000000)\n", []string{"unique_equilibrium({x: between(0, 1)})"}, theory.Refuted},
		// −d and d − 1 are two things
		{"x = state('x', start=2)\nflow(x, -x)\n", []string{"decreases(x + abs(x - 1) + x/100)"}, theory.Refuted},
		// an interval, and nothing beyond it
		{"p = param('p', between(1, 2))\nx = state('x')\n", []string{"identity(abs(p - 1/2), p - 1/2)"}, theory.Refuted},
		// a reduced flow in the full states
		{"x = state('x')\ny = state('y')\nz = state('z')\nflow(x, x)\nflow(y, x)\nflow(z, x - y + z)\n", []string{"reduces(x, y, y)", "reduces([x, y], [z, z], z)"}, theory.Refuted},
		{"x = state('x')\ny = state('y')\nflow(x, x)\nflow(y, 2*x)\n", []string{"reduces(x, y, y)"}, theory.Proved},
		// only where the premise holds
		{"a = param('a', 1)\nx = state('x', start=1)\nflow(x, (1 - a)*x)\n", []string{"when(a == 1, identity(a*x, x))", "when(a == 1, conserved(x))", "when(a <= 1, when(a >= 1, identity(a*x, x)))", "when(a >= 1, identity(abs(a - 1), a - 1))", "when(0 < a < 3/2, identity(abs(a - 2), 2 - a))"}, theory.Refuted},
		{"a = param('a', 1)\nx = state('x', start=1)\nflow(x, (1 - a)*x)\n", []string{"when(a == 1, identity(a*x, x))", "when(a >= 1, identity(a, a**2))"}, theory.Proved},
		{"b = param('b', 2)\nx = state('x', start=between(1, 2))\ny = state('y')\nflow(x, -x)\nflow(y, (x.start - b)*y)\n", []string{"when(x.start <= b, identity(abs(b - x.start), b - x.start))"}, theory.Refuted},
		// a pole at a start that is an equilibrium, in a piece that may be empty
		{"p = param('p', between(-1, 0))\nx = state('x', start=between(0, 1))\nflow(x, x*(p - x**2))\n", []string{"limit(1/x) == 1"}, theory.Proved},
		// e^{n·log v} is v^n, for every n and beside halves of it
		{"x = state('x', start=1)\nflow(x, -x)\n", []string{"identity(exp(log(x)) + exp(log(x)/2), x**2 + exp(log(x)/2))", "always(exp(9*log(2 + x)) <= 2 + x)", "always(exp(9*log(2 + x)) == 2 + x)", "limit(exp(9*log(2 + x))) == 2"}, theory.Proved},
		// one unknown that moves, where several were thought of
		{"v = state('v', start=2)\nflow(v, 1 - v)\n", []string{"increases(max(v, 3/2))"}, theory.Proved},
	} {
		checks += neverSaid(t, c.flow, c.claims, c.never)
	}
	if checks < 40 {
		t.Fatalf("%d checks", checks)
	}
}

// The same of what takes seconds: a start in [0, 1], decided in 64 parts, of
// which x does not decrease from 0, and −d beside d − 1.
func TestSlowFalseStatements(t *testing.T) {
	if !*long.Tests {
		t.Skip("-long")
	}
	neverSaid(t, "d = state('d', start=2)\nflow(d, 1*(exp(1) - exp(1)) + 1*atan(d - 1) + atan(-d))\n", []string{"always(d > 1)", "increases(d)"}, theory.Proved)
	neverSaid(t, "p = param('p', between(0, 1))\nx = state('x', start=p)\nflow(x, -x)\n", []string{"decreases(x)"}, theory.Proved)
}

// neverSaid decides claims, counts them, and fails where a verdict is one that
// none may have.
func neverSaid(t *testing.T, flow string, claims []string, never theory.Verdict) int {
	t.Helper()
	source := flow
	for i, claim := range claims {
		source += fmt.Sprintf("claim('%d', %s)\n", i, claim)
	}
	got := decided(t, source, Options{})
	for i, claim := range claims {
		if r := got[fmt.Sprint(i)]; r.Verdict == never || r.Reason == "" {
			t.Errorf("%s%s: %v: %s", flow, claim, r.Verdict, r.Reason)
		}
	}
	return len(claims)
}

// TestUnknownsThatAreTime: what has the rate 1 only for the values of the
// parameters, or once others are left out, has no limit that others tend to.
func TestUnknownsThatAreTime(t *testing.T) {
	claims := []string{"converges(z + sin(y))", "converges(z*sin(y))", "limit((z - 1)*exp(y)) == 0", "limit((z - 1)*exp(2*y)) == 0", "increases(z - y)", "converges(z*y)", "limit(z*y) == -inf"}
	for _, y := range []string{"p = param('p', 0)\ny = state('y', start=0)\nflow(y, 1 + p*y)\n", "c = state('c', start=0)\nflow(c, 0)\ny = state('y', start=0)\nflow(y, 1 + c*y)\n", "w = state('w', start=0)\nflow(w, -w)\ny = state('y', start=0)\nflow(y, 1 + w)\n"} {
		neverSaid(t, y+"z = state('z', start=0)\nflow(z, 1 - z)\n", claims, theory.Proved)
		neverSaid(t, y+"z = state('z', start=1/2)\nv = state('v', start=1/3)\nflow(z, 1 - z - v/4 + z*v/10)\nflow(v, -v + z*z/10 - 1/10)\n", claims, theory.Proved)
	}
}
