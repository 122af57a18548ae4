package report

import (
	"fmt"
	"math/big"
	"strings"

	"muflow/internal/sweep"
	"muflow/prove"
	"muflow/theory"
)

// What a report keeps of a sweep at most. Of more cells every second, every fourth, …
// is kept, and those that hold an entry that a reader must see.
const (
	mostCells   = 5_000
	mostEntries = 2_000_000
)

// A census counts the entries of a claim, whether they are kept or not.
type census struct {
	total   int
	counts  map[string]int // by verdict
	reasons map[string]int // of those that do not apply, by what fails
	bad     int            // refuted, inconsistent or undecided
	worst   *big.Rat       // the least margin
}

// count adds an entry, and reports whether a reader must see it: it is nearest to
// failing of those so far, the first that is proved, or one of the first that failed or
// are undecided.
func (r *Results) count(e Entry) (shown bool) {
	c := r.censuses[e.Claim]
	if c == nil {
		c = &census{counts: prove.Summarise(nil), reasons: map[string]int{}}
		if r.censuses == nil {
			r.censuses = map[string]*census{}
		}
		r.censuses[e.Claim] = c
	}
	c.total++
	c.counts[e.Verdict.String()]++
	switch e.Verdict {
	case theory.NotApplicable:
		assumption, _, _ := strings.Cut(e.Reason, ":")
		c.reasons[assumption]++
	case theory.Refuted, theory.Inconsistent, theory.Undecided:
		c.bad++
		return c.bad <= mostAttention+1
	case theory.Proved:
		shown = c.counts[theory.Proved.String()] == 1
		claim, known := prove.ClaimByID(e.Claim)
		if !known {
			return shown
		}
		if m, ok := claim.WorstMargin([]prove.Result{e.Result}); ok && (c.worst == nil || m.Least.Cmp(c.worst) < 0) {
			c.worst, shown = m.Least, true
		}
	}
	return shown
}

// censusOf counts the entries of a claim.
func (r *Results) censusOf(claim *prove.Claim) *census {
	if c := r.censuses[claim.ID]; c != nil {
		return c
	}
	return &census{counts: prove.Summarise(nil)}
}

// A sieve keeps some of the cells of a sweep.
type sieve struct {
	cells, entries int // the most of each
	stride, read   int
	kept           []sieved
	held           int // entries in kept
}

type sieved struct {
	at      int
	shown   bool
	record  *sweep.Record
	entries []Entry
}

// add takes the next cell.
func (s *sieve) add(record *sweep.Record, entries []Entry, shown bool) {
	x := sieved{s.read, shown, record, entries}
	s.read++
	if !s.keeps(x) {
		return
	}
	s.kept, s.held = append(s.kept, x), s.held+len(entries)
	for (len(s.kept) > s.cells || s.held > s.entries) && s.stride < s.read {
		s.stride *= 2
		kept := s.kept[:0]
		s.held = 0
		for _, x := range s.kept {
			if s.keeps(x) {
				kept, s.held = append(kept, x), s.held+len(x.entries)
			}
		}
		clear(s.kept[len(kept):])
		s.kept = kept
	}
}

func (s *sieve) keeps(x sieved) bool { return x.at%s.stride == 0 || x.shown }

// leftOut says what a report of a sweep shows of its cells, "" if all.
func (r *Results) leftOut() string {
	if r.cells == len(r.Records) {
		return ""
	}
	return fmt.Sprintf("Of %d cells %d are shown: one in %d, and those with an entry that failed, is undecided or is nearest to failing. Counts of claims are of all cells, which results.jsonl holds.", r.cells, len(r.Records), r.stride)
}
