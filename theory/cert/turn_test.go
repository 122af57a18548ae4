package cert

import (
	"errors"
	"math"
	"math/big"
	"muflow/internal/long"
	"strings"
	"sync"
	"testing"
)

// A planar flow is that of (w, g) in floating point, in the time of μ.
type planar struct{ *floating }

// slopes are μ' and g'.
func (x planar) slopes(w, g float64) (mu, gain float64) {
	y := *x.floating
	y.gain = g
	q, r := float64(x.leaving), float64(x.edges-x.leaving)
	mean, aim, count := 0.0, 0.0, 0.0
	value := func(v int) float64 { return w*float64(x.s.d[v])/q + (1-w)*float64(x.s.all[v]-x.s.d[v])/r }
	for v, p := range y.weights(w) {
		mean += p * value(v)
	}
	for _, v := range x.s.aims {
		aim, count = aim+value(v), count+1
	}
	s := 1 / math.Sqrt(float64(x.s.k))
	return x.alpha * g * s * w * (1 - w) / q / r * y.drop(w, false), x.alpha * (aim/count - mean)
}

// turns follows the flow from μ = 0 for a long time: how often μ' changes its sign, whether it is positive at
// first, and where both slopes are 0 beyond.
func (x planar) turns() (changes int, rises bool, w, g float64) {
	w, g = float64(x.leaving)/float64(x.edges), x.gain
	rate := func(w, g float64) (float64, float64) {
		f, h := x.slopes(w, g)
		return w * (1 - w) / math.Sqrt(float64(x.s.k)) * f, h
	}
	last, _ := rate(w, g)
	rises = last > 0
	const step, count = 0.25, 8000
	for range count {
		a, b := rate(w, g)
		c, d := rate(w+step/2*a, g+step/2*b)
		e, f := rate(w+step/2*c, g+step/2*d)
		i, j := rate(w+step*e, g+step*f)
		w, g = w+step/6*(a+2*c+2*e+i), g+step/6*(b+2*d+2*f+j)
		if now, _ := rate(w, g); now*last < 0 {
			changes, last = changes+1, now
		}
	}
	sinks := func(f func(float64) float64, low, high float64) float64 {
		for range 60 {
			if middle := (low + high) / 2; f(middle) > 0 {
				low = middle
			} else {
				high = middle
			}
		}
		return low
	}
	rests := func(g float64) float64 {
		return sinks(func(w float64) float64 { f, _ := x.slopes(w, g); return f }, 0, 1)
	}
	g = sinks(func(g float64) float64 { _, h := x.slopes(rests(g), g); return h }, g, 500)
	return changes, rises, rests(g), g
}

var turned sync.Map

// trueTurn decides A6-overshoot by the flow itself.
func trueTurn(c Certificate, s *seen, edges int) bool {
	if c.Alpha == nil || c.Gain == nil || c.Alpha.Sign() <= 0 || c.Gain.Sign() <= 0 || len(c.Marks) != 2 || len(c.Path) == 0 {
		return false
	}
	x := planar{attentionOf(c, s, edges)}
	if x.leaving == 0 || x.leaving == edges || len(s.aims) == 0 {
		return false
	}
	text, err := Encode(Certificate{Graph: c.Graph, Alpha: c.Alpha, Gain: c.Gain})
	if err != nil {
		return false
	}
	type way struct {
		changes int
		rises   bool
		end     [2]float64
	}
	known, ok := turned.Load(string(text))
	if !ok {
		y := way{}
		y.changes, y.rises, y.end[0], y.end[1] = x.turns()
		known, _ = turned.LoadOrStore(string(text), y)
	}
	y := known.(way)
	for i, m := range c.Marks {
		if m[0] == nil || m[1] == nil {
			return false
		}
		low, _ := m[0].Float64()
		high, _ := m[1].Float64()
		if !(low < y.end[i] && y.end[i] < high) {
			return false
		}
	}
	return y.changes == 1 && y.rises
}

// What a certificate of A6-overshoot says is tested: strips that solutions may leave, ends that are
// somewhere else, boxes that they may leave, and starts of which the statement is false.
func TestNearMissesOfOvershoot(t *testing.T) {
	var paths [][]byte
	for _, text := range references(t) {
		if decoded(t, text).Claim == "A6-overshoot" {
			paths = append(paths, text)
		}
	}
	if len(paths) < 4 {
		t.Fatalf("%d certificates", len(paths))
	}
	if !*long.Tests {
		paths = paths[:2]
	}
	refused := 0
	for _, text := range paths {
		half := big.NewRat(1, 2)
		between := func(x, y *big.Rat) *big.Rat { z := new(big.Rat).Add(x, y); return z.Mul(z, half) }
		for name, change := range map[string]func(c *Certificate){
			"the upper side below the way":     func(c *Certificate) { p := &c.Path[len(c.Path)/2]; p[2] = p[1] },
			"the lower side above the way":     func(c *Certificate) { p := &c.Path[len(c.Path)/2]; p[1] = p[2] },
			"a strip that ends before the end": func(c *Certificate) { c.Path = c.Path[:1] },
			"a strip that begins elsewhere":    func(c *Certificate) { c.Gain = big.NewRat(5, 8) },
			"an end above the strip":           func(c *Certificate) { c.Marks[0][1] = c.Path[len(c.Path)-1][2] },
			"an end without the equilibrium in w": func(c *Certificate) {
				c.Marks[0][1] = between(c.Marks[0][0], between(c.Marks[0][0], c.Marks[0][1]))
			},
			"a left side to the right of the equilibrium": func(c *Certificate) { // by which the flow would leave
				c.Marks[0][0] = between(c.Marks[0][1], between(c.Marks[0][0], c.Marks[0][1]))
			},
			"an end without the equilibrium in g": func(c *Certificate) {
				c.Marks[1][0] = between(c.Marks[1][1], between(c.Marks[1][0], c.Marks[1][1]))
			},
			"a corner where g still grows": func(c *Certificate) {
				c.Marks[1] = [2]*big.Rat{c.Path[len(c.Path)-1][0], between(c.Path[len(c.Path)-1][0], c.Marks[1][0])}
			},
			"another gain":        func(c *Certificate) { c.Alpha = big.NewRat(1, 4) },
			"no path":             func(c *Certificate) { c.Path = nil },
			"one mark":            func(c *Certificate) { c.Marks = c.Marks[:1] },
			"a number missing":    func(c *Certificate) { c.Path[0][1] = nil },
			"a third of a number": func(c *Certificate) { c.Path[0][1] = big.NewRat(1, 3) },
			"another label":       func(c *Certificate) { c.Graph.Vertex = new(c.Graph.Root) },
		} {
			c := decoded(t, text)
			change(&c)
			bad, err := Encode(c)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := Check(bad); err == nil {
				t.Errorf("%s: accepted\n%s", name, bad)
			} else {
				refused++
			}
		}
	}
	if refused < 15*len(paths) {
		t.Errorf("%d refused", refused)
	}
}

// The loss that the flow of (w, g) descends is the one of sums over vertices: the three signs that a cell
// gives are those of differences of it, and cells hold what their points hold.
func TestCellsHoldTheirPoints(t *testing.T) {
	checks := 0
	for _, text := range references(t) {
		c := decoded(t, text)
		if c.Claim != "A6-overshoot" {
			continue
		}
		s := new(Checker).newStatement(c)
		if s.readGraphs("vertex"); s.err != nil {
			t.Fatal(s.err)
		}
		a := s.attending(s.graphs[0])
		x := planar{attentionOf(c, look(c.Graph, "x..", nil), len(c.Graph.Edges))}
		at := func(v float64) *big.Int {
			n, _ := new(big.Float).SetMantExp(big.NewFloat(v), cellBits).Int(nil)
			return n
		}
		for i := range 40 {
			w, g := 0.1+0.02*float64(i%20), 0.5+float64(i)
			box := a.cell(interval{at(w), at(w + 0.01)}, interval{at(g), at(g + 0.2)})
			for j := range 9 {
				u, v := w+0.01*float64(j%3)/2, g+0.2*float64(j/3)/2
				mu, gain := x.slopes(u, v)
				more, _ := x.slopes(u, v+1e-5)
				less, _ := x.slopes(u, v-1e-5)
				for name, sign := range map[string][2]float64{"μ'": {float64(box.mu), mu}, "g'": {float64(box.gain), gain}, "∂²ℓ/∂μ∂g": {float64(box.price), (more - less) / 2e-5}} {
					if sign[0]*sign[1] < -1e-9 {
						t.Errorf("%s at (%v, %v): sign %v, %v", name, u, v, sign[0], sign[1])
					}
					if sign[0] != 0 {
						checks++
					}
				}
			}
		}
	}
	if checks < 2000 {
		t.Errorf("%d checks", checks)
	}
}

// A budget that is spent is no proof.
func TestOvershootBudget(t *testing.T) {
	for _, text := range references(t) {
		c := decoded(t, text)
		if c.Claim != "A6-overshoot" {
			continue
		}
		s := new(Checker).newStatement(c)
		s.readGraphs("vertex")
		a, budget := s.attending(s.graphs[0]), 4
		a.cover(interval{big.NewInt(1), power(cellBits)}, interval{big.NewInt(1), power(cellBits + 4)}, &budget, func(c cell) bool { return false })
		if !errors.Is(s.err, ErrLimit) || !strings.Contains(s.err.Error(), "cells") {
			t.Error(s.err)
		}
		return
	}
	t.Error("no certificate")
}
