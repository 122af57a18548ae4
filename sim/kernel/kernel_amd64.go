package kernel

import "golang.org/x/sys/cpu"

var (
	avx2 = &Kernel{"avx2", 16, []tile{tileAVX2x1, tileAVX2x2, tileAVX2x3, tileAVX2x4, tileAVX2x5, tileAVX2x6}, 4, &unitAVX2}

	avx512 = &Kernel{"avx512", 32, []tile{tileAVX512x1, tileAVX512x2, tileAVX512x3, tileAVX512x4, tileAVX512x5, tileAVX512x6,
		tileAVX512x7, tileAVX512x8, tileAVX512x9, tileAVX512x10, tileAVX512x11, tileAVX512x12}, 1, unitAVX512()}
)

var unitAVX2 = unit{
	gelu: geluAVX2, softmax: softmaxAVX2,
	add: addAVX2, times: timesAVX2, scale: scaleAVX2, weigh: weighAVX2, norm: normAVX2, backNorm: backNormAVX2, adam: adamAVX2, finite: finiteAVX2,
	sumRows: sumRowsAVX2, squareRows: squareRowsAVX2, dotRows: dotRowsAVX2, slopeRows: slopeRowsAVX2,
	dots: dotsAVX2, combine: combine32AVX2, spread: spread32AVX2, touch: touchAVX2,
	strips: stripsAVX2, stripsSum: stripsSumAVX2, turn: turnAVX2,
}

// unitAVX512 differs where arithmetic takes the time.
func unitAVX512() *unit {
	u := unitAVX2
	u.wide = geluAVX512
	return &u
}

func available() []*Kernel {
	var found []*Kernel
	if cpu.X86.HasAVX512F && cpu.X86.HasAVX2 && cpu.X86.HasFMA {
		found = append(found, avx512)
	}
	if cpu.X86.HasAVX2 && cpu.X86.HasFMA {
		found = append(found, avx2)
	}
	return append(found, Portable)
}

func init() {
	switch {
	case cpu.X86.HasAVX512F && cpu.X86.HasAVX2:
		expEights, addEights, combineEights, spreadEights = exp64AVX512, addScaledAVX512, combineAVX512, spreadAVX512
	case cpu.X86.HasAVX2:
		expEights, addEights, combineEights, spreadEights = exp64AVX2, addScaledAVX2, combineAVX2, spreadAVX2
	}
}
