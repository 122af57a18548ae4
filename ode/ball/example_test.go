package ball_test

import (
	"fmt"
	"math/big"

	"muflow/ode/ball"
)

func Example() {
	x := ball.New(200).SetInt64(2)
	fmt.Println(x.Sqrt(x))
	// Output:
	// 1.4142135623730950488 ± 1.7e-21
}

// Thirty digits of e^{π√163}, which is not an integer.
func ExampleBall_Decimal() {
	const precision = 160
	x := ball.New(precision).SetInt64(163)
	x.Mul(x.Sqrt(x), ball.Pi(precision))
	fmt.Println(x.Exp(x).Decimal(33))
	// Output:
	// 262537412640768743.99999999999925 262537412640768743.999999999999251
}

// A sign is known, or it is not.
func ExampleBall_Sign() {
	x := ball.New(64).SetInterval(big.NewFloat(-0.5), big.NewFloat(2))
	_, known := x.Sign()
	fmt.Println(x, known)
	sign, known := x.Exp(x).Sign()
	fmt.Println(sign, known)
	fmt.Println(x.Log(x.AddInt64(x, -1)))
	// Output:
	// 0.75 ± 1.3 false
	// 1 true
	// indeterminate
}

// The zero of x³ − 2 between 1 and 2, by Newton's method over intervals.
func ExampleRefineRoot() {
	c := []*ball.Ball{ball.New(64).SetInt64(-2), ball.New(64), ball.New(64), ball.New(64).SetInt64(1)}
	start := ball.New(64).SetInterval(big.NewFloat(1.2), big.NewFloat(1.3))
	fmt.Println(ball.RefineRoot(c, start, ball.Bits(30)).Decimal(30))
	// Output:
	// 1.25992104989487316476721060727 1.25992104989487316476721060728
}

func ExampleParseInterval() {
	x, err := ball.ParseInterval("0.1", "0.2", 53)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(x, x.Contains(big.NewRat(1, 7)))
	// Output:
	// 0.15 ± 0.051 true
}
