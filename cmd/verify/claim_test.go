package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"muflow/internal/long"
	"muflow/ode/ball"
	"muflow/prove"
	"muflow/theory"
)

// finiteLimit is a claim that the project does not make: a weaker T1b. The
// checker proves it by what it proves of T1b.
func finiteLimit(t *testing.T) *prove.Claim {
	t.Helper()
	base, ok := prove.ClaimByID("T1b")
	if !ok {
		t.Fatal("no claim T1b")
	}
	return &prove.Claim{
		ID: "T1b-toy", Theorem: "Theorem 1(b)", Statement: "If d_min < d* < d_max then μ* is finite.", LaTeX: `|\mu^*| < \infty`,
		Assumptions: []string{"A9"}, Proof: "the certificate of T1b", Command: "verify theorem 1",
		Number: 1, Unit: prove.OnProfile, Losses: []theory.Loss{theory.Coconut},
		Premise: func(_ context.Context, e *prove.Subject) (string, error) {
			if p := e.Profile; p.TargetDegree.Over(p.MinDegree()) <= 0 || p.TargetDegree.Over(p.MaxDegree()) >= 0 {
				return fmt.Sprintf("A9 fails: d* = %v", p.TargetDegree), nil
			}
			return "", nil
		},
		Decide: func(ctx context.Context, e *prove.Subject) (prove.Result, error) {
			x, err := prove.EquilibriumOf(ctx, e.Profile, e.Alpha, e.Digits)
			if err != nil {
				return prove.Result{}, err
			}
			size := ball.New(x.Mu.Prec()).Abs(x.Mu)
			return prove.Result{Verdict: theory.Proved, Reason: "one change of sign", Values: map[string]prove.Number{"size": prove.Enclose(size, e.Digits)}}, nil
		},
		Certificate: &prove.CertificateForm{Statement: base.ID, Numbers: base.Certificate.Numbers},
		Margin:      &prove.MarginForm{Name: "|μ*|", Value: "size"},
		Inequality: &prove.Inequality{Text: "0 ≤ |μ*|", Constant: "0", Samples: func(context.Context, *prove.Subject) ([]prove.Sample, error) {
			one := ball.New(64).SetInt64(1)
			return []prove.Sample{{Share: one, Factor: one}}, nil
		}},
		Chart: &prove.Chart{Name: "sizes", Title: "Sizes of equilibria", Label: "|μ*|", Value: "size", Caption: "A chart of one more claim."},
	}
}

// A claim that is registered is decided, listed, tabled, certified, compared
// and reported, by its value alone.
func TestOneMoreClaim(t *testing.T) {
	before := prove.Claims
	defer func() { prove.Claims = before }()
	toy := finiteLimit(t)
	prove.Claims = append(slices.Clone(before), toy)
	run := func(want []string, args ...string) string {
		t.Helper()
		code, stdout, stderr := call(args...)
		if code != exitFine {
			t.Fatalf("%v: exit %d: %s", args, code, stderr)
		}
		for _, text := range want {
			if !strings.Contains(stdout, text) {
				t.Errorf("%v: no %q in\n%s", args, text, stdout)
			}
		}
		return stdout
	}
	run([]string{"T1b-toy", toy.Statement}, "list")
	run([]string{`"id": "T1b-toy"`}, "list", "--json")
	run([]string{"| T1b-toy (Theorem 1(b)) |"}, "list", "--markdown")

	data, proofs := fewInstances(t), filepath.Join(t.TempDir(), "proofs")
	run([]string{"T1b-toy ", "|μ*| = "}, "theorem", "1", "--data", data, "--quiet") // the table of the main job
	var document struct {
		Claims []prove.Result `json:"claims"`
	}
	text := run(nil, "theorem", "1", "--data", data, "--json", "--quiet", "--certificates", proofs)
	if err := json.Unmarshal([]byte(text), &document); err != nil {
		t.Fatal(err)
	}
	counts := map[string]map[theory.Verdict]int{}
	for _, r := range document.Claims {
		if counts[r.Claim] == nil {
			counts[r.Claim] = map[theory.Verdict]int{}
		}
		counts[r.Claim][r.Verdict]++
		if r.Claim != toy.ID || r.Verdict != theory.Proved {
			continue
		}
		if _, err := os.Stat(filepath.Join(proofs, r.File)); err != nil || !strings.Contains(r.File, toy.ID) || r.Values["size"].Lo == "" {
			t.Errorf("%+v: %v", r, err)
		}
	}
	if a, b := fmt.Sprint(counts["T1b"]), fmt.Sprint(counts[toy.ID]); a != b || counts[toy.ID][theory.Proved] == 0 {
		t.Errorf("verdicts %s, those of T1b are %s", b, a)
	}
	run([]string{"T1b-toy"}, "recheck", proofs, "--quiet")
	run([]string{"T1b-toy", "0 ≤ |μ*|"}, "tightness", "--data", data, "--instances", "1", "--quiet")

	if !*long.Tests { // a sweep of few cells
		return
	}
	folder := filepath.Join(t.TempDir(), "run")
	run([]string{}, "sweep", "--data", data, "--steps", "1", "--train-steps", "50", "--batch", "4", "--out", folder, "--quiet")
	run([]string{}, "report", folder, "--quiet")
	page, err := os.ReadFile(filepath.Join(folder, "report", "report.html"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`id="T1b-toy"`, `href="#T1b-toy"`, "nearest to failing, |μ*| = ", "A chart of one more claim."} {
		if !strings.Contains(string(page), want) {
			t.Errorf("no %q in the page", want)
		}
	}
}
