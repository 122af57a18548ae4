package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// Sums along rows of float32, each from 0 in rising order with one rounding for
// every operation, as a plain loop has it: sixteen rows at once, a lane for each.

// A block is sixteen rows of a matrix, in four times four.
type block [4]reg.Register

// steps of a matrix: its stride in bytes, and three times that.
type steps struct{ one, three reg.Register }

func stepsOf(param string) steps {
	s := steps{Load(Param(param), GP64()), GP64()}
	SHLQ(U8(2), s.one)
	LEAQ(Mem{Base: s.one, Index: s.one, Scale: 2}, s.three)
	return s
}

func blockOf(param string, s steps, groups int) (b block) {
	for g := range groups {
		if g == 0 {
			b[0] = Load(Param(param), GP64())
			continue
		}
		b[g] = GP64()
		LEAQ(Mem{Base: b[g-1], Index: s.one, Scale: 4}, b[g])
	}
	return b
}

// row is row i, 0 to 15, at the present column.
func (b block) row(i int, s steps) Mem {
	m := Mem{Base: b[i/4]}
	switch i % 4 {
	case 1, 2:
		m.Index, m.Scale = s.one, uint8(i%4)
	case 3:
		m.Index, m.Scale = s.three, 1
	}
	return m
}

// pair loads four columns of rows i and i+4.
func (b block) pair(i int, s steps) reg.VecVirtual {
	v := YMM()
	VBROADCASTF128(b.row(i, s), v)
	VINSERTF128(U8(1), b.row(i+4, s), v, v)
	return v
}

// turned returns four columns of eight rows, given as pairs.
func turned(q [4]reg.VecVirtual) (c [4]reg.VecVirtual) {
	var t [4]reg.VecVirtual
	for i := 0; i < 4; i += 2 {
		t[i], t[i+1] = YMM(), YMM()
		VUNPCKLPS(q[i+1], q[i], t[i])
		VUNPCKHPS(q[i+1], q[i], t[i+1])
	}
	for i := range 2 {
		c[2*i], c[2*i+1] = YMM(), YMM()
		VUNPCKLPD(t[i+2], t[i], c[2*i])
		VUNPCKHPD(t[i+2], t[i], c[2*i+1])
	}
	return c
}

// total adds the terms of four columns to the sums of sixteen rows: term returns
// those of rows i and i+4 in four columns, and lane what becomes of a turned one.
func total(sum [2]reg.VecVirtual, term func(i int) reg.VecVirtual, lane func(half int, v reg.VecVirtual)) {
	for half := range sum {
		var q [4]reg.VecVirtual
		for i := range q {
			q[i] = term(8*half + i)
		}
		for _, v := range turned(q) {
			if lane != nil {
				lane(half, v)
			}
			VADDPS(v, sum[half], sum[half])
		}
	}
}

func zeros() (sum [2]reg.VecVirtual) {
	for i := range sum {
		sum[i] = YMM()
		VXORPS(sum[i], sum[i], sum[i])
	}
	return sum
}

func storeSums(param string, sum [2]reg.VecVirtual) {
	to := Load(Param(param), GP64())
	VMOVUPS(sum[0], Mem{Base: to})
	VMOVUPS(sum[1], Mem{Base: to, Disp: 32})
}

func advance(count reg.Register, label string, pointers ...reg.Register) {
	for _, p := range pointers {
		ADDQ(U8(16), p)
	}
	SUBQ(U8(4), count)
	JNZ(LabelRef(label))
}

// sums writes the functions; count is a multiple of 4.
func sums() {
	TEXT("sumRowsAVX2", NOSPLIT, "func(count int, x *float32, stride int, sum *float32)")
	Pragma("noescape")
	Doc("sumRowsAVX2 writes the sums of sixteen rows.")
	count, s := Load(Param("count"), GP64()), stepsOf("stride")
	x, sum := blockOf("x", s, 4), zeros()
	Label("sum_loop")
	total(sum, func(i int) reg.VecVirtual { return x.pair(i, s) }, nil)
	advance(count, "sum_loop", x[:]...)
	storeSums("sum", sum)
	VZEROUPPER()
	RET()

	TEXT("squareRowsAVX2", NOSPLIT, "func(count int, x *float32, stride int, mean *float32, sum *float32)")
	Pragma("noescape")
	Doc("squareRowsAVX2 writes the sums of squares of sixteen rows less their means.")
	count, s = Load(Param("count"), GP64()), stepsOf("stride")
	x, sum = blockOf("x", s, 4), zeros()
	means := Load(Param("mean"), GP64())
	mean := [2]reg.VecVirtual{YMM(), YMM()}
	for i := range mean {
		VMOVUPS(Mem{Base: means, Disp: 32 * i}, mean[i])
	}
	Label("square_loop")
	total(sum, func(i int) reg.VecVirtual { return x.pair(i, s) }, func(half int, v reg.VecVirtual) {
		VSUBPS(mean[half], v, v)
		VMULPS(v, v, v)
	})
	advance(count, "square_loop", x[:]...)
	storeSums("sum", sum)
	VZEROUPPER()
	RET()

	TEXT("dotRowsAVX2", NOSPLIT, "func(count int, x, y *float32, stride int, sum *float32)")
	Pragma("noescape")
	Doc("dotRowsAVX2 writes the inner products of sixteen rows with sixteen others.")
	count, s = Load(Param("count"), GP64()), stepsOf("stride")
	x, sum = blockOf("x", s, 4), zeros()
	y := blockOf("y", s, 4)
	Label("dot_loop")
	total(sum, func(i int) reg.VecVirtual {
		p, q := x.pair(i, s), y.pair(i, s)
		VMULPS(q, p, p)
		return p
	}, nil)
	advance(count, "dot_loop", append(x[:], y[:]...)...)
	storeSums("sum", sum)
	VZEROUPPER()
	RET()

	TEXT("slopeRowsAVX2", NOSPLIT, "func(count int, dy, unit, gain *float32, stride int, sum, along *float32)")
	Pragma("noescape")
	Doc("slopeRowsAVX2 writes the sums of sixteen rows of dy·gain, and of dy·gain·unit.")
	count, s = Load(Param("count"), GP64()), stepsOf("stride")
	dy, sum := blockOf("dy", s, 4), zeros()
	unit, along := blockOf("unit", s, 4), zeros()
	gain := Load(Param("gain"), GP64())
	Label("slope_loop")
	g := YMM()
	VBROADCASTF128(Mem{Base: gain}, g)
	scaled := func(i int) reg.VecVirtual {
		v := dy.pair(i, s)
		VMULPS(g, v, v)
		return v
	}
	total(sum, scaled, nil)
	total(along, func(i int) reg.VecVirtual {
		v, u := scaled(i), unit.pair(i, s)
		VMULPS(u, v, v)
		return v
	}, nil)
	advance(count, "slope_loop", append(append(dy[:], unit[:]...), gain)...)
	storeSums("sum", sum)
	storeSums("along", along)
	VZEROUPPER()
	RET()

	turn()
	nearby()
}

// turn writes the transposition of a block, for packing.
func turn() {
	TEXT("turnAVX2", NOSPLIT, "func(count int, x *float32, stride int, to *float32, step int)")
	Pragma("noescape")
	Doc("turnAVX2 writes column j of eight rows to the eight numbers at to + j·step.")
	count, s := Load(Param("count"), GP64()), stepsOf("stride")
	x := blockOf("x", s, 2)
	to, step := Load(Param("to"), GP64()), Load(Param("step"), GP64())
	SHLQ(U8(2), step)
	Label("turn_loop")
	var q [4]reg.VecVirtual
	for i := range q {
		q[i] = x.pair(i, s)
	}
	for _, v := range turned(q) {
		VMOVUPS(v, Mem{Base: to})
		ADDQ(step, to)
	}
	advance(count, "turn_loop", x[:2]...)
	VZEROUPPER()
	RET()
}

// nearby writes products of one row with many, head by head: four lanes for each
// head, which are added up in pairs, as a loop with four sums has it; count, of a
// head, is a multiple of 4.
func nearby() {
	TEXT("dotsAVX2", NOSPLIT, "func(terms, heads, count int, x, rows *float32, stride int, y *float32, step int)")
	Pragma("noescape")
	Doc("dotsAVX2 adds to y_j of each head, step apart, the inner product of x with row j.")
	terms, heads, count := Load(Param("terms"), GP64()), Load(Param("heads"), GP64()), Load(Param("count"), GP64())
	x, rows, y := Load(Param("x"), GP64()), Load(Param("rows"), GP64()), Load(Param("y"), GP64())
	stride, step := Load(Param("stride"), GP64()), Load(Param("step"), GP64())
	SHLQ(U8(2), stride)
	SHLQ(U8(2), step)
	sum, v := XMM(), XMM()
	factor, row, to, head, left := GP64(), GP64(), GP64(), GP64(), GP64()
	Label("dots_row")
	MOVQ(x, factor)
	MOVQ(rows, row)
	MOVQ(y, to)
	MOVQ(heads, head)
	Label("dots_head")
	VXORPS(sum, sum, sum)
	MOVQ(count, left)
	Label("dots_loop")
	VMOVUPS(Mem{Base: factor}, v)
	VMULPS(Mem{Base: row}, v, v)
	VADDPS(v, sum, sum)
	ADDQ(U8(16), factor)
	ADDQ(U8(16), row)
	SUBQ(U8(4), left)
	JNZ(LabelRef("dots_loop"))
	VHADDPS(sum, sum, sum)
	VHADDPS(sum, sum, sum)
	VADDSS(Mem{Base: to}, sum, sum)
	VMOVSS(sum, Mem{Base: to})
	ADDQ(step, to)
	DECQ(head)
	JNZ(LabelRef("dots_head"))
	ADDQ(stride, rows)
	ADDQ(U8(4), y)
	DECQ(terms)
	JNZ(LabelRef("dots_row"))
	VZEROUPPER()
	RET()
}
