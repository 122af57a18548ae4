package explore

import (
	"context"
	"math/big"
	"testing"

	"muflow/internal/long"
	"muflow/prove"
	"muflow/theory"
)

// The dials beyond the theorem's setting: theory and training agree wherever both
// are decided, and what is foretold to fail does.
func TestDialsBeyondTheSetting(t *testing.T) {
	s := someSettings(t, 2)
	if !*long.Tests {
		s = s[:1]
	}
	fails := map[string]Conclusion{"gain": Bounded, "law": Bounded, "bfs": Bounded, "walks": Grows, "anew": Grows}
	for key, c := range fails {
		d, ok := Find(key)
		if !ok {
			t.Fatalf("no dial %s", key)
		}
		rows, err := Study(context.Background(), d, s, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range rows {
			if r.Agreed != r.Compared || r.Conclusion <= Bounded && r.Compared < len(d.Positions) {
				t.Errorf("%+v", r)
			}
			if r.Conclusion == c && (r.Failed != len(s) || r.Measured == nil || r.Predicted == nil || r.Predicted.Low > r.Measured.High || r.Predicted.High < r.Measured.Low) {
				t.Errorf("%+v: measured %+v, predicted %+v", r, r.Measured, r.Predicted)
			}
		}
	}
}

// The threshold of the gain lies between two gains at which the limit is decided, on
// either side of it.
func TestThresholdOfTheGainIsProved(t *testing.T) {
	d, _ := Find("gain")
	for _, s := range someSettings(t, 3) {
		_, _, predicted, err := study(context.Background(), d, &s, 0)
		if err != nil {
			t.Fatal(err)
		}
		at := predicted[Bounded]
		if at == nil || !(at.High-at.Low < 1e-5*at.High) {
			t.Fatalf("%+v", at)
		}
		for x, want := range map[float64]bool{at.Low: true, at.High: false} {
			gain := new(big.Rat).SetFloat64(x)
			l, err := prove.DecideAttention(context.Background(), theory.AttentionOf(s.Step), theory.Coconut, big.NewRat(1, 1), gain.Inv(gain))
			if err != nil || (l.Limit == theory.FiniteLimit) != want {
				t.Errorf("1/g = %v: %v, %v", x, l, err)
			}
		}
	}
}
