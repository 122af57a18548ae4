package main

import (
	"bytes"
	"context"
	"encoding/json"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const profileA = `{"n": 18, "k": 7, "target_degree": 1, "classes": [{"in_set": 0, "degree": 0, "count": 9}, {"in_set": 1, "degree": 0, "count": 1},
	{"in_set": 1, "degree": 1, "count": 4}, {"in_set": 1, "degree": 2, "count": 2}, {"in_set": 0, "degree": 1, "count": 2}]}`

// callFlow runs verify flow on a profile of its own file.
func callFlow(t *testing.T, profile string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "profile.json")
	if err := os.WriteFile(file, []byte(profile), 0o600); err != nil {
		t.Fatal(err)
	}
	var out, errors bytes.Buffer
	code = run(context.Background(), append([]string{"flow", "--profile", file}, args...), &out, &errors)
	return code, out.String(), errors.String()
}

func TestFlowCommand(t *testing.T) {
	for _, method := range []string{"elementary", "flowpipe", "taylor"} {
		code, stdout, stderr := callFlow(t, profileA, "--loss", "bfs", "--until", "1e1", "--digits", "40", "--samples", "3", "--method", method, "--json")
		if code != exitFine || stderr != "" {
			t.Fatalf("%s: exit %d, %s", method, code, stderr)
		}
		var keys map[string]json.RawMessage
		if err := json.Unmarshal([]byte(stdout), &keys); err != nil {
			t.Fatal(err)
		}
		for _, key := range []string{"schema", "loss", "until", "mu", "samples", "method", "steps", "order", "precision_bits"} {
			if _, ok := keys[key]; !ok {
				t.Errorf("%s: no key %s", method, key)
			}
		}
		var numbers struct {
			Mu      struct{ Lo, Hi, Evidence string }
			Until   string
			Samples []struct {
				T  string
				Mu struct{ Lo, Hi string }
			}
		}
		if err := json.Unmarshal([]byte(stdout), &numbers); err != nil {
			t.Fatal(err)
		}
		// mpmath 1.2.1, see prove/testdata/flow.txt.
		reference, _ := new(big.Rat).SetString("0.09907849403923712170775970123520742449946277275829124862750407768896")
		lo, _ := new(big.Rat).SetString(numbers.Mu.Lo)
		hi, _ := new(big.Rat).SetString(numbers.Mu.Hi)
		width := new(big.Rat).Quo(new(big.Rat).Sub(hi, lo), reference)
		limit, _ := new(big.Rat).SetString("1e-40")
		if lo.Cmp(reference) > 0 || hi.Cmp(reference) < 0 || width.Cmp(limit) > 0 {
			t.Errorf("%s: %+v", method, numbers.Mu)
		}
		if want := map[bool]string{true: "approximate", false: "enclosure"}[method == "taylor"]; numbers.Mu.Evidence != want {
			t.Errorf("%s: evidence %s", method, numbers.Mu.Evidence)
		}
		if len(numbers.Samples) != 3 || numbers.Samples[0].T != "3.3333333333333333333" || numbers.Samples[2].T != "10" || numbers.Samples[2].Mu.Lo != numbers.Mu.Lo || numbers.Until != "10" {
			t.Errorf("%s: until %s, samples %+v", method, numbers.Until, numbers.Samples)
		}
	}
	code, stdout, stderr := callFlow(t, profileA, "--loss", "coconut", "--until", "1e400", "--samples", "2")
	if code != exitFine || stderr != "" || !strings.Contains(stdout, "1.68849327561306357") || !strings.Contains(stdout, "5e399") {
		t.Errorf("exit %d, %s%s", code, stdout, stderr)
	}
}

func TestFlowCommandRefuses(t *testing.T) {
	good := map[string]string{"--loss": "coconut", "--until": "10"}
	for _, c := range []struct{ flag, value string }{
		{"--until", "0"}, {"--until", "-3"}, {"--until", "Inf"}, {"--until", "NaN"}, {"--until", ""}, {"--until", "1/0"}, {"--until", "1e99999"}, {"--until", "ten"},
		{"--loss", "dfs"}, {"--loss", ""}, {"--digits", "0"}, {"--digits", "-3"}, {"--digits", "10001"}, {"--digits", "many"},
		{"--alpha", "0"}, {"--alpha", "-1"}, {"--samples", "-1"}, {"--samples", "100001"}, {"--method", "euler"}, {"--profile", "."}, {"--profile", "/nowhere"}, {"--what", "1"},
	} {
		args := []string{}
		for flag, value := range good {
			if flag != c.flag {
				args = append(args, flag, value)
			}
		}
		code, stdout, stderr := callFlow(t, profileA, append(args, c.flag, c.value)...)
		if code != exitUsage || stdout != "" || strings.Count(stderr, "\n") != 1 {
			t.Errorf("%s %q: exit %d, stdout %q, stderr %q", c.flag, c.value, code, stdout, stderr)
		}
	}
	for name, profile := range map[string]string{"truncated": profileA[:60], "contradiction": strings.Replace(profileA, "18", "19", 1)} {
		if code, stdout, _ := callFlow(t, profile, "--loss", "bfs", "--until", "1"); code != exitUsage || stdout != "" {
			t.Errorf("%s: exit %d, stdout %q", name, code, stdout)
		}
	}
	if code, stdout, _ := callFlow(t, profileA, "--loss", "bfs"); code != exitUsage || stdout != "" {
		t.Errorf("without --until: exit %d", code)
	}
	// A step in y that a flowpipe cannot make within its budget.
	huge := `{"n": 1001, "k": 1, "target_degree": 1, "classes": [{"in_set": 0, "degree": 0, "count": 998}, {"in_set": 1, "degree": 0, "count": 1}, {"in_set": 0, "degree": 1, "count": 1}, {"in_set": 0, "degree": 100000, "count": 1}]}`
	if code, stdout, stderr := callFlow(t, huge, "--loss", "coconut", "--until", "1"); code != exitUndecided || stdout != "" || strings.Count(stderr, "\n") != 1 {
		t.Errorf("degree 100000: exit %d, stdout %q, stderr %q", code, stdout, stderr)
	}
}

func TestDecimalText(t *testing.T) {
	for text, want := range map[string]string{"1e5": "100000", "0.25": "0.25", "2/3": "2/3", "1e60": "1e60", "12e-50": "1.2e-49", "3": "3"} {
		q, _ := new(big.Rat).SetString(text)
		if got := decimalText(q); got != want {
			t.Errorf("%s is written %s, want %s", text, got, want)
		}
	}
}
