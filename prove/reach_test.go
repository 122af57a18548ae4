package prove

import (
	"context"
	"encoding/json"
	"math/big"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"muflow/internal/long"
	"muflow/internal/runlog"
	"muflow/ode/ball"
	"muflow/theory"
)

// The profiles of a root whose children all point at one vertex, 70 and 99,995
// of them, and one with d* = F(0) at α → 0.
var (
	starlike = mustProfile(100_000, 99_996, 2, [][3]int{{0, 0, 2}, {0, 2, 1}, {0, 99_995, 1}, {1, 0, 1}, {1, 1, 99_995}})
	hub      = mustProfile(74, 71, 2, [][3]int{{0, 0, 1}, {0, 2, 1}, {0, 70, 1}, {1, 0, 1}, {1, 1, 70}})
	levelled = mustProfile(12, 5, 2, [][3]int{{0, 0, 3}, {0, 3, 4}, {1, 1, 2}, {1, 4, 2}, {1, 2, 1}})
)

// TestEquilibriaAtAnyGain compares μ* with mpmath 1.3.0, which finds the zero of
// the difference of two logarithms of sums by bisection at 160 to 960 digits.
func TestEquilibriaAtAnyGain(t *testing.T) {
	for _, c := range []struct {
		profile   *theory.Profile
		alpha, mu string
	}{
		{starlike, "1e-400", "2.5299992263938966946266599136187e393"}, {starlike, "1e-30", "252999922639389669462665.99137187"},
		{starlike, "1", "0.000010253200564461225558758495457664"}, {starlike, "1000", "0.000010000731890625464390971940802383"}, {starlike, "1e6", "0.000010000600160535650166484786825511"},
		{hub, "1e-400", "1.0317910347305003186024019686372e398"}, {hub, "1e-30", "10317910347305003186024019686.386"},
		{hub, "1", "0.024430738726120693719385782224037"}, {hub, "1000", "0.014496916420892226788431708325774"}, {hub, "1e6", "0.014492757163091699268059649205555"},
		{levelled, "1e-400", "-0.076923076923076923076923076923077"}, {levelled, "1e-30", "-0.076923076923076923076923076923081"},
		{levelled, "1", "-0.079741221296505218658970594022038"}, {levelled, "1000", "-0.00051664140471478615139938634319304"}, {levelled, "1e6", "-0.00000051664140471478615139938634319304"},
	} {
		e, err := EquilibriumOf(context.Background(), c.profile, mustRat(c.alpha), 40)
		if err != nil {
			t.Errorf("%s at %s: %v", c.profile.Key(), c.alpha, err)
			continue
		}
		want := mustRat(c.mu)
		off := new(big.Rat).Mul(new(big.Rat).Abs(want), tenToMinus(31)) // the 32nd digit is rounded
		near := ball.New(200).SetInterval(ball.New(200).SetRat(new(big.Rat).Sub(want, off)).Lower(), ball.New(200).SetRat(new(big.Rat).Add(want, off)).Upper())
		if !near.Overlaps(e.Mu) || e.Mu.RelativeAccuracyBits() < 130 {
			t.Errorf("%s at %s: μ* = %v, want %s", c.profile.Key(), c.alpha, e.Mu, c.mu)
		}
	}
}

func TestIntegersDecideEveryGain(t *testing.T) {
	named := regexp.MustCompile(`2\^28|10\^±1000000|[0-9]+ are needed|100,000 pieces`)
	profiles := []*theory.Profile{starlike, hub, levelled, referenceProfiles["A"], referenceProfiles["F"]}
	gains := []string{"1e-400", "1/1000", "1", "50", "1e6", "1e10", "1e400", "1e-5000"}
	if *long.Tests {
		gains = append(gains, "1e-30", "1000", "1e300")
	}
	for _, alpha := range gains {
		far := alpha == "1e10" || alpha == "1e300" || alpha == "1e400"
		for _, p := range profiles {
			if p == starlike && alpha == "1e10" && !*long.Tests {
				continue // 100,000 pieces
			}
			results, err := Theorem1(context.Background(), p, mustRat(alpha), 20)
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range results {
				integer := r.Claim == "T1a" || r.Claim == "T1b" || r.Claim == "T1b-positive"
				if r.Verdict == theory.Undecided && (!far || integer || !named.MatchString(r.Reason)) {
					t.Errorf("%s at %s: %s is undecided: %s", p.Key(), alpha, r.Claim, r.Reason)
				}
				if strings.Contains(r.Reason, "Inf") || strings.Contains(r.Reason, "NaN") {
					t.Errorf("%s at %s: %s says %s", p.Key(), alpha, r.Claim, r.Reason)
				}
				for name, x := range r.Values {
					if !x.isBounded() {
						t.Errorf("%s at %s: %s is %v with %s = %v", p.Key(), alpha, r.Claim, r.Verdict, name, x)
					}
				}
			}
		}
	}
}

// TestStartSignByLogarithm: A + B·exp(α/√K) for gains at which the exponential has
// no place in memory, and beside a tie.
func TestStartSignByLogarithm(t *testing.T) {
	p := mustProfile(12, 4, 1, [][3]int{{0, 0, 2}, {1, 2, 1}, {1, 0, 2}, {0, 2, 5}, {0, 1, 1}, {1, 1, 1}})
	// R(1) = −3 + e, and α = 2·log 3 at the tie: mpmath 1.3.0.
	if got := p.Start().String(); got != "-3+1e" {
		t.Fatalf("R(1) = %s", got)
	}
	for alpha, want := range map[string]int{"1e-400": -1, "2.19722457733621938279049047384505140": -1, "2.19722457733621938279049047384505142": 1, "1e6": 1, "1e300": 1} {
		if got, err := StartSign(p, mustRat(alpha)); err != nil || got != want {
			t.Errorf("α = %s: %d, %v", alpha, got, err)
		}
	}
}

// TestNoEvidenceWithoutBounds: a number without a bound leaves its result
// undecided, is not written, and is not read.
func TestNoEvidenceWithoutBounds(t *testing.T) {
	endless := Enclose(ball.New(64).Indeterminate(), 10)
	c := &Claim{ID: "T0", Decide: func(context.Context, *Subject) (Result, error) {
		return Result{Verdict: theory.Proved, Reason: "it holds", Values: map[string]Number{"x": endless, "y": {"1", "2", Enclosure}}}, nil
	}}
	r, err := c.DecideOn(context.Background(), &Subject{})
	if err != nil || r.Verdict != theory.Undecided || len(r.Values) != 1 || !strings.Contains(r.Reason, "x is not bounded") {
		t.Errorf("%+v, %v", r, err)
	}
	for _, x := range []Number{endless, {"NaN", "NaN", Approximate}, {"0", "+Inf", Enclosure}, {}, {"1e-2000000", "1", Enclosure}} {
		if text, err := json.Marshal(Result{Values: map[string]Number{"x": x}}); err == nil {
			t.Errorf("%+v was written as %s", x, text)
		}
	}
	for _, text := range []string{`{"lo":"-Infinity","hi":"Infinity","evidence":"enclosure"}`, `{"lo":"2","hi":"1","evidence":"enclosure"}`, `{}`, `{"lo":"","hi":"1"}`, `{"lo":"1e999999999","hi":"1e999999999"}`} {
		var x Number
		if err := json.Unmarshal([]byte(text), &x); err == nil {
			t.Errorf("%s was read as %+v", text, x)
		}
	}
}

// TestEveryResultIsReadBack: what all claims say on real steps is read from JSON
// as it was written, can be written again, and every method of it works.
func TestEveryResultIsReadBack(t *testing.T) {
	results, err := Dataset(context.Background(), published(t)[:3], Selection{Theorems: []int{1, 2, 3}, Step: -1, Alpha: one, Logit: one, Digits: 15}, 1, func(string) runlog.Progress { return nil })
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range results {
		text, err := json.Marshal(r)
		var back Result
		if err == nil {
			err = json.Unmarshal(text, &back)
		}
		r.Certificate = nil
		if err != nil || !reflect.DeepEqual(back, r) {
			t.Errorf("%s: %+v, %v", text, back, err)
		}
		for name, x := range back.Values {
			if x.Width() == nil || x.String() == "" {
				t.Errorf("%s: %+v", name, x)
			}
		}
	}
	for _, c := range Claims {
		c.WorstMargin(results)
	}
	Summarise(results)
}

// TestAnswerBoundsAtSmallLogits compares the bound of μ_R − ρμ_A with its formula
// in mpmath 1.3.0 at 80 digits: one thought with weight w on the target and 1 on
// another vertex, three vertices outside.
func TestAnswerBoundsAtSmallLogits(t *testing.T) {
	for w, want := range map[string]string{"1e-3": "1617.443280502417537810541743428576056175", "1e-30": "1609437912434100374600759333296.363804604"} {
		p, err := theory.NewPrediction([]*big.Rat{mustRat(w), one}, 0, 3)
		if err != nil {
			t.Fatal(err)
		}
		p.Square = new(big.Rat).Add(one, new(big.Rat).Mul(mustRat(w), mustRat(w)))
		limit, err := theory.AnswerLimitOf([]*theory.Prediction{p})
		if err != nil {
			t.Fatal(err)
		}
		b, err := BoundAnswer([]*theory.Prediction{p}, limit, answerPrecision)
		if err != nil {
			t.Fatal(err)
		}
		off := new(big.Rat).Mul(mustRat(want), tenToMinus(25))
		low, _ := b.High.Lower().Rat(nil)
		high, _ := b.High.Upper().Rat(nil)
		if low.Cmp(new(big.Rat).Add(mustRat(want), off)) > 0 || high.Cmp(new(big.Rat).Sub(mustRat(want), off)) < 0 || b.High.RelativeAccuracyBits() < 70 {
			t.Errorf("w = %s: %v, want %s", w, b.High, want)
		}
	}
}

func TestMarginsOfAnySize(t *testing.T) {
	for text, want := range map[string]string{
		"6931e396": "m = 6.931e+399", "1e-400": "m = 1e-400", "1/8": "m = 0.125", "123456": "m = 1.235e+05", "0": "m = 0",
		"-1e377": "m = 0 to within 1e+377", "-3e-25": "m = 0 to within 3e-25",
	} {
		if got := (Margin{Name: "m", Least: mustRat(text)}).String(); got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}
