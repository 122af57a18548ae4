package main

import (
	"fmt"
	"math"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// The exponential of kernel/exp.go, with fused multiply-adds and without.

var constants = map[string]Mem{}

// constant returns the place of a float32, sixteen times over.
func constant(value float32) Mem {
	return word(fmt.Sprintf("f%08x", math.Float32bits(value)), math.Float32bits(value))
}

func word(name string, bits uint32) Mem {
	m, known := constants[name]
	if !known {
		m = GLOBL(name, RODATA|NOPTR)
		for i := range 16 {
			DATA(4*i, U32(bits))
		}
		constants[name] = m
	}
	return m
}

// A lanes is a width of vectors.
type lanes struct {
	name   string
	count  int
	vector func() reg.VecVirtual
}

var (
	eight   = lanes{"AVX2", 8, func() reg.VecVirtual { return YMM() }}
	sixteen = lanes{"AVX512", 16, func() reg.VecVirtual { return ZMM() }}
)

// exponential replaces x by e^x for −87.3 ≤ x ≤ 88, by that of the nearer end
// outside.
func (l lanes) exponential(x reg.VecVirtual) {
	k, p := l.vector(), l.vector()
	VMOVUPS(constant(88), k) // in this order of operands a NaN stays one
	VMINPS(x, k, x)
	VMOVUPS(constant(-87.3), k)
	VMAXPS(x, k, x)
	VMULPS(constant(1.44269504088896341), x, k)
	if l.count == 16 {
		VRNDSCALEPS(U8(0), k, k)
	} else {
		VROUNDPS(U8(0), k, k)
	}
	VFNMADD231PS(constant(0.693359375), k, x)
	VFNMADD231PS(constant(-2.12194440e-4), k, x)
	VMOVUPS(constant(1.9875691500e-4), p)
	for _, c := range []float32{1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 5.0000001201e-1, 1, 1} {
		VFMADD213PS(constant(c), x, p)
	}
	VCVTPS2DQ(k, k)
	VPSLLD(U8(23), k, k)
	VPADDD(k, p, x)
}

// plain replaces eight x ≤ 0 by e^x as the portable code has it: nothing fused,
// 0 below −87.3.
func plain(x reg.VecVirtual) {
	k, r, p, n := YMM(), YMM(), YMM(), YMM()
	VMULPS(constant(1.44269504088896341), x, k)
	VADDPS(constant(3<<22), k, k)
	VPSUBD(word("round", 0x4b400000-127), k, n)
	VPSLLD(U8(23), n, n)
	VSUBPS(constant(3<<22), k, k)
	VMULPS(constant(0.693359375), k, r)
	VSUBPS(r, x, r)
	VMULPS(constant(-2.12194440e-4), k, k)
	VSUBPS(k, r, r)
	VMULPS(constant(1.9875691500e-4), r, p)
	for _, c := range []float32{1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 5.0000001201e-1} {
		VADDPS(constant(c), p, p)
		VMULPS(r, p, p)
	}
	VMULPS(r, p, p)
	VADDPS(r, p, p)
	VADDPS(constant(1), p, p)
	VMULPS(n, p, p)
	low := YMM()
	VCMPPS(U8(1), constant(-87.3), x, low)
	VANDNPS(p, low, x)
}

// rows writes the functions on rows.
func rows() {
	softmax()
	gelu(eight)
	gelu(sixteen)
}

// softmax: eights as they come and then what is left, which is added up in order.
func softmax() {
	masks := GLOBL("masks", RODATA|NOPTR) // eight words of ones, eight of zeros
	for i := range 16 {
		bits := uint32(0)
		if i < 8 {
			bits = math.MaxUint32
		}
		DATA(4*i, U32(bits))
	}
	next := GLOBL("next", RODATA|NOPTR) // lane i takes lane i+1
	for i := range 8 {
		DATA(4*i, U32(uint32(i+1)%8))
	}

	TEXT("softmaxAVX2", NOSPLIT, "func(count int, x *float32)")
	Pragma("noescape")
	Doc("softmaxAVX2 replaces x by e^x over the sum; count is 8 at least.")
	count, from := Load(Param("count"), GP64()), Load(Param("x"), GP64())
	end, rest := GP64(), GP64()
	MOVQ(count, rest)
	ANDQ(U8(7), rest)
	ANDQ(I8(-8), count)
	LEAQ(Mem{Base: from, Index: count, Scale: 4}, end)

	// The largest: whole eights, and the last eight numbers.
	top, other, at := YMM(), YMM(), GP64()
	MOVQ(from, at)
	LEAQ(Mem{Base: end, Index: rest, Scale: 4, Disp: -32}, count)
	VMOVUPS(Mem{Base: count}, top)
	Label("softmax_top")
	VMAXPS(Mem{Base: at}, top, top)
	ADDQ(U8(32), at)
	CMPQ(at, end)
	JLT(LabelRef("softmax_top"))
	VEXTRACTF128(U8(1), top, other.AsX())
	VMAXPS(other.AsX(), top.AsX(), top.AsX())
	VPERMILPS(U8(0b1110), top.AsX(), other.AsX())
	VMAXPS(other.AsX(), top.AsX(), top.AsX())
	VPERMILPS(U8(1), top.AsX(), other.AsX())
	VMAXPS(other.AsX(), top.AsX(), top.AsX())
	VBROADCASTSS(top.AsX(), top)

	sum, v := YMM(), YMM()
	VXORPS(sum, sum, sum)
	MOVQ(from, at)
	Label("softmax_exp")
	VMOVUPS(Mem{Base: at}, v)
	VSUBPS(top, v, v)
	eight.exponential(v)
	VMOVUPS(v, Mem{Base: at})
	VADDPS(v, sum, sum)
	ADDQ(U8(32), at)
	CMPQ(at, end)
	JLT(LabelRef("softmax_exp"))
	VEXTRACTF128(U8(1), sum, other.AsX())
	VADDPS(other.AsX(), sum.AsX(), sum.AsX())
	VHADDPS(sum.AsX(), sum.AsX(), sum.AsX())
	VHADDPS(sum.AsX(), sum.AsX(), sum.AsX())

	mask, address := YMM(), GP64()
	TESTQ(rest, rest)
	JZ(LabelRef("softmax_scale"))
	LEAQ(masks.Offset(32), address)
	MOVQ(rest, count)
	NEGQ(count)
	VMOVUPS(Mem{Base: address, Index: count, Scale: 4}, mask)
	VMASKMOVPS(Mem{Base: at}, mask, v)
	VSUBPS(top, v, v)
	plain(v)
	one := YMM()
	VMOVUPS(next, one)
	VMOVAPS(v, other)
	Label("softmax_rest")
	VADDSS(other.AsX(), sum.AsX(), sum.AsX())
	VPERMPS(other, one, other)
	DECQ(rest)
	JNZ(LabelRef("softmax_rest"))
	scale := YMM()
	VMOVSS(constant(1), scale.AsX())
	VDIVSS(sum.AsX(), scale.AsX(), scale.AsX())
	VBROADCASTSS(scale.AsX(), scale)
	VMULPS(scale, v, v)
	VMASKMOVPS(v, mask, Mem{Base: at})
	Label("softmax_scale")
	VMOVSS(constant(1), scale.AsX())
	VDIVSS(sum.AsX(), scale.AsX(), scale.AsX())
	VBROADCASTSS(scale.AsX(), scale)
	Label("softmax_times")
	VMULPS(Mem{Base: from}, scale, v)
	VMOVUPS(v, Mem{Base: from})
	ADDQ(U8(32), from)
	CMPQ(from, end)
	JLT(LabelRef("softmax_times"))
	VZEROUPPER()
	RET()
}

// gelu: count is a multiple of the lanes.
func gelu(l lanes) {
	name := "gelu" + l.name
	TEXT(name, NOSPLIT, "func(count int, y, slope, x *float32)")
	Pragma("noescape")
	Doc(name + " writes GELU(x) and its derivative.")
	count, x := Load(Param("count"), GP64()), Load(Param("x"), GP64())
	y, slope := Load(Param("y"), GP64()), Load(Param("slope"), GP64())
	Label(name + "_loop")
	v, square, u, s := l.vector(), l.vector(), l.vector(), l.vector()
	VMOVUPS(Mem{Base: x}, v)
	VMULPS(v, v, square)
	// −2u = x(a + bx²)
	VMOVUPS(constant(-2*0.7978845608028654*0.044715), u)
	VFMADD213PS(constant(-2*0.7978845608028654), square, u)
	VMULPS(v, u, u)
	l.exponential(u)
	one := l.vector()
	VMOVUPS(constant(1), one)
	VADDPS(one, u, u)
	VDIVPS(u, one, s) // σ(2u)
	VMULPS(v, s, u)   // y
	VMOVUPS(u, Mem{Base: y})
	// s + y(1−s)(c + dx²)
	VSUBPS(s, one, one)
	VMULPS(one, u, u)
	VMULPS(constant(2*3*0.7978845608028654*0.044715), square, square)
	VADDPS(constant(2*0.7978845608028654), square, square)
	VFMADD231PS(square, u, s)
	VMOVUPS(s, Mem{Base: slope})
	for _, p := range []reg.Register{x, y, slope} {
		ADDQ(U8(uint8(4*l.count)), p)
	}
	SUBQ(U8(uint8(l.count)), count)
	JNZ(LabelRef(name + "_loop"))
	VZEROUPPER()
	RET()
}
