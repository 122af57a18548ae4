package ode

import (
	"errors"
	"math/big"
	"math/rand/v2"
	"testing"

	"muflow/ode/ball"
)

// rats is exact arithmetic; exp, log and sqrt only where they are rational.
type rats struct{ failed }

func (r *rats) fresh(uint) *big.Rat                 { return new(big.Rat) }
func (r *rats) set(z, x *big.Rat)                   { z.Set(x) }
func (r *rats) rational(z *big.Rat, q *big.Rat)     { z.Set(q) }
func (r *rats) add(z, x, y *big.Rat)                { z.Add(x, y) }
func (r *rats) sub(z, x, y *big.Rat)                { z.Sub(x, y) }
func (r *rats) mul(z, x, y *big.Rat)                { z.Mul(x, y) }
func (r *rats) neg(z, x *big.Rat)                   { z.Neg(x) }
func (r *rats) timesInteger(z, x *big.Rat, n int64) { z.Mul(x, big.NewRat(n, 1)) }
func (r *rats) overInteger(z, x *big.Rat, n int64)  { z.Quo(x, big.NewRat(n, 1)) }
func (r *rats) exp(z, x *big.Rat)                   { r.at(z, x, 0, 1, errOverflow) }
func (r *rats) log(z, x *big.Rat)                   { r.at(z, x, 1, 0, errLog) }
func (r *rats) sin(z, x *big.Rat)                   { r.at(z, x, 0, 0, errOverflow) }
func (r *rats) cos(z, x *big.Rat)                   { r.at(z, x, 0, 1, errOverflow) }
func (r *rats) atan(z, x *big.Rat)                  { r.at(z, x, 0, 0, errOverflow) }
func (r *rats) abs(z, x *big.Rat)                   { z.Abs(x) }
func (r *rats) signed(z, x, s *big.Rat)             { r.timesInteger(z, x, int64(s.Sign())) }
func (r *rats) at(z, x *big.Rat, from, to int64, err error) {
	if x.Cmp(big.NewRat(from, 1)) != 0 {
		r.fail(err)
	}
	z.SetInt64(to)
}
func (r *rats) quo(z, x, y *big.Rat) {
	if y.Sign() == 0 {
		r.fail(errDivision)
		return
	}
	z.Quo(x, y)
}
func (r *rats) sqrt(z, x *big.Rat) {
	z.SetFrac(new(big.Int).Sqrt(x.Num()), new(big.Int).Sqrt(x.Denom()))
	if new(big.Rat).Mul(z, z).Cmp(x) != 0 {
		r.fail(errSqrt)
	}
}
func (r *rats) convolve(z *big.Rat, xs, ys []*big.Rat) {
	z.SetInt64(0)
	for i, x := range xs {
		z.Add(z, new(big.Rat).Mul(x, ys[len(ys)-1-i]))
	}
}

type jetProblem struct {
	name   string
	system *System
	start  []*big.Rat
}

// jetProblems use every operation, each with constant and non-constant
// operands on either side.
func jetProblems() []jetProblem {
	x, y := State(0), State(1)
	two, third := Integer(2), Rational(big.NewRat(1, 3))
	one := func(f *Expr, x0 *big.Rat) jetProblem {
		return jetProblem{"", &System{1, []*Expr{f}}, []*big.Rat{x0}}
	}
	list := []jetProblem{
		one(x.Mul(x), big.NewRat(2, 3)),
		one(two.Sub(x).Mul(x.Sub(third)), big.NewRat(1, 2)),
		one(x.Neg().Add(two), big.NewRat(5, 7)),
		one(two.Quo(x), big.NewRat(3, 2)),
		one(x.Quo(two).Add(third.Add(x)), big.NewRat(3, 2)),
		one(x.Power(3).Add(x.Power(5)).Quo(x.Power(2).Add(two)), big.NewRat(1, 2)),
		one(x.Power(-2), big.NewRat(2, 1)),
		one(x.Exp(), new(big.Rat)),
		one(x.Exp().Add(two), new(big.Rat)),
		one(x.Log().Add(third), big.NewRat(1, 1)),
		one(x.Sqrt(), big.NewRat(4, 9)),
		one(x.Mul(x).Sqrt().Sub(x.Mul(two)), big.NewRat(2, 1)),
		one(Horner([]*Expr{two, third, Integer(0), Integer(5)}, x), big.NewRat(-1, 2)),
		one(PowerSum([]*Expr{two, third, Integer(0), Integer(5)}, x), big.NewRat(-1, 2)),
		one(Integer(7), big.NewRat(1, 2)),
		one(x.Tanh().Add(third), new(big.Rat)),
		{"", &System{2, []*Expr{y, x.Neg()}}, []*big.Rat{big.NewRat(1, 1), big.NewRat(1, 3)}},
		{"", &System{2, []*Expr{x.Sub(x.Mul(y)), x.Mul(y).Sub(y).Scale(big.NewRat(2, 3))}}, []*big.Rat{big.NewRat(1, 2), big.NewRat(3, 2)}},
		{"", &System{2, []*Expr{y.Mul(x.Exp()).Quo(y.Sqrt()), x.Mul(y.Log())}}, []*big.Rat{new(big.Rat), big.NewRat(1, 1)}},
	}
	for i := range list {
		list[i].name = list[i].system.RightHandSide[0].String()
	}
	return list
}

func jetOf[T any](t *testing.T, field arithmetic[T], p jetProblem, order int) [][]T {
	t.Helper()
	program, err := p.system.compile()
	if err != nil {
		t.Fatalf("%s: %v", p.name, err)
	}
	j := newJet(program, field, order, uniform(200))
	start := make([]T, len(p.start))
	for i, q := range p.start {
		start[i] = field.fresh(200)
		field.rational(start[i], q)
	}
	j.start(start)
	j.expand()
	if err := field.failure(); err != nil {
		t.Fatalf("%s: %v", p.name, err)
	}
	return j.states
}

const jetOrder = 9

func TestJetsAgreeWithPicardIteration(t *testing.T) {
	checks := 0
	for _, p := range append(jetProblems(), slowProblems()...) {
		want := picard(t, p.system, p.start, jetOrder)
		exact := jetOf(t, &rats{}, p, jetOrder)
		float := jetOf(t, newFloats(), p, jetOrder)
		rigorous := jetOf(t, newBalls(), p, jetOrder)
		thin := jetOf(t, newIntervals(), p, jetOrder)
		for i := range want {
			for k, q := range want[i] {
				if exact[i][k].Cmp(q) != 0 {
					t.Errorf("%s: exact coefficient %d of x%d is %v, want %v", p.name, k, i, exact[i][k], q)
				}
				if !rigorous[i][k].Contains(q) {
					t.Errorf("%s: coefficient %d of x%d misses %v", p.name, k, i, q)
				}
				if r, _ := rigorous[i][k].Radius().Float64(); r > 1e-50 {
					t.Errorf("%s: coefficient %d of x%d has radius %g", p.name, k, i, r)
				}
				low, high := new(big.Rat).SetFloat64(thin[i][k].low), new(big.Rat).SetFloat64(thin[i][k].high)
				if low.Cmp(q) > 0 || high.Cmp(q) < 0 {
					t.Errorf("%s: interval coefficient %d of x%d misses %v", p.name, k, i, q)
				}
				if width := thin[i][k].high - thin[i][k].low; width > 1e-10 {
					t.Errorf("%s: interval coefficient %d of x%d has width %g", p.name, k, i, width)
				}
				got, _ := float[i][k].Rat(nil)
				if d, _ := got.Sub(got, q).Float64(); d > 1e-50 || d < -1e-50 {
					t.Errorf("%s: coefficient %d of x%d is off by %g", p.name, k, i, d)
				}
				checks++
			}
		}
	}
	if checks != (20+2*4)*(jetOrder+1) {
		t.Fatalf("%d checks ran", checks)
	}
}

func TestFailedOperationsAreErrors(t *testing.T) {
	x := State(0)
	checks := 0
	for _, c := range []struct {
		f    *Expr
		at   int64
		want error
	}{
		{Integer(1).Quo(x), 0, errDivision},
		{Integer(1).Quo(x.Sub(Integer(3))), 3, errDivision},
		{x.Power(-3), 0, errDivision},
		{x.Log(), 0, errLog},
		{x.Log(), -1, errLog},
		{x.Sqrt(), -2, errSqrt},
		{x.Exp().Exp().Exp(), 4, errOverflow},
		{x.Mul(Integer(0)).Mul(x.Exp().Exp().Exp()), 4, errOverflow},
	} {
		program, err := compile([]*Expr{c.f}, 1)
		if err != nil {
			t.Fatal(err)
		}
		start := big.NewRat(c.at, 1)
		run := func(name string, err error) {
			var domain *DomainError
			if !errors.As(err, &domain) || err != c.want {
				t.Errorf("%v at %d in %s: %v, want %v", c.f, c.at, name, err, c.want)
			}
			checks++
		}
		f := newFloats()
		newJetAt(program, f, start)
		run("floats", f.failure())
		b := newBalls()
		newJetAt(program, b, start)
		run("balls", b.failure())
		v := newIntervals()
		newJetAt(program, v, start)
		run("intervals", v.failure())
	}
	if checks != 24 {
		t.Fatalf("%d checks ran", checks)
	}
}

func newJetAt[T any](p *program, field arithmetic[T], at *big.Rat) {
	j := newJet(p, field, 2, uniform(100))
	x := field.fresh(100)
	field.rational(x, at)
	j.start([]T{x})
}

func TestBadExpressionsAreErrors(t *testing.T) {
	checks := 0
	for _, s := range []*System{
		{},
		{1, nil},
		{1, []*Expr{nil}},
		{1, []*Expr{State(1)}},
		{1, []*Expr{State(-1)}},
		{2, []*Expr{State(0)}},
		{1, []*Expr{State(0).Add(nil)}},
		{1, []*Expr{(*Expr)(nil).Exp()}},
		{1, []*Expr{Rational(nil)}},
		{1, []*Expr{State(0).Scale(nil)}},
		{1, []*Expr{Integer(1).Quo(Integer(2).Sub(Integer(2)))}},
		{1, []*Expr{State(0).Power(1 << 40)}},
		{1, []*Expr{Horner([]*Expr{nil, nil}, nil)}},
	} {
		if err := s.Validate(); err == nil {
			t.Errorf("%v is accepted", s.RightHandSide)
		}
		checks++
	}
	if checks != 13 {
		t.Fatalf("%d checks ran", checks)
	}
}

func TestEqualSubexpressionsAreComputedOnce(t *testing.T) {
	x := func() *Expr { return State(0) }
	sum := x().Add(Integer(1)).Mul(Integer(1).Add(x())) // (x+1)², x, 1, x+1
	p, err := compile([]*Expr{sum}, 1)
	if err != nil {
		t.Fatal(err)
	}
	if len(p.nodes) != 4 || p.nodes[3].a != p.nodes[3].b {
		t.Errorf("%d nodes: %+v", len(p.nodes), p.nodes)
	}
	for _, c := range []struct {
		x    *Expr
		want string
	}{
		{x().Power(3).Sub(Rational(big.NewRat(-1, 2)).Mul(x())), "(x0^3 - ((-1/2)*x0))"},
		{Integer(2).Sqrt().Exp().Neg().Quo(State(1).Log()), "(-exp(sqrt(2))/log(x1))"},
		{x().Add(nil), "(x0 + missing)"},
	} {
		if got := c.x.String(); got != c.want {
			t.Errorf("%s, want %s", got, c.want)
		}
	}
	deep := x()
	for range 200 {
		deep = deep.Mul(deep)
	}
	if n := len(deep.String()); n > maxPrinted+3 {
		t.Errorf("%d bytes printed", n)
	}
}

// TestIntervalsContain compares the interval operations with exact rationals.
func TestIntervalsContain(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 1))
	field := newIntervals()
	checks := 0
	number := func() float64 {
		switch rng.IntN(8) {
		case 0:
			return 0
		case 1:
			return float64(rng.IntN(7) - 3)
		}
		return (rng.Float64() - 0.5) * pow2(rng.IntN(200)-100)
	}
	for range 4000 {
		var x, y interval
		for _, v := range []*interval{&x, &y} {
			a, b := number(), number()
			*v = interval{min(a, b), max(a, b)}
		}
		inside := func(v interval) *big.Rat {
			f := v.low + (v.high-v.low)*rng.Float64()
			return new(big.Rat).SetFloat64(min(max(f, v.low), v.high))
		}
		p, q := inside(x), inside(y)
		check := func(name string, z *interval, want *big.Rat) {
			if err := field.failure(); err != nil {
				t.Fatalf("%s of %v and %v: %v", name, x, y, err)
			}
			low, high := new(big.Rat).SetFloat64(z.low), new(big.Rat).SetFloat64(z.high)
			if low.Cmp(want) > 0 || high.Cmp(want) < 0 {
				t.Errorf("%s of %v and %v is %v and misses %v", name, x, y, *z, want)
			}
			checks++
		}
		z := new(interval)
		field.add(z, &x, &y)
		check("sum", z, new(big.Rat).Add(p, q))
		field.sub(z, &x, &y)
		check("difference", z, new(big.Rat).Sub(p, q))
		field.mul(z, &x, &y)
		check("product", z, new(big.Rat).Mul(p, q))
		field.mul(z, &x, &x)
		check("square", z, new(big.Rat).Mul(p, p))
		field.overInteger(z, &x, 3)
		check("third", z, new(big.Rat).Quo(p, big.NewRat(3, 1)))
		field.convolve(z, []*interval{&x, &y, &x}, []*interval{&y, &y, &x})
		want := new(big.Rat).Mul(p, p)
		want.Add(want, new(big.Rat).Mul(q, q))
		check("convolution", z, want.Add(want, new(big.Rat).Mul(p, q)))
		if y.low > 0 || y.high < 0 {
			field.quo(z, &x, &y)
			check("quotient", z, new(big.Rat).Quo(p, q))
		}
		if x.low >= 0 {
			field.sqrt(z, &x)
			low, high := new(big.Rat).SetFloat64(z.low), new(big.Rat).SetFloat64(z.high)
			if low.Mul(low, low).Cmp(p) > 0 || high.Mul(high, high).Cmp(p) < 0 {
				t.Errorf("root of %v is %v and misses that of %v", x, *z, p)
			}
			checks++
		}
		if x.high < 300 && x.low > -300 { // against balls of twice the precision
			field.exp(z, &x)
			if e := ball.New(200).Exp(ball.New(200).SetRat(p)); e.Lower().Cmp(big.NewFloat(z.low)) < 0 || e.Upper().Cmp(big.NewFloat(z.high)) > 0 {
				t.Errorf("exp of %v is %v and misses that of %v", x, *z, p)
			}
			checks++
		}
	}
	if checks < 25_000 {
		t.Fatalf("%d checks ran", checks)
	}
}

func pow2(n int) float64 {
	f, _ := new(big.Float).SetMantExp(big.NewFloat(1), n).Float64()
	return f
}
