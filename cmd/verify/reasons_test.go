package main

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"muflow/prove"
	"muflow/theory"
)

// Few instances and steps are shown one by one with μ*, which is that of verify
// equilibrium; more of them by how often each reason occurs.
func TestTheoremReasons(t *testing.T) {
	one := `{"vertices":7,"edges":[[0,1],[0,2],[1,3],[2,3],[1,4],[3,5],[4,5],[0,5]],"root":0,"target":5,"other":6,"path":[0,1,4,5]}`
	data := write(t, one)
	code, stdout, _ := call("theorem", "1", "--data", data, "--digits", "10")
	_, equilibrium, _ := call("equilibrium", "--data", data, "--instance", "0", "--step", "1", "--digits", "10")
	mu := strings.Fields(strings.Split(equilibrium, "\n")[1])[1]
	if code != exitFine || strings.Count(stdout, "\ninstance 0, step ") != 3 || !strings.Contains(stdout, "step 1, μ* = "+mu+"\n") || strings.Count(stdout, "\n  T1") != 90 {
		t.Errorf("exit %d, μ* = %s: %s", code, mu, stdout)
	}
	for line := range strings.Lines(stdout) {
		if utf8.RuneCountInString(line) > columns+1 {
			t.Errorf("a line of %d columns: %s", utf8.RuneCountInString(line), line)
		}
	}
	many := write(t, strings.Repeat(one+"\n", 7)) // 21 steps
	_, stdout, _ = call("theorem", "1", "--data", many)
	if strings.Contains(stdout, "instance 0") || !strings.Contains(stdout, "\n entries  verdict ") || !strings.Contains(stdout, "      91  not-applicable  T1b T1b-positive T1b-negative T1b-rate T1b-ceiling T1b-ceiling-sharp\n                          T1b-steps T1b-steps-unstable T1b-walk T1b-walk-sign T1b-walk-rate\n                          T1b-walk-steps T1b-walk-unstable: A9 fails") {
		t.Error(stdout)
	}
}

// What failed comes first, however rare; what is not listed is counted.
func TestReasonsInOrder(t *testing.T) {
	x := newReasons()
	for i := range 3000 {
		x.add(prove.Result{Claim: "T1a", Where: prove.Where{Instance: prove.Place(i)}, Verdict: theory.Proved, Reason: fmt.Sprint("reason ", i%30)})
	}
	x.add(prove.Result{Claim: "T1b", Verdict: theory.Undecided, Reason: "open"})
	x.add(prove.Result{Claim: "T1b", Verdict: theory.Refuted, Reason: "wrong"})
	var out bytes.Buffer
	x.print(&out)
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(lines) != 1+shownReasons+1 || !strings.Contains(lines[1], "wrong") || !strings.Contains(lines[2], "open") || !strings.HasSuffix(lines[len(lines)-1], "1200  12 other reasons") || len(x.few) != 0 {
		t.Error(out.String())
	}
}
