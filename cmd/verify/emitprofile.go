//go:build !page

package main

import (
	"context"

	"muflow/internal/report"
)

// emitProfile prints a LaTeX document of a profile.
func (t *terminal) emitProfile(ctx context.Context, r profileRequest) error {
	text, err := report.ProfileLaTeX(ctx, report.ProfileQuestion(r))
	if err != nil {
		return undecided(err)
	}
	return t.write([]byte(text))
}
