// Command products writes the assembly of muflow's sums of products of words.
// Run it in its own folder:
//
//	go run . -out ../../../internal/fixed/diagonal_amd64.s -stubs ../../../internal/fixed/stub_amd64.go -pkg fixed
package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

const unroll = 8

// The fields of fixed.diagonal, words each.
const (
	fieldX = 8 * iota
	fieldY
	fieldStrideX
	fieldStrideY
	fieldLastX
	fieldLastY
	fieldMasks
	fieldCounts
	fieldFrom
	fieldTo
	fieldK
	fieldPlaneX
	fieldPlaneY
	fieldPairs
	fieldSum
)

// main writes a function that adds the pairs of planes of a diagonal: the sums
// of ±x[i]·y[k−i]. A product under a mask of all ones is complemented, by xor
// with the mask and the mask as its third word; the counts make up for the
// ones.
func main() {
	ConstraintExpr("amd64")
	TEXT("diagonalMULX", NOSPLIT, "func(d *byte)")
	Pragma("noescape")
	Doc("diagonalMULX adds the products of a diagonal, at d, by the instruction MULX.")
	d := Load(Param("d"), GP64())
	field := func(at int) Mem { return Mem{Base: d, Disp: at} }
	words := []reg.GPVirtual{GP64(), GP64(), GP64()}
	for i, w := range words {
		MOVQ(field(fieldSum+8*i), w)
	}
	x, y, masks, n := GP64(), GP64(), GP64(), GP64()
	low, high, mask := GP64(), GP64(), GP64()
	plane, other := GP64(), GP64() // of x and of y
	MOVQ(field(fieldPlaneX), plane)
	MOVQ(field(fieldPlaneY), other)
	MOVQ(field(fieldPairs), n)
	TESTQ(n, n)
	JLE(LabelRef("done"))

	Label("pair")
	// masks is the first product, n the end.
	MOVQ(field(fieldLastY), low)
	MOVQ(field(fieldK), masks)
	SUBQ(Mem{Base: low, Index: other, Scale: 8}, masks)
	CMPQ(masks, field(fieldFrom))
	JGE(LabelRef("first"))
	MOVQ(field(fieldFrom), masks)
	Label("first")
	MOVQ(field(fieldLastX), low)
	MOVQ(Mem{Base: low, Index: plane, Scale: 8}, n)
	CMPQ(n, field(fieldTo))
	JLE(LabelRef("end"))
	MOVQ(field(fieldTo), n)
	Label("end")
	INCQ(n)
	CMPQ(masks, n)
	JGE(LabelRef("next"))
	// The negative products, less 1 each.
	MOVQ(field(fieldCounts), low)
	MOVQ(n, high)
	SUBQ(field(fieldFrom), high)
	MOVQ(Mem{Base: low, Index: high, Scale: 8}, mask)
	MOVQ(masks, high)
	SUBQ(field(fieldFrom), high)
	SUBQ(Mem{Base: low, Index: high, Scale: 8}, mask)
	ADDQ(mask, words[0])
	ADCQ(U8(0), words[1])
	ADCQ(U8(0), words[2])
	// x = X + plane·strideX + 8·first, y = Y + other·strideY + 8·(k − first)
	MOVQ(plane, low)
	IMULQ(field(fieldStrideX), low)
	ADDQ(field(fieldX), low)
	LEAQ(Mem{Base: low, Index: masks, Scale: 8}, x)
	MOVQ(other, low)
	IMULQ(field(fieldStrideY), low)
	ADDQ(field(fieldY), low)
	MOVQ(field(fieldK), high)
	SUBQ(masks, high)
	LEAQ(Mem{Base: low, Index: high, Scale: 8}, y)
	SUBQ(masks, n)
	SUBQ(field(fieldFrom), masks)
	MOVQ(field(fieldMasks), low)
	LEAQ(Mem{Base: low, Index: masks, Scale: 8}, masks)

	term := func(i int) {
		MOVQ(Mem{Base: x, Disp: 8 * i}, reg.RDX)
		MOVQ(Mem{Base: masks, Disp: 8 * i}, mask)
		MULXQ(Mem{Base: y, Disp: -8 * i}, low, high)
		XORQ(mask, low)
		XORQ(mask, high)
		ADDQ(low, words[0])
		ADCQ(high, words[1])
		ADCQ(mask, words[2])
	}
	block := func(size int) {
		for i := range size {
			term(i)
		}
		ADDQ(U8(8*size), x)
		ADDQ(U8(8*size), masks)
		SUBQ(U8(8*size), y)
	}
	SUBQ(U8(unroll), n)
	JL(LabelRef("rest"))
	Label("eights")
	block(unroll)
	SUBQ(U8(unroll), n)
	JGE(LabelRef("eights"))
	Label("rest")
	for size := unroll / 2; size > 0; size /= 2 {
		TESTQ(U32(uint32(size)), n)
		skip := "without" + string(rune('0'+size))
		JZ(LabelRef(skip))
		block(size)
		Label(skip)
	}

	Label("next")
	INCQ(plane)
	DECQ(other)
	DECQ(field(fieldPairs))
	JNZ(LabelRef("pair"))
	Label("done")
	for i, w := range words {
		MOVQ(w, field(fieldSum+8*i))
	}
	RET()
	Generate()
}
