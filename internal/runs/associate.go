package runs

import (
	"errors"
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"slices"

	"muflow/graph"
	"muflow/theory"
)

// An Association is how two numbers of instances go together: their
// correlation, raw and with the sizes of the instance taken out.
type Association struct {
	Response  string  `json:"response"`
	Predictor string  `json:"predictor"`
	Instances int     `json:"instances"`
	Raw       Partial `json:"raw"`
	Sized     Partial `json:"sizes_taken_out"`
}

// A Partial is a correlation, or a partial one.
type Partial struct {
	R         float64 `json:"r"`
	P         float64 `json:"p"`      // of so large a correlation among permutations
	Corrected float64 `json:"p_holm"` // over all tests of the document
}

const (
	permutations   = 9999
	leastInstances = 12
	mostResponses  = 64
)

// A Measured is what a file says of instances: for each number its values by
// the 0-based place of the instance.
type Measured map[string]map[int]float64

// Associate holds what was measured on instances against what the theory says
// of their step: whether its premises hold, the drift at 0 and the limit. A raw
// association can be one of size; so each is given again with K, M_c, M, n and
// the sizes of the frontiers taken out by least squares.
//
// Probabilities are those of permutations, of the residuals where sizes are
// taken out (Freedman and Lane 1983), corrected after Holm over all tests.
func Associate(instances []graph.Instance, law graph.Law, step int, loss theory.Loss, alpha *big.Rat, measured Measured, seed uint64) ([]Association, error) {
	var places []int
	var predictors []predictor
	var sizes [][]float64
	for i, s := range law.StepsOf(instances, step) {
		p, size, err := predict(s, loss, alpha)
		if err != nil {
			return nil, err
		}
		places, predictors, sizes = append(places, i), append(predictors, p), append(sizes, size)
	}
	for name, values := range measured {
		for place := range values {
			if place >= len(instances) {
				return nil, fmt.Errorf("%s: instance %d, expected 0 to %d", name, place, len(instances)-1)
			}
		}
	}
	var out []Association
	names := make([]string, 0, len(measured))
	for name := range measured {
		names = append(names, name)
	}
	slices.SortFunc(names, byName)
	for _, name := range names {
		for k, label := range predictorNames {
			var x, y []float64
			var z [][]float64
			for j, place := range places {
				if value, ok := measured[name][place]; ok && !math.IsNaN(predictors[j][k]) {
					x, y, z = append(x, predictors[j][k]), append(y, value), append(z, sizes[j])
				}
			}
			if len(x) < leastInstances || constant(x) || constant(y) {
				continue
			}
			rng := rand.New(rand.NewPCG(seed, uint64(len(out))))
			a := Association{Response: name, Predictor: label, Instances: len(x)}
			a.Raw = permuted(rng, without(x, nil), without(y, nil))
			a.Sized = permuted(rng, without(x, z), without(y, z))
			out = append(out, a)
		}
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("no number of at least %d instances with step %d that differs between them", leastInstances, step)
	}
	var p []float64
	for _, a := range out {
		p = append(p, a.Raw.P, a.Sized.P)
	}
	for i, corrected := range Holm(p) {
		if i%2 == 0 {
			out[i/2].Raw.Corrected = corrected
		} else {
			out[i/2].Sized.Corrected = corrected
		}
	}
	return out, nil
}

// A predictor is what the theory says of a step, NaN where it says nothing.
type predictor [4]float64

var predictorNames = [...]string{"d* < d_max", "d* > F(0)", "drift at 0", "μ*"}

// predict returns what the theory says of a step, and its sizes: K, M_c, M, n,
// and the vertices at distance c and c+1.
func predict(s graph.Step, loss theory.Loss, alpha *big.Rat) (p predictor, sizes []float64, err error) {
	m, err := NewModel([]graph.Step{s}, s.Instance.Graph.Order(), loss, alpha, false)
	if err != nil {
		return p, nil, err
	}
	degrees, most, label := s.Degrees(), 0, 0.0
	for _, d := range degrees {
		most = max(most, d)
	}
	for _, v := range s.Labels() {
		label += float64(degrees[v]) / float64(len(s.Labels()))
	}
	drift := m.members[0].field.Drift([]float64{0})[0]
	p = predictor{math.NaN(), 0, drift, math.NaN()}
	if loss == theory.Coconut {
		if p[0] = indicator(label < float64(most)-1e-9); p[0] == 1 {
			p[3] = m.limit()
		}
	}
	p[1] = indicator(drift > 1e-12)
	set, next, g := s.Set(), s.Next(), s.Instance.Graph
	before := make([]bool, len(set))
	if s.C > 0 {
		before = s.Instance.Reached(s.C - 1)
	}
	count := func(yes func(v int) bool) (n float64) {
		for v := range set {
			n += indicator(yes(v))
		}
		return n
	}
	leaving := 0
	for _, d := range degrees {
		leaving += d
	}
	return p, []float64{count(func(v int) bool { return set[v] }), float64(leaving), float64(g.Size()), float64(g.Order()),
		count(func(v int) bool { return set[v] && !before[v] }), count(func(v int) bool { return next[v] && !set[v] })}, nil
}

func indicator(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}

// limit returns the zero of the drift of one unknown that its flow from 0 comes
// to, where there is one; NaN beyond ±1000.
func (m *Model) limit() float64 {
	drift := func(x float64) float64 { d, _, _ := m.moments([]float64{x}); return d[0] }
	start := drift(0)
	if math.Abs(start) < 1e-12 {
		return 0
	}
	side := math.Copysign(1, start)
	low, high := 0.0, 0.5
	for ; drift(side*high)*side > 0; low, high = high, 2*high {
		if high > 1000 {
			return math.NaN()
		}
	}
	for range 60 {
		if middle := (low + high) / 2; drift(side*middle)*side > 0 {
			low = middle
		} else {
			high = middle
		}
	}
	return side * high
}

func constant(x []float64) bool { return slices.Min(x) == slices.Max(x) }

// without returns numbers less their least squares on a constant and other
// numbers. Directions that the others span already are left out.
func without(x []float64, others [][]float64) []float64 {
	columns := [][]float64{slices.Repeat([]float64{1}, len(x))}
	if others != nil {
		for k := range others[0] {
			column := make([]float64, len(x))
			for i := range column {
				column[i] = others[i][k]
			}
			columns = append(columns, column)
		}
	}
	var basis [][]float64
	remove := func(v []float64) {
		for range 2 { // twice: rounding
			for _, b := range basis {
				product := dot(b, v)
				for i := range v {
					v[i] -= float64(product * b[i])
				}
			}
		}
	}
	for _, column := range columns {
		before := math.Sqrt(dot(column, column))
		remove(column)
		if length := math.Sqrt(dot(column, column)); length > 1e-8*before {
			for i := range column {
				column[i] /= length
			}
			basis = append(basis, column)
		}
	}
	out := slices.Clone(x)
	remove(out)
	return out
}

func dot(a, b []float64) (sum float64) {
	for i := range a {
		sum += float64(a[i] * b[i])
	}
	return sum
}

// permuted returns the correlation of two lists of mean 0, and how often
// permutations of one have as large a one.
func permuted(rng *rand.Rand, x, y []float64) Partial {
	scale := math.Sqrt(dot(x, x)) * math.Sqrt(dot(y, y))
	if !(scale > 1e-12) {
		return Partial{0, 1, 1}
	}
	product := dot(x, y)
	least := math.Abs(product) * (1 - 1e-12)
	as := 1
	turned := slices.Clone(y)
	for range permutations {
		rng.Shuffle(len(turned), func(i, j int) { turned[i], turned[j] = turned[j], turned[i] })
		if math.Abs(dot(x, turned)) >= least {
			as++
		}
	}
	return Partial{R: product / scale, P: float64(as) / (permutations + 1)}
}

// errNoInstance says that a line of a file of instances names none.
var errNoInstance = errors.New("no column instance with a place, expected an integer ≥ 0")
