package prove

import (
	"context"
	"errors"
	"math/big"
	"math/rand/v2"
	"strings"
	"testing"

	"muflow/graph"
	"muflow/internal/long"
	"muflow/ode/ball"
	"muflow/theory"
)

// fieldOf makes a field of its value and slopes by series.
func fieldOf(f func(t *taylor, x series) series) scalarField {
	return func(x *ball.Ball, order int) []*ball.Ball {
		t := newTaylor(x.Prec(), order)
		s := t.zero()
		s[0].Set(x)
		if order > 0 {
			s[1].SetInt64(1)
		}
		return f(t, s)
	}
}

// TestLongestEncloses: numbers of other lengths than the precision are rounded
// outward, too.
func TestLongestEncloses(t *testing.T) {
	rng := rand.New(rand.NewPCG(36, 1))
	short := func() *big.Float {
		return new(big.Float).SetPrec(32).SetMantExp(big.NewFloat(1+rng.Float64()), -rng.IntN(20))
	}
	for range 300 {
		low, high, least := short(), short(), short()
		high.Add(high, low)
		a, _ := low.Rat(nil)
		b, _ := high.Rat(nil)
		m, _ := least.Rat(nil)
		if want := b.Quo(b.Sub(b, a), m); !longest(low, high, least, 64).Contains(want) {
			t.Fatalf("from %v to %v above %v: %v, not %s", low, high, least, longest(low, high, least, 64), want.FloatString(25))
		}
	}
}

// TestTravelAgainstClosedForms: e^{−x} from 0 is at log(1+t), 1 − x² at tanh t,
// from uncertain starts too, to the digits that were asked for.
func TestTravelAgainstClosedForms(t *testing.T) {
	ctx := context.Background()
	falling := fieldOf(func(t *taylor, x series) series {
		z, minus := t.zero(), t.zero()
		t.addScaled(minus, ball.New(64).SetInt64(-1), x)
		t.exp(z, minus)
		return z
	})
	logistic := fieldOf(func(t *taylor, x series) series {
		z, square := t.zero(), t.zero()
		z[0].SetInt64(1)
		t.addProduct(square, x, x)
		t.addScaled(z, ball.New(64).SetInt64(-1), square)
		return z
	})
	one := ball.New(300).SetInt64(1)
	checks, accuracies := 0, []int{6, 30}
	if *long.Tests {
		accuracies = []int{6, 15, 30}
	}
	for _, digits := range accuracies {
		for _, time := range []int64{1, 50, 3000} {
			end, err := falling.travel(ctx, ball.New(64), big.NewRat(time, 1), nil, digits)
			if err != nil {
				t.Fatal(err)
			}
			want := ball.New(300).SetInt64(time + 1)
			requireNear(t, "log(1+t)", end, want.Log(want), digits)
			end, err = logistic.travel(ctx, ball.New(64), big.NewRat(time, 1), one, digits)
			if err != nil {
				t.Fatal(err)
			}
			want = ball.New(300).SetInt64(-2 * time)
			want.Exp(want)
			want.Quo(ball.New(300).Sub(one, want), ball.New(300).Add(one, want)) // tanh t
			requireNear(t, "tanh t", end, want, digits)
			checks += 2
		}
	}
	// From a start in 0 … 1/10 the end is log(t + e^start).
	start := ball.New(64).SetInterval(new(big.Float), big.NewFloat(0.1))
	end, err := falling.travel(ctx, start, big.NewRat(5, 1), nil, 10)
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range []float64{0, 0.05, 0.1} {
		want := ball.New(100).Exp(ball.New(100).SetFloat64(x))
		want.Log(want.AddInt64(want, 5))
		if !end.Overlaps(want) {
			t.Errorf("from %g: %v, not in %v", x, want, end)
		}
	}
	if checks != 6*len(accuracies) || end.Upper().Cmp(big.NewFloat(2)) > 0 {
		t.Errorf("%d checks, wide start: %v", checks, end)
	}
}

func requireNear(t *testing.T, what string, got, want *ball.Ball, digits int) {
	t.Helper()
	if !got.Overlaps(want) || got.Radius().Cmp(parseTenth(digits-1)) > 0 {
		t.Errorf("%s: %v, want %v to %d digits", what, got, want, digits)
	}
}

// TestFirstZero: the first of several zeros, none where there is none, and no
// answer at a double zero, which no enclosure decides.
func TestFirstZero(t *testing.T) {
	ctx := context.Background()
	polynomial := func(roots ...float64) scalarField { // Π (r − x)
		return fieldOf(func(t *taylor, x series) series {
			z := t.zero()
			z[0].SetInt64(1)
			for _, r := range roots {
				factor, next := t.zero(), t.zero()
				factor[0].SetFloat64(r)
				t.addScaled(factor, ball.New(64).SetInt64(-1), x)
				t.addProduct(next, z, factor)
				z = next
			}
			return z
		})
	}
	f := polynomial(1.25, 2, 5)
	found, err := (&search{field: f}).firstZero(ctx, ball.New(64))
	if err != nil {
		t.Fatal(err)
	}
	zero, err := f.refine(ctx, found, 30)
	if err != nil || !zero.Contains(big.NewRat(5, 4)) || zero.RelativeAccuracyBits() < 98 {
		t.Errorf("%v, %v", zero, err)
	}
	for _, end := range []float64{0.3, 1.2, 1.24} {
		if found, err := (&search{field: f, end: big.NewFloat(end)}).firstZero(ctx, ball.New(64)); found != nil || err != nil {
			t.Errorf("up to %g: %v, %v", end, found, err)
		}
	}
	if found, err := (&search{field: polynomial(1, 1, 3)}).firstZero(ctx, ball.New(64)); found != nil || !errors.Is(err, errSign) {
		t.Errorf("double zero: %v, %v", found, err)
	}
	narrow := scalarField(func(x *ball.Ball, order int) []*ball.Ball { // 1, on short intervals
		c := newTaylor(x.Prec(), order).zero()
		if c[0].SetInt64(1); x.Radius().Cmp(big.NewFloat(1./4096)) > 0 {
			c[0].Indeterminate()
			c[order].Indeterminate()
		}
		return c
	})
	if found, err := (&search{field: narrow, end: big.NewFloat(1)}).firstZero(ctx, ball.New(64)); found != nil || err != nil {
		t.Errorf("in thousands of cheap pieces: %v, %v", found, err)
	}
	if _, err := (&search{field: narrow, end: big.NewFloat(1), cost: pieceWork}).firstZero(ctx, ball.New(64)); !errors.Is(err, errSign) || !strings.Contains(err.Error(), "with 1000 pieces") {
		t.Errorf("in as many costly ones: %v", err)
	}
	if found, err := (&search{field: polynomial(1)}).firstZero(ctx, ball.New(64).SetInterval(new(big.Float), big.NewFloat(1.5))); found != nil || !errors.Is(err, errSign) {
		t.Errorf("a zero in the start: %v, %v", found, err)
	}
	one := fieldOf(func(t *taylor, x series) series {
		z := t.zero()
		z[0].SetInt64(1)
		return z
	})
	if found, err := (&search{field: one, beyond: func(x *big.Float) int { return x.Cmp(big.NewFloat(5)) }}).firstZero(ctx, ball.New(64)); found != nil || err != nil {
		t.Errorf("beyond 5: %v, %v", found, err)
	}
	if _, err := (&search{field: one, beyond: func(*big.Float) int { return 0 }}).firstZero(ctx, ball.New(64)); !errors.Is(err, errSign) {
		t.Errorf("without a proof of divergence: %v", err)
	}
}

// TestOutwardSigns: a sign that is proved of all points beyond one is that of
// the drift at points there, on both sides, for both norms.
func TestOutwardSigns(t *testing.T) {
	rng := rand.New(rand.NewPCG(17, 3))
	compared, signs, distant := 0, map[int]int{}, map[int]int{}
	for range 20 {
		var instances []graph.Instance
		for range 1 + rng.IntN(3) {
			instances = append(instances, randomPathInstance(t, rng))
		}
		for _, free := range []bool{false, true} {
			c := Curriculum{Thoughts: CurrentThoughts, Alpha: big.NewRat(1+rng.Int64N(4), 2), Free: free}
			for step := 1; step < 3; step++ {
				d := newStageDrift(instances, c, step, 9, nil)
				exact, err := newWalkDrift(d.steps, c, 9, nil)
				if err != nil {
					t.Fatal(err)
				}
				for _, side := range []int{1, -1} {
					from := 8 + 40*rng.Float64()
					sign := exact.outward(big.NewFloat(from), side, 64)
					signs[sign]++
					distant[exact.outward(big.NewFloat(1e6), side, 64)]++
					for _, far := range []float64{1, 1.7, 30} {
						value := exact.at(ball.New(200).SetFloat64(float64(side)*from*far), 0)[0]
						if s, ok := value.Sign(); ok && sign != 0 && s*side != sign {
							t.Fatalf("step %d, free %v, side %d from %g: sign %d, at %g times that %v", step, free, side, from, sign, far, value)
						}
						compared++
					}
				}
			}
		}
	}
	if compared != 20*2*2*2*3 || signs[1] < 1 || signs[-1] < 50 {
		t.Errorf("%d comparisons, signs %v", compared, signs)
	}
	if t.Logf("signs %v, beyond a million %v", signs, distant); distant[0] > 0 {
		t.Errorf("beyond a million: %v", distant)
	}
}

// TestFarLikeTheTarget: where far out the vertex with the most walks has as many of the
// longest as the target, the sign follows from the next ones (free norm).
func TestFarLikeTheTarget(t *testing.T) {
	g, err := graph.New(6, [][2]int{{0, 1}, {0, 2}, {0, 4}, {1, 3}, {2, 1}, {3, 5}, {4, 1}, {4, 2}, {5, 3}})
	if err != nil {
		t.Fatal(err)
	}
	instances := []graph.Instance{{Graph: g, Root: 4, Target: 5, Other: 0, Path: []int{4, 1, 3, 5}}}
	run, err := RunCurriculum(t.Context(), instances, Curriculum{Alpha: big.NewRat(1, 1), Thoughts: CurrentThoughts, Free: true, StageTime: 1, LastTime: 1, Digits: 10}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range run.Stages[1:] {
		if s.Collapse == nil || s.Collapse.Verdict != theory.Proved || s.Reason != "" {
			t.Errorf("step %d: %+v, %s", s.Step, s.Collapse, s.Reason)
		}
	}
}

// randomPathInstance is a digraph on 9 vertices with a path of three edges to
// 3 and an unreachable vertex 8.
func randomPathInstance(t *testing.T, rng *rand.Rand) graph.Instance {
	t.Helper()
	edges := [][2]int{{0, 1}, {1, 2}, {2, 3}}
	for u := range 8 {
		for v := range 8 {
			if u != v && v != u+1 && rng.IntN(5) == 0 {
				edges = append(edges, [2]int{u, v})
			}
		}
	}
	g, err := graph.New(9, edges)
	if err != nil {
		t.Fatal(err)
	}
	return graph.Instance{Graph: g, Root: 0, Target: 3, Other: 8, Path: []int{0, 1, 2, 3}}
}

// TestCurriculumReferences: ends and limits of one instance in closed
// quadrature, frozen thoughts: mpmath 1.3.0, quad of 1/f and findroot at 40
// digits.
func TestCurriculumReferences(t *testing.T) {
	instances := []graph.Instance{tie(t)}
	c := Curriculum{Thoughts: FrozenThoughts, Alpha: big.NewRat(1, 1), LastTime: 10, Digits: 20}
	for _, x := range []struct {
		time              float64
		first, limit, end string
	}{
		{5000, "7.767014363559340901005569805916162440604", "1.128910336471114938412914853481543237661", ""},
		{60, "3.039763383002436480187295631230328348286", "1.077455558860225099967824868032262202319", "0.967643817675617284916883524817196281589"},
	} {
		c.StageTime = x.time
		run, err := RunCurriculum(context.Background(), instances, c, nil)
		if err != nil {
			t.Fatal(err)
		}
		for k, want := range map[*Number]string{run.Stages[0].EndBounds: x.first, run.Stages[1].Limit: x.limit, run.Stages[1].EndBounds: x.end} {
			if want != "" && !(k.reaches(20) && holds(t, *k, want)) {
				t.Errorf("t = %g: %v, want %s", x.time, k, want)
			}
		}
	}
}

// holds reports whether a decimal, rounded at its last place, is in a number.
func holds(t *testing.T, x Number, decimal string) bool {
	t.Helper()
	b, err := x.Ball(200)
	if err != nil {
		t.Fatal(err)
	}
	return b.Contains(rats(t, decimal)[0])
}

func tie(t *testing.T) graph.Instance {
	t.Helper()
	g, err := graph.New(6, [][2]int{{0, 1}, {0, 5}, {1, 0}, {1, 2}, {5, 2}, {1, 3}})
	if err != nil {
		t.Fatal(err)
	}
	return graph.Instance{Graph: g, Root: 0, Target: 3, Other: 4, Path: []int{0, 1, 3}}
}

// TestCurriculumByIntegers: a tie at 0, and a stationary population, whatever
// the start; no limit of the ratio where the premise of Theorem 3 fails.
func TestCurriculumByIntegers(t *testing.T) {
	g, err := graph.New(3, [][2]int{{0, 1}, {1, 0}, {1, 2}, {2, 1}, {0, 2}, {2, 0}})
	if err != nil {
		t.Fatal(err)
	}
	complete := graph.Instance{Graph: g, Root: 0, Target: 2, Other: 1, Path: []int{0, 1, 2}}
	for _, carry := range []bool{false, true} {
		c := Curriculum{Carry: carry, Alpha: big.NewRat(1, 1), StageTime: 500, LastTime: 10, Digits: 12}
		run, err := RunCurriculum(context.Background(), []graph.Instance{complete}, c, nil)
		if err != nil {
			t.Fatal(err)
		}
		if s := run.Stages[1]; s.Status != theory.Stationary || s.End != s.Start || run.End.Ratio != nil {
			t.Errorf("complete digraph: %+v, %+v", s, run.End)
		}
		run, err = RunCurriculum(context.Background(), []graph.Instance{tie(t)}, c, nil)
		if err != nil {
			t.Fatal(err)
		}
		if s := run.Stages[1]; s.Status != theory.FiniteLimit || s.Limit.Lo != "0" || s.Limit.Hi != "0" || run.End.Ratio == nil {
			t.Errorf("tie: %+v, %+v", s, run.End)
		}
	}
}

// TestPublishedCurriculum: limits far out that no grid reaches, an end that is
// uncertain carried into a limit, and the collapse with thoughts generated anew.
func TestPublishedCurriculum(t *testing.T) {
	instances := published(t)
	c := Curriculum{Alpha: big.NewRat(1, 10_000), StageTime: 5000, LastTime: 10, Digits: 10}
	run, err := RunCurriculum(context.Background(), instances, c, nil)
	if err != nil {
		t.Fatal(err)
	}
	for k, want := range []float64{26796.8, 16194.6, 9982.3} {
		s := run.Stages[k+1]
		if s.Status != theory.FiniteLimit {
			t.Fatalf("%+v", s)
		}
		if got, _ := rats(t, s.Limit.Lo)[0].Float64(); got < want-0.05 || got > want+0.05 {
			t.Errorf("step %d: %v, want %g", k+1, s.Limit, want)
		}
	}
	c.Alpha, c.Thoughts = big.NewRat(1, 1), FrozenThoughts
	if run, err = RunCurriculum(context.Background(), instances[:4], c, nil); err != nil {
		t.Fatal(err)
	}
	// By the same quadrature as TestCurriculumReferences.
	if limit := run.Stages[2].Limit; !holds(t, *limit, "3.0786157988329") {
		t.Errorf("%v", limit)
	}
	for _, s := range run.Stages {
		if s.Reason != "" {
			t.Errorf("step %d: %s", s.Step, s.Reason)
		}
	}
	c.Thoughts, c.Carry = CurrentThoughts, true
	few := 2
	if *long.Tests {
		few = 4
	}
	if run, err = RunCurriculum(context.Background(), instances[:few], c, nil); err != nil {
		t.Fatal(err)
	}
	if s := run.Stages[1]; s.Threshold == nil || s.Collapse != nil || s.Status != theory.FiniteLimit {
		t.Errorf("step 1: %+v", s)
	}
	if s := run.Stages[2]; s.Collapse == nil || s.Collapse.Verdict != theory.Proved || s.Status != theory.FiniteLimit {
		t.Errorf("step 2: %+v", s)
	}
}
