package hunt

import (
	"strings"
	"testing"

	"muflow/prove"
)

// plantedAtLeast is how many false variants of its own every claim has.
const plantedAtLeast = 3

// without lists the claims that have fewer, or the prefixes of their names.
var without = []string{}

// Every claim has false variants of its own that the hunt refutes, a name says of
// which claim, and no statement is there twice.
func TestEveryClaimHasPlantedVariants(t *testing.T) {
	all, err := Library()
	if err != nil {
		t.Fatal(err)
	}
	count, said := map[string]int{}, map[string]string{}
	for _, s := range all {
		if !s.Planted {
			continue
		}
		if base, _, ok := strings.Cut(s.ID, "~"); !ok || base != s.Base {
			t.Errorf("%s is said to be a variant of %s", s.ID, s.Base)
		}
		count[s.Base]++
		text := s.Loss + " " + strings.Join(s.Premise, ", ") + " ⇒ " + s.Conclusion
		if other := said[text]; other != "" {
			t.Errorf("%s says the same as %s", s.ID, other)
		}
		said[text] = s.ID
	}
	excused := func(id string) bool {
		for _, prefix := range without {
			if strings.HasPrefix(id, prefix) {
				return true
			}
		}
		return false
	}
	for _, c := range prove.Claims {
		if n := count[c.ID]; n < plantedAtLeast && !excused(c.ID) {
			t.Errorf("%s has %d planted variants, expected at least %d", c.ID, n, plantedAtLeast)
		}
	}
}
