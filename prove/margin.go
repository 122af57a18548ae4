package prove

import (
	"fmt"
	"math"
	"math/big"
	"strconv"

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
	worst, most := Margin{Name: c.Margin.Name}, math.Inf(1) // most: at least the least so far
	for i := range results {
		r := &results[i]
		if r.Claim != c.ID || r.Verdict != theory.Proved || r.Values == nil {
			continue
		}
		low, high := r.Values[c.Margin.Value].Lo, "0"
		if c.Margin.Minus != "" {
			high = r.Values[c.Margin.Minus].Hi
		}
		if leastDifference(low, high) > most {
			continue
		}
		x, ok := new(big.Rat).SetString(low)
		y, okToo := new(big.Rat).SetString(high)
		if !ok || !okToo {
			continue
		}
		if x.Sub(x, y); worst.Least == nil || x.Cmp(worst.Least) < 0 {
			worst.Least, worst.At, worst.Result = x, i, *r
			most, _ = x.Float64()
			most = math.Nextafter(most, math.Inf(1))
		}
	}
	return worst, worst.Least != nil
}

// leastDifference is a lower bound of the difference of two numbers, −∞ if it is not
// plain.
func leastDifference(high, low string) float64 {
	x, err := strconv.ParseFloat(high, 64)
	y, fault := strconv.ParseFloat(low, 64)
	if err != nil || fault != nil || math.IsNaN(x-y) {
		return math.Inf(-1)
	}
	return x - y - float64((math.Abs(x)+math.Abs(y))*0x1p-50) - 0x1p-1000
}
