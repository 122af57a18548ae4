package descend

import (
	"context"
	"math"
	"os"
	"strings"
	"testing"

	"muflow/internal/long"
	"muflow/internal/script"
	"muflow/theory"
)

// trained runs the trainings of a file.
func trained(t *testing.T, source string, o Options) []Result {
	t.Helper()
	th, err := script.Run("x.star", []byte(source), script.Options{})
	if err != nil {
		t.Fatal(err)
	}
	results, err := Theory(context.Background(), th, o)
	if err != nil {
		t.Fatal(err)
	}
	return results
}

// shipped reads a theory of the project.
func shipped(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile("../../theories/" + name + ".star")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// noticed reports whether some training refutes the flows of a file, and whether
// one does by its bound or its band alone, without the second enclosure.
func noticed(results []Result) (refuted, byTraining bool) {
	for _, r := range results {
		refuted = refuted || r.Verdict == theory.Refuted || r.Verdict == theory.Inconsistent
		for _, c := range r.Comparisons {
			for _, p := range c.Points {
				byTraining = byTraining || p.Bound != nil && math.Abs(*p.Difference) > *p.Bound
			}
		}
	}
	return refuted, byTraining
}

// TestWrongRightHandSides: the trainings of shipped theories are consistent, and
// with a wrong right-hand side refuted. A change that the loss of the training
// shares is no wrong flow of it, and is not noticed.
func TestWrongRightHandSides(t *testing.T) {
	const unnoticed = "shared by the loss that is trained"
	for name, mutants := range map[string][][3]string{
		"modes": {
			{"flow(v, v**(n - 1)", "flow(v, 2 * v**(n - 1)"}, {"flow(v, v**(n - 1)", "flow(v, v**n"}, {"* (s - v**L))", "* (s + v**L))"}, {"* (s - v**L))", "* (s - v))"},
			{"product)**2 / 2, w)", "product)**2, w)"}, {"gradient_flow((s - product)", "gradient_flow((s + product)"}, {"else L * u**(n - 1)", "else u**(n - 1)"},
			{"else L * u**(n - 1)", "else L * u**n"}, {"else L * u**(n - 1) * (s - u))", "else L * u**(n - 1) * (s - 2*u))"}, {"start = exp(log(u0) / L)", "start = u0"},
		},
		"softmax": {
			{"- p*x - q*y", "+ p*x - q*y"}, {"- p*x - q*y", "- q*x - p*y"}, {"- p*x - q*y", "- p*x"},
			{"loss = logsumexp([x, y, 0]) - p*x - q*y + decay/2", "loss = logsumexp([x, y, 0]) - p*x - q*y + decay"},
			{"loss = logsumexp([x, y, 0]) - p*x - q*y + decay/2", "loss = logsumexp([x, y, 0]) - p*x - q*y - decay/2"},
			{"loss = logsumexp([x, y, 0])", "loss = 2*logsumexp([x, y, 0])"}, {"loss = logsumexp([x, y, 0])", "loss = logsumexp([x, y])"},
			{"decay/2 * (x**2 + y**2)\ngradient", "decay/2 * (x**2 - y**2)\ngradient"},
			{"gradient_flow(loss, [x, y])", "gradient_flow(loss, [x, y], rates = 2)"}, {"gradient_flow(loss, [x, y])", "gradient_flow(-loss, [x, y])"},
			{"logsumexp([x, y, 0])", "logsumexp([x, y])", unnoticed},
		},
		"token-selection": {
			{"gradient_flow(loss, p)", "gradient_flow(-loss, p)"}, {"gradient_flow(loss, p)", "gradient_flow(loss, p, rates = 2)"},
			{"gradient_flow(loss, p)", "gradient_flow(sum([-chosen(dot(k, p)) for k in keys]), p)"}, {"flow(z, 1 / (exp(z) + 2", "flow(z, 1 / (exp(z) + 1"},
			{"flow(z, 1 / (exp(z) + 2", "flow(z, -1 / (exp(z) + 2"}, {"flow(z, 1 / (exp(z) + 2", "flow(z, 9/10 / (exp(z) + 2"}, {"flow(z, 1 / (exp(z) + 2 +", "flow(z, 1 / (exp(z) + 2 -"},
			{"flow(z, 1 /", "flow(z, (1 + z/10) /"}, {"gradient_flow(loss, p)", "gradient_flow(loss, p, rates = 21/20)"},
			{"gradient_flow(loss, p)", "gradient_flow(-chosen(dot(keys[0], p)), p)"},
		},
	} {
		text := shipped(t, name)
		if name == "token-selection" { // p[0] has no noise of first order
			text = selection(t, "rate = 1/10, steps = 50, batch = 1")
		}
		for _, r := range trained(t, text, Options{}) {
			if r.Verdict != theory.Consistent {
				t.Errorf("%s: %v, %s", name, r.Verdict, r.Reason)
			}
		}
		if !*long.Tests {
			least := 1
			if mutants[len(mutants)-1][2] != "" {
				least = 2
			}
			mutants = mutants[len(mutants)-least:]
		}
		for _, m := range mutants {
			if !strings.Contains(text, m[0]) {
				t.Errorf("%s has no %q", name, m[0])
				continue
			}
			results := trained(t, strings.ReplaceAll(text, m[0], m[1]), Options{})
			refuted, byTraining := noticed(results)
			t.Logf("%s, %q: refuted %t, by the training alone %t: %s", name, m[1], refuted, byTraining, results[0].Reason)
			if want := m[2] == ""; refuted != want || byTraining != want {
				t.Errorf("%s, %q in place of %q: refuted %t, by the training alone %t", name, m[1], m[0], refuted, byTraining)
			}
		}
	}
}

// TestWrongTheorem: of the flows of coconut.star on a graph of ProsQA, written by
// hand in y = exp(gain*mu), each wrong one fails its training, by its bound alone.
func TestWrongTheorem(t *testing.T) {
	if !*long.Tests {
		t.Skip("-long")
	}
	file, err := os.Open("../../../shared/data/prosqa_valid.json.gz")
	if err != nil {
		t.Skip(err)
	}
	defer file.Close()
	data, err := script.ReadData(file, 1<<30)
	if err != nil {
		t.Fatal(err)
	}
	text := shipped(t, "coconut")
	for i, m := range [][2]string{
		{"", ""},
		{"flow(y, kappa * y", "flow(y, 2 * kappa * y"}, {"(target - first(y)", "(target + first(y)"}, {"alpha**2 / (n * K)", "alpha**2 / K"},
		{"flow(z, kappa * z * outside", "flow(z, kappa * z"}, {"(total(z) - outside) * total(z)", "total(z) * total(z)"},
		{`y = state("y%d" % c, start = 1)`, `y = state("y%d" % c, start = 2)`}, {"outside * first(z)", "outside * total(z)"},
		{"flow(z, kappa", "flow(z, -kappa"}, {"first(y) / total(y)", "first(y) / total(1)"}, {"flow(y, kappa * y *", "flow(y, kappa *"},
	} {
		if !strings.Contains(text, m[0]) {
			t.Errorf("no %q", m[0])
			continue
		}
		th, err := script.Run("x.star", []byte(strings.Replace(text, m[0], m[1], 1)), script.Options{Data: data[3], HasData: true})
		if err != nil {
			t.Fatal(err)
		}
		results, err := Theory(context.Background(), th, Options{Looks: 3})
		if err != nil {
			t.Fatal(err)
		}
		if refuted, byTraining := noticed(results); refuted != (i > 0) || byTraining != (i > 0) {
			t.Errorf("%q in place of %q: refuted %t, by the training alone %t", m[1], m[0], refuted, byTraining)
		}
	}
}
