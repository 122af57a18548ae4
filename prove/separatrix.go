package prove

import (
	"context"
	"errors"
	"fmt"
	"math/big"

	"muflow/internal/reduced"
	"muflow/ode"
	"muflow/ode/ball"
	"muflow/theory"
	"muflow/theory/cert"
)

// The claims of this file say where ω goes between A18-collapse and A18-spread, with
// an edge between vertices of N_c, so that d_N ≥ 1 and μ → ∞. With y = e^{αsμ},
// x = e^{αsω}, A = Σ y^d, D_N = Σ d y^d over N_c and D_F that over new vertices, the
// path in the plane has
//
//	dω/dμ = 1/(r(F_N + q)),  F_N = D_N/A,  q = D_F/(xA)
//
// which increases in ω.

// spreadAlways is A18-always: theory.md section 3.
var spreadAlways = withCarryOver(&Claim{
	ID:          "A18-always",
	Statement:   "The premise of T1a, an edge between vertices of N_c, d_F > d_N and r(d_F − d_N)d_N ≥ 1: from every μ(0) and ω(0) ω(t) stays bounded, the part of N_c in the softmax tends to 0, and μ(t) ~ log(t)/(αs d_F).",
	LaTeX:       `d_F > d_N \ge 1,\ r\,(d_F - d_N)\,d_N \ge 1 \;\Longrightarrow\; \sup_t \omega(t) < \infty,\quad \mu(t) \sim \frac{\log t}{\alpha s\, d_F} \quad\text{for all } \mu(0), \omega(0)`,
	Proof:       "at some time r(d_F − d_N)(F_N + B) > 1, as F_N tends to d_N exponentially in μ; from there the slope dω/dμ is at most 1/(r(F_N + B)), less than d_F − d_N",
	Formal:      []string{"carry_over_always", "carry_over_bounded_weight"},
	Certificate: carryForm(),
	Decide: func(_ context.Context, e *Subject) (Result, error) {
		return Result{Verdict: theory.Proved, Reason: "r(d_F − d_N)d_N = " + e.slopeProduct().RatString() + " ≥ 1"}, nil
	},
}, func(e *Subject) (string, error) {
	if reason := e.newAbove(); reason != "" || e.slopeProduct().Cmp(big.NewRat(1, 1)) >= 0 {
		return reason, nil
	}
	return "r(d_F − d_N)d_N < 1", nil
})

// separatrix is A18-threshold: theory.md section 3.
var separatrix = withCarryOver(&Claim{
	ID:          "A18-threshold",
	Statement:   "The premise of T1a, an edge between vertices of N_c, d_F > d_N and r(d_F − d_N)d_N < 1: for every μ(0) there is exactly one ω*. From ω(0) > ω* the path ends as in A18-collapse, from ω(0) < ω* as in A18-spread; from ω* ω(t) → +∞, ω/μ → d_F − d_N, and both N_c and the new vertices keep a part of the softmax over N_{c+1} in the limit, as D_F/(xA) → 1/(r(d_F − d_N)) − d_N.",
	LaTeX:       `d_F > d_N \ge 1,\ r\,(d_F - d_N)\,d_N < 1 \;\Longrightarrow\; \forall \mu(0)\ \exists!\,\omega^*:\ \omega(0) > \omega^* \Rightarrow \text{collapse},\ \omega(0) < \omega^* \Rightarrow \text{spread},\ \omega(0) = \omega^* \Rightarrow \tfrac{\omega}{\mu} \to d_F - d_N`,
	Proof:       "dω/dμ increases in ω, so that two paths do not come nearer; collapse and spread are open, and at large μ the one is proved above, the other below, a line of which the ends meet; ω* by enclosures of both ends taken back to μ(0)",
	Certificate: &CertificateForm{Fill: fillSeparatrix},
	Decide: func(ctx context.Context, e *Subject) (Result, error) {
		side, at, err := e.side(ctx)
		if err != nil {
			return Result{}, err
		}
		return Result{Verdict: theory.Proved, Values: map[string]Number{"threshold": Enclose(at, 3)},
			Reason: map[int]string{1: "ω(0) > ω*: collapse", 0: "ω(0) = ω*: both keep a part", -1: "ω(0) < ω*: spread"}[side]}, nil
	},
}, func(e *Subject) (string, error) {
	if reason := e.newAbove(); reason != "" || e.slopeProduct().Cmp(big.NewRat(1, 1)) < 0 {
		return reason, nil
	}
	return "r(d_F − d_N)d_N ≥ 1", nil
})

// newAbove is the premise d_F > d_N ≥ 1.
func (e *Subject) newAbove() string {
	inside, _ := e.Profile.MaxDegreeAmong(true)
	outside, _ := e.Profile.MaxDegreeAmong(false)
	switch {
	case inside == 0:
		return "no edge from N_c ends in N_c, as at c = 0"
	case outside <= inside:
		return "d_F ≤ d_N: A18-collapse from every start"
	}
	return ""
}

// slopeProduct returns r(d_F − d_N)d_N.
func (e *Subject) slopeProduct() *big.Rat {
	inside, _ := e.Profile.MaxDegreeAmong(true)
	outside, _ := e.Profile.MaxDegreeAmong(false)
	return new(big.Rat).Mul(e.carried().Ratio, big.NewRat(int64(outside-inside)*int64(inside), 1))
}

// CarryEnd says where a path with a trained carry-over and d_F > d_N ≥ 1 ends, from a
// start μ(0), nil for 0: 1 in collapse, −1 in spread, 0 on the line between them. Its
// error is an UndecidedError where ω(0) is too near to ω*.
func CarryEnd(ctx context.Context, p *theory.Profile, alpha, start *big.Rat, carry CarryOver) (int, error) {
	e := &Subject{Profile: p, Alpha: alpha, Start: start, Carry: carry}
	switch inside, _ := p.MaxDegreeAmong(true); {
	case inside == 0:
		return 0, errors.New("no edge from N_c ends in N_c")
	case e.newAbove() != "":
		return 1, nil
	case e.slopeProduct().Cmp(big.NewRat(1, 1)) >= 0:
		return -1, nil
	}
	side, _, err := e.side(ctx)
	return side, err
}

// separatrixDigits is to how many digits ω* is enclosed at most, relative or absolute.
const separatrixDigits = 12

// side returns the sign of ω(0) − ω*, and ω* as well as that needs it, once.
func (e *Subject) side(ctx context.Context) (int, *ball.Ball, error) {
	at, err := e.kept.separatrix.get(func() (*ball.Ball, error) {
		return e.separatrix(ctx, func(at *ball.Ball) bool { return e.beside(at) != 0 })
	})
	if err != nil {
		return 0, nil, undecidedUnless(ctx, err)
	}
	side, err := e.sideOf(at)
	return side, at, err
}

// beside returns the sign of ω(0) − ω* as far as an enclosure of ω* shows it, or 0.
func (e *Subject) beside(at *ball.Ball) int {
	away := ball.New(at.Prec()).SetRat(e.carried().Weight)
	sign, _ := away.Sub(away, at).Sign()
	return sign
}

// sideOf is beside, or by integers where ω* has a closed form.
func (e *Subject) sideOf(at *ball.Ball) (int, error) {
	if sign := e.beside(at); sign != 0 {
		return sign, nil
	}
	if e.evenDegrees() {
		if sign, err := ExponentialSign(e.carried().Collapse(e.Profile)); err == nil {
			return sign, nil
		}
	}
	return 0, &UndecidedError{fmt.Errorf("ω(0) is within 10^−%d of ω*", separatrixDigits)}
}

// evenDegrees reports whether all of N_c have one in-degree, and all new vertices: then
// ω* is where r(d_F − d_N)(d_N + E) = 1.
func (e *Subject) evenDegrees() bool {
	var kinds [2]int
	for _, c := range e.Profile.Classes {
		if c.InSet {
			kinds[1]++
		} else if c.Degree > 0 {
			kinds[0]++
		}
	}
	return kinds == [2]int{1, 1}
}

// farthestBeyond is up to which αsμ beyond 0 and the start both ends of the line are
// taken, and separatrixWork bounds the operations of a way back.
const (
	farthestBeyond = 1 << 9
	separatrixWork = 200_000_000
)

// separatrix encloses ω*. With P = ω − gμ, g = d_F − d_N, the path is in collapse above
// P_+ and in spread below P_−, at every μ,
//
//	e^{αsP_+} = r g D̂_F/(m_N (1 − r g d_N)),  e^{αsP_−} = r g d_F m_F/(Â (1 − r g F_N))
//
// with D̂_F = D_F y^{−d_F} and Â = A y^{−d_N}; both tend to the same number as μ → ∞. The
// paths through both at a large μ, followed back to μ(0), enclose ω*, since paths do not
// meet. It ends when an enclosure is enough, or has the digits.
func (e *Subject) separatrix(ctx context.Context, enough func(at *ball.Ball) bool) (*ball.Ball, error) {
	c, bits := e.carried(), int(ball.Bits(separatrixDigits))
	precision := uint(bits) + 64
	sigma, _ := reduced.Sigma(c.Alpha, e.Profile.K, 64).Mid().Float64()
	system := e.backwards()
	for beyond := 0; beyond <= farthestBeyond; beyond = max(4, 2*beyond) {
		way := new(big.Rat)
		if beyond > 0 {
			far, ok := new(big.Rat).SetString(fmt.Sprintf("%.6g", float64(beyond)/sigma))
			if !ok {
				return nil, errors.New("αs is beyond the numbers that are followed")
			}
			if way.Set(far); c.Logit.Sign() < 0 {
				way.Sub(way, c.Logit)
			}
		}
		var ends [2]*ball.Ball
		for i, p := range e.linesAt(new(big.Rat).Add(c.Logit, way), precision) {
			if ends[i] = p; way.Sign() == 0 {
				continue
			}
			from := []*ball.Ball{ball.New(precision).SetRat(new(big.Rat).Add(c.Logit, way)), p}
			pipe, err := ode.Sweep(ctx, system, from, way, ode.FlowSettings{Settings: ode.Settings{Digits: separatrixDigits + 4, Work: separatrixWork}}, nil)
			if err != nil {
				return nil, err
			}
			end, err := pipe.At(way)
			if err != nil {
				return nil, err
			}
			ends[i] = end[1]
		}
		at := ball.New(precision).Union(ends[0], ends[1])
		start := new(big.Rat).Mul(c.Logit, big.NewRat(int64(e.gap()), 1))
		at.Add(at, ball.New(precision).SetRat(start))
		radius := at.Radius()
		if enough(at) || radius.Sign() == 0 || at.RelativeAccuracyBits() >= bits || radius.MantExp(nil) < -bits {
			return at, nil
		}
	}
	return nil, fmt.Errorf("ω* is not enclosed to %d digits", separatrixDigits)
}

func (e *Subject) gap() int {
	inside, _ := e.Profile.MaxDegreeAmong(true)
	outside, _ := e.Profile.MaxDegreeAmong(false)
	return outside - inside
}

// linesAt encloses P_− and P_+ at μ.
func (e *Subject) linesAt(mu *big.Rat, precision uint) (ends [2]*ball.Ball) {
	p, ratio := e.Profile, e.carried().Ratio
	number := func() *ball.Ball { return ball.New(precision) }
	inside, insideCount := p.MaxDegreeAmong(true)
	outside, outsideCount := p.MaxDegreeAmong(false)
	sigma := reduced.Sigma(e.Alpha, p.K, precision)
	all, edges, fresh := number(), number(), number() // Â, D̂_N, D̂_F
	for _, c := range p.Classes {
		top := outside
		if c.InSet {
			top = inside
		}
		w := number().MulRat(sigma, new(big.Rat).Mul(mu, big.NewRat(int64(c.Degree-top), 1)))
		w.MulInt64(w.Exp(w), int64(c.Count))
		if c.InSet {
			all.Add(all, w)
			edges.Add(edges, number().MulInt64(w, int64(c.Degree)))
		} else {
			fresh.Add(fresh, w.MulInt64(w, int64(c.Degree)))
		}
	}
	product := new(big.Rat).Mul(ratio, big.NewRat(int64(outside-inside), 1)) // r g
	room := func(mean *ball.Ball) *ball.Ball {
		x := number().MulRat(mean, product)
		return x.Sub(number().SetInt64(1), x)
	}
	finish := func(edges, below *ball.Ball) *ball.Ball {
		x := edges.Quo(edges.MulRat(edges, product), below)
		return x.Quo(x.Log(x), sigma)
	}
	mean := number().Quo(edges, all)
	ends[0] = finish(number().SetInt64(int64(outside)*int64(outsideCount)), number().Mul(all, room(mean)))
	ends[1] = finish(fresh, number().MulInt64(room(number().SetInt64(int64(inside))), int64(insideCount)))
	return ends
}

// backwards is the path of (μ, P) towards smaller μ: μ' = −1, P' = g − 1/(r(F_N + q)).
func (e *Subject) backwards() *ode.System {
	p := e.Profile
	inside, _ := p.MaxDegreeAmong(true)
	outside, _ := p.MaxDegreeAmong(false)
	sigma := ode.Rational(e.Alpha).Quo(ode.Integer(int64(p.K)).Sqrt())
	step := sigma.Mul(ode.State(0)).Neg().Exp() // 1/y
	all, edges, fresh := ode.Integer(0), ode.Integer(0), ode.Integer(0)
	for _, c := range p.Classes {
		count, degree := big.NewRat(int64(c.Count), 1), big.NewRat(int64(c.Degree), 1)
		switch {
		case c.InSet:
			w := step.Power(inside - c.Degree).Scale(count)
			all, edges = all.Add(w), edges.Add(w.Scale(degree))
		case c.Degree > 0:
			fresh = fresh.Add(step.Power(outside - c.Degree).Scale(count).Scale(degree))
		}
	}
	q := fresh.Mul(sigma.Mul(ode.State(1)).Neg().Exp())
	slope := all.Quo(edges.Add(q)).Scale(new(big.Rat).Inv(e.carried().Ratio))
	return &ode.System{Dimension: 2, RightHandSide: []*ode.Expr{ode.Integer(-1), ode.Integer(int64(outside - inside)).Sub(slope)}}
}

// mostMarks is how many points a line beside the path may have.
const mostMarks = 1 << 12

// fillSeparatrix adds the side, and a line in the plane of (μ, ω) that the path does not
// cross, up to a point from which on collapse or spread is proved at once.
func fillSeparatrix(ctx context.Context, e *Subject, c *cert.Certificate) error {
	side, _, err := e.side(ctx)
	if err != nil {
		return err
	}
	c.Status = map[int]string{1: "collapse", 0: "balance", -1: "spread"}[side]
	if side == 0 {
		return nil
	}
	sigma, _ := reduced.Sigma(e.Alpha, e.Profile.K, 64).Mid().Float64()
	for pieces := 8; pieces <= mostMarks; pieces *= 4 {
		// A step in μ is a power of 2, about 1/pieces over αs and the largest in-degree.
		width := big.NewFloat(float64(pieces) * sigma * float64(e.Profile.MaxDegree())).MantExp(nil)
		step := new(big.Rat).SetFrac(new(big.Int).Lsh(big.NewInt(1), uint(max(-width, 0))), new(big.Int).Lsh(big.NewInt(1), uint(max(width, 0))))
		if c.Marks = e.line(ctx, side, step); c.Marks != nil || ctx.Err() != nil {
			return ctx.Err()
		}
	}
	return fmt.Errorf("%w: a line of more than %d points", cert.ErrLimit, mostMarks)
}

// linePrecision is that of the points of a line, which the checker proves.
const linePrecision = 96

// line returns the points of a line below the path for collapse, above it for spread; nil
// if it does not get there.
func (e *Subject) line(ctx context.Context, side int, step *big.Rat) [][2]*big.Rat {
	c := e.carried()
	points := [][2]*big.Rat{{c.Logit, c.Weight}}
	now := e.besideAt(c.Logit)
	for len(points) < mostMarks && ctx.Err() == nil {
		last := points[len(points)-1]
		if x := now.room(side, last[1]); x.Lower().Sign() > 0 {
			return points
		}
		next := new(big.Rat).Add(last[0], step)
		then := e.besideAt(next)
		// Below the path F_N at the end and q at most D_F there over xA here; above it the
		// other way round, with x at the end, which is first taken too large.
		var slope *big.Rat
		if side > 0 {
			slope = cut(then.slope(last[1], now).Lower(), false)
		} else {
			omega := new(big.Rat).Add(last[1], new(big.Rat).Mul(step, cut(now.slope(nil, now).Upper(), true)))
			for range 2 {
				slope = cut(now.slope(omega, then).Upper(), true)
				omega = new(big.Rat).Add(last[1], new(big.Rat).Mul(step, slope))
			}
		}
		points = append(points, [2]*big.Rat{next, new(big.Rat).Add(last[1], slope.Mul(slope, step))})
		now = then
	}
	return nil
}

// cut returns a dyadic number below x, or above it.
func cut(x *big.Float, up bool) *big.Rat {
	n := floor(x, 40)
	if up {
		n.Add(n, big.NewInt(1))
	}
	return new(big.Rat).SetFrac(n, new(big.Int).Lsh(big.NewInt(1), 40))
}

// carryAt are sums at one μ.
type carryAt struct {
	e                *Subject
	sigma            *ball.Ball
	all, edges       *ball.Ball // A, D_N
	fresh            *ball.Ball // D_F
	topIn, topOut    *ball.Ball // the terms with d_N of A and with d_F of D_F
	inside, distance int        // d_N, d_F − d_N
}

func (e *Subject) besideAt(mu *big.Rat) *carryAt {
	number := func() *ball.Ball { return ball.New(linePrecision) }
	p := e.Profile
	inside, _ := p.MaxDegreeAmong(true)
	out := &carryAt{e: e, sigma: reduced.Sigma(e.Alpha, p.K, linePrecision), all: number(), edges: number(), fresh: number(), inside: inside, distance: e.gap()}
	for _, c := range p.Classes {
		w := number().MulRat(out.sigma, new(big.Rat).Mul(mu, big.NewRat(int64(c.Degree), 1)))
		w.MulInt64(w.Exp(w), int64(c.Count))
		of := number().MulInt64(w, int64(c.Degree))
		if c.InSet {
			out.all.Add(out.all, w)
			out.edges.Add(out.edges, of)
			out.topIn = w
		} else {
			out.fresh.Add(out.fresh, of)
			out.topOut = of
		}
	}
	return out
}

// carry is e^{αsω}.
func (x *carryAt) carry(omega *big.Rat) *ball.Ball {
	y := ball.New(linePrecision).MulRat(x.sigma, omega)
	return y.Exp(y)
}

// slope is 1/(r(F_N + D_F/(e^{αsω}A))) with A at another μ; a nil ω is +∞.
func (x *carryAt) slope(omega *big.Rat, other *carryAt) *ball.Ball {
	below := ball.New(linePrecision).Quo(x.edges, x.all)
	if omega != nil {
		q := ball.New(linePrecision).Mul(x.carry(omega), other.all)
		below.Add(below, q.Quo(x.fresh, q))
	}
	one := ball.New(linePrecision).SetInt64(1)
	return one.Quo(one, below.MulRat(below, x.e.carried().Ratio))
}

// room is 1 − r g(d_N + E) for collapse, r g(F_N + B) − 1 for spread.
func (x *carryAt) room(side int, omega *big.Rat) *ball.Ball {
	sum, q := ball.New(linePrecision), x.carry(omega)
	if side > 0 {
		sum.Quo(x.fresh, q.Mul(q, x.topIn))
		sum.AddInt64(sum, int64(x.inside))
	} else {
		sum.Quo(x.topOut, q.Mul(q, x.all))
		sum.Add(sum, ball.New(linePrecision).Quo(x.edges, x.all))
	}
	sum.MulInt64(sum.MulRat(sum, x.e.carried().Ratio), int64(x.distance))
	one := ball.New(linePrecision).SetInt64(1)
	if side > 0 {
		return sum.Sub(one, sum)
	}
	return sum.Sub(sum, one)
}
