package cert

import (
	"math"
	"math/big"
	"slices"
	"strings"
)

// gapsOf returns the q(d* − d_v) as polynomials in the logit, from numbers of walks that
// are found one by one.
func (s *seen) gapsOf(root, steps int) [][]float64 {
	d := make([][]float64, s.n)
	for v := range d {
		d[v] = make([]float64, steps+1)
		for j := range steps + 1 {
			choose, _ := new(big.Rat).SetInt(new(big.Int).Binomial(int64(steps), int64(j))).Float64()
			d[v][j] = choose * s.count(root, v, j+1)
		}
	}
	out := make([][]float64, s.n)
	for v := range out {
		out[v] = make([]float64, steps+1)
		for j := range out[v] {
			for _, p := range s.aims {
				out[v][j] += d[p][j] - d[v][j]
			}
		}
	}
	return out
}

// count returns how many walks with so many edges lead from u to v.
func (s *seen) count(u, v, edges int) (n float64) {
	if edges == 0 {
		return map[bool]float64{true: 1}[u == v]
	}
	for w := range s.n {
		if s.edge[u][w] {
			n += s.count(w, v, edges-1)
		}
	}
	return n
}

func signNear(p []float64, x float64) int { return signWithin(p, x, 1e-9) }

// signWithin is the sign of a polynomial, 0 where rounding might decide.
func signWithin(p []float64, x, part float64) int {
	sum, size := 0., 0.
	for i, c := range p {
		sum += c * math.Pow(x, float64(i))
		size += math.Abs(c) * math.Pow(x, float64(i))
	}
	switch {
	case math.Abs(sum) <= part*size:
		return 0
	case sum > 0:
		return 1
	}
	return -1
}

// positiveRoots finds the positive roots of a polynomial between and at those of its
// derivative.
func positiveRoots(p []float64) (out []float64) {
	for len(p) > 0 && p[len(p)-1] == 0 {
		p = p[:len(p)-1]
	}
	if len(p) < 2 {
		return nil
	}
	var slope []float64
	for i := 1; i < len(p); i++ {
		slope = append(slope, p[i]*float64(i))
	}
	ends := slices.Concat([]float64{1e-9}, positiveRoots(slope), []float64{1e9})
	for i, x := range ends {
		if i > 0 && i+1 < len(ends) && signNear(p, x) == 0 {
			out = append(out, x)
			continue
		}
		if i == 0 || signNear(p, ends[i-1])*signNear(p, x) >= 0 {
			continue
		}
		low, high := ends[i-1], x
		for range 200 {
			if middle := math.Sqrt(low * high); signWithin(p, middle, 0) == signWithin(p, low, 0) {
				low = middle
			} else {
				high = middle
			}
		}
		out = append(out, low)
	}
	slices.Sort(out)
	return out
}

// trueLogits decides a claim about all logits by floating point.
func trueLogits(c Certificate, s *seen) bool {
	if c.Graph.Step < 1 || c.Graph.Step > 6 {
		return false
	}
	gaps := s.gapsOf(c.Graph.Root, c.Graph.Step)
	status := func(x float64) string {
		below, above := false, false
		for _, p := range gaps {
			sign := signNear(p, x)
			below, above = below || sign > 0, above || sign < 0
		}
		return map[[2]bool]string{{true, true}: "finite", {true, false}: "plus-infinity", {false, true}: "minus-infinity", {}: "stationary"}[[2]bool{below, above}]
	}
	var roots []float64
	for _, p := range gaps {
		for _, x := range positiveRoots(p) {
			if !slices.ContainsFunc(roots, func(y float64) bool { return math.Abs(x-y) < 1e-7*x }) {
				roots = append(roots, x)
			}
		}
	}
	slices.Sort(roots)
	words := strings.Split(c.Status, " ")
	if len(words) != 2*len(c.Marks)+1 {
		return false
	}
	// constant reports whether the status is a word between two numbers.
	constant := func(low, high float64, word string) bool {
		last := low
		for _, x := range roots {
			if x <= low*(1+1e-7) || x >= high*(1-1e-7) {
				continue
			}
			if status((last+x)/2) != word || status(x) != word {
				return false
			}
			last = x
		}
		return status((last+high)/2) == word
	}
	var try func(i int, from float64) bool
	try = func(i int, from float64) bool {
		if i == len(c.Marks) {
			return constant(from, 1e7, words[2*i])
		}
		m := c.Marks[i]
		if m[0] == nil || m[1] == nil || m[0].Sign() <= 0 || m[0].Cmp(m[1]) > 0 || i > 0 && c.Marks[i-1][1].Cmp(m[0]) >= 0 {
			return false
		}
		low, _ := m[0].Float64()
		high, _ := m[1].Float64()
		for _, x := range roots {
			if low*(1-1e-12) <= x && x <= high*(1+1e-12) && status(x) == words[2*i+1] && constant(from, x, words[2*i]) && try(i+1, x) {
				return true
			}
		}
		return false
	}
	return try(0, 0)
}
