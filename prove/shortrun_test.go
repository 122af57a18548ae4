package prove

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"math/big"
	"os"
	"testing"

	"muflow/graph"
	"muflow/ode/ball"
)

// All runs of two or three steps, one by one, and the constants of bounds over the
// way, against mpmath to 28 digits, on 100 digraphs of testdata/stochastic.py.
func TestShortRunsAgainstMpmath(t *testing.T) {
	data, err := os.ReadFile("testdata/stochastic.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	ctx, checks, finite := context.Background(), 0, 0
	tiny := new(big.Rat).SetFrac(big.NewInt(1), new(big.Int).Exp(big.NewInt(10), big.NewInt(28), nil))
	for lines, row := bufio.NewScanner(bytes.NewReader(data)), 0; lines.Scan(); row++ {
		var r struct {
			stageRow
			Law, Rate        string
			Steps            int
			Scatter, Offset  string
			Spreads, Offsets [2]string
			Constants        []string
		}
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			t.Fatal(err)
		}
		law, err := graph.ParseLaw(r.Law)
		if err != nil {
			t.Fatal(err)
		}
		s, err := law.Step(r.instance(t), 1)
		if err != nil {
			t.Fatal(err)
		}
		alpha := rat(t, r.Alpha)
		got, err := ShortRunOf(ctx, s, alpha, rat(t, r.Rate), r.Steps, 160)
		if err != nil {
			t.Fatal(err)
		}
		near := func(name string, x *ball.Ball, text string) {
			checks++
			want := rat(t, text)
			off := new(big.Rat).Mul(tiny, new(big.Rat).Add(big.NewRat(1, 10_000_000_000), new(big.Rat).Abs(want)))
			around := ball.New(160).SetRat(want)
			around.AddError(new(big.Float).SetRat(off))
			if !around.Overlaps(x) || x.Radius().Cmp(big.NewFloat(1e-30)) > 0 {
				t.Errorf("row %d, %s: %v, expected %s", row, name, x, text)
			}
		}
		near("scatter", got.Scatter, r.Scatter)
		near("offset", got.Offset, r.Offset)
		for i, list := range [2][]*ball.Ball{got.spreads, got.offsets} {
			low, high := list[0], list[0]
			for _, x := range list {
				if x.Mid().Cmp(low.Mid()) < 0 {
					low = x
				}
				if x.Mid().Cmp(high.Mid()) > 0 {
					high = x
				}
			}
			near("least", low, [2][2]string{r.Spreads, r.Offsets}[i][0])
			near("most", high, [2][2]string{r.Spreads, r.Offsets}[i][1])
		}
		if r.Constants == nil {
			continue
		}
		x, err := NewStochastic(ctx, s, alpha)
		if err != nil {
			t.Fatal(err)
		}
		finite++
		for i, bound := range []*big.Rat{x.unlike, x.lean, x.gust, x.slow, x.fast} {
			want := rat(t, r.Constants[i])
			off := new(big.Rat).Sub(bound, want)
			if i == 3 {
				off.Neg(off)
			}
			room := new(big.Rat).Add(new(big.Rat).Mul(want, big.NewRat(1, 10)), big.NewRat(int64(x.degrees*x.degrees), 20))
			if off.Sign() < 0 || off.Cmp(room) > 0 {
				t.Errorf("row %d: constant %d is %v, expected %s at its extreme", row, i, float(bound), r.Constants[i])
			}
		}
	}
	if checks != 600 || finite < 30 {
		t.Errorf("%d checks, %d constants", checks, finite)
	}
}

// With x or y below all runs, above all, and between, the probability is 1, 0 and
// exactly the share of runs beyond.
func TestEscapeCountsRuns(t *testing.T) {
	number := func(x float64) *ball.Ball { return ball.New(64).SetFloat64(x) }
	wide := number(2)
	wide.AddError(big.NewFloat(0.5))
	r := &ShortRun{spreads: []*ball.Ball{number(1), wide, number(3), number(1)}, offsets: []*ball.Ball{number(0), number(0), number(0), number(7)}}
	for _, c := range []struct{ x, y, low, high float64 }{{0.5, 9, 1, 1}, {4, 9, 0, 0}, {2, 9, 0.25, 0.5}, {1, 9, 0.5, 0.5}, {4, 1, 0.25, 0.25}, {2, 1, 0.5, 0.75}} {
		got := r.Escape(dyadic(c.x), dyadic(c.y), 64)
		low, _ := got.Lower().Float64()
		high, _ := got.Upper().Float64()
		if max(c.low-low, low-c.low, c.high-high, high-c.high) > 1e-9 {
			t.Errorf("beyond %g or %g: %g to %g, expected %g to %g", c.x, c.y, low, high, c.low, c.high)
		}
	}
}
