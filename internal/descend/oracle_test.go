package descend

import (
	"context"
	"encoding/json"
	"math"
	"math/big"
	"math/rand/v2"
	"strings"
	"testing"

	"muflow/internal/script"
	"muflow/ode"
	"muflow/ode/ball"
	"muflow/theory"
)

const functionsOfAllKinds = `theory("functions")
a = state("a", start = 1/3)
b = state("b", start = -1/2)
loss = log(1 + a**2) + tanh(a*b) + sin(b)*atan(a) + sqrt(1 + b**2) + abs(a - 3)/(2 + b**4) + cos(a + b)
train(loss, [a, b], rate = 1/20, steps = 100, rates = [1, 2])
`

// TestAgainstAnotherProgram compares with gradient descent in 50 digits: by mpmath
// 1.3.0, gradients written by hand, those of the last file by its diff.
func TestAgainstAnotherProgram(t *testing.T) {
	checks := 0
	for _, c := range []struct {
		source, name string
		step         int
		value        float64
	}{
		{shipped(t, "softmax"), "x", 50, 0.08610683620870516142356},
		{shipped(t, "softmax"), "y", 50, -0.3518469180344836692953},
		{shipped(t, "softmax"), "x", 400, 0.5302026054048920279676},
		{shipped(t, "softmax"), "y", 400, 0.09809028068085020395316},
		{strings.Replace(shipped(t, "modes"), `"L", 2`, `"L", 3`, 1), "w[0]", 500, 0.3929844014431412242831},
		{strings.Replace(shipped(t, "modes"), `"L", 2`, `"L", 3`, 1), "w[0]*w[1]*w[2]", 500, 0.06069122974233971827954},
		{strings.Replace(shipped(t, "modes"), `"L", 2`, `"L", 3`, 1), "w[2]", 1000, 1.442249570296734368281},
		{functionsOfAllKinds, "a", 20, 0.4742971967361085786648},
		{functionsOfAllKinds, "b", 20, -2.110718732186985526049},
		{functionsOfAllKinds, "a", 100, 0.4147214684424582562656},
		{functionsOfAllKinds, "b", 100, -2.393569284490075347285},
	} {
		th, err := script.Run("x.star", []byte(c.source), script.Options{})
		if err != nil {
			t.Fatal(err)
		}
		x, err := newTask(th, &th.Trainings[0])
		if err != nil {
			t.Fatal(err)
		}
		looks, err := x.descend(context.Background(), []int{0, c.step}, 1, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, one := range x.compared {
			if one.name != c.name {
				continue
			}
			value := newTape(one.trained, len(x.names))
			if got := value.value(looks[1].weights, value.scratch()); math.Abs(got-c.value) > 2e-14*(1+math.Abs(c.value)) {
				t.Errorf("%s after %d steps: %.17g, want %.17g", c.name, c.step, got, c.value)
			}
			checks++
		}
	}
	if checks < 11 {
		t.Fatalf("%d checks", checks)
	}
}

// TestQuadraticLoss: gradient descent on λx²/2 is x(0)·(1 − ηλ)ⁿ, exactly, and the
// bound is that of the closed form e^{−ηλn} within a few parts in a thousand.
func TestQuadraticLoss(t *testing.T) {
	const source = "theory('quadratic')\nx = state('x', start = 2/3)\ntrain(3/4 * x**2, x, rate = 1/70, steps = 700)\n"
	r := trained(t, source, Options{Looks: 700})[0]
	exact, factor := big.NewRat(2, 3), new(big.Rat).Sub(big.NewRat(1, 1), big.NewRat(3, 140))
	for k, p := range r.Comparisons[0].Points {
		value, _ := exact.Float64()
		if p.Step != k || math.Abs(p.Trained-value) > 1e-14*value*float64(k+1) {
			t.Fatalf("step %d: %g, want %g", k, p.Trained, value)
		}
		gap := math.Abs(value - 2./3*math.Exp(-1.5*float64(k)/70))
		if *p.Bound < gap-1e-15 || k > 0 && *p.Bound > 1.02*gap+1e-14 {
			t.Errorf("step %d: bound %g of a difference %g", k, *p.Bound, gap)
		}
		exact.Mul(exact, factor)
	}
	if r.Verdict != theory.Consistent || math.Abs(r.Order.Order-1) > 0.05 || len(r.Comparisons[0].Points) != 701 {
		t.Errorf("%v, %+v", r.Verdict, r.Order)
	}
}

// TestGradients: reverse differentiation in float64 and the symbolic derivative,
// in balls, agree on random formulas.
func TestGradients(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	checks := 0
	for range 300 {
		pool := []*ode.Expr{ode.State(0), ode.State(1), ode.State(2), ode.Rational(big.NewRat(rng.Int64N(9)-4, rng.Int64N(5)+1))}
		for range 6 {
			a, b := pool[rng.IntN(len(pool))], pool[rng.IntN(len(pool))]
			pool = append(pool, [...]func() *ode.Expr{
				func() *ode.Expr { return a.Add(b) }, func() *ode.Expr { return a.Sub(b) }, func() *ode.Expr { return a.Mul(b) },
				func() *ode.Expr { return a.Quo(b) }, a.Neg, func() *ode.Expr { return a.Power(rng.IntN(7) - 3) },
				a.Exp, a.Log, a.Sqrt, a.Sin, a.Cos, a.Tanh, a.Atan, a.Abs,
			}[rng.IntN(14)]())
		}
		x := pool[len(pool)-1]
		at := []float64{rng.Float64() + 0.5, rng.Float64() - 0.5, 2 * rng.Float64()}
		var balls []*ball.Ball
		for _, v := range at {
			balls = append(balls, ball.New(128).SetFloat64(v))
		}
		tape, sum := newTape(x, 3), make([]float64, 3)
		tape.gradient(sum, 1, at, tape.scratch())
		for i := range sum {
			exact, err := ode.Evaluate(x.Derivative(i), balls, 128)
			if err != nil || !finite(sum) {
				continue
			}
			want, _ := exact.Mid().Float64()
			if math.Abs(want) > 1e6 || math.Abs(want) < 1e-6 { // badly conditioned
				continue
			}
			if math.Abs(sum[i]-want) > 1e-7*math.Abs(want) {
				t.Errorf("derivative of %v by x%d at %v: %g, want %g", x, i, at, sum[i], want)
			}
			checks++
		}
	}
	if checks < 150 {
		t.Fatalf("%d checks", checks)
	}
}

// TestNoiseOfALinearGradient: of quadratic terms the moments are exact,
//
//	E w_k = GD,   Var w_k = h²·Var(a)·(M − B)/(B(M − 1))·Σ_{j<k} (1 − h)^{2j}
//
// and a batch of all terms is gradient descent, whatever the seed.
func TestNoiseOfALinearGradient(t *testing.T) {
	const source = "theory('noise')\nx = state('x', start = 1)\nterms = [(x - a)**2/2 for a in [1, 2, 4, 9]]\n"
	r := trained(t, source+"train(mean(terms), x, rate = 1/10, steps = 40, batch = 2)\n", Options{Seeds: 8, Looks: 40})[0]
	for k, p := range r.Comparisons[0].Points[1:] {
		sum := 0.0
		for j := range k + 1 {
			sum += math.Pow(0.9, 2*float64(j))
		}
		want := 0.1 * math.Sqrt(9.5*2/(2*3)*sum)
		if math.Abs(*p.Predicted-want) > 1e-12 {
			t.Errorf("step %d: spread %g, want %g", p.Step, *p.Predicted, want)
		}
		if mean := 4 - 3*math.Pow(0.9, float64(p.Step)) - (4 - 3*math.Exp(-0.1*float64(p.Step))); math.Abs(*p.Expected-mean) > 1e-12 {
			t.Errorf("step %d: mean %g from the flow, want %g", p.Step, *p.Expected, mean)
		}
	}
	all := trained(t, source+"train(mean(terms), x, rate = 1/10, steps = 40, batch = 4)\ntrain(mean(terms), x, rate = 1/10, steps = 40)\n", Options{Seeds: 8})
	for i, p := range all[0].Comparisons[0].Points {
		if math.Abs(p.Trained-all[1].Comparisons[0].Points[i].Trained) > 1e-14 {
			t.Errorf("step %d: %g of all terms, %g of the loss", p.Step, p.Trained, all[1].Comparisons[0].Points[i].Trained)
		}
	}
	if r.Verdict != theory.Consistent || all[0].Verdict != theory.Consistent || len(r.Comparisons[0].Points) != 41 {
		t.Errorf("%v %v: %s", r.Verdict, all[0].Verdict, r.Reason)
	}
}

// TestWorkers: the same bytes, whatever their number; other ones for another seed.
func TestWorkers(t *testing.T) {
	const source = "theory('workers')\nx = state('x', start = 1)\nloss = mean([exp(x) - a*x for a in range(1, 6)])\ngradient_flow(loss, x)\n" +
		"train(loss, x, rate = 1/10, steps = 40, batch = 2)\ntrain(loss, x, rate = 1/10, steps = 40)\n"
	text := func(jobs int, seed uint64) string {
		out, err := json.Marshal(trained(t, source, Options{Jobs: jobs, Seed: seed, Seeds: 9, Looks: 2}))
		if err != nil {
			t.Fatal(err)
		}
		return string(out)
	}
	if text(1, 1) != text(3, 1) || text(1, 1) == text(1, 2) {
		t.Error("results depend on the number of workers, or not on the seed")
	}
}
