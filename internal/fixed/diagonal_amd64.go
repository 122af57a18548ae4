package fixed

import (
	"unsafe"

	"golang.org/x/sys/cpu"
)

// portable keeps to what every processor can do.
var portable = !cpu.X86.HasBMI2

// add adds all products of the diagonal to the sum.
func (d *diagonal) add(x, y *Series, masks, counts []uint64) {
	if portable {
		d.addWords(x, y, masks, counts)
		return
	}
	diagonalMULX((*byte)(unsafe.Pointer(d)))
}
