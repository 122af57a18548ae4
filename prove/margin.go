package prove

import (
	"fmt"
	"math/big"

	"muflow/theory"
)

// A Margin is the distance of a proved claim from failing, where it is closest.
type Margin struct {
	Name   string
	Least  *big.Rat // a lower bound; below 0 if the enclosures do not tell it from 0
	Result Result
}

// String writes the margin for people. A proved claim has none below 0, so
// that an enclosure which reaches below 0 means equality to its digits.
func (m Margin) String() string {
	value, _ := m.Least.Float64()
	if m.Least.Sign() < 0 {
		return fmt.Sprintf("%s = 0 to within %.0e", m.Name, -value)
	}
	return fmt.Sprintf("%s = %.4g", m.Name, value)
}

// marginOf says by which of its numbers a claim is closest to failing:
// the difference of two values, or one value.
var marginOf = map[string]struct{ name, value, minus string }{
	"T1a-lower":    {"b_lo", "b_lo", ""},
	"T1b-positive": {"μ*", "mu", ""},
	"T1b-rate":     {"v", "variance", ""},
	"T1b-ceiling":  {"ceiling − μ*", "ceiling", "mu"},
}

// WorstMargin returns the entry at which a proved claim is closest to failing;
// there is none for claims without a number to tell.
func WorstMargin(claim string, results []Result) (Margin, bool) {
	kind, ok := marginOf[claim]
	if !ok {
		return Margin{}, false
	}
	worst := Margin{Name: kind.name}
	for _, r := range results {
		if r.Claim != claim || r.Verdict != theory.Proved || r.Values == nil {
			continue
		}
		low, ok := new(big.Rat).SetString(r.Values[kind.value].Lo)
		if !ok {
			continue
		}
		if kind.minus != "" {
			high, ok := new(big.Rat).SetString(r.Values[kind.minus].Hi)
			if !ok {
				continue
			}
			low.Sub(low, high)
		}
		if worst.Least == nil || low.Cmp(worst.Least) < 0 {
			worst.Least, worst.Result = low, r
		}
	}
	return worst, worst.Least != nil
}
