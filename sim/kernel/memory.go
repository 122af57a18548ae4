package kernel

// Resize returns a slice of the given length that reuses the memory of x. Its
// contents are arbitrary.
func Resize[T any](x []T, length int) []T {
	if cap(x) < length {
		return make([]T, length)
	}
	return x[:length]
}

// Zeroed is Resize with all entries zero.
func Zeroed[T any](x []T, length int) []T {
	x = Resize(x, length)
	clear(x)
	return x
}
