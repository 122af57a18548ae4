package report

import (
	"context"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"muflow/graph"
	"muflow/prove"
	"muflow/theory"
)

// balanced reports whether braces and environments close in order.
func balanced(text string) bool {
	var open []string
	for i := 0; i < len(text); i++ {
		switch {
		case text[i] == '\\' && i+1 < len(text) && strings.ContainsRune(`{}\`, rune(text[i+1])):
			i++
		case strings.HasPrefix(text[i:], `\begin{`), strings.HasPrefix(text[i:], `\end{`):
			word, rest, _ := strings.Cut(text[i:], "{")
			name, _, _ := strings.Cut(rest, "}")
			if word == `\begin` {
				open = append(open, name)
			} else if len(open) == 0 || open[len(open)-1] != name {
				return false
			} else {
				open = open[:len(open)-1]
			}
			i += len(word) + len(name) + 1
		case text[i] == '{':
			open = append(open, "{")
		case text[i] == '}':
			if len(open) == 0 || open[len(open)-1] != "{" {
				return false
			}
			open = open[:len(open)-1]
		}
	}
	return len(open) == 0
}

func TestProfileLaTeX(t *testing.T) {
	instances, err := graph.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	one := big.NewRat(1, 1)
	documents, compiled := 0, 0
	for i := range instances[:6] {
		for _, law := range []graph.Law{graph.PathLaw, graph.FrontierLaw} {
			for c := range instances[i].Steps() {
				step, err := law.Step(&instances[i], c)
				if err != nil {
					continue
				}
				for _, loss := range []theory.Loss{theory.Coconut, theory.CoconutBFS} {
					q := ProfileQuestion{Profile: theory.ProfileOf(step), Loss: loss, Alpha: big.NewRat(2, 3), Start: big.NewRat(int64(i-2), 7), Until: one, Digits: 12}
					text, err := ProfileLaTeX(context.Background(), q)
					if err != nil {
						t.Fatalf("instance %d, step %d: %v", i, c, err)
					}
					if !balanced(text) || strings.Contains(text, "%!") || !strings.HasSuffix(text, "\\end{document}\n") {
						t.Errorf("instance %d, step %d: %s", i, c, text)
					}
					e, err := prove.EquilibriumOf(context.Background(), q.Profile, q.Alpha, q.Digits)
					if err != nil {
						t.Fatal(err)
					}
					if e.Limit == theory.FiniteLimit && !strings.Contains(text, `\mu^* &= `+latexNumber(prove.Enclose(e.Mu, q.Digits))) {
						t.Errorf("instance %d, step %d: no μ* in %s", i, c, text)
					}
					documents++
					if tex, err := exec.LookPath("pdflatex"); err == nil && compiled < 4 {
						compiled++
						run := exec.Command(tex, "-interaction=nonstopmode", "-halt-on-error", "step.tex")
						run.Dir = t.TempDir()
						if err := os.WriteFile(filepath.Join(run.Dir, "step.tex"), []byte(text), 0o600); err != nil {
							t.Fatal(err)
						}
						if out, err := run.CombinedOutput(); err != nil {
							t.Errorf("%v: %s", err, out)
						}
					}
				}
			}
		}
	}
	if documents < 40 {
		t.Errorf("%d documents", documents)
	}
}

// A small profile, written by hand: R = 9 + e − 2e·y² of theory.md's example.
func TestProfileLaTeXByHand(t *testing.T) {
	p, err := theory.NewProfile(18, 7, 1, []theory.Class{{Degree: 0, Count: 9}, {InSet: true, Degree: 0, Count: 1}, {InSet: true, Degree: 1, Count: 4}, {InSet: true, Degree: 2, Count: 2}, {Degree: 1, Count: 2}})
	if err != nil {
		t.Fatal(err)
	}
	text, err := ProfileLaTeX(context.Background(), ProfileQuestion{Profile: p, Loss: theory.Coconut, Alpha: big.NewRat(1, 1), Digits: 8})
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{
		`R(y) ={}& 9 + e - 2ey^{2},`, `Q(y) ={}& 9 + e + (2 + 4e)y + 2ey^{2}.`, `\kappa &= \frac{\alpha^2}{nK} = \tfrac{1}{126}`,
		`o_{0} &= \frac{1}{d^* - d_{\min}} = 1`, `\operatorname{Log} \frac{z - z_i}{1 - z_i}`, `\mu^* &= 1.68849327`,
	} {
		if !strings.Contains(text, part) {
			t.Errorf("without %s: %s", part, text)
		}
	}
	if got := latexNumber(prove.Number{Lo: "-1.25e-9", Hi: "-1.24e-9"}); got != `-1.2[5,4]\cdot 10^{-9}` {
		t.Error(got)
	}
	still, err := ProfileLaTeX(context.Background(), ProfileQuestion{Profile: mustStill(t), Loss: theory.Coconut, Alpha: big.NewRat(1, 1), Start: big.NewRat(1, 2), Digits: 8})
	if err != nil || !strings.Contains(still, `$\mu(t) = \tfrac{1}{2}$`) || !balanced(still) {
		t.Errorf("%v: %s", err, still)
	}
}

// mustStill is a profile whose equilibrium is 1/2.
func mustStill(t *testing.T) *theory.Profile {
	t.Helper()
	p, err := theory.NewProfile(9, 4, 1, []theory.Class{{InSet: true, Degree: 0, Count: 3}, {InSet: true, Degree: 1, Count: 1}, {Degree: 1, Count: 2}, {Degree: 2, Count: 3}})
	if err != nil {
		t.Fatal(err)
	}
	return p
}
