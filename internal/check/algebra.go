package check

import (
	"cmp"
	"fmt"
	"hash/fnv"
	"math/big"
	"slices"
	"strings"

	"muflow/internal/alltime"
	"muflow/internal/script"
	"muflow/ode"
	"muflow/ode/ball"
	"muflow/prove"
	"muflow/theory"
)

// identity decides x = y wherever both are defined.
func (c *checker) identity(s *script.Statement, r *Result) {
	gaps := make([]*ode.Expr, len(s.X))
	for i := range s.X {
		gaps[i] = s.X[i].Sub(s.Y[i])
	}
	c.vanish(gaps, r, "the difference of both sides")
}

// conserved decides whether the derivative along the flow vanishes,
//
//	ẋ = ∂x/∂t + Σ_i ∂x/∂x_i·f_i
func (c *checker) conserved(s *script.Statement, r *Result) {
	rate, err := c.along(s.X[0])
	if err != nil {
		r.undecided("%v", err)
		return
	}
	c.vanish([]*ode.Expr{rate}, r, "the derivative along the flow")
	still, starts := func(i int) bool {
		k := c.theory.Symbols[i].Kind
		return k == script.ParameterSymbol || k == script.StartSymbol
	}, slices.ContainsFunc(s.X[0].Unknowns(), func(i int) bool { return c.theory.Symbols[i].Kind == script.StartSymbol })
	switch {
	case r.Verdict == theory.Proved && !alltime.KeepsValue(s.X[0], still):
		r.undecided("the derivative along the flow vanishes where it is defined, but the quantity may jump where it is not")
	case r.Verdict == theory.Refuted && starts:
		r.Values = nil
		r.undecided("the derivative along the flow does not vanish for other starts than those of the solution")
	}
}

// kept returns the quantities of a flow that the theory claims to be conserved,
// and that are, in an order that is not that of the claims. Under a premise they
// are decided without it.
func (c *checker) kept(f *flow) []*ode.Expr {
	type quantity struct {
		text, id string
		of       *ode.Expr
	}
	var list []quantity
	for _, claim := range c.theory.Claims {
		if claim.Statement.Kind != script.Conserved {
			continue
		}
		x, values, inside := claim.Statement.X[0], slices.Clone(f.values), true
		for _, i := range x.Unknowns() {
			if s := c.theory.Symbols[i]; values[i] == nil && s.Kind != script.StateSymbol && s.Kind != script.TimeSymbol && s.Low.Cmp(s.High) == 0 {
				values[i] = ode.Rational(s.Low)
			}
			inside = inside && values[i] != nil
		}
		if inside && c.conservedAnywhere(claim.Statement).Verdict == theory.Proved {
			list = append(list, quantity{script.Text(x, c.theory.Symbols), claim.ID, x.Substitute(values)})
		}
	}
	slices.SortFunc(list, func(a, b quantity) int { return cmp.Or(cmp.Compare(a.text, b.text), cmp.Compare(a.id, b.id)) })
	var out []*ode.Expr
	for _, q := range list {
		out = append(out, q.of)
	}
	return out
}

// conservedAnywhere decides conservation without a premise, once for each claim.
func (c *checker) conservedAnywhere(s *script.Statement) Result {
	r, ok := c.quantities[s]
	if !ok {
		free := *c
		free.premise = nil
		free.conserved(s, &r)
		c.quantities[s] = r
	}
	return r
}

// along returns the derivative of an expression along the flow.
func (c *checker) along(x *ode.Expr) (*ode.Expr, error) {
	sum := x.Derivative(0)
	for _, s := range c.theory.States {
		slope := x.Derivative(s.Symbol)
		if q := slope.Value(); q != nil && q.Sign() == 0 {
			continue
		}
		if s.Rate == nil {
			return nil, fmt.Errorf("%s has no flow", c.theory.Symbols[s.Symbol].Name)
		}
		sum = sum.Add(slope.Mul(s.Rate))
	}
	return sum, nil
}

// reduces decides whether an ansatz X = φ(x) is kept by the flow F of the full
// states, and the flow f of the reduced ones is what it gives:
//
//	F(φ(x)) = φ'(x)·f(x)
//
// where f may depend on the full states, too, which are then φ(x).
func (c *checker) reduces(s *script.Statement, r *Result) {
	d := s.Reduction
	values := make([]*ode.Expr, len(c.theory.Symbols))
	for i, full := range d.Full {
		values[c.theory.States[full].Symbol] = d.Ansatz[i]
	}
	var gaps []*ode.Expr
	for i, full := range d.Full {
		rate := c.theory.States[full].Rate
		if rate == nil {
			r.undecided("%s has no flow", c.names([]int{full}))
			return
		}
		pushed, err := c.along(d.Ansatz[i])
		if err != nil {
			r.undecided("%v", err)
			return
		}
		gaps = append(gaps, rate.Sub(pushed).Substitute(values))
	}
	c.vanish(gaps, r, "the full flow on the ansatz less that of the ansatz")
}

// vanish decides whether expressions are 0 at all values of the symbols where
// they are defined: proved by normal forms, refuted at a point.
func (c *checker) vanish(gaps []*ode.Expr, r *Result, what string) {
	proved, seen := 0, 0
	var trouble error
	shape := c.shape()
	for i, gap := range gaps {
		gap = gap.Substitute(shape)
		zero, err := alltime.Vanishes(gap)
		if zero && err == nil {
			proved++
			continue
		}
		if err != nil {
			trouble = err
		}
		label := what
		if len(gaps) > 1 {
			label = fmt.Sprintf("%s, entry %d,", what, i)
		}
		points, refuted := c.witness(gap, r, label)
		if refuted {
			return
		}
		seen += points
	}
	switch open := len(gaps) - proved; {
	case open == 0:
		r.Verdict, r.Reason = theory.Proved, fmt.Sprintf("the normal form of %s is 0", what)
	case seen >= 5*open:
		r.Verdict = theory.Consistent
		r.Reason = fmt.Sprintf("%s is 0 to %d digits at %d points, but its normal form is not seen to be 0", what, pointDigits, seen)
	default:
		r.undecided("neither the normal form of %s nor its values at %d points decide", what, seen)
	}
	if trouble != nil && r.Verdict != theory.Proved {
		r.Reason += ": " + trouble.Error()
	}
}

// shape holds the values of the parameters that shape the theory: it is about
// these only.
func (c *checker) shape() []*ode.Expr {
	out := make([]*ode.Expr, len(c.theory.Symbols))
	for i, s := range c.theory.Symbols {
		if s.Used {
			out[i] = ode.Rational(s.Low)
		}
	}
	return out
}

const (
	points        = 40 // that are tried
	pointDigits   = 50
	pointBits     = 256
	valueDigits   = 10 // of what is shown
	witnessShown  = 12 // symbols of a witness
	smallestValue = -180
)

// witness looks for a point at which an expression is not 0, and returns at how
// many points it is 0 to all digits.
func (c *checker) witness(x *ode.Expr, r *Result, what string) (zeros int, refuted bool) {
	for k := range points {
		point := c.point(k, false)
		if !c.applies(point) {
			point = c.point(k, true)
		}
		value, err := ode.Evaluate(x, ballsAt(point), pointBits)
		if err != nil {
			continue
		}
		if sign, ok := value.Sign(); ok && sign != 0 {
			var parts []string
			for _, i := range x.Unknowns() {
				parts = append(parts, c.theory.Symbols[i].Name+" = "+point[i].RatString())
			}
			if len(parts) > witnessShown {
				parts = append(parts[:witnessShown], "…")
			}
			r.Verdict, r.Reason = theory.Refuted, what+" is not 0"
			if len(parts) > 0 {
				r.Reason += " at " + strings.Join(parts, ", ")
			}
			r.Values = []Value{{strings.TrimSuffix(what, ","), prove.Enclose(value, valueDigits)}}
			return 0, true
		}
		if value.IsZero() || value.Radius().MantExp(nil) < smallestValue {
			zeros++
		}
	}
	return zeros, false
}

func ballsAt(point []*big.Rat) []*ball.Ball {
	box := make([]*ball.Ball, len(point))
	for i, q := range point {
		box[i] = ball.New(pointBits).SetRat(q)
	}
	return box
}

// applies reports whether the premise surely holds at a point. It does at all
// points with the parameters of the theory.
func (c *checker) applies(point []*big.Rat) bool {
	for _, rel := range c.premise {
		if surely, _, err := related(rel, ballsAt(point)); !surely || err != nil {
			return false
		}
	}
	return true
}

// point returns the k-th point that is tried: small rational numbers, for a
// symbol the same at every run and whatever other symbols there are, positive in every other point, where roots and logarithms have
// values; parameters within their range, or as the theory has them.
func (c *checker) point(k int, own bool) []*big.Rat {
	var seed uint64
	next := func(n uint64) int64 {
		seed ^= seed << 13
		seed ^= seed >> 7
		seed ^= seed << 17
		return int64(seed % n)
	}
	out := make([]*big.Rat, len(c.theory.Symbols))
	for i, s := range c.theory.Symbols {
		name := fnv.New64a()
		name.Write([]byte(s.Name))
		seed = max(1, uint64(k)*0x9E3779B97F4A7C15+1^name.Sum64())
		for range 5 {
			next(2)
		}
		q := big.NewRat(next(40)+1, next(12)+8)
		switch {
		case s.Kind == script.ParameterSymbol && (s.Used || (own || k == 0) && s.Low.Cmp(s.High) == 0):
			q = s.Low
		case s.Kind == script.ParameterSymbol && s.Low.Cmp(s.High) != 0: // an interval: the statement is about it
			part := big.NewRat(next(101), 100)
			q = part.Mul(part, new(big.Rat).Sub(s.High, s.Low))
			q.Add(q, s.Low)
		case s.Kind == script.ParameterSymbol && s.Least != nil && s.Most != nil:
			part := big.NewRat(next(101), 100)
			q = part.Mul(part, new(big.Rat).Sub(s.Most, s.Least))
			q.Add(q, s.Least)
		case s.Kind == script.ParameterSymbol && s.Least != nil:
			q.Add(q, s.Least)
		case s.Kind == script.ParameterSymbol && s.Most != nil:
			q.Sub(s.Most, q)
		case s.Kind == script.StartSymbol:
			part := big.NewRat(next(101), 100)
			q = part.Mul(part, new(big.Rat).Sub(s.High, s.Low))
			q.Add(q, s.Low)
		case k%2 == 1 && s.Kind != script.TimeSymbol && next(2) == 0: // a state, or a parameter without a range
			q.Neg(q)
		}
		if s.Integer {
			q = new(big.Rat).SetInt(new(big.Int).Quo(q.Num(), q.Denom()))
			if s.Least != nil && q.Cmp(s.Least) < 0 {
				q = s.Least
			}
		}
		out[i] = q
	}
	return out
}
