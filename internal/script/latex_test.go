package script

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// long has right-hand sides of thousands of characters, and one whose parts,
// written out, would have 2^50.
const long = `

w = state("w_x", start = between(-1, 1/3), shape = (2, 5))
loss = mean([logsumexp([w[i][k] + k*w[j][k] for k in range(5)]) - w[i][0] for i in range(2) for j in range(2)])
gradient_flow(loss, w)
x = state("x", start = exp(log(2)/3))
y = x
for i in range(50):
    y = y*y + x
flow(x, 1/(1 + y**2))
alpha = param("alpha", 2)
A = param("A", 3)
claim("a_b", always(loss >= -loss, y > 0, x*loss + y*loss + sum([w[0][k]**k for k in range(5)]) < 9))
z = state("z", start = 1)
flow(z, z)
claim("c", reduces(x, alpha*z, z), expect = "refuted")
claim("d", unique_equilibrium({x: between(0, 1)}))
claim("e", when(alpha > A, limit(loss - x) == -inf))
claim("f", invariant(loss < 1, x > 0))
claim("g", conserved(loss*loss - A/x))
claim("h", identity([loss, x - -1], [-loss, x]))
claim("i", increases(-loss))
oracle("j", x == exp(2/3*log(alpha)) + abs(x - A))
`

var partName = regexp.MustCompile(`B_\{(\d+)\}`)

// A paper can use what is written: no line is long, every name is defined, and
// LaTeX compiles it, where there is one.
func TestLaTeX(t *testing.T) {
	text := LaTeX(mustRun(t, long))
	flow, rest, _ := strings.Cut(text, "with\n")
	parts, _, _ := strings.Cut(rest, `\end{align*}`)
	for _, line := range strings.Split(text, "\n") {
		if len(line) > 1200 {
			t.Errorf("a line of %d characters", len(line))
		}
	}
	for _, m := range partName.FindAllStringSubmatch(text, -1) {
		if !strings.Contains(parts, "B_{"+m[1]+"} &=") {
			t.Errorf("B_%s is not defined", m[1])
		}
	}
	if !strings.Contains(flow, `w_{x,0,1}(0) &\in [-1, \tfrac{1}{3}]`) || strings.Count(text, "{") != strings.Count(text, "}") || len(text) > 60000 {
		t.Errorf("%d characters:\n%s", len(text), flow)
	}
	tex, err := exec.LookPath("pdflatex")
	if err != nil {
		t.Skip("no pdflatex")
	}
	dir := t.TempDir()
	document := "\\documentclass{article}\n\\usepackage{amsmath}\n\\begin{document}\n" + text + "\\end{document}\n"
	if err := os.WriteFile(filepath.Join(dir, "a.tex"), []byte(document), 0o600); err != nil {
		t.Fatal(err)
	}
	command := exec.Command(tex, "-interaction=nonstopmode", "-halt-on-error", "a.tex")
	command.Dir = dir
	if out, err := command.CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, out[max(0, len(out)-1500):])
	}
}
