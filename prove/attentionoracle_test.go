package prove

import (
	"bufio"
	"encoding/json"
	"math/big"
	"os"
	"testing"

	"muflow/graph"
	"muflow/internal/long"
	"muflow/ode/ball"
	"muflow/theory"
)

// An attentionCase is a line of testdata/attention.txt.
type attentionCase struct {
	Members []struct {
		N     int      `json:"n"`
		Edges [][2]int `json:"edges"`
		Path  []int    `json:"path"`
		Other int      `json:"other"`
		Step  int      `json:"step"`
	} `json:"members"`
	Loss, Law, Alpha, Gain, Logit string
	Status                        string
	Below, Above                  int
	Zeros                         []string
	Stable                        []bool
	Passed                        []string // μ and the time at which it is passed
}

// close reports whether an enclosure lies within 10^−9, relatively beyond 1, of a
// number.
func near(t *testing.T, x *ball.Ball, text string) bool {
	t.Helper()
	want, _, err := big.ParseFloat(text, 10, 200, big.ToNearestEven)
	if err != nil {
		t.Fatal(err)
	}
	d := ball.New(200).Sub(x, ball.New(200).SetFloat(want))
	bound := new(big.Float).Mul(big.NewFloat(1e-9), new(big.Float).Add(big.NewFloat(1), new(big.Float).Abs(want)))
	return d.Abs(d).Upper().Cmp(bound) < 0
}

// Softmax attention on random digraphs against mpmath 1.3.0, see
// testdata/attention.py: limits, all equilibria and their stability under both
// losses and two label laws, with uniform and walk weights, alone and shared; and
// the bounds of the pace against the time at which a logit is passed.
func TestAttentionAgainstOracle(t *testing.T) {
	file, err := os.Open("testdata/attention.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	checks, paces, several := 0, map[int]int{}, 0
	of := 0
	for lines := bufio.NewScanner(file); lines.Scan(); {
		if of++; !*long.Tests && of%4 > 1 { // half of them
			continue
		}
		checks++
		var x attentionCase
		if err := json.Unmarshal(lines.Bytes(), &x); err != nil {
			t.Fatal(err)
		}
		loss, _ := theory.ParseLoss(x.Loss)
		law, _ := graph.ParseLaw(x.Law)
		alpha, _ := new(big.Rat).SetString(x.Alpha)
		gain, _ := new(big.Rat).SetString(x.Gain)
		logit, ok := new(big.Rat).SetString(x.Logit)
		if !ok {
			logit = nil
		}
		var instances []graph.Instance
		var steps []graph.Step
		mixture := &attentionMixture{alpha: alpha, gain: gain, position: map[string]int{}}
		for i, m := range x.Members {
			g, err := graph.New(m.N, m.Edges)
			if err != nil {
				t.Fatal(err)
			}
			instances = append(instances, graph.Instance{Graph: g, Root: 0, Target: m.Path[len(m.Path)-1], Other: m.Other, Path: m.Path})
			step, err := law.Step(&instances[i], m.Step)
			if err != nil {
				t.Fatal(err)
			}
			steps = append(steps, step)
			a, err := theory.WeightedAttentionOf(step, walkLogits(m.Step, logit))
			if err != nil {
				t.Fatal(err)
			}
			mixture.add(step, a, loss, big.NewRat(1, 1))
		}
		var got AttentionPopulation
		if err := mixture.settle(t.Context(), &got, 15); err != nil {
			t.Errorf("line %d: %v", of, err)
			continue
		}
		agree := got.Limit.String() == x.Status && got.Above == x.Above && got.Below == x.Below && len(got.Equilibria) == len(x.Zeros)
		for i := 0; agree && i < len(x.Zeros); i++ {
			agree = near(t, got.Equilibria[i].Logit, x.Zeros[i]) && got.Equilibria[i].Stable == x.Stable[i]
		}
		if !agree {
			t.Errorf("line %d: %+v, want %+v", of, got, x)
			continue
		}
		if len(x.Zeros) > 1 {
			several++
		}
		if len(steps) == 1 && logit == nil {
			paces[checkUniform(t, &x, theory.AttentionOf(steps[0]), loss, alpha, gain)]++
		}
		if len(steps) == 1 && logit != nil {
			if _, err := DecideWeightedAttention(t.Context(), steps[0], loss, alpha, gain, logit, 12); err != nil {
				t.Errorf("line %d: %v", of, err)
			}
		}
	}
	t.Logf("%d lines, paces %v, %d with several equilibria", checks, paces, several)
	if of != 106 || checks < of/2 || paces[1] < checks/5 || paces[0] < checks/20 || several < checks/53 {
		t.Errorf("%d lines, paces %v, %d with several equilibria", checks, paces, several)
	}
}

// checkUniform compares a step under uniform weights in z = μ/√K, and the pace;
// it returns the power of that, −1 if there is none.
func checkUniform(t *testing.T, x *attentionCase, a *theory.Attention, loss theory.Loss, alpha, gain *big.Rat) int {
	t.Helper()
	limit, err := DecideAttention(t.Context(), a, loss, alpha, gain)
	if err != nil || limit.Limit.String() != x.Status || len(limit.Equilibria) != len(x.Zeros) {
		t.Errorf("uniform: %v, %v, want %v", limit, err, x)
		return -1
	}
	root := ball.New(200).Sqrt(ball.New(200).SetInt64(int64(a.K)))
	for i, e := range limit.Equilibria {
		if mu := ball.New(200).Mul(e.Logit, root); !near(t, mu, x.Zeros[i]) || e.Stable != x.Stable[i] {
			t.Errorf("equilibrium %v, want %v", mu, x.Zeros[i])
		}
	}
	p := limit.Pace
	if p == nil {
		return -1
	}
	number := func(text string) *ball.Ball {
		f, _, err := big.ParseFloat(text, 10, 200, big.ToNearestEven)
		if err != nil {
			t.Fatal(err)
		}
		return ball.New(200).SetFloat(f)
	}
	z, time := number(x.Passed[0]), number(x.Passed[1])
	z.Quo(z, root)
	below := func(a, b *ball.Ball) bool { // up to the twelve digits of the time
		d := ball.New(200).Sub(b, a)
		return d.Lower().Cmp(big.NewFloat(-1e-9)) > 0
	}
	if p.Power == 0 {
		whole := ball.New(200).Abs(limit.Logit)
		rest := ball.New(200).Sub(z, limit.Logit)
		bound := ball.New(200).Mul(p.Low, time)
		bound.Exp(bound.Neg(bound))
		if !below(rest.Abs(rest), bound.Mul(bound, whole)) {
			t.Errorf("rate %v: %v at %v", p.Low, z, time)
		}
		return 0
	}
	side := func(b *ball.Ball) *ball.Ball {
		v := ball.New(200).Mul(b, time)
		v.Log(v.AddInt64(v, 1))
		return v.QuoInt64(v, int64(p.Power))
	}
	z.Abs(z)
	if !below(side(p.Low), z) || !below(z, side(p.High)) {
		t.Errorf("pace %v to %v: %v at %v, %+v", p.Low, p.High, z, time, x)
	}
	return p.Power
}
