package kernel

import "unsafe"

// large is from how many bytes on a slice is put on large pages.
const large = 1 << 18

// Resize returns a slice of the given length that reuses the memory of x. Its
// contents are arbitrary, and zeros where x is nil.
func Resize[T any](x []T, length int) []T {
	if cap(x) < length {
		x = make([]T, length)
		if bytes := uintptr(length) * unsafe.Sizeof(x[0]); bytes >= large {
			enlarge(unsafe.Pointer(&x[0]), bytes)
		}
		return x
	}
	return x[:length]
}

// Zeroed is Resize with all entries zero.
func Zeroed[T any](x []T, length int) []T {
	x = Resize(x, length)
	clear(x)
	return x
}
