package report

import (
	"context"
	"fmt"
	"math/big"
	"regexp"
	"strings"

	"muflow/internal/script"
	"muflow/internal/sym"
	"muflow/prove"
	"muflow/theory"
)

// A ProfileQuestion says what ProfileLaTeX writes of the flow of a profile.
type ProfileQuestion struct {
	Profile      *theory.Profile
	Loss         theory.Loss
	Alpha, Start *big.Rat // α and μ(0), 0 if nil
	Until        *big.Rat // where the flow is enclosed, nil for nowhere
	Digits       int
}

// ProfileLaTeX writes a whole LaTeX document, which needs amsmath: the constants
// of a profile, the rational form of its flow, the closed form of its elementary
// solution, its equilibrium and the constants of Theorem 1. What is exact is
// written exactly, all else as an enclosure.
// theory.md sections 2 and 3.
func ProfileLaTeX(ctx context.Context, q ProfileQuestion) (string, error) {
	if q.Start == nil {
		q.Start = new(big.Rat)
	}
	form, err := prove.ClosedFormOf(ctx, q.Profile, q.Loss, q.Alpha, q.Start, q.Digits)
	if err != nil {
		return "", err
	}
	x := &latexDocument{question: q, form: form}
	x.line(`\documentclass{article}`)
	x.line(`\usepackage{amsmath}`)
	x.line(`\allowdisplaybreaks`)
	x.line(`\begin{document}`)
	x.constants()
	x.rational()
	x.closed()
	if err := x.numbers(ctx); err != nil {
		return "", err
	}
	x.line(`\end{document}`)
	return x.text.String(), nil
}

type latexDocument struct {
	text     strings.Builder
	question ProfileQuestion
	form     *prove.ClosedForm
}

func (x *latexDocument) line(format string, a ...any) {
	if len(a) == 0 {
		x.text.WriteString(format + "\n")
		return
	}
	fmt.Fprintf(&x.text, format+"\n", a...)
}

// align writes rows of one environment.
func (x *latexDocument) align(rows []string) {
	if len(rows) > 0 {
		x.line(`\begin{align*}`)
		x.line("  %s", strings.Join(rows, " \\\\\n  "))
		x.line(`\end{align*}`)
	}
}

var latexExponent = regexp.MustCompile(`e(-?[0-9]+)`)

// latexNumber writes an enclosure: its common digits and both uncertain ends.
func latexNumber(x prove.Number) string {
	return latexExponent.ReplaceAllString(strings.ReplaceAll(x.String(), ", ", `,\ `), `\cdot 10^{$1}`)
}

// latexComplex writes a number with an imaginary part, if it has one.
func latexComplex(re, im *prove.Number) string {
	text := latexNumber(*re)
	if im == nil {
		return text
	}
	imaginary := latexNumber(*im)
	if !strings.HasPrefix(imaginary, "-") {
		imaginary = "+ " + imaginary
	}
	return text + " " + imaginary + `\,\mathrm{i}`
}

func (x *latexDocument) constants() {
	p, q := x.question.Profile, x.question
	x.line("One step of one instance: its numbers, with $s = 1/\\sqrt{K}$ and $e = \\exp(\\alpha s)$.")
	x.align([]string{
		fmt.Sprintf(`n &= %d, & K &= %d, & s &= 1/\sqrt{%d}, & \alpha &= %s,`, p.N, p.K, p.K, script.LatexNumber(q.Alpha)),
		fmt.Sprintf(`d^* &= %s, & d_{\min} &= %d, & d_{\max} &= %d, & \kappa &= \frac{\alpha^2}{nK} = %s.`,
			script.LatexNumber(p.TargetDegree.Rat()), p.MinDegree(), p.MaxDegree(), script.LatexNumber(kappaOf(p, q.Alpha))),
	})
}

// kappaOf returns κ = α²/(nK).
func kappaOf(p *theory.Profile, alpha *big.Rat) *big.Rat {
	kappa := new(big.Rat).Mul(alpha, alpha)
	return kappa.Quo(kappa, big.NewRat(int64(p.N)*int64(p.K), 1))
}

// latexScalar writes a polynomial in e.
func latexScalar(a sym.Scalar) (text string, terms int) {
	for i := 0; i <= a.Degree(); i++ {
		c := a.Coefficient(i)
		if c.Sign() == 0 {
			continue
		}
		power := latexPower("e", i)
		text += latexTerm(terms == 0, c, power)
		terms++
	}
	return text, terms
}

func latexPower(of string, i int) string {
	switch i {
	case 0:
		return ""
	case 1:
		return of
	}
	return fmt.Sprintf("%s^{%d}", of, i)
}

// latexTerm writes a number times a power with its sign, which the first term has
// only if it is negative.
func latexTerm(first bool, c *big.Int, power string) string {
	sign := " + "
	switch {
	case c.Sign() < 0 && first:
		sign = "-"
	case c.Sign() < 0:
		sign = " - "
	case first:
		sign = ""
	}
	size := new(big.Int).Abs(c).String()
	if size == "1" && power != "" {
		size = ""
	}
	return sign + size + power
}

// termsPerLine is how many terms of a polynomial stand on a line.
const termsPerLine = 5

// latexPolynomial writes a polynomial in y over Z[e] as lines of an align.
func latexPolynomial(name string, p sym.Poly) []string {
	var rows []string
	row, count := name+" ={}& ", 0
	for i := 0; i <= p.Degree(); i++ {
		c := p.Coefficient(i)
		if c.IsZero() {
			continue
		}
		if count > 0 && count%termsPerLine == 0 {
			rows = append(rows, strings.TrimRight(row, " "))
			row = "& "
		}
		coefficient, terms := latexScalar(c)
		power := latexPower("y", i)
		if power != "" && terms == 1 && (coefficient == "1" || coefficient == "-1") {
			coefficient = strings.TrimSuffix(coefficient, "1")
		}
		negative := terms == 1 && strings.HasPrefix(coefficient, "-")
		switch {
		case terms > 1 && power != "":
			coefficient = "(" + coefficient + ")"
		case terms > 1 && count > 0:
			coefficient = "(" + coefficient + ")"
		}
		switch {
		case count > 0 && negative:
			row += " - " + strings.TrimPrefix(coefficient, "-") + power
		case count > 0:
			row += " + " + coefficient + power
		default:
			row += coefficient + power
		}
		count++
	}
	if count == 0 {
		row += "0"
	}
	return append(rows, row)
}

func (x *latexDocument) rational() {
	r, top, bottom := x.form.Rational, "R", "Q"
	x.line("With $y = \\exp(\\alpha s \\mu)$ the flow under the %s loss is rational,", x.question.Loss)
	if x.question.Loss == theory.CoconutBFS {
		top, bottom = "N", "D"
		x.line("with $N = n_{\\mathrm{out}} P$ and $D = Q_{\\mathrm{in}} Q$:")
	}
	rate := `\kappa`
	if r.Kappa.Cmp(kappaOf(x.question.Profile, x.question.Alpha)) != 0 { // the denominator of d* stands in R
		rate = script.LatexNumber(r.Kappa) + `\,`
	}
	rows := []string{fmt.Sprintf(`y' ={}& %s y\, \frac{%s(y)}{%s(y)}, \qquad y(0) = \exp(\alpha s \mu_0), \quad \mu_0 = %s,`, rate, top, bottom, script.LatexNumber(x.question.Start))}
	rows = append(rows, latexPolynomial(top+"(y)", r.Numerator)...)
	rows[len(rows)-1] += ","
	rows = append(rows, latexPolynomial(bottom+"(y)", r.Denominator)...)
	rows[len(rows)-1] += "."
	x.align(rows)
}

// closed writes the closed form and its numbers.
func (x *latexDocument) closed() {
	f := x.form
	if f.Stationary {
		x.line(`The start is an equilibrium, as integers prove: $\mu(t) = %s$ for all $t$.`, script.LatexNumber(x.question.Start))
		return
	}
	var parts, values []string
	series := func(name string, list []prove.Number) {
		for k, c := range list {
			values = append(values, fmt.Sprintf(`%s_{%d} &= %s`, name, k, latexNumber(c)))
		}
	}
	if len(f.Polynomial) > 0 {
		parts = append(parts, fmt.Sprintf(`(z-1) \sum_{k=0}^{%d} p_k z^k`, len(f.Polynomial)-1))
		series("p", f.Polynomial)
	}
	if len(f.Origin) > 0 {
		parts = append(parts, `o_0 \log z`)
		if len(f.Origin) > 1 {
			parts = append(parts, fmt.Sprintf(`\sum_{l=1}^{%d} \frac{o_l}{l} \bigl(1 - z^{-l}\bigr)`, len(f.Origin)-1))
		}
		if gap := x.firstTerm(); gap != nil {
			values = append(values, `o_{0} &= \frac{1}{d^* - d_{\min}} = `+script.LatexNumber(gap))
		} else {
			series("o", f.Origin)
		}
	}
	number, most := 0, 0
	add := func(r prove.ClosedRoot, conjugate bool) {
		number++
		value := func(re, im *prove.Number) string {
			if conjugate {
				return fmt.Sprintf(`\overline{%s}`, latexComplex(re, im))
			}
			return latexComplex(re, im)
		}
		values = append(values, fmt.Sprintf(`z_{%d} &= %s`, number, value(r.Re, r.Im)))
		for l, c := range r.Principal {
			most = max(most, l)
			values = append(values, fmt.Sprintf(`\rho_{%d,%d} &= %s`, number, l, value(c[0], c[1])))
		}
	}
	for _, r := range f.Roots {
		if add(r, false); r.Im != nil {
			add(r, true)
		}
	}
	if number > 0 {
		parts = append(parts, fmt.Sprintf(`\sum_{i=1}^{%d} \rho_{i,0} \operatorname{Log} \frac{z - z_i}{1 - z_i}`, number))
		if most > 0 {
			parts = append(parts, fmt.Sprintf(`\sum_{i=1}^{%d} \sum_{l=1}^{%d} \frac{\rho_{i,l}}{l} \bigl((1-z_i)^{-l} - (z-z_i)^{-l}\bigr)`, number, most))
		}
	}
	rate := script.LatexNumber(f.Rational.Kappa)
	x.line(`Its solution is elementary, with $z = y/y(0)$, the roots $z_i$ of the numerator over $y(0)$ and principal logarithms:`)
	x.align([]string{rate + ` t ={}& ` + strings.Join(parts, " \\\\\n  & + ")})
	if most > 0 {
		x.line(`Coefficients $\rho_{i,l}$ that are not listed are $0$.`)
	}
	x.align(commas(values))
}

// firstTerm returns the coefficient of log z where it is known exactly:
// 1/(d* − d_min) under the Coconut loss with d_min < d*.
func (x *latexDocument) firstTerm() *big.Rat {
	p := x.question.Profile
	gap := p.TargetDegree.Rat()
	if gap.Sub(gap, big.NewRat(int64(p.MinDegree()), 1)); x.question.Loss != theory.Coconut || gap.Sign() <= 0 || len(x.form.Origin) != 1 {
		return nil
	}
	return gap.Inv(gap)
}

// commas ends rows with commas and the last one with a stop.
func commas(rows []string) []string {
	for i := range rows {
		if i == len(rows)-1 {
			rows[i] += "."
		} else {
			rows[i] += ","
		}
	}
	return rows
}

// numbers writes the equilibrium and the constants of Theorem 1 whose premises hold.
func (x *latexDocument) numbers(ctx context.Context) error {
	q := x.question
	e, err := prove.EquilibriumOf(ctx, q.Profile, q.Alpha, q.Digits)
	if err != nil {
		return err
	}
	var rows []string
	switch e.Limit {
	case theory.FiniteLimit:
		rows = append(rows, `\mu^* &= `+latexNumber(prove.Enclose(e.Mu, q.Digits)))
	case theory.PlusInfinity:
		rows = append(rows, `\lim_{t\to\infty} \mu(t) &= +\infty \quad \text{under the Coconut loss}`)
	case theory.MinusInfinity:
		rows = append(rows, `\lim_{t\to\infty} \mu(t) &= -\infty \quad \text{under the Coconut loss}`)
	}
	subject := &prove.Subject{Profile: q.Profile, Alpha: q.Alpha, Digits: q.Digits}
	for _, c := range []struct{ claim, value, name string }{
		{"T1b-ceiling", "ceiling", `\text{ceiling of } \mu^*`}, {"T1a-lower", "b_lo", `b_{\mathrm{lo}}`}, {"T1a-upper", "b_hi", `b_{\mathrm{hi}}`},
	} {
		claim, known := prove.ClaimByID(c.claim)
		if !known {
			continue
		}
		reason, err := claim.Premise(ctx, subject)
		if err != nil || reason != "" {
			if err != nil {
				return err
			}
			continue
		}
		result, err := claim.Decide(ctx, subject)
		if err != nil {
			return err
		}
		if value, ok := result.Values[c.value]; ok {
			rows = append(rows, c.name+" &= "+latexNumber(value))
		}
	}
	if q.Until != nil {
		flow, err := prove.FlowOf(ctx, q.Profile, prove.FlowRequest{Loss: q.Loss, Alpha: q.Alpha, Start: q.Start, Times: []*big.Rat{q.Until}, Digits: q.Digits})
		if err != nil {
			return err
		}
		rows = append(rows, fmt.Sprintf(`\mu(%s) &= %s`, script.LatexNumber(q.Until), latexNumber(flow.Mu[0])))
	}
	if len(rows) > 0 {
		x.line(`The equilibrium under the Coconut loss, and the constants of Theorem 1 from $\mu(0) = 0$ whose premises hold; brackets hold both ends of what is enclosed:`)
	}
	x.align(commas(rows))
	return nil
}
