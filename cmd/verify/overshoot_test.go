package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"muflow/internal/long"
	"muflow/prove"
)

// Turns at other rates and from other gains have certificates, which are bound to graph, rate and gain.
func TestCertificatesOfTrainedGains(t *testing.T) {
	code, text, stderr := call("data", "show", "built-in", "--instance", "43", "--as", "own")
	if code != exitFine {
		t.Fatal(stderr)
	}
	data, folders := write(t, text), t.TempDir()
	manifest := func(dir string) []byte {
		text, err := os.ReadFile(filepath.Join(dir, prove.CertificateManifest))
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	of := func(name, rate, gain string) string {
		dir := filepath.Join(folders, name)
		if code, stdout, stderr := call("overshoot", "--data", data, "--step", "1", "--rate", rate, "--gain", gain, "--certificates", dir, "--quiet"); code != exitFine || !strings.Contains(stdout, "overshoot 1") {
			t.Fatalf("rate %s, gain %s: exit %d, %s%s", rate, gain, code, stdout, stderr)
		}
		ways := [][]string{{dir, "--data", data}, {dir}, {filepath.Join(dir, turnFile), "--data", data}}
		if name != "fast" && !*long.Tests {
			ways = ways[:1]
		}
		for _, args := range ways {
			if code, faults := recheckLines(t, args...); code != exitFine || faults != nil {
				t.Errorf("%q: exit %d, %q", args, code, faults)
			}
		}
		return dir
	}
	fast, slow, far := of("fast", "3", "1/2"), of("slow", "1/3", "1/2"), of("far", "3", "3/4")
	for _, other := range []string{slow, far} { // what is true, of something else
		text, err := os.ReadFile(filepath.Join(other, turnFile))
		if err == nil {
			err = os.WriteFile(filepath.Join(fast, turnFile), text, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
		if code, faults := recheckLines(t, fast, "--data", data); code != exitRefuted || len(faults) != 1 || !strings.Contains(faults[0], "foreign: it is about another gain, rate or logit") {
			t.Errorf("exit %d, %q", code, faults)
		}
	}
	if got := string(manifest(fast)); !strings.Contains(got, `"rate": "3"`) {
		t.Error(got)
	}
	args := func(more ...string) []string {
		return append([]string{"overshoot", "--data", data, "--step", "1", "--quiet"}, more...)
	}
	refused(t, "another rate", []string{"rate"}, args("--rate", "2", "--certificates", fast)...)
	refused(t, "the rate of theorem overshoot", []string{"rate"}, args("--certificates", fast)...)
	refused(t, "uneven logits", []string{"--certificates", "uneven"}, args("--uneven", "1/5", "--certificates", filepath.Join(folders, "none"))...)
	refused(t, "a third", []string{"--certificates", "power of 2"}, args("--gain", "1/3", "--certificates", filepath.Join(folders, "none"))...)
	refused(t, "a shared flow", []string{"shared"}, args("--shared", "--certificates", filepath.Join(folders, "none"))...)
	if _, err := os.Stat(filepath.Join(folders, "none")); err == nil {
		t.Error("a folder of what was refused")
	}
}

// turnFile is the name of a certificate.
const turnFile = "instance-0000-step-1-A6-overshoot.json"
