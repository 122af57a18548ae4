package ball

import (
	"bufio"
	"math/big"
	"os"
	"strconv"
	"strings"
	"testing"
)

// number reads man*2^exp, written as hexadecimal man, p, decimal exp.
func number(t *testing.T, text string) *big.Float {
	t.Helper()
	man, exp, _ := strings.Cut(text, "p")
	n, ok := new(big.Int).SetString(man, 16)
	e, err := strconv.Atoi(exp)
	if !ok || err != nil {
		t.Fatalf("%q is not a number", text)
	}
	x := new(big.Float).SetPrec(uint(max(n.BitLen(), 1))).SetInt(n)
	return x.SetMantExp(x, e)
}

// TestAgainstArb holds values of Arb at random and hard inputs; the campaign
// behind them is tools/oracle.
func TestAgainstArb(t *testing.T) {
	file, err := os.Open("testdata/oracle.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	count := map[string]int{}
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		f := strings.Fields(lines.Text())
		if f[0] == "#" {
			continue
		}
		bits, err := strconv.Atoi(f[1])
		if err != nil || len(f) != 6 {
			t.Fatal(lines.Text())
		}
		p := uint(bits)
		a, b, z, power := New(p).SetFloat(number(t, f[2])), New(p), New(p), int64(0)
		if f[0] == "pow" {
			n, err := strconv.Atoi(f[3])
			if err != nil {
				t.Fatal(err)
			}
			power = int64(n)
		} else if f[3] != "-" {
			b.SetFloat(number(t, f[3]))
		}
		limit := int64(8) // ulp
		switch f[0] {
		case "add":
			z.Add(a, b)
			limit = 2
		case "sub":
			z.Sub(a, b)
			limit = 2
		case "mul":
			z.Mul(a, b)
			limit = 2
		case "quo":
			z.Quo(a, b)
			limit = 2
		case "sqrt":
			z.Sqrt(a)
			limit = 2
		case "exp":
			z.Exp(a)
		case "log":
			z.Log(a)
		case "log1p":
			z.Log1p(a)
		case "pow":
			z.PowInt(a, power)
		default:
			t.Fatalf("no operation %s", f[0])
		}
		for _, end := range f[4:] {
			q, _ := number(t, end).Rat(nil)
			if !z.Contains(q) {
				t.Errorf("%s at %d bits of %s, %s: %v ± %v misses %s", f[0], p, f[2], f[3], z.Mid(), z.Radius(), end)
			}
		}
		if ulp := new(big.Float).SetMantExp(big.NewFloat(float64(limit)), z.Mid().MantExp(nil)-bits); z.Radius().Cmp(ulp) > 0 {
			t.Errorf("%s at %d bits of %s, %s: radius %v, %d ulp are %v", f[0], p, f[2], f[3], z.Radius(), limit, ulp)
		}
		count[f[0]]++
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	for _, op := range []string{"add", "sub", "mul", "quo", "sqrt", "exp", "log", "log1p", "pow"} {
		if count[op] < 8 {
			t.Errorf("%d values of %s", count[op], op)
		}
	}
}
