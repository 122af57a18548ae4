package main

import (
	"encoding/json"
	"strings"
	"testing"
)

// The flow of a population of one instance is that of the instance; what does not
// go together is refused.
func TestPopulationUntil(t *testing.T) {
	data := write(t, `{"vertices":7,"edges":[[0,1],[0,2],[1,3],[2,3],[1,4],[3,5],[4,5],[0,5]],"root":0,"target":5,"other":6,"path":[0,2,3,5]}`)
	for _, start := range []string{"0", "-3/2"} {
		code, stdout, stderr := call("population", "--data", data, "--step", "1", "--until", "50", "--samples", "2", "--start="+start, "--digits", "15", "--json")
		var population struct {
			Until, Start, Rate string
			Mu                 *struct{ Lo, Hi string }
			End                struct{ Lo, Hi string } `json:"mu_until"`
			Samples            []flowSample
		}
		if err := json.Unmarshal([]byte(stdout), &population); err != nil || code != exitFine {
			t.Fatalf("exit %d, %v, %s", code, err, stderr)
		}
		_, stdout, _ = call("flow", "--data", data, "--instance", "0", "--step", "1", "--loss", "coconut", "--until", "50", "--samples", "2", "--start="+start, "--digits", "15", "--json")
		var flow struct {
			Mu      struct{ Lo, Hi string }
			Samples []flowSample
		}
		if err := json.Unmarshal([]byte(stdout), &flow); err != nil {
			t.Fatal(err)
		}
		if population.Rate != "1/7" || population.Start != map[string]string{"0": "0", "-3/2": "-1.5"}[start] || population.Until != "50" || len(population.Samples) != 2 {
			t.Errorf("%+v", population)
		}
		if apart := population.End.Lo[:15] != flow.Mu.Lo[:15]; apart || population.Samples[0].Mu.Lo[:15] != flow.Samples[0].Mu.Lo[:15] {
			t.Errorf("from %s: %v, one profile alone %v", start, population, flow)
		}
	}
	code, stdout, _ := call("population", "--data", data, "--step", "1", "--until", "50", "--digits", "8")
	if code != exitFine || !strings.Contains(stdout, "1/n_voc = 1/7") {
		t.Errorf("exit %d: %s", code, stdout)
	}
	// One thought of logit 1 has uniform weights.
	_, uniform, _ := call("population", "--data", data, "--step", "1", "--until", "50", "--samples", "2", "--start", "1/2", "--digits", "12")
	code, stdout, _ = call("population", "--data", data, "--step", "1", "--logit", "1", "--until", "50", "--samples", "2", "--start", "1/2", "--digits", "12")
	after := func(text string) string {
		_, flow, _ := strings.Cut(text, "flow from")
		return flow
	}
	if code != exitFine || after(stdout) == "" || after(stdout) != after(uniform) {
		t.Errorf("exit %d: %s, with uniform weights %s", code, stdout, uniform)
	}
	refused(t, "a start without an end", []string{"--start"}, "population", "--data", data, "--step", "1", "--start", "1")
	refused(t, "samples without an end", []string{"--samples"}, "population", "--data", data, "--step", "1", "--samples", "3")
	refused(t, "two logits", []string{"diagonal"}, "population", "--data", data, "--step", "1", "--until", "5", "--parametrization", "full")
	refused(t, "an end that is none", []string{"--until"}, "population", "--data", data, "--step", "1", "--until", "inf")
}
