package cert

import (
	"encoding/json"
	"fmt"
	"math"
	"math/big"
	"slices"
	"strings"
	"sync"
	"testing"
)

// ownContrasts returns the x_v ≠ 0 in the logits of all vertices, and those that
// are not 0 in all of them; for each q√K of its graph, q labels.
func ownContrasts(all []*seen) (xs [][]int, bounds []float64, names int, columns []int) {
	for _, s := range all {
		names = max(names, s.n)
	}
	moves := make([]bool, names)
	for _, s := range all {
		for v := range s.n {
			x, zero := make([]int, names), true
			for u := range s.n {
				for _, p := range s.aims {
					if s.in[u] && s.edge[u][p] {
						x[u]++
					}
					if s.in[u] && s.edge[u][v] {
						x[u]--
					}
				}
				zero, moves[u] = zero && x[u] == 0, moves[u] || x[u] != 0
			}
			if !zero {
				xs, bounds = append(xs, x), append(bounds, float64(len(s.aims))*math.Sqrt(float64(s.k)))
			}
		}
	}
	for u, m := range moves {
		if m {
			columns = append(columns, u)
		}
	}
	return xs, bounds, names, columns
}

func dotInts(x, y []int) (sum int) {
	for i := range x {
		sum += x[i] * y[i]
	}
	return sum
}

// tried holds answers of positives: most corruptions leave the graph as it was.
var tried sync.Map

// positives returns on which of some vectors a small integer direction is
// positive that is 0 on a face and on θ, and nowhere negative on the vectors.
func positives(xs, face [][]int, theta []float64, names int, columns []int) []bool {
	key := fmt.Sprint(xs, face, theta, columns)
	if out, known := tried.Load(key); known {
		return out.([]bool)
	}
	out, w := make([]bool, len(xs)), make([]int, names)
	rows := slices.Clone(xs) // the last that refused a direction comes first
	var try func(k int)
	try = func(k int) {
		if k < len(columns) {
			for w[columns[k]] = 3; w[columns[k]] >= -3 && slices.Contains(out, false); w[columns[k]]-- {
				try(k + 1)
			}
			return
		}
		if i := slices.IndexFunc(rows, func(x []int) bool { return dotInts(x, w) < 0 }); i >= 0 {
			rows[0], rows[i] = rows[i], rows[0]
			return
		}
		along := 0.0
		for i := range theta {
			along += theta[i] * float64(w[i])
		}
		if math.Abs(along) > 1e-6 || slices.ContainsFunc(face, func(x []int) bool { return dotInts(x, w) != 0 }) {
			return
		}
		for i, x := range xs {
			out[i] = out[i] || dotInts(x, w) > 0
		}
	}
	try(0)
	tried.Store(key, out)
	return out
}

// leastWith approximates the least θ with products above bounds with xs and 0 with a face
// (C. Hildreth's method for quadratic programmes).
func leastWith(xs [][]int, bounds []float64, face [][]int, names int) []float64 {
	theta, parts := make([]float64, names), make([]float64, len(xs)+len(face))
	for range 20000 {
		most := 0.0
		for i, x := range slices.Concat(xs, face) {
			along, square := 0.0, 0.0
			for j, n := range x {
				along += float64(n) * theta[j]
				square += float64(n * n)
			}
			change := -along / square
			if i < len(xs) {
				change = max((bounds[i]-along)/square, -parts[i])
			}
			parts[i] += change
			most = max(most, math.Abs(change))
			for j, n := range x {
				theta[j] += change * float64(n)
			}
		}
		if most < 1e-13 {
			break
		}
	}
	return theta
}

// trueVertex decides claims about one logit for each vertex by floating point and
// by trying small directions.
func trueVertex(c Certificate, all []*seen) bool {
	xs, bounds, names, columns := ownContrasts(all)
	switch c.Claim {
	case "A4-signs":
		return len(all[0].aims) == 1
	case "A4-separated":
		return len(all[0].aims) == 1 && len(xs) > 0
	}
	var face, left [][]int
	var least []float64 // products with what is left
	for i, out := range positives(xs, nil, nil, names, columns) {
		if out {
			left, least = append(left, xs[i]), append(least, bounds[i])
		} else {
			face = append(face, xs[i])
		}
	}
	status := map[bool]string{len(left) == len(xs): "separated", len(left) < len(xs): "quasi-separated", len(left) == 0: "overlap"}[true]
	if c.Status != status || slices.Contains(c.Direction, nil) || c.Claim != "A4-names" && len(xs) == 0 {
		return false
	}
	if c.Claim == "A4-names" {
		return len(c.Direction) == names
	}
	var roots []int // square-free parts of the largest bounds
	for i, x := range xs {
		f := int(math.Round(bounds[i] * bounds[i]))
		for p := 2; p*p <= f; p++ {
			for f%(p*p) == 0 {
				f /= p * p
			}
		}
		most := true
		for k, y := range xs {
			most = most && (bounds[k] <= bounds[i] || !slices.Equal(x, y))
		}
		if most && !slices.Contains(roots, f) {
			roots = append(roots, f)
		}
	}
	slices.Sort(roots)
	rest := c.Direction
	for len(left) > 0 {
		theta := leastWith(left, least, face, names)
		if len(rest) < names*len(roots) {
			return false
		}
		square, along, own := 0.0, 0.0, 0.0
		for j := range names {
			x := 0.0
			for k, f := range roots {
				part, _ := rest[k*names+j].Float64()
				x += part * math.Sqrt(float64(f))
			}
			square, along, own = square+theta[j]*theta[j], along+x*theta[j], own+x*x
		}
		if along <= 0 || along*along < square*own*(1-1e-9) {
			return false
		}
		var tight [][]int
		var at []float64
		for i, x := range left {
			product := 0.0
			for j, n := range x {
				product += float64(n) * theta[j]
			}
			if product < least[i]+1e-6 {
				tight, at = append(tight, x), append(at, least[i])
			}
		}
		stays := positives(tight, face, theta, names, columns)
		left, least, rest = nil, nil, rest[names*len(roots):]
		for i, x := range tight {
			if stays[i] {
				left, least = append(left, x), append(least, at[i])
			} else {
				face = append(face, x)
			}
		}
	}
	return len(rest) == 0
}

// trueContest decides by classical Runge and Kutta steps in the logits of all vertices whether
// they grow along the direction.
func trueContest(c Certificate, s *seen) bool {
	alpha, along, square, growth := 1.0, 0.0, 0.0, 0.0
	if c.Alpha != nil {
		alpha, _ = c.Alpha.Float64()
	}
	if len(c.Direction) != s.n || slices.Contains(c.Direction, nil) || c.Exact != nil && (len(c.Exact) != 1 || c.Exact["time"] == nil) {
		return false
	}
	drift := func(theta []float64) []float64 {
		out, total := make([]float64, s.n), 0.0
		for v := range s.n {
			if s.hops[v] < 0 || s.hops[v] > c.Graph.Step+1 {
				continue
			}
			x := 0.0
			if s.in[v] {
				x = alpha / math.Sqrt(float64(s.k))
			}
			for u := range s.n {
				if s.in[u] && s.edge[u][v] {
					x += theta[u]
				}
			}
			total += math.Exp(x)
			for u := range s.n {
				if s.in[u] && s.edge[u][v] {
					out[u] += math.Exp(x)
				}
			}
		}
		for u := range out {
			out[u] /= total
		}
		return out
	}
	const h = 1. / 16
	theta := make([]float64, s.n)
	for range 16 * 16 {
		to := func(k []float64, by float64) []float64 {
			out := slices.Clone(theta)
			for u := range out {
				out[u] += by * k[u]
			}
			return drift(out)
		}
		a := drift(theta)
		b := to(a, h/2)
		d := to(b, h/2)
		e := to(d, h)
		for u := range theta {
			theta[u] += h / 6 * (a[u] + 2*b[u] + 2*d[u] + e[u])
		}
	}
	for u, m := range drift(theta) {
		x, _ := c.Direction[u].Float64()
		along, square, growth = along+x*m, square+x*x, growth+m*m
	}
	return along > 0 && along*along > 0.999*square*growth
}

// TestVertexOracle: the oracle holds what Python found for true.
func TestVertexOracle(t *testing.T) {
	for _, text := range references(t) {
		if c := decoded(t, text); (c.Graph != nil || c.Claim == "A4-names-growth") && slices.Contains([]string{"A4-signs", "A4-separated", "A4-growth", "A4-names-growth", "A4-bfs", "A4-bfs-winner", "T1b-walk-logits", "T3-answer-sharp"}, c.Claim) && !isTrue(c) {
			t.Errorf("not true: %s", text)
		}
	}
}

// TestWrongGrowth: wrong rules for the terms are refused, each with the
// multipliers that it would have.
func TestWrongGrowth(t *testing.T) {
	several := 0
	for _, text := range references(t) {
		c := decoded(t, text)
		n := 0
		if c.Claim == "A4-growth" {
			n = len(c.Direction) / c.Graph.Vertices
		}
		if n < 2 {
			continue
		}
		several++
		row := len(c.Multipliers) / (n + 1)
		wrong := map[string]func(*Certificate){
			"no log log t": func(c *Certificate) {
				c.Direction, c.Multipliers = c.Direction[:c.Graph.Vertices], c.Multipliers[:2*row]
			},
			"the second term only": func(c *Certificate) {
				c.Direction = c.Direction[c.Graph.Vertices:]
				c.Multipliers = slices.Concat(c.Multipliers[:row], c.Multipliers[2*row:])
			},
			"terms exchanged": func(c *Certificate) {
				c.Direction = slices.Concat(c.Direction[c.Graph.Vertices:2*c.Graph.Vertices], c.Direction[:c.Graph.Vertices], c.Direction[2*c.Graph.Vertices:])
				c.Multipliers = slices.Concat(c.Multipliers[:row], c.Multipliers[2*row:3*row], c.Multipliers[row:2*row], c.Multipliers[3*row:])
			},
			"overlap": func(c *Certificate) { c.Status = "overlap" },
		}
		for name, change := range wrong {
			other := decoded(t, text)
			if change(&other); isTrue(other) {
				t.Errorf("%s: true of %s", name, text)
			}
			if _, err := Check(encoded(t, other)); err == nil {
				t.Errorf("%s: accepted of %s", name, text)
			}
		}
	}
	if several < 5 {
		t.Errorf("%d certificates with two terms or more", several)
	}
}

// TestNegativeMultipliers: that contrasts span a face takes a combination of them that is 0 with
// multipliers ≥ 0; the negative of one is 0 as well, and proves nothing.
func TestNegativeMultipliers(t *testing.T) {
	faces := 0
	for _, text := range references(t) {
		c := decoded(t, text)
		if c.Claim != "A4-growth" && c.Claim != "A4-names-growth" {
			continue
		}
		n := len(c.Multipliers) // of one row, where there is no direction
		if rows := len(c.Direction) / max(1, vertices(c)); rows > 0 {
			n /= rows + 1
		}
		some := false
		for i, u := range c.Multipliers[:n] {
			c.Multipliers[i] = new(big.Int).Neg(u)
			some = some || u.Sign() > 0
		}
		if !some {
			continue
		}
		faces++
		if _, err := Check(encoded(t, c)); err == nil || !strings.Contains(err.Error(), "negative") {
			t.Errorf("%v: of %s", err, text)
		}
	}
	if faces < 5 {
		t.Errorf("%d certificates with a face", faces)
	}
}

// vertices is how many logits a certificate is about.
func vertices(c Certificate) int {
	n := 0
	for _, g := range c.Graphs {
		n = max(n, g.Vertices)
	}
	if c.Graph != nil {
		n = c.Graph.Vertices
	}
	return n
}

// TestContestFlow: θ of a contest is where mpmath 1.3.0 (odefun, 30 digits) finds it at τ = 2, within the
// radius, which is small.
func TestContestFlow(t *testing.T) {
	s := new(Checker).newStatement(Certificate{})
	text := `{"claim":"A4-bfs-winner","loss":"bfs","alpha":"1","graph":{"vertices":9,"edges":[[0,2],[1,0],[1,3],[1,5],[1,7],[2,5],[2,6],[3,4],[4,0],[4,3],[4,6],[4,7],[5,2],[5,3],[5,4],[5,6],[6,3],[7,1],[7,2],[7,5],[8,3],[8,4],[8,5],[8,6]],"root":0,"step":2},"profile":{"n":9,"k":4,"classes":[{"in_set":0,"degree":0,"count":3},{"in_set":0,"degree":1,"count":1},{"in_set":0,"degree":2,"count":1},{"in_set":1,"degree":0,"count":1},{"in_set":1,"degree":1,"count":1},{"in_set":1,"degree":2,"count":2}]}}`
	if err := json.Unmarshal([]byte(text), &s.Certificate); err != nil {
		t.Fatal(err)
	}
	s.readGraphs("")
	s.readProfile(true)
	c := s.contest()
	c.follow(big.NewRat(2, 1))
	if s.err != nil {
		t.Fatal(s.err)
	}
	unit, _ := new(big.Float).SetInt(power(contestBits)).Float64()
	float := func(x *big.Int) float64 {
		f, _ := new(big.Float).SetInt(x).Float64()
		return f / unit
	}
	radius := float(c.radius)
	if radius > 1e-5 || radius <= 0 {
		t.Errorf("radius %v", radius)
	}
	for u, want := range map[int]float64{0: 0.463767359717976364, 2: 0.85327173898909048, 5: 1.51515790090321266, 6: 0.254992325839129525} {
		if have := float(c.theta[c.class[u]]); math.Abs(have-want) > radius+1e-15 {
			t.Errorf("θ_%d = %v, expected %v within %v", u, have, want, radius)
		}
	}
}

// TestWrongContest: the mean of no other rival is taken for the winner.
func TestWrongContest(t *testing.T) {
	refused := 0
	for _, text := range references(t) {
		was := decoded(t, text)
		if was.Claim != "A4-bfs-winner" {
			continue
		}
		s := &statement{Certificate: was}
		s.readGraphs("")
		s.readProfile(true)
		x := s.contest()
		for _, r := range x.rivals {
			c := decoded(t, text)
			for u, j := range x.class {
				if c.Direction[u] = new(big.Int); j >= 0 {
					c.Direction[u].Set(r.mean[j])
				}
			}
			if isTrue(c) {
				continue
			}
			refused++
			if _, err := Check(encoded(t, c)); err == nil {
				t.Errorf("accepted: %s", encoded(t, c))
			}
		}
	}
	if refused < 60 {
		t.Errorf("%d wrong directions", refused)
	}
}
