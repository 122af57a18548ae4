package report

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"muflow/internal/sweep"
	"muflow/prove"
	"muflow/theory"
)

// However many cells there are, a sieve keeps few of them: every so many-th, and those
// that must be seen, in their order.
func TestSieveKeepsFew(t *testing.T) {
	for _, n := range []int{1, 10, 11, 1000, 4321} {
		s := &sieve{cells: 10, entries: 30, stride: 1}
		for i := range n {
			s.add(&sweep.Record{Step: i}, make([]Entry, 2), i == 17 || i == 901)
		}
		if s.read != n || len(s.kept) > 10 || s.held != 2*len(s.kept) {
			t.Errorf("%d cells: %d read, %d kept with %d entries", n, s.read, len(s.kept), s.held)
		}
		var places []int
		for _, x := range s.kept {
			if x.record.Step != x.at {
				t.Errorf("%d cells: place %d holds %d", n, x.at, x.record.Step)
			}
			places = append(places, x.at)
		}
		var want []int
		for i := range n {
			if i%s.stride == 0 || i == 17 || i == 901 {
				want = append(want, i)
			}
		}
		if !slices.Equal(places, want) || n <= 10 && len(places) != n || n > 100 && len(places) < 4 {
			t.Errorf("%d cells: kept %v, want %v", n, places, want)
		}
	}
	few := &sieve{cells: 1000, entries: 30, stride: 1}
	for range 100 {
		few.add(&sweep.Record{}, make([]Entry, 4), false)
	}
	if few.held > 30 || few.held < 12 {
		t.Errorf("%d entries", few.held)
	}
}

// Counts are of all entries; what must be seen is the first that is proved, each that
// comes nearer to failing, and the first that failed.
func TestCensus(t *testing.T) {
	r := &Results{}
	entry := func(verdict theory.Verdict, reason string, low string) Entry {
		e := Entry{Result: prove.Result{Claim: "T1a-lower", Verdict: verdict, Reason: reason}}
		if low != "" {
			e.Values = map[string]prove.Number{"b_lo": {Lo: low, Hi: low}}
		}
		return e
	}
	for i, x := range []struct {
		entry Entry
		shown bool
	}{
		{entry(theory.Proved, "", "0.5"), true},
		{entry(theory.Proved, "", "0.75"), false},
		{entry(theory.Proved, "", "0.25"), true},
		{entry(theory.Proved, "", "0.25"), false},
		{entry(theory.NotApplicable, "A9 fails: why", ""), false},
		{entry(theory.NotApplicable, "A9 fails: also", ""), false},
		{entry(theory.Undecided, "", ""), true},
	} {
		if shown := r.count(x.entry); shown != x.shown {
			t.Errorf("entry %d: shown %t", i, shown)
		}
	}
	for range mostAttention {
		r.count(entry(theory.Refuted, "", ""))
	}
	if r.count(entry(theory.Refuted, "", "")) {
		t.Errorf("more than %d failures are shown", mostAttention+1)
	}
	claim, _ := prove.ClaimByID("T1a-lower")
	c := r.censusOf(claim)
	if got := fmt.Sprint(c.total, c.counts["proved"], c.counts["refuted"], c.counts["undecided"], c.reasons["A9 fails"]); got != fmt.Sprintf("%d 4 %d 1 2", 8+mostAttention, mostAttention+1) {
		t.Error(got)
	}
	r.cells, r.stride, r.Records = 5, 4, make([]*sweep.Record, 2)
	if text := r.leftOut(); !strings.Contains(text, "Of 5 cells 2 are shown: one in 4") {
		t.Errorf("%q", text)
	}
	if r.Records = make([]*sweep.Record, 5); r.leftOut() != "" {
		t.Error("something is left out of all")
	}
}
