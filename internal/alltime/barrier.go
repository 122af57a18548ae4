package alltime

import (
	"fmt"
	"math/big"
	"slices"
	"strings"

	"muflow/internal/sym"
	"muflow/ode"
)

// A helper is a polynomial whose sign along the solution is known: it is ≥ 0,
// and > 0 if strict.
type helper struct {
	of     sym.Multivariate
	strict bool
}

// A barrier proves g > 0 or g ≥ 0 along every solution that stays in a box,
// without following one: write the numerator N of g (its denominator has a sign
// in the box), and along the flow
//
//	N' = q·N + r,   r ≥ 0 in the box.
//
// Lemma. If q is continuous and r ≥ 0 along a solution, then N(t) ≥
// N(0)·exp(∫_0^t q). Proof: (N·exp(−∫q))' = r·exp(−∫q) ≥ 0. So N > 0 at the
// start stays N > 0, and N ≥ 0 stays N ≥ 0, at all times of the solution; what
// is an equality at t = 0 and in the limit only is no obstacle.
//
// Quotient and remainder come from dividing N' by N as polynomials in each of
// the variables and atoms of N in turn, or q is one of a few numbers.
type barrier struct {
	flow    *flow
	box     []interval // in which the solutions stay
	forms   *forms
	helpers []helper
	decides func(p sym.Multivariate, s sign) (holds, ok bool) // exactly, may be nil
	cells   int                                               // that are left
	tries   int                                               // of claims that are left

	vanishes func(g *ode.Expr) bool // proves g > 0 where it tends to 0, may be nil
}

func (f *flow) barrier(box []interval) *barrier {
	return &barrier{flow: f, box: box, forms: f.forms(), cells: f.effort.Cells / 10, tries: mostClaims}
}

// mostClaims bounds the signs that one barrier tries to prove, factors among them,
// where eight terms count as one more.
const mostClaims = 400

// help adds an expression whose sign along the solution is known.
func (b *barrier) help(x *ode.Expr, strict bool) {
	f, err := b.forms.of(x)
	if err != nil {
		return
	}
	if _, ok := f.den.Rational(); !ok { // the sign of the numerator
		if positive, known := b.sign(f.den); !known {
			return
		} else if !positive {
			f.num = f.num.Neg()
		}
	}
	if _, constant := f.num.Rational(); constant {
		return
	}
	b.helpers = append(b.helpers, helper{f.num, strict})
	if names := f.num.Variables(); len(names) == 1 && len(f.num.Coefficients(names[0])) == 2 { // nothing divides it
		return
	}
	// What is left when variables with a sign are divided out has one too.
	rest := f.num
	for _, h := range b.factors(rest) {
		for h.strict && len(h.of.Variables()) == 1 {
			quotient, ok := rest.QuoExact(h.of)
			if !ok {
				break
			}
			rest = quotient
		}
	}
	if _, constant := rest.Rational(); !constant && !rest.Equal(f.num) {
		b.helpers = append(b.helpers, helper{rest, strict})
	}
}

const barrierCells = 300

// sign returns the strict sign of a polynomial over the box, if it has one.
func (b *barrier) sign(p sym.Multivariate) (positive, known bool) {
	x := b.flow.graded(b.forms.polynomial(p))
	value := x.over(b.box)
	if value.positive() || value.negative() {
		return value.positive(), true
	}
	if b.claim(p, isPositive, 3) {
		return true, true
	}
	if b.claim(p.Neg(), isPositive, 3) {
		return false, true
	}
	return false, false
}

// claim proves the sign of a polynomial over the box and along the solution:
// over cells, or by dividing out factors whose sign is known.
func (b *barrier) claim(p sym.Multivariate, s sign, depth int) bool {
	if p.IsZero() {
		return s == isNonNegative
	}
	if q, ok := p.Rational(); ok {
		return q.Sign() > 0
	}
	if b.decides != nil {
		if holds, ok := b.decides(p, s); ok {
			return holds
		}
	}
	if b.tries -= 1 + p.Len()/8; b.tries < 0 {
		return false
	}
	b.flow.effort.work.spend(multiplied(p, p) / 8)
	x := b.flow.graded(b.forms.polynomial(p))
	value, middle := x.look(b.box)
	if s.holds(value) {
		return true
	}
	if middle.negative() {
		return false
	}
	if depth > 0 {
		for _, h := range b.factors(p) {
			if s == isPositive && !h.strict {
				continue
			}
			if rest, ok := p.QuoExact(h.of); ok && b.claim(rest, s, depth-1) {
				return true
			}
		}
	}
	if b.cells <= 0 {
		return false
	}
	b.cells -= barrierCells
	if ok, _ := x.shown(s, b.box, barrierCells); ok {
		return true
	}
	return b.vanishes != nil && b.vanishes(x.expr)
}

// factors lists what may be divided out of p: helpers and variables of known
// sign, and squares of either.
func (b *barrier) factors(p sym.Multivariate) []helper {
	b.flow.effort.work.spend(int64(len(b.helpers)+len(p.Variables())) * int64(p.Len()+10) * 2 * termWork)
	out := append([]helper(nil), b.helpers...)
	for _, name := range p.Variables() {
		v := sym.Variable(name)
		switch value := b.flow.function(b.forms.atoms[name]).over(b.box)[0]; {
		case value.nonNegative():
			out = append(out, helper{v, value.positive()})
		case value.nonPositive():
			out = append(out, helper{v.Neg(), value.negative()})
		default:
			out = append(out, helper{v.Mul(v), false})
		}
	}
	for _, h := range b.helpers {
		out = append(out, helper{h.of.Mul(h.of), h.strict})
	}
	return out
}

// proves reports how g > 0 (or ≥ 0) is proved for all solutions.
func (b *barrier) proves(g *ode.Expr, s sign) (reason string, ok bool) {
	if reason, ok = b.keeps(g, s); ok {
		return reason, true
	}
	if h := withoutLogs(g); h != nil {
		if reason, ok = b.keeps(h, s); ok {
			return "in exponentials of both sides, " + reason, true
		}
	}
	return "", false
}

func (b *barrier) keeps(g *ode.Expr, s sign) (reason string, ok bool) {
	if !b.startHolds(g, s) || !b.defined(g) {
		return "", false
	}
	f, err := b.forms.of(g)
	if err != nil {
		return "", false
	}
	return b.divides(f)
}

// defined reports whether an expression is defined in all of the box, which its
// form may not tell.
func (b *barrier) defined(g *ode.Expr) bool {
	if !b.flow.function(g).over(b.box)[0].undefined {
		return true
	}
	ok, _ := b.flow.graded(g.Power(2)).shown(isNonNegative, b.box, barrierCells)
	return ok
}

// divides proves N' = q·N + r with r ≥ 0 for the numerator of a form.
func (b *barrier) divides(f form) (reason string, ok bool) {
	if _, constant := f.den.Rational(); !constant {
		positive, known := b.sign(f.den)
		if !known {
			return "", false
		}
		if !positive {
			f.num = f.num.Neg()
		}
	}
	n := f.num
	if _, constant := n.Rational(); constant {
		return "it is constant", true
	}
	slope, err := b.forms.of(b.flow.derivative(b.forms.polynomial(n)))
	if err != nil {
		return "", false
	}
	below, known := b.sign(slope.den)
	if !known {
		return "", false
	}
	if !below {
		slope = form{slope.num.Neg(), slope.den.Neg()}
	}
	// Nothing is cut into cells before every way is tried without.
	cells, tries := b.cells, b.tries
	b.cells = 0
	reason, ok = b.quotient(n, slope)
	if b.cells = cells; ok {
		return reason, true
	}
	b.tries = tries
	return b.quotient(n, slope)
}

// quotient proves N' = q·N + r with r ≥ 0, for the slope N' as a form with a
// denominator > 0.
func (b *barrier) quotient(n sym.Multivariate, slope form) (reason string, ok bool) {
	for _, name := range n.Variables() {
		factor, quotient, remainder := sym.Divide(slope.num, n, name)
		positive, known := b.sign(factor)
		if !known {
			continue
		}
		if !positive {
			quotient, remainder = quotient.Neg(), remainder.Neg()
			factor = factor.Neg()
		}
		if !b.claim(remainder, isNonNegative, 3) {
			continue
		}
		q := b.forms.expr(b.forms.reduced(form{quotient, factor.Mul(slope.den)}))
		if remainder.IsZero() {
			return fmt.Sprintf("the difference satisfies g' = q·g with q = %s, so it keeps its sign", b.flow.brief(q)), true
		}
		return fmt.Sprintf("the difference satisfies g' ≥ q·g with q = %s", b.flow.brief(q)), true
	}
	for _, k := range []int64{0, 1, 8, 64, 512} {
		if b.claim(slope.num.Add(n.Mul(slope.den).Mul(sym.Integer(int(k)))), isNonNegative, 2) {
			return fmt.Sprintf("the difference satisfies g' ≥ −%d·g", k), true
		}
	}
	return "", false
}

// startHolds proves the sign at t = 0, for every start.
func (b *barrier) startHolds(g *ode.Expr, s sign) bool {
	at := b.flow.atStart(g)
	if f, err := b.forms.of(at); err == nil {
		if f.num.IsZero() {
			return s == isNonNegative && b.flow.definedAtStart(g)
		}
		at = b.forms.expr(f)
		if ok, _ := b.flow.graded(at).shown(s, b.flow.start, barrierCells); ok && b.flow.definedAtStart(g) {
			return true
		}
		return false
	}
	ok, _ := b.flow.graded(at).shown(s, b.flow.start, barrierCells)
	return ok
}

// definedAtStart reports whether an expression is defined at every start.
func (f *flow) definedAtStart(g *ode.Expr) bool {
	v := f.function(g).over(f.start)[0]
	if !v.undefined {
		return true
	}
	// Cut into cells, each of which must be defined.
	ok, _ := f.graded(g.Power(2)).shown(isNonNegative, f.start, barrierCells)
	return ok
}

// named writes an expression with the names of the unknowns.
func (f *flow) named(x *ode.Expr) string {
	text := []byte(x.String())
	out := ""
	for i := 0; i < len(text); i++ {
		if text[i] == 'x' && i+1 < len(text) && text[i+1] >= '0' && text[i+1] <= '9' {
			k, j := 0, i+1
			for ; j < len(text) && text[j] >= '0' && text[j] <= '9'; j++ {
				k = 10*k + int(text[j]-'0')
			}
			if k < len(f.names) {
				out += f.names[k]
				i = j - 1
				continue
			}
		}
		out += string(text[i : i+1])
	}
	return out
}

// mostText and mostListed bound what a reason says of one expression, in
// characters, and of the unknowns.
const (
	mostText   = 80
	mostListed = 6
)

// brief is named, without what is within a long one.
func (f *flow) brief(x *ode.Expr) string {
	text := []rune(f.named(x))
	if len(text) > mostText {
		return string(text[:3*mostText/4]) + "…" + string(text[len(text)-mostText/4:])
	}
	return string(text)
}

// listed joins what is said of unknowns, of the first ones where there are many.
func listed(parts []string) string {
	if len(parts) > mostListed {
		parts = append(slices.Clone(parts[:mostListed]), "…")
	}
	return strings.Join(parts, ", ")
}

// short writes a number for reasons.
func short(x *big.Float) string { return x.Text('g', 6) }
