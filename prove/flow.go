package prove

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"slices"

	"muflow/internal/elementary"
	"muflow/internal/reduced"
	"muflow/internal/sym"
	"muflow/ode"
	"muflow/ode/ball"
	"muflow/theory"
)

// A FlowMethod is a way of following the reduced flow of a profile. They share
// the profile and ball arithmetic, nothing else: each checks the others.
type FlowMethod uint8

// The methods. The first three enclose, the others approximate.
const (
	ElementaryMethod          FlowMethod = iota // the elementary solution of the rational form
	FlowpipeMethod                              // a proved Taylor flowpipe of the rational form in y = e^{αsμ}
	FlowpipeExponentialMethod                   // the same of the exponential form in μ
	TaylorMethod                                // two Taylor integrations of the rational form
	TaylorExponentialMethod                     // two Taylor integrations of the exponential form
)

var flowMethodNames = []string{"elementary", "flowpipe", "flowpipe-exponential", "taylor", "taylor-exponential"}

// FlowMethodNames lists the methods as String writes them.
func FlowMethodNames() []string { return slices.Clone(flowMethodNames) }

// String returns the name used on the command line.
func (m FlowMethod) String() string {
	if int(m) < len(flowMethodNames) {
		return flowMethodNames[m]
	}
	return fmt.Sprintf("method(%d)", uint8(m))
}

// ParseFlowMethod reads the name of a method as String writes it.
func ParseFlowMethod(name string) (FlowMethod, error) {
	if i := slices.Index(flowMethodNames, name); i >= 0 {
		return FlowMethod(i), nil
	}
	return 0, fmt.Errorf("unknown method %q, expected one of %v", name, flowMethodNames)
}

// A FlowRequest names what is wanted of the flow of a profile.
type FlowRequest struct {
	Loss   theory.Loss
	Alpha  *big.Rat   // readout gain α > 0
	Start  *big.Rat   // μ(0), 0 if nil
	Times  []*big.Rat // each ≥ 0, in gradient-flow time
	Digits int        // hi − lo ≤ 10^−Digits·|value| in the text, too
	Method FlowMethod
}

// A Flow answers a FlowRequest.
type Flow struct {
	Mu            []Number // μ at the times asked for
	Method        FlowMethod
	Steps         int  // Taylor steps, or steps of Newton's method over intervals, the most of any time
	Order         int  // of the Taylor polynomials, or of convergence of Newton's method
	PrecisionBits uint // working precision, the largest of any time

	// From a start that is given, of a flow without bound: the two bounds of
	// Theorem 1 at the times, lower and upper.
	Bounds [][2]Number
}

// ErrDigits says that the digits asked for were not reached.
var ErrDigits = errors.New("digits not reached")

// FlowOf follows the index-matching logit μ(t) of a profile from μ(0) = 0, or
// from another start.
//
//	μ' = (α/(n√K))·(E_S[d] − E_V[d]),  E_S[d] = d* under Coconut, S = N_{c+1} under Coconut-BFS
//
// A flow that does not move, which integers decide, gives its start. Digits
// that are not reached are an error. Encloses the exact value for every point
// of the inputs under the first three methods; those by Taylor integration
// alone have no error bound, and their numbers say so.
// arXiv 2509.23365, Theorem 1; theory.md section 2.
// Units: t = learning rate × steps, logits in nats.
func FlowOf(ctx context.Context, p *theory.Profile, request FlowRequest) (*Flow, error) {
	family, err := p.Family(request.Loss, request.Alpha)
	if err != nil {
		return nil, err
	}
	for _, t := range request.Times {
		if t == nil || t.Sign() < 0 {
			return nil, errors.New("a time, expected a number ≥ 0")
		}
	}
	if request.Digits < 1 {
		return nil, fmt.Errorf("%d digits, expected at least 1", request.Digits)
	}
	rational, err := family.Rational()
	if err != nil {
		return nil, err
	}
	flow := &Flow{Method: request.Method}
	if rational.Stationary(request.start()) {
		at := ball.New(ball.Bits(request.Digits) + 64).SetRat(request.start())
		for range request.Times {
			flow.Mu = append(flow.Mu, Enclose(at, request.Digits))
		}
		return flow, nil
	}
	switch request.Method {
	case ElementaryMethod:
		err = flow.elementary(ctx, rational, request)
	case FlowpipeMethod, FlowpipeExponentialMethod, TaylorMethod, TaylorExponentialMethod:
		err = flow.general(ctx, family, rational, request)
	default:
		err = fmt.Errorf("unknown method %v", request.Method)
	}
	if err == nil && request.Start != nil {
		err = flow.bound(ctx, p, request)
	}
	if err != nil {
		return nil, err
	}
	return flow, nil
}

// start returns μ(0).
func (r *FlowRequest) start() *big.Rat {
	if r.Start == nil {
		return new(big.Rat)
	}
	return r.Start
}

// bound encloses the bounds of a pace from μ(0) on, where its premise holds.
//
//	μ(0) + log(1 + b t)/(αs g),  b = b_lo and b_hi from that start
func (f *Flow) bound(ctx context.Context, p *theory.Profile, request FlowRequest) error {
	x := map[theory.Loss]*pace{theory.CoconutBFS: spreading, theory.Coconut: leaving}[request.Loss]
	e := &Subject{Profile: p, Alpha: request.Alpha}
	if reason, err := x.premise(ctx, e); err != nil || reason != "" {
		return err
	}
	for extra := 32; ; extra *= 2 { // μ(0) may cancel most of them
		precision, reached := ball.Bits(request.Digits)+uint(extra), true
		f.Bounds = nil
		unit := x.unit(e, precision)
		for _, t := range request.Times {
			var both [2]Number
			for side, b := range x.constants(p, request.Alpha, request.start(), precision) {
				if unit.Mid().Sign() < 0 {
					side = 1 - side
				}
				z := logarithm(b, t, precision)
				z.Add(z.Quo(z, unit), ball.New(precision).SetRat(request.start()))
				both[side] = Enclose(z, request.Digits)
				reached = reached && both[side].reaches(request.Digits)
			}
			f.Bounds = append(f.Bounds, both)
		}
		if reached {
			return nil
		}
		if extra > maxPrecision {
			return fmt.Errorf("%w: the bounds of Theorem 1 with %d bits", ErrDigits, precision)
		}
	}
}

// ElementaryProblem returns the rational form of a flow as a problem for the
// elementary solution z = y/y(0), y(0) = e^{σ·start}; the start must not be an
// equilibrium.
//
//	z' = κ·c·z^j·Π_i f_i(y(0)z)^{m_i}/D(y(0)z),  c with the factor y(0)^{j−1}
func ElementaryProblem(r *theory.RationalFlow, start *big.Rat) (*elementary.Problem, error) {
	return elementaryProblem(r, start, sigmas(r.Scale))
}

func elementaryProblem(r *theory.RationalFlow, start *big.Rat, sigma func(uint) *ball.Ball) (*elementary.Problem, error) {
	power := 1 + r.Numerator.Lowest() - r.Denominator.Lowest()
	if power < 0 {
		return nil, fmt.Errorf("a power y^%d, expected a non-negative one", power)
	}
	number, first := exponentials(sigma, nil), exponentials(sigma, start)
	if start.Sign() == 0 {
		first = nil
	}
	problem := &elementary.Problem{
		Rate:        r.Kappa,
		Power:       power,
		Denominator: polynomialAt(r.Denominator.Strip(), number, first),
	}
	top := r.Numerator.Strip()
	factors := sym.SquareFree(top)
	for _, f := range factors {
		problem.Factors = append(problem.Factors, elementary.Factor{Polynomial: polynomialAt(f.Poly, number, first), Multiplicity: f.Multiplicity})
	}
	problem.Constant = func(precision uint) *ball.Ball {
		c := scalarAt(top.Coefficient(top.Degree()), number(precision), precision)
		for _, f := range factors {
			lead := scalarAt(f.Poly.Coefficient(f.Poly.Degree()), number(precision), precision)
			c.Quo(c, lead.PowInt(lead, int64(f.Multiplicity)))
		}
		if first != nil {
			c.Mul(c, ball.New(precision).PowInt(first(precision), int64(power-1)))
		}
		return c
	}
	return problem, nil
}

// sigmas returns enclosures of αs with so many bits or more.
func sigmas(s theory.Scale) func(precision uint) *ball.Ball {
	return lasting(func(precision uint) *ball.Ball { return reduced.Sigma(s.Alpha, s.K, precision) })
}

// exponentials returns enclosures of e^{αs·times} with so many bits or more; times
// is 1 if nil.
func exponentials(sigma func(uint) *ball.Ball, times *big.Rat) func(precision uint) *ball.Ball {
	return lasting(func(precision uint) *ball.Ball {
		e := ball.New(precision).Set(sigma(precision))
		if times != nil {
			e.MulRat(e, times)
		}
		return e.Exp(e)
	})
}

// lasting keeps the last number computed, to serve where no more bits are asked
// for.
func lasting(compute func(precision uint) *ball.Ball) func(precision uint) *ball.Ball {
	var last *ball.Ball
	return func(precision uint) *ball.Ball {
		if last == nil || last.Prec() < precision {
			last = compute(precision)
		}
		return last
	}
}

// polynomialAt evaluates the coefficients of p(first·z) at e; first is 1 if nil.
func polynomialAt(p sym.Poly, number, first func(uint) *ball.Ball) elementary.Polynomial {
	return func(precision uint) []*ball.Ball {
		out := make([]*ball.Ball, p.Degree()+1)
		power := ball.New(precision).SetInt64(1)
		for i := range out {
			out[i] = scalarAt(p.Coefficient(i), number(precision), precision)
			if first != nil {
				out[i].Mul(out[i], power)
				power.Mul(power, first(precision))
			}
		}
		return out
	}
}

// scalarAt evaluates an element of Z[e] at an enclosure of e.
func scalarAt(a sym.Scalar, e *ball.Ball, precision uint) *ball.Ball {
	sum := ball.New(precision)
	if a.IsZero() {
		return sum
	}
	sum.SetInt(a.Coefficient(a.Degree()))
	term := ball.New(precision)
	for i := a.Degree() - 1; i >= 0; i-- {
		sum.Mul(sum, e)
		if c := a.Coefficient(i); c.Sign() != 0 {
			sum.Add(sum, term.SetInt(c))
		}
	}
	return sum
}

func (f *Flow) elementary(ctx context.Context, r *theory.RationalFlow, request FlowRequest) error {
	sigma := sigmas(r.Scale)
	problem, err := elementaryProblem(r, request.start(), sigma)
	if err != nil {
		return err
	}
	bits := ball.Bits(request.Digits) + 4
	problem.Bits = bits
	solver, err := elementary.New(ctx, problem)
	if err != nil {
		return undecidedFlow(err)
	}
	defer solver.Release()
	f.Order = 3
	for _, t := range request.Times {
		for {
			value, err := solver.At(ctx, t, bits)
			if err != nil {
				return undecidedFlow(err)
			}
			mu := ball.New(bits+16).Quo(value.LogY, sigma(bits+16))
			if request.Start != nil { // which may cancel most of it, or hardly count
				mu.Add(mu, ball.New(bits+16).SetRat(request.Start))
			}
			f.Steps, f.PrecisionBits = max(f.Steps, value.Refinements), max(f.PrecisionBits, value.Precision)
			text := Enclose(mu, request.Digits)
			if request.Start != nil && !text.reaches(request.Digits) && bits < maxPrecision {
				bits *= 2
				continue
			}
			if err := f.append(text, t, request.Digits); err != nil {
				return err
			}
			break
		}
	}
	return nil
}

// undecidedFlow marks errors that more effort might avoid.
func undecidedFlow(err error) error {
	var stop *ode.StopError
	if errors.Is(err, elementary.ErrPrecision) || errors.Is(err, elementary.ErrEnd) || errors.As(err, &stop) && stop.Status != ode.Cancelled {
		return fmt.Errorf("%w: %w", ErrDigits, err)
	}
	return err
}

// append adds a number that is as narrow as was asked for.
func (f *Flow) append(x Number, t *big.Rat, digits int) error {
	if !x.reaches(digits) {
		return fmt.Errorf("%w: %s to %s at t = %s is wider than %d digits", ErrDigits, x.Lo, x.Hi, t.RatString(), digits)
	}
	f.Mu = append(f.Mu, x)
	return nil
}

// general follows the flow by Taylor polynomials.
func (f *Flow) general(ctx context.Context, family *theory.Family, r *theory.RationalFlow, request FlowRequest) error {
	exponential := request.Method == FlowpipeExponentialMethod || request.Method == TaylorExponentialMethod
	system, start, mu := RationalSystem(r)
	if exponential {
		var err error
		if system, start, mu, err = ExponentialSystem(family); err != nil {
			return err
		}
	}
	if request.Start != nil && exponential {
		start = []*ode.Expr{ode.Rational(request.Start)}
	} else if request.Start != nil {
		start = []*ode.Expr{sigmaExpr(r.Scale).Scale(request.Start).Exp()}
	}
	// One more digit than asked for leaves room for the text.
	what := ode.Request{Times: request.Times, Observables: []*ode.Expr{mu}, Digits: request.Digits + 1}
	if request.Method == TaylorMethod || request.Method == TaylorExponentialMethod {
		solution, err := ode.Solve(ctx, system, start, what)
		if err != nil {
			return undecidedFlow(err)
		}
		f.Steps, f.Order, f.PrecisionBits = solution.Path.Steps(), solution.Path.Order(), solution.Path.Precision()
		for i, t := range request.Times {
			lo, hi := solution.Values[i][0].Decimal(request.Digits + 3)
			if err := f.append(Number{lo, hi, Approximate}, t, request.Digits); err != nil {
				return err
			}
		}
		return nil
	}
	enclosure, err := ode.Enclose(ctx, system, start, what, ode.FlowSettings{})
	if err != nil {
		return undecidedFlow(err)
	}
	f.Steps, f.Order, f.PrecisionBits = enclosure.Flowpipe.Steps(), enclosure.Flowpipe.Order(), enclosure.Flowpipe.Precision()
	for i, t := range request.Times {
		if err := f.append(Enclose(enclosure.Values[i][0], request.Digits), t, request.Digits); err != nil {
			return err
		}
	}
	return nil
}

// sigmaExpr is σ = α/√K.
func sigmaExpr(s theory.Scale) *ode.Expr {
	return ode.Rational(s.Alpha).Quo(ode.Integer(int64(s.K)).Sqrt())
}

// RationalSystem returns the rational form of a flow as data for package ode:
// the equation of y = e^{σμ}, its start, and μ as an expression in y.
//
//	y' = κ·y·Numerator(y)/Denominator(y),  y(0) = 1
func RationalSystem(r *theory.RationalFlow) (system *ode.System, start []*ode.Expr, mu *ode.Expr) {
	y, sigma := ode.State(0), sigmaExpr(r.Scale)
	e := sigma.Exp()
	polynomial := func(p sym.Poly) *ode.Expr {
		c := make([]*ode.Expr, p.Degree()+1)
		for i := range c {
			a := p.Coefficient(i)
			terms := make([]*ode.Expr, a.Degree()+1)
			for k := range terms {
				terms[k] = ode.Rational(new(big.Rat).SetInt(a.Coefficient(k)))
			}
			c[i] = ode.Horner(terms, e)
		}
		return ode.PowerSum(c, y)
	}
	// A common power of y cancels; the factors of the denominator have fewer
	// powers than their product.
	shift := min(r.Numerator.Lowest(), r.Denominator.Lowest())
	numerator, _ := r.Numerator.QuoMonomial(sym.NewScalar(1), shift)
	denominator := y.Power(r.Denominator.Lowest() - shift)
	for _, factor := range r.Factors {
		denominator = denominator.Mul(polynomial(factor.Strip()))
	}
	f := y.Mul(polynomial(numerator)).Quo(denominator).Scale(r.Kappa)
	return &ode.System{Dimension: 1, RightHandSide: []*ode.Expr{f}}, []*ode.Expr{ode.Integer(1)}, y.Log().Quo(sigma)
}

// ExponentialSystem returns the flow of a family with one unknown as data for
// package ode, in the unknown itself.
//
//	μ' = C·σ·(E_S[φ] − E_V[φ]),  ξ_v = σ·(b_v + φ_v·μ),  μ(0) = 0
func ExponentialSystem(f *theory.Family) (system *ode.System, start []*ode.Expr, mu *ode.Expr, err error) {
	if f.Dimension() != 1 {
		return nil, nil, nil, fmt.Errorf("a family with %d unknowns, expected one", f.Dimension())
	}
	mu = ode.State(0)
	sigma := sigmaExpr(f.Scale)
	mean := func(count func(theory.Group) int) *ode.Expr {
		sum, weighted := ode.Integer(0), ode.Integer(0)
		for _, g := range f.Groups {
			n := int64(count(g))
			if n == 0 {
				continue
			}
			logit := ode.Integer(int64(g.Bias)).Add(mu.Scale(big.NewRat(int64(g.Feature[0]), 1)))
			weight := sigma.Mul(logit).Exp().Scale(big.NewRat(n, 1))
			sum = sum.Add(weight)
			weighted = weighted.Add(weight.Scale(big.NewRat(int64(g.Feature[0]), 1)))
		}
		return weighted.Quo(sum)
	}
	var inside *ode.Expr
	if d := f.Drawn; d != nil {
		inside = ode.Rational(big.NewRat(int64(d.Sum[0]), int64(d.Count)))
	} else {
		inside = mean(func(g theory.Group) int { return g.Targets })
	}
	all := mean(func(g theory.Group) int { return g.Count })
	drift := inside.Sub(all).Mul(sigma).Scale(f.Rates[0])
	return &ode.System{Dimension: 1, RightHandSide: []*ode.Expr{drift}}, []*ode.Expr{ode.Integer(0)}, mu, nil
}
