package ode

import (
	"context"
	"math/big"
	"testing"
)

// strideSystems use every operation, with constants on either side, unknowns
// of different sizes, changes of sign and a constant 0.
func strideSystems() []jetProblem {
	x, y := State(0), State(1)
	big1, tiny := Integer(1_000_000_007), Rational(big.NewRat(1, 1_000_000_007))
	list := append(jetProblems(),
		jetProblem{"", &System{2, []*Expr{y.Mul(big1), x.Neg().Mul(tiny)}}, []*big.Rat{big.NewRat(1_000_000, 3), big.NewRat(1, 7)}},
		jetProblem{"", &System{2, []*Expr{x.Mul(Integer(0)).Add(y), x.Neg().Sub(y.Mul(Integer(0)))}}, []*big.Rat{new(big.Rat), big.NewRat(1, 1)}},
		jetProblem{"", &System{1, []*Expr{Integer(2).Sqrt().Mul(x.Exp().Add(Integer(1)).Log()).Sub(x.Sqrt().Quo(Integer(3).Sqrt()))}}, []*big.Rat{big.NewRat(1, 2)}},
		jetProblem{"", &System{1, []*Expr{x.Neg().Exp().Sub(Integer(1).Quo(x.Exp()))}}, []*big.Rat{big.NewRat(1, 2)}}, // 0, but not seen to be
		jetProblem{"", &System{1, []*Expr{Integer(3).Exp()}}, []*big.Rat{big.NewRat(1, 2)}},
	)
	for i := range list {
		list[i].name = list[i].system.RightHandSide[0].String()
	}
	return list
}

func startOf(p jetProblem) []*Expr {
	out := make([]*Expr, len(p.start))
	for i, q := range p.start {
		out[i] = Rational(q)
	}
	return out
}

// TestStridesAgreeWithFloatingPoint compares paths in fixed point with those of
// the slow twin, step by step at the same times.
func TestStridesAgreeWithFloatingPoint(t *testing.T) {
	checks, slow := 0, 0
	for _, p := range strideSystems() {
		for _, digits := range []int{10, 45, 140} {
			until := big.NewRat(1, 3)
			fast, err := Integrate(context.Background(), p.system, startOf(p), until, Settings{Digits: digits})
			if err != nil {
				t.Errorf("%s: %v", p.name, err)
				continue
			}
			twin, err := integrate(context.Background(), p.system, startOf(p), until, Settings{Digits: digits}, false)
			if err != nil {
				t.Errorf("%s: %v", p.name, err)
				continue
			}
			for _, s := range fast.segments {
				if s.fractions == nil {
					slow++
				}
			}
			if d := fast.Steps() - twin.Steps(); d < -1 || d > 1 {
				t.Errorf("%s, %d digits: %d steps, and %d in floating point", p.name, digits, fast.Steps(), twin.Steps())
			}
			limit := pow10(1 - digits)
			for n := range int64(8) {
				at := new(big.Rat).Mul(until, big.NewRat(n, 7))
				a, _ := fast.At(at)
				b, _ := twin.At(at)
				for i := range a {
					size := new(big.Float).Abs(b[i])
					for k := range b { // beside unknowns that pass through 0
						if s := new(big.Float).Abs(b[k]); len(b) > 1 && p.name[1] != 'x' && s.Cmp(size) > 0 {
							size = s
						}
					}
					d := new(big.Float).Sub(a[i], b[i])
					if size.Cmp(big.NewFloat(1e-3)) < 0 {
						size.SetFloat64(1e-3)
					}
					if d.Abs(d).Cmp(size.Mul(size, limit)) > 0 {
						t.Errorf("%s, %d digits: x%d at %v is %.30g, and %.30g in floating point", p.name, digits, i, at, a[i], b[i])
					}
					checks++
				}
			}
		}
	}
	if checks < 500 || slow == 0 || slow > checks/10 {
		t.Fatalf("%d checks, %d slow steps", checks, slow)
	}
}

func pow10(n int) *big.Float {
	ten := new(big.Float).SetPrec(2000).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(max(n, -n))), nil))
	if n < 0 {
		return ten.Quo(big.NewFloat(1), ten)
	}
	return ten
}

// TestStridesOfHighOrder: x' = x² from 1/2 has the coefficients (1/2)^(k+1), at
// an order where those of long steps span thousands of bits.
func TestStridesOfHighOrder(t *testing.T) {
	const order, precision = 2000, 4500
	x := State(0)
	program, err := (&System{1, []*Expr{x.Mul(x)}}).compile()
	if err != nil {
		t.Fatal(err)
	}
	w, err := newStride(program, order, precision, -precision, false)
	if err != nil {
		t.Fatal(err)
	}
	if !w.survey([]*big.Float{big.NewFloat(0.5)}) || !w.expansion.expand([]*big.Float{big.NewFloat(0.5)}, big.NewRat(1, 2), w.scout) {
		t.Fatal("no expansion")
	}
	bound := new(big.Float).SetMantExp(big.NewFloat(1), -precision)
	for k := range order + 1 {
		want := new(big.Float).SetMantExp(big.NewFloat(1), -(2*k + 1)) // (1/2)^(k+1) times step^k
		d := new(big.Float).SetPrec(2*precision).Sub(w.expansion.states[0].Coefficient(k).Float(), want)
		if d.Abs(d).Cmp(bound) > 0 {
			t.Fatalf("coefficient %d is off by %.3g", k, d)
		}
	}
}

// TestStridesCountTheirRoundings compares the coefficients of expansions with
// exact ones: the rounding that is counted covers the defect at every order.
func TestStridesCountTheirRoundings(t *testing.T) {
	checks := 0
	for _, p := range jetProblems() {
		program, err := p.system.compile()
		if err != nil {
			t.Fatal(err)
		}
		w, err := newStride(program, jetOrder, 150, -100, false)
		if err != nil {
			t.Fatal(err)
		}
		state := make([]*big.Float, len(p.start))
		for i, q := range p.start {
			state[i] = new(big.Float).SetPrec(150).SetRat(q)
		}
		step := big.NewRat(1, 8)
		if !w.survey(state) || !w.expansion.expand(state, step, w.scout) {
			t.Errorf("%s: no expansion", p.name)
			continue
		}
		want := picard(t, p.system, p.start, jetOrder)
		for i := range want {
			power := big.NewRat(1, 1)
			for k, q := range want[i] {
				got, _ := w.expansion.states[i].Coefficient(k).Float().Rat(nil)
				d := got.Sub(got, new(big.Rat).Mul(q, power))
				if f, _ := d.Float64(); f > 1e-40 || f < -1e-40 {
					t.Errorf("%s: coefficient %d of x%d is off by %g", p.name, k, i, f)
				}
				power.Mul(power, step)
				checks++
			}
		}
	}
	if checks != (16+2*3)*(jetOrder+1) {
		t.Fatalf("%d checks ran", checks)
	}
}

// TestLastStepsHaveLittleOrder: x' = x² from 1/2 is 1/(2 − t). A step that the end
// cuts short has less order, the less the shorter it is, and the same local error.
func TestLastStepsHaveLittleOrder(t *testing.T) {
	system := &System{1, []*Expr{State(0).Mul(State(0))}}
	short := 0
	for _, digits := range []int{10, 50, 200} {
		last := 0
		for _, until := range []*big.Rat{big.NewRat(1, 1000), big.NewRat(1, 50), big.NewRat(1, 10), big.NewRat(1, 5), big.NewRat(3, 2)} {
			path, err := Integrate(context.Background(), system, []*Expr{Rational(big.NewRat(1, 2))}, until, Settings{Digits: digits})
			if err != nil {
				t.Fatal(err)
			}
			for i, s := range path.segments {
				order := s.fractions[0].Order()
				switch {
				case i < path.Steps()-1:
					if order != path.Order() {
						t.Errorf("%d digits, step %d of %d: order %d, expected %d", digits, i, path.Steps(), order, path.Order())
					}
				case path.Steps() > 1:
				case order < path.Order()/2 || order > path.Order() || order < last:
					t.Errorf("%d digits until %v: order %d, expected %d to %d", digits, until, order, max(last, path.Order()/2), path.Order())
				default:
					last = order
					if order > path.Order()/2 && order < path.Order() {
						short++
					}
				}
			}
			limit := pow10(1 - digits)
			if path.Steps() == 1 {
				limit = pow10(-2 - digits)
			}
			for _, part := range []*big.Rat{big.NewRat(1, 1), big.NewRat(3, 4)} {
				at := part.Mul(part, until)
				x, err := path.At(at)
				if err != nil {
					t.Fatal(err)
				}
				want := new(big.Float).SetPrec(1000).SetRat(at.Inv(at.Sub(big.NewRat(2, 1), at)))
				if d := want.Sub(want, x[0]); d.Abs(d).Cmp(limit) > 0 {
					t.Errorf("%d digits until %v: off by %.3g", digits, until, d)
				}
			}
		}
	}
	if short < 3 {
		t.Errorf("%d steps of an order between a half and the whole, expected 3", short)
	}
}
