package prove

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"muflow/internal/strict"
	"muflow/ode/ball"
	"muflow/theory"
	"muflow/theory/cert"
)

// Evidence tells how a number was obtained. The zero value claims nothing
// beyond an approximation.
type Evidence uint8

// The two kinds of evidence.
const (
	Approximate Evidence = iota // two runs at different order and precision, their difference widened tenfold
	Enclosure                   // proved: lo ≤ value ≤ hi
)

// String returns the word used in JSON.
func (e Evidence) String() string {
	if e == Enclosure {
		return "enclosure"
	}
	return "approximate"
}

// MarshalText writes the word used in JSON.
func (e Evidence) MarshalText() ([]byte, error) { return []byte(e.String()), nil }

// UnmarshalText reads what MarshalText writes.
func (e *Evidence) UnmarshalText(text []byte) error {
	for _, known := range []Evidence{Approximate, Enclosure} {
		if known.String() == string(text) {
			*e = known
			return nil
		}
	}
	return fmt.Errorf("unknown evidence %q", text)
}

// A Number is a real number between two decimal strings, rounded outward.
type Number struct {
	Lo       string   `json:"lo"`
	Hi       string   `json:"hi"`
	Evidence Evidence `json:"evidence"`
}

// maxPlaces bounds the decimal exponents of ends, as ball.ParseInterval does.
const maxPlaces = 1_000_000

// isBounded reports whether both ends are decimals, of some length.
func (x Number) isBounded() bool {
	for _, end := range []string{x.Lo, x.Hi} {
		if _, exponent, ok := strings.Cut(end, "e"); ok {
			if n, err := strconv.Atoi(exponent); err != nil || n > maxPlaces || n < -maxPlaces {
				return false
			}
		}
		if end == "" || strings.ContainsAny(end, "IN") { // Infinity, NaN
			return false
		}
	}
	return true
}

// MarshalJSON writes a bounded number; any other is an error.
func (x Number) MarshalJSON() ([]byte, error) {
	type plain Number
	if !x.isBounded() {
		return nil, fmt.Errorf("the number %v has no bound", x)
	}
	return json.Marshal(plain(x))
}

// UnmarshalJSON reads what MarshalJSON writes: two decimals in order.
func (x *Number) UnmarshalJSON(text []byte) error {
	type plain Number
	if err := strict.Unmarshal(text, (*plain)(x)); err != nil {
		return err
	}
	_, err := x.Ball(64)
	return err
}

// Ball returns the number as a ball at the given precision that contains it.
func (x Number) Ball(precision uint) (*ball.Ball, error) {
	return ball.ParseInterval(x.Lo, x.Hi, precision)
}

// Minus encloses x − y to so many digits, and tells whether the two enclosures
// have no number in common.
func (x Number) Minus(y Number, digits int) (difference Number, apart bool, err error) {
	const precision = 160
	a, err := x.Ball(precision)
	if err != nil {
		return Number{}, false, err
	}
	b, err := y.Ball(precision)
	if err != nil {
		return Number{}, false, err
	}
	apart = !a.Overlaps(b)
	return Enclose(a.Sub(a, b), digits), apart, nil
}

// String writes the common digits and, in brackets, both uncertain ends:
// 0.72140[8,9], 1.2[3,4]e-9; without common digits [lo, hi].
func (x Number) String() string {
	if x.Lo == x.Hi {
		return x.Lo
	}
	low, exponent, _ := strings.Cut(x.Lo, "e")
	high, other, _ := strings.Cut(x.Hi, "e")
	for _, at := range []*string{&low, &high} { // to the same length
		if missing := max(len(low), len(high)) - len(*at); missing > 0 && strings.Contains(*at, ".") {
			*at += strings.Repeat("0", missing)
		}
	}
	common := 0
	for common < min(len(low), len(high)) && low[common] == high[common] {
		common++
	}
	ends := low[common:] + high[common:]
	if exponent != other || len(low) != len(high) || strings.Trim(ends, "0123456789") != "" || strings.Trim(low[:common], "-") == "" {
		return "[" + x.Lo + ", " + x.Hi + "]"
	}
	text := low[:common] + "[" + low[common:] + "," + high[common:] + "]"
	if exponent != "" {
		text += "e" + exponent
	}
	return text
}

// Width returns hi − lo, exactly, nil if they are not numbers.
func (x Number) Width() *big.Rat {
	lo, hi, ok := x.ends()
	if !ok {
		return nil
	}
	return hi.Sub(hi, lo)
}

func (x Number) ends() (lo, hi *big.Rat, ok bool) {
	lo, okLo := new(big.Rat).SetString(x.Lo)
	hi, okHi := new(big.Rat).SetString(x.Hi)
	return lo, hi, okLo && okHi
}

// A Place is the 0-based place of an instance in its data, or AllInstances.
type Place int

// AllInstances stands for all instances together, a population.
const AllInstances Place = -1

// String returns the number, or "population".
func (p Place) String() string {
	if p == AllInstances {
		return "population"
	}
	return strconv.Itoa(int(p))
}

// MarshalJSON writes the number, or the word of String.
func (p Place) MarshalJSON() ([]byte, error) {
	if p == AllInstances {
		return []byte(`"population"`), nil
	}
	return strconv.AppendInt(nil, int64(p), 10), nil
}

// UnmarshalJSON reads what MarshalJSON writes.
func (p *Place) UnmarshalJSON(text []byte) error {
	if string(text) == `"population"` {
		*p = AllInstances
		return nil
	}
	n, err := strconv.Atoi(string(text))
	if err != nil || n < 0 {
		return fmt.Errorf("instance %s, expected a number ≥ 0 or \"population\"", text)
	}
	*p = Place(n)
	return nil
}

// Counted writes a number of things, with the noun in its grammatical number.
func Counted(n int, noun string) string {
	return fmt.Sprintf("%d %s", n, Plural(n, noun, noun+"s"))
}

// Plural returns the words for one thing, or those for any other number of them.
func Plural(n int, one, other string) string {
	if n == 1 {
		return one
	}
	return other
}

// A Where says on what a claim was decided.
type Where struct {
	Instance Place `json:"instance"`
	Step     int   `json:"step"` // c, the number of thoughts already generated
}

// A Result is the verdict of one claim on one instance and step.
type Result struct {
	Claim string `json:"id"`
	Where
	Gain    string            `json:"gain,omitempty"` // value gain of softmax attention
	Verdict theory.Verdict    `json:"verdict"`
	Reason  string            `json:"reason"`
	Values  map[string]Number `json:"values,omitempty"`

	Certificate *cert.Certificate `json:"-"`                     // on the profile, if the claim is proved by one
	File        string            `json:"certificate,omitempty"` // where WriteCertificates put it
}

// settle leaves a result undecided in which a number has no bound.
func (r *Result) settle() {
	for _, name := range slices.Sorted(maps.Keys(r.Values)) {
		if !r.Values[name].isBounded() {
			delete(r.Values, name)
			r.Verdict, r.Certificate = theory.Undecided, nil
			r.Reason += fmt.Sprintf("; %s is not bounded: numbers reach 10^±%d", name, maxPlaces)
		}
	}
}

// reaches reports whether the text is as narrow as hi − lo ≤ 10^−digits·|value|
// for every value in it.
func (x Number) reaches(digits int) bool {
	lo, placesLo, okLo := decimal(x.Lo)
	hi, placesHi, okHi := decimal(x.Hi)
	if !okLo || !okHi || max(placesLo-placesHi, placesHi-placesLo) > maxPlaces {
		return false
	}
	// In units of the last place of both.
	if placesLo < placesHi {
		lo.Mul(lo, powerOfTen(placesHi-placesLo))
	} else if placesHi < placesLo {
		hi.Mul(hi, powerOfTen(placesLo-placesHi))
	}
	width, signs := new(big.Int).Sub(hi, lo), lo.Sign()*hi.Sign()
	if width.Sign() <= 0 || signs <= 0 {
		return width.Sign() == 0
	}
	width.Mul(width, powerOfTen(digits))
	return width.CmpAbs(lo) <= 0 && width.CmpAbs(hi) <= 0
}

func powerOfTen(n int) *big.Int { return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil) }

// decimal reads a decimal number as n·10^−places.
func decimal(text string) (n *big.Int, places int, ok bool) {
	body, exponent, scaled := strings.Cut(text, "e")
	if scaled {
		e, err := strconv.Atoi(exponent)
		if err != nil {
			return nil, 0, false
		}
		places = -e
	}
	whole, fraction, _ := strings.Cut(body, ".")
	n, ok = new(big.Int).SetString(whole+fraction, 10)
	return n, places + len(fraction), ok
}
