package ode

import (
	"context"
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	"muflow/internal/long"
	"muflow/ode/ball"
)

// checkTangents compares, in balls, every node of a tangent with its
// polynomial where the unknowns are off from theirs by as much as is allowed, and the defect
// of J with its bound. What is broken, if anything, is a mutant of package code.
func checkTangents(draws int, broken string, report func(format string, a ...any)) (bounded, checks, reached, needed int) {
	const precision = 400
	rng := rand.New(rand.NewPCG(31, 8))
	for range draws {
		system := &System{2, []*Expr{randomExpr(rng, 1+rng.IntN(4)), randomExpr(rng, 1+rng.IntN(3))}}
		if system.Validate() != nil {
			continue
		}
		x, err := newTangent(system)
		if err != nil {
			continue
		}
		for i := range x.start {
			x.start[i] = float64(rng.IntN(4000)-1000) / float64(1+rng.IntN(999))
		}
		x.scout.scale = math.Exp2(float64(rng.IntN(5) - 3)) // of a step before
		if !x.scout.survey(x.start) {
			continue
		}
		step := new(big.Rat).SetFloat64(x.scout.scale * math.Exp2(-6*rng.Float64()))
		if !x.expand(newIntervals(), ball.New(firstBits).SetRat(step)) {
			continue
		}
		off := []float64{0, math.Exp2(-60 * rng.Float64())}[rng.IntN(2)]
		for i := range x.defects.states {
			x.defects.states[i].r = off
		}
		if !x.defects.bound(nil) {
			continue
		}
		bounded++
		x.spoil(broken)
		p := x.scout.program
		field := newBalls()
		j := newJet(p, field, 0, uniform(precision))
		polynomial := func(c []float64, at *ball.Ball, derivative bool) *ball.Ball {
			z := ball.New(precision)
			for k := len(c) - 1; k >= 0; k-- {
				term := ball.New(precision).SetFloat64(c[k])
				if derivative {
					if k == 0 {
						break
					}
					term.MulInt64(term, int64(k))
				}
				z.Add(z.Mul(z, at), term)
			}
			return z
		}
		largest := func(x *ball.Ball) float64 { v, _ := ball.New(precision).Abs(x).Lower().Float64(); return v }
		for _, sigma := range []float64{0, 0.25, 1} {
			at := ball.New(precision).SetRat(step) // in the time of the scout
			at.Mul(at, ball.New(precision).SetFloat64(sigma)).Quo(at, ball.New(precision).SetFloat64(x.scout.scale))
			var point []*ball.Ball
			for i, c := range x.scout.states {
				gap := ball.New(precision).SetFloat64(off * []float64{-1, 1, 0.5}[(i+rng.IntN(3))%3])
				point = append(point, gap.Add(gap, polynomial(c, at, false)))
			}
			j.start(point)
			if field.failure() != nil {
				report("%v: no value on the polynomial", system.RightHandSide)
				continue
			}
			power := math.Pow(sigma, slopeOrder)
			for n := range p.nodes {
				b, c := &x.defects.nodes[n], x.scout.rough[n]
				if p.nodes[n].op == OpState {
					continue
				} else if !p.nodes[n].constant {
					c = c[:slopeOrder]
				}
				got := largest(ball.New(precision).Sub(j.c[n][0], polynomial(c, at, false)))
				if got > b.r+b.t*power {
					report("%v: node %d off by %g at %v, bound %g + %g", system.RightHandSide, n, got, sigma, b.r, b.t*power)
				}
				if got > 1e-3*(b.r+b.t*power) {
					reached++
				}
				checks++
			}
			slope := func(i, m int) *ball.Ball { z, _ := j.output(2+2*i+m, 0); return z }
			for i := range 2 {
				for l := range 2 {
					defect := polynomial(x.j[2*i+l], at, true) // J' in the time of the scout
					defect.Mul(defect, ball.New(precision).SetRat(step)).Quo(defect, ball.New(precision).SetFloat64(x.scout.scale))
					for m := range 2 {
						term := ball.New(precision).Mul(slope(i, m), polynomial(x.j[2*m+l], at, false))
						defect.Sub(defect, term.Mul(term, ball.New(precision).SetRat(step)))
					}
					r, c := x.drift(i, l)
					if got := largest(defect); got > r+c*power {
						report("%v: defect %g of J at %v, bound %g + %g", system.RightHandSide, got, sigma, r, c*power)
					} else if got > c*power {
						needed++
					}
					checks++
				}
			}
		}
	}
	return bounded, checks, reached, needed
}

// spoil does to polynomials and bounds what a fault of the code would have done.
func (x *tangent) spoil(broken string) {
	n := len(x.start)
	for i := range x.j {
		switch c := x.j[i]; broken {
		case "slope subtracted":
			for k := 1; k < len(c); k += 2 {
				c[k] = -c[k]
			}
		case "order one higher":
			for k := 1; k < len(c); k++ {
				c[k] = c[k] * float64(k) / float64(k+1)
			}
		case "scale left out":
			for k := 1; k < len(c); k++ {
				c[k] /= x.scout.scale
			}
		case "transposed":
			if i/n < i%n {
				x.j[i], x.j[i%n*n+i/n] = x.j[i%n*n+i/n], x.j[i]
			}
		case "last coefficient dropped":
			c[len(c)-1] = 0
		case "remainder of slopes dropped":
			z := &x.defects.nodes[x.slope(i)]
			z.r, z.t = 0, 0
		case "tail of J dropped":
			for k := 1; k < len(x.sizes[i].size); k++ {
				x.sizes[i].size[k] = 0
			}
		case "norm of J dropped":
			x.sizes[i].norm = 0
		}
	}
}

func TestTangentsOfRandomSystemsAreBounded(t *testing.T) {
	draws := 600
	if *long.Tests {
		draws = 4_000
	}
	bounded, checks, reached, needed := checkTangents(draws, "", t.Errorf)
	t.Logf("%d bounded, %d checks, %d within a thousandth, %d defects above their cut", bounded, checks, reached, needed)
	if bounded < draws/10 || checks < 20*bounded || reached < checks/10 || needed < bounded/2 {
		t.Fatalf("%d bounded, %d checks, %d within a thousandth, %d defects above their cut", bounded, checks, reached, needed)
	}
}

// Faults in the derivative of the flow, and in what bounds it, are noticed by that comparison.
func TestBrokenTangentsAreNoticed(t *testing.T) {
	for _, broken := range []string{"slope subtracted", "order one higher", "scale left out", "transposed", "last coefficient dropped",
		"remainder of slopes dropped", "tail of J dropped", "norm of J dropped"} {
		faults := 0
		checkTangents(120, broken, func(string, ...any) { faults++ })
		if faults == 0 {
			t.Errorf("%s: not noticed", broken)
		}
		t.Logf("%s: %d faults", broken, faults)
	}
}

// A point known to 10^−10 is carried along by tangents: the images of its corners, by
// flowpipes of their own at 30 digits, are inside at all times, and the hull is hardly wider than they are.
func TestTangentsCarryThickPoints(t *testing.T) {
	x, y, one := State(0), State(1), Integer(1)
	ratio := func(a, b int64) *Expr { return Rational(big.NewRat(a, b)) }
	weight := one.Quo(one.Add(x.Neg().Exp())) // of a softmax
	price := one.Add(y.Mul(weight).Exp())
	steps := 0
	for name, c := range map[string]struct {
		system *System
		start  []float64
		until  int64
	}{
		"predator and prey":    {&System{2, []*Expr{x.Sub(x.Mul(y)), x.Mul(y).Sub(y)}}, []float64{2, 1}, 12},
		"van der Pol":          {&System{2, []*Expr{y, y.Sub(y.Mul(x.Power(2))).Sub(x)}}, []float64{0.5, 0.25}, 6},
		"gain of an attention": {&System{2, []*Expr{y.Mul(weight).Mul(one.Sub(weight)).Mul(ratio(3, 4).Sub(weight)), one.Quo(price).Sub(y.Mul(ratio(1, 9))).Sub(weight.Log().Mul(ratio(1, 7)))}}, []float64{0, 0.5}, 30},
	} {
		const radius = 1e-10
		until := big.NewRat(c.until, 1)
		pipe, err := Propagate(context.Background(), c.system, box(c.start[0], radius, c.start[1], radius), until, FlowSettings{Settings: Settings{Digits: 12}})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		carried := 0
		for _, s := range pipe.tubes {
			if s.shape != nil && len(s.deviation.rows[0]) > slopeOrder {
				carried++
			}
		}
		var corners []*Flowpipe
		for i := range 4 {
			at := box(c.start[0]+radius*float64(i%2*2-1)*0.999, 0, c.start[1]+radius*float64(i/2*2-1)*0.999, 0)
			corner, err := Propagate(context.Background(), c.system, at, until, FlowSettings{Settings: Settings{Digits: 30}})
			if err != nil {
				t.Fatal(name, err)
			}
			corners = append(corners, corner)
		}
		for k := range int64(41) {
			at := new(big.Rat).Mul(until, big.NewRat(k, 40))
			got, err := pipe.At(at)
			if err != nil {
				t.Fatal(err)
			}
			for _, corner := range corners {
				z, err := corner.At(at)
				if err != nil {
					t.Fatal(err)
				}
				for i := range z {
					if !got[i].ContainsBall(z[i]) {
						t.Errorf("%s: x%d = %v at %v, not in %v", name, i, z[i], at, got[i])
					}
				}
			}
		}
		last, _ := pipe.At(until)
		widest := 0.0
		var hull []*ball.Ball
		for _, corner := range corners {
			z, _ := corner.At(until)
			hull = joined(hull, z)
		}
		for i := range last {
			widest = max(widest, width(last[i])/width(hull[i]))
		}
		if widest > 1.5 {
			t.Errorf("%s: %.4g times the hull", name, widest)
		}
		steps += carried
	}
	if steps < 40 {
		t.Errorf("%d steps by tangents", steps)
	}
}
