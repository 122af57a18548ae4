package check

import (
	"context"
	"encoding/json"
	"os"
	"slices"
	"testing"

	"muflow/internal/long"
	"muflow/internal/script"
)

// TestOrderOfClaims decides the claims of theories forwards, backwards and one by
// one: what is shared by them must not show.
func TestOrderOfClaims(t *testing.T) {
	names := []string{"attention-regression", "softmax"}
	if *long.Tests {
		names = append(names, "alpine", "attention-heads", "attention-merged", "attention-separate", "joma", "joma-sparse", "modes", "soft-token", "token-selection")
	}
	for _, name := range names {
		text, err := os.ReadFile("../../theories/" + name + ".star")
		if err != nil {
			t.Fatal(err)
		}
		orderOfClaims(t, name, string(text))
	}
	// One quantity is solved for an unknown, and which one must not depend on the
	// order either; flows of two unknowns, of which one is also a flow of its own.
	orderOfClaims(t, "two quantities", `theory("two quantities")
x = state("x", start = 1)
y = state("y", start = 2)
z = state("z", start = 3)
flow(x, -x)
flow(y, -x)
flow(z, -x)
claim("a", conserved(y - x))
claim("b", conserved(z - y))
claim("c", limit(y) == 1)
claim("d", limit(z + x * y) == 2)
claim("e", always(z > y, until = 3))
claim("f", always(x + y < 4, until = 3))
claim("g", always(x + y < 3, y >= x))
claim("h", converges(x * z))
`)
}

func orderOfClaims(t *testing.T, name, source string) {
	t.Helper()
	th, err := script.Run(name, []byte(source), script.Options{})
	if err != nil {
		t.Fatal(err)
	}
	decided := func(th *script.Theory, only ...string) map[string]string {
		report, err := Theory(context.Background(), th, Options{Claims: only})
		if err != nil {
			t.Fatal(err)
		}
		out := map[string]string{}
		for _, r := range report.Claims {
			text, err := json.Marshal(r)
			if err != nil {
				t.Fatal(err)
			}
			out[r.ID] = string(text)
		}
		return out
	}
	forwards := decided(th)
	turned := *th
	turned.Claims = slices.Clone(th.Claims)
	slices.Reverse(turned.Claims)
	backwards := decided(&turned)
	for _, claim := range th.Claims {
		alone := decided(th, claim.ID)[claim.ID]
		if got := forwards[claim.ID]; got != alone || backwards[claim.ID] != alone {
			t.Errorf("%s, %s: alone\n%s\nin order\n%s\nbackwards\n%s", name, claim.ID, alone, got, backwards[claim.ID])
		}
	}
}
