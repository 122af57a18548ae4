//go:build !amd64

package fixed

func dot(lo, hi, top uint64, x, y, masks []uint64) (uint64, uint64, uint64) {
	return dotWords(lo, hi, top, x, y, masks)
}
