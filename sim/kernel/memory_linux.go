package kernel

import (
	"syscall"
	"unsafe"
)

// enlarge asks the system for large pages where count numbers at x are, and around
// them, before they are used: a step of training walks over so much memory that
// finding small pages takes a tenth of its time.
func enlarge(x unsafe.Pointer, bytes uintptr) {
	const page = 1 << 21
	from := uintptr(x) &^ (page - 1)
	// Advice: whether it is taken changes no result.
	_, _, _ = syscall.Syscall(syscall.SYS_MADVISE, from, (uintptr(x)+bytes-from+page-1)&^(page-1), syscall.MADV_HUGEPAGE)
}
