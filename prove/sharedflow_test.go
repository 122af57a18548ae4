package prove

import (
	"context"
	"math/big"
	"testing"

	"muflow/graph"
	"muflow/internal/long"
	"muflow/ode/ball"
	"muflow/theory"
)

// The flow of one instance alone is that of its profile, whose elementary solution
// shares no code with the journey, at the rate 1/n of that instance.
func TestSharedFlowOfOneInstance(t *testing.T) {
	instances, err := graph.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	checks := 0
	for i := range 1 {
		in := instances[i : i+1]
		for step := range in[0].Steps() {
			at, err := in[0].Step(step)
			if err != nil {
				t.Fatal(err)
			}
			for loss, share := range map[theory.Loss]*big.Rat{theory.Coconut: nil, theory.CoconutBFS: one} {
				for _, start := range []*big.Rat{nil, mustRat("-3/2")} {
					if !*long.Tests && (start == nil) != (loss == theory.Coconut) != (step == 1) {
						continue // each loss from one start, from the other at step 1
					}
					times := []*big.Rat{new(big.Rat), mustRat("1"), mustRat("77.5"), mustRat("1e4")}
					if start == nil && step == 1 {
						times[1] = mustRat("1e-20")
					}
					shared, err := SharedFlowOf(context.Background(), in, Sharing{Steps: []int{step}, BFS: share, Alpha: mustRat("3/2")}, start, times, 12)
					if err != nil {
						t.Fatalf("instance %d, step %d, %v from %v: %v", i, step, loss, start, err)
					}
					exact, err := FlowOf(context.Background(), theory.ProfileOf(at), FlowRequest{Loss: loss, Alpha: mustRat("3/2"), Start: start, Times: times, Digits: 25})
					if err != nil {
						t.Fatal(err)
					}
					for k := range times {
						x, y := shared.Mu[k], exact.Mu[k]
						if mustRat(x.Lo).Cmp(mustRat(y.Hi)) > 0 || mustRat(y.Lo).Cmp(mustRat(x.Hi)) > 0 || !x.reaches(12) {
							t.Errorf("instance %d, step %d, %v from %v at %s: %v, elementary %v", i, step, loss, start, times[k].RatString(), x, y)
						}
						checks++
					}
				}
			}
		}
	}
	if checks < 3*2*4 || *long.Tests && checks < 3*2*2*4 {
		t.Fatalf("%d checks", checks)
	}
}

// The built-in suite against mpmath 1.3.0: quad of 1/f over 4 pieces and Newton's
// method at 34 digits, f summed over all instances from their edges.
func TestSharedFlowAgainstReference(t *testing.T) {
	instances, err := graph.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		step                      int
		share, start, until, want string
	}{
		{0, "0", "2", "100", "3.2591759916254080495113686"},
		{1, "0", "0", "100", "1.0541914455502220568953521"},
		{2, "0", "-3", "50", "-2.3928651000585471270424274"},
		{2, "1/4", "1", "40", "1.1174241017740197338572688"},
	} {
		if !*long.Tests && c.step == 2 && c.share == "0" || testing.Short() && c.step == 2 {
			continue
		}
		times := []*big.Rat{mustRat("1"), mustRat(c.until)}
		flow, err := SharedFlowOf(context.Background(), instances, Sharing{Steps: []int{c.step}, BFS: mustRat(c.share), Alpha: one}, mustRat(c.start), times, 7)
		if err != nil {
			t.Fatal(err)
		}
		if contains, _ := within(t, flow.Mu[1], c.want); !contains || flow.Vertices != 28 || !flow.Mu[1].reaches(7) {
			t.Errorf("step %d, share %s from %s: %v, reference %s", c.step, c.share, c.start, flow.Mu[1], c.want)
		}
	}
}

// With the limit 0, which integers prove, and no move: the start is exact. From
// beside it the flow goes there.
func TestSharedFlowThatStays(t *testing.T) {
	tie := graph.Instance{Root: 0, Target: 3, Other: 4, Path: []int{0, 1, 3}}
	var err error
	if tie.Graph, err = graph.New(6, [][2]int{{0, 1}, {0, 5}, {1, 0}, {1, 2}, {5, 2}, {1, 3}}); err != nil {
		t.Fatal(err)
	}
	for start, want := range map[string]string{"0": "0", "-2": "-1e-5"} {
		flow, err := SharedFlowOf(context.Background(), []graph.Instance{tie, tie}, Sharing{Steps: []int{1}, Alpha: one}, mustRat(start), []*big.Rat{mustRat("1000")}, 10)
		if err != nil {
			t.Fatal(err)
		}
		x := flow.Mu[0]
		if start == "0" && (x.Lo != "0" || x.Hi != "0") || mustRat(x.Lo).Cmp(mustRat(want)) < 0 || mustRat(x.Hi).Sign() > 0 {
			t.Errorf("from %s: %v", start, x)
		}
	}
	if _, err := SharedFlowOf(context.Background(), []graph.Instance{tie}, Sharing{Steps: []int{1}, Alpha: one, Full: true}, nil, []*big.Rat{one}, 10); err == nil {
		t.Error("a full score matrix, expected an error")
	}
}

// The enclosure over an interval holds the coefficients at points of it, and is not
// much wider than they differ.
func TestMixtureDriftOverIntervals(t *testing.T) {
	instances, err := graph.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	for _, share := range []string{"0", "1/3", "1"} {
		crowd, err := crowdOf(instances[:8], Sharing{Steps: []int{2}, BFS: mustRat(share), Alpha: one})
		if err != nil {
			t.Fatal(err)
		}
		mixture, err := crowd.pool.mixture()
		if err != nil {
			t.Fatal(err)
		}
		d := newMixtureDrift(mixture, 28)
		for _, middle := range []string{"-4", "0.3", "2", "9"} {
			for _, half := range []string{"1e-6", "0.01", "0.1"} {
				box := rationalPoint(mustRat(middle), 160)
				r, _ := new(big.Float).SetString(half)
				box.AddError(r)
				over := d.at(box, 12)
				for _, share := range []string{"-1", "-1/2", "0", "2/3", "1"} {
					point := new(big.Rat).Mul(mustRat(half), mustRat(share))
					point.Mul(point, mustRat("0.999"))
					exact := d.coefficients(rationalPoint(point.Add(point, mustRat(middle)), 160), 12)
					for k := range over {
						if !over[k].ContainsBall(exact[k]) {
							t.Fatalf("at %s ± %s, coefficient %d: %v without %v", middle, half, k, over[k], exact[k])
						}
					}
				}
			}
		}
	}
}

func rationalPoint(q *big.Rat, precision uint) *ball.Ball { return ball.New(precision).SetRat(q) }

func TestSharedFlowRefuses(t *testing.T) {
	instances, err := graph.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	steps := Sharing{Steps: []int{0}, Alpha: one}
	full := Sharing{Steps: []int{0}, Alpha: one, Full: true}
	for name, refused := range map[string]func() (*SharedFlow, error){
		"times that go back": func() (*SharedFlow, error) {
			return SharedFlowOf(context.Background(), instances, steps, nil, []*big.Rat{mustRat("5"), mustRat("1")}, 5)
		},
		"a time below 0": func() (*SharedFlow, error) {
			return SharedFlowOf(context.Background(), instances, steps, nil, []*big.Rat{mustRat("-1")}, 5)
		},
		"no time": func() (*SharedFlow, error) {
			return SharedFlowOf(context.Background(), instances, steps, nil, []*big.Rat{nil}, 5)
		},
		"no digits": func() (*SharedFlow, error) {
			return SharedFlowOf(context.Background(), instances, steps, nil, []*big.Rat{one}, 0)
		},
		"two logits": func() (*SharedFlow, error) {
			return SharedFlowOf(context.Background(), instances, full, nil, []*big.Rat{one}, 5)
		},
	} {
		if flow, err := refused(); err == nil || flow != nil {
			t.Errorf("%s: %v, %v", name, flow, err)
		}
	}
}
