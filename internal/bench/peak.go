package bench

import (
	"context"
	"math/big"
	"math/bits"
	"math/rand/v2"
	"runtime"

	"muflow/sim/kernel"
)

// peaks lists what a core can do at most, in the operations that the programs
// spend their time in. Floors are counts of operations at these rates.
func peaks() []Task {
	tasks := []Task{
		{Name: "peak, operations one after the other: the clock", Work: 256 * rounds, Unit: "cycles", Ours: repeated(clockLoop())},
		{Name: limbPeak, Work: 256 * rounds, Unit: "products", Ours: repeated(limbLoop())},
		{Name: "peak, products of limbs in math/big, 24 by 24", Work: 24 * 24 * rounds, Unit: "products", Ours: repeated(bigLoop(24))},
	}
	for _, name := range kernel.Names() {
		k, err := kernel.Named(name)
		if err != nil {
			continue
		}
		tasks = append(tasks,
			Task{Name: kernelPeak(k), Work: 2 * 1008 * 128 * 512, Unit: "flop", Ours: repeated(productLoop(k, 1008, 128, 512))},
			Task{Name: "kernel " + name + ", 32×32 by 32×64, a head", Work: 2 * 32 * 32 * 64, Unit: "flop", Ours: repeated(productLoop(k, 32, 32, 64))})
	}
	best := kernel.Best()
	row := make([]float32, 64)
	return append(tasks, Task{Name: "kernel " + best.Name() + ", softmax of rows of 64", Work: 64 * rounds, Unit: "exp", Ours: repeated(func() {
		w := kernel.NewWorkspace[float32](best)
		for range rounds {
			kernel.Softmax(w, row)
		}
	})})
}

// rounds is how often a short loop is repeated within one measured run.
const rounds = 256

const limbPeak = "peak, products of two limbs added up in three"

func kernelPeak(k *kernel.Kernel) string {
	return "peak, kernel " + k.Name() + ", 1008×128 by 128×512"
}

// repeated measures a function by processor time, the best of five, as a peak
// is what undisturbed runs reach.
func repeated(f func()) func(context.Context) (float64, error) {
	return func(ctx context.Context) (float64, error) {
		best := 0.0
		for range 5 {
			seconds, err := Repeat(ctx, Processor, shortest/2, func(context.Context) error { f(); return nil })
			if err != nil {
				return 0, err
			}
			if best == 0 || seconds < best {
				best = seconds
			}
		}
		return best, nil
	}
}

// limbLoop multiplies 256 pairs of limbs and adds the products up in three
// limbs, as a dot product does.
func limbLoop() func() {
	var x, y [256]uint64
	rng := rand.New(rand.NewPCG(1, 1))
	for i := range x {
		x[i], y[i] = rng.Uint64(), rng.Uint64()
	}
	return func() {
		var low, middle, high uint64
		for range rounds {
			for i := 0; i < len(x); i += 4 {
				a, b := (*[4]uint64)(x[i:]), (*[4]uint64)(y[i:])
				low, middle, high = addProduct(low, middle, high, a[0], b[0])
				low, middle, high = addProduct(low, middle, high, a[1], b[1])
				low, middle, high = addProduct(low, middle, high, a[2], b[2])
				low, middle, high = addProduct(low, middle, high, a[3], b[3])
			}
		}
		runtime.KeepAlive(low ^ middle ^ high)
	}
}

// addProduct adds ab to a number of three limbs.
func addProduct(low, middle, high, a, b uint64) (uint64, uint64, uint64) {
	over, under := bits.Mul64(a, b)
	low, carry := bits.Add64(low, under, 0)
	middle, carry = bits.Add64(middle, over, carry)
	return low, middle, high + carry
}

// clockLoop does operations each of which waits for the one before it, one in a
// cycle.
func clockLoop() func() {
	mask, step := rand.Uint64(), rand.Uint64()
	return func() {
		x := step
		for range 64 * rounds {
			x = (x ^ mask) + step
			x = (x ^ mask) + step
		}
		runtime.KeepAlive(x)
	}
}

// bigLoop multiplies integers of so many limbs, few enough for the plain rule.
func bigLoop(limbs int) func() {
	one := big.NewInt(1)
	x := new(big.Int).Sub(new(big.Int).Lsh(one, uint(64*limbs)), big.NewInt(12345))
	y := new(big.Int).Sub(x, big.NewInt(54321))
	z := new(big.Int)
	return func() {
		for range rounds {
			z.Mul(x, y)
		}
	}
}

// productLoop adds a product of matrices to a third.
func productLoop(k *kernel.Kernel, rows, depth, columns int) func() {
	w := kernel.NewWorkspace[float32](k)
	a, b, c := make([]float32, rows*depth), make([]float32, depth*columns), make([]float32, rows*columns)
	return func() {
		kernel.Multiply(w, kernel.Matrix(c, rows, columns, columns), kernel.Matrix(a, rows, depth, depth), kernel.Matrix(b, depth, columns, columns))
	}
}
