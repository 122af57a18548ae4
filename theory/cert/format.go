// Package cert is the certificate format of muflow and its checker, which needs nothing else of the
// project, and integers and fractions only.
//
//	summary, err := cert.Check(text) // err is nil exactly if text proves summary.Statement
//
// A certificate is one line of JSON that states one claim (arXiv 2509.23365) about one step of one
// graph, about all graphs of a data set, or about a profile. Each statement has one text: Check
// compares it with Encode of what it read, and refuses keys that the claim has no use for (see rules).
package cert

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strings"
)

// Format names the certificate format.
const Format = "muflow/certificate/1"

// Limits that bound the time and memory of a check.
const (
	MaxBytes    = 16 << 20
	MaxDigits   = 20_000  // of a number
	MaxVertices = 100_000 // of a graph
	MaxOrder    = 1 << 30 // n of a profile without a graph
	MaxDegree   = 1 << 20 // d_max
	MaxPower    = 4096    // d_max where numbers are proved
	MaxVariance = 64      // the same of T1b-rate and of populations
	MaxClasses  = 160     // of a profile where numbers are proved
	MinGrid     = 32      // bits, up to
	MaxGrid     = 512
)

// ErrLimit says that a number is beyond the limits of the checker, on every grid.
var ErrLimit = errors.New("beyond the limits of the checker")

// A Certificate is one claim, all that it speaks of, and what proves it.
type Certificate struct {
	Format      string                 `json:"format"`
	Claim       string                 `json:"claim"`                 // a name in rules
	Loss        string                 `json:"loss,omitempty"`        // bfs or coconut, where the claim is about the flow under a loss
	Alpha       *big.Rat               `json:"alpha,omitempty"`       // readout gain α > 0 in lowest terms; absent: for every α
	Start       *big.Rat               `json:"start,omitempty"`       // μ(0) of claims about any start; absent: for every one
	Carry       *Carry                 `json:"carry,omitempty"`       // of a carry-over that is trained; absent: for every one
	Logit       *big.Rat               `json:"logit,omitempty"`       // μ > 0 of walk weights
	Gain        *big.Rat               `json:"gain,omitempty"`        // value gain g > 0 (softmax attention), g(0) if it is trained too; absent: for every g
	Rate        *big.Rat               `json:"rate,omitempty"`        // of a gain that is trained over that of μ, > 0; absent: 1
	Graph       *Graph                 `json:"graph,omitempty"`       // the step of one instance
	Graphs      []Graph                `json:"graphs,omitempty"`      // those of every instance of a data set that has it
	Profile     *Profile               `json:"profile,omitempty"`     // that of the graph, if there is one
	Grid        uint                   `json:"grid,omitempty"`        // bits, even
	Numbers     map[string][2]*big.Int `json:"numbers,omitempty"`     // integers around each in units of 2^−grid, equal if it is one
	Exact       map[string]*big.Rat    `json:"exact,omitempty"`       // rational numbers
	Status      string                 `json:"status,omitempty"`      // which case of the claim holds
	Path        [][3]*big.Rat          `json:"path,omitempty"`        // value gains, ascending, each with bounds of the attention w
	Marks       [][2]*big.Rat          `json:"marks,omitempty"`       // ends of intervals around logits, equal if it is one; around w and g at the end of a path; points (μ, ω)
	Hops        []int                  `json:"hops,omitempty"`        // distances from the root, −1 if there is none
	Direction   []*big.Int             `json:"direction,omitempty"`   // θ of overlap
	Multipliers []*big.Int             `json:"multipliers,omitempty"` // u of overlap
	Zeros       [][2]*big.Int          `json:"zeros,omitempty"`       // equilibria, as numbers
}

// A Carry says how the weight ω of the carry-over is trained.
type Carry struct {
	Ratio  *big.Rat `json:"ratio"`  // r > 0, the rate of μ over that of ω
	Weight *big.Rat `json:"weight"` // ω(0)
}

// A Graph is a directed simple graph, edges ascending, with a root and a step c.
type Graph struct {
	Vertices int      `json:"vertices"`
	Edges    [][2]int `json:"edges"`
	Root     int      `json:"root"`
	Step     int      `json:"step"`
	Vertex   *int     `json:"vertex,omitempty"` // p, which the Coconut loss aims at
	Label    string   `json:"label,omitempty"`  // or which it draws from several, see derive
	Target   *int     `json:"target,omitempty"` // c*
	Other    *int     `json:"other,omitempty"`  // c_
}

// A Profile is all that the reduced flow depends on.
type Profile struct {
	N            int     `json:"n"`
	K            int     `json:"k"`
	TargetDegree int     `json:"target_degree,omitempty"` // d*, absent under Coconut-BFS
	Labels       int     `json:"labels,omitempty"`        // q ≥ 2 if d* is target_degree/q, in lowest terms
	Classes      []Class `json:"classes"`                 // by in_set, then degree
}

// A Class counts the vertices with in_set (0 or 1) and degree.
type Class struct {
	InSet  int `json:"in_set"`
	Degree int `json:"degree"`
	Count  int `json:"count"`
}

// A Summary is a certificate that was checked, and what it proves.
type Summary struct {
	Certificate
	Statement string
}

// Encode writes a certificate on one line, with the format filled in.
func Encode(c Certificate) ([]byte, error) {
	c.Format = Format
	text, err := json.Marshal(c)
	return append(text, '\n'), err
}

// Check proves a certificate or says where it fails. It does not trust the
// text: any bytes give a proof or an error, in bounded time and memory.
func Check(data []byte) (Summary, error) { return check(data, true) }

// CheckFlow is Check for the reduced flow of any profile, also of one that no
// graph has (see realise).
func CheckFlow(data []byte) (Summary, error) { return check(data, false) }

func check(data []byte, real bool) (Summary, error) {
	s := new(Checker).newStatement(Certificate{})
	s.need(len(data) <= MaxBytes, "%d bytes, expected at most %d", len(data), MaxBytes)
	for _, number := range bytes.FieldsFunc(data, func(c rune) bool { return c < '0' || '9' < c }) { // before it is read
		s.need(len(number) <= MaxDigits, "a number with more than %d digits", MaxDigits)
	}
	if s.err == nil {
		s.err = json.Unmarshal(data, &s.Certificate)
	}
	text, err := Encode(s.Certificate)
	s.need(err == nil && bytes.Equal(text, data), "not the text that Encode writes, expected %q", Format)
	if err := s.check(s.keys(), real); err != nil {
		return Summary{}, err
	}
	return Summary{s.Certificate, rules[s.Claim].statement}, nil
}

// check proves a certificate with some keys.
func (s *statement) check(keys map[string]bool, real bool) error {
	rule, known := rules[s.Claim]
	s.need(known && s.Loss == rule.loss, "claim: no %q about the loss %q", s.Claim, s.Loss)
	for _, key := range strings.Fields("format claim loss? " + rule.keys) {
		name, optional := strings.CutSuffix(key, "?")
		s.need(optional || keys[name], "%s: missing", name)
		delete(keys, name)
	}
	s.need(len(keys) == 0, "keys that %s has no use for: %v", s.Claim, slices.Sorted(maps.Keys(keys)))
	for _, step := range []func(){func() { s.readGraphs(rule.label) }, func() { s.readProfile(real) }, func() { s.readNumbers(strings.Fields(rule.numbers)) }, s.weigh, func() { rule.prove(s) }} {
		if s.err == nil {
			step()
		}
	}
	s.need(s.used || s.Grid > 0 || s.Alpha == nil && s.Gain == nil, "alpha, gain: expected none, as the statement holds for every one")
	return s.err
}

// A statement is a certificate at work, with the symbols of theorem1.go.
type statement struct {
	Certificate
	*Checker
	graphs    []*digraph // of Graph or Graphs
	e, y      interval   // exp(αs), exp(αsω(0)) if the carry-over is trained; exp(αsμ(0))
	q, p, top poly       // Q, P, W_D·y^D
	least     int        // d_min
	most, out int        // D, n_out
	work      int        // of Theorem 3, in products of words; of contrasts, in entries; of attention, in kinds of vertices
	used      bool       // alpha or gain matters beside the numbers
	err       error      // the first thing that fails
}

// need keeps the first condition that fails.
func (s *statement) need(ok bool, format string, values ...any) {
	if !ok && s.err == nil {
		s.err = fmt.Errorf(format, values...)
	}
}

// depends needs a gain on which the statement depends to be there.
func (s *statement) depends(x *big.Rat, key string) bool {
	s.need(x != nil, "%s: missing, the statement depends on it", key)
	s.used = true
	return s.err == nil
}

// A digraph is a graph and what is derived from it.
type digraph struct {
	*Graph
	k, q, d, t            int   // |N_c|; how many labels, and sums of d_v and D_v over them
	hops                  []int // distance from the root, −1 if none
	inside, degree, total []int // 1{v ∈ N_c}, d_v, D_v
	weight                []int // 1 for a label, else 0
}

// readGraphs derives N_c and the in-degrees of every graph from its edges.
func (s *statement) readGraphs(label string) {
	given := s.Graphs
	if s.Graph != nil {
		given = []Graph{*s.Graph}
	}
	for i := range given {
		g, n := &digraph{Graph: &given[i]}, given[i].Vertices
		words, known := map[string]string{"": label, "shortest": "target", "frontier": "none"}[g.Label]
		named := func(v *int, word string) bool { return (v != nil) == strings.Contains(words, word) }
		s.need(0 < n && n <= MaxVertices && g.Step >= 0 && g.Edges != nil, "graph: vertices, step or edges out of range")
		s.need(known && (g.Label == "" || label == "vertex"), "graph: no label %q here", g.Label)
		s.need(named(g.Vertex, "vertex") && named(g.Target, "target") && named(g.Other, "other"), "graph: expected of vertex, target and other: %q", words)
		for _, v := range []*int{&g.Root, g.Vertex, g.Target, g.Other} {
			s.need(v == nil || 0 <= *v && *v < n, "graph: a vertex out of range")
		}
		for i, e := range g.Edges {
			s.need(min(e[0], e[1]) >= 0 && max(e[0], e[1]) < n && e[0] != e[1] && (i == 0 || slices.Compare(g.Edges[i-1][:], e[:]) < 0), "graph: edge %d does not join two vertices, or is out of order", i)
		}
		if s.err != nil {
			return
		}
		g.derive()
		s.need(g.q > 0 || label != "vertex", "graph: no vertex to be the label")
		s.graphs = append(s.graphs, g)
	}
}

// derive works out the rest. The labels, each as likely as the others, are the vertex, or those at
// distance c+1 from the root: all (frontier), or those on shortest paths to the target (shortest).
func (g *digraph) derive() {
	n := g.Vertices
	zeros := make([]int, 4*n)
	g.hops, g.inside, g.degree, g.total, g.weight = slices.Repeat([]int{-1}, n), zeros[:n], zeros[n:2*n], zeros[2*n:3*n], zeros[3*n:]
	g.hops[g.Root] = 0
	for queue := []int{g.Root}; len(queue) > 0; queue = queue[1:] {
		u := queue[0]
		for i, _ := slices.BinarySearchFunc(g.Edges, u, func(e [2]int, u int) int { return e[0] - u }); i < len(g.Edges) && g.Edges[i][0] == u; i++ {
			if v := g.Edges[i][1]; g.hops[v] < 0 {
				g.hops[v] = g.hops[u] + 1
				queue = append(queue, v)
			}
		}
	}
	for v, h := range g.hops {
		if 0 <= h && h <= g.Step {
			g.inside[v], g.k = 1, g.k+1
		}
	}
	for _, e := range g.Edges {
		g.degree[e[1]], g.total[e[1]] = g.degree[e[1]]+g.inside[e[0]], g.total[e[1]]+1
	}
	edges, leads := slices.Clone(g.Edges), make([]bool, g.Vertices) // leads: to a vertex on the way to the target
	slices.SortFunc(edges, func(a, b [2]int) int { return g.hops[b[0]] - g.hops[a[0]] })
	on := func(v int) bool { return leads[v] || g.Target != nil && v == *g.Target }
	for _, e := range edges { // those that start farther away come first
		leads[e[0]] = leads[e[0]] || on(e[1]) && g.hops[e[1]] == g.hops[e[0]]+1
	}
	for v, h := range g.hops {
		if g.Vertex != nil && v == *g.Vertex || g.Label != "" && h == g.Step+1 && (on(v) || g.Label == "frontier") {
			g.q, g.d, g.t, g.weight[v] = g.q+1, g.d+g.degree[v], g.t+g.total[v], 1
		}
	}
}

func (p Profile) labels() int    { return max(p.Labels, 1) }              // q
func (p Profile) over(d int) int { return p.TargetDegree - p.labels()*d } // q(d* − d)

// readProfile tests that the classes are sorted, fit n, k and d*, and are those of the graph.
func (s *statement) readProfile(real bool) {
	if s.Profile == nil {
		return
	}
	p, target, sum, inside, last := *s.Profile, s.Loss == coconut, 0, 0, -1
	s.need(0 < p.N && p.N <= MaxOrder, "n: %d, expected 1 to %d", p.N, MaxOrder)
	for i, c := range p.Classes {
		if s.least, s.most = min(s.least, c.Degree), max(s.most, c.Degree); c.InSet == 0 && c.Degree == 0 {
			s.out = c.Count
		}
		place := c.InSet*(MaxDegree+1) + c.Degree
		s.need(c.InSet&^1 == 0 && 0 <= c.Degree && c.Degree <= MaxDegree && place > last && 0 < c.Count && c.Count <= p.N-sum, "class %d: in_set, degree or count out of range, or not in ascending order", i)
		sum, inside, last = sum+c.Count, inside+c.Count*c.InSet, place
	}
	s.need(sum == p.N && inside == p.K && inside > 0, "n, k: not the counts of the classes, or k = 0")
	s.need(p.TargetDegree >= 0 && target == (p.TargetDegree > 0), "target_degree: expected ≥ 1 for coconut, absent for bfs")
	s.need(p.Labels == 0 || target && 2 <= p.Labels && p.Labels <= MaxOrder && big.NewRat(int64(p.TargetDegree), int64(p.Labels)).Denom().Int64() == int64(p.Labels), "labels: expected a denominator ≥ 2 in lowest terms")
	s.need(p.labels()*s.most <= 1<<61/max(p.N, 1), "%w: labels times d_max times n is above 2^61", ErrLimit)
	s.need(!target || p.over(s.least) >= 0 && p.over(s.most) <= 0, "target_degree: no mean of degrees of classes")
	if real && s.err == nil {
		s.realise()
	}
	if s.Graph == nil || s.err != nil {
		return
	}
	g, count := s.graphs[0], map[Class]int{}
	for v := range g.Vertices {
		count[Class{InSet: g.inside[v], Degree: g.degree[v]}]++
	}
	s.need(p.N == g.Vertices && (!target || p.Labels <= p.N && p.TargetDegree*g.q == p.labels()*g.d), "graph: it has another n or target_degree")
	for _, c := range p.Classes { // their counts sum to n
		s.need(count[Class{InSet: c.InSet, Degree: c.Degree}] == c.Count, "graph: it has another profile")
	}
}

// realise needs the classes to be those of a step c of some simple digraph without self-loops, which
// is so if and only if
//
//	d_v ≤ k−1 on N_c,  d_v ≤ max(k−1, 1) outside,  d_v = 0 for at most one v ∈ N_c
//
// Necessary: the d_v edges into v come from different vertices of N_c other than v, if k ≥ 2 and v ∉
// N_c not from the root, as v would be within 1 ≤ c hops; every vertex of N_c but the root is reached
// by an edge that leaves N_c. Sufficient for k = 1: c = 0 and an edge from the root to each v with d_v
// = 1. For k ≥ 2 take c = 1, the vertex of N_c with the least d_v as root, and edges from it to the
// rest of N_c, which gets d_v − 1 ≤ k−2 more from within; the root and every v ∉ N_c get d_v ≤ k−1
// from N_c without the root. Then N_1 is N_c, and every d_v is as given.
func (s *statement) realise() {
	k := s.Profile.K
	for i, c := range s.Profile.Classes {
		s.need(c.Degree <= max(k-1, 1-c.InSet), "class %d: degree %d, no graph has more than %d", i, c.Degree, max(k-1, 1-c.InSet))
		s.need(c.InSet == 0 || c.Degree > 0 || c.Count == 1, "class %d: %d vertices of N_c without an edge into them, no graph has more than the root", i, c.Count)
	}
}

// readNumbers tests α, the other gains, the grid and the numbers, which are all of the names or none.
func (s *statement) readNumbers(names []string) {
	positive, any := []*big.Rat{s.Alpha, s.Logit, s.Gain, s.Rate}, []*big.Rat{s.Start}
	if c := s.Carry; c != nil {
		positive, any = append(positive, c.Ratio), append(any, c.Weight)
		s.need(c.Ratio != nil && c.Weight != nil, "carry: expected ratio and weight")
	}
	for i, x := range slices.Concat(positive, any) {
		s.need(x == nil || (x.Sign() > 0 || i >= len(positive)) && size(x) < 1<<14, "%w: alpha, logit, gain, rate, ratio: expected short positive fractions, start, weight: short ones", ErrLimit)
	}
	exact := maps.Clone(s.Exact)
	if s.Grid > 0 || s.Numbers != nil {
		s.need(s.Alpha != nil && len(s.Numbers) == len(names), "numbers: expected %q, and alpha", names)
		s.need(MinGrid <= s.Grid && s.Grid <= MaxGrid && s.Grid%2 == 0, "grid: %d, expected an even number from %d to %d", s.Grid, MinGrid, MaxGrid)
	}
	for _, name := range names {
		name, optional := strings.CutSuffix(name, "?")
		s.need(s.Exact == nil || optional || s.Exact[name] != nil, "exact: %s is missing", name)
		delete(exact, name)
		for _, x := range s.Numbers[name] {
			s.need(s.Numbers == nil || x != nil && x.BitLen() < 1024, "%s: expected two short integers", name)
		}
	}
	s.need(len(exact) == 0, "exact: expected %q", names)
}

func size(x *big.Rat) int { return x.Num().BitLen() + x.Denom().BitLen() }
