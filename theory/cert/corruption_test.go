package cert

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"muflow/internal/long"
	"slices"
	"testing"
)

// A leaf is a place in a decoded JSON document, and how to put another value
// there or take it away.
type leaf struct {
	path   string
	value  any
	set    func(any)
	remove func()
}

func leavesOf(path string, v any, set func(any), remove func()) []leaf {
	all := []leaf{{path, v, set, remove}}
	switch v := v.(type) {
	case map[string]any:
		keys := make([]string, 0, len(v))
		for k := range v {
			keys = append(keys, k)
		}
		slices.Sort(keys)
		for _, k := range keys {
			all = append(all, leavesOf(path+"."+k, v[k], func(x any) { v[k] = x }, func() { delete(v, k) })...)
		}
	case []any:
		for i := range v {
			all = append(all, leavesOf(path+"[]", v[i], func(x any) { v[i] = x }, func() { set(slices.Delete(v, i, i+1)) })...)
		}
	}
	return all
}

// corrupt changes one leaf of a certificate: an integer by ±1, to a random one
// or in one digit; a text to another claim, loss, gain or noise; the ends of a
// bracket; an end of an edge; or it takes the leaf away. What can be read as a
// certificate is written in canonical form, with edges and classes sorted, so
// that the uniqueness of the text catches nothing.
func corrupt(rng *rand.Rand, text []byte) ([]byte, string) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var document any
	if err := decoder.Decode(&document); err != nil {
		panic(err) // the text was accepted
	}
	all := leavesOf("", document, nil, nil)[1:]
	at := all[rng.IntN(len(all))]
	what := at.path
	switch v := at.value.(type) {
	case json.Number:
		x, _ := new(big.Int).SetString(string(v), 10)
		switch rng.IntN(6) {
		case 0:
			x.Add(x, big.NewInt(1))
		case 1:
			x.Sub(x, big.NewInt(1))
		case 2:
			x.Xor(x, new(big.Int).Lsh(big.NewInt(1), uint(rng.IntN(max(x.BitLen(), 3))))) // one bit
		case 3:
			x.Neg(x)
		case 4: // a digit
			digits := []byte(x.String())
			digits[rng.IntN(len(digits))] = byte('0' + rng.IntN(10))
			if y, ok := new(big.Int).SetString(string(digits), 10); ok {
				x = y
			}
		default:
			x.SetInt64(rng.Int64N(12))
		}
		at.set(json.Number(x.String()))
		what += " := " + x.String()
	case string:
		words := []string{"", "bfs", "coconut", "1", "2", "3/2", "1/97", "2/3", "-1/5", "0", "7/2", "x", "finite", "plus-infinity", "minus-infinity", "stationary", "both", "falls", "rises", "never", "from", "between", "bounded", "unbounded", "overlap", "separated", "quasi-separated", "shortest", "frontier", "path"}
		if q, ok := new(big.Rat).SetString(v); ok { // or the number one off, or its inverse
			words = append(words, q.Add(q, big.NewRat(1, 1)).RatString(), q.Sub(q, big.NewRat(2, 1)).RatString())
		}
		for claim := range rules {
			words = append(words, claim)
		}
		slices.Sort(words)
		word := words[rng.IntN(len(words))]
		at.set(word)
		what += " := " + word
	case []any: // a bracket is widened, narrowed or shifted, two entries change places, other lists are cut
		if len(v) > 1 && rng.IntN(2) == 0 && !bytes.HasPrefix([]byte(at.path), []byte(".numbers")) {
			i, j := rng.IntN(len(v)), rng.IntN(len(v))
			v[i], v[j] = v[j], v[i]
			what += fmt.Sprintf(" with %d and %d exchanged", i, j)
			break
		}
		if lo, ok := number(v, 0); ok && len(v) == 2 && (bytes.HasPrefix([]byte(at.path), []byte(".numbers")) || at.path == ".zeros[]") {
			hi, _ := number(v, 1)
			by := big.NewInt(rng.Int64N(5) - 2)
			switch rng.IntN(3) {
			case 0:
				lo.Sub(lo, by)
				hi.Add(hi, by)
			case 1:
				lo.Add(lo, by)
				hi.Add(hi, by)
			default:
				hi.Set(lo)
			}
			at.set([]any{json.Number(lo.String()), json.Number(hi.String())})
			what += fmt.Sprintf(" := %v %v", lo, hi)
			break
		}
		at.remove()
		what += " removed"
	default:
		at.remove()
		what += " removed"
	}
	raw, err := json.Marshal(document)
	if err != nil {
		panic(err)
	}
	var c Certificate
	if json.Unmarshal(raw, &c) != nil {
		return raw, what
	}
	graphs := c.Graphs
	if c.Graph != nil {
		graphs = []Graph{*c.Graph} // which shares its edges
	}
	for _, g := range graphs {
		slices.SortFunc(g.Edges, func(a, b [2]int) int { return slices.Compare(a[:], b[:]) })
	}
	if c.Profile != nil {
		slices.SortFunc(c.Profile.Classes, func(a, b Class) int {
			return slices.Compare([]int{a.InSet, a.Degree}, []int{b.InSet, b.Degree})
		})
	}
	format := c.Format
	if raw, err = Encode(c); err != nil {
		panic(err)
	}
	return bytes.Replace(raw, []byte(Format), []byte(format), 1), what
}

func number(v []any, i int) (*big.Int, bool) {
	if i >= len(v) {
		return nil, false
	}
	text, ok := v[i].(json.Number)
	if !ok {
		return nil, false
	}
	return new(big.Int).SetString(string(text), 10)
}

// trueAnyway returns why a corrupted certificate c of Theorem 1 is another true
// statement in canonical form, so that accepting it is right; "" if it is not
// known to be one. was is the certificate before.
func trueAnyway(was, c Certificate) string {
	same := func(a, b any) bool {
		x, errX := json.Marshal(a)
		y, errY := json.Marshal(b)
		return errX == nil && errY == nil && bytes.Equal(x, y)
	}
	graph, profile, claim := same(was.Graph, c.Graph), same(was.Profile, c.Profile), was.Claim == c.Claim
	stripped := c
	stripped.Claim, stripped.Loss, stripped.Alpha, stripped.Graph, stripped.Profile, stripped.Grid, stripped.Numbers = "", "", nil, nil, nil, 0, nil
	if was.Format != c.Format || was.Loss != c.Loss || c.Profile == nil || !same(stripped, Certificate{Format: c.Format}) {
		return ""
	}
	if !profile && (!wellFormed(*c.Profile) || !realisable(*c.Profile)) || c.Graph != nil && !(graph && profile) && !sameProfile(c) {
		return ""
	}
	if c.Numbers == nil {
		if c.Grid == 0 && premise(c) {
			return "the claim holds on every profile with its premise"
		}
		return ""
	}
	alpha, grid, numbers := same(was.Alpha, c.Alpha), was.Grid == c.Grid, same(was.Numbers, c.Numbers)
	constants := alpha && grid && numbers
	exact := true
	for _, b := range c.Numbers {
		exact = exact && b[0] != nil && b[1] != nil && b[0].Cmp(b[1]) == 0
	}
	sign := 0 // of μ*, 2 if not known
	if b := c.Numbers["mu"]; b[0] != nil && b[1] != nil {
		switch sign = 2; {
		case b[0].Sign() >= 0:
			sign = b[1].Sign()
		case b[1].Sign() <= 0:
			sign = -1
		}
	}
	switch {
	case claim && graph && profile && constants:
		return "nothing changed"
	case claim && profile && constants && c.Graph == nil:
		return "the same statement about the profile alone"
	case claim && profile && constants && sameProfile(c):
		return "another graph, or another step or root in it, with this profile"
	case claim && c.Claim == "T1a-upper" && c.Graph == nil && constants && wellFormed(*c.Profile) && sameUpper(*was.Profile, *c.Profile):
		return "b_hi depends on n, K, n_out, d_max and W_{d_max} only"
	case claim && c.Claim == "T1b-diverges-lower" && c.Graph == nil && constants && wellFormed(*c.Profile) && sameLower(*was.Profile, *c.Profile):
		return "b_lo depends on n, K, g and W_{d'} only"
	case graph && profile && constants && slices.Contains([]string{"T1b", "T1b-steps", "T1b-steps-unstable", map[int]string{1: "T1b-positive", -1: "T1b-negative"}[sign]}, c.Claim) &&
		slices.Contains([]string{"T1b", "T1b-steps", "T1b-steps-unstable", "T1b-positive", "T1b-negative"}, was.Claim):
		return "both claims hold, with the same number μ*"
	case claim && graph && profile && numbers && grid && exact && c.Alpha != nil && c.Alpha.Sign() > 0:
		return "lo = hi is a consequence of integers, for every gain"
	case claim && graph && profile && numbers && alpha && exact && sign == 0 && MinGrid <= c.Grid && c.Grid <= MaxGrid && c.Grid%2 == 0:
		return "0 is 0 on every grid"
	}
	return ""
}

// premise decides that of a claim of Theorem 1 without numbers, for the α that it
// names, which it must do exactly if that matters.
func premise(c Certificate) bool {
	p := *c.Profile
	below, above, a, b := false, false, 0, 0 // R(1) = a + be
	for _, x := range p.Classes {
		over := p.TargetDegree - max(1, p.Labels)*x.Degree
		below, above = below || over > 0, above || over < 0
		if x.InSet == 0 {
			a += x.Count * over
		} else {
			b += x.Count * over
		}
	}
	if c.Loss == "coconut" && p.TargetDegree < 1 || c.Graph != nil && c.Graph.Edges == nil {
		return false
	}
	depends := slices.Contains([]string{"T1b-positive", "T1b-negative", "T1b-ceiling", "T1b-ceiling-sharp"}, c.Claim) && (a > 0 && b < 0 && a+b > 0 || a < 0 && b > 0 && a+b < 0)
	e := 2.0
	if (c.Alpha != nil) != depends || depends && c.Alpha.Sign() <= 0 {
		return false
	}
	if depends {
		alpha, _ := c.Alpha.Float64()
		e = math.Exp(alpha / math.Sqrt(float64(p.K)))
	}
	start := float64(a) + e*float64(b)
	if !depends && a+b == 0 && b != 0 {
		start = float64(b)
	} else if !depends && b != 0 {
		start = float64(a + b)
	}
	switch c.Claim {
	case "T1a", "T1a-lower", "T1a-upper", "T1a-steps":
		return c.Loss == "bfs" && room(p)
	case "A4-bfs":
		return c.Loss == "bfs" && room(p) && c.Graph != nil
	case "T1a-still":
		return c.Loss == "bfs" && !room(p)
	case "T1b", "T1b-rate", "T1b-steps", "T1b-steps-unstable":
		return c.Loss == "coconut" && below && above
	case "T1b-negative":
		return c.Loss == "coconut" && below && above && start < 0
	case "T1b-still":
		return c.Loss == "coconut" && a == 0 && b == 0
	case "T1b-diverges", "T1b-diverges-lower", "T1b-diverges-upper", "T1b-diverges-steps":
		return c.Loss == "coconut" && below != above
	case "T1b-positive":
		return c.Loss == "coconut" && below && above && start > 0
	case "T1b-ceiling", "T1b-ceiling-sharp":
		return c.Loss == "coconut" && below && above && start >= 0
	}
	return false
}

// realisable says in words of edges which profiles a graph has.
func realisable(p Profile) bool {
	alone := 0
	for _, c := range p.Classes {
		limit := p.K - 1 // all other vertices of N_c, or all but the root
		if c.InSet == 0 && p.K == 1 {
			limit = 1 // the root
		}
		if c.Degree > limit {
			return false
		}
		if c.InSet == 1 && c.Degree == 0 {
			alone += c.Count
		}
	}
	return alone <= 1
}

func wellFormed(p Profile) bool {
	n, k, seen := 0, 0, map[[2]int]bool{}
	for _, c := range p.Classes {
		if c.InSet&^1 != 0 || c.Degree < 0 || c.Degree > MaxDegree || c.Count < 1 || seen[[2]int{c.InSet, c.Degree}] {
			return false
		}
		seen[[2]int{c.InSet, c.Degree}] = true
		n, k = n+c.Count, k+c.Count*c.InSet
	}
	below, above := p.TargetDegree == 0, p.TargetDegree == 0
	for _, c := range p.Classes {
		below = below || max(1, p.Labels)*c.Degree <= p.TargetDegree
		above = above || max(1, p.Labels)*c.Degree >= p.TargetDegree
	}
	lowest := p.Labels == 0
	if p.Labels > 1 && p.TargetDegree > 0 {
		lowest = true
		for q := 2; q <= p.Labels; q++ {
			lowest = lowest && (p.Labels%q != 0 || p.TargetDegree%q != 0)
		}
	}
	return n == p.N && k == p.K && k > 0 && below && above && lowest && p.TargetDegree >= 0
}

func room(p Profile) bool {
	outside, edge := false, false
	for _, c := range p.Classes {
		outside, edge = outside || c.InSet == 0 && c.Degree == 0, edge || c.Degree > 0
	}
	return outside && edge
}

// sameUpper compares what b_hi depends on.
func sameUpper(a, b Profile) bool {
	parts := func(p Profile) [6]int {
		out, top, most := 0, [2]int{}, 0
		for _, c := range p.Classes {
			most = max(most, c.Degree)
		}
		for _, c := range p.Classes {
			if c.InSet == 0 && c.Degree == 0 {
				out = c.Count
			}
			if c.Degree == most {
				top[c.InSet] = c.Count
			}
		}
		return [6]int{p.N, p.K, out, most, top[0], top[1]}
	}
	return parts(a) == parts(b)
}

// sameLower reports whether d* is an end of the degrees in both profiles, with
// the same n, K, distance to the nearest other degree, and counts there.
func sameLower(a, b Profile) bool {
	parts := func(p Profile) (out [5]int) {
		gap, ends := 1<<30, map[int]bool{}
		for _, c := range p.Classes {
			if away := p.TargetDegree - c.Degree; away != 0 {
				gap, ends[min(max(away, -1), 1)] = min(gap, max(away, -away)), true
			}
		}
		out = [5]int{p.N, p.K, gap}
		for _, c := range p.Classes {
			if away := p.TargetDegree - c.Degree; away == gap || away == -gap {
				out[3+c.InSet] += c.Count
			}
		}
		if len(ends) != 1 || p.Labels > 0 {
			out[0] = -1
		}
		return out
	}
	return parts(a) == parts(b) && parts(a)[0] > 0
}

// sameProfile derives the profile of the graph by walking it vertex by vertex
// and compares with the one that is stated.
func sameProfile(c Certificate) bool {
	g := c.Graph
	if g == nil || g.Step < 0 || g.Root < 0 || g.Root >= g.Vertices || (g.Vertex != nil || g.Label != "") != (c.Loss == coconut) {
		return false
	}
	if (g.Target != nil) != (g.Label == "shortest") || g.Vertex != nil && g.Label != "" {
		return false
	}
	edge := map[[2]int]bool{}
	for _, e := range g.Edges {
		if edge[e] || e[0] == e[1] || min(e[0], e[1]) < 0 || max(e[0], e[1]) >= g.Vertices {
			return false
		}
		edge[e] = true
	}
	distance := map[int]int{g.Root: 0}
	queue := []int{g.Root}
	for ; len(queue) > 0; queue = queue[1:] {
		for v := range g.Vertices {
			if _, known := distance[v]; !known && edge[[2]int{queue[0], v}] {
				distance[v] = distance[queue[0]] + 1
				queue = append(queue, v)
			}
		}
	}
	near := func(v int) int {
		if d, known := distance[v]; known && d <= g.Step {
			return 1
		}
		return 0
	}
	// ways(u, steps): a walk of so many edges leads from u to the target.
	var ways func(u, steps int) bool
	ways = func(u, steps int) bool {
		if steps == 0 {
			return u == *g.Target
		}
		for v := range g.Vertices {
			if edge[[2]int{u, v}] && ways(v, steps-1) {
				return true
			}
		}
		return false
	}
	label := func(v int) bool {
		if g.Vertex != nil {
			return v == *g.Vertex
		}
		d, known := distance[v]
		if !known || d != g.Step+1 || g.Label == "frontier" {
			return known && d == g.Step+1
		}
		whole, known := distance[*g.Target]
		return known && whole >= d && ways(v, whole-d)
	}
	if g.Target != nil && (*g.Target < 0 || *g.Target >= g.Vertices) || g.Label != "" && g.Label != "shortest" && g.Label != "frontier" {
		return false
	}
	count, k, labels, sum := map[[2]int]int{}, 0, 0, 0
	for v := range g.Vertices {
		d := 0
		for u := range g.Vertices {
			if edge[[2]int{u, v}] {
				d += near(u)
			}
		}
		count[[2]int{near(v), d}]++
		k += near(v)
		if c.Loss == coconut && label(v) {
			labels, sum = labels+1, sum+d
		}
	}
	if c.Loss == coconut && (labels == 0 || sum*max(1, c.Profile.Labels) != labels*c.Profile.TargetDegree) {
		return false
	}
	if g.Vertex != nil && (*g.Vertex < 0 || *g.Vertex >= g.Vertices) {
		return false
	}
	for _, x := range c.Profile.Classes {
		if count[[2]int{x.InSet, x.Degree}] != x.Count {
			return false
		}
	}
	return len(count) == len(c.Profile.Classes) && c.Profile.N == g.Vertices && c.Profile.K == k
}

// A certificate of each claim with one corrupted field is refused, unless it is
// a true statement: by one of the arguments of trueAnyway, and then it is accepted;
// or by isTrue, and then it may lack its proof.
func TestCorruptions(t *testing.T) {
	wanted := 150
	if *long.Tests {
		wanted = 1000
	}
	all := map[string][][]byte{}
	for _, text := range references(t) {
		claim := decoded(t, text).Claim
		all[claim] = append(all[claim], text)
	}
	for claim, texts := range all {
		t.Run(claim, func(t *testing.T) {
			t.Parallel()
			rng, wanted := rand.New(rand.NewPCG(2509, 23365)), wanted
			if share := map[string]int{"A6-population": 20, "A6-rate": 4, "A6-bfs": 4, "A6-price": 2, "A6-overshoot": 20, "A4-bfs-winner": 5}[claim]; share > 0 { // up to a third of a second each
				wanted /= share
			}
			reasons, paths := map[string]int{}, map[string]bool{}
			refutable, accepted, compared := 0, 0, 0
			var checker Checker
			for round := 0; refutable < wanted; round++ {
				text := texts[round%len(texts)]
				was := decoded(t, text)
				bad, what := corrupt(rng, text)
				_, err := Check(bad)
				var c Certificate
				if json.Unmarshal(bad, &c) == nil && c.Format == Format {
					if canonical, err := Encode(c); round%5 == 0 && err == nil && bytes.Equal(canonical, bad) {
						_, alone := CheckFlow(bad)
						again := checker.Accept(c)
						if compared++; fmt.Sprint(alone) != fmt.Sprint(again) || checker.Accept(was) != nil {
							t.Errorf("%s: %v, with what is kept of others %v\n%s", what, alone, again, bad)
						}
					}
					if isStart(c.Claim) {
						if trueStart(c) && !otherNumber(was, c) {
							reasons[fmt.Sprintf("true, accepted: %v", err == nil)]++
							continue
						}
					} else if was.Profile != nil && was.Exact == nil && was.Direction == nil {
						if why := trueAnyway(was, c); why != "" {
							if reasons[why]++; err != nil {
								t.Errorf("%s %s: refused although %s: %v\n%s", was.Claim, what, why, err, bad)
							}
							continue
						}
					} else if isTrue(c) && !otherNumber(was, c) {
						reasons[fmt.Sprintf("true, accepted: %v", err == nil)]++
						continue
					}
				}
				refutable++
				paths[what] = true
				if err == nil {
					accepted++
					t.Errorf("accepted with %s\nbefore %safter  %s", what, text, bad)
				}
			}
			if accepted > 0 || len(paths) < wanted/8 || compared < wanted/20 {
				t.Errorf("%d of %d accepted, %d different corruptions, %d compared", accepted, wanted, len(paths), compared)
			}
			t.Logf("%d false certificates refused, %d different; true anyway: %v", refutable-accepted, len(paths), reasons)
		})
	}
}

// otherNumber reports whether nothing but a number on a grid differs, which has
// one text: floating point does not see the difference.
func otherNumber(was, c Certificate) bool {
	x, errX := json.Marshal([]any{was.Numbers, was.Zeros})
	y, errY := json.Marshal([]any{c.Numbers, c.Zeros})
	if was.Numbers == nil && was.Zeros == nil || errX != nil || errY != nil || bytes.Equal(x, y) {
		return false
	}
	c.Numbers, c.Zeros = was.Numbers, was.Zeros
	a, errA := Encode(was)
	b, errB := Encode(c)
	return errA == nil && errB == nil && bytes.Equal(a, b)
}
