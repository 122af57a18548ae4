package main

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestPredictMeetsItsContract(t *testing.T) {
	code, stdout, stderr := call("predict", "--lambda", ".5,.4,.3,.6,.2", "--target", "2", "--json")
	var document struct {
		Schema string `json:"schema"`
		Ratio  struct{ Lo, Hi, Evidence string }
	}
	if err := json.Unmarshal([]byte(stdout), &document); err != nil || code != 0 || stderr != "" {
		t.Fatalf("exit %d, %v, %q", code, err, stderr)
	}
	if r := document.Ratio; r.Lo != "0.6" || r.Hi != "0.6" || r.Evidence != "enclosure" || document.Schema != "muflow/predict/1" {
		t.Errorf("%+v", document)
	}
	for _, c := range []struct{ lambda, target, word string }{
		{".5,.4", "2", "target"}, {".5,.4", "-1", "target"}, {".5,.4", "x", "target"}, {".5,,.4", "0", "lambda"}, {".5,NaN", "0", "lambda"},
		{".5,Inf", "0", "lambda"}, {".5,-1", "0", "lambda"}, {"0,1", "0", "weight 0"}, {"1,1/0", "0", "lambda"}, {"1;2", "0", "lambda"}, {"", "0", "lambda"},
		{"1,1e99999", "0", "lambda"}, {strings.Repeat("9", 20_000), "0", "lambda"},
	} {
		refused(t, "predict "+c.lambda[:min(len(c.lambda), 20)], []string{c.word}, "predict", "--lambda", c.lambda, "--target", c.target)
	}
	refused(t, "both", []string{"--data"}, "predict", "--lambda", "1", "--target", "0", "--data", "x")
	refused(t, "logit alone", []string{"--data"}, "predict", "--lambda", "1", "--target", "0", "--logit", "1")
	refused(t, "outside without a flow", []string{"--outside", "--log-until"}, "predict", "--lambda", "1", "--target", "0", "--outside", "3")
	refused(t, "thoughts", []string{"--thoughts"}, "predict", "--data", write(t, "["+goodInstance+"]"), "--thoughts", "3")
	refused(t, "overlap step", []string{"--step"}, "overlap", "--data", write(t, "["+goodInstance+"]"), "--step", "2")
	refused(t, "theorem step", []string{"--step"}, "theorem", "2", "--data", write(t, "["+goodInstance+"]"), "--step", "2")
	refused(t, "theorem alpha", []string{"--alpha"}, "theorem", "2", "--alpha", "2")
	if code, stdout, _ := call("theorem", "3", "--data", write(t, "["+goodInstance+"]"), "--step", "2", "--json"); code != 0 || !strings.Contains(stdout, `"T3-population"`) {
		t.Errorf("theorem 3 after 2 thoughts: exit %d, %s", code, stdout)
	}
}

// FuzzWeights: any text is refused or read as numbers ≥ 0, without a panic.
func FuzzWeights(f *testing.F) {
	for _, text := range []string{".5,.4,.3", "1/3,1/7", "", ",", "1e9999,1", "1/0", "-1", "0x1p3", "1_0", "NaN,Inf", "٣"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		weights, err := parseWeights(text)
		if err != nil {
			return
		}
		if len(weights) != strings.Count(text, ",")+1 {
			t.Errorf("%q gives %d numbers", text, len(weights))
		}
		for _, w := range weights {
			if w == nil || w.Sign() < 0 {
				t.Errorf("%q gives %v", text, w)
			}
		}
	})
}
