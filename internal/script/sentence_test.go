package script

import (
	"math/big"
	"strings"
	"testing"

	"muflow/ode"
)

// TestSentences: they are read as they are written, powers in both ways.
func TestSentences(t *testing.T) {
	names := []string{"x", "y", "limit", "t"}
	var symbols []Symbol
	for _, name := range names {
		symbols = append(symbols, Symbol{Name: name})
	}
	for text, want := range map[string]string{
		"x^2 < -y**2":               "x**2 < 0 - y**2",
		" 2*x^-1*y >= 1/3":          "2*x**-1*y >= 1/3",
		"0*x + 0 == 1*y":            "0*x + 0 == 1*y",
		"limit != t":                "limit != t",
		"1 < 2 <= x":                "1 < 2 ; 2 <= x",
		"abs(x) <= sum([y, y])":     "abs(x) <= 0 + y + y",
		"[i*x for i in [2]][0] > 1": "2*x > 1",
		"-2^2 == 2^3^2":             "-4 == 512",
	} {
		parts, err := Sentence(text, names)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		var got []string
		for _, p := range parts {
			got = append(got, Text(p.Left, symbols)+" "+p.Sign+" "+Text(p.Right, symbols))
		}
		if strings.Join(got, " ; ") != want {
			t.Errorf("%s is read as %s, expected %s", text, strings.Join(got, " ; "), want)
		}
	}
	for text, want := range map[string]string{
		" x < z": `line 1, column 6: "z" is not a known number`, "claim('a', x < 1)": `line 1, column 1: "claim" is not`, "x": "line 1, column 1: expected a comparison",
		"x < 1 and y < 1": "line 1, column 3: a relation of symbols", "x := 1": "line 1, column 4", "x^y < 1": "line 1, column 2: a power", "x if 1 < 2 else y": "line 1, column 8: a relation",
		"len([i for i in range(100000) for j in range(100000)]) < x": "line 1", "x < y\n": "one line",
	} {
		if _, err := Sentence(text, names); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, expected %s", text, err, want)
		}
	}
}

// TestExtreme: max and min are recognised, and nothing else is.
func TestExtreme(t *testing.T) {
	for text, want := range map[string]int{"max(x, y)": 1, "min(x, 3)": -1, "max(2, y)": 1, "logp(x)": 1, "max(x, y) + 1": 0, "(x + y + abs(x - y))/2": 0, "x": 0, "x*y": 0, "1/2*x": 0, "1/2*(x + y + 1)": 0, "1/2*(x + y + abs(y))": 0} {
		parts, err := Sentence(text+" == 1", []string{"x", "y"})
		if err != nil {
			t.Fatal(err)
		}
		x, y, sign := Extreme(parts[0].Left)
		if sign != want || (sign != 0) != (x != nil && y != nil) {
			t.Errorf("%s: %d, expected %d", text, sign, want)
		}
		if text == "max(2, y)" && (x.Value() == nil || y.Operation() != ode.OpState) {
			t.Errorf("%s is of %v and %v", text, x, y)
		}
	}
}

// TestSetStart: a start that is set stands in place of that of the file, within it
// if that is an interval.
func TestSetStart(t *testing.T) {
	file, err := Parse("x.star", []byte("theory('x')\nx = state('x', start=1/2)\nw = state('w', shape=2, start=between(0, 1))\nobserve('x', x.start)\nobserve('w', w[1].start)\n"))
	if err != nil {
		t.Fatal(err)
	}
	point := func(n, d int64) Setting { return Setting{big.NewRat(n, d), big.NewRat(n, d)} }
	theory, err := file.Run(Options{Set: map[string]Setting{"x.start": point(3, 1), "w[1].start": {big.NewRat(0, 1), big.NewRat(1, 3)}}})
	if err != nil {
		t.Fatal(err)
	}
	if got := Text(theory.Observables[0].X, theory.Symbols); got != "3" || Text(theory.States[0].Start, theory.Symbols) != "3" {
		t.Errorf("x starts at %s", got)
	}
	w := theory.Symbols[theory.Observables[1].X.Index()]
	if w.Name != "w[1].start" || w.Kind != StartSymbol || w.Low.Sign() != 0 || w.High.RatString() != "1/3" {
		t.Errorf("%+v", w)
	}
	for name, want := range map[string]string{"w[0].start": "outside of its range from 0 to 1", "w.start": `no state "w", of one unknown`, "y.start": `no state "y"`} {
		if _, err := file.Run(Options{Set: map[string]Setting{name: point(2, 1)}}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, expected %s", name, err, want)
		}
	}
}
