package portable

import (
	"flag"
	"maps"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// Where the compiler may fuse: pictures, timings, and complex guesses that are
// certified afterwards.
var mayFuse = []string{"internal/report", "internal/bench", "internal/elementary"}

var listing = flag.Bool("listing", false, "read the compiler's listing of the whole module")

var (
	fused    = regexp.MustCompile(`\(muflow/(\S+\.go:\d+)\)\s+FN?M(ADD|SUB)[DS]\s`)
	function = regexp.MustCompile(`\(muflow/(\S+\.go:\d+)\)\s+(?:CALL|BL)\s+(math\.(?:arch)?(?:Exp|Log|Log1p|Expm1|Exp2|Log2|Pow|Hypot|exp|log|log1p|expm1|exp2|log2|pow|hypot|Sin|Cos|Tan|Sincos|sin|cos|tan|Tanh|tanh)\(SB\)|` +
		`math/rand/v2\.\(\*Rand\)\.(?:Norm|Exp)Float64\(SB\)|gonum\.org/v1/gonum/(?:stat|stat/distuv|mathext)\.\S*\(SB\))`)
)

// The compiler's listing for arm64, where it fuses what it may, has no fused
// multiply-add and no call of a function of package math that differs between
// processors, or of a library's that uses one, but in the packages listed.
func TestNothingIsFused(t *testing.T) {
	if !*listing {
		t.Skip("compiles the module for another processor: go test ./internal/portable -listing")
	}
	root, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}").Output()
	if err != nil {
		t.Fatal(err)
	}
	build := exec.Command("go", "build", "-gcflags=muflow/...=-S", "-o", os.DevNull, "muflow/cmd/verify")
	build.Env = append(os.Environ(), "GOOS=linux", "GOARCH=arm64", "CGO_ENABLED=0")
	text, err := build.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %.2000s", err, text)
	}
	own := strings.TrimSpace(string(root)) + string(os.PathSeparator)
	places, lines := map[string]string{}, 0
	for line := range strings.Lines(string(text)) {
		lines++
		line = strings.Replace(line, "("+own, "(muflow/", 1)
		if m := fused.FindStringSubmatch(line); m != nil {
			places[m[1]] = "a product and a sum are fused"
		} else if m := function.FindStringSubmatch(line); m != nil {
			places[m[1]] = m[2]
		}
	}
	elsewhere := 0
	for _, place := range slices.Sorted(maps.Keys(places)) {
		if slices.ContainsFunc(mayFuse, func(room string) bool { return strings.HasPrefix(place, room+"/") }) {
			elsewhere++
			continue
		}
		t.Errorf("%s: %s", place, places[place])
	}
	if lines < 100_000 || elsewhere < 10 {
		t.Errorf("%d lines of listing, %d places where fusing is allowed: nothing was read", lines, elsewhere)
	}
}
