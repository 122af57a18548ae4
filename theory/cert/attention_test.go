package cert

import (
	"math"
	"math/big"
	"slices"
	"testing"

	"muflow/internal/long"
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

// together is the covariance of A and h.
func (x *floating) together(w float64) float64 {
	means := [3]float64{}
	for v, p := range x.weights(w) {
		a := w*float64(x.s.d[v])/float64(x.leaving) + (1-w)*float64(x.s.all[v]-x.s.d[v])/float64(x.edges-x.leaving)
		for i, y := range []float64{a, float64(x.h[v]), a * float64(x.h[v])} {
			means[i] += p * y
		}
	}
	return means[2] - means[0]*means[1]
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

func attentionOf(c Certificate, s *seen, edges int) *floating {
	x := &floating{s: s, h: make([]int, s.n), edges: edges}
	for _, d := range s.d {
		x.leaving += d
	}
	for v := range x.h {
		x.h[v] = edges*s.d[v] - x.leaving*s.all[v]
	}
	if c.Alpha != nil {
		x.alpha, _ = c.Alpha.Float64()
	}
	if c.Gain != nil {
		x.gain, _ = c.Gain.Float64()
	}
	sum, count := s.aim(x.h)
	x.aim = float64(sum) / float64(max(count, 1))
	return x
}

// trueAttention decides claims about one step under softmax attention.
func trueAttention(c Certificate, s *seen, edges int) bool {
	x := attentionOf(c, s, edges)
	if (c.Alpha != nil && c.Alpha.Sign() <= 0) || (c.Gain != nil && c.Gain.Sign() <= 0) || (c.Grid != 0) != (c.Numbers != nil || c.Claim == "A6-bfs") ||
		c.Grid != 0 && (c.Grid < MinGrid || c.Grid > MaxGrid || c.Grid%2 != 0 || c.Alpha == nil || c.Gain == nil) {
		return false
	}
	if c.Claim == "A6-bfs" {
		return x.search(c)
	}
	sum, count := s.aim(x.h)
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
	if c.Status != status && c.Claim != "A6-price" {
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
	case "A6-rate", "A6-price":
		if status != "finite" || c.Claim == "A6-price" && c.Numbers == nil {
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
			if numbers["z"] = low; c.Claim == "A6-price" {
				if status = "rises"; x.together(w) > 0 {
					status = "falls"
				}
				if c.Status != status {
					return false
				}
				break
			}
			least, _ := x.spreads(w)
			width := min(w*(1-w), q*(m-q)/m/m)
			numbers["rate"] = scale * x.alpha * x.gain / q / q / (m - q) / (m - q) * width * width * least * 7 / 8
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
	found := crossings(parts, func(i int) float64 { return min(max(float64(i)/parts, 1e-9), 1-1e-9) }, func(w float64) float64 { return x.drop(w, true) })
	for i, w := range found {
		found[i] = math.Log(w * float64(x.edges-x.leaving) / ((1 - w) * float64(x.leaving)))
	}
	start := x.drop(float64(x.leaving)/float64(x.edges), true)
	return zerosAre(c, found, start)
}

// zerosAre compares zeros, and where a solution goes from 0 by the sign there.
func zerosAre(c Certificate, found []float64, start float64) bool {
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

// crossings are zeros of a function between neighbours on a grid.
func crossings(parts int, at func(i int) float64, f func(float64) float64) (found []float64) {
	before := f(at(0))
	for i := 1; i <= parts; i++ {
		now := f(at(i))
		if now*before < 0 {
			low, high := at(i-1), at(i)
			for range 60 {
				if middle := (low + high) / 2; f(middle)*before > 0 {
					low = middle
				} else {
					high = middle
				}
			}
			found = append(found, low)
		}
		before = now
	}
	return found
}

// trueTogether decides A6-population on a fine grid of μ.
func trueTogether(c Certificate, graphs []Graph, all []*seen) bool {
	if c.Alpha == nil || c.Gain == nil || c.Alpha.Sign() <= 0 || c.Gain.Sign() <= 0 || c.Grid < MinGrid || c.Grid > MaxGrid || c.Grid%2 != 0 {
		return false
	}
	var xs []*floating
	for i, s := range all {
		if x := attentionOf(c, s, len(graphs[i].Edges)); slices.Min(x.h) < slices.Max(x.h) {
			xs = append(xs, x)
		}
	}
	if len(xs) == 0 {
		return false
	}
	f := func(mu float64) (total float64) {
		for _, x := range xs {
			q, r, z := float64(x.leaving), float64(x.edges-x.leaving), mu/math.Sqrt(float64(x.s.k))
			w := q / (q + r*math.Exp(-z))
			total += w * (r / (r + q*math.Exp(z))) / (q * r) * x.drop(w, false) / math.Sqrt(float64(x.s.k))
		}
		return total
	}
	const parts = 1601
	return zerosAre(c, crossings(parts, func(i int) float64 { return 100 * (2*float64(i)/parts - 1) }, f), f(0))
}

// trueEnds decides A6-walk by what remains of the drift at both ends.
func trueEnds(c Certificate, s *seen) bool {
	if c.Alpha == nil || c.Gain == nil || c.Alpha.Sign() <= 0 || c.Gain.Sign() <= 0 || s.walks == nil {
		return false
	}
	alpha, _ := c.Alpha.Float64()
	gain, _ := c.Gain.Float64()
	square, levels := new(big.Rat), []*big.Rat{}
	for u, w := range s.walks {
		square.Add(square, new(big.Rat).Mul(w, w))
		if slices.Contains(s.edge[u], true) && !slices.ContainsFunc(levels, func(x *big.Rat) bool { return x.Cmp(w) == 0 }) {
			levels = append(levels, w)
		}
	}
	norm, _ := square.Float64()
	slices.SortFunc(levels, (*big.Rat).Cmp) // ascending
	into := make([][]int, len(levels))
	edges := make([]int, len(levels))
	for i, level := range levels {
		into[i] = make([]int, s.n)
		for u, w := range s.walks {
			for v := range s.n {
				if s.edge[u][v] && w.Cmp(level) == 0 {
					into[i][v]++
					edges[i]++
				}
			}
		}
	}
	end := func(order []int, sign int) float64 {
		top := order[0]
		for _, next := range order[1:] {
			rest := make([]int, s.n) // C
			for v := range rest {
				rest[v] = sign * (into[top][v]*edges[next] - into[next][v]*edges[top])
			}
			if slices.Min(rest) == slices.Max(rest) {
				continue
			}
			sum, count := s.aim(rest)
			total := 0.0
			for v, x := range rest {
				w, _ := s.walks[v].Float64()
				total += (float64(sum)/float64(count) - float64(x)) * math.Exp(alpha*(w/math.Sqrt(norm)+gain*float64(into[top][v])/float64(edges[top])-gain))
			}
			return total
		}
		return 0
	}
	var up, down []int
	for i := range levels {
		up, down = append([]int{i}, up...), append(down, i)
	}
	if len(levels) == 0 {
		return false
	}
	below, above := end(down, -1), end(up, 1)
	return below*above != 0 && c.Status == map[[2]bool]string{{true, false}: "finite", {true, true}: "plus-infinity", {false, false}: "minus-infinity", {false, true}: "both"}[[2]bool{below > 0, above > 0}]
}

// A zero that is one unit off, left out or given twice is refused.
func TestZerosOff(t *testing.T) {
	of := 0
	for _, text := range references(t) {
		c := decoded(t, text)
		for i, z := range c.Zeros {
			if of++; !*long.Tests && of%5 != 0 {
				continue
			}
			one := big.NewInt(1)
			up, down := new(big.Int).Add(z[1], one), new(big.Int).Sub(z[0], one)
			for name, other := range map[string][][2]*big.Int{"above": {{z[1], up}}, "below": {{down, z[0]}}, "wide": {{z[0], up}}, "a point": {{z[0], z[0]}}, "left out": nil, "twice": {z, z}} {
				d := c
				d.Zeros = slices.Concat(c.Zeros[:i], other, c.Zeros[i+1:])
				if _, err := Check(encoded(t, d)); err == nil {
					t.Errorf("%s: accepted with a zero %s: %s", c.Claim, name, text)
				}
			}
		}
	}
	if of != 29 {
		t.Errorf("%d zeros, expected 29", of)
	}
}
