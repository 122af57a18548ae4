package prove

import (
	"context"
	"math/big"
	"testing"

	"muflow/graph"
	"muflow/internal/long"
	"muflow/internal/runlog"
	"muflow/theory"
)

// TestTheorems2And3OnPublished: every claim on every instance and step has a
// verdict, those of the premise are proved, and ratios under uniform weights
// are 1/√K (theory.md section 5); without -long Theorem 3 on 40 instances.
func TestTheorems2And3OnPublished(t *testing.T) {
	instances := published(t)
	wanted, some := [2]int{257, 904}, instances
	if !*long.Tests {
		some, wanted = instances[:15], [2]int{15, 0}
		for range graph.StepsOf(some, -1) {
			wanted[1]++
		}
	}
	one := big.NewRat(1, 1)
	var results []Result
	for theorem, on := range map[int][]graph.Instance{2: instances, 3: some} {
		more, err := Dataset(context.Background(), on, Selection{Theorems: []int{theorem}, Step: -1, Alpha: one, Logit: one, Digits: 15}, 0,
			func(string) runlog.Progress { return nil })
		if err != nil {
			t.Fatal(err)
		}
		results = append(results, more...)
	}
	counts := map[string]map[theory.Verdict]int{}
	for _, r := range results {
		if counts[r.Claim] == nil {
			counts[r.Claim] = map[theory.Verdict]int{}
		}
		counts[r.Claim][r.Verdict]++
		if r.Reason == "" {
			t.Errorf("%+v has no reason", r)
		}
		if r.Claim != "T3-direction" || r.Verdict != theory.Proved {
			continue
		}
		k := int64(0)
		for _, inside := range instances[r.Instance].Reached(r.Step) {
			if inside {
				k++
			}
		}
		lo, hi := rats(t, r.Values["ratio"].Lo)[0], rats(t, r.Values["ratio"].Hi)[0]
		square := big.NewRat(1, k)
		if lo.Mul(lo, lo).Cmp(square) > 0 || hi.Mul(hi, hi).Cmp(square) < 0 {
			t.Errorf("instance %v: ratio %v, expected 1/√%d", r.Instance, r.Values["ratio"], k)
		}
	}
	for claim, want := range map[string][2]int{"T2": {904, 0}, "T2-length": {904, 0}, "T3-direction": wanted, "T3-answer": wanted, "T3-answer-sharp": wanted, "T3-population": {2, 3}} {
		if counts[claim][theory.Proved] != want[0] || counts[claim][theory.NotApplicable] != want[1] || len(counts[claim]) > 2 {
			t.Errorf("%s: %v, want %v proved and not applicable", claim, counts[claim], want)
		}
	}
}
