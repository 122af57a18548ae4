package script

import (
	"bufio"
	"encoding/json"
	"errors"
	"math/big"
	"os"
	"strings"
	"testing"

	"muflow/internal/strict"
	"muflow/ode"
)

func mustRun(t *testing.T, source string) *Theory {
	t.Helper()
	theory, err := Run("x.star", []byte("theory('x')\n"+source), Options{})
	if err != nil {
		t.Fatal(err)
	}
	return theory
}

// TestFormulas: what a file writes is what Python's precedence says, exactly.
func TestFormulas(t *testing.T) {
	checks := 0
	for source, want := range map[string]string{
		"1/3": "1/3", "0.1": "1/10", "1e-3": "1/1000", "4/2": "2", "2**10": "1024", "2**-1": "1/2", "-2**2": "-4", "(-2)**2": "4",
		"2**3**2": "512", "2*3**2": "18", "-x**2": "-x**2", "x**2*3": "x**2*3", "2**-2*x": "1/4*x", "6/x**2/3": "6/x**2/3",
		"x - (x - 1)": "x - (x - 1)", "x + x - 1": "x + x - 1", "-(x + 1)": "-(x + 1)", "exp(x)**2": "exp(x)**2", "0.5*x": "1/2*x",
		"7//2": "3", "7 % 3": "1", "abs(-1/3)": "1/3", "max(1/2, 1/3)": "1/2", "min([3, 2, 5])": "2", "sqrt(4/9)": "2/3", "sum([x, 1/2, 1/2])": "x + 1/2 + 1/2",
		"dot([1, 2], [x, x])": "x + 2*x", "mean([x, 3])": "(x + 3)/2", "softmax([x, 0])[1]": "1/(exp(x) + 1)", "logsumexp([0, x])": "log(1 + exp(x))",
		"1.": "1", ".5": "1/2", "1_": "", "+x": "x", "x if 1 < 2 else 0": "x", "[i*x for i in range(3) if 0 < i <= 1][0]": "x",
		"(x)**2": "x**2", "[x][0]**2": "x**2", "exp(2)**-x": "", "x**(1/2)": "", "1 if not 2 < 1 else 0": "1", "x.start": "1/4", "-x.start**2": "-1/16",
		"len(\"a**b < c\")": "8", "3 - 2 - 1": "0", "2 ** 2 ** 0 * x ** 2": "2*x**2", "-2 ** -2": "-1/4", "1 < 2 and 3 or 4": "3",
	} {
		theory, err := Run("x.star", []byte("theory('x')\nx = state('x', start=1/4)\nobserve('o', "+source+")\n"), Options{})
		if want == "" {
			if err == nil {
				t.Errorf("%s: no error", source)
			}
			checks++
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", source, err)
			continue
		}
		if got := Text(theory.Observables[0].X, theory.Symbols); got != want {
			t.Errorf("%s is %s, want %s", source, got, want)
		}
		checks++
	}
	if checks < 40 {
		t.Fatalf("%d checks ran", checks)
	}
}

// TestMistakes: every mistake is named with its line and column.
func TestMistakes(t *testing.T) {
	for source, want := range map[string]string{
		"x = state('x')\nif x < 1:\n  pass":        "x.star:3:6: a relation of symbols",
		"y = 1 +":                                  "x.star:2:8: ",
		"x = state('x')\nflow(x, y)":               "x.star:3:9: undefined: y",
		"load('a', 'b')":                           "x.star:2:1: load is not",
		"while True:\n  pass":                      "x.star:2:1: while is not",
		"print(1)":                                 "x.star:2:1: print is not in the language",
		"x = 1 << 3":                               "x.star:2:7: << is not",
		"x = [1]\nx.extend(x)":                     "x.star:3:2: nothing has .extend",
		"x = 1/0":                                  "x.star:2:6: a division by 0",
		"x = state('x')\nx = state('x')":           "x.star:3:5: a second symbol",
		"x = param('x', 1, low=1/2, integer=True)": "x.star:2:5: x is an integer from 1/2 to anything, expected integers",
		"x = param('t', 1)":                        `x.star:2:5: a second symbol "t"`,
		"x = state('x', shape=2)\ny = param('x[0]', 1)":                                           `x.star:3:5: a second symbol "x[0]"`,
		"y = param('x[1]', 1)\nx = state('x', shape=2)":                                           `x.star:3:5: a second symbol "x[1]"`,
		"x = state('x', shape=2)\ny = param('x', 1)":                                              `x.star:3:5: a second symbol "x"`,
		"x = state('x', start=between(0, 1))\ny = param('x.start', 1)":                            `x.star:3:5: a second symbol "x.start"`,
		"x = state('x')\nclaim('a', identity(x, x))\noracle('a', x == t)":                         `x.star:4:1: a second claim or oracle "a"`,
		"x = state('x', shape=2)\noracle('a', x == [t, t])\noracle('a[1]', t == 1)":               `x.star:4:1: a second claim or oracle "a[1]"`,
		"x = param('\x1b[2J', 1)":                                                                 "x.star:2:5: symbol with a character",
		"oracle('', t == 1)":                                                                      "x.star:2:1: oracle with a name of 1",
		"for i in range(10**12):\n  pass":                                                         "x.star:2:10: range",
		"x = 'a' * 10**9":                                                                         "x.star:2:9: ",
		"x = [0] * 10**9":                                                                         "x.star:2:9: a list of more",
		"x = 3\nfor i in range(100):\n  x = x*x":                                                  "x.star:4:8: a number of more",
		"x = [0]\nfor i in range(100):\n  x += x":                                                 "x.star:4:5: the budget",
		"x = 'ab'\nfor i in range(100):\n  x = x + x":                                             "x.star:4:9: the budget",
		"x = 'ab'\nfor i in range(100):\n  x = '%s%s' % (x, x)":                                   "x.star:4:14: the budget",
		"x = state('x')\ny = x\nfor i in range(3000):\n  y = exp(y)":                              "x.star:5:7: a formula of more than 2000 operations within each other",
		"x = state('x')\ny = x\nfor i in range(3000):\n  y = y + x":                               "x.star:5:9: a formula of more than 2000",
		"x = state('x')\nm = mean([x*i for i in range(9000)])\nfor i in range(900):\n  m = m + 1": "x.star:5:9: the budget",
		"x = vector([1])\ny = x.start":                                                            "x.star:3:6: not a vector of states",
		"x = state('x')\ny = reduces(x, 2*x, x)":                                                  "x.star:3:5: x is a full and a reduced state",
		"x = state('x')\ngradient_flow(x**2, x, rates=[])":                                        "x.star:3:1: 0 rates for 1 states",
		"x = state('x')\ngradient_flow(x**2, x, rates=[1, 2])":                                    "x.star:3:1: 2 rates for 1 states",
		"x = state('x')\ngradient_flow(x**2, [])":                                                 "x.star:3:1: a gradient with respect to nothing",
		"flow([], [])":                 "x.star:2:1: what flows is nothing",
		"reduces([], [], [])":          "x.star:2:1: the full flow is nothing",
		"x = state('x')\ntrain(x, [])": "x.star:3:1: a gradient with respect to nothing, expected a state",
		// numbers of thousands of bits
		"b = 2**999\nfor i in range(4):\n  b = b*b\nl = [b + i for i in range(90000)]":                                               "x.star:5:8: the budget",
		"b = (2/3)**999\nfor i in range(3):\n  b = b*b\ndef f():\n  for i in range(90000):\n    c = b/7\nf()":                        "x.star:7:10: the budget",
		"b = 3**999\nfor i in range(3):\n  b = b*b\ndef f():\n  for i in range(90000):\n    c = b % 7\nf()":                          "x.star:7:11: the budget",
		"b = (2/3)**999\nfor i in range(3):\n  b = b*b\nc = 1/b\ndef f():\n  for i in range(90000):\n    d = 1 if b < c else 2\nf()": "x.star:8:16: the budget",
		"b = 3**999\nfor i in range(3):\n  b = b*b\ndef f():\n  for i in range(90000):\n    c = str(b)\nf()":                         "x.star:7:9: the budget",
		"x = 0\nfor i in range(90000):\n  for j in range(90000):\n    x=1":                                                           "budget",
		"x = state('x')\nclaim('a', x < 1)":       "x.star:3:1: a claim of a value of type relation, expected always(…)",
		"x = state('x', start=between(2, 1))":     "x.star:2:22: ",
		"x = state('x')\nx.foo":                   "x.star:3:2: nothing has .foo",
		"def f(x):\n  return f(x)\nf(1)":          "f called recursively",
		"x = data[0]":                             "x.star:2:5: the theory is about data",
		"x = param('x', 5, low=6)":                "x.star:2:5: x = 5 is outside",
		"fail('no such thing')":                   "x.star:2:1: no such thing",
		"x = 1 | 2":                               "x.star:2:7: | is no operator",
		"x = " + strings.Repeat("(", 200):         "x.star:2:105: more than 100 brackets",
		"x = " + strings.Repeat("-", 200) + "1":   "x.star:2:106: more than 100 signs",
		"t1 = (1, (2, 3))":                        "x.star:2:7: a tuple within",
		"x = {}\nx[[1]] = 2":                      "unhashable",
		"x = 1e99999":                             "invalid float literal",
		"x = 1e9999":                              "invalid float literal",
		"f = lambda *a: 1":                        "x.star:2:12: *args",
		"x = state('x')\nflow(x, -x)\nflow(x, x)": "x.star:4:1: a second flow of x",
		"x = state('x', shape=(1000, 1000))":      "x.star:2:5: the shape of x",
		"limit(1) == 2 == 3":                      "limit in a chain",
		"claim('a', identity(1, [1, 2]))":         "x.star:2:12: an identity of 1 and of 2",
	} {
		_, err := Run("x.star", []byte("theory('x')\n"+source+"\n"), Options{})
		var mistake *Error
		if err == nil || !errors.As(err, &mistake) || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", source, err, want)
		}
	}
	for _, name := range []string{"a\\n\\\\input{b}", "a\\x1b[2J", "\u202e", "\u0085"} { // in the first line of --emit latex, on the terminal
		if _, err := Run("x.star", []byte("theory('x', source='"+name+"')"), Options{}); err == nil || !strings.Contains(err.Error(), "cannot be printed") {
			t.Errorf("%q: %v", name, err)
		}
	}
	if _, err := Run("x.star", nil, Options{}); err == nil || err.Error() != "x.star: no theory(…), expected one with a name" {
		t.Error(err)
	}
	if _, err := Run("x.star", []byte("theory('x')"), Options{Set: map[string]Setting{"y": {}}}); err == nil || err.Error() != `x.star: no parameter "y" to set` {
		t.Error(err)
	}
}

// TestLineEnds: a file means the same whatever ends its lines, and mistakes are in
// the same lines.
func TestLineEnds(t *testing.T) {
	const source = "theory('x')\nx = \"\"\"a\nb\\\nc\"\"\" + 'd\\\ne'; y = 2**3 # <\nobserve(x, y \\\n + 2**2)\n"
	for _, end := range []string{"\n", "\r\n", "\r"} {
		_, err := Run("x.star", []byte(strings.ReplaceAll(source, "\n", end)), Options{})
		if err == nil {
			t.Fatalf("%q: a name with a line end", end)
		}
		if want := "x.star:6:1: "; !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q: %v, want %s", end, err, want)
		}
		theory, err := Run("x.star", []byte(strings.ReplaceAll(strings.Replace(source, "observe(x", "observe('x'", 1), "\n", end)), Options{})
		if err != nil {
			t.Fatalf("%q: %v", end, err)
		}
		if got := Text(theory.Observables[0].X, theory.Symbols); got != "12" {
			t.Errorf("%q: %s", end, got)
		}
	}
}

func TestTheory(t *testing.T) {
	source, err := os.ReadFile("../../theories/attention-merged.star")
	if err != nil {
		t.Fatal(err)
	}
	theory, err := Run("a.star", source, Options{Set: map[string]Setting{"D": {big.NewRat(9, 1), big.NewRat(9, 1)}}})
	if err != nil {
		t.Fatal(err)
	}
	if len(theory.States) != 1 || len(theory.Claims) < 5 || len(theory.Oracles) != 1 || theory.Symbols[1].Low.RatString() != "9" {
		t.Fatalf("%+v", theory)
	}
	if got := Text(theory.States[0].Rate, theory.Symbols); got != "2*sqrt(D)*s*(1 - (1 + (1 + D)/N)*s)" {
		t.Fatal(got)
	}
}

// TestLongSums: they are not as deep as long, and have every term once.
func TestLongSums(t *testing.T) {
	theory := mustRun(t, "x = state('x')\nobserve('sum', sum([x*i for i in range(9001)]))\nobserve('logsumexp', logsumexp([i - i*x for i in range(9001)]))\nobserve('dot', dot([x]*4001, range(4001)))")
	for i, want := range []*ode.Expr{ode.Integer(9001 * 9000 / 2), ode.Integer(9001).Log(), ode.Integer(4001 * 4000 / 2)} { // at x = 1
		x := theory.Observables[i].X.Substitute([]*ode.Expr{nil, ode.Integer(1)})
		gap, err := ode.Evaluate(x.Sub(want), nil, 64)
		if err != nil || !gap.Contains(new(big.Rat)) || gap.Radius().Cmp(big.NewFloat(1e-9)) > 0 {
			t.Errorf("%d: off by %v, %v", i, gap, err)
		}
	}
}

func TestVectorsAndGradients(t *testing.T) {
	theory := mustRun(t, `
w = state("w", shape=2, start=[1/2, between(0, 1)])
loss = mean([(w[0] - 1)**2, (w[1] - 1)**2]) if False else mean([(w[i] - i)**2 for i in range(2)])
gradient_flow(loss, w, rates=3)
train(loss, w, batch=1)
v = 2*w + [1, 2]
observe("v", v[1])
observe("start", w.start[1] + w[0].start)
claim("chain", always(0 <= w[0] <= 1, w >= 0))
`)
	if len(theory.States) != 2 || len(theory.Trainings[0].Terms) != 2 {
		t.Fatalf("%+v", theory)
	}
	if got := len(theory.Claims[0].Statement.Relations); got != 4 {
		t.Fatalf("%d relations", got)
	}
	for i, want := range []string{"2*w[1] + 2", "w[1].start + 1/2"} {
		if got := Text(theory.Observables[i].X, theory.Symbols); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
	for i, s := range theory.States { // −3·(w_i − i)
		at := make([]*ode.Expr, len(theory.Symbols))
		at[theory.States[i].Symbol] = ode.Integer(5)
		value, err := ode.Evaluate(s.Rate.Substitute(at), nil, 64)
		if err != nil || !value.Contains(big.NewRat(int64(-3*(5-i)), 1)) {
			t.Errorf("%v, %v", value, err)
		}
	}
}

// TestExamples: every function has an example in the reference, which uses it and
// which runs.
func TestExamples(t *testing.T) {
	for _, w := range Vocabulary {
		source := "theory('x')\n"
		if w.Name == "theory" {
			source = ""
		}
		_, err := Run("x.star", []byte(source+"p = param('p', 2)\nx = state('x', start=1)\ny = state('y', start=1)\nz = state('z', start=1/2)\nw = state('w', start=1, shape=2)\n"+w.Example()+"\n"), Options{})
		if !strings.Contains(w.Example(), w.Name+"(") || (err == nil) != (w.Name != "fail") {
			t.Errorf("%s, example %s: %v", w.Name, w.Example(), err)
		}
	}
	if len(examples) != len(Vocabulary) {
		t.Errorf("%d examples of %d functions", len(examples), len(Vocabulary))
	}
}

func TestData(t *testing.T) {
	decoder := json.NewDecoder(strings.NewReader(`{"edges": [[0, 1], [1, 2]], "weight": 0.25, "name": "a"}`))
	decoder.UseNumber()
	var data any
	if err := decoder.Decode(&data); err != nil {
		t.Fatal(err)
	}
	theory, err := Run("x.star", []byte(`
theory(data["name"])
n = 0
for a, b in data["edges"]:
    n += b
observe("n", n * data["weight"])
`), Options{Data: data, HasData: true})
	if err != nil {
		t.Fatal(err)
	}
	if got := Text(theory.Observables[0].X, theory.Symbols); got != "3/4" || theory.Name != "a" {
		t.Fatal(got)
	}
}

// TestManyValues: every value counts, those within others too.
func TestManyValues(t *testing.T) {
	for text, values := range map[string]int{"[0]": 2, "[0,[],{}]": 4, `[[[1],[2]],{"a":[null]}]`: 9} {
		for _, less := range []int{0, 1} {
			s := strict.NewScanner(bufio.NewReader(strings.NewReader(text)))
			if _, err := readArray(s, values-less); (err == errManyValues) != (less > 0) {
				t.Errorf("%s, %d values: %v", text, values-less, err)
			}
		}
	}
}

func FuzzRun(f *testing.F) {
	for _, seed := range []string{
		"theory('x')\nx = state('x', start=1/4, shape=(2, 2))\nflow(x, -x**2)\nclaim('a', always(0 < x[0][0] < 1))",
		"a = [i for i in range(9) if i % 2 == 0][1:]\nfor i, b in enumerate(a):\n  a[0] += b\n",
		"def f(x, y=2): return -x**-y if x <= 3 else (x, y)\nf(1)\nd = {(1, 2): 'a'}\nprint(d.get((1, 2)))",
		"x = 'a' * 3 ** 9 # ** <\n\"\"\" ** < \"\"\"\nx = r'\\' < b'' == '\\'' != \"**\"", "1 ** 2 < 3 <= -4 ** -5 in [6] not in 7 // 8",
		"p = param('p', between(1, 2))\ntrain(mean([p, p]), p)\nwhen(p < 3, conserved(p))\nlimit(p) == -inf", "x, (y, [z, w]) = 1, (2, [3, 4])",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, source string) {
		theory, err := Run("x.star", []byte(source), Options{})
		var mistake *Error
		if err != nil && !errors.As(err, &mistake) {
			t.Fatalf("an error without a place: %v", err)
		}
		if err == nil {
			for _, o := range theory.Observables {
				_ = Text(o.X, theory.Symbols)
			}
			if text := LaTeX(theory); strings.Count(text, "{") != strings.Count(text, "}") {
				t.Fatalf("braces: %s", text)
			}
		}
	})
}

// TestPrinting pins both styles where brackets, signs and fractions meet.
func TestPrinting(t *testing.T) {
	for source, want := range map[string][2]string{
		"-(x + 1)*(x - -2)":          {"-(x + 1)*(x - -2)", `-\left(x + 1\right) \cdot \left(x - -2\right)`},
		"x - (x - (x + 1))":          {"x - (x - (x + 1))", `x - \left(x - \left(x + 1\right)\right)`},
		"x + (x + 1)":                {"x + x + 1", `x + \left(x + 1\right)`},
		"x*(x*2)/(x/3)":              {"x*x*2/(x/3)", `\frac{x \cdot \left(x \cdot 2\right)}{\frac{x}{3}}`},
		"(-1/2)*x - 1/3*(x/y_1)":     {"-1/2*x - 1/3*x/y_1", `-\tfrac{1}{2} \cdot x - \tfrac{1}{3} \cdot \frac{x}{y_{1}}`},
		"(x/2)**3*(-x)**2*exp(x)**2": {"(x/2)**3*(-x)**2*exp(x)**2", `{\left(\frac{x}{2}\right)}^{3} \cdot {\left(-x\right)}^{2} \cdot {\exp\left(x\right)}^{2}`},
		"(x**2)**3/(2*x**-1)":        {"(x**2)**3/(2*x**-1)", `\frac{{\left({x}^{2}\right)}^{3}}{2 \cdot {x}^{-1}}`},
		"sqrt(x)*abs(-x)*atan(x**2)": {"sqrt(x)*abs(-x)*atan(x**2)", `\sqrt{x} \cdot \left|-x\right| \cdot \arctan\left({x}^{2}\right)`},
		"w[1]*w[0].start*alpha":      {"w[1]*w[0].start*alpha", `w_{1} \cdot w_{0}(0) \cdot \alpha`},
	} {
		theory := mustRun(t, "x = state('x')\ny_1 = state('y_1')\nalpha = param('alpha', 1)\nw = state('w', shape=2, start=between(0, 1))\nobserve('o', "+source+")")
		x := theory.Observables[0].X
		if got := [2]string{Text(x, theory.Symbols), latexStyle.write(x, theory.Symbols)}; got != want {
			t.Errorf("%s: %q", source, got)
		}
	}
}
