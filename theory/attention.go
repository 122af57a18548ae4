package theory

import (
	"cmp"
	"math/big"
	"slices"
	"strconv"

	"muflow/graph"
)

// An Attention is one step N_c → N_{c+1} under softmax attention over the
// edge tokens, with a diagonal score matrix μI, uniform weights on N_c and a
// value map g times the identity (assumption A6 dropped). The M_c edges that
// leave N_c have the logit z = μ/√K, the others 0, and
//
//	w   = M_c e^z/(M_c e^z + M − M_c)                     the attention on the edges that leave N_c
//	A_v = w d_v/M_c + (1−w)(D_v − d_v)/(M − M_c),   ξ_v = α(s a_v + g A_v)
//	h_v = M d_v − M_c D_v,                          Σ_V h_v = 0
//	z'  = (s²αg/n)·w(1−w)/(M_c(M−M_c))·(E_S[h] − E_w[h])
//
// E_w is the mean under the softmax of ξ, and E_S that over N_{c+1} under
// Coconut-BFS and the plain mean over the labels under Coconut: h_p for one.
type Attention struct {
	N       int // n
	K       int // |N_c|
	Edges   int // M
	Leaving int // M_c
	Target  int // index of the group of p, the vertex of the demonstrated path
	Groups  []AttentionGroup
}

// An AttentionGroup counts the vertices that look alike to softmax attention.
type AttentionGroup struct {
	InSet  bool // a_v: v ∈ N_c
	Degree int  // d_v, edges from N_c into v
	Total  int  // D_v, all edges into v
	Count  int
	Labels int // of these, vertices that can be the label; in no group: p is
}

// Next reports whether the vertices of the group lie in N_{c+1}.
func (g AttentionGroup) Next() bool { return g.InSet || g.Degree > 0 }

// AttentionOf returns a step under softmax attention.
func AttentionOf(s graph.Step) *Attention {
	g, set := s.Instance.Graph, s.Set()
	a := &Attention{N: g.Order(), Edges: g.Size()}
	groups := make([]AttentionGroup, a.N)
	for v, d := range g.Degrees(set) {
		groups[v] = AttentionGroup{set[v], d, len(g.In(v)), 1, 0}
		a.Leaving += d
		if set[v] {
			a.K++
		}
	}
	for _, v := range s.Labels() {
		groups[v].Labels = 1
	}
	target := groups[s.Target()]
	order := func(x, y AttentionGroup) int {
		return cmp.Or(cmp.Compare(indicator(x.InSet), indicator(y.InSet)), cmp.Compare(x.Degree, y.Degree), cmp.Compare(x.Total, y.Total))
	}
	slices.SortFunc(groups, order)
	a.Groups = merged(groups, order, func(to *AttentionGroup, g AttentionGroup) { to.Count, to.Labels = to.Count+g.Count, to.Labels+g.Labels })
	a.Target, _ = slices.BinarySearchFunc(a.Groups, target, order)
	return a
}

// Key returns a text that two steps share exactly if they are equal.
func (a *Attention) Key() string {
	b := make([]byte, 0, 128)
	numbers := func(xs ...int) {
		for _, x := range xs {
			b = append(strconv.AppendInt(b, int64(x), 10), ' ')
		}
	}
	numbers(a.N, a.K, a.Edges, a.Leaving, a.Target)
	for _, g := range a.Groups {
		b = append(strconv.AppendBool(b, g.InSet), ' ')
		numbers(g.Degree, g.Total, g.Count, g.Labels)
	}
	return string(b)
}

// Contrast returns h_v = M d_v − M_c D_v of a group.
func (a *Attention) Contrast(group int) int64 {
	g := a.Groups[group]
	return int64(a.Edges)*int64(g.Degree) - int64(a.Leaving)*int64(g.Total)
}

// Moves reports the premise of the criterion: 0 < M_c < M and h is not
// constant. Where it fails, z' = 0 everywhere.
func (a *Attention) Moves() bool {
	if a.Leaving == 0 || a.Leaving == a.Edges {
		return false
	}
	for i := range a.Groups {
		if a.Contrast(i) != a.Contrast(0) {
			return true
		}
	}
	return false
}

// An AttentionEnd is a limit of the attention weight w.
type AttentionEnd uint8

// The two ends.
const (
	OnLeaving AttentionEnd = iota // w = 1, z → +∞: all attention on the edges that leave N_c
	OnOthers                      // w = 0, z → −∞: none on them
)

// Criterion returns Z·(E_S[h] − E_w[h]) under Coconut at an end, up to a
// positive factor, the sum of integers times exponentials of algebraic numbers
// whose sign decides where z goes:
//
//	w = 1: Σ_v (h_p − h_v) e^{α(s a_v + g d_v/M_c)}          ≥ 0 ⇔ z → +∞
//	w = 0: Σ_v (h_p − h_v) e^{α(s a_v + g (D_v−d_v)/(M−M_c))} ≤ 0 ⇔ z → −∞
//
// for every readout gain α > 0 and value gain g > 0. It needs Moves.
// theory.md section 7a.
func (a *Attention) Criterion(end AttentionEnd, alpha, gain *big.Rat) ExponentialSum {
	w := new(big.Rat)
	if end == OnLeaving {
		w.SetInt64(1)
	}
	return a.Path(Coconut, alpha, gain).At(w, 0)
}

// Start returns w at z = 0.
func (a *Attention) Start() *big.Rat { return big.NewRat(int64(a.Leaving), int64(a.Edges)) }

// Path returns, up to a positive factor, E_S[h] − E_w[h] as a sum of
// exponentials in w, with
//
//	ξ_v = α(s a_v + g (D_v−d_v)/(M−M_c)) + αg/(M_c(M−M_c))·h_v w
//
//	coconut  Σ_V (Σ_labels h − #labels·h_v) e^{ξ_v}
//	bfs      Σ_{v∈N_{c+1}} Σ_{u∉N_{c+1}} (h_v − h_u) e^{ξ_v + ξ_u}
//
// It needs 0 < M_c < M.
func (a *Attention) Path(loss Loss, alpha, gain *big.Rat) *ExponentialPath {
	out, add := a.path(alpha, gain)
	sum, labels := a.Label()
	for i, g := range a.Groups {
		switch {
		case loss == Coconut:
			add(big.NewInt(sum-labels*a.Contrast(i)), i)
		case g.Next():
			for j, other := range a.Groups {
				if !other.Next() {
					add(big.NewInt(a.Contrast(i)-a.Contrast(j)), i, j)
				}
			}
		}
	}
	return out
}

// path returns a path without terms, and what adds one with the exponent Σ ξ over groups,
// times the numbers of their vertices.
func (a *Attention) path(alpha, gain *big.Rat) (*ExponentialPath, func(coefficient *big.Int, groups ...int)) {
	scale := new(big.Rat).Mul(alpha, gain)
	out := &ExponentialPath{K: a.K, Unit: new(big.Rat).Quo(scale, big.NewRat(int64(a.Leaving)*int64(a.Edges-a.Leaving), 1))}
	return out, func(coefficient *big.Int, groups ...int) {
		t := PathTerm{ExponentialTerm: ExponentialTerm{coefficient, new(big.Rat), new(big.Rat)}}
		for _, i := range groups {
			g := a.Groups[i]
			value := big.NewRat(int64(g.Total-g.Degree), int64(a.Edges-a.Leaving))
			t.Rational.Add(t.Rational, value.Mul(value, scale))
			if g.InSet {
				t.Root.Add(t.Root, alpha)
			}
			t.Slope += a.Contrast(i)
			t.Coefficient.Mul(t.Coefficient, big.NewInt(int64(g.Count)))
		}
		out.Terms = append(out.Terms, t)
	}
}

// Spread returns Σ_{v<u} (h_v − h_u)² e^{ξ_v + ξ_u} over pairs of vertices, which is
// Var_w(h) times the square of Partition.
func (a *Attention) Spread(alpha, gain *big.Rat) *ExponentialPath {
	out, add := a.path(alpha, gain)
	for i := range a.Groups {
		for j := range i {
			if apart := big.NewInt(a.Contrast(i) - a.Contrast(j)); apart.Sign() != 0 {
				add(apart.Mul(apart, apart), i, j)
			}
		}
	}
	return out
}

// Partition returns Σ e^ξ over all vertices, or over those of N_{c+1}.
func (a *Attention) Partition(alpha, gain *big.Rat, next bool) *ExponentialPath {
	out, add := a.path(alpha, gain)
	for i, g := range a.Groups {
		if !next || g.Next() {
			add(big.NewInt(1), i)
		}
	}
	return out
}

// Label returns Σ h and the number of vertices over those that can be the label:
// p alone where no group has Labels.
func (a *Attention) Label() (sum, count int64) {
	for i, g := range a.Groups {
		sum += a.Contrast(i) * int64(g.Labels)
		count += int64(g.Labels)
	}
	if count == 0 {
		return a.Contrast(a.Target), 1
	}
	return sum, count
}

// merged returns sorted groups with those that are alike in one, by add.
func merged[T any](groups []T, order func(x, y T) int, add func(to *T, x T)) (out []T) {
	for _, x := range groups {
		if last := len(out) - 1; last >= 0 && order(out[last], x) == 0 {
			add(&out[last], x)
		} else {
			out = append(out, x)
		}
	}
	return out
}
