// Package ball is rigorous real arithmetic of arbitrary precision in midpoint
// and radius form.
//
//	x := ball.New(200).SetInt64(2)
//	fmt.Println(x.Sqrt(x)) // contains √2, to 200 bits
//
// Inclusion principle: for every choice of points in the input balls, the
// exact result of an operation lies in the output ball. All that is called
// an enclosure in this project rests on that sentence.
//
// A Ball is the interval [m − r, m + r] with a midpoint m in binary floating
// point and a radius r that is rounded up. As in math/big the receiver is the
// destination, may be any of the operands, and its precision, if not 0,
// decides the rounding of the midpoint; otherwise it takes the largest
// precision of the operands. The zero value is the exact number 0. An
// operation that leaves its domain (division by a ball that contains 0, the
// logarithm of a ball that is not positive, an exponent out of range) gives
// the indeterminate ball, the whole real line, which every later operation
// keeps; IsFinite tells. Nothing panics.
package ball
