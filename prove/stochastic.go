package prove

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"slices"

	"muflow/graph"
	"muflow/internal/reduced"
	"muflow/ode/ball"
	"muflow/theory"
	"muflow/theory/cert"
)

// stochasticDescent is T1b-stochastic: theory.md section 7b.
var stochasticDescent = &Claim{
	ID: "T1b-stochastic", Theorem: "Theorem 1(b)",
	Statement: "The premise of T1b: stochastic gradient descent on the diagonal of W from 0, with one freshly relabelled sample a step and the step η given, has at each of its first 10⁶ steps, with probability at least 1 − 10⁻⁶ at all of them at once, αs‖W_k − μ_k I‖ ≤ x and αs|μ_k − g_k| ≤ y < 1/10, " +
		"where μ_k is the mean of the diagonal and g_k descent on the reduced drift, |g_k − μ*| ≤ |μ*|(1 − ηκv)^k.",
	LaTeX: `\mathbb{P}\bigl(\forall k \le 10^6:\ \alpha s\,|W_k - \mu_k I| \le x,\ \alpha s\,|\mu_k - g_k| \le y < \tfrac{1}{10}\bigr) \ge 1 - 10^{-6},\quad ` +
		`g_{k+1} = g_k + \eta\,\mu'(g_k),\quad |g_k - \mu^*| \le |\mu^*|\,(1 - \eta\kappa v)^k`,
	Assumptions: slices.DeleteFunc(finiteSteps("A5", "A9", "A19"), func(id string) bool { return id == "A4" }),
	Proof:       "the loss is convex and contracts near the line W = μI, where all relabellings agree on μ'; of W − μI and of the noise of μ the mean of exp(λ‖·‖²) grows by no more than a constant a step, which bounds all steps at once (Ville, Kushner); stopped where the pair leaves its bounds",
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
		x, run, b, err := boundedRun(ctx, s, e.Alpha)
		if err != nil {
			return Result{}, err
		}
		return Result{Verdict: theory.Proved,
			Reason: "contraction of W − μI and of μ − g enclosed for αsμ within 1/10 of the way from 0 to αsμ*; all steps at once by a supermartingale with a constant drift",
			Values: map[string]Number{"step": Exact(run.Rate, e.Digits), "spread": Exact(b.Spread, e.Digits), "deviation": Exact(b.Mean, e.Digits), "bias": Exact(b.Bias, e.Digits), "v": Exact(x.variance, e.Digits)}}, nil
	},
	Certificate: &CertificateForm{
		About: func(e *Subject, c *cert.Certificate) error {
			s, p, _, err := e.labelled(theory.Coconut)
			if err == nil {
				(&Claim{Losses: coconutOnly}).aboutProfile(p, e.Alpha, c)
				c.Graph, _ = withLabel(s)
			}
			return err
		},
		Fill: func(ctx context.Context, e *Subject, c *cert.Certificate) error {
			s, _, _, err := e.labelled(theory.Coconut)
			if err != nil {
				return err
			}
			x, run, b, err := boundedRun(ctx, s, e.Alpha)
			if err != nil {
				return err
			}
			c.Exact = map[string]*big.Rat{"rate": run.Rate, "steps": big.NewRat(int64(run.Steps), 1), "failure": run.Failure, "low": x.low, "high": x.high,
				"unlike": x.unlike, "lean": x.lean, "gust": x.gust, "slow": x.slow, "fast": x.fast, "variance": x.variance,
				"spread": b.Spread, "tilt": b.Tilt, "tail": b.Tail, "mean_tilt": b.MeanTilt, "mean": b.Mean}
			return nil
		},
	},
}

// boundedRun returns the run of the claim on a step, and its bounds.
func boundedRun(ctx context.Context, s graph.Step, alpha *big.Rat) (*Stochastic, *StochasticRun, *StochasticBounds, error) {
	x, err := NewStochastic(ctx, s, alpha)
	if err != nil {
		return nil, nil, nil, &UndecidedError{err}
	}
	run := &StochasticRun{Batch: 1, Steps: 1_000_000, Failure: big.NewRat(1, 1_000_000)}
	b, err := x.Largest(run)
	if err != nil {
		return nil, nil, nil, &UndecidedError{err}
	}
	return x, run, b, nil
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
// D = d_max − d_min, Δ = max ‖φ_v − φ_w‖ and D_vw = ‖φ_v − φ_w‖² − (d_v − d_w)²/n:
//
//	L = σ²Δ²/4 ≥ ‖∇²ℓ‖,   G² = max_{p,v} D_pv,   σG ≥ ‖∇ℓ‖ beside the line
//	T = Σ_{v<w} p_v p_w D_vw/(n−1),   E_π Var_p⟨φ,πe⟩ = T‖e‖²
//	C = E_q Σ_v p_v D_pv/(n−1) − T,   E_π⟨∇ℓ,πe⟩² = σ²C‖e‖² at W = μI
//	β = ½ Σ_{v<w} p_v p_w (d_v + d_w − 2F) D_vw/(n−1),   E_π F(W) = F(μ) + β‖e‖² + O(‖e‖³)
//	A = (‖Cov(d,φ)‖² − Var(d)²/n)/(n−1),   E_π Cov(d,⟨φ,πe⟩)² = A‖e‖²
//	v = Var(d) = Σ_{v<w} p_v p_w (d_v − d_w)²
//
// Bounds of C/T, |β|/T, A/T, T/v and v are over all μ with σμ within 1/10 of the way
// from 0 to σμ*.
type Stochastic struct {
	order        int        // n
	degrees      int        // D
	apart        int        // Δ²
	gradient     *big.Rat   // G²
	labels       int        // range of the in-degrees of labels
	label        *big.Rat   // their variance
	sigma        *ball.Ball // σ
	square       *big.Rat   // σ²
	unlike, lean *big.Rat   // at least C/T and |β|/T
	gust         *big.Rat   // at least √(A/T)
	slow, fast   *big.Rat   // slow ≤ T/v ≤ fast
	variance     *big.Rat   // at most v
	low, high    *big.Rat   // ends of the values of e^{σμ} for which these hold
}

const (
	stochasticBits  = 128
	stochasticCells = 1 << 14
)

// stochasticReach is how far σμ may be from the way of descent, less than 1/10, and
// stochasticMargin how far constants hold, more than log(1.1052).
const (
	stochasticReach  = 0.099999
	stochasticMargin = 0.1001
)

// NewStochastic encloses the constants of a step with d_min < d* < d_max.
//
// Encloses the exact values: upper and lower bounds as said.
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
	totals := x.count(s)
	points, half, err := x.points(rest.Mu)
	if err != nil {
		return nil, err
	}
	// Between points the logarithms of C/T + 1 and of T/v have a slope of at most 2D,
	// that of v of at most D, β/T one of at most D²/2, and √(A/T) one of at most D².
	d := int64(x.degrees)
	stretch := number().Exp(number().MulInt64(half, 2*d))
	shrink := number().Exp(number().MulInt64(half, -d))
	shift := number().QuoInt64(number().MulInt64(half, d*d), 2)
	e := number().Exp(x.sigma)
	for i, u := range points {
		at := monomialsOf(number().Exp(u), e).sum
		all, degree, within, between := at(totals.all), at(totals.degree), at(totals.within), at(totals.between)
		noise := ratioOf(multiplied(at(totals.label), all, stretch), multiplied(number().SetInt64(int64(len(s.Labels()))), within))
		noise.AddInt64(noise, -1)
		lean := number().Sub(ratioOf(at(totals.lean), within), ratioOf(number().MulInt64(degree, 2), all))
		lean.Add(lean.Abs(lean.QuoInt64(lean, 2)), shift)
		gust, sum := number(), number()
		for _, ends := range totals.source {
			c := number().Sub(multiplied(at(ends[1]), all), multiplied(at(ends[0]), degree))
			gust.Add(gust, number().Sqr(c))
			sum.Add(sum, c)
		}
		gust.Abs(gust.Sub(gust.MulInt64(gust, int64(p.N)), number().Sqr(sum)))
		gust = ratioOf(gust, multiplied(within, number().Sqr(all)))
		gust.Add(gust.Sqrt(gust), number().MulInt64(shift, 2))
		ratio := number().QuoInt64(ratioOf(within, between), int64(p.N)*int64(p.N-1))
		variance := multiplied(ratioOf(between, number().Sqr(all)), shrink)
		for _, b := range []*ball.Ball{noise, lean, gust, ratio, variance} {
			if !b.IsFinite() || b.Lower().Sign() < 0 {
				return nil, errors.New("contraction is not enclosed")
			}
		}
		widest := func(z **big.Rat, q *big.Rat, side int) {
			if i == 0 || q.Cmp(*z) == side {
				*z = q
			}
		}
		widest(&x.unlike, above(noise), 1)
		widest(&x.lean, above(lean), 1)
		widest(&x.gust, above(gust), 1)
		widest(&x.fast, above(multiplied(ratio, stretch)), 1)
		widest(&x.slow, below(ratioOf(ratio, stretch)), -1)
		widest(&x.variance, below(variance), -1)
	}
	if x.variance.Sign() == 0 || x.slow.Sign() == 0 {
		return nil, errors.New("contraction is not enclosed")
	}
	return x, nil
}

// LeanOf returns the sign of β at W = 0, an error if it is not enclosed away from 0.
func LeanOf(s graph.Step, alpha *big.Rat, precision uint) (int, error) {
	p := theory.ProfileOf(s)
	totals := (&Stochastic{order: p.N}).count(s)
	one, e := ball.New(precision).SetInt64(1), reduced.Sigma(alpha, p.K, precision)
	at := monomialsOf(one, e.Exp(e)).sum
	beta := ball.New(precision).Mul(at(totals.lean), at(totals.all))
	twice := ball.New(precision).Mul(at(totals.within), at(totals.degree))
	sign, ok := beta.Sub(beta, twice.MulInt64(twice, 2)).Sign()
	if !ok {
		return 0, errors.New("the sign of β is not enclosed")
	}
	return sign, nil
}

// stochasticSums are polynomials in y = e^{σμ} and e = e^σ of a step: Q, P, n(n−1) times the sums
// over labels and vertices, and over pairs, of D_vw, and over pairs of
// (d_v + d_w)D_vw; v Q²; and Q and P over the ends of edges from each member of N_c.
type stochasticSums struct {
	all, degree, label, within, lean, between pairs
	source                                    [][2]pairs
}

// count sets the integers of a step, and returns its polynomials.
func (x *Stochastic) count(s graph.Step) *stochasticSums {
	set, n := s.Set(), x.order
	sources := make([][]int, n)
	for v := range sources {
		for _, u := range s.Instance.Graph.In(v) {
			if set[u] {
				sources[v] = append(sources[v], u)
			}
		}
	}
	labels, farthest := s.Labels(), int64(0)
	out := &stochasticSums{}
	for u := range sources {
		if set[u] {
			ends := [2]pairs{}
			for _, v := range s.Instance.Graph.Out(u) {
				ends[0].add(indicator(set[v]), len(sources[v]), 1)
				ends[1].add(indicator(set[v]), len(sources[v]), int64(len(sources[v])))
			}
			out.source = append(out.source, ends)
		}
	}
	for v := range sources {
		inside, degree := indicator(set[v]), len(sources[v])
		out.all.add(inside, degree, 1)
		out.degree.add(inside, degree, int64(degree))
		for w := range n {
			far, gap := differing(sources[v], sources[w]), degree-len(sources[w])
			distance := int64(n*far - gap*gap)
			if slices.Contains(labels, w) {
				farthest = max(farthest, distance)
				out.label.add(inside, degree, distance)
			}
			if w < v {
				both, sum := inside+indicator(set[w]), degree+len(sources[w])
				out.within.add(both, sum, distance)
				out.lean.add(both, sum, int64(sum)*distance)
				out.between.add(both, sum, int64(gap*gap))
				x.apart = max(x.apart, far)
			}
		}
	}
	x.gradient = big.NewRat(farthest, int64(n))
	sum, square, low, high := int64(0), int64(0), n, 0
	for _, v := range labels {
		d := len(sources[v])
		sum, square, low, high = sum+int64(d), square+int64(d*d), min(low, d), max(high, d)
	}
	count := int64(len(labels))
	x.label, x.labels = big.NewRat(square*count-sum*sum, count*count), high-low
	return out
}

// points are values of σμ, with no point of the way from 0 to σμ* and what is within
// the reach of it farther than half from one of them.
func (x *Stochastic) points(mu *ball.Ball) (points []*ball.Ball, half *ball.Ball, err error) {
	end := number().Mul(mu, x.sigma)
	end.Union(end, number())
	end.AddError(big.NewFloat(stochasticMargin))
	low := number().SetFloat(end.Lower())
	width := number().SetFloat(end.Upper())
	across := middle(width.Sub(width, low))
	count := 1 + float64(32*float64(x.degrees)*across)
	if !(count < stochasticCells) {
		return nil, nil, fmt.Errorf("more than %d pieces between 0 and μ*", stochasticCells)
	}
	x.low, x.high = below(number().Exp(low)), above(number().Exp(number().SetFloat(end.Upper())))
	half = number().QuoInt64(width, 2*int64(count))
	for i := range int64(count) {
		points = append(points, number().Add(low, number().MulInt64(half, 2*i+1)))
	}
	return points, half, nil
}

// pairs is a polynomial Σ n_ij e^i y^j, i ≤ 2.
type pairs [3][]int64

func (x *pairs) add(inside, degree int, n int64) {
	for len(x[inside]) <= degree {
		x[inside] = append(x[inside], 0)
	}
	x[inside][degree] += n
}

// monomials are e^i y^j, i ≤ 2, for as many j as were asked for.
type monomials struct {
	y    *ball.Ball
	list [3][]*ball.Ball
}

func monomialsOf(y, e *ball.Ball) *monomials {
	precision := y.Prec()
	one := ball.New(precision).SetInt64(1)
	return &monomials{y, [3][]*ball.Ball{{one}, {e}, {ball.New(precision).Sqr(e)}}}
}

// sum returns the value of a polynomial.
//
// Encloses the exact value for every point of the inputs.
func (p *monomials) sum(x pairs) *ball.Ball {
	precision := p.y.Prec()
	sum, term := ball.New(precision), ball.New(precision)
	for inside, part := range x {
		for degree, n := range part {
			list := p.list[inside]
			if degree == len(list) {
				list = append(list, ball.New(precision).Mul(list[degree-1], p.y))
				p.list[inside] = list
			}
			if n != 0 {
				sum.Add(sum, term.MulInt64(list[degree], n))
			}
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

func middle(x *ball.Ball) float64 {
	m, _ := x.Mid().Float64()
	return m
}

// above returns a number of 53 bits that is not below x.
func above(x *ball.Ball) *big.Rat {
	q, _ := new(big.Float).SetPrec(53).SetMode(big.ToPositiveInf).Set(x.Upper()).Rat(nil)
	return q
}

// below returns a number of 53 bits that is not above x.
func below(x *ball.Ball) *big.Rat {
	q, _ := new(big.Float).SetPrec(53).SetMode(big.ToNegativeInf).Set(x.Lower()).Rat(nil)
	return q
}

func number() *ball.Ball { return ball.New(stochasticBits) }

func multiplied(first *ball.Ball, rest ...*ball.Ball) *ball.Ball {
	out := number().Set(first)
	for _, x := range rest {
		out.Mul(out, x)
	}
	return out
}

func ratioOf(x, y *ball.Ball) *ball.Ball { return number().Quo(x, y) }
