package main

import (
	"encoding/json"
	"strings"
	"testing"
)

// A start is in the document if it is given, and so are the bounds from it under
// Coconut-BFS; what is no number is refused in one line.
func TestFlowStart(t *testing.T) {
	var document struct {
		Start  *string
		Mu     struct{ Lo, Hi string }
		Bounds *struct{ Lower, Upper struct{ Lo, Hi string } }
	}
	for _, c := range []struct {
		start, loss string
		bounds      bool
	}{{"", "bfs", false}, {"-0.5", "coconut", false}, {"2/3", "bfs", true}, {"1e-30", "coconut", false}, {"-1e5", "bfs", true}, {"0", "bfs", true}} {
		args := []string{"--loss", c.loss, "--until", "10", "--json"}
		if c.start != "" {
			args = append(args, "--start", c.start)
		}
		code, stdout, stderr := callFlow(t, profileA, args...)
		document.Start, document.Bounds = nil, nil
		if err := json.Unmarshal([]byte(stdout), &document); err != nil || code != exitFine {
			t.Fatalf("--start %s: exit %d, %v, %s", c.start, code, err, stderr)
		}
		if (document.Start != nil) != (c.start != "") || (document.Bounds != nil) != c.bounds {
			t.Errorf("--start %s: %s", c.start, stdout)
		}
		if c.start != "" && !strings.Contains(stdout, "--start="+c.start) {
			t.Errorf("no --start %s in the command: %s", c.start, stdout)
		}
	}
	for _, bad := range []string{"", "x", "--1", "-+1", "1e400", "NaN", "1/0", "0x1", "1000001", "-inf"} {
		code, stdout, stderr := callFlow(t, profileA, "--loss", "bfs", "--until", "10", "--start="+bad)
		if code != exitUsage || stdout != "" || strings.Count(stderr, "\n") != 1 {
			t.Errorf("--start %q: exit %d, %q, %q", bad, code, stdout, stderr)
		}
	}
}

// A LaTeX document of a profile goes to standard output alone, from both commands.
func TestEmitLaTeX(t *testing.T) {
	data := write(t, `{"vertices":7,"edges":[[0,1],[0,2],[1,3],[2,3],[1,4],[3,5],[4,5],[0,5]],"root":0,"target":5,"other":6,"path":[0,1,4,5]}`)
	at := []string{"--data", data, "--instance", "0", "--step", "1", "--digits", "8", "--emit", "latex"}
	code, stdout, stderr := call(append([]string{"equilibrium"}, at...)...)
	if code != exitFine || stderr != "" || !strings.HasPrefix(stdout, `\documentclass`) || !strings.Contains(stdout, `\mu^* &= `) {
		t.Errorf("exit %d, %q, %s", code, stderr, stdout)
	}
	code, stdout, _ = call(append([]string{"flow", "--loss", "bfs", "--until", "1e3", "--start", "-1/3"}, at...)...)
	if code != exitFine || !strings.Contains(stdout, `\mu(1000) &= `) || !strings.Contains(stdout, `\mu_0 = -\tfrac{1}{3}`) {
		t.Errorf("exit %d, %s", code, stdout)
	}
	refused(t, "another language", []string{"latex"}, "equilibrium", "--data", data, "--emit", "html")
	refused(t, "two forms", []string{"emit", "json"}, append([]string{"equilibrium", "--json"}, at...)...)
	refused(t, "samples", []string{"emit", "samples"}, append([]string{"flow", "--loss", "bfs", "--until", "1e3", "--samples", "3"}, at...)...)
}
