// Command transforms writes the assembly of muflow's transforms modulo primes
// below 2^50, with AVX-512 and its products of 52 bits (IFMA). Run it in its own
// folder:
//
//	go run . -out ../../../internal/fixed/transform_amd64.s -stubs ../../../internal/fixed/transformstub_amd64.go -pkg fixed
package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

func main() {
	ConstraintExpr("amd64")
	part("forwardPart", "forwardPart does one level of a transform, blocks of 2h numbers, h ≥ 8.", field.forward)
	part("backPart", "backPart does one level of a transform back, blocks of 2h numbers, h ≥ 8.", field.back)
	eights("forwardLast", "forwardLast does the last three levels of a transform, and turns every square of 8 by 8 numbers.", false)
	eights("backFirst", "backFirst does the first three levels of a transform back, and turns every square of 8 by 8 numbers.", true)
	sums()
	Generate()
}

// A field is what arithmetic modulo p needs in registers.
type field struct{ p, double, minus, mask reg.VecVirtual }

func broadcast(x Op) reg.VecVirtual {
	z := ZMM()
	VPBROADCASTQ(x, z)
	return z
}

// newField takes p; minus is −p modulo 2^52.
func newField(p Op) field {
	f := field{p: broadcast(p)}
	x := GP64()
	MOVQ(p, x)
	SHLQ(U8(1), x)
	f.double = broadcast(x)
	MOVQ(U64(1<<52-1), x)
	f.mask = broadcast(x)
	f.minus = ZMM()
	VPSUBQ(f.p, f.mask, f.minus)
	MOVQ(U64(1), x)
	one := broadcast(x)
	VPADDQ(one, f.minus, f.minus)
	return f
}

// times returns x·w modulo p, below 2p; w and its quotient may be in memory.
func (f field) times(x reg.VecVirtual, w, quotient Op) reg.VecVirtual {
	q, z := ZMM(), ZMM()
	VPXORQ(q, q, q)
	VPXORQ(z, z, z)
	VPMADD52HUQ(quotient, x, q)
	VPMADD52LUQ(w, x, z)
	VPMADD52LUQ(q, f.minus, z)
	VPANDQ(f.mask, z, z)
	return z
}

// below reduces z < 2m.
func below(z, m reg.VecVirtual) {
	t := ZMM()
	VPSUBQ(m, z, t)
	VPMINUQ(t, z, z)
}

// forward returns u + v and (u − v)·w, u + v and u − v for w = nil.
func (f field) forward(u, v reg.VecVirtual, w, quotient Op) (reg.VecVirtual, reg.VecVirtual) {
	d := ZMM()
	VPADDQ(f.double, u, d)
	VPSUBQ(v, d, d)
	s := ZMM()
	VPADDQ(v, u, s)
	below(s, f.double)
	if w == nil {
		below(d, f.double)
		return s, d
	}
	return s, f.times(d, w, quotient)
}

// back returns u + v·w and u − v·w.
func (f field) back(u, v reg.VecVirtual, w, quotient Op) (reg.VecVirtual, reg.VecVirtual) {
	if w != nil {
		v = f.times(v, w, quotient)
	}
	d := ZMM()
	VPADDQ(f.double, u, d)
	VPSUBQ(v, d, d)
	below(d, f.double)
	s := ZMM()
	VPADDQ(v, u, s)
	below(s, f.double)
	return s, d
}

// part writes a level: pairs of numbers at a distance of h.
func part(name, doc string, step func(f field, u, v reg.VecVirtual, w, quotient Op) (reg.VecVirtual, reg.VecVirtual)) {
	TEXT(name, NOSPLIT, "func(a *uint64, n, h int, w, quotients *uint64, p uint64)")
	Pragma("noescape")
	Doc(doc)
	low := Load(Param("a"), GP64())
	end := Load(Param("n"), GP64())
	h := Load(Param("h"), GP64())
	w := Load(Param("w"), GP64())
	quotients := Load(Param("quotients"), GP64())
	f := newField(Load(Param("p"), GP64()))
	LEAQ(Mem{Base: low, Index: end, Scale: 8}, end)
	high, j := GP64(), GP64()
	Label("block")
	LEAQ(Mem{Base: low, Index: h, Scale: 8}, high)
	XORQ(j, j)
	Label("eight")
	u, v := ZMM(), ZMM()
	at := func(base reg.Register) Mem { return Mem{Base: base, Index: j, Scale: 8} }
	VMOVDQU64(at(low), u)
	VMOVDQU64(at(high), v)
	s, d := step(f, u, v, at(w), at(quotients))
	VMOVDQU64(s, at(low))
	VMOVDQU64(d, at(high))
	ADDQ(U8(8), j)
	CMPQ(j, h)
	JL(LabelRef("eight"))
	LEAQ(Mem{Base: high, Index: h, Scale: 8}, low)
	CMPQ(low, end)
	JB(LabelRef("block"))
	VZEROUPPER()
	RET()
}

// turn transposes 8 by 8 numbers.
func turn(r []reg.VecVirtual) []reg.VecVirtual {
	pairs := make([]reg.VecVirtual, 8)
	for i := 0; i < 8; i += 2 {
		pairs[i], pairs[i+1] = ZMM(), ZMM()
		VPUNPCKLQDQ(r[i+1], r[i], pairs[i])
		VPUNPCKHQDQ(r[i+1], r[i], pairs[i+1])
	}
	choose := func(x, y reg.VecVirtual, imm uint8) reg.VecVirtual {
		z := ZMM()
		VSHUFI64X2(U8(imm), y, x, z)
		return z
	}
	out := make([]reg.VecVirtual, 8)
	for i := range 2 {
		a, b := choose(pairs[i], pairs[i+2], 0x88), choose(pairs[i], pairs[i+2], 0xdd)
		c, d := choose(pairs[i+4], pairs[i+6], 0x88), choose(pairs[i+4], pairs[i+6], 0xdd)
		out[i], out[i+4] = choose(a, c, 0x88), choose(a, c, 0xdd)
		out[i+2], out[i+6] = choose(b, d, 0x88), choose(b, d, 0xdd)
	}
	return out
}

// eights writes three levels of distances 4, 2 and 1, or back.
func eights(name, doc string, back bool) {
	TEXT(name, NOSPLIT, "func(a *uint64, n int, w, quotients *uint64, p uint64)")
	Pragma("noescape")
	Doc(doc)
	a := Load(Param("a"), GP64())
	n := Load(Param("n"), GP64())
	w := Load(Param("w"), GP64())
	quotients := Load(Param("quotients"), GP64())
	f := newField(Load(Param("p"), GP64()))
	constants := map[int][2]Op{}
	for _, i := range []int{3, 5, 6, 7} { // w[h+j], j > 0
		x, q := ZMM(), ZMM()
		VPBROADCASTQ(Mem{Base: w, Disp: 8 * i}, x)
		VPBROADCASTQ(Mem{Base: quotients, Disp: 8 * i}, q)
		constants[i] = [2]Op{x, q}
	}
	Label("square")
	r := make([]reg.VecVirtual, 8)
	for i := range r {
		r[i] = ZMM()
		VMOVDQU64(Mem{Base: a, Disp: 64 * i}, r[i])
	}
	levels, step := []int{4, 2, 1}, field.forward
	if back {
		levels, step = []int{1, 2, 4}, field.back
	} else {
		r = turn(r)
	}
	for _, h := range levels {
		for i := range r {
			if i&h == 0 {
				c := constants[h+i%h]
				r[i], r[i+h] = step(f, r[i], r[i+h], c[0], c[1])
			}
		}
	}
	if back {
		r = turn(r)
	}
	for i := range r {
		if !back {
			below(r[i], f.p)
		}
		VMOVDQU64(r[i], Mem{Base: a, Disp: 64 * i})
	}
	ADDQ(U32(512), a)
	SUBQ(U8(64), n)
	JG(LabelRef("square"))
	VZEROUPPER()
	RET()
}

// sums writes the sums of products.
func sums() {
	TEXT("sumProducts", NOSPLIT, "func(z *uint64, n int, pairs **uint64, count int, p, against, w, quotient uint64)")
	Pragma("noescape")
	Doc("sumProducts sets z to the sums of products of pairs, times 2^-52 and a constant.")
	z := Load(Param("z"), GP64())
	n := Load(Param("n"), GP64())
	pairs := Load(Param("pairs"), GP64())
	count := Load(Param("count"), GP64())
	f := newField(Load(Param("p"), GP64()))
	against := broadcast(Load(Param("against"), GP64()))
	w := broadcast(Load(Param("w"), GP64()))
	quotient := broadcast(Load(Param("quotient"), GP64()))
	SHLQ(U8(4), count)
	ADDQ(pairs, count) // the end
	at, pair, x, y := GP64(), GP64(), GP64(), GP64()
	XORQ(at, at)
	Label("some")
	const wide = 4
	var low, high [wide]reg.VecVirtual
	for i := range wide {
		low[i], high[i] = ZMM(), ZMM()
		VPXORQ(low[i], low[i], low[i])
		VPXORQ(high[i], high[i], high[i])
	}
	MOVQ(pairs, pair)
	Label("pair")
	MOVQ(Mem{Base: pair}, x)
	MOVQ(Mem{Base: pair, Disp: 8}, y)
	for i := range wide {
		v := ZMM()
		VMOVDQU64(Mem{Base: x, Index: at, Scale: 8, Disp: 64 * i}, v)
		other := Mem{Base: y, Index: at, Scale: 8, Disp: 64 * i}
		VPMADD52LUQ(other, v, low[i])
		VPMADD52HUQ(other, v, high[i])
	}
	ADDQ(U8(16), pair)
	CMPQ(pair, count)
	JB(LabelRef("pair"))
	for i := range wide {
		m := ZMM()
		VPXORQ(m, m, m)
		VPMADD52LUQ(low[i], against, m)
		VPMADD52LUQ(m, f.p, low[i])
		VPMADD52HUQ(m, f.p, high[i])
		VPSRLQ(U8(52), low[i], low[i])
		VPADDQ(low[i], high[i], high[i])
		VMOVDQU64(f.times(high[i], w, quotient), Mem{Base: z, Index: at, Scale: 8, Disp: 64 * i})
	}
	ADDQ(U8(8*wide), at)
	CMPQ(at, n)
	JL(LabelRef("some"))
	VZEROUPPER()
	RET()
}
