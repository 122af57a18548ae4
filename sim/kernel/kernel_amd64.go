package kernel

import "golang.org/x/sys/cpu"

var (
	avx2   = &Kernel{"avx2", 6, 16, tileAVX2, expAVX2, geluAVX2}
	avx512 = &Kernel{"avx512", 12, 32, tileAVX512, expAVX2, geluAVX2}
)

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
