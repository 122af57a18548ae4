package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"muflow/prove"
	"muflow/theory"
)

// Bounds of what verify theorem prints of reasons.
const (
	fewSteps     = 20     // instance-steps up to which every verdict is shown
	shownReasons = 20     // reasons that are listed
	keptReasons  = 10_000 // different ones that are counted
)

// reasons collects why claims ended as they did: every result while there are few
// instances and steps, and how often each reason occurs.
type reasons struct {
	places map[prove.Where]bool
	few    []prove.Result
	counts map[verdictReason]map[string]int // by claim
	others int                              // beyond those that are counted
}

type verdictReason struct {
	verdict theory.Verdict
	reason  string
}

func newReasons() *reasons {
	return &reasons{places: map[prove.Where]bool{}, counts: map[verdictReason]map[string]int{}}
}

func (x *reasons) add(r prove.Result) {
	if len(x.places) <= fewSteps {
		if r.Instance != prove.AllInstances {
			x.places[r.Where] = true
		}
		x.few = append(x.few, prove.Result{Claim: r.Claim, Where: r.Where, Gain: r.Gain, Verdict: r.Verdict, Reason: r.Reason, Values: r.Values})
	} else {
		x.few = nil
	}
	key := verdictReason{r.Verdict, r.Reason}
	if x.counts[key] == nil {
		if len(x.counts) >= keptReasons {
			x.others++
			return
		}
		x.counts[key] = map[string]int{}
	}
	x.counts[key][r.Claim]++
}

// print writes each verdict with its reason and μ* by instance and step if there
// are few, and else the reasons, the most frequent first.
func (x *reasons) print(w io.Writer) {
	fmt.Fprintln(w)
	if len(x.places) > fewSteps {
		x.printCounts(w)
		return
	}
	slices.SortStableFunc(x.few, func(a, b prove.Result) int {
		return cmp.Or(cmp.Compare(uint(a.Instance), uint(b.Instance)), cmp.Compare(a.Step, b.Step)) // the population last
	})
	for i, r := range x.few {
		if i == 0 || r.Where != x.few[i-1].Where {
			if r.Instance == prove.AllInstances {
				fmt.Fprintf(w, "population, step %d\n", r.Step)
			} else {
				fmt.Fprintf(w, "instance %v, step %d%s\n", r.Instance, r.Step, x.equilibrium(r.Where))
			}
		}
		name := r.Claim
		if r.Gain != "" {
			name += ", g = " + r.Gain
		}
		fmt.Fprintf(w, "  %-18s %-14v  %s\n", name, r.Verdict, r.Reason)
	}
}

// equilibrium writes μ* at an instance and step where T1b has one.
func (x *reasons) equilibrium(at prove.Where) string {
	for _, r := range x.few {
		if mu, ok := r.Values["mu"]; ok && r.Where == at && r.Claim == "T1b" {
			return fmt.Sprintf(", μ* = %v", mu)
		}
	}
	return ""
}

// printCounts writes how often each reason occurs: what failed or is open first.
func (x *reasons) printCounts(w io.Writer) {
	type row struct {
		verdictReason
		claims []string
		count  int
	}
	var rows []row
	for key, byClaim := range x.counts {
		r := row{verdictReason: key}
		for _, claim := range prove.Claims {
			if byClaim[claim.ID] > 0 {
				r.claims = append(r.claims, claim.ID)
				r.count += byClaim[claim.ID]
			}
		}
		rows = append(rows, r)
	}
	order := []theory.Verdict{theory.Undecided, theory.Inconsistent, theory.Refuted}
	slices.SortFunc(rows, func(a, b row) int {
		return cmp.Or(cmp.Compare(slices.Index(order, b.verdict), slices.Index(order, a.verdict)), cmp.Compare(b.count, a.count), slices.Compare(a.claims, b.claims), cmp.Compare(a.reason, b.reason))
	})
	fmt.Fprintf(w, "%8s  %-14s  %s\n", "entries", "verdict", "claims: reason")
	for _, r := range rows[:min(len(rows), shownReasons)] {
		fmt.Fprintf(w, "%8d  %-14v  %s: %s\n", r.count, r.verdict, strings.Join(r.claims, " "), r.reason)
	}
	rest := x.others
	for _, r := range rows[min(len(rows), shownReasons):] {
		rest += r.count
	}
	if rest > 0 {
		more := fmt.Sprintf("%d other reasons", len(rows)-shownReasons)
		if x.others > 0 {
			more = fmt.Sprintf("more than %s", more)
		}
		fmt.Fprintf(w, "%8d  %s\n", rest, more)
	}
}
