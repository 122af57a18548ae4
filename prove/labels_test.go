package prove

import (
	"context"
	"math"
	"math/big"
	"slices"
	"strings"
	"testing"

	"muflow/graph"
	"muflow/internal/long"
	"muflow/internal/runlog"
	"muflow/ode/ball"
	"muflow/theory"
)

// The numbers of this file are those of testdata/labels.py: Python 3.11.7 with
// mpmath 1.3.0, 70 digits (45 for two unknowns, 40 for times), from the published
// file and by vertex.

// isNear tests that an enclosure is narrow and holds a number cut after its digits.
func isNear(t *testing.T, what string, x *ball.Ball, text string) {
	t.Helper()
	low, high := x.Decimal(len(text) + 5)
	a, okA := new(big.Rat).SetString(low)
	b, okB := new(big.Rat).SetString(high)
	want, okWant := new(big.Rat).SetString(text)
	if !okA || !okB || !okWant {
		t.Fatalf("%s: %s, %s, %s", what, low, high, text)
	}
	unit := new(big.Rat).SetFrac(big.NewInt(2), new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(len(text)-1-strings.Index(text, "."))), nil))
	if new(big.Rat).Abs(a.Sub(a, want)).Cmp(unit) > 0 || new(big.Rat).Abs(b.Sub(b, want)).Cmp(unit) > 0 {
		t.Errorf("%s: %s to %s, expected %s", what, low, high, text)
	}
}

func TestPopulationUnderLaws(t *testing.T) {
	instances := published(t)
	checks := 0
	for law, steps := range map[graph.Law]map[int][3]string{
		graph.ShortestLaw: {
			1: {"2.31651204233979757246349673348248198913236164", "3.0541282394087194103947182500", "-0.33711212761673628949014712727"},
			2: {"1.36538135817847454462634445055417656876254730", "2.4812732463139790693481537219", "-0.19864215158248010448062801614"},
			3: {"0.725354945648003728447117982418273409699065377", "2.6516082329536876104978116762", "-0.25572033248705634082667252529"},
		},
		graph.FrontierLaw: {
			1: {"2.23290168385500912915490142808693786843077654", "2.4251767030342549599938109131", "-0.09888128189951421003280590044"},
			2: {"1.27767730204153318560316093614536060896040599", "2.0312524367391431778386716598", "-0.13858457810151890332062158566"},
			3: {"0.773874336814580577757754695895660993866748910", "2.9444422067758332487513617845", "-0.28348439183231658010234348198"},
		},
	} {
		for c, want := range steps {
			for _, full := range []bool{false, true} {
				if full && (c > 1 || law == graph.FrontierLaw) && !*long.Tests {
					continue
				}
				digits := 46
				if full {
					digits = 30
				}
				p, err := SharedPopulation(context.Background(), instances, Sharing{Steps: []int{c}, Label: law, Full: full, Alpha: one}, digits)
				if err != nil || p.Limit != theory.FiniteLimit {
					t.Fatalf("%v, step %d: %v, %v", law, c, p, err)
				}
				if full {
					isNear(t, law.String()+" μ*", p.Theta[0], want[1])
					isNear(t, law.String()+" ν*", p.Theta[1], want[2])
				} else {
					isNear(t, law.String(), p.Theta[0], want[0])
				}
				checks++
			}
		}
	}
	if p, err := SharedPopulation(context.Background(), instances, Sharing{Steps: []int{0}, Label: graph.ShortestLaw, Alpha: one}, 20); err != nil || p.Limit != theory.PlusInfinity {
		t.Errorf("at c = 0: %v, %v", p, err)
	}
	if checks != 7 && !(*long.Tests && checks == 12) {
		t.Errorf("%d checks", checks)
	}
}

// Single steps of the published file with d* = 3/2: μ*, and μ at the time 100 by
// quadrature, by every method.
func TestFlowTowardsAMean(t *testing.T) {
	instances := published(t)
	for _, x := range []struct {
		instance, step  int
		limit, atTime   string
		classes, labels int
	}{
		{8, 2, "1.86722363833500926383769098621901458796061764", "0.774197982088103202384088227104", 0, 2},
		{13, 1, "3.47776458418372814436560109899621088195160434", "1.70580214528477414178384670022", 0, 2},
	} {
		step, err := graph.ShortestLaw.Step(&instances[x.instance], x.step)
		if err != nil {
			t.Fatal(err)
		}
		p := theory.ProfileOf(step)
		if len(step.Labels()) != x.labels || p.TargetDegree.String() != "3/2" {
			t.Fatalf("labels %v, d* = %v", step.Labels(), p.TargetDegree)
		}
		e, err := EquilibriumOf(context.Background(), p, one, 45)
		if err != nil || e.Limit != theory.FiniteLimit {
			t.Fatal(e, err)
		}
		isNear(t, "μ*", e.Mu, x.limit)
		for m := range FlowMethodNames() {
			flow, err := FlowOf(context.Background(), p, FlowRequest{Loss: theory.Coconut, Alpha: one, Times: []*big.Rat{big.NewRat(100, 1)}, Digits: 32, Method: FlowMethod(m)})
			if err != nil {
				t.Fatal(FlowMethod(m), err)
			}
			mu, err := flow.Mu[0].Ball(200)
			if err != nil {
				t.Fatal(err)
			}
			isNear(t, FlowMethod(m).String(), mu, x.atTime)
		}
		results, err := Theorem1(context.Background(), p, one, 20, theory.Coconut)
		if err != nil || len(results) != 13 {
			t.Fatal(len(results), err)
		}
		for _, r := range results {
			if slices.Contains(strings.Fields("T1b-negative T1b-still T1b-diverges T1b-diverges-lower T1b-diverges-upper T1b-diverges-steps"), r.Claim) {
				if r.Verdict != theory.NotApplicable {
					t.Errorf("instance %d, step %d, %s: %v", x.instance, x.step, r.Claim, r.Verdict)
				}
				continue
			}
			if r.Verdict != theory.Proved || r.Certificate == nil || r.Certificate.Profile.TargetDegree != 3 || r.Certificate.Profile.Labels != 2 {
				t.Errorf("instance %d, step %d, %s: %v %s", x.instance, x.step, r.Claim, r.Verdict, r.Reason)
			}
		}
	}
}

// singly returns the same data set with one label an instance: the same graph
// with another demonstrated path, and its weight.
func singly(instances []graph.Instance, law graph.Law, c int) (out []graph.Instance, weights []*big.Rat) {
	for i, step := range law.StepsOf(instances, c) {
		in := instances[i]
		for _, v := range step.Labels() {
			in.Target, in.Path = v, in.Graph.ShortestPath(in.Root, v)
			out, weights = append(out, in), append(weights, big.NewRat(1, int64(len(step.Labels()))))
		}
	}
	return out, weights
}

// The mean over the labels of an instance is that over instances with one label
// each and a share of its weight: the limit of the population, and on one
// instance μ*, the drift and, with bounds, the drift from thoughts of walks.
func TestLawsAgainstSingleLabels(t *testing.T) {
	ctx := context.Background()
	instances, err := graph.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	instances = instances[:24]
	if !*long.Tests {
		instances = instances[:5]
	}
	drifts, limits := 0, 0
	for c := range 3 {
		for _, full := range []bool{false, true} {
			law := graph.FrontierLaw
			have, err := SharedPopulation(ctx, instances, Sharing{Steps: []int{c}, Label: law, Full: full, Alpha: one}, 20)
			if err != nil {
				t.Fatal(err)
			}
			alone, weights := singly(instances, law, c)
			want, err := SharedPopulation(ctx, alone, Sharing{Steps: []int{c}, Weights: weights, Full: full, Alpha: one}, 20)
			if err != nil || have.Limit != want.Limit {
				t.Fatalf("step %d: %v, with one label each %v, %v", c, have.Limit, want.Limit, err)
			}
			for k := range have.Theta {
				if limits++; !have.Theta[k].Overlaps(want.Theta[k]) {
					t.Errorf("step %d: %v, with one label each %v", c, have.Theta[k], want.Theta[k])
				}
			}
		}
		alone, weights := singly(instances, graph.FrontierLaw, c)
		times := []*big.Rat{big.NewRat(10, 1), big.NewRat(1000, 1)}
		have, err := SharedFlowOf(ctx, instances, Sharing{Steps: []int{c}, Label: graph.FrontierLaw, Alpha: one}, nil, times, 12)
		if err != nil {
			t.Fatal(err)
		}
		want, err := SharedFlowOf(ctx, alone, Sharing{Steps: []int{c}, Weights: weights, Alpha: one}, nil, times, 12)
		if err != nil {
			t.Fatal(err)
		}
		for k := range times {
			a, errA := have.Mu[k].Ball(100)
			b, errB := want.Mu[k].Ball(100)
			if limits++; errA != nil || errB != nil || !a.Overlaps(b) {
				t.Errorf("step %d: %v at t = %v, with one label each %v", c, have.Mu[k], times[k], want.Mu[k])
			}
		}
		for _, source := range []ThoughtSource{UniformThoughts, FrozenThoughts, CurrentThoughts} {
			x := Curriculum{Alpha: one, Label: graph.FrontierLaw, Thoughts: source, StageTime: 1, LastTime: 1, Digits: 10}
			logits := []float64{0.7, 1.3}[:min(c, 2)]
			d := newStageDrift(instances, x, c, 28, logits)
			var fixed []heldLogit
			if source == FrozenThoughts {
				fixed = heldLogits(x, logits)
			}
			for _, mu := range []float64{-0.5, 0, 0.8, 2} {
				got, _ := d.at(mu)
				want := 0.
				for i, step := range graph.FrontierLaw.StepsOf(instances, c) {
					sum := 0.
					alone, _ := singly(instances[i:i+1], graph.FrontierLaw, c)
					for k := range alone {
						y := x
						y.Label = graph.PathLaw
						part, _ := newStageDrift(alone[k:k+1], y, c, 28, logits).at(mu)
						sum += part
					}
					want += sum / float64(len(step.Labels())) / float64(len(d.steps))
				}
				if drifts++; !(math.Abs(got-want) < 1e-13) {
					t.Errorf("%v thoughts, step %d at μ = %g: %g, with one label each %g", source, c, mu, got, want)
				}
				if source == UniformThoughts {
					continue
				}
				w, err := newWalkDrift(d.steps, x, 28, fixed)
				if err != nil {
					t.Fatal(err)
				}
				exact, _ := w.at(ball.New(100).SetFloat64(mu), 1)[0].Mid().Float64()
				if !(math.Abs(got-exact) < 1e-13) {
					t.Errorf("%v thoughts, step %d at μ = %g: %g in float64, %g with bounds", source, c, mu, got, exact)
				}
				if source == CurrentThoughts && mu > 0 {
					near := ball.New(100).SetFloat64(mu)
					near.AddError(big.NewFloat(1e-9))
					b := w.bounds(near)
					low, _ := b[0].Lower().Float64()
					high, _ := b[1].Upper().Float64()
					if !(low <= got+1e-13 && got-1e-13 <= high && high-low < 1e-6) {
						t.Errorf("step %d at μ = %g: bounds %g and %g of %g", c, mu, low, high, got)
					}
				}
			}
		}
	}
	if drifts != 36 || limits < 12 {
		t.Errorf("%d drifts and %d limits compared", drifts, limits)
	}
}

// A step that a law leaves without a label: claims about no label stay, those of
// Theorem 1(b) do not apply.
func TestStepWithoutALabel(t *testing.T) {
	g, err := graph.New(5, [][2]int{{0, 1}, {0, 2}, {1, 3}, {3, 2}})
	if err != nil {
		t.Fatal(err)
	}
	in := []graph.Instance{{Graph: g, Root: 0, Target: 2, Other: 4, Path: []int{0, 1, 3, 2}}}
	results, err := Dataset(context.Background(), in, Selection{Theorems: []int{1, 2}, Step: 1, Alpha: big.NewRat(1, 1), Logit: big.NewRat(1, 1), Label: graph.ShortestLaw, Digits: 10}, 1, func(string) runlog.Progress { return nil })
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, r := range results {
		seen++
		if r.Claim == "T1a-still" || r.Claim == "T1a-walk-still" {
			continue
		}
		if none := strings.HasPrefix(r.Claim, "T1b") || strings.HasPrefix(r.Claim, "A4"); none != strings.Contains(r.Reason, "A19") || none != (r.Verdict == theory.NotApplicable) {
			t.Errorf("%s: %v %s", r.Claim, r.Verdict, r.Reason)
		}
	}
	if seen != 34 {
		t.Errorf("%d results", seen)
	}
}
