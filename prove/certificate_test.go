package prove

import (
	"context"
	"math/big"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"muflow/graph"
	"muflow/internal/runlog"
	"muflow/ode/ball"
	"muflow/theory"
	"muflow/theory/cert"
)

// TestProvedIsCertified: at usual gains a claim is proved exactly if it carries a
// certificate, and the checker reads that certificate again.
func TestProvedIsCertified(t *testing.T) {
	count := map[theory.Verdict]int{}
	for name, p := range referenceProfiles {
		for _, alpha := range []string{"1", "1/1000000", "2/3", "17", "100", "1.00000000000000000000000000000000000000000000000001"} {
			results, err := Theorem1(context.Background(), p, mustRat(alpha), 20)
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range results {
				count[r.Verdict]++
				if (r.Verdict == theory.Proved) != (r.Certificate != nil) || r.Verdict == theory.Undecided {
					t.Errorf("%s at α = %s: %s is %v with certificate %v: %s", name, alpha, r.Claim, r.Verdict, r.Certificate != nil, r.Reason)
				}
				if r.Certificate == nil {
					continue
				}
				text, err := cert.Encode(*r.Certificate)
				if err == nil {
					_, err = cert.CheckFlow(text)
				}
				if err != nil || r.Certificate.Claim != r.Claim {
					t.Errorf("%s at α = %s: %s: %v", name, alpha, r.Claim, err)
				}
			}
		}
	}
	if count[theory.Proved] < 150 || count[theory.NotApplicable] < 10 {
		t.Errorf("verdicts %v", count)
	}
	// Beyond the limits of the checker's numbers the claims are still proved.
	results, err := Theorem1(context.Background(), referenceProfiles["A"], big.NewRat(10_000, 1), 20)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range results {
		if r.Claim == "T1b" && (r.Verdict != theory.Proved || r.Certificate == nil || r.Certificate.Numbers != nil || r.Certificate.Alpha != nil) {
			t.Errorf("%s at α = 10000 is %v with %+v: %s", r.Claim, r.Verdict, r.Certificate, r.Reason)
		}
	}
}

// TestLeastVarianceOnTheWay: the value of T1b-rate encloses the minimum over
// a fine grid of the way, also where it lies inside.
func TestLeastVarianceOnTheWay(t *testing.T) {
	inside := 0
	profiles := []*theory.Profile{
		mustProfile(2_000_006, 4, 12, [][3]int{{0, 0, 1_000_000}, {1, 0, 4}, {0, 10, 1_000_000}, {0, 12, 1}, {0, 30, 1}}),
		mustProfile(40_006, 4, 7, [][3]int{{0, 0, 2}, {1, 0, 4}, {0, 7, 1}, {0, 8, 20_000}, {0, 20, 19_999}}),
	}
	for _, p := range referenceProfiles {
		profiles = append(profiles, p)
	}
	for _, p := range profiles {
		e, err := EquilibriumOf(context.Background(), p, one, 20)
		if err != nil {
			t.Fatal(err)
		}
		if e.Limit != theory.FiniteLimit {
			continue
		}
		results, err := Theorem1(context.Background(), p, one, 20)
		if err != nil {
			t.Fatal(err)
		}
		f, err := p.Family(theory.Coconut, one)
		if err != nil {
			t.Fatal(err)
		}
		softmax := newSoftmaxFamily(f, 128)
		const pieces = 250
		least, at := new(big.Float).SetInf(false), 0
		for i := range pieces + 1 {
			u := ball.New(128).MulInt64(e.Mu, int64(i))
			u.QuoInt64(u, pieces)
			if v := softmax.at([]*ball.Ball{u}).covariance[0][0].Lower(); v.Cmp(least) < 0 {
				least, at = v, i
			}
		}
		if at > 0 && at < pieces {
			inside++
		}
		for _, r := range results {
			if r.Claim != "T1b-rate" {
				continue
			}
			x := r.Values["variance"]
			q, _ := least.Rat(nil)
			slack := new(big.Rat).Mul(q, big.NewRat(1, 200)) // the grid is not fine to the last digit
			if mustRat(x.Lo).Cmp(q) > 0 || mustRat(x.Hi).Cmp(new(big.Rat).Sub(q, slack)) < 0 || x.Width().Cmp(slack) > 0 {
				t.Errorf("%s: variance %v, on the grid %v", p.Key(), x, least)
			}
		}
	}
	if inside < 1 {
		t.Error("no profile has its least variance inside the way")
	}
}

// TestPlantedNearMisses: the readout gain is such that d* − F(0) is within
// 10^-30 of 0, by the sign of A + B·exp(α/√K) at α = √K·log(−A/B) ± 10^-30.
// Just below, T1b-positive and T1b-ceiling are false or lack their premise, just
// above T1b-negative does, and must not be proved.
func TestPlantedNearMisses(t *testing.T) {
	nearby := []*theory.Profile{
		mustProfile(12, 4, 1, [][3]int{{0, 0, 2}, {1, 2, 1}, {1, 0, 2}, {0, 2, 5}, {0, 1, 1}, {1, 1, 1}}),
		mustProfile(19, 4, 1, [][3]int{{0, 0, 4}, {1, 2, 1}, {1, 0, 3}, {0, 2, 9}, {0, 1, 2}}),
		mustProfile(20, 9, 2, [][3]int{{0, 0, 1}, {1, 4, 1}, {1, 1, 8}, {0, 4, 8}, {0, 2, 2}}),
		mustProfile(16, 4, 1, [][3]int{{0, 0, 3}, {1, 3, 1}, {1, 0, 3}, {0, 3, 3}, {0, 1, 6}}),
		mustProfile(30, 9, 2, [][3]int{{0, 0, 2}, {1, 5, 1}, {1, 0, 4}, {1, 2, 4}, {0, 5, 5}, {0, 2, 14}}),
	}
	planted := 0
	for _, p := range nearby {
		start := p.Start()
		if _, decided := start.Sign(); decided {
			t.Fatalf("%s: the sign of %v does not depend on the gain", p.Key(), start)
		}
		tie := ball.New(400).SetRat(new(big.Rat).Neg(new(big.Rat).SetFrac(start.Constant, start.Slope)))
		tie.Log(tie)
		tie.Mul(tie, ball.New(400).Sqrt(ball.New(400).SetInt64(int64(p.K))))
		gain, _ := tie.Mid().Rat(nil)
		gain.SetFrac(floor(tie.Mid(), 110), new(big.Int).Lsh(big.NewInt(1), 110)) // within 2^-110 of the tie
		for _, side := range []int64{-1, 1} {
			alpha := new(big.Rat).Mul(tenToMinus(30), big.NewRat(side, 1))
			alpha.Add(alpha, gain)
			below := (side > 0) == (start.Slope.Sign() < 0)
			results, err := Theorem1(context.Background(), p, alpha, 20)
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range results {
				switch {
				case below && (r.Claim == "T1b-positive" || strings.HasPrefix(r.Claim, "T1b-ceiling")), !below && r.Claim == "T1b-negative":
					planted++
					if r.Verdict == theory.Proved || r.Certificate != nil {
						t.Errorf("%s: %s is proved on the other side of d* = F(0)", p.Key(), r.Claim)
					}
				case r.Claim == "T1a-still" || r.Claim == "T1b-still" || strings.HasPrefix(r.Claim, "T1b-diverges"):
					if r.Verdict != theory.NotApplicable {
						t.Errorf("%s: %s is %v", p.Key(), r.Claim, r.Verdict)
					}
				case r.Verdict != theory.Proved:
					t.Errorf("%s: %s is %v: %s", p.Key(), r.Claim, r.Verdict, r.Reason)
				case below && r.Claim == "T1b":
					for _, claim := range []*Claim{positivity, ceilingBound, sharpCeiling} { // forced past the premise
						if c, err := claim.certify(context.Background(), &Subject{Profile: p, Alpha: alpha}); err == nil {
							t.Errorf("%s: a certificate of %s although d* < F(0): %+v", p.Key(), claim.ID, c)
						}
					}
				}
			}
		}
	}
	if planted != 20 {
		t.Errorf("%d near-misses", planted)
	}
}

func TestWriteCertificates(t *testing.T) {
	instances, err := graph.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	instances = instances[:3]
	var first map[string]string
	for _, jobs := range []int{1, 3} {
		selection := Selection{Theorems: []int{1, 2, 3}, Step: -1, Alpha: one, Logit: one, Digits: 20}
		results, err := Dataset(context.Background(), instances, selection, jobs, func(string) runlog.Progress { return nil })
		if err != nil {
			t.Fatal(err)
		}
		dir, calls := filepath.Join(t.TempDir(), "proofs"), 0
		if err := WriteCertificates(context.Background(), dir, DataName{Name: "three"}, selection.ScopeOf(), instances, results, jobs, func(int, int) { calls++ }); err != nil {
			t.Fatal(err)
		}
		texts := map[string]string{}
		for _, r := range results {
			if (r.File != "") != (r.Verdict == theory.Proved && len(certified(r.Claim)) > 0) {
				t.Errorf("%s of instance %v, step %d is %v with the file %q", r.Claim, r.Instance, r.Step, r.Verdict, r.File)
			}
			if r.File == "" {
				continue
			}
			text, err := os.ReadFile(filepath.Join(dir, r.File))
			if err != nil {
				t.Fatal(err)
			}
			s, err := cert.Check(text)
			if err != nil || s.Claim != r.Claim {
				t.Errorf("%s: %v", r.File, err)
			}
			if r.Instance == AllInstances {
				texts[r.File] = string(text)
				continue
			}
			in := instances[r.Instance]
			if s.Graph == nil || s.Graph.Root != in.Root || s.Graph.Step != r.Step || len(s.Graph.Edges) != in.Graph.Size() {
				t.Errorf("%s is about another graph", r.File)
			}
			texts[r.File] = string(text)
		}
		if first == nil {
			first = texts
		}
		if entries, _ := os.ReadDir(dir); len(entries) != len(texts)+2 || calls != len(texts) || len(texts) < 75 || !reflect.DeepEqual(first, texts) {
			t.Errorf("%d files, %d calls, %d certificates; or other bytes with %d jobs", len(entries), calls, len(texts), jobs)
		}
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	results, err := Theorem1Dataset(context.Background(), instances[:1], 0, one, 20, 1, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := WriteCertificates(context.Background(), file, DataName{}, Scope{Claims: []string{"T1a"}, Alpha: one}, instances, results, 1, nil); err == nil {
		t.Error("a file was taken for a folder")
	}
}

// At an exact tie the least variance is the number 3/8, on every grid: rounding
// keeps the checker from proving it, and the number before it is certified.
func TestVarianceOnTheGridIsCertified(t *testing.T) {
	p := mustProfile(16, 16, 1, [][3]int{{1, 0, 3}, {1, 1, 10}, {1, 2, 3}})
	results, err := Theorem1(context.Background(), p, big.NewRat(1, 1), 20)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range results {
		if r.Claim != "T1b-rate" {
			continue
		}
		if r.Verdict != theory.Proved {
			t.Errorf("%v: %s", r.Verdict, r.Reason)
		}
		if v, err := r.Values["variance"].Ball(128); err != nil || !v.Contains(big.NewRat(3, 8)) {
			t.Errorf("variance %v, %v", r.Values["variance"], err)
		}
		return
	}
	t.Error("no T1b-rate among the results")
}
