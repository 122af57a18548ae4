package cert

import (
	"math"
	"math/big"
	"slices"
)

// A floating is softmax attention in floating point.
type floating struct {
	s                *seen
	h                []int
	edges, leaving   int
	alpha, gain, aim float64
}

// weights are e^ξ over their sum, where the attention on leaving edges is w.
func (x *floating) weights(w float64) []float64 {
	out, total, top := make([]float64, x.s.n), 0.0, math.Inf(-1)
	for v := range out {
		out[v] = x.gain * (w*float64(x.s.d[v])/float64(x.leaving) + (1-w)*float64(x.s.all[v]-x.s.d[v])/float64(x.edges-x.leaving))
		if x.s.in[v] {
			out[v] += 1 / math.Sqrt(float64(x.s.k))
		}
		top = max(top, x.alpha*out[v])
	}
	for v := range out {
		out[v] = math.Exp(x.alpha*out[v] - top)
		total += out[v]
	}
	for v := range out {
		out[v] /= total
	}
	return out
}

// drop is R, under Coconut-BFS over the part of the softmax outside N_{c+1}.
func (x *floating) drop(w float64, bfs bool) float64 {
	mean, inner, outer, next, rest := 0.0, 0.0, 0.0, 0.0, 0.0
	for v, p := range x.weights(w) {
		mean += p * float64(x.h[v])
		if x.s.in[v] || x.s.d[v] > 0 {
			inner, next = inner+p*float64(x.h[v]), next+p
		} else {
			outer, rest = outer+p*float64(x.h[v]), rest+p
		}
	}
	if bfs {
		return inner/next - outer/rest
	}
	return x.aim - mean
}

func (x *floating) spread(w float64) float64 {
	mean, square := 0.0, 0.0
	for v, p := range x.weights(w) {
		mean += p * float64(x.h[v])
		square += p * float64(x.h[v]) * float64(x.h[v])
	}
	return square - mean*mean
}

// spreads are the least and the largest at some points.
func (x *floating) spreads(end float64) (least, largest float64) {
	start := float64(x.leaving) / float64(x.edges)
	n := math.Floor(4*x.alpha*x.gain*float64(slices.Max(x.h)-slices.Min(x.h))/float64(x.leaving*(x.edges-x.leaving))) + 1
	least = math.Inf(1)
	for i := 0.0; i <= n; i++ {
		v := x.spread(start + (end-start)*i/n)
		least, largest = min(least, v), max(largest, v)
	}
	return least, largest
}

// cancels reports whether the terms h_p − h of each exponent at an end cancel.
func (x *floating) cancels(part func(v int) int) bool {
	sum, count := x.s.aim(x.h)
	terms := map[[2]int]int{}
	for v, h := range x.h {
		key := [2]int{part(v), 0}
		if x.s.in[v] {
			key[1] = 1
		}
		terms[key] += sum - count*h
	}
	for _, n := range terms {
		if n != 0 {
			return false
		}
	}
	return true
}

// grided reports whether two integers are neighbours around a number, as far as
// floating point sees.
func grided(b [2]*big.Int, grid uint, x float64) bool {
	if b[0] == nil || b[1] == nil || new(big.Int).Sub(b[1], b[0]).Cmp(big.NewInt(1)) != 0 {
		return false
	}
	unit := new(big.Int).Lsh(big.NewInt(1), grid)
	low, _ := new(big.Rat).SetFrac(b[0], unit).Float64()
	high, _ := new(big.Rat).SetFrac(b[1], unit).Float64()
	slack := 1e-7 * (math.Abs(x) + 1e-3)
	return low <= x+slack && x <= high+slack
}

// trueAttention decides claims about one step under softmax attention.
func trueAttention(c Certificate, s *seen, edges int) bool {
	x := &floating{s: s, h: make([]int, s.n), edges: edges}
	for _, d := range s.d {
		x.leaving += d
	}
	for v := range x.h {
		x.h[v] = edges*s.d[v] - x.leaving*s.all[v]
	}
	if (c.Alpha != nil && c.Alpha.Sign() <= 0) || (c.Gain != nil && c.Gain.Sign() <= 0) || (c.Grid != 0) != (c.Numbers != nil || c.Claim == "A6-bfs") ||
		c.Grid != 0 && (c.Grid < MinGrid || c.Grid > MaxGrid || c.Grid%2 != 0 || c.Alpha == nil || c.Gain == nil) {
		return false
	}
	if c.Alpha != nil {
		x.alpha, _ = c.Alpha.Float64()
	}
	if c.Gain != nil {
		x.gain, _ = c.Gain.Float64()
	}
	if c.Claim == "A6-bfs" {
		return x.search(c)
	}
	sum, count := s.aim(x.h)
	x.aim = float64(sum) / float64(count)
	below, above := count*slices.Min(x.h) < sum, sum < count*slices.Max(x.h)
	depends, tie := below && above, false
	if c.Grid == 0 && ((c.Alpha != nil) != depends || (c.Gain != nil) != depends) {
		return false
	}
	if depends {
		one := !x.cancels(func(v int) int { return s.d[v] })
		zero := !x.cancels(func(v int) int { return s.all[v] - s.d[v] })
		above, below = one && x.drop(1, false) < 0, zero && x.drop(0, false) > 0
		tie = !one || !zero
	}
	status := map[[2]bool]string{{true, true}: "finite", {true, false}: "plus-infinity", {false, true}: "minus-infinity", {}: "stationary"}[[2]bool{below, above}]
	if c.Status != status {
		return false
	}
	moves, near, end, sign := below || above, float64(x.leaving), 1.0, 1.0
	if status == "minus-infinity" {
		near, end, sign = float64(edges)-near, 0, -1
	}
	scale, m, q := x.alpha*x.gain/float64(s.n*s.k), float64(edges), float64(x.leaving)
	numbers := map[string]float64{}
	switch c.Claim {
	case "A6-pace":
		if !moves || tie || status == "finite" {
			return false
		}
		numbers["b_lo"] = scale * sign * x.drop(end, false) / m / m
		numbers["b_hi"] = scale * sign * x.drop(q/m, false) / near / near
	case "A6-tie":
		if !tie {
			return false
		}
		if c.Numbers != nil {
			least, largest := x.spreads(end)
			numbers["b_lo"] = 2 * scale * x.alpha * x.gain * least * 7 / 8 / near / m / m / m
			numbers["b_hi"] = 2 * scale * x.alpha * x.gain * largest * 8 / 7 / near / near / near / near
		}
	case "A6-rate":
		if status != "finite" {
			return false
		}
		if c.Numbers != nil {
			low, high := -300.0, 300.0
			of := func(z float64) float64 { return q / (q + (m-q)*math.Exp(-z)) }
			for range 200 {
				if middle := (low + high) / 2; x.drop(of(middle), false) > 0 {
					low = middle
				} else {
					high = middle
				}
			}
			w := of(low)
			least, _ := x.spreads(w)
			width := min(w*(1-w), q*(m-q)/m/m)
			numbers["z"], numbers["rate"] = low, scale*x.alpha*x.gain/q/q/(m-q)/(m-q)*width*width*least*7/8
		}
	}
	if c.Numbers == nil {
		return true
	}
	for name, b := range c.Numbers {
		value, known := numbers[name]
		grid := c.Grid
		if name == "rate" {
			grid /= 2
		}
		if !known || !grided(b, grid, value) {
			return false
		}
	}
	return len(numbers) == len(c.Numbers)
}

// search decides A6-bfs on a fine grid of w.
func (x *floating) search(c Certificate) bool {
	outside := false
	for v := range x.s.n {
		outside = outside || !x.s.in[v] && x.s.d[v] == 0
	}
	if !outside || slices.Min(x.h) == slices.Max(x.h) {
		return false
	}
	const parts = 797 // a prime: zeros are at simple fractions
	var found []float64
	before := x.drop(1e-9, true)
	for i := 1; i <= parts; i++ {
		w := min(float64(i)/parts, 1-1e-9)
		now := x.drop(w, true)
		if now*before < 0 {
			low, high := float64(i-1)/parts, w
			for range 60 {
				if middle := (low + high) / 2; x.drop(middle, true)*before > 0 {
					low = middle
				} else {
					high = middle
				}
			}
			found = append(found, math.Log(low*float64(x.edges-x.leaving)/((1-low)*float64(x.leaving))))
		}
		before = now
	}
	start := x.drop(float64(x.leaving)/float64(x.edges), true)
	if len(found) != len(c.Zeros) {
		return false
	}
	ahead := false
	for i, z := range found {
		ahead = ahead || z*start > 0
		if !grided(c.Zeros[i], c.Grid, z) {
			return false
		}
	}
	return c.Status == map[[2]bool]string{{true, true}: "finite", {true, false}: "finite", {false, true}: "plus-infinity", {false, false}: "minus-infinity"}[[2]bool{ahead, start > 0}]
}
