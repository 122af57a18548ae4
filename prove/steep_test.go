package prove

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"math/big"
	"os"
	"testing"

	"muflow/graph"
	"muflow/ode/ball"
	"muflow/theory"
)

// Softmax attention at gains from 10^−12 to 10^12 against mpmath 1.3.0, see
// testdata/steep.py: all equilibria with their stability, and the constants of the pace.
func TestSteepAgainstOracle(t *testing.T) {
	var readers []io.Reader
	for _, name := range []string{"steep.jsonl", "steepfinite.jsonl"} {
		file, err := os.Open("testdata/" + name)
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		readers = append(readers, file)
	}
	ctx := context.Background()
	cases, zeros, paces, rates := 0, 0, 0, 0
	for lines := bufio.NewScanner(io.MultiReader(readers...)); lines.Scan(); cases++ {
		var x struct {
			N                  int
			Edges              [][2]int
			Path               []int
			Other, Step, Start int
			Loss, Alpha, Gain  string
			Zeros              [][2]any
			Rate, Low, High    string
		}
		if err := json.Unmarshal(lines.Bytes(), &x); err != nil {
			t.Fatal(err)
		}
		g, err := graph.New(x.N, x.Edges)
		if err != nil {
			t.Fatal(err)
		}
		in := graph.Instance{Graph: g, Root: x.Path[0], Target: x.Path[len(x.Path)-1], Other: x.Other, Path: x.Path}
		s, err := in.Step(x.Step)
		if err != nil {
			t.Fatal(err)
		}
		loss, _ := theory.ParseLoss(x.Loss)
		alpha, _ := new(big.Rat).SetString(x.Alpha)
		gain, _ := new(big.Rat).SetString(x.Gain)
		a := theory.AttentionOf(s)
		limit, err := DecideAttention(ctx, a, loss, alpha, gain)
		if err != nil {
			t.Errorf("%d: %v", cases, err)
			continue
		}
		if len(limit.Equilibria) != len(x.Zeros) {
			t.Errorf("%d: %d equilibria, want %v", cases, len(limit.Equilibria), x.Zeros)
			continue
		}
		// In float64 or not, the same zeros.
		steep, below, err := limit.room.steepZeros(ctx, x.Start, 100)
		if err != nil || len(steep) != len(x.Zeros) {
			t.Errorf("%d: %d equilibria, want %v: %v", cases, len(steep), x.Zeros, err)
			continue
		}
		way := map[int]theory.Limit{1: theory.PlusInfinity, -1: theory.MinusInfinity}[x.Start]
		if x.Start > 0 && below < len(steep) || x.Start < 0 && below > 0 {
			way = theory.FiniteLimit
		}
		if limit.Limit != way {
			t.Errorf("%d: %v, want %v", cases, limit.Limit, way)
		}
		for i, want := range x.Zeros {
			for _, z := range []*ball.Ball{limit.Equilibria[i].Logit, limit.room.steepLogit(&steep[i])} {
				if !near(t, z, want[0].(string)) || !contains(t, z, want[0].(string)) || limit.Equilibria[i].Stable != want[1].(bool) || steep[i].stable != want[1].(bool) {
					t.Errorf("%d: z = %v, want %v", cases, z, want)
				}
			}
			zeros++
		}
		// The way that holds for gains of any size, also where float64 suffices.
		if loss != theory.Coconut {
			continue
		}
		pace, err := limit.room.steepPace(ctx, limit)
		if err != nil {
			t.Errorf("%d: %v", cases, err)
			continue
		}
		switch {
		case x.Rate != "": // the oracle's is the least on a grid
			grid, _, _ := big.ParseFloat(x.Rate, 10, 200, big.ToNearestEven)
			if pace.LogLow.Lower().Cmp(new(big.Float).Add(grid, big.NewFloat(1e-20*max(1, abs64(grid))))) > 0 || !near(t, pace.LogLow, x.Rate) && pace.LogLow.Upper().Cmp(new(big.Float).Sub(grid, big.NewFloat(0.05*max(1, abs64(grid))))) < 0 {
				t.Errorf("%d: log rate = %v, want %s", cases, pace.LogLow, x.Rate)
			}
			rates++
		case !near(t, pace.LogLow, x.Low) || !near(t, pace.LogHigh, x.High):
			t.Errorf("%d: log b_lo = %v, log b_hi = %v, want %s and %s", cases, pace.LogLow, pace.LogHigh, x.Low, x.High)
		default:
			paces++
		}
	}
	if cases != 135 || zeros < 28 || paces < 60 || rates < 27 {
		t.Errorf("%d cases, %d equilibria, %d paces, %d rates", cases, zeros, paces, rates)
	}
}

func abs64(x *big.Float) float64 {
	f, _ := new(big.Float).Abs(x).Float64()
	return f
}

// contains reports whether an enclosure contains a number that is known to 24 digits, absolutely below 1.
func contains(t *testing.T, x *ball.Ball, text string) bool {
	t.Helper()
	want, _, err := big.ParseFloat(text, 10, 200, big.ToNearestEven)
	if err != nil {
		t.Fatal(err)
	}
	last := big.NewFloat(1e-24 * max(1, abs64(want)))
	wide := ball.New(200).Set(x).AddError(last)
	return wide.Lower().Cmp(want) <= 0 && wide.Upper().Cmp(want) >= 0
}
