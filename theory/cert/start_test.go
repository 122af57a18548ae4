package cert

import (
	"math"
	"math/big"
	"slices"
	"strings"
	"testing"
)

// isStart reports whether a claim is about any start, or about a carry-over that is
// trained.
func isStart(claim string) bool {
	return strings.HasPrefix(claim, "A18-") || strings.HasSuffix(claim, "-start")
}

// trueStart decides such a claim by floating point and fractions.
func trueStart(c Certificate) bool {
	p := c.Profile
	bfs := c.Claim != "T1b-rate-start" && c.Claim != "T1b-diverges-start"
	if p == nil || c.Loss != map[bool]string{true: "bfs", false: coconut}[bfs] || bfs != (p.TargetDegree == 0) || !wellFormed(*p) || !realisable(*p) || c.Graph != nil && !sameProfile(c) || c.Graph != nil && c.Graph.Edges == nil {
		return false
	}
	if c.Logit != nil || c.Gain != nil || c.Graphs != nil || c.Exact != nil || (c.Status != "") != (c.Claim == "A18-threshold") || c.Hops != nil || c.Direction != nil || c.Multipliers != nil {
		return false
	}
	about := slices.Contains([]string{"A18-bounded", "A18-diverges", "A18-both", "A18-collapse", "A18-spread", "A18-always", "A18-threshold"}, c.Claim)
	numbers, trained := c.Numbers != nil, strings.HasPrefix(c.Claim, "A18-")
	if (c.Start != nil) != (about || numbers) || (c.Carry != nil) != (trained && (about || numbers)) || numbers != (c.Grid > 0) {
		return false
	}
	if c.Carry != nil && (c.Carry.Ratio == nil || c.Carry.Weight == nil || c.Carry.Ratio.Sign() <= 0) || c.Alpha != nil && c.Alpha.Sign() <= 0 {
		return false
	}
	if numbers && (c.Alpha == nil || c.Grid < MinGrid || c.Grid > MaxGrid || c.Grid%2 != 0) {
		return false
	}
	float := func(q *big.Rat) float64 {
		if q == nil {
			return 1
		}
		x, _ := q.Float64()
		return x
	}
	alpha, start, ratio, weight := float(c.Alpha), 0., 1., 1.
	if c.Start != nil {
		start = float(c.Start)
	}
	if c.Carry != nil {
		ratio, weight = float(c.Carry.Ratio), float(c.Carry.Weight)
	}
	s := alpha / math.Sqrt(float64(p.K))
	goal, most, least, out := float64(p.TargetDegree)/float64(max(p.Labels, 1)), 0., 1e9, 0.
	inner, outer, m := -1, 0, 0
	for _, x := range p.Classes {
		d := float64(x.Degree)
		most, least = max(most, d), min(least, d)
		switch {
		case x.InSet == 1:
			inner = max(inner, x.Degree)
		case x.Degree == 0:
			out = float64(x.Count)
		default:
			outer, m = max(outer, x.Degree), x.Count
		}
	}
	star := p.K == 1 && inner == 0 && outer == 1
	if bfs && (out == 0 || most == 0) {
		return false
	}
	// sum returns Σ f(class)·w at a logit, w the weights with ω(0).
	sum := func(mu float64, f func(x Class) float64) (total float64) {
		for _, x := range p.Classes {
			total += f(x) * float64(x.Count) * math.Exp(s*(weight*float64(x.InSet)+mu*float64(x.Degree)))
		}
		return total
	}
	is := func(ok bool) float64 { return map[bool]float64{true: 1}[ok] }
	degree := func(x Class) float64 { return float64(x.Degree) }
	Z := sum(start, func(Class) float64 { return 1 })
	kappa := alpha * alpha / float64(p.N*p.K)
	want, holds := map[string]float64{}, true
	var terms []term // whose sum has to be positive, or 0
	add := func(degree, in int, factor *big.Rat) {
		at := new(big.Rat).Mul(c.Start, big.NewRat(int64(degree), 1))
		at.Add(at, new(big.Rat).Mul(c.Carry.Weight, big.NewRat(int64(in), 1)))
		n := new(big.Rat).Mul(factor, new(big.Rat).SetInt(c.Carry.Ratio.Denom()))
		terms = append(terms, term{at, n.Num()})
	}
	count := func(n int) *big.Rat { return big.NewRat(int64(n), 1) }
	delta := math.Exp(-alpha*start) - ratio*float64(m)*math.Exp(-alpha*weight)
	switch c.Claim {
	case "T1a-start", "A18-upper":
		want["b_hi"] = kappa * most * most * out / sum(start, func(x Class) float64 { return is(degree(x) == most) })
		if c.Claim == "T1a-start" {
			want["b_lo"] = kappa * most * out * sum(start, degree) / (Z - out) / Z
		}
	case "T1b-diverges-start":
		holds = least < most && (goal == least || goal == most)
		gap := 1e9
		for _, x := range p.Classes {
			if away := math.Abs(degree(x) - goal); away > 0 {
				gap = min(gap, away)
			}
		}
		want["b_lo"] = kappa * gap * gap * sum(start, func(x Class) float64 { return is(math.Abs(degree(x)-goal) == gap) }) / Z
		want["b_hi"] = kappa * gap * sum(start, func(x Class) float64 { return math.Abs(degree(x) - goal) }) / sum(start, func(x Class) float64 { return is(degree(x) == goal) })
	case "T1b-rate-start":
		holds = least < goal && goal < most
		if !numbers || !holds {
			break
		}
		moment := func(mu float64, power int) float64 {
			return sum(mu, func(x Class) float64 { return math.Pow(degree(x), float64(power)) }) / sum(mu, func(Class) float64 { return 1 })
		}
		low, high := -100/s, 100/s
		for range 200 {
			if middle := (low + high) / 2; moment(middle, 1) < goal {
				low = middle
			} else {
				high = middle
			}
		}
		v := math.Inf(1)
		for i := range 4001 {
			mu := start + (low-start)*float64(i)/4000
			v = min(v, moment(mu, 2)-moment(mu, 1)*moment(mu, 1))
		}
		want["mu"], want["variance"] = low, v
	case "A18-conserved", "A18-bounded", "A18-diverges", "A18-both":
		if holds = star; !star {
			break
		}
		want["delta"] = delta
		if c.Carry == nil {
			break
		}
		if sign := map[string]int{"A18-bounded": 1, "A18-diverges": -1}[c.Claim]; c.Claim != "A18-conserved" {
			if c.Claim == "A18-both" {
				return c.Alpha == nil && c.Start.Cmp(c.Carry.Weight) == 0 && new(big.Rat).Mul(c.Carry.Ratio, count(m)).Cmp(count(1)) == 0
			}
			add(0, 1, count(sign)) // e^{α(μ_0+ω_0)}·δ
			add(1, 0, new(big.Rat).Mul(c.Carry.Ratio, count(-sign*m)))
			want[map[int]string{1: "mu", -1: "omega"}[sign]] = -math.Log(float64(sign)*delta/[]float64{0: 1, 2: ratio * float64(m)}[1-sign]) / alpha
		}
	case "A18-later", "A18-lower":
		holds = inner > 0
		A, D := sum(start, func(x Class) float64 { return is(x.InSet == 1) }), sum(start, func(x Class) float64 { return is(x.InSet == 1) * degree(x) })
		mean, power := D/A, max(float64(outer), float64(inner)+A/(ratio*D))
		if want["slope"] = ratio * mean; c.Claim == "A18-lower" {
			if outer > 0 {
				fresh := func(x Class) float64 { return is(x.InSet == 0 && x.Degree > 0) }
				mean = min(mean, sum(start, func(x Class) float64 { return fresh(x) * degree(x) })/sum(start, fresh))
			}
			delete(want, "slope")
			want["power"], want["b_lo"] = power, power*kappa*out*mean/Z
		}
	case "A18-always", "A18-threshold":
		if inner < 1 || outer <= inner || (ratio*float64((outer-inner)*inner) >= 1-1e-12) != (c.Claim == "A18-always") {
			return false
		}
		return c.Claim == "A18-always" && c.Alpha == nil && c.Marks == nil || c.Status == pathEnd(*p, s, start, ratio, weight, inner, outer) && (c.Alpha == nil) == (c.Status == "balance")
	case "A18-collapse", "A18-spread":
		gap := max(outer-inner, 0)
		room, x0 := 1., math.Exp(s*weight)
		for _, x := range p.Classes {
			n := float64(x.Count) * math.Exp(s*start*degree(x))
			switch {
			case c.Carry == nil:
			case c.Claim == "A18-collapse" && x.InSet == 1 && x.Degree == inner:
				factor := new(big.Rat).Mul(c.Carry.Ratio, count(-gap*inner))
				add(x.Degree, 1, factor.Mul(factor.Add(factor, count(1)), count(x.Count)))
				fresh := sum(start, func(x Class) float64 { return is(x.InSet == 0) * degree(x) })
				room = 1 - ratio*float64(gap)*(float64(inner)+fresh/(n*x0))
			case c.Claim == "A18-collapse" && x.InSet == 0:
				add(x.Degree, 0, new(big.Rat).Mul(c.Carry.Ratio, count(-gap*x.Degree*x.Count)))
			case c.Claim == "A18-spread" && x.InSet == 1:
				add(x.Degree, 1, count(-x.Count))
			case c.Claim == "A18-spread" && x.Degree == outer:
				add(x.Degree, 0, new(big.Rat).Mul(c.Carry.Ratio, count(gap*x.Degree*x.Count)))
				room = ratio*float64(gap)*degree(x)*n/sum(start, func(x Class) float64 { return is(x.InSet == 1) }) - 1
			}
		}
		want["room"] = room
	}
	if terms != nil {
		positive, always := sumSign(terms, s)
		if !positive || !numbers && (c.Alpha != nil) == always {
			return false
		}
	} else if !numbers && c.Alpha != nil {
		return false
	}
	if !holds || !numbers {
		return holds
	}
	for name, x := range want {
		b, grid := c.Numbers[name], int(c.Grid)
		if name == "variance" {
			grid /= 2
		}
		if b[0] == nil || b[1] == nil {
			return false
		}
		have, _ := new(big.Rat).SetFrac(b[0], power(uint(grid))).Float64()
		tolerance := 1e-9
		if name == "variance" {
			tolerance = 1e-5
		}
		if !(math.Abs(have-x) <= tolerance*max(math.Abs(x), 1e-3)) {
			return false
		}
	}
	return len(c.Numbers) == len(want)
}

// pathEnd follows αs(ω − gμ) over αsμ by the method of Runge and Kutta, and says where
// new vertices have no part in the end, or all, or always the same.
func pathEnd(p Profile, s, start, ratio, weight float64, inner, outer int) string {
	u, gap := s*start, float64(outer-inner)
	at := s*weight - gap*u
	slope := func(u, at float64) (float64, float64) {
		carried, edges, fresh := 0., 0., 0.
		for _, x := range p.Classes {
			d, n := float64(x.Degree), float64(x.Count)
			if x.InSet == 1 {
				w := n * math.Exp((d-float64(inner))*u)
				carried, edges = carried+w, edges+d*w
			} else {
				fresh += n * d * math.Exp((d-float64(outer))*u-at)
			}
		}
		return carried/(ratio*(edges+fresh)) - gap, fresh / carried
	}
	const h = 1. / 32
	for range 32 * 60 {
		a, part := slope(u, at)
		if part < 1e-9 {
			return "collapse"
		}
		if part > 1e9 {
			return "spread"
		}
		b, _ := slope(u+h/2, at+h/2*a)
		c, _ := slope(u+h/2, at+h/2*b)
		d, _ := slope(u+h, at+h*c)
		u, at = u+h, at+h*(a+2*b+2*c+d)/6
	}
	return "balance"
}

// sumSign reports whether a sum of terms is positive, by floating point, and whether
// it is so for every α.
func sumSign(terms []term, s float64) (positive, always bool) {
	total := 0.
	signs := map[int]bool{}
	for _, t := range terms {
		x, _ := t.x.Float64()
		n, _ := new(big.Rat).SetInt(t.c).Float64()
		total += n * math.Exp(s*x)
		sum := new(big.Int)
		for _, u := range terms {
			if u.x.Cmp(t.x) >= 0 {
				sum.Add(sum, u.c)
			}
		}
		signs[sum.Sign()] = true
	}
	if always = !signs[1] || !signs[-1]; always {
		return signs[1], true
	}
	return total > 0, false
}

// TestStartOracle: the oracle holds what Python found for true.
func TestStartOracle(t *testing.T) {
	checks := 0
	for _, text := range references(t) {
		c := decoded(t, text)
		if !isStart(c.Claim) {
			continue
		}
		if checks++; !trueStart(c) {
			t.Errorf("not true: %s", text)
		}
	}
	if checks < 350 {
		t.Errorf("%d certificates", checks)
	}
}
