// Package cert is the certificate format of muflow and its checker, which needs
// nothing else of the project, and integers and fractions only.
//
//	summary, err := cert.Check(text) // err is nil exactly if text proves summary.Statement
//
// A certificate is one line of JSON that states one claim of Theorem 1 (arXiv
// 2509.23365) on one profile, with the numbers that the claim names:
//
//	format   "muflow/certificate/1"
//	claim    T1a, T1a-lower, T1a-upper, T1b, T1b-positive, T1b-rate, T1b-ceiling
//	loss     "bfs" for T1a…, "coconut" for T1b…
//	alpha    readout gain α > 0, "a" or "a/b" in lowest terms
//	graph    optional: vertices, ascending edges, root, step c and, for coconut,
//	         the path vertex p; the checker derives the profile from it
//	profile  n, k = |N_c|, target_degree d* = d_p (coconut only), count of each class: in_set (v ∈ N_c), degree d_v
//	numbers  name → [lo, hi], the integers around it in units of 2^−grid, equal if it is one itself; grid is even
//
// T1a holds for every α and names no number: it has no alpha, grid or numbers.
// Each statement has one text: Check compares it with Encode of what it read.
package cert

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/big"
	"slices"
	"strings"
)

// Format names the certificate format.
const Format = "muflow/certificate/1"

// Limits that bound the time and memory of a check.
const (
	MaxBytes    = 1 << 20
	MaxVertices = 1 << 13 // of a graph
	MaxOrder    = 1 << 30 // n of a profile without a graph
	MaxDegree   = 64      // d_max
	MinGrid     = 32      // bits
	MaxGrid     = 512     // bits
)

// A Certificate is one claim, all that it speaks of, and its numbers.
type Certificate struct {
	Format  string                 `json:"format"`
	Claim   string                 `json:"claim"`
	Loss    string                 `json:"loss"`
	Alpha   *big.Rat               `json:"alpha,omitempty"`
	Graph   *Graph                 `json:"graph,omitempty"`
	Profile Profile                `json:"profile"`
	Grid    uint                   `json:"grid,omitempty"`
	Numbers map[string][2]*big.Int `json:"numbers,omitempty"`
}

// A Graph is a directed simple graph with a root, a step c and, under the
// Coconut loss, the vertex p of the demonstrated path that the step aims at.
type Graph struct {
	Vertices int      `json:"vertices"`
	Edges    [][2]int `json:"edges"`
	Root     int      `json:"root"`
	Step     int      `json:"step"`
	Vertex   *int     `json:"vertex,omitempty"`
}

// A Profile is all that the reduced flow depends on.
type Profile struct {
	N            int     `json:"n"`
	K            int     `json:"k"`
	TargetDegree int     `json:"target_degree,omitempty"` // absent under Coconut-BFS
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
func Check(data []byte) (Summary, error) {
	s := &statement{}
	if s.need(len(data) <= MaxBytes, "%d bytes, expected at most %d", len(data), MaxBytes); s.err == nil {
		s.err = json.Unmarshal(data, &s.Certificate)
	}
	text, err := Encode(s.Certificate)
	claim, known := claims[s.Claim]
	s.need(err == nil && bytes.Equal(text, data), "not the text that Encode writes, expected %q", Format)
	s.need(known && s.Loss == claim.loss, "claim: no %q about the loss %q", s.Claim, s.Loss)
	readNumbers := func() { s.readNumbers(strings.Fields(claim.numbers)) }
	for _, step := range []func(){s.readProfile, s.readGraph, readNumbers, s.weigh, func() { claim.prove(s) }} {
		if s.err == nil {
			step()
		}
	}
	if s.err != nil {
		return Summary{}, s.err
	}
	return Summary{s.Certificate, claim.statement}, nil
}

// A statement is a certificate at work, with the symbols of theorem1.go.
type statement struct {
	Certificate
	e             interval // exp(αs)
	q, in, p, top poly     // Q, Q_in, P, W_D
	most, out     int      // D, n_out
	err           error    // the first thing that fails
}

// need keeps the first condition that fails.
func (s *statement) need(ok bool, format string, values ...any) {
	if !ok && s.err == nil {
		s.err = fmt.Errorf(format, values...)
	}
}

// readProfile tests that the classes are sorted and fit n, k and d*.
func (s *statement) readProfile() {
	p, target, sum, inside, last, found := s.Profile, s.Loss == coconut, 0, 0, -1, false
	s.need(0 < p.N && p.N <= MaxOrder, "n: %d, expected 1 to %d", p.N, MaxOrder)
	for i, c := range p.Classes {
		if s.most = max(s.most, c.Degree); c.InSet == 0 && c.Degree == 0 {
			s.out = c.Count
		}
		s.need(c.InSet == 0 || c.InSet == 1, "class %d: in_set is not 0 or 1", i)
		s.need(0 <= c.Degree && c.Degree <= MaxDegree, "class %d: degree not in 0 to %d", i, MaxDegree)
		s.need(0 < c.Count && c.Count <= p.N-sum, "class %d: count not positive, or too large", i)
		place := c.InSet*(MaxDegree+1) + c.Degree
		s.need(place > last, "class %d: not in ascending order", i)
		sum, inside, last, found = sum+c.Count, inside+c.Count*c.InSet, place, found || c.Degree == p.TargetDegree
	}
	s.need(sum == p.N && inside == p.K && inside > 0, "n, k: not the counts of the classes, or k = 0")
	s.need(p.TargetDegree >= 0 && target == (p.TargetDegree > 0), "target_degree: expected ≥ 1 for coconut, absent for bfs")
	s.need(found || !target, "target_degree: no class has it")
}

// readGraph derives the profile from the edges and compares.
func (s *statement) readGraph() {
	g := s.Graph
	if g == nil {
		return
	}
	n, target := g.Vertices, g.Root
	s.need((g.Vertex != nil) == (s.Loss == coconut), "graph: vertex is expected for coconut, absent for bfs")
	if g.Vertex != nil {
		target = *g.Vertex
	}
	valid := func(u, v int) bool { return 0 <= u && u < n && 0 <= v && v < n && n <= MaxVertices }
	s.need(valid(g.Root, target) && g.Step >= 0, "graph: vertices, root, step or vertex out of range")
	for i, e := range g.Edges {
		s.need(valid(e[0], e[1]) && e[0] != e[1], "graph: edge %d does not join two vertices", i)
		s.need(i == 0 || slices.Compare(g.Edges[i-1][:], e[:]) < 0, "graph: edge %d is out of order", i)
	}
	if s.err != nil {
		return
	}
	inside := make([]int, n) // 1{v ∈ N_0}, then 1{v ∈ N_c}
	inside[g.Root] = 1
	for range min(g.Step, n) {
		next := slices.Clone(inside)
		for _, e := range g.Edges {
			next[e[1]] |= inside[e[0]]
		}
		inside = next
	}
	degree := make([]int, n) // d_v
	for _, e := range g.Edges {
		degree[e[1]] += inside[e[0]]
	}
	count := map[Class]int{}
	for v := range n {
		count[Class{InSet: inside[v], Degree: degree[v]}]++
	}
	same := s.Profile.N == n && (g.Vertex == nil || s.Profile.TargetDegree == degree[target])
	for _, c := range s.Profile.Classes { // their counts sum to n
		same = same && count[Class{InSet: c.InSet, Degree: c.Degree}] == c.Count
	}
	s.need(same, "graph: it has another profile")
}

// readNumbers tests α, the grid and the numbers, or that there are none.
func (s *statement) readNumbers(names []string) {
	s.need(len(s.Numbers) == len(names), "numbers: expected %q", names)
	if len(names) == 0 {
		s.need(s.Alpha == nil && s.Grid == 0, "alpha, grid: expected none")
		return
	}
	a := s.Alpha
	s.need(a != nil && a.Sign() > 0 && a.Num().BitLen()+a.Denom().BitLen() < 1024, "alpha: expected a short positive fraction")
	s.need(MinGrid <= s.Grid && s.Grid <= MaxGrid && s.Grid%2 == 0, "grid: %d, expected an even number from %d to %d", s.Grid, MinGrid, MaxGrid)
	for _, name := range names {
		for _, x := range s.Numbers[name] {
			s.need(x != nil && x.BitLen() < 1024, "%s: expected two short integers", name)
		}
	}
	if s.err == nil {
		s.e = s.exponential(new(big.Int).Lsh(big.NewInt(1), s.Grid))
	}
}
