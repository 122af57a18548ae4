package cert

import (
	"math"
	"math/big"
	"slices"
)

// trueWindow decides when β_v ≤ ρβ_w for all pairs, by trying the values at which
// two are equal, and whether the flow reaches the ends in floating point.
func trueWindow(c Certificate, s *seen) bool {
	most := slices.Max(s.d)
	ratio := big.NewRat(int64(2+2*most), 1)
	holds := func(mu *big.Rat) bool {
		var all []*big.Rat
		for v, d := range s.d {
			if s.in[v] || d > 0 {
				b := new(big.Rat).Mul(mu, big.NewRat(int64(d), 1))
				if s.in[v] {
					b.Add(b, big.NewRat(1, 1))
				}
				all = append(all, b)
			}
		}
		return new(big.Rat).Mul(ratio, slices.MinFunc(all, (*big.Rat).Cmp)).Cmp(slices.MaxFunc(all, (*big.Rat).Cmp)) >= 0
	}
	first, last := c.Exact["first"], c.Exact["last"]
	fresh, outside := false, false
	for v, d := range s.d {
		fresh, outside = fresh || !s.in[v] && d > 0, outside || !s.in[v] && d == 0
	}
	tiny := big.NewRat(1, 1_000_000_000)
	names := 2
	if last != nil {
		names++
	}
	if !fresh || c.Exact["ratio"] == nil || c.Exact["ratio"].Cmp(ratio) != 0 || first == nil || len(c.Exact) != names || first.Sign() <= 0 ||
		!holds(first) || holds(new(big.Rat).Sub(first, tiny)) {
		return false
	}
	if last == nil && !holds(big.NewRat(1_000_000_000, 1)) || last != nil && (last.Sign() <= 0 || !holds(last) || holds(new(big.Rat).Add(last, tiny))) {
		return false
	}
	statuses := func(below func(*big.Rat) bool) string {
		switch {
		case !below(first):
			return "never"
		case last == nil || !below(last):
			return "from"
		}
		return "between"
	}
	if c.Claim == "T1a-window" {
		return outside && c.Alpha == nil && c.Status == statuses(func(*big.Rat) bool { return true })
	}
	goal, count := s.aim(s.d)
	a, b := 0, 0
	for v, d := range s.d {
		if s.in[v] {
			b += goal - count*d
		} else {
			a += goal - count*d
		}
	}
	grows := goal == count*most
	depends := !grows || a*b < 0 && (a+b)*b < 0
	if (c.Alpha != nil) != depends || depends && c.Alpha.Sign() <= 0 {
		return false
	}
	alpha := 1.0
	if depends {
		alpha, _ = c.Alpha.Float64()
	}
	drift := func(mu float64) (total float64) {
		for v, d := range s.d {
			x := mu * float64(d)
			if s.in[v] {
				x++
			}
			total += float64(goal-count*d) * math.Exp(alpha*x/math.Sqrt(float64(s.k)))
		}
		return total
	}
	if !depends && (b == 0 && a <= 0 || b != 0 && max(a+b, b) <= 0) || depends && drift(0) <= 0 {
		return false
	}
	return c.Status == statuses(func(mu *big.Rat) bool {
		x, _ := mu.Float64()
		return grows || drift(x) > 1e-9
	})
}

func trueAnew(c Certificate, s *seen) bool {
	children := 0
	for v := range s.n {
		if s.edge[c.Graph.Root][v] {
			children++
			if slices.Contains(s.aims, v) {
				return false
			}
		}
	}
	if c.Graph.Step < 1 || children == 0 || (c.Grid != 0) != (c.Numbers != nil) || (c.Alpha != nil) != (c.Grid != 0) {
		return false
	}
	if c.Numbers == nil {
		return true
	}
	alpha, _ := c.Alpha.Float64()
	return c.Alpha.Sign() > 0 && len(c.Numbers) == 1 && c.Grid >= MinGrid && c.Grid <= MaxGrid && c.Grid%2 == 0 &&
		grided(c.Numbers["fall"], c.Grid, alpha*float64(children)/float64(s.n)/(float64(s.n-1)+math.Exp(alpha)))
}

func trueFar(c Certificate, s *seen) bool {
	if c.Graph.Step > 20 {
		return false
	}
	var walks func(v, edges int) int // that end in v
	known := map[[2]int]int{}
	walks = func(v, edges int) int {
		if edges == 0 {
			if v == c.Graph.Root {
				return 1
			}
			return 0
		}
		sum, seen := known[[2]int{v, edges}]
		if !seen {
			for u := range s.n {
				if s.edge[u][v] {
					sum += walks(u, edges-1)
				}
			}
			known[[2]int{v, edges}] = sum
		}
		return sum
	}
	all, most := make([]int, s.n), 0
	for v := range all {
		all[v] = walks(v, c.Graph.Step+1)
		most = max(most, all[v])
	}
	sum, count := s.aim(all)
	alone := 0
	for _, w := range all {
		if w == most {
			alone++
		}
	}
	status := "bounded"
	if sum == count*most {
		if status = "unbounded"; alone != 1 {
			return false
		}
	}
	mean := big.NewRat(int64(sum), int64(count))
	return c.Status == status && len(c.Exact) == 2 && c.Exact["walks"] != nil && c.Exact["most_walks"] != nil && c.Exact["walks"].Cmp(mean) == 0 && c.Exact["most_walks"].Cmp(big.NewRat(int64(most), 1)) == 0
}
