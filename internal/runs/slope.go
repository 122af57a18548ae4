package runs

import (
	"encoding/binary"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"slices"
	"sync"

	"muflow/internal/portable"
)

// Levels of intervals. An equivalence test that errs once in twenty asks for
// the narrow one: each of its two sides then errs so often (Schuirmann 1987).
const (
	wideLevel   = 0.95
	narrowLevel = 0.90
)

// An Estimate is a number with its intervals of 95 and of 90 percent.
// Approximate: how often they miss is counted by Monte Carlo.
type Estimate struct {
	Value  float64    `json:"value"`
	Wide   [2]float64 `json:"interval"`    // 95 %
	Narrow [2]float64 `json:"interval_90"` // of the equivalence test
	P      float64    `json:"p"`           // of the number 0, two-sided
}

const (
	leastSeeds = 3   // for Student's t
	leastRun   = 6   // points of one run
	mostPoints = 200 // of one run; neighbours are averaged beyond
	draws      = 1999
	bandwidth  = 0.3 // b, of all points
	// How many standard errors the autocorrelation is moved up by: it is
	// estimated from few points, and too low a value makes intervals too short.
	caution        = 2
	mostCorrelated = 0.97
)

// A functional is a linear number of a curve: Σ_k weight_k·y_k, with what is
// left of the curve beside the model that the number belongs to.
type functional struct {
	weights []float64
	rest    func(y, into []float64)
	fitted  int // coefficients of the model
}

// slopeOf returns the functional of the slope of y on x by least squares.
func slopeOf(x []float64) functional {
	mean, sum := center(x)
	f := functional{weights: make([]float64, len(x)), fitted: 2}
	for k := range x {
		f.weights[k] = (x[k] - mean) / sum
	}
	f.rest = func(y, into []float64) { residuals(x, y, mean, sum, into) }
	return f
}

// changeOf returns the functional of the slope of the points from at on, less
// that of the points before.
func changeOf(x []float64, at int) functional {
	before, after := slopeOf(x[:at]), slopeOf(x[at:])
	f := functional{fitted: 4}
	for _, w := range before.weights {
		f.weights = append(f.weights, -w)
	}
	f.weights = append(f.weights, after.weights...)
	f.rest = func(y, into []float64) {
		before.rest(y[:at], into[:at])
		after.rest(y[at:], into[at:])
	}
	return f
}

func center(x []float64) (mean, sum float64) {
	for _, v := range x {
		mean += v
	}
	mean /= float64(len(x))
	for _, v := range x {
		sum += float64((v - mean) * (v - mean))
	}
	return mean, sum
}

func residuals(x, y []float64, mean, sum float64, into []float64) {
	level, product := 0.0, 0.0
	for _, v := range y {
		level += v
	}
	level /= float64(len(y))
	for k := range x {
		product += float64((x[k] - mean) * (y[k] - level))
	}
	for k := range x {
		into[k] = y[k] - level - float64(product/sum*(x[k]-mean))
	}
}

// at returns the functional of a curve, its standard error after Newey and West
// and the correlation of neighbours in what is left.
//
//	V = T/(T−p) Σ_{j,k} (1 − |j−k|/M)⁺ v_j v_k,   v_k = weight_k·rest_k,   M = bT
//
// The double sum is that of the squares of the sums of v over all windows of
// length M, divided by M.
func (f *functional) at(y, room []float64) (value, deviation, correlation float64) {
	points := len(y)
	rest := room[:points]
	f.rest(y, rest)
	sums := room[points : 2*points+1]
	sums[0] = 0
	square, product := 0.0, 0.0
	for k, w := range f.weights {
		value += float64(w * y[k])
		sums[k+1] = sums[k] + float64(w*rest[k])
		square += float64(rest[k] * rest[k])
		if k > 0 {
			product += float64(rest[k] * rest[k-1])
		}
	}
	window := max(1, int(math.Round(bandwidth*float64(points))))
	variance := 0.0
	for end := 1; end < points+window; end++ {
		s := sums[min(end, points)] - sums[max(end-window, 0)]
		variance += float64(s * s)
	}
	variance *= float64(points) / float64(points-f.fitted) / float64(window)
	if square > 0 {
		correlation = product / square
	}
	return value, math.Sqrt(variance), correlation
}

// oneRun estimates a functional of a single curve.
//
// The statistic is that of Newey and West (1987) with the bandwidth a fixed
// share of all points (Kiefer and Vogelsang 2005). Their critical values are for
// regressors that stay where they are; log t is a trend, for which they err twice
// as often as they say (Bunzel and Vogelsang 2005), and more with few points whose
// noise is correlated. So the critical values are those of the same statistic on
// the same places under normal noise of first order autocorrelation, simulated;
// its coefficient is the one estimated, less its bias and plus two of its
// standard errors. docs/compare.md counts both.
func oneRun(f functional, y []float64) (Estimate, float64) {
	value, deviation, rho := f.cautious(y)
	reference := f.reference(rho)
	e := Estimate{Value: value, P: 1}
	e.Wide = around(value, float64(deviation*quantile(reference, wideLevel)))
	e.Narrow = around(value, float64(deviation*quantile(reference, narrowLevel)))
	if value != 0 {
		at, _ := slices.BinarySearch(reference, math.Abs(value)/deviation)
		e.P = float64(draws-at+1) / (draws + 1)
	}
	return e, rho
}

// cautious returns the functional of a curve, its standard error, and the
// autocorrelation that is allowed for.
func (f *functional) cautious(y []float64) (value, deviation, rho float64) {
	points := len(y)
	value, deviation, r := f.at(y, make([]float64, 2*points+1))
	n, p := float64(points), float64(f.fitted)
	rho = min(max((float64(n*r)+p)/(n-2*p), -0.9), mostCorrelated) // E r ≈ ρ − (p + 2pρ)/T
	rho += float64(caution * math.Sqrt((1-float64(rho*rho))/n))
	return value, deviation, min(math.Ceil(32*rho)/32, mostCorrelated)
}

func around(value, half float64) [2]float64 { return [2]float64{value - half, value + half} }

// quantile returns the value that so large a part of draws and one more stays below.
func quantile(sorted []float64, level float64) float64 {
	return sorted[min(int(math.Ceil(level*(draws+1)))-1, draws-1)]
}

// reference returns |value|/deviation of noise alone, sorted.
func (f *functional) reference(rho float64) []float64 {
	points := len(f.weights)
	sum := fnv.New64a()
	for _, w := range f.weights {
		binary.Write(sum, binary.LittleEndian, w)
	}
	key := referenceKey{sum.Sum64(), points, rho}
	references.Lock()
	defer references.Unlock()
	if out, known := references.known[key]; known {
		return out
	}
	y, room := make([]float64, points), make([]float64, 2*points+1)
	rng := rand.New(rand.NewPCG(1, uint64(points)))
	out := make([]float64, draws)
	for i := range out {
		correlated(rng, rho, y)
		value, deviation, _ := f.at(y, room)
		out[i] = math.Abs(value) / deviation
	}
	slices.Sort(out)
	if references.known == nil || len(references.known) >= mostKnown {
		references.known = map[referenceKey][]float64{}
	}
	references.known[key] = out
	return out
}

// correlated draws normal noise of unit variance, e_k = ρ e_{k−1} + √(1−ρ²) n_k.
func correlated(rng *rand.Rand, rho float64, into []float64) {
	fresh := math.Sqrt(1 - float64(rho*rho))
	last := portable.Normal(rng)
	for k := range into {
		if k > 0 {
			last = float64(rho*last) + float64(fresh*portable.Normal(rng))
		}
		into[k] = last
	}
}

// severalSeeds estimates a number of which every seed has one.
// Student's t (Gosset 1908).
func severalSeeds(values []float64) Estimate {
	mean, variance := portable.Moments(values)
	deviation, degrees := math.Sqrt(variance/float64(len(values))), float64(len(values)-1)
	e := Estimate{Value: mean, P: 1}
	e.Wide = around(mean, float64(deviation*studentQuantile(1-wideLevel, degrees)))
	e.Narrow = around(mean, float64(deviation*studentQuantile(1-narrowLevel, degrees)))
	switch {
	case mean == 0:
	case deviation == 0:
		e.P = 0
	default:
		e.P = portable.StudentTail(mean/deviation, degrees)
	}
	return e
}

// quantiles keeps Student's t by level and degrees of freedom.
var quantiles sync.Map

func studentQuantile(p, degrees float64) float64 {
	key := [2]float64{p, degrees}
	if t, known := quantiles.Load(key); known {
		return t.(float64)
	}
	t := portable.StudentQuantile(p, degrees)
	quantiles.Store(key, t)
	return t
}

// logs returns the logarithms of times, averaged with the values over so many
// neighbours that at most mostPoints are left.
func logs(c *Curve) (x, y []float64) {
	each := (len(c.Times) + mostPoints - 1) / mostPoints
	for from := 0; from+each <= len(c.Times); from += each {
		sx, sy := 0.0, 0.0
		for k := from; k < from+each; k++ {
			sx += portable.Log(c.Times[k])
			sy += c.Y[k]
		}
		x, y = append(x, sx/float64(each)), append(y, sy/float64(each))
	}
	return x, y
}

// A referenceKey tells simulated references apart.
type referenceKey struct {
	places uint64
	points int
	rho    float64
}

// references keeps some references, as curves of one log share their places.
var references struct {
	sync.Mutex
	known map[referenceKey][]float64
}

const mostKnown = 4096
