package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// Element by element on rows of float32, eight at a time; nothing is fused, so
// that each lane has the bits of the portable code. count is a multiple of 8.

// scalar returns a parameter in all lanes.
func scalar(name string) reg.VecVirtual {
	address, err := Param(name).Resolve()
	if err != nil {
		panic(err)
	}
	v := YMM()
	VBROADCASTSS(address.Addr, v)
	return v
}

func pointers(names ...string) (out []reg.Register) {
	for _, name := range names {
		out = append(out, Load(Param(name), GP64()))
	}
	return out
}

// each writes a function with a loop over eights, whose body gets the places of
// the eights of the pointers.
func each(name, parameters, doc string, names []string, prepare func() func(at []Mem)) {
	TEXT(name, NOSPLIT, "func("+parameters+")")
	Pragma("noescape")
	Doc(name + " " + doc)
	count := Load(Param("count"), GP64())
	p := pointers(names...)
	body := prepare()
	Label(name + "_loop")
	var at []Mem
	for _, x := range p {
		at = append(at, Mem{Base: x})
	}
	body(at)
	for _, x := range p {
		ADDQ(U8(32), x)
	}
	SUBQ(U8(8), count)
	JNZ(LabelRef(name + "_loop"))
	VZEROUPPER()
	RET()
}

func loaded(m Mem) reg.VecVirtual {
	v := YMM()
	VMOVUPS(m, v)
	return v
}

func elements() {
	each("addAVX2", "count int, y, x *float32", "adds x to y.", []string{"y", "x"}, func() func([]Mem) {
		return func(at []Mem) {
			v := loaded(at[0])
			VADDPS(at[1], v, v)
			VMOVUPS(v, at[0])
		}
	})
	each("timesAVX2", "count int, y, x *float32", "multiplies y by x.", []string{"y", "x"}, func() func([]Mem) {
		return func(at []Mem) {
			v := loaded(at[0])
			VMULPS(at[1], v, v)
			VMOVUPS(v, at[0])
		}
	})
	each("scaleAVX2", "count int, y *float32, a float32", "multiplies y by a.", []string{"y"}, func() func([]Mem) {
		a := scalar("a")
		return func(at []Mem) {
			v := YMM()
			VMULPS(at[0], a, v)
			VMOVUPS(v, at[0])
		}
	})
	each("weighAVX2", "count int, y, a *float32, mean float32", "replaces y by a·(y − mean).", []string{"y", "a"}, func() func([]Mem) {
		mean := scalar("mean")
		return func(at []Mem) {
			v := loaded(at[0])
			VSUBPS(mean, v, v)
			VMULPS(at[1], v, v)
			VMOVUPS(v, at[0])
		}
	})
	each("normAVX2", "count int, unit, y, x, gain, shift *float32, mean, inverse float32", "writes unit = (x − mean)·inverse and y = gain·unit + shift.",
		[]string{"unit", "y", "x", "gain", "shift"}, func() func([]Mem) {
			mean, inverse := scalar("mean"), scalar("inverse")
			return func(at []Mem) {
				v := loaded(at[2])
				VSUBPS(mean, v, v)
				VMULPS(inverse, v, v)
				VMOVUPS(v, at[0])
				VMULPS(at[3], v, v)
				VADDPS(at[4], v, v)
				VMOVUPS(v, at[1])
			}
		})
	each("backNormAVX2", "count int, dx, dgain, dshift, dy, unit, gain *float32, mean, along, inverse float32",
		"adds dy·unit to dgain, dy to dshift and (dy·gain − mean − unit·along)·inverse to dx.",
		[]string{"dx", "dgain", "dshift", "dy", "unit", "gain"}, func() func([]Mem) {
			mean, along, inverse := scalar("mean"), scalar("along"), scalar("inverse")
			return func(at []Mem) {
				dy, unit := loaded(at[3]), loaded(at[4])
				v := YMM()
				VMULPS(unit, dy, v)
				VADDPS(at[1], v, v)
				VMOVUPS(v, at[1])
				VADDPS(at[2], dy, v)
				VMOVUPS(v, at[2])
				VMULPS(at[5], dy, dy)
				VSUBPS(mean, dy, dy)
				VMULPS(along, unit, unit)
				VSUBPS(unit, dy, dy)
				VMULPS(inverse, dy, dy)
				VADDPS(at[0], dy, dy)
				VMOVUPS(dy, at[0])
			}
		})
	each("adamAVX2", "count int, x, m, v, slope, constants *float32",
		"moves x by AdamW: m = c0·m + c1·slope, v = c2·v + c3·slope·slope, x = c4·x − c5·m·c6/(√(v·c7) + c8).", []string{"x", "m", "v", "slope"}, func() func([]Mem) {
			from := Load(Param("constants"), GP64())
			var c [9]reg.VecVirtual
			for i := range c {
				c[i] = YMM()
				VBROADCASTSS(Mem{Base: from, Disp: 4 * i}, c[i])
			}
			return func(at []Mem) {
				m, v, g, x := YMM(), YMM(), loaded(at[3]), YMM()
				VMULPS(at[1], c[0], m)
				VMULPS(g, c[1], x)
				VADDPS(x, m, m)
				VMOVUPS(m, at[1])
				VMULPS(g, c[3], x)
				VMULPS(g, x, x)
				VMULPS(at[2], c[2], v)
				VADDPS(x, v, v)
				VMOVUPS(v, at[2])
				VMULPS(c[5], m, m)
				VMULPS(c[6], m, m)
				VMULPS(c[7], v, v)
				VSQRTPS(v, v)
				VADDPS(c[8], v, v)
				VDIVPS(v, m, m)
				VMULPS(at[0], c[4], x)
				VSUBPS(m, x, x)
				VMOVUPS(x, at[0])
			}
		})

	TEXT("finiteAVX2", NOSPLIT, "func(count int, x *float32) bool")
	Pragma("noescape")
	Doc("finiteAVX2 reports whether all numbers are finite.")
	count, x := Load(Param("count"), GP64()), Load(Param("x"), GP64())
	exponent, bad := loaded(word("exponent", 0x7f800000)), YMM()
	VXORPS(bad, bad, bad)
	Label("finite_loop")
	v := YMM()
	VPAND(Mem{Base: x}, exponent, v)
	VPCMPEQD(exponent, v, v)
	VPOR(v, bad, bad)
	ADDQ(U8(32), x)
	SUBQ(U8(8), count)
	JNZ(LabelRef("finite_loop"))
	mask := GP32()
	VMOVMSKPS(bad, mask)
	TESTL(mask, mask)
	ok := GP8()
	SETEQ(ok)
	VZEROUPPER()
	Store(ok, ReturnIndex(0))
	RET()

	combine32()
	strips()
}

// combine32 writes sums of consecutive rows, and additions to them, head by head.
func combine32() {
	for _, combine := range []bool{true, false} {
		name, doc := "spread32AVX2", "adds a_j·y to row j, with an a for each head, step apart."
		if combine {
			name, doc = "combine32AVX2", "adds the sum of a_j times row j to y, with an a for each head, step apart."
		}
		TEXT(name, NOSPLIT, "func(terms, heads, count int, y, a *float32, step int, rows *float32, stride int)")
		Pragma("noescape")
		Doc(name + " " + doc)
		terms, heads, count := Load(Param("terms"), GP64()), Load(Param("heads"), GP64()), Load(Param("count"), GP64())
		y, a, rows := Load(Param("y"), GP64()), Load(Param("a"), GP64()), Load(Param("rows"), GP64())
		stride, step := Load(Param("stride"), GP64()), Load(Param("step"), GP64())
		SHLQ(U8(2), stride)
		SHLQ(U8(2), step)
		factor, v := YMM(), YMM()
		at, row, to, head, left := GP64(), GP64(), GP64(), GP64(), GP64()
		Label(name + "_row")
		MOVQ(a, at)
		MOVQ(rows, row)
		MOVQ(y, to)
		MOVQ(heads, head)
		Label(name + "_head")
		VBROADCASTSS(Mem{Base: at}, factor)
		MOVQ(count, left)
		Label(name + "_loop")
		from, into := row, to
		if !combine {
			from, into = to, row
		}
		VMULPS(Mem{Base: from}, factor, v)
		VADDPS(Mem{Base: into}, v, v)
		VMOVUPS(v, Mem{Base: into})
		ADDQ(U8(32), row)
		ADDQ(U8(32), to)
		SUBQ(U8(8), left)
		JNZ(LabelRef(name + "_loop"))
		ADDQ(step, at)
		DECQ(head)
		JNZ(LabelRef(name + "_head"))
		ADDQ(stride, rows)
		ADDQ(U8(4), a)
		DECQ(terms)
		JNZ(LabelRef(name + "_row"))
		VZEROUPPER()
		RET()
	}

	TEXT("touchAVX2", NOSPLIT, "func(lines int, x *float32)")
	Pragma("noescape")
	Doc("touchAVX2 has memory brought near.")
	lines, x := Load(Param("lines"), GP64()), Load(Param("x"), GP64())
	Label("touch_loop")
	PREFETCHT0(Mem{Base: x})
	ADDQ(U8(64), x)
	DECQ(lines)
	JNZ(LabelRef("touch_loop"))
	RET()
}

// strips writes what copies rows, cut into panels, for packing.
func strips() {
	for _, summed := range []bool{false, true} {
		name, parameters, doc := "stripsAVX2", "", "copies rows in order: of each panel, advance apart, so many pieces of sixteen numbers."
		if summed {
			name, parameters, doc = "stripsSumAVX2", ", sum *float32", "is stripsAVX2 that adds the rows to sum."
		}
		TEXT(name, NOSPLIT, "func(rows, panels, pieces int, x *float32, stride, advance int, to *float32, step, panelStep int"+parameters+")")
		Pragma("noescape")
		Doc(name + " " + doc)
		rows, panels, pieces := Load(Param("rows"), GP64()), Load(Param("panels"), GP64()), Load(Param("pieces"), GP64())
		x, to := Load(Param("x"), GP64()), Load(Param("to"), GP64())
		advance, panelStep := Load(Param("advance"), GP64()), Load(Param("panelStep"), GP64())
		SHLQ(U8(2), advance)
		SHLQ(U8(2), panelStep)
		SHLQ(U8(6), pieces)
		from, into, panel, at, sum, next := GP64(), GP64(), GP64(), GP64(), GP64(), GP64()
		Label(name + "_row")
		MOVQ(x, from)
		MOVQ(to, into)
		MOVQ(panels, panel)
		if summed {
			Load(Param("sum"), sum)
		}
		Label(name + "_panel")
		XORQ(at, at)
		Label(name + "_piece")
		for i := range 2 {
			v, place := YMM(), func(base reg.Register) Mem { return Mem{Base: base, Index: at, Scale: 1, Disp: 32 * i} }
			VMOVUPS(place(from), v)
			VMOVUPS(v, place(into))
			if summed {
				VADDPS(place(sum), v, v)
				VMOVUPS(v, place(sum))
			}
		}
		ADDQ(U8(64), at)
		CMPQ(at, pieces)
		JLT(LabelRef(name + "_piece"))
		ADDQ(advance, from)
		ADDQ(panelStep, into)
		if summed {
			ADDQ(advance, sum)
		}
		DECQ(panel)
		JNZ(LabelRef(name + "_panel"))
		Load(Param("stride"), next)
		LEAQ(Mem{Base: x, Index: next, Scale: 4}, x)
		Load(Param("step"), next)
		LEAQ(Mem{Base: to, Index: next, Scale: 4}, to)
		DECQ(rows)
		JNZ(LabelRef(name + "_row"))
		VZEROUPPER()
		RET()
	}
}
