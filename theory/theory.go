package theory

import (
	"fmt"
	"slices"
)

// A Loss is the training loss of thought generation.
type Loss uint8

// The two losses of the paper.
const (
	Coconut    Loss = iota // −log softmax(ξ)_p, p the next vertex of the demonstrated path
	CoconutBFS             // −log of the softmax mass on N_{c+1}
)

// String returns the name used on the command line: coconut or bfs.
func (l Loss) String() string {
	if l == CoconutBFS {
		return "bfs"
	}
	return "coconut"
}

// MarshalText writes the name of the loss.
func (l Loss) MarshalText() ([]byte, error) { return []byte(l.String()), nil }

// ParseLoss reads the name of a loss as String writes it.
func ParseLoss(name string) (Loss, error) {
	switch name {
	case "coconut":
		return Coconut, nil
	case "bfs":
		return CoconutBFS, nil
	}
	return 0, fmt.Errorf("unknown loss %q, expected coconut or bfs", name)
}

// A Verdict is what is known of one claim on one instance and step. The zero
// value is Undecided.
type Verdict uint8

// The verdicts. Only Proved and Refuted are rigorous.
const (
	Undecided     Verdict = iota // the budget did not suffice
	Proved                       // exact arithmetic or outward-rounded enclosures, end to end
	Refuted                      // the same, with a witness
	Consistent                   // checked numerically or statistically only
	Inconsistent                 // the same, and it failed
	NotApplicable                // a premise of the claim fails
)

// Verdicts lists all verdicts in the order of reports.
var Verdicts = []Verdict{Proved, Refuted, Consistent, Inconsistent, NotApplicable, Undecided}

var verdictNames = [...]string{"undecided", "proved", "refuted", "consistent", "inconsistent", "not-applicable"}

// String returns the name of the verdict in reports.
func (v Verdict) String() string {
	if int(v) < len(verdictNames) {
		return verdictNames[v]
	}
	return fmt.Sprintf("verdict(%d)", uint8(v))
}

// MarshalText writes the name of the verdict.
func (v Verdict) MarshalText() ([]byte, error) { return []byte(v.String()), nil }

// UnmarshalText reads what MarshalText writes.
func (v *Verdict) UnmarshalText(text []byte) error {
	return setNamed(v, "verdict", verdictNames[:], text)
}

// A Limit is where the index-matching logit μ(t) goes as t → ∞.
type Limit uint8

// The possible limits. Unknown is the zero value.
const (
	UnknownLimit  Limit = iota
	FiniteLimit         // one globally attracting equilibrium μ*
	PlusInfinity        // μ(t) → +∞
	MinusInfinity       // μ(t) → −∞
	Stationary          // μ' = 0 everywhere: μ stays where it starts
	Unbounded           // some direction diverges (several logits)
)

var limitNames = [...]string{"undecided", "finite", "plus-infinity", "minus-infinity", "stationary", "unbounded"}

// String returns the status word of the command line.
func (l Limit) String() string {
	if int(l) < len(limitNames) {
		return limitNames[l]
	}
	return fmt.Sprintf("limit(%d)", uint8(l))
}

// MarshalText writes the status word.
func (l Limit) MarshalText() ([]byte, error) { return []byte(l.String()), nil }

// UnmarshalText reads what MarshalText writes.
func (l *Limit) UnmarshalText(text []byte) error {
	return setNamed(l, "limit", limitNames[:], text)
}

// setNamed sets a value to the place of its name.
func setNamed[T ~uint8](value *T, kind string, names []string, text []byte) error {
	i := slices.Index(names, string(text))
	if i < 0 {
		return fmt.Errorf("unknown %s %q", kind, text)
	}
	*value = T(i)
	return nil
}
