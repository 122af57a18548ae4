package theory

import (
	"encoding/json"
	"fmt"
	"math/big"
	"regexp"
	"strconv"
	"strings"
)

// A Degree is d*, the mean in-degree of the labels of a step, as a fraction
// Num/Den in lowest terms with Den ≥ 1: an integer where one label is shown,
// as under graph.PathLaw. The zero value is none.
type Degree struct{ Num, Den int }

// WholeDegree returns d as a Degree.
func WholeDegree(d int) Degree { return Degree{d, 1} }

// MeanDegree returns the mean of so many in-degrees with a sum; count ≥ 1.
func MeanDegree(sum, count int) Degree {
	common := gcd(sum, count)
	return Degree{sum / common, count / common}
}

// gcd returns the greatest common divisor of integers that are not both 0.
func gcd(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return max(a, -a)
}

// Over returns Den·(d* − d), an integer with the sign of d* − d.
func (x Degree) Over(d int) int { return x.Num - x.Den*d }

// Ceil returns ⌈d*⌉. The largest integer below d* is ⌈d*⌉ − 1.
func (x Degree) Ceil() int { return (x.Num + x.Den - 1) / x.Den }

// Rat returns d*.
func (x Degree) Rat() *big.Rat { return big.NewRat(int64(x.Num), int64(x.Den)) }

// String writes an integer as such, and another fraction as Num/Den.
func (x Degree) String() string {
	if x.Den == 1 {
		return strconv.Itoa(x.Num)
	}
	return fmt.Sprintf("%d/%d", x.Num, x.Den)
}

// MarshalJSON writes an integer as such, and another fraction as the text of
// String.
func (x Degree) MarshalJSON() ([]byte, error) {
	if x.Den == 1 {
		return json.Marshal(x.Num)
	}
	return json.Marshal(x.String())
}

var degreeForm = regexp.MustCompile(`^[0-9]{1,15}(/[0-9]{1,15})?$`)

// parseDegree reads "3/2" or "2".
func parseDegree(text string) (Degree, bool) {
	if !degreeForm.MatchString(text) {
		return Degree{}, false
	}
	above, below, divided := strings.Cut(text, "/")
	num, _ := strconv.Atoi(above) // as the form says
	den := 1
	if divided {
		den, _ = strconv.Atoi(below)
	}
	if num < 1 || den < 1 {
		return Degree{}, false
	}
	return MeanDegree(num, den), true
}
