package check

import (
	"testing"

	"muflow/internal/long"
	"muflow/theory"
)

// TestHostileLevels: false statements that the use of conserved quantities might
// prove, by quantities that jump, that have no value somewhere, whose level is
// that of another start, or that leave out a root.
func TestHostileLevels(t *testing.T) {
	oscillator := "x = state('x', start=1)\ny = state('y', start=0)\nflow(x, y)\nflow(y, -x)\nclaim('q', conserved(x**2 + y**2))\n"
	wide := "x = state('x', start=between(0, 1))\ny = state('y', start=between(-1, 2))\nflow(x, y)\nflow(y, -x)\nclaim('q', conserved(x**2 + y**2))\n"
	layers := "u = state('u', start=-1/2)\nv = state('v', start=1)\nflow(u, v*(1 - u*v))\nflow(v, u*(1 - u*v))\nclaim('q', conserved(v**2 - u**2))\n"
	below := "u = state('u', start=1/2)\nv = state('v', start=-1)\nflow(u, v*(1 - u*v))\nflow(v, u*(1 - u*v))\nclaim('q', conserved(v**2 - u**2))\n"
	both := "u = state('u', start=between(1/4, 1/2))\nv = state('v', start=between(-1, 1))\nflow(u, v*(1 - u*v))\nflow(v, u*(1 - u*v))\nclaim('q', conserved(v**2 - u**2))\n"
	saddle := "x = state('x', start=2)\ny = state('y', start=1)\nflow(x, x)\nflow(y, -y)\nclaim('q', conserved(x*y))\n"
	duffing := "q = state('q', start=between(1/2, 1))\np = state('p', start=0)\nflow(q, p)\nflow(p, -q**3)\nclaim('e', conserved(p**2/2 + q**4/4))\n"
	checks := 0
	for i, c := range []struct {
		flow   string
		claims []string
	}{
		{oscillator, []string{"always(x < 1)", "always(x > -1)", "always(y < 1)", "always(x >= 0)", "always(x <= 99/100)", "always(y >= -99/100)", "always(x + y <= 1)", "always(x*y <= 2/5)", "converges(x)", "limit(x) == 0", "limit(x**2) == 1", "limit(x**2 + y**2) == 0", "limit(x**2 + y**2) == 2", "limit(x) == inf", "limit(x**2 + y**2) == inf", "increases(x**2 + y**2)", "decreases(x**2 + y**2)", "decreases(x)", "always(x**2 + y**2 < 1)", "always(x**2 + y**2 > 1)", "always(x**4 + y**4 >= 2/3)", "invariant(x**2 <= 1)", "invariant(x <= 1)"}},
		{wide, []string{"always(x**2 + y**2 <= 4)", "always(x**2 <= 4)", "always(y <= 2)", "always(x <= 2)", "always(x**2 + y**2 >= 1)", "always(x**2 + y**2 == x.start**2)", "always(x**2 <= x.start**2)", "always(y**2 <= y.start**2)", "always(x**2 + y**2 > 0)"}},
		{layers, []string{"always(u < 0)", "limit(u*v) == -1", "always(u*v <= 0)", "limit(u) == -1", "decreases(u)", "always(v > 1)", "limit(v) == 1", "always(v >= 9/10)", "increases(v)"}},
		{below, []string{"always(v > -4/5)", "always(u > 0)", "limit(u*v) == -1", "limit(u) == 1", "increases(u)", "always(v**2 - u**2 < 3/4)", "limit(v) == 1"}},
		{both, []string{"always(v > 0)", "limit(v) == 1", "always(v**2 >= u**2)", "always(v**2 > u.start**2)", "always(u**2 - v**2 >= 1/16)", "increases(v)", "increases(u)"}},
		{saddle, []string{"limit(x*y) == 0", "limit(x*y) == 1", "converges(x)", "limit(y) == 1", "always(x < 100)", "always(x*y < 2)", "limit(x) == 2"}},
		{duffing, []string{"always(q <= 99/100)", "always(q > 0)", "always(q**2 <= 1/4)", "always(p**2 <= 49/100)", "converges(q)", "limit(q) == 0", "always(q <= q.start - 1/1000)", "always(p**2/2 + q**4/4 <= 1/5)", "always(p**2/2 + q**4/4 < q.start**4/4)"}},
		// not conserved at all
		{"x = state('x', start=1)\ny = state('y', start=0)\nflow(x, y)\nflow(y, -x - y/10)\nclaim('q', conserved(x**2 + y**2))\n", []string{"always(x**2 + y**2 == 1)", "always(x**2 + y**2 >= 1)", "limit(x**2 + y**2) == 1"}},
		// conserved only where it has a value: y goes through 0
		{"x = state('x', start=0)\ny = state('y', start=-1)\nflow(x, 0*y)\nflow(y, 1)\nclaim('q', conserved(abs(y)/y + x))\n", []string{"always(x - 1 + abs(y)/y == -2)", "always(x <= -1)"}},
		{"y = state('y', start=-1)\nz = state('z', start=0)\nflow(y, 1)\nflow(z, 1/(1 + y**2))\nclaim('q', conserved(z - atan(y)))\nclaim('jump', conserved(z + atan(1/y)))\n", []string{"always(z <= 1/2)", "limit(z) == 0", "always(z < 2)"}},
		{"x = state('x', start=1)\ny = state('y', start=1)\nflow(x, y)\nflow(y, -1)\nclaim('q', conserved(x + y**2/2))\n", []string{"limit(x) == inf", "always(x <= 1)", "always(x > 0)", "always(y > 0)", "converges(x)", "converges(y)", "always(x <= 149/100)"}},
		// a quantity that an unknown is not a function of
		{"x = state('x', start=0)\ny = state('y', start=1)\nflow(x, y**2*x)\nflow(y, 0*x)\nclaim('q', conserved(y**3))\n", []string{"limit(x) == inf", "limit(x) == 1", "increases(x)", "always(x > 0)"}},
		// within a premise only
		{"a = param('a', between(0, 1))\nx = state('x', start=1)\ny = state('y', start=0)\nflow(x, y)\nflow(y, -x - a*y)\nclaim('q', when(a <= 0, conserved(x**2 + y**2)))\n", []string{"always(x**2 + y**2 == 1)", "always(x**2 + y**2 >= 1)"}},
		{"a = param('a', 0)\nx = state('x', start=between(1, 2))\ny = state('y', start=0)\nflow(x, y)\nflow(y, -x - a*y)\nclaim('q', conserved(x**2 + y**2))\n", []string{"always(x**2 + y**2 == 1)", "always(x <= 1)", "always(x >= 1)", "always(x > -2)"}},
		{"a = param('a', between(1, 3))\nx = state('x', start=a)\ny = state('y', start=0)\nflow(x, a*y)\nflow(y, -a*x)\nclaim('q', conserved(x**2 + y**2))\n", []string{"always(x <= 2)", "always(x**2 + y**2 == 1)", "always(x > -a)", "always(y < a)", "always(x**2 <= a)"}},
	} {
		if i%5 == 0 || *long.Tests {
			checks += neverSaid(t, c.flow, c.claims, theory.Proved)
		}
	}
	if *long.Tests && checks < 90 {
		t.Fatalf("%d checks", checks)
	}
}

// TestHostileLimits: false statements about what tends to infinity.
func TestHostileLimits(t *testing.T) {
	two := func(x, y, f, g string) string {
		return "x = state('x', start=" + x + ")\ny = state('y', start=" + y + ")\nflow(x, " + f + ")\nflow(y, " + g + ")\n"
	}
	checks := 0
	for i, c := range []struct {
		flow   string
		claims []string
	}{
		// a rate that dies out too fast
		{two("0", "1", "exp(-y)", "1"), []string{"limit(x) == inf", "limit(x + 1) == inf", "limit(2*x) == inf", "limit(x - y) == inf", "limit(-x) == -inf"}},
		{two("0", "1", "y", "-y"), []string{"limit(x) == inf", "limit(x + y) == inf", "limit(2*x + y) == inf"}},
		{two("0", "1", "1/y**2", "1"), []string{"limit(x) == inf", "limit(x - y) == inf"}},
		{two("0", "1", "1/(1 + y**2)", "1"), []string{"limit(x) == inf"}},
		{two("0", "0", "1/(1 + exp(y))", "1/(1 + exp(-y))"), []string{"limit(x) == inf", "limit(x - y) == inf"}},
		{two("1", "1", "x/(1 + exp(y))", "1"), []string{"limit(x) == inf"}},
		{two("1", "1", "x*y", "-y"), []string{"limit(x) == inf", "increases(y)", "limit(x*y) == inf"}},
		{two("0", "0", "exp(-x - y)", "exp(-x - y) + 1"), []string{"limit(x) == inf"}},
		{two("0", "0", "exp(x - y)/(1 + exp(x - y))", "2"), []string{"limit(x) == inf"}},
		{two("0", "between(0, 1)", "y/(1 + exp(x))", "0*x"), []string{"limit(x) == inf", "increases(x)"}},
		{two("0", "between(0, 1)", "y", "-y"), []string{"limit(x) == inf", "increases(x)"}},
		// the other way
		{two("0", "0", "1 - exp(x)/(exp(x) + exp(y) + 1)", "-exp(y)/(exp(x) + exp(y) + 1)"), []string{"limit(x) == -inf", "limit(y) == inf", "limit(y - x) == inf", "limit(x + y) == -inf", "decreases(x)", "increases(y)", "converges(x)", "converges(x - y)", "always(x < 3)", "limit(x) == 5"}},
		{two("0", "0", "1 + y", "-1"), []string{"limit(x) == inf", "increases(x)"}},
		{two("0", "2", "y", "-1"), []string{"limit(x) == inf", "increases(x)", "always(x >= 0)"}},
		{two("0", "1", "y", "1 - x"), []string{"limit(x) == inf", "converges(x)", "always(x <= 2)", "increases(x)"}},
		{two("1", "1", "y", "x - 3"), []string{"limit(x) == inf", "increases(x)", "increases(y)"}},
		{two("1", "1", "y - x**2", "1 - y"), []string{"limit(x) == inf", "limit(y) == inf", "increases(y)", "increases(x)"}},
		// in finite time
		{two("1", "1", "x**2", "1"), []string{"limit(x) == inf", "increases(x + y)", "converges(y)", "always(x + y > 0)", "limit(x + y) == inf"}},
		{two("1", "1", "x*y", "x"), []string{"limit(x) == inf", "limit(y) == inf", "increases(x)", "always(x >= 1)"}},
		{two("1", "1", "exp(x)", "1/(1 + x**2)"), []string{"limit(x) == inf", "limit(y) == inf", "increases(y)", "converges(y)", "always(y >= 1)"}},
		{two("1", "1", "1 + x*y**2", "x"), []string{"limit(x) == inf", "increases(x)"}},
		{two("1", "2", "-1/x", "y"), []string{"limit(y + x) == inf", "decreases(x - y)", "always(x + y > 0)"}},
		{two("1", "1", "1/(y - 3)", "1"), []string{"limit(x) == -inf", "decreases(x)", "converges(x)", "always(x + y > -10)"}},
		// rests at the start, or moves away from it
		{two("0", "0", "x", "y + x"), []string{"limit(x) == inf", "limit(y) == inf", "increases(x)", "increases(y)", "limit(x + y) == inf"}},
		{two("between(0, 1)", "0", "x", "y + x"), []string{"limit(x) == inf", "limit(y) == inf", "increases(x)"}},
		{two("0", "0", "y", "x - x**3"), []string{"limit(x) == inf", "increases(x)"}},
		{two("0", "0", "y", "1 - x"), []string{"always(y >= 0)", "increases(x)", "limit(x) == inf", "always(y <= 0)"}},
		{two("0", "0", "y**2", "x - 1"), []string{"always(y == 0)", "always(x <= 0)", "converges(y)", "limit(y) == 0", "limit(y) == inf"}},
		{two("0", "0", "1", "x - 1"), []string{"always(y <= 0)", "limit(y) == -inf", "decreases(y)"}},
		// bounded, or without a limit
		{two("0", "1", "cos(y)", "1"), []string{"limit(x) == inf", "converges(x)", "increases(x)"}},
		{two("0", "1", "sin(y) + 1/2", "1"), []string{"limit(x) == -inf", "increases(x)"}},
		{two("0", "1", "y*(1 - x)", "-y/(1 + x**2)"), []string{"limit(x) == inf", "limit(x) == 1", "limit(y) == -1", "limit(y) == inf", "always(y < 1/2)"}},
		{two("0", "1", "(1 - x)/(1 + exp(y))", "(1 - y)/(1 + exp(x))"), []string{"limit(x) == inf", "limit(x + y) == inf", "limit(y) == inf", "limit(x) == 0", "decreases(x)", "limit(x - y) == -inf"}},
		{two("-1", "1", "x**2*y", "1/(1 + x**2)"), []string{"limit(x) == inf", "limit(x) == 1", "always(x < -1/2)"}},
		{two("0", "0", "tanh(y) - 1", "1"), []string{"limit(x) == -inf", "limit(x) == inf", "limit(-x) == inf"}},
		{two("0", "1", "abs(x)/(1 + y**2) + 1/y**2", "1"), []string{"limit(x) == -inf"}},
	} {
		if i%12 == 0 || *long.Tests {
			checks += neverSaid(t, c.flow, c.claims, theory.Proved)
		}
	}
	if *long.Tests && checks < 100 {
		t.Fatalf("%d checks", checks)
	}
}

// TestNeverRefuted: true statements near those.
func TestNeverRefuted(t *testing.T) {
	for _, c := range []struct {
		flow   string
		claims []string
	}{
		{"x = state('x', start=0)\ny = state('y', start=0)\ngradient_flow(logsumexp([x, y, 0]) - x, [x, y])\n", []string{"limit(x) == inf", "limit(x - y) == inf", "limit(y) == -inf", "increases(x)", "decreases(y)", "always(x >= 0)", "always(y <= 0)", "always(x - y >= 0)"}},
		{"x = state('x', start=0)\ny = state('y', start=1)\nflow(x, y)\nflow(y, -y)\n", []string{"converges(x)", "limit(x) == 1", "always(x <= 1)", "always(x < 1)", "increases(x)", "limit(x + y) == 1"}},
		{"x = state('x', start=0)\ny = state('y', start=1)\nflow(x, 1/(1 + y))\nflow(y, 1)\n", []string{"limit(x) == inf", "increases(x)"}},
		{"x = state('x', start=1)\ny = state('y', start=0)\nflow(x, y)\nflow(y, -x)\nclaim('q', conserved(x**2 + y**2))\n", []string{"always(x <= 1)", "always(x >= -1, y <= 1)", "always(x**2 + y**2 == 1)", "always(x*y <= 1/2)", "converges(x**2 + y**2)", "limit(x**2 + y**2) == 1"}},
		{"u = state('u', start=0)\nv = state('v', start=between(-1, 1))\nm = u + 2*v\nn = 2*u + v\ngradient_flow((log(1 + exp(-m)) + log(1 + exp(-n)))/2, [u, v])\n", []string{"limit(m) == inf", "limit(n) == inf", "limit(u + v) == inf", "limit(u) == inf", "limit(v) == inf", "always(u >= 0)", "increases(u)"}},
	} {
		neverSaid(t, c.flow, c.claims, theory.Refuted)
	}
}

// TestEscapes: what conserved quantities and boxes prove.
func TestEscapes(t *testing.T) {
	levels := "x = state('x', start=1)\ny = state('y', start=0)\nflow(x, y)\nflow(y, -x)\nclaim('q', conserved(x**2 + y**2))\nclaim('x', always(x <= 1, -1 <= y, x**2 + y**2 == 1))\n"
	layers := "u = state('u', start=between(1/4, 1/2))\nv = state('v', start=between(1, 3/2))\nflow(u, v*(1 - u*v))\nflow(v, u*(1 - u*v))\nclaim('q', conserved(v**2 - u**2))\nclaim('product', limit(u*v) == 1)\nclaim('v', always(v > 4/5))\nclaim('c', converges(v))\n"
	softmax := "x = state('x', start=0)\ny = state('y', start=0)\ngradient_flow(logsumexp([x, y, 0]) - x, [x, y])\nclaim('x', limit(x) == inf)\nclaim('gap', limit(x - y) == inf)\nclaim('up', increases(x))\nclaim('no', limit(x) == -inf, expect='refuted')\n"
	logistic := "u = state('u', start=0)\nv = state('v', start=between(-1, 1))\nm = u + 2*v\nn = 2*u + v\ngradient_flow((log(1 + exp(-m)) + log(1 + exp(-n)))/2, [u, v])\nclaim('m', limit(m) == inf)\nclaim('n', limit(n) == inf)\nclaim('sum', limit(u + v) == inf)\n"
	logarithm := "a = state('a', start=0)\nb = state('b', start=1/2)\nflow(b, b*(1 - b))\nflow(a, b/(1 + exp(a)))\nclaim('a', limit(a) == inf)\nclaim('b', always(b < 1))\n"
	for _, source := range []string{levels, layers, softmax, logistic, logarithm} {
		for id, r := range decided(t, source, Options{}) {
			if !r.Fine() {
				t.Errorf("%s%s: %v: %s", source, id, r.Verdict, r.Reason)
			}
		}
	}
}
