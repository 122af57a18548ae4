//go:build !amd64

package fixed

// vectors is false where there is no assembly.
var vectors = false

func forwardPart(*uint64, int, int, *uint64, *uint64, uint64)                 {}
func backPart(*uint64, int, int, *uint64, *uint64, uint64)                    {}
func forwardLast(*uint64, int, *uint64, *uint64, uint64)                      {}
func backFirst(*uint64, int, *uint64, *uint64, uint64)                        {}
func sumProducts(*uint64, int, **uint64, int, uint64, uint64, uint64, uint64) {}
