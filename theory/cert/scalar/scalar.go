// Package scalar is the format and the checker of certificates about one unknown whose flow is a
// rational function,
//
//	x' = N(x)/D(x),  x(0) anywhere in an interval,
//
// with integer coefficients. It needs nothing else of the project, and integers and fractions only.
//
//	summary, err := scalar.Check(text) // err is nil exactly if text proves summary.Statement
//
// A certificate is one line of JSON: the flow, the starts, a claim of a closed vocabulary (see
// Claims), and what proves it: intervals that isolate the equilibria that matter, so narrow that
// nothing else happens in them, and square factors of what touches 0. Each statement has one text:
// Check compares it with Encode of what it read. No free text is in it, so none can mislead.
package scalar

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/big"
	"slices"
)

// Format names the certificate format.
const Format = "muflow/scalar/1"

// Claims are the statements that a certificate may make, of all solutions from the starts at all
// t ≥ 0; unique_equilibrium and invariant are about all states.
var Claims = []string{"always", "limit", "infinite", "converges", "increases", "decreases", "unique_equilibrium", "invariant"}

// Limits that bound the time and memory of a check.
const (
	MaxBytes     = 1 << 16
	MaxDigits    = 160 // of a number
	MaxDegree    = 24
	MaxRelations = 8
	MaxMarks     = 48
)

// A Polynomial has its constant coefficient first, and none for 0.
type Polynomial []*big.Int

// A Quotient is a quotient of polynomials, not in lowest terms: it is undefined where the
// denominator is 0.
type Quotient struct {
	Numerator   Polynomial `json:"numerator"`
	Denominator Polynomial `json:"denominator"`
}

// An Interval is that of the numbers from the first to the second.
type Interval [2]*big.Rat

// The signs that a relation may say that a quotient has.
const (
	Positive    = "positive"
	NonNegative = "nonnegative"
	Zero        = "zero"
)

// A Relation says which sign a quotient has.
type Relation struct {
	Quotient
	Sign   string     `json:"sign"`
	Square Polynomial `json:"square,omitempty"` // S: the numerator is S²·R, for NonNegative with zeros of even order
}

// A Root is the only root of a polynomial between two numbers.
type Root struct {
	Of Polynomial `json:"of"`
	In Interval   `json:"in"`
}

// A Certificate is one claim about one flow, and what proves it.
type Certificate struct {
	Format    string     `json:"format"`
	Flow      Quotient   `json:"flow"`
	Start     *Interval  `json:"start,omitempty"` // starts; none of unique_equilibrium and invariant
	Claim     string     `json:"claim"`
	Relations []Relation `json:"relations,omitempty"` // of always and invariant
	Of        *Quotient  `json:"of,omitempty"`        // X, of limit, infinite, converges, increases and decreases
	Value     *big.Rat   `json:"value,omitempty"`     // of limit, or
	Root      *Root      `json:"root,omitempty"`
	Sign      int        `json:"sign,omitempty"`   // of infinite
	Box       *Interval  `json:"box,omitempty"`    // of unique_equilibrium
	Marks     []Interval `json:"marks,omitempty"`  // around equilibria, or for invariant around all zeros of the relations
	Square    Polynomial `json:"square,omitempty"` // S: X' is S²·R·f/Q², of increases and decreases
}

// Subject is what a certificate is about, without what proves it.
func (c Certificate) Subject() Certificate {
	c.Marks, c.Square, c.Relations = nil, nil, slices.Clone(c.Relations)
	for i := range c.Relations {
		c.Relations[i].Square = nil
	}
	return c
}

// A Summary is a certificate that was checked, and what it proves.
type Summary struct {
	Certificate
	Statement string
}

// Encode writes a certificate on one line, with the format filled in.
func Encode(c Certificate) ([]byte, error) {
	c.Format = Format
	text, err := json.Marshal(c)
	return append(text, '\n'), err
}

// Check proves a certificate or says where it fails. It does not trust the text: any bytes give a
// proof or an error, in bounded time and memory.
func Check(data []byte) (Summary, error) {
	c := &checker{chains: map[string][]Polynomial{}, divisors: map[string]Polynomial{}}
	c.readable(data)
	if c.err == nil {
		c.err = json.Unmarshal(data, &c.Certificate)
	}
	if c.err == nil {
		text, err := Encode(c.Certificate)
		c.need(err == nil && bytes.Equal(text, data), "not the text that Encode writes, expected %q", Format)
	}
	for _, step := range []func(){c.shape, c.prove} {
		if c.err == nil {
			step()
		}
	}
	if c.err != nil {
		return Summary{}, c.err
	}
	return Summary{c.Certificate, c.statement()}, nil
}

// A checker is a certificate at work.
type checker struct {
	Certificate
	chains   map[string][]Polynomial // of Sturm, by polynomial
	divisors map[string]Polynomial   // common ones of two
	marks    []place
	pieces   []piece
	err      error // the first thing that fails
}

// need keeps the first condition that fails.
func (c *checker) need(ok bool, format string, values ...any) bool {
	if !ok && c.err == nil {
		c.err = fmt.Errorf(format, values...)
	}
	return c.err == nil
}

// readable refuses long texts and numbers before they are read, and numbers with an exponent.
func (c *checker) readable(data []byte) {
	c.need(len(data) <= MaxBytes, "%d bytes, expected at most %d", len(data), MaxBytes)
	digits := 0
	for _, b := range data {
		switch {
		case '0' <= b && b <= '9':
			digits++
		case digits > 0 && bytes.IndexByte([]byte("],/\"}"), b) < 0:
			c.need(false, "%q after a digit", b)
		default:
			digits = 0
		}
		if !c.need(digits <= MaxDigits, "a number with more than %d digits", MaxDigits) {
			return
		}
	}
}

// shape tests that what the claim needs is there, and nothing else, within the limits.
func (c *checker) shape() {
	is := func(names ...string) bool { return slices.Contains(names, c.Claim) }
	c.need(is(Claims...), "claim: expected one of %v", Claims)
	about := is("limit", "infinite", "converges", "increases", "decreases")
	c.need((c.Of != nil) == about, "of: expected it exactly where the claim is about one quotient")
	c.need((len(c.Relations) > 0) == is("always", "invariant") && len(c.Relations) <= MaxRelations, "relations: expected 1 to %d of always and invariant", MaxRelations)
	c.need((c.Start != nil) == !is("unique_equilibrium", "invariant"), "start: expected it of claims about solutions")
	c.need((c.Box != nil) == is("unique_equilibrium"), "box: expected it of unique_equilibrium")
	c.need((c.Value != nil) != (c.Root != nil) == is("limit") && (is("limit") || c.Value == nil && c.Root == nil), "value, root: expected one of them of limit")
	c.need((c.Sign == 1 || c.Sign == -1) == is("infinite") && (is("infinite") || c.Sign == 0), "sign: expected 1 or -1 of infinite")
	c.need(c.Square == nil || is("increases", "decreases"), "square: of no use here")
	c.need(len(c.Marks) <= MaxMarks && (len(c.Marks) == 0 || !is("unique_equilibrium")), "marks: too many, or of no use")
	quotients, polynomials := []Quotient{c.Flow}, []Polynomial{}
	if c.Of != nil {
		quotients = append(quotients, *c.Of)
	}
	for _, r := range c.Relations {
		c.need(r.Sign == Positive || r.Sign == NonNegative || r.Sign == Zero, "relations: expected %s, %s or %s", Positive, NonNegative, Zero)
		c.need(r.Square == nil || r.Sign == NonNegative && c.Claim == "always", "square: of no use here")
		quotients = append(quotients, r.Quotient)
		if r.Square != nil {
			polynomials = append(polynomials, r.Square)
		}
	}
	for _, q := range quotients {
		c.need(len(q.Denominator) > 0, "a denominator that is 0")
		c.need(q.Numerator != nil, "a numerator that is missing")
		polynomials = append(polynomials, q.Numerator, q.Denominator)
	}
	if c.Square != nil {
		polynomials = append(polynomials, c.Square)
	}
	intervals := slices.Clone(c.Marks)
	for _, i := range []*Interval{c.Start, c.Box} {
		if i != nil {
			intervals = append(intervals, *i)
		}
	}
	if c.Root != nil {
		polynomials, intervals = append(polynomials, c.Root.Of), append(intervals, c.Root.In)
	}
	for _, p := range polynomials {
		c.need(len(p) <= MaxDegree+1 && !slices.Contains(p, nil), "a polynomial of more than degree %d, or with a missing coefficient", MaxDegree)
		if c.err == nil {
			c.need(len(p) == 0 || p[len(p)-1].Sign() != 0, "a polynomial whose leading coefficient is 0")
		}
	}
	for _, i := range intervals {
		if c.need(i[0] != nil && i[1] != nil, "an interval without ends") {
			c.need(i[0].Cmp(i[1]) <= 0, "an interval that ends before it begins")
		}
	}
	c.need(len(c.Flow.Numerator) > 0, "flow: nothing moves")
}
