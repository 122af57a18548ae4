package prove

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"

	"muflow/graph"
	"muflow/internal/sym"
	"muflow/ode/ball"
	"muflow/theory"
	"muflow/theory/cert"
)

// mostThoughts bounds the degree of the polynomials of T1b-walk-logits, mostRooms how
// many of them matter, and mostZeros their different zeros.
const (
	mostThoughts = 24
	mostRooms    = 256
	mostZeros    = 400
)

// walkLogitLimits is T1b-walk-logits: theory.md section 3.
var walkLogitLimits = onWalk(&Claim{
	ID:          "T1b-walk-logits",
	Losses:      coconutOnly,
	Certificate: walkLogitForm,
	byLess:      (*Subject).roomKey,
	Statement:   "Walk weights of one logit L for all thoughts, 1 ≤ c ≤ 24: finitely many algebraic numbers, the positive zeros of d* − d_v, cut L > 0 into parts, and under the Coconut loss where μ(t) goes from any start is the same for all L of a part: decided for each part, and at each of the numbers, exactly.",
	LaTeX:       `\operatorname{sign}(d^*(L) - d_v(L)) \text{ the same for all } L_i < L < L_{i+1},\ \text{for every } v \;\Longrightarrow\; \lim_{t\to\infty} \mu(t) \in \{-\infty, +\infty\} \text{ or finite, the same for all } L_i < L < L_{i+1}`,
	Assumptions: walkFlow("A19"),
	Proof:       "d_v are polynomials in L with whole coefficients; their signs by rational samples between isolated roots, and at the roots by greatest common divisors",
}, func(e *Subject, _ *walkUnit) (string, error) {
	if e.Step < 1 || e.Step > mostThoughts {
		return fmt.Sprintf("c = %d, expected 1 to %d thoughts before the step", e.Step, mostThoughts), nil
	}
	return "", nil
}, func(_ context.Context, e *Subject, x *walkUnit) (Result, error) {
	l, err := x.logitLimits()
	if err != nil {
		return Result{}, &UndecidedError{err}
	}
	values, parts := map[string]Number{}, []string(nil)
	first, known := "0", l.limits[0]
	for i := range l.marks {
		at, after := l.limits[2*i+1], l.limits[2*i+2]
		if at == known && after == known {
			continue
		}
		name := fmt.Sprintf("L_%d", len(values)+1)
		values["critical_"+name[2:]] = rootNumber(&l.marks[i], e.Digits)
		parts = append(parts, fmt.Sprintf("%s < L < %s: %v", first, name, known), fmt.Sprintf("L = %s: %v", name, at))
		first, known = name, after
	}
	out := Result{Reason: strings.Join(append(parts, fmt.Sprintf("L > %s: %v", first, known)), "; ")}
	if len(values) > 0 {
		out.Values = values
	}
	return out, nil
})

// walkLogitForm holds the intervals around all zeros, and the limits.
var walkLogitForm = &CertificateForm{
	About: func(e *Subject, c *cert.Certificate) error {
		x, err := e.walk()
		if err == nil {
			c.Graph, _ = withLabel(x.step)
		}
		return err
	},
	Fill: func(_ context.Context, e *Subject, c *cert.Certificate) error {
		x, err := e.walk()
		if err != nil {
			return err
		}
		l, err := x.logitLimits()
		if err != nil {
			return err
		}
		c.Marks = nil
		for _, r := range l.marks {
			c.Marks = append(c.Marks, [2]*big.Rat{r.Low, r.High})
		}
		var words []string
		for _, limit := range l.limits {
			words = append(words, limit.String())
		}
		c.Status = strings.Join(words, " ")
		return nil
	},
}

// logitLimits are the limits of one step for every logit L > 0 of its thoughts.
type logitLimits struct {
	marks  []sym.Root     // ascending, apart, and apart from 0
	limits []theory.Limit // between and at them, in turn
}

// logitLimits are those of a step.
func (x *walkUnit) logitLimits() (*logitLimits, error) {
	rooms, err := x.rooms()
	if err != nil {
		return nil, err
	}
	return logitLimitsOf(rooms)
}

// rooms are those of walkRooms, found once.
func (x *walkUnit) rooms() ([]sym.Univariate, error) {
	return x.room.get(func() ([]sym.Univariate, error) { return walkRooms(x.step, x.counts) })
}

// roomKey is a text that two steps share exactly if T1b-walk-logits says the same of
// them: they have as many thoughts and the same rooms.
func (e *Subject) roomKey() (string, error) {
	x, err := e.walk()
	if err != nil {
		return "", err
	}
	rooms, err := x.rooms()
	if err != nil {
		return "", err
	}
	text := fmt.Appendf(nil, "rooms %t %d", e.Unlabeled, e.Step)
	for _, f := range rooms {
		text = append(text, ' ')
		for _, c := range f {
			text = append(c.Append(text, 36), ',')
		}
	}
	return string(text), nil
}

// logitLimitsOf isolates the positive zeros of the polynomials q(d* − d_v) in L, q the
// number of labels, that can be the largest or the least somewhere, and decides where
// μ goes between and at them.
//
//	d_v = Σ_j C(c,j) L^j #walks_{j+1}(root→v)
func logitLimitsOf(rooms []sym.Univariate) (*logitLimits, error) {
	product, simple := sym.Monomial(sym.NewScalar(1), 0), make([]sym.Univariate, len(rooms)) // simple: with positive zeros, all simple
	for i, f := range rooms {
		for len(f) > 0 && f[0].Sign() == 0 { // a zero at L = 0 does not matter
			f = f[1:]
		}
		if slices.ContainsFunc(f, func(c *big.Int) bool { return c.Sign() > 0 }) && slices.ContainsFunc(f, func(c *big.Int) bool { return c.Sign() < 0 }) {
			simple[i] = f.SquareFree()
			free := simple[i].Poly()
			rest, _ := sym.Quo(free, sym.GCD(free, product))
			if product = product.Mul(rest); product.Degree() > mostZeros {
				return nil, fmt.Errorf("critical logits: more than %d zeros", mostZeros)
			}
		}
	}
	out := &logitLimits{}
	zero := new(big.Rat)
	for _, r := range sym.UnivariateFrom(product).Roots() {
		if r.Cmp(zero) > 0 {
			for r.Low.Sign() <= 0 {
				r.Refine(1)
			}
			out.marks = append(out.marks, r)
		}
	}
	for i := range out.marks { // no other zero is inside or at an end
		r := &out.marks[i]
		for !r.Exact() && slices.ContainsFunc(rooms, func(f sym.Univariate) bool { return len(f) > 0 && f.Sign(r.Low)*f.Sign(r.High) == 0 }) {
			r.Refine(1)
		}
	}
	out.marks = sym.Apart(out.marks)
	before := zero
	for i := range out.marks {
		r := &out.marks[i]
		middle := new(big.Rat).Add(before, r.Low)
		middle.Quo(middle, big.NewRat(2, 1))
		out.decide(rooms, func(i int) int { return rooms[i].Sign(middle) })
		out.decide(rooms, func(i int) int {
			if f := simple[i]; f != nil && !r.Exact() && f.Sign(r.Low)*f.Sign(r.High) < 0 { // the one zero inside is one of it
				return 0
			}
			return rooms[i].Sign(r.Low)
		})
		before = r.High
	}
	last := new(big.Rat).Add(before, big.NewRat(1, 1))
	out.decide(rooms, func(i int) int { return rooms[i].Sign(last) })
	return out, nil
}

// decide adds the limit where the polynomials have signs.
func (l *logitLimits) decide(rooms []sym.Univariate, sign func(i int) int) {
	below, above := false, false
	for i := 0; i < len(rooms) && !(below && above); i++ {
		s := sign(i)
		below, above = below || s > 0, above || s < 0
	}
	l.limits = append(l.limits, theory.LimitBetween(below, above))
}

// walkRooms returns the polynomials that can be the largest, and those that can be the
// least, for some L > 0: none of those has only coefficients that are not above, or not
// below, those of another. They are in an order of their own; walks are those of
// walkCounts.
func walkRooms(s graph.Step, walks [][]*big.Int) (out []sym.Univariate, err error) {
	labels := s.Labels()
	degrees := make([][]*big.Int, len(walks))
	goal := make([]*big.Int, s.C+1)
	for j := range goal {
		goal[j] = new(big.Int)
	}
	choose := make([]*big.Int, s.C+1)
	for j := range choose {
		choose[j] = new(big.Int).Binomial(int64(s.C), int64(j))
	}
	for v, w := range walks {
		for j := range goal {
			degrees[v] = append(degrees[v], new(big.Int).Mul(choose[j], w[j+1]))
		}
	}
	for _, p := range labels {
		for j := range goal {
			goal[j].Add(goal[j], degrees[p][j])
		}
	}
	count := big.NewInt(int64(len(labels)))
	for _, side := range []int{1, -1} {
		var ends [][]*big.Int
		within := func(a, b []*big.Int) bool { // a is on no place beyond b
			for j := range a {
				if a[j].Cmp(b[j])*side > 0 {
					return false
				}
			}
			return true
		}
		for _, d := range degrees {
			if slices.ContainsFunc(ends, func(e []*big.Int) bool { return within(d, e) }) {
				continue
			}
			if ends = append(slices.DeleteFunc(ends, func(e []*big.Int) bool { return within(e, d) }), d); len(ends) > mostRooms {
				return nil, errors.New("critical logits: too many in-degrees that may be the largest or the least")
			}
		}
		slices.SortFunc(ends, func(a, b []*big.Int) int { return slices.CompareFunc(a, b, (*big.Int).Cmp) })
		for _, d := range ends {
			var f sym.Univariate
			for j := range goal {
				f = append(f, new(big.Int).Sub(goal[j], new(big.Int).Mul(count, d[j])))
			}
			for len(f) > 0 && f[len(f)-1].Sign() == 0 {
				f = f[:len(f)-1]
			}
			out = append(out, f)
		}
	}
	return out, nil
}

// rootNumber writes a root to so many digits.
func rootNumber(r *sym.Root, digits int) Number {
	if r.Exact() {
		return Exact(r.Low, digits)
	}
	fine := *r
	fine.Refine(int(ball.Bits(digits)) + 8 + fine.Low.Denom().BitLen())
	if fine.Exact() {
		return Exact(fine.Low, digits)
	}
	precision := ball.Bits(digits) + 64
	return Enclose(ball.New(precision).Union(ball.New(precision).SetRat(fine.Low), ball.New(precision).SetRat(fine.High)), digits)
}
