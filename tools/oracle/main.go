//go:build oracle

// Command oracle compares the functions of ode/ball with Arb on random and hard
// inputs, and counts enclosures that miss the value. It needs gcc and Arb:
//
//	apt-get install gcc libflint-arb-dev libflint-dev libmpfr-dev
//	gcc -O2 -o oracle tools/oracle/arb/oracle.c -lflint-arb -lflint -lmpfr -lgmp
//	go run -tags oracle ./tools/oracle -program ./oracle -count 1000000
//
// The same for the reduced flow, against rigorous integration of its other form:
//
//	gcc -O2 -o flow tools/oracle/arb/flow.c -lflint-arb -lflint -lmpfr -lgmp
//	go run -tags oracle ./tools/oracle -flows -program ./flow -count 1000
//
// With -vectors it writes a few inputs with Arb's values, for the fast tests.
package main

import (
	"bufio"
	"flag"
	"fmt"
	"io"
	"math"
	"math/big"
	"math/rand/v2"
	"os"
	"os/exec"

	"muflow/ode/ball"
)

var precisions = []uint{53, 64, 113, 256, 700, 2000}

// A kind draws the argument of a family of inputs, at most wide in exponent.
type kind struct {
	name string
	draw func(rng *rand.Rand, p uint) *big.Float
}

// digits returns a random number in [1/2, 1) with so many bits.
func digits(rng *rand.Rand, bits uint) *big.Float {
	n := new(big.Int)
	for n.BitLen() < int(bits) {
		n.Lsh(n, 64)
		n.Or(n, new(big.Int).SetUint64(rng.Uint64()))
	}
	n.Rsh(n, uint(n.BitLen())-bits)
	n.SetBit(n, int(bits)-1, 1)
	x := new(big.Float).SetPrec(bits).SetInt(n)
	return x.SetMantExp(x, -int(bits))
}

func scaled(x *big.Float, exp int) *big.Float { return x.SetMantExp(x, exp) }

var kinds = []kind{
	{"ordinary", func(rng *rand.Rand, p uint) *big.Float { return scaled(digits(rng, p), rng.IntN(10)-4) }},
	{"short (ties)", func(rng *rand.Rand, p uint) *big.Float {
		return scaled(digits(rng, 2+uint(rng.IntN(int(p)/2))), rng.IntN(8)-3)
	}},
	{"half bits and one (ties)", func(rng *rand.Rand, p uint) *big.Float {
		x := digits(rng, p/2+1)
		return scaled(x, rng.IntN(3))
	}},
	{"tiny", func(rng *rand.Rand, p uint) *big.Float { return scaled(digits(rng, p), -20-rng.IntN(3000)) }},
	{"huge", func(rng *rand.Rand, p uint) *big.Float { return scaled(digits(rng, p), 5+rng.IntN(20)) }},
	{"near 1", func(rng *rand.Rand, p uint) *big.Float {
		x := new(big.Float).SetPrec(p)
		d := scaled(digits(rng, 1+uint(rng.IntN(int(p)))), -rng.IntN(int(p)))
		if rng.IntN(2) == 0 {
			d.Neg(d)
		}
		return x.Add(big.NewFloat(1), d)
	}},
	{"subnormal range", func(rng *rand.Rand, p uint) *big.Float {
		x := new(big.Float).SetPrec(p).SetFloat64(-708 - 38*rng.Float64())
		if rng.IntN(2) == 0 { // arguments that float64 holds as subnormal numbers
			return scaled(digits(rng, p), -1022-rng.IntN(53))
		}
		return x
	}},
	{"near a multiple of log 2", func(rng *rand.Rand, p uint) *big.Float {
		k := ball.New(p).MulInt64(ball.Log2(p), 1+rng.Int64N(2000))
		x := k.Mid()
		if rng.IntN(2) == 0 { // near the middle between two multiples
			x.Add(x, new(big.Float).SetFloat64(math.Ln2/2))
		}
		return x
	}},
	{"powers of 2 and neighbours", func(rng *rand.Rand, p uint) *big.Float {
		x := new(big.Float).SetPrec(p).SetMantExp(big.NewFloat(1), rng.IntN(12)-6)
		ulp := new(big.Float).SetMantExp(big.NewFloat(1), x.MantExp(nil)-int(p)-1)
		switch rng.IntN(3) {
		case 0:
			x.Add(x, ulp.SetMantExp(ulp, 1))
		case 1:
			x.Sub(x, ulp)
		}
		return x
	}},
}

// exact writes a finite number as hexadecimal mantissa, p, decimal exponent.
func exact(x *big.Float) string {
	if x.Sign() == 0 {
		return "0p0"
	}
	mantissa := new(big.Float)
	exp := x.MantExp(mantissa)
	bits := int(x.MinPrec())
	mantissa.SetMantExp(mantissa, bits)
	n, _ := mantissa.Int(nil)
	return fmt.Sprintf("%sp%d", n.Text(16), exp-bits)
}

// ends returns both ends of a finite ball, exactly.
func ends(z *ball.Ball) (lo, hi *big.Float) {
	radius := z.Radius()
	lo, hi = new(big.Float).SetPrec(20_000).Set(z.Mid()), new(big.Float).SetPrec(20_000).Set(z.Mid())
	return lo.Sub(lo, radius), hi.Add(hi, radius)
}

// around returns a ball with the point in it: the point itself, or a wider one
// with the point at its end or inside.
func around(rng *rand.Rand, p uint, x *big.Float) *ball.Ball {
	z := ball.New(p).SetFloat(x) // rounds if x has more bits, and then holds it by its radius
	if rng.IntN(3) > 0 || x.Sign() == 0 {
		return z
	}
	width := new(big.Float).SetMantExp(digits(rng, 20), x.MantExp(nil)-rng.IntN(int(p)+10))
	shift := new(big.Float).SetPrec(p).Mul(width, big.NewFloat(2*rng.Float64()-1))
	centre := new(big.Float).SetPrec(p+60).Add(x, shift)
	gap := new(big.Float).SetPrec(2*p+200).Sub(centre, x)
	return ball.New(p + 60).SetFloat(centre).AddError(gap.Abs(gap))
}

var operations = []string{"add", "sub", "mul", "quo", "sqrt", "exp", "log", "log1p", "pow", "exp", "log"}

// The operations on one ball and on two; the power takes a number beside one.
var (
	ofOne = map[string]func(z, a *ball.Ball) *ball.Ball{
		"sqrt": (*ball.Ball).Sqrt, "exp": (*ball.Ball).Exp, "log": (*ball.Ball).Log, "log1p": (*ball.Ball).Log1p,
	}
	ofTwo = map[string]func(z, a, b *ball.Ball) *ball.Ball{
		"add": (*ball.Ball).Add, "sub": (*ball.Ball).Sub, "mul": (*ball.Ball).Mul, "quo": (*ball.Ball).Quo,
	}
)

// write draws count inputs, encloses and writes what Arb is to check. It
// returns how many balls were indeterminate, and left out.
func write(w io.Writer, seed uint64, count int) (indeterminate int) {
	rng := rand.New(rand.NewPCG(seed, 2509))
	for range count {
		op := operations[rng.IntN(len(operations))]
		p := precisions[min(rng.IntN(16), 5)%len(precisions)]
		if rng.IntN(3) > 0 {
			p = precisions[rng.IntN(4)]
		}
		x, y := kinds[rng.IntN(len(kinds))].draw(rng, p), kinds[rng.IntN(len(kinds))].draw(rng, p)
		if op != "sqrt" && op != "log" {
			if rng.IntN(2) == 0 {
				x.Neg(x)
			}
			if rng.IntN(2) == 0 {
				y.Neg(y)
			}
		} else {
			x.Abs(x)
		}
		if op == "sub" && rng.IntN(2) == 0 { // cancellation
			y.Set(x)
			y.Add(y, new(big.Float).SetMantExp(digits(rng, 10), x.MantExp(nil)-rng.IntN(int(p))))
		}
		a, b, z := around(rng, p, x), around(rng, p, y), ball.New(p)
		second := exact(y)
		if of, ok := ofOne[op]; ok {
			of(z, a)
			second = "-"
		} else if of, ok := ofTwo[op]; ok {
			of(z, a, b)
		} else {
			n := rng.Int64N(41) - 20
			z.PowInt(a, n)
			second = fmt.Sprint(n)
		}
		if !z.IsFinite() {
			indeterminate++
			continue
		}
		lo, hi := ends(z)
		fmt.Fprintf(w, "%s %d %s %s %s %s\n", op, p, exact(x), second, exact(lo), exact(hi))
	}
	return indeterminate
}

// stop ends the program if there is an error.
func stop(code int, err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "oracle:", err)
		os.Exit(code)
	}
}

func main() {
	program := flag.String("program", "./oracle", "the compiled oracle.c")
	count := flag.Int("count", 1_000_000, "inputs")
	seed := flag.Uint64("seed", 1, "seed")
	flows := flag.Bool("flows", false, "check the reduced flow; -program is then the compiled flow.c")
	vectors := flag.Bool("vectors", false, "write inputs with Arb's values to standard output")
	flag.Parse()
	arguments := []string{}
	if *vectors {
		arguments = append(arguments, "values")
	}
	c := exec.Command(*program, arguments...)
	c.Stdout, c.Stderr = os.Stdout, os.Stderr
	pipe, err := c.StdinPipe()
	if err == nil {
		err = c.Start()
	}
	stop(2, err)
	w := bufio.NewWriterSize(pipe, 1<<20)
	left, what := 0, "gave the indeterminate ball"
	if *flows {
		what = "stand still"
		left, err = writeFlows(w, *seed, *count)
	} else {
		left = write(w, *seed, *count)
	}
	stop(1, err)
	if err := w.Flush(); err != nil {
		fmt.Fprintln(os.Stderr, "oracle:", err)
	}
	pipe.Close()
	stop(1, c.Wait())
	fmt.Fprintf(os.Stderr, "%d inputs, %d of them %s\n", *count, left, what)
}
