package check

import (
	"context"
	"fmt"
	"math/big"
	"os"
	"strings"
	"testing"

	"muflow/internal/long"
	"muflow/internal/script"
	"muflow/theory"
)

// decided runs a file and returns its results by name.
func decided(t *testing.T, source string, o Options) map[string]Result {
	t.Helper()
	th, err := script.Run("x.star", []byte("theory('x')\n"+source), script.Options{})
	if err != nil {
		t.Fatal(err)
	}
	report, err := Theory(context.Background(), th, o)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]Result{}
	for _, r := range report.Claims {
		out[r.ID] = r
	}
	return out
}

// TestIdentities: true ones are proved, false ones refuted at a point, and what
// the normal form does not decide is never proved.
func TestIdentities(t *testing.T) {
	source := "x = state('x')\ny = state('y')\np = param('p', 2, low=0)\nr = param('r', 2)\n"
	want := map[string]theory.Verdict{}
	for i, c := range []struct {
		statement string
		verdict   theory.Verdict
	}{
		{"(x + y)**2, x**2 + 2*x*y + y**2", theory.Proved},
		{"1/(1 - 1/(1 + x)), (1 + x)/x", theory.Proved},
		{"exp(x/2)**2, exp(x)", theory.Proved},
		{"exp(x/3)*exp(x/6), exp(x/2)", theory.Proved},
		{"exp(1/2)**2, exp(1)", theory.Proved},
		{"exp(p*x/sqrt(5))**5, exp(p*x*sqrt(5))", theory.Proved},
		{"sqrt(p)**2, p", theory.Proved},
		{"sqrt(2)*sqrt(3), sqrt(6)", theory.Proved},
		{"sin(x)**2 + cos(x)**2, 1", theory.Proved},
		{"tanh(x), (exp(x) - exp(-x))/(exp(x) + exp(-x))", theory.Proved},
		{"softmax([x, y])[0], 1/(1 + exp(y - x))", theory.Proved},
		{"abs(x)**2, x**2", theory.Proved},
		{"[x, y + 0*p], [x, y]", theory.Proved},
		{"atan(x) + atan(-x), 0", theory.Proved},
		{"(x**2 - y**2)/(x - y), x + y", theory.Proved},
		{"max(x, y) + min(x, y), x + y", theory.Proved},
		{"log(exp(x)*exp(y)), x + y", theory.Consistent},
		{"sin(2*x), 2*sin(x)*cos(x)", theory.Consistent},
		{"x, x + 1/10**60", theory.Refuted},
		{"x, x + 1/10**60*(y - y + 1)", theory.Refuted},
		{"sqrt(x**2), x", theory.Refuted},
		{"abs(r), r", theory.Refuted},
		{"abs(p), p", theory.Consistent},
		{"exp(x)*exp(y), exp(x + 2*y)", theory.Refuted},
		{"sqrt(x - x - 1), 1", theory.Undecided},
		{"1/(x - x), 1/(x - x)", theory.Undecided},
	} {
		id := fmt.Sprint(i, " ", c.statement)
		source += fmt.Sprintf("claim(%q, identity(%s))\n", id, c.statement)
		want[id] = c.verdict
	}
	got := decided(t, source, Options{})
	for id, verdict := range want {
		if got[id].Verdict != verdict {
			t.Errorf("%s: %v, want %v: %s", id, got[id].Verdict, verdict, got[id].Reason)
		}
	}
	if len(got) != len(want) || len(want) < 20 {
		t.Fatalf("%d of %d", len(got), len(want))
	}
}

func TestFlows(t *testing.T) {
	const source = `
a = param("a", 2)
x = state("x", start=1)
y = state("y", start=0)
flow(x, a*y)
flow(y, -a*x)
claim("energy", conserved(x**2 + y**2))
claim("no energy", conserved(x**2 + 2*y**2))
claim("angle", conserved(x*cos(a*t) - y*sin(a*t)))
oracle("cosine", x == cos(a*t))
oracle("wrong", x == cos(a*t) + 1/10**15)
u = state("u", start=between(1, 2))
w = state("w", shape=(2, 2))
loss = sum([sum([(w[i][0]*w[0][j] + w[i][1]*w[1][j] - (1 if i == j else 0))**2 for j in range(2)]) for i in range(2)])/8
gradient_flow(loss, w)
flow(u, u*(1 - u**2)/2)
claim("ansatz", reduces(w, [[u, 0], [0, u]], u))
claim("wrong ansatz", reduces(w, [[u, u], [0, u]], u))
claim("premise", when(a > 3, conserved(x)))
claim("planted premise", when(a > 3, conserved(x)), expect = "refuted")
claim("false under it", when(a >= 2, identity(a, a**2/2)))
claim("false at it", when(a == 2, identity(a*x, x)))
claim("premise holds", when(a == 2, conserved(x**2 + y**2)))
claim("of a start", when(u.start > 3/2, conserved(x)))
v = state("v")
claim("no flow", conserved(v))
oracle("no start", w[0][0] == 1)
oracle("square root", u == u.start*exp(t/2)/sqrt(1 + u.start**2*(exp(t) - 1)))
`
	got := decided(t, source, Options{Digits: 20, Until: big.NewRat(3, 1)})
	for id, verdict := range map[string]theory.Verdict{
		"energy": theory.Proved, "no energy": theory.Refuted, "angle": theory.Proved, "cosine": theory.Consistent, "wrong": theory.Refuted,
		"ansatz": theory.Proved, "wrong ansatz": theory.Refuted, "premise": theory.NotApplicable, "planted premise": theory.NotApplicable, "premise holds": theory.Proved,
		"false under it": theory.Refuted, "false at it": theory.Refuted,
		"of a start": theory.Undecided, "no flow": theory.Undecided, "no start": theory.Undecided, "square root": theory.Consistent,
	} {
		if r := got[id]; r.Verdict != verdict {
			t.Errorf("%s: %v, want %v: %s", id, r.Verdict, verdict, r.Reason)
		}
	}
	if r := got["planted premise"]; !r.Fine() {
		t.Errorf("%+v is not fine", r)
	}
	if r := got["wrong"]; len(r.Values) != 2 || !strings.Contains(r.Reason, "t = ") {
		t.Errorf("%+v", r)
	}
}

// TestSharedParts: what is short only as its parts are shared stays undecided, at once.
func TestSharedParts(t *testing.T) {
	got := decided(t, `
x = state("x", start=1)
y = x
for i in range(60):
    y = y*y + y
flow(x, -y)
claim("state", always(x > 0))
claim("formula", increases(y))
claim("set", invariant(x > 0))
claim("identity", identity(y, y + 1))
claim("conserved", conserved(y))
`, Options{})
	for _, id := range []string{"state", "formula", "set"} {
		if r := got[id]; r.Verdict != theory.Undecided || !strings.Contains(r.Reason, "200000 operations") {
			t.Errorf("%s: %v, %s", id, r.Verdict, r.Reason)
		}
	}
	for _, id := range []string{"identity", "conserved"} {
		if r := got[id]; r.Verdict != theory.Refuted {
			t.Errorf("%s: %v, %s", id, r.Verdict, r.Reason)
		}
	}
}

// TestShippedTheories: every claim of the files in theories ends as it expects,
// and a wrong right-hand side is noticed.
func TestShippedTheories(t *testing.T) {
	for name, mutants := range map[string][][2]string{
		"attention-merged": {
			{"flow(s, 2 *", "flow(s, 3 *"}, {"flow(s, 2 *", "flow(s, -2 *"}, {"1 - a * s))\n", "1 + a * s))\n"}, {"flow(s, 2 * sqrt(D)", "flow(s, 2 * D"},
			{"flow(s, 2 * sqrt(D) * s *", "flow(s, 2 * sqrt(D) *"}, {"1 - a * s))\n", "1 - s))\n"}, {"1 - a * s))\n", "1 - a * s**2))\n"},
			{"1 - a * s))\n", "1 - a * s) / N)\n"}, {"1 - a * s))\n", "2 - a * s))\n"}, {"1 - a * s))\n", "1 - a * s + s**3))\n"},
		},
		"modes": {
			{"flow(v, v**(n - 1)", "flow(v, 2 * v**(n - 1)"}, {"flow(v, v**(n - 1)", "flow(v, v**n"}, {"* (s - v**L))", "* (s + v**L))"}, {"* (s - v**L))", "* (s - v))"},
			{"product)**2 / 2, w)", "product)**2, w)"}, {"gradient_flow((s - product)", "gradient_flow((s + product)"}, {"else L * u**(n - 1)", "else u**(n - 1)"},
			{"else L * u**(n - 1)", "else L * u**n"}, {"else L * u**(n - 1) * (s - u))", "else L * u**(n - 1) * (s - 2*u))"}, {"start = exp(log(u0) / L)", "start = u0"},
		},
		"softmax": {
			{"- p*x - q*y", "+ p*x - q*y"}, {"- p*x - q*y", "- q*x - p*y"}, {"- p*x - q*y", "- p*x"}, {"decay/2 *", "decay *"}, {"decay/2 *", "-decay/2 *"},
			{"logsumexp([x, y, 0]) -", "2*logsumexp([x, y, 0]) -"}, {"logsumexp([x, y, 0]) -", "logsumexp([x, y]) -"}, {"(x**2 + y**2)", "(x**2 - y**2)"},
			{"gradient_flow(loss, [x, y])", "gradient_flow(loss, [x, y], rates = 2)"}, {"gradient_flow(loss, [x, y])", "gradient_flow(-loss, [x, y])"},
		},
	} {
		shipped(t, name, mutants)
	}
}

// shipped checks that every claim of a file in theories ends as it expects, and
// that wrong right-hand sides, texts in place of texts, are noticed.
func shipped(t *testing.T, name string, mutants [][2]string) {
	t.Helper()
	text, err := os.ReadFile("../../theories/" + name + ".star")
	if err != nil {
		t.Fatal(err)
	}
	if wrong := unexpected(t, string(text)); len(wrong) > 0 {
		t.Errorf("%s: %v", name, wrong)
	}
	if !*long.Tests {
		mutants = mutants[:2]
	}
	for _, m := range mutants {
		if !strings.Contains(string(text), m[0]) {
			t.Errorf("%s has no %q", name, m[0])
			continue
		}
		if wrong := unexpected(t, strings.Replace(string(text), m[0], m[1], 1)); len(wrong) == 0 {
			t.Errorf("%s: %q in place of %q is not noticed", name, m[1], m[0])
		}
	}
}

// unexpected lists what does not end as expected, closed forms first; one is
// enough.
func unexpected(t *testing.T, source string) (wrong []string) {
	t.Helper()
	th, err := script.Run("x.star", []byte(source), script.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return unexpectedOf(t, th)
}

func unexpectedOf(t *testing.T, th *script.Theory) (wrong []string) {
	t.Helper()
	var names []string
	for _, o := range th.Oracles {
		names = append(names, o.Name)
	}
	for _, c := range th.Claims {
		names = append(names, c.ID)
	}
	for _, name := range names {
		report, err := Theory(context.Background(), th, Options{Claims: []string{name}})
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range report.Claims {
			if !r.Fine() {
				return append(wrong, fmt.Sprintf("%s: %v, %s", r.ID, r.Verdict, r.Reason))
			}
		}
	}
	return nil
}

// TestDocumentedTheory runs the file that docs/theory-files.md shows.
func TestDocumentedTheory(t *testing.T) {
	page, err := os.ReadFile("../../docs/theory-files.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(page), "\n## A file\n")
	section, _, _ = strings.Cut(section, "\n## ")
	var lines []string
	for line := range strings.Lines(section) {
		if code, ok := strings.CutPrefix(line, "    "); ok && !strings.HasPrefix(code, "verify ") {
			lines = append(lines, code)
		} else if len(lines) > 0 && strings.TrimSpace(line) != "" {
			break // formulas follow
		}
	}
	if len(lines) < 8 {
		t.Fatalf("%d lines", len(lines))
	}
	if wrong := unexpected(t, strings.Join(lines, "")); len(wrong) > 0 {
		t.Error(wrong)
	}
}
