package prove

import (
	"fmt"
	"strings"

	"muflow/theory"
)

// ClaimsMarkdown returns the table of all claims, and under it the list of
// assumptions, in Markdown with formulas between dollar signs. A document that
// shows them holds this text as it is, so that a test can compare.
func ClaimsMarkdown() string {
	var b strings.Builder
	b.WriteString("| id | statement | in symbols | assumes | proved by | evidence | shown by |\n|---|---|---|---|---|---|---|\n")
	cell := func(text string) string {
		return strings.ReplaceAll(strings.Join(strings.Fields(text), " "), "|", `\|`)
	}
	for _, c := range Claims {
		fmt.Fprintf(&b, "| %s (%s) | %s | $%s$ | %s | %s | %s | `%s` |\n", c.ID, c.Theorem, cell(c.Statement), cell(c.LaTeX),
			strings.Join(c.Assumptions, " "), cell(c.Proof), cell(c.Evidence()), cell(c.Command))
	}
	b.WriteString("\nAssumptions:\n\n")
	for _, id := range theory.AssumptionIDs() {
		fmt.Fprintf(&b, "- %s: %s\n", id, theory.Assumptions[id])
	}
	return b.String()
}
