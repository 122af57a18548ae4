package cert

import (
	"fmt"
	"math/big"
	"strings"
	"testing"

	"muflow/internal/long"
)

// TestTimeIsBounded: the costliest texts that we know of are refused by a limit
// of the checker, or after all that they ask for was decided.
func TestTimeIsBounded(t *testing.T) {
	if testing.Short() {
		t.Skip("minutes on a slow machine")
	}
	populations, steps := 256, 2
	if *long.Tests {
		populations, steps = 1024, 12
	}
	path := func(n, step int, labels string) string { // 0→1→…→n−2, and n−1 alone
		var b strings.Builder
		for u := range n - 2 {
			fmt.Fprintf(&b, ",[%d,%d]", u, u+1)
		}
		return fmt.Sprintf(`{"vertices":%d,"edges":[%s],"root":0,"step":%d,%s}`, n, b.String()[1:], step, labels)
	}
	many := func(graph string, count int) string { return strings.Repeat(","+graph, count)[1:] }
	digits := new(big.Int).Lsh(big.NewInt(1), 1<<13).String()
	tree := `{"vertices":4,"edges":[[0,1],[0,2],[1,2],[1,3]],"root":0,"step":1,"vertex":3}`
	exact := `"exact":{"excess":"1","least":"1","walk_excess":"1","walk_least":"1"}`
	var classes strings.Builder
	for d := range 80 {
		fmt.Fprintf(&classes, `,{"in_set":0,"degree":%d,"count":9}`, d*51)
	}
	var spread strings.Builder // a vertex v with v mod 17 edges into it from N_1, and others
	spread.WriteString(`{"vertices":300,"edges":[[0,1]`)
	for u := 2; u < 20; u++ {
		fmt.Fprintf(&spread, ",[0,%d]", u)
	}
	for u := 1; u < 40; u++ {
		for v := 40; v < 300; v++ {
			if u <= v%17 || u >= 20 && u < 20+v%13 {
				fmt.Fprintf(&spread, ",[%d,%d]", u, v)
			}
		}
	}
	spread.WriteString(`],"root":0,"step":1}`)
	labelled := strings.Replace(spread.String(), "}", `,"vertex":299}`, 1)
	head := func(claim string) string { return `{"format":"muflow/certificate/1","claim":"` + claim + `",` }
	for name, test := range map[string][2]string{
		"one long walk":    {"beyond the limits of the checker: 300 thoughts", head("T3-population") + `"logit":"` + digits + `","graphs":[` + path(400, 300, `"target":300,"other":399`) + `],` + exact + "}"},
		"many walks":       {"beyond the limits of the checker: 100 thoughts", head("T3-population") + `"logit":"` + digits + `","graphs":[` + many(path(5, 100, `"target":3,"other":4`), 1<<14) + `],` + exact + "}"},
		"many short walks": {"beyond the limits of the checker: 100 thoughts", head("T3-population") + `"logit":"2","graphs":[` + many(path(5, 100, `"target":3,"other":4`), 1<<14) + `],` + exact + "}"},
		"many populations": {"mu: not proved to be the number or its neighbours", head("population") + `"loss":"coconut","alpha":"300","graphs":[` + many(tree, populations) + `],"grid":512,"numbers":{"mu":[1,2]},"status":"finite"}`},
		"high degrees": {"mu: not proved to be the number or its neighbours", head("T1b") + `"loss":"coconut","alpha":"1","profile":{"n":4811,"k":4091,"target_degree":51,"classes":[` + classes.String()[1:] +
			`,{"in_set":1,"degree":0,"count":1},{"in_set":1,"degree":1,"count":4090}]},"grid":512,"numbers":{"mu":[` + new(big.Int).Lsh(big.NewInt(7), 512).String() + "," + new(big.Int).Add(new(big.Int).Lsh(big.NewInt(7), 512), big.NewInt(1)).String() + `]}}`},
		"many attending": {"status: it is plus-infinity", head("A6-population") + `"loss":"coconut","alpha":"7","gain":"90","graphs":[` + many(labelled, steps) + `],"grid":512,"status":"minus-infinity"}`},
		"a wide search":  {"status: it is plus-infinity", head("A6-bfs") + `"loss":"bfs","alpha":"7","gain":"900","graph":` + spread.String() + `,"grid":512,"status":"minus-infinity"}`},
		"a rate":         {"status: it is plus-infinity", head("A6-rate") + `"loss":"coconut","alpha":"40","gain":"90","graph":` + labelled + `,"grid":512,"numbers":{"rate":[1,2],"z":[1,2]},"status":"finite"}`},
		"long walks":     {"premise: a tie of walks", head("A8-regenerated") + `"loss":"coconut","graph":` + path(400, 1000, `"vertex":1`) + `,"exact":{"most_walks":"1","walks":"1"},"status":"bounded"}`},
		"brackets":       {"16777217 bytes, expected at most 16777216", strings.Repeat("[", MaxBytes)},
		"digits":         {"a number with more than 20000 digits", head("T2") + `"grid":` + strings.Repeat("9", MaxBytes/2) + "}"},
	} {
		why, text := test[0], test[1]
		if _, err := Check(append([]byte(text), '\n')); err == nil || err.Error() != why {
			t.Errorf("%s: %v, expected %q", name, err, why)
		}
		if c := strings.Count(text, "\n"); c > 0 {
			t.Errorf("%s: %d line feeds", name, c)
		}
	}
}
