package kernel

import "golang.org/x/sys/cpu"

// expUnits are the versions of Exp that this processor can run.
func expUnits() map[string]func(int, *float64, *float64) bool {
	units := map[string]func(int, *float64, *float64) bool{}
	if cpu.X86.HasAVX2 {
		units["avx2"] = exp64AVX2
	}
	if cpu.X86.HasAVX512F {
		units["avx512"] = exp64AVX512
	}
	return units
}

func addUnits() map[string]func(int, *float64, float64, *float64) {
	units := map[string]func(int, *float64, float64, *float64){}
	if cpu.X86.HasAVX2 {
		units["avx2"] = addScaledAVX2
	}
	if cpu.X86.HasAVX512F {
		units["avx512"] = addScaledAVX512
	}
	return units
}

// rowUnits are the versions of CombineRows and SpreadRows.
func rowUnits() map[string][2]func(int, int, int, *float64, *float64, *int, *float64) {
	units := map[string][2]func(int, int, int, *float64, *float64, *int, *float64){}
	if cpu.X86.HasAVX2 {
		units["avx2"] = [2]func(int, int, int, *float64, *float64, *int, *float64){combineAVX2, spreadAVX2}
	}
	if cpu.X86.HasAVX512F {
		units["avx512"] = [2]func(int, int, int, *float64, *float64, *int, *float64){combineAVX512, spreadAVX512}
	}
	return units
}
