package main

import (
	"fmt"
	"math"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// The exponential of kernel/exp.go, eight numbers at a time, with fused
// multiply-adds: e^x for −87.3 ≤ x ≤ 88, the ends outside.

var constants = map[string]Mem{}

// constant returns the place of a float32, eight times over.
func constant(value float32) Mem {
	return word(fmt.Sprintf("f%08x", math.Float32bits(value)), math.Float32bits(value))
}

func word(name string, bits uint32) Mem {
	m, known := constants[name]
	if !known {
		m = GLOBL(name, RODATA|NOPTR)
		for i := range 8 {
			DATA(4*i, U32(bits))
		}
		constants[name] = m
	}
	return m
}

// exponential replaces x by e^x.
func exponential(x reg.VecVirtual) {
	k, p := YMM(), YMM()
	VMOVUPS(constant(88), k) // in this order of operands a NaN stays one
	VMINPS(x, k, x)
	VMOVUPS(constant(-87.3), k)
	VMAXPS(x, k, x)
	VMULPS(constant(1.44269504088896341), x, k)
	VROUNDPS(U8(0), k, k)
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

// rows writes the functions on rows; count is a multiple of 8.
func rows() {
	TEXT("expAVX2", NOSPLIT, "func(count int, x *float32, top float32) float32")
	Pragma("noescape")
	Doc("expAVX2 replaces x by e^{x−top} and returns the sum.")
	count, x := Load(Param("count"), GP64()), Load(Param("x"), GP64())
	top, sum := YMM(), YMM()
	address, err := Param("top").Resolve()
	if err != nil {
		panic(err)
	}
	VBROADCASTSS(address.Addr, top)
	VXORPS(sum, sum, sum)
	Label("exp_loop")
	v := YMM()
	VMOVUPS(Mem{Base: x}, v)
	VSUBPS(top, v, v)
	exponential(v)
	VMOVUPS(v, Mem{Base: x})
	VADDPS(v, sum, sum)
	ADDQ(U8(32), x)
	SUBQ(U8(8), count)
	JNZ(LabelRef("exp_loop"))
	high := XMM()
	VEXTRACTF128(U8(1), sum, high)
	VADDPS(high, sum.AsX(), high)
	VHADDPS(high, high, high)
	VHADDPS(high, high, high)
	Store(high, ReturnIndex(0))
	VZEROUPPER()
	RET()

	TEXT("geluAVX2", NOSPLIT, "func(count int, y, slope, x *float32)")
	Pragma("noescape")
	Doc("geluAVX2 writes GELU(x) and its derivative.")
	count, x = Load(Param("count"), GP64()), Load(Param("x"), GP64())
	y, slope := Load(Param("y"), GP64()), Load(Param("slope"), GP64())
	Label("gelu_loop")
	v, square, u, s := YMM(), YMM(), YMM(), YMM()
	VMOVUPS(Mem{Base: x}, v)
	VMULPS(v, v, square)
	// −2u = x(a + bx²)
	VMOVUPS(constant(-2*0.7978845608028654*0.044715), u)
	VFMADD213PS(constant(-2*0.7978845608028654), square, u)
	VMULPS(v, u, u)
	exponential(u)
	one := YMM()
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
	ADDQ(U8(32), x)
	ADDQ(U8(32), y)
	ADDQ(U8(32), slope)
	SUBQ(U8(8), count)
	JNZ(LabelRef("gelu_loop"))
	VZEROUPPER()
	RET()
}
