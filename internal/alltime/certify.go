package alltime

import (
	"math/big"

	"muflow/internal/sym"
	"muflow/ode"
	cert "muflow/theory/cert/scalar"
)

// Subject is a statement about a problem in the terms of package scalar, without
// what proves it: nil where one unknown alone does not decide it, by a rational
// right-hand side without parameters that are intervals, or where it is about
// more than quotients of polynomials. A start that is no rational number is
// enclosed, and exact is false: the certificate is then about all starts nearby,
// and there is none of what holds with equality at the start.
func (p *Problem) Subject(s Statement) (c *cert.Certificate, exact bool) {
	exprs, err := s.expressions(p)
	if err != nil || p.Validate() != nil || p.isLong(exprs) || s.Until != nil || p.admits(s, exprs) != "" {
		return nil, false
	}
	f, inside, err := p.restrict(exprs...)
	if err != nil || len(f.of(dynamic)) != 1 || len(f.rhs) != 1 {
		return nil, false
	}
	t := &translator{at: stateName(0)}
	c, exact = &cert.Certificate{Format: cert.Format, Flow: t.quotient(f.rhs[0]), Claim: claimNames[s.Kind]}, true
	if s.Kind != KindUnique && s.Kind != KindInvariant {
		low, high := f.low[0], f.high[0]
		if low == nil {
			exact = false
			low, high = ratOf(f.start[0].low), ratOf(f.start[0].high)
		}
		c.Start = &cert.Interval{low, high}
	}
	switch s = s.with(inside); s.Kind {
	case KindAlways, KindInvariant:
		for _, r := range s.Relations {
			up, name := r.claims()[0].g, map[sign]string{isPositive: cert.Positive, isNonNegative: cert.NonNegative}[r.claims()[0].want]
			if r.Comparison == Equal {
				name = cert.Zero
			}
			c.Relations = append(c.Relations, cert.Relation{Quotient: t.quotient(up), Sign: name})
		}
	case KindUnique:
		for i, x := range inside {
			if x.Operation() == ode.OpState {
				c.Box = &cert.Interval{s.Box[i].Low, s.Box[i].High}
			}
		}
	default:
		of := t.quotient(s.X)
		c.Of, c.Sign = &of, s.Sign
		if s.Kind == KindLimit {
			c.Value, c.Root = t.value(s.Value)
		}
	}
	if t.failed || len(c.Flow.Numerator) == 0 {
		return nil, false
	}
	return c, exact
}

var claimNames = map[Kind]string{KindAlways: "always", KindLimit: "limit", KindInfinite: "infinite", KindConverges: "converges",
	KindIncreases: "increases", KindDecreases: "decreases", KindUnique: "unique_equilibrium", KindInvariant: "invariant"}

// Certify proves a statement by a certificate that the separate checker accepts,
// and returns its text; nil where there is none.
func (p *Problem) Certify(s Statement) []byte {
	c, _ := p.Subject(s)
	if c == nil {
		return nil
	}
	roots := prepare(c)
	for bits := 4; bits <= 256; bits *= 2 { // narrower marks, until nothing else is in them
		c.Marks = nil
		for i := range roots {
			roots[i].Refine(bits)
			c.Marks = append(c.Marks, cert.Interval{roots[i].Low, roots[i].High})
		}
		text, err := cert.Encode(*c)
		if err != nil {
			return nil
		}
		if _, err := cert.Check(text); err == nil {
			return text
		}
	}
	return nil
}

// prepare fills in square factors, and returns what the marks are around: the
// zeros of all relations that must be invariant, or the equilibria in the starts
// and next to them.
func prepare(c *cert.Certificate) []sym.Root {
	for i := range c.Relations {
		if r := &c.Relations[i]; r.Sign == cert.NonNegative && c.Claim == "always" {
			r.Square = squareFactor(sym.Univariate(r.Numerator))
		}
	}
	of := sym.Univariate(c.Flow.Numerator).Poly()
	switch c.Claim {
	case "unique_equilibrium":
		return nil
	case "invariant":
		of = sym.Monomial(sym.NewScalar(1), 0)
		for _, r := range c.Relations {
			for _, p := range []cert.Polynomial{r.Numerator, r.Denominator} {
				if len(p) > 0 {
					of = of.Mul(sym.Univariate(p).Poly())
				}
			}
		}
	case "increases", "decreases":
		x, t := ratio{sym.Univariate(c.Of.Numerator), sym.Univariate(c.Of.Denominator)}, sym.Poly{}
		t = x.num.Derivative().Poly().Mul(x.den.Poly()).Sub(x.num.Poly().Mul(x.den.Derivative().Poly()))
		c.Square = squareFactor(sym.UnivariateFrom(t))
	}
	var out []sym.Root
	for _, r := range sym.UnivariateFrom(of).SquareFree().Roots() {
		if r.Shared(sym.Univariate(c.Flow.Denominator)) {
			continue
		}
		if c.Start == nil {
			out = append(out, r)
			continue
		}
		switch below, above := r.Cmp(c.Start[0]) < 0, r.Cmp(c.Start[1]) > 0; {
		case below:
			out = append(out[:0], r)
		case above:
			return sym.Apart(append(out, r))
		default:
			out = append(out, r)
		}
	}
	return sym.Apart(out)
}

// squareFactor returns the largest S with S² dividing p, nil where it is constant.
func squareFactor(p sym.Univariate) cert.Polynomial {
	if len(p) < 3 {
		return nil
	}
	product := sym.Monomial(sym.NewScalar(1), 0)
	for _, f := range sym.SquareFree(p.Poly()) {
		for range f.Multiplicity / 2 {
			product = product.Mul(f.Poly)
		}
	}
	if product.Degree() < 1 {
		return nil
	}
	return cert.Polynomial(sym.UnivariateFrom(product))
}

// A translator reads expressions in one unknown.
type translator struct {
	at     string
	failed bool
}

// quotient reads a quotient of polynomials, exactly.
func (t *translator) quotient(x *ode.Expr) cert.Quotient {
	forms := newForms()
	forms.raw = true
	form, err := forms.of(x)
	if err != nil {
		t.failed = true
		return cert.Quotient{}
	}
	num, ok := sym.UnivariateOf(form.num, t.at)
	den, also := sym.UnivariateOf(form.den, t.at)
	if !ok || !also || len(den) == 0 {
		t.failed = true
		return cert.Quotient{}
	}
	// Both without their denominators.
	a, b := form.den.Denominator(), form.num.Denominator()
	common := new(big.Int).GCD(nil, nil, a, b)
	return cert.Quotient{Numerator: multiple(a.Quo(a, common), num), Denominator: multiple(b.Quo(b, common), den)}
}

// multiple returns c·p.
func multiple(c *big.Int, p sym.Univariate) cert.Polynomial {
	out := cert.Polynomial{}
	for _, x := range p {
		out = append(out, new(big.Int).Mul(c, x))
	}
	return out
}

// value reads a number: a fraction, or one with square roots of fractions as a
// root of the product of its conjugates,
//
//	Π (b·x − a) over the signs of the roots in a and b.
func (t *translator) value(v *ode.Expr) (*big.Rat, *cert.Root) {
	forms := newForms()
	form, err := forms.of(v)
	if err != nil {
		t.failed = true
		return nil, nil
	}
	if q, ok := rational(form); ok {
		return q, nil
	}
	product := form.den.Mul(sym.Variable(t.at)).Sub(form.num)
	for _, name := range product.Variables() {
		if name == t.at {
			continue
		}
		square, ok := forms.square[name]
		if _, number := rational(square); !ok || !number {
			t.failed = true
			return nil, nil
		}
		plus, minus := sym.Multivariate{}, sym.Multivariate{}
		for k, c := range product.Coefficients(name) {
			term := c.Mul(sym.Variable(name).Pow(k))
			plus = plus.Add(term)
			if k%2 == 1 {
				term = term.Neg()
			}
			minus = minus.Add(term)
		}
		product = lowered(constantDenominator(plus.Mul(minus)), name, square).num
	}
	w, ok := sym.UnivariateOf(product, t.at)
	at := newGraded(v).over(nil)
	if !ok || at.undefined || !at.bounded() {
		t.failed = true
		return nil, nil
	}
	low := new(big.Float).SetPrec(64).SetMode(big.ToNegativeInf).Set(at.low)
	high := new(big.Float).SetPrec(64).SetMode(big.ToPositiveInf).Set(at.high)
	return nil, &cert.Root{Of: multiple(big.NewInt(1), w), In: cert.Interval{ratOf(low), ratOf(high)}}
}

func constantDenominator(p sym.Multivariate) form { return form{p, sym.Integer(1)} }
