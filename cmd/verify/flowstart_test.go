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
