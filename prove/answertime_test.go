package prove

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/big"
	"os"
	"reflect"
	"strings"
	"testing"

	"muflow/graph"
	"muflow/internal/long"
	"muflow/internal/runlog"
	"muflow/theory"
)

// unitThought returns the prediction stage of a thought of unit norm with whole
// weights, the target's first.
func unitThought(t *testing.T, weights string, outside int) *theory.Prediction {
	t.Helper()
	var list []*big.Rat
	square := new(big.Rat)
	for _, text := range strings.Split(weights, ",") {
		w := rational(t, text)
		list = append(list, w)
		square.Add(square, new(big.Rat).Mul(w, w))
	}
	p, err := theory.NewPrediction(list, 0, outside)
	if err != nil {
		t.Fatal(err)
	}
	p.Square = square
	return p
}

// The time from which on the target leads, against 100 times of mpmath 1.3.0,
// which sees the other margins positive before.
func TestAnswerTimeAgainstMpmath(t *testing.T) {
	text, err := os.ReadFile("testdata/answertime.txt")
	if err != nil {
		t.Fatal(err)
	}
	rows := strings.Split(strings.TrimSpace(string(text)), "\n")
	if len(rows) != 100 {
		t.Fatalf("%d rows", len(rows))
	}
	for i, row := range rows {
		if i%10 != 0 && !*long.Tests {
			continue
		}
		f := strings.Fields(row)
		outside := 0
		if _, err := fmt.Sscan(f[1], &outside); err != nil {
			t.Fatal(err)
		}
		time, err := AnswerTime(t.Context(), unitThought(t, f[0], outside), answerTimeDigits)
		if err != nil {
			t.Errorf("row %d: %v", i, err)
			continue
		}
		if want := rational(t, f[2]); !time.Contains(want) || time.RelativeAccuracyBits() < 18 {
			t.Errorf("row %d: [%v, %v], mpmath %s", i, time.Lower(), time.Upper(), f[2])
		}
	}
}

// Where n λ* ≥ Σ λ_v the target leads at every time, a tie and a target that is
// not the heaviest included; a hair less and it trails.
func TestAnswerAtOnce(t *testing.T) {
	for _, c := range []struct {
		weights string
		outside int
		leads   bool
	}{
		{"1,1,1", 0, true}, {"3,4", 3, true}, {"2,3,3", 0, true}, {"2,4,4", 1, true},
		{"1999,4000,4000", 1, false}, {"2,4,4", 0, false}, {"1,9", 3, false},
	} {
		p := unitThought(t, c.weights, c.outside)
		time, err := AnswerTime(t.Context(), p, answerTimeDigits)
		if errors.Is(err, errLeads) != c.leads || !c.leads && err != nil {
			t.Errorf("weights %s and %d more: %v", c.weights, c.outside, err)
		}
		flow, err := EncloseAnswerFlow(context.Background(), []*theory.Prediction{p}, []*big.Rat{big.NewRat(1, 64), big.NewRat(1, 4)}, 8)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range flow.States {
			early := false
			if time != nil {
				at, _ := s.LogTime.Float64()
				turn, _ := time.Mid().Float64()
				early = math.Expm1(at) < turn
			}
			if behind := strings.HasPrefix(s.Carry.Lo, "-"); behind != early {
				t.Errorf("weights %s and %d more, s = %v: μ_A = %v", c.weights, c.outside, s.LogTime, s.Carry)
			}
		}
	}
}

// A brief selection has the same verdicts, reasons and values, but for the times.
func TestBriefLeavesOutTimes(t *testing.T) {
	all, err := graph.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	decide := func(brief bool) []Result {
		s := Selection{Theorems: []int{1, 2, 3}, Step: -1, Alpha: one, Logit: one, Digits: 20, Brief: brief}
		results, err := Dataset(t.Context(), all[:3], s, 1, func(string) runlog.Progress { return nil })
		if err != nil {
			t.Fatal(err)
		}
		return results
	}
	whole, brief, left := decide(false), decide(true), 0
	for _, r := range whole {
		for _, name := range []string{"from", "walk_from"} {
			if x, known := r.Values[name]; known && r.Claim == sharpAnswer.ID && x.Lo != "0" {
				delete(r.Values, name)
				left++
			}
		}
	}
	if !reflect.DeepEqual(whole, brief) || left == 0 {
		t.Errorf("%d times are left out, the rest is equal: %t", left, reflect.DeepEqual(whole, brief))
	}
}
