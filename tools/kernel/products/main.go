// Command productsgen writes the assembly of muflow's sums of products of
// words. Run it in its own folder:
//
//	go run . -out ../../../ode/fixed/dot_amd64.s -stubs ../../../ode/fixed/stub_amd64.go -pkg fixed
package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

const unroll = 8

// main writes a function that adds Σ_i ±x[i]·y[−i] to a number of three words.
// A product under a mask of all ones is complemented: xor by the mask, and the
// mask itself as its third word.
func main() {
	ConstraintExpr("amd64")
	TEXT("dotMULX", NOSPLIT, "func(sum *[3]uint64, x, y, masks *uint64, n int)")
	Pragma("noescape")
	Doc("dotMULX adds the sum of ±x[i]·y[−i], i < n, to a number of three words,", "with the products under masks of all ones complemented.")
	sum := Load(Param("sum"), GP64())
	x := Load(Param("x"), GP64())
	y := Load(Param("y"), GP64())
	masks := Load(Param("masks"), GP64())
	n := Load(Param("n"), GP64())
	words := []reg.GPVirtual{GP64(), GP64(), GP64()}
	for i, w := range words {
		MOVQ(Mem{Base: sum, Disp: 8 * i}, w)
	}
	term := func(i int) {
		low, high, mask := GP64(), GP64(), GP64()
		MOVQ(Mem{Base: x, Disp: 8 * i}, reg.RDX)
		MOVQ(Mem{Base: masks, Disp: 8 * i}, mask)
		MULXQ(Mem{Base: y, Disp: -8 * i}, low, high)
		XORQ(mask, low)
		XORQ(mask, high)
		ADDQ(low, words[0])
		ADCQ(high, words[1])
		ADCQ(mask, words[2])
	}
	Label("eights")
	CMPQ(n, U8(unroll))
	JLT(LabelRef("rest"))
	for i := range unroll {
		term(i)
	}
	ADDQ(U8(8*unroll), x)
	ADDQ(U8(8*unroll), masks)
	SUBQ(U8(8*unroll), y)
	SUBQ(U8(unroll), n)
	JMP(LabelRef("eights"))
	Label("rest")
	TESTQ(n, n)
	JZ(LabelRef("done"))
	Label("one")
	term(0)
	ADDQ(U8(8), x)
	ADDQ(U8(8), masks)
	SUBQ(U8(8), y)
	DECQ(n)
	JNZ(LabelRef("one"))
	Label("done")
	for i, w := range words {
		MOVQ(w, Mem{Base: sum, Disp: 8 * i})
	}
	RET()
	Generate()
}
