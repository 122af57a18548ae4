package main

import (
	"fmt"
	"math"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// Double precision with no multiply-add fused, so that each lane has the bits
// of the portable code in kernel/vector.go; count is a multiple of 8.

var doubles = map[uint64]Mem{}

// double returns the place of a float64 or of its bits, eight times over.
func double(bits uint64) Mem {
	m, known := doubles[bits]
	if !known {
		m = GLOBL(fmt.Sprintf("d%016x", bits), RODATA|NOPTR)
		for i := range 8 {
			DATA(8*i, U64(bits))
		}
		doubles[bits] = m
	}
	return m
}

func number(value float64) Mem { return double(math.Float64bits(value)) }

func vectors() {
	for _, x := range []struct {
		suffix string
		lanes  int
		vector func() reg.VecVirtual
	}{{"AVX2", 4, func() reg.VecVirtual { return YMM() }}, {"AVX512", 8, func() reg.VecVirtual { return ZMM() }}} {
		addScaled("addScaled"+x.suffix, x.lanes, x.vector)
		rowsOf("combine"+x.suffix, x.lanes, x.vector, true)
		rowsOf("spread"+x.suffix, x.lanes, x.vector, false)
		exponentials("exp64"+x.suffix, x.lanes, x.vector)
	}
}

func addScaled(name string, lanes int, vector func() reg.VecVirtual) {
	TEXT(name, NOSPLIT, "func(count int, y *float64, a float64, x *float64)")
	Pragma("noescape")
	Doc(name + " adds a·x to y.")
	count, y, x := Load(Param("count"), GP64()), Load(Param("y"), GP64()), Load(Param("x"), GP64())
	address, err := Param("a").Resolve()
	if err != nil {
		panic(err)
	}
	a, v := vector(), vector()
	VBROADCASTSD(address.Addr, a)
	Label(name + "_loop")
	VMULPD(Mem{Base: x}, a, v)
	VADDPD(Mem{Base: y}, v, v)
	VMOVUPD(v, Mem{Base: y})
	ADDQ(U8(uint8(8*lanes)), x)
	ADDQ(U8(uint8(8*lanes)), y)
	SUBQ(U8(uint8(lanes)), count)
	JNZ(LabelRef(name + "_loop"))
	VZEROUPPER()
	RET()
}

// rowsOf writes y = Σ_k a_k·(row rows_k of w) or adds a_k·y to those rows; a row
// has stride numbers, of which the first count are taken.
func rowsOf(name string, lanes int, vector func() reg.VecVirtual, combine bool) {
	TEXT(name, NOSPLIT, "func(count, stride, terms int, y, a *float64, rows *int, w *float64)")
	Pragma("noescape")
	if combine {
		Doc(name + " writes to y the sum of rows of w times a.")
	} else {
		Doc(name + " adds y times a to rows of w.")
	}
	count, stride, terms := Load(Param("count"), GP64()), Load(Param("stride"), GP64()), Load(Param("terms"), GP64())
	y, a, rows, w := Load(Param("y"), GP64()), Load(Param("a"), GP64()), Load(Param("rows"), GP64()), Load(Param("w"), GP64())
	Label(name + "_block")
	sum := vector()
	switch {
	case !combine:
		VMOVUPD(Mem{Base: y}, sum)
	case lanes == 8:
		VPXORQ(sum, sum, sum)
	default:
		VXORPD(sum, sum, sum)
	}
	k := GP64()
	XORQ(k, k)
	Label(name + "_term")
	place, factor := GP64(), vector()
	MOVQ(Mem{Base: rows, Index: k, Scale: 8}, place)
	IMULQ(stride, place)
	LEAQ(Mem{Base: w, Index: place, Scale: 8}, place)
	VBROADCASTSD(Mem{Base: a, Index: k, Scale: 8}, factor)
	if combine {
		VMULPD(Mem{Base: place}, factor, factor)
		VADDPD(factor, sum, sum)
	} else {
		VMULPD(sum, factor, factor)
		VADDPD(Mem{Base: place}, factor, factor)
		VMOVUPD(factor, Mem{Base: place})
	}
	INCQ(k)
	CMPQ(k, terms)
	JLT(LabelRef(name + "_term"))
	if combine {
		VMOVUPD(sum, Mem{Base: y})
	}
	ADDQ(U8(uint8(8*lanes)), y)
	ADDQ(U8(uint8(8*lanes)), w)
	SUBQ(U8(uint8(lanes)), count)
	JNZ(LabelRef(name + "_block"))
	VZEROUPPER()
	RET()
}

func exponentials(name string, lanes int, vector func() reg.VecVirtual) {
	TEXT(name, NOSPLIT, "func(count int, y, x *float64) bool")
	Pragma("noescape")
	Doc(name + " writes e^x to y and reports whether all |x| ≤ 708; if not, y is arbitrary.")
	count, y, x := Load(Param("count"), GP64()), Load(Param("y"), GP64()), Load(Param("x"), GP64())
	hold := func(m Mem) reg.VecVirtual {
		v := vector()
		VMOVUPD(m, v)
		return v
	}
	shift, one := hold(number(3<<51)), hold(number(1))
	absolute, limit := hold(double(1<<63-1)), hold(number(708))
	bad := GP64()
	XORQ(bad, bad)
	Label(name + "_loop")
	r, k, scale, r2, r4 := vector(), vector(), vector(), vector(), vector()
	VMOVUPD(Mem{Base: x}, r)
	// Predicate 6 is "not ≤", true of a NaN.
	out := GP64()
	if lanes == 8 {
		mask := K()
		VPANDQ(absolute, r, k)
		VCMPPD(U8(6), limit, k, mask)
		KMOVW(mask, out.As32())
	} else {
		VPAND(absolute, r, k)
		VCMPPD(U8(6), limit, k, k)
		VMOVMSKPD(k, out.As32())
	}
	ORQ(out, bad)
	VMULPD(number(math.Log2E), r, k)
	VADDPD(shift, k, k)
	VPADDQ(double(1023), k, scale)
	VPSLLQ(U8(52), scale, scale)
	VSUBPD(shift, k, k)
	t := vector()
	VMULPD(number(6.93147180369123816490e-01), k, t)
	VSUBPD(t, r, r)
	VMULPD(number(1.90821492927058770002e-10), k, t)
	VSUBPD(t, r, r)
	VMULPD(r, r, r2)
	VMULPD(r2, r2, r4)
	quartet := func(a, b, c, d float64) reg.VecVirtual {
		low, high := vector(), vector()
		VMULPD(number(b), r, low)
		VADDPD(number(a), low, low)
		VMULPD(number(d), r, high)
		VADDPD(number(c), high, high)
		VMULPD(r2, high, high)
		VADDPD(high, low, low)
		return low
	}
	p := quartet(1./2, 1./6, 1./24, 1./120)
	q := quartet(1./720, 1./5040, 1./40320, 1./362880)
	VMULPD(r4, q, q)
	VADDPD(q, p, p)
	q = quartet(1./3628800, 1./39916800, 1./479001600, 1./6227020800)
	VMULPD(r4, r4, r4)
	VMULPD(r4, q, q)
	VADDPD(q, p, p)
	VMULPD(r2, p, p)
	VADDPD(r, p, p)
	VADDPD(one, p, p)
	VMULPD(scale, p, p)
	VMOVUPD(p, Mem{Base: y})
	ADDQ(U8(uint8(8*lanes)), x)
	ADDQ(U8(uint8(8*lanes)), y)
	SUBQ(U8(uint8(lanes)), count)
	JNZ(LabelRef(name + "_loop"))
	VZEROUPPER()
	TESTQ(bad, bad)
	ok := GP8()
	SETEQ(ok)
	Store(ok, ReturnIndex(0))
	RET()
}
