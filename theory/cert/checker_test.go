package cert

import (
	"math/big"
	"testing"
)

// A value is kept for the very argument that it was computed at, until as many others came.
func TestRecent(t *testing.T) {
	n := func(x int64) interval { return interval{big.NewInt(x), big.NewInt(x + 1)} }
	of := func(c int64) poly { return poly{{1, 0, big.NewInt(c)}} }
	r, computed := recent{}, 0
	at := func(a argument) {
		r.of(a, func() interval { computed++; return n(int64(computed)) })
	}
	different := []argument{{64, n(1), n(2), of(3)}, {65, n(1), n(2), of(3)}, {64, n(2), n(2), of(3)}, {64, n(1), n(3), of(3)}, {64, n(1), n(2), of(4)}, {64, n(1), n(2), nil},
		{64, n(1), n(2), poly{{2, 0, big.NewInt(3)}}}, {64, n(1), n(2), poly{{1, 1, big.NewInt(3)}}}, {64, interval{big.NewInt(1), big.NewInt(3)}, n(2), of(3)}, {bits: 64, x: n(1)}}
	for range 2 {
		for _, a := range different {
			at(a)
		}
	}
	if at(argument{64, n(1), n(2), of(3)}); computed != len(different) {
		t.Errorf("%d values computed at %d arguments", computed, len(different))
	}
	for i := range len(r.at) {
		at(argument{bits: uint(100 + i), x: n(1)})
	}
	if at(different[0]); computed != len(different)+len(r.at)+1 {
		t.Errorf("%d values computed, expected the first one again", computed)
	}
}
