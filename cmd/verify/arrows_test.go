package main

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// arrows lists, for every package, the packages of this module that it may
// import. A package that is not listed may import none and be imported by none.
var arrows = map[string][]string{
	"internal/strict":     {},
	"graph":               {"internal/strict", "internal/portable"},
	"sim/kernel":          {"internal/portable"},
	"theory/cert":         {"theory/cert/scalar"},
	"theory/cert/scalar":  {},
	"ode/ball":            {"internal/portable"},
	"internal/runlog":     {"internal/strict"},
	"internal/sym":        {},
	"internal/portable":   {},
	"internal/mutant":     {},
	"internal/long":       {},
	"internal/fixed":      {},
	"internal/elementary": {"ode/ball", "internal/portable"},
	"internal/reduced":    {"theory", "ode/ball", "internal/portable"},
	"theory":              {"graph", "internal/sym", "internal/strict"},
	"internal/derive":     {"graph", "theory", "internal/sym"},
	"internal/alltime":    {"ode", "ode/ball", "theory/cert/scalar", "internal/sym"},
	"internal/script":     {"ode", "internal/alltime", "internal/strict"},
	"internal/descend":    {"internal/tape", "internal/script", "internal/check", "internal/portable", "internal/runlog", "ode", "ode/ball", "theory", "prove"},
	"internal/tape":       {"ode", "ode/ball", "internal/portable"},
	"internal/refute":     {"internal/script", "internal/check", "internal/alltime", "internal/tape", "internal/reduced", "internal/runlog", "ode", "theory"},
	"internal/check":      {"internal/script", "internal/alltime", "ode", "ode/ball", "theory", "theory/cert/scalar", "prove"},
	"ode":                 {"ode/ball", "internal/fixed", "internal/portable"},
	"sim":                 {"graph", "sim/kernel", "internal/portable"},
	"sim/learned":         {"graph", "sim", "sim/kernel", "internal/portable"},
	"prove":               {"graph", "theory", "theory/cert", "ode", "ode/ball", "internal/sym", "internal/derive", "internal/elementary", "internal/reduced", "internal/runlog", "internal/strict", "internal/portable"},
	"internal/compare":    {"graph", "theory", "ode", "ode/ball", "sim", "sim/kernel", "sim/learned", "prove", "internal/reduced", "internal/runlog", "internal/portable"},
	"internal/checkpoint": {"graph", "sim", "sim/kernel", "sim/learned", "internal/runlog", "internal/strict", "internal/portable"},
	"internal/exhaust":    {"graph", "theory", "prove", "internal/hunt", "internal/runlog", "internal/strict"},
	"internal/hunt":       {"graph", "theory", "ode", "ode/ball", "internal/script", "prove", "internal/sym", "internal/reduced", "internal/strict", "internal/portable"},
	"internal/explore":    {"graph", "theory", "sim", "prove", "internal/compare", "internal/reduced", "internal/runlog", "internal/strict", "internal/portable"},
	"internal/baseline":   {"graph", "theory", "ode", "prove", "internal/hunt", "internal/check", "internal/script", "internal/runlog", "internal/strict"},
	"internal/sweep":      {"graph", "theory", "sim", "prove", "internal/compare", "internal/reduced", "internal/script", "internal/check", "internal/runlog", "internal/strict", "internal/portable"},
	"internal/report":     {"graph", "theory", "ode", "ode/ball", "sim", "prove", "internal/compare", "internal/reduced", "internal/sweep", "internal/script", "internal/check", "internal/page/web", "internal/runlog", "internal/sym", "internal/strict", "internal/portable"},
	"internal/bench":      {"graph", "theory", "theories", "ode", "ode/ball", "prove", "sim", "sim/kernel", "sim/learned", "internal/checkpoint", "internal/exhaust", "internal/script", "internal/check", "internal/runlog"},
	"internal/runs":       {"graph", "theory", "prove", "internal/reduced", "internal/strict", "internal/portable"},
	"internal/rocq":       {"graph", "theory", "prove", "internal/runlog"},
	"theories":            {},
	"internal/page":       {"theories", "internal/strict"},
	"internal/page/web":   {},
	"internal/outside":    {},
	"proptest":            {},
	"cmd/verify":          {"graph", "theory", "theory/cert", "theory/cert/scalar", "ode", "sim", "sim/kernel", "sim/learned", "prove", "internal/checkpoint", "internal/compare", "internal/report", "internal/sweep", "internal/exhaust", "internal/check", "internal/descend", "internal/script", "internal/hunt", "internal/refute", "internal/explore", "internal/baseline", "internal/bench", "internal/rocq", "internal/runs", "internal/page", "internal/runlog", "internal/strict"},
}

func TestImportsFollowTheArrows(t *testing.T) {
	out, err := exec.Command("go", "list", "-f", `{{.ImportPath}} {{join .Imports " "}}`, "muflow/...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	packages := 0
	for line := range strings.Lines(string(out)) {
		fields := strings.Fields(line)
		name := strings.TrimPrefix(fields[0], "muflow/")
		allowed, known := arrows[name]
		if !known {
			t.Errorf("package %s has no place in the table of arrows", name)
			continue
		}
		packages++
		for _, imported := range fields[1:] {
			if short, ours := strings.CutPrefix(imported, "muflow/"); ours && !slices.Contains(allowed, short) {
				t.Errorf("%s imports %s", name, short)
			}
		}
	}
	if packages < 6 {
		t.Fatalf("only %d packages", packages)
	}
}
