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
	At     int      // the place of the result in the list
	Result Result
}

// String writes the margin for people. A proved claim has none below 0, so
// that an enclosure which reaches below 0 means equality to its digits.
func (m Margin) String() string {
	value := new(big.Float).SetRat(m.Least)
	if value.Sign() < 0 {
		return fmt.Sprintf("%s = 0 to within %.0e", m.Name, value.Neg(value))
	}
	return fmt.Sprintf("%s = %.4g", m.Name, value)
}

// A MarginForm says by which of its values a claim is closest to failing: the
// difference of two, or one.
type MarginForm struct{ Name, Value, Minus string }

// WorstMargin returns the entry at which the proved claim is closest to
// failing; there is none for claims without a number to tell.
func (c *Claim) WorstMargin(results []Result) (Margin, bool) {
	if c.Margin == nil {
		return Margin{}, false
	}
	worst := Margin{Name: c.Margin.Name}
	for i, r := range results {
		if r.Claim != c.ID || r.Verdict != theory.Proved || r.Values == nil {
			continue
		}
		low, ok := new(big.Rat).SetString(r.Values[c.Margin.Value].Lo)
		if !ok {
			continue
		}
		if c.Margin.Minus != "" {
			high, ok := new(big.Rat).SetString(r.Values[c.Margin.Minus].Hi)
			if !ok {
				continue
			}
			low.Sub(low, high)
		}
		if worst.Least == nil || low.Cmp(worst.Least) < 0 {
			worst.Least, worst.At, worst.Result = low, i, r
		}
	}
	return worst, worst.Least != nil
}
