package prove

import (
	"math/big"
	"math/rand/v2"
	"testing"

	"muflow/theory"
)

func rats(t *testing.T, texts ...string) []*big.Rat {
	t.Helper()
	var out []*big.Rat
	for _, s := range texts {
		q, ok := new(big.Rat).SetString(s)
		if !ok {
			t.Fatalf("%q is no number", s)
		}
		out = append(out, q)
	}
	return out
}

// TestPredictionLimit checks known limits (theory.md section 5, check values)
// and, on random weights, that the quadratic programme and the closed form
// agree, which PredictionLimit itself tests.
func TestPredictionLimit(t *testing.T) {
	for _, c := range []struct {
		weights []string
		target  int
		want    string
		closed  bool
	}{
		{[]string{".5", ".4", ".3", ".6", ".2"}, 2, "0.6", true},
		{[]string{".5", ".4", ".3", ".6", ".2"}, 3, "0.5", true},
		{[]string{"10", "9"}, 0, "1", false}, // 1 + Δ(m+Δ) = 1 − 9: −1/Δ
		{[]string{"2", "1"}, 0, "1", true},   // 1 + Δ(m+Δ) = 0: both forms agree
		{[]string{"3"}, 0, "0", true},
	} {
		p, err := theory.NewPrediction(rats(t, c.weights...), c.target, 0)
		if err != nil {
			t.Fatal(err)
		}
		got, err := PredictionLimit(p)
		if err != nil {
			t.Fatal(err)
		}
		want := rats(t, c.want)[0]
		if got.Ratio.Cmp(want) != 0 || got.Closed != c.closed {
			t.Errorf("%v, target %d: ratio %v, closed form %v, want %v, %v", c.weights, c.target, got.Ratio, got.Closed, want, c.closed)
		}
	}
	rng := rand.New(rand.NewPCG(9, 9))
	closed := 0
	for range 400 {
		weights := make([]*big.Rat, 2+rng.IntN(5))
		for i := range weights {
			weights[i] = big.NewRat(1+rng.Int64N(20), 1+rng.Int64N(6))
		}
		p, err := theory.NewPrediction(weights, rng.IntN(len(weights)), rng.IntN(3))
		if err != nil {
			t.Fatal(err)
		}
		got, err := PredictionLimit(p)
		if err != nil {
			t.Fatal(err)
		}
		if got.Closed {
			closed++
		}
	}
	if closed < 100 || closed > 390 {
		t.Errorf("the closed form held on %d of 400", closed)
	}
}

func TestExactNumbers(t *testing.T) {
	for text, want := range map[string][2]string{
		"3/8": {"0.375", "0.375"}, "7": {"7", "7"}, "0": {"0", "0"}, "-1/5": {"-0.2", "-0.2"},
		"1e-40": {"0.0000000000000000000000000000000000000001", "0.0000000000000000000000000000000000000001"},
	} {
		if got := Exact(rats(t, text)[0], 5); got.Lo != want[0] || got.Hi != want[1] || got.Evidence != Enclosure {
			t.Errorf("%s: %v", text, got)
		}
	}
	third := big.NewRat(1, 3)
	got := Exact(third, 30)
	lo, hi := rats(t, got.Lo)[0], rats(t, got.Hi)[0]
	width := got.Width()
	if lo.Cmp(third) >= 0 || hi.Cmp(third) <= 0 || width.Cmp(rats(t, "3e-31")[0]) > 0 {
		t.Errorf("1/3: %v", got)
	}
	// √2 + √3 (mpmath 1.3.0, 40 digits).
	sum := theory.SurdSum{theory.NewSurd(big.NewRat(2, 1), big.NewRat(2, 1)), theory.NewSurd(big.NewRat(3, 1), big.NewRat(3, 1))}
	number := Surds(sum, 20)
	digits := rats(t, "3.14626436994197234232913506571")[0]
	lo, hi = rats(t, number.Lo)[0], rats(t, number.Hi)[0]
	if lo.Cmp(digits) > 0 || hi.Cmp(digits) < 0 || number.Width().Cmp(rats(t, "1e-19")[0]) > 0 {
		t.Errorf("√2 + √3: %v", number)
	}
}
