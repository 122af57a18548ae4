package learned

import (
	"encoding/json"
	"math"

	"muflow/internal/portable"
	"muflow/sim/kernel"
)

// The classes of a vertex, and of the edges that leave it, after c thoughts.
const (
	Frontier = iota // at distance c from the root
	Older           // nearer
	Rest            // farther, or not reachable
	Classes
)

// ClassOf returns the class of a vertex after c thoughts by its distance from
// the root, −1 if it is not reachable.
func ClassOf(distance, c int) int {
	switch {
	case distance == c:
		return Frontier
	case distance >= 0 && distance < c:
		return Older
	}
	return Rest
}

// A Mean is a mean of some numbers, perhaps none; null in JSON if there are none
// or it is not finite.
type Mean struct {
	sum   float64
	count int
}

// Add adds a number.
func (m *Mean) Add(x float64) {
	m.sum += x
	m.count++
}

// AddMean adds another mean as one number, if there is one.
func (m *Mean) AddMean(other Mean) {
	if x, ok := other.Value(); ok {
		m.Add(x)
	}
}

// Value returns the mean, and whether there is one.
func (m Mean) Value() (float64, bool) {
	if m.count == 0 {
		return 0, false
	}
	return m.sum / float64(m.count), true
}

// value returns the mean, 0 of no numbers.
func (m Mean) value() float64 {
	x, _ := m.Value()
	return x
}

// With is the mean of the numbers of both.
func (m Mean) With(other Mean) Mean { return Mean{m.sum + other.sum, m.count + other.count} }

// Minus is the difference of two means, if both are there.
func (m Mean) Minus(other Mean) (out Mean) {
	x, ok := m.Value()
	if y, both := other.Value(); ok && both {
		out.Add(x - y)
	}
	return out
}

// MarshalJSON writes the mean or null.
func (m Mean) MarshalJSON() ([]byte, error) {
	x, ok := m.Value()
	if !ok || !finite(x) {
		return []byte("null"), nil
	}
	return json.Marshal(x)
}

// Unevenness returns how far positive numbers, one for each vertex of a set S,
// are from equal ones, and whether there are any:
//
//	Σ_{v∈S} (1/|S|) log((1/|S|)/q_v)      q the numbers over their sum
//
// Approximate: no error bound. Units: nats.
func Unevenness(p []float64) (float64, bool) {
	if len(p) == 0 {
		return 0, false
	}
	count, total, logs := float64(len(p)), 0.0, 0.0
	for _, x := range p {
		total, logs = total+x, logs+portable.Log(x)
	}
	return portable.Log(total/count) - logs/count, true
}

// Largest is the place of the largest number, of several the first.
func Largest[F kernel.Float](x []F) (best int) {
	for v := range x {
		if x[v] > x[best] {
			best = v
		}
	}
	return best
}

// Indicator is 1 if something holds and 0 if not.
func Indicator(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}

// Deviation is the standard deviation of a sample of at least two numbers.
func Deviation(x []float64) (float64, bool) {
	if len(x) < 2 {
		return 0, false
	}
	_, variance := portable.Moments(x)
	return math.Sqrt(variance), true
}
