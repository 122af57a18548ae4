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
type Checker struct{ roots, exponentials, sums recent }

// Accept is CheckFlow of the text that Encode writes, which it does without, and so without the
// limits on that text, MaxBytes and MaxDigits. The certificate stays as it is.
func (k *Checker) Accept(c Certificate) error {
	c.Format = Format
	return k.newStatement(c).check(c.keys(), false)
}

func (k *Checker) newStatement(c Certificate) *statement {
	return &statement{Checker: k, Certificate: c, least: MaxDegree}
}

// keys returns those that the text of a certificate has, and sets what it leaves out to what is read then.
func (c *Certificate) keys() map[string]bool {
	keys, value := map[string]bool{}, reflect.ValueOf(c).Elem()
	for i := range value.NumField() {
		name, options, _ := strings.Cut(value.Type().Field(i).Tag.Get("json"), ",")
		x := value.Field(i)
		empty := x.IsZero() || (x.Kind() == reflect.Slice || x.Kind() == reflect.Map) && x.Len() == 0
		if keys[name] = true; empty && options == "omitempty" {
			delete(keys, name)
			x.SetZero()
		}
	}
	return keys
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
