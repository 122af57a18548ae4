package main

import (
	"encoding/json"
	"testing"
)

func TestCurriculumRefusesAndReports(t *testing.T) {
	for _, c := range [][]string{
		{"--thoughts", "x"}, {"--start", "x"}, {"--thoughts", "frozen", "--start", "carry"}, {"--norm", "free"}, {"--norm", "x"}, {"--time", "0"},
		{"--time", "Inf"}, {"--time", "1e300"}, {"--steps", "0"}, {"--batch", "-1"}, {"--seed", "3"},
	} {
		refused(t, "curriculum", nil, append([]string{"curriculum"}, c...)...)
	}
	file := write(t, "["+goodInstance+"]")
	args := []string{"curriculum", "--data", file, "--time", "50", "--last-time", "50", "--steps", "200", "--last-steps", "200", "--json", "--quiet"}
	code, first, stderr := call(args...)
	_, second, _ := call(append(args, "--jobs", "1")...)
	var document struct {
		Schema string
		Runs   []struct{ Verdict string }
	}
	if err := json.Unmarshal([]byte(first), &document); err != nil || code != 0 || len(document.Runs) != 5 || document.Runs[4].Verdict != "consistent" || first != second {
		t.Errorf("exit %d, %v, %s %s", code, err, first, stderr)
	}
}
