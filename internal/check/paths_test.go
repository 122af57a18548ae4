package check

import (
	"context"
	"fmt"
	"math/big"
	"os"
	"slices"
	"strings"
	"testing"

	"muflow/internal/long"
	"muflow/internal/script"
	"muflow/theory"
)

// TestSelection: the theories of next tokens, soft tokens and selected tokens.
func TestSelection(t *testing.T) {
	shipped(t, "alpine", [][2]string{
		{"flow(z, 2 *", "flow(z, 1 *"}, {"- logits[k]\nloss", "+ logits[k]\nloss"}, {"/ (K * (exp(z)", "/ ((exp(z)"}, {"(exp(z) + K)))", "(exp(z) - K)))"},
		{"mean([nll", "sum([nll"}, {"WM[i] + WV[j]\n", "WM[i] + WV[i]\n"}, {"WM[i] + WV[j]\n", "WM[i] - WV[j]\n"}, {"nll(i, i + 1, i + 1)", "nll(i, i + 1, i)"},
		{"flow(y, -(K + 1)", "flow(y, (K + 1)"}, {"/ K * y**3", "* y**3"}, {"y**3 /", "y**2 /"}, {"(1 + K * y**2))\nclaim", "(1 + y**2))\nclaim"},
		{"flow(d, 4 *", "flow(d, 2 *"}, {"(b / (b + c) - 1 /", "(c / (b + c) - 1 /"}, {"exp(-d))))", "exp(d))))"}, {"c * logits[1]) / (b + c), w)", "c * logits[1]), w)"},
	})
	shipped(t, "soft-token", [][2]string{
		{"w * tanh(w / 2)", "w * tanh(w)"}, {"(1 - q) * score(w)\n", "q * score(w)\n"}, {"w * tanh(w / 2)", "tanh(w / 2)"}, {"w * tanh(w / 2)", "w"},
		{"log(1 + exp(-score(w))) +", "log(1 + exp(score(w))) +"}, {"+ (1 - q) * score(w)\n", "- (1 - q) * score(w)\n"}, {"log(1 + exp(-score(w))) +", "2 * log(1 + exp(-score(w))) +"},
		{"q = 1 / (1 + exp(-score(a)))", "q = 1 / (1 + exp(-a))"}, {"gradient_flow(loss(n, q), n)", "gradient_flow(loss(n, q), n, rates = 2)"}, {"gradient_flow(loss(c, 1/4), c)", "gradient_flow(loss(c, 3/4), c)"},
		{"(1 - q) * h, h)", "(1 - q), h)"}, {"gradient_flow(loss(u, q), u)", "gradient_flow(-loss(u, q), u)"},
	})
	shipped(t, "token-selection", [][2]string{
		{"exp(z) + 2 + exp(-z)", "exp(z) + 1 + exp(-z)"}, {"flow(z, 1 /", "flow(z, 2 /"}, {"-chosen(dot(k, p))", "chosen(dot(k, p))"}, {"mean([-chosen", "sum([-chosen"},
		{"[1, -r]]", "[1, r]]"}, {"(s * (1 - s))**2", "s * (1 - s)"}, {"(1 + exp(chosen(m)))))", "(1 + exp(-chosen(m)))))"}, {"flow(m, 1 /", "flow(m, -1 /"},
		{"2*(1 - v)*y - v", "2*(1 - v)*y + v"}, {"2*(1 - v)*y - v", "(1 - v)*y - v"}, {"return y**2 *", "return y *"}, {"[g, 0, -g]", "[g, 0, g]"},
		{"exp(-chosen(dot(k, l)))", "exp(chosen(dot(k, l)))"},
	})
}

// TestSelectionNumbers: the flows at t = 1 and 4. By mpmath 1.3.0, with 30 digits:
// z of alpine from Lambert's function, z of token-selection by findroot on its
// closed form, the others by odefun on right-hand sides written there, those of
// jump and of y and low on all weights and on the logit.
func TestSelectionNumbers(t *testing.T) {
	for name, want := range map[string]map[string][2]string{
		"alpine":          {"z": {"0.84084149537837377889", "2.1608302162958323519"}, "jump(y)": {"", "0.42745005864680417469"}, "d": {"0.42305989162861265029", "0.67509807348828721961"}},
		"soft-token":      {"u": {"0.13750890689129425822", "0.34976362210773848726"}, "h": {"0.36223920555992473413", "0.86275681875911211274"}, "c": {"0.74141556318436750663", "0.32958047672267359221"}},
		"token-selection": {"z": {"0.24871393693985458582", "0.9300090347125650528"}, "m": {"0.093628797484284474549", "0.36285669907105504654"}, "y": {"1.1976243602198321655", "2.2919816134839027486"}, "low": {"0.24314951217465659663", "0.22227595959207569013"}},
	} {
		numbers(t, name, want)
	}
}

// numbers compares formulas along the flow of a file in theories, at t = 1 and 4,
// with numbers of 16 digits or more; one that is "" is left out.
func numbers(t *testing.T, name string, want map[string][2]string) {
	t.Helper()
	text, err := os.ReadFile("../../theories/" + name + ".star")
	if err != nil {
		t.Fatal(err)
	}
	source := string(text)
	for x := range want {
		source += fmt.Sprintf("observe(\"number %s\", %s)\n", x, x)
	}
	th, err := script.Run(name, []byte(source), script.Options{})
	if err != nil {
		t.Fatal(err)
	}
	th.Claims, th.Oracles = nil, nil
	report, err := Theory(context.Background(), th, Options{Digits: 18})
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, o := range report.Observations {
		x, ours := strings.CutPrefix(o.Name, "number ")
		at := map[string]int{"1": 0, "4": 1}
		i, ok := at[o.Time]
		if !ours || !ok || want[x][i] == "" {
			continue
		}
		seen++
		if o.Number == nil {
			t.Errorf("%s: %s at %s: %s", name, x, o.Time, o.Reason)
			continue
		}
		number := func(text string) *big.Rat {
			q, ok := new(big.Rat).SetString(text)
			if !ok {
				t.Fatalf("%q", text)
			}
			return q
		}
		ulp := big.NewRat(1, 1_000_000_000_000_000_000) // more than the last digit of mpmath's
		low, high, exact := number(o.Number.Lo), number(o.Number.Hi), number(want[x][i])
		if low.Sub(low, ulp).Cmp(exact) > 0 || high.Add(high, ulp).Cmp(exact) < 0 || new(big.Rat).Sub(high, low).Cmp(big.NewRat(1, 100_000_000_000_000)) > 0 {
			t.Errorf("%s: %s at %s is [%s, %s], want %s", name, x, o.Time, o.Number.Lo, o.Number.Hi, want[x][i])
		}
	}
	if seen < 2*len(want)-1 {
		t.Errorf("%s: %d numbers", name, seen)
	}
}

// TestExamplesOfStatements: what the reference shows of statements is true.
func TestExamplesOfStatements(t *testing.T) {
	source := "p = param('p', 2)\nx = state('x', start=1)\ny = state('y', start=1)\nw = state('w', start=1, shape=2)\nflow(x, -x)\nflow(y, -y)\nflow(w, -w)\n"
	kinds := []string{script.Always, script.Limit, script.Converges, script.Increases, script.Decreases, script.Conserved, script.Identity, script.UniqueEquilibrium, script.Invariant, script.Reduces, script.When}
	seen := 0
	for _, word := range script.Vocabulary {
		switch {
		case slices.Contains(kinds, word.Name):
			source += fmt.Sprintf("claim(%q, %s)\n", word.Name, word.Example())
			seen++
		case word.Name == "oracle" || word.Name == "claim":
			source += word.Example() + "\n"
		}
	}
	for id, r := range decided(t, source, Options{}) {
		if !r.Fine() {
			t.Errorf("%s: %v, %s", id, r.Verdict, r.Reason)
		}
	}
	if seen != len(kinds) {
		t.Errorf("%d statements", seen)
	}
}

// TestYourTheory: softmax regression in two unknowns in at most 20 lines, written
// from docs/your-theory.md alone, is proved to settle at its optimum from a box of
// starts; the files of that page end as they expect.
func TestYourTheory(t *testing.T) {
	text, err := os.ReadFile("testdata/softmax.star")
	if err != nil {
		t.Fatal(err)
	}
	if lines := strings.Count(string(text), "\n"); lines > 20 {
		t.Errorf("%d lines", lines)
	}
	th, err := script.Run("softmax.star", text, script.Options{})
	if err != nil {
		t.Fatal(err)
	}
	report, err := Theory(context.Background(), th, Options{})
	if err != nil {
		t.Fatal(err)
	}
	proved := 0
	for _, r := range report.Claims {
		if r.Verdict == theory.Proved {
			proved++
		}
		if !r.Fine() {
			t.Errorf("%s: %v, %s", r.ID, r.Verdict, r.Reason)
		}
	}
	if proved != 5 {
		t.Errorf("%d of 5 claims are proved", proved)
	}
	names := []string{"flow"}
	if *long.Tests {
		names = append(names, "loss", "phase", "decay", "guess")
	}
	for _, name := range names {
		text, err := os.ReadFile("../../docs/phase/" + name + ".star")
		if err != nil {
			t.Fatal(err)
		}
		if wrong := unexpected(t, string(text)); len(wrong) > 0 {
			t.Errorf("%s: %v", name, wrong)
		}
	}
}
