package mutant

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// sample is a package with a test that looks at the sign of a product only.
var sample = map[string]string{
	"go.mod":    "module sample\n\ngo 1.26\n",
	"sample.go": "package sample\n\n// Product multiplies.\nfunc Product(x, y int) int {\n\tz := x * y\n\tif z < 0 {\n\t\treturn z - 0\n\t}\n\treturn z\n}\n",
	"sample_test.go": "package sample\n\nimport \"testing\"\n\nfunc TestSign(t *testing.T) {\n\tif Product(2, 3) <= 0 || Product(-2, 3) >= 0 {\n\t\tt.Error(\"sign\")\n\t}\n}\n\n" +
		"func TestValue(t *testing.T) {\n\tif Product(2, 3) != 6 {\n\t\tt.Error(\"value\")\n\t}\n}\n",
}

func enter(t *testing.T) {
	t.Helper()
	folder := t.TempDir()
	for name, text := range sample {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(folder)
}

func TestSurvivors(t *testing.T) {
	enter(t)
	survivors, err := Survivors(t.Context(), t.TempDir(), "^TestSign$", []Mistake{
		{Name: "negated", File: "sample.go", Old: "x * y", New: "-x * y"},
		{Name: "sum", File: "sample.go", Old: "x * y", New: "x + y"},
		{Name: "doubled", File: "sample.go", Old: "x * y", New: "2 * x * y"},
		{Name: "doubled, looked at", File: "sample.go", Old: "x * y", New: "2*x*y + 0", Run: "^TestValue$"},
		{Name: "zero", File: "sample.go", Old: "\treturn z\n", New: "\treturn 0\n", Statement: true},
		{Name: "endless", File: "sample.go", Old: "return z - 0", New: "panic(z)", Statement: true},
	})
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"doubled"}; !slices.Equal(survivors, want) {
		t.Errorf("survivors %v, want %v", survivors, want)
	}
}

func TestMistakesThatDoNotFit(t *testing.T) {
	enter(t)
	for _, c := range []struct {
		run      string
		mistakes []Mistake
		want     string
	}{
		{"^TestSign$", nil, "no mistakes"},
		{"^TestSign$", []Mistake{{Name: "a", File: "sample.go", Old: "x / y", New: "x"}}, "0 times"},
		{"^TestSign$", []Mistake{{Name: "a", File: "sample.go", Old: "return", New: "x"}}, "2 times"},
		{"^TestSign$", []Mistake{{Name: "a", File: "sample.go", Old: "x * y", New: "x"}, {Name: "b", File: "sample.go", Old: "z := x * y", New: "z := y", Statement: true}}, "overlaps"},
		{"^TestSign$", []Mistake{{Name: "a", File: "sample.go", Old: "x * y", New: `"x"`}}, "do not compile"},
		{"^TestNone$", []Mistake{{Name: "a", File: "sample.go", Old: "x * y", New: "x"}}, "no test matches"},
		{"^TestSign$", []Mistake{{Name: "a", File: "other.go", Old: "x * y", New: "x"}}, "other.go"},
	} {
		if _, err := Survivors(t.Context(), t.TempDir(), c.run, c.mistakes); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v, want %q", err, c.want)
		}
	}
}
