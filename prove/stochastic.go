package prove

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/big"
	"slices"

	"muflow/graph"
	"muflow/internal/portable"
	"muflow/internal/reduced"
	"muflow/ode/ball"
	"muflow/theory"
)

// stochasticDescent is T1b-stochastic: theory.md section 7b.
var stochasticDescent = &Claim{
	ID: "T1b-stochastic", Theorem: "Theorem 1(b)",
	Statement: "The premise of T1b: stochastic gradient descent on the diagonal of W from 0, with one freshly relabelled sample a step and the step η given, has at each of its first 10⁶ steps, with probability at least 1 − 10⁻⁶ at all of them at once, αs‖W_k − μ_k I‖ ≤ x and αs|μ_k − g_k| ≤ y < 1/10, " +
		"where μ_k is the mean of the diagonal and g_k descent on the reduced drift, |g_k − μ*| ≤ |μ*|(1 − ηκv)^k.",
	LaTeX: `\mathbb{P}\bigl(\forall k \le 10^6:\ \alpha s\,|W_k - \mu_k I| \le x,\ \alpha s\,|\mu_k - g_k| \le y < \tfrac{1}{10}\bigr) \ge 1 - 10^{-6},\quad ` +
		`g_{k+1} = g_k + \eta\,\mu'(g_k),\quad |g_k - \mu^*| \le |\mu^*|\,(1 - \eta\kappa v)^k`,
	Assumptions: slices.DeleteFunc(finiteSteps("A5", "A9", "A19"), func(id string) bool { return id == "A4" }),
	Proof:       "the loss is convex and contracts near the line W = μI, where all relabellings agree on μ'; two supermartingales in cosh(λ‖·‖), stopped where the pair leaves its bounds",
	Command:     "verify theorem stages",
	Number:      Stages, Unit: OnStep, Losses: coconutOnly, Drops: "A14",
	Premise: func(ctx context.Context, e *Subject) (string, error) {
		_, p, reason, err := e.labelled(theory.Coconut)
		if err != nil || reason != "" {
			return reason, err
		}
		return someRoom(ctx, &Subject{Profile: p})
	},
	Decide: func(ctx context.Context, e *Subject) (Result, error) {
		s, _, _, err := e.labelled(theory.Coconut)
		if err != nil {
			return Result{}, err
		}
		x, err := NewStochastic(ctx, s, e.Alpha)
		if err != nil {
			return Result{}, &UndecidedError{err}
		}
		run := StochasticRun{Batch: 1, Steps: 1_000_000, Failure: big.NewRat(1, 1_000_000)}
		b, err := x.Largest(&run)
		if err != nil {
			return Result{}, &UndecidedError{err}
		}
		return Result{Verdict: theory.Proved,
			Reason: "contraction of W − μI and of μ − g enclosed for αsμ within 1/10 of the way from 0 to αsμ*; tails by Bennett's inequality",
			Values: map[string]Number{"step": Exact(run.Rate, e.Digits), "spread": Exact(b.Spread, e.Digits), "deviation": Exact(b.Mean, e.Digits), "bias": Exact(b.Bias, e.Digits), "v": Enclose(x.variance, e.Digits)}}, nil
	},
}

// labelled returns the step of the subject with the labels that a loss has, and
// its profile; a reason if the law leaves it without one.
func (e *Subject) labelled(loss theory.Loss) (graph.Step, *theory.Profile, string, error) {
	law := e.Label
	if loss != theory.Coconut {
		law = graph.PathLaw
	}
	s, err := law.Step(e.Input, e.Step)
	if errors.Is(err, graph.ErrNoLabel) {
		return s, nil, fmt.Sprintf("A19 fails: the law %v gives the step no label", law), nil
	}
	if err != nil {
		return s, nil, "", err
	}
	return s, theory.ProfileOf(s), "", nil
}

// A StochasticRun is a training by stochastic gradient descent with the Coconut
// loss on one step, from W = 0: each sample draws a label and a relabelling.
type StochasticRun struct {
	Rate    *big.Rat // η
	Batch   int      // B, samples of a step
	Steps   int      // N
	Failure *big.Rat // δ, 0 < δ < 1
}

// Stochastic holds the constants of a step with which Bounds are made. With φ_v
// the indicator of the sources of v in N_c, σ = α/√K, W = diag(w), w = μ1 + e, Σe = 0,
// D = d_max − d_min and Δ = max ‖φ_v − φ_w‖:
//
//	L = σ²Δ²/4 ≥ ‖∇²ℓ‖,   G = max_{p,v} ‖φ_p − φ_v‖,   σG ≥ ‖∇ℓ‖
//	T = Σ_{v<w} p_v p_w (‖φ_v − φ_w‖² − (d_v − d_w)²/n)/(n−1),   E_π Var_p⟨φ,πe⟩ = T‖e‖²
//	v = Var(d) = Σ_{v<w} p_v p_w (d_v − d_w)²
//
// T and v stand for lower bounds over all μ with σμ within 1/10 of the way from 0
// to σμ*. Both are quotients S(y)/Q(y)² of polynomials with coefficients ≥ 0.
type Stochastic struct {
	order            int        // n
	degrees          int        // D
	apart, gradient  int        // Δ² and G²
	labels           int        // range of the in-degrees of labels
	noise            *big.Rat   // their variance
	sigma            *ball.Ball // σ
	spread, variance *ball.Ball // T and v
	square           *big.Rat   // σ²
}

const (
	stochasticBits  = 128
	stochasticCells = 1 << 14
)

// stochasticReach is how far σμ may be from the way of descent, less than 1/10.
const stochasticReach = 0.099999

// NewStochastic encloses the constants of a step with d_min < d* < d_max.
//
// Encloses the exact values: T and v from below.
// theory.md section 7b.
func NewStochastic(ctx context.Context, s graph.Step, alpha *big.Rat) (*Stochastic, error) {
	p := theory.ProfileOf(s)
	if p.Certify(theory.Coconut).Limit() != theory.FiniteLimit || p.N < 2 {
		return nil, errors.New("no finite limit, expected d_min < d* < d_max")
	}
	rest, err := EquilibriumOf(ctx, p, alpha, 6)
	if err != nil {
		return nil, err
	}
	x := &Stochastic{order: p.N, degrees: p.MaxDegree() - p.MinDegree(), sigma: reduced.Sigma(alpha, p.K, stochasticBits), square: reduced.Kappa(p, alpha)}
	x.square.Mul(x.square, big.NewRat(int64(p.N), 1))
	set := s.Set()
	sources := make([][]int, p.N)
	for v := range sources {
		for _, u := range s.Instance.Graph.In(v) {
			if set[u] {
				sources[v] = append(sources[v], u)
			}
		}
	}
	apart, labels := newPairs(p.N), s.Labels()
	inDegrees := newPairs(p.N)
	for v := range sources {
		for w := range v {
			far, gap := differing(sources[v], sources[w]), len(sources[v])-len(sources[w])
			inside := indicator(set[v]) + indicator(set[w])
			apart.add(inside, len(sources[v])+len(sources[w]), int64(p.N*far-gap*gap))
			inDegrees.add(inside, len(sources[v])+len(sources[w]), int64(gap*gap))
			x.apart = max(x.apart, far)
			if slices.Contains(labels, v) || slices.Contains(labels, w) {
				x.gradient = max(x.gradient, far)
			}
		}
	}
	sum, square, low, high := int64(0), int64(0), p.N, 0
	for _, v := range labels {
		d := len(sources[v])
		sum, square, low, high = sum+int64(d), square+int64(d*d), min(low, d), max(high, d)
	}
	count := int64(len(labels))
	x.noise, x.labels = big.NewRat(square*count-sum*sum, count*count), high-low
	numbers := reduced.NumbersOf(p, alpha, stochasticBits)
	cells, err := x.cells(rest.Mu)
	if err != nil {
		return nil, err
	}
	for i := 1; i < len(cells); i++ {
		y, z := ball.New(stochasticBits).Exp(cells[i-1]), ball.New(stochasticBits).Exp(cells[i])
		below, above := numbers.SidesAt(z, p.TargetDegree, 0)
		total := ball.New(stochasticBits).Add(below[0], above[0]) // Q(z)/z^d_min
		total.Sqr(total.Mul(total, ball.New(stochasticBits).PowInt(z, int64(p.MinDegree()))))
		t, v := apart.at(y, numbers.E), inDegrees.at(y, numbers.E)
		t.QuoInt64(t.Quo(t, total), int64(p.N)*int64(p.N-1))
		v.Quo(v, total)
		if i == 1 || t.Lower().Cmp(x.spread.Lower()) < 0 {
			x.spread = t
		}
		if i == 1 || v.Lower().Cmp(x.variance.Lower()) < 0 {
			x.variance = v
		}
	}
	for _, b := range []*ball.Ball{x.spread, x.variance} {
		if sign, ok := b.Sign(); !ok || sign <= 0 {
			return nil, errors.New("contraction is not enclosed")
		}
		b.SetFloat(b.Lower())
	}
	return x, nil
}

// cells are points of σμ that cover the way from 0 to σμ*, and what is within the
// reach of it, so close that S and Q² change by a factor of about e^{1/8} in between.
func (x *Stochastic) cells(mu *ball.Ball) ([]*ball.Ball, error) {
	end := ball.New(stochasticBits).Mul(mu, x.sigma)
	end.Union(end, ball.New(stochasticBits))
	end.AddError(big.NewFloat(stochasticReach))
	low, high := end.Lower(), end.Upper()
	width := new(big.Float).Sub(high, low)
	across, _ := width.Float64()
	count := 2 + float64(32*float64(x.degrees)*across)
	if !(count < stochasticCells) {
		return nil, fmt.Errorf("more than %d pieces between 0 and μ*", stochasticCells)
	}
	out := []*ball.Ball{ball.New(stochasticBits).SetFloat(low)}
	for i := 1; i < int(count); i++ {
		at := new(big.Float).SetPrec(stochasticBits).Mul(width, big.NewFloat(float64(i)/math.Floor(count)))
		out = append(out, ball.New(stochasticBits).SetFloat(at.Add(at, low)))
	}
	return append(out, ball.New(stochasticBits).SetFloat(high)), nil
}

// pairs is a polynomial Σ n_ij e^i y^j, i ≤ 2.
type pairs [3]map[int]int64

func newPairs(order int) pairs {
	return pairs{make(map[int]int64, order), make(map[int]int64, order), make(map[int]int64, order)}
}

func (x pairs) add(inside, degree int, n int64) { x[inside][degree] += n }

// at returns the value at y, for y and e > 0.
//
// Encloses the exact value for every point of the inputs.
func (x pairs) at(y, e *ball.Ball) *ball.Ball {
	sum, term := ball.New(stochasticBits), ball.New(stochasticBits)
	for inside, part := range x {
		degrees := make([]int, 0, len(part))
		for d := range part {
			degrees = append(degrees, d)
		}
		slices.Sort(degrees)
		for _, d := range degrees {
			term.Mul(term.PowInt(y, int64(d)), ball.New(stochasticBits).PowInt(e, int64(inside)))
			sum.Add(sum, term.MulInt64(term, part[d]))
		}
	}
	return sum
}

// differing counts the members of one list that are not in the other.
func differing(a, b []int) int {
	count := len(a) + len(b)
	for _, u := range a {
		if slices.Contains(b, u) {
			count -= 2
		}
	}
	return count
}

func indicator(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

// StochasticBounds hold at the steps 1 to N of a run at once with probability at
// least 1 − δ, in units of σμ.
type StochasticBounds struct {
	Spread *big.Rat // σ‖W_k − μ_k I‖ ≤ Spread
	Mean   *big.Rat // σ|μ_k − g_k| ≤ Mean, g_k gradient descent on the reduced drift
	Bias   *big.Rat // the part of Mean that is no fluctuation
}

// Bounds proves bounds of a run with η ≤ 1/L. In h = ησ², ρ = Δx, γ = min(1, 2e^ρ/(n−1)), l = log(4N/δ),
// G² = max ‖φ_p − φ_v‖² and ψ(u) = (1+u)log(1+u) − u,
//
//	S = hG²ρ/(B(2 − hΔ²/4)T(1 − e^{−ρ})),   b = 2hG/B,   (S/b²)ψ(xb/S) ≥ l
//	S' = h(D²ρ²γ/16 + Var(d_p))/(Bnv(2 − hv/n)),   b' = (h/(Bn))(Dρ/2 + range(d_p))
//	y = Dρ²γ/(8v) + z ≤ 1/10,   (S'/b'²)ψ(zb'/S') ≥ l
//
// bound σ‖W_k − μ_k I‖ by x and σ|μ_k − g_k| by y. Candidates for x and z are made in
// float64, and the inequalities proved.
// It is an error if no x is found, or y is too large.
// theory.md section 7b.
func (x *Stochastic) Bounds(run *StochasticRun) (*StochasticBounds, error) {
	if run.Rate.Sign() <= 0 || run.Batch < 1 || run.Steps < 1 || run.Failure.Sign() <= 0 || run.Failure.Cmp(big.NewRat(1, 1)) >= 0 {
		return nil, errors.New("expected a positive rate, a batch and steps, and a probability between 0 and 1")
	}
	h := new(big.Rat).Mul(run.Rate, x.square)
	slack := new(big.Rat).Mul(h, big.NewRat(int64(x.apart), 4))
	if slack.Cmp(big.NewRat(1, 1)) > 0 {
		return nil, fmt.Errorf("rate %s, %s times the largest, 1/L", run.Rate.RatString(), slack.RatString())
	}
	slack.Sub(big.NewRat(2, 1), slack)
	number := func() *ball.Ball { return ball.New(stochasticBits) }
	root := func(n int) *ball.Ball { return number().Sqrt(number().SetInt64(int64(n))) }
	least := number().SetRat(new(big.Rat).Quo(big.NewRat(4*int64(run.Steps), 1), run.Failure))
	least.Log(least) // l
	if least.Upper().Cmp(big.NewFloat(600)) > 0 {
		return nil, errors.New("a probability of less than e^−600 in each step")
	}
	failure := portable.Exp(-middle(least)) * 2
	share := new(big.Rat).Quo(h, big.NewRat(int64(run.Batch), 1)) // h/B
	jump := root(x.gradient)
	jump.MulInt64(jump.MulRat(jump, share), 2) // b
	// beside returns S and ρ at x.
	beside := func(spread *ball.Ball) (s, rho *ball.Ball) {
		rho = number().Mul(root(x.apart), spread)
		s = number().Expm1(number().Neg(rho))
		s.Neg(s.Mul(s, x.spread))
		s.Quo(rho, s.MulRat(s, slack))
		return s.MulRat(s, new(big.Rat).Mul(share, big.NewRat(int64(x.gradient), 1))), rho
	}
	// The least x is a fixed point of a map that does not fall.
	spread := 1e-300
	for range 400 {
		s, _ := beside(number().SetFloat64(spread))
		next := portable.Bennett(middle(s), middle(jump), failure)
		if !(next < 1e3) {
			return nil, errors.New("noise is too large for the contraction")
		}
		if next <= spread*(1+1e-6) {
			break
		}
		spread = next
	}
	spread *= 1 + 1e-5
	at := number().SetFloat64(spread)
	s, rho := beside(at)
	if !heavy(s, jump, at, least) {
		return nil, errors.New("noise is too large for the contraction")
	}
	n, width := int64(x.order), int64(x.degrees)
	gamma := number().SetInt64(1)
	if x.order > 2 {
		if other := number().QuoInt64(number().MulInt64(number().Exp(rho), 2), n-1); other.Upper().Cmp(big.NewFloat(1)) < 0 {
			gamma = other
		}
	}
	lean := number().MulInt64(number().Mul(number().Sqr(rho), gamma), width) // Dρ²γ
	bias := number().Quo(lean, number().MulInt64(x.variance, 8))
	noise := number().MulInt64(lean, width)
	noise.Add(noise.QuoInt64(noise, 16), number().SetRat(x.noise))
	noise.MulRat(noise, share)
	pull := number().MulRat(x.variance, new(big.Rat).Quo(h, big.NewRat(n, 1)))
	pull.Neg(pull.AddInt64(pull, -2))
	noise.Quo(noise, pull.Mul(pull, number().MulInt64(x.variance, n))) // S'
	step := number().QuoInt64(number().MulInt64(rho, width), 2)
	step.MulRat(step.AddInt64(step, int64(x.labels)), new(big.Rat).Quo(share, big.NewRat(n, 1))) // b'
	tail := number().SetFloat64(portable.Bennett(middle(noise), middle(step), failure) * (1 + 1e-5))
	if !heavy(noise, step, tail, least) {
		return nil, errors.New("the tail of the mean is not enclosed")
	}
	mean := number().Add(bias, tail)
	if mean.Upper().Cmp(big.NewFloat(stochasticReach)) > 0 {
		return nil, fmt.Errorf("αs|μ − g| up to %.3g, expected at most %g", middle(mean), stochasticReach)
	}
	return &StochasticBounds{Spread: new(big.Rat).SetFloat64(spread), Mean: above(mean), Bias: above(bias)}, nil
}

// Largest returns bounds with the largest ησ² = 2^−j, j ≤ 128, for which there are
// any, and sets the rate.
func (x *Stochastic) Largest(run *StochasticRun) (*StochasticBounds, error) {
	err := errors.New("no rate")
	for exponent := range uint(129) {
		h := new(big.Rat).SetFrac(big.NewInt(1), new(big.Int).Lsh(big.NewInt(1), exponent))
		run.Rate = h.Quo(h, x.square)
		var b *StochasticBounds
		if b, err = x.Bounds(run); err == nil {
			return b, nil
		}
	}
	return nil, err
}

// heavy proves (S/b²)ψ(rb/S) ≥ l, ψ(u) = (1+u)log(1+u) − u.
func heavy(s, b, r, l *ball.Ball) bool {
	number := func() *ball.Ball { return ball.New(stochasticBits) }
	u := number().Quo(number().Mul(r, b), s)
	exponent := number().Mul(number().AddInt64(u, 1), number().Log1p(u))
	exponent.Mul(exponent.Sub(exponent, u), number().Quo(s, number().Sqr(b)))
	exponent.Sub(exponent, l)
	return exponent.IsFinite() && exponent.Lower().Sign() >= 0
}

func middle(x *ball.Ball) float64 {
	m, _ := x.Mid().Float64()
	return m
}

// above returns a number of 53 bits that is not below x.
func above(x *ball.Ball) *big.Rat {
	q, _ := new(big.Float).SetPrec(53).SetMode(big.ToPositiveInf).Set(x.Upper()).Rat(nil)
	return q
}
