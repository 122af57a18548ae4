package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A report on theory files has a section for each, whatever signs their names
// hold, with every claim, planted and open ones too.
func TestReportOfTheories(t *testing.T) {
	hostile := writeText(t, "h.star", `theory("<script>alert(1)</script> & $x_1^2$ \\ # % ~ {}", source = "<img src=x> \\end{align*}")
a = param("a<b>", between(1/3, 1e30))
x = state("x&y<z>_^$", start = 1e40)
flow(x, -x)
for i in range(20):
    claim("c<%d>&" % i, always(x < 1e50 + i))
claim("open <b>", always(sin(1e6 * t) * x <= x))
claim("wrong}", always(x < 0))
oracle("o{r}acle\\", x == 1e40 * exp(-t))
observe("obs<&>", x * a)
y = state("\\y")
`)
	bare := writeText(t, "bare.star", "theory('no states')\nclaim('one', identity(1, 1))\n")
	out := filepath.Join(t.TempDir(), "report")
	code, stdout, stderr := call("report", "--theory", hostile, "--theory", bare, "--out", out)
	if code != exitFine || stdout != filepath.Join(out, "report.html")+"\n" {
		t.Fatalf("exit %d, %s%s", code, stdout, stderr)
	}
	text, err := os.ReadFile(filepath.Join(out, "report.html"))
	if err != nil {
		t.Fatal(err)
	}
	page := string(text)
	for _, bad := range []string{"<script>", "<img", "<z>", "<code>\\"} {
		if strings.Contains(page, bad) {
			t.Errorf("the page holds %s", bad)
		}
	}
	for _, good := range []string{`id="theory-2"`, "c&lt;19&gt;&amp;", "1 verdicts are not the expected ones.", "There is no figure", "obs&lt;&amp;&gt;", "verify check"} {
		if !strings.Contains(page, good) {
			t.Errorf("the page lacks %s", good)
		}
	}
	for _, name := range []string{"figures/theory-1.svg", "figures/theory-1.csv", "latex/theory-1.tex", "latex/theory-1-claims.tex", "latex/theory-1-observables.tex", "latex/theories.tex"} {
		if _, err := os.Stat(filepath.Join(out, name)); err != nil {
			t.Error(err)
		}
	}
	refused(t, "nothing to report on", []string{"expected DIR, or --theory and --out"}, "report")
	refused(t, "nowhere to write", []string{"expected DIR, or --theory and --out"}, "report", "--theory", bare)
	refused(t, "settings of nothing", []string{"--set without --theory"}, "report", "x", "--set", "a=1")
}
