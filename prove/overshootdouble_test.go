package prove

import (
	_ "embed"
	"encoding/json"
	"math/big"
	"reflect"
	"testing"

	"muflow/graph"
	"muflow/ode/ball"
	"muflow/theory"
)

// mpmath 1.3.0, by testdata/overshootdouble.py.
//
//go:embed testdata/overshootdouble.json
var overshootDouble []byte

// A logit that turns several times does so as often as another integrator finds, and when.
func TestDoubleTurn(t *testing.T) {
	var want struct {
		Deviations []int64
		Turns      [][3]string
	}
	if err := json.Unmarshal(overshootDouble, &want); err != nil {
		t.Fatal(err)
	}
	all, err := graph.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	const instance = 120
	one := big.NewRat(1, 1)
	r := OvershootRequest{Step: 2, Label: graph.ShortestLaw, Alpha: big.NewRat(2, 1), Gain: big.NewRat(1, 2), Rate: one, Uneven: big.NewRat(2, 1), Seed: 4}
	steps, places, err := r.UnevenSteps(all[:instance+1])
	if err != nil || places[len(places)-1] != instance {
		t.Fatal(places, err)
	}
	u := steps[len(steps)-1]
	s, err := r.Label.Step(&all[instance], r.Step)
	if err != nil {
		t.Fatal(err)
	}
	var deviations []*big.Rat
	for _, d := range want.Deviations {
		deviations = append(deviations, big.NewRat(d, 1000))
	}
	if same, err := theory.UnevenOf(s, deviations); err != nil || !reflect.DeepEqual(same.Logits, u.Logits) {
		t.Fatalf("the reference is of other logits: %v", err)
	}
	o, err := DecideOvershoot(t.Context(), OvershootProblem{Steps: []*theory.Uneven{u}, Alpha: r.Alpha, Gain: r.Gain, Rate: one})
	if err != nil {
		t.Fatal(err)
	}
	if o.Turning != TurnAgain || o.Changes != 2 || len(want.Turns) != 2 || len(o.Later) != 1 {
		t.Fatalf("%v, %d turns, %d times; %d expected", o.Turning, o.Changes, 1+len(o.Later), len(want.Turns))
	}
	compare := func(name string, got *ball.Ball, text string, off float64) {
		w := parsedBall(t, text)
		if w.AddError(big.NewFloat(off)); !got.Overlaps(w) || width(got) > 1e-6 {
			t.Errorf("%s: %v, want %s", name, got, text)
		}
	}
	compare("first turn", o.Time, want.Turns[0][0], 1e-11)
	compare("μ there", o.Turn[0], want.Turns[0][1], 1e-15)
	compare("g there", o.Turn[1], want.Turns[0][2], 1e-15)
	compare("second turn", o.Later[0], want.Turns[1][0], 1e-11)
}

// width is the diameter of a ball.
func width(x *ball.Ball) float64 {
	r, _ := x.Radius().Float64()
	return 2 * r
}
