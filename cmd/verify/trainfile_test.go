package main

import (
	"encoding/json"
	"strings"
	"testing"
)

// TestTrainingsOfTheoryFiles: verdicts and exit codes of trainings beside flows,
// and what is turned down.
func TestTrainingsOfTheoryFiles(t *testing.T) {
	const head = "theory('training')\nr = param('r', 1, low = 0)\nx = state('x', start = 1)\n"
	file := func(body string) string { return writeText(t, "training.star", head+body) }
	const loss = "loss = mean([(x - a)**2/2 for a in [0, 1]])\n"
	for name, c := range map[string]struct {
		body string
		code int
		says string
	}{
		"right":            {loss + "flow(x, 1/2 - x)\ntrain(loss, x, rate = 1/20, steps = 60)", exitFine, "within its proved bound"},
		"derived":          {loss + "train(loss, x, rate = 1/20, steps = 60)", exitFine, "flow of the loss"},
		"wrong sign":       {loss + "flow(x, 1/2 + x)\ntrain(loss, x, rate = 1/20, steps = 60)", exitRefuted, "refuted"},
		"stochastic":       {loss + "flow(x, 1/2 - x)\ntrain(loss, x, rate = 1/20, batch = 1, steps = 60)", exitFine, "1 of 2 terms a step"},
		"beside":           {loss + "y = state('y', start = exp(1))\nflow(y, y*(1/2 - log(y)))\ntrain(loss, x, rate = 1/20, steps = 60, beside = exp(x) == y)", exitFine, "compared with y"},
		"wrong beside":     {loss + "y = state('y', start = exp(1))\nflow(y, y*(1 - log(y)))\ntrain(loss, x, rate = 1/20, steps = 60, beside = exp(x) == y)", exitRefuted, "refuted"},
		"diverges":         {"train(x**4, x, rate = 4, steps = 60)", exitUndecided, "is not finite after step"},
		"no derivative":    {"flow(x, -1)\ntrain(abs(x), x, rate = 1/20, steps = 60)", exitUndecided, "no bound"},
		"stated to end":    {"flow(x, x**2)\ntrain(-x**3/3, x, rate = 1/20, steps = 60)", exitUndecided, "undecided"},
		"two stochastic":   {loss + "for i in range(2):\n    train(loss, x, rate = 1/20, batch = 1, steps = 60)", exitFine, "2 stochastic trainings: right flows leave one or more of their bands"},
		"rate by formula":  {loss + "flow(x, 1/2 - x)\ntrain(loss, x, rate = r**2/(19 + r), steps = 60)", exitFine, "1/20, 60 steps"},
		"rates of a state": {loss + "flow(x, r*(1/2 - x))\ntrain(loss, x, rate = 1/20, steps = 60, rates = r)", exitFine, "consistent"},
	} {
		code, stdout, stderr := call("train", "--theory", file(c.body), "--seeds", "16", "--samples", "4")
		if code != c.code || !strings.Contains(stdout, c.says) || stderr != "" {
			t.Errorf("%s: exit %d, %s%s", name, code, stdout, stderr)
		}
	}
	code, stdout, _ := call("train", "--theory", file(loss+"gradient_flow(loss, x)\ntrain(loss, x, rate = 1/20, batch = 1, steps = 6)"), "--json", "--samples", "2", "--set", "r=1..2")
	var document struct {
		Schema   string
		Theories []struct {
			Trainings []struct {
				Verdict     string
				Seeds       int
				Comparisons []struct {
					Points []struct {
						Step  int
						Bound float64
					}
				}
			}
		}
		Summary map[string]int
	}
	if err := json.Unmarshal([]byte(stdout), &document); err != nil || code != exitFine || document.Schema != "muflow/theorytrain/1" || document.Summary["consistent"] != 1 {
		t.Fatalf("exit %d, %v, %s", code, err, stdout)
	}
	if r := document.Theories[0].Trainings[0]; r.Seeds != 64 || len(r.Comparisons[0].Points) != 3 || r.Comparisons[0].Points[2].Step != 6 || r.Comparisons[0].Points[2].Bound <= 0 {
		t.Errorf("%+v", r)
	}

	refused(t, "nothing trained", []string{"no train(…) in it"}, "train", "--theory", file(""))
	refused(t, "a batch of too many", []string{"training.star:5:1: ", "a batch of 3 different terms, the loss is a mean of 2"}, "train", "--theory", file(loss+"train(loss, x, batch = 3)"))
	refused(t, "no mean", []string{"training.star:4:1: ", "mean"}, "train", "--theory", file("train(x**2, x, batch = 1)"))
	refused(t, "no rate", []string{"training.star:4:1: ", "positive"}, "train", "--theory", file("train(x**2, x, rate = 0)"))
	refused(t, "a rate that is no fraction", []string{"training.star:4:1: ", "sqrt(r + 1), expected a positive rational"}, "train", "--theory", file("train(x**2, x, rate = sqrt(r + 1))"))
	refused(t, "a rate of a state", []string{"training.star:4:1: ", "a rate that depends on states"}, "train", "--theory", file("train(x**2, x, rate = x)"))
	refused(t, "a negative rate", []string{"training.star:4:1: ", "the rate of x, expected a positive number"}, "train", "--theory", file("train(x**2, x, rates = -1)"))
	refused(t, "twice", []string{"x is trained twice"}, "train", "--theory", file("train(x**2, [x, x])"))
	refused(t, "another state", []string{"the loss depends on z, which is not trained"}, "train", "--theory", file("z = state('z', start = 1)\ntrain(x*z, x)"))
	refused(t, "time", []string{"the loss depends on t"}, "train", "--theory", file("train(x*t, x)"))
	refused(t, "no start", []string{"z has no start"}, "train", "--theory", file("z = state('z')\ntrain(z**2, z)"))
	refused(t, "no relation", []string{"beside"}, "train", "--theory", file("train(x**2, x, beside = x)"))
	refused(t, "an inequality", []string{"beside an inequality"}, "train", "--theory", file("train(x**2, x, beside = x < 1)"))
	refused(t, "a start without a value", []string{"the start of z"}, "train", "--theory", file("z = state('z', start = log(r - 1))\ntrain(z**2, z)"))
	refused(t, "both", []string{"--theory", "--preset"}, "train", "--theory", file(""), "--preset", "fast")
	refused(t, "neither", []string{"--theory", "--preset"}, "train")
	refused(t, "seeds of a preset", []string{"--seeds without --theory"}, "train", "--preset", "fast", "--seeds", "9")
	refused(t, "steps of a theory", []string{"--steps"}, "train", "--theory", file(""), "--steps", "9")
	refused(t, "an instance of nothing", []string{"--instance without --data"}, "train", "--theory", file(""), "--instance", "1")
}
