package cert

import (
	"math"
	"math/big"
	"strings"
	"testing"
)

// trueStochastic decides T1b-stochastic in float64 by the definitions of its
// constants, at 400 values of μ, up to a millionth.
func trueStochastic(c Certificate) bool {
	names := strings.Fields(rules["T1b-stochastic"].numbers)
	if c.Graph == nil || c.Profile == nil || c.Loss != "coconut" || c.Alpha == nil || c.Alpha.Sign() <= 0 || len(c.Exact) != len(names) || c.Graph.Vertices < 2 ||
		c.Logit != nil || c.Gain != nil || c.Start != nil || c.Carry != nil || c.Graphs != nil || c.Grid != 0 || c.Numbers != nil || c.Status != "" || c.Marks != nil || c.Hops != nil || c.Direction != nil || c.Multipliers != nil || c.Zeros != nil ||
		c.Graph.Root < 0 || c.Graph.Root >= c.Graph.Vertices || c.Graph.Step < 0 || c.Graph.Other != nil || (c.Graph.Vertex == nil) != (c.Graph.Label != "") || (c.Graph.Target == nil) != (c.Graph.Label != "shortest") ||
		!wellFormed(*c.Profile) || !realisable(*c.Profile) || !sameProfile(c) {
		return false
	}
	x := map[string]float64{}
	for _, name := range names {
		if q := c.Exact[name]; q == nil || q.Sign() <= 0 {
			return false
		}
		x[name], _ = c.Exact[name].Float64()
	}
	if !c.Exact["steps"].IsInt() || x["failure"] >= 1 || x["mean"] > 0.1 {
		return false
	}
	g := c.Graph
	n := g.Vertices
	edge, hops := map[[2]int]bool{}, map[int]int{g.Root: 0}
	for _, e := range g.Edges {
		edge[e] = true
	}
	for range n {
		for e := range edge {
			if d, known := hops[e[0]]; known {
				if old, seen := hops[e[1]]; !seen || old > d+1 {
					hops[e[1]] = d + 1
				}
			}
		}
	}
	near := func(v int) bool { d, known := hops[v]; return known && d <= g.Step }
	phi, d, labels, k := make([][]float64, n), make([]float64, n), []int{}, 0.
	for v := range n {
		phi[v] = make([]float64, n)
		for u := range n {
			if near(u) && edge[[2]int{u, v}] {
				phi[v][u], d[v] = 1, d[v]+1
			}
		}
		if near(v) {
			k++
		}
		if h, known := hops[v]; g.Vertex != nil && v == *g.Vertex || g.Label == "frontier" && known && h == g.Step+1 {
			labels = append(labels, v)
		}
	}
	if len(labels) == 0 {
		return false
	}
	alpha, _ := c.Alpha.Float64()
	s, aim, square, q := alpha/math.Sqrt(k), 0., 0., float64(len(labels))
	apart, far, least, most, low, high := 0., 0., math.Inf(1), 0., math.Inf(1), 0.
	for _, p := range labels {
		aim, square, low, high = aim+d[p]/q, square+d[p]*d[p]/q, min(low, d[p]), max(high, d[p])
	}
	for v := range n {
		least, most = min(least, d[v]), max(most, d[v])
		for w := range n {
			distance := 0.
			for u := range n {
				distance += math.Abs(phi[v][u] - phi[w][u])
			}
			apart = max(apart, distance)
			for _, p := range labels {
				if p == w {
					far = max(far, distance-(d[v]-d[w])*(d[v]-d[w])/float64(n))
				}
			}
		}
	}
	at := func(y float64) (share []float64, mean float64) {
		share = make([]float64, n)
		total := 0.
		for v := range n {
			share[v] = math.Pow(y, d[v])
			if near(v) {
				share[v] *= math.Exp(s)
			}
			total += share[v]
		}
		for v := range n {
			share[v] /= total
			mean += share[v] * d[v]
		}
		return share, mean
	}
	const near6 = 1 + 1e-6
	_, below := at(x["low"] * 1.1052)
	_, above := at(x["high"] / 1.1052)
	if x["low"]*1.1052 > near6 || x["high"]/1.1052*near6 < 1 || !(below < aim+1e-6 && above > aim-1e-6 && least < aim && aim < most) {
		return false
	}
	m := float64(n)
	for i := range 401 {
		share, mean := at(x["low"] * math.Pow(x["high"]/x["low"], float64(i)/400))
		middle, away := make([]float64, n), make([]float64, n)
		for v := range n {
			for u := range n {
				middle[u] += share[v] * phi[v][u]
			}
		}
		contraction, variance, lean, noise, gust, covariance := 0., 0., 0., 0., 0., make([]float64, n)
		for v := range n {
			off := d[v] - mean
			away[v] = -off * off / m
			for u := range n {
				away[v] += (phi[v][u] - middle[u]) * (phi[v][u] - middle[u])
				covariance[u] += share[v] * off * phi[v][u]
			}
			away[v] /= m - 1
			contraction, variance, lean = contraction+share[v]*away[v], variance+share[v]*off*off, lean+share[v]*off*away[v]/2
		}
		for _, p := range labels {
			noise += away[p] / q
		}
		for _, z := range covariance {
			gust += z * z
		}
		gust = math.Sqrt(max(gust-variance*variance/m, 0) / (m - 1) / contraction)
		if noise/contraction > x["unlike"]*near6 || math.Abs(lean)/contraction > x["lean"]*near6 || gust > x["gust"]*near6 ||
			contraction/variance*near6 < x["slow"] || contraction/variance > x["fast"]*near6 || variance*near6 < x["variance"] {
			return false
		}
	}
	h, wide := x["rate"]*s*s, most-least
	if h*apart/4 > near6 {
		return false
	}
	rho := math.Sqrt(apart) * x["spread"]
	ease := math.Expm1(rho) / rho
	pull, slack := (2-h*apart/4)*-math.Expm1(-rho)/rho, 2-h*wide*wide/4/m
	noise := math.Sqrt(x["unlike"]) + rho/2*math.Sqrt(ease)
	gust := min(x["gust"]+wide*rho*math.Exp(rho/2)/4, wide*math.Sqrt(ease)/2)
	lean := min(x["lean"]+7./24*wide*rho*math.Exp(rho), wide*math.Exp(rho)/2)
	reach := x["spread"] * x["spread"] * x["fast"] * math.Exp(wide*x["mean"])
	passes := func(x, lambda, m, ratio, most, jump, steps, failure float64) bool {
		u := lambda * (2*x*jump + jump*jump)
		omega, split := 1/(1-u/3), jump*math.Sqrt(m)/2/x
		net := 1 - 2*omega*(1+split)*lambda*ratio
		kappa := lambda * m * ratio * (1 + omega*lambda*jump*jump*(1+1/split)/2) / net
		w := most * net * kappa
		return u < 3 && net > 0 && math.Log(2*(1+steps*most*net*math.Exp(kappa-1)*math.Expm1(w)/w)/failure) <= lambda*x*x*near6
	}
	return passes(x["spread"], x["tilt"], m-1, h*noise*noise/pull, h*pull*apart/(2*m-2), h*(math.Sqrt(far)+math.Sqrt(apart)*rho/4), x["steps"], x["failure"]) &&
		passes(x["tail"], x["mean_tilt"], 1, h/m/slack*(gust*gust*reach+(square-aim*aim)/x["variance"]), h/m*slack*wide*wide/4, h/m*(wide*rho/2+high-low), x["steps"], x["failure"]) &&
		lean*reach+x["tail"] <= x["mean"]*near6
}

// Numbers of a certificate that are off by a tenth, bounds by a fiftieth, and a λ that is
// twice as large are refused; |β|/T and √(A/T) that are less may hold, and are weighed.
func TestStochasticNearMisses(t *testing.T) {
	checks := 0
	for _, text := range references(t) {
		c := decoded(t, text)
		if c.Claim != "T1b-stochastic" {
			continue
		}
		if !trueStochastic(c) {
			t.Errorf("float64 says that it is false: %s", text)
		}
		for name, by := range map[string]*big.Rat{"spread": big.NewRat(98, 100), "tail": big.NewRat(98, 100), "mean": big.NewRat(98, 100), "tilt": big.NewRat(2, 1), "mean_tilt": big.NewRat(2, 1),
			"rate": big.NewRat(11, 10), "steps": big.NewRat(2, 1), "failure": big.NewRat(1, 2), "unlike": big.NewRat(9, 10), "lean": big.NewRat(7, 10), "gust": big.NewRat(8, 10),
			"slow": big.NewRat(11, 10), "fast": big.NewRat(9, 10), "variance": big.NewRat(11, 10), "low": big.NewRat(11, 10), "high": big.NewRat(9, 10)} {
			was := c.Exact[name]
			c.Exact[name] = new(big.Rat).Mul(was, by)
			if _, err := Check(encoded(t, c)); err == nil && (name != "lean" && name != "gust" || !trueStochastic(c)) {
				t.Errorf("%s times %v is accepted: %s", name, by, text)
			}
			c.Exact[name] = was
			checks++
		}
	}
	if checks != 12*16 {
		t.Errorf("%d checks", checks)
	}
}
