package ball

import (
	"math/big"
	"math/rand/v2"
	"testing"

	"muflow/internal/long"
)

// The slow twins of the kernels: no tables, no tapered series, more bits.

// slowExp returns e^r in units of 2^-w for r in units of 2^-w, off by at most
// two units: 16 halvings, Taylor's series, 16 squarings.
func slowExp(r *big.Int, w uint) *big.Int {
	const halvings, guard = 16, 128
	more := w + guard
	x := new(big.Int).Lsh(r, guard-halvings)
	sum, term := new(big.Int).Lsh(unit, more), new(big.Int).Lsh(unit, more)
	for n := int64(1); term.Sign() != 0 && term.Cmp(big.NewInt(-1)) != 0; n++ {
		term.Rsh(term.Mul(term, x), more)
		term.Quo(term, big.NewInt(n))
		sum.Add(sum, term)
	}
	for range halvings {
		sum.Rsh(sum.Mul(sum, sum), more)
	}
	return sum.Rsh(sum, guard)
}

// slowAtan returns atan(y/x) in units of 2^-w, off by at most two units:
// integer square roots halve the angle 16 times, then the series.
func slowAtan(x, y *big.Int, w uint) *big.Int {
	const halvings, guard = 16, 128
	more := w + guard
	one := new(big.Int).Lsh(unit, more)
	v := new(big.Int).Lsh(y, more)
	v.Quo(v, x)
	square := new(big.Int)
	for range halvings { // v/(1 + √(1 + v²))
		square.Rsh(square.Mul(v, v), more)
		root := new(big.Int).Lsh(square.Add(square, one), more)
		root.Sqrt(root)
		v.Quo(v.Lsh(v, more), root.Add(root, one))
	}
	square.Rsh(square.Mul(v, v), more)
	sum, power := new(big.Int), new(big.Int).Set(v)
	for n := int64(0); power.Sign() != 0 && power.Cmp(big.NewInt(-1)) != 0; n++ {
		term := new(big.Int).Quo(power, big.NewInt(2*n+1))
		if n%2 == 1 {
			term.Neg(term)
		}
		sum.Add(sum, term)
		power.Rsh(power.Mul(power, square), more)
	}
	sum.Lsh(sum, halvings)
	return sum.Rsh(sum, guard)
}

// edges are numbers of at most so many bits: 0, powers of 2 and their
// neighbours, of both signs, and random ones.
func edges(rng *rand.Rand, bits uint) []*big.Int {
	out := []*big.Int{new(big.Int)}
	for _, shift := range []uint{0, 1, 2, bits / 3, bits / 2, bits - 9, bits - 8, bits - 2, bits - 1, bits} {
		for d := int64(-1); d <= 1; d++ {
			x := new(big.Int).Lsh(unit, shift)
			if x.Add(x, big.NewInt(d)).BitLen() <= int(bits)+1 && x.CmpAbs(new(big.Int).Lsh(unit, bits)) <= 0 {
				out = append(out, x, new(big.Int).Neg(x))
			}
		}
	}
	for range 12 {
		x := new(big.Int)
		for x.BitLen() < int(bits) {
			x.Or(x.Lsh(x, 32), big.NewInt(int64(rng.Uint32())))
		}
		x.Rsh(x, uint(x.BitLen())-bits+uint(rng.IntN(int(bits)/2)*rng.IntN(2)))
		out = append(out, x, new(big.Int).Neg(x))
	}
	return out
}

func TestKernelsAgainstSlowTwins(t *testing.T) {
	rng := rand.New(rand.NewPCG(61, 1))
	precisions := []uint{64, 128, 192, 448, 1024, 1728}
	if *long.Tests {
		precisions = []uint{64, 128, 192, 256, 320, 448, 640, 1024, 1728, 3456, 5120}
	}
	s := new(kernel) // one for all: what it keeps must not matter
	checks := 0
	within := func(name string, w uint, argument, got, want *big.Int, units int64) {
		t.Helper()
		gap := new(big.Int).Sub(got, want)
		if gap.CmpAbs(big.NewInt(units)) > 0 {
			t.Errorf("%s of %x in units of 2^-%d is off by %d units, allowed %d", name, argument, w, gap, units)
		}
		checks++
	}
	for _, w := range precisions {
		bound := int64(kernelUnits(levels(w)))
		for _, r := range edges(rng, w-1) {
			if r.BitLen() == int(w) { // ±1/2
				continue
			}
			within("exp", w, r, s.fixedExp(new(big.Int).Set(r), w), slowExp(r, w), bound+2)
			// 3/4 ≤ f ≤ 3/2
			f := new(big.Int).Lsh(unit, w)
			if r.Sign() > 0 {
				f.Add(f, r)
			} else {
				f.Add(f, new(big.Int).Rsh(r, 1))
			}
			log := s.fixedLog(new(big.Int).Set(f), w)
			within("exp(log)", w, f, slowExp(log, w), f, 2*bound+4)
			// 1/2 ≤ x ≤ 1, |y| ≤ x
			x := new(big.Int).Lsh(unit, w-1)
			x.Add(x, new(big.Int).Abs(r))
			y := new(big.Int).Set(r)
			if rng.IntN(4) == 0 {
				y.Set(x)
			}
			within("atan", w, y, s.fixedAtan(new(big.Int).Set(x), new(big.Int).Set(y), w), slowAtan(x, y, w), bound+2)
		}
	}
	if checks < 3*6*60 {
		t.Errorf("%d checks", checks)
	}
}

// TestSeriesTerms sums the series of the kernels term by term with more bits.
func TestSeriesTerms(t *testing.T) {
	const guard = 128
	rng := rand.New(rand.NewPCG(62, 1))
	s := new(kernel)
	checks := 0
	for _, w := range []uint{64, 128, 192, 512, 1024, 2048} {
		for _, q := range edges(rng, w-8) {
			if q.BitLen() > int(w)-8 {
				continue
			}
			for _, n := range []int{0, 1, 2, 3, 7, 20, 21, 34, 70} {
				for name, f := range map[string]func(n int) ([]step, uint){"exp": s.expSteps, "odd": s.oddSteps} {
					steps, over := f(n)
					got := new(big.Int).Lsh(s.series(q, w, steps, over), guard)
					power, term, factorial := new(big.Int).Lsh(unit, w+guard), new(big.Int), big.NewInt(1)
					for k := 0; k <= n && power.Sign() != 0; k++ {
						divisor := big.NewInt(int64(2*k + 1))
						if name == "exp" {
							divisor = factorial.Mul(factorial, big.NewInt(int64(max(k, 1))))
						}
						got.Sub(got, term.Quo(power, divisor))
						power.Quo(power.Mul(power, q), term.Lsh(unit, w))
					}
					if got.CmpAbs(new(big.Int).Lsh(big.NewInt(6), guard)) > 0 {
						t.Fatalf("%s of %x in units of 2^-%d to q^%d is off by %v·2^-%d units", name, q, w, n, got, guard)
					}
					checks++
				}
			}
		}
	}
	if checks < 6*40*9 {
		t.Errorf("%d checks", checks)
	}
}

// TestMultiples: x + b·x·2^-shift on words.
func TestMultiples(t *testing.T) {
	rng := rand.New(rand.NewPCG(63, 1))
	for range 3000 {
		words := 1 + rng.IntN(8)
		x := make([]big.Word, words)
		for i := range x[:max(1, words-1)] {
			x[i] = big.Word(rng.Uint64() >> uint(rng.IntN(64)))
		}
		x[words-1] >>= 16
		before := new(big.Int).Set(new(big.Int).SetBits(append([]big.Word(nil), x...)))
		b, shift := rng.IntN(401)-200, uint(8+rng.IntN(8*words*8))
		exact := new(big.Int).Mul(before, big.NewInt(int64(b)))
		exact.Add(exact, new(big.Int).Lsh(before, shift))
		addMultiple(x, b, shift)
		got := new(big.Int).Lsh(new(big.Int).SetBits(x), shift)
		if gap := got.Sub(got, exact); gap.CmpAbs(new(big.Int).Lsh(unit, shift+1)) >= 0 {
			t.Fatalf("%x + %d·x·2^-%d is off by %x", before, b, shift, gap)
		}
	}
}

// TestWindows: the 64 bits of a number from a place on.
func TestWindows(t *testing.T) {
	rng := rand.New(rand.NewPCG(64, 1))
	for range 3000 {
		x := new(big.Int).Rsh(edges(rng, 250)[30], uint(rng.IntN(200)))
		x.Abs(x)
		shift := rng.IntN(260)
		want := new(big.Int).Rsh(x, uint(shift))
		want.And(want, new(big.Int).SetUint64(1<<64-1))
		if got := uint64(window(x.Bits(), shift)); got != want.Uint64() {
			t.Fatalf("%x from bit %d: %x, want %x", x, shift, got, want)
		}
	}
}

// TestEntriesAgainstSlowTwins computes numbers of the tables in other ways.
func TestEntriesAgainstSlowTwins(t *testing.T) {
	checks := 0
	for _, class := range []uint{256, 576, 1344} {
		for level := 1; level <= 5; level++ {
			for _, b := range []int{-200, -101, -128, -2, -1, 1, 2, 3, 64, 127, 128, 129, 166, 200, 255, 256} {
				q := new(big.Int).Lsh(unit, uint(8*level))
				gap := new(big.Int)
				if b > 0 {
					angle := newEntry(tableKey{class, level, b, true})
					gap.Sub(angle, slowAtan(q, big.NewInt(int64(b)), class))
					if gap.CmpAbs(big.NewInt(4)) > 0 {
						t.Errorf("atan(%d/256^%d) in units of 2^-%d is off by %v", b, level, class, gap)
					}
					checks++
				}
				log := newEntry(tableKey{class, level, b, false})
				want := new(big.Int).Lsh(new(big.Int).Add(q, big.NewInt(int64(b))), class)
				gap.Sub(slowExp(log, class), want.Rsh(want, uint(8*level)))
				if gap.CmpAbs(big.NewInt(8)) > 0 {
					t.Errorf("log(1 + %d/256^%d) in units of 2^-%d is off by %v", b, level, class, gap)
				}
				checks++
			}
		}
	}
	if checks != 3*5*(16+11) {
		t.Errorf("%d checks", checks)
	}
}

// TestOddSums adds up by halves and term by term.
func TestOddSums(t *testing.T) {
	for _, p := range []uint{40, 64, 333, 2000} {
		for _, x := range [][2]int64{{1, 2}, {-1, 2}, {1, 3}, {-99, 1000}, {1, 239}, {1, 8749}, {5, 1 << 40}, {1, 1 << 62}, {0, 1}} {
			for _, alternating := range []bool{false, true} {
				const guard = 64
				got := new(big.Int).Lsh(oddSum(big.NewInt(x[0]), big.NewInt(x[1]), p, alternating), guard)
				power := new(big.Int).Lsh(big.NewInt(x[0]), p+guard)
				power.Quo(power, big.NewInt(x[1]))
				for n := int64(0); power.Sign() != 0; n++ {
					term := new(big.Int).Quo(power, big.NewInt(2*n+1))
					if alternating && n%2 == 1 {
						term.Neg(term)
					}
					got.Sub(got, term)
					for range 2 {
						power.Mul(power, big.NewInt(x[0]))
						power.Quo(power, big.NewInt(x[1]))
					}
				}
				if got.CmpAbs(new(big.Int).Lsh(big.NewInt(2), guard)) >= 0 {
					t.Errorf("%d/%d with %d bits, alternating %v: off by %v·2^-%d units", x[0], x[1], p, alternating, got, guard)
				}
			}
		}
	}
}

// TestExpLogEdges: powers of 2 and their neighbours, the ends of the ranges of
// the reductions, and huge and tiny arguments go around and come back.
func TestExpLogEdges(t *testing.T) {
	checks := 0
	for _, p := range []uint{53, 64, 96, 192, 333, 1024, 3400} {
		neighbours := func(x *big.Float) []*big.Float {
			out := []*big.Float{x}
			for _, side := range []float64{-0.5, -1, 1} { // the next number below has half the gap
				ulp := new(big.Float).SetMantExp(big.NewFloat(side), x.MantExp(nil)-int(p))
				y := new(big.Float).SetPrec(p).Add(x, ulp)
				out = append(out, y, new(big.Float).Neg(y))
			}
			return append(out, new(big.Float).Neg(x))
		}
		tight := func(name string, x *big.Float, z *Ball) {
			t.Helper()
			if ulp := new(big.Float).SetMantExp(big.NewFloat(1), z.Mid().MantExp(nil)-int(p)); !z.IsFinite() || z.Radius().Cmp(ulp) > 0 {
				t.Fatalf("%s(%g) at %d bits: %v ± %v", name, x, p, z.Mid(), z.Radius())
			}
			checks++
		}
		for _, k := range []int{-1100, -200, -65, -64, -63, -33, -10, -9, -8, -2, -1, 0, 1, 2, 5, 10, 29} {
			base := []*big.Float{new(big.Float).SetPrec(p).SetMantExp(big.NewFloat(1), k)}
			if k >= 0 { // multiples of log 2, and halves
				base = append(base, New(p).MulInt64(Log2(p), 1<<uint(k)).Mid(), New(p).MulPow2(New(p).MulInt64(Log2(p), 2<<uint(k)+1), -1).Mid())
			}
			for _, b := range base {
				for _, x := range neighbours(b) {
					e, inverse := New(p).Exp(New(p).SetFloat(x)), New(p).Exp(New(p).Neg(New(p).SetFloat(x)))
					tight("exp", x, e)
					if one := New(p).Mul(e, inverse); !one.Contains(big.NewRat(1, 1)) {
						t.Fatalf("exp(%g)·exp(−%g) at %d bits is %v ± %v", x, x, p, one.Mid(), one.Radius())
					}
					if back := New(p + 60).Log(e); !back.Overlaps(New(p).SetFloat(x)) {
						t.Fatalf("log(exp(%g)) at %d bits is %v", x, p, back.Mid())
					}
				}
			}
		}
		for _, k := range []int{-5000, -64, -1, 0, 1, 2, 63, 64, 100000} {
			for _, m := range []float64{1, 0.75, 1.5, 1 + 1.0/256, 1 - 1.0/512, 1 + 1.0/65536, 1 + 1.0/(1<<40)} {
				for _, y := range neighbours(new(big.Float).SetPrec(p).SetMantExp(big.NewFloat(m), k)) {
					if y.Sign() < 0 || y.Cmp(big.NewFloat(1)) == 0 {
						continue
					}
					l := New(p).Log(New(p).SetFloat(y))
					tight("log", y, l)
					if back := New(p + 60).Exp(New(p + 60).Set(l)); !back.Overlaps(New(p).SetFloat(y)) {
						t.Fatalf("exp(log(%g)) at %d bits is %v", y, p, back.Mid())
					}
				}
			}
		}
	}
	if checks < 3300 {
		t.Errorf("%d checks", checks)
	}
}
