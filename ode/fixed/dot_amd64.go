package fixed

import "golang.org/x/sys/cpu"

// dot is dotWords, by the instruction MULX where there is one.
func dot(lo, hi, top uint64, x, y, masks []uint64) (uint64, uint64, uint64) {
	if len(x) < 6 || !cpu.X86.HasBMI2 {
		return dotWords(lo, hi, top, x, y, masks)
	}
	sum := [3]uint64{lo, hi, top}
	_, _ = y[len(x)-1], masks[len(x)-1]
	dotMULX(&sum, &x[0], &y[len(x)-1], &masks[0], len(x))
	return sum[0], sum[1], sum[2]
}
