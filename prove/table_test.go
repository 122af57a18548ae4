package prove

import (
	"strings"
	"testing"

	"muflow/theory"
)

// TestClaimsTableIsComplete: one row with six cells for every claim of the
// command line's contract, all of whose assumptions are explained.
func TestClaimsTableIsComplete(t *testing.T) {
	table := ClaimsMarkdown()
	for _, id := range strings.Fields("T1a T1a-lower T1a-upper T1b T1b-positive T1b-rate T1b-ceiling L1 T2 T2-length T3-direction T3-answer T3-population") {
		if _, ok := ClaimByID(id); !ok {
			t.Errorf("no claim %s", id)
		}
	}
	rows := 0
	seen := map[string]bool{}
	for _, c := range Claims {
		if seen[c.ID] || c.Theorem == "" || c.Statement == "" || c.LaTeX == "" || c.Proof == "" || c.Command == "" || len(c.Assumptions) == 0 {
			t.Errorf("claim %q occurs twice or is incomplete", c.ID)
		}
		seen[c.ID] = true
		for _, id := range c.Assumptions {
			if theory.Assumptions[id] == "" {
				t.Errorf("%s rests on %s, which is not explained", c.ID, id)
			}
		}
		for line := range strings.Lines(table) {
			if strings.HasPrefix(line, "| "+c.ID+" (") {
				rows++
				if cells := strings.Count(line, "|") - strings.Count(line, `\|`); cells != 8 {
					t.Errorf("%s: %d bars, expected 8", c.ID, cells)
				}
			}
		}
	}
	if rows != len(Claims) {
		t.Errorf("%d rows for %d claims", rows, len(Claims))
	}
	if strings.Index(table, "- A2:") > strings.Index(table, "- A10:") {
		t.Error("assumptions are not in order")
	}
}
