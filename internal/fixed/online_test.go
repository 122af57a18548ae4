package fixed

import (
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"
)

// follow finds sums of products one after the other, as coefficients become
// known, and compares each with the sum of single products: the words and what
// was left out. It returns how many sums had products of blocks in them.
func follow(t *testing.T, rng *rand.Rand, order, words, length int) (ahead int) {
	t.Helper()
	source := [2]*Series{randomSeries(rng, order, words), randomSeries(rng, order, words)}
	x, y := NewSeries(order, words), NewSeries(order, words)
	x.Reset(source[0].unit)
	y.Reset(source[1].unit)
	product, square := &Online{x: x, y: y, stride: 2*words - 1}, &Online{x: x, y: x, stride: 2*words - 1}
	for _, o := range []*Online{product, square} {
		o.build(length, order)
		if len(o.levels) == 0 {
			return 0
		}
		o.share()
	}
	for i, l := range product.levels {
		if s := square.levels[i]; l.x != s.x || s.y != s.x || l.y == l.x {
			t.Fatalf("level %d: transforms of one series are shared by its sums, and by no other's", i)
		}
	}
	from, short := rng.IntN(2), rng.IntN(2) // the shapes of all recurrences
	unit := x.unit + y.unit + rng.IntN(64*words+1)
	square2 := 2*x.unit + rng.IntN(64*words+1)
	var fast, slow Sum
	for k := range order + 1 {
		if !x.Put(k, source[0].Coefficient(k)) || !y.Put(k, source[1].Coefficient(k)) {
			t.Fatal("no room")
		}
		compare := func(name string) {
			if !slices.Equal(fast.words, slow.words) || fast.base != slow.base || fast.dropped != slow.dropped {
				t.Fatalf("%s %d of order %d, %d words, from %d: %x (%d left out), expected %x (%d)", name, k, order, words, from, fast.words, fast.dropped, slow.words, slow.dropped)
			}
		}
		// As large as no sum is: every product stays below it.
		top := x.unit + y.unit + 128*words
		for s, o := range map[*Sum]*Online{&fast: product, &slow: nil} {
			s.BeginProducts(unit, x, y, top)
			o.Products(s, x, y, from, k-short, k)
		}
		compare("sum of products")
		for s, o := range map[*Sum]*Online{&fast: square, &slow: nil} {
			s.BeginProducts(square2, x, x, 2*x.unit+128*words)
			o.Square(s, x, from, k)
		}
		compare("square")
		if k >= 2*product.levels[0].block {
			ahead++
		}
	}
	return ahead
}

func TestBlocksAreSumsOfProducts(t *testing.T) {
	bothTransforms(t, func(t *testing.T) {
		rng := rand.New(rand.NewPCG(11, 3))
		ahead := 0
		for range 60 {
			words := 1 + rng.IntN(9)
			ahead += follow(t, rng, 20+rng.IntN(300), words, 64<<rng.IntN(4))
		}
		ahead += follow(t, rng, 500, 40, 1<<11)
		if ahead < 5000 {
			t.Errorf("only %d sums had products of blocks in them", ahead)
		}
	})
}

// bothTransforms runs a test without vector instructions, too.
func bothTransforms(t *testing.T, test func(t *testing.T)) {
	for _, use := range []bool{false, true} {
		if use && !vectors {
			continue
		}
		t.Run(map[bool]string{false: "portable", true: "vectors"}[use], func(t *testing.T) {
			defer func(v bool) { vectors = v }(vectors)
			vectors = use
			test(t)
		})
	}
}

func TestPrimesAndRoots(t *testing.T) {
	product := big.NewInt(1)
	for _, f := range primes {
		p := new(big.Int).SetUint64(f.p)
		product.Mul(product, p)
		if !p.ProbablyPrime(20) || p.BitLen() != 50 {
			t.Errorf("%d, expected a prime of 50 bits", f.p)
		}
		if half := f.power(f.root, 1<<(maxLog-1)); half != f.p-1 {
			t.Errorf("modulo %d the root to the power 2^%d is %d, expected −1", f.p, maxLog-1, half)
		}
		if (f.p*f.against+1)&residueMask != 0 {
			t.Errorf("%d·%d, expected −1 modulo 2^52", f.p, f.against)
		}
	}
	if product.BitLen() != 150 {
		t.Errorf("a product of %d bits", product.BitLen())
	}
}

// TestTransforms compares a cyclic convolution with its definition.
func TestTransforms(t *testing.T) {
	bothTransforms(t, func(t *testing.T) {
		rng := rand.New(rand.NewPCG(4, 4))
		for _, f := range primes {
			for _, length := range []int{64, 128, 4 * cached} {
				roots := f.rootsFor(length)
				a, b, want := make([]uint64, length), make([]uint64, length), make([]uint64, length)
				for i := range a {
					a[i] = rng.Uint64N(2 * f.p)
					if i < 3 {
						a[i] = 2*f.p - 1
					}
				}
				sparse := []int{0, 1, length / 3, length - 1}
				for _, j := range sparse {
					b[j] = rng.Uint64N(2 * f.p)
					for i, x := range a {
						k := (i + j) % length
						want[k] = (want[k] + f.times(x%f.p, b[j])) % f.p
					}
				}
				f.forward(a, roots)
				f.forward(b, roots)
				for _, x := range append(slices.Clone(a), b...) {
					if x >= f.p {
						t.Fatalf("a value %d modulo %d", x, f.p)
					}
				}
				z := make([]uint64, length)
				f.products(z, [][]uint64{a}, [][]uint64{b}, f.times(f.power(uint64(length), f.p-2), 1<<residueBits%f.p))
				f.back(z, roots)
				for k := range z {
					if got := z[-k&(length-1)]; got >= 2*f.p || got%f.p != want[k] {
						t.Fatalf("length %d, entry %d: %d, expected %d modulo %d", length, k, got, want[k], f.p)
					}
				}
			}
		}
	})
}

// TestCombine rebuilds numbers from their residues.
func TestCombine(t *testing.T) {
	rng := rand.New(rand.NewPCG(8, 1))
	limit := new(big.Int).Lsh(big.NewInt(1), 148)
	for i := range 2000 {
		x := new(big.Int).Rsh(new(big.Int).SetUint64(rng.Uint64()), uint(rng.IntN(64)))
		for range rng.IntN(3) {
			x.Lsh(x, 64).Add(x, new(big.Int).SetUint64(rng.Uint64()))
		}
		if x.Mod(x, limit); i < 2 {
			x.Sub(limit, big.NewInt(int64(i)))
		}
		if i%2 == 0 {
			x.Neg(x)
		}
		var v [3]uint64
		for p, f := range primes {
			r := new(big.Int).Mod(x, new(big.Int).SetUint64(f.p)).Uint64()
			if v[p] = f.times(r, f.crt); rng.IntN(2) == 0 {
				v[p] += f.p
			}
		}
		got := new(big.Int)
		for j, w := range combine(v) {
			got.Add(got, new(big.Int).Lsh(new(big.Int).SetUint64(w), uint(64*j)))
		}
		if got.Bit(191) != 0 {
			got.Sub(got, new(big.Int).Lsh(big.NewInt(1), 192))
		}
		if got.Cmp(x) != 0 {
			t.Fatalf("%v, expected %v", got, x)
		}
	}
}
