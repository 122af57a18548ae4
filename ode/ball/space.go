package ball

import (
	"math/big"
	"sync"
)

// A Space hands out numbers and takes all of them back at once, to hand them out
// again with the memory of their midpoints. The zero value is ready; a nil Space
// hands out new numbers and takes none back. It must not be shared.
type Space struct {
	balls []*Ball
	used  int
}

// New returns the exact number 0 with the given precision in bits, as New does.
func (s *Space) New(precision uint) *Ball {
	if s == nil {
		return New(precision)
	}
	if s.used == len(s.balls) {
		s.balls = append(s.balls, new(Ball))
	}
	z := s.balls[s.used]
	s.used++
	return z.clear(precision)
}

// clear sets z to the exact number 0 with the given precision in bits.
func (z *Ball) clear(precision uint) *Ball {
	z.mid.SetMode(big.ToNearestEven).SetInt64(0).SetPrec(precision)
	z.rad, z.beyond = magnitude{}, false
	return z
}

// spare keeps numbers for the middle of an operation.
var spare = sync.Pool{New: func() any { return new(Ball) }}

// Reset takes back all numbers handed out.
func (s *Space) Reset() {
	if s != nil {
		s.used = 0
	}
}

// Size returns how many numbers the space holds.
func (s *Space) Size() int { return len(s.balls) }
