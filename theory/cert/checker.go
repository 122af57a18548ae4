package cert

import (
	"math/big"
	"reflect"
	"slices"
	"strings"
)

// A Checker checks one certificate after the other, and keeps the numbers that it computed last:
// certificates about one flow share most of them. Its verdicts are those of Check. The zero value is
// ready; it is for one goroutine.
type Checker struct {
	roots, exponentials, sums recent
	flow                      flow // of the last statement about a profile
}

// Accept is CheckFlow of the text that Encode writes, which it does without, and so without the
// limits on that text, MaxBytes and MaxDigits. The certificate stays as it is.
func (k *Checker) Accept(c Certificate) error {
	c.Format = Format
	return k.newStatement(c).check(c.keys(), false)
}

func (k *Checker) newStatement(c Certificate) *statement {
	return &statement{Checker: k, Certificate: c, least: MaxDegree}
}

// certificateKeys are the keys of a certificate in the order of its fields, and which of them are left
// out where they are empty.
var certificateKeys = func() (out []struct {
	name    string
	omitted bool
}) {
	fields := reflect.TypeFor[Certificate]()
	for i := range fields.NumField() {
		name, options, _ := strings.Cut(fields.Field(i).Tag.Get("json"), ",")
		out = append(out, struct {
			name    string
			omitted bool
		}{name, options == "omitempty"})
	}
	return out
}()

// keys returns those that the text of a certificate has, and sets what it leaves out to what is read then.
func (c *Certificate) keys() map[string]bool {
	keys, value := make(map[string]bool, len(certificateKeys)), reflect.ValueOf(c).Elem()
	for i, key := range certificateKeys {
		x := value.Field(i)
		if key.omitted && (x.IsZero() || (x.Kind() == reflect.Slice || x.Kind() == reflect.Map) && x.Len() == 0) {
			x.SetZero()
			continue
		}
		keys[key.name] = true
	}
	return keys
}

// A flow is what statements about one profile share, with the gains, starts and grid of a certificate:
// the numbers that weigh sets, once they are; the numbers around μ* that were proved; and the sign of
// d* − F(0), with whether it depends on α.
type flow struct {
	loss              string
	grid              uint
	gains             [4]*big.Rat // α, μ(0), and those of the carry-over
	profile           *Profile
	e, y              interval
	q, p, top         poly
	weighed           bool
	mu                [2]*big.Int
	sign              int
	signed, usesAlpha bool
}

// resume has the statement share what is kept of the last flow, if it is about the same.
func (s *statement) resume() *flow {
	f, gains := &s.flow, [4]*big.Rat{s.Alpha, s.Start}
	if s.Carry != nil {
		gains[2], gains[3] = s.Carry.Ratio, s.Carry.Weight
	}
	alike := f.profile != nil && f.loss == s.Loss && f.grid == s.Grid && slices.Equal(f.profile.Classes, s.Profile.Classes) &&
		f.profile.N == s.Profile.N && f.profile.K == s.Profile.K && f.profile.TargetDegree == s.Profile.TargetDegree && f.profile.Labels == s.Profile.Labels
	for i, x := range gains {
		alike = alike && (x == nil) == (f.gains[i] == nil) && (x == nil || x.Cmp(f.gains[i]) == 0)
	}
	if !alike { // copies, as what a certificate points to may change
		*f = flow{loss: s.Loss, grid: s.Grid, profile: new(*s.Profile)}
		f.profile.Classes = slices.Clone(s.Profile.Classes)
		for i, x := range gains {
			if x != nil {
				f.gains[i] = new(big.Rat).Set(x)
			}
		}
	}
	return f
}

// A recent holds the last values of a function of intervals, by what they are values at.
type recent struct {
	at     [24]argument
	values [24]interval
	next   int
}

// An argument is what 1/√x, exponentials and sums Σ c·e^a·y^d are computed from.
type argument struct {
	bits uint
	x, e interval
	p    poly
}

func (a argument) equal(b argument) bool {
	return a.bits == b.bits && a.x.equal(b.x) && a.e.equal(b.e) &&
		slices.EqualFunc(a.p, b.p, func(x, y monomial) bool { return x.d == y.d && x.a == y.a && x.c.Cmp(y.c) == 0 })
}

func (x interval) equal(y interval) bool { return same(x.lo, y.lo) && same(x.hi, y.hi) }

func same(x, y *big.Int) bool { return x == y || x != nil && y != nil && x.Cmp(y) == 0 }

// of returns the value at an argument, which nothing may change later on.
func (r *recent) of(a argument, value func() interval) interval {
	for i, b := range r.at {
		if b.bits > 0 && a.equal(b) {
			return r.values[i]
		}
	}
	x := value()
	r.at[r.next], r.values[r.next] = a, x
	r.next = (r.next + 1) % len(r.at)
	return x
}
