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
	"graph":          {},
	"runlog":         {},
	"theory/sym":     {},
	"theory/cert":    {},
	"ode/ball":       {},
	"ode/fixed":      {},
	"ode/elementary": {"ode/ball"},
	"theory":         {"graph", "theory/sym"},
	"theory/derive":  {"graph", "theory", "theory/sym"},
	"ode":            {"ode/ball", "ode/fixed"},
	"sim":            {"graph", "sim/kernel"},
	"sim/kernel":     {},
	"sim/learned":    {"graph", "sim", "sim/kernel"},
	"prove":          {"graph", "theory", "theory/sym", "theory/derive", "theory/cert", "ode", "ode/ball", "ode/elementary", "runlog"},
	"exhaust":        {"graph", "theory", "prove", "runlog"},
	"proptest":       {"graph", "theory", "theory/sym", "theory/derive", "ode", "ode/ball", "ode/elementary", "sim", "sim/kernel", "sim/learned", "prove", "runlog"},
	"report":         {"graph", "theory", "theory/sym", "ode", "ode/ball", "sim", "prove", "proptest", "runlog", "sweep"},
	"sweep":          {"graph", "theory", "sim", "prove", "proptest", "runlog"},
	"bench":          {"graph", "theory", "ode", "prove", "sim", "sim/kernel", "sim/learned", "exhaust", "runlog"},
	"cmd/verify":     {"bench", "graph", "theory", "theory/sym", "theory/derive", "theory/cert", "ode", "ode/ball", "sim", "sim/kernel", "sim/learned", "prove", "proptest", "report", "sweep", "exhaust", "runlog"},
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
