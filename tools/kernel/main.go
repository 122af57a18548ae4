// Command kernelgen writes the assembly of muflow's matrix kernel. Run it in
// its own folder:
//
//	go run . -out ../../sim/kernel/tile_amd64.s -stubs ../../sim/kernel/tile_amd64.go -pkg kernel
package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

func main() {
	ConstraintExpr("amd64")
	for rows := 1; rows <= 6; rows++ {
		tile(fmt.Sprintf("tileAVX2x%d", rows), rows, 2, 32, 4, func() reg.VecVirtual { return YMM() })
	}
	for rows := 1; rows <= 12; rows++ {
		tile(fmt.Sprintf("tileAVX512x%d", rows), rows, 2, 64, 1, func() reg.VecVirtual { return ZMM() })
	}
	rows()
	elements()
	sums()
	vectors()
	Generate()
}

// tile writes a function that writes the product of a rows×depth block of A and
// a depth×width panel of B, added to a matrix, into a block of C, width being
// vectors times lanes. Element (i, p) of A is at a + 4(i·rowStep + p·colStep),
// row p of the panel at b + 4p·bStep, row i of C at c + 4i·stride, what is added
// to it at from + 4i·fromStep, which may be C itself. Each element gets one chain
// of fused multiply-adds over p in rising order from 0, and then one addition.
//
// The block of C is brought near first, and at the k-th p = 0, every, 2·every, … up
// to depth − every what stands at left + 4k·leftStep and right + 4k·rightStep, for
// tiles to come. With 32 bytes a vector, more than that takes units from the
// multiply-adds.
func tile(name string, rows, vectors, bytes, every int, vector func() reg.VecVirtual) {
	TEXT(name, NOSPLIT, "func(depth int, a *float32, rowStep, colStep int, b *float32, bStep int, c *float32, stride int, from *float32, fromStep int, left *float32, leftStep int, right *float32, rightStep int)")
	Pragma("noescape")
	Doc(fmt.Sprintf("%s writes a %d×depth block of A times a depth×%d panel of B, added to a matrix, to C.", name, rows, vectors*bytes/4))
	depth := Load(Param("depth"), GP64())
	a := Load(Param("a"), GP64())
	rowStep := Load(Param("rowStep"), GP64())
	colStep := Load(Param("colStep"), GP64())
	b := Load(Param("b"), GP64())
	bStep := Load(Param("bStep"), GP64())
	SHLQ(U8(2), rowStep)
	SHLQ(U8(2), colStep)
	SHLQ(U8(2), bStep)
	block, stride := Load(Param("c"), GP64()), Load(Param("stride"), GP64())
	SHLQ(U8(2), stride)
	for i := range rows {
		for j := 0; j < vectors*bytes; j += 64 {
			PREFETCHT0(Mem{Base: block, Disp: j})
		}
		if i < rows-1 {
			ADDQ(stride, block)
		}
	}
	left, leftStep := Load(Param("left"), GP64()), Load(Param("leftStep"), GP64())
	right, rightStep := Load(Param("right"), GP64()), Load(Param("rightStep"), GP64())
	SHLQ(U8(2), leftStep)
	SHLQ(U8(2), rightStep)

	// Rows 3k, 3k+1, 3k+2 are addressed from one pointer.
	three := GP64()
	if rows > 3 {
		LEAQ(Mem{Base: rowStep, Index: rowStep, Scale: 2}, three)
	}
	var base []reg.GPVirtual
	for i := 0; i < rows; i += 3 {
		p := GP64()
		if i == 0 {
			MOVQ(a, p)
		} else {
			LEAQ(Mem{Base: base[len(base)-1], Index: three, Scale: 1}, p)
		}
		base = append(base, p)
	}
	row := func(i int) Mem {
		m := Mem{Base: base[i/3]}
		if i%3 > 0 {
			m.Index, m.Scale = rowStep, uint8(i%3)
		}
		return m
	}

	sum := make([][]reg.VecVirtual, rows)
	for i := range sum {
		for range vectors {
			v := vector()
			if bytes == 64 {
				VPXORD(v, v, v)
			} else {
				VXORPS(v, v, v)
			}
			sum[i] = append(sum[i], v)
		}
	}
	panel := make([]reg.VecVirtual, vectors)
	for j := range panel {
		panel[j] = vector()
	}
	factor := vector()
	next := func() {
		for j := range panel {
			VMOVUPS(Mem{Base: b, Disp: j * bytes}, panel[j])
		}
		for i := range rows {
			VBROADCASTSS(row(i), factor)
			for j := range panel {
				VFMADD231PS(panel[j], factor, sum[i][j])
			}
		}
		for _, p := range base {
			ADDQ(colStep, p)
		}
		ADDQ(bStep, b)
	}
	SUBQ(U8(every), depth)
	JLT(LabelRef(name + "_rest"))
	Label(name + "_loop")
	PREFETCHT0(Mem{Base: left})
	PREFETCHT0(Mem{Base: right})
	for range every {
		next()
	}
	ADDQ(leftStep, left)
	ADDQ(rightStep, right)
	SUBQ(U8(every), depth)
	JGE(LabelRef(name + "_loop"))
	Label(name + "_rest")
	if every > 1 {
		ADDQ(U8(every), depth)
		JEQ(LabelRef(name + "_end"))
		Label(name + "_single")
		next()
		DECQ(depth)
		JNZ(LabelRef(name + "_single"))
		Label(name + "_end")
	}

	c := Load(Param("c"), GP64())
	stride = Load(Param("stride"), GP64())
	from := Load(Param("from"), GP64())
	fromStep := Load(Param("fromStep"), GP64())
	SHLQ(U8(2), stride)
	SHLQ(U8(2), fromStep)
	for i := range rows {
		for j := range panel {
			VADDPS(Mem{Base: from, Disp: j * bytes}, sum[i][j], sum[i][j])
			VMOVUPS(sum[i][j], Mem{Base: c, Disp: j * bytes})
		}
		if i < rows-1 {
			ADDQ(stride, c)
			ADDQ(fromStep, from)
		}
	}
	VZEROUPPER()
	RET()
}
