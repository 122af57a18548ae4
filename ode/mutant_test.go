package ode

import (
	"math/big"
	"testing"
)

// A mutant breaks one operation of exact arithmetic.
type mutant struct {
	rats
	broken string
}

func (m *mutant) add(z, x, y *big.Rat) {
	if m.broken == "add subtracts" {
		y = new(big.Rat).Neg(y)
	}
	z.Add(x, y)
}

func (m *mutant) sub(z, x, y *big.Rat) {
	if m.broken == "sub swaps" {
		x, y = y, x
	}
	z.Sub(x, y)
}

func (m *mutant) mul(z, x, y *big.Rat) {
	if m.broken == "square is doubled" && x == y {
		y = new(big.Rat).Add(y, y)
	}
	z.Mul(x, y)
}

func (m *mutant) quo(z, x, y *big.Rat) {
	if m.broken == "quo multiplies" {
		z.Mul(x, y)
		return
	}
	m.rats.quo(z, x, y)
}

func (m *mutant) neg(z, x *big.Rat) {
	if z.Neg(x); m.broken == "neg keeps" {
		z.Set(x)
	}
}

func (m *mutant) timesInteger(z, x *big.Rat, n int64) {
	if m.broken == "index one higher" {
		n++
	}
	z.Mul(x, big.NewRat(n, 1))
}

func (m *mutant) overInteger(z, x *big.Rat, n int64) {
	if m.broken == "order one higher" {
		n++
	}
	z.Quo(x, big.NewRat(n, 1))
}

func (m *mutant) convolve(z *big.Rat, xs, ys []*big.Rat) {
	switch n := len(xs); {
	case n == 0:
	case m.broken == "first product dropped":
		xs, ys = xs[1:], ys[:n-1]
	case m.broken == "last product dropped":
		xs, ys = xs[:n-1], ys[1:]
	case m.broken == "not reversed":
		reversed := make([]*big.Rat, n)
		for i, y := range ys {
			reversed[n-1-i] = y
		}
		ys = reversed
	}
	m.rats.convolve(z, xs, ys)
}

func TestBrokenRecurrencesAreNoticed(t *testing.T) {
	problems := jetProblems()
	differs := func(broken string) bool {
		for _, p := range problems {
			want := picard(t, p.system, p.start, jetOrder)
			program, _ := p.system.compile()
			field := &mutant{broken: broken}
			j := newJet[*big.Rat](program, field, jetOrder, uniform(1))
			j.start(p.start)
			j.expand()
			for i := range want {
				for k, q := range want[i] {
					if j.states[i][k].Cmp(q) != 0 {
						return true
					}
				}
			}
		}
		return false
	}
	if differs("") {
		t.Fatal("the unbroken arithmetic differs from the oracle")
	}
	killed := 0
	for _, broken := range []string{"add subtracts", "sub swaps", "square is doubled", "quo multiplies", "neg keeps",
		"index one higher", "order one higher", "first product dropped", "last product dropped", "not reversed"} {
		if !differs(broken) {
			t.Errorf("%s: not noticed", broken)
		}
		killed++
	}
	if killed != 10 {
		t.Fatalf("%d mutants ran", killed)
	}
}
