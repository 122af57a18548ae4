package prove

import (
	"context"
	"math/big"
	"reflect"
	"slices"
	"testing"

	"muflow/graph"
	"muflow/internal/long"
	"muflow/internal/runlog"
	"muflow/theory"
)

// provedOf counts the proved results of each claim; all others are not applicable.
func provedOf(t *testing.T, results []Result) map[string]int {
	t.Helper()
	got := map[string]int{}
	for _, r := range results {
		if r.Verdict == theory.Proved {
			got[r.Claim]++
		} else if r.Verdict != theory.NotApplicable {
			t.Fatalf("%+v", r)
		}
	}
	return got
}

// Every claim stands once in the list, under its own name.
func TestClaimsStandOnce(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range Claims {
		if c.ID == "" || seen[c.ID] {
			t.Errorf("claim %q stands twice", c.ID)
		}
		seen[c.ID] = true
	}
}

// TestPublishedTheorem1 counts verdicts on all 904 published instance-steps.
func TestPublishedTheorem1(t *testing.T) {
	instances, steps := published(t), 904
	if !*long.Tests {
		instances, steps = instances[:60], 0
		for range graph.StepsOf(instances, -1) {
			steps++
		}
	}
	results, err := Theorem1Dataset(context.Background(), instances, -1, one, 20, 2, nil)
	if err != nil {
		t.Fatal(err)
	}
	got := provedOf(t, results)
	want := map[string]int{"T1a": 904, "T1a-lower": 904, "T1a-upper": 904, "T1b": 509, "T1b-rate": 509, "T1b-positive": 420, "T1b-negative": 89, "T1b-ceiling": 420, "T1b-ceiling-sharp": 420,
		"T1b-diverges": 395, "T1b-diverges-lower": 395, "T1b-diverges-upper": 395,
		"T1a-steps": 904, "T1b-steps": 509, "T1b-steps-unstable": 509, "T1b-diverges-steps": 395,
		"A4-signs": 904, "A4-separated": 904}
	for claim, count := range want {
		if every := count == 904; *long.Tests && got[claim] != count || every != (got[claim] == steps) || got[claim] == 0 {
			t.Errorf("%s: %d of %d proved, of all %d", claim, got[claim], steps, count)
		}
	}
	if got["T1b"]+got["T1b-diverges"] != steps || got["T1b-positive"]+got["T1b-negative"] != got["T1b"] || len(got) != len(want) || len(results) != 20*steps {
		t.Errorf("proved %v of %d results, want %v", got, len(results), want)
	}
}

// Claims about stages leave nothing undecided on the published steps.
func TestPublishedStages(t *testing.T) {
	instances := published(t)
	if !*long.Tests {
		instances = instances[:20]
	}
	results, err := Dataset(context.Background(), instances, Selection{Theorems: []int{Stages}, Step: -1, Alpha: one, Digits: 20}, 2, func(string) runlog.Progress { return nil })
	if err != nil {
		t.Fatal(err)
	}
	got := provedOf(t, results)
	want := map[string]int{"T1b-stochastic": 509, "T1a-window": 904, "T1b-window": 815, "A5-regenerated": 647, "A8-regenerated": 421}
	if *long.Tests && !reflect.DeepEqual(got, want) || len(got) != len(want) {
		t.Errorf("proved %v, want %v", got, want)
	}
}

func TestDatasetDoesNotDependOnJobs(t *testing.T) {
	instances, err := graph.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	instances = instances[:12]
	var first []Result
	for _, jobs := range []int{1, 2, 5} {
		results, err := Theorem1Dataset(context.Background(), instances, -1, one, 20, jobs, func(int, int) {})
		if err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first = results
		} else if !reflect.DeepEqual(first, results) {
			t.Errorf("%d jobs give other results", jobs)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Theorem1Dataset(ctx, instances, -1, one, 20, 2, nil); err == nil {
		t.Error("a cancelled run returned results")
	}
}

// TestConstantsAgainstBounds: the enclosed constants are those of theory.md
// section 3 for instance A, computed by hand from W_0 = 9 + e, W_1 = 2 + 4e,
// W_2 = 2e at e = exp(1/√7), and the equilibrium lies below its ceiling.
func TestConstantsAgainstBounds(t *testing.T) {
	results, err := Theorem1(context.Background(), referenceProfiles["A"], one, 25)
	if err != nil {
		t.Fatal(err)
	}
	values := map[string]Number{}
	for _, r := range results {
		if want := !slices.Contains([]string{"T1a-still", "T1b-negative", "T1b-still", "T1b-diverges", "T1b-diverges-lower", "T1b-diverges-upper", "T1b-diverges-steps"}, r.Claim); (r.Verdict == theory.Proved) != want {
			t.Errorf("%s: %v (%s)", r.Claim, r.Verdict, r.Reason)
		}
		for name, x := range r.Values {
			values[name] = x
		}
	}
	// mpmath 1.2.1: e = exp(1/sqrt(7)); b_lo = 2*9*P/(7*18*Qin*Q) with P = 2+8e,
	// Qin = 2+7e, Q = 11+7e; b_hi = 4*9/(7*18*2e); ceiling = sqrt(7)/2*log((9+e)/(2e)).
	for name, want := range map[string]string{
		"b_lo": "0.00753818162648704350649648835207", "b_hi": "0.0978935493251410692550681745423", "ceiling": "1.68849327561306357343162520383",
	} {
		x, ok := values[name]
		if !ok {
			t.Fatalf("no value %s", name)
		}
		reference := mustRat(want)
		unit := new(big.Rat).Mul(reference, tenToMinus(28))
		if mustRat(x.Lo).Cmp(new(big.Rat).Add(reference, unit)) > 0 || mustRat(x.Hi).Cmp(new(big.Rat).Sub(reference, unit)) < 0 ||
			x.Width().Cmp(new(big.Rat).Mul(reference, tenToMinus(25))) > 0 {
			t.Errorf("%s: %v, want %s", name, x, want)
		}
	}
}
